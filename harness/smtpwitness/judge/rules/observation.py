"""What a rule sees, and what it may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ...model.finding import Axis, Verdict
from ...model.run import Job
from ...model.transcript import Event, Kind, Side, Transcript
from ..grammar import readable, reply_code
from ..session import MESSAGE, SASL, Exchange, with_messages

GIVEN_UP = 1.0
"""Seconds after which QUIT, RSET or the end of the connection is no haste, but a client that has waited in vain."""

REPLY_CODE = re.compile(rb"(?:\A|[\r\n])[2-5][0-9]{2}(?:[ \t\r\n-]|\Z)")

MOST_EVENTS = 20  # of one finding; the count is in its facts


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a rule found. `facts` are the values in the texts of `key`; `at_most` caps the verdict.

    `also`: other requirements that the same octets break, as in `Finding`.
    """

    requirement: str | None
    key: str
    expected: str
    observed: str
    events: tuple[int, ...]
    facts: tuple[tuple[str, str], ...] = ()
    axis: Axis = Axis.EXCHANGE
    at_most: Verdict = Verdict.FAIL
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observation:
    """One case as a rule sees it.

    `fate` and `reported` are as in `CaseResult`. `timed_out`: the case's time (`patience` seconds) ran out and the
    client was still there. `scripted` are the events that the scenario's own script caused: a reply that is trouble,
    the server's end of a connection, a handshake that was to fail.
    """

    transcript: Transcript
    exchanges: tuple[Exchange, ...]
    job: Job
    fate: tuple[tuple[str, ...], ...]
    reported: tuple[tuple[str, ...], ...]
    tells_classes: bool
    timed_out: bool
    patience: float
    scripted: frozenset[int]

    @cached_property
    def connections(self) -> Mapping[int, tuple[Exchange, ...]]:
        """The exchanges of each connection, the greeting first."""
        found: dict[int, list[Exchange]] = {}
        for exchange in self.exchanges:
            found.setdefault(exchange.connection, []).append(exchange)
        return {connection: tuple(many) for connection, many in found.items()}

    @cached_property
    def commands(self) -> tuple[Exchange, ...]:
        """Command lines whose verb is known: no SASL responses, no content."""
        return tuple(one for one in self.exchanges if one.event.kind is Kind.LINE and one.verb not in ("", SASL))

    @cached_property
    def lines(self) -> tuple[Exchange, ...]:
        """All lines, but for the records of a TLS handshake that nobody asked for."""
        return tuple(one for one in self.exchanges if one.event.kind is Kind.LINE and not is_tls(one.event.octets))

    @cached_property
    def in_order(self) -> tuple[tuple[Exchange, Exchange], ...]:
        """Every exchange with the one before it, as long as the server gave the well-formed replies that it owed.

        After anything else nobody knows which reply a client took for the answer to which command.
        """
        return tuple(pair for many in self.connections.values() for pair in _in_order(many))

    @cached_property
    def messages(self) -> tuple[Exchange, ...]:
        """Contents, also those that came by BDAT (their exchange is as in `with_messages`)."""
        return tuple(one for one in with_messages(self.exchanges) if one.verb == MESSAGE)

    def events(self, connection: int, kind: Kind, side: Side) -> tuple[Event, ...]:
        return tuple(e for e in self.transcript if e.connection == connection and e.kind is kind and e.side is side)

    def closed_by_server(self, connection: int, before: int) -> bool:
        """Whether the server ended *connection* (any way, or fell silent for good) before the time *before*."""
        return any(e.at <= before for e in self.events(connection, Kind.CLOSE, Side.SERVER))

    def left_by_server(self, exchange: Exchange) -> bool:
        """Whether *exchange* came after an end of the server's half that the client can see: no reply will come."""
        ends = self.events(exchange.connection, Kind.CLOSE, Side.SERVER)
        return any(e.at <= exchange.event.begun and e.note != "stall" for e in ends)


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that runs in every case."""

    id: str
    check: Callable[[Observation], Iterable[Remark]]


def _in_order(many: Sequence[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    astray = False
    for previous, exchange in pairwise(many):
        irregular = len(previous.replies) > previous.owed or not all(reply_code(one.octets) for one in previous.replies)
        if not astray and not irregular:
            yield previous, exchange
        handshake = exchange.before.tls and not previous.before.tls  # all that was before is forgotten (RFC 3207, 4.2)
        astray = (astray or irregular) and not handshake


def is_tls(octets: bytes) -> bool:
    """Whether a line is a TLS record of a handshake, or an alert (types 22 and 21, version 3.x)."""
    return octets.startswith((b"\x16\x03", b"\x15\x03"))


def answered(exchange: Exchange) -> int | None:
    """When its reply (in LMTP, all that are owed) had left, so far that a client may go on; None if one is wanting.

    A malformed one counts early.
    """
    if len(exchange.replies) < exchange.owed:
        return None
    if not exchange.owed:
        return exchange.event.at
    reply = exchange.replies[exchange.owed - 1]
    return reply.at if reply_code(reply.octets) else reply.begun


def waited(previous: Exchange, exchange: Exchange) -> bool:
    """Whether *exchange* was begun only after the reply to *previous* had left."""
    at = answered(previous)
    return at is not None and exchange.event.begun >= at


def ends(exchange: Exchange) -> bool:
    """Whether a client ends its session, transaction or SASL exchange with it; behind a server that went mute after
    354, such a line stands among content."""
    return exchange.verb in ("QUIT", "RSET") or exchange.event.octets.strip().upper() in (b"*", b"QUIT", b"RSET")


def gives_up(previous: Exchange, exchange: Exchange) -> bool:
    """Whether a client that waits in vain ends its session, transaction or SASL exchange: it may."""
    return ends(exchange) and exchange.event.begun - previous.event.at >= GIVEN_UP * 1e9


def refused(exchange: Exchange) -> bool:
    """Whether it was refused beyond doubt: every line of the reply says so."""
    lines = exchange.replies[0].octets.splitlines() if exchange.refused else []
    return bool(lines) and len({line[:3] for line in lines}) == 1


def is_no_reply(exchange: Exchange) -> bool:
    """Whether what was said to it cannot be taken for a reply: whole lines, none of which begins with a reply code.

    Clients may be liberal in what ends a line, what stands behind the code, and whose code counts (RFC 5321, 4.2).
    """
    if len(exchange.replies) != 1:
        return False
    octets = exchange.replies[0].octets
    return octets.endswith(b"\n") and not REPLY_CODE.search(octets)


def short(text: str | bytes, limit: int = 60) -> str:
    """A piece of text for facts; octets as they are best read, without their line end."""
    if isinstance(text, bytes):
        text = readable(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def name_of(exchange: Exchange) -> str:
    """An exchange in a word or two: its line, `the message`, `the greeting`."""
    return short(exchange.text.encode("latin-1")) or {"message": "the message", "greeting": "the greeting"}.get(
        exchange.verb, "(empty line)"
    )


def gathered(
    key: str,
    requirement: str | None,
    hits: Sequence[Exchange],
    expected: str,
    observed: str = "",
    *,
    at_most: Verdict = Verdict.FAIL,
    also: tuple[str, ...] = (),
    **facts: str,
) -> Iterator[Remark]:
    """One remark for all *hits*, about the first; none without a hit. Facts: `line`, `count` and *facts*."""
    if not hits:
        return
    first = hits[0]
    yield Remark(
        requirement,
        key,
        expected,
        observed or name_of(first),
        tuple(hit.event.seq for hit in hits[:MOST_EVENTS]),
        (("line", name_of(first)), ("count", str(len(hits))), *facts.items()),
        at_most=at_most,
        also=also,
    )
