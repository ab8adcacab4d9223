"""Clients that mean harm do none: what was there before is there after, and it is told what they tried."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.boxing import Seen, needs_a_box, shut_in

from smtpwitness.model.run import Redirect
from smtpwitness.peers import box

pytestmark = [pytest.mark.once, needs_a_box]

HOSTILE = Path(__file__).parent / "hostile_clients"
SECRET = "another case's password"
LATE = 256 * 1024**2
"""Octets that may be eaten between two looks."""


@pytest.fixture
def hidden() -> Iterator[Path]:
    """A run's folder, in which another case has a password."""
    with tempfile.TemporaryDirectory(prefix="smtpwitness-") as name:
        (Path(name) / "other").mkdir()
        (Path(name) / "other" / "password").write_text(SECRET)
        yield Path(name)


def there(*folders: Path) -> dict[str, object]:
    """Lists of processes, mounts, files and open descriptors (sockets too)."""
    listed = {str(one.relative_to(folder)): one.stat().st_size for folder in folders for one in folder.rglob("*")}
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    links = [one for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]  # what listed them is closed again
    descriptors = [str(one.readlink()) for one in links]
    mounts = Path("/proc/self/mounts").read_text()
    shared = {one: sorted(str(name) for name in Path(one).glob("fill-*")) for one in ("/tmp", "/var/tmp", "/dev/shm")}
    return {"files": listed, "children": children, "fds": sorted(descriptors), "mounts": mounts, "shared": shared}


def attack(name: str, hidden: Path, folder: Path, *argv: str, limit: float = 20.0) -> Seen:
    """Run a hostile client; what is there is the same afterwards, and it used no more than it may."""
    (folder / "client.py").write_text((HOSTILE / f"{name}.py").read_text())
    (hidden / "case").mkdir()
    before = there(folder, hidden / "other")
    (hidden / "case").rmdir()
    found = shut_in(hidden, [sys.executable, "-I", "client.py", *argv], folder, limit=limit)
    assert there(folder, hidden / "other") == before
    assert not list((hidden / "case" / "tmp").iterdir())
    within(found[1])
    return found


def within(seen: Redirect) -> None:
    assert 0 < seen.memory <= box.TOGETHER["memory"] + LATE
    assert seen.cpu_ms <= 1000 * (box.TOGETHER["cpu"] + 2)
    assert seen.processes <= 10 * box.TOGETHER["processes"]


def test_a_fork_bomb(hidden: Path, tmp_path: Path) -> None:
    process, seen, _ = attack("fork_bomb", hidden, tmp_path)
    assert seen.limits == ("processes",)
    assert process.signal == "SIGKILL"
    assert not process.timed_out


def test_a_disk_filler(hidden: Path, tmp_path: Path) -> None:
    process, seen, _ = attack("disk_filler", hidden, tmp_path, limit=60)
    assert seen.limits or process.stdout.startswith("filled"), process.stderr
    written = int(process.stdout.split()[1]) if process.stdout else 0
    assert written << 20 <= 8 * box.ROOM


def test_one_that_is_deaf_to_signals(hidden: Path, tmp_path: Path) -> None:
    process, _, _ = attack("deaf", hidden, tmp_path, limit=1.0)
    assert process.timed_out
    assert process.signal == "SIGKILL"


def test_one_that_prints_for_ever(hidden: Path, tmp_path: Path) -> None:
    process, seen, _ = attack("chatterbox", hidden, tmp_path)
    assert seen.limits == ("output",)
    assert not process.timed_out
    assert process.cut
    assert len(process.stdout) < 2 * 1024**2


def test_one_that_reads_who_is_here(hidden: Path, tmp_path: Path) -> None:
    process, _, _ = attack("spy", hidden, tmp_path)
    names = [line.partition(":")[0] for line in process.stdout.split()]
    assert names == ["root", "student"], process.stderr


def test_one_that_looks_for_other_cases_passwords(hidden: Path, tmp_path: Path) -> None:
    process, _, _ = attack("thief", hidden, tmp_path, str(hidden))
    assert process.exit_status == 0, process.stderr
    assert SECRET not in process.stdout
    assert "other" not in process.stdout.split()


def test_one_that_tries_to_reach_the_internet(hidden: Path, tmp_path: Path) -> None:
    process, seen, events = attack("tourist", hidden, tmp_path)
    assert [line.split()[0] for line in process.stdout.splitlines()] == ["no"] * 4 + ["nothing"], process
    assert seen.asked == ("www.example.com",)
    assert {"www.example.com:80", "198.51.100.1:443", "192.0.2.1:6667"} <= set(seen.tried)
    assert not events


def test_one_that_eats_memory(hidden: Path, tmp_path: Path) -> None:
    process, seen, _ = attack("glutton", hidden, tmp_path)
    assert seen.limits == ("memory",)
    assert process.signal == "SIGKILL"
