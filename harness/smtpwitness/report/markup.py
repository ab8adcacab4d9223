"""Octets made readable (`octets.Shown`) as HTML, in the words of one language.

A report has half a million lines of them, too many for macros of a template.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from ..model.transcript import Secret
from .octets import Piece, Shown, visible
from .words import Words


def secret(found: Secret, words: Words) -> str:
    """What a secret is, how it was encoded, and whether it is the one that was given to the client."""
    told = [words(f"secret.{found.role}"), visible(found.encoding, 20)]
    told += [] if found.well_formed else [words("secret.malformed")]
    told += [words("secret.other")] if found.agrees is False else []
    return words("secret.comma").join(filter(None, told))


def piece(one: Piece, words: Words) -> str:
    """One run of a line as HTML, escaped."""
    match one.kind:
        case "text":
            return escape(one.text)
        case "secret":
            assert one.secret
            return _span("secret", secret(one.secret, words))
        case "mark":
            return _span("mark", words(f"mark.{one.text}"))
        case "blank":
            return _span("blank tab" if one.text == "\t" else "blank", one.text)
        case "end":
            return _span("stuffed", ".") + _span("mark ok", words("mark.end"))
        case "differ":
            return f"<mark>{escape(one.text)}</mark>"
        case "more":
            return _span("more", words("more.octets", count=one.text))
    return _span(one.kind, one.text)


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>'


def octets(shown: Shown, words: Words, kind: str = "") -> Markup:
    """One `<code>`, with a line of its own for each line; of what *kind* is for the style sheet (`block`, `wire`)."""
    lines = ["".join([piece(one, words) for one in line]) for line in shown.lines]
    if kind or len(lines) != 1 or shown.more:
        lines = [f'<span class="ln">{line}</span>' for line in lines]
    if shown.more:
        lines.append(_span("ln more", words("more.lines", count=f"{shown.more:,}")))
    reached = ' tabindex="0"' if kind.startswith("block") else ""
    names = f"octets {kind}" if kind else "octets"
    return Markup(f'<code class="{names}"{reached}>{"".join(lines)}</code>')  # noqa: S704 - each piece is escaped
