"""Keeps a run while it is under way: `run.json` case by case, and all its reports at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from .files import store, suites
from .model.profile import SUBMISSION, Profile
from .model.run import CaseResult, Client, Run, Stress
from .report.pages import write_reports
from .runner import Plan, surroundings

Gated = Callable[[Run], Run]
"""Works out what stops a build (`judge.gate.gated`, with all but the run given)."""

Key = tuple[str, str, str, str]
"""What tells the cases of a run apart: client, name, server and the scenario's file."""


def key_of(case: CaseResult) -> Key:
    return case.client, case.name, case.server, case.place.file


def key_of_plan(plan: Plan) -> Key:
    """The key that the case of *plan* will have."""
    scenario = plan.scenario
    return plan.client.name, scenario.name, plan.server, scenario.place.file


class Ledger:
    """A run that is written to *folder*. Whatever ends the harness, the cases that had ended by then are readable."""

    def __init__(
        self,
        folder: Path,
        clients: Iterable[Client],
        sources: Mapping[str, str],
        profile: Profile = SUBMISSION,
        stress: Stress | None = None,
    ) -> None:
        self._folder = folder
        self._cases: dict[Key, CaseResult] = {}
        self._began = time.monotonic()
        self._run = Run(
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            duration_ms=0.0,
            environment=surroundings(),
            clients=tuple(clients),
            cases=(),
            requirements=tuple(suites.catalogue().values()),
            sources=sources,
            finished=False,
            profile=profile.name,
            stress=stress,
        )
        self._journal = store.Journal(folder, self._run)

    def add(self, case: CaseResult) -> None:
        """A case has ended."""
        self._cases[key_of(case)] = self._journal.add(case, self._elapsed_ms())

    def learn(self, clients: Iterable[Client], sources: Mapping[str, str]) -> None:
        """Cases of these clients and from these files are to come. What was not known yet begins the file anew."""
        known = {client.name: client for client in self._run.clients}
        more = {client.name: client for client in clients if client.name not in known}
        if more or not sources.keys() <= self._run.sources.keys():
            texts = MappingProxyType({**self._run.sources, **sources})
            self._run = replace(self._run, clients=(*self._run.clients, *more.values()), sources=texts)
            self._journal.close()
            begun = replace(self._run, cases=tuple(self._cases.values()), duration_ms=self._elapsed_ms())
            self._journal = store.Journal(self._folder, begun)

    def finish(self, gate: Gated, order: Iterable[Key] = (), finished: bool = True) -> Run:
        """Write the run and its reports. Returns it as it was written; *finished*: all its cases have ended.

        Cases stand in *order*, and those that it does not have by client and name.
        """
        places = {key: place for place, key in enumerate(order)}
        keys = sorted(self._cases, key=lambda key: (places.get(key, len(places)), key))
        cases = tuple(self._cases[key] for key in keys)
        whole = replace(self._run, cases=cases, duration_ms=self._elapsed_ms(), finished=finished)
        done = self._journal.finish(gate(whole))
        write_reports(done, self._folder)
        return done

    def _elapsed_ms(self) -> float:
        return (time.monotonic() - self._began) * 1000

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()
