"""What a client does after the server has said no."""

import pytest
from playbook import (
    CONTENT,
    DATA,
    ENVELOPE,
    HAPPY,
    HELLO,
    LMTP,
    MAIL,
    RCPT,
    RECIPIENT,
    SENDER,
    SENT,
    job,
    keys,
    remarks,
    verdict,
)

from smtpwitness.model.finding import Verdict

MAIL_LINE, RCPT_LINE = f"C: MAIL FROM:<{SENDER}>", f"C: RCPT TO:<{RECIPIENT}>"
AUTH = job(auth="plain")
OFFERS = "S: 250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n250 PIPELINING"
EHLO = ("S: 220 mail.test", "C: EHLO client.example.test", OFFERS)
NO_RCPT = (*HELLO, *MAIL, RCPT_LINE, "S: 550 No")


def test_rcpt_after_a_refused_mail_fails() -> None:
    (remark,) = remarks("went-on", *HELLO, MAIL_LINE, "S: 550 No", RCPT_LINE, "S: 503 No", "C: DATA", "S: 503 No")
    assert remark.key == "went-on.mail"
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts) | {"reply": "550", "then": "RCPT", "count": "2"} == dict(remark.facts)


def test_a_chunk_goes_on_as_data_does() -> None:
    chunk = ("c: BDAT 3\r\na\r\n", "S: 503 No")
    assert keys("went-on", *HELLO, MAIL_LINE, "S: 550 No", *chunk) == ["went-on.mail"]
    assert keys("went-on", *HELLO, *MAIL, RCPT_LINE, "S: 421 Bye", *chunk) == ["went-on.shutdown"]


def test_a_new_mail_or_a_rset_makes_all_well() -> None:
    refused = (*HELLO, MAIL_LINE, "S: 550 No")
    assert keys("went-on", *refused, MAIL_LINE, "S: 250 Ok", RCPT_LINE, "S: 250 Ok") == []
    assert keys("went-on", *refused, "C: RSET", "S: 250 Ok", RCPT_LINE, "S: 503 No") == []
    assert keys("went-on", *refused, *HELLO[1:], RCPT_LINE, "S: 503 No") == []


def test_a_second_mail_that_is_refused_leaves_the_first() -> None:
    assert keys("went-on", *HELLO, *MAIL, MAIL_LINE, "S: 503 No", RCPT_LINE, "S: 250 Ok") == []


def test_a_batch_that_was_on_its_way_does_not_count() -> None:
    batch = (MAIL_LINE, "S: 550 No", "early " + RCPT_LINE, "S: 503 No", "early C: DATA", "S: 503 No")
    assert keys("went-on", *EHLO, *batch) == []


def test_data_though_nobody_was_accepted_is_a_warning() -> None:
    (remark,) = remarks("went-on", *NO_RCPT, "C: DATA", "S: 554 No")
    assert remark.key == "went-on.rcpt"
    assert verdict(remark) is Verdict.WARN


def test_content_though_nobody_was_accepted_fails() -> None:
    found = remarks("went-on", *NO_RCPT, *DATA, *SENT)
    assert {one.key: verdict(one) for one in found} == {
        "went-on.rcpt": Verdict.WARN,
        "went-on.content": Verdict.FAIL,
    }
    assert [dict(one.facts)["then"] for one in found] == ["DATA", "the message"]


NO_RCPT_IN_BATCH = (*EHLO, *MAIL, RCPT_LINE, "S: 550 No", "early C: DATA", "S: 354 Go")


def test_content_after_a_pipelined_data_fails_too() -> None:
    (remark,) = remarks("went-on", *NO_RCPT_IN_BATCH, *SENT)
    assert (remark.key, remark.requirement) == ("went-on.batch", "RFC2920-3.1-d")
    assert verdict(remark) is Verdict.FAIL
    assert keys("went-on", *NO_RCPT_IN_BATCH, "M: .\r\n", "S: 554 No") == []


@pytest.mark.parametrize("said", ["RSET\r\n", "quit\r\n", "RSET \r\nQUIT\r\n"])
def test_a_goodbye_where_the_dot_of_a_batch_is_due_is_a_warning(said: str) -> None:
    (remark,) = remarks("went-on", *NO_RCPT_IN_BATCH, f"cut M: {said}", "CLOSE client")
    assert (remark.key, remark.requirement) == ("went-on.no-dot", "RFC2920-3.1-e")
    assert verdict(remark) is Verdict.WARN


