"""What a session has come to: the state that every command is read in, and the exchanges that a transcript holds.

One small table of what each reply changes (RFC 5321, 3 and 4.1.4; RFC 3207, 4.2; RFC 4954, 4) serves the player,
which must know what a sane server would say, and the rules, which must know what a client was entitled to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ..model.transcript import Event, Kind, Secret, Side
from .content import chunked
from .grammar import HELLO, chunk, command, keywords, mailbox, parameters, reply_code, text_of

GREETING, MESSAGE, SASL = "greeting", "message", "sasl"
"""Names for exchanges that no verb begins: the greeting, the content, a SASL response line."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A RCPT that was sent in the open transaction, and the code that it got ("" for none or a malformed one)."""

    mailbox: str
    code: str


@dataclass(frozen=True, slots=True)
class State:
    """What is in force in one connection. Everything that STARTTLS or a hello resets is reset in `after` below."""

    greeting: str = ""  # code of the greeting
    hello: str = ""  # HELO, EHLO or LHLO, once accepted
    keywords: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tls: bool = False
    authenticated: str = ""  # mechanism that succeeded
    mechanism: str = ""  # mechanism whose exchange is open: the next line is a SASL response
    sender: str | None = None  # reverse-path of the open transaction
    recipients: tuple[Recipient, ...] = ()
    content: bool = False  # DATA was answered 3yz: what comes is content
    handshake: bool = False  # STARTTLS was answered 220: what comes is TLS
    refused_data: bool = False  # DATA was answered otherwise: lines of a message may come all the same
    body: str = ""  # BODY of the open transaction's MAIL, upper case
    chunks: str = ""  # of BDAT in this transaction: open, failed, or over (LAST was accepted, and nothing came since)
    checkpoint: str = ""  # TRANSID of the last MAIL, where CHECKPOINT is offered
    kept: tuple[Recipient, ...] = ()  # what a server keeps of that transaction once content was asked for (RFC 1845, 3)
    offset: int = 0  # octets of the open transaction's message that the server has already, by its 355

    @property
    def accepted(self) -> tuple[str, ...]:
        """Mailboxes that were accepted in the open transaction, in order; one that was accepted twice, twice."""
        return tuple(r.mailbox for r in self.recipients if r.code.startswith("2"))

    @property
    def lmtp(self) -> bool:
        """Whether LMTP is spoken: content is answered once for each accepted recipient (RFC 2033, 4.2)."""
        return self.hello == "LHLO"

    def offers(self, keyword: str) -> bool:
        return keyword in self.keywords


def without_transaction(state: State) -> State:
    """The state with no transaction open (RFC 5321, 4.1.4)."""
    return replace(state, sender=None, recipients=(), content=False, refused_data=False, body="", chunks="", offset=0)


def verb_of(state: State, event: Event) -> str:
    """What a LINE or CONTENT event is in *state*: a verb, `sasl`, `message`, or "" for a line that is no command."""
    if event.kind is Kind.CONTENT:
        return MESSAGE
    if event.kind is Kind.OPEN:
        return GREETING
    return SASL if state.mechanism else command(event.octets).verb


