"""Learns the job of a client whose addresses, message or login are its own: from what it does on an easy server.

It is run on a server that offers all that there is, then on some that offer less: what it uses is what it can do, and
what it sends nothing without it insists on. What was the same each time it is held to; scenarios that want another
job of it are `unsupported`. Who sends nothing on the easiest server has a fault, which shows wherever it is run.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from .judge.actions import IMPLICIT
from .judge.session import MESSAGE, Exchange, exchanges
from .model.message import split
from .model.requirement import Requirement
from .model.run import CaseResult, Client, Learned
from .model.scenario import Connection, Scenario, Tls
from .model.transcript import Kind
from .peers.process import ClientNotStarted
from .runner import Plan, Workshop, run_cases, workshop

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
ALONE = ("LOGIN", "PLAIN", "CRAM-MD5")
"""In which order mechanisms are offered by themselves: that which scenarios want most first."""

LIMIT = 10.0
"""Seconds that a client has to show its job."""

UNKNOWN = frozenset({"auth-login", "auth-plain"})
"""What a client may be meant to do that got no message through."""

HANDSHAKE = b"\x16\x03"
"""How a client begins that speaks TLS from the first octet, where nobody else does."""


def easy(scenario: Scenario, mechanisms: Sequence[str] = MECHANISMS, tls: str = "starttls") -> Scenario:
    """A server that takes everything, and expects nothing; *scenario* gives the rest of what there must be.

    *tls* is as in `JobSpec`: whether STARTTLS is offered, or TLS is there from the beginning.
    """
    offers = ["STARTTLS"] if tls == "starttls" else []
    offers += [f"AUTH {' '.join(mechanisms)}"] if mechanisms else []
    job = replace(scenario.job, tls="implicit" if tls == "implicit" else "none", auth="none")
    server = replace(scenario.server, offers=(*offers, "8BITMIME"), offers_in_tls=None)
    server = replace(server, greeting_delay=0.0, reply_delay=0.0)  # nobody is caught at talking early here
    nothing = (Connection((Tls(),) if tls == "implicit" else ()),)
    return replace(scenario, connections=nothing, server=server, job=job, limit=LIMIT, covers=())


async def learned(
    clients: Sequence[Client],
    scenario: Scenario,
    requirements: Mapping[str, Requirement],
    passwords: list[str],
    jobs: int = 1,
) -> tuple[list[Client], dict[str, str]]:
    """*clients*, those that are to be learned with what they showed, and what that makes them able to do; and the
    passwords that they have of their own, by name, which must stay in memory.

    *scenario* is any one on a plain server. *jobs* runs go on at a time, of one client or several. A client that gets
    no message through is run where a login is wanted, too.
    """
    own: dict[str, str] = {}
    room = asyncio.Semaphore(jobs)

    async def one(client: Client, shop: Workshop) -> Client:
        lessons = Lessons(client, scenario, shop, room)
        try:
            await lessons.give()
        except ClientNotStarted:  # the run itself tells, if anything is to be run
            return client
        own[client.name] = lessons.password()
        return lessons.taught()

    async with workshop(requirements, passwords) as shop:
        found = iter(await asyncio.gather(*(one(client, shop) for client in clients if client.learn)))
    return [next(found) if client.learn else client for client in clients], own


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a client did on one server. `heard` are secrets that it told."""

    case: CaseResult
    heard: frozenset[str]
    made: tuple[Exchange, ...]

    @property
    def sent(self) -> list[Exchange]:
        """The messages that were taken."""
        return [one for one in self.made if one.verb == MESSAGE and one.code.startswith("2")]

    @property
    def envelope(self) -> tuple[str, tuple[str, ...]]:
        """Sender and recipients of the first message."""
        first = next(iter(self.sent), None)
        return (first.before.sender or "", first.before.accepted) if first else ("", ())

    @property
    def mechanism(self) -> str:
        """The mechanism that it named first; a login that failed has a fault that scenarios find."""
        auth = next((one.text.split() for one in self.made if one.verb == "AUTH"), [])
        return auth[1].upper() if len(auth) > 1 else ""

    @property
    def logged_in(self) -> str:
        """The mechanism by which it was, when it sent."""
        return self.sent[0].before.authenticated if self.sent else ""

    @property
    def tls(self) -> str:
        """As in `JobSpec`."""
        if any(event.kind is Kind.OPEN and event.note == IMPLICIT for event in self.case.transcript):
            return "implicit"
        return "starttls" if any(one.before.tls for one in self.made) else "none"

    @property
    def username(self) -> str:
        """That of AUTH LOGIN, which is no secret; those of other mechanisms stand beside one, and are not seen."""
        for one in self.made:
            words = one.text.split()
            asked = one.verb == "sasl" and one.before.mechanism == "LOGIN"
            given = words[2:3] if one.verb == "AUTH" and words[1:2] == ["LOGIN"] else words[:1] if asked else []
            if given and not one.event.secrets:
                try:
                    return base64.b64decode(given[0], validate=True).decode()
                except (binascii.Error, UnicodeDecodeError):
                    return ""
        return ""

    @property
    def of_the_job(self) -> bool:
        """Whether a message had the text that the client was given."""
        text = b" ".join(split(self.case.job.messages[0].octets)[1].split())
        return any(text in b" ".join(one.event.octets.split()) for one in self.sent)


