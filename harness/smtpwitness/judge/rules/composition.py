"""What a client composes: whether its messages are such as RFC 5322, MIME and RFC 6532 describe them.

A message that the client was given to send as it is, is not its doing, and is not looked at here. What it was told
to write (subject, text, who gets a blind copy) is not either: only how it wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from binascii import a2b_qp
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..letter import Address, Entity, Field, Letter, addresses, decoded, lines_of, masked, misnamed
from ..session import Exchange, with_messages
from .content import candidates, made_by_client, message_of
from .observation import Observation, Remark, gathered, short
from .syntax import parameters_of


@dataclass(frozen=True)
class Composed:
    """A message that the client composed, the transaction that it stands in, and who is to get it unseen."""

    letter: Letter
    exchange: Exchange
    parameters: frozenset[str]  # of its MAIL, upper case
    blind: tuple[str, ...]  # mailboxes, lower case
    wished: str  # a field that was wished for, lower case
    smuggled: frozenset[str] = frozenset()  # names of fields that stand behind a line end in what was told, lower case

    @cached_property
    def whole(self) -> Entity:
        return self.letter.whole

    @cached_property
    def has_header(self) -> bool:
        """Whether there are fields, and none but those: else a blank line is missing, and that is another rule's."""
        return bool(self.whole.fields) and not self.whole.strays

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.whole.fields if self.has_header else ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.letter.entities if self.has_header else ()

    def of(self, *titles: str) -> list[Field]:
        return [one for one in self.fields if one.title in titles]

    def addresses(self, *titles: str) -> list[Address]:
        return [found for one in self.of(*titles) for found in addresses(one.value)]

    def offers(self, keyword: str) -> bool:
        return self.exchange.before.offers(keyword)

    @property
    def is_utf8(self) -> bool:
        """Whether MAIL said that UTF-8 may stand in the header."""
        return any(word.partition("=")[0] == "SMTPUTF8" for word in self.parameters)

    @property
    def is_declared(self) -> bool:
        """Whether MAIL said that the content has octets above 127."""
        return not self.parameters.isdisjoint({"BODY=8BITMIME", "BODY=BINARYMIME"})


@dataclass(frozen=True, slots=True)
class Check:
    """`find` gives what is wrong as it stands, "" where nothing is; `key` is that of the texts that tell it."""

    key: str
    requirement: str
    expected: str
    find: Callable[[Composed], str]


ORIGINATOR = ("From", "Sender", "Reply-To", "Resent-From", "Resent-Sender")
DESTINATION = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
ADDRESSES = (*ORIGINATOR, *DESTINATION)
STRUCTURED = frozenset({*ADDRESSES, "Date", "Message-Id", "In-Reply-To", "References", "Received", "Mime-Version"})
RESENT = tuple(f"Resent-{name}" for name in ("Date", "From", "Sender", "To", "Cc", "Bcc", "Message-Id"))
RECOMMENDED, LONGEST = 78, 998  # of a line, without its CRLF (RFC 5322, 2.1.1)
ATEXT = r"[\w.!#$%&'*+/=?^`{|}~-]"  # what may stand in a mailbox without quotes (RFC 5322, 3.2.3), and UTF-8
LONGEST_ENCODED = 76  # of a line of base64, quoted-printable or encoded words, without its CRLF


def _first(hits: Iterable[str | bytes]) -> str:
    """The first of them, cut to what a text can hold."""
    for hit in hits:
        text = hit.decode("utf-8", "replace") if isinstance(hit, bytes) else hit
        return short(" ".join(text.replace("\0", "<NUL>").split())) or "(blanks)"
    return ""


# --- the header (RFC 5322, 2.2 and 3.6)


def _date(one: Composed) -> str:
    return next((field.value for field in one.of("Date")), "")


def _year(one: Composed) -> str:
    found = re.search(r"\d\s+[A-Za-z]{3}\s+\d{2,3}\s+\d\d:", _date(one))
    return short(_date(one)) if found else ""


