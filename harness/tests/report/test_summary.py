from __future__ import annotations

import re

import pytest
import sample_run

from smtpwitness.report.summary import SIZE, safe, summary


def test_failures_come_first_with_cause_and_requirement() -> None:
    text = summary(sample_run.sample())
    rows = [line for line in text.split("## rawsmtp")[1].split("##")[0].splitlines() if line.startswith("| ")][2:]
    assert [re.split(r" \| ", row)[2] for row in rows] == ["✱ error", "✗ fail", "– unsupported"]
    assert "After the only recipient bob&#64;uni.example.test was refused with 550" in rows[1]
    assert "RFC 5321, section 3.3 MUST NOT" in rows[1]


def test_each_table_has_as_many_cells_in_each_row() -> None:
    for run in (sample_run.sample(), sample_run.run_of([sample_run.hostile()])):
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
