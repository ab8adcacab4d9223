"""The known deviations of the known clients: each can be shown without the judge, and each that is told of is shown."""

import ast
import dataclasses
import re
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smtpwitness.files.clients import client_from, known_clients
from smtpwitness.files.suites import catalogue, select
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.scenario import fits

KNOWN = Path(__file__).resolve().parents[2] / "client" / "known"
SCRIPT = KNOWN / "reproduce.py"
TABLE = runpy.run_path(str(SCRIPT))
DEVIATIONS: dict[str, Any] = TABLE["DEVIATIONS"]
MEASURED = ((3, 11), (3, 12), (3, 13))
"""The Pythons whose smtplib the table describes. A later one may have mended something."""


def of(client: str) -> list[str]:
    return [name for name, one in DEVIATIONS.items() if client in one.clients.split()]


def reproduce(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script without site packages: it must need none, smtpwitness least of all."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", of("smtplib"))
def test_smtplib_does_what_is_told_of_it(name: str):
    done = reproduce("smtplib", name)
    expected = (0,) if sys.version_info[:2] in MEASURED else (0, 1)
    assert done.returncode in expected, done.stdout + done.stderr
    assert done.stderr == ""
    assert re.search(r"^ +\d+\.\d{3} S: .*\\r\\n$", done.stdout, re.MULTILINE)
    last = done.stdout.splitlines()[-1]
    assert last == f"{'not seen' if done.returncode else 'seen'}: {DEVIATIONS[name].look_for}"


OTHERS: dict[str, Any] = TABLE["PROGRAMS"]


@pytest.mark.once
@pytest.mark.parametrize(("client", "name"), [(client, name) for client in OTHERS for name in of(client)])
def test_the_script_plays_every_session_with_the_others(client: str, name: str):
    if not OTHERS[client].installed():
        pytest.skip(f"needs {client}: {OTHERS[client].install}")
    done = reproduce(client, name)
    assert done.returncode in (0, 1), done.stdout + done.stderr  # what this release does is its own affair
    assert client in done.stdout.partition(" S: ")[0]  # the command line, or the program
    heard = re.search(r"^ +\d+\.\d{3} S: .*\\r\\n$", done.stdout, re.MULTILINE)
    assert (heard is not None) is DEVIATIONS[name].comes
    assert done.stdout.splitlines()[-1].endswith(f"seen: {DEVIATIONS[name].look_for}")


@pytest.mark.parametrize(
    "name", ["lone-lf", "lone-cr", "unlisted-mail", "unlisted-rcpt", "unlisted-message", "rcpt-252"]
)
def test_what_gives_no_occasion_is_not_seen(name: str):
    harmless = dataclasses.replace(DEVIATIONS[name], replies={}, body=b"hello\r\n")
    assert TABLE["show"]("smtplib", harmless) == 1


@pytest.mark.parametrize(
    "name", ["no-quit-auth", "no-quit-mechanism", "no-quit-hello", "unauthenticated", "one-recipient-refused"]
)
def test_what_smtplib_does_right_is_not_seen(name: str):
    assert TABLE["show"]("smtplib", DEVIATIONS[name]) == 1


def test_a_session_that_the_client_did_not_end_shows_nothing(monkeypatch: pytest.MonkeyPatch):
    """The server gives up first: that there was no QUIT by then is no fault."""
    shown = TABLE["show"].__globals__
    monkeypatch.setitem(shown["Server"].run.__globals__, "WAIT", 0.2)
    monkeypatch.setitem(shown, "with_smtplib", lambda deviation, port: hang(port))
    assert TABLE["show"]("smtplib", DEVIATIONS["no-quit-greeting"]) == 1


def hang(port: int) -> str:
    """A client that hears the greeting and says nothing until the server has gone."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while connection.recv(100):
            pass
    return "gone"


@pytest.mark.parametrize(
    "arguments", [(), ("smtplib",), ("smtplib", "no-such"), ("smtplib", "no-quit-auth"), ("x", "y")]
)
def test_without_a_deviation_the_script_lists_them(arguments: tuple[str, ...]):
    done = reproduce(*arguments)
    assert done.returncode == 2
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(DEVIATIONS)


def test_the_script_uses_the_standard_library_alone():
    files = [SCRIPT, *(one for one in (KNOWN / "reproduction").glob("*.py") if not one.name.startswith("send_"))]
    assert len(files) > 3
    for tree in (ast.parse(one.read_text(encoding="utf-8")) for one in files):
        modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert modules
        assert {one.partition(".")[0] for one in modules} <= {*sys.stdlib_module_names, "reproduction"}


@pytest.mark.parametrize("client", ["smtplib", *OTHERS])
def test_every_deviation_told_of_has_a_reproduction_and_the_other_way_round(client: str):
    page = (KNOWN / f"{client}.md").read_text(encoding="utf-8")
    sections = page.split("\n## ")[1:]
    named = [re.findall(r"^    python client/known/reproduce\.py (\S+) (\S+)$", one, re.MULTILINE) for one in sections]
    assert [len(one) for one in named] == [1] * len(sections)
    assert sorted(one[0] for one in named) == sorted((client, name) for name in of(client))


@pytest.mark.parametrize("client", ["smtplib", *OTHERS])
def test_every_known_reason_has_a_section_that_tells_its_case_and_rule(client: str):
    sections = (KNOWN / f"{client}.md").read_text(encoding="utf-8").split("\n## ")[1:]
    told: dict[str, bool] = {}
    for one in client_from(client).known:
        scenario = f"`{one.case.partition('[')[0].rstrip('*')}"
        rules = {rule.partition("/")[0] for rule in one.rules}  # `dialogue/` for all of its findings
        found = any(scenario in text and any(f"`{rule}" in text for rule in rules) for text in sections)
        told[one.reason] = told.get(one.reason, False) or found
    assert [reason for reason, found in told.items() if not found] == []


def test_every_known_deviation_fits_a_case_that_there_is():
    cases = {(one.id, one.name) for one in select((), frozenset(catalogue()), RULE_IDS).scenarios}
    lost = [
        (client, one.case)
        for client in known_clients()
        for one in client_from(client).known
        if not any(fits(one.case, *case) for case in cases)
    ]
    assert lost == []


@pytest.mark.parametrize("client", ["smtplib", *OTHERS])
def test_every_section_has_its_case_section_and_octets(client: str):
    known = {
        path.relative_to(KNOWN.parents[1] / "scenarios").as_posix().removesuffix(".smtp.yaml")
        for path in (KNOWN.parents[1] / "scenarios").rglob("*.smtp.yaml")
    }
    requirements = (KNOWN.parents[1] / "scenarios" / "requirements.tsv").read_text(encoding="utf-8")
    ids = {line.split("\t")[0] for line in requirements.splitlines()}
    for one in (KNOWN / f"{client}.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        title = one.splitlines()[0]
        assert set(re.findall(r"`((?:[a-z]+)/[a-z0-9-]+)", one)) & known, title
        assert re.search(r"RFC \d{4}, \d", one), title
        told = set(re.findall(r"\b(?:RFC\d{4}|LOGIN)-[\d.]+-[a-z]\b", one))
        assert told, title
        assert told <= ids, title
        assert re.search(r"^```\n(?:(?:[CS]: .*\\r\\n|[CS]: .*\\n|--|told:).*\n)+```$", one, re.MULTILINE), title
