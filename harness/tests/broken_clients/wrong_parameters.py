"""Faults in the parameters of MAIL and RCPT, and a client that gets them right."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from .base import ACCEPTED, GIVEN_UP, PERMANENT, Client, Fault, GaveUp, Refused

LONGEST_ENVID = 100  # RFC 3461, 4.4


def xtext(value: str) -> str:
    """RFC 3461, 4."""
    return "".join(
        chr(octet) if 33 <= octet <= 126 and octet not in b"+=" else f"+{octet:02X}" for octet in value.encode()
    )


def unitext(value: str) -> str:
    """RFC 6533, 3, in its 7-bit form."""
    return "".join(char if "!" <= char <= "~" and char not in "\\+=" else f"\\x{{{ord(char):02X}}}" for char in value)


class Options(Client):
    """It asks for what its job wishes where the server has the extension, and declares the size of its message.

    Where a wish cannot be met that changes when or how the message arrives, it gives up; other wishes it leaves off.
    """

    can = (
        *(*Client.can, "dsn", "deliverby", "futurerelease", "mt-priority", "requiretls", "submitter", "vrfy"),
        "smtputf8",
    )

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        job = json.loads(Path(env["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))
        self.options: dict[str, str] = job.get("options", {})

    def transaction(self) -> int:
        if "verify" in self.options:
            self.say(f"VRFY {self.options['verify']}")
        return super().transaction()

    def size(self) -> int:
        return sum(len(line) + 2 for line in self.lines())

    def mail(self) -> None:
        self.must(" ".join([f"MAIL FROM:<{self.sender}>", *self.mail_parameters()]))

    def mail_parameters(self) -> list[str]:
        return [*self.declared(), *self.report(), *self.deliver_by(), *self.hold(), *self.others()]

    def declared(self) -> list[str]:
        if "SIZE" not in self.offers:
            return []
        limit = self.offers["SIZE"]
        if limit.isdigit() and 0 < int(limit) < self.size():
            raise GaveUp(PERMANENT)
        return [f"SIZE={self.size()}"]

    def report(self) -> list[str]:
        """RET and ENVID."""
        if "DSN" not in self.offers:
            return []
        found = []
        if "return" in self.options:
            found.append({"full": "RET=FULL", "headers": "RET=HDRS"}[self.options["return"]])
        envid = self.options.get("envelope-id", "")
        if envid and re.fullmatch("[ -~]+", envid) and len(xtext(envid)) <= LONGEST_ENVID:
            found.append(f"ENVID={xtext(envid)}")
        return found

    def deliver_by(self) -> list[str]:
        if "deliver-by" not in self.options:
            return []
        seconds, mode = self.options["deliver-by"].split()
        if "DELIVERBY" not in self.offers:
            if mode == "return":
                raise GaveUp(GIVEN_UP)
            return []
        least = self.offers["DELIVERBY"].partition(",")[0]
        if mode == "return" and int(seconds) < max(1, int(least or 1)):
            raise GaveUp(GIVEN_UP)
        if int(seconds) <= int(self.options.get("hold-for", int(seconds) - 1)):
            raise GaveUp(GIVEN_UP)
        return [f"BY={seconds};{mode[0].upper()}"]

    def hold(self) -> list[str]:
        wished = [name for name in ("hold-for", "hold-until") if name in self.options]
        if not wished:
            return []
        if "FUTURERELEASE" not in self.offers or b"multipart/report" in self.message or len(wished) > 1:
            raise GaveUp(GIVEN_UP)
        name, value = wished[0], self.options[wished[0]]
        longest, last = self.offers["FUTURERELEASE"].split()
        if (int(value) > int(longest)) if name == "hold-for" else (value > last):
            raise GaveUp(GIVEN_UP)
        return [f"{name.replace('-', '').upper()}={value}"]

    def priority(self) -> list[str]:
        return [f"MT-PRIORITY={int(self.options['priority'])}"]

    def classes(self) -> str:
        """The message's Solicitation field (RFC 3865, 2.5), or nothing where it is not well written."""
        found = re.search(rb"(?im)^Solicitation: *([a-z][-.:\w]*(?:,[a-z][-.:\w]*)*)\r\n", self.message)
        return found[1].decode() if found else ""

    def others(self) -> list[str]:
        found = []
        if "priority" in self.options and "MT-PRIORITY" in self.offers:
            found += self.priority()
        if self.classes() and "NO-SOLICITING" in self.offers:
            found.append(f"SOLICIT={self.classes()}")
        if "require-tls" in self.options:
            if self.tls == "none" or "REQUIRETLS" not in self.offers:
                raise GaveUp(GIVEN_UP)
            found.append("REQUIRETLS")
        if "submitter" in self.options and "AUTH" in self.offers:
            found.append(f"AUTH={xtext(self.options['submitter'])}")
        if not "".join([self.sender, *self.recipients]).isascii():
            if "SMTPUTF8" not in self.offers:
                raise GaveUp(GIVEN_UP)
            found.append("SMTPUTF8")
        return found

    def rcpt(self, recipient: str) -> int:
        return self.say(" ".join([f"RCPT TO:<{recipient}>", *self.rcpt_parameters(recipient)]))[0]

    def rcpt_parameters(self, recipient: str) -> list[str]:
        """NOTIFY and ORCPT."""
        if "DSN" not in self.offers:
            return []
        found = []
        if "notify" in self.options:
            words = self.options["notify"].upper().split(",")
            found.append("NOTIFY=" + ("NEVER" if "NEVER" in words else ",".join(words)))
        if "original-recipient" in self.options:
            found += self.original(self.options["original-recipient"])
        return found

    def original(self, address: str) -> list[str]:
        if not address.isascii():
            return [f"ORCPT=utf-8;{address if 'SMTPUTF8' in self.offers else unitext(address)}"]
        return [f"ORCPT=rfc822;{xtext(address)}"] if len(xtext(address)) < 490 else []


