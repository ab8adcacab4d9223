"""The glossary of the field's Chinese, and that texts, titles of scenarios and the Chinese README keep to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from smtpwitness.model import texts
from smtpwitness.model.texts.expected import EXPECTED, OBSERVED

GLOSSARY = Path(texts.__file__).parent / "glossary.tsv"

ROOT = next((path for path in Path(__file__).parents if (path / "scenarios").is_dir()), None)

HELD = 0.9
"""Of the texts with the English term, how many must have the Chinese one: a sentence may do without it now and then."""


@dataclass(frozen=True)
class Term:
    """An English term, the Chinese that renders it, and what never does (both regular expressions)."""

    english: str
    chinese: str
    never: str
    sure: str
    remark: str

    def is_in(self, english: str) -> bool:
        """Whether the term stands in *english*: not in code, a placeholder, an address, nor as the name of a field."""
        prose = re.sub(r"`[^`]*`|\{[^{}]*\}|\S+[@=]\S+", "", english)
        return re.search(rf"(?<![\w-]){re.escape(self.english)}(?:s|es)?(?![\w:-])", prose, re.IGNORECASE) is not None


def terms() -> Iterator[Term]:
    for line in GLOSSARY.read_text("utf-8").splitlines()[1:]:
        yield Term(*line.split("\t"))


TERMS = pytest.mark.parametrize("term", tuple(terms()), ids=lambda term: term.english)


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[str, str]]:
    """Every text in English and Chinese by its key, every phrase of a rule, and every scenario's title by its file."""
    found = {key: (one["en"], one["zh"]) for key, one in texts.TEXTS.items()}
    found |= {
        english: (english, chinese) for words in (EXPECTED, *OBSERVED.values()) for english, chinese in words.items()
    }
    for path in ROOT.glob("scenarios/*/*.smtp.yaml") if ROOT else ():
        title = re.search(r"^title:\n  en: (.+)\n  zh: (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert title, path
        found[path.name] = (title[1], title[2])
    return found


def test_the_glossary_is_a_table_in_the_order_of_the_alphabet() -> None:
    rows = [line.split("\t") for line in GLOSSARY.read_text("utf-8").splitlines()]
    assert rows[0] == ["english", "chinese", "never", "sure", "remark"]
    names = [row[0] for row in rows[1:]]
    assert names == sorted(set(names), key=lambda name: name.replace("-", " "))
    assert {row[3] for row in rows[1:]} == {"yes", "no"}
    assert all(row[4] for row in rows[1:] if row[3] == "no"), "what is uncertain says why"


@TERMS
def test_no_text_has_a_word_that_the_field_does_not_use(term: Term, pairs: dict[str, tuple[str, str]]) -> None:
    if not term.never:
        return
    wrong = [key for key, (_, chinese) in pairs.items() if re.search(term.never, chinese)]
    if ROOT and re.search(term.never, (ROOT / "README.zh-CN.md").read_text("utf-8")):
        wrong.append("README.zh-CN.md")
    assert wrong == [], f"{term.english} is {term.chinese}, not {term.never}"


@TERMS
def test_what_is_said_in_english_is_said_in_chinese(term: Term, pairs: dict[str, tuple[str, str]]) -> None:
    there = [(key, chinese) for key, (english, chinese) in pairs.items() if term.is_in(english)]
    missing = [key for key, chinese in there if not re.search(term.chinese, chinese)]
    assert len(missing) <= (1 - HELD) * len(there), f"{term.english} is not {term.chinese} in {missing}"


def test_titles_have_chinese_punctuation(pairs: dict[str, tuple[str, str]]) -> None:
    half = re.compile("[\u4e00-\u9fff][,:;()?!]|[,:;()?!][\u4e00-\u9fff]")
    assert [key for key, (_, chinese) in pairs.items() if key.endswith(".yaml") and half.search(chinese)] == []
