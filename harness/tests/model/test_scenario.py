"""What a scenario says, once it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import raw, says, scenario, silent, template

from smtpwitness.model.scenario import (
    USUAL,
    AnyOrder,
    Breaks,
    Closing,
    Command,
    Connection,
    EachRecipient,
    Either,
    Message,
    Never,
    Optional,
    Outcome,
    Place,
    Repeat,
    Reply,
    Sasl,
    Tls,
    fits,
)


@pytest.mark.parametrize(
    ("reply", "code", "trouble"),
    [
        (says("250 Ok"), "250", False),
        (says("250"), "250", False),
        (says("354 Go"), "354", False),
        (says("250-a", "550 b"), "550", True),
        (says("550-a", "250 b"), "250", False),
        (says("450 Later"), "450", True),
        (says("{code} x"), None, True),
        (says(""), None, True),
        (says("25x"), None, True),
        (says("199 x"), "199", True),
        (says("250 Ok", then="close"), "250", True),
        (raw("250 Ok\r\n"), None, True),
        (silent("stall"), None, True),
        (Reply(), None, True),
        (USUAL, None, False),
        (Reply(usual=True, delay=1.0), None, False),
        (Reply(usual=True, then="reset"), None, True),
    ],
)
def test_replies(reply: Reply, code: str | None, trouble: bool) -> None:
    assert reply.code == code
    assert reply.is_trouble is trouble


def test_tls_trouble() -> None:
    assert not Tls().is_trouble
    assert Tls("expired").is_trouble
    assert Tls(fail="garbage").is_trouble


def test_outcome_words() -> None:
    accepted, refused = frozenset({"accepted"}), frozenset({"temporary", "permanent"})
    assert Outcome().words(5, 7) == accepted
    outcome = Outcome(((accepted,), (accepted, refused)))
    assert outcome.words(0, 3) == accepted
    assert [outcome.words(1, number) for number in range(3)] == [accepted, refused, refused]
    assert outcome.words(9, 1) == refused


def test_a_scenario_touches_what_its_steps_guards_and_marks_name() -> None:
    def command(name: str | None) -> Command:
        return Command(template("NOOP"), covers=name)

    first = Connection(
        (
            command("c"),
            command(None),
            Never(template("AUTH *"), covers="never"),
            Optional((Tls(covers="tls"), Repeat((Sasl(covers="sasl"),)))),
            Either(((Breaks("breaks"),), (command("either"), command("file")))),
            AnyOrder(((command("any-1"),), (EachRecipient((Message(covers="message"),)),))),
            command("c"),
        )
    )
    made = scenario(connections=(first, Connection((Closing(covers="close"),))), covers=("file",))
    named = ("c", "never", "tls", "sasl", "breaks", "either", "any-1", "message", "close")
    assert made.touches == ("file", *named)
    assert scenario(covers=()).touches == ()


def test_names() -> None:
    assert scenario().name == "core/made-up"
    assert scenario(variant=("MAIL", "close")).name == "core/made-up[MAIL,close]"
    assert scenario().suite == "core"
    assert str(Place("core/x.smtp.yaml", 3, 7)) == "core/x.smtp.yaml:3:7"


@pytest.mark.parametrize(
    ("pattern", "scenario", "name", "fit"),
    [
        ("auth/plain", "auth/plain", "auth/plain", True),
        ("auth/*", "auth/plain", "auth/plain", True),
        ("*", "auth/plain", "auth/plain", True),
        ("auth/plai?", "auth/plain", "auth/plain", True),
        ("auth/[pq]lain", "auth/plain", "auth/plain", True),
        ("auth/[!p]lain", "auth/plain", "auth/plain", False),
        ("auth/pla", "auth/plain", "auth/plain", False),
        ("plain", "auth/plain", "auth/plain", False),
        ("AUTH/plain", "auth/plain", "auth/plain", False),
        ("", "auth/plain", "auth/plain", False),
        # a scenario's id is all its variants
        ("auth/plain", "auth/plain", "auth/plain[long]", True),
        ("auth/*", "auth/plain", "auth/plain[long]", True),
        # one of them stands in brackets, which are no set of letters
        ("auth/plain[long]", "auth/plain", "auth/plain[long]", True),
        ("auth/plain[long]", "auth/plain", "auth/plain[short]", False),
        ("auth/plain[long]", "auth/plain", "auth/plain", False),
        ("auth/plain[l]", "auth/plain", "auth/plain[long]", False),
        ("auth/plain[l*]", "auth/plain", "auth/plain[long]", True),
        ("auth/*[long]", "auth/plain", "auth/plain[long]", True),
        ("*[550,*]", "faults/rcpt", "faults/rcpt[550,close]", True),
        ("*[550,*]", "faults/rcpt", "faults/rcpt[450,close]", False),
        ("*[*]", "faults/rcpt", "faults/rcpt", False),  # those with variants only
    ],
)
def test_what_a_glob_fits(pattern: str, scenario: str, name: str, fit: bool) -> None:
    assert fits(pattern, scenario, name) is fit


NAMES = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=8)


@given(NAMES, st.lists(NAMES, max_size=3))
def test_every_name_fits_itself(id_: str, variant: list[str]) -> None:
    name = scenario(variant=tuple(variant)).name.replace("core/made-up", id_)
    assert fits(name, id_, name)
