"""Faults in the order of the session: what comes too early, too late, twice, or after a reply that was none."""

from __future__ import annotations

from .base import Fault

# --- STARTTLS ---------------------------------------------------------------------------------------------------------


class NoopBeforeHandshake(Fault):
    """After the 220 to STARTTLS a NOOP goes out in clear before the handshake (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC3207-4-b"
    scenario = "tls/starttls-ok"

    def handshake(self) -> None:
        self.line("NOOP")
        super().handshake()


class StaysInClear(Fault):
    """STARTTLS is taken for a switch that the server throws: EHLO follows its 220 in clear (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC3207-4-b"
    scenario = "tls/starttls-ok"

    def handshake(self) -> None:
        pass


class EmptyLineBeforeHandshake(Fault):
    """STARTTLS is sent with two line ends: the second is clear text where the handshake is due (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC5321-4.3.1-a"
    scenario = "tls/starttls-ok"

    def starttls(self) -> None:
        self.write(b"STARTTLS\r\n\r\n")
        self.check(*self.read_reply(), 2)
        self.handshake()
        self.hello()
