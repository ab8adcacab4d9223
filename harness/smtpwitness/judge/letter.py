"""A message taken apart for those who judge how it was composed (RFC 5322, 2.2; RFC 2045; RFC 2046, 5.1.1).

It may be hostile: all that is done here is linear in its length, and what is beyond the limits is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

LONGEST_HEADER = 100_000  # octets
LARGEST = 4_000_000  # octets of a message
MOST_PARTS = 50
DEEPEST = 5  # multiparts within one another
MOST_ADDRESSES = 1000  # of one field
LONGEST_ADDRESS = 330  # octets before and behind an @: 64 and 255, and a few

QUOTED, COMMENT = "\x01", "\x02"
"""Stand for each character of a quoted string (its quotes among them) and of a comment, in a masked value."""

FIELD = re.compile(rb"([!-9;-~]+)([ \t]*):")
LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
END_OF_HEADER = re.compile(rb"(?:\A|\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
APART = re.compile(r"[\s<>@,;:\x02]")  # what stands on either side of an addr-spec
AT_SIGN = re.compile("@(?![^,;<>]{0,1000}<)")  # not one in a name before `<`
BLANKS = " \t" + COMMENT


def lines_of(octets: bytes) -> Iterator[bytes]:
    """The lines, without their ends; LF, CR and CRLF read alike."""
    for match in LINE.finditer(octets):
        if match.end() > match.start():
            yield match[1]


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: its name as it stands, whether blanks stand before the colon, and its lines, name and all."""

    name: str
    blank: bool
    lines: tuple[bytes, ...]

    @property
    def title(self) -> str:
        """`Message-Id`."""
        return self.name.title()

    @property
    def folded(self) -> str:
        """The value; a NUL where it is folded."""
        first, *rest = (line.decode("utf-8", "replace").replace("\0", " ") for line in self.lines)
        return "\0".join([first.partition(":")[2], *rest])

    @property
    def value(self) -> str:
        """The value, folding undone."""
        return self.folded.replace("\0", "").strip()


@dataclass(frozen=True, slots=True)
class Address:
    """An addr-spec of a field. `blank`: blanks or comments stand beside its @; `quoted`: its local part is quoted."""

    local: str
    domain: str
    blank: bool
    quoted: bool

    @property
    def spec(self) -> str:
        return f"{self.local}@{self.domain.lower()}"


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or a part of one (RFC 2045, 2.4): its fields, the lines that are none, its body."""

    fields: tuple[Field, ...]
    strays: tuple[bytes, ...]
    body: bytes

    def named(self, *titles: str) -> list[Field]:
        return [one for one in self.fields if one.title in titles]

    def first(self, title: str) -> str:
        """The value of the first field of that name, lower case; "" where there is none."""
        return next((one.value.lower() for one in self.named(title)), "")

    @property
    def kind(self) -> str:
        """`text/plain`, without parameters."""
        return self.first("Content-Type").partition(";")[0].strip() or "text/plain"

    @property
    def encoding(self) -> str:
        """Its transfer encoding; `7bit` where it says none (RFC 2045, 6.1)."""
        return re.sub(r"\([^()]*\)", "", self.first("Content-Transfer-Encoding")).strip() or "7bit"

    @property
    def is_multipart(self) -> bool:
        return self.kind.startswith("multipart/")


@dataclass(frozen=True)
class Letter:
    """A whole message."""

    octets: bytes

    @cached_property
    def whole(self) -> Entity:
        return entity(self.octets[:LARGEST])

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The message and its parts."""
        return tuple(islice(_walk(self.whole, DEEPEST), MOST_PARTS))


def entity(octets: bytes) -> Entity:
    """Take a message or a part apart."""
    end = END_OF_HEADER.search(octets)
    header, body = (octets[: end.start()], octets[end.end() :]) if end else (octets, b"")
    fields: list[list[bytes]] = []
    strays = []
    for line in lines_of(header[:LONGEST_HEADER]):
        if line.startswith((b" ", b"\t")) and fields:
            fields[-1].append(line)
        elif FIELD.match(line):
            fields.append([line])
        else:
            strays.append(line)
    return Entity(tuple(map(_field, fields)), tuple(strays), body)


