"""The real relays themselves: started, tried with three clients, read back, ended. Skipped where one is not here."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Command
from real_runs import catalogue, run_all, scenarios

from smtpwitness import sessions
from smtpwitness.files.clients import client_from
from smtpwitness.files.problems import ScenarioError
from smtpwitness.files.relays import Relay, filled, known_relays, read_relay, relay_from
from smtpwitness.files.suites import select
from smtpwitness.judge.redact import forms
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.peers import packages
from smtpwitness.report.beside import differences
from smtpwitness.report.view import Entry
from smtpwitness.runner import Plan, judge_again, run_cases, workshop

if not sys.platform.startswith("linux"):
    pytest.skip("relays are Debian's", allow_module_level=True)

NAMES = tuple(known_relays())
TRIED = (
    "coursework/auth-login-coremail",
    "core/happy",
    "core/multi-rcpt",
    "auth/login",
    "auth/plain",
    "tls/starttls-ok",
)

FOLDED = "header fields are folded at other places"


def ready(name: str) -> Relay:
    relay = relay_from(name)
    if wanting := packages.missing(relay):
        pytest.skip(f"{name}: {wanting}")
    return relay


def run(relays: Sequence[Relay], clients: Sequence[str], names: Sequence[str] = TRIED) -> list[CaseResult]:
    made = scenarios(names)
    servers = ("", *(relay.name for relay in relays))
    plans = [Plan(one, client_from(name), relay=server) for server in servers for name in clients for one in made]
    done: list[CaseResult] = []

    async def main() -> None:
        async with workshop(catalogue(), relays=relays, scenarios=made) as shop:
            await run_cases(plans, shop, 2, done.append)

    asyncio.run(main())
    return done


def left() -> list[Path]:
    return [one for one in Path(tempfile.gettempdir()).glob("smtpwitness-relay-*") if _ours(one)]


def _ours(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / "owner.json").read_text())["pid"] == os.getpid())
    except (OSError, ValueError):
        return False


@pytest.mark.once
def test_dovecot_takes_lmtp_and_it_is_read_back() -> None:
    (case,) = (one for one in run([ready("dovecot")], ["smtplib"], ["lmtp/happy"]) if one.relay)
    assert case.verdict is Verdict.PASS, case.reason
    (found,) = case.delivered
    assert found.same
    assert b"Delivered-To: bob@example.test\r\n" in found.trace


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_good_clients_pass_on_it_and_what_it_took_is_read_back(name: str) -> None:
    cases = run([ready(name)], ["rawsmtp", "smtplib"])
    entries = [Entry(case, case.name, case.client) for case in cases]
    assert [one for one in differences(entries) if not one.argued] == []
    cases = [case for case in cases if case.relay]
    judged = [case for case in cases if case.verdict not in (Verdict.NOT_APPLICABLE, Verdict.UNSUPPORTED)]
    assert judged
    wrong = [(case.name, case.client, case.reason) for case in judged if case.verdict in (Verdict.FAIL, Verdict.ERROR)]
    assert not wrong
    written = {one.name: one for one in scenarios(TRIED)}
    for case in judged:
        again = judge_again(case, written[case.name], client_from(case.client), catalogue())
        assert (again.verdict, again.steps) == (case.verdict, case.steps), case.name
        assert case.delivered, case.name
        different = {one.difference for one in case.delivered} - {""}
        assert different <= ({FOLDED} if relay_from(name).why(case.scenario) else set()), different
    assert not left()


# --- their files


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_each_is_well_formed(name: str) -> None:
    relay = relay_from(name)
    assert "smtp" in relay.ports
    assert relay.packages or relay.npm or relay.installed


def test_what_is_argued_is_little_and_about_scenarios_that_there_are() -> None:
    argued = [scenario for name in NAMES for scenario in relay_from(name).known]
    assert len(argued) <= 10
    assert len(scenarios(dict.fromkeys(argued))) >= len(set(argued))


def test_the_page_about_them_tells_what_their_files_argue() -> None:
    page = (known_relays()["exim"].parent / "README.md").read_text("utf-8")
    chapters = {head: body for head, _, body in (one.partition("\n") for one in page.split("\n## ")[2:])}
    assert sorted(chapters) == sorted(NAMES)
    for name, body in chapters.items():
        argued = [one for scenario, entry in relay_from(name).known.items() for one in (scenario, *entry.also)]
        assert re.findall(r"`([a-z]+/[a-z-]+)`", body) == argued, name
        assert bool(argued) is ("Nothing is argued" not in body)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_argued_has_both_transcripts(name: str) -> None:
    for entry in relay_from(name).known.values():
        assert len(entry.why) > 100
        for text in (entry.fake, entry.relay):
            assert {line[:3] for line in text.splitlines() if line[:3] in ("C: ", "S: ")} == {"C: ", "S: "}
        assert entry.fake != entry.relay


def test_an_unknown_relay_is_told_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"no relay 'exmi' \(did you mean 'exim'"):
        relay_from("exmi")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\ncommand: [a, '@smtps@']\nports: [smtp]\n", "2:.*nothing fills @smtps@"),
        ("title: x\ncommand: [a]\nports: [smtp]\nport: 1\n", "4:1: there is no key 'port'"),
        ("title: x\ncommand: [a]\nports: [smtp]\nfiles: {../x: y}\n", "leads out of the relay's folder"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.relay.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=words):
        read_relay(path)


@pytest.mark.parametrize("name", NAMES)
def test_the_version_of_each_that_is_here_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # as an ordinary user of Debian has it, without /usr/sbin
    assert re.match(r"[0-9]+\.[0-9]+", packages.version(ready(name)))


def test_the_version_is_read_from_what_was_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    exim, haraka = relay_from("exim"), relay_from("haraka")
    assert packages.version(replace(relay_from("dovecot"), version=("no-such-program", "--version"))) == ""
    assert packages.version(exim) == packages.version(haraka) == ""
    log = packages.prefix(exim) / "usr/share/doc/exim4-daemon-light/changelog.Debian.gz"
    told = packages.prefix(haraka) / "node_modules/Haraka/package.json"
    for path in (log, told):
        path.parent.mkdir(parents=True)
    log.write_bytes(gzip.compress(b"exim4 (4.96-15+deb12u9) bookworm; urgency=high\n\n  * more\n"))
    told.write_text('{"name": "Haraka", "version": "3.1.1"}')
    assert (packages.version(exim), packages.version(haraka)) == ("4.96-15+deb12u9", "3.1.1")


def test_placeholders_are_filled_and_others_stay() -> None:
    assert filled("@run@/x alice@example.test @other@", {"run": "/r"}) == "/r/x alice@example.test @other@"


def test_a_relay_that_is_not_here_says_how_to_come_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "smtpwitness relays --fetch exim" in packages.missing(relay_from("exim"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(packages.NotFetched, match="Debian with apt"):
        packages.fetch(relay_from("exim"))
    assert not (packages.cache() / "exim").exists()


# --- recorded, and held against them


@pytest.mark.once
@pytest.mark.parametrize("client", ["rawsmtp", "smtplib"])
def test_a_session_with_postfix_plays_on_the_fake_with_the_same_verdict(
    client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, tester, secrets = ready("postfix"), sessions.Tester(client_from(client)), list[str]()
    (one,) = scenarios([sessions.EXAMPLE])
    real = sessions.played
    monkeypatch.setattr(sessions, "played", lambda a, b, c, kept: real(a, b, c, secrets))
    path, case = sessions.record(one, tester, relay, tmp_path, "mine")
    (again,) = select([str(path)], frozenset(catalogue()), RULE_IDS).scenarios
    (replayed,) = run_all([Plan(again, tester.client)])
    assert case.verdict in (Verdict.PASS, Verdict.NOTE)
    assert (replayed.verdict, replayed.fate) == (case.verdict, case.fate), replayed.findings
    text = path.read_text() + (tmp_path / "personas" / "mine.yaml").read_text()
    assert secrets
    assert not [form for secret in secrets for form in forms(secret).values() if form in text.encode()]
    assert not [one for message in case.job.messages for one in (message.sender, *message.recipients) if one in text]


@pytest.mark.once
def test_drift_from_postfix_is_told_and_no_drift_is_none(command: Command, tmp_path: Path) -> None:
    ready("postfix")
    assert command("record", "--client", "rawsmtp", "--relay", "postfix", "--out", tmp_path)[0] == 0
    path, persona = tmp_path / "postfix.smtp.yaml", tmp_path / "personas" / "postfix.yaml"
    status, said, _ = command("drift", path, "--relay", "postfix")
    assert (status, "as ever" in said) == (0, True)
    path.write_text(path.read_text().replace("250 2.1.0 Ok", "250 2.1.7 Ok"))
    persona.write_text(persona.read_text().replace("- DSN", "- XYZ"))
    status, said, _ = command("drift", path, "--relay", "postfix")
    assert status == 1
    assert "MAIL: expected 250 2.1.7 Ok, observed 250 2.1.0 Ok" in said
    assert "offers: expected XYZ, observed nothing" in said
    assert "offers: expected nothing, observed DSN" in said


def test_a_package_that_there_is_not_here_is_told_with_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("apt-get", "echo 'E: Unable to locate package chasquid' >&2; exit 100"), ("dpkg", "exit 0")):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(packages.NotFetched, match=r"Unable to locate package chasquid.*Debian 12.* on riscv64"):
        packages.fetch(relay_from("chasquid"))
