"""What was found wrong, as data: the verdict's words are made from it, in any language, when somebody reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a case came to. Declared from the worst to the best: the worst wins."""

    ERROR = "error"  # the harness or the relay failed: never blamed on the client
    FAIL = "fail"
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"  # the machine was too busy to tell
    UNSUPPORTED = "unsupported"  # the client cannot do what the scenario asks
    NOT_APPLICABLE = "not-applicable"  # the server cannot
    NOTE = "note"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


SEVERITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of *verdicts*; `pass` of none."""
    return min(verdicts, key=SEVERITY.__getitem__, default=Verdict.PASS)


class Axis(StrEnum):
    """Which part of the session a finding is about; the two are judged apart."""

    EXCHANGE = "exchange"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the client did against a requirement, or otherwise than the scenario expects.

    `rule` is a rule's id, or `dialogue/...` for a difference from the scenario. `key` names the texts that say what
    happened, why it matters and how to mend it (`model.texts`), `facts` are the values that stand in them. `events`
    are sequence numbers of the transcript, the one to look at first in front. `step` is the row of the case's steps
    that it is about (None: no one row). `also` are other requirements that the same octets break, none of them worth
    more than `requirement`.
    """

    rule: str
    key: str
    verdict: Verdict
    requirement: str | None = None
    level: str = ""
    axis: Axis = Axis.EXCHANGE
    expected: str = ""
    observed: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    events: tuple[int, ...] = ()
    step: int | None = None
    also: tuple[str, ...] = ()
