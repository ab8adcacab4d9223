"""Octets between the lines of a session that belong to none."""

import pytest
from playbook import DATA, ENVELOPE, HAPPY, HELLO, MAIL, SENDER, SENT, keys, remarks, verdict

from smtpwitness.model.finding import Verdict

EMPTY = ("C: ", "S: 500 What?")


@pytest.mark.parametrize("before", [(*HELLO, *MAIL), ("S: 220 mail.test",), HAPPY[:-3]])
def test_an_empty_line_behind_a_command_fails(before: tuple[str, ...]) -> None:
    (remark,) = remarks("stray-octets", *before, "early C: ", "S: 500 What?")
    assert (remark.key, remark.requirement, remark.observed) == (
        "stray-octets.empty-line",
        "RFC5321-2.4-a",
        "(empty line)",
    )
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize(
    "steps",
    [
        HAPPY,
        (*ENVELOPE, *DATA, *SENT, *EMPTY),  # the message may have been cut short
        (*HELLO, "C: what", "S: 500 What?", *EMPTY),
        (*ENVELOPE, "C: DATA", "S: 250 What?", *EMPTY),
        (*HELLO, "C: AUTH PLAIN", "S: 334 ", *EMPTY),
    ],
)
def test_an_empty_line_that_may_be_something_else(steps: tuple[str, ...]) -> None:
    assert keys("stray-octets", *steps) == []


def test_an_empty_line_that_ends_with_lf_alone() -> None:
    assert keys("stray-octets", *HELLO, "c: \n", "S: 500 What?") == ["stray-octets.empty-line"]


def test_what_stands_behind_or_in_a_chunk() -> None:
    assert keys("stray-octets", *ENVELOPE, "c: BDAT 3 LAST\r\na\0b", "S: 250 Ok", *EMPTY) == []


@pytest.mark.parametrize("line", ["c: \0MAIL FROM:<a@b.test>\r\n", "c: QUIT\0\r\n", "C: MAIL FROM:<a@b.test>\0"])
def test_a_nul_in_a_command_fails(line: str) -> None:
    (remark,) = remarks("stray-octets", *HELLO, line, "S: 500 What?")
    assert (remark.key, remark.requirement) == ("stray-octets.nul", "RFC5321-2.4-a")
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize("line", ["c: \x16\x03\x01\0\0", "c: \0\0\r\n", f"C: MAIL FROM:<{SENDER}>"])
def test_a_nul_in_what_is_no_command_is_another_fault(line: str) -> None:
    assert keys("stray-octets", *HELLO, line, "S: 500 What?") == []
