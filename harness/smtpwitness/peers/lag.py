"""How late the event loop was: a time-out that was measured on a busy machine proves nothing."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

TICK = 0.02
"""Seconds between two looks."""


class Window:
    """One case's share of the measurement; `worst` in milliseconds."""

    def __init__(self) -> None:
        self.worst = 0.0


class LagMonitor:
    """Measures the running loop for as long as it is entered; one for all cases of a run.

    `async with LagMonitor() as lag: window = lag.open(); ...; worst_ms = lag.close(window)`.
    """

    def __init__(self) -> None:
        self._windows: set[Window] = set()
        self._due = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LagMonitor:
        self._due = time.monotonic() + TICK
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None, "entered"
        self._task.cancel()
        await asyncio.wait({self._task})

    def open(self) -> Window:
        """Begin a case."""
        self._look()  # what was late before is not this case's
        window = Window()
        self._windows.add(window)
        return window

    def close(self, window: Window) -> float:
        """End a case: the most milliseconds that the loop was late while it ran."""
        self._look()
        self._windows.discard(window)
        return window.worst

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(max(0.0, self._due - time.monotonic()))
            self._look()
            self._due = time.monotonic() + TICK

    def _look(self) -> None:
        late = (time.monotonic() - self._due) * 1000
        for window in self._windows:
            window.worst = max(window.worst, late)
