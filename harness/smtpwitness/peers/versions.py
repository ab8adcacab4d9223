"""Asks the clients of this machine for their versions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..files.clients import Origin, arguments, environment, read_origin
from ..model.run import Client
from . import leftovers
from .process import ClientNotStarted, run

LIMIT = 60.0
"""Seconds for each: a driver that is compiled when it is first asked takes half a minute."""

AT_ONCE = 4
SHOWN = 48
"""Characters of a version."""


def versions(origins: Sequence[Origin], limit_s: float = LIMIT) -> list[str | None]:
    """What each of *origins* says of its version.

    None for one that is not installed, "" for one that does not tell, or not in time.
    """
    return asyncio.run(_all(origins, limit_s))


def with_versions(clients: Sequence[Client], limit_s: float = LIMIT) -> list[Client]:
    """*clients* with what they tell of their versions, those whose file says how to ask for it.

    One that may only run in a box is not asked. Raises `ClientNotStarted` for those that are not here, if their files
    say how to install them: the driver of a program that is not here would be judged in its place.
    """
    origins = [read_origin(Path(one.place.file)) if one.place and not one.redirect else Origin(one) for one in clients]
    told = versions(origins, limit_s)
    absent = [one for one, version in zip(origins, told, strict=True) if version is None and one.install]
    if absent:
        raise ClientNotStarted("; ".join(f"{one.client.name} is not installed: {one.install}" for one in absent))
    return [replace(one, version=version or "") for one, version in zip(clients, told, strict=True)]


async def _all(origins: Sequence[Origin], limit_s: float) -> list[str | None]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(origin: Origin) -> str | None:
        async with room:
            return await _told(origin, limit_s)

    return list(await asyncio.gather(*(one(origin) for origin in origins)))


async def _told(origin: Origin, limit_s: float) -> str | None:
    if not origin.version:
        return ""
    asked = replace(origin.client, argv=origin.version)
    with leftovers.folder() as folder:
        env = environment(asked, {}, Path(os.devnull), folder)
        try:
            ended = await run(arguments(asked, {}), env, folder, limit_s, str)
        except ClientNotStarted:
            return None
    if ended.timed_out:
        return ""
    if ended.exit_status != 0:
        return None
    lines = (line.strip() for line in (ended.stdout + "\n" + ended.stderr).splitlines())
    return next((line[:SHOWN] for line in lines if line), "")
