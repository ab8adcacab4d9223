"""Where texts come from, by which name they are known, and that a replay finds the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwitness.files.nodes import LIMIT
from smtpwitness.files.problems import ScenarioError
from smtpwitness.files.sources import Sources


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundled root, a user's folder, and the user in the latter's parent."""
    for name in (
        "root/core/happy.smtp.yaml",
        "root/fragments/hello.yaml",
        "root/fragments/goodbye.yaml",
        "own/suite/mine.smtp.yaml",
        "own/suite/fragments/near.yaml",
        "own/fragments/hello.yaml",
        "own/fragments/far.yaml",
        "own/lone.smtp.yaml",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, "utf-8")
    monkeypatch.chdir(tmp_path / "own")
    return tmp_path


def test_a_bundled_scenario_uses_what_is_bundled(world: Path) -> None:
    sources = Sources(world / "root")
    assert sources.read("core/happy.smtp.yaml") == "root/core/happy.smtp.yaml"
    assert sources.find("fragments", "hello", "core/happy.smtp.yaml") == "fragments/hello.yaml"
    assert sources.read("fragments/hello.yaml") == "root/fragments/hello.yaml"
    assert sources.find("fragments", "far", "core/happy.smtp.yaml") is None
    assert sources.names("fragments", "core/happy.smtp.yaml") == ["goodbye", "hello"]


@pytest.mark.parametrize(
    ("path", "name", "found", "text"),
    [
        ("suite/mine.smtp.yaml", "near", "suite/fragments/near.yaml", "own/suite/fragments/near.yaml"),
        ("suite/mine.smtp.yaml", "hello", "suite/../fragments/hello.yaml", "own/fragments/hello.yaml"),
        ("suite/mine.smtp.yaml", "goodbye", "fragments/goodbye.yaml", "root/fragments/goodbye.yaml"),
        ("lone.smtp.yaml", "far", "./fragments/far.yaml", "own/fragments/far.yaml"),
        ("../own/suite/mine.smtp.yaml", "far", "../own/fragments/far.yaml", "own/fragments/far.yaml"),
    ],
)
def test_ones_own_come_before_the_bundled(world: Path, path: str, name: str, found: str, text: str) -> None:
    sources = Sources(world / "root")
    assert sources.find("fragments", name, path) == found
    assert sources.read(found) == text
    assert name in sources.names("fragments", path)
    replay = Sources.of(sources.texts)
    assert replay.find("fragments", name, path) == found
    assert replay.names("fragments", path) == [name]


@pytest.mark.parametrize("name", ["../hello", "a/b", "", "a\0b", "c:x"])
def test_names_are_no_paths(world: Path, name: str) -> None:
    assert Sources(world / "root").find("fragments", name, "lone.smtp.yaml") is None


def test_what_was_read_is_remembered(world: Path) -> None:
    sources = Sources(world / "root")
    sources.read("suite\\mine.smtp.yaml")
    assert sources.texts == {"suite/mine.smtp.yaml": "own/suite/mine.smtp.yaml"}
    (world / "own/suite/mine.smtp.yaml").write_text("changed", "utf-8")
    assert sources.read("suite/mine.smtp.yaml") == "own/suite/mine.smtp.yaml"


def test_a_file_beside_another(world: Path) -> None:
    sources = Sources(world / "root")
    assert sources.beside("core/happy.smtp.yaml", "m.eml") == "core/m.eml"
    assert sources.beside("happy.smtp.yaml", "mails/m.eml") == "./mails/m.eml"
    assert [sources.beside("a/b", name) for name in ("../m", "/m", "c:/m", "a\\..\\m", "x/../m")] == [None] * 5


@pytest.mark.parametrize("path", ["none.smtp.yaml", "suite", "a\0b", "x" * 5000])
def test_what_cannot_be_read_is_told(world: Path, path: str) -> None:
    with pytest.raises(ScenarioError, match=":1:1: the file cannot be read: "):
        Sources(world / "root").read(path)


def test_what_is_too_large_is_not_read(world: Path) -> None:
    (world / "own/big.smtp.yaml").write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(ScenarioError, match="too large"):
        Sources(world / "root").read("big.smtp.yaml")


def test_stored_texts_are_all_there_is(world: Path) -> None:
    with pytest.raises(ScenarioError, match="not among what was stored"):
        Sources.of({}).read("lone.smtp.yaml")
