"""What mail data looks like on the wire, held against the message that the client was given (RFC 5321, 4.5.2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from functools import partial

from ...model.run import JobMessage
from ...model.transcript import Kind, Side
from ..content import LONGEST, ended, lines, same_body, same_message, stuffed
from ..grammar import folded
from ..letter import decoded, entity, misnamed
from ..session import Exchange
from .observation import Observation, Remark, gathered, short

LINE_END = re.compile(rb"\r\n|\n|\r")
EMPTY_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
BADLY_ENDED = re.compile(rb"(?:\r\n|\n|\r)\.(?:\r\n|\n|\r)?\Z")
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
STILL_AT_IT = 3.0  # seconds: content that came so shortly before the case's time was up had not stopped


def contents(seen: Observation) -> Iterator[Exchange]:
    """Content that was asked for, whole enough to be looked at, and without stand-ins for secrets."""
    for one in seen.messages:
        dropped = one.event.note.startswith("cut at")
        if one.before.content and not one.event.secrets and not dropped:
            yield one


def end_of_data(seen: Observation) -> Iterable[Remark]:
    """`end-of-data`, `.glued`, `.unterminated`: content ends with CRLF.CRLF, unless the server broke off.

    `.glued`: the message has no line end of its own at its end, and got none (RFC 5321, 4.1.1.4).
    """
    badly: list[Exchange] = []
    glued: list[Exchange] = []
    never: list[Exchange] = []
    for one in contents(seen):
        octets = one.event.octets
        if ended(octets) or seen.closed_by_server(one.connection, one.event.at):
            continue
        if BADLY_ENDED.search(octets) or octets in (b".", b".\n", b".\r"):
            badly.append(one)
        elif not _broken_off(seen, one):
            (glued if _glued(seen, one) else never).append(one)
    expected = "CRLF . CRLF"
    for key, row, hits in (
        ("end-of-data", "RFC5321-4.1.1.4-b", badly),
        ("end-of-data.glued", "RFC5321-4.1.1.4-d", glued),
        ("end-of-data.unterminated", "RFC5321-4.1.1.4-b", never),
    ):
        observed = _shown(hits[0].event.octets[-8:]) if hits else ""
        yield from gathered(key, row, hits, expected, observed, tail=observed)


def _glued(seen: Observation, one: Exchange) -> bool:
    """Whether the final dot stands at the end of the last line, for the message that was given does not end it."""
    open_ended = any(not message.octets.endswith((b"\r", b"\n")) for message in candidates(seen, one))
    return "message" in seen.job.told and open_ended and one.event.octets.endswith(b".\r\n")


def empty_content(seen: Observation) -> Iterable[Remark]:
    """`empty-content`: nothing stands before the final dot, though somebody was to get it.

    Where every recipient was refused and DATA was on its way, a lone dot is what is left to say (RFC 2920, 3.1).
    """
    hits = [one for one in contents(seen) if one.event.octets == b".\r\n" and one.before.accepted]
    yield from gathered("empty-content", "RFC5321-4.1.1.4-e", hits, "a message with a header", "nothing but the dot")


def _shown(octets: bytes) -> str:
    return octets.decode("latin-1").replace("\r", "<CR>").replace("\n", "<LF>")


def _broken_off(seen: Observation, one: Exchange) -> bool:
    """Whether it was not the client that stopped: the server spoke or went meanwhile, or the case's time was up."""
    for event in seen.transcript:
        if event.kind is Kind.LIMIT and event.at - one.event.at < STILL_AT_IT * 1e9:
            return True
        if event.connection != one.connection or event.at < one.event.begun:
            continue
        if event.side is Side.SERVER and event not in one.replies:
            return True
        if event.side is Side.CLIENT and event.kind is Kind.CLOSE:
            return False
    return False


# --- held against the job's message


@dataclass(frozen=True, slots=True)
class Difference:
    """How content differs from a message: `kind`, the line (counted from 1), both lines as they stand."""

    kind: str
    number: int = 0
    given: bytes = b""
    sent: bytes = b""


def _lines(octets: bytes) -> list[bytes]:
    return lines(octets, loosely=False)


def _after_crlf(octets: bytes) -> list[bool]:
    """For every line, whether it stands first or behind a CRLF: after a lone LF or CR a dot may be stuffed or not."""
    return [True, *(match[0] == b"\r\n" for match in LINE_END.finditer(octets))]


