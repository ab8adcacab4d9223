"""A scenario on the fake server and on real relays, side by side: verdicts, replies step by step, what differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from ..judge.grammar import readable
from ..judge.session import Exchange, exchanges
from ..model.finding import Verdict
from ..model.run import CaseResult, Run
from .octets import visible
from .view import PASSED, Entry, ordered

STEPS = 40  # of a case that stand side by side
WIDTH = 32  # characters of a reply that are shown there
SERVERS = 12  # beside each other
DIFFERENCES = 100  # that the page of relays lists
PLAYED = (Verdict.PASS, Verdict.NOTE, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE)
"""With one of these a case says how its client got on with its server."""

CODES = re.compile(r"([0-9]{3})(?:[ -][245]\.[0-9]{1,3}\.[0-9]{1,3})?")
"""What begins a reply: its code and its enhanced code (RFC 2034, 3)."""

Group = tuple[Entry, ...]
"""The cases of one client in one scenario, the fake's first and then the relays' by name."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the client said, by its verb, and what each server answered; "" where nothing was asked or said.

    The first server's answer is in its words; another's only where its code is another: else code and enhanced code.
    """

    verb: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a relay did otherwise than the fake: `what`, a key of the texts; `argued` is why it may (relay's file)."""

    entry: Entry
    what: str
    fake: str
    relay: str
    argued: str


@dataclass(frozen=True, slots=True)
class Shared:
    """One difference with all clients that met it."""

    first: Difference
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How the cases on one relay came out; `same` of the messages that were read back in `back` mailboxes."""

    relay: str
    counts: Mapping[Verdict, int]
    back: int
    same: int


def groups(entries: Iterable[Entry]) -> dict[tuple[str, str, str], Group]:
    """What stands side by side, by scenario, client and the scenario's file: where the fake and a relay were asked."""
    found: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        case = entry.case
        found.setdefault((case.name, case.client, case.place.file), []).append(entry)
    return {
        key: tuple(sorted(rows, key=lambda one: (one.case.relay, one.slug)))[:SERVERS]
        for key, rows in sorted(found.items())
        if any(one.case.relay and one.case.exchange in (*PLAYED, Verdict.ERROR) for one in rows)
        and any(not one.case.relay for one in rows)
    }


def companions(entries: Iterable[Entry]) -> dict[str, Group]:
    """For each case that was played on several servers, by its page's name: it and the others."""
    spoken = [tuple(one for one in group if one.case.transcript) for group in groups(entries).values()]
    return {entry.slug: group for group in spoken if len(group) > 1 for entry in group}


def steps(cases: Sequence[CaseResult]) -> tuple[Step, ...]:
    """The sessions of *cases* beside each other, step by step, where their clients asked the same."""
    verbs: list[str] = []
    columns: list[dict[int, str]] = []
    for case in cases:
        mine = exchanges(case.transcript)
        places = _places(verbs, [one.verb for one in mine], columns)
        columns.append({place: _answers(one) for place, one in zip(places, mine, strict=True)})
    rows = [Step(verb, _told([column.get(place, "") for column in columns])) for place, verb in enumerate(verbs)]
    return tuple(rows[:STEPS])


def _told(said: Sequence[str]) -> tuple[str, ...]:
    codes = [CODES.match(one) for one in said]
    first = codes[0][1] if codes and codes[0] else ""
    others = (code[0] if code and code[1] == first else one for code, one in zip(codes[1:], said[1:], strict=True))
    return (*said[:1], *others)


def _places(verbs: list[str], mine: list[str], columns: list[dict[int, str]]) -> list[int]:
    """Where each of *mine* stands among *verbs*; what is new there is put in, and the *columns* are moved along."""
    places: list[int] = []
    shift = 0
    for tag, start, end, at, until in SequenceMatcher(None, list(verbs), mine, autojunk=False).get_opcodes():
        if tag == "equal":
            places += range(start + shift, end + shift)
        elif until > at:
            place, count = end + shift, until - at
            verbs[place:place] = mine[at:until]
            for column in columns:
                moved = {(old + count if old >= place else old): said for old, said in column.items()}
                column.clear()
                column.update(moved)
            places += range(place, place + count)
            shift += count
    return places


