from __future__ import annotations

import pytest
import sample_run
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.transcript import Event, Kind, Side
from smtpwitness.report.message import HEADERS, PARSED, messages, received, unstuffed, with_dots
from smtpwitness.report.octets import show


def content(octets: bytes) -> Event:
    return Event(1, 1, 0, 0, Side.CLIENT, Kind.CONTENT, octets)


@pytest.mark.parametrize(
    ("octets", "data", "ended"),
    [
        (b"a\r\n.\r\n", b"a\r\n", True),
        (b".\r\n", b"", True),
        (b"..a\r\n..b\r\n.\r\n", b".a\r\n.b\r\n", True),
        (b"a\n.\r\n", b"a\n.\r\n", False),
        (b"a\n..b", b"a\n..b", False),
    ],
)
def test_dots_are_unstuffed_after_cr_lf_only(octets: bytes, data: bytes, ended: bool) -> None:
    assert unstuffed(octets) == (data, ended)


def test_header_and_body_are_decoded() -> None:
    (message,) = messages(sample_run.assignment().transcript)
    assert ("Subject", sample_run.SUBJECT) in message.fields
    assert "\r\n.这一行以点开头。\r\n" in message.body
    assert message.ended
    assert not message.cut


def test_the_first_text_is_the_body_and_the_rest_are_parts() -> None:
    octets = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=gb2312\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nxOO6ww==\r\n--x\r\nContent-Type: image/png; name=a.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--x--\r\n.\r\n"
    )
    message = received(content(octets))
    assert message.body == "你好"
    assert [(part.type, part.name, part.size) for part in message.parts] == [("image/png", "a.png", 3)]


@pytest.mark.parametrize(
    "octets",
    [
        b"Subject: =?no-such-charset?B?AAAA?=\r\n\r\nx",
        b"Subject: =?utf-8?B?A?=\r\n\r\nx",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nx",
        b'Content-Type: text/plain; charset="\xff"\r\n\r\nx',
        b"Content-Type: multipart/mixed\r\n\r\nx",
        b"Content-Transfer-Encoding: base64\r\n\r\n====x",
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
        b"\x00\xff: y\r\n\r\nx",
        b"",
    ],
)
def test_what_cannot_be_decoded_is_still_shown(octets: bytes) -> None:
    assert received(content(octets)).event.octets == octets


@given(st.binary(max_size=300))
def test_no_message_breaks_the_report(octets: bytes) -> None:
    received(content(b"Subject: " + octets))


def test_huge_messages_are_bounded() -> None:
    message = received(content(b"X: y\r\n" * 500 + b"\r\n" + b"z" * 2 * PARSED))
    assert message.cut
    assert len(message.fields) == HEADERS
    assert message.more_fields == 500 - HEADERS
    assert len(message.body) < PARSED


def test_a_message_in_chunks_is_one() -> None:
    said = (
        *((Side.CLIENT, Kind.OPEN, b""), (Side.SERVER, Kind.REPLY, b"220 x\r\n")),
        *((Side.CLIENT, Kind.LINE, b"EHLO x\r\n"), (Side.SERVER, Kind.REPLY, b"250-x\r\n250 CHUNKING\r\n")),
        *((Side.CLIENT, Kind.LINE, b"MAIL FROM:<a@b.test>\r\n"), (Side.SERVER, Kind.REPLY, b"250 x\r\n")),
        *((Side.CLIENT, Kind.LINE, b"RCPT TO:<b@b.test>\r\n"), (Side.SERVER, Kind.REPLY, b"250 x\r\n")),
        *((Side.CLIENT, Kind.LINE, b"BDAT 12\r\nSubject: x\r\n"), (Side.SERVER, Kind.REPLY, b"250 x\r\n")),
        *((Side.CLIENT, Kind.LINE, b"BDAT 6 LAST\r\n\r\n.a\r\n"), (Side.SERVER, Kind.REPLY, b"250 x\r\n")),
    )
    events = tuple(Event(n, 1, n, n, side, kind, octets) for n, (side, kind, octets) in enumerate(said))
    (message,) = messages(events)
    assert (message.fields, message.body, message.ended) == ((("Subject", "x"),), ".a\r\n", True)


def dots(data: bytes, ended: bool = True) -> list[list[tuple[str, str]]]:
    return [[(piece.kind, piece.text) for piece in line] for line in with_dots(show(data), ended).lines]


def test_stuffed_dots_are_counted_and_marked() -> None:
    data = b"a\r\n..b\r\n..\r\n. \r\nx\n.y\r\n.\r\n"
    assert [line[0][0] for line in dots(data)] == ["text", "stuffed", "stuffed", "stuffed", "text", "text", "end"]
    assert dots(data)[1] == [("stuffed", "."), ("text", ".b")]
    assert received(Event(1, 1, 0, 0, Side.CLIENT, Kind.CONTENT, data)).stuffed == 3


def test_a_dot_that_ends_nothing_is_a_stuffed_one() -> None:
    assert dots(b"a\r\n.", ended=False)[-1][0] == ("stuffed", ".")
    assert received(Event(1, 1, 0, 0, Side.CLIENT, Kind.CONTENT, b"a\r\n.")).stuffed == 1
    assert received(Event(1, 1, 0, 0, Side.CLIENT, Kind.CONTENT, b".\r\n")).stuffed == 0


def test_what_is_cut_has_no_end() -> None:
    cut = with_dots(show(b"a\r\n.\r\n.\r\n", lines=2), ended=True)
    assert cut.lines[-1][0].kind == "stuffed"


@given(st.binary(max_size=200), st.booleans())
def test_marking_dots_changes_no_text(data: bytes, ended: bool) -> None:
    plain = [[piece.text for piece in line] for line in show(data).lines]
    assert ["".join(text for _, text in line) for line in dots(data, ended)] == list(map("".join, plain))
