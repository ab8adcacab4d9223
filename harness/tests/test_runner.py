"""Cases run with real programs: what they are told, where they start, how they end, and who is to blame."""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from real_runs import BROKEN, catalogue, reading_environment, run_all, scenario

from smtpwitness import runner
from smtpwitness.files.bundled import known_clients_root
from smtpwitness.files.clients import VALUES, client_from, read_client
from smtpwitness.judge import stress
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client, Redirect, Stress
from smtpwitness.model.scenario import Place
from smtpwitness.model.transcript import Kind
from smtpwitness.peers.process import ClientNotStarted
from smtpwitness.peers.redirect import NAMESPACE, Ways
from smtpwitness.runner import Plan, judge_again, lacking, make_job, start_folder, surroundings

HAPPY = scenario("core/happy")
BASE = reading_environment("base", str(BROKEN / "base.py"))
RAWSMTP = client_from("rawsmtp")


def program(name: str, text: str, *argv: str) -> Client:
    """A client that is a few lines of Python."""
    return reading_environment(name, "-c", text.replace("{", "{{").replace("}", "}}"), *argv)


def run_one(client: Client, name: str = "core/happy") -> CaseResult:
    (case,) = run_all([Plan(scenario(name), client)])
    return case


# --- how they end


STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = os.fork()
if not grandchild:
    os.setsid()
    while True:
        time.sleep(60)
with open(sys.argv[1], "w") as file:
    file.write(f"{os.getpid()} {grandchild}")
while True:
    print("still here, and still talking")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere what leaves its session is not found")
def test_a_stubborn_client_is_ended_with_all_its_family(tmp_path: Path) -> None:
    told = tmp_path / "pids"
    client = program("stubborn", STUBBORN, str(told))
    began = time.monotonic()
    (case,) = run_all([Plan(replace(HAPPY, limit=2.0), client)])
    assert time.monotonic() - began < 15  # 2 s, then 1 s for SIGTERM; the rest is for busy machines
    assert case.verdict is Verdict.FAIL
    assert case.process.timed_out
    assert case.process.cut
    assert [event.kind for event in case.transcript][-2:] == [Kind.LIMIT, Kind.EXIT]
    pids = told.read_text().split()
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_a_client_that_ends_at_once_fails() -> None:
    case = run_one(program("lazy", "pass"))
    assert (case.verdict, case.exit_status, case.reported) == (Verdict.FAIL, 0, (("accepted",),))
    assert case.root_cause is not None


def test_a_case_tells_all_that_its_scenario_touches_also_where_it_was_not_run() -> None:
    greeting = scenario("core/greeting-multiline")
    assert set(greeting.covers) < set(greeting.touches), "its steps name more than the file"
    for client in (BASE, program("lazy", "pass")):
        assert run_one(client, "core/greeting-multiline").touches == greeting.touches
    secured = scenario("tls/starttls-ok")
    case = run_one(replace(BASE, supports=frozenset()), "tls/starttls-ok")
    assert (case.verdict, case.touches) == (Verdict.UNSUPPORTED, secured.touches)


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_client_that_cannot_be_started_is_told_and_not_judged(jobs: int) -> None:
    """It comes out as itself, in no group: the command makes exit status 2 of it."""
    client = replace(BASE, argv=("no-such-program-anywhere", "{host}"))
    plans = [Plan(HAPPY, replace(client, name=f"absent-{number}")) for number in range(4)]
    with pytest.raises(ClientNotStarted, match="no-such-program-anywhere"):
        run_all(plans, jobs)


def test_what_goes_wrong_in_the_harness_is_an_error_of_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the harness is ill")

    monkeypatch.setattr(runner, "judge", broken)
    case = run_one(BASE)
    assert (case.verdict, case.reason) == (Verdict.ERROR, "RuntimeError: the harness is ill")
    assert judge_again(case, HAPPY, BASE, catalogue()) is case


# --- 127


def test_127_is_believed_of_a_client_that_says_it_of_the_impossible_too() -> None:
    case = run_one(program("lacks-all", "raise SystemExit(127)"))
    assert case.verdict is Verdict.UNSUPPORTED
    assert "127" in case.reason


def test_127_only_where_there_is_work_is_a_failure() -> None:
    only_then = f"import os; raise SystemExit(1 if os.environ['SMTP_AUTH'] == {runner.NO_MECHANISM!r} else 127)"
    assert run_one(program("shirks", only_then)).verdict is Verdict.FAIL


