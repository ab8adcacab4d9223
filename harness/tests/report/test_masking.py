from __future__ import annotations

import base64
from dataclasses import replace

import sample_run

from smtpwitness.report.masking import masked


def test_an_address_keeps_its_domain_and_its_length() -> None:
    assert masked("MAIL FROM:<alice@example.test> SIZE=3") == "MAIL FROM:<*****@example.test> SIZE=3"
    assert masked(b"To: Bob <bob@b.test>, c@c.test") == b"To: Bob <***@b.test>, *@c.test"
    assert masked("no address @ all") == "no address @ all"


def test_base64_is_looked_into_and_what_is_none_stays() -> None:
    coded = base64.b64encode(b"alice@example.test")
    assert masked(coded) == base64.b64encode(b"*****@example.test")
    assert masked(b"EHLO client") == b"EHLO client"


def test_long_lines_without_an_address_take_no_time() -> None:
    flood = b"z" * 1_000_000
    assert masked(flood + b" a@b.test") == flood + b" *@b.test"


def test_a_user_name_goes_as_a_word() -> None:
    assert masked("alice said: malice", "alice") == "***** said: malice"
    assert masked(base64.b64encode(b"alice"), "alice") == base64.b64encode(b"*****")


def test_the_spans_of_secrets_stay_true() -> None:
    case = sample_run.assignment()
    hidden = masked(case, case.job.username)
    for before, after in zip(case.transcript, hidden.transcript, strict=True):
        assert (before.secrets, len(before.octets), before.kind) == (after.secrets, len(after.octets), after.kind)
    assert hidden.exchange is case.exchange
    assert masked(replace(case, job=hidden.job)).title == case.title
