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

COLUMNS = 12  # clients beside each other; more of them have a table of their own
CAUSES = 40  # shown
LINKS = 6  # to cases of one requirement under one cause; the table has them all
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
    """A rule that is to be mended first in some cases: its worst finding, those clients, and the requirements."""

    finding: Finding
    clients: tuple[str, ...]
    count: int
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Cases of one client that came to no verdict on it for one reason."""

    verdict: Verdict
    client: str
    reason: str
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
    grouped: dict[tuple[tuple[Known, ...], str | None], list[Entry]] = {}
    for entry, finding in pairs:
        grouped.setdefault((entry.case.known, finding.requirement), []).append(entry)
    broken = [Broken(requirement, known, tuple(rows)) for (known, requirement), rows in grouped.items()]
    return Cause(
        min((finding for _, finding in pairs), key=lambda finding: SEVERITY[finding.verdict]),
        tuple(sorted({entry.case.client for entry, _ in pairs})),
        len(pairs),
        tuple(sorted(broken, key=lambda one: (bool(one.known), -len(one.entries), one.requirement or ""))),
    )


def _rank(cause: Cause) -> tuple[bool, int, int, str]:
    known = all(one.known for one in cause.broken)
    return known, SEVERITY[cause.finding.verdict], -cause.count, cause.finding.rule


def unjudged(entries: Iterable[Entry]) -> tuple[Unjudged, ...]:
    """The cases that came to no verdict on the client, by reason."""
    found: dict[tuple[Verdict, str, str], list[Entry]] = {}
    for entry in entries:
        case = entry.case
        if case.verdict is Verdict.ERROR or case.verdict in NOT_JUDGED:
            found.setdefault((case.verdict, case.client, case.reason), []).append(entry)
    return tuple(
        Unjudged(*key, tuple(rows))
        for key, rows in sorted(found.items(), key=lambda one: (SEVERITY[one[0][0]], one[0][1], -len(one[1]), one[0]))
    )


def suite_of(case: CaseResult) -> str:
    return case.scenario.rpartition("/")[0]


def doubles(run: Run) -> frozenset[str]:
    """The names that cases with several servers share, so that a name alone does not tell which case it is."""
    servers: dict[str, set[str]] = {}
    for case in run.cases:
        servers.setdefault(case.name, set()).add(case.server)
    return frozenset(name for name, found in servers.items() if len(found) > 1)


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
