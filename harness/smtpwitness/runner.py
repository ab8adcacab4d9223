"""Runs cases: one client process against one scenario on the fake server, then many at once on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from . import __version__, mailboxes, relaying
from .files.answers import own_secrets, typed, with_files
from .files.bundled import known_clients_root
from .files.clients import CAN, VALUES, Values, arguments, environment, told_by, value_of
from .files.jobfile import read_results, write_job_file
from .files.relays import Relay
from .files.remotes import Remote
from .judge import stress
from .judge.case import Facts, Judgement, judge
from .judge.fitting import fitted, logged_in
from .judge.follower import Follower
from .judge.player import Player
from .judge.redact import Redactor
from .model import message
from .model.finding import Finding, Verdict
from .model.profile import SUBMISSION, Profile
from .model.requirement import Requirement
from .model.run import CaseResult, Client, Job, JobMessage, Learned, Process, Redirect, Stress
from .model.scenario import OPTIONS, Scenario
from .model.transcript import Transcript
from .peers import box, leftovers
from .peers.certificates import CLIENT_FILE, Certificates
from .peers.lag import LagMonitor
from .peers.packages import cache
from .peers.process import ClientNotStarted
from .peers.process import run as run_process
from .peers.prompts import Answers
from .peers.recorder import Conversation
from .peers.redirect import NAMESPACE, NotRedirected, Ways, probe
from .peers.remote import Reached
from .peers.server import Server, serve
from .peers.sockets import host
from .peers.tap import RelayFailed, tap

if TYPE_CHECKING:  # it knows users and groups, which Windows does not have
    from .peers.relay import Running

QUIET = 1.0
"""Seconds that connections have to end once the client has."""

NO_MECHANISM = "x-smtpwitness-none"
"""A SASL mechanism that cannot exist: who says 127 to it says 127 for "I cannot do that", and is believed."""


Sending = Callable[[Player], Conversation]
"""Who sends what the player says."""


def _as_it_is(player: Player) -> Conversation:
    return player


@dataclass(frozen=True, slots=True)
class Plan:
    """A case to be run, on the fake or on the real `relay` of that name."""

    scenario: Scenario
    client: Client
    stress: Stress | None = None
    relay: str = ""
    remote: bool = False  # others run it

    @property
    def server(self) -> str:
        """What the server is called in reports; a relay and a persona may have one name."""
        kind = "remote" if self.remote else "relay"
        return f"{kind} {self.relay}" if self.relay else self.scenario.server.name


@dataclass(slots=True)
class Workshop:
    """What all cases of a run share. `folder` is temporary, and goes with the run."""

    folder: Path
    certificates: Certificates
    requirements: Mapping[str, Requirement]
    lag: LagMonitor
    profile: Profile = SUBMISSION
    ways: Ways | None = None  # to redirect clients; None: not tried yet
    ports: dict[str, frozenset[int]] = field(default_factory=dict)  # that redirected clients tried, by name
    passwords: list[str] = field(default_factory=list)  # of all cases, for the last scan
    honest: dict[str, bool] = field(default_factory=dict)  # clients whose 127 is believed
    relays: relaying.Relays = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)  # passwords that clients have in their text, by name
    heard: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)  # secrets told, by client and scenario
    printed: Mapping[str, Sequence[str]] = field(default_factory=dict)  # passwords that tracebacks may show, by name

    def password(self, scenario: Scenario) -> str:
        """One made up for a case; or the one that *scenario* writes, which stands in its text and is no secret."""
        if scenario.job.password is not None:
            return scenario.job.password
        self.passwords.append(secrets.token_hex(12))
        return self.passwords[-1]


@contextlib.asynccontextmanager
async def workshop(
    requirements: Mapping[str, Requirement],
    passwords: list[str] | None = None,
    profile: Profile = SUBMISSION,
    relays: Sequence[Relay | Remote] = (),
    scenarios: Iterable[Scenario] = (),
    own: Mapping[str, str] = MappingProxyType({}),
    printed: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> AsyncIterator[Workshop]:
    """A workshop, swept when the block ends. Every password that it makes up is added to *passwords* at once.

    *relays* are started, with the accounts that *scenarios* need. *own* are passwords of clients' own, by name, and
    *printed* those that may stand in what they print.
    """
    await asyncio.to_thread(leftovers.sweep)
    with leftovers.folder() as folder:
        async with LagMonitor() as lag:
            made_up, certificates = [] if passwords is None else passwords, Certificates(folder)
            made_up += [secrets.token_hex(12)] if relays else []
            accounts = relaying.accounts(scenarios, made_up[-1]) if relays else {}
            async with relaying.opened(relays, certificates, accounts) as opened:
                yield Workshop(
                    folder, certificates, requirements, lag, profile,
                    passwords=made_up, relays=opened, own=own, printed=printed,
                )  # fmt: skip


def lacking(scenario: Scenario, client: Client) -> str | None:
    """What *client* lacks that *scenario* needs, or None."""
    if client.supports is None:  # whose server stands in its own text
        return "mx" if scenario.dns else None
    job, composes = scenario.job, client.takes != "raw"
    needs = set(scenario.needs) - ({"composing"} if composes else set())
    needs |= {"none": set(), "starttls": {"starttls"}, "implicit": {"implicit-tls"}}[job.tls]
    if job.auth not in ("none", "any"):
        needs.add(f"auth-{job.auth}")
    if len(job.messages) > 1:
        needs.add("several-messages")
    if any(len(one.recipients) > 1 for one in job.messages):
        needs.add("several-recipients")
    texts = [one.content for one in job.messages if one.content.text is not None or one.content.size is not None]
    if any(one.kind == "raw" or client.takes != "composed" for one in texts):  # a body is told to those who compose
        needs.add("raw-message")
    if job.protocol == "lmtp":
        needs.add("lmtp")
    needs |= {OPTIONS[name] for name in job.options}
    if job.auth == "any" and not any(one.startswith("auth-") for one in client.supports):
        needs.add("auth")
    return next(iter(sorted(needs - client.supports)), None)


def another_job(scenario: Scenario, own: Learned) -> str:
    """Why a client that always does its *own* job cannot do that of *scenario*, in a sentence, or ""."""
    job = scenario.job
    if len(job.messages) != own.messages:
        return f"the client always sends {own.messages} of its own messages, not {len(job.messages)}"
    if any(len(one.recipients) != own.count for one in job.messages):
        return f"the client always sends to {own.count} of its own recipients, not {len(job.messages[0].recipients)}"
    if "tls" in own.insists_on and job.tls != own.tls:
        return f"the client always sends with TLS as {own.tls}, not {job.tls}"
    if "auth" in own.insists_on and job.auth not in (*own.mechanisms, "any"):
        names = ", ".join(own.mechanisms).upper()
        wanted = "no login is possible" if job.auth == "none" else f"AUTH {job.auth.upper()} is what it is about"
        return f"the client always logs in (by {names}), and here {wanted}"
    return ""


async def run_case(plan: Plan, shop: Workshop) -> CaseResult:
    """Run one case. What goes wrong in the harness is the case's verdict `error`, never an exception."""
    plan = replace(plan, scenario=fitted(plan.scenario, plan.client.learned))
    if plan.relay:
        plan = replace(plan, scenario=relaying.with_login(plan.scenario, shop.relays[plan.relay]))
    missing = lacking(plan.scenario, plan.client)
    if missing is not None:
        return _not_run(plan, Verdict.UNSUPPORTED, f"the client lacks: {missing}")
    if plan.relay and (why := relaying.cannot(plan.scenario, shop.relays[plan.relay])):
        return _not_run(plan, *why)
    own_login = plan.client.learned is not None and plan.scenario.job.auth != "none"
    if plan.relay and own_login and relaying.knows_its_own_alone(shop.relays[plan.relay]):
        reason = f"the client logs in with a name and password of its own, and {plan.relay} has no such account"
        return _not_run(plan, Verdict.NOT_APPLICABLE, reason)
    if plan.client.learned is not None and (own := another_job(plan.scenario, plan.client.learned)):
        return _not_run(plan, Verdict.UNSUPPORTED, own)
    if wrong := _other_tls(plan, shop):
        return _not_run(plan, Verdict.UNSUPPORTED, wrong)
    if plan.scenario.dns and NAMESPACE not in (await _ways(shop)).working:
        return _not_run(
            plan, Verdict.UNSUPPORTED, "this machine has no namespaces, and so no name server for the client"
        )
    folder = Path(tempfile.mkdtemp(dir=shop.folder))
    try:
        known = shop.ports.get(plan.client.name, frozenset())
        case = await _run_in(folder, plan, shop)
        if shop.ports.get(plan.client.name, frozenset()) - known - {*box.PORTS}:
            case = await _run_again(plan, shop)  # now that somebody listens where it wants to connect
        return await _stressed(case, plan, shop) if plan.stress and not plan.relay else case
    except (ClientNotStarted, NotRedirected):
        raise
    except RelayFailed as error:
        return _not_run(plan, Verdict.ERROR, str(error))
    except Exception as error:
        return _not_run(plan, Verdict.ERROR, f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _stressed(case: CaseResult, plan: Plan, shop: Workshop) -> CaseResult:
    """*case* with what comes of sending the same replies otherwise; the first difference is enough.

    What does not come again, or comes without stress too, is the client's own whim and blamed on nobody.
    """
    assert plan.stress is not None, "asked for"
    if not stress.may_be_stressed(plan.scenario, case):
        return case
    for way, seed in stress.rounds(plan.stress, case):
        sending = partial(stress.Stressed, way=way, seed=seed)
        different = stress.difference(case, await _run_again(plan, shop, sending))
        if different and await _confirmed(case, plan, shop, sending):
            found = stress.finding(different, way, plan.stress, case, shop.requirements, shop.profile)
            return _with(case, [found])
    return case


async def _confirmed(case: CaseResult, plan: Plan, shop: Workshop, sending: Sending) -> bool:
    """Whether the client differs whenever replies are sent by *sending*, and never when they are sent as in *case*."""
    for stressed in (True, False, False, True):
        again = await _on_time(plan, shop, sending if stressed else _as_it_is)
        if again.lag_ms > stress.LATE_MS or (stress.difference(case, again) is not None) is not stressed:
            return False
    return True


async def _on_time(plan: Plan, shop: Workshop, sending: Sending) -> CaseResult:
    """The case of *plan* once more, and if the harness was too late for a proof again, a few times at most."""
    for _ in range(stress.TRIES):
        again = await _run_again(plan, shop, sending)
        if again.lag_ms <= stress.LATE_MS:
            break
    return again


def _with(case: CaseResult, findings: Iterable[Finding]) -> CaseResult:
    """*case* with what stress has found."""
    judgement = Judgement(
        case.exchange, case.closing, case.fate, case.findings, case.steps, case.root_cause, case.reason
    )
    judgement = stress.kept(judgement, findings)
    return replace(case, exchange=judgement.exchange, findings=judgement.findings, root_cause=judgement.root_cause)


async def _run_again(plan: Plan, shop: Workshop, sending: Sending = _as_it_is) -> CaseResult:
    """The case of *plan* once more, in a folder of its own. Raises what is wrong with the harness."""
    folder = Path(tempfile.mkdtemp(dir=shop.folder))
    try:
        case = await _run_in(folder, plan, shop, sending)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if case.exchange is Verdict.ERROR:
        raise RuntimeError(f"under stress: {case.reason}")
    return case


def _other_tls(plan: Plan, shop: Workshop) -> str:
    """Why the port that a redirected client is known to try decides against the scenario's kind of TLS; else ""."""
    ports = shop.ports.get(plan.client.name, frozenset())
    wanted = plan.scenario.job.tls
    if wanted == "starttls" and ports == {box.IMPLICIT_TLS}:
        return "the client speaks to port 465 only, where TLS is there from the beginning"
    if wanted == "implicit" and ports and box.IMPLICIT_TLS not in ports:
        return f"the client never speaks to port 465, only to {', '.join(map(str, sorted(ports)))}"
    return ""


async def _run_in(folder: Path, plan: Plan, shop: Workshop, sending: Sending = _as_it_is) -> CaseResult:
    scenario, client = plan.scenario, plan.client
    if plan.relay:
        relay = shop.relays[plan.relay]
        assert not isinstance(relay, str), "looked at"
        async with relaying.turn(relay):
            return await _run_through(folder, plan, relay, shop)
    own, job = shop.own.get(client.name), make_job(scenario, client)
    if own and "username" in job.told:  # its own login is known, so it is held to it
        job = replace(job, told=job.told | {"password"})
    password = own or shop.password(scenario)
    redactor = Redactor(job.username, password, own_credentials="password" not in job.told)
    redactor.keep_out(own_secrets(client))
    player = Player(scenario, job)
    window = shop.lag.open()
    async with serve(
        sending(player), redactor, shop.certificates, time.monotonic_ns(), window=scenario.server.window
    ) as server:
        job = replace(job, port=server.port)
        played = await _played(folder, plan, shop, job, password, server, redactor)
    shop.heard[client.name, scenario.id] = frozenset(redactor.learned)
    return await _ended(plan, shop, job, server, played, shop.lag.close(window))


async def _run_through(folder: Path, plan: Plan, relay: Running | Reached, shop: Workshop) -> CaseResult:
    """The case on a real relay, through the tap. What the relay does wrong is never the client's fault."""
    if isinstance(relay, Reached):
        plan = replace(plan, scenario=relaying.addressed(plan.scenario, relay.relay))
        if relay.full:
            reason = f"{relay.sent} messages went to {relay.name}, and more may not in a run (`at most` in its file)"
            return _not_run(plan, Verdict.NOT_APPLICABLE, reason)
    scenario, job = plan.scenario, make_job(plan.scenario, plan.client)
    password = relay.accounts.get(job.username, "")
    redactor = Redactor(job.username, password, own_credentials="password" not in job.told)
    redactor.keep_out([*own_secrets(plan.client), shop.own.get(plan.client.name, "")])
    follower, window = Follower(scenario, job), shop.lag.open()
    begun, service = time.monotonic_ns(), relaying.service(scenario)
    upstream = relaying.upstream(relay, scenario)
    async with tap(follower, redactor, shop.certificates, begun, upstream, service) as server:
        job = replace(job, port=server.port)
        played = await _played(folder, plan, shop, job, password, server, redactor)
        mailbox = await mailboxes.read_back(relay, server.events, redactor)
    case = await _ended(plan, shop, job, server, played, shop.lag.close(window))
    reason = case.reason
    if case.exchange is Verdict.ERROR:
        reason = redactor.scrub(f"{reason}{'; it has died' if relay.dead else ''}; {relay.log()}")
    why, peer = relaying.argued(relay, scenario), relaying.noted(relay, server)
    return replace(case, delivered=mailbox, reason=reason, peer=peer, argued=why)


Played = tuple[Path, Process, Redirect | None]
"""Where a client's results are, how it went, and how it was redirected."""


async def _played(
    folder: Path, plan: Plan, shop: Workshop, job: Job, password: str, server: Server, redactor: Redactor
) -> Played:
    """Run the client against *server*."""
    start = _start(folder, job, plan.client, password, shop, plan.scenario)
    return start.results, *await _client(server, start, plan, redactor, shop)


async def _ended(plan: Plan, shop: Workshop, job: Job, server: Server, played: Played, lag_ms: float) -> CaseResult:
    """The case by what the client told and what *server* saw."""
    client, (results, process, seen) = plan.client, played
    if server.error is None and _word(client, process) == "unsupported" and await _honest(plan, shop):
        return _not_run(plan, Verdict.UNSUPPORTED, "the client says that it cannot do this (exit status 127)")
    reported = read_results(results, job) or ((_word(client, process),),)
    if wrong := _other_tls(plan, shop):
        return replace(_not_run(plan, Verdict.UNSUPPORTED, wrong), redirect=seen)
    facts = Facts(reported, process, client.tells_classes, lag_ms, relayed=bool(plan.relay))
    return replace(await judged(plan, job, server, facts, shop), redirect=seen)


async def judged(plan: Plan, job: Job, server: Server, facts: Facts, shop: Workshop) -> CaseResult:
    """The case as *server* has seen it, judged."""
    if server.error is not None:
        who = "the relay" if plan.relay else "the fake server"
        return _not_run(plan, Verdict.ERROR, f"{who}: {relaying.told(server.error)}")
    transcript = server.events
    # In a thread, because a large message takes a while: meanwhile the other cases' clients are to be heard.
    judgement = await asyncio.to_thread(
        judge, plan.scenario, job, transcript, facts, shop.requirements, profile=shop.profile
    )
    certificates = server.recorder.certificates
    return replace(_result(plan, job, transcript, facts, judgement), certificates=certificates)


@dataclass(frozen=True, slots=True)
class Start:
    """How a client is started: where, for how many seconds; the case's folder, and its file of results."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    limit: float
    folder: Path
    results: Path
    answers: Answers


def _start(folder: Path, job: Job, client: Client, password: str, shop: Workshop, scenario: Scenario) -> Start:
    """Have all in *folder* that *client* needs for *job*."""
    ca_file = shop.certificates.ca_file
    values = values_of(folder, job, password, ca_file, scenario.job.untold)
    argv, env, results = prepare(folder, job, client, values, ca_file)
    cwd, answers = hands_over(client, folder, values)
    return Start(argv, env, cwd, scenario.limit, folder, results, answers)


async def _client(
    server: Server, start: Start, plan: Plan, redactor: Redactor, shop: Workshop
) -> tuple[Process, Redirect | None]:
    """Run the client to its end, or for its limit, and wait until all that it sent has been taken in.

    The limit is recorded before the client is ended, so that what ending it does is not taken for its own doing.
    """
    name, seen, end = plan.client.name, None, partial(server.stop, "time is up")
    literals = Redactor("", "")  # looked for in what is printed only: on the wire they may be innocent words
    literals.keep_out(shop.printed.get(name, ()))

    def scrub(text: str) -> str:
        return redactor.scrub(literals.scrub(text))

    if plan.client.redirect or plan.scenario.dns:
        ports = frozenset((*box.PORTS, server.port)) | shop.ports.get(name, frozenset())
        # Inside nobody has the home that an MTA which was unpacked is looked for in.
        env = dict(start.env) | ({"XDG_CACHE_HOME": str(cache().parents[1])} if plan.scenario.dns else {})
        order = box.Order(
            start.argv, env, start.cwd, start.folder, shop.folder, shop.certificates.ca_file, start.results,
            tuple(sorted(ports)), start.answers, plan.scenario.dns,
        )  # fmt: skip
        process, seen = await (await _ways(shop)).run(order, server, start.limit, scrub, end)
        shop.ports[name] = shop.ports.get(name, frozenset()) | seen.ports - {server.port}
    else:
        process = await run_process(start.argv, start.env, start.cwd, start.limit, scrub, end, start.answers)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(QUIET):
            await server.quiet()
    server.note_exit(process.signal or str(process.exit_status))
    return process, seen


async def _ways(shop: Workshop) -> Ways:
    """How clients are redirected here."""
    shop.ways = shop.ways or await probe()
    return shop.ways


def make_job(scenario: Scenario, client: Client) -> Job:
    """The job of *scenario* as *client* is told it; its port is not known yet."""
    spec, date, own = scenario.job, format_datetime(datetime.now(UTC)), client.learned
    messages = tuple(
        JobMessage(
            own.sender if own and own.sender else one.sender,
            own.recipients if own and len(own.recipients) == len(one.recipients) else one.recipients,
            message.compose(
                one,
                subject=spec.subject,
                date=date,
                message_id=f"<{secrets.token_hex(8)}@smtpwitness.example.test>",
            ),
        )
        for one in spec.messages
    )
    return Job(
        messages=messages,
        tls=spec.tls,
        auth=spec.auth,
        username=own.username if own and own.username else spec.username,
        helo=spec.helo,
        subject=spec.subject,
        timeout=spec.timeout,
        host=host(),
        port=0,
        told=(_told(client) | _learned(client)) - spec.untold,
        takes=client.takes,
        protocol=spec.protocol,
        options=spec.options,
        relayed=client.supports is not None and "queue" in client.supports,
    )


def _told(client: Client) -> frozenset[str]:
    """The names of the values that a client is told: all from the environment, else its placeholders.

    But a value that the client's file says it has no use for is not told, though it stands in its environment: who
    cannot set a time-out is not held to it.
    """
    names = set(told_by(client))
    if client.reads_environment:
        names |= set(VALUES) - {name for name in OPTIONAL if not _can(client, name)}
    told = names | {"recipients"} if names & {"recipient", "recipients"} else names
    return frozenset(told | {"message"} if "message_file" in told and client.takes == "raw" else told)


def _learned(client: Client) -> frozenset[str]:
    """The names of the values that are a client's own, and the same in every run."""
    own = client.learned
    if own is None:
        return frozenset()
    return frozenset(name for name in ("sender", "recipients", "username") if getattr(own, name))


OPTIONAL = ("timeout", "helo")
"""Values that a client may be without and still do the job. Who lacks what takes another one is `unsupported`."""


def _can(client: Client, name: str) -> bool:
    return client.supports is None or not client.supports.isdisjoint(CAN[name])


def prepare(
    folder: Path, job: Job, client: Client, values: Values, ca_file: Path
) -> tuple[list[str], dict[str, str], Path]:
    """Write the files of the job; give command line, environment, and where results are to be found.

    *values* are those of `values_of`, which the client is told.
    """
    files = [folder / f"message-{number}.eml" for number, _ in enumerate(job.messages, 1)]
    for file, one in zip(files, job.messages, strict=True):
        file.write_bytes(one.octets)
    (folder / BODY).write_bytes(message.split(job.messages[0].octets)[1])
    job_file, results = folder / "job.json", folder / "tmp" / "result.json"  # where also a client in a box may write
    write_job_file(job_file, values, job, files)
    env = environment(client, values, ca_file, folder, job_file=job_file, result_file=results)
    return arguments(client, values), env, results


BODY = "body.txt"


def values_of(folder: Path, job: Job, password: str, ca_file: Path, untold: Collection[str] = ()) -> Values:
    """What a client is told whose files lie in *folder*, but for what is *untold*."""
    first = job.messages[0]
    every: dict[str, str | Sequence[str]] = {
        "host": job.host,
        "port": str(job.port),
        "tls": job.tls,
        "auth": job.auth,
        "username": job.username,
        "password": password,
        "sender": first.sender,
        "recipient": first.recipients[0],
        "recipients": list(first.recipients),
        "message_file": str(folder / "message-1.eml"),
        "subject": job.subject,
        "body_file": str(folder / BODY),
        "helo": job.helo,
        "ca_file": str(ca_file),
        "timeout": f"{job.timeout:g}",
    }
    if "certificate" in job.options:
        every["certificate_file"] = str(ca_file.with_name(CLIENT_FILE))
    withheld = {*untold, "recipient"} if "recipients" in untold else untold
    return {name: value for name, value in every.items() if name not in withheld}


def hands_over(client: Client, folder: Path, values: Values) -> tuple[Path, Answers]:
    """Where the client is started, with the files in it that it expects, and what is typed at its prompts."""

    def value(name: str) -> str:
        return value_of(client, values, name)

    start = with_files(client, start_folder(client, folder), folder / "start", VALUES, value)
    return start, typed(client, value)


def start_folder(client: Client, temporary: Path) -> Path:
    """Where a client is started, so that relative paths mean what their writer meant by them.

    A command line: the caller's folder. A client file: the file's own, but *temporary* for those that ship with us.
    """
    if client.place is None:
        return Path.cwd()
    folder = Path(client.place.file).resolve().parent
    return temporary if folder == known_clients_root().resolve() else folder


def _word(client: Client, process: Process) -> str:
    if process.timed_out:
        return "none"
    return client.exits.get(process.exit_status, "failed") if process.exit_status is not None else "failed"


async def _honest(plan: Plan, shop: Workshop) -> bool:
    """Whether the client answers 127 to a mechanism that cannot exist too."""
    name = plan.client.name
    if name not in shop.honest:
        scenario = replace(plan.scenario, job=replace(plan.scenario.job, auth=NO_MECHANISM, tls="none"), limit=10.0)
        job = make_job(scenario, plan.client)
        folder = Path(tempfile.mkdtemp(dir=shop.folder))
        password = secrets.token_hex(12)
        redactor = Redactor(job.username, password)
        async with serve(Player(scenario, job), redactor, shop.certificates, time.monotonic_ns()) as server:
            job = replace(job, port=server.port)
            start = _start(folder, job, plan.client, password, shop, scenario)
            process, _ = await _client(server, start, plan, redactor, shop)
        shop.honest[name] = _word(plan.client, process) == "unsupported"
    return shop.honest[name]


# --- results


def _result(plan: Plan, job: Job, transcript: Transcript, facts: Facts, judgement: Judgement) -> CaseResult:
    return replace(
        _not_run(plan, judgement.exchange, judgement.reason),
        exchange=judgement.exchange,
        closing=judgement.closing,
        fate=judgement.fate,
        reported=facts.reported,
        exit_status=facts.process.exit_status,
        duration_ms=facts.process.duration_ms,
        root_cause=judgement.root_cause,
        steps=judgement.steps,
        findings=judgement.findings,
        transcript=transcript,
        job=job,
        process=facts.process,
        lag_ms=facts.lag_ms,
    )


def _not_run(plan: Plan, verdict: Verdict, reason: str) -> CaseResult:
    scenario = plan.scenario
    return CaseResult(
        scenario=scenario.id,
        variant=scenario.variant,
        client=plan.client.name,
        server=plan.server,
        relay=plan.relay,
        exchange=verdict,
        closing=Verdict.PASS,
        fate=(),
        reported=(),
        exit_status=None,
        duration_ms=0.0,
        root_cause=None,
        steps=(),
        findings=(),
        transcript=(),
        job=make_job(scenario, plan.client),
        process=Process(None),
        place=scenario.place,
        title=scenario.title,
        covers=scenario.covers,
        allow=scenario.allow,
        reason=reason,
        touches=scenario.touches,
    )


def judge_again(
    case: CaseResult,
    scenario: Scenario,
    client: Client,
    requirements: Mapping[str, Requirement],
    profile: Profile = SUBMISSION,
) -> CaseResult:
    """The same case judged from its stored transcript. What was not judged then is not judged now."""
    if not case.transcript and case.exchange in (Verdict.UNSUPPORTED, Verdict.ERROR, Verdict.NOT_APPLICABLE):
        return case
    scenario = fitted(scenario, client.learned)
    if case.relay and case.job.auth != scenario.job.auth:
        scenario = logged_in(scenario, f"AUTH {case.job.auth}")  # what the relay offered stands in the transcript
    facts = Facts(case.reported, case.process, client.tells_classes, case.lag_ms, relayed=bool(case.relay))
    judgement = judge(scenario, case.job, case.transcript, facts, requirements, profile=profile)
    judgement = stress.kept(judgement, case.findings)
    again = _result(Plan(scenario, client, relay=case.relay), case.job, case.transcript, facts, judgement)
    return replace(
        again,
        delivered=case.delivered,
        server=case.server,
        peer=case.peer,
        argued=case.argued,
        redirect=case.redirect,
        certificates=case.certificates,
    )


# --- many


async def run_cases(plans: Sequence[Plan], shop: Workshop, jobs: int, done: Callable[[CaseResult], None]) -> None:
    """Run *plans*, at most *jobs* at a time; *done* is told of each as it ends. Raises `ClientNotStarted`."""
    waiting = iter(plans)

    async def worker() -> None:
        for plan in waiting:
            done(await run_case(plan, shop))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(jobs, len(plans))):
                group.create_task(worker())
    except ExceptionGroup as group:  # what is raised within `except*` would come out in a group again
        raise group.exceptions[0] from None


def surroundings() -> Mapping[str, str]:
    """What a run ran on; nothing that names the machine or its user."""
    return MappingProxyType(
        {
            "smtpwitness": __version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "aiosmtpd": version("aiosmtpd"),
        }
    )
