"""Octets as HTML: every kind of piece in words, and nothing from outside as markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from smtpwitness.model.transcript import Secrecy, Secret
from smtpwitness.report.markup import octets, piece, secret
from smtpwitness.report.octets import Piece, Shown, show
from smtpwitness.report.words import Words

EN, ZH = Words("en"), Words("zh")
NASTY = "<b>\"&'"


@pytest.mark.parametrize(
    ("found", "english", "chinese"),
    [
        (Secret(0, 8, Secrecy.PASSWORD), "password", "口令"),
        (Secret(0, 8, Secrecy.PASSWORD, "base64", agrees=True), "password, base64", "口令，base64"),
        (Secret(0, 8, Secrecy.PLAIN, "base64", agrees=False), None, "用户名与口令，base64，与所给的不符"),
        (Secret(0, 8, Secrecy.DIGEST, well_formed=False), "digest, malformed", "摘要，格式错误"),
    ],
)
def test_a_secret_is_told_by_what_it_is(found: Secret, english: str | None, chinese: str) -> None:
    assert secret(found, EN) == (english or "user name and password, base64, not the one given")
    assert secret(found, ZH) == chinese


@pytest.mark.parametrize(
    ("one", "html"),
    [
        (Piece("mark", "LF"), '<span class="mark">LF alone</span>'),
        (Piece("mark", "none"), '<span class="mark">no line end</span>'),
        (Piece("blank", " "), '<span class="blank"> </span>'),
        (Piece("blank", "\t"), '<span class="blank tab">\t</span>'),
        (Piece("end", "."), '<span class="stuffed">.</span><span class="mark ok">end of the message</span>'),
        (Piece("stuffed", "."), '<span class="stuffed">.</span>'),
        (Piece("more", "1,024"), '<span class="more">… 1,024 more octets</span>'),
        (Piece("secret", "", Secret(0, 8, Secrecy.TOKEN)), '<span class="secret">secret</span>'),
    ],
)
def test_each_kind_of_piece(one: Piece, html: str) -> None:
    assert piece(one, EN) == html


@pytest.mark.parametrize("kind", ["text", "escape", "differ"])
def test_what_came_is_escaped(kind: str) -> None:
    html = piece(Piece(kind, NASTY), EN)
    assert escape(NASTY) in html
    assert "<b>" not in html


def test_one_line_stands_alone_and_a_block_never_does() -> None:
    shown = show(b"QUIT\r\n")
    assert octets(shown, EN) == '<code class="octets">QUIT</code>'
    assert octets(shown, EN, "wire") == '<code class="octets wire"><span class="ln">QUIT</span></code>'
    whole = '<code class="octets block wire" tabindex="0"><span class="ln">QUIT</span></code>'
    assert octets(shown, EN, "block wire") == whole


def test_lines_that_are_left_out_are_counted() -> None:
    found = octets(Shown(((Piece("text", "a"),),), 1200), ZH)
    line, more = '<span class="ln">a</span>', '<span class="ln more">……另有 1,200 项</span>'
    assert found == f'<code class="octets">{line}{more}</code>'


class Reader(HTMLParser):
    """The tags of a piece of HTML and the text between them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.binary(max_size=200) | st.text("<>&\"'/a \r\n").map(str.encode), st.sampled_from(["", "block", "wire"]))
def test_text_is_all_that_octets_can_become(given: bytes, kind: str) -> None:
    shown, reader = show(given), Reader()
    reader.feed(str(octets(shown, EN, kind)))
    reader.close()
    assert reader.tags <= {"code", "span"}
    said = (EN(f"mark.{one.text}") if one.kind == "mark" else one.text for line in shown.lines for one in line)
    assert reader.text == "".join(said)
