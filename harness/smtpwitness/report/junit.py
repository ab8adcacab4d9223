"""A run as JUnit XML, in the attributes that Jenkins and Surefire have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..model.finding import Verdict
from ..model.run import CaseResult, Run
from .octets import visible
from .view import ordered, root_of
from .words import Words

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SKIPPED = (Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE)
ROWS = 60  # of a case's dialogue in system-out


def legal(text: str) -> str:
    """*text* without the characters that XML 1.0 forbids."""
    return ILLEGAL.sub("\ufffd", text)


def seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def dialogue(case: CaseResult) -> str:
    """Expected and observed, a line for each row and a second one where they differ."""
    lines = [f"server: {visible(case.server, 80)}"]
    for row in case.steps[:ROWS]:
        mark = "C" if row.side == "client" else "S"
        lines.append(f"{row.status:9} {mark}: {visible(row.observed or row.expected, 160)}")
        if row.expected and row.observed and row.expected != row.observed and row.side == "client":
            lines.append(f"{'expected':>9} {mark}: {visible(row.expected, 160)}")
    if len(case.steps) > ROWS:
        lines.append(f"… {len(case.steps) - ROWS} more")
    return "\n".join(lines) + "\n"


def outcome(case: CaseResult, words: Words) -> ET.Element | None:
    """The element that says that a case did not pass; None where it did (warnings do not fail a build)."""
    finding = root_of(case)
    if case.verdict is Verdict.ERROR:
        return ET.Element("error", {"type": "error", "message": legal(visible(case.reason, 400))})
    if case.verdict in SKIPPED:
        return ET.Element("skipped", {"message": legal(visible(f"{case.verdict}: {case.reason}", 400))})
    if case.verdict is not Verdict.FAIL:
        return None
    if finding is None:
        return ET.Element("failure", {"type": case.root_cause or "fail", "message": legal(visible(case.reason, 400))})
    element = ET.Element("failure", {"type": finding.rule, "message": legal(words.finding(finding, "what"))})
    parts = [words.finding(finding, "why"), words.finding(finding, "fix")]
    if finding.requirement:
        parts.append(f"{finding.requirement} ({finding.level})")
    element.text = legal("\n".join(parts))
    return element


def suite(name: str, cases: Sequence[CaseResult], run: Run, words: Words, servers: int) -> ET.Element:
    """One `<testsuite>`: all cases of one client."""
    failed = sum(case.verdict is Verdict.FAIL for case in cases)
    errors = sum(case.verdict is Verdict.ERROR for case in cases)
    skipped = sum(case.verdict in SKIPPED for case in cases)
    counts = {"tests": len(cases), "failures": failed, "errors": errors, "skipped": skipped}
    element = ET.Element("testsuite", {"name": legal(name), **{key: str(count) for key, count in counts.items()}})
    element.set("time", seconds(sum(case.duration_ms for case in cases)))
    element.set("timestamp", legal(run.started[:19]))
    for case in cases:
        title = f"{case.name} ({case.server})" if servers > 1 else case.name
        attributes = {"classname": case.scenario.partition("/")[0], "name": title, "time": seconds(case.duration_ms)}
        test = ET.SubElement(element, "testcase", {key: legal(value) for key, value in attributes.items()})
        result = outcome(case, words)
        if result is not None:
            test.append(result)
        ET.SubElement(test, "system-out").text = legal(dialogue(case))
    return element


def junit(run: Run) -> str:
    """The whole document. A suite is a client; unsupported, not applicable and inconclusive cases are skipped."""
    words = Words("en")
    servers = len({case.server for case in run.cases})
    cases = sorted((entry.case for entry in ordered(run)), key=lambda case: case.name)
    root = ET.Element("testsuites", {"name": "smtpwitness"})
    for client in sorted({case.client for case in cases}):
        root.append(suite(client, [case for case in cases if case.client == client], run, words, servers))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(child.attrib[count]) for child in root)))
    root.set("time", seconds(sum(case.duration_ms for case in cases)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
