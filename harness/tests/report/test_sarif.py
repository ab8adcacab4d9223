from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
import sample_run
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.gate import Change, Known, Trend
from smtpwitness.model.requirement import Requirement
from smtpwitness.model.run import CaseResult, Run
from smtpwitness.model.scenario import NOWHERE, Place
from smtpwitness.report.sarif import artifact, baseline_state, help_uri, sarif, worth

URI = r"(file:///)?([A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})*"  # no colon: it would end a scheme


def log(run: Run) -> Any:
    return json.loads(sarif(run))["runs"][0]


def results(run: Run) -> Any:
    return log(run)["results"]


def failed(*findings: Finding, **values: object) -> CaseResult:
    return replace(sample_run.told("faults/worse", Verdict.FAIL), findings=findings, **values)  # type: ignore[arg-type]


ROOT = next(finding for finding in sample_run.failing().findings if finding.verdict is Verdict.FAIL)


# --- rules ------------------------------------------------------------------------------------------------------


def requirement(level: str, basis: str, rfc: str = "RFC5321", section: str = "3.3") -> Requirement:
    return Requirement("id", rfc, section, level, "topic", "text", "any", basis)


@pytest.mark.parametrize(
    ("rfc", "section", "uri"),
    [
        ("RFC5321", "4.1.1.4", "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.4"),
        ("RFC5321", "F.6", "https://www.rfc-editor.org/rfc/rfc5321#appendix-F.6"),
        ("RFC5321", "B", "https://www.rfc-editor.org/rfc/rfc5321#appendix-B"),
        ("RFC5321", "2, 3", "https://www.rfc-editor.org/rfc/rfc5321"),
        ("RFC5321", '"><x', "https://www.rfc-editor.org/rfc/rfc5321"),
        ("RFC5321/x", "2", ""),
        ("draft-murchison-sasl-login-00", "1", ""),
    ],
)
def test_a_requirement_links_to_its_section(rfc: str, section: str, uri: str) -> None:
    assert help_uri(requirement("MUST", "keyword", rfc, section)) == uri


@pytest.mark.parametrize(
    ("level", "basis", "rfc", "expected"),
    [
        ("MUST", "keyword", "RFC5321", "error"),
        ("MUST NOT", "grammar", "RFC5321", "error"),
        ("MUST", "parent", "RFC5321", "error"),
        ("MUST", "prose", "RFC5321", "warning"),
        ("MUST", "derived", "RFC5321", "warning"),
        ("MUST", "keyword", "draft-x-00", "warning"),
        ("SHOULD", "keyword", "RFC5321", "warning"),
        ("SHOULD NOT", "keyword", "RFC5321", "warning"),
        ("MAY", "keyword", "RFC5321", "note"),
    ],
)
def test_what_breaking_a_requirement_is_worth_follows_the_fairness_of_verdicts(
    level: str, basis: str, rfc: str, expected: str
) -> None:
    assert worth(requirement(level, basis, rfc)) == expected


def test_there_is_a_rule_for_each_requirement() -> None:
    rules = log(sample_run.sample())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [one.id for one in sample_run.REQUIREMENTS]
    assert rules[0]["fullDescription"]["text"] == sample_run.REQUIREMENTS[0].text
    assert rules[0]["help"]["text"].startswith("MUST NOT (RFC 5321, section 3.3): Message data")
    assert rules[0]["properties"] == {
        "level": "MUST NOT",
        "basis": "keyword",
        "rfc": "RFC5321",
        "section": "3.3",
        "tags": ["transaction"],
    }


def test_the_short_description_is_the_first_sentence() -> None:
    text = "Use MAIL. Then RCPT (RFC 5321, 3.3.1)."
    row = replace(requirement("MUST", "keyword"), text=text)
    case = replace(sample_run.assignment(), covers=(row.id,))
    run = replace(sample_run.run_of([case]), requirements=(row,))
    assert log(run)["tool"]["driver"]["rules"][0]["shortDescription"] == {"text": "Use MAIL."}


def test_what_no_requirement_stands_behind_has_a_rule_of_ours() -> None:
    run = sample_run.run_of([failed(replace(ROOT, requirement=None), replace(ROOT, requirement="RFC1-1-a"))])
    assert [result["ruleId"] for result in results(run)] == ["goes-on-after-refusal", "RFC1-1-a"]
    assert [rule["id"] for rule in log(run)["tool"]["driver"]["rules"]] == [
        "RFC5321-3.3-e",  # which the case covers
        "goes-on-after-refusal",
        "RFC1-1-a",
    ]


