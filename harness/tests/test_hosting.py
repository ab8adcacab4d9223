"""Cases played for clients that nobody here started: what they are held to, and how one case follows another."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import scenes
from peers.scripted import Client as Peer
from peers.scripted import run
from real_runs import catalogue, scenario

from smtpwitness import hosting
from smtpwitness.hosting import Hosted, host
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client
from smtpwitness.model.scenario import Scenario
from smtpwitness.model.transcript import Event, Kind
from smtpwitness.runner import Plan, workshop

SOMEBODY = Client("somebody", (), takes="fixed")
HAPPY, COREMAIL = scenario("core/happy"), scenario("coursework/auth-login-coremail")
PASSWORD = "the-job-s-own-password"
MESSAGE = (
    b"From: carol@example.test\r\nDate: Mon, 23 Nov 2026 18:02:11 +0000\r\nMessage-ID: <1@example.test>\r\n\r\n"
    b"Another one.\r\n"
)


@contextlib.asynccontextmanager
async def open_case(wanted: Scenario = HAPPY, *told: str, **more: object) -> AsyncIterator[Hosted]:
    async with (
        workshop(catalogue()) as shop,
        host(Plan(wanted, SOMEBODY), shop, PASSWORD, **more) as hosted,  # type: ignore[arg-type]
    ):
        if told:
            hosted.tell(*told)
        yield hosted


async def greeted(hosted: Hosted) -> Peer:
    one = await Peer.connect(hosted.server)
    assert (await one.hear()).startswith(b"220")
    return one


async def asked(one: Peer, *lines: bytes) -> list[bytes]:
    """The last line of the reply to each of *lines*."""
    replies = []
    for line in lines:
        reply = await one.ask(line + b"\r\n")
        while reply[3:4] == b"-":
            reply = await one.hear()
        replies.append(reply)
    return replies


async def send(one: Peer, sender: bytes = b"carol@example.test", to: bytes = b"dan@example.test") -> None:
    """A message of the client's own, in lock-step."""
    await asked(one, b"MAIL FROM:<" + sender + b">", b"RCPT TO:<" + to + b">", b"DATA", MESSAGE + b".")


async def leave(one: Peer) -> None:
    await asked(one, b"QUIT")
    await one.close()


async def whole(hosted: Hosted, **envelope: bytes) -> None:
    """A session of an honest client."""
    one = await greeted(hosted)
    await asked(one, b"EHLO client.example.test")
    await send(one, **envelope)
    await leave(one)


def rules(case: CaseResult, *verdicts: Verdict) -> set[str]:
    """What was found, at these verdicts (none: fail and warn)."""
    return {one.rule for one in case.findings if one.verdict in (verdicts or (Verdict.FAIL, Verdict.WARN))}


# --- what a client is held to


def test_who_was_told_nothing_is_held_to_nothing() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            assert (hosted.job.told, hosted.job.takes) == (frozenset(), "fixed")
            await whole(hosted)
            await hosted.quiet()
            case = await hosted.judge()
        assert (case.verdict, case.client, case.fate) == (Verdict.PASS, "somebody", (("accepted",),))
        assert case.exit_status is None

    run(main)


@pytest.mark.parametrize("told", ["sender", "recipients"])
def test_who_was_told_a_value_is_held_to_it(told: str) -> None:
    async def main() -> None:
        async with open_case(HAPPY, told) as hosted:
            await whole(hosted)
            await hosted.quiet()
            case = await hosted.judge()
        assert (case.verdict, case.root_cause) == (Verdict.FAIL, "dialogue/different")

        async with open_case(HAPPY, told) as hosted:
            await whole(hosted, sender=scenes.ALICE.encode(), to=scenes.BOB.encode())
            await hosted.quiet()
            assert (await hosted.judge()).verdict is Verdict.PASS

    run(main)


