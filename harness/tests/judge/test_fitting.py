"""A scenario for a client that always has several recipients, TLS or a login: the same dialogue with them, or none."""

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
    tls,
)
from theatre import GREET, UP, Line, play

from smtpwitness.judge.fitting import ACCOUNT, LOGIN, LOGS_IN, UPGRADE, fitted, logged_in
from smtpwitness.judge.persona import offers
from smtpwitness.model.run import Learned
from smtpwitness.model.scenario import Envelope, Outcome, Persona, Place, Scenario, Step, Tls
from smtpwitness.model.transcript import Secrecy, Secret

OWN = Learned("a@b.test", ("c@d.test",), 1, 1, "none", "", "implicit", insists_on=("tls",))
UPGRADES = replace(OWN, tls="starttls", greets_again=True)
PLAIN = scenario(EHLO, *ENVELOPE, QUIT)
TWO = Learned("a@b.test", ("c@d.test", "e@f.test"), 2, 1, "none", "", "none")
USER = Learned(
    "a@b.test", ("c@d.test",), 1, 1, "login", "a", "none", mechanisms=("login", "plain"), insists_on=("auth",)
)
BOTH = replace(USER, tls="starttls", insists_on=("tls", "auth"), greets_again=True)
BODY = (DATA, message(), QUIT)


def to(made: Scenario) -> list[int]:
    return [len(one.recipients) for one in made.job.messages]


# --- recipients

MUTE_HELLO, MUTE_DATA, MUTE_QUIT = (command(line, raw("")) for line in ("EHLO {helo}", "DATA", "QUIT"))


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
        ([MUTE_HELLO, MAIL, RCPT], [MUTE_HELLO, MAIL, each_recipient(RCPT)]),  # what comes once for all of them
        ([MAIL, RCPT, MUTE_DATA], [MAIL, each_recipient(RCPT), MUTE_DATA]),
        ([MAIL, RCPT, MUTE_QUIT], [MAIL, each_recipient(RCPT), MUTE_QUIT]),
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


SINGLE = scenario(EHLO, MAIL, RCPT, *BODY)


@pytest.mark.parametrize(
    "counting",
    [
        many(4),
        scenario(EHLO, MAIL, RCPT, RCPT, *BODY),
        scenario(EHLO, RCPT, *BODY),
        scenario(MAIL, RCPT, never("RCPT"), DATA),
        scenario(MAIL, command("RCPT TO:<bob@example.test>"), DATA),
        scenario(MAIL, command("RCPT TO:<{recipient.1}>"), DATA),
        scenario(MAIL, RCPT, command("VRFY {recipient.1}"), DATA),
        scenario(MAIL, each_recipient(RCPT), RCPT, DATA),
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
        replace(SINGLE, job=replace(SINGLE.job, protocol="lmtp")),
    ],
)
def test_where_the_number_counts_it_stays_as_it_is(counting: Scenario) -> None:
    assert fitted(counting, TWO) is counting


def test_so_many_as_it_has_anyway() -> None:
    assert fitted(many(2), TWO) == many(2)
    assert to(fitted(many(3), TWO)) == [2]
    assert to(fitted(SINGLE, replace(TWO, count=5))) == [5]
    assert fitted(SINGLE, replace(TWO, count=1)) is SINGLE
    assert fitted(SINGLE, replace(TWO, count=5)).job.messages[0].recipients[2:4] == (
        "dan@example.test",
        "rcpt4@example.test",
    )


# --- TLS


def test_tls_comes_first_in_every_connection() -> None:
    two = scenario(connections=[connection(EHLO, QUIT), connection(EHLO)])
    made = fitted(two, OWN)
    assert [one.steps[0] for one in made.connections] == [Tls(), Tls()]
    assert [one.steps[1:] for one in made.connections] == [one.steps for one in two.connections]
    assert made.job.tls == "implicit"


def test_where_a_command_begins_it_that_is_what_the_server_offers_outside() -> None:
    made = fitted(scenario(EHLO, QUIT, server=plain("SIZE 9", in_tls=["SIZE 8"])), UPGRADES)
    assert (offers(made.server, False), offers(made.server, True)) == (("SIZE 9", "STARTTLS"), ("SIZE 8",))
    assert [one.steps for one in made.connections] == [(*UPGRADE, EHLO, QUIT)]
    made = fitted(scenario(EHLO, QUIT, server=plain("SIZE 9")), UPGRADES)
    assert (offers(made.server, True), made.job.tls) == (("SIZE 9",), "starttls")
    end = play(made, *GREET, "STARTTLS", UP, "EHLO client.example.test", "QUIT")
    assert (end.keys, end.unmet()) == ([], [])


