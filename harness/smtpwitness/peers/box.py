"""A box around a client that names its server itself, or that is not trusted: Linux namespaces, no root needed.

Inside there is no network but one in which every name and every address is the fake server, nothing can be written but
a copy of the client's own folder, no other process is seen, and no other case's files (`inside`, which is the program
that shuts itself in). The listening sockets are made inside and handed out, so that this process accepts on them.
"""

from __future__ import annotations

import asyncio
import marshal
import os
import py_compile
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..model.run import Process, Redirect
from ..model.scenario import Records
from . import leftovers
from .names import Names
from .process import PATIENCE, ClientNotStarted
from .process import run as run_process
from .prompts import Answers
from .server import Server

PORTS = (25, 465, 587)
"""Where clients look for a server: relay, implicit TLS (RFC 8314), submission."""

IMPLICIT_TLS = 465

HOST_NAME = "client.example.test"
"""What a client finds when it asks for its own name, to say in EHLO (RFC 5321, 4.1.1.1)."""

USER = 1000
"""The user's number inside where it is root outside."""

MOST_COPIED = 32 * 1024**2
"""Octets of a client's folder that are copied for it; a larger one it can only read."""

MOST_FILES = 2000

ROOM = 64 * 1024**2
"""Octets that a client may write in each of its folders."""

EACH: Mapping[str, int] = {
    "RLIMIT_CPU": 60,
    "RLIMIT_FSIZE": 32 * 1024**2,
    "RLIMIT_NPROC": 256,
    "RLIMIT_NOFILE": 1024,
    "RLIMIT_CORE": 0,
    "RLIMIT_MEMLOCK": 1024**2,
    "RLIMIT_DATA": 2 * 1024**3,
}
"""Limits of each process: getrlimit(2)."""

TOGETHER: Mapping[str, float] = {"processes": 128, "memory": 1024**3, "cpu": 60.0}
"""Limits of all processes of a client: their number, octets in memory, seconds of processor time."""

MOST_OUTPUT = 16 * 1024**2
"""Octets that a client may print."""

MOST_ATTEMPTS = 100
MOST_SOCKETS = 250
START = 10.0
"""Seconds that it may take to shut a client in. What it does take is printed by benchmarks/box.py."""

CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
)
"""Where the authorities stand that programs trust: Debian, Alpine, Fedora, SUSE."""


