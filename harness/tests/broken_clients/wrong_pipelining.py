"""Faults in batches of commands (RFC 2920): where they end, and which reply belongs to which command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .base import ACCEPTED, Fault
from .wrong_order import OneSession


class Pipelining(OneSession):
    """A correct client that sends MAIL, RCPT and DATA in one piece where PIPELINING is listed, and the next message's
    behind the dot of the last (RFC 2920, 3.1).
    """

    scenarios = (
        "core/multi-message",
        "core/extensions-offered",
        "pipe/absent",
        "pipe/all-rcpt-fail-503",
        "pipe/mail-rejected",
        "pipe/mixed-multiline",
        "pipe/next-message",
        "tls/starttls-lists-change",
    )

    def listed(self) -> bool:
        return "PIPELINING" in self.offers

    def transaction(self) -> int:
        if not self.listed():
            return super().transaction()
        self.write(self.group(self.messages[0]))
        following = [*self.messages[1:], None]
        return max(self.one(message, after) for message, after in zip(self.messages, following, strict=True))

    def group(self, message: dict[str, Any]) -> bytes:
        """The envelope of *message* and DATA, which ends the batch."""
        rcpts = [f"RCPT TO:<{one}>\r\n" for one in message["recipients"]]
        return "".join((f"MAIL FROM:<{message['sender']}>\r\n", *rcpts, "DATA\r\n")).encode()

    def one(self, message: dict[str, Any], after: dict[str, Any] | None) -> int:
        """Finish the message whose group was sent, and send the group of the one *after* it."""
        self.message = Path(message["message_file"]).read_bytes()
        mail, *rcpts, data = self.answers(len(message["recipients"]) + 2)
        following = self.group(after) if after else b""
        end = data
        if data // 100 == 3:
            accepted = any(code // 100 == 2 for code in rcpts)
            self.write((self.text() if accepted else self.nothing()) + following)
            end = self.last_answer()
        elif following:
            self.write(b"RSET\r\n" + following)
            self.answers(1)
        return self.verdict([mail, *rcpts, end])

    def answers(self, count: int) -> list[int]:
        """The codes of the replies to *count* commands."""
        return [self.read_reply()[0] for _ in range(count)]

    def last_answer(self) -> int:
        """The code of the reply to the content."""
        return self.answers(1)[0]

    def text(self) -> bytes:
        return b"".join(line + b"\r\n" for line in self.stuffed(self.lines())) + b".\r\n"

    def nothing(self) -> bytes:
        """What is sent in place of the content when nobody is there to have it."""
        return b".\r\n"

    def verdict(self, codes: list[int]) -> int:
        return self.status([code for code in codes if code // 100 != 2])


# --- whether there may be a batch -------------------------------------------------------------------------------------


class BatchesUnlisted(Fault, Pipelining):
    """The envelope goes out in one piece, and nobody looked whether PIPELINING is listed (RFC 5321, 4.3.1)."""

    rule = "sent-before-reply"
    requirement = "RFC5321-4.3.1-a"
    scenario = "pipe/absent[nothing]"

    def listed(self) -> bool:
        return True


class BatchesForLikeName(Fault, Pipelining):
    """PIPELINING is looked for anywhere in the EHLO reply, and found in the name of something else (RFC 2920, 3)."""

    rule = "sent-before-reply"
    requirement = "RFC5321-4.3.1-a"
    scenario = "pipe/absent[names like it]"

    def listed(self) -> bool:
        return any("PIPELINING" in keyword for keyword in self.offers)


# --- all recipients were refused --------------------------------------------------------------------------------------


class ContentForNobody(Fault, Pipelining):
    """Only the reply to DATA is looked at: the message goes out though every RCPT was refused (RFC 2920, 3.1)."""

    rule = "went-on.batch"
    requirement = "RFC2920-3.1-d"
    scenario = "pipe/all-rcpt-fail-354"

    def nothing(self) -> bytes:
        return self.text()


class ResetInPlaceOfDot(Fault, Pipelining):
    """Every RCPT was refused, so DATA must be too: RSET follows, and is content (RFC 2920, 3.1)."""

    rule = "went-on.no-dot"
    requirement = "RFC2920-3.1-e"
    worth = "warn"  # SHOULD
    scenario = "pipe/all-rcpt-fail-354"
    root_cause = "end-of-data"  # content that never ends

    def nothing(self) -> bytes:
        return b"RSET\r\n"


class ContentWhateverDataSays(Fault, Pipelining):
    """The reply to DATA is not looked at: the message follows its refusal (RFC 5321, 3.3)."""

    rule = "content-after-refused-data"
    requirement = "RFC5321-3.3-e"
    scenario = "pipe/all-rcpt-fail-503[503 5.5.1 RCPT first]"

    def answers(self, count: int) -> list[int]:
        codes = super().answers(count)
        return [*codes[:-1], 354] if count > 1 else codes

    def nothing(self) -> bytes:
        return self.text()


# --- which reply belongs to which command -----------------------------------------------------------------------------


class LastStatusDecides(Fault, Pipelining):
    """The last reply of the batch is told of the message, and the 451 to MAIL is forgotten (RFC 2920, 3.1)."""

    rule = "reported.wrong-class"
    requirement = "RFC5321-4.2.1-a"
    worth = "warn"  # SHOULD
    scenario = "pipe/mail-rejected[for now]"

    def verdict(self, codes: list[int]) -> int:
        return super().verdict(codes[-1:])


class CountsLines(Fault, Pipelining):
    """Every line is taken for a reply: after one of several lines the statuses are shifted (RFC 2920, 3.1)."""

    rule = "dialogue/outcome"
    requirement = "RFC2920-3.1-g"
    scenario = "pipe/mixed-multiline[of several lines]"
    root_cause = "end-of-data"  # QUIT where the server reads content

    def answers(self, count: int) -> list[int]:
        return [int(self.read_line()[:3]) for _ in range(count)]


class KnowsDataByItsCode(Fault, Pipelining):
    """354, 503 and 554 are what DATA is answered, so the first of them is its answer (RFC 2920, 3.1)."""

    rule = "end-of-data.unterminated"  # QUIT where the server reads content
    requirement = "RFC5321-4.1.1.4-b"
    scenario = "pipe/mixed-multiline[good and bad]"

    def answers(self, count: int) -> list[int]:
        codes = super().answers(1)
        while count > 1 and codes[-1] not in (354, 503, 554):
            codes += super().answers(1)
        return [*codes[:-1], *[codes[-1]] * (count - len(codes) + 1)]


class OneRecipientIsEnough(Fault, Pipelining):
    """The message was accepted for somebody, and that is told of all (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "pipe/mixed-multiline[good and bad]"

    def verdict(self, codes: list[int]) -> int:
        return super().verdict(codes[-1:])


class KnowsRecipientByText(Fault, Pipelining):
    """`Recipient` in a text makes it the reply to RCPT, `DATA` that to DATA (RFC 2920, 3.1)."""

    rule = "dialogue/outcome"
    requirement = "RFC2920-3.1-h"
    worth = "warn"  # prose
    scenario = "pipe/mixed-multiline[that mislead]"
    root_cause = "end-of-data"

    def answers(self, count: int) -> list[int]:
        if count == 1:
            return super().answers(1)
        replies = [self.read_reply() for _ in range(count)]
        data = next((code for code, texts in replies if "DATA" in texts[0]), replies[-1][0])
        return [*(code for code, _ in replies[:-1]), data]


class OneSegmentOneReply(Fault, Pipelining):
    """What comes in one segment is taken for one reply of several lines, with the code of its first (RFC 2920, 3.1)."""

    rule = "dialogue/outcome"
    requirement = "RFC2920-3.1-k"
    scenario = "pipe/batched-replies[in one segment]"
    root_cause = "end-of-data"

    def answers(self, count: int) -> list[int]:
        if count == 1:
            return super().answers(1)
        return [int(self.socket.recv(4096)[:3])] * count


class LateIsGood(Fault, Pipelining):
    """One read gives all replies, and those that it did not give are taken for good: content before 354."""

    rule = "sent-before-reply.batch"
    requirement = "RFC2920-3.1-b"
    scenario = "pipe/batched-replies[octet by octet]"
    late = 0

    def answers(self, count: int) -> list[int]:
        self.buffer += self.socket.recv(4096)
        codes = [int(line[:3]) for line in self.buffer.split(b"\r\n")[:-1]]
        self.late = count - len(codes)
        self.buffer = self.buffer.rpartition(b"\r\n")[2]
        return [*codes, *[250] * (self.late - 1), 354][:count] if self.late else codes

    def last_answer(self) -> int:
        return super().answers(self.late + 1)[-1]


class DotIsNotCounted(Fault, Pipelining):
    """The reply to the content is taken for that to the MAIL behind it in the same group (RFC 2920, 3.1)."""

    rule = "dialogue/outcome"
    requirement = "RFC2920-3.1-g"
    scenario = "pipe/next-message[accepted]"
    root_cause = "end-of-data"

    def last_answer(self) -> int:
        return 250 if self.message_follows() else super().last_answer()

    def message_follows(self) -> bool:
        return self.message != Path(self.messages[-1]["message_file"]).read_bytes()


class SecondStatusForBoth(Fault, Pipelining):
    """What is told of the job is what came of the last message (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "pipe/next-message[refused]"

    def one(self, message: dict[str, Any], after: dict[str, Any] | None) -> int:
        status = super().one(message, after)
        return ACCEPTED if after else status


# --- what ends a batch ------------------------------------------------------------------------------------------------


class HelloBehindStartTls(Fault, Pipelining):
    """PIPELINING was listed, so EHLO goes out behind STARTTLS (RFC 3207, 4)."""

    rule = "clear-text-before-tls.batch"
    requirement = "RFC3207-4-d"
    scenario = "pipe/auth-starttls[plain]"

    def starttls(self) -> None:
        self.line(f"STARTTLS\r\nEHLO {self.name}")
        self.check(*self.read_reply(), 2)
        self.handshake()
        self.hello()


class MailBehindPassword(Fault, Pipelining):
    """The envelope goes out behind the last line of AUTH LOGIN (RFC 4954, 4)."""

    rule = "sent-before-reply.batch"
    requirement = "RFC4954-4-q"
    scenario = "pipe/auth-starttls[login]"

    def auth_login(self) -> None:
        self.prompt("AUTH LOGIN")
        self.prompt(self.encoded(self.username))
        self.line(self.encoded(self.password))

    def answers(self, count: int) -> list[int]:
        if count > 1:
            self.check(*self.read_reply(), 2)
        return super().answers(count)


class CredentialsBehindAuth(Fault, Pipelining):
    """The response to AUTH PLAIN goes out before its 334 (RFC 4954, 4)."""

    rule = "sent-before-reply.batch"
    requirement = "RFC4954-4-q"
    scenario = "pipe/auth-starttls[plain]"

    def auth_plain(self) -> None:
        self.line("AUTH PLAIN\r\n" + self.encoded(f"\0{self.username}\0{self.password}"))
        self.check(*self.read_reply(), 3)
        self.check(*self.read_reply(), 2)


class AllAtOnce(Fault, Pipelining):
    """Envelope, DATA and content go out in one piece (RFC 2920, 3.1)."""

    rule = "sent-before-reply.batch"
    requirement = "RFC2920-3.1-b"
    scenario = "pipe/groups"

    def group(self, message: dict[str, Any]) -> bytes:
        self.message = Path(message["message_file"]).read_bytes()
        return super().group(message) + self.text()

    def write(self, octets: bytes) -> None:
        if octets != self.text():  # which is on its way
            super().write(octets)


class NoopInBatch(Fault, Pipelining):
    """NOOP, the command to wait for, stands within a batch (RFC 2920, 3.1)."""

    rule = "sent-before-reply.batch"
    requirement = "RFC2920-3.1-b"
    scenario = "pipe/groups"

    def group(self, message: dict[str, Any]) -> bytes:
        return b"NOOP\r\n" + super().group(message)

    def answers(self, count: int) -> list[int]:
        if count > 1:
            self.read_reply()
        return super().answers(count)


class XforwardInBatch(Fault, Pipelining):
    """XFORWARD, a command of an extension, goes out in front of the envelope in one piece (RFC 2920, 3.1)."""

    rule = "sent-before-reply.batch"
    requirement = "RFC2920-3.1-c"
    worth = "warn"  # prose
    scenario = "pipe/auth-starttls[plain]"
    root_cause = "dialogue/extra"  # XFORWARD itself, which nothing in the scenario asks for

    def group(self, message: dict[str, Any]) -> bytes:
        return b"XFORWARD NAME=client.example.test\r\n" + super().group(message)

    def answers(self, count: int) -> list[int]:
        if count > 1:
            self.read_reply()
        return super().answers(count)
