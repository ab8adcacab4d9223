"""Judges one case: plays its transcript again, runs every rule over it, and says what it came to.

Live and afterwards it is the same judgement, because it rests on the stored transcript alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..model.finding import SEVERITY, Axis, Finding, Verdict, worst
from ..model.profile import SUBMISSION, Profile
from ..model.requirement import Requirement
from ..model.run import Job, Process, Row
from ..model.scenario import Scenario
from ..model.transcript import Transcript
from .follower import Follower
from .outcome import Fate, fates, misses
from .player import Player
from .program import last_words
from .record import Difference
from .replay import Replay
from .rootcause import ENDINGS, root_cause
from .rules import RULES, Observation, Remark, Rule
from .session import exchanges
from .verdicts import TWINS, grade

SILENCE = 3.0  # after which a line or content that has no end is taken as ended
THRESHOLDS: Mapping[str, float] = {
    "line-end.none": SILENCE,
    "end-of-data": SILENCE,
    "end-of-data.glued": SILENCE,
    "end-of-data.unterminated": SILENCE,
    "silence.half-line": SILENCE,
    "silence.half-content": SILENCE,
}
"""Seconds that findings rest on, by key. If the harness was late by more than half of that, it cannot tell."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a case came to; the fields of `CaseResult` that judging decides."""

    exchange: Verdict
    closing: Verdict
    fate: Fate
    findings: tuple[Finding, ...]
    steps: tuple[Row, ...]
    root_cause: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to judge besides the transcript. `reported` are words as in `CaseResult`.

    `relayed`: the server was a real relay, whose replies are matched, not played again.
    """

    reported: Fate
    process: Process
    tells_classes: bool = False
    lag_ms: float = 0.0
    relayed: bool = False


def judge(
    scenario: Scenario,
    job: Job,
    transcript: Transcript,
    facts: Facts,
    requirements: Mapping[str, Requirement],
    rules: Sequence[Rule] = RULES,
    profile: Profile = SUBMISSION,
) -> Judgement:
    """Judge one case. A transcript that this scenario cannot have led to is the harness's error."""
    grades = _Grades(requirements, profile.speaking(job.protocol, job.relayed))
    player = Follower(scenario, job) if facts.relayed else Player(scenario, job)
    replay = Replay(player, transcript, facts.lag_ms / 1000)
    player.finish()
    left = player.astray if isinstance(player, Follower) else ""
    steps = tuple(player.record.rows)
    made = exchanges(transcript)
    fate = fates(made, job)
    if replay.astray:
        return Judgement(Verdict.ERROR, Verdict.PASS, fate, (), steps, None, replay.astray)
    seen = Observation(
        transcript=transcript,
        exchanges=made,
        job=job,
        fate=fate,
        reported=facts.reported,
        tells_classes=facts.tells_classes,
        timed_out=facts.process.timed_out,
        patience=scenario.limit,
        scripted=frozenset(player.scripted),
    )
    fair = [rule for rule in rules if not left or rule.id != "silence"]  # who waits for whom at the end: for the relay
    found = [_from_rule(rule, remark, grades) for rule in fair for remark in rule.check(seen)]
    if player.lacking is None:
        found += _from_dialogue(player.record.differences, found, grades, facts.lag_ms / 1000)
        found += [] if left else _from_outcome(scenario, fate, facts, job, grades)
    found = [_softened(one, scenario, facts.lag_ms, replay.starved) for one in _located(found, steps)]
    unsupported = Verdict.UNSUPPORTED if player.lacking is not None else Verdict.PASS
    cause = root_cause(found)
    exchange = worst((unsupported, *(one.verdict for one in found if one.axis is Axis.EXCHANGE)))
    if left and exchange is not Verdict.FAIL:  # the relay's doing, unless the client had failed all the same
        exchange = Verdict.ERROR
    return Judgement(
        exchange=exchange,
        closing=worst(one.verdict for one in found if one.axis is Axis.CLOSING),
        fate=fate,
        findings=tuple(sorted(found, key=lambda one: SEVERITY[one.verdict])),
        steps=steps,
        root_cause=cause.rule if cause else None,
        reason=left or (f"the client lacks: {player.lacking}" if player.lacking else _said(found, facts.process)),
    )


def _said(found: Iterable[Finding], process: Process) -> str:
    """What the program said at its end, where something is wrong, or nothing was seen of it."""
    wrong = any(one.verdict in (Verdict.FAIL, Verdict.WARN) or one.rule == "dialogue/unconnected" for one in found)
    words = last_words(process) if wrong else ""
    return f"the client's program: {words}" if words else ""


# --- findings


