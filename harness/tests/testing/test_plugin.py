"""The plug-in as projects use it: pytest in a process of its own, in a folder with scenarios and clients."""

from __future__ import annotations

import html as escaping
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

SCENARIO = """\
title: {{en: "{title}", zh: 你好}}
covers: [RFC5321-4.5.3.1.10-b]
job: {{recipients: [good@example.test, gone@example.test]}}
variants:
  how: {{{variants}}}
dialogue:
  - use: hello
  - C: MAIL FROM:<{{sender}}>
  - any order:
      - [C: "RCPT TO:<{{recipient.1}}>", S: 250 2.1.5 Ok]
      - [C: "RCPT TO:<{{recipient.2}}>", S: 550 5.1.1 No such user]
  - C: DATA
  - message: same
  - use: goodbye
outcome: {{recipients: [accepted, permanent]}}
"""

LIAR = """\
import smtplib, sys
host, port, sender, recipients, file = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:-1], sys.argv[-1]
with smtplib.SMTP(host, port) as smtp:
    smtp.sendmail(sender, recipients, open(file, "rb").read())  # and never looks at who was refused
"""

COMMAND = "python liar.py {host} {port} {sender} {recipients} {message_file}"


def scenario(title: str = "Hello", variants: str = "one: {}, two: {}") -> str:
    return SCENARIO.format(title=title, variants=variants)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a scenario of two variants, a client that lies about refused recipients, and a plain test."""
    pytester.makefile(".smtp.yaml", **{"tests/mixed": scenario()})
    pytester.path.joinpath("liar.py").write_text(LIAR)
    pytester.makepyfile(test_plain="def test_plain(): pass")
    return pytester


def run(project: pytest.Pytester, *words: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *words, timeout=120)


def ids(result: pytest.RunResult) -> list[str]:
    """What was collected, in order."""
    return [line for line in result.outlines if "::" in line]


# --- collecting


def test_each_case_is_an_item_with_an_id_of_suite_name_variant_client_and_server(project: pytest.Pytester) -> None:
    result = run(project, "--collect-only", "-q", "--smtp-client", "rawsmtp", "--smtp-client", COMMAND, "tests")
    assert ids(result) == [
        "tests/mixed.smtp.yaml::tests/mixed[one-rawsmtp-plain]",
        "tests/mixed.smtp.yaml::tests/mixed[two-rawsmtp-plain]",
        "tests/mixed.smtp.yaml::tests/mixed[one-liar-plain]",
        "tests/mixed.smtp.yaml::tests/mixed[two-liar-plain]",
    ]


def test_ids_are_ascii_and_harmless_whatever_the_variants_are_called(project: pytest.Pytester) -> None:
    names = """一: {}, "<script>": {}, "a::b": {}"""
    project.makefile(".smtp.yaml", **{"tests/mixed": scenario("标题 ü", names)})
    result = run(project, "--collect-only", "-q", "--smtp-client", "rawsmtp", "tests")
    assert [one.partition("::")[2] for one in ids(result)] == [
        r"tests/mixed[\u4e00-rawsmtp-plain]",
        r"tests/mixed[\x3cscript\x3e-rawsmtp-plain]",
        r"tests/mixed[a\x3a\x3ab-rawsmtp-plain]",
    ]
    assert result.ret == 0


def test_a_case_is_run_by_its_id(project: pytest.Pytester) -> None:
    result = run(project, "--smtp-client", "rawsmtp", "tests/mixed.smtp.yaml::tests/mixed[two-rawsmtp-plain]")
    result.assert_outcomes(passed=1)


def test_cases_are_chosen_by_suite_level_requirement_and_words(project: pytest.Pytester) -> None:
    base = ("--collect-only", "-q", "--smtp-client", "rawsmtp", "--smtp-scenarios", "core/happy")
    chosen = {
        "smtp": 3,
        "not smtp": 1,
        "smtp_suite(name='core')": 1,
        "smtp_level(name='MUST NOT')": 0,
        "smtp_requirement(id='RFC5321-4.5.3.1.10-b')": 2,
    }
    for marker, count in chosen.items():
        assert len(ids(run(project, *base, "-m", marker))) == count, marker
    assert len(ids(run(project, *base, "-k", "RFC5321-4.5.3.1.10-b and one"))) == 1
    assert len(ids(run(project, *base, "-k", "happy"))) == 1


def test_shipped_scenarios_of_the_ini_file_are_left_out_where_a_path_is_given(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nsmtp_client = rawsmtp\nsmtp_scenarios = core/happy\n")
    assert len(ids(run(project, "--collect-only", "-q"))) == 4
    assert len(ids(run(project, "--collect-only", "-q", "tests"))) == 2
    assert len(ids(run(project, "--collect-only", "-q", "tests", "--smtp-scenarios", "core/helo-refused"))) == 3


def test_a_shipped_scenario_that_is_wrong_is_a_collection_error(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        from smtpwitness.testing import settings
        real = settings.Settings.load
        settings.Settings.load = lambda self, path: real(self, path if "happy" not in path else "nowhere.smtp.yaml")
        """
    )
    result = run(project, "--smtp-client", "rawsmtp", "--smtp-scenarios", "core/happy")
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines(["*nowhere.smtp.yaml:1:1: the file cannot be read*"])


