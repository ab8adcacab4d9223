"""A case in plain text: the first line says what went wrong, and nothing in it is longer or louder than it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import sample_run
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import CaseResult, Row, Status
from smtpwitness.model.scenario import Place
from smtpwitness.report.plain import OTHERS, explained

REQUIREMENTS = {one.id: one for one in sample_run.REQUIREMENTS}
FAILING = sample_run.failing()
ROOT = next(one for one in FAILING.findings if one.rule == FAILING.root_cause)

ENGLISH = """\
After the only recipient bob@uni.example.test was refused with 550, the client sent DATA and the whole message.
faults/rcpt-all-5yz[550], client rawsmtp, server coremail.test: fail
rule         goes-on-after-refusal
requirement  RFC5321-3.3-e MUST NOT (RFC 5321, section 3.3): Message data is not sent unless a 354 reply was received.
expected     RSET, QUIT or another RCPT
observed     DATA
where        scenarios/coursework/auth-login-coremail.smtp.yaml:1:1
why          The server has nobody to deliver to. A client that does not read the 550 believes it has sent a message \
that nobody will ever get.
mend         Read the reply to each RCPT (550 here); go on to DATA only if at least one began with 2.
also         warn: line-ends: 1 lines end in a lone LF instead of CR LF.
also         warn: no-quit: The client closed the connection without QUIT."""

CHINESE = """\
唯一的收件人 bob@uni.example.test 被 550 拒绝之后，客户端仍然发送了 DATA 和整封邮件。
faults/rcpt-all-5yz[550]，客户端 rawsmtp，服务器 coremail.test：不通过
规则    goes-on-after-refusal
要求    RFC5321-3.3-e MUST NOT (RFC 5321, section 3.3): Message data is not sent unless a 354 reply was received.
期望    RSET, QUIT or another RCPT
实际    DATA
最接近  MAIL
位置    scenarios/coursework/auth-login-coremail.smtp.yaml:1:1
原因    服务器没有可以投递的收件人。客户端不看 550，就会以为邮件已经发出，而实际上谁也收不到。
修正    读取每个 RCPT 的应答（此处为 550）；只有至少一个应答以 2 开头时才能发送 DATA。
另有    警告：line-ends：有 1 行以单独的 LF 而不是 CR LF 结束。
另有    警告：no-quit：客户端没有发送 QUIT 就关闭了连接。"""


def with_root(case: CaseResult = FAILING, facts: Mapping[str, str] | None = None, **values: object) -> CaseResult:
    """*case* with its root cause changed."""
    root = replace(ROOT, facts=(*ROOT.facts, *(facts or {}).items()), **values)  # type: ignore[arg-type]
    return replace(case, findings=tuple(root if one is ROOT else one for one in case.findings))


def told(case: CaseResult, label: str, language: str = "en") -> list[str]:
    """What stands behind *label*."""
    lines = explained(case, REQUIREMENTS, language).split("\n")
    return [line.removeprefix(label).strip() for line in lines[2:] if line.startswith(label + " ")]


def test_what_which_case_which_rule_and_how_to_mend_it() -> None:
    assert explained(FAILING, REQUIREMENTS) == ENGLISH


def test_it_speaks_chinese_and_its_columns_are_straight() -> None:
    text = explained(with_root(facts={"nearest": "MAIL"}), REQUIREMENTS, "zh")
    assert text == CHINESE
    starts = {cell_len(line) - cell_len(line.split(maxsplit=1)[1]) for line in text.split("\n")[2:]}
    assert starts == {8}


# --- what it is about -------------------------------------------------------------------------------------------


def test_a_finding_without_a_requirement_or_with_one_that_is_unknown_names_none() -> None:
    assert told(with_root(requirement=None), "requirement") == []
    assert told(with_root(requirement="RFC0000-0-x"), "requirement") == []
    assert told(FAILING, "requirement")


@pytest.mark.parametrize(
    ("expected", "observed", "lines"),
    [
        ("QUIT", "DATA", (["QUIT"], ["DATA"])),
        ("QUIT", "", (["QUIT"], ["-"])),
        ("", "DATA", (["-"], ["DATA"])),
        ("", "", ([], [])),
    ],
)
def test_expected_and_observed_stand_together(expected: str, observed: str, lines: tuple[list[str], list[str]]) -> None:
    case = with_root(expected=expected, observed=observed)
    assert (told(case, "expected"), told(case, "observed")) == lines


def test_our_own_words_for_what_was_expected_are_chinese_in_chinese() -> None:
    case = with_root(expected="TLS first", observed="DATA")
    assert (told(case, "期望", "zh"), told(case, "实际", "zh")) == (["先建立 TLS"], ["DATA"])


LONG = "MAIL FROM:<" + "a" * 300 + ">"


@pytest.mark.parametrize(
    ("expected", "nearest", "lines"),
    [
        ("QUIT", "MAIL", ["MAIL"]),
        ("QUIT", "QUIT", []),  # it has been said
        ("QUIT", "", []),
        ("", "MAIL", ["MAIL"]),
        (LONG, LONG, []),
        (LONG, "RCPT", ["RCPT"]),
    ],
)
def test_the_nearest_step_is_named_where_it_is_another(expected: str, nearest: str, lines: list[str]) -> None:
    """Facts are cut after 120 characters (`judge.case`), what is expected is not."""
    facts = {"expected": expected[:120], "nearest": nearest[:120]}
    assert told(with_root(facts=facts, expected=expected), "nearest") == lines


def test_a_nearest_step_needs_no_other_fact() -> None:
    assert told(with_root(facts={"nearest": "MAIL"}), "nearest") == ["MAIL"]
    assert told(with_root(facts={"nearest": ROOT.expected}), "nearest") == []


@pytest.mark.parametrize(
    ("step", "where"),
    [
        (0, "own.smtp.yaml:7:5"),
        (1, "scenarios/coursework/auth-login-coremail.smtp.yaml:1:1"),  # the row stands in no file
        (2, "scenarios/coursework/auth-login-coremail.smtp.yaml:1:1"),  # there is no such row
        (None, "scenarios/coursework/auth-login-coremail.smtp.yaml:1:1"),
    ],
)
def test_where_it_stands_is_the_step_or_else_the_scenario(step: int | None, where: str) -> None:
    steps = (
        Row(1, "client", Status.DIFFERENT, place=Place("own.smtp.yaml", 7, 5)),
        Row(1, "client", Status.EXTRA),
    )
    assert told(with_root(replace(FAILING, steps=steps), step=step), "where") == [where]


def test_the_root_cause_is_told_wherever_it_stands() -> None:
    case = replace(FAILING, findings=tuple(reversed(FAILING.findings)))
    assert explained(case, REQUIREMENTS).startswith("After the only recipient")


# --- the others -------------------------------------------------------------------------------------------------


def other(number: int, verdict: Verdict) -> Finding:
    return Finding(f"rule-{number}", "sample.no-quit", verdict)


def test_the_other_findings_are_named_the_worst_first_but_for_notes() -> None:
    others = [
        other(1, Verdict.INCONCLUSIVE),
        other(2, Verdict.NOTE),
        other(3, Verdict.WARN),
        other(4, Verdict.FAIL),
        other(5, Verdict.PASS),
    ]
    lines = told(replace(FAILING, findings=(ROOT, *others)), "also")
    assert [line.split(": ")[:2] for line in lines] == [
        ["fail", "rule-4"],
        ["warn", "rule-3"],
        ["inconclusive", "rule-1"],
    ]


def test_who_breaks_too_much_is_told_how_much_more() -> None:
    exactly = tuple(other(number, Verdict.WARN) for number in range(OTHERS))
    lines = told(replace(FAILING, findings=(ROOT, *exactly)), "also")
    assert (len(lines), any("more" in line for line in lines)) == (OTHERS, False)
    lines = told(replace(FAILING, findings=(*exactly, ROOT, *exactly[:2])), "also")
    assert (len(lines), lines[-1]) == (OTHERS + 1, "… 2 more findings")


# --- without a finding ------------------------------------------------------------------------------------------


def test_where_there_is_no_finding_the_reason_comes_first() -> None:
    assert explained(sample_run.broken(), REQUIREMENTS) == (
        "the fake server could not listen: address in use\ncore/happy, client rawsmtp, server coremail.test: error"
    )


def test_where_there_is_no_reason_either_the_case_is_told() -> None:
    assert explained(sample_run.assignment(), {}) == (
        "coursework/auth-login-coremail, client rawsmtp, server coremail.test: pass"
    )


def test_a_root_cause_that_no_finding_has_is_none() -> None:
    case = replace(FAILING, root_cause="another", reason="who knows")
    assert explained(case, REQUIREMENTS).split("\n")[0] == "who knows"
    assert len(explained(case, REQUIREMENTS).split("\n")) == 2


# --- hostile ----------------------------------------------------------------------------------------------------

ESCAPED = 16  # characters that stand for one: four octets of UTF-8, each as \xNN
LONGEST = 3000 * ESCAPED


def check(text: str) -> None:
    """Nothing that a terminal would obey, bounded in both directions."""
    lines = text.split("\n")
    assert len(lines) <= 10 + OTHERS
    for line in lines:
        assert line.isprintable()
        assert line.strip()
        assert len(line) <= LONGEST


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_hostile_case_stays_on_its_lines(language: str) -> None:
    case = sample_run.hostile()
    requirement = replace(
        sample_run.REQUIREMENTS[0], id=str(case.findings[0].requirement), text="\x1b[31m\r\n" * 10_000
    )
    check(explained(case, {requirement.id: requirement}, language))


@pytest.mark.parametrize("evil", ["\0", "\x1b[2J\x1b]0;title\x07", "a\nfail\r\n", "\u2028\u202e\x9b", "\ud800\udcff"])
@pytest.mark.parametrize("times", [1, 1_000_000])
def test_hostile_text_is_shown_and_never_obeyed(evil: str, times: int) -> None:
    text = (evil * times)[: max(1_000_000, len(evil))]
    case = with_root(
        replace(
            FAILING,
            scenario="x/" + text,
            variant=(text,),
            client=text,
            server=text,
            place=Place(text, 1, 1),
            reason=text,
            steps=(Row(1, "client", Status.DIFFERENT, place=Place(text, 7, 5)),),
        ),
        rule=text,
        expected=text,
        observed=text,
        facts={"mailbox": text, "code": text, "nearest": "not " + text},
        step=0,
    )
    another = Finding("other " + text, "sample.lone-lf", Verdict.FAIL, facts=(("count", text),))
    case = replace(case, root_cause=text, findings=(*case.findings, another))
    check(explained(case, REQUIREMENTS))
    check(explained(replace(case, root_cause=None), REQUIREMENTS))
    assert len(told(case, "expected")) == len(told(case, "nearest")) == len(told(case, "where")) == 1


@given(st.text(st.characters(codec=None), max_size=40), st.sampled_from(["en", "zh"]))
def test_no_text_breaks_out_of_its_line(text: str, language: str) -> None:
    case = with_root(expected="x" + text, observed=text, facts={"mailbox": text, "nearest": "y" + text})
    lines = explained(case, REQUIREMENTS, language).split("\n")
    assert len(lines) == len(CHINESE.split("\n"))
    assert all(char.isprintable() or char == "\u3000" for line in lines for char in line)


def test_much_text_is_cut_and_it_is_told() -> None:
    (line,) = told(with_root(expected="x" * 1_000_000), "expected")
    assert line == "x" * 400 + "…"
