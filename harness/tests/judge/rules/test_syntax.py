"""How commands are written."""

import pytest
from playbook import HAPPY, HELLO, RECIPIENT, job, keys, observe, remarks, verdict

from smtpwitness.judge.rules.syntax import parameters_of
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


@pytest.mark.parametrize(("address", "better"), [('"a"@b.test', "<a@b.test>"), (r'"a\b c"@b.test', '<"ab c"@b.test>')])
def test_needless_quotes_are_a_warning(address: str, better: str) -> None:
    (found,) = remarks("command-syntax", *HELLO, f"C: MAIL FROM:<{address}>", "S: 250 Ok")
    assert (found.key, found.expected, verdict(found)) == ("command-syntax.quoted", better, Verdict.WARN)


def test_quotes_that_are_needed_are_none_of_ours() -> None:
    assert keys("command-syntax", *HELLO, r'C: RCPT TO:<"a\"b c"@b.test>', "S: 250 Ok") == []


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("QUIT ", "trailing-blanks"),
        ("MAIL FROM:<a@b.test> ", "trailing-blanks"),
        ("NOOP\t", "trailing-blanks"),
        (" NOOP", "blank"),
        ("\tNOOP", "blank"),
        ("NOOP\tx", "blank"),
        ("EHLO  me.test", "blank"),
        ("DATA now", "argument"),
        ("RSET x", "argument"),
        ("QUIT please", "argument"),
        ("STARTTLS x", "argument"),
        ("EHLO", "hello"),
        ("EHLO one two", "hello"),
        ("LHLO", "hello"),
        ("HELO", "hello"),
        ("HELO my machine", "hello"),
        ("RCPT TO:<a@b.test,c@b.test>", "mailbox"),
        ('RCPT TO:<"a"@b.test;"@"@b.test>', "mailbox"),
        ("RCPT TO:<a@b@laptop>", "mailbox"),
        ("MAIL <a@b.test>", "address"),
        ("MAIL FROM <a@b.test>", "address"),
        ("MAIL TO:<a@b.test>", "address"),
        ("RCPT FROM:<a@b.test>", "address"),
        ("RCPT TO:< a@b.test>", "path"),
        ("MAIL FROM:<a@b.test\t>", "path"),
        ("MAIL FROM:<a@b.test>SIZE=1", "parameters"),
        ("MAIL FROM:<a@b.test> SIZE=1  BODY=7BIT", "parameters"),
        ("MAIL FROM:<a@b.test>  SIZE=1", "parameters"),
        ("MAIL FROM:<a@b.test> SIZE==1", "parameters"),
        ("MAIL FROM:<a@b.test> (me)", "parameters"),
        ("MAIL FROM:<a@b.test> SIZE=1\x0c", "parameters"),
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
        ("RCPT TO:<@a.test:c@d.test", "RFC5321-3.3-c"),
    ],
)
def test_a_source_route_is_a_warning(line: str, requirement: str) -> None:
    (remark,) = remarks("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok")
    assert (remark.key, remark.requirement) == ("command-syntax.route", requirement)
    assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize("path", ["@a.test,c@d.test", "@:c@d.test", "@a.test c@d.test", "@a.test:b.test:c@d.test"])
def test_a_source_route_that_is_none_fails(path: str) -> None:
    found = remarks("command-syntax", *HELLO, f"C: RCPT TO:<{path}>", "S: 250 Ok")
    (remark,) = [one for one in found if one.key == "command-syntax.route"]
    assert remark.requirement == "RFC5321-3.6.1-b"
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("MAIL FROM:<alice>", "RFC5321-2.3.5-a"),
        ("MAIL FROM:<postmaster@laptop>", "RFC5321-2.3.5-a"),
        ("RCPT TO:<bob@laptop.>", "RFC5321-2.3.5-a"),
        ('RCPT TO:<"b@b.test">', "RFC5321-2.3.5-a"),
        ("RCPT TO:<bob@my_laptop.example.test>", "RFC5321-4.1.2-e"),
        ("RCPT TO:<bob@[192.0.2.1>", None),
        ("RCPT TO:<bob@#3221225985>", "RFC5321-F.4-a"),
    ],
)
def test_a_domain_that_is_none(line: str, requirement: str | None) -> None:
    found = remarks("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok")
    assert [one.requirement for one in found] == ([requirement] if requirement else [])
    assert all((one.key, verdict(one)) == ("command-syntax.domain", Verdict.FAIL) for one in found)


