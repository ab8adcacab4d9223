from __future__ import annotations

import re
from pathlib import Path

import pytest

import smtpwitness
from smtpwitness.model.texts.reasons import REASONS
from smtpwitness.report.reasons import LONGEST, reason

HOME = Path(smtpwitness.__file__).parent
WRITERS = ("runner.py", "relaying.py", "judge/follower.py", "judge/case.py")


@pytest.mark.parametrize("key", REASONS)
def test_each_is_what_a_run_says(key: str) -> None:
    source = "".join((HOME / name).read_text("utf-8") for name in WRITERS)
    assert re.search(_of(REASONS[key]["en"]), source)


def _of(english: str) -> str:
    """An expression for the text in a source, where its values have other names."""
    return '"' + "".join(
        r"\{.+?\}" if n % 2 else re.escape(one) for n, one in enumerate(re.split(r"\{(\w+)\}", english))
    )


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the client lacks: starttls", "客户端不具备：starttls"),
        ("only the fake can play it: it is to say 421", "只有模拟服务器能演这个场景：要说出 421"),
        (
            "only the fake can play it: the server is to answer MAIL so: it is to cut, repeat or delay a reply",
            "只有模拟服务器能演这个场景：服务器对 MAIL 要这样应答：要切断、重复或推迟应答",
        ),
        ("postfix does not offer PIPELINING", "postfix 不提供 PIPELINING"),
        ("the client lacks: {what}", "客户端不具备：{what}"),
        ("the client's program: ValueError: no (a.py, line 3)", "客户端程序：ValueError: no (a.py, line 3)"),
    ],
)
def test_it_is_told_in_chinese(english: str, chinese: str) -> None:
    assert reason(english, "zh") == chinese
    assert reason(english, "en") == english


@pytest.mark.parametrize("text", ["", "OSError: no room", "x does not offer " * LONGEST])
def test_what_is_of_no_list_stays(text: str) -> None:
    assert reason(text, "zh") == text
