"""Steps as the matcher reads them: which step an `S` answers, what a group begins with, what a connection is."""

from __future__ import annotations

import pytest
from scenario_texts import HEAD, marked, scenario, wrong

from smtpwitness.model.scenario import (
    AnyOrder,
    Breaks,
    Closing,
    Command,
    Connection,
    EachRecipient,
    Either,
    Message,
    Never,
    Optional,
    Repeat,
    Reply,
    Sasl,
    Step,
    Tls,
    Within,
)


def _steps(dialogue: str) -> tuple[Step, ...]:
    (connection,) = scenario(f"dialogue:\n{dialogue}").connections
    return connection.steps


def _said(replies: tuple[Reply, ...]) -> list[str]:
    return [" / ".join(map(str, reply.lines)) if reply.lines else "-" for reply in replies]


def _told(step: Step) -> object:
    """A step as short as can be: what is due and what is answered."""
    match step:
        case Command():
            return str(step.pattern), *_said(step.replies)
        case Message():
            return step.kind, *_said(step.replies)
        case Sasl():
            return "sasl", *_said(step.replies)
        case Never():
            return f"never {step.pattern}", *_said((step.reply,))
        case Breaks():
            return f"breaks {step.requirement}"
        case Either() | AnyOrder():
            return [[_told(inner) for inner in alternative] for alternative in step.alternatives]
        case Optional() | Repeat() | EachRecipient():
            return [_told(inner) for inner in step.steps]
        case _:
            return type(step).__name__.lower()


@pytest.mark.parametrize(
    ("dialogue", "told"),
    [
        ("  - C: A\n  - S: 250 a\n  - S: 250 b\n", [("A", "250 a", "250 b")]),
        ("  - C: A\n    S: 250 a\n  - S: 250 b\n", [("A", "250 a", "250 b")]),
        ("  - message: any\n  - S: 250 a\n", [("any", "250 a")]),
        ("  - C: AUTH\n  - sasl: {}\n  - S: 235 a\n", [("AUTH",), ("sasl", "235 a")]),
        ("  - C: A\n  - never: B\n  - S: 503 b\n", [("A",), ("never B", "503 b")]),
        ("  - C: A\n  - never: B\n    S: 503 b\n", [("A",), ("never B", "503 b")]),
        (
            "  - C: A\n    breaks: RFC5321-3.3-a\n  - S: 250 a\n",
            [("A", "250 a"), "breaks RFC5321-3.3-a"],
        ),
        (
            "  - either:\n    - [C: A, S: 250 a]\n    - [C: B, breaks: RFC5321-3.3-a]\n  - S: 250 z\n",
            [[[("A", "250 a", "250 z")], [("B", "250 z"), "breaks RFC5321-3.3-a"]]],
        ),
        ("  - each recipient: [C: R, C: Q]\n  - S: 250 z\n", [[("R",), ("Q", "250 z")]]),
        ("  - any order: [[C: A], [C: B]]\n  - S: 250 z\n", [[[("A", "250 z")], [("B", "250 z")]]]),
        (
            "  - either: [[either: [[C: A], [C: B]]], [each recipient: [C: R]]]\n  - S: 250 z\n",
            [[[[[("A", "250 z")], [("B", "250 z")]]], [[("R", "250 z")]]]],
        ),
        (
            "  - use: ordinary\n    until: EHLO\n  - S: 421 z\n",
            [[[("EHLO {helo}", "421 z")], [("HELO {helo}", "421 z"), "breaks RFC5321-2.2.1-b"]]],
        ),
        (
            "  - use: envelope\n    until: RCPT\n  - S: 550 z\n",
            [("MAIL FROM:<{sender}>",), ("RCPT TO:<{recipient}>", "550 z")],
        ),
    ],
)
def test_an_s_answers_the_step_before_it(dialogue: str, told: list[object]) -> None:
    assert [_told(step) for step in _steps(dialogue)] == told


