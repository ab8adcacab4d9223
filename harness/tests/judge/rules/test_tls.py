"""What STARTTLS and the hello ask of a client."""

import pytest
from playbook import HAPPY, HELLO, MAIL, SENDER, keys, remarks, verdict

from smtpwitness.model.finding import Verdict

TLS = (*HELLO, "C: STARTTLS", "S: 220 Go", "TLS")
MAIL_LINE = f"C: MAIL FROM:<{SENDER}>"


@pytest.mark.parametrize("line", ["MAIL FROM:<a@b.test>", "AUTH PLAIN", "HELO me.test", "NOOP"])
def test_the_first_command_inside_tls_is_ehlo(line: str) -> None:
    (remark,) = remarks("no-ehlo-after-starttls", *TLS, f"C: {line}", "S: 503 No", "C: NOOP", "S: 250 Ok")
    assert (remark.expected, remark.observed) == ("EHLO", line)
    assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize("line", ["EHLO me.test", "ehlo me.test", "LHLO me.test", "QUIT"])
def test_a_new_session_or_none(line: str) -> None:
    assert keys("no-ehlo-after-starttls", *TLS, f"C: {line}", "S: 250 Ok", *MAIL) == []


def test_starttls_refused_is_no_tls() -> None:
    assert keys("no-ehlo-after-starttls", *HELLO, "C: STARTTLS", "S: 454 No", *MAIL) == []


def test_implicit_tls_has_no_starttls() -> None:
    assert keys("no-ehlo-after-starttls", "TLS", *HELLO, *MAIL) == []


STARTTLS = ("C: STARTTLS", "S: 220 Go")
OFFERS = ("S: 220 mail.test", "C: EHLO me.test", "S: 250-mail.test\r\n250-PIPELINING\r\n250 STARTTLS")


@pytest.mark.parametrize("end", ["TLS", "TLS FAILED WRONG_VERSION_NUMBER"])
def test_clear_text_after_the_220_fails(end: str) -> None:
    (remark,) = remarks("clear-text-before-tls", *HELLO, *STARTTLS, f"{end} << NOOP\r\nEHLO me.test\r\n")
    assert (remark.key, remark.requirement, remark.observed) == ("clear-text-before-tls", "RFC3207-4-b", "NOOP")
    assert remark.expected == "the TLS handshake"
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize(("hello", "requirement"), [(OFFERS, "RFC3207-4-d"), (HELLO, "RFC5321-4.3.1-a")])
def test_clear_text_before_the_220_fails_too(hello: tuple[str, ...], requirement: str) -> None:
    (remark,) = remarks("clear-text-before-tls", *hello, *STARTTLS, "early TLS << EHLO me.test\r\n")
    assert (remark.key, remark.requirement) == ("clear-text-before-tls.batch", requirement)
    assert verdict(remark) is Verdict.FAIL


def test_an_empty_line_is_clear_text_and_told_once() -> None:
    again = ("OPEN", *HELLO, *STARTTLS, "TLS FAILED x << \r\n")
    (remark,) = remarks("clear-text-before-tls", *HELLO, *STARTTLS, "TLS FAILED x << \r\n", *again)
    assert remark.observed == "(empty line)"


def test_no_clear_text_where_the_handshake_comes_or_where_no_starttls_was() -> None:
    for steps in ((*HELLO, *STARTTLS, "TLS"), (*HELLO, *STARTTLS, "TLS FAILED eof"), ("TLS << EHLO me.test\r\n",)):
        assert keys("clear-text-before-tls", *steps) == []
    assert keys("clear-text-before-tls", *HELLO, "C: STARTTLS", "TLS << x\r\n") == []


def test_a_handshake_that_no_220_asked_for_hides_no_later_one() -> None:
    never = (*HELLO, "C: STARTTLS", "TLS << x\r\n")
    again = ("OPEN", *HELLO, *STARTTLS, "TLS << NOOP\r\n")
    assert keys("clear-text-before-tls", *never, *again) == ["clear-text-before-tls"]


def test_mail_before_any_hello_fails() -> None:
    (remark,) = remarks("hello-first", "S: 220 mail.test", MAIL_LINE, "S: 503 No")
    assert remark.expected == "EHLO or HELO"
    assert verdict(remark) is Verdict.FAIL


def test_the_hello_before_tls_does_not_count_inside() -> None:
    assert keys("hello-first", *TLS, MAIL_LINE, "S: 503 No") == ["hello-first"]


def test_a_refused_hello_is_another_finding() -> None:
    assert keys("hello-first", "S: 220 mail.test", "C: EHLO me", "S: 550 No", MAIL_LINE, "S: 503 No") == []


def test_a_hello_in_time() -> None:
    assert keys("hello-first", *TLS, *HELLO[1:], *MAIL) == []
    assert keys("hello-first", "S: 220 mail.test", "C: HELO me.test", "S: 250 Ok", *MAIL) == []


def test_a_handshake_that_nobody_asked_for_is_a_note() -> None:
    (remark,) = remarks("tls-unasked", "S: 220 mail.test", "c: \x16\x03\x01\x00\n", "S: 500 What?", "c: \x16\x03\x01")
    assert verdict(remark) is Verdict.NOTE
    assert (remark.expected, remark.observed) == ("a command", "a TLS handshake")
    assert len(remark.events) == 1


def test_a_good_session() -> None:
    for rule in ("hello-first", "no-ehlo-after-starttls", "tls-unasked"):
        assert keys(rule, *HAPPY) == []


def test_a_starttls_that_was_refused_inside_tls_begins_no_new_session() -> None:
    """To ask again is another fault; EHLO was said when it was due."""
    again = ("C: EHLO me.test", "S: 250 mail.test", "C: STARTTLS", "S: 503 Once", *MAIL)
    assert keys("no-ehlo-after-starttls", *TLS, *again) == []
