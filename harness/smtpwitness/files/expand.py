"""Puts variants, placeholders and fragments in place: of one file as written, one plain tree for each variant.

All of it happens on nodes, before their shape is known: a value that is one whole placeholder may stand for a list or
a map. Text that was put in is never read again for braces.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..model.scenario import Place
from ..model.template import ENCODINGS, Placeholder, Template, TemplateError, filler, parse
from . import quantities
from .cut import GROUPS, cut
from .leaves import Check
from .mapping import read
from .nodes import Fields, Items, Node, Text, one
from .problems import Problems, ScenarioError, nearest, shown
from .shape import FragmentShape, PersonaShape, UseStep
from .sources import Sources

JOB_VALUES = ("helo", "sender", "recipient", "username", "password", "subject", "queue-id")
"""Placeholders that a case fills in (also `recipient.2` and so on)."""
BUDGET = 15_000
"""Nodes, and pieces of 64 characters, that all variants of a file may grow to; a matrix of 36 takes 3000.
A second's work."""
DEEPEST = 8
"""Fragments within fragments, and placeholders within placeholders."""

Scope = Mapping[str, Node]
"""What a placeholder stands for; a node with placeholders of its own is filled in where it is used."""


class Expander:
    """Expands one file, and the fragments and personas that it uses; problems go to `check.problems`."""

    def __init__(self, sources: Sources, path: str, check: Check) -> None:
        self.sources, self.path, self.check = sources, path, check
        self.used: set[str] = set()  # placeholders that something used
        self.whole = True  # False: a fragment could not be put in, so steps are missing
        self._spent = 0
        self._wrong: set[str] = set()  # files whose problems have been told
        self._personas: dict[str, PersonaShape | None] = {}

    @property
    def problems(self) -> Problems:
        return self.check.problems

    # --- placeholders ---

    def fill(self, node: Node, scope: Scope, within: tuple[str, ...] = ()) -> Node:
        """*node* with its placeholders filled in; *within* names those whose value it is part of."""
        self._spend(1, node.place)
        if isinstance(node, Items):
            return Items([self.fill(item, scope, within) for item in node], node.place)
        if isinstance(node, Fields):
            return node.replaced({key: self.fill(value, scope, within) for key, value in node.items()})
        return node if node.template is not None else self._text(node, scope, within)

    def _text(self, text: Text, scope: Scope, within: tuple[str, ...]) -> Node:
        try:
            parts = parse(text).parts
        except TemplateError as error:
            return self._broken(text, text.place_of(str(text)[error.offset :][:1]), str(error))
        if len(parts) == 1 and isinstance(parts[0], Placeholder) and not parts[0].how and parts[0].name in scope:
            name = parts[0].name
            self.used.add(name)
            if name in within or len(within) >= DEEPEST:
                return self._broken(text, text.place, f"{{{name}}} is made of itself")
            return self.fill(scope[name], scope, (*within, name))
        try:
            return text.filled(
                self._merged([piece for part in parts for piece in self._piece(part, scope, within)], text)
            )
        except ValueError as error:
            blamed = (part for part in parts if isinstance(part, Placeholder) and str(error).startswith(str(part)))
            place = next((text.place_of(str(part)[:-1]) for part in blamed), text.place)
            return self._broken(text, place, str(error))

    def _merged(self, pieces: list[str | Placeholder], text: Text) -> Template:
        """A template of *pieces*, texts that follow each other made one."""
        merged: list[str | Placeholder] = []
        for piece in pieces:
            self._spend(len(str(piece)) // 64, text.place)
            if isinstance(piece, str) and merged and isinstance(merged[-1], str):
                merged[-1] += piece
            elif piece:
                merged.append(piece)
        return Template(tuple(merged))

    def _piece(self, part: str | Placeholder, scope: Scope, within: tuple[str, ...]) -> tuple[str | Placeholder, ...]:
        """What stands for one part of a text. Raises `ValueError`, with the placeholder in its message."""
        if isinstance(part, str):
            return (part,)
        if part.name == "filler":
            return (filler(_number(part, part.how, 1_000_000)),)
        if part.name.startswith("lines to "):
            return (Placeholder(f"lines to {_number(part, part.name[9:], quantities.LARGEST)}"),)
        if part.how not in ENCODINGS:
            raise ValueError(f"{part}: no such encoding{nearest(part.how, ENCODINGS)}")
        if part.name not in scope:
            if part.name in JOB_VALUES or _is_recipient(part.name):
                return (part,)
            near = nearest(part.name, (*scope, *JOB_VALUES, "filler"))
            raise ValueError(f"{part}: no such placeholder{near}")
        self.used.add(part.name)
        if part.name in within or len(within) >= DEEPEST:
            raise ValueError(f"{part} is made of itself")
        value = self.fill(scope[part.name], scope, (*within, part.name))
        if not isinstance(value, Text):
            raise ValueError(f"{part} stands for a list or a map, and cannot be part of a text")
        pieces = value.template.parts if value.template is not None else (str(value),)
        if not part.how:
            return pieces
        if any(isinstance(piece, Placeholder) for piece in pieces):
            raise ValueError(f"{part}: its value is not known before a case is played, and cannot be encoded here")
        return (ENCODINGS[part.how]("".join(map(str, pieces))),)

    def _broken(self, text: Text, place: Place, message: str) -> Text:
        """*text* as it is written; what else is wrong with it follows from *message*, and is not told."""
        self.problems.add(place, message)
        self.problems.silence(text.place)
        return text.filled(Template((str(text),)))

    def _spend(self, cost: int, place: Place) -> None:
        self._spent += cost
        if self._spent > BUDGET:
            raise one(place, "with its variants, placeholders and fragments the file grows too large")

    # --- fragments ---

    def steps(self, node: Node, scope: Scope, inside: tuple[str, ...] = ()) -> Node:
        """A list of steps, filled in, every `use` in it replaced by the fragment's steps; *inside*: of fragments."""
        if not isinstance(node, Items):
            return node
        done: list[Node] = []
        for step in node:
            if isinstance(step, Fields) and "use" in step:
                done += self._use(step, scope, inside)
            elif isinstance(step, Fields):
                done.append(step.replaced({key: self._group(key, step[key], scope, inside) for key in step}))
            else:
                done.append(step)
        return Items(done, node.place)

    def _group(self, key: str, value: Node, scope: Scope, inside: tuple[str, ...]) -> Node:
        if key not in GROUPS or not isinstance(value, Items):
            return value
        if key in ("either", "any order"):
            return Items([self.steps(alternative, scope, inside) for alternative in value], value.place)
        return self.steps(value, scope, inside)

    def _use(self, step: Fields, scope: Scope, inside: tuple[str, ...]) -> list[Node]:
        self._spend(5, step.place)
        use = read(UseStep, step, self.check)
        fragment = self._fragment(use.use, inside) if use is not None else None
        if use is None or fragment is None:
            self.whole = False
            return []
        defaults = fragment.get("defaults")
        if isinstance(defaults, Fields):
            scope = {**defaults, **scope}
        body = self.steps(self.fill(fragment["steps"], scope), scope, (*inside, str(use.use)))
        if not isinstance(body, Items):
            self.problems.add(body.place, "the steps of a fragment are a list")
            self.whole = False
            return []
        if use.until is None:
            return list(body)
        kept = cut(body, str(use.until), self.problems)
        if kept is None:
            self.problems.add(use.until.place, f"there is no {use.until} in the fragment {shown(use.use)}")
            self.whole = False
        return kept or []

    def _fragment(self, name: Text, inside: tuple[str, ...]) -> Fields | None:
        if name in inside or len(inside) >= DEEPEST:
            self.problems.add(name.place, f"the fragment {shown(name)} uses itself: {' -> '.join((*inside, name))}")
            return None
        node = self._file("fragments", name)
        if node is None:
            return None
        node = FragmentShape.spelt(node, self.check)
        return None if read(FragmentShape, node, self.check) is None else node

    # --- files ---

    def persona(self, name: Text) -> PersonaShape | None:
        """The persona of that name; None, and problems, if it cannot be had."""
        if name not in self._personas:
            node = self._file("personas", name)
            filled = None if node is None else self.fill(node, {})
            self._personas[name] = read(PersonaShape, filled, self.check) if isinstance(filled, Fields) else None
        return self._personas[name]

    def _file(self, kind: str, name: Text) -> Fields | None:
        """The fragment or persona (*kind* is its folder) of that name; None, and a problem, if there is none."""
        found = self.sources.find(kind, name, self.path)
        if found is None:
            near = nearest(name, self.sources.names(kind, self.path))
            self.problems.add(name.place, f"there is no {kind.removesuffix('s')} {shown(name)}{near}")
            return None
        if found in self._wrong:
            return None
        try:
            return self.sources.composed(found)
        except ScenarioError as error:
            self.problems.extend(error)
            self._wrong.add(found)
            return None


def _number(part: Placeholder, text: str, most: int) -> int:
    try:
        return quantities.count(text.strip(), most)
    except ValueError as error:
        raise ValueError(f"{part}: {error}") from error


def _is_recipient(name: str) -> bool:
    head, _, number = name.partition(".")
    return head == "recipient" and number.isascii() and number.isdigit() and int(number[:6]) > 0
