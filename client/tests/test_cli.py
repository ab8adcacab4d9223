"""The command, from options to exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rawsmtp
from rawsmtp.cli import main

BOB, CAROL = "bob@example.test", "carol@example.test"
HELLO = "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH LOGIN\n"
MAIL = "C: MAIL FROM:<alice@example.test>\nS: 250 ok\n"
QUIT = "C: QUIT\nS: 221 bye\n"


def rcpt(address, reply):
    return f"C: RCPT TO:<{address}>\nS: {reply}\n"


DATA = "C: DATA\nS: 354 go\nC: a: b\nC:\nC: c\nC: .\nS: 250 queued\n"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Nothing of the caller's, only what every test needs."""
    for name in list(os.environ):
        if name.startswith("SMTP_") or name in ("LANG", "LC_ALL", "LC_MESSAGES"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    (tmp_path / "m.eml").write_bytes(b"a: b\r\n\r\nc\r\n")


@pytest.fixture
def command(serve, tmp_path):
    """Run ``main`` against a scripted server."""

    def run(script, *more):
        port = str(serve(script).port)
        options = ["--host", "127.0.0.1", "--port", port, "--tls", "none", "--helo", "client.example.test"]
        options += ["--sender", "alice@example.test", "--message-file", str(tmp_path / "m.eml"), "--timeout", "5"]
        return main([*options, *(more or ("--recipient", BOB))])

    return run


def test_accepted(command, capsys):
    assert command(HELLO + MAIL + rcpt(BOB, "250 ok") + DATA + QUIT) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-2:] == ["S: 221 bye", "Message accepted by the server"]
    assert err == ""


def test_several_recipients_in_one_option(command, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SMTP_RESULT_FILE", str(tmp_path / "result.json"))
    script = HELLO + MAIL + rcpt(BOB, "250 ok") + rcpt(CAROL, "550 no \x1b[2J such user") + DATA + QUIT
    assert command(script, "--to", BOB, CAROL) == 69
    assert json.loads((tmp_path / "result.json").read_text()) == {
        "messages": [{"recipients": {BOB: "accepted", CAROL: "permanent"}}]
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.eml", "result.json"]
    err = capsys.readouterr().err
    reason = r"carol@example.test: RCPT was answered 550 no \x1b[2J such user (1 of 2 recipients failed)"
    assert err == f"rawsmtp: not accepted: {reason}\n"


@pytest.mark.parametrize(
    ("reply", "exit_status", "sentence"),
    [("450 later", 75, "not accepted for now, try again later"), ("550 no", 69, "not accepted"),
     ("what", 70, "the server broke the protocol")],
)  # fmt: skip
def test_failures(command, capsys, reply, exit_status, sentence):
    assert command(HELLO + f"C: MAIL FROM:<alice@example.test>\nS: {reply}\n" + QUIT) == exit_status
    err = capsys.readouterr().err
    assert err.startswith(f"rawsmtp: {sentence}: {BOB}: ")
    assert err.count("\n") == 1


def test_quiet(command, capsys):
    assert command(HELLO + MAIL + rcpt(BOB, "250 ok") + DATA + QUIT, "--recipient", BOB, "--quiet") == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("how", ["option", "LANG", "LC_ALL", "windows"])
def test_chinese(command, capsys, monkeypatch, how):
    more = []
    if how == "option":
        more = ["--lang", "zh"]
    elif how == "windows":
        monkeypatch.delenv("LANG")
        monkeypatch.setattr("locale.getlocale", lambda: ("Chinese (Simplified)_China", "936"))
    else:
        monkeypatch.setenv(how, "zh_CN.UTF-8")
    assert command(HELLO + MAIL + rcpt(BOB, "250 ok") + DATA + QUIT, "--recipient", BOB, *more) == 0
    assert capsys.readouterr().out.endswith("\n邮件已被服务器接受\n")


def test_english_where_the_locale_says_nothing(monkeypatch, capsys):
    monkeypatch.delenv("LANG")
    monkeypatch.setattr("locale.getlocale", lambda: (None, None))
    assert main(["--auth", "x-none"]) == 127
    assert capsys.readouterr().err.startswith("rawsmtp: not supported: ")


@pytest.mark.parametrize("name", ["scram-sha-256", "x-no-such-mechanism"])
def test_an_unsupported_mechanism(monkeypatch, tmp_path, capsys, name):
    monkeypatch.setenv("SMTP_AUTH", name)
    monkeypatch.setenv("SMTP_RESULT_FILE", str(tmp_path / "result.json"))
    assert main([]) == 127
    assert json.loads((tmp_path / "result.json").read_text()) == {"messages": []}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["stray"],
        ["--no-such-option"],
        ["--password", "secret"],
        ["--host"],
        ["--lang", "fr"],
        ["--hello", "lhlo"],
        ["--host", "h.test", "--port", "x"],
    ],
)
def test_wrong_command_lines(capsys, arguments):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("rawsmtp: the job is wrong: ")
    assert err.count("\n") == 1


