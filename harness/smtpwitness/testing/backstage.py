"""Where a case runs while a test runs: an event loop and a workshop in a thread of their own.

A thread, because the client may be code of the test itself, which must not wait for the server that it talks to. One
for each case, because nothing of ours is to be left running in somebody's test session.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from ..model.profile import Profile
from ..model.requirement import Requirement
from ..runner import Workshop, workshop

T = TypeVar("T")


class Backstage:
    """An event loop in a thread, with a workshop. `honest` is shared by all cases of a session (see `Workshop`)."""

    shop: Workshop

    def __init__(self, requirements: Mapping[str, Requirement], profile: Profile, honest: dict[str, bool]) -> None:
        self._requirements, self._profile, self._honest = requirements, profile, honest
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread
        self._open = AsyncExitStack()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtpwitness", daemon=True)
        self._thread.start()
        try:
            self.shop = self.call(self._open.enter_async_context(workshop(self._requirements, profile=self._profile)))
        except BaseException:
            self._end()
            raise
        self.shop.honest = self._honest
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.call(self._open.aclose())
        finally:
            self._end()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin *work* on the loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of *work*. What interrupts the wait (Ctrl-C) ends the work first, with all that it started."""
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            if future.cancel():
                self.submit(_cancelled()).result()
            raise

    def _end(self) -> None:
        """Stop the loop, and close it when its threads and generators have ended."""
        self.call(self._loop.shutdown_asyncgens())
        self.call(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancelled() -> None:
    """Wait until every task has ended that was told to."""
    ending = [task for task in asyncio.all_tasks() if task.cancelling()]
    if ending:
        await asyncio.wait(ending)
