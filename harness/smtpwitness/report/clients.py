"""What is told of each client beside its cases: its version, the job that was learned of it, hints on its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..model.run import Client, Learned, Run
from ..model.texts import TEXTS, say

MOST_HINTS = 8


@dataclass(frozen=True, slots=True)
class About:
    """The lines on one client, as they are told in both the report and the terminal; "" and () where there is none."""

    name: str
    version: str
    learned: str
    hints: tuple[str, ...]


def about(run: Run, language: str) -> list[About]:
    """Those of the run's clients of whom there is something to tell."""
    found = [
        About(
            one.name,
            one.version,
            _learned(one.learned, language) if one.learned else "",
            tuple(_hints(one, language)),
        )
        for one in run.clients
    ]
    return [one for one in found if one.version or one.learned or one.hints]


def _learned(own: Learned, language: str) -> str:
    return say("learned.job", language, parts=say("learned.and", language).join(_parts(own, language)))


def _parts(own: Learned, language: str) -> Iterator[str]:
    told, comma = own.sender and own.recipients, say("learned.comma", language)
    addresses = {"sender": own.sender, "recipients": comma.join(own.recipients)}
    yield say("learned.from", language, **addresses) if told else say("learned.changing", language)
    if own.messages > 1:
        yield say("learned.messages", language, count=own.messages)
    if own.auth == "none":
        yield say("learned.no-login", language)
    else:
        key = "learned.login-as" if own.username else "learned.login"
        named = comma.join(map(str.upper, own.mechanisms or (own.auth,)))
        yield say(key, language, mechanisms=named, username=own.username)
    facts = (f"tls-{own.tls}", *(f"insists-{what}" for what in own.insists_on))
    for key in (f"learned.{fact}" for fact in facts):
        if key in TEXTS:  # a run of another version may know more words
            yield say(key, language)


def _hints(client: Client, language: str) -> Iterator[str]:
    for one in client.hints[:MOST_HINTS]:
        yield say("hint.line", language, file=one.file, line=one.line, text=say(one.key, language))
    if len(client.hints) > MOST_HINTS:
        yield say("hint.more", language, count=len(client.hints) - MOST_HINTS)
