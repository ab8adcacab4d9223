"""One case in plain text: what to mend first, what was expected and observed, why it matters, how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model.finding import SEVERITY, Finding, Verdict
from ..model.requirement import Requirement
from ..model.run import CaseResult
from .octets import visible, width
from .view import root_of
from .words import Words

WIDTH = 400  # characters of a line
OTHERS = 8  # findings that are named beside the one to mend first
TOLD = (Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE)


def explained(case: CaseResult, requirements: Mapping[str, Requirement], language: str = "en") -> str:
    """Several lines, without a line end; the first says what went wrong. Nothing in them that a terminal would obey."""
    words = Words(language)
    names = {"case": case.name, "client": case.client, "server": case.server}
    head = words(
        "plain.case",
        verdict=words.verdict(case.verdict),
        **{name: visible(value, 120) for name, value in names.items()},
    )
    finding = root_of(case)
    pairs = _lines(case, finding, requirements, words) if finding else iter(())
    labels = [(words(f"plain.{label}"), text) for label, text in pairs]
    widest = max((width(label) for label, _ in labels), default=0)
    told = words.finding(finding, "what") if finding else visible(case.reason, WIDTH)
    lines = [f"{label}{' ' * (widest - width(label))}  {text}" for label, text in labels]
    return "\n".join(line for line in (told, head, *lines) if line)


def _lines(
    case: CaseResult, finding: Finding, requirements: Mapping[str, Requirement], words: Words
) -> Iterator[tuple[str, str]]:
    """What is told of *finding*, each with the label of its line; then the names of the other findings."""
    yield "rule", visible(finding.rule, WIDTH)
    requirement = requirements.get(finding.requirement or "")
    facts = dict(finding.facts)
    nearest = facts.get("nearest", "")
    if requirement:
        text = f"{requirement.id} {requirement.level} ({requirement.reference}): {requirement.text}"
        yield "requirement", visible(text, WIDTH)
    if finding.expected or finding.observed:
        for name, text in (("expected", finding.expected), ("observed", finding.observed)):
            yield name, visible(words.said(name, text, finding.key) or "-", WIDTH)
    if nearest and nearest != facts.get("expected", finding.expected):  # facts are cut, both of them
        yield "nearest", visible(nearest, WIDTH)
    step = case.steps[finding.step] if finding.step is not None and finding.step < len(case.steps) else None
    yield "where", visible(str((step and step.place) or case.place), WIDTH)
    yield "why", words.finding(finding, "why")
    yield "mend", words.finding(finding, "fix")
    others = [one for one in case.findings if one is not finding and one.verdict in TOLD]
    for other in sorted(others, key=lambda one: SEVERITY[one.verdict])[:OTHERS]:
        told = (words.verdict(other.verdict), visible(other.rule, WIDTH), words.finding(other, "what"))
        yield "also", words("list.colon").join(told)
    if len(others) > OTHERS:
        yield "also", words("more.findings", count=len(others) - OTHERS)
