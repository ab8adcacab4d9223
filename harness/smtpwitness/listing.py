"""Lists for a terminal: requirements (which are asked for, which scenarios cover them), and known clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from .files.clients import Origin
from .model.profile import Profile
from .model.requirement import Requirement
from .model.scenario import Scenario
from .screen import printable, rows

NAMES = 3  # scenarios that are named of one requirement

Covering = Mapping[str, Sequence[str]]
"""The ids of the scenarios that cover a requirement, by its id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requirements are asked for; what is left out is not asked of them.

    `covered` False asks for those under which no broken client is caught yet: what no server can see lacks none.
    """

    levels: frozenset[str] = frozenset()
    profile: Profile | None = None
    topics: frozenset[str] = frozenset()
    rfcs: frozenset[str] = frozenset()
    covered: bool | None = None

    def takes(self, one: Requirement) -> bool:
        if (self.levels and one.level not in self.levels) or (self.profile and not self.profile.takes(one)):
            return False
        if (self.topics and one.topic not in self.topics) or (self.rfcs and one.rfc not in self.rfcs):
            return False
        if self.covered is None:
            return True
        return bool(one.caught) if self.covered else is_open(one)


def is_open(one: Requirement) -> bool:
    """Whether a server can see that it is broken, and no broken client of ours is caught under it."""
    return one.is_observable and not one.caught


def covering_of(scenarios: Iterable[Scenario]) -> Covering:
    """Which of *scenarios* cover what, each named once for all its variants."""
    found: dict[str, dict[str, None]] = {}
    for scenario in scenarios:
        for name in scenario.touches:
            found.setdefault(name, {})[scenario.id] = None
    return {name: tuple(ids) for name, ids in found.items()}


def covered_by(one: Requirement, covering: Covering) -> str:
    """The first scenarios in which a client that breaks *one* is caught, and how many more there are.

    Where there is none, the scenarios that name it, with a question mark; or why nothing can be shown.
    """
    names = tuple(dict.fromkeys(name.partition("[")[0] for name in one.caught)) or covering.get(one.id, ())
    if not names:
        return (f"- ({one.argued})" if one.argued else "-") if one.is_observable else "(not observable)"
    more = f" +{len(names) - NAMES}" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more + ("" if one.caught else " ?")


def counted(found: Sequence[Requirement], covering: Covering) -> str:
    """How many of *found* are covered, in a sentence or two."""
    caught = sum(bool(one.caught) for one in found)
    named = sum(is_open(one) and one.id in covering for one in found)
    unseen = sum(not one.is_observable and not one.caught for one in found)
    noun = "requirement" if len(found) == 1 else "requirements"
    said = f"{len(found)} {noun}: {caught} covered (a client that breaks it is caught)"
    said += f", {named} named by a scenario only (?)" if named else ""
    argued = sum(is_open(one) and one.id not in covering and bool(one.argued) for one in found)
    said += f", {argued} argued (nothing can be shown)" if argued else ""
    said += f", {len(found) - caught - named - argued - unseen} not yet"
    return said + (f", {unseen} not observable (no server can see them)" if unseen else "")


def show(found: Sequence[Requirement], covering: Covering, console: Console) -> None:
    """A line for each of *found*; on a terminal, where such a line would be torn, its text below it."""
    lines = [(one.id, one.level, one.basis, covered_by(one, covering), one.text) for one in found]
    if console.is_terminal:
        for name, level, basis, scenarios, text in lines:
            rest = f"{level:<11}{basis:<11}{printable(scenarios)}"
            console.print(Text.assemble((f"{printable(name):<22}", "bold"), rest), soft_wrap=True)
            console.print(Padding(Text(printable(text)), (0, 0, 0, 4)))
    else:
        rows(lines, console)
    console.print(counted(found, covering), soft_wrap=True)


def clients(origins: Sequence[Origin], told: Sequence[str | None]) -> Iterable[tuple[str, ...]]:
    """A line for each client: its name, its version here or how to install it, and what it is. See `peers.versions`."""
    for origin, version in zip(origins, told, strict=True):
        if version is None:
            version = f"not installed: {origin.install}" if origin.install else "not installed"
        yield origin.client.name, version or "-", origin.client.title
