"""Whether the client tells its user the truth."""

import pytest
from playbook import (
    CONTENT,
    DATA,
    ENVELOPE,
    EVERYTHING,
    HAPPY,
    HELLO,
    LMTP,
    MAIL,
    QUIT,
    RCPT,
    SENDER,
    SENT,
    job,
    keys,
    play,
    remarks,
    verdict,
)

from smtpwitness.model.finding import Verdict

OK, FAILED = (("accepted",),), (("failed",),)
REFUSED = (*ENVELOPE, *DATA, f"M: {CONTENT}", "S: 552 Too big", *QUIT)
LATER = (*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 451 Later", *QUIT)
NEVER = (*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 550 No", *QUIT)
TWO = job(recipients=("bob@example.test", "carol@example.test"))
MIXED = (*HELLO, *MAIL, *RCPT, "C: RCPT TO:<carol@example.test>", "S: 550 No", *DATA, *SENT, *QUIT)


@pytest.mark.parametrize("session", [REFUSED, LATER, NEVER, (*HELLO, *QUIT)])
def test_success_where_nothing_was_accepted_fails(session: tuple[str, ...]) -> None:
    (remark,) = remarks("reported", *session, reported=OK)
    assert remark.key == "reported.false-success"
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize(("session", "also"), [(LATER, ("RFC5321-4.2.5-c",)), (REFUSED, ()), (NEVER, ())])
def test_a_failure_for_now_that_nobody_is_told_breaks_two_requirements(
    session: tuple[str, ...], also: tuple[str, ...]
) -> None:
    (remark,) = remarks("reported", *session, reported=OK)
    assert (remark.requirement, remark.also) == ("RFC5321-4.2.5-a", also)


def test_the_reply_that_decided_is_told() -> None:
    for session, code in ((REFUSED, "552"), (LATER, "451"), ((*HELLO, *QUIT), "none")):
        (remark,) = remarks("reported", *session, reported=OK)
        assert dict(remark.facts)["reply"] == code


@pytest.mark.parametrize(
    ("session", "octets"),
    [
        ((*HELLO, *(f"C: MAIL FROM:<{SENDER}>", "S: 451 Later") * 2, *QUIT), b"451 Later\r\n"),
        ((*HELLO, "C: NOOP", "S: 250 Ok", "C: QUIT", "S: 221 Bye"), b"221 Bye\r\n"),
        ((*HELLO, "C: NOOP", "S: 250 Ok", "C: QUIT"), b"QUIT\r\n"),
    ],
)
def test_one_event_is_shown_the_reply_that_decided_or_the_last_thing_that_came(
    session: tuple[str, ...], octets: bytes
) -> None:
    (remark,) = remarks("reported", *session, reported=OK)
    transcript = play(*session)
    assert [transcript[seq].octets for seq in remark.events] == [octets]


def test_a_refused_ehlo_that_helo_made_good_decides_nothing() -> None:
    hello = ("S: 220 mail.test", "C: EHLO me.test", "S: 502 What?", "C: HELO me.test", "S: 250 mail.test")
    (remark,) = remarks("reported", *hello, f"C: MAIL FROM:<{SENDER}>", "S: 550 No", *QUIT, reported=OK)
    assert dict(remark.facts)["reply"] == "550"


@pytest.mark.parametrize("word", ["failed", "temporary", "permanent", "declined"])
def test_failure_where_all_was_accepted_fails(word: str) -> None:
    (remark,) = remarks("reported", *HAPPY, reported=((word,),))
    assert remark.key == "reported.false-failure"
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts)["reply"] == "250"


@pytest.mark.parametrize("word", ["unsupported", "none", ""])
def test_a_word_that_says_nothing(word: str) -> None:
    assert keys("reported", *HAPPY, reported=((word,),)) == []
    assert keys("reported", *REFUSED, reported=((word,),)) == []


def test_a_client_that_was_ended_from_outside_said_nothing() -> None:
    assert keys("reported", *HAPPY, reported=FAILED, timed_out=True) == []


def test_the_truth() -> None:
    assert keys("reported", *HAPPY, reported=OK) == []
    assert keys("reported", *REFUSED, reported=FAILED) == []
    assert keys("reported", *HAPPY, reported=()) == []


@pytest.mark.parametrize(
    "end",
    [
        ("C: QUIT", "close server", "CLOSE client"),
        ("C: QUIT", "S: 500 No", "CLOSE client"),
        ("close server", "CLOSE client"),
        ("C: QUIT", "stall server"),
        ("S: 500 What?", "C: QUIT", "S: 221 Bye", "CLOSE client"),  # unasked, and what QUIT seems to be answered
    ],
)
def test_trouble_after_the_message_makes_it_a_warning(end: tuple[str, ...]) -> None:
    (remark,) = remarks("reported", *ENVELOPE, *DATA, *SENT, *end, reported=FAILED)
    assert verdict(remark) is Verdict.WARN


def test_trouble_on_a_connection_where_nothing_was_taken_excuses_nothing() -> None:
    steps = ("S: 421 Busy", "close server", "CLOSE client", "OPEN", *HAPPY)
    (remark,) = remarks("reported", *steps, reported=FAILED)
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize("end", [("C: QUIT", "S: 221 Bye", "close server"), ("S: 250 Ok",), ("CLOSE client",)])
def test_an_end_without_trouble_excuses_nothing(end: tuple[str, ...]) -> None:
    (remark,) = remarks("reported", *ENVELOPE, *DATA, *SENT, *end, reported=FAILED)
    assert verdict(remark) is Verdict.FAIL


def test_one_word_for_all_is_success_only_if_all_was_accepted() -> None:
    assert keys("reported", *MIXED, job=TWO, reported=FAILED) == []
    (remark,) = remarks("reported", *MIXED, job=TWO, reported=OK)
    assert remark.key == "reported.false-success"
    assert dict(remark.facts)["counted"] == "1 of 2"
    (remark,) = remarks("reported", *HELLO, *QUIT, job=TWO, reported=OK)
    assert dict(remark.facts)["counted"] == "2 of 2"


def test_a_recipient_that_the_client_was_told_and_never_named_was_not_served() -> None:
    assert keys("reported", *HAPPY, job=TWO, reported=OK) == ["reported.false-success"]


def test_a_word_for_each_recipient() -> None:
    assert keys("reported", *MIXED, job=TWO, reported=(("accepted", "permanent"),)) == []
    found = remarks("reported", *MIXED, job=TWO, reported=(("permanent", "accepted"),))
    assert [(one.key, dict(one.facts)["who"]) for one in found] == [
        ("reported.false-failure", "bob@example.test"),
        ("reported.false-success", "carol@example.test"),
    ]


def test_a_word_for_each_message() -> None:
    messages = job().messages * 2
    steps = (*HAPPY[:-4], *MAIL, *RCPT, *DATA, f"M: {CONTENT}", "S: 552 No", *QUIT)
    two = job(messages=messages)
    assert keys("reported", *steps, job=two, reported=(("accepted",), ("failed",))) == []
    found = remarks("reported", *steps, job=two, reported=(("failed",), ("accepted",)))
    assert [(one.key, dict(one.facts)["who"]) for one in found] == [
        ("reported.false-failure", "all"),
        ("reported.false-success", "all"),
    ]


def test_a_fault_that_is_told_of_everybody_is_one_finding() -> None:
    steps = (*HELLO, *QUIT)
    assert keys("reported", *steps, job=TWO, reported=(("accepted", "accepted"),)) == ["reported.false-success"]


def test_a_server_failure_in_auth_that_is_told_as_a_wrong_password() -> None:
    for lines in (("C: AUTH PLAIN", "S: 334 ", "C: AGEAYg=="), ("C: AUTH PLAIN AGEAYg==",)):
        steps = (*HELLO, *lines, "S: 454 4.7.0 Later", *QUIT)
        (remark,) = remarks("reported", *steps, reported=(("permanent",),), tells_classes=True)
        assert (remark.key, remark.requirement) == ("reported.wrong-class", "RFC4954-6-a")
        assert keys("reported", *steps, reported=(("temporary",),), tells_classes=True) == []


def test_a_host_that_never_takes_mail_told_as_one_that_does_not_now() -> None:
    steps = ("S: 521 mail.test does not accept mail", *QUIT)
    (remark,) = remarks("reported", *steps, reported=(("temporary",),), tells_classes=True)
    assert (remark.key, remark.requirement) == ("reported.wrong-class", "RFC7504-3-a")
    assert keys("reported", *steps, reported=(("permanent",),), tells_classes=True) == []


def test_the_wrong_class() -> None:
    (remark,) = remarks("reported", *LATER, reported=(("permanent",),), tells_classes=True)
    assert (remark.key, remark.requirement) == ("reported.wrong-class", "RFC5321-4.2.1-a")
    assert verdict(remark) is Verdict.WARN
    (remark,) = remarks("reported", *NEVER, reported=(("temporary",),), tells_classes=True)
    assert remark.requirement == "RFC5321-4.2.1-b"


def test_classes_are_asked_only_of_clients_that_tell_them() -> None:
    assert keys("reported", *LATER, reported=(("permanent",),)) == []


@pytest.mark.parametrize("word", ["temporary", "failed", "declined"])
def test_the_right_class_or_none(word: str) -> None:
    assert keys("reported", *LATER, reported=((word,),), tells_classes=True) == []


def test_552_may_be_either() -> None:
    assert keys("reported", *REFUSED, reported=(("temporary",),), tells_classes=True) == []


def test_mixed_codes_may_be_either() -> None:
    steps = (*HELLO, f"C: MAIL FROM:<{SENDER}>", "s: 450-Later\r\n550 No\r\n", *QUIT)
    assert keys("reported", *steps, reported=(("temporary",),), tells_classes=True) == []


@pytest.mark.parametrize(("second", "found"), [("550 No", []), ("451 Later", ["reported.wrong-class"])])
def test_of_two_replies_a_client_may_go_by_either(second: str, found: list[str]) -> None:
    steps = (*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 450 Later", f"S: {second}", *QUIT)
    assert keys("reported", *steps, reported=(("permanent",),), tells_classes=True) == found


def test_no_answer_has_no_class() -> None:
    steps = (*ENVELOPE, *DATA, f"M: {CONTENT}", "close server", "CLOSE client")
    assert keys("reported", *steps, reported=(("permanent",),), tells_classes=True) == []


UNTOLD = job(told=EVERYTHING - {"recipients"})


def test_a_client_with_recipients_of_its_own_is_asked_about_those() -> None:
    """One of the two that it named was refused: that is no success for all, and to say so is the truth."""
    assert keys("reported", *MIXED, reported=FAILED, job=UNTOLD) == []
    assert keys("reported", *MIXED, reported=OK, job=UNTOLD) == ["reported.false-success"]
    assert keys("reported", *HAPPY, reported=OK, job=UNTOLD) == []
    assert keys("reported", *HAPPY, reported=FAILED, job=UNTOLD) == ["reported.false-failure"]
    assert keys("reported", *NEVER, reported=OK, job=UNTOLD) == ["reported.false-success"]


# --- LMTP: each reply decides for one recipient (RFC 2033, 4.2 and 5)

INTO_LMTP = (*LMTP, *RCPT, "C: RCPT TO:<carol@example.test>", "S: 250 Ok", *DATA, f"M: {CONTENT}")
OVER = ("S: 250 Ok", "S: 452 Full", *QUIT)
LINES = ("s: 250-Ok\r\n250 filed\r\n", "S: 452 Full", *QUIT)  # who counts lines takes both recipients for accepted


@pytest.mark.parametrize(
    ("replies", "words", "key", "requirement"),
    [
        (OVER, ("accepted", "accepted"), "false-success", "RFC2033-4.2-a"),
        (OVER, ("temporary", "temporary"), "false-failure", "RFC2033-4.2-a"),
        (OVER, ("accepted",), "false-success", "RFC2033-4.2-a"),
        (OVER, ("accepted", "permanent"), "wrong-class", "RFC5321-4.2.1-a"),
        (LINES, ("accepted", "accepted"), "false-success", "RFC2033-4.2-c"),
        (LINES, ("temporary", "temporary"), "false-failure", "RFC2033-4.2-a"),
        (("S: 250 Ok", "close server"), ("accepted", "accepted"), "false-success", "RFC2033-5-c"),
        (("S: 250 Ok", "close server"), ("temporary", "temporary"), "false-failure", "RFC2033-5-c"),
        (("S: 250 Ok", "C: QUIT", "CLOSE client"), ("accepted", "accepted"), "false-success", "RFC2033-4.2-a"),
        (("CLOSE client", "S: 250 Ok", "S: 250 Ok"), ("temporary", "temporary"), "false-failure", "RFC2033-5-b"),
        (("CLOSE client", "S: 250 Ok", "S: 250 Ok"), ("temporary",), "false-failure", "RFC2033-5-b"),
        (("S: 250 Ok", "CLOSE client", "S: 250 Ok"), ("temporary",), "false-failure", "RFC2033-5-b"),
        (("S: 250 Ok", "CLOSE client", "S: 250 Ok"), ("temporary", "accepted"), "false-failure", "RFC2033-4.2-a"),
        ((*OVER[:2], "close server", "CLOSE client"), ("accepted", "accepted"), "false-success", "RFC2033-4.2-a"),
        (("S: 452 Full", LINES[0], *QUIT), ("accepted",), "false-success", "RFC2033-4.2-a"),
        ((LINES[0], "C: QUIT", "CLOSE client"), ("accepted", "accepted"), "false-success", "RFC2033-4.2-a"),
    ],
)
def test_a_reply_of_ones_own(replies: tuple[str, ...], words: tuple[str, ...], key: str, requirement: str) -> None:
    (remark,) = remarks("reported", *INTO_LMTP, *replies, job=TWO, reported=(words,), tells_classes=True)
    assert (remark.key, remark.requirement) == (f"reported.{key}", requirement)
    assert remark.at_most is Verdict.FAIL


def test_a_word_for_all_in_lmtp_was_said_too_soon_if_the_last_reply_was_still_to_come() -> None:
    dan = ("C: RCPT TO:<dan@example.test>", "S: 250 Ok")
    steps = (*LMTP, *RCPT, *dan, *INTO_LMTP[-5:], "S: 250 Ok", "S: 250 Ok", "CLOSE client", "S: 250 Ok")
    three = job(recipients=("bob@example.test", "dan@example.test", "carol@example.test"))
    (remark,) = remarks("reported", *steps, job=three, reported=FAILED)
    assert remark.requirement == "RFC2033-5-b"


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        (OVER, ("accepted", "temporary")),
        (LINES, ("accepted", "temporary")),
        (OVER, ("failed",)),
        (("S: 250 Ok", "close server"), ("accepted", "temporary")),
    ],
)
def test_the_truth_in_lmtp(replies: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert keys("reported", *INTO_LMTP, *replies, job=TWO, reported=(words,), tells_classes=True) == []


def test_a_recipient_is_the_same_with_and_without_needless_quotes() -> None:
    quoted = job(recipients=("bob@example.test", '"carol"@example.test'))
    (remark,) = remarks("reported", *INTO_LMTP, *OVER, job=quoted, reported=(("accepted", "accepted"),))
    assert remark.requirement == "RFC2033-4.2-a"


def test_a_recipient_that_was_refused_at_once_had_no_reply_to_content() -> None:
    mixed = (*LMTP, *RCPT, "C: RCPT TO:<carol@example.test>", "S: 550 No", *DATA, *SENT, *QUIT)
    (remark,) = remarks("reported", *mixed, job=TWO, reported=(("accepted", "accepted"),))
    assert remark.requirement == "RFC5321-4.2.5-a"
