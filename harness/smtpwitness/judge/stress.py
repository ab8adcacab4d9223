"""Metamorphic runs: the same replies, cut and timed otherwise, must get the same conversation out of a client.

TCP has no borders (RFC 9293, 3.9.1.2): how octets are cut on their way says nothing, and neither does a little delay.
A plain run is the measure. Each further one changes in one way how replies are sent, from a seed; what the client then
says otherwise than before is a finding. Pure: who runs the client is `runner`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from random import Random
from typing import Literal
from zlib import crc32

from ..model.finding import SEVERITY, Finding, Verdict, worst
from ..model.profile import SUBMISSION, Profile
from ..model.requirement import Requirement
from ..model.run import CaseResult, Stress
from ..model.scenario import (
    Command,
    Message,
    Never,
    Reply,
    Sasl,
    Scenario,
    Step,
    Tls,
)
from ..model.transcript import Event, Kind
from .actions import Action, Reading, Say
from .case import Judgement
from .grammar import command, mailbox
from .player import Player
from .rootcause import root_cause
from .session import GREETING, MESSAGE, SASL, Exchange, exchanges
from .verdicts import grade

RULE = "stress/differs"

Way = Literal["slow", "split", "drip", "together"]
WAYS: tuple[Way, ...] = ("slow", "split", "drip", "together")
"""The ways in which replies are sent otherwise, in the order in which they are tried.

`slow` is first: a client that cannot wait is not to be blamed for reading wrongly.
"""

SLOW, SLOWED = 0.45, 6
"""Seconds that each of the first so many replies of a connection is later: no client may mind (RFC 5321, 4.5.3.2)."""

OF_TIMEOUT = 0.25
"""The part of the client's own time-out that a delay may take at most."""

GAP = 0.02
DRIP_GAP, DRIPPED_HEAD, DRIPPED_TAIL = 0.002, 24, 8
"""Seconds between two octets, and how many of a reply's come alone: its code, and its end."""

REQUIREMENT: Mapping[Way, str] = {
    "split": "RFC5321-4.2.1-d",
    "drip": "RFC5321-4.2.1-d",
    "together": "RFC2920-3.1-k",
}
PATIENCE: Mapping[str, str] = {
    GREETING: "RFC5321-4.5.3.2.1-a",
    "MAIL": "RFC5321-4.5.3.2.2-a",
    "RCPT": "RFC5321-4.5.3.2.3-a",
    "DATA": "RFC5321-4.5.3.2.4-a",
    MESSAGE: "RFC5321-4.5.3.2.6-a",
}
"""What asks for patience with the reply to each. RFC 5321, 4.5.3.2 names no other, so there it is only a note."""

UNJUDGED = frozenset({Verdict.ERROR, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE})
LATE_MS, TRIES = 250.0, 5
"""The harness's own lateness, in milliseconds, from which on a difference is no proof; how often to look for one."""

EARLY = frozenset({"early-talker", "sent-before-reply"})


# --- how replies are sent -----------------------------------------------------------------------------------------


class Stressed:
    """A player whose replies are sent in another *way*. What they say, and what is answered to what, stays."""

    def __init__(self, player: Player, way: Way, seed: str) -> None:
        self._player, self._way, self._seed = player, way, seed
        self._said: dict[int, int] = {}
        self._slow = min(SLOW, player.job.timeout * OF_TIMEOUT)

    def reading(self, connection: int) -> Reading:
        """As the player has it."""
        return self._player.reading(connection)

    def feed(self, event: Event) -> tuple[Action, ...]:
        """What the player does about *event*, its replies sent otherwise."""
        actions = self._player.feed(event)
        return tuple(self._sent(event.connection, one) if isinstance(one, Say) else one for one in actions)

    def _sent(self, connection: int, say: Say) -> Say:
        number = self._said[connection] = self._said.get(connection, 0) + 1
        octets = say.octets
        if len(octets) < 2:
            return say
        match self._way:
            case "slow":
                if say.delay == "quiet" or number > SLOWED:
                    return say
                return replace(say, delay=say.delay + self._slow)
            case "split":
                random = Random(f"{self._seed} {connection} {number}")  # noqa: S311 - to be repeated, not secret
                return replace(say, pieces=_cut(octets, random), gap=GAP)
            case "drip":
                return replace(say, pieces=_dripped(octets), gap=DRIP_GAP)
            case _:
                return replace(say, held=True)


