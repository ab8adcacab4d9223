"""A transcript played again: whether the server did what the scenario has it do, and as soon as it has it do that."""

from __future__ import annotations

from collections import defaultdict

from ..model.transcript import Event, Kind, Side, Transcript
from .actions import Action, End, Say, StartTls
from .follower import Follower
from .player import Player


class Replay:
    """What comes of feeding *transcript* to *player*; the harness was late by *late* seconds at most.

    `astray` says where the server did something that nothing in the scenario makes it do, else "". `starved`: a client
    waited for a reply for as long as its time-out lasts, and the scenario has that reply come sooner.
    """

    def __init__(self, player: Player, transcript: Transcript, late: float) -> None:
        self.astray, self.starved = "", False
        self._player, self._late = player, late
        self._due: dict[int, list[Action]] = defaultdict(list)
        self._since: dict[int, int] = {}  # when the first of what is due was asked for, or the one before it was done
        for event in transcript:
            self.astray = self._wrong(event)
            if self.astray:
                return
            self._feed(event)

    def _feed(self, event: Event) -> None:
        due = self._due[event.connection]
        if not due or event.kind is Kind.REPLY:
            self._since[event.connection] = event.at
        due.extend(self._player.feed(event))

    def _wrong(self, event: Event) -> str:
        """Take what *event* does off what is due; what is wrong with it, if anything is."""
        due = self._due[event.connection]
        if isinstance(self._player, Follower):  # a relay says what it likes, when it likes
            return ""
        if due and event.kind in (Kind.REPLY, Kind.CLOSE):
            self.starved |= self._too_late(due[0], event)
        if event.side is not Side.SERVER and event.kind not in (Kind.TLS, Kind.TLS_FAILED):
            return ""
        wrong = _unasked(due.pop(0) if due else None, event)
        return wrong and f"event {event.seq}: {wrong}"

    def _too_late(self, action: Action, event: Event) -> bool:
        """Whether a client whose time-out is as it was told gave up, or could have, before it got what is due."""
        if not isinstance(action, Say):
            return False
        meant = (0.0 if action.delay == "quiet" else action.delay) + action.gap * max(len(action.pieces) - 1, 0)
        waited = (event.at - self._since[event.connection]) / 1e9
        return meant < self._player.job.timeout <= waited + self._late


def _unasked(action: Action | None, event: Event) -> str:
    if event.kind is Kind.REPLY:
        if not isinstance(action, Say) or not action.octets.startswith(event.octets):
            return f"the server said {event.octets[:60]!r}, which is not what it has to say here"
    elif event.kind is Kind.CLOSE:
        if not isinstance(action, End):
            return f"the server ended the connection ({event.note}) without reason"
    elif not isinstance(action, StartTls):
        return "a handshake that nothing asked for"
    return ""
