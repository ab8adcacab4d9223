"""A recorded session as scenario and persona: what is in it, what is not, and that it plays."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from broken_clients.base import Fault
from broken_clients.faults import name_of
from broken_clients.wrong_content import NoQuit
from broken_clients.wrong_lmtp import Lmtp
from broken_clients.wrong_mechanisms import Scram
from broken_clients.wrong_sessions import AnotherPassword, NoBase64
from real_runs import BROKEN, broken_client, catalogue, reading_environment, run_all, scenario

from smtpwitness.files.clients import client_from
from smtpwitness.files.recording import Clean, NotRecorded, Recording, recording
from smtpwitness.files.suites import select
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client
from smtpwitness.model.scenario import Content, Scenario
from smtpwitness.runner import Plan

RAWSMTP = client_from("rawsmtp")
BASE = reading_environment("base", str(BROKEN / "base.py"))
JOB = "{auth: login, sender: wang.li@campus.edu.cn, recipients: [li.na@elsewhere.cn], username: wang.li@campus.edu.cn}"
SESSION = f"""\
title: {{en: Coremail of a campus, zh: 校园 Coremail}}
covers: [RFC5321-3.3-a]
allow: {{credentials-in-clear: "port 25, as the assignment: has it"}}
job: {JOB}
server: {{offers: [AUTH LOGIN, "X-FROM [203.0.113.7]", SIZE 1000]}}
dialogue:
  - S: 220 mx7.campus.edu.cn Anti-spam GT for Coremail System (campus[20260101])
  - C: EHLO ...
    S: [250-mx7.campus.edu.cn at your service 2001:da8::17, 250-AUTH LOGIN, "250-X-FROM [203.0.113.7]", 250 SIZE 1000]
  - C: AUTH LOGIN
    S: 334 dXNlcm5hbWU6
  - C: "{{username:base64}}"
    S: 334 UGFzc3dvcmQ6
  - C: "{{password:base64}}"
    S: 235 wang.li is in {{{{ok}}}}
  - C: MAIL
    S: 250 <wang.li@campus.edu.cn> fine, postmaster@campus.edu.cn
  - C: RCPT
    S: 250 li.na@elsewhere.cn will be told by MX7.campus.edu.cn
  - C: DATA
    S: 354 go on
  - message: same
    S: "250 Mail OK queued as AQAAfwBXyZ12-3.4"
  - C: QUIT
    S: 221 Bye
