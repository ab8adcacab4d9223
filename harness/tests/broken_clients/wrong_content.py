"""Faults in the content, in how a session ends, and in what is told of it."""

from __future__ import annotations

import os

from .base import ACCEPTED, GIVEN_UP, Fault, Refused

# --- content ----------------------------------------------------------------------------------------------------------


class BareLineFeedsInContent(Fault):
    """The lines of the message end with LF alone."""

    rule = "content-line-end"

    def content(self) -> None:
        self.write(b"\n".join(self.stuffed(self.lines())) + b"\r\n")


class NoDotStuffing(Fault):
    """Dots at the beginning of lines are not doubled."""

    rule = "dot-stuffing"
    scenario = "data/dots[dotted lines]"

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        return lines


class StuffsFirstDot(Fault):
    """Only the first dot at the beginning of a line is doubled."""

    rule = "dot-stuffing"
    scenario = "data/dots[dotted lines]"

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        first = next((number for number, line in enumerate(lines) if line.startswith(b".")), None)
        return [b"." + line if number == first else line for number, line in enumerate(lines)]


class EndsWithLineFeeds(Fault):
    """The content ends with LF . LF."""

    rule = "end-of-data"

    def content(self) -> None:
        self.write(b"\r\n".join(self.stuffed(self.lines())))

    def end_of_data(self) -> None:
        self.write(b"\n.\n")
        self.check(*self.read_reply(), 2)


class ClosesWithoutDot(Fault):
    """The connection is closed in place of the final dot."""

    rule = "end-of-data"

    def end_of_data(self) -> None:
        self.open = False
        raise Refused(400)


class ForgetsDot(Fault):
    """The final dot is forgotten, and both sides wait."""

    rule = "end-of-data"
    scenario = "faults/timeout-matrix[QUIT]"

    def end_of_data(self) -> None:
        self.check(*self.read_reply(), 2)


class EmptyLineBeforeDot(Fault):
    """CRLF . CRLF is sent after a message that ends with CRLF already."""

    rule = "extra-crlf"

    def end_of_data(self) -> None:
        self.must("\r\n.")


class DropsLastLine(Fault):
    """The last line of the message is lost."""

    rule = "message-changed"
    worth = "note"  # no RFC says that a client sends what it was given; the scenario does
    root_cause = "dialogue/message"

    def lines(self) -> list[bytes]:
        return super().lines()[:-1]


class OneLongLine(Fault):
    """The body is sent as one line, longer than 1000 octets."""

    rule = "text-line-length"
    worth = "warn"  # 4.5.3 says SHOULD
    scenario = "data/large[64 kB]"

    def lines(self) -> list[bytes]:
        lines = super().lines()
        header = lines[: lines.index(b"") + 1]
        return [*header, b" ".join(lines[len(header) :])]


class AddsReceived(Fault):
    """A field is put before the message that it was given. Relays must do so, and others may."""

    rule = "dialogue/message"
    worth = "warn"  # RFC 5321, 6.4 and RFC 6409, 8 let many do so

    def lines(self) -> list[bytes]:
        return [b"Received: from client.example.test; Mon, 23 Nov 2026 10:00:00 +0000", *super().lines()]


class TransactionForEach(Fault):
    """Each recipient gets a transaction, and so a copy, of its own."""

    rule = "dialogue/missing"
    worth = "warn"  # RFC 5321, 4.5.4.1: SHOULD send one copy
    scenario = "core/multi-rcpt"

    def transaction(self) -> int:
        everybody, status = self.recipients, ACCEPTED
        for one in everybody:
            self.recipients = [one]
            status = max(status, super().transaction())
        return status


class FirstRecipientOnly(Fault):
    """Only the first recipient is named."""

    rule = "dialogue/missing"
    worth = "warn"  # SHOULD
    scenario = "core/multi-rcpt"
    root_cause = "reported"

    def rcpts(self) -> list[int]:
        return [self.rcpt(self.recipients[0])]


