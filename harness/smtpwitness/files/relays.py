"""Relays as data: `harness/relays/*.relay.yaml`, how each is fetched, written its files, started and looked into.

Texts hold `@name@`: `run` (the relay's own folder), `prefix` (where its packages were unpacked), `triplet` (the folder
of libraries for this kind of processor, as `x86_64-linux-gnu`), `certificate` (key and chain in one file), `ca`,
`python` and `dovecotauth` (a helper for whoever asks Dovecot), `user`, `uid`, `group`, `gid`, and the ports by name.
The line of an account holds `username`, `local` (what stands before its @) and `password`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..model.scenario import Place
from .bundled import relays_root
from .nodes import Fields
from .problems import Problem, ScenarioError, nearest
from .validated import place_of, read_fields, validated

SUFFIX = ".relay.yaml"
PLACES = ("run", "prefix", "triplet", "certificate", "ca", "user", "uid", "group", "gid", "python", "dovecotauth")
PORTS = ("smtp", "smtps", "lmtp", "imap", "auth", "onward")
PLACEHOLDER = re.compile(r"@([a-z]+)@")


class Known(BaseModel):
    """Where a relay differs from the fake and may: why, and what was sent and came on each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    fake: str
    relay: str
    also: list[str] = []
    """Other scenarios in which the same shows."""


@dataclass(frozen=True, slots=True)
class Relay:
    """A local relay.

    `packages` of Debian are unpacked side by side, never installed; `npm` likewise; `installed` are programs that must
    be on this machine, with the Debian packages that have them, and `version` asks one for its own. `line` is what the
    file `accounts` says of an account. `mailbox` is a glob within the run's folder; `mailboxes` the port where each
    address has its own, with INBOX and Sent, over IMAP. `known` are differences from the fake that are argued, by
    scenario.
    """

    name: str
    title: str
    command: tuple[str, ...]
    ports: tuple[str, ...]
    files: Mapping[str, str]
    packages: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    installed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    version: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    setup: tuple[tuple[str, ...], ...] = ()
    login: tuple[str, ...] = ()  # the ports where it takes mail from nobody who has not logged in
    helper: tuple[str, ...] = ()  # started before it, and ended with it
    accounts: tuple[str, str] | None = None
    mailbox: str = ""
    mailboxes: str = ""
    logs: tuple[str, ...] = ()
    known: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))

    def why(self, scenario: str) -> str:
        """Why it may differ from the fake in *scenario*, or ""."""
        return next((one.why for name, one in self.known.items() if scenario in (name, *one.also)), "")


class _Accounts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: str
    line: str


class _RelayFile(BaseModel):
    """The keys of a `*.relay.yaml`."""

    model_config = ConfigDict(extra="forbid")

    title: str
    command: Annotated[list[str], Field(min_length=1)]
    ports: Annotated[list[Literal[PORTS]], Field(min_length=1)]  # type: ignore[valid-type]
    files: dict[str, str] = {}
    packages: list[str] = []
    npm: list[str] = []
    installed: dict[str, str] = {}
    version: list[str] = []
    folders: list[str] = []
    env: dict[str, str] = {}
    setup: list[list[str]] = []
    helper: list[str] = []
    login: Literal["yes", "smtps", "no"] = "no"
    accounts: _Accounts | None = None
    mailbox: str = ""
    mailboxes: Literal["", "imap"] = ""
    logs: list[str] = []
    known: dict[str, Known] = {}

    @field_validator("files", "accounts")
    @classmethod
    def _inside(cls, value: object) -> object:
        names = value if isinstance(value, dict) else [value.file] if isinstance(value, _Accounts) else []
        for name in names:
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise ValueError(f"{name} leads out of the relay's folder")
        return value


def known_relays() -> dict[str, Path]:
    """The files of the relays that ship with the project, by name."""
    return dict(sorted((path.name.removesuffix(SUFFIX), path) for path in relays_root().glob("*" + SUFFIX)))


def relay_from(text: str) -> Relay:
    """The relay of that name, or of a `*.relay.yaml` at that path. Raises `ScenarioError`."""
    if text.endswith(SUFFIX):
        return read_relay(Path(text))
    known = known_relays()
    if text not in known:
        message = f"there is no relay {text!r}{nearest(text, known)}; known are {', '.join(known)}"
        raise ScenarioError((Problem(Place("--relay", 1, 1), message),))
    return read_relay(known[text])


def read_relay(path: Path) -> Relay:
    """The relay that a `*.relay.yaml` describes. Raises `ScenarioError` with all that is wrong in it."""
    written = read_fields(path, "the relay")
    file = validated(_RelayFile, written)
    if problems := tuple(_unknown(file, written)):
        raise ScenarioError(problems)
    return Relay(
        name=path.name.removesuffix(SUFFIX),
        title=file.title,
        command=tuple(file.command),
        ports=tuple(file.ports),
        files=MappingProxyType(file.files),
        packages=tuple(file.packages),
        npm=tuple(file.npm),
        installed=MappingProxyType(file.installed),
        version=tuple(file.version),
        folders=tuple(file.folders),
        env=MappingProxyType(file.env),
        setup=tuple(map(tuple, file.setup)),
        helper=tuple(file.helper),
        login={"yes": ("smtp", "smtps"), "smtps": ("smtps",), "no": ()}[file.login],
        accounts=(file.accounts.file, file.accounts.line) if file.accounts else None,
        mailbox=file.mailbox,
        mailboxes=file.mailboxes,
        logs=tuple(file.logs),
        known=MappingProxyType(file.known),
    )


def _unknown(file: _RelayFile, written: Fields) -> list[Problem]:
    """Placeholders that nothing fills in."""
    texts: list[tuple[tuple[str | int, ...], str]] = []
    texts += [(("command", number), word) for number, word in enumerate(file.command)]
    texts += [(("files", name), text) for name, text in file.files.items()]
    texts += [(("env", name), text) for name, text in file.env.items()]
    there = (*PLACES, *file.ports)
    return [
        Problem(place_of(written, where), f"nothing fills @{name}@ in{nearest(name, there)}")
        for where, text in texts
        for name in dict.fromkeys(PLACEHOLDER.findall(text))
        if name not in there
    ]


def filled(text: str, values: Mapping[str, str]) -> str:
    """*text* with the placeholders that *values* has."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
