"""A relay that does not start, dies, or hangs: an `error` with its log, exit status 3, and never a client's fault."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import environment, process

from smtpwitness.files import store
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult

if not sys.platform.startswith("linux"):
    pytest.skip("relays are Debian's", allow_module_level=True)

pytestmark = pytest.mark.once

STAND_IN = """
title: A stand-in that {trouble}
installed: {{python3: python3}}
ports: [smtp]
accounts: {{file: accounts, line: "@username@ @password@"}}
logs: [own.log]
command: ["@python@", "@run@/server.py", "@smtp@"]
files:
  server.py: |
    import os, pathlib, socketserver, sys, time
    trouble = "{trouble}"
    log = open("own.log", "a", buffering=1)
    print("the stand-in begins", pathlib.Path("accounts").read_text(), file=log)
    if trouble == "ends":
        sys.exit("no such wish")
    if trouble == "keeps silent":
        time.sleep(600)
    class Session(socketserver.StreamRequestHandler):
        seen = 0
        def due(self, what):
            print("heard", what, file=log)
            if trouble == f"dies at {{what}}":
                os._exit(9)
            if trouble == f"hangs at {{what}}":
                time.sleep(600)
        def handle(self):
            Session.seen += 1
            if Session.seen > 2:  # after those who look whether it is there
                self.due("greeting")
            self.wfile.write(b"220 mail.example.test\\r\\n")
            for line in self.rfile:
                verb = line[:4].upper()
                if verb != b"EHLO" and verb != b"QUIT" or Session.seen > 2:
                    self.due(verb.decode())
                if verb == b"EHLO":
                    self.wfile.write(b"250-mail.example.test\\r\\n250-AUTH PLAIN\\r\\n250 SIZE 33554432\\r\\n")
                elif verb == b"DATA":
                    self.wfile.write(b"354 go on\\r\\n")
                    while self.rfile.readline() not in (b".\\r\\n", b""):
                        pass
                    self.due("content")
                    self.wfile.write(b"250 taken\\r\\n")
                elif verb == b"AUTH":
                    self.wfile.write(b"235 welcome\\r\\n")
                elif verb == b"QUIT":
                    self.wfile.write(b"221 bye\\r\\n")
                    return
                else:
                    self.wfile.write(b"250 fine\\r\\n")
    socketserver.ThreadingTCPServer.daemon_threads = True
    socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()
"""

SCENARIO = """
title: {en: A message, zh: 一封邮件}
covers: [RFC5321-3.3-a]
limit: 4 s
{more}
dialogue:
  - use: hello{login}
  - use: transaction
  - use: goodbye