def _zone(one: Composed) -> str:
    without_comment = re.sub(r"\([^()]*\)", "", _date(one)).strip()
    return short(_date(one)) if re.search(r"\d[ \t]+[A-Za-z]+\Z", without_comment) else ""


def _blank_before_colon(one: Composed) -> str:
    return _first(field.lines[0] for field in one.fields if field.blank)


def _nul(one: Composed) -> str:
    at = one.letter.octets.find(b"\0")
    return _first([one.letter.octets[max(at - 20, 0) : at + 20]]) if at >= 0 else ""


def _no_message_id(one: Composed) -> str:
    return "" if one.of("Message-Id") or not one.fields else "no such field"


MESSAGE_ID = re.compile(r"<[\w!#$%&'*+/=?^`{|}~.-]+@(?:[\w!#$%&'*+/=?^`{|}~.-]+|\[[^\[\]\\\s]*\])>")


def _message_id(one: Composed) -> str:
    values = (re.sub(r"^\([^()]*\)|\([^()]*\)$", "", field.value).strip() for field in one.of("Message-Id"))
    return _first(value or "(nothing)" for value in values if not MESSAGE_ID.fullmatch(value))


def _no_author(one: Composed) -> str:
    return _first(field.value or "(nothing)" for field in one.of("From") if not addresses(field.value))


def _no_sender(one: Composed) -> str:
    several = len({address.spec for address in one.addresses("From")}) > 1
    return _first(field.value for field in one.of("From")) if several and not one.addresses("Sender") else ""


def _needless_sender(one: Composed) -> str:
    authors, sender = one.addresses("From"), one.addresses("Sender")
    same = len(authors) == len(sender) == 1 and authors[0].spec == sender[0].spec
    return sender[0].spec if same else ""


ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
DOT_ATOM = re.compile(rf'"({ATOM}(?:\.{ATOM})*)"')


def _needless_quotes(one: Composed) -> str:
    return _first(found.spec for found in one.addresses(*ADDRESSES) if DOT_ATOM.fullmatch(found.local))


def _blank_at_sign(one: Composed) -> str:
    return _first(field.value for field in one.of(*ADDRESSES) if any(found.blank for found in addresses(field.value)))


def _apparently_to(one: Composed) -> str:
    return _first(field.lines[0] for field in one.of("Apparently-To"))


def _bcc(one: Composed) -> str:
    """RFC 5322, 3.6.3 leaves three ways: no Bcc, an empty one, or copies with Bcc for those alone that it names."""
    named = {found.spec.lower() for found in one.addresses("Bcc")}
    others = any(to.mailbox.lower() not in named for to in one.exchange.before.recipients)
    return _first(field.lines[0] for field in one.of("Bcc")) if named and others else ""


def _blind_copy(one: Composed) -> str:
    """Who writes the message may have a blind copy, and stands in it all the same."""
    to = [recipient.mailbox.lower() for recipient in one.exchange.before.recipients]
    hidden = [re.compile(rf"(?<!{ATEXT}){re.escape(each)}(?!\.?[\w-])") for each in one.blind if to != [each]]
    other = (field for field in one.fields if field.title not in ("Bcc", "From", "Sender", "Reply-To"))
    return _first(f"{f.name}: {f.value}" for f in other if any(each.search(f.value.lower()) for each in hidden))


def _trace(one: Composed) -> str:
    return _first(field.lines[0] for field in one.of("Return-Path"))


def _tls_required(one: Composed) -> str:
    return _first(field.lines[0] for field in one.of("Tls-Required")[1:])


def _no_tls_required(one: Composed) -> str:
    wished = one.wished.startswith("tls-required:") and one.fields and not one.of("Tls-Required")
    return "no such field" if wished else ""


def _resent(one: Composed) -> str:
    present = {field.title for field in one.of(*RESENT)}
    lacking = [name for name in ("Resent-From", "Resent-Date") if name not in present]
    return ", ".join(lacking) if present else ""


