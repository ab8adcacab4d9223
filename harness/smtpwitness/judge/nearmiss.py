"""Never just "no match": the nearest step, and the one thing that differs."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(observed: str, expected: Iterable[str]) -> str:
    """The text of *expected* that is most like *observed*; "" of none. Only the first 200 characters are compared."""

    def ratio(text: str) -> float:
        return SequenceMatcher(None, observed[:200].upper(), text[:200].upper(), autojunk=False).ratio()

    return max(expected, key=ratio, default="")


def differs_in(expected: str, observed: str) -> str:
    """What stands in *observed* where *expected* has something else, as `'x' for 'y'`; "" if they are equal.

    Only the first 200 characters from where they part are looked at.
    """
    same = next((at for at, (one, other) in enumerate(zip(expected, observed, strict=False)) if one != other), None)
    if same is None:
        same = min(len(expected), len(observed))
    expected, observed = expected[same : same + 200], observed[same : same + 200]
    parts = SequenceMatcher(None, expected, observed, autojunk=False).get_opcodes()
    if not parts:
        return ""
    _, from_, to, at, end = parts[0]  # they part at once, so this is no equal part
    return f"{observed[at:end]!r} for {expected[from_:to]!r}"