def difference(given: bytes, content: bytes) -> Difference:
    """How *content* (with its end) differs from the message *given*: `same`, or the first thing that is not.

    `undotted`: a dot at a line's head was not doubled. `overdotted`: a dot too many. `cut`: content ended at a line
    of the message that is a dot. `extra-crlf`: one empty line more at the end. `changed`: something else.
    """
    body = content.removesuffix(b".\r\n") if ended(content) else content
    wanted, sent, strict = _lines(given), _lines(body), _after_crlf(body)
    for number, (want, have) in enumerate(zip(wanted, sent, strict=False)):
        at = partial(Difference, number=number + 1, given=want, sent=have)
        dot = want.startswith(b".")
        if have == (b"." + want if dot else want) or (have.removeprefix(b".") == want and not strict[number]):
            continue
        if dot and have == want:
            if not strict[number]:
                continue
            return at("undotted")
        if have == b"." + (b"." + want if dot else want):
            return at("overdotted")
        return at("changed")
    if sent == [*wanted, b""]:  # what ends in a lone LF or CR is ended by the CRLF that it gets
        more = body == b"\r\n" or body.endswith(b"\r\n\r\n")
        return Difference("extra-crlf" if more else "same", len(sent))
    if len(sent) < len(wanted) and wanted[len(sent)] == b"." and ended(content):
        return Difference("cut", len(sent) + 1, b".")
    return Difference("same") if len(sent) == len(wanted) else Difference("changed", min(len(sent), len(wanted)) + 1)


def _body(message: bytes) -> bytes:
    """What follows the first empty line."""
    parts = EMPTY_LINE.split(message, maxsplit=1)
    return parts[1] if len(parts) > 1 else b""


def _compared(seen: Observation) -> Iterator[tuple[Exchange, Difference]]:
    """Contents whose message is known, with the difference in their bodies.

    Headers are left out: a client may add fields that are missing and must take Bcc out. So are messages that a
    client may have to encode, and content that never ended.
    """
    if seen.job.takes != "raw" or "message" not in seen.job.told:
        return
    for one in contents(seen):
        if ended(one.event.octets):
            found = [_closest(given.octets[one.before.offset :], one.event.octets) for given in candidates(seen, one)]
            if found and all(found):
                yield one, min((d for d in found if d), key=lambda d: (d.kind != "same", -d.number))


def _undotted(seen: Observation) -> Iterator[tuple[Exchange, Difference]]:
    """Contents of a message that nobody told the client: a lone dot at a line's head is wrong whatever was meant."""
    if seen.job.takes == "raw" and "message" in seen.job.told:
        return
    for one in contents(seen):
        content = one.event.octets
        for number, (line, strict) in enumerate(zip(_lines(content), _after_crlf(content), strict=False), 1):
            if strict and re.match(rb"\.[^.]", line):
                yield one, Difference("undotted", number, line, line)
                break


def candidates(seen: Observation, one: Exchange) -> tuple[JobMessage, ...]:
    """The messages of the job that this may be, by recipients; what goes to others is a relay's own notification."""
    named = {folded(recipient.mailbox) for recipient in one.before.recipients}
    messages = seen.job.messages
    return tuple(m for m in messages if named & {folded(one) for one in m.recipients}) or (
        () if seen.job.relayed else messages
    )


def _closest(given: bytes, content: bytes) -> Difference | None:
    """The difference of the wholes if only dots or the end are wrong, else that of the bodies; None: may be encoded."""
    if content == stuffed(given) or (not _body(given) and same_message(given, content)):
        return Difference("same")
    if not given.isascii() or any(len(line) > LONGEST for line in _lines(given)):
        return None
    whole = difference(given, content)
    if whole.kind != "changed":
        return whole
    header, body = len(_lines(given)) - len(_lines(_body(given))), difference(_body(given), _body(content))
    return Difference(body.kind, body.number + header, body.given, body.sent)


def dot_stuffing(seen: Observation) -> Iterable[Remark]:
    """`dot-stuffing.*`: a line that begins with a dot gets one more, and no other line does."""
    kinds: dict[str, list[tuple[Exchange, Difference]]] = {}
    for one, found in (*_compared(seen), *_undotted(seen)):
        if found.kind in ("undotted", "overdotted", "cut") and not one.chunked:
            kinds.setdefault(found.kind, []).append((one, found))
    for kind, hits in kinds.items():
        first = hits[0][1]
        right = b"." + first.given if first.given.startswith(b".") else first.given
        yield from gathered(
            f"dot-stuffing.{kind}",
            "RFC5321-4.5.2-a",
            [one for one, _ in hits],
            short(right),
            short(first.sent) or "the end of the content",
            number=str(first.number),
            given=short(first.given),
            sent=short(first.sent),
            right=short(right),
        )


