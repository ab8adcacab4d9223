"""Sessions with a real relay: replies are matched, and what the relay does wrong is not the client's fault."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playbook import CATALOGUE, MAIL, job, play
from scenes import (
    DATA,
    EHLO,
    ORDINARY,
    any_order,
    closing,
    command,
    connection,
    either,
    good,
    message,
    never,
    optional,
    plain,
    says,
    scenario,
    tls,
)

from smtpwitness.judge.case import Facts, Judgement, judge
from smtpwitness.judge.follower import Follower, fits, lacking_offer, surplus_offer, unplayable
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Process
from smtpwitness.model.scenario import Breaks, Delay, JobSpec, Records, Sasl, Scenario, Step, Tls
from smtpwitness.model.transcript import Kind

MADE = scenario(*ORDINARY)
HELLO = ("S: 220 real.test", "C: EHLO client.example.test", "s: 250-real.test\r\n250 SIZE 1000\r\n")
RCPT = ("C: RCPT TO:<bob@example.test>", "S: 250 fine")
SENT = ("C: DATA", "S: 354 go on", "M: Hi\r\n.\r\n", "S: 250 taken", "C: QUIT", "S: 221 bye", "close server")
BYE = "CLOSE server"


def judged(*steps: str, made: Scenario = MADE, reported: str = "accepted", **changes: object) -> Judgement:
    facts = Facts(((reported,),), Process(0), relayed=True)
    given = job(**{"told": frozenset({"sender", "recipients", "helo"}), **changes})  # type: ignore[arg-type]
    return judge(made, given, play(*steps), facts, CATALOGUE, ())


def test_replies_fit_by_their_first_digit_and_3yz_by_the_whole_code() -> None:
    done = judged(*HELLO, *MAIL, *RCPT, *SENT[:-1], BYE)
    assert (done.exchange, done.closing, done.reason) == (Verdict.PASS, Verdict.PASS, "")
    done = judged(*HELLO, *MAIL, *RCPT, *SENT[:-1], "CLOSE client")
    assert (done.exchange, done.closing, done.reason) == (Verdict.PASS, Verdict.PASS, "")
    assert fits("250 Ok", b"251 will forward\r\n")
    assert not fits("334 VXNlcm5hbWU6", b"354 go on\r\n")
    assert not fits("250 Ok", b"no reply\r\n")


def test_a_relay_that_answers_otherwise_is_an_error_and_stops_the_dialogue() -> None:
    done = judged(*HELLO, *MAIL, RCPT[0], "S: 550 no such user", "C: QUIT", "S: 221 bye", BYE, reported="permanent")
    assert done.exchange is Verdict.ERROR
    assert "the relay said 550 no such user, the scenario has 250" in done.reason
    assert "after RCPT TO:<bob@example.test>" in done.reason
    assert not done.findings, "what comes of it is not held against the client"


def test_who_failed_before_has_failed_whatever_the_relay_does() -> None:
    done = judged(*HELLO, "C: MAIL FROM:<eve@example.test>", "S: 250 Ok", RCPT[0], "S: 550 no", BYE)
    assert done.exchange is Verdict.FAIL
    assert "550 no" in done.reason


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((*HELLO, BYE), "the relay ended the connection"),
        ((*HELLO, "S: 421 time is up"), "the relay said 421 time is up unasked"),
        ((*HELLO, "C: MAIL FROM:<alice@example.test>", "WAIT 5", "CLOSE client"), "unanswered for"),
        ((*HELLO, "C: MAIL FROM:<alice@example.test>", "WAIT 5", "LIMIT"), "unanswered for"),
        (("S: 554 go away",), "the relay said 554 go away, the scenario has 220"),
    ],
)
def test_what_a_relay_does_wrong_is_an_error(steps: tuple[str, ...], words: str) -> None:
    done = judged(*steps, reported="temporary")
    assert done.exchange is Verdict.ERROR
    assert words in done.reason


def test_who_waits_for_a_relay_that_hangs_is_not_to_blame() -> None:
    steps = play(*HELLO, "C: MAIL FROM:<alice@example.test>", "WAIT 5", "LIMIT")
    facts = Facts((("temporary",),), Process(None, timed_out=True), relayed=True)
    told = job(told=frozenset({"sender", "recipients", "helo", "timeout"}))
    done = judge(MADE, told, steps, facts, CATALOGUE)
    assert (done.exchange, done.findings) == (Verdict.ERROR, ())


def test_a_client_that_does_not_wait_is_not_the_relays_fault() -> None:
    done = judged(*HELLO, "C: MAIL FROM:<alice@example.test>", "CLOSE client", reported="temporary")
    assert done.exchange is Verdict.FAIL, "it left in the middle"
    assert done.reason == ""


def test_what_the_relay_offers_is_legal() -> None:
    steps = ("S: 220 real.test", "C: EHLO client.example.test", "s: 250-real.test\r\n250 STARTTLS\r\n")
    inside = ("C: STARTTLS", "S: 220 go", "TLS", "C: EHLO client.example.test", "s: 250-real.test\r\n250 DSN\r\n")
    done = judged(*steps, *inside, *MAIL, *RCPT, *SENT[:-1], BYE)
    assert (done.exchange, done.reason) == (Verdict.PASS, "")


def test_in_lmtp_it_owes_a_reply_for_each_recipient() -> None:
    follower = Follower(scenario(command("LHLO {helo}")), job())
    steps = play("S: 220 real.test", "C: LHLO client.example.test", "S: 250 real.test", *MAIL, *RCPT, *RCPT, *SENT[:3])
    owed = []
    for event in steps:
        owed += [follower.owed(event)] if event.kind is Kind.CONTENT else []
        follower.feed(event)
    assert owed == [2]
    assert follower.owed(replace(steps[-1], note="cut")) == 0


# --- who can play what


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((command("EHLO {helo}", "550 no"),), "it is to say 550"),
        ((command("EHLO {helo}", says("250 Ok", then="close")),), "it is to say 250"),
        ((command("EHLO {helo}", says("250 Ok", delay=1.0)),), "cut, repeat or delay"),
        ((any_order([EHLO], [command("DATA", says("354 go", times=2))]),), "cut, repeat or delay"),
        ((optional(DATA, message(says("250 Ok", split="octets"))),), "cut, repeat or delay"),
        ((tls("expired"),), "handshake"),
        ((Tls(versions=("1.2",)),), "handshake"),
        ((Sasl(spoil="error"),), "spoil the SASL"),
        ((EHLO, closing(notify=True)), "ended TLS"),
        ((never("MAIL", "550 no"), EHLO, closing()), ""),
    ],
)
def test_what_only_a_fake_can_do(steps: tuple[Step, ...], words: str) -> None:
    found = unplayable(scenario(*steps))
    assert words in found if words else found == ""


def test_what_only_a_fake_can_be() -> None:
    assert "decline" in unplayable(scenario(EHLO, outcome=good("declined")))
    assert "late" in unplayable(scenario(EHLO, server=replace(plain(), reply_delay=_delay())))
    assert "the name system" in unplayable(replace(scenario(EHLO), dns={"a.test": Records()}))
    assert "little at a time" in unplayable(scenario(EHLO, server=replace(plain(), window=4096)))
    assert "answer MAIL so: it is to say 550" in unplayable(scenario(EHLO, server=plain(MAIL="550 no")))
    assert "no reply" in unplayable(scenario(connections=[connection(EHLO, head=(says("2x0 hm"),))]))


def test_that_lmtp_knows_no_ehlo_is_every_relays_affair() -> None:
    refusing = plain(EHLO="500 what", HELO="500 what")
    one = scenario(EHLO, server=refusing)
    assert "it is to say 500" in unplayable(one)
    lmtp = replace(one, job=replace(one.job, protocol="lmtp"))
    assert unplayable(lmtp) == ""
    assert "answer MAIL" in unplayable(replace(lmtp, server=plain(EHLO="500 what", MAIL="550 no")))


def _delay() -> Delay:
    return "quiet"


def offering(
    *lines: str, auth: str = "none", tls: str = "none", inside: tuple[str, ...] | None = None, **more: object
) -> Scenario:
    made = scenario(EHLO, server=plain(*lines, in_tls=inside), **more)  # type: ignore[arg-type]
    return replace(made, job=JobSpec(made.job.messages, tls=tls, auth=auth))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "outside", "inside", "lacks"),
    [
        (offering("SIZE 10", "8BITMIME"), ("size", "8BITMIME"), (), ""),
        (offering("SIZE 10", "DSN"), ("SIZE",), (), "DSN"),
        (offering("AUTH PLAIN", "AUTH=PLAIN", auth="plain"), ("AUTH LOGIN",), (), "AUTH PLAIN"),
        (offering("AUTH PLAIN LOGIN", auth="login"), ("AUTH LOGIN",), (), ""),
        (offering("AUTH PLAIN LOGIN"), ("AUTH LOGIN",), (), ""),
        (offering("AUTH PLAIN", auth="any"), ("AUTH LOGIN PLAIN",), (), "just AUTH PLAIN"),
        (offering("AUTH PLAIN", auth="any"), ("AUTH PLAIN",), (), ""),
        (offering("STARTTLS", tls="starttls"), ("STARTTLS",), (), ""),
        (offering("STARTTLS", "DSN", tls="starttls"), ("STARTTLS", "DSN"), (), "DSN"),
        (offering("SIZE", tls="implicit"), (), ("SIZE",), ""),
        (
            offering("STARTTLS", "SIZE", inside=(), tls="starttls"),
            ("STARTTLS", "SIZE"),
            ("SIZE",),
            "SIZE before TLS alone",
        ),
        (offering("STARTTLS", "SIZE", inside=(), tls="starttls"), ("STARTTLS", "SIZE"), ("DSN",), ""),
        (offering("starttls", tls="starttls"), ("STARTTLS",), (), "starttls in these letters"),
        (offering("AUTH plain", auth="plain"), ("AUTH PLAIN",), (), "plain in these letters"),
        (offering("AUTH plain", auth="plain"), ("AUTH=plain",), (), ""),
        (offering("", "x-anything yes"), ("", "x-anything no"), (), ""),
    ],
)
def test_a_relay_must_offer_what_the_scenario_does(
    made: Scenario, outside: tuple[str, ...], inside: tuple[str, ...], lacks: str
) -> None:
    assert lacking_offer(made, outside, inside) == lacks


def test_who_may_say_helo_needs_no_extension_but_auth_and_starttls() -> None:
    made = offering("PIPELINING", "8BITMIME", "AUTH LOGIN", auth="login")
    both = replace(made, connections=(connection(either([EHLO], [command("HELO {helo}")])),))
    wrong = replace(
        made, connections=(connection(either([EHLO], [command("HELO {helo}"), Breaks("RFC5321-2.2.1-b")])),)
    )
    assert lacking_offer(both, ("AUTH LOGIN",), ()) == ""
    assert lacking_offer(both, ("PIPELINING", "8BITMIME"), ()) == "AUTH"
    assert lacking_offer(wrong, ("AUTH LOGIN",), ()) == "PIPELINING"
    assert lacking_offer(made, ("AUTH LOGIN",), ()) == "PIPELINING"


def test_where_something_must_not_come_a_relay_offers_nothing_more() -> None:
    forbids = offering("SIZE", never=("MAIL FROM:<{sender}> BODY=...",))
    guarded = replace(offering("SIZE", tls="implicit"), connections=(connection(never("RCPT"), EHLO),))
    assert surplus_offer(forbids, ("SIZE",), ("DSN",)) == ""
    assert surplus_offer(forbids, ("SIZE", "DSN"), ()) == "DSN"
    assert surplus_offer(guarded, ("DSN",), ("SIZE",)) == ""
    assert surplus_offer(guarded, (), ("DSN",)) == "DSN"
    assert surplus_offer(offering("SIZE"), ("DSN",), ()) == ""


def test_a_guard_against_auth_alone_is_about_nothing_else_that_is_offered() -> None:
    alone = offering("SIZE", never=("AUTH", "STARTTLS"))
    assert surplus_offer(alone, ("SIZE", "DSN", "PIPELINING"), ()) == ""
    assert surplus_offer(alone, ("DSN", "auth=plain"), ()) == "AUTH"
    assert surplus_offer(offering("SIZE", never=("AUTH", "RCPT")), ("DSN",), ()) == "DSN"
