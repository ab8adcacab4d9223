"""A remote relay during a run: looked at first, without a credential; then one message at a time."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ..files.remotes import Remote
from ..model.run import Peer
from .talk import offers
from .tap import NotTrusted, RelayFailed, Upstream
from .warden import Refused, Warden

PATIENCE = 20.0
"""Seconds for each step of the look."""


@dataclass(slots=True)
class Reached:
    """A remote relay that was looked at. `outside` and `inside` are the lines of its EHLO before and within TLS.

    `sent` are the messages so far; `broken`: why nothing more goes to it, else "".
    """

    relay: Remote
    context: ssl.SSLContext
    peer: Peer
    outside: tuple[str, ...]
    inside: tuple[str, ...]
    sent: int = 0
    broken: str = ""
    dead: bool = False
    _due: float = 0.0
    _one: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        return self.relay.name

    @property
    def accounts(self) -> Mapping[str, str]:
        return {self.relay.username: self.relay.password}

    def log(self) -> str:
        """Whoever runs it has it."""
        return "its log is with those who run it"

    def upstream(self, tls: str) -> Upstream:
        """Where a client is led that begins TLS as *tls* says; where it begins none, the tap does."""
        relay = self.relay
        return Upstream(
            self.name,
            relay.address or relay.host,
            {"smtps" if tls == "implicit" else "smtp": relay.port},
            self.context,
            relay.host,
            tls=relay.tls if tls == "none" and relay.tls != "none" else "",
            warden=lambda: Warden(relay.recipients, self._take, needs_tls=tls == "starttls"),
        )

    def offers(self, tls: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a client that begins TLS as *tls* says is offered before TLS, and within."""
        return (self.inside if tls == "none" and self.relay.tls != "none" else self.outside), self.inside

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One case at a time, and no sooner than the interval after the last. Raises RelayFailed."""
        async with self._lock:
            if self.broken:
                raise RelayFailed(self.broken)
            await asyncio.sleep(max(0.0, self._due - time.monotonic()))
            self._one = 1
            try:
                yield
            finally:
                self._due = time.monotonic() + self.relay.interval

    @property
    def full(self) -> bool:
        """Whether as many messages went to it as may in a run."""
        return self.sent >= self.relay.at_most

    def _take(self) -> None:
        if self.full:
            raise Refused(f"{self.relay.at_most} messages went to it in this run, and more may not (`at most`)")
        if not self._one:
            raise Refused("the client would send a second message in one case")
        self._one -= 1
        self.sent += 1


async def reach(remote: Remote) -> Reached:
    """Look at *remote*: its certificate and what it offers. No credential is sent. Raises RelayFailed."""
    return await asyncio.to_thread(_looked_at, remote)


def _looked_at(remote: Remote) -> Reached:
    where = (remote.address or remote.host, remote.port)
    try:
        context = ssl.create_default_context(cafile=str(remote.ca) if remote.ca else None)
        with socket.create_connection(where, PATIENCE) as plain:
            there = offers(plain, context, remote.host, remote.tls)
    except ssl.SSLCertVerificationError as error:
        raise NotTrusted(untrusted(remote.name, remote.host, error.verify_message)) from None
    except (OSError, ValueError) as error:
        raise RelayFailed(f"{remote.name}: no session with {remote.host}:{remote.port}: {error}") from None
    shown = fingerprint(there.certificate) if remote.tls != "none" else ""
    return Reached(remote, context, Peer(remote.host, remote.port, shown), there.outside, there.inside)


def untrusted(name: str, host: str, why: str) -> str:
    return f"{name}: the certificate that {host} shows is not good ({why}); no credential and no message was sent to it"


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate in DER, as browsers and `openssl x509 -fingerprint` show it."""
    return ":".join(f"{one:02X}" for one in hashlib.sha256(certificate).digest())