def test_our_markers_are_registered(project: pytest.Pytester) -> None:
    result = run(project, "--strict-markers", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.smtp:*", "@pytest.mark.smtp_suite(name):*"])


def test_all_that_is_wrong_with_a_file_is_one_collection_error_beside_good_files(project: pytest.Pytester) -> None:
    project.makefile(".smtp.yaml", **{"tests/wrong": "title: {en: t, zh: t}\ncover: []\ndialogue:\n  - X: EHLO\n"})
    result = run(project, "--continue-on-collection-errors", "--smtp-client", "rawsmtp")
    result.assert_outcomes(passed=3, errors=1)
    text = result.stdout.str()
    assert "tests/wrong.smtp.yaml:2:1: " in text
    assert "(did you mean 'covers'?)" in text
    assert "tests/wrong.smtp.yaml:4:5: " in text
    assert "Traceback" not in text
    assert str(project.path / "tests") + "/wrong" not in text


def test_without_a_client_the_files_are_an_error_that_says_what_to_do(project: pytest.Pytester) -> None:
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no client under test: give --smtp-client*"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--smtp-client", "rawsmpt"), "there is no known client 'rawsmpt' (did you mean 'rawsmtp'?)"),
        (("--smtp-client", "rawsmtp", "--smtp-scenarios", "core/hapy"), "(did you mean 'core/happy'?)"),
        (("--smtp-client", "rawsmtp", "--smtp-known", "nowhere.yaml"), "nowhere.yaml:1:1: "),
    ],
)
def test_what_is_wrong_on_the_command_line_is_told_in_a_line(
    project: pytest.Pytester, words: tuple[str, ...], said: str
) -> None:
    result = run(project, *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR or result.ret == pytest.ExitCode.INTERRUPTED
    assert said in result.stdout.str() + result.stderr.str()
    assert "Traceback" not in result.stdout.str()


# --- what a case comes to


def test_a_failure_says_what_by_which_rule_and_clause_and_how_to_mend_it(project: pytest.Pytester) -> None:
    result = run(project, "--smtp-client", COMMAND, "tests", "-k", "one")
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "The client reports success (accepted), but the server did not take the message for all" in text
    assert re.search(r"^rule +reported$", text, re.M)
    assert re.search(r"^requirement +RFC5321-4\.2\.5-a MUST \(RFC 5321, section 4\.2\.5\): ", text, re.M)
    assert re.search(r"^expected +a failure$", text, re.M)
    assert re.search(r"^observed +accepted$", text, re.M)
    assert re.search(r"^where +tests/mixed\.smtp\.yaml:\d+:\d+$", text, re.M)
    assert re.search(r"^mend +Report success only after 250", text, re.M)
    assert "Traceback" not in text
    assert ".py:" not in text


def test_the_nearest_step_is_told_where_a_command_fits_none(project: pytest.Pytester) -> None:
    project.path.joinpath("odd.py").write_text(
        "import socket, sys\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)\n"
        "f = s.makefile('rb')\n"
        "f.readline()\n"
        "for line in (b'EHLO client.example.test', b'MAIL FROM:<' + sys.argv[3].encode() + b'>',\n"
        "             b'RCPT TO:<nobody@example.test>', b'QUIT'):\n"
        "    s.sendall(line + b'\\r\\n')\n"
        "    while f.readline()[3:4] == b'-': pass\n"
        "sys.exit(69)\n"
    )
    client = "python odd.py {host} {port} {sender} {recipients}"
    result = run(project, "--smtp-client", client, "--smtp-scenarios", "core/happy", "-k", "happy")
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert re.search(r"^expected +RCPT TO:<\{recipient\}>$", text, re.M)
    assert re.search(r"^observed +RCPT TO:<nobody@example\.test>$", text, re.M)


def test_it_explains_in_chinese_too(project: pytest.Pytester) -> None:
    result = run(project, "--smtp-client", COMMAND, "--smtp-lang", "zh", "tests", "-k", "one")
    assert re.search(r"^规则 +reported$", result.stdout.str(), re.M)


def test_a_warning_fails_only_where_it_is_asked_for(project: pytest.Pytester) -> None:
    words = ("--smtp-client", "rawsmtp", "--smtp-scenarios", "auth/in-clear", "-k", "in-clear")
    run(project, *words).assert_outcomes(passed=1)
    run(project, *words, "--smtp-strict").assert_outcomes(failed=1)


def test_the_profile_says_how_hard(project: pytest.Pytester) -> None:
    """A client that leaves without QUIT: a fault anywhere, and no reason to fail an assignment."""
    project.path.joinpath("leaves.py").write_text(
        "import socket, sys\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)\n"
        "f = s.makefile('rb')\n"
        "f.readline()\n"
        "for line in ('HELO client.example.test', f'MAIL FROM:<{sys.argv[3]}>', f'RCPT TO:<{sys.argv[4]}>', 'DATA'):\n"
        "    s.sendall(line.encode() + b'\\r\\n')\n"
        "    f.readline()\n"
        "s.sendall(open(sys.argv[5], 'rb').read() + b'.\\r\\n')\n"
        "f.readline()\n"
    )
    client = "python leaves.py {host} {port} {sender} {recipient} {message_file}"
    words = ("--smtp-client", client, "--smtp-scenarios", "core/happy", "-k", "happy")
    run(project, *words).assert_outcomes(failed=1)
    run(project, *words, "--smtp-profile", "coursework").assert_outcomes(passed=1)
    project.makeini("[pytest]\nsmtp_profile = coursework\n")
    run(project, *words).assert_outcomes(passed=1)
    result = run(project, *words, "--smtp-profile", "course")
    assert "there is no profile 'course' (did you mean 'coursework'?)" in result.stdout.str() + result.stderr.str()


def test_an_error_of_the_harness_is_an_error_and_a_busy_machine_is_told_apart(project: pytest.Pytester) -> None:
    """Neither is a failure of the client's."""
    project.makeconftest(
        """
        from dataclasses import replace
        from smtpwitness.model.finding import Verdict
        from smtpwitness.testing import items

        real = items.run_case

        async def spoiled(plan, shop):
            case = await real(plan, shop)
            if plan.scenario.variant == ("one",):
                return replace(case, exchange=Verdict.ERROR, reason="the fake fell over")
            return replace(case, exchange=Verdict.INCONCLUSIVE)

        items.run_case = spoiled
        """
    )
    result = run(project, "--smtp-client", "rawsmtp")
    assert result.parseoutcomes() == {"passed": 1, "errors": 1, "inconclusive": 1}
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*ERROR at setup of tests/mixed?one-rawsmtp-plain?*", "the harness failed, not the client: the fake fell over"]
    )
    result.stdout.fnmatch_lines(["inconclusive: tests/mixed?two? with rawsmtp: the machine was too busy to tell"])


