"""A transcript played again: what the server may not have done, and whom it let wait for too long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from scenes import ORDINARY, command, job, says, scenario
from theatre import CLOSE, GREET, HONEST, play

from smtpwitness.judge.follower import Follower
from smtpwitness.judge.player import Player
from smtpwitness.judge.replay import Replay
from smtpwitness.model.scenario import Scenario
from smtpwitness.model.transcript import Event, Kind, Transcript

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


@pytest.mark.parametrize(("delay", "starved"), [(0.9, True), (1.1, False)])
def test_a_reply_that_is_meant_to_be_late(delay: float, starved: bool) -> None:
    made = scenario(command("EHLO", replace(says("250 mail.example.test"), delay=delay * TIMEOUT)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved is starved


@pytest.mark.parametrize(("parts", "starved"), [(4, True), (3, False)])
def test_the_gaps_between_its_pieces_are_meant_too(parts: int, starved: bool) -> None:
    made = scenario(command("EHLO", replace(says("250 mail"), split="octets", gap=TIMEOUT / parts / 2.5)))
    transcript = play(made, *GREET, CLOSE).transcript
    assert replayed(made, late_by(transcript, reply_to_hello(transcript), 1.2 * TIMEOUT)).starved is starved


def test_each_reply_of_a_batch_has_its_own_time() -> None:
    transcript = play(USUAL, *HONEST).transcript
    slower = late_by(transcript, reply_to_hello(transcript), 0.6 * TIMEOUT)
    last = max(one.seq for one in slower if one.kind is Kind.REPLY)
    assert not replayed(USUAL, late_by(tuple(slower), last, 0.6 * TIMEOUT)).starved


def test_nobody_is_starved_by_a_relay() -> None:
    transcript = play(USUAL, *HONEST).transcript
    late = tuple(late_by(transcript, reply_to_hello(transcript), 2 * TIMEOUT))
    found = Replay(Follower(USUAL, job()), late, 0.0)
    assert (found.starved, found.astray) == (False, "")
