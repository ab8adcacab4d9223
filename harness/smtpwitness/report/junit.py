"""A run as JUnit XML.

There is no one standard. Elements and attributes are those that the readers in use have in common: Jenkins, Surefire,
GitLab, GitHub's reporters. `file` and `line` of a test are what GitLab and GitHub's reporters link a failure by, and
others pass over; only a reader that checks against a closed schema (Jenkins' xUnit plug-in took them until 2018) would
not have them. All the rest is in `junit-10.xsd` and in Surefire's schema, but for `timestamp`, which is Jenkins' alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..model.run import CaseResult, Run
from .octets import visible
from .standing import SHOWN, Outcome, Standing, standings, trends
from .words import Words

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAGS = {Outcome.FAILED: "failure", Outcome.ERROR: "error", Outcome.SKIPPED: "skipped"}
ROWS = 60  # of a case's dialogue in system-out


def legal(text: str) -> str:
    """*text* without the characters that XML 1.0 forbids."""
    return ILLEGAL.sub("\ufffd", text)


def seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def against(standing: Standing) -> str:
    """`worse (pass -> fail)`; `same`."""
    change = standing.change
    if change is None:
        return "same"
    both = change.before and change.now
    return f"{change.trend} ({change.before} -> {change.now})" if both else str(change.trend)


def dialogue(case: CaseResult) -> list[str]:
    """Expected and observed, a line for each row and a second one where they differ."""
    lines: list[str] = []
    for row in case.steps[:ROWS]:
        mark = "C" if row.side == "client" else "S"
        lines.append(f"{row.status:9} {mark}: {visible(row.observed or row.expected, 160)}")
        if row.expected and row.observed and row.expected != row.observed and row.side == "client":
            lines.append(f"{'expected':>9} {mark}: {visible(row.expected, 160)}")
    if len(case.steps) > ROWS:
        lines.append(f"… {len(case.steps) - ROWS} more")
    return lines


def output(standing: Standing, run: Run) -> str:
    case = standing.case
    head = [f"server: {visible(case.server, 80)}"]
    if run.gate.baseline:
        head.append(f"baseline: {against(standing)}")
    return "\n".join(head + dialogue(case)) + "\n"


def failure(standing: Standing, words: Words) -> ET.Element:
    case, finding = standing.case, standing.finding
    if finding is None:
        message = ": ".join(filter(None, (case.verdict, case.reason or against(standing))))
        kind = legal(visible(case.root_cause or case.verdict))
        return ET.Element("failure", {"type": kind, "message": legal(visible(message))})
    kind = legal(visible(finding.rule))
    element = ET.Element("failure", {"type": kind, "message": legal(words.finding(finding, "what"))})
    parts = [words.finding(finding, "why"), words.finding(finding, "fix")]
    if finding.requirement:
        parts.append(visible(f"{finding.requirement} ({finding.level})"))
    element.text = legal("\n".join(parts))
    return element


def result(standing: Standing, words: Words) -> ET.Element | None:
    """The element that says that a case did not pass; None where it did."""
    if standing.outcome is Outcome.PASSED:
        return None
    if standing.outcome is Outcome.FAILED:
        return failure(standing, words)
    attributes = {"message": legal(visible(standing.reason))}
    if standing.outcome is Outcome.ERROR:
        attributes["type"] = "error"
    return ET.Element(TAGS[standing.outcome], attributes)


def baseline(run: Run, client: str) -> ET.Element:
    """How many cases of *client* came out otherwise than in the baseline."""
    found = trends(change for change in run.gate.changes if change.client == client)
    counts = {f"baseline.{trend}": str(found[trend]) for trend in SHOWN}
    element = ET.Element("properties")
    for name, value in {"baseline": run.gate.baseline, **counts}.items():
        ET.SubElement(element, "property", {"name": name, "value": legal(visible(value))})
    return element


def suite(client: str, mine: Sequence[Standing], run: Run, words: Words) -> ET.Element:
    """One `<testsuite>`: all cases of one client."""
    element = ET.Element("testsuite", {"name": legal(visible(client)), "tests": str(len(mine))})
    for outcome, count in ((Outcome.FAILED, "failures"), (Outcome.ERROR, "errors"), (Outcome.SKIPPED, "skipped")):
        element.set(count, str(sum(standing.outcome is outcome for standing in mine)))
    element.set("time", seconds(sum(standing.case.duration_ms for standing in mine)))
    element.set("timestamp", legal(run.started[:19]))
    if run.gate.baseline:
        element.append(baseline(run, client))
    for standing in mine:
        case = standing.case
        names = {"classname": case.scenario.partition("/")[0], "name": standing.name}
        test = ET.SubElement(element, "testcase", {key: legal(visible(name)) for key, name in names.items()})
        test.set("time", seconds(case.duration_ms))
        if case.place.file:
            test.set("file", legal(visible(case.place.file)))
            test.set("line", str(case.place.line))
        found = result(standing, words)
        if found is not None:
            test.append(found)
        ET.SubElement(test, "system-out").text = legal(output(standing, run))
    return element


def junit(run: Run) -> str:
    """The whole document: a suite for each client. A failure is what stops the build (`Run.stopping`), no more."""
    words = Words("en")
    cases = sorted(standings(run), key=lambda standing: standing.case.name)
    root = ET.Element("testsuites", {"name": "smtpwitness"})
    for client in sorted({standing.case.client for standing in cases}):
        root.append(suite(client, [standing for standing in cases if standing.case.client == client], run, words))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(child.attrib[count]) for child in root)))
    root.set("time", seconds(sum(standing.case.duration_ms for standing in cases)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
