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
from smtpwitness.model.gate import Change, FailOn, Gate, Known, Trend, Unseen
from smtpwitness.model.run import CaseResult
from smtpwitness.model.scenario import Place
from smtpwitness.report.view import root_of
from smtpwitness.screen import LONGEST, NAMED, Live, printable, rows, summary

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


def shown(cases: Iterable[CaseResult], language: str = "en", width: int = 100, gate: Gate | None = None) -> list[str]:
    screen = io.StringIO()
    run = replace(sample_run.run_of(cases), gate=gate or Gate())
    summary(run, language, Console(file=screen, width=width, highlight=False))
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
    assert lines[0] == f"fail         c/fails  {GOOD.client}  line-end"
    assert lines[1].endswith(" (RFC5321-2.3.8-a MUST NOT, RFC 5321, section 2.3.8)")
    assert [line.strip() for line in lines[2:4]] == ["expected CRLF", "observed LF\\x1b[2J\\n"]
    assert lines[4].strip().startswith("mend End every line with both octets")


def test_a_clause_that_the_run_does_not_have_is_told_by_its_name() -> None:
    lines = shown([case("c/fails", Verdict.FAIL, replace(LINE_END, requirement="X-1-a"))])
    assert lines[1].endswith(" (X-1-a)")


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
    causes = [replace(LINE_END, key=f"line-end.{key}") for key in ("bare-lf", "bare-cr")]
    each = [replace(LINE_END, requirement=f"X-{number:03}") for number in range(LONGEST + 1)]
    lines = shown(case(f"a/{number:03}", Verdict.FAIL, one) for number, one in enumerate([*each, *causes, causes[0]]))
    assert sum(line.startswith("fail ") for line in lines) == LONGEST
    assert "… and 4 cases more, all in the report" in lines


def test_what_comes_from_one_cause_is_told_once() -> None:
    many = [case(f"a/{number:03}", Verdict.FAIL, LINE_END) for number in range(NAMED + 3)]
    other = case("b/other", Verdict.FAIL, LINE_END, client="another client")
    lines = shown([*many, other, case("c/mild", Verdict.WARN, SPACE)])
    assert complaints(lines) == ["a/000", "b/other", "c/mild"]
    assert f"the same in 8 cases: a/001, a/002, a/003, a/004, a/005, a/006 and {8 - NAMED} more" in map(
        str.strip, lines
    )


def test_nothing_that_a_terminal_obeys_comes_through() -> None:
    assert printable("\x1b[31mred\x07\r\n\u202e\x9b") == "\\x1b[31mred\\x07\\r\\n\\u202e\\x9b"
    assert printable("你好 ok") == "你好 ok"
    assert len(printable("x" * 10_000)) == 300
    hostile = replace(LINE_END, observed="[bold]\x1b]0;title\x07[/bold]")
    assert any("[bold]\\x1b]0;title\\x07[/bold]" in line for line in shown([case("a/b", Verdict.FAIL, hostile)]))


# --- what is known, and how it stands to a baseline -------------------------------------------------------------

KNOWN = Known("c/*", ("line-end",), "it is documented", place=Place("known.yaml", 2, 5))
BASELINE = "2025-12-24T00:00:00+00:00"


def complaints(lines: Iterable[str]) -> list[str]:
    """Names of the cases that are complained of."""
    words = [line.split() for line in lines if line and not line.startswith(" ")]
    return [line[1] for line in words if "/" in line[1] and line[0] in set(Verdict)]


def change(case: CaseResult, trend: Trend, before: Verdict | None, *rules: str, worth: Verdict | None = None) -> Change:
    now = None if trend is Trend.GONE else case.verdict
    return Change(case.client, case.server, case.name, trend, before, now, rules, worth)


@pytest.mark.parametrize(
    ("verdict", "reason", "mend"),
    [
        (Verdict.UNSUPPORTED, "the client lacks: chunking", "name it under `supports:`"),
        (Verdict.UNSUPPORTED, "the client always sends 2 of its own messages, not 1", "placeholders such as"),
        (Verdict.NOT_APPLICABLE, "only the fake can play it: a reply is late", "without --relay"),
    ],
)
def test_where_nothing_could_be_judged_the_first_line_says_why(verdict: Verdict, reason: str, mend: str) -> None:
    lines = shown([case("a/b", verdict, reason=reason), case("a/c", Verdict.PASS, client="other")])
    assert lines[0].startswith(f"nothing could be judged of {GOOD.client}, because {reason} (1 case): ")
    assert mend in lines[0]
    assert not any("of other" in line for line in lines)


