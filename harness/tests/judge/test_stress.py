from __future__ import annotations

from dataclasses import replace

import pytest
import scenes
from playbook import CATALOGUE, CONTENT, job, play
from real_runs import scenario, scenarios

from smtpwitness.judge.actions import Action, End, Reading, Say
from smtpwitness.judge.case import Judgement
from smtpwitness.judge.player import Player
from smtpwitness.judge.stress import (
    DRIP_GAP,
    GAP,
    SLOWED,
    WAYS,
    Said,
    Stressed,
    conversation,
    difference,
    finding,
    kept,
    may_be_stressed,
    rounds,
)
from smtpwitness.model.finding import Axis, Finding, Verdict
from smtpwitness.model.profile import SUBMISSION, Softer
from smtpwitness.model.run import CaseResult, Process, Stress
from smtpwitness.model.scenario import NOWHERE, Step, Within
from smtpwitness.model.transcript import Event, Kind, Side

HELLO = ("S: 220 hi", "C: EHLO a.example.test", "S: 250 hi")
MAIL = ("C: MAIL FROM:<alice@example.test> SIZE=200", "S: 250 ok")
RCPT = ("C: RCPT TO:<bob@example.test>", "S: 250 ok")
SENT = ("C: DATA", "S: 354 go", f"M: {CONTENT}", "S: 250 ok", "C: QUIT", "S: 221 bye")
WHOLE = (*HELLO, *MAIL, *RCPT, *SENT)


