"""Edits to what was observed: each changes the verdict of its own case, by the rule that is about it, and no other."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from real_runs import run_all, scenarios, stored

from smtpwitness.cli import rejudged
from smtpwitness.files.clients import client_from
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Run
from smtpwitness.model.transcript import Event, Kind, Side
from smtpwitness.runner import Plan

HAPPY, LOGIN = "core/happy", "coursework/auth-login-coremail"
NAMES = (
    HAPPY,
    LOGIN,
    "core/mailbox-case",
    "data/dots[dotted lines]",
    "faults/mail-5yz",
    "faults/rcpt-all-5yz[one]",
    "tls/starttls-ok",
)


def found(case: CaseResult, octets: bytes, nth: int = 0) -> Event:
    """The *nth* event that holds *octets*."""
    return [event for event in case.transcript if octets in event.octets][nth]


def put(case: CaseResult, *events: Event) -> CaseResult:
    """*case* with *events* in the places of those with their numbers."""
    by_seq = {event.seq: event for event in events}
    return replace(case, transcript=tuple(by_seq.get(event.seq, event) for event in case.transcript))


def without(case: CaseResult, *events: Event) -> CaseResult:
    return replace(case, transcript=tuple(event for event in case.transcript if event not in events))


def after(case: CaseResult, event: Event) -> Event:
    """What happened next."""
    return case.transcript[case.transcript.index(event) + 1]


def swap(old: bytes, new: bytes, nth: int = 0) -> Callable[[CaseResult], CaseResult]:
    """Put *new* for the first *old* in the *nth* event that holds it."""

    def edit(case: CaseResult) -> CaseResult:
        event = found(case, old, nth)
        return put(case, replace(event, octets=event.octets.replace(old, new, 1)))

    return edit


def sent_before(octets: bytes, reply: bytes) -> Callable[[CaseResult], CaseResult]:
    """The line that holds *octets* began to come 15 ms before *reply* left."""

    def edit(case: CaseResult) -> CaseResult:
        return put(case, replace(found(case, octets), begun=found(case, reply).begun - 15_000_000))

    return edit


def hello_in_tls_is_helo(case: CaseResult) -> CaseResult:
    """Nor is SIZE given to MAIL then: HELO offers nothing."""
    ehlo, mail = found(case, b"EHLO", 1), found(case, b"MAIL FROM:")
    reply = after(case, ehlo)
    return put(
        case,
        replace(mail, octets=mail.octets.partition(b" SIZE=")[0].rstrip(b"\r\n") + b"\r\n"),
        replace(ehlo, octets=ehlo.octets.replace(b"EHLO", b"HELO")),
        replace(reply, octets=b"250 mail.example.test\r\n"),
    )


def no_quit(case: CaseResult) -> CaseResult:
    quit_ = found(case, b"QUIT\r\n")
    return without(case, quit_, after(case, quit_))


def told_otherwise(word: str) -> Callable[[CaseResult], CaseResult]:
    """The client told its user *word* of every recipient."""

    def edit(case: CaseResult) -> CaseResult:
        reported = tuple(tuple(word for _ in recipients) for recipients in case.reported)
        process = replace(case.process, exit_status=1 if word != "accepted" else 0)
        return replace(case, reported=reported, process=process, exit_status=process.exit_status)

    return edit


def content_cut_short(case: CaseResult) -> CaseResult:
    event = next(event for event in case.transcript if event.kind is Kind.CONTENT)
    lines = event.octets.split(b"\r\n")
    return put(case, replace(event, octets=b"\r\n".join([*lines[:-3], *lines[-2:]])))


def content(old: bytes, new: bytes, note: str = "") -> Callable[[CaseResult], CaseResult]:
    """Put *new* for the last *old* in the content; *note* is what the server writes of content that has no end."""

    def edit(case: CaseResult) -> CaseResult:
        event = next(event for event in case.transcript if event.kind is Kind.CONTENT)
        head, wanted, tail = event.octets.rpartition(old)
        assert wanted
        return put(case, replace(event, octets=head + new + tail, note=note))

    return edit


@dataclass(frozen=True)
class Edit:
    what: str
    case: str
    make: Callable[[CaseResult], CaseResult]
    rule: str
    verdict: Verdict = Verdict.FAIL


USERNAME = b"alice@example.test"
DOTS, MAILBOX = "data/dots[dotted lines]", "core/mailbox-case"

EDITS: Sequence[Edit] = (
    Edit("MAIL ends with LF", HAPPY, swap(b"example.test>\r\n", b"example.test>\n"), "line-end"),
    Edit("a space after MAIL FROM:", HAPPY, swap(b"FROM:<", b"FROM: <"), "space-after-colon", Verdict.WARN),
    Edit("RCPT without brackets", HAPPY, swap(b"<bob@example.test>", b"bob@example.test"), "angle-brackets"),
    Edit("a blank behind DATA", HAPPY, swap(b"DATA\r\n", b"DATA \r\n"), "command-syntax"),
    Edit("EHLO before the greeting", HAPPY, sent_before(b"EHLO", b"220 "), "early-talker", Verdict.WARN),
    Edit("RCPT before the reply to MAIL", HAPPY, sent_before(b"RCPT", b"250 2.1.0"), "sent-before-reply"),
    Edit("a line of content ends with LF", HAPPY, content(b"\r\n\r\n", b"\n\r\n"), "content-line-end"),
    Edit("the last line ends with LF", HAPPY, content(b"\r\n.\r\n", b"\n.\r\n"), "content-line-end"),
    Edit("LF . LF at the end", HAPPY, content(b"\r\n.\r\n", b"\n.\n", note="unterminated"), "end-of-data"),
    Edit("an empty line before the final dot", HAPPY, content(b"\r\n.\r\n", b"\r\n\r\n.\r\n"), "extra-crlf"),
    Edit("the last line of the message is lost", HAPPY, content_cut_short, "dialogue/message"),
    Edit("no QUIT", HAPPY, no_quit, "no-quit"),
    Edit("accepted, but told as failed", HAPPY, told_otherwise("failed"), "reported"),
    Edit("refused, but told as sent", "faults/mail-5yz", told_otherwise("accepted"), "reported"),
    Edit("a dot is not doubled", DOTS, swap(b"\r\n..x\r\n", b"\r\n.x\r\n"), "dot-stuffing"),
    Edit("HELO in TLS, not EHLO", "tls/starttls-ok", hello_in_tls_is_helo, "no-ehlo-after-starttls", Verdict.WARN),
    Edit("the user name not in base64", LOGIN, swap(base64.b64encode(USERNAME), USERNAME), "auth-response"),
    Edit("the mailbox in lower case", MAILBOX, swap(b"Bob", b"bob"), "dialogue/different"),
)


@pytest.fixture(scope="session")
def run() -> Run:
    """A real run of rawsmtp, read back from its run.json."""
    plans = [Plan(one, client_from("rawsmtp")) for one in scenarios(NAMES)]
    cases = run_all(plans)
    return stored(plans, [replace(case, lag_ms=0.0) for case in cases])


def judgement(case: CaseResult) -> tuple[object, ...]:
    return case.exchange, case.closing, case.fate, case.root_cause, case.findings, case.steps, case.reason


def test_without_an_edit_nothing_changes(run: Run) -> None:
    assert [case.name for case in run.cases] == list(NAMES)
    assert [judgement(case) for case in rejudged(run)] == [judgement(case) for case in run.cases]
    assert {case.verdict for case in run.cases} <= {Verdict.PASS, Verdict.NOTE}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_an_edit_changes_its_own_case_by_its_own_rule(edit: Edit, run: Run) -> None:
    edited = replace(run, cases=tuple(edit.make(case) if case.name == edit.case else case for case in run.cases))
    again = rejudged(edited)
    changed = [new for old, new in zip(run.cases, again, strict=True) if judgement(old) != judgement(new)]
    assert [case.name for case in changed] == [edit.case]
    assert changed[0].root_cause == edit.rule, (changed[0].reason, [one.key for one in changed[0].findings])
    assert changed[0].verdict is edit.verdict


def test_the_server_saying_something_else_is_the_harness_fault(run: Run) -> None:
    """What the scenario cannot have led to is blamed on nobody's client."""
    happy = next(case for case in run.cases if case.name == HAPPY)
    reply = next(event for event in happy.transcript if event.side is Side.SERVER and event.kind is Kind.REPLY)
    edited = put(happy, replace(reply, octets=b"421 go away\r\n"))
    (again,) = rejudged(replace(run, cases=(edited,)))
    assert (again.verdict, again.root_cause) == (Verdict.ERROR, None)
