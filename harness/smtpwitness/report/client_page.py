"""The page of one client: how it did, what to mend, its cases, and what is known of the client itself."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.run import Client, Hint, Run
from ..model.texts import say
from .board import CAUSES, LINKS, causes, doubles, heads, unjudged
from .octets import visible
from .render import render
from .standing import named, web
from .view import Entry, counts, moment, sentence, title_of
from .words import Words

CASES = 1000  # of a client's that are listed
ABILITIES = 60  # that are named


def hint_of(hint: Hint, language: str) -> str:
    return say("hint.line", language, file=visible(hint.file, 160), line=hint.line, text=say(hint.key, language))


def client_page(
    run: Run,
    entries: Sequence[Entry],
    name: str,
    words: Words,
    ending: str,
    languages: tuple[tuple[str, str, bool], ...],
) -> str:
    """The page of the client *name*, whose cases are among *entries*."""
    mine = [entry for entry in entries if entry.case.client == name]
    cases = [entry.case for entry in mine]
    client = next((one for one in run.clients if one.name == name), Client(name, ()))
    return render(
        "client.html.j2",
        words,
        run=run,
        name=name,
        client=client,
        hints=[hint_of(one, words.language) for one in client.hints[:CAUSES]],
        entries=mine,
        told=sentence(name, cases, words),
        title_of=title_of,
        counts=counts(cases),
        causes=causes(mine),
        unjudged=unjudged(mine),
        rows={one.id: one for one in run.requirements},
        doubles=doubles(run),
        servers=sorted({case.server for case in cases}),
        ending=ending,
        languages=languages,
        started=moment(run.started),
        named=named,
        web=web,
        CAUSES=CAUSES,
        heads=heads,
        LINKS=LINKS,
        CASES=CASES,
        ABILITIES=ABILITIES,
        SERVERS=12,
    )
