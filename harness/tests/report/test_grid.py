"""The matrix in Markdown: what stands in a cell, and what is left out where it does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.report.grid import CLIENTS, SIZE, grid
from smtpwitness.report.summary import summary
from smtpwitness.report.words import Words


def case(scenario: str, verdict: Verdict, client: str = "a", **values: object) -> CaseResult:
    told = sample_run.told(scenario, verdict, client=client)
    return replace(told, closing=Verdict.PASS, **{"variant": (), **values})  # type: ignore[arg-type]


def lines(cases: Iterable[CaseResult], language: str = "en") -> list[str]:
    return list(grid(sample_run.run_of(cases), Words(language)))


def cells(cases: Iterable[CaseResult]) -> list[list[str]]:
    """The rows below the head."""
    rows = [line for line in lines(cases) if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows[2:]]


def test_one_client_needs_no_matrix() -> None:
    assert lines([case("core/a", Verdict.FAIL), case("core/b", Verdict.PASS)]) == []
    assert lines([]) == []


def test_a_cell_is_the_worst_of_the_scenarios_cases() -> None:
    made = [
        case("core/b", Verdict.PASS),
        case("core/a", Verdict.PASS, variant=("one",)),
        case("core/a", Verdict.WARN, variant=("two",)),
        case("core/a", Verdict.PASS, client="b"),
    ]
    assert cells(made) == [["core/a", "!W", "✓P"], ["core/b", "✓P", "·"]]


def test_what_is_known_is_marked_unless_a_case_as_bad_is_not() -> None:
    known = case("core/a", Verdict.FAIL, variant=("one",), known=(sample_run.KNOWN,))
    better = case("core/a", Verdict.WARN, variant=("two",))
    other = case("core/a", Verdict.PASS, client="b")
    assert cells([known, better, other]) == [["core/a", "✗F°", "✓P"]]
    assert cells([known, replace(better, exchange=Verdict.FAIL), other]) == [["core/a", "✗F", "✓P"]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_legend_is_one_line_and_has_every_verdict(language: str) -> None:
    words = Words(language)
    made = lines([case("core/a", Verdict.PASS), case("core/a", Verdict.PASS, client="b")], language)
    (legend,) = [line for line in made if "✗F" in line]
    assert all(words.verdict(one) in legend for one in Verdict)
    assert "°" not in legend
    known = [case("core/a", Verdict.FAIL, known=(sample_run.KNOWN,)), case("core/a", Verdict.PASS, client="b")]
    assert any(f"° {words('known.chip')}" in line for line in lines(known, language))
    assert f"## {words('grid.title')}" in made


def test_the_clients_are_its_columns_and_more_than_fit_are_counted() -> None:
    made = lines(case("core/a", Verdict.PASS, client=f"c{number:02}") for number in range(CLIENTS + 3))
    (head,) = [line for line in made if line.startswith("| Case")]
    assert head.count("|") == CLIENTS + 2
    assert "c23" in head
    assert "c24" not in head
    assert made[-1] == "… 3 more clients"


@pytest.mark.once
def test_where_the_rows_do_not_fit_the_worst_stay_in_their_order() -> None:
    def verdict(number: int) -> Verdict:
        return Verdict.FAIL if number % 100 == 7 else Verdict.PASS

    made = [case(f"core/{n:05}", verdict(n), client=client) for n in range(3000) for client in ("a", "b")]
    text = "\n".join(lines(made))
    assert SIZE * 0.9 < len(text.encode()) < SIZE + 1000
    shown = [row[0] for row in cells(made)]
    assert shown == sorted(shown)
    assert [name for name in shown if name.endswith("07") and int(name[-5:]) % 100 == 7] == [
        f"core/{n:05}" for n in range(7, 3000, 100)
    ]
    assert f"… {3000 - len(shown)} more scenarios, none of them with a worse verdict" in text


def test_names_from_outside_do_nothing() -> None:
    text = "\n".join(lines([case("core/<x>|", Verdict.PASS), case("core/a", Verdict.PASS, client="b|*" * 90)]))
    assert "<" not in text
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1


def test_it_stands_in_the_summary_before_the_cases() -> None:
    made = [case("core/a", Verdict.FAIL), case("core/a", Verdict.PASS, client="b")]
    text = summary(sample_run.run_of(made))
    assert text.index("## Matrix of scenarios and clients") < text.index("\n## a\n")
