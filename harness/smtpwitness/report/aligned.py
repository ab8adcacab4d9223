"""What differs between an expected line and an observed one, word for word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .octets import Piece, Shown

LINES = 8  # compared
WORDS = 80  # of a line that are compared; what follows them is marked as a whole

TOKEN = re.compile(r"[ ]+|[:<>=,]|(?:\{[^{}]*\}|[^ :<>=,])+")
ANYTHING = re.compile(r"\{[^{}]*\}|\.\.\.")  # a placeholder, whose value a client may not know

Line = tuple[Piece, ...]


def tokens(line: Line) -> list[Piece]:
    """*line* in words and single signs; what is no text stays in one piece."""
    found: list[Piece] = []
    for piece in line:
        texts = TOKEN.findall(piece.text) if piece.kind == "text" else [piece.text]
        found += [Piece(piece.kind, text, piece.secret) for text in texts]
    return found


def fits(pattern: str, text: str) -> bool:
    """Whether *text* is *pattern*, where placeholders stand for any text and letter case does not count."""
    head, *rest = ANYTHING.split(pattern.lower())
    text = text.lower()
    if not rest:
        return head == text
    if not text.startswith(head):
        return False
    at = len(head)
    for part in rest[:-1]:
        place = text.find(part, at)
        if place < 0:
            return False
        at = place + len(part)
    return text.endswith(rest[-1]) and at + len(rest[-1]) <= len(text)


def alike(expected: Piece, observed: Piece) -> bool:
    if observed.kind == "secret":
        return ANYTHING.search(expected.text) is not None
    if expected.kind == observed.kind == "text" and expected.text.isspace() and observed.text.isspace():
        return len(expected.text) == len(observed.text)
    return observed.kind in ("text", "escape") and fits(expected.text, observed.text)


def kept(expected: Sequence[Piece], observed: Sequence[Piece]) -> list[tuple[int, int]]:
    """The places of the words that both have, in order: a longest common subsequence."""
    best = [[0] * (len(observed) + 1) for _ in range(len(expected) + 1)]
    same = [[alike(a, b) for b in observed] for a in expected]
    for row in range(len(expected) - 1, -1, -1):
        for column in range(len(observed) - 1, -1, -1):
            best[row][column] = (
                best[row + 1][column + 1] + 1
                if same[row][column]
                else max(best[row + 1][column], best[row][column + 1])
            )
    found: list[tuple[int, int]] = []
    row = column = 0
    while row < len(expected) and column < len(observed):
        if same[row][column]:
            found.append((row, column))
            row, column = row + 1, column + 1
        elif best[row + 1][column] >= best[row][column + 1]:
            row += 1
        else:
            column += 1
    return found


def marked(words: Sequence[Piece], same: set[int]) -> Line:
    """*words* with those that are not *same* as `differ`, neighbours joined; signs and marks speak for themselves."""
    line: list[Piece] = []
    for place, word in enumerate(words):
        kind = "differ" if word.kind == "text" and place not in same else word.kind
        if line and kind == line[-1].kind and kind in ("text", "differ"):
            line[-1] = Piece(kind, line[-1].text + word.text)
        else:
            line.append(Piece(kind, word.text, word.secret))
    return tuple(line)


def aligned(expected: Shown, observed: Shown) -> tuple[Shown, Shown]:
    """Both with the words that differ as pieces of the kind `differ`. Lines are compared one by one."""
    left, right = list(expected.lines), list(observed.lines)
    for number, (one, other) in enumerate(zip(left[:LINES], right[:LINES], strict=False)):
        mine, theirs = tokens(one), tokens(other)
        same = kept(mine[:WORDS], theirs[:WORDS])
        left[number] = marked(mine, {row for row, _ in same})
        right[number] = marked(theirs, {column for _, column in same})
    return Shown(tuple(left), expected.more), Shown(tuple(right), observed.more)
