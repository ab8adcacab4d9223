"""The pages of a run: an index, its requirements and each case, in English and Chinese, and all files written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from markupsafe import Markup

from ..model.run import CaseResult, Process, Run
from ..model.texts import LANGUAGES
from .beside import Group, companions, has_relays, side_by_side, steps
from .board import CAUSES, GROUP, LINKS, boards, causes, doubles, heads, height, unjudged
from .client_page import client_page
from .clients import about
from .commands import command_of, filled, to_repeat, to_repeat_case
from .ctrf import ctrf
from .folding import blocks, folded_events, homes
from .hexadecimal import OCTETS, hexed
from .junit import junit
from .matrix import WORDED, matrix
from .message import messages
from .octets import show_text, visible
from .render import render
from .sarif import sarif
from .sequence import drawn, marks, mermaid
from .single import single
from .standing import SHOWN, TREND_SIGNS, changes_by_key, changes_to_show, has_servers, key_of, named, since, web
from .summary import summary
from .terminal import LINES as SCREEN
from .terminal import terminal_html
from .tlsfacts import handshakes
from .view import (
    ROWS,
    Entry,
    FindingView,
    RowView,
    counts,
    fate_views,
    finding_views,
    moment,
    ordered,
    requirement_of,
    root_of,
    row_views,
    sentence,
    title_of,
)
from .waits import tail, waits
from .words import Words

ENDINGS = {"en": ".html", "zh": ".zh.html"}
"""What the file name of a page ends in, by language."""

PAGE = 58_000
"""Octets that a case's page may have; a longer one is made again with less of the octets."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a page shows: lines of a message, and of one as it was given; octets in hexadecimal; lines of the
    scenario, and of what the client printed; rows of the dialogue, and of recipients.
    """

    lines: int
    given: int
    hex: int
    source: int
    printed: int
    rows: int


WHOLE = Detail(80, 60, 1024, 400, SCREEN, ROWS)
DETAILS = (
    WHOLE,
    Detail(24, 8, 512, 400, 60, ROWS),
    Detail(8, 3, 0, 40, 24, 100),
    Detail(4, 2, 0, 12, 8, 40),
)
FOLDED = 200  # recipients that are named where they are folded
SERVERS = 12  # that the page of requirements names
CHANGES = 100  # since the baseline, and known deviations that did not show


def client_pages(entries: Iterable[Entry]) -> dict[str, str]:
    """The page of each client, in the order of their names."""
    return dict(sorted({entry.case.client: entry.client_slug for entry in entries}.items()))


def language_links(name: str, language: str) -> tuple[tuple[str, str, bool], ...]:
    """For each language: it, the file of this page in it, and whether that is this page."""
    return tuple((other, name + ENDINGS[other], other == language) for other in LANGUAGES)


def level_mark(run: Run, case: CaseResult) -> Markup:
    """The level of the requirement that is to be mended first, for the filter."""
    finding = root_of(case)
    requirement = requirement_of(run, finding.requirement) if finding else None
    return Markup(' data-l="{}"').format(visible(requirement.level, 20)) if requirement else Markup()


def index_page(run: Run, language: str) -> str:
    words = Words(language)
    entries = ordered(run)
    pages = client_pages(entries)
    by_client = {client: [entry.case for entry in entries if entry.case.client == client] for client in pages}
    return render(
        "index.html.j2",
        words,
        run=run,
        causes=causes(entries),
        unjudged=unjudged(entries),
        boards=(tables := boards(run)),
        suites=sorted({suite.name for table in tables for suite in table.suites}),
        levels={entry.slug: level_mark(run, entry.case) for entry in entries},
        rows={one.id: one for one in run.requirements},
        doubles=doubles(run),
        servers=sorted({case.server for case in run.cases}),
        SERVERS=SERVERS,
        again=to_repeat(run),
        secrets=sum(len(event.secrets) for case in run.cases for event in case.transcript),
        CAUSES=CAUSES,
        heads=heads,
        GROUP=GROUP,
        height=height,
        LINKS=LINKS,
        WORDED=WORDED,
        ending=ENDINGS[language],
        has_relays=has_relays,
        languages=language_links("index", language),
        about=about(run, language),
        pages_of=list(pages.values()),
        sentences=[sentence(client, cases, words) for client, cases in by_client.items()],
        counts=counts(entry.case for entry in entries),
        title_of=title_of,
        started=moment(run.started),
        slugs={key_of(entry.case): entry.slug for entry in reversed(entries)},  # of cases that share a key, the first
        several=has_servers(run),
        changes=changes_to_show(run),
        since=since(run, words),
        **standing_of(run),
    )


def comparison_page(run: Run, language: str) -> str:
    """What got better, worse, is new or gone in *run*, whose gate knows an earlier run (`judge.gate.gated`)."""
    words = Words(language)
    return render(
        "compare.html.j2",
        words,
        run=run,
        ending=ENDINGS[language],
        languages=language_links("compare", language),
        servers=sorted({case.server for case in run.cases}),
        SERVERS=SERVERS,
        slugs={key_of(entry.case): entry.slug for entry in reversed(ordered(run))},
        several=has_servers(run),
        groups=[(one, [c for c in changes_to_show(run) if c.trend is one]) for one in SHOWN],
        since=since(run, words),
        started=moment(run.started),
        **standing_of(run),
    )


def write_comparison(run: Run, folder: Path) -> None:
    """Write `compare.html` and its Chinese twin. Raises `OSError`."""
    write({"compare" + ENDINGS[language]: comparison_page(run, language) for language in LANGUAGES}, folder)


def requirements_page(run: Run, language: str) -> str:
    """The table of requirements and clients."""
    return render(
        "requirements.html.j2",
        Words(language),
        run=run,
        ending=ENDINGS[language],
        languages=language_links("requirements", language),
        started=moment(run.started),
        servers=sorted({case.server for case in run.cases}),
        matrix=matrix(run),
        WORDED=WORDED,
        SERVERS=SERVERS,
    )


def relays_page(run: Run, language: str) -> str:
    """Fake and real relays side by side."""
    return render(
        "relays.html.j2",
        Words(language),
        run=run,
        ending=ENDINGS[language],
        languages=language_links("relays", language),
        started=moment(run.started),
        title_of=title_of,
        **side_by_side(run),
    )


def standing_of(run: Run) -> dict[str, object]:
    """What the marks of a case need: how it came out against the baseline, and what is known of it."""
    return {
        "trends": changes_by_key(run),
        "key_of": key_of,
        "named": named,
        "TREND_SIGNS": TREND_SIGNS,
        "CHANGES": CHANGES,
        "web": web,
    }


def shared(run: Run, case: CaseResult, words: Words, detail: Detail = WHOLE) -> dict[str, object]:
    """What the page of a case and its evidence report both show."""
    findings = finding_views(run, case, words)
    diagram = marks(case, words)
    return {
        "run": run,
        "case": case,
        "learned": next((one.learned for one in about(run, words.language) if one.name == case.client), ""),
        "title": title_of(case, words.language),
        "command": command_of(run, case),
        "filled": filled(run, case),
        "again": to_repeat_case(run, case),
        "started": moment(run.started),
        "findings": findings,
        "more_findings": len(case.findings) - len(findings),
        "has_root": root_of(case) is not None,
        "fates": fate_views(case, detail.rows),
        "svg": drawn(case, diagram, words),
        "mermaid": mermaid(case, diagram, words),
        "started_client": case.process != Process(None),
        "terminal": terminal_html(case.process, filled(run, case), words.language, detail.printed),
        "detail": detail,
        "FOLDED": FOLDED,
    }


def case_pages(run: Run, entries: tuple[Entry, ...], index: int, beside: Group = ()) -> dict[str, str]:
    """The page of `entries[index]` by language: as much of the octets as `PAGE` has room for.

    There are links to its neighbours and to those *beside* it, on other servers.
    """
    facts = wordless(entries[index].case)
    pages: dict[str, str] = {}
    for language in LANGUAGES:
        for detail in DETAILS:
            page = pages[language] = detailed(run, entries, index, language, facts, detail, beside)
            if len(page.encode("utf-8", "replace")) <= PAGE:
                break
    return pages


def wordless(case: CaseResult) -> dict[str, object]:
    """What the page of *case* shows in any language."""
    return {"messages": messages(case.transcript), "tail": tail(case), "waits": waits(case)}


def detailed(
    run: Run,
    entries: tuple[Entry, ...],
    index: int,
    language: str,
    facts: Mapping[str, object],
    detail: Detail,
    beside: Group,
) -> str:
    words = Words(language)
    entry, case = entries[index], entries[index].case
    values = shared(run, case, words, detail)
    rows, more_rows = row_views(case, cast("tuple[FindingView, ...]", values["findings"]), words, detail.rows)
    told = tuple(blocks(case.transcript, folded_events(case)))
    alone = tuple(block[0] for block in told[: detail.rows] if len(block) == 1)
    return render(
        "case.html.j2",
        words,
        **values,
        **facts,
        **standing_of(run),
        ending=ENDINGS[language],
        client_page=entry.client_slug,
        languages=language_links(entry.slug, language),
        before=entries[index - 1] if index else None,
        after=entries[index + 1] if index + 1 < len(entries) else None,
        rows=rows,
        numbers={one.number for one in rows if isinstance(one, RowView)},
        more_rows=more_rows,
        transcript=told[: detail.rows],
        homes=homes(told[: detail.rows]),
        more_events=sum(map(len, told[detail.rows :])),
        beside=beside,
        beside_steps=steps([one.case for one in beside]),
        handshakes=handshakes(case, words),
        hexed=hexed(alone, detail.hex),
        HEX=OCTETS,
        covers=[(name, requirement_of(run, name)) for name in case.covers],
        source=show_text(run.sources.get(case.place.file, ""), detail.source, 400),
    )


def reports(run: Run) -> dict[str, str]:
    """Every file of a run's report, by its path in the folder."""
    files = {
        "junit.xml": junit(run),
        "ctrf-report.json": ctrf(run),
        "results.sarif": sarif(run),
        "summary.md": summary(run),
    }
    entries = ordered(run)
    beside = companions(entries)
    for language in LANGUAGES:
        if has_relays(run):
            files["relays" + ENDINGS[language]] = relays_page(run, language)
        files["index" + ENDINGS[language]] = index_page(run, language)
        files["requirements" + ENDINGS[language]] = requirements_page(run, language)
        for client, name in client_pages(entries).items():
            files[name + ENDINGS[language]] = client_page(
                run, entries, client, Words(language), ENDINGS[language], language_links(name, language)
            )
    for index, entry in enumerate(entries):
        for language, page in case_pages(run, entries, index, beside.get(entry.slug, ())).items():
            files[f"cases/{entry.slug}{ENDINGS[language]}"] = page
    return files


def write_single(run: Run, folder: Path) -> None:
    """Write the whole report of *run* as one file in each language, `report.html` and its twin. Raises `OSError`."""
    files = reports(run)
    for language, ending in ENDINGS.items():
        others = tuple(other for other in ENDINGS.values() if other != ending)
        pages = {
            name: text
            for name, text in files.items()
            if name.endswith(ending) and not (ending == ".html" and name.endswith(others))
        }
        write({"report" + ending: single(pages, ending, Words(language))}, folder)


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write *files* under *folder*. A reader sees the old or the new file, never half of one. Raises `OSError`."""
    for name, text in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".part")
        half.write_bytes(text.encode("utf-8", "replace"))
        half.replace(path)


def write_reports(run: Run, folder: Path) -> None:
    """Write the pages (`index.html`, `cases/`, ...), `junit.xml`, `ctrf-report.json`, `results.sarif` and `summary.md`.

    Raises `OSError`.
    """
    write(reports(run), folder)
