"""The pages in a real browser: headless Chromium through Playwright, axe-core, and a strict HTML parser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sample_run

from smtpwitness.model.run import CaseResult, Delivered, Run
from smtpwitness.model.student import Student
from smtpwitness.model.texts import TEXTS
from smtpwitness.report import write_evidence, write_reports
from smtpwitness.report.pages import index_page, write_comparison, write_single

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]

FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PAGES = ("index", "compare", "requirements", "evidence", "case", "hostile", "client", "relays", "report")


def a_run() -> Run:
    gated = sample_run.gated()
    return replace(gated, cases=(*gated.cases, *sample_run.hostile_gated().cases, sample_run.assignment()))


def with_mailboxes() -> CaseResult:
    found = [
        Delivered(folder, "<1@x>", b"Received: x\r\n", sample_run.MESSAGE, True, "", (), "mail.test:993", role, who, 1)
        for folder, role, who in (("Sent", "sent", "alice@example.test"), ("INBOX", "inbox", "bob@example.test"))
    ]
    return replace(sample_run.assignment(), server="relay provider", relay="provider", delivered=tuple(found))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        for key, texts in sample_run.TEXTS.items():
            patch.setitem(TEXTS, key, texts)  # type: ignore[arg-type]
        run = a_run()
        write_reports(run, made)
        write_comparison(run, made)
        write_single(sample_run.sample(), made)
        write_evidence(run, with_mailboxes(), made, Student("李雷", "2025", "Networks", "Han", "zh"))
        write_reports(sample_run.run_of([sample_run.assignment(), with_mailboxes()]), made / "on-relays")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


def path_of(folder: Path, name: str, ending: str = ".html") -> Path:
    """The file of one of `PAGES`."""
    patterns = {
        "client": f"client-rawsmtp{ending}",
        "case": f"cases/faults-worse--*{ending}",
        "hostile": f"cases/data-hostile*{ending}",
        "relays": f"on-relays/relays{ending}",
    }
    found = sorted(folder.glob(patterns.get(name, name + ending)))
    return next(path for path in found if (".zh." in path.name) == (".zh." in ending))


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page on which an error, and a request that leaves the file system, is a failure."""
    opened = browser.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append(request.url)
    )
    opened.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    yield opened
    opened.close()
    assert wrong == []


def shown(page: Any) -> int:
    return int(page.locator(".board tr.r:not([hidden])").count())


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("ending", [".html", ".zh.html"])
def test_a_page_is_valid_html(folder: Path, name: str, ending: str) -> None:
    text = path_of(folder, name, ending).read_text(encoding="utf-8")
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    assert parser.errors == []


