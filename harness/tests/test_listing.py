"""The list of requirements: what is asked for, what covers it, and that it stays readable."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from scenes import scenario

from smtpwitness.listing import Wanted, counted, covered_by, covering_of, show
from smtpwitness.model.profile import PROFILES
from smtpwitness.model.requirement import Requirement
from smtpwitness.model.scenario import Breaks


def row(name: str, level: str = "MUST", topic: str = "tls", caught: tuple[str, ...] = (), **values: str) -> Requirement:
    more = {"applies_to": "any", "basis": "keyword", "rfc": "RFC1", **values}
    return Requirement(name, section="1", level=level, topic=topic, text=f"Text of {name}.", caught=caught, **more)  # type: ignore[arg-type]


CAUGHT = ("core/a[x]", "core/a[y]", "core/b")
COVERED, OPEN, UNSEEN = row("R-1", caught=CAUGHT), row("R-2"), row("R-3", observable="no")
NAMED = row("R-4")
COVERING = {"R-1": ("core/a", "core/b", "core/c"), "R-4": ("core/a",)}


def taken(wanted: Wanted, *rows: Requirement) -> list[str]:
    return [one.id for one in rows if wanted.takes(one)]


def test_nothing_asked_for_is_everything() -> None:
    assert taken(Wanted(), COVERED, OPEN, UNSEEN) == ["R-1", "R-2", "R-3"]


def test_what_is_asked_for_is_asked_of_every_row() -> None:
    rows = (row("a", "MUST"), row("b", "MAY"), row("c", "MUST", "auth"), row("d", "SHOULD", rfc="RFC2"))
    assert taken(Wanted(levels=frozenset({"MUST", "MAY"})), *rows) == ["a", "b", "c"]
    assert taken(Wanted(topics=frozenset({"auth"})), *rows) == ["c"]
    assert taken(Wanted(rfcs=frozenset({"RFC2"})), *rows) == ["d"]
    assert taken(Wanted(levels=frozenset({"MUST"}), topics=frozenset({"tls"})), *rows) == ["a"]


def test_a_profile_takes_what_applies() -> None:
    rows = (row("a"), row("m", applies_to="mta"), row("o", applies_to="originator"))
    assert taken(Wanted(profile=PROFILES["relay"]), *rows) == ["a", "m"]


def test_what_no_server_can_see_lacks_no_scenario() -> None:
    assert taken(Wanted(covered=True), COVERED, OPEN, UNSEEN) == ["R-1"]
    assert taken(Wanted(covered=False), COVERED, OPEN, NAMED, UNSEEN) == ["R-2", "R-4"]


def test_a_scenario_covers_what_it_touches_and_is_named_once_for_its_variants() -> None:
    varied = [scenario(Breaks("x"), covers=("y",), variant=(word,)) for word in ("one", "two")]
    assert covering_of(varied) == {"y": ("core/made-up",), "x": ("core/made-up",)}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "-"),
        (("a",), "a ?"),
        (("a", "b", "c"), "a, b, c ?"),
        (("a", "b", "c", "d", "e"), "a, b, c +2 ?"),
    ],
)
def test_three_scenarios_are_named(names: tuple[str, ...], said: str) -> None:
    assert covered_by(OPEN, {"R-2": names}) == said


def test_the_scenarios_that_catch_somebody_are_named_before_all_and_without_their_variants() -> None:
    assert covered_by(COVERED, COVERING) == "core/a, core/b"


def test_why_there_is_no_scenario() -> None:
    assert covered_by(UNSEEN, {}) == "(not observable)"


def test_what_is_argued_says_why_and_a_twin_names_the_other() -> None:
    argued = replace(OPEN, argued="nobody can")
    assert covered_by(argued, {}) == "- (nobody can)"
    assert covered_by(argued, {"R-2": ("core/a",)}) == "core/a ?"
    assert ", 1 argued (nothing can be shown), 0 not yet" in counted([argued], {})


def test_the_counts_add_up() -> None:
    said = counted([COVERED, OPEN, OPEN, NAMED, UNSEEN], COVERING)
    assert said == (
        "5 requirements: 1 covered (a client that breaks it is caught), 1 named by a scenario only (?), 2 not yet, "
        "1 not observable (no server can see them)"
    )
    assert counted([COVERED], COVERING) == "1 requirement: 1 covered (a client that breaks it is caught), 0 not yet"


def shown(*rows: Requirement, terminal: bool, width: int) -> list[str]:
    screen = io.StringIO()
    show(rows, COVERING, Console(file=screen, width=width, force_terminal=terminal, color_system=None, highlight=False))
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_each_is_a_line_where_no_terminal_is() -> None:
    lines = shown(COVERED, UNSEEN, terminal=False, width=20)
    assert lines[:-1] == [
        "R-1  MUST  keyword  core/a, core/b    Text of R-1.",
        "R-3  MUST  keyword  (not observable)  Text of R-3.",
    ]
    assert lines[-1].startswith("2 requirements")


def test_on_a_terminal_the_text_stands_below_and_keeps_its_margin() -> None:
    lines = shown(COVERED, terminal=True, width=12)
    assert lines[:3] == ["R-1                   MUST       keyword    core/a, core/b", "    Text of", "    R-1."]


def test_nothing_is_a_line_too() -> None:
    assert shown(terminal=False, width=100) == [
        "0 requirements: 0 covered (a client that breaks it is caught), 0 not yet"
    ]
