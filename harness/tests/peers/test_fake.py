import asyncio
import contextlib
import inspect
import socket
import ssl
import subprocess
import sys
import time

import aiosmtpd.smtp
import pytest
from peers.scripted import (
    BYE,
    CERTIFICATES,
    GREETING,
    Client,
    Plain,
    Scripted,
    brief,
    of,
    play,
    run,
    trusting,
)  # fmt: skip

from smtpwitness.judge.actions import Action, End, Reading, Say, StartTls
from smtpwitness.model.run import Certificate
from smtpwitness.model.transcript import Kind, Secrecy, Secret, Side
from smtpwitness.peers import fake, recorder
from smtpwitness.peers.fake import GARBAGE
from smtpwitness.peers.server import Server, serve
from smtpwitness.peers.sockets import unreceived

# --- the session


def test_a_session_is_recorded_in_order() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        assert await one.hear() == b"220 ready\r\n"
        assert await one.ask(b"DATA\r\n") == b"354 go on\r\n"
        assert await one.ask(b"Subject: x\r\n\r\n..\r\n.\r\n") == b"250 ok\r\n"
        assert await one.ask(b"quit\r\n") == b"221 bye\r\n"
        await one.close()

    conversation = Scripted()
    events = play(conversation, client)
    assert brief(events) == [
        ("client", "open", ""),
        ("server", "reply", b"220 ready\r\n"),
        ("client", "line", b"DATA\r\n"),
        ("server", "reply", b"354 go on\r\n"),
        ("client", "content", b"Subject: x\r\n\r\n..\r\n.\r\n"),
        ("server", "reply", b"250 ok\r\n"),
        ("client", "line", b"quit\r\n"),
        ("server", "reply", b"221 bye\r\n"),
        ("client", "close", "eof"),
    ]
    assert conversation.heard == list(events)
    assert {event.connection for event in events} == {1}
    assert [event.begun for event in events] == sorted(event.begun for event in events)


def test_both_addresses_have_one_port_and_connections_are_counted_from_one() -> None:
    async def client(server: Server) -> None:
        for host in ("127.0.0.1", "::1"):
            one = await Client.connect(server, host)
            await one.hear()
            await one.close()

    events = play(Scripted(), client)
    assert [event.connection for event in of(events, Kind.OPEN)] == [1, 2]


def test_a_lone_lf_ends_a_line_and_a_lone_cr_does_not() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        one.send(b"NOOP\nNO\rOP\r\n")
        for _ in range(3):
            await one.hear()
        await one.close()

    assert [event.octets for event in of(play(Scripted(), client), Kind.LINE)] == [b"NOOP\n", b"NO\rOP\r\n"]


def test_a_line_without_end_is_taken_as_ended_after_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "SILENCE", 0.1)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"HELO x") == b"250 ok\r\n"
        await one.close()

    (line,) = of(play(Scripted(), client), Kind.LINE)
    assert line.octets == b"HELO x"


@pytest.mark.parametrize("end", [b"x\n.\n", b"x\r\n.", b"x\r.\r", b"x\r\n.\n", b".\n", b"x\n.\r\n"])
def test_a_lone_dot_without_its_ends_is_taken_as_the_end_after_silence(
    end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "SILENCE", 0.05)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        assert await one.ask(end) == b"250 ok\r\n"
        await one.close()

    (content,) = of(play(Scripted(), client), Kind.CONTENT)
    assert (content.octets, content.note) == (end, "unterminated")


def test_content_without_a_dot_is_waited_for_through_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "SILENCE", 0.05)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        one.send(b"half\r\n")
        await asyncio.sleep(0.15)  # what is tested is that nothing happens
        assert await one.ask(b".\r\n") == b"250 ok\r\n"
        await one.close()

    (content,) = of(play(Scripted(), client), Kind.CONTENT)
    assert (content.octets, content.note) == (b"half\r\n.\r\n", "")
    assert content.at - content.begun > 100_000_000


def test_a_client_that_ends_inside_content_is_recorded_with_what_came() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        one.send(b"Subject: half")
        await one.close()

    events = play(Scripted({"content": ()}), client)
    assert brief(events)[-2:] == [("client", "content", b"Subject: half"), ("client", "close", "eof")]
    assert events[-2].note == "cut"


