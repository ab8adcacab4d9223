"""The index of a run: what to mend, by root cause and requirement; what was not judged; scenarios by clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ..model.finding import SEVERITY, Finding, Verdict
from ..model.gate import Known
from ..model.run import CaseResult, Run
from .standing import NOT_JUDGED, named
from .view import Entry, ordered, root_of
from .words import Words

COLUMNS = 12  # clients beside each other; more of them have a table of their own
CAUSES = 40  # shown
HEADS = 4  # sentences that one cause is told by
LINKS = 6  # to cases of one requirement under one cause; the table has them all
GROUP = 16  # rows that a browser lays out together, and only when they are near the screen
TITLED, UNTITLED = 51, 30  # pixels; `index.js` has them too
MENDED = (Verdict.FAIL, Verdict.WARN)


@dataclass(frozen=True, slots=True)
class Broken:
    """The cases in which one requirement (None: none is named) was broken for one cause, the worst first.

    `known` are the entries that answer for all of them.
    """

    requirement: str | None
    known: tuple[Known, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that is to be mended first in some cases: its worst finding that is not known, those clients, and the
    requirements, the worst first. `findings` are those of all such cases, the worst first.
    """

    finding: Finding
    findings: tuple[Finding, ...]
    clients: tuple[str, ...]
    count: int
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Cases of those clients that came to no verdict on them for one reason."""

    verdict: Verdict
    reason: str
    clients: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the board: a case's name (with its server, where there are several), and for each client its cases.

    `titled`: its title is not that of the row before.
    """

    name: str
    case: CaseResult
    titled: bool
    cells: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Scenarios by clients, for at most `COLUMNS` clients."""

    clients: tuple[str, ...]
    suites: tuple[Suite, ...]


def causes(entries: Iterable[Entry]) -> tuple[Cause, ...]:
    """What to mend: the worst first, then what most cases share; what is all known comes last."""
    by_rule: dict[str, list[tuple[Entry, Finding]]] = {}
    for entry in entries:
        finding = root_of(entry.case)
        if finding and entry.case.verdict in MENDED:
            by_rule.setdefault(finding.rule, []).append((entry, finding))
    found = [_cause(pairs) for pairs in by_rule.values()]
    return tuple(sorted(found, key=_rank))


def _cause(pairs: list[tuple[Entry, Finding]]) -> Cause:
    grouped: dict[tuple[object, ...], list[tuple[Entry, Finding]]] = {}
    for entry, finding in pairs:
        reasons = tuple((one.reason, one.date, one.link) for one in entry.case.known)
        grouped.setdefault((reasons, finding.requirement), []).append((entry, finding))
    worst = {key: min(map(_weight, rows)) for key, rows in grouped.items()}
    found = sorted(grouped.items(), key=lambda one: (worst[one[0]], -len(one[1]), one[1][0][1].requirement or ""))
    new = [pair for pair in pairs if not pair[0].case.known] or pairs
    ranked = tuple(finding for _, finding in sorted(new, key=_weight))
    return Cause(
        ranked[0],
        ranked,
        tuple(sorted({entry.case.client for entry, _ in pairs})),
        len(pairs),
        tuple(
            Broken(rows[0][1].requirement, rows[0][0].case.known, tuple(one for one, _ in rows)) for _, rows in found
        ),
    )


def _weight(pair: tuple[Entry, Finding]) -> tuple[bool, int]:
    """What is known weighs less than anything else."""
    return bool(pair[0].case.known), SEVERITY[pair[1].verdict]


def _rank(cause: Cause) -> tuple[bool, int, int, str]:
    known = all(one.known for one in cause.broken)
    return known, SEVERITY[cause.finding.verdict], -cause.count, cause.finding.rule


def heads(cause: Cause, words: Words) -> tuple[tuple[str, ...], int]:
    """What happened, in each sentence that differs from the others, and how many more of them there are."""
    told = tuple(dict.fromkeys(words.finding(one, "what") for one in cause.findings))
    return told[:HEADS], max(0, len(told) - HEADS)


def unjudged(entries: Iterable[Entry]) -> tuple[Unjudged, ...]:
    """The cases that came to no verdict on the client, by reason."""
    found: dict[tuple[Verdict, str], list[Entry]] = {}
    for entry in entries:
        case = entry.case
        if case.verdict is Verdict.ERROR or case.verdict in NOT_JUDGED:
            found.setdefault((case.verdict, case.reason), []).append(entry)
    return tuple(
        Unjudged(*key, tuple(sorted({entry.case.client for entry in rows})), tuple(rows))
        for key, rows in sorted(found.items(), key=lambda one: (SEVERITY[one[0][0]], -len(one[1]), one[0]))
    )


def suite_of(case: CaseResult) -> str:
    return case.scenario.rpartition("/")[0]


def doubles(run: Run) -> frozenset[str]:
    """The names that cases with several servers share, so that a name alone does not tell which case it is."""
    servers: dict[str, set[str]] = {}
    for case in run.cases:
        servers.setdefault(case.name, set()).add(case.server)
    return frozenset(name for name, found in servers.items() if len(found) > 1)


def height(lines: Iterable[Line]) -> int:
    """About how many pixels *lines* take in a browser, for those that it has not laid out yet."""
    return sum(TITLED if line.titled else UNTITLED for line in lines)


def boards(run: Run) -> tuple[Board, ...]:
    """The whole run as tables."""
    entries, several = ordered(run), doubles(run)
    everyone = sorted({entry.case.client for entry in entries})
    return tuple(
        _board(tuple(everyone[at : at + COLUMNS]), entries, several) for at in range(0, len(everyone), COLUMNS)
    )


def _board(clients: tuple[str, ...], entries: tuple[Entry, ...], several: frozenset[str]) -> Board:
    cells: dict[tuple[str, str, str, str], dict[str, list[Entry]]] = {}
    for entry in entries:
        case = entry.case
        if case.client in clients:
            key = (suite_of(case), case.scenario, case.name, case.server if case.name in several else "")
            cells.setdefault(key, {}).setdefault(case.client, []).append(entry)
    keys = sorted(cells)
    lines = groupby(_lines(clients, [cells[key] for key in keys], several), lambda line: suite_of(line.case))
    return Board(clients, tuple(Suite(name, tuple(rows)) for name, rows in lines))


def _lines(clients: tuple[str, ...], rows: list[dict[str, list[Entry]]], several: frozenset[str]) -> Iterator[Line]:
    before = ""
    for row in rows:
        case = next(iter(row.values()))[0].case
        name = case.name.removeprefix(suite_of(case) + "/")
        shown = named(name, case.server, case.name in several)
        yield Line(shown, case, case.scenario != before, tuple(tuple(row.get(client, ())) for client in clients))
        before = case.scenario
