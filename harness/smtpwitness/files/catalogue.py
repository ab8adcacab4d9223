"""The catalogue of requirements on SMTP clients: one row of a tab-separated file each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..model.requirement import LEVELS, Requirement
from ..model.scenario import Place
from .problems import Problem, ScenarioError

COLUMNS = ("id", "rfc", "section", "level", "topic", "requirement", "applies_to", "basis", "observable")
"""Columns that are read; the others (`stimulus`, `scenarios`, ...) are for people."""

WORDS = {
    "level": LEVELS,
    "basis": ("keyword", "parent", "grammar", "prose", "derived", "unverified"),
    "applies_to": ("any", "originator", "submission", "mua", "mta", "lmtp"),
    "observable": ("wire", "exit", "timing", "no"),
}
"""The columns that hold one of a few words."""


def read_catalogue(path: Path) -> dict[str, Requirement]:
    """Every requirement of *path* by its id, in the file's order.

    Raises `ScenarioError` for a missing column, a row that is cut short, a double id or an unknown word, and `OSError`
    where the file cannot be read.
    """
    with _table(path) as table:
        return _read(table, str(path))


def read_caught(path: Path) -> dict[str, tuple[str, ...]]:
    """Where a broken client is found out under a requirement, by its id: scenarios with their variants, each once.

    The table is made by the tests of the judge, and held to what they find. Raises `OSError`.
    """
    found: dict[str, dict[str, None]] = {}
    with _table(path) as table:
        for row in table:
            found.setdefault(row["requirement"], {})[row["scenario"]] = None
    return {name: tuple(scenarios) for name, scenarios in found.items()}


def read_argued(path: Path) -> dict[str, str]:
    """Requirements that no client is found out under, and why. Raises `OSError`."""
    with _table(path) as table:
        return {row["requirement"]: row["reason"] for row in table}


@contextmanager
def _table(path: Path) -> Iterator[csv.DictReader[str]]:
    """A quotation mark is a letter like any other here, and a row is always one line."""
    with path.open(encoding="utf-8", newline="") as file:
        yield csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _read(table: csv.DictReader[str], file: str) -> dict[str, Requirement]:
    absent = [column for column in COLUMNS if column not in (table.fieldnames or ())]
    if absent:
        raise ScenarioError((Problem(Place(file, 1, 1), f"the catalogue has no column {', '.join(absent)}"),))
    found: dict[str, Requirement] = {}
    problems: list[Problem] = []
    for row in table:
        wrong = _wrong(row, found)
        problems += [Problem(Place(file, table.line_num, 1), message) for message in wrong]
        if not wrong:
            values: dict[str, Any] = {"text" if column == "requirement" else column: row[column] for column in COLUMNS}
            found[row["id"]] = Requirement(**values)
    if problems:
        raise ScenarioError(tuple(problems))
    return found


def _wrong(row: dict[str | Any, str | Any], found: dict[str, Requirement]) -> list[str]:
    """What is wrong with *row*, as sentences."""
    if empty := [column for column in COLUMNS if not row[column]]:
        return [f"the row has no {', '.join(empty)}"]
    if None in row:
        return [f"{row['id']}: the row has more cells than there are columns"]
    wrong = [f"{row['id']} stands here for the second time"] if row["id"] in found else []
    return wrong + [
        f"{row['id']}: {column} is {row[column]!r}, not one of {', '.join(words)}"
        for column, words in WORDS.items()
        if row[column] not in words
    ]
