"""The messages of a job."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from scenes import ALICE, BOB, CAROL

from smtpwitness.model.message import BODY, compose, split
from smtpwitness.model.scenario import Content, Envelope
from smtpwitness.model.template import parse

DATE = "Mon, 23 Nov 2026 10:00:00 +0000"
ID = "<1@example.test>"


def made(
    content: Content, subject: str = "Hello", recipients: tuple[str, ...] = (BOB, CAROL), sender: str = ALICE
) -> bytes:
    return compose(Envelope(sender, recipients, content), subject=subject, date=DATE, message_id=ID)


def read(octets: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(octets, policy=policy.default))


def body(text: str) -> Content:
    return Content("body", parse(text))


def test_a_message_is_complete() -> None:
    message = read(made(Content()))
    assert {name.lower() for name in message} == {
        "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    }  # fmt: skip
    assert (message["From"], message["Subject"], message["Date"], message["Message-ID"]) == (ALICE, "Hello", DATE, ID)
    assert [address.addr_spec for address in message["To"].addresses] == [BOB, CAROL]
    assert message["Content-Transfer-Encoding"] == "7bit"
    assert split(made(Content()))[1] == BODY.encode()
    assert not message.defects


@pytest.mark.parametrize("content", [Content(), body("a\r\n"), body("\u4f60\u597d\r\n"), Content(size=2000)])
def test_every_line_ends_in_crlf_and_is_short(content: Content) -> None:
    octets = made(
        content, subject="\u4f60\u597d" * 40, recipients=tuple(f"user{number}@example.test" for number in range(99))
    )
    assert octets.replace(b"\r\n", b"").count(b"\n") == octets.replace(b"\r\n", b"").count(b"\r") == 0
    assert octets.endswith(b"\r\n")
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    assert len(read(octets)["To"].addresses) == 99


def test_text_that_is_not_ascii() -> None:
    octets = made(body("\u4f60\u597d\r\n"), subject="\u8bfe\u7a0b\u4f5c\u4e1a")
    message = read(octets)
    assert message["Subject"] == "\u8bfe\u7a0b\u4f5c\u4e1a"
    assert split(octets)[0].isascii()
    assert message["Content-Transfer-Encoding"] == "8bit"
    assert split(octets)[1] == "\u4f60\u597d\r\n".encode()


@pytest.mark.parametrize("size", [1000, 1001, 1002, 1003, 65536])
def test_size(size: int) -> None:
    octets = made(Content(size=size))
    assert len(octets) == size
    assert octets.startswith(made(Content()))


def test_a_size_that_is_less_than_the_header_needs() -> None:
    assert made(Content(size=10)) == made(Content())


@pytest.mark.parametrize("size", [1024, 2048, 4096, 16384])
def test_lines_to(size: int) -> None:
    octets = made(body("{lines to " + str(size) + "}.one\r\n"))
    assert octets[size:] == b".one\r\n"
    assert octets[size - 2 : size] == b"\r\n"


def test_raw_is_as_written() -> None:
    content = Content("raw", parse("From: {sender}\r\nTo: {recipient}\r\n\r\n{lines to 100}\0.\r\n"))
    octets = made(content)
    assert octets.startswith(f"From: {ALICE}\r\nTo: {BOB}\r\n\r\n".encode())
    assert octets[100:] == b"\0.\r\n"


def test_a_body_may_say_who() -> None:
    assert split(made(body("{sender} to {recipient}")))[1] == f"{ALICE} to {BOB}".encode()


def test_an_address_cannot_break_the_header() -> None:
    octets = made(Content(), recipients=(f"{BOB}>\r\nBcc: <x@example.test",), sender="a\nSubject: no")
    assert "Bcc" not in read(octets)
    assert read(octets)["Subject"] == "Hello"


def test_split() -> None:
    assert split(b"A: b\r\n\r\nbody\r\n\r\nmore") == (b"A: b\r\n", b"body\r\n\r\nmore")
    assert split(b"A: b\r\n") == (b"A: b\r\n", b"")
    assert split(b"") == (b"", b"")
