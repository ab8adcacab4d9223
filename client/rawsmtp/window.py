"""The window: the dialogue as a person reads it, line by line.

    S: 220 mail.example.test ESMTP ready
    C: EHLO client.example.test

``S:`` is the server, ``C:`` is this client, ``---`` is a remark about what cannot be seen as text.
"""

from __future__ import annotations

import os
from typing import Final, TextIO

MAX_CONTENT_LINES: Final = 40
MAX_SHOWN_WIDTH: Final = 1000


class Window:
    """Prints the dialogue; without ``out`` it keeps silent."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def server(self, line: bytes) -> None:
        self._print(f"S: {readable(line)}")

    def client(self, line: str) -> None:
        self._print(f"C: {readable(line)}")

    def content(self, octets: bytes) -> None:
        """Show the beginning of a message."""
        lines = octets.removesuffix(b"\r\n").split(b"\r\n", MAX_CONTENT_LINES)
        for line in lines[:MAX_CONTENT_LINES]:
            self._print(f"C: {readable(line)}".rstrip())
        if len(lines) > MAX_CONTENT_LINES:
            more = lines[-1].count(b"\r\n") + 1
            self._print(f"... ({more} more line{'s' if more > 1 else ''})")

    def note(self, text: str) -> None:
        self._print(f"--- {readable(text)}")

    def say(self, text: str) -> None:
        """A sentence of our own."""
        self._print(text)

    def _print(self, text: str) -> None:
        if self._out is None:
            return
        try:
            print(text, file=self._out, flush=True)
        except OSError:
            # Nobody looks any more (``rawsmtp ... | head``). The mail still has to go out.
            _let_go(self._out)
            self._out = None


def readable(octets: bytes | str) -> str:
    """Text that cannot play tricks on a terminal: whatever is not printable is written as an escape."""
    text = octets.decode("utf-8", "backslashreplace") if isinstance(octets, bytes) else octets
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= MAX_SHOWN_WIDTH else f"{shown[:MAX_SHOWN_WIDTH]}... ({len(shown)} characters)"


def _let_go(out: TextIO) -> None:
    """Point a broken output at nothing, or Python complains about it once more when it exits."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, out.fileno())
        os.close(nothing)
    except OSError:
        pass
