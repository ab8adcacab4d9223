"""What real clients were measured to do without our judge is what the judge finds, and nobody else is blamed.

`measured.tsv` has a line for each: who did it to a scripted server in clear text, and who did not.
Measured were smtplib of CPython 3.11, aiosmtplib 5.1, nodemailer 10.6, curl 7.88, swaks 20201014, msmtp 1.8.23. What
the adapters decide (the name in EHLO), and what no verdict rests on, is left out. A client that was mended since is
to be taken out of its line.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from real_runs import run_all, scenario

from smtpwitness.files.clients import client_from, known_clients, read_origin
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.peers.versions import versions
from smtpwitness.runner import Plan

pytestmark = pytest.mark.once


class Measured(NamedTuple):
    """*clients* did it, which is to be found under *key*; the *fine* ones did not."""

    point: str
    what: str
    scenario: str
    key: str
    clients: str
    fine: str

    @property
    def everybody(self) -> list[str]:
        return f"{self.clients} {self.fine}".split()


LINES = Path(__file__).with_name("measured.tsv").read_text("utf-8").splitlines()[1:]
MEASURED = [Measured(*line.split("\t")) for line in LINES]
NAMES = sorted({name for one in MEASURED for name in one.everybody})


@pytest.fixture(scope="module")
def cases() -> dict[tuple[str, str], CaseResult]:
    """Each client that is here, in the scenarios where it was measured."""
    told = versions([read_origin(known_clients()[name]) for name in NAMES])
    here = {name for name, version in zip(NAMES, told, strict=True) if version}
    wanted = {(name, one.scenario) for one in MEASURED for name in one.everybody}
    plans = [Plan(scenario(place), client_from(name)) for name, place in sorted(wanted) if name in here]
    return {(case.client, case.name): case for case in run_all(plans)}


def found(case: CaseResult, key: str) -> bool:
    return any(one.key == key for one in case.findings)


@pytest.mark.parametrize("one", MEASURED, ids=lambda one: one.what)
def test_what_was_measured_is_found(one: Measured, cases: dict[tuple[str, str], CaseResult]) -> None:
    told = {name: cases[name, one.scenario] for name in one.clients.split() if (name, one.scenario) in cases}
    if not told:
        pytest.skip("needs one of: " + one.clients)
    assert {name: found(case, one.key) for name, case in told.items()} == dict.fromkeys(told, True)


@pytest.mark.parametrize("one", [one for one in MEASURED if one.fine], ids=lambda one: one.what)
def test_nobody_else_is_blamed_for_it(one: Measured, cases: dict[tuple[str, str], CaseResult]) -> None:
    told = {name: cases[name, one.scenario] for name in one.fine.split() if (name, one.scenario) in cases}
    if not told:
        pytest.skip("needs one of: " + one.fine)
    assert {name: found(case, one.key) for name, case in told.items()} == dict.fromkeys(told, False)
    assert Verdict.UNSUPPORTED not in {case.verdict for case in told.values()}
