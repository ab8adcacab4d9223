from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.gate import FailOn, Gate, Known, Trend
from smtpwitness.model.run import Run
from smtpwitness.report.standing import (
    TREND_SIGNS,
    Outcome,
    Standing,
    changes_by_key,
    changes_to_show,
    key_of,
    named,
    since,
    standings,
    told,
    web,
)
from smtpwitness.report.words import Words

FAILED, ERROR, SKIPPED, PASSED = Outcome


def by_case(run: Run) -> Mapping[str, Standing]:
    return {standing.case.name: standing for standing in standings(run)}


def outcomes(run: Run) -> Mapping[Outcome, set[str]]:
    found = by_case(run)
    return {outcome: {name for name in found if found[name].outcome is outcome} for outcome in Outcome}


NOT_JUDGED = {"tls/lost", "tls/starttls-caps-change", "timing/busy", "relay/other"}


def test_what_fails_stops_the_build_unless_it_is_known() -> None:
    found = outcomes(sample_run.gated())
    assert found[FAILED] == {"faults/worse", "faults/same"}
    assert found[ERROR] == {"core/happy"}
    assert found[SKIPPED] == NOT_JUDGED | {"faults/known"}


def test_with_strict_a_warning_stops_it_too() -> None:
    found = outcomes(sample_run.gated(strict=True))
    assert found[FAILED] == {"faults/worse", "faults/same", "core/same-warning", "core/worse-warning"}


def test_with_regressions_only_what_got_worse_stops_it() -> None:
    found = outcomes(sample_run.gated(fail_on=FailOn.REGRESSIONS))
    assert found[FAILED] == {"faults/worse", "tls/lost"}
    assert found[SKIPPED] == NOT_JUDGED - {"tls/lost"} | {"faults/known", "faults/same"}
    found = outcomes(sample_run.gated(strict=True, fail_on=FailOn.REGRESSIONS))
    assert found[FAILED] == {"faults/worse", "core/worse-warning", "tls/lost"}
    assert "core/same-warning" in found[SKIPPED]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("fail_on", list(FailOn))
def test_failed_is_what_the_run_says_stops_the_build(strict: bool, fail_on: FailOn) -> None:
    run = sample_run.gated(strict, fail_on)
    assert outcomes(run)[FAILED] == {case.name for case in run.stopping()}


def test_what_is_skipped_says_why() -> None:
    found = by_case(sample_run.gated(fail_on=FailOn.REGRESSIONS))
    assert found["faults/known"].reason == "known: waits for release 2 (2026-01-31, https://bugs.example.test/12)"
    assert found["faults/same"].reason == "not worse than the baseline"
    assert found["timing/busy"].reason == "inconclusive: the machine was late by 400 ms"
    assert found["core/happy"].reason.startswith("the fake server could not listen")
    assert found["faults/worse"].reason == found["core/same"].reason == ""


def test_a_reason_is_told_with_what_there_is() -> None:
    assert told(Known("*", ("r",), "why")) == "why"
    assert told(Known("*", ("r",), "why", date="2026-01-31")) == "why (2026-01-31)"


def test_a_regression_is_told_by_what_is_new_in_it() -> None:
    old = replace(sample_run.told("faults/worse", Verdict.FAIL), root_cause="goes-on-after-refusal")
    late = Finding("no-quit", "sample.no-quit", Verdict.FAIL)
    case = replace(old, findings=(*old.findings, late, replace(late, verdict=Verdict.NOTE)))
    worse = sample_run.change(case, Trend.WORSE, Verdict.FAIL, "no-quit", worth=Verdict.FAIL)
    gate = Gate(fail_on=FailOn.REGRESSIONS, baseline="2025", changes=(worse,))
    (standing,) = standings(replace(sample_run.run_of([case]), gate=gate))
    assert standing.finding == late
    (standing,) = standings(replace(sample_run.run_of([case]), gate=replace(gate, fail_on=FailOn.FAILURES)))
    assert standing.finding is not None
    assert standing.finding.rule == "goes-on-after-refusal"


def test_a_name_has_its_server_where_there_are_several() -> None:
    case = sample_run.assignment()
    assert [one.name for one in standings(sample_run.run_of([case]))] == [case.name]
    two = sample_run.run_of([case, replace(case, server="postfix.test")])
    assert {one.name for one in standings(two)} == {
        named(case.name, server, several=True) for server in ("coremail.test", "postfix.test")
    }


def test_of_cases_that_share_a_key_the_worse_counts() -> None:
    case = sample_run.told("faults/worse", Verdict.FAIL)
    better, worse, gone = (
        sample_run.change(case, trend, Verdict.PASS) for trend in (Trend.BETTER, Trend.WORSE, Trend.GONE)
    )
    for changes in ((better, worse, gone), (gone, worse, better)):
        run = replace(sample_run.run_of([case, case]), gate=Gate(baseline="2025", changes=changes))
        assert changes_by_key(run) == {key_of(case): worse}
    run = replace(sample_run.run_of([case]), gate=Gate(baseline="2025", changes=(gone,)))
    assert changes_by_key(run) == {}


def test_lists_show_the_worse_first_and_nothing_that_was_not_judged() -> None:
    shown = [(change.trend.value, change.case) for change in changes_to_show(sample_run.gated())]
    assert shown == [
        ("worse", "core/worse-warning"),
        ("worse", "faults/worse"),
        ("worse", "tls/lost"),
        ("better", "core/better"),
        ("new", "core/new"),
        ("gone", "core/gone"),
    ]


def test_the_sentence_counts_all_changes() -> None:
    run = sample_run.gated()
    assert since(run, Words("en")) == (
        "Compared with the run of 2025-03-02 02:00:00 UTC: 3 worse, 1 better, 1 new, 1 gone, 1 not judged."
    )
    same = replace(run, gate=replace(run.gate, changes=()))
    assert since(same, Words("en")) == "Compared with the run of 2025-03-02 02:00:00 UTC: nothing changed."
    assert "3 个变差、1 个变好" in since(run, Words("zh"))


def test_each_trend_has_a_sign_of_its_own() -> None:
    assert set(TREND_SIGNS) == set(Trend)
    assert len(set(TREND_SIGNS.values())) == len(TREND_SIGNS)


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("https://bugs.example.test/12?a=1&b=2#c", True),
        ("http://[::1]/", False),
        ("https://例子.test/问题", True),
        ("javascript:alert(1)", False),
        ("ftp://x.test/", False),
        ("https:x.test", False),
        (" https://x.test/", False),
        ('https://x.test/"onclick="', False),
        ("https://x.test/a b", False),
        ("https://x.test/a\n", False),
        ("https://x.test/)[x](y", False),
        ("https://x.test/a|b", False),
        ("https://x.test/\u202e", False),
        ("https://x.test/\ud800", False),
        ("https://x.test/&amp;", False),
        ("https://" + "x" * 501, False),
        ("", False),
    ],
)
def test_only_what_is_safe_in_html_and_markdown_is_a_link(link: str, safe: bool) -> None:
    assert web(link) == (link if safe else "")
