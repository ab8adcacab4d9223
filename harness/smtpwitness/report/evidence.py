"""The evidence report of one case: what a student hands in, made to be printed on A4, in English and Chinese."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from ..model.run import CaseResult, Delivered, Process, Run
from ..model.student import SLOTS, Student
from ..model.texts import LANGUAGES
from ..model.transcript import Event, Kind, Side
from .commands import filled, to_repeat_case
from .exchange import Phase, phases
from .markdown import safe
from .masking import masked
from .message import Received, messages, received
from .octets import show, visible
from .pages import ENDINGS, language_links, shared, write
from .render import render
from .sequence import plain, sequence_mermaid
from .view import moment, title_of
from .words import Words, kind_of, peer_of

CARDS = 20
"""Messages in mailboxes that are shown."""

FOLDERS = ("sent", "inbox")
"""The folders that the assignment asks for, as `Delivered.role` has them."""


@dataclass(frozen=True, slots=True)
class Card:
    """A message in a mailbox, decoded; None where it was not found. `agrees`: DATA carried its Message-ID."""

    lying: Delivered
    message: Received | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A thing that the assignment asks for: its text, its state (present, missing, by-hand), and where it stands."""

    key: str
    state: str
    place: str


def message_id(message: Received | None) -> str:
    fields = message.fields if message else ()
    return next((value.strip() for name, value in fields if name.lower() == "message-id"), "")


def sent_ids(case: CaseResult) -> tuple[str, ...]:
    """The Message-IDs of the messages that DATA carried; "" for one that had none."""
    return tuple(dict.fromkeys(map(message_id, messages(case.transcript))))


def cards(case: CaseResult) -> tuple[Card, ...]:
    """A card for each message that was looked for in a mailbox."""
    return tuple(_card(one, sent_ids(case)) for one in case.delivered[:CARDS])


def _card(one: Delivered, ids: Sequence[str]) -> Card:
    if not one.octets:
        return Card(one, None, False)
    message = replace(received(Event(0, 0, 0, 0, Side.SERVER, Kind.CONTENT, one.octets)), ended=True)
    return Card(one, message, bool(one.message_id) and one.message_id in ids)


def checklist(run: Run, case: CaseResult, student: Student, found: Sequence[Card]) -> tuple[Part, ...]:
    """What the assignment asks, and whether this report has it."""

    def folder(role: str) -> Part:
        there = [card for card in found if card.lying.role == role]
        proved = bool(there) and all(card.message and (card.agrees or card.lying.same) for card in there)
        return part(role, proved, "missing" if there else "by-hand")

    def part(name: str, there: bool, otherwise: str = "missing") -> Part:
        return Part(f"asked.{name}", "present" if there else otherwise, name)

    return (
        part("environment", bool(run.environment.get("python"))),
        part("sequence", bool(case.transcript)),
        part("exchange", bool(case.transcript)),
        part("terminal", case.process != Process(None)),
        part("message", bool(messages(case.transcript))),
        *map(folder, FOLDERS),
        *(Part(f"own.{slot}", "present" if slot in student.pictures else "by-hand", f"own-{slot}") for slot in SLOTS),
    )


def pictures(student: Student) -> dict[str, str]:
    """The student's own pictures as addresses that hold them."""
    return {
        slot: f"data:{one.type};base64,{base64.b64encode(one.octets).decode()}"
        for slot, one in sorted(student.pictures.items())
    }


def evidence(
    run: Run,
    case: CaseResult,
    student: Student | None = None,
    mask: bool = False,
) -> dict[str, str]:
    """The evidence report of *case*, by file name: HTML and Markdown in each language.

    *mask*: of addresses only the domains are shown.
    """
    student = student or Student()
    if mask:
        case = masked(case, case.job.username)
    found, told = cards(case), messages(case.transcript)
    parts = checklist(run, case, student, found)
    files: dict[str, str] = {}
    for language in LANGUAGES:
        words = Words(language)
        annotated, more = phases(case, words)
        values = shared(run, case, words)
        files["evidence" + ENDINGS[language]] = render(
            "evidence.html.j2",
            words,
            **values,
            messages=told,
            languages=language_links("evidence", language),
            phases=annotated,
            more_events=more,
            student=student,
            parts_asked=parts,
            cards=found,
            sent_ids=sent_ids(case),
            more_cards=len(case.delivered) - len(found),
            facts=facts,
            told_of=lambda card, words=words: told_of(card, words),
            provenance=lambda card, words=words: provenance(card, words),
            pictures={slot: Markup(address) for slot, address in pictures(student).items()},  # noqa: S704 - base64
            FOLDERS=FOLDERS,
            mask=mask,
        )
        lines = _markdown(run, case, student, parts, found, annotated, words)
        files["evidence" + ENDINGS[language].replace(".html", ".md")] = "\n".join(lines) + "\n"
    return files


