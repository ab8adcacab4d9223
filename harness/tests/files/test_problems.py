"""Problems are told once, in order, and not without end."""

from __future__ import annotations

import pytest

from smtpwitness.files.problems import MOST, Problem, Problems, ScenarioError, closest, nearest, shown
from smtpwitness.model.scenario import Place


def test_a_problem_is_printed_as_compilers_do() -> None:
    assert str(Problem(Place("a.yaml", 3, 5), "wrong")) == "a.yaml:3:5: wrong"


def test_an_error_says_all_of_them() -> None:
    error = ScenarioError((Problem(Place("a", 1, 1), "x"), Problem(Place("a", 2, 1), "y")))
    assert str(error) == "a:1:1: x\na:2:1: y"


def test_problems_are_told_once_and_by_place() -> None:
    problems = Problems()
    for place in (Place("b", 1, 1), Place("a", 10, 1), Place("a", 9, 2), Place("a", 9, 2)):
        problems.add(place, "x")
    assert [str(problem) for problem in problems.error().problems] == ["a:9:2: x", "a:10:1: x", "b:1:1: x"]
    assert len(problems) == 3


def test_what_follows_from_a_problem_is_not_told() -> None:
    problems = Problems()
    problems.silence(Place("a", 1, 1))
    problems.add(Place("a", 1, 1), "x")
    assert len(problems) == 0


def test_problems_of_another_error_are_taken_over() -> None:
    problems = Problems()
    problems.extend(ScenarioError((Problem(Place("a", 1, 1), "x"),)))
    assert [problem.message for problem in problems.error().problems] == ["x"]


def test_too_many_problems_stop_it() -> None:
    problems = Problems()
    for line in range(1, MOST):
        problems.add(Place("a", line, 1), "x")
    with pytest.raises(ScenarioError) as caught:
        problems.add(Place("a", MOST, 1), "x")
    assert len(caught.value.problems) == MOST


@pytest.mark.parametrize(
    ("word", "told"), [("titel", " (did you mean 'title'?)"), ("HELO", " (did you mean 'helo'?)"), ("zzz", "")]
)
def test_the_nearest_word(word: str, told: str) -> None:
    assert nearest(word, ("title", "helo")) == told


def test_the_closest_word() -> None:
    assert closest("starttsl", {"starttls", "none"}) == "starttls"
    assert closest("zzz", {"starttls", "none"}) is None


def test_long_text_is_shortened() -> None:
    assert shown("a") == "'a'"
    assert len(shown("x" * 1000)) == 62
