"""Mail data on the wire, and the message that it stands for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwitness.judge.content import (
    chunked,
    converted,
    ended,
    lines,
    same_body,
    same_message,
    unstuffed,
    without_trace,
)
from smtpwitness.judge.content import stuffed as stuffed_and_ended

HEAD = b"Subject: x\r\n\r\n"


def stuffed(message: bytes) -> bytes:
    """RFC 5321, 4.5.2, written anew: for a message of CRLF lines that ends in one."""
    return b"".join(b"." + line if line.startswith(b".") else line for line in message.splitlines(True)) + b".\r\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x\r\n.\r\n", b"x\r\n"),
        (b".\r\n", b""),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\r\n..b\r\n...\r\n.\r\n", b"a\r\n.b\r\n..\r\n"),
        (b"cut in the mid", b"cut in the mid"),
        (b"x\r\n.", b"x\r\n"),
        (b"x\n.\n", b"x\n"),
        (b".", b""),
    ],
)
def test_unstuffed(content: bytes, message: bytes) -> None:
    assert unstuffed(content) == message


@pytest.mark.parametrize(
    ("content", "whole"),
    [(b"x\r\n.\r\n", True), (b".\r\n", True), (b"x\n.\n", False), (b"x.\r\n", False), (b"x\r\n.", False), (b"", False)],
)
def test_only_crlf_dot_crlf_ends_content(content: bytes, whole: bool) -> None:
    assert ended(content) is whole


@settings(deadline=None)
@given(st.lists(st.text("ab.: ", max_size=5)))
def test_what_was_stuffed_is_the_message_again(texts: list[str]) -> None:
    message = "".join(text + "\r\n" for text in texts).encode()
    assert unstuffed(stuffed(message)) == message
    assert same_message(message, stuffed(message))


def test_lines_read_line_ends_alike() -> None:
    assert lines(b"a\nb\rc\r\n\r\nd", loosely=False) == [b"a", b"b", b"c", b"", b"d"]
    assert lines(b"a\r\n", loosely=False) == [b"a"]
    assert lines(b".a\n..b\nX\n", loosely=True) == [b"a", b"b", b"X"]
    assert lines(b"", loosely=False) == []


@pytest.mark.parametrize(
    ("body", "wire", "same"),
    [
        (b"one\r\n", b"one\r\n.\r\n", True),
        (b"one\r\n", b"one\n.\r\n", True),  # a lone LF is the rules' business
        (b"one\r\n", b"two\r\n.\r\n", False),
        (b"one\r\n", b"one\r\n\r\n.\r\n", False),
        (b"one", b"one\r\n.\r\n", True),
        (b".one\r\n", b"..one\r\n.\r\n", True),
        (b".one\r\n", b".one\r\n.\r\n", False),
        (b".one\r\n.\r\n", b"..one\n..\n.\r\n", True),  # stuffed after lone LF
        (b".one\r\n", b".one\n.\r\n", True),  # not stuffed after lone LF
        (b"a\n.b\r\n", b"a\n.b\r\n.\r\n", True),
        (b"a\n.b\r\n", b"a\n..b\r\n.\r\n", True),
        (b"a\n.b\r\n", b"a\r\n..b\r\n.\r\n", True),
        (b"a\r.b\r\n", b"a\r..b\r\n.\r\n", True),
        (b"a\n.b\r\n", b"a\r\n..c\r\n.\r\n", False),
    ],
)
def test_same_message(body: bytes, wire: bytes, same: bool) -> None:
    assert same_message(HEAD + body, HEAD + wire) is same


@pytest.mark.parametrize(
    ("message", "wire", "same"),
    [
        (b"To: bob\r\n", b"To: bob\r\n\r\n.\r\n", True),
        (b"To: bob\r\n\r\n", b"To: bob\r\n.\r\n", True),
        (b"To: bob\r\n\r\n", b"To: bob\r\n\r\n\r\n.\r\n", False),
        (b"To: bob\r\n", b"To: bob\r\n\r\n\r\n.\r\n", False),
        (b"To: bob\r\nSubject: x\r\n\r\n", b"To: bob\r\nSubject: y\r\n\r\n.\r\n", False),
        (b"To: bob\r\n\r\nx\r\n", b"To: bob\r\n\r\nx\r\n\r\n.\r\n", False),
    ],
)
def test_without_a_body_the_empty_line_may_stand_or_not(message: bytes, wire: bytes, same: bool) -> None:
    assert same_message(message, wire) is same


@pytest.mark.parametrize(
    ("wire", "same"),
    [
        (b"Received: here\r\nTo: bob\r\n\r\none\r\n\r\n.\r\n", True),
        (b"\r\none\r\n\r\n.\r\n", True),
        (b"To: bob\n\none\n\n.\r\n", True),
        (b"To: bob\r\n\r\none\r\n.\r\n", False),
        (b"To: bob\r\none\r\n.\r\n", False),
        (b"To: bob\r\n\r\ntwo\r\n\r\n.\r\n", False),
    ],
)
def test_same_body(wire: bytes, same: bool) -> None:
    assert same_body(b"To: bob\r\n\r\none\r\n\r\n", wire) is same


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"a\n.b\r\n", b"a\n..b\r\n.\r\n"),
        (b"a\n.b\r\n", b"a\r\n..b\r\n.\r\n"),
        (b"a\r\n.b\r\n", b"a\n..b\r\n.\r\n"),  # only what was sent has a lone LF
        (b"a\n.b\r\n", b"a\r\n.b\r\n.\r\n"),  # only what was given
    ],
)
def test_after_a_lone_line_feed_the_dots_of_a_body_do_not_count(message: bytes, wire: bytes) -> None:
    assert same_body(HEAD + message, b"\r\n" + wire)


def test_but_after_crlf_they_do() -> None:
    assert not same_body(HEAD + b"a\r\n.b\r\n", b"\r\na\r\n.b\r\n.\r\n")


@pytest.mark.parametrize(
    ("chunks", "wire"),
    [
        ([b"BDAT 12 LAST\r\nHi\r\n.dot\r\n"], b"Hi\r\n..dot\r\n.\r\n"),
        ([b"BDAT 3\r\nHi\r", b"BDAT 7 LAST\r\n\n.dot\r\n"], b"Hi\r\n..dot\r\n.\r\n"),
        ([b"BDAT 5\r\na\r\nb\n", b"BDAT 0 LAST\r\n"], b"a\r\nb\n\r\n.\r\n"),
        ([b"BDAT 4 LAST\r\nopen"], b"open\r\n.\r\n"),  # the end must stand on a line of its own
        ([b"BDAT 0 LAST\r\n"], b".\r\n"),
    ],
)
def test_a_message_in_chunks_as_data_would_carry_it(chunks: list[bytes], wire: bytes) -> None:
    assert chunked(chunks) == wire


def test_what_may_be_a_message_made_fit_for_the_way() -> None:
    eight, long = HEAD + "Grüße\r\n".encode(), HEAD + b"x" * 999 + b"\r\n"
    assert converted(eight, HEAD + b"R3LDvMOfZQ==\r\n.\r\n")
    assert not converted(eight, HEAD + "Gruß\r\n.\r\n".encode())
    assert not converted(HEAD + b"Hello\r\n", HEAD + b"SGVsbG8=\r\n.\r\n")
    assert converted(long, HEAD + b"x" * 76 + b"=\r\n.\r\n")
    assert not converted(long, HEAD + b"x" * 1000 + b"\r\n.\r\n")
    assert not converted(HEAD + b"x" * 998, HEAD + b"x" * 76 + b"\r\n.\r\n")
    assert not converted(b"", b"")
    assert converted(long, HEAD + b"x" * 998 + b"\r\nx\r\n.\r\n")
    # The dot that is added for transparency does not count (RFC 5321, 4.5.3.1.6).
    assert converted(long, HEAD + b"x" * 76 + b"\r\n.." + b"x" * 997 + b"\r\n.\r\n")
    assert not converted(long, HEAD + b"x" * 76 + b"\r\n.." + b"x" * 998 + b"\r\n.\r\n")


def test_fields_can_be_left_out() -> None:
    message = b"To: bob\r\nBcc: erin,\r\n\tdan\r\nbcc: x\r\nSubject: y\r\n\r\nBcc: no field\r\n"
    sent = b"To: bob\r\nSubject: y\r\n\r\nBcc: no field\r\n.\r\n"
    assert same_message(message, sent, ("Bcc",))
    assert not same_message(message, sent)
    assert not same_message(message, message + b".\r\n", ("Bcc",))


def test_fields_of_a_message_without_a_body_can_be_left_out() -> None:
    assert same_message(b"To: bob\r\nBcc: erin\r\n", b"To: bob\r\n.\r\n", ("Bcc",))
    assert same_message(b"Bcc: erin\r\nTo: bob\r\n", b"To: bob\r\n.\r\n", ("Bcc", "Date"))


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".\r\n.a\r\n..\r\n", b"..\r\n..a\r\n...\r\n.\r\n"),
        (b"a.b\r\n", b"a.b\r\n.\r\n"),
    ],
)
def test_stuffing_is_what_unstuffing_takes_off(message: bytes, wire: bytes) -> None:
    assert stuffed_and_ended(message) == wire
    assert unstuffed(wire) == message


@pytest.mark.parametrize(
    ("content", "rest"),
    [
        (b"Received: from a.test\r\n\tby b.test\r\n; Mon\r\n" + HEAD, b"; Mon\r\n" + HEAD),
        (b"received: from a.test\r\n" + HEAD, HEAD),
        (b"Received: from a.test\r\nReceived: from b.test\r\n" + HEAD, b"Received: from b.test\r\n" + HEAD),
        (HEAD, b""),
        (b"X: y\r\nReceived: from a.test\r\n" + HEAD, b""),
    ],
)
def test_the_field_that_a_relay_puts_in_front(content: bytes, rest: bytes) -> None:
    """RFC 5321, 4.4."""
    assert without_trace(content) == rest
