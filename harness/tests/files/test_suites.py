"""Selectors: an id, an id with its variant, a glob, a file, a folder, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from smtpwitness.files import suites
from smtpwitness.files.problems import ScenarioError
from smtpwitness.files.suites import Suite, catalogue, matching
from smtpwitness.judge.rules import RULE_IDS

TEXT = "title: {en: t, zh: t}\ncovers: []\ndialogue:\n  - use: ordinary\n"
VARIED = TEXT + "variants:\n  way:\n    one: {}\n    two: {}\n"


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    return frozenset(catalogue())


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "own" / "deeper").mkdir(parents=True)
    (tmp_path / "own" / "plain.smtp.yaml").write_text(TEXT)
    (tmp_path / "own" / "deeper" / "varied.smtp.yaml").write_text(VARIED)
    (tmp_path / "own" / "notes.yaml").write_text("no: scenario")
    return tmp_path / "own"


def select(known: frozenset[str], *selectors: str) -> Suite:
    return suites.select(selectors, known, RULE_IDS)


def names(suite: Suite) -> list[str]:
    return [one.name for one in suite.scenarios]


def refused(known: frozenset[str], *selectors: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        select(known, *selectors)
    return [str(problem) for problem in caught.value.problems]


def sorted_by_file(found: Iterable[str]) -> list[str]:
    return sorted(one.partition("[")[0] for one in found)


def test_none_is_all_that_ship(known: frozenset[str]) -> None:
    everything = select(known)
    assert len(everything.scenarios) > 100
    assert len(set(names(everything))) == len(everything.scenarios)
    assert {"auth", "core", "coursework", "data", "faults", "replies", "tls"} <= {
        one.suite for one in everything.scenarios
    }


def test_an_id_is_one_scenario_with_its_variants(known: frozenset[str]) -> None:
    assert names(select(known, "core/happy")) == ["core/happy"]
    assert names(select(known, "auth/cram-md5")) == ["auth/cram-md5[short]", "auth/cram-md5[long]"]


def test_a_variant_stands_in_brackets_and_is_no_glob(known: frozenset[str]) -> None:
    assert names(select(known, "auth/cram-md5[long]")) == ["auth/cram-md5[long]"]
    assert names(select(known, "auth/cram-md5[l*]")) == ["auth/cram-md5[long]"]
    assert names(select(known, "faults/rcpt-all-5yz[one]")) == ["faults/rcpt-all-5yz[one]"]


def test_a_glob_fits_ids(known: frozenset[str]) -> None:
    found = names(select(known, "core/greeting-*"))
    assert set(sorted_by_file(found)) == {f"core/greeting-{one}" for one in ("4yz", "554", "delay", "multiline")}


def test_what_is_selected_twice_is_there_once_and_in_the_order_asked_for(known: frozenset[str]) -> None:
    assert names(select(known, "tls/starttls-ok", "core/happy", "core/happ?", "tls/starttls-ok")) == [
        "tls/starttls-ok",
        "core/happy",
    ]


def test_a_file_and_a_folder_of_ones_own(known: frozenset[str], mine: Path) -> None:
    assert [one.rpartition("/")[2] for one in names(select(known, str(mine / "plain.smtp.yaml")))] == ["plain"]
    found = names(select(known, str(mine)))
    assert [one.rpartition("/")[2] for one in found] == ["varied[one]", "varied[two]", "plain"]


@pytest.mark.parametrize("written", ["varied[two]", "varied.smtp.yaml[two]"])
def test_one_variant_of_a_file_of_ones_own(
    known: frozenset[str], mine: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (absolute,) = names(select(known, str(mine / "deeper" / written)))
    monkeypatch.chdir(mine / "deeper")
    (relative,) = names(select(known, written))
    assert relative.endswith("/varied[two]")
    assert absolute.endswith("/varied[two]")
    with pytest.raises(ScenarioError, match="there is no scenario 'varied\\[tow\\]'"):
        select(known, "varied[tow]")


def test_the_texts_that_were_read_are_kept(known: frozenset[str]) -> None:
    texts = select(known, "core/multi-message").sources.texts
    assert {"core/multi-message.smtp.yaml", "fragments/hello.yaml", "personas/plain.yaml"} <= set(texts)
    assert "core/happy.smtp.yaml" not in texts


@pytest.mark.parametrize("selector", ["nosuch.smtp.yaml", "core/no.yaml"])
def test_a_file_that_is_not_there(known: frozenset[str], selector: str) -> None:
    assert refused(known, selector) == [f"{selector}:1:1: there is no such file"]


@pytest.mark.parametrize(
    ("selector", "near"),
    [
        ("core/hapy", "core/happy"),
        ("auth/cram-md5[shrt]", "auth/cram-md5[short]"),
        ("core/happy[x]", "core/happy"),
        ("xyzzy", None),
    ],
)
def test_a_wrong_selector_is_told_with_the_nearest(known: frozenset[str], selector: str, near: str | None) -> None:
    hint = f" (did you mean {near!r}?)" if near else ""
    assert refused(known, selector) == [f"SELECTOR:1:1: there is no scenario {selector!r}{hint}"]


def test_a_folder_without_scenarios_is_told(known: frozenset[str], tmp_path: Path) -> None:
    assert refused(known, str(tmp_path)) == [f"SELECTOR:1:1: there is no scenario {str(tmp_path)!r}"]


def test_all_that_is_wrong_is_told_at_once(known: frozenset[str], mine: Path) -> None:
    (mine / "plain.smtp.yaml").write_text(TEXT + "misspelt: 1\n")
    (mine / "deeper" / "varied.smtp.yaml").write_text("covers: []\n")
    found = refused(known, str(mine), "core/hapy", str(mine))
    assert len(found) == 3
    assert ["misspelt" in found[1], "title" in found[0], "core/happy" in found[2]] == [True] * 3


def test_requirements_by_id_and_by_topic(known: frozenset[str]) -> None:
    all_of_them = list(catalogue().values())
    assert {one.id for one in matching(all_of_them, "*")} == known
    by_id = matching(all_of_them, "RFC3207-4-*")
    assert by_id
    assert all(one.id.startswith("RFC3207-4-") for one in by_id)
    topic = all_of_them[0].topic
    assert {one.topic for one in matching(all_of_them, topic)} == {topic}
    assert matching(all_of_them, "rfc3207-4-*") == []
    in_text = matching(all_of_them, "Source Route")
    assert in_text
    assert all("source route" in one.text.lower() for one in in_text)


def test_files_of_one_name_in_two_folders_are_two(tmp_path: Path, known: frozenset[str]) -> None:
    for student in ("anna", "ben"):
        (tmp_path / student / "own").mkdir(parents=True)
        (tmp_path / student / "own" / "plain.smtp.yaml").write_text(TEXT)
    found = select(known, str(tmp_path))
    assert names(found) == ["own/plain", "own/plain"]
    assert len({one.place.file for one in found.scenarios}) == 2


def test_the_name_of_a_suite_selects_all_its_scenarios() -> None:
    requirements = frozenset(catalogue())
    whole, by_glob = (suites.select([one], requirements, RULE_IDS).scenarios for one in ("coursework", "coursework/*"))
    assert [one.name for one in whole] == [one.name for one in by_glob]
    assert whole
