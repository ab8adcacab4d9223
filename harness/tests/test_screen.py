"""What is shown on the terminal: worst first, a line for each client, nothing that a terminal would obey."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from dataclasses import replace

import pytest
import sample_run
from rich.console import Console

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.report.view import root_of
from smtpwitness.screen import LONGEST, Live, printable, rows, summary

GOOD = sample_run.assignment()
FACTS = (("line", "MAIL FROM:<alice@example.test>"), ("count", "2"))
SPACE = Finding("space-after-colon", "space-after-colon", Verdict.WARN, "RFC5321-3.3-d", "MUST NOT", facts=FACTS)
LINE_END = Finding(
    "line-end",
    "line-end.bare-lf",
    Verdict.FAIL,
    "RFC5321-2.3.8-a",
    "MUST NOT",
    expected="CRLF",
    observed="LF\x1b[2J\n",
    facts=FACTS,
)


def case(scenario: str, verdict: Verdict, *findings: Finding, **values: object) -> CaseResult:
    cause = findings[0].rule if findings else None
    made = replace(GOOD, scenario=scenario, exchange=verdict, closing=Verdict.PASS, findings=findings, root_cause=cause)
    return replace(made, **values)  # type: ignore[arg-type]


def shown(cases: Iterable[CaseResult], language: str = "en", width: int = 100) -> list[str]:
    screen = io.StringIO()
    summary(tuple(cases), language, Console(file=screen, width=width, highlight=False))
    return screen.getvalue().splitlines()


def test_the_worst_comes_first_and_what_is_fine_is_counted() -> None:
    lines = shown(
        [
            case("a/warns", Verdict.WARN, SPACE),
            case("b/fine", Verdict.PASS),
            case("c/fails", Verdict.FAIL, SPACE, LINE_END, root_cause="line-end"),
            case("d/ill", Verdict.ERROR, reason="the fake server: ValueError()"),
        ]
    )
    named = [line.split()[:2] for line in lines if line and not line.startswith(" ")]
    assert named[:3] == [["error", "d/ill"], ["fail", "c/fails"], ["warn", "a/warns"]]
    assert not any("b/fine" in line for line in lines)
    assert lines[-2].split() == ["client", "error", "fail", "warn", "pass", "cases"]
    assert lines[-1].split() == [GOOD.client, "1", "1", "1", "1", "4"]


def test_a_complaint_says_what_by_which_clause_and_what_was_expected() -> None:
    lines = shown([case("c/fails", Verdict.FAIL, LINE_END)])
    assert lines[0] == f"fail         c/fails  {GOOD.client}"
    assert lines[1].endswith(" (RFC5321-2.3.8-a)")
    assert [line.strip() for line in lines[2:4]] == ["expected CRLF", "observed LF\\x1b[2J\\n"]


def test_it_speaks_chinese() -> None:
    english, chinese = (shown([case("c/fails", Verdict.FAIL, LINE_END)], language)[1] for language in ("en", "zh"))
    assert english.isascii()
    assert any("\u4e00" <= char <= "\u9fff" for char in chinese)


def test_the_reason_stands_where_there_is_no_finding() -> None:
    assert "busy" in shown([case("a/b", Verdict.INCONCLUSIVE, reason="the machine was too busy")])[1]
    assert shown([case("a/b", Verdict.INCONCLUSIVE)])[1] == ""


def test_the_cause_is_the_worst_finding_of_its_rule() -> None:
    milder = replace(LINE_END, verdict=Verdict.NOTE)
    assert root_of(case("a/b", Verdict.FAIL, milder, SPACE, LINE_END)) is LINE_END
    assert root_of(case("a/b", Verdict.PASS)) is None


def test_a_line_for_each_client() -> None:
    lines = shown([case("a/b", Verdict.PASS), case("a/b", Verdict.NOTE, client="other")])
    assert [line.split() for line in lines] == [
        ["client", "note", "pass", "cases"],
        [GOOD.client, "·", "1", "1"],
        ["other", "1", "·", "1"],
    ]


def test_who_has_too_much_to_tell_refers_to_the_report() -> None:
    lines = shown(case(f"a/{number:03}", Verdict.FAIL, LINE_END) for number in range(LONGEST + 3))
    assert sum(line.startswith("fail ") for line in lines) == LONGEST
    assert "… and 3 more, all in the report" in lines


def test_nothing_that_a_terminal_obeys_comes_through() -> None:
    assert printable("\x1b[31mred\x07\r\n\u202e\x9b") == "\\x1b[31mred\\x07\\r\\n\\u202e\\x9b"
    assert printable("你好 ok") == "你好 ok"
    assert len(printable("x" * 10_000)) == 300
    hostile = replace(LINE_END, observed="[bold]\x1b]0;title\x07[/bold]")
    assert any("[bold]\\x1b]0;title\\x07[/bold]" in line for line in shown([case("a/b", Verdict.FAIL, hostile)]))


def test_rows_stay_on_one_line_and_in_columns() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=20, highlight=False)
    rows([("one", "x" * 50, "end"), ("三个字", "y", "[red]end\n")], console)
    assert screen.getvalue() == "one     " + "x" * 50 + "  end\n三个字  y" + " " * 49 + "  [red]end\\n\n"
    rows([], console)
    assert screen.getvalue().count("\n") == 2


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_the_live_line_is_for_terminals_alone(kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = kind()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with Live(2) as live:
        live.done(case("a/b", Verdict.FAIL, LINE_END))
        live.done(case("a/c", Verdict.PASS))
    assert bool(stderr.getvalue()) is stderr.isatty()
    assert ("2/2" in stderr.getvalue()) is stderr.isatty()
