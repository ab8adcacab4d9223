"""Durations, sizes and counts as a scenario writes them: `300 ms`, `0.8 timeout`, `200 kB`, `1..2`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model.scenario import Within
from .problems import shown

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}
OCTETS = {"": 1, "B": 1, "kB": 1024, "MB": 1024 * 1024}
LONGEST = 3600.0
LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Duration:
    """So many seconds, or so many of the job's time-outs."""

    amount: float
    timeouts: bool = False

    def seconds(self, timeout: float) -> float:
        return self.amount * timeout if self.timeouts else self.amount


@dataclass(frozen=True, slots=True)
class Quiet:
    """`quiet`: until the client has been silent for a while."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the one duration to the other."""

    least: Duration
    most: Duration

    def within(self, timeout: float) -> Within:
        return Within(self.least.seconds(timeout), self.most.seconds(timeout))


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) else None


def duration(text: str) -> Duration:
    """`300 ms`, `2 s`, `2 min`, `0.8 timeout`. Raises `ValueError` for others and for more than an hour."""
    number, _, unit = text.partition(" ")
    amount = _number(number)
    if amount is None or (unit not in SECONDS and unit != "timeout"):
        raise ValueError(f"{shown(text)} is no time: write '300 ms', '2 s', '2 min' or '0.8 timeout'")
    made = Duration(amount, True) if unit == "timeout" else Duration(amount * SECONDS[unit])
    if made.amount > LONGEST:
        raise ValueError(f"{shown(text)} is too long: an hour is the limit")
    return made


def span(text: str) -> Span:
    """`3 s` (from 0) or `0.5 to 3 timeout`, also `1 s to 2 timeout`. Raises `ValueError`."""
    first, to, last = text.partition(" to ")
    if not to:
        return Span(Duration(0.0), duration(text))
    most = duration(last)
    least = duration(first if " " in first else f"{first} {last.partition(' ')[2]}")
    if least.timeouts == most.timeouts and least.amount > most.amount:
        raise ValueError(f"{shown(text)} ends before it begins")
    return Span(least, most)


def size(text: str) -> int:
    """Octets: `4096`, `200 kB` (of 1024), `2 MB`. Raises `ValueError` for others and for more than 64 MB."""
    number, _, unit = text.partition(" ")
    amount = _number(number)
    if amount is None or unit not in OCTETS:
        raise ValueError(f"{shown(text)} is no size: write '4096', '200 kB' or '2 MB'")
    octets = int(amount * OCTETS[unit])
    if octets > LARGEST:
        raise ValueError(f"{shown(text)} is too large: 64 MB is the limit")
    return octets


def count(text: str, most: int) -> int:
    """A whole number from 1 to *most*. Raises `ValueError`."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise ValueError(f"{shown(text)} is no whole number from 1 to {most}")
    return int(text)


def times(text: str) -> tuple[int, int | None]:
    """`3` (exactly), `1..2`, `1..` (no end). Raises `ValueError`."""
    match = re.fullmatch(r"([0-9]{1,4})(?:(\.\.)([0-9]{1,4})?)?", text)
    if match is None:
        raise ValueError(f"{shown(text)} is no number of times: write '3', '1..2' or '1..'")
    least = int(match[1])
    most = None if match[2] and not match[3] else int(match[3] or least)
    if most is not None and (most < least or most == 0):
        raise ValueError(f"{shown(text)} times is never")
    return least, most


def mail_exchanger(text: str) -> tuple[int, str]:
    """`10 mx.example.test`: preference and host of an MX record; `0 .` for none (RFC 7505). Raises `ValueError`."""
    match = re.fullmatch(r"([0-9]{1,5}) (\.|[a-z0-9-]+(?:\.[a-z0-9-]+)+)", text)
    if match is None or int(match[1]) > 65535:
        raise ValueError(f"{shown(text)} is no MX record: write its preference and a host, as '10 mx.example.test'")
    return int(match[1]), match[2]
