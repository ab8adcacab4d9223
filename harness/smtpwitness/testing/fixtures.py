"""Scenarios and servers for code of the test itself: the client is a function call away, not a process.

Such a client was given no command line. It is held to what the test reads off the server (`server.sender` and so on),
and to nothing that the test makes up itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import pytest

from ..files.bundled import scenarios_root
from ..files.problems import nearest
from ..files.scenarios import Sources, load
from ..hosting import Hosted, host
from ..judge.content import unstuffed
from ..judge.session import delivered, exchanges, with_messages
from ..model import message
from ..model.finding import Verdict
from ..model.run import CaseResult, Client
from ..model.scenario import Scenario
from ..model.transcript import Transcript
from ..runner import Plan
from .backstage import Backstage
from .outcome import Told, conclude, keep, withheld
from .settings import Settings, settings_of

T = TypeVar("T")

IN_PROCESS = Client("in-process", (), takes="fixed", title="code of a test")
WORDS = ("accepted", "temporary", "permanent", "declined", "failed")


class HarnessFailed(RuntimeError):
    """The harness failed, not the client."""


class Server:
    """A server on a port of its own for as long as its `with` block lasts; `async with` does the same.

    In an async test use `async with`: the end of the block then waits without holding up the client's event loop.
    """

    def __init__(self, scenario: Scenario, settings: Settings) -> None:
        self._plan, self._settings = Plan(scenario, IN_PROCESS), settings
        self._stage = Backstage(settings.requirements, settings.profile, settings.honest)
        self._open = AsyncExitStack()
        self._hosted: Hosted | None = None
        self._is_open = False
        self._password = ""

    # --- what a client needs to know

    @property
    def host(self) -> str:
        return self._told("host").job.host

    @property
    def port(self) -> int:
        return self._told("port").job.port

    @property
    def username(self) -> str:
        return self._told("username").job.username

    @property
    def password(self) -> str:
        """Made up for this block. Who reads it is held to it; who does not may log in with any."""
        self._told("password")
        return self._password

    @property
    def auth(self) -> str:
        """The mechanism to log in with, in lower case; `none`, or `any`."""
        return self._told("auth").job.auth

    @property
    def tls(self) -> str:
        """`none`, `starttls` or `implicit`."""
        return self._told("tls").job.tls

    @property
    def ca_file(self) -> Path:
        """A PEM file with the authority that the server's certificate is of."""
        return self._told("ca_file").ca_file

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """A client's context that trusts `ca_file` and nobody else, and checks the name."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    # --- how it is opened and closed

    def __enter__(self) -> Self:
        self._stage.__enter__()
        try:
            self._stage.call(self._begin())
        except BaseException:
            self._stage.__exit__(None, None, None)
            raise
        return self

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stage.call(self._end())
        finally:
            self._stage.__exit__(kind, error, trace)
        self._conclude(error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.wrap_future(self._stage.submit(self._end()))
        finally:
            await asyncio.to_thread(self._stage.__exit__, kind, error, trace)
        self._conclude(error)

    async def _begin(self) -> None:
        shop = self._stage.shop
        self._password = shop.password(self._plan.scenario)
        self._hosted = await self._open.enter_async_context(host(self._plan, shop, self._password))
        self._is_open = True

    async def _end(self) -> None:
        self._is_open = False
        await self._open.aclose()

    def _conclude(self, error: BaseException | None) -> None:
        """What the block came to; *error* is what ended it, and is raised anyhow."""

    def _told(self, name: str) -> Hosted:
        if self._hosted is None:
            raise RuntimeError("the server is open only inside its `with` block")
        self._hosted.tell(name)
        return self._hosted


class ScenarioServer(Server):
    """Plays one scenario. When the block ends, its exchange is judged, and the test fails if a rule was broken."""

    def __init__(self, scenario: Scenario, settings: Settings, item: pytest.Item) -> None:
        super().__init__(scenario, settings)
        self._item = item
        self._reported: dict[int, tuple[str, ...]] = {}
        self._case: CaseResult | None = None
        self._limit: asyncio.TimerHandle | None = None

    # --- the job

    @property
    def sender(self) -> str:
        return self._told("sender").job.messages[0].sender

    @property
    def recipients(self) -> tuple[str, ...]:
        return self._told("recipients").job.messages[0].recipients

    @property
    def recipient(self) -> str:
        """The first of `recipients`."""
        return self.recipients[0]

    @property
    def message(self) -> bytes:
        """The message to send, header and all, with CRLF. Who reads it is held to it, octet for octet."""
        return self._told("message").job.messages[0].octets

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages of the job, where there are several."""
        job = self._told("message").job
        self._told("sender")
        self._told("recipients")
        return tuple(Message(one.sender, one.recipients, one.octets) for one in job.messages)

    @property
    def subject(self) -> str:
        return self._told("subject").job.subject

    @property
    def body(self) -> str:
        """The text of the message, for clients that make the header themselves."""
        octets = message.split(self._told("body_file").job.messages[0].octets)[1]
        return octets.decode("utf-8", "surrogateescape").replace("\r\n", "\n")

    @property
    def helo(self) -> str:
        """The name to say EHLO or HELO with."""
        return self._told("helo").job.helo

    @property
    def timeout(self) -> float:
        """Seconds that the client is to wait at most. Who reads it has to give up in time."""
        return self._told("timeout").job.timeout

    def report(self, outcome: str | Sequence[str] | Mapping[str, str], message: int = 0) -> None:
        """Say what the client told its user of a message: then it is held to that, too.

        One word for all recipients, a list in their order, or a map from recipients; words are `accepted`,
        `temporary`, `permanent`, `declined` and `failed`. *message* counts from 0. Raises `ValueError`.
        """
        assert self._hosted is not None, "begun"
        recipients = self._hosted.job.messages[message].recipients
        words: tuple[str, ...]
        if isinstance(outcome, str):
            words = (outcome,)
        elif isinstance(outcome, Mapping):
            if unknown := sorted(set(outcome) - set(recipients)):
                raise ValueError(f"{unknown[0]} is no recipient of the message{nearest(unknown[0], recipients)}")
            words = tuple(outcome.get(recipient, "accepted") for recipient in recipients)
        else:
            words = tuple(outcome)
            if len(words) != len(recipients):
                raise ValueError(f"{len(words)} words for {len(recipients)} recipients")
        for word in words:
            if word not in WORDS:
                raise ValueError(f"{word!r} is no outcome{nearest(word, WORDS)}; outcomes are {', '.join(WORDS)}")
        self._reported[message] = words

    # --- how it ends

    async def _begin(self) -> None:
        await super()._begin()
        assert self._hosted is not None, "begun"
        hosted, limit = self._hosted, self._plan.scenario.limit
        loop = asyncio.get_running_loop()
        self._limit = loop.call_later(limit, lambda: loop.create_task(hosted.stop()))

    async def _end(self) -> None:
        hosted = self._hosted
        assert hosted is not None, "begun"
        assert self._limit is not None, "begun"
        try:
            await hosted.quiet()
            self._limit.cancel()
            case = await hosted.judge(self._words())
        finally:
            await super()._end()
        self._case = withheld(case, self._stage.shop.passwords)

    def _words(self) -> tuple[tuple[str, ...], ...]:
        """What was reported, in the job's order; nothing unless it is known of every message."""
        assert self._hosted is not None, "begun"
        count = len(self._hosted.job.messages)
        return tuple(self._reported[n] for n in range(count)) if len(self._reported) == count else ()

    def _conclude(self, error: BaseException | None) -> None:
        case, settings = self._case, self._settings
        assert case is not None, "judged"
        keep(self._item, case, IN_PROCESS, settings)
        if error is not None:
            if settings.fails(case):
                error.add_note(settings.explained(case))
            return
        if case.verdict is Verdict.ERROR:
            raise HarnessFailed(f"the harness failed, not the client: {case.reason}")
        try:
            conclude(case, IN_PROCESS, settings)
        except Told as failure:
            pytest.fail(str(failure), pytrace=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its envelope; `octets` with CRLF, nothing stuffed."""

    sender: str
    recipients: tuple[str, ...]
    octets: bytes


class PersonaServer(Server):
    """Takes every message, as a sane server of that persona would."""

    @property
    def transcript(self) -> Transcript:
        """All events so far, secrets taken out."""
        if self._hosted is None:
            return ()
        # A client has a reply a moment before the server has written down that it sent it.
        return self._stage.call(self._events()) if self._is_open else self._hosted.server.events

    async def _events(self) -> Transcript:
        assert self._hosted is not None, "open"
        return self._hosted.server.events

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that it has taken so far."""
        return tuple(
            Message(one.before.sender or "", one.before.accepted, unstuffed(one.event.octets))
            for one in with_messages(exchanges(self.transcript))
            if delivered(one)
        )


class OpenScenario:
    """The fixture `smtp_scenario`."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __call__(self, selector: str) -> ScenarioServer:
        """The scenario *selector*: an id of a shipped one, with its variant in brackets if it has any, or a file.

        A file is looked for beside the test, then from the working folder. Raises `ScenarioError` where there is no
        such scenario or it is wrong, and `ValueError` where it is several cases, or has a name server of its own.
        """
        item: pytest.Item = self._request.node
        settings = settings_of(self._request.config)
        beside = item.path.parent / selector
        found = settings.select(str(beside) if beside.is_file() else selector)
        if len(found) > 1:
            names = ", ".join(one.name for one in found)
            raise ValueError(f"{selector} is {len(found)} cases, and a test plays one: {names}")
        if found[0].dns:
            raise ValueError(f"in {selector} the client asks a name server, and no code in this process meets that")
        return ScenarioServer(found[0], settings, item)


class OpenServer:
    """The fixture `smtp_server`."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __call__(self, persona: str = "plain", tls: str = "none") -> PersonaServer:
        """A server with the manners of *persona*; with *tls* `implicit` it speaks TLS from the first octet.

        STARTTLS is there where the persona offers it. One block takes 64 connections. Raises `ScenarioError` where
        there is no such persona, and `ValueError`.
        """
        if tls not in ("none", "implicit"):
            raise ValueError(f"tls is {tls!r}: it is 'none' or 'implicit'")
        settings = settings_of(self._request.config)
        steps = "[tls: {}]" if tls == "implicit" else "[optional: [C: NOOP]]"
        sources, name = Sources(scenarios_root()), "smtp_server/open.smtp.yaml"
        sources.texts[name] = f"title: {{en: a server, zh: 服务器}}\ncovers: []\nserver: {persona}\ndialogue: {steps}\n"
        (scenario,) = load(sources, name, frozenset(settings.requirements), frozenset())
        return PersonaServer(scenario, settings)
