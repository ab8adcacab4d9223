from __future__ import annotations

import pytest

from smtpwitness.model.run import Process
from smtpwitness.report.terminal import CHARACTERS, LINES, Screen, screen, terminal_html


def flat(shown: Screen) -> list[list[tuple[str, str]]]:
    return [[(span.style, span.text) for span in line] for line in shown.lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a\nb\n", [[("", "a")], [("", "b")]]),
        ("a\r\n\nb", [[("", "a")], [], [("", "b")]]),
        ("\x1b[1;31mred\x1b[0m plain", [[("ansi-red bold", "red"), ("", " plain")]]),
        ("\x1b[32mtwo\nlines\x1b[39m", [[("ansi-green", "two")], [("ansi-green", "lines")]]),
        ("\x1b[1mb\x1b[22mn\x1b[93my", [[("bold", "b"), ("", "n"), ("ansi-yellow", "y")]]),
        ("\x1b[38;5;1mp\x1b[mq", [[("", "p"), ("", "q")]]),
        ("\x1b]0;title\x07x\x1b[2J\x1b[Hy", [[("", "x"), ("", "y")]]),
        ("over\rwrite", [[("", "over"), ("", "\\x0d"), ("", "write")]]),
        ("\x00\u202e", [[("", "\\x00\\xe2\\x80\\xae")]]),
        ("a\tb", [[("", "a       b")]]),
    ],
)
def test_colours_are_kept_and_all_other_control_is_not(text: str, expected: list[list[tuple[str, str]]]) -> None:
    assert flat(screen(text)) == expected


def test_the_screen_is_bounded() -> None:
    shown = screen("y\n" * 10_000)
    assert (len(shown.lines), shown.more) == (LINES, 10_000 - LINES)
    assert flat(screen("z" * 1000)) == [[("", "z" * CHARACTERS), ("", f"{1000 - CHARACTERS}")]]
    assert screen("\n" * 2**20).more > 0
    assert len(screen("\x1b[31mab\x1b[0m" * 5000).lines[0]) <= CHARACTERS + 1


@pytest.mark.parametrize(
    ("process", "said"),
    [
        (Process(0, duration_ms=12), "exit status 0, after 12 ms"),
        (Process(None, signal="SIGKILL"), "ended by SIGKILL"),
        (Process(None, timed_out=True, signal="SIGKILL", duration_ms=30_000), "stopped by the harness after 30.0 s"),
        (Process(None), "unknown"),
        (Process(1, stderr="bad"), "standard error"),
        (Process(1, stdout="x", cut=True), "the output was longer"),
    ],
)
def test_the_window_says_how_it_ended(process: Process, said: str) -> None:
    assert said in terminal_html(process, "client")


def test_the_window_escapes() -> None:
    html = terminal_html(Process(0, stdout="<script>", stderr="<b>"), "<i>")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "$ &lt;i&gt;" in html


def test_a_screen_may_be_smaller() -> None:
    shown = screen("one\ntwo\nthree\n", 2)
    assert (len(shown.lines), shown.more) == (2, 1)
    page = terminal_html(Process(0, stdout="one\ntwo\nthree\n"), "x", "en", 2)
    assert "two" in page
    assert "three" not in page
