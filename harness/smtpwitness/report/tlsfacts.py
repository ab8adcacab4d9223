"""What there is to know of the TLS of a session, each fact with the key of its definition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model.scenario import ASKS, NO_SESSION_HASH, RESUMED, WITH_CERTIFICATE
from ..model.transcript import Kind, Transcript
from .octets import visible
from .words import Words

HANDSHAKES = 8  # shown

SAID = {WITH_CERTIFICATE: "client-certificate", RESUMED: "resumed", NO_SESSION_HASH: "no-session-hash"}
"""What a handshake's note says beside version and cipher suite, and the word that names it in the texts."""

DISTRUST = re.compile(r"CERTIFICATE|UNKNOWN_CA|SELF.SIGNED", re.IGNORECASE)
"""In the reason of a failed handshake: the other side does not trust the certificate."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` is the last part of the keys `tls.NAME` and `tls-means.NAME`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Handshake:
    connection: int
    facts: tuple[Fact, ...]


def handshakes(transcript: Transcript, words: Words) -> tuple[tuple[Handshake, ...], int]:
    """The handshakes of all connections, at most `HANDSHAKES`, and how many there are more."""
    greeted: set[int] = set()
    found: list[Handshake] = []
    for event in transcript:
        if event.kind is Kind.REPLY and event.octets:
            greeted.add(event.connection)
        if event.kind not in (Kind.TLS, Kind.TLS_FAILED):
            continue
        facts = [Fact("begun", words("tls.starttls" if event.connection in greeted else "tls.implicit"))]
        if event.kind is Kind.TLS:
            facts += agreed(event.note, words)
        else:
            facts.append(Fact("failed", visible(event.note, 200)))
            facts.append(Fact("verification", words("tls.refused" if DISTRUST.search(event.note) else "tls.open")))
        found.append(Handshake(event.connection, tuple(facts)))
    return tuple(found[:HANDSHAKES]), max(0, len(found) - HANDSHAKES)


def agreed(note: str, words: Words) -> list[Fact]:
    """The facts of the *note* of a handshake that ended well."""
    both, *others = note.split("; ")
    version, _, suite = both.partition(" ")
    facts = [Fact("version", visible(version, 40)), Fact("suite", visible(suite, 80) or "—")]
    asked = (one.removeprefix(ASKS) for one in others if one.startswith(ASKS))
    facts += [Fact("asked", visible(one, 253) or words("tls.nobody")) for one in asked]
    facts += [Fact(SAID[one], words("tls.yes")) for one in others if one in SAID]
    return [*facts, Fact("verification", words("tls.accepted"))]
