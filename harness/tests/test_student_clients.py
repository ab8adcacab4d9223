"""Programs in the manner of students, unmodified: each is driven as it wants, and its own fault is what is named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Command
from peers.boxing import needs_a_box
from real_runs import run_all, scenario, stored

from smtpwitness.cli import rejudged
from smtpwitness.files import store
from smtpwitness.files.clients import client_from
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client
from smtpwitness.peers import fake
from smtpwitness.runner import Plan


def starts(python: str) -> bool:
    """Whether there is such an interpreter, and no mere stand-in for one."""
    return (
        shutil.which(python) is not None
        and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0
    )


pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")]
HERE = Path(__file__).parent / "student_clients"
PYTHON_2 = next((one for one in ("python2", "python2.7") if starts(one)), "")
LOGIN = "coursework/auth-login-coremail"
ANSWERS = [
    *(("mail server", "{host}"), ("port", "{port}"), ("user name", "{username}"), ("password", "{password}")),
    *(("from", "{sender}"), ("to", "{recipient}")),
]


def run_one(client: Client, name: str = LOGIN) -> CaseResult:
    plan = Plan(scenario(name), client)
    passwords: list[str] = []
    (case,) = run_all([plan], passwords=passwords)
    assert passwords, "one was made up"
    text = case.process.stdout + case.process.stderr + case.reason
    assert not any(one in text for one in passwords)
    (again,) = rejudged(stored([plan], [case]))
    assert (again.verdict, again.root_cause, again.reason) == (case.verdict, case.root_cause, case.reason)
    return case


def asking(*without: str) -> Client:
    kept = [pair for pair in ANSWERS if pair[0] not in without]
    return client_from(f"{sys.executable} {HERE / 'asks.py'}", kept)


def test_input_and_getpass() -> None:
    case = run_one(asking())
    assert (case.verdict, case.root_cause, case.fate) == (Verdict.NOTE, None, (("accepted",),))  # AUTH in clear


def test_a_prompt_that_is_not_answered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    short = replace(scenario(LOGIN), limit=3.0)
    (case,) = run_all([Plan(short, asking("to"))])
    assert (case.verdict, case.process.asked) == (Verdict.FAIL, "To:")
    assert case.reason == "the client's program: its prompt 'To:' was not answered"


def test_a_file_in_its_folder() -> None:
    case = run_one(client_from(str(HERE / "configured.client.yaml")), "auth/plain")
    assert (case.verdict, case.root_cause, case.fate) == (Verdict.NOTE, None, (("accepted",),))  # AUTH in clear
    assert not (HERE / "config.json").exists()


def test_python_2_is_told_before_anything_is_run(command: Command, tmp_path: Path) -> None:
    old = f"python {HERE / 'old.py'} {{host}}"
    status, _, errors = command("run", "core/happy", "--client", old, "--out", tmp_path)
    assert status == 2
    assert "old.py:4:1: this is written for Python 2" in errors
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not PYTHON_2, reason="there is no Python 2 here")
@needs_a_box
def test_python_2_is_run_by_the_interpreter_that_is_named(command: Command, tmp_path: Path) -> None:
    old = f"python {HERE / 'old.py'}"
    command("run", "core/helo-only", "--client", old, "--python", PYTHON_2, "--out", tmp_path)
    (case,) = store.read(tmp_path).cases
    assert (case.fate, case.root_cause) == ((("accepted",),), "composition"), "a letter without Message-ID"


def test_hints_are_told_and_stop_nothing(command: Command, tmp_path: Path) -> None:
    hinted = f"python {HERE / 'hinted.py'} {{host}} {{port}}"
    words = ("run", "core/happy", "--client", hinted, "--python", sys.executable, "--out", tmp_path, "--lang", "zh")
    _, out, _ = command(*words)
    assert "hinted.py 第 6 行：源代码里写着口令" in out
    assert not any(b"not-the-real-one" in one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())


def test_a_mistyped_script_is_told_in_the_interpreter_s_words() -> None:
    (case,) = run_all([Plan(scenario("core/happy"), client_from(f"{sys.executable} nosuch.py {{host}} {{port}}"))])
    assert case.root_cause == "dialogue/unconnected"
    assert "nosuch.py" in case.reason


def function(name: str) -> CaseResult:
    return run_one(client_from(f"python:{HERE / 'function.py'}:{name}"))


@pytest.mark.parametrize("name", ["smtp_client", "in_a_coroutine"])
def test_a_function(name: str) -> None:
    case = function(name)
    assert (case.verdict, case.root_cause, case.reported) == (Verdict.NOTE, None, (("accepted",),))
    assert case.process.stdout == "this file prints while it is imported\n"


def test_a_function_that_returns_false_has_failed() -> None:
    case = function("says_false")
    assert (case.fate, case.reported, case.root_cause) == ((("accepted",),), (("failed",),), "reported")


def test_a_function_that_crashes_is_told_with_its_own_line() -> None:
    case = function("crashes")
    assert case.verdict is Verdict.FAIL
    assert case.reason == (
        "the client's program: TypeError: a bytes-like object is required, not 'str' (function.py, line 18)"
    )
    assert "call_function" not in case.process.stderr


def own_job(command: Command, folder: Path, client: str, *names: str) -> dict[str, CaseResult]:
    command("run", *names, "--client", client, "--out", folder)
    run = store.read(folder)
    assert rejudged(run) == list(run.cases) or all(
        (one.verdict, one.root_cause) == (other.verdict, other.root_cause)
        for one, other in zip(rejudged(run), run.cases, strict=True)
    )
    return {case.name: case for case in run.cases}


def test_a_job_of_its_own_is_learned_and_judged_by(command: Command, tmp_path: Path) -> None:
    client = f"python {HERE / 'literal.py'} {{host}} {{port}}"
    names = (LOGIN, "coursework/recipient-refused", "core/happy", "core/helo-only", "core/multi-rcpt", "auth/plain-ir")
    cases = own_job(command, tmp_path, client, *names)
    assert {name: case.reason for name, case in cases.items() if case.verdict is Verdict.UNSUPPORTED} == {
        "core/helo-only": "the client always logs in (by LOGIN), and here no login is possible",
        "core/multi-rcpt": "the client lacks: several-recipients",
        "auth/plain-ir": "the client lacks: auth-plain",
    }
    judged = cases["core/happy"]
    assert (judged.fate, judged.job.auth) == ((("accepted",),), "any"), "it logged in, though nothing is said of it"
    assert {one.rule for one in judged.findings if one.verdict is Verdict.WARN} == {"helo-then-auth", "dialogue/breaks"}
    judged = cases[LOGIN]
    assert (judged.verdict, judged.root_cause) == (Verdict.NOTE, None)
    assert [(one.sender, one.recipients) for one in judged.job.messages] == [("zhang@edu.test", ("li@edu.test",))]
    assert (judged.job.username, judged.job.told) == (
        "zhang@edu.test",
        frozenset({"host", "port", "sender", "recipients", "username", "password"}),
    )
    assert cases["coursework/recipient-refused"].fate == (("permanent",),)
    (client_,) = store.read(tmp_path).clients
    assert client_.learned is not None
    assert not any(b"my-own-word-7" in one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())


def test_who_chooses_among_mechanisms_is_judged_where_one_is_offered(command: Command, tmp_path: Path) -> None:
    names = ("auth/login", "auth/plain", "auth/cram-md5[short]", LOGIN)
    cases = own_job(command, tmp_path, f"python {HERE / 'library.py'} {{host}} {{port}}", *names)
    assert {name: case.fate for name, case in cases.items()} == dict.fromkeys(names, (("accepted",),))
    assert {case.root_cause for case in cases.values()} == {None}, "Coremail offers PLAIN, too, and nobody forbade it"
    (client,) = store.read(tmp_path).clients
    assert client.learned is not None
    assert (client.learned.auth, client.learned.mechanisms) == ("cram-md5", ("cram-md5", "login", "plain"))


def test_a_password_in_a_traceback_stays_there(command: Command, tmp_path: Path) -> None:
    library = f"python {HERE / 'library.py'} {{host}} {{port}} {{username}}"  # told more than where: it is not learned
    command("run", "core/happy", "--client", library, "--out", tmp_path)
    (case,) = store.read(tmp_path).cases
    assert 'smtp.login("zhang@edu.test", "********")' in case.process.stderr
    assert not any(b"my-own-word-7" in one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())


def test_a_client_without_login_does_what_needs_none(command: Command, tmp_path: Path) -> None:
    client = f"python {HERE / 'literal.py'} {{host}} {{port}} --no-auth"
    cases = own_job(command, tmp_path, client, "core/greeting-multiline", LOGIN)
    assert cases[LOGIN].reason == "the client lacks: auth-login"
    assert all(one.verdict is not Verdict.UNSUPPORTED for name, one in cases.items() if name != LOGIN)


@pytest.mark.parametrize(("name", "rule"), [("no-crlf", "line-end"), ("talks-first", "early-talker")])
def test_a_fault_is_named_as_ever(
    command: Command, tmp_path: Path, name: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "SILENCE", 0.1)  # as nine lines without an end would take half a minute otherwise
    cases = own_job(command, tmp_path, f"python {HERE / 'wrong.py'} {name} {{host}} {{port}}", LOGIN)
    assert cases[LOGIN].root_cause == rule