def test_a_message_that_begins_with_the_word_is_no_goodbye() -> None:
    assert keys("went-on", *NO_RCPT_IN_BATCH, "M: QUIT\r\nsmoking\r\n.\r\n", "S: 250 Ok") == ["went-on.batch"]


@pytest.mark.parametrize("dot", ["M: .\r\n", "M: \r\n.\r\n"])
def test_a_lone_dot_is_no_content(dot: str) -> None:
    assert keys("went-on", *NO_RCPT, *DATA, dot, "S: 554 No") == ["went-on.rcpt"]


def test_one_accepted_recipient_is_enough() -> None:
    steps = (*NO_RCPT, "C: RCPT TO:<carol@example.test>", "S: 250 Ok", *DATA, *SENT)
    assert keys("went-on", *steps) == []
    steps = (*ENVELOPE, "C: RCPT TO:<carol@example.test>", "S: 550 No", *DATA, *SENT)
    assert keys("went-on", *steps) == []


def test_an_unclear_refusal_is_none() -> None:
    assert keys("went-on", *HELLO, MAIL_LINE, "s: 250-Yes\r\n550 No\r\n", RCPT_LINE, "S: 503 No") == []
    assert keys("went-on", *HELLO, MAIL_LINE, "s: 5500 No\r\n", RCPT_LINE, "S: 503 No") == ["went-on.no-reply"]


def test_mail_after_a_refused_greeting_fails() -> None:
    (remark,) = remarks("went-on", "S: 554 No", "C: EHLO me.test", "S: 503 No", MAIL_LINE, "S: 503 No")[:1]
    assert remark.key == "went-on.greeting"
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts)["refused"] == "the greeting"


def test_mail_after_refused_hellos_fails() -> None:
    hello = ("S: 220 mail.test", "C: EHLO me.test", "S: 550 No", "C: HELO me.test", "S: 550 No")
    (remark,) = remarks("went-on", *hello, MAIL_LINE, "S: 503 No")
    assert remark.key == "went-on.hello"
    assert verdict(remark) is Verdict.FAIL


def test_a_refused_second_hello_leaves_the_first() -> None:
    assert keys("went-on", *HELLO, "C: EHLO again.test", "S: 550 No", *MAIL) == []


def test_the_clear_after_a_refused_starttls() -> None:
    steps = (*EHLO, "C: STARTTLS", "S: 454 No", *MAIL)
    (remark,) = remarks("went-on", *steps, job=job(tls="starttls"))
    assert remark.key == "went-on.starttls"
    assert verdict(remark) is Verdict.FAIL
    assert keys("went-on", *EHLO, "C: STARTTLS", "S: 454 No", "C: AUTH PLAIN", job=job(tls="starttls")) == [
        "went-on.starttls"
    ]


def test_the_clear_is_free_to_a_client_that_was_not_told_to_use_tls() -> None:
    steps = (*EHLO, "C: STARTTLS", "S: 454 No", *MAIL)
    assert keys("went-on", *steps) == []
    assert keys("went-on", *steps, job=job(tls="starttls", told=frozenset())) == []


def test_a_second_starttls_that_works() -> None:
    tls = ("C: STARTTLS", "S: 454 No", "C: STARTTLS", "S: 220 Go", "TLS", *EHLO[1:], *MAIL)
    assert keys("went-on", *EHLO, *tls, job=job(tls="starttls")) == []


def test_mail_after_a_refused_auth_is_a_warning() -> None:
    refused = (*EHLO, "C: AUTH PLAIN AGEAYg==", "S: 535 No")
    (remark,) = remarks("went-on", *refused, *MAIL, job=AUTH)
    assert remark.key == "went-on.auth"
    assert verdict(remark) is Verdict.WARN
    assert keys("went-on", *refused, *MAIL) == [], "the job asks for no AUTH"


def test_a_refused_response_is_a_refused_auth() -> None:
    refused = (*EHLO, "C: AUTH PLAIN", "S: 334 ", "C: AGEAYg==", "S: 535 No")
    (remark,) = remarks("went-on", *refused, *MAIL, job=AUTH)
    assert dict(remark.facts)["refused"] == "the SASL response"


def test_another_mechanism_that_works() -> None:
    steps = ("C: AUTH PLAIN AGEAYg==", "S: 535 No", "C: AUTH LOGIN YQ==", "S: 334 UGFzc3dvcmQ6", "C: Yg==", "S: 235 Ok")
    assert keys("went-on", *EHLO, *steps, *MAIL, job=AUTH) == []


