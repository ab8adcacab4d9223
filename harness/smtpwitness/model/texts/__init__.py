"""The one catalogue of words that people read, in English and Chinese.

A text is looked up by a dotted key and may hold `{names}` for values. `findings` has what a finding says, `pages`
what reports and the terminal say around it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .findings import FINDINGS
from .pages import PAGES

LANGUAGES = ("en", "zh")

TEXTS: Mapping[str, Mapping[str, str]] = {**PAGES, **FINDINGS}


def say(key: str, language: str = "en", **values: object) -> str:
    """The text of *key* in *language* with *values* in place. Raises `KeyError` for a key that is not there."""
    return TEXTS[key][language].format_map(values)
