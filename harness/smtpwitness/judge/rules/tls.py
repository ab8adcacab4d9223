"""What STARTTLS and the hello ask of a client (RFC 3207, 4.2; RFC 5321, 4.1.1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from ...model.transcript import Kind
from ..grammar import HELLO
from ..session import Exchange
from .observation import Observation, Remark, answered, gathered, is_tls, short


def no_ehlo_after_starttls(seen: Observation) -> Iterable[Remark]:
    """`no-ehlo-after-starttls`: inside TLS the session begins anew, with EHLO. QUIT at once is fine."""
    hits = []
    for many in seen.connections.values():
        for previous, one in pairwise(many):
            first = previous.verb == "STARTTLS" and not previous.before.tls and one.before.tls
            if first and one.event.kind is Kind.LINE and one.verb not in ("EHLO", "LHLO", "QUIT"):
                hits.append(one)
    yield from gathered("no-ehlo-after-starttls", "RFC3207-4.2-b", hits, "EHLO")


def clear_text_before_tls(seen: Observation) -> Iterable[Remark]:
    """`clear-text-before-tls`, `.batch`: nothing comes in clear between STARTTLS and the handshake (RFC 3207, 4).

    `.batch`: it came before the 220. The text stands in the event of the handshake, good or bad.
    """
    done: set[str] = set()
    for event in seen.transcript:
        if event.kind not in (Kind.TLS, Kind.TLS_FAILED) or not event.octets:
            continue
        starttls = [one for one in seen.connections[event.connection] if one.event.seq < event.seq][-1]
        at = answered(starttls)
        if starttls.verb != "STARTTLS" or at is None:
            continue
        key, requirement = "clear-text-before-tls", "RFC3207-4-b"
        if event.begun < at:
            offered = starttls.before.offers("PIPELINING")
            key, requirement = f"{key}.batch", "RFC3207-4-d" if offered else "RFC5321-4.3.1-a"
        if key not in done:
            done.add(key)
            line = short(event.octets) or "(empty line)"
            events = (event.seq, starttls.event.seq)
            yield Remark(requirement, key, "the TLS handshake", line, events, (("line", line),))


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
