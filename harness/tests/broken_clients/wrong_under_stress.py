"""Faults that a quiet network hides: they show where replies are cut and timed otherwise (`run --stress`)."""

from __future__ import annotations

from .base import Client, Fault


class RecvIsReply(Fault):
    """What one recv() gives is taken for the whole reply, however much of it has come."""

    rule = "stress/differs"
    requirement = "RFC5321-4.2.1-d"
    stress = True

    def read_reply(self) -> tuple[int, list[str]]:
        text = self.socket.recv(4096).decode("ascii", "replace")
        if not text[:3].isdigit():
            raise ConnectionError("no reply")
        lines = text.splitlines()
        return int(text[:3]), [line[4:] for line in lines]


class LineIsWhatRecvGives(Fault):
    """Each recv() is taken for one line of a reply, without looking for its CRLF."""

    rule = "stress/differs"
    requirement = "RFC5321-4.2.1-d"
    stress = True

    def read_line(self) -> bytes:
        more = self.socket.recv(4096)
        if not more:
            raise ConnectionError("the server closed the connection")
        return more.removesuffix(b"\r\n")


class CannotWait(Fault):
    """Its time-out is seven tenths of a second, whatever it was told (RFC 5321, 4.5.3.2.1: minutes)."""

    rule = "stress/differs"
    requirement = "RFC5321-4.5.3.2.1-a"
    worth = "warn"  # RFC 5321, 4.5.3.2: minimum per-command time-outs SHOULD be minutes
    stress = True

    def connect(self) -> None:
        self.timeout = 0.7
        super().connect()


class Batching(Client):
    """Sends MAIL and every RCPT in one batch where PIPELINING is offered (RFC 2920, 3.1)."""

    def transaction(self) -> int:
        if "PIPELINING" not in self.offers:
            return super().transaction()
        batch = [f"MAIL FROM:<{self.sender}>", *(f"RCPT TO:<{recipient}>" for recipient in self.recipients)]
        self.write("".join(f"{line}\r\n" for line in batch).encode())
        replies = [self.read_reply() for _ in batch]
        self.check(*replies[0], 2)
        refused = [code for code, _ in replies[1:] if code // 100 != 2]
        if len(refused) < len(self.recipients):
            self.data()
            self.content()
            self.end_of_data()
        return self.status(refused)


class LastOfTwo(Fault, Batching):
    """Of replies that come together it takes the last, and waits for the others."""

    rule = "stress/differs"
    requirement = "RFC2920-3.1-k"
    scenario = "core/ehlo-rich"
    stress = True

    def connect(self) -> None:
        self.timeout = 2.0
        super().connect()

    def read_reply(self) -> tuple[int, list[str]]:
        reply = super().read_reply()
        while self.buffer:
            reply = super().read_reply()
        return reply
