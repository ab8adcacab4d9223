"""The fake server of one case: one port on 127.0.0.1 and ::1, and the connections that were made to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from selectors import EVENT_READ, DefaultSelector
from typing import Protocol

from ..model.transcript import Event, Kind, Side, Transcript
from .fake import Fake
from .recorder import Conversation, Recorder, Redactor
from .sockets import listen, narrow, reset_on_close

MOST_CONNECTIONS = 64
"""Connections that one case may have; further ones are reset and leave no trace."""

ROUNDS = 4
"""Rounds of the loop that asyncio needs from accepting a connection to `connection_made`, and one to spare."""

HostAt = Callable[[object], str]
"""The host that a client means by the address that it has connected to; "" for the one that it was told."""


class Certificates(Protocol):
    """Who has the server's certificates."""

    def context(self, name: str, versions: tuple[str, ...], terms: tuple[str, ...], it: str = "") -> ssl.SSLContext:
        """A server's context with the certificate *name*, in *versions*, on *terms*, for *it* if it is given.

        Raises KeyError.
        """


class Connected(Protocol):
    """One connection of a client's."""

    finished: asyncio.Future[None]

    def abort(self) -> None:
        """End it at once."""


class Server:
    """The server's half of one case. Made by `serve`.

    `port` is the same on both addresses. `error` is the first thing that went wrong in the harness itself: then the
    case is an error, and nobody's fault but ours.
    """

    def __init__(self, recorder: Recorder, certificates: Certificates, port: int = 0) -> None:
        self.recorder = recorder
        self.port = 0
        self._certificates = certificates
        self._sockets = listen(port)
        self._listeners: list[asyncio.Server] = []
        self._connections: list[Connected] = []
        self._accepted = 0
        self._limited = False
        self._host_at: HostAt = lambda _: ""
        self._meant: HostAt = lambda _: ""

    @property
    def events(self) -> Transcript:
        """What has happened so far."""
        return tuple(self.recorder.events)

    @property
    def error(self) -> Exception | None:
        return self.recorder.error

    async def quiet(self) -> None:
        """Wait until every connection that was made has ended. Has no time-out: put `asyncio.timeout` around it."""
        while True:
            await self._rounds()
            waiting = [one.finished for one in self._connections if not one.finished.done()]
            if waiting:
                await asyncio.wait(waiting)
            elif not self._backlog():
                return

    async def stop(self, note: str = "") -> None:
        """The case's time is up: end what is left, then record LIMIT. What was half said stands before it.

        Nobody is let in any more: a client that is torn out of its waiting may well connect again before it is ended.
        """
        at = self.recorder.now()
        await self.close()
        self._limit(note, at)

    def note_exit(self, note: str) -> Event:
        """Record that the client's process ended: EXIT, with its exit status or signal name. Told to nobody."""
        return self.recorder.record(0, Side.CLIENT, Kind.EXIT, note=note)

    def narrow(self) -> None:
        """Have connections from now on take in little at a time, if the case is about that."""
        for one in self._sockets if self.recorder.window else ():
            narrow(one, self.recorder.window)

    # --- for connections (fake.Owner)

    def context(
        self, certificate: str, versions: tuple[str, ...], terms: tuple[str, ...], address: object
    ) -> ssl.SSLContext:
        return self._certificates.context(certificate, versions, terms, self._host_at(address))

    def meant(self, address: object) -> str:
        return self._meant(address)

    def joined(self, connection: Connected) -> None:
        self._connections.append(connection)

    def flooded(self) -> None:
        self._limit("too many events", self.recorder.now())
        for one in self._connections:
            one.abort()

    # --- for serve

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self.port = self._sockets[0].getsockname()[1]
        self.narrow()
        for one in self._sockets:
            self._listeners.append(await loop.create_server(self._accept, sock=one))

    async def adopt(
        self, listening: Iterable[tuple[socket.socket, bool]], host_at: HostAt, meant: HostAt = lambda _: ""
    ) -> None:
        """Accept on these too, with TLS from the first octet where that is said, and close them in the end.

        *host_at* gives the host that a client means by an address, and for which it expects a certificate; *meant*
        the one that is recorded when it connects.
        """
        self._host_at, self._meant = host_at, meant
        for one, secured in listening:
            self._sockets.append(one)
            accept = partial(self._accept, secured)
            self._listeners.append(await asyncio.get_running_loop().create_server(accept, sock=one))

    async def close(self) -> None:
        # A connection that asyncio has just accepted is lost, and its socket with it, if the listener closes before it
        # is made: first no more are accepted, then those that were come up, then it closes.
        for one in self._sockets:
            with suppress(NotImplementedError):  # the proactor of Windows, which accepts otherwise
                asyncio.get_running_loop().remove_reader(one)
        await self._rounds()
        for listener in self._listeners:
            listener.close()
        for one in self._sockets:
            one.close()
        self._listeners, self._sockets = [], []
        await self._end()

    def _accept(self, secured: bool = False) -> asyncio.BaseProtocol:
        self._accepted += 1
        if self._accepted > MOST_CONNECTIONS:
            return _Refused()
        return self._connection(self._accepted, secured)

    def _connection(self, number: int, secured: bool) -> asyncio.BaseProtocol:
        return Fake(self, number, asyncio.get_running_loop(), secured)

    async def _rounds(self) -> None:
        for _ in range(ROUNDS):
            await asyncio.sleep(0)

    async def _end(self) -> None:
        """Abort every connection and wait until it is gone."""
        await self._rounds()
        for one in self._connections:
            one.abort()
        if self._connections:
            await asyncio.wait([one.finished for one in self._connections])

    def _limit(self, note: str, at: int) -> None:
        if not self._limited:
            self._limited = True
            self.recorder.record(0, Side.HARNESS, Kind.LIMIT, at=at, note=note)

    def _backlog(self) -> bool:
        """Whether a connection waits to be accepted."""
        with DefaultSelector() as selector:
            for one in self._sockets:
                selector.register(one, EVENT_READ)
            return bool(selector.select(0))


class _Refused(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        reset_on_close(transport.get_extra_info("socket"))
        transport.abort()


@asynccontextmanager
async def serve(
    conversation: Conversation,
    redactor: Redactor,
    certificates: Certificates,
    start: int,
    port: int = 0,
    window: int = 0,
) -> AsyncIterator[Server]:
    """Serve one case; *start* is `time.monotonic_ns()` when it began. What is left open at the end is aborted.

    *port* 0: one that is free. *window*: as in `model.scenario.Persona`. Raises OSError where *port* is taken.
    """
    server = Server(Recorder(conversation, redactor, start, window), certificates, port)
    try:
        await server.start()
        yield server
    finally:
        await server.close()