def test_modifiers() -> None:
    steps = _steps(
        """\
  - {C: A, needs: timeout, covers: RFC5321-3.3-a, within: 3 s}
  - {message: {without: [Bcc], first: 2 kB}, covers: RFC5321-3.3-a, within: 3 s}
  - {close: client, covers: RFC5321-3.3-a, within: 0.5 to 3 timeout}
"""
    )
    command, message, closing = steps
    assert isinstance(command, Command)
    assert (command.needs, command.covers, command.within) == ("timeout", "RFC5321-3.3-a", Within(0.0, 3.0))
    assert isinstance(message, Message)
    assert (message.kind, message.without, message.first) == ("same", ("Bcc",), 2048)
    assert (message.covers, message.within) == ("RFC5321-3.3-a", Within(0.0, 3.0))
    assert isinstance(closing, Closing)
    assert (closing.covers, closing.within) == ("RFC5321-3.3-a", Within(5.0, 30.0))


def test_an_empty_map_is_the_same_message() -> None:
    (message,) = _steps("  - message: {}\n")
    assert isinstance(message, Message)
    assert (message.kind, message.without, message.first) == ("same", (), None)


def test_tls_and_sasl() -> None:
    how = "{certificate: expired, fail: garbage, versions: [1.0, 1.1], terms: null ciphers}"
    tls, sasl = _steps(f"  - tls: {how}\n    covers: RFC3207-4.2-b\n  - sasl: {{}}\n")
    assert isinstance(tls, Tls)
    assert (tls.certificate, tls.fail, tls.covers) == ("expired", "garbage", "RFC3207-4.2-b")
    assert tls.versions == ("1.0", "1.1")
    assert tls.terms == ("null ciphers",)
    assert isinstance(sasl, Sasl)


@pytest.mark.parametrize(
    ("times", "least", "most"),
    [("", 1, None), (", times: 3", 3, 3), (", times: 0..2", 0, 2), (", times: 1..", 1, None)],
)
def test_repeat(times: str, least: int, most: int | None) -> None:
    (repeat,) = _steps(f"  - {{repeat: [C: A]{times}}}\n")
    assert isinstance(repeat, Repeat)
    assert (repeat.least, repeat.most) == (least, most)


# --- connections ------------------------------------------------------------------------------------------------


def _connections(dialogue: str) -> list[tuple[list[str], list[object], bool]]:
    made: tuple[Connection, ...] = scenario(f"dialogue:\n{dialogue}").connections
    return [(_said(one.head), [_told(step) for step in one.steps], one.optional) for one in made]


def test_what_is_said_before_the_client_stands_at_the_head() -> None:
    assert _connections("  - S: 220 a\n  - S: 220 b\n  - C: A\n") == [(["220 a", "220 b"], [("A",)], False)]


def test_the_greeting_of_implicit_tls_comes_after_the_handshake() -> None:
    assert _connections("  - tls: {}\n  - S: 220 a\n  - C: A\n") == [(["220 a"], ["tls", ("A",)], False)]


def test_connections_and_optional_ones() -> None:
    assert _connections(
        "  - connection: [S: 220 a, C: A]\n  - optional: [connection: [C: B], connection: [C: D]]\n"
    ) == [
        (["220 a"], [("A",)], False),
        ([], [("B",)], True),
        ([], [("D",)], True),
    ]


# --- wrong ------------------------------------------------------------------------------------------------------

GROUP = "a group must begin with a step of the client that is always due"
NEVER_TAKEN = "this alternative can never be taken: one before it always fits"


