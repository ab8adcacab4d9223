"""What became of a message: statuses, failures, and the exit status each of them ends in.

Every way to fail is one exception class, so that the rest of the client can say *what* went wrong
and leave to this file what it means for the user.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EXIT_ACCEPTED: Final = 0
EXIT_USAGE: Final = 2
EXIT_PERMANENT: Final = 69
EXIT_PROTOCOL: Final = 70
EXIT_TEMPORARY: Final = 75
EXIT_UNSUPPORTED: Final = 127


class Status(StrEnum):
    """What one recipient is told about the message."""

    ACCEPTED = "accepted"  # the server has taken responsibility (RFC 5321 4.2.5)
    TEMPORARY = "temporary"  # worth another try later (RFC 5321 4.2.1, 4yz)
    PERMANENT = "permanent"  # no use repeating it unchanged (RFC 5321 4.2.1, 5yz)
    DECLINED = "declined"  # this client refused to send it


@dataclass(frozen=True)
class Outcome:
    """The status of one recipient, and why."""

    status: Status
    reason: str = ""
    exit_status: int = EXIT_ACCEPTED


class Failure(Exception):
    """Something that keeps a message from being delivered."""

    status = Status.PERMANENT
    exit_status = EXIT_PERMANENT
    session_over = False  # True: nothing but QUIT can follow in this session

    def outcome(self) -> Outcome:
        return Outcome(self.status, str(self), self.exit_status)


class PermanentFailure(Failure):
    """A 5yz reply, or something else that another try would not change."""


class TemporaryFailure(Failure):
    """A 4yz reply, or something else that may pass."""

    status = Status.TEMPORARY
    exit_status = EXIT_TEMPORARY


class ServiceClosing(TemporaryFailure):
    """421, which may come in answer to any command or unasked (RFC 5321 3.8)."""

    session_over = True


class ConnectionLost(TemporaryFailure):
    """No connection, or none any more: to be taken as if 451 had come (RFC 5321 3.8)."""

    session_over = True


class TimedOut(ConnectionLost):
    """The server kept silent for too long (RFC 5321 4.5.3.2)."""


class Interrupted(TemporaryFailure):
    """The user pressed Ctrl-C."""

    session_over = True


class ProtocolError(Failure):
    """The server broke the rules of the dialogue, so nothing it says can be relied on any more."""

    exit_status = EXIT_PROTOCOL
    session_over = True


class MalformedReply(ProtocolError):
    """What the server sent is not a reply (RFC 5321 4.2)."""

    def __init__(self, message: str, line: bytes = b"") -> None:
        super().__init__(message)
        self.line = line


class Declined(Failure):
    """This client will not send such a message."""

    status = Status.DECLINED


class Unsupported(Declined):
    """This client has not learned what the job asks for."""

    exit_status = EXIT_UNSUPPORTED


class UsageError(Declined):
    """The job itself is wrong or incomplete."""

    exit_status = EXIT_USAGE


def overall_exit_status(outcomes: list[Outcome]) -> int:
    """The exit status for all recipients together: the worst kind of failure, 0 only without any.

    "Permanent" outranks "temporary": trying everything again later would repeat a hopeless part.
    """
    kinds = {outcome.exit_status for outcome in outcomes}
    for kind in (EXIT_USAGE, EXIT_UNSUPPORTED, EXIT_PROTOCOL, EXIT_PERMANENT, EXIT_TEMPORARY):
        if kind in kinds:
            return kind
    return EXIT_ACCEPTED
