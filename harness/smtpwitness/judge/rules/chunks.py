"""The message in chunks, and binary messages (RFC 3030)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message

from ...model.finding import Verdict
from ...model.transcript import Kind
from ..content import has_lone, unstuffed
from ..grammar import chunk
from ..session import Exchange
from .content import candidates, contents, difference
from .observation import Observation, Remark, gathered, waited

BDAT = re.compile(r"BDAT [0-9]+(?: LAST)?", re.IGNORECASE)
PART = re.compile(rb"(?im)^content-transfer-encoding[ \t]*:[ \t]*binary\b")


def chunk_syntax(seen: Observation) -> Iterable[Remark]:
    """`chunk-syntax`: BDAT, a decimal count, and LAST or nothing, with one space between them."""
    hits = [one for one in _bdats(seen) if not one.event.note and not BDAT.fullmatch(one.text)]
    yield from gathered("chunk-syntax", "RFC3030-2-b", hits, "`BDAT 1000` or `BDAT 1000 LAST`")


def _bdats(seen: Observation) -> Iterator[Exchange]:
    """Every BDAT under a hello that listed CHUNKING."""
    return (one for one in seen.commands if one.verb == "BDAT" and one.before.offers("CHUNKING"))


def chunk_size(seen: Observation) -> Iterable[Remark]:
    """`chunk-size`: fewer octets than counted came, or more. `chunk-size.waits`: none came at all."""
    short: list[Exchange] = []
    none: list[Exchange] = []
    more: list[Exchange] = []
    for one in _bdats(seen):
        counted, came = chunk(one.event.octets), one.event.octets.partition(b"\n")[2]
        if counted and one.event.note == "cut" and not _broken_off(seen, one):
            (short if came else none).append(one)
    for previous, one in seen.in_order:
        is_chunk = previous.verb == "BDAT" and previous.before.offers("CHUNKING") and chunk(previous.event.octets)
        if is_chunk and one.event.kind is Kind.LINE and one.verb == "" and not waited(previous, one):
            more.append(previous)
    hits = sorted((*short, *more), key=lambda one: one.event.seq)
    yield from gathered("chunk-size", "RFC3030-2-c", hits, "as many octets as the count says")
    yield from gathered("chunk-size.waits", "RFC3030-2-d", none, "the chunk right behind its line")


def _broken_off(seen: Observation, one: Exchange) -> bool:
    """Whether somebody else ended the chunk: the server, or the case's time."""
    ended = any(event.kind is Kind.LIMIT for event in seen.transcript)
    return ended or seen.closed_by_server(one.connection, one.event.at)


def chunk_not_listed(seen: Observation) -> Iterable[Remark]:
    """`chunk-not-listed`: BDAT only where the reply to EHLO lists CHUNKING."""
    hits = [
        one for _, one in seen.in_order if one.verb == "BDAT" and one.before.hello and not one.before.offers("CHUNKING")
    ]
    yield from gathered("chunk-not-listed", "RFC3030-2-a", hits, "DATA: CHUNKING is not listed")


def chunk_order(seen: Observation) -> Iterable[Remark]:
    """`chunk-order.*`: chunks come after all replies to RCPT, not beside DATA, and not after LAST or a refused chunk,
    behind which nothing comes but RSET.
    """
    found: dict[str, list[Exchange]] = {}
    for previous, one in seen.in_order:
        for key in _out_of_order(previous, one):
            found.setdefault(key, []).append(one)
    for key, hits in found.items():
        requirement, expected = ORDER[key]
        yield from gathered(f"chunk-order.{key}", requirement, hits, expected)


ORDER = {
    "early": ("RFC3030-2-k", "BDAT after the replies to MAIL and RCPT"),
    "no-recipient": ("RFC3030-2-k", "RSET or QUIT: no recipient was accepted"),
    "refused": ("RFC3030-2-e", "RSET or QUIT: a chunk was refused"),
    "no-reset": ("RFC3030-2-f", "RSET first"),
    "after-last": ("RFC3030-2-g", "another transaction, or QUIT"),
    "mixed": ("RFC3030-2-h", "BDAT, or RSET and another transaction"),
    "binary-data": ("RFC3030-3-d", "BDAT: MAIL said BODY=BINARYMIME"),
}


def _out_of_order(previous: Exchange, one: Exchange) -> Iterator[str]:
    before, verb, knew = one.before, one.verb, waited(previous, one)
    failed = before.chunks == "failed" and knew
    if verb == "BDAT":
        if not before.offers("CHUNKING"):
            return
        if before.chunks == "over":
            yield "after-last"
        elif failed:
            yield "refused"
        elif previous.verb in ("MAIL", "RCPT") and not knew:
            yield "early"
        elif before.recipients and not before.accepted and all(rcpt.code for rcpt in before.recipients):
            yield "no-recipient"
    elif verb == "DATA" and (before.chunks == "open" or (failed and before.accepted)):
        yield "mixed"
    elif verb == "DATA" and before.body == "BINARYMIME":
        yield "binary-data"
    if failed and verb in ("MAIL", "RCPT", "DATA"):
        yield "no-reset"


