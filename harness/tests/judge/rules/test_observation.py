"""What rules see, and how they say what they found."""

import pytest
from playbook import DATA, ENVELOPE, HAPPY, HELLO, LMTP, MAIL, RCPT, SENT, observe

from smtpwitness.judge.rules.observation import (
    Remark,
    answered,
    ends,
    gathered,
    gives_up,
    is_no_reply,
    is_tls,
    name_of,
    refused,
    short,
    waited,
)
from smtpwitness.model.finding import Verdict


def test_exchanges_by_connection() -> None:
    seen = observe(*HELLO, "CLOSE client", "OPEN", *HELLO, *MAIL)
    assert {number: [one.verb for one in many] for number, many in seen.connections.items()} == {
        1: ["greeting", "EHLO"],
        2: ["greeting", "EHLO", "MAIL"],
    }


def test_commands_and_lines() -> None:
    seen = observe(*HELLO, "C: FOO", "S: 500 x", "c: \x16\x03\x01", "S: 500 x", "C: AUTH LOGIN", "S: 334 ", "C: eA==")
    assert [one.verb for one in seen.commands] == ["EHLO", "AUTH"]
    assert [one.verb for one in seen.lines] == ["EHLO", "", "AUTH", "sasl"]


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        *((b"\x16\x03\x01\x02\x00", True), (b"\x15\x03\x03\x00\x02", True)),
        *((b"\x14\x03\x03", False), (b"\x16\x02\x00", False), (b"EHLO \x16\x03", False), (b"", False)),
    ],
)
def test_records_of_tls(octets: bytes, found: bool) -> None:
    assert is_tls(octets) is found


def test_order_ends_where_a_command_has_not_one_reply() -> None:
    twice = observe(*HELLO, "S: 250 again", *MAIL, *RCPT, *DATA)
    assert [(one.verb, two.verb) for one, two in twice.in_order] == [("greeting", "EHLO")]
    garbage = observe(*HELLO, "C: NOOP", "s: what\r\n", *MAIL)
    assert [two.verb for _, two in garbage.in_order] == ["EHLO", "NOOP"]
    secured = observe(*HELLO, "C: STARTTLS", "s: 220 Go\r\n250 evil\r\n", "TLS", *HELLO[1:], *MAIL)
    assert [two.verb for _, two in secured.in_order] == ["EHLO", "STARTTLS", "MAIL"], "TLS begins anew"
    silent = observe(*HELLO, "C: NOOP", *MAIL)
    assert [two.verb for _, two in silent.in_order] == ["EHLO", "NOOP", "MAIL"]


def test_when_an_exchange_was_answered() -> None:
    good, malformed, none = observe("S: 220 hi", "C: NOOP", "s: what\r\n", "C: NOOP").exchanges
    assert answered(good) == good.replies[0].at
    assert answered(malformed) == malformed.replies[0].begun
    assert answered(none) is None
    assert not waited(none, good)
    assert waited(good, malformed)


def test_a_reply_too_many_answers_nothing() -> None:
    one = observe("S: 220 hi", "C: NOOP", "S: 250 Ok", "S: 250 Ok").exchanges[-1]
    assert answered(one) == one.replies[0].at


def test_content_in_lmtp_is_answered_with_the_last_reply_that_is_owed() -> None:
    sent = (*LMTP, *RCPT, "C: RCPT TO:<carol@example.test>", "S: 250 Ok", *DATA, *SENT)
    (half,) = observe(*sent).messages
    assert answered(half) is None
    (whole,) = observe(*sent, "S: 450 Later").messages
    assert answered(whole) == whole.replies[1].at
    (nobody,) = observe(*LMTP, *DATA, "M: .\r\n").messages
    assert answered(nobody) == nobody.event.at


LOGIN = ("C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6")


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        *((("C: QUIT",), True), (("C: quit now",), True), (("C: Rset",), True), (("C: RSET now",), True)),
        *(((*LOGIN, "C: *"), True), ((*LOGIN, "C: quit"), True), ((*LOGIN, "C: RSET"), True)),
        *(((*MAIL, *RCPT, *DATA, "cut M: QUIT\r\n"), True), ((*MAIL, *RCPT, *DATA, "cut M: rset\r\n"), True)),
        *((("C: NOOP",), False), (("C: ",), False), ((*MAIL, *RCPT, *DATA, "M: QUIT\r\n.\r\n"), False)),
    ],
)
def test_what_ends_a_session_a_transaction_or_a_sasl_exchange(steps: tuple[str, ...], found: bool) -> None:
    assert ends(observe(*HELLO, *steps).exchanges[-1]) is found


