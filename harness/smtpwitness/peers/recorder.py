"""The recording of one case: what happened, in order and in time, and who is asked what to do about it.

Whatever a client sent is redacted before it becomes an `Event`; nothing else keeps a client's octets.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from ..judge.actions import Action, Reading
from ..model.run import Certificate
from ..model.transcript import Event, Kind, Secret, Side
from .intake import Unit

MOST_EVENTS = 100_000
"""Events that one case may have. Ten thousand recipients need a fifth of it; a client that floods is stopped by it."""

MOST_OCTETS = 32 * 1024 * 1024
"""Octets of a client that one case keeps; the rest is counted and dropped."""


class Conversation(Protocol):
    """Who says what the server does. Pure: it owns no socket and no clock."""

    def feed(self, event: Event) -> tuple[Action, ...]:
        """What is to be done about *event*, in order."""

    def reading(self, connection: int) -> Reading:
        """What the next octets of *connection* are. Asked once for each unit."""


class Redactor(Protocol):
    """Who takes secrets out of what a client sent."""

    def line(self, connection: int, octets: bytes) -> tuple[bytes, tuple[Secret, ...], bool]:
        """A line without its secrets, their spans, and whether it was longer than its limit."""

    def content(self, octets: bytes) -> tuple[bytes, tuple[Secret, ...]]:
        """Content without its secrets, and their spans."""

    def filled(self, connection: int, octets: bytes) -> bytes:
        """*octets* of a reply with what only a password can tell: to be sent, and kept nowhere."""

    def replied(self, connection: int, octets: bytes) -> None:
        """*octets* have left as a reply."""

    def tls(self, connection: int, bindings: Mapping[str, bytes]) -> None:
        """TLS is up on *connection*; *bindings* are the data for binding to it, by type (RFC 5929)."""


class Recorder:
    """Events of one case with their sequence numbers and times.

    *start* is `time.monotonic_ns()` when the case began; *window* is as in `model.scenario.Persona`. `left` counts the
    octets of the client that may still be kept. `error` is the first thing that went wrong in the harness itself.
    """

    def __init__(self, conversation: Conversation, redactor: Redactor, start: int, window: int = 0) -> None:
        self.conversation = conversation
        self.window = window
        self.redactor = redactor
        self.events: list[Event] = []
        self.left = MOST_OCTETS
        self.error: Exception | None = None
        self._shown: dict[Certificate, list[int]] = {}
        self._start = start

    def now(self) -> int:
        """Nanoseconds since the case began."""
        return time.monotonic_ns() - self._start

    @property
    def full(self) -> bool:
        """Whether the case has more events than any case needs."""
        return len(self.events) >= MOST_EVENTS

    def record(
        self,
        connection: int,
        side: Side,
        kind: Kind,
        octets: bytes = b"",
        *,
        begun: int | None = None,
        at: int | None = None,
        secrets: tuple[Secret, ...] = (),
        note: str = "",
        size: int = 0,
        overlong: bool = False,
    ) -> Event:
        """Append an event; it happened at *at* (None: now), and began at *begun* (None: at *at*)."""
        at = self.now() if at is None else at
        begun = at if begun is None else begun
        event = Event(len(self.events), connection, begun, at, side, kind, octets, secrets, note, size, overlong)
        self.events.append(event)
        return event

    def showed(self, handshake: Event, certificate: Certificate | None) -> None:
        """In this *handshake* the client was shown *certificate* (None: none)."""
        if certificate is not None:
            self._shown.setdefault(certificate, []).append(handshake.seq)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Those that the client was shown, in that order."""
        return tuple(replace(one, events=tuple(seqs)) for one, seqs in self._shown.items())

    def unit(self, connection: int, unit: Unit) -> Event:
        """Append what a client sent, without its secrets."""
        octets, overlong = unit.octets, False
        secrets: tuple[Secret, ...] = ()
        if unit.kind is Kind.LINE:
            octets, secrets, overlong = self.redactor.line(connection, octets)
        elif unit.kind is Kind.CONTENT:
            octets, secrets = self.redactor.content(octets)
        return self.record(
            connection, Side.CLIENT, unit.kind, octets,
            begun=unit.begun, at=unit.at, secrets=secrets, note=unit.note, size=unit.size, overlong=overlong,
        )  # fmt: skip

    def redacted_lines(self, connection: int, octets: bytes) -> tuple[bytes, tuple[Secret, ...]]:
        """Lines that came where none was due, in one piece, without their secrets."""
        clean, secrets = b"", list[Secret]()
        for line in octets.splitlines(keepends=True):
            found, spans, _ = self.redactor.line(connection, line)
            secrets += [replace(span, start=span.start + len(clean), end=span.end + len(clean)) for span in spans]
            clean += found
        return clean, tuple(secrets)

    def fail(self, error: Exception) -> None:
        """Keep *error*, if it is the first."""
        self.error = self.error or error
