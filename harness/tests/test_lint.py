"""`smtpwitness lint` on files that are wrong in every way that people, editors and enemies know."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from smtpwitness import cli

GOOD = "title: {en: t, zh: t}\ncovers: []\ndialogue:\n  - use: ordinary\n"


def steps(*lines: str) -> str:
    return "title: {en: t, zh: t}\ncovers: []\ndialogue:\n" + "".join(f"  {line}\n" for line in lines)


def laughs(levels: int) -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(rows) + "\n"


WRONG: dict[str, str | bytes] = {
    "misspelt key": GOOD.replace("covers", "cover"),
    "key that is none": GOOD + "colour: red\n",
    "key twice": GOOD + "covers: []\n",
    "wrong indent": "title: t\n covers: []\n",
    "tab for indent": "title: t\ncovers: []\ndialogue:\n\t- use: ordinary\n",
    "no title": "covers: []\n",
    "no such requirement": GOOD.replace("covers: []", "covers: [RFC5321-9.9-z]"),
    "covers is a word": GOOD.replace("covers: []", "covers: no"),
    "no such placeholder": steps("- C: MAIL FROM:<{sendr}>"),
    "brace without end": steps("- C: MAIL FROM:<{sender>"),
    "placeholder unquoted": "title: t\ncovers: []\njob: {sender: {sender}}\n",
    "no such persona": GOOD + "server: coremial\n",
    "no such fragment": steps("- use: ordinry"),
    "no such step": steps("- say: HELO"),
    "no such rule allowed": GOOD + "allow: {helo-then-aut: why}\n",
    "no such outcome": GOOD + "outcome: acceptd\n",
    "no such job": GOOD + "job: {sendr: a@b.test}\n",
    "axis like a key": GOOD + "variants: {title: [a, b]}\n",
    "variant is a word": GOOD + "variants: {way: one}\n",
    "variants are a list": GOOD + "variants: [one]\n",
    "time without unit": GOOD + "limit: soon\n",
    "reply of two digits": steps("- C: QUIT", "- S: 25 Ok"),
    "reply with a comment": steps("- C: QUIT", "- S: 250 Ok # well"),
    "reply with a colon": steps("- C: QUIT", "- S: 250 2.0.0 Ok: queued"),
    "blank lost at the end": steps("- C: AUTH LOGIN", "- S: 334 "),
    "star is an alias": steps("- C: *"),
    "reply after optional": steps("- optional: [C: RSET]", "- S: 250 Ok"),
    "octal of YAML 1.1": GOOD + "job: {timeout: 010}\n",
    "sexagesimal of YAML 1.1": GOOD + "job: {timeout: 1:30}\n",
    "merge key": "a: &a {covers: []}\ntitle: t\n<<: *a\n",
    "tag that runs code": "title: !!python/object/apply:os.system [exit]\ncovers: []\n",
    "two documents": GOOD + "---\n" + GOOD,
    "list at the top": "- title: t\n",
    "open quote": 'title: "t\ncovers: []\n',
    "aliases that grow": laughs(12) + GOOD,
    "alias of itself": "title: t\ncovers: []\ndialogue: &a [*a]\n",
    "deep brackets": "title: " + "[" * 50_000,
    "deep maps": "title: " + "{a: " * 5_000,
    "deep blocks": "title: t\ncovers: []\ndialogue:\n" + "".join(" " * n + "- optional:\n" for n in range(1, 400)),
    "empty": "",
    "blank": "\n\n   \n",
    "only a comment": "# nothing\n",
    "binary": bytes(range(256)) * 40,
    "NUL": GOOD.replace("t,", "\0,"),
    "UTF-16": GOOD.encode("utf-16"),
    "Latin-1": GOOD.replace("en: t", "en: t\xe9").encode("latin-1"),
    "10 MB": GOOD + "# " + "x" * 10_000_000,
    "20000 keys": "".join(f"k{n}: v\n" for n in range(20_000)),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_told_by_line_and_column(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = WRONG[what]
    file = tmp_path / "mine.smtp.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setattr(sys, "argv", ["smtpwitness", "lint", str(file)])
    began = time.process_time()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert time.process_time() - began < 2
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, ""), err
    lines = err.splitlines()
    assert lines
    for line in lines:
        assert re.match(rf"({re.escape(str(file))}|[\w/.-]+\.yaml):[1-9]\d*:[1-9]\d*: \S", line), line
        assert len(line) < 500
    assert "Traceback" not in err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", err)


def test_the_right_file_that_they_are_made_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.smtp.yaml"
    file.write_text(GOOD)
    monkeypatch.setattr(sys, "argv", ["smtpwitness", "lint", str(file)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr() == ("1 scenario, 1 with their variants: no mistakes\n", "")
