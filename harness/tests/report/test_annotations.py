from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
import sample_run
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import FailOn
from smtpwitness.model.run import Run
from smtpwitness.model.scenario import NOWHERE, Place
from smtpwitness.report.annotations import MOST, command, workflow_commands
from smtpwitness.report.octets import visible


class Command(NamedTuple):
    kind: str
    properties: dict[str, str]
    text: str


def unescaped(text: str) -> str:
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def read(line: str) -> Command:
    """A command as the runner reads it: up to the second `::` is the head."""
    _, head, text = line.split("::", 2)
    kind, _, properties = head.partition(" ")
    pairs = (pair.split("=", 1) for pair in properties.split(","))
    return Command(kind, {name: unescaped(value) for name, value in pairs}, unescaped(text))


def commands(run: Run) -> list[Command]:
    return [read(line) for line in workflow_commands(run).splitlines()]


def test_errors_stop_the_build_and_warnings_do_not() -> None:
    run = sample_run.gated()
    titles = {
        kind: [one.properties["title"] for one in commands(run) if one.kind == kind] for kind in ("error", "warning")
    }
    assert titles["error"] == ["rawsmtp: faults/same (coremail.test)", "rawsmtp: faults/worse (coremail.test)"]
    assert titles["warning"] == [
        "rawsmtp: core/same-warning (coremail.test)",
        "rawsmtp: core/worse-warning (coremail.test)",
    ]


def test_a_failure_that_is_not_worse_is_a_warning_and_a_known_one_is_nothing() -> None:
    found = {one.properties["title"]: one.kind for one in commands(sample_run.gated(fail_on=FailOn.REGRESSIONS))}
    assert found["rawsmtp: faults/worse (coremail.test)"] == found["rawsmtp: tls/lost (coremail.test)"] == "error"
    assert found["rawsmtp: faults/same (coremail.test)"] == "warning"
    assert not [title for title in found if "faults/known" in title]


def test_an_error_says_what_happened_and_how_to_mend_it() -> None:
    case = replace(sample_run.told("faults/worse", Verdict.FAIL), place=Place("./mine/a.smtp.yaml", 12, 3))
    (error,) = commands(sample_run.run_of([case]))
    assert error.properties == {"file": "mine/a.smtp.yaml", "line": "12", "title": "rawsmtp: faults/worse"}
    what, fix = error.text.split("\n")
    assert what.startswith("After the only recipient")
    assert fix.startswith("Read the reply to each RCPT")


def test_what_has_no_finding_says_its_reason() -> None:
    (lost,) = [
        one for one in commands(sample_run.gated(fail_on=FailOn.REGRESSIONS)) if "tls/lost" in one.properties["title"]
    ]
    assert lost.text == "unsupported: the client does not do starttls"


def test_a_known_deviation_that_did_not_show_is_a_notice_at_its_entry() -> None:
    (notice,) = [one for one in commands(sample_run.gated()) if one.kind == "notice"]
    assert notice.properties == {
        "file": "known.yaml",
        "line": "7",
        "title": "rawsmtp: a known deviation did not show",
    }
    assert notice.text == (
        "goes-on-after-refusal: waits for release 2 (2026-01-31, https://bugs.example.test/12)\nNot seen in: core/same"
    )


def test_nothing_to_say_is_nothing() -> None:
    assert workflow_commands(sample_run.run_of([sample_run.assignment(), sample_run.broken()])) == ""
    assert workflow_commands(sample_run.run_of([])) == ""


def test_a_place_that_is_nowhere_is_left_out() -> None:
    case = replace(sample_run.told("faults/worse", Verdict.FAIL), place=NOWHERE)
    assert [set(one.properties) for one in commands(sample_run.run_of([case]))] == [{"title"}]


@pytest.mark.parametrize("notices", [0, 1, 9, 10, 11, 50])
@pytest.mark.parametrize(("failures", "warnings"), [(0, 0), (10, 10), (11, 3), (300, 200)])
def test_ten_of_each_kind_and_the_rest_is_counted(failures: int, warnings: int, notices: int) -> None:
    bad = [sample_run.told(f"faults/{number:03}", Verdict.FAIL) for number in range(failures)]
    mild = [sample_run.told(f"core/{number:03}", Verdict.WARN) for number in range(warnings)]
    gate = replace(sample_run.gated().gate, unseen=sample_run.gated().gate.unseen * notices)
    found = commands(replace(sample_run.run_of([*bad, *mild]), gate=gate))
    kinds = [one.kind for one in found]
    assert kinds.count("error") == min(failures, MOST)
    assert kinds.count("warning") == min(warnings, MOST)
    assert kinds.count("notice") <= MOST
    told = [one for one in found if not re.fullmatch("[0-9]+ more: see the report", one.text)]
    left = failures + warnings + notices - len(told)
    assert [one.text for one in found if one not in told] == ([f"{left} more: see the report"] if left else [])


FREE = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["\n::error::x", "\r\n::stop-commands::x", "%0A::error::x", "a,b=c:d", "##[error]x", "%250A", "\u2028::error::x"]
)


@given(FREE, FREE, FREE)
def test_no_text_ends_a_command_or_starts_another(file: str, title: str, text: str) -> None:
    line = command("error", Place(file, 3, 1), title, text)
    assert len(line.splitlines()) == 1
    assert line.startswith("::error ")
    found = read(line)
    expected = {"file": visible(file.removeprefix("./")), "line": "3"} if file else {}
    assert found.properties == {**expected, "title": visible(title)}
    assert found.text == visible(text)


@given(FREE)
def test_a_run_full_of_any_text_is_as_many_lines_as_commands(text: str) -> None:
    lines = workflow_commands(sample_run.written(text)).split("\n")
    assert lines.pop() == ""
    assert [line.split(" ")[0] for line in lines] == ["::error", "::notice"]
    assert all(len(line.encode()) < 40_000 for line in lines)


def test_hostile_output_is_harmless_too() -> None:
    lines = workflow_commands(sample_run.hostile_gated()).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::notice"]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u2028\u202a-\u202e\ud800-\udfff\uffff]", "".join(lines))
