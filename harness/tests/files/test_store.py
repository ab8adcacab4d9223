import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtpwitness.files.anonymous import Machine
from smtpwitness.files.store import (
    Journal,
    StoreError,
    dump,
    escape,
    load,
    read,
    text_of,
    unescape,
    value_of,
    write,
)
from smtpwitness.model import texts
from smtpwitness.model.finding import Axis, Finding, Verdict
from smtpwitness.model.gate import Change, FailOn, Gate, Known, Trend, Unseen
from smtpwitness.model.requirement import Requirement
from smtpwitness.model.run import CaseResult, Client, Job, JobMessage, Process, Row, Run, Status
from smtpwitness.model.scenario import Place
from smtpwitness.model.transcript import Event, Kind, Secrecy, Secret, Side

NOBODY = Machine("/home/joe", "/home/joe/course", "/tmp", "joe", "joes-laptop")

EVENT = Event(2, 1, 10, 12, Side.CLIENT, Kind.LINE, b"AUTH PLAIN ****\r\n", (Secret(11, 15, Secrecy.PLAIN, "base64"),))
FINDING = Finding(
    "lines/bare-lf",
    "example",
    Verdict.FAIL,
    "RFC5321-2.3.8-a",
    "MUST NOT",
    expected="CR LF",
    observed="LF",
    facts=(("word", "MAIL"),),
    events=(2,),
    step=0,
)
CASE = CaseResult(
    "core/happy",
    ("tls",),
    "mine",
    "plain",
    Verdict.FAIL,
    Verdict.NOTE,
    (("accepted", "none"),),
    (("accepted",),),
    0,
    12.5,
    "lines/bare-lf",
    (Row(1, "client", Status.DIFFERENT, "MAIL FROM:<a>", "MAIL FROM: <a>", (2,), Place("core/happy.smtp.yaml", 3, 5)),),
    (FINDING,),
    (EVENT,),
    Job(
        (JobMessage("a@x.test", ("b@x.test",), b"x\r\n.\\\xff"),),
        "none",
        "plain",
        "a",
        "h",
        "s",
        2.0,
        "::1",
        25,
        frozenset({"host"}),
    ),
    Process(0, stdout="ok \ud800 你好", duration_ms=3.0),
    Place("core/happy.smtp.yaml", 1, 1),
)
RUN = Run(
    "2025-01-01T00:00:00Z",
    100.0,
    {"python": "3.12.1"},
    (
        Client(
            "mine",
            ("{python}", "m.py", "{host}"),
            supports=frozenset({"timeout", "helo"}),
            place=Place("m.client.yaml", 1, 1),
        ),
    ),
    (CASE,),
    (Requirement("RFC5321-2.3.8-a", "RFC5321", "2.3.8", "MUST NOT", "lines", "Only CR LF.", "any", "keyword"),),
    {"core/happy.smtp.yaml": "title: x\n"},
)


@pytest.fixture(autouse=True, scope="module")
def the_findings_text() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(texts.TEXTS, "example.what", {"en": "It was {word}.", "zh": "是{word}。"})  # type: ignore[arg-type]
        yield


# --- the escape -------------------------------------------------------------------------------------------------


def test_the_escape():
    assert escape(b"EHLO x\r\n\tA~") == "EHLO x\r\n\tA~"
    assert escape(b"\\ \x00\x7f\xff\x0b") == r"\\ \x00\x7f\xff\x0b"
    assert escape("你".encode()) == r"\xe4\xbd\xa0"


@given(st.binary())
def test_every_octet_comes_back(octets: bytes):
    text = escape(octets)
    assert unescape(text) == octets
    assert set(text) <= {chr(code) for code in range(32, 127)} | set("\r\n\t")


@pytest.mark.parametrize("text", ["\\", "\\q", "\\x1", "\\xgg", "你", "\x00", "\\\\\\"])
def test_what_the_escape_never_makes(text: str):
    with pytest.raises(ValueError, match="no part of escaped octets"):
        unescape(text)


