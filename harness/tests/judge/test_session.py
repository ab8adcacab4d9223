"""What a session has come to, and the exchanges in a transcript."""

from dataclasses import replace
from itertools import pairwise

import pytest
from playbook import CONTENT, DATA, ENVELOPE, HAPPY, HELLO, LMTP, MAIL, PASSWORD, RCPT, RECIPIENT, SENDER, SENT, play

from smtpwitness.judge.session import Exchange, Recipient, State, delivered, exchanges, with_messages
from smtpwitness.model.transcript import Kind

OFFERS = "S: 250-mail.test\r\n250-PIPELINING\r\n250 AUTH PLAIN"
EHLO = ("S: 220 mail.test", "C: EHLO me.test", OFFERS)


def last(*steps: str) -> Exchange:
    return exchanges(play(*steps))[-1]


def state(*steps: str) -> State:
    """The state after the last exchange."""
    return last(*steps).after


def test_the_exchanges_of_an_ordinary_session() -> None:
    found = exchanges(play(*HAPPY))
    assert [(one.verb, one.code) for one in found] == [
        ("greeting", "220"),
        ("EHLO", "250"),
        ("MAIL", "250"),
        ("RCPT", "250"),
        ("DATA", "354"),
        ("message", "250"),
        ("QUIT", "221"),
    ]
    assert [one.event.seq for one in found] == sorted(one.event.seq for one in found)
    assert found[2].text == f"MAIL FROM:<{SENDER}>"
    assert found[5].text == "", "content is no line"
    assert all(one.after == two.before for one, two in pairwise(found))


def test_a_hello_offers_keywords() -> None:
    after = state(*EHLO)
    assert (after.greeting, after.hello) == ("220", "EHLO")
    assert after.offers("PIPELINING")
    assert not after.offers("SIZE")


def test_helo_offers_nothing_and_a_refused_hello_changes_nothing() -> None:
    assert not state("S: 220 x", "C: HELO me", "s: 250-x\r\n250 PIPELINING\r\n").offers("PIPELINING")
    assert state(*EHLO, "C: EHLO again", "S: 550 No") == state(*EHLO)


def test_a_transaction() -> None:
    after = state(*ENVELOPE, "C: RCPT TO:<carol@example.test>", "S: 550 No")
    assert after.sender == SENDER
    assert after.recipients == (Recipient(RECIPIENT, "250"), Recipient("carol@example.test", "550"))
    assert after.accepted == (RECIPIENT,)


@pytest.mark.parametrize("end", [("C: RSET", "S: 250 Ok"), HELLO[1:], (*DATA, *SENT), (*DATA, f"M: {CONTENT}")])
def test_what_ends_a_transaction(end: tuple[str, ...]) -> None:
    after = state(*ENVELOPE, *end)
    assert (after.sender, after.recipients, after.content) == (None, (), False)