@pytest.mark.parametrize(
    ("told", "takes"),
    [
        (("message",), "raw"),
        (("subject",), "composed"),
        (("body_file", "sender"), "composed"),
        (("subject", "message"), "raw"),
        (("sender",), "fixed"),
    ],
)
def test_how_it_takes_its_message_follows_from_what_it_was_told(told: tuple[str, ...], takes: str) -> None:
    async def main() -> None:
        async with open_case(HAPPY, *told) as hosted:
            assert (hosted.job.told, hosted.job.takes) == (set(told), takes)
            await whole(hosted)
            await hosted.quiet()
            case = await hosted.judge()
        assert ("message-changed" in rules(case, Verdict.NOTE)) is (takes != "fixed")
        assert ("dialogue/message" in rules(case)) is (takes == "raw")

    run(main)


def test_being_told_twice_adds_up() -> None:
    async def main() -> None:
        async with open_case(HAPPY, "sender") as hosted:
            hosted.tell("message")
            assert (hosted.job.told, hosted.job.takes) == ({"sender", "message"}, "raw")

    run(main)


async def log_in(hosted: Hosted, password: str) -> bytes:
    """AUTH LOGIN with this password; what the server says to it."""
    one = await greeted(hosted)
    name, secret = (base64.b64encode(word.encode()) for word in ("carol", password))
    reply = (await asked(one, b"EHLO client.example.test", b"AUTH LOGIN", name, secret))[-1]
    await leave(one)
    await hosted.quiet()
    return reply


@pytest.mark.parametrize("word", ["carols-own-word", PASSWORD])
def test_credentials_of_its_own_are_as_good_and_seen_by_nobody(word: str) -> None:
    heard: list[Event] = []

    async def main() -> None:
        async with open_case(scenario("auth/login"), hear=heard.append) as hosted:
            assert (await log_in(hosted, word)).startswith(b"235")
            case = await hosted.judge()
        (secret,) = (one for event in case.transcript for one in event.secrets)
        assert (secret.role, secret.agrees) == ("password", None)
        for octets in [event.octets for event in (*case.transcript, *heard)]:
            assert word.encode() not in octets
            assert base64.b64encode(word.encode()) not in octets

    run(main)


def test_who_was_told_the_password_is_held_to_it() -> None:
    async def main() -> None:
        async with open_case(scenario("auth/login"), "password") as hosted:
            await log_in(hosted, "carols-own-word")
            case = await hosted.judge()
        (secret,) = (one for event in case.transcript for one in event.secrets)
        assert secret.agrees is False
        assert "{password:base64}" in {one.expected for one in case.findings}

    run(main)


def test_a_rule_that_was_broken_fails_whatever_was_told() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            one = await greeted(hosted)
            await one.ask(b"EHLO client.example.test\n")
            await send(one)
            await leave(one)
            await hosted.quiet()
            case = await hosted.judge()
        assert (case.verdict, case.root_cause) == (Verdict.FAIL, "line-end")

    run(main)


@pytest.mark.parametrize(
    ("reported", "found"), [((), set()), ((("accepted",),), set()), ((("permanent",),), {"reported"})]
)
def test_what_nobody_reported_is_not_compared(reported: tuple[tuple[str, ...], ...], found: set[str]) -> None:
    async def main() -> None:
        async with open_case() as hosted:
            await whole(hosted)
            await hosted.quiet()
            case = await hosted.judge(reported)
        assert (rules(case), case.reported) == (found, reported)

    run(main)


# --- how a case goes and ends


def test_every_event_is_heard_as_it_happens() -> None:
    heard: list[Event] = []

    async def main() -> None:
        async with open_case(hear=heard.append) as hosted:
            one = await greeted(hosted)
            assert [event.kind for event in heard] == [Kind.OPEN, Kind.REPLY]
            await asked(one, b"EHLO client.example.test")
            await leave(one)
            await hosted.quiet()
            assert tuple(heard) == hosted.server.events

    run(main)


