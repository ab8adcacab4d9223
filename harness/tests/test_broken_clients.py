"""The judge judged: over a hundred clients with one fault each, as real programs, and the rule that must find each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest
from broken_clients.base import Fault
from broken_clients.faults import FAULTS
from real_runs import BROKEN, catalogue, reading_environment, run_all, scenario, scenarios, stored

from smtpwitness.judge.case import Facts, Judgement, judge
from smtpwitness.judge.rules import RULES, Rule
from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import CaseResult, Client
from smtpwitness.runner import Plan

LACKS = ("auth-cram-md5", "several-messages", "result-file")

MILDER = {
    "space-after-colon": Verdict.WARN,  # most servers forgive it, and the MUST NOT is prose
    "source-route": Verdict.WARN,  # RFC 5321, 3.3: SHOULD NOT
    "long-command": Verdict.WARN,  # 4.5.3 says SHOULD
    "talks-first": Verdict.WARN,  # 4.3.1: SHOULD wait for the greeting
    "one-recv-greeting": Verdict.WARN,  # the same; its `fail` is in what follows
    "expects-more": Verdict.WARN,  # that no reply is due is derived
    "no-second-hello": Verdict.WARN,  # RFC 3207, 4.2: SHOULD send EHLO as the first command
    "password-in-clear": Verdict.WARN,  # the MUST NOT stands in an expired draft
    "helo-then-auth": Verdict.WARN,  # derived
    "auth-unlisted": Verdict.WARN,  # derived
    "ignores-auth-refusal": Verdict.WARN,  # RFC 4954 says SHOULD
    "logs-in-unasked": Verdict.WARN,  # that a response answers a 334 is said of LOGIN in an expired draft
    "drops-last-line": Verdict.NOTE,  # no RFC says that a client sends what it was given; the scenario does
    "one-long-line": Verdict.WARN,  # 4.5.3 says SHOULD
    "first-recipient-only": Verdict.WARN,  # SHOULD
    "adds-received": Verdict.WARN,  # RFC 5321, 6.4 and RFC 6409, 8 let many do so
    "transaction-for-each": Verdict.WARN,  # RFC 5321, 4.5.4.1: SHOULD send one copy
    "eight-bits-undeclared": Verdict.WARN,  # RFC 6152, 3 says it in prose
    "leaves-before-reply": Verdict.WARN,  # 4.1.1.10: SHOULD wait for the reply to QUIT
}
"""Faults that are worth less than `fail` by the words of the RFC."""

WITHOUT_CLIENT = {
    "hello-name": "the host decides its name, so this is a note and no fault",
    "login-initial-response": "servers take it, and only a draft is against it, so this is a note and no fault",
    "tls-unasked": "the port is given to the client, so this is a note and no fault",
    "reset-by-client": "RST is often the doing of the client's system, so this is a note and no fault",
}
"""Rules that no broken client breaks, and why."""

GOOD_BUT = {"auth/in-clear": "the scenario is about a server that offers AUTH and no TLS: whoever logs in, is told so"}


def client(name: str, *argv: str, takes: str = "raw") -> Client:
    return reading_environment(name, *argv, lacks=LACKS, takes=takes)


BASE = client("base", str(BROKEN / "base.py"))
WRONG = {name: client(name, str(BROKEN / "faults.py"), name, takes=fault.takes) for name, fault in FAULTS.items()}
SCENARIOS = sorted({fault.scenario for fault in FAULTS.values()})


@pytest.fixture(scope="session")
def cases() -> Mapping[tuple[str, str], CaseResult]:
    """Every broken client in its scenario, and the good one in all of them, by client and scenario."""
    plans = [Plan(scenario(fault.scenario), WRONG[name]) for name, fault in FAULTS.items()]
    plans += [Plan(one, BASE) for one in scenarios(SCENARIOS)]
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
    assert hits[0].verdict is MILDER.get(name, Verdict.FAIL)


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


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_good_client_is_blamed_for_nothing(name: str, cases: Mapping[tuple[str, str], CaseResult]) -> None:
    case = cases["base", name]
    assert case.exchange not in (Verdict.ERROR, Verdict.UNSUPPORTED), case.reason
    blamed = {one.key for one in case.findings if one.verdict in (Verdict.FAIL, Verdict.WARN)}
    assert blamed == ({"credentials-in-clear"} if name in GOOD_BUT else set())


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
