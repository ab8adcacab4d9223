from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import sample_run
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.transcript import Event, Kind, Side
from smtpwitness.report.sequence import MARKS, entity, marks, sequence_mermaid, sequence_svg
from smtpwitness.report.words import Words

EN = Words("en")


def test_the_assignment_is_drawn_arrow_by_arrow() -> None:
    found, more = marks(sample_run.assignment(), EN)
    drawn = [(mark.kind, mark.text) for mark in found]
    assert more == 0
    assert drawn[:4] == [
        ("right", "opens connection 1"),
        ("left", "220 uni-edu.icoremail.test ESMTP ready"),
        ("right", "HELO client.example.test"),
        ("left", "250 OK"),
    ]
    assert ("right", "[password]") in drawn
    assert any(re.fullmatch(r"message, \d+ octets", text) for kind, text in drawn if kind == "right")
    assert drawn[-2:] == [("right", "closes the connection"), ("note", "the client's process ends: 0")]


def test_silence_faults_and_tls_show() -> None:
    found, _ = marks(sample_run.failing(), EN)
    assert [mark.text for mark in found if mark.kind == "gap"] == ["2.4 s of silence"]
    assert [mark.text for mark in found if mark.bad] == [
        "MAIL FROM: <alice@uni.example.test>· LF alone",
        "DATA",
        "Subject: hi",
        "resets the connection",
    ]
    assert "550-5.1.1 No such user (+ 1 more)" in [mark.text for mark in found]
    found, _ = marks(sample_run.secured(), EN)
    secure = [mark.secure for mark in found]
    band = [mark.kind for mark in found].index("band")
    assert secure == [False] * band + [True] * (len(found) - band)


def test_what_a_server_can_do_to_a_connection() -> None:
    case = sample_run.assignment()
    events = [
        Event(1, 1, 0, 0, Side.SERVER, Kind.REPLY),
        Event(2, 1, 0, 0, Side.SERVER, Kind.TLS_FAILED, note="bad certificate"),
        Event(3, 1, 0, 0, Side.CLIENT, Kind.PARTIAL, size=9),
        *(Event(4, 1, 0, 0, Side.SERVER, Kind.CLOSE, note=note) for note in ("stall", "half-close", "reset", "close")),
        Event(5, 1, 0, 0, Side.HARNESS, Kind.LIMIT),
        Event(6, 2, 0, 0, Side.CLIENT, Kind.OPEN, note="mx.example.test"),
        Event(7, 3, 0, 0, Side.CLIENT, Kind.OPEN, note="implicit"),
    ]
    found, _ = marks(replace(case, transcript=tuple(events)), EN)
    assert [(mark.kind, mark.text) for mark in found] == [
        ("note", "the server says nothing"),
        ("note", "TLS handshake failed: bad certificate"),
        ("note", "the server says no more"),
        ("left", "closes its half of the connection"),
        ("left", "resets the connection"),
        ("left", "closes the connection"),
        ("note", "the case's time is up"),
        ("right", "opens connection 2, to mx.example.test"),
        ("right", "opens connection 3"),
    ]


def test_the_diagram_is_bounded() -> None:
    found, more = marks(sample_run.hostile(), EN)
    assert len(found) == MARKS
    assert more > 300
    root = ET.fromstring(sequence_svg(sample_run.hostile()))
    assert float(root.attrib["viewBox"].split()[3]) < 40 * MARKS


def test_svg_is_xml_that_stands_alone() -> None:
    for case in (*sample_run.sample().cases, sample_run.hostile()):
        for language in ("en", "zh"):
            root = ET.fromstring(sequence_svg(case, language))
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert not [element for element in root.iter() if element.tag.endswith(("script", "image", "a"))]


def decoded(mermaid: str) -> list[str]:
    """The text of each message or note, entity codes decoded as Mermaid does."""
    lines = mermaid.splitlines()
    texts = [line.split(": ", 1)[1] for line in lines if "->>" in line or "Note over" in line]
    return [re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text) for text in texts]


def test_mermaid_has_one_line_for_each_mark() -> None:
    text = sequence_mermaid(sample_run.assignment())
    assert text.startswith("sequenceDiagram\n    participant C as rawsmtp\n    participant S as coremail.test\n")
    assert decoded(text) == [mark.text for mark in marks(sample_run.assignment(), EN)[0]]


def test_mermaid_tells_what_is_left_out() -> None:
    assert decoded(sequence_mermaid(sample_run.hostile()))[-1].startswith("… ")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1).map(str.strip))
def test_special_characters_come_back_from_mermaid(text: str) -> None:
    coded = entity(text)
    assert not re.search(r"[;#](?!\d)(?<!\d;)|%%|[<>&\"{}]", re.sub(r"#\d+;", "", coded))
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), coded) == text


def test_mermaid_of_hostile_text_has_only_lines_of_its_grammar() -> None:
    grammar = re.compile(
        r"sequenceDiagram|    participant [CS] as .+|    (C--?>>S|S--?>>C|Note over C,S): (#\d+;|[^#;<>%&\"{}])+"
    )
    assert all(grammar.fullmatch(line) for line in sequence_mermaid(sample_run.hostile()).splitlines())


def test_what_repeats_is_one_mark_and_the_end_is_drawn() -> None:
    found, more = marks(sample_run.hundred(), EN)
    assert more == 0
    texts = [mark.text for mark in found]
    assert texts.count("194 more like these") == 1
    at = texts.index("194 more like these")
    assert "r1@" in texts[at - 2]
    assert "r99@" in texts[at + 1]
    assert [mark.at for mark in found] == sorted(mark.at for mark in found)
