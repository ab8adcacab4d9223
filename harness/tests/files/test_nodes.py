"""YAML as nodes that know their places; what is wrong with the YAML itself is tested in test_scenarios."""

from __future__ import annotations

import pytest
import yaml

from smtpwitness.files.nodes import Fields, Items, Text, compose, explain
from smtpwitness.files.problems import ScenarioError
from smtpwitness.model.scenario import Place
from smtpwitness.model.template import Placeholder, Template


def _text(node: object) -> Text:
    assert isinstance(node, Text)
    return node


def test_every_value_and_key_knows_its_place() -> None:
    made = compose("a: x\nbc:\n  - {d: 'y z'}\n", "f.yaml")
    assert made.place == Place("f.yaml", 1, 1)
    assert made.key_places == {"a": Place("f.yaml", 1, 1), "bc": Place("f.yaml", 2, 1)}
    assert _text(made["a"]).place == Place("f.yaml", 1, 4)
    items = made["bc"]
    assert isinstance(items, Items)
    assert items.place == Place("f.yaml", 3, 3)
    (inner,) = items
    assert isinstance(inner, Fields)
    assert (inner.place, _text(inner["d"]).place) == (Place("f.yaml", 3, 5), Place("f.yaml", 3, 9))


def test_a_byte_order_mark_and_windows_line_ends_are_no_harm() -> None:
    made = compose("\ufeffa: x\r\nb: y\r\n", "f")
    assert made == {"a": "x", "b": "y"}
    assert _text(made["b"]).place == Place("f", 2, 4)
    assert _text(made["a"]).tail == ""


@pytest.mark.parametrize(
    "text", ["yes", "~", "null", "0x1F", "1_000", "12:30:45", "2026-11-23", "1e3", ".inf", "=", "<<"]
)
def test_plain_scalars_are_text(text: str) -> None:
    assert compose(f"a: {text}\n", "f") == {"a": text}


def test_only_nothing_is_missing() -> None:
    made = compose("a:\nb: ''\nc: ~\n", "f")
    assert [_text(node).missing for node in made.values()] == [True, False, False]


def test_the_rest_of_the_line_is_kept_behind_plain_text() -> None:
    made = compose("a: x  # y\nb: 'x'  # y\nc: x \n", "f")
    assert [_text(node).tail for node in made.values()] == ["  # y", "", " "]


def test_an_alias_is_the_node_that_it_repeats() -> None:
    made = compose("a: &x [b]\nc: *x\n", "f")
    assert made["c"] is made["a"]


def test_a_part_of_a_text_has_a_place() -> None:
    made = compose('a: "x {b} y"\nc: "p\n  q {d}"\ne: "\\x7bf}"\n', "f")
    assert _text(made["a"]).place_of("{b") == Place("f", 1, 7)
    assert _text(made["c"]).place_of("{d") == Place("f", 3, 5)
    assert _text(made["e"]).place_of("{f") == Place("f", 4, 4)


def test_filled_text_keeps_its_place() -> None:
    text = _text(compose("a: x\n", "f")["a"])
    whole = text.filled(Template(("p", "q")))
    assert (whole, whole.place, whole.template) == ("pq", text.place, Template(("p", "q")))
    assert text.filled(Template(("p{", Placeholder("helo")))) == "p{{{helo}"


def test_a_text_that_was_not_quoted_is_read_as_if_it_were() -> None:
    with pytest.raises(ScenarioError) as caught:
        compose("a: {b}\nc: {d: e, f}\ng: {h, i}\n", "f")
    assert [str(problem) for problem in caught.value.problems] == [
        'f:1:4: {b} without quotes is a map: write "{b}"',
        "f:2:11: the ',' before 'f' cuts the text 'e': quote the whole text",
        "f:3:5: the key 'h' has no value",
        "f:3:8: the key 'i' has no value",
    ]


def test_a_key_with_a_colon_and_no_value_is_only_missing() -> None:
    made = compose("a: {b: , c: x}\n", "f")["a"]
    assert isinstance(made, Fields)
    assert _text(made["b"]).missing


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\ta: x\n", "f:1:1: a tab: indent and separate with blanks"),
        ("a:\n  b: x\n\tc: y\n", "f:3:1: a tab: indent and separate with blanks"),
        ("a: 'x\ty' z\n", "f:1:10: text after a closing quote: quote the whole text"),
        ("a: @x\n", "f:1:4: a text that begins with '@' must be quoted"),
        ("a: [b, c\n", "f:2:1: a '[' or '{' is not closed, or a text inside it must be quoted"),
        ("a: b\n- c\n", "f:2:1: this line is indented wrongly"),
        ("a: - b\n", "f:1:4: a '- ' where no list item can stand: look at the indentation"),
        ("a: |x\n", "f:1:5: not YAML: expected chomping or indentation indicators, but found 'x'"),
    ],
)
def test_what_is_no_yaml_is_told_with_what_to_do(text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        compose(text, "f")
    assert str(caught.value) == told


def test_an_error_without_a_place_is_told_at_the_top() -> None:
    assert explain(yaml.MarkedYAMLError(), "", "f") == (Place("f", 1, 1), "not YAML: it cannot be read")