@pytest.mark.parametrize(
    "own",
    [
        None,
        replace(OWN, insists_on=()),
        replace(UPGRADES, greets_again=False),  # it would leave out a step that is not the scenario's subject
    ],
)
def test_who_needs_no_tls_or_cannot_be_fitted_meets_it_as_it_is(own: Learned | None) -> None:
    assert fitted(PLAIN, own) is PLAIN


def with_server(server: Persona) -> Scenario:
    return replace(PLAIN, server=server)


@pytest.mark.parametrize(
    "about",
    [
        replace(PLAIN, id="tls/made-up"),
        replace(PLAIN, job=replace(PLAIN.job, tls="starttls")),
        with_server(plain("starttls")),
        scenario(EHLO, tls(), QUIT),
        scenario(EHLO, command("STARTTLS"), QUIT),
        scenario(command("EHLO {helo}", "250 STARTTLS"), QUIT),
    ],
)
@pytest.mark.parametrize("own", [OWN, UPGRADES])
def test_what_is_about_tls_stays_as_it_is(about: Scenario, own: Learned) -> None:
    assert fitted(about, own) is about


@pytest.mark.parametrize(
    "refusing",
    [
        with_server(replace(plain(), replies={})),
        with_server(plain(EHLO="502 No")),
        scenario(command("EHLO {helo}", "502 No"), QUIT),
    ],
)
def test_without_ehlo_there_is_no_command_to_begin_tls(refusing: Scenario) -> None:
    assert fitted(refusing, UPGRADES) is refusing
    assert fitted(refusing, OWN) is not refusing


# --- AUTH


def test_a_login_that_nobody_wrote_is_offered_and_taken() -> None:
    made = fitted(scenario(EHLO, *ENVELOPE, QUIT, server=plain("SIZE 9")), USER)
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
    other = replace(about, job=replace(about.job, tls="starttls"), server=plain("STARTTLS", "DSN", in_tls=["SIZE 9"]))
    made = fitted(other, BOTH)
    assert (offers(made.server, False), offers(made.server, True)) == (
        ("STARTTLS", "DSN"), ("SIZE 9", "AUTH LOGIN PLAIN"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["250 mail"], ["250-mail", "250 AUTH LOGIN PLAIN"]),
        (["250 mail for {helo}"], ["250-mail for {helo}", "250 AUTH LOGIN PLAIN"]),
        (["250-mail", "250 SIZE 9"], ["250-mail", "250-AUTH LOGIN PLAIN", "250 SIZE 9"]),
        (["220 odd"], ["220 odd"]),
    ],
)
def test_a_reply_that_is_written_names_it(written: list[str], said: list[str]) -> None:
    hello = command("EHLO {helo}", says(*written))
    (made,) = fitted(scenario(either([hello], [command("HELO")]), QUIT), USER).connections
    (group, last) = made.steps
    assert last == QUIT
    assert group == either([command("EHLO {helo}", says(*said))], [command("HELO")])


AUTH_PLAIN = command("AUTH PLAIN")


@pytest.mark.parametrize(
    "about",
    [
        replace(SINGLE, id="auth/made-up"),
        replace(SINGLE, job=replace(SINGLE.job, auth="plain")),
        replace(SINGLE, job=replace(SINGLE.job, protocol="lmtp")),
        scenario(EHLO, AUTH_PLAIN, exchange(), QUIT),
        scenario(EHLO, never("AUTH"), QUIT),
        scenario(EHLO, QUIT, server=plain("AUTH PLAIN")),
        scenario(EHLO, QUIT, server=plain(AUTH="535 No")),
        scenario(EHLO, command("MAIL", "530 Authentication required")),
        scenario(EHLO, *ENVELOPE, server=plain(MAIL="530 Authentication required")),
        scenario(command("EHLO {helo}", "502 No"), command("HELO"), *ENVELOPE),
    ],
)
def test_what_is_about_a_login_stays_as_it_is(about: Scenario) -> None:
    assert fitted(about, USER) is about


def test_a_file_is_not_about_a_login_for_its_name() -> None:
    made = scenario(command("EHLO {helo}", place=Place("auth/made-up.yaml", 7, 1)), *ENVELOPE, QUIT)
    assert fitted(made, USER).job.auth == "any"


