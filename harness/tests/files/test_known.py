"""The list of deviations that are known: what it says, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwitness.files import known as module
from smtpwitness.files.known import read_known
from smtpwitness.files.problems import ScenarioError
from smtpwitness.judge.gate import FINDING_IDS
from smtpwitness.model.gate import Known
from smtpwitness.model.scenario import Place


def write(folder: Path, text: str) -> Path:
    path = folder / "known.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def wrong(folder: Path, text: str) -> list[str]:
    """What is wrong with a list, each with line and column."""
    path = write(folder, text)
    with pytest.raises(ScenarioError) as caught:
        read_known(path)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


WHOLE = """\
known:
  - case: data/smuggling*
    rule: content-line-end
    reason: octets are sent as they are given; it is documented
    date: 2026-01-31
    link: https://bugs.example.test/12
  - case: auth/cram-md5[long]
    rule: [went-on, dialogue/outcome]
    client: smtp*
    reason: >
      为兼容旧服务器
      而保留
"""


def test_a_whole_list(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE)
    assert read_known(path) == (
        Known(
            "data/smuggling*",
            ("content-line-end",),
            "octets are sent as they are given; it is documented",
            "*",
            "2026-01-31",
            "https://bugs.example.test/12",
            Place(str(path), 2, 5),
        ),
        Known(
            "auth/cram-md5[long]",
            ("went-on", "dialogue/outcome"),
            "为兼容旧服务器 而保留",
            "smtp*",
            place=Place(str(path), 7, 5),
        ),
    )


def test_the_example_of_the_docstring_can_be_read(tmp_path: Path) -> None:
    text = str(module.__doc__).partition("\n\n")[2]
    (one,) = read_known(write(tmp_path, text))
    assert (one.case, one.rules, one.date) == ("data/smuggling*", ("content-line-end",), "2026-01-31")


def test_each_of_several_globs_is_an_entry_of_its_own(tmp_path: Path) -> None:
    found = read_known(write(tmp_path, "known: [{case: [core/*, 'data/dots[x]'], rule: went-on, reason: x}]"))
    assert [(one.case, one.rules) for one in found] == [("core/*", ("went-on",)), ("data/dots[x]", ("went-on",))]


def test_a_list_without_entries(tmp_path: Path) -> None:
    assert read_known(write(tmp_path, "known: []\n")) == ()


@pytest.mark.parametrize("rule", sorted(FINDING_IDS))
def test_every_rule_can_be_known(tmp_path: Path, rule: str) -> None:
    (one,) = read_known(write(tmp_path, f"known: [{{case: '*', rule: {rule}, reason: x}}]"))
    assert one.rules == (rule,)


ENTRY = "known:\n  - case: core/*\n    rule: went-on\n    reason: x\n"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1:1: the file is empty"]),
        ("knwon: []\n", ["1:1: the key 'known' is missing", "1:1: there is no key 'knwon' (did you mean 'known'?)"]),
        ("- case: x\n", ["1:1: "]),
        ("known:\n", ["1:7: known: "]),
        ("known: went-on\n", ["1:8: known: "]),
        ("known:\n  - went-on\n", ["2:5: known.0: "]),
        (
            "known:\n  - {}\n",
            ["2:5: the key 'case' is missing", "2:5: the key 'reason' is missing", "2:5: the key 'rule' is missing"],
        ),
        ("known:\n  - case: core/*\n    reason: x\n", ["2:5: the key 'rule' is missing"]),
        (ENTRY + "    resaon: y\n", ["5:5: there is no key 'resaon' (did you mean 'reason'?)"]),
        (ENTRY.replace("core/*", "''"), ["2:11: known.0.case.0: "]),
        (ENTRY.replace("core/*", "[core/*, '']"), ["2:20: known.0.case.1: "]),
        (ENTRY.replace("core/*", "[]"), ["2:11: known.0.case: "]),
        (
            ENTRY.replace("went-on", "wnet-on"),
            ["3:11: known.0.rule.0: there is no rule 'wnet-on' (did you mean 'went-on'?)"],
        ),
        (
            ENTRY.replace("went-on", "[went-on, dialogue/nevr]"),
            ["3:21: known.0.rule.1: there is no rule 'dialogue/nevr' (did you mean 'dialogue/never'?)"],
        ),
        (ENTRY.replace("went-on", "'*'"), ["3:11: known.0.rule.0: there is no rule '*'"]),
        (ENTRY.replace("went-on", "[]"), ["3:11: known.0.rule: "]),
        (ENTRY.replace("went-on", "{went-on: x}"), ["3:11: known.0.rule: "]),
        (ENTRY.replace("reason: x", "reason:"), ["4:12: known.0.reason: why is this known? Write the reason"]),
        (ENTRY.replace("reason: x", "reason: '  '"), ["4:13: known.0.reason: why is this known? Write the reason"]),
        (ENTRY + "    date: soon\n", ["5:11: known.0.date: 'soon' is no date: write YYYY-MM-DD"]),
        (ENTRY + "    date: 2026-02-30\n", ["5:11: known.0.date: '2026-02-30' is no date: write YYYY-MM-DD"]),
        (ENTRY + "    date: 31.01.2026\n", ["5:11: known.0.date: '31.01.2026' is no date: write YYYY-MM-DD"]),
        (ENTRY + "    link: javascript:alert(1)\n", ["5:11: known.0.link: a link begins with https:// or http://"]),
        (ENTRY + "    link: example.test/12\n", ["5:11: known.0.link: a link begins with https:// or http://"]),
        (ENTRY + "    link: https://a.test/ b\n", ["5:11: known.0.link: a link begins with https:// or http://"]),
        (ENTRY + '    link: "https://a.test/\\x1b[31m"\n', ["5:11: known.0.link: a link begins with "]),
    ],
)
def test_wrong_lists(tmp_path: Path, text: str, problems: list[str]) -> None:
    found = sorted(wrong(tmp_path, text))
    assert len(found) == len(problems)
    for have, want in zip(found, problems, strict=True):
        assert have.startswith(want)


def test_all_problems_of_all_entries_are_told_at_once(tmp_path: Path) -> None:
    assert len(wrong(tmp_path, ENTRY.replace("went-on", "x") + ENTRY.replace("known:\n", "") + "    date: x\n")) == 2


def test_a_list_that_cannot_be_read_is_called_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="the list of known deviations cannot be read: No such file"):
        read_known(tmp_path / "known.yaml")