def chunk_content(seen: Observation) -> Iterable[Remark]:
    """`chunk-content.line-end`, `.dots`: in chunks text has CRLF as line ends, and dots stay as they are."""
    made = [one for one in contents(seen) if one.chunked]
    lone = [one for one in made if one.before.body != "BINARYMIME" and not _is_binary(one) and has_lone(_message(one))]
    yield from gathered("chunk-content.line-end", "RFC3030-2-i", lone, "lines that end with CRLF")
    told = seen.job.takes == "raw" and "message" in seen.job.told
    dots = [
        one
        for one in made
        if told and (given := candidates(seen, one)) and all(_dotted(each.octets, one) for each in given)
    ]
    yield from gathered("chunk-content.dots", "RFC3030-2-l", dots, "the message as it is")


def _message(one: Exchange) -> bytes:
    return unstuffed(one.event.octets)


def _dotted(given: bytes, one: Exchange) -> bool:
    """Whether a dot was doubled, or a last line that is a dot put behind the message."""
    ending = not given.endswith(b"\n.\r\n") and _message(one).endswith(b"\r\n.\r\n")
    return ending or difference(given, one.event.octets).kind == "overdotted"


# --- binary


def binary(seen: Observation) -> Iterable[Remark]:
    """`binary.*`: binary MIME only where BINARYMIME and CHUNKING are listed, and as BODY=BINARYMIME; else it is turned
    into valid MIME without a loss, or not sent.
    """
    alone = [
        one
        for one in seen.commands
        if one.after.body == "BINARYMIME" and one.verb == "MAIL" and not one.before.offers("CHUNKING")
    ]
    yield from gathered("binary.alone", "RFC3030-3-a", alone, "MAIL without BODY=BINARYMIME: CHUNKING is not listed")
    sent = [one for one in contents(seen) if _is_binary(one)]
    unlisted = [one for one in sent if not one.before.offers("BINARYMIME")]
    told = seen.job.takes == "raw" and "message" in seen.job.told
    yield from gathered(
        "binary.not-listed",
        "RFC3030-3-b",
        unlisted,
        "a converted message, or none: BINARYMIME is not listed",
        at_most=Verdict.WARN if told else Verdict.FAIL,
    )
    undeclared = [one for one in sent if one not in unlisted and one.before.body != "BINARYMIME"]
    yield from gathered("binary.undeclared", "RFC3030-3-c", undeclared, "MAIL with BODY=BINARYMIME")
    text = [one for one in sent if one.before.body == "BINARYMIME" and any(map(has_lone, _texts(_message(one))))]
    yield from gathered("binary.text", "RFC3030-3-e", text, "CRLF at the end of every line of a text part")
    if not told:
        return
    lost = [
        one
        for one in contents(seen)
        if (given := candidates(seen, one)) and all(_lost(each.octets, _message(one)) for each in given)
    ]
    changed = [one for one in lost if one.before.body == "BINARYMIME"]
    yield from gathered("binary.changed", "RFC3030-3-e", changed, "every part octet for octet, text with CRLF")
    down = [one for one in lost if one not in changed and one not in sent]
    yield from gathered("binary.lost", "RFC3030-3-f", down, "base64 for each binary part, and for no multipart")


def _lost(given: bytes, sent: bytes) -> bool:
    """Whether the binary message *given* was turned into one of other contents, or into MIME that is not valid."""
    if not _has_binary(given):
        return False
    message = message_from_bytes(sent)
    nested = any(
        part.get_content_maintype() in ("multipart", "message")
        and str(part.get("Content-Transfer-Encoding", "")).strip().lower() in ("base64", "quoted-printable")
        for part in message.walk()
    )
    return nested or _leaves(message) != _leaves(message_from_bytes(given))


def _leaves(message: Message) -> list[object]:
    """The decoded contents of its parts, a line end behind them taken off; of text the lines."""
    found: list[object] = []
    for part in message.walk():
        octets = part.get_payload(decode=True)
        if isinstance(octets, bytes):
            whole = octets.removesuffix(b"\r\n")
            found.append(whole.splitlines() if part.get_content_maintype() == "text" else whole)
    return found


def _is_binary(one: Exchange) -> bool:
    """Whether a part says that it is binary, and the message has octets that no other encoding has."""
    return _has_binary(_message(one))


def _has_binary(message: bytes) -> bool:
    return PART.search(message) is not None and (b"\0" in message or has_lone(message))


def _texts(message: bytes) -> Iterator[bytes]:
    """The bodies of its binary text parts, told apart by the boundary lines; a part inside a part is one, too."""
    found = re.search(rb'(?i)boundary[ \t]*=[ \t]*"?([^"\s;]+)', message)
    for part in message.split(b"--" + found[1]) if found else [message]:
        header, empty, body = re.sub(rb"\A\r?\n", b"", part).partition(b"\r\n\r\n")
        kind = re.search(rb"(?im)^content-type[ \t]*:[ \t]*([a-z]+)/", header)
        if empty and (kind is None or kind[1].lower() == b"text"):
            yield body
