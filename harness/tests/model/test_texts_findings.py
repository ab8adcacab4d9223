"""Every text is there in both languages, and asks for the same values in both."""

import re
import string

import pytest

from smtpwitness.model.texts import say
from smtpwitness.model.texts.findings import ENTRIES, FINDINGS, PARTS

CHINESE = re.compile("[\u4e00-\u9fff]")
WIDE = re.compile("[\u4e00-\u9fff][,:;()]")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_says_what_why_and_how_to_mend_it(key: str) -> None:
    for part in PARTS:
        assert FINDINGS[f"{key}.{part}"]["en"].strip()
        assert FINDINGS[f"{key}.{part}"]["zh"].strip()


@pytest.mark.parametrize("key", FINDINGS)
def test_both_languages_ask_for_known_values_only(key: str) -> None:
    english, chinese = FINDINGS[key]["en"], FINDINGS[key]["zh"]
    assert names(chinese) == names(english), "a value is lost in translation"
    assert all(name.isidentifier() for name in names(english))


@pytest.mark.parametrize("key", FINDINGS)
def test_english_is_english_and_chinese_is_chinese(key: str) -> None:
    assert not CHINESE.search(FINDINGS[key]["en"])
    code = re.fullmatch(r"`[^`]*`", FINDINGS[key]["zh"]) is not None
    assert code or CHINESE.search(FINDINGS[key]["zh"])
    assert not WIDE.search(FINDINGS[key]["zh"]), "Chinese text has full-width punctuation"


@pytest.mark.parametrize("key", FINDINGS)
def test_back_quotes_pair(key: str) -> None:
    assert all(text.count("`") % 2 == 0 for text in FINDINGS[key].values())


@pytest.mark.parametrize(
    "kind",
    [
        "different",
        "missing",
        "extra",
        "never",
        "breaks",
        "message",
        "within",
        "outcome",
        "closed",
        "tls",
        "unconnected",
        "elsewhere",
    ],
)
def test_a_difference_needs_only_what_every_difference_has(kind: str) -> None:
    for part in PARTS:
        for language in ("en", "zh"):
            text = say(f"dialogue/{kind}.{part}", language, expected="C: RSET", observed="C: NOOP", nearest="C: QUIT")
            assert "{" not in text


def test_values_stand_in_the_text() -> None:
    said = say("line-end.bare-lf.what", line="QUIT", count=3)
    assert "`QUIT`" in said
    assert "3" in said
