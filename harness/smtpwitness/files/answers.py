"""What a client is told in other ways than by its command line: answers to its prompts, and files that it reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath

from ..model.run import Client
from ..model.template import parse

MOST_FILES = 2000
"""Files of a client's folder that are copied for each case."""

LONGEST_ANSWER = 1000
"""Characters of an answer before its placeholders are filled: a terminal takes lines of 4096 octets."""

SECRETIVE = re.compile(r"pass|pwd|secret|token|auth.*code|密码|口令|授权码", re.IGNORECASE)
"""Prompts whose answer is a secret."""


def answer_pairs(value: object) -> object:
    """A list of one-pair mappings, or one mapping, as a list of pairs; anything else as it is."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, list) and all(isinstance(one, Mapping) and len(one) == 1 for one in value):
        return [pair for one in value for pair in one.items()]
    return value


def answer_option(text: str) -> tuple[str, str]:
    """The pair that `PATTERN=TEXT` is. Raises `ValueError`."""
    pattern, sign, answer = text.partition("=")
    if not sign or not pattern.strip():
        raise ValueError(f"{text!r} is not PATTERN=TEXT: a piece of the prompt, =, and what is typed there")
    return pattern, answer


def wrong_answer(pattern: str, text: str) -> str:
    """What is wrong with an answer, or ""."""
    if not pattern.strip():
        return "a pattern is a piece of a prompt, and this one is empty"
    if len(text) > LONGEST_ANSWER or any(ord(char) < 32 for char in text):
        return f"what is typed at {pattern!r} is one line of at most {LONGEST_ANSWER} characters"
    return ""


def wrong_file(name: str) -> str:
    """What is wrong with the name of a file that a client expects, or ""."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or re.search(r"[\\:\0]", name):
        return f"{name!r} is no path below the client's folder"
    return ""


def in_text(names: Sequence[str]) -> re.Pattern[str]:
    """Placeholders in a file's text; any other brace there is a brace, as in JSON."""
    return re.compile("{(" + "|".join(names) + ")}")


def names_in(client: Client, names: Sequence[str]) -> frozenset[str]:
    """Names of the placeholders in its answers and files."""
    answers = (parse(text).names for _, text in client.answers)
    return frozenset().union(*answers, *(in_text(names).findall(text) for text in client.files.values()))


def typed(client: Client, value: Callable[[str], str]) -> list[tuple[str, str]]:
    """The client's answers with `value(name)` for each placeholder."""
    return [(pattern, parse(text).fill(lambda part: value(part.name))) for pattern, text in client.answers]


def own_secrets(client: Client) -> list[str]:
    """Literal answers to prompts for a secret."""
    return [text for pattern, text in client.answers if SECRETIVE.search(pattern) and not parse(text).names]


def recorded(client: Client) -> Client:
    """The client as it is stored: what is typed or written may be a secret, so only placeholders stay."""
    answers = tuple((pattern, text if parse(text).names else "********") for pattern, text in client.answers)
    return replace(client, answers=answers, files=dict.fromkeys(client.files, ""))


def with_files(client: Client, start: Path, copy: Path, names: Sequence[str], value: Callable[[str], str]) -> Path:
    """Where a client is started that expects files: *copy*, a copy of its folder *start* with them in it.

    Raises `ValueError` where that folder is too large to be copied.
    """
    if not client.files:
        return start
    found = islice((one for one in start.rglob("*") if not _hidden(one.relative_to(start).parts)), MOST_FILES + 1)
    if len(list(found)) > MOST_FILES:
        raise ValueError(f"the client's folder holds more than {MOST_FILES} files: give it a folder of its own")
    shutil.copytree(start, copy, symlinks=True, ignore=lambda _, inside: [one for one in inside if _hidden([one])])
    pattern = in_text(names)
    for name, text in client.files.items():
        file = copy / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # a link of this name leads elsewhere
        file.write_text(pattern.sub(lambda found: value(found[1]), text), encoding="utf-8")
    return copy


def _hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in parts)
