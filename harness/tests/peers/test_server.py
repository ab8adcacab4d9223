import asyncio
import contextlib
import gc
import socket
import time

import pytest
from peers.scripted import CERTIFICATES, Client, Plain, Scripted, brief, of, run

from smtpwitness.judge.actions import Say, StartTls
from smtpwitness.model.transcript import Kind, Side
from smtpwitness.peers import server as module
from smtpwitness.peers import sockets
from smtpwitness.peers.server import serve


def case(conversation: Scripted | None = None, port: int = 0):  # type: ignore[no-untyped-def]
    return serve(conversation or Scripted(), Plain(), CERTIFICATES, time.monotonic_ns(), port)


def test_stop_ends_what_is_left_and_records_what_was_half_said_before_the_limit() -> None:
    async def main() -> None:
        conversation = Scripted()
        async with case(conversation) as server:
            one = await Client.connect(server)
            await one.hear()
            one.send(b"MAIL FROM:<")
            await one.writer.drain()
            while not len(server._connections[0]._intake):
                await asyncio.sleep(0.001)
            await server.stop()
            assert brief(server.events)[-2:] == [("client", "line", b"MAIL FROM:<"), ("harness", "limit", "")]
            assert Kind.LIMIT not in {event.kind for event in conversation.heard}
            with contextlib.suppress(ConnectionError):
                await one.rest()
            await one.close()

    run(main)


def test_stop_does_not_wait_for_a_reply_that_is_held() -> None:
    async def main() -> None:
        async with case(Scripted({"open": (Say((b"220 late\r\n",), delay=60.0),)})) as server:
            one = await Client.connect(server)
            began = time.monotonic()
            await server.stop()
            assert time.monotonic() - began < 5
            assert [event.kind for event in server.events] == [Kind.OPEN, Kind.LIMIT]
            await one.close()

    run(main)


def test_stop_in_a_handshake_is_not_the_client_s_failure() -> None:
    async def main() -> None:
        async with case(Scripted({"open": (StartTls(),)})) as server:
            one = await Client.connect(server)
            while not of(server.events, Kind.OPEN):
                await asyncio.sleep(0)
            await server.stop()
            assert [event.kind for event in server.events] == [Kind.OPEN, Kind.LIMIT]
            await one.close()

    run(main)


def test_after_stop_nobody_is_let_in() -> None:
    async def main() -> None:
        async with case() as server:
            one = await Client.connect(server)
            await one.hear()
            stopping = asyncio.create_task(server.stop())
            with contextlib.suppress(ConnectionError):
                await one.rest()
            with pytest.raises(ConnectionError):  # it is torn out of its waiting, and tries again at once
                await (await Client.connect(server)).hear()
            await stopping
            await server.quiet()
            assert [event.kind for event in server.events] == [Kind.OPEN, Kind.REPLY, Kind.LIMIT]
            await one.close()

    run(main)


def test_a_second_stop_records_nothing() -> None:
    async def main() -> None:
        async with case() as server:
            await server.stop("60 s")
            await server.stop()
            assert brief(server.events) == [("harness", "limit", "60 s")]

    run(main)


def test_the_exit_of_the_process_stands_in_the_same_transcript() -> None:
    async def main() -> None:
        async with case() as server:
            one = await Client.connect(server)
            await one.hear()
            await one.close()
            await server.quiet()
            event = server.note_exit("0")
            assert (event.connection, event.side, event.kind, event.note) == (0, Side.CLIENT, Kind.EXIT, "0")
            assert event.seq == len(server.events) - 1
            assert event.at >= server.events[-2].at

    run(main)


def test_quiet_sees_a_connection_that_was_not_yet_accepted() -> None:
    async def main() -> None:
        async with case() as server:
            one = socket.create_connection(("127.0.0.1", server.port))  # holds up the loop: nobody has accepted it
            one.sendall(b"NOOP\r\n")
            one.close()
            await server.quiet()
            assert [event.octets for event in of(server.events, Kind.LINE)] == [b"NOOP\r\n"]
            assert server.events[-1].kind is Kind.CLOSE

    run(main)


