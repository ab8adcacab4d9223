"""How commands are written."""

import pytest
from playbook import HAPPY, HELLO, RECIPIENT, job, keys, remarks, verdict

from smtpwitness.model.finding import Verdict


@pytest.mark.parametrize(
    "line", ["MAIL FROM:a@b.test", "RCPT TO:bob@b.test", "MAIL FROM:<a@b.test", "MAIL FROM:a@b SIZE=1"]
)
def test_a_path_stands_in_angle_brackets(line: str) -> None:
    (remark,) = remarks("angle-brackets", *HELLO, f"C: {line}", "S: 250 Ok")
    assert verdict(remark) is Verdict.FAIL
    assert remark.observed == line


@pytest.mark.parametrize("line", ["MAIL FROM: <a@b.test>", "MAIL FROM:<>", 'RCPT TO:<"a>b"@c.test>', "MAIL a@b.test"])
def test_brackets_are_there_or_another_fault_is(line: str) -> None:
    assert keys("angle-brackets", *HELLO, f"C: {line}", "S: 250 Ok") == []


@pytest.mark.parametrize("line", ["MAIL FROM: <a@b.test>", "MAIL FROM :<a@b.test>", "RCPT TO:\t<b@b.test>"])
def test_a_blank_beside_the_colon_is_a_warning(line: str) -> None:
    (remark,) = remarks("space-after-colon", *HELLO, f"C: {line}", "S: 250 Ok")
    assert verdict(remark) is Verdict.WARN


def test_recipients_in_one_finding() -> None:
    line = (f"C: RCPT TO: <{RECIPIENT}>", "S: 250 Ok")
    (remark,) = remarks("space-after-colon", *HELLO, *line, *line)
    assert dict(remark.facts)["count"] == "2"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("QUIT ", "trailing-blanks"),
        ("MAIL FROM:<a@b.test> ", "trailing-blanks"),
        ("NOOP\t", "trailing-blanks"),
        (" NOOP", "blank"),
        ("NOOP\tx", "blank"),
        ("EHLO  me.test", "blank"),
        ("DATA now", "argument"),
        ("RSET x", "argument"),
        ("QUIT please", "argument"),
        ("STARTTLS x", "argument"),
        ("EHLO", "hello"),
        ("EHLO one two", "hello"),
        ("LHLO", "hello"),
        ("EHLO [2001:db8::1]", "literal"),
        ("EHLO [::1]", "literal"),
        ("MAIL <a@b.test>", "address"),
        ("MAIL FROM <a@b.test>", "address"),
        ("MAIL TO:<a@b.test>", "address"),
        ("RCPT FROM:<a@b.test>", "address"),
        ("MAIL FROM:<a@b.test>SIZE=1", "parameters"),
        ("MAIL FROM:<a@b.test> SIZE=1  BODY=7BIT", "parameters"),
        ("MAIL FROM:<a@b.test> SIZE==1", "parameters"),
        ("MAIL FROM:<a@b.test> (me)", "parameters"),
    ],
)
def test_commands_are_written_as_the_grammar_says(line: str, key: str) -> None:
    found = remarks("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok")
    assert [one.key for one in found] == [f"command-syntax.{key}"]
    assert verdict(found[0]) is Verdict.FAIL


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("MAIL FROM:<@a.test,@b.test:c@d.test>", "RFC5321-3.3-b"),
        ("RCPT TO:<@a.test:c@d.test> NOTIFY=NEVER", "RFC5321-3.3-c"),
    ],
)
def test_a_source_route_is_a_warning(line: str, requirement: str) -> None:
    (remark,) = remarks("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok")
    assert (remark.key, remark.requirement) == ("command-syntax.route", requirement)
    assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize(
    "line",
    [
        *("quit", "NOOP", "NOOP x y", "HELP MAIL", "HELO me.test", "HELO", "VRFY Bob Smith", "AUTH PLAIN", "FOO  "),
        *("MAIL FROM:a@b.test SIZE=1", "MAIL FROM:<a@b.test> SMTPUTF8 BODY=8BITMIME", "RCPT TO:<a@b.test>"),
        *("EHLO [IPv6:::1]", "MAIL FROM:<a@b.test> AUTH=<>", "MAIL FROM: <a@b.test>"),
    ],
)
def test_what_is_right_or_another_rules_business(line: str) -> None:
    assert keys("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok") == []


def test_a_chunk_that_ends_in_blanks() -> None:
    assert keys("command-syntax", *HELLO, "c: BDAT 3 LAST\r\na  ", "S: 250 Ok") == []


def test_lines_of_a_message_are_no_commands() -> None:
    """After a refused DATA: that they came at all is another finding."""
    steps = ("C: MAIL FROM:<a@b.test>", "S: 250 Ok", "C: DATA", "S: 503 No", "C: DATA is what we need ", "S: 500 No")
    assert keys("command-syntax", *HELLO, *steps) == []


def test_a_sasl_response_is_no_command() -> None:
    steps = ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: YWxpY2U= ", "S: 501 No")
    assert keys("command-syntax", *HELLO, *steps) == []


@pytest.mark.parametrize("name", ["localhost", "192.0.2.1", "my_host.test", "-a.test", "[192.0.2.1", "a..test"])
def test_a_name_that_is_not_a_full_one_is_a_note(name: str) -> None:
    (remark,) = remarks("hello-name", "S: 220 mail.test", f"C: EHLO {name}", "S: 250 mail.test")
    assert verdict(remark) is Verdict.NOTE


@pytest.mark.parametrize("name", ["mail.example.test", "[192.0.2.1]", "[IPv6:::1]", "a-b.test", "7.example.test"])
def test_a_full_name(name: str) -> None:
    assert keys("hello-name", "S: 220 mail.test", f"C: HELO {name}", "S: 250 mail.test") == []


def test_a_name_that_the_job_gives_is_not_the_clients() -> None:
    steps = ("S: 220 mail.test", "C: EHLO SHORT", "S: 250 mail.test")
    assert keys("hello-name", *steps, job=job(helo="short")) == []


def test_a_hello_without_a_name_is_another_fault() -> None:
    assert keys("hello-name", "S: 220 mail.test", "C: EHLO", "S: 501 No") == []


def test_a_good_session() -> None:
    for rule in ("angle-brackets", "space-after-colon", "command-syntax", "hello-name"):
        assert keys(rule, *HAPPY) == []
