"""Variants: which combinations there are, and what each changes."""

from __future__ import annotations

import pytest
from scenario_texts import HEAD, scenarios, wrong

from smtpwitness.files.nodes import compose
from smtpwitness.files.problems import Problems
from smtpwitness.files.variants import Variant, unused, variants


def _variants(text: str) -> tuple[list[Variant], list[str]]:
    problems = Problems()
    made = variants(compose(text, "f"), problems)
    return made, [str(problem).removeprefix("f:") for problem in problems.error().problems]


def test_without_variants_the_file_stands_as_it_is() -> None:
    made, told = _variants("title: t\n")
    assert told == []
    assert [(one.names, one.root, one.values) for one in made] == [((), {"title": "t"}, {})]


def test_later_axes_change_fastest() -> None:
    made, _ = _variants("variants: {a: [x, y], b: [p, q], c: [z]}\n")
    assert [one.names for one in made] == [("x", "p", "z"), ("x", "q", "z"), ("y", "p", "z"), ("y", "q", "z")]
    assert made[1].values == {"a": "x", "b": "q", "c": "z"}


def test_a_section_is_replaced_but_job_and_server_key_by_key() -> None:
    made, told = _variants(
        "title: t\ncovers: [x]\njob: {tls: none, auth: login}\nserver: coremail\n"
        "variants: {a: {v: {covers: [y], job: {tls: starttls}, server: {offers: [DSN]}, limit: 1 min, other: z}}}\n"
    )
    assert told == []
    assert made[0].root == {
        "title": "t",
        "covers": ["y"],
        "job": {"tls": "starttls", "auth": "login"},
        "server": {"persona": "coremail", "offers": ["DSN"]},
        "limit": "1 min",
    }
    assert made[0].values == {"a": "v", "other": "z"}


def test_a_persona_can_be_laid_over_a_server() -> None:
    made, _ = _variants("server: {offers: [DSN]}\nvariants: {a: {v: {server: gmail}, w: {}}}\n")
    assert [one.root["server"] for one in made] == [{"offers": ["DSN"], "persona": "gmail"}, {"offers": ["DSN"]}]


def test_a_value_that_is_no_map_is_what_the_axis_stands_for() -> None:
    made, told = _variants("variants: {a: {name: 334 x, other: [l], none: }}\n")
    assert told == []
    assert [(one.names, one.values["a"]) for one in made] == [
        (("name",), "334 x"),
        (("other",), ["l"]),
        (("none",), "none"),
    ]


def test_the_name_of_a_value_is_never_read_for_braces() -> None:
    made = scenarios('variants: {a: ["{helo}", "{"]}\ndialogue: [C: "x{a}"]')
    assert [str(one.connections[0].steps[0].pattern) for one in made] == ["x{{helo}}", "x{{"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("variants: {a: []}", ["1:15: the axis 'a' needs values: a list, or a map 'value: {...}'"]),
        ("variants: {a: {}}", ["1:15: the axis 'a' needs values: a list, or a map 'value: {...}'"]),
        ("variants: {a: [x, [y]]}", ["1:15: the values of an axis are texts, or a map 'value: {...}'"]),
        ("variants: {a: [x, y, x]}", ["1:22: the value 'x' stands here for the second time"]),
        ("variants: {a: {x: {variants: {}}}}", ["1:20: variants cannot stand inside variants"]),
        ("variants: {a: ['x,y']}", ["1:16: a value's name cannot hold ',', '[' or ']': it stands in the case's name"]),
    ],
)
def test_wrong(text: str, told: list[str]) -> None:
    assert _variants(text)[1] == told


def test_what_nothing_uses_is_told_with_the_section_that_may_be_meant() -> None:
    root, problems = compose("variants: {a: {x: {outcom: any, used: 1}, y: }, b: [z], c: w}\n", "f"), Problems()
    unused(root, {"used"}, problems)
    (told,) = problems.error().problems
    assert str(told) == "f:1:20: nothing uses {outcom}, and it is no key of a scenario (did you mean 'outcome'?)"


def test_a_placeholder_that_one_variant_alone_uses_is_used() -> None:
    text = "variants: {a: {x: {p: q, dialogue: [C: '{p}']}, y: {p: q}}}\n"
    assert wrong(HEAD + text) == []


def test_variants_without_a_file_that_has_them() -> None:
    unused(compose("title: t\n", "f"), set(), Problems())
