"""Real clients against the fake server, many at once: what the end-to-end tests share."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from broken_clients.base import Client as Program

from smtpwitness.files import store
from smtpwitness.files.suites import SUFFIX, select
from smtpwitness.files.suites import catalogue as read_catalogue
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.run import CAPABILITIES, CaseResult, Client, Run
from smtpwitness.model.scenario import Scenario
from smtpwitness.runner import Plan, run_cases, surroundings, workshop

catalogue = cache(read_catalogue)
BROKEN = Path(__file__).parent / "broken_clients"


def scenarios(names: Iterable[str]) -> tuple[Scenario, ...]:
    """The shipped scenarios of these names, variants in brackets."""
    return select(names, frozenset(catalogue()), RULE_IDS).scenarios


@cache
def scenario(name: str) -> Scenario:
    (one,) = scenarios([name])
    return one


def run_all(plans: Sequence[Plan], jobs: int = 8, passwords: list[str] | None = None) -> list[CaseResult]:
    """Run *plans* on one event loop; their cases in the same order."""
    done: list[CaseResult] = []

    async def run() -> None:
        async with workshop(catalogue(), passwords) as shop:
            await run_cases(plans, shop, jobs, done.append)

    asyncio.run(run())
    cases = {(case.name, case.client): case for case in done}
    return [cases[plan.scenario.name, plan.client.name] for plan in plans]


def stored(plans: Sequence[Plan], cases: Iterable[CaseResult]) -> Run:
    """The run of *cases* as it comes back from the text of its run.json."""
    sources = select(dict.fromkeys(plan.scenario.name for plan in plans), frozenset(catalogue()), RULE_IDS).sources
    run = Run(
        started="2026-01-01T00:00:00+00:00",
        duration_ms=0.0,
        environment=surroundings(),
        clients=tuple({plan.client.name: plan.client for plan in plans}.values()),
        cases=tuple(cases),
        requirements=tuple(catalogue().values()),
        sources=sources.texts,
    )
    assert any(path.endswith(SUFFIX) for path in run.sources)
    return store.load(store.dump(run))


def broken_client(name: str, program: type[Program]) -> Client:
    """A client of `broken_clients`, wrong or correct."""
    lacks = set(CAPABILITIES) - set(program.can)
    return reading_environment(name, str(BROKEN / "run.py"), name, lacks=lacks, takes=program.takes)


def reading_environment(name: str, *argv: str, lacks: Iterable[str] = (), takes: str = "raw") -> Client:
    """A Python program that learns its job from SMTP_* and can do all that there is, but for what it *lacks*."""
    return Client(
        name,
        (sys.executable, *argv),
        takes=takes,
        supports=frozenset(CAPABILITIES) - frozenset(lacks),
        tells_classes=True,
        reads_environment=True,
    )
