"""What a run with real relays needs besides one with the fake: accounts, who can play what, what was delivered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .files.relays import Relay
from .files.remotes import Remote
from .judge.content import unstuffed
from .judge.fitting import ACCOUNT, logged_in
from .judge.follower import lacking_offer, surplus_offer, unplayable
from .judge.redact import Redactor
from .judge.session import delivered, exchanges, with_messages
from .model.finding import Verdict
from .model.run import Delivered, Peer
from .model.scenario import NAMES, Content, Scenario
from .model.transcript import Transcript
from .peers.certificates import Certificates
from .peers.remote import Reached, fingerprint, reach
from .peers.tap import NotTrusted, RelayFailed, Tap, Upstream
from .peers.warden import Refused

if TYPE_CHECKING:  # it knows users and groups, which Windows does not have
    from .peers.relay import Running

WAIT = 5.0
"""Seconds that a relay has to deliver what it has accepted."""

LOOK = 0.02
PLAIN_NAME = re.compile(r"[\w.+-]+(@[\w.-]+)?", re.ASCII)
FIELD = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*|From [^\n]*\n)*")
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)


class NotStarted(str):
    """Why a relay could not be started. `logs` are what it wrote all the same, `accounts` what it was to have."""

    logs: Mapping[str, str]
    accounts: Mapping[str, str]


Relays = Mapping[str, "Running | Reached | str"]
"""Each relay of a run; or why it could not be started."""


def accounts(scenarios: Iterable[Scenario], password: str) -> dict[str, str]:
    """The accounts that relays must have for *scenarios*, all with one password."""
    names = {one.job.username for one in scenarios if one.job.auth != "none" and one.job.password is None} | {ACCOUNT}
    return {name: password for name in sorted(names) if PLAIN_NAME.fullmatch(name)}


@asynccontextmanager
async def opened(
    relays: Sequence[Relay | Remote], certificates: Certificates, there: Mapping[str, str]
) -> AsyncIterator[Relays]:
    """Start *relays*, with the accounts *there*; they end with the block. Remote ones are looked at."""
    found: dict[str, Running | Reached | str] = {}
    async with AsyncExitStack() as stack:
        for relay in relays:
            try:
                if isinstance(relay, Remote):
                    found[relay.name] = await reach(relay)
                else:
                    from .peers.relay import running

                    found[relay.name] = await stack.enter_async_context(running(relay, certificates, there))
            except RelayFailed as error:
                found[relay.name] = why = NotStarted(_scrubbed(str(error), there))
                why.logs, why.accounts = error.logs, there
        yield found


def keep_logs(relays: Relays, names: Iterable[str], folder: Path) -> None:
    """Write what the relays of these *names* have logged to *folder*, as `logs/NAME/FILE`, without their passwords."""
    for name in names:
        relay = relays[name]
        if isinstance(relay, Reached):
            continue  # whoever runs it has its logs
        assert not isinstance(relay, str) or isinstance(relay, NotStarted), "what `opened` gave"
        for file, text in (relay.logs if isinstance(relay, NotStarted) else relay.logs()).items():
            path = folder / "logs" / name / file.replace("/", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_scrubbed(text, relay.accounts), encoding="utf-8")


def _scrubbed(text: str, accounts: Mapping[str, str]) -> str:
    """*text* without the passwords of *accounts*."""
    for password in set(accounts.values()):
        text = Redactor("", password).scrub(text)
    return text


def cannot(scenario: Scenario, relay: Running | Reached | str) -> tuple[Verdict, str] | None:
    """Why *scenario* is not played on *relay*, if it is not."""
    why = unplayable(scenario)
    if why:
        return Verdict.NOT_APPLICABLE, f"only the fake can play it: {why}"
    if isinstance(relay, str):
        return Verdict.ERROR, relay
    if isinstance(relay, Reached):
        return _cannot_afar(scenario, relay)
    if service(scenario) not in relay.upstream.ports:
        return Verdict.NOT_APPLICABLE, f"{relay.name} has no {service(scenario)}"
    job = scenario.job
    if job.auth == "none" and service(scenario) in relay.relay.login:
        return Verdict.NOT_APPLICABLE, f"{relay.name} takes mail from nobody who has not logged in"
    if job.auth != "none" and (job.password is not None or job.username not in relay.accounts):
        return Verdict.NOT_APPLICABLE, f"{relay.name} has no account with that name and password"
    outside = relay.lmtp if service(scenario) == "lmtp" else relay.outside
    return _other_offer(scenario, relay.name, outside, relay.inside)


def knows_its_own_alone(relay: Running | Reached | str) -> bool:
    """Whether nobody can log in but with an account of this run: a provider takes anybody, and one far away its own."""
    return not isinstance(relay, Reached | str) and not relay.relay.mailboxes


def with_login(scenario: Scenario, relay: Running | Reached | str) -> Scenario:
    """*scenario* with a login in front of its mail, where *relay* takes none without."""
    if isinstance(relay, Reached | str) or service(scenario) not in relay.relay.login:
        return scenario
    heard = relay.outside if scenario.job.tls == "none" else relay.inside
    return next((logged_in(scenario, one) for one in heard if one.upper().startswith("AUTH ")), scenario)


def _other_offer(
    scenario: Scenario, name: str, outside: Iterable[str], inside: Iterable[str]
) -> tuple[Verdict, str] | None:
    if lacks := lacking_offer(scenario, outside, inside):
        return Verdict.NOT_APPLICABLE, f"{name} does not offer {lacks}"
    if more := surplus_offer(scenario, outside, inside):
        return Verdict.NOT_APPLICABLE, f"{name} offers {more}, and the scenario says what must not come without"
    return None


# --- remote relays


def _cannot_afar(scenario: Scenario, relay: Reached) -> tuple[Verdict, str] | None:
    """Only what a user might send any day goes to a relay that others run."""
    if why := afar(scenario, relay.relay):
        return Verdict.NOT_APPLICABLE, why
    return _other_offer(scenario, relay.name, *relay.offers(scenario.job.tls))


def afar(scenario: Scenario, remote: Remote) -> str:
    """Why *scenario* is not played on *remote*, whatever that offers; or ""."""
    job, name = scenario.job, remote.name
    if why := unplayable(scenario):
        return f"only the fake can play it: {why}"
    if job.protocol != "smtp" or job.untold or job.options or len(job.messages) != 1:
        return f"to {name} goes one ordinary message at a time"
    (one,) = job.messages
    made_up = tuple(f"{local}@example.test" for local in NAMES[: len(one.recipients)])
    if one.content != Content() or (one.sender, job.username) != (SENDER, SENDER) or one.recipients != made_up:
        return f"its message or its addresses are its own, and to {name} goes an ordinary message to those you listed"
    if len(one.recipients) > len(remote.recipients):
        return f"it needs {len(one.recipients)} recipients, and {len(remote.recipients)} are listed"
    if job.password is not None or (job.auth not in ("any", *remote.auth) if remote.auth else job.auth != "none"):
        return f"{name} wants AUTH as in its file: {', '.join(remote.auth) or 'none'}"
    if job.tls not in ("none", remote.tls):
        return f"{name} is reached with TLS as in its file: {remote.tls}"
    return ""


SENDER = "alice@example.test"
"""The sender of a scenario that names none."""


def addressed(scenario: Scenario, remote: Remote) -> Scenario:
    """*scenario* with the user's own addresses, which `afar` has let through."""
    job = scenario.job
    messages = tuple(
        replace(one, sender=remote.sender, recipients=remote.recipients[: len(one.recipients)]) for one in job.messages
    )
    return replace(
        scenario,
        job=replace(
            job, messages=messages, username=remote.username or "(user name not set)", helo=remote.helo or job.helo
        ),
    )


