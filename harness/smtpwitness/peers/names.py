"""A name server for a network without any other: every name has an address of its own, which tells who was meant.

Only what RFC 1035 needs for that; the client may send anything.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from collections.abc import Mapping
from types import MappingProxyType

from ..model.scenario import Records

FIRST = int(ipaddress.IPv4Address("198.18.0.1"))
"""Addresses for tests of networks (RFC 2544): no client can have one of these in its text by chance."""

MOST_NAMES = 1000
"""Names that one case may ask for."""

_A, _MX, _IN = b"\0\1", b"\0\x0f", b"\0\1"
_CODES = {"": 0, "servfail": 2, "nxdomain": 3}
_NOTHING = Records()
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")


class Names:
    """The names that were asked for, in order, and the address of each. *records* of names are answered as they are."""

    def __init__(self, records: Mapping[str, Records] = MappingProxyType({})) -> None:
        self._records = records
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple(self._addresses)

    def address_of(self, name: str) -> str | None:
        """The IPv4 address of *name*; None for what is no host's name, or one too many."""
        name = name.lower()
        if name not in self._addresses and _NAME.fullmatch(name) and len(self._addresses) < MOST_NAMES:
            address = str(ipaddress.IPv4Address(FIRST + len(self._addresses)))
            self._addresses[name], self._names[address] = address, name
        return self._addresses.get(name)

    def host_at(self, address: str) -> str:
        """The name that *address* was given out for; the address itself if a client had it from elsewhere."""
        return self._names.get(address, address)

    def answer(self, query: bytes) -> bytes | None:
        """The answer to a query, with the records that it asks for, or without any. None: it is no query."""
        found = _question(query)
        if found is None:
            return None
        name, end = found
        question = query[12:end]
        known = self._records.get(name.lower(), _NOTHING)
        data = [] if known.fails else self._data(name, question[-4:], known)
        flags = bytes((0x84 | query[2] & 1, 0x80 | _CODES[known.fails]))  # with authority; recursion if it is desired
        head = query[:2] + flags + struct.pack("!4H", 1, len(data), 0, 0)
        return head + question + b"".join(_record(question[-4:], one) for one in data)

    def _data(self, name: str, kind: bytes, known: Records) -> list[bytes]:
        """The data of each record of *name* that is of the *kind* asked for (RFC 1035, 3.3.9 and 3.4.1)."""
        if kind == _MX + _IN:
            return [struct.pack("!H", preference) + _encoded(host) for preference, host in known.mx]
        address = self.address_of(name) if kind == _A + _IN else None
        return [] if address is None else [ipaddress.ip_address(address).packed]


def _record(kind: bytes, data: bytes) -> bytes:
    """A record of the name in question, for a second."""
    return b"\xc0\x0c" + kind + struct.pack("!IH", 1, len(data)) + data


def _encoded(host: str) -> bytes:
    labels = [label.encode() for label in host.rstrip(".").split(".") if label]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _question(query: bytes) -> tuple[str, int] | None:
    """The name that *query* asks about, and where its question ends."""
    if len(query) < 17 or query[2] & 0xF8 or query[4:6] != b"\0\1":
        return None
    labels, at = [], 12
    while at < len(query) and (length := query[at]):
        if length > 63:
            return None
        labels.append(query[at + 1 : at + 1 + length].decode("latin-1"))
        at += 1 + length
    return (".".join(labels), at + 5) if at + 5 <= len(query) else None
