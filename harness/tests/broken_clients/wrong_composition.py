"""Clients that write their messages themselves, one of them correct, and faults in what they write."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import ClassVar

from .base import ACCEPTED, GIVEN_UP, Client, Fault, GaveUp, Refused


class Composer(Client):
    """Writes a message from subject and text, in ASCII whatever it says (RFC 5322, 2045 and 2047)."""

    can = (
        *(one for one in Client.can if one != "raw-message"),
        *("composing", "several-messages", "blind-copies", "several-authors", "display-name", "custom-fields"),
        *("attachments", "resending"),
    )
    takes = "composed"
    scenarios: ClassVar[tuple[str, ...]] = ("data/dots", "data/crlf-input", "data/long-lines")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        job = json.loads(Path(env["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))
        self.options: dict[str, str] = job.get("options", {})
        self.copies: list[list[str]] = [one["recipients"] for one in job["messages"]]
        self.title = env["SMTP_SUBJECT"]
        self.body = Path(env["SMTP_BODY_FILE"]).read_bytes()

    def session(self) -> int:
        self.check_field()
        return super().session()

    def transaction(self) -> int:
        """One for each message of the job."""
        status = ACCEPTED
        for recipients in self.copies:
            self.recipients = recipients
            status = max(status, super().transaction())
        return status

    # --- the header

    def blind(self) -> list[str]:
        return [one.strip() for one in self.options.get("blind", "").split(",")]

    def check_field(self) -> None:
        name = self.options.get("field", "X:").partition(":")[0]
        if not (name.isascii() and name.isprintable() and " " not in name):
            raise GaveUp(GIVEN_UP)

    def from_field(self) -> list[str]:
        return self.folded("From", self.authors())

    def authors(self) -> list[str]:
        if "authors" in self.options:
            return [one.strip() for one in self.options["authors"].split(",")]
        return [self.author()]

    def author(self) -> str:
        if "name" not in self.options:
            return self.sender
        return f"{self.words(self.options['name'])} <{self.sender}>"

    def sender_field(self) -> list[str]:
        return [f"Sender: {self.sender}"] if "authors" in self.options else []

    def to_field(self) -> list[str]:
        return self.folded("To", [one for one in self.recipients if one not in self.blind()])

    def folded(self, name: str, addresses: list[str]) -> list[str]:
        """One address a line."""
        lines = [f"{name}: {addresses[0]}", *(f" {one}" for one in addresses[1:])]
        return [f"{line}," for line in lines[:-1]] + lines[-1:]

    def date_field(self) -> list[str]:
        return [f"Date: {self.date()}"]

    def date(self) -> str:
        return formatdate(localtime=True)

    def message_id_field(self) -> list[str]:
        return [f"Message-ID: {self.message_id()}"]

    def message_id(self) -> str:
        return make_msgid(domain="client.example.test")

    def subject_field(self) -> list[str]:
        if not self.title.isascii():
            return f"Subject: {self.words(self.title)}".split("\n")
        return self.folded_words(self.title)

    def folded_words(self, text: str) -> list[str]:
        lines = ["Subject:"]
        for word in text.split(" "):
            if len(lines[-1]) + len(word) > 76:
                lines.append("")
            lines[-1] += f" {word}"
        return lines

    def words(self, text: str) -> str:
        """Encoded words of at most ten characters each, on lines of their own."""
        pieces = [text[at : at + 10] for at in range(0, len(text), 10)]
        return "\n ".join(self.word(piece.encode()) for piece in pieces)

    def word(self, octets: bytes) -> str:
        return f"=?utf-8?B?{base64.b64encode(octets).decode()}?="

    def own_fields(self) -> list[str]:
        return [self.options["field"]] if "field" in self.options else []

    def header(self) -> list[str]:
        return [
            *self.from_field(),
            *self.sender_field(),
            *self.to_field(),
            *self.subject_field(),
            *self.date_field(),
            *self.message_id_field(),
            *self.own_fields(),
        ]

    def mime(self) -> list[str]:
        return ["MIME-Version: 1.0"]

    # --- the text

    def needs_encoding(self) -> bool:
        lines = self.text_lines()
        plain = all(line.isascii() and len(line) <= 998 for line in lines)
        return not plain or any((octet < 32 and octet != 9) or octet == 127 for line in lines for octet in line)

    def text_lines(self) -> list[bytes]:
        """The lines of the text, LF, CR and CRLF read alike."""
        lines = self.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        return lines[:-1] if lines[-1] == b"" else lines

    def encoded_lines(self, octets: bytes) -> list[bytes]:
        return base64.encodebytes(octets).splitlines()

    def text(self) -> tuple[list[str], list[bytes]]:
        """Fields and lines of the text."""
        kind = "Content-Type: text/plain; charset=utf-8"
        if self.needs_encoding():
            return [kind, "Content-Transfer-Encoding: base64"], self.encoded_lines(self.body)
        return [kind], self.text_lines()

    def attachment(self) -> list[str]:
        return [
            "Content-Type: application/octet-stream",
            "Content-Transfer-Encoding: base64",
            f"Content-Disposition: attachment;\n filename*={self.file_name()}",
        ]

    def file_name(self) -> str:
        octets = self.options["attachment"].encode()
        return "utf-8''" + "".join(f"%{octet:02X}" for octet in octets)

    def multipart(self) -> list[str]:
        return ['Content-Type: multipart/mixed; boundary="=_next"']

    def lines(self) -> list[bytes]:
        if "resend" in self.options:
            return [*(one.encode() for one in self.resent()), *super().lines()]
        fields, text = self.text()
        if "attachment" not in self.options:
            return [*self.octets([*self.header(), *self.mime(), *fields]), b"", *text]
        whole = self.octets([*self.header(), *self.mime(), *self.multipart()])
        part = [b"--=_next", *self.octets(fields), b"", *text]
        file = [b"--=_next", *self.octets(self.attachment()), b"", *self.encoded_lines(self.body)]
        return [*whole, b"", *part, *file, b"--=_next--"]

    def octets(self, fields: list[str]) -> list[bytes]:
        return "\n".join(fields).encode().split(b"\n")

    def resent(self) -> list[str]:
        return [
            f"Resent-From: {self.sender}",
            f"Resent-Date: {self.date()}",
            f"Resent-To: {self.recipients[0]}",
            f"Resent-Message-ID: {self.message_id()}",
        ]


# --- the header -------------------------------------------------------------------------------------------------------


class TwoDigitYear(Fault, Composer):
    """The year of the Date field has two digits (RFC 5321, F.5)."""

    rule = "composition.year"
    requirement = "RFC5321-F.5-a"
    scenario = "data/format-minimal[one message]"

    def date(self) -> str:
        return "23 Nov 26 10:00:00 +0000"


class NamedZone(Fault, Composer):
    """The Date field ends in GMT, as HTTP has it (RFC 5322, 3.3)."""

    rule = "composition.zone"
    requirement = "RFC5322-3.3-b"
    worth = "warn"  # SHOULD
    scenario = "data/format-minimal[one message]"

    def date(self) -> str:
        return formatdate(usegmt=True)


class AlwaysMonday(Fault, Composer):
    """The weekday of the Date field is a constant (RFC 5322, 3.3)."""

    rule = "header-invalid.date"
    requirement = "RFC5322-3.3-a"
    scenario = "data/format-minimal[one message]"

    def date(self) -> str:
        return "Mon, 24 Nov 2026 10:00:00 +0000"


class LeavesDateToServer(Fault, Composer):
    """There is no Date field (RFC 5322, 3.6)."""

    rule = "header-missing.date"
    requirement = "RFC5322-3.6-a"
    scenario = "data/format-minimal[one message]"

    def date_field(self) -> list[str]:
        return []


class SubjectOfItsOwn(Fault, Composer):
    """A template's Subject stands beside the user's (RFC 5322, 3.6)."""

    rule = "header-invalid.twice"
    requirement = "RFC5322-3.6-c"
    scenario = "data/format-minimal[one message]"

    def own_fields(self) -> list[str]:
        return self.subject_field()


class TextBehindHeader(Fault, Composer):
    """No empty line stands between header and text (RFC 5322, 2.1)."""

    rule = "missing-blank-line"
    requirement = "RFC5322-2.2-a"
    scenario = "data/format-minimal[one message]"

    def lines(self) -> list[bytes]:
        lines = super().lines()
        lines.remove(b"")
        return lines


class NameForAddress(Fault, Composer):
    """From holds a name, and no address (RFC 5322, 3.6.2)."""

    rule = "composition.no-author"
    requirement = "RFC5322-3.6-b"
    scenario = "data/format-minimal[one message]"

    def author(self) -> str:
        return "Alice"


class SenderTwice(Fault, Composer):
    """Sender repeats the one author (RFC 5322, 3.6.2)."""

    rule = "composition.needless-sender"
    requirement = "RFC5322-3.6.2-b"
    worth = "warn"  # SHOULD NOT
    scenario = "data/format-minimal[one message]"

    def sender_field(self) -> list[str]:
        return [f"Sender: {self.sender}"]


class NoMessageId(Fault, Composer):
    """There is no Message-ID field (RFC 5322, 3.6.4)."""

    rule = "composition.no-message-id"
    requirement = "RFC5322-3.6.4-a"
    worth = "warn"  # SHOULD
    scenario = "data/format-minimal[one message]"

    def message_id_field(self) -> list[str]:
        return []


class BareMessageId(Fault, Composer):
    """The Message-ID has no angle brackets (RFC 5322, 3.6.4)."""

    rule = "composition.message-id"
    requirement = "RFC5322-3.6.4-c"
    scenario = "data/format-minimal[one message]"

    def message_id(self) -> str:
        return super().message_id().strip("<>")


class ConstantMessageId(Fault, Composer):
    """Every message has the same Message-ID (RFC 5322, 3.6.4)."""

    rule = "composition.repeated-id"
    requirement = "RFC5322-3.6.4-b"
    scenario = "data/format-minimal[two messages]"

    def message_id(self) -> str:
        return "<message@client.example.test>"


class QuotesLocalPart(Fault, Composer):
    """The local part of From is quoted without need (RFC 5322, 3.4.1)."""

    rule = "composition.needless-quotes"
    requirement = "RFC5322-3.4.1-a"
    worth = "warn"  # SHOULD
    scenario = "data/format-minimal[one message]"

    def author(self) -> str:
        local, _, domain = self.sender.partition("@")
        return f'"{local}"@{domain}'


class BlanksAtSign(Fault, Composer):
    """From is `alice @ example.test` (RFC 5322, 3.4.1)."""

    rule = "composition.blank-at-sign"
    requirement = "RFC5322-3.4.1-b"
    worth = "warn"  # SHOULD NOT
    scenario = "data/format-minimal[one message]"

    def author(self) -> str:
        return self.sender.replace("@", " @ ")


class ApparentlyTo(Fault, Composer):
    """The header has Apparently-To (RFC 5321, 7.2)."""

    rule = "composition.apparently-to"
    requirement = "RFC5321-7.2-c"
    worth = "warn"  # SHOULD NOT
    scenario = "data/format-minimal[one message]"

    def own_fields(self) -> list[str]:
        return [f"Apparently-To: {self.recipients[0]}"]


class BlankBeforeColon(Fault, Composer):
    """`Subject : ...`, which is obsolete syntax (RFC 5322, 4.5)."""

    rule = "composition.blank-before-colon"
    requirement = "RFC5322-4-a"
    scenario = "data/format-minimal[one message]"

    def subject_field(self) -> list[str]:
        return [line.replace("Subject:", "Subject :") for line in super().subject_field()]


class WholeBuffer(Fault, Composer):
    """The text is sent with the NUL that ends a string in C (RFC 5322, 4)."""

    rule = "composition.nul"
    requirement = "RFC5322-4-a"
    scenario = "data/format-minimal[one message]"

    def text_lines(self) -> list[bytes]:
        lines = super().text_lines()
        return [*lines[:-1], lines[-1] + b"\0"]

    def needs_encoding(self) -> bool:
        return False


class WritesReturnPath(Fault, Composer):
    """The client writes a Return-Path into its own message (RFC 5321, 4.4)."""

    rule = "composition.return-path"
    requirement = "RFC5321-4.4-b"
    worth = "warn"  # SHOULD NOT
    scenario = "data/format-minimal[one message]"

    def own_fields(self) -> list[str]:
        return [f"Return-Path: <{self.sender}>"]


# --- a richer header --------------------------------------------------------------------------------------------------


class OneLongSubject(Fault, Composer):
    """A long subject is never folded (RFC 5322, 2.1.1)."""

    rule = "composition.long-line"
    requirement = "RFC5322-2.1.1-b"
    worth = "warn"  # SHOULD
    scenario = "data/format-rich[long subject]"

    def subject_field(self) -> list[str]:
        return [f"Subject: {self.title}"]


class OneEndlessLine(Fault, Composer):
    """All recipients stand on one line, longer than 998 characters (RFC 5322, 2.1.1)."""

    rule = "composition.too-long"
    requirement = "RFC5322-2.1.1-a"
    scenario = "data/format-rich[many recipients]"

    def folded(self, name: str, addresses: list[str]) -> list[str]:
        return [f"{name}: {', '.join(addresses)}"]


class FoldsAnywhere(Fault, Composer):
    """A long field is broken every 70 characters, within an address too (RFC 5322, 2.2.3)."""

    rule = "composition.fold"
    requirement = "RFC5322-2.2.3-a"
    worth = "warn"  # SHOULD
    scenario = "data/format-rich[many recipients]"

    def folded(self, name: str, addresses: list[str]) -> list[str]:
        text = f"{name}: {', '.join(addresses)}"
        return [text[:70], *(" " + text[at : at + 70] for at in range(70, len(text), 70))]


class BlankContinuation(Fault, Composer):
    """A folded subject has a line of blanks alone (RFC 5322, 3.2.2)."""

    rule = "composition.blank-line"
    requirement = "RFC5322-3.2.2-a"
    scenario = "data/format-rich[long subject]"

    def subject_field(self) -> list[str]:
        first, *rest = super().subject_field()
        return [first, " ", *rest]


class AuthorsWithoutSender(Fault, Composer):
    """Two authors, and no Sender (RFC 5322, 3.6.2)."""

    rule = "composition.no-sender"
    requirement = "RFC5322-3.6.2-a"
    scenario = "data/format-rich[two authors]"

    def sender_field(self) -> list[str]:
        return []


class ResentWithoutDate(Fault, Composer):
    """A message is sent again without Resent-Date (RFC 5322, 3.6.6)."""

    rule = "composition.resent"
    requirement = "RFC5322-3.6.6-a"
    scenario = "data/format-rich[resent]"

    def resent(self) -> list[str]:
        return [line for line in super().resent() if not line.startswith("Resent-Date")]


class AnyFieldName(Fault, Composer):
    """A field that the user names is written as it is, blank and all (RFC 5322, 3.6.8)."""

    rule = "composition.field-name"
    requirement = "RFC5322-3.6.8-a"
    scenario = "data/format-rich[bad field name]"

    def check_field(self) -> None:
        pass


class NoMimeVersion(Fault, Composer):
    """Encoded text without MIME-Version (RFC 2045, 4)."""

    rule = "composition.mime-version"
    requirement = "RFC2045-4-a"
    scenario = "data/format-rich[Chinese]"

    def mime(self) -> list[str]:
        return []


class EncodesMultipart(Fault, Composer):
    """The multipart is labelled base64, as its parts are (RFC 2045, 6.4)."""

    rule = "composition.encoded-multipart"
    requirement = "RFC2045-6.4-a"
    worth = "warn"  # prose
    scenario = "data/format-rich[attachment]"

    def multipart(self) -> list[str]:
        return [*super().multipart(), "Content-Transfer-Encoding: base64"]


class OneLineOfBase64(Fault, Composer):
    """The attachment is one line of base64 (RFC 2045, 6.8)."""

    rule = "composition.base64"
    requirement = "RFC2045-6.8-a"
    worth = "warn"  # prose
    scenario = "data/format-rich[attachment]"

    def encoded_lines(self, octets: bytes) -> list[bytes]:
        return [base64.b64encode(octets)]


class LongQuotedPrintable(Fault, Composer):
    """Quoted-printable without soft line breaks (RFC 2045, 6.7)."""

    rule = "composition.quoted-printable"
    requirement = "RFC2045-6.7-a"
    scenario = "data/format-rich[Chinese]"

    def text(self) -> tuple[list[str], list[bytes]]:
        kind, _ = super().text()[0]
        lines = ["".join(f"={octet:02X}" for octet in line).encode() for line in self.text_lines()]
        return [kind, "Content-Transfer-Encoding: quoted-printable"], lines


class OneLongWord(Fault, Composer):
    """The whole subject is one encoded word (RFC 2047, 2)."""

    rule = "composition.long-word"
    requirement = "RFC2047-2-a"
    worth = "warn"  # prose
    scenario = "data/format-rich[Chinese]"

    def words(self, text: str) -> str:
        return self.word(text.encode())


class QuotesEncodedWord(Fault, Composer):
    """The encoded name stands in quotes (RFC 2047, 5)."""

    rule = "composition.misplaced-word"
    requirement = "RFC2047-5-a"
    scenario = "data/format-rich[name]"

    def author(self) -> str:
        return f'"{self.words(self.options["name"])}" <{self.sender}>'


class CutsCharacters(Fault, Composer):
    """A long subject is cut by octets, in the middle of a character (RFC 2047, 5)."""

    rule = "composition.cut-word"
    requirement = "RFC2047-5-b"
    scenario = "data/format-rich[Chinese]"

    def words(self, text: str) -> str:
        octets = text.encode()
        return "\n ".join(self.word(octets[at : at + 40]) for at in range(0, len(octets), 40))


class PassesLineFeeds(Fault, Composer):
    """The lines of the text end as they do on the client's system (RFC 5322, 2.3)."""

    rule = "content-line-end"
    requirement = "RFC5322-2.3-a"
    scenario = "data/crlf-input[lf]"

    def text_lines(self) -> list[bytes]:
        return [self.body.rstrip(b"\n")]

    def needs_encoding(self) -> bool:
        return False


