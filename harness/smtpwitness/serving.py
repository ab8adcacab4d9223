"""`smtpwitness serve`: plays one scenario for clients that somebody starts by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from types import MappingProxyType

from .files import suites
from .files.bundled import scenarios_root
from .files.problems import Problem, ScenarioError
from .files.scenarios import Sources
from .hosting import Hosted, host
from .judge.rules import RULE_IDS
from .model.run import CaseResult, Client
from .model.scenario import Place, Scenario
from .model.transcript import Event, Kind
from .narrator import Screen
from .runner import Plan, Workshop, workshop

GRACE = 1.0
"""Seconds after the end of a connection in which another one belongs to the same session."""

QUIET = 5.0
"""Seconds of silence after which the screen says who waits for whom."""

POLL = 0.5
"""Seconds between two looks at the scenario's files."""

NAMES = 20  # told where one is to be chosen

HELD = ("sender", "recipients", "username")
"""Values on the screen that a client is held to where it is asked for. The password is not shown, the subject is
judged of those alone who compose a whole message of what they are told."""


class PortTaken(Exception):
    """Nothing can be served on the port that was asked for."""


# --- the scenario -------------------------------------------------------------------------------------------------


class Script:
    """The one scenario that *selector* names, as it was when its files could last be read.

    Raises `ScenarioError` where it names none, several, or one with mistakes.
    """

    def __init__(self, selector: str) -> None:
        self._selector = selector
        self.scenario, self._sources = _only(selector)
        self._wrong: Sequence[Problem] = ()

    def again(self) -> None:
        """Read it again if one of its files has changed on disk; else `scenario` stays the same object.

        Raises `ScenarioError` for mistakes, once: then the scenario stays what it was.
        """
        if not self._wrong and self._now() == self._sources.texts:
            return
        try:
            self.scenario, self._sources = _only(self._selector)
        except ScenarioError as error:
            told, self._wrong = self._wrong, error.problems
            if error.problems != told:
                raise
        else:
            self._wrong = ()

    def _now(self) -> Mapping[str, str]:
        """What stands in its files. They are small, and a text says more than the time of its file."""
        fresh = Sources(scenarios_root())
        try:
            return {path: fresh.read(path) for path in self._sources.texts}
        except ScenarioError:  # one of them is gone, or is no text now
            return {}


def _only(selector: str) -> tuple[Scenario, Sources]:
    suite = suites.select((selector,), frozenset(suites.catalogue()), RULE_IDS)
    if len(suite.scenarios) != 1:
        names = [repr(one.name) for one in suite.scenarios]
        some = ", ".join(names[:NAMES]) + (", ..." if len(names) > NAMES else "")
        message = f"{selector!r} is {len(names)} scenarios, and one can be played; which of {some}?"
        raise ScenarioError((Problem(Place("SELECTOR", 1, 1), message),))
    if suite.scenarios[0].dns:
        message = f"in {selector!r} the client asks a name server, which it meets in the box of `smtpwitness run` alone"
        raise ScenarioError((Problem(Place("SELECTOR", 1, 1), message),))
    return suite.scenarios[0], suite.sources


# --- the sessions -------------------------------------------------------------------------------------------------


async def serve(
    script: Script, port: int, screen: Screen, *, once: bool, watch: bool, held: bool = False
) -> CaseResult | None:
    """Play *script* again and again on *port* (0: one that is free); with *once*, once.

    With *held* the client must use the values that are shown. Returns the case that it ended with; None if Ctrl-C
    came while nobody was connected. Raises `PortTaken`.
    """
    async with workshop(suites.catalogue()) as shop, AsyncExitStack() as stack:
        serving = _Serving(script, screen, shop, watch, HELD if held else ())
        plan = serving.plan(1)
        try:
            hosted = host(plan, shop, shop.password(plan.scenario), port, serving.hear)
            serving.hosted = await stack.enter_async_context(hosted)
        except OSError as error:
            raise PortTaken(f"cannot listen on port {port}: {error.strerror or error}") from error
        return await serving.sessions(once)


