"""Where the texts of scenarios come from: folders, or (for a replay) what an earlier run remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from ..model.scenario import Place
from .nodes import LIMIT, Fields, compose, one


class Sources:
    """Reads texts by name and remembers in `texts` what it read.

    A file under *root* (the bundled scenarios) is named by its path there, any other by the path as it was given,
    with `/`. Fragments and personas of a bundled scenario are bundled; those of any other are looked for in the
    folders `fragments` and `personas` beside it, then beside its folder, then in *root*.
    """

    def __init__(self, root: Path) -> None:
        self.root: Path | None = root
        self.texts: dict[str, str] = {}
        self._composed: dict[str, Fields] = {}  # most scenarios use the same few fragments and personas

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Self:
        """Sources that hold *texts* and look nowhere else."""
        made = cls(Path())
        made.root = None
        made.texts.update(texts)
        return made

    def is_bundled(self, path: str) -> bool:
        return self.root is not None and _is_plain(path) and _is_file(self.root / path)

    def read(self, path: str) -> str:
        """The text of the file. Raises `ScenarioError` if it cannot be read, is no UTF-8, or is over the limit."""
        path = path.replace("\\", "/")
        if path not in self.texts:
            self.texts[path] = self._read(path)
        return self.texts[path]

    def composed(self, path: str) -> Fields:
        """What stands in the file, which must be a map. Raises `ScenarioError` with all that is wrong with it."""
        if path not in self._composed:
            self._composed[path] = compose(self.read(path), path)
        return self._composed[path]

    def _read(self, path: str) -> str:
        start = Place(path, 1, 1)
        if self.root is None:
            raise one(start, "the file is not among what was stored")
        file = self.root / path if self.is_bundled(path) else Path(path)
        try:
            with file.open("rb") as opened:
                octets = opened.read(LIMIT + 4)
            if len(octets) > LIMIT:
                raise one(start, f"the file is too large: {LIMIT // 1024} kB is the limit")
            return octets.decode("utf-8")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].split(b"\n")
            place = Place(path, len(before), len(before[-1].decode("utf-8")) + 1)
            raise one(place, "the file is no UTF-8 text") from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = getattr(error, "strerror", None) or error
            raise one(start, f"the file cannot be read: {reason}") from error

    def beside(self, path: str, name: str) -> str | None:
        """The name of the file *name* that *path* may use from its own folder; None if it is no plain name."""
        return f"{_folder(path)}/{name}" if _is_plain(name) else None

    def find(self, kind: str, name: str, path: str) -> str | None:
        """The name of the fragment or persona (*kind*: its folder) that the scenario at *path* means, or None."""
        if not re.fullmatch(r"[\w.-]+", name):
            return None
        for folder in self._folders(kind, path):
            file = f"{folder}/{name}.yaml"
            if file in self.texts or self.is_bundled(file) or (folder != kind and self._is_own(file)):
                return file
        return None

    def names(self, kind: str, path: str) -> list[str]:
        """All names that `find` would find."""
        found: set[str] = set()
        for folder in self._folders(kind, path):
            if self.root is None:
                found.update(Path(t).stem for t in self.texts if t.startswith(f"{folder}/") and t.endswith(".yaml"))
            else:
                base = self.root / folder if folder == kind else Path(folder)
                found.update(file.stem for file in base.glob("*.yaml"))
        return sorted(found)

    def _folders(self, kind: str, path: str) -> list[str]:
        if self.is_bundled(path):
            return [kind]
        folder = _folder(path)
        above = folder.rpartition("/")[0] if "/" in folder and not folder.endswith("..") else f"{folder}/.."
        return [f"{folder}/{kind}", f"{above}/{kind}", kind]

    def _is_own(self, path: str) -> bool:
        return self.root is not None and _is_file(Path(path))


def _folder(path: str) -> str:
    return path.rpartition("/")[0] if "/" in path else "."


def _is_plain(path: str) -> bool:
    """Relative without `./` in front, and nowhere above where it starts."""
    return bool(path) and not re.search(r"^\.?/|[:\\\0]|(^|/)\.\.(/|$)", path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or no name
        return False
