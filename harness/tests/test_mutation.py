"""The list of mutants that may live is about the judge as it is."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1]
JUDGE = HARNESS / "smtpwitness" / "judge"
LIST = HARNESS / "mutation" / "survivors.tsv"
REASONS = ("equivalent: ", "text only: ", "defensive limit: ")

pytestmark = pytest.mark.once


def rows() -> list[list[str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def functions(module: str) -> Iterator[tuple[str, str]]:
    """The names of a module's functions, a method's as `Class.method`, and their source on one line."""
    source = (JUDGE / f"{module}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for one in inner:
            if isinstance(one, ast.FunctionDef):
                text = ast.get_source_segment(source, one) or ""
                yield owner + one.name, " ".join(line.strip() for line in text.splitlines())


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]} {row[1]}")
def test_every_mutant_that_may_live_is_still_possible_and_has_a_reason(row: list[str]) -> None:
    module, function, was, becomes, why = row
    assert was in dict(functions(module))[function]
    assert becomes != was
    assert why.startswith(REASONS)


def test_no_mutant_is_listed_twice() -> None:
    keys = [tuple(row[:4]) for row in rows()]
    assert len(set(keys)) == len(keys)
