"""What a build is stopped for: deviations that are known, what changed since a baseline, and how strict to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .finding import Verdict
from .scenario import NOWHERE, Place


@dataclass(frozen=True, slots=True)
class Known:
    """A deviation that the client's owner knows of and lives with.

    `case` is a glob over names of cases, `rules` the rules that may fail there, `client` a glob over names of
    clients. `date` is ISO 8601 (YYYY-MM-DD), `link` an http or https address; "" where they are not told.
    """

    case: str
    rules: tuple[str, ...]
    reason: str
    client: str = "*"
    date: str = ""
    link: str = ""
    place: Place = NOWHERE


class Trend(StrEnum):
    """How a case stands to the same case of a baseline. One that came out the same has none."""

    WORSE = "worse"
    BETTER = "better"
    NEW = "new"  # the baseline does not have it, or the client did not support it then
    GONE = "gone"  # only the baseline has it
    UNJUDGED = "unjudged"  # one of the two was not judged: an error, a busy machine, a server that cannot play it


@dataclass(frozen=True, slots=True)
class Change:
    """A case that came out otherwise than in the baseline; the verdict is None on the side that does not have it.

    `rules` are those that it breaks now and did not then (worse), or no longer (better). `worth` is what the worse is
    worth: `fail` or `warn` by the worst of those rules, `unsupported` where the client no longer does what it did.
    """

    client: str
    server: str
    case: str
    trend: Trend
    before: Verdict | None
    now: Verdict | None
    rules: tuple[str, ...] = ()
    worth: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A known deviation that did not show in `cases`, which it fits and which were judged: it may be mended."""

    known: Known
    client: str
    cases: tuple[str, ...]


class FailOn(StrEnum):
    """What stops a build."""

    FAILURES = "failures"  # every case that fails
    REGRESSIONS = "regressions"  # only what is worse than the baseline


@dataclass(frozen=True, slots=True)
class Gate:
    """What stops a build, and how a run stands to its baseline (`baseline`: when that began, "" for none).

    `strict`: a warning counts as a failure, too.
    """

    strict: bool = False
    fail_on: FailOn = FailOn.FAILURES
    baseline: str = ""
    changes: tuple[Change, ...] = ()
    unseen: tuple[Unseen, ...] = ()
