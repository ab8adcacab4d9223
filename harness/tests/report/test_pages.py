from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import Gate, Unseen
from smtpwitness.model.run import Client, Learned, Run
from smtpwitness.model.transcript import Kind
from smtpwitness.report import evidence, write_evidence, write_reports
from smtpwitness.report.pages import CHANGES, PAGE, SERVERS, reports, write_comparison
from smtpwitness.report.render import FILTER, SCRIPT, SHEET, sheet
from smtpwitness.report.sarif import help_uri
from smtpwitness.report.waits import LIMITS, SERVER_LIMIT

VOID = {"meta", "br", "img", "link", "input", "hr"}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "footer", "main", "mark", "nav"),
    *("section", "article", "h1", "h2", "h3", "p", "a", "span", "strong", "b"),
    *("i", "br", "ul", "li", "dl", "dt", "dd", "div", "table", "caption"),
    *("thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary", "figure"),
    *("figcaption", "svg", "rect", "line", "path", "text"),
    "img",  # of the student's own
    *("form", "label", "input", "select", "option", "button", "output"),  # of the filter
}


WORDS = "https://www.rfc-editor.org/rfc/rfc2119"
RFC5321 = "https://www.rfc-editor.org/rfc/rfc5321#section-"
SECTIONS = {"4.5.2", SERVER_LIMIT[1], *(section for _, section in LIMITS.values())}
ELSEWHERE = {sample_run.KNOWN.link, WORDS, *filter(None, map(help_uri, sample_run.REQUIREMENTS))}
ELSEWHERE |= {RFC5321 + section for section in SECTIONS}
"""Links that leave the report."""


