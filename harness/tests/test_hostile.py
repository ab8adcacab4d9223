"""A server, and a client, that say whatever could break a report: none of the outputs is broken, here or in pytest."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from command_line import Command

EVIL = r"<script>alert(1)</script>]]>\0\e[31m\e]0;title\a::error::x &lt; \u202e"
SCENARIO = f"""\
title: {{en: "<script>alert(1)</script>", zh: 恶意}}
covers: [RFC5321-3.3-a]
dialogue:
  - use: hello
  - C: MAIL FROM:<{{sender}}>
    S: {{raw: "250 {EVIL}\\r\\n"}}
  - C: RCPT TO:<{{recipient}}>
    S: {{raw: "250 {EVIL}\\r\\n"}}
  - C: DATA
  - message: same
  - use: goodbye
"""
CLIENT = r"""
import socket, sys
evil = "<script>alert(1)</script>]]>\0\x1b[31m\x1b]0;title\a\n::error::x &lt; \u202e"
print(evil, evil, file=sys.stderr)
print(evil)
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as sock, sock.makefile("rb") as replies:
    replies.readline()
    for line in ("EHLO client.example.test", f"MAIL FROM:<{sys.argv[3]}>", "RCPT TO:<" + evil.replace("\n", "") + ">",
                 evil.replace("\n", ""), "QUIT"):
        sock.sendall(line.encode() + b"\r\n")
        while replies.readline()[3:4] == b"-":
            pass
sys.exit(69)
"""
COMMAND = "python evil.py {host} {port} {sender} {recipient}"
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]")


def put(folder: Path) -> None:
    (folder / "evil.smtp.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "evil.py").write_text(CLIENT, encoding="utf-8")


def harmless(markup: str) -> None:
    assert "<script>alert" not in markup
    assert not CONTROL.search(markup)


def test_a_run(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step.md"))
    put(tmp_path)
    status, out, err = command("run", "evil.smtp.yaml", "--client", COMMAND, "--out", "out")
    assert (status, err) == (1, "")
    assert not CONTROL.search(out)
    assert sum(line.startswith("::") for line in out.splitlines()) == 1  # the error, and nothing that was smuggled in
    assert ET.parse(tmp_path / "out" / "junit.xml").find(".//failure") is not None
    for name in ("run.json", "ctrf-report.json", "results.sarif"):
        json.loads((tmp_path / "out" / name).read_text(encoding="utf-8"))
    for page in (tmp_path / "out").rglob("*.html"):
        harmless(page.read_text(encoding="utf-8"))
    for summary in (tmp_path / "out" / "summary.md", tmp_path / "step.md"):
        harmless(summary.read_text(encoding="utf-8"))
    assert command("judge", "out")[1].endswith("0 of 1 cases changed\n")


def test_in_pytest(pytester: pytest.Pytester) -> None:
    put(pytester.path)
    words = ("--smtp-client", COMMAND, "--smtp-report", "out", "--html", "ledger.html", "--junitxml", "pytest.xml")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", *words, timeout=120)
    assert result.parseoutcomes() == {"failed": 1}
    assert not CONTROL.search(result.stdout.str())
    assert ET.parse(pytester.path / "pytest.xml").find(".//failure") is not None
    ledger = (pytester.path / "ledger.html").read_text(encoding="utf-8")
    harmless(ledger)
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', ledger)
    (tests,) = json.loads(html.unescape(blob))["tests"].values()
    harmless("".join(tests[0]["resultsTableRow"]) + "".join(tests[0]["log"]))
    harmless((pytester.path / "out" / "index.html").read_text(encoding="utf-8"))
