"""Plays the server's half of a scenario: events in, actions out.

Pure: it owns no socket and no clock, so the same machine plays live and judges a stored transcript. What it asks for
comes back to it as an event, and only then has it happened.
"""

from __future__ import annotations

from dataclasses import replace

from ..model.finding import Verdict
from ..model.run import Status
from ..model.scenario import USUAL, Closing, Command, Message, Never, Reply, Tls
from ..model.transcript import Event, Kind, Side
from . import authentication, persona
from .actions import IMPLICIT, Action, End, Reading, StartTls
from .content import chunked, converted, has_lone, same_body, same_message, without_trace
from .cursor import Due, guards, required
from .grammar import CommandLine, chunk, command, folded, mailbox, readable, text_of
from .matcher import match_command
from .pattern import Values, fits, verb
from .record import shown, wanted
from .session import GREETING, MESSAGE, after, after_tls, takes_chunk, verb_of, without_transaction
from .stage import Link, Stage, is_refusal

LINGER = 1.0
"""Seconds that a client has after 221 to close first (LANGUAGE.md, section 2)."""

DATA = CommandLine("DATA", "", "DATA")

MAY_GO = ((), ("Bcc",), ("Return-Path",), ("Bcc", "Return-Path"))
"""Fields that may be taken out of a message on its way: RFC 5322, 3.6.3 leaves it to the client whether Bcc is; RFC
5321, 4.4 asks an originator for no Return-Path."""


