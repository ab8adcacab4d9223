"""What the rules expect is told in Chinese, too: their own sources say which phrases there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from smtpwitness.judge import rules
from smtpwitness.model.texts import TEXTS
from smtpwitness.model.texts.expected import EXPECTED, EXPECTED_WITH, GIVEN, OBSERVED, OBSERVED_WITH
from smtpwitness.model.texts.values import FATES, facts_in, localized

HAN = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile("[\u4e00-\u9fff][,:;()?!]|[,:;()?!][\u4e00-\u9fff]")
KEYS = tuple(key.removesuffix(".what") for key in TEXTS if key.endswith(".what"))

PROTOCOL = frozenset(
    [
        *("QUIT", "EHLO", "FIN", "CRLF", "CRLF . CRLF", "UTF-8", "MIME-Version: 1.0", "SIZE=294"),
        *("<mailbox@domain>", "local-part@domain", "<bob@example.test>", "MAIL FROM:<...>", "RCPT TO:<...>"),
    ]
)
"""Phrases that stand on Chinese pages as they are."""

NOT_OURS = {
    "content": {"short(right)", "short(found.given)", "given"},
    "international": {"texts[0]"},
    "parameters": {"breach.example", "_orcpt_of(first.mailbox)"},
    "reported": {"missed[0]"},
    "syntax": {"exchange.verb"},
}
"""What rules expect that is no phrase of theirs, by module: a line of the message, an example, a verb, a fate."""

AMBIGUOUS = {("international", "nothing")}
"""What a rule may observe in its own words, by module, and in a client's under the same key: it stays as it is."""

SAMPLES = {
    "exchange.verb": ["RCPT"],
    "hello": ["EHLO"],
    "hits[0].verb": ["MAIL"],
    "length": ["1200"],
    "limit": ["512"],
    "name": ["SIZE"],
    "name.title()": ["Date"],
    "one.verb": ["VRFY"],
    "shorter": ["bob@example.test"],
    "size": ["294"],
    "verb": ["HELO"],
    "waited_for": ["0.0"],
    "wanted": ["SIZE", "8BITMIME or BINARYMIME", "an extension that brings it"],
}
"""What stands in the place of a value that is known only when a rule runs."""


@dataclass(frozen=True)
class Unknown:
    """An expression whose values cannot be told from the source."""

    source: str


Scope = ast.FunctionDef | None


@dataclass(frozen=True)
class Module:
    """The source of a rule module."""

    name: str
    tree: ast.Module

    @cache  # noqa: B019 - there are two dozen modules
    def signatures(self) -> dict[str, list[str]]:
        """The parameters of its functions, and the fields of its dataclasses."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                found[node.name] = [one.arg for one in (*node.args.args, *node.args.kwonlyargs)]
            elif isinstance(node, ast.ClassDef):
                fields = (one.target for one in node.body if isinstance(one, ast.AnnAssign))
                found[node.name] = [one.id for one in fields if isinstance(one, ast.Name)]
        return found

    @cache  # noqa: B019
    def nodes(self) -> list[tuple[Scope, ast.AST]]:
        """Everything in it, with the function that it stands in."""
        inside = [(one, list(ast.walk(one))) for one in ast.walk(self.tree) if isinstance(one, ast.FunctionDef)]
        seen = {id(node) for _, nodes in inside for node in nodes}
        outside = [(None, node) for node in ast.walk(self.tree) if id(node) not in seen]
        return [*((scope, node) for scope, nodes in inside for node in nodes), *outside]

    @cache  # noqa: B019
    def tables(self) -> dict[str, ast.Dict]:
        """Its dicts, by name."""
        assigned = (one for one in self.tree.body if isinstance(one, ast.Assign))
        return {ast.unparse(one.targets[0]): one.value for one in assigned if isinstance(one.value, ast.Dict)}

    def values(self, node: ast.expr, scope: Scope) -> Iterator[str | Unknown]:
        """Every text that *node* may stand for."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield from map("".join, product(*(self.filled(part, scope) for part in parts)))
            case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
                yield from self.values(one, scope)
                yield from self.values(other, scope)
            case ast.Subscript(value=ast.Name(id=name)) if name in self.tables():
                for value in self.tables()[name].values:
                    yield from self.values(value, None)
            case ast.Attribute(attr="expected"):  # a field of a dataclass, whose calls are looked at
                pass
            case ast.Name(id=name):
                yield from self.named(name, scope)
            case _:
                yield Unknown(ast.unparse(node))

    def filled(self, part: ast.expr, scope: Scope) -> list[str]:
        """A piece of an f-string."""
        if not isinstance(part, ast.FormattedValue):
            return [str(one) for one in self.values(part, scope)]
        found = list(self.values(part.value, scope))
        texts = [one for one in found if isinstance(one, str)]
        return texts if texts and texts == found else SAMPLES[ast.unparse(part.value)]

    def named(self, name: str, scope: Scope) -> Iterator[str | Unknown]:
        """What a name is bound to: nothing for a parameter, whose calls are looked at."""
        if scope and name in self.signatures()[scope.name]:
            return
        bound = False
        for node in ast.walk(scope or self.tree):
            if isinstance(node, ast.Assign):
                target, value = node.targets[0], node.value
            elif isinstance(node, ast.For):
                target, value = node.target, node.iter
            else:
                continue
            for found in self.bound(name, target, value, scope, loop=isinstance(node, ast.For)):
                bound = True
                yield found
        if not bound and scope:
            yield from self.named(name, None)
        elif not bound:
            yield Unknown(name)

    def bound(
        self, name: str, target: ast.expr, value: ast.expr, scope: Scope, *, loop: bool
    ) -> Iterator[str | Unknown]:
        """What *name* is after *target* has become *value*, or one of its elements."""
        if isinstance(target, ast.Name):
            if target.id == name:
                yield from [Unknown(name)] if loop else self.values(value, scope)
            return
        if not isinstance(target, ast.Tuple):
            return
        names = [ast.unparse(one) for one in target.elts]
        inner = target.elts[0]
        if loop and isinstance(inner, ast.Tuple) and name in (keys := [ast.unparse(one) for one in inner.elts]):
            yield from self.yielded(keys.index(name), len(keys))
        elif name not in names:
            return
        elif isinstance(value, ast.Tuple) and loop:
            for row in value.elts:
                assert isinstance(row, ast.Tuple)
                yield from self.values(row.elts[names.index(name)], scope)
        elif isinstance(value, ast.Tuple):
            yield from self.values(value.elts[names.index(name)], scope)
        elif isinstance(value, ast.Subscript) and (table := self.tables().get(ast.unparse(value.value))):
            for row in table.values:
                assert isinstance(row, ast.Tuple)
                yield from self.values(row.elts[names.index(name)], None)
        else:
            yield Unknown(name)

    def yielded(self, at: int, length: int) -> Iterator[str | Unknown]:
        """What stands there in the tuples of that length that its functions yield."""
        for scope, node in self.nodes():
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == length:
                yield from self.values(node.value.elts[at], scope)


