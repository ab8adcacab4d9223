"""Octets and foreign text made readable, harmless and bounded.

What can be printed stands as it is, anything else (control characters, broken UTF-8, characters that turn the
direction of writing) as `\\xNN`. A line end shows only if it is not CR LF, a blank only at a line's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from unicodedata import east_asian_width

from ..model.transcript import Secret

LINES = 200  # shown of one block
CHARACTERS = 400  # shown of one line
LABEL = 54  # columns of a label in a diagram
BLOCKS = 256  # that are kept, more than a page has: its twin in the other language shows the same

LINE_END = re.compile(rb"\r\n|\r|\n")
BLANKS = {" ": "·", "\t": "→"}
"""What stands for a blank at a line's end where it cannot be shown beside itself."""

MARKS = {b"\r\n": "", b"\n": "LF", b"\r": "CR"}


class Piece(NamedTuple):
    """A run of a line: `kind` is text, escape, mark, blank, secret or more.

    For a mark, `text` is LF, CR or none; a blank is one octet. `aligned` makes pieces of the kind differ, `message`
    stuffed and end.
    """

    kind: str
    text: str
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Lines in pieces, and how many more there were."""

    lines: tuple[tuple[Piece, ...], ...]
    more: int = 0


def is_plain(text: str) -> bool:
    # Wide blanks are ordinary in Chinese text; every other blank but the space could pass for one.
    return text.isprintable() or text.replace("\u3000", "").isprintable()


def escaped(char: str) -> str:
    """`\\xNN` for each octet of *char*, which may stand for an octet that is no UTF-8."""
    return "".join(f"\\x{octet:02x}" for octet in char.encode("utf-8", "surrogateescape"))


def runs(text: str) -> Iterator[Piece]:
    """*text* as runs of what is plain and what is not. Lone surrogates outside U+DC80-DCFF count as U+FFFD."""
    if text and is_plain(text):  # nearly always, and a report has half a million
        yield Piece("text", text)
        return
    text = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", text)
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or is_plain(text[end]) != is_plain(text[start]):
            run = text[start:end]
            plain = is_plain(text[start])
            yield Piece("text", run) if plain else Piece("escape", "".join(map(escaped, run)))
            start = end


def clipped(octets: bytes, limit: int) -> tuple[str, int]:
    """At most *limit* characters of *octets*, and how many octets that leaves out."""
    text = octets[: limit * 4].decode("utf-8", "surrogateescape")[:limit]
    return text, len(octets) - len(text.encode("utf-8", "surrogateescape"))


def visible(text: str, limit: int = CHARACTERS) -> str:
    """*text* on one line: at most *limit* characters of it, the unprintable escaped, `…` for what is left out."""
    shown = "".join(piece.text for piece in runs(text[:limit]))
    return shown + "…" if len(text) > limit else shown


def quoted(octets: bytes, limit: int = CHARACTERS) -> str:
    """*octets* on one line, of which CR LF ends nothing: at most *limit* characters, whatever is no text escaped."""
    text, more = clipped(octets.removesuffix(b"\r\n"), limit)
    return "".join(piece.text for piece in runs(text)) + ("…" if more else "")


def width(text: str) -> int:
    """Columns that *text* takes where all letters are of one width."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def fitted(text: str, columns: int = LABEL) -> str:
    """*text* cut to *columns*, wide characters counting two."""
    if width(text) <= columns:
        return text
    kept, used = "", 1
    for char in text:
        used += width(char)
        if used > columns:
            break
        kept += char
    return kept + "…"


def segment(octets: bytes, limit: int) -> Iterator[Piece]:
    text, more = clipped(octets, limit)
    yield from runs(text)
    if more:
        yield Piece("more", f"{more:,}")


def one_line(octets: bytes, start: int, end: int, secrets: Iterable[Secret], limit: int) -> Iterator[Piece]:
    """The pieces of `octets[start:end]`, which holds no line end; a secret is one piece whatever stands for it."""
    at = start
    for secret in sorted(secrets, key=lambda secret: secret.start):
        if at <= secret.start < end:
            yield from segment(octets[at : secret.start], limit)
            yield Piece("secret", "", secret)
            at = secret.end
    rest = octets[at:end]
    body = rest.rstrip(b" \t")
    yield from segment(body, limit)
    yield from (Piece("blank", blank) for blank in rest[len(body) :][:8].decode())


@lru_cache(BLOCKS)
def show(
    octets: bytes, secrets: tuple[Secret, ...] = (), lines: int = LINES, characters: int = CHARACTERS, ends: bool = True
) -> Shown:
    """*octets* as lines. *ends*: a line end that is not CR LF, and a last line without one, get a mark."""
    shown: list[tuple[Piece, ...]] = []
    at = 0
    while at < len(octets) and len(shown) < lines:
        match = LINE_END.search(octets, at)
        end, after = match.span() if match else (len(octets), len(octets))
        pieces = list(one_line(octets, at, end, secrets, characters))
        mark = MARKS[octets[end:after]] if match else "none"
        if ends and mark:
            pieces.append(Piece("mark", mark))
        shown.append(tuple(pieces))
        at = after
    rest = octets[at:]
    more = len(LINE_END.findall(rest)) + (rest[-1:] not in (b"", b"\r", b"\n"))
    return Shown(tuple(shown), more)


def show_text(text: str, lines: int = LINES, characters: int = CHARACTERS) -> Shown:
    """*text* as lines, whatever ends them; tabs as blanks."""
    octets = text.replace("\r\n", "\n").expandtabs(8).encode("utf-8", "surrogatepass")
    return show(octets, (), lines, characters, ends=False)
