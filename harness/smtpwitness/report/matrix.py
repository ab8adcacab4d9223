"""How each requirement came out with each client: the rows and cells of the page of requirements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..model.finding import SEVERITY, Verdict
from ..model.profile import PROFILES, SUBMISSION
from ..model.requirement import Requirement
from ..model.run import CaseResult, Run, Status
from .sarif import help_uri
from .standing import NOT_JUDGED
from .view import PASSED, ordered

CLIENTS = 12  # that have a column each; more of them fit on no screen
WORDED = 4  # clients whose cells have words beside their signs


@dataclass(frozen=True, slots=True)
class Cell:
    """How a client stands to a requirement: the worst that was found, `pass`, or None where no case could tell.

    `slug` is the page of a case with the worst finding ("": nothing was found).
    """

    client: str
    verdict: Verdict | None
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement, the address of its text, and a cell for each client."""

    requirement: Requirement
    address: str
    cells: tuple[Cell, ...] = ()

    @property
    def why(self) -> str:
        """The key of what is to be said of its proof: a server can see that it is broken, and no client that breaks it
        was shown to be found out under its own id. "" where one was.
        """
        one = self.requirement
        if not one.is_observable or one.caught:
            return ""
        return "requirements.argued" if one.argued else "requirements.unproven"

    @property
    def worst(self) -> Verdict | None:
        found = [cell.verdict for cell in self.cells if cell.verdict is not None]
        return min(found, key=SEVERITY.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The requirements of a run's profile: `covered` by a case or broken, `open` (by none), and `unseen` by any server.

    `more_clients` are those that have no column. `older`: the run does not say all that its cases cover.
    """

    clients: tuple[str, ...]
    more_clients: int
    covered: tuple[Line, ...]
    open: tuple[Line, ...]
    unseen: tuple[Line, ...]
    older: bool

    @property
    def counts(self) -> Counter[Verdict | None]:
        """How many of the covered rows came out how, at the worst."""
        return Counter(line.worst for line in self.covered)

    @property
    def total(self) -> int:
        return len(self.covered) + len(self.open) + len(self.unseen)


def touched(case: CaseResult) -> tuple[str, ...]:
    """What a case has something to say of. Runs that were stored by older versions know only what it covers."""
    return case.touches or case.covers


def tells(case: CaseResult) -> bool:
    """Whether a case that found nothing against a requirement shows that it was kept.

    A session that went wrong and broke off may never have come to it.
    """
    if case.verdict in (Verdict.ERROR, *NOT_JUDGED):
        return False
    return case.verdict in PASSED or all(row.status is not Status.UNMET for row in case.steps)


def _severity(cell: Cell) -> int:
    return SEVERITY[cell.verdict or Verdict.PASS]


@dataclass(slots=True)
class _Tally:
    """What the cases say, by client and requirement."""

    found: dict[tuple[str, str], Cell] = field(default_factory=dict)
    kept: set[tuple[str, str]] = field(default_factory=set)  # unless something was found against it
    named: set[str] = field(default_factory=set)

    def take(self, case: CaseResult, slug: str) -> None:
        names = touched(case)
        self.named.update(names)
        if tells(case):
            self.kept.update((case.client, name) for name in names)
        for finding in case.findings:
            now = Cell(case.client, finding.verdict, slug)
            for name in (finding.requirement or "", *finding.also):
                before = self.found.get((case.client, name))
                if before is None or _severity(now) < _severity(before):
                    self.found[case.client, name] = now
                    self.named.add(name)

    def cell(self, client: str, name: str) -> Cell:
        """The worst under the requirement of that name."""
        kept = Verdict.PASS if (client, name) in self.kept else None
        return self.found.get((client, name), Cell(client, kept))


def matrix(run: Run) -> Matrix:
    """The requirements on clients of the run's profile, those that came out worst first, else as in the catalogue."""
    tally = _Tally()
    for entry in ordered(run):
        tally.take(entry.case, entry.slug)
    everyone = sorted({case.client for case in run.cases})
    clients = tuple(everyone[:CLIENTS])
    profile = PROFILES.get(run.profile, SUBMISSION)
    rows = [one for one in run.requirements if profile.takes(one)]
    covered = [
        Line(one, help_uri(one), tuple(tally.cell(client, one.id) for client in clients))
        for one in rows
        if one.id in tally.named
    ]
    rest = [one for one in rows if one.id not in tally.named]
    return Matrix(
        clients,
        len(everyone) - len(clients),
        tuple(sorted(covered, key=_rank)),
        _plain(one for one in rest if one.is_observable),
        _plain(one for one in rest if not one.is_observable),
        older=any(case.covers and not case.touches for case in run.cases),
    )


def _rank(line: Line) -> int:
    return len(SEVERITY) if line.worst is None else SEVERITY[line.worst]


def _plain(requirements: Iterable[Requirement]) -> tuple[Line, ...]:
    return tuple(Line(one, help_uri(one)) for one in requirements)
