"""The only finder of what ships with the package: scenarios, known clients and relays.

An editable install would carry a stale snapshot of them, so the checkout that the source lies in comes first, and
the data inside the installed package only where there is none.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


def scenarios_root() -> Path:
    """The folder of scenarios, personas, fragments and the catalogue. Raises `FileNotFoundError`."""
    return _found("scenarios", "scenarios")


def known_clients_root() -> Path:
    """The folder of `*.client.yaml` files of known clients. Raises `FileNotFoundError`."""
    return _found("client/known", "known")


def relays_root() -> Path:
    """The folder of `*.relay.yaml` files. Raises `FileNotFoundError`."""
    return _found("harness/relays", "relays")


def _found(in_checkout: str, in_package: str) -> Path:
    checkout = _checkout(_package())
    folder = checkout / in_checkout if checkout else _package() / "data" / in_package
    if not folder.is_dir():
        raise FileNotFoundError(f"smtpwitness is not wholly installed: there is no folder {folder}")
    return folder


def _package() -> Path:
    return Path(__file__).resolve().parents[1]


@cache
def _checkout(package: Path) -> Path | None:
    """The checkout's folder, if the source *package* lies in `harness/` of one."""
    harness = package.parent
    if harness.name != "harness":
        return None
    try:
        project = tomllib.loads((harness.parent / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = project.get("project", {}).get("name")
    return harness.parent if name == "smtpwitness" else None
