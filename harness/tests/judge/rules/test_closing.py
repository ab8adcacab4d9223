"""How a client ends its connection."""

import pytest
from playbook import CONTENT, DATA, ENVELOPE, HAPPY, HELLO, MAIL, QUIT, RECIPIENT, SENDER, SENT, keys, remarks, verdict

from smtpwitness.model.finding import Axis, Verdict

GONE = ("CLOSE client", "EXIT 1")
MAIL_LINE = f"C: MAIL FROM:<{SENDER}>"
RCPT_LINE = f"C: RCPT TO:<{RECIPIENT}>"


def test_leaving_without_quit_fails_on_the_closing_axis() -> None:
    (remark,) = remarks("no-quit", *ENVELOPE, *DATA, *SENT, *GONE)
    assert verdict(remark) is Verdict.FAIL
    assert remark.axis is Axis.CLOSING
    assert dict(remark.facts) == {"last": "the message", "reply": "250"}


def test_leaving_after_a_refusal_is_leaving_too() -> None:
    assert keys("no-quit", *HELLO, MAIL_LINE, "S: 550 No", *GONE) == ["no-quit"]
    assert keys("no-quit", *HELLO, MAIL_LINE, "s: 550-no\r\n550 " + 506 * "x" + "\r\n", *GONE) == ["no-quit"]


def test_leaving_in_haste_before_the_reply() -> None:
    (remark,) = remarks("no-quit", *HELLO, "WAIT 2", MAIL_LINE, *GONE)
    assert dict(remark.facts) == {"last": f"MAIL FROM:<{SENDER}>", "reply": "none"}
    assert keys("no-quit", *HELLO, MAIL_LINE, "WAIT 2", *GONE) == [], "it has waited in vain"


@pytest.mark.parametrize(
    "steps",
    [
        (MAIL_LINE, "S: 421 Bye", *GONE),
        (MAIL_LINE, "close server", *GONE),
        (MAIL_LINE, "reset server", *GONE),
        (MAIL_LINE, "stall server", "WAIT 10", *GONE),
        (MAIL_LINE, "s: what\r\n", *GONE),
        (MAIL_LINE, "s: 250-yes\r\n550 no\r\n", *GONE),
        (MAIL_LINE, "s: 250 " + 507 * "x" + "\r\n", *GONE),
        ("C: STARTTLS", "S: 220 Go", *GONE),
        ("C: STARTTLS", "S: 220 Go", "TLS", *GONE),
        ("C: STARTTLS", "S: 220 Go", "TLS FAILED bad certificate", *GONE),
        (*MAIL, *DATA, "cut M: text", *GONE),
        (*MAIL, "LIMIT", "CLOSE client", "EXIT SIGKILL"),
        (*MAIL, "CLOSE client", "EXIT SIGSEGV"),
        (*MAIL, "C: QUIT", "S: 221 Bye", *GONE),
        (*MAIL, "C: QUIT", *GONE),
        (*MAIL, "EXIT 0"),
        ("c: \x16\x03\x01\r\n", "S: 500 What?", *GONE),
        ("C: AUTH LOGIN", "S: 334 x x", "C: quit", "S: 221 Bye", *GONE),  # which Postfix says in place of a `*`
    ],
)
def test_leaving_that_is_no_fault_of_this_kind(steps: tuple[str, ...]) -> None:
    assert keys("no-quit", *HELLO, *steps) == []


def test_a_connection_ends_but_once() -> None:
    assert keys("no-quit", *HELLO, *MAIL, "CLOSE client", "reset client", "EXIT 1") == ["no-quit"]


def test_a_failed_handshake_excuses_its_own_connection_alone() -> None:
    assert keys("no-quit", "TLS FAILED bad certificate", *GONE) == []
    assert keys("no-quit", "TLS FAILED bad certificate", "CLOSE client", "OPEN", *HELLO, *GONE) == ["no-quit"]


def test_one_good_end_is_none_for_the_next_connection() -> None:
    assert keys("no-quit", *HAPPY[:-3], "CLOSE client", "OPEN", *HELLO, *GONE) == ["no-quit"]


def test_a_client_that_was_ended_from_outside() -> None:
    assert keys("no-quit", *HELLO, *MAIL, "CLOSE client", timed_out=True) == []


def test_a_refused_greeting_is_left_with_a_warning() -> None:
    (remark,) = remarks("no-quit", "S: 554 No", *GONE)
    assert remark.key == "no-quit.greeting"
    assert verdict(remark) is Verdict.WARN


def test_a_good_greeting_and_not_a_word() -> None:
    assert keys("no-quit", "S: 220 mail.test", *GONE) == ["no-quit.greeting"]
    assert keys("no-quit", "S: 220 mail.test", "CLOSE client", "OPEN", *HAPPY) == [], "it tried two addresses"
    assert keys("no-quit", "S: 220 mail.test", "CLOSE client", "OPEN", "S: 220 mail.test", *QUIT) == []


def test_a_long_challenge_is_no_reason_to_leave() -> None:
    assert keys("no-quit", *HELLO, "C: AUTH CRAM-MD5", "s: 334 " + 800 * "A" + "\r\n", *GONE) == ["no-quit"]


