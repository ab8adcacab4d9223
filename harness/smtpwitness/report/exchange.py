"""The annotated exchange: each command and reply with one sentence that explains it, in the phases of a session."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from ..judge.sasl import SIGNATURE
from ..model.run import CaseResult
from ..model.transcript import Event, Kind, Side
from .folding import blocks, folded_events
from .octets import visible
from .words import Words

EVENTS = 160  # shown

VERBS = {
    "HELO": ("hello", "helo"),
    "EHLO": ("hello", "ehlo"),
    "LHLO": ("hello", "ehlo"),
    "STARTTLS": ("hello", "starttls"),
    "AUTH": ("auth", "auth"),
    "MAIL": ("envelope", "mail"),
    "RCPT": ("envelope", "rcpt"),
    "DATA": ("data", "data"),
    "BDAT": ("message", "bdat"),
    "QUIT": ("close", "quit"),
    "RSET": ("envelope", "rset"),
}
"""The phase that a verb begins and the word that names it in the texts; any other line stays in its phase."""

MECHANISMS = {
    "login": "login",
    "plain": "plain",
    "cram-md5": "cram-md5",
    "scram-sha-1": "scram",
    "scram-sha-256": "scram",
    "scram-sha-256-plus": "scram",
    "oauthbearer": "oauth",
    "xoauth2": "oauth",
}
"""The word that names a mechanism in the texts."""

HARMLESS = ("NOOP", "HELP", "VRFY", "EXPN")  # they change nothing in a session

CLOSES = {"reset": "reset", "half-close": "half-close", "stall": "stall"}


@dataclass(frozen=True, slots=True)
class Item:
    """An event and what is said about it; or so many that are `like` those before them, the first of them `event`."""

    event: Event
    text: str
    like: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """Consecutive events that belong together; `connection` is told where there are several."""

    name: str
    connection: int
    items: tuple[Item, ...]


@dataclass(slots=True)
class Walk:
    """Where a connection stands: its phase, the last command's word in the texts, and the mechanism in play."""

    words: Words
    phase: str = "greeting"
    asked: str = "greeting"
    mechanism: str = ""

    def line(self, event: Event) -> str:
        if self.mechanism:
            return self.response(event)
        text = event.octets.decode("latin-1").strip()
        verb, _, argument = text.partition(" ")
        other = "other" if verb.upper() in HARMLESS else "unknown"
        self.phase, self.asked = VERBS.get(verb.upper(), (self.phase, other))
        if self.asked != "auth":
            return self.words(f"explain.{self.asked}")
        self.mechanism = argument.partition(" ")[0].lower()
        known = MECHANISMS.get(self.mechanism, "other")
        return self.words(f"explain.auth-{known}", mechanism=visible(self.mechanism.upper(), 30))

    def response(self, event: Event) -> str:
        """A line inside an AUTH exchange: what it is follows from the prompt and from what redaction said."""
        if event.octets.strip() == b"*":
            return self.words("explain.sasl-cancel")
        if event.secrets:
            return self.words(f"explain.sasl-{event.secrets[0].role}")
        decoded = unbase64(event.octets.strip())
        if decoded is None:
            return self.words("explain.sasl-broken")
        if self.mechanism == "login":
            return self.words("explain.sasl-username", decoded=visible(decoded, 80))
        return self.words("explain.sasl-response")

    def reply(self, event: Event) -> str:
        if not event.octets:
            return self.words("explain.nothing")
        match = re.match(rb"([2-5][0-9][0-9])(?:[ -]|\r?\n)", event.octets)
        code = match[1].decode() if match else ""
        if code == "334":
            return self.challenge(event)
        mechanism, self.mechanism = self.mechanism, ""
        if not code:
            return self.words("explain.reply-malformed")
        if code[0] in "45":
            special = code == "503" or (code == "535" and mechanism)
            key = code if special else code[0] + "yz"
            return self.words(f"explain.reply-{key}", code=code)
        queued = re.search(rb"queued as ([!-~]{1,60})", event.octets)
        if self.asked == "message" and queued:
            return self.words("explain.message-queued", code=code, id=queued[1].decode())
        return self.words(f"explain.{self.asked}-reply", code=code)

    def challenge(self, event: Event) -> str:
        text = event.octets.strip()[4:]
        decoded = unbase64(text)
        if self.mechanism == "login" and decoded:
            return self.words("explain.prompt", coded=visible(text.decode(), 80), decoded=visible(decoded, 80))
        if text == SIGNATURE.encode():
            return self.words("explain.signature")
        return self.words("explain.prompt-empty" if not text else "explain.challenge")


def unbase64(octets: bytes) -> str | None:
    """Base64 as text; None for what is not base64 of UTF-8."""
    try:
        return base64.b64decode(octets, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def explain(walk: Walk, event: Event) -> str | None:
    """The sentence for *event*, and the walk moved on; None for an event that nothing is said about."""
    words = walk.words
    match event.kind:
        case Kind.OPEN:
            return words("explain.open")
        case Kind.LINE:
            return walk.line(event)
        case Kind.CONTENT:
            walk.phase = walk.asked = "message"
            return words("explain.message", size=f"{len(event.octets):,}")
        case Kind.REPLY:
            return walk.reply(event)
        case Kind.TLS:
            walk.mechanism = ""
            walk.asked = "greeting" if walk.asked == "greeting" else "other"
            return words("explain.tls", note=visible(event.note, 80))
        case Kind.TLS_FAILED:
            return words("explain.tls-failed", note=visible(event.note, 120))
        case Kind.CLOSE:
            walk.phase = "close"
            how = CLOSES.get(event.note, "client" if event.side is Side.CLIENT else "server")
            return words(f"explain.close-{how}")
        case Kind.LIMIT:
            return words("explain.limit")
    return None


def phases(case: CaseResult, words: Words) -> tuple[tuple[Phase, ...], int]:
    """The events of *case*, explained and grouped, at most `EVENTS` of them, and how many there are more."""
    walks: dict[int, Walk] = {}
    found: list[tuple[str, int, Item]] = []
    connection = 1
    for block in blocks(case.transcript, folded_events(case)):
        event, like = block[0], len(block) if len(block) > 1 else 0
        connection = event.connection or connection  # what is of no connection stands with what was before it
        walk = walks.setdefault(connection, Walk(words))
        text = [explain(walk, one) for one in block][-1]
        if text is not None:
            found.append((walk.phase, connection, Item(event, words("more.like", count=like) if like else text, like)))
    grouped: list[Phase] = []
    for name, connection, item in found[:EVENTS]:
        if grouped and (grouped[-1].name, grouped[-1].connection) == (name, connection):
            grouped[-1] = Phase(name, connection, (*grouped[-1].items, item))
        else:
            grouped.append(Phase(name, connection, (item,)))
    return tuple(grouped), max(0, len(found) - EVENTS)