def after(state: State, event: Event, reply: bytes, others: Iterable[State] = ()) -> State:
    """The state once *reply* has answered *event* (an OPEN, LINE or CONTENT) that came in *state*.

    *others* are the last states of the other connections: what broke off there may be taken up here.
    """
    verb, code = verb_of(state, event), reply_code(reply)
    good = code.startswith("2")
    if verb == GREETING:
        return replace(state, greeting=code)
    if verb == MESSAGE:
        return without_transaction(state)
    if verb == SASL:
        going_on = code == "334"
        return replace(
            state,
            mechanism=state.mechanism if going_on else "",
            authenticated=state.mechanism if good else state.authenticated,
        )
    argument = command(event.octets).argument
    if verb in HELLO and good:
        offered = keywords(reply) if verb != "HELO" else {}
        return replace(without_transaction(state), hello=verb, keywords=MappingProxyType(offered))
    if verb == "RSET" and good:
        return without_transaction(state)
    if verb == "STARTTLS" and code == "220":
        return replace(state, handshake=True)
    if verb == "AUTH":
        name = argument.split(" ")[0].upper()
        if code == "334":
            return replace(state, mechanism=name)
        return replace(state, authenticated=name) if good else state
    if verb == "MAIL" and (good or code == "355"):
        return _after_mail(state, argument, reply, others)
    if verb == "RCPT":
        return replace(state, recipients=(*state.recipients, Recipient(mailbox(argument)[0], code)))
    if verb == "BDAT":
        return _after_chunk(state, event.octets, code)
    if verb == "DATA":
        kept = state.recipients if code.startswith("3") and state.checkpoint else ()
        return replace(state, content=code.startswith("3"), refused_data=not code.startswith("3"), kept=kept)
    return state


def _after_mail(state: State, argument: str, reply: bytes, others: Iterable[State]) -> State:
    """A transaction is open: a new one, or with 355 the one of that name that broke off (RFC 1845, 3)."""
    given = parameters(argument)
    name = given.get("TRANSID", "") if state.offers("CHECKPOINT") else ""
    opened = replace(
        without_transaction(state), sender=mailbox(argument)[0], body=given.get("BODY", ""), checkpoint=name, kept=()
    )
    if reply_code(reply) != "355" or not name:
        return opened if reply.startswith(b"2") else state
    kept = next((other.kept for other in others if other.checkpoint == name and other.kept), ())
    offset = reply[4:].partition(b" ")[0].strip()
    return replace(opened, recipients=kept, offset=int(offset) if offset.isdigit() else 0)


def _after_chunk(state: State, octets: bytes, code: str) -> State:
    """After a chunk was refused, all but RSET is refused, too: the state is indeterminate (RFC 3030, 2)."""
    counted = chunk(octets)
    if state.sender is None or not state.offers("CHUNKING") or state.chunks == "failed":
        return state
    if code.startswith("2") and counted:
        return replace(without_transaction(state), chunks="over") if counted[1] else replace(state, chunks="open")
    return replace(state, chunks="failed") if code[:1] in ("4", "5") else state