def test_a_refused_mail_or_rset_changes_nothing() -> None:
    assert state(*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 550 No").sender is None
    assert state(*ENVELOPE, "C: RSET", "S: 500 No").sender == SENDER


def test_content_is_due_after_3yz_only() -> None:
    assert state(*ENVELOPE, *DATA).content
    refused = state(*ENVELOPE, "C: DATA", "S: 554 No")
    assert (refused.content, refused.refused_data) == (False, True)
    assert not state(*ENVELOPE, "C: DATA", "S: 554 No", *MAIL).refused_data


def test_what_is_forgotten_is_as_if_it_had_never_been() -> None:
    hello = state(*HELLO)
    assert state(*ENVELOPE, "C: DATA", "S: 554 No", "C: RSET", "S: 250 Ok") == hello
    assert state(*HELLO, *MAIL, "C: RSET", "S: 250 Ok") == hello
    assert state(*HELLO, *MAIL).body == "", "no BODY was given"
    assert not state(*ENVELOPE, *DATA).refused_data
    assert state(*ENVELOPE, "C: RSET", "S: 250 Ok").refused_data is False


def test_auth_without_a_mechanism() -> None:
    assert state(*EHLO, "C: AUTH", "S: 334 ").mechanism == ""


def test_sasl() -> None:
    asked = (*EHLO, "C: AUTH login", "S: 334 VXNlcm5hbWU6")
    assert state(*asked).mechanism == "LOGIN"
    assert last(*asked, "C: QUIT").verb == "sasl"
    assert state(*asked, "C: eA==", "S: 334 UGFzc3dvcmQ6").mechanism == "LOGIN"
    done = state(*asked, "C: eA==", "S: 235 Ok")
    assert (done.mechanism, done.authenticated) == ("", "LOGIN")
    failed = state(*asked, "C: eA==", "S: 535 No")
    assert (failed.mechanism, failed.authenticated) == ("", "")


def test_auth_in_one_step() -> None:
    assert state(*EHLO, "C: AUTH PLAIN eA==", "S: 235 Ok").authenticated == "PLAIN"
    assert state(*EHLO, "C: AUTH PLAIN eA==", "S: 535 No").authenticated == ""
    assert state(*EHLO, "C: AUTH PLAIN eA==", "S: 235 Ok", "C: AUTH LOGIN", "S: 503 No").authenticated == "PLAIN"


def test_tls_forgets_everything_else() -> None:
    asked = (*EHLO, "C: AUTH PLAIN eA==", "S: 235 Ok", "C: STARTTLS", "S: 220 Go")
    assert state(*asked).handshake
    assert last(*asked, "TLS", "C: NOOP").before == State(greeting="220", tls=True)
    assert not state(*EHLO, "C: STARTTLS", "S: 454 No").handshake


def test_the_greeting_inside_implicit_tls_is_a_greeting() -> None:
    greeting, hello = exchanges(play("TLS", *HELLO))
    assert (greeting.verb, greeting.code) == ("greeting", "220")
    assert hello.before == State(greeting="220", tls=True)


def test_tls_on_a_connection_that_nobody_opened() -> None:
    events = play("TLS", "C: NOOP")[1:]
    assert exchanges(events)[0].before.tls


def test_an_unknown_line_changes_nothing() -> None:
    assert last(*HELLO, "C: FOO", "S: 500 What?").verb == ""
    assert state(*HELLO, "C: FOO", "S: 250 Ok") == state(*HELLO)
    assert state(*HELLO, "C: NOOP", "S: 250 Ok") == state(*HELLO)


def test_an_exchange_without_a_reply() -> None:
    one = last(*HELLO, "C: NOOP", "s: ")
    assert (one.replies, one.code, one.refused) == ((), "", False)
    assert one.after == one.before


def test_a_malformed_reply_is_no_refusal() -> None:
    one = last(*HELLO, "C: NOOP", "s: 550-never ended\r\n")
    assert (one.code, one.refused) == ("", False)
    assert last(*HELLO, "C: NOOP", "S: 450 Later").refused


def test_two_replies_to_one_command() -> None:
    one = last(*HELLO, "C: NOOP", "S: 250 Ok", "S: 421 Bye")
    assert [reply.octets for reply in one.replies] == [b"250 Ok\r\n", b"421 Bye\r\n"]
    assert one.code == "250"


def test_the_mailbox_of_a_command() -> None:
    assert last(*HELLO, *MAIL, *RCPT).mailbox == RECIPIENT


def test_connections_are_apart_and_in_order() -> None:
    found = exchanges(play(*HELLO, *MAIL[:1], "OPEN", *HELLO))
    assert [(one.connection, one.verb) for one in found] == [
        *((1, "greeting"), (1, "EHLO"), (1, "MAIL")),
        *((2, "greeting"), (2, "EHLO")),
    ]
    assert found[-1].before.sender is None


CHECKPOINT = ("S: 220 mail.test", "C: EHLO client.example.test", "S: 250-mail.test\r\n250 CHECKPOINT")
NAMED = f"C: MAIL FROM:<{SENDER}> TRANSID=<1@client.test>"


def test_a_transaction_is_taken_up_where_it_broke_off() -> None:
    broke_off = (*CHECKPOINT, NAMED, "S: 250 Ok", *RCPT, *DATA, "cut M: Subject: x\r\n", "CLOSE server", "OPEN")
    resumed = state(*broke_off, *CHECKPOINT, NAMED, "S: 355 12 is the offset")
    assert (resumed.sender, resumed.offset, resumed.accepted) == (SENDER, 12, (RECIPIENT,))
    due = state(*broke_off, *CHECKPOINT, NAMED, "S: 355 12 is the offset", *DATA)
    assert (due.content, due.offset) == (True, 12)
    assert state(*broke_off, *CHECKPOINT, NAMED, "S: 355 12 is the offset", "C: RSET", "S: 250 Ok").offset == 0
    assert state(*broke_off, *CHECKPOINT, NAMED, "S: 355 12").offset == 12
    assert state(*broke_off, *CHECKPOINT, NAMED, "S: 355 soon").offset == 0
    other = state(*broke_off, *CHECKPOINT, NAMED.replace("1@", "2@"), "S: 355 12")
    assert (other.sender, other.accepted) == (SENDER, ())
    assert state(*broke_off, *CHECKPOINT, NAMED, "S: 250 Ok").accepted == (), "all anew"


def test_what_is_kept_of_a_transaction_that_may_break_off() -> None:
    begun = (*CHECKPOINT, NAMED, "S: 250 Ok", *RCPT)
    kept = state(*begun, *DATA)
    assert (kept.checkpoint, [one.mailbox for one in kept.kept]) == ("<1@CLIENT.TEST>", [RECIPIENT])
    assert state(*begun, "C: DATA", "S: 554 No").kept == ()
    assert state(*begun, *DATA, f"M: {CONTENT}", "S: 250 Ok", *MAIL).kept == ()
    assert state(*HELLO, *MAIL, *RCPT, *DATA).kept == ()
    assert state(*HELLO, NAMED, "S: 250 Ok").checkpoint == ""
    assert state(*CHECKPOINT, *MAIL).checkpoint == ""


def test_355_is_no_yes_where_nothing_has_a_name() -> None:
    assert state(*HELLO, MAIL[0], "S: 355 12 is the offset").sender is None
    assert state(*CHECKPOINT, MAIL[0], "S: 355 12 is the offset").sender is None


def test_a_reply_without_a_connection_is_nobodys() -> None:
    assert exchanges(play("S: 220 mail.test")[1:]) == ()


def test_what_the_server_took() -> None:
    found = exchanges(play(*HAPPY, "OPEN", *ENVELOPE, *DATA, f"M: {CONTENT}", "S: 552 No"))
    assert [one.connection for one in found if delivered(one)] == [1]


CHUNKING = ("S: 220 x", "C: EHLO me.test", "s: 250-mail.test\r\n250-BINARYMIME\r\n250 CHUNKING\r\n")
READY = (*CHUNKING, f"C: MAIL FROM:<{SENDER}> BODY=binarymime", "S: 250 Ok", *RCPT)


def test_chunks_are_open_until_last() -> None:
    assert state(*READY).body == "BINARYMIME"
    assert state(*READY, "c: BDAT 2\r\nab", "S: 250 Ok").chunks == "open"
    after = state(*READY, "c: BDAT 2\r\nab", "S: 250 Ok", "c: BDAT 0 last\r\n", "S: 250 Ok")
    assert (after.chunks, after.sender, after.body) == ("over", None, "")
    assert state(*READY, "c: BDAT 2 LAST\r\nab", "S: 250 Ok", *MAIL).chunks == ""


def test_after_a_refused_chunk_only_reset_helps() -> None:
    refused = (*READY, "c: BDAT 2\r\nab", "S: 452 Full")
    assert state(*refused).chunks == "failed"
    assert state(*refused, "c: BDAT 2 LAST\r\nab", "S: 250 Ok").chunks == "failed"
    assert state(*refused, "C: RSET", "S: 250 Ok").chunks == ""
    assert state(*READY, "c: BDAT 2\r\nab", "S: 552 Too much").chunks == "failed"


@pytest.mark.parametrize(
    "steps",
    [
        (*ENVELOPE, "C: BDAT 2", "S: 502 Not here"),  # CHUNKING is not offered
        (*CHUNKING, "c: BDAT 2\r\nab", "S: 503 No"),  # no transaction
        (*READY, "C: BDAT two", "S: 250 Hm"),
        (*READY, "c: BDAT 2\r\nab", "s: nonsense\r\n"),
    ],
)
def test_what_is_no_chunk_changes_nothing(steps: tuple[str, ...]) -> None:
    assert state(*steps).chunks == ""


def messages(*steps: str) -> list[Exchange]:
    return [one for one in with_messages(exchanges(play(*steps))) if one.verb == "message"]


def test_chunks_make_a_message_as_data_would_carry_it() -> None:
    (one,) = messages(*READY, "c: BDAT 4\r\n.a\r\n", "S: 250 Ok", "c: BDAT 2 LAST\r\n.b", "S: 250 Ok")
    assert one.event.octets == b"..a\r\n..b\r\n.\r\n"
    assert (one.chunked, one.before.content, delivered(one), one.text) == (True, True, True, "")
    assert (one.event.kind, one.event.note) == (Kind.CONTENT, "")
    (empty,) = messages(*READY, "c: BDAT 0 LAST\r\n", "S: 250 Ok")
    assert empty.event.octets == b".\r\n"


def test_each_transaction_has_its_own_chunks() -> None:
    again = ("C: RSET", "S: 250 Ok", *MAIL, *RCPT)
    (one,) = messages(*READY, "c: BDAT 1\r\na", "S: 250 Ok", *again, "c: BDAT 3 LAST\r\nb\r\n", "S: 250 Ok")
    assert one.event.octets == b"b\r\n.\r\n"


def test_a_message_that_tells_of_chunks_has_none() -> None:
    text = "BDAT 5 LAST\r\n.\r\n"
    (one,) = messages(*READY, *DATA, f"M: {text}", "S: 250 Ok")
    assert (one.event.octets, one.chunked) == (text.encode(), False)


def test_connections_do_not_share_chunks() -> None:
    first = list(exchanges(play(*READY, "c: BDAT 3\r\na\r\n", "S: 250 Ok", "c: BDAT 0 LAST\r\n", "S: 250 Ok")))
    other = exchanges(play(*READY, "c: BDAT 3\r\nb\r\n", "S: 250 Ok", "c: BDAT 0 LAST\r\n", "S: 250 Ok"))
    second = [replace(one, connection=2) for one in other]
    mixed = [one for both in zip(first, second, strict=True) for one in both]
    made = [one for one in with_messages(mixed) if one.verb == "message"]
    assert [one.event.octets for one in made] == [b"a\r\n.\r\n", b"b\r\n.\r\n"]


def test_a_message_of_which_a_part_was_not_kept_says_so() -> None:
    (one,) = messages(*READY, "cut at 32 MB c: BDAT 3\r\na\r\n", "S: 250 Ok", "c: BDAT 0 LAST\r\n", "S: 250 Ok")
    assert one.event.note == "cut at 32 MB"


def test_chunks_that_make_no_message() -> None:
    assert messages(*READY, "c: BDAT 1\r\na", "S: 452 No", "c: BDAT 1 LAST\r\nb", "S: 503 No") == []
    assert messages(*READY, "cut c: BDAT 9 LAST\r\nb") == []
    assert messages(*ENVELOPE, "C: BDAT 2 LAST", "S: 502 Not here") == []


def test_the_secrets_of_chunks_keep_their_places() -> None:
    chunks = ("c: BDAT 6\r\n.\r\n.a ", "S: 250 Ok", f"c: BDAT 18 LAST\r\n{PASSWORD}\r\n", "S: 250 Ok")
    (one,) = messages(*READY, *chunks)
    (span,) = one.event.secrets
    assert one.event.octets == b"..\r\n..a ********\r\n.\r\n"
    assert one.event.octets[span.start : span.end] == b"********"


# --- LMTP (RFC 2033, 4.2)

CAROL = ("C: RCPT TO:<carol@example.test>", "S: 250 Ok")
GONE = ("C: RCPT TO:<gone@example.test>", "S: 550 No")
INTO_LMTP = (*LMTP, *RCPT, *GONE, *CAROL, *DATA, f"M: {CONTENT}")


def test_content_in_lmtp_is_answered_for_each_accepted_recipient() -> None:
    one = last(*INTO_LMTP, "S: 250 Ok", "s: 452-Full\r\n452 again\r\n")
    assert one.owed == 2
    assert one.decided == ((RECIPIENT, "250"), ("carol@example.test", "452"))
    assert delivered(one)
    assert last(*INTO_LMTP, "S: 250 Ok").decided[1] == ("carol@example.test", "")
    assert delivered(last(*INTO_LMTP, "S: 452 Full", "S: 250 Ok"))
    assert not delivered(last(*INTO_LMTP, "S: 452 Full", "S: 550 No"))


def test_content_in_smtp_and_a_command_in_lmtp_are_answered_once() -> None:
    one = last(*ENVELOPE, *CAROL, *DATA, *SENT)
    assert (one.owed, one.decided) == (1, ((RECIPIENT, "250"), ("carol@example.test", "250")))
    two = last(*LMTP, *RCPT, *CAROL, "C: DATA", "S: 451 Later")
    assert (two.owed, [code for _, code in two.decided]) == (1, ["451", "451"])
