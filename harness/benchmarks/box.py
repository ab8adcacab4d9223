"""What a box costs: a client that does nothing, in one and without, alternating; medians in milliseconds.

python harness/benchmarks/box.py [PAIRS]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from smtpwitness.peers import box
from smtpwitness.peers.process import run

PAIRS = 50
ARGV = ("/bin/true",)


async def _nothing() -> None:
    pass


async def shut_in() -> None:
    with tempfile.TemporaryDirectory(prefix="smtpwitness-") as name:
        folder = Path(name) / "case"
        for one in (folder / "home", folder / "tmp"):
            one.mkdir(parents=True)
        ca_file = Path(name) / "ca.pem"
        ca_file.touch()
        order = box.Order(ARGV, {}, folder / "home", folder, Path(name), ca_file, folder / "tmp" / "result")
        await box.run(order, None, 30.0, str, _nothing)


async def free() -> None:
    with tempfile.TemporaryDirectory(prefix="smtpwitness-") as name:
        for one in ("home", "tmp"):
            (Path(name) / "case" / one).mkdir(parents=True)
        await run(ARGV, {}, Path(name), 30.0, str)


async def measure(pairs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each run in a box, and of each without."""
    times: tuple[list[float], list[float]] = [], []
    for _ in range(pairs):
        for work, taken in zip((shut_in, free), times, strict=True):
            began = time.perf_counter()
            await work()
            taken.append((time.perf_counter() - began) * 1000)
    return times


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    if why := asyncio.run(box.forbidden()):
        sys.exit(f"nobody can be shut in here: {why}")
    boxed, plain = asyncio.run(measure(pairs))
    difference = median(one - other for one, other in zip(boxed, plain, strict=True))
    print(
        f"{pairs} pairs: boxed {median(boxed):.1f} ms, without {median(plain):.1f} ms, difference {difference:.1f} ms"
    )


if __name__ == "__main__":
    main()
