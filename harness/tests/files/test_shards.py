"""Runs that were made in parts become one; what does not fit together is refused."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
import sample_run

from smtpwitness.files.shards import ShardsError, joined
from smtpwitness.model.gate import FailOn, Gate
from smtpwitness.model.run import CaseResult, Client, Run
from smtpwitness.model.scenario import Place

PART = sample_run.run_of([])
MINE, OTHER = PART.clients


def case(name: str, client: str = "rawsmtp", file: str = "", **values: object) -> CaseResult:
    place = Place(file or f"{name}.smtp.yaml", 1, 1)
    return replace(sample_run.assignment(), scenario=name, client=client, place=place, **values)  # type: ignore[arg-type]


def part(*cases: CaseResult, **values: object) -> Run:
    return replace(PART, cases=cases, **values)  # type: ignore[arg-type]


def test_one_run_stays_as_it_is_but_for_its_gate() -> None:
    run = part(case("core/a"), gate=Gate(strict=True, fail_on=FailOn.REGRESSIONS, baseline="2025-01-01T00:00:00+00:00"))
    assert joined([run]) == replace(run, gate=Gate())


def test_cases_stand_in_the_order_of_the_parts() -> None:
    whole = joined([part(case("core/c"), case("core/a")), part(), part(case("core/b"))])
    assert [one.name for one in whole.cases] == ["core/c", "core/a", "core/b"]


def test_it_began_with_the_first_and_took_as_long_as_all() -> None:
    whole = joined(
        [
            part(started="2026-01-01T10:00:00+00:00", duration_ms=1000.0),
            part(started="2026-01-01T09:59:59+00:00", duration_ms=250.5),
            part(started="2026-01-02T00:00:00+00:00", duration_ms=0.0),
        ]
    )
    assert (whole.started, whole.duration_ms) == ("2026-01-01T09:59:59+00:00", 1250.5)


@pytest.mark.parametrize(("finished", "whole"), [([True, True], True), ([True, False], False), ([False], False)])
def test_it_is_finished_if_all_parts_are(finished: list[bool], whole: bool) -> None:
    assert joined([part(finished=one) for one in finished]).finished is whole


def test_what_the_parts_ran_on_is_told_of_all() -> None:
    whole = joined(
        [
            part(environment={"python": "3.12.1", "platform": "Linux x86_64", "smtpwitness": "0.2.0"}),
            part(environment={"python": "3.11.9", "platform": "Linux x86_64", "smtpwitness": "0.2.0"}),
            part(environment={"python": "3.12.1", "openssl": "3.0.13"}),
        ]
    )
    assert whole.environment == {
        "python": "3.12.1, 3.11.9",
        "platform": "Linux x86_64",
        "smtpwitness": "0.2.0",
        "openssl": "3.0.13",
    }


def test_clients_requirements_and_texts_are_there_once_each() -> None:
    first, second, third = sample_run.REQUIREMENTS
    whole = joined(
        [
            part(clients=(MINE,), requirements=(first, second), sources={"a.yaml": "a"}),
            part(clients=(OTHER, MINE), requirements=(third, first), sources={"b.yaml": "b", "a.yaml": "a"}),
        ]
    )
    assert whole.clients == (MINE, OTHER)
    assert whole.requirements == (first, second, third)
    assert whole.sources == {"a.yaml": "a", "b.yaml": "b"}


def test_the_same_client_may_have_been_read_from_a_file_or_written_by_hand() -> None:
    again = replace(MINE, exits=MappingProxyType(dict(MINE.exits)), env={})
    assert joined([part(clients=(MINE,)), part(clients=(again,))]).clients == (MINE,)


# --- what does not fit ------------------------------------------------------------------------------------------


def refused(*runs: Run) -> str:
    with pytest.raises(ShardsError) as caught:
        joined(runs)
    return str(caught.value)


def test_parts_do_not_overlap() -> None:
    parts = [part(case("core/a")), part(case("core/b", variant=("x",))), part(case("core/b", variant=("x",)))]
    assert refused(*parts) == "runs 2 and 3 both have core/b[x] with rawsmtp: parts do not overlap"
    assert refused(parts[0], parts[0]) == "runs 1 and 2 both have core/a with rawsmtp: parts do not overlap"


@pytest.mark.parametrize(
    "other",
    [
        case("core/a", client="student"),
        case("core/a", server="postfix.test"),
        case("core/a", variant=("x",)),
        case("core/a", file="other/core/a.smtp.yaml"),  # of another folder
    ],
)
def test_these_do_not_overlap(other: CaseResult) -> None:
    mine = case("core/a")
    assert joined([part(mine), part(other)]).cases == (mine, other)


def test_one_part_may_hold_two_cases_of_one_name() -> None:
    """One part is what it is: only the parts are held apart."""
    twice = part(case("core/a"), case("core/a"))
    assert len(joined([twice, part(case("core/b"))]).cases) == 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"clients": (Client("rawsmtp", ("another", "{host}")),)}, "the client rawsmtp is not the same in all runs"),
        (
            {"requirements": (replace(sample_run.REQUIREMENTS[0], level="MAY"),)},
            "the requirement RFC5321-3.3-e is not the same in all runs",
        ),
        ({"profile": "coursework"}, "the profile of the runs is not the same in all runs"),
        ({"sources": dict.fromkeys(PART.sources, "title: x\n")}, "the file scenarios/coursework/auth-login-coremail"),
    ],
)
def test_one_name_means_one_thing(values: dict[str, object], told: str) -> None:
    assert refused(PART, part(**values)).startswith(told)
