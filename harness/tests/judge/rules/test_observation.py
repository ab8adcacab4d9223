"""What rules see, and how they say what they found."""

import pytest
from playbook import HAPPY, HELLO, MAIL, observe

from smtpwitness.judge.rules.observation import answered, gathered, gives_up, name_of, refused, short, waited
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


def test_order_ends_where_a_command_has_not_one_reply() -> None:
    twice = observe(*HELLO, "S: 250 again", *MAIL)
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


def test_giving_up_takes_a_while() -> None:
    def second(*steps: str) -> bool:
        many = observe("S: 220 hi", "C: NOOP", *steps).exchanges
        return gives_up(many[1], many[2])

    assert second("WAIT 2", "C: quit")
    assert second("WAIT 2", "C: *")
    assert not second("C: QUIT")
    assert not second("WAIT 2", "C: NOOP")


def test_a_refusal_is_one_in_every_line() -> None:
    def last(*steps: str) -> bool:
        return refused(observe(*HELLO, "C: NOOP", *steps).exchanges[-1])

    assert last("s: 550-no\r\n550 no\r\n")
    assert not last("s: 250-yes\r\n550 no\r\n")
    assert not last("S: 250 Ok")
    assert not last()


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
    (remark,) = gathered("a.key", "RFC5321-3.3-a", hits, "something", at_most=Verdict.WARN, extra="value")
    assert remark.events == tuple(one.event.seq for one in hits)
    assert remark.observed == "EHLO client.example.test"
    assert dict(remark.facts) == {"line": "EHLO client.example.test", "count": "2", "extra": "value"}
    assert list(gathered("a.key", None, [], "something")) == []


@pytest.mark.parametrize(("steps", "closed"), [(("close server",), True), (("CLOSE client",), False), ((), False)])
def test_whether_the_server_has_gone(steps: tuple[str, ...], closed: bool) -> None:
    seen = observe(*HELLO, *steps)
    assert seen.closed_by_server(1, seen.transcript[-1].at) is closed
    assert not seen.closed_by_server(2, seen.transcript[-1].at)
    assert not seen.closed_by_server(1, seen.transcript[-1].at - 1)
