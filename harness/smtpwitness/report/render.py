"""The templates, set up so that nothing from outside can become markup."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..model.finding import Verdict
from .hexadecimal import dump
from .markup import octets
from .message import with_dots
from .octets import fitted, quoted, show, show_text, visible
from .reasons import reason
from .sarif import help_uri
from .words import LETTERS, SIGNS, Words, kind_of, peer_of, who

UNJUDGED = (Verdict.ERROR, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE)
"""With one of these for the exchange, the closing was not judged either."""


def coded(text: str) -> Markup:
    """*text* escaped, with what stands between two backticks as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just now


def worded(command: str) -> Markup:
    """*command* with each word as one piece, which no line ends in the middle of, as lines end at hyphens."""
    return Markup(" ".join(f"<span>{escape(word)}</span>" for word in command.split(" ")))  # noqa: S704 - each word is escaped


def in_css(text: str) -> Markup:
    """*text* as a string of a style sheet, which nothing in it can end."""
    coded = "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in text)
    return Markup(f'"{coded}"')  # noqa: S704 - letters, digits and escapes


TEMPLATES = files("smtpwitness.report") / "templates"
SHEET = (TEMPLATES / "style.css").read_text("utf-8")

OF_A_CASE = ("case", "parts", "base", "sequence", "terminal")
"""The templates that a case's page is made of; `sheet` leaves out what only others need."""


def classes_of(template: str) -> set[str]:
    """The classes that *template* names, but for those whose names are put together of a verdict or a status."""
    text = re.sub(r"{{.*?}}", " ", (TEMPLATES / template).read_text("utf-8"))
    found = set(" ".join(re.findall(r'class="([^"]*)"', text)).split()) | set(
        re.findall(r"block body %}([a-z]+)", text)
    )
    return {name for name in found if not name.startswith("v-")}


@cache
def sheet(page: str) -> Markup:
    """The style sheet for *page*. A case's page goes without the rules for what it cannot have: there are many."""
    if page != "case":
        return Markup(SHEET)  # noqa: S704 - our own
    names = {path.name for path in TEMPLATES.iterdir() if ".html" in path.name}
    mine = {name for name in names if name.partition(".")[0] in OF_A_CASE}
    others = set().union(*map(classes_of, names - mine)) - set().union(*map(classes_of, mine))

    def needed(selector: str) -> bool:
        return others.isdisjoint(re.findall(r"\.([a-z][a-z-]*)", selector))

    def kept(rule: re.Match[str]) -> str:
        left = ",".join(filter(needed, rule[1].split(",")))
        return f"{left}{{{rule[2]}}}" if left else ""

    return Markup(re.sub("\n{2,}", "\n", re.sub(r"([^{}@;\n]+)\{([^{}]*)\}", kept, SHEET)))  # noqa: S704 - our own


def lean(script: str) -> str:
    """*script* without indentation and lines of comment: it stands in every page."""
    return re.sub(r"(?m)^(?://.*\n)?", "", re.sub(r"(?m)^ +", "", script))


FILTER = (TEMPLATES / "index.js").read_text("utf-8")
SCRIPT = lean((TEMPLATES / "page.js").read_text("utf-8"))
"""The scripts there are: the filter of an index, theme and copying of each page. Policies name their digests, and
nothing else runs."""


def digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


ENVIRONMENT = Environment(
    loader=PackageLoader("smtpwitness.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)
ENVIRONMENT.globals.update(
    sheet=sheet,
    help_uri=help_uri,
    SIGNS=SIGNS,
    LETTERS=LETTERS,
    UNJUDGED=UNJUDGED,
    VERDICTS=tuple(Verdict),
    reason=reason,
    kind_of=kind_of,
    peer_of=peer_of,
)
ENVIRONMENT.globals.update(FILTER=Markup(FILTER), FILTER_HASH=digest(FILTER))  # noqa: S704 - our own
ENVIRONMENT.globals.update(SCRIPT=Markup(SCRIPT), SCRIPT_HASH=digest(SCRIPT))  # noqa: S704 - our own
ENVIRONMENT.filters.update(  # rather than functions, which a template takes much longer to call
    visible=visible,
    coded=coded,
    dump=dump,
    fitted=fitted,
    in_css=in_css,
    octets=octets,
    quoted=quoted,
    show=show,
    show_text=show_text,
    time=Words.time,
    who=who,
    with_dots=with_dots,
    worded=worded,
)


def render(template: str, words: Words, **values: object) -> Markup:
    """*template* in the language of *words*, escaped and therefore safe to stand in another."""
    return Markup(ENVIRONMENT.get_template(template).render(t=words, **values))  # noqa: S704 - autoescaped
