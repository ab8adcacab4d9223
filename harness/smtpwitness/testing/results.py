"""What becomes of the cases of a whole session, in the process that reports: the run, its pages, the last lines.

Under pytest-xdist the cases were run by workers, and came here with the reports of their tests.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .. import github
from ..files.store import value_of
from ..ledger import Ledger
from ..model.finding import Verdict
from ..model.run import CaseResult, Client
from ..plugin import COLUMNS, UNJUDGED
from ..report.octets import visible
from .settings import settings_of

NAMED = 20  # lines about unjudged cases, and about unexpected passes


class Results:
    """The cases so far. A case is in `run.json` as soon as its test was reported."""

    def __init__(self, config: pytest.Config) -> None:
        self._config, self._settings = config, settings_of(config)
        self._rows: list[dict[str, Any]] = []
        self._pages: set[str] = set()
        self._ledger: Ledger | None = None
        self._written = False
        self._for_github = ""

    def take(self, report: pytest.TestReport) -> None:
        """Take in the cases that came with *report*."""
        for row in report.smtp:
            self._rows.append(row)
            if row["page"] in self._pages:
                row["page"] = ""  # two names became one: the index tells them apart
            self._pages.add(row["page"])
            if self._settings.report is not None and "record" in row:
                self._write(self._settings.report, row)

    def _write(self, folder: Path, row: dict[str, Any]) -> None:
        client, sources = value_of(Client, row.pop("from")), row.pop("sources")
        if self._ledger is None:
            self._ledger = Ledger(folder, (client,), sources, self._settings.profile)
        self._ledger.learn((client,), sources)
        self._ledger.add(value_of(CaseResult, row.pop("record")))

    def finish(self, session: pytest.Session, whole: bool) -> None:
        """The session has ended; *whole*: by itself. A session that judged nothing does not pass."""
        if self._ledger is not None:
            with self._ledger as ledger:
                done = ledger.finish(self._settings.gate, finished=whole)
            self._written, self._for_github = True, github.told(done)
        if session.exitstatus == pytest.ExitCode.OK and self._nothing_judged():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _nothing_judged(self) -> bool:
        return bool(self._rows) and all(row["verdict"] in UNJUDGED for row in self._rows)

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """The last lines: warnings, what could not be judged, deviations that did not show, where the report is."""
        told = {Verdict.INCONCLUSIVE: "reason", Verdict.WARN: "what"}
        lines = [
            f"{verdict}: {row['case']} with {row['client']}: {row[name]}"
            for verdict, name in told.items()
            for row in self._rows
            if row["verdict"] == verdict
        ]
        unexpected = [(row, place) for row in self._rows for place in row["unexpected"]]
        lines += [f"unexpected pass: {row['case']} with {row['client']}: {place}" for row, place in unexpected]
        if self._nothing_judged():
            lines.append(f"no case was judged: {self._rows[0]['verdict']}: {self._rows[0]['reason']}")
        if self._written:
            assert self._settings.report is not None, "written there"
            lines.append(f"report: {_shown(self._settings.report / 'index.html', self._config)}")
        terminal.write(self._for_github)
        if lines:
            terminal.section("smtpwitness", sep="-")
        for line in lines[:NAMED]:
            terminal.line(visible(line, 300))
        if len(lines) > NAMED:
            terminal.line(f"… {len(lines) - NAMED} more")

    # --- for pytest-html

    def cells(self, report: pytest.TestReport) -> list[str]:
        """Verdict, requirement and client, with a link to the page of the case; empty for any other test."""
        rows: list[dict[str, Any]] = getattr(report, "smtp", [])
        columns = [
            [self._linked(row) for row in rows],
            [escape(visible(row["requirement"], 80)) for row in rows],
            [escape(visible(row["client"], 80)) for row in rows],
        ]
        return [f'<td class="col-{n}">{"<br>".join(c)}</td>' for n, c in zip(COLUMNS, columns, strict=True)]

    def _linked(self, row: dict[str, Any]) -> str:
        word = escape(row["verdict"])
        if row["known"]:
            word += f' <span title="{escape(visible(row["known"], 200))}">(known)</span>'
        html = self._config.getoption("htmlpath", None)
        if self._settings.report is None or not html:
            return word
        page = self._settings.report / (f"cases/{row['page']}.html" if row["page"] else "index.html")
        return f'<a href="{escape(_address(page, Path(os.path.expandvars(html)).expanduser()))}">{word}</a>'


def _address(page: Path, html: Path) -> str:
    """The address of *page* in the file *html*: relative, so that both can be moved together."""
    try:
        return quote(os.path.relpath(page, html.resolve().parent).replace(os.sep, "/"))
    except ValueError:  # another drive of Windows
        return page.resolve().as_uri()


def _shown(path: Path, config: pytest.Config) -> str:
    folder = config.invocation_params.dir
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
