"""Who speaks when."""

import pytest
from playbook import (
    CONTENT,
    DATA,
    ENVELOPE,
    HELLO,
    LMTP,
    MAIL,
    QUIT,
    RCPT,
    RECIPIENT,
    SENDER,
    SENT,
    keys,
    remarks,
    verdict,
)

from smtpwitness.model.finding import Verdict

OFFERS = "S: 250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n250 PIPELINING"
PIPELINING = ("S: 220 mail.test", "C: EHLO client.example.test", OFFERS)
RCPT_LINE = f"RCPT TO:<{RECIPIENT}>"
HASTY_RCPT = (f"early C: {RCPT_LINE}", "S: 250 Ok")


def test_talking_before_the_greeting_is_a_warning() -> None:
    (remark,) = remarks("early-talker", "S: 220 mail.test", "early C: EHLO me.example.test", "S: 250 Ok")
    assert verdict(remark) is Verdict.WARN
    assert remark.observed == "EHLO me.example.test"


def test_talking_where_no_greeting_came_is_early_too() -> None:
    assert keys("early-talker", "WAIT 3", "C: EHLO me.example.test") == ["early-talker"]


def test_talking_after_the_first_line_of_a_long_greeting_is_early() -> None:
    found = keys("early-talker", "S: 220-one\r\n220 two", "early C: EHLO me.example.test", "S: 250 Ok")
    assert found == ["early-talker"]


def test_a_greeting_that_is_none_cannot_be_waited_for() -> None:
    assert keys("early-talker", "s: hello\r\n", "C: EHLO me.example.test") == []


def test_a_hasty_quit_is_early_and_a_patient_one_is_not() -> None:
    assert keys("early-talker", "C: QUIT") == ["early-talker"]
    assert keys("early-talker", "WAIT 2", "C: QUIT") == []


def test_octets_of_a_handshake_are_no_talk() -> None:
    assert keys("early-talker", "c: \x16\x03\x01\x02\x00") == []
    assert keys("early-talker", "c: \x16\x03\x01\x02\x00", "OPEN", "C: EHLO me.example.test") == ["early-talker"]


def test_a_connection_without_a_word() -> None:
    assert keys("early-talker", "S: 220 mail.test", "CLOSE client") == []


CHECKPOINT = ("S: 220 mail.test", "C: EHLO client.example.test", "S: 250-mail.test\r\n250 CHECKPOINT")
TRANSACTION = f"C: MAIL FROM:<{SENDER}> TRANSID=<1@client.test>"
BROKEN_OFF = (*CHECKPOINT, TRANSACTION, "S: 250 Ok", *RCPT, *DATA, "cut M: Subject: x\r\n", "CLOSE server")


RESUMED = (*CHECKPOINT, TRANSACTION, "S: 250 Ok")


@pytest.mark.parametrize(("seconds", "found"), [("0.2", ["resumed-at-once"]), ("0.999", []), ("1.5", [])])
def test_a_transaction_that_broke_off_is_resumed_after_a_while(seconds: str, found: list[str]) -> None:
    assert keys("resumed-at-once", *BROKEN_OFF, f"WAIT {seconds}", "OPEN", *RESUMED) == found


def test_it_is_the_new_connection_that_comes_too_early() -> None:
    (remark,) = remarks("resumed-at-once", *BROKEN_OFF, "WAIT 0.2", "OPEN", "WAIT 3", *RESUMED)
    assert (remark.requirement, remark.observed) == ("RFC1845-3-d", "a new connection after 0.2 s")
    idle = ("OPEN", "CLOSE client")
    assert keys("resumed-at-once", *BROKEN_OFF, *idle, "WAIT 3", "OPEN", *RESUMED) == []


def test_a_transaction_breaks_off_also_where_no_content_has_come() -> None:
    assert keys("resumed-at-once", *BROKEN_OFF[:-2], "CLOSE server", "OPEN", *RESUMED) == ["resumed-at-once"]