def _blank_line(one: Composed) -> str:
    return _first(f"{field.name}:" for field in one.fields if not all(map(bytes.strip, field.lines[1:])))


def _fold(one: Composed) -> str:
    """A fold inside `<...>`, or in an addr-spec that has no brackets; beside an @ is another check's."""
    for field in one.of(*ADDRESSES):
        mask = masked(field.folded)
        for item in re.split("[,;:]", mask):
            inside = (
                item[item.find("<") + 1 : item.find(">")] if "<" in item and ">" in item else item.strip(" \t\0\x02")
            )
            bare = re.sub(r"[ \t\0\x01\x02]*@[ \t\0\x01\x02]*", "@", inside) if len(inside) < 400 else ""
            if "@" in bare and "\0" in bare:
                return short(field.value)
    return ""


def _can_be_folded(line: bytes) -> bool:
    """Whether blanks stand between two words, so that the line could have been parted there."""
    words = line.split()
    return len(words) > (2 if FIELD_NAME.match(line) else 1)


FIELD_NAME = re.compile(rb"[!-9;-~]+:")


def _long_line(one: Composed) -> str:
    lines = (line for field in one.fields for line in field.lines)
    return _first(line for line in lines if RECOMMENDED < _characters(line) <= LONGEST and _can_be_folded(line))


def _characters(line: bytes) -> int:
    return len(line.decode("utf-8", "replace"))


def _too_long(one: Composed) -> str:
    lines = (line for field in one.fields for line in field.lines)
    return _first(line for line in lines if _characters(line) > LONGEST)


def _too_long_utf8(one: Composed) -> str:
    lines = (line for field in one.fields for line in field.lines)
    return _first(line for line in lines if len(line) > LONGEST >= _characters(line))


def _too_long_text(one: Composed) -> str:
    if not one.has_header or any(entity.encoding == "8bit" for entity in one.entities):  # then MIME says more of it
        return ""
    return _first(line for line in lines_of(one.whole.body) if len(line) > LONGEST)


def _injected(one: Composed) -> str:
    """A field that nobody asked for: it stood behind a line end in a subject, a name, or another field."""
    return _first(field.lines[0] for field in one.fields if field.title.lower() in one.smuggled)


A_NAME = re.compile(r"[!-9;-~]+(?=:)")


def _smuggled(values: Iterable[str]) -> frozenset[str]:
    lines = (line for value in values for line in re.split(r"\r\n|[\r\n]", value)[1:])
    return frozenset(found[0].lower() for line in lines if (found := A_NAME.match(line)))


def _field_name(one: Composed) -> str:
    return _first(line for line in misnamed(one.whole) if line.partition(b":")[0].isascii())


def _utf8_name(one: Composed) -> str:
    return _first(line for line in misnamed(one.whole) if not line.partition(b":")[0].isascii())


# --- octets above 127 in the header (RFC 6531 and 6532)


def _raw(fields: Iterable[Field]) -> Iterator[bytes]:
    return (line for field in fields for line in field.lines if not line.isascii())


def _raw_header(one: Composed) -> str:
    if one.is_utf8 or one.offers("SMTPUTF8"):
        return ""
    return _first(_raw(field for field in one.fields if field.title not in ADDRESSES))


def _raw_address(one: Composed) -> str:
    return "" if one.is_utf8 or one.offers("SMTPUTF8") else _first(_raw(one.of(*ADDRESSES)))


def _raw_part(one: Composed) -> str:
    if one.is_utf8 or one.offers("SMTPUTF8"):
        return ""
    return _first(line for part in one.entities[1:] for line in _raw(part.fields))


def _not_composed(one: Composed) -> str:
    """RFC 6532, 3.1: NFC. Fields of many marks are left alone: to bring those in order takes long."""
    values = (field.value for field in one.fields if not field.value.isascii() and len(field.value) < 2000)
    return _first(value for value in values if not unicodedata.is_normalized("NFC", value))