MODULES = [
    Module(path.stem, ast.parse(path.read_text("utf-8"))) for path in sorted(Path(rules.__file__).parent.glob("*.py"))
]
SHARED = next(one for one in MODULES if one.name == "observation").signatures()


def argument(call: ast.Call, parameters: list[str], name: str) -> ast.expr | None:
    """What *call* passes as *name*."""
    given = {one.arg: one.value for one in call.keywords}
    at = parameters.index(name)
    return given.get(name) or (call.args[at] if at < len(call.args) else None)


def passed(module: Module, name: str) -> Iterator[str | Unknown]:
    """Every text that the calls in *module* pass as the parameter *name*."""
    signatures = {**SHARED, **module.signatures()}
    for scope, node in module.nodes():
        if isinstance(node, ast.Call):
            parameters = signatures.get(ast.unparse(node.func).rpartition(".")[2], [])
            value = argument(node, parameters, name) if name in parameters else None
            if value is not None:
                yield from module.values(value, scope)


def expected_in(module: Module) -> tuple[set[str], set[str]]:
    """The phrases that rules of *module* expect, and what cannot be told."""
    found = list(passed(module, "expected"))
    return {one for one in found if isinstance(one, str)}, {one.source for one in found if isinstance(one, Unknown)}


PHRASES = sorted({phrase for module in MODULES for phrase in expected_in(module)[0]})


def test_the_sources_say_what_rules_expect() -> None:
    assert len(PHRASES) > 150
    assert {
        "CRLF at the end of the line",  # an argument
        "an end",  # an argument of a function of the module
        "the message, then the dot",
        "a date such as `Mon, 23 Nov 2026 10:00:00 +0800`",  # a constant
        "RSET first",  # columns of tables
        "the next command, and one CRLF behind each",
        "no NUL",  # a field of a dataclass
        "at most 512 octets",  # an f-string
        "MAIL without SIZE, because the reply to EHLO does not list 8BITMIME or BINARYMIME",
        "MAIL without SMTPUTF8: all is ASCII",
        "<mailbox@domain>, without blanks",  # what another function yields
        "a name in ASCII: A-labels, `xn--...`",
    } <= set(PHRASES)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_is_no_phrase_is_known(module: Module) -> None:
    assert expected_in(module)[1] == NOT_OURS.get(module.name, set())


@pytest.mark.parametrize("phrase", PHRASES)
def test_what_a_rule_expects_has_chinese(phrase: str) -> None:
    chinese = localized("expected", phrase, "zh", "line-end.none")
    assert (chinese == phrase) if phrase in PROTOCOL else HAN.search(chinese), phrase
    assert localized("expected", phrase, "en", "line-end.none") == phrase


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_a_rule_says_that_it_observed_has_chinese(module: Module) -> None:
    ids = {rule.id for rule in rules.RULES if rule.check.__module__.endswith(f".{module.name}")}
    keys = [key for key in KEYS if key.partition(".")[0] in ids]
    for phrase in passed(module, "observed"):
        if isinstance(phrase, str) and phrase not in ("", "RST") and (module.name, phrase) not in AMBIGUOUS:
            assert any(HAN.search(localized("observed", phrase, "zh", key)) for key in keys), phrase


def test_no_chinese_is_left_over() -> None:
    assert set(EXPECTED) <= set(PHRASES)
    for pattern, _ in EXPECTED_WITH:
        assert any(pattern.fullmatch(phrase) for phrase in PHRASES), pattern.pattern
    words = {node.value for module in MODULES for node in ast.walk(module.tree) if isinstance(node, ast.Constant)}
    by_rules = {owner: phrases for owner, phrases in OBSERVED.items() if owner != "stress/differs"}
    assert {said for phrases in by_rules.values() for said in phrases} <= words | {"a lone CR", "a lone LF"}


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
    *PHRASES,
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
