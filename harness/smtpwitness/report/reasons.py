"""Why a case was not judged, in the language of the page: `run.json` has it in English."""

from __future__ import annotations

import re

from ..model.texts.reasons import REASONS

LONGEST = 600  # characters; what is longer is what a program printed


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile("".join(f"(?P<{one}>.+?)" if number % 2 else re.escape(one) for number, one in enumerate(parts)))


PATTERNS = tuple((_pattern(texts["en"]), texts) for texts in REASONS.values())
INNER = ("why", "odd")
"""Values that are reasons themselves."""


def reason(text: str, language: str) -> str:
    """*text* in *language*; as it is where it is none of `REASONS`, such as what a relay or an error said."""
    if language == "en" or len(text) > LONGEST:
        return text
    for pattern, texts in PATTERNS:
        if found := pattern.fullmatch(text):
            values = {name: reason(one, language) if name in INNER else one for name, one in found.groupdict().items()}
            return texts[language].format_map(values)
    return text
