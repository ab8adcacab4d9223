"""What is wrong with a file that somebody wrote, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from ..model.scenario import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it stands; printed as `file:line:column: message`."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ScenarioError(Exception):
    """A scenario, fragment, persona, client file or catalogue cannot be used; `problems` says all that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def closest(word: str, words: Iterable[str]) -> str | None:
    """The one of *words* that is most like *word*, or None where none is like it."""
    return _closest(word[:100], tuple(sorted(words)))


@lru_cache(maxsize=1000)
def _closest(word: str, words: tuple[str, ...]) -> str | None:
    by_lower = {known.lower(): known for known in words}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def nearest(word: str, words: Iterable[str]) -> str:
    """` (did you mean 'x'?)` with the nearest of *words*, or nothing where none is near."""
    close = closest(word, words)
    return f" (did you mean {close!r}?)" if close else ""


def shown(text: str) -> str:
    """*text* in quotes for a message, shortened if it is long."""
    return repr(str(text) if len(text) <= 60 else text[:45] + "..." + text[-12:])


MOST = 200
"""Problems that are told of one file; who has more has a wrong file."""


class Problems:
    """Collects all that is wrong with a file, each thing once.

    What is wrong at a *silenced* place follows from what was told already, and is not told.
    """

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._silent: set[Place] = set()

    def add(self, place: Place, message: str) -> None:
        """Raises `ScenarioError`, with what was found so far, if it is too much."""
        problem = Problem(place, message)
        if place in self._silent or problem in self._found:
            return
        self._found[problem] = None
        if len(self._found) >= MOST:
            raise self.error()

    def silence(self, place: Place) -> None:
        self._silent.add(place)

    def extend(self, error: ScenarioError) -> None:
        for problem in error.problems:
            self.add(problem.place, problem.message)

    def __len__(self) -> int:
        return len(self._found)

    def error(self) -> ScenarioError:
        """All of them as one exception, by place."""
        place = attrgetter("place.file", "place.line", "place.column")
        return ScenarioError(tuple(sorted(self._found, key=place)))
