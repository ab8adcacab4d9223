"""Runs a program in a box with a scripted server, and tells what came of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from peers.scripted import CERTIFICATES, Plain, Scripted

from smtpwitness.model.run import Process, Redirect
from smtpwitness.model.transcript import Kind, Side
from smtpwitness.peers import box
from smtpwitness.peers.server import serve

FORBIDDEN = asyncio.run(box.forbidden())
needs_a_box = pytest.mark.skipif(bool(FORBIDDEN), reason=f"nobody can be shut in here: {FORBIDDEN}")

Seen = tuple[Process, Redirect, list[tuple[Side, Kind, str]]]


def shut_in(
    hidden: Path,
    argv: Sequence[str],
    cwd: Path,
    script: dict[str, Any] | None = None,
    limit: float = 30.0,
    **more: Any,
) -> Seen:
    """Run *argv* in a box, its case's folder in *hidden*; how it ended, what was seen of it and by the server."""
    folder = hidden / "case"
    for one in (folder / "home", folder / "tmp"):
        one.mkdir(parents=True)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "SSL_CERT_FILE": str(CERTIFICATES.ca_file),
    }

    async def work() -> Seen:
        async with serve(Scripted(script), Plain(), CERTIFICATES, time.monotonic_ns()) as server:

            async def end() -> None:
                await server.stop("time is up")

            order = box.Order(argv, env, cwd, folder, hidden, CERTIFICATES.ca_file, folder / "tmp" / "result", **more)
            process, seen = await box.run(order, server, limit, str, end)
            await server.quiet()
            return process, seen, [(one.side, one.kind, one.note) for one in server.events]

    return asyncio.run(work())