def test_a_client_that_ends_its_half_still_gets_its_replies() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"NOOP\r\nNO")
        one.half_close()
        assert await one.rest() == b"250 ok\r\n250 ok\r\n"
        await one.close()

    events = play(Scripted({"line": (Say((b"250 ok\r\n",), delay=0.05),)}), client)
    assert brief(events)[-5:] == [
        ("client", "line", b"NOOP\r\n"),
        ("server", "reply", b"250 ok\r\n"),
        ("client", "line", b"NO"),
        ("server", "reply", b"250 ok\r\n"),
        ("client", "close", "eof"),
    ]
    assert events[-1].at < events[-2].at  # recorded last, but it had happened before


def test_a_reset_is_told_from_an_eof() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.reset()

    assert brief(play(Scripted(), client))[-1] == ("client", "close", "reset")


def test_octets_that_were_read_as_a_line_can_be_content_after_all() -> None:
    class Hasty(Scripted):
        def feed(self, event):  # type: ignore[no-untyped-def]
            if event.octets == b"Subject: x\r\n":
                self.again = event.octets
                self.content.add(1)
                return ()
            return super().feed(event)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"Subject: x\r\n\r\nhello\r\n.\r\n") == b"250 ok\r\n"
        await one.close()

    events = play(Hasty(), client)
    (content,), (line,) = of(events, Kind.CONTENT), of(events, Kind.LINE)
    assert content.octets == b"Subject: x\r\n\r\nhello\r\n.\r\n"
    assert content.begun == line.begun


def test_part_of_the_content_is_told_of_as_soon_as_it_has_come() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        assert await one.ask(b"0123456789") == b"250 early\r\n"
        assert await one.ask(b"\r\n.\r\n") == b"250 ok\r\n"
        await one.close()

    events = play(Scripted({"partial": (Say((b"250 early\r\n",)),)}, first=4), client)
    (partial,) = of(events, Kind.PARTIAL)
    assert (partial.size, partial.octets) == (4, b"")
    assert of(events, Kind.CONTENT)[0].octets == b"0123456789\r\n.\r\n"


@pytest.mark.parametrize(("said", "replies"), [(b"", [(b"", "cut")]), (b"250 early\r\n", [])])
def test_a_stall_in_the_middle_of_content_is_told_of_though_the_client_went(
    said: bytes, replies: list[tuple[bytes, str]]
) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        one.send(b"0123456789")
        while not of(server.events, Kind.PARTIAL):
            await asyncio.sleep(0.001)
        one.reset()

    events = play(Scripted({"partial": (Say((said,), delay=30.0),)}, first=4), client)
    begun = next(number for number, event in enumerate(events) if event.kind is Kind.PARTIAL)
    assert [(event.octets, event.note) for event in of(events[begun:], Kind.REPLY)] == replies
    assert of(events, Kind.CONTENT)[0].note == "cut"


def test_the_server_can_reset_in_the_middle_of_content() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        one.send(b"0123456789")
        with pytest.raises(ConnectionResetError):
            await one.rest()
        await one.close()

    events = play(Scripted({"partial": (End("reset"),)}, first=4), client)
    assert brief(events)[-3:] == [
        ("client", "partial", ""), ("client", "content", b"0123456789"), ("server", "close", "reset"),
    ]  # fmt: skip
    assert events[-2].note == "cut"


# --- time

HASTY = """
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.recv(99)
for _ in range(4):
    s.sendall(b"HELO x\\r\\n"); s.recv(99)
s.sendall(b"NOOP\\r\\n"); s.sendall(b"RSET\\r\\n"); s.sendall(b"QUIT\\r\\n")
while s.recv(99): pass
"""
"""Four honest exchanges first: then Linux delays its ACKs, and Nagle's algorithm keeps what was said too early back."""


def test_a_client_that_does_not_wait_for_replies_is_proved_to_have_talked_early_on_a_busy_machine() -> None:
    hold = {"line": (Say((b"250 ok\r\n",), delay=0.02),), "QUIT": (BYE, End("close"))}
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]

    async def client(server: Server) -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", HASTY, str(server.port))
        await process.wait()

    try:
        for _ in range(10):
            events = play(Scripted(hold), client)
            lines, replies = of(events, Kind.LINE)[4:], of(events, Kind.REPLY)[4:]
            assert [line.octets for line in lines] == [b"NOOP\r\n", b"RSET\r\n", b"QUIT\r\n"]
            assert lines[1].begun < replies[1].begun
            assert lines[2].begun < replies[1].begun
    finally:
        for one in busy:
            one.kill()
            one.wait()


