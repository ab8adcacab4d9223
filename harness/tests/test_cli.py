"""The command as its users meet it: exit statuses, what is written and what is printed."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import COREMAIL, REFUSED, Command, Ran, process

from smtpwitness import cli
from smtpwitness.files import store
from smtpwitness.files.clients import client_from
from smtpwitness.model.finding import Verdict

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


def test_two_clients_of_one_name_are_told_apart() -> None:
    named = [client_from(f"{program} {{host}}") for program in ("a/send", "b/send", "send-2", "c/send", "other")]
    assert [one.name for one in cli.told_apart(named)] == ["send", "send-3", "send-2", "send-4", "other"]
    assert [one.argv for one in cli.told_apart(named)] == [one.argv for one in named]


# --- exit statuses


def lazy(folder: Path) -> Path:
    """A client that does nothing and says that all is well."""
    file = folder / "lazy.client.yaml"
    file.write_text("command: ['{python}', -c, pass]\nreads-environment: true\n")
    return file


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

    monkeypatch.setattr(cli, "write_reports", ill)
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
    case = replace(store.read(ran[0]).cases[0], closing=Verdict.PASS)
    assert cli.verdict_status([replace(case, exchange=one) for one in verdicts], strict) == status


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run", "--cleint", "rawsmtp"], "--client"),
        (["run", "core/happy"], "Missing option '--client'"),
        (["run", "core/hapy", "--client", "rawsmtp"], "no scenario 'core/hapy' (did you mean 'core/happy'?)"),
        (["run", "auth/cram-md5[lnog]", "--client", "rawsmtp"], "(did you mean 'auth/cram-md5[long]'?)"),
        (["run", "core/happy", "--client", "rawsmpt"], "no known client 'rawsmpt' (did you mean 'rawsmtp'?)"),
        (["run", "core/happy", "--client", "c {hots}"], "no placeholder {hots} (did you mean 'host'?)"),
        (["run", "core/happy", "--client", "c one two"], "names its server itself"),
        (["run", "core/happy", "--client", "absent.client.yaml"], "absent.client.yaml:1:1: "),
        (["run", "core/happy", "--client", "no-such-program {host}"], "the client cannot be started: no-such-program"),
        (["run", "core/happy", "--client", "rawsmtp", "--jobs", "0"], "--jobs"),
        (["list", "core/hapy"], "(did you mean 'core/happy'?)"),
        (["show", "core/happy[x]"], "(did you mean 'core/happy'?)"),
        (["requirements", "RFC9999-*"], "there is no requirement 'RFC9999-*'"),
        (["judge", "absent"], "'absent' does not exist"),
        (["evidence", "{run}", "auth/in-claer"], "no case 'auth/in-claer' (did you mean 'auth/in-clear'?)"),
        (["schema", "--check", "absent.json"], "absent.json is out of date"),
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
    status, out, _ = command("requirements", "RFC3207-4-*")
    assert status == 0
    assert all(line.startswith("RFC3207-4-") for line in out.splitlines())


def test_judge_tells_what_changes_and_nothing_else(command: Command, ran: Ran, tmp_path: Path) -> None:
    assert command("judge", ran[0])[1].endswith("0 of 3 cases changed\n")
    run = store.read(ran[0])
    wronged = replace(run.cases[1], exchange=Verdict.FAIL, root_cause="line-end")
    store.write(replace(run, cases=(run.cases[0], wronged, run.cases[2])), tmp_path)
    status, out, _ = command("judge", tmp_path / "run.json")
    assert (status, out.splitlines()[0]) == (0, f"{REFUSED}  rawsmtp-helo: was fail/pass line-end, is note/pass")
    assert out.endswith("1 of 3 cases changed\n")


def test_report_and_evidence_are_written_again(command: Command, ran: Ran, tmp_path: Path) -> None:
    store.write(store.read(ran[0]), tmp_path)
    status, out, _ = command("report", tmp_path)
    assert (status, out) == (0, f"{tmp_path / 'index.html'}\n")
    assert (tmp_path / "index.html").read_bytes() == (ran[0] / "index.html").read_bytes()
    status, out, _ = command("evidence", tmp_path / "run.json")
    assert (status, out) == (0, f"{tmp_path / 'evidence.html'}\n")
    page = (tmp_path / "evidence.html").read_text(encoding="utf-8")
    for words in ("334 dXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "221 Bye"):
        assert words in page


def test_help_has_an_example_for_each_command(command: Command) -> None:
    for name in cli.commands.commands:
        status, out, _ = command(name, "--help")
        assert (status, "Example" in out) == (0, True), name
    assert command("--version")[1].startswith("smtpwitness, version ")


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
