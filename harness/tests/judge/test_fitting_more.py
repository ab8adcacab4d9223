"""A scenario for a client that always logs in, or always has several recipients: the same one, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import (
    DATA,
    EHLO,
    ENVELOPE,
    MAIL,
    QUIT,
    RCPT,
    any_order,
    command,
    connection,
    each_recipient,
    either,
    exchange,
    message,
    never,
    optional,
    plain,
    raw,
    repeat,
    says,
    scenario,
    silent,
)
from theatre import GREET, play

from smtpwitness.judge.fitting import LOGS_IN, fitted
from smtpwitness.judge.persona import offers
from smtpwitness.model.run import Learned
from smtpwitness.model.scenario import Envelope, Outcome, Scenario, Step

TWO = Learned("a@b.test", ("c@d.test", "e@f.test"), 2, 1, "none", "", "none")
LOGIN = Learned(
    "a@b.test", ("c@d.test",), 1, 1, "login", "a", "none", mechanisms=("login", "plain"), insists_on=("auth",)
)
BOTH = replace(LOGIN, tls="starttls", insists_on=("tls", "auth"), greets_again=True)
BODY = (DATA, message(), QUIT)


def to(made: Scenario) -> list[int]:
    return [len(one.recipients) for one in made.job.messages]


# --- recipients


@pytest.mark.parametrize(
    ("steps", "fit"),
    [
        ([EHLO, MAIL, RCPT, *BODY], [EHLO, MAIL, each_recipient(RCPT), *BODY]),
        ([EHLO, MAIL, each_recipient(RCPT), *BODY], [EHLO, MAIL, each_recipient(RCPT), *BODY]),
        ([EHLO, either([MAIL], [EHLO]), RCPT, *BODY], [EHLO, either([MAIL], [EHLO]), each_recipient(RCPT), *BODY]),
        ([repeat(MAIL, RCPT, *BODY)], [repeat(MAIL, each_recipient(RCPT), *BODY)]),
        ([optional(MAIL, RCPT)], [optional(MAIL, each_recipient(RCPT))]),
        ([MAIL, never("DATA"), RCPT], [MAIL, never("DATA"), each_recipient(RCPT)]),
        ([command("MAIL", "550 No"), never("RCPT")], [command("MAIL", "550 No"), never("RCPT")]),
        ([MAIL, RCPT, MAIL, RCPT], [MAIL, each_recipient(RCPT), MAIL, each_recipient(RCPT)]),
        (
            [MAIL, command("RCPT TO:<{recipient}>", raw("250 ok\n"))],
            [MAIL, each_recipient(command("RCPT TO:<{recipient}>", raw("250 ok\n")))],
        ),
        (
            [MAIL, command("RCPT TO:<{recipient}>", silent("close"))],
            [MAIL, each_recipient(command("RCPT TO:<{recipient}>", silent("close")))],
        ),
    ],
)
def test_rcpt_stands_for_each_recipient(steps: list[Step], fit: list[Step]) -> None:
    made = fitted(scenario(*steps), TWO)
    assert (made.connections[0].steps, to(made)) == (tuple(fit), [2])


def many(count: int) -> Scenario:
    made = scenario(EHLO, MAIL, each_recipient(RCPT), *BODY)
    envelope = Envelope("a@b.test", ("x@y.test",) * count, made.job.messages[0].content)
    return replace(made, job=replace(made.job, messages=(envelope,)))


def outcome(*words: str) -> Outcome:
    return Outcome((tuple(frozenset({one}) for one in words),))


PLAIN = scenario(EHLO, MAIL, RCPT, *BODY)


@pytest.mark.parametrize(
    "counting",
    [
        many(4),
        scenario(EHLO, MAIL, RCPT, RCPT, *BODY),
        scenario(EHLO, RCPT, *BODY),
        scenario(MAIL, RCPT, never("RCPT"), DATA),
        scenario(MAIL, command("RCPT TO:<bob@example.test>"), DATA),
        scenario(MAIL, command("RCPT TO:<{recipient.1}>"), DATA),
        scenario(MAIL, any_order([RCPT], [EHLO])),
        scenario(MAIL, either([each_recipient(RCPT)], [EHLO])),
        scenario(MAIL, repeat(RCPT)),
        scenario(command("MAIL FROM:<{sender}>", raw("250 ok\r\n250 ok\r\n")), RCPT),
        scenario(command("MAIL FROM:<{sender}>", "250 ok", "250 ok"), RCPT),
        scenario(MAIL, command("RCPT TO:<{recipient}>", raw(""))),
        scenario(MAIL, command("RCPT TO:<{recipient}>", says("250 ok", times=2))),
        scenario(MAIL, command("RCPT TO:<{recipient}>", silent())),
        scenario(EHLO, *ENVELOPE, server=plain("LIMITS RCPTMAX=1")),
        scenario(EHLO, *ENVELOPE, server=plain(RCPT=raw(""))),
        replace(many(2), outcome=outcome("accepted", "permanent"), job=many(3).job),
        replace(PLAIN, job=replace(PLAIN.job, protocol="lmtp")),
    ],
)
def test_where_the_number_counts_it_stays_as_it_is(counting: Scenario) -> None:
    assert fitted(counting, TWO) is counting


def test_so_many_as_it_has_anyway() -> None:
    assert fitted(many(2), TWO) == many(2)
    assert to(fitted(many(3), TWO)) == [2]
    assert to(fitted(PLAIN, replace(TWO, count=5))) == [5]
    assert fitted(PLAIN, replace(TWO, count=1)) is PLAIN
    assert fitted(PLAIN, replace(TWO, count=5)).job.messages[0].recipients[2:4] == (
        "dan@example.test",
        "rcpt4@example.test",
    )


# --- AUTH


def test_a_login_that_nobody_wrote_is_offered_and_taken() -> None:
    made = fitted(scenario(EHLO, *ENVELOPE, QUIT, server=plain("SIZE 9")), LOGIN)
    assert offers(made.server, False) == ("SIZE 9", "AUTH LOGIN PLAIN")
    assert (made.job.auth, dict(made.allow)) == ("any", {"credentials-in-clear": LOGS_IN})
    end = play(made, *GREET, "AUTH PLAIN", "QUIT")
    assert end.unmet() != [], "no message was sent"
    assert "dialogue/extra" not in end.keys


def test_in_tls_where_the_client_has_it_too() -> None:
    made = fitted(scenario(EHLO, QUIT, server=plain("SIZE 9")), BOTH)
    assert offers(made.server, False) == ("SIZE 9", "STARTTLS")
    assert offers(made.server, True) == ("SIZE 9", "AUTH LOGIN PLAIN")
    assert (made.job.tls, made.job.auth, dict(made.allow)) == ("starttls", "any", {})


def test_about_tls_it_comes_inside() -> None:
    about = scenario(EHLO, command("STARTTLS"), server=plain("STARTTLS"))
    made = fitted(replace(about, job=replace(about.job, tls="starttls")), BOTH)
    assert (offers(made.server, False), offers(made.server, True)) == (("STARTTLS",), ("AUTH LOGIN PLAIN",))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["250 mail"], ["250-mail", "250 AUTH LOGIN PLAIN"]),
        (["250-mail", "250 SIZE 9"], ["250-mail", "250-AUTH LOGIN PLAIN", "250 SIZE 9"]),
        (["220 odd"], ["220 odd"]),
    ],
)
def test_a_reply_that_is_written_names_it(written: list[str], said: list[str]) -> None:
    hello = command("EHLO {helo}", says(*written))
    (made,) = fitted(scenario(either([hello], [command("HELO")]), QUIT), LOGIN).connections
    (group, last) = made.steps
    assert last == QUIT
    assert group == either([command("EHLO {helo}", says(*said))], [command("HELO")])


AUTH_PLAIN = command("AUTH PLAIN")


@pytest.mark.parametrize(
    "about",
    [
        replace(PLAIN, id="auth/made-up"),
        replace(PLAIN, job=replace(PLAIN.job, auth="plain")),
        replace(PLAIN, job=replace(PLAIN.job, protocol="lmtp")),
        scenario(EHLO, AUTH_PLAIN, exchange(), QUIT),
        scenario(EHLO, never("AUTH"), QUIT),
        scenario(EHLO, QUIT, server=plain("AUTH PLAIN")),
        scenario(EHLO, QUIT, server=plain(AUTH="535 No")),
        scenario(EHLO, command("MAIL", "530 Authentication required")),
        scenario(command("EHLO {helo}", "502 No"), command("HELO"), *ENVELOPE),
    ],
)
def test_what_is_about_a_login_stays_as_it_is(about: Scenario) -> None:
    assert fitted(about, LOGIN) is about


def test_where_nothing_can_be_sent_nobody_need_log_in() -> None:
    refusing = replace(scenario(command("EHLO {helo}", "502 No")), outcome=outcome("permanent"))
    made = fitted(refusing, LOGIN)
    assert (made.job.auth, made.server, made.connections) == ("any", refusing.server, refusing.connections)


def test_who_goes_without_meets_it_as_it_is() -> None:
    assert fitted(PLAIN, replace(LOGIN, insists_on=())) is PLAIN
    assert fitted(scenario(connections=[connection(EHLO)]), replace(LOGIN, insists_on=())).job.auth == "none"