def extra_crlf(seen: Observation) -> Iterable[Remark]:
    """`extra-crlf`: nothing is put between the message and the final dot."""
    hits = [one for one, found in _compared(seen) if found.kind == "extra-crlf" and not one.chunked]
    yield from gathered("extra-crlf", "RFC5321-4.1.1.4-c", hits, "the message, then the dot", "one empty line more")


def message_changed(seen: Observation) -> Iterable[Remark]:
    """`message-changed`, `.header`, `.composed`: another body, header, subject or text than the job's.

    No RFC says it, so it is a note; where the scenario asks for the message itself, the dialogue differs as well.
    """
    raw = [(one, found) for one, found in _compared(seen) if found.kind == "changed"]
    if raw:
        found = raw[0][1]
        number, given, sent = str(found.number), short(found.given), short(found.sent)
        yield from gathered(
            "message-changed", None, [hit for hit, _ in raw], given, sent, number=number, given=given, sent=sent
        )
    added = [(one, names) for one in contents(seen) if (names := _added(seen, one))]
    if added:
        fields = short(", ".join(added[0][1]))
        hits = [one for one, _ in added]
        yield from gathered("message-changed.header", None, hits, "the header as it was given", fields, fields=fields)
    if seen.job.takes == "composed":
        for part, given, hits in _composed(seen):
            yield from gathered("message-changed.composed", None, hits, given, "something else", part=part, given=given)


def _added(seen: Observation, one: Exchange) -> list[str]:
    """The names of header fields that the client put into a message that it was given, the body left as it was."""
    if seen.job.takes != "raw" or "message" not in seen.job.told or not ended(one.event.octets):
        return []
    given = next((m.octets for m in candidates(seen, one) if same_body(m.octets, one.event.octets)), None)
    if given is None:
        return []
    allowed = Counter(["Received"] if seen.job.relayed else [])
    return list((_fields(one.event.octets) - _fields(given) - allowed).elements())


def _fields(message: bytes) -> Counter[str]:
    """Names of the header's fields, each as often as it stands there."""
    matches = (FIELD.match(line) for line in _lines(_header(message)))
    return Counter(match[1].decode().title() for match in matches if match)


# --- what a client composes


def _composed(seen: Observation) -> Iterator[tuple[str, str, list[Exchange]]]:
    """Subject and text of composed messages, where the client was told them and sent something else."""
    parsed = [(one, message_from_bytes(message_of(one.event.octets))) for one in contents(seen)]
    if "subject" in seen.job.told:
        subject = seen.job.subject
        yield "Subject", short(subject), [one for one, message in parsed if _subject(message) not in (None, subject)]
    if "body_file" in seen.job.told:
        text = _squeezed(_body(seen.job.messages[0].octets).decode("utf-8", "replace"))
        wrong = [one for one, message in parsed if (found := _text(message)) is not None and text not in found]
        yield "text", short(text), wrong


def message_of(content: bytes) -> bytes:
    """The message in *content*: dots taken off."""
    body = content.removesuffix(b".\r\n") if ended(content) else content
    return re.sub(rb"(?m)^\.", b"", body)


def _squeezed(text: str) -> str:
    """Text without what a mailer may change: blanks and line ends."""
    return " ".join(text.split())


def _subject(message: Message) -> str | None:
    """The decoded subject; None where it cannot be decoded here."""
    field = message.get("Subject", "")
    if not isinstance(field, str):  # octets as they are
        return None
    try:
        return str(make_header(decode_header(field))).strip()
    except (LookupError, ValueError, HeaderParseError):
        return None


