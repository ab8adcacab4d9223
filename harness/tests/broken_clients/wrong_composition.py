"""Clients that write their messages themselves, one of them correct, and faults in what they write."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import ClassVar

from .base import ACCEPTED, GIVEN_UP, Client, Fault, GaveUp


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
        lines = ["Subject:"]
        for word in self.title.split(" "):
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
    worth = "warn"  # prose
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


# --- blind copies -----------------------------------------------------------------------------------------------------


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
