"""Runs one client of this folder: `python run.py NAME`, with the job in SMTP_* variables.

Only the client's own module is imported: all of them together take three times as long as the client.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def module_of(name: str) -> str:
    """The module that the class *name* is in."""
    headings = f"\nclass {name}(".encode(), f"\nclass {name}:".encode()
    return next(path.stem for path in HERE.glob("*.py") if any(one in path.read_bytes() for one in headings))


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    name = "".join(word[:1].upper() + word[1:] for word in sys.argv[1].split("-"))  # as `faults.name_of`, backwards
    client = getattr(importlib.import_module(f"broken_clients.{module_of(name)}"), name)
    sys.exit(client(os.environ).run())
