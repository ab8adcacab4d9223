"""Scenarios by clients in Markdown: a cell is the worst verdict of a scenario's cases, as a sign and a letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model.finding import SEVERITY, Verdict
from ..model.run import CaseResult, Run
from .markdown import row, safe, table
from .words import LETTERS, SIGNS, Words

SIZE = 30_000  # octets: half of what the hosts of a summary show
CLIENTS = 24  # that have a column
KNOWN = "°"  # behind a verdict that is all known
NOTHING = "·"  # where a client has no case


def grid(run: Run, words: Words) -> Iterator[str]:
    """The table, where there are several clients. What does not fit is counted; rows without a fault go first."""
    everyone = sorted({case.client for case in run.cases})
    if len(everyone) < 2:
        return
    clients = everyone[:CLIENTS]
    rows = [
        (_worst(case for case in cases if case.client in clients), _row(name, cases, clients))
        for name, cases in sorted(_by_scenario(run.cases).items())
    ]
    whole = table(words("head.case"), *(safe(client, 30) for client in clients))
    shown = _fitting(rows, SIZE - sum(_size(line) for line in whole))
    yield from ("", f"## {words('grid.title')}", "", _legend(run, words), *whole, *shown)
    if len(rows) > len(shown):
        yield from ("", words("grid.more", count=len(rows) - len(shown)))
    if len(everyone) > len(clients):
        yield from ("", words("grid.clients", count=len(everyone) - len(clients)))


def _legend(run: Run, words: Words) -> str:
    signs = [f"{SIGNS[one]}{LETTERS[one]} {words.verdict(one)}" for one in Verdict]
    signs += [f"{KNOWN} {words('known.chip')}"] if any(case.known for case in run.cases) else []
    return f"{words('grid.legend')} {' · '.join(signs)}"


def _by_scenario(cases: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    found: dict[str, list[CaseResult]] = {}
    for case in cases:
        found.setdefault(case.scenario, []).append(case)
    return found


def _worst(cases: Iterable[CaseResult]) -> Verdict:
    return min((case.verdict for case in cases), key=SEVERITY.__getitem__, default=Verdict.PASS)


def _row(name: str, cases: Iterable[CaseResult], clients: Iterable[str]) -> str:
    mine: dict[str, list[CaseResult]] = {}
    for case in cases:
        mine.setdefault(case.client, []).append(case)
    return row(safe(name, 60), *(_cell(mine.get(client, ())) for client in clients))


def _cell(cases: Iterable[CaseResult]) -> str:
    cases = tuple(cases)
    if not cases:
        return NOTHING
    verdict = _worst(cases)
    known = all(case.known for case in cases if case.verdict is verdict)
    return SIGNS[verdict] + LETTERS[verdict] + (KNOWN if known else "")


def _fitting(rows: list[tuple[Verdict, str]], room: int) -> list[str]:
    """The rows that fit into *room* octets, in their order: all, else those with the worst verdicts."""
    kept: set[int] = set()
    for place in sorted(range(len(rows)), key=lambda place: SEVERITY[rows[place][0]]):
        room -= _size(rows[place][1])
        if room < 0:
            break
        kept.add(place)
    return [rows[place][1] for place in sorted(kept)]


def _size(line: str) -> int:
    return len(line.encode()) + 1
