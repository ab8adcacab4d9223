"""Commands that come out of their order, and requests that come again."""

import pytest
from playbook import (
    DATA,
    ENVELOPE,
    HAPPY,
    HELLO,
    MAIL,
    QUIT,
    RCPT,
    RECIPIENT,
    SENDER,
    SENT,
    job,
    keys,
    remarks,
    verdict,
)

from smtpwitness.judge.rules import order
from smtpwitness.model.finding import Verdict

MAIL_LINE, RCPT_LINE = f"C: MAIL FROM:<{SENDER}>", f"C: RCPT TO:<{RECIPIENT}>"
BATCHES = ("S: 220 mail.test", "C: EHLO me.test", "S: 250-mail.test\r\n250 PIPELINING")


# --- out-of-order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "key", "requirement", "worth"),
    [
        ((*ENVELOPE, MAIL_LINE, "S: 503 No"), "mail", "RFC5321-4.1.4-e", Verdict.FAIL),
        ((*HELLO, *MAIL, RCPT_LINE, "S: 550 No", MAIL_LINE, "S: 503 No"), "mail", "RFC5321-4.1.4-e", Verdict.FAIL),
        ((*ENVELOPE, "C: DATA", "S: 451 No", MAIL_LINE, "S: 503 No"), "mail", "RFC5321-4.1.4-e", Verdict.FAIL),
        ((*HELLO, RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
        ((*HELLO, *MAIL, "C: RSET", "S: 250 Ok", RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
        ((*ENVELOPE, *HELLO[1:], RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
        ((*ENVELOPE, *DATA, *SENT, RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
        ((*ENVELOPE, "C: STARTTLS", "S: 220 Go", "TLS", RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
        ((*HELLO, "C: DATA", "S: 503 No"), "data", "RFC5321-3.3-a", Verdict.FAIL),
        ((*HELLO, *MAIL, "C: DATA", "S: 503 No"), "data", "RFC5321-3.3-a", Verdict.FAIL),
        ((*ENVELOPE, "C: AUTH LOGIN", "S: 503 No"), "auth", "RFC4954-4-d", Verdict.WARN),
        ((*HAPPY[:-3], "C: NOOP"), "quit", "RFC5321-4.1.4-f", Verdict.FAIL),
    ],
)
def test_a_command_out_of_its_order(steps: tuple[str, ...], key: str, requirement: str, worth: Verdict) -> None:
    (remark,) = remarks("out-of-order", *steps)
    assert (remark.key, remark.requirement, verdict(remark)) == (f"out-of-order.{key}", requirement, worth)


@pytest.mark.parametrize(
    "steps",
    [
        HAPPY,
        (*ENVELOPE, *DATA, *SENT, *MAIL, *RCPT, *DATA, *SENT, *QUIT),
        (*HELLO, *MAIL, RCPT_LINE, "S: 550 No", "C: RSET", "S: 250 Ok", *MAIL),
        (*ENVELOPE, *HELLO[1:], *MAIL),  # a new hello aborts
        (*ENVELOPE, *DATA, SENT[0], "S: 554 No", *MAIL),  # RFC 5321, 4.1.1.4: the buffers are cleared
        (*HELLO, "C: NOOP", "S: 250 Ok", "C: VRFY bob", "S: 252 Perhaps", "C: RSET", "S: 250 Ok", *MAIL),
        ("S: 220 mail.test", "C: RSET", "S: 250 Ok", "C: NOOP", "S: 250 Ok", *HELLO[1:], *MAIL),
        (*HELLO, "C: AUTH PLAIN", "S: 334 ", "C: *", "S: 501 No", *MAIL),
        (*HAPPY[:-3], "early C: NOOP"),  # before the reply: another rule's
        (*ENVELOPE, "C: QUIT", "S: 500 What?", "C: RSET", "S: 250 Ok"),  # it goes on after all
    ],
)
def test_what_the_rfcs_allow(steps: tuple[str, ...]) -> None:
    assert keys("out-of-order", *steps) == []


def test_what_follows_a_refused_mail_is_another_rules() -> None:
    refused = (*HELLO, MAIL_LINE, "S: 550 No", RCPT_LINE, "S: 503 No", "C: DATA", "S: 503 No")
    assert keys("out-of-order", *refused) == []
    assert keys("out-of-order", *refused, "C: RSET", "S: 250 Ok", RCPT_LINE, "S: 503 No") == ["out-of-order.rcpt"]


def test_a_batch_is_judged_by_what_its_client_could_hope_for() -> None:
    assert keys("out-of-order", *BATCHES, MAIL_LINE, "S: 250 Ok", "early " + RCPT_LINE, "S: 250 Ok") == []
    refused = (*BATCHES, MAIL_LINE, "S: 451 No", "early " + RCPT_LINE, "S: 503 No", "early C: DATA", "S: 503 No")
    assert keys("out-of-order", *refused) == []
    next_one = (*BATCHES, *MAIL, *RCPT, *DATA, *SENT, "early " + MAIL_LINE, "S: 250 Ok")
    assert keys("out-of-order", *next_one) == []
    rset = (*BATCHES, *MAIL, "C: RSET", "S: 500 No", "early " + MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *rset) == []


def test_a_batch_that_cannot_be_right_is_wrong() -> None:
    twice = (*BATCHES, MAIL_LINE, "S: 250 Ok", "early " + MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *twice) == ["out-of-order.mail"]
    without = (*BATCHES, MAIL_LINE, "S: 250 Ok", "early C: DATA", "S: 554 No")
    assert keys("out-of-order", *without) == ["out-of-order.data"]


def test_a_very_long_batch_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "MOST_PENDING", 0)
    many = (*BATCHES, MAIL_LINE, "S: 250 Ok", "early " + MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *many) == []


def test_a_line_of_a_refused_message_is_no_command() -> None:
    refused = (*ENVELOPE, "C: DATA", "S: 250 What?", MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *refused, job=job(f"MAIL FROM:<{SENDER}>\r\n".encode())) == []
    assert keys("out-of-order", *refused, job=job(told=frozenset())) == []


def test_after_a_reply_that_was_none_nothing_is_said() -> None:
    assert keys("out-of-order", *HELLO, MAIL_LINE, "S: 25x fine", RCPT_LINE, "S: 503 No") == []
