"""The cursor: what may come next, and what is left then."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_order, breaks, closing, command, each_recipient, either, never, optional, repeat

from smtpwitness.judge.cursor import Steps, due, guards, later, marks, required
from smtpwitness.model.scenario import (
    AnyOrder,
    Breaks,
    Command,
    EachRecipient,
    Either,
    Leaf,
    Never,
    Optional,
    Repeat,
    Step,
)

A, B, C, D = (command(name) for name in ("A", "B", "C", "D"))


def names(leaves: object) -> str:
    return "".join(str(leaf.pattern) for leaf in leaves)  # type: ignore[attr-defined]


def next_names(steps: Steps, unnamed: bool | None = True) -> str:
    return names(one.leaf for one in due(steps, unnamed))


def take(steps: Steps, path: str, unnamed: bool | None = True) -> Steps:
    """The steps left after the steps named in *path* came, the first that fits each time."""
    for name in path:
        steps = next(one.rest for one in due(steps, unnamed) if names([one.leaf]) == name)
    return steps


@pytest.mark.parametrize(
    ("steps", "path", "expected"),
    [
        ((), "", ""),
        ((A, B), "", "A"),
        ((A, B), "A", "B"),
        ((never("X"), breaks("R"), A), "", "A"),
        ((optional(A, B), C), "", "AC"),
        ((optional(A, B), C), "A", "B"),
        ((optional(A, B), C), "AB", "C"),
        ((either([A, B], [C]), D), "", "AC"),
        ((either([A, B], [C]), D), "C", "D"),
        ((either([A, B], [A, C]), D), "A", "B"),
        ((any_order([A, B], [C]), D), "", "AC"),
        ((any_order([A, B], [C]), D), "A", "B"),
        ((any_order([A, B], [C]), D), "AB", "C"),
        ((any_order([A, B], [C]), D), "CAB", "D"),
        ((repeat(A, B), C), "", "AC"),
        ((repeat(A, B), C), "A", "B"),
        ((repeat(A, B), C), "ABABAB", "AC"),
        ((repeat(A, least=1, most=2), C), "", "A"),
        ((repeat(A, least=1, most=2), C), "A", "AC"),
        ((repeat(A, least=1, most=2), C), "AA", "C"),
        ((repeat(A, least=2), C), "A", "A"),
        ((repeat(A, most=0), C), "", "C"),
    ],
)
def test_what_is_due(steps: Steps, path: str, expected: str) -> None:
    assert next_names(take(steps, path)) == expected


@pytest.mark.parametrize(("unnamed", "expected"), [(True, "A"), (False, "B"), (None, "AB")])
def test_each_recipient_goes_on_while_one_is_unnamed(unnamed: bool | None, expected: str) -> None:
    steps = (each_recipient(A), B)
    assert next_names(steps, unnamed) == expected
    assert next_names(take(steps, "A", True), unnamed) == expected


EACH = each_recipient(A)


@pytest.mark.parametrize(
    ("steps", "unnamed", "expected"),
    [
        ((breaks("R"), EACH, C), True, "A"),
        ((never("X"), EACH, C), True, "A"),
        ((optional(EACH), C), True, "AC"),
        ((optional(B), EACH, C), True, "BA"),
        ((repeat(EACH, B),), True, "A"),
        ((repeat(EACH, least=1), C), True, "A"),
        ((repeat(EACH, least=1), C), False, "C"),
        ((repeat(B), EACH, C), True, "BA"),
        ((either([EACH, B], [D]), C), True, "AD"),
        ((any_order([EACH, B], [D]), C), True, "AD"),
        ((each_recipient(EACH, B), C), True, "A"),
        ((each_recipient(EACH), C), True, "A"),
        ((EACH, each_recipient(B), C), False, "C"),
    ],
)
def test_what_is_known_of_the_recipients_is_known_in_every_group(
    steps: Steps, unnamed: bool | None, expected: str
) -> None:
    assert next_names(steps, unnamed) == expected


def test_marks_on_the_way_are_kept_in_order() -> None:
    steps = (either([A], [breaks("one"), optional(B), breaks("two"), C]),)
    found = {names([one.leaf]): [mark.requirement for mark in one.broken] for one in due(steps, True)}
    assert found == {"A": [], "B": ["one"], "C": ["one", "two"]}


@pytest.mark.parametrize(
    "steps",
    [
        (repeat(optional(A)), B),
        (repeat(repeat(A)), B),
        (repeat(optional(repeat(optional(A))), least=3), B),
        (repeat(never("X")), B),
        (repeat(either([optional(A)], [A])), B),
        (repeat(any_order([optional(A)], [repeat(A)])), B),
    ],
)
def test_loops_in_loops_end(steps: Steps) -> None:
    found = next_names(steps)
    assert set(found) <= {"A", "B"}
    assert found.endswith("B")
    assert "B" in next_names(take(steps, "AA") if "A" in found else steps)


def test_a_recipient_loop_of_optional_steps_ends() -> None:
    assert next_names((each_recipient(optional(A)), B), True) == "AB"


def test_guards_stand_before_the_next_step_that_must_come() -> None:
    first, second = never("X"), never("Y")
    assert list(guards((first, breaks("R"), second, A, never("Z")), True)) == [first, second]
    assert list(guards((optional(A), first), True)) == []
    assert list(guards((), True)) == []
    assert list(guards((each_recipient(A), first), False)) == [first], "every recipient is named"
    assert list(guards((each_recipient(A), first), True)) == []
    assert list(guards((each_recipient(A), first), None)) == []
    assert list(guards((repeat(A, most=0), first), True)) == [first]


def test_marks_are_passed() -> None:
    one, two = breaks("one"), breaks("two")
    assert marks((one, two, A, breaks("three"))) == ((one, two), (A, breaks("three")))
    assert marks((A, one)) == ((), (A, one))
    assert marks((one,)) == ((one,), ())
    assert marks((one, A)) == ((one,), (A,))


@pytest.mark.parametrize(
    ("steps", "unnamed", "expected"),
    [
        ((never("X"), breaks("R"), A, optional(B), C), True, "AC"),
        ((repeat(A), repeat(B, least=2), C), True, "BC"),
        ((either([A, B], [C]),), True, "AB"),
        ((either([A], [optional(B)]), C), True, "C"),
        ((any_order([A], [optional(D)], [B]),), True, "AB"),
        ((each_recipient(A), B), True, "AB"),
        ((each_recipient(A), B), False, "B"),
        ((each_recipient(A), B), None, "B"),
        ((repeat(EACH, least=1), either([EACH, B], [C]), any_order([EACH], [D])), True, "AABAD"),
        ((either([EACH], [C]), each_recipient(EACH)), True, "AA"),
    ],
)
def test_what_must_still_come(steps: Steps, unnamed: bool | None, expected: str) -> None:
    assert names(required(steps, unnamed)) == expected


def test_later_steps_come_nearest_first_and_name_what_is_left_out() -> None:
    found = [
        (names([one.leaf]), left_out)
        for one, left_out in later((A, optional(B), never("X"), C, closing()), True)
        if isinstance(one.leaf, Command)
    ]
    assert found == [("C", (A, optional(B), never("X")))]
    assert list(later((A,), True)) == []
    assert list(later((), True)) == []


def test_a_later_loop_is_a_required_step_only_if_a_turn_of_it_must_come() -> None:
    assert [names([one.leaf]) for one, _ in later((A, repeat(B)), True)] == ["B"]


@pytest.mark.parametrize(("unnamed", "expected"), [(True, "BC"), (False, "CC"), (None, "BCC")])
def test_a_later_recipient_comes_due_only_while_one_is_unnamed(unnamed: bool | None, expected: str) -> None:
    assert names(one.leaf for one, _ in later((A, each_recipient(B), C), unnamed)) == expected


# --- any dialogue


LEAVES = st.integers(0, 25).map(lambda number: command(chr(65 + number)))
MARKS = st.sampled_from([never("X"), breaks("R")])


def groups(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    several = st.lists(steps, min_size=1, max_size=3).map(tuple)
    alternatives = st.lists(several, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        several.map(Optional),
        st.builds(Repeat, several, st.integers(0, 2), st.none() | st.integers(2, 3)),
        alternatives.map(Either),
        alternatives.map(AnyOrder),
        several.map(EachRecipient),
    )


DIALOGUES = st.lists(st.recursive(LEAVES | MARKS, groups, max_leaves=8), max_size=4).map(tuple)


def leaves_in(steps: Steps) -> set[Leaf]:
    found: set[Leaf] = set()
    for step in steps:
        match step:
            case Never() | Breaks():
                pass
            case Optional() | Repeat() | EachRecipient():
                found |= leaves_in(step.steps)
            case Either() | AnyOrder():
                for one in step.alternatives:
                    found |= leaves_in(one)
            case _:
                found.add(step)
    return found


@settings(max_examples=150, deadline=None)
@given(DIALOGUES, st.sampled_from([True, False, None]))
def test_due_gives_steps_of_the_dialogue_and_ends(steps: Steps, unnamed: bool | None) -> None:
    written = leaves_in(steps)
    for one in due(steps, unnamed):
        assert one.leaf in written
        assert leaves_in(one.rest) <= written


def performance(steps: Steps, draw: st.DataObject, turns: int = 2) -> list[Leaf]:
    """One honest way through a dialogue, made from its meaning alone, not with the cursor."""
    came: list[Leaf] = []
    for step in steps:
        match step:
            case Never() | Breaks():
                pass
            case Optional():
                if draw.draw(st.booleans()):
                    came += performance(step.steps, draw)
            case Repeat():
                most = step.least + 1 if step.most is None else step.most
                for _ in range(draw.draw(st.integers(step.least, max(most, step.least)))):
                    came += performance(step.steps, draw)
            case Either():
                came += performance(draw.draw(st.sampled_from(step.alternatives)), draw)
            case AnyOrder():
                for one in draw.draw(st.permutations(step.alternatives)):
                    came += performance(one, draw)
            case EachRecipient():
                for _ in range(turns):
                    came += performance(step.steps, draw)
            case _:
                came.append(step)
    return came


@settings(max_examples=150, deadline=None)
@given(DIALOGUES, st.data())
def test_every_honest_way_through_is_accepted_and_leaves_nothing(steps: Steps, draw: st.DataObject) -> None:
    came = performance(steps, draw)
    places: set[Steps] = {steps}  # all places where play may stand, as alternatives may begin alike
    for leaf in came:
        places = {one.rest for place in places for one in due(place, None) if one.leaf == leaf}
        assert places, f"{leaf} is not accepted"
    assert any(not any(required(place, None)) for place in places)


@settings(max_examples=150, deadline=None)
@given(DIALOGUES, st.sampled_from([True, False, None]))
def test_what_must_come_belongs_to_the_dialogue_and_keeps_something_due(steps: Steps, unnamed: bool | None) -> None:
    owed = list(required(steps, unnamed))
    assert set(owed) <= leaves_in(steps)
    if owed:
        assert any(due(steps, unnamed))
