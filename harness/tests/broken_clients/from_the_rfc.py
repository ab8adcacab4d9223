"""Faults that were thought of with the RFCs alone in hand, and without the rules that must find them."""

from __future__ import annotations

import base64
import os
import ssl

from .base import ACCEPTED, Fault, Refused

# --- command lines ----------------------------------------------------------------------------------------------------


class NestedMail(Fault):
    """MAIL is sent again inside the transaction that it opened (RFC 5321, 4.1.4)."""

    rule = "out-of-order.mail"
    requirement = "RFC5321-4.1.4-e"

    def mail(self) -> None:
        super().mail()
        super().mail()


class CrAlone(Fault):
    """Commands end with CR alone (RFC 5321, 2.3.8)."""

    rule = "line-end"

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\r")


class CrCrLf(Fault):
    """Commands end with CR CR LF, as text-mode output of a CRLF does it (RFC 5321, 2.3.8)."""

    rule = "line-end.lone-cr"

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\r\r\n")


class EscapedLineEnd(Fault):
    r"""QUIT ends with the four characters \r\n, from a string that was never unescaped (RFC 5321, 2.3.8)."""

    rule = "line-end"

    def quit(self) -> None:
        self.write(rb"QUIT\r\n")
        self.read_reply()


class HelloTwoNames(Fault):
    """EHLO has two arguments (RFC 5321, 4.1.1.1)."""

    rule = "command-syntax.hello"

    def hello(self) -> None:
        self.must(f"EHLO {self.name} {self.name}")


class HelloNoName(Fault):
    """EHLO has no argument (RFC 5321, 4.1.1.1)."""

    rule = "command-syntax.hello"

    def hello(self) -> None:
        self.must("EHLO")


class StartTlsArgument(Fault):
    """STARTTLS has an argument (RFC 3207, 4)."""

    rule = "command-syntax.argument"
    scenario = "tls/starttls-ok"

    def must(self, text: str, digit: int = 2) -> list[str]:
        return super().must(f"{text} TLSv1.2" if text == "STARTTLS" else text, digit)


class TabAfterVerb(Fault):
    """A tab stands where the space belongs (RFC 5321, 2.4)."""

    rule = "command-syntax.blank"

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT\tTO:<{recipient}>")[0]


class NoColonAfterTo(Fault):
    """`RCPT TO <...>`: the colon is missing (RFC 5321, 4.1.1.3)."""

    rule = "command-syntax.address"

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT TO <{recipient}>")[0]


class UnclosedPath(Fault):
    """The path is opened and never closed (RFC 5321, 4.1.2)."""

    rule = "angle-brackets"

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT TO:<{recipient}")[0]


class NoDomain(Fault):
    """The recipient is named by the local part alone (RFC 5321, 2.3.5)."""

    rule = "command-syntax.domain"
    requirement = "RFC5321-2.3.5-a"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(recipient.partition("@")[0])


class NullSender(Fault):
    """An ordinary message goes out with the empty reverse path (RFC 5321, 4.5.5)."""

    rule = "dialogue/breaks"
    requirement = "RFC5321-4.5.5-a"
    worth = "warn"  # SHOULD

    def mail(self) -> None:
        self.must("MAIL FROM:<>")


class RawSender(Fault):
    """The sender is UTF-8, and the server knows no SMTPUTF8 (RFC 5321, 4.1.2; RFC 6531, 3.2)."""

    rule = "8bit-content.command"

    def mail(self) -> None:
        self.must("MAIL FROM:<jörg@example.test>")


class EmptySize(Fault):
    """`SIZE=` has no value (RFC 5321, 4.1.2; RFC 1870, 3)."""

    rule = "command-syntax.parameters"
    scenario = "core/ehlo-rich"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}> SIZE=")


# --- order ------------------------------------------------------------------------------------------------------------