@pytest.mark.parametrize(("waited", "seconds"), [(None, "7"), (2.5, "2.5")])
def test_a_case_whose_time_is_up(waited: float | None, seconds: str) -> None:
    async def main() -> None:
        async with open_case(replace(HAPPY, limit=7.0)) as hosted:
            one = await greeted(hosted)
            await asked(one, b"EHLO client.example.test")
            assert not hosted.timed_out
            await hosted.stop(waited)
            case = await hosted.judge()
            with contextlib.suppress(ConnectionError):
                assert await one.rest() == b""
            await one.close()
        assert hosted.timed_out
        assert case.process.timed_out
        assert case.transcript[-1].kind is Kind.LIMIT
        (finding,) = (one for one in case.findings if one.rule == "silence")
        assert (finding.key, dict(finding.facts)["seconds"]) == ("silence.waiting", seconds)

    run(main)


def test_quiet_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "QUIET", 0.05)

    async def main() -> None:
        async with open_case() as hosted:
            one = await greeted(hosted)
            await hosted.quiet()
            assert not hosted.server.still
            await one.close()
            await hosted.server.quiet()
            assert hosted.server.still

    run(main)


def test_a_case_may_be_judged_more_than_once() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            one = await greeted(hosted)
            await asked(one, b"EHLO client.example.test")
            assert (await hosted.judge()).root_cause == "dialogue/closed"
            await send(one)
            await leave(one)
            await hosted.quiet()
            assert (await hosted.judge()).verdict is Verdict.PASS

    run(main)


def test_a_loop_that_was_late_before_anybody_came_is_held_against_nobody() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            hosted._window.worst = 1e9
            await whole(hosted)
            await hosted.quiet()
            assert (await hosted.judge()).lag_ms < 1e9

            hosted._window.worst = 1e9
            one = await greeted(hosted)
            await leave(one)
            assert (await hosted.judge()).lag_ms == 1e9

    run(main)


# --- the port


def test_a_port_that_is_asked_for_and_one_that_is_taken() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            taken = hosted.server.port
            assert hosted.job.port == taken != 0
            with pytest.raises(OSError):  # noqa: PT011 - its number differs by platform
                async with open_case(port=taken):
                    pass
        async with open_case(port=taken) as hosted:
            assert hosted.job.port == taken
            await whole(hosted)

    run(main)


def test_the_next_case_has_the_same_port_and_nothing_of_the_last() -> None:
    async def main() -> None:
        async with open_case(COREMAIL, "sender") as first:
            await whole(first)
            await first.quiet()
            assert (await first.judge()).verdict is Verdict.FAIL
            second = first.next(Plan(HAPPY, replace(SOMEBODY, name="somebody else")), PASSWORD)
            assert second.job.port == first.job.port
            assert (second.job.told, second.server.events) == (frozenset(), ())
            await whole(second)
            await second.quiet()
            case = await second.judge()
        assert (case.name, case.client, case.verdict) == ("core/happy", "somebody else", Verdict.PASS)
        assert {event.connection for event in case.transcript} == {1}
        assert case.transcript[0].seq == 0

    run(main)


def test_the_port_is_never_closed_not_even_where_the_server_is_the_first_to_leave() -> None:
    """A port that is bound anew is refused for a minute then."""
    greeting = scenario("faults/close-matrix[greeting]")

    async def main() -> None:
        async with open_case(greeting) as hosted:
            for _ in range(3):
                one = await Peer.connect(hosted.server)
                assert await one.rest() == b""
                await one.close()
                await hosted.quiet()
                assert hosted.counts
                hosted = hosted.next(Plan(greeting, SOMEBODY), PASSWORD)

    run(main)


def test_who_comes_while_one_case_follows_another_is_lost_to_neither() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            early = socket.create_connection(("127.0.0.1", hosted.server.port))  # holds up the loop: not accepted yet
            hosted = hosted.next(Plan(HAPPY, SOMEBODY), PASSWORD)
            early.close()
            await hosted.server.quiet()
            assert [event.kind for event in hosted.server.events][:1] == [Kind.OPEN]

    run(main)


def test_a_case_with_an_open_connection_is_not_left() -> None:
    async def main() -> None:
        async with open_case() as hosted:
            one = await greeted(hosted)
            with pytest.raises(AssertionError, match="torn out"):
                hosted.next(Plan(HAPPY, SOMEBODY), PASSWORD)
            await one.close()
            await hosted.server.quiet()

    run(main)


