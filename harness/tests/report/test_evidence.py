from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import sample_run

from smtpwitness.report.evidence import evidence


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
    assert "python 'my client.py' {host} {port}" in text_of(evidence(run, case)["evidence.html"])
    unknown = replace(case, client="nobody")
    assert "$ nobody" in text_of(evidence(run, unknown)["evidence.html"])


def test_evidence_of_a_case_that_was_not_run_shows_no_diagram() -> None:
    case = sample_run.broken()
    page = evidence(sample_run.run_of([case]), case)["evidence.html"]
    assert "<svg" not in page
    assert "The client was not started." in text_of(page)
    assert "the fake server could not listen" in text_of(page)
