"""How lines end, and how long they are (RFC 5321, 2.3.8 and 4.5.3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...model.transcript import Event
from ..grammar import PATH, command
from ..session import Exchange
from .observation import Observation, Remark, gathered, short

COMMAND_LIMIT = 512  # octets, with CRLF
TEXT_LIMIT = 998  # octets, without CRLF


def line_end(seen: Observation) -> Iterable[Remark]:
    """`line-end.bare-lf`, `.lone-cr`, `.none`: commands and SASL lines end with CRLF, and CR stands nowhere else."""
    kinds: dict[str, list[Exchange]] = {"bare-lf": [], "lone-cr": [], "none": []}
    for one in seen.lines:
        octets = _command_line(one)
        if octets.endswith(b"\r\n"):
            kind = "lone-cr" if b"\r" in octets[:-2] else ""
        elif octets.endswith(b"\n"):
            kind = "bare-lf"
        else:
            kind = "" if one.event.note == "cut" or seen.closed_by_server(one.connection, one.event.begun) else "none"
        if kind:
            kinds[kind].append(one)
    for kind, hits in kinds.items():
        yield from gathered(f"line-end.{kind}", "RFC5321-2.3.8-a", hits, "CRLF at the end of the line")


def _command_line(exchange: Exchange) -> bytes:
    """The line without the chunk that comes with a BDAT."""
    octets = exchange.event.octets
    return octets[: octets.find(b"\n") + 1] if exchange.verb == "BDAT" else octets


def content_line_end(seen: Observation) -> Iterable[Remark]:
    """`content-line-end`: CR and LF stand only together in mail data.

    A client that writes the message itself breaks the format of the body (RFC 5322, 2.3), and not only of the way.
    """
    composed = seen.job.takes != "raw"
    hits = [one for one in seen.messages if not one.chunked and _lone(one.event)]
    if hits:
        match = _lone(hits[0].event)
        assert match is not None
        octet = "LF" if match[0] == b"\n" else "CR"
        line = hits[0].event.octets.count(b"\n", 0, match.start()) + 1
        yield from gathered(
            "content-line-end",
            "RFC5322-2.3-a" if composed else "RFC5321-2.3.8-c",
            hits,
            "CRLF",
            f"a lone {octet}",
            octet=octet,
            number=str(line),
        )


def _lone(event: Event) -> re.Match[bytes] | None:
    """The first lone CR or LF. What stands around a dot that ends content badly is another rule's."""
    octets = re.sub(rb"[\r\n]+\.?[\r\n]*\Z", b"", event.octets) if event.note else event.octets
    return re.search(rb"(?<!\r)\n|\r(?!\n)", octets)


def command_length(seen: Observation) -> Iterable[Remark]:
    """`command-length`: 512 octets for a command; `command-length.auth`: the response does not ride on such a line."""
    long = [one for one in seen.commands if one.event.overlong or len(_command_line(one)) > COMMAND_LIMIT]
    auth = [one for one in long if one.verb == "AUTH"]
    rest = [one for one in long if one.verb != "AUTH" and _own_length(one) > COMMAND_LIMIT]
    limit = str(COMMAND_LIMIT)
    yield from gathered("command-length", "RFC5321-4.5.3.1.4-a", rest, f"at most {limit} octets", limit=limit)
    yield from gathered(
        "command-length.auth", "RFC4954-4-f", auth, "AUTH without a response, then the response", limit=limit
    )


def _own_length(exchange: Exchange) -> int:
    """Octets of a command line without ESMTP parameters, which bring their own allowance (RFC 5321, 4.5.3.1.4)."""
    octets = _command_line(exchange)
    match = PATH.match(command(octets).argument) if exchange.verb in ("MAIL", "RCPT") else None
    return len(octets) - (len(match["rest"]) if match else 0)


def text_line_length(seen: Observation) -> Iterable[Remark]:
    """`text-line-length`: 1000 octets for a line of text, unless the job's own lines are as long."""
    given = max((len(line) for one in seen.job.messages for line in re.split(rb"[\r\n]+", one.octets)), default=0)
    limit = max(TEXT_LIMIT, given)
    hits, longest = [], b""
    for one in seen.messages:
        if one.before.body != "BINARYMIME" and not one.event.secrets:
            line = max((_unstuffed(line) for line in re.split(rb"[\r\n]+", one.event.octets)), key=len)
            if len(line) > limit:
                hits.append(one)
                longest = max(longest, line, key=len)
    length = str(len(longest))
    yield from gathered(
        "text-line-length",
        "RFC5321-4.5.3.1.6-a",
        hits,
        "at most 998 octets and CRLF",
        f"{length} octets",
        length=length,
        text=short(longest, 40),
    )


def _unstuffed(line: bytes) -> bytes:
    return line.removeprefix(b".")
