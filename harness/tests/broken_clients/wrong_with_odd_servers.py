"""Faults that show only with a server that answers oddly, attacks, or speaks by halves."""

from __future__ import annotations

import re
import select
import time

from .base import ACCEPTED, GIVEN_UP, PERMANENT, TEMPORARY, Client, Fault, GaveUp, Refused

# --- rob: replies in pieces, too many, too early ----------------------------------------------------------------------


class LineFeedMustBeThere(Fault):
    """A line ends at CR, and LF is passed over only if it has come already (RFC 5321, 2.3.8 and 4.2.1)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.2.1-d"
    scenario = "rob/fragmented[between CR and LF]"
    root_cause = "sent-before-reply"

    def read_line(self) -> bytes:
        while b"\r" not in self.buffer:
            more = self.socket.recv(4096)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.buffer += more
        line, _, rest = self.buffer.partition(b"\r")
        self.buffer = rest.removeprefix(b"\n")
        return line


class PauseEndsReply(Fault):
    """A reply is over when nothing has come for a moment (RFC 5321, 4.2.1)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.2.1-d"
    scenario = "rob/slow-drip"

    def read_reply(self) -> tuple[int, list[str]]:
        octets = self.socket.recv(4096)
        self.socket.settimeout(0.15)
        try:
            while more := self.socket.recv(4096):
                octets += more
        except TimeoutError:
            pass
        self.socket.settimeout(self.timeout)
        texts = octets.decode().splitlines() or [""]
        if not re.match(r"[0-9]{3}( |\Z)", texts[-1]):
            raise Refused(500)
        return int(texts[-1][:3]), [text[4:] for text in texts]


class LastLineCounts(Fault):
    """It sleeps a while, and the last line of all that has come is the reply (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/extra-reply[refused then 250]"

    def end_of_data(self) -> None:
        self.line(".")
        time.sleep(0.3)
        code, texts = self.read_reply()
        while b"\r\n" in self.buffer:
            code, texts = self.read_reply()
        self.check(code, texts, 2)


class LastLineSpoilsSuccess(LastLineCounts):
    """The message was accepted, and what comes behind the answer makes it a failure (RFC 5321, 4.2.5)."""

    rule = "reported.false-failure"
    requirement = "RFC5321-4.2.5-d"
    scenario = "rob/extra-reply[accepted then 500]"


class EarlyReplyIsSent(Fault):
    """Whatever the server does before the dot has come is taken for success (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/early-eod-reply[421]"

    def content(self) -> None:
        octets = b"".join(line + b"\r\n" for line in self.stuffed(self.lines()))
        try:
            for start in range(0, len(octets), 64_000):
                self.write(octets[start : start + 64_000])
                self.open = self.open and not select.select([self.socket], [], [], 0.05)[0]
        except OSError:
            self.open = False

    def end_of_data(self) -> None:
        if self.open:
            super().end_of_data()


class ControlsEndLines(Fault):
    """Any control character ends a line of a reply, as in Python's splitlines(); the last line counts."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/nul-in-reply[vertical tab]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        last = f"{code} {texts[-1]}".splitlines()[-1]
        return (int(last[:3]) if last[:3].isdigit() else code), texts


class EndOfStreamIsSent(Fault):
    """The server has ended its half before it answered, and that is success (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "rob/half-close"

    def end_of_data(self) -> None:
        self.line(".")
        if self.socket.recv(4096):
            raise Refused(500)
        self.open = False


class LostIsForever(Fault):
    """A lost connection is told as a permanent failure (RFC 5321, 3.8)."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-3.8-a"
    worth = "warn"  # SHOULD
    scenario = "rob/half-close"

    def end_of_data(self) -> None:
        try:
            super().end_of_data()
        except OSError:
            self.open = False
            raise GaveUp(PERMANENT) from None


# --- sec: a server that attacks, and a job that does -------------------------------------------------------------------


class SuccessAnywhere(Fault):
    """250 anywhere in what has come so far is success (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "sec/reply-presend"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.seen = b""

    def read_line(self) -> bytes:
        line = super().read_line()
        self.seen += line + b"\n"
        return line

    def end_of_data(self) -> None:
        self.line(".")
        self.read_reply()
        if b"250 " not in self.seen:
            raise Refused(500)


class NoTimeoutInFlood(Fault):
    """A reply that does not end is waited for without end (RFC 5321, 4.5.3.2)."""

    rule = "silence.no-timeout"
    requirement = "RFC5321-4.5.3.2-a"
    scenario = "sec/reply-flood[lines]"

    def connect(self) -> None:
        self.timeout = None
        super().connect()


class LoginWithoutTls(Fault):
    """STARTTLS is not there, so the password goes out in clear (RFC 4954, 9)."""

    rule = "dialogue/never"
    requirement = "RFC4954-9-a"
    scenario = "sec/credential-leak[STARTTLS taken out]"

    def starttls(self) -> None:
        if "STARTTLS" in self.offers:
            super().starttls()


class Careful(Client):
    """It declines addresses with blanks and control characters in them."""

    def session(self) -> int:
        if any(re.search(r"[\x00-\x20\x7f]", one) for one in (self.sender, *self.recipients)):
            raise GaveUp(GIVEN_UP)
        return super().session()


class AddressAsItStands(Fault, Careful):
    """An address is put into MAIL as it stands, CR LF and all (RFC 5321, 4.1.2)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.1.2-d"
    scenario = "sec/envelope-injection[crlf]"

    def session(self) -> int:
        return Client.session(self)