def test_a_declined_address_makes_no_connection(capsys):
    options = ["--host", "host.invalid", "--sender", "a@x.test", "--subject", "x"]
    assert main([*options, "--recipient", "b@x.test\r\nDATA"]) == 69
    assert r"'b@x.test\r\nDATA'" in capsys.readouterr().err


def test_help(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "example:" in out
    assert "--password" not in out


def test_a_result_file_that_cannot_be_written(command, monkeypatch, tmp_path, capsys):
    """The message is accepted, whatever becomes of the file."""
    monkeypatch.setenv("SMTP_RESULT_FILE", str(tmp_path / "missing" / "result.json"))
    assert command(HELLO + MAIL + rcpt(BOB, "250 ok") + DATA + QUIT) == 0
    assert "cannot write the result file" in capsys.readouterr().err


def test_a_result_file_in_a_closed_folder(command, monkeypatch, tmp_path):
    """Only the file itself can be written, not another one beside it."""
    result = tmp_path / "result.json"
    result.touch()
    monkeypatch.setenv("SMTP_RESULT_FILE", str(result))

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    assert command(HELLO + MAIL + rcpt(BOB, "250 ok") + DATA + QUIT) == 0
    assert json.loads(result.read_text()) == {"messages": [{"recipients": {BOB: "accepted"}}]}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.eml", "result.json"]


@pytest.mark.parametrize(("error", "exit_status"), [(KeyboardInterrupt(), 75), (RuntimeError("oops"), 70)])
def test_never_a_traceback(monkeypatch, capsys, error, exit_status):
    def fail(*_):
        raise error

    monkeypatch.setattr("rawsmtp.cli.read_job", fail)
    assert main([]) == exit_status
    err = capsys.readouterr().err
    assert err.count("\n") == 1


def test_a_window_that_cannot_show_chinese(command, monkeypatch):
    octets = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(octets, encoding="ascii"))
    script = HELLO.replace("220 mx", "220 邮件") + MAIL + rcpt(BOB, "250 ok") + DATA + QUIT
    assert command(script, "--recipient", BOB, "--lang", "zh") == 0
    assert b"S: 220 ??\n" in octets.getvalue().replace(b"\r\n", b"\n")


def test_as_a_module_from_the_environment_alone(serve, tmp_path):
    """As the harness starts it; the password is nowhere in what it prints."""
    script = HELLO + "C: AUTH LOGIN\nS: 334 dXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 ok\n"
    server = serve(script + MAIL + rcpt(BOB, "250 ok") + rcpt(CAROL, "250 ok") + DATA + QUIT)
    job = {
        "HOST": "127.0.0.1", "PORT": str(server.port), "TLS": "none", "AUTH": "login", "USERNAME": "alice",
        "PASSWORD": "secret", "SENDER": "alice@example.test", "RECIPIENTS": f"{BOB}\n{CAROL}",
        "MESSAGE_FILE": str(tmp_path / "m.eml"), "HELO": "client.example.test", "TIMEOUT": "5",
        "RESULT_FILE": str(tmp_path / "result.json"),
    }  # fmt: skip
    environment = os.environ | {f"SMTP_{name}": value for name, value in job.items()}
    environment["PYTHONPATH"] = str(Path(rawsmtp.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-m", "rawsmtp"], env=environment, capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"secret" not in done.stdout
    assert b"c2VjcmV0" not in done.stdout
    assert json.loads((tmp_path / "result.json").read_text()) == {
        "messages": [{"recipients": {BOB: "accepted", CAROL: "accepted"}}]
    }
