"""What the rules expect is told in Chinese, too: their own sources say which phrases there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from smtpwitness.judge import rules
from smtpwitness.model.texts import TEXTS
from smtpwitness.model.texts.expected import EXPECTED, EXPECTED_WITH, GIVEN, OBSERVED, OBSERVED_WITH
from smtpwitness.model.texts.values import FATES, facts_in, localized

HAN = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile("[\u4e00-\u9fff][,:;()?!]|[,:;()?!][\u4e00-\u9fff]")
KEYS = tuple(key.removesuffix(".what") for key in TEXTS if key.endswith(".what"))

SOURCES = [ast.parse(path.read_text("utf-8")) for path in Path(rules.__file__).parent.glob("*.py")]
SAID = {node.value for source in SOURCES for node in ast.walk(source) if isinstance(node, ast.Constant)}
"""Every text that stands in a rule. That each has its Chinese is seen where the broken clients are."""

PUT_TOGETHER = {
    *("MAIL with SMTPUTF8", "MAIL without SMTPUTF8: all is ASCII", "a lone CR", "a lone LF"),
    *("MAIL with BODY=8BITMIME", "a message in ASCII: 8BITMIME is not offered"),
}
"""Phrases that a rule makes of a text and a constant."""


def test_no_chinese_is_left_over() -> None:
    assert set(EXPECTED) <= SAID | PUT_TOGETHER
    by_rules = {owner: phrases for owner, phrases in OBSERVED.items() if owner != "stress/differs"}
    assert {said for phrases in by_rules.values() for said in phrases} <= SAID | PUT_TOGETHER


def test_keys_are_those_of_findings() -> None:
    known = {*KEYS, *(key.partition(".")[0] for key in KEYS)}
    assert set(KEYS) >= GIVEN
    assert {*OBSERVED, *OBSERVED_WITH} <= known


ALL = (
    *EXPECTED.items(),
    *(pair for phrases in OBSERVED.values() for pair in phrases.items()),
    *((one.pattern, chinese) for one, chinese in EXPECTED_WITH),
    *((one.pattern, chinese) for patterns in OBSERVED_WITH.values() for one, chinese in patterns),
)


@pytest.mark.parametrize(("english", "chinese"), ALL)
def test_chinese_is_chinese(english: str, chinese: str) -> None:
    assert not HAN.search(english)
    assert HAN.search(chinese)
    assert not HALF_WIDTH.search(chinese)
    assert sorted(re.findall("`[^`]*`", chinese)) == sorted(re.findall("`[^`]*`", english))


@pytest.mark.parametrize(
    ("pattern", "chinese"), [*EXPECTED_WITH, *(one for patterns in OBSERVED_WITH.values() for one in patterns)]
)
def test_every_value_of_a_phrase_stands_in_the_chinese(pattern: re.Pattern[str], chinese: str) -> None:
    assert sorted(map(int, re.findall(r"\\([0-9])", chinese))) == list(range(1, pattern.groups + 1))


@pytest.mark.parametrize(
    ("key", "value", "chinese"),
    [
        ("command-length", "at most 512 octets", "最多 512 个字节"),
        ("composition.long-line", "at most 78 characters", "最多 78 个字符"),
        ("composition.base64", "at most 76 characters of base64", "每行最多 76 个 base64 字符"),
        ("header-missing.date", "a field Date:", "有 Date: 字段"),
        ("header-invalid.twice", "one field Message-Id:", "只有一个 Message-Id: 字段"),
        ("composition.return-path", "no field Return-Path:", "没有 Return-Path: 字段"),
        ("command-syntax.hello", "LHLO and one name", "LHLO 和一个名称"),
        ("command-syntax.mailbox", "one mailbox in each RCPT", "每条 RCPT 只写一个邮箱"),
        ("smtputf8.verify", "EXPN without SMTPUTF8: it is not offered", "EXPN 不带 SMTPUTF8：服务器没有声明它"),
        (
            "parameter-not-offered",
            "RCPT without NOTIFY, because the reply to HELO does not list DSN",
            "RCPT 不带 NOTIFY，因为 HELO 的应答没有列出 DSN",
        ),
        (
            "parameter-not-offered",
            "MAIL without BODY, because the reply to EHLO does not list 8BITMIME or BINARYMIME",
            "MAIL 不带 BODY，因为 EHLO 的应答没有列出 8BITMIME 或 BINARYMIME",
        ),
        (
            "parameter-not-offered",
            "RCPT without FAILURE, because the reply to EHLO does not list an extension that brings it",
            "RCPT 不带 FAILURE，因为 EHLO 的应答没有列出带有它的扩展",
        ),
        ("auth-response.again", "no AUTH after a successful one", "认证成功之后不再发送 AUTH"),
        ("reported.wrong-class", "permanent", "永久拒绝"),
        ("message-changed.header", "the header as it was given", "邮件头与给出的相同"),
        ("stress/differs.slow", "(end)", "（结束）"),
        ("stress/differs.slow", "(told: failed, accepted)", "（报告的结果：失败、已接受）"),
        ("stress/differs.slow", "(told: )", "（报告的结果：没有报告）"),
        ("stress/differs.slow", "DATA", "DATA"),
        ("dialogue/never", "no NUL", "不得有 NUL"),
        ("dialogue/different", "a command", "a command"),
        ("", "a command", "a command"),
        ("line-end.none", "something new", "something new"),
        ("line-end.none", "no SUCH thing", "no SUCH thing"),
    ],
)
def test_what_was_expected(key: str, value: str, chinese: str) -> None:
    assert localized("expected", value, "zh", key) == chinese
    assert localized("expected", value, "en", key) == value


@pytest.mark.parametrize(
    ("key", "value", "chinese"),
    [
        ("8bit-content.command", "octets above 127", "大于 127 的字节"),
        ("binary.text", "the message", "邮件内容"),
        ("composition.control", "octet 12", "值为 12 的字节"),
        ("composition.message-id", "(nothing)", "（没有内容）"),
        ("composition.no-message-id", "no such field", "没有这个字段"),
        ("header-invalid.twice", "several fields To:", "多个 To: 字段"),
        ("no-quit.greeting", "the connection was closed", "连接被关闭"),
        ("resumed-at-once", "a new connection after 0.3 s", "0.3 秒之后的新连接"),
        ("silence.waiting", "silence", "没有动静"),
        ("text-line-length", "1200 octets", "1200 个字节"),
        ("clear-text-before-tls", "(empty line)", "（空行）"),
        ("stress/differs.split", "EHLO (before the reply)", "EHLO（在应答之前）"),
        (
            "stress/differs.slow",
            "(message: from to; body of 82 octets, f44aa253)",
            "（邮件：from to；正文 82 个字节，f44aa253）",
        ),
    ],
)
def test_what_was_observed(key: str, value: str, chinese: str) -> None:
    assert localized("observed", value, "zh", key) == chinese
    assert localized("observed", value, "en", key) == value


@pytest.mark.parametrize("word", FATES)
def test_what_a_client_reports_is_told_as_everywhere(word: str) -> None:
    assert localized("observed", word, "zh", "reported.false-success") == FATES[word]


OWN = (
    *EXPECTED,
    *FATES,
    *(said for phrases in OBSERVED.values() for said in phrases if not said.startswith("(")),
    *("1200 octets", "octet 12", "several fields To:", "a new connection after 0.3 s", "EHLO (before the reply)"),
)


@pytest.mark.parametrize(
    "key",
    ["sent-before-reply", "early-talker", "unknown-verb", "command-length", "composition.long-line", "message-changed"],
)
def test_a_line_of_a_client_is_not_translated(key: str) -> None:
    for line in OWN:
        assert localized("observed", line, "zh", key) == line
        assert facts_in("zh", key, [("text", line)]) == {"text": line}


@pytest.mark.parametrize("key", sorted(GIVEN))
def test_a_line_of_the_message_is_not_translated(key: str) -> None:
    for line in (*OWN, "(empty line)", "the message", "no NUL"):
        assert localized("expected", line, "zh", key) == line
    assert localized("observed", "(empty line)", "zh", key) == "(empty line)"


@pytest.mark.parametrize("start", ["", "(message: ", "MAIL without ", "a field ", "at most ", "EHLO ("])
def test_long_lines_take_no_time(start: str) -> None:
    line = start + "A, 1; or -" * 20_000
    for name in ("expected", "observed"):
        for key in ("parameter-not-offered", "stress/differs.slow", "text-line-length"):
            assert localized(name, line, "zh", key) == line
