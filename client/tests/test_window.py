from __future__ import annotations

import io
import subprocess
import sys

import pytest

from rawsmtp.window import Window, readable


def shown(do):
    out = io.StringIO()
    do(Window(out))
    return out.getvalue().splitlines()


def test_both_sides():
    def dialogue(window):
        window.server(b"220 mx")
        window.client("EHLO x")
        window.note("TLSv1.3")
        window.say("完")

    assert shown(dialogue) == ["S: 220 mx", "C: EHLO x", "--- TLSv1.3", "完"]


def test_silence():
    Window().server(b"220 mx")


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"a\x1b[2Jb", r"a\x1b[2Jb"),
        (b"a\rb\0c\x7f", r"a\rb\x00c\x7f"),
        ("邮件".encode(), "邮件"),
        (b"\xff", r"\xff"),
        ("a\u202eb".encode(), r"a\u202eb"),
        ("\udc80", r"\udc80"),
        (b"x" * 1001, "x" * 1000 + "... (1001 characters)"),
    ],
)
def test_nothing_that_plays_tricks(octets, text):
    assert readable(octets) == text


@pytest.mark.parametrize(
    ("lines", "end"),
    [(39, "C: line 38"), (40, "C: line 39"), (41, "... (1 more line)"), (99, "... (59 more lines)")],
)
def test_the_beginning_of_a_message(lines, end):
    content = b"".join(b"line %d\r\n" % number for number in range(lines))
    seen = shown(lambda window: window.content(content))
    assert seen[0] == "C: line 0"
    assert seen[-1] == end
    assert len(seen) == min(lines, 41)


def test_an_empty_line_in_a_message():
    assert shown(lambda window: window.content(b"a: b\r\n\r\nc\r\n")) == ["C: a: b", "C:", "C: c"]


def test_when_nobody_looks_any_more():
    """The reader of a pipe goes away: printing goes on into nothing, and nothing is said at exit."""
    program = "import sys; from rawsmtp.window import Window; w = Window(sys.stdout); sys.stdin.read()\n"
    program += "for _ in range(3): w.note('x' * 900)"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(b"")
    assert (process.returncode, errors) == (0, b"")


def test_an_output_that_is_broken_altogether():
    class Broken(io.StringIO):
        def write(self, _):
            raise OSError

    window = Window(Broken())
    window.note("a")
    window.note("b")
