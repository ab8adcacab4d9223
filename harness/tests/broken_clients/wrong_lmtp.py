"""Faults in LMTP (RFC 2033): LHLO, and a reply for each recipient."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from .base import ACCEPTED, TEMPORARY, Client, Fault

WORDS = {2: "accepted", 4: "temporary", 5: "permanent"}


class Lmtp(Client):
    """Speaks LMTP, and tells what came of each recipient in SMTP_RESULT_FILE."""

    can = (*Client.can, "lmtp", "result-file")

    def hello(self) -> None:
        self.offers = self.keywords(self.must(f"LHLO {self.name}"))

    def keywords(self, texts: list[str]) -> dict[str, str]:
        lines = [line.partition(" ") for line in texts[1:]]
        return {keyword.upper(): parameters.upper() for keyword, _, parameters in lines}

    def transaction(self) -> int:
        self.mail()
        told = [self.word(code) for code in self.rcpts()]
        accepted = [index for index, word in enumerate(told) if word == "accepted"]
        if accepted:
            self.data()
            self.content()
            self.line(".")
            for index, word in zip(accepted, self.results(len(accepted)), strict=True):
                told[index] = word
        self.report(told)
        return ACCEPTED if set(told) == {"accepted"} else TEMPORARY

    def word(self, code: int) -> str:
        return WORDS[code // 100]

    def results(self, count: int) -> list[str]:
        """What became of the message for each accepted recipient, in their order."""
        words: list[str] = []
        try:
            words += (self.word(self.read_reply()[0]) for _ in range(count))
        except OSError:
            self.open = False
        return words + ["temporary"] * (count - len(words))

    def report(self, told: list[str]) -> None:
        """A recipient that stands twice is told as accepted if it once was."""
        words: dict[str, str] = {}
        for recipient, word in zip(self.recipients, told, strict=True):
            if words.get(recipient) != "accepted":
                words[recipient] = word
        Path(os.environ["SMTP_RESULT_FILE"]).write_text(json.dumps({"messages": [{"recipients": words}]}))


class LmtpInBatches(Lmtp):
    """MAIL, RCPT and DATA leave together where PIPELINING is offered (RFC 2920), and DATA for nobody is refused."""

    scenarios = ("lmtp/happy", "lmtp/mixed-results", "lmtp/partial-close", "lmtp/duplicate-rcpt", "lmtp/no-rcpt")

    def transaction(self) -> int:
        if "PIPELINING" not in self.offers:
            return super().transaction()
        self.write(b"".join(line.encode() + b"\r\n" for line in self.envelope()))
        self.check(*self.read_reply(), 2)
        told = [self.word(self.read_reply()[0]) for _ in self.recipients]
        accepted = [index for index, word in enumerate(told) if word == "accepted"]
        if self.read_reply()[0] == 354:
            self.content()
            self.line(".")
            for index, word in zip(accepted, self.results(len(accepted)), strict=True):
                told[index] = word
        self.report(told)
        return ACCEPTED if set(told) == {"accepted"} else TEMPORARY

    def envelope(self) -> list[str]:
        return [f"MAIL FROM:<{self.sender}>", *(f"RCPT TO:<{one}>" for one in self.recipients), "DATA"]


class LmtpWithEhlo(Fault, Lmtp):
    """EHLO comes first, LHLO only when it was refused (RFC 2033, 4.1)."""

    rule = "dialogue/different"
    requirement = "RFC2033-4.1-a"
    worth = "warn"  # prose: LHLO replaces EHLO and HELO
    scenario = "lmtp/happy"

    def hello(self) -> None:
        code, texts = self.say(f"EHLO {self.name}")
        if code // 100 != 2:
            texts = self.must(f"LHLO {self.name}")
        self.offers = self.keywords(texts)


class LmtpThenSmtp(Fault, Lmtp):
    """LHLO refused, it goes on by SMTP (RFC 2033, 4.1)."""

    rule = "dialogue/never"
    requirement = "RFC2033-4.1-b"
    worth = "warn"  # prose: EHLO and HELO are not present in LMTP
    scenario = "lmtp/wrong-protocol[HELO only]"

    def hello(self) -> None:
        code, texts = self.say(f"LHLO {self.name}")
        if code // 100 != 2:
            texts = self.must(f"HELO {self.name}")[:1]
        self.offers = self.keywords(texts)


class LmtpOneReply(Fault, Lmtp):
    """The first reply after the dot is taken for all recipients (RFC 2033, 4.2)."""

    rule = "reported.false-success"
    requirement = "RFC2033-4.2-a"
    scenario = "lmtp/mixed-results[one line]"

    def results(self, count: int) -> list[str]:
        return [self.word(self.read_reply()[0])] * count


class LmtpPairsWithAll(Fault, Lmtp):
    """Replies after the dot are counted off against all recipients, those that were refused too (RFC 2033, 4.2)."""

    rule = "reported.false-success"
    requirement = "RFC2033-4.2-a"
    scenario = "lmtp/mixed-results[one line]"

    def report(self, told: list[str]) -> None:
        replies = [word for word in told if word != "permanent"]
        super().report([*replies, *["temporary"] * (len(told) - len(replies))])


class LmtpCountsLines(Fault, Lmtp):
    """Each line of a multi-line reply is taken for a reply (RFC 2033, 4.2)."""

    rule = "reported.false-failure"
    requirement = "RFC2033-4.2-c"
    scenario = "lmtp/mixed-results[two lines]"

    def results(self, count: int) -> list[str]:
        return [self.word(int(self.read_line()[:3])) for _ in range(count)]


class LmtpReplyForEachAddress(Fault, Lmtp):
    """Of a recipient that was accepted twice one reply is read (RFC 2033, 4.2)."""

    rule = "sent-before-reply"
    requirement = "RFC2033-4.2-b"
    scenario = "lmtp/duplicate-rcpt"

    def results(self, count: int) -> list[str]:
        addresses = len(set(self.recipients))
        return super().results(addresses) * (count // addresses)


class LmtpContentForNobody(Fault, Lmtp):
    """Every recipient was refused, DATA too, and the content goes out (RFC 2033, 4.2)."""

    rule = "content-after-refused-data"
    requirement = "RFC2033-4.2-d"
    scenario = "lmtp/no-rcpt"

    def transaction(self) -> int:
        self.mail()
        told = [self.word(code) for code in self.rcpts()]
        self.say("DATA")
        self.content()
        self.line(".")
        self.report(told)
        return TEMPORARY


class LmtpAllOrNothing(Fault, Lmtp):
    """The connection is lost after the first reply, and all recipients are told as failures (RFC 2033, 5)."""

    rule = "reported.false-failure"
    requirement = "RFC2033-5-c"
    scenario = "lmtp/partial-close"

    def results(self, count: int) -> list[str]:
        words = super().results(count)
        return words if self.open else ["temporary"] * count


class LmtpFirstForAll(Fault, Lmtp):
    """The connection is lost after the first reply, and that is taken for all recipients (RFC 2033, 5)."""

    rule = "reported.false-success"
    requirement = "RFC2033-5-c"
    scenario = "lmtp/partial-close"

    def results(self, count: int) -> list[str]:
        words = super().results(count)
        return words if self.open else words[:1] * count


class LmtpLostForGood(Fault, Lmtp):
    """The recipients whose replies were lost are told as refused for good (RFC 2033, 5)."""

    rule = "dialogue/outcome"
    requirement = "RFC2033-5-c"
    scenario = "lmtp/partial-close"

    def results(self, count: int) -> list[str]:
        words = super().results(count)
        return words if self.open else [words[0], *["permanent"] * (count - 1)]


class LmtpOneTimeOut(Fault, Lmtp):
    """One time-out for all replies after the dot (RFC 2033, 5)."""

    rule = "reported.false-failure"
    requirement = "RFC2033-5-b"
    worth = "warn"  # SHOULD process the replies as they come in
    scenario = "lmtp/slow-replies"

    def results(self, count: int) -> list[str]:
        self.deadline = time.monotonic() + (self.timeout or 0)
        return super().results(count)

    def read_line(self) -> bytes:
        if hasattr(self, "deadline"):
            self.socket.settimeout(max(0.01, self.deadline - time.monotonic()))
        return super().read_line()
