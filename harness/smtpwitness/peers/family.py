"""The processes that one client is made of, and how they are found and ended: what differs by platform.

On Linux every process of a client carries a mark that it inherits through fork, exec and setsid and cannot lose by
closing files, clearing its environment or losing its parent: an unusual soft value of RLIMIT_RTTIME, which limits
real-time scheduling alone and is far too large to limit even that. So exactly the client's own processes are found,
whatever runs beside it. Elsewhere a client is its process group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from typing import Any

MOST_DATA = 2 * 1024**3
"""Octets of memory that a client may have: RLIMIT_DATA, not RLIMIT_AS.

Node, Java and Go reserve far more address space than they use; RLIMIT_DATA counts private writable memory only.
"""

FIRST_MARK = 10**15
"""Microseconds: 31 years."""

MARKS = 10**6
"""A harness has so many, from FIRST_MARK + MARKS * its process id."""

if sys.platform == "linux":
    import ctypes
    import resource

    _SET_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
    _numbers = count(1)
    _CHANGED = (resource.RLIMIT_RTTIME, resource.RLIMIT_CORE)
    _births: list[tuple[Family, dict[int, tuple[int, int]]]] = []

    class Family:
        """One client's processes."""

        start_options: dict[str, Any] = {"start_new_session": True}  # noqa: RUF012 - a constant

        def __init__(self) -> None:
            self._mark = FIRST_MARK + os.getpid() * MARKS + next(_numbers) % MARKS
            self._first: int | None = None

        @property
        def mark(self) -> int:
            """What all its processes carry."""
            return self._mark

        @contextmanager
        def birth(self) -> Iterator[None]:
            """What is started in here carries the mark, and leaves no core file.

            Limits of the harness are inherited by what it starts; they are put back at once. Setting them from
            outside after the start would be too late for a client that forks at once; a `preexec_fn` is unsafe.
            """
            _become_subreaper()
            ours = _births[-1][1] if _births else {one: resource.getrlimit(one) for one in _CHANGED}
            _births.append((self, ours))  # births may overlap: what comes back is what was before the first
            try:
                _set_soft(resource.RLIMIT_RTTIME, self._mark)
                _set_soft(resource.RLIMIT_CORE, 0)
                yield
            finally:
                _births.remove((self, ours))
                for one, limits in ours.items():
                    resource.setrlimit(one, limits)

        def started(self, pid: int) -> None:
            """The first process is *pid*: limit its memory."""
            self._first = pid
            with suppress(OSError, ValueError):  # it has ended already, or its limit is lower still
                _, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
                most = MOST_DATA if hard == resource.RLIM_INFINITY else min(MOST_DATA, hard)
                resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))

        def signal(self, number: int) -> bool:
            """Send a signal to all of them; whether there was one that still ran.

            Processes that have ended are taken off the kernel's table, but for the first, which asyncio waits for.
            """
            living = False
            for pid in self._members():
                living |= self._signal_one(pid, number)
            return living

        def _members(self) -> list[int]:
            return [int(name) for name in os.listdir("/proc") if name.isdigit() and self._is_marked(int(name))]  # noqa: PTH208 - in every case

        def _is_marked(self, pid: int) -> bool:
            try:
                return resource.prlimit(pid, resource.RLIMIT_RTTIME)[0] == self._mark
            except OSError:
                return False  # gone, or another user's

        def _signal_one(self, pid: int, number: int) -> bool:
            """Through a descriptor, and looked at again: *pid* may be another process by now."""
            if pid != self._first and _reaped(pid):
                return False
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                return False
            try:
                if not self._is_marked(pid) or _is_zombie(pid):
                    return False
                signal.pidfd_send_signal(descriptor, number)
                return True
            except OSError:
                return False
            finally:
                os.close(descriptor)

    def _set_soft(limit: int, value: int) -> None:
        hard = resource.getrlimit(limit)[1]
        if hard == resource.RLIM_INFINITY or value <= hard:
            resource.setrlimit(limit, (value, hard))

    def _reaped(pid: int) -> bool:
        """Whether *pid* was a child of ours that had ended, and is now gone from the kernel's table."""
        try:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return False

    def _is_zombie(pid: int) -> bool:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - the name may hold any octets
                return file.read().rpartition(b")")[2].split()[0] == b"Z"
        except OSError:
            return True

    @cache
    def _become_subreaper() -> None:
        """Orphans of our clients become our children, so that they can be reaped where PID 1 reaps nobody."""
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

elif sys.platform == "win32":

    class Family:
        """One client's first process; its descendants are out of reach."""

        start_options: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # noqa: RUF012

        mark = 0

        def __init__(self) -> None:
            self._first: int | None = None

        @contextmanager
        def birth(self) -> Iterator[None]:
            yield

        def started(self, pid: int) -> None:
            self._first = pid

        def signal(self, number: int) -> bool:
            return False  # `process.run` terminates the first process through asyncio

else:

    class Family:
        """One client's process group; what leaves it is out of reach."""

        start_options: dict[str, Any] = {"start_new_session": True}  # noqa: RUF012

        mark = 0

        def __init__(self) -> None:
            self._first: int | None = None

        @contextmanager
        def birth(self) -> Iterator[None]:
            yield

        def started(self, pid: int) -> None:
            self._first = pid

        def signal(self, number: int) -> bool:
            assert self._first is not None, "started"
            try:
                os.killpg(self._first, number)
            except OSError:
                return False
            return True