# --- what a client composes -------------------------------------------------------------------------------------------


class NoDate(Fault):
    """The message that it composes has no Date field."""

    rule = "header-missing"
    takes = "composed"

    def lines(self) -> list[bytes]:
        return [b"From: " + self.sender.encode(), b"Subject: " + os.environ["SMTP_SUBJECT"].encode(), b"", b"Hello"]


class CtimeDate(Fault):
    """The date of the message that it composes is written as C's ctime() does."""

    rule = "header-invalid.date"
    takes = "composed"

    def lines(self) -> list[bytes]:
        date = b"Date: Mon Nov 23 10:00:00 2026"
        return [date if line.startswith(b"Date:") else line for line in composed(self.message, b"Hello")]


class FieldForEach(Fault):
    """Each recipient gets a To field of its own."""

    rule = "header-invalid.twice"
    scenario = "core/multi-rcpt"
    takes = "composed"

    def lines(self) -> list[bytes]:
        lines = [line for line in composed(self.message, b"Hello") if not line.startswith((b"To:", b" "))]
        return [*(b"To: " + one.encode() for one in self.recipients), *lines]


class NoBlankLine(Fault):
    """Header and text of the message that it composes are not parted by an empty line."""

    rule = "missing-blank-line"
    takes = "composed"

    def lines(self) -> list[bytes]:
        date = b"Date: Mon, 23 Nov 2026 10:00:00 +0000"
        return [b"From: " + self.sender.encode(), b"Subject: " + os.environ["SMTP_SUBJECT"].encode(), date, b"Hello"]


class EightBits(Fault):
    """The message that it composes is UTF-8 as it stands, and the server's offers are not looked at."""

    rule = "8bit-content"
    takes = "composed"

    def lines(self) -> list[bytes]:
        return composed(self.message, "Grüße!".encode())


class EightBitsUndeclared(Fault):
    """The server takes eight bits, and MAIL does not say that they come."""

    rule = "8bit-content.undeclared"
    worth = "warn"  # RFC 6152, 3 says it in prose
    scenario = "core/ehlo-rich"
    takes = "composed"

    def lines(self) -> list[bytes]:
        return composed(self.message, "你好".encode())


def composed(message: bytes, greeting: bytes) -> list[bytes]:
    """A message of its own, around the text that it was given."""
    header, _, text = message.partition(b"\r\n\r\n")
    return [*header.replace(b"7bit", b"8bit").split(b"\r\n"), b"", greeting, *text.split(b"\r\n")[:-1]]


# --- the end, and what is told of it ----------------------------------------------------------------------------------


class NoQuit(Fault):
    """The connection is closed without QUIT."""

    rule = "no-quit"

    def quit(self) -> None:
        pass


class LeavesBeforeReply(Fault):
    """QUIT is sent, and its reply not waited for."""

    rule = "quit-unanswered"
    worth = "warn"  # 4.1.1.10: SHOULD wait for the reply to QUIT
    scenario = "core/quit-slow"

    def quit(self) -> None:
        self.line("QUIT")
        self.socket.close()


class Crashes(Fault):
    """The program dies after RCPT."""

    rule = "dialogue/closed"

    def data(self) -> None:
        os._exit(GIVEN_UP)


class SendsAgain(Fault):
    """The message was accepted, but QUIT failed, so it is sent once more."""

    rule = "dialogue/never"
    scenario = "faults/no-dup-after-250[close]"

    def quit(self) -> None:
        try:
            super().quit()
        except OSError:
            self.buffer = b""
            self.session()
            super().quit()


class AlwaysHappy(Fault):
    """A refused message is reported as sent."""

    rule = "reported.false-success"
    scenario = "coursework/message-refused"

    def run(self) -> int:
        super().run()
        return ACCEPTED


class NeverHappy(Fault):
    """An accepted message is reported as failed."""

    rule = "reported.false-failure"

    def run(self) -> int:
        super().run()
        return GIVEN_UP
