"""A tap between a client and a real relay: passes on what comes, as it comes, and records it in the clear.

TLS is ended here and begun again towards the relay, whose certificate is checked; nothing is passed on before both
handshakes are through. What is passed on is never held back for the recording: that reads behind, and writes down a
session as the fake does, each line followed by its own replies, whatever the batches were, with the times at which
things came and left.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from ..judge.actions import IMPLICIT, StartTls
from ..model.transcript import Event, Kind, Side
from .half import Half
from .intake import Content, Counted, Line, Reader, Unit
from .recorder import Conversation, Recorder, Redactor
from .server import Certificates, Server
from .talk import before_tls
from .tls import CLOSE_NOTIFY, TlsLayer
from .warden import Warden

MOST_HELD = 1024 * 1024
"""Octets that wait for the relay to be there; then the client waits."""

LONGEST_REPLY = 1024 * 1024


class RelayFailed(Exception):
    """The relay cannot be reached, or is not who it should be. `logs` are what it wrote, by the names of the files."""

    def __init__(self, text: str, logs: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(text)
        self.logs = logs


class NotTrusted(RelayFailed):
    """Its certificate is not good."""


class Following(Conversation, Protocol):
    """Who follows the session."""

    def owed(self, event: Event) -> int:
        """How many replies the relay owes for *event*."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a relay is: `ports` are `smtp`, `smtps` and `lmtp`, those that it has. `context` checks its certificate
    for `server_name`. `timeout` is the seconds that connecting may take. `tls` says how the tap itself begins TLS with
    the relay (`starttls`, `implicit`), for a client that begins none. `warden` looks at what goes to it.

    `nameless`, where the relay is our own: its certificate is checked by this context, for whoever it is, and the
    relay is asked for whom the client asks (SNI), for nobody if that asks for nobody. Some call themselves so."""

    name: str
    host: str
    ports: Mapping[str, int]
    context: ssl.SSLContext
    server_name: str
    timeout: float = 10.0
    tls: str = ""
    warden: Callable[[], Warden] | None = None
    nameless: ssl.SSLContext | None = None

    def layer(self, asked: str | None) -> TlsLayer | None:
        """Our half of TLS with it, for a client that has *asked* for somebody; None: not before it has (None)."""
        if self.nameless is None:
            return TlsLayer(self.context, self.server_name)
        if asked is None:
            return None
        try:
            return TlsLayer(self.nameless, asked)
        except ValueError:  # that is no name, and can be told to nobody
            return TlsLayer(self.nameless, "")


class Tap(Server):
    """The server that clients see; behind it is *upstream*."""

    def __init__(
        self, recorder: Recorder, certificates: Certificates, upstream: Upstream, service: str, follower: Following
    ) -> None:
        super().__init__(recorder, certificates)
        self.upstream, self.service, self.follower = upstream, service, follower
        self.certificate = b""  # the relay's, in DER, once there is TLS with it

    def _connection(self, number: int, secured: bool) -> asyncio.BaseProtocol:
        return _Tapped(self, number).client


@asynccontextmanager
async def tap(
    follower: Following,
    redactor: Redactor,
    certificates: Certificates,
    start: int,
    upstream: Upstream,
    service: str = "smtp",
) -> AsyncIterator[Tap]:
    """Tap one case, as `server.serve` serves one; *service* is one of the upstream's ports."""
    made = Tap(Recorder(follower, redactor, start), certificates, upstream, service, follower)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