@dataclass(frozen=True, slots=True)
class _Grades:
    """The catalogue, and what breaking its rows is worth to a client of this kind."""

    requirements: Mapping[str, Requirement]
    profile: Profile

    def of(self, name: str | None, at_most: Verdict) -> tuple[Requirement | None, Verdict]:
        requirement = self.requirements.get(name or "")
        return requirement, grade(requirement, at_most, self.profile)

    def also(self, name: str | None, more: tuple[str, ...] = ()) -> tuple[str, ...]:
        """What else is broken with the requirement of that name, as far as a client of this kind is asked for it."""
        rows = (self.requirements.get(one) for one in (*TWINS.get(name or "", ()), *more))
        return tuple(one.id for one in rows if one is not None and self.profile.takes(one))


def _from_rule(rule: Rule, remark: Remark, grades: _Grades) -> Finding:
    requirement, verdict = grades.of(remark.requirement, remark.at_most)
    return Finding(
        rule=rule.id,
        key=remark.key,
        verdict=verdict,
        requirement=requirement.id if requirement else None,
        level=requirement.level if requirement else "",
        axis=remark.axis,
        expected=remark.expected,
        observed=remark.observed,
        facts=remark.facts,
        events=remark.events,
        also=grades.also(remark.requirement, remark.also),
    )


def _from_dialogue(
    differences: Iterable[Difference], found: Sequence[Finding], grades: _Grades, late: float
) -> list[Finding]:
    """Differences as findings, but for those whose first event a rule has found fault with already."""
    blamed = (one for one in found if one.verdict in BLAME and one.rule not in ABOUT_THE_WAY)
    taken = {event for one in blamed for event in one.events[:1]}
    return [
        _finding(one, grades, late)
        for one in differences
        if one.key in KEPT or not (one.events and one.events[0] in taken)
    ]


BLAME = (Verdict.FAIL, Verdict.WARN)

ABOUT_THE_WAY = frozenset(
    {
        "credentials-in-clear",
        "helo-then-auth",
        "parameter-not-offered",
        "parameter-value",
        "declared-size",
        "chunk-not-listed",
    }
)
"""Rules about how or when something was said: what was said can be wrong besides (another password, say)."""

KEPT = frozenset({"dialogue/never", "dialogue/breaks", "dialogue/within", "dialogue/missing", "dialogue/closed"})
"""Differences that say something else than any rule about the same event."""


def _finding(one: Difference, grades: _Grades, late: float) -> Finding:
    """*late*: the seconds by which the harness may have seen either end of a time too late."""
    requirement, verdict = grades.of(one.requirement, one.at_most)
    if one.missed_by is not None and 2 * late > one.missed_by and verdict in BLAME:
        verdict = Verdict.INCONCLUSIVE
    if one.key == "dialogue/breaks" and requirement:  # a mark stands for the whole way, and the right one is another
        one = replace(one, expected=requirement.text)
    facts = (("expected", one.expected), ("observed", one.observed), ("nearest", one.nearest or one.expected))
    return Finding(
        rule=one.key,
        key=one.key,
        verdict=verdict,
        requirement=one.requirement,
        level=requirement.level if requirement else "",
        expected=one.expected,
        observed=one.observed,
        facts=tuple((name, value[:120]) for name, value in facts),
        events=one.events,
        step=one.row,
        also=grades.also(one.requirement),
    )


def _from_outcome(scenario: Scenario, fate: Fate, facts: Facts, job: Job, grades: _Grades) -> list[Finding]:
    covers = next(iter(scenario.covers), None)
    miss = next(iter(misses(scenario.outcome, fate, facts.reported, job, facts.tells_classes)), None)
    if miss is None:
        return []
    who = miss.recipient if "recipients" in job.told else "the message"
    difference = Difference("dialogue/outcome", covers, f"{who}: {miss.expected}", f"{who}: {miss.observed}", ())
    return [_finding(difference, grades, 0)]


def _located(found: Iterable[Finding], steps: Sequence[Row]) -> list[Finding]:
    """Findings of rules get the row that shows their first event."""
    rows = {event: number for number, row in reversed(tuple(enumerate(steps))) for event in row.events}
    return [
        one if one.step is not None or not one.events else replace(one, step=rows.get(one.events[0])) for one in found
    ]


def _softened(one: Finding, scenario: Scenario, lag_ms: float, starved: bool) -> Finding:
    """What the scenario allows is a note; what the harness was too late to see, or made happen, is inconclusive.

    *starved*: the client waited for a late reply until its time-out, and who gives up ends as badly as any who fails.
    """
    if one.rule in scenario.allow:
        return replace(one, verdict=Verdict.NOTE, facts=(*one.facts, ("allowed", scenario.allow[one.rule])))
    threshold = THRESHOLDS.get(one.key)
    unseen = threshold and lag_ms / 1000 > threshold / 2
    if (unseen or (starved and one.rule in ENDINGS)) and one.verdict in BLAME:
        return replace(one, verdict=Verdict.INCONCLUSIVE)
    return one
