"""Which requirements apply to what kind of client."""

from __future__ import annotations

import pytest

from smtpwitness.files.suites import catalogue
from smtpwitness.model.finding import Verdict
from smtpwitness.model.profile import PROFILES, SUBMISSION
from smtpwitness.model.requirement import Requirement

KINDS = {"any", "originator", "submission", "mua", "mta", "lmtp"}


def row(applies_to: str, id: str = "RFC5321-9.9-a") -> Requirement:
    return Requirement(id, "RFC5321", "9.9", "MUST", "topic", "Do it.", applies_to, "keyword")


@pytest.mark.parametrize(
    ("profile", "applies"),
    [
        ("submission", {"any", "originator", "submission", "mua"}),
        ("library", {"any", "originator", "submission"}),
        ("coursework", {"any", "originator", "submission", "mua"}),
        ("relay", {"any", "mta"}),
        ("lmtp", {"any", "lmtp"}),
    ],
)
def test_what_does_not_apply_is_worth_a_note_and_all_else_a_fail(profile: str, applies: set[str]) -> None:
    for kind in KINDS:
        expected = Verdict.FAIL if kind in applies else Verdict.NOTE
        assert PROFILES[profile].at_most(row(kind)) is expected, kind
        assert PROFILES[profile].takes(row(kind)) is (kind in applies), kind


def test_the_profile_of_those_who_name_none() -> None:
    assert SUBMISSION is PROFILES["submission"]
    assert not SUBMISSION.softer


def test_an_assignment_is_judged_more_mildly_in_what_is_argued_and_in_nothing_else() -> None:
    coursework = PROFILES["coursework"]
    assert coursework.at_most(row("any", "RFC5321-4.1.4-f")) is Verdict.WARN
    assert coursework.at_most(row("any", "RFC4616-5-a")) is Verdict.NOTE
    assert coursework.at_most(row("any", "RFC5321-4.2.5-a")) is Verdict.FAIL


def test_every_softer_row_is_in_the_catalogue_and_argued() -> None:
    rows = catalogue()
    for profile in PROFILES.values():
        for name, softer in profile.softer.items():
            assert name in rows
            assert len(softer.why) > 20
            assert softer.at_most in (Verdict.WARN, Verdict.NOTE)


def test_nothing_that_loses_mail_is_ever_softened() -> None:
    for serious in ("RFC5321-4.2.5-a", "RFC5321-3.3-e", "RFC5321-4.5.2-a", "RFC5321-2.3.8-c"):
        assert all(serious not in profile.softer for profile in PROFILES.values())


def test_whoever_speaks_lmtp_is_held_to_its_rows() -> None:
    assert SUBMISSION.speaking("lmtp").applies == SUBMISSION.applies | {"lmtp"}
    assert SUBMISSION.speaking("smtp") is SUBMISSION
    assert SUBMISSION.speaking("smtp", relays=True).applies == SUBMISSION.applies | {"mta"}
    assert PROFILES["relay"].speaking("smtp", relays=True) is PROFILES["relay"]
