"""What the tests of peers share: a conversation that follows a script, a redactor that redacts nothing, and clients."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from smtpwitness.judge.actions import Action, End, Reading, Say
from smtpwitness.model.transcript import Event, Kind, Secret, Side
from smtpwitness.peers.certificates import Certificates
from smtpwitness.peers.server import Server, serve

OK = Say((b"250 ok\r\n",))
GREETING = Say((b"220 ready\r\n",))
GO_ON = Say((b"354 go on\r\n",))
BYE = Say((b"221 bye\r\n",))


class Plain:
    """A redactor that finds nothing, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, bytes]] = []

    def line(self, connection: int, octets: bytes) -> tuple[bytes, tuple[Secret, ...], bool]:
        return octets, (), False

    def content(self, octets: bytes) -> tuple[bytes, tuple[Secret, ...]]:
        return octets, ()

    def filled(self, connection: int, octets: bytes) -> bytes:
        return octets

    def replied(self, connection: int, octets: bytes) -> None:
        self.told.append(("replied", connection, octets))

    def tls(self, connection: int, bindings: Mapping[str, bytes]) -> None:
        self.told.append(("tls", connection, b""))


class Scripted:
    """Answers an event by its kind, or a line by its first four letters; a list is used up from the front.

    After a 354 has left, the next unit is content.
    """

    def __init__(self, answers: dict[str, Any] | None = None, first: int | None = None) -> None:
        self.answers: dict[str, Any] = {
            "open": (GREETING,), "content": (OK,), "QUIT": (BYE, End("close", 1.0)), "DATA": (GO_ON,),
            "line": (OK,), **(answers or {}),
        }  # fmt: skip
        self.heard: list[Event] = []
        self.content: set[int] = set()
        self.first, self.again = first, b""

    def feed(self, event: Event) -> tuple[Action, ...]:
        self.heard.append(event)
        if event.kind is Kind.REPLY and event.octets.startswith(b"354"):
            self.content.add(event.connection)
        if event.kind is Kind.CONTENT:
            self.content.discard(event.connection)
        key: str = event.kind
        if event.kind is Kind.LINE:
            verb = event.octets[:4].decode("latin-1").upper()
            key = verb if verb in self.answers else "line"
        answer = self.answers.get(key, ())
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, list):
            return answer.pop(0) if answer else ()
        return answer

    def reading(self, connection: int) -> Reading:
        again, self.again = self.again, b""
        return Reading(connection in self.content, self.first, again)


_FOLDER = tempfile.TemporaryDirectory()
atexit.register(_FOLDER.cleanup)
CERTIFICATES = Certificates(Path(_FOLDER.name))


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run *main* in a loop of its own. Nothing may be left that nobody looked at."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        async with asyncio.timeout(30):
            return await main()

    result = asyncio.run(watched())
    gc.collect()
    assert not complaints
    return result


def play(
    conversation: Scripted, client: Callable[[Server], Awaitable[Any]], redactor: Plain | None = None
) -> tuple[Event, ...]:
    """The events of a case in which *client* did its part, and all connections ended."""

    async def main() -> tuple[Event, ...]:
        async with serve(conversation, redactor or Plain(), CERTIFICATES, time.monotonic_ns()) as server:
            await client(server)
            await server.quiet()
        assert server.error is None
        return server.events

    events: tuple[Event, ...] = run(main)
    assert [event.seq for event in events] == list(range(len(events)))
    assert all(0 <= event.begun <= event.at for event in events)
    return events


def brief(events: tuple[Event, ...]) -> list[tuple[str, str, bytes | str]]:
    """Side, kind, and octets (or note) of each event."""
    return [(event.side.value, event.kind.value, event.octets or event.note) for event in events]


def of(events: tuple[Event, ...], kind: Kind, side: Side | None = None) -> list[Event]:
    return [event for event in events if event.kind is kind and side in (None, event.side)]


class Client:
    """A raw client in the same loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: Server, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Client:
        name = "localhost" if tls else None
        return cls(*await asyncio.open_connection(host, server.port, ssl=tls, server_hostname=name))

    def send(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def hear(self) -> bytes:
        return await self.reader.readline()

    async def rest(self) -> bytes:
        return await self.reader.read()

    async def ask(self, octets: bytes) -> bytes:
        self.send(octets)
        return await self.hear()

    async def tls(self, context: ssl.SSLContext) -> None:
        await self.writer.start_tls(context, server_hostname="localhost")

    def half_close(self) -> None:
        self.writer.write_eof()

    def reset(self) -> None:
        from smtpwitness.peers.sockets import reset_on_close

        reset_on_close(self.writer.get_extra_info("socket"))
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


def trusting() -> ssl.SSLContext:
    """A client's context that trusts the run's authority."""
    return ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))
