"""Single values: how each is read, what is said of a wrong one, and what stands in for it."""

from __future__ import annotations

from typing import Annotated

import pytest

from smtpwitness.files.leaves import (
    Check,
    Delay,
    Literal,
    Need,
    RequirementId,
    Seconds,
    Sent,
    Size,
    counted,
    word,
    wrong_kind,
)
from smtpwitness.files.mapping import Shape, read
from smtpwitness.files.nodes import Node, compose
from smtpwitness.files.problems import Problems
from smtpwitness.files.quantities import Duration, Quiet


class Sample(Shape):
    literal: Literal | None = None
    requirement: RequirementId | None = None
    need: Need | None = None
    sent: Sent | None = None
    delay: Delay | None = None
    seconds: Seconds | None = None
    size: Size | None = None
    count: Annotated[int, counted(3)] | None = None
    colour: Annotated[str, word("red", "green", later=("blue",))] | None = None


def _read(key: str, value: str) -> tuple[object, list[str]]:
    check = Check(Problems(), requirements=("A-1", "A-2"))
    made = read(Sample, compose(f"{key}: {value}\n", "f"), check)
    assert made is not None
    return getattr(made, key), [str(problem) for problem in check.problems.error().problems]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("literal", "0755", "0755"),
        ("requirement", "A-1", "A-1"),
        ("need", "chunking", "chunking"),
        ("sent", "MAIL FROM:<{sender}>", "MAIL FROM:<{sender}>"),
        ("sent", "XMAIL bob", "XMAIL bob"),
        ("delay", "300 ms", Duration(0.3)),
        ("delay", "0 s", Duration(0.0)),
        ("delay", "quiet", Quiet()),
        ("seconds", "2 min", 120.0),
        ("size", "1 kB", 1024),
        ("count", "3", 3),
        ("colour", "green", "green"),
    ],
)
def test_good(key: str, text: str, value: object) -> None:
    assert _read(key, text) == (value, [])


@pytest.mark.parametrize(
    ("key", "text", "standin", "told"),
    [
        ("literal", "[a]", "", "f:1:10: a list where a text belongs"),
        ("literal", "", "", "f:1:9: nothing is written here, where a text belongs"),
        ("requirement", "A-3", "A-3", "f:1:14: there is no requirement 'A-3' (did you mean 'A-2'?)"),
        ("need", "chunkin", "chunkin", "f:1:7: no client can be said to do 'chunkin' (did you mean 'chunking'?)"),
        ("sent", "MIAL FROM:<a>", "MIAL FROM:<a>", "f:1:7: there is no command 'MIAL' (did you mean 'MAIL'?)"),
        ("delay", "silent", Duration(0.0), "f:1:8: 'silent' is no time: write"),
        ("seconds", "0 s", 10.0, "f:1:10: '0 s': write a time such as '2 s'"),
        ("seconds", "2 timeout", 10.0, "f:1:10: '2 timeout': write a time such as '2 s'"),
        ("size", "large", 1, "f:1:7: 'large' is no size: write '4096', '200 kB' or '2 MB'"),
        ("count", "4", 1, "f:1:8: '4' is no whole number from 1 to 3"),
        ("colour", "blue", "red", "f:1:9: not supported yet: blue"),
        ("colour", "gren", "red", "f:1:9: 'gren' is none of: red, green (did you mean 'green'?)"),
    ],
)
def test_wrong(key: str, text: str, standin: object, told: str) -> None:
    made, problems = _read(key, text)
    assert made == standin
    assert len(problems) == 1
    assert problems[0].startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x]", "a list where a text belongs"),
        ("{x: y, z: w}", "a map where a text belongs"),
        (
            "{250 Ok: queued}",
            "a map where a text belongs: if the ': ' after '250 Ok' made it one, quote the whole text",
        ),
        ("", "nothing is written here, where a text belongs"),
        ("x", "the text 'x' where a text belongs"),
    ],
)
def test_what_is_said_of_a_node_of_the_wrong_kind(text: str, told: str) -> None:
    node: Node = compose(f"v: {text}\n", "f")["v"]
    assert wrong_kind(node, "a text") == told
