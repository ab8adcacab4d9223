"""Replies, headers, subjects, file names, prompts and banners full of markup are text in every report, and do nothing.

Every page goes through an HTML5 parser, which sees what a browser sees, and through headless Chromium, where nothing
may run; Markdown goes through a Markdown parser first.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import pytest
import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Delivered, Process, Run, Status
from smtpwitness.model.student import Student
from smtpwitness.model.texts import TEXTS
from smtpwitness.report import write_evidence, write_reports
from smtpwitness.report.pages import write_comparison
from smtpwitness.report.render import FILTER, SCRIPT

html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed")
markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.once

PAYLOAD = (
    "\"'></title></style></textarea></pre></svg>--><script>window.pwned=1</script><img src=x onerror=pwned=1>"
    "<svg onload=pwned=1><iframe srcdoc='<script>parent.pwned=1</script>'></iframe><base href=//x.test/>"
    "<meta http-equiv=refresh content=0;url=//x.test/><a href=javascript:pwned=1>x</a>{{7*7}}{% x %}${pwned=1}"
    "![x](//x.test/x.png)[x](javascript:pwned=1)<http://x.test/>`````|a|b|\n# head\n---\n::error::x\n"
    '%%{init: {"securityLevel": "loose"}}%%\nend; participant Z\nclick C call pwned()\n'
    "\x1b[31mred\x1b]0;title\x07\x1b]8;;http://x.test/\x07link\x00\b\r\x7f\x85\u2028\u202e\u2066\u200f\u061c\ufeff\ud800"
    "שלום ]]> &lt; &#60;script&#62; %0A \\x41"
)
RAW = PAYLOAD.encode("utf-8", "surrogatepass") + b"\xff\xfe\xc3\xe2\x80"
LINE = RAW.replace(b"\n", b" ").replace(b"\r", b" ")

NEVER = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""What would act on a terminal, end a line, or turn the direction of what stands beside it."""

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "footer", "main", "nav", "section", "article"),
    *("h1", "h2", "h3", "h4", "p", "a", "span", "strong", "b", "i", "br", "ul", "ol", "li", "dl", "dt", "dd", "div"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary"),
    *("mark", "figure", "figcaption", "svg", "g", "defs", "rect", "line", "path", "text", "blockquote", "hr", "em"),
    *("form", "label", "input", "select", "option", "button", "output"),  # of the filter
}
PLACES = {
    *("class", "id", "href", "lang", "hreflang", "rel", "title", "role", "tabindex", "hidden", "scope", "colspan"),
    *("style", "name", "type", "value", "content", "charset", "http-equiv", "autocomplete", "for", "start", "open"),
    *("x", "y", "x1", "x2", "y1", "y2", "rx", "width", "height", "d", "viewBox", "preserveAspectRatio", "transform"),
    *("xmlns", "dir"),
}
"""Attributes that pages have, besides `data-` and `aria-`."""


LINK = re.compile(r"(https?://[!-~]+|(\.\./)?(cases/)?[\w.-]+\.html)?(#[\w-]+)?")


def lying(role: str) -> Delivered:
    """A message in a mailbox, its server and flags as hostile as itself."""
    mail = LINE + b"\r\nSubject: " + LINE + b"\r\n\r\n" + RAW
    read = {"flags": (PAYLOAD,), "server": PAYLOAD, "mailbox": PAYLOAD, "date": PAYLOAD} if role else {}
    return Delivered("INBOX" + PAYLOAD, PAYLOAD, LINE, mail, False, PAYLOAD, role=role, **read)  # type: ignore[arg-type]


def poisoned() -> Run:
    """A run with the payload in everything that a client, a server, a scenario or a user says; lines of 100 kB."""
    mail = (
        b"From: " + LINE + b" <a@x.test>\r\nTo: b@x.test\r\nSubject: " + LINE + b"\r\nMessage-ID: <" + LINE + b">\r\n"
        b"X-" + LINE + b": " + LINE * 100 + b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/html; charset=" + LINE + b"\r\n\r\n" + RAW + b"z" * 100_000 + b"\r\n"
        b"--b\r\nContent-Type: application/x; name*=utf-8''%3Cscript%3Ewindow.pwned=1%3C/script%3E%E2%80%AE\r\n\r\n\r\n"
        b'--b\r\nContent-Disposition: attachment; filename="<script>window.pwned=1</script>"\r\n\r\nx\r\n--b--\r\n'
    )
    tape = sample_run.Tape()
    tape.open(b"220 " + RAW + b"\r\n")
    tape.line(b"EHLO " + RAW + b"\r\n", PAYLOAD, Status.DIFFERENT)
    tape.say(b"250-" + LINE + b"A" * 100_000 + b"\r\n250-AUTH " + LINE + b"\r\n250 " + LINE + b"\r\n")
    tape.line(b"MAIL FROM:<" + LINE + b">\r\n")
    tape.say(b"250 " + LINE * 200 + b"\n")
    tape.line(b"B" * 100_000 + LINE + b"\r", PAYLOAD, Status.EXTRA)
    tape.content(mail + b".\r\n")
    tape.say(RAW)
    tape.close()
    prompt = PAYLOAD + "Password: " + "\x1b[2J\x1b[H" + "C" * 100_000
    finding = sample_run.failing().findings[1]
    loud = replace(finding, facts=(("mailbox", PAYLOAD), ("code", PAYLOAD)), expected=PAYLOAD, observed=PAYLOAD)
    case = sample_run.case(
        tape,
        "data/" + PAYLOAD,
        exchange=Verdict.FAIL,
        findings=(loud,),
        root_cause=loud.rule,
        process=Process(1, stdout=prompt, stderr=prompt),
        title={"en": PAYLOAD, "zh": PAYLOAD},
        fate=((PAYLOAD,),),
        reported=((PAYLOAD,),),
        delivered=tuple(lying(role) for role in ("sent", "inbox", "")),
    )
    run = sample_run.written(PAYLOAD)
    client = replace(run.clients[0], argv=("python3", PAYLOAD))
    sources = {case.place.file: PAYLOAD * 3}
    environment = {"smtpwitness": PAYLOAD, "python": PAYLOAD, PAYLOAD: PAYLOAD}
    everything = (case, *run.cases, sample_run.hostile())
    return replace(run, cases=everything, clients=(client,), sources=sources, environment=environment)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    run = poisoned()
    with mock.patch.dict(TEXTS, sample_run.TEXTS):
        write_reports(run, made)
        write_comparison(run, made)
        write_evidence(run, run.cases[0], made, Student(*[PAYLOAD] * 4, "zh"))
    return made


