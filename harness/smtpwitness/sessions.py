"""Sessions with a living relay that are no run: one that is recorded, and those that the fake is held against."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .files import suites
from .files.bundled import scenarios_root
from .files.recording import PERSONAS, recording
from .files.relays import Relay
from .files.remotes import Remote
from .judge.drift import Drift, in_offers, in_replies
from .judge.follower import unplayable
from .judge.persona import offers
from .judge.rules import RULE_IDS
from .model.finding import Verdict
from .model.run import CaseResult, Client
from .model.scenario import Scenario
from .peers.remote import Reached
from .runner import Plan, run_case, workshop

EXAMPLE = "coursework/auth-login-coremail"
"""What a client is asked to do where nobody says."""


class NoSession(Exception):
    """There was no session with the relay; the text says why."""


@dataclass(frozen=True, slots=True)
class Tester:
    """Who speaks with both servers: a client, and the password in its own text, by its name, if it has one."""

    client: Client
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """A case on a server, and what that offers before and within TLS (a relay)."""

    case: CaseResult
    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


def played(
    scenarios: Sequence[Scenario], client: Tester, relay: Relay | Remote | None, secrets: list[str]
) -> list[Session]:
    """*client* does the job of each of *scenarios* on *relay* (None: on the fake), whatever that offers.

    The passwords are in *secrets* then. What could not be played has no transcript, and its case tells why.
    """
    secrets += relay.passwords if isinstance(relay, Remote) else ()
    plain = [replace(one, server=replace(one.server, offers=(), offers_in_tls=None)) for one in scenarios]
    chosen = plain if relay else list(scenarios)

    async def work() -> list[Session]:
        there = [relay] if relay else []
        async with workshop(suites.catalogue(), secrets, relays=there, scenarios=chosen, own=client.own) as shop:
            found = shop.relays[relay.name] if relay else ""
            made = []
            for one in chosen:
                plan = Plan(one, client.client, relay=relay.name if relay else "", remote=isinstance(relay, Remote))
                case = await run_case(plan, shop)
                if isinstance(found, Reached):
                    made.append(Session(case, *found.offers(one.job.tls)))
                else:
                    made.append(Session(case) if isinstance(found, str) else Session(case, found.outside, found.inside))
            return made

    return asyncio.run(work())


def record(
    scenario: Scenario, client: Tester, relay: Relay | Remote, folder: Path, name: str
) -> tuple[Path, CaseResult]:
    """Record *client* with *relay* once, and write scenario and persona of that *name* to *folder*.

    The scenario's file and the case are given back. Raises `NoSession` and `NotRecorded`.
    """
    secrets = list(client.own.values())
    (made,) = played([scenario], client, relay, secrets)
    if not made.case.transcript:
        raise NoSession(made.case.reason)
    hosts = [platform.node(), *((relay.host, relay.address) if isinstance(relay, Remote) else ())]
    offers = made.inside if scenario.job.tls == "implicit" else made.outside
    texts = recording(made.case, scenario, name, hosts, secrets, offers)
    (folder / PERSONAS).mkdir(parents=True, exist_ok=True)
    (folder / PERSONAS / f"{name}.yaml").write_text(texts.persona, encoding="utf-8", newline="\n")
    path = folder / f"{name}{suites.SUFFIX}"
    path.write_text(texts.scenario, encoding="utf-8", newline="\n")
    suites.select([str(path)], frozenset(suites.catalogue()), RULE_IDS)  # it must be one
    return path, made.case


# --- drift


@dataclass(frozen=True, slots=True)
class Compared:
    """A scenario on fake and relay: where they differ; `why`: what kept it from being played, else ""."""

    scenario: str
    drifts: tuple[Drift, ...] = ()
    why: str = ""
    broken: bool = False


def compared(scenarios: Sequence[Scenario], client: Tester, relay: Relay | Remote) -> list[Compared]:
    """*client* does the job of each of *scenarios* on the fake and on *relay*."""
    secrets: list[str] = []
    real = played(scenarios, client, relay, secrets)
    fake = played(scenarios, client, None, secrets)
    return [_compared(one, *pair) for one, *pair in zip(scenarios, fake, real, strict=True)]


def _compared(scenario: Scenario, fake: Session, real: Session) -> Compared:
    for one in (real, fake):
        if not one.case.transcript:
            return Compared(scenario.name, why=one.case.reason, broken=one.case.exchange is Verdict.ERROR)
    tls, server = scenario.job.tls, scenario.server
    found: tuple[Drift, ...] = ()
    if tls != "implicit":
        found += in_offers("offers", offers(server, False), real.outside)
    if tls != "none":
        found += in_offers("offers in TLS", offers(server, True), real.inside)
    return Compared(scenario.name, (*found, *in_replies(fake.case.transcript, real.case.transcript)))


def of(names: Sequence[str], relay: str, folder: Path) -> list[Scenario]:
    """The scenarios that *names* mean: a persona's are those that ship and that a relay can play, else it is a
    selector. None: what was recorded in *folder* under the name of *relay*, or the persona of that name.

    Raises `ScenarioError`.
    """
    recorded = folder / f"{relay}{suites.SUFFIX}"
    wanted = names or [str(recorded) if recorded.is_file() else relay]
    personas = {path.stem for path in (scenarios_root() / PERSONAS).glob("*.yaml")}
    requirements, found = frozenset(suites.catalogue()), list[Scenario]()
    for name in wanted:
        if name in personas:
            every = suites.select((), requirements, RULE_IDS).scenarios
            found += [one for one in every if one.server.name == name and not unplayable(one)]
        else:
            found += suites.select((name,), requirements, RULE_IDS).scenarios
    return found