class Page(HTMLParser):
    """What a browser would make of a page: elements, links, ids, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.classes: set[str] = set()
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
            if name == "class":
                self.classes |= set((value or "").split())
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)


def hostile_run() -> Run:
    run = sample_run.hostile_gated()
    return replace(run, cases=(*run.cases, sample_run.assignment()))


RUNS = pytest.mark.parametrize(
    "run",
    [sample_run.sample(), sample_run.gated(), hostile_run(), sample_run.run_of([sample_run.hundred()])],
    ids=["sample", "gated", "hostile", "hundred"],
)


def all_pages(run: Run) -> dict[str, str]:
    files = {name: text for name, text in reports(run).items() if name.endswith(".html")}
    for case in run.cases:
        files |= {f"{case.verdict}/{name}": text for name, text in evidence(run, case).items() if "html" in name}
    return files


def scripts_of(name: str) -> tuple[str, ...]:
    """Those that may run on the page *name*."""
    return (SCRIPT, FILTER) if re.search(r"index[.a-z]*$", name) else (SCRIPT,)


@RUNS
def test_pages_are_well_formed_and_hold_nothing_active(run: Run) -> None:
    for name, text in all_pages(run).items():
        for script in scripts_of(name):
            assert text.count(f"<script>{script}</script>") == 1
            text = text.replace(f"<script>{script}</script>", "")
        page = Page(text)
        assert page.open == [], name
        assert set(page.elements) <= ELEMENTS, name
        assert page.handlers == [], name
        assert page.elements["main"] == page.elements["h1"] == 1, name
        assert len(page.ids) == len(set(page.ids)), name
        assert {link for link in page.links if ":" in link or link.startswith("//")} <= ELSEWHERE, name
        assert "@import" not in text
        assert "url(" not in text


@pytest.mark.once
def test_hostile_characters_never_reach_a_page() -> None:
    for name, text in all_pages(hostile_run()).items():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text), name
        assert text.count("<script") == len(scripts_of(name)), name
        assert "&lt;script&gt;" in text or "hostile" not in name, name


def test_a_page_that_would_be_too_heavy_shows_less_of_the_octets() -> None:
    whole = sample_run.assignment()
    lines = b"".join(b"This is line %d of a long message.\r\n" % number for number in range(2000))
    events = tuple(
        replace(event, octets=event.octets[:-3] + lines + b".\r\n") if event.kind is Kind.CONTENT else event
        for event in whole.transcript
    )
    job = replace(whole.job, messages=tuple(replace(one, octets=lines) for one in whole.job.messages))
    run = replace(sample_run.sample(), cases=(replace(whole, transcript=events, job=job),))
    page = next(text for name, text in reports(run).items() if "cases/" in name)
    assert len(page.encode()) < PAGE
    assert "This is line 6 of" in page
    assert "This is line 60 of" not in page


@pytest.mark.parametrize("ending", [".html", ".zh.html"])
def test_a_hundred_recipients_fit_on_a_page_and_their_octets_are_there(ending: str) -> None:
    page = case_of(sample_run.run_of([sample_run.hundred()]), "faults-many", ending)
    assert len(page.encode()) < PAGE
    (link,) = re.findall(r'⋮ <a href="#(events-[0-9]+)">', page)
    listed = page.split(f'id="{link}"')[1].split("</pre>")[0]
    told = page.split('class="transcript"')[-1]
    assert "RCPT TO:&lt;r2@example.test&gt;" in listed
    assert all(f"RCPT TO:&lt;r{number}@example.test&gt;" in told for number in (0, 1, 99))
    assert all(f"r{number}@example.test" in page.split('id="exchange"')[0] for number in range(100))


def test_what_differs_among_a_hundred_recipients_is_not_hidden() -> None:
    fate = ("accepted",) * 50 + ("temporary",) + ("accepted",) * 49
    case = sample_run.hundred(reply=b"452 4.5.3 Too many\r\n", fate=(fate,))
    page = case_of(sample_run.run_of([case]), "faults-many")
    exchange = page.split('id="exchange"')[1].split("</section>")[0]
    assert "452 4.5.3 Too many" in exchange
    assert exchange.count("more like these") == 2
    assert '<span class="mono">r50@example.test</span>' in page.split('id="exchange"')[0]
    assert len(page.encode()) < PAGE


@pytest.mark.once
def test_pages_are_bounded() -> None:
    for name, text in all_pages(hostile_run()).items():
        assert len(text.encode()) < 700_000, name
    files = reports(sample_run.large(300))
    assert len(files["index.html"].encode()) < 130_000
    assert len(files) == 4 + 2 + 2 + 2 + 600


@RUNS
def test_links_lead_to_files_and_places_that_are_there(run: Run) -> None:
    files = reports(run)
    pages = {name: Page(text) for name, text in files.items() if name.endswith(".html")}
    for name, page in pages.items():
        for link in page.links:
            if link in ELSEWHERE:
                continue
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
    run = sample_run.gated()
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


def case_of(run: Run, name: str, ending: str = ".html") -> str:
    """The page of the case *name*."""
    files = reports(run)
    (found,) = (file for file in files if re.fullmatch(rf"cases/{name}--[a-z-]+{re.escape(ending)}", file))
    return files[found]


def test_a_known_deviation_is_marked_with_its_reason_its_date_and_a_link() -> None:
    run = sample_run.gated()
    marked = "known waits for release 2 · 2026-01-31 · link"
    page = case_of(run, "faults-known")
    assert marked in text_of(page)
    assert sample_run.KNOWN.link in Page(page).links
    assert "已知 waits for release 2 · 2026-01-31 · 链接" in text_of(case_of(run, "faults-known", ".zh.html"))
    assert "waits for release 2" not in case_of(run, "faults-same")
    causes = text_of(reports(run)["index.html"]).split("What to mend")[-1]
    assert causes.count(marked) == 1


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", 'https://x.test/" onmouseover="x', "//x.test", "data:text/html,x"]
)
def test_only_an_address_on_the_web_becomes_a_link(link: str) -> None:
    known = replace(sample_run.KNOWN, link=link)
    run = sample_run.run_of([sample_run.told("faults/known", Verdict.FAIL, known=(known,))])
    run = replace(run, gate=Gate(unseen=(Unseen(known, "rawsmtp", ("core/x",)),)))
    for page in (case_of(run, "faults-known"), reports(run)["index.html"]):
        assert not [
            one
            for one in Page(page).links
            if not re.match(r"(\.\./)?(cases/|index|[a-z-]+\.|#)", one) and one not in ELSEWHERE
        ]
        assert f"2026-01-31 · {link}" in text_of(page)


def test_a_case_page_has_every_rule_that_its_classes_have() -> None:
    """Its sheet is cut down to what the templates of a case name, and part of its classes stand in no template.

    A diagram has a sheet of its own.
    """
    ruled, kept = (set(re.findall(r"\.([a-z][a-z-]*)", text)) for text in (SHEET, sheet("case")))
    assert kept < ruled
    cases = {name: text for name, text in reports(sample_run.sample()).items() if name.startswith("cases/")}
    used = set().union(*(Page(re.sub(r"(?s)<svg.*?</svg>", "", text)).classes for text in cases.values()))
    assert {"mark", "secret", "ln", "blank"} <= used & ruled <= kept


def test_what_changed_since_the_baseline_is_marked_and_listed() -> None:
    run = sample_run.gated()
    assert "▼ worse, was warn" in text_of(case_of(run, "faults-worse")).replace("▼worse", "▼ worse")
    assert "chip" not in Page(case_of(run, "core-same")).classes
    index = text_of(reports(run)["index.html"]).replace("▼worse", "▼ worse").replace("−gone", "− gone")
    listed = index.split("Since the baseline")[1].split("Known deviations that did not show")[0]
    assert "3 worse, 1 better, 1 new, 1 gone, 1 not judged." in listed
    assert listed.count("▼ worse") == 3
    assert "− gone core/gone (coremail.test) rawsmtp ✓ pass → —" in listed.replace("✓pass", "✓ pass")
    assert "Since the baseline" not in reports(sample_run.sample())["index.html"]


def test_two_runs_are_compared_on_a_page_of_their_own(tmp_path: Path) -> None:
    write_comparison(sample_run.gated(), tmp_path)
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    text = text_of(page)
    heads = [f"{word} ({count})" for word, count in (("worse", 3), ("better", 1), ("new", 1), ("gone", 1))]
    assert [text.index(head) for head in heads] == sorted(text.index(head) for head in heads)
    cases = {link for link in Page(page).links if link.startswith("cases/")}
    assert len(cases) == 5
    assert cases < set(reports(sample_run.gated()))
    assert "变差" in (tmp_path / "compare.zh.html").read_text(encoding="utf-8")


def test_a_comparison_says_the_change_once_over_its_table_and_an_index_in_each_row(tmp_path: Path) -> None:
    write_comparison(sample_run.gated(), tmp_path)
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert page.count("▼") == 1, "over three rows"
    assert ">Change</th>" not in page
    assert ">Change</th>" in reports(sample_run.gated())["index.html"]


def test_a_case_tells_what_was_learned_of_its_client() -> None:
    run = sample_run.sample()
    own = Learned("me@edu.test", ("you@edu.test",), 1, 1, "login", "me@edu.test", "none")
    client = Client("rawsmtp", ("python", "mine.py"), learned=own)
    page = next(
        text for name, text in reports(replace(run, clients=(client,))).items() if re.match("cases/.*rawsmtp.*h", name)
    )
    assert "you@edu.test" in page
    assert "you@edu.test" not in "".join(reports(run).values())


def test_each_change_leads_to_its_case_if_there_is_one() -> None:
    listed = reports(sample_run.gated())["index.html"].split('id="baseline"')[1].split("</section>")[0]
    names = re.findall(r'href="cases/([a-z-]+?)--[^"]*">([^<]*)<', listed)
    assert names == [
        (re.sub("[^a-z]+", "-", name), f"{name} (coremail.test)")
        for name in ("core/worse-warning", "faults/worse", "tls/lost", "core/better", "core/new")
    ]


def test_a_known_deviation_that_did_not_show_is_told() -> None:
    index = text_of(reports(sample_run.gated())["index.html"])
    assert "Known deviations that did not show rawsmtp · core/same known waits for release 2" in index
    assert "did not show" not in reports(sample_run.sample())["index.html"]


def test_long_lists_on_the_index_are_cut() -> None:
    run = sample_run.gated()
    changes = tuple(replace(run.gate.changes[0], case=f"core/{number}") for number in range(CHANGES + 7))
    gate = replace(run.gate, changes=changes, unseen=run.gate.unseen * (CHANGES + 9))
    index = text_of(reports(replace(run, gate=gate))["index.html"])
    listed, unseen = index.split("Since the baseline")[1].split("Known deviations that did not show")
    assert "… 7 more" in listed
    assert listed.count("core/") == CHANGES
    assert "… 9 more" in unseen
    assert unseen.split("What to mend")[0].count("known waits for release 2") == CHANGES


# --- requirements -----------------------------------------------------------------------------------------------


def matrix_run() -> Run:
    """Two clients; a requirement that is broken, one that is kept, one that nothing covers, and one unseen."""
    kept, broken, other = sample_run.REQUIREMENTS
    unseen = replace(other, id="RFC5321-9-z", observable="no", text="Nobody sees this.")
    cases = [
        replace(sample_run.failing(), client="b", findings=sample_run.failing().findings[1:2]),
        replace(sample_run.assignment(), client="a", touches=(kept.id, broken.id)),
    ]
    return replace(sample_run.run_of(cases), requirements=(kept, broken, other, unseen))


def test_the_requirements_are_linked_from_the_index_and_back() -> None:
    files = reports(sample_run.sample())
    for ending in (".html", ".zh.html"):
        assert f"requirements{ending}" in Page(files[f"index{ending}"]).links
        assert f"index{ending}" in Page(files[f"requirements{ending}"]).links


def test_the_requirements_page_has_a_cell_for_each_client_and_shows_what_nothing_covers() -> None:
    page = reports(matrix_run())["requirements.html"]
    covered, rest = page.split('id="covered"')[1].split('id="open"')
    open_, unseen = rest.split('id="unseen"')
    rows = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in covered.split("</table>")[0].split("<tr>")[2:]]
    assert [re.sub(r" (?:Message|No line).*?[.] ", " … ", row) for row in rows] == [
        "RFC5321-3.3-e MUST NOT … ✓ pass ✗ fail",
        "RFC5321-2.3.8-a MUST NOT … ✓ pass — not judged",
    ]
    assert "RFC5321-4.1.4-f" in open_
    assert "RFC5321-9-z" in unseen
    assert "<details>" in unseen
    assert "<details>" not in covered + open_
    assert "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.4" in Page(page).links
    assert "4 requirements are on clients of this kind. Cases of this run cover 2 of them; 1 have no" in text_of(page)


def test_a_cell_with_a_finding_leads_to_its_case() -> None:
    files = reports(matrix_run())
    (link,) = (link for link in Page(files["requirements.html"]).links if link.startswith("cases/"))
    assert link.startswith("cases/faults-rcpt-all-5yz-550---b--")
    assert link in files


def test_many_clients_have_signs_and_narrow_columns() -> None:
    run = matrix_run()
    assert "signs" not in Page(reports(run)["requirements.html"]).classes
    many = [replace(run.cases[0], client=f"student-{number:02}") for number in range(30)]
    page = reports(replace(run, cases=tuple(many)))["requirements.html"]
    assert "signs" in Page(page).classes
    assert "student-11" in page
    assert "student-12" not in page
    assert "18 more clients have no column here." in page


def test_a_run_of_an_older_version_says_what_it_lacks() -> None:
    run = matrix_run()
    assert "An older version" in reports(run)["requirements.html"]
    new = tuple(replace(case, touches=case.covers) for case in run.cases)
    assert "An older version" not in reports(replace(run, cases=new))["requirements.html"]


def test_the_requirements_page_names_no_more_servers_than_fit() -> None:
    cases = [replace(sample_run.assignment(), server=f"mx{number:02}.test") for number in range(SERVERS + 3)]
    text = text_of(reports(sample_run.run_of(cases))["requirements.html"])
    assert f"simulated server, mx{SERVERS - 1}.test … 3 more" in text


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
    assert {path.name for path in tmp_path.iterdir()} == {
        *("index.html", "index.zh.html", "requirements.html", "requirements.zh.html"),
        *("junit.xml", "ctrf-report.json", "results.sarif", "summary.md"),
    }


def test_files_are_written_whole(tmp_path: Path) -> None:
    run = sample_run.sample()
    write_reports(run, tmp_path)
    write_reports(run, tmp_path)
    write_evidence(run, run.cases[0], tmp_path)
    written = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    expected = reports(run) | evidence(run, run.cases[0])
    assert set(written) == set(expected)
    assert all(written[name].read_bytes() == text.encode() for name, text in expected.items())