def test_what_no_case_covers_or_breaks_has_no_rule() -> None:
    run = sample_run.run_of([replace(sample_run.assignment(), touches=("RFC5321-4.1.4-f",))])
    assert [rule["id"] for rule in log(run)["tool"]["driver"]["rules"]] == ["RFC5321-3.3-e"]


# --- results ----------------------------------------------------------------------------------------------------


def test_there_is_a_result_for_each_finding_that_fails_or_warns_and_the_failures_come_first() -> None:
    found = [ROOT, replace(ROOT, verdict=Verdict.WARN), replace(ROOT, verdict=Verdict.NOTE)]
    run = sample_run.run_of([failed(*reversed(found)), failed(*found, scenario="core/b")])
    assert [result["level"] for result in results(run)] == ["error", "error", "warning", "warning"]


def test_a_result_says_what_happened_how_to_mend_it_and_whose_it_is() -> None:
    (result, *_) = results(sample_run.run_of([sample_run.failing()]))
    assert result["ruleId"] == "RFC5321-3.3-e"
    assert result["message"]["text"] == (
        "After the only recipient bob@uni.example.test was refused with 550, the client sent DATA and the whole "
        "message. Read the reply to each RCPT (550 here); go on to DATA only if at least one began with 2."
    )
    assert result["properties"] == {
        "client": "rawsmtp",
        "server": "coremail.test",
        "case": "faults/rcpt-all-5yz[550]",
        "rule": "goes-on-after-refusal",
        "expected": "RSET, QUIT or another RCPT",
        "observed": "DATA",
    }
    assert "baselineState" not in result


def test_braces_are_doubled_and_nothing_becomes_a_link() -> None:
    finding = replace(ROOT, facts=(("mailbox", "{0} [x](https://evil.test/)"), ("code", "550")))
    (result,) = results(sample_run.run_of([failed(finding)]))
    assert "recipient {{0}} [x] (https://evil.test/) was refused" in result["message"]["text"]


SCENARIO = Place("faults/a.smtp.yaml", 2, 1)


def place(step: Place | None, case: Place = SCENARIO) -> Any:
    row = replace(sample_run.failing().steps[0], place=step)
    return results(sample_run.run_of([failed(replace(ROOT, step=0), steps=(row,), place=case)]))[0].get("locations")


def test_a_result_is_at_its_step_else_at_its_scenario() -> None:
    assert place(Place("fragments/hello.yaml", 7, 5)) == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "fragments/hello.yaml", "uriBaseId": "SCENARIOS"},
                "region": {"startLine": 7, "startColumn": 5},
            }
        }
    ]
    assert place(None)[0]["physicalLocation"]["artifactLocation"]["uri"] == "faults/a.smtp.yaml"
    assert place(None, NOWHERE) is None
    case = failed(replace(ROOT, step=99), place=SCENARIO)
    assert results(sample_run.run_of([case]))[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 2


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("faults/rcpt-mixed.smtp.yaml", {"uri": "faults/rcpt-mixed.smtp.yaml", "uriBaseId": "SCENARIOS"}),
        ("./mine/a b.smtp.yaml", {"uri": "mine/a%20b.smtp.yaml"}),
        ("../mine/a.yaml", {"uri": "../mine/a.yaml"}),
        ("~/mine/a.yaml", {"uri": "mine/a.yaml", "uriBaseId": "HOME"}),
        ("/srv/作业.yaml", {"uri": "file:///srv/%E4%BD%9C%E4%B8%9A.yaml"}),
        ("C:/x/a.yaml", {"uri": "file:///C%3A/x/a.yaml"}),
        (".//evil.test/a", {"uri": "evil.test/a"}),
        ("javascript:alert(1)", {"uri": "javascript%3Aalert%281%29", "uriBaseId": "SCENARIOS"}),
        ("a\ud800?b#c", {"uri": "a%3F%3Fb%23c", "uriBaseId": "SCENARIOS"}),
    ],
)
def test_a_file_is_a_uri(file: str, expected: object) -> None:
    assert artifact(file) == expected


@given(st.text(st.characters(), max_size=60))
def test_any_path_is_a_valid_uri_and_never_names_a_host(file: str) -> None:
    uri = artifact(file)["uri"]
    assert re.fullmatch(URI, uri)
    assert not uri.startswith("//")


def fingerprints(run: Run) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results(run)]


def test_a_fingerprint_is_the_same_in_each_run() -> None:
    case = failed(ROOT)
    later = failed(
        replace(ROOT, observed="RSET", expected="QUIT", facts=(("mailbox", "x"), ("code", "421")), events=(), step=1),
        duration_ms=1.0,
        transcript=(),
        place=Place("moved.smtp.yaml", 99, 1),
    )
    assert fingerprints(sample_run.run_of([case])) == fingerprints(sample_run.run_of([later]))