def test_what_waits_in_the_kernel_is_seen_before_a_reply_without_any_hold_leaves() -> None:
    """The loop is held up, so that only the kernel knows of the second line when the first is answered."""

    class Slow(Scripted):
        def feed(self, event):  # type: ignore[no-untyped-def]
            if event.octets == b"NOOP\r\n":
                self.early.sendall(b"RSET\r\n")
            return super().feed(event)

    async def client(server: Server) -> None:
        conversation.early = one = socket.create_connection(("127.0.0.1", server.port))
        await asyncio.to_thread(one.recv, 99)
        one.sendall(b"NOOP\r\n")
        await asyncio.to_thread(one.recv, 8)
        await asyncio.to_thread(one.recv, 8)
        one.close()

    conversation = Slow()
    for _ in range(20):
        events = play(conversation, client)
        assert of(events, Kind.LINE)[1].begun < of(events, Kind.REPLY)[1].begun


def test_an_honest_client_never_seems_to_talk_early() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        for _ in range(300):
            await one.ask(b"NOOP\r\n")
        await one.close()

    events = play(Scripted(), client)
    for line, reply in zip(of(events, Kind.LINE), of(events, Kind.REPLY), strict=False):
        assert reply.at < line.begun


def test_pieces_are_seen_apart_and_delay_and_gap_are_kept() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        seen = [await one.reader.read(100) for _ in range(3)]
        assert seen == [b"22", b"0 re", b"ady\r\n"]
        await one.close()

    say = Say((b"22", b"0 re", b"ady\r\n"), delay=0.1, gap=0.05)
    opened, reply = play(Scripted({"open": (say,)}), client)[:2]
    assert reply.octets == b"220 ready\r\n"
    assert 0.1e9 <= reply.begun - opened.at < 1e9
    assert 0.1e9 <= reply.at - reply.begun < 1e9


def test_a_held_reply_leaves_with_the_one_behind_it() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"NOOP\r\nHELP\r\n")
        assert await one.reader.read(100) == b"250 ok\r\n250 ok\r\n"
        await one.close()

    held = Say((b"250 ok\r\n",), held=True)
    events = play(Scripted({"line": (held,)}), client)
    assert [event.octets for event in of(events, Kind.REPLY)] == [b"220 ready\r\n", b"250 ok\r\n", b"250 ok\r\n"]


@pytest.mark.parametrize("after", [(), (End("close"),)])
def test_what_is_held_is_not_kept_where_nothing_comes_behind_it(after: tuple[Action, ...]) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"NOOP\r\nHE")  # the second line is never said in full, or has no reply
        one.send(b"LP\r\n")
        assert await one.hear() == b"250 ok\r\n"
        await one.close()

    held = Say((b"250 ok\r\n",), held=True)
    play(Scripted({"NOOP": (held, *after), "HELP": ()}), client)


QUIETLY = Say((b"250 ok\r\n",), delay="quiet")


