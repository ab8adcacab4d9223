from __future__ import annotations

from dataclasses import replace

import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.report.board import COLUMNS, HEADS, boards, causes, doubles, heads, unjudged
from smtpwitness.report.view import ordered, root_of
from smtpwitness.report.words import Words


def test_cases_are_grouped_by_root_cause_then_by_requirement_and_the_known_come_last() -> None:
    bad = sample_run.failing()
    root = root_of(bad)
    assert root
    elsewhere = replace(root, requirement="RFC5321-4.1.4-f")
    known = replace(bad, client="d", known=(sample_run.KNOWN,))
    other = replace(bad, client="c", findings=(elsewhere, *(one for one in bad.findings if one is not root)))
    run = sample_run.run_of([replace(bad, client="a"), known, replace(bad, client="b"), other])
    (cause,) = causes(ordered(run))
    assert (cause.clients, cause.count, cause.finding.rule) == (("a", "b", "c", "d"), 4, bad.root_cause)
    told = [(one.requirement, bool(one.known), [entry.case.client for entry in one.entries]) for one in cause.broken]
    assert told == [
        (root.requirement, False, ["a", "b"]),
        ("RFC5321-4.1.4-f", False, ["c"]),
        (root.requirement, True, ["d"]),
    ]


def test_what_is_known_neither_names_a_cause_nor_ranks_it() -> None:
    bad = sample_run.failing()
    root = root_of(bad)
    assert root
    mild = replace(root, verdict=Verdict.WARN, requirement="RFC5321-4.1.4-f")
    known = replace(bad, known=(sample_run.KNOWN,))
    again = replace(known, client="b", known=(replace(sample_run.KNOWN, case="faults/rcpt*"),))
    warned = replace(bad, client="c", exchange=Verdict.WARN, findings=(mild,))
    (cause,) = causes(ordered(sample_run.run_of([known, again, warned])))
    assert (cause.finding.verdict, cause.count) == (Verdict.WARN, 3)
    assert [(len(one.entries), len(one.known)) for one in cause.broken] == [(1, 0), (2, 1)]


def test_the_worst_requirement_of_a_cause_comes_first() -> None:
    bad = sample_run.failing()
    root = root_of(bad)
    assert root
    mild = replace(root, verdict=Verdict.WARN, requirement="RFC5321-4.1.4-f")
    warned = replace(bad, exchange=Verdict.WARN, findings=(mild,))
    (cause,) = causes(ordered(sample_run.run_of([bad, warned, replace(warned, client="b")])))
    assert [one.requirement for one in cause.broken] == [root.requirement, "RFC5321-4.1.4-f"]


def test_a_cause_is_told_by_every_sentence_that_differs_and_no_more_than_fit() -> None:
    bad = sample_run.failing()
    root = root_of(bad)
    assert root

    def about(mailbox: str, **values: object) -> CaseResult:
        told = replace(root, facts=(("mailbox", mailbox), ("code", "550")))
        return replace(bad, client=mailbox, findings=(told,), **values)  # type: ignore[arg-type]

    def told(*cases: CaseResult) -> tuple[tuple[str, ...], int]:
        (cause,) = causes(ordered(sample_run.run_of(cases)))
        return heads(cause, Words("en"))

    assert [text.split()[4] for text in told(about("a"), about("b"), about("a"))[0]] == ["a", "b"]
    known = about("k", known=(sample_run.KNOWN,))
    assert told(about("a"), known) == told(about("a")), "what is known can wait"
    assert "k" in told(known)[0][0].split()
    shown, more = told(*(about(f"m{number}") for number in range(HEADS + 3)))
    assert (len(shown), more) == (HEADS, 3)


def test_what_passed_has_no_cause_and_what_was_not_judged_has_a_reason() -> None:
    lack = sample_run.told("core/x", Verdict.UNSUPPORTED, reason="no TLS")
    again = replace(lack, scenario="core/y")
    other = replace(lack, client="a")
    entries = ordered(sample_run.run_of([sample_run.assignment(), lack, again, other]))
    assert causes(entries) == ()
    (one,) = unjudged(entries)
    assert (one.verdict, one.reason, one.clients) == (Verdict.UNSUPPORTED, "no TLS", ("a", "rawsmtp"))
    assert len(one.entries) == 3


def test_a_board_has_a_row_for_each_case_and_a_cell_for_each_client() -> None:
    good = sample_run.assignment()
    cases = [replace(good, client=f"c{number:02}") for number in range(COLUMNS + 1)]
    cases.append(replace(good, client="c00", variant=("two",)))
    first, second = boards(sample_run.run_of(cases))
    assert (len(first.clients), second.clients) == (COLUMNS, ("c12",))
    ((plain, variant),) = (suite.lines for suite in first.suites)
    assert [len(cell) for cell in plain.cells] == [1] * COLUMNS
    assert [len(cell) for cell in variant.cells] == [1] + [0] * (COLUMNS - 1)
    assert (plain.titled, variant.titled) == (True, False)
    assert variant.name == f"{plain.name}[two]"


def test_a_server_stands_in_a_name_only_where_the_name_alone_does_not_tell() -> None:
    good = sample_run.assignment()
    run = sample_run.run_of([good, replace(good, server="relay:exim"), replace(good, scenario="core/x", server="mx")])
    assert doubles(run) == {good.name}
    names = [line.name for board in boards(run) for suite in board.suites for line in suite.lines]
    assert names == ["x", *(f"{good.name.partition('/')[2]} ({server})" for server in ("coremail.test", "relay:exim"))]
