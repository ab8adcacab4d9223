"""One connection of the fake server. It does what it is told and records what happens; judging is for others.

The one module that knows aiosmtpd: a subclass of its `SMTP` that takes the session over, because its hooks cannot
script misbehaviour, and its own replies, limits and TLS would hide a client's faults. The private names that it leans
on are held by a contract test.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import Protocol, cast

from aiosmtpd.smtp import SMTP

from ..judge.actions import IMPLICIT, Action, End, Say, StartTls
from ..model.transcript import Kind, Secret, Side
from .intake import KEPT_OF_LONGER, TLS_HEAD, Content, Counted, Intake, Line, Reader, Unit
from .recorder import Recorder
from .sockets import acknowledge, reset_on_close, unread, unreceived
from .tls import CLOSE_NOTIFY, SpoiledTls, TlsLayer

SILENCE = 3.0
"""Seconds after which a line or a lone dot without its CRLF is taken as ended (LANGUAGE.md, section 5)."""

QUIET = 0.1
"""Seconds without an octet of the client after which what waits for `quiet` is said (LANGUAGE.md, section 3)."""

SHORTEST_GAP = 0.002
"""Seconds. Pieces that follow each other sooner are merged by the client's kernel."""

MOST_LOOKS = 64
"""Rounds of the loop that we wait for what the client sent already; each receives up to 256 kB."""

READ_AFTER_ABORT = 1000
"""Units that had come before the harness ended the connection, and are still recorded."""

LOOK_AGAIN = 0.001
"""Seconds between looks whether the client has read what we said."""

LARGEST_WRITE = 64 * 1024
AFTER_ALERT = 1.0
"""Seconds that a client has to close after a handshake failed (RFC 8446, 6.2 has both sides close at once)."""

HANDSHAKE = b"\x16\x03"
"""How every TLS record of a ClientHello begins."""

ALERT = b"\x15"

GARBAGE = b"\x00\xffthis is not TLS\r\n"


def _is_plain(data: bytes) -> bool:
    """Whether *data* begins as no version of TLS does: one of its records, or SSL 2's, which have their top bit set."""
    return not data.startswith((HANDSHAKE[:1], ALERT)) and data[0] < 0x80


def _behind_alert(data: bytes) -> bytes:
    """What stands behind the alert that *data* may begin with."""
    return data[TLS_HEAD + int.from_bytes(data[3:TLS_HEAD], "big") :] if data.startswith(ALERT) else data


class Owner(Protocol):
    """The server that a connection belongs to."""

    recorder: Recorder

    def context(
        self, certificate: str, versions: tuple[str, ...], terms: tuple[str, ...], address: object
    ) -> ssl.SSLContext:
        """The server's half of TLS with *certificate*, in *versions*, on *terms*, at *address*. Raises KeyError."""

    def meant(self, address: object) -> str:
        """The host that the client means by *address*, where it had to find that; else ""."""

    def joined(self, connection: Fake) -> None:
        """*connection* is up."""

    def flooded(self) -> None:
        """The case has more events than any case needs."""


