"""Faults in command lines, in their order and their time."""

from __future__ import annotations

import time

from .base import ACCEPTED, Client, Fault

# --- lines and the syntax of commands ---------------------------------------------------------------------------------


class BareLineFeeds(Fault):
    """Commands end with LF alone."""

    rule = "line-end"

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\n")


class HalfLine(Fault):
    """MAIL has no line end at all, and the client waits for its reply."""

    rule = "line-end"

    def mail(self) -> None:
        self.write(f"MAIL FROM:<{self.sender}>".encode())
        self.check(*self.read_reply(), 2)


class NoBrackets(Fault):
    """Addresses stand without angle brackets."""

    rule = "angle-brackets"

    def mail(self) -> None:
        self.must(f"MAIL FROM:{self.sender}")

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT TO:{recipient}")[0]


class SpaceAfterColon(Fault):
    """`MAIL FROM: <...>`, as many a book has it."""

    rule = "space-after-colon"
    worth = "warn"  # most servers forgive it, and the MUST NOT is prose

    def mail(self) -> None:
        self.must(f"MAIL FROM: <{self.sender}>")


class SourceRoute(Fault):
    """The recipient's path begins with a source route."""

    rule = "command-syntax.route"
    worth = "warn"  # RFC 5321, 3.3: SHOULD NOT

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(f"@relay.example.test:{recipient}")


class TrailingBlank(Fault):
    """A blank stands at the end of DATA."""

    rule = "command-syntax"

    def data(self) -> None:
        self.must("DATA ", 3)


class LongCommand(Fault):
    """A command line of more than 512 octets."""

    rule = "command-length"
    worth = "warn"  # 4.5.3 says SHOULD

    def mail(self) -> None:
        self.must("NOOP " + "x" * 600)
        super().mail()


class UnlistedParameter(Fault):
    """MAIL declares a size, which the server has not offered to hear."""

    rule = "parameter-not-offered"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}> SIZE={len(self.message)}")


class UnlistedAuthParameter(Fault):
    """MAIL carries AUTH=, though the EHLO reply does not list AUTH (RFC 4954, 5)."""

    rule = "parameter-not-offered"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "core/happy"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}> AUTH=<>")


class BelievesFirstLine(Fault):
    """Words in the first line of the EHLO reply, which names the server, are taken for keywords."""

    rule = "dialogue/never"
    scenario = "core/ehlo-bare[name and greeting]"
    root_cause = "parameter-not-offered"

    def hello(self) -> None:
        texts = self.must(f"EHLO {self.name}")
        self.offers = dict.fromkeys(" ".join(texts).upper().split(), "")

    def mail(self) -> None:
        size = f" SIZE={len(self.message)}" if "SIZE" in self.offers else ""
        self.must(f"MAIL FROM:<{self.sender}>{size}")


class ParametersAfterHelo(Fault):
    """HELO is said, and a delivery report asked for with RCPT all the same."""

    rule = "parameter-not-offered"
    scenario = "core/helo-fallback[500 unknown command]"

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT TO:<{recipient}> NOTIFY=FAILURE")[0]


class LowersMailboxes(Fault):
    """Local parts are written in lower case."""

    rule = "dialogue/different"
    scenario = "core/mailbox-case"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(recipient.lower())


# --- order and time ---------------------------------------------------------------------------------------------------


class TalksFirst(Fault):
    """EHLO goes out before the greeting has come."""

    rule = "early-talker"
    worth = "warn"  # 4.3.1: SHOULD wait for the greeting

    def greeting(self) -> None:
        self.line(f"EHLO {self.name}")
        super().greeting()

    def hello(self) -> None:
        self.check(*self.read_reply(), 2)


class FiresAll(Fault):
    """All commands go out at once, the replies are read afterwards."""

    rule = "sent-before-reply"

    def transaction(self) -> int:
        commands = [f"MAIL FROM:<{self.sender}>", *(f"RCPT TO:<{one}>" for one in self.recipients), "DATA"]
        for command in commands:
            self.line(command)
        self.content()
        self.line(".")
        for _ in [*commands, "."]:
            self.read_reply()
        return ACCEPTED


class OneLineReplies(Fault):
    """Each line of a reply is taken for a whole one, so that the client runs ahead of the server."""

    rule = "sent-before-reply"
    scenario = "replies/multiline-all"

    def greeting(self) -> None:
        self.check(*Client.read_reply(self), 2)

    def read_reply(self) -> tuple[int, list[str]]:
        line = self.read_line().decode()
        return int(line[:3]), [line[4:]]


class Sleeps(Fault):
    """It sleeps where it should read, and takes silence for consent."""

    rule = "sent-before-reply"
    scenario = "faults/slow-reply[MAIL]"

    def say(self, text: str) -> tuple[int, list[str]]:
        self.line(text)
        time.sleep(0.2)
        return (354 if text == "DATA" else 250), [""]


class OneRecvGreeting(Fault):
    """One recv() is taken for the whole greeting."""

    rule = "early-talker"
    worth = "warn"  # the same; its `fail` is in what follows
    scenario = "core/greeting-multiline"
    root_cause = "sent-before-reply"

    def greeting(self) -> None:
        if not self.socket.recv(4096).startswith(b"220"):
            print("220 reply not received from server")


class OneRecv(Fault):
    """One recv() is taken for one reply; what it begins with is not looked at closely."""

    rule = "sent-before-reply"
    scenario = "coursework/replies-in-pieces[code and text]"

    def hello(self) -> None:
        self.line(f"HELO {self.name}")
        self.one_recv()
        self.offers = {"AUTH": "LOGIN"}

    def say(self, text: str) -> tuple[int, list[str]]:
        self.line(text)
        return self.one_recv()

    def one_recv(self) -> tuple[int, list[str]]:
        digit = self.socket.recv(4096)[:1]
        return (int(digit) * 100 if digit.isdigit() else 300), [""]


class ExpectsMore(Fault):
    """It waits for a second reply to EHLO, and none is due."""

    rule = "silence"
    worth = "warn"  # that no reply is due is derived
    scenario = "faults/timeout-matrix[QUIT]"
    root_cause = "dialogue/closed"

    def hello(self) -> None:
        super().hello()
        self.read_reply()


class NoTimeout(Fault):
    """It waits for ever."""

    rule = "silence"
    scenario = "faults/timeout-matrix[RCPT]"

    def connect(self) -> None:
        self.timeout = None
        super().connect()
