"""Octets in hexadecimal, sixteen a line, with what they are in ASCII; secrets taken out."""

from __future__ import annotations

from functools import lru_cache

from ..model.transcript import Secret, Transcript
from .octets import BLOCKS

WIDTH = 16
OCTETS = 128  # of one event


@lru_cache(BLOCKS)
def dump(octets: bytes, secrets: tuple[Secret, ...] = (), limit: int = OCTETS) -> str:
    """`0000  51 55 49 54 0d 0a  QUIT..`: at most *limit* octets; `**` stands for one of a secret's stand-in."""
    hidden = {place for secret in secrets for place in range(secret.start, min(secret.end, limit))}
    lines: list[str] = []
    for start in range(0, min(len(octets), limit), WIDTH):
        places = range(start, min(start + WIDTH, len(octets), limit))
        digits = " ".join("**" if place in hidden else f"{octets[place]:02x}" for place in places)
        text = "".join("*" if place in hidden else ascii_of(octets[place]) for place in places)
        lines.append(f"{start:04x}  {digits:<{WIDTH * 3 - 1}}  {text}")
    return "\n".join(lines)


def ascii_of(octet: int) -> str:
    return chr(octet) if 0x20 <= octet < 0x7F else "."


def hexed(transcript: Transcript, room: int) -> frozenset[int]:
    """The numbers of the events that a page with *room* for so many octets shows in hexadecimal: the first ones."""
    found = set[int]()
    for event in transcript:
        room -= min(len(event.octets), OCTETS)
        if event.octets and room >= 0:
            found.add(event.seq)
    return frozenset(found)