def test_connections_beyond_the_limit_are_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 2)

    async def main() -> None:
        async with case() as server:
            some = [await Client.connect(server) for _ in range(2)]
            for one in some:
                assert await one.hear() == b"220 ready\r\n"
            third = await Client.connect(server)
            with pytest.raises(ConnectionResetError):
                await third.rest()
            for one in (*some, third):
                await one.close()
            await server.quiet()
            assert len(of(server.events, Kind.OPEN)) == 2

    run(main)


def test_many_cases_at_once_in_one_loop() -> None:
    async def one_case(number: int) -> int:
        async with case() as server:
            one = await Client.connect(server)
            await one.hear()
            for _ in range(5):
                await one.ask(f"NOOP {number}\r\n".encode())
            await one.ask(b"QUIT\r\n")
            await one.close()
            await server.quiet()
            lines = of(server.events, Kind.LINE)
            assert {line.octets for line in lines[:-1]} == {f"NOOP {number}\r\n".encode()}
            return server.port

    async def main() -> None:
        ports = await asyncio.gather(*(one_case(number) for number in range(50)))
        assert len(set(ports)) == 50

    run(main)


def test_what_is_left_open_at_the_end_is_aborted_without_a_limit() -> None:
    async def main() -> None:
        async with case() as server:
            one = await Client.connect(server)
            await one.hear()
        with contextlib.suppress(ConnectionError):
            assert await one.rest() == b""
        await one.close()
        assert [event.kind for event in server.events] == [Kind.OPEN, Kind.REPLY]
        with pytest.raises(OSError):  # noqa: PT011 - refused; which error says so differs by platform
            socket.create_connection(("127.0.0.1", server.port))

    run(main)


def test_without_ipv6_there_is_one_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "HOSTS", ("127.0.0.1", "2001:db8::1"))

    async def main() -> None:
        async with case() as server:
            one = await Client.connect(server)
            assert await one.hear() == b"220 ready\r\n"
            await one.close()
            await server.quiet()

    run(main)


def test_another_port_is_tried_when_one_is_taken_on_the_other_address() -> None:
    kept, refused = sockets._bound, []

    def busy_at_first(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        if family is socket.AF_INET6 and len(refused) < 2:
            refused.append(kept(family, host, port))  # somebody else was quicker
        return kept(family, host, port)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sockets, "_bound", busy_at_first)
        found = sockets.listen()
    assert len({one.getsockname()[1] for one in found}) == 1
    assert len(found) == 2
    for one in (*found, *refused):
        one.close()


def test_a_port_that_is_asked_for_is_the_one_that_it_gets() -> None:
    async def main() -> None:
        async with case() as server:
            port = server.port
        async with case(port=port) as server:
            assert server.port == port
            for host in ("127.0.0.1", "::1"):
                one = await Client.connect(server, host)
                assert await one.hear() == b"220 ready\r\n"
                await one.close()
            await server.quiet()

    run(main)


def test_a_port_that_is_taken_is_an_error_and_the_one_who_has_it_goes_on() -> None:
    async def main() -> None:
        async with case() as server:
            with pytest.raises(OSError):  # noqa: PT011 - which error says so differs by platform
                async with case(port=server.port):
                    raise AssertionError("two servers on one port")
            one = await Client.connect(server)
            assert await one.hear() == b"220 ready\r\n"
            await one.close()
            await server.quiet()

    run(main)


@pytest.mark.parametrize("rounds", range(5))
def test_who_connects_while_the_server_closes_leaves_no_socket(rounds: int) -> None:
    """However far asyncio has come with the connection. A socket that is left over is a warning, and so an error."""

    async def late() -> None:
        async with case() as server:
            with socket.create_connection(("127.0.0.1", server.port), 10):
                for _ in range(rounds):
                    await asyncio.sleep(0)

    asyncio.run(late())
    gc.collect()
