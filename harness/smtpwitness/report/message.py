"""The message that the server received, decoded for people."""

from __future__ import annotations

import email
import email.header
import re
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32

from ..judge.content import ended
from ..judge.session import MESSAGE, exchanges, with_messages
from ..model.transcript import Event, Transcript
from .octets import Piece, Shown

PARSED = 256 * 1024  # octets of a message that are decoded
STUFFED = re.compile(rb"(\A|\r\n)\.")
HEADERS = 40  # header fields shown


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is not shown as the body: its media type, file name ("" for none) and size in octets."""

    type: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message as received: un-stuffed octets, decoded header fields, the first text of its body, other parts.

    `ended`: CR LF . CR LF came. `cut`: it was too long to be decoded whole. `stuffed` counts the dots that were taken
    out.
    """

    event: Event
    octets: bytes
    ended: bool
    fields: tuple[tuple[str, str], ...]
    more_fields: int
    body: str
    parts: tuple[Part, ...]
    cut: bool
    stuffed: int = 0


def unstuffed(content: bytes) -> tuple[bytes, bool]:
    """Mail data without its final dot line and without stuffed dots (RFC 5321, 4.5.2), and whether it had ended."""
    whole = ended(content)
    return STUFFED.sub(rb"\1", content[:-3] if whole else content), whole


def words(value: object) -> str:
    """A header field's value with RFC 2047 encoded words decoded; as it stands where they cannot be."""
    text = re.sub(r"\r?\n[ \t]*", " ", str(value))
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (LookupError, ValueError):  # an unknown charset, broken base64
        return text


def text_of(part: Message) -> str:
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    try:
        return octets.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that Python does not know
        return octets.decode("utf-8", "replace")


def body_and_parts(message: Message) -> tuple[str, tuple[Part, ...]]:
    """The first text/* leaf decoded, and every other leaf."""
    body: str | None = None
    parts: list[Part] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        name = words(part.get_filename(""))
        if body is None and part.get_content_maintype() == "text" and not name:
            body = text_of(part)
        else:
            octets = part.get_payload(decode=True)
            parts.append(Part(part.get_content_type(), name, len(octets) if isinstance(octets, bytes) else 0))
    return body or "", tuple(parts)


def received(event: Event) -> Received:
    """Decode the content of a CONTENT *event*. Never fails: what cannot be decoded is shown as it came."""
    octets, whole = unstuffed(event.octets)
    cut = len(octets) > PARSED
    try:
        message = email.message_from_bytes(octets[:PARSED], policy=compat32)
        fields = tuple((name, words(value)) for name, value in message.items())
        body, parts = body_and_parts(message)
    except Exception:  # the parser of the standard library has its own troubles with hostile input
        fields, body, parts = (), octets[:PARSED].decode("utf-8", "replace"), ()
    stuffed = len(STUFFED.findall(event.octets)) - whole
    return Received(event, octets, whole, fields[:HEADERS], max(0, len(fields) - HEADERS), body, parts, cut, stuffed)


def with_dots(shown: Shown, ended: bool) -> Shown:
    """Mail data with each dot that begins a line as a piece of its own: `stuffed`, or `end` where it ends the data."""
    lines: list[tuple[Piece, ...]] = []
    after_crlf = True
    for number, line in enumerate(shown.lines, 1):
        if after_crlf and line and line[0].kind == "text" and line[0].text.startswith("."):
            last = ended and not shown.more and number == len(shown.lines)
            rest = (Piece("text", line[0].text[1:]),) if line[0].text != "." else ()
            line = (Piece("end" if last else "stuffed", "."), *rest, *line[1:])
        after_crlf = not (line and line[-1].kind == "mark")
        lines.append(line)
    return Shown(tuple(lines), shown.more)


def messages(transcript: Transcript) -> tuple[Received, ...]:
    """Every message that came, in order."""
    return tuple(received(one.event) for one in with_messages(exchanges(transcript)) if one.verb == MESSAGE)