class BoxError(Exception):
    """A client could not be shut in."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run in a box. `folder` is the case's, `hidden` the run's, which has the other cases' beside it.

    The client may write in `home` and `temporary` of `folder`, and in a copy of `cwd`. `records` of names are told by
    the name server; where there are any, the host that a connection is for is recorded.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    folder: Path
    hidden: Path
    ca_file: Path
    result: Path
    ports: tuple[int, ...] = PORTS
    answers: Answers = ()
    records: Mapping[str, Records] = field(default_factory=dict)
    each: Mapping[str, int] = field(default_factory=lambda: EACH)
    together: Mapping[str, float] = field(default_factory=lambda: TOGETHER)


@dataclass(frozen=True, slots=True)
class Used:
    """How the client in a box ended, and what it used at most. `status` is negative for a signal."""

    status: int
    cpu_ms: float
    memory: int
    processes: int
    limits: tuple[str, ...]
    result: bytes


async def forbidden() -> str:
    """Why nobody can be shut in on this machine, in a few words; "" where it can be done.

    It is tried, with a program that does nothing: only then is it known what a kernel or a container lets us do.
    """
    if sys.platform != "linux":
        return "there are no namespaces but on Linux"
    with leftovers.folder() as outside:
        folder, ca = outside / "case", outside / "ca.pem"
        for one in (folder / "home", folder / "tmp"):
            one.mkdir(parents=True)
        ca.touch()
        order = Order((sys.executable, "-I", "-S", "-c", ""), {}, folder, folder, outside, ca, folder / "result")
        try:
            process, _ = await run(order, None, START, str, _nothing)
        except (BoxError, ClientNotStarted) as error:
            return str(error)
    return "" if process.exit_status == 0 else f"a program in it ended with {process}"


async def _nothing() -> None:
    pass


class Box:
    """One client's box. `argv` is what to start, which inherits `descriptor`.

    Then `opened` gives the sockets and `go` lets the client begin; `used` is there once it has ended.
    """

    def __init__(self, order: Order) -> None:
        self.names = Names(order.records)
        self.attempts: list[str] = []
        self.used: Used | None = None
        self._order = order
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        self.descriptor = theirs.detach()  # closed by who starts it
        self.argv = [sys.executable, "-I", "-S", _inside(), str(self.descriptor)]
        self._sockets: list[socket.socket] = []

    async def opened(self) -> list[tuple[int, socket.socket]]:
        """The listening sockets, each with its port. Raises BoxError."""
        loop = asyncio.get_running_loop()
        octets = marshal.dumps(_told(self._order))
        try:
            async with asyncio.timeout(START):
                await loop.sock_sendall(self._ours, struct.pack("!I", len(octets)) + octets)
                await _readable(self._ours)
            text, descriptors, _, _ = socket.recv_fds(self._ours, 65536, MOST_SOCKETS)
        except (OSError, TimeoutError) as error:
            raise BoxError(f"it did not come up: {error or type(error).__name__}") from error
        words = text.decode("utf-8", "replace").strip()
        self._sockets = [socket.socket(fileno=one) for one in descriptors]
        if not self._sockets:
            raise BoxError(words.removeprefix("! ") or "it did not come up")
        for one in self._sockets:
            one.setblocking(False)
        names, attempts, *listening = self._sockets
        self._sockets = [names, attempts]  # the others are the caller's now
        loop.add_reader(names, self._answer, names)
        loop.add_reader(attempts, self._note, attempts)
        return list(zip(map(int, words.split()[2:]), listening, strict=True))

    async def go(self) -> None:
        """Let the client begin, and wait for its end. Raises ClientNotStarted if it cannot begin."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._ours, b"g")
        said = bytearray()
        with suppress(ConnectionError):
            while more := await loop.sock_recv(self._ours, 65536):
                said += more
        line, _, result = bytes(said).partition(b"\n")
        if line.startswith(b"!"):
            raise ClientNotStarted(line[1:].decode("utf-8", "replace").strip())
        if line:
            status, cpu, memory, processes, limits = line.split()
            hit = () if limits == b"-" else tuple(limits.decode().split(","))
            self.used = Used(int(status), float(cpu), int(memory), int(processes), hit, result)

    async def end(self) -> None:
        """Have the client end: SIGTERM, and a second later SIGKILL."""
        with suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(self._ours, b"e")

    def host_at(self, address: object) -> str:
        """The host that the client means by a socket's *address*; "" for the loopback, as any client is told."""
        found = str(address[0]) if isinstance(address, tuple) else ""
        found = found.removeprefix("::ffff:")
        return "" if found.startswith("127.") or found == "::1" else self.names.host_at(found)

    def meant(self, address: object) -> str:
        """The host that a connection to *address* is for, where the client was to find it by the order's records."""
        if not self._order.records:
            return ""
        return self.host_at(address) or "localhost"

    def close(self) -> None:
        """Nothing of it is left."""
        loop = asyncio.get_running_loop()
        for one in self._sockets:
            loop.remove_reader(one)
            one.close()
        self._ours.close()

    def _answer(self, names: socket.socket) -> None:
        """A question for a name server, whichever it was sent to."""
        with suppress(OSError):
            query, about, _, asker = names.recvmsg(512, 64)
            answer = self.names.answer(query)
            if answer is not None:
                names.sendmsg([answer], [(one[0], one[1], one[2]) for one in about], 0, asker)

    def _note(self, attempts: socket.socket) -> None:
        """Somebody tried to connect: an IP packet with a TCP segment."""
        with suppress(OSError, struct.error):
            packet = attempts.recv(128)
            (port,) = struct.unpack_from("!H", packet, (packet[0] & 15) * 4 + 2)
            if len(self.attempts) < MOST_ATTEMPTS:
                self.attempts.append(f"{self.names.host_at(socket.inet_ntoa(packet[16:20]))}:{port}")


