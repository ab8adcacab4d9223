"""Whether the client tells its user the truth (RFC 5321, 4.2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model.finding import Verdict
from ...model.transcript import Kind, Side
from ..grammar import HELLO, folded, reply_code
from ..outcome import CLASSES, own_fates
from ..session import GREETING, MESSAGE, SASL, Exchange, delivered, with_messages
from .observation import Observation, Remark

REFUSALS = frozenset({"temporary", "permanent"})
FAILURES = REFUSALS | {"declined", "failed"}

Told = tuple[str, tuple[str, ...], str]
"""What the client says, the fates that it says it of, and of whom."""


def reported(seen: Observation) -> Iterable[Remark]:
    """`reported.false-success`, `.false-failure`, `.wrong-class`: each kind once."""
    done: set[str] = set()
    for told in _told(seen):
        for remark in _judged(seen, told):
            if remark.key not in done:
                done.add(remark.key)
                yield remark


def _told(seen: Observation) -> Iterator[Told]:
    """What was said of whom: one word for a recipient, for a message, or for all."""
    fate, said = seen.fate, seen.reported
    if len(said) == 1 and len(said[0]) == 1:
        own = () if "recipients" in seen.job.told else own_fates(seen.exchanges)
        yield said[0][0], own or tuple(one for message in fate for one in message), "all"
        return
    for words, fates, message in zip(said, fate, seen.job.messages, strict=False):
        if len(words) == 1:
            yield words[0], fates, "all"
        else:
            yield from ((word, (one,), who) for word, one, who in zip(words, fates, message.recipients, strict=False))


def _judged(seen: Observation, told: Told) -> Iterator[Remark]:
    word, fates, _ = told
    missed = [one for one in fates if one != "accepted"]
    lmtp = _in_lmtp(seen, told)
    if word == "accepted" and missed:
        yield _remark(seen, "false-success", lmtp or LOST, told, "a failure", missed[0])
    elif word in FAILURES and not missed and fates and not seen.timed_out:
        cap = Verdict.WARN if lmtp != INTERRUPTED and _trouble_at_the_end(seen) else Verdict.FAIL
        yield _remark(seen, "false-failure", lmtp or "RFC5321-4.2.5-d", told, "success", "accepted", cap)
    elif seen.tells_classes and word in REFUSALS and _clear_cut(seen, missed) and word not in missed:
        requirement = _class_told_by(seen, missed[0])
        yield _remark(seen, "wrong-class", requirement, told, missed[0], missed[0])


LOST = "RFC5321-4.2.5-a"
"""The server has not taken the message, and nobody is told."""

INTERRUPTED = "RFC2033-5-c"
"""In LMTP some replies came, then the end: those count, and the rest are failures for now."""


def _in_lmtp(seen: Observation, told: Told) -> str | None:
    """The row of RFC 2033 that a wrong account of a recipient breaks; None where no reply to content decided."""
    word, _, who = told
    named = folded(who)
    for one in seen.exchanges:
        mailboxes = [folded(mailbox) for mailbox, _ in one.decided]
        if one.verb != MESSAGE or not one.before.lmtp or (named not in mailboxes and who != "all"):
            continue
        ends = seen.events(one.connection, Kind.CLOSE, Side.CLIENT) or seen.transcript[-1:]
        if len(one.replies) < one.owed and seen.closed_by_server(one.connection, ends[0].at):
            return INTERRUPTED
        index = mailboxes.index(named) if who != "all" else -1
        if any(reply.begun > ends[0].at for reply in one.replies[index : index + 1 or None]):
            return "RFC2033-5-b"
        lines = [CLASSES.get(line[:1].decode("latin-1")) for reply in one.replies for line in reply.octets.splitlines()]
        by_lines = who != "all" and len(lines) > one.owed and lines[index] == word
        return "RFC2033-4.2-c" if by_lines else "RFC2033-4.2-a"
    return None


def _class_told_by(seen: Observation, fate: str) -> str:
    """The requirement that says which class of failure *fate* is, by the replies that were given."""
    replies = {(one.code, SASL if one.verb == "AUTH" else one.verb) for one in seen.exchanges}
    if fate == "temporary":
        return "RFC4954-6-a" if ("454", SASL) in replies else "RFC5321-4.2.1-a"
    return "RFC7504-3-a" if ("521", GREETING) in replies else "RFC5321-4.2.1-b"


def _clear_cut(seen: Observation, missed: list[str]) -> bool:
    """Whether the class of the refusals is beyond doubt: 552 may be either, and so may a reply of mixed codes."""
    doubtful = any(_doubtful(reply) for one in seen.exchanges for reply in _answers(one))
    return bool(missed) and set(missed) <= REFUSALS and not doubtful


def _answers(one: Exchange) -> tuple[bytes, ...]:
    """What it was answered; two replies where one is owed are one, and nobody knows which half a client reads."""
    replies = tuple(reply.octets for reply in one.replies)
    return (b"".join(replies),) if len(replies) > one.owed else replies


def _doubtful(reply: bytes) -> bool:
    return reply_code(reply) == "552" or len({line[:1] for line in reply.splitlines()}) > 1


def _trouble_at_the_end(seen: Observation) -> bool:
    """Whether something went wrong after the server had taken the message: an API may have nowhere else to say so."""
    ends = {one.connection: one.event.seq for one in seen.messages if delivered(one)}

    def later(connection: int, seq: int) -> bool:
        return seq > ends.get(connection, seq)

    refused = any(later(one.connection, one.event.seq) and not one.code.startswith("2") for one in seen.exchanges)
    surplus = (reply for one in seen.messages if delivered(one) for reply in one.replies[one.owed :])
    refused = refused or any(not reply_code(one.octets).startswith("2") for one in surplus)  # taken for QUIT's
    gone = (e for e in seen.transcript if e.kind is Kind.CLOSE and e.side is Side.SERVER)
    return refused or any(later(e.connection, e.seq) and not _said_goodbye(seen, e.connection) for e in gone)


def _said_goodbye(seen: Observation, connection: int) -> bool:
    return any(one.verb == "QUIT" and one.code.startswith("2") for one in seen.connections[connection])


def _remark(
    seen: Observation, key: str, requirement: str, told: Told, expected: str, fate: str, cap: Verdict = Verdict.FAIL
) -> Remark:
    word, fates, who = told
    codes = {"accepted": "2", "temporary": "4", "permanent": "5"}
    answers = [(one, reply) for one in with_messages(seen.exchanges) for reply in one.replies[: one.owed]]
    deciding = [(one, reply) for one, reply in answers if reply_code(reply.octets)[:1] == codes.get(fate)]
    deciding = [(one, reply) for one, reply in deciding if delivered(one)] if fate == "accepted" else deciding
    deciding.sort(key=lambda pair: pair[0].verb in HELLO)  # EHLO refused and HELO accepted decides nothing
    about = deciding[:1] or [(one, one.replies[0]) for one in seen.exchanges[-1:] if one.replies]
    code = reply_code(about[0][1].octets) if deciding else "none"
    events = tuple(reply.seq for _, reply in about) or tuple(one.event.seq for one in seen.exchanges[-1:])
    counted = f"{sum(one == fate for one in fates)} of {len(fates)}"
    facts = (("said", word), ("fate", fate), ("who", who), ("reply", code), ("counted", counted))
    also = ("RFC5321-4.2.5-c",) if requirement == LOST and fate == "temporary" else ()
    return Remark(requirement, f"reported.{key}", expected, word, events, facts, at_most=cap, also=also)
