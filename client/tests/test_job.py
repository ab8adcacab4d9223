from __future__ import annotations

import io
import json

import pytest

from rawsmtp.job import Options, read_job
from rawsmtp.outcome import Declined, Unsupported, UsageError

BASE = {
    "SMTP_HOST": "mx.test",
    "SMTP_SENDER": "a@x.test",
    "SMTP_RECIPIENTS": "b@x.test\nc@x.test",
    "SMTP_SUBJECT": "hi",
}


def job(options=None, **environment):
    variables = BASE | {f"SMTP_{name}": value for name, value in environment.items()}
    return read_job(Options(**(options or {})), {k: v for k, v in variables.items() if v is not None})


def test_from_the_environment(tmp_path):
    (tmp_path / "m.eml").write_bytes(b"a: b\n\n.\n")
    read = job(
        PORT="2525", TLS="implicit", AUTH="CRAM-MD5", USERNAME="u", PASSWORD="p", HELO="c.test", CA_FILE="ca.pem",
        TIMEOUT="2.5", MESSAGE_FILE=str(tmp_path / "m.eml"), BODY_FILE="unused",
    )  # fmt: skip
    assert (read.host, read.port, read.tls, read.auth) == ("mx.test", 2525, "implicit", "cram-md5")
    assert (read.username, read.password, read.helo, read.ca_file) == ("u", "p", "c.test", "ca.pem")
    assert (read.timeout, read.hello) == (2.5, "ehlo")
    [message] = read.messages
    assert (message.sender, message.recipients) == ("a@x.test", ("b@x.test", "c@x.test"))
    assert message.content == b"a: b\n\n.\n"


def test_options_win():
    options = {
        "host": "other.test", "port": "26", "tls": "none", "auth": "none", "sender": "<>", "recipients": ["d@x.test"],
        "helo": "d.test", "hello": "helo", "timeout": "3", "ca_file": "b", "username": "v",
    }  # fmt: skip
    read = job(options, PORT="25", TLS="starttls", AUTH="plain", USERNAME="u", PASSWORD="p", HELO="c", TIMEOUT="9")
    assert (read.host, read.port, read.tls, read.auth) == ("other.test", 26, "none", "none")
    assert (read.helo, read.hello, read.timeout, read.ca_file, read.username) == ("d.test", "helo", 3.0, "b", "v")
    assert (read.messages[0].sender, read.messages[0].recipients) == ("", ("d@x.test",))


@pytest.mark.parametrize(("tls", "port"), [(None, 587), ("none", 25), ("STARTTLS", 587), ("implicit", 465)])
def test_default_ports(tls, port):
    assert job(TLS=tls).port == port


def test_safe_unless_told_otherwise():
    read = job()
    assert (read.tls, read.auth, read.timeout) == ("starttls", "none", None)
    assert job(USERNAME="u", PASSWORD="p").auth == "any"


@pytest.mark.parametrize("host", ["[::1]", "::1"])
def test_ipv6(host):
    assert job(HOST=host).host == "::1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"HOST": None}, "which server"),
        ({"SENDER": None}, "from whom"),
        ({"RECIPIENTS": None}, "to whom"),
        ({"RECIPIENTS": "\n"}, "to whom"),
        ({"SUBJECT": None}, "what to send"),
        ({"TLS": "ssl"}, "TLS is"),
        ({"PORT": "0"}, "port"),
        ({"PORT": "65536"}, "port"),
        ({"PORT": "1" * 5000}, "port"),
        ({"PORT": "smtp"}, "port"),
        ({"TIMEOUT": "0"}, "time-out"),
        ({"TIMEOUT": "nan"}, "time-out"),
        ({"TIMEOUT": "inf"}, "time-out"),
        ({"TIMEOUT": "soon"}, "time-out"),
        ({"HELO": "a b"}, "EHLO"),
        ({"HELO": "a\r\nDATA"}, "EHLO"),
        ({"HELO": "名.test"}, "EHLO"),
        ({"AUTH": "plain"}, "--username"),
        ({"MESSAGE_FILE": "/nonexistent"}, "cannot read /nonexistent"),
        ({"BODY_FILE": "/nonexistent"}, "cannot read /nonexistent"),
        ({"JOB_FILE": "/nonexistent"}, "job file"),
    ],
)
def test_jobs_that_are_wrong(change, why):
    with pytest.raises(UsageError, match=why):
        job(**change)


@pytest.mark.parametrize("name", ["scram-sha-256", "X-NO-SUCH-THING", "gssapi"])
def test_a_mechanism_that_is_not_there(name):
    """Said before anything else is found missing."""
    with pytest.raises(Unsupported):
        job(AUTH=name, HOST=None, SENDER=None)


# --- the password ---------------------------------------------------------------------------------


