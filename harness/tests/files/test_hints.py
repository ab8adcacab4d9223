import sys
from pathlib import Path

import pytest

from smtpwitness.files import hints
from smtpwitness.files.clients import client_from, known_clients
from smtpwitness.files.hints import LARGEST, MOST, looked_at, passwords_in, with_interpreter
from smtpwitness.files.problems import ScenarioError
from smtpwitness.model.run import Client
from smtpwitness.model.texts import say

STUDENTS = Path(__file__).parent.parent / "student_clients"


def client(folder: Path, text: str, python: str = "{python}") -> Client:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return Client("mine", (python, str(path), "{host}"))


def found(folder: Path, text: str) -> list[tuple[int, str]]:
    return [(one.line, one.key) for one in looked_at(client(folder, text)).hints]


def test_what_is_worth_a_note_and_where() -> None:
    read = looked_at(client_from(f"python {STUDENTS / 'hinted.py'} {{host}}"))
    assert [(one.line, one.key) for one in read.hints] == [
        (6, "hint.password"),
        (9, "hint.bytes-and-str"),
        (12, "hint.unverified"),
        (14, "hint.wrap-socket"),
        (15, "hint.password"),
        (16, "hint.python2"),
    ]
    assert {one.file for one in read.hints} == {"hinted.py"}
    assert "another-one" not in repr(read)
    assert all(say(one.key, language) for one in read.hints for language in ("en", "zh"))


def test_the_passwords_that_a_traceback_may_show() -> None:
    assert passwords_in(client_from(f"python {STUDENTS / 'hinted.py'} {{host}}")) == ("not-the-real-one", "another-one")
    assert passwords_in(Client("other", ("ruby", "x.rb", "{host}"))) == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("PASSWORD: str = 'abcdef'", "hint.password"),
        ("f(password='abcdef')", "hint.password"),
        ("smtp.login(user, b'abcdef')", "hint.password"),
        ("授权码 = 'abcdef'", "hint.password"),
        ("if s.recv(3) == '220': pass", "hint.bytes-and-str"),
        ("if b'220' == '220': pass", "hint.bytes-and-str"),
        ("def f(host, password='abcdef', port=25): pass", "hint.password"),
        ("def f(*, host, password='abcdef'): pass", "hint.password"),
        ("f = lambda password='abcdef': 0", "hint.password"),
        ("from ssl import wrap_socket", "hint.wrap-socket"),
        ("ssl._create_default_https_context = ssl._create_unverified_context", "hint.unverified"),
        ("c = ssl._create_unverified_context()", "hint.unverified"),
        ("c.check_hostname = False", "hint.unverified"),
        ("c.verify_mode = CERT_NONE", "hint.unverified"),
    ],
)
def test_each_in_other_words(tmp_path: Path, text: str, key: str) -> None:
    assert found(tmp_path, text) == [(1, key)]


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass('Password: ')",
        "password = ''",
        "password = os.environ['PASSWORD']",
        "password_prompt = 'Password'",
        "f(password=password)",
        "smtp.login(user, password)",
        "smtp.login('abcdef')",
        "def f(password, host='abcdef'): pass",
        "def f(*, password, host='abcdef'): pass",
        "password: str",
        "f(**passwords)",
        "c.check_hostname = True",
        "c.verify_mode = ssl.CERT_REQUIRED",
        "from ssl import create_default_context",
        "context.wrap_socket(sock)",
        "reply = s.recv(3).decode()\nreply == '220'",
        "reply = s.recv(3)\nreply = str(reply)\nreply == '220'",
        "reply = s.recv(3)\nfor reply in x: reply == '220'",
        "def f(reply):\n    reply == '220'\nreply = s.recv(3)",
        "reply = s.recv(3)\nreply == b'220'",
        "s.recv(3)[0] == '2'",
        "try: raw_input\nexcept NameError: raw_input = input",
        "pattern = '\\d'",
    ],
)
def test_what_is_right_is_not_noted(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def in_another_language(folder: Path, text: str, name: str = "mine.js") -> Client:
    (folder / name).write_text(text, encoding="utf-8")
    return looked_at(Client("mine", ("node", str(folder / name), "{host}")))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('const PASSWORD = "abcdef1";', "mine.js"),
        ('const PASS = "abcdef1";', "mine.js"),
        ('let smtp_pass = "abcdef1";', "mine.cjs"),
        ("auth: { user: 'zhang', pass: 'abcdef1' }", "mine.mjs"),
        ('private static final String smtpPass = "abcdef1";', "Mine.java"),
        ("my $password = 'abcdef1';", "mine.pl"),
        ("'password' => 'abcdef1',", "mine.php"),
        ('let 授权码="abcdef1"', "mine.ts"),
    ],
)
def test_a_password_in_another_language(tmp_path: Path, line: str, name: str) -> None:
    read = in_another_language(tmp_path, f"\n{line}\n", name)
    assert [(one.line, one.key, one.file) for one in read.hints] == [(2, "hint.password-here", name)]
    assert "abcdef1" not in repr(read)
    assert passwords_in(read) == ("abcdef1",)
    assert all(say("hint.password-here", language) for language in ("en", "zh"))


