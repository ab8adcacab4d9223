"""Faults that show where a server is odd, slow or hostile."""

from __future__ import annotations

import time

from .base import ACCEPTED, Fault, Refused


class DropsTheRest(Fault):
    """What follows the last line end of a segment is thrown away: a reply that comes in pieces is misread."""

    rule = "dialogue/closed"
    requirement = "RFC5321-4.2.1-d"
    scenario = "rob/fragmented[before LF]"

    def read_reply(self) -> tuple[int, list[str]]:
        lines = [line.decode("latin-1") for line in self.socket.recv(4096).split(b"\r\n")]
        return int(lines[0][:3]), [line[4:] for line in lines]


class AFewReads(Fault):
    """A reply that has not come after four reads is given up, however short the reads are."""

    rule = "dialogue/closed"
    requirement = "RFC5321-4.2.1-d"
    scenario = "rob/slow-drip[MAIL]"

    def read_line(self) -> bytes:
        for _ in range(4):
            self.buffer += self.socket.recv(4096)
            if b"\r\n" in self.buffer:
                break
        else:
            raise ConnectionError("the server says nothing of use")
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line


class LastOfAll(Fault):
    """Whatever has come after a short sleep is taken for one reply, and its last line counts."""

    rule = "reported.false-failure"
    requirement = "RFC5321-4.2.5-d"
    scenario = "rob/extra-reply[the message]"

    def read_reply(self) -> tuple[int, list[str]]:
        time.sleep(0.1)
        lines = [self.read_line().decode()]
        while self.buffer or lines[-1][3:4] == "-":
            lines.append(self.read_line().decode())
        return int(lines[-1][:3]), [line[4:] for line in lines]


class LostMeansSent(Fault):
    """The connection went while content was being sent: taken for a finished message."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/early-eod-reply[421 4.3.2]"

    def content(self) -> None:
        try:
            super().content()
        except ConnectionError:
            self.lost = True

    def end_of_data(self) -> None:
        try:
            super().end_of_data()
        except ConnectionError:
            self.open = False


class SwallowsErrors(Fault):
    """A reply that cannot be decoded raises; the exception is caught, and nothing is told."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/nul-in-reply"

    def read_line(self) -> bytes:
        line = super().read_line()
        line.decode("ascii")
        return line

    def session(self) -> int:
        try:
            return super().session()
        except UnicodeDecodeError:
            return ACCEPTED


class EndIsSilence(Fault):
    """The end of the server's side is read as an empty line that refuses nothing."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/half-close"

    def end_of_data(self) -> None:
        self.line(".")
        answer = self.socket.recv(4096)
        if answer[:1] in (b"4", b"5"):
            raise Refused(int(answer[:3]))


class LooksAtAllThatCame(Fault):
    """Whether the message was taken is looked for in all that ever came."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "sec/reply-presend"

    def end_of_data(self) -> None:
        self.line(".")
        self.everything += self.socket.recv(4096)
        if b"250" not in self.everything:
            raise Refused(554)

    def connect(self) -> None:
        super().connect()
        self.everything = b""

    def read_line(self) -> bytes:
        line = super().read_line()
        self.everything += line
        return line


class WaitsWithinReplies(Fault):
    """There is a time-out for the beginning of a reply, and none for the rest of it."""

    rule = "silence.no-timeout"
    requirement = "RFC5321-4.5.3.2-a"
    scenario = "sec/reply-flood"

    def read_line(self) -> bytes:
        line = super().read_line()
        self.socket.settimeout(None if line[3:4] == b"-" else self.timeout)
        return line


class PastesTheSender(Fault):
    """The sender's address stands in the command as it was given, line ends and all."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.1.2-d"
    scenario = "sec/envelope-injection[line end]"
