from __future__ import annotations

from dataclasses import replace

import pytest
import sample_run
from sample_run import Tape

from smtpwitness.model.run import Certificate
from smtpwitness.model.scenario import CERTIFICATES
from smtpwitness.model.transcript import Kind, Side
from smtpwitness.report.tlsfacts import HANDSHAKES, NAMES, Handshake, handshakes
from smtpwitness.report.words import Words

EN = Words("en")


def told(tape: Tape, *certificates: Certificate, words: Words = EN, relay: str = "") -> tuple[Handshake, ...]:
    return handshakes(sample_run.case(tape, "tls/x", certificates=certificates, relay=relay), words)[0]


def values(handshake: Handshake) -> dict[str, str]:
    return {fact.name: fact.value for fact in handshake.facts}


def test_a_handshake_after_starttls_is_told_with_version_and_suite() -> None:
    (handshake,), more = handshakes(sample_run.secured(), EN)
    assert more == 0
    assert [(fact.name, fact.value) for fact in handshake.facts] == [
        ("begun", "with STARTTLS"),
        ("version", "TLSv1.3"),
        ("suite", "TLS_AES_256_GCM_SHA384"),
        ("verification", EN("tls.accepted")),
        ("fault", "nothing"),
        ("subject", "CN=mail.example.test"),
        ("names", "DNS:mail.example.test, DNS:localhost, IP:127.0.0.1, IP:::1"),
        ("issuer", "CN=smtpwitness test root"),
        ("validity", "2025-03-02 02:00:00 UTC – 2025-04-02 02:00:00 UTC"),
        ("fingerprint", sample_run.CERTIFICATE.fingerprint),
    ]


def test_what_else_a_note_says_is_told_and_what_is_not_known_is_not() -> None:
    tape = Tape()
    tape.event(Side.CLIENT, Kind.OPEN)
    tape.event(Side.CLIENT, Kind.TLS, note="TLSv1.2; client certificate; resumed; no session hash; <other>")
    (handshake,) = told(tape)
    assert [fact.name for fact in handshake.facts] == [
        *("begun", "version", "suite", "client-certificate", "resumed", "no-session-hash", "verification"),
    ]
    assert handshake.facts[0].value == "at once (implicit TLS)"
    assert handshake.facts[2].value == "—"


@pytest.mark.parametrize(("said", "shown"), [("mail.example.test", "mail.example.test"), ("", "none")])
def test_whom_the_client_asked_for(said: str, shown: str) -> None:
    tape = Tape()
    tape.event(Side.CLIENT, Kind.TLS, note=f"TLSv1.3 SUITE; asks for {said}")
    (handshake,) = told(tape)
    assert values(handshake)["asked"] == shown


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
    (handshake,) = told(tape)
    assert [fact.value for fact in handshake.facts[1:]] == [note, EN(verification)]


def test_handshakes_are_bounded() -> None:
    tape = Tape()
    for number in range(HANDSHAKES + 3):
        tape.connection = number
        tape.event(Side.CLIENT, Kind.TLS_FAILED, note="\x00" + "x" * 10_000)
    found, more = handshakes(sample_run.case(tape, "tls/x"), EN)
    assert (len(found), more) == (HANDSHAKES, 3)
    assert found[0].facts[1].value == "\\x00" + "x" * 199 + "…"


# --- certificates

EXPIRED = Certificate(
    "expired",
    "CN=mail.example.test",
    ("DNS:mail.example.test", "IP:127.0.0.1"),
    "CN=smtpwitness test root",
    "2025-01-01T00:00:00+00:00",
    "2025-02-01T00:00:00+00:00",
    "ab" * 32,
    (1, 2),
)


def handshaken(*notes: str) -> Tape:
    """A tape of nothing but handshakes; one whose note is in capitals failed."""
    tape = Tape()
    for note in notes:
        tape.event(Side.CLIENT, Kind.TLS_FAILED if note.isupper() or note == "eof" else Kind.TLS, note=note)
    return tape


def test_a_certificate_is_told_with_all_that_a_client_looks_at_and_what_is_wrong_with_it() -> None:
    (handshake,) = told(handshaken("TLSv1.3 SUITE"), EXPIRED)
    assert list(values(handshake).items())[-6:] == [
        ("fault", "it has expired"),
        ("subject", "CN=mail.example.test"),
        ("names", "DNS:mail.example.test, IP:127.0.0.1"),
        ("issuer", "CN=smtpwitness test root"),
        ("validity", "2025-01-01 00:00:00 UTC – 2025-02-01 00:00:00 UTC"),
        ("fingerprint", "ab" * 32),
    ]


def test_a_certificate_that_is_shown_again_is_told_by_its_fingerprint_and_one_that_was_not_shown_is_not() -> None:
    first, second, third = told(handshaken("TLSv1.3 S", "TLSv1.3 S", "TLSv1.3 S; resumed"), EXPIRED)
    assert "issuer" in values(first)
    assert "issuer" not in values(second)
    assert values(second)["fingerprint"] == EXPIRED.fingerprint
    assert "fingerprint" not in values(third)


def test_what_a_certificate_lacks_is_said() -> None:
    (handshake,) = told(handshaken("TLSv1.3 S"), replace(EXPIRED, kind="good", subject="", names=()))
    assert (values(handshake)["subject"], values(handshake)["names"]) == ("empty", "none")
    assert values(handshake)["fault"] == "nothing"


def test_the_certificate_of_a_tap_is_not_taken_for_the_relay_s() -> None:
    (handshake,) = told(handshaken("TLSv1.3 S"), EXPIRED, relay="postfix")
    assert "recording tap" in values(handshake)["tap"]
    assert "tap" not in values(told(handshaken("TLSv1.3 S"), EXPIRED)[0])


@pytest.mark.parametrize("note", ["eof", "reset", "SSLV3_ALERT_HANDSHAKE_FAILURE"])
def test_who_leaves_after_the_certificate_may_have_refused_it_and_who_never_saw_one_has_not(note: str) -> None:
    tape = Tape()
    tape.event(Side.CLIENT, Kind.TLS_FAILED, note=note)
    assert values(told(tape, EXPIRED)[0])["verification"] == EN("tls.left")
    assert values(told(tape)[0])["verification"] == EN("tls.open")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_kind_of_certificate_has_its_words(language: str) -> None:
    words = Words(language)
    faults = [
        values(told(handshaken("TLSv1.3 S"), replace(EXPIRED, kind=kind), words=words)[0]) for kind in CERTIFICATES
    ]
    assert len({one["fault"] for one in faults}) == len(CERTIFICATES)


def test_a_certificate_s_names_are_bounded_and_harmless() -> None:
    hostile = replace(EXPIRED, names=("DNS:\u202e<b>" + "x" * 1000,) * 40, subject="\x1b[2J", issuer="\x00" * 9999)
    facts = values(told(handshaken("TLSv1.3 S"), hostile)[0])
    assert facts["names"].count("\\xe2\\x80\\xae<b>") == NAMES
    assert facts["names"].endswith(", …")
    assert facts["subject"] == "\\x1b[2J"
    assert len(facts["issuer"]) < 1100
