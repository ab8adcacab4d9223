"""Values in texts that are words of ours, not octets of a client's: their Chinese.

In English they stand as the judge wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from . import expected
from .expected import EXPECTED, EXPECTED_WITH, GIVEN, OBSERVED_WITH, Patterns
from .pages import PAGES

FATES = {
    key.removeprefix("fate."): texts["zh"].partition("（")[0] for key, texts in PAGES.items() if key.startswith("fate.")
}
"""As on the pages, without the class of reply codes in brackets."""

SAID = {
    "the message": "邮件内容",
    "the greeting": "问候语",
    "the SASL response": "SASL 响应",
    "a line": "一行",
    "(empty line)": "（空行）",
    "(a connection)": "（一个连接）",
    "(password)": "（口令）",
    "(SASL exchange)": "（SASL 交互）",
    "(client closes the connection)": "（客户端关闭连接）",
    "(client sends close_notify and closes the connection)": "（客户端发送 close_notify 并关闭连接）",
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "said": FATES,
    "fate": FATES,
    "who": {"all": "所有收件人"},
    "reply": {"none": "无", "(empty line)": "（空行）"},
    "part": {"Subject": "主题", "text": "正文"},
    "early": {"no reply came": "没有应答"},
    "keyword": {"an extension that brings it": "带有它的扩展"},
    "hello": {"no hello": "没有 EHLO 或 HELO"},
    **dict.fromkeys(("line", "last", "then", "previous", "refused", "expected", "nearest"), SAID),
    "observed": {said: chinese for said, chinese in SAID.items() if said.startswith("(")},
}
"""Whole values, by the name of the fact. What was observed is a client's own line, but where it is in brackets."""

IN_BRACKETS = (
    (re.compile(r"\(message, ([0-9]+) octets\)"), r"（邮件，\1 个字节）"),
    (re.compile(r"\(message, ([0-9]+) octets so far\)"), r"（邮件，目前 \1 个字节）"),
    (re.compile(r"\(first ([0-9]+) octets of the message\)"), r"（邮件的前 \1 个字节）"),
    (re.compile(r"\(message: (\w+)\)"), r"（邮件：\1）"),
    (re.compile(r"\(TLS handshake, certificate: (.*)\)"), r"（TLS 握手，证书：\1）"),
    (re.compile(r"\(([A-Z0-9-]+) response\)"), r"（\1 响应）"),
    (re.compile(r"\(a connection to (\S+)\)"), r"（到 \1 的连接）"),
)

PATTERNS: Mapping[str, Patterns] = {
    "early": ((re.compile(r"([0-9.]+ ms) too early"), r"早了 \1"),),
    "keyword": ((re.compile(r"([A-Z0-9-]+) or ([A-Z0-9-]+)"), r"\1 或 \2"),),
    "counted": ((re.compile(r"([0-9]+) of ([0-9]+)"), r"\2 个中的 \1 个"),),
    **dict.fromkeys(("expected", "nearest"), (*IN_BRACKETS, (re.compile(r"no ([A-Z]+(?: .*)?)"), r"不得有 \1"))),
    "observed": IN_BRACKETS,
}
"""Values in which something of the client's stands, by the name of the fact."""

OBSERVED: Mapping[str, Mapping[str, str]] = {**expected.OBSERVED, "reported": FATES}
"""As in `expected`, and what a client reports."""

OUTCOME = "dialogue/outcome"
"""The key of a finding whose `expected` and `observed` are `WHO: FATE`, and may say what was reported."""

TOLD = re.compile(r"\(told: ([a-z, ]*)\)")
"""What a client told its user in the end, as a stressed run has it."""


def localized(name: str, value: str, language: str, key: str = "") -> str:
    """The *value* of the fact *name* of a finding that has the *key*, in the words of *language*."""
    if language == "en":
        return value
    if key == OUTCOME:
        return outcome(value)
    if name == "expected" and key in GIVEN:
        return value
    if told := TOLD.fullmatch(value) if key.startswith("stress/") else None:
        return f"（报告的结果：{'、'.join(FATES.get(one or 'unknown', one) for one in told[1].split(', '))}）"
    for words, patterns in _sources(name, key):
        if value in words:
            return words[value]
        for pattern, chinese in patterns:
            if match := pattern.fullmatch(value):
                return match.expand(chinese)
    return value


def _sources(name: str, key: str) -> Iterator[tuple[Mapping[str, str], Patterns]]:
    """Where the Chinese of a fact is to be looked for. What a rule expected is its own, all of it."""
    of_rule = key != "" and "/" not in key
    if name == "expected" and of_rule:
        yield EXPECTED, EXPECTED_WITH
    if name in ("expected", "observed"):
        yield from ((OBSERVED.get(one, {}), OBSERVED_WITH.get(one, ())) for one in (key, key.partition(".")[0]))
    if not (of_rule and (name == "expected" or key in GIVEN)):
        yield WORDS.get(name, {}), PATTERNS.get(name, ())


def outcome(value: str) -> str:
    """`bob@example.test: none, reported as failed`, `the message: declined or refused`."""
    who, colon, said = value.rpartition(": ")
    came, comma, told = said.partition(", reported as ")
    fate = " 或 ".join(FATES.get(one, one) for one in came.split(" or "))
    report = f"，报告为{FATES.get(told, told)}" if comma else ""
    return f"{SAID.get(who, who)}{'：' if colon else ''}{fate}{report}"


def facts_in(language: str, key: str, facts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The *facts* of a finding as they stand in its texts."""
    return {name: localized(name, value, language, key) for name, value in facts}
