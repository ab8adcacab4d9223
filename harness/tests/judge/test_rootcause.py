"""Which finding is to be mended first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.judge.rootcause import ENDINGS, FOLLOWS, root_cause
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.finding import Finding, Verdict


def found(rule: str, *events: int, verdict: Verdict = Verdict.FAIL) -> Finding:
    return Finding(rule, rule, verdict, events=events)


def cause(*findings: Finding) -> str | None:
    one = root_cause(findings)
    return one.rule if one else None


def test_nothing_to_mend() -> None:
    assert root_cause([]) is None
    assert root_cause([found("hello-name", 3, verdict=Verdict.NOTE)]) is None


def test_a_fail_comes_before_an_earlier_warning() -> None:
    assert cause(found("early-talker", 1, verdict=Verdict.WARN), found("angle-brackets", 9)) == "angle-brackets"


def test_warnings_count_where_nothing_failed() -> None:
    note, warning = found("hello-name", 1, verdict=Verdict.NOTE), found("early-talker", 2, verdict=Verdict.WARN)
    assert cause(note, warning) == "early-talker"


def test_the_earliest_wins() -> None:
    assert cause(found("went-on", 12), found("angle-brackets", 4)) == "angle-brackets"


def test_on_the_same_event_a_rule_says_more_than_a_difference() -> None:
    assert cause(found("dialogue/different", 4), found("angle-brackets", 4)) == "angle-brackets"


def test_a_guard_knows_why_something_came_too_soon() -> None:
    assert cause(found("sent-before-reply", 4), found("dialogue/never", 4)) == "dialogue/never"
    assert cause(found("sent-before-reply", 3), found("dialogue/never", 4)) == "sent-before-reply"
    assert cause(found("dialogue/never", 4), found("went-on", 4)) == "went-on"
    assert cause(found("dialogue/different", 4), found("sent-before-reply", 4)) == "sent-before-reply"


def test_an_earlier_difference_wins_over_a_later_rule() -> None:
    assert cause(found("angle-brackets", 6), found("dialogue/different", 4)) == "dialogue/different"


@pytest.mark.parametrize(
    ("consequence", "reason"),
    [
        ("silence", "line-end"),
        ("silence", "sent-before-reply"),
        ("silence", "dot-stuffing"),
        ("went-on", "sent-before-reply"),
        ("end-of-data", "content-line-end"),
        ("dialogue/message", "dot-stuffing"),
        ("dialogue/closed", "silence"),
        ("dialogue/outcome", "reported"),
        ("reported", "went-on"),
        ("no-quit", "silence"),
        ("no-quit", "dialogue/closed"),
    ],
)
def test_a_consequence_yields_wherever_it_stands(consequence: str, reason: str) -> None:
    assert cause(found(consequence, 1), found(reason, 5)) == reason


@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_how_it_ended_yields_to_any_fault(ending: str) -> None:
    assert cause(found(ending, 1), found("dialogue/different", 30)) == "dialogue/different"


def test_an_ending_alone_is_the_cause() -> None:
    assert cause(found("no-quit", 20), found("reported", 12)) == "reported"


def test_a_finding_without_events_comes_last() -> None:
    assert cause(found("dialogue/outcome"), found("dialogue/missing", 40)) == "dialogue/missing"


def test_the_table_names_rules_that_are_there() -> None:
    named = set(FOLLOWS).union(ENDINGS, *FOLLOWS.values())
    assert {name for name in named if not name.startswith("dialogue/")} <= RULE_IDS


NAMES = sorted(RULE_IDS | ENDINGS | set(FOLLOWS))


@given(st.lists(st.builds(found, st.sampled_from(NAMES), st.integers(0, 9)), min_size=1))
def test_there_is_always_one(findings: list[Finding]) -> None:
    """No circle in the table makes every fault the consequence of another."""
    assert root_cause(findings) in findings
