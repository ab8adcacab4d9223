"""The nearest step, and the one thing that differs."""

from __future__ import annotations

from smtpwitness.judge.nearmiss import differs_in, nearest


def test_nearest() -> None:
    steps = ["EHLO client.example.test", "MAIL FROM:<alice@example.test>", "QUIT"]
    assert nearest("mail from:<alicia@example.test>", steps) == steps[1]
    assert nearest("QUITT", steps) == "QUIT"
    assert nearest("anything", []) == ""


def test_differs_in() -> None:
    assert differs_in("RCPT TO:<bob@example.test>", "RCPT TO:<rob@example.test>") == "'r' for 'b'"
    assert differs_in("QUIT", "QUIT now") == "' now' for ''"
    assert differs_in("QUIT", "QUIT") == ""


def test_a_difference_that_comes_late_is_found_too() -> None:
    assert differs_in("x" * 300 + "a", "x" * 300 + "b") == "'b' for 'a'"
