from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import sample_run

from smtpwitness.model.gate import FailOn
from smtpwitness.model.run import Run
from smtpwitness.model.scenario import NOWHERE
from smtpwitness.report.ctrf import TAGS, ctrf, milliseconds


def results(run: Run) -> Any:
    return json.loads(ctrf(run))["results"]


def by_name(run: Run) -> dict[str, Any]:
    return {test["name"].partition(" ")[0]: test for test in results(run)["tests"]}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("fail_on", list(FailOn))
def test_failed_is_what_stops_the_build(strict: bool, fail_on: FailOn) -> None:
    run = sample_run.gated(strict, fail_on)
    assert {name for name, test in by_name(run).items() if test["status"] == "failed"} == {
        case.name for case in run.stopping()
    }


def test_statuses() -> None:
    found = {name: test["status"] for name, test in by_name(sample_run.gated()).items()}
    assert found["core/happy"] == found["timing/busy"] == "other"
    assert found["faults/known"] == found["relay/other"] == found["tls/lost"] == "skipped"
    assert found["core/same"] == found["core/same-warning"] == found["auth/plain-refused"] == "passed"


def test_the_summary_counts_the_tests_and_tells_the_time_in_milliseconds() -> None:
    summary = results(sample_run.gated())["summary"]
    assert summary == {
        "tests": 14,
        "passed": 6,
        "failed": 2,
        "skipped": 4,
        "pending": 0,
        "other": 2,
        "start": 1_740_967_200_250,  # 2025-03-03T02:00:00.25Z
        "stop": 1_740_967_214_550,
    }


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("1970-01-01T00:00:01+00:00", 1000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:01", 1000),
        ("yesterday", 0),
    ],
)
def test_times(started: str, expected: int) -> None:
    assert milliseconds(started) == expected


def test_a_failure_says_what_why_and_how_to_mend_it() -> None:
    test = by_name(sample_run.gated())["faults/worse"]
    assert test["message"].startswith("After the only recipient bob@uni.example.test was refused")
    assert test["trace"].splitlines()[1:] == [
        "Read the reply to each RCPT (550 here); go on to DATA only if at least one began with 2.",
        "expected: RSET, QUIT or another RCPT",
        "observed: DATA",
    ]
    assert test["suite"] == ["rawsmtp", "faults"]
    assert test["rawStatus"] == "fail"
    assert test["duration"] == 2650
    assert (test["filePath"], test["line"]) == ("scenarios/coursework/auth-login-coremail.smtp.yaml", 1)
    assert test["extra"] == {
        "client": "rawsmtp",
        "server": "coremail.test",
        "rule": "goes-on-after-refusal",
        "trend": "worse",
        "before": "warn",
    }


def test_tags_are_the_levels_and_the_requirements() -> None:
    assert by_name(sample_run.gated())["faults/worse"]["tags"] == [
        *("MUST NOT", "MUST"),
        *("RFC5321-3.3-e", "RFC5321-2.3.8-a", "RFC5321-4.1.4-f"),
    ]
    case = replace(sample_run.assignment(), covers=tuple(f"R-{number}" for number in range(99)))
    assert len(by_name(sample_run.run_of([case]))[case.name]["tags"]) == TAGS


def test_what_is_skipped_says_why() -> None:
    test = by_name(sample_run.gated())["faults/known"]
    assert test["message"] == "known: waits for release 2 (2026-01-31, https://bugs.example.test/12)"
    assert test["extra"]["known"] == ["waits for release 2 (2026-01-31, https://bugs.example.test/12)"]


def test_what_says_nothing_is_left_out() -> None:
    case = replace(sample_run.assignment(), place=NOWHERE)
    run = replace(sample_run.run_of([case]), environment={})
    assert set(by_name(run)[case.name]) == {"name", "status", "duration", "suite", "rawStatus", "tags", "extra"}
    assert results(run)["tool"] == {"name": "smtpwitness"}