def test_the_good_client_says_127_to_a_mechanism_that_it_lacks() -> None:
    assert run_one(BASE, "auth/cram-md5[short]").verdict is Verdict.UNSUPPORTED


# --- what a client can do


@pytest.mark.parametrize(
    ("command", "name", "expected"),
    [
        ("c {host} {port}", "core/happy", None),
        ("c {host} {port}", "tls/starttls-ok", "starttls"),
        ("c {host} {port}", "tls/implicit[good]", "implicit-tls"),
        ("c {host} {port} {tls}", "tls/starttls-ok", None),
        ("c {host} {port}", "auth/login", "auth-login"),
        ("c {host} {port} {username} {password}", "auth/login", None),
        ("c {host} {port} {username} {password}", "auth/cram-md5[short]", "auth-cram-md5"),
        ("c {host} {port} {auth}", "auth/cram-md5[short]", None),
        ("c {host} {port} {recipient}", "core/multi-rcpt", "several-recipients"),
        ("c {host} {port} {recipients}", "core/multi-rcpt", None),
        ("c {host} {port} {message_file}", "core/multi-message", "several-messages"),
        ("c {host} {port}", "data/dots[only a dot]", "raw-message"),
        ("c {host} {port} {body_file}", "data/dots[only a dot]", None),
        ("c {host} {port} {body_file}", "data/chinese[base64]", "raw-message"),
        ("c {host} {port} {body_file}", "data/format-minimal[one message]", None),
        ("c {host} {port} {message_file}", "data/format-minimal[one message]", "composing"),
        ("c {host} {port} {message_file}", "data/dots[only a dot]", None),
        ("c {host} {port}", "faults/timeout-matrix[RCPT]", "timeout"),
        ("c {host} {port} {timeout}", "faults/timeout-matrix[RCPT]", None),
    ],
)
def test_what_a_command_line_names_the_client_can_do(command: str, name: str, expected: str | None) -> None:
    assert lacking(scenario(name), client_from(command)) == expected


def test_a_client_of_which_nothing_is_known_is_asked() -> None:
    assert lacking(scenario("tls/starttls-ok"), replace(BASE, supports=None)) is None
    assert lacking(scenario("mta/mx-null"), replace(BASE, supports=None)) == "mx", "its server stands in its text"


def test_without_a_box_there_is_no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing() -> Ways:
        return Ways((), {NAMESPACE: "it is forbidden here"})

    monkeypatch.setattr(runner, "probe", nothing)
    finder = replace(BASE, supports=(BASE.supports or frozenset()) | {"mx", "queue"})
    case = run_one(finder, "mta/mx-order")
    assert (case.verdict, case.transcript) == (Verdict.UNSUPPORTED, ())
    assert "no name server" in case.reason


def test_a_case_that_the_client_cannot_do_is_not_run(tmp_path: Path) -> None:
    client = client_from(f'{{python}} -c \'open("{(tmp_path / "ran").as_posix()}", "w")\' {{host}}')
    case = run_one(client, "tls/starttls-ok")
    assert (case.verdict, case.reason, case.transcript) == (Verdict.UNSUPPORTED, "the client lacks: starttls", ())
    assert not (tmp_path / "ran").exists()
    assert judge_again(case, scenario("tls/starttls-ok"), client, catalogue()) is case


def test_the_certificate_that_the_client_was_shown_is_kept_and_stays_when_a_case_is_judged_again() -> None:
    seen = Redirect("namespace", ("mail.example.test",), ("mail.example.test:25",))
    case = replace(run_one(RAWSMTP, "tls/cert-matrix[expired]"), redirect=seen)
    (shown,) = case.certificates
    (failed,) = (event.seq for event in case.transcript if event.kind is Kind.TLS_FAILED)
    assert (shown.kind, shown.events) == ("expired", (failed,))
    assert judge_again(case, scenario("tls/cert-matrix[expired]"), RAWSMTP, catalogue()) == case


# --- what a client is told


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("c {host} {port}", {"host", "port"}),
        ("c {host} {recipient}", {"host", "recipient", "recipients"}),
        ("c {host} {sender} {message_file}", {"host", "sender", "message_file", "message"}),
    ],
)
def test_a_command_line_is_held_to_what_it_names(command: str, expected: set[str]) -> None:
    assert make_job(HAPPY, client_from(command)).told == expected