# --- the names that others rely on -------------------------------------------------------------------------------


def test_the_names_of_the_contract():
    stored = json.loads(dump(RUN))
    assert (stored["schema"], stored["finished"], stored["duration_ms"]) == (1, True, 100.0)
    [case] = stored["cases"]
    assert case["scenario"] == "core/happy"
    assert case["variant"] == ["tls"]
    assert (case["client"], case["server"]) == ("mine", "plain")
    assert (case["verdict"], case["exchange"], case["closing"]) == ("fail", "fail", "note")
    assert (case["fate"], case["reported"]) == ([["accepted", "none"]], [["accepted"]])
    assert (case["exit_status"], case["duration_ms"], case["root_cause"]) == (0, 12.5, "lines/bare-lf")
    assert case["steps"][0]["status"] == "different"
    [finding] = case["findings"]
    assert finding["message"] == "It was MAIL."
    assert (finding["rule"], finding["key"], finding["level"]) == ("lines/bare-lf", "example", "MUST NOT")
    assert (finding["requirement"], finding["verdict"]) == ("RFC5321-2.3.8-a", "fail")
    assert (finding["expected"], finding["observed"], finding["events"]) == ("CR LF", "LF", [2])
    [event] = case["transcript"]
    assert event["octets"] == "AUTH PLAIN ****\r\n"
    assert event["secrets"][0]["role"] == "plain"
    assert case["job"]["messages"][0]["octets"] == "x\r\n.\\\\\\xff"
    assert stored["clients"][0]["exits"] == {
        "0": "accepted",
        "75": "temporary",
        "69": "permanent",
        "127": "unsupported",
    }
    assert stored["clients"][0]["supports"] == ["helo", "timeout"]


def test_a_finding_without_a_text_is_a_fault_of_ours():
    with pytest.raises(KeyError, match="nowhere"):
        dump(replace(RUN, cases=(replace(CASE, findings=(replace(FINDING, key="nowhere"),)),)))


def test_the_same_run_is_the_same_text():
    again = replace(RUN, clients=(replace(RUN.clients[0], supports=frozenset(["helo", "timeout"])),))
    assert dump(again) == dump(RUN)
    assert "你好" in dump(RUN)
    dump(RUN).encode()  # half of a surrogate pair would not be UTF-8


# --- there and back ---------------------------------------------------------------------------------------------


def test_a_run_comes_back():
    assert load(dump(RUN)) == RUN