def argued(relay: Running | Reached, scenario: Scenario) -> str:
    """Why *relay* may differ from the fake in *scenario*, as its file has it, or ""."""
    return "" if isinstance(relay, Reached) else relay.relay.why(scenario.id)


def turn(relay: Running | Reached) -> AbstractAsyncContextManager[None]:
    """When a case may run on *relay*. Raises RelayFailed."""
    return relay.turn() if isinstance(relay, Reached) else nullcontext()


def upstream(relay: Running | Reached, scenario: Scenario) -> Upstream:
    """Where *relay* is for a client that does the job of *scenario*."""
    return relay.upstream(scenario.job.tls) if isinstance(relay, Reached) else relay.upstream


def noted(relay: Running | Reached, tap: Tap) -> Peer | None:
    """A remote relay as *tap* reached it. One whose certificate was not good is sent nothing more."""
    if not isinstance(relay, Reached):
        return None
    if isinstance(tap.error, NotTrusted):
        relay.broken = str(tap.error)
    return replace(relay.peer, fingerprint=fingerprint(tap.certificate)) if tap.certificate else relay.peer


def told(error: Exception) -> str:
    """What went wrong, in its own words where those are for a reader."""
    return str(error) if isinstance(error, RelayFailed | Refused) else repr(error)


def service(scenario: Scenario) -> str:
    """The port of a relay that *scenario* goes to."""
    if scenario.job.protocol == "lmtp":
        return "lmtp"
    return "smtps" if scenario.job.tls == "implicit" else "smtp"


