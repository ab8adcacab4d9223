"""A scenario for a client that sends nothing without TLS: the same dialogue inside of it, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import EHLO, ENVELOPE, QUIT, command, connection, plain, scenario, tls
from theatre import GREET, UP, play

from smtpwitness.judge.fitting import fitted
from smtpwitness.judge.persona import offers
from smtpwitness.model.run import Learned
from smtpwitness.model.scenario import Persona, Scenario, Tls

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