def test_the_password_is_not_shown():
    assert "secret" not in repr(job(USERNAME="u", PASSWORD="secret"))


def test_no_terminal_no_question(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    with pytest.raises(UsageError, match="SMTP_PASSWORD"):
        job(AUTH="login", USERNAME="u")


def test_asked_for_in_a_terminal(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"answer to {prompt}")
    assert job(AUTH="login", USERNAME="u").password == "answer to Password of u: "


@pytest.mark.parametrize("password", ["a\0b", "a\udc80"])
def test_passwords_that_cannot_be_sent(password):
    with pytest.raises(Declined):
        job(AUTH="login", USERNAME="u", PASSWORD=password)


# --- messages -------------------------------------------------------------------------------------


def test_a_message_from_options_and_environment(tmp_path):
    """A body on the command line means: compose, although the environment names a file."""
    (tmp_path / "a.txt").write_text("attached")
    read = job({"body": "Hello", "attach": [str(tmp_path / "a.txt")]}, MESSAGE_FILE="/nonexistent")
    content = read.messages[0].content
    assert content.startswith(b"Subject: hi\r\n")
    assert b"\r\n\r\nHello\r\n" in content
    assert b'filename="a.txt"' in content


def test_a_body_file(tmp_path):
    (tmp_path / "body").write_bytes(b"\xef\xbb\xbf" + "你好\n".encode())
    content = job(BODY_FILE=str(tmp_path / "body")).messages[0].content
    assert b"5L2g5aW9" in content
    (tmp_path / "body").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        job(BODY_FILE=str(tmp_path / "body"))


def test_either_a_file_or_its_parts():
    with pytest.raises(UsageError, match="not both"):
        job({"message_file": "m.eml", "subject": "hi"})


def test_no_copy_twice():
    assert job(RECIPIENTS="b@x.test\r\nc@x.test\nb@x.test\n").messages[0].recipients == ("b@x.test", "c@x.test")


def test_an_address_that_is_declined():
    [message] = job(RECIPIENTS="b @x.test").messages
    assert message.declined is not None
    assert message.recipients == ("b @x.test",)


# --- the job file ---------------------------------------------------------------------------------


@pytest.fixture
def job_file(tmp_path):
    def write(value):
        path = tmp_path / "job.json"
        path.write_text(json.dumps(value))
        return str(path)

    return write


def test_several_messages(job_file, tmp_path):
    (tmp_path / "m.eml").write_bytes(b"a: b\r\n\r\n")
    (tmp_path / "n.eml").write_bytes(b"c: d\r\n\r\n")
    entries = [
        {"sender": "s@x.test", "recipients": ["r@x.test", "q@x.test"], "message_file": str(tmp_path / "m.eml")},
        {},
        {"recipients": ["t@x.test"], "subject": "other"},
        {"sender": "", "recipients": ["a@x.test\r\nDATA"], "subject": "x"},
    ]
    read = job(JOB_FILE=job_file({"messages": entries}), MESSAGE_FILE=str(tmp_path / "n.eml"))
    first, second, third, fourth = read.messages
    assert (first.sender, first.recipients, first.content) == ("s@x.test", ("r@x.test", "q@x.test"), b"a: b\r\n\r\n")
    assert (second.sender, second.recipients, second.content) == ("a@x.test", ("b@x.test", "c@x.test"), b"c: d\r\n\r\n")
    assert third.content == b"c: d\r\n\r\n"
    assert (fourth.sender, fourth.recipients) == ("", ("a@x.test\r\nDATA",))


def test_the_command_line_names_another_message(job_file):
    read = job({"recipients": ["z@x.test"]}, JOB_FILE=job_file({"messages": [{}, {}]}))
    assert [message.recipients for message in read.messages] == [("z@x.test",)]


@pytest.mark.parametrize("value", [[], "x", {"messages": "x"}, {"messages": ["x"]}, {"messages": [{"recipients": "b"}]},
                                   {"messages": [{"recipients": []}]}])  # fmt: skip
def test_job_files_that_are_wrong(job_file, value):
    with pytest.raises(UsageError):
        job(JOB_FILE=job_file(value))


def test_a_listed_message_without_sender(job_file):
    with pytest.raises(UsageError, match="no sender"):
        job(JOB_FILE=job_file({"messages": [{}]}), SENDER=None)


@pytest.mark.parametrize("value", [{"protocol": "lmtp"}, {"options": {"notify": "never"}}])
def test_what_this_client_has_not_learned(job_file, value):
    with pytest.raises(Unsupported):
        job(JOB_FILE=job_file(value))


@pytest.mark.parametrize("value", [{}, {"protocol": "smtp", "options": {}, "messages": []}, {"unknown": 1}])
def test_a_job_file_without_messages(job_file, value):
    assert len(job(JOB_FILE=job_file(value)).messages) == 1
