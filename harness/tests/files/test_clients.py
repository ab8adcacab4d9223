import os
import sys
from pathlib import Path

import pytest

from smtpwitness.files import clients
from smtpwitness.files.clients import (
    arguments,
    client_from,
    clients_from,
    environment,
    read_client,
    read_origin,
    split_command,
)
from smtpwitness.files.problems import ScenarioError
from smtpwitness.model.gate import Known
from smtpwitness.model.run import Client
from smtpwitness.model.scenario import Place

VALUES = {
    "host": "127.0.0.1",
    "port": "2525",
    "tls": "starttls",
    "auth": "plain",
    "username": "alice@example.test",
    "password": "s3cret",
    "sender": "alice@example.test",
    "recipient": "bob@example.test",
    "recipients": ["bob@example.test", "carol@example.test"],
    "message_file": "/case/message.eml",
    "subject": "Hello",
    "body_file": "/case/body.txt",
    "helo": "client.example.test",
    "ca_file": "/case/ca.pem",
    "timeout": "2.5",
}

MECHANISMS = {
    *("auth-plain", "auth-login", "auth-cram-md5", "auth-scram-sha-1", "auth-scram-sha-256"),
    *("auth-xoauth2", "auth-oauthbearer"),
}


def messages(error: pytest.ExceptionInfo[ScenarioError]) -> list[str]:
    return [problem.message for problem in error.value.problems]


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        client_from(text)
    return "\n".join(messages(caught))


def write(folder: Path, text: str) -> Path:
    path = folder / "my.client.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def wrong(folder: Path, text: str) -> list[str]:
    """What is wrong with a client file, each with line and column."""
    path = write(folder, text)
    with pytest.raises(ScenarioError) as caught:
        client_from(str(path))
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


# --- names ------------------------------------------------------------------------------------------------------


def test_a_known_name():
    client = client_from("smtplib")
    assert (client.name, client.takes, client.reads_environment) == ("smtplib", "raw", True)
    assert client.place is not None
    assert Path(client.place.file).name == "smtplib.client.yaml"


def test_the_nearest_name_is_told():
    assert refused("smtplip").startswith(
        "there is no known client 'smtplip' (did you mean 'smtplib'?); known are aiosmtplib, curl, "
    )


def test_a_name_like_no_other():
    assert refused("zzz").startswith("there is no known client 'zzz'; known are")


def test_two_clients_of_one_name_are_told_apart():
    texts = [f"{program} {{host}}" for program in ("a/send", "b/send", "send-2", "c/send", "other")]
    named = [client_from(text) for text in texts]
    assert [one.name for one in clients_from(texts)] == ["send", "send-3", "send-2", "send-4", "other"]
    assert [one.argv for one in clients_from(texts)] == [one.argv for one in named]


def test_the_same_client_may_be_asked_for_twice():
    assert [one.name for one in clients_from(["smtplib", "smtplib", "smtplib"])] == [
        "smtplib",
        "smtplib-2",
        "smtplib-3",
    ]


def test_one_wrong_client_of_several_is_told():
    with pytest.raises(ScenarioError, match="did you mean 'smtplib'"):
        clients_from(iter(["curl", "smtplip"]))
    assert clients_from([]) == []


# --- command lines ----------------------------------------------------------------------------------------------


def test_a_command_line():
    client = client_from("python3 'my mailer.py' --to {recipient} {host}:{port}")
    assert client.argv == ("python3", "my mailer.py", "--to", "{recipient}", "{host}:{port}")
    assert (client.name, client.takes, client.place, client.tells_classes) == ("my-mailer", "fixed", None, False)
    assert client.supports == frozenset()


@pytest.mark.parametrize(
    ("placeholder", "can"),
    [
        ("{tls}", {"starttls", "implicit-tls"}),
        ("{auth}", MECHANISMS),
        ("{auth} {username} {password}", MECHANISMS),
        ("{username}", {"auth-plain", "auth-login"}),
        ("{password}", {"auth-plain", "auth-login"}),
        ("{recipients}", {"several-recipients"}),
        ("{message_file}", {"raw-message"}),
        ("--t={timeout}", {"timeout"}),
        ("{helo}", {"helo"}),
        ("{recipient} {sender} {ca_file} {subject} {body_file} {python}", set()),
    ],
)
def test_what_a_command_line_names_the_client_can_do(placeholder: str, can: set[str]):
    assert client_from("prog {host} " + placeholder).supports == can


@pytest.mark.parametrize(
    ("placeholder", "takes"),
    [("{message_file} {subject}", "raw"), ("{subject}", "composed"), ("{body_file}", "composed"), ("", "fixed")],
)
def test_how_a_command_line_takes_the_message(placeholder: str, takes: str):
    assert client_from("prog {host} " + placeholder).takes == takes


