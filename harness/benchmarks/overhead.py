"""What the harness costs: cases through it, against the same client processes run bare.

Both in this one process run, one after the other and again, with the same parallelism. The bare server accepts
everything, with the same holds before greeting and replies. Cases whose script makes the client wait (delays, drips,
silence) or needs TLS are left out, because the bare server has no script.

    python harness/benchmarks/overhead.py [--client rawsmtp] [--jobs 2] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from smtpwitness import runner
from smtpwitness.files import suites
from smtpwitness.files.clients import client_from
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.scenario import Reply, Scenario

GREETING_HOLD, REPLY_HOLD = 0.1, 0.02


async def bare_session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept everything, in lock-step."""
    await asyncio.sleep(GREETING_HOLD)
    writer.write(b"220 bare.example.test ESMTP\r\n")
    content = False
    while line := await reader.readline():
        if content and line != b".\r\n":
            continue
        await asyncio.sleep(REPLY_HOLD)
        verb = b"" if content else line[:4].upper()
        content = verb == b"DATA"
        replies = {b"DATA": b"354 Go ahead\r\n", b"QUIT": b"221 Bye\r\n"}
        writer.write(replies.get(verb, b"250 Ok\r\n"))
        if verb == b"QUIT":
            break
    writer.close()


async def run_bare(plans: Sequence[runner.Plan], jobs: int, folder: Path) -> float:
    """Seconds that the client processes take by themselves."""
    server = await asyncio.start_server(bare_session, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    waiting: Iterator[runner.Plan] = iter(plans)

    async def worker() -> None:
        for plan in waiting:
            job = replace(runner.make_job(plan.scenario, plan.client), host="127.0.0.1", port=port)
            place = Path(tempfile.mkdtemp(dir=folder))
            ca_file = place / "no-ca.pem"
            values = runner.values_of(place, job, "no-secret-here", ca_file)
            argv, env, _ = runner.prepare(place, job, plan.client, values, ca_file)
            process = await asyncio.create_subprocess_exec(
                *argv, env=env, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            await process.communicate()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(jobs)))
    took = time.perf_counter() - began
    server.close()
    return took


async def run_harness(plans: Sequence[runner.Plan], jobs: int) -> tuple[float, float]:
    """Seconds that the harness takes, and seconds of CPU that its own process spends."""
    async with runner.workshop(suites.catalogue()) as shop:
        began, cpu = time.perf_counter(), time.process_time()
        await runner.run_cases(plans, shop, jobs, lambda case: None)
        return time.perf_counter() - began, time.process_time() - cpu


def replies(value: object) -> Iterator[Reply]:
    """Every reply that stands in *value*, a dataclass of the model or a tuple."""
    if isinstance(value, Reply):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from replies(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from replies(getattr(value, field.name))


def is_plain(scenario: Scenario) -> bool:
    """Whether a server without a script can play the server's half, in the same time."""
    waits = any(one.delay or one.split or one.then for one in replies(scenario.connections))
    return scenario.job.tls == "none" and scenario.job.auth == "none" and not waits


def main() -> None:
    """Print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--client", default="rawsmtp")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    suite = suites.select([], frozenset(suites.catalogue()), RULE_IDS)
    client = client_from(options.client)
    plans = [runner.Plan(one, client) for one in suite.scenarios if is_plain(one) and not runner.lacking(one, client)]
    bare, through, cpu = [], [], []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            bare.append(asyncio.run(run_bare(plans, options.jobs, Path(folder))))
        wall, spent = asyncio.run(run_harness(plans, options.jobs))
        through.append(wall)
        cpu.append(spent / len(plans) * 1000)
    ratio = statistics.median(through) / statistics.median(bare)
    print(f"{len(plans)} cases, {options.jobs} at a time, median of {options.rounds} rounds")
    print(f"bare clients {statistics.median(bare):.2f} s, through the harness {statistics.median(through):.2f} s")
    print(f"ratio {ratio:.2f}; the harness spends {statistics.median(cpu):.1f} ms of CPU a case")


if __name__ == "__main__":
    main()
