"""How a client authenticates."""

import base64

import pytest
from playbook import HAPPY, MAIL, PASSWORD, SENDER, keys, remarks, verdict

from smtpwitness.model.finding import Verdict

OFFERS = "S: 250-mail.test\r\n250-AUTH PLAIN login CRAM-MD5 XOAUTH2\r\n250 STARTTLS"
EHLO = ("S: 220 mail.test", "C: EHLO client.example.test", OFFERS)
TLS = ("TLS", *EHLO)
CHALLENGE = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PLAIN = b64(f"\0{SENDER}\0{PASSWORD}")
TYPED = "al\u00adice"
USER, PASS = b64(SENDER), b64(PASSWORD)


def test_plain_without_tls_is_a_warning() -> None:
    (remark,) = remarks("credentials-in-clear", *EHLO, f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok")
    assert remark.requirement == "RFC4616-5-a"
    assert verdict(remark) is Verdict.WARN


def test_login_without_tls_is_a_warning_for_it_is_no_rfc() -> None:
    steps = ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASS}", "S: 235 Ok")
    (remark,) = remarks("credentials-in-clear", *EHLO, *steps)
    assert remark.requirement == "LOGIN-1-c"
    assert verdict(remark) is Verdict.WARN
    assert dict(remark.facts)["count"] == "1", "the user name is no secret"


def test_a_token_without_tls() -> None:
    token = b64("user=alice@example.test\x01auth=Bearer abcdefgh\x01\x01")
    (remark,) = remarks("credentials-in-clear", *EHLO, f"C: AUTH XOAUTH2 {token}", "S: 235 Ok")
    assert (remark.requirement, remark.at_most) == ("RFC7628-3-a", Verdict.WARN), "XOAUTH2 is in no RFC"
    bearer = b64("n,a=alice@example.test,\x01auth=Bearer abcdefgh\x01\x01")
    (remark,) = remarks("credentials-in-clear", *EHLO, f"C: AUTH OAUTHBEARER {bearer}", "S: 235 Ok")
    assert (remark.requirement, remark.at_most) == ("RFC7628-3-a", Verdict.FAIL)
    assert dict(remark.facts)["host"] == "localhost"


def test_a_digest_gives_nothing_away_and_tls_hides_the_rest() -> None:
    cram = ("C: AUTH CRAM-MD5", f"S: 334 {CHALLENGE}", f"C: {b64('alice ' + 'a' * 32)}", "S: 535 No")
    assert keys("credentials-in-clear", *EHLO, *cram) == []
    assert keys("credentials-in-clear", *TLS, f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok") == []


def test_a_mechanism_that_nobody_listed() -> None:
    (remark,) = remarks(
        "helo-then-auth", "S: 220 mail.test", "C: HELO me.test", "S: 250 Ok", "C: AUTH LOGIN", "S: 504 No"
    )
    assert verdict(remark) is Verdict.WARN
    assert dict(remark.facts)["hello"] == "HELO"
    (remark,) = remarks("helo-then-auth", "S: 220 mail.test", "C: AUTH PLAIN", "S: 503 No")
    assert dict(remark.facts)["hello"] == "no hello"
    assert keys("helo-then-auth", *EHLO, "C: AUTH SCRAM-SHA-1", "S: 504 No") == ["helo-then-auth"]


def test_mechanisms_are_case_blind_and_stay_listed() -> None:
    for mechanism in ("LOGIN", "login", "plain"):
        assert keys("helo-then-auth", *EHLO, f"C: AUTH {mechanism}", "S: 535 No") == []
    again = ("C: HELO me.test", "S: 250 Ok", "C: AUTH PLAIN", "S: 334 ")
    assert keys("helo-then-auth", *EHLO, *again) == []


def test_what_was_listed_before_tls_is_forgotten() -> None:
    steps = (
        *EHLO,
        "C: STARTTLS",
        "S: 220 Go",
        "TLS",
        "C: EHLO me.test",
        "S: 250 mail.test",
        "C: AUTH PLAIN",
        "S: 504 No",
    )
    assert keys("helo-then-auth", *steps) == ["helo-then-auth"]


def test_a_hello_reply_that_is_none_may_have_listed_it() -> None:
    steps = ("S: 220 mail.test", "C: EHLO me.test", "s: 250-mail.test\n250 AUTH PLAIN\n", "C: AUTH PLAIN", "S: 334 ")
    assert keys("helo-then-auth", *steps) == []


def test_auth_without_a_mechanism_names_none() -> None:
    assert keys("helo-then-auth", *EHLO, "C: AUTH", "S: 501 No") == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "X-NEW", "XXXX"])