class RcptBeforeMail(Fault):
    """RCPT comes before MAIL (RFC 5321, 3.3)."""

    rule = "out-of-order.rcpt"
    requirement = "RFC5321-3.3-a"

    def mail(self) -> None:
        self.rcpts()
        super().mail()


class ChunksUnlisted(Fault):
    """The message goes out by BDAT, and CHUNKING was not listed (RFC 3030, 2)."""

    rule = "dialogue/extra"

    def data(self) -> None:
        self.must(f"BDAT {len(self.message)} LAST")


class BatchesContent(Fault):
    """PIPELINING is listed, so the message goes out behind DATA, before 354 (RFC 2920, 3.1)."""

    rule = "sent-before-reply.batch"
    scenario = "core/extensions-offered"

    def data(self) -> None:
        self.line("DATA")
        self.content()

    def end_of_data(self) -> None:
        self.line(".")
        self.check(*self.read_reply(), 3)
        self.check(*self.read_reply(), 2)

    def transaction(self) -> int:
        self.mail()
        self.rcpts()
        self.data()
        self.end_of_data()
        return ACCEPTED


class BatchesHello(Fault):
    """MAIL goes out behind EHLO, when nobody knows of PIPELINING yet (RFC 2920, 3.1)."""

    rule = "sent-before-reply"
    scenario = "core/extensions-offered"

    def hello(self) -> None:
        self.line(f"EHLO {self.name}\r\nMAIL FROM:<{self.sender}>")
        self.check(*self.read_reply(), 2)

    def mail(self) -> None:
        self.check(*self.read_reply(), 2)


# --- TLS and authentication -------------------------------------------------------------------------------------------


class KeepsOldOffers(Fault):
    """The EHLO list from before TLS is still believed inside (RFC 3207, 4.2)."""

    rule = "parameter-not-offered"
    scenario = "tls/starttls-lists-change[fewer]"

    def starttls(self) -> None:
        kept = self.offers
        super().starttls()
        self.offers = kept

    def mail(self) -> None:
        size = f" SIZE={len(self.message)}" if "SIZE" in self.offers else ""
        self.must(f"MAIL FROM:<{self.sender}>{size}")


class BelievesExpired(Fault):
    """A certificate is verified, but for its dates (RFC 3207, 4.1; RFC 5280, 6.1.3)."""

    rule = "dialogue/never"
    scenario = "tls/cert-matrix[expired]"

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
        return context


class TriesInClear(Fault):
    """The handshake fails, and a new connection does without it (RFC 3207, 6)."""

    rule = "dialogue/never"
    scenario = "tls/handshake-fail[garbage]"

    def starttls(self) -> None:
        try:
            super().starttls()
        except OSError:
            self.socket.close()
            self.connect()
            self.greeting()
            self.hello()


class TlsIfOffered(Fault):
    """TLS was asked for, is not listed, and the message goes out in clear (RFC 3207, 6)."""

    rule = "dialogue/never"
    scenario = "tls/starttls-absent"

    def starttls(self) -> None:
        if "STARTTLS" in self.offers:
            super().starttls()


class LoginBeforeTls(Fault):
    """AUTH comes before STARTTLS, and once more inside (RFC 4954, 9; RFC 8314, 5.2)."""

    rule = "dialogue/never"
    scenario = "tls/starttls-auth"

    def starttls(self) -> None:
        self.say("AUTH PLAIN")
        super().starttls()


class PasswordForAnybody(Fault):
    """The password goes to a server whose certificate does not verify (RFC 4954, 14)."""

    rule = "dialogue/never"
    scenario = "tls/cert-auth[self-signed]"

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class KeywordsInCapitals(Fault):
    """Keywords of the EHLO reply are known in capitals only (RFC 5321, 4.1.1.1)."""

    rule = "dialogue/missing"
    scenario = "core/ehlo-case[starttls]"

    def hello(self) -> None:
        lines = self.must(f"EHLO {self.name}")[1:]
        self.offers = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}


