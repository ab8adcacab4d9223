"""The client's terminal window: what it printed, with colours understood and every other control sequence dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

from ..model.run import Process
from .octets import runs
from .render import render
from .words import Words

LINES = 120
CHARACTERS = 300
TEXT = 256 * 1024  # characters of a stream that are looked at

COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
CONTROL = re.compile(
    r"\x1b\[(?P<sgr>[0-9;]*)m"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, hyperlinks
    r"|\x1b[ -/]*[0-~]"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of a line in one style; `style` is a list of CSS classes, `kind` as in `octets.Piece`."""

    style: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Screen:
    lines: tuple[tuple[Span, ...], ...]
    more: int


def restyle(style: tuple[str, str], codes: str) -> tuple[str, str]:
    """The style after an SGR sequence: colours and bold, nothing else."""
    colour, bold = style
    for code in codes.split(";"):
        number = int(code[:4] or 0)
        if number in (38, 48):
            break  # a colour from a palette: what follows are its numbers
        if number == 0:
            colour, bold = "", ""
        elif number == 1:
            bold = "bold"
        elif number == 22:
            bold = ""
        elif number == 39:
            colour = ""
        elif 30 <= number <= 37 or 90 <= number <= 97:
            colour = "ansi-" + COLOURS[number % 10]
    return colour, bold


def screen(text: str, limit: int = LINES) -> Screen:
    """What a terminal would show of *text*, roughly, and never anything but text; at most *limit* lines."""
    cut = len(text) > TEXT
    text = text[:TEXT].replace("\r\n", "\n")
    lines: list[list[Span]] = [[]]
    style = ("", "")
    at = 0
    for match in (*CONTROL.finditer(text), None):
        for count, run in enumerate(text[at : match.start() if match else len(text)].split("\n")):
            if count:
                lines.append([])
            put(lines[-1], run, style)
        if match:
            at = match.end()
            style = restyle(style, match["sgr"]) if match["sgr"] is not None else style
    if not lines[-1]:
        lines.pop()
    return Screen(tuple(map(tuple, lines[:limit])), max(0, len(lines) - limit) + cut)


def put(line: list[Span], text: str, style: tuple[str, str]) -> None:
    """Add *text* to *line*, as far as the line may grow."""
    room = CHARACTERS - sum(len(span.text) for span in line[-CHARACTERS:])
    if text and room > 0:
        name = " ".join(filter(None, style))
        line += [Span(name, piece.kind, piece.text) for piece in runs(text.expandtabs(8)[:room])]
        if len(text) > room:
            line.append(Span("", "more", f"{len(text) - room:,}"))


def terminal_html(process: Process, command: str, language: str = "en", lines: int = LINES) -> Markup:
    """A terminal window as an HTML figure: *command*, standard output and error, and how it ended.

    Of each stream there are at most so many *lines*.
    """
    return render(
        "terminal.html.j2",
        Words(language),
        process=process,
        command=command,
        stdout=screen(process.stdout, lines),
        stderr=screen(process.stderr, lines),
    )
