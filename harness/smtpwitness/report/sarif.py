"""A run as SARIF 2.1.0, for code scanning: a rule for each requirement, a result for each finding that fails or warns.

Kept within what GitHub takes (25,000 results, 10 MB), the failures first. The fingerprint stands under the only key
that GitHub reads, `primaryLocationLineHash`: a hash of the line alone would make one alert of all clients and variants.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from ..model.finding import SEVERITY, Finding, Verdict
from ..model.gate import Change, Trend
from ..model.requirement import Requirement
from ..model.run import CaseResult, Run
from ..model.scenario import Place
from .octets import visible
from .standing import Standing, standings, told
from .words import Words

RESULTS = 25_000
SIZE = 10_000_000  # octets of the whole, not compressed
FRAME = 4000  # of these, for what is neither a rule nor a result

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BUNDLED, HOME = "SCENARIOS", "HOME"
BASES = {
    BUNDLED: "The scenarios that ship with smtpwitness",
    HOME: "The home folder of whoever made this run",
}
"""What the relative addresses are relative to; those without a base are relative to the folder of the run."""

LEVELS = {Verdict.FAIL: "error", Verdict.WARN: "warning"}

Object = dict[str, Any]


def text(words: str, limit: int = 1000) -> Object:
    return {"text": visible(words, limit)}


# --- rules ------------------------------------------------------------------------------------------------------


def help_uri(requirement: Requirement) -> str:
    """The section in the RFC Editor's HTML; "" for what is no RFC."""
    if not re.fullmatch(r"RFC[0-9]{1,5}", requirement.rfc):
        return ""
    page = f"https://www.rfc-editor.org/rfc/{requirement.rfc.lower()}"
    if not re.fullmatch(r"([0-9]{1,3}|[A-Z])(\.[0-9]{1,3})*", requirement.section):
        return page
    return f"{page}#{'section' if requirement.section[0].isdigit() else 'appendix'}-{requirement.section}"


def worth(requirement: Requirement) -> str:
    """What breaking *requirement* is worth at most."""
    if requirement.level == "MAY":
        return "note"
    return "error" if requirement.level.startswith("MUST") and requirement.is_firm else "warning"


def rule(requirement: Requirement) -> Object:
    """The descriptor of a requirement."""
    address = help_uri(requirement)
    return {
        "id": visible(requirement.id, 200),
        "shortDescription": text(requirement.text.partition(". ")[0].rstrip(".") + ".", 300),
        "fullDescription": text(requirement.text),
        "help": text(f"{requirement.level} ({requirement.reference}): {requirement.text}"),
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": worth(requirement)},
        "properties": {
            "level": visible(requirement.level, 20),
            "basis": visible(requirement.basis, 40),
            "rfc": visible(requirement.rfc, 80),
            "section": visible(requirement.section, 40),
            "tags": [visible(requirement.topic, 80)],
        },
    }


def rule_of_ours(name: str) -> Object:
    """The descriptor of what no requirement of the catalogue stands behind."""
    said = text(f"A rule of smtpwitness: {name}")
    return {"id": name, "shortDescription": said, "fullDescription": said, "help": said}


# --- results ----------------------------------------------------------------------------------------------------


def artifact(file: str) -> Object:
    """Where a file is: the user's own is relative to the folder of the run, a bundled one to the scenarios."""
    if re.match(r"/|[A-Za-z]:/", file):
        return {"uri": "file:///" + address_of(file)}
    address = {"uri": address_of(re.sub(r"\A[.~]/", "", file))}
    if file.startswith(("./", "../")):
        return address
    return address | {"uriBaseId": HOME if file.startswith("~/") else BUNDLED}


def address_of(path: str) -> str:
    """*path* as a relative URI; a lone surrogate in it becomes `?`, percent-encoded like all else."""
    return quote(path.lstrip("/")[:1000].encode("utf-8", "replace"), safe="/")


def place_of(case: CaseResult, finding: Finding) -> Place:
    """Where the scenario writes what *finding* is about, else where the scenario begins."""
    if finding.step is not None and 0 <= finding.step < len(case.steps):
        return case.steps[finding.step].place or case.place
    return case.place


def location(place: Place) -> Object:
    region = {"startLine": max(1, place.line), "startColumn": max(1, place.column)}
    return {"physicalLocation": {"artifactLocation": artifact(place.file), "region": region}}


