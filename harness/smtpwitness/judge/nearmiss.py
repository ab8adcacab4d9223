"""Never just "no match": the nearest step."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(observed: str, expected: Iterable[str]) -> str:
    """The text of *expected* that is most like *observed*; "" of none. Only the first 200 characters are compared."""

    def ratio(text: str) -> float:
        return SequenceMatcher(None, observed[:200].upper(), text[:200].upper(), autojunk=False).ratio()

    return max(expected, key=ratio, default="")