# --- blind copies -----------------------------------------------------------------------------------------------------


class SeparateCopies(Composer):
    """Each blind copy is a transaction of its own, and only it has Bcc (RFC 5321, 7.2; RFC 5322, 3.6.3)."""

    scenarios: ClassVar[tuple[str, ...]] = ("data/bcc",)

    def transaction(self) -> int:
        everybody = self.copies[0]
        seen = [one for one in everybody if one not in self.blind()]
        self.copies = [seen, *([one] for one in everybody if one in self.blind())]
        return super().transaction()

    def to_field(self) -> list[str]:
        return self.folded("To", self.copies[0])

    def own_fields(self) -> list[str]:
        return [f"Bcc: {one}" for one in self.recipients if one in self.blind()]


class LeavesBcc(Fault, Composer):
    """The Bcc field stays in the message (RFC 5321, 7.2)."""

    rule = "composition.bcc"
    requirement = "RFC5321-7.2-a"
    worth = "warn"  # SHOULD NOT
    scenario = "data/bcc"

    def own_fields(self) -> list[str]:
        return [f"Bcc: {', '.join(self.blind())}"]


class EnvelopeInHeader(Fault, Composer):
    """All recipients stand in a field of its own (RFC 5321, 7.2)."""

    rule = "composition.blind-copy"
    requirement = "RFC5321-7.2-a"
    worth = "warn"  # SHOULD NOT
    scenario = "data/bcc"

    def own_fields(self) -> list[str]:
        return [*self.folded("X-Envelope-To", self.recipients)]


