"""What the server says, how, and the traps of YAML in it."""

from __future__ import annotations

import pytest
from scenario_texts import HEAD, PATH, marked, scenario, wrong

from smtpwitness.model.scenario import Command, Place, Reply
from smtpwitness.model.template import Placeholder, Template


def _reply(answer: str) -> Reply:
    made = scenario(f"job: {{timeout: 10 s}}\ndialogue:\n  - C: QUIT\n    S: {answer}\n").connections[0].steps[0]
    assert isinstance(made, Command)
    (reply,) = made.replies
    return reply


def _lines(*lines: str) -> tuple[Template, ...]:
    return tuple(Template((line,)) for line in lines)


HERE = Place(PATH, 6, 8)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ("250 Ok", Reply(lines=_lines("250 Ok"), place=HERE)),
        ("334", Reply(lines=_lines("334"), place=HERE)),
        ('"334 "', Reply(lines=_lines("334 "), place=HERE)),
        ("250 Ok: queued".join('""'), Reply(lines=_lines("250 Ok: queued"), place=HERE)),
        ("250 Ok  # a remark", Reply(lines=_lines("250 Ok"), place=HERE)),
        ("usual", Reply(usual=True, place=HERE)),
        ("[250-a, 250-b, 250 c]", Reply(lines=_lines("250-a", "250-b", "250 c"), place=Place(PATH, 6, 9))),
        ("[250-a, 550 b]", Reply(lines=_lines("250-a", "550 b"), place=Place(PATH, 6, 9))),
        ("{then: reset}", Reply(then="reset", place=HERE)),
        ('{raw: ""}', Reply(raw=Template(()), place=HERE)),
        ('{raw: "25\\r\\n", times: 100}', Reply(raw=Template(("25\r\n",)), times=100, place=HERE)),
        ("{reply: usual, delay: 0.5 timeout}", Reply(usual=True, delay=5.0, place=HERE)),
        ("{reply: usual, delay: quiet}", Reply(usual=True, delay="quiet", place=HERE)),
        ("{reply: 421 x, then: close}", Reply(lines=_lines("421 x"), then="close", place=HERE)),
        (
            "{reply: [220-a, 220 b], split: lines, gap: 1 s}",
            Reply(lines=_lines("220-a", "220 b"), split="lines", gap=1.0, place=HERE),
        ),
        ("{reply: 220 a, split: [1, 2]}", Reply(lines=_lines("220 a"), split=(1, 2), place=HERE)),
        ("250 {queue-id}", Reply(lines=(Template(("250 ", Placeholder("queue-id"))),), place=HERE)),
    ],
)
def test_reply(answer: str, reply: Reply) -> None:
    assert _reply(answer) == reply


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("¦Ok", "'Ok' does not begin with a reply code: 200 to 599"),
        ('¦"25 Ok"', "does not begin with a reply code"),
        ('¦"601 Ok"', "does not begin with a reply code"),
        ('¦"2500 Ok"', "does not begin with a reply code"),
        ('¦"250_Ok"', "does not begin with a reply code"),
        ('¦"250{helo}"', "does not begin with a reply code"),
        ('¦"{helo} Ok"', "does not begin with a reply code"),
        ('¦"²50 Ok"', "does not begin with a reply code"),
        ('¦"250 a\\r\\n"', "a line end inside a reply"),
        ("¦250-Ok", "the last line of a reply has no '-'"),
        ("[250-a, ¦250-b]", "the last line of a reply has no '-'"),
        ("[¦250 a, 250 b]", "all lines of a reply but the last have a '-'"),
        ("[250-a, ¦b, 250 c]", "(or did a ',' cut the line before it? quote that)"),
        ("¦[]", "the list is empty"),
        ("¦{}", "nothing is said here"),
        ("¦{delay: 1 s}", "nothing is said here"),
        ("¦{reply: 250 a, raw: b}", "which is it?"),
        ("{reply: 250 a, then: ¦colse}", "did you mean 'close'?"),
        ("{reply: 250 a, split: ¦words}", "none of: lines, octets"),
        ("{reply: 250 a, times: ¦0}", "no whole number"),
        ("{reply: ¦{raw: x}}", "a map where a text or a list belongs"),
        ("{¦repyl: 250 a}", "did you mean 'reply'?"),
        ("¦250 Ok #1", "' #' cuts this reply after '250 Ok'"),
        ("¦250 Ok # 1", "' #' cuts this reply"),
        ("¦250 Ok  #1", "' #' cuts this reply"),
        ("¦334 ", "the blank at the end of '334' is lost"),
        ("¦250 Ok  ", "the blank at the end"),
        ("¦250 {lines to 10}", "'{lines to N}' can stand only in a message"),
    ],
)
def test_wrong(answer: str, message: str) -> None:
    text, places = marked(HEAD + f"dialogue:\n  - C: QUIT\n    S: {answer}\n")
    told = wrong(text)
    assert [one.partition(": ")[0] for one in told] == places
    assert message in told[0]


def test_a_reply_of_nothing() -> None:
    assert wrong(HEAD + "dialogue:\n  - C: QUIT\n    S:\n") == ["5:7: nothing is written here, where a text belongs"]


def test_the_traps_are_told_where_a_variant_writes_the_reply() -> None:
    told = wrong(HEAD + "variants:\n  a:\n    x:\n      said: 250 Ok #1\ndialogue: [C: QUIT, S: '{said}']\n")
    assert [one.partition(": ")[0] for one in told] == ["6:13"]


@pytest.mark.parametrize(("delay", "kept"), [("quiet", "quiet"), ("0.5 timeout", 5.0)])
def test_a_delay_for_every_reply(delay: str, kept: object) -> None:
    made = scenario(f"job: {{timeout: 10 s}}\nserver: {{every reply: {{delay: {delay}}}}}\n")
    assert made.server.reply_delay == kept
