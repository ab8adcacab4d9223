"""What the server did with the messages of a job, and whether that is what should have come of them.

A message's **fate** is told by replies alone: `accepted` where the server took responsibility with 2yz after the
content (RFC 5321, 4.2.5; in LMTP for each recipient), `temporary` or `permanent` where it refused, `none` where it
came to no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..model.run import Job
from ..model.scenario import Outcome
from .content import same_message, without_trace
from .grammar import folded
from .session import MESSAGE, Exchange, takes_chunk, with_messages

Fate = tuple[tuple[str, ...], ...]

CLASSES = {"2": "accepted", "4": "temporary", "5": "permanent"}
REFUSABLE = frozenset({"greeting", "EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "sasl"})
"""Exchanges whose refusal keeps every message from being sent that has had no answer yet."""


def _class(code: str) -> str:
    """What a reply's code decides; `none` for a code that decides nothing."""
    return CLASSES.get(code[:1], "none")


def fates(exchanges: Iterable[Exchange], job: Job) -> Fate:
    """The fate of every recipient of every message of *job*. An accepted message stays accepted."""
    ledger, refusal = _Ledger(job), "none"
    for exchange in with_messages(exchanges):
        outcome = _class(exchange.code)
        if exchange.verb == "RCPT":
            ledger.named(exchange, exchange.mailbox)
            if exchange.refused and not ledger.without_sender(exchange):
                ledger.settle(exchange, outcome, (exchange.mailbox,))
        elif _decides(exchange):
            for one, mailboxes in _decided(exchange, outcome).items():
                ledger.settle(exchange, one, mailboxes)
        elif exchange.verb == "MAIL" and exchange.refused:
            ledger.unsent(exchange, outcome)
        elif exchange.verb == "MAIL":
            ledger.refused_sender.discard(exchange.connection)
            if exchange.after.recipients:  # an earlier transaction goes on: nobody will name its recipients again
                ledger.named(exchange, exchange.after.recipients[0].mailbox)
            refusal = "none"  # the session came as far as this: what was refused on the way did not matter
        elif exchange.verb in REFUSABLE and exchange.refused:
            refusal = outcome
    return tuple(tuple(refusal if one == "none" else one for one in message) for message in ledger.fate)


def _decides(exchange: Exchange) -> bool:
    """Whether it decides for all recipients: content that was asked for, or a refused DATA or chunk."""
    if exchange.verb == MESSAGE:
        return exchange.before.content or _class(exchange.code) == "accepted"
    chunk = exchange.verb == "BDAT" and takes_chunk(exchange.before)
    return (exchange.verb == "DATA" or chunk) and exchange.refused


def _decided(exchange: Exchange, outcome: str) -> Mapping[str, Sequence[str]]:
    """The recipients that *exchange* decides for, by what it comes to for them: all alike, but in LMTP."""
    found: dict[str, list[str]] = {}
    for mailbox, code in exchange.decided:
        found.setdefault(_class(code), []).append(mailbox)
    return found or {outcome: ()}


