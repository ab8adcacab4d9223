"""What mail data looks like on the wire, held against the message that the client was given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playbook import (
    CONTENT,
    DATA,
    ENVELOPE,
    EVERYTHING,
    HAPPY,
    HELLO,
    MAIL,
    MESSAGE,
    QUIT,
    RCPT,
    SENDER,
    SENT,
    job,
    keys,
    remarks,
    verdict,
)

from smtpwitness.judge.rules.content import Difference, difference, message_of
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Job, JobMessage

HEADER = "From: alice@example.test\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nSubject: Hello\r\n\r\n"
COMPOSED = job(takes="composed")
DOTS = job(message=(HEADER + "one\r\n.two\r\n.\r\nfour\r\n").encode())


def sent(content: str) -> tuple[str, ...]:
    return (*ENVELOPE, *DATA, f"M: {content}", "S: 250 Ok")


@pytest.mark.parametrize(
    ("rule", "content", "given", "expected", "observed"),
    [
        ("end-of-data", "unterminated M: text\n.\n", job(), "CRLF . CRLF", "text<LF>.<LF>"),
        ("empty-content", "M: .\r\n", job(), "a message with a header", "nothing but the dot"),
        ("dot-stuffing", f"M: {HEADER}one\r\n.two\r\n.\r\n", DOTS, "..two", ".two"),
        ("dot-stuffing", f"M: {HEADER}one\r\n..two\r\n.\r\n", DOTS, "..", "the end of the content"),
        ("extra-crlf", f"M: {CONTENT[:-3]}\r\n.\r\n", job(), "the message, then the dot", "one empty line more"),
        ("message-changed", f"M: {CONTENT.replace('First', 'Next')}", job(), "First line", "Next line"),
        ("message-changed", f"M: X: y\r\n{CONTENT}", job(), "the header as it was given", "X"),
        ("message-changed", f"M: {CONTENT.replace('Hello', 'Bye')}", COMPOSED, "Hello", "something else"),
        (
            *("message-changed", f"M: {CONTENT.replace('Last', 'Lost')}", COMPOSED),
            *("First line Last line", "something else"),
        ),
        ("header-missing", "M: From: a@b.test\r\n.\r\n", COMPOSED, "a field Date:", "none"),
        ("header-invalid", "M: From: a\r\nFrom: b\r\n.\r\n", COMPOSED, "one field From:", "several fields From:"),
        (
            *("header-invalid", "M: From: a\r\nDate: today\r\n.\r\n", COMPOSED),
            *("a date such as `Mon, 23 Nov 2026 10:00:00 +0800`", "today"),
        ),
        ("missing-blank-line", "M: From: a\r\nHi\r\n.\r\n", COMPOSED, "an empty line after the header", "Hi"),
    ],
)
def test_what_was_to_come_and_what_came(rule: str, content: str, given: Job, expected: str, observed: str) -> None:
    (remark,) = remarks(rule, *ENVELOPE, *DATA, content, "S: 250 Ok", job=given)
    assert (remark.expected, remark.observed) == (expected, observed)


# --- the end


@pytest.mark.parametrize("tail", ["\r\n.\n", "\n.\n", "\n.\r\n", "\r.\r", "\r\n.", "\n."])
def test_content_that_ends_badly(tail: str) -> None:
    (remark,) = remarks("end-of-data", *ENVELOPE, *DATA, f"unterminated M: text{tail}", "S: 250 Ok")
    assert remark.key == "end-of-data"
    assert verdict(remark) is Verdict.FAIL
    assert remark.observed.endswith(tail.replace("\r", "<CR>").replace("\n", "<LF>"))


@pytest.mark.parametrize("content", [".", ".\n", ".\r"])
def test_a_lone_dot_that_ends_badly(content: str) -> None:
    assert keys("end-of-data", *ENVELOPE, *DATA, f"unterminated M: {content}", "S: 250 Ok") == ["end-of-data"]


def test_a_dot_that_sticks_to_a_last_line_without_an_end() -> None:
    steps = (*ENVELOPE, *DATA, "cut M: From: a@b.test\r\n\r\ntext.\r\n", "CLOSE client")
    given = job(message=b"From: a@b.test\r\n\r\ntext")
    (remark,) = remarks("end-of-data", *steps, job=given)
    assert (remark.key, remark.requirement) == ("end-of-data.glued", "RFC5321-4.1.1.4-d")
    assert verdict(remark) is Verdict.FAIL
    assert keys("end-of-data", *steps) == ["end-of-data.unterminated"], "the message given ends its last line"
    own = job(message=given.messages[0].octets, told=given.told - {"message"})
    assert keys("end-of-data", *steps, job=own) == ["end-of-data.unterminated"]
    for end in (b"\r", b"\n"):
        closed = job(message=given.messages[0].octets + end)
        assert keys("end-of-data", *steps, job=closed) == ["end-of-data.unterminated"], "a bad end is one, too"
    half = "cut M: From: a@b.test\r\n\r\nte"
    assert keys("end-of-data", *ENVELOPE, *DATA, half, "CLOSE client", job=given) == ["end-of-data.unterminated"]


def test_a_client_that_leaves_within_content() -> None:
    (remark,) = remarks("end-of-data", *ENVELOPE, *DATA, "cut M: From: a@b.test\r\n", "CLOSE client")
    assert remark.key == "end-of-data.unterminated"
    assert verdict(remark) is Verdict.FAIL
    steps = (*ENVELOPE, *DATA, "cut M: From: a@b.test\r\n", "CLOSE client", "close server")
    assert keys("end-of-data", *steps) == ["end-of-data.unterminated"], "the server went because the client had"


def test_every_content_has_to_end() -> None:
    steps = (*ENVELOPE, *DATA, *SENT, *MAIL, *RCPT, *DATA, "unterminated M: text\n.\n", "S: 250 Ok")
    assert keys("end-of-data", *steps) == ["end-of-data"]


def test_a_client_that_waits_within_content() -> None:
    steps = (*ENVELOPE, *DATA, "cut M: From: a@b.test\r\n")
    assert keys("end-of-data", *steps, "WAIT 20", "LIMIT", "CLOSE client") == ["end-of-data.unterminated"]
    for late in (steps, ("WAIT 20", *steps)):
        assert keys("end-of-data", *late, "WAIT 1", "LIMIT", "CLOSE client") == [], "it was still at it"
    assert keys("end-of-data", *steps) == ["end-of-data.unterminated"]


@pytest.mark.parametrize("end", ["close server", "reset server"])
def test_a_server_that_breaks_off(end: str) -> None:
    """What came of the content is recorded when the client has gone too."""
    assert keys("end-of-data", *ENVELOPE, *DATA, "cut M: From: a@b.test\r\n", "EXIT 1", end, "CLOSE client") == []


def test_a_server_that_answers_in_the_middle() -> None:
    assert keys("end-of-data", *ENVELOPE, *DATA, "S: 552 Too big", "early cut M: From: x\r\n", "CLOSE client") == []


def test_a_server_that_was_gone_before() -> None:
    assert keys("end-of-data", *ENVELOPE, *DATA, "close server", "cut M: From: a@b.test\r\n", "CLOSE client") == []


def test_other_connections_end_nothing() -> None:
    steps = (*ENVELOPE, *DATA, "cut M: From: a@b.test\r\n", "CLOSE client", "OPEN", *HAPPY)
    assert keys("end-of-data", *steps) == ["end-of-data.unterminated"]


@pytest.mark.parametrize("content", [".\r\n", "\r\n.\r\n", CONTENT])
def test_content_that_ends_well(content: str) -> None:
    assert keys("end-of-data", *sent(content)) == []


@pytest.mark.parametrize(("reply", "found"), [("250 Ok", ["empty-content"]), ("550 No", [])])
def test_content_that_is_empty(reply: str, found: list[str]) -> None:
    """After refusals of all recipients, a lone dot is the way out of 354 (RFC 2920, 3.1)."""
    steps = (*HELLO, *MAIL, "C: RCPT TO:<bob@example.test>", f"S: {reply}", *DATA)
    assert keys("empty-content", *steps, "M: .\r\n", "S: 554 No") == found
    assert keys("empty-content", *steps, "M: \r\n.\r\n", "S: 250 Ok") == []
    if found:
        (remark,) = remarks("empty-content", *steps, "M: .\r\n", "S: 250 Ok")
        assert (remark.requirement, verdict(remark)) == ("RFC5321-4.1.1.4-e", Verdict.WARN)


# --- held against the message


@pytest.mark.parametrize(
    ("content", "key", "told"),
    [
        ("one\r\n.two\r\n..\r\nfour\r\n.\r\n", "undotted", ("6", ".two", ".two", "..two")),
        ("one\r\n..two\r\n.\r\n", "cut", ("7", ".", "", "..")),
        ("one\r\n...two\r\n..\r\nfour\r\n.\r\n", "overdotted", ("6", ".two", "...two", "..two")),
        (".one\r\n..two\r\n..\r\nfour\r\n.\r\n", "overdotted", ("5", "one", ".one", "one")),
    ],
)
def test_dots(content: str, key: str, told: tuple[str, ...]) -> None:
    (remark,) = remarks("dot-stuffing", *sent(HEADER + content), job=DOTS)
    assert remark.key == f"dot-stuffing.{key}"
    assert tuple(dict(remark.facts)[name] for name in ("number", "given", "sent", "right")) == told
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize("untold", [{"told": EVERYTHING - {"message"}}, {"takes": "composed"}])
def test_a_dot_that_is_alone_is_wrong_whatever_the_message_was(untold: dict[str, Any]) -> None:
    made = job(**untold)
    (remark,) = remarks("dot-stuffing", *sent("From: a@b.test\r\n\r\none\r\n.two\r\n.three\r\n.\r\n"), job=made)
    assert remark.key == "dot-stuffing.undotted"
    assert [dict(remark.facts)[name] for name in ("number", "sent", "right")] == ["4", ".two", "..two"]
    for content in ("one\r\n..two\r\n....\r\n.\r\n", "one\n.two\r\n.\r\n", "one\r\n."):
        assert keys("dot-stuffing", *sent(content), job=made) == []
    again = (*MAIL, *RCPT, *DATA, "M: .one\r\n.\r\n", "S: 250 Ok")
    (remark,) = remarks("dot-stuffing", *HELLO, *again, *again, job=made)
    assert dict(remark.facts)["count"] == "2"


def test_dots_as_they_must_be() -> None:
    for rule in ("dot-stuffing", "extra-crlf", "message-changed"):
        assert keys(rule, *sent(HEADER + "one\r\n..two\r\n..\r\nfour\r\n.\r\n"), job=DOTS) == []


def test_behind_a_lone_lf_a_dot_may_be_doubled_or_not() -> None:
    for dots in ("one\n.two\n..\nfour\r\n.\r\n", "one\n..two\n.\nfour\r\n.\r\n"):
        for rule in ("dot-stuffing", "message-changed"):
            assert keys(rule, *sent(HEADER + dots), job=DOTS) == []
    added = HEADER + "one\n..two\n..\n.four\r\n.\r\n"
    assert keys("dot-stuffing", *sent(added), job=DOTS) == [], "who takes a lone LF for a line end takes it off"
    (remark,) = remarks("message-changed", *sent(HEADER + "one\n.two\n..\nfive\r\n.\r\n"), job=DOTS)
    assert dict(remark.facts)["number"] == "8"


def test_fields_may_be_added_and_bcc_taken_out() -> None:
    given = job(message=(HEADER.replace("\r\n\r\n", "\r\nBcc: x@y.test\r\n\r\n") + ".two\r\n").encode())
    for rule in ("dot-stuffing", "extra-crlf", "message-changed"):
        assert keys(rule, *sent(HEADER + "..two\r\n.\r\n"), job=given) == []
        told = ["message-changed.header"] if rule == "message-changed" else []
        assert keys(rule, *sent("Received: here\r\n" + HEADER + "..two\r\n.\r\n"), job=given) == told
    (remark,) = remarks("dot-stuffing", *sent("Received: here\r\n" + HEADER + ".two\r\n.\r\n"), job=given)
    told = dict(remark.facts)
    assert (told["number"], told["given"], told["sent"]) == ("6", ".two", ".two"), "counted in the job's message"


def test_fields_that_were_added_are_named_in_a_note() -> None:
    content = "Received: here\r\nX-Mailer: mine\r\n" + CONTENT.replace("Date:", "date:")
    (remark,) = remarks("message-changed", *sent(content))
    assert (remark.key, remark.observed) == ("message-changed.header", "Received, X-Mailer")
    assert verdict(remark) is Verdict.NOTE
    (remark,) = remarks("message-changed", *sent("Date: now\r\n" + CONTENT))
    assert remark.observed == "Date", "a second one"
    (remark,) = remarks("message-changed", *sent(content), job=job(relayed=True))
    assert remark.observed == "X-Mailer", "a relay puts its own Received field in front"
    for other in (job(takes="composed"), job(takes="fixed"), job(told=frozenset())):
        assert keys("message-changed", *sent(content), job=other) == []
    assert keys("message-changed", *sent(content.replace("Last", "Lost"))) == ["message-changed"]


@pytest.mark.parametrize("given", ["To: bob\r\nSubject: x\r\n", "To: bob\r\nSubject: x\r\n\r\n"])
def test_behind_a_header_without_a_body_an_empty_line_may_stand_or_not(given: str) -> None:
    """RFC 5322, 3.5: the header, and if there is a body an empty line and the body."""
    head = job(message=given.encode())
    for rule in ("extra-crlf", "message-changed", "dot-stuffing"):
        assert keys(rule, *sent("To: bob\r\nSubject: x\r\n.\r\n"), job=head) == []
        assert keys(rule, *sent("To: bob\r\nSubject: x\r\n\r\n.\r\n"), job=head) == []
    assert keys("extra-crlf", *sent("To: bob\r\nSubject: x\r\n\r\n\r\n.\r\n"), job=head) == ["extra-crlf"]
    more = sent("X: y\r\nTo: bob\r\nSubject: x\r\n\r\n\r\n.\r\n")
    assert keys("extra-crlf", *more, job=head) == ["extra-crlf"]


def test_one_empty_line_more() -> None:
    (remark,) = remarks("extra-crlf", *sent(CONTENT.removesuffix(".\r\n") + "\r\n.\r\n"))
    assert verdict(remark) is Verdict.FAIL
    assert keys("message-changed", *sent(CONTENT.removesuffix(".\r\n") + "\r\n.\r\n")) == []
    assert difference(b"one\r\n", b"one\r\n\r\n.\r\n") == Difference("extra-crlf", 2)


def test_a_last_line_that_ends_in_lf_gets_its_crlf() -> None:
    """RFC 5321, 4.1.1.4: what does not end with CRLF gets one. That the LF was sent as it is is another finding."""
    lf = job(message=MESSAGE.replace(b"\r\n", b"\n"))
    content = MESSAGE.decode().replace("\r\n", "\n") + "\r\n.\r\n"
    for rule in ("extra-crlf", "message-changed"):
        assert keys(rule, *sent(content), job=lf) == []
    assert difference(b"one\n", b"one\n\r\n.\r\n").kind == "same"
    assert keys("content-line-end", *sent(content), job=lf) == ["content-line-end"]
    assert keys("extra-crlf", *sent(CONTENT.removesuffix(".\r\n") + "\r\n.\r\n"), job=lf) == ["extra-crlf"]


def test_two_empty_lines_more_are_another_message() -> None:
    content = CONTENT.removesuffix(".\r\n") + "\r\n\r\n.\r\n"
    assert keys("extra-crlf", *sent(content)) == []
    assert keys("message-changed", *sent(content)) == ["message-changed"]


def test_a_last_line_without_an_end_gets_one() -> None:
    given = job(message=MESSAGE.removesuffix(b"\r\n"))
    for rule in ("extra-crlf", "message-changed", "dot-stuffing"):
        assert keys(rule, *sent(CONTENT), job=given) == []


@pytest.mark.parametrize(
    ("line", "other", "told"),
    [
        ("First line\r\n", "First lime\r\n", ("6", "First line", "First lime")),
        ("First line\r\n", "", ("6", "First line", "")),
        ("First line\r\n", "First line\r\nmore\r\n", ("7", "", "more")),
        ("Last line\r\n", "", ("8", "", "")),
        ("Last line\r\n", "Last line\r\nmore\r\n", ("9", "", "")),
    ],
)
def test_another_body_is_a_note(line: str, other: str, told: tuple[str, ...]) -> None:
    (remark,) = remarks("message-changed", *sent(CONTENT.replace(line, other)))
    assert verdict(remark) is Verdict.NOTE
    assert tuple(dict(remark.facts)[name] for name in ("number", "given", "sent")) == told


def test_a_shorter_body_is_changed_and_not_cut() -> None:
    assert keys("dot-stuffing", *sent(CONTENT.replace("Last line\r\n", ""))) == []


@pytest.mark.parametrize(
    "given",
    [
        job(takes="composed"),
        job(takes="fixed"),
        job(told=frozenset()),
        job(message=MESSAGE + "é\r\n".encode()),
        job(message=MESSAGE + b"x" * 999),
    ],
)
def test_what_cannot_be_held_against_the_client(given: Job) -> None:
    content = CONTENT.replace("First", "..First")
    for rule in ("dot-stuffing", "extra-crlf"):
        assert keys(rule, *sent(content), job=given) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [("é".encode(), []), (b"x" * 999, []), (b"x" * 998, ["dot-stuffing.overdotted"])],
)
def test_a_line_that_a_client_may_have_to_encode_is_not_compared(line: bytes, found: list[str]) -> None:
    """Text is at most 998 octets and CRLF (RFC 5321, 4.5.3.1.6), and ASCII without 8BITMIME (2.4)."""
    content = CONTENT.replace("First", ".First").removesuffix(".\r\n") + "x\r\n.\r\n"
    assert keys("dot-stuffing", *sent(content), job=job(message=MESSAGE + line + b"\r\n")) == found


def test_what_only_looks_like_an_end_is_text() -> None:
    assert difference(b"text.\r\n", b"text.\r\n").kind == "same"


def test_content_that_never_ended_is_not_compared() -> None:
    assert keys("message-changed", *ENVELOPE, *DATA, "cut M: From: a@b.test\r\n", "CLOSE client") == []


def test_content_with_a_secret_in_it_is_not_compared() -> None:
    given = job(message=MESSAGE + b"correct-horse-77\r\n")
    assert keys("message-changed", *sent(CONTENT.replace("Last", "correct-horse-77")), job=given) == []


def test_a_message_that_was_not_asked_for_is_not_compared() -> None:
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", "M: Subject: x\r\n.\r\n", "S: 503 No")
    assert keys("message-changed", *steps) == []


def test_content_that_was_too_large_to_keep_is_not_looked_at() -> None:
    for rule in ("end-of-data", "message-changed"):
        assert keys(rule, *ENVELOPE, *DATA, "cut at 32 MB M: x\r\n", "S: 250 Ok") == []


def test_the_recipient_tells_which_message_it_is() -> None:
    second = b"From: a@b.test\r\n\r\nSecond\r\n"
    two = job(
        messages=(JobMessage(SENDER, ("bob@example.test",), MESSAGE), JobMessage(SENDER, ("eve@x.test",), second))
    )
    steps = (*HELLO, *MAIL, "C: RCPT TO:<Eve@x.test>", "S: 250 Ok", *DATA)
    right, wrong = f"M: {second.decode()}.\r\n", f"M: {CONTENT}"
    assert keys("message-changed", *steps, right, "S: 250 Ok", job=two) == []
    assert keys("message-changed", *steps, wrong, "S: 250 Ok", job=two) == ["message-changed"]
    nobody = (*HELLO, *MAIL, "C: RCPT TO:<who@x.test>", "S: 250 Ok", *DATA)
    assert keys("message-changed", *nobody, wrong, "S: 250 Ok", job=two) == [], "it may be either"
    other = (*nobody, f"M: {HEADER}Delivery has failed\r\n.\r\n", "S: 250 Ok")
    assert keys("message-changed", *other, job=two) == ["message-changed"]
    assert keys("message-changed", *other, job=job(messages=two.messages, relayed=True)) == [], "the relay's own"


def test_content_is_held_against_the_message_that_it_is_most_like() -> None:
    two = job(messages=[JobMessage(SENDER, ("bob@example.test",), f"{HEADER}{text}".encode()) for text in ("a", "b")])
    (remark,) = remarks("message-changed", *sent(HEADER + "b\r\nmore\r\n.\r\n"), job=two)
    assert dict(remark.facts)["number"] == "6"


LINES = st.lists(st.sampled_from([b"", b".", b"..", b"text", b".text"]), max_size=6)


@given(LINES)
def test_what_is_stuffed_as_the_rfc_says_is_the_same(lines: list[bytes]) -> None:
    message = b"".join(line + b"\r\n" for line in lines)
    content = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines) + b".\r\n"
    assert difference(message, content).kind == "same"


@given(LINES)
def test_what_is_not_stuffed_is_found_out(lines: list[bytes]) -> None:
    message = b"".join(line + b"\r\n" for line in lines)
    end = (b"\r\n" + message).find(b"\r\n.\r\n")  # the server stops at the first lone dot
    content = (message + b".\r\n")[: end + 3] if end >= 0 else message + b".\r\n"
    dotted = any(line.startswith(b".") for line in lines)
    assert difference(message, content).kind in (("undotted", "cut") if dotted else ("same",))


# --- what a client composes


def test_subject_and_text_that_were_told() -> None:
    assert keys("message-changed", *sent(CONTENT), job=COMPOSED) == []
    found = remarks("message-changed", *sent(CONTENT.replace("Hello", "Hullo")), job=COMPOSED)
    assert [dict(one.facts)["part"] for one in found] == ["Subject"]
    assert verdict(found[0]) is Verdict.NOTE
    found = remarks("message-changed", *sent(CONTENT.replace("Last", "Lost")), job=COMPOSED)
    assert [dict(one.facts)["part"] for one in found] == ["text"]


@pytest.mark.parametrize(
    "content",
    [
        "Subject: =?utf-8?b?SGVsbG8=?=\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "Rmlyc3QgbGluZQoKTGFzdCBsaW5lCg==\r\n.\r\n",
        "Subject: Hello\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n--b\r\n\r\n"
        "First line\r\n\r\nLast line\r\n-- \r\nmine\r\n--b--\r\n.\r\n",
        "Subject: Hello\r\nContent-Type: text/html\r\n\r\n<p>First\r\n.\r\n",
        "Subject: =?nonsense?q?Hello?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nx\r\n.\r\n",
        "Subject: =?utf-8?b?SGVsbG8?=\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\xe9\r\n.\r\n",
        "Subject: H\xe9llo\r\n\r\nFirst line\r\n\r\nLast line\r\n.\r\n",
    ],
)
def test_a_client_may_encode_and_add_and_we_may_fail_to_decode(content: str) -> None:
    assert keys("message-changed", *sent(content), job=COMPOSED) == []


def test_a_subject_that_is_left_out_is_an_empty_one() -> None:
    """RFC 5322, 3.6.5: the field is optional."""
    content = CONTENT.replace("Subject: Hello\r\n", "")
    (remark,) = remarks("message-changed", *sent(content), job=COMPOSED)
    assert dict(remark.facts)["part"] == "Subject"
    assert keys("message-changed", *sent(content), job=job(takes="composed", subject="")) == []


def test_a_text_in_another_encoding_than_utf8_is_no_obstacle() -> None:
    given = job(message=HEADER.encode() + b"caf\xe9\r\n", takes="composed")
    assert keys("message-changed", *sent(HEADER + "caf\xe9\r\n.\r\n"), job=given) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\r\n..b\r\n.c\r\n.\r\n", b"a\r\n.b\r\nc\r\n"),
        (b".\r\n", b""),
        (b"cut.\r\n", b"cut.\r\n"),
    ],
)
def test_a_message_is_content_without_its_dots(content: bytes, message: bytes) -> None:
    """RFC 5321, 4.5.2."""
    assert message_of(content) == message


def test_what_was_not_told_is_not_asked_for() -> None:
    silent = job(takes="composed", told=frozenset())
    assert keys("message-changed", *sent("Subject: x\r\n\r\ny\r\n.\r\n"), job=silent) == []


@pytest.mark.parametrize("takes", ["composed", "fixed"])
def test_a_composed_message_has_date_and_from(takes: str) -> None:
    found = remarks("header-missing", *sent("Subject: Hello\r\n\r\nDate: no field\r\n.\r\n"), job=job(takes=takes))
    assert [one.key for one in found] == ["header-missing.date", "header-missing.from"]
    assert {verdict(one) for one in found} == {Verdict.FAIL}
    assert [dict(one.facts)["field"] for one in found] == ["Date:", "From:"]
    assert keys("header-missing", *sent("date: x\r\nFROM : y\r\n\r\n\r\n.\r\n"), job=job(takes=takes)) == []


def test_the_header_of_a_given_message_is_not_the_clients() -> None:
    assert keys("header-missing", *sent("Subject: x\r\n\r\n.\r\n")) == []
    assert keys("missing-blank-line", *sent("Subject: x\r\ntext\r\n.\r\n")) == []


def test_an_empty_message_has_no_header() -> None:
    assert keys("header-missing", *sent(".\r\n"), job=COMPOSED) == []


def test_no_empty_line_behind_the_header() -> None:
    (remark,) = remarks(
        "missing-blank-line", *sent("From: a@b.test\r\nSubject: Hello\r\nDear Bob\r\n.\r\n"), job=COMPOSED
    )
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts)["text"] == "Dear Bob"


@pytest.mark.parametrize(
    "content",
    [
        CONTENT,
        "From: a@b.test\r\nSubject: a long one\r\n that goes on\r\n\tand on\r\n\r\ntext\r\n.\r\n",
        "From: a@b.test\r\n.\r\n",
        "no header at all\r\n.\r\n",
        "From: a@b.test\n\ntext\n\r\n.\r\n",
        "\r\ntext\r\n.\r\n",
        ".\r\n",
    ],
)
def test_a_header_that_ends_or_is_not_there(content: str) -> None:
    assert keys("missing-blank-line", *sent(content), job=COMPOSED) == []


def test_a_good_session() -> None:
    for rule in ("end-of-data", "dot-stuffing", "extra-crlf", "message-changed", "header-missing"):
        assert keys(rule, *HAPPY) == []


# --- fields that a client writes itself


def composed(header: str) -> tuple[str, ...]:
    return sent(f"From: a@b.test\r\n{header}\r\n\r\nFirst line\r\n\r\nLast line\r\n.\r\n")


@pytest.mark.parametrize(
    "date",
    [
        *("Mon, 23 Nov 2026 10:00:00 +0800", "23 Nov 2026 10:00 -0000", "Mon, 1 Jun 2026 10:00:60 +0530"),
        *("mon,23 nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026\r\n 10:00:00 +0000 (UTC)", "Sun, 29 Feb 2032 00:00:00 Z"),
        *("Tue, 23 Nov 26 10:00:00 EST", "Mon, 23 Nov 2026 10 : 00 : 00 +0000"),  # obsolete, and still read
    ],
)
def test_a_date(date: str) -> None:
    assert keys("header-invalid", *composed(f"Date: {date}"), job=COMPOSED) == []


@pytest.mark.parametrize(
    "date",
    [
        *("Mon Nov 23 10:00:00 2026", "2026-11-23 10:00:00.123456", "2026-11-23T10:00:00Z", "", "today"),
        *("Tue, 23 Nov 2026 10:00:00 +0000", "31 Jun 2026 10:00 +0000", "Mon, 23 Nov 2026 24:00:00 +0000"),
        *("Mon, 23 Nov 2026 10:60:00 +0000", "Mon, 23 Nov 2026 10:00:61 +0000", "Mon, 23 Nov 2026 10:00:00 +0090"),
        *("Mon, 23 Nov 2026 10:00:00", "Mon, 23 Nov 2026 10:00:00 +8", "Mon, 23 11 2026 10:00:00 +0800"),
        *("\xe5\x91\xa8\xe4\xb8\x80, 23 Nov 2026 10:00:00 +0800", "23 Nov 0000 10:00 +0000"),
        *("m\xe9r, 23 Nov 2026 10:00:00 +0800", "Tue, 24 Nov 1000 10:00:00 +0000"),
    ],
)
def test_no_date(date: str) -> None:
    (remark,) = remarks("header-invalid", *composed(f"Date: {date}"), job=COMPOSED)
    assert (remark.key, verdict(remark)) == ("header-invalid.date", Verdict.FAIL)


def test_every_message_is_looked_at_for_its_date() -> None:
    def composed(header: str) -> tuple[str, ...]:
        return (*MAIL, *RCPT, *DATA, f"M: From: a@b.test\r\n{header}\r\n\r\ntext\r\n.\r\n", "S: 250 Ok")

    steps = (*HELLO, *composed("no field"), *composed("Date: today"), *composed("Date: tomorrow"), *QUIT)
    (remark,) = remarks("header-invalid", *steps, job=COMPOSED)
    facts = dict(remark.facts)
    assert (facts["text"], facts["count"]) == ("today", "2")


@pytest.mark.parametrize(
    ("header", "requirement"),
    [
        ("To: b@b.test\r\nto: c@b.test", "RFC5322-3.6-c"),
        ("Subject: x\r\nSubject : y", "RFC5322-3.6-c"),
        ("message-id: <1@b.test>\r\nMessage-ID: <2@b.test>", "RFC5322-3.6-c"),
        ("Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000", "RFC5322-3.6-a"),
        ("FROM: b@b.test", "RFC5322-3.6-b"),
    ],
)
def test_a_field_that_stands_there_twice(header: str, requirement: str) -> None:
    (remark,) = remarks("header-invalid", *composed(header), job=COMPOSED)
    assert (remark.key, remark.requirement) == ("header-invalid.twice", requirement)
    assert verdict(remark) is Verdict.FAIL


def test_fields_that_may_stand_there_twice_or_are_not_the_clients() -> None:
    assert keys("header-invalid", *composed("Received: x\r\nReceived: y\r\nX: a\r\nX: b"), job=COMPOSED) == []
    assert keys("header-invalid", *composed("Date: today"), job=job()) == [], "it was given the message"
    stray = sent("From: a@b.test\r\nTo: x\r\nHello\r\nTo: y\r\nDate: no\r\n.\r\n")
    assert keys("header-invalid", *stray, job=COMPOSED) == [], "where the header ends nobody knows"
