from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.transcript import Secrecy, Secret
from smtpwitness.report.aligned import aligned, fits
from smtpwitness.report.octets import Shown, show, show_text


def told(shown: Shown) -> list[str]:
    """Each line, what differs in brackets."""
    return ["".join(f"[{p.text}]" if p.kind == "differ" else p.text for p in line) for line in shown.lines]


@pytest.mark.parametrize(
    ("expected", "observed", "left", "right"),
    [
        ("QUIT", "QUIT", "QUIT", "QUIT"),
        ("MAIL FROM:<a@x.test>", "mail from:<a@x.test>", "MAIL FROM:<a@x.test>", "mail from:<a@x.test>"),
        ("MAIL FROM:<a@x.test>", "MAIL FROM:<b@x.test>", "MAIL FROM:<[a@x.test]>", "MAIL FROM:<[b@x.test]>"),
        ("MAIL FROM:<a> SIZE=3", "MAIL FROM:<a>", "MAIL FROM:<a>[ SIZE=3]", "MAIL FROM:<a>"),
        ("RCPT TO:<{recipient}>", "RCPT TO:<bob@x.test>", "RCPT TO:<{recipient}>", "RCPT TO:<bob@x.test>"),
        ("RCPT TO:<a>", "RCPT TO: <a>", "RCPT TO:<a>", "RCPT TO:[ ]<a>"),
        ("EHLO {helo}", "HELO a", "[EHLO] {helo}", "[HELO] a"),
        ("NOOP", "", "[NOOP]", ""),
    ],
)
def test_the_words_that_differ_are_marked(expected: str, observed: str, left: str, right: str) -> None:
    one, other = aligned(show_text(expected), show(observed.encode() + b"\r\n"))
    assert told(one) == [left]
    assert told(other) == [right]


def test_a_secret_fits_a_placeholder_only_and_stays_whole() -> None:
    secret = Secret(0, 8, Secrecy.PASSWORD, "base64")
    for expected, left in (("{password:base64}", "{password:base64}"), ("*", "[*]")):
        one, other = aligned(show_text(expected), show(b"KioqKioq\r\n", (secret,)))
        assert told(one) == [left]
        assert [piece.kind for piece in other.lines[0]] == ["secret"]


@pytest.mark.parametrize(
    ("pattern", "text", "whether"),
    [
        ("<{a}@x>", "<bob@x>", True),
        ("<{a}@x>", "<bob@y>", False),
        ("{a}.{b}", "1.2", True),
        ("{a}.{b}.{c}", "1.2", False),
        ("a{x}a", "a", False),
        ("...", "", True),
        ("a", "ab", False),
        ("x{a}", "y", False),
    ],
)
def test_a_placeholder_fits_any_text(pattern: str, text: str, whether: bool) -> None:
    assert fits(pattern, text) is whether


def text_of(shown: Shown) -> list[str]:
    return ["".join(piece.text for piece in line) for line in shown.lines]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_nothing_is_lost_or_added_by_marking(expected: bytes, observed: bytes) -> None:
    one, other = show(expected, ends=False), show(observed)
    left, right = aligned(one, other)
    assert (text_of(left), text_of(right)) == (text_of(one), text_of(other))
    assert {piece.kind for line in right.lines for piece in line} <= {"text", "differ", "escape", "mark", "blank"}


@given(st.text("ab {}.", max_size=30))
def test_a_line_does_not_differ_from_itself(text: str) -> None:
    one, other = aligned(show_text(text), show_text(text))
    assert "differ" not in {piece.kind for line in (*one.lines, *other.lines) for piece in line}
