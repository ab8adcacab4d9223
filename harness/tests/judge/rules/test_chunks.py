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
    assert keys("chunk-size", *READY, "cut c: BDAT 9 LAST\r\nabc\r\n", "CLOSE client") == ["chunk-size"]
    assert keys("chunk-size", *READY, "cut c: BDAT 9 LAST\r\n", "CLOSE client") == ["chunk-size.waits"]
    assert keys("chunk-size", *READY, "close server", "cut c: BDAT 9 LAST\r\nabc") == []
    assert keys("chunk-size", *cut, "LIMIT") == []
    assert keys("chunk-size", *READY, "cut c: BDAT\r\n", "CLOSE client") == []


def test_more_octets_than_counted() -> None:
    assert keys("chunk-size", *READY, *CHUNK, "early C: rest", "S: 500 What?") == ["chunk-size"]
    assert keys("sent-before-reply", *READY, *CHUNK, "early C: rest", "S: 500 What?", "early C: QUIT") == []
    assert keys("chunk-size", *READY, *CHUNK, "C: rest", "S: 500 What?") == []
    assert keys("chunk-size", *READY, "C: BDAT x", "S: 501 No", "early C: rest", "S: 500 What?") == []


def test_wrong_counts_are_told_in_the_order_of_the_session() -> None:
    steps = (
        *READY,
        *CHUNK,
        "early C: rest",
        "S: 500 What?",
        "OPEN",
        *READY,
        "cut c: BDAT 9 LAST\r\nabc",
        "CLOSE client",
    )
    (remark,) = remarks("chunk-size", *steps)
    assert remark.observed == "BDAT 3"
    assert remark.events == tuple(sorted(remark.events))
    assert dict(remark.facts)["count"] == "2"


def test_chunks_where_they_are_not_listed() -> None:
    assert keys("chunk-not-listed", *EHLO[:2], "S: 250 x", *MAIL, *RCPT) == []
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
        ((*READY, *REFUSED, *RCPT), ["no-reset"]),
        ((*READY, *REFUSED, *DATA), ["mixed", "no-reset"]),
        ((*READY, *CHUNK, *DATA), ["mixed"]),
        ((*READY, *CHUNK, *LAST, *LAST), ["after-last"]),
        ((*READY, *LAST, *MAIL, *RCPT, *LAST), []),
        ((*READY, f"early C: RCPT TO:<{RECIPIENT}>", "S: 250 Ok", "early c: BDAT 3\r\na\r\n", "S: 250 Ok"), ["early"]),
        ((*EHLO, *MAIL, f"C: RCPT TO:<{RECIPIENT}>", "S: 550 No", *CHUNK), ["no-recipient"]),
        ((*EHLO, *MAIL, *CHUNK), []),
        ((*EHLO, *MAIL, f"early {CHUNK[0]}", "S: 503 No"), ["early"]),
        ((*BINARY, *DATA), ["binary-data"]),
        ((*BINARY, *CHUNK, *LAST, *MAIL, *RCPT, *LAST, *QUIT), []),
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


IMAGE = "Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n"


def session(
    message: str = MESSAGE, offers: str = "BINARYMIME\r\n250-CHUNKING", body: str = " BODY=BINARYMIME"
) -> tuple[str, ...]:
    steps = ("S: 220 x", "C: EHLO me.test", f"s: 250-mail.test\r\n250-{offers}\r\n250 HELP\r\n")
    mail = (f"C: MAIL FROM:<{SENDER}>{body}", "S: 250 Ok", *RCPT)
    return (*steps, *mail, f"c: BDAT {len(message)} LAST\r\n{message}", "S: 250 Ok")


def sent(message: str = MESSAGE, given: str = "", **how: str) -> list[str]:
    return keys("binary", *session(message, **how), job=job((given or message).encode()))


