"""The last look at an output folder: does any file hold a secret, in any form that a program may have given it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ..judge import redact
from .store import escape

Forms = Callable[[str], Mapping[str, bytes]]
"""The octets of each form of a secret, by the form's name."""

PIECE = 16_000_000  # octets read at once
GRAM, STRIDE = 6, 6
"""A file is compared at every sixth place with all runs of six octets that any form holds, so that its time does not
grow with the number of secrets; a form shorter than eleven octets could slip through there and is looked for itself."""


def find_secrets(folder: Path, secrets: Iterable[str], forms: Forms = redact.forms) -> list[tuple[Path, str]]:
    """Every file under *folder* that holds a form of a secret, with the form's name; in order of path and name.

    Links are not followed. A file that cannot be read raises `OSError`: what was not looked at is not clean.
    """
    needles = _Needles((name, octets) for secret in secrets for name, octets in _all_forms(secret, forms))
    found = {
        (path, name)
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        for name in _found(path, needles)
    }
    return sorted(found)


def forms_in(text: str, secrets: Iterable[str], forms: Forms = redact.forms) -> set[str]:
    """Names of the forms of *secrets* that *text* holds."""
    needles = _Needles((name, octets) for secret in secrets for name, octets in _all_forms(secret, forms))
    return needles.names_in(text.encode("utf-8", "surrogatepass"))


def _all_forms(secret: str, forms: Forms) -> Iterable[tuple[str, bytes]]:
    found = {name: octets for name, octets in forms(secret).items() if octets}
    if found:  # what run.json makes of octets is our own form
        found["run.json"] = json.dumps(escape(secret.encode("utf-8", "surrogatepass")))[1:-1].encode()
    return found.items()


class _Needles:
    """All forms of all secrets, those that are long enough by every run of octets in them."""

    def __init__(self, forms: Iterable[tuple[str, bytes]]) -> None:
        self.longest = 0
        self._short: list[tuple[str, bytes]] = []
        self._by_gram: dict[bytes, list[tuple[str, bytes]]] = {}
        for name, octets in set(forms):
            self.longest = max(self.longest, len(octets))
            if len(octets) < GRAM + STRIDE - 1:
                self._short.append((name, octets))
                continue
            for start in range(len(octets) - GRAM + 1):
                self._by_gram.setdefault(octets[start : start + GRAM], []).append((name, octets))

    def names_in(self, piece: bytes) -> set[str]:
        """Names of the forms that *piece* holds."""
        here = (piece[at : at + GRAM] for at in range(0, len(piece), STRIDE))
        likely = {needle for gram in self._by_gram.keys() & here for needle in self._by_gram[gram]}
        return {name for name, octets in likely.union(self._short) if octets in piece}


def _found(path: Path, needles: _Needles) -> set[str]:
    """Names of the forms in *path*, which is read once, piece by piece; pieces overlap by the longest form."""
    found: set[str] = set()
    rest = b""
    with path.open("rb") as file:
        while octets := file.read(PIECE):
            piece = rest + octets
            found |= needles.names_in(piece)
            rest = piece[max(0, len(piece) - needles.longest) :]
    return found
