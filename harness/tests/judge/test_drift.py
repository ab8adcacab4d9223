"""Where a fake no longer behaves like the relay: two sessions of one client, side by side."""

from __future__ import annotations

import pytest
from playbook import play

from smtpwitness.judge.drift import Drift, in_offers, in_replies

BEGIN = ("S: 220 mail.example.test", "C: EHLO client.example.test", "S: 250 mail.example.test")


def test_other_words_and_other_keywords_in_a_reply_are_no_drift_of_replies() -> None:
    one = play(*BEGIN, "C: MAIL FROM:<a@x>", "S: 250 2.1.0 Ok", "C: QUIT", "S: 221 2.0.0 Bye")
    other = play(
        "S: 220 other.example.test", "C: EHLO x", "s: 250-other\r\n250 HELP\r\n",
        "C: MAIL FROM:<b@y>", "S: 250 2.1.0 sender fine", "C: QUIT", "S: 221 2.0.0 So long",
    )  # fmt: skip
    assert in_replies(one, other) == ()


@pytest.mark.parametrize(
    ("says", "drifted"),
    [
        ("250 2.1.5 Ok", True),
        ("250 Ok", True),
        ("251 2.1.0 Ok", True),
        ("250 2.1.0", False),
        ("250 2.1.0.4 is a version", True),
    ],
)
def test_code_and_enhanced_code_count(says: str, drifted: bool) -> None:
    one = play(*BEGIN, "C: MAIL FROM:<a@x>", "S: 250 2.1.0 Ok")
    other = play(*BEGIN, "C: MAIL FROM:<a@x>", f"S: {says}")
    assert in_replies(one, other) == ((Drift("MAIL", "250 2.1.0 Ok", says),) if drifted else ())


def test_what_comes_after_another_way_is_not_compared() -> None:
    one = play(*BEGIN, "C: MAIL FROM:<a@x>", "S: 250 Ok", "C: RCPT TO:<b@x>", "S: 250 Ok", "C: QUIT", "S: 221 Bye")
    other = play(*BEGIN, "C: MAIL FROM:<a@x>", "S: 530 no", "C: QUIT", "S: 221 Bye")
    assert in_replies(one, other) == (Drift("MAIL", "250 Ok", "530 no"),)


def test_a_client_that_goes_another_way_for_no_reply_that_is_compared_is_told() -> None:
    one = play(*BEGIN, "C: STARTTLS", "S: 220 go")
    other = play(*BEGIN, "C: QUIT", "S: 221 bye")
    assert in_replies(one, other) == (Drift("the client's next step", "STARTTLS", "QUIT"),)
    assert in_replies(play(*BEGIN), play(*BEGIN, "C: what is this")) == (
        Drift("the client's next step", "", "a line that is no command"),
    )


def test_every_reply_that_has_drifted_is_told() -> None:
    one = play(*BEGIN, "C: MAIL FROM:<a@x>", "S: 250 Ok", "C: QUIT", "S: 221 Bye")
    other = play(*BEGIN, "C: MAIL FROM:<a@x>", "S: 250 2.1.0 Ok", "C: QUIT", "S: 221 2.0.0 Bye")
    drifts = (Drift("MAIL", "250 Ok", "250 2.1.0 Ok"), Drift("QUIT", "221 Bye", "221 2.0.0 Bye"))
    assert in_replies(one, other) == drifts


def test_a_reply_that_no_longer_comes_is_told() -> None:
    one = play(*BEGIN, "C: QUIT", "S: 221 bye")
    assert in_replies(one, play(*BEGIN, "C: QUIT")) == (Drift("QUIT", "221 bye", ""),)


def test_offers_differ_by_keyword_and_by_what_stands_behind() -> None:
    persona = ("SIZE 1000", "AUTH LOGIN PLAIN", "AUTH=LOGIN PLAIN", "8bitmime", "DSN")
    heard = ("8BITMIME", "SIZE 2000", "AUTH PLAIN LOGIN", "HELP", "")
    assert in_offers("offers", persona, heard) == (
        Drift("offers", "SIZE 1000", "SIZE 2000"),
        Drift("offers", "AUTH= LOGIN PLAIN", ""),
        Drift("offers", "DSN", ""),
        Drift("offers", "", "HELP"),
    )
    assert in_offers("offers", persona, persona[::-1]) == ()


def test_an_equals_sign_divides_only_behind_auth_and_only_once() -> None:
    """The parameters of LIMITS have some (RFC 9422, 4), and are words all the same."""
    one, other = "LIMITS RCPTMAX=20 MAILMAX=5", "LIMITS RCPTMAX=10"
    assert in_offers("offers", [one], [other]) == (Drift("offers", one, other),)
    assert in_offers("offers", ["AUTH=A=B C=D"], []) == (Drift("offers", "AUTH= A=B C=D", ""),)
