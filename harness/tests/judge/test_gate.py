"""Which failures are known, what is worse than in a baseline, and so what stops a build."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import job

from smtpwitness.judge.case import KEPT
from smtpwitness.judge.gate import FINDING_IDS, compare, excuses, gated, known_of, unseen
from smtpwitness.judge.rootcause import ENDINGS, FOLLOWS
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.finding import Axis, Finding, Verdict, worst
from smtpwitness.model.gate import Change, FailOn, Gate, Known, Trend, Unseen
from smtpwitness.model.run import CaseResult, Client, Process, Run
from smtpwitness.model.scenario import NOWHERE


def case(
    words: str,
    name: str = "core/happy",
    variant: tuple[str, ...] = (),
    client: str = "mine",
    server: str = "plain",
) -> CaseResult:
    """A case that came to *words*: `fail:A warn:B` with findings of the rules A and B, `pass` without any."""
    pairs = [(Verdict(verdict), rule) for verdict, _, rule in (word.partition(":") for word in words.split())]
    return CaseResult(
        scenario=name,
        variant=variant,
        client=client,
        server=server,
        exchange=worst(verdict for verdict, _ in pairs),
        closing=Verdict.PASS,
        fate=(("accepted",),),
        reported=(("accepted",),),
        exit_status=0,
        duration_ms=1.0,
        root_cause=None,
        steps=(),
        findings=tuple(Finding(rule, rule, verdict) for verdict, rule in pairs if rule),
        transcript=(),
        job=job(),
        process=Process(0),
        place=NOWHERE,
    )


def known(*rules: str, case: str = "*", client: str = "*") -> Known:
    return Known(case, rules, "it is documented", client)


def run(*cases: CaseResult, clients: tuple[Client, ...] = (Client("mine", ("c",)),)) -> Run:
    return Run("2026-01-02T00:00:00+00:00", 1.0, {}, clients, cases, (), {})


def test_rules_that_can_be_known_are_those_that_findings_have() -> None:
    named = set(FOLLOWS).union(RULE_IDS, KEPT, ENDINGS, *FOLLOWS.values())
    assert named <= FINDING_IDS
    assert all(one in RULE_IDS or one.startswith(("dialogue/", "stress/")) for one in FINDING_IDS)
    assert not any(one.endswith((".what", ".why", ".fix")) for one in FINDING_IDS)


# --- known deviations -------------------------------------------------------------------------------------------

A, B, C = known("A"), known("B"), known("C")


@pytest.mark.parametrize(
    ("words", "entries", "by"),
    [
        ("fail:A", [A], [A]),
        ("fail:A", [B], []),
        ("fail:A", [], []),
        ("fail:A fail:A", [A], [A]),  # two findings of one rule
        ("fail:A fail:B", [A], []),  # one of two is not known: it would stop the build
        ("fail:A fail:B", [A, B], [A, B]),  # several entries together
        ("fail:A fail:B", [known("A", "B")], [known("A", "B")]),
        ("fail:A", [known("A", "B")], [known("A", "B")]),
        ("fail:A", [C, A, B], [A]),  # those that have nothing to do with it do not answer for it
        ("fail:A", [A, known("A", "B")], [A, known("A", "B")]),
        ("fail:A warn:B", [A], [A]),  # a warning stops nothing
        ("fail:A warn:B", [A, B], [A]),
        ("warn:A", [A], []),  # there is nothing to answer for
        ("pass", [A], []),
        ("note:A", [A], []),
        ("unsupported", [A], []),
        ("inconclusive:A", [A], []),
        ("error", [A], []),
        ("error fail:A", [A], []),  # what the harness did not see cannot be answered for
    ],
)
def test_entries_answer_for_all_that_fails_or_for_nothing(words: str, entries: list[Known], by: list[Known]) -> None:
    assert excuses(case(words), entries, strict=False) == tuple(by)


@pytest.mark.parametrize(
    ("words", "entries", "by"),
    [
        ("warn:A", [A], [A]),
        ("warn:A", [B], []),
        ("warn:A warn:B", [A], []),
        ("fail:A warn:B", [A], []),
        ("fail:A warn:B", [B], []),
        ("fail:A warn:B", [A, B], [A, B]),
        ("fail:A note:B", [A], [A]),
        ("error warn:A", [A], []),
        ("pass", [A], []),
    ],
)
def test_with_strict_they_answer_for_warnings_too(words: str, entries: list[Known], by: list[Known]) -> None:
    assert excuses(case(words), entries, strict=True) == tuple(by)


@pytest.mark.parametrize(
    ("glob", "answers"),
    [
        ("auth/cram-md5", True),
        ("auth/*", True),
        ("auth/cram-md5[long]", True),
        ("auth/cram-md5[lo*]", True),
        ("auth/cram-md5[short]", False),
        ("auth/cram-md5[l]", False),  # brackets are themselves, no set of letters
        ("core/*", False),
        ("cram-md5", False),
    ],
)
def test_an_entry_answers_where_its_glob_fits(glob: str, answers: bool) -> None:
    one = case("fail:A", "auth/cram-md5", ("long",))
    assert bool(excuses(one, [known("A", case=glob)], strict=False)) is answers


def test_an_entry_that_is_about_another_case_does_not_help_out() -> None:
    one = case("fail:A fail:B", "core/happy")
    assert excuses(one, [known("A", case="core/*"), known("B", case="auth/*")], strict=False) == ()


@pytest.mark.parametrize(
    ("glob", "about"), [("*", True), ("mine", True), ("mi*", True), ("Mine", False), ("my", False)]
)
def test_whom_an_entry_is_about(glob: str, about: bool) -> None:
    entry = known("A", client=glob)
    assert known_of(Client("mine", ("c",)), [entry]) == ((entry,) if about else ())


def test_what_a_client_says_of_itself_comes_first() -> None:
    own = known("A", client="whatever it is called here")
    assert known_of(Client("mine", ("c",), known=(own,)), iter([B])) == (own, B)


RULES = st.sampled_from("ABC")
ENTRIES = st.lists(st.lists(RULES, min_size=1, max_size=2).map(lambda rules: known(*rules)), max_size=4)
WORDS = st.lists(st.tuples(st.sampled_from(["fail", "warn", "note"]), RULES).map(":".join), max_size=4).map(" ".join)


@given(WORDS, ENTRIES, st.booleans())
def test_whatever_is_excused_is_answered_for_and_whatever_is_answered_for_is_excused(
    words: str, entries: list[Known], strict: bool
) -> None:
    one = case(words)
    wrong = {Verdict.FAIL, Verdict.WARN} if strict else {Verdict.FAIL}
    broken = {finding.rule for finding in one.findings if finding.verdict in wrong}
    found = excuses(one, entries, strict)
    assert set(found) <= set(entries)
    assert bool(found) is (bool(broken) and broken <= {rule for entry in entries for rule in entry.rules})
    assert broken.issubset(rule for entry in found for rule in entry.rules) or not found


# --- an unexpected pass -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("pass", True),
        ("note:A", True),  # noticed, and no more than that
        ("fail:A", False),
        ("warn:A", False),  # a warning is a deviation, too
        ("fail:B", True),
        ("warn:B", True),
        ("fail:A fail:B", False),
        # those were not judged: nobody knows
        ("error", False),
        ("inconclusive", False),
        ("unsupported", False),
        ("not-applicable", False),
    ],
)
def test_what_did_not_show_is_told(words: str, told: bool) -> None:
    found = list(unseen("mine", [case(words)], [A]))
    assert found == ([Unseen(A, "mine", ("core/happy",))] if told else [])


def test_it_is_told_of_each_case_that_it_fits_and_of_no_other() -> None:
    entry = known("A", case="core/*")
    cases = [
        case("pass", "core/one", ("a",)),
        case("fail:A", "core/two"),
        case("pass", "auth/three"),
        case("pass", "core/four", client="other"),
        case("pass", "core/five"),
    ]
    assert list(unseen("mine", cases, [entry])) == [Unseen(entry, "mine", ("core/one[a]", "core/five"))]


def test_an_entry_with_several_rules_showed_where_one_of_them_did() -> None:
    entry = known("A", "B")
    assert list(unseen("mine", [case("fail:B")], [entry])) == []
    assert list(unseen("mine", [case("fail:C")], [entry])) == [Unseen(entry, "mine", ("core/happy",))]


def test_what_fits_no_case_at_all_is_not_told() -> None:
    """The case was not asked for this time."""
    assert list(unseen("mine", [case("pass")], [known("A", case="auth/*")])) == []


# --- against a baseline -----------------------------------------------------------------------------------------

SIGNS = {"?": Trend.UNJUDGED, "+": Trend.BETTER, "N": Trend.NEW}
WORTH = {"F": Verdict.FAIL, "W": Verdict.WARN, "U": Verdict.UNSUPPORTED}
WAYS = ("error", "fail:A", "warn:A", "inconclusive", "unsupported", "not-applicable", "note:A", "pass")
TABLE = {  # from a row to a column: . the same, + better, F W U worse and what that is worth, N new, ? cannot be told
    "error         ": ". ? ? ? ? ? ? ?",
    "fail:A        ": "? . + ? ? ? + +",
    "warn:A        ": "? F . ? U ? + +",
    "inconclusive  ": "? ? ? . ? ? ? ?",
    "unsupported   ": "? N N ? . ? + +",
    "not-applicable": "? ? ? ? ? . ? ?",
    "note:A        ": "? F W ? U ? . .",
    "pass          ": "? F W ? U ? . .",
}
PAIRS = [
    (was.strip(), came, sign) for was, signs in TABLE.items() for came, sign in zip(WAYS, signs.split(), strict=True)
]


def test_the_table_has_every_pair_of_verdicts() -> None:
    assert {tuple(word.partition(":")[0] for word in pair) for *pair, _ in PAIRS} == {
        (str(was), str(came)) for was in Verdict for came in Verdict
    }


@pytest.mark.parametrize(("was", "came", "sign"), PAIRS)
def test_how_a_case_stands_to_its_baseline(was: str, came: str, sign: str) -> None:
    found = [(one.trend, one.worth) for one in compare([case(was)], [case(came)])]
    worth = WORTH.get(sign)
    assert found == ([] if sign == "." else [(Trend.WORSE if worth else SIGNS[sign], worth)])


@pytest.mark.parametrize(
    ("was", "came", "trend", "worth", "rules"),
    [
        # another rule fails
        ("fail:A", "fail:B", Trend.WORSE, Verdict.FAIL, "B"),
        ("fail:A", "fail:A fail:B", Trend.WORSE, Verdict.FAIL, "B"),
        ("fail:A fail:B", "fail:C", Trend.WORSE, Verdict.FAIL, "C"),
        ("warn:A", "fail:A", Trend.WORSE, Verdict.FAIL, "A"),
        ("warn:A", "fail:B warn:A", Trend.WORSE, Verdict.FAIL, "B"),
        ("fail:A warn:B", "fail:A fail:B", Trend.WORSE, Verdict.FAIL, "B"),
        ("fail:A warn:B", "fail:B warn:A", Trend.WORSE, Verdict.FAIL, "B"),
        ("fail:A", "fail:C fail:B", Trend.WORSE, Verdict.FAIL, "B C"),
        ("pass", "fail:B warn:A", Trend.WORSE, Verdict.FAIL, "B"),
        # another rule warns, and nothing was mended by that
        ("warn:A", "warn:B", Trend.WORSE, Verdict.WARN, "B"),
        ("warn:A", "warn:B warn:A", Trend.WORSE, Verdict.WARN, "B"),
        ("fail:A", "fail:A warn:B", Trend.WORSE, Verdict.WARN, "B"),
        ("note:B", "warn:B", Trend.WORSE, Verdict.WARN, "B"),
        # the verdict is better
        ("fail:A", "warn:A", Trend.BETTER, None, "A"),
        ("fail:A", "warn:B", Trend.BETTER, None, "A"),
        ("fail:A warn:B", "warn:B", Trend.BETTER, None, "A"),
        ("fail:A warn:B", "warn:C", Trend.BETTER, None, "A B"),
        ("warn:A", "note:A", Trend.BETTER, None, "A"),
        ("fail:B warn:A", "pass", Trend.BETTER, None, "A B"),
        # less is wrong, and the verdict the same
        ("fail:A fail:B", "fail:A", Trend.BETTER, None, "B"),
        ("fail:A warn:B", "fail:A", Trend.BETTER, None, "B"),
        ("fail:A fail:B", "fail:A warn:B", Trend.BETTER, None, "B"),
        ("warn:A warn:B", "warn:B", Trend.BETTER, None, "A"),
        # it could not do that, or can no more
        ("unsupported", "pass", Trend.BETTER, None, ""),
        ("unsupported", "fail:A warn:B", Trend.NEW, None, "A B"),
        ("warn:A", "unsupported", Trend.WORSE, Verdict.UNSUPPORTED, ""),
        ("fail:A", "unsupported", Trend.UNJUDGED, None, ""),
    ],
)
def test_which_rules_made_it_so(was: str, came: str, trend: Trend, worth: Verdict | None, rules: str) -> None:
    (change,) = compare([case(was)], [case(came)])
    assert (change.trend, change.worth, " ".join(change.rules)) == (trend, worth, rules)
    assert (change.before, change.now) == (case(was).verdict, case(came).verdict)


@pytest.mark.parametrize("words", ["fail:A warn:B", "warn:B fail:A", "fail:A fail:A warn:B", "fail:A warn:B note:C"])
def test_the_order_and_number_of_findings_do_not_matter(words: str) -> None:
    assert list(compare([case("fail:A warn:B")], [case(words)])) == []


def test_what_is_worse_may_be_about_the_closing() -> None:
    leaves = replace(case("pass"), closing=Verdict.WARN, findings=(Finding("Q", "Q", Verdict.WARN, axis=Axis.CLOSING),))
    (change,) = compare([case("pass")], [leaves])
    assert (change.trend, change.worth, change.rules) == (Trend.WORSE, Verdict.WARN, ("Q",))


def test_cases_that_only_one_run_has() -> None:
    before = [case("fail:A", "core/gone"), case("pass", "core/both")]
    now = [case("pass", "core/both"), case("fail:A", "core/new", ("x",))]
    assert list(compare(before, now)) == [
        Change("mine", "plain", "core/new[x]", Trend.NEW, None, Verdict.FAIL),
        Change("mine", "plain", "core/gone", Trend.GONE, Verdict.FAIL, None),
    ]


def test_cases_are_the_same_by_client_server_and_whole_name() -> None:
    before = [case("pass", variant=("a",))]
    for now in (case("fail:A", variant=("b",)), case("fail:A", variant=("a",), server="relay:postfix")):
        assert [one.trend for one in compare(before, [now])] == [Trend.NEW, Trend.GONE]


def test_clients_that_did_not_run_this_time_are_passed_over() -> None:
    before = [case("pass", client="other"), case("fail:A", client="mine")]
    found = list(compare(before, [case("pass", client="mine"), case("pass", client="third")]))
    assert [(one.client, one.trend) for one in found] == [("mine", Trend.BETTER), ("third", Trend.NEW)]
    assert list(compare(before, [])) == []
    assert [one.trend for one in compare([], before)] == [Trend.NEW, Trend.NEW]


def test_cases_of_one_name_are_compared_in_their_order() -> None:
    """Two files of one name, in two folders."""
    two = [case("pass"), case("fail:A")]
    assert list(compare(two, two)) == []
    assert [(one.trend, one.rules) for one in compare(two, [case("fail:B"), case("fail:A")])] == [(Trend.WORSE, ("B",))]
    assert [(one.trend, one.before) for one in compare(two, [case("pass")])] == [(Trend.GONE, Verdict.FAIL)]
    assert [(one.trend, one.now) for one in compare([case("pass")], two)] == [(Trend.NEW, Verdict.FAIL)]


@given(st.lists(st.tuples(WORDS, st.sampled_from(["core/a", "core/b"])), max_size=4))
def test_a_run_is_neither_better_nor_worse_than_itself(parts: list[tuple[str, str]]) -> None:
    cases = [case(words, name) for words, name in parts]
    assert list(compare(cases, cases)) == []


@given(WORDS, WORDS)
def test_what_is_worse_and_what_is_better_rests_on_rules_that_changed(was: str, came: str) -> None:
    for one in compare([case(was)], [case(came)]):
        assert one.trend in (Trend.WORSE, Trend.BETTER)
        assert one.rules
        assert (one.worth is not None) is (one.trend is Trend.WORSE)


# --- all of it --------------------------------------------------------------------------------------------------


def test_a_gate_without_options_lets_the_run_as_it_is() -> None:
    whole = run(case("fail:A"), case("pass", "core/other"))
    assert gated(whole) == whole
    assert whole.gate == Gate()


def test_the_options_are_kept() -> None:
    gate = gated(run(case("pass")), strict=True, fail_on=FailOn.REGRESSIONS).gate
    assert (gate.strict, gate.fail_on, gate.baseline) == (True, FailOn.REGRESSIONS, "")


def test_known_deviations_come_from_the_clients_file_and_from_lists_about_it() -> None:
    mine, other = Client("mine", ("c",), known=(known("A", case="core/*"),)), Client("other", ("c",))
    listed = (known("B", client="oth*"), known("C", client="mine"))
    cases = [
        case(words, client=client)
        for client in ("mine", "other")
        for words in ("fail:A", "fail:B", "fail:C", "fail:A fail:C")
    ]
    done = gated(run(*cases, clients=(mine, other)), listed)
    assert [len(one.known) for one in done.cases] == [1, 0, 1, 2, 0, 1, 0, 0]
    assert done.stopping() == (done.cases[1], done.cases[4], done.cases[6], done.cases[7])
    own, third, second = mine.known[0], listed[1], listed[0]
    assert [(one.known, one.client, len(one.cases)) for one in done.gate.unseen] == [
        (own, "mine", 2),  # B alone, C alone
        (third, "mine", 2),
        (second, "other", 3),
    ]


def test_strict_asks_for_answers_to_warnings() -> None:
    whole = run(case("fail:A warn:B"))
    assert gated(whole, [A]).stopping() == ()
    strict = gated(whole, [A], strict=True)
    assert strict.stopping() == strict.cases
    assert gated(whole, [A, B], strict=True).stopping() == ()


def test_what_an_earlier_gate_said_is_worked_out_anew() -> None:
    before = gated(run(case("fail:A")), [A, B], run(case("pass")), strict=True, fail_on=FailOn.REGRESSIONS)
    assert before.cases[0].known
    assert before.gate.changes
    again = gated(before)
    assert (again.cases[0].known, again.gate) == ((), Gate())


def test_a_case_of_a_client_that_is_not_described_has_no_known_deviation() -> None:
    done = gated(run(case("fail:A", client="nobody")), [A])
    assert (done.cases[0].known, done.gate.unseen) == ((), ())
    assert done.stopping() == done.cases


def test_with_a_baseline_only_what_is_worse_and_not_known_stops() -> None:
    before = replace(
        run(
            case("fail:A", "core/same"),
            case("pass", "core/worse"),
            case("pass", "core/known"),
            case("pass", "core/lost"),
            case("pass", "core/warns"),
        ),
        started="2025-12-24T00:00:00+00:00",
    )
    now = run(
        case("fail:A", "core/same"),
        case("fail:A", "core/worse"),
        case("fail:B", "core/known"),
        case("unsupported", "core/lost"),
        case("warn:A", "core/warns"),
        case("fail:A", "core/new"),
    )
    done = gated(now, [B], before, fail_on=FailOn.REGRESSIONS)
    assert done.gate.baseline == "2025-12-24T00:00:00+00:00"
    assert [(one.case, one.trend) for one in done.gate.changes] == [
        ("core/worse", Trend.WORSE),
        ("core/known", Trend.WORSE),
        ("core/lost", Trend.WORSE),
        ("core/warns", Trend.WORSE),
        ("core/new", Trend.NEW),
    ]
    assert [one.name for one in done.stopping()] == ["core/worse", "core/lost"]
    strict = gated(now, [B], before, strict=True, fail_on=FailOn.REGRESSIONS)
    assert [one.name for one in strict.stopping()] == ["core/worse", "core/lost", "core/warns"]
    everything = gated(now, [B], before)
    assert [one.name for one in everything.stopping()] == ["core/same", "core/worse", "core/new"]
    assert everything.gate.changes == done.gate.changes
