"""Wrong clients, one fault each, as they are met in the wild: `python faults.py NAME`, the job in SMTP_* variables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from broken_clients import from_the_rfc, wrong_commands, wrong_content, wrong_sessions
from broken_clients.base import Fault


def name_of(fault: type[Fault]) -> str:
    """`NoQuit` is `no-quit`."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in fault.__name__).removeprefix("-")


FAULTS: dict[str, type[Fault]] = {
    name_of(one): one
    for module in (wrong_commands, wrong_sessions, wrong_content, from_the_rfc)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, Fault) and one is not Fault
}

if __name__ == "__main__":
    sys.exit(FAULTS[sys.argv[1]](os.environ).run())
