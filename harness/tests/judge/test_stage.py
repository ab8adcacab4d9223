"""Trouble, marks, times and what is left over: what play writes down on its way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import (
    ALICE,
    BOB,
    CAROL,
    DAN,
    DATA,
    EHLO,
    MAIL,
    OCTETS,
    ORDINARY,
    QUIT,
    RCPT,
    TRANSACTION,
    WIRE,
    any_order,
    breaks,
    closing,
    command,
    each_recipient,
    either,
    good,
    job,
    message,
    plain,
    raw,
    says,
    scenario,
    silent,
)
from theatre import CLOSE, ENVELOPE, GREET, HONEST, LEAVE, SEND, Data, Gone, Line, Move, On, Stage, play

from smtpwitness.judge.actions import End, Say
from smtpwitness.judge.record import Difference
from smtpwitness.judge.stage import Stage as Area
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import JobMessage, Row, Status
from smtpwitness.model.scenario import USUAL, Place, Reply, Scenario, Within
from smtpwitness.model.transcript import Kind

FROM = ENVELOPE[0]


# --- trouble


@pytest.mark.parametrize(
    ("reply", "keys"),
    [
        (says("250 Ok"), ["closed"]),
        (says("250-a", "250 b"), ["closed"]),
        (says("354 Ok"), ["closed"]),
        (USUAL, ["closed"]),
        (Reply(usual=True, delay=1.0), ["closed"]),
        (says("450 Later"), []),
        (says("550 No"), []),
        (says("199 What"), []),
        (says("25 What"), []),
        (raw("250 Ok\r\n"), []),
        (raw(""), []),
        (silent("close"), []),
        (says("250 Ok", then="stall"), []),
        (Reply(usual=True, then="close"), []),
    ],
)
def test_giving_up_is_a_finding_only_before_trouble(reply: Reply, keys: list[str]) -> None:
    end = play(scenario(EHLO, command("MAIL FROM:<{sender}>", reply), RCPT, QUIT), *GREET, FROM, CLOSE)
    assert end.keys == keys
    assert end.unmet() == ["RCPT TO:<{recipient}>", "QUIT"]


def test_after_trouble_extra_missing_and_unmet_steps_are_no_findings() -> None:
    steps = (EHLO, command("MAIL FROM:<{sender}>", "451 Later"), RCPT, DATA, QUIT)
    end = play(scenario(*steps), *GREET, FROM, "XYZZY", *LEAVE)
    assert end.keys == []
    assert end.statuses() == [Status.MET, Status.MET, Status.ALLOWED, Status.UNMET, Status.UNMET, Status.MET]


def test_after_trouble_saying_it_wrongly_still_is_one() -> None:
    steps = (command("EHLO {helo}", "502 No"), command("HELO {helo}"), QUIT)
    assert play(scenario(*steps), *GREET, "HELO wrong", *LEAVE).keys == ["different"]


def test_another_name_in_the_right_hello_is_a_note() -> None:
    (difference,) = play(scenario(EHLO, QUIT), "EHLO laptop", *LEAVE).differences
    assert (difference.key, difference.at_most) == ("dialogue/different", Verdict.NOTE)
    (difference,) = play(scenario(EHLO, QUIT), "HELO client.example.test", *LEAVE).differences
    assert (difference.key, difference.at_most) == ("dialogue/different", Verdict.FAIL)


def test_a_transaction_for_each_recipient_breaks_a_should_and_nothing_else() -> None:
    two = scenario(*ORDINARY, covers=("RFC5321-2.4-b",))
    (difference,) = play(two, *GREET, *SEND, *LEAVE, job=job(BOB, CAROL)).differences
    assert (difference.key, difference.requirement) == ("dialogue/missing", "RFC5321-4.5.4.1-i")
    (difference,) = play(two, *GREET, *LEAVE).differences
    assert (difference.key, difference.requirement) == ("dialogue/missing", "RFC5321-2.4-b")


def each(*recipients: str, wire: bytes = WIRE) -> tuple[str | Data, ...]:
    """A transaction for each of them."""
    return tuple(step for one in recipients for step in (FROM, f"RCPT TO:<{one}>", "DATA", Data(wire)))


@pytest.mark.parametrize(
    "script",
    [
        (*GREET, *each(BOB, CAROL, DAN), *LEAVE),
        (*GREET, *each(DAN, BOB), "RSET", *each(CAROL), *LEAVE),
        (*GREET, *each(BOB), *LEAVE, On(2), *GREET, *each(CAROL), *LEAVE, On(3), *GREET, *each(DAN), *LEAVE),
    ],
)
def test_all_transactions_of_one_message_are_one_difference(script: tuple[Move, ...]) -> None:
    end = play(scenario(*ORDINARY), *script, job=job(BOB, CAROL, DAN))
    assert [(one.key, one.requirement) for one in end.differences] == [("dialogue/missing", "RFC5321-4.5.4.1-i")]
    assert end.codes.count("354") == 3


@pytest.mark.parametrize(
    ("rest", "extra"),
    [
        (each(BOB), ["RCPT TO:<bob@example.test>", "DATA"]),  # who has it already gets it twice
        (each("who@example.test"), ["RCPT TO:<who@example.test>", "DATA"]),
        ((FROM, "DATA", "RSET"), ["DATA"]),
        (("VRFY bob", *each(CAROL, DAN), FROM), [FROM]),
        ((FROM, f"RCPT TO:<{CAROL}>", f"RCPT TO:<{BOB}>", "DATA", Data()), [f"RCPT TO:<{BOB}>"]),
    ],
)
def test_a_transaction_that_owes_nobody_a_copy_is_extra(rest: tuple[str | Data, ...], extra: list[str]) -> None:
    end = play(scenario(*ORDINARY), *GREET, *each(BOB), *rest, *LEAVE, job=job(BOB, CAROL, DAN))
    assert [one.observed for one in end.differences if one.key == "dialogue/extra"] == extra


def test_a_transaction_for_a_recipient_left_out_may_come_in_chunks() -> None:
    case = scenario(*ORDINARY, server=plain("CHUNKING"))
    last = (FROM, f"RCPT TO:<{CAROL}>", b"BDAT %d LAST\r\n" % len(OCTETS) + OCTETS)
    end = play(case, *GREET, *each(BOB), *last, *LEAVE, job=job(BOB, CAROL))
    assert end.keys == ["missing"]


def test_recipients_left_out_of_every_message_may_get_transactions_of_their_own() -> None:
    two = (JobMessage(ALICE, (BOB, CAROL), OCTETS), JobMessage(ALICE, (DAN, ALICE), SECOND))
    again = WIRE.replace(b"Hello", b"Again")
    script = (*each(BOB), *each(DAN, wire=again), *each(CAROL), *each(ALICE, wire=again))
    end = play(scenario(EHLO, *TRANSACTION, *TRANSACTION, QUIT), *GREET, *script, *LEAVE, job=job(messages=two))
    assert end.keys == ["missing"]


def test_where_declined_is_good_the_client_may_give_up_from_the_start() -> None:
    assert play(scenario(*ORDINARY, outcome=good("accepted", "declined")), *GREET, *LEAVE).keys == []
    assert play(scenario(*ORDINARY, outcome=good("accepted", "temporary")), *GREET, *LEAVE).keys == ["missing"]


def test_a_head_that_refuses_is_trouble() -> None:
    end = play(scenario(*ORDINARY, head=["554 No service"]), CLOSE)
    assert (end.replies, end.keys) == (["554 No service"], [])


def test_a_refusal_of_the_scenarios_persona_is_trouble() -> None:
    end = play(scenario(*ORDINARY, server=plain(MAIL="550 5.7.1 Not you")), *GREET, FROM, *LEAVE)
    assert end.keys == []


@pytest.mark.parametrize("line", ["RCPT TO:<bob@example.test>", "DATA", "XYZZY", "STARTTLS"])
def test_what_a_client_brings_on_itself_is_no_trouble(line: str) -> None:
    assert play(scenario(*ORDINARY), *GREET, line, CLOSE).keys == ["extra", "closed"]


def test_closing_counts_on_its_own_axis() -> None:
    assert play(scenario(*ORDINARY), *GREET, *SEND, CLOSE).keys == []
    end = play(scenario(EHLO, QUIT, closing()), *GREET, "QUIT")
    assert end.keys == []
    assert end.unmet() == ["(client closes the connection)"]


def test_what_is_left_is_told_once_however_the_connection_ends() -> None:
    end = play(scenario(EHLO, MAIL, RCPT), *GREET, CLOSE, Gone("reset"))
    assert end.keys == ["closed"]
    assert end.differences[0].events == (end.events[-2].seq,)
    assert play(scenario(EHLO, MAIL, RCPT), *GREET).differences[0].events == ()


def test_covers_of_the_step_or_else_of_the_scenario() -> None:
    steps = (EHLO, command("MAIL FROM:<{sender}>", covers="STEP"), RCPT)
    assert play(scenario(*steps), *GREET, CLOSE).differences[0].requirement == "STEP"
    assert play(scenario(EHLO, MAIL), *GREET, CLOSE).differences[0].requirement == "RFC5321-3.3-a"
    assert play(scenario(EHLO, MAIL, covers=[]), *GREET, CLOSE).differences[0].requirement is None


# --- what a difference says, and the row beside it


def told(end: Stage) -> tuple[Difference, Row]:
    """The only difference, and its row; both are about the same event."""
    [difference] = end.differences
    assert difference.row is not None
    row = end.rows[difference.row]
    if row.events:
        assert difference.events == row.events
    return difference, row


def test_what_a_step_said_otherwise_says() -> None:
    place = Place("file", 7, 3)
    step = replace(command("MAIL FROM:<{sender}>", covers="STEP"), place=place)
    difference, row = told(play(scenario(EHLO, step, QUIT), *GREET, "MAIL FROM:<x@y.test>", *LEAVE))
    assert (difference.key, difference.requirement) == ("dialogue/different", "STEP")
    assert (difference.expected, difference.observed, difference.nearest) == (FROM, "MAIL FROM:<x@y.test>", FROM)
    assert (row.connection, row.side, row.status) == (1, "client", Status.DIFFERENT)
    assert (row.expected, row.observed, row.place) == (FROM, "MAIL FROM:<x@y.test>", place)
    assert len(row.events) == 1


def test_what_a_mark_on_the_way_says() -> None:
    steps = (either([command("HELP")], [breaks("MARK"), command("NOOP")]), QUIT)
    difference, row = told(play(scenario(*steps), "NOOP", *LEAVE))
    assert (difference.key, difference.requirement) == ("dialogue/breaks", "MARK")
    assert (difference.expected, difference.observed) == ("NOOP", "NOOP")
    assert (row.status, row.observed, len(difference.events)) == (Status.MET, "NOOP", 1)


def test_what_a_mark_behind_a_step_says() -> None:
    steps = (either([command("HELP")], [command("NOOP"), breaks("MARK")]), QUIT)
    difference, row = told(play(scenario(*steps), "NOOP", *LEAVE))
    assert (difference.key, difference.requirement) == ("dialogue/breaks", "MARK")
    assert (difference.expected, difference.observed) == ("", "NOOP")
    assert (row.status, row.observed, len(difference.events)) == (Status.MET, "NOOP", 1)


def test_what_an_unwritten_line_says() -> None:
    difference, row = told(play(scenario(EHLO, MAIL, QUIT), *GREET, "MALI FROM:<x@y.test>", FROM, *LEAVE))
    assert (difference.key, difference.requirement) == ("dialogue/extra", "RFC5321-3.3-a")
    assert (difference.expected, difference.observed, difference.nearest) == (FROM, "MALI FROM:<x@y.test>", FROM)
    assert (row.side, row.status, row.expected, row.observed) == ("client", Status.EXTRA, "", "MALI FROM:<x@y.test>")
    assert len(difference.events) == 1


def test_what_a_step_left_out_says() -> None:
    place = Place("file", 9, 3)
    step = replace(command("VRFY x", covers="STEP"), place=place)
    end = play(scenario(EHLO, step, QUIT), *GREET, *LEAVE)
    difference, row = told(end)
    assert (difference.key, difference.requirement) == ("dialogue/missing", "STEP")
    assert (difference.expected, difference.observed) == ("VRFY x", "QUIT")
    assert [end.events[one].octets for one in difference.events] == [b"QUIT\r\n"]
    assert (row.connection, row.side, row.status) == (1, "client", Status.MISSING)
    assert (row.expected, row.observed, row.place) == ("VRFY x", "", place)


def test_what_a_step_at_a_wrong_time_says() -> None:
    step = command("MAIL FROM:<{sender}>", within=Within(0, 1), covers="STEP")
    difference, row = told(play(scenario(EHLO, step, QUIT), *GREET, Line(FROM, wait=2), *LEAVE))
    assert (difference.key, difference.requirement) == ("dialogue/within", "STEP")
    assert (difference.expected, difference.observed) == ("0 to 1 s", "2.0 s")
    assert (row.status, row.observed, len(difference.events)) == (Status.MET, FROM, 1)


def test_what_a_connection_that_ends_too_soon_says() -> None:
    place = Place("file", 11, 3)
    step = replace(command("RCPT TO:<{recipient}>", covers="STEP"), place=place)
    end = play(scenario(EHLO, MAIL, each_recipient(step), DATA), *GREET, FROM, CLOSE)
    difference = end.differences[0]
    assert (difference.key, difference.requirement) == ("dialogue/closed", "STEP")
    assert (difference.expected, difference.observed, difference.nearest) == ("RCPT TO:<{recipient}>", "", "")
    assert [end.events[one].kind for one in difference.events] == [Kind.CLOSE]
    rcpt, data = end.rows[-2:]
    assert difference.row == end.rows.index(rcpt)
    assert rcpt == Row(1, "client", Status.UNMET, "RCPT TO:<{recipient}>", place=place)
    assert (data.status, data.expected) == (Status.UNMET, "DATA")


def test_what_a_recipient_left_out_says() -> None:
    place = Place("file", 13, 3)
    step = replace(command("RCPT TO:<{recipient}>", covers="STEP"), place=place)
    steps = (EHLO, MAIL, each_recipient(step), DATA, message(), QUIT)
    end = play(scenario(*steps), *GREET, *SEND, *LEAVE, job=job(BOB, CAROL))
    difference, row = told(end)
    assert (difference.key, difference.requirement) == ("dialogue/missing", "STEP")
    assert (difference.expected, difference.observed) == ("RCPT TO:<{recipient}>", "DATA")
    assert [end.events[one].octets for one in difference.events] == [b"DATA\r\n"]
    assert row == Row(1, "client", Status.MISSING, "RCPT TO:<{recipient}>", place=place)


def test_only_a_recipient_is_left_out_for_another_transaction() -> None:
    (difference,) = play(scenario(*ORDINARY), *GREET, *ENVELOPE, *LEAVE).differences
    assert (difference.requirement, difference.expected) == ("RFC5321-3.3-a", "DATA")


def test_the_nearest_of_what_is_due_is_named() -> None:
    """RCPT is due and DATA is not, however like it may look."""
    end = play(scenario(*ORDINARY), *GREET, FROM, "DATE", CLOSE)
    assert end.differences[0].nearest == "RCPT TO:<{recipient}>"


# --- another mechanism than the one that is written

LOGS_IN = scenario(EHLO, command("AUTH PLAIN {username}"), QUIT, server=plain("auth plain login"))
VERIFIES = scenario(EHLO, command("VRFY {username}"), QUIT, server=plain("AUTH PLAIN LOGIN"))


@pytest.mark.parametrize(
    ("case", "line", "untold", "at_most"),
    [
        (LOGS_IN, "AUTH LOGIN", ["auth"], Verdict.NOTE),
        (LOGS_IN, "AUTH login", ["auth"], Verdict.NOTE),
        (LOGS_IN, "AUTH LOGIN", [], Verdict.FAIL),
        (LOGS_IN, "AUTH CRAM-MD5", ["auth"], Verdict.FAIL),
        (scenario(*LOGS_IN.connections[0].steps), "AUTH XXXX", ["auth"], Verdict.FAIL),
        (VERIFIES, "VRFY PLAIN", ["auth"], Verdict.FAIL),
    ],
)
def test_nobody_told_the_client_which_mechanism_to_take(
    case: Scenario, line: str, untold: list[str], at_most: Verdict
) -> None:
    end = play(case, *GREET, line, job=job(auth="PLAIN", untold=untold))
    assert [(one.key, one.at_most) for one in end.differences[:1]] == [("dialogue/different", at_most)]


def test_a_client_that_must_take_the_mechanism_gets_no_mail_without_it() -> None:
    end = play(scenario(*ORDINARY, server=plain("AUTH PLAIN")), *GREET, FROM, *LEAVE, job=job(auth="PLAIN"))
    assert end.codes == ["220", "250", "530", "221"]


def test_a_chunk_without_a_count_is_told_so() -> None:
    case = scenario(*ORDINARY, server=plain("CHUNKING"))
    end = play(case, *GREET, *ENVELOPE, "BDAT", *LEAVE)
    assert end.codes == ["220", "250", "250", "250", "501", "221"]


# --- needs


def test_a_step_that_a_client_lacks() -> None:
    steps = (EHLO, command("VRFY bob", needs="vrfy"), command("EXPN x", needs="expn"), QUIT)
    assert play(scenario(*steps), *GREET, *LEAVE).player.lacking == "vrfy"
    assert play(scenario(*steps), *GREET, CLOSE).player.lacking == "vrfy"
    assert play(scenario(*steps), *GREET, "VRFY bob", *LEAVE).player.lacking == "expn"
    assert play(scenario(*steps), *GREET, "VRFY bob", "EXPN x", *LEAVE).player.lacking is None


# --- within


@pytest.mark.parametrize(("wait", "keys"), [(0.1, ["within"]), (0.499, []), (2.999, []), (3.5, ["within"])])
def test_within_counts_from_the_last_event(wait: float, keys: list[str]) -> None:
    """The theatre adds a millisecond to each wait, so that two of these waits are just as long as may be."""
    limit = Within(0.5, 3.0)
    steps = (EHLO, command("MAIL FROM:<{sender}>", silent("stall")), closing(within=limit, covers="W"))
    end = play(scenario(*steps), *GREET, FROM, Gone(wait=wait))
    assert end.keys == keys
    if keys:
        assert (end.differences[0].requirement, end.differences[0].expected) == ("W", "0.5 to 3 s")
        assert end.differences[0].observed == f"{wait:.1f} s"
        assert end.differences[0].missed_by == pytest.approx(0.4 if wait < 0.5 else 0.5, abs=0.01)
        assert end.differences[0].nearest == ""


def test_within_counts_for_commands_and_content() -> None:
    steps = (EHLO, command("MAIL FROM:<{sender}>", within=Within(0, 1)), RCPT, DATA, message(within=Within(0, 1)), QUIT)
    slow = play(scenario(*steps), *GREET, Line(FROM, wait=2), ENVELOPE[1], "DATA", Data(wait=2), *LEAVE)
    assert slow.keys == ["within", "within"]


def test_a_line_that_was_early_waited_for_nothing() -> None:
    steps = (EHLO, command("MAIL FROM:<{sender}>", within=Within(0.5, 1)))
    end = play(scenario(*steps), *GREET, Line(FROM, early=True), CLOSE)
    assert end.differences[0].observed == "0.0 s"


# --- what is said


def say_of(reply: Reply, **replies: Reply) -> list[object]:
    end = play(scenario(command("NOOP", reply), server=plain(**replies)), "NOOP", finish=False)
    return list(end.actions[1:])


def test_delays_of_the_persona_and_written_ones() -> None:
    greeting, hello = play(scenario(EHLO), *GREET).actions
    assert isinstance(greeting, Say)
    assert isinstance(hello, Say)
    assert (greeting.delay, hello.delay) == (0.1, 0.02)
    assert say_of(says("250 Ok", delay=1.5)) == [Say((b"250 Ok\r\n",), 1.5, 0.01)]


def test_usual_with_a_manner_of_its_own() -> None:
    usual = b"250 2.0.0 Ok\r\n"
    assert say_of(Reply(usual=True, delay=1.0)) == [Say((usual,), 1.0, 0.01)]
    assert say_of(Reply(usual=True, split=(3,), gap=0.5)) == [Say((usual[:3], usual[3:]), 0.02, 0.5)]
    assert say_of(Reply(usual=True, times=2)) == [Say((usual * 2,), 0.02, 0.01)]
    assert say_of(Reply(usual=True, then="half-close")) == [Say((usual,), 0.02, 0.01), End("half-close")]


def test_the_personas_own_manner_is_kept() -> None:
    noop = says("250 Ok", split=(3,), gap=0.5, delay=2.0, then="close")
    assert say_of(USUAL, NOOP=noop) == [Say((b"250", b" Ok\r\n"), 2.0, 0.5), End("close")]


def test_two_replies_in_a_row() -> None:
    steps = (EHLO, command("NOOP", "usual", says("421 4.4.2 Tired of waiting", then="close")))
    end = play(scenario(*steps), *GREET, "NOOP", CLOSE)
    assert end.replies[2:] == ["250 2.0.0 Ok", "421 4.4.2 Tired of waiting"]
    assert end.ends == [End("close")]
    assert end.keys == []


def test_nothing_is_said_after_the_end() -> None:
    steps = (EHLO, command("NOOP", silent("stall"), says("250 never said")), closing())
    end = play(scenario(*steps), *GREET, "NOOP", "QUIT", "NOOP", CLOSE)
    assert end.codes == ["220", "250", ""]
    assert end.keys == []


def test_queue_ids_are_made_of_the_case_and_stay_the_same() -> None:
    one, other = (play(scenario(*ORDINARY), *HONEST).replies[5] for _ in range(2))
    assert one == other
    assert one != play(scenario(*ORDINARY, variant=("x",)), *HONEST).replies[5]


# --- several messages


SECOND = OCTETS.replace(b"Hello", b"Again")
TWO = (JobMessage(ALICE, (BOB,), OCTETS), JobMessage(ALICE, (CAROL,), SECOND))
BOBS = ("MAIL FROM:<alice@example.test>", "RCPT TO:<bob@example.test>", "DATA", Data())
CAROLS = (
    "MAIL FROM:<alice@example.test>",
    "RCPT TO:<carol@example.test>",
    "DATA",
    Data(WIRE.replace(b"Hello", b"Again")),
)


@pytest.mark.parametrize("order", [(*BOBS, *CAROLS), (*CAROLS, *BOBS)])
def test_the_first_recipient_picks_the_message(order: tuple[str | Data, ...]) -> None:
    end = play(scenario(EHLO, *TRANSACTION, *TRANSACTION, QUIT), *GREET, *order, *LEAVE, job=job(messages=TWO))
    assert end.keys == []


def test_a_message_with_the_others_content_is_different() -> None:
    script = (*BOBS[:3], CAROLS[3])
    end = play(scenario(EHLO, *TRANSACTION), *GREET, *script, CLOSE, job=job(messages=TWO))
    assert end.keys == ["message"]


def test_two_messages_to_the_same_recipient_may_come_in_any_order() -> None:
    both = (TWO[0], JobMessage(ALICE, (BOB,), SECOND))
    again = (*BOBS[:3], CAROLS[3])
    for order in ((*BOBS, *again), (*again, *BOBS)):
        end = play(scenario(EHLO, *TRANSACTION, *TRANSACTION), *GREET, *order, CLOSE, job=job(messages=both))
        assert end.keys == []


def test_senders_may_differ() -> None:
    both = (TWO[0], JobMessage(CAROL, (BOB,), SECOND))
    carols = (f"MAIL FROM:<{CAROL}>", *BOBS[1:3], CAROLS[3])
    for order in ((*BOBS, *carols), (*carols, *BOBS)):
        end = play(scenario(EHLO, *TRANSACTION, *TRANSACTION), *GREET, *order, CLOSE, job=job(messages=both))
        assert end.keys == []


def test_a_refused_message_may_be_sent_again_and_an_accepted_one_fits_too() -> None:
    later = (EHLO, MAIL, RCPT, DATA, message("452 Later"), *TRANSACTION, *TRANSACTION, QUIT)
    assert play(scenario(*later), *GREET, *BOBS, *BOBS, *BOBS, *LEAVE).keys == []


def test_recipients_of_another_message_are_none_of_this_one() -> None:
    end = play(scenario(*ORDINARY), *GREET, *BOBS[:2], CAROLS[1], *BOBS[2:], *LEAVE, job=job(messages=TWO))
    assert end.keys == ["extra"]


def test_open_messages_are_those_that_were_not_accepted_the_least_tried_first() -> None:
    area = Area(scenario(*ORDINARY), job(messages=(*TWO, TWO[0])))
    assert area.open_messages() == [0, 1, 2]
    area.tries = [2, 1, 0]
    assert area.open_messages() == [2, 1, 0]
    area.accepted = {2}
    assert area.open_messages() == [1, 0]
    area.accepted = {0, 1, 2}
    assert area.open_messages() == [2, 1, 0]


def test_an_unknown_recipient_picks_the_message_that_is_next() -> None:
    script = (*BOBS, CAROLS[0], "RCPT TO:<who@example.test>", *CAROLS[2:])
    end = play(scenario(EHLO, *TRANSACTION, *TRANSACTION, QUIT), *GREET, *script, *LEAVE, job=job(messages=TWO))
    assert end.keys == ["different"]


def test_any_order_left_out_half_way() -> None:
    steps = (EHLO, any_order([command("VRFY a")], [command("VRFY b")]), QUIT)
    end = play(scenario(*steps), *GREET, "VRFY b", *LEAVE)
    assert (end.keys, end.unmet()) == (["missing"], ["VRFY a"])
