"""Rows that repeat: of a hundred RCPT that are each answered alike, a page shows the first two and the last.

What differs, what a finding is about and what came after a long wait is never folded away.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..model.run import CaseResult, Row, Status
from ..model.transcript import Event, Kind, Side
from .waits import gaps

LEAST = 8  # that are folded: fewer are no burden
KEPT = 2  # repetitions in front of those that are folded; the last one stands behind them
PERIODS = (1, 2)  # rows that repeat together: one, or a command and its reply
USUAL = (Status.MET, Status.ALLOWED, Status.SAID)


@dataclass(frozen=True, slots=True)
class Fold:
    """The places from `start` to before `end`: what stands there is like what stands before it."""

    start: int
    end: int

    @property
    def count(self) -> int:
        return self.end - self.start


def folds(kinds: Sequence[Hashable]) -> tuple[Fold, ...]:
    """Where *kinds* repeat so often that it is worth folding; None is like nothing, not even itself."""
    found: list[Fold] = []
    at = 0
    while len(kinds) - at > LEAST:
        if kinds[at] not in kinds[at + 1 : at + 1 + max(PERIODS)]:  # nearly always
            at += 1
            continue
        length, shortest = max((one * repeated(kinds, at, one), -one) for one in PERIODS)
        period = -shortest
        fold = Fold(at + KEPT * period, at + length - period)
        if fold.count >= LEAST:
            found.append(fold)
            at += length
        else:
            at += 1
    return tuple(found)


def repeated(kinds: Sequence[Hashable], at: int, period: int) -> int:
    """How many times the *period* kinds from *at* on come one after another."""
    block = kinds[at : at + period]
    if None in block:
        return 0
    times = 0
    while kinds[at + times * period : at + (times + 1) * period] == block:
        times += 1
    return times


def places(count: int, found: Iterable[Fold]) -> Iterator[int | Fold]:
    """The places of a list of *count*, and in the stead of those that are folded the fold."""
    at = 0
    for fold in found:
        yield from range(at, fold.start)
        yield fold
        at = fold.end
    yield from range(at, count)


# --- of a case --------------------------------------------------------------------------------------------------


def alike(case: CaseResult) -> tuple[Fold, ...]:
    """The rows of the dialogue that repeat."""
    events = {event.seq: event for event in case.transcript}
    kinds = [kind(row, events) for row in case.steps]
    if not folds(kinds):  # nearly always
        return ()
    remarked = {seq for finding in case.findings for seq in finding.events}
    late = {seq for seq, gap in gaps(case.transcript).items() if gap.long}
    steps = {finding.step for finding in case.findings}
    return folds(
        [
            None if number in steps or not (remarked | late).isdisjoint(row.events) else kinds[number]
            for number, row in enumerate(case.steps)
        ]
    )


def kind(row: Row, events: dict[int, Event]) -> Hashable:
    """What *row* has in common with those that it is like: a reply all of it, a command its verb and its step."""
    if row.status not in USUAL or len(row.events) != 1 or row.events[0] not in events:
        return None
    event = events[row.events[0]]
    if event.kind not in (Kind.LINE, Kind.REPLY) or event.note or event.secrets or not event.octets.endswith(b"\r\n"):
        return None
    said = event.octets.split(b" ")[0].strip().upper() if event.side is Side.CLIENT else event.octets
    return (row.connection, row.side, row.status, row.expected, said)


def folded_events(case: CaseResult) -> frozenset[int]:
    """The numbers of the events in rows that are folded."""
    return frozenset(seq for fold in alike(case) for row in case.steps[fold.start : fold.end] for seq in row.events)


def homes(found: Iterable[tuple[Event, ...]]) -> dict[int, str]:
    """The name of the place on a page that lists the `blocks` *found*, for each event in them."""
    return {one.seq: f"{'event' if len(block) == 1 else 'events'}-{block[0].seq}" for block in found for one in block}


def blocks(events: Iterable[Event], folded: frozenset[int]) -> Iterator[tuple[Event, ...]]:
    """*events* one by one, and those that are *folded* together with their neighbours."""
    kept: list[Event] = []
    for event in events:
        if event.seq in folded:
            kept.append(event)
            continue
        if kept:
            yield tuple(kept)
            kept = []
        yield (event,)
    if kept:
        yield tuple(kept)
