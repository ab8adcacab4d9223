"""What a client says in OAUTHBEARER and XOAUTH2."""

import base64

import pytest
from playbook import EVERYTHING, PASSWORD, SENDER, job, keys, remarks, verdict

from smtpwitness.model.finding import Verdict

EHLO = ("TLS", "S: 220 mail.test", "C: EHLO client.example.test", "S: 250-mail.test\r\n250 AUTH OAUTHBEARER XOAUTH2")
PAIR = f"auth=Bearer {PASSWORD}\x01"
RIGHT = f"n,a={SENDER},\x01host=localhost\x01port=2525\x01{PAIR}\x01"
OLD = f"user={SENDER}\x01{PAIR}\x01"
ERROR = "S: 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0="


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "message", [RIGHT, f"n,,\x01{PAIR}\x01", f"y,,\x01x=\x01{PAIR}\x01", f"n,,\x01{PAIR}host=localhost\x01\x01"]
)
def test_messages_that_are_right(message: str) -> None:
    assert keys("oauth", *EHLO, f"C: AUTH OAUTHBEARER {b64(message)}", "S: 235 Ok") == []
    assert keys("oauth", *EHLO, "C: AUTH oauthbearer", "S: 334 ", f"C: {b64(message)}", "S: 235 Ok") == []


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (OLD, "format"),
        (RIGHT[:-1], "format"),
        (RIGHT.replace(",", ""), "format"),
        (PASSWORD, "format"),
        (f"n,,\x01{PASSWORD}\x01\x01", "format"),
        (f"n,a={SENDER},\x01\x01", "auth"),
        (f"n,,\x01auth={PASSWORD}\x01\x01", "auth"),
        (RIGHT.replace("localhost", "mail.test"), "host"),
        (RIGHT.replace("2525", "587"), "port"),
        (RIGHT.replace("2525", "02525"), "port"),
    ],
)
def test_messages_that_are_built_wrongly(message: str, key: str) -> None:
    assert keys("oauth", *EHLO, f"C: AUTH OAUTHBEARER {b64(message)}", "S: 535 No") == [f"oauth.{key}"]


def test_where_it_has_connected_to_can_be_said_in_several_ways() -> None:
    for host in ("LOCALHOST", "127.0.0.1", "[::1]"):
        steps = (f"C: AUTH OAUTHBEARER {b64(RIGHT.replace('localhost', host))}", "S: 235 Ok")
        assert keys("oauth", *EHLO, *steps) == []
    for host, given in (("Localhost", "127.0.0.1"), ("127.0.0.1", "Localhost"), ("MAIL.test", "mail.TEST")):
        steps = (f"C: AUTH OAUTHBEARER {b64(RIGHT.replace('localhost', host))}", "S: 235 Ok")
        assert keys("oauth", *EHLO, *steps, job=job(host=given)) == []
    own = job(told=EVERYTHING - {"host", "port"})
    wrong = RIGHT.replace("localhost", "mail.test").replace("2525", "587")
    assert keys("oauth", *EHLO, f"C: AUTH OAUTHBEARER {b64(wrong)}", "S: 235 Ok", job=own) == []


@pytest.mark.parametrize("message", [RIGHT, OLD[:-1], PASSWORD, f"user={SENDER}\x01auth={PASSWORD}\x01\x01"])
def test_xoauth2_is_no_rfc_so_this_is_a_note(message: str) -> None:
    (remark,) = remarks("oauth", *EHLO, f"C: AUTH XOAUTH2 {b64(message)}", "S: 535 No")
    assert (remark.key, verdict(remark)) == ("oauth.xformat", Verdict.NOTE)
    assert keys("oauth", *EHLO, f"C: AUTH XOAUTH2 {b64(OLD)}", "S: 235 Ok") == []


@pytest.mark.parametrize("answer", ["AQ==", "*", "QUIT"])
def test_answers_that_let_the_server_go_on(answer: str) -> None:
    steps = (f"C: AUTH OAUTHBEARER {b64(RIGHT)}", ERROR, f"C: {answer}", "S: 535 No")
    assert keys("oauth", *EHLO, *steps) == []


@pytest.mark.parametrize("answer", ["", "=", b64(RIGHT), "AQE="])
def test_answers_that_do_not(answer: str) -> None:
    steps = (f"C: AUTH OAUTHBEARER {b64(RIGHT)}", ERROR, f"C: {answer}", "S: 535 No")
    (remark,) = remarks("oauth", *EHLO, *steps)
    assert (remark.key, remark.requirement, verdict(remark)) == ("oauth.answer", "RFC7628-3.2.3-a", Verdict.FAIL)
    old = (f"C: AUTH XOAUTH2 {b64(OLD)}", *steps[1:])
    assert keys("oauth", *EHLO, *old) == []


def test_other_mechanisms() -> None:
    assert keys("oauth", *EHLO, "C: AUTH PLAIN eA==", "S: 535 No", "C: AUTH", "S: 501 No") == []
