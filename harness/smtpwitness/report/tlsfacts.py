"""What there is to know of the TLS of a session, each fact with the key of its definition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model.run import CaseResult, Certificate
from ..model.scenario import ASKS, NO_SESSION_HASH, RESUMED, WITH_CERTIFICATE
from ..model.transcript import Event, Kind
from .octets import visible
from .view import moment
from .words import Words

HANDSHAKES = 8  # shown
NAMES = 12  # of a certificate that are shown

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


def handshakes(case: CaseResult, words: Words) -> tuple[tuple[Handshake, ...], int]:
    """The handshakes of all connections, at most `HANDSHAKES`, and how many there are more.

    The facts of a certificate stand with the first handshake in which it was shown.
    """
    shown = {seq: one for one in case.certificates for seq in one.events}
    greeted: set[int] = set()
    told: set[str] = set()
    found: list[Handshake] = []
    for event in case.transcript:
        if event.kind is Kind.REPLY and event.octets:
            greeted.add(event.connection)
        if event.kind not in (Kind.TLS, Kind.TLS_FAILED):
            continue
        certificate = shown.get(event.seq)
        facts = [Fact("begun", words("tls.starttls" if event.connection in greeted else "tls.implicit"))]
        facts += agreed(event.note, words) if event.kind is Kind.TLS else failed(event, certificate, words)
        if certificate is not None:
            new = certificate.fingerprint not in told
            facts += certified(certificate, bool(case.relay), words) if new else [fingerprint(certificate)]
            told.add(certificate.fingerprint)
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


def failed(event: Event, certificate: Certificate | None, words: Words) -> list[Fact]:
    """Why there is no TLS, and whether the certificate is the reason."""
    check = "refused" if DISTRUST.search(event.note) else "left" if certificate else "open"
    return [Fact("failed", visible(event.note, 200)), Fact("verification", words(f"tls.{check}"))]


def certified(certificate: Certificate, tapped: bool, words: Words) -> list[Fact]:
    """What stands in a *certificate*. *tapped*: it is the tap's, and the relay behind that has its own."""
    names = [visible(one, 253) for one in certificate.names[:NAMES]]
    names += ["…"] if len(certificate.names) > NAMES else []
    dates = (moment(one) for one in (certificate.since, certificate.until))
    return [
        *([Fact("tap", words("tls.taps"))] if tapped else []),
        Fact("fault", words(f"certificate.{certificate.kind.replace(' ', '-')}")),
        Fact("subject", visible(certificate.subject, 253) or words("tls.empty")),
        Fact("names", ", ".join(names) or words("tls.nobody")),
        Fact("issuer", visible(certificate.issuer, 253) or words("tls.empty")),
        Fact("validity", " – ".join(dates)),
        fingerprint(certificate),
    ]


def fingerprint(certificate: Certificate) -> Fact:
    return Fact("fingerprint", visible(certificate.fingerprint, 64))
