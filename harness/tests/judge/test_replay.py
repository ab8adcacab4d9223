"""A transcript played again: what the server may not have done, and whom it let wait for too long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from scenes import ORDINARY, command, job, says, scenario, silent
from theatre import CLOSE, GREET, HONEST, play

from smtpwitness.judge.follower import Follower
from smtpwitness.judge.player import Player
from smtpwitness.judge.replay import Replay
from smtpwitness.model.scenario import Scenario
from smtpwitness.model.transcript import Event, Kind, Side, Transcript

TIMEOUT = job().timeout
USUAL = scenario(*ORDINARY)


def replayed(made: Scenario, transcript: Iterable[Event], late: float = 0.0) -> Replay:
    return Replay(Player(made, job()), tuple(transcript), late)


def late_by(transcript: Transcript, seq: int, seconds: float) -> list[Event]:
    """*transcript* with the event *seq*, and all after it, so much later."""
    more = int(seconds * 1e9)
    return [replace(one, begun=one.begun + more, at=one.at + more) if one.seq >= seq else one for one in transcript]


def reply_to_hello(transcript: Transcript) -> int:
    return [one.seq for one in transcript if one.kind is Kind.REPLY][1]


@pytest.mark.parametrize(
    ("seconds", "late", "starved"),
    [(0.0, 0.0, False), (TIMEOUT - 1, 0.5, False), (TIMEOUT - 1, 1.0, True), (TIMEOUT + 1, 0.0, True)],
)
def test_a_reply_that_is_later_than_the_clients_time_out(seconds: float, late: float, starved: bool) -> None:
    transcript = play(USUAL, *HONEST).transcript
    found = replayed(USUAL, late_by(transcript, reply_to_hello(transcript), seconds), late)
    assert (found.starved, found.astray) == (starved, "")


def test_a_reply_that_never_came_because_the_client_had_gone() -> None:
    transcript = play(USUAL, *GREET, CLOSE).transcript
    hello = reply_to_hello(transcript)
    unsaid = [one for one in transcript if one.seq != hello]
    assert not replayed(USUAL, unsaid).starved
    assert replayed(USUAL, late_by(tuple(unsaid), hello, TIMEOUT)).starved


def test_a_time_out_that_is_over_to_the_nanosecond() -> None:
    transcript = play(USUAL, *HONEST).transcript
    reply = reply_to_hello(transcript)
    took = (transcript[reply].at - transcript[reply - 1].at) / 1e9
    assert replayed(USUAL, late_by(transcript, reply, TIMEOUT - took)).starved
    assert not replayed(USUAL, late_by(transcript, reply, TIMEOUT - took - 1e-9)).starved


@pytest.mark.parametrize(("delay", "starved"), [(0.9, True), (1.0, False), (1.1, False)])
def test_a_reply_that_is_meant_to_be_late(delay: float, starved: bool) -> None:
    made = scenario(command("EHLO", replace(says("250 mail.example.test"), delay=delay * TIMEOUT)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved is starved


@pytest.mark.parametrize("gap", [0.0, TIMEOUT / 8.5])
def test_what_waits_until_the_client_is_quiet_is_meant_to_come_at_once(gap: float) -> None:
    made = scenario(command("EHLO", replace(says("250 mail"), delay="quiet", split="octets", gap=gap)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved is (gap == 0)


def test_the_quiet_itself_is_not_meant() -> None:
    made = scenario(command("EHLO", replace(says("250 mail"), delay="quiet", split="octets", gap=TIMEOUT / 9.5)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved


@pytest.mark.parametrize(("part", "starved"), [(9.5, True), (8.5, False)])
def test_the_gaps_between_its_pieces_are_meant_too(part: float, starved: bool) -> None:
    octets = "250 mail\r\n"
    made = scenario(command("EHLO", replace(says("250 mail"), split="octets", gap=TIMEOUT / part)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert len(octets) == 10, "nine gaps"
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved is starved


def test_a_reply_in_one_piece_has_no_gap() -> None:
    made = scenario(command("EHLO", replace(says("250 mail"), gap=2 * TIMEOUT)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved


def test_each_of_two_replies_has_its_own_time() -> None:
    made = scenario(command("EHLO", says("250 mail"), says("250 and more")))
    transcript = play(made, *GREET, CLOSE).transcript
    first = reply_to_hello(transcript)
    slower = tuple(late_by(transcript, first, 0.6 * TIMEOUT))
    found = replayed(made, late_by(slower, first + 1, 0.6 * TIMEOUT))
    assert [one.kind for one in slower[first : first + 2]] == [Kind.REPLY] * 2
    assert (found.starved, found.astray) == (False, "")
    assert replayed(made, late_by(slower, first + 1, 1.1 * TIMEOUT)).starved


# --- what the server may not have done


def astray(number: int, **change: object) -> str:
    """What is said of the usual session with one event changed."""
    events = list(play(USUAL, *GREET, "MAIL FROM:<alice@example.test>", CLOSE).transcript)
    events[number] = replace(events[number], **change)  # type: ignore[arg-type]
    return replayed(USUAL, events).astray


def test_nothing_is_wrong_with_nothing() -> None:
    found = replayed(USUAL, ())
    assert (found.starved, found.astray) == (False, "")


def test_a_reply_that_is_another() -> None:
    wrong = astray(3, octets=b"250 something else\r\n")
    assert wrong == "event 3: the server said b'250 something else\\r\\n', which is not what it has to say here"


def test_a_reply_that_nobody_asked_for() -> None:
    events = list(play(USUAL, *GREET).transcript)
    twice = [*events, replace(events[-1], seq=len(events))]
    assert replayed(USUAL, twice).astray.startswith("event 4: the server said")


def test_an_end_that_the_scenario_does_not_make() -> None:
    assert (
        astray(-1, side=Side.SERVER, note="reset") == "event 6: the server ended the connection (reset) without reason"
    )
    assert astray(3, kind=Kind.CLOSE, note="eof") == "event 3: the server ended the connection (eof) without reason"


def test_an_end_that_it_makes() -> None:
    made = scenario(command("EHLO", silent("close")))
    transcript = play(made, *GREET).transcript
    assert [one.side for one in transcript if one.kind is Kind.CLOSE] == [Side.SERVER]
    assert replayed(made, transcript).astray == ""


@pytest.mark.parametrize("kind", [Kind.TLS, Kind.TLS_FAILED])
def test_a_handshake_that_it_does_not_make(kind: Kind) -> None:
    assert astray(2, kind=kind, octets=b"") == "event 2: a handshake that nothing asked for"


def test_nobody_is_starved_by_a_relay() -> None:
    transcript = play(USUAL, *HONEST).transcript
    late = tuple(late_by(transcript, reply_to_hello(transcript), 2 * TIMEOUT))
    found = Replay(Follower(USUAL, job()), late, 0.0)
    assert (found.starved, found.astray) == (False, "")
