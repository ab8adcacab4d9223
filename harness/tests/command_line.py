"""The command `smtpwitness` in a process of its own, and what it is run on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

COREMAIL, REFUSED = "coursework/auth-login-coremail", "coursework/message-refused"

Command = Callable[..., tuple[int, str, str]]
"""`smtpwitness` with these words in this process: exit status, output, errors. The fixture `command`."""

Ran = tuple[Path, subprocess.CompletedProcess[str]]
"""The folder of a run, and how it went. The fixture `ran`."""


def environment(**more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name not in ("LANG", "NO_COLOR", "FORCE_COLOR")}
    return {**plain, "TERM": "xterm-256color", "PYTHONUTF8": "1", **more}


def process(*words: object, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, its output piped."""
    return subprocess.run(
        [sys.executable, "-m", "smtpwitness", *map(str, words)],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
