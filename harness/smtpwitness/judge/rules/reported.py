"""Whether the client tells its user the truth (RFC 5321, 4.2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model.finding import Verdict
from ...model.transcript import Kind, Side
from ..grammar import HELLO
from ..outcome import own_fates
from ..session import GREETING, SASL, delivered, with_messages
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
    if word == "accepted" and missed:
        yield _remark(seen, "false-success", "RFC5321-4.2.5-a", told, "a failure", missed[0])
    elif word in FAILURES and not missed and fates and not seen.timed_out:
        cap = Verdict.WARN if _trouble_at_the_end(seen) else Verdict.FAIL
        yield _remark(seen, "false-failure", "RFC5321-4.2.5-d", told, "success", "accepted", cap)
    elif seen.tells_classes and word in REFUSALS and _clear_cut(seen, missed) and word not in missed:
        requirement = _class_told_by(seen, missed[0])
        yield _remark(seen, "wrong-class", requirement, told, missed[0], missed[0])


def _class_told_by(seen: Observation, fate: str) -> str:
    """The requirement that says which class of failure *fate* is, by the replies that were given."""
    replies = {(one.code, SASL if one.verb == "AUTH" else one.verb) for one in seen.exchanges}
    if fate == "temporary":
        return "RFC4954-6-a" if ("454", SASL) in replies else "RFC5321-4.2.1-a"
    return "RFC7504-3-a" if ("521", GREETING) in replies else "RFC5321-4.2.1-b"


def _clear_cut(seen: Observation, missed: list[str]) -> bool:
    """Whether the class of the refusals is beyond doubt: 552 may be either, and so may a reply of mixed codes."""
    doubtful = any(
        one.code == "552" or len({line[:1] for reply in one.replies for line in reply.octets.splitlines()}) > 1
        for one in seen.exchanges
    )
    return bool(missed) and set(missed) <= REFUSALS and not doubtful


def _trouble_at_the_end(seen: Observation) -> bool:
    """Whether something went wrong after the server had taken the message: an API may have nowhere else to say so."""
    ends = {one.connection: one.event.seq for one in seen.messages if delivered(one)}

    def later(connection: int, seq: int) -> bool:
        return seq > ends.get(connection, seq)

    refused = any(later(one.connection, one.event.seq) and not one.code.startswith("2") for one in seen.exchanges)
    gone = (e for e in seen.transcript if e.kind is Kind.CLOSE and e.side is Side.SERVER)
    return refused or any(later(e.connection, e.seq) and not _said_goodbye(seen, e.connection) for e in gone)


def _said_goodbye(seen: Observation, connection: int) -> bool:
    return any(one.verb == "QUIT" and one.code.startswith("2") for one in seen.connections[connection])


def _remark(
    seen: Observation, key: str, requirement: str, told: Told, expected: str, fate: str, cap: Verdict = Verdict.FAIL
) -> Remark:
    word, fates, who = told
    codes = {"accepted": "2", "temporary": "4", "permanent": "5"}
    deciding = [one for one in with_messages(seen.exchanges) if one.replies and one.code[:1] == codes.get(fate, "-")]
    deciding = [one for one in deciding if delivered(one)] if fate == "accepted" else deciding
    deciding.sort(key=lambda one: one.verb in HELLO)  # EHLO refused and HELO accepted decides nothing
    about = deciding[:1] or [one for one in seen.exchanges[-1:] if one.replies]
    reply = about[0].code if about and deciding else "none"
    events = tuple(reply.seq for one in about for reply in one.replies[:1])
    counted = f"{sum(one == fate for one in fates)} of {len(fates)}"
    facts = (("said", word), ("fate", fate), ("who", who), ("reply", reply), ("counted", counted))
    return Remark(requirement, f"reported.{key}", expected, word, events, facts, at_most=cap)
