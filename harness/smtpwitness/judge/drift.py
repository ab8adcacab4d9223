"""Where a fake server no longer answers as the relay does that it was made after: codes, enhanced codes, keywords."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ..model.transcript import Event, Transcript
from .grammar import readable, reply_code
from .session import Exchange, exchanges

ENHANCED = re.compile(rb"[0-9]{3}[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
"""RFC 2034, 3: after the code and a blank."""


@dataclass(frozen=True, slots=True)
class Drift:
    """At one *step*: what the fake says (`expected`), and what the relay says now (`observed`); "" for nothing."""

    step: str
    expected: str
    observed: str


def in_replies(fake: Transcript, real: Transcript) -> tuple[Drift, ...]:
    """Replies of the relay that have another code or enhanced code than the fake's to the same client.

    Where the client goes another way because of it, what comes after is not compared.
    """
    found: list[Drift] = []
    for one, other in zip_longest(exchanges(fake), exchanges(real)):
        if one is None or other is None or one.verb != other.verb:
            if not found:
                found.append(Drift("the client's next step", _step(one), _step(other)))
            break
        pairs = zip_longest(one.replies, other.replies)
        found += [Drift(_step(one), _shown(said), _shown(says)) for said, says in pairs if _codes(said) != _codes(says)]
    return tuple(found)


def _step(one: Exchange | None) -> str:
    return "" if one is None else one.verb or "a line that is no command"


def _codes(reply: Event | None) -> tuple[str, bytes]:
    octets = b"" if reply is None else reply.octets
    enhanced = ENHANCED.match(octets)
    return reply_code(octets), enhanced[1] if enhanced else b""


def _shown(reply: Event | None) -> str:
    return "" if reply is None else readable(reply.octets)


def in_offers(step: str, persona: Sequence[str], heard: Sequence[str]) -> tuple[Drift, ...]:
    """What the relay offers otherwise than the *persona*: keywords that are gone or new, or have other words."""
    return tuple(_offers(step, _by_keyword(persona), _by_keyword(heard)))


def _offers(step: str, persona: dict[str, list[str]], heard: dict[str, list[str]]) -> Iterator[Drift]:
    for keyword in dict.fromkeys((*persona, *heard)):
        expected, observed = persona.get(keyword, []), heard.get(keyword, [])
        if sorted(one.upper() for one in expected) != sorted(one.upper() for one in observed):
            yield Drift(step, " ".join(expected), " ".join(observed))


def _by_keyword(lines: Iterable[str]) -> dict[str, list[str]]:
    """The words of each line, by the first; AUTH= and its mechanisms stand for themselves (an old form of AUTH)."""
    made: dict[str, list[str]] = {}
    for line in lines:
        words = line.replace("=", "= ", 1).split() if line.upper().startswith("AUTH=") else line.split()
        if words:
            made[words[0].upper()] = words
    return made
