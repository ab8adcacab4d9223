"""What a run came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from scenes import job

from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import Change, FailOn, Gate, Known, Trend
from smtpwitness.model.run import CaseResult, Client, Process, Redirect, Run
from smtpwitness.model.scenario import NOWHERE


def result(
    exchange: Verdict = Verdict.PASS, closing: Verdict = Verdict.PASS, variant: tuple[str, ...] = ()
) -> CaseResult:
    return CaseResult(
        scenario="core/happy",
        variant=variant,
        client="smtplib",
        server="plain",
        exchange=exchange,
        closing=closing,
        fate=(("accepted",),),
        reported=(("accepted",),),
        exit_status=0,
        duration_ms=1.0,
        root_cause=None,
        steps=(),
        findings=(),
        transcript=(),
        job=job(),
        process=Process(0),
        place=NOWHERE,
    )


@pytest.mark.parametrize(
    ("exchange", "closing", "verdict"),
    [
        (Verdict.PASS, Verdict.WARN, Verdict.WARN),
        (Verdict.FAIL, Verdict.WARN, Verdict.FAIL),
        (Verdict.PASS, Verdict.PASS, Verdict.PASS),
    ],
)
def test_the_verdict_is_the_worse_of_two(exchange: Verdict, closing: Verdict, verdict: Verdict) -> None:
    assert result(exchange, closing).verdict is verdict


def test_name() -> None:
    assert result().name == "core/happy"
    assert result(variant=("a", "b")).name == "core/happy[a,b]"


def test_exit_statuses_are_those_of_the_contract() -> None:
    assert Client("x", ("x",)).exits == {0: "accepted", 75: "temporary", 69: "permanent", 127: "unsupported"}


# --- what stops a build -----------------------------------------------------------------------------------------

ANSWERED = (Known("core/*", ("line-end",), "it is documented"),)
OF_EACH = tuple(replace(result(verdict), scenario=f"of/{verdict}") for verdict in Verdict)


def run(cases: Iterable[CaseResult], strict: bool = False, changes: Iterable[Change] | None = None) -> Run:
    """A run that is compared with a baseline where *changes* are given."""
    fail_on = FailOn.FAILURES if changes is None else FailOn.REGRESSIONS
    gate = Gate(strict, fail_on, "" if changes is None else "2026-01-01T00:00:00+00:00", tuple(changes or ()))
    return Run("2026-01-02T00:00:00+00:00", 1.0, {}, (), tuple(cases), (), {}, gate=gate)


def change(case: CaseResult, trend: Trend, worth: Verdict | None = None) -> Change:
    return Change(case.client, case.server, case.name, trend, Verdict.PASS, case.verdict, (), worth)


def worse(case: CaseResult, worth: Verdict) -> Change:
    return change(case, Trend.WORSE, worth)


def stopping(*words: object, **options: object) -> list[str]:
    return [case.name for case in run(*words, **options).stopping()]  # type: ignore[arg-type]


def test_what_fails_stops_a_build_and_an_error_does_not() -> None:
    """An error is nobody's fault but ours: it has an exit status of its own."""
    assert stopping(OF_EACH) == ["of/fail"]
    assert stopping(()) == []


def test_with_strict_what_warns_stops_it_too() -> None:
    assert stopping(OF_EACH, strict=True) == ["of/fail", "of/warn"]


def test_either_axis_stops_it() -> None:
    assert stopping([result(closing=Verdict.FAIL)]) == ["core/happy"]


@pytest.mark.parametrize("strict", [False, True])
def test_what_is_known_stops_nothing(strict: bool) -> None:
    cases = [replace(result(verdict), known=ANSWERED) for verdict in (Verdict.FAIL, Verdict.WARN)]
    assert stopping(cases, strict) == []
    assert stopping(cases, strict, [worse(one, Verdict.FAIL) for one in cases]) == []


def test_without_regressions_what_changed_does_not_matter() -> None:
    case = result(Verdict.FAIL)
    before = run([case], changes=[change(case, Trend.BETTER)])
    everything = replace(before, gate=replace(before.gate, fail_on=FailOn.FAILURES))
    assert everything.stopping() == (case,)
    assert before.stopping() == ()


def test_with_regressions_a_failure_that_was_there_stops_nothing() -> None:
    assert stopping(OF_EACH, changes=[]) == []
    assert stopping(OF_EACH, strict=True, changes=[]) == []


@pytest.mark.parametrize(
    ("verdict", "worth", "strict", "stops"),
    [
        (Verdict.FAIL, Verdict.FAIL, False, True),
        (Verdict.FAIL, Verdict.FAIL, True, True),
        (Verdict.WARN, Verdict.WARN, False, False),
        (Verdict.WARN, Verdict.WARN, True, True),
        (Verdict.FAIL, Verdict.WARN, False, False),  # it failed before, too, and warns of one thing more
        (Verdict.FAIL, Verdict.WARN, True, True),
        (Verdict.UNSUPPORTED, Verdict.UNSUPPORTED, False, True),  # it could do that
        (Verdict.UNSUPPORTED, Verdict.UNSUPPORTED, True, True),
    ],
)
def test_with_regressions_what_got_worse_stops_it(verdict: Verdict, worth: Verdict, strict: bool, stops: bool) -> None:
    case = result(verdict)
    assert stopping([case], strict, [worse(case, worth)]) == (["core/happy"] if stops else [])


@pytest.mark.parametrize("trend", sorted(set(Trend) - {Trend.WORSE}))
def test_with_regressions_no_other_change_stops_it(trend: Trend) -> None:
    case = result(Verdict.FAIL)
    assert stopping([case], strict=True, changes=[change(case, trend)]) == []


def test_a_case_is_told_by_client_server_and_whole_name() -> None:
    case = result(Verdict.FAIL, variant=("a",))
    others = [
        replace(case, client="other"),
        replace(case, server="other"),
        replace(case, variant=("b",)),
        replace(case, variant=()),
    ]
    for one in (*others, case):
        assert run([*others, case], changes=[worse(one, Verdict.FAIL)]).stopping() == (one,)


def test_of_two_cases_of_one_name_the_one_that_passes_stops_nothing() -> None:
    """Two files of one name, in two folders: each may be asked for."""
    fails, passes = result(Verdict.FAIL), result(Verdict.PASS)
    assert run([passes, fails], changes=[worse(fails, Verdict.FAIL)]).stopping() == (fails,)
    excused = replace(fails, known=ANSWERED)
    assert run([passes, excused], changes=[worse(fails, Verdict.FAIL)]).stopping() == ()


def test_the_ports_that_a_redirected_client_tried() -> None:
    assert Redirect("namespace", tried=("smtp.example.test:25", "2001:db8::1:587")).ports == {25, 587}
