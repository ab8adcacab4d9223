"""Tells GitHub Actions how a run went, where it runs there: annotations, and the summary of the step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .model.run import Run
from .report.annotations import workflow_commands
from .report.summary import summary


def told(run: Run, environ: Mapping[str, str] = os.environ) -> str:
    """The lines to print for annotations; "" anywhere else. The summary is added to the step's file.

    Raises `OSError` where that file cannot be written.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return ""
    if file := environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file).open("a", encoding="utf-8", errors="replace") as opened:
            opened.write(summary(run))
    return workflow_commands(run)
