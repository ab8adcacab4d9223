"""Where play stands in a dialogue: the steps that are left, as a plain tuple.

Nothing is compiled. What may come next (`due`) is read off the front of the tuple, and taking a step gives the tuple
that is left after it, as a derivative of a regular expression is another expression. A dialogue of n steps needs
O(n) work for each line of a client, and no going back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..model.scenario import (
    AnyOrder,
    Breaks,
    EachRecipient,
    Either,
    Leaf,
    Never,
    Optional,
    Repeat,
    Step,
)

Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A step that may be met now, and the steps that are left once it is. `broken` are marks on the way to it."""

    leaf: Leaf
    rest: Steps
    broken: tuple[Breaks, ...] = ()


def due(steps: Steps, unnamed: bool | None) -> Iterator[Due]:
    """The steps that may be met now.

    *unnamed*: a recipient of the message is not named yet in this transaction (None: nobody knows, because the
    client has recipients of its own).
    """
    if not steps:
        return
    head, tail = steps[0], steps[1:]
    match head:
        case Never():
            yield from due(tail, unnamed)
        case Breaks():
            yield from (replace(one, broken=(head, *one.broken)) for one in due(tail, unnamed))
        case Optional():
            yield from due((*head.steps, *tail), unnamed)
            yield from due(tail, unnamed)
        case Repeat():
            if head.most != 0:
                again = Repeat(head.steps, max(head.least - 1, 0), None if head.most is None else head.most - 1)
                yield from _once(head.steps, (again, *tail), unnamed)
            if head.least == 0 or not any(required(head.steps, unnamed)):
                yield from due(tail, unnamed)
        case Either():
            for alternative in head.alternatives:
                yield from due((*alternative, *tail), unnamed)
        case AnyOrder():
            for number, alternative in enumerate(head.alternatives):
                others = head.alternatives[:number] + head.alternatives[number + 1 :]
                left: Steps = (AnyOrder(others),) if others else ()
                yield from due((*alternative, *left, *tail), unnamed)
        case EachRecipient():
            if unnamed is not False:
                yield from _once(head.steps, steps, unnamed)
            if unnamed is not True or not any(required(head.steps, unnamed)):
                yield from due(tail, unnamed)
        case _:
            yield Due(head, tail)


def _once(turn: Steps, rest: Steps, unnamed: bool | None) -> Iterator[Due]:
    """The steps that begin a turn of a loop. A turn in which nothing comes is none, so that a loop always ends."""
    yield from (replace(one, rest=(*one.rest, *rest)) for one in due(turn, unnamed))


def guards(steps: Steps, unnamed: bool | None) -> Iterator[Never]:
    """The guards in force: those that play stands at, past marks and what has been done as often as it may be."""
    for step in steps:
        match step:
            case Never():
                yield step
            case Breaks() | Repeat(most=0):
                continue
            case EachRecipient() if unnamed is False:
                continue
            case _:
                return


def marks(steps: Steps) -> tuple[tuple[Breaks, ...], Steps]:
    """The marks that play has come to, and the steps after them."""
    number = 0
    while number < len(steps) and isinstance(steps[number], Breaks):
        number += 1
    return tuple(step for step in steps[:number] if isinstance(step, Breaks)), steps[number:]


def required(steps: Steps, unnamed: bool | None) -> Iterator[Leaf]:
    """The steps that must still come, one for each place (the first alternative of an `either`)."""
    for step in steps:
        match step:
            case Never() | Breaks() | Optional():
                continue
            case Repeat():
                if step.least:
                    yield from required(step.steps, unnamed)
            case Either():
                if all(any(required(one, unnamed)) for one in step.alternatives):
                    yield from required(step.alternatives[0], unnamed)
            case AnyOrder():
                for alternative in step.alternatives:
                    yield from required(alternative, unnamed)
            case EachRecipient():
                if unnamed:
                    yield from required(step.steps, unnamed)
            case _:
                yield step


def later(steps: Steps, unnamed: bool | None) -> Iterator[tuple[Due, Steps]]:
    """Steps that come due if those before them are left out, nearest first, each with the steps left out."""
    for number in range(1, len(steps)):
        if not isinstance(steps[number], Optional | Never | Breaks):
            for one in due(steps[number:], unnamed):
                yield one, steps[:number]
