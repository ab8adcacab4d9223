"""What a client sent and nobody has read yet, with the time when it came, and how units are cut out of it.

Pure: octets and times go in, units come out. A LINE ends at LF (a lone CR ends nothing), CONTENT at CRLF.CRLF only.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from ..judge.grammar import chunk
from ..model.transcript import Kind

LONGEST_LINE = 1024 * 1024
KEPT_OF_LONGER = 64 * 1024
"""A line longer than LONGEST_LINE is cut to so many octets."""

MOST_UNREAD, MOST_SEGMENTS = 2 * LONGEST_LINE, 4096
"""So much may wait unread; then the client has to wait. More than a line, so that every line can end."""

LARGEST_PIECE = 256 * 1024
"""Octets of a chunk that are taken at once."""

END_OF_CONTENT = b"\r\n.\r\n"
LONE_DOT = re.compile(rb"[\r\n]\.[\r\n]{0,2}\Z")
"""A last line that is a dot, however badly ended."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A LINE, a CONTENT, or a PARTIAL (`size` octets of content have come), and when its first and last octet came."""

    kind: Kind
    octets: bytes
    begun: int
    at: int
    note: str = ""
    size: int = 0


class Allowance(Protocol):
    """How many octets may still be kept."""

    left: int


class Intake:
    """Octets that wait, each with its time; the time of a segment is that of all its octets."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._segments: deque[tuple[int, int]] = deque()  # where each ends, counted from the connection's start; time
        self._taken = 0

    def __len__(self) -> int:
        return len(self._octets)

    @property
    def full(self) -> bool:
        return len(self._octets) > MOST_UNREAD or len(self._segments) > MOST_SEGMENTS

    def add(self, octets: bytes, at: int) -> None:
        """*octets* came at *at*."""
        if octets:
            self._octets += octets
            self._segments.append((self._taken + len(self._octets), at))

    def put_back(self, octets: bytes, at: int) -> None:
        """*octets*, which came at *at*, stand in front again."""
        if octets:
            self._segments.appendleft((self._taken, at))
            self._octets[:0] = octets
            self._taken -= len(octets)

    def find(self, octets: bytes, start: int = 0) -> int:
        return self._octets.find(octets, start)

    def peek(self, count: int) -> bytes:
        return bytes(self._octets[:count])

    def take(self, count: int) -> tuple[bytes, int, int]:
        """The first *count* octets (at least one, at most all), and when the first and the last of them came."""
        octets = bytes(self._octets[:count])
        del self._octets[:count]
        self._taken += count
        begun = at = self._segments[0][1]
        while self._segments:
            end, at = self._segments[0]
            if end <= self._taken:
                self._segments.popleft()
            if end >= self._taken:
                break
        return octets, begun, at


class Reader(Protocol):
    """Cuts one unit out of an intake."""

    @property
    def may_end(self) -> bool:
        """Whether silence ends it: a line that was begun, or content whose last line is a dot."""

    def step(self) -> Unit | None:
        """The unit, or a PARTIAL of it, if it has come."""

    def rest(self, note: str) -> Unit | None:
        """What has come of it, taken as all of it; None for nothing. *note* says why content ended here."""


TLS_RECORDS = (b"\x16\x03", b"\x15\x03")
"""How a TLS record of a handshake, and an alert, begin; the number of octets after its head stands in two of them."""
TLS_HEAD = 5


class Line:
    """Reads a LINE. A TLS record that comes in clear is one, too, wherever it has an LF."""

    def __init__(self, intake: Intake, allowance: Allowance) -> None:
        self._intake, self._allowance = intake, allowance
        self._scanned = 0
        self._head: tuple[bytes, int] | None = None  # of a line that is too long: what is kept, when it began
        self._at = 0

    @property
    def may_end(self) -> bool:
        return len(self._intake) > 0 or self._head is not None

    def step(self) -> Unit | None:
        if self._head is None and self._intake.peek(2) in TLS_RECORDS:
            record = TLS_HEAD + int.from_bytes(self._intake.peek(TLS_HEAD)[3:], "big")
            return self._unit(record) if len(self._intake) >= max(record, TLS_HEAD) else None
        end = self._intake.find(b"\n", self._scanned)
        if end >= 0:
            return self._unit(end + 1)
        self._scanned = len(self._intake)
        if len(self._intake) > LONGEST_LINE:
            self._drop(len(self._intake))
        return None

    def rest(self, note: str) -> Unit | None:
        return self._unit(len(self._intake)) if self.may_end else None

    def _drop(self, count: int) -> None:
        """Take *count* octets and keep at most the head of the line."""
        octets, begun, self._at = self._intake.take(count)
        if self._head is None:
            self._head = octets[:KEPT_OF_LONGER], begun
        self._scanned = 0

    def _unit(self, count: int) -> Unit:
        if self._head is None and count <= LONGEST_LINE and self._allowance.left >= count:
            self._allowance.left -= count
            octets, begun, at = self._intake.take(count)
            return Unit(Kind.LINE, octets, begun, at)
        if count:
            self._drop(count)
        assert self._head is not None, "a cut line has a head"
        head, begun = self._head
        head = head[: max(1024, self._allowance.left)]
        self._allowance.left = max(0, self._allowance.left - len(head))
        return Unit(Kind.LINE, head, begun, self._at, "cut")


class Counted:
    """Reads a LINE, and with a BDAT as many octets as it says: without a limit, but keeping no more than allowed."""

    def __init__(self, intake: Intake, allowance: Allowance) -> None:
        self._intake, self._allowance = intake, allowance
        self._line = Line(intake, allowance)
        self._head: Unit | None = None  # the BDAT line
        self._kept = bytearray()
        self._left = self._at = 0  # octets still to come; when the last one came
        self._dropped = False

    @property
    def may_end(self) -> bool:
        return self._head is None and self._line.may_end

    def step(self) -> Unit | None:
        if self._head is None:
            line = self._line.step()
            counted = chunk(line.octets) if line and not line.note else None
            if line is None or counted is None:
                return line
            self._head, self._left, self._at = line, counted[0], line.at
        while self._left and len(self._intake):
            octets, _, self._at = self._intake.take(min(self._left, LARGEST_PIECE))
            self._left -= len(octets)
            kept = octets[: self._allowance.left]
            self._allowance.left -= len(kept)
            self._kept += kept
            self._dropped |= len(kept) < len(octets)
        return None if self._left else self._unit(self._head, "")

    def rest(self, note: str) -> Unit | None:
        return self._line.rest(note) if self._head is None else self._unit(self._head, note)

    def _unit(self, line: Unit, note: str) -> Unit:
        note = note or ("cut at 32 MB" if self._dropped else "")
        return Unit(Kind.LINE, line.octets + bytes(self._kept), line.begun, self._at, note)


class Content:
    """Reads CONTENT; says when *first* octets of it have come, if asked to."""

    def __init__(self, intake: Intake, allowance: Allowance, first: int | None) -> None:
        self._intake, self._allowance, self._first = intake, allowance, first
        self._kept = bytearray()
        self._size = self._begun = self._at = 0
        self._tail = b"\r\n"  # content that begins with a dot alone is ended by it
        self._ended = False

    @property
    def may_end(self) -> bool:
        return self._size > 0 and LONE_DOT.search(self._tail) is not None

    def step(self) -> Unit | None:
        while True:
            if self._first is not None and self._size >= self._first:
                self._first = None
                return Unit(Kind.PARTIAL, b"", self._begun, self._at, size=self._size)
            if self._ended:
                return self._unit("")
            if not len(self._intake):
                return None
            self._absorb(len(self._intake) if self._first is None else self._first - self._size)

    def rest(self, note: str) -> Unit | None:
        return self._unit(note) if self._size else None

    def _absorb(self, most: int) -> None:
        """Take what waits, at most *most* octets and not past the end."""
        window = self._tail + self._intake.peek(most)
        found = window.find(END_OF_CONTENT)
        self._ended = found >= 0
        size = (found + len(END_OF_CONTENT) if self._ended else len(window)) - len(self._tail)
        octets, begun, self._at = self._intake.take(size)
        self._begun = self._begun if self._size else begun
        self._tail = (self._tail + octets)[-(len(END_OF_CONTENT) - 1) :]
        self._size += size
        kept = octets[: self._allowance.left]
        self._allowance.left -= len(kept)
        self._kept += kept

    def _unit(self, note: str) -> Unit:
        dropped = self._size > len(self._kept)
        note = note or ("cut at 32 MB" if dropped else "")
        return Unit(Kind.CONTENT, bytes(self._kept), self._begun, self._at, note, self._size if dropped else 0)
