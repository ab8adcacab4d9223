"""What the commands have to know of remote relays: to whom, what for, and what would be sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import click

from .files.relays import Relay
from .files.remotes import Remote, chosen, written_to
from .model.run import Client
from .model.scenario import Scenario
from .relaying import addressed, afar
from .runner import Plan, lacking, make_job

SUITE = "coursework"
"""What is run where there is a remote relay and nobody says what."""

SHOWN = 12
"""Lines of a message that a dry run shows."""


def behind(names: Iterable[str], to: Sequence[str], *, dry: bool = False) -> list[Relay | Remote]:
    """The relays of these *names*, the remote ones written *to* those (none: whom their files list).

    Raises `ScenarioError`, and `UsageError` where something lacks that a run would need.
    """
    found = [chosen(name) for name in dict.fromkeys(names)]
    remotes = [one for one in found if isinstance(one, Remote)]
    if to and not remotes:
        raise click.UsageError("--to goes with a remote relay")
    if dry and len(remotes) < len(found or [""]):
        raise click.UsageError("--dry-run is about remote relays alone: name them with --relay")
    found = [written_to(one, to) if to and isinstance(one, Remote) else one for one in found]
    for one in found:
        if isinstance(one, Remote):
            if one.missing and not dry:
                raise click.UsageError(f"{one.name} needs these environment variables: {', '.join(one.missing)}")
            if not one.recipients:
                raise click.UsageError(f"{one.name}: say to whom it may send, with --to ADDRESS")
            if not one.sender and not dry:
                raise click.UsageError(f"{one.name}: its file names no sender and no user")
    return found


def plans(client: Client, scenarios: Iterable[Scenario], relay: Relay | Remote) -> list[Plan]:
    """The cases of *client* on *relay*."""
    return [Plan(one, client, relay=relay.name, remote=isinstance(relay, Remote)) for one in scenarios]


def rehearsed(remote: Remote, clients: Iterable[Client], scenarios: Sequence[Scenario]) -> Iterator[str]:
    """What a run would send to *remote*, in lines. Nothing is sent, and no name is looked up."""
    trust = f"the certificates in {remote.ca.name}" if remote.ca else "this system's trust store"
    tls = f"TLS {remote.tls}, its certificate checked for that name by {trust}" if remote.tls != "none" else "no TLS"
    yield f"{remote.name}: {remote.host or '(host not set)'}:{remote.port}; {tls}"
    yield from (f"  not set: the environment variable {one}" for one in remote.missing)
    yield f"  at most {remote.at_most} messages in a run, {remote.interval:g} s between two"
    played = [one for one in scenarios if not afar(one, remote)]
    for client in clients:
        for scenario in played:
            if lack := lacking(scenario, client):
                yield f"  {scenario.name}, {client.name}: nothing, the client lacks: {lack}"
            else:
                yield f"  {scenario.name}, {client.name}:"
                yield from (f"    {line}" for line in _letter(addressed(scenario, remote), client))
    yield from (f"  {one.name}: nothing: {afar(one, remote)}" for one in scenarios if one not in played)


def _letter(scenario: Scenario, client: Client) -> Iterator[str]:
    job = make_job(scenario, replace(client, learned=None))
    if job.auth != "none":
        yield f"AUTH {job.auth} as {job.username}; the password is not shown"
    (one,) = job.messages
    yield f"MAIL FROM:<{one.sender or '(sender not set)'}>"
    yield from (f"RCPT TO:<{recipient}>" for recipient in one.recipients)
    text = one.octets.decode("utf-8", "backslashreplace")
    if not one.sender:  # else it would say it is from the postmaster
        text = re.sub("(?m)^From: .*$", "From: (sender not set)", text, count=1)
    lines = text.splitlines()
    yield from (f"| {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"| ... {len(lines) - SHOWN} lines more"
    if client.takes == "fixed" or client.learn:
        yield "(the client has a message or addresses of its own, which are not known before it runs)"
