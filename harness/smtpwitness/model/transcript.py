"""What happened, as it is stored: events in order, secrets already taken out.

An **event** is one thing that a side did: the client sent a line, the server's reply left, the connection closed.
Lines and content are stored as octets. What was secret in them is a `Secret` span over a fixed stand-in, so neither
its octets nor its length are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happened."""

    OPEN = "open"  # a connection was accepted
    LINE = "line"  # client: a command or SASL line, with its line end if it had one
    CONTENT = "content"  # client: mail data, with the CRLF.CRLF that ended it if one did
    PARTIAL = "partial"  # client: so much of the content has come (for `first`); its octets come with CONTENT
    REPLY = "reply"  # server: a reply has left, or what was said in place of one
    TLS = "tls"  # a handshake ended well; note: version and cipher suite
    TLS_FAILED = "tls-failed"  # a handshake ended badly; note: the reason
    CLOSE = "close"  # side client or server ended its half or the whole; note: eof, reset, close, half-close, stall
    LIMIT = "limit"  # the case's time was up
    EXIT = "exit"  # the client's process ended; note: its exit status, or signal name


class Side(StrEnum):
    CLIENT = "client"
    SERVER = "server"
    HARNESS = "harness"


class Secrecy(StrEnum):
    """What a secret was."""

    PASSWORD = "password"  # noqa: S105 - a role, not a secret
    PLAIN = "plain"  # SASL PLAIN: authorization identity, user name and password
    DIGEST = "digest"  # CRAM-MD5: user name and digest
    PROOF = "proof"  # the client's last message of SCRAM
    TOKEN = "token"  # noqa: S105 - any other SASL response


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's span in the octets of an event, which holds a stand-in there.

    `well_formed`: encoded and built as its mechanism asks. `agrees`: it is the job's user name and password; None
    where the job cannot tell (the client has credentials of its own). `says` is what else a judge must know: of a
    password or digest, what is amiss in one word; of a proof or token, the message with a stand-in in its place.
    """

    start: int
    end: int
    role: Secrecy
    encoding: str = ""  # "base64" or "" (as it is)
    well_formed: bool = True
    agrees: bool | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Times are nanoseconds since the case began, on a monotonic clock.

    `begun` is when its first octet came (client) or left (server); `at` when its last did. `overlong`: the line was
    longer than its limit before redaction shortened it. `octets` of LINE and CONTENT include the line end that came,
    those of a client's CLOSE are the TLS alert that it said goodbye with.
    """

    seq: int
    connection: int
    begun: int
    at: int
    side: Side
    kind: Kind
    octets: bytes = b""
    secrets: tuple[Secret, ...] = ()
    note: str = ""
    size: int = 0  # PARTIAL: octets of content so far
    overlong: bool = False


Transcript = tuple[Event, ...]