@pytest.mark.parametrize(("name", "scheme"), list(product(PAGES, ["light", "dark"])))
def test_axe_finds_no_violation(folder: Path, page: Any, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(path_of(folder, name).as_uri())
    for fold in page.locator("details").all()[:8]:
        fold.evaluate("e => { e.open = true }")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_screen_needs_no_scrolling_to_the_side(folder: Path, page: Any, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path_of(folder, name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_filter_keeps_its_state_in_the_address(folder: Path, page: Any) -> None:
    address = path_of(folder, "index").as_uri()
    page.goto(address)
    everything = shown(page)
    page.select_option("select[name=verdict]", "fail")
    failing = shown(page)
    assert 0 < failing < everything
    page.fill("input[name=text]", "known")
    assert shown(page) == 1
    assert page.url == f"{address}#text=known&verdict=fail"
    assert page.locator("#count").inner_text() == "cases shown: 1"
    page.goto("about:blank")
    page.goto(f"{address}#text=known&verdict=fail")
    assert shown(page) == 1
    page.click("button[type=reset]")
    page.wait_for_function("location.hash === ''")
    assert shown(page) == everything
    page.select_option("select[name=suite]", "core")
    assert 0 < shown(page) < everything
    page.select_option("select[name=level]", "MAY")
    assert shown(page) == 0


@pytest.fixture(scope="module")
def long_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with more rows in a suite than a browser lays out at once."""
    run = sample_run.large(200)
    cases = (replace(one, client="other") if number % 2 else one for number, one in enumerate(run.cases))
    path = tmp_path_factory.mktemp("long") / "index.html"
    with pytest.MonkeyPatch.context() as patch:
        for key, texts in sample_run.TEXTS.items():
            patch.setitem(TEXTS, key, texts)  # type: ignore[arg-type]
        path.write_text(index_page(replace(run, cases=tuple(cases)), "en"), encoding="utf-8")
    return path


def test_rows_far_from_the_screen_are_there_for_filter_keyboard_and_paper(long_index: Path, page: Any) -> None:
    page.goto(long_index.as_uri())
    page.fill("input[name=text]", "case-199")
    names = [name.inner_text().split()[-1] for name in page.locator(".board .r th").all() if name.is_visible()]
    assert names == ["case-199"]
    assert page.locator(".board th[scope=rowgroup]").is_visible(), "the suite's name stands above its only row"
    assert page.locator("#legend").bounding_box()["y"] < 3000, "nothing is left of the room of the other rows"
    page.fill("input[name=text]", "OTHER")
    assert page.locator("#count").inner_text() == "cases shown: 100"
    page.fill("input[name=text]", "")
    page.locator(".board a").last.focus()
    page.wait_for_function("(e => e && e.getBoundingClientRect().top < innerHeight)(document.activeElement)")
    assert page.locator(".board thead").bounding_box()["y"] == 0, "the headings stay in sight"
    page.emulate_media(media="print")
    heights = page.evaluate("[...document.querySelectorAll('.board tr.r')].map(e => e.offsetHeight)")
    assert len(heights) == 200
    assert min(heights) > 15


def test_the_filter_is_for_the_keyboard_too(folder: Path, page: Any) -> None:
    page.goto(path_of(folder, "index").as_uri())
    page.locator("input[name=text]").focus()
    page.keyboard.type("known")
    for name in ("verdict", "level", "suite"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == name
    page.keyboard.press("Tab")
    assert shown(page) == 1
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === ''")
    assert shown(page) > 5
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.board') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*.html")


def test_a_deep_link_opens_its_place_and_a_case_is_a_click_away(folder: Path, page: Any) -> None:
    page.goto(path_of(folder, "index").as_uri() + "#legend")
    assert page.evaluate("document.getElementById('legend').getBoundingClientRect().top") < 740
    page.locator(".board a.v-fail").first.click()
    assert "/cases/" in page.url
    assert page.locator("h2#root").is_visible()


def test_the_keyboard_reaches_the_content_first(folder: Path, page: Any) -> None:
    page.goto(path_of(folder, "index").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_without_scripts_everything_is_there_and_no_dead_filter(folder: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(path_of(folder, "index").as_uri())
    assert not opened.locator("#filter").is_visible()
    assert opened.locator("button:visible").count() == 0
    assert opened.locator(".board tr.r").count() > 5
    context.close()


COLOUR = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK, WHITE = "rgb(251, 250, 247)", "rgb(22, 25, 29)", "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", PAGES)
def test_the_theme_can_be_switched_and_is_kept(folder: Path, browser: Any, name: str) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(path_of(folder, name).as_uri())
    assert page.evaluate(COLOUR) == LIGHT
    page.locator("#theme").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(COLOUR) == DARK
    assert page.locator("#theme").get_attribute("aria-pressed") == "true"
    page.goto(path_of(folder, "index").as_uri())
    assert page.evaluate(COLOUR) == DARK, "another page of the report knows it, too"
    page.emulate_media(media="print")
    assert page.evaluate(COLOUR) == WHITE
    page.emulate_media(media="screen")
    page.click("#theme")
    assert page.evaluate(COLOUR) == LIGHT
    context.close()


def test_a_dark_system_can_have_light_pages(folder: Path, browser: Any) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(path_of(folder, "case").as_uri())
    assert page.locator("#theme").get_attribute("aria-pressed") == "true"
    page.click("#theme")
    assert page.evaluate(COLOUR) == LIGHT
    page.click("#theme")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(COLOUR) == LIGHT, "a choice that is the system's follows it"
    context.close()


@pytest.mark.parametrize("clipboard", [True, False])
def test_commands_and_octets_can_be_copied(folder: Path, browser: Any, clipboard: bool) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    if not clipboard:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    page.goto(path_of(folder, "case").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    read = "navigator.clipboard.readText()"
    if not clipboard:
        read = "delete navigator.clipboard, " + read
    command = page.locator("pre.command")
    page.locator(".copying:has(> pre.command) > button").click()
    page.wait_for_selector("#told:not(:empty)", state="attached")
    assert page.evaluate(read) == command.text_content()
    page.wait_for_selector("#told:empty", state="attached")
    if clipboard:
        page.locator(".copying:has(> pre:text('0000')) > button").first.click()
        page.wait_for_selector("#told:not(:empty)", state="attached")
        assert page.evaluate(read).startswith("0000  ")
        raw = page.locator(".copying:has(> code.block)").last
        raw.locator("button").click()
        page.wait_for_selector("#told:not(:empty)", state="attached")
        copied = page.evaluate(read)
        assert "CR LF" not in copied
        assert len(copied.splitlines()) == raw.locator(".ln:not(.more)").count()
    context.close()


def test_dark_is_dark_and_paper_is_white(folder: Path, page: Any) -> None:
    page.goto(path_of(folder, "case").as_uri())
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(COLOUR) == DARK
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(COLOUR) == WHITE


@pytest.mark.parametrize("name", ["index", "compare", "requirements", "case", "evidence"])
def test_a_page_prints(folder: Path, page: Any, name: str) -> None:
    page.goto(path_of(folder, name, ".zh.html").as_uri())
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")


@pytest.mark.parametrize("ending", [".html", ".zh.html"])
def test_no_column_of_a_printed_case_is_squeezed(folder: Path, page: Any, ending: str) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})
    page.goto(path_of(folder, "case", ending).as_uri())
    for cell in page.locator(".waits tbody td:first-child, .rows td:nth-child(4)").all():
        assert cell.bounding_box()["width"] > 120


@pytest.mark.parametrize("name", ["index", "compare", "requirements", "case", "client"])
def test_a_printed_page_is_no_wider_than_its_paper(folder: Path, page: Any, name: str) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})  # A4 without its margins
    page.goto(path_of(folder, name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert not page.locator("#filter").is_visible()