def test_a_fingerprint_tells_cases_clients_servers_rules_and_occurrences_apart() -> None:
    case = failed(ROOT)
    others = [
        replace(case, scenario="faults/other"),
        replace(case, variant=("421",)),
        replace(case, client="student"),
        replace(case, server="postfix.test"),
        failed(replace(ROOT, rule="other")),
        failed(replace(ROOT, requirement=None)),
    ]
    alone = [fingerprints(sample_run.run_of([one]))[0] for one in (case, *others)]
    assert len(set(alone)) == 7
    run = sample_run.run_of([failed(ROOT, ROOT), *others])
    found = fingerprints(run)
    assert len(set(found)) == len(found) == 8
    backwards = replace(run, cases=tuple(reversed(run.cases)))
    assert set(fingerprints(backwards)) == set(found)


def test_what_is_known_is_suppressed_and_nothing_else() -> None:
    found = {(one["properties"]["case"], one["properties"]["rule"]): one for one in results(sample_run.gated())}
    assert found["faults/known", "goes-on-after-refusal"]["suppressions"] == [
        {"kind": "external", "justification": "waits for release 2 (2026-01-31, https://bugs.example.test/12)"}
    ]
    del found["faults/known", "goes-on-after-refusal"]
    assert [one["suppressions"] for one in found.values()] == [[]] * len(found)


def test_a_reason_that_is_given_twice_suppresses_once() -> None:
    known = Known("*", (ROOT.rule,), "why")
    (result,) = results(sample_run.run_of([failed(ROOT, known=(known, replace(known, case="faults/*")))]))
    assert result["suppressions"] == [{"kind": "external", "justification": "why"}]


def test_against_a_baseline_each_result_has_a_state() -> None:
    found = {(one["properties"]["case"], one["properties"]["rule"]): one for one in results(sample_run.gated())}
    states = {names: one["baselineState"] for names, one in found.items()}
    new = {names for names, state in states.items() if state == "new"}
    assert new == {("faults/worse", "goes-on-after-refusal"), ("core/worse-warning", "no-quit")}
    assert {state for names, state in states.items() if names not in new} == {"unchanged"}


@pytest.mark.parametrize(
    ("trend", "rules", "state"),
    [
        (None, (), "unchanged"),
        (Trend.WORSE, ("goes-on-after-refusal",), "new"),
        (Trend.WORSE, ("other",), "unchanged"),
        (Trend.BETTER, ("goes-on-after-refusal",), "updated"),
        (Trend.BETTER, ("other",), "unchanged"),
        (Trend.NEW, (), "new"),
        (Trend.UNJUDGED, (), "new"),
    ],
)
def test_states(trend: Trend | None, rules: tuple[str, ...], state: str) -> None:
    change = Change("c", "s", "x", trend, Verdict.PASS, Verdict.FAIL, rules) if trend else None
    assert baseline_state(ROOT, change) == state


# --- the document -----------------------------------------------------------------------------------------------


def test_the_results_are_bounded_and_the_rest_is_counted() -> None:
    run = sample_run.run_of(
        [failed(ROOT), failed(replace(ROOT, verdict=Verdict.WARN), scenario="core/x"), failed(ROOT)]
    )
    with mock.patch.dict(sarif.__globals__, RESULTS=2):
        assert [result["level"] for result in results(run)] == ["error", "error"]
        assert log(run)["properties"] == {"leftOut": 1}
    assert "properties" not in log(run)


def test_the_octets_are_bounded_and_the_rest_is_counted() -> None:
    run = sample_run.hostile_gated()
    whole = len(results(run))
    with mock.patch.dict(sarif.__globals__, SIZE=100_000):
        text = sarif(run)
        kept = results(run)
        assert log(run)["properties"] == {"leftOut": whole - len(kept)}
    assert 50_000 < len(text.encode()) < 100_000
    assert 0 < len(kept) < whole


def test_a_large_run_fits_what_github_takes() -> None:
    findings = (ROOT,) * 60
    case = failed(*findings)
    text = sarif(sample_run.run_of([replace(case, scenario=f"faults/{number:04}") for number in range(300)]))
    assert 9_000_000 < len(text.encode()) <= 10_000_000
    assert len(json.loads(text)["runs"][0]["results"]) <= 25_000


def test_the_version_is_told_where_it_is_known() -> None:
    assert log(sample_run.sample())["tool"]["driver"]["version"] == "0.1.0"
    assert "version" not in log(replace(sample_run.sample(), environment={}))["tool"]["driver"]
