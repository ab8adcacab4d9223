"""Deviations that are known: the list `known:` of a `*.client.yaml`, or of a file of its own.

known:
  - case: data/smuggling*         # or a list: each of them
    rule: content-line-end        # or a list: all that may fail there
    reason: octets are sent as they are given; it is documented
    date: 2026-01-31
    link: https://bugs.example.test/12
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..judge.gate import FINDING_IDS
from ..model.gate import Known
from .nodes import Fields
from .problems import nearest
from .validated import place_of, read_fields, validated


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _rule(word: str) -> str:
    if word not in FINDING_IDS:
        raise ValueError(f"there is no rule {word!r}{nearest(word, FINDING_IDS)}")
    return word


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("why is this known? Write the reason")
    return text.strip()


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is no date: write YYYY-MM-DD") from None


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text) or not text.isprintable():
        raise ValueError("a link begins with https:// or http://")
    return text


class OwnEntry(BaseModel):
    """The keys of one deviation in the file of the client that it is about."""

    model_config = ConfigDict(extra="forbid")

    case: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_listed)] = Field(min_length=1)
    rule: Annotated[list[Annotated[str, AfterValidator(_rule)]], BeforeValidator(_listed)] = Field(min_length=1)
    reason: Annotated[str, AfterValidator(_said)]
    date: Annotated[str, AfterValidator(_date)] = ""
    link: Annotated[str, AfterValidator(_link)] = ""


class KnownEntry(OwnEntry):
    """The keys of one deviation in a file of its own."""

    client: str = "*"


class _KnownFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    known: list[KnownEntry]


def read_known(path: Path) -> tuple[Known, ...]:
    """The deviations that the file *path* lists. Raises `ScenarioError` with all that is wrong in it."""
    written = read_fields(path, "the list of known deviations")
    return deviations(validated(_KnownFile, written).known, written)


def deviations(entries: Sequence[OwnEntry], written: Fields) -> tuple[Known, ...]:
    """*entries*, which stand under `known` in *written*: one for each glob, so that each is missed by itself."""
    return tuple(
        Known(
            case,
            tuple(one.rule),
            one.reason,
            one.client if isinstance(one, KnownEntry) else "*",
            one.date,
            one.link,
            place_of(written, ("known", index)),
        )
        for index, one in enumerate(entries)
        for case in one.case
    )
