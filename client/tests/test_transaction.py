"""MAIL, RCPT and DATA against a real socket."""

from __future__ import annotations

import pytest

from rawsmtp.transaction import least_quoted

BOB, CAROL, DAN = "bob@example.test", "carol@example.test", "dan@example.test"
MIME = b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9\r\n"
QUIT = "\nC: QUIT\nS: 221 bye"
MAIL = "\nC: MAIL FROM:<alice@example.test>\n"
DATA = "\nC: DATA\nS: 354 go\nC: Subject: hi\nC:\nC: Hello Bob\nC: .\n"


def hello(*offers):
    lines = ["mx.example.test", *offers]
    reply = "".join(f"S: 250{'-' if line is not lines[-1] else ' '}{line}\n" for line in lines)
    return "S: 220 mx.example.test\nC: EHLO client.example.test\n" + reply


def rcpt(address, reply):
    return f"C: RCPT TO:<{address}>\nS: {reply}\n"


@pytest.mark.parametrize(
    ("reply", "status", "exit_status"),
    [("450 later", "temporary", 75), ("499 odd", "temporary", 75), ("455 no", "temporary", 75),
     ("530 log in", "permanent", 69), ("552 too big", "permanent", 69), ("599 odd", "permanent", 69),
     ("354 what", "permanent", 70)],
)  # fmt: skip
def test_mail_refused(play, reply, status, exit_status):
    played = play(hello() + MAIL + f"S: {reply}" + QUIT)
    assert played.statuses == [{BOB: status}]
    assert played.exits == {exit_status}
    assert played.reasons == [f"MAIL was answered {reply}"]


@pytest.mark.parametrize("yes", ["250", "251 will forward", "252 perhaps", "259 550 no such user", "250-a\nS: 250"])
def test_any_2yz_is_a_yes(play, yes):
    script = hello() + MAIL + f"S: {yes}\nC: RCPT TO:<{BOB}>\nS: {yes}" + DATA + f"S: {yes}" + QUIT
    assert play(script).exits == {0}


def test_each_recipient_has_an_answer_of_its_own(play):
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "550 unknown") + rcpt(CAROL, "250 ok") + rcpt(DAN, "451 later")
    played = play(script + DATA + "S: 250 queued" + QUIT, recipients=[BOB, CAROL, DAN])
    assert played.statuses == [{BOB: "permanent", CAROL: "accepted", DAN: "temporary"}]


def test_no_data_without_a_recipient(play):
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "550 unknown") + rcpt(CAROL, "450 later")
    played = play(script + QUIT, recipients=[BOB, CAROL])
    assert played.statuses == [{BOB: "permanent", CAROL: "temporary"}]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ('"bob"@example.test', "bob@example.test"),
        (r'"b\ob.smith"@example.test', "bob.smith@example.test"),
        (r'"b\ob smith"@example.test', '"bob smith"@example.test'),
        (r'"bob\"smith"@example.test', r'"bob\"smith"@example.test'),
        ('"bob..smith"@example.test', '"bob..smith"@example.test'),
        ('bob"@example.test', 'bob"@example.test'),
    ],
)
def test_the_least_quoting(given, sent):
    assert least_quoted(given) == sent


def test_no_needless_quotes_are_sent(play):
    given = '"bob"@example.test'
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "250 ok") + DATA + "S: 250 ok"
    played = play(script + QUIT, recipients=[given])
    assert played.statuses == [{given: "accepted"}]


def test_421_to_a_recipient(play):
    """It ends the transaction for those already accepted; a refusal before it stays one."""
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "550 no") + rcpt(CAROL, "250 ok") + rcpt(DAN, "421 bye")
    played = play(script + QUIT, recipients=[BOB, CAROL, DAN])
    assert played.statuses == [{BOB: "permanent", CAROL: "temporary", DAN: "temporary"}]


@pytest.mark.parametrize("reply", ["354 go ahead", "150 hm"])
def test_nonsense_to_a_recipient(play, reply):
    played = play(hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, reply) + QUIT, recipients=[BOB, CAROL])
    assert played.statuses == [{BOB: "permanent", CAROL: "permanent"}]
    assert played.exits == {70}


def test_too_many_recipients(play):
    """552 after some were accepted means 452 (RFC 5321 4.5.3.1.10) ..."""
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "250 ok") + rcpt(CAROL, "552 too many")
    played = play(script + DATA + "S: 250 queued" + QUIT, recipients=[BOB, CAROL])
    assert played.statuses == [{BOB: "accepted", CAROL: "temporary"}]


