import asyncio
import os
import resource
import sys
import time
from pathlib import Path

import pytest
from peers.scripted import run as run_loop

from smtpwitness.model.run import Process
from smtpwitness.peers import process
from smtpwitness.peers.process import EDGE, KEPT, ClientNotStarted, Output, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
ENV = {"PATH": "/usr/bin:/bin"}


def client(*argv: str, env: dict[str, str] | None = None, limit: float = 20.0, scrub=str) -> Process:  # type: ignore[no-untyped-def]
    async def main() -> Process:
        return await run(argv, ENV if env is None else env, Path("/"), limit, scrub)

    found: Process = run_loop(main)
    return found


def script(text: str, **more) -> Process:  # type: ignore[no-untyped-def]
    return client("/bin/sh", "-c", text, **more)


def python(text: str, **more) -> Process:  # type: ignore[no-untyped-def]
    return client(sys.executable, "-I", "-S", "-c", text, **more)


def running(token: str) -> list[str]:
    """Processes whose command line holds *token*, zombies left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if token in folder.joinpath("cmdline").read_bytes().decode("latin-1"):
                    found.append(folder.name)
            except OSError:
                pass
    return found


def zombies_of_ours() -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = folder.joinpath("stat").read_bytes().rpartition(b")")[2].split()[:2]
            except OSError:
                continue
            if state == b"Z" and int(parent) == os.getpid():
                found.append(folder.name)
    return found


def test_exit_status_and_output_are_told_apart() -> None:
    found = script("echo out; echo err >&2; exit 75")
    assert (found.exit_status, found.stdout, found.stderr) == (75, "out\n", "err\n")
    assert (found.signal, found.timed_out, found.cut) == ("", False, False)
    assert 0 < found.duration_ms < 10_000


def test_a_signal_is_named() -> None:
    found = script("kill -SEGV $$")
    assert (found.exit_status, found.signal, found.timed_out) == (None, "SIGSEGV", False)
    found = script("kill -40 $$")
    assert found.signal == "signal 40"


def test_the_environment_is_what_was_given_and_nothing_else() -> None:
    assert client("/usr/bin/env", env={"A": "1", "B": "ü"}).stdout == "A=1\nB=ü\n"


def test_stdin_is_empty_and_the_session_its_own() -> None:
    assert script("cat; cut -d' ' -f6 /proc/self/stat; echo $$").stdout.split()[0] != str(os.getsid(0))
    found = script("cat; ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat; echo $$").stdout.split()
    assert found[0] == found[1]


def test_output_is_scrubbed_before_anybody_sees_it() -> None:
    found = script("echo hunter2; echo hunter2 >&2", scrub=lambda text: text.replace("hunter2", "***"))
    assert (found.stdout, found.stderr) == ("***\n", "***\n")


def test_what_is_no_utf_8_is_replaced() -> None:
    assert script("printf 'a\\377b'").stdout == "a\N{REPLACEMENT CHARACTER}b"


def test_a_program_that_cannot_be_started_is_told_from_one_that_failed(tmp_path: Path) -> None:
    async def start(*argv: str) -> None:
        with pytest.raises(ClientNotStarted, match=r"^\S+: \w"):
            await run(argv, ENV, tmp_path, 5, str)

    plain = tmp_path / "plain"
    plain.write_text("x")
    noformat = tmp_path / "noformat"
    noformat.write_text("x")
    noformat.chmod(0o700)

    async def main() -> None:
        await start("no-such-program-anywhere")
        await start(str(plain))
        await start(str(noformat))
        await start("/bin/echo", "nul\0nul")
        await start("/bin/echo", "x" * 10_000_000)
        with pytest.raises(FileNotFoundError):
            await run(["/bin/true"], ENV, tmp_path / "no-such-folder", 5, str)

    run_loop(main)
    assert script("exit 127").exit_status == 127


# --- what is left of a client

STUBBORN = "trap '' TERM; while :; do sleep 0.05; done # {token}"


def test_a_client_that_ignores_sigterm_is_killed_a_second_later() -> None:
    began = time.monotonic()
    found = script(STUBBORN, limit=0.3)
    assert (found.timed_out, found.exit_status, found.signal) == (True, None, "SIGKILL")
    assert 1.2 < time.monotonic() - began < 3.3


def test_a_client_that_heeds_sigterm_keeps_its_exit_status() -> None:
    found = script("trap 'echo late; exit 75' TERM; while :; do sleep 0.05; done", limit=0.3)
    assert (found.timed_out, found.exit_status, found.stdout) == (True, 75, "late\n")
    assert found.duration_ms < 1300


def test_at_the_limit_somebody_is_asked_before_the_client_hears_of_it() -> None:
    asked: list[bool] = []
    token = f"token-{time.monotonic_ns()}"

    async def at_limit() -> None:
        asked.append(bool(running(token)))

    async def main() -> Process:
        argv = ["/bin/sh", "-c", "sleep 60; : $1", "x", token]
        return await run(argv, ENV, Path("/"), 0.2, str, at_limit)

    assert run_loop(main).timed_out
    assert asked == [True]
    script("exit 0")
    assert asked == [True]


DAEMON = """
import os, sys, time, signal
token = sys.argv[-1]
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(99)", token], {})
    os._exit(0)
