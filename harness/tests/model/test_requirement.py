"""Rows of the catalogue."""

from __future__ import annotations

from dataclasses import replace

from smtpwitness.model.requirement import Requirement

ROW = Requirement("RFC5321-4.1.1.4-b", "RFC5321", "4.1.1.4", "MUST", "data", "text", "client", "keyword")


def test_reference() -> None:
    assert ROW.reference == "RFC 5321, section 4.1.1.4"
    assert replace(ROW, rfc="LOGIN", section="2.1").reference == "LOGIN, section 2.1"


def test_what_no_server_can_see_is_not_observable() -> None:
    assert [replace(ROW, observable=word).is_observable for word in ("wire", "exit", "timing", "no")] == [True] * 3 + [
        False
    ]
    assert ROW.is_observable  # as in runs that do not say


def test_a_level_is_firm_where_a_published_rfc_says_it() -> None:
    assert all(replace(ROW, basis=basis).is_firm for basis in ("keyword", "parent", "grammar"))
    assert not any(replace(ROW, basis=basis).is_firm for basis in ("prose", "derived", "unverified"))
    assert not replace(ROW, rfc="draft-murchison-sasl-login-00").is_firm
