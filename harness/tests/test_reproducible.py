"""The same run.json makes the same report, octet for octet, wherever and by whomever it is made."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
import sample_run
from command_line import environment

from smtpwitness.files import store
from smtpwitness.model.texts import TEXTS

pytestmark = pytest.mark.once

REPORT = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import sample_run
from smtpwitness import cli
from smtpwitness.files import store
from smtpwitness.model.student import Student
from smtpwitness.model.texts import TEXTS
from smtpwitness.report import write_evidence
TEXTS.update(sample_run.TEXTS)
for words in (["report", "."], ["report", "../before", "."]):
    cli.commands.main(words, standalone_mode=False)
run = store.read(cli.Path("."))
write_evidence(run, sample_run.assignment(), cli.Path("."), Student("\\u674e\\u96f7", "2025", "Networks", "Han", "zh"))
"""


def made(folder: Path, **env: str) -> dict[str, bytes]:
    """Every file of the report that a process with *env* makes of the sample run in *folder*."""
    sample = sample_run.gated()
    run = replace(sample, cases=(*sample.cases, *sample_run.hostile_gated().cases, sample_run.assignment()))
    for name, one in (("before", sample_run.sample()), ("now", run)):
        (folder / name).mkdir(parents=True)
        with mock.patch.dict(TEXTS, sample_run.TEXTS):
            store.write(one, folder / name)
    ended = subprocess.run(
        [sys.executable, "-c", REPORT],
        cwd=folder / "now",
        env=environment(**env),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_hash_seed_time_zone_locale_and_directory_leave_no_trace(tmp_path: Path) -> None:
    here = made(tmp_path / "a", PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C.UTF-8", COLUMNS="80")
    there = made(
        tmp_path / "another folder" / "李雷",
        PYTHONHASHSEED="4711",
        TZ="Asia/Kathmandu",
        LC_ALL="C",  # neither UTF-8
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        PYTHONIOENCODING="ascii:backslashreplace",
        LANGUAGE="zh_CN",
        COLUMNS="200",
        HOME=str(tmp_path),
    )
    assert {"now/index.zh.html", "now/compare.html", "now/evidence.md", "now/results.sarif"} < set(here)
    assert [name for name in here if here[name] != there.get(name)] == []
    assert set(here) == set(there)
