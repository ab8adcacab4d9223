"""A run as Markdown, short enough for a step summary or a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model.finding import Verdict
from ..model.gate import Change, Known
from ..model.run import Run
from .grid import grid
from .markdown import row, safe, table
from .standing import TREND_SIGNS, changes_to_show, has_servers, named, since, web
from .view import Entry, counts, moment, ordered, requirement_of, root_of, sentence
from .words import SIGNS, Words

SIZE = 58_000  # octets of the whole; the hosts that show it cut at 64 KiB
ROWS = 40  # of a table about the baseline or known deviations, so that the failures have room


def verdict_cell(verdict: Verdict, words: Words) -> str:
    return f"{SIGNS[verdict]} {words.verdict(verdict)}"


def verdicts_cell(change: Change, words: Words) -> str:
    """`pass → fail`; `—` for the side that does not have the case."""
    return " → ".join(words.verdict(verdict) if verdict else "—" for verdict in (change.before, change.now))


def rules_cell(rules: Iterable[str]) -> str:
    return safe(", ".join(rules))


def case_row(run: Run, entry: Entry, words: Words) -> str:
    case, finding = entry.case, root_of(entry.case)
    verdict = verdict_cell(case.verdict, words) + (f" ({words('known.chip')})" if case.known else "")
    cause = safe(words.finding(finding, "what")) if finding else safe(case.reason)
    requirement = requirement_of(run, finding.requirement) if finding else None
    reference = f"{safe(requirement.reference)} {requirement.level}" if requirement else ""
    return row(safe(case.name), safe(case.server, 60), verdict, cause, reference)


def cut(rows: Iterable[str], words: Words) -> Iterator[str]:
    """At most `ROWS` of *rows*, and how many there are more."""
    lines = list(rows)
    yield from lines[:ROWS]
    if len(lines) > ROWS:
        yield from ("", words("more.lines", count=len(lines) - ROWS))


# --- against the baseline, and what is known --------------------------------------------------------------------


def baseline(run: Run, words: Words) -> Iterator[str]:
    """How the run stands to its baseline, if it has one."""
    if not run.gate.baseline:
        return
    yield from ("", f"## {words('baseline.title')}", "", safe(since(run, words), 300))
    several, changes = has_servers(run), changes_to_show(run)
    if changes:
        yield from table(*(words(f"head.{name}") for name in ("change", "client", "case", "before", "rules")))
        yield from cut((change_row(change, several, words) for change in changes), words)


def change_row(change: Change, several: bool, words: Words) -> str:
    trend = f"{TREND_SIGNS[change.trend]} {words(f'trend.{change.trend}')}"
    name = safe(named(change.case, change.server, several))
    return row(trend, safe(change.client, 60), name, verdicts_cell(change, words), rules_cell(change.rules))


def known_cells(known: Known, words: Words) -> tuple[str, ...]:
    """Its rules, its reason, its date and a link."""
    link = f"[{words('known.link')}]({web(known.link)})" if web(known.link) else safe(known.link)
    return rules_cell(known.rules), safe(known.reason, 240), safe(known.date, 20), link


def deviations(run: Run, words: Words) -> Iterator[str]:
    """The known deviations that showed, then those that did not."""
    heads = [words(f"head.{name}") for name in ("client", "case", "rules", "reason", "date", "link")]
    showed = [
        row(safe(entry.case.client, 60), safe(entry.case.name), *known_cells(known, words))
        for entry in ordered(run)
        for known in entry.case.known
    ]
    unseen = [
        row(safe(one.client, 60), safe(", ".join(one.cases)), *known_cells(one.known, words)) for one in run.gate.unseen
    ]
    for title, rows in (("known.title", showed), ("known.unseen", unseen)):
        if rows:
            yield from ("", f"## {words(title)}", *table(*heads), *cut(rows, words))


# --- the document -----------------------------------------------------------------------------------------------


def lines_of(run: Run, words: Words) -> Iterable[str]:
    entries = ordered(run)
    clients = sorted({entry.case.client for entry in entries})
    yield f"# {words('index.title')}"
    yield ""
    yield f"{words('summary.when', when=safe(moment(run.started)), count=len(entries))}"
    yield from table(words("head.client"), words("head.result"), *(words.verdict(v) for v in Verdict))
    for client in clients:
        found = counts(entry.case for entry in entries if entry.case.client == client)
        said = sentence(client, [entry.case for entry in entries if entry.case.client == client], words)
        yield row(safe(client, 60), safe(said, 240), *(str(found[verdict]) for verdict in Verdict))
    yield from grid(run, words)
    yield from baseline(run, words)
    yield from deviations(run, words)
    heads = [words(f"head.{name}") for name in ("case", "server", "verdict", "cause", "requirement")]
    for client in clients:
        telling = [e for e in entries if e.case.client == client and e.case.verdict not in (Verdict.PASS, Verdict.NOTE)]
        if telling:
            yield ""
            yield f"## {safe(client, 60)}"
            yield from table(*heads)
            for entry in telling:
                yield case_row(run, entry, words)


def summary(run: Run, language: str = "en") -> str:
    """The document: a table of clients, their matrix, what changed since the baseline, the known deviations, then for
    each client the cases that did not pass, failures first.
    """
    words = Words(language)
    lines = list(lines_of(run, words))
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > SIZE:
            kept += ["", words("more.lines", count=f"{len(lines) - len(kept):,}")]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
