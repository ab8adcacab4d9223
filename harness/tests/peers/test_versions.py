import re
import sys
from pathlib import Path

import pytest

from smtpwitness.files.clients import Origin, read_client, read_origin
from smtpwitness.model.run import Client
from smtpwitness.peers.process import ClientNotStarted
from smtpwitness.peers.versions import SHOWN, versions, with_versions


def python(program: str) -> Origin:
    return Origin(Client("x", ("x", "{host}")), ("{python}", "-c", program))


def test_what_the_clients_say() -> None:
    told = versions(
        [
            python("print('\\n x 1.2 \\nmore')"),
            python("import sys; print('x 3', file=sys.stderr)"),
            python("pass"),
            Origin(Client("x", ("x", "{host}"))),
        ]
    )
    assert told == ["x 1.2", "x 3", "", ""]


def test_those_that_are_not_here() -> None:
    absent = Origin(Client("x", ("x", "{host}")), ("/no/such/program", "--version"))
    assert versions([absent, python("raise SystemExit(126)")]) == [None, None]


@pytest.mark.skipif(sys.platform == "win32", reason="a folder of its own is no matter there")
def test_a_client_that_does_not_end_or_prints_for_ever() -> None:
    never, noisy = python("import time; time.sleep(600)"), python("while True: print('x' * 1000)")
    assert versions([never, noisy], 0.5) == ["", ""]
    (long,) = versions([python("print('x' * 1000)")])
    assert long == "x" * SHOWN


def test_the_folder_of_its_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.client.yaml").write_text('command: "x {host}"\nversion: ["{python}", "{here}/told.py"]\n')
    (tmp_path / "told.py").write_text("print('x 5')")
    assert versions([read_origin(tmp_path / "x.client.yaml")]) == ["x 5"]


def test_only_who_says_how_is_asked(tmp_path: Path) -> None:
    told = 'version: ["{python}", "-c", "print(5)"]\n'
    (tmp_path / "x.client.yaml").write_text(f'command: "x {{host}}"\n{told}')
    (tmp_path / "shut-in.client.yaml").write_text(f"command: x\nredirect: true\n{told}")
    files = [read_client(tmp_path / name) for name in ("x.client.yaml", "shut-in.client.yaml")]
    assert [one.version for one in with_versions([*files, Client("x", ("x", "{host}"))])] == ["5", "", ""]


def test_who_is_not_here_is_not_run(tmp_path: Path) -> None:
    """Its driver would be, and what that does is no fault of the program's."""
    absent = 'version: ["{python}", "-c", "raise SystemExit(126)"]\n'
    (tmp_path / "x.client.yaml").write_text(f'command: "x {{host}}"\n{absent}install: apt-get install x\n')
    (tmp_path / "y.client.yaml").write_text(f'command: "x {{host}}"\n{absent}')  # may have no such option
    x, y = (read_client(tmp_path / name) for name in ("x.client.yaml", "y.client.yaml"))
    assert [one.version for one in with_versions([y])] == [""]
    with pytest.raises(ClientNotStarted, match=re.escape("x is not installed: apt-get install x")):
        with_versions([y, x])
