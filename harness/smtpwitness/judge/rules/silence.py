"""A client that says nothing more although it is its turn, or that waits for ever (RFC 5321, 4.5.3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model.finding import Verdict
from ...model.transcript import Kind, Side
from ..session import MESSAGE, Exchange
from .observation import GIVEN_UP, Observation, Remark, answered, name_of

SHARE_OF_TIMEOUT = 0.8
"""A client that leaves without a word after so much of its time-out was waiting for something."""


def silence(seen: Observation) -> Iterable[Remark]:
    """Who waits for whom at the end: `silence.half-line`, `.half-content`, `.waiting`, `.no-timeout`, `.after-end`.

    `.endless`: nobody does, and it goes on.
    """
    for many in seen.connections.values():
        last = many[-1]
        if seen.timed_out and not seen.events(last.connection, Kind.CLOSE, Side.CLIENT):
            yield from _stuck(seen, many)
        elif not seen.timed_out:
            yield from _left(seen, last)


def _stuck(seen: Observation, many: tuple[Exchange, ...]) -> Iterator[Remark]:
    """The case's time ran out, and the client was still there."""
    last, now = many[-1], seen.transcript[-1].at
    waited = (now - last.event.at) / 1e9
    ran_out = now >= seen.patience * 1e9  # else somebody has ended the case, who waited for it elsewhere
    if ran_out and waited < GIVEN_UP:
        yield _remark(seen, "endless", None, last, "an end")
    elif _is_half_a_line(last):
        yield _remark(seen, "half-line", "RFC5321-2.3.8-a", last, "CRLF at the end of the line")
    elif last.verb == MESSAGE and last.event.note == "unterminated":
        yield _remark(seen, "half-content", "RFC5321-4.1.1.4-b", last, "CRLF . CRLF")
    elif any(one.verb == "QUIT" and one.code.startswith("2") for one in many):
        yield _remark(seen, "after-end", None, last, "the end of the program")
    elif seen.closed_by_server(last.connection, now) or not last.code:
        cap = Verdict.FAIL if "timeout" in seen.job.told else Verdict.NOTE
        if waited >= seen.job.timeout:  # else it may have connected again a moment ago
            yield _remark(seen, "no-timeout", "RFC5321-4.5.3.2-a", last, "the client gives up", cap)
    else:
        yield _remark(seen, "waiting", "RFC5321-4.2-f", last, "the next command")


def _is_half_a_line(one: Exchange) -> bool:
    """Whether its end is wanting. A chunk stands behind its BDAT line, and ends as it likes (RFC 3030, 2)."""
    whole = one.event.octets.endswith(b"\n") or one.verb == "BDAT"
    return one.event.kind is Kind.LINE and not whole and one.event.note != "cut"


def _left(seen: Observation, last: Exchange) -> Iterator[Remark]:
    """The client went without a word, after a time-out of its own, though the server had answered all it said."""
    ends = seen.events(last.connection, Kind.CLOSE, Side.CLIENT)
    at = answered(last)
    if not ends or at is None or not last.code or last.verb == "QUIT" or last.code == "421":
        return
    idle = (ends[0].at - at) / 1e9
    if idle >= SHARE_OF_TIMEOUT * seen.job.timeout and not seen.closed_by_server(last.connection, ends[0].at):
        yield _remark(seen, "waiting", "RFC5321-4.2-f", last, "the next command", idle=idle)


def _remark(
    seen: Observation,
    key: str,
    requirement: str | None,
    last: Exchange,
    expected: str,
    cap: Verdict = Verdict.FAIL,
    idle: float | None = None,
) -> Remark:
    facts = (
        ("line", name_of(last)),
        ("reply", last.code or "none"),
        ("seconds", f"{seen.patience if idle is None else idle:g}"),
    )
    events = (last.event.seq, *(reply.seq for reply in last.replies[:1]))
    observed = name_of(last) if key == "endless" else "silence"
    return Remark(requirement, f"silence.{key}", expected, observed, events, facts, at_most=cap)
