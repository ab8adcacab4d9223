from __future__ import annotations

import re

import pytest
from jinja2 import UndefinedError

from smtpwitness.model.run import Process
from smtpwitness.report.render import ENVIRONMENT, coded, render
from smtpwitness.report.words import Words


def test_no_template_goes_round_the_escaping() -> None:
    assert ENVIRONMENT.loader is not None
    for name in ENVIRONMENT.list_templates():
        source, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)
        assert not re.search(r"\|\s*safe", source), name
        assert "autoescape" not in source, name


def test_values_are_escaped_and_a_missing_one_is_told() -> None:
    template = ENVIRONMENT.from_string("{{ x }}")
    assert template.render(x="<&\"'") == "&lt;&amp;&#34;&#39;"
    with pytest.raises(UndefinedError):
        template.render()
    with pytest.raises(UndefinedError):
        render("terminal.html.j2", Words("en"), process=Process(0))


def test_code_stands_between_backticks_and_stays_escaped() -> None:
    assert coded("send `RCPT TO:<a>` & wait") == "send <code>RCPT TO:&lt;a&gt;</code> &amp; wait"
    assert coded("one ` is no pair <b>") == "one ` is no pair &lt;b&gt;"
