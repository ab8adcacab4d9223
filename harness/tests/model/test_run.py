"""What a run came to."""

from __future__ import annotations

import pytest
from scenes import job

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client, Process
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
