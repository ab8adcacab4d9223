"""A run is on disk case by case, whatever ends the harness, and whole with its reports in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
import sample_run
from real_runs import run_all, scenario

from smtpwitness.files import store, suites
from smtpwitness.ledger import Ledger, key_of, key_of_plan
from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import FailOn, Gate, Known
from smtpwitness.model.run import CaseResult, Client, Run
from smtpwitness.model.scenario import Place
from smtpwitness.model.texts import TEXTS
from smtpwitness.runner import Plan

MINE, OTHER = Client("rawsmtp", ("rawsmtp", "{host}")), Client("student", ("python", "client.py", "{host}"))
SOURCES = {"core/a.smtp.yaml": "title: a\n"}


@pytest.fixture(autouse=True)
def _texts() -> Iterator[None]:
    with mock.patch.dict(TEXTS, sample_run.TEXTS):
        yield


def case(name: str, client: Client = MINE, verdict: Verdict = Verdict.PASS, **values: object) -> CaseResult:
    made = replace(sample_run.told(name, verdict), client=client.name, place=Place(f"{name}.smtp.yaml", 1, 1))
    return replace(made, **values)  # type: ignore[arg-type]


def ungated(run: Run) -> Run:
    return run


def names(run: Run) -> list[str]:
    return [f"{one.name} {one.client}" for one in run.cases]


# --- while it is under way --------------------------------------------------------------------------------------


def test_before_the_first_case_ends_there_is_a_run_without_cases(tmp_path: Path) -> None:
    with Ledger(tmp_path / "new" / "out", [MINE], SOURCES):
        run = store.read(tmp_path / "new" / "out")
    assert (run.cases, run.finished, run.clients, run.sources) == ((), False, (MINE,), SOURCES)
    assert {one.id for one in run.requirements} == set(suites.catalogue())
    assert {"smtpwitness", "python", "platform"} <= set(run.environment)
    assert run.started.endswith("+00:00")


def test_every_case_is_in_the_file_at_once(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        for count, name in enumerate(("core/b", "core/a", "core/c"), 1):
            ledger.add(case(name, verdict=Verdict.FAIL))
            run = store.read(tmp_path)
            assert names(run) == ["core/b rawsmtp", "core/a rawsmtp", "core/c rawsmtp"][:count]
            assert run.cases[-1] == case(name, verdict=Verdict.FAIL)
            assert not run.finished
            assert run.duration_ms > 0


def crash(ledger: Ledger, error: BaseException) -> None:
    with ledger:
        raise error


def test_what_ended_before_a_crash_is_readable(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, [MINE], SOURCES)
    ledger.add(case("core/a"))
    with pytest.raises(RuntimeError):
        crash(ledger, RuntimeError("the harness is ill"))
    run = store.read(tmp_path)
    assert (names(run), run.finished) == (["core/a rawsmtp"], False)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


# --- clients and files that come up later -----------------------------------------------------------------------


def test_learning_keeps_the_cases_that_ended(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/b"))
        ledger.add(case("core/a"))
        ledger.learn([OTHER], {"core/b.smtp.yaml": "title: b\n"})
        run = store.read(tmp_path)
        assert names(run) == ["core/b rawsmtp", "core/a rawsmtp"]
        assert run.clients == (MINE, OTHER)
        assert run.sources == SOURCES | {"core/b.smtp.yaml": "title: b\n"}
        ledger.add(case("core/b", OTHER))
        assert names(store.read(tmp_path)) == ["core/b rawsmtp", "core/a rawsmtp", "core/b student"]
        done = ledger.finish(ungated)
    assert done == store.read(tmp_path)
    assert (done.clients, set(done.sources)) == ((MINE, OTHER), {"core/a.smtp.yaml", "core/b.smtp.yaml"})


def test_a_new_client_alone_is_learned(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.learn([OTHER, MINE], {})
        run = store.read(tmp_path)
    assert (run.clients, run.sources) == ((MINE, OTHER), SOURCES)


def test_a_new_file_alone_is_learned(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.learn([], {"personas/plain.yaml": "greeting: 220\n"})
        run = store.read(tmp_path)
    assert run.clients == (MINE,)
    assert set(run.sources) == {"core/a.smtp.yaml", "personas/plain.yaml"}


def test_what_is_known_does_not_begin_the_file_anew(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE, OTHER], SOURCES) as ledger:
        ledger.add(case("core/a"))
        before = (tmp_path / "run.json").read_bytes()
        ledger.learn([OTHER], SOURCES)
        ledger.learn([], {})
        assert (tmp_path / "run.json").read_bytes() == before  # not even the time that it took so far
        ledger.add(case("core/b"))
        assert names(store.read(tmp_path)) == ["core/a rawsmtp", "core/b rawsmtp"]


def test_what_ended_before_learning_is_readable_after_a_crash(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, [], {})
    ledger.learn([MINE], SOURCES)
    ledger.add(case("core/a"))
    ledger.learn([OTHER], {"core/b.smtp.yaml": "title: b\n"})
    with pytest.raises(KeyboardInterrupt):
        crash(ledger, KeyboardInterrupt())
    assert names(store.read(tmp_path)) == ["core/a rawsmtp"]


# --- in the end -------------------------------------------------------------------------------------------------


def test_cases_stand_in_the_order_that_was_planned(tmp_path: Path) -> None:
    cases = [case("core/c"), case("core/a"), case("core/b"), case("core/a", OTHER)]
    with Ledger(tmp_path, [MINE, OTHER], SOURCES) as ledger:
        for one in cases:
            ledger.add(one)
        done = ledger.finish(ungated, [key_of(one) for one in (cases[3], cases[2], cases[0], cases[1])])
    assert names(done) == ["core/a student", "core/b rawsmtp", "core/c rawsmtp", "core/a rawsmtp"]
    assert names(store.read(tmp_path)) == names(done)


def test_cases_that_nobody_planned_come_last_by_client_and_name(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE, OTHER], SOURCES) as ledger:
        for one in (case("core/a", OTHER), case("core/c"), case("core/b"), case("core/z")):
            ledger.add(one)
        done = ledger.finish(ungated, [key_of(case("core/never-ran")), key_of(case("core/z"))])
    assert names(done) == ["core/z rawsmtp", "core/b rawsmtp", "core/c rawsmtp", "core/a student"]


def test_the_key_of_a_plan_is_that_of_its_case() -> None:
    """Also where the scenario's file is told by another name in the run, so as not to name this machine."""
    plan = Plan(scenario("auth/cram-md5[long]"), Client("lacks", ("c", "{host}"), supports=frozenset()))
    (done,) = run_all([plan])
    assert done.verdict is Verdict.UNSUPPORTED
    assert key_of_plan(plan) == key_of(done) == ("lacks", "auth/cram-md5[long]", "plain", "auth/cram-md5.smtp.yaml")