def test_too_big_for_one_recipient(play):
    """... but after SIZE= it is about the size (RFC 1870 6.4)."""
    script = hello("SIZE") + MAIL.replace(">\n", "> SIZE=26\n") + "S: 250 ok\n"
    script += rcpt(BOB, "250 ok") + rcpt(CAROL, "552 too big")
    played = play(script + DATA + "S: 250 queued" + QUIT, recipients=[BOB, CAROL])
    assert played.statuses == [{BOB: "accepted", CAROL: "permanent"}]


@pytest.mark.parametrize(
    ("reply", "status", "exit_status"),
    [("451 later", "temporary", 75), ("554 no", "permanent", 69), ("503 no", "permanent", 69),
     ("250 ok", "permanent", 70), ("350 go", "permanent", 70)],
)  # fmt: skip
def test_no_content_without_354(play, reply, status, exit_status):
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "250 ok") + f"C: DATA\nS: {reply}"
    played = play(script + QUIT)
    assert played.statuses == [{BOB: status}]
    assert played.exits == {exit_status}


@pytest.mark.parametrize("go", ["354", "354 ", "354-go\nS: 354 on"])
def test_354_in_any_dress(play, go):
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "250 ok") + DATA.replace("354 go", go)
    assert play(script + "S: 250 queued" + QUIT).exits == {0}


@pytest.mark.parametrize(
    ("reply", "status", "exit_status"),
    [("452 full", "temporary", 75), ("552 too big", "permanent", 69), ("354 more", "permanent", 70)],
)
def test_the_message_refused(play, reply, status, exit_status):
    script = hello() + MAIL + "S: 250 ok\n" + rcpt(BOB, "250 ok") + rcpt(CAROL, "250 ok")
    played = play(script + DATA + f"S: {reply}" + QUIT, recipients=[BOB, CAROL])
    assert played.statuses == [{BOB: status, CAROL: status}]
    assert played.exits == {exit_status}


def test_the_null_sender(play):
    from rawsmtp import Message

    script = hello() + "C: MAIL FROM:<>\nS: 250 ok\n" + rcpt(BOB, "250 ok") + DATA + "S: 250 queued" + QUIT
    message = Message("", (BOB,), b"Subject: hi\r\n\r\nHello Bob\r\n")
    assert play(script, messages=(message,)).exits == {0}


# --- parameters -----------------------------------------------------------------------------------


def begins(offers, mail):
    return hello(*offers) + f"C: {mail}\nS: 550 enough" + QUIT


@pytest.mark.parametrize(
    ("offers", "parameters"),
    [
        ([], ""),
        (["SIZE"], " SIZE=9"),
        (["size 0"], " SIZE=9"),
        (["SIZE 9"], " SIZE=9"),
        (["SIZE many"], " SIZE=9"),
        (["SIZE ²"], " SIZE=9"),
        (["8BITMIME", "PIPELINING", "CHUNKING", "SMTPUTF8"], ""),
    ],
)
def test_parameters_of_what_is_offered(play, offers, parameters):
    """The size is that of the content with CRLF, without stuffed dots: ``.\\n.\\nx``."""
    played = play(begins(offers, f"MAIL FROM:<alice@example.test>{parameters}"), content=b".\n.\nx")
    assert played.exits == {69}


def test_8bit_content(play):
    mail = f"MAIL FROM:<alice@example.test> SIZE={len(MIME)} BODY=8BITMIME"
    played = play(begins(["SIZE 1000", "8BITMIME"], mail), content=MIME)
    assert played.statuses == [{BOB: "permanent"}]


@pytest.mark.parametrize(
    ("offers", "content", "why"),
    [
        ([], MIME, "8BITMIME"),
        (["8BITMIME"], MIME.replace(b"MIME-Version", b"X-Version"), "MIME header"),
        (["8BITMIME"], b"Subject: \xff\r\n" + MIME, "SMTPUTF8"),
        (["SIZE 8"], b"a: b\r\n\r\n\r\n", "at most 8"),
    ],
)
def test_content_that_this_server_must_not_get(play, offers, content, why):
    played = play(hello(*offers) + QUIT, content=content)
    assert played.statuses == [{BOB: "declined"}]
    assert played.exits == {69}
    assert why in played.reasons[0]
