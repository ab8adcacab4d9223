"""The message in chunks, and binary messages."""

import pytest
from playbook import MAIL, PASSWORD, QUIT, RCPT, RECIPIENT, SENDER, job, keys, remarks

EHLO = ("S: 220 x", "C: EHLO me.test", "s: 250-mail.test\r\n250-PIPELINING\r\n250-BINARYMIME\r\n250 CHUNKING\r\n")
READY = (*EHLO, *MAIL, *RCPT)
BINARY = (*EHLO, f"C: MAIL FROM:<{SENDER}> BODY=BINARYMIME", "S: 250 Ok", *RCPT)
CHUNK = ("c: BDAT 3\r\na\r\n", "S: 250 Ok")
LAST = ("c: BDAT 3 LAST\r\nb\r\n", "S: 250 Ok")
REFUSED = ("c: BDAT 3\r\na\r\n", "S: 452 Full")


@pytest.mark.parametrize("line", ["BDAT 3", "bdat 3 last", "BDAT 003 LAST"])
def test_a_right_line(line: str) -> None:
    assert keys("chunk-syntax", *READY, f"c: {line}\r\na\r\n", "S: 250 Ok") == []


@pytest.mark.parametrize(
    "line", ["BDAT", "BDAT LAST", "BDAT  3", "BDAT 3 ", "BDAT 0x3", "BDAT 3 LAST x", "BDAT 3 FIRST"]
)
def test_a_wrong_line(line: str) -> None:
    assert keys("chunk-syntax", *READY, f"c: {line}\r\n", "S: 501 No") == ["chunk-syntax"]
    assert keys("chunk-syntax", *EHLO[:2], "S: 250 x", f"c: {line}\r\n", "S: 502 No") == []


def test_fewer_octets_than_counted() -> None:
    cut = (*READY, "cut c: BDAT 9 LAST\r\nabc")
    assert keys("chunk-size", *cut, "CLOSE client") == ["chunk-size"]
    assert keys("chunk-size", *READY, "cut c: BDAT 9 LAST\r\n", "CLOSE client") == ["chunk-size.waits"]
    assert keys("chunk-size", *READY, "close server", "cut c: BDAT 9 LAST\r\nabc") == []
    assert keys("chunk-size", *cut, "LIMIT") == []
    assert keys("chunk-size", *READY, "cut c: BDAT\r\n", "CLOSE client") == []


def test_more_octets_than_counted() -> None:
    assert keys("chunk-size", *READY, *CHUNK, "early C: rest", "S: 500 What?") == ["chunk-size"]
    assert keys("sent-before-reply", *READY, *CHUNK, "early C: rest", "S: 500 What?", "early C: QUIT") == []
    assert keys("chunk-size", *READY, *CHUNK, "C: rest", "S: 500 What?") == []
    assert keys("chunk-size", *READY, "C: BDAT x", "S: 501 No", "early C: rest", "S: 500 What?") == []


def test_chunks_where_they_are_not_listed() -> None:
    assert keys("chunk-not-listed", *EHLO[:2], "S: 250 x", *MAIL, *RCPT, *CHUNK) == ["chunk-not-listed"]
    assert keys("chunk-not-listed", *READY, *CHUNK) == []
    assert keys("chunk-not-listed", "S: 220 x", *CHUNK) == []


RESET = ("C: RSET", "S: 250 Ok")
DATA = ("C: DATA", "S: 503 No")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((*READY, *CHUNK, *LAST, *QUIT), []),
        ((*READY, *REFUSED, *RESET, *MAIL, *RCPT, *DATA), []),
        ((*READY, *REFUSED, "early c: BDAT 3 LAST\r\nb\r\n", "S: 503 No", *RESET), []),
        ((*READY, *REFUSED, *LAST), ["refused"]),
        ((*READY, *REFUSED, *MAIL), ["no-reset"]),
        ((*READY, *REFUSED, *DATA), ["mixed", "no-reset"]),
        ((*READY, *CHUNK, *DATA), ["mixed"]),
        ((*READY, *CHUNK, *LAST, *LAST), ["after-last"]),
        ((*READY, *LAST, *MAIL, *RCPT, *LAST), []),
        ((*READY, f"early C: RCPT TO:<{RECIPIENT}>", "S: 250 Ok", "early c: BDAT 3\r\na\r\n", "S: 250 Ok"), ["early"]),
        ((*EHLO, *MAIL, f"C: RCPT TO:<{RECIPIENT}>", "S: 550 No", *CHUNK), ["no-recipient"]),
        ((*EHLO, *MAIL, *CHUNK), []),
        ((*BINARY, *DATA), ["binary-data"]),
        ((*EHLO[:2], "S: 250 x", *MAIL, *RCPT, *CHUNK, *DATA), []),
    ],
)
def test_the_order_of_chunks(steps: tuple[str, ...], expected: list[str]) -> None:
    assert keys("chunk-order", *steps) == [f"chunk-order.{key}" for key in expected]


def chunked(message: str) -> tuple[str, ...]:
    return (*READY, f"c: BDAT {len(message)} LAST\r\n{message}", "S: 250 Ok")


GIVEN = "Subject: x\r\n\r\n.a\r\nb\r\n"


def test_text_in_chunks_ends_its_lines_with_crlf() -> None:
    assert keys("chunk-content", *chunked(GIVEN), job=job(GIVEN.encode())) == []
    lone = chunked(GIVEN.replace("\r\n", "\n"))
    assert keys("chunk-content", *lone, job=job(GIVEN.encode())) == ["chunk-content.line-end"]
    assert keys("content-line-end", *lone) == []
    assert keys("chunk-content", *BINARY, "c: BDAT 3 LAST\r\na\nb", "S: 250 Ok") == []


