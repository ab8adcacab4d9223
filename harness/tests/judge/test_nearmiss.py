"""The nearest step."""

from __future__ import annotations

from smtpwitness.judge.nearmiss import nearest


def test_nearest() -> None:
    steps = ["EHLO client.example.test", "MAIL FROM:<alice@example.test>", "QUIT"]
    assert nearest("mail from:<alicia@example.test>", steps) == steps[1]
    assert nearest("QUITT", steps) == "QUIT"
    assert nearest("anything", []) == ""