class Lessons:
    """The runs of one client, few, and at once where none waits for what another shows: a client that does not know
    what to do then sits out its time beside the others.
    """

    def __init__(self, client: Client, scenario: Scenario, shop: Workshop, room: asyncio.Semaphore) -> None:
        self._client, self._scenario, self._shop, self._room = client, scenario, shop, room
        self._taken: list[Lesson] = []
        self._insists: list[str] = []
        self._able: list[str] = []  # mechanisms
        self._numbers = count()

    async def give(self) -> None:
        """Run the client, while there is something to learn. Raises `ClientNotStarted`."""
        first = await self._run()
        if not first.sent and any(one.octets.startswith(HANDSHAKE) for one in first.case.transcript):
            self._taken.clear()
            first = await self._run(tls="implicit")
        if not first.sent:
            return
        try:
            async with asyncio.TaskGroup() as at_once:
                at_once.create_task(self._mechanisms(first))
                tls = at_once.create_task(self._needs_tls(first))
                auth = at_once.create_task(self._needs_login(first))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        self._insists = [name for name, needed in (("tls", tls), ("auth", auth)) if needed.result()]
        if not any(one.sent and one.logged_in == first.logged_in for one in self._taken[1:]):
            await self._run()  # what it always does must have been seen twice

    async def _needs_tls(self, first: Lesson) -> bool:
        return first.tls == "implicit" or (first.tls == "starttls" and not (await self._run(tls="none")).sent)

    async def _needs_login(self, first: Lesson) -> bool:
        return bool(first.mechanism) and not (await self._run(())).sent

    async def _mechanisms(self, first: Lesson) -> None:
        """Offer by itself each mechanism that the client may know, unless it takes its own without being offered it."""
        self._able = [first.mechanism] if first.mechanism else []
        for name in ALONE if first.mechanism in MECHANISMS else ():
            if name not in self._able:
                said = (await self._run((name,))).mechanism
                if said == name:
                    self._able.append(name)
                elif said:
                    return

    async def _run(self, mechanisms: tuple[str, ...] = MECHANISMS, tls: str = "") -> Lesson:
        done: list[CaseResult] = []
        before = self._taken[0].tls if self._taken else "none"
        scenario = easy(self._scenario, mechanisms, tls or ("implicit" if before == "implicit" else "starttls"))
        scenario = replace(scenario, id=f"learning/{next(self._numbers)}")
        async with self._room:
            await run_cases([Plan(scenario, replace(self._client, supports=None))], self._shop, 1, done.append)
        heard = self._shop.heard.get((self._client.name, scenario.id), frozenset())
        lesson = Lesson(done[0], heard, exchanges(done[0].transcript))
        self._taken.append(lesson)
        return lesson

    def taught(self) -> Client:
        """The client with what it showed."""
        client, first, told = self._client, self._taken[0], self._client.supports or frozenset()
        if not first.sent:
            return replace(client, supports=UNKNOWN | _tls(first.tls) | told)
        good = [one for one in self._taken if one.sent]
        sender, recipients = first.envelope
        same = all(one.envelope == first.envelope for one in good)
        known = Learned(
            sender=sender if same else "",
            recipients=recipients if same else (),
            count=len(recipients),
            messages=len(first.sent),
            auth=self._able[0].lower() if self._able else "none",
            mechanisms=tuple(name.lower() for name in self._able),
            username=_steady(one.username for one in good if one.logged_in),
            tls=first.tls,
            insists_on=tuple(self._insists),
            greets_again=any(one.verb == "EHLO" and one.before.tls for one in first.made),
        )
        takes = client.takes if any(one.of_the_job for one in good) else "fixed"
        return replace(client, learned=known, takes=takes, supports=frozenset(_supports(known)) | told)

    def password(self) -> str:
        """The client's own, if it told the same one each time; else ""."""
        told = [one.heard for one in self._taken if one.logged_in in ("LOGIN", "PLAIN")]
        return _steady(next(iter(one)) for one in told) if all(len(one) == 1 for one in told) else ""


def _steady(values: Iterable[str]) -> str:
    """What was seen twice at least, and nothing else; or ""."""
    seen = [one for one in values if one]
    return seen[0] if len(seen) > 1 and len(set(seen)) == 1 else ""


def _tls(kind: str) -> set[str]:
    return {"none": set(), "starttls": {"starttls"}, "implicit": {"implicit-tls"}}[kind]


def _supports(known: Learned) -> Iterator[str]:
    yield from (f"auth-{name}" for name in known.mechanisms)
    yield from _tls(known.tls)
    if known.messages > 1:
        yield "several-messages"
    if known.count > 1:
        yield "several-recipients"