@pytest.mark.parametrize(
    ("steps", "key", "requirement"),
    [
        ((*READY, "C: BDAT x", "S: 501 No"), "chunk-syntax", "RFC3030-2-b"),
        ((*READY, "cut c: BDAT 9 LAST\r\nabc", "CLOSE client"), "chunk-size", "RFC3030-2-c"),
        ((*READY, "cut c: BDAT 9 LAST\r\n", "CLOSE client"), "chunk-size.waits", "RFC3030-2-d"),
        ((*EHLO[:2], "S: 250 x", *MAIL, *RCPT, *CHUNK), "chunk-not-listed", "RFC3030-2-a"),
        ((*READY, *REFUSED, *LAST), "chunk-order.refused", "RFC3030-2-e"),
        ((*READY, *REFUSED, *MAIL), "chunk-order.no-reset", "RFC3030-2-f"),
        ((*READY, *CHUNK, *LAST, *LAST), "chunk-order.after-last", "RFC3030-2-g"),
        ((*READY, *CHUNK, *DATA), "chunk-order.mixed", "RFC3030-2-h"),
        ((*BINARY, *DATA), "chunk-order.binary-data", "RFC3030-3-d"),
        (chunked(GIVEN.replace("\r\n", "\n")), "chunk-content.line-end", "RFC3030-2-i"),
        (chunked(GIVEN.replace(".a", "..a")), "chunk-content.dots", "RFC3030-2-l"),
        (session(offers="BINARYMIME"), "binary.alone", "RFC3030-3-a"),
        (session(offers="CHUNKING", body=""), "binary.not-listed", "RFC3030-3-b"),
        (session(body=""), "binary.undeclared", "RFC3030-3-c"),
        (session(MESSAGE.replace("Hello\r\n", "Hello\n")), "binary.text", "RFC3030-3-e"),
        (session(MESSAGE.replace("\0\n", "\0\n\n")), "binary.changed", "RFC3030-3-e"),
        (session("Subject: x\r\n\r\n", body=""), "binary.lost", "RFC3030-3-f"),
    ],
)
def test_who_says_so(steps: tuple[str, ...], key: str, requirement: str) -> None:
    given = job((GIVEN if key.startswith("chunk") else MESSAGE).encode())
    (remark,) = remarks(key.partition(".")[0], *steps, job=given)
    assert (remark.key, remark.requirement) == (key, requirement)


def test_binary_messages() -> None:
    assert sent() == []
    assert sent(body="") == ["binary.undeclared"]
    assert sent(offers="CHUNKING", body="") == ["binary.not-listed"]
    assert sent(offers="BINARYMIME") == ["binary.alone"]
    assert sent("Subject: x\r\n\r\nHello\r\n", body="") == []


def test_what_makes_a_message_binary() -> None:
    assert sent(f"{IMAGE}\0a\r\n", body="") == sent(f"{IMAGE}a\nb\r\n", body="") == ["binary.undeclared"]
    assert sent(f"{IMAGE}ab\r\n", body="") == [], "its octets need no more than 7bit"


def test_binarymime_alone_is_told_of_mail() -> None:
    (remark,) = remarks("binary", *session(offers="BINARYMIME"))
    assert remark.observed == f"MAIL FROM:<{SENDER}> BODY=BINARYMIME"


def test_a_binary_message_that_was_sent_as_one_was_not_converted() -> None:
    assert sent(MESSAGE.replace("Hello", "Hullo"), given=MESSAGE, body="") == ["binary.undeclared"]


def test_text_parts_of_binary_messages() -> None:
    assert sent(MESSAGE.replace("Hello\r\n", "Hello\n")) == ["binary.text"]
    assert sent("Content-Transfer-Encoding: binary\r\n\r\nHello\n") == ["binary.text"]
    assert sent(MESSAGE.replace("Hello\r\n", "Hel\nlo\r\n\r\nMore\r\n")) == ["binary.text"], "in any paragraph"
    for kind in ("text/plain", "TEXT/html"):
        assert sent(f"Content-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n\r\nHello\n") == ["binary.text"]
    assert sent("Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\n") == []


def test_a_part_of_a_digest_is_a_message() -> None:
    """With a header of its own, be the part's own empty (RFC 2046, 5.1.5)."""
    assert sent(HEAD.replace("mixed", "digest") + "\r\n" + DATA_PART) == []


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


def test_lines_of_text_may_end_as_text_does_in_chunks() -> None:
    """RFC 3030, 3: a text part has CRLF, whatever it had in the file."""
    given = MESSAGE.replace("Hello\r\n", "Hello\nBob\r\n")
    assert sent(given.replace("Hello\n", "Hello\r\n"), given=given) == []
    assert sent(given.replace("Hello\nBob", "HelloBob"), given=given) == ["binary.changed"]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", " Base64 "])
def test_encodings_are_not_nested(encoding: str) -> None:
    nested = ENCODED.replace("boundary=p\r\n", f"boundary=p\r\nContent-Transfer-Encoding: {encoding}\r\n")
    assert converted(nested) == ["binary.lost"]
    given, inside = (
        one.replace("--p\r\n", "--p\r\nContent-Type: message/rfc822\r\n{}\r\n", 1) for one in (MESSAGE, ENCODED)
    )
    for label, found in (("", []), (f"Content-Transfer-Encoding: {encoding}\r\n", ["binary.lost"])):
        assert converted(inside.format(label), given=given.format("")) == found


def test_what_other_rules_leave_to_those_of_chunks() -> None:
    assert keys("stray-octets", *BINARY, "c: BDAT 3 LAST\r\n\0\0\0", "S: 250 Ok") == []
    assert keys("stray-octets", *READY, *LAST, "early C: ", "S: 500 What?") == []
    assert keys("out-of-order", *READY, *REFUSED, *MAIL) == []