# --- eight bits -------------------------------------------------------------------------------------------------------


class EightBit(Client):
    """Declares eight-bit text where the server takes it, and encodes it elsewhere (RFC 6152, 3)."""

    def eight_bit(self) -> bool:
        return not self.message.isascii()

    def body_parameter(self) -> str:
        return " BODY=8BITMIME" if self.eight_bit() and "8BITMIME" in self.offers else ""

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}>{self.body_parameter()}")

    def lines(self) -> list[bytes]:
        header, _, text = self.message.partition(b"\r\n\r\n")
        if self.eight_bit() and "8BITMIME" not in self.offers:
            header = header.replace(b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: base64")
            return [*header.split(b"\r\n"), b"", *self.seven_bit(text)]
        return super().lines()

    def seven_bit(self, text: bytes) -> list[bytes]:
        return base64.encodebytes(text).splitlines()


class EightBitsAnyway(Fault, EightBit):
    """Eight-bit text is sent to a server that does not take it (RFC 6152, 3)."""

    rule = "8bit-content.given"
    requirement = "RFC6152-3-a"
    worth = "warn"  # it was given so, and the "must not" is prose
    scenario = "eight/absent"

    def lines(self) -> list[bytes]:
        return Client.lines(self)


class QuestionMarks(Fault, EightBit):
    """What is not ASCII becomes a question mark (RFC 6152, 3)."""

    rule = "conversion"
    requirement = "RFC6152-3-e"
    worth = "warn"  # prose
    scenario = "eight/absent"

    def seven_bit(self, text: bytes) -> list[bytes]:
        return super().seven_bit(text.decode().encode("ascii", "replace"))


class BodyNotListed(Fault, EightBit):
    """BODY=8BITMIME is said where 8BITMIME is not listed (RFC 5321, 4.1.1.3)."""

    rule = "parameter-not-offered"
    requirement = "RFC5321-4.1.1.3-b"
    scenario = "eight/absent"

    def body_parameter(self) -> str:
        return " BODY=8BITMIME"


class BodyNotSaid(Fault, EightBit):
    """Eight-bit text without BODY=8BITMIME (RFC 6152, 3)."""

    rule = "8bit-content.undeclared"
    requirement = "RFC6152-3-b"
    worth = "warn"  # prose
    scenario = "eight/advertised[Chinese]"

    def body_parameter(self) -> str:
        return ""


class BodyTwice(Fault, EightBit):
    """BODY stands twice in MAIL (RFC 6152, 3)."""

    rule = "parameter-value.twice"
    requirement = "RFC6152-3-c"
    worth = "warn"  # prose
    scenario = "eight/advertised[Chinese]"

    def body_parameter(self) -> str:
        return " BODY=8BITMIME BODY=8BITMIME"


class BodyEightBit(Fault, EightBit):
    """BODY=8BIT, which is a transfer encoding and no value of BODY (RFC 6152, 2)."""

    rule = "parameter-value.form"
    requirement = "RFC6152-2-a"
    scenario = "eight/advertised[Chinese]"

    def body_parameter(self) -> str:
        return " BODY=8BIT"


class StuffsNothingInEightBits(Fault, EightBit):
    """Dots are doubled in ASCII text alone (RFC 6152, 3)."""

    rule = "dialogue/message"
    requirement = "RFC6152-3-f"
    worth = "warn"  # prose
    scenario = "eight/advertised[dots]"

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        return [line if line == b".." else b"." + line if line == b"." else line for line in lines]


class EightBitComposer(Composer):
    """Writes text in eight bits where the server takes it."""

    def declared(self) -> str:
        return " BODY=8BITMIME" if self.is_eight_bit() else ""

    def is_eight_bit(self) -> bool:
        lines = self.text_lines()
        return "8BITMIME" in self.offers and not self.body.isascii() and all(len(line) <= 998 for line in lines)

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}>{self.declared()}")

    def label(self) -> list[str]:
        return ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]

    def text(self) -> tuple[list[str], list[bytes]]:
        return (self.label(), self.text_lines()) if self.is_eight_bit() else super().text()


