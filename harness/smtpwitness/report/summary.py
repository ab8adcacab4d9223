"""A run as Markdown, short enough for a step summary or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model.finding import Verdict
from ..model.run import Run
from .octets import visible
from .view import Entry, counts, moment, ordered, requirement_of, root_of, sentence
from .words import SIGNS, Words

SIZE = 58_000  # octets of the whole; the hosts that show it cut at 64 KiB

MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&@])")


def safe(text: str, limit: int = 160) -> str:
    """*text* on one line, with every character that Markdown or HTML could act on as an entity."""
    return MARKUP.sub(lambda match: f"&#{ord(match[1])};", visible(text, limit))


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def table(*heads: str) -> list[str]:
    return ["", row(*heads), row(*("---" for _ in heads))]


def verdict_cell(verdict: Verdict, words: Words) -> str:
    return f"{SIGNS[verdict]} {words.verdict(verdict)}"


def case_row(run: Run, entry: Entry, words: Words) -> str:
    case, finding = entry.case, root_of(entry.case)
    cause = safe(words.finding(finding, "what")) if finding else safe(case.reason)
    requirement = requirement_of(run, finding.requirement) if finding else None
    reference = f"{safe(requirement.reference)} {requirement.level}" if requirement else ""
    return row(safe(case.name), safe(case.server, 60), verdict_cell(case.verdict, words), cause, reference)


def lines_of(run: Run, words: Words) -> Iterable[str]:
    entries = ordered(run)
    clients = sorted({entry.case.client for entry in entries})
    yield f"# {words('index.title')}"
    yield ""
    yield f"{words('summary.when', when=moment(run.started), count=len(entries))}"
    yield from table(words("head.client"), words("head.result"), *(words.verdict(v) for v in Verdict))
    for client in clients:
        found = counts(entry.case for entry in entries if entry.case.client == client)
        said = sentence(client, [entry.case for entry in entries if entry.case.client == client], words)
        yield row(safe(client, 60), safe(said, 240), *(str(found[verdict]) for verdict in Verdict))
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
    """The document: a table of clients, then for each client the cases that did not pass, failures first."""
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
