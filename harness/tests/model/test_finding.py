"""Verdicts and their order."""

from __future__ import annotations

from itertools import pairwise

from smtpwitness.model.finding import SEVERITY, Verdict, worst

ORDER = ["error", "fail", "warn", "inconclusive", "unsupported", "not-applicable", "note", "pass"]


def test_the_worst_comes_first() -> None:
    assert sorted(Verdict, key=SEVERITY.__getitem__) == ORDER
    for worse, better in pairwise(Verdict):
        assert worst([better, worse, better]) is worse


def test_nothing_found_is_a_pass() -> None:
    assert worst([]) is Verdict.PASS
