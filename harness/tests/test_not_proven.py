"""Requirements that no broken client is caught under, and why: `not_proven.tsv`."""

from __future__ import annotations

import csv
from pathlib import Path

from broken_clients.faults import FAULTS
from real_runs import catalogue

from smtpwitness.files.bundled import scenarios_root


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


CAUGHT = {row["requirement"] for row in _rows(scenarios_root() / "caught.tsv")}
PROVEN = CAUGHT | {fault.requirement for fault in FAULTS.values()}
NOT_PROVEN = {row["requirement"]: row["reason"] for row in _rows(Path(__file__).with_name("not_proven.tsv"))}


def test_each_is_a_requirement_and_has_a_reason() -> None:
    assert NOT_PROVEN.keys() <= catalogue().keys()
    assert all(NOT_PROVEN.values())


def test_none_is_proven() -> None:
    assert NOT_PROVEN.keys().isdisjoint(PROVEN)


def test_a_requirement_that_a_reason_points_to_is_proven() -> None:
    words = {word.strip(",:;.") for reason in NOT_PROVEN.values() for word in reason.split()}
    assert {word for word in words if word.startswith("RFC")} <= PROVEN
