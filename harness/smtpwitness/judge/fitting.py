"""Plays a scenario inside the TLS without which a client of its own mind sends nothing.

What a scenario says of commands and replies holds in TLS as it does in clear. One that is about TLS itself stays as it
is, and is not for such a client.
"""

from __future__ import annotations

from dataclasses import replace

from ..model.run import Learned
from ..model.scenario import Command, Scenario, Tls
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
