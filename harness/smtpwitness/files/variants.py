"""`variants`: all combinations of all axes, and what each changes in the file."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from ..model.template import Template
from .nodes import Fields, Items, Node, Text
from .problems import Problems, nearest, shown
from .shape import SECTIONS

MOST = 200
"""Variants of one file; the largest matrix that ships has two dozens."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination: its values' names, the file as it reads then, and what its placeholders stand for."""

    names: tuple[str, ...]
    root: Fields
    values: dict[str, Node]


@dataclass(frozen=True, slots=True)
class _Value:
    axis: str
    name: Text
    fields: Fields
    value: Node | None = None  # what the axis's placeholder stands for; None: the name itself

    @property
    def own(self) -> dict[str, Node]:
        """Its placeholders: the axis itself, and every key that is no section of a scenario."""
        value = self.value if self.value is not None else self.name.filled(Template((str(self.name),)))
        return {self.axis: value, **{key: node for key, node in self.fields.items() if key not in SECTIONS}}


def variants(root: Fields, problems: Problems) -> list[Variant]:
    """Every combination, values of later axes changing fastest; one without names where there are no variants."""
    base = root.without("variants")
    written = root.get("variants", Fields({}, root.place, {}))
    if not isinstance(written, Fields):
        problems.add(written.place, "variants is a map: each axis with a list of values, or a map 'value: {...}'")
        return [Variant((), base, {})]
    axes = [_axis(axis, node, written, problems) for axis, node in written.items()]
    if math.prod(len(axis) for axis in axes) > MOST:
        problems.add(written.place, f"more than {MOST} variants")
        axes = [axis[:1] for axis in axes]
    return [_combined(base, combination) for combination in itertools.product(*(axis for axis in axes if axis))]


def _axis(axis: str, node: Node, written: Fields, problems: Problems) -> list[_Value]:
    place = written.key_places[axis]
    if axis in SECTIONS:
        problems.add(place, f"an axis cannot be named {axis!r}, as a key of the scenario is")
    if isinstance(node, Items):
        found = [_Value(axis, name, Fields({}, name.place, {})) for name in node if isinstance(name, Text) and name]
        if len(found) < len(node):
            problems.add(node.place, "the values of an axis are texts, or a map 'value: {...}'")
        seen: set[str] = set()
        for value in found:
            if value.name in seen:
                problems.add(value.name.place, f"the value {shown(value.name)} stands here for the second time")
            seen.add(value.name)
    elif isinstance(node, Fields):
        found = [_value(axis, Text(name, node.key_places[name]), value, problems) for name, value in node.items()]
    else:
        found = []
    if not found:
        problems.add(node.place, f"the axis {axis!r} needs values: a list, or a map 'value: {{...}}'")
    for value in found:
        if any(char in value.name for char in ",[]"):
            problems.add(value.name.place, "a value's name cannot hold ',', '[' or ']': it stands in the case's name")
    return found


def _value(axis: str, name: Text, node: Node, problems: Problems) -> _Value:
    """One value: a map of what it changes, or another node that its placeholder stands for; nothing is `{}`."""
    nothing = Fields({}, node.place, {})
    if isinstance(node, Text) and node.missing:
        return _Value(axis, name, nothing)
    if not isinstance(node, Fields):
        return _Value(axis, name, nothing, node)
    if "variants" in node:
        problems.add(node.key_places["variants"], "variants cannot stand inside variants")
    return _Value(axis, name, node.without("variants"))


def _combined(base: Fields, values: tuple[_Value, ...]) -> Variant:
    sections, places = dict(base), dict(base.key_places)
    placeholders: dict[str, Node] = {}
    for value in values:
        placeholders |= value.own
        for key, node in value.fields.items():
            if key in SECTIONS:
                sections[key] = _laid_over(sections.get(key), node) if key in ("job", "server") else node
                places[key] = value.fields.key_places[key]
    root = Fields(sections, base.place, places)
    return Variant(tuple(str(value.name) for value in values), root, placeholders)


def _laid_over(under: Node | None, over: Node) -> Node:
    """A map laid over another, key by key; a server that is only a name is the map `{persona: name}`."""
    if isinstance(under, Text) and not under.missing:
        under = Fields({"persona": under}, under.place, {"persona": under.place})
    if isinstance(over, Text) and not over.missing:
        over = Fields({"persona": over}, over.place, {"persona": over.place})
    if not isinstance(under, Fields) or not isinstance(over, Fields):
        return over
    return Fields({**under, **over}, over.place, {**under.key_places, **over.key_places})


def unused(root: Fields, used: set[str], problems: Problems) -> None:
    """Tells of keys in variants that are no section, and no placeholder that anything uses."""
    written = root.get("variants")
    for axis in written.values() if isinstance(written, Fields) else ():
        for value in axis.values() if isinstance(axis, Fields) else ():
            for key, place in value.key_places.items() if isinstance(value, Fields) else ():
                if key not in SECTIONS and key not in used:
                    problems.add(
                        place, f"nothing uses {{{key}}}, and it is no key of a scenario{nearest(key, SECTIONS)}"
                    )
