"""Faults in the flow of octets: who writes and does not read, and whom nobody reads then (RFC 2920, 3.1)."""

from __future__ import annotations

from typing import Any

from .base import Fault
from .wrong_pipelining import Pipelining

WINDOW = 4096
"""Octets: "the window size is usually, but not always, 4K octets" (RFC 2920, 3.1)."""


class WithinTheWindow(Pipelining):
    """A correct client that blocks, and so writes no more than fits in the window before it reads the replies."""

    can = (*Pipelining.can, "many-recipients")
    scenarios = ("pipe/groups",)

    def __init__(self, env: Any) -> None:
        super().__init__({"SMTP_RECIPIENTS": "", **env})  # more than a variable can hold
        self.early: list[int] = []

    def most(self) -> int:
        """How many octets are written before a reply is read."""
        return WINDOW

    def write(self, octets: bytes) -> None:
        if not octets.startswith(b"MAIL"):
            super().write(octets)
            return
        waiting = size = 0
        for line in octets.splitlines(keepends=True):
            if size + len(line) > self.most():
                self.early += super().answers(waiting)
                waiting = size = 0
            super().write(line)
            waiting, size = waiting + 1, size + len(line)

    def answers(self, count: int) -> list[int]:
        early, self.early = self.early[:count], self.early[count:]
        return early + super().answers(count - len(early))


class WritesMoreThanTheWindow(Fault, WithinTheWindow):
    """Four hundred commands are written, and no reply is read before the last of them is gone (RFC 2920, 3.1)."""

    rule = "dialogue/closed"
    requirement = "RFC2920-3.1-j"
    scenario = "pipe/window"

    def __init__(self, env: Any) -> None:
        super().__init__({**env, "SMTP_TIMEOUT": "3"})

    def most(self) -> int:
        return 10**9


class TimeoutOfItsOwn(Fault):
    """The time-out that it is told is read nowhere: it gives up after 4.5 times as long (RFC 5321, 4.5.3.2)."""

    rule = "dialogue/within"
    requirement = "RFC5321-4.5.3.2-c"
    worth = "warn"  # SHOULD
    scenario = "faults/timeout-matrix[DATA]"

    def __init__(self, env: Any) -> None:
        super().__init__({**env, "SMTP_TIMEOUT": "9"})