def _mixed(one: Composed) -> str:
    if not one.is_utf8 or not any(True for _ in _raw(one.fields)):
        return ""
    return _first(field.value for field in one.fields if WORD.search(field.value))


# --- encoded words (RFC 2047)

WORD = re.compile(r"=\?([!-<>-~]{1,40}?)\?([BbQq])\?([!->@-~]*)\?=")
LIKE_A_WORD = re.compile(r"=\?[\w-]{2,40}\?[BbQq]\?([^?]*)\?=")


def _encoded(one: Composed) -> Iterator[Field]:
    return (field for field in one.fields if any(b"=?" in line for line in field.lines))


def _long_word(one: Composed) -> str:
    """A line of 76 characters has no word of more than 75 on it: a blank or the field's name stands before that."""
    for field in _encoded(one):
        for line in field.lines:
            text = line.decode("utf-8", "replace")
            blank = any(" " in found[1] for found in LIKE_A_WORD.finditer(text))
            if blank or (len(text) > LONGEST_ENCODED and WORD.search(text)):
                return _first([text])
    return ""


def _misplaced_word(one: Composed) -> str:
    """In a quoted string or an addr-spec."""
    for field in (one for one in _encoded(one) if one.title in ADDRESSES):
        value = field.value
        mask = masked(value)
        for found in WORD.finditer(value):
            beside = mask[found.end() : found.end() + 1] == "@" or value[max(found.start() - 1, 0)] == "@"
            if mask[found.start()] == "\x01" or beside:
                return _first([found[0]])
    return ""


def _cut_word(one: Composed) -> str:
    return _first(found[0] for field in _encoded(one) for found in WORD.finditer(field.value) if not _whole(found))


def _whole(found: re.Match[str]) -> bool:
    """Whether an encoded word stands for whole characters; yes where its charset is not known here."""
    charset, how, text = found[1].partition("*")[0], found[2].upper(), found[3]
    try:
        if how == "B":
            octets = b64decode(text, validate=True)
        else:
            if re.search(r"=(?![0-9A-Fa-f]{2})", text):
                return False
            octets = a2b_qp(text, header=True)
        decoded(octets, charset)
    except LookupError:
        return True
    except ValueError:
        return False
    return True


# --- MIME (RFC 2045)


def _mime_version(one: Composed) -> str:
    used = one.of("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")
    right = any(re.sub(r"\([^()]*\)|\s", "", field.value) == "1.0" for field in one.of("Mime-Version"))
    return _first(field.lines[0] for field in used) if not right else ""


def _leaves(one: Composed) -> Iterator[Entity]:
    return (part for part in one.entities if not part.is_multipart)


def _eight_bits(one: Composed) -> Iterator[bytes]:
    """Lines above 127 in parts whose label does not say so."""
    for part in _leaves(one):
        if part.encoding == "7bit" and not part.kind.startswith("message/") and not part.body.isascii():
            yield from (line for line in lines_of(part.body) if not line.isascii())


def _mislabelled(one: Composed) -> str:
    return "" if one.is_declared else _first(_eight_bits(one))


def _no_mime(one: Composed) -> str:
    return _first(_eight_bits(one)) if one.is_declared else ""


def _binary(one: Composed) -> Iterator[bytes]:
    for part in _leaves(one):
        if part.encoding == "8bit":
            yield from (line for line in lines_of(part.body) if len(line) > LONGEST or b"\0" in line)


def _mislabelled_8bit(one: Composed) -> str:
    return "" if "BODY=8BITMIME" in one.parameters else _first(_binary(one))


def _binary_as_8bit(one: Composed) -> str:
    return _first(_binary(one)) if "BODY=8BITMIME" in one.parameters else ""


def _encoded_multipart(one: Composed) -> str:
    parts = (part for part in one.entities if part.is_multipart and part.encoding not in ("7bit", "8bit", "binary"))
    return _first(f"{part.kind}, {part.encoding}" for part in parts)