def own_fates(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """The fate of every mailbox that a client named by itself, in its order; nobody had told it any."""
    found: dict[str, str] = {}
    for exchange in with_messages(exchanges):
        if exchange.verb == "RCPT":
            decided: tuple[tuple[str, str], ...] = ((exchange.mailbox, exchange.code),) if exchange.refused else ()
            found.setdefault(folded(exchange.mailbox), "none")
        else:
            decided = exchange.decided if _decides(exchange) else ()
        for mailbox, code in decided:
            if found.get(folded(mailbox)) != "accepted":
                found[folded(mailbox)] = _class(code)
    return tuple(found.values())


class _Ledger:
    """The fates so far, and which message each connection is sending: the least tried that fits."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.told = "recipients" in job.told
        self.fate = [["none"] * len(message.recipients) for message in job.messages]
        self.tries = [0] * len(job.messages)
        self.sending: dict[int, int] = {}
        self.refused_sender: set[int] = set()  # connections whose last MAIL was refused

    def _left(self) -> list[int]:
        """The messages not yet accepted for all, the least tried first."""
        left = [number for number, words in enumerate(self.fate) if set(words) != {"accepted"}]
        return sorted(left, key=self.tries.__getitem__)

    def named(self, exchange: Exchange, recipient: str) -> None:
        """A RCPT: the first one that the job knows picks the message of its transaction."""
        if not exchange.before.recipients:
            self.sending.pop(exchange.connection, None)
        if exchange.connection in self.sending:
            return
        for number in self._left():
            if not self.told or folded(recipient) in map(folded, self.job.messages[number].recipients):
                self.sending[exchange.connection] = number
                self.tries[number] += 1
                return

    def without_sender(self, exchange: Exchange) -> bool:
        """Whether a RCPT was behind a refused MAIL in one batch: its 503 says nothing that MAIL's reply did not."""
        return exchange.connection in self.refused_sender and exchange.before.sender is None

    def settle(self, exchange: Exchange, outcome: str, mailboxes: Sequence[str]) -> None:
        """What *exchange* decides for *mailboxes*; for all where the client has recipients of its own."""
        number = self.sending.get(exchange.connection)
        if number is None:
            return
        if exchange.verb == MESSAGE:
            number = self._carried(exchange, number)
        recipients, fate = self.job.messages[number].recipients, self.fate[number]
        meant = {folded(one) for one in (mailboxes if self.told else recipients)}
        for index, recipient in enumerate(recipients):
            if folded(recipient) in meant and fate[index] != "accepted":
                fate[index] = outcome

    def _carried(self, exchange: Exchange, number: int) -> int:
        """*number*, or else the message to the same recipients that the content is."""
        to = self.job.messages[number].recipients
        alike = [other for other, one in enumerate(self.job.messages) if one.recipients == to]
        return next(
            (one for one in (number, *alike) if self._is(self.job.messages[one].octets, exchange.event.octets)),
            number,
        )

    def _is(self, message: bytes, content: bytes) -> bool:
        return same_message(message, content) or (self.job.relayed and same_message(message, without_trace(content)))

    def unsent(self, exchange: Exchange, outcome: str) -> None:
        """A refused MAIL: the next message is not sent, unless it is tried again."""
        self.refused_sender.add(exchange.connection)
        left = self._left()
        meant = [one for one in left if folded(self.job.messages[one].sender) == folded(exchange.mailbox)] or left
        for number in meant[:1]:
            self.tries[number] += 1
            self.fate[number] = [one if one == "accepted" else outcome for one in self.fate[number]]


@dataclass(frozen=True, slots=True)
class Miss:
    """An outcome that is not among the good ones."""

    message: int
    recipient: str
    expected: str
    observed: str


def misses(outcome: Outcome, fate: Fate, reported: Fate, job: Job, tells_classes: bool) -> Iterable[Miss]:
    """The recipients for whom it came to something else than *outcome* asks.

    A class of failure is asked only of a client that tells classes, and only where no reply decided it: where one
    did, a rule compares what was reported with it.
    """
    for number, message in enumerate(job.messages):
        if "recipients" not in job.told and len({outcome.words(number, n) for n in range(len(message.recipients))}) > 1:
            continue  # they are to have different fates, and whose are the client's own?
        for index, recipient in enumerate(message.recipients):
            words, came = outcome.words(number, index), fate[number][index]
            if "any" in words:
                continue
            told = _told(reported, number, index)
            if came == "accepted":
                good = "accepted" in words
            else:
                good = words != {"accepted"} and not (came == "none" and tells_classes and _wrong_class(words, told))
            if not good:
                observed = came if told in (came, "") else f"{came}, reported as {told}"
                yield Miss(number, recipient, " or ".join(sorted(words)), observed)


def _told(reported: Fate, message: int, recipient: int) -> str:
    told = reported[min(message, len(reported) - 1)] if reported else ()
    return told[min(recipient, len(told) - 1)] if told else ""


def _wrong_class(words: frozenset[str], told: str) -> bool:
    if told not in ("temporary", "permanent"):
        return False
    good = {"temporary", "permanent"} if words & {"refused", "declined"} else words
    return told not in good
