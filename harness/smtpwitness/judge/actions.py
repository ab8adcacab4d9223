"""What the player asks of whoever owns the sockets, and what it is told back.

The fake server feeds an `Event` for everything that happens and carries out, in order, what it gets for it. Each
`Say` comes back as a REPLY event, each `StartTls` as TLS or TLS_FAILED, each `End` as a CLOSE of side server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..model.scenario import Delay

IMPLICIT = "implicit"
"""The note of an OPEN on a connection that begins with TLS."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send *pieces* (one write each, *gap* seconds apart), the first *delay* seconds from now.

    `quiet`: once the client has said nothing for a while; what waits together leaves in one segment then. With no
    pieces nothing is sent after the delay, but the empty REPLY comes back all the same. *held*: where the client's
    next line has come already, this leaves in one write with the reply to that.
    """

    pieces: tuple[bytes, ...]
    delay: Delay = 0.0
    gap: float = 0.0
    held: bool = False

    @property
    def octets(self) -> bytes:
        return b"".join(self.pieces)


@dataclass(frozen=True, slots=True)
class StartTls:
    """Begin the server's half of a handshake with *certificate*; `fail`: send garbage, close, or be silent instead.

    `versions` and `terms` are as in `model.scenario.Tls`.
    """

    certificate: str = "good"
    fail: str | None = None
    versions: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """End the connection: FIN, RST, our half only, or say no more (`stall` reads on until the client goes).

    *grace*: wait up to so many seconds for the client to close first.
    """

    how: Literal["close", "reset", "half-close", "stall"]
    grace: float = 0.0


Action = Say | StartTls | End


@dataclass(frozen=True, slots=True)
class Reading:
    """What the next octets of a connection are: a line, or content.

    *first*: tell, with a PARTIAL event, when so many octets of content have come. *again*: octets of a line that was
    read already and belongs to the content (a client that sends its message after DATA was refused). *chunks*: behind
    a BDAT line come as many octets as it says (RFC 3030, 2).
    """

    content: bool = False
    first: int | None = None
    again: bytes = b""
    chunks: bool = False
