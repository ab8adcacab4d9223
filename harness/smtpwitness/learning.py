"""Learns the job of a client whose addresses, body or login are its own: from what it does on an easy server.

It runs twice where AUTH and STARTTLS are offered, and once where neither is. What was the same both times it is held
to; scenarios that want another job of it are `unsupported`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .judge.actions import IMPLICIT
from .judge.session import MESSAGE, Exchange, exchanges
from .model.requirement import Requirement
from .model.run import CaseResult, Client, Learned
from .model.scenario import Connection, Scenario
from .model.transcript import Kind
from .peers.process import ClientNotStarted
from .runner import Plan, run_cases, workshop

OFFERS = ("STARTTLS", "AUTH PLAIN LOGIN CRAM-MD5", "8BITMIME")
LIMIT = 10.0
"""Seconds that a client has to show its job."""

UNKNOWN = frozenset({"auth-login", "auth-plain"})
"""What a client may be meant to do that got no message through."""


def easy(scenario: Scenario, offers: tuple[str, ...]) -> Scenario:
    """A server that takes everything, and expects nothing; *scenario* gives the rest of what there must be."""
    job = replace(scenario.job, tls="none", auth="none")
    server = replace(scenario.server, offers=offers)
    nothing = (Connection(()),)
    return replace(scenario, id="learning/easy", connections=nothing, server=server, job=job, limit=LIMIT, covers=())


async def learned(
    clients: Sequence[Client], scenario: Scenario, requirements: Mapping[str, Requirement], passwords: list[str]
) -> list[Client]:
    """*clients*, those that are to be learned with what they showed, and what that makes them able to do.

    *scenario* is any one on a plain server. A client that gets no message through is run where a login is wanted, too.
    """
    found = []
    for client in clients:
        found.append(await _one(client, scenario, requirements, passwords) if client.learn else client)
    return found


async def _one(
    client: Client, scenario: Scenario, requirements: Mapping[str, Requirement], passwords: list[str]
) -> Client:
    shown: list[CaseResult] = []
    able = replace(client, supports=None)
    async with workshop(requirements, passwords) as shop:
        for offers in (OFFERS, OFFERS, ()):
            try:
                await run_cases([Plan(easy(scenario, offers), able)], shop, 1, shown.append)
            except ClientNotStarted:  # the run itself tells, if anything is to be run
                return client
            if not _sent(_made(shown[0])):  # so it has a fault, which shows wherever it is run
                return replace(client, supports=UNKNOWN | (client.supports or frozenset()))
    first, again, bare = shown
    known = _agreed(_shown(first), _shown(again), bool(_sent(_made(bare))))
    return replace(client, learned=known, supports=_supports(known) | (client.supports or frozenset()))


def _made(case: CaseResult) -> tuple[Exchange, ...]:
    return exchanges(case.transcript)


def _sent(made: Iterable[Exchange]) -> list[Exchange]:
    """The messages that were taken."""
    return [one for one in made if one.verb == MESSAGE and one.code.startswith("2")]


def _shown(case: CaseResult) -> Learned:
    made = _made(case)
    first = next(iter(_sent(made)), None)
    recipients = first.before.accepted if first else ()
    auth = next((one for one in made if one.verb == "AUTH"), None)
    return Learned(
        sender=(first.before.sender or "") if first else "",
        recipients=recipients,
        count=len(recipients),
        messages=len(_sent(made)),
        auth=auth.text.split()[1].lower() if auth and len(auth.text.split()) > 1 else "none",
        username=_username(made),
        tls=_tls(case, made),
        insists=False,
    )


def _tls(case: CaseResult, made: Iterable[Exchange]) -> str:
    if any(event.kind is Kind.OPEN and event.note == IMPLICIT for event in case.transcript):
        return "implicit"
    return "starttls" if any(one.before.tls for one in made) else "none"


def _username(made: Sequence[Exchange]) -> str:
    """The user name of AUTH LOGIN, which is no secret; those of other mechanisms stand beside one, and are not seen."""
    for one in made:
        words = one.text.split()
        asked = one.verb == "sasl" and one.before.mechanism == "LOGIN"
        given = words[2:3] if one.verb == "AUTH" and words[1:2] == ["LOGIN"] else words[:1] if asked else []
        if given and not one.event.secrets:
            try:
                return base64.b64decode(given[0], validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""


def _agreed(one: Learned, other: Learned, bare: bool) -> Learned:
    """What both runs showed."""
    same = one.sender == other.sender and one.recipients == other.recipients
    return replace(
        one,
        sender=one.sender if same else "",
        recipients=one.recipients if same else (),
        username=one.username if one.username == other.username else "",
        insists=not bare,
    )


def _supports(known: Learned) -> frozenset[str]:
    can = {f"auth-{known.auth}"} if known.auth != "none" else set()
    can |= {"none": set(), "starttls": {"starttls"}, "implicit": {"implicit-tls"}}[known.tls]
    can |= {"several-messages"} if known.messages > 1 else set()
    return frozenset(can | ({"several-recipients"} if known.count > 1 else set()))
