"""What a run with real relays needs besides one with the fake: accounts, who can play what, what was delivered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .files.relays import Relay
from .judge.content import unstuffed
from .judge.follower import lacking_offer, surplus_offer, unplayable
from .judge.redact import Redactor
from .judge.session import delivered, exchanges, with_messages
from .model.finding import Verdict
from .model.run import Delivered
from .model.scenario import Scenario
from .model.transcript import Transcript
from .peers.certificates import Certificates
from .peers.tap import RelayFailed

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


Relays = Mapping[str, "Running | str"]
"""Each relay of a run; or why it could not be started."""


def accounts(scenarios: Iterable[Scenario], password: str) -> dict[str, str]:
    """The accounts that relays must have for *scenarios*, all with one password."""
    names = {one.job.username for one in scenarios if one.job.auth != "none" and one.job.password is None}
    return {name: password for name in sorted(names) if PLAIN_NAME.fullmatch(name)}


@asynccontextmanager
async def opened(
    relays: Sequence[Relay], certificates: Certificates, there: Mapping[str, str]
) -> AsyncIterator[Relays]:
    """Start *relays*, with the accounts *there*; they end with the block."""
    found: dict[str, Running | str] = {}
    async with AsyncExitStack() as stack:
        if relays:
            from .peers.relay import running

            for relay in relays:
                try:
                    found[relay.name] = await stack.enter_async_context(running(relay, certificates, there))
                except RelayFailed as error:
                    found[relay.name] = why = NotStarted(error)
                    why.logs, why.accounts = error.logs, there
        yield found


def keep_logs(relays: Relays, names: Iterable[str], folder: Path) -> None:
    """Write what the relays of these *names* have logged to *folder*, as `logs/NAME/FILE`, without their passwords."""
    for name in names:
        relay = relays[name]
        assert not isinstance(relay, str) or isinstance(relay, NotStarted), "what `opened` gave"
        for file, text in (relay.logs if isinstance(relay, NotStarted) else relay.logs()).items():
            for password in set(relay.accounts.values()):
                text = Redactor("", password).scrub(text)
            path = folder / "logs" / name / file.replace("/", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def cannot(scenario: Scenario, relay: Running | str) -> tuple[Verdict, str] | None:
    """Why *scenario* is not played on *relay*, if it is not."""
    why = unplayable(scenario)
    if why:
        return Verdict.NOT_APPLICABLE, f"only the fake can play it: {why}"
    if isinstance(relay, str):
        return Verdict.ERROR, relay
    if service(scenario) not in relay.upstream.ports:
        return Verdict.NOT_APPLICABLE, f"{relay.name} has no {service(scenario)}"
    job = scenario.job
    if job.auth == "none" and service(scenario) in relay.relay.login:
        return Verdict.NOT_APPLICABLE, f"{relay.name} takes mail from nobody who has not logged in"
    if job.auth != "none" and (job.password is not None or job.username not in relay.accounts):
        return Verdict.NOT_APPLICABLE, f"{relay.name} has no account with that name and password"
    if lacks := lacking_offer(scenario, relay.outside, relay.inside):
        return Verdict.NOT_APPLICABLE, f"{relay.name} does not offer {lacks}"
    if more := surplus_offer(scenario, relay.outside, relay.inside):
        return Verdict.NOT_APPLICABLE, f"{relay.name} offers {more}, and the scenario says what must not come without"
    return None


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
    wanted, until = _lf(content), time.monotonic() + WAIT
    match = MESSAGE_ID.search(wanted)
    name = match[1] if match else b""
    while True:
        lying = [_lf(one) for one in relay.mailbox()]
        same = [one for one in lying if one.endswith(wanted) and FIELD.fullmatch(one[: len(one) - len(wanted)])]
        late = time.monotonic() > until
        if same or late:
            break
        await asyncio.sleep(LOOK)
    if same:
        return [_delivered(name, one[: len(one) - len(wanted)], wanted, redactor, "") for one in same]
    near = [one for one in lying if name and name in one]
    if not near:
        return [_delivered(name, b"", b"", redactor, f"it was not there within {WAIT:g} s")]
    return [_delivered(name, b"", one, redactor, _difference(wanted, one)) for one in near]


def _lf(octets: bytes) -> bytes:
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


def _difference(wanted: bytes, there: bytes) -> str:
    """The first line of *wanted* that is not *there*, or what is there beyond it."""
    if (b"\n" + _unfolded(there)).endswith(b"\n" + _unfolded(wanted)):
        return "header fields are folded at other places"
    lines = there.split(b"\n")
    for number, line in enumerate(wanted.split(b"\n"), 1):
        if line not in lines:
            return f"line {number} of the message came otherwise: {line[:80].decode('utf-8', 'backslashreplace')}"
    return "lines were added or stand in another order"
