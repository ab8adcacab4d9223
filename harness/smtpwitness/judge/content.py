"""Mail data on the wire and the message it stands for (RFC 5321, 4.5.2 and 4.1.1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 998
"""Octets of a line of text without its CRLF (RFC 5321, 4.5.3.1.6); a client may fold or encode what is longer."""

FINAL_DOT = re.compile(rb"(\A|\r\n|\n|\r)\.(?:\r\n|\n|\r)?\Z")
"""Also where a line end is not as it should be: after some silence such a dot is taken as the end, too."""

RECEIVED = re.compile(rb"Received:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE)


def unstuffed(content: bytes) -> bytes:
    """The message that *content* carries: the final dot and the transparency dots of CRLF lines taken off."""
    body = content[:-5] + FINAL_DOT.sub(rb"\1", content[-5:])  # an end has at most five octets
    return (body[1:] if body.startswith(b".") else body).replace(b"\r\n.", b"\r\n")


def ended(content: bytes) -> bool:
    """Whether *content* ends as it must, in CRLF.CRLF (RFC 5321, 4.1.1.4)."""
    return content.endswith(b"\r\n.\r\n") or content == b".\r\n"


def stuffed(message: bytes) -> bytes:
    """*message*, whose lines all end in CRLF, as it stands on the wire, with its end."""
    return (b"." if message.startswith(b".") else b"") + message.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def chunked(lines: Iterable[bytes]) -> bytes:
    """The message in BDAT *lines*, each with its chunk, as DATA would carry it: dots stuffed, and with an end."""
    message = b"".join(line.partition(b"\n")[2] for line in lines)
    return stuffed(message if message.endswith(b"\r\n") or not message else message + b"\r\n")


def has_lone(octets: bytes) -> bool:
    """Whether a CR or LF stands alone in them."""
    pairs = octets.count(b"\r\n")
    return octets.count(b"\n") != pairs or octets.count(b"\r") != pairs


def lines(message: bytes, *, loosely: bool) -> list[bytes]:
    """The lines of a message, LF, CR and CRLF read alike, without the empty one after a last line end.

    *loosely*: dots at the head of a line do not count, because after a lone LF or CR one may be stuffed or not.
    """
    parts = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if parts[-1] == b"":
        parts.pop()
    return [part.lstrip(b".") for part in parts] if loosely else parts


def same_message(message: bytes, content: bytes, without: tuple[str, ...] = ()) -> bool:
    """Whether *content*, as it came, carries *message*, but for the header fields named in *without*."""
    wanted, given = _without(message, without), unstuffed(content)
    if wanted == given:
        return True
    loosely = has_lone(wanted) or has_lone(given)
    one, other = (_without_empty_body(lines(text, loosely=loosely)) for text in (wanted, given))
    return one == other


def _without_empty_body(message: list[bytes]) -> list[bytes]:
    """Behind a header that no body follows the empty line may stand or not: it is the same message (RFC 5322, 3.5)."""
    ends_there = b"" in message and message.index(b"") == len(message) - 1
    return message[:-1] if ends_there else message


def without_trace(content: bytes) -> bytes:
    """*content* without the Received field at its head; b"" where it begins with none (RFC 5321, 4.4)."""
    found = RECEIVED.match(content)
    return content[found.end() :] if found else b""


def same_body(message: bytes, content: bytes) -> bool:
    """Whether *content* carries the body of *message*, whatever became of the header."""
    wanted, given = message, unstuffed(content)
    loosely = has_lone(wanted) or has_lone(given)
    one, other = (_body(lines(text, loosely=loosely)) for text in (wanted, given))
    return one == other


def _body(message: list[bytes]) -> list[bytes]:
    """The lines behind the first empty one."""
    return message[message.index(b"") + 1 :] if b"" in message else []


def converted(message: bytes, content: bytes) -> bool:
    """Whether *content* may be *message* made fit for the way, as a client may do it and sometimes must.

    Octets above 127 turned into ASCII (RFC 6152, 3), too long lines folded or encoded (RFC 5321,
    4.5.3.1.6, which does not count a dot that was added for transparency).
    """
    made_ascii = not message.isascii() and content.isascii()
    return made_ascii or _longest(unstuffed(content)) <= LONGEST < _longest(message)


def _longest(text: bytes) -> int:
    return max(map(len, lines(text, loosely=False)), default=0)


def _without(message: bytes, names: tuple[str, ...]) -> bytes:
    for name in names:
        field = rb"(?im)^" + re.escape(name.encode()) + rb":[^\n]*\n(?:[ \t][^\n]*\n)*"
        header, empty, body = message.partition(b"\r\n\r\n")
        message = re.sub(field, b"", header + b"\r\n").removesuffix(b"\r\n") + empty + body
    return message
