"""One case judged: replay, rules and the dialogue together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

import pytest
from scenes import (
    EHLO,
    MAIL,
    ORDINARY,
    QUIT,
    closing,
    command,
    connection,
    good,
    job,
    plain,
    says,
    scenario,
    silent,
    tls,
)
from theatre import CLOSE, ENVELOPE, GREET, HONEST, LEAVE, SEND, UP, Gone, Line, Move, On, Shaken, play

from smtpwitness.judge.case import ABOUT_THE_WAY, Facts, Judgement, judge
from smtpwitness.judge.rules import RULE_IDS, Observation, Remark, Rule
from smtpwitness.model.finding import Axis, Verdict
from smtpwitness.model.profile import PROFILES
from smtpwitness.model.requirement import Requirement
from smtpwitness.model.run import Job, Process
from smtpwitness.model.scenario import Persona, Scenario, Step, Within
from smtpwitness.model.transcript import Kind, Side, Transcript

FROM = ENVELOPE[0]


def requirement(name: str, level: str = "MUST", basis: str = "keyword") -> Requirement:
    return Requirement(name, "RFC5321", "1", level, "topic", "text", "any", basis)


ROWS = {
    row.id: row
    for row in (
        requirement("RFC5321-3.3-a"),
        requirement("SOFT", "SHOULD"),
        requirement("W", "MUST", "prose"),
        requirement("RFC5321-2.2.1-b", "SHOULD"),
        requirement("RFC5321-F.3-a", "SHOULD"),
        replace(requirement("QUEUES"), applies_to="mta"),
    )
}
OK = Facts((("accepted",),), Process(0))
GAVE_UP = Facts((("temporary",),), Process(75))


def judged(
    made: Scenario,
    *script: Move,
    facts: Facts = OK,
    rules: Iterable[Rule] = (),
    given: Job | None = None,
) -> Judgement:
    """Play, and judge the transcript of it."""
    transcript = play(made, *script, job=given).transcript
    return judge(made, given or job(), transcript, facts, ROWS, tuple(rules))


def rule(name: str, *remarks: Remark) -> Rule:
    return Rule(name, lambda seen: remarks)


def remark(event: int, name: str | None = "RFC5321-3.3-a", key: str = "key", **more: object) -> Remark:
    return Remark(name, key, "wanted", "came", (event,), **more)  # type: ignore[arg-type]


def test_an_honest_client_passes() -> None:
    made = judged(scenario(*ORDINARY), *HONEST)
    assert (made.exchange, made.closing, made.findings) == (Verdict.PASS, Verdict.PASS, ())
    assert made.fate == (("accepted",),)
    assert (made.root_cause, made.reason) == (None, "")
    assert len(made.steps) == 13


@pytest.mark.parametrize(
    ("words", "came", "told"),
    [
        (("accepted",), False, True),
        (("accepted", "declined"), False, True),  # it never came, as one may that declines
        (("accepted", "declined"), True, False),  # it declined
        (("accepted",), True, True),
    ],
)
def test_what_its_program_said_last_is_told_where_that_may_be_the_reason(
    words: tuple[str, ...], came: bool, told: bool
) -> None:
    made, fell = scenario(*ORDINARY, outcome=good(*words)), Facts((("failed",),), Process(1, stderr="ValueError: no"))
    transcript = play(made, *GREET, CLOSE).transcript if came else ()
    found = judge(made, job(), transcript, fell, ROWS, ())
    assert found.reason == ("the client's program: ValueError: no" if told else "")
    assert found.exchange is (Verdict.FAIL if words == ("accepted",) else Verdict.PASS if came else Verdict.NOTE)


def test_the_real_rules_have_nothing_to_say_of_it_either() -> None:
    made = scenario(*ORDINARY)
    assert judge(made, job(), play(made, *HONEST).transcript, OK, ROWS).findings == ()


# --- replay


@pytest.mark.parametrize(
    ("number", "change", "reason"),
    [
        (3, {"octets": b"250 something else\r\n"}, "event 3: the server said"),
        (-1, {"side": Side.SERVER}, "ended the connection"),
        (2, {"kind": Kind.TLS, "octets": b""}, "event 2: a handshake that nothing asked for"),
    ],
)
def test_a_transcript_that_the_scenario_cannot_have_led_to(number: int, change: dict[str, object], reason: str) -> None:
    made = scenario(*ORDINARY)
    events = list(play(made, *GREET, *SEND, CLOSE).transcript)
    events[number] = replace(events[number], **change)  # type: ignore[arg-type]
    result = judge(made, job(), tuple(events), OK, ROWS)
    assert (result.exchange, result.closing, result.findings) == (Verdict.ERROR, Verdict.PASS, ())
    assert result.fate in ((("none",),), (("accepted",),))
    assert result.steps[0].expected
    assert reason in result.reason


def test_a_transcript_of_another_scenario() -> None:
    transcript = play(scenario(EHLO, command("MAIL FROM:<{sender}>", "451 Later")), *GREET, FROM, CLOSE).transcript
    assert judge(scenario(*ORDINARY), job(), transcript, OK, ROWS).exchange is Verdict.ERROR


def test_a_reply_that_was_cut_as_the_client_went_is_no_error() -> None:
    made = scenario(*ORDINARY)
    events = [*play(made, *GREET).transcript]
    events[-1] = replace(events[-1], octets=b"250 ma", note="cut")
    assert judge(made, job(), tuple(events), OK, ROWS).exchange is Verdict.FAIL


@pytest.mark.parametrize(
    ("steps", "script"),
    [
        ((tls(), *ORDINARY), (UP, *HONEST)),
        ((tls("expired"), *ORDINARY), (Shaken(False), CLOSE)),
        ((tls("expired"), *ORDINARY), (Shaken(False),)),
        ((tls(fail="garbage"),), (Shaken(False), CLOSE)),
        ((*ORDINARY, closing()), (*GREET, *SEND, "QUIT")),
        ((EHLO, command("MAIL FROM:<{sender}>", silent("reset"))), (*GREET, FROM)),
        ((EHLO, command("MAIL FROM:<{sender}>", "usual", says("421 x", then="close"))), (*GREET, FROM)),
        ((EHLO, command("MAIL FROM:<{sender}>", silent("stall")), closing()), (*GREET, FROM, "NOOP", CLOSE)),
    ],
)
def test_every_way_of_the_server_plays_again(steps: tuple[Step, ...], script: tuple[Move, ...]) -> None:
    made = scenario(*steps, outcome=good("any"))
    assert judged(made, *script).reason == ""


def test_connections_at_one_time_are_replayed_apart() -> None:
    blocks = [connection(EHLO, command("NOOP", f"250 {one}"), QUIT) for one in ("one", "two")]
    made = scenario(connections=blocks, outcome=good("any"))
    events = [*play(made, *GREET, "NOOP", On(2), *GREET, "NOOP").transcript]
    (late,) = [one for one in events if one.octets == b"250 one\r\n"]
    events.remove(late)
    assert judge(made, job(), (*events, late), OK, ROWS, ()).reason == ""


# --- findings


def test_a_difference_is_graded_by_its_requirement() -> None:
    made = judged(scenario(*ORDINARY), *GREET, *LEAVE, facts=GAVE_UP)
    assert made.exchange is Verdict.FAIL
    first = made.findings[0]
    assert (first.rule, first.key) == ("dialogue/missing", "dialogue/missing")
    assert (first.requirement, first.level) == ("RFC5321-3.3-a", "MUST")
    assert dict(first.facts) == {"expected": FROM, "observed": "QUIT", "nearest": FROM}
    assert made.steps[first.step or 0].expected == FROM
    assert first.events == (made.steps[first.step or 0].events or first.events)
    assert first.events
    assert judged(scenario(*ORDINARY, covers=["SOFT"]), *GREET, *LEAVE).exchange is Verdict.WARN
    nothing = judged(scenario(*ORDINARY, covers=[]), *GREET, *LEAVE)
    assert (nothing.exchange, nothing.findings[0].level) == (Verdict.NOTE, "")


def test_a_rules_finding_says_what_its_remark_says() -> None:
    said = replace(remark(4, "SOFT"), facts=(("line", "MAIL"),))
    (one,) = judged(scenario(*ORDINARY), *HONEST, rules=[rule("r", said)]).findings
    assert (one.requirement, one.level) == ("SOFT", "SHOULD")
    assert (one.expected, one.observed, one.facts, one.events) == ("wanted", "came", (("line", "MAIL"),), (4,))
    (opinion,) = judged(scenario(*ORDINARY), *HONEST, rules=[rule("r", remark(4, None))]).findings
    assert (opinion.requirement, opinion.level) == (None, "")


def test_a_requirement_counts_as_hard_as_the_profile_has_it() -> None:
    """A row on relays binds no mail client but one that relays, one on LMTP whoever speaks it."""
    rows = {"RELAY": replace(ROWS["RFC5321-3.3-a"], applies_to="mta")}
    rows["LMTP"] = replace(ROWS["RFC5321-3.3-a"], applies_to="lmtp")
    made = scenario(*ORDINARY)
    transcript = play(made, *HONEST).transcript

    def worth(name: str, profile: str, protocol: str = "smtp", relayed: bool = False) -> Verdict:
        given = replace(job(), protocol=protocol, relayed=relayed)
        rules = (rule("r", remark(2, name)),)
        return judge(made, given, transcript, OK, rows, rules, PROFILES[profile]).exchange

    assert (worth("RELAY", "submission"), worth("RELAY", "relay")) == (Verdict.NOTE, Verdict.FAIL)
    assert (worth("LMTP", "submission"), worth("LMTP", "submission", "lmtp")) == (Verdict.NOTE, Verdict.FAIL)
    assert (worth("RELAY", "submission", relayed=True), worth("LMTP", "submission", relayed=True)) == (
        Verdict.FAIL,
        Verdict.NOTE,
    )


def test_facts_are_short() -> None:
    made = judged(scenario(*ORDINARY), *GREET, "MAIL FROM:<" + "x" * 500 + "@y.test>", CLOSE)
    facts = {name: value for one in made.findings if one.rule == "dialogue/different" for name, value in one.facts}
    assert len(facts["observed"]) == 120


def test_the_outcome_is_a_finding() -> None:
    made = judged(scenario(EHLO, QUIT), *GREET, *LEAVE)
    assert [one.rule for one in made.findings] == ["dialogue/outcome"]
    assert made.findings[0].expected == "bob@example.test: accepted"
    assert made.findings[0].observed == "bob@example.test: none, reported as accepted"
    assert (made.findings[0].requirement, made.findings[0].events) == ("RFC5321-3.3-a", ())
    own = judged(scenario(EHLO, QUIT), *GREET, *LEAVE, given=job(untold=["recipients"]))
    assert own.findings[0].expected == "the message: accepted"


def test_classes_of_failure_are_asked_of_clients_that_tell_them() -> None:
    made = scenario(EHLO, QUIT, outcome=good("permanent"))
    for tells in (False, True):
        found = judged(made, *GREET, *LEAVE, facts=replace(GAVE_UP, tells_classes=tells)).findings
        assert [one.rule for one in found] == ["dialogue/outcome"] * tells


def test_findings_come_worst_first_and_name_the_cause() -> None:
    rules = [rule("late", remark(4, "SOFT")), rule("first", remark(2)), rule("opinion", remark(0, None))]
    made = judged(scenario(*ORDINARY), *HONEST, rules=rules)
    assert [one.rule for one in made.findings] == ["first", "late", "opinion"]
    assert [one.verdict for one in made.findings] == [Verdict.FAIL, Verdict.WARN, Verdict.NOTE]
    assert made.root_cause == "first"


def test_a_rules_finding_is_put_on_the_row_of_its_event() -> None:
    made = judged(scenario(*ORDINARY), *HONEST, rules=[rule("r", remark(4)), rule("s", replace(remark(4), events=()))])
    rows = {one.rule: one.step for one in made.findings}
    assert made.steps[rows["r"] or 0].observed == FROM
    assert rows["s"] is None


def wrong_sender(*rules: Rule) -> Judgement:
    return judged(scenario(*ORDINARY), *GREET, "MAIL FROM:<x@y.test>", *SEND[1:], *LEAVE, rules=rules)


def test_a_rules_finding_outranks_a_difference_on_the_same_event() -> None:
    assert [one.rule for one in wrong_sender().findings] == ["dialogue/different"]
    assert [one.rule for one in wrong_sender(rule("r", remark(4))).findings] == ["r"]
    assert len(wrong_sender(rule("r", remark(2))).findings) == 2  # another event
    assert len(wrong_sender(rule("r", replace(remark(2), events=(2, 4)))).findings) == 2  # it is about the first
    assert len(wrong_sender(rule("r", remark(4, None))).findings) == 2  # a note is no fault


@pytest.mark.parametrize("name", sorted(ABOUT_THE_WAY))
def test_a_finding_about_the_way_outranks_nothing(name: str) -> None:
    found = wrong_sender(rule(name, remark(4))).findings
    assert sorted(one.rule for one in found) == sorted(["dialogue/different", name])


def test_every_rule_about_the_way_is_a_rule() -> None:
    assert ABOUT_THE_WAY <= RULE_IDS


def test_but_not_one_that_says_something_else() -> None:
    made = scenario(*ORDINARY, never=["MAIL"])
    found = judged(made, *HONEST, rules=[rule("r", remark(4))]).findings
    assert sorted(one.rule for one in found) == ["dialogue/never", "r"]


def test_two_axes() -> None:
    made = judged(scenario(*ORDINARY), *HONEST, rules=[rule("no-quit", remark(2, axis=Axis.CLOSING))])
    assert (made.exchange, made.closing) == (Verdict.PASS, Verdict.FAIL)


def test_at_most() -> None:
    made = judged(scenario(*ORDINARY), *HONEST, rules=[rule("r", remark(2, at_most=Verdict.WARN))])
    assert made.exchange is Verdict.WARN


@pytest.mark.parametrize(
    ("name", "more", "also"),
    [
        ("RFC5321-3.3-a", (), ()),
        (None, ("SOFT",), ("SOFT",)),
        ("RFC5321-2.2.1-b", (), ("RFC5321-F.3-a",)),  # its twin
        ("RFC5321-2.2.1-b", ("W",), ("RFC5321-F.3-a", "W")),
        ("RFC5321-3.3-a", ("QUEUES", "UNKNOWN", "SOFT"), ("SOFT",)),  # what this client is not asked is not told
    ],
)
def test_what_the_same_octets_break_besides(name: str | None, more: tuple[str, ...], also: tuple[str, ...]) -> None:
    made = judged(scenario(*ORDINARY), *HONEST, rules=[rule("r", remark(2, name, also=more))])
    assert made.findings[0].also == also


def test_a_difference_has_twins_too() -> None:
    found = judged(scenario(*ORDINARY), "HELO client.example.test", *SEND, *LEAVE).findings
    assert [one.expected for one in found] == ["text"], "what the requirement asks"
    assert {one.requirement: one.also for one in found}["RFC5321-2.2.1-b"] == ("RFC5321-F.3-a",)


def test_what_is_allowed_is_a_note() -> None:
    allowed = scenario(*ORDINARY, allow=MappingProxyType({"r": "the assignment says so"}))
    made = judged(allowed, *HONEST, rules=[rule("r", remark(2))])
    assert made.exchange is Verdict.NOTE
    assert ("allowed", "the assignment says so") in made.findings[0].facts
    assert made.root_cause is None


@pytest.mark.parametrize(
    ("limits", "covers", "lag_ms", "verdict"),
    [
        ((0.5, 1.0), "W", 0, Verdict.WARN),
        ((0.5, 1.0), "W", 500, Verdict.WARN),
        ((0.5, 1.0), "W", 500.1, Verdict.INCONCLUSIVE),
        ((3.0, 4.0), "W", 500, Verdict.WARN),
        ((3.0, 4.0), "W", 510, Verdict.INCONCLUSIVE),
        ((0.5, 1.0), "UNKNOWN", 510, Verdict.NOTE),
    ],
)
def test_a_time_is_inconclusive_if_the_harness_may_have_been_late_by_more_than_half_of_what_it_lies_outside(
    limits: tuple[float, float], covers: str, lag_ms: float, verdict: Verdict
) -> None:
    steps = (EHLO, command("MAIL FROM:<{sender}>", silent("stall")), closing(within=Within(*limits), covers=covers))
    facts = replace(GAVE_UP, lag_ms=lag_ms)
    made = judged(scenario(*steps, outcome=good("any")), *GREET, FROM, Gone(wait=1.999), facts=facts)
    assert [(one.rule, one.verdict) for one in made.findings] == [("dialogue/within", verdict)]


@pytest.mark.parametrize(
    ("seconds", "lag_ms", "verdict"),
    [
        (9.0, 0, Verdict.FAIL),
        (11.0, 0, Verdict.INCONCLUSIVE),
        (1.0, 8_978, Verdict.FAIL),  # 1.021 s went by as it was recorded, and its time-out is 10 s
        (1.0, 8_980, Verdict.INCONCLUSIVE),
    ],
)
def test_who_gives_up_because_the_harness_was_late_is_not_blamed_for_it(
    seconds: float, lag_ms: float, verdict: Verdict
) -> None:
    made = scenario(*ORDINARY)
    before, late = play(made, *GREET, CLOSE).transcript, int(seconds * 1e9)
    transcript = tuple(one if one.seq < 3 else replace(one, begun=one.begun + late, at=one.at + late) for one in before)
    rules = (rule("no-quit", remark(4)), rule("line-end", remark(2)))
    found = judge(made, job(), transcript, replace(GAVE_UP, lag_ms=lag_ms), ROWS, rules)
    assert {one.rule: one.verdict for one in found.findings} == {
        "line-end": Verdict.FAIL,
        **dict.fromkeys(("no-quit", "dialogue/closed", "dialogue/outcome"), verdict),
    }


@pytest.mark.parametrize(
    ("key", "name", "lag_ms", "verdict"),
    [
        ("line-end.none", "RFC5321-3.3-a", 1501, Verdict.INCONCLUSIVE),
        ("line-end.none", "RFC5321-3.3-a", 1500, Verdict.FAIL),  # not more than half of the 3 seconds
        ("line-end.lf", "RFC5321-3.3-a", 1501, Verdict.FAIL),
        ("line-end.none", None, 1501, Verdict.NOTE),
    ],
)
def test_only_the_keys_that_rest_on_time(key: str, name: str | None, lag_ms: float, verdict: Verdict) -> None:
    rules = [rule("line-end", remark(2, name, key))]
    made = judged(scenario(*ORDINARY), *HONEST, rules=rules, facts=replace(OK, lag_ms=lag_ms))
    assert [one.verdict for one in made.findings] == [verdict]


def test_a_client_that_lacks_something_is_unsupported_and_only_rules_count() -> None:
    made = scenario(EHLO, command("VRFY bob", needs="vrfy"), MAIL, QUIT)
    result = judged(made, *GREET, "XYZZY", *LEAVE, facts=GAVE_UP)
    assert (result.exchange, result.closing) == (Verdict.UNSUPPORTED, Verdict.PASS)
    assert (result.findings, result.reason) == ((), "the client lacks: vrfy")
    worse = judged(made, *GREET, *LEAVE, facts=GAVE_UP, rules=[rule("r", remark(2))])
    assert worse.exchange is Verdict.FAIL


CRASHED = Process(1, stderr="OSError: no route\n")


@pytest.mark.parametrize(
    ("broken", "process", "reason"),
    [
        ("RFC5321-3.3-a", CRASHED, "the client's program: OSError: no route"),
        ("SOFT", CRASHED, "the client's program: OSError: no route"),
        ("SOFT", Process(1), ""),  # it said nothing
        (None, CRASHED, ""),  # nothing is wrong
    ],
)
def test_the_last_words_of_the_program_are_told_where_something_is_wrong(
    broken: str | None, process: Process, reason: str
) -> None:
    rules = [rule("r", remark(2, broken)), rule("opinion", remark(4, None))]
    assert judged(scenario(*ORDINARY), *HONEST, facts=replace(OK, process=process), rules=rules).reason == reason


# --- a real relay


RELAY = plain(greeting="220 relay.test", MAIL="250 fine", RCPT="251 will forward", message="250 taken")
FULL = plain(RCPT="452 Mailbox full")


def relayed(server: Persona, *script: Move) -> Judgement:
    """What a client did with a relay that answers as *server* does; the scenario is the ordinary one.

    Two rules see it. What `other` finds is worth a note, what `silence` finds a failure.
    """
    transcript = play(scenario(*ORDINARY, server=server), *script).transcript
    facts = replace(OK, relayed=True)
    rules = (rule("silence", remark(2, axis=Axis.CLOSING)), rule("other", remark(2, None)))
    return judge(scenario(*ORDINARY), job(), transcript, facts, ROWS, rules)


def rules_of(made: Judgement) -> list[str]:
    return sorted(one.rule for one in made.findings)


def test_a_relay_may_say_the_same_in_words_of_its_own() -> None:
    made = relayed(RELAY, *HONEST)
    assert (made.exchange, made.closing, made.reason) == (Verdict.NOTE, Verdict.FAIL, "")
    assert rules_of(made) == ["other", "silence"]
    left_out = relayed(RELAY, *GREET, *LEAVE)
    assert rules_of(left_out) == ["dialogue/missing", "dialogue/outcome", "other", "silence"]


def test_where_a_relay_goes_astray_neither_the_outcome_nor_who_waits_is_the_clients_doing() -> None:
    made = relayed(FULL, *GREET, *ENVELOPE, *LEAVE)
    assert (made.exchange, made.closing) == (Verdict.ERROR, Verdict.PASS)
    assert "the relay said 452 Mailbox full" in made.reason
    assert rules_of(made) == ["other"]


def test_a_client_that_had_failed_before_a_relay_went_astray_has_failed() -> None:
    made = relayed(FULL, *GREET, "MAIL FROM:<x@y.test>", ENVELOPE[1], *LEAVE)
    assert made.exchange is Verdict.FAIL
    assert "the relay said 452 Mailbox full" in made.reason
    assert rules_of(made) == ["dialogue/different", "other"]


def test_what_rules_are_shown() -> None:
    shown: list[Observation] = []

    def look(seen: Observation) -> Iterable[Remark]:
        shown.append(seen)
        return ()

    made = scenario(EHLO, command("MAIL FROM:<{sender}>", "451 Later"), QUIT, outcome=good("refused"), limit=7.0)
    facts = Facts((("temporary",),), Process(75, timed_out=True), tells_classes=True)
    judged(made, *GREET, FROM, *LEAVE, facts=facts, rules=[Rule("look", look)])
    [seen] = shown
    assert (seen.fate, seen.reported) == ((("temporary",),), (("temporary",),))
    assert (seen.tells_classes, seen.timed_out, seen.patience) == (True, True, 7.0)
    said: Transcript = tuple(seen.transcript[one] for one in seen.scripted)
    assert [one.octets[:3] for one in said] == [b"451"]
    assert [one.verb for one in seen.exchanges] == ["greeting", "EHLO", "MAIL", "QUIT"]


def test_a_clients_own_faults_are_not_the_scripts() -> None:
    made = scenario(*ORDINARY, server=plain())
    end = play(made, *GREET, "DATA", CLOSE)
    assert end.player.scripted == set()
    assert Line("x").wait == 0