def test_going_on_after_421_is_a_warning() -> None:
    (remark,) = remarks("went-on", *ENVELOPE, "C: RCPT TO:<carol@example.test>", "S: 421 Bye", "C: DATA", "S: 421 Bye")
    assert remark.key == "went-on.shutdown"
    assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize(
    ("line", "found"),
    [
        *((line, True) for line in ("EHLO me.test", "HELO me.test", "LHLO me.test", "AUTH PLAIN", "STARTTLS")),
        *((line, True) for line in (MAIL_LINE[3:], RCPT_LINE[3:], "DATA")),
        *((line, False) for line in ("QUIT", "RSET", "NOOP")),  # whoever leaves, or asks, does not go on
    ],
)
def test_what_goes_on_after_421(line: str, found: bool) -> None:
    steps = (*HELLO, "C: NOOP", "S: 421 Bye", f"C: {line}", "S: 421 Bye")
    assert keys("went-on", *steps) == ["went-on.shutdown"] * found


def test_temporary_refusals_of_all_recipients_are_refusals() -> None:
    refused = (*HELLO, *MAIL, RCPT_LINE, "S: 450 Busy", "C: RCPT TO:<carol@example.test>", "S: 550 No")
    assert keys("went-on", *refused, "C: DATA", "S: 554 No") == ["went-on.rcpt"]


def test_who_logged_in_before_or_later_was_not_refused() -> None:
    no, yes = ("C: AUTH PLAIN AGEAYg==", "S: 535 No"), ("C: AUTH PLAIN AGEAYg==", "S: 235 Ok")
    assert keys("went-on", *EHLO, *no, *yes, *MAIL, job=AUTH) == []
    assert keys("went-on", *EHLO, *no, "C: NOOP", "S: 250 Ok", *MAIL, job=AUTH) == ["went-on.auth"]


def test_a_login_that_worked_ends_the_refusal_for_good() -> None:
    """Also where TLS has the session forget it (RFC 3207, 4.2)."""
    no, yes = ("C: AUTH PLAIN AGEAYg==", "S: 535 No"), ("C: AUTH PLAIN AGEAYg==", "S: 235 Ok")
    tls = ("C: STARTTLS", "S: 220 Go", "TLS", *EHLO[1:])
    assert keys("went-on", *EHLO, *no, *yes, *tls, *MAIL, job=AUTH) == []


def test_an_unclear_refusal_does_not_end_a_clear_one() -> None:
    unclear = ("C: AUTH PLAIN AGEAYg==", "s: 235-Yes\r\n535 No\r\n")
    assert keys("went-on", *EHLO, *unclear, *MAIL, job=AUTH) == []
    clear = ("C: AUTH PLAIN AGEAYg==", "S: 535 No")
    assert keys("went-on", *EHLO, *clear, *unclear, *MAIL, job=AUTH) == ["went-on.auth"]


def test_refusals_of_the_second_connection_count_too() -> None:
    assert keys("went-on", *HAPPY, "OPEN", *NO_RCPT, "C: DATA", "S: 554 No") == ["went-on.rcpt"]


def test_each_connection_has_its_own_refusals() -> None:
    first = (*HELLO, MAIL_LINE, "S: 451 Later", "C: QUIT", "S: 221 Bye", "CLOSE client")
    assert keys("went-on", *first, "OPEN", *HAPPY) == []


# --- content after a refused DATA


@pytest.mark.parametrize("reply", ["451", "554", "250"])
def test_content_without_354_fails(reply: str) -> None:
    lines = ("C: From: alice@example.test", "S: 500 What?", "C: First line", "S: 500 What?", "C: .", "S: 500 What?")
    (remark,) = remarks("content-after-refused-data", *ENVELOPE, "C: DATA", f"S: {reply} No", *lines)
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts)["reply"] == reply
    assert dict(remark.facts)["count"] == "2", "the dot is no content"


def test_content_that_was_read_as_such() -> None:
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", f"M: {CONTENT}", "S: 503 No")
    assert keys("content-after-refused-data", *steps) == ["content-after-refused-data"]


def test_content_that_was_sent_with_data_counts() -> None:
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", "early C: Subject: Hello", "S: 500 What?")
    assert keys("content-after-refused-data", *steps) == ["content-after-refused-data"]


def test_a_stuffed_line_of_the_message_is_known() -> None:
    given = job(message=b"From: a@b.test\r\n\r\n.dot\r\n")
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", "C: ..dot", "S: 500 What?")
    assert keys("content-after-refused-data", *steps, job=given) == ["content-after-refused-data"]


