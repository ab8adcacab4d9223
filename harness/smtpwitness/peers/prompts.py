"""Answers a client's prompts on a terminal of its own, as somebody at the keyboard would.

The client's standard input and output are a pseudo-terminal, which is also its controlling one, so that what reads a
password from `/dev/tty` without echo works as well. Its standard error stays a pipe.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

Answers = Sequence[tuple[str, str]]
"""Pairs of a piece of a prompt and what is typed when it is seen; upper and lower case are one."""

SETTLED = 0.05
"""Seconds of quiet after which a line without its end is a prompt."""

PAUSED = 0.4
"""Seconds of quiet after which a line with its end is one, too: some programs print prompts as lines."""

MOST = 200
"""Answers that one client is given: one that asks for ever must not be answered for ever."""

KEPT = 4096
"""Octets since the last answer that are looked at, from their end."""

NO_TERMINAL = "answers are typed on a pseudo-terminal, which this platform does not have: use Linux or macOS"

_LEAD = (
    "import fcntl,os,sys,termios\n"
    "fcntl.ioctl(0,termios.TIOCSCTTY,0)\n"
    "try: os.execvp(sys.argv[1],sys.argv[1:])\n"
    "except OSError as e: sys.exit(f'{sys.argv[1]}: {e.strerror}')"
)
"""Makes standard input the controlling terminal, then becomes the client: a `preexec_fn` is unsafe beside threads."""


def answer(line: str, answers: Answers) -> str | None:
    """What is typed after *line*, or None. The pattern that ends nearest to its end wins, of two the longer."""
    low = line.lower()
    ends = [(low.rfind(pattern.lower()) + len(pattern), len(pattern), text) for pattern, text in answers]
    found = [one for one, (pattern, _) in zip(ends, answers, strict=True) if pattern.lower() in low]
    return max(found, key=lambda one: one[:2])[2] if found else None


class Prompter:
    """What has been printed since the last answer, and what is to be typed now."""

    def __init__(self, answers: Answers) -> None:
        self._answers, self._since, self._given = answers, bytearray(), 0

    def heard(self, octets: bytes) -> None:
        self._since += octets
        del self._since[:-KEPT]

    @property
    def prompt(self) -> str:
        """The last line that is not blank; one that a terminal has ended, too."""
        lines = self._since.decode("utf-8", "replace").replace("\r", "\n").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    @property
    def wait(self) -> float:
        """Seconds of quiet after which the last line is taken for a prompt."""
        return PAUSED if self._since.endswith((b"\n", b"\r")) else SETTLED

    def typed(self) -> str | None:
        """The answer to the prompt, which is then over; None where nothing answers it."""
        text = answer(self.prompt, self._answers) if self._given < MOST else None
        if text is not None:
            self._since.clear()
            self._given += 1
        return text


if sys.platform != "win32":
    import pty
    import termios

    class Terminal:
        """A pseudo-terminal on which a client runs; *out* gets what it prints there, echo and all."""

        def __init__(self, answers: Answers, out: Callable[[bytes], None]) -> None:
            self._prompter, self._out = Prompter(answers), out
            self._timer: asyncio.TimerHandle | None = None
            self._loop = asyncio.get_running_loop()
            self._master, self.slave = pty.openpty()
            settings = termios.tcgetattr(self.slave)
            settings[1] &= ~termios.OPOST  # LF stays LF, as in a pipe
            termios.tcsetattr(self.slave, termios.TCSANOW, settings)
            os.set_blocking(self._master, False)
            self._loop.add_reader(self._master, self._read)

        @property
        def asked(self) -> str:
            """The last prompt that nothing has answered, or ""."""
            return self._prompter.prompt

        def led(self, argv: Sequence[str]) -> list[str]:
            """The command that makes this its controlling terminal, and is then *argv*."""
            return [sys.executable, "-I", "-S", "-c", _LEAD, *argv]

        def started(self) -> None:
            """The client has the other end now."""
            os.close(self.slave)

        def heard(self, octets: bytes) -> None:
            """The client has printed *octets*, here or on its standard error."""
            self._prompter.heard(octets)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(self._prompter.wait, self._type)

        def close(self) -> None:
            """The client has ended: take in what is left."""
            if self._timer is not None:
                self._timer.cancel()
            self._loop.remove_reader(self._master)
            while self._take():
                pass
            os.close(self._master)

        def _read(self) -> None:
            if not self._take():
                self._loop.remove_reader(self._master)

        def _take(self) -> bool:
            """Read once; whether there may be more."""
            try:
                octets = os.read(self._master, 65536)
            except OSError:  # nothing there now, or nobody has the other end
                return False
            self._out(octets)
            self.heard(octets)
            return bool(octets)

        def _type(self) -> None:
            text = self._prompter.typed()
            if text is not None:
                with suppress(OSError):  # it reads no more
                    os.write(self._master, text.encode("utf-8", "surrogateescape") + b"\n")

else:

    class Terminal:
        """There is none on Windows; `files.clients` refuses clients that need one."""

        slave: int
        asked = ""

        def __init__(self, answers: Answers, out: Callable[[bytes], None]) -> None:
            raise NotImplementedError(NO_TERMINAL)

        def led(self, argv: Sequence[str]) -> list[str]:
            return list(argv)

        def started(self) -> None: ...
        def heard(self, octets: bytes) -> None: ...
        def close(self) -> None: ...
