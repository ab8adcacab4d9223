"""The templates, set up so that nothing from outside can become markup."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..model.finding import Verdict
from .message import with_dots
from .octets import show, show_text, visible
from .sarif import help_uri
from .words import LETTERS, SIGNS, Words, kind_of, peer_of

UNJUDGED = (Verdict.ERROR, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE)
"""With one of these for the exchange, the closing was not judged either."""


def coded(text: str) -> Markup:
    """*text* escaped, with what stands between two backticks as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just now


def in_css(text: str) -> Markup:
    """*text* as a string of a style sheet, which nothing in it can end."""
    coded = "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in text)
    return Markup(f'"{coded}"')  # noqa: S704 - letters, digits and escapes


FILTER = (files("smtpwitness.report") / "templates" / "index.js").read_text("utf-8")
"""The one script there is; a page whose policy names its digest runs nothing else."""

FILTER_HASH = "sha256-" + base64.b64encode(hashlib.sha256(FILTER.encode()).digest()).decode()

ENVIRONMENT = Environment(
    loader=PackageLoader("smtpwitness.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENVIRONMENT.globals.update(
    help_uri=help_uri,
    SIGNS=SIGNS,
    LETTERS=LETTERS,
    UNJUDGED=UNJUDGED,
    VERDICTS=tuple(Verdict),
    show=show,
    show_text=show_text,
    with_dots=with_dots,
    kind_of=kind_of,
    peer_of=peer_of,
)
ENVIRONMENT.globals.update(FILTER=Markup(FILTER), FILTER_HASH=FILTER_HASH)  # noqa: S704 - our own
ENVIRONMENT.filters.update(visible=visible, coded=coded, in_css=in_css)


def render(template: str, words: Words, **values: object) -> Markup:
    """*template* in the language of *words*, escaped and therefore safe to stand in another."""
    return Markup(ENVIRONMENT.get_template(template).render(t=words, **values))  # noqa: S704 - autoescaped
