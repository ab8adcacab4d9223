"""Runs one client: starts it, takes in what it prints, and sees to it that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

from ..model.run import Process
from .family import Family
from .prompts import Answers, Terminal

KEPT = 512 * 1024
"""Octets that are kept of the beginning of each output, and as many of its end."""

EDGE = 1024
"""Characters that are dropped at a cut, after scrubbing: half a secret may stand there."""

PATIENCE = 1.0
"""Seconds between SIGTERM and SIGKILL, and that the pipes have to close afterwards."""

SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)
AGAIN = 0.005
"""Seconds between two looks for what is left of a client."""


class ClientNotStarted(Exception):
    """The program could not be started: it is not there, may not be run, or was given impossible arguments."""


class Output:
    """The beginning and the end of what came from one pipe."""

    def __init__(self) -> None:
        self._head, self._tail = bytearray(), bytearray()
        self.size = 0

    @property
    def cut(self) -> bool:
        return self.size > 2 * KEPT

    def add(self, octets: bytes) -> None:
        self.size += len(octets)
        room = KEPT - len(self._head)
        self._head += octets[:room]
        self._tail += octets[room:]
        if len(self._tail) > 2 * KEPT:  # twice, so that it is not moved for every octet
            del self._tail[:-KEPT]

    def text(self, scrub: Callable[[str], str]) -> str:
        """What is kept as text, scrubbed. Nothing that stood across a cut is shown."""
        if not self.cut:
            return scrub((self._head + self._tail).decode("utf-8", "replace"))
        head = scrub(self._head.decode("utf-8", "replace"))[:-EDGE]
        tail = scrub(self._tail[-KEPT:].decode("utf-8", "replace"))[EDGE:]
        return f"{head}\n[... cut: {self.size} octets in all ...]\n{tail}"


class _Watch(asyncio.SubprocessProtocol):
    """What asyncio tells about the process. `Process.wait` would wait for its grandchildren's pipes as well."""

    def __init__(self, answers: Answers = ()) -> None:
        loop = asyncio.get_running_loop()
        self.outputs = {1: Output(), 2: Output()}
        self.terminal = Terminal(answers, self.outputs[1].add) if answers else None
        self.exited: asyncio.Future[float] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.flooded: asyncio.Future[None] = loop.create_future()
        self.most: int | None = None

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.outputs[fd].add(data)
        if self.terminal is not None:
            self.terminal.heard(data)
        size = sum(output.size for output in self.outputs.values())
        if self.most is not None and size > self.most and not self.flooded.done():
            self.flooded.set_result(None)

    async def ended(self, seconds: float) -> None:
        """Wait until it has exited or printed too much, at most so long."""
        either: set[asyncio.Future[Any]] = {self.exited, self.flooded}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def process_exited(self) -> None:
        self.exited.set_result(time.monotonic())

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)  # it has exited and both pipes are closed


async def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    limit_s: float,
    scrub: Callable[[str], str],
    at_limit: Callable[[], Awaitable[None]] | None = None,
    answers: Answers = (),
    descriptors: Sequence[int] = (),
    most_output: int | None = None,
) -> Process:
    """Run *argv* in *cwd* with exactly the environment *env*, for at most *limit_s* seconds.

    After the limit *at_limit* is awaited, then its processes get SIGTERM, a second later SIGKILL. Whatever else it
    left running is killed too, also after a normal end. Nobody sees its output before *scrub* took the secrets out.
    With *answers* it runs on a terminal, where they are typed. It inherits *descriptors*, which are closed here. After
    *most_output* octets of output it is ended as after the limit, but has not timed out. Raises ClientNotStarted.
    """
    began, family = time.monotonic(), Family()
    starting, ended_all = asyncio.create_task(_start(family, argv, env, cwd, answers, descriptors)), False
    try:
        transport, watch = await asyncio.shield(starting)  # a start that is cancelled half-way leaks its pipes
        watch.most = most_output
        await watch.ended(limit_s)
        timed_out = not watch.exited.done() and not watch.flooded.done()
        if not watch.exited.done():
            if at_limit is not None:
                await at_limit()
            _end(family, transport, signal.SIGTERM)
            await _done(watch.exited, PATIENCE)
        await _end_all(family, transport, watch)
        ended_all = True
        await _done(watch.closed, PATIENCE)
    finally:
        await _leave_nothing(family, starting, ended_all)
    status = transport.get_returncode()
    ended = watch.exited.result() if watch.exited.done() else time.monotonic()
    return Process(
        exit_status=status if status is not None and status >= 0 else None,
        signal=_signal_name(status),
        timed_out=timed_out,
        asked=scrub(watch.terminal.asked) if timed_out and watch.terminal else "",
        stdout=watch.outputs[1].text(scrub),
        stderr=watch.outputs[2].text(scrub),
        cut=any(output.cut for output in watch.outputs.values()),
        duration_ms=(ended - began) * 1000,
        flooded=watch.flooded.done(),
    )