@pytest.mark.parametrize(
    "line",
    [
        *(
            "const password = process.env.SMTP_PASSWORD;",
            'password == "abcdef1"',
            'password = "";',
            "const password = x;",
        ),
        *('input.type = "password";', 'bypass = "certain"', 'passwordPrompt = "Gimme"', 'password: "${words}"'),
        *(
            'pass: "password"',
            'password = "your-password"',
            "password = 'what is it'",
            'String password = args[3]; // "x"',
        ),
        *("a" * 100_000, "password" + " " * 100_000, "password='" + "x" * 100_000),
    ],
)
def test_what_is_no_password_in_another_language(tmp_path: Path, line: str) -> None:
    assert in_another_language(tmp_path, line).hints == ()


def test_reading_another_language_is_bounded(tmp_path: Path) -> None:
    line = "password = 'abcdef1'\n"
    assert len(in_another_language(tmp_path, line * (MOST + 5)).hints) == MOST
    assert in_another_language(tmp_path, line + "#" * LARGEST).hints == ()
    assert looked_at(Client("mine", ("node", str(tmp_path / "absent.js"), "{host}"))).hints == ()


@pytest.mark.parametrize(
    "line",
    [
        *('print "hello"', "print x", "raise ValueError, 'x'", "exec 'x = 1'", "if 1 <> 2: pass"),
        "try: pass\nexcept OSError, e: pass",
        "x = `y`",
    ],
)
def test_python_2_is_recognised_before_it_is_run(tmp_path: Path, line: str) -> None:
    text = f"import socket\n{line}\nx y\n"
    with pytest.raises(ScenarioError, match=rf"mine.py:{2 + line.count(chr(10))}:1: this is written for Python 2"):
        looked_at(client(tmp_path, text))


def test_what_python_2_can_run_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "_version", lambda client: (2, 7))
    assert looked_at(client(tmp_path, "print 'x'", "python2")).hints == ()


def test_a_plain_mistake_is_left_to_the_run(tmp_path: Path) -> None:
    for text in ("def f(:\n", "\0", "(" * 300, "x = = 1", "print(1)\n  x = 2"):
        assert found(tmp_path, text) == []


def test_what_is_no_python_file_is_not_read(tmp_path: Path) -> None:
    for argv in (("node", "x.js", "{host}"), ("{python}", "-m", "mailer"), ("{python}", "-u", "not-there.py")):
        assert looked_at(Client("x", argv)).hints == ()
    assert all(looked_at(client_from(name)).hints == () for name in known_clients())


def test_reading_is_bounded(tmp_path: Path) -> None:
    assert len(found(tmp_path, "password = 'abcdef'\n" * (MOST + 5))) == MOST
    assert found(tmp_path, "password = 'abcdef'\n" + "#" * LARGEST) == []


def test_python_chooses_the_interpreter() -> None:
    asked = [
        client_from(one) for one in ("python3 x.py {host}", "python:" + str(STUDENTS / "function.py") + ":crashes")
    ]
    others = [client_from("rawsmtp"), client_from("mailer {host}")]
    chosen = with_interpreter([*asked, *others], sys.executable)
    assert [one.argv[0] for one in chosen[:2]] == [sys.executable] * 2
    assert chosen[2:] == others
    assert with_interpreter(asked, None) == asked
    with pytest.raises(ScenarioError, match="there is no program nosuch"):
        with_interpreter(asked, "nosuch")
    with pytest.raises(ScenarioError, match="no client's command begins with python"):
        with_interpreter(others, sys.executable)


def test_an_interpreter_is_asked_for_its_version() -> None:
    assert hints._version(Client("x", ("{python}",))) == sys.version_info[:2]
    assert hints._version(Client("x", ("no-such-python",))) == (0,)


@pytest.mark.parametrize("python", ["{python}", "python3"])
def test_a_program_that_is_not_there_is_told_before_the_run(tmp_path: Path, python: str) -> None:
    with pytest.raises(ScenarioError, match=r"there is no file .*nobody\.py"):
        looked_at(Client("mine", (python, str(tmp_path / "nobody.py"), "{host}")))


def test_a_file_that_is_yet_to_be_written_is_no_program(tmp_path: Path) -> None:
    written = Client("mine", ("{python}", "made.py"), files={"made.py": "print()"})
    for one in (written, Client("mine", ("{python}", "-m", "mine", str(tmp_path / "made.py")))):
        assert looked_at(one) == one
