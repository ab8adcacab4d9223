"""Requirements that no broken client is caught under, and why: `scenarios/argued.tsv`."""

from __future__ import annotations

from collections import Counter

import pytest
from broken_clients.faults import FAULTS
from real_runs import catalogue

from smtpwitness.files.bundled import scenarios_root
from smtpwitness.files.catalogue import read_argued, read_caught
from smtpwitness.model.profile import PROFILES

PROVEN = set(read_caught(scenarios_root() / "caught.tsv")) | {fault.requirement for fault in FAULTS.values()}
ARGUED = read_argued(scenarios_root() / "argued.tsv")


def test_each_is_a_requirement_and_has_a_reason() -> None:
    assert ARGUED.keys() <= catalogue().keys()
    assert all(ARGUED.values())


def test_none_is_proven() -> None:
    assert ARGUED.keys().isdisjoint(PROVEN)


def test_a_requirement_that_an_argument_points_to_is_proven() -> None:
    words = {word.strip(",:;.") for reason in ARGUED.values() for word in reason.split()}
    assert {word for word in words if word.startswith("RFC")} <= PROVEN


@pytest.mark.parametrize("level", ["MUST", "SHOULD"])
def test_what_a_server_can_see_is_proven_but_for_one_in_twenty(level: str) -> None:
    """For the profiles that clients have; what queues and relays are asked is another matter."""
    profiles = [PROFILES[name] for name in ("library", "submission", "coursework")]
    rows = [
        one
        for one in catalogue().values()
        if one.level.startswith(level) and one.is_observable and any(profile.takes(one) for profile in profiles)
    ]
    came = Counter("proven" if one.caught else "argued" if one.argued else "open" for one in rows)
    assert came["open"] == 0
    assert came["argued"] * 20 <= len(rows), came