def message(finding: Finding, words: Words) -> Object:
    """What happened and how to mend it. Braces are doubled (SARIF 3.11.5), and nothing in it can become a link."""
    said = visible(f"{words.finding(finding, 'what')} {words.finding(finding, 'fix')}", 2000)
    return {"text": said.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def suppressions(case: CaseResult, finding: Finding) -> list[Object]:
    """An entry for each reason that answers for *finding*; none means that it is not suppressed (SARIF 3.27.23)."""
    reasons = dict.fromkeys(visible(told(known)) for known in case.known if finding.rule in known.rules)
    return [{"kind": "external", "justification": reason} for reason in reasons]


def baseline_state(finding: Finding, change: Change | None) -> str:
    """How a finding stands to the baseline: `new`, `unchanged`, or `updated` (it failed then, it warns now).

    A change names the rules that make it. What stands beside those is called unchanged: it may be a new warning.
    """
    if change is None:
        return "unchanged"
    if change.trend in (Trend.NEW, Trend.UNJUDGED):
        return "new"
    if finding.rule not in change.rules:
        return "unchanged"
    return "new" if change.trend is Trend.WORSE else "updated"


def findings(run: Run) -> Iterator[tuple[Standing, Finding, str]]:
    """Every finding that is told, the failures first, with its fingerprint: the same in each run."""
    found = [(one, finding) for one in standings(run) for finding in one.case.findings if finding.verdict in LEVELS]
    times: Counter[str] = Counter()
    for standing, finding in sorted(found, key=lambda pair: SEVERITY[pair[1].verdict]):
        case = standing.case
        names = (case.name, case.client, case.server, finding.rule, finding.requirement or "")
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "replace")).hexdigest()[:32]
        times[digest] += 1  # a rule can be broken several times in a case
        yield standing, finding, f"{digest}:{times[digest]}"


def in_question(run: Run) -> Iterator[Requirement]:
    """The requirements that cases of *run* cover or break: the whole catalogue would be most of the document."""
    used = {name for case in run.cases for name in case.covers}
    used |= {finding.requirement for case in run.cases for finding in case.findings if finding.requirement}
    return (requirement for requirement in run.requirements if requirement.id in used)


def result(standing: Standing, finding: Finding, fingerprint: str, run: Run, words: Words) -> Object:
    case, place = standing.case, place_of(standing.case, finding)
    made: Object = {
        "level": LEVELS[finding.verdict],
        "message": message(finding, words),
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "suppressions": suppressions(case, finding),
        "properties": {
            "client": visible(case.client, 200),
            "server": visible(case.server, 200),
            "case": visible(case.name, 200),
            "rule": visible(finding.rule, 200),
            "expected": visible(finding.expected),
            "observed": visible(finding.observed),
        },
    }
    if place.file:
        made["locations"] = [location(place)]
    if run.gate.baseline:
        made["baselineState"] = baseline_state(finding, standing.change)
    return made


# --- the document -----------------------------------------------------------------------------------------------


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def size_of(values: Iterable[object]) -> int:
    return sum(len(dumped(value).encode("utf-8", "replace")) + 1 for value in values)


def sarif(run: Run) -> str:
    """The whole document. Results that no longer fit in are counted in the run's property `leftOut`."""
    words = Words("en")
    rules = {made["id"]: made for made in map(rule, in_question(run))}
    results: list[Object] = []
    room = SIZE - FRAME - size_of(rules.values())
    told_findings = list(findings(run))
    for standing, finding, fingerprint in told_findings[:RESULTS]:
        name = visible(finding.requirement or finding.rule, 200)
        made = {"ruleId": name, **result(standing, finding, fingerprint, run, words)}
        needed = [made] if name in rules else [made, rule_of_ours(name)]
        room -= size_of(needed)
        if room < 0:
            break
        rules.setdefault(name, needed[-1])
        results.append(made)
    driver = {"name": "smtpwitness", "rules": list(rules.values())}
    if version := visible(run.environment.get("smtpwitness", ""), 40):
        driver["version"] = version
    document = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {name: {"description": text(said)} for name, said in BASES.items()},
        "results": results,
    }
    if len(results) < len(told_findings):
        document["properties"] = {"leftOut": len(told_findings) - len(results)}
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [document]}) + "\n"
