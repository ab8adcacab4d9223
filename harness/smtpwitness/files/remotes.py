"""Remote relays as data: `*.relay.yaml` with `kind: remote`, whose account the user has.

A value `$NAME` is that of the environment variable NAME. The password is always one: no file holds it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..model.scenario import Place
from .bundled import relays_root
from .nodes import Fields
from .problems import Problem, ScenarioError, nearest
from .quantities import duration
from .relays import SUFFIX, Relay, known_relays, read_relay
from .validated import read_fields, validated

VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
ADDRESS = re.compile(r"[^\s<>@\"]+@[^\s<>@]+")
SHORTEST_PASSWORD = 6
"""Characters. A shorter one stands in innocent text, so that it could not be kept out of what is written."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox of the address `of`, which may be looked into over IMAP, read only."""

    of: str
    host: str
    port: int
    tls: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remote:
    """A relay that others run. `interval`: seconds between two messages at least; `at_most`: messages in a run.

    `address` is where it is connected to, if that is not the address of `host`, for whom its certificate must be.
    `missing` are the environment variables that it needs and that are not set.
    """

    name: str
    title: str
    host: str
    port: int
    tls: str
    auth: tuple[str, ...]
    username: str
    password: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    helo: str
    address: str
    ca: Path | None
    interval: float
    at_most: int
    missing: tuple[str, ...]
    mailboxes: tuple[Mailbox, ...] = ()

    @property
    def passwords(self) -> tuple[str, ...]:
        """Those of its account and its mailboxes that are set."""
        return tuple(filter(None, (self.password, *(one.password for one in self.mailboxes))))


def _seconds(value: object) -> object:
    made = duration(str(value))
    if made.timeouts:
        raise ValueError("write seconds or minutes, as in '30 s'")
    return made.amount


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _from_outside(value: str) -> str:
    if value and not VARIABLE.fullmatch(value):  # its own text is not repeated: it may be a password
        raise ValueError("write the name of an environment variable, as $MY_PASSWORD: no password stands in a file")
    return value


Secret = Annotated[str, AfterValidator(_from_outside)]


class _MailboxFile(BaseModel):
    """An entry of `mailboxes`. What it leaves out is that of the relay's account."""

    model_config = ConfigDict(extra="forbid")

    host: str
    port: str = "993"
    tls: Literal["starttls", "implicit"] = "implicit"
    of: str = ""
    username: str = ""
    password: Secret = ""


class _RemoteFile(BaseModel):
    """The keys of a `*.relay.yaml` with `kind: remote`."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["remote"]
    title: str
    host: str
    port: str
    tls: Literal["none", "starttls", "implicit"]
    auth: Annotated[list[str], BeforeValidator(_listed)] = []
    username: str = ""
    password: Secret = ""
    sender: str = ""
    recipients: Annotated[list[str], BeforeValidator(_listed)] = []
    helo: str = ""
    address: str = ""
    ca: str = ""
    interval: Annotated[float, BeforeValidator(_seconds)] = 30.0
    at_most: Annotated[int, Field(ge=1, le=100)] = Field(5, alias="at most")
    mailboxes: list[_MailboxFile] = []


def known_remotes() -> dict[str, Path]:
    """The files of the remote relays that ship with the project, by name."""
    return dict(sorted((one.name.removesuffix(SUFFIX), one) for one in (relays_root() / "remote").glob("*" + SUFFIX)))


def chosen(text: str, environ: Mapping[str, str] = os.environ) -> Relay | Remote:
    """The relay, local or remote, of that name or of a `*.relay.yaml` at that path. Raises `ScenarioError`."""
    path = file_of(text)
    return read_remote(path, environ) if _is_remote(read_fields(path, "the relay")) else read_relay(path)


def file_of(text: str) -> Path:
    """The file of the relay of that name, or at that path. Raises `ScenarioError`."""
    known = known_relays() | known_remotes()
    if not text.endswith(SUFFIX) and text not in known:
        message = f"there is no relay {text!r}{nearest(text, known)}; known are {', '.join(known)}"
        raise ScenarioError((Problem(Place("--relay", 1, 1), message),))
    return Path(text) if text.endswith(SUFFIX) else known[text]


def _is_remote(written: Fields) -> bool:
    return str(written.get("kind")) == "remote"


def read_remote(path: Path, environ: Mapping[str, str] = os.environ) -> Remote:
    """The remote relay that a `*.relay.yaml` describes. Raises `ScenarioError` with all that is wrong in it."""
    file, values = validated(_RemoteFile, read_fields(path, "the relay")), _Values(environ)
    value = values.of
    port, username, password = value(file.port), value(file.username), value(file.password)
    made = Remote(
        name=path.name.removesuffix(SUFFIX),
        title=file.title,
        host=value(file.host),
        port=_port(port),
        tls=file.tls,
        auth=tuple(file.auth),
        username=username,
        password=password,
        sender=value(file.sender) or username,
        recipients=(),
        helo=value(file.helo),
        address=value(file.address),
        ca=path.parent / file.ca if file.ca else None,
        interval=file.interval,
        at_most=file.at_most,
        missing=(),
    )
    boxes = tuple(
        Mailbox(
            of=value(one.of) or made.sender,
            host=value(one.host),
            port=_port(one.port),
            tls=one.tls,
            username=value(one.username) or value(one.of) or username,
            password=value(one.password) if one.password else password,
        )
        for one in file.mailboxes
    )
    made = replace(made, mailboxes=boxes)
    if message := next(_wrong(made, file, port), ""):
        raise ScenarioError((Problem(Place(str(path), 1, 1), message),))
    made = written_to(made, filter(None, map(value, file.recipients)))
    return replace(made, missing=tuple(values.missing))


class _Values:
    """Values of a file, those of environment variables looked up. `missing` are those that are not set, each once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.missing: dict[str, None] = {}

    def of(self, text: str) -> str:
        match = VARIABLE.fullmatch(text)
        if match is None:
            return text
        if not self._environ.get(match[1]):
            self.missing[match[1]] = None
        return self._environ.get(match[1], "")


def _port(text: str) -> int:
    """0 for what is none."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    return number if number < 65536 else 0


def _wrong(made: Remote, file: _RemoteFile, port: str) -> Iterator[str]:
    """What is wrong with *made*, which stands so in *file*; *port* is "" where its variable is not set."""
    if port and not made.port:
        yield "port: it is a number from 1 to 65535"
    if file.auth and not (file.username and file.password):
        yield "with 'auth' there must be a 'username' and a 'password', such as $MY_USERNAME and $MY_PASSWORD"
    if any(len(one) < SHORTEST_PASSWORD for one in made.passwords):
        yield f"a password of less than {SHORTEST_PASSWORD} characters cannot be kept out of a report"
    if made.ca and not made.ca.is_file():
        yield f"ca: there is no file {file.ca} beside it"
    if made.sender and not ADDRESS.fullmatch(made.sender):
        yield "sender: it is an address, as in you@example.org; without it, the user name must be one"
    if not all(box.port for box in made.mailboxes):
        yield "mailboxes: 'port' is a number from 1 to 65535"


def written_to(remote: Remote, recipients: Iterable[str]) -> Remote:
    """*remote* with these *recipients*, the only ones that a message may go to. Raises `ScenarioError`."""
    listed = tuple(dict.fromkeys(recipients))
    for one in listed:
        if not ADDRESS.fullmatch(one):
            raise ScenarioError((Problem(Place("--to", 1, 1), f"{one!r} is no address"),))
    return replace(remote, recipients=listed)