def _field(lines: list[bytes]) -> Field:
    match = FIELD.match(lines[0])
    assert match is not None
    return Field(match[1].decode(), bool(match[2]), tuple(lines))


def _walk(whole: Entity, depth: int) -> Iterator[Entity]:
    yield whole
    if whole.is_multipart and depth:
        for part in _parts(whole):
            yield from _walk(part, depth - 1)


def _parts(whole: Entity) -> Iterator[Entity]:
    """The parts of a multipart, as far as it says what parts them (RFC 2046, 5.1.1)."""
    value = next(one.value for one in whole.named("Content-Type"))
    found = re.search(r'boundary="?([^";\s]{1,70})', value, re.IGNORECASE)
    if found is None:
        return
    boundary = re.escape(found[1].encode())
    pieces = re.split(
        rb"(?m)(?:^|(?:\r\n|\n))--" + boundary + rb"(--)?[ \t]*(?:\r\n|\n|\Z)", whole.body, maxsplit=MOST_PARTS
    )
    for number in range(2, len(pieces), 2):
        if pieces[number - 1] is not None:  # what is behind the closing one is no part
            return
        yield entity(pieces[number])


STANDARD = frozenset({"Date", "From", "To", "Cc", "Subject", "Message-Id", "Mime-Version", "Content-Type"})


def misnamed(whole: Entity) -> list[bytes]:
    """Lines of a header that would be fields if they had a field's name: what stands around them leaves no doubt."""
    strays = [line for line in whole.strays if b":" in line[1:]]
    sure = bool(strays) and len(strays) == len(whole.strays) and len(STANDARD & {one.title for one in whole.fields}) > 2
    return strays if sure else []


# --- values


CHARSETS = re.compile(
    r"utf-?8|(?:us-)?ascii|iso-8859-\d+|windows-\d+|gb2312|gbk|gb18030|big5|koi8-[ru]|euc-(?:jp|kr)|shift_jis|iso-2022-jp"
)
"""Those that text is decoded from here; Python knows others that take long, or are none."""


def decoded(octets: bytes, charset: str) -> str:
    """Raises `LookupError` for a charset that is not known here, `ValueError` for octets that are none of its text."""
    if not CHARSETS.fullmatch(charset.lower()):
        raise LookupError(charset)
    return octets.decode(charset)


def masked(value: str) -> str:
    """*value*, as long as before, with QUOTED and COMMENT for what stands in quotes and in parentheses."""
    made, inside, depth = [], False, 0
    at = 0
    while at < len(value):
        char, step = value[at], 1
        if char == "\\" and (inside or depth):
            step = min(2, len(value) - at)
        elif char == '"' and not depth:
            inside = not inside
            made.append(QUOTED)
            at += 1
            continue
        elif not inside and char in "()":
            depth = depth + 1 if char == "(" else max(depth - 1, 0)
            made.append(COMMENT)
            at += 1
            continue
        made.append((QUOTED if inside else COMMENT if depth else char) * step)
        at += step
    return "".join(made)


def addresses(value: str) -> list[Address]:
    """The addr-specs in the value of an address field, outside of comments and of names before a `<`."""
    mask = masked(value)
    found = []
    for match in islice(AT_SIGN.finditer(mask), MOST_ADDRESSES):
        at = match.start()
        before, behind = mask[max(at - LONGEST_ADDRESS, 0) : at], mask[at + 1 : at + 1 + LONGEST_ADDRESS]
        left, right = before.rstrip(BLANKS), behind.lstrip(BLANKS)
        local, domain = APART.split(left)[-1], APART.split(right)[0]
        if not local or not domain:
            continue
        start, end = at - len(before) + len(left), at + 1 + len(behind) - len(right)
        whole = value[start - len(local) : start]
        blank = len(left) != len(before) or len(right) != len(behind)
        found.append(Address(whole, value[end : end + len(domain)], blank, local.startswith(QUOTED)))
    return found