@pytest.mark.parametrize(
    "line",
    [
        *("MAIL FROM:<>", "RCPT TO:<postmaster>", "RCPT TO:<Postmaster>", "RCPT TO:<bob@[192.0.2.1]>"),
        *("RCPT TO:<bob@Other.TEST>", "RCPT TO:<bob@laptop.X>", 'RCPT TO:<"a@b"@there>'),
        *("RCPT TO:<carol@HERE>", "RCPT TO:<bob@192.0.2.1>", "RCPT TO:<bob@b\xc3\xbccher.test>"),
        *('RCPT TO:<"a_@#b"@c.test>', "RCPT TO:<bob_#1@other.test>", "RCPT bob", "RCPT TO:bob"),
    ],
)
def test_a_domain_that_is_one_or_another_rules_business(line: str) -> None:
    named = job(recipients=("bob@example.test", "dan@here", '"a@b"@there'))
    assert keys("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok", job=named) == (
        ["command-syntax.address"] if line == "RCPT bob" else []
    )


def test_a_domain_that_cannot_be_written_in_ascii() -> None:
    given = job(recipients=("bob@b\u00fccher.test",))
    assert keys("command-syntax", *HELLO, "C: RCPT TO:<bob@b?cher.test>", "S: 250 Ok", job=given) == []


def test_a_domain_is_held_against_who_is_told_sender_and_recipients_alone() -> None:
    told = job(told=frozenset({"sender", "recipients"}))
    assert keys("command-syntax", *HELLO, "C: RCPT TO:<bob@laptop>", "S: 250 Ok", job=told) == ["command-syntax.domain"]


def test_half_a_route_has_no_domain_to_judge() -> None:
    assert keys("command-syntax", *HELLO, "C: RCPT TO:<@laptop>", "S: 250 Ok") == ["command-syntax.route"]


@pytest.mark.parametrize(
    ("line", "expected"), [("MAIL <a@b.test>", "MAIL FROM:<...>"), ("RCPT FROM:<a@b.test>", "RCPT TO:<...>")]
)
def test_the_words_that_were_to_come_before_the_path(line: str, expected: str) -> None:
    (remark,) = remarks("command-syntax", *HELLO, f"C: {line}", "S: 501 No")
    assert remark.expected == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("MAIL FROM:<a@b.test> SIZE=1 BODY=7BIT", ["SIZE=1", "BODY=7BIT"]),
        ("rcpt to: <a@b.test> x", ["x"]),
        ("MAIL FROM:a@b.test SIZE=1", []),
        ("MAIL <a@b.test> SIZE=1", []),
        ("NOOP", []),
    ],
)
def test_the_words_behind_a_path(line: str, words: list[str]) -> None:
    assert parameters_of(observe(*HELLO, f"C: {line}").commands[-1]) == words


@pytest.mark.parametrize("untold", ["sender", "recipients"])
def test_a_domain_of_the_clients_own(untold: str) -> None:
    """Who is not told whom to name takes the host's own name, or a user's."""
    own = job(told=job().told - {untold})
    assert keys("command-syntax", *HELLO, "C: MAIL FROM:<alice@laptop>", "S: 250 Ok", job=own) == []


@pytest.mark.parametrize(
    "line",
    [
        *("quit", "NOOP", "NOOP x y", "HELP MAIL", "HELO me.test", "VRFY Bob Smith", "AUTH PLAIN", "FOO  "),
        *("MAIL FROM:a@b.test SIZE=1", "MAIL FROM:<a@b.test> SMTPUTF8 BODY=8BITMIME", "RCPT TO:<a@b.test>"),
        *("EHLO [IPv6:::1]", "MAIL FROM:<a@b.test> AUTH=<>", "MAIL FROM: <a@b.test>", 'RCPT TO:<"a b"@c.test>'),
        *("EHLO voil\xc3\xa0.test", "RCPT TO:<bob@b.test> ORCPT=utf-8;\xc3\xa0@b.test"),
    ],
)
def test_what_is_right_or_another_rules_business(line: str) -> None:
    assert keys("command-syntax", *HELLO, f"C: {line}", "S: 250 Ok") == []


