"""Plays a scenario against a scripted client, without sockets or time: the playbook that the core's tests are read as.

end = play(scenario(...), "EHLO client.example.test", "QUIT", CLOSE)
assert end.replies == [...]; assert end.differences == []
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import scenes

from smtpwitness.judge.actions import Action, End, Reading, Say, StartTls
from smtpwitness.judge.player import Player
from smtpwitness.judge.record import Difference
from smtpwitness.model.run import Job, Row, Status
from smtpwitness.model.scenario import Delay, Scenario
from smtpwitness.model.transcript import Event, Kind, Secrecy, Secret, Side, Transcript

MILLISECOND = 1_000_000
QUIET = 0.1  # seconds, as the fake has it


@dataclass(frozen=True)
class Line:
    """A line with secrets in it, or with a time of its own."""

    text: str
    secrets: tuple[Secret, ...] = ()
    wait: float = 0.0  # seconds after the last event
    early: bool = False  # on its way before the last reply left
    end: str = "\r\n"
    note: str = ""


@dataclass(frozen=True)
class Data:
    """Content as it comes on the wire; `note` as the server writes it (`cut`, `unterminated`)."""

    octets: bytes = scenes.WIRE
    note: str = ""
    wait: float = 0.0


@dataclass(frozen=True)
class Partial:
    size: int


@dataclass(frozen=True)
class Shaken:
    """How the handshake that is due ends."""

    well: bool = True
    note: str = "TLSv1.3"


@dataclass(frozen=True)
class On:
    """What follows happens on this connection."""

    connection: int


@dataclass(frozen=True)
class Gone:
    """The client ends the connection."""

    note: str = "eof"
    wait: float = 0.0
    alert: bytes = b""


CLOSE = Gone()
UP = Shaken()
Move = str | bytes | Line | Data | Partial | Shaken | On | Gone


def secret(
    text: str, role: Secrecy = Secrecy.PASSWORD, agrees: bool | None = True, well_formed: bool = True, lead: str = ""
) -> Line:
    """A line whose end (what follows *lead*) is a secret; *text* is its stand-in."""
    span = Secret(len(lead), len(lead) + len(text), role, "base64", well_formed, agrees)
    return Line(lead + text, (span,))


@dataclass
class Stage:
    """What came of a play."""

    player: Player
    events: list[Event] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    waiting: list[StartTls] = field(default_factory=list)
    lingering: dict[int, str] = field(default_factory=dict)  # connections that end unless the client ends them
    at: int = 0

    @property
    def transcript(self) -> Transcript:
        return tuple(self.events)

    @property
    def rows(self) -> list[Row]:
        return self.player.record.rows

    @property
    def differences(self) -> list[Difference]:
        return self.player.record.differences

    @property
    def keys(self) -> list[str]:
        """The differences, by their short names."""
        return [one.key.removeprefix("dialogue/") for one in self.differences]

    @property
    def replies(self) -> list[str]:
        """What the server said, line ends taken off, the greeting first."""
        return [one.octets.decode().rstrip("\r\n") for one in self.events if one.kind is Kind.REPLY]

    @property
    def codes(self) -> list[str]:
        return [one[:3] for one in self.replies]

    @property
    def ends(self) -> list[End]:
        return [one for one in self.actions if isinstance(one, End)]

    def statuses(self, *, side: str = "client") -> list[Status]:
        return [one.status for one in self.rows if one.side == side]

    def unmet(self) -> list[str]:
        """What the rows say was expected and did not come."""
        return [one.expected for one in self.rows if one.status in (Status.UNMET, Status.MISSING)]

    def tell(
        self, connection: int, side: Side, kind: Kind, octets: bytes = b"", wait: Delay = 0.0, **more: object
    ) -> None:
        """Something happens; what is to be done about it is done at once."""
        self.at += MILLISECOND + int((QUIET if wait == "quiet" else wait) * 1e9)
        event = Event(len(self.events), connection, self.at, self.at, side, kind, octets)
        event = replace(event, **more)  # type: ignore[arg-type]
        self.events.append(event)
        for action in self.player.feed(event):
            self.actions.append(action)
            self._do(connection, action)

    def _do(self, connection: int, action: Action) -> None:
        match action:
            case Say():
                self.tell(connection, Side.SERVER, Kind.REPLY, action.octets, action.delay)
            case StartTls():
                self.waiting.append(action)
            case End(how, grace) if grace:
                self.lingering[connection] = how
            case End(how):
                self.tell(connection, Side.SERVER, Kind.CLOSE, note=how)

    def stop_lingering(self) -> None:
        """The grace that a client has to close first is over."""
        for connection, how in self.lingering.items():
            self.tell(connection, Side.SERVER, Kind.CLOSE, note=how)
        self.lingering.clear()


def moves(stage: Stage, connection: int, move: Move) -> None:
    """One thing that the client does."""
    client = Side.CLIENT
    match move:
        case str():
            stage.tell(connection, client, Kind.LINE, move.encode() + b"\r\n")
        case bytes():
            stage.tell(connection, client, Kind.LINE, move)
        case Line():
            early = {"begun": stage.at - 1} if move.early else {}
            octets = (move.text + move.end).encode()
            stage.tell(connection, client, Kind.LINE, octets, move.wait, secrets=move.secrets, note=move.note, **early)
        case Data():
            stage.tell(connection, client, Kind.CONTENT, move.octets, move.wait, note=move.note)
        case Partial():
            stage.tell(connection, client, Kind.PARTIAL, size=move.size)
        case Shaken():
            stage.waiting.pop()
            stage.tell(connection, client, Kind.TLS if move.well else Kind.TLS_FAILED, note=move.note)
        case Gone():
            stage.lingering.pop(connection, None)
            stage.tell(connection, client, Kind.CLOSE, move.alert, move.wait, note=move.note)
        case On():
            raise AssertionError("told before")


def _placed(script: tuple[Move, ...]) -> Iterator[tuple[int, Move]]:
    connection = 1
    for move in script:
        if isinstance(move, On):
            connection = move.connection
        else:
            yield connection, move


def play(
    scenario: Scenario, *script: Move, job: Job | None = None, finish: bool = True, hosts: Sequence[str] = ()
) -> Stage:
    """Open connection 1, let the client do *script*, and end the case.

    Content is only fed where the player reads content, lines only where it reads lines: a script that has it wrong
    is told so. *hosts* are those that the connections are for.
    """
    meant = iter(hosts)
    stage = Stage(Player(scenario, job or scenes.job()))
    stage.tell(1, Side.CLIENT, Kind.OPEN, note=next(meant, ""))
    opened = {1}
    for connection, move in _placed(script):
        if connection not in opened:
            opened.add(connection)
            stage.tell(connection, Side.CLIENT, Kind.OPEN, note=next(meant, ""))
        if isinstance(move, str | bytes | Line | Data | Partial):
            reading = stage.player.reading(connection)
            assert reading.content is isinstance(move, Data | Partial), f"{move!r} where {reading} is due"
        moves(stage, connection, move)
    stage.stop_lingering()
    if finish:
        stage.player.finish()
    return stage


def read_as(stage: Stage, connection: int = 1) -> Reading:
    return stage.player.reading(connection)


# --- clients

GREET = ("EHLO client.example.test",)
ENVELOPE = ("MAIL FROM:<alice@example.test>", "RCPT TO:<bob@example.test>")
SEND: tuple[Move, ...] = (*ENVELOPE, "DATA", Data())
LEAVE: tuple[Move, ...] = ("QUIT", CLOSE)
HONEST: tuple[Move, ...] = (*GREET, *SEND, *LEAVE)
