from __future__ import annotations

from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.finding import SEVERITY, Finding, Verdict
from smtpwitness.model.gate import Known
from smtpwitness.model.run import CaseResult
from smtpwitness.report.folding import Fold
from smtpwitness.report.view import (
    FINDINGS,
    ROWS,
    RowView,
    fate_views,
    fates,
    finding_views,
    first_to_mend,
    moment,
    ordered,
    requirement_of,
    root_of,
    row_of,
    row_views,
    sentence,
    shown_rows,
    slug,
)
from smtpwitness.report.words import Words

EN = Words("en")


def test_the_worst_cases_come_first_whatever_their_order() -> None:
    run = sample_run.sample()
    entries = ordered(run)
    ranks = [SEVERITY[entry.case.verdict] for entry in entries]
    assert ranks == sorted(ranks)
    assert ordered(replace(run, cases=tuple(reversed(run.cases)))) == entries


def test_slugs_are_safe_and_differ() -> None:
    case = sample_run.assignment()
    assert slug(case) == "coursework-auth-login-coremail--rawsmtp--coremail-test"
    assert slug(replace(sample_run.hostile(), scenario="../" * 99)).strip("abcdefghijklmnopqrstuvwxyz0123456789-") == ""
    same = [replace(case, scenario=name) for name in ("a/b", "a.b", "A/b")]
    names = [entry.slug for entry in ordered(sample_run.run_of(same))]
    assert len(set(names)) == 3
    assert len(slug(replace(case, scenario="x" * 999))) == 120


def test_root_is_the_worst_finding_of_the_rule() -> None:
    case = sample_run.failing()
    root = root_of(case)
    assert root is not None
    assert root.rule == "goes-on-after-refusal"
    mild = replace(root, verdict=Verdict.NOTE)
    assert root_of(replace(case, findings=(mild, root))) == root
    assert root_of(sample_run.assignment()) is None


def failed_by(rule: str, scenario: str, verdict: Verdict = Verdict.FAIL) -> CaseResult:
    finding = Finding(rule, "sample.no-quit", verdict)
    return replace(sample_run.assignment(), scenario=scenario, exchange=verdict, findings=(finding,), root_cause=rule)


def test_what_most_of_the_worst_cases_share_is_mended_first() -> None:
    cases = [failed_by("a", "s/1"), failed_by("b", "s/2"), failed_by("b", "s/3")]
    cases += [failed_by("w", f"s/{number}", Verdict.WARN) for number in range(4, 9)]
    first = first_to_mend(cases)
    assert first is not None
    assert first.rule == "b"
    assert first_to_mend([sample_run.assignment()]) is None


def test_sentences() -> None:
    good, lacking, bad = sample_run.assignment(), sample_run.unsupported(), sample_run.failing()
    assert sentence("c", [good, good], EN) == "c passed all cases (2)."
    assert sentence("c", [good, lacking], EN).startswith("c passed 1 of 2 cases; nothing")
    assert sentence("c", [good, bad], EN).startswith("c passed 1 of 2 cases; first thing to mend: After the only")


def test_findings_point_at_their_rows() -> None:
    case = sample_run.failing()
    views = finding_views(sample_run.sample(), case, EN)
    assert [view.finding.rule for view in views] == ["goes-on-after-refusal", "line-ends", "no-quit"]
    rows = [row for row in row_views(case, views, EN)[0] if isinstance(row, RowView)]
    assert [rows[view.row].row.observed[:4] for view in views if view.row is not None] == ["DATA", "MAIL", "clos"]
    assert [row.findings for row in rows if row.findings] == [(2,), (1,), (3,)]
    assert views[0].requirement == requirement_of(sample_run.sample(), "RFC5321-3.3-e")
    assert next(event.octets for event, _ in views[0].octets) == b"DATA\r\n"


@pytest.mark.parametrize(
    ("step", "events", "row"), [(3, (), 3), (99, (), None), (None, (12_345,), None), (99, (3,), 1)]
)
def test_a_finding_may_have_no_row(step: int | None, events: tuple[int, ...], row: int | None) -> None:
    finding = Finding("r", "sample.no-quit", Verdict.WARN, step=step, events=events)
    assert row_of(sample_run.assignment(), finding) == row


def test_views_are_bounded() -> None:
    case = sample_run.hostile()
    views = finding_views(sample_run.run_of([case]), case, EN)
    assert len(views) == FINDINGS
    assert len(row_views(case, views, EN)[0]) == ROWS
    assert len(row_views(case, views, EN, 40)[0]) == 40


def test_fates_pair_what_was_done_with_what_was_told() -> None:
    case = sample_run.assignment()
    job = replace(case.job, messages=(replace(case.job.messages[0], recipients=("a", "b")),))
    found = fates(replace(case, job=job, fate=(("accepted", "permanent"),), reported=(("accepted",),)))
    assert [(fate.recipient, fate.fate, fate.reported, fate.agree) for fate in found] == [
        ("a", "accepted", "accepted", True),
        ("b", "permanent", "accepted", False),
    ]
    assert fates(sample_run.broken())[0].reported == "unknown"


def test_rows_that_are_left_out_are_counted_and_folded_ones_are_not() -> None:
    case = sample_run.hundred()
    assert shown_rows(case)[1] == 0
    shown, more = shown_rows(case, 6)
    assert shown == (0, 1, 2, 3, 4, Fold(5, 199))
    assert more == len(case.steps) - 199
    assert shown_rows(case, 5)[1] == len(case.steps) - 5


def test_recipients_that_fared_alike_stand_together() -> None:
    fate = ("accepted",) * 50 + ("temporary",) + ("accepted",) * 49
    found, more = fate_views(sample_run.hundred(fate=(fate,)))
    assert more == 0
    told = [len(one) if isinstance(one, tuple) else one.recipient.partition("@")[0] for one in found]
    assert told == ["r0", "r1", 47, "r49", "r50", "r51", "r52", 46, "r99"]
    assert fate_views(sample_run.hundred(fate=(fate,)), 3)[1] == 51
    assert fate_views(sample_run.hundred(fate=(fate,)), 2)[1] == 98


def test_moment() -> None:
    assert moment("2025-03-03T02:00:00.250000+00:00") == "2025-03-03 02:00:00 UTC"


def test_what_is_known_is_not_what_to_mend_first() -> None:
    known = replace(failed_by("a", "x/a"), known=(Known("x/a", ("a",), "it is documented"),))
    other = failed_by("b", "x/b")
    found = first_to_mend([known, known, other])
    assert found is not None
    assert found.rule == "b"
    assert first_to_mend([known]) is None