class Checkpoints(Options):
    """It names its transaction, and takes it up again where it breaks off (RFC 1845, 3)."""

    can = (*Options.can, "checkpoint")
    pause = 1.3
    goes_on = True
    offset: int | None = None

    def mail(self) -> None:
        code, texts = self.say(" ".join([f"MAIL FROM:<{self.sender}>", *self.mail_parameters()]))
        self.offset = int(texts[0].split()[0]) if code == 355 else None
        if code not in (250, 355):
            raise Refused(code)

    def rcpts(self) -> list[int]:
        return [250] if self.offset is not None else super().rcpts()

    def lines(self) -> list[bytes]:
        if self.offset and self.goes_on:
            self.message = self.message[self.offset :]
        return super().lines()

    def session(self) -> int:
        try:
            return super().session()
        except OSError:
            self.socket.close()
            self.buffer = b""
            time.sleep(self.pause)
            return self.once_more()

    def once_more(self) -> int:
        return super().session()

    def transaction_id(self) -> str:
        return self.options["transaction-id"]

    def others(self) -> list[str]:
        return [f"TRANSID={self.transaction_id()}"] if "CHECKPOINT" in self.offers else []


class Limits(Client):
    """It heeds the limits that a server names (RFC 9422): in transactions and sessions of their size."""

    can = (*Client.can, "several-messages", "limits")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        job = json.loads(Path(env["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))
        self.messages = [
            (one["sender"], one["recipients"], Path(one["message_file"]).read_bytes()) for one in job["messages"]
        ]

    def limits(self) -> dict[str, int]:
        words = [word.partition("=") for word in self.offers.get("LIMITS", "").split()]
        return {name: int(value) for name, _, value in words if value.isdigit()}

    def session(self) -> int:
        self.begin()
        worst = ACCEPTED
        for sender, left, message in self.messages:
            self.sender, self.message = sender, message
            while left:
                self.recipients = self.next(left)
                if self.recipients:
                    worst = self.transaction() or worst
                    left = [one for one in left if one not in self.recipients]
                else:
                    self.leave()
                    self.begin()
        return worst

    def begin(self) -> None:
        self.transactions, self.domains = 0, set[str]()
        self.connect()
        self.greeting()
        self.hello()
        if self.tls == "starttls":
            self.starttls()

    def next(self, left: list[str]) -> list[str]:
        """The recipients of the next transaction; none where the session has no room for another."""
        limits, found = self.limits(), list[str]()
        if self.transactions >= limits.get("MAILMAX", self.transactions + 1):
            return []
        self.transactions += 1
        for one in left[: limits.get("RCPTMAX", len(left))]:
            domains = self.domains | {one.partition("@")[2]}
            if len(domains) <= limits.get("RCPTDOMAINMAX", len(domains)):
                self.domains = domains
                found.append(one)
        return found


# --- delivery reports -------------------------------------------------------------------------------------------------


class NotifyAlways(Fault, Options):
    """NOTIFY has a word that is none of its four (RFC 3461, 4.1)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4.1-a"
    scenario = "dsn/params[all at once]"

    def rcpt_parameters(self, recipient: str) -> list[str]:
        return ["NOTIFY=ALWAYS"]


class NotifyBlanks(Fault, Options):
    """NOTIFY's list has blanks behind its commas, so that the line falls apart (RFC 3461, 4.1; RFC 5321, 4.1.2)."""

    rule = "parameter-not-offered"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "dsn/params[all at once]"

    def rcpt_parameters(self, recipient: str) -> list[str]:
        return ["NOTIFY=SUCCESS, FAILURE"]


class NeverAndFailure(Fault, Options):
    """NEVER stands in a list with others, as the user wished (RFC 3461, 4.1)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4.1-b"
    scenario = "dsn/params[never and failure]"

    def rcpt_parameters(self, recipient: str) -> list[str]:
        return [f"NOTIFY={self.options['notify'].upper()}"]


class OriginalWithoutType(Fault, Options):
    """ORCPT is an address alone, without its type (RFC 3461, 4.2)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4.2-a"
    scenario = "dsn/params[all at once]"

    def original(self, address: str) -> list[str]:
        return [f"ORCPT={xtext(address)}"]


class OriginalIsSender(Fault, Options):
    """ORCPT has the sender's address (RFC 3461, 4.2)."""

    rule = "parameter-value.recipient"
    requirement = "RFC3461-4.2-b"
    scenario = "dsn/params[all at once]"

    def original(self, address: str) -> list[str]:
        return super().original(self.sender)


class ReturnHeaders(Fault, Options):
    """RET has a word of the client's own (RFC 3461, 4.3)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4.3-a"
    scenario = "dsn/params[all at once]"

    def report(self) -> list[str]:
        return [f"RET={self.options['return'].upper()}"]


class EnvidBare(Fault, Options):
    """ENVID stands without a value where the user gave none (RFC 3461, 4.4)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4.4-a"
    scenario = "dsn/params[no id]"

    def report(self) -> list[str]:
        return ["RET=FULL", "ENVID"]


class EnvidUuids(Fault, Options):
    """A made-up ENVID is longer than a user agent's should be (RFC 3461, 5.4)."""

    rule = "parameter-value.long"
    requirement = "RFC3461-5.4-a"
    scenario = "dsn/params[no id]"
    worth = "warn"  # SHOULD NOT

    def report(self) -> list[str]:
        return ["RET=FULL", "ENVID=urn:uuid:5f0c62e3-9a4e-4be5-9d50-6c6c2f6b6f0e"]


class ReturnTwice(Fault, Options):
    """RET stands twice in MAIL (RFC 3461, 4.5)."""

    rule = "parameter-value.twice"
    requirement = "RFC3461-4.5-a"
    scenario = "dsn/params[all at once]"

    def report(self) -> list[str]:
        return ["RET=FULL", *super().report()]


class NotifyForEach(Fault, Options):
    """Each word of NOTIFY has a parameter of its own (RFC 3461, 4.5)."""

    rule = "parameter-value.twice"
    requirement = "RFC3461-4.5-b"
    scenario = "dsn/params[all at once]"

    def rcpt_parameters(self, recipient: str) -> list[str]:
        return [f"NOTIFY={word.upper()}" for word in self.options["notify"].split(",")]


class NotifyOnMail(Fault, Options):
    """NOTIFY stands in MAIL, where it has no meaning (RFC 3461, 4.1)."""

    rule = "parameter-value.command"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "dsn/params[all at once]"
    worth = "warn"  # that it belongs to RCPT is prose

    def report(self) -> list[str]:
        return [*super().report(), "NOTIFY=SUCCESS"]

    def rcpt_parameters(self, recipient: str) -> list[str]:
        return []


class AsksInHeader(Fault, Options):
    """A delivery report is asked for in the header of the message, as before there was DSN (RFC 3461, 5.3)."""

    rule = "dialogue/message"
    requirement = "RFC3461-5.3-a"
    scenario = "dsn/params[all at once]"
    worth = "warn"  # a field that is added to the header is no more than that anywhere

    def lines(self) -> list[bytes]:
        return [f"Return-Receipt-To: {self.sender}".encode(), *super().lines()]


class EnvidLowerHex(Fault, Options):
    """xtext is written with lower-case digits (RFC 3461, 4)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4-a"
    scenario = "dsn/xtext[to encode]"

    def report(self) -> list[str]:
        return ["ENVID=a+2bb+3dc+20d"]


class OriginalRawPlus(Fault, Options):
    """A plus sign stands in ORCPT as it is (RFC 3461, 4)."""

    rule = "parameter-value.form"
    requirement = "RFC3461-4-a"
    scenario = "dsn/xtext[to encode]"

    def original(self, address: str) -> list[str]:
        return [f"ORCPT=rfc822;{address}"]


class EnvidRawEquals(Fault, Options):
    """An equals sign stands in ENVID as it is (RFC 5321, 4.1.2)."""

    rule = "command-syntax.parameters"
    requirement = "RFC5321-4.1.2-g"
    scenario = "dsn/xtext[to encode]"

    def report(self) -> list[str]:
        return ["ENVID=a+2Bb=c+20d"]


class EnvidEndless(Fault, Options):
    """ENVID is as long as the user likes (RFC 3461, 4.4)."""

    rule = "parameter-value.long"
    requirement = "RFC3461-4.4-a"
    scenario = "dsn/xtext[too long]"
    worth = "warn"  # the length is told with MAY

    def report(self) -> list[str]:
        return [f"ENVID={xtext(self.options['envelope-id'])}"]


class EnvidOctets(Fault, Options):
    """ENVID is the xtext of letters beyond ASCII (RFC 3461, 4.4)."""

    rule = "parameter-value.characters"
    requirement = "RFC3461-4.4-a"
    scenario = "dsn/xtext[not ASCII]"

    def report(self) -> list[str]:
        return [f"ENVID={xtext(self.options['envelope-id'])}"]


class ReportsUnlisted(Fault, Options):
    """Delivery reports are asked for though DSN was not listed (RFC 3461, 3)."""

    rule = "dialogue/never"
    requirement = "RFC3461-3-a"
    scenario = "dsn/absent"
    root_cause = "parameter-not-offered"
    worth = "warn"  # it follows from RFC 5321, 4.1.1.3, under which it fails

    def hello(self) -> None:
        super().hello()
        self.offers["DSN"] = ""


class OriginalRawUtf8(Fault, Options):
    """ORCPT has octets of UTF-8, and SMTPUTF8 was not listed (RFC 6533, 3)."""

    rule = "parameter-value.form"
    requirement = "RFC6533-3-a"
    scenario = "dsn/utf8-orcpt[not listed]"

    def mail_parameters(self) -> list[str]:
        return []

    def rcpt(self, recipient: str) -> int:
        return super().rcpt("bob@xn--bcher-kva.test")

    def original(self, address: str) -> list[str]:
        return [f"ORCPT=utf-8;{address}"]


class OriginalUtf8AsXtext(Fault, Options):
    """ORCPT is the xtext of UTF-8 under the type rfc822, which knows no such letters (RFC 3461, 4.2)."""

    rule = "parameter-value.characters"
    requirement = "RFC3461-4.2-c"
    scenario = "dsn/utf8-orcpt[listed]"

    def original(self, address: str) -> list[str]:
        return [f"ORCPT=rfc822;{xtext(address)}"]


# --- the size of a message --------------------------------------------------------------------------------------------


class SizeInKilobytes(Fault, Options):
    """SIZE has a unit (RFC 1870, 3)."""

    rule = "parameter-value.form"
    requirement = "RFC1870-3-b"
    scenario = "size/declare"

    def declared(self) -> list[str]:
        return ["SIZE=1kB"]


class CountsAddedDots(Fault, Options):
    """The size is counted once the dots are added (RFC 1870, 6)."""

    rule = "declared-size.dots"
    requirement = "RFC1870-6-a"
    scenario = "size/declare"
    worth = "warn"  # SHOULD

    def size(self) -> int:
        return sum(len(line) + 2 for line in self.stuffed(self.lines()))


class CountsLineFeeds(Fault, Options):
    """The size is counted while lines still end in LF (RFC 1870, 6)."""

    rule = "declared-size.line-ends"
    requirement = "RFC1870-6-a"
    scenario = "size/declare"
    worth = "warn"  # SHOULD

    def size(self) -> int:
        return sum(len(line) + 1 for line in self.lines())


class SizeTwice(Fault, Options):
    """SIZE stands twice in MAIL (RFC 1870, 6)."""

    rule = "parameter-value.twice"
    requirement = "RFC1870-6-b"
    scenario = "size/declare"
    worth = "warn"  # prose

    def declared(self) -> list[str]:
        return super().declared() * 2


class SizeOfBody(Fault, Options):
    """The size is that of the body, without the header (RFC 1870, 6)."""

    rule = "declared-size.small"
    requirement = "RFC1870-6-c"
    scenario = "size/declare"
    worth = "warn"  # SHOULD

    def size(self) -> int:
        lines = self.lines()
        return sum(len(line) + 2 for line in lines[lines.index(b"") + 1 :])


class BlankInPath(Fault, Options):
    """A blank stands inside the angle brackets (RFC 5321, 4.1.2)."""

    rule = "command-syntax.path"
    requirement = "RFC5321-4.1.2-a"
    scenario = "size/declare"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(f" {recipient} ")


class TwoBlanks(Fault, Options):
    """Two blanks stand before a parameter (RFC 5321, 4.1.2)."""

    rule = "command-syntax.parameters"
    requirement = "RFC5321-4.1.2-g"
    scenario = "size/declare"

    def declared(self) -> list[str]:
        return ["", *super().declared()]


class SizeAfterComma(Fault, Options):
    """Parameters are separated by commas (RFC 5321, 4.1.2)."""

    rule = "command-syntax.parameters"
    requirement = "RFC5321-4.1.2-g"
    scenario = "size/declare"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}>, SIZE={self.size()}")


class SizeOnRcpt(Fault, Options):
    """SIZE stands in RCPT (RFC 1870, 3)."""

    rule = "parameter-value.command"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "size/declare"
    worth = "warn"  # that it belongs to MAIL is prose

    def rcpt_parameters(self, recipient: str) -> list[str]:
        return [f"SIZE={self.size()}"]


class IgnoresLimit(Fault, Options):
    """Nothing is done with the limit that the server has named (RFC 5321, 4.5.3.1.7)."""

    rule = "dialogue/breaks"
    requirement = "RFC5321-4.5.3.1.7-a"
    scenario = "size/over-limit"
    worth = "warn"  # SHOULD

    def declared(self) -> list[str]:
        return []


class TriesWithoutSize(Fault, Options):
    """Where the declared size is refused, the message is sent without declaring it (RFC 1870, 4)."""

    rule = "dialogue/never"
    requirement = "RFC1870-4-a"
    scenario = "size/over-limit"
    worth = "warn"  # that it is in vain follows

    def mail(self) -> None:
        code, _ = self.say(f"MAIL FROM:<{self.sender}> SIZE={self.size()}")
        if code // 100 != 2:
            self.must(f"MAIL FROM:<{self.sender}>")


class ZeroIsLimit(Fault, Options):
    """SIZE 0 is taken for a limit that every message is over (RFC 1870, 3)."""

    rule = "dialogue/missing"
    requirement = "RFC1870-3-c"
    scenario = "size/zero-none[zero]"
    worth = "warn"  # prose

    def declared(self) -> list[str]:
        if self.size() > int(self.offers["SIZE"]):
            raise GaveUp(PERMANENT)
        return super().declared()


class NoLimitIsZero(Fault, Options):
    """SIZE without a number is taken for a limit of 0 (RFC 1870, 3)."""

    rule = "dialogue/missing"
    requirement = "RFC1870-3-c"
    scenario = "size/zero-none[none]"
    worth = "warn"  # prose

    def declared(self) -> list[str]:
        if self.size() > int(self.offers["SIZE"] or 0):
            raise GaveUp(PERMANENT)
        return super().declared()


class TriesFullAgain(Fault, Options):
    """After 452 the message is tried again at once, without its size (RFC 1870, 6.2)."""

    rule = "dialogue/never"
    requirement = "RFC1870-6.2-a"
    scenario = "size/reject-mail[452]"
    worth = "warn"  # SHOULD

    def mail(self) -> None:
        try:
            super().mail()
        except Refused:
            Client.mail(self)


class TriesTooLargeAgain(Fault, Options):
    """After 552 the message is sent without its size (RFC 1870, 6.2)."""

    rule = "dialogue/outcome"
    requirement = "RFC1870-6.2-b"
    scenario = "size/reject-mail[552]"
    worth = "warn"  # SHOULD

    def mail(self) -> None:
        try:
            super().mail()
        except Refused:
            self.must("RSET")
            Client.mail(self)


class ForgetsTooLargeRecipient(Fault, Options):
    """That the message was too large for one recipient is not told (RFC 5321, 4.2.5)."""

    rule = "reported.false-success"
    requirement = "RFC5321-4.2.5-a"
    scenario = "size/reject-rcpt[552]"

    def status(self, refused: list[int]) -> int:
        return super().status([code for code in refused if code != 552])


class SizeIsPromise(Fault, Options):
    """A refusal of a message whose size was accepted is not believed: the message is sent again (RFC 1870, 6.2)."""

    rule = "dialogue/never"
    requirement = "RFC1870-6.2-c"
    scenario = "size/late-reject[552 to the message]"
    worth = "warn"  # prose

    def end_of_data(self) -> None:
        if self.say(".")[0] // 100 != 2:
            Client.mail(self)
            self.rcpts()
            self.data()
            self.content()
            super().end_of_data()


class SizeUnlisted(Fault, Options):
    """The size is declared though SIZE was not listed (RFC 1870, 3)."""

    rule = "dialogue/never"
    requirement = "RFC1870-3-a"
    scenario = "size/not-advertised"
    root_cause = "parameter-not-offered"
    worth = "warn"  # it follows from RFC 5321, 4.1.1.3, under which it fails

    def declared(self) -> list[str]:
        return [f"SIZE={self.size()}"]


class BinaryUnlisted(Fault, Options):
    """BODY=BINARYMIME is declared, and only 8BITMIME was listed (RFC 3030, 3; RFC 5321, 4.1.1.3)."""

    rule = "parameter-not-offered"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "size/not-advertised"

    def declared(self) -> list[str]:
        return ["BODY=BINARYMIME"]


class BodyOwnWord(Fault, Options):
    """BODY has a word of the client's own (RFC 6152, 2)."""

    rule = "parameter-value.form"
    requirement = "RFC6152-2-a"
    scenario = "size/not-advertised"

    def declared(self) -> list[str]:
        return ["BODY=8BIT"]


class BodyAgain(Fault, Options):
    """BODY stands twice in MAIL (RFC 6152, 3)."""

    rule = "parameter-value.twice"
    requirement = "RFC6152-3-c"
    scenario = "size/not-advertised"
    worth = "warn"  # prose

    def declared(self) -> list[str]:
        return ["BODY=7BIT", "BODY=8BITMIME"]


# --- who submitted it, parameters refused, VRFY -----------------------------------------------------------------------


class SubmitterInBrackets(Fault, Options):
    """AUTH= has the mailbox in angle brackets (RFC 4954, 5)."""

    rule = "parameter-value.form"
    requirement = "RFC4954-5-a"
    scenario = "auth/mail-param[with equals]"

    def others(self) -> list[str]:
        return [f"AUTH=<{xtext(self.options['submitter'])}>"]


class SubmitterRawPlus(Fault, Options):
    """A plus sign stands in AUTH= as it is (RFC 4954, 5)."""

    rule = "parameter-value.form"
    requirement = "RFC4954-5-a"
    scenario = "auth/mail-param[with plus]"

    def others(self) -> list[str]:
        return [f"AUTH={self.options['submitter']}"]


class SubmitterInPercents(Fault, Options):
    """The mailbox in AUTH= is encoded as in a URL (RFC 5321, 4.1.2)."""

    rule = "dialogue/breaks"
    requirement = "RFC5321-4.1.2-f"
    scenario = "auth/mail-param[with equals]"
    worth = "warn"  # SHOULD

    def others(self) -> list[str]:
        return [f"AUTH={quote(self.options['submitter'], safe='@')}"]


class UnknownIsIgnored(Fault, Options):
    """555 is taken to mean that only the parameters were passed over (RFC 5321, 4.1.1.11)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.1.1.11-a"
    scenario = "faults/mail-455-555[555]"
    root_cause = "went-on.mail"
    worth = "warn"  # prose; to go on after a refusal fails under RFC 5321, 3.3

    def mail(self) -> None:
        code, texts = self.say(f"MAIL FROM:<{self.sender}> SIZE={self.size()}")
        if code not in (455, 555):
            self.check(code, texts, 2)


class BelievesVrfy(Fault, Options):
    """The message goes to the mailbox in the reply to VRFY (RFC 5321, 3.5.1)."""

    rule = "dialogue/different"
    requirement = "RFC5321-3.5.1-a"
    scenario = "core/vrfy[somebody else]"
    root_cause = "reported.false-success"  # the recipient that the job names has got nothing
    worth = "warn"  # SHOULD

    def transaction(self) -> int:
        _, texts = self.say(f"VRFY {self.options['verify']}")
        self.recipients = re.findall("<(.*)>", texts[0])
        return Client.transaction(self)


class VrfyFirst(Fault, Options):
    """VRFY comes before EHLO (RFC 5321, 4.1.4)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.1.4-d"
    scenario = "core/vrfy[252]"
    worth = "warn"  # SHOULD

    def hello(self) -> None:
        self.say(f"VRFY {self.options['verify']}")
        super().hello()

    def transaction(self) -> int:
        return Client.transaction(self)


class VrfyUtf8(Fault, Options):
    """VRFY has the parameter SMTPUTF8, which was not listed (RFC 6531, 3.7.4.2)."""

    rule = "smtputf8.verify"
    requirement = "RFC6531-3.7.4.2-a"
    scenario = "core/vrfy[252]"
    worth = "warn"  # SHOULD

    def transaction(self) -> int:
        self.say(f"VRFY {self.options['verify']} SMTPUTF8")
        return Client.transaction(self)


# --- when and how a message is to arrive ------------------------------------------------------------------------------


class ByWithoutMode(Fault, Options):
    """BY is a time alone (RFC 2852, 4)."""

    rule = "parameter-value.form"
    requirement = "RFC2852-4-a"
    scenario = "ext/deliverby[five minutes]"

    def deliver_by(self) -> list[str]:
        return [f"BY={self.options['deliver-by'].split()[0]}"]


class ByAtOnce(Fault, Options):
    """A message is to be returned that has not arrived in no time at all (RFC 2852, 4)."""

    rule = "parameter-value.form"
    requirement = "RFC2852-4-b"
    scenario = "ext/deliverby[no time at all]"

    def deliver_by(self) -> list[str]:
        return ["BY=0;R"]


class BySooner(Fault, Options):
    """A time is asked for that is below what the server has named (RFC 2852, 3)."""

    rule = "parameter-value.beyond"
    requirement = "RFC2852-3-b"
    scenario = "ext/deliverby[two minutes]"
    worth = "warn"  # that it is in vain follows

    def deliver_by(self) -> list[str]:
        return ["BY=120;R"]


class HoldBoth(Fault, Options):
    """HOLDFOR and HOLDUNTIL stand in one MAIL (RFC 4865, 4.1)."""

    rule = "parameter-value.together"
    requirement = "RFC4865-4.1-b"
    scenario = "ext/futurerelease[for and until]"

    def hold(self) -> list[str]:
        return [f"HOLDFOR={self.options['hold-for']}", f"HOLDUNTIL={self.options['hold-until']}"]


class HoldLonger(Fault, Options):
    """A message is to be held back longer than the server holds any (RFC 4865, 4.1)."""

    rule = "parameter-value.beyond"
    requirement = "RFC4865-4.1-c"
    scenario = "ext/futurerelease[a day and more]"

    def hold(self) -> list[str]:
        return [f"HOLDFOR={self.options['hold-for']}"]


class HoldTooLate(Fault, Options):
    """A message is to be held back until a date that the server does not wait for (RFC 4865, 4.1)."""

    rule = "parameter-value.beyond"
    requirement = "RFC4865-4.1-d"
    scenario = "ext/futurerelease[too long]"

    def hold(self) -> list[str]:
        return [f"HOLDUNTIL={self.options['hold-until']}"]


class HoldLocalTime(Fault, Options):
    """HOLDUNTIL has no time zone (RFC 4865, 3 and 4.1)."""

    rule = "parameter-value.form"
    requirement = "RFC4865-4.1-d"
    scenario = "ext/futurerelease[until then]"

    def hold(self) -> list[str]:
        return [f"HOLDUNTIL={self.options['hold-until'].removesuffix('Z')}"]


class ReleasedTooLate(Fault, Options):
    """A message is to be delivered before it is released (RFC 4865, 5.2.1)."""

    rule = "parameter-value.together"
    requirement = "RFC4865-5.2.1-a"
    scenario = "ext/futurerelease[delivered before it is released]"

    def deliver_by(self) -> list[str]:
        return ["BY=600;R"]


class HoldsReport(Fault, Options):
    """A delivery report is to be held back (RFC 4865, 5.1.1)."""

    rule = "dialogue/never"
    requirement = "RFC4865-5.1.1-a"
    scenario = "ext/futurerelease-reports[of delivery]"

    def hold(self) -> list[str]:
        return [f"HOLDFOR={self.options['hold-for']}"]


class HoldsReceipt(HoldsReport):
    """A notification that a message was read is to be held back (RFC 4865, 5.3.1)."""

    requirement = "RFC4865-5.3.1-a"
    scenario = "ext/futurerelease-reports[of reading]"


class PriorityWithPlus(Fault, Options):
    """A priority has a plus sign (RFC 6710, 3 and 7)."""

    rule = "parameter-value.form"
    requirement = "RFC6710-3-a"
    scenario = "ext/mt-priority[4]"

    def priority(self) -> list[str]:
        return [f"MT-PRIORITY={int(self.options['priority']):+}"]


class SolicitSemicolons(Fault, Options):
    """Classes are separated by semicolons (RFC 3865, 2.2)."""

    rule = "parameter-value.form"
    requirement = "RFC3865-2.2-a"
    scenario = "ext/no-soliciting[two classes]"

    def classes(self) -> str:
        return super().classes().replace(",", ";")


class SolicitFromTrace(Fault, Options):
    """Classes are gathered from Received fields, too (RFC 3865, 2.3)."""

    rule = "dialogue/breaks"
    requirement = "RFC3865-2.3-a"
    scenario = "ext/no-soliciting[two classes]"

    def classes(self) -> str:
        return f"{super().classes()},com.example:ADV"


class SolicitUnchecked(Fault, Options):
    """The field is taken over as it stands, whatever it says (RFC 3865, 2.7)."""

    rule = "dialogue/breaks"
    requirement = "RFC3865-2.7-a"
    scenario = "ext/no-soliciting[malformed]"
    root_cause = "parameter-value.form"
    worth = "warn"  # SHOULD

    def classes(self) -> str:
        found = re.search(rb"(?im)^Solicitation: *(.*)\r\n", self.message)
        return found[1].decode() if found else ""


class ByUnlisted(Fault, Options):
    """BY is written though DELIVERBY was not listed (RFC 2852, 3)."""

    rule = "dialogue/never"
    requirement = "RFC2852-3-a"
    scenario = "ext/absent[deliver by]"
    root_cause = "parameter-not-offered"
    worth = "warn"  # it follows from RFC 5321, 4.1.1.3, under which it fails

    def deliver_by(self) -> list[str]:
        return ["BY=300;N"]


class HoldUnlisted(Fault, Options):
    """HOLDFOR is written though FUTURERELEASE was not listed (RFC 4865, 4.1)."""

    rule = "dialogue/never"
    requirement = "RFC4865-4.1-a"
    scenario = "ext/absent[hold for]"
    root_cause = "parameter-not-offered"

    def hold(self) -> list[str]:
        return ["HOLDFOR=3600"]


class PriorityUnlisted(Fault, Options):
    """MT-PRIORITY is written though it was not listed (RFC 6710, 4.3)."""

    rule = "dialogue/never"
    requirement = "RFC6710-4.3-a"
    scenario = "ext/absent[priority]"
    root_cause = "parameter-not-offered"
    worth = "warn"  # prose

    def others(self) -> list[str]:
        return self.priority()


class SolicitUnlisted(Fault, Options):
    """SOLICIT is written though NO-SOLICITING was not listed (RFC 3865, 2)."""

    rule = "dialogue/never"
    requirement = "RFC3865-2-a"
    scenario = "ext/absent[solicitation]"
    root_cause = "parameter-not-offered"
    worth = "warn"  # it follows from RFC 5321, 4.1.1.3, under which it fails

    def others(self) -> list[str]:
        return [f"SOLICIT={self.classes()}"]


class RestartUnlisted(Fault, Options):
    """TRANSID is written though CHECKPOINT was not listed (RFC 1845, 3)."""

    rule = "dialogue/never"
    requirement = "RFC1845-3-a"
    scenario = "ext/absent[restart]"
    root_cause = "parameter-not-offered"
    worth = "warn"  # prose

    def others(self) -> list[str]:
        return ["TRANSID=<12345.67890@client.example.test>"]


class LimitsAllPairs(Fault, Limits):
    """Every word behind LIMITS is expected to be a name, an equals sign and a number (RFC 9422, 3)."""

    rule = "dialogue/closed"
    requirement = "RFC9422-3-a"
    scenario = "ext/limits"
    root_cause = "no-quit"
    worth = "warn"  # the text has not been seen

    def limits(self) -> dict[str, int]:
        pairs = [word.split("=") for word in self.offers.get("LIMITS", "").split()]
        return {name: int(value) for name, value in pairs}


class ForgetsRcptMax(Fault, Limits):
    """More recipients are named in a transaction than the server takes (RFC 9422, 4.2)."""

    rule = "dialogue/never"
    requirement = "RFC9422-4.2-a"
    scenario = "ext/limits-recipients"
    worth = "warn"  # SHOULD

    def limits(self) -> dict[str, int]:
        return {}


class ForgetsMailMax(Fault, Limits):
    """More transactions are begun in a session than the server takes (RFC 9422, 4.1)."""

    rule = "dialogue/never"
    requirement = "RFC9422-4.1-a"
    scenario = "ext/limits-session[one message]"
    worth = "warn"  # SHOULD

    def limits(self) -> dict[str, int]:
        return {}


class ForgetsDomainMax(Fault, Limits):
    """Recipients of more domains are named in a session than the server takes (RFC 9422, 4.3)."""

    rule = "dialogue/never"
    requirement = "RFC9422-4.3-a"
    scenario = "ext/limits-session[one domain]"
    worth = "warn"  # SHOULD

    def limits(self) -> dict[str, int]:
        return {}


class KeepsFirstLimits(Fault, Limits):
    """The limits from before TLS are still heeded inside (RFC 9422, 3.4)."""

    rule = "dialogue/never"
    requirement = "RFC9422-3.4-a"
    scenario = "ext/limits-in-tls"
    worth = "warn"  # the text has not been seen

    def starttls(self) -> None:
        kept = self.offers["LIMITS"]
        super().starttls()
        self.offers["LIMITS"] = kept


class Utf8Yes(Fault, Options):
    """SMTPUTF8 has a value (RFC 6531, 3.4)."""

    rule = "parameter-value.form"
    requirement = "RFC6531-3.4-b"
    scenario = "dsn/utf8-orcpt[listed]"

    def others(self) -> list[str]:
        return ["SMTPUTF8=yes"]


class TransactionNumber(Fault, Checkpoints):
    """A transaction has a number for its name (RFC 1845, 2)."""

    rule = "parameter-value.form"
    requirement = "RFC1845-2-a"
    scenario = "ext/checkpoint"

    def transaction_id(self) -> str:
        return "12345"


class TransactionDigest(Fault, Checkpoints):
    """A transaction's name is longer than 80 characters (RFC 1845, 2)."""

    rule = "parameter-value.long"
    requirement = "RFC1845-2-a"
    scenario = "ext/checkpoint"

    def transaction_id(self) -> str:
        return f"<{'0123456789abcdef' * 4}@{self.name}>"


class TwoTransactions(Fault, Checkpoints):
    """A transaction has two names (RFC 1845, 3)."""

    rule = "parameter-value.twice"
    requirement = "RFC1845-3-a"
    scenario = "ext/checkpoint"
    worth = "warn"  # prose

    def others(self) -> list[str]:
        return super().others() * 2


class AnotherTransaction(Fault, Checkpoints):
    """A transaction that broke off is taken up again under another name (RFC 1845, 3)."""

    rule = "dialogue/breaks"
    requirement = "RFC1845-3-b"
    scenario = "ext/checkpoint-restart"
    worth = "warn"  # prose

    def once_more(self) -> int:
        self.options["transaction-id"] = "<12346@client.example.test>"
        return super().once_more()


class KeepsTheList(Fault, Checkpoints):
    """What one connection was offered is taken for offered in the next (RFC 5321, 4.5.4.1)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.5.4.1-h"
    scenario = "ext/checkpoint-restart"
    worth = "warn"  # SHOULD
    root_cause = "parameter-not-offered"

    def hello(self) -> None:
        before = self.offers
        super().hello()
        self.offers = {**before, **self.offers}


class WholeMessageAgain(Fault, Checkpoints):
    """The server has the first octets, and yet all of the message is sent again (RFC 1845, 3)."""

    rule = "dialogue/message"
    requirement = "RFC1845-3-c"
    scenario = "ext/checkpoint-offset"
    worth = "warn"  # prose

    goes_on = False


class ResumesAtOnce(Fault, Checkpoints):
    """A transaction that broke off is taken up again in the same second (RFC 1845, 3)."""

    rule = "resumed-at-once"
    requirement = "RFC1845-3-d"
    scenario = "ext/checkpoint-offset"
    worth = "warn"  # prose

    pause = 0.0
