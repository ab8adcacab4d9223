"""One side of the tap: a socket, TLS on it if there is any, and what waits to leave by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

from .intake import Intake
from .recorder import Recorder
from .sockets import acknowledge, reset_on_close
from .tls import TlsLayer


class Both(Protocol):
    """The two halves together, who are told what happens to one of them."""

    recorder: Recorder

    def guarded(self, work: Callable[[], None]) -> None:
        """Do what, if it goes wrong, is the harness's fault."""

    def made(self, half: Half) -> None:
        """It is connected."""

    def heard(self, half: Half, octets: bytes, at: int) -> None:
        """Plain text came."""

    def hold(self, half: Half, full: bool) -> None:
        """It has more to send than its peer takes; or no longer."""

    def tls_moved(self, half: Half) -> None:
        """Something of TLS came, which has not been looked at yet."""

    def tls_done(self, half: Half) -> None: ...

    def tls_failed(self, half: Half, why: str) -> None: ...

    def said_goodbye(self, half: Half) -> None:
        """Its peer sent close_notify."""

    def ended(self, half: Half) -> None:
        """Its peer ended its half of the connection."""

    def gone(self, half: Half) -> None:
        """It is lost."""


class Half(asyncio.Protocol):
    """One of the two sockets. `eof_at`: when its peer ended its half, by close_notify or FIN; `fin`: by that.

    `lost`: why it is gone, else "".
    """

    def __init__(self, both: Both) -> None:
        self._both = both
        self.transport: asyncio.Transport | None = None
        self.layer: TlsLayer | None = None
        self.intake = Intake()
        self.eof_at: int | None = None
        self.fin = False
        self.lost = ""
        self._held = bytearray()  # waits for the connection or the handshake
        self._shut = False

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._both.made(self)

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None, "made"
        at = self._both.recorder.now()
        acknowledge(self.transport.get_extra_info("socket"))
        self._both.guarded(lambda: self._receive(data, at))

    def _receive(self, data: bytes, at: int) -> None:
        if self.layer is None:
            self._both.heard(self, data, at)
            return
        before = self.layer.done
        plain = self.layer.receive(data, at)
        self._both.tls_moved(self)
        self.flush()
        if self.layer.failed:
            self._both.tls_failed(self, self.layer.failed)
            return
        if self.layer.done and not before:
            self._both.tls_done(self)
        if plain:
            self._both.heard(self, plain, at)
        if self.layer.ended and self.eof_at is None:
            self.eof_at = at
            self._both.said_goodbye(self)

    def eof_received(self) -> bool:
        if not self.fin:
            self.fin = True
            self.eof_at = self._both.recorder.now() if self.eof_at is None else self.eof_at
            self._both.guarded(lambda: self._both.ended(self))
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = self.lost or ("reset" if error else "closed")
        self._both.guarded(lambda: self._both.gone(self))

    def pause_writing(self) -> None:
        self._both.hold(self, True)

    def resume_writing(self) -> None:
        self._both.hold(self, False)

    # --- what the other half asks

    @property
    def held(self) -> int:
        return len(self._held)

    def begin_tls(self, layer: TlsLayer, server: bool) -> None:
        self.layer = layer
        if not server:
            layer.receive(b"", 0)
        self.flush()

    def write(self, octets: bytes) -> None:
        """Pass *octets* on, as soon as that can be done."""
        self._held += octets
        self.flush()

    def flush(self) -> None:
        """Send what waits, and what TLS itself has to say."""
        if self.transport is None or self.transport.is_closing() or self._shut:
            return
        out = b""
        if self.layer is not None:
            out = self.layer.pending()
        if self._held and (self.layer is None or (self.layer.done and not self.layer.failed)):
            octets, self._held = bytes(self._held), bytearray()
            out += self.layer.encrypt(octets) if self.layer else octets
        if out:
            self.transport.write(out)

    def notify(self) -> None:
        """Send close_notify."""
        if self.layer is not None and self.transport is not None and not self.transport.is_closing() and not self._shut:
            self.flush()
            self.transport.write(self.layer.close_notify())

    def shut(self) -> None:
        """End our half with FIN, without close_notify."""
        if self.transport is None or self.transport.is_closing() or self._shut:
            return
        self.flush()
        self._shut = True
        with suppress(OSError):
            self.transport.write_eof()

    def abort(self, reset: bool = False) -> None:
        if self.transport is not None:
            if reset and not self.transport.is_closing():
                reset_on_close(self.transport.get_extra_info("socket"))
            self.transport.abort()