def test_a_client_that_reads_its_environment_is_told_all() -> None:
    assert make_job(HAPPY, BASE).told == {*VALUES, "message"}
    assert make_job(HAPPY, replace(BASE, takes="composed")).told == set(VALUES)


@pytest.mark.parametrize("name", ["timeout", "helo"])
def test_what_a_client_cannot_heed_it_is_not_told(name: str) -> None:
    assert BASE.supports is not None
    without = replace(BASE, supports=BASE.supports - {name})
    assert make_job(HAPPY, without).told == {*VALUES, "message"} - {name}
    assert make_job(HAPPY, replace(BASE, supports=None)).told >= {name}, "nobody knows what it can do"
    named = replace(without, argv=(*BASE.argv, f"{{{name}}}"))
    assert make_job(HAPPY, named).told >= {name}, "its command line asks for it"


def test_curl_is_told_the_name_and_no_time_out() -> None:
    """Its one option would limit the whole transfer."""
    told = make_job(HAPPY, client_from("curl")).told
    assert "helo" in told
    assert "timeout" not in told


SHOW = """
import json, os, sys
from pathlib import Path
from typing import Any
found = {name: os.environ[name] for name in os.environ if name.startswith("SMTP_")}
job = json.loads(Path(found["SMTP_JOB_FILE"]).read_text())
octets = Path(found["SMTP_MESSAGE_FILE"]).read_bytes()
print(json.dumps({"argv": sys.argv[1:], "env": found, "job": job, "message": octets.decode(), "cwd": os.getcwd(),
                  "home": os.environ["HOME"], "tmp": os.environ["TMPDIR"]}))
"""


def test_the_job_is_told_by_command_line_environment_and_file() -> None:
    client = program("shows", SHOW, "{port}", "{recipients}", "{sender}")
    case = run_one(client, "core/multi-rcpt")
    told = json.loads(case.process.stdout)
    recipients = list(case.job.messages[0].recipients)
    assert told["argv"] == [str(case.job.port), *recipients, case.job.messages[0].sender]
    assert told["env"]["SMTP_RECIPIENTS"].splitlines() == recipients
    assert told["env"]["SMTP_PORT"] == str(case.job.port)
    assert told["message"].encode() == case.job.messages[0].octets
    assert [one["recipients"] for one in told["job"]["messages"]] == [recipients]


def test_the_password_is_told_to_the_client_and_to_nobody_else() -> None:
    passwords: list[str] = []
    says = "import os; print('it is', os.environ['SMTP_PASSWORD'], len(os.environ['SMTP_PASSWORD']))"
    (case,) = run_all([Plan(scenario("auth/login"), program("blabs", says))], passwords=passwords)
    assert len(passwords) == 1
    assert case.process.stdout.endswith(f" {len(passwords[0])}\n")
    assert passwords[0] not in repr(case)


def test_several_messages_and_what_the_client_tells_of_each() -> None:
    case = run_one(RAWSMTP, "core/multi-message")
    assert case.verdict is Verdict.PASS, case.findings
    count = len(case.job.messages)
    assert count > 1
    assert len({one.octets for one in case.job.messages}) == count
    assert sum(event.kind is Kind.CONTENT for event in case.transcript) == count
    assert [set(one) for one in case.fate] == [set(one) for one in case.reported] == [{"accepted"}] * count


# --- where a client starts


def shown(client: Client) -> dict[str, str]:
    told = json.loads(run_one(client).process.stdout)
    return {name: os.path.realpath(told[name]) for name in ("cwd", "home", "tmp")}