class _Tapped:
    """One connection through the tap."""

    def __init__(self, owner: Tap, number: int) -> None:
        self._loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[None] = self._loop.create_future()
        self.client, self.relay = Half(self), Half(self)
        self.recorder, self._owner, self._number = owner.recorder, owner, number
        self._unit: Reader | None = None
        self._owed = 0
        self._tls_due = False
        self._failing = self._over = False
        self._early: tuple[bytes, int] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._warden = owner.upstream.warden() if owner.upstream.warden else None
        self._greeting = b""  # came before the tap's own STARTTLS

    def guarded(self, work: Callable[[], None]) -> None:
        """What goes wrong here is the harness's fault."""
        try:
            work()
        except Exception as error:
            self._fail(error)

    # --- the two sockets

    def made(self, half: Half) -> None:
        if half is self.client:
            self._owner.joined(self)
            self.guarded(self._open)
        else:
            half.flush()

    def _open(self) -> None:
        event = self.recorder.record(self._number, Side.CLIENT, Kind.OPEN)
        self._owed = 1
        implicit = _handshake(self._owner.follower.feed(event))
        if implicit:
            self.recorder.events[event.seq] = replace(event, note=IMPLICIT)
            self._begin_tls()
        self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        upstream = self._owner.upstream
        if upstream.tls:  # before it is connected, so that nothing can go to it in the clear
            self.relay.begin_tls(TlsLayer(upstream.context, upstream.server_name), server=False)
        try:
            async with asyncio.timeout(upstream.timeout):
                port = upstream.ports[self._owner.service]
                if upstream.tls == "starttls":
                    ready, self._greeting = await asyncio.to_thread(before_tls, upstream.host, port, upstream.timeout)
                    await self._loop.create_connection(lambda: self.relay, sock=ready)
                else:
                    await self._loop.create_connection(lambda: self.relay, upstream.host, port)
        except (OSError, TimeoutError) as error:
            self._fail(RelayFailed(f"{upstream.name} cannot be reached: {error or 'it takes too long'}"))
        self._finish()

    def heard(self, half: Half, octets: bytes, at: int) -> None:
        """*octets* came: read, and pass on. The relay's are read first, because its 220 to STARTTLS turns both ways."""
        half.intake.add(octets, at)
        if half is self.relay and half.layer is None and self.client.layer is not None and not self._over:
            raise RelayFailed(f"{self._owner.upstream.name} spoke in the clear where TLS was due")
        if half is self.client:
            self.relay.write(self._warden.said(octets) if self._warden else octets)
            if self.relay.held > MOST_HELD:
                self.hold(self.relay, True)
            self._read()
            return
        self._read()
        self.client.write(octets)
        if self._warden:
            self.relay.write(self._warden.heard(octets))
        if self._tls_due:
            self._tls_due = False
            early = len(self.client.intake)
            if early:
                plain, begun, _ = self.client.intake.take(early)
                self._early = plain, begun
            self._begin_tls()

    def hold(self, half: Half, full: bool) -> None:
        """Whether *half* has more to send than its peer takes: then nothing more is read for it."""
        source = self.client if half is self.relay else self.relay
        if source.transport is not None and not source.transport.is_closing():
            if full:
                source.transport.pause_reading()
            else:
                source.transport.resume_reading()

    def said_goodbye(self, half: Half) -> None:
        """The peer of *half* sent close_notify: so do we on the other side. FIN may come much later, or not at all."""
        self._read()
        self._other(half).notify()

    def ended(self, half: Half) -> None:
        """The peer of *half* ended its half of the connection: so do we on the other side."""
        self._read()
        self._other(half).shut()
        if self.client.fin and self.relay.fin:
            self._close_both()

    def _other(self, half: Half) -> Half:
        return self.relay if half is self.client else self.client

    def gone(self, half: Half) -> None:
        """*half* is lost: the other goes the same way."""
        if half.eof_at is None:
            self._read()
        other = self._other(half)
        if half.lost == "reset":
            other.abort(reset=True)
        else:
            other.shut()
            if half is self.client and other.transport is not None:
                other.transport.close()
        self._finish()

    def _close_both(self) -> None:
        for half in (self.client, self.relay):
            if half.transport is not None:
                half.transport.close()

    def _finish(self) -> None:
        connecting = self._connecting is not None and not self._connecting.done()
        if connecting and self._connecting is not asyncio.current_task():
            return
        if self.client.lost and (self.relay.lost or self.relay.transport is None) and not self.finished.done():
            self._settle()
            self.finished.set_result(None)

    def abort(self) -> None:
        """End both sides at once."""
        self._settle()
        self._over = True
        for half in (self.client, self.relay):
            half.lost = half.lost or ("abort" if half.transport is not None else "")
            half.abort()

    def _settle(self) -> None:
        """What the client did and nobody has written down, because the relay was silent: it ended the connection."""
        if not self._over and self.client.eof_at is not None:
            self._closed(Side.CLIENT, "eof", self.client.eof_at)

    def _fail(self, error: Exception) -> None:
        self.recorder.fail(error)
        self._over = True
        self.abort()

    # --- TLS

    def _begin_tls(self) -> None:
        if self._warden:
            self._warden.tls()
        assert self.client.transport is not None, "made"
        address = self.client.transport.get_extra_info("sockname")
        self.client.begin_tls(TlsLayer(self._owner.context("good", (), (), address)), server=True)
        self.tls_moved(self.client)

    def tls_moved(self, half: Half) -> None:
        """Once the client has asked for somebody, we may ask the relay."""
        if half is self.client and self.relay.layer is None:
            assert half.layer is not None, "it moved"
            mine = self._owner.upstream.layer(half.layer.asked)
            if mine is not None:
                self.relay.begin_tls(mine, server=False)

    def tls_done(self, half: Half) -> None:
        if half is self.client:
            assert half.layer is not None, "done"
            self.recorder.redactor.tls(self._number, half.layer.bindings)
            self._tell_tls(Kind.TLS, half.layer.note)
            self._read()  # a greeting may wait
        else:
            assert half.layer is not None, "done"
            self._owner.certificate = half.layer.certificate
            if self._greeting:
                self.heard(half, self._greeting, self.recorder.now())
        half.flush()

    def tls_failed(self, half: Half, why: str) -> None:
        if half.layer is not None and half.layer.done:  # the session broke or was ended, long after the handshake
            half.eof_received()
        elif half is self.relay:
            upstream = self._owner.upstream
            text = f"{upstream.name}: no TLS with it: {why}; nothing of what the client had to say was sent in it"
            self._fail(NotTrusted(text) if "CERTIFICATE_VERIFY" in why else RelayFailed(text))
        else:
            self._tell_tls(Kind.TLS_FAILED, why)
            self._over = True
            self.client.shut()
            self.relay.abort()

    def _tell_tls(self, kind: Kind, note: str) -> None:
        assert self.client.layer is not None, "begun"
        octets, begun = self._early or (b"", self.client.layer.begun)
        clean, secrets = self.recorder.redacted_lines(self._number, octets)
        event = self.recorder.record(self._number, Side.CLIENT, kind, clean, begun=begun, secrets=secrets, note=note)
        self.recorder.showed(event, self.client.layer.shown)
        self._owner.follower.feed(event)

    # --- reading behind

    def _read(self) -> None:
        """Write down whatever can be read now."""
        while not self._over and not self._tls_due and self._step():
            if self.recorder.full:
                self._owner.flooded()

    def _step(self) -> bool:
        """Read one thing; whether there was one."""
        if self._handshaking:
            return False
        reply = self._reply_waiting()
        if self._owed and reply:
            self._reply(reply)
            return True
        if not self._owed and (unit := self._client_unit(unasked=reply > 0)) is not None:
            event = self.recorder.unit(self._number, unit)
            if unit.kind is not Kind.PARTIAL:
                self._owed = self._owner.follower.owed(event)
            self._owner.follower.feed(event)
            return True
        if reply:
            self._reply(reply)
            return True
        if self.relay.eof_at is not None or self.relay.lost:
            self._closed(Side.SERVER, "reset" if self.relay.lost == "reset" else "close", self.relay.eof_at)
        elif not self._owed and self.client.eof_at is not None:
            self._closed(Side.CLIENT, "eof", self.client.eof_at)
        elif self.client.lost == "reset":
            self._closed(Side.CLIENT, "reset", None)
        return False

    @property
    def _handshaking(self) -> bool:
        return self.client.layer is not None and not self.client.layer.done and not self.client.lost

    def _client_unit(self, unasked: bool) -> Unit | None:
        """The client's next line or content; where the relay has answered already, what it must have taken as such."""
        if self._unit is None:
            reading = self._owner.follower.reading(self._number)
            intake = self.client.intake
            self._unit = (
                Content(intake, self.recorder, reading.first)
                if reading.content
                else Counted(intake, self.recorder)
                if reading.chunks
                else Line(intake, self.recorder)
            )
        unit = self._unit.step()
        if unit is None and unasked and self._unit.may_end:
            unit = self._unit.rest("unterminated")
        if unit is None and (self.client.eof_at is not None or self.client.lost):
            unit = self._unit.rest("cut")
        if unit is None or unit.kind is not Kind.PARTIAL:
            self._unit = None if unit is not None else self._unit
        return unit

    def _reply_waiting(self) -> int:
        """Octets of the relay's next reply, if it has come as a whole; else 0."""
        octets, start = self.relay.intake.peek(LONGEST_REPLY), 0
        while (end := octets.find(b"\n", start)) >= 0:
            if octets[start + 3 : start + 4] != b"-":
                return end + 1
            start = end + 1
        return len(octets) if len(octets) == LONGEST_REPLY else 0

    def _reply(self, count: int) -> None:
        octets, _, _ = self.relay.intake.take(count)
        at = self.recorder.now()  # it leaves now
        clean, secrets = self.recorder.redactor.content(octets)
        self.recorder.redactor.replied(self._number, clean)
        event = self.recorder.record(self._number, Side.SERVER, Kind.REPLY, clean, begun=at, at=at, secrets=secrets)
        self._owed = max(0, self._owed - 1)
        self._tls_due = _handshake(self._owner.follower.feed(event))

    def _closed(self, side: Side, note: str, at: int | None) -> None:
        self._over = True
        notified = side is Side.CLIENT and self.client.layer is not None and self.client.layer.ended
        said = CLOSE_NOTIFY if notified else b""
        event = self.recorder.record(self._number, side, Kind.CLOSE, said, at=at, note=note)
        self._owner.follower.feed(event)


def _handshake(actions: tuple[object, ...]) -> bool:
    return any(isinstance(action, StartTls) for action in actions)
