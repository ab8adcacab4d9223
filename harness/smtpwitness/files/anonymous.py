"""Takes this machine out of text: home folder, user, host, working and temporary folder leave no name behind."""

from __future__ import annotations

import getpass
import os
import platform
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ..model.gate import Known
from ..model.run import CaseResult, Client, Process, Run
from ..model.scenario import Place

T = TypeVar("T")

COMMON = frozenset(
    ("localhost", "localdomain", "mail", "smtp", "host", "server", "client", "test", "local", "vm", "pc", "docker")
)
"""Host names that are ordinary words: they tell nobody's machine from another, and would maim what a client says."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is told of a machine by the paths and names in its programs' output."""

    home: str
    cwd: str
    temporary: str
    user: str
    host: str

    @classmethod
    def here(cls) -> Machine:
        """This process's machine."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):  # a user id without a name, as in many containers
            user = ""
        return cls(str(Path.home()), str(Path.cwd()), tempfile.gettempdir(), user, platform.node())


def anonymous(text: str, machine: Machine | None = None) -> str:
    """*text* with the home folder as `~`, the working folder as `.`, that of temporary files as `tmp`, the user's name
    as `user` and the host's as `host`.

    A user's name goes only where it is a part of a path or stands before `@` and the host's name: `root` and `mail`
    are words, too. A host's name goes as a whole word, unless it is one of `COMMON`.
    """
    for pattern, instead in _patterns(machine or Machine.here()):
        text = pattern.sub(instead, text)
    return text


@cache
def _patterns(machine: Machine) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(_make(machine))


def _make(machine: Machine) -> Iterator[tuple[re.Pattern[str], str]]:
    folders: dict[str, str] = {}
    for path, instead in ((machine.cwd, "."), (machine.temporary, "tmp"), (machine.home, "~")):
        for spelt in (path, os.path.realpath(path)):
            if len(spelt.strip("/\\")) > (2 if ":" in spelt else 0):  # "/" and "C:\" are no secret
                folders.setdefault(spelt.rstrip("/\\"), instead)
    for path in sorted(folders, key=len, reverse=True):  # a folder before the one that it lies in
        parts = [re.escape(part) for part in re.split(r"[/\\]", path)]
        # Windows takes both slashes and any case; Python's repr and JSON double a backslash.
        spelt, flags = (r"(?:/|\\{1,2})".join(parts), re.I) if "\\" in path else ("/".join(parts), re.NOFLAG)
        yield re.compile(rf"(?<![\w.~-]){spelt}(?![\w-]|\.\w)", flags), folders[path]
    names = {machine.host, machine.host.partition(".")[0]}
    for host in sorted(names - COMMON - {""}, key=len, reverse=True):
        if machine.user:
            yield re.compile(rf"(?<![\w.-]){re.escape(machine.user)}@{re.escape(host)}(?![\w-])", re.I), "user@host"
        yield re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", re.I), "host"
    if machine.user:
        yield re.compile(rf"(?<=[/\\]){re.escape(machine.user)}(?![\w.-])"), "user"


def without_machine(value: T, machine: Machine) -> T:
    """*value* (a run, a case, a client or a process) with every path and text `anonymous` that this machine has made.

    Transcripts and jobs stay as they are: they are what was on the wire, and are judged again.
    """
    cleaned: Any = value
    if isinstance(value, Run):
        cleaned = _clean_run(value, machine)
    elif isinstance(value, CaseResult):
        cleaned = _clean_case(value, machine)
    elif isinstance(value, Client):
        argv = tuple(anonymous(word, machine) for word in value.argv)
        cleaned = replace(
            value,
            argv=argv,
            env=_clean_values(value.env, machine),
            place=_clean_place(value.place, machine),
            known=_clean_known(value.known, machine),
        )
    elif isinstance(value, Process):
        stdout, stderr = anonymous(value.stdout, machine), anonymous(value.stderr, machine)
        cleaned = replace(value, stdout=stdout, stderr=stderr)
    result: T = cleaned
    return result


def _clean_run(run: Run, machine: Machine) -> Run:
    return replace(
        run,
        environment=_clean_values(run.environment, machine),
        clients=tuple(without_machine(client, machine) for client in run.clients),
        cases=tuple(without_machine(case, machine) for case in run.cases),
        sources=MappingProxyType({anonymous(path, machine): text for path, text in run.sources.items()}),
        gate=replace(
            run.gate,
            unseen=tuple(replace(one, known=_clean_known((one.known,), machine)[0]) for one in run.gate.unseen),
        ),
    )


def _clean_case(case: CaseResult, machine: Machine) -> CaseResult:
    return replace(
        case,
        process=without_machine(case.process, machine),
        place=replace(case.place, file=anonymous(case.place.file, machine)),
        steps=tuple(replace(row, place=_clean_place(row.place, machine)) for row in case.steps),
        reason=anonymous(case.reason, machine),
        known=_clean_known(case.known, machine),
    )


def _clean_known(known: tuple[Known, ...], machine: Machine) -> tuple[Known, ...]:
    return tuple(replace(one, place=replace(one.place, file=anonymous(one.place.file, machine))) for one in known)


def _clean_place(place: Place | None, machine: Machine) -> Place | None:
    return place and replace(place, file=anonymous(place.file, machine))


def _clean_values(values: Mapping[str, str], machine: Machine) -> Mapping[str, str]:
    return MappingProxyType({name: anonymous(value, machine) for name, value in values.items()})
