from pathlib import Path

import pytest

from smtpwitness.files.bundled import scenarios_root
from smtpwitness.files.catalogue import read_argued, read_catalogue, read_caught
from smtpwitness.files.problems import ScenarioError

HEADER = "id\trfc\tsection\tlevel\ttopic\trequirement\tstimulus\tapplies_to\tbasis\tobservable\n"
ROW = "RFC5321-3.3-b\tRFC5321\t3.3\tMUST NOT\ttransaction\tNo space after the colon.\tnone\tany\tkeyword\twire\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "r.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_catalogue(file)
    return [str(problem).removeprefix(str(tmp_path) + "/") for problem in caught.value.problems]


def test_the_catalogue_that_ships():
    found = read_catalogue(scenarios_root() / "requirements.tsv")
    assert len(found) == 503
    assert [
        sum(r.level == level for r in found.values()) for level in ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
    ] == [
        223,
        114,
        102,
        32,
    ]
    row = found["RFC5321-2.3.8-c"]
    assert row.reference == "RFC 5321, section 2.3.8"
    assert (row.level, row.topic, row.applies_to, row.basis) == ("MUST NOT", "lines", "any", "keyword")
    assert row.text.startswith("Lone CR and lone LF octets in message text are never transmitted")


def test_where_breaking_a_requirement_is_found_out(tmp_path: Path):
    table = tmp_path / "caught.tsv"
    table.write_text(
        "requirement\tscenario\tfault\tfinding\tverdict\n"
        "R-1\tcore/a[x]\tone\tno-quit\tfail\n"
        "R-1\tcore/a[x]\ttwo\tno-quit\tfail\n"
        "R-1\tcore/b\tone\tno-quit\tfail\n"
        "R-2\tcore/b\tthree\tsilence\twarn\n",
        encoding="utf-8",
    )
    assert read_caught(table) == {"R-1": ("core/a[x]", "core/b"), "R-2": ("core/b",)}


def test_what_cannot_be_shown(tmp_path: Path):
    table = tmp_path / "argued.tsv"
    table.write_text("requirement\treason\nR-1\tnobody sees it\n", encoding="utf-8")
    assert read_argued(table) == {"R-1": "nobody sees it"}


def test_what_ships_says_so_of_requirements_that_it_knows():
    assert set(read_caught(scenarios_root() / "caught.tsv")) <= set(
        read_catalogue(scenarios_root() / "requirements.tsv")
    )


def test_what_no_server_can_see_is_told():
    found = read_catalogue(scenarios_root() / "requirements.tsv")
    assert [found[name].observable for name in ("RFC5321-2.1-a", "RFC5321-2.2.1-a")] == ["no", "wire"]
    assert {one.observable for one in found.values()} == {"wire", "exit", "timing", "no"}


def test_quotation_marks_are_letters():
    assert "RFC2047-5-a" in read_catalogue(scenarios_root() / "requirements.tsv")


def test_rows_keep_their_order(tmp_path: Path):
    (tmp_path / "r.tsv").write_text(HEADER + ROW.replace("3.3-b", "9-z") + ROW)
    assert list(read_catalogue(tmp_path / "r.tsv")) == ["RFC5321-9-z", "RFC5321-3.3-b"]


def test_every_wrong_row_is_told_with_its_line(tmp_path: Path):
    text = HEADER + ROW + ROW + ROW.replace("-b", "-c").replace("MUST NOT", "OUGHT") + "RFC5321-x\tRFC5321\n"
    assert problems(tmp_path, text) == [
        "r.tsv:3:1: RFC5321-3.3-b stands here for the second time",
        "r.tsv:4:1: RFC5321-3.3-c: level is 'OUGHT', not one of MUST, MUST NOT, SHOULD, SHOULD NOT, MAY",
        "r.tsv:5:1: the row has no section, level, topic, requirement, applies_to, basis, observable",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("keyword", "hearsay", "basis is 'hearsay', not one of keyword, parent,"),
        ("any", "all", "applies_to is 'all', not one of any,"),
        ("wire", "felt", "observable is 'felt', not one of wire, exit, timing, no"),
        ("wire", "wire\tmore", "more cells than there are columns"),
    ],
)
def test_unknown_words(tmp_path: Path, old: str, new: str, message: str):
    [problem] = problems(tmp_path, HEADER + ROW.replace(old, new))
    assert message in problem


def test_a_missing_column(tmp_path: Path):
    assert problems(tmp_path, HEADER.replace("\tbasis", "") + ROW) == ["r.tsv:1:1: the catalogue has no column basis"]


def test_an_empty_file(tmp_path: Path):
    assert "no column id, rfc" in problems(tmp_path, "")[0]