def case(*steps: str, told: str = "accepted", **changes: object) -> CaseResult:
    made = CaseResult(
        scenario="core/happy",
        variant=(),
        client="it",
        server="plain",
        exchange=Verdict.PASS,
        closing=Verdict.PASS,
        fate=(),
        reported=((told,),),
        exit_status=0,
        duration_ms=0.0,
        root_cause=None,
        steps=(),
        findings=(),
        transcript=play(*steps),
        job=job(),
        process=Process(0),
        place=NOWHERE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# --- how replies are sent


class Sender(Player):
    """A player that says the same to everything."""

    says: tuple[Action, ...] = ()

    def feed(self, event: Event) -> tuple[Action, ...]:
        return self.says


def sent(way: str, *says: Action, times: int = 1, timeout: float = 10.0, on: int = 1) -> list[tuple[Action, ...]]:
    """What is sent to *times* lines on each of so many connections (*on*), one after the other."""
    sender = Sender(scenario("core/happy"), replace(job(), timeout=timeout))
    sender.says = says
    stressed = Stressed(sender, way, "7")  # type: ignore[arg-type]
    events = [Event(0, number + 1, 0, 0, Side.CLIENT, Kind.LINE, b"NOOP\r\n") for number in range(on)]
    return [stressed.feed(event) for event in events for _ in range(times)]


LONG = Say((b"250-" + b"x" * 60 + b"\r\n250 ok\r\n",), 0.02)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_stays(way: str) -> None:
    for (say, end), short in zip(
        sent(way, LONG, End("close"), times=9), sent(way, Say((b"2\n",)), times=9), strict=True
    ):
        assert isinstance(say, Say)
        assert say.octets == LONG.octets
        assert end == End("close")
        assert all(isinstance(one, Say) and one.octets == b"2\n" for one in short)


@pytest.mark.parametrize("octets", [b"", b"x"])
@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_cut_stays_as_it_is(way: str, octets: bytes) -> None:
    assert sent(way, Say((octets,))) == [(Say((octets,)),)]


def test_a_seed_cuts_the_same_places_and_another_reply_other_ones() -> None:
    one, other = sent("split", LONG, times=9), sent("split", LONG, times=9)
    assert one == other
    assert len({say.pieces for (say,) in one if isinstance(say, Say)}) > 1
    many = [say for (say,) in sent("split", LONG, times=30) if isinstance(say, Say)]
    assert {len(say.pieces) for say in many} == {2, 3, 4}
    assert {say.gap for say in many} == {GAP}


def test_two_octets_are_cut_between_them() -> None:
    assert sent("split", Say((b"2\n",)), times=9) == [(Say((b"2", b"\n"), gap=GAP),)] * 9


def test_a_drip_is_of_single_octets_but_for_the_middle() -> None:
    ((say,),) = sent("drip", LONG)
    assert isinstance(say, Say)
    assert say.gap == DRIP_GAP
    assert sorted(map(len, say.pieces))[-2:] == [1, len(LONG.octets) - 32]


def test_only_the_first_replies_are_slow_and_well_inside_the_time_out() -> None:
    delays = [say.delay for (say,) in sent("slow", LONG, times=SLOWED + 1, timeout=1.0) if isinstance(say, Say)]
    assert delays == [pytest.approx(0.27)] * SLOWED + [0.02]
    two = [say.delay for (say,) in sent("slow", LONG, times=SLOWED + 1, timeout=1.0, on=2) if isinstance(say, Say)]
    assert two == delays * 2


def test_what_waits_for_a_silence_is_not_slowed() -> None:
    waiting = replace(LONG, delay="quiet")
    assert sent("slow", waiting) == [(waiting,)]


def test_replies_may_leave_together() -> None:
    assert sent("together", LONG) == [(replace(LONG, held=True),)]


def test_what_is_read_is_the_players_to_say() -> None:
    player = Player(scenario("core/happy"), job())
    stressed = Stressed(player, "split", "7")
    stressed.feed(play()[0])
    assert stressed.reading(1) == player.reading(1) == Reading()


# --- what is stressed

LATE, WITHIN = scenes.says("250 Ok", delay=1.0), Within(0.0, 5.0)


def test_each_round_has_a_way_and_a_seed_of_its_own() -> None:
    found = list(rounds(Stress(5, 7), case(*WHOLE)))
    assert [way for way, _ in found] == ["slow", "split", "drip", "slow"]
    assert len({seed for _, seed in found}) == 4


def test_replies_are_joined_only_where_commands_may_be_batched() -> None:
    offering = case("S: 220 hi", "C: EHLO a", "s: 250-hi\r\n250 PIPELINING\r\n")
    assert [way for way, _ in rounds(Stress(4, 7), offering)] == list(WAYS)


@pytest.mark.parametrize(
    "name", ["core/happy", "core/ehlo-rich", "core/multi-rcpt", "auth/in-clear", "auth/not-advertised*"]
)
def test_ordinary_scenarios_may_be_stressed(name: str) -> None:
    assert all(may_be_stressed(one, case()) for one in scenarios([name]))


@pytest.mark.parametrize(
    "name",
    [
        "core/quit-slow",
        "faults/slow-reply",
        "coursework/replies-in-pieces",
        "tls/starttls-inject",
        "tls/handshake-fail",
    ],
)
def test_scenarios_about_time_and_borders_keep_their_own(name: str) -> None:
    assert not any(may_be_stressed(one, case()) for one in scenarios([name]))


@pytest.mark.parametrize(
    "step",
    [
        scenes.command("NOOP", "250 One", "250 Two"),
        scenes.command("NOOP", scenes.says("250 Ok", times=2)),
        scenes.command("NOOP", scenes.says("250 Ok", then="close")),
        scenes.command("NOOP", scenes.raw("250 Ok\n")),
        scenes.command("NOOP", within=WITHIN),
        scenes.message(LATE),
        scenes.message(within=WITHIN),
        scenes.message(first=1000),
        scenes.never("NOOP", LATE),
        scenes.exchange(LATE),
        scenes.closing(within=WITHIN),
        scenes.tls(fail="garbage"),
    ],
)
def test_a_step_with_a_time_or_borders_of_its_own_keeps_them(step: Step) -> None:
    assert not may_be_stressed(scenes.scenario(step), case())


@pytest.mark.parametrize(
    "step",
    [
        scenes.command("NOOP", "250 Ok"),
        scenes.message("250 Ok"),
        scenes.never("NOOP", "250 Ok"),
        scenes.exchange("235 Ok"),
        scenes.closing(),
        scenes.tls(),
    ],
)
def test_a_step_with_one_reply_may_be_stressed(step: Step) -> None:
    assert may_be_stressed(scenes.scenario(step), case())


def test_what_was_not_judged_is_no_measure() -> None:
    assert not may_be_stressed(scenario("core/happy"), case(exchange=Verdict.UNSUPPORTED))
    assert not may_be_stressed(scenario("core/happy"), case(process=Process(None, timed_out=True)))


# --- what differs


def test_the_same_session_is_no_difference() -> None:
    assert difference(case(*WHOLE), case(*WHOLE)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("EHLO a.example.test", "EHLO [127.0.0.1]"),
        ("SIZE=200", "size=201"),
        ("C: DATA", "C: data"),
        ("First line", "First line"),
        ("Date: Mon, 23 Nov 2026 10:00:00 +0000", "Date: Tue, 24 Nov 2026 11:00:00 +0000"),
    ],
)
def test_what_may_be_another_each_time_is_no_difference(old: str, new: str) -> None:
    again = tuple(step.replace(old, new) for step in WHOLE)
    assert difference(case(*WHOLE), case(*again)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ENVID=1=a", "ENVID=2=b"),
        ("HOLDUNTIL=2026-11-24T10:00:00Z", "HOLDUNTIL=2026-11-24T10:00:01Z"),
        ("AUTH=alice+2B1@example.test", "AUTH=alice+2B2@example.test"),
    ],
)
def test_a_time_or_a_name_in_a_parameter_may_be_another_each_time(one: str, other: str) -> None:
    first, second = (case(*(step.replace("SIZE=200", word) for step in WHOLE)) for word in (one, other))
    assert difference(first, second) is None


