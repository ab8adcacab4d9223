"""What stands in the cells of the table of requirements and clients."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.requirement import Requirement
from smtpwitness.model.run import CaseResult, Row, Run, Status
from smtpwitness.report.matrix import CLIENTS, Cell, matrix, tells, touched

KEPT, BROKEN, OPEN = (one.id for one in sample_run.REQUIREMENTS)


def case(name: str, *verdicts: Verdict, client: str = "a", **values: object) -> CaseResult:
    """A case that touches BROKEN and has a finding of each of *verdicts* against it."""
    findings = tuple(Finding("line-ends", "sample.no-quit", verdict, BROKEN) for verdict in verdicts)
    made = replace(sample_run.assignment(), scenario=name, client=client, findings=findings, touches=(BROKEN,))
    made = replace(made, exchange=verdicts[0] if verdicts else Verdict.PASS)
    return replace(made, **values)  # type: ignore[arg-type]


def run(*cases: CaseResult, rows: tuple[Requirement, ...] = sample_run.REQUIREMENTS, profile: str = "library") -> Run:
    return replace(sample_run.run_of(cases), requirements=rows, profile=profile)


def cell(*cases: CaseResult) -> Cell:
    ((found,),) = (line.cells for line in matrix(run(*cases)).covered if line.requirement.id == BROKEN)
    return found


def test_the_worst_finding_counts_and_leads_to_its_case() -> None:
    found = cell(case("s/mild", Verdict.WARN), case("s/bad", Verdict.NOTE, Verdict.FAIL), case("s/good"))
    assert (found.verdict, found.slug) == (Verdict.FAIL, "s-bad--a--coremail-test")
    assert cell(case("s/mild", Verdict.NOTE), case("s/good")).verdict is Verdict.NOTE


def test_nothing_found_in_a_judged_case_is_a_pass_and_leads_nowhere() -> None:
    assert cell(case("s/good")) == Cell("a", Verdict.PASS)
    lacking = case("s/lacking", exchange=Verdict.UNSUPPORTED)
    assert cell(lacking) == Cell("a", None)
    assert cell(lacking, case("s/good")) == Cell("a", Verdict.PASS)


@pytest.mark.parametrize(
    ("verdict", "status", "told"),
    [
        (Verdict.PASS, Status.MET, True),
        (Verdict.PASS, Status.UNMET, True),  # there was no need to
        (Verdict.NOTE, Status.UNMET, True),
        (Verdict.WARN, Status.MET, True),
        (Verdict.WARN, Status.UNMET, False),
        (Verdict.FAIL, Status.MISSING, True),
        (Verdict.FAIL, Status.UNMET, False),
        (Verdict.INCONCLUSIVE, Status.MET, False),
        (Verdict.UNSUPPORTED, Status.MET, False),
        (Verdict.NOT_APPLICABLE, Status.MET, False),
        (Verdict.ERROR, Status.MET, False),
    ],
)
def test_which_cases_tell_that_a_requirement_was_kept(verdict: Verdict, status: Status, told: bool) -> None:
    one = case("s/one", exchange=verdict, steps=(Row(1, "client", Status.MET), Row(1, "client", status)))
    assert tells(one) is told
    assert cell(one).verdict is (Verdict.PASS if told else None)


def test_clients_are_told_apart() -> None:
    (line,) = matrix(run(case("s/one", Verdict.FAIL, client="b"), case("s/one", client="a"))).covered
    assert [(one.client, one.verdict) for one in line.cells] == [("a", Verdict.PASS), ("b", Verdict.FAIL)]
    assert line.worst is Verdict.FAIL


def test_a_finding_is_shown_also_where_no_case_covers_what_it_is_about() -> None:
    stray = case("s/stray", Verdict.WARN, touches=(KEPT,))
    lines = matrix(run(stray, case("s/stray", client="b", touches=(KEPT,)))).covered
    assert [(line.requirement.id, line.worst) for line in lines] == [(BROKEN, Verdict.WARN), (KEPT, Verdict.PASS)]
    assert [one.verdict for one in lines[0].cells] == [Verdict.WARN, None]


def test_a_finding_without_a_requirement_is_in_no_row() -> None:
    free = replace(case("s/free", Verdict.FAIL), findings=(Finding("x", "sample.no-quit", Verdict.FAIL),))
    assert [line.worst for line in matrix(run(free)).covered] == [Verdict.PASS]


def test_the_worst_rows_come_first_and_then_those_of_the_catalogue() -> None:
    rows = tuple(replace(sample_run.REQUIREMENTS[0], id=str(number)) for number in range(4))
    cases = (
        case("s/none", exchange=Verdict.UNSUPPORTED, touches=("0",)),
        case("s/good", touches=("1", "2")),
        replace(case("s/bad", touches=("3",)), findings=(Finding("x", "sample.no-quit", Verdict.FAIL, "3"),)),
    )
    made = matrix(run(*cases, rows=rows))
    assert [line.requirement.id for line in made.covered] == ["3", "1", "2", "0"]
    assert made.counts == {Verdict.FAIL: 1, Verdict.PASS: 2, None: 1}


def test_every_requirement_of_the_profile_stands_in_one_part() -> None:
    first, second, third = sample_run.REQUIREMENTS
    unseen = replace(first, id="u", observable="no")
    covered_unseen = replace(second, observable="no")
    relays = replace(first, id="m", applies_to="mta")
    rows = (first, covered_unseen, third, unseen, relays)
    made = matrix(run(case("s/one"), rows=rows))
    parts = [[line.requirement.id for line in part] for part in (made.covered, made.open, made.unseen)]
    assert parts == [[BROKEN], [KEPT, OPEN], ["u"]]
    assert made.total == 4
    assert [line.requirement.id for line in matrix(run(rows=rows, profile="relay")).open] == [KEPT, OPEN, "m"]
    assert matrix(run(rows=rows, profile="of another version")).total == 4


def test_what_no_broken_client_proves_is_marked() -> None:
    kept, broken, open_ = sample_run.REQUIREMENTS
    rows = (replace(kept, caught=("core/a",)), broken, replace(open_, observable="no"))
    found = matrix(run(case("s/good"), rows=rows))
    marked = {line.requirement.id: line.why for line in (*found.covered, *found.open, *found.unseen) if line.why}
    assert marked == {BROKEN: "requirements.unproven"}
    argued = matrix(run(rows=(replace(broken, argued="nobody can"),)))
    assert argued.open[0].why == "requirements.argued"


def test_what_the_same_octets_break_comes_out_alike() -> None:
    twin = replace(sample_run.REQUIREMENTS[0], id="twin")
    bad = case("s/bad", Verdict.FAIL)
    bad = replace(bad, findings=tuple(replace(one, also=("twin",)) for one in bad.findings))
    found = matrix(run(bad, rows=(twin, sample_run.REQUIREMENTS[1])))
    cells = {line.requirement.id: line.cells[0].verdict for line in found.covered}
    assert cells == {"twin": Verdict.FAIL, BROKEN: Verdict.FAIL}


def test_the_address_is_that_of_the_section() -> None:
    made = matrix(run(case("s/one")))
    assert made.covered[0].address == "https://www.rfc-editor.org/rfc/rfc5321#section-2.3.8"
    assert made.open[0].address == "https://www.rfc-editor.org/rfc/rfc5321#section-3.3"


def test_more_clients_than_fit_are_counted() -> None:
    cases = [case("s/one", client=f"c{number:03}") for number in range(CLIENTS + 5)]
    made = matrix(run(*reversed(cases)))
    assert made.clients == tuple(f"c{number:03}" for number in range(CLIENTS))
    assert made.more_clients == 5
    assert len(made.covered[0].cells) == CLIENTS


def test_an_older_run_shows_what_it_has() -> None:
    older = replace(case("s/one"), touches=(), covers=(BROKEN,))
    assert touched(older) == (BROKEN,)
    made = matrix(run(older))
    assert made.older
    assert made.covered[0].worst is Verdict.PASS
    assert not matrix(run(case("s/one"))).older
    assert not matrix(run(replace(older, covers=()))).older