def test_a_sasl_exchange_that_is_left_open_is_a_warning() -> None:
    (remark,) = remarks("no-quit", *HELLO, "C: AUTH CRAM-MD5", "S: 334 =AAA!!", *GONE)
    assert verdict(remark) is Verdict.WARN
    steps = ("C: AUTH PLAIN", "S: 334 ", "C: AGEAYg==", "S: 535 No")
    (remark,) = remarks("no-quit", *HELLO, *steps, *GONE)
    assert verdict(remark) is Verdict.FAIL, "that exchange was over"


def test_quit_is_waited_for() -> None:
    (remark,) = remarks("quit-unanswered", *HELLO, "C: QUIT", *GONE)
    assert verdict(remark) is Verdict.WARN
    assert remark.axis is Axis.CLOSING


@pytest.mark.parametrize(
    "steps",
    [
        ("C: QUIT", "S: 221 Bye", *GONE),
        ("C: QUIT", "close server", *GONE),
        ("C: QUIT", "WAIT 5", *GONE),
        ("C: QUIT", "EXIT 0"),
        ("C: NOOP", *GONE),
    ],
)
def test_quit_was_answered_or_waited_for(steps: tuple[str, ...]) -> None:
    assert keys("quit-unanswered", *HELLO, *steps) == []


def test_who_gave_up_before_quit_need_not_wait_again() -> None:
    assert keys("quit-unanswered", *HELLO, MAIL_LINE, "WAIT 5", "C: QUIT", *GONE) == []


def test_who_took_its_time_before_quit_has_not_given_up() -> None:
    assert keys("quit-unanswered", *HELLO, *MAIL, "WAIT 5", "C: QUIT", *GONE) == ["quit-unanswered"]


def test_what_came_after_the_end_was_not_taken_for_an_answer() -> None:
    late = ("C: QUIT", "CLOSE client", "S: 221 Bye", "S: 421 Tired", "EXIT 1")
    assert keys("quit-unanswered", *HELLO, *late) == ["quit-unanswered"]


def test_a_reset_is_a_note() -> None:
    steps = (*ENVELOPE, *DATA, f"M: {CONTENT}", "reset client")
    (remark,) = remarks("reset-by-client", *steps)
    assert verdict(remark) is remark.at_most is Verdict.NOTE
    assert remark.axis is Axis.CLOSING
    assert remark.events == (len(steps), len(steps) - 1), "the reset, and the message before it"
    assert dict(remark.facts)["last"] == "the message"
    assert keys("reset-by-client", *HAPPY) == []


@pytest.mark.parametrize("before", [(), (*HELLO, "C: STARTTLS", "S: 220 Go")])
def test_a_reset_right_after_a_handshake_is_no_news(before: tuple[str, ...]) -> None:
    """TLS 1.3 sends tickets after it, which a client that does not trust the certificate leaves unread."""
    assert keys("reset-by-client", *before, "TLS", "reset client") == []
    assert keys("reset-by-client", *before, "TLS", "C: QUIT", "reset client") == ["reset-by-client"]


def test_an_unprompted_reply_may_be_taken_for_the_answer_to_quit() -> None:
    sent = (*ENVELOPE, *DATA, f"M: {CONTENT}", "S: 250 Ok")
    assert keys("quit-unanswered", *sent, "S: 421 Tired", "C: QUIT", *GONE) == []
    assert keys("quit-unanswered", *sent, "C: QUIT", *GONE) == ["quit-unanswered"]


@pytest.mark.parametrize("end", [("S: 250 Ok", *GONE), ("early C: QUIT", *GONE), ("early C: QUIT", "S: 250 Ok", *GONE)])
def test_how_a_client_ends_that_is_out_of_step_is_no_second_fault(end: tuple[str, ...]) -> None:
    astray = (*HELLO, *MAIL, f"early {RCPT_LINE}", "S: 250 Ok", RCPT_LINE, *end)
    assert keys("sent-before-reply", *astray) == ["sent-before-reply"]
    assert keys("no-quit", *astray) == keys("quit-unanswered", *astray) == []


def test_a_bad_certificate_may_be_left_without_a_word() -> None:
    implicit = ("TLS", "S: 220 mail.test ESMTP")
    assert keys("no-quit", *implicit, *GONE, distrusted=True) == []
    assert keys("no-quit", *implicit, *GONE) == ["no-quit.greeting"]
    assert keys("no-quit", *implicit, "C: EHLO x.test", "S: 250 Ok", *GONE, distrusted=True) == ["no-quit"]


def test_a_hello_that_was_refused_is_left_with_a_warning() -> None:
    refused = ("S: 220 mail.test", "C: EHLO x.test", "S: 550 No", "C: HELO x.test", "S: 550 No")
    (remark,) = remarks("no-quit", *refused, *GONE)
    assert (remark.key, verdict(remark)) == ("no-quit.unopened", Verdict.WARN)


def test_an_unprompted_421_ends_the_session() -> None:
    assert keys("no-quit", *HELLO, "S: 421 Tired", *GONE) == []