def test_a_client_that_lacks_something_is_unsupported_and_a_session_that_judged_nothing_does_not_pass(
    project: pytest.Pytester,
) -> None:
    cannot = "python liar.py {host} {port} {sender} {recipient} {message_file}"  # several recipients
    result = run(project, "--smtp-client", cannot, "--smtp-client", "rawsmtp")
    assert (result.ret, result.parseoutcomes()) == (0, {"passed": 3, "unsupported": 2})
    result = run(project, "--smtp-client", cannot)
    assert (result.ret, result.parseoutcomes()) == (1, {"passed": 1, "unsupported": 2})
    result.stdout.fnmatch_lines(["no case was judged: unsupported: the client lacks: several-recipients"])


def test_a_job_of_the_clients_own_is_learned_once_and_it_is_judged_by_it(project: pytest.Pytester) -> None:
    literal = Path(__file__).parent.parent / "student_clients" / "literal.py"
    client = f"{sys.executable} {literal} {{host}} {{port}}"
    words = ("--smtp-scenarios", "coursework/auth-login-coremail", "--smtp-report", "report")
    result = run(project, "-rs", "--smtp-client", client, *words)
    result.stdout.fnmatch_lines(["*2 passed, 2 unsupported*"])  # the folder's scenario wants two recipients
    report = json.loads((project.path / "report" / "run.json").read_text("utf-8"))
    reasons = {case["reason"] for case in report["cases"] if case["verdict"] == "unsupported"}
    assert reasons == {"the client lacks: several-recipients"}
    (told,) = report["clients"]
    assert (told["learned"]["sender"], told["learned"]["recipients"]) == ("zhang@edu.test", ["li@edu.test"])
    assert not any("my-own-word-7" in path.read_text("utf-8") for path in (project.path / "report").rglob("*.json"))


