from __future__ import annotations

import pytest
import sample_run
from sample_run import Tape

from smtpwitness.model.transcript import Kind, Side
from smtpwitness.report.tlsfacts import HANDSHAKES, handshakes
from smtpwitness.report.words import Words

EN = Words("en")


def test_a_handshake_after_starttls_is_told_with_version_and_suite() -> None:
    (handshake,), more = handshakes(sample_run.secured().transcript, EN)
    assert more == 0
    assert [(fact.name, fact.value) for fact in handshake.facts] == [
        ("begun", "with STARTTLS"),
        ("version", "TLSv1.3"),
        ("suite", "TLS_AES_256_GCM_SHA384"),
        ("verification", EN("tls.accepted")),
    ]


def test_what_else_a_note_says_is_told_and_what_is_not_known_is_not() -> None:
    tape = Tape()
    tape.event(Side.CLIENT, Kind.OPEN)
    tape.event(Side.CLIENT, Kind.TLS, note="TLSv1.2; client certificate; resumed; no session hash; <other>")
    (handshake,), _ = handshakes(tuple(tape.events), EN)
    assert [fact.name for fact in handshake.facts] == [
        *("begun", "version", "suite", "client-certificate", "resumed", "no-session-hash", "verification"),
    ]
    assert handshake.facts[0].value == "at once (implicit TLS)"
    assert handshake.facts[2].value == "—"


@pytest.mark.parametrize(("said", "shown"), [("mail.example.test", "mail.example.test"), ("", "none")])
def test_whom_the_client_asked_for(said: str, shown: str) -> None:
    tape = Tape()
    tape.event(Side.CLIENT, Kind.TLS, note=f"TLSv1.3 SUITE; asks for {said}")
    (handshake,), _ = handshakes(tuple(tape.events), EN)
    assert {fact.name: fact.value for fact in handshake.facts}["asked"] == shown


@pytest.mark.parametrize(
    ("note", "verification"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "tls.refused"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "tls.refused"),
        ("eof", "tls.open"),
        ("NO_SHARED_CIPHER", "tls.open"),
    ],
)
def test_a_handshake_that_failed_says_whether_the_certificate_was_refused(note: str, verification: str) -> None:
    tape = Tape()
    tape.event(Side.CLIENT, Kind.TLS_FAILED, note=note)
    (handshake,), _ = handshakes(tuple(tape.events), EN)
    assert [fact.value for fact in handshake.facts[1:]] == [note, EN(verification)]


def test_handshakes_are_bounded() -> None:
    tape = Tape()
    for number in range(HANDSHAKES + 3):
        tape.connection = number
        tape.event(Side.CLIENT, Kind.TLS_FAILED, note="\x00" + "x" * 10_000)
    found, more = handshakes(tuple(tape.events), EN)
    assert (len(found), more) == (HANDSHAKES, 3)
    assert found[0].facts[1].value == "\\x00" + "x" * 199 + "…"
