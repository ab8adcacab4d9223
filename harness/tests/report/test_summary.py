from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sample_run
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import Change, Gate, Known, Trend, Unseen
from smtpwitness.model.run import Run
from smtpwitness.report.markdown import safe
from smtpwitness.report.summary import ROWS, SIZE, summary


def test_failures_come_first_with_cause_and_requirement() -> None:
    text = summary(sample_run.sample())
    rows = [line for line in text.split("## rawsmtp")[1].split("##")[0].splitlines() if line.startswith("| ")][2:]
    assert [re.split(r" \| ", row)[2] for row in rows] == ["✱ error", "✗ fail", "– unsupported"]
    assert "After the only recipient bob&#64;uni.example.test was refused with 550" in rows[1]
    assert "RFC 5321, section 3.3 MUST NOT" in rows[1]


def test_each_table_has_as_many_cells_in_each_row() -> None:
    for run in (sample_run.sample(), sample_run.gated(), sample_run.hostile_gated()):
        for table in re.findall(r"(?:^\|.*\n)+", summary(run), re.MULTILINE):
            assert len({line.count("|") for line in table.splitlines()}) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_bounded(language: str) -> None:
    text = summary(sample_run.large(1500), language)
    assert SIZE * 0.9 < len(text.encode()) < 60_000
    assert text.splitlines()[-1].startswith("…")


def test_nothing_in_it_is_markup() -> None:
    text = summary(sample_run.run_of([sample_run.hostile()]))
    assert "<" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert safe("a|b\n[x](y) `c` @d #1") == "a&#124;b&#92;x0a&#91;x&#93;(y) &#96;c&#96; &#64;d &#35;1"


def section(text: str, title: str) -> list[str]:
    """The lines under a heading; none where there is no such heading."""
    return (
        re.split(r"^## .*$", text.split(f"## {title}\n")[1], flags=re.MULTILINE)[0].splitlines()
        if title in text
        else []
    )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_baseline_comes_before_the_cases_and_the_worse_first() -> None:
    text = summary(sample_run.gated())
    assert text.index("## Since the baseline") < text.index("## Known deviations") < text.index("## rawsmtp")
    lines = section(text, "Since the baseline")
    assert "Compared with the run of 2025-03-02 02:00:00 UTC: 3 worse, 1 better, 1 new, 1 gone, 1 not judged." in lines
    assert [cells(line) for line in lines if line.startswith("| ")][2:] == [
        ["▼ worse", "rawsmtp", "core/worse-warning (coremail.test)", "pass → warn", "no-quit"],
        ["▼ worse", "rawsmtp", "faults/worse (coremail.test)", "warn → fail", "goes-on-after-refusal"],
        ["▼ worse", "rawsmtp", "tls/lost (coremail.test)", "pass → unsupported", ""],
        ["▲ better", "rawsmtp", "core/better (coremail.test)", "fail → pass", "goes-on-after-refusal"],
        ["+ new", "rawsmtp", "core/new (coremail.test)", "— → pass", ""],
        ["− gone", "rawsmtp", "core/gone (coremail.test)", "pass → —", ""],
    ]


def test_known_deviations_have_their_reasons_also_those_that_did_not_show() -> None:
    text = summary(sample_run.gated())
    entry = ["goes-on-after-refusal", "waits for release 2", "2026-01-31", "[link](https://bugs.example.test/12)"]
    showed, unseen = (section(text, f"Known deviations{what}") for what in ("", " that did not show"))
    assert cells(showed[-2]) == ["rawsmtp", "faults/known", *entry]
    assert cells(unseen[-2]) == ["rawsmtp", "core/same", *entry]
    assert "| faults/known | coremail.test | ✗ fail (known) |" in text
    assert "| faults/same | coremail.test | ✗ fail |" in text


def test_where_there_is_nothing_to_say_nothing_is_said() -> None:
    text = summary(sample_run.sample())
    assert "aseline" not in text
    assert "nown" not in text
    same = replace(sample_run.sample(), gate=Gate(baseline=sample_run.BASELINE))
    said = [line for line in section(summary(same), "Since the baseline") if line]
    assert said == ["Compared with the run of 2025-03-02 02:00:00 UTC: nothing changed."]


def test_only_an_address_on_the_web_becomes_a_link() -> None:
    known = replace(sample_run.KNOWN, link="javascript:alert(1)")
    case = sample_run.told("faults/known", Verdict.FAIL, known=(known,))
    text = summary(sample_run.run_of([case]))
    assert "](" not in text
    assert "| javascript:alert(1) |" in text


def crowded(count: int) -> Run:
    """*count* cases that all fail, are known, got worse, and have an entry that did not show."""
    text = "重" * 400
    known = Known("*", ("goes-on-after-refusal",), text, date=text, link="https://x.test/" + "x" * 400)
    cases = [sample_run.told(f"faults/{number:05}", Verdict.FAIL, known=(known,)) for number in range(count)]
    changes = tuple(Change("rawsmtp", "s", one.name, Trend.WORSE, Verdict.PASS, Verdict.FAIL, (text,)) for one in cases)
    unseen = tuple(Unseen(known, "rawsmtp", (one.name,)) for one in cases)
    return replace(sample_run.run_of(cases), gate=Gate(baseline="2025", changes=changes, unseen=unseen))


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_baseline_and_what_is_known_leave_room_for_the_rest(language: str) -> None:
    text = summary(crowded(3000), language)
    assert len(text.encode()) < 60_000
    plain = summary(replace(sample_run.large(3000), gate=sample_run.gated().gate), language)
    assert len(plain.encode()) < 60_000
    assert plain.count("core/case-") > 100


def test_long_tables_are_cut_and_the_rest_is_counted() -> None:
    run = sample_run.gated()
    changes = tuple(replace(run.gate.changes[0], case=f"core/{number}") for number in range(ROWS + 7))
    lines = section(summary(replace(run, gate=replace(run.gate, changes=changes))), "Since the baseline")
    assert sum(line.startswith("| ▲") for line in lines) == ROWS
    assert "… 7 more" in lines


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=40))
def test_whatever_is_written_in_it_is_text(text: str) -> None:
    found = summary(sample_run.written(text))
    assert len(found.encode()) < 60_000
    assert "<" not in found
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", found)
    for table in re.findall(r"(?:^\|.*\n)+", found, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1
