"""Replies: what the server says (RFC 5321 4.2).

A reply is one or more lines. Each line starts with the same three-digit reply code; a hyphen after
the code says that another line follows, a space or nothing says that this was the last one:

    250-mail.example.test
    250-SIZE 10240000
    250 HELP

One call of ``recv`` is *not* one reply: TCP delivers a stream of octets, cut where it likes. So lines
are taken from a buffer (``connection.py``), and replies are put together from lines here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .outcome import Failure, MalformedReply, PermanentFailure, ProtocolError, TemporaryFailure

MAX_REPLY_LINES: Final = 1000  # no limit in the RFC; no honest reply is near it, a flood is

# The first digit is 2 to 5 (4.2). The second is not limited to the 0 to 5 of the grammar: a code that
# the RFC does not list counts by its first digit (4.3.2).
_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """One complete reply: its code, and the text of its lines without code and separator."""

    code: int
    texts: tuple[bytes, ...] = (b"",)

    @property
    def positive(self) -> bool:
        """2yz: done as asked (RFC 5321 4.2.1)."""
        return self.code // 100 == 2

    @property
    def permanent(self) -> bool:
        """5yz: refused, and it would be refused again (RFC 5321 4.2.1)."""
        return self.code // 100 == 5

    def __str__(self) -> str:
        text = b" / ".join(text for text in self.texts if text).decode("utf-8", "backslashreplace")
        return f"{self.code} {text}".rstrip()


def read_reply(read_line: Callable[[], bytes], show: Callable[[bytes], None]) -> Reply:
    """Read lines until the reply is complete; each is shown as it comes."""
    codes: set[int] = set()
    texts: list[bytes] = []
    while True:
        line = read_line()
        show(line)
        code, last, text = parse_line(line)
        codes.add(code)
        texts.append(text)
        if len(codes) > 1:
            # RFC 5321 4.2.1 wants one code throughout. Believing either of them could turn a
            # refusal into a success.
            raise MalformedReply("the lines of a reply have different codes", line)
        if last:
            return Reply(code, tuple(texts))
        if len(texts) >= MAX_REPLY_LINES:
            raise MalformedReply(f"a reply of more than {MAX_REPLY_LINES} lines", line)


def parse_line(line: bytes) -> tuple[int, bool, bytes]:
    """Take one reply line apart: reply code, whether it is the last, text."""
    match = _REPLY_LINE.fullmatch(line)
    if match is None:
        shown = line[:60].decode("utf-8", "backslashreplace")
        raise MalformedReply(f"this is not a reply: {shown!r}", line)
    code, separator, text = match.groups()
    return int(code), separator != b"-", text or b""


def refusal(reply: Reply, command: str) -> Failure:
    """The failure that a reply other than the wanted one means.

    Only the first digit decides, never the text (RFC 5321 4.2, 4.3.2).
    """
    said = f"{command} was answered {reply}"
    match reply.code // 100:
        case 4:
            return TemporaryFailure(said)
        case 5:
            return PermanentFailure(said)
        case _:  # a yes to a question that was not asked
            return ProtocolError(said)
