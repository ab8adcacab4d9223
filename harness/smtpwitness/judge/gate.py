"""What stops a build: which failures are known, and what is worse than in a baseline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from ..model.finding import SEVERITY, Verdict
from ..model.gate import Change, FailOn, Gate, Known, Trend, Unseen
from ..model.run import CaseResult, Client, Run
from ..model.scenario import fits
from ..model.texts.findings import FINDINGS
from .rules import RULE_IDS

FINDING_IDS = RULE_IDS | {key.rpartition(".")[0] for key in FINDINGS if key.startswith(("dialogue/", "stress/"))}
"""Every id that a finding's `rule` can have."""

JUDGED = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.NOTE, Verdict.PASS})
CLEAN = frozenset({Verdict.NOTE, Verdict.PASS})


def gated(
    run: Run,
    known: Sequence[Known] = (),
    before: Run | None = None,
    *,
    strict: bool = False,
    fail_on: FailOn = FailOn.FAILURES,
) -> Run:
    """*run* with what stops a build worked out: *known* beside what its clients' files say, *before* as a baseline."""
    entries = {client.name: known_of(client, known) for client in run.clients}
    cases = tuple(replace(case, known=excuses(case, entries.get(case.client, ()), strict)) for case in run.cases)
    gate = Gate(
        strict=strict,
        fail_on=fail_on,
        baseline=before.started if before else "",
        changes=tuple(compare(before.cases, cases)) if before else (),
        unseen=tuple(one for name, mine in entries.items() for one in unseen(name, cases, mine)),
    )
    return replace(run, cases=cases, gate=gate)


# --- known deviations -------------------------------------------------------------------------------------------


def known_of(client: Client, known: Iterable[Known]) -> tuple[Known, ...]:
    """The entries that are about *client*: those of its own file, and those of *known* whose glob its name fits."""
    return (*client.known, *(one for one in known if fnmatchcase(client.name, one.client)))


def excuses(case: CaseResult, known: Iterable[Known], strict: bool) -> tuple[Known, ...]:
    """The entries that answer for every finding that would stop a build; none if one of those is of another rule.

    *known* are about the case's client. With *strict* warnings have to be answered for, too.
    """
    broken = _rules(case, Verdict.FAIL) | (_rules(case, Verdict.WARN) if strict else set())
    mine = [one for one in known if fits(one.case, case.scenario, case.name) and broken & set(one.rules)]
    answered = {rule for one in mine for rule in one.rules}
    return tuple(mine) if case.verdict is not Verdict.ERROR and broken <= answered else ()


def unseen(client: str, cases: Iterable[CaseResult], known: Iterable[Known]) -> Iterator[Unseen]:
    """The entries of *known*, about *client*, that did not show in a case that they fit and that was judged.

    A real relay need not give a client the occasion that the fake gives it.
    """
    mine = [case for case in cases if case.client == client and case.verdict in JUDGED and not case.relay]
    for one in known:
        expected = [case for case in mine if fits(one.case, case.scenario, case.name)]
        without = tuple(case.name for case in expected if not _broken(case) & set(one.rules))
        if without:
            yield Unseen(one, client, without)


def _rules(case: CaseResult, verdict: Verdict) -> set[str]:
    return {finding.rule for finding in case.findings if finding.verdict is verdict}


def _broken(case: CaseResult) -> set[str]:
    return _rules(case, Verdict.FAIL) | _rules(case, Verdict.WARN)


# --- against a baseline -----------------------------------------------------------------------------------------


def compare(before: Iterable[CaseResult], now: Iterable[CaseResult]) -> Iterator[Change]:
    """How the cases of *now* differ from those of *before*: cases of one name, client and server are the same case.

    Clients that *now* does not have are passed over.
    """
    old, new = _by_key(before), _by_key(now)
    clients = {client for client, _, _ in new}
    for key in [*new, *(key for key in old if key not in new and key[0] in clients)]:
        for nth in range(max(len(old[key]), len(new[key]))):
            was, came = (cases[nth] if nth < len(cases) else None for cases in (old[key], new[key]))
            change = _change(was, came)
            if change is not None:
                yield change


def _by_key(cases: Iterable[CaseResult]) -> defaultdict[tuple[str, str, str], list[CaseResult]]:
    found: defaultdict[tuple[str, str, str], list[CaseResult]] = defaultdict(list)
    for case in cases:
        found[case.client, case.server, case.name].append(case)
    return found


def _change(was: CaseResult | None, came: CaseResult | None) -> Change | None:
    """What became of one case, or None where it came out the same."""
    one = came or was
    assert one is not None, "a case of at least one of the two runs"
    if was is None or came is None:
        found: Trending | None = (Trend.GONE if came is None else Trend.NEW, set(), None)
    else:
        found = _trend(was, came)
    if found is None:
        return None
    trend, rules, worth = found
    before, now = was.verdict if was else None, came.verdict if came else None
    return Change(one.client, one.server, one.name, trend, before, now, tuple(sorted(rules)), worth)


Trending = tuple[Trend, set[str], Verdict | None]
"""The trend, the rules that make it, and what it is worth: as in `Change`."""


def _trend(was: CaseResult, came: CaseResult) -> Trending | None:
    if {was.verdict, came.verdict} <= JUDGED:
        return _trend_of_judged(was, came)
    if was.verdict is came.verdict:
        return None
    if came.verdict is Verdict.UNSUPPORTED and was.verdict in CLEAN | {Verdict.WARN}:
        return Trend.WORSE, set(), Verdict.UNSUPPORTED
    if was.verdict is Verdict.UNSUPPORTED and came.verdict in JUDGED:
        return Trend.BETTER if came.verdict in CLEAN else Trend.NEW, _broken(came), None
    return Trend.UNJUDGED, set(), None


def _trend_of_judged(was: CaseResult, came: CaseResult) -> Trending | None:
    """A rule that fails and did not is worse, whatever else was mended; else the better verdict is better."""
    failed, fails = _rules(was, Verdict.FAIL), _rules(came, Verdict.FAIL)
    broke, breaks = _broken(was), _broken(came)
    if fails - failed:
        return Trend.WORSE, fails - failed, Verdict.FAIL
    if SEVERITY[came.verdict] <= SEVERITY[was.verdict] and breaks - broke:
        return Trend.WORSE, breaks - broke, Verdict.WARN
    gone = (broke - breaks) | (failed - fails)
    return (Trend.BETTER, gone, None) if gone else None
