"""OAUTHBEARER (RFC 7628) and XOAUTH2, its forerunner: what a client's message says, and what may be seen of it."""

from __future__ import annotations

import re

MECHANISMS = frozenset({"OAUTHBEARER", "XOAUTH2"})
HEADER = re.compile(r"(?:n|y|p=[A-Za-z0-9.-]+),(?:a=(?P<user>[^,]*))?,")
"""The GS2 header (RFC 5801, 4; RFC 7628, 3.1)."""

SEPARATOR = "\x01"
STAND_IN = "********"
OPEN = frozenset({"user", "host", "port"})
"""Keys whose values are no secrets."""

BEARER = re.compile(r"[Bb]earer (?P<token>[^\x01]+)")


def pairs(message: str) -> list[tuple[str, str]]:
    """The key/value pairs between the separators. A part that is none has no value."""
    return [(key, value) for key, _, value in (part.partition("=") for part in message.split(SEPARATOR) if part)]


def token(message: str) -> str | None:
    """The bearer token of the `auth` key, or None."""
    match = BEARER.fullmatch(dict(pairs(message)).get("auth", ""))
    return match["token"] if match else None


def user(message: str) -> str | None:
    """The user that is named, if one is: `a=` of the GS2 header, or `user=`."""
    match = HEADER.match(message)
    if match is None:
        return dict(pairs(message)).get("user")
    named = match["user"]
    return None if named is None else named.replace("=2C", ",").replace("=3D", "=")


def without_token(message: str) -> str:
    """*message* with stand-ins for whatever may be secret."""
    return SEPARATOR.join(_open(part) for part in message.split(SEPARATOR))


def _open(part: str) -> str:
    key, equals, value = part.partition("=")
    if HEADER.fullmatch(part) or part == "" or (equals and key in OPEN):
        return part
    if not equals or re.fullmatch("[A-Za-z]+", key) is None:
        return STAND_IN
    return f"{key}=Bearer {STAND_IN}" if BEARER.fullmatch(value) else f"{key}={STAND_IN}"
