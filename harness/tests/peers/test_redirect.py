"""Which way a client is redirected, and that the fall-backs bring it to the server, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from peers.scripted import CERTIFICATES, GREETING, Plain, Scripted

from smtpwitness.judge.actions import StartTls
from smtpwitness.model.run import Process, Redirect
from smtpwitness.peers import box, fallback
from smtpwitness.peers.redirect import NAMESPACE, PYTHON, WRAPPERS, NotRedirected, Ways, probe
from smtpwitness.peers.server import serve

pytestmark = [pytest.mark.once, pytest.mark.skipif(sys.platform != "linux", reason="clients are redirected on Linux")]
needs_libraries = pytest.mark.skipif(len(fallback.libraries()) < 2, reason="no socket_wrapper and nss_wrapper here")


@pytest.fixture
def hidden() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="smtpwitness-") as name:
        yield Path(name)


def redirected(
    hidden: Path, argv: Sequence[str], forbidden: Collection[str], script: dict[str, Any] | None = None
) -> tuple[Process, Redirect]:
    """Run *argv*, with some ways forbidden."""
    folder = hidden / "case"
    (folder / "tmp").mkdir(parents=True)
    env = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(CERTIFICATES.ca_file)}

    async def work() -> tuple[Process, Redirect]:
        ways = await probe(forbidden)
        async with serve(Scripted(script), Plain(), CERTIFICATES, time.monotonic_ns()) as server:

            async def end() -> None:
                await server.stop("time is up")

            order = box.Order(argv, env, hidden, folder, hidden, CERTIFICATES.ca_file, folder / "tmp" / "result")
            return await ways.run(order, server, 30.0, str, end)

    return asyncio.run(work())


def student(hidden: Path, text: str) -> list[str]:
    (hidden / "student.py").write_text(text)
    return [sys.executable, "student.py"]


GREETED = "import socket\nprint(socket.create_connection(('smtp.qq.com', 25), 5).recv(3).decode())\n"


def test_python_clients_have_a_way_where_nothing_else_works(hidden: Path) -> None:
    process, seen = redirected(hidden, student(hidden, GREETED), (NAMESPACE, WRAPPERS))
    assert process.stdout == "220\n", process.stderr
    assert (seen.way, seen.asked, seen.tried) == ("python", ("smtp.qq.com",), ("smtp.qq.com:25",))


@needs_libraries
def test_libraries_are_the_second_best_way(hidden: Path) -> None:
    process, seen = redirected(hidden, student(hidden, GREETED), (NAMESPACE,))
    assert process.stdout == "220\n", process.stderr
    assert seen.way == "wrappers"


@needs_libraries
@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler here")
def test_a_static_program_is_refused_where_only_libraries_are_there(hidden: Path) -> None:
    (hidden / "c.c").write_text("int main(void) { return 0; }")
    for options, way in (["-static"], None), ([], "wrappers"):
        subprocess.run(["gcc", *options, "-o", str(hidden / "client"), str(hidden / "c.c")], check=True)
        if way is None:
            with pytest.raises(NotRedirected, match="the program is static"):
                redirected(hidden, [str(hidden / "client")], (NAMESPACE,))
            shutil.rmtree(hidden / "case")
        else:
            assert redirected(hidden, [str(hidden / "client")], (NAMESPACE,))[1].way == way


TLS = (
    "import socket, ssl\n"
    "one = ssl.create_default_context().wrap_socket(socket.create_connection(('smtp.gmail.com', 465), 5), "
    "server_hostname='smtp.gmail.com')\n"
    "print(one.version())"
)


@pytest.mark.parametrize(
    "forbidden", [(NAMESPACE, WRAPPERS), pytest.param((NAMESPACE,), marks=needs_libraries)], ids=["python", "wrappers"]
)
def test_tls_is_real_there_too(hidden: Path, forbidden: Collection[str]) -> None:
    script = {"open": (StartTls(),), "tls": (GREETING,)}
    process, _ = redirected(hidden, student(hidden, TLS), forbidden, script)
    assert process.stdout.startswith("TLS"), process.stderr


ELSEWHERE = (
    "import socket, subprocess, _socket\n"
    "def tried(work):\n"
    "    try: work(); print('did')\n"
    "    except OSError as error: print('no')\n"
    "tried(lambda: socket.create_connection(('smtp.qq.com', 2525), 5))\n"
    "tried(lambda: _socket.socket().connect(('198.51.100.1', 25)))\n"
    "tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('198.51.100.1', 53)))\n"
    "tried(lambda: subprocess.run(['true']))\n"
)


def test_a_python_client_gets_nowhere_else(hidden: Path) -> None:
    process, seen = redirected(hidden, student(hidden, ELSEWHERE), (NAMESPACE, WRAPPERS))
    assert process.stdout.split() == ["no"] * 4, process.stderr
    assert seen.tried == ("smtp.qq.com:2525",)


@pytest.mark.parametrize("argv", [["/bin/true"], ["python3", "-I", "x.py"], ["python3", "-S", "x.py"]])
def test_none_is_better_than_one_to_the_real_server(hidden: Path, argv: list[str]) -> None:
    with pytest.raises(NotRedirected) as refused:
        redirected(hidden, argv, (NAMESPACE, WRAPPERS))
    text = str(refused.value)
    assert "cannot be redirected here (namespace: forbidden; wrappers: forbidden; python: the program is not" in text
    assert "apt-get install libsocket-wrapper libnss-wrapper" in text
    assert "\n" not in text


def test_wrappers_that_are_there_and_of_no_use_are_not_to_be_installed(
    hidden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback, "is_dynamic", lambda argv, path: False)
    order = box.Order(["/bin/true"], {}, hidden, hidden, hidden, CERTIFICATES.ca_file, hidden / "result")
    with pytest.raises(NotRedirected, match=r"static.*; on Linux allow user namespaces$"):
        Ways((WRAPPERS,), {NAMESPACE: "forbidden"}).best(order)


def test_everything_may_be_forbidden(hidden: Path) -> None:
    with pytest.raises(NotRedirected, match="python: forbidden"):
        redirected(hidden, student(hidden, GREETED), (NAMESPACE, WRAPPERS, PYTHON))


def test_go_makes_its_own_system_calls(tmp_path: Path) -> None:
    program = tmp_path / "client"
    elf = b"\x7fELF" + bytes(200) + b"/lib64/ld-linux-x86-64.so.2"
    for octets, dynamic in ((elf, True), (elf + b"\xff Go buildinf:", False), (b"\x7fELF" + bytes(300), False)):
        program.write_bytes(octets)
        program.chmod(0o755)
        assert fallback.is_dynamic([str(program)], "") is dynamic
    script = tmp_path / "script"
    script.write_text(f"#!/usr/bin/env {program}\n")
    script.chmod(0o755)
    assert not fallback.is_dynamic([str(script)], os.environ["PATH"])
