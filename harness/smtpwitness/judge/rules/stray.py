"""Octets between the lines of a session that belong to none: an empty line, a NUL (RFC 5321, 2.4)."""

from __future__ import annotations

from collections.abc import Iterable

from ..grammar import command
from ..session import MESSAGE, SASL, Exchange
from .observation import Observation, Remark, gathered

STRAY = {
    "empty-line": "the next command, and one CRLF behind each",
    "nul": "the verb first, and CRLF as the last octets",
}


def stray_octets(seen: Observation) -> Iterable[Remark]:
    """`stray-octets.empty-line`, `.nul`: commands begin with their verb, and end with one CRLF.

    An empty line counts straight behind a command alone: elsewhere it may be text of a message that was cut short.
    """
    found: dict[str, list[Exchange]] = {}
    for many in seen.connections.values():
        previous = many[0]
        for one in many[1:]:
            if one.verb not in (MESSAGE, SASL, "BDAT") and not one.before.refused_data:
                if one.event.octets in (b"\r\n", b"\n") and previous.verb not in ("", MESSAGE, "BDAT"):
                    found.setdefault("empty-line", []).append(one)
                elif _is_command_with_nul(one.event.octets):
                    found.setdefault("nul", []).append(one)
            previous = one
    for key, hits in found.items():
        yield from gathered(f"stray-octets.{key}", "RFC5321-2.4-a", hits, STRAY[key])


def _is_command_with_nul(octets: bytes) -> bool:
    return b"\0" in octets and command(octets.replace(b"\0", b"")).verb != ""
