"""Commands that come out of their order, and requests that come again."""

from dataclasses import replace

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
from smtpwitness.model.run import Job, JobMessage

MAIL_LINE, RCPT_LINE = f"C: MAIL FROM:<{SENDER}>", f"C: RCPT TO:<{RECIPIENT}>"
BATCHES = ("S: 220 mail.test", "C: EHLO me.test", "S: 250-mail.test\r\n250 PIPELINING")
CHUNKING = ("S: 220 mail.test", "C: EHLO me.test", "S: 250-mail.test\r\n250 CHUNKING", *MAIL, *RCPT)


# --- out-of-order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "key", "requirement", "worth"),
    [
        ((*ENVELOPE, MAIL_LINE, "S: 503 No"), "mail", "RFC5321-4.1.4-e", Verdict.FAIL),
        ((*HELLO, *MAIL, RCPT_LINE, "S: 550 No", MAIL_LINE, "S: 503 No"), "mail", "RFC5321-4.1.4-e", Verdict.FAIL),
        ((*ENVELOPE, "C: DATA", "S: 451 No", MAIL_LINE, "S: 503 No"), "mail", "RFC5321-4.1.4-e", Verdict.FAIL),
        ((*HELLO, RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
        (("S: 220 mail.test", RCPT_LINE, "S: 503 No"), "rcpt", "RFC5321-3.3-a", Verdict.FAIL),
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
        (*HAPPY[:-3], "C: QUIT"),
        (*HAPPY[:-3], "early C: NOOP"),  # before the reply: another rule's
        (*ENVELOPE, "C: QUIT", "S: 500 What?", "C: RSET", "S: 250 Ok"),  # it goes on after all
        (*CHUNKING, "c: BDAT 5 LAST\r\nHello", "S: 554 No", MAIL_LINE, "S: 503 No"),  # RSET is what is missing
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


def test_what_was_refused_before_a_batch_is_known() -> None:
    known = (*BATCHES, *MAIL, "C: RSET", "S: 500 No", "C: NOOP", "S: 250 Ok", "early " + MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *known) == ["out-of-order.mail"]
    unknown = (*BATCHES, *MAIL, "C: RSET", "S: 500 No", "early C: NOOP", "S: 250 Ok", "with " + MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *unknown) == []


@pytest.mark.parametrize(("more", "found"), [(-1, ["out-of-order.mail"]), (0, [])])
def test_a_very_long_batch_is_left_alone(more: int, found: list[str]) -> None:
    batch = ("early " + RCPT_LINE, "S: 250 Ok", *("with " + RCPT_LINE, "S: 250 Ok") * (order.MOST_PENDING + more - 1))
    many = (*BATCHES, MAIL_LINE, "S: 250 Ok", *batch, "with " + MAIL_LINE, "S: 503 No")
    assert keys("out-of-order", *many) == found


@pytest.mark.parametrize("end", ["", " ", " BODY=X"])
def test_a_line_of_a_refused_message_is_no_command(end: str) -> None:
    refused = (*ENVELOPE, "C: DATA", "S: 250 What?", MAIL_LINE + end, "S: 503 No")
    assert keys("out-of-order", *refused, job=job(f"MAIL FROM:<{SENDER}>{end}\r\n".encode())) == []
    assert keys("out-of-order", *refused, job=job(told=frozenset())) == []


def test_after_a_reply_that_was_none_nothing_is_said() -> None:
    assert keys("out-of-order", *HELLO, MAIL_LINE, "S: 25x fine", RCPT_LINE, "S: 503 No") == []
    assert keys("out-of-order", *HELLO, "C: NOOP", "S: 25x fine", RCPT_LINE, "S: 503 No") == []


# --- repeated ---------------------------------------------------------------------------------------------------------

NO_MAIL = (*HELLO, MAIL_LINE, "S: 550 No")
NO_RCPT = (*HELLO, *MAIL, RCPT_LINE, "S: 550 No")
LATER = (*HELLO, *MAIL, RCPT_LINE, "S: 450 Later")
RSET = ("C: RSET", "S: 250 Ok")
CAROL = ("C: RCPT TO:<carol@example.test>", "S: 250 Ok")
TWO = JobMessage(SENDER, (RECIPIENT,), b"Subject: two\r\n\r\nTwo\r\n")
TWICE = job(recipients=(RECIPIENT, RECIPIENT))


def with_another(message: JobMessage = TWO) -> Job:
    return replace(job(), messages=(*job().messages, message))


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ((*NO_MAIL, MAIL_LINE, "S: 550 No"), f"MAIL FROM:<{SENDER}>"),
        ((*NO_MAIL, *RSET, MAIL_LINE, "S: 250 Ok"), f"MAIL FROM:<{SENDER}>"),
        ((*NO_RCPT, RCPT_LINE, "S: 550 No"), f"RCPT TO:<{RECIPIENT}>"),
        ((*NO_RCPT, *CAROL, RCPT_LINE, "S: 550 No"), f"RCPT TO:<{RECIPIENT}>"),
        ((*NO_RCPT, *RSET, *MAIL, RCPT_LINE, "S: 550 No"), f"RCPT TO:<{RECIPIENT}>"),
        ((*ENVELOPE, "C: DATA", "S: 554 No", "C: DATA", "S: 554 No"), "DATA"),
        (("S: 220 mail.test", "C: EHLO me.test", "S: 550 No", "C: EHLO me.test", "S: 550 No"), "EHLO me.test"),
    ],
)
def test_the_same_request_after_5yz_is_a_warning(steps: tuple[str, ...], line: str) -> None:
    (remark,) = remarks("repeated", *steps)
    assert (remark.key, remark.observed, remark.requirement) == ("repeated", line, "RFC5321-4.2.1-b")
    assert verdict(remark) is Verdict.WARN
    assert dict(remark.facts)["count"] == "1"
    assert dict(remark.facts)["reply"] in ("550", "554")


@pytest.mark.parametrize(
    "steps",
    [
        HAPPY,
        (*NO_MAIL, "C: MAIL FROM:<other@example.test>", "S: 250 Ok"),
        (*NO_RCPT, "C: RCPT TO:<carol@example.test>", "S: 250 Ok", *DATA, *SENT),
        ("S: 220 mail.test", MAIL_LINE, "S: 503 No", *HELLO[1:], *MAIL),  # it says hello first
        (*NO_MAIL, "C: STARTTLS", "S: 220 Go", "TLS", *HELLO[1:], *MAIL),
        (*NO_MAIL, "C: AUTH PLAIN AGFsaWNlAHg=", "S: 235 Ok", *MAIL),
        (*HELLO, RCPT_LINE, "S: 503 No", *MAIL, *RCPT),
        (*HELLO, *MAIL, "C: DATA", "S: 554 No", *RCPT, *DATA, *SENT),
        (*LATER, *RSET, *MAIL, RCPT_LINE, "S: 450 Later"),  # from the beginning
        (*HELLO, MAIL_LINE, "S: 450 Later", *MAIL),  # which MAIL is
        (*LATER, "WAIT 9.999", *RCPT),
        (*NO_MAIL, "OPEN", *NO_MAIL),
        (*HELLO, "C: NOOP", "S: 500 No", "C: NOOP", "S: 500 No"),
        (*HELLO, MAIL_LINE, "S: 25x No", MAIL_LINE, "S: 550 No", MAIL_LINE, "S: 550 No"),
        (*HELLO, MAIL_LINE, "s: 250-Perhaps\r\n550 not\r\n", *MAIL),
    ],
)
def test_what_is_no_repetition(steps: tuple[str, ...]) -> None:
    assert keys("repeated", *steps) == []


def test_a_batch_that_had_not_heard_of_the_refusal_repeats_nothing() -> None:
    assert keys("repeated", *NO_RCPT, "early " + RCPT_LINE, "S: 550 No") == []


def test_what_the_job_asks_for_more_than_once_may_come_as_often() -> None:
    assert keys("repeated", *NO_MAIL, MAIL_LINE, "S: 550 No", job=with_another()) == []
    assert keys("repeated", *NO_MAIL, MAIL_LINE, "S: 550 No", *RSET, *MAIL, job=with_another()) == ["repeated"]
    assert keys("repeated", *NO_RCPT, RCPT_LINE, "S: 550 No", job=TWICE) == []
    assert keys("repeated", *NO_RCPT, *RSET, *MAIL, *RCPT, job=with_another()) == []
    no_data = (*MAIL, *RCPT, "C: DATA", "S: 554 No")
    assert keys("repeated", *HELLO, *no_data, *RSET, *no_data, job=with_another()) == []
    assert keys("repeated", *NO_RCPT, RCPT_LINE, "S: 550 No", job=with_another()) == ["repeated"]


@pytest.mark.parametrize(
    "steps",
    [(*LATER, *RCPT), ("WAIT 11", *LATER, *RCPT), (*ENVELOPE, "C: DATA", "S: 451 Later", *DATA)],
)
def test_the_same_request_at_once_after_4yz_is_a_warning(steps: tuple[str, ...]) -> None:
    (remark,) = remarks("repeated", *steps)
    assert (remark.key, remark.requirement, verdict(remark)) == ("repeated.at-once", "RFC5321-4.2.1-a", Verdict.WARN)


REFUSED = (*ENVELOPE, *DATA, SENT[0], "S: 554 No")
ANEW = (*MAIL, *RCPT, *DATA)


@pytest.mark.parametrize("between", [(), RSET, ("OPEN", *HELLO)])
def test_a_message_that_was_refused_for_good_is_not_sent_again(between: tuple[str, ...]) -> None:
    (remark,) = remarks("repeated", *REFUSED, *between, *ANEW, *SENT)
    assert (remark.key, remark.requirement) == ("repeated.message", "RFC5321-4.2.5-b")
    assert verdict(remark) is Verdict.WARN


def test_where_there_is_one_message_it_is_the_same_with_another_date() -> None:
    later = (SENT[0].replace("Mon, 23 Nov", "Tue, 24 Nov"), SENT[1])
    assert keys("repeated", *REFUSED, *ANEW, *later) == ["repeated.message"]
    assert keys("repeated", *REFUSED, *ANEW, *later, job=with_another()) == []


def test_another_message_or_other_recipients_or_a_later_attempt_are_fine() -> None:
    other = "M: Subject: two\r\n\r\nTwo\r\n.\r\n"
    assert keys("repeated", *REFUSED, *ANEW, other, "S: 250 Ok", job=with_another()) == []
    assert keys("repeated", *REFUSED, *ANEW, *SENT, job=with_another()) == ["repeated.message"]
    assert keys("repeated", *REFUSED, *ANEW, *SENT, job=with_another(job().messages[0])) == []
    assert keys("repeated", *REFUSED, *MAIL, *CAROL, *DATA, *SENT) == []
    assert keys("repeated", *ENVELOPE, *DATA, SENT[0], "S: 451 Later", *ANEW, *SENT) == []
    unasked = (*ENVELOPE, "C: DATA", "S: 550 No", SENT[0], "S: 503 No", *RSET)
    assert keys("repeated", *unasked, *ANEW, *SENT) == ["repeated"]
    assert keys("repeated", *unasked, *REFUSED[3:], *ANEW, *SENT) == ["repeated", "repeated.message"]
