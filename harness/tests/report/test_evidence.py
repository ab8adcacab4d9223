from __future__ import annotations

import base64
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import sample_run

from smtpwitness.model.run import CaseResult, Delivered, Peer
from smtpwitness.model.student import Picture, Student
from smtpwitness.report.evidence import evidence, manifest, message_id
from smtpwitness.report.message import messages


def text_of(page: str) -> str:
    """What is read on *page*: tags and style taken out."""
    plain = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(plain).split())


def test_evidence_says_that_the_server_was_simulated_only_if_it_was() -> None:
    case, line = sample_run.assignment(), "not a delivery to a real mailbox"
    run = sample_run.run_of([case])
    assert line in text_of(evidence(run, case)["evidence.html"])
    assert "并非投递到真实邮箱" in text_of(evidence(run, case)["evidence.zh.html"])
    real = replace(case, server="remote:mail.example.test")
    assert line not in text_of(evidence(run, real)["evidence.html"])
    afar = replace(real, server="remote qq", peer=Peer("smtp.qq.test", 465, "AB:CD"))
    for name in ("evidence.html", "evidence.md"):
        told = text_of(evidence(run, afar)[name])
        assert "smtp.qq.test:465, certificate SHA-256 AB:CD" in told
        assert line not in told


def test_evidence_holds_what_is_handed_in() -> None:
    run = sample_run.sample()
    text = text_of(evidence(run, run.cases[0])["evidence.html"])
    for part in (
        "CPython 3.12.1",
        "Windows-11 AMD64",
        "2025-03-03 02:00:00 UTC",
        "rawsmtp --server {host}:{port}",
        "means “username:”",
        "AQAAfwBnXkQz",
        sample_run.SUBJECT,
        "邮件已发送",
        "Nothing was found wrong.",
    ):
        assert part in text
    assert "KioqKioq" not in text


def test_a_command_line_is_quoted_where_it_must_be() -> None:
    case = replace(sample_run.assignment(), client="student")
    run = sample_run.run_of([case])
    assert f"python 'my client.py' {case.job.host} {case.job.port}" in text_of(evidence(run, case)["evidence.html"])
    unknown = replace(case, client="nobody")
    assert "$ nobody" in text_of(evidence(run, unknown)["evidence.html"])


def test_evidence_of_a_case_that_was_not_run_shows_no_diagram() -> None:
    case = sample_run.broken()
    page = evidence(sample_run.run_of([case]), case)["evidence.html"]
    assert "<svg" not in page
    assert "The client was not started." in text_of(page)
    assert "the fake server could not listen" in text_of(page)


# --- what is handed in ------------------------------------------------------------------------------------------


def lying(role: str, message_id: str, **more: Any) -> Delivered:
    """A message as it was read over IMAP."""
    folder, owner = {"sent": ("Sent", sample_run.SENDER), "inbox": ("INBOX", sample_run.RECIPIENT)}[role]
    octets = f"Subject: hello\r\nMessage-ID: {message_id}\r\n\r\nhello\r\n".encode()
    told = {"flags": ("\\Recent",), "uid": 7, "date": "03-Mar-2025 10:00:01 +0800", "size": 1234}
    read = {"trace": b"Received: by mail\r\n\tfor <x>\r\n", "octets": octets, "same": True, "server": "mail.test:993"}
    return Delivered(
        **{"folder": folder, "message_id": message_id, "role": role, "mailbox": owner, **told, **read, **more}
    )


def test_the_cover_names_the_student_and_the_checklist_what_is_to_be_added_by_hand() -> None:
    case = sample_run.assignment()
    student = Student("李雷", "2025", "Networks", "韩老师", "zh", {"window": Picture("image/png", b"\x89PNG")})
    files = evidence(sample_run.run_of([case]), case, student)
    text = text_of(files["evidence.html"])
    assert "Name 李雷 Student number 2025 Course Networks Teacher 韩老师" in text
    for line in (
        "Python version and environment ✓ present",
        "Sequence diagram ✓ present",
        "The message in the Sent folder ✎ to be added by hand",
        "Screenshot of the client's window ✓ present",
        "Screenshot of the recipient's inbox ✎ to be added by hand",
    ):
        assert line in text
    assert '<img src="data:image/png;base64,iVBORw=="' in files["evidence.html"]
    assert text.count("Screenshot supplied by the user.") == 1
    assert "- 姓名：李雷" in files["evidence.zh.md"]


def test_what_was_not_recorded_is_missing() -> None:
    case = sample_run.broken()
    text = text_of(evidence(sample_run.run_of([case]), case)["evidence.html"])
    assert "Sequence diagram ✗ missing" in text
    assert "The message that the server received ✗ missing" in text


def with_mailboxes(*found: Delivered) -> CaseResult:
    return replace(sample_run.assignment(), server="relay provider", relay="provider", delivered=found)


def sent_id() -> str:
    return message_id(messages(sample_run.assignment().transcript)[0])