def _base64(one: Composed) -> str:
    for part in _leaves(one):
        if part.encoding == "base64":
            long = [line for line in lines_of(part.body) if len(line) > LONGEST_ENCODED or not BASE64.fullmatch(line)]
            if long:
                return _first(long)
    return ""


BASE64 = re.compile(rb"[A-Za-z0-9+/=]*[ \t]*")
PRINTABLE = re.compile(rb"(?:[\t -<>-~]|=[0-9A-Fa-f]{2})*=?")


def _quoted_printable(one: Composed) -> str:
    for part in _leaves(one):
        if part.encoding == "quoted-printable":
            for line in lines_of(part.body):
                blank = line.endswith((b" ", b"\t"))
                if len(line) > LONGEST_ENCODED or blank or not PRINTABLE.fullmatch(line):
                    return _first([line])
    return ""


CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _control(one: Composed) -> str:
    """Some charsets shift with escapes (RFC 1468), which belong to the text."""
    shifting = (part for part in one.entities if "iso-2022" in part.first("Content-Type"))
    found = CONTROL.search(one.letter.octets) if not any(True for _ in shifting) else None
    return f"octet {found[0][0]}" if found else ""


A_DATE = "a date such as `Mon, 23 Nov 2026 10:00:00 +0800`"
CHECKS = (
    Check("nul", "RFC5322-4-a", "no NUL", _nul),
    Check("control", "RFC5321-4.1.1.4-a", "no control characters but tabs and line ends", _control),
    Check("injected", "RFC5322-2.2-b", "no line end in a field but before a blank", _injected),
    Check("field-name", "RFC5322-3.6.8-a", "a name of printable ASCII without blanks, then a colon", _field_name),
    Check("utf8-name", "RFC6532-3.2-a", "a name in ASCII", _utf8_name),
    Check("blank-before-colon", "RFC5322-4-a", "the colon right behind the name", _blank_before_colon),
    Check("year", "RFC5321-F.5-a", A_DATE, _year),
    Check("zone", "RFC5322-3.3-b", A_DATE, _zone),
    Check("no-message-id", "RFC5322-3.6.4-a", "a field Message-ID:", _no_message_id),
    Check("message-id", "RFC5322-3.6.4-c", "<something-unique@host.example.test>", _message_id),
    Check("no-author", "RFC5322-3.6-b", "From: with the author's address", _no_author),
    Check("no-sender", "RFC5322-3.6.2-a", "a field Sender: with one address", _no_sender),
    Check("needless-sender", "RFC5322-3.6.2-b", "no field Sender:", _needless_sender),
    Check("needless-quotes", "RFC5322-3.4.1-a", "the local part without quotes", _needless_quotes),
    Check("blank-at-sign", "RFC5322-3.4.1-b", "local-part@domain", _blank_at_sign),
    Check("apparently-to", "RFC5321-7.2-c", "no field Apparently-To:", _apparently_to),
    Check("bcc", "RFC5321-7.2-a", "no field Bcc: in what others get", _bcc),
    Check("blind-copy", "RFC5321-7.2-a", "nothing of a blind recipient in the message", _blind_copy),
    Check("return-path", "RFC5321-4.4-b", "no field Return-Path:", _trace),
    Check("resent", "RFC5322-3.6.6-a", "Resent-From: and Resent-Date:", _resent),
    Check("tls-required", "RFC8689-3-a", "one field TLS-Required:", _tls_required),
    Check("no-tls-required", "RFC8689-4.3-a", "a field TLS-Required:", _no_tls_required),
    Check("blank-line", "RFC5322-3.2.2-a", "lines with something on them", _blank_line),
    Check("fold", "RFC5322-2.2.3-a", "a break between addresses", _fold),
    Check("long-line", "RFC5322-2.1.1-b", "at most 78 characters", _long_line),
    Check("too-long", "RFC5322-2.1.1-a", "at most 998 characters", _too_long),
    Check("too-long-utf8", "RFC6532-3.4-a", "at most 998 octets", _too_long_utf8),
    Check("too-long-text", "RFC5322-2.3-b", "at most 998 characters", _too_long_text),
    Check("raw-header", "RFC6531-3.2-b", "ASCII: SMTPUTF8 is not offered", _raw_header),
    Check("raw-address", "RFC6531-3.5-a", "ASCII: SMTPUTF8 is not offered", _raw_address),
    Check("raw-part", "RFC6532-3.7-a", "ASCII: SMTPUTF8 is not offered", _raw_part),
    Check("not-composed", "RFC6532-3.1-a", "Unicode in NFC", _not_composed),
    Check("mixed", "RFC6532-3.6-a", "UTF-8 as it stands", _mixed),
    Check("long-word", "RFC2047-2-a", "encoded words of at most 75 characters, without blanks", _long_word),
    Check("misplaced-word", "RFC2047-5-a", "an encoded word outside of quotes and addresses", _misplaced_word),
    Check("cut-word", "RFC2047-5-b", "encoded words that can be decoded one by one", _cut_word),
    Check("mime-version", "RFC2045-4-a", "MIME-Version: 1.0", _mime_version),
    Check("mislabelled", "RFC2045-2.7-a", "Content-Transfer-Encoding: 8bit, or an encoding", _mislabelled),
    Check("no-mime", "RFC5321-2.4-g", "MIME-Version: 1.0 and Content-Transfer-Encoding: 8bit", _no_mime),
    Check("mislabelled-8bit", "RFC2045-2.8-a", "lines of at most 998 octets and no NUL", _mislabelled_8bit),
    Check("binary", "RFC6152-3-d", "lines of at most 998 octets and no NUL", _binary_as_8bit),
    Check("encoded-multipart", "RFC2045-6.4-a", "7bit, 8bit or binary", _encoded_multipart),
    Check("base64", "RFC2045-6.8-a", "at most 76 characters of base64", _base64),
    Check("quoted-printable", "RFC2045-6.7-a", "at most 76 characters of quoted-printable", _quoted_printable),
)
"""What is looked at, and which requirement it breaks."""


