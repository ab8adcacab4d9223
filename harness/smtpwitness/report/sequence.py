"""The sequence diagram of a case: client on the left, server on the right, time downwards; as SVG and as Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from ..judge.actions import IMPLICIT
from ..model.finding import Verdict
from ..model.run import CaseResult
from ..model.transcript import Event, Kind, Side
from .folding import blocks, folded_events
from .octets import BLANKS, Piece, fitted, show, visible
from .render import render
from .words import Words

MARKS = 90  # arrows and notes of a diagram
SILENCE = 1_000_000_000  # nanoseconds after which a pause is drawn


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing in the diagram: an arrow `right` or `left`, a `note`, a `band` (TLS), a `gap` in time.

    `dashed`: no octets went this way (connect, close). `bad`: a finding rests on it. `secure`: inside TLS.
    """

    kind: str
    text: str
    at: int
    dashed: bool = False
    bad: bool = False
    secure: bool = False


def plain(pieces: Iterable[Piece], words: Words) -> str:
    """A line's pieces as plain text."""
    texts: list[str] = []
    for piece in pieces:
        if piece.secret is not None:
            texts.append("[" + words(f"secret.{piece.secret.role}") + "]")
        elif piece.kind == "mark":
            texts.append(" " + words(f"mark.{piece.text}"))
        elif piece.kind == "more":
            texts.append("…")
        elif piece.kind == "blank":
            texts.append(BLANKS[piece.text])
        else:
            texts.append(piece.text)
    return "".join(texts)


def label(event: Event, words: Words) -> str:
    """One line that stands for the octets of *event*."""
    if event.kind is Kind.CONTENT:
        return words("sequence.message", size=f"{len(event.octets):,}")
    shown = show(event.octets, event.secrets, 1, 120)
    text = plain(shown.lines[0], words) if shown.lines else ""
    return text + " " + words("sequence.more-lines", count=shown.more) if shown.more else text


def mark(event: Event, words: Words) -> tuple[str, str, bool] | None:
    """Kind, text and whether it is dashed, of the mark for *event*; None for one that is not drawn."""
    arrow = "right" if event.side is Side.CLIENT else "left"
    match event.kind:
        case Kind.OPEN if event.note not in ("", IMPLICIT):
            return "right", words("sequence.meant", number=event.connection, host=visible(event.note, 60)), True
        case Kind.OPEN:
            return "right", words("sequence.connect", number=event.connection), True
        case Kind.LINE | Kind.CONTENT:
            return "right", label(event, words), False
        case Kind.REPLY:
            return ("left", label(event, words), False) if event.octets else ("note", words("sequence.nothing"), False)
        case Kind.TLS:
            return "band", words("sequence.tls", note=visible(event.note.partition(";")[0], 60)), False
        case Kind.TLS_FAILED:
            return "note", words("sequence.tls-failed", note=visible(event.note, 60)), False
        case Kind.CLOSE if event.note == "stall":
            return "note", words("close.stall"), False
        case Kind.CLOSE:
            return arrow, words(f"close.{event.note}"), True
        case Kind.LIMIT:
            return "note", words("sequence.limit"), False
        case Kind.EXIT:
            return "note", words("sequence.exit", note=visible(event.note, 40)), False
    return None  # PARTIAL: its octets come with CONTENT


def marks(case: CaseResult, words: Words) -> tuple[tuple[Mark, ...], int]:
    """The marks of the diagram, at most `MARKS`, and how many there are more."""
    faults = (finding for finding in case.findings if finding.verdict in (Verdict.FAIL, Verdict.WARN))
    bad = {seq for finding in faults for seq in finding.events}
    bad &= {event.seq for event in case.transcript if event.side is Side.CLIENT}  # a refusal is no fault
    secure: set[int] = set()
    found: list[Mark] = []
    last: int | None = None
    for event, *like in blocks(case.transcript, folded_events(case)):
        drawn = mark(event, words)
        if drawn is None:
            continue
        if like:
            text = words("more.like", count=1 + len(like))
            found.append(Mark("gap", text, event.begun, secure=event.connection in secure))
            last = like[-1].at
            continue
        kind, text, dashed = drawn
        if last is not None and event.begun - last > SILENCE:
            pause = words.time((event.begun - last) / 1e6)
            found.append(Mark("gap", words("sequence.gap", time=pause), event.begun, secure=event.connection in secure))
        if event.kind is Kind.TLS:
            secure.add(event.connection)
        came = event.begun if last is None or event.begun >= last else event.at
        found.append(Mark(kind, text, came, dashed, event.seq in bad, event.connection in secure))
        last = event.at
        if event.kind is Kind.CLOSE and event.note in ("close", "reset", "eof"):
            secure.discard(event.connection)
    return tuple(found[:MARKS]), max(0, len(found) - MARKS)


# --- SVG --------------------------------------------------------------------------------------------------------

HEIGHTS = {"right": 28, "left": 28, "note": 32, "band": 32, "gap": 26}
TOP = 66


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark with its place: `y` is its top, `height` what it takes, `middle` where its line is."""

    mark: Mark
    y: int
    height: int
    time: str

    @property
    def middle(self) -> int:
        return self.y + (self.height - 8 if self.mark.kind in ("right", "left") else self.height // 2)


def sequence_svg(case: CaseResult, language: str = "en") -> str:
    """The diagram as one `<svg>` element that needs nothing else; its colours can be set by CSS variables."""
    words = Words(language)
    return drawn(case, marks(case, words), words)


def drawn(case: CaseResult, diagram: tuple[tuple[Mark, ...], int], words: Words) -> Markup:
    """`sequence_svg` of the `marks` of *case*."""
    found, more = diagram
    placed: list[Placed] = []
    y = TOP
    start = case.transcript[0].begun if case.transcript else 0
    for item in found:
        placed.append(Placed(item, y, HEIGHTS[item.kind], words.time((item.at - start) / 1e6)))
        y += HEIGHTS[item.kind]
    return render(
        "sequence.svg.j2",
        words,
        case=case,
        marks=placed,
        more=more,
        top=TOP,
        bottom=y + (34 if more else 12),
    )


# --- Mermaid ----------------------------------------------------------------------------------------------------

SPECIAL = re.compile(r"[#;%<>&\"'`\\{}\[\]$:~*_]")


def entity(text: str) -> str:
    """*text* with every character that Mermaid may read as syntax or markup as `#NN;`, its own entity form."""
    return SPECIAL.sub(lambda match: f"#{ord(match[0])};", text)


def sequence_mermaid(case: CaseResult, language: str = "en") -> str:
    """The diagram as a Mermaid `sequenceDiagram`."""
    words = Words(language)
    return mermaid(case, marks(case, words), words)


def mermaid(case: CaseResult, diagram: tuple[tuple[Mark, ...], int], words: Words) -> str:
    """`sequence_mermaid` of the `marks` of *case*."""
    found, more = diagram
    lines = [
        "sequenceDiagram",
        f"    participant C as {entity(visible(case.client, 40))}",
        f"    participant S as {entity(visible(case.server, 40))}",
    ]
    for item in found:
        text = entity(fitted(item.text)).strip() or "#32;"
        match item.kind:
            case "right":
                lines.append(f"    C{'--' if item.dashed else '-'}>>S: {text}")
            case "left":
                lines.append(f"    S{'--' if item.dashed else '-'}>>C: {text}")
            case _:
                lines.append(f"    Note over C,S: {text}")
    if more:
        lines.append(f"    Note over C,S: {entity(words('more.events', count=more))}")
    return "\n".join(lines) + "\n"
