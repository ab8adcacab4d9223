"""Sessions with a real relay: replies are matched, and what the relay does wrong is not the client's fault."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playbook import CATALOGUE, MAIL, RECIPIENT, job, play
from scenes import (
    DATA,
    EHLO,
    ORDINARY,
    TRANSACTION,
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
from smtpwitness.judge.persona import offers
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Process, Status
from smtpwitness.model.scenario import Breaks, Delay, JobSpec, Persona, Records, Sasl, Scenario, Step, Tls
from smtpwitness.model.transcript import Kind

MADE = scenario(*ORDINARY)
BY_LMTP = scenario(command("LHLO {helo}"), *TRANSACTION, server=plain(LHLO="250 mail.example.test"))
HELLO = ("S: 220 real.test", "C: EHLO client.example.test", "s: 250-real.test\r\n250 SIZE 1000\r\n")
RCPT = ("C: RCPT TO:<bob@example.test>", "S: 250 fine")
SENT = ("C: DATA", "S: 354 go on", "M: Hi\r\n.\r\n", "S: 250 taken", "C: QUIT", "S: 221 bye", "close server")
ASKED = "C: MAIL FROM:<alice@example.test>"
CAROL = ("C: RCPT TO:<carol@example.test>", "S: 250 fine")
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
    assert fits("250 Ok", b"211 so be it\r\n")
    assert not fits("250 Ok", b"no reply\r\n")


def test_a_relay_that_answers_otherwise_is_an_error_and_stops_the_dialogue() -> None:
    done = judged(*HELLO, *MAIL, RCPT[0], "S: 550 no such user", "C: QUIT", "S: 221 bye", BYE, reported="permanent")
    assert done.exchange is Verdict.ERROR
    assert "the relay said 550 no such user, the scenario has 250" in done.reason
    assert "after RCPT TO:<bob@example.test>" in done.reason
    assert not done.findings, "what comes of it is not held against the client"
    assert not [one for one in done.steps if one.status in (Status.MISSING, Status.EXTRA)]


def test_who_failed_before_has_failed_whatever_the_relay_does() -> None:
    done = judged(*HELLO, "C: MAIL FROM:<eve@example.test>", "S: 250 Ok", RCPT[0], "S: 550 no", BYE)
    assert done.exchange is Verdict.FAIL
    assert "550 no" in done.reason


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((*HELLO, BYE), "event 4: the relay ended the connection"),
        ((*HELLO, "S: 421 time is up"), "event 4: the relay said 421 time is up unasked"),
        (
            (*HELLO, ASKED, "WAIT 5", "CLOSE client"),
            "event 5: the relay left MAIL FROM:<alice@example.test> unanswered for 5.0 s",
        ),
        (
            (*HELLO, ASKED, "WAIT 5", "LIMIT"),
            "event 5: the relay left MAIL FROM:<alice@example.test> unanswered for 5.0 s",
        ),
        (
            ("S: 554 go away",),
            "event 1: the relay said 554 go away, the scenario has 220 mail.example.test ESMTP (after greeting)",
        ),
        (
            (*HELLO, *MAIL, *RCPT, *SENT[:3], "S: 451 later"),
            "event 11: the relay said 451 later, the scenario has 250 2.0.0 Ok: queued as {queue-id} (after message)",
        ),
    ],
)
def test_what_a_relay_does_wrong_is_an_error(steps: tuple[str, ...], words: str) -> None:
    done = judged(*steps, reported="temporary")
    assert done.exchange is Verdict.ERROR
    assert re.sub("as [0-9A-F]{12}", "as {queue-id}", done.reason) == words


def test_nothing_was_expected_where_a_relay_speaks_unasked() -> None:
    (*_, last) = (one for one in judged(*HELLO, "S: 421 time is up").steps if one.side == "server")
    assert (last.expected, last.observed) == ("", "421 time is up")


def test_each_reply_that_lmtp_has_for_content_is_compared() -> None:
    hello = ("S: 220 real.test", "C: LHLO client.example.test", "S: 250 real.test", *MAIL, *RCPT, *CAROL)
    done = judged(*hello, *SENT[:4], "S: 550 no", made=BY_LMTP, recipients=(RECIPIENT, "carol@example.test"))
    assert done.exchange is Verdict.ERROR
    assert done.reason.startswith("event 14: the relay said 550 no, the scenario has 250 ")
    assert "after" not in done.reason, "to what it is a reply is told by the first one"


def test_a_relay_that_leaves_out_a_reply_that_lmtp_has_for_content_is_to_blame() -> None:
    hello = ("S: 220 real.test", "C: LHLO client.example.test", "S: 250 real.test", *MAIL, *RCPT, *CAROL)
    done = judged(*hello, *SENT[:4], "WAIT 5", "LIMIT", made=BY_LMTP, recipients=(RECIPIENT, "carol@example.test"))
    assert done.exchange is Verdict.ERROR
    assert done.reason == "event 14: the relay left the message for the other recipients unanswered for 5.0 s"


def test_who_waits_for_a_relay_that_hangs_is_not_to_blame() -> None:
    steps = play(*HELLO, ASKED, "WAIT 5", "LIMIT")
    facts = Facts((("temporary",),), Process(None, timed_out=True), relayed=True)
    told = job(told=frozenset({"sender", "recipients", "helo", "timeout"}))
    done = judge(MADE, told, steps, facts, CATALOGUE)
    assert (done.exchange, done.findings) == (Verdict.ERROR, ())


@pytest.mark.parametrize(
    "steps",
    [
        (*HELLO, ASKED, "CLOSE client"),
        (*HELLO, "WAIT 5", ASKED, "CLOSE client"),
        (*HELLO, ASKED, "WAIT 0.999", "CLOSE client"),  # and that itself takes a millisecond
        (*HELLO, ASKED, "CLOSE client", "WAIT 5", "LIMIT"),  # who has gone waits no more
    ],
)
def test_a_client_that_does_not_wait_is_not_the_relays_fault(steps: tuple[str, ...]) -> None:
    done = judged(*steps, reported="temporary")
    assert done.exchange is Verdict.FAIL, "it left in the middle"
    assert done.reason == ""


def test_what_the_relay_offers_is_legal() -> None:
    steps = ("S: 220 real.test", "C: EHLO client.example.test", "s: 250-real.test\r\n250 STARTTLS\r\n")
    inside = ("C: STARTTLS", "S: 220 go", "TLS", "C: EHLO client.example.test", "s: 250-real.test\r\n250 DSN\r\n")
    done = judged(*steps, *inside, *MAIL, *RCPT, *SENT[:-1], BYE)
    assert (done.exchange, done.reason) == (Verdict.PASS, "")


def learned(made: Scenario, *steps: str) -> Persona:
    """What the persona has become after *steps*."""
    follower = Follower(made, job())
    for event in play(*steps):
        follower.feed(event)
    return follower.scenario.server


def test_what_a_relay_offers_before_tls_says_nothing_of_what_it_offers_within() -> None:
    made = scenario(*ORDINARY, server=plain("STARTTLS", "AUTH PLAIN"))
    hello = ("S: 220 real.test", "C: EHLO client.example.test", "s: 250-real.test\r\n250-STARTTLS\r\n250 DSN\r\n")
    server = learned(made, *hello)
    assert (offers(server, False), offers(server, True)) == (("STARTTLS", "DSN"), ("AUTH PLAIN",))
    inside = ("C: STARTTLS", "S: 220 go", "TLS", "C: EHLO client.example.test", "s: 250-real.test\r\n250 SIZE\r\n")
    server = learned(made, *hello, *inside)
    assert (offers(server, False), offers(server, True)) == (("STARTTLS", "DSN"), ("SIZE",))


def test_it_is_the_reply_to_ehlo_or_lhlo_that_tells_what_is_offered() -> None:
    lines = "s: 250-real.test\r\n250 DSN\r\n"
    assert learned(BY_LMTP, "S: 220 real.test", "C: LHLO client.example.test", lines).offers == ("DSN",)
    assert learned(MADE, "S: 220 real.test", "C: HELO client.example.test", lines).offers == ()
    assert learned(MADE, *HELLO, ASKED, "s: 250-fine\r\n250 go on\r\n").offers == ("SIZE 1000",)
    assert learned(MADE, *HELLO, "C: RSET", "S: 250 Ok").offers == ("SIZE 1000",)
    assert learned(MADE, *HELLO, "C: NOOP", "s: 250-fine\r\n250 go on\r\n").offers == ("SIZE 1000",)
    several = "s: 250-taken\r\n250 queued as 7\r\n"
    assert learned(MADE, *HELLO, *MAIL, *RCPT, *SENT[:3], several).offers == ("SIZE 1000",)


def owed(*steps: str) -> list[int]:
    """How many replies a relay owes for each thing that a client says in *steps*."""
    follower, found = Follower(MADE, job()), []
    for event in play(*steps):
        found += [follower.owed(event)] if event.kind in (Kind.OPEN, Kind.LINE, Kind.CONTENT) else []
        follower.feed(event)
    return found


def test_in_lmtp_it_owes_a_reply_for_each_recipient() -> None:
    lmtp = ("S: 220 real.test", "C: LHLO client.example.test", "S: 250 real.test", *MAIL, *RCPT, *RCPT, *SENT[:3])
    assert owed(*lmtp) == [1, 1, 1, 1, 1, 1, 2]
    assert owed(*lmtp[:-1], "cut M: Hi\r\n") == [1, 1, 1, 1, 1, 1, 0]
    assert owed(*HELLO, *MAIL, *RCPT, *RCPT, *SENT[:3]) == [1, 1, 1, 1, 1, 1, 1]


def test_what_happens_on_a_connection_that_nobody_opened_is_passed_over() -> None:
    follower = Follower(MADE, job())
    assert [follower.feed(event) for event in play(*HELLO)[1:]] == [()] * 3


# --- who can play what

ODD = "it is to cut, repeat or delay a reply"
HANDSHAKE = "the server is to spoil or choose something in the handshake"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((command("EHLO {helo}", "550 no"),), "it is to say 550"),
        ((command("EHLO {helo}", says("250 Ok", then="close")),), "it is to say 250"),
        ((command("EHLO {helo}", says("250 Ok", delay=1.0)),), ODD),
        ((any_order([EHLO], [command("DATA", says("354 go", times=2))]),), ODD),
        ((optional(DATA, message(says("250 Ok", split="octets"))),), ODD),
        ((tls("expired"),), HANDSHAKE),
        ((tls("capital letters"),), HANDSHAKE),
        ((tls(fail="garbage"),), HANDSHAKE),
        ((Tls(versions=("1.2",)),), HANDSHAKE),
        ((tls(),), ""),
        ((Sasl(spoil="error"),), "the server is to spoil the SASL exchange"),
        ((EHLO, closing(notify=True)), "the server is to wait until the client has ended TLS"),
        ((never("MAIL", "550 no"), EHLO, closing()), ""),
    ],
)
def test_what_only_a_fake_can_do(steps: tuple[Step, ...], words: str) -> None:
    assert unplayable(scenario(*steps)) == words


def test_what_only_a_fake_can_be() -> None:
    for made, words in (
        (scenario(EHLO, outcome=good("declined")), "the server is to give a client reason to decline"),
        (scenario(EHLO, server=replace(plain(), reply_delay=_delay())), "the server is to answer late"),
        (
            replace(scenario(EHLO), dns={"a.test": Records()}),
            "the server is whichever host the name system tells of",
        ),
        (scenario(EHLO, server=replace(plain(), window=4096)), "the server is to take little at a time"),
        (scenario(EHLO, server=plain(MAIL="550 no")), "the server is to answer MAIL so: it is to say 550"),
        (
            scenario(connections=[connection(EHLO, head=(says("2x0 hm"),))]),
            "it is to say what is no reply, or to close",
        ),
    ):
        assert unplayable(made) == words


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
        (offering("AUTH PLAIN LOGIN", auth="login"), ("AUTH PLAIN",), (), "AUTH LOGIN"),
        (offering("AUTH PLAIN LOGIN"), ("AUTH LOGIN",), (), ""),
        (offering("AUTH PLAIN LOGIN"), ("AUTH CRAM-MD5",), (), "AUTH LOGIN PLAIN"),
        (offering("AUTH PLAIN", auth="any"), ("AUTH LOGIN PLAIN",), (), "just AUTH PLAIN"),
        (offering("AUTH PLAIN LOGIN", auth="any"), ("AUTH PLAIN",), (), "just AUTH LOGIN PLAIN"),
        (
            offering("STARTTLS", "AUTH PLAIN", inside=("AUTH LOGIN",), tls="starttls"),
            ("STARTTLS", "AUTH PLAIN"),
            ("AUTH LOGIN",),
            "",
        ),
        (offering("AUTH PLAIN", auth="any"), ("AUTH PLAIN",), (), ""),
        (offering("STARTTLS", tls="starttls"), ("STARTTLS",), (), ""),
        (offering("STARTTLS", "DSN", tls="starttls"), ("STARTTLS", "DSN"), (), "DSN"),
        (offering("SIZE", tls="implicit"), (), ("SIZE",), ""),
        (offering("SIZE", tls="implicit"), (), ("DSN",), "SIZE"),
        (offering("STARTTLS", tls="starttls"), ("STARTTLS",), ("STARTTLS",), ""),
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
    upgrading = replace(offering("STARTTLS", "DSN", tls="starttls"), connections=both.connections)
    assert lacking_offer(upgrading, ("STARTTLS",), ()) == ""
    assert lacking_offer(upgrading, ("DSN",), ("DSN",)) == "STARTTLS"
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
    inside = offering("STARTTLS", inside=("DSN",), tls="starttls", never=("RCPT",))
    assert surplus_offer(inside, ("STARTTLS",), ("DSN",)) == ""


def test_a_guard_against_auth_alone_is_about_nothing_else_that_is_offered() -> None:
    alone = offering("SIZE", never=("AUTH", "STARTTLS"))
    assert surplus_offer(alone, ("SIZE", "DSN", "PIPELINING"), ()) == ""
    assert surplus_offer(alone, ("DSN", "auth=plain"), ()) == "AUTH"
    assert surplus_offer(offering("SIZE", never=("AUTH", "RCPT")), ("DSN",), ()) == "DSN"
