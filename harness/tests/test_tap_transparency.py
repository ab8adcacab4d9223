"""The tap changes nothing: clients say and tell the same with it and without it, and the server sees the same.

First with the fake as the server, because it writes down all that it sees, and how connections end; then with each real
relay: what the client shows of the session, its exit status, the relay's log, and the message in the mailbox with the
trace that the relay put in front of it. Whatever word has a digit in it may be another each time, but for reply codes.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from real_runs import catalogue, scenarios

from smtpwitness.files.clients import client_from
from smtpwitness.files.relays import known_relays, relay_from
from smtpwitness.judge.follower import Follower
from smtpwitness.judge.persona import mechanisms
from smtpwitness.judge.player import Player
from smtpwitness.judge.redact import Redactor
from smtpwitness.mailboxes import Looked, of_relay, read
from smtpwitness.model.run import Client, Job, Process
from smtpwitness.model.scenario import Persona, Scenario
from smtpwitness.model.transcript import Kind, Side, Transcript
from smtpwitness.peers import packages
from smtpwitness.peers.process import run as run_process
from smtpwitness.peers.server import Server, serve
from smtpwitness.peers.tap import Upstream, tap
from smtpwitness.relaying import WAIT, service
from smtpwitness.runner import Plan, Workshop, _played, _start, lacking, make_job, workshop

if not sys.platform.startswith("linux"):
    pytest.skip("relays are Debian's", allow_module_level=True)

from smtpwitness.peers.relay import Running

pytestmark = pytest.mark.once

CLIENTS = ("rawsmtp", "smtplib", "curl", "swaks")
ON_THE_FAKE = (
    "core/multi-rcpt",
    "coursework/auth-login-coremail",
    "coursework/recipient-refused",
    "data/dots",
    "tls/starttls-auth",
    "tls/implicit[good]",
)
"""Scenarios; where there are variants, the first is taken."""


@dataclass(frozen=True)
class Seen:
    """What a client did and told, what the server saw of it, and what the tap wrote down."""

    process: Process
    told: str
    server: Transcript
    tap: Transcript = ()


def essence(events: Transcript) -> list[tuple[object, ...]]:
    """What must be the same: all but times, the harness's own events, and what TLS was agreed on."""
    return [
        (one.connection, one.side, one.kind, one.octets, "" if one.kind is Kind.TLS else one.note)
        for one in events
        if one.side is not Side.HARNESS and one.kind is not Kind.EXIT
    ]


def shown(process: Process) -> list[str]:
    """What the client printed, without what may be another each time, and without what curl and swaks say of TLS."""
    lines = [*process.stdout.splitlines(), "--- stderr", *process.stderr.splitlines()]
    twice = ("reply: retcode", "data: ", "connect: b")  # smtplib
    return [masked(line) for line in lines if not line.startswith(("*", "{", "}", "===", "  ", *twice))]


def masked(text: str) -> str:
    text = text.removesuffix("\\r\\n'")
    text = re.sub(r"AUTH (.*)", lambda match: " ".join(["AUTH", *sorted(match[1].split())]), text)  # qpsmtpd's vary
    text = re.sub(r"\([0-9A-F]{6}\)", "#", text)  # Haraka's: six hexadecimal digits, at times none of them decimal
    text = re.sub(r"(?<=\bid )\S+", "#", text)  # in Received, and in replies: at times there is no digit in it
    return re.sub(r"(?<!\S)(?!\d{3}(?:[ -]|$))\S*\d\S*", "#", text)


# --- on the fake


