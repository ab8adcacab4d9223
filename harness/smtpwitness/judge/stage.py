"""The stage that play moves on: the connections of a case, what stands written of them, and what is said on them.

It knows how to take a step, to write down a difference and to say a reply; what to do when is the player's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..model.finding import Verdict
from ..model.run import Job, Status
from ..model.scenario import Closing, Command, Connection, Delay, Leaf, Reply, Sasl, Scenario, Tls
from ..model.transcript import Event
from . import persona, speech
from .actions import Action, End, Say
from .cursor import Due, Steps, due, marks, required
from .grammar import HELLO, command, folded, mailbox, readable
from .matcher import Place
from .nearmiss import nearest
from .pattern import Values, verb
from .record import Difference, Record, shown, wanted
from .sasl import Exchange
from .session import GREETING, State

ONE_TRANSACTION = "RFC5321-4.5.4.1-i"
"""Recipients of one message share a transaction: a SHOULD. Who sends it to each of them alone breaks nothing else."""


@dataclass(slots=True)
class Link:
    """One connection as play sees it."""

    number: int
    block: Connection
    steps: Steps
    state: State = field(default_factory=State)
    asked: Event | None = None  # what the next reply answers
    said: list[tuple[str, Reply]] = field(default_factory=list)  # replies on their way
    replied_at: int = 0  # when the last reply left
    latest: int = 0  # when the last thing happened
    exchange: Exchange | None = None  # a SASL exchange that the persona plays
    handshake: Tls | None = None
    message: int = 0  # of the job, the one being sent
    again: bytes = b""  # a line that turned out to be content
    wanted_content: bool = False  # DATA was a step, so its content may be one
    apart: bool = False  # the open transaction names a recipient that an earlier one left out
    chunks: list[bytes] = field(default_factory=list)  # BDAT lines of the open transaction, with their octets
    answered: bool = False  # the content was answered before its end
    leaving: bool = False  # QUIT was answered: the connection ends when all is said
    closed: bool = False  # it has been told to end: nothing more is said
    spoke: bool = False  # the client said something
    gone: Event | None = None  # the client's end of it


class Stage:
    """One case's connections, rows and differences."""

    def __init__(self, scenario: Scenario, job: Job) -> None:
        self.scenario = scenario
        self.job = job
        self.record = Record()
        self.links: dict[int, Link] = {}
        self.trouble = any("declined" in words for message in scenario.outcome.good for words in message)
        self.lacking: str | None = None  # what the client lacks, if it left out a step that `needs` it
        self.scripted: set[int] = set()  # events that the script made the server do
        self.tries = [0] * len(job.messages)  # transactions that each message has been the one of
        self.accepted: set[int] = set()  # messages that were taken responsibility for
        self.apart: dict[str, None] = {}  # recipients that a transaction left out: they may get one of their own
        self.told_apart = False
        seed = b"".join(message.octets for message in job.messages) + scenario.name.encode()
        self.nonce = hashlib.sha256(seed).hexdigest()[:12].upper()

    # --- what is known

    def values(self, link: Link) -> Values:
        return Values(self.job, link.message, self.nonce)

    def open_messages(self) -> list[int]:
        """The messages of the job that may be sent next, the least tried first; all of them once all are accepted."""
        every = range(len(self.job.messages))
        left = [number for number in every if number not in self.accepted]
        return sorted(left or every, key=self.tries.__getitem__)

    def candidates(self, link: Link) -> tuple[str, ...]:
        """The recipients that `{recipient}` may stand for now: those of the message not named in this transaction."""
        if not link.state.recipients:
            return tuple(one for number in self.open_messages() for one in self.job.messages[number].recipients)
        named = {folded(one.mailbox) for one in link.state.recipients}
        return tuple(one for one in self.job.messages[link.message].recipients if folded(one) not in named)

    def unnamed(self, link: Link) -> bool | None:
        """Whether a recipient is still to be named. None: nobody knows, because the client has recipients of its own,
        or has named as many as there are, but not all of them.
        """
        named = len(link.state.recipients)
        if not named:
            return True
        if "recipients" not in self.job.told:
            return None
        if not self.candidates(link):
            return False
        return True if named < len(self.job.messages[link.message].recipients) else None

    def due(self, link: Link) -> list[Due]:
        return list(due(link.steps, self.unnamed(link)))

    def leaves(self, link: Link) -> list[Leaf]:
        return [one.leaf for one in self.due(link)]

    def first_due(self, link: Link, kind: type[Leaf]) -> Due | None:
        return next((one for one in self.due(link) if isinstance(one.leaf, kind)), None)

    def place(self, link: Link) -> Place:
        server = self.scenario.server
        return Place(link.steps, link.state, server, self.values(link), self.candidates(link), self.unnamed(link))

    # --- what is written down

    def client_row(self, link: Link, status: Status, expected: str, event: Event, text: str, leaf: Leaf | None) -> int:
        place = leaf.place if leaf else None
        return self.record.row(link.number, "client", status, expected, text, (event.seq,), place)

    def met(self, link: Link, found: Due, event: Event, text: str, status: Status = Status.MET) -> Leaf:
        """Take a step: its row, its marks, its time; with another *status*, a difference."""
        leaf = found.leaf
        assert not isinstance(leaf, Tls | Sasl), "a handshake and an exchange are no single thing that a client says"
        expected = wanted(leaf, self.values(link))
        row = self.client_row(link, status, expected, event, text, leaf)
        if status is Status.DIFFERENT:
            at_most = Verdict.NOTE if _names_itself(leaf, event) or self._chose(link, leaf, event) else Verdict.FAIL
            self.differ("different", leaf.covers, expected, text, event, row=row, near=expected, at_most=at_most)
        for mark in found.broken:
            self.differ("breaks", mark.requirement, expected, text, event, row=row)
        within = leaf.within
        waited = max(event.begun - link.latest, 0) / 1e9
        if within is not None and not within.least <= waited <= within.most:
            limits = f"{within.least:g} to {within.most:g} s"
            missed_by = max(within.least - waited, waited - within.most)
            self.differ("within", leaf.covers, limits, f"{waited:.1f} s", event, row=row, missed_by=missed_by)
        self.move(link, found.rest, event, row)
        return leaf

    def _chose(self, link: Link, leaf: Leaf, event: Event) -> bool:
        """Whether *event* logs in by another mechanism that was offered, and nobody told the client which to take."""
        if "auth" in self.job.told or not isinstance(leaf, Command) or verb(leaf.pattern) != "AUTH":
            return False
        return persona.mechanism_of(event.octets)[0] in link.state.keywords.get("AUTH", "").upper().split()

    def move(self, link: Link, steps: Steps, event: Event, row: int | None = None) -> None:
        """Go on from *steps*, past the marks in front of them."""
        passed, link.steps = marks(steps)
        for mark in passed:
            self.differ("breaks", mark.requirement, "", shown(event), event, row=row)

    def unwritten(self, link: Link, event: Event, status: Status) -> None:
        """Something came that is no step; before any trouble an EXTRA is a difference."""
        if status is Status.EXTRA and (self.trouble or self._for_another_recipient(link, event)):
            status = Status.ALLOWED
        row = self.client_row(link, status, "", event, shown(event), None)
        if status is Status.EXTRA:
            near = nearest(shown(event), [wanted(leaf, self.values(link)) for leaf in self.leaves(link)])
            self.differ("extra", None, near, shown(event), event, row=row, near=near)

    def _for_another_recipient(self, link: Link, event: Event) -> bool:
        """Whether a line belongs to a transaction for a recipient that an earlier one left out: see ONE_TRANSACTION."""
        line = command(event.octets)
        if line.verb == "MAIL":
            link.apart = False
            return bool(self.apart)
        if line.verb == "RCPT":
            mine = folded(mailbox(line.argument)[0])
            link.apart |= mine in self.apart
            return self.apart.pop(mine, "") is None
        return line.verb in ("DATA", "BDAT") and link.apart

    def missing(self, link: Link, leaves: tuple[Leaf, ...], event: Event) -> None:
        """Steps were left out to come to the one that *event* is: one difference, before any trouble."""
        for number, leaf in enumerate(leaves):
            text = wanted(leaf, self.values(link))
            status = Status.UNMET if self.trouble else Status.MISSING
            row = self.record.row(link.number, "client", status, text, place=leaf.place)
            self._lacks(leaf)
            if number == 0 and not self.trouble:
                further = isinstance(leaf, Command) and verb(leaf.pattern) == "RCPT" and bool(link.state.recipients)
                if further:
                    self._left_out(link, leaf.covers, text, event, row)
                else:
                    self.differ("missing", leaf.covers, text, shown(event), event, row=row)

    def _left_out(self, link: Link, covers: str | None, text: str, event: Event, row: int) -> None:
        """A transaction without all recipients: told once for the case, however many transactions there are."""
        self.apart |= dict.fromkeys(map(folded, self.candidates(link)))
        if not self.told_apart:
            self.told_apart = True
            self.differ("missing", covers or ONE_TRANSACTION, text, shown(event), event, row=row)

    def left(self, link: Link, event: Event | None) -> None:
        """The connection is over: what was still required is not met, and a difference before any trouble."""
        owed: list[tuple[Leaf, int]] = []
        for leaf in required(link.steps, self.unnamed(link)):
            row = self.record.row(
                link.number, "client", Status.UNMET, wanted(leaf, self.values(link)), place=leaf.place
            )
            self._lacks(leaf)
            if not is_closing(leaf):
                owed.append((leaf, row))
        if owed and not self.trouble:
            leaf, row = owed[0]
            self.differ("closed", leaf.covers, wanted(leaf, self.values(link)), "", event, row=row)
        link.steps = ()

    def _lacks(self, leaf: Leaf) -> None:
        if isinstance(leaf, Command) and leaf.needs:
            self.lacking = self.lacking or leaf.needs

    def differ(
        self,
        key: str,
        covers: str | None,
        expected: str,
        observed: str,
        event: Event | None,
        *,
        row: int | None = None,
        near: str = "",
        at_most: Verdict = Verdict.FAIL,
        missed_by: float | None = None,
    ) -> None:
        """Write down a difference, under *covers* or else under the first requirement of the scenario."""
        requirement = covers or next(iter(self.scenario.covers), None)
        events = () if event is None else (event.seq,)
        self.record.differences.append(
            Difference(f"dialogue/{key}", requirement, expected, observed, events, near, row, at_most, missed_by)
        )

    # --- what is said

    def say(self, link: Link, replies: Iterable[Reply], of: str, octets: bytes = b"") -> tuple[Action, ...]:
        """Say *replies* to a command *of* that verb, whose line was *octets*: BDAT is not understood without."""
        actions: list[Action] = []
        for reply in replies:
            if link.closed:
                break
            spoken = self._usual(link, of, octets, reply) if reply.usual else reply
            self.trouble |= spoken.is_trouble and not is_refusal(spoken)
            said = speech.octets(spoken, self.values(link))
            server = self.scenario.server
            usual_delay: Delay = server.greeting_delay if of == GREETING else server.reply_delay
            delay = usual_delay if spoken.delay is None else spoken.delay
            link.said.append((readable(said), spoken))
            actions.append(Say(speech.pieces(said, spoken), delay, spoken.gap))
            if spoken.then:
                link.closed = True
                actions.append(End(spoken.then))
        return tuple(actions)

    def _usual(self, link: Link, of: str, octets: bytes, reply: Reply) -> Reply:
        wants_auth = self.job.auth != "none"
        said = persona.usual(self.scenario.server, link.state, of, octets, wants_auth=wants_auth)
        return replace(
            said,
            delay=said.delay if reply.delay is None else reply.delay,
            split=reply.split or said.split,
            gap=reply.gap if reply.split else said.gap,
            times=reply.times * said.times,
            then=reply.then or said.then,
        )


def is_refusal(reply: Reply) -> bool:
    """Whether it is a refusal of the persona's own, which a client brings on itself, and nothing worse."""
    return reply.then is None and any(reply.lines == one.lines for one in persona.REFUSALS)


def _names_itself(leaf: Leaf, event: Event) -> bool:
    """Whether *event* is the hello that *leaf* asks for, under another name: adapters and hosts decide about that."""
    said = command(event.octets).verb
    return said in HELLO and isinstance(leaf, Command) and verb(leaf.pattern) == said


def is_closing(leaf: Leaf) -> bool:
    """Whether a step is about how the session ends: judged on an axis of its own, by rules that run in every case."""
    return isinstance(leaf, Closing) or (isinstance(leaf, Command) and verb(leaf.pattern) == "QUIT")
