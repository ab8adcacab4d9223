"""Replies as octets, and the writes that they are sent in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import job, raw, says, silent

from smtpwitness.judge.pattern import Values
from smtpwitness.judge.speech import octets, pieces
from smtpwitness.model.scenario import Reply

VALUES = Values(job(), queue_id="Q1")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (says("250 Ok"), b"250 Ok\r\n"),
        (says("250-a", "250 b"), b"250-a\r\n250 b\r\n"),
        (says("250 queued as {queue-id} for {sender}"), b"250 queued as Q1 for alice@example.test\r\n"),
        (raw("250 no end"), b"250 no end"),
        (raw(""), b""),
        (raw("ab", times=3), b"ababab"),
        (raw("250 {queue-id}"), b"250 Q1"),
        (says("250 Ok", times=2), b"250 Ok\r\n250 Ok\r\n"),
        (says("250 \u597d"), "250 \u597d\r\n".encode()),
        (silent("close"), b""),
    ],
)
def test_octets(reply: Reply, expected: bytes) -> None:
    assert octets(reply, VALUES) == expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (None, [b"250-a\r\n250 b\r\n"]),
        ("lines", [b"250-a\r\n", b"250 b\r\n"]),
        ("octets", [bytes([one]) for one in b"250-a\r\n250 b\r\n"]),
        ((1, 3), [b"2", b"50", b"-a\r\n250 b\r\n"]),
        ((3, 1, 3, 0, 99), [b"2", b"50", b"-a\r\n250 b\r\n"]),
    ],
)
def test_pieces(split: object, expected: list[bytes]) -> None:
    reply = replace(says("250-a", "250 b"), split=split)  # type: ignore[arg-type]
    assert list(pieces(octets(reply, VALUES), reply)) == expected


@pytest.mark.parametrize("how", [lambda: None, lambda: "lines", lambda: "octets", lambda: (1,)])
def test_nothing_is_sent_in_no_piece(how: Callable[[], object]) -> None:
    assert pieces(b"", replace(raw(""), split=how())) == ()  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    st.binary(max_size=40), st.none() | st.sampled_from(["lines", "octets"]) | st.lists(st.integers(0, 50)).map(tuple)
)
def test_pieces_are_never_empty_and_make_up_the_whole(said: bytes, split: object) -> None:
    sent = pieces(said, replace(raw(""), split=split))  # type: ignore[arg-type]
    assert b"".join(sent) == said
    assert all(sent)
