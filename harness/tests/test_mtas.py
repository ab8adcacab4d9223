"""Real MTAs as clients, through their drivers, where they were fetched."""

from __future__ import annotations

import pytest
from peers.boxing import needs_a_box
from real_runs import run_all, scenarios

from smtpwitness.files.clients import client_from
from smtpwitness.files.relays import relay_from
from smtpwitness.model.finding import Verdict
from smtpwitness.peers import packages
from smtpwitness.runner import Plan

pytestmark = pytest.mark.once


@needs_a_box
@pytest.mark.parametrize("name", ["postfix", "exim"])
def test_they_come_through_all_that_is_asked_of_mtas(name: str) -> None:
    if why := packages.missing(relay_from(name)):
        pytest.skip(why)
    cases = run_all([Plan(one, client_from(name)) for one in scenarios(["mta/*"])], jobs=2)
    told = {case.name: (case.exchange, case.reason, case.process.stderr) for case in cases}
    assert {case.exchange for case in cases} == {Verdict.PASS}, told