@pytest.mark.parametrize("text", ["./mailer", "python3 mailer.py", "{python} mailer.py", "curl smtp://mail.example"])
def test_a_command_that_names_its_server_itself_is_redirected(text: str):
    client = client_from(text)
    assert client.redirect
    assert client.supports is None, "what it can do stands in its text"
    assert not client_from("prog {host}").redirect


def test_a_file_may_ask_for_redirection(tmp_path: Path):
    file = tmp_path / "x.client.yaml"
    file.write_text("command: [./mailer]\nredirect: true\n")
    assert read_client(file).redirect
    assert read_client(file).supports is None


def test_all_that_is_wrong_in_a_command_line():
    found = refused("prog {hots} {host} {port:base64} {here}")
    assert found.split("\n") == [
        "there is no placeholder {hots} (did you mean 'host'?)",
        "{port:base64}: no encoding can be asked for here",
        "there is no placeholder {here}",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "empty"), ("prog '{host}", "cannot be taken apart"), ("prog {host", "in '{host' there is a '{' without")],
)
def test_broken_command_lines(text: str, message: str):
    assert message in refused(text)


def test_words_on_windows():
    assert split_command(r'"C:\Program Files\py.exe" m\a.py it\'s #1', windows=True) == [
        r"C:\Program Files\py.exe",
        r"m\a.py",
        r"it\'s",
        "#1",
    ]
    assert split_command(r"a\ b 'c d' #1", windows=False) == ["a b", "c d", "#1"]


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["python3", "-u", "work/mailer.py", "{host}"], "mailer"),
        (["python3.12", "-m", "mailer", "{host}"], "mailer"),
        (["{python}", "mailer.py", "{host}"], "mailer"),
        (["{python}", "{host}"], "python"),
        (["java", "-jar", "out/Mail Client.jar"], "Mail-Client"),
        (["/usr/bin/swaks", "--to", "x@example.test"], "swaks"),
        (["node", "{host}"], "node"),
    ],
)
def test_a_short_name(argv: list[str], name: str):
    assert clients._name(argv) == name


def test_a_short_name_on_windows():
    assert clients._name(["python.exe", r"C:\course\mailer.py"], windows=True) == "mailer"


# --- files ------------------------------------------------------------------------------------------------------

WHOLE = """\
name: mine
title: My mailer
command: ["{python}", "{here}/m.py", --to, "{recipients}"]
takes: composed
supports: [starttls, auth-login]
exit: {accepted: [0, 3], temporary: [75]}
tells-classes: yes
reads-environment: true
env: {LEVEL: 007, FLAG: on}
"""


def test_a_whole_file(tmp_path: Path):
    path = write(tmp_path, WHOLE)
    assert client_from(str(path)) == Client(
        "mine",
        ("{python}", "{here}/m.py", "--to", "{recipients}"),
        takes="composed",
        supports=frozenset({"starttls", "auth-login"}),
        exits={0: "accepted", 3: "accepted", 75: "temporary"},
        tells_classes=True,
        reads_environment=True,
        env={"LEVEL": "007", "FLAG": "on"},
        place=Place(str(path), 1, 1),
        title="My mailer",
    )


def test_a_short_file(tmp_path: Path):
    client = read_client(write(tmp_path, "command: mailer --file '{message_file}' {recipients} {host}"))
    assert (client.name, client.argv) == ("my", ("mailer", "--file", "{message_file}", "{recipients}", "{host}"))
    assert (client.takes, client.supports) == ("raw", {"raw-message", "several-recipients"})
    assert client.exits == {0: "accepted", 75: "temporary", 69: "permanent", 127: "unsupported"}
    assert (client.tells_classes, client.reads_environment, client.env) == (False, False, {})