def test_why_cases_are_unsupported_is_told_by_client() -> None:
    reasons = ("lacks: a", "lacks: a", "lacks: b", "lacks: c\x1b[2J", "lacks: d")
    lines = shown([case(f"c/{number}", Verdict.UNSUPPORTED, reason=why) for number, why in enumerate(reasons)])
    told = "lacks: a (2 cases); lacks: b (1 case); lacks: c\\x1b[2J (1 case); and 1 more"
    assert lines[-1] == f"unsupported  {GOOD.client}: {told}"


def test_a_known_failure_is_counted_and_not_complained_of() -> None:
    lines = shown(
        [
            case("c/known", Verdict.FAIL, LINE_END, known=(KNOWN,)),
            case("c/again", Verdict.FAIL, LINE_END, known=(KNOWN, KNOWN)),
            case("d/other", Verdict.FAIL, LINE_END),
        ]
    )
    assert complaints(lines) == ["d/other"]
    assert lines[-2].split() == [GOOD.client, "3", "3"]  # the table hides nothing
    assert lines[-1] == "2 cases with known deviations, which stop nothing"


def test_where_nothing_is_known_and_nothing_compared_the_table_is_the_last() -> None:
    lines = shown([case("c/fails", Verdict.FAIL, LINE_END)])
    assert lines[-1].split() == [GOOD.client, "1", "1"]
    assert not any("known" in line or "baseline" in line for line in lines)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("c/a",), "in 1 case (c/a): "),
        (("c/a", "c/b", "c/c"), "in 3 cases (c/a, c/b, c/c): "),
        (("c/a", "c/b", "c/c", "c/d"), "in 4 cases (c/a, c/b, c/c, …): "),
    ],
)
def test_an_unexpected_pass_is_told_with_the_entry_that_is_to_go(names: tuple[str, ...], told: str) -> None:
    known = replace(KNOWN, rules=("line-end", "went-on"))
    gate = Gate(unseen=(Unseen(known, "mine", names),))
    (line,) = (one for one in shown([case("c/a", Verdict.PASS)], gate=gate) if "unexpected" in one)
    assert line.startswith("unexpected pass  known.yaml:2:5: line-end, went-on did not show with mine " + told)
    assert "take the entry out" in line


def test_how_each_client_stands_to_the_baseline_is_counted() -> None:
    mine, other = case("c/a", Verdict.FAIL, LINE_END), case("c/a", Verdict.PASS, client="other")
    changes = (
        change(mine, Trend.WORSE, Verdict.PASS, "line-end", worth=Verdict.FAIL),
        change(case("c/b", Verdict.WARN, SPACE), Trend.WORSE, Verdict.PASS, "space-after-colon", worth=Verdict.WARN),
        change(other, Trend.BETTER, Verdict.FAIL, "line-end"),
        change(case("c/c", Verdict.PASS), Trend.GONE, Verdict.NOTE),
        change(case("c/d", Verdict.PASS), Trend.NEW, None),
        change(case("c/e", Verdict.ERROR), Trend.UNJUDGED, Verdict.PASS),
    )
    lines = shown([mine, other], gate=Gate(baseline=BASELINE, changes=changes))
    start = next(number for number, line in enumerate(lines) if "baseline" in line)
    assert lines[start : start + 2] == [
        f"{GOOD.client} since the baseline of {BASELINE}: 2 worse, 0 better, 1 new, 1 gone, 1 unjudged",
        f"other since the baseline of {BASELINE}: 0 worse, 1 better, 0 new, 0 gone, 0 unjudged",
    ]
    assert [line.split() for line in lines[start + 2 :]] == [
        ["worse", "c/a", GOOD.client, "pass", "→", "fail", "line-end"],
        ["worse", "c/b", GOOD.client, "pass", "→", "warn", "space-after-colon"],
        ["better", "c/a", "other", "fail", "→", "pass", "line-end"],
        ["new", "c/d", GOOD.client, "-", "→", "pass"],
        ["gone", "c/c", GOOD.client, "note", "→", "-"],
        ["unjudged", "c/e", GOOD.client, "pass", "→", "error"],
    ]


