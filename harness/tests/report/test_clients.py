"""What is told of a client beside its cases, on the index page and on the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import sample_run
from rich.console import Console

from smtpwitness.model.run import Client, Hint, Learned, Run
from smtpwitness.report.clients import MOST_HINTS, about
from smtpwitness.report.pages import index_page
from smtpwitness.screen import summary

OWN = Learned("me@a.test", ("you@b.test", "him@b.test"), 2, 1, "login", "me@a.test", "none")


def run_of(**values: object) -> Run:
    run = sample_run.run_of([sample_run.assignment()])
    return replace(run, clients=(Client("student", ("python", "x.py")), Client("other", ("o",), **values)))  # type: ignore[arg-type]


def test_of_whom_there_is_nothing_to_tell_nothing_is_told() -> None:
    assert about(run_of(), "en") == []
    assert 'id="clients"' not in index_page(run_of(), "en")


@pytest.mark.parametrize(
    ("own", "language", "told"),
    [
        (OWN, "en", "from me@a.test to you@b.test, him@b.test; logs in by LOGIN as me@a.test; no TLS"),
        (OWN, "zh", "从 me@a.test 发给 you@b.test、him@b.test；以 me@a.test 的身份用 LOGIN 登录；不用 TLS"),
        (replace(OWN, auth="none", recipients=()), "en", "other addresses each time; does not log in; no TLS"),
        (
            replace(OWN, username="", mechanisms=("cram-md5", "plain"), tls="implicit", insists_on=("tls", "auth")),
            "en",
            "logs in by CRAM-MD5, PLAIN; TLS from the first octet; sends nothing without TLS; "
            "sends nothing without a login",
        ),
        (replace(OWN, messages=2, tls="starttls"), "en", "2 messages; logs in by LOGIN as me@a.test; STARTTLS"),
    ],
)
def test_its_own_job(own: Learned, language: str, told: str) -> None:
    (one,) = about(run_of(learned=own), language)
    assert one.learned.endswith(told)


def test_what_the_page_and_the_terminal_show() -> None:
    hints = tuple(Hint("hint.password", "x.py", line) for line in range(1, MOST_HINTS + 3))
    run = run_of(learned=OWN, version="other 2.1 <b>", hints=hints)
    page, screen = index_page(run, "en"), io.StringIO()
    summary(run, "en", Console(file=screen, width=100, highlight=False))
    assert "other 2.1 &lt;b&gt;" in page
    for one in ("from me@a.test to you@b.test", "x.py, line 8: a password", "and 2 more"):
        assert one in page
        assert one in screen.getvalue()
    assert "version  other: other 2.1 <b>" in screen.getvalue()
    assert "x.py, line 9" not in page + screen.getvalue()
