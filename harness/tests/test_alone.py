"""Each scenario is there for something: a fault that the rest of its suite misses, or a reason to stay without one."""

from __future__ import annotations

import alone
import pytest
from broken_clients.faults import FAULTS
from real_runs import scenarios

TABLE = alone.read()


def test_every_scenario_has_a_row_and_no_other_thing_has() -> None:
    assert list(TABLE) == sorted({one.id for one in scenarios([])})


@pytest.mark.parametrize("name", TABLE)
def test_a_row_has_a_fault_of_the_scenario_or_a_reason(name: str) -> None:
    fault, reason = TABLE[name]
    assert bool(fault) is not bool(reason), "one of the two"
    assert not fault or FAULTS[fault].scenario.partition("[")[0] == name


@pytest.mark.once
def test_who_else_sees_a_fault() -> None:
    rest = scenarios(["coursework/data-refused", "coursework/recipient-refused"])
    assert alone.seen_by("ignores-auth-refusal", rest) is None
    assert alone.seen_by("ignores-data-refusal", rest) == "coursework/data-refused"
