"""An MTA that finds its next hop in the name system (RFC 5321, 5.1), and copies that do so wrongly.

Its resolver asks the first name server of /etc/resolv.conf, over UDP, and knows A and MX records (RFC 1035).
"""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from .base import Fault
from .mta import Item, Queueing

A, MX = 1, 15
SERVFAIL, NXDOMAIN = 2, 3


class NoName(Exception):
    """The name system has no such name, or (`now`) cannot tell now."""

    def __init__(self, now: bool) -> None:
        super().__init__("not to be asked for now" if now else "no such name")
        self.now = now


def ask(name: str, kind: int) -> list[bytes]:
    """The data of *name*'s records of that *kind*; an MX's with the host's name in full behind its preference."""
    (server,) = re.findall(r"^nameserver (\S+)", Path("/etc/resolv.conf").read_text(), re.MULTILINE)[:1]
    labels = b"".join(bytes((len(one.encode()),)) + one.encode() for one in name.split("."))
    number = os.urandom(2)
    query = number + struct.pack("!5H", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        one.connect((server, 53))
        one.send(query)
        answer = one.recv(4096)
    assert answer[:2] == number
    if code := answer[3] & 15:
        raise NoName(code == SERVFAIL)
    return list(records(answer, kind))


def records(answer: bytes, kind: int) -> Iterator[bytes]:
    asked, answered = struct.unpack_from("!2H", answer, 4)
    at = 12
    for _ in range(asked):
        at = name_at(answer, at)[1] + 4
    for _ in range(answered):
        at = name_at(answer, at)[1]
        type_, _, _, length = struct.unpack_from("!HHIH", answer, at)
        at += 10
        if type_ == kind:
            data = answer[at : at + length]
            yield data if kind == A else data[:2] + name_at(answer, at + 2)[0].encode()
        at += length


def name_at(answer: bytes, at: int) -> tuple[str, int]:
    """The name at *at*, and where it ends there."""
    labels: list[str] = []
    end = 0
    while length := answer[at]:
        if length >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", answer, at)[0] & 0x3FFF
            continue
        labels.append(answer[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), end or at + 1


class ByMx(Queueing):
    """The recipients' domain says where the message goes: one transaction for each domain."""

    can: ClassVar[tuple[str, ...]] = (*Queueing.can, "mx", "smtputf8")
    scenarios = ("mta/mx-*", "mta/not-at-once")

    def attempt(self, item: Item) -> None:
        domain = self.left(item)[0].rpartition("@")[2]
        try:
            hosts = self.hosts(self.in_ascii(domain))
        except NoName as error:
            self.item = item
            self.settle(self.left(item), self.code(error))
            return
        for address in (one for host in self.tried(hosts) for one in ask(host, A)):
            self.host, self.port = socket.inet_ntoa(address), 25
            super().attempt(item)
            if not self.left(item):
                return

    def mail(self) -> None:
        extended = not (self.sender + "".join(self.recipients)).isascii()
        self.must(f"MAIL FROM:<{self.sender}>{' BODY=8BITMIME SMTPUTF8' if extended else ''}")

    def in_ascii(self, domain: str) -> str:
        """The domain in A-labels (RFC 5890, 2.3.2.1), as the name system has it."""
        return domain.encode("idna").decode()

    def hosts(self, domain: str) -> list[str]:
        """The hosts that take mail for *domain*, the best first."""
        found = self.exchangers(domain)
        if found == [(0, "")]:  # RFC 7505
            raise NoName(now=False)
        return [host for _, host in self.ordered(found)] or [domain]

    def exchangers(self, domain: str) -> list[tuple[int, str]]:
        return [(int.from_bytes(one[:2], "big"), one[2:].decode()) for one in ask(domain, MX)]

    def ordered(self, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return sorted(found)

    def tried(self, hosts: list[str]) -> list[str]:
        """Those that are asked one after the other, until one takes the message or refuses it for good."""
        return hosts

    def code(self, error: NoName) -> int:
        return 450 if error.now else 550


class KnowsNoMx(Fault, ByMx):
    """The domain's own address is connected to, whatever its MX records say."""

    rule = "dialogue/elsewhere"
    requirement = "RFC5321-5.1-a"
    scenario = "mta/mx-only"

    def hosts(self, domain: str) -> list[str]:
        return [domain]


class WantsAnMx(Fault, ByMx):
    """A domain without MX records is given up."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-5.1-a"
    scenario = "mta/mx-implicit"

    def hosts(self, domain: str) -> list[str]:
        found = super().hosts(domain)
        if found == [domain]:
            raise NoName(now=False)
        return found


class GoesByTheHighest(Fault, ByMx):
    """A higher preference number is taken for a better one."""

    rule = "dialogue/elsewhere"
    requirement = "RFC5321-5.1-f"
    scenario = "mta/mx-order"

    def ordered(self, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return sorted(found, reverse=True)


class GoesByTheAnswer(Fault, ByMx):
    """The mail exchangers are asked in the order in which the name server lists them."""

    rule = "dialogue/elsewhere"
    requirement = "RFC5321-5.1-f"
    scenario = "mta/mx-order"

    def ordered(self, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return found


class AsksOneExchanger(Fault, ByMx):
    """The best mail exchanger is the only one that is tried."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-5.1-e"
    worth = "warn"  # SHOULD
    root_cause = "dialogue/outcome"
    scenario = "mta/mx-order"

    def tried(self, hosts: list[str]) -> list[str]:
        return hosts[:1]


class AsksTwoExchangers(Fault, ByMx):
    """The third mail exchanger is not tried any more."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-5.1-d"
    scenario = "mta/mx-order"

    def tried(self, hosts: list[str]) -> list[str]:
        return hosts[:2]


class FallsBackToTheDomain(Fault, ByMx):
    """When no mail exchanger takes the message, the domain's own address is tried."""

    rule = "dialogue/elsewhere"
    requirement = "RFC5321-5.1-c"
    scenario = "mta/mx-only"

    def hosts(self, domain: str) -> list[str]:
        return list(dict.fromkeys((*super().hosts(domain), domain)))


class TriesAgainAtOnce(Fault, ByMx):
    """What was refused for now is tried again a moment later (RFC 5321, 4.5.4.1)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.5.4.1-b"
    scenario = "mta/not-at-once"

    def attempt(self, item: Item) -> None:
        for _ in range(3):
            if self.left(item):
                super().attempt(item)


class WaitsForADomain(Fault, ByMx):
    """Mail for a domain that does not exist stays in the queue."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-5.1-b"
    scenario = "mta/mx-failing[no such domain]"

    def code(self, error: NoName) -> int:
        return 450


class GivesUpTheNames(Fault, ByMx):
    """Mail is given up when the name server cannot answer now."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-5.1-b"
    scenario = "mta/mx-failing[no answer]"

    def code(self, error: NoName) -> int:
        return 550


class NoNameNoMatter(Fault, ByMx):
    """A domain that has no MX records because there is no such domain is connected to all the same."""

    rule = "dialogue/elsewhere"
    requirement = "RFC5321-5.1-b"
    scenario = "mta/mx-failing[no answer]"

    def exchangers(self, domain: str) -> list[tuple[int, str]]:
        try:
            return super().exchangers(domain)
        except NoName:
            return [(0, f"mail.{domain}")]


class AsksInUtf8(Fault, ByMx):
    """A domain is looked up as it is written, in UTF-8."""

    rule = "dialogue/unconnected"
    requirement = "RFC6531-3.2-e"
    scenario = "mta/mx-idn"

    def in_ascii(self, domain: str) -> str:
        return domain


class NullIsNoMx(Fault, ByMx):
    """A null MX is taken for none: the domain's own address is connected to."""

    rule = "dialogue/elsewhere"
    requirement = "RFC7505-4.1-a"
    worth = "warn"  # SHOULD
    scenario = "mta/mx-null"

    def exchangers(self, domain: str) -> list[tuple[int, str]]:
        return [one for one in super().exchangers(domain) if one[1]]


class NullIsTriedAgain(Fault, ByMx):
    """Mail for a domain with a null MX stays in the queue."""

    rule = "dialogue/outcome"
    requirement = "RFC7505-4.1-a"
    worth = "warn"  # SHOULD
    scenario = "mta/mx-null"

    def hosts(self, domain: str) -> list[str]:
        try:
            return super().hosts(domain)
        except NoName as error:
            raise NoName(now=True) from error
