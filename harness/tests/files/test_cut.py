"""`until`: what is left of a fragment."""

from __future__ import annotations

import pytest

from smtpwitness.files.cut import cut
from smtpwitness.files.nodes import Items, compose
from smtpwitness.files.problems import Problems


def _cut(steps: str, moment: str) -> tuple[object, list[str]]:
    problems = Problems()
    node = compose(f"s:\n{steps}", "f")["s"]
    assert isinstance(node, Items)
    return cut(node, moment, problems), [str(problem) for problem in problems.error().problems]


LONG = """\
- either:
    - [C: "EHLO x", S: 250 a]
    - [C: "HELO x", breaks: B, S: 250 a]
- {C: "mail from:<>", S: 250 Ok, covers: X}
- S: 250 again
- each recipient: [C: RCPT, S: 250 Ok]
- message: same
- optional: [C: NOOP, C: RSET, C: HELP]
- repeat: [C: VRFY, C: EXPN]
- connection: [C: ETRN, C: TURN]
- C: QUIT
"""
HELLO = {"either": [[{"C": "EHLO x"}, {"S": "250 a"}], [{"C": "HELO x"}, {"breaks": "B"}, {"S": "250 a"}]]}
CUT_HELLO = {"either": [[{"C": "EHLO x"}], [{"C": "HELO x"}, {"breaks": "B"}]]}
MAIL = {"C": "mail from:<>", "S": "250 Ok", "covers": "X"}
AGAIN = {"S": "250 again"}
EACH = {"each recipient": [{"C": "RCPT"}, {"S": "250 Ok"}]}
MESSAGE = {"message": "same"}


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("greeting", []),
        ("EHLO", [CUT_HELLO]),
        ("LHLO", [CUT_HELLO]),
        ("MAIL", [HELLO, {"C": "mail from:<>", "covers": "X"}]),
        ("RCPT", [HELLO, MAIL, AGAIN, {"C": "RCPT"}]),
        ("message", [HELLO, MAIL, AGAIN, EACH, MESSAGE]),
        ("RSET", [HELLO, MAIL, AGAIN, EACH, MESSAGE, {"C": "NOOP"}, {"C": "RSET"}]),
    ],
)
def test_cut(moment: str, left: list[object]) -> None:
    assert _cut(LONG, moment) == (left, [])


def test_of_a_repeat_the_body_stands_once() -> None:
    made, _ = _cut(LONG, "VRFY")
    assert isinstance(made, list)
    assert made[-1] == {"C": "VRFY"}


def test_a_connection_stays_one() -> None:
    made, _ = _cut(LONG, "ETRN")
    assert isinstance(made, list)
    assert made[-1] == {"connection": [{"C": "ETRN"}]}


def test_a_moment_that_never_comes() -> None:
    assert _cut(LONG, "DATA") == (None, [])


def test_what_is_no_step_is_passed_over() -> None:
    assert _cut("- x\n- optional: y\n- C: [z]\n- C: QUIT\n", "QUIT")[0] == [
        "x",
        {"optional": "y"},
        {"C": ["z"]},
        {"C": "QUIT"},
    ]


def test_an_alternative_without_the_moment_is_told() -> None:
    _, told = _cut("- either: [[C: MAIL], [C: QUIT]]\n", "MAIL")
    assert told == ["f:2:23: the fragment is cut (until: MAIL), but there is no MAIL here"]


def test_any_order_cannot_be_cut_yet() -> None:
    _, told = _cut("- any order: [[C: RCPT a], [C: RCPT b]]\n", "RCPT")
    assert told == ["f:2:3: not supported yet: a fragment that is cut (until: RCPT) inside 'any order'"]
