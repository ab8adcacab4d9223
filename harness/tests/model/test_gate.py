"""What a build is stopped for, as data."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from smtpwitness.model.gate import Change, FailOn, Gate, Known, Trend
from smtpwitness.model.scenario import NOWHERE


def test_a_deviation_is_about_every_client_unless_it_says_otherwise() -> None:
    known = Known("data/*", ("line-end",), "octets are sent as they are given")
    assert (known.client, known.date, known.link, known.place) == ("*", "", "", NOWHERE)


def test_unless_told_otherwise_every_failure_stops_a_build_and_nothing_is_compared() -> None:
    gate = Gate()
    assert (gate.strict, gate.fail_on) == (False, FailOn.FAILURES)
    assert (gate.baseline, gate.changes, gate.unseen) == ("", (), ())


def test_the_words_that_files_and_command_lines_rely_on() -> None:
    assert [str(one) for one in Trend] == ["worse", "better", "new", "gone", "unjudged"]
    assert [str(one) for one in FailOn] == ["failures", "regressions"]


def test_a_change_says_nothing_of_rules_and_worth_where_there_are_none() -> None:
    gone = Change("mine", "plain", "core/happy", Trend.GONE, None, None)
    assert (gone.rules, gone.worth) == ((), None)


def test_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        Gate().strict = True  # type: ignore[misc]