def test_messages_in_mailboxes_become_cards_that_compare_the_message_id() -> None:
    other = lying("inbox", "<other@example.test>", same=False, difference="a line is gone")
    case = with_mailboxes(lying("sent", sent_id()), other)
    text = text_of(evidence(sample_run.run_of([case]), case)["evidence.html"])
    assert sent_id()
    assert "The message in the Sent folder ✓ present" in text
    assert "The message in the recipient's inbox ✗ missing" in text
    assert f"✓ Its Message-ID is the same: {sent_id()}" in text
    assert "✗ Its Message-ID is another: <other@example.test>" in text
    assert "The message is not what DATA carried: a line is gone" in text
    assert text.count("Rendered from IMAP data, read only, of mail.test:993; not a screenshot.") == 2
    assert f"Folder Sent of {sample_run.SENDER} Received at (INTERNALDATE) 03-Mar-2025 10:00:01 +0800" in text
    assert "Size in octets 1,234 UID 7 Flags \\Recent" in text


def test_the_message_id_is_compared_across_data_sent_and_inbox_in_every_form() -> None:
    case = with_mailboxes(lying("sent", sent_id()), lying("inbox", sent_id()))
    files = evidence(sample_run.run_of([case]), case)
    shown = f"DATA {sent_id()} Folder Sent of {sample_run.SENDER} {sent_id()} ✓ Folder INBOX of {sample_run.RECIPIENT}"
    assert f"{shown} {sent_id()} ✓" in text_of(files["evidence.html"])
    for name, words in (("evidence.md", "✓ Its Message-ID is the same"), ("evidence.zh.md", "✓ Message-ID 一致")):
        assert files[name].count(words) == 2, name
    assert "- The message in the recipient's inbox: present" in files["evidence.md"]


def test_a_message_that_was_not_found_is_missing_and_the_reason_is_told() -> None:
    lost = lying("inbox", "", octets=b"", trace=b"", same=False, difference="it was not there within 5 s")
    case = with_mailboxes(lying("sent", sent_id()), lost)
    files = evidence(sample_run.run_of([case]), case)
    text = text_of(files["evidence.html"])
    assert "The message in the recipient's inbox ✗ missing" in text
    assert "✗ The message was not found: it was not there within 5 s" in text
    assert "it was not there within 5 s" in files["evidence.md"]


def test_what_a_relay_keeps_in_files_is_no_inbox() -> None:
    case = with_mailboxes(replace(lying("inbox", sent_id()), role="", mailbox="", server=""))
    text = text_of(evidence(sample_run.run_of([case]), case)["evidence.html"])
    assert "The message in the recipient's inbox ✎ to be added by hand" in text
    assert "neither IMAP data nor a screenshot" in text
    assert "Rendered from IMAP data" not in text


def test_a_message_without_message_id_is_proved_by_its_content() -> None:
    case = with_mailboxes(lying("sent", ""), lying("inbox", ""))
    text = text_of(evidence(sample_run.run_of([case]), case)["evidence.html"])
    assert "The message in the Sent folder ✓ present" in text
    assert "It has no Message-ID; it was found by its content." in text
    assert f"Folder Sent of {sample_run.SENDER} — found by its content" in text


def test_each_printed_page_and_each_picture_names_its_server() -> None:
    case = with_mailboxes()
    page = evidence(sample_run.run_of([case]), case)["evidence.html"]
    (box,) = re.findall(r"@bottom-left\{content:\"([^\"]*)\"", page)
    plain = re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match[1], 16)), box)
    assert plain == "real server on this computer, relay provider"
    assert text_of(page).count("Recorded session with a real server on this computer, relay provider.") == 2


def test_a_server_s_name_ends_no_style_sheet() -> None:
    case = replace(with_mailboxes(), server='relay "}</style><script>alert(1)</script>')
    page, plain = (evidence(sample_run.run_of([one]), one)["evidence.html"] for one in (case, with_mailboxes()))
    assert page.count("</style>") == plain.count("</style>")
    assert page.count("<script") == 1, "our own"


def test_masked_evidence_holds_no_local_part_and_no_user_name() -> None:
    case = with_mailboxes(lying("sent", sent_id()), lying("inbox", sent_id()))
    run = sample_run.run_of([case])
    local = case.job.messages[0].sender.partition("@")[0]
    coded = base64.b64encode(case.job.username.encode()).decode()
    plain, hidden = (evidence(run, case, None, mask) for mask in (False, True))
    for name, text in hidden.items():
        assert local in plain[name], name
        assert f"{local}@" not in text, name
        assert coded in plain[name], name
        assert coded not in text, name
        assert case.job.username not in text, name
    assert "Of addresses only the domains are shown." in text_of(hidden["evidence.html"])


def test_the_markdown_is_plain_whatever_stood_on_the_wire() -> None:
    case = sample_run.hostile_gated().cases[0]
    text = evidence(sample_run.run_of([case]), case)["evidence.md"]
    assert "<script" not in re.sub(r"(?m)^    .*$", "", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    assert text.count("```") == 2


def test_the_manifest_is_what_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "a").write_bytes(b"abc")
    assert manifest(tmp_path, ["b", "a"]) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"
    )
