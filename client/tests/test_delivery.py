"""Several messages, several connections."""

from __future__ import annotations

import pytest

from rawsmtp import Job, Message, deliver
from rawsmtp.outcome import Declined
from rawsmtp.session import Session

CONTENT = b"a: b\r\n\r\nc\r\n"
HELLO = "S: 220 mx\nC: EHLO client.example.test\nS: 250 mx\n"
QUIT = "C: QUIT\nS: 221 bye\n"


def messages(*names):
    return tuple(Message("alice@example.test", (f"{name}@example.test",), CONTENT) for name in names)


def envelope(name, reply="250 ok"):
    mail = "C: MAIL FROM:<alice@example.test>\nS: 250 ok\n"
    return mail + f"C: RCPT TO:<{name}@example.test>\nS: {reply}\n"


def transaction(name, reply="250 queued"):
    return envelope(name) + f"C: DATA\nS: 354 go\nC: a: b\nC:\nC: c\nC: .\nS: {reply}\n"


def statuses(played):
    return [status for result in played.statuses for status in result.values()]


def test_two_messages_over_one_connection(play):
    """EHLO once; MAIL follows a finished message without RSET."""
    played = play(HELLO + transaction("bob") + transaction("carol") + QUIT, messages=messages("bob", "carol"))
    assert played.statuses == [{"bob@example.test": "accepted"}, {"carol@example.test": "accepted"}]


@pytest.mark.parametrize(
    "first",
    [
        envelope("bob", "550 unknown"),
        transaction("bob", "554 spam"),
        envelope("bob") + "C: DATA\nS: 554 no\n",
        "C: MAIL FROM:<alice@example.test>\nS: 550 no\n",
    ],
)
def test_reset_after_an_unfinished_transaction(play, first):
    script = HELLO + first + "C: RSET\nS: 250 ok\n" + transaction("carol") + QUIT
    assert statuses(play(script, messages=messages("bob", "carol"))) == ["permanent", "accepted"]


@pytest.mark.parametrize(
    ("reply", "status"), [("421 bye", "temporary"), ("451 later", "temporary"), ("500 what", "permanent")]
)
def test_reset_refused(play, reply, status):
    """Nothing was delivered, so no second connection is tried."""
    script = HELLO + envelope("bob", "550 unknown") + f"C: RSET\nS: {reply}\n" + QUIT
    assert statuses(play(script, messages=messages("bob", "carol", "dan"))) == ["permanent", status, status]


@pytest.mark.parametrize(
    "end",
    [
        "PAUSE\nS: 421 one message each\n" + QUIT,
        "CLOSE\n",
        "C: MAIL FROM:<alice@example.test>\nS: 421 one message each\n" + QUIT,
        "C: MAIL FROM:<alice@example.test>\nCLOSE\n",
        "C: MAIL FROM:<alice@example.test>\nRESET\n",
    ],
)
def test_a_new_connection_for_the_rest(play, end, monkeypatch):
    import time

    real = Session.command

    def slowly(self, line, *, shown=""):
        time.sleep(0.2 if line.startswith("MAIL") else 0)
        return real(self, line, shown=shown)

    monkeypatch.setattr(Session, "command", slowly)
    script = HELLO + transaction("bob") + end + "AGAIN\n" + HELLO + transaction("carol") + QUIT
    assert statuses(play(script, messages=messages("bob", "carol"))) == ["accepted", "accepted"]


def test_a_message_that_was_under_way_is_not_sent_again(play):
    script = HELLO + transaction("bob") + envelope("carol") + "C: DATA\nS: 354 go\nC: a: b\nC:\nC: c\nC: .\nCLOSE\n"
    script += "AGAIN\n" + HELLO + transaction("dan") + QUIT
    played = play(script, messages=messages("bob", "carol", "dan"))
    assert statuses(played) == ["accepted", "temporary", "accepted"]


def test_no_new_connection_to_one_who_takes_nothing(play):
    played = play("S: 220 x\nCLOSE", messages=messages("bob", "carol"))
    assert statuses(played) == ["temporary", "temporary"]


def test_no_new_connection_after_a_breach_of_protocol(play):
    script = HELLO + transaction("bob") + "C: MAIL FROM:<alice@example.test>\nS: what\n" + QUIT
    played = play(script, messages=messages("bob", "carol", "dan"))
    assert statuses(played) == ["accepted", "permanent", "permanent"]


def test_what_is_declined_never_reaches_the_server(play):
    declined = (
        Message(
            "alice@example.test", ("bob@example.test\r\nRCPT TO:<eve@example.test>", "carol@example.test"), CONTENT
        ),
        Message("alice@example.test", ("bob@example.test",), b""),
        Message("alice@example.test", ("bob@example.test",), CONTENT, Declined("because")),
    )
    played = play(HELLO + transaction("dan") + QUIT, messages=declined + messages("dan"))
    assert statuses(played) == ["declined"] * 4 + ["accepted"]
    assert played.reasons[2:4] == ["the message is empty", "because"]


def test_no_connection_for_nothing():
    [outcomes] = deliver(Job("host.invalid", 25, (Message("alice@example.test", ("bob",), CONTENT),)))
    assert outcomes["bob"].exit_status == 69


def test_interrupted(play, monkeypatch):
    """Ctrl-C ends the session; what is known by then is kept."""
    real = Session.command

    def interrupted(self, line, *, shown=""):
        if "carol" in line:
            raise KeyboardInterrupt
        return real(self, line, shown=shown)

    monkeypatch.setattr(Session, "command", interrupted)
    sessions = []
    start = Session.start
    monkeypatch.setattr(Session, "start", lambda self: (sessions.append(self), start(self)))
    script = HELLO + transaction("bob") + "C: MAIL FROM:<alice@example.test>\nS: 250 ok\n" + QUIT
    played = play(script, messages=messages("bob", "carol", "dan"))
    assert len(sessions) == 1
    assert statuses(played) == ["accepted", "temporary", "temporary"]


def test_nobody_listens():
    import socket

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        [outcomes] = deliver(Job("127.0.0.1", unused.getsockname()[1], messages("bob"), tls="none"))
    assert outcomes["bob@example.test"].exit_status == 75
