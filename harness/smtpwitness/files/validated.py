"""YAML of a small fixed shape, checked by pydantic; its complaints in our words, each at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..model.scenario import Place
from .nodes import Fields, Items, Node, compose
from .problems import Problem, ScenarioError, nearest

M = TypeVar("M", bound=BaseModel)


def read_fields(path: Path, what: str) -> Fields:
    """The mapping that the file *path* holds. Raises `ScenarioError`; *what* says what cannot be read then."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ScenarioError((Problem(Place(str(path), 1, 1), f"{what} cannot be read: {why}"),)) from error
    return compose(text, str(path))


def validated(model: type[M], written: Fields) -> M:
    """*written* as a *model*. Raises `ScenarioError` with all that is wrong in it."""
    try:
        return model.model_validate(_plain(written))
    except ValidationError as error:
        problems = tuple(_problem(model, written, detail) for detail in error.errors(include_url=False))
        raise ScenarioError(tuple(dict.fromkeys(problems))) from error


def place_of(node: Node, loc: Sequence[str | int], of_key: bool = False) -> Place:
    """Where the value stands that *loc* leads to, or its key; where it leads to nothing, the last that it passes."""
    if isinstance(node, Fields) and loc and loc[0] in node:
        if of_key and len(loc) == 1:
            return node.key_places[str(loc[0])]
        return place_of(node[str(loc[0])], loc[1:], of_key)
    if isinstance(node, Items) and loc and isinstance(loc[0], int):
        return place_of(node[loc[0]], loc[1:], of_key)
    return node.place


def _plain(node: Node) -> object:
    """The values of *node* without their places."""
    if isinstance(node, Items):
        return [_plain(item) for item in node]
    if isinstance(node, Fields):
        return {str(key): _plain(value) for key, value in node.items()}
    return str(node)


def _problem(model: type[BaseModel], written: Fields, detail: ErrorDetails) -> Problem:
    """One of pydantic's complaints in our words, at its place."""
    kind, loc = detail["type"], detail["loc"]
    last = str(loc[-1])
    if kind == "missing":
        return Problem(place_of(written, loc[:-1]), f"the key {last!r} is missing")
    if kind == "extra_forbidden":
        return Problem(
            place_of(written, loc, of_key=True), f"there is no key {last!r}{nearest(last, _keys(model, loc[:-1]))}"
        )
    if last == "[key]":
        words = re.findall("'([^']+)'", str(detail.get("ctx", {}).get("expected", "")))
        key = str(loc[-2])
        return Problem(place_of(written, loc[:-1], of_key=True), f"there is no outcome {key!r}{nearest(key, words)}")
    where = ".".join(str(part) for part in loc)
    if kind in ("model_type", "dict_type"):
        keys = ", ".join(_keys(model, loc))
        return Problem(place_of(written, loc), f"{where}: keys with their values stand here{keys and f': {keys}'}")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Problem(place_of(written, loc), f"{where}: {message}")


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that may stand at *loc*."""
    for part in loc:
        field = next((field for name, field in model.model_fields.items() if part in (name, field.alias)), None)
        if field is not None:
            model = next(_models(field.annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
