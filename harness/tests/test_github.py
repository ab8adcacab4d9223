"""What GitHub Actions is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
import sample_run

from smtpwitness import github
from smtpwitness.model.texts import TEXTS
from smtpwitness.report.annotations import workflow_commands
from smtpwitness.report.summary import summary


@pytest.fixture(autouse=True)
def _texts() -> Iterator[None]:
    with mock.patch.dict(TEXTS, sample_run.TEXTS):
        yield


def test_anywhere_else_nothing_is_told_or_written(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    assert github.told(sample_run.sample(), {"GITHUB_STEP_SUMMARY": str(file)}) == ""
    assert not file.exists()


def test_the_summary_is_added_to_that_of_earlier_steps(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("earlier\n")
    run = sample_run.sample()
    said = github.told(run, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(file)})
    assert said == workflow_commands(run)
    assert said.startswith("::error ")
    assert file.read_text(encoding="utf-8") == "earlier\n" + summary(run)


def test_without_a_file_the_annotations_are_told_all_the_same() -> None:
    assert github.told(sample_run.sample(), {"GITHUB_ACTIONS": "true"})
