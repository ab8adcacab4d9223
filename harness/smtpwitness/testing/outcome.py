"""What a case is to pytest: passed, failed with a reason, expected to fail, or skipped because nobody could tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ..files.scan import forms_in
from ..files.store import text_of
from ..model.finding import Verdict
from ..model.run import CaseResult, Client, Process
from ..plugin import ROWS
from ..report.standing import NOT_JUDGED
from ..report.view import root_of, slug
from ..report.words import Words
from .settings import Settings, from_here


class Told(Exception):
    """Something that is told in its own words, without a traceback: the plug-in sees to that."""

    in_its_own_words = True


def conclude(case: CaseResult, client: Client, settings: Settings) -> None:
    """Return where *case* passed; else raise what pytest takes for what it came to.

    `Told` for a failure; a known deviation is an expected failure. Where nobody can blame or praise the client the test
    is skipped, and counted under the verdict's name.
    """
    if settings.fails(case):
        known = settings.excuses(case, client)
        if known:
            pytest.xfail("; ".join(dict.fromkeys(one.reason for one in known)))
        raise Told(settings.explained(case))
    if case.verdict in NOT_JUDGED:
        pytest.skip(f"{case.verdict}: {why(case)}")


def why(case: CaseResult) -> str:
    """Why *case* was not judged."""
    return case.reason or "the machine was too busy to tell"


def withheld(case: CaseResult, passwords: list[str]) -> CaseResult:
    """*case*, unless one of *passwords* stands in it: nothing of it may be written or sent anywhere then."""
    forms = forms_in(text_of(case), passwords)
    if not forms:
        return case
    return replace(
        case,
        exchange=Verdict.ERROR,
        steps=(),
        findings=(),
        transcript=(),
        root_cause=None,
        process=Process(None),
        reason=f"a password stood in the record of the case ({', '.join(sorted(forms))}); it is withheld",
    )


def keep(item: pytest.Item, case: CaseResult, client: Client, settings: Settings) -> None:
    """*item* has run *case*: the next report about it takes it along, as values that any process can send.

    With a report folder the whole case is sent, and what was read from files since the last one.
    """
    finding = root_of(case)
    row: dict[str, Any] = {
        "case": case.name,
        "client": case.client,
        "server": case.server,
        "verdict": str(case.verdict),
        "rule": case.root_cause or "",
        "requirement": (finding.requirement if finding else "") or next(iter(case.covers), ""),
        "what": Words(settings.language).finding(finding, "what") if finding else "",
        "reason": why(case) if case.verdict in NOT_JUDGED else case.reason,
        "known": "; ".join(one.reason for one in settings.excuses(case, client)) if settings.fails(case) else "",
        "told": settings.explained(case) if settings.fails(case) else "",
        "unexpected": [
            f"{from_here(str(one.place))}: {', '.join(one.rules)}" for one in settings.unexpected(case, client)
        ],
        "page": slug(case),
    }
    if settings.report is not None:
        texts = settings.sources.texts
        row["sources"] = {name: texts[name] for name in texts.keys() - settings.sent}
        settings.sent.update(texts)
        row["record"], row["from"] = text_of(case), text_of(client)
    item.stash.setdefault(ROWS, []).append(row)
