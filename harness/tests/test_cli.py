"""The command as its users meet it: exit statuses, what is written and what is printed."""

from __future__ import annotations

import base64
import json
import platform
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import COREMAIL, REFUSED, Command, Ran, process

from smtpwitness import cli, ledger
from smtpwitness.files import store, suites
from smtpwitness.judge.gate import gated
from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import FailOn, Gate
from smtpwitness.model.run import Delivered, Run, Stress

REGRESSIONS = ("--fail-on", "regressions")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="session")
def stored(ran: Ran) -> dict[str, Any]:
    found = json.loads((ran[0] / "run.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="session")
def assignment(stored: dict[str, Any]) -> dict[str, Any]:
    (found,) = (case for case in stored["cases"] if case["scenario"] == COREMAIL)
    return dict(found)


# --- a run and what it writes


def test_a_run_is_quiet_where_it_is_piped(ran: Ran) -> None:
    folder, done = ran
    assert (done.returncode, done.stderr) == (0, "")
    assert not CONTROL.search(done.stdout)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("warn         auth/in-clear")
    assert lines[-1] == str(Path("out") / "index.html")
    assert {one.name for one in folder.iterdir()} >= {"run.json", "index.html", "cases", "junit.xml", "summary.md"}


def test_the_names_that_are_relied_on(stored: dict[str, Any]) -> None:
    assert (stored["schema"], stored["finished"]) == (1, True)
    assert [case["scenario"] for case in stored["cases"]] == [COREMAIL, REFUSED, "auth/in-clear"]
    case_names = "scenario variant client server verdict closing fate reported exit_status duration_ms root_cause"
    for case in stored["cases"]:
        assert {*case_names.split(), "steps", "findings", "transcript"} <= set(case)
        assert isinstance(case["duration_ms"], float)
    finding_names = {"rule", "level", "requirement", "verdict", "message", "expected", "observed", "events"}
    findings = [finding for case in stored["cases"] for finding in case["findings"]]
    assert findings
    assert all(finding_names <= set(finding) for finding in findings)
    by_name = {case["scenario"]: case for case in stored["cases"]}
    assert by_name[REFUSED]["root_cause"] is None
    assert (by_name["auth/in-clear"]["verdict"], by_name["auth/in-clear"]["root_cause"]) == (
        "warn",
        "dialogue/breaks",  # HELO: it comes first
    )


def test_the_seven_phases_of_the_assignment_in_order(assignment: dict[str, Any]) -> None:
    assert (assignment["verdict"] in ("pass", "note"), assignment["exit_status"]) == (True, 0)
    assert (assignment["fate"], assignment["reported"]) == ([["accepted"]], [["accepted"]])
    sender, (recipient,) = (assignment["job"]["messages"][0][name] for name in ("sender", "recipients"))
    username = base64.b64encode(assignment["job"]["username"].encode()).decode()
    expected = [
        ("open", ""),
        ("reply", "220 uni-edu.icoremail.test ESMTP ready"),
        ("line", f"HELO {assignment['job']['helo']}"),
        ("reply", "250 OK"),
        ("line", "AUTH LOGIN"),
        ("reply", "334 dXNlcm5hbWU6"),
        ("line", username),
        ("reply", "334 UGFzc3dvcmQ6"),
        ("line", "********"),
        ("reply", "235 Authentication successful"),
        ("line", f"MAIL FROM:<{sender}>"),
        ("reply", "250 Mail OK"),
        ("line", f"RCPT TO:<{recipient}>"),
        ("reply", "250 Mail OK"),
        ("line", "DATA"),
        ("reply", "354 End data with <CR><LF>.<CR><LF>"),
        ("content", assignment["job"]["messages"][0]["octets"] + "."),
        ("reply", "250 Mail OK queued as "),
        ("line", "QUIT"),
        ("reply", "221 Bye"),
    ]
    said = [(event["kind"], event["octets"].removesuffix("\r\n")) for event in assignment["transcript"]]
    said[17:18] = [(said[17][0], re.sub(r"as \S+$", "as ", said[17][1]))]
    assert said[:20] == expected
    rest = [(event["side"], event["kind"]) for event in assignment["transcript"][20:]]
    assert ("client", "close") in rest
    assert rest[-1] == ("client", "exit")


def test_the_password_is_a_span_that_is_right_and_has_no_octets(assignment: dict[str, Any]) -> None:
    (secret,) = (secret for event in assignment["transcript"] for secret in event["secrets"])
    assert (secret["role"], secret["encoding"], secret["agrees"]) == ("password", "base64", True)


def test_a_run_names_nothing_of_this_machine(ran: Ran) -> None:
    for path in ran[0].rglob("*"):
        if path.is_file():
            assert str(ran[0].parent) not in path.read_text(encoding="utf-8"), path


def test_a_scenario_of_ones_own_is_judged_again_from_the_run_alone(command: Command, tmp_path: Path) -> None:
    """Neither the file nor its place is needed afterwards, and the place is not told."""
    file = tmp_path / "mine" / "own.smtp.yaml"
    file.parent.mkdir()
    file.write_text("title: {en: t, zh: t}\ncovers: []\ndialogue:\n  - use: ordinary\n")
    assert command("run", file, "--client", "rawsmtp", "--out", tmp_path / "out")[0] == 0
    file.unlink()
    status, out, err = command("judge", tmp_path / "out")
    assert (status, err) == (0, "")
    assert out.endswith("0 of 1 cases changed\n")
    assert str(tmp_path) not in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")


# --- exit statuses


def lazy(folder: Path) -> Path:
    """A client that does nothing and says that all is well."""
    file = folder / "lazy.client.yaml"
    file.write_text("command: ['{python}', -c, pass]\nreads-environment: true\n")
    return file


def test_a_seed_is_kept_and_told(command: Command, tmp_path: Path) -> None:
    words = ("run", "core/happy", "--client", "rawsmtp", "--out", tmp_path, "--stress", "1")
    assert command(*words, "--seed", "7")[0] == 0
    assert store.read(tmp_path).stress == Stress(1, 7)
    for name in ("index.html", "index.zh.html"):
        assert "<code>--stress 1 --seed 7</code>" in (tmp_path / name).read_text(encoding="utf-8")
    assert command(*words)[0] == 0
    made_up = store.read(tmp_path).stress
    assert made_up is not None
    assert made_up.times == 1


def test_1_something_failed(command: Command, tmp_path: Path) -> None:
    status, out, err = command("run", "core/happy", "--client", lazy(tmp_path), "--out", tmp_path / "out")
    assert (status, err) == (1, "")
    assert out.startswith("fail         core/happy  lazy")


def test_1_strict_and_something_warned(command: Command, ran: Ran) -> None:
    assert command("judge", ran[0])[0] == 0
    assert command("judge", ran[0], "--strict")[0] == 1


def test_3_nothing_was_judged(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("run", "tls/starttls-ok", "--client", "c {host} {port}", "--out", tmp_path)
    assert status == 3
    assert "unsupported" in out


def test_3_the_harness_failed(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ill(*_: object) -> None:
        raise RuntimeError("the report is ill")

    monkeypatch.setattr(ledger, "write_reports", ill)
    status, _, err = command("run", "core/happy", "--client", "rawsmtp", "--out", tmp_path)
    assert status == 3
    assert "RuntimeError: the report is ill" in err
    assert len(store.read(tmp_path).cases) == 1


@pytest.mark.parametrize(
    ("verdicts", "strict", "status"),
    [
        ([Verdict.PASS, Verdict.NOTE], True, 0),
        ([Verdict.PASS, Verdict.UNSUPPORTED], False, 0),
        ([Verdict.WARN], False, 0),
        ([Verdict.WARN], True, 1),
        ([Verdict.FAIL, Verdict.ERROR], False, 1),
        ([Verdict.PASS, Verdict.ERROR], False, 3),
        ([Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE], False, 3),
        ([], False, 3),
    ],
)
def test_what_cases_come_to(verdicts: list[Verdict], strict: bool, status: int, ran: Ran) -> None:
    run = store.read(ran[0])
    case = replace(run.cases[0], closing=Verdict.PASS)
    done = gated(replace(run, cases=tuple(replace(case, exchange=one) for one in verdicts)), strict=strict)
    assert cli.verdict_status(done.cases, bool(done.stopping())) == status


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run", "--cleint", "rawsmtp"], "--client"),
        (["run", "core/happy"], "Missing option '--client'"),
        (["run", "core/hapy", "--client", "rawsmtp"], "no scenario 'core/hapy' (did you mean 'core/happy'?)"),
        (["run", "auth/cram-md5[lnog]", "--client", "rawsmtp"], "(did you mean 'auth/cram-md5[long]'?)"),
        (["run", "core/happy", "--client", "rawsmpt"], "no known client 'rawsmpt' (did you mean 'rawsmtp'?)"),
        (["run", "core/happy", "--relay", "exim", "--client", "c {password}"], "where anybody sees it: c"),
        (["run", "core/happy", "--client", "c {hots}"], "no placeholder {hots} (did you mean 'host'?)"),
        (["run", "core/happy", "--client", "nothing-here one"], "cannot be started: nothing-here"),
        (["run", "core/happy", "--client", "absent.client.yaml"], "absent.client.yaml:1:1: "),
        (["run", "core/happy", "--client", "no-such-program {host}"], "the client cannot be started: no-such-program"),
        (["run", "core/happy", "--client", "rawsmtp", "--jobs", "0"], "--jobs"),
        (["run", "core/happy", "--client", "rawsmtp", "--seed", "7"], "--seed goes with --stress"),
        (["run", "core/happy", "--client", "rawsmtp", "--stress", "0"], "--stress"),
        (["list", "core/hapy"], "(did you mean 'core/happy'?)"),
        (["show", "core/happy[x]"], "(did you mean 'core/happy'?)"),
        (["requirements", "RFC9999-*"], "there is no requirement 'RFC9999-*'"),
        (["requirements", "--topic", "tsl"], "there is no topic 'tsl' (did you mean 'tls'?)"),
        (["requirements", "--rfc", "5323"], "there is no RFC 'RFC5323' (did you mean 'RFC"),
        (["requirements", "--level", "OUGHT"], "'OUGHT' is not one of"),
        (["judge", "absent"], "'absent' does not exist"),
        (["evidence", "{run}", "auth/in-claer"], "no case 'auth/in-claer' (did you mean 'auth/in-clear'?)"),
        (["schema", "--check", "absent.json"], "absent.json is out of date"),
        (["run", "core/happy", "--client", "rawsmtp", *REGRESSIONS], "regressions needs a --baseline to compare with"),
        (["judge", "{run}", *REGRESSIONS], "regressions needs a --baseline to compare with"),
        (["merge", "{run}", *REGRESSIONS], "regressions needs a --baseline to compare with"),
        (["judge", "{run}", "--baseline", "{run}", "--fail-on", "warnings"], "'warnings' is not one of"),
        (["run", "core/happy", "--client", "rawsmtp", "--baseline", "absent"], "'absent' does not exist"),
        (["judge", "{run}", "--known", "absent.yaml"], "'absent.yaml' does not exist"),
        (["merge"], "Missing argument 'RUN...'"),
        (["merge", "{run}", "absent"], "'absent' does not exist"),
        (["merge", "{run}", "{run}"], f"runs 1 and 2 both have {COREMAIL} with rawsmtp-helo: parts do not overlap"),
    ],
)
def test_2_what_is_wrong_is_told_in_a_line(
    words: list[str],
    told: str,
    command: Command,
    ran: Ran,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = command(*(str(ran[0]) if word == "{run}" else word for word in words))
    assert (status, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_run_that_cannot_be_read(command: Command, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    status, _, err = command("judge", tmp_path)
    assert (status, err.startswith("smtpwitness: run.json is no JSON")) == (3, True)


# --- to look at things


def test_list_has_a_line_for_each_variant(command: Command) -> None:
    status, out, err = command("list", "core/happy", "auth/cram-md5")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == [
        "core/happy",
        "auth/cram-md5[short]",
        "auth/cram-md5[long]",
    ]


def test_show_prints_the_file_and_what_it_covers(command: Command) -> None:
    status, out, _ = command("show", "core/happy")
    assert status == 0
    assert "\ncovers: [RFC5321-3.3-a," in out
    assert re.search(r"^RFC5321-3\.3-a  MUST \(RFC ?5321.*3\.3.*\): \S", out, re.MULTILINE)


def test_lint_of_all_that_ships(command: Command) -> None:
    status, out, err = command("lint")
    assert (status, err) == (0, "")
    assert re.fullmatch(r"\d+ scenarios, \d+ with their variants: no mistakes\n", out)


def test_the_schema_checks_itself(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("schema")
    assert (status, json.loads(out)["type"]) == (0, "object")
    file = tmp_path / "schema.json"
    file.write_text(out, encoding="utf-8")
    assert command("schema", "--check", file)[0] == 0
    file.write_text(out + " ", encoding="utf-8")
    assert command("schema", "--check", file)[0] == 2


def test_clients_and_requirements(command: Command) -> None:
    status, out, _ = command("clients")
    assert status == 0
    assert {"rawsmtp", "smtplib", "curl"} <= {line.split()[0] for line in out.splitlines()}
    assert re.search(rf"(?m)^smtplib +Python {re.escape(platform.python_version())} +smtplib of ", out)


def test_clients_that_are_not_here_are_told_with_how_to_install_them(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert re.search(r"(?m)^curl +not installed: apt-get install curl +curl, through ", command("clients")[1])


def test_requirements_are_listed_with_what_covers_them(command: Command) -> None:
    status, out, _ = command("requirements", "RFC3207-4-*")
    *lines, last = out.splitlines()
    assert status == 0
    assert lines
    assert all(line.startswith("RFC3207-4-") for line in lines)
    assert re.search(r"(?m)^RFC3207-4-\S+ +MUST.* keyword +tls/", out)
    assert re.match(
        rf"{len(lines)} requirements: \d+ covered \(a client that breaks it is caught\), .*\d+ not yet", last
    )


@pytest.mark.once
def test_requirements_are_filtered(command: Command) -> None:
    def listed(*words: str) -> set[str]:
        status, out, _ = command("requirements", *words)
        assert status == 0
        return {line.split()[0] for line in out.splitlines()[:-1]}

    everything = listed()
    covered, uncovered = listed("--covered"), listed("--uncovered")
    assert not covered & uncovered
    assert everything - covered - uncovered == {one.id for one in suites.catalogue().values() if not one.is_observable}
    rows = [one for one in suites.catalogue().values() if one.rfc == "RFC3207" and one.level == "MUST NOT"]
    assert listed("--rfc", "3207", "--level", "MUST NOT") == {one.id for one in rows}
    assert listed("tls", "--rfc", "RFC3207") == listed("--topic", "tls", "--rfc", "3207")
    mta = {one.id for one in suites.catalogue().values() if one.applies_to == "mta"}
    assert mta <= listed("--profile", "relay")
    assert not mta & listed("--profile", "library")
    assert listed("--rfc", "3207", "--topic", "lmtp") == set()


def test_judge_tells_what_changes_and_nothing_else(command: Command, ran: Ran, tmp_path: Path) -> None:
    assert command("judge", ran[0])[1].endswith("0 of 3 cases changed\n")
    run = store.read(ran[0])
    wronged = replace(run.cases[1], exchange=Verdict.FAIL, root_cause="line-end")
    store.write(replace(run, cases=(run.cases[0], wronged, run.cases[2])), tmp_path)
    status, out, _ = command("judge", tmp_path / "run.json")
    assert (status, out.splitlines()[0]) == (0, f"{REFUSED}  rawsmtp-helo: was fail/pass line-end, is note/pass")
    assert out.endswith("1 of 3 cases changed\n")


def test_nothing_in_a_stored_run_is_obeyed(command: Command, failed: Path, tmp_path: Path) -> None:
    run, evil = store.read(failed), "\x1b]0;title\x07\r\n"
    (client,), (case,) = run.clients, run.cases
    wronged = replace(case, client=evil, root_cause=evil)
    store.write(replace(run, clients=(replace(client, name=evil),), cases=(wronged,)), tmp_path)
    status, said, err = command("judge", tmp_path)
    assert (status, err, CONTROL.search(said)) == (1, "", None)
    escaped = "\\x1b]0;title\\x07\\r\\n"
    assert said.splitlines()[0] == f"core/happy  {escaped}: was fail/pass {escaped}, is fail/pass reported"


def test_report_and_evidence_are_written_again(command: Command, ran: Ran, tmp_path: Path) -> None:
    store.write(store.read(ran[0]), tmp_path)
    status, out, _ = command("report", tmp_path)
    assert (status, out) == (0, f"{tmp_path / 'index.html'}\n")
    assert (tmp_path / "index.html").read_bytes() == (ran[0] / "index.html").read_bytes()
    status, out, _ = command("report", ran[0], tmp_path)
    assert (status, out) == (0, f"{tmp_path / 'compare.html'}\n")
    assert "nothing changed" in (tmp_path / "compare.html").read_text(encoding="utf-8")
    status, out, _ = command("evidence", tmp_path / "run.json")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("case coursework/auth-login-coremail, client rawsmtp")
    assert lines[-1] == str(tmp_path / "evidence.html")
    sums = (tmp_path / "evidence.sha256").read_text(encoding="utf-8")
    made = {"evidence.html", "evidence.zh.html", "evidence.md", "evidence.zh.md", "run.json"}
    assert set(re.findall(r"(?m)^[0-9a-f]{64}  (.*)$", sums)) >= made
    page = (tmp_path / "evidence.html").read_text(encoding="utf-8")
    for words in ("334 dXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "221 Bye"):
        assert words in page


def test_evidence_is_of_the_case_whose_mailboxes_were_read_or_on_the_relay_that_is_named(
    command: Command, ran: Ran, tmp_path: Path
) -> None:
    run = store.read(ran[0])
    (case,) = (one for one in run.cases if one.scenario == COREMAIL)
    read = Delivered("INBOX", "<1@x>", b"", b"x\r\n", True, role="inbox")
    on = {name: replace(case, relay=name, server=f"relay {name}") for name in ("exim", "provider")}
    store.write(replace(run, cases=(case, on["exim"], replace(on["provider"], delivered=(read,)))), tmp_path)
    for more, server in (((), "relay provider"), (("--relay", "exim"), "relay exim")):
        status, out, _ = command("evidence", tmp_path, *more)
        assert (status, out.splitlines()[0]) == (0, f"case {COREMAIL}, client rawsmtp-helo, server {server}")
    status, _, err = command("evidence", tmp_path, "--relay", "exmi")
    assert (status, "was not run on a relay 'exmi' (did you mean 'exim'?)" in err) == (2, True)


def test_a_report_is_written_into_one_file(command: Command, ran: Ran) -> None:
    status, out, _ = command("report", ran[0], "--single-file")
    assert (status, out.strip()) == (0, str(ran[0] / "report.html"))
    assert (ran[0] / "report.zh.html").exists()


def test_help_has_an_example_for_each_command(command: Command) -> None:
    for name in cli.commands.commands:
        status, out, _ = command(name, "--help")
        assert (status, "Example" in out) == (0, True), name
    assert command("--version")[1].startswith("smtpwitness, version ")


# --- what stops a build

LAZY = ("reported", "dialogue/unconnected", "dialogue/outcome")
"""All that a client breaks that does nothing and says that all is well."""


@pytest.fixture(scope="session")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of one case, which fails."""
    folder = tmp_path_factory.mktemp("failed")
    assert process("run", "core/happy", "--client", lazy(folder), "--out", folder / "out").returncode == 1
    return folder / "out"


def known_file(folder: Path, *rules: str, case: str = "core/*", name: str = "known.yaml", client: str = "*") -> Path:
    """A list of one deviation."""
    file = folder / name
    entry = {"case": case, "rule": list(rules), "reason": "it is documented", "client": client}
    file.write_text(json.dumps({"known": [entry]}))
    return file


def passing(run: Run) -> Run:
    """*run* as it would be if nothing had failed."""
    return replace(
        run,
        cases=tuple(
            replace(one, exchange=Verdict.PASS, closing=Verdict.PASS, findings=(), root_cause=None) for one in run.cases
        ),
    )


def stored_in(folder: Path, run: Run) -> Path:
    """*folder*, new, with *run* in it."""
    folder.mkdir()
    store.write(run, folder)
    return folder


def test_the_failures_of_the_lazy_are_these(failed: Path) -> None:
    (case,) = store.read(failed).cases
    assert [finding.rule for finding in case.findings if finding.verdict is Verdict.FAIL] == list(LAZY)


def test_a_known_failure_stops_nothing(command: Command, tmp_path: Path) -> None:
    known, out = known_file(tmp_path, *LAZY), tmp_path / "out"
    status, said, err = command("run", "core/happy", "--client", lazy(tmp_path), "--known", known, "--out", out)
    assert (status, err) == (0, "")
    lines = said.splitlines()
    assert lines[0].split() == ["client", "fail", "cases"]  # nothing is complained of
    assert lines[2] == "1 case with known deviations, which stop nothing"
    (case,) = store.read(out).cases
    assert (case.verdict, [one.reason for one in case.known]) == (Verdict.FAIL, ["it is documented"])


def test_a_client_that_knows_its_own_deviations(command: Command, tmp_path: Path) -> None:
    file = lazy(tmp_path)
    entry = {"case": "core/happy", "rule": LAZY, "reason": "it is lazy"}
    file.write_text(f"{file.read_text()}known: {json.dumps([entry])}\n")
    assert command("run", "core/happy", "--client", file, "--out", tmp_path / "out")[0] == 0
    assert command("judge", tmp_path / "out")[0] == 0  # it stands in the run, too


def test_a_known_failure_that_fails_by_another_rule_fails(command: Command, failed: Path, tmp_path: Path) -> None:
    status, said, _ = command("judge", failed, "--known", known_file(tmp_path, *LAZY[:2]))
    assert status == 1
    assert said.startswith("fail         core/happy  lazy  reported\n")
    assert "known deviations" not in said


def test_a_known_failure_of_another_client_or_case_fails(command: Command, failed: Path, tmp_path: Path) -> None:
    assert command("judge", failed, "--known", known_file(tmp_path, *LAZY, client="lazy"))[0] == 0
    assert command("judge", failed, "--known", known_file(tmp_path, *LAZY, client="rawsmtp*"))[0] == 1
    assert command("judge", failed, "--known", known_file(tmp_path, *LAZY, case="auth/*"))[0] == 1


def test_several_lists_answer_together(command: Command, failed: Path, tmp_path: Path) -> None:
    first, second = (known_file(tmp_path, *rules, name=rules[0][:4]) for rules in (LAZY[:1], LAZY[1:]))
    assert command("judge", failed, "--known", first)[0] == 1
    assert command("judge", failed, "--known", first, "--known", second)[0] == 0


def test_strict_wants_warnings_answered_for(command: Command, ran: Ran, tmp_path: Path) -> None:
    case = next(one for one in store.read(ran[0]).cases if one.scenario == "auth/in-clear")
    warned = {finding.rule for finding in case.findings if finding.verdict is Verdict.WARN}
    known = known_file(tmp_path, *warned, case="auth/in-clear")
    assert command("judge", ran[0], "--strict")[0] == 1
    status, said, _ = command("judge", ran[0], "--strict", "--known", known)
    assert status == 0
    assert "1 case with known deviations, which stop nothing" in said.splitlines()
    assert not said.startswith("warn")


def test_an_unexpected_pass_is_told(
    command: Command, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known_file(tmp_path, "went-on", case="coursework/*")
    status, said, _ = command("judge", ran[0], "--known", "known.yaml")
    assert status == 0
    (line,) = (line for line in said.splitlines() if line.startswith("unexpected pass"))
    assert line == (
        "unexpected pass  known.yaml:1:12: went-on did not show with rawsmtp-helo in 2 cases "
        f"({COREMAIL}, {REFUSED}): take the entry out, or make its glob narrower"
    )


def test_where_a_list_stood_names_nothing_of_this_machine(command: Command, tmp_path: Path) -> None:
    file, known = lazy(tmp_path), known_file(tmp_path, "no-quit", *LAZY)
    other = known_file(tmp_path, "no-quit", name="other.yaml")
    entry = {"case": "core/happy", "rule": LAZY, "reason": "it is lazy"}
    file.write_text(f"{file.read_text()}known: {json.dumps([entry])}\n")
    options = ("--known", known, "--known", other)
    for words in (
        ("run", "core/happy", "--client", file, "--out", tmp_path / "a"),
        ("merge", tmp_path / "a", "--out", tmp_path / "b"),
    ):
        assert command(*words, *options)[0] == 0
        text = (tmp_path / str(words[-1])[-1] / "run.json").read_text(encoding="utf-8")
        assert "known.yaml" in text
        assert "other.yaml" in text
        assert str(tmp_path) not in text


def test_2_a_wrong_list_is_told_with_line_and_column(command: Command, ran: Ran, tmp_path: Path) -> None:
    known = known_file(tmp_path, "wnet-on")
    status, out, err = command("judge", ran[0], "--known", known)
    assert (status, out) == (2, "")
    assert err.startswith(f"{known}:1:")
    assert "there is no rule 'wnet-on' (did you mean 'went-on'?)" in err


def test_the_same_failures_as_in_the_baseline_are_no_regression(command: Command, failed: Path, tmp_path: Path) -> None:
    words = ("run", "core/happy", "--client", lazy(tmp_path), "--out", tmp_path / "out", "--baseline", failed)
    status, said, err = command(*words, *REGRESSIONS)
    assert (status, err) == (0, "")
    assert said.splitlines()[0].split() == ["client", "fail", "cases"]  # nobody is told again what was so before
    assert f"lazy since the baseline of {store.read(failed).started}: 0 worse, 0 better, 0 new, 0 gone" in said
    gate = store.read(tmp_path / "out").gate
    assert gate == Gate(fail_on=FailOn.REGRESSIONS, baseline=store.read(failed).started)


def test_what_was_not_asked_for_is_not_gone(command: Command, failed: Path, tmp_path: Path) -> None:
    stored = store.read(failed)
    (case,) = stored.cases
    others = (replace(case, scenario="core/other"), replace(case, variant=("no more",)))
    before = stored_in(tmp_path / "before", replace(stored, cases=(case, *others)))
    words = ("run", "core/happy", "--client", lazy(tmp_path), "--out", tmp_path / "out", "--baseline", before)
    assert command(*words, *REGRESSIONS)[0] == 0
    assert [one.case for one in store.read(tmp_path / "out").gate.changes] == ["core/happy[no more]"]
    said = command("judge", failed, "--baseline", before)[1]
    assert ": 0 worse, 0 better, 0 new, 2 gone, 0 unjudged\n" in said


def test_without_regressions_a_baseline_excuses_nothing(command: Command, failed: Path) -> None:
    status, said, _ = command("judge", failed, "--baseline", failed / "run.json")
    assert status == 1
    assert said.startswith("fail         core/happy  lazy  reported\n")
    assert ": 0 worse, 0 better, 0 new, 0 gone, 0 unjudged\n" in said
    assert command("judge", failed, "--baseline", failed, "--fail-on", "failures")[0] == 1


def test_1_it_got_worse(command: Command, failed: Path, tmp_path: Path) -> None:
    before = stored_in(tmp_path / "before", passing(store.read(failed)))
    words = ("run", "core/happy", "--client", lazy(tmp_path), "--out", tmp_path / "out", "--baseline", before)
    status, said, err = command(*words, *REGRESSIONS)
    assert (status, err) == (1, "")
    assert said.startswith("fail         core/happy  lazy  reported\n")
    assert ": 1 worse, 0 better, 0 new, 0 gone, 0 unjudged\n" in said
    worse = next(line for line in said.splitlines() if line.startswith("worse "))
    assert worse.split(maxsplit=6) == ["worse", "core/happy", "lazy", "pass", "→", "fail", ", ".join(sorted(LAZY))]
    assert command("judge", failed, "--baseline", before)[0] == 1
    known = known_file(tmp_path, *LAZY)
    assert command("judge", failed, "--baseline", before, *REGRESSIONS, "--known", known)[0] == 0


def test_a_warning_more_is_worse_where_it_is_strict(command: Command, ran: Ran, tmp_path: Path) -> None:
    before = stored_in(tmp_path / "before", passing(store.read(ran[0])))
    status, said, _ = command("judge", ran[0], "--baseline", before, *REGRESSIONS)
    assert (status, ": 1 worse, " in said) == (0, True)
    assert not said.startswith("warn")
    status, said, _ = command("judge", ran[0], "--baseline", before, *REGRESSIONS, "--strict")
    assert (status, said.split()[:2]) == (1, ["warn", "auth/in-clear"])


def test_what_got_better_is_told_and_stops_nothing(command: Command, ran: Ran, tmp_path: Path) -> None:
    run = store.read(ran[0])
    wrong = replace(next(one for case in run.cases for one in case.findings), rule="went-on", verdict=Verdict.FAIL)
    cases = (replace(run.cases[0], exchange=Verdict.FAIL, findings=(wrong,)), *run.cases[1:])
    before = stored_in(tmp_path / "before", replace(run, cases=cases))
    status, said, _ = command("judge", ran[0], "--baseline", before, *REGRESSIONS)
    assert (status, ": 0 worse, 1 better, 0 new, 0 gone, 0 unjudged\n" in said) == (0, True)
    better = next(line.split() for line in said.splitlines() if line.startswith("better "))
    assert [better[1], better[3], better[-1]] == [COREMAIL, "fail", "went-on"]


def test_a_case_that_is_new_or_gone_stops_nothing(command: Command, failed: Path, tmp_path: Path) -> None:
    run = store.read(failed)
    other = replace(run, cases=(replace(run.cases[0], scenario="core/other"),))
    before = stored_in(tmp_path / "before", other)
    status, said, _ = command("judge", failed, "--baseline", before, *REGRESSIONS)
    assert (status, ": 0 worse, 0 better, 1 new, 1 gone, 0 unjudged\n" in said) == (0, True)


def test_2_a_client_that_the_baseline_does_not_have(command: Command, ran: Ran, failed: Path, tmp_path: Path) -> None:
    """It could not get worse, and must not pass by that."""
    out = tmp_path / "out"
    told = "the baseline has no case of the client lazy; it has rawsmtp-helo"
    for words in (("run", "core/happy", "--client", lazy(tmp_path), "--out", out), ("merge", failed, "--out", out)):
        status, said, err = command(*words, "--baseline", ran[0], *REGRESSIONS)
        assert (status, said, told in err) == (2, "", True), words
        assert not out.exists()  # nothing was begun
    status, said, err = command("judge", failed, "--baseline", ran[0], *REGRESSIONS)
    assert (status, said, told in err) == (2, "", True)
    status, said, _ = command("judge", failed, "--baseline", ran[0])
    assert (status, ": 0 worse, 0 better, 1 new, " in said) == (1, True)


def test_2_a_baseline_without_any_case(command: Command, failed: Path, tmp_path: Path) -> None:
    empty = stored_in(tmp_path / "before", replace(store.read(failed), cases=()))
    status, _, err = command("judge", failed, "--baseline", empty, *REGRESSIONS)
    assert (status, "no case of the client lazy; it has none" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "is no JSON"), ('{"schema": 99}', "is of version 99"), (None, "No such file or directory")],
)
def test_2_a_baseline_that_cannot_be_read(
    text: str | None, told: str, command: Command, failed: Path, tmp_path: Path
) -> None:
    (tmp_path / "before").mkdir()
    if text is not None:
        (tmp_path / "before" / "run.json").write_text(text)
    status, out, err = command("judge", failed, "--baseline", tmp_path / "before")
    assert (status, out) == (2, "")
    assert "--baseline" in err
    assert told in err


def test_a_word_of_the_baseline_is_not_obeyed(command: Command, failed: Path, tmp_path: Path) -> None:
    run = store.read(failed)
    evil = replace(run.cases[0], scenario="core/\x1b]0;gone\x07")
    before = stored_in(tmp_path / "before", replace(run, started="\x1b[2J", cases=(*run.cases, evil)))
    status, said, _ = command("judge", failed, "--baseline", before)
    assert (status, CONTROL.search(said)) == (1, None)
    assert "1 gone" in said


# --- runs in parts


@pytest.fixture
def parts(ran: Ran, tmp_path: Path) -> tuple[Path, Path]:
    """The run in two parts, the second one begun first."""
    run = store.read(ran[0])
    first = replace(run, cases=run.cases[:1], started="2026-01-01T10:00:01+00:00")
    second = replace(run, cases=run.cases[1:], started="2026-01-01T10:00:00+00:00")
    return stored_in(tmp_path / "first", first), stored_in(tmp_path / "second", second)


def test_parts_become_one_run_with_its_report(
    command: Command, ran: Ran, parts: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "whole"
    status, said, err = command("merge", parts[0], parts[1] / "run.json", "--out", out)
    assert (status, err) == (0, "")
    whole = store.read(out)
    assert whole.cases == store.read(ran[0]).cases
    assert whole.started == "2026-01-01T10:00:00+00:00"
    lines = said.splitlines()
    assert lines[0].startswith("warn         auth/in-clear")
    assert lines[-1] == str(out / "index.html")
    assert {one.name for one in out.iterdir()} >= {"run.json", "index.html", "cases", "junit.xml", "summary.md"}
    assert command("judge", out)[1].endswith("0 of 3 cases changed\n")
    assert command("merge", *parts, "--out", out, "--lang", "zh")[1].endswith(f"{out / 'index.zh.html'}\n")


def test_parts_that_overlap_are_refused_and_nothing_is_written(
    command: Command, ran: Ran, parts: tuple[Path, Path], tmp_path: Path
) -> None:
    status, said, err = command("merge", *parts, ran[0], "--out", tmp_path / "out")
    assert (status, said) == (2, "")
    assert f"runs 1 and 3 both have {COREMAIL}" in err
    assert not (tmp_path / "out").exists()


def test_what_stops_a_build_is_worked_out_of_the_whole(
    command: Command, failed: Path, parts: tuple[Path, Path], tmp_path: Path
) -> None:
    words = ("merge", *parts, "--out", tmp_path / "out")
    assert command(*words, "--strict")[0] == 1
    assert command("merge", *parts, failed, "--out", tmp_path / "out")[0] == 1
    known = known_file(tmp_path, *LAZY)
    status, said, _ = command("merge", *parts, failed, "--out", tmp_path / "out", "--known", known)
    assert (status, "1 case with known deviations, which stop nothing" in said.splitlines()) == (0, True)
    assert [bool(one.known) for one in store.read(tmp_path / "out").cases] == [False, False, False, True]


def test_a_whole_is_compared_with_a_baseline(
    command: Command, ran: Ran, parts: tuple[Path, Path], tmp_path: Path
) -> None:
    words = ("merge", *parts, "--out", tmp_path / "out", *REGRESSIONS, "--strict")
    status, said, _ = command(*words, "--baseline", ran[0])
    assert (status, ": 0 worse, 0 better, 0 new, 0 gone, 0 unjudged\n" in said) == (0, True)
    status, said, _ = command(*words, "--baseline", stored_in(tmp_path / "before", passing(store.read(ran[0]))))
    assert (status, said.split()[:2], ": 1 worse, " in said) == (1, ["warn", "auth/in-clear"], True)
    (change,) = (one for one in store.read(tmp_path / "out").gate.changes if one.worth)
    assert (change.case, change.worth) == ("auth/in-clear", Verdict.WARN)


def test_what_a_part_said_of_its_own_gate_does_not_count(command: Command, failed: Path, tmp_path: Path) -> None:
    out = tmp_path / "part"
    known = known_file(tmp_path, *LAZY)
    words = ("run", "core/happy", "--client", lazy(tmp_path), "--known", known, "--out", out)
    assert command(*words)[0] == 0
    assert command("merge", out, "--out", tmp_path / "whole")[0] == 1
    (case,) = store.read(tmp_path / "whole").cases
    assert case.known == ()


def test_3_parts_in_which_nothing_was_judged(command: Command, tmp_path: Path, ran: Ran) -> None:
    nothing = stored_in(tmp_path / "nothing", replace(store.read(ran[0]), cases=(), finished=False))
    assert command("merge", nothing, "--out", tmp_path / "out")[0] == 3
    assert not store.read(tmp_path / "out").finished


# --- terminals and languages


def test_colours_only_where_they_are_wanted(ran: Ran) -> None:
    coloured = process("judge", ran[0], FORCE_COLOR="1").stdout
    plain = process("judge", ran[0], FORCE_COLOR="1", NO_COLOR="1").stdout
    colours = re.compile(r"\x1b\[[\d;]*[34]\d")
    assert colours.search(coloured)
    assert not colours.search(plain)


def test_chinese_where_the_user_speaks_it(ran: Ran) -> None:
    chinese = process("judge", ran[0], LANG="zh_CN.UTF-8")
    english = process("judge", ran[0], LANG="de_DE.UTF-8")
    assert re.search("[\u4e00-\u9fff]", chinese.stdout)
    assert not re.search("[\u4e00-\u9fff]", english.stdout)
    assert not re.search("[\u4e00-\u9fff]", process("judge", ran[0], "--lang", "en", LANG="zh_CN.UTF-8").stdout)
    assert (chinese.stderr, english.stderr) == ("", "")


def test_a_terminal_that_lacks_the_letters_ends_nothing(ran: Ran) -> None:
    done = process("judge", ran[0], "--lang", "zh", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u" in done.stdout
