"""Prints a page to PDF through the headless Chromium of this machine, where there is one."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from .peers.process import ClientNotStarted, run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 60.0
FLAGS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-pdf-header-footer"),
)


def browser() -> str:
    """The path of a Chromium; "" where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def print_page(page: Path, pdf: Path) -> bool:
    """Write the HTML file *page* to *pdf*. False where there is no browser, or it fails."""
    program = browser()
    if not program:
        return False
    pdf.unlink(missing_ok=True)
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []  # Chromium refuses root otherwise
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *FLAGS, *root, f"--user-data-dir={profile}", f"--print-to-pdf={pdf.resolve()}"]
        printed = run([*command, page.resolve().as_uri()], os.environ, Path.cwd(), SECONDS, str)
        try:
            ended = asyncio.run(printed)  # which leaves none of a browser's many processes behind
        except ClientNotStarted:
            return False
        if ended.timed_out:
            return False
    return pdf.is_file()