def _cut(octets: bytes, random: Random) -> tuple[bytes, ...]:
    """*octets* in two to four pieces."""
    places = sorted(random.sample(range(1, len(octets)), min(random.randint(1, 3), len(octets) - 1)))
    return tuple(octets[a:b] for a, b in zip((0, *places), (*places, len(octets)), strict=True))


def _dripped(octets: bytes) -> tuple[bytes, ...]:
    """*octets* one by one, but the middle of a long reply in one piece."""
    head, rest = octets[:DRIPPED_HEAD], octets[DRIPPED_HEAD:]
    middle, tail = rest[:-DRIPPED_TAIL], rest[-DRIPPED_TAIL:]
    pieces = (*(head[i : i + 1] for i in range(len(head))), middle, *(tail[i : i + 1] for i in range(len(tail))))
    return tuple(piece for piece in pieces if piece)


# --- what is stressed ---------------------------------------------------------------------------------------------


def rounds(stress: Stress, case: CaseResult) -> Iterator[tuple[Way, str]]:
    """The ways in which *case* is to be run again, each with its seed."""
    batches = any(one.after.offers("PIPELINING") for one in exchanges(case.transcript))
    for number in range(stress.times):
        way = WAYS[number % len(WAYS)]
        if way != "together" or batches:  # else nobody may send two commands at once
            yield way, f"{stress.seed} {case.name} {number}"


def may_be_stressed(scenario: Scenario, case: CaseResult) -> bool:
    """Whether replies may be sent otherwise: not where the scenario itself is about time, borders or broken replies."""
    if case.exchange in UNJUDGED or case.process.timed_out:
        return False
    blocks = scenario.connections
    said = (*(one.head for one in blocks), *((one,) for one in scenario.server.replies.values()))
    return not any(map(_is_own, said)) and not any(map(_minds, scenario.steps))


def _minds(step: Step) -> bool:
    match step:
        case Command():
            return step.within is not None or _is_own(step.replies)
        case Message():
            return step.within is not None or step.first is not None or _is_own(step.replies)
        case Never():
            return _is_own((step.reply,))
        case Sasl():
            return _is_own(step.replies)
        case Tls():
            return step.fail is not None
        case _:
            return getattr(step, "within", None) is not None


def _is_own(replies: Sequence[Reply]) -> bool:
    """Whether what is said to one command has a timing or borders of its own, or is more or less than one reply."""
    return len(replies) > 1 or any(
        one.raw is not None or one.delay is not None or one.split is not None or one.then is not None or one.times != 1
        for one in replies
    )


# --- what the client said -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the client did, without what may be another each time; `event` is None for how it ended.

    `verb` is as in `Exchange`, "" for what is none.
    """

    text: str
    verb: str = ""
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two conversations part. `after` is the verb whose reply came before it."""

    plain: Said
    stressed: Said
    after: str


def conversation(case: CaseResult) -> tuple[tuple[Said, ...], ...]:
    """What the client said, connection by connection, and what it told its user in the end."""
    early = {one.events[0] for one in case.findings if one.rule in EARLY and one.events}
    said: dict[int, list[tuple[int, Said]]] = {}
    for exchange in exchanges(case.transcript):
        if exchange.event.kind is not Kind.OPEN:
            seq = exchange.event.seq
            text = _text(exchange) + (" (before the reply)" if seq in early else "")
            said.setdefault(exchange.connection, []).append((seq, Said(text, exchange.verb, seq)))
    for event in case.transcript:
        if event.kind in (Kind.TLS, Kind.TLS_FAILED):
            text = "(TLS)" if event.kind is Kind.TLS else "(no TLS)"
            said.setdefault(event.connection, []).append((event.seq, Said(text, "TLS", event.seq)))
    told = ", ".join(word for message in case.reported for word in message)
    many = [tuple(one for _, one in sorted(said[number], key=lambda pair: pair[0])) for number in sorted(said)]
    return (*many, (Said(f"(told: {told})"),))


