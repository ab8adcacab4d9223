"""What a client does after the server has said no.

Only what was begun when the refusal, and every reply before it, had left counts: a command that was on its way in a
batch is no answer to a refusal (RFC 2920, 3.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ...model.finding import Verdict
from ...model.transcript import Kind
from ..grammar import HELLO, folded
from ..session import GREETING, MESSAGE, SASL, Exchange
from .observation import Observation, Remark, gathered, is_no_reply, refused, short, waited

Hit = tuple[Exchange, Exchange]
"""A refused exchange, and the one that went on all the same."""

FIELD = re.compile(r"[!-9;-~]+:")
LONE_DOT = (b".\r\n", b"\r\n.\r\n")
GOODBYES = re.compile(rb"((RSET|QUIT) *\r?\n)+", re.IGNORECASE)
"""Commands that a client means to end a transaction with, where the server reads content."""


def went_on(seen: Observation) -> Iterable[Remark]:
    """`went-on.*`: going on after a refusal, or after a reply that was none, as though nothing had happened."""
    found: dict[str, list[Hit]] = {}
    for connection, many in seen.connections.items():
        for key, hit in (*_connection(seen, connection), *_taken_for_success(many)):
            found.setdefault(key, []).append(hit)
    for key, hits in found.items():
        requirement, expected, at_most = KEYS[key]
        refusal, first = hits[0]
        yield from gathered(
            f"went-on.{key}",
            requirement,
            [hit for _, hit in hits],
            expected,
            at_most=at_most,
            refused={GREETING: "the greeting", SASL: "the SASL response"}.get(refusal.verb, refusal.verb),
            reply=_said(refusal),
            then={MESSAGE: "the message"}.get(first.verb, first.verb),
        )


def _said(one: Exchange) -> str:
    """The code of a reply, or what was said in its place."""
    return one.code or short(one.replies[0].octets, 40) or "(empty line)"


KEYS = {
    "greeting": ("RFC5321-4.1.4-a", "QUIT", Verdict.FAIL),
    "hello": ("RFC5321-4.1.4-a", "HELO, or QUIT", Verdict.FAIL),
    "starttls": ("RFC8314-5.2-c", "QUIT: the job asks for TLS", Verdict.FAIL),
    "auth": ("RFC4954-9-b", "another mechanism, or QUIT: the job asks for AUTH", Verdict.FAIL),
    "mail": ("RFC5321-3.3-a", "RSET, another MAIL, or QUIT", Verdict.FAIL),
    "rcpt": ("RFC5321-3.3-a", "RSET or QUIT: no recipient was accepted", Verdict.WARN),
    "content": ("RFC5321-3.3-a", "a lone dot: no recipient was accepted", Verdict.FAIL),
    "batch": ("RFC2920-3.1-d", "a lone dot: no recipient was accepted", Verdict.FAIL),
    "no-dot": ("RFC2920-3.1-e", "a lone dot, which ends the content", Verdict.FAIL),
    "no-reply": ("RFC5321-4.2-d", "RSET or QUIT: this reply says nothing", Verdict.FAIL),
    "shutdown": ("RFC5321-4.3.2-c", "QUIT, or the end of the connection", Verdict.FAIL),
}


class _Refusals:
    """The refusals that are in force in one connection."""

    def __init__(self) -> None:
        self.greeting: Exchange | None = None
        self.hello: Exchange | None = None
        self.starttls: Exchange | None = None
        self.auth: Exchange | None = None
        self.mail: Exchange | None = None
        self.rcpt: Exchange | None = None
        self.shutdown: Exchange | None = None

    def note(self, one: Exchange) -> None:
        """*one* is over."""
        said_no = one if refused(one) else None
        if one.code == "421":
            self.shutdown = one
        if one.verb in (*HELLO, "RSET") and not one.refused:
            self.mail = self.rcpt = None
        if one.verb == GREETING:
            self.greeting = said_no
        elif one.verb in HELLO:
            self.hello = said_no
        elif one.verb == "STARTTLS":
            self.starttls = said_no
        elif one.verb in ("AUTH", SASL):
            self.auth = said_no or (None if one.after.authenticated else self.auth)
        elif one.verb == "MAIL":
            self.mail, self.rcpt = said_no, None
        elif one.verb == "RCPT":
            self.rcpt = said_no


def _connection(seen: Observation, connection: int) -> Iterator[tuple[str, Hit]]:
    """The refusals of one connection that were gone over, with their keys."""
    refusals = _Refusals()
    for previous, one in seen.in_order:
        if one.connection != connection:
            continue
        refusals.note(previous)
        if waited(previous, one):
            for key, refusal in _gone_over(seen, refusals, one):
                if key == "content" and not waited(refusal, previous):  # DATA was on its way in a batch: no fault yet
                    key = "no-dot" if GOODBYES.fullmatch(one.event.octets) else "batch"
                yield key, (refusal, one)


def _gone_over(seen: Observation, refusals: _Refusals, one: Exchange) -> Iterator[tuple[str, Exchange]]:
    told, job, verb = seen.job.told, seen.job, one.verb
    if verb in ("EHLO", "HELO", "LHLO", "AUTH", "STARTTLS", "MAIL", "RCPT", "DATA", "BDAT") and refusals.shutdown:
        yield "shutdown", refusals.shutdown
    in_clear = job.tls == "starttls" and "tls" in told and not one.before.tls
    if verb in ("AUTH", "MAIL") and refusals.starttls and in_clear:
        yield "starttls", refusals.starttls
    if verb == "MAIL":
        if refusals.greeting:
            yield "greeting", refusals.greeting
        if refusals.hello and not one.before.hello:
            yield "hello", refusals.hello
        if refusals.auth and job.auth != "none" and "auth" in told and not one.before.authenticated:
            yield "auth", refusals.auth
    if verb in ("RCPT", "DATA", "BDAT") and refusals.mail and one.before.sender is None:
        yield "mail", refusals.mail
    if refusals.rcpt and _all_refused(one):
        if verb == "DATA":
            yield "rcpt", refusals.rcpt
        elif verb == MESSAGE and one.before.content and one.event.octets not in LONE_DOT:
            yield "content", refusals.rcpt


GOES_ON = {
    **dict.fromkeys(HELLO, frozenset({"AUTH", "STARTTLS", "MAIL"})),
    "MAIL": frozenset({"RCPT"}),
    "RCPT": frozenset({"DATA"}),
}
"""What a client says next only if it takes the reply before it for a success. HELO after EHLO is another try; content
is the business of `content-after-refused-data`, and what is told after it of `reported`."""


def _taken_for_success(many: Sequence[Exchange]) -> Iterator[tuple[str, Hit]]:
    """What goes on after a line that is no reply, or has a first digit that none has (RFC 5321, 4.2).

    Judged is what comes straight after the first of them: from there on nobody knows which reply is taken for which.
    """
    for previous, one in pairwise(many):
        if previous.replies and (len(previous.replies) > 1 or not previous.code):
            goes_on = one.verb in GOES_ON.get(previous.verb, ()) and not (one.verb == "DATA" and one.before.accepted)
            if is_no_reply(previous) and goes_on and one.event.begun >= previous.replies[0].at:
                yield "no-reply", (previous, one)
            return


def _all_refused(one: Exchange) -> bool:
    """Whether there is a transaction, and every RCPT of it got 4yz or 5yz."""
    recipients = one.before.recipients if one.before.sender is not None else ()
    return bool(recipients) and all(recipient.code[:1] in ("4", "5") for recipient in recipients)


NEW_ADDRESS = re.compile(rb"<([^<>\r\n]{1,320})>")


def redirected(seen: Observation) -> Iterable[Remark]:
    """`redirected`: a message goes to the address in a 251 or 551, which nobody asked for (RFC 5321, 7.4).

    Inside TLS the server may have proved who it is, and then the client may believe it.
    """
    asked_for = {folded(one) for message in seen.job.messages for one in message.recipients}
    named: dict[str, Exchange] = {}
    hits = []
    for one in seen.exchanges:
        if one.verb != "RCPT" or one.before.tls:
            continue
        address = folded(one.mailbox)
        if address in named and address not in asked_for and waited(named[address], one):
            hits.append((named[address], one))
        if one.code in ("251", "551"):
            for match in NEW_ADDRESS.finditer(one.replies[0].octets):
                named.setdefault(folded(match[1].decode("latin-1")), one)
    if hits and "recipients" in seen.job.told:
        said = hits[0][0].code
        yield from gathered("redirected", "RFC5321-7.4-a", [one for _, one in hits], "no RCPT for it", reply=said)


def content_after_refused_data(seen: Observation) -> Iterable[Remark]:
    """`content-after-refused-data`: header and body lines though DATA got no 3yz. A lone dot is no content."""
    hits, reply, told = [], "", {line for one in seen.job.messages for line in one.octets.splitlines() if line}
    for many in seen.connections.values():
        data: Exchange | None = None
        for one in many:
            if one.verb == "DATA":
                data = one
            elif (
                data is not None
                and (data.code[:1] in ("2", "4", "5") or is_no_reply(data))
                and one.before.refused_data
                and _is_text(one, told)
            ):
                reply = reply or _said(data)
                hits.append(one)
    nobody = bool(hits) and hits[0].before.lmtp and not hits[0].before.accepted
    requirement = "RFC2033-4.2-d" if nobody else "RFC5321-3.3-e"
    yield from gathered("content-after-refused-data", requirement, hits, "RSET or QUIT, and no content", reply=reply)


def _is_text(one: Exchange, told: set[bytes]) -> bool:
    """Whether this is a piece of a message, and no command gone wrong."""
    if one.event.kind is Kind.CONTENT:
        return one.event.octets not in LONE_DOT
    octets = one.event.octets.rstrip(b"\r\n")
    return one.verb == "" and (octets in told or octets.removeprefix(b".") in told or FIELD.match(one.text) is not None)