class Player(Stage):
    """One case. Feed it every event in order; `reading` says how the next octets are to be read."""

    def reading(self, connection: int) -> Reading:
        """How the next octets of *connection* are to be read."""
        link = self.links[connection]
        if not link.again and not link.state.content:
            return Reading(chunks=link.state.offers("CHUNKING") and not link.state.mechanism)
        found = self.first_due(link, Message) if link.wanted_content else None
        first = found.leaf.first if found and isinstance(found.leaf, Message) else None
        return Reading(content=True, first=first, again=link.again)

    def feed(self, event: Event) -> tuple[Action, ...]:
        """What is to be done about *event*."""
        if event.kind is Kind.OPEN:
            return self._open(event)
        link = self.links.get(event.connection)
        if link is None:
            return ()
        actions = self._happened(link, event)
        link.latest = event.at
        return actions

    def _happened(self, link: Link, event: Event) -> tuple[Action, ...]:
        match event.kind:
            case Kind.LINE:
                return self._line(link, event)
            case Kind.CONTENT:
                return self._content(link, event)
            case Kind.PARTIAL:
                return self._partial(link, event)
            case Kind.REPLY:
                return self._reply(link, event)
            case Kind.TLS | Kind.TLS_FAILED:
                return self._tls(link, event)
            case _:
                return self._close(link, event)

    def finish(self) -> None:
        """No more events will come: what is left of the dialogue is not met."""
        played = {id(link.block) for link in self.links.values() if link.spoke}
        for link in self.links.values():
            if link.spoke or id(link.block) not in played:  # else it was a look at the port, or lost a race to connect
                self.left(link, link.gone)
        for block in self.scenario.connections[len(self.links) :]:
            declined = self.trouble and block.covers is None
            if block.optional or (declined and self.links):
                continue
            first = next(required(block.steps, True), None)
            text = wanted(first, Values(self.job)) if first else "(a connection)"
            row = self.record.row(len(self.links) + 1, "client", Status.UNMET, text, place=block.place)
            # It may decline the job before it connects; whether it did that or fell over, nothing was seen of it.
            at_most = Verdict.NOTE if declined else Verdict.FAIL
            self.differ("unconnected", block.covers, text, "", None, row=row, at_most=at_most)
            return

    # --- connections and TLS

    def _open(self, event: Event) -> tuple[Action, ...]:
        blocks = self.scenario.connections
        block = blocks[min(len(self.links), len(blocks) - 1)]
        link = Link(event.connection, block, block.steps, asked=event, latest=event.at)
        if block.covers is not None and len(self.links) < len(blocks):
            self.trouble = False
        self.links[event.connection] = link
        if block.to and event.note not in ("", IMPLICIT, block.to):  # "": nobody knows which host it is for
            text, expected = f"(a connection to {event.note})", f"(a connection to {block.to})"
            row = self.record.row(link.number, "client", Status.DIFFERENT, expected, text, (event.seq,), block.place)
            if not any(one.key == "dialogue/elsewhere" for one in self.record.differences):  # the others come of it
                self.differ("elsewhere", block.covers, block.to, event.note, event, row=row)
        self.move(link, link.steps, event)
        if event.note == IMPLICIT or self.first_due(link, Tls):
            return self._start_tls(link)
        return self.say(link, block.head or (USUAL,), GREETING)

    def _start_tls(self, link: Link) -> tuple[Action, ...]:
        found = self.first_due(link, Tls)
        leaf = Tls()
        if found is not None and isinstance(found.leaf, Tls):
            leaf, link.steps = found.leaf, found.rest
            self.trouble |= leaf.is_trouble
        link.handshake = leaf
        return (StartTls(leaf.certificate, leaf.fail, leaf.versions, leaf.terms),)

    def _tls(self, link: Link, event: Event) -> tuple[Action, ...]:
        leaf = link.handshake
        assert leaf is not None, "a handshake is only made when it was asked for"
        up, expected = event.kind is Kind.TLS, wanted(leaf, self.values(link))
        told_certificate = "certificate" in self.job.options
        good = not leaf.is_astray(event.note, told_certificate) if up else self.trouble
        status = Status.MET if good else Status.DIFFERENT
        row = self.client_row(link, status, expected, event, event.note, leaf)
        if status is Status.DIFFERENT:
            self.differ("tls", leaf.covers, expected, event.note, event, row=row)
            self.trouble = True
        if leaf.is_trouble:
            self.scripted.add(event.seq)
        if not up:
            return self._no_tls(link, leaf)
        link.state, link.exchange = after_tls(link.state), None
        self.move(link, link.steps, event)
        first = link.asked is not None and link.asked.kind is Kind.OPEN
        return self.say(link, link.block.head or (USUAL,), GREETING) if first else ()

    def _no_tls(self, link: Link, leaf: Tls) -> tuple[Action, ...]:
        """A session does not go on after a failed handshake; what comes of garbage is the client's to say."""
        if leaf.fail == "garbage":
            return ()
        link.closed = True
        return (End("close", grace=0.0 if leaf.fail == "close" else LINGER),)

    def _close(self, link: Link, event: Event) -> tuple[Action, ...]:
        if event.side is Side.SERVER:
            self.scripted.add(event.seq)
            return ()
        found = self.first_due(link, Closing)
        if found:
            silent = isinstance(found.leaf, Closing) and found.leaf.notify and not event.octets
            status = Status.DIFFERENT if silent and not self.trouble else Status.MET
            self.met(link, found, event, "(client closes the connection)", status)
        link.gone = event
        if link.spoke:
            self.left(link, event)
        return ()

    # --- what the client says

    def _line(self, link: Link, event: Event) -> tuple[Action, ...]:
        link.asked, link.spoke = event, True
        if link.state.refused_data and self._begins_message(event):
            link.again = event.octets
            return ()
        if link.state.mechanism:
            return authentication.response(self, link, event)
        line = command(event.octets)
        link.wanted_content &= link.state.chunks == "open"  # then it goes on, past NOOP and its like (RFC 5321, 4.1.4)
        guard = self._guard(link, event)
        if guard is not None:
            return self._reply_unwritten(link, event, line.verb, guard.reply)
        if line.verb in ("MAIL", "RCPT") and not link.state.recipients:
            self._pick_message(link, line)
        if line.verb == "BDAT" and event.note == "cut":  # the client went in the middle
            self.client_row(link, Status.DIFFERENT, "", event, shown(event), None)
            return ()
        if line.verb == "BDAT" and takes_chunk(link.state) and chunk(event.octets):
            return self._chunk(link, event, line)
        match = match_command(line, self.place(link))
        if match.due is None:
            self.unwritten(link, event, match.status)
            return self._reply_unwritten(link, event, line.verb, USUAL)
        link.wanted_content = line.verb == "DATA"
        self.missing(link, match.missing, event)
        leaf = self.met(link, match.due, event, shown(event), match.status)
        assert isinstance(leaf, Command)
        if line.verb == "AUTH":
            return authentication.command(self, link, leaf, event)
        return self.say(link, leaf.replies or (USUAL,), line.verb)

    def _reply_unwritten(self, link: Link, event: Event, verb: str, reply: Reply) -> tuple[Action, ...]:
        if verb == "AUTH" and reply == USUAL:
            return authentication.play(self, link, event, None)
        return self.say(link, (reply,), verb)

    def _begins_message(self, event: Event) -> bool:
        """Whether a line after a refused DATA is the message all the same: a header field, or its first line."""
        name, colon, _ = text_of(event.octets).partition(":")
        field_name = bool(colon and name) and all(33 <= ord(char) <= 126 for char in name)
        first_lines = {message.octets.partition(b"\r\n")[0] for message in self.job.messages}
        return field_name or event.octets.rstrip(b"\r\n") in first_lines - {b""}

    def _guard(self, link: Link, event: Event) -> Never | None:
        """Look at what must never come; the guard that it ran into, if its step says what is said then.

        A command that was on its way when the last reply left does not count where PIPELINING was offered.
        """
        if link.state.offers("PIPELINING") and event.begun < link.replied_at:
            return None
        line, place = command(event.octets), self.place(link)
        for pattern in self.scenario.never:
            if fits(pattern, line, place.values, place.candidates):
                self.differ("never", None, f"no {pattern}", shown(event), event)
        for guard in guards(link.steps, self.unnamed(link)):
            if fits(guard.pattern, line, place.values, place.candidates):
                expected = f"(no {guard.pattern})"
                row = self.record.row(
                    link.number, "client", Status.EXTRA, expected, shown(event), (event.seq,), guard.place
                )
                self.differ("never", guard.covers, f"no {guard.pattern}", shown(event), event, row=row)
                return guard
        return None

    def _pick_message(self, link: Link, line: CommandLine) -> None:
        """MAIL and the first RCPT of a transaction tell which message of the job it is."""
        given, left = folded(mailbox(line.argument)[0]), self.open_messages()
        messages = [(number, self.job.messages[number]) for number in left]
        named = {number: one.recipients if line.verb == "RCPT" else (one.sender,) for number, one in messages}
        fitting = [number for number in left if given in (folded(one) for one in named[number])]
        link.message = (fitting or left)[0]
        self.tries[link.message] += line.verb == "RCPT"

    # --- content

    def _content(self, link: Link, event: Event) -> tuple[Action, ...]:
        link.asked, link.again = event, b""
        text = f"(message, {len(event.octets)} octets)"
        found = self.first_due(link, Message) if link.wanted_content else None
        if link.answered:
            link.answered, link.asked, link.state = False, None, without_transaction(link.state)
            self.client_row(link, Status.ALLOWED, "", event, text, None)
            return ()
        if not link.state.content:
            self.client_row(link, Status.EXTRA, "", event, text, None)
            return self.say(link, (persona.NO_MESSAGE_DUE,), MESSAGE)
        if event.note == "cut":  # the client went in the middle: nobody is there to be answered
            expected = wanted(found.leaf, self.values(link)) if found else ""
            self.client_row(link, Status.DIFFERENT, expected, event, text, None)
            return ()
        if found is None:
            self.client_row(link, Status.ALLOWED, "", event, text, None)
            return self.say(link, self._final(link), MESSAGE)
        return self._message(link, found, event, text)

    def _message(self, link: Link, found: Due, event: Event, text: str) -> tuple[Action, ...]:
        """Content meets the step *found*, right or not."""
        leaf = found.leaf
        assert isinstance(leaf, Message)
        if self._is_right(leaf, link, event):
            self.met(link, found, event, text)
        else:
            expected = wanted(leaf, self.values(link))
            row = self.client_row(link, Status.DIFFERENT, expected, event, text, leaf)
            at_most = Verdict.WARN if self._only_header_differs(leaf, link, event) else Verdict.FAIL
            self.differ("message", leaf.covers, expected, text, event, row=row, at_most=at_most)
            self.move(link, found.rest, event, row)
        return self.say(link, self._final(link, leaf.replies), MESSAGE)

    def _final(self, link: Link, written: tuple[Reply, ...] = ()) -> tuple[Reply, ...]:
        """What is said to content: as it is written. In LMTP there is one reply for each accepted recipient (RFC 2033,
        4.2): the usual one where no more are written, and none that is written beyond.
        """
        if not link.state.lmtp:
            return written or (USUAL,)
        count = len(link.state.accepted)
        return (*written, *(USUAL,) * count)[:count]

    def _chunk(self, link: Link, event: Event, line: CommandLine) -> tuple[Action, ...]:
        """A chunk where one may come: a step of its own, or else a piece of what stands as DATA and `message`."""
        first = link.state.chunks != "open"
        if first:
            link.chunks.clear()
        link.chunks.append(event.octets)
        counted, text = chunk(event.octets), shown(event)
        match = match_command(line, self.place(link))
        if match.due is None and first:
            match = match_command(DATA, self.place(link))
        if match.due is not None:
            self.missing(link, match.missing, event)
            leaf = self.met(link, match.due, event, text, match.status)
            assert isinstance(leaf, Command)
            link.wanted_content = verb(leaf.pattern) == "DATA"
            if not link.wanted_content or not all(map(_goes_on, leaf.replies)):
                return self.say(link, leaf.replies or (USUAL,), "BDAT", event.octets)
        if counted is None or not counted[1]:
            if match.due is None:
                self.unwritten(link, event, Status.ALLOWED if link.wanted_content else match.status)
            return self.say(link, (USUAL,), "BDAT", event.octets)
        found = self.first_due(link, Message) if link.wanted_content else None
        if found is None:
            if match.due is None:
                self.unwritten(link, event, match.status)
            return self.say(link, (USUAL,), MESSAGE)
        whole = chunked(link.chunks)
        content = replace(event, kind=Kind.CONTENT, octets=whole)
        return self._message(link, found, content, f"{text} (message, {len(whole)} octets)")

    def _is_right(self, leaf: Message, link: Link, event: Event) -> bool:
        if leaf.kind == "empty":
            return event.octets in (b".\r\n", b".\n", b".")
        comparable = self.job.takes == "raw" and "message" in self.job.told and leaf.first is None
        if leaf.kind not in ("same", "relayed") or not comparable:
            return True
        to = self.job.messages[link.message].recipients
        for number in (link.message, *self.open_messages()):  # two messages to the same recipients: either may come
            message = self.job.messages[number]
            if message.recipients == to and self._fits(leaf, message.octets[link.state.offset :], event.octets):
                link.message = number
                return True
        return False

    def _fits(self, leaf: Message, message: bytes, content: bytes) -> bool:
        """Whether *content* is *message*, which a relay puts its own Received field in front of."""
        if self.job.relayed and has_lone(message):
            return True  # no message by RFC 5321, 2.3.8: rules judge whether it passes a lone CR or LF on
        if leaf.kind == "relayed":
            return same_message(message, without_trace(content)) or converted(message, content)
        return _carries(message, content, leaf.without) or (
            self.job.relayed and _carries(message, without_trace(content), leaf.without)
        )

    def _only_header_differs(self, leaf: Message, link: Link, event: Event) -> bool:
        """Whether fields were added or rewritten and the body is right. Originators and submission servers may do so
        (RFC 5321, 6.4; RFC 6409, 8), and no requirement forbids it to who was given the message: no `fail`.
        """
        message = self.job.messages[link.message].octets
        return leaf.kind == "same" and not leaf.without and same_body(message, event.octets)

    def _partial(self, link: Link, event: Event) -> tuple[Action, ...]:
        found = self.first_due(link, Message)
        assert found is not None, "only a step with `first` asks for a PARTIAL"
        leaf = self.met(link, found, event, f"(message, {event.size} octets so far)")
        assert isinstance(leaf, Message)
        link.answered = any(reply.then or reply.raw is None or reply.raw.parts for reply in leaf.replies)
        return self.say(link, leaf.replies, MESSAGE)

    # --- what has left

    def _reply(self, link: Link, event: Event) -> tuple[Action, ...]:
        """A reply has left: only now is the session in its new state."""
        link.replied_at = event.at
        expected, reply = link.said.pop(0)
        observed = readable(event.octets)
        self.record.row(link.number, "server", Status.SAID, expected, observed, (event.seq,), reply.place)
        if reply.is_trouble and not is_refusal(reply):
            self.scripted.add(event.seq)
        if link.asked is not None:
            self._answered(link, link.asked, event)
        if link.said or link.closed:
            return ()
        if link.state.handshake:
            link.state = replace(link.state, handshake=False)
            return self._start_tls(link)
        if link.leaving:
            link.closed = True
            return (End("close", grace=LINGER),)
        return ()

    def _answered(self, link: Link, asked: Event, event: Event) -> None:
        """The first reply to what was asked puts the session in its new state."""
        asked_for = verb_of(link.state, asked)
        others = (other.state for other in self.links.values())
        link.asked, link.state = None, after(link.state, asked, event.octets, others)
        match asked_for:
            case "QUIT":
                link.leaving = event.octets.startswith(b"2")
            case "STARTTLS":  # also where more was sent behind the 220
                link.state = replace(link.state, handshake=event.octets.startswith(b"220"))
            case "DATA" if not event.octets and link.wanted_content and self.first_due(link, Message):
                link.state = replace(link.state, content=True)  # the script has it go on unanswered
            case "message" if event.octets.startswith(b"2"):
                self.accepted.add(link.message)
            case "BDAT" if link.state.chunks == "over":
                self.accepted.add(link.message)


def _goes_on(reply: Reply) -> bool:
    """Whether a written answer to DATA asks for the content: a chunk needs no such word (RFC 3030, 2)."""
    return reply.then is None and (reply.usual or (reply.code or "").startswith("3"))


def _carries(message: bytes, content: bytes, without: tuple[str, ...]) -> bool:
    """Whether *content* is *message* but for fields that may be taken out, or made fit for the way."""
    return any(same_message(message, content, (*without, *gone)) for gone in MAY_GO) or converted(message, content)