if os.fork() == 0:
    os.setpgid(0, 0)
    os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(99)", token], {})
print("forked", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="descendants that left the group are out of reach")
@pytest.mark.parametrize(("end", "status"), [("", 0), ("time.sleep(99)", None)])
def test_descendants_that_left_the_group_are_ended_too(end: str, status: int | None) -> None:
    token = f"token-{time.monotonic_ns()}"
    began = time.monotonic()
    found = client(sys.executable, "-I", "-S", "-c", DAEMON + end, token, limit=0.7)
    assert (found.exit_status, found.stdout) == (status, "forked\n")
    assert time.monotonic() - began < 4
    assert not running(token)
    assert not zombies_of_ours()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_only_the_client_s_own_processes_are_ended() -> None:
    """Two clients at once, and a process of ours that is none: the first to end takes nobody with it."""

    async def main() -> None:
        other = await asyncio.create_subprocess_exec("/bin/sleep", "60")
        slow = asyncio.create_task(run(["/bin/sh", "-c", "sleep 1 & wait; echo slow"], ENV, Path("/"), 20, str))
        await asyncio.sleep(0.2)
        for _ in range(5):
            await run(["/bin/sh", "-c", "sleep 60 & exit 0"], ENV, Path("/"), 20, str)
        assert (await slow).stdout == "slow\n"
        assert other.returncode is None
        other.kill()
        await other.wait()

    run_loop(main)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_every_client_has_its_own_mark_when_many_start_at_once() -> None:
    """Each leaves a daemon behind; each must take its own with it, and the harness's limits must come back."""
    before = [resource.getrlimit(one) for one in (resource.RLIMIT_RTTIME, resource.RLIMIT_CORE)]
    token = f"token-{time.monotonic_ns()}"

    async def main() -> list[Process]:
        argv = [sys.executable, "-I", "-S", "-c", DAEMON, token]
        return await asyncio.gather(*(run(argv, ENV, Path("/"), 20, str) for _ in range(10)))

    assert {found.exit_status for found in run_loop(main)} == {0}
    assert not running(token)
    assert not zombies_of_ours()
    assert [resource.getrlimit(one) for one in (resource.RLIMIT_RTTIME, resource.RLIMIT_CORE)] == before


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_limits_of_the_client() -> None:
    found = python("import resource as r; print(r.getrlimit(r.RLIMIT_CORE)[0])")
    assert found.stdout == "0\n"
    found = python("import time; time.sleep(0.3); b = bytearray(3 * 2**30)")
    assert (found.exit_status, "MemoryError" in found.stderr) == (1, True)


def test_a_cancelled_run_leaves_nothing() -> None:
    token = f"token-{time.monotonic_ns()}"

    async def main() -> None:
        task = asyncio.create_task(run(["/bin/sh", "-c", "sleep 60; : $1", "x", token], ENV, Path("/"), 60, str))
        while not running(token):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while running(token):
            await asyncio.sleep(0.01)

    run_loop(main)


# --- much output


def test_a_client_that_prints_for_ever_is_drained_and_ended() -> None:
    began = time.monotonic()
    found = script("trap '' TERM; yes 0123456789", limit=0.5)
    assert found.timed_out
    assert found.cut
    assert len(found.stdout) <= 2 * KEPT + 100
    assert time.monotonic() - began < 3.5


def test_the_client_is_not_blocked_by_what_it_prints() -> None:
    found = python("import sys; sys.stdout.write('x' * 5_000_000); sys.stderr.write('y' * 5_000_000); sys.exit(7)")
    assert found.exit_status == 7
    assert found.cut


def test_head_and_tail_are_kept() -> None:
    output = Output()
    for number in range(400_000):
        output.add(b"%07d\n" % number)
    text = output.text(str)
    assert output.cut
    assert text.startswith("0000000\n0000001\n")
    assert text.endswith("0399998\n0399999\n")
    assert "[... cut: 3200000 octets in all ...]" in text
    assert len(text) < 2 * KEPT


def test_all_of_it_is_kept_up_to_the_limit() -> None:
    output = Output()
    output.add(b"a" * KEPT + b"b" * KEPT)
    assert not output.cut
    assert output.text(str) == "a" * KEPT + "b" * KEPT


def test_no_half_secret_is_left_at_a_cut() -> None:
    """A secret that stands across the cut is not found by the scrubber: its place is dropped."""
    secret = "hunter2" * 20
    assert len(secret) < EDGE
    for shift in range(0, len(secret), 7):
        output = Output()
        output.add(
            b"-" * (KEPT - shift) + secret.encode() + b"-" * (2 * KEPT) + secret.encode() + b"-" * (KEPT - shift)
        )
        text = output.text(lambda text: text.replace(secret, "***"))
        assert "hunter" not in text
        assert "ter2" not in text


def test_limits_are_numbers_that_make_sense() -> None:
    assert process.AGAIN < process.PATIENCE <= 1.0
