"""What the pytest plug-in costs a session that has no scenarios: the same command with it and without, turn by turn.

    python harness/benchmarks/plugin.py [ROUNDS]

Prints the median of each, the difference, and the ratio. Other plug-ins are switched off for both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 30
COMMANDS = {"pytest --version": ["--version"], "a run of one test": ["-q"]}
SIDES = {"with": ["-p", "smtpwitness.plugin"], "without": []}


def timed(words: list[str], folder: Path) -> float:
    """Milliseconds that one pytest takes."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return (time.perf_counter() - began) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one(): pass\n")
        for title, words in COMMANDS.items():
            for side in SIDES.values():
                timed([*side, *words], folder)  # what is compiled once is no cost of a session
            times: dict[str, list[float]] = {side: [] for side in SIDES}
            for turn in range(rounds):
                for side in sorted(SIDES, reverse=bool(turn % 2)):
                    times[side].append(timed([*SIDES[side], *words], folder))
            with_, without = (statistics.median(times[side]) for side in ("with", "without"))
            print(
                f"{title:20} {with_:7.1f} ms with, {without:7.1f} ms without: {with_ - without:+5.1f} ms, "
                f"{with_ / without:.3f} times"
            )


if __name__ == "__main__":
    main()
