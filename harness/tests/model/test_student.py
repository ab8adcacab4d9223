from __future__ import annotations

from smtpwitness.model.student import SLOTS, Student


def test_a_cover_that_tells_nothing_is_empty() -> None:
    student = Student()
    assert (student.name, student.number, student.language) == ("", "", "")
    assert [slot for slot in SLOTS if slot in student.pictures] == []
