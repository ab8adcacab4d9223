"""A few words with a relay before a client is led to it: greeting, EHLO, STARTTLS. Blocking, on a socket of its own."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

LONGEST = 65536
NAME = "[127.0.0.1]"
"""What the harness itself says EHLO with: the machine's own name is nobody's business."""


class Talk:
    """A talk over a connected *socket*, which has a time-out. Everything raises `OSError` when it goes wrong."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket, self._left = connected, b""
        self.greeting = b""

    def expect(self, code: str) -> tuple[str, ...]:
        """The lines of the next reply, without the code, which must be *code*."""
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            while b"\n" not in self._left:
                octets = self._socket.recv(4096)
                if not octets or len(self._left) > LONGEST:
                    raise OSError("it ended the connection" if not octets else "its reply has no end")
                self._left += octets
            line, _, self._left = self._left.partition(b"\n")
            lines.append(line.rstrip(b"\r"))
            if len(lines) > 1000:
                raise OSError("its reply has no end")
        self.greeting = self.greeting or b"".join(line + b"\r\n" for line in lines)
        if lines[-1][:3] != code.encode():
            raise OSError(f"it answered {lines[-1][:100].decode('utf-8', 'backslashreplace')!r} where {code} was due")
        return tuple(line[4:].decode("utf-8", "replace") for line in lines)

    def say(self, text: str) -> None:
        self._socket.sendall(text.encode("ascii") + b"\r\n")

    def ehlo(self, verb: str = "EHLO") -> tuple[str, ...]:
        """What it offers; LMTP: to LHLO."""
        self.say(f"{verb} {NAME}")
        return self.expect("250")[1:]

    @staticmethod
    def takes_tls(offered: tuple[str, ...]) -> bool:
        return "STARTTLS" in (one.upper() for one in offered)

    def starttls(self, offered: tuple[str, ...]) -> None:
        """Ask for TLS, which the caller begins then."""
        if not self.takes_tls(offered):
            raise OSError("it does not offer STARTTLS; nothing else was sent to it")
        self.say("STARTTLS")
        self.expect("220")
        if self._left:
            raise OSError("it said more before TLS than its reply to STARTTLS")

    def end(self) -> None:
        self.say("QUIT")


@dataclass(frozen=True, slots=True)
class Offers:
    """The lines of a relay's EHLO before and within TLS, and its certificate in DER; empty where there was none."""

    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    certificate: bytes = b""


def offers(plain: socket.socket, context: ssl.SSLContext, name: str, tls: str) -> Offers:
    """What a relay offers on a connection made just now, its certificate checked for *name*. Raises `OSError`.

    *tls* is `none`, `starttls` or `implicit`; "": STARTTLS where it is offered.
    """
    outside: tuple[str, ...] = ()
    if tls != "implicit":
        talk = Talk(plain)
        talk.expect("220")
        outside = talk.ehlo()
        if tls == "none" or (not tls and not talk.takes_tls(outside)):
            talk.end()
            return Offers(outside)
        talk.starttls(outside)
    with context.wrap_socket(plain, server_hostname=name) as secure:
        talk = Talk(secure)
        if tls == "implicit":
            talk.expect("220")
        inside = talk.ehlo()
        talk.end()
        return Offers(outside, inside, secure.getpeercert(binary_form=True) or b"")


def lmtp_offers(plain: socket.socket) -> tuple[str, ...]:
    """The lines of a relay's answer to LHLO, on a connection made just now. Raises `OSError`."""
    talk = Talk(plain)
    talk.expect("220")
    lines = talk.ehlo("LHLO")
    talk.end()
    return lines


def before_tls(host: str, port: int, timeout: float) -> tuple[socket.socket, bytes]:
    """A connection to a relay that awaits TLS on it after STARTTLS, and how it greeted. Raises `OSError`."""
    connected = socket.create_connection((host, port), timeout)
    try:
        talk = Talk(connected)
        talk.expect("220")
        talk.starttls(talk.ehlo())
    except OSError:
        connected.close()
        raise
    return connected, talk.greeting