def test_a_client_that_cannot_be_started_is_an_error(project: pytest.Pytester) -> None:
    result = run(project, "--smtp-client", "./no-such-program {host} {port} {recipients}", "tests")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["the client cannot be started: *no-such-program*"])


def test_known_deviations_are_expected_failures_and_unexpected_passes_are_told(project: pytest.Pytester) -> None:
    project.path.joinpath("known.yaml").write_text(
        "known:\n"
        "  - {case: 'tests/mixed[one]', rule: reported, client: liar, reason: it has always lied}\n"
        "  - {case: 'tests/mixed[two]', rule: silence, client: liar, reason: another one}\n"
        "  - {case: 'tests/mixed[one]', rule: reported, client: rawsmtp, reason: it lied once}\n"
    )
    words = (
        "--smtp-client",
        COMMAND,
        "--smtp-client",
        "rawsmtp",
        "--smtp-known",
        "known.yaml",
        "-rxX",
        "--xfail-tb",
        "tests",
    )
    result = run(project, *words)
    assert result.parseoutcomes() == {"xfailed": 1, "failed": 1, "xpassed": 1, "passed": 1}
    result.stdout.fnmatch_lines(["XFAIL *one-liar-plain* - *it has always lied"])
    result.stdout.fnmatch_lines(["rule         reported"])
    assert "Traceback" not in result.stdout.str()
    assert "_pytest" not in result.stdout.str()
    result.stdout.fnmatch_lines(["XPASS *one-rawsmtp-plain* - *known deviation did not show*known.yaml:4:5: reported"])
    result.stdout.fnmatch_lines(["unexpected pass: tests/mixed?one? with rawsmtp: known.yaml:4:5: reported"])
    result.stdout.fnmatch_lines(["unexpected pass: tests/mixed?two? with liar: *known.yaml:3:5: silence"])


def test_known_without_a_reason_is_an_error(project: pytest.Pytester) -> None:
    project.path.joinpath("known.yaml").write_text("known:\n  - {case: '*', rule: reported}\n")
    result = run(project, "--smtp-client", COMMAND, "--smtp-known", "known.yaml")
    assert result.ret != 0
    assert "known.yaml:2:5: the key 'reason' is missing" in result.stdout.str() + result.stderr.str()


# --- ini keys


