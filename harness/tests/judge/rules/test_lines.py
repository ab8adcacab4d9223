"""How lines end, and how long they are."""

import pytest
from playbook import DATA, ENVELOPE, HAPPY, HELLO, MAIL, RCPT, SENDER, job, keys, remarks, verdict

from smtpwitness.model.finding import Verdict


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("c: NOOP\n", "line-end.bare-lf"),
        ("c: NOOP", "line-end.none"),
        ("c: NOOP\r", "line-end.none"),
        ("c: NOOP\r\r\n", "line-end.lone-cr"),
        ("c: NOOP\rNOOP\r\n", "line-end.lone-cr"),
    ],
)
def test_a_line_ends_with_crlf(line: str, key: str) -> None:
    (remark,) = remarks("line-end", *HELLO, line, "S: 250 Ok")
    assert remark.key == key
    assert verdict(remark) is Verdict.FAIL


def test_many_bad_lines_are_one_finding() -> None:
    lines = [step for _ in range(30) for step in ("c: NOOP\n", "S: 250 Ok")]
    (remark,) = remarks("line-end", *HELLO, *lines)
    assert dict(remark.facts)["count"] == "30"
    assert len(remark.events) == 20


def test_a_sasl_response_ends_with_crlf() -> None:
    found = keys("line-end", *HELLO, "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "c: YWxpY2U=\n", "S: 501 No")
    assert found == ["line-end.bare-lf"]


def test_half_a_line_after_the_server_has_gone_is_no_fault() -> None:
    assert keys("line-end", *HELLO, "close server", "c: QUI") == []


def test_a_line_that_was_too_long_to_keep_has_no_end() -> None:
    assert keys("line-end", *HELLO, "cut c: NOOP xxxx", "S: 500 No") == []


def test_octets_of_a_handshake_are_no_line() -> None:
    assert keys("line-end", "S: 220 mail.test", "c: \x16\x03\x01\x02\x00\n") == []
    assert keys("line-end", "S: 220 mail.test", "c: \x15\x03\x01\x02\x00\n") == []


def test_a_chunk_may_hold_anything() -> None:
    assert keys("line-end", *HELLO, "c: BDAT 3 LAST\r\na\nb", "S: 250 Ok") == []
    assert keys("line-end", *HELLO, "c: BDAT 3 LAST\na\nb", "S: 250 Ok") == ["line-end.bare-lf"]


@pytest.mark.parametrize(
    ("content", "octet", "number"),
    [
        ("one\r\ntwo\nthree\r\n.\r\n", "LF", "2"),
        ("one\rtwo\r\n.\r\n", "CR", "1"),
        ("one\r\r\n.\r\n", "CR", "1"),
        ("one\n\r\n.\r\n", "LF", "1"),
        ("\n.\r\n", "LF", "1"),
    ],
)
def test_a_lone_cr_or_lf_in_content(content: str, octet: str, number: str) -> None:
    (remark,) = remarks("content-line-end", *ENVELOPE, *DATA, f"M: {content}", "S: 250 Ok")
    assert (dict(remark.facts)["octet"], dict(remark.facts)["number"]) == (octet, number)
    assert (remark.requirement, remark.observed) == ("RFC5321-2.3.8-c", f"a lone {octet}")
    assert verdict(remark) is Verdict.FAIL


def test_a_composed_message_breaks_its_own_format() -> None:
    (remark,) = remarks("content-line-end", *ENVELOPE, *DATA, "M: a\nb\r\n.\r\n", job=job(takes="composed"))
    assert (remark.requirement, verdict(remark)) == ("RFC5322-2.3-a", Verdict.FAIL)


@pytest.mark.parametrize(
    "content",
    [
        "M: .\r\n",
        "M: one\r\n\r\n.\r\n",
        "cut M: one\r\ntwo\r",
        "unterminated M: one\r\n.\n",
        "unterminated M: one\r\n.",
    ],
)
def test_content_with_crlf_only(content: str) -> None:
    assert keys("content-line-end", *ENVELOPE, *DATA, content, "S: 250 Ok") == []


def test_lf_in_content_that_never_ended() -> None:
    assert keys("content-line-end", *ENVELOPE, *DATA, "unterminated M: one\ntwo\n.\n") == ["content-line-end"]


def test_a_command_has_512_octets() -> None:
    fits, longer = "NOOP " + "x" * 505, "NOOP " + "x" * 506
    assert keys("command-length", *HELLO, f"C: {fits}", "S: 250 Ok") == []
    assert keys("command-length", *HELLO, "C: AUTH " + "X" * 505, "S: 504 No") == []
    (remark,) = remarks("command-length", *HELLO, f"C: {longer}", "S: 500 No")
    assert verdict(remark) is Verdict.WARN
    assert remark.expected == "at most 512 octets"
    assert keys("command-length", *HELLO, f"c: {longer}{longer}", "S: 500 No") == ["command-length"], "without an end"


def test_parameters_bring_their_own_allowance() -> None:
    parameter = "AUTH=" + "x" * 495
    assert keys("command-length", *HELLO, f"C: MAIL FROM:<{SENDER}> {parameter}", "S: 250 Ok") == []
    assert keys("command-length", *HELLO, *MAIL, f"C: RCPT TO:<{SENDER}> {parameter}", "S: 250 Ok") == []
    fits = f"MAIL FROM:<{'x' * 497}> "
    assert keys("command-length", *HELLO, f"C: {fits}SIZE=1", "S: 250 Ok") == [], "512 octets with CRLF, without SIZE=1"
    long = "x" * 510 + "@example.test"
    assert keys("command-length", *HELLO, f"C: NOOP FROM:<{SENDER}> {parameter}", "S: 250 Ok") == ["command-length"]
    assert keys("command-length", *HELLO, f"C: MAIL FROM:<{long}>", "S: 501 No") == ["command-length"]
    assert keys("command-length", *HELLO, f"C: MAIL {long}", "S: 501 No") == ["command-length"]


def test_a_response_that_makes_auth_too_long() -> None:
    """Redaction has shortened the line; that it was too long is kept."""
    (remark,) = remarks("command-length", *HELLO, "C: AUTH PLAIN " + "A" * 600, "S: 235 Ok")
    assert keys("command-length", *HELLO, "C: AUTH " + "X" * 600, "S: 504 No") == ["command-length.auth"]
    assert remark.key == "command-length.auth"
    assert verdict(remark) is Verdict.FAIL


def test_a_long_response_on_its_own_line_is_fine() -> None:
    assert keys("command-length", *HELLO, "C: AUTH PLAIN", "S: 334 ", "C: " + "A" * 4000, "S: 235 Ok") == []


def test_a_chunk_is_no_part_of_the_command() -> None:
    assert keys("command-length", *HELLO, "c: BDAT 900 LAST\r\n" + "x" * 900, "S: 250 Ok") == []


def test_text_lines_have_998_octets() -> None:
    def found(size: int, head: str = "") -> list[str]:
        return keys("text-line-length", *ENVELOPE, *DATA, f"M: {head}{'x' * size}\r\n.\r\n", "S: 250 Ok")

    assert found(998) == []
    assert found(998, head=".") == [], "the transparency dot does not count"
    assert found(999) == ["text-line-length"]


def test_the_longest_line_is_told() -> None:
    lines = "x" * 1000 + "\r\n" + "y" * 1200 + "\r\n.\r\n"
    (remark,) = remarks("text-line-length", *ENVELOPE, *DATA, f"M: {lines}", "S: 250 Ok")
    assert dict(remark.facts)["length"] == "1200"
    assert verdict(remark) is Verdict.WARN


def test_the_longest_of_all_messages_is_told() -> None:
    first, second = (
        (*DATA, f"M: {letter * size}\r\nz\r\n.\r\n", "S: 250 Ok") for letter, size in (("x", 1200), ("y", 1000))
    )
    (remark,) = remarks("text-line-length", *ENVELOPE, *first, *MAIL, *RCPT, *second)
    assert (remark.observed, dict(remark.facts)["text"][:1]) == ("1200 octets", "x")


def test_binary_content_has_no_lines() -> None:
    """RFC 3030, 3: BINARYMIME lifts the limit."""
    hello = (*HELLO[:2], "S: 250-mail.test\r\n250-CHUNKING\r\n250 BINARYMIME")
    steps = (f"C: MAIL FROM:<{SENDER}> BODY=BINARYMIME", "S: 250 Ok", *RCPT)
    assert keys("text-line-length", *hello, *steps, f"c: BDAT 2000 LAST\r\n{'x' * 2000}", "S: 250 Ok") == []


def test_only_a_line_of_the_job_is_an_excuse() -> None:
    given = job(message=b"From: a@b.test\r\n\r\n" + b"short\r\n" * 500)
    steps = (*ENVELOPE, *DATA, f"M: {'x' * 999}\r\n.\r\n", "S: 250 Ok")
    assert keys("text-line-length", *steps, job=given) == ["text-line-length"]


def test_a_job_without_a_message() -> None:
    steps = (*ENVELOPE, *DATA, f"M: {'x' * 999}\r\n.\r\n", "S: 250 Ok")
    assert keys("text-line-length", *steps, job=job(messages=())) == ["text-line-length"]


def test_a_long_line_of_the_job_is_not_the_clients_fault() -> None:
    long = "x" * 2000
    given = job(message=f"From: a@b.test\r\n\r\n{long}\r\n".encode())
    assert keys("text-line-length", *ENVELOPE, *DATA, f"M: {long}\r\n.\r\n", "S: 250 Ok", job=given) == []


def test_content_with_a_secret_in_it_cannot_be_measured() -> None:
    content = "M: correct-horse-77" + "x" * 1000 + "\r\n.\r\n"
    assert keys("text-line-length", *ENVELOPE, *DATA, content, "S: 250 Ok") == []


def test_a_good_session() -> None:
    for rule in ("line-end", "content-line-end", "command-length", "text-line-length"):
        assert keys(rule, *HAPPY) == []
