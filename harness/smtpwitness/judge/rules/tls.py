"""What STARTTLS and the hello ask of a client (RFC 3207, 4.2; RFC 5321, 4.1.1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from ...model.transcript import Kind
from ..grammar import HELLO
from ..session import Exchange
from .observation import Observation, Remark, gathered, is_tls


def no_ehlo_after_starttls(seen: Observation) -> Iterable[Remark]:
    """`no-ehlo-after-starttls`: inside TLS the session begins anew, with EHLO. QUIT at once is fine."""
    hits = []
    for many in seen.connections.values():
        for previous, one in pairwise(many):
            first = previous.verb == "STARTTLS" and not previous.before.tls and one.before.tls
            if first and one.event.kind is Kind.LINE and one.verb not in ("EHLO", "LHLO", "QUIT"):
                hits.append(one)
    yield from gathered("no-ehlo-after-starttls", "RFC3207-4.2-b", hits, "EHLO")


def hello_first(seen: Observation) -> Iterable[Remark]:
    """`hello-first`: no mail before a hello, in the clear or inside TLS. Going on after a refused one is `went-on`."""
    hits = []
    for many in seen.connections.values():
        hello: Exchange | None = None
        for one in many:
            if one.verb in HELLO:
                hello = one
            greeted = hello is not None and hello.before.tls == one.before.tls
            if one.verb == "MAIL" and not one.before.hello and not greeted:
                hits.append(one)
    yield from gathered("hello-first", "RFC5321-4.1.1.1-d", hits, "EHLO or HELO")


def tls_unasked(seen: Observation) -> Iterable[Remark]:
    """`tls-unasked`: a TLS handshake where the server speaks in the clear. A note: the port was given to the client."""
    hits = [one for one in seen.exchanges if is_tls(one.event.octets)]
    yield from gathered("tls-unasked", None, hits[:1], "a command", "a TLS handshake")