def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What leaves in one write each."""
    made: list[bytes] = []
    push = fake.Fake.push

    async def watched(self: fake.Fake, status: bytes) -> bool:
        made.append(bytes(self._held) + status)
        return await push(self, status)

    monkeypatch.setattr(fake.Fake, "push", watched)
    return made


@pytest.mark.parametrize("tls", [False, True])
def test_replies_that_wait_for_quiet_leave_together(tls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server, tls=trusting() if tls else None)
        await one.hear()
        one.send(b"MAIL\r\nRCPT\r\nDATA\r\n")
        assert [await one.hear() for _ in range(3)] == [b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]
        assert await one.ask(b".\r\n") == b"250 ok\r\n"
        await one.close()

    made = writes(monkeypatch)
    script = {"line": (QUIETLY,), "DATA": (Say((b"354 go on\r\n",), delay="quiet"),), "content": (QUIETLY,)}
    opening = {"open": (StartTls(),), "tls": (GREETING,)} if tls else {}
    events = play(Scripted({**script, **opening}), client)
    assert made == [b"220 ready\r\n", b"250 ok\r\n250 ok\r\n354 go on\r\n", b"250 ok\r\n"]
    said = [event.octets for event in of(events, Kind.REPLY)]
    assert said == [b"220 ready\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", b"250 ok\r\n"]


def test_quiet_begins_anew_with_every_octet(monkeypatch: pytest.MonkeyPatch) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"MAIL\r\n")
        while not of(server.events, Kind.LINE):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        one.send(b"RCPT\r\n")
        assert await one.hear() == await one.hear() == b"250 ok\r\n"
        await one.close()

    monkeypatch.setattr(fake, "QUIET", 0.5)
    events = play(Scripted({"line": (QUIETLY,)}), client)
    second = of(events, Kind.LINE)[1]
    replies = of(events, Kind.REPLY)[1:]
    assert all(reply.begun >= second.begun + 0.49e9 for reply in replies)


def test_what_was_held_back_leaves_before_anything_that_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"MAIL\r\n") == b"250 ok\r\n"
        assert await one.hear() == b"251 later\r\n"
        assert await one.ask(b"RSET\r\n") == b"250 ok\r\n"
        assert await one.rest() == b""
        await one.close()

    made = writes(monkeypatch)
    script = {"MAIL": (QUIETLY, Say((b"251 later\r\n",), delay=0.01)), "RSET": (QUIETLY, End("close"))}
    play(Scripted(script), client)
    assert made[1:] == [b"250 ok\r\n", b"251 later\r\n", b"250 ok\r\n"]


def test_a_client_that_is_lost_in_the_quiet_is_not_answered() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"NOOP\r\n")
        while not of(server.events, Kind.LINE):
            await asyncio.sleep(0.001)
        one.reset()

    events = play(Scripted({"line": (QUIETLY,)}), client)
    assert brief(events)[-2:] == [("client", "line", b"NOOP\r\n"), ("client", "close", "reset")]


def test_a_silent_reply_comes_back_all_the_same() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"HELP\r\n")
        assert await one.ask(b"NOOP\r\n") == b"250 ok\r\n"
        await one.close()

    redactor = Plain()
    events = play(Scripted({"HELP": (Say(()),)}), client, redactor)
    assert [event.octets for event in of(events, Kind.REPLY)] == [b"220 ready\r\n", b"", b"250 ok\r\n"]
    assert ("replied", 1, b"250 ok\r\n") in redactor.told


class Signing(Plain):
    """Knows what `********` stands for."""

    def filled(self, connection: int, octets: bytes) -> bytes:
        return octets.replace(b"********", b"dj1zaWduYXR1cmU=")


def test_what_only_a_password_can_tell_is_sent_and_not_recorded() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"proof\r\n") == b"334 dj1zaWduYXR1cmU=\r\n"
        await one.close()

    redactor = Signing()
    events = play(Scripted({"line": (Say((b"334 ********\r\n",)),)}), client, redactor)
    assert of(events, Kind.REPLY)[-1].octets == b"334 ********\r\n"
    assert ("replied", 1, b"334 ********\r\n") in redactor.told


def test_no_reply_is_claimed_that_a_lost_client_cannot_have_got() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"NOOP\r\n")
        await one.writer.drain()
        while not any(event.kind is Kind.LINE for event in server.events):
            await asyncio.sleep(0.001)
        one.reset()

    events = play(Scripted({"line": (Say((b"250 ok\r\n",), delay=20.0),)}), client)
    assert brief(events)[-2:] == [("client", "line", b"NOOP\r\n"), ("client", "close", "reset")]


def test_of_a_reply_in_pieces_only_those_that_left_are_claimed() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        assert await one.reader.read(10) == b"22"
        one.reset()

    events = play(Scripted({"open": (Say((b"22", b"0 hi\r\n"), gap=20.0),)}), client)
    assert brief(events)[1:] == [("server", "reply", b"22"), ("client", "close", "reset")]
    assert events[1].note == "cut"


# --- endings


def test_after_quit_the_server_closes_if_the_client_does_not() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"QUIT\r\n")
        assert await one.rest() == b"221 bye\r\n"
        await one.close()

    events = play(Scripted({"QUIT": (BYE, End("close", 0.1))}), client)
    assert brief(events)[-1] == ("server", "close", "close")
    assert events[-1].at - events[-2].at >= 0.1e9
    assert len(of(events, Kind.CLOSE)) == 1


def test_what_a_client_says_after_the_end_is_recorded_and_not_answered() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"QUIT\r\nNOOP\r\nNO")
        assert await one.rest() == b"221 bye\r\n"
        await one.close()

    events = play(Scripted({"QUIT": (BYE, End("close"))}), client)
    assert brief(events)[-3:] == [
        ("client", "line", b"NOOP\r\n"), ("client", "line", b"NO"), ("server", "close", "close"),
    ]  # fmt: skip


@pytest.mark.parametrize("tls", [False, True])
def test_a_close_is_clean(tls: bool) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server, tls=trusting() if tls else None)
        assert await one.rest() == b"421 no\r\n"
        await one.close()

    closing = (Say((b"421 no\r\n",)), End("close"))
    script = {"open": (StartTls(),), "tls": closing} if tls else {"open": closing}
    assert brief(play(Scripted(script), client))[-1] == ("server", "close", "close")


def test_tls_is_closed_with_close_notify() -> None:
    def truncation_would_raise(port: int) -> bytes:
        raw = socket.create_connection(("127.0.0.1", port))
        with trusting().wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as one:
            return one.recv(100) + one.recv(100)

    async def client(server: Server) -> None:
        assert await asyncio.to_thread(truncation_would_raise, server.port) == b"421 no\r\n"

    play(Scripted({"open": (StartTls(),), "tls": (Say((b"421 no\r\n",)), End("close"))}), client)


@pytest.mark.parametrize("tls", [False, True])
def test_a_reset_reaches_the_client(tls: bool) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server, tls=trusting() if tls else None)
        with pytest.raises(ConnectionResetError):
            await one.rest()
        await one.close()

    resetting = (End("reset"),)
    script = {"open": (StartTls(),), "tls": resetting} if tls else {"open": resetting}
    assert brief(play(Scripted(script), client))[-1] == ("server", "close", "reset")


@pytest.mark.parametrize("tls", [False, True])
def test_after_a_half_close_the_client_is_still_heard(tls: bool) -> None:
    context = trusting()
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)

    def speaks_after_the_end(port: int) -> None:
        one = socket.create_connection(("127.0.0.1", port))
        if tls:
            one = context.wrap_socket(one, server_hostname="localhost")
        with one:
            while one.recv(100):
                pass
            one.sendall(b"NOOP\r\n")

    async def client(server: Server) -> None:
        await asyncio.to_thread(speaks_after_the_end, server.port)

    half = (GREETING, End("half-close"))
    events = play(Scripted({"open": (StartTls(),), "tls": half} if tls else {"open": half}), client)
    assert brief(events)[-3:] == [
        ("server", "close", "half-close"), ("client", "line", b"NOOP\r\n"), ("client", "close", "eof"),
    ]  # fmt: skip


def test_a_stalled_server_reads_on_until_the_client_goes() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.send(b"NOOP\r\nNOOP\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(one.hear(), 0.1)
        await one.close()

    events = play(Scripted({"line": (End("stall"),)}), client)
    assert [one[1] for one in brief(events)[2:]] == ["line", "close", "line", "close"]
    assert [event.note for event in of(events, Kind.CLOSE)] == ["stall", "eof"]


# --- TLS


def test_starttls_and_a_session_inside() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"STARTTLS\r\n")
        await one.tls(trusting())
        assert await one.ask(b"NOOP\r\n") == b"250 ok\r\n"
        await one.close()

    redactor = Plain()
    events = play(Scripted({"STAR": (Say((b"220 go\r\n",)), StartTls())}), client, redactor)
    (tls,) = of(events, Kind.TLS)
    assert tls.note.startswith("TLSv1.3 TLS_")
    assert of(events, Kind.REPLY)[1].at < tls.begun < tls.at
    assert brief(events)[-3:] == [
        ("client", "line", b"NOOP\r\n"), ("server", "reply", b"250 ok\r\n"), ("client", "close", b"\x01\x00"),
    ]  # fmt: skip
    assert ("tls", 1, b"") in redactor.told


def test_implicit_tls_comes_before_anything_is_said() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server, tls=trusting())
        assert await one.hear() == b"220 ready\r\n"
        await one.close()

    events = play(Scripted({"open": (StartTls(),), "tls": (GREETING,)}), client)
    assert [event.kind for event in events] == [Kind.OPEN, Kind.TLS, Kind.REPLY, Kind.CLOSE]
    assert events[0].note == "implicit"


def test_a_client_that_does_not_trust_us_fails_the_handshake() -> None:
    def looks_at_the_certificate(port: int) -> None:
        with (
            pytest.raises(ssl.SSLCertVerificationError),
            socket.create_connection(("127.0.0.1", port)) as raw,
            trusting().wrap_socket(raw, server_hostname="localhost"),
        ):
            pass

    async def client(server: Server) -> None:
        await asyncio.to_thread(looks_at_the_certificate, server.port)
        await server.quiet()
        shown.extend(server.recorder.certificates)

    shown: list[Certificate] = []
    events = play(Scripted({"open": (StartTls("unknown CA"),)}), client)
    (failed,) = of(events, Kind.TLS_FAILED)
    assert [(one.kind, one.events) for one in shown] == [("unknown CA", (failed.seq,))]
    assert "UNKNOWN_CA" in failed.note
    assert failed.side is Side.CLIENT
    assert events[-1].kind is Kind.CLOSE


def test_a_client_that_goes_instead_of_a_handshake() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.close()

    events = play(Scripted({"open": (StartTls(),)}), client)
    assert brief(events)[1:] == [("client", "tls-failed", "eof"), ("client", "close", "eof")]


@pytest.mark.parametrize("how", ["garbage", "close", "silence"])
def test_a_handshake_can_be_spoiled(how: str) -> None:
    async def client(server: Server) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError, TimeoutError)):
            async with asyncio.timeout(0.5):
                await Client.connect(server, tls=trusting())

    events = play(Scripted({"open": (StartTls(fail=how),)}), client)
    assert brief(events)[1] == ("server", "tls-failed", how)
    assert events[-1].kind is Kind.CLOSE
    assert not of(events, Kind.LINE)


def test_plain_text_behind_starttls_is_kept_in_the_tls_event_and_forgotten_by_the_session() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"STARTTLS\r\nMAIL FROM:<x@y.test>\r\nRSET\r\n") == b"220 go\r\n"
        await one.tls(trusting())
        assert await one.ask(b"NOOP\r\n") == b"250 ok\r\n"
        await one.close()

    events = play(Scripted({"STAR": (Say((b"220 go\r\n",), delay=0.05), StartTls())}), client)
    assert [event.octets for event in of(events, Kind.LINE)] == [b"STARTTLS\r\n", b"NOOP\r\n"]
    assert of(events, Kind.TLS)[0].octets == b"MAIL FROM:<x@y.test>\r\nRSET\r\n"


def test_who_goes_on_in_clear_after_garbage_is_heard() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"STARTTLS\r\n") == b"220 go\r\n"
        one.send(b"\x16\x03\x01\x00\x01\x01")
        assert await one.reader.readline() == GARBAGE
        one.send(b"\x15\x03\x01\x00\x02\x02\x46")  # an alert is TLS, and is nothing to answer
        assert await one.ask(b"NOOP\r\n") == b"250 ok\r\n"
        await one.close()

    events = play(Scripted({"STAR": (Say((b"220 go\r\n",)), StartTls(fail="garbage"))}), client)
    assert [event.octets for event in of(events, Kind.LINE)] == [b"STARTTLS\r\n", b"NOOP\r\n"]


@pytest.mark.parametrize("how", [None, "garbage"])
def test_plain_text_after_the_220_is_kept_in_the_event_of_the_handshake_that_fails_of_it(how: str | None) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"STARTTLS\r\n") == b"220 go\r\n"
        one.send(b"EHLO me.test\r\n\x16\x03\x01")
        await one.reader.read(65536)
        await one.close()

    events = play(Scripted({"STAR": (Say((b"220 go\r\n",)), StartTls(fail=how))}), client)
    (failed,) = of(events, Kind.TLS_FAILED)
    assert failed.octets == b"EHLO me.test\r\n"
    assert failed.begun >= of(events, Kind.REPLY)[-1].at


def test_plain_text_before_and_after_the_220_is_kept_with_the_time_of_the_first() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"STARTTLS\r\nNOOP\r\n") == b"220 go\r\n"
        one.send(b"RSET\r\n")
        await one.reader.read(65536)
        await one.close()

    events = play(Scripted({"STAR": (Say((b"220 go\r\n",), delay=0.05), StartTls())}), client)
    (failed,) = of(events, Kind.TLS_FAILED)
    assert failed.octets == b"NOOP\r\n"
    assert failed.begun < of(events, Kind.REPLY)[-1].at


@pytest.mark.parametrize("octets", [b"\x15\x03\x01\x00\x02\x02\x28", b"\x80\x2e\x01\x00\x02"])
def test_an_alert_and_an_old_hello_are_no_plain_text(octets: bytes) -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"STARTTLS\r\n")
        one.send(octets)
        await one.close()

    events = play(Scripted({"STAR": (Say((b"220 go\r\n",)), StartTls())}), client)
    assert of(events, Kind.TLS_FAILED)[0].octets == b""


def test_a_client_hello_before_the_220_is_proved_by_its_time() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        half = trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            half.do_handshake()
        one.send(b"STARTTLS\r\n" + outgoing.read())
        assert await one.hear() == b"220 go\r\n"
        incoming.write(await one.reader.read(65536))
        half.do_handshake()
        one.send(outgoing.read())
        half.write(b"NOOP\r\n")
        one.send(outgoing.read())
        await one.reader.read(65536)
        await one.close()

    events = play(Scripted({"STAR": (Say((b"220 go\r\n",), delay=0.05), StartTls())}), client)
    assert of(events, Kind.TLS)[0].begun < of(events, Kind.REPLY)[1].begun
    assert of(events, Kind.LINE)[-1].octets == b"NOOP\r\n"


# --- secrets


def test_what_is_recorded_is_what_the_redactor_left() -> None:
    class Strict(Plain):
        def line(self, connection, octets):  # type: ignore[no-untyped-def]
            return octets.replace(b"hunter2", b"***"), (Secret(5, 8, Secrecy.PASSWORD),), True

        def content(self, octets):  # type: ignore[no-untyped-def]
            return octets.replace(b"hunter2", b"***"), (Secret(0, 3, Secrecy.PASSWORD),)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA hunter2\r\n")
        await one.ask(b"hunter2\r\n.\r\n")
        await one.close()

    events = play(Scripted(), client, Strict())
    (line,), (content,) = of(events, Kind.LINE), of(events, Kind.CONTENT)
    assert (line.octets, line.overlong, line.secrets[0].start) == (b"DATA ***\r\n", True, 5)
    assert (content.octets, content.secrets[0].end) == (b"***\r\n.\r\n", 3)


# --- bounds and faults


def test_a_message_beyond_what_is_kept_is_still_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MOST_OCTETS", 1000)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        await one.ask(b"DATA\r\n")
        assert await one.ask(b"x" * 5_000_000 + b"\r\n.\r\n") == b"250 ok\r\n"
        assert await one.ask(b"NOOP\r\n") == b"250 ok\r\n"
        await one.close()

    events = play(Scripted(), client)
    (content,) = of(events, Kind.CONTENT)
    assert (len(content.octets), content.note, content.size) == (1000 - 6, "cut at 32 MB", 5_000_005)
    assert of(events, Kind.LINE)[-1].octets == b"NOOP\r\n"


def test_an_endless_line_is_cut() -> None:
    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        assert await one.ask(b"y" * 3_000_000 + b"\r\n") == b"250 ok\r\n"
        assert await one.ask(b"NOOP\r\n") == b"250 ok\r\n"
        await one.close()

    long, noop = of(play(Scripted(), client), Kind.LINE)
    assert (long.octets, long.note) == (b"y" * 65536, "cut")
    assert noop.octets == b"NOOP\r\n"


def test_a_flood_of_lines_ends_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MOST_EVENTS", 100)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                one.send(b"\n" * 1000)
                await one.writer.drain()
        await one.close()

    events = play(Scripted(), client)
    assert len(events) < 110
    (limit,) = of(events, Kind.LIMIT)
    assert limit.note == "too many events"


def test_a_client_that_sends_and_never_reads_is_made_to_wait() -> None:
    """The server waits for the client to read; the client's octets must not pile up meanwhile."""

    async def main() -> None:
        conversation = Scripted({"open": (Say((b"x" * 30_000_000,)),)})
        async with serve(conversation, Plain(), CERTIFICATES, time.monotonic_ns()) as server:
            one = await Client.connect(server)
            one.writer.transport.pause_reading()
            one.send(b"NOOP\r\n" * 5_000_000)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await one.writer.drain()
            assert len(server._connections[0]._intake) < 4_000_000
            await server.stop()
            one.writer.transport.abort()
        (limit,) = of(server.events, Kind.LIMIT)
        assert limit is server.events[-1]
        for reply in of(server.events, Kind.REPLY):
            assert (len(reply.octets) < 30_000_000, reply.note) == (True, "cut")

    run(main)