async def _readable(one: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(one, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(one)


async def run(
    order: Order, server: Server | None, limit_s: float, scrub: Callable[[str], str], at_limit: AtLimit
) -> Ran:
    """Run a client in a box, where *server* is the only one (None: nobody answers); else as `process.run` does.

    What it wrote to the order's `result` is there afterwards. Raises BoxError and ClientNotStarted.
    """
    box = Box(order)
    attending = asyncio.create_task(_attend(box, server))

    async def stop() -> None:
        await at_limit()
        await box.end()
        await asyncio.wait({attending}, timeout=2 * PATIENCE)

    try:
        env = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}  # Python may need it
        process = await run_process(
            box.argv,
            env,
            Path("/"),
            limit_s,
            scrub,
            stop,
            order.answers,
            descriptors=(box.descriptor,),
            most_output=MOST_OUTPUT,
        )
        await asyncio.wait({attending}, timeout=PATIENCE)
        if attending.done():
            attending.result()
    finally:
        attending.cancel()
        await asyncio.wait({attending})
        box.close()
    return _as_if_outside(process, box, order)


AtLimit = Callable[[], Awaitable[None]]
Ran = tuple[Process, Redirect]


async def _attend(box: Box, server: Server | None) -> None:
    try:
        listening = await box.opened()
        if server is None:
            for _, one in listening:
                one.close()
        else:
            await server.adopt([(one, port == IMPLICIT_TLS) for port, one in listening], box.host_at, box.meant)
    except BaseException:
        box.close()  # who waits inside for a word ends
        raise
    await box.go()


def _as_if_outside(process: Process, box: Box, order: Order) -> Ran:
    """The client's own end in place of the box's, and what was seen of it."""
    used = box.used
    flooded = ("output",) if process.flooded else ()
    seen = Redirect("namespace", box.names.asked, tuple(dict.fromkeys(box.attempts)), flooded)
    if used is None:
        return replace(process, exit_status=None, signal=process.signal or "SIGKILL"), seen
    if used.result:
        order.result.write_bytes(used.result)
    name = signal.Signals(-used.status).name if used.status < 0 else ""
    ended = replace(process, exit_status=used.status if used.status >= 0 else None, signal=name)
    seen = replace(
        seen, limits=(*used.limits, *flooded), cpu_ms=used.cpu_ms, memory=used.memory, processes=used.processes
    )
    return ended, seen


@cache
def _inside() -> str:
    """The file of `inside`, compiled: Python compiles a program that it is given as text anew for every case."""
    source = str(Path(__file__).with_name("inside.py"))
    try:
        return py_compile.compile(source, doraise=True) or source
    except OSError:  # the package lies where nobody may write
        return source


# --- the order, as it is told


def _told(order: Order) -> dict[str, Any]:
    """*order* as `inside` reads it: what `marshal` can write, and no more."""
    return {
        "argv": list(order.argv),
        "env": dict(order.env),
        "cwd": str(order.cwd.resolve()),
        "host": HOST_NAME,
        "hidden": str(order.hidden),
        "id": os.getuid() or USER,
        "limits": {"each": dict(order.each), "together": dict(order.together)},
        "mounts": _mounts(order),
        "ports": list(order.ports),
        "result": str(order.result),
        "root": os.getuid() == 0,
    }


def _mounts(order: Order) -> list[tuple[str, str, str, int]]:
    """What is mounted where, outer folders first: how, from where, to where, octets of room."""
    folder, cwd = str(order.folder), str(order.cwd.resolve())
    emptied = dict.fromkeys(os.path.realpath(one) for one in ("/tmp", "/var/tmp", "/run", tempfile.gettempdir()))  # noqa: S108
    found = [("tmpfs", "", one, ROOM) for one in emptied]
    found += [("bind", one, one, 0) for one in _needed(order, tuple(emptied))]
    fits = _fits(order.cwd.resolve(), str(order.hidden))
    found += [("copy", cwd, cwd, ROOM)] if fits else [("bind", cwd, cwd, 0)] if cwd != "/" else []
    found += [("tmpfs", "", str(order.hidden), ROOM), ("bind", str(order.ca_file), str(order.ca_file), 0)]
    found += [("bind", folder, folder, 0)]
    found += [("tmpfs", "", str(order.folder / one), ROOM) for one in ("home", "tmp")]
    found += [("bind", source, os.path.realpath(path), 0) for path, source in _files(order) if Path(path).exists()]
    return sorted(found, key=lambda one: one[2].count("/") if one[2] != "/" else 0)


def _needed(order: Order, emptied: Sequence[str]) -> list[str]:
    """What stands in an emptied folder and is wanted all the same: programs, Python, files that the command names."""
    programs = [Path(one).parent if one.endswith("bin") else Path(one) for one in order.env.get("PATH", "").split(":")]
    named = [order.cwd / word for word in order.argv if len(word) < 4096 and "\0" not in word]
    # `Path.exists` raises where a folder on the way may not be looked into, such as another user's home on PATH.
    found = [*programs, Path(sys.prefix), Path(sys.base_prefix), *(one for one in named if os.path.isfile(one))]  # noqa: PTH113
    inside = {os.path.normpath(one) for one in found if one.is_absolute() and os.path.exists(one)}  # noqa: PTH110
    roots = tuple(f"{one}/" for one in emptied)
    return sorted(one for one in inside if one.startswith(roots) and not str(order.hidden).startswith(f"{one}/"))


def _fits(folder: Path, hidden: str) -> bool:
    """Whether *folder* is small enough to be copied for each case."""
    files = octets = 0
    for path, inner, names in os.walk(folder):
        inner[:] = [one for one in inner if f"{path}/{one}" != hidden]
        files += len(inner) + len(names)
        for name in names:
            with suppress(OSError):
                octets += os.lstat(f"{path}/{name}").st_size
        if files > MOST_FILES or octets > MOST_COPIED:
            return False
    return True


def _files(order: Order) -> Iterator[tuple[str, str]]:
    """Files of the system that are others inside: each with the file that stands for it."""
    for name, text in _system_files().items():
        file = order.folder / f"etc-{name}"
        file.write_text(text)
        yield f"/etc/{name}", str(file)
    for path in CA_BUNDLES:
        yield path, str(order.ca_file)


def _system_files() -> dict[str, str]:
    user, group = os.getuid() or USER, os.getgid() or USER
    return {
        "hosts": f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {HOST_NAME} {HOST_NAME.partition('.')[0]}\n",
        "resolv.conf": "nameserver 127.0.0.53\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "passwd": f"root:x:0:0:root:/:/bin/false\nstudent:x:{user}:{group}:student:/:/bin/sh\n",
        "group": f"root:x:0:\nstudent:x:{group}:\n",
    }
