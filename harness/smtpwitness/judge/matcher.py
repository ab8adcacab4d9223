"""Which step of the dialogue a client's line is: lenient to advance, strict in what it remarks.

The five rules of LANGUAGE.md, section 5, in their order. Nothing here changes anything: play is moved by the player.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..model.run import Status
from ..model.scenario import Command, Leaf, Persona
from ..model.transcript import Secret
from . import pattern
from .cursor import Due, Steps, due, later, required
from .grammar import HELLO, CommandLine
from .persona import allowed, legal
from .session import State


@dataclass(frozen=True, slots=True)
class Place:
    """Where play stands in one connection, and what is known there."""

    steps: Steps
    state: State
    persona: Persona
    values: pattern.Values
    candidates: tuple[str, ...]
    unnamed: bool | None


@dataclass(frozen=True, slots=True)
class Match:
    """What a line is. `due` None: no step; `missing`: the steps that were left out to come to it."""

    status: Status
    due: Due | None = None
    missing: tuple[Leaf, ...] = ()


def match_command(line: CommandLine, place: Place) -> Match:
    """Match a command line outside content and outside a SASL exchange."""
    due_now = [one for one in due(place.steps, place.unnamed) if isinstance(one.leaf, Command)]
    found = _first(due_now, lambda leaf: _fits(leaf, line, place))
    if found:
        return Match(Status.MET, found)
    found = _first(due_now, lambda leaf: line.verb != "" and pattern.verb(leaf.pattern) == line.verb)
    if found:
        return Match(Status.DIFFERENT, found)
    skipping = _skipping(line, place)
    if skipping:
        return skipping
    if line.verb in HELLO:
        found = _first(due_now, lambda leaf: pattern.verb(leaf.pattern) in HELLO)
        if found:
            return Match(Status.DIFFERENT, found)
    over = not any(required(place.steps, place.unnamed))
    if over or allowed(line.verb, place.state, place.persona):
        return Match(Status.ALLOWED)
    return Match(Status.EXTRA)


def _skipping(line: CommandLine, place: Place) -> Match | None:
    if not legal(line.verb, place.state, place.persona):
        return None
    for one, left_out in later(place.steps, place.unnamed):
        if isinstance(one.leaf, Command) and _fits(one.leaf, line, place):
            return Match(Status.MET, one, tuple(required(left_out, place.unnamed)))
    return None


def match_response(octets: bytes, secrets: tuple[Secret, ...], place: Place) -> Match:
    """Match a SASL response: by what it says, else any response that is due but an unexpected `*`."""
    due_now = [one for one in due(place.steps, place.unnamed) if _is_response(one.leaf)]
    found = _first(due_now, lambda leaf: pattern.fits_response(leaf.pattern, octets, secrets, place.values))
    if found:
        return Match(Status.MET, found)
    if due_now and octets.strip() != b"*":
        return Match(Status.DIFFERENT, due_now[0])
    return Match(Status.EXTRA)


def _is_response(leaf: Leaf) -> bool:
    return isinstance(leaf, Command) and not pattern.verb(leaf.pattern)


def _fits(leaf: Command, line: CommandLine, place: Place) -> bool:
    return pattern.fits(leaf.pattern, line, place.values, place.candidates)


def _first(dues: list[Due], good: Callable[[Command], bool]) -> Due | None:
    return next((one for one in dues if isinstance(one.leaf, Command) and good(one.leaf)), None)
