"""The judge judged: hundreds of clients with one fault each, as real programs, and the rule that must find each."""

from __future__ import annotations

import re

import pytest
from broken_clients.faults import FAULTS
from real_runs import catalogue, scenario, scenarios
from zoo import RIGHT_CASES, TABLE, Cases, hits, judged, right_cases, run, table, wrong_cases

from smtpwitness.judge.case import Facts, judge
from smtpwitness.judge.rules import RULES
from smtpwitness.judge.stress import kept
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.model.texts.expected import GIVEN
from smtpwitness.model.texts.values import localized

pytestmark = pytest.mark.once

WITHOUT_CLIENT = {
    "login-initial-response": "servers take it, and only a draft is against it, so this is a note and no fault",
    "tls-unasked": "the port is given to the client, so this is a note and no fault",
    "reset-by-client": "RST is often the doing of the client's system, so this is a note and no fault",
}
"""Rules that no broken client breaks, and why."""

GOOD_BUT = {"auth/in-clear": "the scenario is about a server that offers AUTH and no TLS: whoever logs in, is told so"}


@pytest.fixture(scope="session")
def cases() -> Cases:
    """Every broken client in its scenario, and the correct ones in all of theirs."""
    return run([*wrong_cases(), *right_cases()])


def _causes(name: str) -> tuple[str, str]:
    """The rule that a report must name first; a fault may say it more closely, with the key of its text."""
    expected = FAULTS[name].root_cause or FAULTS[name].rule
    return expected, expected.partition(".")[0]


def _case(name: str, cases: Cases) -> CaseResult:
    return cases[name, FAULTS[name].scenario]


every_fault = pytest.mark.parametrize("name", FAULTS)


@every_fault
def test_the_rule_finds_the_fault(name: str, cases: Cases) -> None:
    case = _case(name, cases)
    findings = judged(case).findings
    found = hits(findings, FAULTS[name])
    assert found, f"{FAULTS[name].rule} does not find it; found: {[one.key for one in findings]} {case.reason}"
    assert found[0].verdict is Verdict(FAULTS[name].worth)
    assert FAULTS[name].requirement in (None, found[0].requirement)


@every_fault
def test_what_was_expected_is_told_in_chinese(name: str, cases: Cases) -> None:
    """Unless it is no more than octets, or a line of the message."""
    for one in judged(_case(name, cases)).findings:
        if re.search(r"(?:^| )[a-z]{2,}(?: |$)", one.expected) and not (one.key in GIVEN or "/" in one.rule):
            assert re.search("[\u4e00-\u9fff]", localized("expected", one.expected, "zh", one.key)), one.expected


@every_fault
def test_the_root_cause_is_what_to_mend_first(name: str, cases: Cases) -> None:
    assert judged(_case(name, cases)).root_cause in _causes(name)


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.stress])
def test_nothing_finds_it_without_stress(name: str, cases: Cases) -> None:
    case = _case(name, cases)
    plain = judge(scenario(case.name), case.job, case.transcript, Facts(case.reported, case.process), catalogue())
    assert [one.key for one in plain.findings if one.verdict in (Verdict.FAIL, Verdict.WARN)] == []


def test_a_transaction_for_each_recipient_is_one_warning(cases: Cases) -> None:
    judgement = judged(_case("transaction-for-each", cases))
    blamed = [(one.key, one.verdict) for one in judgement.findings if one.verdict is not Verdict.NOTE]
    assert blamed == [("dialogue/missing", Verdict.WARN)]


@pytest.mark.parametrize(
    "name", [name for name, fault in FAULTS.items() if not fault.rule.startswith(("dialogue/", "stress/"))]
)
def test_nothing_else_finds_it_when_the_rule_is_off(name: str, cases: Cases) -> None:
    fault = FAULTS[name]
    others = [rule for rule in RULES if rule.id != fault.rule.partition(".")[0]]
    assert len(others) == len(RULES) - 1
    assert not hits(judged(_case(name, cases), others).findings, fault)


def test_every_rule_has_a_client_that_breaks_it_or_a_reason() -> None:
    broken = {fault.rule.partition(".")[0] for fault in FAULTS.values()}
    assert {rule.id for rule in RULES} - broken == set(WITHOUT_CLIENT)


@pytest.mark.parametrize(("name", "occasion"), RIGHT_CASES)
def test_a_correct_client_is_blamed_for_nothing(name: str, occasion: str, cases: Cases) -> None:
    case = cases[name, occasion]
    assert case.exchange not in (Verdict.ERROR, Verdict.UNSUPPORTED), case.reason
    blamed = {one.key for one in case.findings if one.verdict in (Verdict.FAIL, Verdict.WARN)}
    assert blamed == ({"credentials-in-clear"} if occasion in GOOD_BUT else set())


def test_what_catches_whom_is_written_down(cases: Cases) -> None:
    assert TABLE.read_text(encoding="utf-8") == table(cases), "write it again: python harness/tests/zoo.py"


def test_every_scenario_catches_somebody() -> None:
    catching = {fault.scenario.partition("[")[0] for fault in FAULTS.values()}
    assert {one.id for one in scenarios([])} <= catching


def test_what_was_found_live_is_found_in_what_was_stored(cases: Cases) -> None:
    for case in cases.values():
        again = judge(
            scenario(case.name),
            case.job,
            case.transcript,
            Facts(case.reported, case.process, tells_classes=True, lag_ms=case.lag_ms),
            catalogue(),
        )
        again = kept(again, case.findings)
        assert (again.findings, again.steps) == (case.findings, case.steps), f"{case.client} {case.name}"
