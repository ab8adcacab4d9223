"""The evidence report of one case: what a student hands in, made to be printed on A4, in English and Chinese."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from markupsafe import Markup

from ..model.run import CaseResult, Process, Run
from ..model.student import SLOTS, Student
from ..model.texts import LANGUAGES
from ..model.transcript import Event, Kind, Side
from .exchange import Phase, phases
from .markdown import safe
from .masking import masked
from .message import Received, messages, received
from .octets import show, visible
from .pages import ENDINGS, language_links, shared, write
from .render import render
from .sequence import plain, sequence_mermaid
from .words import Words, kind_of

MAILBOXES = {"sent": ("sent", "sent messages", "sent items"), "inbox": ("inbox",)}
"""The folder names of a mailbox that fill a slot."""


class Delivered(Protocol):
    """A message as it was read from a mailbox over IMAP; `same`: it is what DATA carried."""

    @property
    def folder(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def octets(self) -> bytes: ...
    @property
    def same(self) -> bool: ...
    @property
    def difference(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Card:
    """A message in a mailbox, decoded, and whether its Message-ID is that of the message that DATA carried."""

    folder: str
    message: Received
    message_id: str
    agrees: bool
    same: bool
    difference: str


@dataclass(frozen=True, slots=True)
class Part:
    """A thing that the assignment asks for: its text, its state (present, missing, by-hand), and where it stands."""

    key: str
    state: str
    place: str


def message_id(message: Received | None) -> str:
    fields = message.fields if message else ()
    return next((value.strip() for name, value in fields if name.lower() == "message-id"), "")


def cards(case: CaseResult, delivered: Sequence[Delivered]) -> tuple[Card, ...]:
    """A card for each message that lay in a mailbox."""
    sent = message_id(next(iter(messages(case.transcript)), None))
    return tuple(
        Card(
            one.folder,
            replace(received(Event(0, 0, 0, 0, Side.SERVER, Kind.CONTENT, one.octets)), ended=True),
            one.message_id,
            bool(sent) and one.message_id == sent,
            one.same,
            one.difference,
        )
        for one in delivered
    )


def checklist(run: Run, case: CaseResult, student: Student, found: Sequence[Card]) -> tuple[Part, ...]:
    """What the assignment asks, and whether this report has it."""
    folders = {card.folder.lower() for card in found}

    def part(name: str, there: bool, otherwise: str = "missing") -> Part:
        return Part(f"asked.{name}", "present" if there else otherwise, name)

    return (
        part("environment", bool(run.environment.get("python"))),
        part("sequence", bool(case.transcript)),
        part("exchange", bool(case.transcript)),
        part("terminal", case.process != Process(None)),
        part("message", bool(messages(case.transcript))),
        *(part(slot, bool(folders & set(names)), "by-hand") for slot, names in MAILBOXES.items()),
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
    delivered: Sequence[Delivered] = (),
    mask: bool = False,
) -> dict[str, str]:
    """The evidence report of *case*, by file name: HTML and Markdown in each language.

    *delivered* is what mailboxes hold of it. *mask*: of addresses only the domains are shown.
    """
    student = student or Student()
    found = cards(case, delivered)
    if mask:
        case, found = (masked(value, case.job.username) for value in (case, found))  # type: ignore[assignment]
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
            languages=language_links("evidence", language),
            phases=annotated,
            more_events=more,
            student=student,
            parts_asked=parts,
            cards=found,
            sent_id=message_id(next(iter(messages(case.transcript)), None)),
            pictures={slot: Markup(address) for slot, address in pictures(student).items()},  # noqa: S704 - base64
            MAILBOXES=MAILBOXES,
            mask=mask,
        )
        lines = _markdown(run, case, student, parts, annotated, words)
        files["evidence" + ENDINGS[language].replace(".html", ".md")] = "\n".join(lines) + "\n"
    return files


def _markdown(
    run: Run, case: CaseResult, student: Student, parts: Sequence[Part], told: Sequence[Phase], words: Words
) -> Iterator[str]:
    """The report as Markdown: the same parts, but pictures."""
    kind = kind_of(case.server)
    values = shared(run, case, words)
    yield f"# {words('evidence.title')}: {safe(str(values['title']))}"
    yield ""
    yield f"> **{words(f'evidence.{kind}-head')}** {words(f'evidence.{kind}', name=safe(case.server, 80))}"
    yield ""
    for name in ("name", "number", "course", "teacher"):
        if said := getattr(student, name):
            yield f"- {words(f'cover.{name}')}: {safe(said, 120)}"
    for name in ("python", "platform"):
        yield f"- {words(f'env.{name}')}: {safe(run.environment.get(name, '—'))}"
    yield f"- {words('evidence.date')}: {safe(str(values['started']))}"
    yield f"- {words('evidence.verdict')}: {words.verdict(case.verdict)}"
    yield f"- {words('case.started')} {safe(str(values['filled']), 400)}"
    yield from ("", f"## {words('evidence.checklist')}", "")
    for part in parts:
        yield f"- {words(part.key)}: {words(f'state.{part.state}')}"
    yield from ("", f"## {words('evidence.exchange')}")
    for phase in told:
        yield from ("", f"### {words(f'phase.{phase.name}')}", "")
        for item in phase.items:
            shown = show(item.event.octets, item.event.secrets, 8, 160)
            said = " / ".join(plain(line, words) for line in shown.lines) or words(f"event.{item.event.kind}")
            who = {Side.CLIENT: "C: ", Side.SERVER: "S: "}.get(item.event.side, "")
            yield f"- {who}{safe(said, 400)}  "
            yield f"  {safe(item.text, 400)}"
    yield from (
        "",
        f"## {words('evidence.sequence')}",
        "",
        "```mermaid",
        sequence_mermaid(case, words.language) + "```",
    )
    yield from ("", f"## {words('evidence.findings')}", "")
    for finding in case.findings[:20]:
        yield f"- {words.verdict(finding.verdict)}: {safe(words.finding(finding, 'what'), 300)}"
    if not case.findings:
        yield words("evidence.no-findings")
    yield from ("", f"## {words('evidence.honesty')}", "", words("evidence.hashes"), "")
    yield f"    {visible(str(values['again']), 600)}"


def manifest(folder: Path, names: Sequence[str]) -> str:
    """The SHA-256 sums of the files *names*, as `sha256sum -c` reads them. Raises `OSError`."""
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names))


def write_evidence(
    run: Run,
    case: CaseResult,
    folder: Path,
    student: Student | None = None,
    delivered: Sequence[Delivered] = (),
    mask: bool = False,
) -> tuple[str, ...]:
    """Write `evidence.html`, `evidence.md` and their Chinese twins; returns the names. Raises `OSError`."""
    files = evidence(run, case, student, delivered, mask)
    write(files, folder)
    return tuple(sorted(files))
