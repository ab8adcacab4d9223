"""A client that sends its message in chunks (RFC 3030), and copies of it that do so wrongly."""

from __future__ import annotations

from typing import ClassVar

from .base import ACCEPTED, Client, Fault, Refused


class Chunking(Client):
    """Sends the message by BDAT where CHUNKING is listed, and binary only where BINARYMIME is, too."""

    can = (*Client.can, "chunking")
    chunk_size: ClassVar[int] = 1000

    def data(self) -> None:
        """DATA is not needed where there are chunks."""
        if not self.by_chunks():
            super().data()

    def by_chunks(self) -> bool:
        return "CHUNKING" in self.offers

    def octets(self) -> bytes:
        """The message in canonical form, as it is: no dot is doubled, and none ends it."""
        return b"".join(line + b"\r\n" for line in self.lines())

    def chunks(self) -> list[bytes]:
        octets = self.octets()
        return [octets[at : at + self.chunk_size] for at in range(0, len(octets), self.chunk_size)] or [b""]

    def content(self) -> None:
        if not self.by_chunks():
            return super().content()
        chunks = self.chunks()
        for chunk in chunks[:-1]:
            self.chunk(chunk)
        return self.chunk(chunks[-1], " LAST")

    def end_of_data(self) -> None:
        if not self.by_chunks():
            super().end_of_data()

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk)}{last}"

    def chunk(self, chunk: bytes, last: str = "") -> None:
        """Send one chunk right behind its line. If it is refused, the transaction is reset."""
        self.write(self.bdat(chunk, last).encode() + b"\r\n" + chunk)
        code, texts = self.read_reply()
        self.open = self.open and code != 421
        if code // 100 != 2:
            self.reset()
        self.check(code, texts, 2)

    def reset(self) -> None:
        if self.open:
            self.say("RSET")


class CountsLess(Fault, Chunking):
    """The count of a chunk is smaller than the chunk: it leaves out the last line end (RFC 3030, 2)."""

    rule = "chunk-size"
    requirement = "RFC3030-2-c"
    scenario = "chunk/basic[64 kB]"
    worth = "warn"  # prose

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {max(0, len(chunk) - 2)}{last}"