def test_unfinished_and_empty():
    run = replace(RUN, cases=(), finished=False)
    assert load(dump(run)) == run


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=20)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
VALUES = st.dictionaries(TEXT, TEXT, max_size=3)
PLACES = st.builds(Place, TEXT, st.integers(), st.integers())
SECRETS = st.builds(
    Secret, st.integers(), st.integers(), st.sampled_from(Secrecy), TEXT, st.booleans(), st.none() | st.booleans()
)
EVENTS = st.builds(
    Event,
    *[st.integers()] * 4,
    st.sampled_from(Side),
    st.sampled_from(Kind),
    st.binary(),
    st.lists(SECRETS, max_size=2).map(tuple),
    TEXT,
    st.integers(),
    st.booleans(),
)
FINDINGS = st.builds(
    Finding,
    TEXT,
    st.just("example"),
    st.sampled_from(Verdict),
    st.none() | TEXT,
    TEXT,
    st.sampled_from(Axis),
    TEXT,
    TEXT,
    st.tuples(st.tuples(st.just("word"), TEXT)),
    st.lists(st.integers(), max_size=3).map(tuple),
    st.none() | st.integers(),
)
ROWS = st.builds(Row, st.integers(), TEXT, st.sampled_from(Status), TEXT, TEXT, st.just((1, 2)), st.none() | PLACES)
JOBS = st.builds(
    Job,
    st.lists(st.builds(JobMessage, TEXT, WORDS, st.binary()), max_size=2).map(tuple),
    *[TEXT] * 5,
    NUMBERS,
    TEXT,
    st.integers(),
    st.frozensets(TEXT, max_size=2),
    TEXT,
)
PROCESSES = st.builds(Process, st.none() | st.integers(), TEXT, st.booleans(), TEXT, TEXT, st.booleans(), NUMBERS)
CLIENTS = st.builds(
    Client,
    TEXT,
    WORDS,
    TEXT,
    st.none() | st.frozensets(TEXT, max_size=2),
    st.dictionaries(st.integers(), TEXT, max_size=2),
    st.booleans(),
    st.booleans(),
    VALUES,
    st.none() | PLACES,
    TEXT,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(EVENTS, max_size=4),
    st.lists(FINDINGS, max_size=2),
    st.lists(ROWS, max_size=2),
    JOBS,
    PROCESSES,
    CLIENTS,
    NUMBERS,
)
def test_nothing_is_lost(
    events: list[Event],
    findings: list[Finding],
    rows: list[Row],
    job: Job,
    process: Process,
    client: Client,
    number: float,
):
    case = replace(
        CASE,
        transcript=tuple(events),
        findings=tuple(findings),
        steps=tuple(rows),
        job=job,
        process=process,
        lag_ms=number,
    )
    run = replace(RUN, cases=(case, CASE), clients=(client,), duration_ms=number)
    assert load(dump(run)) == run


KNOWN = Known(
    "core/*", ("lines/bare-lf",), "später", "m*", "2026-01-31", "https://bugs.example.test/1", Place("k.yaml", 2, 5)
)
GATED = replace(
    RUN,
    clients=(replace(RUN.clients[0], known=(KNOWN,)),),
    cases=(replace(CASE, known=(KNOWN,)),),
    gate=Gate(
        True,
        FailOn.REGRESSIONS,
        "2026-01-01T00:00:00+00:00",
        (
            Change("mine", "plain", "core/happy", Trend.WORSE, Verdict.PASS, Verdict.FAIL, ("a", "b"), Verdict.FAIL),
            Change("mine", "plain", "core/gone", Trend.GONE, Verdict.NOTE, None),
        ),
        (Unseen(KNOWN, "mine", ("core/happy[tls]",)),),
    ),
)


def test_what_stops_a_build_comes_back():
    assert load(dump(GATED)) == GATED


def test_a_run_of_before_there_was_a_gate_can_be_read():
    stored = json.loads(dump(RUN))
    del stored["gate"], stored["clients"][0]["known"], stored["cases"][0]["known"]
    assert load(json.dumps(stored)) == RUN


def test_a_run_of_before_a_case_told_all_that_it_touches_can_be_read():
    row = Requirement("RFC5321-2.1-a", "RFC5321", "2.1", "SHOULD", "submission", "Text.", "any", "prose", "no")
    run = replace(RUN, requirements=(row,), cases=(replace(RUN.cases[0], touches=(row.id,)),))
    assert load(dump(run)) == run
    stored = json.loads(dump(run))
    del stored["requirements"][0]["observable"], stored["cases"][0]["touches"]
    assert load(json.dumps(stored)) == replace(
        run, requirements=(replace(row, observable="wire"),), cases=(replace(RUN.cases[0], touches=()),)
    )


# --- for another process ----------------------------------------------------------------------------------------

HOSTILE = '\x00\x1b[31m\u2028\u202e\ud800 \udcff\uffff\r\n"\\ 你好 \U0001f600'


