"""Finds scenarios by selector: an id, an id with its variant, a glob, a file or a folder; none for all that ship."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ..model.requirement import Requirement
from ..model.scenario import Place, Scenario, fits
from .bundled import scenarios_root
from .catalogue import read_argued, read_catalogue, read_caught
from .problems import Problem, ScenarioError, nearest
from .scenarios import Sources, load

SUFFIX = ".smtp.yaml"


@dataclass(frozen=True, slots=True)
class Suite:
    """Scenarios in order, one for each variant, and the texts that they were read from."""

    scenarios: tuple[Scenario, ...]
    sources: Sources


def catalogue() -> dict[str, Requirement]:
    """The catalogue of requirements that ships, each with the scenarios in which breaking it is found out."""
    caught = read_caught(scenarios_root() / "caught.tsv")
    argued = read_argued(scenarios_root() / "argued.tsv")
    rows = read_catalogue(scenarios_root() / "requirements.tsv")
    for name, one in rows.items():
        rows[name] = replace(one, caught=caught.get(name, ()), argued=argued.get(name, ""))
    return rows


def select(
    selectors: Iterable[str], requirements: Collection[str], rules: Collection[str], sources: Sources | None = None
) -> Suite:
    """The scenarios that *selectors* name, each once. Raises `ScenarioError` with all that is wrong in all of them.

    What is read is remembered in *sources* (None: new ones).
    """
    root = scenarios_root()
    sources = Sources(root) if sources is None else sources
    chosen: dict[tuple[str, str], Scenario] = {}
    problems: list[Problem] = []
    shipped = [path.relative_to(root).as_posix() for path in sorted(root.glob(f"*/*{SUFFIX}"))]
    for selector in list(selectors) or ["*"]:
        files, pattern = _files(selector, shipped)
        if not files:
            known = [name.removesuffix(SUFFIX) for name in shipped]
            problems.append(_unknown(selector, known))
        found: list[Scenario] = []
        names: list[str] = []
        for file in files:
            try:
                loaded = load(sources, file, requirements, rules)
            except ScenarioError as error:
                problems += error.problems
                continue
            found += [one for one in loaded if pattern is None or fits(pattern, one.id, one.name)]
            names += [one.name for one in loaded]
        if names and not found:  # there is such a scenario, but no such variant
            problems.append(_unknown(selector, names))
        chosen |= {(one.place.file, one.name): one for one in found}
    if problems:
        raise ScenarioError(tuple(dict.fromkeys(problems)))
    return Suite(tuple(chosen.values()), sources)


def _unknown(selector: str, names: Iterable[str]) -> Problem:
    if selector.endswith((SUFFIX, ".yml", ".yaml")):
        return Problem(Place(selector, 1, 1), "there is no such file")
    return Problem(Place("SELECTOR", 1, 1), f"there is no scenario {selector!r}{nearest(selector, names)}")


def _files(selector: str, shipped: list[str]) -> tuple[list[str], str | None]:
    """The files that a selector is about, and the pattern that the names of their scenarios must fit (None: all).

    A relative path of the user's begins with `./`: without it, it is that of a shipped file.
    """
    path = Path(selector)
    if path.is_file() or path.is_dir():
        found = [path] if path.is_file() else sorted(path.rglob(f"*{SUFFIX}"))
        return list(map(_of_the_user, found)), None
    if any(name.startswith(f"{selector}/") for name in shipped):  # a suite
        selector = f"{selector}/*"
    id_, bracket, variant = selector.partition("[")
    named = [name for name in shipped if fnmatchcase(name.removesuffix(SUFFIX), id_)]
    path = Path(id_.removesuffix(SUFFIX) + SUFFIX)
    if bracket and not named and path.is_file():  # one variant of a file of the user's
        return [_of_the_user(path)], f"*{path.name.removesuffix(SUFFIX)}[{variant}"
    return named, selector


def _of_the_user(path: Path) -> str:
    return path.as_posix() if path.is_absolute() else f"./{path.as_posix()}"


def matching(requirements: Iterable[Requirement], pattern: str) -> list[Requirement]:
    """The requirements whose id or topic fits a glob; where there are none, those in whose text *pattern* stands."""
    rows = list(requirements)
    named = [one for one in rows if fnmatchcase(one.id, pattern) or fnmatchcase(one.topic, pattern)]
    return named or [one for one in rows if pattern.lower() in one.text.lower()]
