"""What every Markdown document of a report is made of: text that nothing can act on, rows, tables."""

from __future__ import annotations

import re

from .octets import visible

MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&@])")


def safe(text: str, limit: int = 160) -> str:
    """*text* on one line, with every character that Markdown or HTML could act on as an entity."""
    return MARKUP.sub(lambda match: f"&#{ord(match[1])};", visible(text, limit))


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def table(*heads: str) -> list[str]:
    return ["", row(*heads), row(*("---" for _ in heads))]
