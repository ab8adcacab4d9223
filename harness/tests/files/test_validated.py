"""A file of a small fixed shape: what is wrong is told in our words, each thing at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from smtpwitness.files.nodes import compose
from smtpwitness.files.problems import ScenarioError
from smtpwitness.files.validated import place_of, read_fields, validated


def _even(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


class Leg(BaseModel):
    model_config = ConfigDict(extra="forbid")

    length: Annotated[int, AfterValidator(_even)]
    shoe: str = ""


class Animal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    tail_length: int = Field(0, alias="tail-length")
    legs: list[Leg] = []
    head: Leg | None = None
    hind_leg: Leg | None = Field(None, alias="hind-leg")
    words: Annotated[list[Annotated[str, Field(max_length=3)]], BeforeValidator(lambda one: [one])] = []
    exits: dict[Literal["good", "bad"], list[int]] = {}


def read(text: str) -> Animal:
    return validated(Animal, compose(text, "a.yaml"))


def wrong(text: str) -> list[str]:
    """What is wrong with *text*, each with line and column."""
    with pytest.raises(ScenarioError) as caught:
        read(text)
    return [str(problem).removeprefix("a.yaml:") for problem in caught.value.problems]


def test_values_come_by_their_own_names() -> None:
    animal = read("name: rex\ntail-length: 7\nlegs: [{length: 2}, {length: 4, shoe: '07'}]\nexits: {bad: [1, 2]}")
    assert animal == Animal.model_validate(
        {
            "name": "rex",
            "tail-length": 7,
            "legs": [{"length": 2, "shoe": ""}, {"length": 4, "shoe": "07"}],
            "exits": {"bad": [1, 2]},
        }
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("legs: []", "1:1: the key 'name' is missing"),
        ("name: rex\nlegs:\n  - length: 2\n  - shoe: x", "4:5: the key 'length' is missing"),
        ("name: rex\ntail-lenght: 7", "2:1: there is no key 'tail-lenght' (did you mean 'tail-length'?)"),
        ("name: rex\nhead: 7", "2:7: head: keys with their values stand here: length"),
        ("name: rex\nxyzzy: 7", "2:1: there is no key 'xyzzy'"),
        # the keys of the place where it stands, no others
        ("name: rex\nlegs:\n  - {length: 2, sheo: x}", "3:17: there is no key 'sheo' (did you mean 'shoe'?)"),
        ("name: rex\nhead: {length: 2, nam: x}", "2:19: there is no key 'nam'"),
        ("name: rex\nhind-leg: {length: 2, sheo: x}", "2:23: there is no key 'sheo' (did you mean 'shoe'?)"),
        ("name: rex\nexits: {god: [0]}", "2:9: there is no outcome 'god' (did you mean 'good'?)"),
        ("name: rex\nexits: {xyzzy: [0]}", "2:9: there is no outcome 'xyzzy'"),
        ("name: rex\nlegs: [{length: 2}, {length: 3}]", "2:30: legs.1.length: 3 is odd"),
        ("name: rex\nexits:\n  bad:\n    - 1\n    - one", "5:7: exits.bad.1: "),
        ("name: rex\nlegs: none", "2:7: legs: "),
        ("name: rex\nwords: long", "2:8: words.0: "),  # a list that was made of one word: the word
        ("name: [rex]", "1:7: name: "),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, problem: str) -> None:
    (found,) = wrong(text)
    assert found.startswith(problem)
    assert "alue error" not in found
    assert "pydantic" not in found


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = wrong("nam: rex\nlegs: [{length: 1}, {}]")
    assert [one.partition(": ")[0] for one in sorted(found)] == ["1:1", "1:1", "2:17", "2:21"]


def test_what_is_wrong_twice_in_the_same_way_is_told_once() -> None:
    text = "name: rex\nlegs: [&leg {length: 1}, *leg]"
    assert len(wrong(text)) == 2  # legs.0 and legs.1
    text = "name: rex\nexits: {good: &statuses [x], bad: *statuses}"
    assert [one.partition(": ")[0] for one in wrong(text)] == ["2:26", "2:26"]
    assert len(wrong("name: rex\nlegs: [&leg {}, *leg]")) == 1  # one thing that is missing, at one place


# --- places -----------------------------------------------------------------------------------------------------

WRITTEN = compose("name: rex\nlegs:\n  - length: 2\n    shoe: left\n", "a.yaml")


@pytest.mark.parametrize(
    ("loc", "of_key", "line", "column"),
    [
        ((), False, 1, 1),
        (("name",), False, 1, 7),
        (("name",), True, 1, 1),
        (("legs",), True, 2, 1),
        (("legs", 0), False, 3, 5),
        (("legs", 0, "shoe"), False, 4, 11),
        (("legs", 0, "shoe"), True, 4, 5),
        # what leads to nothing ends at the last that is there
        (("tail",), False, 1, 1),
        (("tail",), True, 1, 1),
        (("legs", 0, "tail"), True, 3, 5),
        (("legs", 0, "shoe", 0), False, 4, 11),
        (("legs", "first"), False, 3, 3),
        ((0, "name"), False, 1, 1),
    ],
)
def test_places(loc: tuple[str | int, ...], of_key: bool, line: int, column: int) -> None:
    place = place_of(WRITTEN, loc, of_key)
    assert (place.file, place.line, place.column) == ("a.yaml", line, column)


# --- files ------------------------------------------------------------------------------------------------------


def test_a_file_is_read_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("name: 名\n", encoding="utf-8")
    fields = read_fields(path, "the animal")
    assert (dict(fields), fields.place.file) == ({"name": "名"}, str(path))


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (None, "1:1: the animal cannot be read: No such file or directory"),
        (b"name: \xff", "1:1: the animal cannot be read: it is not UTF-8 text"),
        (b"", "1:1: the file is empty"),
        (b"name: 'x", "1:7: a quote is not closed"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, octets: bytes | None, problem: str) -> None:
    path = tmp_path / "a.yaml"
    if octets is not None:
        path.write_bytes(octets)
    with pytest.raises(ScenarioError) as caught:
        read_fields(path, "the animal")
    assert [str(one) for one in caught.value.problems] == [f"{path}:{problem}"]


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="the animal cannot be read: "):
        read_fields(tmp_path, "the animal")