def test_a_hostile_case_comes_back_as_it_was_and_crosses_as_ascii():
    case = replace(
        CASE,
        variant=(HOSTILE, ""),
        transcript=(replace(EVENT, octets=bytes(range(256)), note=HOSTILE),),
        findings=(replace(FINDING, expected=HOSTILE, facts=(("word", HOSTILE),), step=None),),
        process=Process(None, signal=HOSTILE, stdout=HOSTILE, stderr=HOSTILE, duration_ms=0.1),
        known=(replace(KNOWN, reason=HOSTILE),),
        title={HOSTILE: HOSTILE},
        lag_ms=1e-300,
    )
    text = text_of(case)
    assert text.isascii()
    assert "\n" not in text
    assert value_of(CaseResult, text) == case


def test_a_client_comes_back():
    assert value_of(Client, text_of(GATED.clients[0])) == GATED.clients[0]


@settings(deadline=None)
@given(CLIENTS)
def test_any_client_comes_back(client: Client):
    assert value_of(Client, text_of(client)) == client


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Client is no JSON: "),
        ('{"name": "x"', "Client is no JSON: "),
        ("[" * 100_000, "Client is no JSON: "),
        ("7", "Client: 7 stands where dict belongs"),
        ('{"name": "x"}', "Client.argv: is missing"),
        ('{"name": "x", "argv": [7]}', "Client.argv[0]: 7 stands where str belongs"),
        ('{"name": "x", "argv": [], "extra": 1}', "Client.extra: no such key belongs here"),
    ],
)
def test_what_another_process_cannot_have_meant(text: str, message: str):
    with pytest.raises(StoreError) as caught:
        value_of(Client, text)
    assert str(caught.value).startswith(message)


# --- what cannot be read ----------------------------------------------------------------------------------------


def changed(path: tuple[str | int, ...], to: Any) -> str:
    """The text of RUN with one value changed (to None: taken away)."""
    stored = json.loads(dump(RUN))
    at = stored
    for name in path[:-1]:
        at = at[name]
    if to is None:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return json.dumps(stored)


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        (("schema",), 2, "run.json is of version 2; this smtpwitness reads version 1"),
        (("schema",), True, "run.json is of version True"),
        (("schema",), None, "run.json is of version None"),
        (("started",), None, "started: is missing"),
        (("cases", 0, "transcript", 0, "kind"), "nap", "cases[0].transcript[0].kind: 'nap' is not a valid Kind"),
        (("cases", 0, "transcript", 0, "octets"), "\\q", "cases[0].transcript[0].octets: "),
        (("cases", 0, "transcript", 0, "octets"), 7, "cases[0].transcript[0].octets: 7 stands where str belongs"),
        (("cases", 0, "transcript", 0, "seq"), True, "cases[0].transcript[0].seq: true stands where int"),
        (("cases", 0, "transcript", 0, "seq"), 1.5, "cases[0].transcript[0].seq: 1.5 stands where int"),
        (("cases", 0, "findings", 0, "facts"), [["a"]], "cases[0].findings[0].facts[0]: 1 values where 2 belong"),
        (("cases", 0, "extra"), 1, "cases[0].extra: no such key belongs here"),
        (("extra",), 1, "extra: no such key belongs here"),
        (("cases", 0, "job"), "x", 'cases[0].job: "x" stands where dict belongs'),
        (("cases",), {"a": 1}, 'cases: {"a": 1} stands where list belongs'),
        (("clients", 0, "exits"), {"x": "accepted"}, "clients[0].exits: the key 'x' is no number"),
        (("environment", "python"), 3, "environment.python: 3 stands where str belongs"),
    ],
)
def test_a_value_out_of_place_is_told_with_its_path(path: tuple[str | int, ...], to: Any, message: str):
    with pytest.raises(StoreError) as caught:
        load(changed(path, to))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000])
def test_a_file_that_is_no_run(text: str):
    with pytest.raises(StoreError, match=r"run.json (is no JSON|holds no run)"):
        load(text)


def test_a_whole_number_of_milliseconds_is_a_number():
    assert load(changed(("duration_ms",), 100)) == RUN


