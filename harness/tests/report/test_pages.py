from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sample_run

from smtpwitness.model.run import Run
from smtpwitness.report import evidence, write_evidence, write_reports
from smtpwitness.report.pages import reports

VOID = {"meta", "br", "img", "link", "input", "hr"}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "footer", "main", "nav"),
    *("section", "article", "h1", "h2", "h3", "p", "a", "span", "strong", "b"),
    *("i", "br", "ul", "li", "dl", "dt", "dd", "div", "table", "caption"),
    *("thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary", "figure"),
    *("figcaption", "svg", "rect", "line", "path", "text"),
}


class Page(HTMLParser):
    """What a browser would make of a page: elements, links, ids, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def hostile_run() -> Run:
    return sample_run.run_of([sample_run.hostile(), sample_run.assignment()])


def all_pages(run: Run) -> dict[str, str]:
    files = {name: text for name, text in reports(run).items() if name.endswith(".html")}
    for case in run.cases:
        files |= {f"{case.verdict}/{name}": text for name, text in evidence(run, case).items()}
    return files


@pytest.mark.parametrize("run", [sample_run.sample(), hostile_run()], ids=["sample", "hostile"])
def test_pages_are_well_formed_and_hold_nothing_active(run: Run) -> None:
    for name, text in all_pages(run).items():
        page = Page(text)
        assert page.open == [], name
        assert set(page.elements) <= ELEMENTS, name
        assert page.handlers == [], name
        assert page.elements["main"] == page.elements["h1"] == 1, name
        assert len(page.ids) == len(set(page.ids)), name
        assert not [link for link in page.links if ":" in link or link.startswith("//")], name
        assert "@import" not in text
        assert "url(" not in text


def test_hostile_characters_never_reach_a_page() -> None:
    for name, text in all_pages(hostile_run()).items():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text), name
        assert "<script" not in text, name
        assert "&lt;script&gt;" in text or "hostile" not in name, name


def test_pages_are_bounded() -> None:
    for name, text in all_pages(hostile_run()).items():
        assert len(text.encode()) < 700_000, name
    files = reports(sample_run.large(300))
    assert len(files["index.html"].encode()) < 600_000
    assert len(files) == 2 + 2 + 600


@pytest.mark.parametrize("run", [sample_run.sample(), hostile_run()], ids=["sample", "hostile"])
def test_links_lead_to_files_and_places_that_are_there(run: Run) -> None:
    files = reports(run)
    pages = {name: Page(text) for name, text in files.items() if name.endswith(".html")}
    for name, page in pages.items():
        for link in page.links:
            path, _, place = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            assert target in files, f"{name}: {link}"
            assert not place or place in pages[target].ids, f"{name}: {link}"


def test_each_case_is_linked_from_the_index_in_its_language() -> None:
    files = reports(sample_run.sample())
    for index, ending in (("index.html", r"(?<!\.zh)\.html"), ("index.zh.html", r"\.zh\.html")):
        links = {link for link in Page(files[index]).links if link.startswith("cases/")}
        assert links == {name for name in files if re.fullmatch(rf"cases/.*{ending}", name)}
        assert len(links) == 7


def test_the_same_run_makes_the_same_files() -> None:
    run = sample_run.sample()
    again = replace(run, cases=tuple(reversed(run.cases)), environment=dict(reversed(list(run.environment.items()))))
    assert reports(run) == reports(run) == reports(again)


def text_of(page: str) -> str:
    return " ".join(" ".join(Page(page).text).split())


def test_the_case_page_says_what_to_mend_first() -> None:
    files = reports(sample_run.sample())
    (name,) = (name for name in files if re.fullmatch(r"cases/faults.*rawsmtp.*[^h]\.html", name))
    text = text_of(files[name])
    order = ["Mend this first", "Why it matters", "How to mend it", "MUST NOT", "Other findings", "The exchange,"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "✗ does not agree" in text
    assert "simulated server, coremail.test" in text
    assert "password, base64" in text
    assert "KioqKioq" not in text


def test_every_page_names_its_server() -> None:
    for server, said in (("coremail.test", "simulated server"), ("relay:postfix", "real server on this computer")):
        run = sample_run.run_of([replace(sample_run.assignment(), server=server)])
        for name, text in all_pages(run).items():
            if not name.endswith(".zh.html"):
                assert f"{said}, {server}" in text_of(text), name


def test_a_run_that_was_stopped_says_so() -> None:
    run = sample_run.sample()
    assert "stopped before its end" not in reports(run)["index.html"]
    assert "stopped before its end" in reports(replace(run, finished=False))["index.html"]


def test_an_empty_run_is_a_report_too(tmp_path: Path) -> None:
    write_reports(sample_run.run_of([]), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "index.zh.html", "junit.xml", "summary.md"}


def test_files_are_written_whole(tmp_path: Path) -> None:
    run = sample_run.sample()
    write_reports(run, tmp_path)
    write_reports(run, tmp_path)
    write_evidence(run, run.cases[0], tmp_path)
    written = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    expected = reports(run) | evidence(run, run.cases[0])
    assert set(written) == set(expected)
    assert all(written[name].read_bytes() == text.encode() for name, text in expected.items())