class PlainEightBits(Fault, EightBitComposer):
    """BODY=8BITMIME, and no MIME (RFC 5321, 2.4)."""

    rule = "composition.no-mime"
    requirement = "RFC5321-2.4-g"
    scenario = "eight/advertised[Chinese]"

    def label(self) -> list[str]:
        return []

    def mime(self) -> list[str]:
        return []


class LabelsSevenBits(Fault, EightBitComposer):
    """Eight-bit text is labelled 7bit (RFC 2045, 2.7)."""

    rule = "composition.mislabelled"
    requirement = "RFC2045-2.7-a"
    worth = "warn"  # prose
    scenario = "eight/advertised[Chinese]"
    root_cause = "8bit-content"

    def label(self) -> list[str]:
        return ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 7bit"]

    def declared(self) -> str:
        return ""


class ComposesEightBits(Fault, Composer):
    """Text is sent in UTF-8 as it stands, and the EHLO reply is not looked at (RFC 5321, 2.4)."""

    rule = "8bit-content"
    requirement = "RFC5321-2.4-e"
    scenario = "eight/absent"

    def text(self) -> tuple[list[str], list[bytes]]:
        return [*super().text()[0][:1], "Content-Transfer-Encoding: 8bit"], self.text_lines()


class LongEightBits(Fault, EightBitComposer):
    """A line of any length goes out as 8bit (RFC 6152, 3)."""

    rule = "composition.binary"
    requirement = "RFC6152-3-d"
    worth = "warn"  # prose
    scenario = "eight/lines"

    def is_eight_bit(self) -> bool:
        return True


