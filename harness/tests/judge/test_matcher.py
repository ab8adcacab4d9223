"""The five rules of LANGUAGE.md, section 5, in their order, and what counts as said otherwise and yet met."""

from __future__ import annotations

import base64

import pytest
from scenes import (
    ALICE,
    BOB,
    CAROL,
    DAN,
    DATA,
    EHLO,
    ENVELOPE,
    MAIL,
    ORDINARY,
    QUIT,
    RCPT,
    TRANSACTION,
    any_order,
    breaks,
    command,
    each_recipient,
    either,
    job,
    message,
    optional,
    plain,
    repeat,
    says,
    scenario,
)
from theatre import CLOSE, GREET, HONEST, LEAVE, SEND, Data, Move, play

from smtpwitness.judge import grammar
from smtpwitness.judge.matcher import Match, Place, match_command, match_response
from smtpwitness.judge.pattern import Values
from smtpwitness.judge.session import State
from smtpwitness.model.run import Status
from smtpwitness.model.scenario import Command, Leaf, Step
from smtpwitness.model.transcript import Secrecy, Secret

FROM = "MAIL FROM:<alice@example.test>"
TO_BOB, TO_CAROL, TO_DAN = (f"RCPT TO:<{one}>" for one in (BOB, CAROL, DAN))


def test_an_honest_client_meets_every_step() -> None:
    end = play(scenario(*ORDINARY), *HONEST)
    assert end.differences == []
    assert end.statuses() == [Status.MET] * 6
    assert end.codes == ["220", "250", "250", "250", "354", "250", "221"]


def test_rule_1_a_due_step_that_fits_comes_before_one_with_the_same_verb() -> None:
    steps = (either([command("NOOP one", "250 first")], [command("NOOP two", "250 second")]), QUIT)
    assert play(scenario(*steps), "NOOP two", *LEAVE).replies[1] == "250 second"
    wrong = play(scenario(*steps), "NOOP three", *LEAVE)
    assert wrong.replies[1] == "250 first"
    assert wrong.keys == ["different"]


def test_rule_2_the_same_verb_is_met_with_one_difference_and_its_reply_follows() -> None:
    end = play(
        scenario(EHLO, command("MAIL FROM:<{sender}>", "451 4.3.0 Later", covers="R"), QUIT),
        *GREET,
        "MAIL FROM:<x@y.test>",
        *LEAVE,
    )
    assert end.keys == ["different"]
    [difference] = end.differences
    assert (difference.requirement, difference.expected) == ("R", FROM)
    assert difference.observed == "MAIL FROM:<x@y.test>"
    assert end.rows[difference.row or 0].status is Status.DIFFERENT
    assert end.codes[2] == "451"


def test_rule_2_comes_before_rule_3() -> None:
    steps = (EHLO, command("NOOP one"), command("NOOP two"), QUIT)
    assert play(scenario(*steps), *GREET, "NOOP two", "NOOP two", *LEAVE).keys == ["different"]


def test_rule_3_a_later_step_leaves_those_between_missing_with_one_finding() -> None:
    end = play(scenario(*ORDINARY), *GREET, *LEAVE)
    assert end.keys == ["missing"]
    assert end.differences[0].expected == FROM
    assert end.differences[0].observed == "QUIT"
    assert end.unmet() == [FROM, "RCPT TO:<{recipient}>", "DATA", "(message: same)"]
    assert end.codes[-1] == "221"


def test_rule_3_needs_a_command_that_is_legal_now() -> None:
    end = play(scenario(*ORDINARY), *GREET, TO_BOB, *SEND, *LEAVE)
    assert end.keys == ["extra"]  # RCPT before MAIL is no shortcut
    assert end.codes[2] == "503"
    assert Status.MISSING not in end.statuses()


def test_rule_3_finds_the_nearest() -> None:
    steps = (EHLO, command("VRFY a"), command("NOOP"), command("VRFY b"), command("NOOP"), QUIT)
    end = play(scenario(*steps), *GREET, "NOOP", "VRFY b", "NOOP", *LEAVE)
    assert end.keys == ["missing"]
    assert end.unmet() == ["VRFY a"]


