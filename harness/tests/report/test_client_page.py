"""The page of one client."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.run import Client, Hint, Learned, Run
from smtpwitness.report.pages import reports
from smtpwitness.report.view import client_slugs

SCRIPT = "<script>alert(1)</script>"


def page(run: Run, name: str = "client-rawsmtp.html") -> str:
    return " ".join(re.sub("<[^>]*>", " ", reports(run)[name].split("<main")[1]).split())


def with_client(client: Client) -> Run:
    return replace(sample_run.sample(), clients=(client,))


def test_slugs_are_safe_and_differ() -> None:
    assert client_slugs(["a b", "a-b", "..", "../x", "A.b"]) == {
        "..": "client-x",
        "../x": "client-x-2",
        "A.b": "client-a-b",
        "a b": "client-a-b-2",
        "a-b": "client-a-b-3",
    }


def test_each_client_has_a_page_that_the_index_and_its_cases_lead_to() -> None:
    files = reports(sample_run.sample())
    for ending in (".html", ".zh.html"):
        for name in ("client-rawsmtp", "client-student"):
            assert f'href="{name}{ending}"' in files[f"index{ending}"]
            mine = re.findall(r'href="(cases/[^"]*)"', files[f"{name}{ending}"])
            assert mine
            assert all(f'href="../{name}{ending}"' in files[case] for case in mine)


def test_it_says_what_to_mend_and_lists_its_own_cases_only() -> None:
    text = page(sample_run.sample(), "client-student.html")
    assert "first thing to mend" in text
    assert "go on to DATA only if" in text
    assert set(re.findall(r'href="cases/[^"]*?--([a-z]+)--', reports(sample_run.sample())["client-student.html"])) == {
        "student"
    }


def test_it_tells_what_is_known_of_the_client() -> None:
    client = Client(
        "rawsmtp",
        ("python", "raw.py", "{host}"),
        supports=frozenset({"starttls", "auth-plain"}),
        title="A small client",
        known=(sample_run.KNOWN,),
        hints=(Hint("hint.password", "raw.py", 7),),
        learned=Learned("a@x.test", ("b@x.test",), 1, 1, "login", "a", "none", False),
    )
    text = page(with_client(client))
    for part in (
        "A small client",
        "python raw.py {host}",
        "auth-plain, starttls",
        "known waits for release 2 · 2026-01-31",
        "raw.py, line 7: a password stands in the text",
        "a@x.test → b@x.test",
    ):
        assert part in text


def test_a_client_of_which_nothing_is_known_has_a_page_too() -> None:
    assert "The client itself Its cases" in page(replace(sample_run.sample(), clients=()))


@pytest.mark.parametrize("takes", ["raw", SCRIPT])
def test_hostile_text_stays_text(takes: str) -> None:
    client = Client(
        "rawsmtp",
        (SCRIPT,) * 900,
        takes=takes,
        supports=frozenset({SCRIPT}),
        title=SCRIPT,
        hints=(Hint("hint.password", SCRIPT, 1),) * 900,
        learned=Learned(SCRIPT, (SCRIPT,) * 900, 1, 1, SCRIPT, SCRIPT, SCRIPT, False),
        known=(replace(sample_run.KNOWN, reason=SCRIPT, link="javascript:x", rules=(SCRIPT,) * 900),) * 900,
    )
    files = reports(with_client(client))
    text = files["client-rawsmtp.html"].split("<main")[1]
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert 'href="javascript' not in text
    assert len(text) < 200_000