def test_files(tmp_path: Path):
    assert write(RUN, tmp_path) == tmp_path / "run.json"
    assert read(tmp_path) == read(tmp_path / "run.json") == RUN
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]
    (tmp_path / "run.json").write_bytes(b"\xff")
    with pytest.raises(StoreError, match="no JSON"):
        read(tmp_path)


# --- the journal ------------------------------------------------------------------------------------------------

BEGUN = replace(RUN, cases=(), duration_ms=0.0, finished=False)


def numbered(number: int) -> CaseResult:
    return replace(CASE, scenario=f"core/s{number}")


def test_after_each_case_the_file_is_whole(tmp_path: Path):
    with Journal(tmp_path / "new", BEGUN, NOBODY) as journal:
        assert read(journal.path) == BEGUN
        for count in range(1, 4):
            journal.add(numbered(count), count * 1e6)
            run = read(journal.path)
            assert run == replace(BEGUN, cases=tuple(map(numbered, range(1, count + 1))), duration_ms=count * 1e6)


def test_finish_puts_the_whole_run_in_place(tmp_path: Path):
    journal = Journal(tmp_path, BEGUN, NOBODY)
    journal.add(numbered(2), 1.0)
    journal.add(numbered(1), 2.0)
    whole = replace(RUN, cases=(numbered(1), numbered(2)))
    assert journal.finish(whole) == whole
    assert read(tmp_path) == whole
    assert (tmp_path / "run.json").read_text() == dump(whole)


def test_a_write_that_was_cut_short_loses_one_case_only(tmp_path: Path):
    with Journal(tmp_path, BEGUN, NOBODY) as journal:
        journal.add(numbered(1), 1.0)
        before = journal.path.read_bytes()
        journal.add(numbered(2), 2.0)
        after = journal.path.read_bytes()
    start = before.index(b'\n],\n"duration_ms"')
    row = after.index(b"\n", start + 1)  # where the second case is out
    for cut in range(start, len(after)):
        (tmp_path / "run.json").write_bytes(after[:cut] + before[cut:])
        found = read(tmp_path)
        assert found.cases == ((numbered(1), numbered(2)) if cut >= row else (numbered(1),))
        assert (found.finished, found.sources) == (False, BEGUN.sources)


@pytest.mark.parametrize("text", ['\n"cases": [', '{"schema": \n"cases": [\n'])
def test_a_torn_head_cannot_be_mended(text: str):
    with pytest.raises(StoreError, match="no JSON"):
        load(text)


KILLED = """
import sys, os, signal
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from smtpwitness.files.store import Journal, load
run = load(Path(sys.argv[1]).read_text(encoding="utf-8"))
from smtpwitness.model import texts
texts.TEXTS["example.what"] = {"en": "x", "zh": "x"}
from dataclasses import replace
with Journal(Path(sys.argv[2]), replace(run, cases=(), finished=False)) as journal:
    for case in run.cases * 3:
        journal.add(case, 1.0)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_harness_leaves_its_cases(tmp_path: Path):
    write(RUN, tmp_path)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run.json"), str(tmp_path / "out")]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    run = read(tmp_path / "out")
    assert (run.cases, run.finished) == ((CASE,) * 3, False)


def test_the_journal_takes_the_machine_out(tmp_path: Path):
    place = Place("/home/joe/course/core/x.yaml", 1, 1)
    case = replace(CASE, place=place, process=Process(1, stderr="/home/joe/m.py on joes-laptop"))
    begun = replace(BEGUN, sources={place.file: "title: x\n"})
    with Journal(tmp_path, begun, NOBODY) as journal:
        written = journal.add(case, 1.0)
        run = journal.finish(replace(begun, cases=(case,)))
    assert run == read(tmp_path)
    assert run.cases == (written,)
    assert list(run.sources) == [run.cases[0].place.file] == ["./core/x.yaml"]
    assert run.cases[0].process.stderr == "~/m.py on host"
    assert "joe" not in journal.path.read_text().replace("rejoe", "")