def _markdown(
    run: Run,
    case: CaseResult,
    student: Student,
    parts: Sequence[Part],
    found: Sequence[Card],
    told: Sequence[Phase],
    words: Words,
) -> Iterator[str]:
    """The report as Markdown: the same parts, but pictures."""
    kind, colon = kind_of(case.server), words("list.colon")
    yield f"# {words('evidence.title')}{colon}{safe(title_of(case, words.language))}"
    yield ""
    yield f"> **{words(f'evidence.{kind}-head')}** {words(f'evidence.{kind}', name=safe(case.server, 80))}"
    yield ""
    yield from (f"- {name}{colon}{value}" for name, value in _cover(run, case, student, words))
    yield f"- {words('case.started')} {safe(filled(run, case), 400)}"
    yield from ("", f"## {words('evidence.checklist')}", "")
    yield from (f"- {words(part.key)}{colon}{words(f'state.{part.state}')}" for part in parts)
    yield from ("", f"## {words('evidence.exchange')}")
    yield from _exchange(told, words)
    yield from ("", f"## {words('evidence.sequence')}", "")
    yield from ("```mermaid", sequence_mermaid(case, words.language) + "```")
    yield from ("", f"## {words('evidence.mailboxes')}", "")
    yield from _mailboxes(case, found, words)
    yield from ("", f"## {words('evidence.findings')}", "")
    for finding in case.findings[:20]:
        yield f"- {words.verdict(finding.verdict)}{colon}{safe(words.finding(finding, 'what'), 300)}"
    if not case.findings:
        yield words("evidence.no-findings")
    yield from ("", f"## {words('evidence.honesty')}", "", words("evidence.hashes"), "")
    yield f"    {visible(to_repeat_case(run, case), 600)}"


def _cover(run: Run, case: CaseResult, student: Student, words: Words) -> Iterator[tuple[str, str]]:
    """The names and the values of what stands first."""
    if peer := peer_of(case, words):
        yield words("evidence.server"), safe(peer, 240)
    for name in ("name", "number", "course", "teacher"):
        if said := getattr(student, name):
            yield words(f"cover.{name}"), safe(said, 120)
    for name in ("python", "platform"):
        yield words(f"env.{name}"), safe(run.environment.get(name, "—"))
    yield words("evidence.date"), safe(moment(run.started))
    yield words("evidence.verdict"), words.verdict(case.verdict)


def _exchange(told: Sequence[Phase], words: Words) -> Iterator[str]:
    for phase in told:
        yield from ("", f"### {words(f'phase.{phase.name}')}", "")
        for item in phase.items:
            if item.like:
                yield f"- ⋮ {item.text} ⋮"
                continue
            shown = show(item.event.octets, item.event.secrets, 8, 160)
            said = " / ".join(plain(line, words) for line in shown.lines) or words(f"event.{item.event.kind}")
            who = {Side.CLIENT: "C: ", Side.SERVER: "S: "}.get(item.event.side, "")
            yield f"- {who}{safe(said, 400)}  "
            yield f"  {safe(item.text, 400)}"


def _mailboxes(case: CaseResult, found: Sequence[Card], words: Words) -> Iterator[str]:
    for one in sent_ids(case):
        yield f"- {words('card.sent-id', id=safe(one, 120) or '—')}"
    for role in (*FOLDERS, ""):
        there = [card for card in found if card.lying.role == role]
        if not there and not role:
            continue
        yield from ("", f"### {words(f'asked.{role}' if role else 'evidence.files')}", "")
        for card in there:
            yield f"- {safe(words('card.where', folder=card.lying.folder, owner=card.lying.mailbox), 200)}"
            yield from (
                f"  - {words(f'card.{name}')}{words('list.colon')}{safe(value, 200)}" for name, value in facts(card)
            )
            fields = card.message.fields if card.message else ()
            yield from (f"  - {safe(name, 60)}: {safe(value, 300)}" for name, value in fields[:10])
            yield from (f"  - {safe(said, 400)}" for said in told_of(card, words))
            yield f"  - {safe(provenance(card, words), 200)}"
        if not there:
            yield words("evidence.by-hand")


def facts(card: Card) -> list[tuple[str, str]]:
    """What the IMAP server says of a message, each with the key of its name."""
    lying = card.lying
    if not lying.role or card.message is None:
        return []
    flags = " ".join(lying.flags) or "—"
    return [("date", lying.date), ("size", f"{lying.size:,}"), ("uid", str(lying.uid)), ("flags", flags)]


def told_of(card: Card, words: Words) -> list[str]:
    """Whether it is the message that DATA carried, in sentences."""
    lying = card.lying
    if card.message is None:
        return [words("card.not-there", how=visible(lying.difference, 240))]
    identity = "agrees" if card.agrees else "differs" if lying.message_id else "none"
    same = words("card.same") if lying.same else words("card.differs", how=visible(lying.difference, 240))
    return [words(f"card.id-{identity}", id=visible(lying.message_id, 120)), same]


def provenance(card: Card, words: Words) -> str:
    lying = card.lying
    return words("from.imap", server=visible(lying.server, 80)) if lying.server else words("from.files")


def manifest(folder: Path, names: Sequence[str]) -> str:
    """The SHA-256 sums of the files *names*, as `sha256sum -c` reads them. Raises `OSError`."""
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names))


def write_evidence(
    run: Run,
    case: CaseResult,
    folder: Path,
    student: Student | None = None,
    mask: bool = False,
) -> tuple[str, ...]:
    """Write `evidence.html`, `evidence.md` and their Chinese twins; returns the names. Raises `OSError`."""
    files = evidence(run, case, student, mask)
    write(files, folder)
    return tuple(sorted(files))
