"""Fetches the packages of relays and unpacks them side by side, so that none takes the place of the user's own MTA."""

from __future__ import annotations

import gzip
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from ..files.relays import Relay

COMPLETE = ".complete"
"""The file that an unpacked relay has when all of it is there: what it was made from."""


class NotFetched(Exception):
    """A relay's packages could not be fetched."""


def cache() -> Path:
    """Where unpacked relays are kept; for root, where the ordinary user that they run as can read them."""
    if told := os.environ.get("XDG_CACHE_HOME"):
        return Path(told) / "smtpwitness" / "relays"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/cache/smtpwitness/relays")
    return Path.home() / ".cache" / "smtpwitness" / "relays"


def prefix(relay: Relay) -> Path:
    """Where *relay* is unpacked, or would be."""
    return cache() / relay.name


def triplet() -> str:
    """What Debian calls the folder of libraries for this kind of processor."""
    return str(sysconfig.get_config_var("MULTIARCH") or f"{platform.machine()}-linux-gnu")


def missing(relay: Relay) -> str:
    """What *relay* needs and this machine does not have, and how to come by it; "" if all is there."""
    if not sys.platform.startswith("linux"):
        return "local relays need Debian with apt"
    for program, packages in relay.installed.items():
        if _found(program) is None:
            return f"there is no {program} (apt-get install {packages})"
    if (relay.packages or relay.npm) and _stamp(prefix(relay)) != _wanted(relay):
        return f"it is not here yet (smtpwitness relays --fetch {relay.name})"
    return ""


def _found(program: str) -> str | None:
    """Where *program* is; servers lie in places that are not on everybody's PATH."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def version(relay: Relay) -> str:
    """Which version of *relay* is here, as Debian, npm or the program itself tells it; "" where nothing does."""
    place = prefix(relay)
    try:
        if relay.version:
            program, *rest = relay.version
            words = [_found(program) or program, *rest]
            done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - from its file
            return done.stdout.strip().partition("\n")[0]
        if relay.npm:
            name = re.split("(?<=.)@", relay.npm[0])[0]
            return str(json.loads((place / "node_modules" / name / "package.json").read_text("utf-8"))["version"])
        with gzip.open(place / "usr/share/doc" / relay.packages[0] / "changelog.Debian.gz") as log:
            return log.readline().decode().partition("(")[2].partition(")")[0]
    except OSError:
        return ""


def fetch(relay: Relay) -> None:
    """Fetch and unpack *relay*. Raises NotFetched, and leaves nothing half done."""
    if not (relay.packages or relay.npm):
        return
    place = prefix(relay)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.parent.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{relay.name}-") as made:
        folder = Path(made) / "whole"
        folder.mkdir(mode=0o755)
        if relay.packages:
            _unpack(relay, Path(made), folder)
        if relay.npm:
            if shutil.which("npm") is None:
                raise NotFetched("there is no npm (apt-get install npm)")
            _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *relay.npm])
        (folder / COMPLETE).write_text(_wanted(relay), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        folder.rename(place)


def _unpack(relay: Relay, made: Path, folder: Path) -> None:
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            raise NotFetched(f"there is no {program}: local relays need Debian with apt")
    _run(["apt-get", "download", "-q", *relay.packages], made)
    for package in sorted(made.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(folder)])
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o777)  # else the loader would ignore LD_LIBRARY_PATH


def _run(argv: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603 - from our own files
    if done.returncode:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), f"status {done.returncode}")
        hint = f"; apt-get update may help; they are packages of Debian 12, and this is {_system()}"
        hint = hint if argv[0] == "apt-get" else ""
        raise NotFetched(f"{argv[0]}: {last}{hint}")


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name} on {platform.machine()}"


def _wanted(relay: Relay) -> str:
    return "\n".join((*relay.packages, *(f"npm {one}" for one in relay.npm))) + "\n"


def _stamp(folder: Path) -> str:
    try:
        return (folder / COMPLETE).read_text(encoding="utf-8")
    except OSError:
        return ""
