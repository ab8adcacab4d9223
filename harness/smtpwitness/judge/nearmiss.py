"""Never just "no match": the nearest step, and the one thing that differs."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from os.path import commonprefix


def nearest(observed: str, expected: Iterable[str]) -> str:
    """The text of *expected* that is most like *observed*; "" of none. Only the first 200 characters are compared."""

    def ratio(text: str) -> float:
        return SequenceMatcher(None, observed[:200].upper(), text[:200].upper(), autojunk=False).ratio()

    return max(expected, key=ratio, default="")


def differs_in(expected: str, observed: str) -> str:
    """What stands in *observed* where *expected* has something else, as `'x' for 'y'`; "" if they are equal.

    Only the first 200 characters from where they part are looked at.
    """
    same = len(commonprefix((expected, observed)))
    expected, observed = expected[same : same + 200], observed[same : same + 200]
    for kind, from_, to, at, end in SequenceMatcher(None, expected, observed, autojunk=False).get_opcodes():
        if kind != "equal":
            return f"{observed[at:end]!r} for {expected[from_:to]!r}"
    return ""