def test_another_transaction_may_begin_at_once() -> None:
    assert keys("resumed-at-once", *BROKEN_OFF, "OPEN", *CHECKPOINT, TRANSACTION.replace("1@", "2@"), "S: 250 Ok") == []
    ended = [*RESUMED, *RCPT, *DATA, f"M: {CONTENT}", "S: 250 Ok", "CLOSE server"]
    assert keys("resumed-at-once", *ended, "OPEN", *RESUMED) == []


def test_only_mail_resumes_a_transaction() -> None:
    named = (*MAIL, "C: RCPT TO:<bob@example.test> TRANSID=<1@client.test>", "S: 555 No")
    assert keys("resumed-at-once", *BROKEN_OFF, "OPEN", *CHECKPOINT, *named) == []


def test_a_command_before_the_reply_fails_a_client_without_pipelining() -> None:
    (remark,) = remarks("sent-before-reply", *HELLO, *MAIL, f"early C: {RCPT_LINE}", "S: 250 Ok", *QUIT)
    assert remark.key == "sent-before-reply"
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts)["previous"] == "MAIL"
    assert dict(remark.facts)["early"] == "5.0 ms too early"
    assert (remark.requirement, remark.also) == ("RFC5321-4.3.1-a", ("RFC2920-3-a",))


def test_no_reply_is_waited_for_where_the_server_has_ended_its_half() -> None:
    ended, mute = ((*HELLO, "C: MAIL FROM:<a@b.test>", end, "C: QUIT") for end in ("CLOSE server", "stall server"))
    assert keys("sent-before-reply", *ended) == []
    assert keys("sent-before-reply", *mute) == ["sent-before-reply"]
    assert keys("sent-before-reply", *ended, "OPEN", *mute) == ["sent-before-reply"]


def test_every_haste_of_a_connection_is_one_finding() -> None:
    steps = (*HELLO, *MAIL, f"early C: {RCPT_LINE}", "S: 250 Ok", "early C: DATA", "S: 354 Go", *SENT)
    (remark,) = remarks("sent-before-reply", *steps, "OPEN", *HELLO)
    assert dict(remark.facts)["count"] == "2"
    assert len(remark.events) == 2


def test_two_connections_are_two_findings() -> None:
    hasty = (*HELLO, *MAIL, "early C: QUIT", "S: 221 Bye", "CLOSE client")
    assert len(keys("sent-before-reply", *hasty, "OPEN", *hasty)) == 2


def test_content_before_354_is_hasty() -> None:
    assert keys("sent-before-reply", *ENVELOPE, *DATA, "early M: Hi\r\n.\r\n", "S: 250 Ok") == ["sent-before-reply"]


def test_quit_before_the_reply_to_the_message_is_hasty() -> None:
    (remark,) = remarks("sent-before-reply", *ENVELOPE, *DATA, *SENT, "early C: QUIT", "S: 221 Bye")
    assert dict(remark.facts)["previous"] == "the message"


def test_going_on_where_no_reply_ever_came() -> None:
    (remark,) = remarks("sent-before-reply", *HELLO, f"C: MAIL FROM:<{SENDER}>", "WAIT 5", f"C: {RCPT_LINE}")
    assert dict(remark.facts)["early"] == "no reply came"


def test_rset_after_a_long_wait_is_giving_up() -> None:
    assert keys("sent-before-reply", *HELLO, f"C: MAIL FROM:<{SENDER}>", "WAIT 5", "C: RSET", "S: 250 Ok") == []


def test_what_nothing_may_follow_in_a_batch() -> None:
    hello = "C: EHLO client.example.test"
    for command, requirement in (
        (hello, "RFC2920-3.1-b"),
        ("C: NOOP", "RFC2920-3.1-b"),
        ("C: VRFY bob", "RFC2920-3.1-b"),
        ("C: STARTTLS", "RFC3207-4-d"),
        ("C: AUTH LOGIN", "RFC4954-4-q"),
    ):
        (remark,) = remarks("sent-before-reply", *PIPELINING, command, "S: 454 No", f"early C: MAIL FROM:<{SENDER}>")
        assert remark.key == "sent-before-reply.batch"
        assert (remark.requirement, remark.also) == (requirement, ())
        assert verdict(remark) is Verdict.FAIL