def after_tls(state: State) -> State:
    """TLS is up: all is forgotten but that (RFC 3207, 4.2)."""
    return State(greeting=state.greeting, tls=True)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command with its reply. `before` is the state that the command came in, `after` the one it left.

    `event` is the OPEN (for the greeting), LINE or CONTENT; `replies` are the REPLY events up to the next one, the
    first being its answer. `verb` is as in `verb_of`; `text` is the line without its end, one character an octet.
    `chunked`: a message made of chunks, see `with_messages`.
    """

    connection: int
    verb: str
    text: str
    event: Event
    replies: tuple[Event, ...]
    before: State
    after: State
    chunked: bool = False

    @property
    def code(self) -> str:
        """The code of its reply; "" where there was none or it was malformed."""
        return reply_code(self.replies[0].octets) if self.replies else ""

    @property
    def owed(self) -> int:
        """How many replies the server owes: one, but to content in LMTP one for each accepted recipient."""
        return len(self.before.accepted) if self.verb == MESSAGE and self.before.lmtp else 1

    @property
    def decided(self) -> tuple[tuple[str, str], ...]:
        """Each accepted recipient with the code that decides for it, if this is content; "" where none came."""
        accepted = self.before.accepted
        codes = [self.code] * len(accepted)
        if self.verb == MESSAGE and self.before.lmtp:
            codes = [reply_code(reply.octets) for reply in self.replies] + [""] * len(accepted)
        return tuple(zip(accepted, codes, strict=False))

    @property
    def refused(self) -> bool:
        return self.code[:1] in ("4", "5")

    @property
    def mailbox(self) -> str:
        """The mailbox of a MAIL or RCPT."""
        return mailbox(command(self.event.octets).argument)[0]


def exchanges(events: Iterable[Event]) -> tuple[Exchange, ...]:
    """The exchanges of all connections of a transcript, in the order in which they began.

    A fake server answers each line before it reads the next, so the replies that follow a line are its own.
    """
    done: list[Exchange] = []
    open_: dict[int, tuple[Event, list[Event], State]] = {}
    states: dict[int, State] = {}

    def finish(connection: int) -> None:
        if connection not in open_:
            return
        event, replies, before = open_.pop(connection)
        state = before
        if replies:
            state = after(before, event, replies[0].octets, states.values())
        elif event.kind is Kind.CONTENT:
            state = without_transaction(before)
        states[connection] = state
        verb = verb_of(before, event)
        text = "" if event.kind is not Kind.LINE else text_of(event.octets)
        done.append(Exchange(connection, verb, text, event, tuple(replies), before, state))

    for event in events:
        if event.kind in (Kind.OPEN, Kind.LINE, Kind.CONTENT):
            finish(event.connection)
            open_[event.connection] = (event, [], states.get(event.connection, State()))
        elif event.kind is Kind.REPLY and event.connection in open_ and event.octets:
            open_[event.connection][1].append(event)
        elif event.kind is Kind.TLS:
            head = open_.get(event.connection)
            if head and head[0].kind is Kind.OPEN and not head[1]:  # implicit TLS: the greeting is still to come
                open_[event.connection] = (head[0], head[1], after_tls(State()))
                continue
            finish(event.connection)
            states[event.connection] = after_tls(states.get(event.connection, State()))
    for connection in sorted(open_):
        finish(connection)
    done.sort(key=lambda exchange: exchange.event.seq)
    return tuple(done)


def delivered(exchange: Exchange) -> bool:
    """Whether this is content that the server took responsibility for, for one recipient at least (RFC 5321, 4.2.5)."""
    if exchange.verb != MESSAGE or exchange.event.side is not Side.CLIENT:
        return False
    codes = (exchange.code, *(code for _, code in exchange.decided))
    return any(code.startswith("2") for code in codes)


def with_messages(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """*exchanges*, each BDAT LAST replaced by the message that its transaction's chunks make, as DATA would carry it.

    Its event has the number and times of the BDAT LAST.
    """
    chunks: dict[int, list[Event]] = {}
    for one in exchanges:
        counted = chunk(one.event.octets) if one.verb == "BDAT" else None
        if counted is None or not takes_chunk(one.before) or one.event.note == "cut":
            yield one
            continue
        parts = chunks.setdefault(one.connection, [])
        if one.before.chunks != "open":
            parts.clear()
        parts.append(one.event)
        if not counted[1]:
            yield one
            continue
        event = replace(
            one.event,
            kind=Kind.CONTENT,
            octets=chunked(part.octets for part in parts),
            secrets=_secrets(parts),
            note=next((part.note for part in parts if part.note), ""),
        )
        yield replace(one, verb=MESSAGE, text="", event=event, before=replace(one.before, content=True), chunked=True)


def _secrets(parts: Sequence[Event]) -> tuple[Secret, ...]:
    """Where the secrets of BDAT lines stand in the message that they make, its dots stuffed."""
    found: list[Secret] = []
    if not any(part.secrets for part in parts):
        return ()
    message = bytearray()
    for part in parts:
        line, _, octets = part.octets.partition(b"\n")
        at = len(message) - len(line) - 1
        message += octets
        for secret in part.secrets:
            before = bytes(message[: at + secret.start])
            shift = at + before.startswith(b".") + before.count(b"\r\n.")
            found.append(replace(secret, start=secret.start + shift, end=secret.end + shift))
    return tuple(found)


def takes_chunk(state: State) -> bool:
    """Whether a chunk that comes in *state* is a piece of a message."""
    return state.offers("CHUNKING") and bool(state.accepted) and state.chunks != "failed"
