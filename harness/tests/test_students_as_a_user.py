"""Clients in the manner of students, all in one run of an ordinary user: unmodified, and each with its own fault named.

What is not installed here is left out, and its test skipped. The client for Python 2 has a test of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import COREMAIL, environment
from peers.boxing import needs_a_box

from smtpwitness.files import store
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.model.transcript import Kind

pytestmark = [pytest.mark.once, needs_a_box]

HERE = Path(__file__).parent / "student_clients"
NOBODY = 65534
IMPLICIT, STARTTLS = "tls/client-cert[none told]", "tls/starttls-auth"
COMPILERS = {
    "dynamic": ("gcc", "-w", "-o", "dynamic", "client.c"),
    "static": ("gcc", "-w", "-static", "-o", "static", "client.c"),
    "Client": ("javac", "Client.java"),
}
TOLD = "{host} {port} {username} {password} {sender} {recipient}"
CLIENTS = {
    "literal_25": "python3 literal_25.py",
    "literal_587": "python3 literal_587.py",
    "literal_465": "python3 literal_465.py",
    "arguments": f"python3 arguments.py {TOLD}",
    "asks": "asks.client.yaml",
    "asks_in_clear": "asks_in_clear.client.yaml",
    "configured": "configured.client.yaml",
    "function": "python:function.py:says_false",
    "dynamic": "./dynamic",
    "static": "./static",
    "Client": "java Client",
    "client": "node client.js",
    "no_crlf": "python3 no_crlf.py",
    "talks_first": "python3 talks_first.py",
}

Cases = dict[tuple[str, str], CaseResult]
Ended = subprocess.CompletedProcess[str]


def interpreters() -> Iterator[tuple[Path, dict[str, str]]]:
    """This Python, and the system's of the same version, which everybody may run, with what this one can import."""
    yield Path(sys.executable), {}
    system = Path("/usr/bin") / f"python{sys.version_info.major}.{sys.version_info.minor}"
    yield system, {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def as_a_user(folder: Path, *words: object) -> Ended:
    """The command, run in *folder* by somebody who is not root; skips where nobody else can run this Python."""
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all", "--"]
    head = [*(drop if os.geteuid() == 0 else []), "sh", "-c", 'exec "$@"', "sh"]  # only what exec() leaves is theirs
    for python, more in interpreters():
        env = environment(HOME=str(folder), PATH=f"{python.parent}:{os.environ['PATH']}", **more)

        def run(*words: object, argv: tuple[str, ...] = (*head, str(python), "-m", "smtpwitness")) -> Ended:
            return subprocess.run(
                [*argv, *map(str, words)],
                cwd=folder,
                env=env,  # noqa: B023 - it is called in the turn of the loop that it belongs to
                capture_output=True,
                encoding="utf-8",
                timeout=300,
                check=False,
            )

        if shutil.which(head[0]) and run("--version").returncode == 0:
            return run(*words)
    pytest.skip("nobody but root can run this Python here")


@pytest.fixture(scope="module")
def cases() -> Iterator[Cases]:
    """Every client that can be run here, in the three cases that want a login of it: in clear, and in TLS."""
    with tempfile.TemporaryDirectory(prefix="students-") as name:
        folder = Path(name)
        shutil.copytree(HERE, folder, dirs_exist_ok=True)
        lacking = set() if shutil.which("node") else {"client"}
        for client, command in COMPILERS.items():
            program = shutil.which(command[0])
            done = program and subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
            lacking |= set() if done else {client}
        for path in (folder, *folder.iterdir()):
            os.chmod(path, 0o755)  # noqa: PTH101
            os.chown(path, NOBODY, NOBODY) if os.geteuid() == 0 else None
        clients = [word for one, command in CLIENTS.items() if one not in lacking for word in ("--client", command)]
        done = as_a_user(folder, "run", COREMAIL, IMPLICIT, STARTTLS, *clients, "--jobs", 4, "--out", "out")
        assert done.returncode == 1, done.stderr
        assert "authcode12345" not in done.stdout + (folder / "out" / "run.json").read_text(encoding="utf-8")
        yield {(case.client, case.name): case for case in store.read(folder / "out").cases}


@pytest.mark.parametrize(
    ("client", "name", "root", "worth"),
    [
        ("literal_25", COREMAIL, "header-missing", Verdict.FAIL),
        ("literal_587", STARTTLS, None, Verdict.PASS),
        ("literal_465", IMPLICIT, "no-quit", Verdict.FAIL),
        ("arguments", COREMAIL, "angle-brackets", Verdict.FAIL),
        ("asks", COREMAIL, None, Verdict.NOTE),  # a password in clear, as it was told
        ("asks_in_clear", COREMAIL, "line-end", Verdict.FAIL),
        ("configured", COREMAIL, None, Verdict.NOTE),
        ("function", COREMAIL, "reported", Verdict.FAIL),
        ("dynamic", COREMAIL, "stray-octets", Verdict.FAIL),
        ("static", COREMAIL, "stray-octets", Verdict.FAIL),
        ("Client", COREMAIL, "line-end", Verdict.FAIL),
        ("client", COREMAIL, "sent-before-reply", Verdict.FAIL),
        ("no_crlf", COREMAIL, "line-end", Verdict.FAIL),
        ("talks_first", COREMAIL, "early-talker", Verdict.WARN),
    ],
)
def test_its_own_fault_is_named(cases: Cases, client: str, name: str, root: str | None, worth: Verdict) -> None:
    if (client, name) not in cases:
        pytest.skip(f"what {client} needs is not installed here")
    case = cases[client, name]
    assert (case.root_cause, case.verdict) == (root, worth), case.reason
    if case.redirect is not None:
        assert case.redirect.way == "namespace"


@pytest.mark.parametrize(("client", "root"), [("literal_587", None), ("literal_465", "no-quit")])
def test_who_insists_on_tls_is_met_in_it(cases: Cases, client: str, root: str | None) -> None:
    case = cases[client, COREMAIL]
    assert (case.fate, case.root_cause) == ((("accepted",),), root)
    assert {one.kind for one in case.transcript} >= {Kind.TLS}


def test_of_the_others_nothing_is_asked_that_they_do_not_do(cases: Cases) -> None:
    assert {cases["literal_25", name].verdict for name in (IMPLICIT, STARTTLS)} == {Verdict.UNSUPPORTED}