Started = tuple[asyncio.SubprocessTransport, _Watch]


async def _start(
    family: Family,
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    answers: Answers,
    descriptors: Sequence[int],
) -> Started:
    if not cwd.is_dir():
        raise FileNotFoundError(f"no such folder: {cwd}")
    loop, watch = asyncio.get_running_loop(), _Watch(answers)
    terminal = watch.terminal
    try:
        if (
            terminal is not None
            and shutil.which(cwd / argv[0] if "/" in argv[0] else argv[0], path=env.get("PATH")) is None
        ):
            raise FileNotFoundError("No such program")  # what leads it could only say so to its standard error
        with family.birth():
            # asyncio starts the process before this call suspends for the first time
            transport, _ = await loop.subprocess_exec(
                lambda: watch,
                *(terminal.led(argv) if terminal else argv),
                stdin=terminal.slave if terminal else DEVNULL,
                stdout=terminal.slave if terminal else PIPE,
                stderr=PIPE,
                cwd=cwd,
                env=dict(env),
                pass_fds=descriptors,
                **family.start_options,
            )
    except (OSError, ValueError) as error:
        if terminal is not None:
            terminal.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ClientNotStarted(f"{argv[0]}: {reason}") from None
    finally:
        if terminal is not None:
            terminal.started()
        for one in descriptors:
            os.close(one)
    family.started(transport.get_pid())
    return transport, watch


async def _leave_nothing(family: Family, starting: asyncio.Task[Started], ended_all: bool) -> None:
    """After any end, a cancelled one too: no process and no pipe is left."""
    await asyncio.wait({starting})
    if starting.exception() is None:
        transport, watch = starting.result()
        if not ended_all:
            _end(family, transport, SIGKILL)
            # `close` would look whether it has ended, and so take its status from asyncio's thread that waits for it.
            await _done(watch.exited, PATIENCE)
        transport.close()
        await _done(watch.closed, PATIENCE)
        if watch.terminal is not None:
            watch.terminal.close()


async def _done(future: asyncio.Future[float] | asyncio.Future[None], seconds: float) -> bool:
    """Wait for *future*, at most so long; whether it is done."""
    return bool((await asyncio.wait({future}, timeout=seconds))[0])


def _end(family: Family, transport: asyncio.SubprocessTransport, number: int) -> bool:
    """Signal all processes of the client; on Windows the first is all there is. Whether one still ran."""
    if sys.platform == "win32":
        if transport.get_returncode() is None:
            transport.terminate()
        return False
    return family.signal(number)


async def _end_all(family: Family, transport: asyncio.SubprocessTransport, watch: _Watch) -> None:
    """Kill what is left until nothing is, for at most a second."""
    until = time.monotonic() + PATIENCE
    while _end(family, transport, SIGKILL) and time.monotonic() < until:
        await asyncio.sleep(AGAIN)
    if not watch.exited.done():
        await _done(watch.exited, PATIENCE)


def _signal_name(status: int | None) -> str:
    if status is None or status >= 0:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