@pytest.mark.parametrize("line", ["A blank at its end ", "Chapter X"])
def test_a_line_of_the_message_is_known_to_its_last_octet(line: str) -> None:
    given = job(message=f"From: a@b.test\r\n\r\n{line}\r\n".encode())
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", f"C: {line}", "S: 500 What?")
    assert keys("content-after-refused-data", *steps, job=given) == ["content-after-refused-data"]


@pytest.mark.parametrize("step", ["C: .", "M: .\r\n", "C: RSET", "C: RESET", "C: "])
def test_what_is_no_content(step: str) -> None:
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", step, "S: 500 What?")
    assert keys("content-after-refused-data", *steps) == []


def test_after_354_content_is_content() -> None:
    assert keys("content-after-refused-data", *HAPPY) == []


def test_a_reply_that_is_none_leaves_it_open() -> None:
    steps = (*ENVELOPE, "C: DATA", "s: 354 go\n", "C: Subject: Hello", "S: 500 What?")
    assert keys("content-after-refused-data", *steps) == []


def test_a_transaction_that_was_reset() -> None:
    steps = (*ENVELOPE, "C: DATA", "S: 554 No", "C: RSET", "S: 250 Ok", "C: Subject: Hello", "S: 500 What?")
    assert keys("content-after-refused-data", *steps) == []


def test_rcpt_lists_are_not_forgotten() -> None:
    assert keys("went-on", *HELLO, *MAIL, *RCPT, *DATA, *SENT, *MAIL, *RCPT, *DATA, *SENT) == []


def test_a_second_starttls_that_is_refused_leaves_the_session_in_tls() -> None:
    inside = ("C: STARTTLS", "S: 220 Go", "TLS", "C: EHLO me.test", "S: 250 mail.test", "C: STARTTLS", "S: 503 Once")
    assert keys("went-on", *EHLO, *inside, *MAIL, job=job(tls="starttls")) == []


def test_a_second_auth_that_is_refused_leaves_the_session_authenticated() -> None:
    twice = (
        "C: AUTH PLAIN AGFAYi50ZXN0AHBhc3N3b3Jk",
        "S: 235 Ok",
        "C: AUTH PLAIN AGFAYi50ZXN0AHBhc3N3b3Jk",
        "S: 503 No",
    )
    assert keys("went-on", *EHLO, *twice, *MAIL, job=job(auth="plain")) == []


# --- what is no reply -------------------------------------------------------------------------------------------------

NO_REPLIES = ["S: 150 Wait", "S: 650 Else", "S: 999", "S: 25x fine", "S: fine with me", "S: ", "S: 2500 Ok"]


@pytest.mark.parametrize("said", NO_REPLIES)
def test_rcpt_after_what_is_no_reply_is_a_warning(said: str) -> None:
    (remark,) = remarks("went-on", *HELLO, MAIL_LINE, said, RCPT_LINE, "S: 503 No", "C: DATA", "S: 503 No")
    assert (remark.key, remark.requirement, verdict(remark)) == ("went-on.no-reply", "RFC5321-4.2-d", Verdict.WARN)
    assert dict(remark.facts)["reply"] == (said.removeprefix("S: ") or "(empty line)")


@pytest.mark.parametrize(
    "steps",
    [
        (*HELLO, *MAIL, RCPT_LINE, "S: 150 Wait", "C: DATA", "S: 554 No"),
        ("S: 220 mail.test", "C: EHLO client.example.test", "S: hello", MAIL_LINE, "S: 250 Ok"),
    ],
)
def test_so_it_is_with_other_commands(steps: tuple[str, ...]) -> None:
    assert keys("went-on", *steps) == ["went-on.no-reply"]