@pytest.mark.parametrize("script", [{"open": ValueError("x")}, {"line": ValueError("x")}])
def test_a_conversation_that_breaks_is_the_harness_s_fault(script: dict[str, Exception]) -> None:
    async def main() -> None:
        async with serve(Scripted(script), Plain(), CERTIFICATES, time.monotonic_ns()) as server:
            one = await Client.connect(server)
            one.send(b"NOOP\r\n")
            with contextlib.suppress(ConnectionError):
                await one.rest()
            await server.quiet()
            await one.close()
            assert isinstance(server.error, ValueError)

    run(main)


def test_an_unknown_certificate_is_the_harness_s_fault() -> None:
    async def main() -> None:
        conversation = Scripted({"open": (StartTls("no-such"),)})
        async with serve(conversation, Plain(), CERTIFICATES, time.monotonic_ns()) as server:
            one = await Client.connect(server)
            with contextlib.suppress(ConnectionError):
                await one.rest()
            await one.close()
            assert isinstance(server.error, KeyError)

    run(main)


# --- aiosmtpd


def test_the_names_of_aiosmtpd_that_we_lean_on() -> None:
    base = aiosmtpd.smtp.SMTP
    assert issubclass(base, asyncio.StreamReaderProtocol)
    assert {"hostname", "loop"} <= set(inspect.signature(base.__init__).parameters)
    for name in ("connection_made", "data_received", "eof_received", "connection_lost", "push", "_reset_timeout"):
        assert callable(getattr(base, name)), name
    assert asyncio.iscoroutinefunction(base._handle_client)
    made = inspect.getsource(base.connection_made)
    assert "self._handler_coroutine = self.loop.create_task(\n                self._handle_client())" in made
    assert "self._reset_timeout()" in made  # ours does nothing: no timer is left behind
    assert "self._writer = writer" in inspect.getsource(base._cb_client_connected)