def test_a_server_without_auth_lists_no_mechanism_at_all(mechanism: str) -> None:
    hello = ("S: 220 mail.test", "C: EHLO me.test", "S: 250 mail.test")
    (remark,) = remarks("helo-then-auth", *hello, f"C: AUTH {mechanism}", "S: 502 No")
    assert dict(remark.facts)["mechanism"] == mechanism


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ((f"C: AUTH PLAIN {PLAIN[:-1]}",), "initial"),
        ((f"C: AUTH PLAIN \0{SENDER}\0{PASSWORD}",), "initial"),
        (("C: AUTH PLAIN", "S: 334 ", f"C: {PLAIN[:-1]}"), "base64"),
        ((f"C: AUTH PLAIN {b64(SENDER + PASSWORD)}",), "plain"),
        ((f"C: AUTH PLAIN {b64(chr(0) * 2)}",), "plain"),
        ((f"C: AUTH PLAIN {b64(chr(0) * 3)}",), "nul"),
        ((f"C: AUTH PLAIN {b64(chr(0) + SENDER + chr(0) + PASSWORD + chr(0))}",), "nul"),
        ((f"C: AUTH PLAIN {b64(SENDER + chr(0) + SENDER + chr(0) + PASSWORD)}",), "authzid"),
        (("C: AUTH PLAIN AOkA6Q==",), "charset"),
        ((f"C: AUTH CRAM-MD5 {b64('alice ' + 'a' * 32)}",), "early"),
        (("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {SENDER}"), "base64"),
        (("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER} "), "base64"),
        (("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER[:-1]}"), "base64"),
        ((f"C: AUTH LOGIN {SENDER}",), "initial"),
        ((f"C: AUTH LOGIN {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASSWORD}"), "base64"),
        (("C: AUTH CRAM-MD5", f"S: 334 {CHALLENGE}", f"C: {b64(SENDER + ' ' + 'A' * 32)}"), "cram-digits"),
        (("C: AUTH CRAM-MD5", f"S: 334 {CHALLENGE}", f"C: {b64(SENDER + ':' + 'a' * 32)}"), "cram"),
        (("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: 6Q=="), "login-charset"),
        (("C: AUTH LOGIN 6Q==",), "login-charset"),
        (("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER}", "S: 334 UGFzc3dvcmQ6", "C: 6enp6Q=="), "login-charset"),
        (("C: AUTH CRAM-MD5", f"S: 334 {CHALLENGE}", f"C: {b64(SENDER + ' ' + 'a' * 32)}"), "digest"),
    ],
)
def test_responses_that_are_built_wrongly(lines: tuple[str, ...], key: str) -> None:
    assert keys("auth-response", *EHLO, *lines, "S: 501 No") == [f"auth-response.{key}"]


@pytest.mark.parametrize(
    "lines",
    [
        (f"C: AUTH PLAIN {PLAIN}",),
        (f"C: AUTH LOGIN {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASS}"),
        ("C: AUTH PLAIN", "S: 334 ", "C: *"),
        ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: "),
        ("C: AUTH LOGIN =", "S: 334 UGFzc3dvcmQ6", f"C: {b64('another password')}"),
        ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: QUIT"),
        ("C: AUTH CRAM-MD5", "S: 334 =AAA!!", f"C: {b64(SENDER + ' ' + 'a' * 32)}"),
        (f"C: MAIL FROM:<{PASSWORD}@example.test>",),
        (f"C: AUTH XOAUTH2 {b64('a token')}",),
        ("C: AUTH SCRAM-SHA-1", "S: 334 ", f"C: {b64('n,,n=a,r=b')}", "S: 334 cj1iYw==", f"C: {b64('c=biws')}"),
    ],
)
def test_responses_that_are_right_or_no_responses(lines: tuple[str, ...]) -> None:
    assert keys("auth-response", *EHLO, *lines, "S: 501 No") == []


