"""Commands that come out of their order, and requests that come again (RFC 5321, 3.3, 4.1.4 and 4.2.1; RFC 4954, 4).

A command is judged in the state that its client could hope for: after the replies that it had, and as if those still
on their way were all good. So a batch (RFC 2920) is wrong only where it would be wrong whatever is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...model.transcript import Kind
from ..grammar import HELLO
from ..session import MESSAGE, Exchange, State, after
from .observation import Observation, Remark, gathered, waited

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
        return "quit"
    if not _is_wrong(one.verb, one.before) or (one.before.sender is None and mail_refused):
        return ""
    hoped = _hoped(many, number)
    return one.verb.lower() if hoped is not None and _is_wrong(one.verb, hoped) else ""


def _is_wrong(verb: str, state: State) -> bool:
    """Whether *verb* may not be sent in *state*. That every recipient was refused is `went-on`."""
    match verb:
        case "MAIL" | "AUTH":
            return state.sender is not None
        case "RCPT":
            return state.sender is None
        case "DATA":
            return state.sender is None or not state.recipients
        case _:
            return False


def _hoped(many: Sequence[Exchange], number: int) -> State | None:
    """The state at best: all that was not answered yet when this was sent gets the reply that its client wants."""
    one, first = many[number], number
    while first and not waited(many[first - 1], one):
        first -= 1
        if number - first > MOST_PENDING:
            return None
    state = many[first].before
    for other in many[first:number]:
        state = after(state, other.event, b"354 Go on\r\n" if other.verb == "DATA" else b"250 Ok\r\n")
    return state
