import asyncio
import time

from peers.scripted import run

from smtpwitness.peers.lag import LagMonitor


def test_a_blocked_loop_is_noticed_by_every_case_that_runs_and_by_no_other() -> None:
    async def main() -> None:
        async with LagMonitor() as lag:
            before = lag.open()
            lag.close(before)
            first, second = lag.open(), lag.open()
            time.sleep(0.15)
            assert lag.close(first) > 100
            await asyncio.sleep(0.05)
            after = lag.open()
            await asyncio.sleep(0.05)
            assert lag.close(second) > 100
            assert lag.close(after) < 100
            assert before.worst < 100

    run(main)


def test_a_block_that_the_ticker_saw_counts_as_well() -> None:
    async def main() -> None:
        async with LagMonitor() as lag:
            window = lag.open()
            time.sleep(0.15)
            await asyncio.sleep(0.06)
            assert lag.close(window) > 100

    run(main)
