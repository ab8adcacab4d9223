"""What breaking a requirement is worth."""

from dataclasses import replace

import pytest

from smtpwitness.judge.verdicts import ARGUED, grade
from smtpwitness.model.finding import Verdict
from smtpwitness.model.profile import PROFILES
from smtpwitness.model.requirement import Requirement


def row(level: str, basis: str, rfc: str = "RFC5321", id: str = "RFC5321-9.9-a") -> Requirement:
    return Requirement(id, rfc, "9.9", level, "transaction", "Do it.", "any", basis)


@pytest.mark.parametrize("level", ["MUST", "MUST NOT"])
@pytest.mark.parametrize("basis", ["keyword", "parent", "grammar"])
def test_a_must_of_a_published_rfc_is_a_fail(level: str, basis: str) -> None:
    assert grade(row(level, basis)) is Verdict.FAIL


@pytest.mark.parametrize("basis", ["prose", "derived", "unverified"])
def test_a_must_that_rests_on_less_is_a_warning(basis: str) -> None:
    assert grade(row("MUST", basis)) is Verdict.WARN


def test_an_expired_draft_never_fails_a_client() -> None:
    draft = row("MUST NOT", "keyword", "draft-murchison-sasl-login-00", "LOGIN-1-c")
    assert grade(draft) is Verdict.WARN


@pytest.mark.parametrize("level", ["SHOULD", "SHOULD NOT"])
def test_a_should_is_a_warning(level: str) -> None:
    assert grade(row(level, "keyword")) is Verdict.WARN


def test_a_may_and_no_requirement_at_all_are_notes() -> None:
    assert grade(row("MAY", "keyword")) is Verdict.NOTE
    assert grade(None) is Verdict.NOTE


@pytest.mark.parametrize("id", ARGUED)
def test_what_we_argued_is_a_fail(id: str) -> None:
    assert grade(row("MUST", "prose", id=id)) is Verdict.FAIL
    assert len(ARGUED[id].split()) > 15, "an argument is a sentence or two"


def test_an_argument_makes_no_must_of_a_should() -> None:
    assert grade(row("SHOULD", "prose", id="RFC5321-4.5.2-a")) is Verdict.WARN


@pytest.mark.parametrize(
    ("at_most", "expected"),
    [
        (Verdict.FAIL, Verdict.FAIL),
        (Verdict.WARN, Verdict.WARN),
        (Verdict.NOTE, Verdict.NOTE),
    ],
)
def test_a_cap_lowers_the_verdict(at_most: Verdict, expected: Verdict) -> None:
    assert grade(row("MUST", "keyword"), at_most) is expected


def test_a_cap_raises_nothing() -> None:
    assert grade(row("SHOULD", "keyword"), Verdict.FAIL) is Verdict.WARN
    assert grade(None, Verdict.FAIL) is Verdict.NOTE


def test_a_profile_can_only_soften() -> None:
    coursework = PROFILES["coursework"]
    softened = row("MUST", "keyword", id="RFC5321-4.1.4-f")
    assert grade(softened) is Verdict.FAIL
    assert grade(softened, profile=coursework) is Verdict.WARN
    assert grade(softened, Verdict.NOTE, coursework) is Verdict.NOTE
    assert grade(row("SHOULD", "keyword", id="RFC4616-5-a"), profile=coursework) is Verdict.NOTE
    assert grade(row("MAY", "keyword", id="RFC5321-4.1.4-f"), profile=coursework) is Verdict.NOTE
    assert grade(None, profile=coursework) is Verdict.NOTE


def test_a_row_that_is_not_about_this_kind_of_client_is_a_note() -> None:
    assert grade(row("MUST", "keyword"), profile=PROFILES["relay"]) is Verdict.FAIL
    for_queues = replace(row("MUST", "keyword"), applies_to="mta")
    assert grade(for_queues, profile=PROFILES["relay"]) is Verdict.FAIL
    assert grade(for_queues) is Verdict.NOTE