def test_files_in_the_home_folder_keep_their_order(tmp_path: Path) -> None:
    cases = [case(name, place=Place(str(Path.home() / f"{name}.smtp.yaml"), 1, 1)) for name in ("core/b", "core/a")]
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        for one in reversed(cases):
            ledger.add(one)
        done = ledger.finish(ungated, map(key_of, cases))
    assert names(done) == ["core/b rawsmtp", "core/a rawsmtp"]
    assert str(Path.home()) not in (tmp_path / "run.json").read_text(encoding="utf-8")


def test_files_of_one_name_in_two_folders_are_two_cases(tmp_path: Path) -> None:
    cases = [case("core/a", place=Place(f"{folder}/core/a.smtp.yaml", 1, 1)) for folder in ("ben", "anna")]
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        for one in cases:
            ledger.add(one)
        done = ledger.finish(ungated)
    assert [one.place.file for one in done.cases] == ["anna/core/a.smtp.yaml", "ben/core/a.smtp.yaml"]


def test_a_case_that_ran_again_counts_once_and_as_it_went_last(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/a", verdict=Verdict.FAIL))
        ledger.add(case("core/a"))
        done = ledger.finish(ungated)
    assert [one.verdict for one in done.cases] == [Verdict.PASS]


def test_the_whole_catalogue_is_kept_also_what_nothing_covers(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/a", covers=("RFC4954-4-a",)))
        done = ledger.finish(ungated)
    assert done.requirements == tuple(suites.catalogue().values())
    assert store.read(tmp_path).requirements == done.requirements


def test_nothing_ran(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        done = ledger.finish(ungated)
    assert (done.cases, done.finished) == ((), True)
    assert (tmp_path / "index.html").exists()


@pytest.mark.parametrize("finished", [True, False])
def test_whether_all_cases_ended_is_told(tmp_path: Path, finished: bool) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/a"))
        assert ledger.finish(ungated, finished=finished).finished is finished
    assert store.read(tmp_path).finished is finished


def test_what_stops_the_build_is_worked_out_of_the_whole_and_written(tmp_path: Path) -> None:
    known = (Known("core/*", ("goes-on-after-refusal",), "waits for release 2"),)
    seen: list[Run] = []

    def gate(run: Run) -> Run:
        seen.append(run)
        cases = tuple(replace(one, known=known) for one in run.cases)
        return replace(run, cases=cases, gate=Gate(strict=True, fail_on=FailOn.FAILURES))

    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/b", verdict=Verdict.FAIL))
        ledger.add(case("core/a"))
        done = ledger.finish(gate)
    assert [names(run) for run in seen] == [["core/a rawsmtp", "core/b rawsmtp"]]
    assert done == store.read(tmp_path)
    assert (done.gate.strict, done.cases[1].known) == (True, known)
    assert "waits for release 2" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_reports_are_written(tmp_path: Path) -> None:
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/a", verdict=Verdict.FAIL))
        ledger.finish(ungated)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files >= {"run.json", "index.html", "index.zh.html", "junit.xml", "summary.md"}
    assert any(name.startswith("cases/core-a") for name in files)
    assert "core/a" in (tmp_path / "junit.xml").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_leaves_the_run(tmp_path: Path) -> None:
    (tmp_path / "cases").write_text("a file stands where the folder belongs")
    with Ledger(tmp_path, [MINE], SOURCES) as ledger:
        ledger.add(case("core/a"))
        with pytest.raises(OSError, match="cases"):
            ledger.finish(ungated)
    run = store.read(tmp_path)
    assert (names(run), run.finished) == (["core/a rawsmtp"], True)