def test_the_ini_keys_say_the_same_as_the_options(project: pytest.Pytester) -> None:
    project.makeini(
        "[pytest]\nsmtp_client =\n    rawsmtp\n    mine.client.yaml\nsmtp_strict = true\nsmtp_report = out\n"
        "smtp_known = known.yaml\nsmtp_scenarios = auth/in-clear\nsmtp_lang = zh\n"
    )
    project.path.joinpath("mine.client.yaml").write_text(f"command: {COMMAND}\n")
    project.path.joinpath("known.yaml").write_text(
        "known: [{case: 'tests/*', client: mine, rule: reported, reason: it lies}]\n"
    )
    (project.path / "sub").mkdir()
    result = project.runpytest_subprocess("-c", "tox.ini", "-p", "no:cacheprovider", timeout=120)
    # Two clients: tests/mixed twice each (the liar's are known), auth/in-clear warns, which is strict.
    assert result.parseoutcomes() == {"passed": 3, "failed": 1, "xfailed": 2, "unsupported": 1}
    assert (project.path / "out" / "index.html").is_file()
    assert "规则" in result.stdout.str()


def test_what_the_ini_file_names_lies_beside_it(project: pytest.Pytester) -> None:
    """Whatever folder pytest is started in."""
    project.makeini(f"[pytest]\nsmtp_client =\n    {COMMAND}\nsmtp_report = out\n")
    project.makefile(".smtp.yaml", **{"tests/mixed": scenario(variants="one: {}")})
    (project.path / "sub").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "../tests"],
        cwd=project.path / "sub",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "1 failed" in done.stdout
    assert "rule         reported" in done.stdout
    assert (project.path / "out" / "run.json").is_file()


# --- xdist, -x, --lf, interruption


def verdicts(folder: Path) -> dict[tuple[str, str], tuple[str, str | None]]:
    cases = json.loads((folder / "run.json").read_text(encoding="utf-8"))["cases"]
    return {
        (case["client"], f"{case['scenario']}{case['variant']}"): (case["verdict"], case["root_cause"])
        for case in cases
    }


@pytest.mark.parametrize("workers", ["0", "1", "4"])
def test_with_any_number_of_workers_the_results_are_the_same(project: pytest.Pytester, workers: str) -> None:
    words = ("-n", workers, "--smtp-client", "rawsmtp", "--smtp-client", COMMAND, "--smtp-report", "out")
    result = run(project, *words)
    assert result.parseoutcomes() == {"passed": 3, "failed": 2}
    assert verdicts(project.path / "out") == {
        ("rawsmtp", "tests/mixed['one']"): ("pass", None),
        ("rawsmtp", "tests/mixed['two']"): ("pass", None),
        ("liar", "tests/mixed['one']"): ("fail", "reported"),
        ("liar", "tests/mixed['two']"): ("fail", "reported"),
    }
    stored = json.loads((project.path / "out" / "run.json").read_text(encoding="utf-8"))
    assert stored["finished"] is True
    assert [(case["client"], case["variant"]) for case in stored["cases"]] == [
        ("liar", ["one"]),
        ("liar", ["two"]),
        ("rawsmtp", ["one"]),
        ("rawsmtp", ["two"]),
    ]
    assert len(list((project.path / "out" / "cases").glob("*.html"))) == 8
    result.stdout.fnmatch_lines(["report: out/index.html"])


def test_the_report_of_a_session_is_judged_again_from_itself_alone(project: pytest.Pytester) -> None:
    run(project, "-n", "2", "--smtp-client", "rawsmtp", "--smtp-report", "out", "tests")
    (project.path / "tests" / "mixed.smtp.yaml").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "smtpwitness", "judge", "out"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "0 of 2 cases changed")