@pytest.mark.parametrize(
    "steps",
    [
        (*HELLO, MAIL_LINE, "S: 150 Wait", "C: RSET", "S: 250 Ok", *MAIL),
        (*HELLO, MAIL_LINE, "S: 150 Wait", "C: QUIT", "S: 221 Bye"),
        (*ENVELOPE, "C: RCPT TO:<carol@example.test>", "S: 150 Wait", *DATA),  # Bob was accepted
        (*HELLO, *MAIL, RCPT_LINE, "S: 150 Wait", "C: RCPT TO:<carol@example.test>", "S: 250 Ok", *DATA),
        ("S: 220 mail.test", "C: EHLO client.example.test", "S: hello", "C: HELO me.test", "S: 250 Ok"),
        (*HELLO, MAIL_LINE, "s: 250 Ok\n", RCPT_LINE, "S: 250 Ok"),  # liberal in what ends a line
        (*HELLO, MAIL_LINE, "s: 250\tOk\r\n", RCPT_LINE, "S: 250 Ok"),
        (*HELLO, MAIL_LINE, "s: note\r\n250 Ok\r\n", RCPT_LINE, "S: 250 Ok"),
        (*HELLO, MAIL_LINE, "S: 150 Wait", "S: 250 Ok", RCPT_LINE, "S: 250 Ok"),  # a second one came
        (*HELLO, MAIL_LINE, "s: fine", RCPT_LINE, "S: 250 Ok"),  # half a line: it did not wait
        (*EHLO, MAIL_LINE, "S: 150 Wait", "early " + RCPT_LINE, "S: 503 No"),
        (*HELLO, "C: NOOP", "S: hm", MAIL_LINE, "S: hm", RCPT_LINE, "S: 503 No"),  # out of step before
        (*HELLO, "C: NOOP", "S: 250 Ok", "S: 250 Ok", MAIL_LINE, "S: hm", RCPT_LINE, "S: 503 No"),  # so here
    ],
)
def test_what_a_client_may_do_after_what_is_no_reply(steps: tuple[str, ...]) -> None:
    assert keys("went-on", *steps) == []


@pytest.mark.parametrize("said", ["S: 150 Wait", "S: go on"])
def test_content_after_what_is_no_reply_to_data_fails(said: str) -> None:
    (remark,) = remarks("content-after-refused-data", *ENVELOPE, "C: DATA", said, *SENT)
    assert (remark.requirement, verdict(remark)) == ("RFC5321-3.3-e", Verdict.FAIL)
    assert dict(remark.facts)["reply"] == said.removeprefix("S: ")


def test_content_after_a_badly_ended_354_is_none_of_our_business() -> None:
    assert keys("content-after-refused-data", *ENVELOPE, "C: DATA", "s: 354 Go on\n", *SENT) == []


# --- another address --------------------------------------------------------------------------------------------------

MOVED = (*HELLO, *MAIL, RCPT_LINE, "S: 551 User not local; please try <Bob@elsewhere.test>")
THERE = ("C: RCPT TO:<bob@elsewhere.test>", "S: 250 Ok")


def test_to_follow_a_551_unasked_is_a_warning() -> None:
    (remark,) = remarks("redirected", *MOVED, *THERE, *DATA, *SENT)
    assert (remark.requirement, remark.observed) == ("RFC5321-7.4-a", "RCPT TO:<bob@elsewhere.test>")
    assert dict(remark.facts)["reply"] == "551"
    assert verdict(remark) is Verdict.WARN
    assert keys("redirected", *MOVED, "OPEN", *HELLO, *MAIL, *THERE) == ["redirected"]
    forwarded = (*HELLO, *MAIL, RCPT_LINE, "S: 251 User not local; will forward to <bob@elsewhere.test>")
    assert keys("redirected", *forwarded, *THERE) == ["redirected"]
    quoted = (*HELLO, *MAIL, RCPT_LINE, 'S: 551 Try <"bob"@elsewhere.test>')
    assert keys("redirected", *quoted, *THERE) == ["redirected"]


def test_the_new_address_is_the_clients_business_where_it_may_know_it() -> None:
    assert keys("redirected", *MOVED, "C: RCPT TO:<carol@example.test>", "S: 250 Ok") == []
    assert keys("redirected", *MOVED, *THERE, job=job(recipients=(RECIPIENT, "bob@elsewhere.test"))) == []
    assert keys("redirected", *MOVED, *THERE, job=job(told=frozenset())) == []
    assert keys("redirected", *MOVED, "early " + THERE[0], THERE[1]) == []
    tls = ("S: 220 mail.test", "C: STARTTLS", "S: 220 Go", "TLS", *MOVED[1:])
    assert keys("redirected", *tls, *THERE) == []
    assert keys("redirected", *HELLO, *MAIL, RCPT_LINE, "S: 550 Not <bob@elsewhere.test>", *THERE) == []


def test_content_for_nobody_in_lmtp_is_told_as_that() -> None:
    steps = (*LMTP, "C: RCPT TO:<bob@example.test>", "S: 550 No", "C: DATA", "S: 503 No", f"M: {CONTENT}", "S: 503 No")
    (remark,) = remarks("content-after-refused-data", *steps)
    assert remark.requirement == "RFC2033-4.2-d"
    (remark,) = remarks(
        "content-after-refused-data", *LMTP, *RCPT, "C: DATA", "S: 451 No", f"M: {CONTENT}", "S: 503 No"
    )
    assert remark.requirement == "RFC5321-3.3-e"