class _Serving:
    """Sessions, one after another; `hosted` is the one that is open."""

    hosted: Hosted

    def __init__(self, script: Script, screen: Screen, shop: Workshop, watch: bool, held: Sequence[str]) -> None:
        self._script, self._screen, self._shop, self._watch, self._held = script, screen, shop, watch, held
        self._number, self._interrupted = 1, False
        self._shown: Scenario | None = None  # the scenario that the screen has introduced
        self._came = asyncio.Event()  # a connection has come
        self._latest: dict[int, Event] = {}  # of each connection that is open
        self._timer: asyncio.TimerHandle | None = None

    def plan(self, number: int) -> Plan:
        """The case of a session. Nobody tells a person in a debugger how long he has: slowness is only noted."""
        scenario, says = self._script.scenario, self._screen.says
        allow = {"silence": says.here("patient"), "dialogue/within": says.here("patient"), **scenario.allow}
        patient = replace(scenario, allow=MappingProxyType(allow))
        return Plan(patient, Client(says.here("session", number=number), (), takes="fixed"))

    def hear(self, event: Event) -> None:
        """Something happened in the open session."""
        self._screen.event(event)
        self._latest[event.connection] = event
        if event.kind is Kind.CLOSE and event.note not in ("stall", "half-close"):
            del self._latest[event.connection]
        if event.kind is Kind.OPEN:
            self._came.set()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(QUIET, self._quiet)

    async def sessions(self, once: bool) -> CaseResult | None:
        self._enter()
        while True:
            self._screen.waiting(self._number)
            case = await self._session()
            if case is None:
                return None
            self._screen.verdict(case)
            if once or self._interrupted:
                return case
            self._number += 1
            self._reread()
            self._anew()

    async def _session(self) -> CaseResult | None:
        """Play one session and judge it. Ctrl-C cancels the task that this is in: what there is is judged."""
        try:
            return await self._played()
        except asyncio.CancelledError:
            self._interrupted = True
        events, server = self.hosted.server.events, self.hosted.server
        if not events:
            return None
        self._screen.interrupted()
        if not server.still:
            await self.hosted.stop(round((self.hosted.recorder.now() - events[-1].at) / 1e9, 1))
        return await self.hosted.judge()

    async def _played(self) -> CaseResult:
        while True:
            await self._over()
            before = self.hosted.server.accepted
            case = await self.hosted.judge()
            if self.hosted.server.still and self.hosted.server.accepted == before:
                return case  # else somebody connected while it was judged, and belongs to it

    async def _over(self) -> None:
        """Wait until a session is over: all that it needs has come, every connection has ended, and none follows."""
        await self._arrival()
        while True:
            await self.hosted.server.quiet()
            self._came.clear()
            if not self.hosted.server.still:
                continue
            if not self.hosted.counts:
                self._screen.remark("uncounted")
                self._anew()
                await self._arrival()
            elif awaited := self.hosted.awaited:
                what, number, count = awaited
                self._screen.remark(f"await.{what}", number=number, count=count)
                await self._comes()
            elif not await self._comes(GRACE):
                return

    async def _arrival(self) -> None:
        """Wait for the first connection; meanwhile a scenario that changes on disk takes the other's place."""
        while not await self._comes(POLL if self._watch else None):
            self._reread()
            if self._script.scenario is not self._shown and not self.hosted.server.accepted:
                self._anew()
                self._screen.waiting(self._number)

    async def _comes(self, seconds: float | None = None) -> bool:
        """Whether a connection comes within *seconds*."""
        try:
            async with asyncio.timeout(seconds):
                await self._came.wait()
        except TimeoutError:
            return False
        return True

    # --- from one case to the next

    def _reread(self) -> None:
        try:
            if self._watch:
                self._script.again()
        except ScenarioError as error:
            self._screen.mistakes(error.problems)

    def _anew(self) -> None:
        """Open another case. The server is still."""
        plan = self.plan(self._number)
        self.hosted = self.hosted.next(plan, self._shop.password(plan.scenario))
        self._enter()

    def _enter(self) -> None:
        self._latest.clear()
        self.hosted.tell(*self._held)
        scenario = self._script.scenario
        self._screen.begin(numbered=len(scenario.connections) > 1)
        if scenario is self._shown:
            return
        if self._shown is not None:
            self._screen.remark("changed")
        self._screen.introduce(self.hosted, scenario)
        self._shown = scenario

    def _quiet(self) -> None:
        """Nothing has happened for a while: say who waits for whom."""
        now = self.hosted.recorder.now()
        for event in self._latest.values():
            self._screen.quiet(f"quiet.{_turn(event, self.hosted)}", event, now)


def _turn(event: Event, hosted: Hosted) -> str:
    """Whose turn it is after *event*."""
    match event.kind:
        case Kind.OPEN if hosted.server.events[event.seq].note == "implicit":
            return "handshake"
        case Kind.REPLY if event.octets.startswith(b"354"):
            return "content"
        case Kind.REPLY if event.octets:
            return "client"
        case Kind.TLS | Kind.PARTIAL:
            return "client"
        case Kind.CLOSE:
            return "over"
        case _:
            return "server"
