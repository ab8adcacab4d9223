"""What a sane server says where the scenario is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import plain, raw, says

from smtpwitness.judge import persona
from smtpwitness.judge.session import GREETING, MESSAGE, SASL, Recipient, State
from smtpwitness.model.scenario import Persona, Reply

FRESH = State(greeting="220")
HELLO = replace(FRESH, hello="EHLO")
MAIL = replace(HELLO, sender="alice@example.test")
RCPT = replace(MAIL, recipients=(Recipient("bob@example.test", "250"),))
REFUSED = replace(MAIL, recipients=(Recipient("bob@example.test", "550"),))
SECURE = plain("STARTTLS", "AUTH PLAIN LOGIN", "SIZE 1000")


def text(reply: Reply) -> str:
    return "\n".join(map(str, reply.lines or ()))


def code(verb: str, state: State, server: Persona = SECURE, wants_auth: bool = False) -> str:
    return text(persona.usual(server, state, verb, b"", wants_auth=wants_auth))[:3]


@pytest.mark.parametrize(
    ("verb", "state", "expected"),
    [
        (GREETING, State(), "220"),
        ("HELO", FRESH, "250"),
        ("EHLO", FRESH, "250"),
        ("LHLO", FRESH, "502"),
        ("MAIL", FRESH, "503"),
        ("MAIL", HELLO, "250"),
        ("MAIL", MAIL, "503"),
        ("RCPT", HELLO, "503"),
        ("RCPT", MAIL, "250"),
        ("DATA", HELLO, "503"),
        ("DATA", MAIL, "554"),
        ("DATA", REFUSED, "554"),
        ("DATA", RCPT, "354"),
        (MESSAGE, RCPT, "250"),
        (SASL, HELLO, "535"),
        ("STARTTLS", HELLO, "220"),
        ("STARTTLS", MAIL, "503"),
        ("STARTTLS", replace(HELLO, tls=True), "502"),
        ("AUTH", FRESH, "503"),
        ("AUTH", HELLO, "235"),
        ("AUTH", MAIL, "503"),
        ("AUTH", replace(HELLO, authenticated="PLAIN"), "503"),
        ("RSET", FRESH, "250"),
        ("NOOP", FRESH, "250"),
        ("VRFY", FRESH, "252"),
        ("EXPN", FRESH, "502"),
        ("ETRN", FRESH, "502"),
        ("BDAT", RCPT, "502"),
        ("QUIT", FRESH, "221"),
        ("", FRESH, "500"),
    ],
)
def test_usual(verb: str, state: State, expected: str) -> None:
    assert code(verb, state) == expected


def test_what_is_not_offered_is_not_implemented() -> None:
    assert code("STARTTLS", HELLO, plain()) == "502"
    assert code("AUTH", HELLO, plain()) == "502"
    assert code("STARTTLS", HELLO, plain("starttls")) == "220"
    assert code("STARTTLS", HELLO, plain("STARTTLS now")) == "220"


def test_what_is_offered_in_tls_alone() -> None:
    server = plain("SIZE", in_tls=["AUTH PLAIN"])
    inside = replace(HELLO, tls=True)
    assert (code("AUTH", HELLO, server), code("AUTH", inside, server)) == ("502", "235")
    said = [persona.usual(server, state, "EHLO", b"", wants_auth=False) for state in (HELLO, inside)]
    assert [text(one).split("\n")[-1] for one in said] == ["250 SIZE", "250 AUTH PLAIN"]


@pytest.mark.parametrize("verb", ["AUTH", "STARTTLS"])
def test_what_is_not_offered_is_not_legal(verb: str) -> None:
    """RFC 3207, 4 and RFC 4954, 4: a client asks only for what was offered."""
    assert not persona.legal(verb, HELLO, plain("SIZE"))
    assert not persona.allowed(verb, HELLO, plain("SIZE"))


def test_chunks_where_they_are_offered() -> None:
    def said(octets: bytes, state: State) -> str:
        offered = replace(state, keywords={"CHUNKING": ""})
        return text(persona.usual(SECURE, offered, "BDAT", octets, wants_auth=False))[:3]

    assert said(b"BDAT 3\r\nabc", RCPT) == "250"
    assert said(b"BDAT three\r\n", RCPT) == "501"
    assert said(b"BDAT 3\r\nabc", MAIL) == "503"
    assert said(b"BDAT 3\r\nabc", replace(RCPT, chunks="failed")) == "503"
    assert code("DATA", replace(RCPT, chunks="open")) == "503"
    assert code("DATA", replace(RCPT, body="BINARYMIME")) == "503"
    assert code("RCPT", replace(RCPT, chunks="open")) == "503"


def test_what_is_not_offered_may_be_refused_in_words_of_the_personas_own() -> None:
    old = plain(STARTTLS="500 Syntax error", AUTH="504 No such mechanism")
    assert (code("STARTTLS", HELLO, old), code("AUTH", HELLO, old)) == ("500", "504")


def test_a_client_with_credentials_is_not_let_through_without() -> None:
    assert code("MAIL", HELLO, wants_auth=True) == "530"
    assert code("MAIL", replace(HELLO, authenticated="PLAIN"), wants_auth=True) == "250"


def test_ehlo_lists_what_is_offered() -> None:
    assert text(persona.ehlo(SECURE, False)).split("\n") == [
        "250-mail.example.test",
        "250-STARTTLS",
        "250-AUTH PLAIN LOGIN",
        "250 SIZE 1000",
    ]
    assert "STARTTLS" not in text(persona.ehlo(SECURE, True))
    assert text(persona.ehlo(plain(), False)) == "250 mail.example.test"


def test_ehlo_keeps_its_manner_and_its_own_lines() -> None:
    written = says("250-mail.example.test", "250 {sender} is welcome", delay=1.0, split="lines", then="close")
    reply = persona.ehlo(plain("SIZE", EHLO=written), False)
    assert text(reply).split("\n") == ["250-mail.example.test", "250-{sender} is welcome", "250 SIZE"]
    assert (reply.delay, reply.split, reply.then) == (1.0, "lines", "close")


@pytest.mark.parametrize("written", [says("502 no"), raw("250 mail\r\n")])
def test_ehlo_that_is_no_250_is_as_written(written: Reply) -> None:
    assert persona.ehlo(plain("SIZE", EHLO=written), False) is written


def test_bare_250() -> None:
    assert text(persona.ehlo(plain("SIZE", EHLO="250"), False)).split("\n") == ["250-", "250 SIZE"]


def test_offers_in_tls() -> None:
    assert persona.offers(SECURE, False) == SECURE.offers
    assert persona.offers(SECURE, True) == ("AUTH PLAIN LOGIN", "SIZE 1000")
    assert persona.offers(plain("A", in_tls=["B"]), True) == ("B",)


def test_mechanisms() -> None:
    server = plain("AUTH PLAIN login", "auth=X-NEW", "SIZE", in_tls=["AUTH CRAM-MD5"])
    assert persona.mechanisms(server, False) == {"PLAIN", "LOGIN", "X-NEW"}
    assert persona.mechanisms(server, True) == {"CRAM-MD5"}


@pytest.mark.parametrize(
    ("verb", "state", "expected"),
    [
        ("RSET", HELLO, True),
        ("RSET", MAIL, False),
        ("NOOP", MAIL, True),
        ("VRFY", HELLO, True),
        ("EXPN", HELLO, True),
        ("HELP", FRESH, True),
        ("EHLO", HELLO, True),
        ("STARTTLS", HELLO, True),
        ("STARTTLS", MAIL, False),
        ("AUTH", HELLO, True),
        ("AUTH", FRESH, False),
        ("MAIL", HELLO, False),
        ("QUIT", HELLO, False),
        ("", HELLO, False),
    ],
)
def test_allowed(verb: str, state: State, expected: bool) -> None:
    assert persona.allowed(verb, state, SECURE) is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"AUTH plain\r\n", ("PLAIN", None)),
        (b"auth PLAIN AGFsaWNl\r\n", ("PLAIN", "AGFsaWNl")),
        (b"AUTH  PLAIN  =\r\n", ("PLAIN", "=")),
        (b"AUTH\r\n", ("", None)),
    ],
)
def test_mechanism_of(line: bytes, expected: tuple[str, str | None]) -> None:
    assert persona.mechanism_of(line) == expected


def test_challenge() -> None:
    assert text(persona.challenge("VXNlcm5hbWU6")) == "334 VXNlcm5hbWU6"
    assert text(persona.challenge("")) == "334 "


def test_lmtp() -> None:
    """LHLO is answered as EHLO is elsewhere; DATA for nobody gets 503 (RFC 2033, 4.1 and 4.2)."""
    agent = plain("SIZE", LHLO="250 lmtp.example.test")
    assert text(persona.usual(agent, FRESH, "LHLO", b"", wants_auth=False)) == "250-lmtp.example.test\n250 SIZE"
    assert code("DATA", replace(REFUSED, hello="LHLO")) == "503"
    assert code("DATA", replace(RCPT, hello="LHLO")) == "354"