LISTED = "S: 250-mail.test\r\n250-ETRN\r\n250-XFORWARD NAME\r\n250-BURL\r\n250-HELP\r\n250-SEND\r\n250 PIPELINING"
NAMED = ("S: 220 mail.test", "C: EHLO client.example.test", LISTED)
HASTY_MAIL = (f"early C: MAIL FROM:<{SENDER}>", "S: 250 Ok")


@pytest.mark.parametrize("command", ["etrn x.test", "XFORWARD NAME=x.test", "XFORWARD NAME=x.test PROTO=SMTP"])
def test_a_command_that_is_called_as_its_extension_ends_a_batch(command: str) -> None:
    (remark,) = remarks("sent-before-reply", *NAMED, f"C: {command}", "S: 250 Ok", *HASTY_MAIL)
    assert (remark.key, remark.requirement) == ("sent-before-reply.batch", "RFC2920-3.1-c")
    assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize("command", ["BURL imap://x LAST", "HELP", "SEND FROM:<a@example.test>", "XUNKNOWN"])
def test_a_command_that_nobody_says_ends_a_batch(command: str) -> None:
    assert keys("sent-before-reply", *NAMED, f"C: {command}", "S: 250 Ok", *HASTY_MAIL) == []


def test_a_line_of_an_unasked_message_is_no_command() -> None:
    refused = (*ENVELOPE[3:], "C: DATA", "S: 554 No", "C: Xforward is a verb", "S: 500 What?")
    assert keys("sent-before-reply", *NAMED, *refused, "early C: which begins with X", "S: 500 What?") == []


def test_what_may_follow_in_a_batch() -> None:
    plain = "AGFsaWNlAHBhc3N3b3Jk"
    for command in (f"C: AUTH PLAIN {plain}", "C: RSET", "C: HELP", f"C: MAIL FROM:<{SENDER}>"):
        assert keys("sent-before-reply", *PIPELINING, command, "S: 250 Ok", f"early C: {RCPT_LINE}", "S: 250 Ok") == []


def test_plain_without_a_response_ends_a_batch() -> None:
    found = keys("sent-before-reply", *PIPELINING, "C: AUTH PLAIN", "S: 334 ", "early C: AGFsaWNlAHBhc3M=", "S: 235 Ok")
    assert found == ["sent-before-reply.batch"]


def test_a_sasl_response_is_waited_for() -> None:
    steps = (*PIPELINING, "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: YWxpY2U=", "S: 334 UGFzc3dvcmQ6")
    (remark,) = remarks("sent-before-reply", *steps, "early C: cGFzc3dvcmQ=", "S: 235 Ok")
    assert dict(remark.facts)["previous"] == "the SASL response"
    assert remark.requirement == "RFC4954-4-q"


def test_pipelining_before_tls_does_not_count_inside() -> None:
    inside = ("C: STARTTLS", "S: 220 Go", "TLS", "C: EHLO client.example.test", "S: 250 mail.test")
    hasty = (f"C: MAIL FROM:<{SENDER}>", "S: 250 Ok", f"early C: {RCPT_LINE}", "S: 250 Ok")
    assert keys("sent-before-reply", *PIPELINING, *inside, *hasty) == ["sent-before-reply"]


def test_an_unknown_line_is_waited_for_as_well() -> None:
    (remark,) = remarks("sent-before-reply", *HELLO, "C: FOO", "S: 500 What?", "early C: QUIT", "S: 221 Bye")
    assert dict(remark.facts)["previous"] == "a line"


