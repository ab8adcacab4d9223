"""What the templates show, worked out: order, names of files, counts, findings with their words, rows with octets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..model.finding import SEVERITY, Finding, Verdict
from ..model.requirement import Requirement
from ..model.run import CaseResult, Row, Run, Status
from ..model.transcript import Event, Kind
from .aligned import aligned
from .folding import Fold, alike, folds, places
from .octets import Shown, show, show_text, visible
from .waits import Gap, gaps
from .words import Words

ROWS = 300  # of one case's dialogue, and of its transcript
FINDINGS = 50  # of one case
PASSED = (Verdict.PASS, Verdict.NOTE)


# --- a run ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A case, and the names of its page and of its client's, without the ending."""

    case: CaseResult
    slug: str
    client_slug: str


def slug(case: CaseResult) -> str:
    """A file name for *case* that every file system takes."""
    name = "--".join((case.name, case.client, case.server)).lower()
    return re.sub(r"[^a-z0-9-]+", "-", name).strip("-")[:120] or "case"


def client_slugs(names: Iterable[str]) -> dict[str, str]:
    """A file name for the page of each client."""
    bases = {name: re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "x" for name in sorted(names)}
    return dict(zip(bases, each_once(f"client-{base}" for base in bases.values()), strict=True))


def each_once(names: Iterable[str]) -> Iterator[str]:
    """*names*, numbered where one comes again: x, x-2, x-3."""
    used: Counter[str] = Counter()
    taken: set[str] = set()
    for base in names:
        name = base
        while name in taken:
            used[base] += 1
            name = f"{base}-{used[base] + 1}"
        taken.add(name)
        yield name


def ordered(run: Run) -> tuple[Entry, ...]:
    """The cases, the worst first and then by name, each with a file name of its own."""
    cases = sorted(run.cases, key=lambda case: (SEVERITY[case.verdict], case.name, case.client, case.server))
    clients = client_slugs({case.client for case in cases})
    return tuple(
        Entry(case, name, clients[case.client]) for case, name in zip(cases, each_once(map(slug, cases)), strict=True)
    )


def counts(cases: Iterable[CaseResult]) -> Counter[Verdict]:
    return Counter(case.verdict for case in cases)


def root_of(case: CaseResult) -> Finding | None:
    """The finding to mend first: the worst one of the root cause's rule."""
    found = [finding for finding in case.findings if finding.rule == case.root_cause]
    return min(found, key=lambda finding: SEVERITY[finding.verdict], default=None)


def first_to_mend(cases: Iterable[CaseResult]) -> Finding | None:
    """The root cause that most of the worst cases share; of equals, the first by case name. What is known can wait."""
    found = [
        (SEVERITY[case.verdict], finding)
        for case in sorted(cases, key=lambda case: case.name)
        if case.verdict in (Verdict.FAIL, Verdict.WARN) and not case.known and (finding := root_of(case))
    ]
    worst = [finding for rank, finding in found if rank == min(rank for rank, _ in found)]
    shared = Counter(finding.rule for finding in worst)
    return max(worst, key=lambda finding: shared[finding.rule], default=None)


def sentence(client: str, cases: Sequence[CaseResult], words: Words) -> str:
    """How *client* did, in one sentence."""
    passed = sum(case.verdict in PASSED for case in cases)
    values = {"client": client, "passed": passed, "total": len(cases)}
    finding = first_to_mend(cases)
    if finding:
        return words("index.mend", **values, what=words.finding(finding, "what"))
    return words("index.all" if passed == len(cases) else "index.some", **values)


def title_of(case: CaseResult, language: str) -> str:
    return case.title.get(language) or case.title.get("en") or case.name


def moment(started: str) -> str:
    """`2025-11-23T18:02:11.5+00:00` as `2025-11-23 18:02:11 UTC`."""
    return visible(started[:19].replace("T", " ")) + " UTC"


def requirement_of(run: Run, name: str | None) -> Requirement | None:
    return next((requirement for requirement in run.requirements if requirement.id == name), None)


# --- a case -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowView:
    """A row with what stands in its cells; `time` is the offset of its first event, "" for none.

    `status` is the row's in words, `gap` the time before it, `event` the number of its first event with octets, None
    for none.
    """

    number: int
    row: Row
    time: str
    status: str
    expected: Shown
    observed: Shown
    size: int
    findings: tuple[int, ...]
    gap: Gap | None = None
    event: int | None = None


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding in words, with its number on the page and the row that it is about."""

    number: int
    finding: Finding
    what: str
    why: str
    fix: str
    requirement: Requirement | None
    row: int | None
    octets: tuple[tuple[Event, Shown], ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one message for one recipient, and what the client said of it."""

    message: int
    recipient: str
    fate: str
    reported: str

    @property
    def agree(self) -> bool:
        """Whether the client told the truth. A refusal of one kind told as another is the judge's business."""
        good = "accepted"
        return (self.fate == good) == (self.reported == good)