def test_a_file_may_read_the_environment_and_no_more(tmp_path: Path):
    client = read_client(write(tmp_path, "command: [mailer]\nreads-environment: true"))
    assert (client.takes, client.supports) == ("fixed", None), "nobody knows what it reads"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("title: x\n", ["1:1: the key 'command' is missing"]),
        ("", ["1:1: the file is empty"]),
        ("command: x {host}\nsuports: []", ["2:1: there is no key 'suports' (did you mean 'supports'?)"]),
        (
            "command: x {host}\nsupports: [helo, startls]",
            ["2:18: supports.1: there is no capability 'startls' (did you mean 'starttls'?)"],
        ),
        ("command: x {host}\nexit: {acepted: [0]}", ["2:8: there is no outcome 'acepted' (did you mean 'accepted'?)"]),
        ("command: x {host}\nexit: {accepted: [0], permanent: [1, 0]}", ["2:38: exit status 0 stands here twice"]),
        ("command: []", ["1:10: command: List should have at least 1 item after validation, not 0"]),
        ("command: [x, '{hots}']", ["1:14: there is no placeholder {hots} (did you mean 'host'?)"]),
        ("command: x {hots}", ["1:10: there is no placeholder {hots} (did you mean 'host'?)"]),
        ("command: x {host", ["1:10: in '{host' there is a '{' without its '}'"]),
        ("command: x\ncommand: y", ["2:1: the key 'command' stands here for the second time"]),
        ("command: [x]", ["1:10: " + clients.NAMES_ITS_SERVER]),
        ("command: x {host}\nenv: {? [a] : b}", ["2:9: a list or a map cannot be a key"]),
        ("command: [x", ["1:12: a '[' or '{' is not closed"]),
        ("command: x\x00", ["1:11: a NUL: this is no text file"]),
        ("- x", ["1:1: "]),
        ("name: a/b\ncommand: x {host}", ["1:7: name: "]),
        ("command: [x, {host}]", ['1:14: {host} without quotes is a map: write "{host}"']),
        ("command: 'x {host} \"'", ["1:10: command: No closing quotation"]),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, problems: list[str]):
    found = wrong(tmp_path, text)
    assert len(found) == len(problems)
    for have, want in zip(found, problems, strict=True):
        assert have.startswith(want)


KNOWN = """\
command: x {host}
known:
  - case: data/*
    rule: [line-end, content-line-end]
    reason: it is documented
    date: 2026-01-31
    link: https://bugs.example.test/12
  - {case: "auth/cram-md5[long]", rule: went-on, reason: later}
"""


def test_deviations_that_a_client_is_known_for(tmp_path: Path):
    path = write(tmp_path, KNOWN)
    assert read_client(path).known == (
        Known(
            "data/*",
            ("line-end", "content-line-end"),
            "it is documented",
            "*",
            "2026-01-31",
            "https://bugs.example.test/12",
            Place(str(path), 3, 5),
        ),
        Known("auth/cram-md5[long]", ("went-on",), "later", place=Place(str(path), 8, 5)),
    )
    assert read_client(write(tmp_path, "command: x {host}")).known == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("known: went-on", "2:8: known: "),
        ("known:\n  - case: x\n    rule: went-on", "3:5: the key 'reason' is missing"),
        (
            "known:\n  - {case: x, rule: wnet-on, reason: y}",
            "3:21: known.0.rule.0: there is no rule 'wnet-on' (did you mean 'went-on'?)",
        ),
        (
            "known:\n  - {case: x, rule: [line-end, went-of], reason: y}",
            "3:32: known.0.rule.1: there is no rule 'went-of' (did you mean 'went-on'?)",
        ),
        (
            "known:\n  - {case: x, rule: went-on, reason: y}\n  - {case: x, rule: went-on, reason: ''}",
            "4:38: known.1.reason: why is this known? Write the reason",
        ),
        (
            "known:\n  - case: x\n    rules: went-on\n    rule: went-on\n    reason: y",
            "4:5: there is no key 'rules' (did you mean 'rule'?)",
        ),
        ("known:\n  - {case: x, rule: went-on, reason: y, date: later}", "3:47: known.0.date: 'later' is no date"),
    ],
)
def test_wrong_deviations(tmp_path: Path, text: str, problem: str):
    (found,) = wrong(tmp_path, f"command: x {{host}}\n{text}")
    assert found.startswith(problem)


def test_all_problems_are_told_at_once(tmp_path: Path):
    assert len(wrong(tmp_path, "tittle: x\ncommand: x {host}\ntakes: cooked\ntells-classes: maybe")) == 3


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(ScenarioError) as caught:
        client_from(str(tmp_path / "no.client.yaml"))
    assert messages(caught) == ["the client cannot be read: No such file or directory"]


def test_a_file_that_is_no_text(tmp_path: Path):
    (tmp_path / "my.client.yaml").write_bytes(b"title: \xff")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        client_from(str(tmp_path / "my.client.yaml"))


# --- to start it ------------------------------------------------------------------------------------------------


def test_arguments():
    client = client_from("prog {host}:{port} {recipients} --rcpt={recipients} {{x}} {python}")
    assert arguments(client, VALUES) == [
        "prog",
        "127.0.0.1:2525",
        "bob@example.test",
        "carol@example.test",
        "--rcpt=bob@example.test,carol@example.test",
        "{x}",
        sys.executable,
    ]


def test_what_a_client_is_not_told_is_empty():
    client = client_from("prog {host} --from={sender} {helo} {recipients}")
    assert arguments(client, {"host": "h"}) == ["prog", "h", "--from=", ""]