def read(folder: Path, ending: str) -> dict[str, str]:
    found = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*" + ending)}
    assert found
    return found


def wrong_in(tree: Any, scripts: Sequence[str]) -> list[str]:
    """What stands in *tree* beside the elements and attributes of our own pages; *scripts* are those that may run."""
    found: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            found.append(f"comment {element.text}")
            continue
        name = element.tag.rpartition("}")[2]
        if name == "script" and element.text in scripts and not element.attrib:
            continue
        if name not in TAGS:
            found.append(f"<{name}>")
        for key, value in element.attrib.items():
            if key not in PLACES and not key.startswith(("data-", "aria-", "{http://www.w3.org/2000/xmlns/}")):
                found.append(f"<{name} {key}>")
            if key == "href" and not re.fullmatch(
                r"(https?://[!-~]+|(\.\./)?(cases/)?[\w.-]+\.html)?(#[\w-]+)?", value
            ):
                found.append(value)
            if key == "style" and not re.fullmatch(r"--[hn]:\d+", value):
                found.append(value)
            if key == "http-equiv" and value != "Content-Security-Policy":
                found.append(value)
    return found


def test_html_has_no_element_and_no_attribute_that_the_wire_brought(folder: Path) -> None:
    for name, text in read(folder, ".html").items():
        parser = html5lib.HTMLParser(strict=False)
        tree = parser.parse(text)
        assert parser.errors == [], name
        assert wrong_in(tree, (SCRIPT, FILTER) if re.match(r"(index|report)[.a-z]*$", name) else (SCRIPT,)) == [], name


def test_markdown_is_text_to_a_markdown_parser(folder: Path) -> None:
    parser = markdown_it.MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")
    for name, text in read(folder, ".md").items():
        html = parser.render(text)
        assert wrong_in(html5lib.parse(html), "") == [], name
        assert "&lt;script&gt;window.pwned=1" in html, name
        links = re.findall(r'href="([^"]*)"', html)
        assert [link for link in links if "x.test" in link] == [], name


def test_what_machines_read_is_well_formed(folder: Path) -> None:
    ElementTree.parse(folder / "junit.xml")
    for name, text in {**read(folder, ".json"), **read(folder, ".sarif")}.items():
        assert json.loads(text), name


def test_no_control_character_and_no_change_of_direction_is_in_any_file(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            assert not NEVER.search(path.read_text("utf-8")), path.name


def test_no_page_grows_with_what_comes(folder: Path) -> None:
    assert {path.name for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 700_000} == set()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(
            executable_path=CHROMIUM, args=[*flags, "--no-sandbox"] if os.geteuid() == 0 else flags
        )
        yield started
        started.close()


def test_nothing_runs_in_a_browser_and_all_of_it_is_text(folder: Path, browser: Any) -> None:
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    for name in read(folder, ".html"):
        page.goto((folder / name).as_uri())
        tags = Counter(page.evaluate("[...document.querySelectorAll('*')].map(e => e.localName)"))
        assert tags["script"] == 1 + name.startswith("index"), name
        assert set(tags) <= TAGS | {"script"}, name
        assert page.evaluate("window.pwned") is None, name
        assert page.title().isprintable(), name
        shown = page.evaluate("document.body.textContent")
        assert not NEVER.search(shown), name
        assert re.search("<script>(window.pwned=1|alert.1.)</script>", shown), name
        if not name.startswith("client-"):  # which shows the beginnings of texts only
            assert "\\xe2\\x80\\xae" in shown, name
        mixing = "[...document.querySelectorAll('main :is(a, code, .mono, .octets, .ln)')].filter(e => !/isolate/.test("
        assert page.evaluate(mixing + "getComputedStyle(e).unicodeBidi)).length") == 0, name
    page.close()
    assert wrong == []
