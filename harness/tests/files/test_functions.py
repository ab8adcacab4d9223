from pathlib import Path

import pytest

from smtpwitness.files.clients import client_from, read_client
from smtpwitness.files.functions import DRIVER, PARAMETERS, FunctionError, command
from smtpwitness.files.problems import ScenarioError


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_parameters_tell_what_a_function_wants(tmp_path: Path) -> None:
    path = written(tmp_path, "def go(mailServer, port=25, to_addrs=(), retries=3, *, msg): ...\n")
    assert command("mine.py:go", tmp_path) == [
        *("{python}", str(DRIVER), str(path), "go"),
        *("mailServer:={host}", "port:int={port}", "to_addrs:list={recipients}", "msg:file={body_file}"),
    ]


@pytest.mark.parametrize(
    ("named", "text", "message"),
    [
        ("mine.py", "", "a function is named as"),
        ("other.py:go", "", "other.py cannot be read"),
        ("mine.py:go", "def come(): ...", "has no function 'go'"),
        ("mine.py:go", "def go(host, shoe_size): ...", "go wants 'shoe_size'"),
        ("mine.py:go", "def go(host, *, shoe_size): ...", "go wants 'shoe_size'"),
        ("mine.py:go", "def go(host, /): ...", "called by keywords"),
        ("mine.py:go", "\n\nprint 'x'", "mine.py, line 3 is no Python"),
    ],
)
def test_what_cannot_be_called_is_told(tmp_path: Path, named: str, text: str, message: str) -> None:
    written(tmp_path, text)
    with pytest.raises(FunctionError, match=message):
        command(named, tmp_path)


def test_a_function_is_a_client_like_any_other(tmp_path: Path) -> None:
    path = written(tmp_path, "def go(host, port, subject): ...\n")
    client = client_from(f"python:{path}:go")
    assert (client.name, client.takes, client.reads_environment) == ("mine", "composed", False)
    (tmp_path / "x.client.yaml").write_text("command: python:mine.py:go\n", encoding="utf-8")
    assert read_client(tmp_path / "x.client.yaml").argv == client.argv
    for wrong in ("go_on", "nothing"):
        with pytest.raises(ScenarioError, match="no function"):
            client_from(f"python:{path}:{wrong}")
    (tmp_path / "x.client.yaml").write_text("command: python:mine.py:goo\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"x.client.yaml:1:10: .*no function 'goo'"):
        read_client(tmp_path / "x.client.yaml")


def test_a_function_that_names_its_server_itself_is_redirected(tmp_path: Path) -> None:
    path = written(tmp_path, "def go(): ...\n")
    made = client_from(f"python:{path}:go")
    assert (made.redirect, made.learn) == (True, True)  # its job stands in its text, too
    path = written(tmp_path, "def go(host, port): ...\n")
    made = client_from(f"python:{path}:go")
    assert (made.redirect, made.learn) == (False, True)


def test_no_name_means_two_things() -> None:
    names = [name for names in PARAMETERS.values() for name in names.split()]
    assert len(names) == len(set(names))
