"""A client that sends its message in chunks (RFC 3030), and copies of it that do so wrongly."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import ClassVar

from .base import ACCEPTED, GIVEN_UP, Client, Fault, GaveUp, Refused


class Chunking(Client):
    """Sends the message by BDAT where CHUNKING is listed, and binary only where BINARYMIME is, too."""

    can = (*Client.can, "chunking")
    scenarios = ("chunk/absent", "chunk/fail-mid", "core/happy", "faults/rcpt-all-5yz", "faults/eod-5yz")
    chunk_size: ClassVar[int] = 1000

    def by_chunks(self) -> bool:
        return "CHUNKING" in self.offers

    def binary(self) -> bool:
        return b"\0" in self.message

    def transaction(self) -> int:
        if self.binary() and not {"CHUNKING", "BINARYMIME"} <= self.offers.keys():
            raise GaveUp(GIVEN_UP)
        return super().transaction()

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}>{self.body()}")

    def body(self) -> str:
        return " BODY=BINARYMIME" if self.binary() else ""

    def data(self) -> None:
        """DATA is not needed where there are chunks."""
        if not self.by_chunks():
            super().data()

    def octets(self) -> bytes:
        """The message in canonical form, as it is: no dot is doubled, and none ends it."""
        return self.message if self.binary() else b"".join(line + b"\r\n" for line in self.lines())

    def chunks(self) -> list[bytes]:
        octets = self.octets()
        return [octets[at : at + self.chunk_size] for at in range(0, len(octets), self.chunk_size)] or [b""]

    def content(self) -> None:
        if not self.by_chunks():
            return super().content()
        *chunks, last = self.chunks()
        for chunk in chunks:
            self.chunk(chunk)
        return self.chunk(last, " LAST")

    def end_of_data(self) -> None:
        if not self.by_chunks():
            super().end_of_data()

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk)}{last}"

    def send_chunk(self, chunk: bytes, last: str) -> None:
        """The octets stand right behind their line."""
        self.write(self.bdat(chunk, last).encode() + b"\r\n" + chunk)

    def chunk(self, chunk: bytes, last: str = "") -> None:
        """Send one chunk, read its reply; if it is refused, the transaction is reset."""
        self.send_chunk(chunk, last)
        code, texts = self.read_reply()
        self.open = self.open and code != 421
        if code // 100 != 2:
            self.refused(chunk)
        self.check(code, texts, 2)

    def refused(self, chunk: bytes) -> None:
        if self.open:
            self.say("RSET")


class StreamsChunks(Chunking):
    """Does not know which chunk is the last one before it has sent it, so LAST comes with none."""

    scenarios = ("chunk/last-zero", "chunk/basic[64 kB]")
    chunk_size = 4096

    def content(self) -> None:
        for chunk in self.chunks():
            self.chunk(chunk)
        self.chunk(b"", " LAST")


class PipelinesChunks(Chunking):
    """Sends chunks in a batch where PIPELINING is listed, and reads the replies then."""

    scenarios = ("chunk/pipelined", "chunk/basic[64 kB]")

    def may_batch(self) -> bool:
        return "PIPELINING" in self.offers

    def content(self) -> None:
        if not self.may_batch():
            return super().content()
        *chunks, last = self.chunks()
        for chunk in chunks:
            self.send_chunk(chunk, "")
        self.send_chunk(last, " LAST")
        codes = [self.read_reply()[0] for _ in (*chunks, last)]
        bad = [code for code in codes if code // 100 != 2]
        if bad:
            self.refused(last)
            raise Refused(bad[0])
        return None


class Downgrades(Chunking):
    """Encodes the binary parts of a message where BINARYMIME is not listed."""

    scenarios = ("chunk/binary-absent", "chunk/binarymime")

    def transaction(self) -> int:
        if self.binary() and not {"CHUNKING", "BINARYMIME"} <= self.offers.keys():
            self.message = self.downgraded()
        return super().transaction()

    def downgraded(self) -> bytes:
        header, *parts, end = self.message.split(b"\r\n--part")
        header = header.replace(b"Encoding: binary", b"Encoding: 7bit")
        return b"\r\n--part".join([header, *map(self.encoded_part, parts), end])

    def encoded_part(self, part: bytes) -> bytes:
        header, empty, body = part.partition(b"\r\n\r\n")
        return header.replace(b": binary", b": base64") + empty + self.base64(body)

    def base64(self, octets: bytes) -> bytes:
        return base64.encodebytes(octets).replace(b"\n", b"\r\n")


class ChunksManyMessages(Chunking):
    """Sends several messages in one session, by the job file, and tells of each."""

    can = (*Chunking.can, "several-messages", "result-file")
    scenarios = ("chunk/fail-last",)

    def transaction(self) -> int:
        worst, told = ACCEPTED, []
        for job in json.loads(Path(os.environ["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))["messages"]:
            self.sender, self.recipients = job["sender"], job["recipients"]
            self.message = Path(job["message_file"]).read_bytes()
            try:
                status = super().transaction()
            except Refused as error:
                status = self.status([error.code])
            word = {ACCEPTED: "accepted", 69: "permanent", 75: "temporary"}[status]
            told.append({"recipients": dict.fromkeys(self.recipients, word)})
            worst = max(worst, status)
        Path(os.environ["SMTP_RESULT_FILE"]).write_text(json.dumps({"messages": told}), encoding="utf-8")
        return worst


# --- the BDAT line and its count --------------------------------------------------------------------------------------


class CountsLess(Fault, Chunking):
    """The count of a chunk leaves out its last line end (RFC 3030, 2)."""

    rule = "chunk-size"
    requirement = "RFC3030-2-c"
    scenario = "chunk/basic[1 kB]"
    worth = "warn"  # prose
    chunk_size = 100_000

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk) - 2}{last}"


class CountsMore(Fault, Chunking):
    """The count of a chunk holds a final dot that is never sent (RFC 3030, 2)."""

    rule = "chunk-size"
    requirement = "RFC3030-2-c"
    scenario = "chunk/basic[1 kB]"
    worth = "warn"  # prose

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk) + 3}{last}"


class CountsBeforeConversion(Fault, Chunking):
    """What is counted is the message with LF, and what is sent has CRLF (RFC 3030, 2)."""

    rule = "chunk-size"
    requirement = "RFC3030-2-c"
    scenario = "chunk/transparency[only LF]"
    worth = "warn"  # prose

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk.replace(bytes([13]), b''))}{last}"


class WaitsForGoAhead(Fault, Chunking):
    """A reply is waited for between BDAT and its octets, as after DATA (RFC 3030, 2)."""

    rule = "chunk-size.waits"
    requirement = "RFC3030-2-d"
    scenario = "chunk/basic[1 kB]"
    worth = "warn"  # prose

    def send_chunk(self, chunk: bytes, last: str) -> None:
        self.must(self.bdat(chunk, last), 3)
        self.write(chunk)


class CountsInHex(Fault, Chunking):
    """The count is written in hexadecimal, as HTTP does it (RFC 3030, 2)."""

    rule = "chunk-syntax"
    requirement = "RFC3030-2-b"
    scenario = "chunk/basic[1 kB]"

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk):#x}{last}"


class LastWithoutCount(Fault, StreamsChunks):
    """The end is told by BDAT LAST, without a count of 0 (RFC 3030, 2)."""

    rule = "chunk-syntax"
    requirement = "RFC3030-2-b"
    scenario = "chunk/last-zero[4 kB]"

    def bdat(self, chunk: bytes, last: str) -> str:
        return f"BDAT {len(chunk)}" if chunk else "BDAT LAST"


class NeverLast(Fault, Chunking):
    """The last chunk is taken to be one that is not full: where all are, LAST is never said (RFC 3030, 2)."""

    rule = "dialogue/missing"
    requirement = "RFC3030-2-b"
    scenario = "chunk/last-zero[4 kB]"
    chunk_size = 1024

    def content(self) -> None:
        for chunk in self.chunks():
            self.chunk(chunk, " LAST" if len(chunk) < self.chunk_size else "")


# --- order ------------------------------------------------------------------------------------------------------------


class ChunksThoughAbsent(Fault, Chunking):
    """The message goes out by BDAT, and CHUNKING is not listed (RFC 3030, 2)."""

    rule = "chunk-not-listed"
    requirement = "RFC3030-2-a"
    scenario = "chunk/absent"
    worth = "warn"  # prose

    def by_chunks(self) -> bool:
        return True


class ChunkAfterLast(Fault, Chunking):
    """After the last chunk one more is sent, empty, to be sure (RFC 3030, 2)."""

    rule = "chunk-order.after-last"
    requirement = "RFC3030-2-g"
    worth = "warn"  # prose
    scenario = "chunk/basic[1 kB]"

    def content(self) -> None:
        super().content()
        self.send_chunk(b"", " LAST")
        self.read_reply()


class DataAfterChunk(Fault, Chunking):
    """The header goes by BDAT, the rest by DATA (RFC 3030, 2)."""

    rule = "chunk-order.mixed"
    requirement = "RFC3030-2-h"
    scenario = "chunk/basic[1 kB]"
    worth = "warn"  # prose

    def content(self) -> None:
        self.chunk(self.chunks()[0])
        self.must("DATA", 3)


class GoesOnAfterRefusedChunk(Fault, Chunking):
    """The reply to a chunk is read and not looked at, so the others follow (RFC 3030, 2)."""

    rule = "chunk-order.refused"
    requirement = "RFC3030-2-e"
    scenario = "chunk/fail-mid[554 5.6.0]"

    def chunk(self, chunk: bytes, last: str = "") -> None:
        self.send_chunk(chunk, last)
        code, texts = self.read_reply()
        if last:
            self.check(code, texts, 2)


class DataAfterRefusedChunk(Fault, Chunking):
    """BDAT was not known after all, so DATA is tried in the same transaction (RFC 3030, 2)."""

    rule = "dialogue/never"
    requirement = "RFC3030-2-h"
    scenario = "chunk/fail-mid[500 5.5.1]"
    worth = "warn"  # prose
    root_cause = "chunk-order"

    def refused(self, chunk: bytes) -> None:
        self.must("DATA", 3)


class MailAfterRefusedChunk(Fault, Chunking):
    """After a refused chunk the message is tried again with MAIL, without RSET (RFC 3030, 2)."""

    rule = "chunk-order.no-reset"
    requirement = "RFC3030-2-f"
    scenario = "chunk/fail-mid[452 4.3.1]"

    def refused(self, chunk: bytes) -> None:
        self.mail()


class NextWithoutReset(Fault, ChunksManyMessages):
    """After a refused last chunk the next message begins without RSET (RFC 3030, 2)."""

    rule = "chunk-order.no-reset"
    requirement = "RFC3030-2-f"
    scenario = "chunk/fail-last"

    def refused(self, chunk: bytes) -> None:
        pass


class ChunksInEnvelopeBatch(Fault, PipelinesChunks):
    """The chunks go out in one batch with RCPT, before its reply (RFC 3030, 2)."""

    rule = "chunk-order.early"
    requirement = "RFC3030-2-k"
    scenario = "chunk/pipelined[late]"
    worth = "warn"  # prose

    def rcpts(self) -> list[int]:
        for recipient in self.recipients:
            self.line(f"RCPT TO:<{recipient}>")
        chunks = self.chunks()
        for number, chunk in enumerate(chunks, 1):
            self.send_chunk(chunk, " LAST" if number == len(chunks) else "")
        codes = [self.read_reply()[0] for _ in self.recipients]
        for _ in chunks:
            self.read_reply()
        return codes

    def content(self) -> None:
        """It is on its way already."""


class ChunksForNobody(Fault, Chunking):
    """The chunks are sent though every recipient was refused (RFC 3030, 2)."""

    rule = "chunk-order.no-recipient"
    requirement = "RFC3030-2-k"
    scenario = "chunk/pipelined[refused]"
    worth = "warn"  # prose

    def rcpts(self) -> list[int]:
        codes = super().rcpts()
        if all(code // 100 != 2 for code in codes):
            self.content()
        return codes


class BatchesChunksUnlisted(Fault, PipelinesChunks):
    """Chunks go out in a batch, and PIPELINING is not listed (RFC 5321, 4.3.1)."""

    rule = "sent-before-reply"
    requirement = "RFC5321-4.3.1-a"
    scenario = "chunk/basic[64 kB]"

    def may_batch(self) -> bool:
        return True


# --- what the chunks hold ---------------------------------------------------------------------------------------------


class StuffsChunks(Fault, Chunking):
    """Dots are doubled in chunks, too (RFC 3030, 2)."""

    rule = "chunk-content.dots"
    requirement = "RFC3030-2-l"
    scenario = "chunk/transparency[dotted lines]"
    worth = "warn"  # derived

    def octets(self) -> bytes:
        return b"".join(line + b"\r\n" for line in self.stuffed(self.lines()))


class DotAfterChunks(Fault, Chunking):
    """A line with a dot ends the chunks, as it ends DATA (RFC 3030, 2)."""

    rule = "chunk-content.dots"
    requirement = "RFC3030-2-l"
    scenario = "chunk/transparency[no last line end]"
    worth = "warn"  # derived

    def octets(self) -> bytes:
        return super().octets() + b".\r\n"


class LineFeedsInChunks(Fault, Chunking):
    """The file goes out as it is, with LF at the ends of its lines (RFC 3030, 2)."""

    rule = "chunk-content.line-end"
    requirement = "RFC3030-2-i"
    scenario = "chunk/transparency[only LF]"

    def octets(self) -> bytes:
        return self.message


# --- binary messages --------------------------------------------------------------------------------------------------


class BinaryUndeclared(Fault, Chunking):
    """A binary message is sent without BODY=BINARYMIME (RFC 3030, 3)."""

    rule = "binary.undeclared"
    requirement = "RFC3030-3-c"
    scenario = "chunk/binarymime"

    def body(self) -> str:
        return ""


class BinaryByData(Fault, Chunking):
    """DATA follows BODY=BINARYMIME (RFC 3030, 3)."""

    rule = "chunk-order.binary-data"
    requirement = "RFC3030-3-d"
    scenario = "chunk/binarymime"
    worth = "warn"  # prose

    def by_chunks(self) -> bool:
        return False


class LineFeedsInBinaryText(Fault, Chunking):
    """The text part of a binary message has the line ends of the system (RFC 3030, 3)."""

    rule = "binary.text"
    requirement = "RFC3030-3-e"
    scenario = "chunk/binarymime"

    def octets(self) -> bytes:
        return self.message.replace(b"One line.\r\n", b"One line.\n")


class LineEndsInBinary(Fault, Chunking):
    """Every LF of a binary message is made CRLF, in the binary part as well (RFC 3030, 3)."""

    rule = "binary.changed"
    requirement = "RFC3030-3-e"
    scenario = "chunk/binarymime"

    def octets(self) -> bytes:
        return b"".join(line + b"\r\n" for line in self.lines())


class BinaryThoughAbsent(Fault, Chunking):
    """CHUNKING is listed and BINARYMIME is not, and the binary message is sent (RFC 3030, 3)."""

    rule = "binary.not-listed"
    requirement = "RFC3030-3-b"
    scenario = "chunk/binary-absent[chunking alone]"
    worth = "warn"  # the client was given the binary message

    def transaction(self) -> int:
        return Client.transaction(self)

    def body(self) -> str:
        return ""


class BinaryWithoutChunking(Fault, Chunking):
    """BINARYMIME is listed and used, and CHUNKING is not (RFC 3030, 3)."""

    rule = "binary.alone"
    requirement = "RFC3030-3-a"
    scenario = "chunk/binary-absent[binarymime alone]"
    worth = "warn"  # prose

    def transaction(self) -> int:
        if "BINARYMIME" not in self.offers:
            raise GaveUp(GIVEN_UP)
        return Client.transaction(self)


class EncodesTwice(Fault, Downgrades):
    """The whole multipart is put into base64, and not its binary part (RFC 3030, 3)."""

    rule = "binary.lost"
    requirement = "RFC3030-3-f"
    scenario = "chunk/binary-absent[chunking alone]"

    def downgraded(self) -> bytes:
        header, empty, body = self.message.partition(b"\r\n\r\n")
        return header.replace(b"Encoding: binary", b"Encoding: base64") + empty + self.base64(body)


class ConvertsLineEndsOfBinary(Fault, Downgrades):
    """What looks like line ends in a binary part is made CRLF before it is encoded (RFC 3030, 3)."""

    rule = "binary.lost"
    requirement = "RFC3030-3-f"
    scenario = "chunk/binary-absent[neither]"

    def base64(self, octets: bytes) -> bytes:
        return super().base64(b"\r\n".join(octets.splitlines()))
