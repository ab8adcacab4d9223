"""The nearest step."""

from __future__ import annotations

from smtpwitness.judge.nearmiss import nearest


def test_nearest() -> None:
    steps = ["EHLO client.example.test", "MAIL FROM:<alice@example.test>", "QUIT"]
    assert nearest("mail from:<alicia@example.test>", steps) == steps[1]
    assert nearest("QUITT", steps) == "QUIT"
    assert nearest("anything", []) == ""


def test_what_repeats_one_letter_is_like_itself() -> None:
    steps = ["y", "x" * 199 + "w"]
    assert nearest("z" + "x" * 199, steps) == steps[1]