def test_where_nothing_changed_that_is_told() -> None:
    lines = shown([case("c/a", Verdict.PASS)], gate=Gate(baseline=BASELINE))
    assert lines[-1].endswith(": 0 worse, 0 better, 0 new, 0 gone, 0 unjudged")


def test_of_many_changes_the_rest_is_counted() -> None:
    changes = tuple(
        change(case(f"c/{number:03}", Verdict.PASS), trend, Verdict.FAIL)
        for trend in (Trend.BETTER, Trend.WORSE)
        for number in range(LONGEST - 1)
    )
    lines = shown([case("c/000", Verdict.PASS)], gate=Gate(baseline=BASELINE, changes=changes))
    assert sum(line.startswith("worse ") for line in lines) == LONGEST - 1
    assert sum(line.startswith("better ") for line in lines) == 1
    assert lines[-1] == f"… and {LONGEST - 2} more, all in the report"


def of_each() -> list[CaseResult]:
    return [case(f"of/{verdict}", verdict, *([LINE_END] if verdict is Verdict.FAIL else [])) for verdict in Verdict]


def test_where_only_what_is_worse_stops_a_build_nothing_else_is_complained_of() -> None:
    lost, mild, bad = of_each()[4], case("c/mild", Verdict.WARN, SPACE), case("c/bad", Verdict.FAIL, LINE_END)
    changes = (
        change(bad, Trend.WORSE, Verdict.PASS, "line-end", worth=Verdict.FAIL),
        change(mild, Trend.WORSE, Verdict.PASS, "space-after-colon", worth=Verdict.WARN),
        change(lost, Trend.WORSE, Verdict.PASS, worth=Verdict.UNSUPPORTED),
    )
    gate = Gate(fail_on=FailOn.REGRESSIONS, baseline=BASELINE, changes=changes)
    lines = shown([*of_each(), mild, bad], gate=gate)
    assert complaints(lines) == ["of/error", "c/bad", "of/inconclusive", "of/unsupported"]
    lines = shown([*of_each(), mild, bad], gate=replace(gate, strict=True))
    assert complaints(lines) == ["of/error", "c/bad", "c/mild", "of/inconclusive", "of/unsupported"]
    lines = shown([*of_each(), mild, bad], gate=replace(gate, fail_on=FailOn.FAILURES))
    assert complaints(lines) == ["of/error", "c/bad", "c/mild", "of/warn", "of/inconclusive"]


EVIL = "[bold]\x1b]0;title\x07\r\n\u202e[/bold]"
TAMED = "[bold]\\x1b]0;title\\x07\\r\\n\\u202e[/bold]"


def test_nothing_in_a_run_that_somebody_else_made_is_obeyed() -> None:
    """Names of clients, rules, places and times come from the run.json that `judge`, `merge` and a baseline read."""
    bad = case(EVIL, Verdict.FAIL, replace(LINE_END, requirement=EVIL), client=EVIL)
    ill = case(EVIL, Verdict.ERROR, client=EVIL, reason=EVIL)
    known = Known("*", (EVIL,), EVIL, place=Place(EVIL, 2, 5))
    changes = (change(bad, Trend.WORSE, Verdict.PASS, EVIL, worth=Verdict.FAIL),)
    gate = Gate(baseline=EVIL, changes=changes, unseen=(Unseen(known, EVIL, (EVIL,)),))
    lines = shown([bad, ill], gate=gate, width=400)
    assert all(line.isprintable() for line in lines)
    times = [line.count(TAMED) for line in lines]
    # error and its reason, the failure with what it breaks, the table, unexpected pass, baseline, what is worse
    assert times == [2, 1, 0, 2, 1, 0, 0, 0, 0, 0, 1, 4, 2, 3]


# --- rows and the live line -------------------------------------------------------------------------------------


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
