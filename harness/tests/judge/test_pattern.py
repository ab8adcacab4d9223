"""Whether what a client said fits what a scenario writes."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import ALICE, BOB, CAROL, OCTETS, job

from smtpwitness.judge.grammar import command
from smtpwitness.judge.pattern import ANYTHING, Values, fits, fits_response, like, same_mailbox, verb
from smtpwitness.model.run import Job, JobMessage
from smtpwitness.model.template import Placeholder, parse
from smtpwitness.model.transcript import Secrecy, Secret

B64 = base64.b64encode(ALICE.encode()).decode()


def fit(pattern: str, line: str, given: Job | None = None, candidates: tuple[str, ...] = (BOB, CAROL)) -> bool:
    return fits(parse(pattern), command(line.encode() + b"\r\n"), Values(given or job(BOB, CAROL)), candidates)


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("EHLO", "EHLO anything at all", True),
        ("EHLO", "ehlo x", True),
        ("EHLO", "HELO x", False),
        ("EHLO {helo}", "EHLO CLIENT.example.TEST", True),
        ("EHLO {helo}", "EHLO other.example.test", False),
        ("EHLO {helo}", "EHLO", False),
        ("MAIL FROM:<{sender}>", "mail from:<alice@EXAMPLE.test>", True),
        ("MAIL FROM:<{sender}>", "MAIL FROM:<Alice@example.test>", False),
        ("MAIL FROM:<{sender}>", "MAIL FROM: alice@example.test", True),  # the form is the rules' business
        ("MAIL FROM:<{sender}>", "MAIL FROM:<alice@example.test> SIZE=10 BODY=8BITMIME", True),
        ("MAIL FROM:<{sender}> SIZE=...", "MAIL FROM:<alice@example.test> BODY=7BIT size=10", True),
        ("MAIL FROM:<{sender}> SIZE=...", "MAIL FROM:<alice@example.test>", False),
        ("MAIL FROM:<>", "MAIL FROM:<>", True),
        ("MAIL FROM:<>", "MAIL FROM:<alice@example.test>", False),
        ("MAIL FROM:<...>", "MAIL FROM:<who@ever.test>", True),
        ("RCPT TO:<{recipient}>", "RCPT TO:<bob@example.test>", True),
        ("RCPT TO:<{recipient}>", "RCPT TO:<carol@example.test>", True),
        ("RCPT TO:<{recipient}>", "RCPT TO:<dan@example.test>", False),
        ("RCPT TO:<{recipient}>", "RCPT TO:<@relay.test:bob@example.test>", True),
        ("RCPT TO:<{recipient.2}>", "RCPT TO:<carol@example.test>", True),
        ("RCPT TO:<{recipient.2}>", "RCPT TO:<bob@example.test>", False),
        (
            "RCPT TO:<{recipient}> ORCPT=rfc822;{recipient:xtext}",
            "RCPT TO:<bob@example.test> ORCPT=rfc822;bob@example.test",
            True,
        ),
        ("RCPT TO:<{recipient}> ORCPT=rfc822;{recipient:xtext}", "RCPT TO:<bob@example.test> ORCPT=rfc822;x", False),
        ("RCPT TO:<...> ORCPT=rfc822;b+2Bob@x", "RCPT TO:<bob@b.test> ORCPT=rfc822;b+2B+6Fb+40x", True),
        ("RCPT TO:<...> ORCPT=rfc822;b+2Bob@x", "RCPT TO:<bob@b.test> ORCPT=rfc822;b+2B+6Fc+40x", False),
        ("RCPT TO:<...> ORCPT=rfc822;Bob@x", "RCPT TO:<bob@b.test> orcpt=RFC822;Bob@X", True),
        ("RCPT TO:<...> ORCPT=rfc822;Bob@x", "RCPT TO:<bob@b.test> ORCPT=rfc822;bob@x", False),
        ("RCPT TO:<...> ORCPT=rfc822;A;b@x", "RCPT TO:<bob@b.test> ORCPT=rfc822;a;b@x", False),
        ("RCPT TO:<...> ORCPT=...", "RCPT TO:<bob@b.test> ORCPT=rfc822;bob@x", True),
        ("MAIL FROM:<...> ENVID=one+2Btwo", "MAIL FROM:<bob@b.test> ENVID=o+6Ee+2Btwo", True),
        ("RCPT TO:<{recipient}> X={sender}", "RCPT TO:<bob@example.test> X=alice@example.test", True),
        ("AUTH", "AUTH LOGIN", True),
        ("AUTH LOGIN", "auth login", True),
        ("AUTH LOGIN", "AUTH LOGIN dXNlcg==", True),
        ("AUTH LOGIN", "AUTH PLAIN", False),
        ("AUTH ...", "AUTH X", True),
        ("QUIT", "QUIT now", True),
        ("NOOP some...", "NOOP something", True),
        ("*", "*", True),
        ("*", "QUIT", False),
        ("*", "xyz", False),  # neither begins with a verb: that alone is no fit
        ("...", "whatever", True),
        ("...", "QUIT", True),
        ("{username:base64}", B64, True),
        ("{username:base64}", B64.swapcase(), False),
    ],
)
def test_fits(pattern: str, line: str, expected: bool) -> None:
    assert fit(pattern, line) is expected


def test_recipients_named_already_fit_no_more() -> None:
    assert not fit("RCPT TO:<{recipient}>", "RCPT TO:<bob@example.test>", candidates=(CAROL,))


@pytest.mark.parametrize(
    ("untold", "pattern", "line"),
    [
        ("helo", "EHLO {helo}", "EHLO localhost"),
        ("sender", "MAIL FROM:<{sender}>", "MAIL FROM:<me@here.test>"),
        ("recipients", "RCPT TO:<{recipient}>", "RCPT TO:<dan@example.test>"),
        ("recipients", "RCPT TO:<{recipient.2}>", "RCPT TO:<dan@example.test>"),
        ("username", "{username:base64}", "bWFsbG9yeQ=="),
    ],
)
def test_what_was_not_told_fits_anything(untold: str, pattern: str, line: str) -> None:
    assert fit(pattern, line, job(BOB, CAROL, untold=[untold]))
    assert not fit(pattern, line)


@pytest.mark.parametrize(
    ("pattern", "text", "exact", "expected"),
    [
        ("a...z", "aXz", False, True),
        ("a...z", "az", False, True),
        ("a...z", "azy", False, False),
        ("a.c", "abc", False, False),
        ("Ab", "aB", False, True),
        ("Ab", "aB", True, False),
        (f"a{ANYTHING}", "a\nb", True, True),
    ],
)
def test_like(pattern: str, text: str, exact: bool, expected: bool) -> None:
    assert like(pattern, text, exact=exact) is expected


@settings(deadline=None)
@given(st.text(max_size=20).filter(lambda text: "..." not in text and "\0" not in text))
def test_text_without_wildcards_is_only_itself(text: str) -> None:
    assert like(text, text, exact=True)
    assert not like(text, text + "x", exact=True)


@pytest.mark.parametrize(
    ("wanted", "came", "expected"),
    [
        ("a@b.test", "a@B.TEST", True),
        ("a@b.test", "A@b.test", False),
        ('"a@b"@c.test', '"a@b"@C.test', True),
        ('"a"@b.test', "a@b.test", True),
        ("a@b.test", '"a"@b.test', True),
        ('"a b"@b.test', "ab@b.test", False),
        ("postmaster", "Postmaster", False),
        ("a@...", "a@anywhere", True),
        ("", "", True),
    ],
)
def test_same_mailbox(wanted: str, came: str, expected: bool) -> None:
    assert same_mailbox(wanted, came) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("mail FROM:<{sender}>", "MAIL"), ("QUIT", "QUIT"), ("...", ""), ("*", ""), ("{username:base64}", ""), ("", "")],
)
def test_verb(pattern: str, expected: str) -> None:
    assert verb(parse(pattern)) == expected


def secret(
    role: Secrecy = Secrecy.PASSWORD, agrees: bool | None = True, well_formed: bool = True
) -> tuple[Secret, ...]:
    return (Secret(0, 4, role, "base64", well_formed, agrees),)


@pytest.mark.parametrize(
    ("pattern", "octets", "secrets", "expected"),
    [
        ("{username:base64}", B64, (), True),
        ("{username:base64}", "bWFsbG9yeQ==", (), False),
        ("{username:base64}", B64.swapcase(), (), False),  # letter case counts in base64
        ("{username:base64}", B64 + " ", (), False),
        ("dXNlcX", "dXNlcX", (), True),
        ("{password:base64}", "xxxx", secret(), True),
        ("{password:base64}", "xxxx", secret(agrees=None), True),
        ("{password:base64}", "xxxx", secret(agrees=False), False),
        ("{password:base64}", "xxxx", secret(well_formed=False), False),
        ("{password:base64}", "xxxx", secret(Secrecy.DIGEST), False),
        ("{password:base64}", "bWFsbG9yeQ==", (), False),
        ("...", "xxxx", secret(Secrecy.DIGEST), True),
        ("...", "anything", (), True),
        ("*", "*", (), True),
        ("*", "x", (), False),
        ("xxxx", "xxxx", secret(), False),  # a stand-in is no text that the client sent
        ("", "", (), True),
    ],
)
def test_fits_response(pattern: str, octets: str, secrets: tuple[Secret, ...], expected: bool) -> None:
    line = octets.encode() + b"\r\n"
    assert fits_response(parse(pattern), line, secrets, Values(job())) is expected


def test_values() -> None:
    second = JobMessage("carol@example.test", (BOB, CAROL), OCTETS)
    values = Values(job(messages=[*job().messages, second]), 1, "Q7")
    said = {name: values.literal(Placeholder(name)) for name in ("sender", "recipient", "recipient.2", "queue-id")}
    assert said == {"sender": CAROL, "recipient": BOB, "recipient.2": CAROL, "queue-id": "Q7"}
    assert values.literal(Placeholder("subject")) == "Hello"
    assert values.literal(Placeholder("password")) == "(password)"
    assert values.literal(Placeholder("helo", "xtext")) == "client.example.test"
    assert values.expected(Placeholder("queue-id")) == ANYTHING
