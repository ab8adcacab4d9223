"""What a harness that was killed left is swept by the next one; what belongs to one that lives stays."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from smtpwitness.peers import leftovers
from smtpwitness.peers.family import Family

if sys.platform != "linux":
    pytest.skip("without /proc nothing is swept", allow_module_level=True)

KILLED = """
import os, signal, subprocess
from smtpwitness.peers import leftovers
from smtpwitness.peers.family import Family
with leftovers.folder() as folder:
    (folder / "more").mkdir()
    family = Family()
    with family.birth():
        unheard = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen(["sleep", "60"], **unheard, **family.start_options)
    print(folder, child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files is the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_the_folders_and_processes_of_one_that_was_killed_go() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    name, pid = done.stdout.split()
    assert leftovers.mark_of(int(pid)), "it runs on"
    assert Path(name).is_dir()
    leftovers.sweep()
    assert not Path(name).exists()
    assert not running(int(pid))
    with contextlib.suppress(ChildProcessError):  # where this process inherits orphans, it is ours to wait for
        os.waitpid(int(pid), 0)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_folder_goes_with_its_block(own_folder: Path) -> None:
    with leftovers.folder() as mine:
        (mine / "more").mkdir()
        leftovers.sweep()
        assert (mine / "more").is_dir()
    assert not list(own_folder.iterdir())


def test_what_belongs_to_one_that_lives_stays(own_folder: Path) -> None:
    mine = own_folder / (leftovers.PREFIX + "mine")
    mine.mkdir()
    leftovers.sign(mine)
    family = Family()
    with family.birth():
        child = subprocess.Popen(["sleep", "60"], **family.start_options)
    try:
        leftovers.sweep()
        assert mine.is_dir()
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_a_number_that_another_process_has_now_ends_nothing_of_that_one(own_folder: Path) -> None:
    old = own_folder / (leftovers.PREFIX + "old")
    old.mkdir()
    (old / leftovers.NOTE).write_text(f'{{"pid": {os.getpid()}, "began": "1"}}')
    family = Family()
    with family.birth():
        child = subprocess.Popen(["sleep", "60"], **family.start_options)
    try:
        leftovers.sweep()
        assert not old.exists()
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"pid": "x", "began": "1"}'])
def test_what_no_harness_noted_stays(own_folder: Path, note: str) -> None:
    odd = own_folder / (leftovers.PREFIX + "odd")
    odd.mkdir()
    (odd / leftovers.NOTE).write_text(note)
    leftovers.sweep()
    assert odd.is_dir()


def test_an_old_empty_folder_without_a_note_goes_and_no_other(own_folder: Path) -> None:
    old, young, full = (own_folder / (leftovers.PREFIX + name) for name in ("old", "young", "full"))
    for one in (old, young, full):
        one.mkdir()
    (full / "file").touch()
    before = time.time() - 2 * leftovers.OLD
    for one in (old, full):
        os.utime(one, (before, before))
    link = own_folder / (leftovers.PREFIX + "link")
    link.symlink_to(full)
    leftovers.sweep()
    assert not old.exists()
    assert young.is_dir()
    assert full.is_dir()
    assert link.is_symlink()