def test_x_stops_and_what_had_run_is_in_the_report(project: pytest.Pytester) -> None:
    result = run(project, "-x", "--smtp-client", COMMAND, "--smtp-report", "out", "tests")
    result.assert_outcomes(failed=1)
    stored = json.loads((project.path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (stored["finished"], len(stored["cases"])) == (False, 1)


def test_lf_runs_what_failed(project: pytest.Pytester) -> None:
    words = ("--smtp-client", COMMAND, "--smtp-client", "rawsmtp", "--smtp-scenarios", "core/happy")
    first = project.runpytest_subprocess(*words, timeout=120)
    assert first.parseoutcomes() == {"passed": 5, "failed": 2}
    again = project.runpytest_subprocess("--lf", *words, timeout=120)
    assert again.parseoutcomes()["failed"] == 2
    assert "passed" not in again.parseoutcomes()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_ctrl_c_leaves_what_has_ended_in_the_report_and_no_client(project: pytest.Pytester) -> None:
    """The second client of two hangs."""
    project.path.joinpath("slow.py").write_text(
        "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(100)\n"
    )
    project.path.joinpath("slow.client.yaml").write_text(
        "command: ['{python}', '{here}/slow.py']\nreads-environment: true\n"
        "supports: [several-recipients, raw-message]\n"
    )
    words = ("--smtp-client", "rawsmtp", "--smtp-client", "slow.client.yaml", "--smtp-report", "out")
    pytest_ = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, "tests"],
        cwd=project.path,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = project.path / "pid"
    while not (pid.is_file() and pid.read_text()) and pytest_.poll() is None:
        time.sleep(0.01)
    pytest_.send_signal(signal.SIGINT)
    out, _ = pytest_.communicate(timeout=60)
    assert pytest_.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in out
    stored = json.loads((project.path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (stored["finished"], [case["client"] for case in stored["cases"]]) == (False, ["rawsmtp", "rawsmtp"])
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


# --- pytest-html and junit


def test_the_ledger_has_a_row_for_each_case_with_a_link_to_its_page(project: pytest.Pytester) -> None:
    words = ("--smtp-client", COMMAND, "--smtp-client", "rawsmtp", "--smtp-report", "out", "--html", "sub/ledger.html")
    run(project, *words)
    html = (project.path / "sub" / "ledger.html").read_text(encoding="utf-8")
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', html)
    tests = json.loads(escaping.unescape(blob))["tests"]
    rows = {name: test[0]["resultsTableRow"] for name, test in tests.items()}
    assert all(len(row) == 7 for row in rows.values())
    failed = rows["tests/mixed.smtp.yaml::tests/mixed[one-liar-plain]"]
    assert failed[2:5] == [
        '<td class="col-verdict"><a href="../out/cases/tests-mixed-one---liar--plain.html">fail</a></td>',
        '<td class="col-requirement">RFC5321-4.2.5-a</td>',
        '<td class="col-client">liar</td>',
    ]
    assert (project.path / "out" / "cases" / "tests-mixed-one---liar--plain.html").is_file()
    assert rows["test_plain.py::test_plain"][2:5] == [
        '<td class="col-verdict"></td>',
        '<td class="col-requirement"></td>',
        '<td class="col-client"></td>',
    ]


def test_without_the_ledgers_plug_in_all_is_the_same(project: pytest.Pytester) -> None:
    run(project, "-p", "no:html", "--smtp-client", COMMAND).assert_outcomes(failed=2, passed=1)


def test_nothing_that_came_from_outside_is_markup_in_the_ledger(project: pytest.Pytester) -> None:
    project.makefile(".smtp.yaml", **{"tests/mixed": scenario("<b>t</b>", '"<script>alert(1)</script>": {}')})
    run(project, "--smtp-client", COMMAND, "--html", "ledger.html", "tests")
    html = (project.path / "ledger.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" not in html.replace("&amp;lt;", "")  # unescaped once, the blob is set as inner HTML


def test_junit_has_the_verdict_and_the_requirement_as_properties(project: pytest.Pytester) -> None:
    run(project, "--smtp-client", COMMAND, "--junitxml", "j.xml", "-o", "junit_family=xunit1", "tests")
    test = ET.parse(project.path / "j.xml").find(".//testcase")
    assert test is not None
    assert {one.attrib["name"]: one.attrib["value"] for one in test.iter("property")} == {
        "verdict": "fail",
        "rule": "reported",
        "requirement": "RFC5321-4.2.5-a",
        "client": "liar",
        "server": "plain",
    }
    assert test.attrib["file"] == "tests/mixed.smtp.yaml"


# --- inert


def test_nothing_of_ours_is_imported_where_there_is_nothing_to_do(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_light():
            heavy = {"yaml", "pydantic", "aiosmtpd", "jinja2", "cryptography", "rich", "asyncio"}
            ours = sorted(name for name in sys.modules if name.partition(".")[0] == "smtpwitness")
            assert ours == ["smtpwitness", "smtpwitness.plugin"]
            assert not heavy & sys.modules.keys()
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:hypothesispytest", "-p", "no:html", timeout=60)
    result.assert_outcomes(passed=1)
