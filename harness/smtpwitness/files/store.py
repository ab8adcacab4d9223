r"""`run.json`, version 1: a run as JSON and back, without loss, and a journal that writes it case by case.

Every dataclass of `model` is an object with the names of its fields. Added for readers, and passed over when a run is
read back: `verdict` of a case, `message` of a finding (its `<key>.what` in English).

**The escape.** Octets (of `transcript[]` and of the job's messages) are text: printable US-ASCII and CR, LF, TAB stand
for themselves, a backslash is `\\`, and any other octet is `\xNN` with two hexadecimal digits. JSON's own escapes come
on top, as in any JSON text.

Each top-level key and each case is one line, and what is known only at the end comes last. So a journal adds a case
by writing over the few octets of the tail, and a file that was cut short in the middle of that can be mended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType, NoneType, TracebackType, UnionType
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from ..model.finding import Finding
from ..model.run import SCHEMA, CaseResult, Run
from ..model.texts import say
from .anonymous import Machine, without_machine

NAME = "run.json"

T = TypeVar("T")


class StoreError(ValueError):
    """A stored run cannot be read: no JSON, another version, or a value out of place (its JSON path is told)."""


# --- octets -----------------------------------------------------------------------------------------------------

_FOREIGN_OCTET = re.compile(r"[^ -~\r\n\t]|\\")
_ESCAPE = re.compile(r"\\(?:\\|x[0-9a-fA-F]{2})")
_FOREIGN = re.compile(r"[^ -~\r\n\t]|\\(?![\\x])|\\x(?![0-9a-fA-F]{2})")


def escape(octets: bytes) -> str:
    """*octets* as text with the one escape of `run.json`."""
    return _FOREIGN_OCTET.sub(
        lambda match: "\\\\" if match[0] == "\\" else f"\\x{ord(match[0]):02x}", octets.decode("latin-1")
    )


def unescape(text: str) -> bytes:
    """The octets that `escape` made *text* from. Raises `ValueError` for text that it never makes."""
    plain = _ESCAPE.sub(lambda match: "\\" if match[0] == "\\\\" else chr(int(match[0][2:], 16)), text)
    if wrong := _FOREIGN.search(_ESCAPE.sub("", text)):
        raise ValueError(f"{wrong[0]!r} is no part of escaped octets")
    return plain.encode("latin-1")


# --- out --------------------------------------------------------------------------------------------------------


def encode(value: object) -> Any:
    """*value* (a dataclass of `model`, or what stands in one) as what `json` writes."""
    if isinstance(value, bytes):
        return escape(value)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if not is_dataclass(value):
        return value
    found = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, CaseResult):
        found["verdict"] = str(value.verdict)
    if isinstance(value, Finding):
        found["message"] = say(f"{value.key}.what", "en", **dict(value.facts))
    return found


def _line(value: object) -> str:
    text = json.dumps(encode(value), ensure_ascii=False, allow_nan=False)
    # A client's output may hold halves of surrogate pairs, which are no UTF-8.
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def text_of(value: object) -> str:
    """A dataclass of `model` as JSON in US-ASCII, for another process; `value_of` reads it."""
    return json.dumps(encode(value), allow_nan=False)


def value_of(kind: type[T], text: str) -> T:
    """The *kind* that *text* was made of. Raises `StoreError`."""
    try:
        stored = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise StoreError(f"{kind.__name__} is no JSON: {error}") from error
    value: T = _decode(kind, stored, kind.__name__)
    return value


_LAST = ("cases", "duration_ms", "finished")
_CASES = '"cases": ['


def _head(run: Run) -> str:
    known = [field.name for field in fields(run) if field.name not in _LAST]
    known.sort(key=lambda name: name != "schema")  # the version first
    return "{\n" + "".join(f'"{name}": {_line(getattr(run, name))},\n' for name in known) + _CASES


def _tail(duration_ms: float, finished: bool) -> str:
    return f'\n],\n"duration_ms": {_line(duration_ms)},\n"finished": {_line(finished)}\n}}\n'


def _row(case: CaseResult, first: bool) -> str:
    # The comma is in front, so that no octet of an earlier row is written over when a row is added.
    return f"\n{'' if first else ','}{_line(case)}"


def dump(run: Run) -> str:
    """The text of `run.json`: the same for the same run. Raises `KeyError` for a finding whose key has no text."""
    cases = "".join(_row(case, not number) for number, case in enumerate(run.cases))
    return _head(run) + cases + _tail(run.duration_ms, run.finished)


# --- in ---------------------------------------------------------------------------------------------------------


def load(text: str) -> Run:
    """The run that *text* holds. Text that was cut short while a case was written loses that case, no other.

    Raises `StoreError`.
    """
    try:
        stored = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        stored = _mended(text)
        if stored is None:
            raise StoreError(f"{NAME} is no JSON: {error}") from error
    if not isinstance(stored, dict):
        raise StoreError(f"{NAME} holds no run: the whole is no object")
    if (version := stored.get("schema")) != SCHEMA or isinstance(version, bool):
        raise StoreError(f"{NAME} is of version {version!r}; this smtpwitness reads version {SCHEMA}")
    run = _decode(Run, stored, "")
    assert isinstance(run, Run)
    return run


def _mended(text: str) -> Any:
    """What can be read of a file whose last case was cut short, or None."""
    head, found, rest = text.partition("\n" + _CASES)
    if not found:
        return None
    cases = []
    for line in rest.split("\n")[1:]:
        try:
            cases.append(json.loads(line.removeprefix(",")))
        except (json.JSONDecodeError, RecursionError):
            break
    try:
        return json.loads(head.removesuffix(",") + "}") | {"cases": cases, "duration_ms": 0.0, "finished": False}
    except json.JSONDecodeError:
        return None


@cache
def _shape(kind: type) -> dict[str, tuple[Any, bool]]:
    """For each field of a dataclass: its type, and whether it must be there."""
    hints = get_type_hints(kind)
    return {f.name: (hints[f.name], f.default is MISSING and f.default_factory is MISSING) for f in fields(kind)}


_DERIVED = {CaseResult: {"verdict"}, Finding: {"message"}}


def _decode(kind: Any, value: Any, path: str) -> Any:
    """*value* as a *kind*. Raises `StoreError` with the JSON path of what does not fit."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        inner = [choice for choice in get_args(kind) if choice is not NoneType]
        return None if value is None else _decode(inner[0], value, path)
    if origin is tuple:
        return _decode_tuple(get_args(kind), _checked(list, value, path), path)
    if origin is frozenset:
        return frozenset(_decode(get_args(kind)[0], item, path) for item in _checked(list, value, path))
    if origin is not None:  # a mapping
        key, inner_kind = get_args(kind)
        stored = _checked(dict, value, path)
        return MappingProxyType({_key(key, k, path): _decode(inner_kind, v, f"{path}.{k}") for k, v in stored.items()})
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return _decode_object(kind, _checked(dict, value, path), path)
    if kind is not bytes and not issubclass(kind, StrEnum):
        return _checked(kind, value, path)
    text = _checked(str, value, path)
    try:
        return unescape(text) if kind is bytes else kind(text)
    except ValueError as error:
        raise StoreError(f"{path}: {error}") from error


