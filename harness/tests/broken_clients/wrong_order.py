"""Faults in the order of the session: what comes too early, too late, twice, or after a reply that was none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .base import ACCEPTED, PERMANENT, Client, Fault, Refused

# --- STARTTLS ---------------------------------------------------------------------------------------------------------


class NoopBeforeHandshake(Fault):
    """After the 220 to STARTTLS a NOOP goes out in clear before the handshake (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC3207-4-b"
    scenario = "tls/starttls-ok"

    def handshake(self) -> None:
        self.line("NOOP")
        super().handshake()


class StaysInClear(Fault):
    """STARTTLS is taken for a switch that the server throws: EHLO follows its 220 in clear (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC3207-4-b"
    scenario = "tls/starttls-ok"

    def handshake(self) -> None:
        pass


class LoginBeforeHandshake(Fault):
    """After the 220 to STARTTLS user name and password go out in clear (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC3207-4-b"
    scenario = "tls/starttls-auth"

    def handshake(self) -> None:
        self.line("AUTH PLAIN " + self.encoded(f"\0{self.username}\0{self.password}"))
        super().handshake()


class EmptyLineBeforeHandshake(Fault):
    """STARTTLS is sent with two line ends: the second is clear text where the handshake is due (RFC 3207, 4)."""

    rule = "clear-text-before-tls"
    requirement = "RFC5321-4.3.1-a"
    scenario = "tls/starttls-ok"

    def starttls(self) -> None:
        self.write(b"STARTTLS\r\n\r\n")
        self.check(*self.read_reply(), 2)
        self.handshake()
        self.hello()


class BatchesStartTls(Fault):
    """PIPELINING is listed, so EHLO goes out behind STARTTLS in one piece (RFC 3207, 4)."""

    rule = "clear-text-before-tls.batch"
    requirement = "RFC3207-4-d"
    scenario = "tls/starttls-lists-change[fewer]"

    def starttls(self) -> None:
        self.line(f"STARTTLS\r\nEHLO {self.name}")
        self.check(*self.read_reply(), 2)
        self.handshake()
        self.hello()


# --- the order of commands --------------------------------------------------------------------------------------------


class DataBeforeRcpt(Fault):
    """DATA comes when no recipient has been named (RFC 5321, 3.3)."""

    rule = "out-of-order.data"
    requirement = "RFC5321-3.3-a"

    def rcpts(self) -> list[int]:
        self.say("DATA")
        return super().rcpts()


class ResetsBeforeData(Fault):
    """RSET is sent to be on the safe side, between RCPT and DATA (RFC 5321, 3.3 and 4.1.1.5)."""

    rule = "out-of-order.data"
    requirement = "RFC5321-3.3-a"
    root_cause = "dialogue/extra"  # RSET itself

    def data(self) -> None:
        self.must("RSET")
        super().data()


class HelloInTransaction(Fault):
    """A second EHLO comes between MAIL and RCPT, and makes the server forget the sender (RFC 5321, 4.1.4)."""

    rule = "out-of-order.rcpt"
    requirement = "RFC5321-3.3-a"

    def mail(self) -> None:
        super().mail()
        self.hello()


class NoopAfterQuit(Fault):
    """A connection that was kept for later is probed with NOOP, after QUIT (RFC 5321, 4.1.4)."""

    rule = "out-of-order.quit"
    requirement = "RFC5321-4.1.4-f"

    def quit(self) -> None:
        super().quit()
        self.line("NOOP")


class LoginWhenAsked(Client):
    """A correct client that logs in when MAIL or RCPT is answered 530, and then begins the transaction anew."""

    scenarios = ("auth/when-asked",)

    def session(self) -> int:
        auth, self.auth = self.auth, "none"
        try:
            return super().session()
        except Refused as error:
            if error.code != 530:
                raise
        self.auth = auth
        self.log_in_now()
        return self.transaction()

    def log_in_now(self) -> None:
        self.must("RSET")
        self.login()

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        if code == 530:
            raise Refused(code)
        return code


class LoginInTransaction(Fault, LoginWhenAsked):
    """RCPT is answered 530, and AUTH follows in the open transaction (RFC 4954, 4)."""

    rule = "out-of-order.auth"
    requirement = "RFC4954-4-d"
    worth = "warn"  # "is not permitted" is prose
    scenario = "auth/when-asked"

    def log_in_now(self) -> None:
        self.say("AUTH PLAIN " + self.encoded(f"\0{self.username}\0{self.password}"))
        self.say("RSET")
        self.login()


# --- one message after another ----------------------------------------------------------------------------------------


class OneSession(Client):
    """A correct client that sends all messages of its job in one session; RSET after one that was refused."""

    can = (*Client.can, "several-messages")
    scenarios = ("core/multi-message",)

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.messages = json.loads(Path(env["SMTP_JOB_FILE"]).read_bytes())["messages"]

    def transaction(self) -> int:
        statuses = []
        for message in self.messages:
            self.sender, self.recipients = message["sender"], message["recipients"]
            self.message = Path(message["message_file"]).read_bytes()
            statuses.append(self.one_of_them())
        return max(statuses)

    def one_of_them(self) -> int:
        try:
            status = super().transaction()
        except Refused as error:
            if not self.open:
                raise
            status = self.status([error.code])
        if status != ACCEPTED:
            self.reset()
        return status

    def reset(self) -> None:
        self.must("RSET")


class MailWithoutReset(Fault, OneSession):
    """The next MAIL follows a refused RCPT, and the transaction is still open (RFC 5321, 4.1.4)."""

    rule = "out-of-order.mail"
    requirement = "RFC5321-4.1.4-e"
    scenario = "faults/next-message[RCPT]"

    def reset(self) -> None:
        pass


class MailAfterRefusedData(MailWithoutReset):
    """The next MAIL follows a refused DATA, and the transaction is still open (RFC 5321, 4.1.4)."""

    scenario = "faults/next-message[DATA]"


class KeepsMailOverReset(Fault, OneSession):
    """MAIL is left out after RSET, as if the server still knew the sender (RFC 5321, 3.3)."""

    rule = "out-of-order.rcpt"
    requirement = "RFC5321-3.3-a"
    scenario = "faults/next-message[RCPT]"
    known = ""  # the sender that was named last

    def mail(self) -> None:
        if self.sender != self.known:
            super().mail()
            self.known = self.sender


class LegalBatch(Client):
    """A correct client that sends MAIL, RCPT and DATA in one piece where PIPELINING is listed (RFC 2920, 3.1)."""

    scenarios = (
        "core/extensions-offered",
        "coursework/sender-refused",
        "coursework/recipient-refused",
        "coursework/data-refused",
        "coursework/message-refused",
        "faults/rcpt-all-5yz[one]",
    )

    def transaction(self) -> int:
        if "PIPELINING" not in self.offers:
            return super().transaction()
        for text in self.batch():
            self.line(text)
        mail, *rcpts, data = [self.read_reply()[0] for _ in self.batch()]
        accepted = [code for code in rcpts if code // 100 == 2]
        if data // 100 == 3 and not accepted:
            self.say(".")  # DATA was on its way already (RFC 2920, 3.1)
        self.check(mail, [], 2)
        if not accepted:
            return self.status(rcpts)
        self.check(data, [], 3)
        self.content()
        self.end_of_data()
        return self.status([code for code in rcpts if code // 100 != 2])

    def batch(self) -> list[str]:
        return [f"MAIL FROM:<{self.sender}>", *(f"RCPT TO:<{one}>" for one in self.recipients), "DATA"]


# --- after a refusal --------------------------------------------------------------------------------------------------


class InsistsOnMail(Fault):
    """MAIL is answered 553, and sent again as it was (RFC 5321, 4.2.1)."""

    rule = "repeated"
    requirement = "RFC5321-4.2.1-b"
    worth = "warn"  # SHOULD NOT
    scenario = "faults/mail-5yz"

    def mail(self) -> None:
        line = f"MAIL FROM:<{self.sender}>"
        if self.say(line)[0] // 100 != 2:
            self.must(line)


class InsistsOnRcpt(Fault):
    """RCPT is answered 550, and sent again as it was (RFC 5321, 4.2.1)."""

    rule = "repeated"
    requirement = "RFC5321-4.2.1-b"
    worth = "warn"  # SHOULD NOT
    scenario = "faults/rcpt-all-5yz[one]"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        return code if code < 500 else super().rcpt(recipient)


class RetriesAtOnce(Fault):
    """RCPT is answered 450, and sent again at once in the same transaction (RFC 5321, 4.2.1)."""

    rule = "repeated.at-once"
    requirement = "RFC5321-4.2.1-a"
    worth = "warn"  # SHOULD
    scenario = "faults/rcpt-all-4yz"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        return super().rcpt(recipient) if 400 <= code < 500 else code


class SendsRefusedMessageAgain(Fault):
    """The message is answered 554 after its dot, and sent again in the same session (RFC 5321, 4.2.5)."""

    rule = "repeated.message"
    requirement = "RFC5321-4.2.5-b"
    worth = "warn"  # SHOULD NOT
    scenario = "faults/eod-5yz[554 5.7.1 Looks like spam]"

    def transaction(self) -> int:
        try:
            return super().transaction()
        except Refused:
            return super().transaction()


# --- after what is no reply -------------------------------------------------------------------------------------------


class ReadsWhatIsNoRefusal(Fault):
    """Whatever does not begin with 4 or 5 is taken for a success (RFC 5321, 4.2)."""

    rule = "went-on.no-reply"
    requirement = "RFC5321-4.2-d"
    worth = "warn"  # SHOULD
    scenario = "replies/malformed[MAIL,no code]"

    def read_reply(self) -> tuple[int, list[str]]:
        line = self.read_line().decode()
        while line[3:4] == "-":
            line = self.read_line().decode()
        code = line[:3]
        return (int(code) if code[:1] in ("3", "4", "5") else 250), [line[4:]]


class TakesWordsForSuccess(ReadsWhatIsNoRefusal):
    """The same where the answer has no digit at all."""

    scenario = "replies/malformed[MAIL,letters]"


class GoesOnAfterPreliminary(ReadsWhatIsNoRefusal):
    """150 is taken for `so far, so good`, as FTP has it (RFC 5321, 4.2)."""

    scenario = "replies/out-of-range[150 Please wait,RCPT]"


class SendsContentAfterPreliminary(Fault):
    """150 to DATA is taken for 354, and the message follows (RFC 5321, 3.3)."""

    rule = "content-after-refused-data"
    requirement = "RFC5321-3.3-e"
    scenario = "replies/out-of-range[150 Please wait,DATA]"

    def check(self, code: int, texts: list[str], digit: int) -> list[str]:
        return texts if code < 200 and digit == 3 else super().check(code, texts, digit)


class SendsContentAfterOk(Fault):
    """250 to DATA is as good as 354, it is thought, and the message follows (RFC 5321, 3.3)."""

    rule = "content-after-refused-data"
    requirement = "RFC5321-3.3-e"
    scenario = "replies/354-variants[250 2.0.0 Ok]"

    def data(self) -> None:
        if self.say("DATA")[0] >= 400:
            raise Refused(500)


# --- octets that belong to no line ------------------------------------------------------------------------------------


class TwoLineEnds(Fault):
    """MAIL ends with CRLF twice, so that an empty line follows it (RFC 5321, 2.4)."""

    rule = "stray-octets.empty-line"
    requirement = "RFC5321-2.4-a"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}>\r\n")


class SendsTheZero(Fault):
    """The zero that ends a string in memory goes out behind each CRLF (RFC 5321, 2.4)."""

    rule = "stray-octets.nul"
    requirement = "RFC5321-2.4-a"

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\r\n\0")


# --- names and addresses ----------------------------------------------------------------------------------------------


class AllInOneRcpt(Fault):
    """All recipients stand in one RCPT, with commas between them (RFC 5321, 4.1.2)."""

    rule = "command-syntax.mailbox"
    requirement = "RFC5321-4.1.2-a"
    scenario = "core/multi-rcpt"

    def rcpts(self) -> list[int]:
        return [self.rcpt(",".join(self.recipients))]


class HeloNoName(Fault):
    """HELO comes without a name when EHLO is not known (RFC 5321, 4.1.1.1)."""

    rule = "command-syntax.hello"
    requirement = "RFC5321-4.1.1.1-f"
    scenario = "core/helo-fallback[500 unknown command]"

    def say(self, text: str) -> tuple[int, list[str]]:
        return super().say("HELO" if text.startswith("HELO") else text)


class AddressAsName(Fault):
    """The address of the socket is sent as it is, without brackets (RFC 5321, 4.1.1.1)."""

    rule = "hello-name.address"
    requirement = "RFC5321-4.1.1.1-a"
    worth = "warn"  # SHOULD

    def hello(self) -> None:
        self.name = "127.0.0.1"
        super().hello()


class LiteralAndComment(Fault):
    """Something about the machine follows the address literal, as RFC 2821 had it (RFC 5321, 4.1.1.1)."""

    rule = "command-syntax.hello"
    requirement = "RFC5321-4.1.1.1-b"
    worth = "warn"  # SHOULD NOT

    def hello(self) -> None:
        self.name = "[127.0.0.1] laptop"
        super().hello()


class LiteralWithoutTag(Fault):
    """An address of IP version 6 stands in brackets without its tag (RFC 5321, 4.1.3)."""

    rule = "hello-name.literal"
    requirement = "RFC5321-4.1.3-a"

    def hello(self) -> None:
        self.name = "[::1]"
        super().hello()


# --- what a refusal says ----------------------------------------------------------------------------------------------


class FollowsRedirection(Fault):
    """RCPT is answered 551 with another address, and the message goes there unasked (RFC 5321, 7.4)."""

    rule = "redirected"
    requirement = "RFC5321-7.4-a"
    worth = "warn"  # prose
    scenario = "replies/rcpt-251-252[551]"

    def rcpt(self, recipient: str) -> int:
        code, texts = self.say(f"RCPT TO:<{recipient}>")
        if code == 551:
            return super().rcpt(texts[-1].partition("<")[2].partition(">")[0])
        return code

    def status(self, refused: list[int]) -> int:
        return PERMANENT  # it tells that the address was wrong


class OneLineOfRefusal(Fault):
    """The first line of a refusal is taken for all of it (RFC 5321, 4.2.1)."""

    rule = "sent-before-reply.multiline"
    requirement = "RFC5321-4.2.1-d"
    scenario = "replies/multiline-refusal[RCPT]"

    def rcpt(self, recipient: str) -> int:
        self.line(f"RCPT TO:<{recipient}>")
        return int(self.read_line()[:3])


class CallsAgainAfter421(Fault):
    """421 to EHLO is taken for any other refusal: HELO follows, and MAIL (RFC 5321, 4.3.2)."""

    rule = "went-on.shutdown"
    requirement = "RFC5321-4.3.2-c"
    worth = "warn"  # prose
    scenario = "faults/421-matrix[EHLO]"

    def hello(self) -> None:
        if self.say(f"EHLO {self.name}")[0] != 250:
            self.open = True
            self.say(f"HELO {self.name}")


class CountsTheGoodbye(Fault):
    """QUIT is answered 500, and the message that was accepted is told as failed (RFC 5321, 4.2.5)."""

    rule = "reported.false-failure"
    requirement = "RFC5321-4.2.5-d"
    worth = "warn"  # an interface that tells the result of the session may have nowhere else to say so
    scenario = "core/quit-odd[500]"

    def transaction(self) -> int:
        status = super().transaction()
        self.must("QUIT")
        return status