def test_no_private_name_of_aiosmtpd_is_used_for_anything_else() -> None:
    async def main() -> None:
        async with serve(Scripted(), Plain(), CERTIFICATES, time.monotonic_ns()) as server:
            theirs = vars(aiosmtpd.smtp.SMTP(None, hostname="x", loop=asyncio.get_running_loop())).keys()
            assert server.port
            source = inspect.getsource(fake.Fake.__init__).partition("super().__init__")[2]
            assert not [name for name in theirs if f"self.{name} " in source or f"self.{name}:" in source]

    run(main)


def test_a_chunk_is_read_by_its_count_where_it_is_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "SILENCE", 0.05)

    class Chunks(Scripted):
        def reading(self, connection: int) -> Reading:
            return Reading(chunks=True)

    async def client(server: Server) -> None:
        one = await Client.connect(server)
        await one.hear()
        one.writer.write(b"BDAT 8\r\nab")
        await asyncio.sleep(0.2)  # silence ends no chunk
        assert await one.ask(b"\r\nQUIT") == b"250 ok\r\n"
        one.writer.write(b"BDAT 9 LAST\r\nab")
        await one.close()

    lines = of(play(Chunks(), client), Kind.LINE)
    assert [(one.octets, one.note) for one in lines] == [(b"BDAT 8\r\nab\r\nQUIT", ""), (b"BDAT 9 LAST\r\nab", "cut")]
    assert lines[0].at - lines[0].begun >= 0.2e9


# --- a small window


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell what the client has read")
def test_no_line_is_read_before_the_client_has_read_the_last_reply() -> None:
    async def main() -> None:
        conversation = Scripted()
        async with serve(conversation, Plain(), CERTIFICATES, time.monotonic_ns(), window=4096) as server:
            with socket.socket() as client:
                client.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(client, ("127.0.0.1", server.port))
                assert (await loop.sock_recv(client, 100)).startswith(b"220")
                for number in range(4):
                    await loop.sock_sendall(client, b"NOOP\r\nNOOP\r\n")
                    for half in range(2):
                        while not unreceived(client.fileno()):
                            await asyncio.sleep(0.001)
                        await asyncio.sleep(0.05)  # time in which another line could be read
                        lines = [one for one in server.events if one.kind is Kind.LINE]
                        assert len(lines) == 2 * number + half + 1
                        assert await loop.sock_recv(client, 100) == b"250 ok\r\n"
            await server.quiet()

    run(main)