def test_a_command_line_starts_in_the_callers_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A student types it in the folder of the program."""
    (tmp_path / "my_client.py").write_text(SHOW)
    monkeypatch.chdir(tmp_path)
    folders = shown(client_from("{python} my_client.py {host} {port}"))
    assert folders["cwd"] == os.path.realpath(tmp_path)
    for elsewhere in (folders["home"], folders["tmp"]):
        assert not elsewhere.startswith(folders["cwd"])
        assert not Path(elsewhere).exists()  # it went with the case
    assert [one.name for one in tmp_path.iterdir()] == ["my_client.py"]


def test_a_client_file_starts_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "my_client.py").write_text(SHOW)
    file = tmp_path / "theirs" / "mine.client.yaml"
    file.write_text('command: ["{python}", my_client.py]\nreads-environment: true\n')
    monkeypatch.chdir(tmp_path)
    for path in (file, Path("theirs/mine.client.yaml")):
        assert shown(read_client(path))["cwd"] == os.path.realpath(file.parent)


def test_a_client_that_ships_starts_in_a_folder_of_its_own(tmp_path: Path) -> None:
    assert start_folder(RAWSMTP, tmp_path) == tmp_path
    assert (
        start_folder(replace(BASE, place=Place(str(known_clients_root() / "x.client.yaml"), 1, 1)), tmp_path)
        == tmp_path
    )


# --- many


def test_cases_run_side_by_side(tmp_path: Path) -> None:
    """Two clients that wait for each other end only if they run at once."""
    meets = "import pathlib, sys, time\nmine, other = map(pathlib.Path, sys.argv[1:])\nmine.touch()\n"
    meets += "while not other.exists(): time.sleep(0.01)\n"
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    clients = [program(name, meets, *paths) for name, paths in {"a": (one, two), "b": (two, one)}.items()]
    cases = run_all([Plan(HAPPY, client) for client in clients], jobs=2)
    assert [(case.client, case.exit_status) for case in cases] == [("a", 0), ("b", 0)]


def test_surroundings_name_versions_and_no_machine() -> None:
    assert set(surroundings()) == {"smtpwitness", "python", "platform", "aiosmtpd"}


# --- under stress


FICKLE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from base import Client
with open(sys.argv[2], "a+") as runs:
    runs.write("one\\n")
    runs.seek(0)
    number = len(runs.readlines())
class Fickle(Client):
    def hello(self):
        self.must(f"{'EHLO' if number % 2 else 'HELO'} {self.name}")
sys.exit(Fickle(os.environ).run())
"""


def test_a_client_that_differs_by_itself_is_not_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stress, "LATE_MS", 5000.0)  # the runs are counted
    client = program("fickle", FICKLE, str(BROKEN), str(tmp_path / "runs"))
    (case,) = run_all([Plan(HAPPY, client, Stress(1, 7))])
    assert case.exchange is Verdict.PASS
    assert (tmp_path / "runs").read_text() == "one\n" * 3  # plain, stressed, and once more: not the same difference


def test_a_harness_that_fails_under_stress_is_to_blame_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("oh")

    monkeypatch.setattr("smtpwitness.judge.stress.Stressed._sent", fails)
    (case,) = run_all([Plan(HAPPY, BASE, Stress(1, 7))])
    assert (case.exchange, "under stress" in case.reason) == (Verdict.ERROR, True)


@pytest.mark.parametrize(("lateness", "found"), [((999.0, 0.0), True), ((999.0,), False)])
def test_a_proof_that_comes_too_late_is_looked_for_again(
    monkeypatch: pytest.MonkeyPatch, lateness: tuple[float, ...], found: bool
) -> None:
    async def late(*given: Any) -> CaseResult:
        return replace(await run_again(*given), lag_ms=next(lags))

    lags, run_again = itertools.cycle(lateness), runner._run_again
    monkeypatch.setattr(runner, "_run_again", late)
    monkeypatch.setattr(stress, "WAYS", ("split",))  # which no busy machine does by itself
    client = reading_environment("recv-is-reply", str(BROKEN / "run.py"), "recv-is-reply")
    (case,) = run_all([Plan(HAPPY, client, Stress(1, 7))])
    assert (case.root_cause == "stress/differs") is found


def test_what_stress_has_found_is_kept_when_a_case_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stress, "WAYS", ("split",))
    monkeypatch.setattr(stress, "LATE_MS", 5000.0)  # a busy machine splits no reply
    client = reading_environment("recv-is-reply", str(BROKEN / "run.py"), "recv-is-reply")
    (case,) = run_all([Plan(HAPPY, client, Stress(1, 7))])
    again = judge_again(case, HAPPY, client, catalogue())
    assert [one.key for one in again.findings if one.rule == "stress/differs"] == ["stress/differs.split"]
    assert (again.exchange, again.root_cause) == (case.exchange, case.root_cause) == (Verdict.FAIL, "stress/differs")
