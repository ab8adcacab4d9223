"""A run that is interrupted, or killed, leaves the cases that had ended, and no process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import environment

from smtpwitness import cli
from smtpwitness.files import store

WAITS = """
import os, socket, sys
from pathlib import Path
here = Path(sys.argv[1])
if not (here / "first").exists():
    (here / "first").touch()
    sys.exit(0)
connection = socket.create_connection((sys.argv[2], int(sys.argv[3])))
(here / "new").write_text(str(os.getpid()))
(here / "new").rename(here / "pid")
while connection.recv(100):
    pass
"""


@pytest.fixture
def under_way(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run whose first case has ended and whose second waits, and the process id of its client."""
    (tmp_path / "waits.py").write_text(WAITS)
    # It is told its job: else it would be run before, to learn it.
    client = f"{{python}} waits.py {tmp_path.as_posix()} {{host}} {{port}} {{sender}}"
    words = ["run", "core/happy", "core/ehlo-rich", "--jobs", "1", "--client", client, "--out", "out"]
    with subprocess.Popen(
        [sys.executable, "-m", "smtpwitness", *words],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as run:
        try:
            wait_for((tmp_path / "pid").exists)
            yield run, int((tmp_path / "pid").read_text())
        finally:
            if run.poll() is None:
                run.kill()


def wait_for(true: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether the process has ended; if it has become a child of this one, it is taken off the kernel's table."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except FileNotFoundError:  # it went just now, or this system has no such file
        return False


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="process groups and their signals")


def first_case_is_kept(folder: Path) -> None:
    run = store.read(folder / "out")
    assert run.finished is False
    assert [(case.name, case.client) for case in run.cases] == [("core/happy", "waits")]
    assert [case.name for case in cli.rejudged(run)] == ["core/happy"]


@posix_only
def test_ctrl_c_leaves_what_has_ended_and_no_process(
    under_way: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    run, client = under_way
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (130, "")
    assert err.lstrip() == "smtpwitness: ended by Ctrl-C; the finished cases are in run.json\n"
    assert gone(client)
    first_case_is_kept(tmp_path)


@posix_only
def test_a_killed_run_leaves_what_has_ended(under_way: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    run, client = under_way
    run.kill()
    run.wait(60)
    wait_for(lambda: gone(client))  # of its own accord: nobody was left to end it
    first_case_is_kept(tmp_path)
