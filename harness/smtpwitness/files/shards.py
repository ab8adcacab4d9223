"""Joins runs that were made in parts, on several machines perhaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from ..model.run import Client, Run

V = TypeVar("V")


class ShardsError(ValueError):
    """Runs that cannot be joined: they overlap, or mean different things by one name."""


def joined(runs: Sequence[Run]) -> Run:
    """One run with the cases of all *runs*, in their order; at least one. Its gate is not worked out.

    It began when the first did, and took as long as all together. Raises `ShardsError`.
    """
    _apart(runs)
    _same("profile", ({"of the runs": run.profile} for run in runs))
    return Run(
        started=min(run.started for run in runs),
        duration_ms=sum(run.duration_ms for run in runs),
        environment=MappingProxyType(_environment(runs)),
        clients=tuple(_same("client", ({one.name: _placeless(one) for one in run.clients} for run in runs)).values()),
        cases=tuple(case for run in runs for case in run.cases),
        requirements=tuple(_same("requirement", ({one.id: one for one in run.requirements} for run in runs)).values()),
        sources=MappingProxyType(_same("file", (run.sources for run in runs))),
        finished=all(run.finished for run in runs),
        profile=runs[0].profile,
    )


def _apart(runs: Sequence[Run]) -> None:
    """No case stands in two runs."""
    owner: dict[tuple[str, str, str, str], int] = {}
    for number, run in enumerate(runs, 1):
        for case in run.cases:
            key = (case.client, case.server, case.name, case.place.file)
            if owner.setdefault(key, number) != number:
                raise ShardsError(
                    f"runs {owner[key]} and {number} both have {case.name} with {case.client}: parts do not overlap"
                )


def _placeless(client: Client) -> Client:
    """*client* without the place of its file, which differs by machine and says nothing about the client."""
    return replace(client, place=None)


def _environment(runs: Sequence[Run]) -> dict[str, str]:
    names = dict.fromkeys(name for run in runs for name in run.environment)
    return {
        name: ", ".join(dict.fromkeys(run.environment[name] for run in runs if name in run.environment))
        for name in names
    }


def _same(what: str, parts: Iterable[Mapping[str, V]]) -> dict[str, V]:
    """All that *parts* name; what two of them name is the same in both."""
    found: dict[str, V] = {}
    for part in parts:
        for name, value in part.items():
            if found.setdefault(name, value) != value:
                raise ShardsError(f"the {what} {name} is not the same in all runs")
    return found
