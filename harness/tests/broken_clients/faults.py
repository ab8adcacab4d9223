"""Wrong clients, one fault each, as they are met in the wild; `run.py` runs one of them.

Every module of this folder is looked through: a `Fault` is a wrong client, any other `Client` a correct one.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from broken_clients.base import Client, Fault

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("faults", "run"))


def name_of(client: type[Client]) -> str:
    """`NoQuit` is `no-quit`."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in client.__name__).removeprefix("-")


def _found() -> dict[str, type[Client]]:
    found: dict[str, type[Client]] = {}
    for module in MODULES:
        for one in vars(importlib.import_module(f"broken_clients.{module}")).values():
            if isinstance(one, type) and issubclass(one, Client) and one is not Fault:
                name = name_of(one)
                assert found.setdefault(name, one) is one, f"two clients are called {name}"
    return found


EVERY = _found()
FAULTS: dict[str, type[Fault]] = {name: one for name, one in EVERY.items() if issubclass(one, Fault)}
CORRECT: dict[str, type[Client]] = {name: one for name, one in EVERY.items() if not issubclass(one, Fault)}


def correct_form(fault: type[Fault]) -> str:
    """The name of the correct client that *fault* is a spoiled copy of."""
    return next(name_of(one) for one in fault.__mro__ if one in CORRECT.values())
