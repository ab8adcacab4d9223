"""What `smtpwitness run` shows on the terminal: a live line while it works, a table at its end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .model.finding import SEVERITY, Verdict
from .model.gate import FailOn, Trend
from .model.requirement import Requirement
from .model.run import CaseResult, Run
from .model.texts import say
from .model.texts.values import facts_in, localized
from .report.clients import about
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
"""Causes that are told: the report has the rest."""

NAMED = 6
"""Cases of one cause that are named besides the first."""

MOST_REASONS = 3


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
        made.add_row(Text(printable(client)), *(str(counts[one] or "·") for one in present), str(len(mine)))
    return made


def complaint(case: CaseResult, language: str, requirements: Mapping[str, Requirement] = MappingProxyType({})) -> Text:
    """What went wrong in one case: by which rule and which clause of *requirements*, and how to mend it."""
    text = Text()
    text.append(f"{case.verdict:<12}", style=COLOURS[case.verdict])
    text.append(f" {printable(case.name)}", style="bold")
    text.append(f"  {printable(case.client)}", style="dim")
    finding = root_of(case)
    text.append(f"  {printable(finding.rule)}\n" if finding else "\n", style="dim")
    if finding is None:
        text.append(f"             {printable(case.reason)}\n" if case.reason else "")
        return text
    row = requirements.get(finding.requirement or "")
    clause = f"{finding.requirement}{f' {row.level}, {row.reference}' if row else ''}" if finding.requirement else ""
    facts = facts_in(language, finding.key, finding.facts)
    what, mend = (printable(say(f"{finding.key}.{part}", language, **facts)) for part in ("what", "fix"))
    text.append(f"             {what}{f' ({printable(clause)})' if clause else ''}\n")
    if finding.expected or finding.observed:
        for name, value in (("expected", finding.expected), ("observed", finding.observed)):
            told = printable(localized(name, value, language, finding.key)) or "-"
            text.append(f"             {say(f'plain.{name}', language)} {told}\n", style="dim")
    text.append(f"             {say('plain.mend', language)} {mend}\n")
    return text.append(f"             {printable(case.reason)}\n" if case.reason else "")


def printable(text: str) -> str:
    """*text* on one line, bounded, with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:300])


def summary(run: Run, language: str, console: Console) -> None:
    """Print what went wrong, the worst first, the table, and how the run stands to its gate."""
    for line in unjudged(run):
        console.print(line, soft_wrap=True)
    requirements = {one.id: one for one in run.requirements}
    alike = by_cause(told(run))
    for case, *more in alike[:LONGEST]:
        console.print(complaint(case, language, requirements), soft_wrap=True, end="" if more else "\n")
        if more:
            names = ", ".join(printable(one.name) for one in more[:NAMED])
            rest = f" and {len(more) - NAMED} more" if len(more) > NAMED else ""
            console.print(
                Text(f"             the same in {_cases(len(more))}: {names}{rest}\n", style="dim"), soft_wrap=True
            )
    if len(alike) > LONGEST:
        console.print(f"… and {_cases(sum(map(len, alike[LONGEST:])))} more, all in the report\n")
    console.print(table(run.cases))
    for line in (*clients(run, language), *lacking(run), *known(run), *against_baseline(run)):
        console.print(line, soft_wrap=True)


def by_cause(cases: Iterable[CaseResult]) -> list[list[CaseResult]]:
    """*cases* that come from one cause together, the worst first; those without a finding each alone."""
    found: dict[object, list[CaseResult]] = {}
    for case in sorted(cases, key=lambda one: (SEVERITY[one.verdict], one.name)):
        finding = root_of(case)
        cause = (case.client, case.verdict, finding.key, finding.requirement) if finding else id(case)
        found.setdefault(cause, []).append(case)
    return list(found.values())


def told(run: Run) -> Iterable[CaseResult]:
    """The cases that are named one by one. Where only what is worse stops a build, nothing else is complained of."""
    stopping = {id(case) for case in run.stopping()}
    only_worse = run.gate.fail_on is FailOn.REGRESSIONS
    always = {Verdict.ERROR, Verdict.INCONCLUSIVE} if only_worse else set(TOLD)
    return (case for case in run.cases if id(case) in stopping or (case.verdict in always and not case.known))


