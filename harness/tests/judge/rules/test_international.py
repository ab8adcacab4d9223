"""Eight bits, UTF-8, and what MAIL says of them."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from playbook import DATA, HELLO, MESSAGE, RCPT, SENDER, job, keys, remarks, verdict

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import JobMessage

RAW = MESSAGE.replace(b"Subject: Hello", "Subject: 你好".encode())
USER, DOMAIN = "用户@example.test", "bob@例子.test"


def latin(text: str | bytes) -> str:
    """As a playbook writes octets."""
    return (text.encode() if isinstance(text, str) else text).decode("latin-1")


def greeted(*offers: str) -> tuple[str, ...]:
    lines = ["mail.test", *offers]
    reply = "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)
    return (*HELLO[:2], f"S: {reply}")


def said(line: str) -> tuple[str, ...]:
    return (f"C: {latin(line)}", "S: 250 Ok")


def sent(mail: str, message: bytes = MESSAGE, *offers: str, to: str = "bob@example.test") -> tuple[str, ...]:
    """A transaction in which *mail* stands behind the path of MAIL."""
    return (
        *(*greeted(*(offers or ("8BITMIME", "SMTPUTF8"))), *said(f"MAIL FROM:<{SENDER}>{mail}")),
        *(*said(f"RCPT TO:<{to}>"), *DATA, f"M: {latin(message)}.\r\n", "S: 250 Ok"),
    )


def test_a_parameter_without_need() -> None:
    (remark,) = remarks("smtputf8", *sent(" SMTPUTF8"))
    assert (remark.key, remark.requirement, verdict(remark)) == ("smtputf8.needless", "RFC6531-3.4-c", Verdict.WARN)
    assert dict(remark.facts)["line"] == f"MAIL FROM:<{SENDER}> SMTPUTF8"


def test_a_parameter_with_need() -> None:
    assert keys("smtputf8", *sent(" SMTPUTF8", RAW)) == []
    assert keys("smtputf8", *sent(" SMTPUTF8", to=USER)) == []
    assert keys("smtputf8", *sent(" SMTPUTF8", to=DOMAIN)) == []
    assert keys("smtputf8", *sent(" SMTPUTF8=1", RAW)) == [], "the value is another rule's"
    part = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-Name: \xe4\xbd\xa0\r\n\r\n--b--\r\n"
    assert keys("smtputf8", *sent(" SMTPUTF8", part)) == []


def test_headers_that_were_not_declared() -> None:
    (remark,) = remarks("smtputf8", *sent(" BODY=8BITMIME", RAW))
    assert (remark.key, remark.requirement, verdict(remark)) == ("smtputf8.undeclared", "RFC6531-3.4-a", Verdict.FAIL)
    assert keys("smtputf8", *sent("", RAW, "8BITMIME")) == [], "it was not offered: another rule's"
    assert keys("smtputf8", *sent(" BODY=8BITMIME", MESSAGE + "你好\r\n".encode())) == []


@pytest.mark.parametrize("line", ["MAIL FROM:<gr\xfc\xdfe@b.test> SMTPUTF8", "RCPT TO:<gr\xfc\xdfe@b.test>"])
def test_addresses_that_are_no_utf8(line: str) -> None:
    steps = (f"C: {line}", "S: 250 Ok")
    (remark,) = remarks("smtputf8", *greeted("SMTPUTF8"), *steps)
    assert (remark.key, remark.requirement, verdict(remark)) == ("smtputf8.invalid", "RFC6531-3.3-a", Verdict.FAIL)
    assert keys("smtputf8", *greeted(), *steps) == [], "another rule's"


def test_a_domain_as_an_a_label() -> None:
    (remark,) = remarks("smtputf8", *sent(" SMTPUTF8", RAW, to="bob@xn--fsqu00a.test"))
    assert (remark.key, remark.requirement, verdict(remark)) == ("smtputf8.a-label", "RFC6531-3.7-a", Verdict.WARN)
    assert keys("smtputf8", *sent("", to="bob@xn--fsqu00a.test")) == []
    assert keys("smtputf8", *sent(" SMTPUTF8", RAW, to="bob@xn--.test")) == [], "it stands for nothing"


def test_what_looks_like_an_a_label_in_a_parameter_is_none() -> None:
    given = "bob@例子.test> ORCPT=rfc822;bob@xn--fsqu00a.test"  # `to` has the closing bracket behind it
    assert keys("smtputf8", *sent(" SMTPUTF8", RAW, to=given)) == []


def test_an_a_label_in_any_transaction_counts() -> None:
    steps = (*sent(" SMTPUTF8", RAW, to="bob@xn--fsqu00a.test"), *sent(" SMTPUTF8", RAW)[3:])
    assert keys("smtputf8", *steps) == ["smtputf8.a-label"]


@pytest.mark.parametrize("local", ["xn--bob", '"bob@xn--bob"'])
def test_what_looks_like_an_a_label_in_a_local_part_is_none(local: str) -> None:
    assert keys("smtputf8", *sent(" SMTPUTF8", to=f"{local}@例子.test")) == []


def test_a_name_in_utf8() -> None:
    steps = ("S: 220 mail.test", *said("EHLO client.例子.test"))
    (remark,) = remarks("smtputf8", *steps)
    assert (remark.key, remark.requirement, verdict(remark)) == ("smtputf8.hello", "RFC6531-3.7.1-a", Verdict.FAIL)
    (remark,) = remarks("smtputf8", *steps, job=job(told=frozenset()))
    assert verdict(remark) is Verdict.NOTE, "the host decides its name"


@pytest.mark.parametrize("verb", ["VRFY", "EXPN"])
def test_verifying(verb: str) -> None:
    asked = said(f"{verb} bob SMTPUTF8")
    (remark,) = remarks("smtputf8", *greeted(), *asked)
    assert (remark.key, remark.requirement, verdict(remark)) == ("smtputf8.verify", "RFC6531-3.7.4.2-a", Verdict.WARN)
    assert keys("smtputf8", *greeted("SMTPUTF8"), *asked) == []
    assert keys("smtputf8", *greeted(), *said(f"{verb} bob")) == []


def test_lines_after_a_refused_data_are_of_the_message() -> None:
    steps = (*greeted(), *said(f"MAIL FROM:<{SENDER}>"), *RCPT, "C: DATA", "S: 554 No")
    assert keys("smtputf8", *steps, *said("VRFY bob SMTPUTF8")) == []


def test_content_without_a_transaction() -> None:
    assert keys("smtputf8", *greeted("SMTPUTF8"), *RCPT, *DATA, f"M: {latin(RAW)}.\r\n", "S: 250 Ok") == []


# --- BODY


# --- conversion

HEADER = "From: a@b.test\r\nContent-Type: text/plain; charset={}\r\nContent-Transfer-Encoding: {}\r\n\r\n"
TEXT = "你好\r\n再见\r\n"
GIVEN = job(message=(HEADER.format("utf-8", "8bit") + TEXT).encode())


def converted(charset: str, encoding: str, body: bytes) -> tuple[str, ...]:
    return sent("", HEADER.format(charset, encoding).encode() + body, "HELP")


@pytest.mark.parametrize(
    ("charset", "encoding", "body"),
    [
        ("utf-8", "base64", base64.encodebytes(TEXT.encode())),
        ('"UTF-8"; format=fixed', "Base64", base64.encodebytes(TEXT.replace("\r\n", "\n").encode())),
        ("gbk", "base64", base64.encodebytes(TEXT.encode("gbk"))),
        ("utf-8", "quoted-printable", b"=E4=BD=A0=E5=A5=BD\r\n=E5=86=\r\n=8D=E8=A7=81\r\n"),
    ],
)
def test_a_conversion_that_loses_nothing(charset: str, encoding: str, body: bytes) -> None:
    assert keys("conversion", *converted(charset, encoding, body), job=GIVEN) == []


@pytest.mark.parametrize(
    ("charset", "encoding", "body"),
    [
        ("us-ascii", "7bit", b"??\r\n??\r\n"),
        ("utf-8", "8bit", base64.encodebytes(TEXT.encode())),
        ("utf-8", "base64", base64.encodebytes(TEXT.encode("gbk"))),
        ("utf-8", "base64", base64.encodebytes("你好\r\n".encode())),
        ("utf-8", "base64", base64.encodebytes(("." + TEXT).encode())),
    ],
)
def test_a_conversion_that_loses_something(charset: str, encoding: str, body: bytes) -> None:
    (remark,) = remarks("conversion", *converted(charset, encoding, body), job=GIVEN)
    assert (remark.requirement, verdict(remark)) == ("RFC6152-3-e", Verdict.WARN)


def test_what_is_not_compared() -> None:
    steps = converted("us-ascii", "7bit", b"??\r\n")
    unknown = job(message=(HEADER.format("x-unknown", "8bit") + TEXT).encode())
    multipart = job(message=GIVEN.messages[0].octets.replace(b"text/plain", b"multipart/mixed"))
    ascii_body = job(
        message=GIVEN.messages[0].octets.replace(b"From", "Ü: x\r\nFrom".encode()).replace(TEXT.encode(), b"")
    )
    two = job(messages=(GIVEN.messages[0], JobMessage(SENDER, GIVEN.messages[0].recipients, MESSAGE)))
    composed, untold = replace(GIVEN, takes="composed"), replace(GIVEN, told=frozenset())
    for other in (job(), unknown, multipart, ascii_body, two, composed, untold):
        assert keys("conversion", *steps, job=other) == []
    assert keys("conversion", *sent("", GIVEN.messages[0].octets), job=GIVEN) == []


def test_a_text_that_names_no_charset_is_read_as_utf8() -> None:
    given = job(message=GIVEN.messages[0].octets.replace(b"; charset=utf-8", b""))
    assert keys("conversion", *converted("us-ascii", "7bit", b"??\r\n??\r\n"), job=given) == ["conversion"]
    assert keys("conversion", *converted("utf-8", "base64", base64.encodebytes(TEXT.encode())), job=given) == []


def test_messages_behind_one_that_is_not_compared_are_compared() -> None:
    carol = "carol@example.test"
    both = job(messages=(job().messages[0], JobMessage(SENDER, (carol,), GIVEN.messages[0].octets)))
    converted_one = HEADER.format("us-ascii", "7bit").encode() + b"??\r\n??\r\n"
    steps = (*sent("", MESSAGE, "HELP"), *sent("", converted_one, "HELP", to=carol)[3:])
    assert keys("conversion", *steps, job=both) == ["conversion"]


def test_the_first_line_that_is_lost_is_shown() -> None:
    lost = converted("us-ascii", "7bit", b"??\r\n")
    again = converted("us-ascii", "7bit", b"!!\r\n")[3:]
    (remark,) = remarks("conversion", *lost, *again, job=GIVEN)
    assert (remark.expected, remark.observed, dict(remark.facts)["count"]) == ("你好", "??", "2")


@pytest.mark.parametrize(
    ("charset", "body", "given", "came"),
    [
        ("utf-8", "你好 世界\r\n?? ??\r\n".encode(), "再见 世界", "?? ??"),
        ("utf-8", "你好 世界\r\n".encode(), "再见 世界", ""),
        ("utf-8", "你好 世界\r\n再见 世界\r\n?\r\n".encode(), "", "?"),
        ("utf-8", "你好".encode("gbk"), "你好 世界", ""),
    ],
)
def test_lines_that_are_as_before_are_not_shown(charset: str, body: bytes, given: str, came: str) -> None:
    whole = job(message=(HEADER.format("utf-8", "8bit") + "\r\n你好 世界\r\n再见 世界\r\n").encode())
    steps = converted(charset, "base64", base64.encodebytes(b"\r\n" * (charset == "utf-8") + body))
    (remark,) = remarks("conversion", *steps, job=whole)
    assert (remark.expected, remark.observed) == (given, came or "nothing")
    assert {"given": given, "sent": came}.items() <= dict(remark.facts).items()
