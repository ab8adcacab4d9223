"""Whether verdicts stay the same on a busy machine: the whole set and every broken client, again and again.

Every core is kept busy by a process that only counts, unless something else keeps them busy (`--busy 0`). Each round's
verdicts, rules and root causes are compared with those of the first; every difference is printed, and each round's load
average and inconclusive cases. Nothing is tried again. Of several numbers of jobs each is for one round, the last for
all that follow.

    python harness/benchmarks/steady.py [--rounds 20] [--jobs 4 [16 ...]] [--busy 2]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from real_runs import run_all, scenarios
from zoo import stress_for_the_zoo, wrong_cases

from smtpwitness.files.clients import client_from
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.runner import Plan

BUSY = "while True: pass"


def plans() -> list[Plan]:
    """The whole set for the bundled client, and each broken client where its fault shows."""
    return [*(Plan(one, client_from("rawsmtp")) for one in scenarios([])), *wrong_cases()]


def essence(case: CaseResult) -> tuple[object, ...]:
    """What must not change."""
    rules = sorted((one.rule, str(one.verdict)) for one in case.findings if one.verdict is not Verdict.NOTE)
    return str(case.exchange), str(case.closing), case.root_cause, rules


def main() -> int:
    """Exit status 0 if every round came to the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--jobs", type=int, nargs="+", default=[4])
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    stress_for_the_zoo()
    work = plans()
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)]
    first: list[tuple[object, ...]] = []
    changed = 0
    try:
        for number in range(1, options.rounds + 1):
            began = time.monotonic()
            jobs = options.jobs[min(number, len(options.jobs)) - 1]
            cases = run_all(work, jobs)
            found = [essence(case) for case in cases]
            first = first or found
            differences = [(c, a, b) for c, a, b in zip(cases, first, found, strict=True) if a != b]
            changed += len(differences)
            lag = max(case.lag_ms for case in cases)
            load = os.getloadavg()[0]
            took = time.monotonic() - began
            undecided = sum(case.exchange is Verdict.INCONCLUSIVE for case in cases)
            told = f"{len(cases)} cases, {undecided} inconclusive, {jobs} jobs, {took:.0f} s, load {load:.1f}"
            print(f"round {number}: {told}, latest {lag:.0f} ms", flush=True)
            for case, was, now in differences:
                print(f"  {case.client} {case.name}: was {was}, is {now}", flush=True)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    print(f"{changed} differences in {options.rounds} rounds")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
