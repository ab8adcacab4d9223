"""Text with placeholders: what a scenario writes, before a job gives it values.

`{x}` is a value, `{x:base64}` and `{x:xtext}` encode it, `{filler:450}` is filling, `{{` and `}}` are braces
(LANGUAGE.md, section 4). Values of variants and fragments are filled in when a scenario is loaded; values of the
job (`sender`, `helo`, `queue-id`, ...) when a case is played, because only then are they known.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{name}` or `{name:how}`."""

    name: str
    how: str = ""

    def __str__(self) -> str:
        return "{" + self.name + (":" + self.how if self.how else "") + "}"


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and placeholders in turn."""

    parts: tuple[str | Placeholder, ...]

    def __str__(self) -> str:
        return "".join(
            str(part) if isinstance(part, Placeholder) else part.replace("{", "{{").replace("}", "}}")
            for part in self.parts
        )

    @property
    def names(self) -> frozenset[str]:
        """Names of the placeholders in it."""
        return frozenset(part.name for part in self.parts if isinstance(part, Placeholder))

    def fill(self, value: Callable[[Placeholder], str]) -> str:
        """The text with every placeholder replaced by `value(placeholder)`."""
        return "".join(value(part) if isinstance(part, Placeholder) else part for part in self.parts)


class TemplateError(ValueError):
    """Braces that do not pair, or an empty or unknown placeholder; `offset` counts characters from the start."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def parse(text: str) -> Template:
    """Split *text* into literal text and placeholders. Raises `TemplateError`."""
    parts: list[str | Placeholder] = []
    literal: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char in "{}" and text[at : at + 2] == char * 2:
            literal.append(char)
            at += 2
        elif char == "{":
            end = text.find("}", at)
            if end < 0:
                raise TemplateError("a '{' without its '}' (write '{{' for a brace)", at)
            name, _, how = text[at + 1 : end].partition(":")
            if not name.strip():
                raise TemplateError("a placeholder without a name", at)
            if literal:
                parts.append("".join(literal))
                literal = []
            parts.append(Placeholder(name.strip(), how.strip()))
            at = end + 1
        elif char == "}":
            raise TemplateError("a '}' without its '{' (write '}}' for a brace)", at)
        else:
            literal.append(char)
            at += 1
    if literal:
        parts.append("".join(literal))
    return Template(tuple(parts))


def xtext(value: str) -> str:
    """RFC 3461 section 4: `+`, `=` and all but printable US-ASCII as `+XX`."""
    return "".join(
        chr(octet) if 33 <= octet <= 126 and octet not in b"+=" else f"+{octet:02X}" for octet in value.encode()
    )


def decoded_xtext(text: str) -> str:
    """What *text* stands for, one character an octet. What is no xtext stays as it is."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)


ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "": lambda value: value,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "xtext": xtext,
}


def filler(size: int) -> str:
    """*size* characters of filling that show their own length: `123456789.123456789.…`."""
    return ("123456789." * (size // 10 + 1))[:size]


def filler_lines(size: int, used: int = 0) -> str:
    """CRLF lines of at most 72 octets that make content which already has *used* octets *size* octets long.

    A line needs its two octets of line end, so a single octet that is to be filled becomes two.
    """
    lines: list[str] = []
    left = size - used
    while left > 0:
        length = left if left <= 74 else (72 if left - 74 < 3 else 74)
        lines.append(filler(length - 2) + "\r\n")
        left -= length
    return "".join(lines)
