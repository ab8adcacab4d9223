from __future__ import annotations

from dataclasses import replace

import pytest
import sample_run
from sample_run import MS, Tape

from smtpwitness.model.run import CaseResult
from smtpwitness.model.transcript import Kind, Side
from smtpwitness.report.waits import ENDS, Wait, gaps, replied, tail, waits


def taken(tape: Tape) -> CaseResult:
    return sample_run.case(tape, "core/waits")


def a_session(line: bytes, after: float = 3000) -> Tape:
    """A greeting, *line*, and 250 so many milliseconds later."""
    tape = Tape()
    tape.open()
    tape.line(line)
    tape.say(b"250 OK\r\n", after)
    return tape


@pytest.mark.parametrize(
    ("line", "who"),
    [
        (b"NOOP\r\n", "client"),
        (b"NOOP", "both"),
        (b"BDAT 3 LAST\r\nabc", "client"),
    ],
)
def test_who_waited_for_a_reply(line: bytes, who: str) -> None:
    tape = a_session(line)
    gap = gaps(tuple(tape.events))[tape.events[-1].seq]
    assert (gap.who, gap.long, gap.time) == (who, True, 3000 * MS - MS // 2)


def test_a_cut_chunk_keeps_the_server_waiting() -> None:
    tape = a_session(b"BDAT 9 LAST\r\nabc")
    tape.events[2] = replace(tape.events[2], note="cut")
    assert gaps(tuple(tape.events))[4].who == "both"


@pytest.mark.parametrize(
    ("content", "who"), [(b"a\r\n.\r\n", "client"), (b".\r\n", "client"), (b"a\r\n.", "both"), (b"a\n.\n", "both")]
)
def test_who_waited_after_the_message(content: bytes, who: str) -> None:
    tape = Tape()
    tape.open()
    tape.content(content)
    tape.event(Side.HARNESS, Kind.LIMIT, after=5000)
    assert gaps(tuple(tape.events))[tape.events[-1].seq].who == who


def test_a_client_that_goes_on_in_the_middle_kept_the_server_waiting() -> None:
    tape = Tape()
    tape.open()
    tape.event(Side.CLIENT, Kind.PARTIAL, size=10)
    tape.content(b"a\r\n.\r\n")
    assert gaps(tuple(tape.events))[tape.events[-1].seq].who == "server"


@pytest.mark.parametrize(
    ("reply", "who"), [(b"250 OK\r\n", "server"), (b"250-OK\r\n", "client"), (b"", "client"), (b"250\n", "server")]
)
def test_who_waited_after_a_reply(reply: bytes, who: str) -> None:
    tape = Tape()
    tape.open(reply)
    tape.line(b"NOOP\r\n")
    assert gaps(tuple(tape.events))[tape.events[-1].seq].who == who


def test_a_greeting_keeps_the_client_waiting_and_silence_after_tls_who_speaks_last() -> None:
    tape = Tape()
    tape.open()
    tape.event(Side.CLIENT, Kind.TLS)
    tape.line(b"EHLO a\r\n")
    found = gaps(tuple(tape.events))
    assert found[2].who == "client"
    assert found[4].who == "server"
    assert 1 not in found


def test_connections_do_not_wait_for_each_other_and_the_end_is_of_the_latest() -> None:
    tape = Tape()
    tape.open()
    tape.connection = 2
    tape.open()
    tape.connection = 0
    tape.event(Side.HARNESS, Kind.LIMIT, after=4000)
    found = gaps(tuple(tape.events))
    assert 3 not in found
    assert found[5].time == 4000 * MS - MS // 2


def test_nothing_waits_after_the_close() -> None:
    tape = Tape()
    tape.open()
    tape.close()
    tape.event(Side.HARNESS, Kind.EXIT, after=9000)
    assert tape.events[-1].seq not in gaps(tuple(tape.events))


def test_the_silence_at_the_end_is_told_once() -> None:
    tape = a_session(b"NOOP\r\n")
    assert tail(taken(tape)) == ()
    for _ in range(ENDS + 3):
        tape.event(Side.HARNESS, Kind.LIMIT, after=2000)
    assert [gap.who for gap in tail(taken(tape))] == ["server"] * ENDS


def test_waits_stand_beside_the_time_outs_of_the_rfc() -> None:
    tape = Tape()
    tape.open()
    for line in (b"MAIL FROM:<a@x.test>\r\n", b"RCPT TO:<b@x.test>\r\n", b"RCPT TO:<c@x.test>\r\n", b"DATA\r\n"):
        tape.line(line)
        tape.say(b"354 Go\r\n" if line == b"DATA\r\n" else b"250 OK\r\n", after=len(line))
    tape.content(b"a\r\n.\r\n")
    tape.event(Side.HARNESS, Kind.LIMIT, after=5000)
    found = {wait.what: wait for wait in waits(taken(tape))}
    assert list(found) == ["greeting", "MAIL", "RCPT", "DATA", "message", "command"]
    assert (found["RCPT"].limit, found["RCPT"].section) == (300, "4.5.3.2.3")
    assert found["RCPT"].longest == 20 * MS - MS // 2
    assert [what for what, wait in found.items() if wait.vain] == ["message"]
    assert found["message"].longest == 5000 * MS - MS // 2
    assert waits(replace(taken(tape), transcript=())) == ()


def test_an_unfinished_line_waits_for_no_reply() -> None:
    assert [wait.what for wait in waits(taken(a_session(b"MAIL FROM:<a>")))] == ["greeting", "command"]


@pytest.mark.parametrize(
    ("octets", "whether"),
    [
        (b"250 OK\r\n", True),
        (b"250-a\r\n250 b\r\n", True),
        (b"250-a\r\n", False),
        (b"250 O", False),
        (b"", False),
        (b"2500\r\n", False),
    ],
)
def test_a_reply_ends_in_its_last_line(octets: bytes, whether: bool) -> None:
    assert replied(octets) is whether


def test_a_bar_grows_with_the_ratio_and_ends_somewhere() -> None:
    bars = [Wait("MAIL", time * MS, False, 300, "4.5.3.2.2").shares for time in (0, 1, 1000, 300_000, 10**9)]
    assert [length for length, _ in bars] == [0, 0, 49, 90, 100]
    assert {limit for _, limit in bars} == {90}
