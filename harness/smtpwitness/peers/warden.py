"""What of a client's octets may go to a remote relay: the last look before they leave this machine.

Lines pass one by one, content as it comes. A recipient that the user did not list, a second message, and anything but
a hello before TLS, where the relay's file has TLS, end the case before the octets leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from ..judge.grammar import mailbox, text_of

LONGEST = 65536
"""Octets of a line, and of what waits for a reply to DATA."""

END = b"\r\n.\r\n"
WORD = re.compile(r"[ \t]*([A-Za-z]+)[ \t:]*")
IN_CLEAR = ("EHLO", "HELO", "STARTTLS", "NOOP", "RSET", "QUIT")


class Refused(Exception):
    """This may not go to the relay; the text says what, without it."""


class Warden:
    """One connection. *take* is called before each message, and raises `Refused` if none may be sent any more.

    *needs_tls*: only a hello may pass before `tls` was called.
    """

    def __init__(self, recipients: Collection[str], take: Callable[[], None], needs_tls: bool) -> None:
        self._recipients = {_folded(one) for one in recipients}
        self._take, self._clear = take, needs_tls
        self._held, self._replies = b"", b""
        self._owed = 1  # the greeting
        self._asked = self._content = self._chunks = False
        self._counted = 0  # octets of a chunk that are to come
        self._before = b""  # the last octets of content

    def said(self, octets: bytes) -> bytes:
        """The client said *octets*: what may go now. Raises `Refused`."""
        self._held += octets
        passed = bytearray()
        while self._held:
            if self._content:
                passed += self._some(self._ends())
            elif self._counted:
                count = min(self._counted, len(self._held))
                self._counted -= count
                passed += self._some(count)
            elif self._asked:
                break  # whether it is content, the reply says
            else:
                end = self._held.find(b"\n") + 1
                if not end:
                    break
                self._line(self._held[:end])
                passed += self._some(end)
        if len(self._held) > LONGEST:
            raise Refused(f"the client sent {LONGEST} octets where a line was due")
        return bytes(passed)

    def heard(self, octets: bytes) -> bytes:
        """The relay said *octets*: what of the client's may go now. Raises `Refused`."""
        self._replies += octets
        *lines, self._replies = self._replies.split(b"\n")
        for line in lines:
            if line[3:4] != b"-":
                self._owed = max(0, self._owed - 1)
                if self._asked and not self._owed:
                    self._asked, self._content, self._before = False, line[:1] == b"3", b"\r\n"
        return self.said(b"")

    def tls(self) -> None:
        """TLS is about to begin: nothing that came before counts."""
        self._held, self._clear = b"", False

    def _some(self, count: int) -> bytes:
        some, self._held = self._held[:count], self._held[count:]
        return some

    def _ends(self) -> int:
        """How many of the octets that wait are content."""
        text = self._before + self._held
        end = text.find(END)
        if end < 0:
            self._before = text[-4:]
            return len(self._held)
        self._content, self._owed = False, self._owed + 1
        return end + len(END) - len(self._before)

    def _line(self, octets: bytes) -> None:
        text = text_of(octets)
        match = WORD.match(text)
        verb, argument = (match[1].upper(), text[match.end() :]) if match else ("", "")
        if self._clear and verb not in IN_CLEAR:
            raise Refused(f"the client would send {verb or 'a line'} without TLS, and the relay's file asks for TLS")
        if verb == "RCPT" and _folded(mailbox(argument)[0]) not in self._recipients:
            raise Refused("the client names a recipient that was not listed (--to, or `recipients` in its file)")
        if verb == "DATA":
            self._take()
            self._asked = True
        if verb == "BDAT":
            words = argument.split()
            if not self._chunks:
                self._take()
            self._chunks = words[-1:] != ["LAST"]
            self._counted = int(words[0]) if words and words[0].isascii() and words[0].isdigit() else 0
        self._owed += 1


def _folded(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"