class Fake(SMTP):
    """One connection, counted from 1.

    Octets and their times are taken in at once, whatever else is going on. All the rest is done by one task, in
    order: read a unit, tell it, carry out the actions, read on. After an `End` the client is heard and recorded, but
    no longer answered.

    *secured*: TLS begins with the first octet, as on port 465 (RFC 8314).
    """

    def __init__(self, owner: Owner, number: int, loop: asyncio.AbstractEventLoop, secured: bool = False) -> None:
        super().__init__(None, hostname="fake.test", loop=loop)
        self.finished: asyncio.Future[None] = loop.create_future()
        self._owner, self._recorder, self._number = owner, owner.recorder, number
        self._raw: asyncio.Transport
        self._secured = secured
        self._intake = Intake()
        self._unit: Reader | None = None  # what is being read
        self._tls: TlsLayer | SpoiledTls | None = None
        self._early: tuple[bytes, tuple[Secret, ...]] = b"", ()  # plain text that came where TLS was due
        self._early_at: int | None = None  # when its first octet came
        self._opening: tuple[Action, ...] = ()
        self._came, self._came_at = 0.0, 0  # when the last octets came: the loop's time, the case's
        self._line_begun = 0  # when the last line began
        self._eof_at: int | None = None  # when the client ended its half
        self._gone, self._gone_at = "", 0  # why and when the connection was lost: reset, or abort (ours)
        self._lost: asyncio.Future[None] = loop.create_future()
        self._changed: asyncio.Future[None] | None = None
        self._held = bytearray()  # replies that wait for each other, to leave in one segment
        self._left = READ_AFTER_ABORT
        self._spoiled = False  # garbage was sent in place of a handshake
        self._mute = self._mouth_shut = self._over = False  # not answered; cannot send; nothing more to be done

    # --- what asyncio and aiosmtpd call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once what to do: implicit TLS must begin before the first octet is taken in."""
        self._raw = cast(asyncio.Transport, transport)
        self._raw.set_write_buffer_limits(high=0)  # so that `drain` means: the kernel has taken everything
        self._owner.joined(self)
        try:
            note = IMPLICIT if self._secured else self._owner.meant(transport.get_extra_info("sockname"))
            event = self._recorder.record(self._number, Side.CLIENT, Kind.OPEN, note=note)
            self._opening = self._recorder.conversation.feed(event)
            if self._opening and isinstance(self._opening[0], StartTls):
                self._recorder.events[event.seq] = replace(event, note=IMPLICIT)
                self._begin_tls(self._opening[0])
        except Exception as error:
            self._fail(error)
        super().connection_made(transport)  # begins _handle_client

    def data_received(self, data: bytes) -> None:
        self._came, self._came_at = self.loop.time(), self._recorder.now()
        acknowledge(self._raw.get_extra_info("socket"))
        self._receive(data, self._came_at)
        if (self._intake.full or self._narrow) and self._eof_at is None:
            self._raw.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The client ended its half. Ours stays open: the client may still wait for the reply to its last line."""
        if self._eof_at is None:
            self._eof_at = self._recorder.now()
        self._wake()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._lose("reset")
        asyncio.StreamReaderProtocol.connection_lost(self, None)
        assert self._handler_coroutine is not None, "connection_made came first"
        self._handler_coroutine.add_done_callback(lambda _: self.finished.set_result(None))

    def _reset_timeout(self, duration: float | None = None) -> None:
        """aiosmtpd's time-out is not used."""

    async def push(self, status: bytes) -> bool:  # type: ignore[override]
        """The one way out: *status* as it is, behind what was held back. False if the connection was lost before the
        kernel had all of it.
        """
        if self._gone or self._raw.is_closing():
            return False
        status, self._held = bytes(self._held) + status, bytearray()
        self._raw.write(self._tls.encrypt(status) if self._tls and self._tls.done else status)
        if self._raw.get_write_buffer_size():
            with suppress(ConnectionError):
                await self._writer.drain()
        return not self._gone and not self._raw.is_closing()

    async def _handle_client(self) -> None:
        """The whole session, in place of aiosmtpd's."""
        try:
            await self._perform(self._opening)
            while not self._over:
                unit = await self._next(inf)
                if unit is None:
                    self._client_closed()
                else:
                    await self._perform(self._tell(unit))
        except Exception as error:
            self._fail(error)
        finally:
            self._hang_up()

    # --- taking in

    def abort(self) -> None:
        """End the connection at once; no CLOSE is recorded."""
        self._lose("abort")
        self._raw.abort()

    def _lose(self, why: str) -> None:
        if not self._gone:
            self._gone, self._gone_at = why, self._recorder.now()
            self._lost.set_result(None)
        self._wake()

    def _fail(self, error: Exception) -> None:
        """The harness itself went wrong, not the client."""
        self._recorder.fail(error)
        self._over = True
        self.abort()

    def _receive(self, data: bytes, at: int) -> None:
        if self._tls is None:
            self._intake.add(data, at)
            return
        if self._spoiled and (plain := _behind_alert(data)) and _is_plain(plain):  # the client goes on without TLS
            self._tls, self._spoiled = None, False
            self._intake.add(plain, at)
            return
        if self._tls.begun is None and _is_plain(data):
            self._keep_early(data.partition(HANDSHAKE)[0], at)  # and the handshake fails of it, as on any server
        self._intake.add(self._tls.receive(data, at), at)
        self._write(self._tls.pending())
        if self._eof_at is None and (self._tls.ended or (self._tls.done and self._tls.failed)):
            self._eof_at = at

    def _write(self, octets: bytes) -> None:
        """Send what TLS itself has to say."""
        if octets and not self._mouth_shut and not self._raw.is_closing():
            self._raw.write(octets)

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def _change(self, until: float) -> None:
        """Wait until something came, or the connection ended, or the loop's time is *until*."""
        self._changed = self.loop.create_future()
        timer = self.loop.call_at(until, self._wake) if until < inf else None
        try:
            await self._changed
        finally:
            self._changed = None
            if timer is not None:
                timer.cancel()

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than there is a connection."""
        if seconds > 0 and not self._gone:
            await asyncio.wait({self._lost}, timeout=seconds)

    async def _quiet(self) -> None:
        """Wait until the client has sent nothing for a while. What is held back does not wait with us."""
        while not self._gone and (left := self._came + QUIET - self.loop.time()) > 0:
            await self._release()
            await self._pause(left)

    def _waits(self, say: Say) -> bool:
        """Whether it leaves with what comes behind it."""
        return (say.delay == "quiet" and len(say.pieces) == 1) or (say.held and self._intake.find(b"\n") >= 0)

    def _hold(self, octets: bytes) -> bytes:
        """Keep *octets* until nothing more of the batch is left to answer."""
        self._held += self._recorder.redactor.filled(self._number, octets)
        return octets

    async def _release(self) -> None:
        """Send what was held back."""
        if self._held:
            await self.push(b"")

    async def _settle(self) -> None:
        """Take in what the client has sent already, so that its time is before that of what we do next."""
        descriptor = self._raw.get_extra_info("socket")
        for look in range(MOST_LOOKS):
            if self._gone or not self._raw.is_reading():
                return
            waiting = unreceived(descriptor.fileno())
            if waiting == 0 or (waiting is None and look == 2):
                return
            await asyncio.sleep(0)

    @property
    def _narrow(self) -> bool:
        """Whether we read no more than we must. Not under TLS, which reads for itself."""
        return self._recorder.window > 0 and self._tls is None

    async def _taken(self, until: float) -> None:
        """Wait until the client has read all that we said."""
        while not self._gone and self.loop.time() < until and unread(self._raw.get_extra_info("socket")):
            await self._pause(LOOK_AGAIN)

    # --- reading and telling

    @property
    def _ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self._gone) or self._eof_at is not None

    async def _next(self, until: float) -> Unit | None:
        """The next unit; None if the connection has ended, or the loop's time is *until*."""
        await asyncio.sleep(0)  # a client that floods must not hold up the other cases
        if self._recorder.full:
            self._owner.flooded()
        self._left -= self._gone == "abort"
        if self._recorder.full or self._left < 0:
            return None
        if self._unit is None:
            if self._narrow:
                await self._taken(until)
            self._unit = self._begin_reading()
        since = self.loop.time()
        while True:
            unit = self._unit.step()
            if not self._ended and not self._intake.full and not (self._narrow and unit):
                self._raw.resume_reading()
            if unit is not None:
                break
            if self._held:
                await self._release()
                continue
            if self._ended:
                unit = self._unit.rest("cut")
                break
            silent = max(since, self._came) + SILENCE if self._unit.may_end else inf
            if self.loop.time() >= silent:
                unit = self._unit.rest("unterminated")
                break
            if self.loop.time() >= until:
                return None
            await self._release()
            await self._change(min(silent, until))
        if unit is None or unit.kind is not Kind.PARTIAL:
            self._unit = None
        return unit

    def _begin_reading(self) -> Reader:
        reading = self._recorder.conversation.reading(self._number)
        self._intake.put_back(reading.again, self._line_begun)
        if reading.content:
            return Content(self._intake, self._recorder, reading.first)
        return Counted(self._intake, self._recorder) if reading.chunks else Line(self._intake, self._recorder)

    def _tell(self, unit: Unit) -> tuple[Action, ...]:
        """Record a unit without its secrets; returns what is to be done about it."""
        if unit.kind is Kind.LINE:
            self._line_begun = unit.begun
        return self._recorder.conversation.feed(self._recorder.unit(self._number, unit))

    def _client_closed(self) -> None:
        """The client ended the connection, and all that came before was read and answered."""
        self._over = True
        if self._eof_at is not None:
            self._closed_by(Side.CLIENT, "eof", self._eof_at)
        elif self._gone == "reset":
            self._closed_by(Side.CLIENT, "reset", self._gone_at)

    def _closed_by(self, side: Side, note: str, at: int) -> None:
        said = CLOSE_NOTIFY if side is Side.CLIENT and self._tls is not None and self._tls.ended else b""
        event = self._recorder.record(self._number, side, Kind.CLOSE, said, at=at, note=note)
        self._recorder.conversation.feed(event)  # nobody is left who could be answered

    # --- acting

    async def _perform(self, actions: tuple[Action, ...]) -> None:
        """Carry out *actions* in order, then those that they bring about."""
        queue = deque(actions)
        while queue and not self._mute and not self._gone:
            match queue.popleft():
                case Say() as say:
                    queue.extend(await self._say(say))
                case StartTls() as start:
                    await self._release()
                    queue.extend(await self._start_tls(start))
                case End() as end:
                    await self._release()
                    await self._end(end)

    async def _say(self, say: Say) -> tuple[Action, ...]:
        """Send a reply. If the connection is lost meanwhile, only what was written is claimed.

        A stall within content is claimed all the same: it tells why the client went.
        """
        if say.delay == "quiet":
            await self._quiet()
        else:
            if not say.held:
                await self._release()
            await self._pause(say.delay)
        await self._settle()
        begun = at = self._recorder.now()
        sent, lost = bytearray(), bool(self._gone)
        if self._waits(say) and not lost:
            sent += self._hold(say.octets)
        for number, piece in enumerate(() if sent else say.pieces):
            if number and say.gap:
                await self._pause(max(say.gap, SHORTEST_GAP))
            for start in range(0, len(piece), LARGEST_WRITE):
                part, now = piece[start : start + LARGEST_WRITE], self._recorder.now()
                lost = lost or not await self.push(self._recorder.redactor.filled(self._number, part))
                if lost:
                    break
                sent += part
                at = now
        stalled = self._unit is not None and not say.octets
        if lost and not sent and not stalled:
            return ()
        octets = bytes(sent)
        self._recorder.redactor.replied(self._number, octets)
        event = self._recorder.record(
            self._number, Side.SERVER, Kind.REPLY, octets, begun=begun, at=at, note="cut" if lost else ""
        )
        return self._recorder.conversation.feed(event)

    def _begin_tls(self, action: StartTls) -> None:
        """From here on octets are TLS. Those that wait already are a hasty ClientHello, or plain text sent too early.

        Such plain text is forgotten by the session (RFC 3207, 4.2), and kept in the TLS event.
        """
        if action.fail:
            self._tls = SpoiledTls()
        else:
            self._tls = TlsLayer(self._context(action))
        hello = self._intake.find(HANDSHAKE)
        plain = len(self._intake) if hello < 0 else hello
        if plain:
            octets, begun, _ = self._intake.take(plain)
            self._keep_early(octets, begun)
        if len(self._intake):
            octets, begun, _ = self._intake.take(len(self._intake))
            self._receive(octets, begun)

    def _context(self, action: StartTls) -> ssl.SSLContext:
        address = self._raw.get_extra_info("sockname")
        return self._owner.context(action.certificate, action.versions, action.terms, address)

    def _keep_early(self, octets: bytes, at: int) -> None:
        """Plain text came where TLS was due; its first octet at *at*. More of it, after the 220, tells nothing new."""
        if self._early_at is not None:
            return
        self._early = self._recorder.redacted_lines(self._number, octets[:KEPT_OF_LONGER])
        self._early_at = at

    async def _start_tls(self, action: StartTls) -> tuple[Action, ...]:
        """Wait for the end of a handshake, good or bad."""
        await self._release()
        if self._tls is None:
            self._begin_tls(action)
        layer = self._tls
        assert layer is not None, "begun"
        while not (layer.done or layer.failed or layer.ended or self._ended):
            await self._change(inf)
        if layer.done:
            self._recorder.redactor.tls(self._number, layer.bindings)
            return self._tell_tls(Kind.TLS, layer.note)
        if self._gone == "abort":
            return ()
        if action.fail and layer.failed:
            if action.fail == "garbage":
                await self.push(GARBAGE)
                self._spoiled = True
            actions = self._tell_tls(Kind.TLS_FAILED, action.fail, Side.SERVER)
            return (*actions, End("close")) if action.fail == "close" else actions
        note = layer.failed or ("eof" if self._eof_at is not None else self._gone)
        return (*self._tell_tls(Kind.TLS_FAILED, note), End("close", AFTER_ALERT))

    def _tell_tls(self, kind: Kind, note: str, side: Side = Side.CLIENT) -> tuple[Action, ...]:
        assert self._tls is not None, "begun"
        octets, secrets = self._early
        begun = self._tls.begun if self._early_at is None else self._early_at
        event = self._recorder.record(self._number, side, kind, octets, begun=begun, secrets=secrets, note=note)
        self._recorder.showed(event, self._tls.shown)
        return self._recorder.conversation.feed(event)

    async def _end(self, end: End) -> None:
        """End the connection, or our half of it, unless the client ends it first."""
        await self._release()
        self._mute = True
        final = end.how in ("close", "reset")
        if final or end.grace:
            until = self.loop.time() + end.grace
            await self._settle()
            while (unit := await self._next(until)) is not None:
                self._tell(unit)
            if self._ended:
                return self._client_closed()
        rest = self._unit.rest("cut") if final and self._unit else None
        if rest is not None:
            self._tell(rest)
        at, self._over = self._recorder.now(), final
        match end.how:
            case "close":
                self._hang_up()
            case "reset":
                reset_on_close(self._raw.get_extra_info("socket"))
                self._raw.abort()
            case "half-close":
                self._write(self._tls.close_notify() if self._tls else b"")
                self._mouth_shut = True
                with suppress(OSError):
                    self._raw.write_eof()
        return self._closed_by(Side.SERVER, end.how, at)

    def _hang_up(self) -> None:
        """Close what is still open: close_notify, then FIN."""
        if self._raw.is_closing():
            return
        self._write(self._tls.close_notify() if self._tls else b"")
        if self._raw.get_write_buffer_size():
            self._raw.abort()
        else:
            self._raw.close()