def _text(message: Message) -> str | None:
    """The text of the first text/plain part; None where there is none, or none that can be decoded here."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            octets = part.get_payload(decode=True)
            assert isinstance(octets, bytes)
            try:
                return _squeezed(decoded(octets, part.get_content_charset() or "utf-8"))
            except (LookupError, ValueError):
                return None
    return None


def header(seen: Observation) -> Iterable[Remark]:
    """`header-missing.date`, `.from`: a message that the client composes has these fields."""
    for name, requirement in (("date", "RFC5322-3.6-a"), ("from", "RFC5322-3.6-b")):
        field = re.compile(rb"(?im)^" + name.encode() + rb"[ \t]*:")
        hits = [one for one in made_by_client(seen) if not field.search(_header(message_of(one.event.octets)))]
        written = f"{name.title()}:"
        yield from gathered(f"header-missing.{name}", requirement, hits, f"a field {written}", "none", field=written)


ONCE = {
    **dict.fromkeys(("Sender", "Reply-To", "To", "Cc", "Bcc", "Message-Id", "Subject"), "RFC5322-3.6-c"),
    **dict.fromkeys(("In-Reply-To", "References"), "RFC5322-3.6-c"),
    "Date": "RFC5322-3.6-a",
    "From": "RFC5322-3.6-b",
}
"""Fields that a header has at most once, and who says so."""


def header_invalid(seen: Observation) -> Iterable[Remark]:
    """`header-invalid.date`, `.twice`: a composed message has a date that is one, and no field twice (RFC 5322, 3.6).

    Where the blank line is missing, lines of the text stand among the fields: that is another rule's.
    """
    dates: list[tuple[Exchange, str]] = []
    twice: dict[str, list[Exchange]] = {}
    for one in made_by_client(seen):
        message = message_of(one.event.octets)
        if _stray(message):
            continue
        dates += [(one, text) for text in _dates(message) if not is_date(text)]
        for name, count in _fields(message).items():
            if count > 1 and name in ONCE:
                twice.setdefault(name, []).append(one)
    text = short(dates[0][1]) if dates else ""
    expected = "a date such as `Mon, 23 Nov 2026 10:00:00 +0800`"
    yield from gathered("header-invalid.date", "RFC5322-3.3-a", [one for one, _ in dates], expected, text, text=text)
    for name, hits in twice.items():
        observed = f"several fields {name}:"
        yield from gathered("header-invalid.twice", ONCE[name], hits, f"one field {name}:", observed, field=f"{name}:")


def _dates(message: bytes) -> list[str]:
    """The values of the Date fields, folding undone."""
    unfolded = re.sub(rb"(?:\r\n|\n|\r)(?=[ \t])", b"", _header(message)).decode("utf-8", "replace")
    return [found[1].strip() for found in re.finditer(r"(?im)^Date[ \t]*:([^\r\n]*)", unfolded)]


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATE = re.compile(
    rf"(?:(?P<weekday>{'|'.join(DAYS)})\s*,)?\s*(?P<day>\d\d?)\s+(?P<month>{'|'.join(MONTHS)})\s+(?P<year>\d{{2,}})"
    r"\s+(?P<hour>\d\d)\s*:\s*(?P<minute>\d\d)(?:\s*:\s*(?P<second>\d\d))?\s+(?:[+-]\d\d[0-5]\d|[a-z]+)",
    re.IGNORECASE | re.ASCII,
)
"""RFC 5322, 3.3, and what of 4.3 is still met: a zone's name, a year of two digits, blanks around a colon."""


def is_date(text: str) -> bool:
    """Whether *text* is a date-time (RFC 5322, 3.3) that exists, on the weekday that it names."""
    match = DATE.fullmatch(re.sub(r"\([^()]*\)", " ", text).strip())
    if match is None or int(match["second"] or 0) > 60:
        return False
    year = int(match["year"])
    try:
        day = datetime(year, MONTHS.index(match["month"].lower()) + 1, int(match["day"]), int(match["hour"]))
    except ValueError:
        return False
    right_day = not match["weekday"] or year < 1000 or DAYS[day.weekday()] == match["weekday"].lower()
    return right_day and int(match["minute"]) < 60


def missing_blank_line(seen: Observation) -> Iterable[Remark]:
    """`missing-blank-line`: an empty line ends the header, so every line before it is a field or goes on one."""
    made = [(one, message_of(one.event.octets)) for one in made_by_client(seen)]
    found = [(one, line) for one, text in made if (line := _stray(text)) and not misnamed(entity(text))]
    text = short(found[0][1]) if found else ""
    hits = [one for one, _ in found]
    expected = "an empty line after the header"
    yield from gathered("missing-blank-line", "RFC5322-2.2-a", hits, expected, text, text=text)


def made_by_client(seen: Observation) -> list[Exchange]:
    """Whole contents that the client composed itself."""
    if seen.job.takes == "raw":
        return []
    return [one for one in contents(seen) if ended(one.event.octets) and one.event.octets != b".\r\n"]


def _header(message: bytes) -> bytes:
    """All up to the first empty line."""
    return EMPTY_LINE.split(message, maxsplit=1)[0]


def _stray(message: bytes) -> bytes:
    """The first line of the header that is no field; none where the message has no field at all."""
    lines = _lines(_header(message))
    if not lines or not FIELD.match(lines[0]):
        return b""
    return next((line for line in lines if not FIELD.match(line) and not line.startswith((b" ", b"\t"))), b"")