def test_rule_4_another_hello_than_the_one_that_is_due() -> None:
    end = play(scenario(EHLO, *TRANSACTION, QUIT), "HELO client.example.test", *SEND, *LEAVE)
    assert end.keys == ["different"]
    assert end.replies[1] == "250 mail.example.test"
    assert play(scenario(command("HELO {helo}"), QUIT), *GREET, *LEAVE).keys == ["different"]


def test_rule_4_only_where_a_hello_is_due() -> None:
    end = play(scenario(*ORDINARY), *GREET, "HELO again", *SEND, *LEAVE)
    assert end.keys == []
    assert Status.ALLOWED in end.statuses()


def test_rule_5_the_persona_answers_and_play_stays() -> None:
    end = play(scenario(*ORDINARY), *GREET, "XYZZY", *SEND, *LEAVE)
    assert end.keys == ["extra"]
    assert end.differences[0].events == (end.events[4].seq,)
    assert end.codes[2] == "500"


def test_rule_5_names_the_nearest_step() -> None:
    end = play(scenario(*ORDINARY), *GREET, "MALI FROM:<alice@example.test>", *SEND, *LEAVE)
    assert end.differences[0].nearest == FROM


@pytest.mark.parametrize("line", ["NOOP", "HELP", "VRFY bob", "EXPN list", "RSET", "EHLO client.example.test"])
def test_what_is_allowed_unwritten(line: str) -> None:
    end = play(scenario(*ORDINARY), *GREET, line, *SEND, *LEAVE)
    assert end.keys == []
    assert end.statuses()[1] is Status.ALLOWED


@pytest.mark.parametrize(
    ("line", "code"), [("RSET", "250"), ("MAIL FROM:<x@y.test>", "503"), ("STARTTLS", "502"), ("ETRN x", "502")]
)
def test_what_is_not(line: str, code: str) -> None:
    end = play(scenario(EHLO, MAIL, RCPT, DATA, message(), QUIT), *GREET, FROM, line, finish=False)
    assert end.keys == ["extra"]
    assert end.codes[-1] == code


def test_after_the_last_step_nothing_is_a_finding() -> None:
    end = play(
        scenario(EHLO, optional(command("NOOP"))), *GREET, "XYZZY", "MAIL FROM:<a@b.test>", "DATA", "QUIT", CLOSE
    )
    assert end.keys == []
    assert end.codes[2:] == ["500", "250", "554", "221"]


# --- groups


def test_either_takes_the_first_alternative_and_does_not_go_back() -> None:
    steps = (EHLO, either([command("NOOP"), command("VRFY x")], [command("NOOP"), command("HELP")]), QUIT)
    end = play(scenario(*steps), *GREET, "NOOP", "HELP", *LEAVE)
    assert end.keys == ["missing"]  # HELP is allowed; VRFY is missing when QUIT comes
    assert end.unmet() == ["VRFY x"]
    assert play(scenario(*steps), *GREET, "NOOP", "VRFY x", *LEAVE).keys == []


def test_a_mark_on_the_way_says_what_is_broken() -> None:
    end = play(scenario(*ORDINARY), "HELO client.example.test", *SEND, *LEAVE)
    assert [(one.key, one.requirement) for one in end.differences] == [("dialogue/breaks", "RFC5321-2.2.1-b")]
    assert end.rows[end.differences[0].row or 0].observed == "HELO client.example.test"