@pytest.mark.parametrize("sent", [GIVEN.replace(".a", "..a"), f"{GIVEN}.\r\n"])
def test_dots_in_chunks_stay_as_they_are(sent: str) -> None:
    assert keys("chunk-content", *chunked(sent), job=job(GIVEN.encode())) == ["chunk-content.dots"]
    assert keys("dot-stuffing", *chunked(sent), job=job(GIVEN.encode())) == []
    assert keys("chunk-content", *chunked(sent), job=job(sent.encode())) == []
    assert keys("chunk-content", *chunked(sent), job=job(GIVEN.encode(), takes="composed")) == []


def test_a_secret_in_a_chunk_is_not_looked_at() -> None:
    assert keys("chunk-content", *chunked(f"{PASSWORD}\n"), job=job(GIVEN.encode())) == []


HEAD = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=p\r\n\r\n--p\r\n"
TEXT = "Content-Transfer-Encoding: binary\r\n\r\nHello\r\n--p\r\n"
DATA_PART = "Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\n\r\r\n--p--\r\n"
MESSAGE = HEAD + TEXT + DATA_PART


def sent(
    message: str = MESSAGE, offers: str = "BINARYMIME\r\n250-CHUNKING", body: str = " BODY=BINARYMIME"
) -> list[str]:
    steps = ("S: 220 x", "C: EHLO me.test", f"s: 250-mail.test\r\n250-{offers}\r\n250 HELP\r\n")
    mail = (f"C: MAIL FROM:<{SENDER}>{body}", "S: 250 Ok", *RCPT)
    last = (f"c: BDAT {len(message)} LAST\r\n{message}", "S: 250 Ok")
    return keys("binary", *steps, *mail, *last, job=job(message.encode()))


def test_binary_messages() -> None:
    assert sent() == []
    assert sent(body="") == ["binary.undeclared"]
    assert sent(offers="CHUNKING", body="") == ["binary.not-listed"]
    assert sent(offers="BINARYMIME") == ["binary.alone"]
    assert sent("Subject: x\r\n\r\nHello\r\n", body="") == []


def test_text_parts_of_binary_messages() -> None:
    assert sent(MESSAGE.replace("Hello\r\n", "Hello\n")) == ["binary.text"]
    assert sent("Content-Transfer-Encoding: binary\r\n\r\nHello\n") == ["binary.text"]
    assert sent("Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\n") == []


def test_binary_content_that_the_client_was_given_is_told_and_not_failed() -> None:
    steps = (*EHLO[:2], "s: 250-mail.test\r\n250 CHUNKING\r\n", *MAIL, *RCPT)
    last = (f"c: BDAT {len(MESSAGE)} LAST\r\n{MESSAGE}", "S: 250 Ok")
    given, own = (remarks("binary", *steps, *last, job=job(takes=takes))[0] for takes in ("raw", "composed"))
    assert (given.at_most, own.at_most) == ("warn", "fail")


ENCODED = MESSAGE.replace("\0\n\r", "AAoN").replace(
    "png\r\nContent-Transfer-Encoding: binary", "png\r\n" + "C-T-E: base64"
)
ENCODED = ENCODED.replace("C-T-E", "Content-Transfer-Encoding").replace("Encoding: binary", "Encoding: 7bit")


def converted(message: str, given: str = MESSAGE, takes: str = "raw") -> list[str]:
    steps = (*EHLO[:2], "s: 250-mail.test\r\n250 CHUNKING\r\n", *MAIL, *RCPT)
    last = (f"c: BDAT {len(message)} LAST\r\n{message}", "S: 250 Ok")
    return keys("binary", *steps, *last, job=job(given.encode(), takes=takes))


def test_a_binary_message_is_converted_without_a_loss() -> None:
    assert converted(ENCODED) == []
    assert converted(ENCODED.replace("AAoN", "AAo=")) == ["binary.lost"]
    assert converted(ENCODED.replace("Hello", "Hullo")) == ["binary.lost"]
    assert converted(ENCODED.replace("AAoN", "AAo="), takes="composed") == []
    assert converted(ENCODED, given=GIVEN) == []


def test_binary_parts_go_octet_for_octet() -> None:
    whole = "Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\na"
    assert sent(whole) == []
    last = "c: BDAT {} LAST\r\n{}"
    for given in (MESSAGE, whole):
        came = given.replace("\0\n", "\0\r\n")
        steps = (*BINARY, last.format(len(came), came), "S: 250 Ok")
        assert keys("binary", *steps, job=job(given.encode())) == ["binary.changed"]
    assert converted(whole.replace("binary", "base64").replace("\0\na", "AAph"), given=whole) == []


def test_encodings_are_not_nested() -> None:
    nested = ENCODED.replace("boundary=p\r\n", "boundary=p\r\nContent-Transfer-Encoding: base64\r\n")
    assert converted(nested) == ["binary.lost"]


def test_what_other_rules_leave_to_those_of_chunks() -> None:
    assert keys("stray-octets", *BINARY, "c: BDAT 3 LAST\r\n\0\0\0", "S: 250 Ok") == []
    assert keys("stray-octets", *READY, *LAST, "early C: ", "S: 500 What?") == []
    assert keys("out-of-order", *READY, *REFUSED, *MAIL) == []