async def read_back(relay: Running, transcript: Transcript, redactor: Redactor) -> tuple[Delivered, ...]:
    """What became of every message that *relay* accepted. Waits for it."""
    if not relay.relay.mailbox:
        return ()
    sent = [unstuffed(one.event.octets) for one in with_messages(exchanges(transcript)) if delivered(one)]
    return tuple([one for content in sent for one in await _found(relay, content, redactor)])


async def _found(relay: Running, content: bytes, redactor: Redactor) -> list[Delivered]:
    wanted, until = lf(content), time.monotonic() + WAIT
    match = MESSAGE_ID.search(wanted)
    name = match[1] if match else b""
    while True:
        lying = [lf(one) for one in relay.mailbox()]
        same = [front for one in lying if (front := trace_of(wanted, one)) is not None]
        late = time.monotonic() > until
        if same or late:
            break
        await asyncio.sleep(LOOK)
    if same:
        return [_delivered(name, front, wanted, redactor, "") for front in same]
    near = [one for one in lying if name and name in one]
    if not near:
        return [_delivered(name, b"", b"", redactor, f"it was not there within {WAIT:g} s")]
    return [_delivered(name, b"", one, redactor, difference_of(wanted, one)) for one in near]


def trace_of(wanted: bytes, there: bytes) -> bytes | None:
    """The fields that stand in front of the message *wanted*; None where more than these sets *there* apart from it."""
    front = there[: len(there) - len(wanted)]
    return front if there.endswith(wanted) and FIELD.fullmatch(front) else None


def lf(octets: bytes) -> bytes:
    """*octets* with LF for CRLF."""
    return octets.replace(b"\r\n", b"\n")


def _delivered(name: bytes, trace: bytes, octets: bytes, redactor: Redactor, difference: str) -> Delivered:
    clean, _ = redactor.content(octets.replace(b"\n", b"\r\n"))
    return Delivered(
        folder="INBOX",
        message_id=name.decode("latin-1"),
        trace=redactor.content(trace.replace(b"\n", b"\r\n"))[0],
        octets=clean,
        same=not difference,
        difference=difference,
    )


def _unfolded(octets: bytes) -> bytes:
    """A message with each field of its header in one line, spaces and tabs that follow each other as one."""
    header, blank, body = octets.partition(b"\n\n")
    return re.sub(rb"\n?[ \t]+", b" ", header) + blank + body


def difference_of(wanted: bytes, there: bytes) -> str:
    """The first line of *wanted* that is not *there*, or what is there beyond it."""
    if (b"\n" + _unfolded(there)).endswith(b"\n" + _unfolded(wanted)):
        return "header fields are folded at other places"
    lines = there.split(b"\n")
    for number, line in enumerate(wanted.split(b"\n"), 1):
        if line not in lines:
            return f"line {number} of the message came otherwise: {line[:80].decode('utf-8', 'backslashreplace')}"
    return "lines were added or stand in another order"