def test_a_chunk_that_ends_in_blanks() -> None:
    assert keys("command-syntax", *HELLO, "c: BDAT 3 LAST\r\na  ", "S: 250 Ok") == []
    assert keys("command-syntax", *HELLO, "c: BDAT 3 LAST \r\nabc", "S: 250 Ok") == [], "the business of chunk-syntax"


def test_lines_of_a_message_are_no_commands() -> None:
    """After a refused DATA: that they came at all is another finding."""
    steps = ("C: MAIL FROM:<a@b.test>", "S: 250 Ok", "C: DATA", "S: 503 No", "C: DATA is what we need ", "S: 500 No")
    assert keys("command-syntax", *HELLO, *steps) == []


def test_a_sasl_response_is_no_command() -> None:
    steps = ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: YWxpY2U= ", "S: 501 No")
    assert keys("command-syntax", *HELLO, *steps) == []


@pytest.mark.parametrize("name", ["localhost", "my_host.test", "_a.test", "-a.test", "a..test", "999.0.2.1"])
def test_a_name_that_is_not_a_full_one_is_a_note(name: str) -> None:
    (remark,) = remarks("hello-name", "S: 220 mail.test", f"C: EHLO {name}", "S: 250 mail.test")
    assert verdict(remark) is Verdict.NOTE


@pytest.mark.parametrize(
    "name",
    [
        *("[192.0.2.1", "192.0.2.1]", "[::1]", "[fe80::1]", "::1"),
        *("[1:2:3:4:5:6:7:8]", "[IPv6:fe80::1%eth0]", "[IPv6:me]", "[me.test]", "[1.2.3]"),
    ],
)
def test_an_address_that_is_written_wrongly_fails(name: str) -> None:
    (remark,) = remarks("hello-name", "S: 220 mail.test", f"C: EHLO {name}", "S: 250 mail.test")
    assert (remark.key, remark.requirement) == ("hello-name.literal", "RFC5321-4.1.3-a")
    assert verdict(remark) is Verdict.FAIL


def test_what_follows_an_address_in_brackets_is_a_warning() -> None:
    (remark,) = remarks("command-syntax", "S: 220 a", "C: EHLO [192.0.2.1] my laptop", "S: 250 a")
    assert (remark.key, remark.requirement) == ("command-syntax.hello", "RFC5321-4.1.1.1-b")
    assert verdict(remark) is Verdict.WARN


def test_an_address_without_brackets_is_a_warning() -> None:
    (remark,) = remarks("hello-name", "S: 220 mail.test", "C: HELO 192.0.2.1", "S: 250 mail.test")
    assert (remark.key, remark.requirement) == ("hello-name.address", "RFC5321-4.1.1.1-a")
    assert verdict(remark) is Verdict.WARN
    assert keys("hello-name", "S: 220 a", "C: EHLO 192.0.2.1", "S: 250 a", job=job(helo="192.0.2.1")) == []


@pytest.mark.parametrize(
    "name",
    [
        "mail.example.test",
        "MAIL.Example.TEST",
        "[192.0.2.1]",
        "[IPv6:::1]",
        "[ipv6:2001:DB8::1]",
        "[x-net:4711]",
        "a-b.test",
        "7.example.test",
    ],
)
def test_a_full_name(name: str) -> None:
    assert keys("hello-name", "S: 220 mail.test", f"C: HELO {name}", "S: 250 mail.test") == []


def test_a_name_that_the_job_gives_is_not_the_clients() -> None:
    steps = ("S: 220 mail.test", "C: EHLO SHORT", "S: 250 mail.test")
    assert keys("hello-name", *steps, job=job(helo="short")) == []


def test_each_hello_is_judged() -> None:
    assert keys("hello-name", *HELLO, "C: NOOP", "S: 250 Ok", "C: EHLO localhost", "S: 250 mail.test") == ["hello-name"]


def test_a_hello_without_a_name_is_another_fault() -> None:
    assert keys("hello-name", "S: 220 mail.test", "C: EHLO", "S: 501 No") == []
    assert keys("hello-name", "S: 220 mail.test", "C: EHLO [::1] x", "S: 501 No") == []


def test_a_good_session() -> None:
    for rule in ("angle-brackets", "space-after-colon", "command-syntax", "hello-name"):
        assert keys(rule, *HAPPY) == []
