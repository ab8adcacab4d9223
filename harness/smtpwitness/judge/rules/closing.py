"""How a client ends its connection (RFC 5321, 4.1.1.10 and 4.1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from ...model.finding import Axis, Verdict
from ...model.transcript import Event, Kind, Side
from ..grammar import reply_code
from ..session import MESSAGE, SASL, Exchange
from .observation import GIVEN_UP, Observation, Remark, answered, gives_up, is_tls, name_of, waited
from .timing import out_of_step

REPLY_LINE = 512
"""Octets, its end among them, that a line of a reply may have (RFC 5321, 4.5.3.1.5)."""


def _ends(seen: Observation) -> Iterator[tuple[tuple[Exchange, ...], Event]]:
    """Connections that the client ended of its own accord, with the event of the end.

    Not so where the server had gone before, or a handshake had failed, or the harness or a signal ended the process.
    Nor where the client was out of step with the server's replies: what it then took for which answer nobody knows.
    """
    killed = any(
        event.kind is Kind.LIMIT or (event.kind is Kind.EXIT and not event.note.isdigit()) for event in seen.transcript
    )
    astray = out_of_step(seen)
    for connection, many in seen.connections.items():
        closed = seen.events(connection, Kind.CLOSE, Side.CLIENT)[:1]
        failed = any(e.kind is Kind.TLS_FAILED and e.connection == connection for e in seen.transcript)
        for event in closed:
            excused = killed or seen.timed_out or failed or connection in astray
            if not (excused or seen.closed_by_server(connection, event.at)):
                yield many, event


def no_quit(seen: Observation) -> Iterable[Remark]:
    """`no-quit`, `.greeting`, `.unopened`: QUIT comes before the client's end of the connection.

    Where no hello was accepted it is only a SHOULD (RFC 5321, 4.1.4).
    """
    spoke = any(len(many) > 1 for many in seen.connections.values())
    for many, end in _ends(seen):
        last = many[-1]
        # In the place of a SASL response, too: that it is no `*` is told of the exchange (RFC 4954, 4).
        said_quit = any(
            one.verb == "QUIT" or (one.verb == SASL and one.event.octets.strip().upper() == b"QUIT") for one in many
        )
        if said_quit or _entitled(many, end) or _distrusts(seen, many) or (spoke and len(many) == 1):
            continue
        key = "no-quit"
        if many[0].refused or len(many) == 1:
            key = "no-quit.greeting"
        elif not any(one.after.hello for one in many):
            key = "no-quit.unopened"
        yield Remark(
            "RFC5321-4.1.1.10-a" if key == "no-quit" else "RFC5321-4.1.4-g",
            key,
            "QUIT",
            "the connection was closed",
            (end.seq, last.event.seq),
            (("last", name_of(last)), ("reply", last.code or "none")),
            Axis.CLOSING,
            Verdict.WARN if last.after.mechanism else Verdict.FAIL,
        )


def _entitled(many: tuple[Exchange, ...], end: Event) -> bool:
    """Whether the client may leave without a word: what it met leaves nothing to say QUIT to."""
    last, at = many[-1], answered(many[-1])
    within_content = last.verb == MESSAGE and bool(last.event.note)
    tls_is_not_enough = last.verb == "STARTTLS" and last.code == "220"  # judged the certificate after the handshake
    shut_down = any(reply_code(reply.octets) == "421" for one in many for reply in one.replies)
    if within_content or tls_is_not_enough or shut_down or is_tls(last.event.octets):
        return True
    if at is None or at > end.at:  # no answer: waited in vain, or in haste?
        return end.at - last.event.at >= GIVEN_UP * 1e9
    return not last.code or _ill_formed(last.replies[0].octets)


def _ill_formed(reply: bytes) -> bool:
    """Whether the lines of a reply carry different codes, or one is too long: no client need make sense of it.

    A challenge may be longer (RFC 4954, 4).
    """
    lines = reply.splitlines(keepends=True)
    long = any(len(line) > REPLY_LINE for line in lines) and not reply.startswith(b"334")
    return long or len({line[:3] for line in lines}) > 1


def _distrusts(seen: Observation, many: tuple[Exchange, ...]) -> bool:
    """Whether implicit TLS came up with a certificate that is not good, and the client said no word in it."""
    spoiled = (event for event in seen.transcript if event.kind is Kind.TLS and event.seq in seen.scripted)
    return len(many) == 1 and any(event.connection == many[0].connection for event in spoiled)


def quit_unanswered(seen: Observation) -> Iterable[Remark]:
    """`quit-unanswered`: the client waits for the reply to QUIT."""
    for many, end in _ends(seen):
        for previous, one in pairwise(many):
            at = answered(one)
            unheard = (at is None or at > end.at) and end.at - one.event.at < GIVEN_UP * 1e9
            given_up = not waited(previous, one) and gives_up(previous, one)
            before = (other for other in many if other.event.seq < one.event.seq)
            took_another = any(len(other.replies) > 1 for other in before)  # 421 unprompted, say: taken for its answer
            if one.verb != "QUIT" or not unheard or given_up or took_another:
                continue
            yield Remark(
                "RFC5321-4.1.1.10-b",
                "quit-unanswered",
                "the reply to QUIT is read first",
                "the connection was closed before it had left",
                (end.seq, one.event.seq),
                axis=Axis.CLOSING,
            )


def reset_by_client(seen: Observation) -> Iterable[Remark]:
    """`reset-by-client`: RST in place of FIN, often because something was left unread. A note.

    Not of who leaves right after a handshake: what the TLS library has not read then are session tickets.
    """
    for many, end in _ends(seen):
        after_handshake = many[-1].after.tls and many[-1].event.kind is Kind.OPEN
        if end.note == "reset" and not (after_handshake or many[-1].after.handshake):
            yield Remark(
                None,
                "reset-by-client",
                "FIN",
                "RST",
                (end.seq, many[-1].event.seq),
                (("last", name_of(many[-1])),),
                Axis.CLOSING,
                Verdict.NOTE,
            )
