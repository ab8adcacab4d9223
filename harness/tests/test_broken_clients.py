"""The judge judged: over a hundred clients with one fault each, as real programs, and the rule that must find each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest
from broken_clients.base import Fault
from broken_clients.faults import CORRECT, FAULTS, correct_form
from real_runs import broken_client, catalogue, run_all, scenario, scenarios, stored

from smtpwitness.judge.case import Facts, Judgement, judge
from smtpwitness.judge.rules import RULES, Rule
from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.runner import Plan

WITHOUT_CLIENT = {
    "hello-name": "the host decides its name, so this is a note and no fault",
    "login-initial-response": "servers take it, and only a draft is against it, so this is a note and no fault",
    "tls-unasked": "the port is given to the client, so this is a note and no fault",
    "reset-by-client": "RST is often the doing of the client's system, so this is a note and no fault",
}
"""Rules that no broken client breaks, and why."""

GOOD_BUT = {"auth/in-clear": "the scenario is about a server that offers AUTH and no TLS: whoever logs in, is told so"}


def _occasions(name: str) -> set[str]:
    """The scenarios that a correct client must come through: its own, and those of its spoiled copies."""
    spoiled = {fault.scenario for fault in FAULTS.values() if correct_form(fault) == name}
    return spoiled.union(CORRECT[name].scenarios)


WRONG = {name: broken_client(name, fault) for name, fault in FAULTS.items()}
RIGHT = {name: broken_client(name, program) for name, program in CORRECT.items()}
RIGHT_CASES = [(name, one.name) for name in CORRECT for one in scenarios(sorted(_occasions(name)))]


@pytest.fixture(scope="session")
def cases() -> Mapping[tuple[str, str], CaseResult]:
    """Every broken client in its scenario, and the correct ones in all of theirs, by client and scenario."""
    plans = [Plan(scenario(fault.scenario), WRONG[name]) for name, fault in FAULTS.items()]
    plans += [Plan(scenario(one), RIGHT[name]) for name, one in RIGHT_CASES]
    plans.sort(key=lambda plan: "timeout" not in plan.scenario.id)  # the long ones first
    return {(case.client, case.name): case for case in stored(plans, run_all(plans)).cases}


def judged(case: CaseResult, rules: Sequence[Rule] = RULES) -> Judgement:
    """A case judged from its transcript, as if the machine had not been busy: these clients are wrong for certain."""
    facts = Facts(case.reported, case.process, tells_classes=True)
    return judge(scenario(case.name), case.job, case.transcript, facts, catalogue(), rules)


def _hits(findings: Iterable[Finding], fault: type[Fault]) -> list[Finding]:
    return [one for one in findings if fault.rule in (one.rule, one.key)]


def _causes(name: str) -> tuple[str, str]:
    """The rule that a report must name first; a fault may say it more closely, with the key of its text."""
    expected = FAULTS[name].root_cause or FAULTS[name].rule
    return expected, expected.partition(".")[0]


def _case(name: str, cases: Mapping[tuple[str, str], CaseResult]) -> CaseResult:
    return cases[name, FAULTS[name].scenario]


every_fault = pytest.mark.parametrize("name", FAULTS)


@every_fault
def test_the_rule_finds_the_fault(name: str, cases: Mapping[tuple[str, str], CaseResult]) -> None:
    case = _case(name, cases)
    findings = judged(case).findings
    hits = _hits(findings, FAULTS[name])
    assert hits, f"{FAULTS[name].rule} does not find it; found: {[one.key for one in findings]} {case.reason}"
    assert hits[0].verdict is Verdict(FAULTS[name].worth)
    assert FAULTS[name].requirement in (None, hits[0].requirement)


@every_fault
def test_the_root_cause_is_what_to_mend_first(name: str, cases: Mapping[tuple[str, str], CaseResult]) -> None:
    assert judged(_case(name, cases)).root_cause in _causes(name)


def test_a_transaction_for_each_recipient_is_one_warning(cases: Mapping[tuple[str, str], CaseResult]) -> None:
    judgement = judged(_case("transaction-for-each", cases))
    blamed = [(one.key, one.verdict) for one in judgement.findings if one.verdict is not Verdict.NOTE]
    assert blamed == [("dialogue/missing", Verdict.WARN)]


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if not fault.rule.startswith("dialogue/")])
def test_nothing_else_finds_it_when_the_rule_is_off(name: str, cases: Mapping[tuple[str, str], CaseResult]) -> None:
    fault = FAULTS[name]
    others = [rule for rule in RULES if rule.id != fault.rule.partition(".")[0]]
    assert len(others) == len(RULES) - 1
    assert not _hits(judged(_case(name, cases), others).findings, fault)


def test_every_rule_has_a_client_that_breaks_it_or_a_reason() -> None:
    broken = {fault.rule.partition(".")[0] for fault in FAULTS.values()}
    assert {rule.id for rule in RULES} - broken == set(WITHOUT_CLIENT)


@pytest.mark.parametrize(("name", "occasion"), RIGHT_CASES)
def test_a_correct_client_is_blamed_for_nothing(
    name: str, occasion: str, cases: Mapping[tuple[str, str], CaseResult]
) -> None:
    case = cases[name, occasion]
    assert case.exchange not in (Verdict.ERROR, Verdict.UNSUPPORTED), case.reason
    blamed = {one.key for one in case.findings if one.verdict in (Verdict.FAIL, Verdict.WARN)}
    assert blamed == ({"credentials-in-clear"} if occasion in GOOD_BUT else set())


def test_what_was_found_live_is_found_in_what_was_stored(cases: Mapping[tuple[str, str], CaseResult]) -> None:
    for case in cases.values():
        again = judge(
            scenario(case.name),
            case.job,
            case.transcript,
            Facts(case.reported, case.process, tells_classes=True, lag_ms=case.lag_ms),
            catalogue(),
        )
        assert (again.findings, again.steps) == (case.findings, case.steps), f"{case.client} {case.name}"
