"""One half of TLS over memory: ciphertext in, plain text out, no socket.

`ssl.MemoryBIO` rather than asyncio's own TLS, which hides when things came and cannot half-close (RFC 3207, RFC 8446).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from ..model.run import Certificate
from ..model.scenario import ASKS, NO_SESSION_HASH, RESUMED, WITH_CERTIFICATE

CLOSE_NOTIFY = b"\x01\x00"
"""The alert itself: a warning, of number 0 (RFC 8446, 6)."""

HANDSHAKE, DATA = 22, 23
CERTIFICATE = 11
"""Types of records, and of a message in a handshake (RFC 8446, 5.1 and 4)."""

NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")
"""A name that may be asked for: what else a client sends for one is not told."""


def holds_certificate(records: bytes) -> bool:
    """Whether *records* that a server wrote in a handshake hold its certificate.

    Up to TLS 1.2 it can be read (RFC 5246, 7.4.2); in 1.3 it is in the first that is encrypted (RFC 8446, 2).
    """
    while len(records) > 5:
        kind, end = records[0], 5 + int.from_bytes(records[3:5])
        messages, records = records[5:end], records[end:]
        if kind == DATA:
            return True
        while kind == HANDSHAKE and len(messages) > 3:
            if messages[0] == CERTIFICATE:
                return True
            messages = messages[4 + int.from_bytes(messages[1:4]) :]
    return False


class TlsLayer:
    """One session. `done`: the handshake ended well; `failed`: why it or the session broke; `ended`: close_notify came.

    `begun` is when the first octet of the client's came.
    """

    def __init__(self, context: ssl.SSLContext, server: str | None = None) -> None:
        """The server's half; or the client's, towards a *server* of that name, "" where it is asked for none.

        The client's half begins with `receive(b"", 0)`.
        """
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server is None, server_hostname=server or None
        )
        self.done = self.ended = False
        self.failed = ""
        self.begun: int | None = None
        self._showed = False
        self.note = ""
        """Version and cipher suite, and what else there is to say, with semicolons; "" until the handshake is done."""

    def _said(self) -> str:
        """The note. To be asked for at once: after an alert, which may come right behind the handshake, it is gone."""
        cipher = self._object.cipher()
        said = [f"{self._object.version()} {cipher[0] if cipher else ''}".strip()]
        said += [WITH_CERTIFICATE] if self._object.getpeercert(True) else []
        said += [RESUMED] if self._object.session_reused else []
        said += [NO_SESSION_HASH] if self._object.context.options & 1 and self._object.version() == "TLSv1.2" else []
        said += [ASKS + (self.asked if NAME.fullmatch(self.asked) else "")] if self.asked is not None else []
        return "; ".join(said)

    @property
    def asked(self) -> str | None:
        """Whom the client asks for (SNI; RFC 6066, 3), "" if nobody; None before it has."""
        name: str | None = getattr(self._object, "asked", None)
        return name

    @property
    def shown(self) -> Certificate | None:
        """The certificate that the client was shown; None as long as none was, and where an earlier one counts."""
        fresh = self._showed and RESUMED not in self.note.split("; ")
        return getattr(self._object.context, "shows", None) if fresh else None

    @property
    def certificate(self) -> bytes:
        """The other side's certificate, in DER; b"" if it showed none."""
        return self._object.getpeercert(True) or b""

    @property
    def bindings(self) -> Mapping[str, bytes]:
        """What the session can be told from others by (RFC 5929). TLS 1.3 has no tls-unique (RFC 9266, 3)."""
        unique = self._object.get_channel_binding("tls-unique") if self._object.version() == "TLSv1.2" else None
        return {"tls-unique": unique} if unique else {}

    def receive(self, octets: bytes, at: int) -> bytes:
        """Take ciphertext that came at *at*; returns the plain text in it. After a failure all is swallowed."""
        if octets and self.begun is None:
            self.begun = at
        if self.failed or self.ended:
            return b""
        self._incoming.write(octets)
        plain = bytearray()
        try:
            if not self.done:
                self._object.do_handshake()
                self.done, self.note = True, self._said()
            while octets := self._object.read(65536):
                plain += octets
            self.ended = True  # close_notify
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.failed = error.reason or error.strerror or type(error).__name__
            if isinstance(error, ssl.SSLCertVerificationError):
                self.failed = f"{self.failed}: {error.verify_message}"
        return bytes(plain)

    def encrypt(self, octets: bytes) -> bytes:
        """Ciphertext that says *octets*, after whatever else has to go; they are lost on a session that broke."""
        with suppress(ssl.SSLError):
            self._object.write(octets)
        return self._outgoing.read()

    def pending(self) -> bytes:
        """Ciphertext that has to go: the handshake's answers, alerts."""
        octets = self._outgoing.read()
        self._showed = self._showed or holds_certificate(octets)
        return octets

    def close_notify(self) -> bytes:
        """Ciphertext that ends the server's half (RFC 8446, 6.1). Nothing can be said after it."""
        if self.done and not self.failed:
            with suppress(ssl.SSLError):  # it leaves all the same; the client's own has not come yet, or never will
                self._object.unwrap()
        return self._outgoing.read()


class SpoiledTls:
    """A handshake that the server spoils: swallows what comes, and knows that something came."""

    done = ended = False
    note = ""
    shown = None
    bindings: Mapping[str, bytes] = MappingProxyType({})

    def __init__(self) -> None:
        self.failed = ""
        self.begun: int | None = None

    def receive(self, octets: bytes, at: int) -> bytes:
        if octets and self.begun is None:
            self.begun = at
            self.failed = "spoiled"
        return b""

    def encrypt(self, octets: bytes) -> bytes:
        return octets

    def pending(self) -> bytes:
        return b""

    def close_notify(self) -> bytes:
        return b""