async def on_the_fake(
    scenario: Scenario, client: Client, job: Job, password: str, shop: Workshop, tapped: bool
) -> Seen:
    plan, folder = Plan(scenario, client), Path(tempfile.mkdtemp(dir=shop.folder))
    redactor, began = Redactor(job.username, password), time.monotonic_ns()
    async with serve(Player(scenario, job), redactor, shop.certificates, began) as server:

        async def played(through: Server, redactor: Redactor) -> tuple[Process, str]:
            its = replace(job, port=through.port)
            results, process, _ = await _played(folder, plan, shop, its, password, through, redactor)
            return process, results.read_text() if results.is_file() else ""

        if not tapped:
            return Seen(*await played(server, redactor), server.events)
        context = ssl.create_default_context(cafile=str(shop.certificates.ca_file))
        upstream = Upstream("fake", job.host, {"smtp": server.port}, context, "localhost")
        between = Redactor(job.username, password)
        async with tap(Follower(scenario, job), between, shop.certificates, began, upstream) as passing:
            process, told = await played(passing, between)
            await server.quiet()
            assert passing.error is None
            return Seen(process, told, server.events, passing.events)


@pytest.mark.parametrize("name", CLIENTS)
def test_with_the_fake_all_is_the_same(name: str) -> None:
    client = ready(name)

    async def main() -> None:
        async with workshop(catalogue()) as shop:
            for one in (scenarios([name])[0] for name in ON_THE_FAKE):
                if lacking(one, client):
                    continue
                job, password = make_job(one, client), shop.password(one)
                direct = await on_the_fake(one, client, job, password, shop, False)
                tapped = await on_the_fake(one, client, job, password, shop, True)
                assert essence(tapped.server) == essence(direct.server), one.name
                assert essence(tapped.tap) == essence(direct.server), one.name
                assert tapped.process.exit_status == direct.process.exit_status, one.name
                assert shown(tapped.process) == shown(direct.process), one.name
                assert tapped.told == direct.told, one.name

    asyncio.run(main())


# --- on real relays

SHIM = """#!{python} -I
import os, sys
{do}
"""
TALKATIVE = {
    "curl": "os.execv({real!r}, ['curl', *sys.argv[1:], '--verbose'])",
    "swaks": "a = sys.argv; i = a.index('--silent'); os.execv({real!r}, ['swaks', *a[1:i], *a[i + 2:]])",
}
"""What makes curl and swaks show the session, put before them in PATH."""


def ready(name: str) -> Client:
    """The client, made to show the session as it goes."""
    if name in TALKATIVE and not shutil.which(name):
        pytest.skip(f"there is no {name}")
    client = client_from(name)
    if name != "smtplib":
        return client
    code = (
        f"import runpy, smtplib; smtplib.SMTP.debuglevel = 1; runpy.run_path({client.argv[1]!r}, run_name='__main__')"
    )
    return replace(client, argv=(client.argv[0], "-c", code))


@pytest.fixture(autouse=True)
def talkative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, do in TALKATIVE.items():
        if real := shutil.which(name):
            shim = tmp_path / "shims" / name
            shim.parent.mkdir(exist_ok=True)
            shim.write_text(SHIM.format(python=sys.executable, do=do.format(real=real)))
            shim.chmod(0o700)
            monkeypatch.setenv("PATH", str(shim.parent), prepend=":")


def jobs_for(relay: Running) -> Iterator[Scenario]:
    """A scenario without TLS, with STARTTLS and with implicit TLS, each with AUTH where that is offered."""
    for tls, name in (("none", "core/happy"), ("starttls", "tls/starttls-ok"), ("implicit", "tls/implicit[good]")):
        offers = Persona("", relay.outside if tls == "none" else relay.inside, {})
        there = mechanisms(offers, tls != "none") & {"LOGIN", "PLAIN"}
        (plain,) = scenarios([name])
        needs_port = "smtps" if tls == "implicit" else "smtp"
        if needs_port in relay.upstream.ports and (tls == "none" or relay.inside) and (there or not relay.relay.login):
            auth = "login" if "LOGIN" in there else "plain" if there else "none"
            yield replace(plain, job=replace(plain.job, auth=auth))


