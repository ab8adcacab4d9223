"""A scenario for a client that sends nothing without TLS: the same dialogue inside of it, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import EHLO, ENVELOPE, QUIT, command, connection, either, never, optional, plain, scenario, tls
from theatre import GREET, UP, Line, play

from smtpwitness.judge.fitting import LOGIN, fitted, logged_in
from smtpwitness.judge.persona import offers
from smtpwitness.model.run import Learned
from smtpwitness.model.scenario import Persona, Scenario, Step, Tls
from smtpwitness.model.transcript import Secrecy, Secret

OWN = Learned("a@b.test", ("c@d.test",), 1, 1, "none", "", "implicit", insists_on=("tls",))
UPGRADES = replace(OWN, tls="starttls", greets_again=True)
PLAIN = scenario(EHLO, *ENVELOPE, QUIT)


def test_tls_comes_first_in_every_connection() -> None:
    two = scenario(connections=[connection(EHLO, QUIT), connection(EHLO)])
    made = fitted(two, OWN)
    assert [one.steps[0] for one in made.connections] == [Tls(), Tls()]
    assert [one.steps[1:] for one in made.connections] == [one.steps for one in two.connections]
    assert made.job.tls == "implicit"


def test_where_a_command_begins_it_that_is_what_the_server_offers_outside() -> None:
    made = fitted(scenario(EHLO, QUIT, server=plain("SIZE 9", in_tls=["SIZE 8"])), UPGRADES)
    assert (offers(made.server, False), offers(made.server, True)) == (("SIZE 9", "STARTTLS"), ("SIZE 8",))
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
