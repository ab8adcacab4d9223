"""Who speaks when: replies are waited for (RFC 5321, 4.3.1; RFC 2920)."""

from __future__ import annotations

from collections.abc import Iterable

from ...model.transcript import Kind, Side
from ..grammar import command, parameters
from ..session import GREETING, MESSAGE, SASL, Exchange
from .observation import Observation, Remark, answered, ends, gathered, gives_up, is_tls, waited

ENDS_BATCH = {
    **dict.fromkeys(("EHLO", "HELO", "LHLO", "DATA", "VRFY", "EXPN", "TURN", "QUIT", "NOOP"), "RFC2920-3.1-b"),
    "STARTTLS": "RFC3207-4-d",
    "AUTH": "RFC4954-4-q",
    SASL: "RFC4954-4-q",
}
"""What nothing may follow before its reply, PIPELINING or not, and who says so."""

IN_BATCH = frozenset({"SEND", "SOML", "SAML", "HELP", "BURL"})
"""Commands that EHLO lists by their own name and that may stand within a batch (RFC 2920, 3.1), or about which nothing,
or their own specification, may say so.
"""

SOON = 1.0
"""Seconds that are no waiting period. RFC 1845, 3 tells no number; RFC 1123, 5.3.1.1, which it refers to, speaks of
half an hour."""

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


def out_of_step(seen: Observation) -> dict[int, list[tuple[Exchange, Exchange]]]:
    """By connection, what was sent before the reply to the one before it, where nothing allows that.

    Such a client takes the rest of one reply for the answer to the next command.
    """
    found: dict[int, list[tuple[Exchange, Exchange]]] = {}
    lost: set[int] = set()
    for previous, exchange in seen.in_order:
        if previous.verb == GREETING or waited(previous, exchange) or gives_up(previous, exchange):
            continue
        if exchange.verb == MESSAGE and exchange.before.refused_data:
            continue  # the line before it is its first, read again
        if ends(exchange) and seen.left_by_server(exchange):
            continue
        if previous.verb == "BDAT" and exchange.verb == "":  # the rest of a chunk that was miscounted
            lost.add(exchange.connection)
        if exchange.connection not in lost and not _may_follow(previous):
            found.setdefault(exchange.connection, []).append((previous, exchange))
    return found


def sent_before_reply(seen: Observation) -> Iterable[Remark]:
    """`sent-before-reply`, `.batch`: each command waits for the reply to the one before; one remark a connection."""
    for pairs in out_of_step(seen).values():
        previous, exchange = pairs[0]
        if _within(previous, exchange):
            yield from gathered(
                "sent-before-reply.multiline",
                "RFC5321-4.2.1-d",
                [exchange for _, exchange in pairs],
                "the last line of the reply, which has a space after its code, is read first",
                previous=_named(previous),
            )
            continue
        offered = previous.before.offers("PIPELINING")
        at = answered(previous)
        early = "no reply came" if at is None else f"{max(0.1, (at - exchange.event.begun) / 1e6):.1f} ms too early"
        requirement = _ends_batch(previous) if offered else _row(previous, exchange)
        yield from gathered(
            "sent-before-reply.batch" if offered else "sent-before-reply",
            requirement,
            [exchange for _, exchange in pairs],
            "the reply to the command before is read first",
            also=("RFC2920-3-a",) if requirement == "RFC5321-4.3.1-a" else (),
            previous=_named(previous),
            early=early,
        )


def resumed_at_once(seen: Observation) -> Iterable[Remark]:
    """`resumed-at-once`: a transaction that broke off is taken up again after a waiting period (RFC 1845, 3)."""
    broke_off: dict[str | None, int] = {}
    for number, many in seen.connections.items():
        opened = many[0].event
        for one in many:
            name = parameters(command(one.event.octets).argument).get("TRANSID") if one.verb == "MAIL" else None
            waited_for = (opened.begun - broke_off[name]) / 1e9 if name in broke_off else SOON
            if waited_for < SOON:
                yield Remark(
                    "RFC1845-3-d",
                    "resumed-at-once",
                    "a waiting period before the connection is made again",
                    f"a new connection after {waited_for:.1f} s",
                    (opened.seq, one.event.seq),
                )
        kept, end = many[-1].after, seen.events(number, Kind.CLOSE, Side.SERVER)
        if kept.kept and end and not any(one.verb == MESSAGE and one.code for one in many):
            broke_off[kept.checkpoint] = end[0].at


def _within(previous: Exchange, exchange: Exchange) -> bool:
    """Whether a reply of several lines had begun to come, but not ended, when *exchange* was begun."""
    reply = previous.replies[0] if previous.replies else None
    several = reply is not None and reply.octets[3:4] == b"-"
    return several and reply is not None and reply.begun < exchange.event.begun < reply.at


def _row(previous: Exchange, exchange: Exchange) -> str:
    """Who has a client without PIPELINING wait; in LMTP for the replies to content that are still to come."""
    had = sum(reply.at <= exchange.event.begun for reply in previous.replies)
    if not had:  # else more than one reply is owed, and that is so in LMTP alone
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
    return _ends_batch(previous) is None


def _ends_batch(one: Exchange) -> str | None:
    """The requirement by which nothing follows *one* in a batch. A command of an extension that nobody made an
    exception for is known by its keyword, where that is its name too (RFC 2920, 3.1): XFORWARD, ETRN.
    """
    word = one.text.partition(" ")[0].upper()
    of_extension = word not in IN_BATCH and one.before.offers(word) and not one.before.refused_data
    return ENDS_BATCH.get(one.verb) or ("RFC2920-3.1-c" if of_extension else None)
