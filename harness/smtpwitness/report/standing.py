"""How the cases stand to the build and to the baseline: one answer for all reports, for machines and for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..model.finding import SEVERITY, Finding, Verdict
from ..model.gate import Change, FailOn, Known, Trend
from ..model.run import CaseResult, Run
from .octets import is_plain
from .view import moment, ordered, root_of
from .words import Words


class Outcome(StrEnum):
    """What a case is to the build."""

    FAILED = "failed"  # it stops the build
    ERROR = "error"  # the harness or the relay failed
    SKIPPED = "skipped"  # it was not judged, or it fails and may
    PASSED = "passed"  # also with a warning


NOT_JUDGED = (Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE)

TREND_SIGNS = {Trend.WORSE: "▼", Trend.BETTER: "▲", Trend.NEW: "+", Trend.GONE: "−", Trend.UNJUDGED: "?"}
"""A sign for each trend, so that colour never stands alone."""

SHOWN = (Trend.WORSE, Trend.BETTER, Trend.NEW, Trend.GONE)
"""The trends that lists of changes show, in this order. What was not judged stands among the verdicts."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How *case* stands. `name` has the server in it where the run has several.

    `reason` says why it is skipped or an error ("" for the others), in English. `finding` is the one to tell of it,
    `change` how it came out against the baseline (None: the same, or there is no baseline).
    """

    case: CaseResult
    name: str
    outcome: Outcome
    reason: str
    finding: Finding | None
    change: Change | None


def standings(run: Run) -> tuple[Standing, ...]:
    """All cases of *run*, the worst first."""
    stopping = {id(case) for case in run.stopping()}
    several = has_servers(run)
    changed = changes_by_key(run)
    found: list[Standing] = []
    for entry in ordered(run):
        case, change = entry.case, changed.get(key_of(entry.case))
        outcome, reason = _outcome(run, case, id(case) in stopping)
        finding = _worsened(run, case, change) or root_of(case)
        found.append(Standing(case, named(case.name, case.server, several), outcome, reason, finding, change))
    return tuple(found)


def _outcome(run: Run, case: CaseResult, stops: bool) -> tuple[Outcome, str]:
    fails = case.verdict is Verdict.FAIL or (run.gate.strict and case.verdict is Verdict.WARN)
    if stops:
        return Outcome.FAILED, ""
    if case.verdict is Verdict.ERROR:
        return Outcome.ERROR, case.reason
    if case.verdict in NOT_JUDGED:
        return Outcome.SKIPPED, f"{case.verdict}: {case.reason}"
    if fails and case.known:
        return Outcome.SKIPPED, "known: " + "; ".join(map(told, case.known))
    return (Outcome.SKIPPED, "not worse than the baseline") if fails else (Outcome.PASSED, "")


def _worsened(run: Run, case: CaseResult, change: Change | None) -> Finding | None:
    """The worst finding that made the case worse, where nothing else stops a build."""
    if run.gate.fail_on is not FailOn.REGRESSIONS or change is None or change.trend is not Trend.WORSE:
        return None
    mine = (finding for finding in case.findings if finding.rule in change.rules)
    return min(mine, key=lambda finding: SEVERITY[finding.verdict], default=None)


def told(known: Known) -> str:
    """`it is documented (2026-01-31, https://bugs.example.test/12)`."""
    details = ", ".join(filter(None, (known.date, known.link)))
    return f"{known.reason} ({details})" if details else known.reason


# --- names ------------------------------------------------------------------------------------------------------


def has_servers(run: Run) -> bool:
    """Whether *run* has several servers, so that a case's name alone does not tell it."""
    return len({case.server for case in run.cases}) > 1


def named(name: str, server: str, several: bool) -> str:
    return f"{name} ({server})" if several else name


def key_of(case: CaseResult) -> Key:
    return case.client, case.server, case.name


def web(link: str) -> str:
    """*link* if it is safe to follow and to stand in HTML and in Markdown; "" for anything else."""
    match = re.fullmatch(r"https?://[^\s<>()\[\]{}\\|`\"'^;]{1,500}", link)
    return link if match and all(map(is_plain, link)) else ""


# --- against the baseline ---------------------------------------------------------------------------------------


def changes_by_key(run: Run) -> Mapping[Key, Change]:
    """The change of each case that is there. Where cases share a key, the worse counts, as in `Run.stopping`."""
    found: dict[Key, Change] = {}
    for change in run.gate.changes:
        key = (change.client, change.server, change.case)
        if change.trend is Trend.WORSE or (change.trend is not Trend.GONE and key not in found):
            found[key] = change
    return found


def changes_to_show(run: Run) -> tuple[Change, ...]:
    """The changes that lists show, the worse first, then by client and case."""
    shown = (change for change in run.gate.changes if change.trend in SHOWN)
    return tuple(sorted(shown, key=lambda one: (SHOWN.index(one.trend), one.client, one.case, one.server)))


def trends(changes: Iterable[Change]) -> Counter[Trend]:
    return Counter(change.trend for change in changes)


def since(run: Run, words: Words) -> str:
    """How *run* stands to its baseline, in one sentence."""
    found = trends(run.gate.changes)
    counts = [words("baseline.count", count=found[one], trend=words(f"trend.{one}")) for one in Trend if found[one]]
    values = {"when": moment(run.gate.baseline), "counts": words("list.comma").join(counts)}
    return words("baseline.counts" if counts else "baseline.same", **values)