def test_here_is_the_files_folder(tmp_path: Path):
    client = read_client(write(tmp_path, "command: ['{here}/x', '{host}']"))
    assert arguments(client, {"host": "h"}) == [f"{tmp_path.resolve()}/x", "h"]


def test_no_value_is_read_as_a_placeholder():
    client = client_from("prog {host} {subject}")
    assert arguments(client, {"host": "{port}", "port": "1", "subject": "a {b} c"}) == ["prog", "{port}", "a {b} c"]


CLIENT = Client("c", ("c",), env={"LEVEL": "7"})
CALLER = {
    "PATH": "/usr/bin",
    "HOME": "/home/joe",
    "SSL_CERT_DIR": "/etc",
    "PIP_CERT": "/p",
    "SMTP_HOST": "real.example",
    "X": "1",
}


def test_the_environment_is_clean_and_whole(tmp_path: Path):
    made = environment(
        CLIENT, VALUES, Path("/ca.pem"), tmp_path, job_file=Path("/j"), result_file=Path("/r"), caller=CALLER
    )
    home, temporary = str(tmp_path / "home"), str(tmp_path / "tmp")
    assert made == {
        "PATH": "/usr/bin",
        **dict.fromkeys(["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"], home),
        **dict.fromkeys(["TMPDIR", "TEMP", "TMP"], temporary),
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": "/ca.pem",
        "CURL_CA_BUNDLE": "/ca.pem",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
        "NODE_EXTRA_CA_CERTS": "/ca.pem",
        "GIT_SSL_CAINFO": "/ca.pem",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "2525",
        "SMTP_TLS": "starttls",
        "SMTP_AUTH": "plain",
        "SMTP_USERNAME": "alice@example.test",
        "SMTP_PASSWORD": "s3cret",
        "SMTP_SENDER": "alice@example.test",
        "SMTP_RECIPIENTS": "bob@example.test\ncarol@example.test",
        "SMTP_MESSAGE_FILE": "/case/message.eml",
        "SMTP_SUBJECT": "Hello",
        "SMTP_BODY_FILE": "/case/body.txt",
        "SMTP_HELO": "client.example.test",
        "SMTP_CA_FILE": "/case/ca.pem",
        "SMTP_TIMEOUT": "2.5",
        "SMTP_JOB_FILE": "/j",
        "SMTP_RESULT_FILE": "/r",
        "LEVEL": "7",
    }
    assert Path(home).is_dir()
    assert Path(temporary).is_dir()


def test_what_windows_needs_comes_through(tmp_path: Path):
    made = environment(
        CLIENT, {}, Path("ca"), tmp_path, caller={"SystemRoot": r"C:\Windows", "Path": "p", "Secret": "x"}
    )
    assert (made["SYSTEMROOT"], made["PATH"]) == (r"C:\Windows", "p")
    assert "Secret" not in made
    assert "SECRET" not in made


def test_without_a_path_the_systems_own(tmp_path: Path):
    assert environment(CLIENT, {}, Path("ca"), tmp_path, caller={})["PATH"] == os.defpath


@pytest.mark.parametrize(
    "values",
    [{"subject": "a\0b"}, {"recipients": ["a\r\nRCPT TO:<b>"]}, {"recipients": ["a\nb"]}, {"subject": "x" * 32_001}],
)
def test_what_no_variable_can_hold_is_left_out(values: dict[str, str | list[str]], tmp_path: Path):
    made = environment(CLIENT, values, Path("ca"), tmp_path, caller={})
    assert not [name for name in made if name.startswith("SMTP_")]


def test_an_empty_sender_is_told(tmp_path: Path):
    assert environment(CLIENT, {"sender": ""}, Path("ca"), tmp_path, caller={})["SMTP_SENDER"] == ""


# --- where it comes from ----------------------------------------------------------------------------------------


def test_where_a_client_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "x.client.yaml"
    path.write_text('command: "x {host}"\nversion: x --version\ninstall: apt-get install x\n')
    origin = read_origin(path)
    assert (origin.client, origin.version, origin.install) == (
        read_client(path),
        ("x", "--version"),
        "apt-get install x",
    )
    path.write_text('command: "x {host}"\n')
    assert (read_origin(path).version, read_origin(path).install) == ((), "")


def test_the_version_knows_of_no_job(tmp_path: Path) -> None:
    path = tmp_path / "x.client.yaml"
    path.write_text('command: "x {host}"\nversion: ["{here}/x", "{python}", "{host}"]\n')
    with pytest.raises(ScenarioError) as raised:
        read_origin(path)
    (problem,) = raised.value.problems
    assert str(problem).startswith(f"{path}:2:35: there is no placeholder {{host}}")