# --- what has come so far


async def look(hosted: Hosted) -> None:
    """Connect, and go without a word."""
    one = await Peer.connect(hosted.server)
    await one.close()
    await hosted.server.quiet()


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("core/happy", False),
        ("tls/implicit[good]", False),
        ("tls/implicit[expired]", False),
        ("faults/close-matrix[greeting]", True),
        ("faults/timeout-matrix[greeting]", True),
    ],
)
def test_a_look_at_the_port_is_no_session_unless_there_was_a_reason_to_leave(name: str, counts: bool) -> None:
    async def main() -> None:
        async with open_case(scenario(name)) as hosted:
            assert not hosted.counts
            one = await Peer.connect(hosted.server)
            async with asyncio.timeout(20):
                while counts and not any(event.kind is Kind.CLOSE for event in hosted.server.events):
                    await asyncio.sleep(0)
            await one.close()
            await hosted.server.quiet()
            assert hosted.counts is counts

    run(main)


@pytest.mark.parametrize(("name", "said"), [("core/happy", b"E"), ("tls/implicit[good]", b"EHLO x\r\n")])
def test_a_single_octet_is_a_session(name: str, said: bytes) -> None:
    async def main() -> None:
        async with open_case(scenario(name)) as hosted:
            one = await Peer.connect(hosted.server)
            one.send(said)
            await one.writer.drain()
            one.half_close()
            await one.rest()
            await one.close()
            await hosted.server.quiet()
            assert hosted.counts

    run(main)


TWO = scenes.scenario(
    connections=[scenes.connection(*scenes.ORDINARY), scenes.connection(*scenes.HELLO, *scenes.GOODBYE)]
)


def test_the_connections_that_a_scenario_still_asks_for() -> None:
    async def main() -> None:
        async with open_case(TWO) as hosted:
            assert hosted.awaited == ("connection", 1, 2)
            await whole(hosted)
            await hosted.server.quiet()
            assert hosted.awaited == ("connection", 2, 2)
            await look(hosted)
            assert hosted.awaited == ("connection", 2, 2)
            one = await greeted(hosted)
            await asked(one, b"EHLO client.example.test")
            await leave(one)
            await hosted.server.quiet()
            assert hosted.awaited is None
            assert (await hosted.judge()).verdict is Verdict.PASS

    run(main)


def test_a_connection_that_did_not_come_is_missed() -> None:
    async def main() -> None:
        async with open_case(TWO) as hosted:
            await whole(hosted)
            await hosted.quiet()
            assert (await hosted.judge()).root_cause == "dialogue/unconnected"

    run(main)


@pytest.mark.parametrize("name", ["faults/no-dup-after-250[close]", "core/happy"])
def test_nothing_is_awaited_of_who_may_stay_away(name: str) -> None:
    async def main() -> None:
        async with open_case(scenario(name)) as hosted:
            one = await greeted(hosted)
            await asked(one, b"EHLO client.example.test")
            await send(one)
            await one.close()
            await hosted.server.quiet()
            assert hosted.awaited is None

    run(main)


def test_a_connection_that_may_come_is_not_awaited() -> None:
    one, more = TWO.connections

    async def main() -> None:
        async with open_case(replace(TWO, connections=(one, replace(more, optional=True)))) as hosted:
            await whole(hosted)
            await hosted.server.quiet()
            assert hosted.awaited is None
            assert (await hosted.judge()).verdict is Verdict.PASS

    run(main)


def test_a_second_message_may_have_a_session_of_its_own() -> None:
    async def main() -> None:
        async with open_case(scenario("core/multi-message")) as hosted:
            await whole(hosted)
            await hosted.server.quiet()
            assert hosted.awaited == ("message", 2, 2)
            await whole(hosted)
            await hosted.server.quiet()
            assert hosted.awaited is None
            assert (await hosted.judge()).fate == (("accepted",), ("accepted",))

    run(main)