def test_giving_up_takes_a_while() -> None:
    def second(*steps: str) -> bool:
        many = observe("S: 220 hi", "C: NOOP", *steps).exchanges
        return gives_up(many[1], many[2])

    assert second("WAIT 2", "C: quit")
    assert second("WAIT 2", "C: *")
    assert not second("C: QUIT")
    assert not second("WAIT 2", "C: NOOP")
    late = observe("S: 220 hi", "WAIT 2", "C: NOOP", "C: QUIT").exchanges
    assert not gives_up(late[1], late[2]), "it is the last wait that counts"


def test_a_refusal_is_one_in_every_line() -> None:
    def last(*steps: str) -> bool:
        return refused(observe(*HELLO, "C: NOOP", *steps).exchanges[-1])

    assert last("s: 550-no\r\n550 no\r\n")
    assert not last("s: 250-yes\r\n550 no\r\n")
    assert not last("S: 250 Ok")
    assert not last()


@pytest.mark.parametrize(
    ("replies", "found"),
    [
        *((("S: what",), True), (("S: 150 Wait",), True), (("s: one\r\ntwo\r\n",), True), (("S: ",), True)),
        *((("S: 250 Ok",), False), (("s: 250 Ok\n",), False), (("s: note\r\n250 Ok\r\n",), False)),
        (("s: what",), False),  # it is not yet a line
        (("S: what", "S: what"), False),  # nobody knows which of them is meant
        ((), False),
    ],
)
def test_what_is_no_reply(replies: tuple[str, ...], found: bool) -> None:
    assert is_no_reply(observe(*HELLO, "C: NOOP", *replies).exchanges[-1]) is found


def test_long_texts_are_cut() -> None:
    assert short("x" * 60) == "x" * 60
    assert short("x" * 61) == "x" * 59 + "…"
    assert short(b"NOOP \xe9\r\n") == "NOOP é"


def test_names_of_exchanges() -> None:
    seen = observe(*HAPPY[:-5], "C: ")
    assert name_of(seen.exchanges[0]) == "the greeting"
    assert name_of(seen.exchanges[1]) == "EHLO client.example.test"
    assert [name_of(one) for one in seen.exchanges[-2:]] == ["the message", "(empty line)"]


def test_many_hits_are_one_remark() -> None:
    hits = observe(*HELLO, *MAIL).exchanges[1:]
    also = ("RFC5321-3.3-d",)
    (remark,) = gathered("a.key", "RFC5321-3.3-a", hits, "something", at_most=Verdict.WARN, also=also, extra="value")
    assert remark == Remark(
        "RFC5321-3.3-a",
        "a.key",
        "something",
        "EHLO client.example.test",
        tuple(one.event.seq for one in hits),
        (("line", "EHLO client.example.test"), ("count", "2"), ("extra", "value")),
        at_most=Verdict.WARN,
        also=also,
    )
    assert [one.observed for one in gathered("a.key", None, hits, "something", "else")] == ["else"]
    assert list(gathered("a.key", None, [], "something")) == []


@pytest.mark.parametrize(("steps", "closed"), [(("close server",), True), (("CLOSE client",), False), ((), False)])
def test_whether_the_server_has_gone(steps: tuple[str, ...], closed: bool) -> None:
    seen = observe(*HELLO, *steps)
    assert seen.closed_by_server(1, seen.transcript[-1].at) is closed
    assert not seen.closed_by_server(2, seen.transcript[-1].at)
    assert not seen.closed_by_server(1, seen.transcript[-1].at - 1)


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        *((("close server", "C: NOOP"), True), (("reset server", "C: NOOP"), True)),
        (("stall server", "C: NOOP"), False),  # of which a client sees nothing
        (("C: NOOP", "close server"), False),
        (("C: NOOP",), False),
        (("CLOSE client", "C: NOOP"), False),  # its own half only
        (("close server", "OPEN", *HELLO), False),  # another connection
    ],
)
def test_whether_a_client_sees_that_the_server_has_gone(steps: tuple[str, ...], left: bool) -> None:
    seen = observe(*ENVELOPE, *steps)
    assert seen.left_by_server(seen.exchanges[-1]) is left