@pytest.mark.parametrize("word", ["accepted", "any"])
def test_who_may_succeed_without_ehlo_need_not_give_up(word: str) -> None:
    refusing = replace(scenario(command("EHLO {helo}", "502 No")), outcome=outcome(word))
    assert fitted(refusing, USER) is refusing


def test_where_nothing_can_be_sent_nobody_need_log_in() -> None:
    refusing = replace(scenario(command("EHLO {helo}", "502 No")), outcome=outcome("permanent"))
    made = fitted(refusing, USER)
    assert (made.job.auth, made.server, made.connections) == ("any", refusing.server, refusing.connections)


def test_who_goes_without_meets_it_as_it_is() -> None:
    assert fitted(SINGLE, replace(USER, insists_on=())) is SINGLE
    assert fitted(scenario(connections=[connection(EHLO)]), replace(USER, insists_on=())).job.auth == "none"


# --- the login of a relay

PASSWORD = Line("AUTH PLAIN KioqKioq", (Secret(11, 19, Secrecy.PLAIN, "base64", True, True),))


def test_a_login_comes_before_the_first_mail_and_after_what_is_there_before() -> None:
    made = logged_in(scenario(EHLO, *ENVELOPE, QUIT, server=plain("SIZE 9")), "AUTH PLAIN")
    (one,) = made.connections
    assert one.steps == (EHLO, *LOGIN, *ENVELOPE, QUIT)
    assert (made.job.auth, made.server.offers, made.server.offers_in_tls) == ("plain", ("SIZE 9", "AUTH PLAIN"), None)
    assert "credentials-in-clear" in made.allow
    end = play(made, *GREET, PASSWORD, "MAIL FROM:<alice@example.test>")
    assert (end.keys, end.codes[-2:]) == (["closed"], ["235", "250"])


@pytest.mark.parametrize(
    ("line", "auth"), [("AUTH CRAM-MD5 LOGIN plain", "plain"), ("auth login", "login"), ("AUTH XOAUTH2", "any")]
)
def test_the_mechanism_is_one_that_most_clients_have(line: str, auth: str) -> None:
    assert logged_in(PLAIN, line).job.auth == auth


def test_the_login_is_that_of_the_account_which_every_relay_has() -> None:
    named = replace(PLAIN, job=replace(PLAIN.job, username="carol@example.test"))
    assert logged_in(named, "AUTH PLAIN").job.username == ACCOUNT


def test_what_is_offered_in_tls_has_it_too_and_a_connection_without_mail_goes_without() -> None:
    two = scenario(connections=[connection(EHLO, QUIT), connection(EHLO, *ENVELOPE)], server=plain(in_tls=["SIZE"]))
    made = logged_in(two, "AUTH PLAIN")
    assert [len(one.steps) for one in made.connections] == [2, 3 + len(ENVELOPE)]
    assert made.server.offers_in_tls == ("SIZE", "AUTH PLAIN")


@pytest.mark.parametrize(
    "step", [either([command("RSET")], [command("MAIL FROM:<>")]), optional(command("MAIL FROM:<>"))]
)
def test_a_mail_may_be_one_of_several_ways(step: Step) -> None:
    (one,) = logged_in(scenario(EHLO, step, QUIT), "AUTH PLAIN").connections
    assert one.steps == (EHLO, *LOGIN, step, QUIT)


def test_before_a_hello_nobody_can_log_in() -> None:
    again = scenario(repeat(EHLO, *ENVELOPE), QUIT)
    assert logged_in(again, "AUTH PLAIN") is again


@pytest.mark.parametrize(
    "about",
    [
        replace(PLAIN, job=replace(PLAIN.job, auth="plain")),
        replace(PLAIN, job=replace(PLAIN.job, protocol="lmtp")),
        with_server(plain("auth=login")),
        with_server(plain("SIZE", in_tls=["AUTH PLAIN"])),
        scenario(EHLO, never("AUTH"), *ENVELOPE),
        scenario(EHLO, *ENVELOPE, never=("AUTH",)),
        scenario(EHLO, command("AUTH PLAIN"), *ENVELOPE),
        scenario(EHLO, tls(), QUIT),
    ],
)
def test_what_is_about_auth_or_sends_nothing_gets_no_login(about: Scenario) -> None:
    assert logged_in(about, "AUTH PLAIN") is about
