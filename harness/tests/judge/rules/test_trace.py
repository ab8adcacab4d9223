"""Trace and resent fields of a message that was given."""

import pytest
from playbook import DATA, ENVELOPE, MESSAGE, job, keys, remarks, verdict

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import JobMessage

ONE, TWO = "Received: from a by b;\r\n\tMon", "Received: from b by c; Mon"
BLOCK = ("Resent-From: a@b.test", "Resent-Date: x", "Resent-From: c@d.test", "Resent-Date: y")


def message(*fields: str) -> bytes:
    return "".join(f"{field}\r\n" for field in fields).encode() + MESSAGE


def sent(*fields: str) -> tuple[str, ...]:
    return (*ENVELOPE, *DATA, f"M: {message(*fields).decode()}.\r\n", "S: 250 Ok")


GIVEN = job(message=message("Return-Path: <a@b.test>", TWO, ONE, *BLOCK))


@pytest.mark.parametrize(
    "fields",
    [
        ("Return-Path: <a@b.test>", TWO, ONE, *BLOCK),
        (TWO, ONE, *BLOCK),
        ("Received: from c by d; Mon", "Return-Path: <a@b.test>", TWO, "X: y", ONE, *BLOCK),
        (TWO, "RECEIVED: from a   by b; Mon", *BLOCK),
    ],
)
def test_what_leaves_them_as_they_are(fields: tuple[str, ...]) -> None:
    assert keys("trace-changed", *sent(*fields), job=GIVEN) == []


@pytest.mark.parametrize("fields", [(TWO, *BLOCK), (TWO, TWO, *BLOCK), (TWO, ONE + "day", *BLOCK), BLOCK])
def test_received_fields_that_are_changed_or_gone(fields: tuple[str, ...]) -> None:
    (remark,) = remarks("trace-changed", *sent(*fields), job=GIVEN)
    assert (remark.key, remark.requirement, verdict(remark)) == ("trace-changed", "RFC5321-4.4-a", Verdict.FAIL)
    assert remark.observed.startswith("Received: from")


@pytest.mark.parametrize(
    "fields", [(ONE, TWO, *BLOCK), (TWO, ONE, *sorted(BLOCK)), (TWO, ONE, "Return-Path: <a@b.test>", *BLOCK)]
)
def test_fields_that_were_moved(fields: tuple[str, ...]) -> None:
    (remark,) = remarks("trace-changed", *sent(*fields), job=GIVEN)
    assert (remark.key, remark.requirement, verdict(remark)) == ("trace-changed.order", "RFC5322-3.6-d", Verdict.FAIL)


def test_two_fields_alike() -> None:
    twice = job(message=message(ONE, ONE))
    assert keys("trace-changed", *sent(ONE, ONE), job=twice) == []
    assert keys("trace-changed", *sent(ONE), job=twice) == ["trace-changed"]


def test_what_cannot_be_held_against_the_client() -> None:
    two = job(messages=(GIVEN.messages[0], JobMessage("a@b.test", GIVEN.messages[0].recipients, MESSAGE)))
    message = GIVEN.messages[0].octets
    for other in (job(message=message, takes="composed"), job(message=message, told=frozenset()), two):
        assert keys("trace-changed", *sent(), job=other) == []
