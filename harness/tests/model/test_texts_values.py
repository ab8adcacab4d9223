from __future__ import annotations

import re

import pytest

from smtpwitness.judge import record
from smtpwitness.model.scenario import Closing, Message, Tls
from smtpwitness.model.texts import TEXTS
from smtpwitness.model.texts.values import FATES, PATTERNS, SAID, WORDS, facts_in, localized

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("name", "value", "chinese"),
    [
        ("who", "all", "所有收件人"),
        ("who", "bob@example.test", "bob@example.test"),
        ("reply", "none", "无"),
        ("reply", "550", "550"),
        ("early", "21.5 ms too early", "早了 21.5 ms"),
        ("early", "no reply came", "没有应答"),
        ("counted", "1 of 2", "2 个中的 1 个"),
        ("keyword", "8BITMIME or BINARYMIME", "8BITMIME 或 BINARYMIME"),
        ("keyword", "an extension that brings it", "带有它的扩展"),
        ("keyword", "SIZE", "SIZE"),
        ("hello", "no hello", "没有 EHLO 或 HELO"),
        ("previous", "the message", "邮件内容"),
        ("previous", "HELO", "HELO"),
        ("observed", "(message, 510 octets)", "（邮件，510 个字节）"),
        ("expected", "no MAIL", "不得有 MAIL"),
        ("expected", "(TLS handshake, certificate: wrong name)", "（TLS 握手，证书：wrong name）"),
        ("text", "the message", "the message"),
        ("text", "none", "none"),
        ("sent", "accepted", "accepted"),
        ("line", "none", "none"),
        ("observed", "no MAIL", "no MAIL"),
        ("observed", "the message", "the message"),
        ("observed", "(a connection to mx.example.test)", "（到 mx.example.test 的连接）"),
    ],
)
def test_words_of_ours_are_translated_and_octets_of_a_client_are_not(name: str, value: str, chinese: str) -> None:
    assert localized(name, value, "zh") == chinese
    assert localized(name, value, "en") == value


@pytest.mark.parametrize(
    ("value", "chinese"),
    [
        ("bob@example.test: none, reported as failed", "bob@example.test：未收到，报告为失败"),
        ("the message: declined or refused", "邮件内容：客户端放弃发送 或 拒绝"),
        ("accepted", "已接受"),
        ("a: b: strange, reported as odd", "a: b：strange，报告为odd"),
    ],
)
def test_an_outcome_is_told_in_chinese(value: str, chinese: str) -> None:
    assert localized("observed", value, "zh", "dialogue/outcome") == chinese
    assert localized("observed", value, "en", "dialogue/outcome") == value


def test_every_word_has_chinese_in_it() -> None:
    assert all(HAN.search(word) for words in WORDS.values() for word in words.values())
    assert all(HAN.search(words) for patterns in PATTERNS.values() for _, words in patterns)


def test_fates_are_told_as_on_the_pages() -> None:
    for word, chinese in FATES.items():
        assert TEXTS[f"fate.{word}"]["zh"].startswith(chinese)


def test_what_the_judge_writes_for_a_step_is_known() -> None:
    steps = (Message(first=9), Message(), Closing(), Closing(notify=True), Tls("wrong name"), None)
    for step in steps:
        said = record.wanted(step, None)  # type: ignore[arg-type]
        assert HAN.search(localized("expected", said, "zh")), said
    assert "the message" in SAID


def test_the_facts_of_a_finding() -> None:
    facts = (("said", "permanent"), ("who", "all"), ("reply", "250"))
    assert facts_in("zh", "reported.false-failure", facts) == {"said": "永久拒绝", "who": "所有收件人", "reply": "250"}
    assert facts_in("en", "reported.false-failure", facts) == dict(facts)
