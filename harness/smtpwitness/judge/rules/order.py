"""Commands that come out of their order, and requests that come again (RFC 5321, 3.3, 4.1.4 and 4.2.1; RFC 4954, 4).

A command is judged in the state that its client could hope for: after the replies that it had, and as if those still
on their way were all good. So a batch (RFC 2920) is wrong only where it would be wrong whatever is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...model.run import Job
from ...model.transcript import Kind
from ..grammar import HELLO, folded
from ..session import MESSAGE, Exchange, State, after
from .observation import MOST_EVENTS, Observation, Remark, gathered, refused, waited

ORDER = {
    "mail": ("RFC5321-4.1.4-e", "RSET first: a transaction is open"),
    "rcpt": ("RFC5321-3.3-a", "MAIL first: no transaction is open"),
    "data": ("RFC5321-3.3-a", "MAIL and RCPT first"),
    "auth": ("RFC4954-4-d", "AUTH before MAIL, or after the end of the transaction"),
    "quit": ("RFC5321-4.1.4-f", "nothing: QUIT was the last command"),
}
"""Who says so, and what was due. What may come at any time (NOOP, VRFY, RSET, HELP, a hello, QUIT) is not here."""


MOST_PENDING = 100
"""Commands on their way at once, beyond which nothing is said: it would take long to tell."""

GOOD = b"250 Ok\r\n"
"""What is hoped for. To DATA it would be 354, but that changes nothing in what may come next."""


def out_of_order(seen: Observation) -> Iterable[Remark]:
    """`out-of-order.*`: MAIL, RCPT, DATA in this order, one transaction at a time; AUTH outside; nothing after QUIT.

    What follows a refused MAIL is `went-on`.
    """
    found: dict[str, list[Exchange]] = {}
    pairs = {one.event.seq for _, one in seen.in_order}
    text = {line for message in seen.job.messages for line in message.octets.splitlines()}
    for many in seen.connections.values():
        mail_refused = False  # the last thing that began or ended a transaction was a MAIL that was refused
        for number, one in enumerate(many):
            is_command = one.event.kind is Kind.LINE and one.event.seq in pairs
            if one.before.refused_data and ("message" not in seen.job.told or _line(one) in text):
                is_command = False  # but a line of the message
            if is_command and (key := _fault(many, number, mail_refused)):
                found.setdefault(key, []).append(one)
            if one.verb in ("MAIL", "RSET", MESSAGE, *HELLO):
                mail_refused = one.verb == "MAIL" and not one.code.startswith("2")
    for key, hits in found.items():
        requirement, expected = ORDER[key]
        yield from gathered(f"out-of-order.{key}", requirement, hits, expected)


def _line(one: Exchange) -> bytes:
    return one.event.octets.rstrip(b"\r\n")


def _fault(many: Sequence[Exchange], number: int, mail_refused: bool) -> str:
    """The key of what is wrong with the order, "" for nothing."""
    one, previous = many[number], many[number - 1]
    if previous.verb == "QUIT" and previous.code.startswith("2") and waited(previous, one):
        return "" if one.verb == "QUIT" else "quit"  # said twice, it is the last command all the same
    if not _is_wrong(one.verb, one.before) or (one.before.sender is None and mail_refused):
        return ""
    hoped = _hoped(many, number)
    return one.verb.lower() if hoped is not None and _is_wrong(one.verb, hoped) else ""


def _is_wrong(verb: str, state: State) -> bool:
    """Whether *verb* may not be sent in *state*. That every recipient was refused is `went-on`."""
    match verb:
        case "MAIL" | "AUTH":
            return state.sender is not None and state.chunks != "failed"  # that is `chunk-order.no-reset`
        case "RCPT":
            return state.sender is None
        case "DATA":
            return state.sender is None or not state.recipients
        case _:
            return False


def _hoped(many: Sequence[Exchange], number: int) -> State | None:
    """The state at best: all that was not answered yet when this was sent gets a good reply."""
    one, first = many[number], number
    while first and not waited(many[first - 1], one):
        first -= 1
        if number - first > MOST_PENDING:
            return None
    state = many[first].before
    for other in many[first:number]:
        state = after(state, other.event, GOOD)
    return state


# --- requests that come again

REPEATED = {
    "repeated": ("RFC5321-4.2.1-b", "another request, RSET or QUIT"),
    "repeated.message": ("RFC5321-4.2.5-b", "no further attempt: the message was refused for good"),
    "repeated.at-once": ("RFC5321-4.2.1-a", "another recipient, RSET or QUIT, and a new attempt later"),
}
REPEATABLE = frozenset({"STARTTLS", "MAIL", "RCPT", "DATA", *HELLO})
"""What is the same request if it is the same line: NOOP and QUIT ask for nothing new, AUTH hides what it says."""

AT_ONCE = 10.0
"""Seconds: who waits longer has a reason to hope."""

Again = tuple[Exchange, Exchange]
"""A refused exchange, and the one that is the same."""


def repeated(seen: Observation) -> Iterable[Remark]:
    """`repeated`, `.message`, `.at-once`: a request that was refused comes again as it was.

    5yz is for good (RFC 5321, 4.2.1 and 4.2.5): neither the line in the same state, nor the message. After 4yz a client
    returns to the beginning of the transaction, and does not ask again from the middle of it (`.at-once`).
    """
    found: dict[str, list[Again]] = {}
    for many in seen.connections.values():
        for key, again in _lines_again(seen, many):
            found.setdefault(key, []).append(again)
    if messages := list(_messages_again(seen)):
        found["repeated.message"] = messages
    for key, hits in found.items():
        requirement, expected = REPEATED[key]
        yield from gathered(key, requirement, [again for _, again in hits], expected, reply=hits[0][0].code)


def _lines_again(seen: Observation, many: Sequence[Exchange]) -> Iterator[tuple[str, Again]]:
    """The command lines of one connection that came again. Where there are several messages, the same RCPT or DATA in
    another transaction may be for another message."""
    pairs = {one.event.seq for _, one in seen.in_order}
    single = len(seen.job.messages) == 1
    refusals: dict[object, list[tuple[int, Exchange]]] = {}
    transaction = 0
    for one in many:
        transaction += one.verb == "MAIL"
        if one.verb not in REPEATABLE or one.event.seq not in pairs:
            continue
        mine = refusals.setdefault(_request(one), [])
        heard = [(number, other) for number, other in mine if waited(other, one)]
        here = [other for number, other in heard if number == transaction]
        known = here if one.verb in ("RCPT", "DATA") and not single else [other for _, other in heard]
        for_good = [other for other in known if other.code.startswith("5")]
        at_once = [other for other in here if other.code.startswith("4") and _hasty(other, one)]
        if len(for_good) >= _rightful(seen.job, one):
            yield "repeated", (for_good[-1], one)
        elif at_once:
            yield "repeated.at-once", (at_once[-1], one)
        if refused(one) and len(mine) < MOST_EVENTS:
            mine.append((transaction, one))


def _hasty(other: Exchange, one: Exchange) -> bool:
    """Whether *one* asks again from the middle of the transaction, without having waited."""
    return one.verb in ("RCPT", "DATA") and one.event.begun - other.replies[0].at < AT_ONCE * 1e9


def _request(one: Exchange) -> object:
    """What makes a request the same: its line, and what is in force."""
    state = one.before
    in_force = (state.hello, state.tls, state.authenticated, state.sender)
    return one.verb, one.text, in_force, state.accepted if one.verb == "DATA" else ()


def _rightful(job: Job, one: Exchange) -> int:
    """How often the job itself asks for this request."""
    if one.verb == "MAIL":
        return len(job.messages)
    if one.verb == "RCPT":
        named = ([folded(recipient) for recipient in message.recipients] for message in job.messages)
        return max(1, *(recipients.count(folded(one.mailbox)) for recipients in named))
    return 1


def _messages_again(seen: Observation) -> Iterator[Again]:
    """Contents that were refused for good and come again to the same recipients, in this connection or another."""
    octets = [message.octets for message in seen.job.messages]
    rightful = max(octets.count(one) for one in octets)
    refusals: list[Exchange] = []
    for one in seen.messages:
        if not one.before.content:
            continue
        known = [other for other in refusals if _same_message(other, one, len(octets) == 1)]
        if len(known) >= rightful:
            yield known[-1], one
        if refused(one) and one.code.startswith("5") and len(one.replies) == 1 and len(refusals) < MOST_EVENTS:
            refusals.append(one)


def _same_message(other: Exchange, one: Exchange, single: bool) -> bool:
    to_the_same = waited(other, one) and other.before.accepted == one.before.accepted
    return to_the_same and (single or other.event.octets == one.event.octets)