def test_a_boundary_may_be_another_each_time() -> None:
    one, other = (
        case(*HELLO, *MAIL, *RCPT, "C: DATA", "S: 354 go", f'M: Content-Type: x; boundary="{b}"\r\n\r\n--{b}\r\n.\r\n')
        for b in ("abc", "xyz1")
    )
    assert difference(one, other) is None


@pytest.mark.parametrize(
    ("old", "new", "plain", "stressed", "after"),
    [
        ("bob@", "eve@", "RCPT <bob@example.test>", "RCPT <eve@example.test>", "MAIL"),
        (
            "SIZE=200",
            "BODY=8BITMIME",
            "MAIL <alice@example.test> SIZE",
            "MAIL <alice@example.test> BODY=8BITMIME",
            "EHLO",
        ),
        ("C: QUIT", "C: RSET", "QUIT", "RSET", "message"),
        ("C: EHLO", "C: HELO", "EHLO", "HELO", "greeting"),
        ("C: EHLO a.example.test", "C: ", "EHLO", "(no command)", "greeting"),
    ],
)
def test_the_first_difference_is_told(old: str, new: str, plain: str, stressed: str, after: str) -> None:
    found = difference(case(*WHOLE), case(*(step.replace(old, new) for step in WHOLE)))
    assert found is not None
    assert (found.plain.text, found.stressed.text, found.after) == (plain, stressed, after)


def test_another_body_is_a_difference() -> None:
    found = difference(case(*WHOLE), case(*(step.replace("First", "Worst") for step in WHOLE)))
    assert found is not None
    assert found.plain.text.startswith("(message: from to subject date; body of ")
    assert found.plain.text != found.stressed.text


def test_where_one_says_nothing_more_the_end_is_told() -> None:
    found = difference(case(*WHOLE), case(*HELLO, told="temporary"))
    assert found is not None
    assert (found.plain.text, found.stressed.text) == ("MAIL <alice@example.test> SIZE", "(end)")
    found = difference(case(*WHOLE), case("S: 220 hi", told="temporary"))
    assert found is not None
    assert (found.plain.text, found.stressed.text) == ("EHLO", "(end)")


def test_another_outcome_is_a_difference() -> None:
    found = difference(case(*WHOLE), case(*WHOLE, told="temporary"))
    assert found is not None
    assert (found.plain.text, found.stressed.text) == ("(told: accepted)", "(told: temporary)")
    assert found.plain.event is None
    assert finding(found, "split", Stress(4, 7), case(*WHOLE), CATALOGUE).events == ()
    found = difference(case(*WHOLE), case(*WHOLE, reported=(("accepted",), ("permanent",))))
    assert found is not None
    assert found.stressed.text == "(told: accepted, permanent)"


def test_in_a_later_connection_a_difference_is_told_too() -> None:
    one, other = (*HELLO, *MAIL), ("S: 220 hi", "C: HELO a", "S: 250 hi")
    found = difference(case(*one, "OPEN", *HELLO), case(*one, "OPEN", *other))
    assert found is not None
    assert (found.plain.text, found.stressed.text) == ("EHLO", "HELO")
    found = difference(case(*one, "OPEN", *other), case(*one, "OPEN", *other, told="temporary"))
    assert found is not None
    assert (found.plain.text, found.stressed.text) == ("(told: accepted)", "(told: temporary)")


def test_the_order_of_connections_is_no_difference() -> None:
    one, other = (*HELLO, *MAIL), ("S: 220 hi", "C: HELO a", "S: 250 hi")
    assert difference(case(*one, "OPEN", *other), case(*other, "OPEN", *one)) is None


def test_talking_before_the_reply_is_a_difference() -> None:
    early = Finding(rule="early-talker", key="early-talker", verdict=Verdict.WARN, events=(2,))
    others = (replace(early, rule="no-quit", events=(4,)), replace(early, events=()))
    assert difference(case(*WHOLE), case(*WHOLE, findings=others)) is None
    found = difference(case(*WHOLE), case(*WHOLE, findings=(early, *others)))
    assert found is not None
    assert (found.plain.text, found.stressed.text) == ("EHLO", "EHLO (before the reply)")


