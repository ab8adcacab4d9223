from __future__ import annotations

from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import Peer
from smtpwitness.report.words import FACT, SIGNS, Words, kind_of, peer_of


def test_each_verdict_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Verdict)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_a_finding_is_told_in_the_language_of_the_page() -> None:
    finding = sample_run.failing().findings[1]
    assert "bob@uni.example.test was refused with 550" in Words("en").finding(finding, "what")
    assert "bob@uni.example.test 被 550 拒绝" in Words("zh").finding(finding, "what")


def test_a_missing_text_or_fact_is_told_and_not_glossed_over() -> None:
    words = Words("en")
    with pytest.raises(KeyError):
        words("no.such.key")
    with pytest.raises(KeyError):
        words.finding(Finding("r", "sample.lone-lf", Verdict.FAIL), "what")


def test_a_fact_is_bounded_and_harmless_whatever_it_is_called() -> None:
    finding = Finding("r", "sample.lone-lf", Verdict.FAIL, facts=(("count", "\x00" + "9" * 9999), ("key", "x")))
    text = Words("en").finding(finding, "what")
    assert "\x00" not in text
    assert text.startswith("\\x009")
    assert len(text) < FACT + 80


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0.2, "0 ms"), (999.0, "999 ms"), (2400, "2.4 s"), (3_600_000, "3,600.0 s")]
)
def test_time(milliseconds: float, text: str) -> None:
    assert Words("en").time(milliseconds) == text


def test_fates() -> None:
    words = Words("en")
    assert words.fates((("accepted", "permanent"), ("accepted",)), "none") == "accepted, refused for good (5yz)"
    assert words.fates((), "unknown") == "nothing"
    assert words.fate("quarantined\n") == "quarantined\\x0a"


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        ("coremail.test", "simulated"),
        ("relay postfix", "relay"),
        ("relay:postfix", "relay"),
        ("remote mail.test", "remote"),
        ("remote:mail.test", "remote"),
        ("relay", "simulated"),
        ("remote qq", "remote"),
        ("relays are fun", "simulated"),
    ],
)
def test_only_what_is_marked_as_real_is_called_real(server: str, kind: str) -> None:
    assert kind_of(server) == kind


def test_a_remote_relay_is_named_with_its_host_and_certificate() -> None:
    case = sample_run.assignment()
    assert peer_of(case, Words("en")) == ""
    remote = replace(case, peer=Peer("smtp.x.test", 465, "AB:CD"))
    assert peer_of(remote, Words("en")) == "smtp.x.test:465, certificate SHA-256 AB:CD"
    assert peer_of(replace(case, peer=Peer("smtp.x.test", 25)), Words("zh")) == "smtp.x.test:25，没有 TLS"
