"""The whole chain of the assignment: a client, a real relay, a real IMAP server, and the report that is handed in."""

from __future__ import annotations

import asyncio
import sys
from html import unescape
from pathlib import Path

import pytest
from command_line import COREMAIL, process
from peers.boxing import needs_a_box

from smtpwitness.files import store
from smtpwitness.files.relays import relay_from
from smtpwitness.model.run import CaseResult
from smtpwitness.peers import packages
from smtpwitness.peers.certificates import Certificates

if not sys.platform.startswith("linux"):
    pytest.skip("relays are Debian's", allow_module_level=True)

from smtpwitness.peers.relay import running

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the assignment on the provider, and its evidence report."""
    if wanting := packages.missing(relay_from("provider")):
        pytest.skip(f"provider: {wanting}")
    folder = tmp_path_factory.mktemp("provided")
    done = process("run", COREMAIL, "--client", "rawsmtp", "--relay", "provider", "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    done = process("evidence", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "server relay provider" in done.stdout
    return folder


def case_of(folder: Path) -> CaseResult:
    return next(one for one in store.read(folder).cases if one.relay)


REMOTE = """
kind: remote
title: The provider, as if others ran it
host: localhost
address: 127.0.0.1
port: {smtp}
tls: starttls
ca: {ca}
auth: [login, plain]
username: alice@example.test
password: $THEIR_PASSWORD
interval: 1 ms
mailboxes:
  - {{host: localhost, port: {imap}, tls: starttls}}
  - {{host: localhost, port: {imap}, tls: starttls, of: bob@example.test, password: $OTHER_PASSWORD}}
"""


def test_mailboxes_of_a_remote_relay_are_read_with_passwords_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wanting := packages.missing(relay_from("provider")):
        pytest.skip(f"provider: {wanting}")
    password, path, folder = "a-secret-of-theirs-7", tmp_path / "theirs.relay.yaml", tmp_path / "out"
    monkeypatch.setenv("THEIR_PASSWORD", password)
    monkeypatch.setenv("OTHER_PASSWORD", password)

    async def main() -> str:
        certificates = Certificates(tmp_path)
        accounts = {"alice@example.test": password}
        async with running(relay_from("provider"), certificates, accounts) as there:
            path.write_text(REMOTE.format(ca=certificates.ca_file, **there.upstream.ports))
            words = (
                "run",
                COREMAIL,
                "--client",
                "rawsmtp",
                "--relay",
                path,
                "--to",
                "bob@example.test",
                "--out",
                folder,
            )
            done = await asyncio.to_thread(process, *words)
            return done.stdout + done.stderr

    said = asyncio.run(main())
    sent, inbox = case_of(folder).delivered
    assert (sent.role, sent.mailbox, sent.same) == ("sent", "alice@example.test", True), said
    assert (inbox.role, inbox.mailbox, inbox.same) == ("inbox", "bob@example.test", True), said
    assert sent.server.startswith("remote theirs (localhost:")
    assert password not in said
    assert not any(password in one.read_text("utf-8") for one in folder.rglob("*") if one.is_file())


STUDENT = """
import base64, socket
sock = socket.create_connection(("smtp.163.com", 25))
lines = sock.makefile("rb")
def command(text):
    if text:
        sock.sendall(text.encode() + b"\\r\\n")
    print(text, lines.readline().decode())
for text in ("", "HELO me", "AUTH LOGIN", base64.b64encode(b"zhang@163.com").decode(),
             base64.b64encode(b"my-own-word-7").decode(), "MAIL FROM:<zhang@163.com>", "RCPT TO:<li@qq.com>", "DATA",
             "Subject: hello\\r\\n\\r\\nI love computer networks!\\r\\n.", "QUIT"):
    command(text)
"""


@needs_a_box
def test_an_unmodified_client_of_a_provider_far_away_ends_in_the_mailboxes_of_its_own_addresses(
    provided: Path, tmp_path: Path
) -> None:
    client, folder = tmp_path / "student.py", tmp_path / "out"
    client.write_text(STUDENT)
    run = process("run", COREMAIL, "--client", f"python {client}", "--relay", "provider", "--out", folder)
    sent, inbox = case_of(folder).delivered
    assert (sent.mailbox, inbox.mailbox) == ("zhang@163.com", "li@qq.com"), run.stdout
    assert sent.same
    assert inbox.same
    assert (sent.message_id, inbox.message_id) == ("", "")  # it has none: found by its content
    assert b"I love computer networks!" in inbox.octets
    assert not any("my-own-word-7" in one.read_text("utf-8") for one in folder.rglob("*") if one.is_file())


def test_the_message_lies_in_sent_and_inbox_as_data_carried_it(provided: Path) -> None:
    case = case_of(provided)
    (job,) = case.job.messages
    sent, inbox = case.delivered
    assert (sent.role, sent.folder, sent.mailbox) == ("sent", "Sent", job.sender)
    assert (inbox.role, inbox.folder, inbox.mailbox) == ("inbox", "INBOX", job.recipients[0])
    for one in case.delivered:
        assert (one.same, one.difference, one.octets) == (True, "", job.octets)
        assert one.message_id.encode() in job.octets
        assert one.trace.startswith(b"Return-Path: <")
        assert (one.uid, one.size) == (1, len(one.trace) + len(one.octets))
        assert "\\Seen" not in one.flags  # nothing was changed by reading


def test_the_report_has_every_part_that_its_checklist_names(provided: Path) -> None:
    for name, present, missing, hand in (
        ("evidence.md", ": present", ": missing", "to be added by hand"),
        ("evidence.zh.md", "：已有", "：缺少", "需手工补充"),
    ):
        text = (provided / name).read_text(encoding="utf-8")
        assert text.count(present) == 7, name
        assert missing not in text
        assert text.count(hand) == 3  # the student's own screenshots, and nothing else
    page = unescape((provided / "evidence.html").read_text(encoding="utf-8"))
    assert page.count("Rendered from IMAP data, read only, of relay provider (127.0.0.1:") == 2
    assert "simulated" not in page.lower()
    assert "real server on this computer, relay provider" in page