def composition(seen: Observation) -> Iterable[Remark]:
    """`composition.*`: the format of messages that the client composes (`CHECKS`); one remark for each kind."""
    made = list(_composed(seen))
    for check in CHECKS:
        found = [(one.exchange, text) for one in made if (text := check.find(one))]
        text = found[0][1] if found else ""
        hits = [exchange for exchange, _ in found]
        yield from gathered(f"composition.{check.key}", check.requirement, hits, check.expected, text, text=text)
    yield from _repeated(seen, made)


def _repeated(seen: Observation, made: Iterable[Composed]) -> Iterator[Remark]:
    """`composition.repeated-id`: two messages of the job with one Message-ID."""
    known: dict[str, object] = {}
    for one in made:
        given = candidates(seen, one.exchange)
        if len(given) != 1 or len(seen.job.messages) == 1:
            continue
        for field in one.of("Message-Id"):
            if known.setdefault(field.value, given[0]) is not given[0]:
                text = short(field.value)
                expected = "a Message-ID of its own for each message"
                key = "composition.repeated-id"
                yield from gathered(key, "RFC5322-3.6.4-b", [one.exchange], expected, text, text=text)
                return


def _composed(seen: Observation) -> Iterator[Composed]:
    wanted = {one.event.seq for one in made_by_client(seen)}
    blind = tuple(each.strip().lower() for each in seen.job.options.get("blind", "").split(",") if each.strip())
    wished = seen.job.options.get("field", "").lower()
    smuggled = _smuggled((seen.job.subject, *seen.job.options.values()))
    mails: dict[int, Exchange] = {}
    for one in with_messages(seen.exchanges):
        if one.verb == "MAIL":
            mails[one.connection] = one
        if one.event.seq in wanted:
            mail = mails.get(one.connection)
            parameters = frozenset(word.upper() for word in parameters_of(mail)) if mail else frozenset()
            yield Composed(Letter(message_of(one.event.octets)), one, parameters, blind, wished, smuggled)