def clients(run: Run, language: str) -> Iterable[Text]:
    """What is told of each client: its version, its own job, and what is worth a note in its source text."""
    for one in about(run, language):
        name = printable(one.name)
        for word, line in (("version", one.version), ("learned", one.learned)):
            if line:
                yield Text(f"{word}  {name}: {printable(line)}", style="dim")
        for line in one.hints:
            yield Text(f"note  {name}: {printable(line)}", style=COLOURS[Verdict.NOTE])


def unjudged(run: Run) -> Iterable[Text]:
    """Of which clients nothing could be judged, why in the first place, and what to do about it."""
    for client in dict.fromkeys(case.client for case in run.cases):
        mine = [one for one in run.cases if one.client == client]
        if any(one.verdict not in (Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE) for one in mine):
            continue
        reason, count = Counter(one.reason for one in mine).most_common(1)[0]
        mend = (
            "if it can do that, name it under `supports:` in its *.client.yaml"
            if reason.startswith("the client lacks")
            else "give it what to do by placeholders such as {recipient} and {auth}"
            if reason.startswith("the client")
            else "run it without --relay"
        )
        why = f"{printable(reason)} ({_cases(count)})"
        text = f"nothing could be judged of {printable(client)}, because {why}: {mend}, or choose other scenarios"
        yield Text(text, style="bold yellow")


def lacking(run: Run) -> Iterable[Text]:
    """Why cases are unsupported, the commonest reasons of each client first."""
    for client in dict.fromkeys(case.client for case in run.cases):
        mine = (one for one in run.cases if one.client == client and one.verdict is Verdict.UNSUPPORTED)
        reasons = Counter(one.reason for one in mine if one.reason).most_common()
        if reasons:
            named = "; ".join(f"{printable(reason)} ({_cases(count)})" for reason, count in reasons[:MOST_REASONS])
            more = f"; and {len(reasons) - MOST_REASONS} more" if len(reasons) > MOST_REASONS else ""
            yield Text(f"unsupported  {printable(client)}: {named}{more}", style="dim")


def known(run: Run) -> Iterable[Text]:
    """How many cases are known deviations, and which entries did not show where they were expected."""
    excused = sum(bool(case.known) for case in run.cases)
    if excused:
        yield Text(f"{_cases(excused)} with known deviations, which stop nothing", style="dim")
    for one in run.gate.unseen:
        names = ", ".join(map(printable, one.cases[:3])) + (", …" if len(one.cases) > 3 else "")
        text = Text("unexpected pass  ", style="yellow")
        place, broken = printable(str(one.known.place)), printable(", ".join(one.known.rules))
        text.append(f"{place}: {broken} did not show with {printable(one.client)} in ")
        yield text.append(f"{_cases(len(one.cases))} ({names}): take the entry out, or make its glob narrower")


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"


TRENDS = {
    Trend.WORSE: "bold red",
    Trend.BETTER: "green",
    Trend.NEW: "blue",
    Trend.GONE: "yellow",
    Trend.UNJUDGED: "cyan",
}


def against_baseline(run: Run) -> Iterable[Text]:
    """How many cases of each client are better, worse, new and gone, and which got worse or better."""
    if not run.gate.baseline:
        return
    for client in dict.fromkeys(case.client for case in run.cases):
        mine = [one for one in run.gate.changes if one.client == client]
        counts = ", ".join(f"{sum(one.trend is trend for one in mine)} {trend}" for trend in TRENDS)
        yield Text(f"{printable(client)} since the baseline of {printable(run.gate.baseline)}: {counts}")
    named = sorted((one for one in run.gate.changes), key=lambda one: (list(TRENDS).index(one.trend), one.case))
    for one in named[:LONGEST]:
        text = Text(f"{one.trend:<9}", style=TRENDS[one.trend])
        text.append(f" {printable(one.case)}", style="bold").append(f"  {printable(one.client)}", style="dim")
        yield text.append(f"  {one.before or '-'} → {one.now or '-'}  {printable(', '.join(one.rules))}".rstrip())
    if len(named) > LONGEST:
        yield Text(f"… and {len(named) - LONGEST} more, all in the report")


def rows(lines: Iterable[tuple[str, ...]], console: Console) -> None:
    """Print each of *lines* on a line of its own, however long it is, with its words in columns."""
    printed = [tuple(printable(word) for word in line) for line in lines]
    widths = [max(cell_len(word) for word in column) for column in zip(*printed, strict=True)]
    for line in printed:
        padded = (word + " " * (width - cell_len(word)) for word, width in zip(line, widths, strict=True))
        console.print(Text("  ".join(padded).rstrip()), soft_wrap=True)
