"""What a harness that was killed has left: folders, each with a note of whose it is, and the processes that it started.

A harness that is killed cannot sweep; the next one does, when it starts. A folder's owner lives as long as there is a
process of that number that began at that time. Its processes are known by their marks (`family`), which tell its
number. Where there is no /proc, nothing is swept.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .family import FIRST_MARK, MARKS

PREFIX = "smtpwitness-"
NOTE = "owner.json"

OLD = 60.0
"""Seconds after which a folder without a note, and with nothing in it, is nobody's any more."""

ENDING, LOOK = 2.0, 0.01
"""Seconds that killed processes have to be gone, and between two looks."""


@contextmanager
def folder(prefix: str = PREFIX) -> Iterator[Path]:
    """A folder of ours, gone after the block; if we are killed in it, the next harness removes it."""
    made = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        sign(made)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sign(folder: Path) -> None:
    """Note in *folder* that it is ours."""
    (folder / NOTE).write_text(json.dumps({"pid": os.getpid(), "began": began(os.getpid())}))


def began(pid: int) -> str:
    """When process *pid* began, in the kernel's words; "" if there is none."""
    return "".join(_stat(pid)[19:20])


def _stat(pid: int) -> list[str]:
    """The kernel's words on process *pid*, its state first; none where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def sweep() -> None:
    """Remove the folders of harnesses that are no more, and end their processes."""
    if not began(os.getpid()):
        return
    import pwd

    owners = {os.geteuid(), *([pwd.getpwnam("nobody").pw_uid] if os.geteuid() == 0 else [])}  # whom a root's relays are
    for one in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            if one.is_symlink() or one.stat().st_uid not in owners:
                continue
            if not (one / NOTE).exists():
                if time.time() - one.stat().st_mtime > OLD:
                    one.rmdir()  # if it is empty: it was killed between making it and its note
                continue
            note = json.loads((one / NOTE).read_text())
            now = began(int(note["pid"]))
            if now == note["began"]:
                continue  # it lives
            _end(int(note["pid"]), now)
            shutil.rmtree(one, ignore_errors=True)


def _end(pid: int, reused: str) -> None:
    """End what harness *pid* started; another process of that number began at *reused*, if there is one."""
    until = time.monotonic() + ENDING
    while time.monotonic() < until:
        there = [one for one in _marked(pid) if not reused or int(began(one) or 0) < int(reused)]
        if not there:
            return
        for one in there:
            with suppress(OSError):
                os.kill(one, signal.SIGKILL)
        time.sleep(LOOK)


def _marked(pid: int) -> list[int]:
    """The processes that carry a mark of harness *pid* and still run."""
    there = (int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit())
    return [one for one in there if (mark_of(one) - FIRST_MARK) // MARKS == pid and _stat(one)[:1] not in ([], ["Z"])]


def mark_of(pid: int) -> int:
    """The mark that process *pid* carries; 0 if none.

    Also where it is another user's, whose limits a root without CAP_SYS_RESOURCE may not ask for.
    """
    try:
        limits = Path(f"/proc/{pid}/limits").read_text()
        return int(next(line for line in limits.splitlines() if "realtime timeout" in line).split()[3])
    except (OSError, ValueError, IndexError, StopIteration):
        return 0
