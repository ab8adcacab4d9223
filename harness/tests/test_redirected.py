"""Clients that name their server themselves, unmodified, through the whole command. Linux only."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import COREMAIL, Command
from peers.boxing import needs_a_box

from smtpwitness import runner
from smtpwitness.files import store
from smtpwitness.files.relays import relay_from
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.model.transcript import Kind
from smtpwitness.peers import packages
from smtpwitness.peers.redirect import WAYS, Ways

pytestmark = pytest.mark.once

STUDENT = """
import base64
from socket import *
s = socket(AF_INET, SOCK_STREAM)
s.connect(("smtp.qq.com", 25))
def say(line):
    if line: s.send((line + "\\r\\n").encode())
    return s.recv(1024).decode()
say("")
say("HELO alice")
say("AUTH LOGIN")
say(base64.b64encode(b"alice@qq.com").decode())
say(base64.b64encode(b"authcode12345").decode())
say("MAIL FROM:<alice@qq.com>")
say("RCPT TO:<bob@163.com>")
say("DATA")
s.send(b"From: alice@qq.com\\r\\nTo: bob@163.com\\r\\nDate: Thu, 1 Jan 2026 00:00:00 +0000\\r\\n\\r\\nI love networks!")
say("\\r\\n.")
say("QUIT")
"""

LIBRARY = """
import smtplib, ssl
context = ssl.create_default_context()
{connect}
letter = "From: a@example.com\\r\\nDate: Thu, 1 Jan 2026 00:00:00 +0000\\r\\n\\r\\nhi"
server.sendmail("a@example.com", ["b@example.com"], letter)
server.quit()
"""

C = """
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  struct hostent *host = gethostbyname("smtp.163.com");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25)};
  char line[999];
  int s = socket(AF_INET, SOCK_STREAM, 0);
  memcpy(&to.sin_addr, host->h_addr, 4);
  if (connect(s, (void *)&to, sizeof to) || read(s, line, sizeof line) < 3) return 1;
  write(s, "QUIT\\r\\n", 6);
  return read(s, line, sizeof line) < 3;
}
"""


def run(command: Command, folder: Path, client: str, *selectors: str) -> tuple[CaseResult, ...]:
    command("run", *selectors, "--client", client, "--out", folder / "out")
    return store.read(folder / "out").cases


@needs_a_box
def test_a_student_client_with_its_server_in_its_text(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "student.py").write_text(STUDENT)
    monkeypatch.chdir(tmp_path)
    (case,) = run(command, tmp_path, "python3 student.py", COREMAIL)
    assert case.redirect is not None
    assert (case.redirect.way, case.redirect.tried) == ("namespace", ("smtp.qq.com:25",))
    assert case.fate == (("accepted",),)
    assert case.exchange is not Verdict.ERROR
    assert "smtp.qq.com:25" in next((tmp_path / "out" / "cases").glob("*student*.html")).read_text()


@needs_a_box
@pytest.mark.parametrize(
    ("connect", "scenario", "port"),
    [
        ('server = smtplib.SMTP_SSL("smtp.gmail.com", 465, context=context)', "tls/implicit[good]", 465),
        ('server = smtplib.SMTP("smtp.gmail.com", 587); server.starttls(context=context)', "tls/starttls-ok", 587),
        ('server = smtplib.SMTP("smtp.gmail.com", 2525); server.starttls(context=context)', "tls/starttls-ok", 2525),
    ],
)
def test_tls_for_the_name_in_its_text(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connect: str, scenario: str, port: int
) -> None:
    (tmp_path / "student.py").write_text(LIBRARY.format(connect=connect))
    monkeypatch.chdir(tmp_path)
    (case,) = run(command, tmp_path, "python3 student.py", scenario)
    assert case.redirect is not None
    assert case.redirect.tried == (f"smtp.gmail.com:{port}",)
    assert Kind.TLS in [one.kind for one in case.transcript], case.process.stderr
    assert case.exit_status == 0, case.process.stderr


@needs_a_box
@pytest.mark.skipif(bool(packages.missing(relay_from("exim"))), reason="Exim is not here")
def test_behind_the_tap_the_certificate_is_for_that_name_too(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = 'server = smtplib.SMTP("smtp.gmail.com", 587); server.starttls(context=context)'
    (tmp_path / "student.py").write_text(LIBRARY.format(connect=connect))
    monkeypatch.chdir(tmp_path)
    command("run", "tls/starttls-ok", "--client", "python3 student.py", "--relay", "exim", "--out", tmp_path / "out")
    (case,) = (one for one in store.read(tmp_path / "out").cases if one.relay)
    assert Kind.TLS in [one.kind for one in case.transcript], case.process.stderr
    assert (case.exit_status, case.fate) == (0, (("accepted",),)), case.process.stderr


@needs_a_box
def test_the_other_kind_of_tls_is_no_fault(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "student.py").write_text(
        LIBRARY.format(connect='server = smtplib.SMTP_SSL("smtp.gmail.com", 465, context=context)')
    )
    monkeypatch.chdir(tmp_path)
    (case,) = run(command, tmp_path, "python3 student.py", "tls/starttls-ok")
    assert (case.verdict, case.reason) == (Verdict.UNSUPPORTED, "the client lacks: starttls")
    (tmp_path / "own.client.yaml").write_text("command: [python3, student.py]\nredirect: true\nlearn: false\n")
    (case,) = run(command, tmp_path, "own.client.yaml", "tls/starttls-ok")
    assert case.verdict is Verdict.UNSUPPORTED
    assert "port 465 only" in case.reason


@needs_a_box
@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler here")
@pytest.mark.parametrize("options", [[], ["-static"]], ids=["dynamic", "static"])
def test_a_compiled_client(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    (tmp_path / "client.c").write_text(C)
    subprocess.run(["gcc", "-w", *options, "-o", "client", "client.c"], cwd=tmp_path, check=True, capture_output=True)
    monkeypatch.chdir(tmp_path)
    (case,) = run(command, tmp_path, "./client", COREMAIL)
    assert case.exit_status == 0, case.process
    assert [one.octets for one in case.transcript if one.kind is Kind.LINE] == [b"QUIT\r\n"]


def test_where_nothing_works_the_command_says_so(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing() -> Ways:
        return Ways((), dict.fromkeys(WAYS, "forbidden"))

    monkeypatch.setattr(runner, "probe", nothing)
    status, _, errors = command("run", COREMAIL, "--client", "./client", "--out", tmp_path / "out")
    assert status == 2
    assert errors.splitlines()[-1].startswith(
        "smtpwitness: the client names its server itself and cannot be redirected"
    )
    assert "apt-get install libsocket-wrapper libnss-wrapper" in errors
