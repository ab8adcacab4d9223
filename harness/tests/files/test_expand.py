"""Placeholders and fragments."""

from __future__ import annotations

import pytest
from scenario_texts import HEAD, scenario, scenarios, wrong

from smtpwitness.files.expand import Expander
from smtpwitness.files.leaves import Check
from smtpwitness.files.nodes import Fields, Node, Text, compose
from smtpwitness.files.sources import Sources
from smtpwitness.model.template import Placeholder, Template

HELO = Placeholder("helo")


def _fill(text: str, **scope: str) -> tuple[Node, list[str]]:
    """The value *text* with *scope* filled in, and what is wrong with it."""
    check = Check()
    values = {name: compose(f"v: {value}\n", "scope")["v"] for name, value in scope.items()}
    made = Expander(Sources.of({}), "f", check).fill(compose(f"v: {text}\n", "f")["v"], values)
    return made, [str(problem) for problem in check.problems.error().problems]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ("plain",)),
        ('"{{x}}"', ("{x}",)),
        ("EHLO {helo}", ("EHLO ", HELO)),
        ("a{x}b", ("avb",)),
        ('"{x}{helo}{x}"', ("v", HELO, "v")),
        ("b {x:base64}", ("b dg==",)),
        ('"{{{x:xtext}"', ("{v",)),
        ("a{filler:12}", ("a123456789.12",)),
        ('"{username:base64}"', (Placeholder("username", "base64"),)),
        ("to {recipient.2}", ("to ", Placeholder("recipient.2"))),
        ("a{lines to 0100}", ("a", Placeholder("lines to 100"))),
        ('""', ()),
    ],
)
def test_text(text: str, parts: tuple[str | Placeholder, ...]) -> None:
    made, told = _fill(text, x="v")
    assert told == []
    assert isinstance(made, Text)
    assert made.template == Template(parts)


def test_text_that_was_put_in_is_not_read_again() -> None:
    made, told = _fill("a{x}", x='"{{helo}}"')
    assert (made, told) == ("a{helo}", [])


def test_text_that_stands_for_nothing_leaves_nothing() -> None:
    made, told = _fill('"{x}{helo}{x:base64}"', x='""')
    assert isinstance(made, Text)
    assert (made.template, told) == (Template((HELO,)), [])


def test_a_whole_placeholder_takes_any_shape_and_the_place_of_what_it_stands_for() -> None:
    made, told = _fill('"{x}"', x="{a: [b, '{helo}']}")
    assert (made, told) == ({"a": ["b", "{helo}"]}, [])
    assert isinstance(made, Fields)
    assert made.place.file == "scope"


def test_values_may_use_other_values() -> None:
    made, told = _fill("1{x}4", x="2{y}", y="3")
    assert (made, told) == ("1234", [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a {xy}", "f:1:6: {xy}: no such placeholder (did you mean 'x'?)"),
        ("a {xx}", "f:1:6: {xx}: no such placeholder (did you mean 'x'?)"),
        ("a {sendr}", "f:1:6: {sendr}: no such placeholder (did you mean 'sender'?)"),
        ("a {recipient.0}", "f:1:6: {recipient.0}: no such placeholder (did you mean 'recipient'?)"),
        ("a {recipient.x}", "f:1:6: {recipient.x}: no such placeholder (did you mean 'recipient'?)"),
        ("a {x:base46}", "f:1:6: {x:base46}: no such encoding (did you mean 'base64'?)"),
        ("a {filler:many}", "f:1:6: {filler:many}: 'many' is no whole number from 1 to 1000000"),
        ("a {lines to x}", "f:1:6: {lines to x}: 'x' is no whole number from 1 to 67108864"),
        ("a {list}", "f:1:6: {list} stands for a list or a map, and cannot be part of a text"),
        ("a {late:base64}", "f:1:6: {late:base64}: its value is not known before a case is played"),
        ("a {self}", "scope:1:6: {self} is made of itself"),
        ("a }", "f:1:6: a '}' without its '{'"),
        ("a {", "f:1:6: a '{' without its '}'"),
        ("a {}", "f:1:6: a placeholder without a name"),
    ],
)
def test_wrong(text: str, told: str) -> None:
    made, problems = _fill(text, x="v", list="[a]", late="b{helo}", self="b {self}")
    assert len(problems) == 1
    assert problems[0].startswith(told)
    assert isinstance(made, Text)