@pytest.mark.parametrize(
    ("dialogue", "told"),
    [
        ("- optional: [C: RSET]\n- ¦S: 250 a\n", ["an S after an 'optional' or a 'repeat'"]),
        ("- repeat: [C: RSET]\n- ¦S: 250 a\n", ["an S after an 'optional' or a 'repeat'"]),
        ("- either: [[C: A, optional: [C: B]]]\n- ¦S: 250 a\n", ["an S after an 'optional'"]),
        ("- C: A\n- tls: {}\n- ¦S: 250 a\n", ["after a TLS handshake the server says nothing"]),
        ("- C: A\n- close: client\n- ¦S: 250 a\n", ["the client has closed"]),
        ("- C: A\n- never: B\n  S: 250 a\n- ¦S: 250 b\n", ["a second S for the same 'never'"]),
        ("- S: 220 a\n- ¦tls: {}\n", ["in implicit TLS nothing is said before the handshake"]),
        ("- optional: [¦S: 250 a, C: A]\n", [GROUP]),
        ("- optional: [¦breaks: RFC5321-3.3-a, ¦S: 250 a]\n", [GROUP, "there is no step of the client"]),
        ("- ¦optional: []\n", [GROUP]),
        ("- either: [[¦optional: [C: A]], [C: B]]\n", [GROUP]),
        ("- repeat: [¦{repeat: [C: A], times: 0..1}]\n", [GROUP]),
        ("- either: [[¦never: A], [C: A]]\n", [GROUP]),
        ("- either: ¦[]\n", ["the list is empty"]),
        ("- either: [[C: A x], [¦C: A x]]\n", [NEVER_TAKEN]),
        ("- either: [[C: AUTH], [¦C: auth LOGIN]]\n", [NEVER_TAKEN]),
        ("- either: [[C: ...], [¦C: B]]\n", [NEVER_TAKEN]),
        ("- either: [[close: client], [¦close: client]]\n", [NEVER_TAKEN]),
        ("- either: [[message: any], [¦message: empty]]\n", [NEVER_TAKEN]),
        ("- either: [[message: empty], [¦message: empty]]\n", [NEVER_TAKEN]),
        ("- either: [[C: A], [C: B], [either: [[¦C: B x], [C: A x]]]]\n", [NEVER_TAKEN]),
        ("- either: [[each recipient: [C: A]], [¦C: A x]]\n", [NEVER_TAKEN]),
        ("- connection: [C: A]\n- ¦C: B\n", ["a step outside of the connections"]),
        ("- connection: [C: A, ¦connection: [C: B]]\n", ["a connection can stand only at the top"]),
        ("- C: RCPT TO:<¦{recipient.2}>\n", ["{recipient.2}: the job has only 1 recipients"]),
        ("- {C: A, covers: ¦RFC5321-3.3-z}\n", ["there is no requirement 'RFC5321-3.3-z'"]),
        ("- {C: A, needs: ¦tiemout}\n", ["no client can be said to do 'tiemout' (did you mean 'timeout'?)"]),
        ("- {C: A, within: ¦soon}\n", ["'soon' is no time"]),
        ("- breaks: ¦no\n", ["there is no requirement 'no'"]),
        ("- tls: {certificate: ¦rotten}\n", ["'rotten' is none of: good, no common name"]),
        ("- tls: {certificate: ¦revoked}\n", ["not supported yet: revoked"]),
        ("- close: ¦server\n", ["'server' is none of: client"]),
    ],
)
def test_wrong(dialogue: str, told: list[str]) -> None:
    text, places = marked(f"{HEAD}dialogue:\n{dialogue}")
    problems = wrong(text)
    assert [problem.partition(": ")[0] for problem in problems] == places
    for problem, expected in zip(problems, told, strict=True):
        assert problem.partition(": ")[2].startswith(expected)


@pytest.mark.parametrize(
    "alternatives",
    [
        "[C: EHLO x], [C: HELO x]",
        "[C: AUTH LOGIN], [C: AUTH]",
        "[C: quit...], [C: QUIT...]",
        "[message: empty], [message: any]",
        "[C: A], [close: client], [C: ...]",
        "[C: A], [either: [[C: A], [C: B]]]",
    ],
)
def test_alternatives_that_can_be_taken(alternatives: str) -> None:
    assert wrong(f"{HEAD}dialogue:\n  - either: [{alternatives}]\n") == []


def test_a_recipient_that_one_message_has_is_one() -> None:
    text = "job: {messages: [{recipients: 1}, {recipients: 3}]}\ndialogue: [C: 'RCPT TO:<{recipient.3}>']\n"
    assert wrong(HEAD + text) == []


def test_patterns_that_may_never_come_are_checked_too() -> None:
    text, places = marked(HEAD + "never: ['RCPT TO:<¦{recipient.9}>', BDAT]\n")
    (first,) = wrong(text)
    assert first == f"{places[0]}: {{recipient.9}}: the job has only 1 recipients"
