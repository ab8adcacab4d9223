"""The templates, set up so that nothing from outside can become markup."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..model.finding import Verdict
from .octets import show, show_text, visible
from .words import SIGNS, Words, kind_of

UNJUDGED = (Verdict.ERROR, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE)
"""With one of these for the exchange, the closing was not judged either."""

ENVIRONMENT = Environment(
    loader=PackageLoader("smtpwitness.report", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENVIRONMENT.globals.update(
    SIGNS=SIGNS, UNJUDGED=UNJUDGED, VERDICTS=tuple(Verdict), show=show, show_text=show_text, kind_of=kind_of
)
ENVIRONMENT.filters["visible"] = visible


def render(template: str, words: Words, **values: object) -> Markup:
    """*template* in the language of *words*, escaped and therefore safe to stand in another."""
    return Markup(ENVIRONMENT.get_template(template).render(t=words, **values))  # noqa: S704 - autoescaped
