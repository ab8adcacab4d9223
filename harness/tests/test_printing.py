from __future__ import annotations

from pathlib import Path

import pytest

from smtpwitness import printing


def test_without_a_browser_nothing_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert printing.browser() == ""
    assert not printing.print_page(tmp_path / "page.html", tmp_path / "page.pdf")


def test_a_browser_that_prints_nothing_leaves_no_old_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "browser", lambda: str(tmp_path / "none"))
    (tmp_path / "page.pdf").write_bytes(b"old")
    assert not printing.print_page(tmp_path / "page.html", tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()
