"""What `smtpwitness run` shows on the terminal: a live line while it works, a table at its end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .model.finding import SEVERITY, Verdict
from .model.run import CaseResult
from .model.texts import say
from .report.view import root_of

COLOURS = {
    Verdict.ERROR: "bold magenta",
    Verdict.FAIL: "bold red",
    Verdict.WARN: "yellow",
    Verdict.INCONCLUSIVE: "cyan",
    Verdict.UNSUPPORTED: "dim",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.NOTE: "blue",
    Verdict.PASS: "green",
}
TOLD = (Verdict.ERROR, Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE)
"""Verdicts whose cases are named one by one; the others are counted."""

LONGEST = 40
"""Cases named one by one: the report has the rest."""


class Live:
    """The live line, on standard error and only on a terminal."""

    def __init__(self, total: int) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[last]}", markup=False),
            console=console,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task: TaskID = self._progress.add_task("running", total=total, last="")
        self._counts: Counter[Verdict] = Counter()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def done(self, case: CaseResult) -> None:
        """A case has ended."""
        self._counts[case.verdict] += 1
        bad = ", ".join(f"{self._counts[one]} {one}" for one in TOLD if self._counts[one])
        self._progress.update(self._task, advance=1, last=f"{bad}  {case.name}"[:70])


def table(cases: Sequence[CaseResult]) -> Table:
    """One line for each client: how many cases of each verdict."""
    present = [verdict for verdict in Verdict if any(case.verdict is verdict for case in cases)]
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("client")
    for verdict in present:
        made.add_column(str(verdict), justify="right", style=COLOURS[verdict])
    made.add_column("cases", justify="right")
    for client in dict.fromkeys(case.client for case in cases):
        mine = [case for case in cases if case.client == client]
        counts = Counter(case.verdict for case in mine)
        made.add_row(client, *(str(counts[one] or "·") for one in present), str(len(mine)))
    return made


def complaint(case: CaseResult, language: str) -> Text:
    """What went wrong in one case, and what to look at first."""
    text = Text()
    text.append(f"{case.verdict:<12}", style=COLOURS[case.verdict])
    text.append(f" {case.name}", style="bold")
    text.append(f"  {case.client}\n", style="dim")
    finding = root_of(case)
    if finding is None:
        text.append(f"             {case.reason}\n" if case.reason else "")
        return text
    requirement = f" ({finding.requirement})" if finding.requirement else ""
    words = say(f"{finding.key}.what", language, **dict(finding.facts))
    text.append(f"             {printable(words)}{requirement}\n")
    if finding.expected or finding.observed:
        text.append(f"             expected {printable(finding.expected) or '-'}\n", style="dim")
        text.append(f"             observed {printable(finding.observed) or '-'}\n", style="dim")
    return text


def printable(text: str) -> str:
    """*text* on one line, bounded, with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:300])


def summary(cases: Sequence[CaseResult], language: str, console: Console) -> None:
    """Print what went wrong, the worst first, and the table."""
    bad = sorted((one for one in cases if one.verdict in TOLD), key=lambda one: (SEVERITY[one.verdict], one.name))
    for case in bad[:LONGEST]:
        console.print(complaint(case, language), soft_wrap=True)
    if len(bad) > LONGEST:
        console.print(f"… and {len(bad) - LONGEST} more, all in the report\n")
    console.print(table(cases))


def rows(lines: Iterable[tuple[str, ...]], console: Console) -> None:
    """Print each of *lines* on a line of its own, however long it is, with its words in columns."""
    printed = [tuple(printable(word) for word in line) for line in lines]
    widths = [max(cell_len(word) for word in column) for column in zip(*printed, strict=True)]
    for line in printed:
        padded = (word + " " * (width - cell_len(word)) for word, width in zip(line, widths, strict=True))
        console.print(Text("  ".join(padded).rstrip()), soft_wrap=True)
