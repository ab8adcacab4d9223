"""Who waited for whom, and how long: the pauses of a session beside the time-outs of RFC 5321, 4.5.3.2."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..judge.content import ended
from ..judge.grammar import chunk
from ..judge.session import exchanges
from ..model.run import CaseResult
from ..model.transcript import Event, Kind, Side, Transcript

ENDS = 8  # pauses outside the dialogue that are shown
PAUSE = 1_000_000_000  # nanoseconds after which a pause is told in a row of its own

LIMITS = {
    "greeting": (300, "4.5.3.2.1"),
    "MAIL": (300, "4.5.3.2.2"),
    "RCPT": (300, "4.5.3.2.3"),
    "DATA": (120, "4.5.3.2.4"),
    "message": (600, "4.5.3.2.6"),
}
"""How many seconds a client should wait at least for the reply to this, and the section of RFC 5321 that says so."""

MOST = 1200  # seconds at the end of a bar

SERVER_LIMIT = (300, "4.5.3.2.7")
"""How many seconds a server should wait at least for the next command."""


def replied(octets: bytes) -> bool:
    """Whether *octets* end in the last line of a reply."""
    return re.search(rb"(?:\A|\n)[0-9]{3}(?: [^\n]*)?\r?\n\Z", octets) is not None


def unfinished(event: Event) -> bool:
    """Whether the client's *event* leaves the server waiting for its rest."""
    if event.kind is Kind.CONTENT:
        return not ended(event.octets)
    if event.kind is Kind.LINE and chunk(event.octets):  # its octets stand behind the line
        return event.note == "cut"
    return event.kind is Kind.PARTIAL or (event.kind is Kind.LINE and not event.octets.endswith(b"\n"))


def waiting(before: Event, after: Event) -> str:
    """Who waited between two events of a connection: `client`, `server`, or `both` in a stand-off."""
    if before.side is Side.CLIENT and before.kind in (Kind.LINE, Kind.CONTENT, Kind.PARTIAL):
        if unfinished(before):
            more = after.side is Side.CLIENT and after.kind in (Kind.LINE, Kind.CONTENT, Kind.PARTIAL)
            return "server" if more else "both"
        return "client"
    if before.kind is Kind.REPLY:
        return "server" if replied(before.octets) else "client"
    return "client" if after.side is Side.SERVER else "server"


@dataclass(frozen=True, slots=True)
class Gap:
    """The time before an event: nanoseconds since the end of the one before it in its connection, and who waited."""

    time: int
    who: str

    @property
    def long(self) -> bool:
        return self.time >= PAUSE


def gaps(transcript: Transcript) -> dict[int, Gap]:
    """The gap before each event that has one before it in its connection, by its number."""
    last: dict[int, Event] = {}
    found: dict[int, Gap] = {}
    for event in transcript:
        homeless = event.connection == 0 and last  # the case's end is of no connection: it ends the latest
        connection = max(last, key=lambda one: last[one].at) if homeless else event.connection
        before = last.get(connection)
        if before is not None and before.kind is not Kind.CLOSE:
            found[event.seq] = Gap(max(0, event.begun - before.at), waiting(before, event))
        last[connection] = event
    return found


def tail(case: CaseResult) -> tuple[Gap, ...]:
    """The long gaps before events that stand in no row of the dialogue: the silence in which a session ended."""
    told = {seq for row in case.steps for seq in row.events}
    found = [gap for seq, gap in gaps(case.transcript).items() if gap.long and seq not in told]
    return tuple(found[:ENDS])


# --- beside the limits ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wait:
    """The longest wait for one thing, in nanoseconds: `vain` if it never came. `limit` is in seconds."""

    what: str
    longest: int
    vain: bool
    limit: int
    section: str

    @property
    def shares(self) -> tuple[int, int]:
        """How long a bar is for the wait and where the limit's mark stands, of 100; a scale of ratios from 1 ms on."""
        whole = math.log10(MOST * 1000)
        times = (max(1.0, self.longest / 1e6), self.limit * 1000.0)
        return tuple(min(100, round(100 * math.log10(time) / whole)) for time in times)  # type: ignore[return-value]


def waits(case: CaseResult) -> tuple[Wait, ...]:
    """How long the client waited for what RFC 5321 gives a time-out for, and how long the server for a command."""
    ends = {event.connection: event.begun for event in case.transcript}
    end = max(ends.values(), default=0)
    found: dict[str, tuple[int, bool]] = {}
    for one in exchanges(case.transcript):
        if one.verb in LIMITS and not unfinished(one.event):
            answered = one.replies[0].begun if one.replies else max(ends.get(one.connection, end), one.event.at)
            found[one.verb] = max(found.get(one.verb, (0, False)), (answered - one.event.at, not one.replies))
    told = [Wait(what, *found[what], *limit) for what, limit in LIMITS.items() if what in found]
    idle = [gap.time for gap in gaps(case.transcript).values() if gap.who == "server"]
    return (*told, Wait("command", max(idle), False, *SERVER_LIMIT)) if idle else tuple(told)
