"""Text with placeholders."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpwitness.model.template import (
    ENCODINGS,
    Placeholder,
    Template,
    TemplateError,
    decoded_xtext,
    filler,
    filler_lines,
    parse,
    xtext,
)

NAMES = st.text("abcz0189 .-", min_size=1, max_size=8).map(str.strip).filter(bool)
PLACEHOLDERS = st.builds(Placeholder, NAMES, st.sampled_from(["", "base64", "xtext", "450"]))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{x}", (Placeholder("x"),)),
        ("a{ x : base64 }b", ("a", Placeholder("x", "base64"), "b")),
        ("{filler:450}", (Placeholder("filler", "450"),)),
        ("{{x}}", ("{x}",)),
        ("{{{x}}}", ("{", Placeholder("x"), "}")),
        ("{a}{b}", (Placeholder("a"), Placeholder("b"))),
        ("{lines to 4096}.x", (Placeholder("lines to 4096"), ".x")),
    ],
)
def test_parse(text: str, parts: tuple[str | Placeholder, ...]) -> None:
    assert parse(text) == Template(parts)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("ab{", 2, "without its '}'"),
        ("a}b", 1, "without its '{'"),
        ("{}", 0, "without a name"),
        ("x{ :y}", 1, "without a name"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, offset: int, message: str) -> None:
    with pytest.raises(TemplateError, match=message) as caught:
        parse(text)
    assert caught.value.offset == offset


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=6) | PLACEHOLDERS, max_size=6))
def test_what_is_written_reads_as_it_was(parts: list[str | Placeholder]) -> None:
    joined: list[str | Placeholder] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    template = Template(tuple(joined))
    assert parse(str(template)) == template


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_and_reads_the_same_again(text: str) -> None:
    with suppress(TemplateError):
        template = parse(text)
        assert parse(str(template)) == template


def test_names_and_fill() -> None:
    template = parse("MAIL FROM:<{sender}> {{{x:xtext}}}")
    assert template.names == {"sender", "x"}
    assert template.fill(lambda one: f"[{one.name}/{one.how}]") == "MAIL FROM:<[sender/]> {[x/xtext]}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("abc", "abc"), ("a+b=c", "a+2Bb+3Dc"), ("a b", "a+20b"), ("\u00e9~!", "+C3+A9~!"), ("\x7f", "+7F")],
)
def test_xtext(value: str, expected: str) -> None:
    assert xtext(value) == expected
    assert decoded_xtext(expected).encode("latin-1").decode() == value


def test_encodings() -> None:
    said = {how: encode("a+b") for how, encode in ENCODINGS.items()}
    assert said == {"": "a+b", "base64": "YSti", "xtext": "a+2Bb"}


@settings(deadline=None)
@given(st.integers(0, 500))
def test_filler(size: int) -> None:
    assert len(filler(size)) == size
    assert ("123456789." * 50).startswith(filler(size))


@pytest.mark.parametrize("size", range(2, 501))
def test_filler_lines_are_as_long_as_asked(size: int) -> None:
    for used in (0, 1, 17):
        text = filler_lines(size + used, used)
        assert len(text) == size
        assert text.endswith("\r\n")
        lines = text.split("\r\n")[:-1]
        assert max(map(len, lines)) <= 72
        assert not any(line.startswith(".") for line in lines)


def test_filler_lines_of_nothing_and_of_less() -> None:
    assert filler_lines(0) == filler_lines(10, 10) == filler_lines(10, 11) == ""
    assert filler_lines(1) == "\r\n"  # one octet is too few for a line end


def test_placeholders_are_written_as_they_are_read() -> None:
    assert str(Placeholder("x")) == "{x}"
    assert str(Placeholder("x", "base64")) == "{x:base64}"
