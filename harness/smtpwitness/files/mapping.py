"""What the models of `shape` are made of: maps that know their place, unions told apart by the kind of node, and what
is said of a node that fits no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from ..model.scenario import NOWHERE, Place
from .leaves import Check, wrong_kind
from .nodes import Fields, Items, Node, Text
from .problems import closest, nearest, shown

STEP_KEYS = (
    "C",
    "message",
    "close",
    "tls",
    "sasl",
    "connection",
    "use",
    "either",
    "any order",
    "optional",
    "repeat",
    "each recipient",
    "never",
    "S",
    "breaks",
)
"""The key that makes a step what it is. `S` and `breaks` come last: they stand beside others, too."""


class Shape(BaseModel):
    """A map with known keys. An unknown one is told with the nearest right word, and read as that if it is missing."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    later: ClassVar[tuple[str, ...]] = ()  # keys of the language that this version does not support
    _place: Place = PrivateAttr(default_factory=lambda: NOWHERE)  # a default would be copied, deeply, each time

    @property
    def place(self) -> Place:
        return self._place

    @classmethod
    def known(cls) -> list[str]:
        return [info.alias or name for name, info in cls.model_fields.items()]

    @model_validator(mode="wrap")
    @classmethod
    def _known_keys(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if not isinstance(data, Fields):
            return handler(data)
        made = handler(cls.spelt(data, info.context))  # type: ignore[arg-type]  # always given
        made._place = data.place
        return made

    @classmethod
    def spelt(cls, data: Fields, check: Check) -> Fields:
        """*data* with none but known keys; others are told."""
        known = [key for key in data if key in cls.known()]
        made = data.without(*(key for key in data if key not in known))
        for key in data:
            if key not in known:
                check.problems.add(data.key_places[key], cls._about(key))
                meant = closest(key, cls.known())
                if meant is not None and meant not in made:
                    made[meant] = data[key]
                    made.key_places[meant] = data.key_places[key]
        return made

    @classmethod
    def _about(cls, key: str) -> str:
        if key in cls.later:
            return f"not supported yet: {key}"
        if re.match(r"[0-9]{3}([ -]|$)", key):
            return f"the ': ' after {shown(key)} makes a map of this reply: quote it"
        if issubclass(cls, StepShape) and key in STEP_KEYS:
            return f"{shown(key)} is a step of its own: begin it with '- '"
        return f"there is no key {shown(key)} here" + (
            nearest(key, cls.known()) or f"; known: {', '.join(cls.known())}"
        )


class StepShape(Shape):
    """A step of the dialogue."""


def _kind(node: object) -> str:
    return "<map>" if isinstance(node, dict) else "<list>" if isinstance(node, list) else "<text>"


BY_KIND = Discriminator(_kind)


@dataclass(frozen=True)
class OneOrMore:
    """A list, or its only value."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def listed(node: Node) -> Node:
            return Items([node], node.place) if isinstance(node, Text) and not node.missing else node

        return core_schema.no_info_before_validator_function(listed, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        array = handler(core)
        return {"anyOf": [array["items"], array]}


@dataclass(frozen=True)
class Keys:
    """The keys that a map may have; an unknown one is told, and left out."""

    good: Callable[[Check], Collection[str]]
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._known, handler(source))

    def _known(self, node: Node, info: ValidationInfo) -> Node:
        check: Check = info.context  # type: ignore[assignment]  # always given
        if not isinstance(node, Fields):
            return node
        good = self.good(check)
        unknown = [key for key in node if key not in good]
        for key in unknown:
            check.problems.add(node.key_places[key], f"there is no {self.what} {shown(key)}{nearest(key, good)}")
        return node.without(*unknown)


def step_kind(node: object) -> str | None:
    if not isinstance(node, dict):
        return None
    return next((f"<{key}>" for key in STEP_KEYS if key in node), None)


Made = TypeVar("Made", bound=Shape)


def read(shape: type[Made], node: Fields, check: Check) -> Made | None:
    """*node* as a *shape*; None, and the problems in *check*, where it cannot be made."""
    try:
        return shape.model_validate(node, context=check)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            check.problems.add(*_told(node, detail))
        return None


def _told(root: Node, detail: ErrorDetails) -> tuple[Place, str]:
    node = root
    for part in detail["loc"]:  # tags of unions stand among them, and fit nothing
        if isinstance(node, Fields) and part in node:
            node = node[str(part)]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node):
            node = node[part]
    kind = detail["type"]
    if kind == "missing":
        return node.place, f"the key {detail['loc'][-1]!r} is missing"
    if kind == "too_short":
        return node.place, "the list is empty"
    if kind in WANTED:
        return node.place, wrong_kind(node, WANTED[kind])
    if kind == "no_step":
        return _no_step(node)
    tags = re.findall(r"<\w+>", str(detail.get("ctx", {}).get("expected_tags", "")))
    return node.place, wrong_kind(node, " or ".join("a " + tag[1:-1] for tag in tags) or "something else")


WANTED = {"list_type": "a list", "model_type": "a map", "model_attributes_type": "a map", "dict_type": "a map"}


def _no_step(node: Node) -> tuple[Place, str]:
    if isinstance(node, Fields) and node:
        key = next(iter(node))
        near = nearest(key, STEP_KEYS) or f"; known: {', '.join(STEP_KEYS)}"
        return node.key_places[key], f"there is no step {shown(key)}{near}"
    if isinstance(node, Text) and not node.missing:
        message = f"{shown(node)} is no step, which is a map such as 'C: QUIT'"
        return node.place, message + " (or did a ',' cut the text before it? quote that)"
    return node.place, wrong_kind(node, "a step, such as 'C: QUIT',")
