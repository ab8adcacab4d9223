"""What each scenario is for: a fault that the rest of its suite misses. `python alone.py [SUITE...]` looks for it.

The table is `alone.tsv`: a scenario, a fault of its own that no other scenario of its suite sees, or the reason why
it stays without one. To fill it takes every fault through its whole suite, which is half an hour's work of a core;
scenarios whose fault stands there already are passed over.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from broken_clients.faults import CORRECT, FAULTS, correct_form
from real_runs import broken_client, run_all, scenarios

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.model.scenario import Scenario
from smtpwitness.runner import Plan

TABLE = Path(__file__).parent / "alone.tsv"
COLUMNS = ("scenario", "fault", "reason")
BATCH = 16
"""Cases that are run before it is looked whether one of them saw the fault."""


def read() -> dict[str, tuple[str, str]]:
    """Fault and reason of each scenario."""
    if not TABLE.exists():
        return {}
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    return {scenario: (fault, reason) for scenario, fault, reason in rows}


def write(table: dict[str, tuple[str, str]]) -> None:
    lines = ["\t".join((name, *table[name])) for name in sorted(table)]
    TABLE.write_text("\n".join(["\t".join(COLUMNS), *lines]) + "\n", encoding="utf-8", newline="\n")


def faults_of(name: str) -> list[str]:
    """The faults that the scenario of that id catches. Those that show under stress alone are nobody's own."""
    return [one for one, fault in FAULTS.items() if fault.scenario.partition("[")[0] == name and not fault.stress]


@cache
def suite(name: str) -> tuple[Scenario, ...]:
    return scenarios([f"{name}/*"])


def blamed(case: CaseResult) -> set[tuple[str, Verdict]]:
    return {(one.key, one.verdict) for one in case.findings if one.verdict in (Verdict.FAIL, Verdict.WARN)}


_BLAMED_ANYHOW: dict[tuple[str, str], set[tuple[str, Verdict]]] = {}


def _blamed_anyhow(form: str, rest: Sequence[Scenario]) -> None:
    """See what the correct client is blamed for in *rest*: that is no sight of a fault."""
    unknown = [one for one in rest if (form, one.name) not in _BLAMED_ANYHOW]
    client = broken_client(form, CORRECT[form])
    for case in run_all([Plan(one, client) for one in unknown]):
        _BLAMED_ANYHOW[form, case.name] = blamed(case)


def seen_by(fault: str, rest: Sequence[Scenario]) -> str | None:
    """The first case of *rest* that blames the fault's client for more than its correct form; None: all miss it."""
    form, client = correct_form(FAULTS[fault]), broken_client(fault, FAULTS[fault])
    for some in _batches(rest):
        _blamed_anyhow(form, some)
        for case in run_all([Plan(one, client) for one in some]):
            if not blamed(case) <= _BLAMED_ANYHOW[form, case.name]:
                return case.name
    return None


def _batches(rest: Sequence[Scenario]) -> Iterator[Sequence[Scenario]]:
    for first in range(0, len(rest), BATCH):
        yield rest[first : first + BATCH]


def main(suites: Sequence[str]) -> None:
    table = read()
    for name in sorted({one.id for one in scenarios([])}):
        family = name.partition("/")[0]
        if (suites and family not in suites) or table.get(name, ("", ""))[0] in FAULTS:
            continue
        rest = [one for one in suite(family) if one.id != name]
        by: dict[str, str | None] = {}
        own = None
        for fault in faults_of(name):
            by[fault] = seen_by(fault, rest)
            if by[fault] is None:
                own = fault
                break
        print(name, own or f"is redundant: {by}", flush=True)
        table[name] = (own or "", table.get(name, ("", ""))[1] if own is None else "")
        write(table)


if __name__ == "__main__":
    main(sys.argv[1:])