def test_a_user_name_that_saslprep_changes() -> None:
    line = f"C: AUTH PLAIN {b64(chr(0) + TYPED + chr(0) + PASSWORD)}"
    (remark,) = remarks("auth-response", *EHLO, line, "S: 235 Ok", username=TYPED)
    assert (remark.key, remark.requirement) == ("auth-response.unprepared", "RFC4954-4-k")
    assert verdict(remark) is Verdict.WARN


def test_how_bad_it_is() -> None:
    (remark,) = remarks("auth-response", *EHLO, f"C: AUTH PLAIN {PLAIN[:-1]}", "S: 501 No")
    assert verdict(remark) is Verdict.FAIL
    cram = ("C: AUTH CRAM-MD5", f"S: 334 {CHALLENGE}", f"C: {b64(SENDER + ' ' + 'a' * 32)}", "S: 535 No")
    (remark,) = remarks("auth-response", *EHLO, *cram)
    assert verdict(remark) is Verdict.WARN


def test_a_digest_of_its_own_credentials_cannot_be_judged() -> None:
    cram = ("C: AUTH CRAM-MD5", f"S: 334 {CHALLENGE}", f"C: {b64(SENDER + ' ' + 'a' * 32)}", "S: 535 No")
    assert keys("auth-response", *EHLO, *cram, own=True) == []


def test_a_second_auth_after_a_success() -> None:
    twice = (f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok", f"C: AUTH PLAIN {PLAIN}", "S: 503 No")
    assert keys("auth-response", *EHLO, *twice) == ["auth-response.again"]
    after_failure = (f"C: AUTH PLAIN {PLAIN}", "S: 535 No", f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok", *MAIL)
    assert keys("auth-response", *EHLO, *after_failure) == []


def test_a_good_session() -> None:
    for rule in ("credentials-in-clear", "helo-then-auth", "auth-response"):
        assert keys(rule, *HAPPY) == []


def test_a_user_name_that_was_not_asked_for_is_a_note() -> None:
    steps = (f"C: AUTH LOGIN {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASS}", "S: 235 Ok")
    (remark,) = remarks("login-initial-response", *EHLO, *steps)
    assert (remark.requirement, verdict(remark)) == ("LOGIN-2.1-c", Verdict.NOTE)
    assert keys("login-initial-response", *EHLO, "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER}") == []
    assert keys("login-initial-response", *EHLO, f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok") == []


LOGIN_REFUSED = ("C: AUTH LOGIN", "S: 504 No such mechanism")


def test_credentials_that_a_refused_auth_did_not_ask_for() -> None:
    steps = (*LOGIN_REFUSED, f"C: {USER}", "S: 500 What?", f"C: {PASS}", "S: 500 What?", "C: QUIT", "S: 221 Bye")
    (remark,) = remarks("auth-response", *TLS, *steps)
    assert remark.key == "auth-response.unasked"
    assert verdict(remark) is Verdict.WARN


def test_what_may_follow_a_refused_auth() -> None:
    other = ("C: AUTH PLAIN", "S: 334 ", f"C: {PLAIN}", "S: 235 Ok", *MAIL)
    assert keys("auth-response", *TLS, *LOGIN_REFUSED, *other) == []
    assert (
        keys("auth-response", *TLS, *LOGIN_REFUSED, f"C: NOOP {PASSWORD}", "S: 250 Ok", f"C: {PASS}", "S: 500 What?")
        == []
    )
    refused_at_the_end = ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER}", "S: 535 No")
    assert keys("auth-response", *TLS, *refused_at_the_end, f"C: {PASS}", "S: 500 What?") == ["auth-response.unasked"]
    assert keys("auth-response", *TLS, *refused_at_the_end, "C: a line", "S: 500 What?") == []


def test_credentials_after_a_success_followed_no_refusal() -> None:
    steps = (f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok", f"C: {PASS}", "S: 500 What?")
    assert keys("auth-response", *TLS, *steps) == []
