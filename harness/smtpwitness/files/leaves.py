"""The single values of a scenario: how each is read from text, and what is said of one that is wrong.

A wrong value is told at its own place and replaced by a stand-in, so that one mistake does not hide the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from ..judge.grammar import VERBS
from ..model.run import CAPABILITIES
from ..model.scenario import NOWHERE
from ..model.template import Template
from . import quantities
from .nodes import Fields, Items, Node, Text
from .problems import Problems, closest, nearest, shown
from .quantities import Duration, Quiet, Span

SCALAR = {"type": ["string", "number", "boolean"]}
"""What an editor may take an unquoted text for."""


@dataclass(frozen=True)
class Check:
    """What a scenario is checked against, and where its problems go."""

    problems: Problems = field(default_factory=Problems)
    requirements: Collection[str] = ()
    rules: Collection[str] = ()


def template_of(text: Text) -> Template:
    """The text with its placeholders, all that can be known at load filled in."""
    if text.template is not None:
        return text.template
    return Template((str(text),) if text else ())


def wrong_kind(node: object, wanted: str) -> str:
    """What to say of a node that is not what is *wanted*."""
    if isinstance(node, Fields):
        if wanted == "a text" and len(node) == 1 and node:
            key = next(iter(node))
            return f"a map where a text belongs: if the ': ' after {shown(key)} made it one, quote the whole text"
        return f"a map where {wanted} belongs"
    if isinstance(node, Items):
        return f"a list where {wanted} belongs"
    if isinstance(node, Text) and not node.missing:
        return f"the text {shown(node)} where {wanted} belongs"
    return f"nothing is written here, where {wanted} belongs"


@dataclass(frozen=True, eq=False)
class Leaf:
    """A pydantic type made of a text. `read` raises `ValueError`; `standin` None is the text itself."""

    read: Callable[[Text, Check], object]
    standin: object = None
    schema: Mapping[str, Any] = field(default_factory=lambda: SCALAR)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)

    def _validate(self, node: Node, info: ValidationInfo) -> object:
        check: Check = info.context  # type: ignore[assignment]  # always given
        if not isinstance(node, Text) or node.missing:
            check.problems.add(node.place, wrong_kind(node, "a text"))
            check.problems.silence(node.place)
        else:
            try:
                return self.read(node, check)
            except ValueError as error:
                check.problems.add(node.place, str(error))
        if self.standin is not None:
            return self.standin
        return node if isinstance(node, Text) else Text("", node.place)


def _spoken(text: Text, check: Check) -> Text:
    """A text whose placeholders a case fills in."""
    if any(name.startswith("lines to ") for name in template_of(text).names):
        raise ValueError("'{lines to N}' can stand only in a message")
    return text


def _sent(text: Text, check: Check) -> Text:
    """What a client says. A word that is a verb but for a slip would be waited for in vain."""
    word = text.partition(" ")[0].upper()
    meant = closest(word, VERBS) or ""
    if word not in VERBS and sorted(word) == sorted(meant):
        raise ValueError(f"there is no command {shown(word)} (did you mean {meant!r}?)")
    return _spoken(text, check)


def _literal(text: Text, check: Check) -> Text:
    names = sorted(template_of(text).names)
    if names:
        raise ValueError(f"{{{names[0]}}} is not known before a case is played, and cannot stand here")
    return text


def _literally(read: Callable[[str], object]) -> Callable[[Text, Check], object]:
    return lambda text, check: read(str(_literal(text, check)))


def word(*good: str, later: Collection[str] = ()) -> Leaf:
    """One of some words. Those in *later* belong to the language, but are not supported by this version."""

    def read(text: Text, check: Check) -> Text:
        if text in later:
            raise ValueError(f"not supported yet: {text}")
        if _literal(text, check) not in good:
            raise ValueError(f"{shown(text)} is none of: {', '.join(good)}{nearest(text, good)}")
        return text

    return Leaf(read, Text(good[0], NOWHERE), {"enum": list(good)})


def counted(most: int) -> Leaf:
    return Leaf(_literally(lambda text: quantities.count(text, most)), 1, {"type": ["integer", "string"]})


def _requirement(text: Text, check: Check) -> Text:
    if _literal(text, check) not in check.requirements:
        raise ValueError(f"there is no requirement {shown(text)}{nearest(text, check.requirements)}")
    return text


def _need(text: Text, check: Check) -> Text:
    if _literal(text, check) not in CAPABILITIES:
        known = ", ".join(CAPABILITIES)
        raise ValueError(f"no client can be said to do {shown(text)}{nearest(text, CAPABILITIES)}; known: {known}")
    return text


def _delay(text: str) -> Duration | Quiet:
    return Quiet() if text == "quiet" else quantities.duration(text)


def _seconds(text: str) -> float:
    made = quantities.duration(text)
    if made.timeouts or made.amount == 0:
        raise ValueError(f"{text!r}: write a time such as '2 s'")
    return made.amount


Spoken = Annotated[Text, Leaf(_spoken)]
Sent = Annotated[Text, Leaf(_sent)]
Content = Annotated[Text, Leaf(lambda text, check: text)]
Literal = Annotated[Text, Leaf(_literal)]
RequirementId = Annotated[Text, Leaf(_requirement)]
Need = Annotated[Text, Leaf(_need, schema={"enum": list(CAPABILITIES)})]
Delay = Annotated[Duration | Quiet, Leaf(_literally(_delay), Duration(0.0))]
Gap = Annotated[Duration, Leaf(_literally(quantities.duration), Duration(0.0))]
Seconds = Annotated[float, Leaf(_literally(_seconds), 10.0)]
Within = Annotated[Span, Leaf(_literally(quantities.span), Span(Duration(0.0), Duration(1.0)))]
Size = Annotated[int, Leaf(_literally(quantities.size), 1)]
MailExchanger = Annotated[tuple[int, str], Leaf(_literally(quantities.mail_exchanger), (0, "."))]
Times = Annotated[tuple[int, int | None], Leaf(_literally(quantities.times), (1, None))]