def test_a_whole_placeholder_of_itself() -> None:
    assert _fill('"{x}"', x='"{y}"', y='"{x}"')[1] == ["scope:1:4: {x} is made of itself"]


# --- fragments --------------------------------------------------------------------------------------------------


def _lines(text: str, **fragments: str) -> list[str]:
    """The patterns of the commands of the only connection, groups flattened."""
    found: list[str] = []

    def walk(steps: object) -> None:
        for step in steps if isinstance(steps, tuple) else ():
            if hasattr(step, "pattern"):
                found.append(str(step.pattern))
            walk(getattr(step, "steps", ()))
            for alternative in getattr(step, "alternatives", ()):
                walk(alternative)

    walk(scenario(text, **fragments).connections[0].steps)
    return found


def test_fragments_stand_in_place_also_in_groups() -> None:
    text = "dialogue:\n  - optional: [use: goodby]\n  - either: [[use: one], [use: two]]\n  - use: one\n"
    fragments = {"goodby": "steps: [C: RSET, C: QUIT]\n", "one": "steps: [C: ONE]\n", "two": "steps: [C: TWO]\n"}
    assert _lines(text, **fragments) == ["RSET", "QUIT", "ONE", "TWO", "ONE"]


def test_a_fragment_sees_the_placeholders_of_its_user_and_defaults_fill_the_gaps() -> None:
    own = "defaults: {a: 1, b: '2{a}'}\nsteps:\n  - C: '{a} {b}'\n  - use: inner\n"
    inner = "defaults: {b: no, c: 3}\nsteps: [C: '{a} {b} {c}']\n"
    assert _lines("dialogue: [use: own]\n", own=own, inner=inner) == ["1 21", "1 21 3"]
    made = scenarios("variants: {a: [x, y]}\ndialogue: [use: own]\n", own=own, inner=inner)
    assert [str(one.connections[0].steps[0].pattern) for one in made] == ["x 2x", "y 2y"]  # type: ignore[union-attr]


def test_the_name_of_a_fragment_may_hold_placeholders() -> None:
    made = scenarios("variants: {tls: [starttls, implicit]}\ndialogue: [use: 'hello-{tls}']\n")
    assert [type(one.connections[0].steps[0]).__name__ for one in made] == ["Command", "Tls"]


def test_defaults_may_be_overruled() -> None:
    made = scenarios("variants: {certificate: [expired]}\ndialogue: [use: hello-implicit]\n")
    assert made[0].connections[0].steps[0].certificate == "expired"  # type: ignore[union-attr]


def test_steps_can_be_one_whole_placeholder() -> None:
    assert _lines("dialogue: [use: own]\n", own="defaults: {s: [C: X]}\nsteps: '{s}'\n") == ["X"]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("steps: [use: own]\n", "fragments/own.yaml:1:14: the fragment 'own' uses itself: own -> own"),
        ("steps: [use: other]\n", "fragments/other.yaml:1:14: the fragment 'own' uses itself: own -> other -> own"),
        ("step: [C: QUIT]\n", "fragments/own.yaml:1:1: there is no key 'step' here (did you mean 'steps'?)"),
        ("defaults: {}\n", "fragments/own.yaml:1:1: the key 'steps' is missing"),
        ("steps: QUIT\n", "fragments/own.yaml:1:8: the steps of a fragment are a list"),
        ("steps: [C: '{nothing}']\n", "fragments/own.yaml:1:13: {nothing}: no such placeholder"),
        ("steps: [use: [x]]\n", "fragments/own.yaml:1:14: a list where a text belongs"),
    ],
)
def test_wrong_fragments(own: str, told: str) -> None:
    problems = wrong(HEAD + "dialogue: [use: own]\n", own=own, other="steps: [use: own]\n")
    assert problems == [told]
