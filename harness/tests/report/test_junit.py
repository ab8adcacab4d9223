from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import FailOn
from smtpwitness.model.run import Run
from smtpwitness.model.scenario import NOWHERE
from smtpwitness.report.junit import ROWS, junit, legal


def parsed(run: Run) -> ET.Element:
    return ET.fromstring(junit(run).encode())


def by_name(run: Run) -> dict[str, ET.Element]:
    return {test.attrib["name"].partition(" ")[0]: test for test in parsed(run).iter("testcase")}


COUNTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def test_counts() -> None:
    root = parsed(sample_run.sample())
    assert [root.attrib[name] for name in ("tests", "failures", "errors")] == ["7", "2", "1"]
    assert [[suite.attrib[name] for name in ("name", "tests", *COUNTS.values())] for suite in root] == [
        ["rawsmtp", "5", "1", "1", "1"],
        ["student", "2", "1", "0", "0"],
    ]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("fail_on", list(FailOn))
def test_a_failure_is_what_stops_the_build_and_the_counts_say_so(strict: bool, fail_on: FailOn) -> None:
    run = sample_run.gated(strict, fail_on)
    (suite,) = parsed(run)
    assert len(suite.findall("testcase")) == int(suite.attrib["tests"]) == len(run.cases)
    for tag, count in COUNTS.items():
        assert len(suite.findall(f"testcase/{tag}")) == int(suite.attrib[count])
    failed = {name for name, test in by_name(run).items() if test.find("failure") is not None}
    assert failed == {case.name for case in run.stopping()}


def test_what_fails_and_stops_no_build_is_skipped_and_says_why() -> None:
    found = by_name(sample_run.gated(fail_on=FailOn.REGRESSIONS))
    messages = {name: one.attrib["message"] for name, test in found.items() for one in test.findall("skipped")}
    assert messages["faults/known"] == "known: waits for release 2 (2026-01-31, https://bugs.example.test/12)"
    assert messages["faults/same"] == "not worse than the baseline"
    assert messages["timing/busy"] == "inconclusive: the machine was late by 400 ms"


def test_a_lost_capability_is_a_failure_among_regressions() -> None:
    failure = by_name(sample_run.gated(fail_on=FailOn.REGRESSIONS))["tls/lost"].find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "unsupported", "message": "unsupported: the client does not do starttls"}


def test_each_case_says_how_it_stands_to_the_baseline() -> None:
    found = {name: test.findtext("system-out") or "" for name, test in by_name(sample_run.gated()).items()}
    assert "\nbaseline: worse (warn -> fail)\n" in found["faults/worse"]
    assert "\nbaseline: new\n" in found["core/new"]
    assert "\nbaseline: same\n" in found["core/same"]
    assert "\nbaseline: unjudged (pass -> inconclusive)\n" in found["timing/busy"]
    assert not [
        test for test in by_name(sample_run.sample()).values() if "baseline:" in (test.findtext("system-out") or "")
    ]


def test_a_suite_counts_the_changes_of_its_client() -> None:
    run = sample_run.gated()
    other = replace(run.cases[0], client="student")
    run = replace(run, cases=(*run.cases, other))
    mine, students = parsed(run)
    properties = {one.attrib["name"]: one.attrib["value"] for one in mine[0]}
    assert properties == {
        "baseline": "2025-03-02T02:00:00+00:00",
        "baseline.worse": "3",
        "baseline.better": "1",
        "baseline.new": "1",
        "baseline.gone": "1",
    }
    assert {one.attrib["value"] for one in students[0]} == {"2025-03-02T02:00:00+00:00", "0"}
    assert parsed(sample_run.sample()).find(".//properties") is None


def test_the_place_of_the_scenario_is_told_where_there_is_one() -> None:
    case = sample_run.assignment()
    test = parsed(sample_run.run_of([case])).find(".//testcase")
    assert test is not None
    assert (test.get("file"), test.get("line")) == ("scenarios/coursework/auth-login-coremail.smtp.yaml", "1")
    test = parsed(sample_run.run_of([replace(case, place=NOWHERE)])).find(".//testcase")
    assert test is not None
    assert {"file", "line"}.isdisjoint(test.attrib)


def test_a_failure_is_its_root_cause() -> None:
    suite = parsed(sample_run.run_of([sample_run.failing()]))[0]
    test = suite[0]
    assert test.attrib["classname"] == "faults"
    assert test.attrib["name"].startswith("faults/rcpt-all-5yz[550]")
    failure = test.find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "goes-on-after-refusal"
    assert failure.attrib["message"].startswith("After the only recipient")
    assert failure.text is not None
    assert "RFC5321-3.3-e (MUST NOT)" in failure.text
    out = test.findtext("system-out") or ""
    assert "different C: DATA\n expected C: QUIT\n" in out


def test_advice_names_no_requirement() -> None:
    bad = sample_run.failing()
    findings = tuple(replace(finding, requirement=None) for finding in bad.findings)
    text = parsed(sample_run.run_of([replace(bad, findings=findings)])).findtext(".//failure") or ""
    assert [line[:4] for line in text.splitlines()] == ["The ", "Read"]


def test_a_failure_without_a_finding_still_fails() -> None:
    case = replace(sample_run.failing(), root_cause=None, reason="why")
    failure = parsed(sample_run.run_of([case])).find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "fail", "message": "fail: why"}


def test_a_warning_fails_no_build() -> None:
    case = replace(sample_run.failing(), exchange=Verdict.WARN)
    root = parsed(sample_run.run_of([case]))
    assert root.attrib["failures"] == "0"
    assert root.find(".//failure") is None


def test_servers_are_named_only_where_there_are_several() -> None:
    one = sample_run.assignment()
    assert parsed(sample_run.run_of([one]))[0][0].attrib["name"] == one.name
    two = sample_run.run_of([one, replace(one, server="postfix.test")])
    assert {test.attrib["name"] for test in parsed(two)[0]} == {
        f"{one.name} (coremail.test)",
        f"{one.name} (postfix.test)",
    }


def test_characters_that_xml_forbids_are_replaced() -> None:
    assert legal("a\x00\x0b\ud800\uffff\tb\U0001f600") == "a\ufffd\ufffd\ufffd\ufffd\tb\U0001f600"
    out = parsed(sample_run.run_of([sample_run.hostile()])).findtext(".//system-out") or ""
    assert out.splitlines()[-1].startswith("… ")
    assert len(out.splitlines()) <= 2 * ROWS + 3
