"""Fake and relays side by side: what stands in one row, and what counts as a difference."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Delivered, Run
from smtpwitness.report.beside import DIFFERENCES, companions, differences, lines, shared, steps, tallies
from smtpwitness.report.pages import reports
from smtpwitness.report.view import ordered

FAKE = sample_run.assignment()
SAME = Delivered("INBOX", "<1@client.example.test>", b"", b"", True)
FOLDED = replace(SAME, same=False, difference="folded otherwise")


def on(relay: str, case: CaseResult = FAKE, **values: object) -> CaseResult:
    return replace(case, relay=relay, server=f"relay {relay}", delivered=(SAME,), **values)  # type: ignore[arg-type]


def session(*lines: tuple[bytes, bytes]) -> CaseResult:
    """A case in which those commands had those replies."""
    tape = sample_run.Tape()
    tape.open(b"220 mx.example.test\r\n")
    for said, answer in lines:
        tape.line(said + b"\r\n")
        tape.say(answer + b"\r\n")
    return sample_run.case(tape, FAKE.scenario)


EHLO = (b"EHLO a.example.test", b"250 mx.example.test")
MAIL = (b"MAIL FROM:<a@example.test>", b"250 2.1.0 Ok")
NOOP = (b"NOOP", b"250 Ok")
RSET = (b"RSET", b"250 Flushed")
QUIT = (b"QUIT", b"221 Bye")


def found(*cases: CaseResult) -> list[tuple[str, str, str]]:
    return [(one.what, one.fake, one.relay) for one in differences(ordered(sample_run.run_of(cases)))]


def test_steps_stand_beside_each_other_where_the_client_asked_the_same() -> None:
    rows = steps([session(EHLO, MAIL, QUIT), session(NOOP, EHLO, MAIL, QUIT), session(EHLO, RSET, QUIT)])
    assert [(one.verb, one.said) for one in rows] == [
        ("greeting", ("220 mx.example.test", "220", "220")),
        ("NOOP", ("", "250 Ok", "")),
        ("EHLO", ("250 mx.example.test", "250", "250")),
        ("MAIL", ("250 2.1.0 Ok", "250 2.1.0", "")),
        ("RSET", ("", "", "250 Flushed")),
        ("QUIT", ("221 Bye", "221", "221")),
    ]


def test_another_code_is_shown_in_the_words_of_the_relay() -> None:
    refused = (MAIL[0], b"501 5.5.4 Unexpected whitespace before path")
    (_, mail) = steps([session(MAIL), session(refused)])
    assert mail.said == ("250 2.1.0 Ok", "501 5.5.4 Unexpected whitespace …")


def test_a_relay_that_did_the_same_differs_in_nothing() -> None:
    assert found(FAKE, on("exim")) == []
    assert found(session(MAIL), on("exim", session((MAIL[0], b"250 2.9.9 ok, sir")))) == []


@pytest.mark.parametrize(
    ("fake", "relay", "told"),
    [
        (
            session(MAIL),
            on("exim", session((MAIL[0], b"251 Ok"))),
            ("beside.reply", "MAIL: 250 2.1.0 Ok", "MAIL: 251 Ok"),
        ),
        (session(MAIL, QUIT), on("exim", session(MAIL)), ("beside.reply", "QUIT: 221 Bye", "")),
        (FAKE, on("exim", exchange=Verdict.WARN), ("beside.verdict", "pass", "warn")),
        (replace(FAKE, exchange=Verdict.NOTE), on("exim", exchange=Verdict.FAIL), ("beside.verdict", "note", "fail")),
        (FAKE, on("exim", fate=(("permanent",),)), ("beside.fate", "accepted", "permanent")),
        (FAKE, replace(on("exim"), delivered=(SAME, FOLDED, FOLDED)), ("beside.message", "", "folded otherwise")),
    ],
)
def test_what_a_relay_did_otherwise_is_told(fake: CaseResult, relay: CaseResult, told: tuple[str, str, str]) -> None:
    assert found(fake, relay) == [told]


def test_a_login_that_only_the_relay_wants_and_a_note_are_no_difference() -> None:
    fake, login = session(EHLO, MAIL), (b"AUTH PLAIN AAAA", b"235 2.7.0 Ok")
    wants = replace(on("dovecot", session(EHLO, login, MAIL)), job=replace(FAKE.job, auth="any"))
    assert found(fake, replace(wants, exchange=Verdict.NOTE)) == []
    assert found(fake, replace(wants, job=fake.job)) == [("beside.reply", "MAIL: 250 2.1.0 Ok", "AUTH: 235 2.7.0 Ok")]


def test_only_the_first_other_reply_is_told_for_the_others_come_of_it() -> None:
    other = session((EHLO[0], b"500 What?"), (b"HELO a", b"250 Ok"), QUIT)
    assert found(session(EHLO, MAIL, QUIT), on("exim", other))[0] == (
        "beside.reply",
        "EHLO: 250 mx.example.test",
        "EHLO: 500 What?",
    )


def test_nothing_is_compared_that_was_not_played() -> None:
    away = on("exim", exchange=Verdict.NOT_APPLICABLE, transcript=())
    assert found(FAKE, away) == []
    assert found(on("exim")) == []
    assert found(replace(FAKE, scenario="core/x"), on("exim")) == []
    assert companions(ordered(sample_run.run_of([FAKE, away]))) == {}
    assert companions(ordered(sample_run.run_of([FAKE]))) == {}


def test_the_fake_stands_first_and_each_page_knows_the_others() -> None:
    entries = ordered(sample_run.run_of([on("postfix"), on("exim"), FAKE, replace(FAKE, client="b")]))
    beside = companions(entries)
    assert len(beside) == 3
    assert {tuple(one.case.relay for one in group) for group in beside.values()} == {("", "exim", "postfix")}
    (line,) = lines(entries, ("", "exim", "sendmail"))
    assert [len(cell) for cell in line.cells] == [1, 1, 0]


def test_what_several_clients_met_is_told_once() -> None:
    cases = [
        replace(one, client=name)
        for name in "ab"
        for one in (FAKE, on("exim", fate=(("none",),)), on("postfix", fate=(("none",),)))
    ]
    told = shared(differences(ordered(sample_run.run_of(cases))))
    assert [(one.first.entry.case.relay, [e.case.client for e in one.entries]) for one in told] == [
        ("exim", ["a", "b"]),
        ("postfix", ["a", "b"]),
    ]


def test_relays_are_counted_with_what_was_read_back() -> None:
    some = [on("exim"), replace(on("exim"), delivered=(SAME, FOLDED)), on("a", exchange=Verdict.NOTE), FAKE]
    told = [(one.relay, dict(one.counts), one.back, one.same) for one in tallies(sample_run.run_of(some))]
    assert told == [("a", {Verdict.NOTE: 1}, 1, 1), ("exim", {Verdict.PASS: 2}, 3, 2)]


def page(run: Run, name: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", reports(run)[name].split("<main")[1]).split())


def test_the_report_shows_differences_and_their_arguments() -> None:
    cases = [FAKE, replace(on("exim", exchange=Verdict.ERROR, argued="it is stricter & right"), delivered=(FOLDED,))]
    run = sample_run.run_of(cases)
    text = page(run, "relays.html")
    assert "1 of 2" not in text
    assert "2 of 2 are argued" in text
    assert "it is stricter &amp; right" in text
    assert "0 of 1 octet for octet" in text
    assert 'href="relays.html"' in reports(run)["index.html"]
    (slug,) = (one.slug for one in ordered(run) if one.case.relay)
    text = page(run, f"cases/{slug}.html")
    assert "folded otherwise" in text
    assert "fake" in text
    assert 'href="../logs/exim/"' in reports(run)[f"cases/{slug}.html"]


@pytest.mark.once
def test_a_run_without_relays_has_no_such_page_and_one_with_many_differences_ends() -> None:
    assert "relays.html" not in reports(sample_run.run_of([FAKE]))
    many = [
        replace(one, scenario=f"core/s{n}") for n in range(DIFFERENCES + 2) for one in (FAKE, on("exim", exit_status=1))
    ]
    many = [replace(one, fate=(("none",),)) if one.relay else one for one in many]
    assert "… 2 more" in page(sample_run.run_of(many), "relays.html")
    assert "Nowhere" in page(sample_run.run_of([FAKE, on("exim")]), "relays.html")
