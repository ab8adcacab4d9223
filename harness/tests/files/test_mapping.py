"""Maps with known keys, and what is said of a node that is none."""

from __future__ import annotations

from typing import Annotated

import pytest

from smtpwitness.files.leaves import Check, Literal
from smtpwitness.files.mapping import Keys, OneOrMore, Shape, StepShape, read, step_kind
from smtpwitness.files.nodes import compose
from smtpwitness.files.problems import Problems
from smtpwitness.model.scenario import Place


class Inner(Shape):
    later = ("future",)
    one: Literal | None = None


class Outer(StepShape):
    name: Literal
    some: Annotated[list[Literal], OneOrMore()] | None = None
    inner: Inner | None = None
    words: Annotated[dict[str, Literal], Keys(lambda check: check.rules, "word")] | None = None


def _read(text: str) -> tuple[Outer | None, list[str]]:
    check = Check(Problems(), rules=("alpha", "beta"))
    made = read(Outer, compose(text, "f"), check)
    return made, [str(problem).removeprefix("f:") for problem in check.problems.error().problems]


def test_a_map_knows_its_place() -> None:
    made, told = _read("name: x\ninner: {one: y}\n")
    assert told == []
    assert made is not None
    assert made.inner is not None
    assert (made.place, made.inner.place) == (Place("f", 1, 1), Place("f", 2, 8))


@pytest.mark.parametrize("some", ["x", "[x]"])
def test_a_list_or_its_only_value(some: str) -> None:
    made, told = _read(f"name: n\nsome: {some}\n")
    assert told == []
    assert made is not None
    assert made.some == ["x"]


def test_a_misspelt_key_is_told_and_read_as_the_nearest() -> None:
    made, told = _read("nmae: x\n")
    assert told == ["1:1: there is no key 'nmae' here (did you mean 'name'?)"]
    assert made is not None
    assert made.name == "x"


def test_a_misspelt_key_does_not_replace_the_right_one() -> None:
    made, told = _read("name: x\nnames: y\n")
    assert told == ["2:1: there is no key 'names' here (did you mean 'name'?)"]
    assert made is not None
    assert made.name == "x"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\nzzz: y\n", "2:1: there is no key 'zzz' here; known: name, some, inner, words"),
        ("name: x\ninner: {future: y}\n", "2:9: not supported yet: future"),
        ("name: x\nclose: client\n", "2:1: 'close' is a step of its own: begin it with '- '"),
        ("name: x\n250 Ok: queued\n", "2:1: the ': ' after '250 Ok' makes a map of this reply: quote it"),
        ("name: x\nwords: {alpa: y}\n", "2:9: there is no word 'alpa' (did you mean 'alpha'?)"),
        ("name: x\nwords: [alpha]\n", "2:8: a list where a map belongs"),
        ("name: x\ninner: y\n", "2:8: the text 'y' where a map belongs"),
        ("name: x\nsome:\n", "2:6: nothing is written here, where a list belongs"),
        ("inner: {}\n", "1:1: the key 'name' is missing"),
    ],
)
def test_wrong(text: str, told: str) -> None:
    assert _read(text)[1] == [told]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{C: x, S: y, breaks: z}", "<C>"),
        ("{S: y, breaks: z}", "<S>"),
        ("{breaks: z}", "<breaks>"),
        ("{never: x, S: y}", "<never>"),
        ("{other: x}", None),
        ("[C]", None),
        ("C", None),
    ],
)
def test_the_kind_of_a_step(text: str, kind: str | None) -> None:
    assert step_kind(compose(f"v: {text}\n", "f")["v"]) == kind
