"""Faults that show only with a server that answers oddly, attacks, or speaks by halves."""

from __future__ import annotations

import json
import re
import select
import ssl
import time
from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path
from typing import ClassVar

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
        time.sleep(0.8)
        code, texts = self.read_reply()
        while b"\r\n" in self.buffer:
            code, texts = self.read_reply()
        self.check(code, texts, 2)


class LastLineSpoilsSuccess(LastLineCounts):
    """The message was accepted, and what comes behind the answer makes it a failure (RFC 5321, 4.2.5)."""

    rule = "reported.false-failure"
    requirement = "RFC5321-4.2.5-d"
    scenario = "rob/extra-reply[accepted then 500]"
    worth = "warn"  # looks like one who takes 500 for the reply to QUIT, and has nowhere else to say so


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


# --- sec: a server that attacks, and a job that does ------------------------------------------------------------------


class SuccessAnywhere(Fault):
    """250 anywhere in what has come so far is success (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "sec/reply-presend"

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
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


# --- greetings and goodbyes -------------------------------------------------------------------------------------------


class BusyIsForever(Fault):
    """A greeting of 450 is told as a permanent failure (RFC 5321, 4.2.1)."""

    rule = "reported.wrong-class"
    requirement = "RFC5321-4.2.1-a"
    worth = "warn"  # SHOULD
    scenario = "core/greeting-4yz[450 and waits]"

    def greeting(self) -> None:
        code, _ = self.read_reply()
        if code // 100 != 2:
            raise GaveUp(PERMANENT)


class ClosesAtRefusedGreeting(Fault):
    """After a greeting of 554 the connection is closed, and nobody has said QUIT (RFC 5321, 4.1.4)."""

    rule = "no-quit.greeting"
    requirement = "RFC5321-4.1.4-g"
    worth = "warn"  # SHOULD
    scenario = "core/greeting-554[554 and waits]"

    def greeting(self) -> None:
        self.open = False
        super().greeting()
        self.open = True


class NoServiceForNow(Fault):
    """A greeting of 521, no mail here ever, is told as a temporary failure (RFC 7504, 3)."""

    rule = "reported.wrong-class"
    requirement = "RFC7504-3-a"
    worth = "warn"  # derived
    scenario = "core/greeting-554[521 and waits]"

    def greeting(self) -> None:
        code, _ = self.read_reply()
        if code // 100 != 2:
            raise GaveUp(TEMPORARY)


class QuitMatters(Fault):
    """QUIT is refused, so the message that was accepted has failed (RFC 5321, 4.2.5)."""

    rule = "reported.false-failure"
    requirement = "RFC5321-4.2.5-d"
    worth = "warn"  # something did go wrong after the message was taken
    scenario = "core/quit-odd[500]"

    def session(self) -> int:
        status = super().session()
        self.must("QUIT")
        self.open = False
        return status


class HeloAfterShutdown(Fault):
    """EHLO is answered by 421, and HELO is tried (RFC 5321, 4.3.2)."""

    rule = "went-on.shutdown"
    requirement = "RFC5321-4.3.2-c"
    worth = "warn"  # prose
    scenario = "faults/421-matrix[EHLO]"

    def hello(self) -> None:
        code, texts = self.say(f"EHLO {self.name}")
        if code != 250:
            code, texts = self.say(f"HELO {self.name}")
        self.check(code, texts, 2)


# --- several messages -------------------------------------------------------------------------------------------------


class Several(Client):
    """It sends all messages of the job file, one after the other in one session."""

    can = (*Client.can, "several-messages")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.jobs = json.loads(Path(env["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))["messages"]

    def transaction(self) -> int:
        for number, job in enumerate(self.jobs):
            self.sender, self.recipients = job["sender"], job["recipients"]
            self.message = Path(job["message_file"]).read_bytes()
            status = self.another(number)
        return status

    def another(self, number: int) -> int:
        return super().transaction()


class EnvelopeOnce(Fault, Several):
    """The second message has no MAIL: the sender is known already (RFC 5321, 3.3)."""

    rule = "out-of-order.rcpt"
    requirement = "RFC5321-3.3-a"
    scenario = "core/multi-message"

    def another(self, number: int) -> int:
        self.number = number
        return super().another(number)

    def mail(self) -> None:
        if self.number == 0:
            super().mail()


# --- coursework -------------------------------------------------------------------------------------------------------


class OneLineGreeting(Fault):
    """One line is read as the greeting, though more are to come (RFC 5321, 4.3.1)."""

    rule = "early-talker"
    requirement = "RFC5321-4.3.1-b"
    worth = "warn"  # SHOULD
    scenario = "coursework/greeting-multiline"
    root_cause = "sent-before-reply"

    def greeting(self) -> None:
        self.read_line()


class PrintsRefusedRecipient(Fault):
    """The refusal of the only recipient is printed, and the program ends as if all were well (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "coursework/recipient-refused"

    def status(self, refused: list[int]) -> int:
        print(refused)
        return ACCEPTED


class RcptAfterRefusedSender(Fault):
    """The sender is refused, and RCPT follows (RFC 5321, 3.3)."""

    rule = "went-on.mail"
    requirement = "RFC5321-3.3-a"
    scenario = "coursework/sender-refused"

    def mail(self) -> None:
        self.say(f"MAIL FROM:<{self.sender}>")


# --- content ----------------------------------------------------------------------------------------------------------


class KeepsLineFeedReturn(Fault):
    """LF CR is taken for a line end of its own kind, and sent as it is (RFC 5321, 2.3.8)."""

    rule = "content-line-end"
    requirement = "RFC5321-2.3.8-c"
    scenario = "data/crlf-input[mixed]"

    def lines(self) -> list[bytes]:
        self.message = self.message.replace(b"\r\n", b"\n").replace(b"\n\r", b"\0")
        return [line.replace(b"\0", b"\n\r") for line in super().lines()]


class FillsEmptyBody(Fault):
    """A body without a line gets an empty one (RFC 5321, 4.1.1.4)."""

    rule = "extra-crlf"
    requirement = "RFC5321-4.1.1.4-c"
    scenario = "data/empty-body[none]"

    def lines(self) -> list[bytes]:
        lines = super().lines()
        return [*lines, b""] if lines[-1] == b"" else lines


class CountsAddedDot(Fault):
    """The dot that is put before a line counts to its 998 octets, so the line is cut (RFC 5321, 4.5.3.1.6)."""

    rule = "dialogue/message"
    requirement = "RFC5321-4.5.3.1.6-a"
    worth = "warn"  # a client may fold what it sends, as long as no line is too long
    scenario = "data/long-lines"

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        return [line[start : start + 998] for line in super().stuffed(lines) for start in range(0, len(line) or 1, 998)]


# --- refusals ---------------------------------------------------------------------------------------------------------


class PassesOverAuthRequired(Fault):
    """530 is no refusal, for the client has no password to give (RFC 4954, 6)."""

    rule = "went-on.mail"
    requirement = "RFC5321-3.3-a"
    scenario = "faults/auth-required[MAIL]"

    def mail(self) -> None:
        code, texts = self.say(f"MAIL FROM:<{self.sender}>")
        if code != 530:
            self.check(code, texts, 2)


class ContentAfterFailure(Fault):
    """DATA gets 554, and the message follows (RFC 5321, 3.3)."""

    rule = "content-after-refused-data"
    requirement = "RFC5321-3.3-e"
    scenario = "faults/data-refused[554 5.5.1 No]"

    def data(self) -> None:
        self.say("DATA")


class LaterIsSent(Fault):
    """The server will take the message later, so it counts as sent (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "faults/eod-4yz"

    def end_of_data(self) -> None:
        code, texts = self.say(".")
        if code not in (450, 451, 452):
            self.check(code, texts, 2)


class GreylistedIsForever(Fault):
    """The only recipient is refused for now, and that is told as a permanent failure (RFC 5321, 4.2.1)."""

    rule = "reported.wrong-class"
    requirement = "RFC5321-4.2.1-a"
    worth = "warn"  # SHOULD
    scenario = "faults/rcpt-all-4yz"

    def status(self, refused: list[int]) -> int:
        return PERMANENT if refused else ACCEPTED


# --- replies ----------------------------------------------------------------------------------------------------------


class AnySuccessIsGoAhead(Fault):
    """DATA gets 250, and the message follows (RFC 5321, 3.3)."""

    rule = "content-after-refused-data"
    requirement = "RFC5321-3.3-e"
    scenario = "replies/354-variants[250 2.0.0 Ok]"

    def data(self) -> None:
        code, texts = self.say("DATA")
        if code // 100 != 2:
            self.check(code, texts, 3)


class WantsText(Fault):
    """A reply without text is none (RFC 5321, 4.2)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.2-a"
    worth = "warn"  # SHOULD
    scenario = "replies/bare-code[code alone]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        if not texts[0].strip():
            raise Refused(500)
        return code, texts


class ShortLineBuffer(Fault):
    """Its buffer for a line holds 500 octets; what is more is the next line (RFC 5321, 4.5.3.1.5)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.5.3.1.5-a"
    scenario = "replies/long-lines[512 octets]"
    root_cause = "sent-before-reply"

    def read_line(self) -> bytes:
        line = super().read_line()
        if len(line) > 500:
            self.buffer = line[500:] + b"\r\n" + self.buffer
        return line[:500]


class OtherCodeOtherReply(Fault):
    """A line with another code than the one before begins a new reply (RFC 5321, 4.2.1)."""

    rule = "sent-before-reply"
    requirement = "RFC5321-4.3.1-a"
    scenario = "replies/mixed-multiline[250 then 550]"

    def read_reply(self) -> tuple[int, list[str]]:
        texts = []
        while True:
            line = self.read_line()
            texts.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-" or (self.buffer and self.buffer[:3] != line[:3]):
                return int(line[:3]), texts


class SuccessBetweenLines(Fault):
    """In a reply of several lines any 250 is success (RFC 5321, 4.2)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "replies/multiline-refusal[message]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        return (250 if any("250 " in text for text in texts[:-1]) else code), texts


class AsciiOnly(Fault):
    """A reply with an octet outside ASCII is none (RFC 5321, 4.3.2)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.3.2-a"
    worth = "warn"  # SHOULD
    scenario = "replies/non-ascii"

    def read_line(self) -> bytes:
        line = super().read_line()
        if not line.isascii():
            raise Refused(500)
        return line


class CannotVerifyIsRefusal(Fault):
    """252 to RCPT is taken for a refusal (RFC 5321, 4.3.2)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.3.2-d"
    worth = "warn"  # prose
    scenario = "replies/rcpt-251-252[252]"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        return 550 if code == 252 else code


# --- TLS --------------------------------------------------------------------------------------------------------------


class BelievesImplicitly(Fault):
    """With TLS from the first octet, nobody looks at the certificate (RFC 8314, 5.3)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5.3-a"
    scenario = "tls/implicit[expired]"

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        if self.tls == "implicit":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class StartTlsAgain(Fault):
    """STARTTLS is listed inside TLS, so it is said again (RFC 3207, 4.2)."""

    rule = "dialogue/never"
    requirement = "RFC3207-4.2-c"
    scenario = "tls/starttls-twice"

    def starttls(self) -> None:
        super().starttls()
        if "STARTTLS" in self.offers:
            self.say("STARTTLS")


# --- odd hellos and envelopes -----------------------------------------------------------------------------------------


class NumbersOnly(Fault):
    """SIZE without its number, which is optional, spoils the whole reply to EHLO (RFC 5321, 2.2.1)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-2.2.1-a"
    scenario = "core/ehlo-odd-params[SIZE]"
    keyword = "SIZE"

    def hello(self) -> None:
        super().hello()
        parameters = self.offers.get(self.keyword, "1")
        if not all(one.rpartition("=")[2].isdigit() for one in parameters.split() or [""]):
            raise Refused(500)


class LimitsAreNumbers(NumbersOnly):
    """A limit that is no number spoils the whole reply to EHLO (RFC 9422, 3)."""

    requirement = "RFC9422-3-a"
    worth = "warn"  # unverified
    scenario = "core/ehlo-odd-params[LIMITS]"
    keyword = "LIMITS"


class NoParameterExpected(NumbersOnly):
    """SMTPUTF8 with a parameter spoils the whole reply to EHLO (RFC 6531, 3.1)."""

    requirement = "RFC6531-3.1-a"
    scenario = "core/ehlo-odd-params[SMTPUTF8]"
    keyword = "SMTPUTF8"


class ReadsHeloText(Fault):
    """The text of the reply to HELO is read as a list of extensions (RFC 5321, 4.1.1.1)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "core/helo-only"
    root_cause = "parameter-not-offered"

    def hello(self) -> None:
        if self.say(f"EHLO {self.name}")[0] != 250:
            self.offers = dict.fromkeys((text.split()[0] for text in self.must(f"HELO {self.name}")), "")

    def mail(self) -> None:
        size = f" SIZE={len(self.message)}" if "SIZE" in self.offers else ""
        self.must(f"MAIL FROM:<{self.sender}>{size}")


class GreetingNotWaitedFor(Fault):
    """After a second without a greeting the client begins (RFC 5321, 4.3.1)."""

    rule = "early-talker"
    requirement = "RFC5321-4.3.1-b"
    worth = "warn"  # SHOULD
    scenario = "core/greeting-delay"

    def greeting(self) -> None:
        if select.select([self.socket], [], [], 1)[0]:
            super().greeting()
        else:
            self.late = True

    def hello(self) -> None:
        self.line(f"EHLO {self.name}")
        self.check(*self.read_reply(), 2)
        self.check(*self.read_reply(), 2)


class NoPathForNobody(Fault):
    """An empty sender is nothing at all, in place of <> (RFC 5321, 4.1.2)."""

    rule = "angle-brackets"
    requirement = "RFC5321-4.1.2-a"
    scenario = "core/null-sender"

    def mail(self) -> None:
        self.must("MAIL FROM:" + (f"<{self.sender}>" if self.sender else ""))


class TakesQuotesOff(Fault):
    """The quotes of a local part that needs them are taken off (RFC 5321, 4.1.1)."""

    rule = "dialogue/different"
    requirement = "RFC5321-4.1.1-c"
    scenario = "core/mailbox-syntax[quoted dots]"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(recipient.replace('"', ""))


class OwnEnvelope(Client):
    """It makes its envelope of the message's header, and takes Bcc off (RFC 5321, appendix B)."""

    can = (*Client.can, "own-envelope")
    fields: ClassVar[tuple[str, ...]] = ("to", "cc", "bcc")
    removed = "bcc"

    def __init__(self, env: Mapping[str, str]) -> None:
        self.header = message_from_bytes(Path(env["SMTP_MESSAGE_FILE"]).read_bytes(), policy=policy.default)
        super().__init__({"SMTP_SENDER": self.author(), "SMTP_RECIPIENTS": "\n".join(self.named(*self.fields)), **env})

    def named(self, *fields: str) -> list[str]:
        return [one.addr_spec for name in fields for field in self.header.get_all(name, []) for one in field.addresses]

    def author(self) -> str:
        return self.named("from")[0]

    def lines(self) -> list[bytes]:
        return [line for line in super().lines() if not line.lower().startswith(self.removed.encode() + b":")]


class ToIsEverybody(Fault, OwnEnvelope):
    """Only the addresses of To are sent to, those of Cc and Bcc are not (RFC 5321, appendix B)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-B-a"
    worth = "warn"  # SHOULD
    scenario = "core/envelope-from-headers"
    fields = ("to",)


class KeepsBcc(Fault, OwnEnvelope):
    """Bcc stays in the message (RFC 5321, appendix B)."""

    rule = "dialogue/message"
    requirement = "RFC5321-B-b"
    worth = "warn"  # SHOULD
    scenario = "core/envelope-from-headers"
    removed = "nothing"


class InventsSender(Fault, OwnEnvelope):
    """MAIL has an address that is nowhere in the message (RFC 5321, appendix B)."""

    rule = "dialogue/different"
    requirement = "RFC5321-B-c"
    worth = "warn"  # SHOULD
    scenario = "core/envelope-from-headers"

    def author(self) -> str:
        return "nobody@localhost.example.test"


# --- refusals of one, slow replies, unknown codes ---------------------------------------------------------------------


class NoMailIsTheEnd(Fault):
    """556 to one recipient ends it for all (RFC 7504, 4)."""

    rule = "dialogue/outcome"
    requirement = "RFC7504-4-a"
    worth = "warn"  # prose
    scenario = "faults/rcpt-556"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        if code == 556:
            raise Refused(code)
        return code


class ImpatientWithBlocks(Fault):
    """A block of the content that is not taken within half the time-out is given up (RFC 5321, 4.5.3.2.5)."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-4.5.3.2.5-a"
    scenario = "faults/data-block-stall"
    worth = "warn"  # SHOULD

    def content(self) -> None:
        self.socket.settimeout((self.timeout or 2) / 2)
        super().content()
        self.socket.settimeout(self.timeout)


class OneTimeoutForAll(Fault):
    """The time-out is one for the whole session (RFC 5321, 4.5.3.2)."""

    rule = "dialogue/closed"
    requirement = "RFC5321-4.5.3.2-b"
    scenario = "faults/timeout-percommand"

    def connect(self) -> None:
        super().connect()
        self.until = time.monotonic() + (self.timeout or 0)

    def read_line(self) -> bytes:
        if time.monotonic() > self.until:
            raise TimeoutError
        return super().read_line()


class UnknownCodeIsFine(Fault):
    """An enhanced status code that is not in its table is no failure (RFC 3463, 2)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "replies/enhanced-unknown[permanent]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        return (250 if texts[0].startswith("5.99.") else code), texts


class LineFeedEndsReply(Fault):
    """A reply is whole at LF, with or without CR before it (RFC 5321, 2.3.8)."""

    rule = "dialogue/never"
    requirement = "RFC5321-2.3.8-b"
    scenario = "replies/lf-only[lf]"

    def read_line(self) -> bytes:
        while b"\n" not in self.buffer:
            more = self.socket.recv(4096)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")


class ReturnEndsReply(LineFeedEndsReply):
    """A reply is whole at CR, though LF has not come (RFC 5321, 2.3.8)."""

    scenario = "replies/lf-only[cr]"

    def read_line(self) -> bytes:
        while b"\r" not in self.buffer:
            more = self.socket.recv(4096)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r")
        self.buffer = self.buffer.removeprefix(b"\n")
        return line


class TooManyIsForAll(Fault):
    """452 to the fifth recipient ends it for those that were accepted (RFC 5321, 4.5.3.1.10)."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-4.5.3.1.10-b"
    worth = "warn"  # SHOULD
    scenario = "faults/rcpt-too-many[452]"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        if code == 452:
            raise Refused(code)
        return code


class NameWithoutTag(Fault):
    """An IPv6 address stands in brackets without its tag (RFC 5321, 4.1.3)."""

    rule = "hello-name.literal"
    requirement = "RFC5321-4.1.3-a"
    scenario = "core/no-name-client[IPv6]"

    def hello(self) -> None:
        self.name = self.name.replace("IPv6:", "")
        super().hello()


class NameAndMore(Fault):
    """Something follows the address literal in EHLO (RFC 5321, 4.1.1.1)."""

    rule = "command-syntax.hello"
    requirement = "RFC5321-4.1.1.1-b"
    worth = "warn"  # SHOULD NOT
    scenario = "core/no-name-client[IPv4]"

    def hello(self) -> None:
        self.name += " client"
        super().hello()