def difference(plain: CaseResult, stressed: CaseResult) -> Difference | None:
    """Where *stressed* first goes otherwise than *plain*. In which order connections were made says nothing."""
    one, other = conversation(plain), conversation(stressed)
    if sorted(map(_texts, one)) == sorted(map(_texts, other)):
        return None
    pairs = (*zip_longest(one[:-1], other[:-1], fillvalue=()), (one[-1], other[-1]))
    mine, its = next((a, b) for a, b in pairs if _texts(a) != _texts(b))
    both = list(zip_longest(mine, its, fillvalue=Said("(end)")))
    place = next(at for at, (a, b) in enumerate(both) if a.text != b.text)
    return Difference(*both[place], after=mine[place - 1].verb if place else GREETING)


def _texts(many: Iterable[Said]) -> tuple[str, ...]:
    return tuple(one.text for one in many)


def _text(exchange: Exchange) -> str:
    """A line or content: what it is and asks for, not the name, date, nonce or identifier that it bears."""
    if exchange.verb == MESSAGE:
        return _content(exchange.event.octets)
    if exchange.verb == SASL:
        return "(SASL response)"
    line = command(exchange.event.octets)
    match exchange.verb:
        case "MAIL" | "RCPT":
            path, parameters = mailbox(line.argument)
            return " ".join((exchange.verb, f"<{path}>", *sorted(map(_parameter, parameters.split()))))
        case "AUTH":
            return f"AUTH {line.argument.split(' ')[0].upper()}"
        case "BDAT":
            return f"BDAT{' LAST' if line.argument.upper().endswith(' LAST') else ''}"
        case verb:
            return verb or "(no command)"


def _parameter(word: str) -> str:
    """A parameter of MAIL or RCPT; of those whose value may be another each time the keyword alone."""
    keyword, equals, value = word.upper().partition("=")
    return keyword if keyword in ("SIZE", "ENVID", "HOLDUNTIL", "AUTH") else keyword + equals + value


BOUNDARY = re.compile(rb"boundary=\"?([^\"\r\n;]{1,70})", re.IGNORECASE)
FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)


def _content(octets: bytes) -> str:
    """Names of the header's fields, octets and lines of the body: boundaries, dates and identifiers stay out."""
    header, _, body = octets.partition(b"\r\n\r\n")
    for boundary in BOUNDARY.findall(header):
        body = body.replace(boundary, b"-")
    names = b" ".join(name.lower() for name in FIELD.findall(header)).decode("latin-1")
    return f"(message: {names[:200]}; body of {len(body)} octets, {crc32(body):08x})"


# --- what is found ------------------------------------------------------------------------------------------------


def finding(
    different: Difference,
    way: Way,
    stress: Stress,
    case: CaseResult,
    requirements: Mapping[str, Requirement],
    profile: Profile = SUBMISSION,
) -> Finding:
    """A difference as a finding about *case*, the plain run."""
    name = REQUIREMENT.get(way) or PATIENCE.get(different.after, "")
    requirement = requirements.get(name)
    repeat = f"smtpwitness run '{case.name}' --client '{case.client}' --stress {stress.times} --seed {stress.seed}"
    return Finding(
        rule=RULE,
        key=f"{RULE}.{way}",
        verdict=grade(requirement, profile=profile),
        requirement=requirement.id if requirement else None,
        level=requirement.level if requirement else "",
        expected=different.plain.text,
        observed=different.stressed.text,
        facts=(
            ("expected", different.plain.text),
            ("observed", different.stressed.text),
            ("seed", str(stress.seed)),
            ("command", repeat),
        ),
        events=() if different.plain.event is None else (different.plain.event,),
    )


def kept(judgement: Judgement, findings: Iterable[Finding]) -> Judgement:
    """*judgement* with those of *findings* that stress has brought: no transcript but a stressed one shows them."""
    mine = [one for one in findings if one.rule == RULE]
    if not mine:
        return judgement
    every = sorted((*judgement.findings, *mine), key=lambda one: SEVERITY[one.verdict])
    cause = root_cause(every)
    return replace(
        judgement,
        exchange=worst((judgement.exchange, *(one.verdict for one in mine))),
        findings=tuple(every),
        root_cause=cause.rule if cause else None,
    )