class SwapsFields(Fault):
    """The password answers the first prompt, the user name the second (AUTH LOGIN, 2.1)."""

    rule = "dialogue/different"
    scenario = "auth/login"

    def auth_login(self) -> None:
        self.username, self.password = self.password, self.username
        super().auth_login()


class PlainOneNul(Fault):
    """The NUL before the user name is forgotten (RFC 4616, 2)."""

    rule = "auth-response.plain"
    scenario = "auth/plain"

    def auth_plain(self) -> None:
        self.must("AUTH PLAIN", 3)
        self.must(self.encoded(f"{self.username}\0{self.password}"))


class UnpaddedBase64(Fault):
    """Base64 goes without its padding (RFC 4954, 8; RFC 4648, 3.2)."""

    rule = "auth-response.base64"
    scenario = "auth/plain"

    def encoded(self, text: str) -> str:
        return super().encoded(text).rstrip("=")


class AnswersAnyChallenge(Fault):
    """A challenge that is no base64 is answered as if it were one (RFC 4954, 4)."""

    rule = "dialogue/breaks"
    scenario = "auth/bad-challenge[no base64]"

    def prompt(self, text: str) -> None:
        self.must(text, 3)


# --- replies ----------------------------------------------------------------------------------------------------------


class OnlyFourIsFailure(Fault):
    """Only 4yz is a failure, so 5yz to the message is success (RFC 5321, 4.2.1)."""

    rule = "reported.false-success"
    scenario = "faults/eod-5yz[554 5.7.1 Looks like spam]"

    def check(self, code: int, texts: list[str], digit: int) -> list[str]:
        return super().check(code if code // 100 == 4 else digit * 100, texts, digit)


class OnlyFiveIsFailure(Fault):
    """Only 5yz is a failure, so the transaction goes on after 4yz to MAIL (RFC 5321, 4.2.1)."""

    rule = "went-on"
    scenario = "faults/mail-4yz"

    def check(self, code: int, texts: list[str], digit: int) -> list[str]:
        return super().check(code if code // 100 == 5 else digit * 100, texts, digit)


class IgnoresHelloRefusal(Fault):
    """Neither EHLO nor HELO is accepted, and MAIL follows (RFC 5321, 4.1.4)."""

    rule = "went-on"
    scenario = "core/helo-refused"

    def hello(self) -> None:
        self.say(f"EHLO {self.name}")
        self.say(f"HELO {self.name}")


class KnowsOnlyListedCodes(Fault):
    """299 to RCPT is no success, for no RFC lists it (RFC 5321, 4.3.2)."""

    rule = "dialogue/missing"
    scenario = "replies/unlisted-codes[299 to RCPT]"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        return code if code in (250, 251, 252) else 550


class ReadsWords(Fault):
    """A reply with a bad word in its text is a refusal, whatever its code (RFC 5321, 4.2)."""

    rule = "dialogue/missing"
    scenario = "replies/text-hostile[good codes]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        bad = ("error", "fail", "denied", "reject", "refuse")
        return (550 if any(word in " ".join(texts).lower() for word in bad) else code), texts


class BelievesEnhancedCode(Fault):
    """The enhanced status code counts, and not the code (RFC 2034, 4)."""

    rule = "reported.false-success"
    scenario = "replies/enhanced[a refusal called success]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        return (250 if texts[0].startswith("2.") else code), texts


class WantsSpaceAfterCode(Fault):
    """A last line that is the bare code is no reply (RFC 5321, 4.2.1)."""

    rule = "dialogue/missing"
    scenario = "replies/multiline-tail"

    def read_line(self) -> bytes:
        line = super().read_line()
        return line if line[3:4] in (b" ", b"-") else b"500 " + line


class LostIsSent(Fault):
    """The connection is lost before the reply to the message, and that is success (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    scenario = "faults/close-matrix[message]"

    def end_of_data(self) -> None:
        try:
            super().end_of_data()
        except OSError:
            self.open = False


class OneIsEnough(Fault):
    """Some recipients were accepted, and all are reported as such (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    scenario = "faults/rcpt-mixed"

    def status(self, refused: list[int]) -> int:
        return ACCEPTED


class StopsAtFirstRefusal(Fault):
    """The first recipient that is refused is the last that is named, and the message goes to those before it."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-4.5.3.1.10-b"
    worth = "warn"  # SHOULD
    scenario = "faults/rcpt-mixed"

    def rcpts(self) -> list[int]:
        codes: list[int] = []
        for recipient in self.recipients:
            codes.append(self.rcpt(recipient))
            if codes[-1] // 100 != 2:
                break
        return codes


# --- content ----------------------------------------------------------------------------------------------------------


class DoublesLoneDotOnly(Fault):
    """Only a line that is nothing but a dot gets one more (RFC 5321, 4.5.2)."""

    rule = "dot-stuffing"
    scenario = "data/dots[dotted lines]"

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        return [b".." if line == b"." else line for line in lines]


class DoublesEveryDot(Fault):
    """Dots are doubled wherever they stand (RFC 5321, 4.5.2)."""

    rule = "dot-stuffing"
    scenario = "data/dots[dotted lines]"

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        return [line.replace(b".", b"..") for line in lines]


class ForgetsDotAtBlock(Fault):
    """CRLF is looked for block by block, so a dot after one that is cut stays single (RFC 5321, 4.5.2)."""

    rule = "dot-stuffing"
    scenario = "data/dots[at 4 kB]"

    def content(self) -> None:
        octets = b"".join(line + b"\r\n" for line in self.lines())
        for start in range(0, len(octets), 4096):
            self.write(octets[start : start + 4096].replace(b"\r\n.", b"\r\n.."))


class GluedDot(Fault):
    """The final dot sticks to a last line that has no end (RFC 5321, 4.1.1.4)."""

    rule = "end-of-data.glued"
    requirement = "RFC5321-4.1.1.4-d"
    scenario = "data/final-newline[none]"

    def content(self) -> None:
        self.write(self.message)


class KeepsBareLineFeeds(Fault):
    """A lone LF inside the message is sent as it is, and LF . LF may end it (RFC 5321, 2.3.8)."""

    rule = "content-line-end"
    scenario = "data/smuggling[lf dot lf]"

    def lines(self) -> list[bytes]:
        return self.message.removesuffix(b"\r\n").split(b"\r\n")


class DecodesBase64(Fault):
    """A base64 body is decoded on its way, and eight bits go to a server without 8BITMIME (RFC 6152, 3)."""

    rule = "8bit-content"
    scenario = "data/chinese[base64]"

    def lines(self) -> list[bytes]:
        header, _, body = self.message.replace(b"\r\n", b"\n").partition(b"\n\n")
        return [*header.split(b"\n"), b"", *base64.b64decode(body).splitlines()]


class NoFrom(Fault):
    """The message that it composes has no From field (RFC 5322, 3.6)."""

    rule = "header-missing.from"
    takes = "composed"

    def lines(self) -> list[bytes]:
        date = b"Date: Mon, 23 Nov 2026 10:00:00 +0000"
        return [b"Subject: " + os.environ["SMTP_SUBJECT"].encode(), date, b"", b"Hello"]


class WrongWeekday(Fault):
    """The day of the week is not that of the date (RFC 5322, 3.3)."""

    rule = "header-invalid.date"
    takes = "composed"

    def lines(self) -> list[bytes]:
        date = b"Date: Tue, 23 Nov 2026 10:00:00 +0000"
        return [date if line.startswith(b"Date:") else line for line in super().lines()]


class DiesInContent(Fault):
    """The connection is closed in the middle of the message (RFC 5321, 4.1.1.4)."""

    rule = "end-of-data"

    def content(self) -> None:
        self.write(self.lines()[0] + b"\r\n")
        self.open = False
        raise Refused(450)
