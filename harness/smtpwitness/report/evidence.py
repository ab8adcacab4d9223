"""The evidence report of one case: what a student hands in, made to be printed on A4, in English and Chinese."""

from __future__ import annotations

from pathlib import Path

from ..model.run import CaseResult, Run
from ..model.texts import LANGUAGES
from .exchange import phases
from .pages import ENDINGS, language_links, shared, write
from .render import render
from .words import Words


def evidence(run: Run, case: CaseResult) -> dict[str, str]:
    """The evidence report of *case*, by file name."""
    pages: dict[str, str] = {}
    for language in LANGUAGES:
        words = Words(language)
        annotated, more = phases(case, words)
        pages["evidence" + ENDINGS[language]] = render(
            "evidence.html.j2",
            words,
            **shared(run, case, words),
            languages=language_links("evidence", language),
            phases=annotated,
            more_events=more,
        )
    return pages


def write_evidence(run: Run, case: CaseResult, folder: Path) -> None:
    """Write `evidence.html` and `evidence.zh.html`. Raises `OSError`."""
    write(evidence(run, case), folder)
