"""What the player asks for."""

from __future__ import annotations

from smtpwitness.judge.actions import Say


def test_octets_are_the_pieces_together() -> None:
    assert Say((b"25", b"0 Ok\r\n")).octets == b"250 Ok\r\n"
    assert Say(()).octets == b""
