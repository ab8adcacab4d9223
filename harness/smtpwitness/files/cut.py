"""`until: X`: the steps of a fragment up to and including the client's X, which stays unanswered."""

from __future__ import annotations

from ..judge.grammar import HELLO
from .nodes import Fields, Items, Node, Text
from .problems import Problems

GROUPS = ("connection", "either", "any order", "optional", "repeat", "each recipient")
"""Keys of steps that hold steps (the second and third: lists of them)."""


def cut(steps: Items, moment: str, problems: Problems) -> list[Node] | None:
    """*steps* (fragments put in) up to *moment*: a verb (EHLO = HELO = LHLO), `message` or `greeting`; None without it.

    `greeting` is before them all. Of `each recipient`, `optional` and `repeat` the body stands once, as far as the
    moment; of an `either` each alternative stands as far.
    """
    if moment == "greeting":
        return []
    kept: list[Node] = []
    for at, step in enumerate(steps):
        if isinstance(step, Fields):
            ending = _ending(step, moment, problems)
            if ending is not None:
                return kept + ending + _marks(steps[at + 1 :])
        kept.append(step)
    return None


def _ending(step: Fields, moment: str, problems: Problems) -> list[Node] | None:
    """What is left of the step in which *moment* comes; None if it does not come."""
    if _is(step, moment):
        return [step.without("S")]
    key = next((key for key in GROUPS if key in step), None)
    body = step[key] if key else None
    if key is None or not isinstance(body, Items):
        return None
    if key in ("either", "any order"):
        return _alternatives(step, key, body, moment, problems)
    ending = cut(body, moment, problems)
    if ending is not None and key == "connection":
        return [step.replaced({key: Items(ending, body.place)})]
    return ending


def _alternatives(step: Fields, key: str, body: Items, moment: str, problems: Problems) -> list[Node] | None:
    endings = [(one, cut(one, moment, problems)) for one in body if isinstance(one, Items)]
    if all(ending is None for _, ending in endings):
        return None
    if key == "any order":
        problems.add(step.place, f"not supported yet: a fragment that is cut (until: {moment}) inside 'any order'")
    for alternative, ending in endings:
        if ending is None:
            problems.add(alternative.place, f"the fragment is cut (until: {moment}), but there is no {moment} here")
    return [step.replaced({key: Items([Items(ending or [], one.place) for one, ending in endings], body.place)})]


def _is(step: Fields, moment: str) -> bool:
    if moment == "message":
        return "message" in step
    pattern = step.get("C")
    if not isinstance(pattern, Text):
        return False
    verb = pattern.partition(" ")[0].upper()
    return verb == moment or (verb in HELLO and moment in HELLO)


def _marks(steps: list[Node]) -> list[Node]:
    """The `breaks` marks that *steps* begin with: they belong to the step before them."""
    marks: list[Node] = []
    for step in steps:
        if not isinstance(step, Fields) or list(step) != ["breaks"]:
            break
        marks.append(step)
    return marks
