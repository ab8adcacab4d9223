"""A run as CTRF JSON (Common Test Report Format, https://ctrf.io), version 0.0.0 of its specification."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ..model.finding import Finding, Verdict
from ..model.run import CaseResult, Run
from .octets import visible
from .standing import Outcome, Standing, standings, told
from .words import Words

STATUSES = ("passed", "failed", "skipped", "pending", "other")
TAGS = 40  # of one test

Object = dict[str, Any]


def milliseconds(started: str) -> int:
    """When a run started, since the Unix epoch; 0 for what is no time."""
    try:
        when = datetime.fromisoformat(started)
    except ValueError:
        return 0
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


def status(standing: Standing) -> str:
    """Nothing is known of a case in which the harness failed, or of one on a busy machine: both are `other`."""
    if standing.outcome is Outcome.ERROR:
        return "other"
    if standing.outcome is Outcome.SKIPPED and standing.case.verdict is Verdict.INCONCLUSIVE:
        return "other"
    return str(standing.outcome)


def trace(finding: Finding, words: Words) -> str:
    """Why it matters, how to mend it, and what was expected and observed."""
    lines = [words.finding(finding, "why"), words.finding(finding, "fix")]
    for name, value in (("expected", finding.expected), ("observed", finding.observed)):
        if value:
            lines.append(f"{name}: {visible(value)}")
    return "\n".join(lines)


def tags(case: CaseResult, levels: dict[str, str]) -> list[str]:
    """The requirements that a case covers or breaks, and their levels."""
    broken = [name for finding in case.findings for name in (finding.requirement, *finding.also) if name]
    names = dict.fromkeys([*case.covers, *broken])
    told_levels = (finding.level for finding in case.findings if finding.level)
    found = dict.fromkeys([*(levels[name] for name in names if name in levels), *told_levels, *names])
    return [visible(tag, 80) for tag in list(found)[:TAGS]]


def present(values: Iterable[tuple[str, Any]]) -> Object:
    """Those of *values* that say something."""
    return {name: value for name, value in values if value not in (None, "", [])}


def extra(standing: Standing) -> Object:
    case, finding, change = standing.case, standing.finding, standing.change
    return present(
        (
            ("client", visible(case.client, 200)),
            ("server", visible(case.server, 200)),
            ("rule", visible(finding.rule, 200) if finding else ""),
            ("known", [visible(told(known)) for known in case.known]),
            ("trend", str(change.trend) if change else ""),
            ("before", str(change.before or "") if change else ""),
        )
    )


def test(standing: Standing, levels: dict[str, str], words: Words) -> Object:
    case, finding = standing.case, standing.finding
    message = standing.reason or (words.finding(finding, "what") if finding else case.reason)
    return {
        "name": visible(standing.name),
        "status": status(standing),
        "duration": round(case.duration_ms),
        "suite": [visible(case.client, 200), visible(case.scenario.partition("/")[0], 200)],
        "rawStatus": str(case.verdict),
        "tags": tags(case, levels),
        "extra": extra(standing),
        **present(
            (
                ("message", visible(message, 1000)),
                ("trace", trace(finding, words) if finding else ""),
                ("filePath", visible(case.place.file)),
                ("line", case.place.line if case.place.file else None),
            )
        ),
    }


def ctrf(run: Run) -> str:
    """The whole document, a test for each case. `failed` is what stops the build, as in `junit`; times are in ms."""
    words = Words("en")
    levels = {requirement.id: requirement.level for requirement in run.requirements}
    cases = sorted(standings(run), key=lambda standing: (standing.case.client, standing.case.name))
    tests = [test(standing, levels, words) for standing in cases]
    counts = Counter(one["status"] for one in tests)
    start = milliseconds(run.started)
    summary = {"tests": len(tests), **{name: counts[name] for name in STATUSES}}
    summary |= {"start": start, "stop": start + round(run.duration_ms)}
    tool = present((("name", "smtpwitness"), ("version", visible(run.environment.get("smtpwitness", ""), 40))))
    results = {"tool": tool, "summary": summary, "tests": tests}
    document = {"reportFormat": "CTRF", "specVersion": "0.0.0", "generatedBy": "smtpwitness", "results": results}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