def test_after_two_replies_to_one_command_nobody_knows() -> None:
    steps = (*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 250 Ok", "S: 250 Ok", "early C: QUIT", "S: 221 Bye")
    assert keys("sent-before-reply", *steps) == []


def test_the_first_line_of_unasked_content_that_is_read_again_is_no_haste() -> None:
    refused = (*ENVELOPE, "C: DATA", "S: 554 No", "C: From: alice@example.test", SENT[0], "S: 503 No")
    assert keys("sent-before-reply", *refused) == []
    assert keys("sent-before-reply", *refused, "OPEN", *HELLO, *MAIL, *HASTY_RCPT) == ["sent-before-reply"]


def test_the_rest_of_a_chunk_that_was_miscounted_is_no_haste_nor_what_follows_it() -> None:
    chunking = ("S: 220 mail.test", "C: EHLO client.example.test", "S: 250-mail.test\r\n250 CHUNKING", *MAIL, *RCPT)
    chunk = ("c: BDAT 5 LAST\r\nHello", "S: 250 Ok")
    rest = ("early C: world", "S: 500 What?")
    assert keys("sent-before-reply", *chunking, *chunk, *rest, "early C: QUIT", "S: 221 Bye") == []
    assert keys("sent-before-reply", *chunking, *chunk, "early C: QUIT", "S: 221 Bye") == ["sent-before-reply"]
    assert keys("sent-before-reply", *chunking, *rest) == ["sent-before-reply"]


def test_a_command_in_the_middle_of_a_reply_of_several_lines_fails() -> None:
    lines = "s: 550-No\r\n550-No\r\n550 No\r\n"
    (remark,) = remarks("sent-before-reply", *HELLO, *MAIL, f"C: {RCPT_LINE}", lines, "within C: QUIT", "S: 221 Bye")
    assert (remark.key, remark.requirement) == ("sent-before-reply.multiline", "RFC5321-4.2.1-d")
    assert verdict(remark) is Verdict.FAIL


def test_haste_in_the_middle_of_a_reply_hides_none_in_another_connection() -> None:
    within = (*HELLO, "C: NOOP", "s: 250-One\r\n250 Two\r\n", "within C: QUIT", "S: 221 Bye", "CLOSE client")
    found = keys("sent-before-reply", *within, "OPEN", *HELLO, *MAIL, *HASTY_RCPT)
    assert found == ["sent-before-reply.multiline", "sent-before-reply"]


def test_a_command_before_a_reply_of_several_lines_or_within_one_line_is_early() -> None:
    for said, when in (("s: 550-No\r\n550 No\r\n", "early"), ("S: 550 No", "within")):
        steps = (*HELLO, *MAIL, f"C: {RCPT_LINE}", said, f"{when} C: QUIT", "S: 221 Bye")
        assert keys("sent-before-reply", *steps) == ["sent-before-reply"]


# --- LMTP: every reply to content is waited for (RFC 2033, 4.2)

CAROL = ("C: RCPT TO:<carol@example.test>", "S: 250 Ok")


@pytest.mark.parametrize(
    ("second", "replies", "requirement"),
    [
        (CAROL, ("S: 250 Ok", "early C: QUIT"), "RFC5321-4.3.1-a"),
        (CAROL, ("S: 250 Ok", "C: QUIT", "S: 250 Ok"), "RFC2033-4.2-a"),
        (RCPT, ("S: 250 Ok", "C: QUIT", "S: 250 Ok"), "RFC2033-4.2-b"),
        (CAROL, ("S: 250 Ok", "S: 250 Ok", "C: QUIT", "S: 221 Bye"), None),
    ],
)
def test_who_goes_on_before_all_replies(
    second: tuple[str, ...], replies: tuple[str, ...], requirement: str | None
) -> None:
    found = remarks("sent-before-reply", *LMTP, *RCPT, *second, *DATA, f"M: {CONTENT}", *replies)
    assert [one.requirement for one in found] == ([requirement] if requirement else [])


def test_content_for_nobody_has_no_replies_to_wait_for() -> None:
    steps = (*LMTP, "C: RCPT TO:<bob@example.test>", "S: 550 No", *DATA, f"M: {CONTENT}", "C: QUIT", "S: 221 Bye")
    assert keys("sent-before-reply", *steps) == []
