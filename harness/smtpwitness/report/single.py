"""A whole report in one file for handing on: the index, and every other page as a section that its links lead to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from .words import Words

CASES = 500  # of a report that go into one file

MAIN = re.compile(r'<main id="main">\n(.*?)</main>', re.DOTALL)
STYLE = re.compile(r"<style>.*?</style>\n?", re.DOTALL)
REGION = re.compile(r"<(/?)section(?: aria-label(?:ledby)?=\"[^\"]*\")?")
NAMES = re.compile(r' (id|aria-labelledby)="([^"]*)"')
LINK = re.compile(r' href="([^"]*)"')

# What these look for is the pages' own markup: in whatever came from outside, quotes and angle brackets are escaped.


def single(pages: Mapping[str, str], ending: str, words: Words) -> str:
    """The *pages* of one language, by their paths, as one page; they end in *ending*, and one of them is the index."""
    index = "index" + ending
    cases = [name for name in pages if name.startswith("cases/")][:CASES]
    others = [name for name in pages if not name.startswith("cases/") and name != index]
    anchors = {name: anchor(name, ending) for name in (*others, *cases)} | {index: "main"}
    back = f'<p><a href="#main">{words("nav.index")}</a></p>'
    parts = [section(pages[name], name, anchors, back) for name in (*others, *cases)]
    page = relinked(pages[index], index, anchors)
    drawn = next((style for name in cases if (style := STYLE.search(pages[name].partition("<main")[2]))), None)
    if drawn:
        page = page.replace("</head>", drawn[0] + "</head>", 1)
    return page.replace("</main>", "".join(parts) + "</main>", 1)


def anchor(name: str, ending: str) -> str:
    return posixpath.basename(name).removesuffix(ending)


def section(page: str, name: str, anchors: Mapping[str, str], back: str) -> str:
    """The content of *page* as a section, its names made its own."""
    found = MAIN.search(page)
    inner = STYLE.sub("", found[1] if found else "")
    inner = REGION.sub(r"<\1div", inner)  # regions of one name on a page with so many lead nowhere
    mine = anchors[name]
    inner = NAMES.sub(lambda one: f' {one[1]}="{mine}--{one[2]}"', inner)
    return f'<article class="page" id="{mine}">\n{relinked(inner, name, anchors)}{back}\n</article>\n'


def relinked(text: str, name: str, anchors: Mapping[str, str]) -> str:
    """*text* of the page *name* with links to places in the one file; a link to a page that is not in it is none."""

    def link(found: re.Match[str]) -> str:
        path, _, place = found[1].partition("#")
        if ":" in path:
            return found[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        if target.startswith("index.") and target not in anchors:  # the other language
            return f' href="{target.replace("index", "report", 1)}"'
        if target not in anchors:
            return ""
        if anchors[target] == "main":
            return f' href="#{place or "main"}"'
        return f' href="#{anchors[target]}{"--" + place if place else ""}"'

    return LINK.sub(link, text)
