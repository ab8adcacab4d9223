from dataclasses import replace
from pathlib import Path

import pytest

from smtpwitness.files.answers import (
    answer_option,
    own_secrets,
    recorded,
    typed,
    with_files,
)
from smtpwitness.files.clients import VALUES, client_from, clients_from, read_client
from smtpwitness.files.problems import ScenarioError
from smtpwitness.model.run import Client


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.client.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def client(folder: Path, text: str) -> Client:
    return read_client(write(folder, "command: [python, client.py]\n" + text))


def test_an_option_is_a_pattern_and_a_text() -> None:
    assert answer_option("Your name: =a=b") == ("Your name: ", "a=b")
    for wrong in ("no sign", "=x", " =x"):
        with pytest.raises(ValueError, match="PATTERN=TEXT"):
            answer_option(wrong)


def test_answers_tell_as_placeholders_of_a_command_do() -> None:
    answers = [("host", "{host}"), ("pass", "{password}"), ("tls", "{tls}")]
    asked = client_from("python client.py", answers)
    plain = client_from("python client.py {host} {password} {tls}")
    assert (asked.supports, asked.takes, asked.answers) == (plain.supports, "fixed", tuple(answers))


def test_a_file_lists_answers_or_maps_them(tmp_path: Path) -> None:
    pairs = (("server", "{host}"), ("go on", "yes"))
    assert client(tmp_path, "answers:\n  - server: '{host}'\n  - go on: yes\n").answers == pairs
    assert client(tmp_path, "answers:\n  server: '{host}'\n  go on: yes\n").answers == pairs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("answers:\n  - server: '{hots}'\n", "there is no placeholder {hots}"),
        ("answers:\n  - ' ': '{host}'\n", "this one is empty"),
        ('answers:\n  - server: "{host}\\n"\n', "is one line"),
        ("files: {../x: '{host}'}\n", "no path below the client's folder"),
        ("files: {/etc/x: '{host}'}\n", "no path below the client's folder"),
        ("answers:\n  - name: ann\n", "names its server itself"),
        ("files: {a.json: '{\"port\": 25}'}\n", "names its server itself"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        client(tmp_path, text)
    assert message in str(caught.value)


def test_answers_are_for_command_lines() -> None:
    with pytest.raises(ScenarioError, match="--answer is for a command line"):
        clients_from(["rawsmtp"], [("host", "{host}")])
    with pytest.raises(ScenarioError, match="no placeholder"):
        clients_from(["python x.py"], [("host", "{hots}")])


def test_files_are_written_into_a_copy_of_the_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "lib").mkdir(parents=True)
    (home / ".git").mkdir()
    for name in ("client.py", "lib/more.py", "config.json", ".git/config"):
        (home / name).write_text("mine", encoding="utf-8")
    found = client(home, 'files:\n  config.json: \'{"port": {port}, "x": {}}\'\n  new/a.ini: host={host}\n')
    start = with_files(found, home, tmp_path / "copy", VALUES, {"port": "2525", "host": "localhost"}.__getitem__)
    assert start == tmp_path / "copy"
    assert {str(one.relative_to(start)) for one in start.rglob("*") if one.is_file()} == {
        *("client.py", "config.json", "mine.client.yaml"),
        *(str(Path("lib/more.py")), str(Path("new/a.ini"))),
    }
    assert (start / "config.json").read_text(encoding="utf-8") == '{"port": 2525, "x": {}}'
    assert (start / "new/a.ini").read_text(encoding="utf-8") == "host=localhost"
    assert (home / "config.json").read_text(encoding="utf-8") == "mine"
    assert with_files(replace(found, files={}), home, tmp_path / "other", VALUES, str) == home


def test_a_folder_of_thousands_of_files_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpwitness.files.answers.MOST_FILES", 1)
    found = client(tmp_path, "files: {a: '{host}'}\n")
    (tmp_path / "b").touch()
    with pytest.raises(ValueError, match="more than 1 files"):
        with_files(found, tmp_path, tmp_path / "copy", VALUES, str)


def test_a_secret_of_the_user_s_own_is_typed_and_not_stored(tmp_path: Path) -> None:
    text = "answers:\n  - 密码: hunter2\n  - name: ann\n  - password: '{password}'\nfiles: {a: 'hunter2 {host}'}\n"
    found = client(tmp_path, text)
    assert own_secrets(found) == ["hunter2"]
    assert typed(found, {"password": "p"}.__getitem__)[0] == ("密码", "hunter2")
    kept = recorded(found)
    assert "hunter2" not in repr(kept)
    assert ("password", "{password}") in kept.answers
