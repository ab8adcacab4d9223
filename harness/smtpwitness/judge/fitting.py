"""Plays a scenario inside the TLS without which a client of its own mind sends nothing, or the login of a relay.

What a scenario says of commands and replies holds in TLS as it does in clear, and after a login as without one. One
that is about TLS, or about AUTH, stays as it is, and is not for such a client or relay.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from ..model.run import Learned
from ..model.scenario import (
    AnyOrder,
    Command,
    EachRecipient,
    Either,
    Never,
    Optional,
    Repeat,
    Sasl,
    Scenario,
    Step,
    Tls,
)
from ..model.template import parse
from .pattern import verb

UPGRADE = (Command(parse("EHLO {helo}")), Command(parse("STARTTLS")), Tls())
"""What comes before everything else where TLS is begun by a command."""


def fitted(scenario: Scenario, own: Learned | None) -> Scenario:
    """*scenario* in the TLS that *own* insists on, where it has none and does not care."""
    if own is None or "tls" not in own.insists_on or scenario.job.tls != "none" or _is_about_tls(scenario):
        return scenario
    if own.tls == "implicit":
        connections = tuple(replace(one, steps=(Tls(), *one.steps)) for one in scenario.connections)
        return replace(scenario, connections=connections, job=replace(scenario.job, tls="implicit"))
    if not own.greets_again or _refuses_ehlo(scenario):
        return scenario  # what it leaves out is for the scenarios about STARTTLS to find
    server = scenario.server
    inside = server.offers if server.offers_in_tls is None else server.offers_in_tls
    return replace(
        scenario,
        connections=tuple(replace(one, steps=(*UPGRADE, *one.steps)) for one in scenario.connections),
        server=replace(server, offers=(*server.offers, "STARTTLS"), offers_in_tls=inside),
        job=replace(scenario.job, tls="starttls"),
    )


def _is_about_tls(scenario: Scenario) -> bool:
    """Whether TLS is offered, wanted or forbidden somewhere."""
    offered = any("STARTTLS" in one.upper() for one in scenario.server.offers)
    named = any(
        isinstance(step, Tls)
        or (isinstance(step, Command) and "STARTTLS" in repr((step.pattern, step.replies)).upper())
        for step in scenario.steps
    )
    return scenario.suite == "tls" or offered or named


def _refuses_ehlo(scenario: Scenario) -> bool:
    """Whether nothing can be upgraded, because no extension is named."""
    written = [step.replies for step in scenario.steps if isinstance(step, Command) and verb(step.pattern) == "EHLO"]
    usual = scenario.server.replies.get("EHLO")
    return usual is None or any(one.is_trouble for one in (usual, *(reply for said in written for reply in said)))


LOGIN = (Command(parse("AUTH")), Sasl())
"""What comes before the first MAIL where a relay takes mail from nobody who has not logged in."""

USUAL = ("PLAIN", "LOGIN")
"""Mechanisms that clients are asked for there: hardly one lacks both."""

ACCOUNT = "alice@example.test"
"""Whose login it is: the job names nobody."""

IN_CLEAR = "the relay takes mail from nobody who has not logged in, and the scenario has no TLS"


def logged_in(scenario: Scenario, mechanisms: str) -> Scenario:
    """*scenario* with a login before its first MAIL, by one of the mechanisms in that line of EHLO.

    What is about AUTH itself, or has no MAIL, stays as it is.
    """
    offered = mechanisms.upper().split()
    job, placed = scenario.job, [_before_mail(one.steps) for one in scenario.connections]
    if job.auth != "none" or job.protocol == "lmtp" or _is_about_auth(scenario) or not any(placed):
        return scenario
    server = scenario.server
    inside = server.offers_in_tls and (*server.offers_in_tls, mechanisms)
    return replace(
        scenario,
        connections=tuple(
            replace(one, steps=steps or one.steps) for one, steps in zip(scenario.connections, placed, strict=True)
        ),
        server=replace(server, offers=(*server.offers, mechanisms), offers_in_tls=inside),
        job=replace(job, username=ACCOUNT, auth=next((one.lower() for one in USUAL if one in offered), "any")),
        allow=MappingProxyType({**scenario.allow, "credentials-in-clear": IN_CLEAR}),
    )


def _is_about_auth(scenario: Scenario) -> bool:
    """Whether AUTH is offered or named somewhere."""
    named = (step.pattern for step in scenario.steps if isinstance(step, Command | Never))
    offers = (*scenario.server.offers, *(scenario.server.offers_in_tls or ()))
    return any(verb(one) == "AUTH" for one in (*named, *scenario.never)) or "AUTH" in " ".join(offers).upper()


def _before_mail(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """*steps* with the login in place; none where there is no MAIL."""
    place = next((place for place, step in enumerate(steps) if _begins_with_mail(step)), None)
    return () if place is None else (*steps[:place], *LOGIN, *steps[place:])


def _begins_with_mail(step: Step) -> bool:
    match step:
        case Command():
            return verb(step.pattern) == "MAIL"
        case Either() | AnyOrder():
            return any(_begins_with_mail(one) for steps in step.alternatives for one in steps[:1])
        case Optional() | Repeat() | EachRecipient():
            return any(_begins_with_mail(one) for one in step.steps[:1])
    return False