outcome: accepted
"""


def loaded(path: Path) -> Scenario:
    (one,) = select([str(path)], frozenset(catalogue()), RULE_IDS).scenarios
    return one


def written(made: Recording, folder: Path, name: str = "campus") -> Scenario:
    (folder / "personas").mkdir(parents=True)
    (folder / "personas" / f"{name}.yaml").write_text(made.persona)
    path = folder / f"{name}.smtp.yaml"
    path.write_text(made.scenario)
    return loaded(path)


def recorded(one: Scenario, client: Client, secrets: tuple[str, ...] = ()) -> tuple[CaseResult, Recording]:
    (case,) = run_all([Plan(one, client)])
    return case, recording(replace(case, relay="campus"), one, "campus", ["mx7"], secrets)


@pytest.fixture
def campus(tmp_path: Path) -> Scenario:
    path = tmp_path / "campus-real.smtp.yaml"
    path.write_text(SESSION)
    return loaded(path)


def test_it_plays_with_the_same_verdict_and_tells_nothing_of_the_account(campus: Scenario, tmp_path: Path) -> None:
    case, made = recorded(campus, BASE)
    assert case.exchange is Verdict.NOTE, case.findings
    text = (made.scenario + made.persona).lower()
    for theirs in ("wang", "li.na", "campus.edu", "elsewhere", "203.0.113", "2001:da8", "aqaafwb", "mx7"):
        assert theirs not in text, theirs
    for kept in ("{username:base64}", "{password:base64}", "<{sender}> fine, someone@example.test", "334 UGFzc3dvcmQ6"):
        assert kept.lower() in text, kept
    assert "relay.example.test Anti-spam GT for Coremail System" in made.scenario
    assert "someone is in {{ok}}" in made.scenario
    assert "queued as {queue-id}" in made.persona
    (tmp_path / "out").mkdir()
    again = written(made, tmp_path / "out")
    assert again.server.name == "campus"
    assert again.server.offers == ("AUTH LOGIN", "X-FROM [192.0.2.1]", "SIZE 1000")
    assert again.allow == campus.allow
    (replayed,) = run_all([Plan(again, BASE)])
    assert (replayed.verdict, replayed.fate) == (case.verdict, case.fate), replayed.findings


@pytest.mark.parametrize(
    "name",
    [
        "core/multi-rcpt",
        "core/multi-message",
        "core/helo-fallback",
        "auth/plain",
        "auth/scram-sha256",
        "auth/cram-md5[short]",
        "tls/starttls-auth",
        "tls/implicit[good]",
        "lmtp/happy",
        "faults/rcpt-mixed",
        "faults/close-matrix[MAIL]",
        "coursework/auth-login-rejected",
        "replies/multiline-all",
    ],
)
def test_sessions_of_all_kinds_play_again_with_the_same_verdict(name: str, tmp_path: Path) -> None:
    one = select([name], frozenset(catalogue()), RULE_IDS).scenarios[0]
    other = {"auth/scram-sha256": Scram, "lmtp/happy": Lmtp}.get(name)
    client = broken_client(name_of(other), other) if other else RAWSMTP
    case, made = recorded(one, client)
    assert case.exchange in (Verdict.PASS, Verdict.NOTE), case.findings
    again = written(made, tmp_path)
    (replayed,) = run_all([Plan(again, client)])
    assert (replayed.exchange, replayed.fate) == (case.exchange, case.fate), (replayed.findings, made.scenario)


@pytest.mark.parametrize(
    ("first", "second", "name", "worth"),
    [
        ("rawsmtp", "rawsmtp-helo", "coursework/auth-login-coremail", Verdict.NOTE),
        ("rawsmtp-helo", "rawsmtp", "coursework/auth-login-coremail", Verdict.NOTE),
        ("rawsmtp", "rawsmtp-helo", "core/multi-rcpt", Verdict.WARN),
        ("rawsmtp-helo", "rawsmtp", "core/multi-rcpt", Verdict.PASS),
    ],
)
def test_who_says_the_other_hello_does_no_wrong(
    first: str, second: str, name: str, worth: Verdict, tmp_path: Path
) -> None:
    one = select([name], frozenset(catalogue()), RULE_IDS).scenarios[0]
    (case,) = run_all([Plan(one, client_from(first))])
    offers = ("SIZE 1000", "AUTH LOGIN")
    made = recording(replace(case, relay="campus"), one, "campus", (), (), offers)
    again = written(made, tmp_path)
    (replayed,) = run_all([Plan(again, client_from(second))])
    assert replayed.exchange is worth, (replayed.findings, made.scenario)
    if first == "rawsmtp-helo":
        assert again.server.offers == offers, "it did not ask, and the relay was asked before"
        assert b"250 AUTH LOGIN" in b"".join(event.octets for event in replayed.transcript)


@pytest.mark.parametrize("fault", [NoQuit, AnotherPassword, NoBase64])
def test_what_a_wrong_client_did_is_wrong_in_the_recording_too(fault: type[Fault], tmp_path: Path) -> None:
    client = broken_client(name_of(fault), fault)
    one = scenario(fault.scenario)
    case, made = recorded(one, client)
    again = written(made, tmp_path)
    (replayed, right) = run_all([Plan(again, client), Plan(again, BASE)])
    assert case.verdict is Verdict.FAIL
    assert replayed.verdict is Verdict.FAIL, made.scenario
    assert right.verdict in (Verdict.PASS, Verdict.NOTE), (right.findings, made.scenario)


def test_the_readmes_scenario_beside_it_is_played_by_the_same_server(campus: Scenario, tmp_path: Path) -> None:
    _, made = recorded(campus, BASE)
    written(made, tmp_path / "recorded")
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    text = readme.partition("# recorded/full.smtp.yaml\n")[2].partition("```")[0]
    path = tmp_path / "recorded" / "full.smtp.yaml"
    path.write_text(text)
    one = loaded(path)
    assert text in (Path(__file__).parents[3] / "README.zh-CN.md").read_text()
    (right, wrong) = run_all([Plan(one, BASE), Plan(one, broken_client(name_of(AnotherPassword), AnotherPassword))])
    assert right.verdict is Verdict.NOTE, right.findings
    assert b"Anti-spam GT for Coremail System" in right.transcript[1].octets
    assert wrong.verdict is Verdict.FAIL


# --- what must not be written


def test_a_secret_that_is_left_is_never_written(campus: Scenario) -> None:
    with pytest.raises(NotRecorded, match="password"):
        recorded(campus, BASE, ("at your service",))


def test_an_address_that_is_left_is_never_written(campus: Scenario) -> None:
    (case,) = run_all([Plan(campus, BASE)])
    odd = replace(case, job=replace(case.job, username="Bye"), relay="campus")
    assert "Bye" not in recording(odd, campus, "campus", (), ()).scenario
    inside = replace(case, job=replace(case.job, username="nti-spam"), relay="campus")
    with pytest.raises(NotRecorded, match="address"):
        recording(inside, campus, "campus", (), ())


def test_a_message_of_the_scenarios_own_is_not_recorded() -> None:
    one = scenario("core/happy")
    (case,) = run_all([Plan(one, BASE)])
    (message,) = one.job.messages
    one = replace(one, job=replace(one.job, messages=(replace(message, content=Content(size=5000)),)))
    with pytest.raises(NotRecorded, match="message of its own"):
        recording(case, one, "x", (), ())


# --- words


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2.0.0 Ok: queued as 4Xk1Qz2Yh3z9", "2.0.0 Ok: queued as {queue-id}"),
        ("OK id=1vNx9a-00000000Abc-0DeF", "OK id={queue-id}"),
        ("2.0.0 OK 1764098712 d9443c01a7336-29b5b1-gsmtp", "2.0.0 OK 1764098712 {queue-id}"),
        ("mail.test.example.com ESMTP Exim 4.96", "relay.example.test ESMTP Exim 4.96"),
        ("mx.google.com at your service, [198.51.100.23]", "relay.example.test at your service, [192.0.2.1]"),
        ("hello [IPv6:2001:da8:201::99]", "hello [IPv6:2001:db8::1]"),
        ("Wed, 25 Nov 2026 19:05:12 +0000 {x}", "Wed, 25 Nov 2026 19:05:12 +0000 {{x}}"),
        ("<ALICE@example.TEST> alice, bob@example.test", "<{sender}> someone, {recipient}"),
        ("carol@x.example.com: no", "someone@example.test: no"),
        ("see https://help.qq.com/cgi?id=55", "see https://relay.example.test/cgi?id={queue-id}"),
        ("8BITMIME SMTPUTF8 2.1.5 SIZE 35882577", "8BITMIME SMTPUTF8 2.1.5 SIZE 35882577"),
        ("PC-OF-WANG says hello", "relay.example.test says hello"),
    ],
)
def test_words_lose_what_tells_whose_they_are(said: str, kept: str) -> None:
    (case,) = run_all([Plan(scenario("core/happy"), BASE)])
    assert Clean(case.job, ("pc-of-wang",)).words(said) == kept


def test_one_host_has_one_name_and_another_has_another() -> None:
    (case,) = run_all([Plan(scenario("core/happy"), BASE)])
    clean = Clean(case.job, ())
    assert clean.words("a.example.com b.example.com A.example.com") == (
        "relay.example.test other1.example.test relay.example.test"
    )


def test_a_prompt_that_names_somebody_names_nobody() -> None:
    (case,) = run_all([Plan(scenario("core/happy"), BASE)])
    clean = Clean(case.job, ())
    assert clean.challenge("UGFzc3dvcmQ6") == "UGFzc3dvcmQ6"
    assert base64.b64decode(clean.challenge(base64.b64encode(b"Password of alice@example.test:").decode())) == (
        b"Password of someone:"
    )
    assert clean.challenge("no base64 of x.example.com") == "no base64 of relay.example.test"