class LongLinesLabelledEightBit(Fault, EightBitComposer):
    """Text of long lines is labelled 8bit, and MAIL says nothing of it (RFC 2045, 2.8)."""

    rule = "composition.mislabelled-8bit"
    requirement = "RFC2045-2.8-a"
    worth = "warn"  # prose
    scenario = "eight/lines"
    root_cause = "8bit-content"

    def is_eight_bit(self) -> bool:
        return True

    def declared(self) -> str:
        return ""


class LongSevenBits(Fault, Composer):
    """A line of text is as long as the user made it (RFC 5322, 2.3)."""

    rule = "composition.too-long-text"
    requirement = "RFC5322-2.3-b"
    scenario = "data/large[64 kB]"

    def text(self) -> tuple[list[str], list[bytes]]:
        kind, lines = super().text()
        return kind, [b" ".join(lines)]


# --- UTF-8 ------------------------------------------------------------------------------------------------------------


class International(EightBit):
    """Sends addresses and headers in UTF-8 where the server takes them (RFC 6531)."""

    can = (*Client.can, "smtputf8", "vrfy")
    scenarios: ClassVar[tuple[str, ...]] = ("core/multi-rcpt", "core/ehlo-rich")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        job = json.loads(Path(env["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))
        self.options: dict[str, str] = job.get("options", {})
        self.name = self.in_ascii(self.name)

    def in_ascii(self, domain: str) -> str:
        return domain.encode("idna").decode()

    def utf8(self) -> bool:
        return "SMTPUTF8" in self.offers

    def needs_utf8(self) -> bool:
        header = self.message.partition(b"\r\n\r\n")[0]
        return not (header.isascii() and all(one.isascii() for one in (self.sender, *self.recipients)))

    def eight_bit(self) -> bool:
        return not self.message.partition(b"\r\n\r\n")[2].isascii()

    def declared(self) -> str:
        return self.body_parameter() + (" SMTPUTF8" if self.utf8() and self.needs_utf8() else "")

    def envelope(self, mailbox: str) -> str:
        """The mailbox as it can be sent to this server."""
        if self.utf8():
            return mailbox
        local, _, domain = mailbox.rpartition("@")
        return f"{local}@{self.in_ascii(domain)}"

    def check_message(self) -> None:
        locals_ = [one.rpartition("@")[0] for one in (self.sender, *self.recipients)]
        header = self.message.partition(b"\r\n\r\n")[0]
        if not self.utf8() and not (header.isascii() and all(one.isascii() for one in locals_)):
            raise GaveUp(GIVEN_UP)

    def transaction(self) -> int:
        if "verify" in self.options:
            self.verify(self.options["verify"])
        self.check_message()
        return super().transaction()

    def verify(self, user: str) -> None:
        self.say(f"VRFY {user}{self.verify_parameter()}")

    def verify_parameter(self) -> str:
        return " SMTPUTF8" if self.utf8() else ""

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.envelope(self.sender)}>{self.declared()}")

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(self.envelope(recipient))


class Utf8NotSaid(Fault, International):
    """Addresses in UTF-8, and MAIL does not say SMTPUTF8 (RFC 6531, 3.4)."""

    rule = "8bit-content.command"
    requirement = "RFC6531-3.4-a"
    scenario = "utf8/address[local part]"

    def declared(self) -> str:
        return ""


class Utf8WithValue(Fault, International):
    """SMTPUTF8=YES (RFC 6531, 3.4)."""

    rule = "parameter-value.form"
    requirement = "RFC6531-3.4-b"
    scenario = "utf8/address[local part]"

    def declared(self) -> str:
        return super().declared() + "=YES"


class Utf8Always(Fault, International):
    """SMTPUTF8 is said wherever it is listed (RFC 6531, 3.4)."""

    rule = "smtputf8.needless"
    requirement = "RFC6531-3.4-c"
    worth = "warn"  # SHOULD NOT
    scenario = "utf8/ascii-only"

    def needs_utf8(self) -> bool:
        return True


class LatinAddress(Fault, International):
    """Addresses go out in another charset than UTF-8 (RFC 6531, 3.3)."""

    rule = "smtputf8.invalid"
    requirement = "RFC6531-3.3-a"
    scenario = "utf8/address[local part]"

    def line(self, text: str) -> None:
        self.write(text.encode("gbk") + b"\r\n")


class AlwaysALabels(Fault, International):
    """Domains go out as A-labels with SMTPUTF8, too (RFC 6531, 3.7)."""

    rule = "smtputf8.a-label"
    requirement = "RFC6531-3.7-a"
    worth = "warn"  # SHOULD
    scenario = "utf8/address[domain]"

    def envelope(self, mailbox: str) -> str:
        local, _, domain = mailbox.rpartition("@")
        return f"{local}@{self.in_ascii(domain)}"


class KeywordAlone(Fault, International):
    """SMTPUTF8 is not recognised where something stands behind it (RFC 6531, 3.1)."""

    rule = "dialogue/missing"
    requirement = "RFC6531-3.1-a"
    scenario = "utf8/address[a parameter]"

    def utf8(self) -> bool:
        return self.offers.get("SMTPUTF8") == ""


class Utf8Anyway(Fault, International):
    """A recipient in UTF-8 is sent to a server without SMTPUTF8 (RFC 6531, 3.2)."""

    rule = "8bit-content.command"
    requirement = "RFC6531-3.2-a"
    scenario = "utf8/absent[local part]"

    def check_message(self) -> None:
        pass


class ULabelsAnyway(Fault, International):
    """A domain in UTF-8 is sent to a server without SMTPUTF8 (RFC 5321, 4.1.2)."""

    rule = "8bit-content.command"
    requirement = "RFC5321-4.1.2-d"
    scenario = "utf8/absent[domain]"

    def in_ascii(self, domain: str) -> str:
        return domain


class RawOriginalRecipient(Fault, International):
    """ORCPT carries an address in UTF-8 as it stands (RFC 5321, 2.4)."""

    rule = "8bit-content.command"
    requirement = "RFC5321-2.4-f"
    worth = "warn"  # prose
    scenario = "utf8/absent[domain]"
    root_cause = "parameter-value.form"  # it is no xtext either

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT TO:<{self.envelope(recipient)}> ORCPT=rfc822;{recipient}")[0]


class ReplacesLocalPart(Fault, International):
    """What is not ASCII in an address becomes a question mark, and the message goes out (RFC 6531, 3.2)."""

    rule = "dialogue/different"
    requirement = "RFC6531-3.2-c"
    worth = "warn"  # SHOULD
    root_cause = "reported"
    scenario = "utf8/absent[local part]"

    def check_message(self) -> None:
        self.recipients = [one.encode("ascii", "replace").decode() for one in self.recipients]


class RawHelloName(Fault, International):
    """The host's name goes out in UTF-8 (RFC 6531, 3.7.1)."""

    rule = "smtputf8.hello"
    requirement = "RFC6531-3.7.1-a"
    scenario = "utf8/hello"

    def in_ascii(self, domain: str) -> str:
        return domain


class AsciiReplies(Fault, International):
    """A reply beyond ASCII is an error (RFC 6531, 3.7.4.1)."""

    rule = "dialogue/missing"
    requirement = "RFC6531-3.7.4.1-a"
    scenario = "utf8/replies[251]"

    def read_line(self) -> bytes:
        line = super().read_line()
        if not line.isascii():
            raise Refused(500)
        return line


class AsciiVerification(Fault, International):
    """A name beyond ASCII in the reply to VRFY is an error (RFC 6531, 3.7.4.2)."""

    rule = "dialogue/missing"
    requirement = "RFC6531-3.7.4.2-b"
    scenario = "utf8/replies[VRFY]"

    def verify(self, user: str) -> None:
        texts = self.must(f"VRFY {user}{self.verify_parameter()}")
        if not texts[0].isascii():
            raise Refused(500)


class VerifiesInUtf8Always(Fault, International):
    """VRFY says SMTPUTF8 where it is not listed (RFC 6531, 3.7.4.2)."""

    rule = "smtputf8.verify"
    requirement = "RFC6531-3.7.4.2-a"
    worth = "warn"  # SHOULD
    scenario = "utf8/replies[VRFY not offered]"

    def verify_parameter(self) -> str:
        return " SMTPUTF8"


class InternationalComposer(Composer):
    """Writes headers in UTF-8 where the server takes them, and in encoded words elsewhere (RFC 6532)."""

    can = (*Composer.can, "smtputf8")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.title = unicodedata.normalize("NFC", self.title)

    def utf8(self) -> bool:
        return "SMTPUTF8" in self.offers

    def words(self, text: str) -> str:
        return text if self.utf8() else super().words(text)

    def subject_field(self) -> list[str]:
        return self.folded_words(self.title) if self.utf8() else super().subject_field()

    def mail(self) -> None:
        raw = not "".join((self.title, *self.authors())).isascii()
        self.must(f"MAIL FROM:<{self.sender}>{self.declared(raw)}")

    def declared(self, raw: bool) -> str:
        return " SMTPUTF8" if raw and self.utf8() else ""


class HeadersNotSaid(Fault, InternationalComposer):
    """A header in UTF-8, and MAIL does not say SMTPUTF8 (RFC 6531, 3.4)."""

    rule = "smtputf8.undeclared"
    requirement = "RFC6531-3.4-a"
    scenario = "utf8/headers[Chinese]"

    def declared(self, raw: bool) -> str:
        return ""


class KeepsDecomposed(Fault, InternationalComposer):
    """The subject goes out decomposed, as some file systems have it (RFC 6532, 3.1)."""

    rule = "composition.not-composed"
    requirement = "RFC6532-3.1-a"
    worth = "warn"  # SHOULD
    scenario = "utf8/headers[decomposed]"

    def header(self) -> list[str]:
        return [unicodedata.normalize("NFD", line) for line in super().header()]


class NamesInWords(Fault, InternationalComposer):
    """The subject is UTF-8, and names are encoded words (RFC 6532, 3.6)."""

    rule = "composition.mixed"
    requirement = "RFC6532-3.6-a"
    worth = "warn"  # SHOULD NOT
    scenario = "utf8/headers[Chinese]"

    def words(self, text: str) -> str:
        return Composer.words(self, text)


class Utf8FieldName(Fault, InternationalComposer):
    """A field that the user names is written in UTF-8 (RFC 6532, 3.2)."""

    rule = "composition.utf8-name"
    requirement = "RFC6532-3.2-a"
    worth = "warn"  # prose
    scenario = "utf8/headers[field name]"
    root_cause = "8bit-content"

    def check_field(self) -> None:
        pass


class CountsCharacters(Fault, InternationalComposer):
    """A line may have 998 characters, whatever they come to in octets (RFC 6532, 3.4)."""

    rule = "composition.too-long-utf8"
    requirement = "RFC6532-3.4-a"
    worth = "warn"  # prose
    root_cause = "text-line-length"
    scenario = "utf8/headers[long]"

    def subject_field(self) -> list[str]:
        return [f"Subject: {self.title}"]


class RawSubject(Fault, InternationalComposer):
    """The subject is UTF-8 as it stands, and SMTPUTF8 not looked for (RFC 6531, 3.2)."""

    rule = "composition.raw-header"
    requirement = "RFC6531-3.2-b"
    scenario = "utf8/absent[header]"

    def subject_field(self) -> list[str]:
        return [f"Subject: {self.title}"]


class RawName(Fault, InternationalComposer):
    """The author's name is UTF-8 as it stands, and SMTPUTF8 not looked for (RFC 6531, 3.5)."""

    rule = "composition.raw-address"
    requirement = "RFC6531-3.5-a"
    scenario = "utf8/absent[header]"

    def author(self) -> str:
        return f"{self.options['name']} <{self.sender}>"


class RawFileName(Fault, InternationalComposer):
    """The name of an attachment is UTF-8 as it stands (RFC 6532, 3.7)."""

    rule = "composition.raw-part"
    requirement = "RFC6532-3.7-a"
    scenario = "utf8/absent[header]"

    def attachment(self) -> list[str]:
        *fields, _ = super().attachment()
        return [*fields, f'Content-Disposition: attachment; filename="{self.options["attachment"]}"']


# --- a message that was given -----------------------------------------------------------------------------------------


class DropsReceived(Fault):
    """Trace fields are taken out of the message that it was given (RFC 5321, 4.4)."""

    rule = "trace-changed"
    requirement = "RFC5321-4.4-a"
    scenario = "data/return-path"

    def lines(self) -> list[bytes]:
        return [line for line in super().lines() if not line.startswith(b"Received:")]


class NewestLast(Fault):
    """Received fields are sorted by time, the oldest first (RFC 5322, 3.6)."""

    rule = "trace-changed.order"
    requirement = "RFC5322-3.6-d"
    scenario = "data/return-path"

    def lines(self) -> list[bytes]:
        lines = super().lines()
        received = [line for line in lines if line.startswith(b"Received:")]
        return [received.pop() if line.startswith(b"Received:") else line for line in lines]


class GroupsFieldsByName(Fault):
    """Fields of one name are put together, so that the blocks of two resendings are mixed (RFC 5322, 3.6)."""

    rule = "trace-changed.order"
    requirement = "RFC5322-3.6-d"
    scenario = "data/transparency-roundtrip"

    def lines(self) -> list[bytes]:
        lines = super().lines()
        resent = [line for line in lines if line.startswith(b"Resent-")]
        return [*sorted(resent, key=lambda line: line.partition(b":")[0]), *lines[len(resent) :]]


class TakesOutControls(Fault):
    """What is no printable character is taken out of the text without a word (RFC 5321, 4.1.1.4)."""

    rule = "dialogue/message"
    requirement = "RFC5321-4.1.1.4-a"
    worth = "warn"  # SHOULD
    scenario = "data/control-chars[bell and escape]"

    def lines(self) -> list[bytes]:
        return [bytes(octet for octet in line if octet >= 32 and octet != 127) for line in super().lines()]


class StopsAtNul(Fault):
    """The message ends where a string in C would (RFC 5321, 4.1.1.4)."""

    rule = "dialogue/message"
    requirement = "RFC5321-4.1.1.4-a"
    worth = "warn"  # SHOULD
    scenario = "data/control-chars[NUL]"

    def lines(self) -> list[bytes]:
        self.message = self.message.partition(b"\0")[0]
        return super().lines()


class WritesControls(Fault, Composer):
    """Text with control characters is sent as it stands (RFC 5321, 4.1.1.4)."""

    rule = "composition.control"
    requirement = "RFC5321-4.1.1.4-a"
    worth = "warn"  # SHOULD
    scenario = "data/control-chars[form feed]"

    def needs_encoding(self) -> bool:
        return False


class Empty(Client):
    """Refuses to send nothing."""

    def transaction(self) -> int:
        if not self.message:
            raise GaveUp(GIVEN_UP)
        return super().transaction()


class SendsNothing(Fault, Empty):
    """Nothing is sent but the final dot (RFC 5321, 4.1.1.4)."""

    rule = "empty-content"
    requirement = "RFC5321-4.1.1.4-e"
    worth = "warn"  # prose
    scenario = "data/empty-message"

    def transaction(self) -> int:
        return Client.transaction(self)


class CutsLocalPart(Fault):
    """A local part is cut to 64 octets (RFC 5321, 4.5.3.1.1)."""

    rule = "dialogue/different"
    requirement = "RFC5321-4.5.3.1.1-a"
    worth = "warn"  # SHOULD
    scenario = "data/limits-envelope[local part of 65]"
    root_cause = "reported"

    def rcpt(self, recipient: str) -> int:
        local, _, domain = recipient.rpartition("@")
        return super().rcpt(f"{local[:64]}@{domain}")


class CutsDomain(Fault):
    """A domain is cut to 255 octets (RFC 5321, 4.5.3.1.2)."""

    rule = "dialogue/different"
    requirement = "RFC5321-4.5.3.1.2-a"
    worth = "warn"  # SHOULD
    scenario = "data/limits-envelope[domain of 256]"
    root_cause = "reported"

    def rcpt(self, recipient: str) -> int:
        local, _, domain = recipient.rpartition("@")
        return super().rcpt(f"{local}@{domain[:255]}")


class CutsPath(Fault):
    """A path is cut to 256 octets (RFC 5321, 4.5.3.1.3)."""

    rule = "dialogue/different"
    requirement = "RFC5321-4.5.3.1.3-a"
    worth = "warn"  # SHOULD
    scenario = "data/limits-envelope[path of 257]"
    root_cause = "reported"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(recipient[:254])


class SmallBuffer(Fault):
    """A path of 256 octets does not fit into its buffer (RFC 5321, 4.5.3.1)."""

    rule = "dialogue/different"
    requirement = "RFC5321-4.5.3.1.3-a"
    worth = "warn"  # SHOULD
    scenario = "data/limits-envelope[path of 256]"
    root_cause = "reported"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(recipient[:127])


class TriesShorter(Fault):
    """An address that was refused for its length is cut, and tried again without a word (RFC 5321, 4.5.3.1)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.5.3.1-a"
    worth = "warn"  # SHOULD
    scenario = "data/limits-envelope[refused]"
    root_cause = "reported"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        local, _, domain = recipient.rpartition("@")
        return super().rcpt(f"{local[:64]}@{domain}") if code == 501 else code
