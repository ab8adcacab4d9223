from __future__ import annotations

import pytest

from rawsmtp.outcome import MalformedReply, PermanentFailure, ProtocolError, TemporaryFailure
from rawsmtp.reply import MAX_REPLY_LINES, Reply, parse_line, read_reply, refusal


def read(*lines):
    """Read one reply; return it, the lines shown, and the lines left unread."""
    left, shown = list(lines), []
    return read_reply(lambda: left.pop(0), shown.append), shown, left


def test_one_line_and_no_more():
    reply, shown, left = read(b"250 ok", b"250 next")
    assert reply == Reply(250, (b"ok",))
    assert (shown, left) == ([b"250 ok"], [b"250 next"])


def test_several_lines():
    reply, shown, left = read(b"250-mx", b"250-SIZE 5", b"250 HELP", b"354 x")
    assert reply == Reply(250, (b"mx", b"SIZE 5", b"HELP"))
    assert (len(shown), left) == (3, [b"354 x"])


def test_text_that_looks_like_a_code():
    reply, _, left = read(b"250-234 text", b"250-250 done", b"250 end")
    assert reply.texts == (b"234 text", b"250 done", b"end")
    assert left == []


@pytest.mark.parametrize("last", [b"250", b"250 "])
def test_a_code_without_text_ends_a_reply(last):
    reply, _, left = read(b"250-a", last, b"more")
    assert (reply.code, reply.texts, left) == (250, (b"a", b""), [b"more"])


@pytest.mark.parametrize("line", [b"259 x", b"499 x", b"599 x", b"299", b"554-", "250 邮件".encode(), b"250 \xff\0"])
def test_unlisted_codes_and_odd_texts(line):
    assert parse_line(line)[0] == int(line[:3])


@pytest.mark.parametrize(
    "line",
    [b"", b"2", b"25", b"2500", b"25x", b"250_ok", b"250ok", b"250\tok", b" 250 ok", b"-25 ok", b"abc",
     b"150 x", b"650 x", b"000 x", "２５０ ok".encode(), b"+25 ok"],
)  # fmt: skip
def test_lines_that_are_no_reply(line):
    with pytest.raises(MalformedReply) as caught:
        read(line)
    assert caught.value.line == line


@pytest.mark.parametrize("lines", [(b"250-a", b"550 b"), (b"550-a", b"250 b"), (b"250-a", b"251-b", b"250 c")])
def test_different_codes_in_one_reply(lines):
    with pytest.raises(MalformedReply, match="different codes"):
        read(*lines)


def test_a_flood_of_lines():
    with pytest.raises(MalformedReply, match="more than 1000"):
        read(*[b"250-x"] * (MAX_REPLY_LINES + 1))
    reply, _, _ = read(*[b"250-x"] * (MAX_REPLY_LINES - 1), b"250 x")
    assert len(reply.texts) == MAX_REPLY_LINES


@pytest.mark.parametrize(
    ("code", "failure"),
    [(400, TemporaryFailure), (499, TemporaryFailure), (500, PermanentFailure), (599, PermanentFailure),
     (354, ProtocolError), (250, ProtocolError)],
)  # fmt: skip
def test_the_first_digit_of_a_refusal_decides(code, failure):
    refused = refusal(Reply(code, (b"250 all is well", b"", b"bye")), "RCPT")
    assert type(refused) is failure
    assert str(refused) == f"RCPT was answered {code} 250 all is well / bye"