def _decode_tuple(kinds: tuple[Any, ...], items: list[Any], path: str) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(items)
    if len(kinds) != len(items):
        raise StoreError(f"{path}: {len(items)} values where {len(kinds)} belong")
    return tuple(
        _decode(kind, item, f"{path}[{index}]") for index, (kind, item) in enumerate(zip(kinds, items, strict=True))
    )


def _decode_object(kind: type, stored: dict[str, Any], path: str) -> Any:
    shape = _shape(kind)
    dot = f"{path}." if path else ""
    for name in stored:
        if name not in shape and name not in _DERIVED.get(kind, ()):
            raise StoreError(f"{dot}{name}: no such key belongs here")
    for name, (_, needed) in shape.items():
        if needed and name not in stored:
            raise StoreError(f"{dot}{name}: is missing")
    return kind(**{n: _decode(hint, stored[n], f"{dot}{n}") for n, (hint, _) in shape.items() if n in stored})


def _checked(kind: type, value: Any, path: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise StoreError(f"{path}: {json.dumps(value)[:60]} stands where {kind.__name__} belongs")
    return value


def _key(kind: type, key: str, path: str) -> str | int:
    if kind is str:
        return key
    try:
        return int(key)
    except ValueError as error:
        raise StoreError(f"{path}: the key {key!r} is no number") from error


# --- while it runs ----------------------------------------------------------------------------------------------


class Journal:
    """`run.json` of a run that is under way: whenever the harness stops, and however, it holds the finished cases.

    *begun* is the run so far (mostly without cases), its requirements, clients and sources known. Paths and names
    of this machine are taken out of all that is written (`anonymous`).
    """

    def __init__(self, folder: Path, begun: Run, machine: Machine | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._machine = machine or Machine.here()
        begun = replace(without_machine(begun, self._machine), finished=False)
        self.path = write(begun, folder)  # in one step: what another journal had written there is not lost half-way
        self._empty = not begun.cases
        # Unbuffered: a case has left this process when `add` returns.
        self._file = self.path.open("r+b", buffering=0)
        self._end = self.path.stat().st_size - len(_tail(begun.duration_ms, False).encode())  # where the tail begins

    def add(self, case: CaseResult, duration_ms: float) -> CaseResult:
        """Write a finished case, and how long the run has taken so far. Returns the case as it was written."""
        case = without_machine(case, self._machine)
        self._write(_row(case, self._empty).encode(), duration_ms)
        self._empty = False
        return case

    def finish(self, run: Run) -> Run:
        """Put the whole run, cases in their final order, in the journal's place. Returns the run as it was written."""
        self.close()
        run = without_machine(run, self._machine)
        write(run, self.path.parent)
        return run

    def close(self) -> None:
        """Leave the file as it is; enough after Ctrl-C."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, octets: bytes, duration_ms: float) -> None:
        """Put *octets* and a new tail over the old tail; a row is always longer than that was."""
        self._file.seek(self._end)
        left = memoryview(octets + _tail(duration_ms, False).encode())
        while left:
            left = left[self._file.write(left) :]
        self._end += len(octets)


def write(run: Run, folder: Path) -> Path:
    """Write `run.json` in *folder*, in one step: a reader sees the old file or the new one. Returns its path."""
    path = folder / NAME
    beside = folder / f".{NAME}.new"
    beside.write_text(dump(run), encoding="utf-8", newline="\n")
    beside.replace(path)
    return path


def read(path: Path) -> Run:
    """The run in the file *path*, or in `run.json` of the folder *path*. Raises `StoreError` and `OSError`."""
    file = path / NAME if path.is_dir() else path
    octets = file.read_bytes()
    try:
        text = octets.decode()
    except UnicodeDecodeError as error:  # cut short within a character, perhaps: the rest is worth as little
        text = octets[: error.start].decode()
    return load(text)
