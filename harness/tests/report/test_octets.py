from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.transcript import Secrecy, Secret
from smtpwitness.report.octets import Piece, Shown, fitted, is_plain, quoted, show, show_text, visible, width


def flat(shown: Shown) -> list[list[tuple[str, str]]]:
    return [[(piece.kind, piece.text) for piece in line] for line in shown.lines]


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", []),
        (b"QUIT\r\n", [[("text", "QUIT")]]),
        (b"QUIT\n", [[("text", "QUIT"), ("mark", "LF")]]),
        (b"QUIT\r", [[("text", "QUIT"), ("mark", "CR")]]),
        (b"QUIT", [[("text", "QUIT"), ("mark", "none")]]),
        (b"\r\n", [[]]),
        (b"a\nb\r\n", [[("text", "a"), ("mark", "LF")], [("text", "b")]]),
        (b"NOOP \t\r\n", [[("text", "NOOP"), ("blank", " "), ("blank", "\t")]]),
        ("主题\r\n".encode(), [[("text", "主题")]]),
        (b"a\x00\xffb\r\n", [[("text", "a"), ("escape", "\\x00\\xff"), ("text", "b")]]),
        ("\u202e".encode() + b"\r\n", [[("escape", "\\xe2\\x80\\xae")]]),
    ],
)
def test_octets_are_readable(octets: bytes, expected: list[list[tuple[str, str]]]) -> None:
    assert flat(show(octets)) == expected


def test_a_secret_is_one_piece_and_its_stand_in_does_not_show() -> None:
    secret = Secret(11, 19, Secrecy.PLAIN, "base64")
    shown = show(b"AUTH PLAIN KioqKioq\r\n", (secret,))
    assert shown.lines == ((Piece("text", "AUTH PLAIN "), Piece("secret", "", secret)),)


def test_a_secret_belongs_to_its_line() -> None:
    secret = Secret(3, 7, Secrecy.PASSWORD)
    shown = show(b"a\r\n****\r\nb\r\n", (secret,))
    assert flat(shown) == [[("text", "a")], [("secret", "")], [("text", "b")]]


def test_lines_are_bounded_and_the_rest_is_counted() -> None:
    shown = show(b"x\r\n" * 10 + b"y", lines=4)
    assert len(shown.lines) == 4
    assert shown.more == 7


def test_a_long_line_is_bounded_and_the_rest_is_counted() -> None:
    shown = show("汉".encode() * 1000 + b"\r\n", characters=10)
    assert flat(shown) == [[("text", "汉" * 10), ("more", "2,970")]]


def test_text_knows_no_wrong_line_end() -> None:
    assert flat(show_text("a\tb\nc")) == [[("text", "a       b")], [("text", "c")]]


def test_visible_is_one_harmless_line() -> None:
    assert visible("a\nb\x1b\u202e") == "a\\x0ab\\x1b\\xe2\\x80\\xae"
    assert visible("abcdef", 3) == "abc…"
    assert visible("x\ud800y") == "x\ufffdy"
    assert visible("x\udcffy") == "x\\xffy"


@given(st.binary(max_size=400))
def test_nothing_unprintable_gets_through_and_the_text_is_whole(octets: bytes) -> None:
    shown = show(octets)
    pieces = [piece for line in shown.lines for piece in line]
    assert all(is_plain(char) for piece in pieces if piece.kind != "blank" for char in piece.text)
    assert {piece.text for piece in pieces if piece.kind == "blank"} <= {" ", "\t"}
    assert shown.more == 0 or len(shown.lines) == 200


@given(st.text(max_size=200))
def test_visible_is_printable(text: str) -> None:
    assert all(map(is_plain, visible(text)))


def test_a_chinese_letter_is_as_wide_as_two_others() -> None:
    assert width("汉a") == 3
    assert width("") == 0


@pytest.mark.parametrize(
    ("octets", "said"),
    [(b"QUIT\r\n", "QUIT"), (b"a\rb\x00\xff\r\n", "a\\x0db\\x00\\xff"), (b"x" * 9, "xxxxx…"), (b"", "")],
)
def test_octets_on_one_line(octets: bytes, said: str) -> None:
    assert quoted(octets, 5) == said


def test_labels_are_cut_by_columns() -> None:
    assert fitted("abc", 3) == "abc"
    assert fitted("abcd", 3) == "ab…"
    assert fitted("汉字汉字", 5) == "汉字…"
