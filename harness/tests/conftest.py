"""Fixtures of the tests that use the command as its users do."""

from __future__ import annotations

import signal
import sys

import pytest
from command_line import COREMAIL, REFUSED, Command, Ran, process
from hypothesis import HealthCheck, settings

from smtpwitness import cli

# A shell starts what is to run in the background with SIGINT ignored, and its children's children inherit that. Some
# tests press Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test fails because the machine is busy.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `smtpwitness` with these words in this process: exit status, output, errors."""
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["smtpwitness", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run of three cases by a process; its folder, and how it went."""
    folder = tmp_path_factory.mktemp("run")
    selectors = (COREMAIL, REFUSED, "auth/in-clear")
    return folder / "out", process("run", *selectors, "--client", "rawsmtp-helo", "--out", "out", cwd=folder)
