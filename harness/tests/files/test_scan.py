import base64
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from smtpwitness.files import scan
from smtpwitness.files.scan import find_secrets, forms_in
from smtpwitness.files.store import escape
from smtpwitness.judge import redact

SECRET = "pa ss\\wörd"


def forms(secret: str) -> Mapping[str, bytes]:
    octets = secret.encode()
    return {
        "raw": octets,
        "percent": quote(secret).encode(),
        "base64": base64.b64encode(octets).rstrip(b"="),
        "hex": octets.hex().encode(),
        "utf-16": secret.encode("utf-16-le"),
    }


@pytest.mark.parametrize("form", forms(SECRET))
def test_every_form_is_found(tmp_path: Path, form: str):
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "a.html").write_bytes(b"<p>" + forms(SECRET)[form] + b"</p>")
    (tmp_path / "b.txt").write_bytes(b"nothing\n")
    assert (tmp_path / "cases" / "a.html", form) in find_secrets(tmp_path, [SECRET], forms)


@pytest.mark.parametrize("form", redact.forms(SECRET))
def test_every_form_that_redaction_knows_is_looked_for(tmp_path: Path, form: str):
    (tmp_path / "a").write_bytes(b"\x00" + redact.forms(SECRET)[form] + b"\x00")
    assert find_secrets(tmp_path, [SECRET])


def test_a_secret_too_short_to_tell_is_not_looked_for(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"abc")
    assert find_secrets(tmp_path, ["abc"]) == []


@pytest.mark.parametrize("length", [5, 10, 11, 12, 40])
@pytest.mark.parametrize("before", range(12))
def test_a_secret_at_any_place(tmp_path: Path, length: int, before: int):
    secret = "q8#Zr" * 8
    (tmp_path / "a").write_bytes(b"." * before + secret[:length].encode() + b"." * 20)
    assert (tmp_path / "a", "utf-8 as it is") in find_secrets(tmp_path, [secret[:length]])
    assert find_secrets(tmp_path, [secret[: length - 1] + "!"]) == []


def test_our_own_escape_is_a_form_too(tmp_path: Path):
    (tmp_path / "run.json").write_text(json.dumps({"octets": escape(f"AUTH {SECRET}\r\n".encode())}))
    assert find_secrets(tmp_path, [SECRET], forms) == [(tmp_path / "run.json", "run.json")]


def test_a_clean_folder(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"password: ******\n")
    (tmp_path / "empty").write_bytes(b"")
    assert find_secrets(tmp_path, [SECRET, "other"], forms) == []
    assert find_secrets(tmp_path, [], forms) == []
    assert find_secrets(tmp_path, [""], forms) == []


def test_every_secret_in_every_file(tmp_path: Path):
    (tmp_path / "b").write_bytes(b"first")
    (tmp_path / "a").write_bytes(b"second first")
    found = find_secrets(tmp_path, ["first", "second"], lambda secret: {secret: secret.encode(), "none": b""})
    assert [(path.name, form) for path, form in found if form != "run.json"] == [
        ("a", "first"),
        ("a", "second"),
        ("b", "first"),
    ]


@pytest.mark.parametrize("before", range(20, 33))
def test_a_secret_across_two_pieces(tmp_path: Path, before: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scan, "PIECE", 32)
    (tmp_path / "a").write_bytes(b"." * before + SECRET.encode() + b"." * 50)
    assert (tmp_path / "a", "raw") in find_secrets(tmp_path, [SECRET], forms)


def test_links_are_not_followed(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "real").write_text(SECRET)
    (tmp_path / "out" / "link").symlink_to(tmp_path / "real")
    assert find_secrets(tmp_path / "out", [SECRET], forms) == []


# --- in text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["raw", "percent", "base64", "hex"])
def test_every_form_is_found_in_text(form: str):
    text = f"the client said {forms(SECRET)[form].decode()}, you know"
    assert form in forms_in(text, ["other", SECRET], forms)


def test_a_form_is_found_in_what_another_process_is_told():
    """Octets are escaped there, once by us and once by JSON."""
    text = json.dumps({"octets": escape(f"AUTH {SECRET}\r\n".encode()), "text": "x"})
    assert forms_in(text, [SECRET], forms) == {"run.json"}
    assert forms_in(json.dumps("the pa ss, word"), [SECRET], forms) == set()


@pytest.mark.parametrize("before", range(12))
def test_a_secret_at_any_place_of_a_text(before: int):
    assert "raw" in forms_in("." * before + SECRET + "." * 20, [SECRET], forms)


def test_clean_text():
    assert forms_in("password: ******", [SECRET, "other"], forms) == set()
    assert forms_in("", [SECRET], forms) == set()
    assert forms_in(SECRET, [], forms) == set()
    assert forms_in(SECRET, [""], forms) == set()


def test_text_that_is_no_utf_8_is_looked_through():
    assert "raw" in forms_in(f"\ud800 {SECRET} \udcff", [SECRET], forms)


def test_the_forms_that_redaction_knows_are_the_usual_ones():
    assert forms_in(f"it is {SECRET}", [SECRET]) == forms_in(f"it is {SECRET}", [SECRET], redact.forms)
    assert forms_in(f"it is {SECRET}", [SECRET])
