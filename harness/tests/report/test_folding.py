from __future__ import annotations

from dataclasses import replace

import pytest
import sample_run
from sample_run import Tape, hundred

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import CaseResult, Status
from smtpwitness.report.folding import LEAST, Fold, alike, blocks, folded_events, folds, homes, places


def test_of_what_repeats_the_first_two_and_the_last_stay() -> None:
    assert folds(list("x" + "a" * 20 + "y")) == (Fold(3, 20),)
    assert folds(list("x" + "ab" * 20 + "y")) == (Fold(5, 39),)
    assert folds(list("abcabcabc" * 9)) == ()


def test_a_few_are_not_worth_folding() -> None:
    assert folds(["a"] * (LEAST + 2)) == ()
    assert folds(["a"] * (LEAST + 3)) == (Fold(2, LEAST + 2),)


def test_what_is_like_nothing_is_never_folded() -> None:
    assert folds([None] * 50) == ()
    assert folds([*("a" * 15), None, *("a" * 15)]) == (Fold(2, 14), Fold(18, 30))
    assert folds(["a", None] * 20) == ()


def test_places_are_each_told_once_and_in_order() -> None:
    found = folds(list("x" + "a" * 20 + "ybbbbbbbbbbbbbbb"))
    told = list(places(37, found))
    assert told == [0, 1, 2, Fold(3, 20), 20, 21, 22, 23, Fold(24, 36), 36]
    assert sum(one.count if isinstance(one, Fold) else 1 for one in told) == 37


# --- of a case


def hidden(case: CaseResult) -> set[int]:
    """The numbers of the folded rows."""
    return {number for fold in alike(case) for number in range(fold.start, fold.end)}


def test_a_hundred_recipients_are_folded_but_not_what_stands_around_them() -> None:
    assert alike(hundred()) == (Fold(5, 199),)
    case = hundred()
    assert folded_events(case) == {seq for row in case.steps[5:199] for seq in row.events}


@pytest.mark.parametrize(
    "case",
    [
        hundred(reply=b"452 4.5.3 Too many recipients\r\n"),
        hundred(reply=b"250 2.1.5 OK\r\n"),
        hundred(reply=b"250 2.1.5 Ok\n"),
    ],
    ids=["refused", "worded otherwise", "with another line end"],
)
def test_a_reply_that_differs_is_shown(case: CaseResult) -> None:
    assert 2 * 50 + 2 not in hidden(case)
    assert len(hidden(case)) > 150


@pytest.mark.parametrize("line", [b"RCPT TO:<r@example.test>\n", b"RSET\r\n"])
def test_a_command_that_differs_is_shown(line: bytes) -> None:
    case = hundred(odd=line)
    assert 2 * 50 + 1 not in hidden(case)
    assert len(hidden(case)) > 150


@pytest.mark.parametrize("status", [Status.DIFFERENT, Status.EXTRA, Status.MISSING, Status.UNMET])
def test_a_row_that_is_not_as_expected_is_shown(status: Status) -> None:
    case = hundred()
    rows = tuple(replace(row, status=status) if number in (101, 61) else row for number, row in enumerate(case.steps))
    assert hidden(case) - hidden(replace(case, steps=rows)) >= {61, 101}
    every = tuple(replace(row, status=status) for row in case.steps)
    assert alike(replace(case, steps=every)) == ()


@pytest.mark.parametrize("about", [{"step": 101}, {"events": (107, 108)}])
def test_a_row_that_a_finding_is_about_is_shown(about: dict[str, object]) -> None:
    finding = Finding("r", "sample.no-quit", Verdict.NOTE, **about)  # type: ignore[arg-type]
    case = hundred(findings=(finding,))
    told = {number for number, row in enumerate(case.steps) if number == finding.step or set(row.events) & {107, 108}}
    assert hidden(case).isdisjoint({101} if finding.step else told)
    assert len(hidden(case)) > 150


def test_a_row_after_a_long_wait_is_shown() -> None:
    case = hundred()
    late = next(iter(case.steps[120].events))
    events = tuple(
        replace(one, begun=one.begun + 2_000_000_000, at=one.at + 2_000_000_000) if one.seq >= late else one
        for one in case.transcript
    )
    assert 120 not in hidden(replace(case, transcript=events))


def test_secrets_and_messages_are_shown() -> None:
    tape = Tape()
    for _ in range(30):
        tape.secret("{password:base64}")
    assert alike(sample_run.case(tape, "auth/x")) == ()
    tape = Tape()
    for _ in range(30):
        tape.content(b"x\r\n.\r\n")
    assert alike(sample_run.case(tape, "data/x")) == ()


def test_a_row_whose_event_is_not_there_is_shown() -> None:
    assert alike(replace(hundred(), transcript=())) == ()


def test_blocks_hold_every_event_once() -> None:
    events = hundred().transcript
    found = tuple(blocks(events, frozenset({2, 3, 4, 9, events[-1].seq})))
    assert sum(found, ()) == events
    assert [len(one) for one in found if len(one) > 1] == [3]
    (folded,) = (one for one in blocks(events, folded_events(hundred())) if len(one) > 1)
    assert {event.seq for event in folded} == folded_events(hundred())


def test_every_event_has_a_home() -> None:
    first, *rest = hundred().transcript[:5]
    assert homes([(first,), tuple(rest)]) == {1: "event-1"} | dict.fromkeys((2, 3, 4, 5), "events-2")