def test_handshakes_and_logins_are_part_of_a_conversation() -> None:
    steps = ("S: 220 hi", "C: EHLO a", "S: 250 hi", "C: STARTTLS", "S: 220 go", "TLS", "C: AUTH login", "S: 334 x")
    (said, _) = conversation(
        case(*steps, "C: YWxpY2U=", "S: 235 ok", "C: BDAT 4 LAST", "S: 250 ok", "C: BDAT 4", "S: 1")
    )
    assert [one.text for one in said][2:] == ["(TLS)", "AUTH LOGIN", "(SASL response)", "BDAT LAST", "BDAT"]
    assert said[2] == Said("(TLS)", "TLS", 6)
    (said, _) = conversation(case("S: 220 hi", "C: AUTH", "S: 501 no", "C: AUTH PLAIN AGFsaWNlAHg=", "S: 235 ok"))
    assert [one.text.rstrip() for one in said] == ["AUTH", "AUTH PLAIN"]
    (said, _) = conversation(case("S: 220 hi", "TLS FAILED eof"))
    assert [one.text for one in said] == ["(no TLS)"]


# --- what is found


@pytest.mark.parametrize(
    ("way", "new", "requirement", "verdict"),
    [
        ("split", "C: RSET", "RFC5321-4.2.1-d", Verdict.FAIL),
        ("together", "C: RSET", "RFC2920-3.1-k", Verdict.FAIL),
        ("slow", "C: RSET", "RFC5321-4.5.3.2.6-a", Verdict.WARN),
    ],
)
def test_a_finding_names_requirement_seed_and_command(way: str, new: str, requirement: str, verdict: Verdict) -> None:
    plain = case(*WHOLE)
    different = difference(plain, case(*(step.replace("C: QUIT", new) for step in WHOLE)))
    assert different is not None
    found = finding(different, way, Stress(4, 7), plain, CATALOGUE)  # type: ignore[arg-type]
    assert (found.rule, found.key, found.requirement, found.verdict) == (
        "stress/differs", f"stress/differs.{way}", requirement, verdict,
    )  # fmt: skip
    assert (found.level, found.axis) == (CATALOGUE[requirement].level, Axis.EXCHANGE)
    assert (found.expected, found.observed) == ("QUIT", "RSET")
    assert dict(found.facts) == {
        "expected": "QUIT",
        "observed": "RSET",
        "seed": "7",
        "command": "smtpwitness run 'core/happy' --client 'it' --stress 4 --seed 7",
    }
    assert plain.transcript[found.events[0]].octets == b"QUIT\r\n"


def test_a_difference_is_worth_no_more_than_the_profile_has_it() -> None:
    plain = case(*WHOLE)
    different = difference(plain, case(*HELLO, told="temporary"))
    assert different is not None
    mild = replace(SUBMISSION, softer={"RFC5321-4.2.1-d": Softer(Verdict.NOTE, "for once")})
    assert finding(different, "split", Stress(4, 7), plain, CATALOGUE, mild).verdict is Verdict.NOTE


def test_no_requirement_asks_for_patience_with_every_reply() -> None:
    plain = case(*WHOLE)
    different = difference(plain, case(*HELLO, told="temporary"))
    assert different is not None
    found = finding(different, "slow", Stress(4, 7), plain, CATALOGUE)
    assert (found.verdict, found.requirement, found.level) == (Verdict.NOTE, None, "")


def test_findings_of_stress_are_kept_when_a_case_is_judged_again() -> None:
    judgement = Judgement(Verdict.PASS, Verdict.PASS, (), (), (), None)
    other = Finding(rule="no-quit", key="no-quit", verdict=Verdict.FAIL)
    mine = Finding(rule="stress/differs", key="stress/differs.slow", verdict=Verdict.WARN)
    note = replace(mine, verdict=Verdict.NOTE)
    assert kept(judgement, [other]) is judgement
    assert kept(judgement, [other, mine]) == replace(
        judgement, exchange=Verdict.WARN, findings=(mine,), root_cause="stress/differs"
    )
    assert kept(judgement, [note]) == replace(judgement, exchange=Verdict.NOTE, findings=(note,))


def test_the_worst_finding_comes_first() -> None:
    mild = Finding(rule="no-quit", key="no-quit", verdict=Verdict.WARN)
    mine = Finding(rule="stress/differs", key="stress/differs.split", verdict=Verdict.FAIL)
    note = replace(mine, verdict=Verdict.NOTE)
    judgement = Judgement(Verdict.WARN, Verdict.PASS, (), (mild,), (), "no-quit")
    assert kept(judgement, [note, mine]).findings == (mine, mild, note)
