"""Introducing ourselves: the name to say in EHLO, and what the server offers in return."""

from __future__ import annotations

import ipaddress
import re
import socket

from .reply import Reply

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# Names that some systems make up for a host which has none; .arpa: a reverse look-up that found nothing.
_MADE_UP = (".localdomain", ".localdomain6", ".local", ".arpa")


def own_name(local_address: str) -> str:
    """The primary host name, or an address literal if the host has none (RFC 5321 4.1.4)."""
    name = socket.getfqdn()
    address = name.rpartition(".")[2].isdigit()  # some hosts are named by their address
    if _DOMAIN.fullmatch(name) and not address and not name.lower().endswith(_MADE_UP):
        return name
    return address_literal(local_address)


def address_literal(address: str) -> str:
    """``[192.0.2.1]`` or ``[IPv6:2001:db8::1]`` (RFC 5321 4.1.3)."""
    ip = ipaddress.ip_address(address.partition("%")[0])  # a zone (%eth0) means nothing to the server
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"


def offered_extensions(reply: Reply) -> dict[str, list[str]]:
    """The EHLO keywords of the server, in upper case, each with its parameters (RFC 5321 4.1.1.1).

    The first line is the server's name, whatever it looks like. ``AUTH=LOGIN`` is how servers wrote it
    before RFC 2554, and some still do: it counts as ``AUTH LOGIN``.
    """
    offers: dict[str, list[str]] = {}
    for text in reply.texts[1:]:
        words = text.decode("ascii", "replace").split()
        if words and words[0].upper().startswith("AUTH="):
            words = ["AUTH", words[0][5:], *words[1:]]
        if words:
            offers.setdefault(words[0].upper(), []).extend(words[1:])
    return offers
