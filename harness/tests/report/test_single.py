from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import sample_run

from smtpwitness.model.run import Run
from smtpwitness.report.pages import reports, write_single
from smtpwitness.report.render import FILTER, SCRIPT
from smtpwitness.report.single import CASES, single
from smtpwitness.report.words import Words


def hostile() -> Run:
    run = sample_run.sample()
    return replace(run, cases=(*run.cases, sample_run.hostile()))


def written(run: Run, folder: Path, ending: str = ".html") -> str:
    write_single(run, folder)
    assert {path.name for path in folder.iterdir()} == {"report.html", "report.zh.html"}
    return (folder / f"report{ending}").read_text(encoding="utf-8")


@pytest.mark.once
@pytest.mark.parametrize("ending", [".html", ".zh.html"])
def test_every_link_leads_to_a_place_in_the_file(tmp_path: Path, ending: str) -> None:
    text = written(hostile(), tmp_path, ending)
    names = re.findall(r' id="([^"]*)"', text)
    assert len(names) == len(set(names))
    for link in re.findall(r' href="([^"]*)"', text):
        other = link.startswith("report.") and (tmp_path / link).exists()
        assert other or link.startswith("https://") or (link[0] == "#" and link[1:] in names), link
    for label in re.findall(r' aria-labelledby="([^"]*)"', text):
        assert label in names


def test_all_that_the_pages_say_is_there(tmp_path: Path) -> None:
    run = sample_run.sample()
    text = written(run, tmp_path)
    for name, page in reports(run).items():
        if name.endswith(".html") and not name.endswith(".zh.html"):
            for title in re.findall(r"<h[12][^>]*>([^<]+)", page):
                assert title in text
    assert text.count('<article class="page"') == len(run.cases) + 2 + 1


@pytest.mark.once
def test_nothing_but_the_own_scripts_is_active_and_one_policy_holds(tmp_path: Path) -> None:
    text = written(hostile(), tmp_path)
    assert text.count("<script") == 2
    assert text.count(f"<script>{FILTER}</script>") == text.count(f"<script>{SCRIPT}</script>") == 1
    assert text.count("Content-Security-Policy") == text.count("<main") == 1
    assert text.count("<style>") == 2
    assert "<section" not in text.partition('<article class="page"')[2]
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_a_link_to_a_page_that_is_not_there_is_none() -> None:
    page = '<main id="main">\n<a href="cases/x.html">x</a> <a href="cases/y.html#z">y</a></main>'
    case = '<main id="main">\n<h1 id="z">y</h1></main>'
    made = single({"index.html": page, "cases/y.html": case}, ".html", Words("en"))
    assert "<a>x</a>" in made
    assert '<a href="#y--z">y</a>' in made
    assert '<h1 id="y--z">' in made


def test_a_file_has_no_more_cases_than_a_browser_can_bear() -> None:
    case = '<main id="main">\n<h1>y</h1></main>'
    pages = {"index.html": case, **{f"cases/{number}.html": case for number in range(CASES + 3)}}
    assert single(pages, ".html", Words("en")).count("<article") == CASES