def at(values: Sequence[Any], index: int, default: Any) -> Any:
    """The value at *index*; the last one stands for all that follow it."""
    return values[min(index, len(values) - 1)] if values else default


def offset(case: CaseResult, event: Event, words: Words) -> str:
    return words.time((event.begun - case.transcript[0].begun) / 1e6)


def row_of(case: CaseResult, finding: Finding) -> int | None:
    """The number of the row that *finding* is about: its step, else the first row with one of its events."""
    if finding.step is not None and 0 <= finding.step < len(case.steps):
        return finding.step
    rows = {seq: number for number, row in reversed(list(enumerate(case.steps))) for seq in row.events}
    return next((rows[seq] for seq in finding.events if seq in rows), None)


def finding_views(run: Run, case: CaseResult, words: Words) -> tuple[FindingView, ...]:
    """The root cause first, then the others from the worst to the best."""
    root = root_of(case)
    found = sorted(case.findings, key=lambda finding: (finding is not root, SEVERITY[finding.verdict]))
    events = {event.seq: event for event in case.transcript}
    views: list[FindingView] = []
    for number, finding in enumerate(found[:FINDINGS], 1):
        shown = [events[seq] for seq in finding.events if seq in events and events[seq].octets][:3]
        views.append(
            FindingView(
                number,
                finding,
                words.finding(finding, "what"),
                words.finding(finding, "why"),
                words.finding(finding, "fix"),
                requirement_of(run, finding.requirement),
                row_of(case, finding),
                tuple((event, show(event.octets, event.secrets, 4, 200)) for event in shown),
            )
        )
    return tuple(views)


def shown_rows(case: CaseResult, limit: int = ROWS) -> tuple[tuple[int | Fold, ...], int]:
    """The numbers of the dialogue's rows, repetitions folded, at most *limit*; and how many rows come after them."""
    found = tuple(places(len(case.steps), alike(case)))
    end = next((one.start if isinstance(one, Fold) else one for one in found[limit:]), len(case.steps))
    return found[:limit], len(case.steps) - end


def row_views(
    case: CaseResult, findings: Iterable[FindingView], words: Words, limit: int = ROWS
) -> tuple[tuple[RowView | Fold, ...], int]:
    """The dialogue's rows, and how many more there are (`shown_rows`).

    Octets come from the events, where secrets are still told apart.
    """
    events = {event.seq: event for event in case.transcript}
    remarks: dict[int, list[int]] = {}
    for view in findings:
        if view.row is not None:
            remarks.setdefault(view.row, []).append(view.number)
    paused = gaps(case.transcript)
    found, more = shown_rows(case, limit)
    rows = (
        place if isinstance(place, Fold) else row_view(case, place, events, remarks, paused, words) for place in found
    )
    return tuple(rows), more


def row_view(
    case: CaseResult,
    number: int,
    events: Mapping[int, Event],
    remarks: Mapping[int, Sequence[int]],
    paused: Mapping[int, Gap],
    words: Words,
) -> RowView:
    row = case.steps[number]
    mine = [events[seq] for seq in row.events if seq in events]
    spoken = [event for event in mine if event.octets]
    lines = 6 if any(event.kind is Kind.CONTENT for event in spoken) else 16
    shown = [show(event.octets, event.secrets, lines, 300) for event in spoken[:8]]
    observed = Shown(sum((part.lines for part in shown), ()), sum(part.more for part in shown) + len(spoken[8:]))
    expected = show_text(words.said("expected", row.expected), 16, 300)
    if row.status is Status.DIFFERENT and spoken and not any(event.kind is Kind.CONTENT for event in spoken):
        expected, observed = aligned(expected, observed)
    return RowView(
        number,
        row,
        offset(case, mine[0], words) if mine else "",
        words(f"status.{row.status}"),
        expected,
        observed if spoken else show_text(words.said("observed", row.observed), 16, 300),
        sum(len(event.octets) for event in spoken if event.kind is Kind.CONTENT),
        tuple(remarks.get(number, ())),
        paused.get(mine[0].seq) if mine else None,
        spoken[0].seq if spoken else None,
    )


def fates(case: CaseResult) -> tuple[Fate, ...]:
    """One line for each message and recipient of the job."""
    return tuple(
        Fate(
            number,
            recipient,
            at(at(case.fate, number, ()), place, "none"),
            at(at(case.reported, number, ()), place, "unknown"),
        )
        for number, message in enumerate(case.job.messages)
        for place, recipient in enumerate(message.recipients)
    )


def fate_views(case: CaseResult, limit: int = ROWS) -> tuple[tuple[Fate | tuple[Fate, ...], ...], int]:
    """The fates, those that are like their neighbours together, at most *limit*; and how many there are more."""
    found = fates(case)
    items = tuple(places(len(found), folds([(one.message, one.fate, one.reported) for one in found])))
    end = next((one.start if isinstance(one, Fold) else one for one in items[limit:]), len(found))
    shown = (found[one.start : one.end] if isinstance(one, Fold) else found[one] for one in items[:limit])
    return tuple(shown), len(found) - end
