"""The dialogue as the matcher reads it: connections of steps, every `S` with the client step that it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..model import scenario as model
from ..model.scenario import Closing, Command, Message, Place, Reply, Sasl, Step, Tls
from ..model.template import Placeholder, Template
from . import shape
from .leaves import template_of
from .mapping import StepShape
from .nodes import Text
from .problems import Problems
from .quantities import Span
from .replies import Replies


class Unanswerable(Exception):
    """An `S` answers nothing here."""


class Dialogue:
    """Makes the connections of one case. *recipients*: how many the job has, at most; *hosts*: `dns` has some."""

    def __init__(self, replies: Replies, recipients: int, problems: Problems, *, hosts: bool = False) -> None:
        self.replies, self.recipients, self.problems, self.hosts = replies, recipients, problems, hosts

    # --- connections ---

    def connections(self, steps: Sequence[StepShape], place: Place) -> tuple[model.Connection, ...]:
        """A dialogue without `connection` is one connection; else it is nothing but connections."""
        if not any(_holds_connection(step) for step in steps):
            return (self._connection(steps, place),)
        made: list[model.Connection] = []
        for step in steps:
            if isinstance(step, shape.ConnectionStep):
                if step.to is not None and not self.hosts:
                    self.problems.add(step.to.place, "'to' asks for a host, and there is no 'dns' that tells of one")
                block = self._connection(step.connection, step.place)
                made.append(replace(block, covers=step.covers, to=str(step.to or "")))
            elif isinstance(step, shape.OptionalStep) and _holds_connection(step):
                made += [replace(one, optional=True) for one in self.connections(step.optional, step.place)]
            elif isinstance(step, shape.RepeatStep) and _holds_connection(step):
                self.problems.add(step.place, "not supported yet: a connection inside 'repeat'")
            else:
                self.problems.add(step.place, "a step outside of the connections: put it into one of them")
        return tuple(made)

    def _connection(self, steps: Sequence[StepShape], place: Place) -> model.Connection:
        head: list[Reply] = []
        return model.Connection(tuple(self._sequence(steps, head)), tuple(head), place=place)

    # --- lists of steps ---

    def _sequence(self, steps: Sequence[StepShape], head: list[Reply] | None = None) -> list[Step]:
        """Steps in order; what the server says before the first goes to *head* (None: that is no place for it)."""
        made: list[Step] = []
        for step in steps:
            if isinstance(step, shape.SayStep):
                self._say(step, made, head)
                continue
            if isinstance(step, shape.TlsStep) and head and not made:
                message = "in implicit TLS nothing is said before the handshake: write the greeting after 'tls'"
                self.problems.add(step.place, message)
            made += self._step(step)
        return made

    def _say(self, step: shape.SayStep, made: list[Step], head: list[Reply] | None) -> None:
        reply = self.replies.reply(step.S)
        if head is not None and (not made or (len(made) == 1 and isinstance(made[0], Tls))):
            head.append(reply)
            return
        try:
            _answer(made, reply)
        except Unanswerable as error:
            self.problems.add(step.place, str(error))

    def _group(self, steps: Sequence[StepShape], place: Place) -> tuple[Step, ...]:
        if not steps or not _begins_with_client(steps[0]):
            where = steps[0].place if steps else place
            self.problems.add(where, "a group must begin with a step of the client that is always due")
        if steps and isinstance(steps[0], shape.SayStep):
            steps = steps[1:]  # told already
        return tuple(self._sequence(steps))

    def _step(self, step: StepShape) -> list[Step]:
        made = self._leaf(step) or self._holder(step)
        breaks: Text | None = getattr(step, "breaks", None)
        if breaks is not None:
            made.append(model.Breaks(str(breaks), breaks.place))
        return made

    # --- single steps ---

    def _leaf(self, step: StepShape) -> list[Step]:
        covers = _word(getattr(step, "covers", None))
        span: Span | None = getattr(step, "within", None)
        within = None if span is None else span.within(self.replies.timeout)
        match step:
            case shape.CommandStep():
                pattern = self._pattern(step.C)
                needs = _word(step.needs)
                return [Command(pattern, self._said(step.S), covers, within, needs, step.place)]
            case shape.MessageStep():
                return [self._message(step, covers, within)]
            case shape.CloseStep():
                return [Closing(covers, within, step.place, str(step.close) == "close_notify")]
            case shape.TlsStep():
                certificate = _word(step.tls.certificate) or "good"
                versions = tuple(map(str, step.tls.versions))
                terms = tuple(map(str, step.tls.terms))
                return [Tls(certificate, _word(step.tls.fail), covers, step.place, versions, terms)]
            case shape.SaslStep():
                return [Sasl((), _word(step.sasl.spoil), covers, step.place)]
            case shape.NeverStep():
                reply = model.USUAL if step.S is None else self.replies.reply(step.S)
                return [model.Never(self._pattern(step.never), reply, covers, step.place)]
        return []

    def _message(self, step: shape.MessageStep, covers: str | None, within: model.Within | None) -> Message:
        said = self._said(step.S)
        if isinstance(step.message, Text):
            kind: Any = str(step.message)  # one of the words: checked with the shape
            return Message(kind, (), None, said, covers, within, step.place)
        without = tuple(map(str, step.message.without))
        return Message("same", without, step.message.first, said, covers, within, step.place)

    def _holder(self, step: StepShape) -> list[Step]:
        match step:
            case shape.EitherStep():
                alternatives = tuple(self._group(one, step.place) for one in step.either)
                self._all_reachable(alternatives)
                return [model.Either(alternatives)]
            case shape.AnyOrderStep():
                return [model.AnyOrder(tuple(self._group(one, step.place) for one in step.any_order))]
            case shape.OptionalStep():
                return [model.Optional(self._group(step.optional, step.place))]
            case shape.RepeatStep():
                return [model.Repeat(self._group(step.repeat, step.place), *step.times)]
            case shape.EachRecipientStep():
                return [model.EachRecipient(self._group(step.each_recipient, step.place))]
            case shape.ConnectionStep():
                self.problems.add(step.place, "a connection can stand only at the top of a dialogue")
        return []

    def _said(self, answer: shape.Answer | None) -> tuple[Reply, ...]:
        return () if answer is None else (self.replies.reply(answer),)

    def _pattern(self, text: Text) -> Template:
        pattern = template_of(text)
        for part in pattern.parts:
            number = part.name.partition(".")[2] if isinstance(part, Placeholder) else ""
            if number and int(number) > self.recipients:
                self.problems.add(text.place_of(str(part)), f"{part}: the job has only {self.recipients} recipients")
        return pattern

    def _all_reachable(self, alternatives: tuple[tuple[Step, ...], ...]) -> None:
        """Tells of alternatives that an earlier one always comes before."""
        earlier: list[model.Leaf] = []
        for steps in alternatives:
            firsts = list(_firsts(steps))
            if firsts and all(any(_covers(one, first) for one in earlier) for first in firsts):
                self.problems.add(firsts[0].place, "this alternative can never be taken: one before it always fits")
            earlier += firsts


def pattern(text: Text, replies: Replies, recipients: int, problems: Problems) -> Template:
    """A pattern that stands outside of the dialogue (`never`)."""
    return Dialogue(replies, recipients, problems)._pattern(text)


def _word(text: Text | None) -> str | None:
    return None if text is None else str(text)


def _holds_connection(step: StepShape) -> bool:
    inner: Sequence[StepShape] = ()
    if isinstance(step, shape.OptionalStep):
        inner = step.optional
    elif isinstance(step, shape.RepeatStep):
        inner = step.repeat
    return isinstance(step, shape.ConnectionStep) or any(map(_holds_connection, inner))


CLIENT = (shape.CommandStep, shape.MessageStep, shape.CloseStep, shape.TlsStep, shape.SaslStep)


def _begins_with_client(step: StepShape) -> bool:
    """Whether something of the client is due at once in it (what is wrong inside a group is told of that group)."""
    if isinstance(step, shape.RepeatStep):
        return step.times[0] > 0
    return isinstance(step, (*CLIENT, shape.EitherStep, shape.AnyOrderStep, shape.EachRecipientStep))


def _answer(made: list[Step], reply: Reply) -> None:
    """Add *reply* to the last client step of *made*: of each alternative, where it is a choice. Changes *made*."""
    at = len(made) - 1
    while at >= 0 and isinstance(made[at], model.Breaks):
        at -= 1
    if at < 0:
        raise Unanswerable("there is no step of the client that this S could answer")
    made[at] = _answered(made[at], reply)


def _answered(step: Step, reply: Reply) -> Step:
    match step:
        case Command() | Message() | Sasl():
            return replace(step, replies=(*step.replies, reply))
        case model.Never():
            if step.reply is not model.USUAL:
                raise Unanswerable("a second S for the same 'never'")
            return replace(step, reply=reply)
        case model.Either() | model.AnyOrder():
            return replace(step, alternatives=tuple(_with_answer(one, reply) for one in step.alternatives))
        case model.EachRecipient():
            return replace(step, steps=_with_answer(step.steps, reply))
        case model.Optional() | model.Repeat():
            raise Unanswerable("an S after an 'optional' or a 'repeat': put it inside, behind the step it answers")
        case Tls():
            raise Unanswerable("after a TLS handshake the server says nothing: the client speaks first")
        case _:
            raise Unanswerable("the client has closed: nothing can be said any more")


def _with_answer(steps: tuple[Step, ...], reply: Reply) -> tuple[Step, ...]:
    made = list(steps)
    _answer(made, reply)
    return tuple(made)


def _firsts(steps: tuple[Step, ...]) -> Iterator[model.Leaf]:
    """The client's steps that can be the first of *steps*."""
    for step in steps[:1]:
        match step:
            case model.Either() | model.AnyOrder():
                for alternative in step.alternatives:
                    yield from _firsts(alternative)
            case model.Optional() | model.Repeat() | model.EachRecipient():
                yield from _firsts(step.steps)
            case Command() | Message() | Closing() | Tls() | Sasl():
                yield step


def _covers(earlier: model.Leaf, later: model.Leaf) -> bool:
    """Whether all that fits *later* fits *earlier*."""
    if isinstance(earlier, Command) and isinstance(later, Command):
        before, after = str(earlier.pattern).strip(), str(later.pattern).strip()
        lone = before.isalpha() and before.upper() == after.partition(" ")[0].upper()
        return before in ("...", after) or lone
    if isinstance(earlier, Message) and isinstance(later, Message):
        same = (earlier.kind, earlier.without, earlier.first) == (later.kind, later.without, later.first)
        return same or earlier.kind == "any"
    return type(earlier) is type(later)
