"""Durations, sizes and counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smtpwitness.files.quantities import count, duration, mail_exchanger, size, span, times
from smtpwitness.model.scenario import Within


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300 ms", 0.3), ("2 s", 2.0), ("2 min", 120.0), ("0.8 timeout", 8.0), ("0 ms", 0.0), ("1.5 s", 1.5)],
)
def test_duration(text: str, seconds: float) -> None:
    assert duration(text).seconds(10.0) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("3 s", Within(0.0, 3.0)),
        ("0.5 to 3 timeout", Within(5.0, 30.0)),
        ("1 s to 2 timeout", Within(1.0, 20.0)),
        ("100 to 200 ms", Within(0.1, 0.2)),
    ],
)
def test_span(text: str, within: Within) -> None:
    made = span(text).within(10.0)
    assert (made.least, made.most) == (pytest.approx(within.least), pytest.approx(within.most))


@pytest.mark.parametrize(("text", "octets"), [("4096", 4096), ("200 kB", 204800), ("2 MB", 2097152), ("0.5 kB", 512)])
def test_size(text: str, octets: int) -> None:
    assert size(text) == octets


@pytest.mark.parametrize(("text", "made"), [("3", (3, 3)), ("1..2", (1, 2)), ("1..", (1, None)), ("0..1", (0, 1))])
def test_times(text: str, made: tuple[int, int | None]) -> None:
    assert times(text) == made


def test_count() -> None:
    assert count("3", 3) == 3


@pytest.mark.parametrize(("text", "made"), [("10 mx-1.example.test", (10, "mx-1.example.test")), ("0 .", (0, "."))])
def test_mail_exchanger(text: str, made: tuple[int, str]) -> None:
    assert mail_exchanger(text) == made


def _three(text: str) -> int:
    return count(text, 3)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((duration, text) for text in ("2", "2s", "soon", "-1 s", "2 hours", "2000 min", "1e3 s", "٣ s")),
        *((span, text) for text in ("3 to 1 s", "1 to 2", "to 3 s", "3 s to")),
        *((size, text) for text in ("big", "2 GB", "65 MB", "-1", "2kB")),
        *((times, text) for text in ("0", "2..1", "..2", "many", "0..0")),
        *((_three, text) for text in ("0", "4", "x", "", "٣")),
        *((mail_exchanger, text) for text in ("a.test", "10", "70000 a.test", "10 a", "10 A.test", "10  a.test")),
    ],
)
def test_wrong(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|is too|ends before|is never"):
        read(text)
