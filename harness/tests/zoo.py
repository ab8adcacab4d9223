"""The broken clients and the correct ones, run and judged; `python zoo.py` writes down what catches whom.

The table is `scenarios/caught.tsv`: requirement, scenario, fault, finding, verdict. It ships, because it is what
"covered" means: a client that breaks the requirement is found out under that very id.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from broken_clients.base import Fault
from broken_clients.faults import CORRECT, FAULTS, correct_form
from real_runs import broken_client, catalogue, run_all, scenario, scenarios, stored

from smtpwitness.files.bundled import scenarios_root
from smtpwitness.judge import stress
from smtpwitness.judge.case import Facts, Judgement, judge
from smtpwitness.judge.rules import RULES, Rule
from smtpwitness.judge.stress import kept
from smtpwitness.model.finding import Finding
from smtpwitness.model.run import CaseResult, Stress
from smtpwitness.runner import Plan

Cases = Mapping[tuple[str, str], CaseResult]
"""What ran, by client and scenario."""

TABLE = scenarios_root() / "caught.tsv"
COLUMNS = ("requirement", "scenario", "fault", "finding", "verdict")


def occasions(name: str) -> set[str]:
    """The scenarios that a correct client must come through: its own, and those of its spoiled copies."""
    spoiled = {fault.scenario for fault in FAULTS.values() if correct_form(fault) == name}
    return spoiled.union(CORRECT[name].scenarios)


STRESS = Stress(4, 1)
WRONG = {name: broken_client(name, fault) for name, fault in FAULTS.items()}
RIGHT = {name: broken_client(name, program) for name, program in CORRECT.items()}
RIGHT_CASES = [(name, one.name) for name in CORRECT for one in scenarios(sorted(occasions(name)))]


def wrong_cases() -> list[Plan]:
    return [
        Plan(scenario(fault.scenario), WRONG[name], STRESS if fault.stress else None) for name, fault in FAULTS.items()
    ]


def right_cases() -> list[Plan]:
    """The correct clients in all their scenarios; under stress where a spoiled copy of theirs is."""
    stressed = {(correct_form(fault), fault.scenario) for fault in FAULTS.values() if fault.stress}
    return [Plan(scenario(one), RIGHT[name], STRESS if (name, one) in stressed else None) for name, one in RIGHT_CASES]


def stress_for_the_zoo() -> None:
    """Delay by more than for anybody else: so a client that cannot wait is told from a machine that is busy."""
    stress.SLOW = 1.2


def run(plans: Iterable[Plan]) -> Cases:
    """Run *plans*, and give what comes back from the text of the run.json."""
    stress_for_the_zoo()
    in_order = sorted(plans, key=lambda plan: "timeout" not in plan.scenario.id)  # the long ones first
    return {(case.client, case.name): case for case in stored(in_order, run_all(in_order)).cases}


def judged(case: CaseResult, rules: Sequence[Rule] = RULES) -> Judgement:
    """A case judged from its transcript, as if the machine had not been busy: these clients are wrong for certain."""
    facts = Facts(case.reported, case.process, tells_classes=True)
    return kept(judge(scenario(case.name), case.job, case.transcript, facts, catalogue(), rules), case.findings)


def hits(findings: Iterable[Finding], fault: type[Fault]) -> list[Finding]:
    """The findings that name the fault."""
    return [one for one in findings if fault.rule in (one.rule, one.key)]


def table(cases: Cases) -> str:
    """Who is caught by what, as it stands in the file."""
    rows = {
        (requirement, fault.scenario, name, one.key, str(one.verdict))
        for name, fault in FAULTS.items()
        for one in hits(judged(cases[name, fault.scenario]).findings, fault)
        for requirement in (one.requirement, *one.also)
        if requirement is not None
    }
    return "".join("\t".join(row) + "\n" for row in (COLUMNS, *sorted(rows)))


if __name__ == "__main__":
    TABLE.write_text(table(run(wrong_cases())), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{TABLE}\n")