def _answers(one: Exchange) -> str:
    """The first lines of its replies."""
    return " / ".join(visible(readable(reply.octets), WIDTH) for reply in one.replies)


def differences(entries: Iterable[Entry]) -> tuple[Difference, ...]:
    """Everything in which a relay did otherwise than the fake in the same scenario to the same client."""
    return tuple(one for group in groups(entries).values() for one in _in_group(group))


def shared(found: Iterable[Difference]) -> tuple[Shared, ...]:
    """*found*, what several clients met told once."""
    rows: dict[tuple[str, ...], list[Difference]] = {}
    for one in found:
        case = one.entry.case
        rows.setdefault((case.name, case.place.file, case.relay, one.what, one.fake, one.relay), []).append(one)
    return tuple(Shared(same[0], tuple(one.entry for one in same)) for same in rows.values())


def _in_group(group: Group) -> Iterator[Difference]:
    fake = group[0].case
    for entry in group:
        case = entry.case
        if not case.relay or Verdict.NOT_APPLICABLE in (fake.exchange, case.exchange):
            continue
        for what, expected, observed in _pair(fake, case):
            yield Difference(entry, what, expected, observed, case.argued)


def _pair(fake: CaseResult, case: CaseResult) -> Iterator[tuple[str, str, str]]:
    """What differs between two cases: a key of the texts, and what it was on each."""
    mine = exchanges(case.transcript)
    if case.job.auth != fake.job.auth:  # a login that only the relay wants
        mine = tuple(one for one in mine if one.verb not in ("AUTH", "sasl"))
    for one, other in zip_longest(exchanges(fake.transcript), mine):
        if one is None or other is None or (one.verb, one.code) != (other.verb, other.code):
            yield "beside.reply", _said(one), _said(other)
            break  # what comes after comes of this
    if fake.verdict is not case.verdict and not {fake.verdict, case.verdict} <= set(PASSED):
        yield "beside.verdict", str(fake.verdict), str(case.verdict)
    if fake.fate != case.fate and case.exchange in PLAYED:
        yield "beside.fate", _words(fake.fate), _words(case.fate)
    for text in dict.fromkeys(one.difference for one in case.delivered if not one.same):
        yield "beside.message", "", text


def _said(one: Exchange | None) -> str:
    return "" if one is None else f"{one.verb}: {_answers(one)}"


def _words(fate: tuple[tuple[str, ...], ...]) -> str:
    return "; ".join(", ".join(message) for message in fate)


def tallies(run: Run) -> tuple[Tally, ...]:
    """How the cases on each relay came out."""
    found: dict[str, list[CaseResult]] = {}
    for case in run.cases:
        if case.relay:
            found.setdefault(case.relay, []).append(case)
    return tuple(
        Tally(
            name,
            Counter(case.verdict for case in cases),
            sum(len(case.delivered) for case in cases),
            sum(one.same for case in cases for one in case.delivered),
        )
        for name, cases in sorted(found.items())
    )


def has_relays(run: Run) -> bool:
    return any(case.relay for case in run.cases)


@dataclass(frozen=True, slots=True)
class Line:
    """A scenario, and for each server the cases of all clients."""

    name: str
    case: CaseResult
    cells: tuple[tuple[Entry, ...], ...]


def lines(entries: Iterable[Entry], servers: Sequence[str]) -> tuple[Line, ...]:
    """A line for each scenario that a relay was asked to play; the *servers* are "" (the fake) and relays."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for (name, _, file), group in groups(entries).items():
        found.setdefault((name, file), []).extend(group)
    return tuple(
        Line(name, rows[0].case, tuple(tuple(one for one in rows if one.case.relay == server) for server in servers))
        for (name, _), rows in found.items()
    )


def side_by_side(run: Run) -> dict[str, object]:
    """What the page of relays shows."""
    entries = ordered(run)
    relays = tallies(run)
    servers = ("", *(one.relay for one in relays))[:SERVERS]
    found = differences(entries)
    told = shared(found)
    return {
        "tallies": relays,
        "servers_beside": servers,
        "lines": lines(entries, servers),
        "differences": told[:DIFFERENCES],
        "more_differences": max(0, len(told) - DIFFERENCES),
        "argued": sum(bool(one.argued) for one in found),
        "total": len(found),
    }