@pytest.mark.parametrize("name", known_relays())
def test_with_a_real_relay_all_is_the_same(name: str) -> None:
    relay = relay_from(name)
    if wanting := packages.missing(relay):
        pytest.skip(f"{name}: {wanting}")
    clients = [ready(one) for one in CLIENTS if one not in TALKATIVE or shutil.which(one)]

    async def main() -> None:
        async with workshop(catalogue(), relays=[relay], scenarios=scenarios(["auth/login"])) as shop:
            there = shop.relays[name]
            assert not isinstance(there, str), there
            for scenario in jobs_for(there):
                for client in clients:
                    direct = await on_a_relay(scenario, client, there, shop, False)
                    tapped = await on_a_relay(scenario, client, there, shop, True)
                    assert tapped == direct, (client.name, scenario.job.tls)
                    assert direct.exit_status == 0, (client.name, scenario.job.tls, direct)
                    assert direct.log or name not in SESSION
                    assert len(direct.shown) > 15, (client.name, direct.shown)
                    assert direct.lying, (client.name, scenario.job.tls)

    asyncio.run(main())


SESSION = {
    **dict.fromkeys(("postfix", "provider"), r"disconnect from \S+ (.*)"),  # how many of each command
    "exim": r"<= \S+ H=\S+ .*(P=\S+)",
}
"""What a relay's log says of a session, where it says something that the message's trace does not."""


FORTUNES = re.compile(r"(?:250 |# )#.*")


@dataclass(frozen=True)
class Came:
    """What came of a client on a real relay: its words are those of which none has a digit."""

    exit_status: int | None
    shown: list[str]
    log: str
    lying: list[str]


async def on_a_relay(scenario: Scenario, client: Client, relay: Running, shop: Workshop, tapped: bool) -> Came:
    job, folder = make_job(scenario, client), Path(tempfile.mkdtemp(dir=shop.folder))
    password, before = relay.accounts[job.username], len(sessions(relay))
    redactor = Redactor(job.username, password)
    if tapped:
        follower, port = Follower(scenario, job), service(scenario)
        async with tap(follower, redactor, shop.certificates, time.monotonic_ns(), relay.upstream, port) as server:
            its = replace(job, port=server.port)
            _, process, _ = await _played(folder, Plan(scenario, client), shop, its, password, server, redactor)
            assert server.error is None
    else:
        its = replace(job, port=relay.upstream.ports[service(scenario)])
        start = _start(folder, its, client, password, shop, scenario)
        process = await run_process(start.argv, start.env, start.cwd, start.limit, redactor.scrub)
    lying = await asyncio.to_thread(found, relay, job, redactor)
    told, lies = shown(process), sorted(map(masked, lying))
    if relay.name == "chasquid":
        told, lies = ([_of_chasquid(line) for line in lines] for lines in (told, lies))
    return Came(process.exit_status, told, await last_session(relay, before), lies)


def _of_chasquid(text: str) -> str:
    """It says something else to each message that it takes, behind the enhanced code."""
    return FORTUNES.sub("", text)


def found(relay: Running, job: Job, redactor: Redactor) -> list[str]:
    """The message as it lies in the mailbox, trace and all."""
    (message,) = job.messages
    name = re.search(rb"(?m)^Message-ID: (<.*>)\r$", message.octets)
    assert name is not None
    if relay.relay.mailboxes:
        places = [(message.sender, "sent"), *((one, "inbox") for one in message.recipients)]
        looked = tuple(Looked(owner, role, message.octets, name[1].decode()) for owner, role in places)
        lying = read(of_relay(relay, [owner for owner, _ in places]), looked, redactor)
        return [(one.trace + one.octets).decode() for one in lying]
    until = time.monotonic() + WAIT
    while relay.relay.mailbox and time.monotonic() < until:
        if there := [one.decode() for one in relay.mailbox() if name[1] in one]:
            return there
        time.sleep(0.02)
    return []


def sessions(relay: Running) -> list[str]:
    """What its log says of each session, at its end."""
    if relay.name not in SESSION:
        return []
    files = [relay.folder / name for name in relay.relay.logs]
    text = "".join(one.read_text("utf-8", "replace") for one in files if one.exists())
    return re.findall(SESSION[relay.name], text)


async def last_session(relay: Running, before: int) -> str:
    until = time.monotonic() + WAIT
    while relay.name in SESSION and len(sessions(relay)) == before and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return "".join(sessions(relay)[before:])
