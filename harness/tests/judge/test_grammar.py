"""Commands and replies as a liberal server reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.judge.grammar import (
    VERBS,
    chunk,
    command,
    folded,
    keywords,
    least_quoted,
    mailbox,
    parameters,
    readable,
    reply_code,
    reply_lines,
    text_of,
    words,
)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("bob@b.test", "bob@b.test"),
        ('"bob"@b.test', "bob@b.test"),
        (r'"b\ob.smith"@b.test', "bob.smith@b.test"),
        (r'"b\ob smith"@b.test', '"bob smith"@b.test'),
        (r'"bob\"sm\\ith"@b.test', r'"bob\"sm\\ith"@b.test'),
        ('"bob..smith"@b.test', '"bob..smith"@b.test'),
        ('".bob"@b.test', '".bob"@b.test'),
        ('""@b.test', '""@b.test'),
        ('"bob@b.test', '"bob@b.test'),
        ('"a@b"@b.test', '"a@b"@b.test'),
    ],
)
def test_the_least_quoting(given: str, sent: str) -> None:
    assert least_quoted(given) == sent
    assert folded(given.upper()) == folded(sent)


def test_addresses_are_compared_letter_by_letter() -> None:
    assert folded("Große@example.test") == folded("große@EXAMPLE.test")
    assert folded("große@example.test") != folded("grosse@example.test")


@given(st.text(st.sampled_from('ab.@ "\\<>'), max_size=12))
def test_to_quote_less_is_to_be_done_once(local: str) -> None:
    once = least_quoted(f'"{local}"@b.test')
    assert least_quoted(once) == once


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        (b"NOOP\r\n", "NOOP", ""),
        (b"ehlo me.test\r\n", "EHLO", "me.test"),
        (b"MAIL FROM:<a@b.test> SIZE=1\n", "MAIL", "FROM:<a@b.test> SIZE=1"),
        (b"  RCPT   TO:<b@b.test>  \r\n", "RCPT", "TO:<b@b.test>"),
        (b"VRFY\tbob\r\n", "VRFY", "bob"),
        (b"DATA", "DATA", ""),
        (b"FOO bar\r\n", "", ""),
        (b"VRFY X\r\n", "VRFY", "X"),
        ("VRFY voilà\r\n".encode(), "VRFY", "voil\xc3\xa0"),  # an octet of UTF-8 is no blank
        (b"\xa0QUIT\r\n", "", ""),
        (b"MAIL:<a@b.test>\r\n", "", ""),
        (b"DATAX\r\n", "", ""),
        (b"\r\n", "", ""),
    ],
)
def test_a_command_line(line: bytes, verb: str, argument: str) -> None:
    found = command(line)
    assert (found.verb, found.argument) == (verb, argument)
    assert found.text == text_of(line)


def test_the_first_word_is_told_known_or_not() -> None:
    assert command(b"foo bar\r\n").word == "FOO"
    assert command(b"quit\r\n").word == "QUIT"


@given(st.binary(max_size=60))
def test_any_octets_can_be_read(octets: bytes) -> None:
    found = command(octets)
    assert found.verb in VERBS | {""}
    assert found.text.encode("latin-1") == octets.partition(b"\n")[0].rstrip(b"\r\n")
    mailbox(found.argument)
    assert reply_code(octets) == "" or octets.endswith(b"\r\n")
    assert "" not in keywords(octets)


@pytest.mark.parametrize(
    ("argument", "path", "parameters"),
    [
        ("FROM:<a@b.test>", "a@b.test", ""),
        ("TO:<j\xc3\xb6rg@b.test>", "j\xf6rg@b.test", ""),
        ("TO:<j\xf6rg@b.test>", "j\xf6rg@b.test", ""),
        ("TO:voil\xc3\xa0", "voil\xe0", ""),
        ("TO:<\u90ae@b.test>", "\u90ae@b.test", ""),
        ("to:<a@b.test> NOTIFY=NEVER", "a@b.test", "NOTIFY=NEVER"),
        ("FROM : < a@b.test > SIZE=1", "a@b.test", "SIZE=1"),
        ("FROM:a@b.test SIZE=1", "a@b.test", "SIZE=1"),
        ("FROM:<>", "", ""),
        ("TO:<@one.test,@two.test:a@b.test>", "a@b.test", ""),
        ("TO:<@one.test:a@[IPv6:::1]>", "a@[IPv6:::1]", ""),  # the first colon ends the route
        ("TO:<@nowhere>", "@nowhere", ""),
        ("TO:<a@b.test> X=\xc3\xa0", "a@b.test", "X=\xc3\xa0"),
        ("voil\xc3\xa0", "voil\xc3\xa0", ""),
        ("TO:", "", ""),
        ("nothing of the kind ", "nothing of the kind", ""),
    ],
)
def test_the_mailbox_of_mail_and_rcpt(argument: str, path: str, parameters: str) -> None:
    assert mailbox(argument) == (path, parameters)


@pytest.mark.parametrize(
    ("octets", "path"),
    [
        ("FROM:<用户@例子.test>".encode(), "用户@例子.test"),
        (b"FROM:<bob@xn--fsqu00a.test>", "bob@例子.test"),
        (b"FROM:<bob@a.XN--fsqu00a.test>", "bob@a.例子.test"),
        (b"FROM:<gr\xfc\xdfe@b.test>", "grüße@b.test"),  # one character an octet, as it is no UTF-8
        (b"FROM:<bob@xn--.test>", "bob@.test"),
        (b"FROM:<bob@xn--99999999a.test>", "bob@xn--99999999a.test"),
        (b"FROM:<bob@xn--" + b"a" * 60 + b".test>", "bob@xn--" + "a" * 60 + ".test"),
        (b"FROM:<bob@xn--" + b"a" * 53 + b"-ib60g.test>", "bob@" + "a" * 53 + "例.test"),  # a label has 63 at most
        (b'FROM:<"a@b"@xn--fsqu00a.test>', '"a@b"@例子.test'),
        (b"FROM:<xn--fsqu00a@b.test>", "xn--fsqu00a@b.test"),
    ],
)
def test_a_mailbox_in_unicode(octets: bytes, path: str) -> None:
    assert mailbox(octets.decode("latin-1"))[0] == path


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"QUIT\r\n", "QUIT"),
        (b"VRFY X\r\n", "VRFY X"),
        (b"NOOP \r\n", "NOOP "),  # its end is taken off, and nothing else
        (b"BDAT 3\r\nabc", "BDAT 3"),
        ("你好\n".encode(), "你好"),
        (b"gr\xfc\xdfe", "grüße"),
    ],
)
def test_octets_to_be_read(octets: bytes, text: str) -> None:
    assert readable(octets) == text


def test_words_are_parted_by_blanks_alone() -> None:
    assert words(" a  b\tc ") == ["a", "b", "c"]
    assert words("\xc3\xa0 \xe2\x80\x85") == ["\xc3\xa0", "\xe2\x80\x85"]  # octets of UTF-8 are no blanks
    assert words(" \t") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"BDAT 5\r\nabcde", (5, False)),
        (b"BDAT 5 LAST\r\nabcde", (5, True)),
        (b"bdat 0 last\r\n", (0, True)),
        (b"BDAT\t7\tLast\r\n", (7, True)),
        (b"BDAT 5 LASTLY\r\n", (5, False)),
        (b"BDAT 999999999999999999\r\n", (999999999999999999, False)),
        (b"BDAT 1000000000000000000\r\n", None),  # more than any server counts
        (b"BDAT\r\n", None),
        (b"BDAT LAST\r\n", None),
        (b"BDAT -5\r\n", None),
        (b"BDAT 5x\r\n", None),
        (b"NOOP 5\r\n", None),
    ],
)
def test_the_count_of_a_chunk(line: bytes, expected: tuple[int, bool] | None) -> None:
    assert chunk(line) == expected


def test_esmtp_parameters() -> None:
    """A value ends at a blank and may hold `=`, so the first one is what parts it from its keyword."""
    assert parameters("FROM:<a=b@x.test> size=10 Body=8bitmime\tSMTPUTF8 ENVID=a=b") == {
        "SIZE": "10",
        "BODY": "8BITMIME",
        "SMTPUTF8": "",
        "ENVID": "A=B",
    }
    assert parameters("TO:<b@x.test>") == {}


def test_a_mailbox_of_a_scenario_is_text_already() -> None:
    assert mailbox("FROM:<用户@例子.test>")[0] == "用户@例子.test"


@pytest.mark.parametrize("code", ["220", "354", "421", "550"])
def test_a_reply_of_one_line(code: str) -> None:
    for rest in ("", " ", " text", " text - more"):
        assert reply_code(f"{code}{rest}\r\n".encode()) == code


def test_a_reply_of_many_lines() -> None:
    assert reply_code(b"250-one\r\n250-\r\n250 three\r\n") == "250"
    assert reply_code(b"250-one\r\n250\r\n") == "250"


def test_the_last_line_decides() -> None:
    assert reply_code(b"250-one\r\n550 two\r\n") == "550"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"250 Ok",
        b"250 Ok\n",
        b"250-Ok\r\n",
        b"250 Ok\r\n250 Ok\r\n",
        b"250 Ok\r\nmore",
        b"25 Ok\r\n",
        b"2500 Ok\r\n",
        b"250_Ok\r\n",
        b"150 Ok\r\n",
        b"650 Ok\r\n",
        b"250 O\rk\r\n",
        b"250-one\r\ntwo\r\n",
        b" 250 Ok\r\n",
    ],
)
def test_what_is_not_exactly_one_reply(octets: bytes) -> None:
    assert reply_code(octets) == ""


def test_the_texts_of_a_reply() -> None:
    assert reply_lines(b"250-one\r\n250 two\r\n") == ("one", "two")
    assert reply_lines(b"250\r\n") == ("",)


def test_keywords_of_an_ehlo_reply() -> None:
    reply = b"250-AUTH.test\r\n250-size 100\r\n250-Pipelining\r\n250-AUTH PLAIN\r\n250-AUTH=LOGIN\r\n250 X  y \r\n"
    assert keywords(reply) == {"SIZE": "100", "PIPELINING": "", "AUTH": "PLAIN LOGIN", "X": "y"}


def test_an_empty_line_is_no_keyword() -> None:
    assert keywords(b"250-mail.test\r\n250-\r\n250 HELP\r\n") == {"HELP": ""}
    assert keywords(b"250 mail.test\r\n") == {}
