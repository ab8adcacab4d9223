"""Trace and resent fields of a message that the client was given: they stay as they are (RFC 5321, 4.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..letter import entity
from ..session import Exchange
from .content import candidates, contents, message_of
from .observation import Observation, Remark, gathered, short

Line = tuple[str, str]  # name and value of a field, folding and blanks made alike


def trace_changed(seen: Observation) -> Iterable[Remark]:
    """`trace-changed`, `.order`: no Received is changed or lost, and no trace or resent field moved.

    More of them may stand before those that were given, and Return-Path may be taken out (RFC 5321, 4.4).
    """
    lost: list[tuple[Exchange, str]] = []
    moved: list[tuple[Exchange, str]] = []
    if seen.job.takes == "raw" and "message" in seen.job.told:
        for one in contents(seen):
            given = candidates(seen, one)
            if len(given) == 1:
                wanted, sent = _trace(given[0].octets), _trace(message_of(one.event.octets))
                missing = [line for line in Counter(wanted) - Counter(sent) if line[0] == "Received"]
                if missing:
                    lost.append((one, ": ".join(missing[0])))
                elif not _in_order(wanted, sent):
                    moved.append((one, ", ".join(name for name, _ in sent)))
    for key, requirement, hits in (
        ("trace-changed", "RFC5321-4.4-a", lost),
        ("trace-changed.order", "RFC5322-3.6-d", moved),
    ):
        text = short(hits[0][1]) if hits else ""
        expected = "trace and resent fields as they were given"
        yield from gathered(key, requirement, [one for one, _ in hits], expected, text, text=text)


def _trace(message: bytes) -> list[Line]:
    fields = entity(message).fields
    return [
        (one.title, " ".join(one.value.split()))
        for one in fields
        if one.title in ("Received", "Return-Path") or one.title.startswith("Resent-")
    ]


def _in_order(wanted: Sequence[Line], sent: Sequence[Line]) -> bool:
    """Whether those of *wanted* that were sent stand in their order; others may stand between them."""
    rest = iter(sent)
    return all(line in rest for line in wanted if line in sent)
