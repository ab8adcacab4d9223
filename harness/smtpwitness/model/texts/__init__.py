"""The one catalogue of words that people read, in English and Chinese.

A text is looked up by a dotted key and may hold `{names}` for values. `findings` has what a finding says, `pages`
what reports say around it, `plain` and `serving` what plain text and `serve` do, and
`hints` what is told of a client's source, `clients` of its job, `reasons` why a case was not judged.
"""

from __future__ import annotations

from collections.abc import Mapping

from .clients import CLIENTS
from .findings import FINDINGS
from .hints import HINTS
from .pages import PAGES
from .plain import PLAIN
from .reasons import REASONS
from .serving import SERVING

LANGUAGES = ("en", "zh")

TEXTS: Mapping[str, Mapping[str, str]] = {**PAGES, **PLAIN, **REASONS, **SERVING, **HINTS, **CLIENTS, **FINDINGS}


def say(key: str, language: str = "en", **values: object) -> str:
    """The text of *key* in *language* with *values* in place. Raises `KeyError` for a key that is not there."""
    return TEXTS[key][language].format_map(values)