outcome: accepted
"""
PLAIN = SCENARIO.replace("{more}", "server: {offers: [SIZE 33554432]}").replace("{login}", "")
LOGIN = SCENARIO.replace(
    "{more}",
    "allow: {credentials-in-clear: about the relay}\njob: {auth: plain}\nserver: {offers: [SIZE 33554432, AUTH PLAIN]}",
).replace("{login}", "\n  - C: AUTH PLAIN\n  - sasl: {}")


@pytest.fixture
def written() -> Iterator[Path]:
    """A folder that also `nobody` can enter, whom a root's relays are."""
    with tempfile.TemporaryDirectory(prefix="troubles-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "tmp").mkdir(mode=0o755)
        (folder / "plain.smtp.yaml").write_text(PLAIN)
        yield folder


def stand_in(folder: Path, trouble: str) -> Path:
    path = folder / "stand-in.relay.yaml"
    path.write_text(STAND_IN.format(trouble=trouble))
    return path


def words(folder: Path, out: str = "out", client: str = "rawsmtp") -> list[str]:
    relay = str(folder / "stand-in.relay.yaml")
    return ["run", str(folder / "plain.smtp.yaml"), "--client", client, "--relay", relay, "--out", str(folder / out)]


def ran(folder: Path) -> tuple[int, CaseResult]:
    """The exit status of a run, and its case on the relay."""
    done = process(*words(folder), cwd=folder, TMPDIR=str(folder / "tmp"))
    cases = store.read(folder / "out").cases
    assert {case.verdict for case in cases if not case.relay} <= {Verdict.PASS, Verdict.NOTE}, done.stdout + done.stderr
    (case,) = (case for case in cases if case.relay)
    return done.returncode, case


@pytest.mark.parametrize(
    ("trouble", "why", "logged"),
    [
        ("ends", "does not start: it ended with status 1", "no such wish"),
        ("dies at MAIL", "the relay ended the connection", "heard MAIL"),
        ("hangs at content", "unanswered", "heard content"),
    ],
)
def test_it_is_an_error_with_its_log(written: Path, trouble: str, why: str, logged: str) -> None:
    (written / "plain.smtp.yaml").write_text(LOGIN)
    stand_in(written, trouble)
    status, case = ran(written)
    found = [one.key for one in case.findings if one.verdict is not Verdict.NOTE]
    assert (status, case.exchange, found) == (3, Verdict.ERROR, [])
    assert why in case.reason
    kept = {path.name: path.read_text() for path in (written / "out" / "logs" / "stand-in").iterdir()}
    assert logged in kept["output.log"] + kept["own.log"]
    assert "the stand-in begins alice@example.test ***" in kept["own.log"], "and the password is not in it"
    assert not list((written / "tmp").iterdir())


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("command: [/nowhere/smtpd]", "No such file or directory: '/nowhere/smtpd'"),
        ("setup: [[/nowhere/prepare]]\ncommand: ['true']", "No such file or directory: '/nowhere/prepare'"),
        ("setup: [['false']]\ncommand: ['true']", "false ended with 1"),
        ("installed: {nosuchsmtpd: nosuch}\ncommand: [nosuchsmtpd]", "there is no nosuchsmtpd"),
    ],
)
def test_one_whose_program_is_missing_is_an_error_and_the_fake_is_played_all_the_same(
    written: Path, more: str, why: str
) -> None:
    (written / "stand-in.relay.yaml").write_text(f"title: Missing\nports: [smtp]\n{more}\n")
    status, case = ran(written)
    assert (status, case.exchange, case.findings) == (3, Verdict.ERROR, ())
    assert why in case.reason
    assert not list((written / "tmp").iterdir())


def test_nothing_is_kept_of_one_that_does_its_work(written: Path) -> None:
    stand_in(written, "does its work")
    status, case = ran(written)
    assert (status, case.verdict) == (0, Verdict.PASS)
    assert not (written / "out" / "logs").exists()


def test_two_runs_at_once_do_not_sweep_each_other(written: Path) -> None:
    stand_in(written, "does its work")
    runs = [start(written, f"out{number}") for number in (1, 2)]
    assert [run.wait(60) for run in runs] == [0, 0]
    assert not list((written / "tmp").iterdir())


WAITS = """
import os, sys, time
from pathlib import Path
here = Path(sys.argv[1])
(here / "new").write_text(str(os.getpid()))
(here / "new").rename(here / "client")
time.sleep(60)
"""


def start(folder: Path, out: str, client: str = "rawsmtp") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "smtpwitness", *words(folder, out, client)],
        cwd=folder,
        env=environment(TMPDIR=str(folder / "tmp")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_what_a_killed_run_left_the_next_one_sweeps_up(written: Path) -> None:
    stand_in(written, "does its work")
    (written / "waits.py").write_text(WAITS)
    # It is told its job: else it would be run before, to learn it.
    run = start(written, "killed", f"{{python}} {written}/waits.py {written} {{host}} {{port}} {{sender}}")
    try:
        until = time.monotonic() + 60
        while not (written / "client").exists():
            assert time.monotonic() < until, "it never came to its client"
            time.sleep(0.01)
    finally:
        run.kill()
        run.wait()
    left = [int((written / "client").read_text()), *servers(written / "tmp")]
    assert len(left) == 2
    assert all(map(runs, left)), "who was killed cannot end them"
    status, _ = ran(written)
    assert status == 0
    assert not any(map(runs, left))
    assert not list((written / "tmp").iterdir())


def servers(folder: Path) -> list[int]:
    """The processes of relays whose folder is in *folder*."""
    found = []
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                said = (one / "cmdline").read_bytes()
            except OSError:
                continue
            found += [int(one.name)] if str(folder).encode() in said and b"server.py" in said else []
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