def test_a_mark_behind_a_step_counts_when_the_step_is_met() -> None:
    steps = (EHLO, either([command("NOOP"), breaks("N")], [command("HELP"), breaks("H")]), QUIT)
    assert [one.requirement for one in play(scenario(*steps), *GREET, "HELP", *LEAVE).differences] == ["H"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_any_order(order: tuple[int, ...]) -> None:
    recipients = any_order(
        [command("RCPT TO:<{recipient.1}>", "250 Ok")],
        [command("RCPT TO:<{recipient.2}>", "550 No such user")],
        [command("RCPT TO:<{recipient.3}>", "450 Busy")],
    )
    lines = [TO_BOB, TO_CAROL, TO_DAN]
    end = play(
        scenario(EHLO, MAIL, recipients, DATA, message(), QUIT),
        *GREET, FROM, *(lines[number] for number in order), "DATA", Data(), *LEAVE,
        job=job(BOB, CAROL, DAN),
    )  # fmt: skip
    assert end.keys == []
    assert end.codes[3:6] == [("250", "550", "450")[number] for number in order]


def test_optional_is_taken_at_most_once() -> None:
    steps = (EHLO, optional(command("NOOP one", "250 written")), QUIT)
    assert play(scenario(*steps), *GREET, "NOOP one", *LEAVE).replies[2] == "250 written"
    assert play(scenario(*steps), *GREET, *LEAVE).keys == []
    assert play(scenario(*steps), *GREET, "NOOP one", "NOOP one", *LEAVE).replies[3] == "250 2.0.0 Ok"


def test_repeat_counts() -> None:
    steps = (EHLO, repeat(command("NOOP", "250 written"), least=1, most=2), QUIT)
    assert play(scenario(*steps), *GREET, *LEAVE).keys == ["missing"]
    end = play(scenario(*steps), *GREET, "NOOP", "NOOP", "NOOP", *LEAVE)
    assert end.replies[2:5] == ["250 written", "250 written", "250 2.0.0 Ok"]
    assert end.keys == []


@pytest.mark.parametrize("order", [(TO_BOB, TO_CAROL), (TO_CAROL, TO_BOB)])
def test_each_recipient_in_the_clients_order(order: tuple[str, ...]) -> None:
    end = play(scenario(*ORDINARY), *GREET, FROM, *order, "DATA", Data(), *LEAVE, job=job(BOB, CAROL))
    assert end.keys == []


def test_each_recipient_left_out_is_missing() -> None:
    end = play(scenario(*ORDINARY), *GREET, FROM, TO_BOB, "DATA", Data(), *LEAVE, job=job(BOB, CAROL))
    assert end.keys == ["missing"]
    assert end.unmet() == ["RCPT TO:<{recipient}>"]


def test_each_recipient_named_twice_is_different_and_the_other_may_still_come() -> None:
    end = play(scenario(*ORDINARY), *GREET, FROM, TO_BOB, TO_BOB, TO_CAROL, "DATA", Data(), *LEAVE, job=job(BOB, CAROL))
    assert end.keys == ["different"]


def test_each_recipient_said_wrongly_is_one_finding_not_two() -> None:
    end = play(scenario(*ORDINARY), *GREET, FROM, "RCPT TO:<rob@example.test>", "DATA", Data(), *LEAVE)
    assert end.keys == ["different"]


def test_each_recipient_when_none_was_told() -> None:
    own = job(BOB, CAROL, untold=["recipients"])
    for lines in (["RCPT TO:<x@y.test>"], [TO_BOB, "RCPT TO:<x@y.test>", "RCPT TO:<z@y.test>"]):
        assert play(scenario(*ORDINARY), *GREET, FROM, *lines, "DATA", Data(), *LEAVE, job=own).keys == []
    assert play(scenario(*ORDINARY), *GREET, FROM, "DATA", *LEAVE, job=own, finish=False).keys == ["extra", "missing"]


def test_a_transaction_after_rset_begins_anew() -> None:
    script: tuple[Move, ...] = (*GREET, FROM, TO_BOB, "RSET", *SEND, *LEAVE)
    refused = command("RCPT TO:<{recipient}>", "550 5.1.1 No such user")
    end = play(scenario(EHLO, MAIL, each_recipient(refused), command("RSET"), *TRANSACTION, QUIT), *script)
    assert end.keys == []
    assert isinstance(refused, Command)


# --- one line at one place


def place(*steps: Step, unnamed: bool | None = True, state: State | None = None) -> Place:
    return Place(steps, state or State(), plain(), Values(job()), (BOB,), unnamed)


NAME, PASS = command("{username:base64}"), command("{password:base64}")
ALICES = base64.b64encode(ALICE.encode()) + b"\r\n"
SECRET = (Secret(0, 4, Secrecy.PASSWORD, "base64", agrees=True),)


@pytest.mark.parametrize(
    ("steps", "octets", "secrets", "status", "leaf"),
    [
        ((NAME, QUIT), ALICES, (), Status.MET, NAME),
        ((either([NAME], [PASS]), QUIT), b"xxxx\r\n", SECRET, Status.MET, PASS),
        ((either([NAME], [PASS]), QUIT), b"bWFsbG9yeQ==\r\n", (), Status.DIFFERENT, NAME),
        ((NAME, QUIT), b"*\r\n", (), Status.EXTRA, None),  # who cancels says nothing else (RFC 4954, 4)
        ((command("*"), QUIT), b"*\r\n", (), Status.MET, command("*")),
        ((QUIT,), ALICES, (), Status.EXTRA, None),
        ((optional(message()), optional(QUIT), NAME), ALICES, (), Status.MET, NAME),
    ],
)
def test_what_a_sasl_response_is(
    steps: tuple[Step, ...], octets: bytes, secrets: tuple[Secret, ...], status: Status, leaf: Leaf | None
) -> None:
    found = match_response(octets, secrets, place(*steps))
    assert (found.status, found.due.leaf if found.due else None) == (status, leaf)


@pytest.mark.parametrize(("unnamed", "leaf"), [(True, NAME), (None, NAME), (False, command("..."))])
def test_a_response_in_a_loop_over_recipients(unnamed: bool | None, leaf: Leaf) -> None:
    found = match_response(ALICES, (), place(each_recipient(NAME), command("..."), unnamed=unnamed))
    assert found.due is not None
    assert (found.status, found.due.leaf) == (Status.MET, leaf)


def test_a_step_behind_a_loop_over_recipients_that_is_over() -> None:
    steps = (command("NOOP one"), each_recipient(command("VRFY x")), QUIT)
    line = grammar.command(b"VRFY x\r\n")
    found = match_command(line, place(*steps, unnamed=True))
    assert (found.status, found.missing) == (Status.MET, (command("NOOP one"),))
    assert match_command(line, place(*steps, unnamed=False)) == Match(Status.ALLOWED)


def test_a_line_that_is_no_command_is_no_response_said_otherwise() -> None:
    assert match_command(grammar.command(b"XYZZY\r\n"), place(command("*"), QUIT)) == Match(Status.EXTRA)


@pytest.mark.parametrize(("unnamed", "status"), [(True, Status.EXTRA), (False, Status.ALLOWED), (None, Status.ALLOWED)])
def test_a_dialogue_is_over_when_no_recipient_is_left_to_name(unnamed: bool | None, status: Status) -> None:
    line = grammar.command(b"XYZZY\r\n")
    assert match_command(line, place(each_recipient(RCPT), unnamed=unnamed)).status is status


def test_what_the_persona_does_not_offer_is_neither_a_later_step_nor_allowed() -> None:
    greeted, line = State(greeting="220", hello="EHLO"), grammar.command(b"STARTTLS\r\n")
    steps = (command("NOOP one"), command("STARTTLS"), QUIT)
    assert match_command(line, place(*steps, state=greeted)) == Match(Status.EXTRA)


# --- SASL lines outside an exchange


def test_a_pattern_without_a_verb_is_held_to_what_it_says() -> None:
    steps = (EHLO, either([command("*", "250 star")], [command("...", "250 dots")]), QUIT)
    assert play(scenario(*steps), *GREET, "xyz", *LEAVE).replies[2] == "250 dots"
    assert play(scenario(*steps), *GREET, "*", *LEAVE).replies[2] == "250 star"


def test_written_replies_are_said_whatever_the_persona_would_say() -> None:
    end = play(scenario(command("MAIL FROM:<...>", says("250 why not")), QUIT), "MAIL FROM:<a@b.test>", *LEAVE)
    assert end.replies[1] == "250 why not"
    assert play(scenario(MAIL, QUIT), FROM, *LEAVE).replies[1].startswith("503")


def test_personas_replies_serve_where_nothing_is_written() -> None:
    end = play(scenario(*ENVELOPE, server=plain(MAIL="250 hm")), *GREET, FROM, TO_BOB, CLOSE)
    assert end.replies[2] == "250 hm"
