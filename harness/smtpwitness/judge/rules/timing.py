"""Who speaks when: replies are waited for (RFC 5321, 4.3.1; RFC 2920)."""

from __future__ import annotations

from collections.abc import Iterable

from ...model.transcript import Kind
from ..session import GREETING, MESSAGE, SASL, Exchange
from .observation import Observation, Remark, answered, gathered, gives_up, is_tls, waited

ENDS_BATCH = {
    **dict.fromkeys(("EHLO", "HELO", "LHLO", "DATA", "VRFY", "EXPN", "TURN", "QUIT", "NOOP"), "RFC2920-3.1-b"),
    "STARTTLS": "RFC3207-4-d",
    "AUTH": "RFC4954-4-q",
    SASL: "RFC4954-4-q",
}
"""What nothing may follow before its reply, PIPELINING or not, and who says so."""

ONE_ROUND_TRIP = frozenset({"PLAIN", "EXTERNAL"})


def early_talker(seen: Observation) -> Iterable[Remark]:
    """`early-talker`: nothing is said before the greeting has arrived."""
    hits = []
    for many in seen.connections.values():
        greeting, first = many[0], next((one for one in many if one.event.kind is Kind.LINE), None)
        if first is None or greeting.verb != GREETING or is_tls(first.event.octets):
            continue
        if not waited(greeting, first) and not gives_up(greeting, first):
            hits.append(first)
    yield from gathered("early-talker", "RFC5321-4.3.1-b", hits, "silence until the greeting has come")


def sent_before_reply(seen: Observation) -> Iterable[Remark]:
    """`sent-before-reply`, `.batch`: each command waits for the reply to the one before; one remark a connection."""
    first: dict[int, list[tuple[Exchange, Exchange]]] = {}
    for previous, exchange in seen.in_order:
        if previous.verb == GREETING or waited(previous, exchange) or gives_up(previous, exchange):
            continue
        if not _may_follow(previous):
            first.setdefault(exchange.connection, []).append((previous, exchange))
    for pairs in first.values():
        previous, exchange = pairs[0]
        offered = previous.before.offers("PIPELINING")
        at = answered(previous)
        early = "no reply came" if at is None else f"{max(0.1, (at - exchange.event.begun) / 1e6):.1f} ms too early"
        yield from gathered(
            "sent-before-reply.batch" if offered else "sent-before-reply",
            ENDS_BATCH[previous.verb] if offered else _row(previous, exchange),
            [exchange for _, exchange in pairs],
            "the reply to the command before is read first",
            previous=_named(previous),
            early=early,
        )


def _row(previous: Exchange, exchange: Exchange) -> str:
    """Who has a client without PIPELINING wait; in LMTP for the replies to content that are still to come."""
    had = sum(reply.at <= exchange.event.begun for reply in previous.replies)
    if previous.verb != MESSAGE or not previous.before.lmtp or not had:
        return "RFC5321-4.3.1-a"
    accepted = previous.before.accepted
    return "RFC2033-4.2-b" if accepted[had] in accepted[:had] else "RFC2033-4.2-a"


def _named(exchange: Exchange) -> str:
    return {"message": "the message", SASL: "the SASL response"}.get(exchange.verb, exchange.verb or "a line")


def _may_follow(previous: Exchange) -> bool:
    """Whether something may follow *previous* in one batch, by the EHLO reply that was in force."""
    if not previous.before.offers("PIPELINING"):
        return False
    if previous.verb == "AUTH":
        words = previous.text.split()
        return len(words) > 2 and words[1].upper() in ONE_ROUND_TRIP
    return previous.verb not in ENDS_BATCH
