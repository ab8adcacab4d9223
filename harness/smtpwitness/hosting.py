"""Plays cases for clients that somebody else starts: code in this process, a debugger, a person.

Nobody gave such a client a command line, so it is known only by what it was told while its case ran.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

from .judge.actions import Action, Reading
from .judge.case import Facts
from .judge.player import Player
from .judge.redact import Redactor
from .model.run import CaseResult, Job, Process
from .model.transcript import Event, Kind, Side
from .peers.recorder import Recorder
from .peers.server import MOST_CONNECTIONS, Server
from .runner import QUIET, Plan, Workshop, judged, make_job


class Stand(Server):
    """A server that plays one case after another on the same port, which is never closed in between.

    A port that is closed and bound again refuses whoever comes too soon, and stays taken for a minute where the
    server was the first to close (TIME_WAIT; RFC 9293, 3.6.1).
    """

    @property
    def accepted(self) -> int:
        """Connections of this case so far, those included that are still on their way to `OPEN`."""
        return min(self._accepted, MOST_CONNECTIONS)

    @property
    def still(self) -> bool:
        """Whether no connection is open, or on its way."""
        return len(self._connections) == self.accepted and all(one.finished.done() for one in self._connections)

    def begin(self, recorder: Recorder) -> None:
        """Connections that come from now on are another case's. The server must be still."""
        assert self.still, "a connection would be torn out of its case"
        self.recorder = recorder
        self._connections, self._accepted, self._limited = [], 0, False
        self.narrow()


class Hosted:
    """An open case. `job` is what the client is asked to do, of which it knows what `tell` has named; made by `host`.

    `timed_out`: its time ran out.
    """

    server: Stand

    def __init__(self, plan: Plan, shop: Workshop, password: str, hear: Callable[[Event], None] | None) -> None:
        self._plan, self._shop, self._hear = plan, shop, hear
        job = make_job(plan.scenario, plan.client)
        self._player = Player(plan.scenario, job)
        self._redactor = Redactor(job.username, password, own_credentials=True)
        self._began = time.monotonic()
        self._window = shop.lag.open()
        self.recorder = Recorder(
            _Overheard(self._player, self._heard), self._redactor, time.monotonic_ns(), plan.scenario.server.window
        )
        self.timed_out = False

    def enter(self, server: Stand) -> None:
        """The case is played on *server* now."""
        self.server = server
        self._player.job = replace(self.job, port=server.port)

    @property
    def job(self) -> Job:
        return self._player.job

    @property
    def ca_file(self) -> Path:
        """What the client must trust; the file is gone with the workshop."""
        return self._shop.certificates.ca_file

    def tell(self, *names: str) -> None:
        """The client has been told these values of its job (as in `Job.told`), and is held to them from now on."""
        told = self.job.told | set(names)
        takes = "raw" if "message" in told else "composed" if told & {"subject", "body_file"} else "fixed"
        self._redactor.own_credentials = "password" not in told
        self._player.job = replace(self.job, told=told, takes=takes)

    async def stop(self, waited: float | None = None) -> None:
        """The case's time is up: what is open is ended.

        *waited*: the seconds that nothing had come for, where it was not the scenario's limit that ended it.
        """
        self.timed_out = True
        if waited is not None:
            self._plan = replace(self._plan, scenario=replace(self._plan.scenario, limit=waited))
        await self.server.stop("time is up")

    async def quiet(self) -> None:
        """Wait until every connection has ended, but no longer than a second: then they stay as they are."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET):
                await self.server.quiet()

    async def judge(self, reported: tuple[tuple[str, ...], ...] = ()) -> CaseResult:
        """What the case has come to. *reported* is as in `CaseResult`; empty: nobody knows what the client told.

        Who says `temporary` or `permanent` is taken to know the difference.
        """
        lag_ms = self._shop.lag.close(self._window)
        process = Process(None, timed_out=self.timed_out, duration_ms=(time.monotonic() - self._began) * 1000)
        tells_classes = any(word in ("temporary", "permanent") for words in reported for word in words)
        facts = Facts(reported, process, tells_classes, lag_ms)
        return await judged(self._plan, self.job, self.server, facts, self._shop)

    def next(self, plan: Plan, password: str) -> Hosted:
        """Open *plan*'s case in this one's place, on the same port. The server must be still."""
        made = Hosted(plan, self._shop, password, self._hear)
        self.server.begin(made.recorder)
        made.enter(self.server)
        return made

    # --- what has come so far

    @property
    def counts(self) -> bool:
        """Whether there is anything to judge: the client said something, or was given a reason to leave in silence.

        Else it was a look at the port, such as scanners take.
        """
        scripted = self._player.scripted
        return any(
            _said(event) or (event.side is Side.SERVER and event.seq in scripted) for event in self.server.events
        )

    @property
    def awaited(self) -> tuple[str, int, int] | None:
        """What the scenario still asks for: `connection` or `message`, which, and of how many; None: nothing.

        After trouble a client may stay away.
        """
        player, blocks, messages = self._player, self._plan.scenario.connections, len(self.job.messages)
        if player.trouble:
            return None
        played = {id(link.block) for link in player.links.values() if link.spoke}
        for number, block in enumerate(blocks, 1):
            if number >= min(len(player.links) + 1, len(blocks)) and not block.optional and id(block) not in played:
                return "connection", number, len(blocks)
        if 0 < len(player.accepted) < messages:  # `in one session or in two`
            return "message", len(player.accepted) + 1, messages
        return None

    def _heard(self, event: Event) -> None:
        if event.seq == 0:  # however late the loop was while nobody had come: that is not held against this case
            self._shop.lag.close(self._window)
            self._window = self._shop.lag.open()
        if self._hear is not None:
            self._hear(event)


def _said(event: Event) -> bool:
    """Whether the client did more than to open or to end a connection."""
    if event.kind is Kind.TLS_FAILED:
        return event.begun < event.at  # some octet of a handshake had come
    return event.side is Side.CLIENT and event.kind not in (Kind.OPEN, Kind.CLOSE)


@contextlib.asynccontextmanager
async def host(
    plan: Plan, shop: Workshop, password: str, port: int = 0, hear: Callable[[Event], None] | None = None
) -> AsyncIterator[Hosted]:
    """Open *plan*'s case on *port* (0: one that is free); *hear* is told of every event, secrets taken out.

    Raises OSError where *port* is taken.
    """
    hosted = Hosted(plan, shop, password, hear)
    server = Stand(hosted.recorder, shop.certificates, port)
    try:
        await server.start()
        hosted.enter(server)
        yield hosted
    finally:
        await server.close()


class _Overheard:
    """A player that somebody listens to."""

    def __init__(self, player: Player, hear: Callable[[Event], None]) -> None:
        self._player, self._hear = player, hear

    def feed(self, event: Event) -> tuple[Action, ...]:
        self._hear(event)
        return self._player.feed(event)

    def reading(self, connection: int) -> Reading:
        return self._player.reading(connection)
