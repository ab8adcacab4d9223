"""Where nobody can be shut in: brings a client to the server by libraries loaded before its own, or by a Python module.

Neither is a fence. Whom neither can bring is refused, as it would reach the real server.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..model.run import Process, Redirect
from .box import HOST_NAME, IMPLICIT_TLS, Order
from .process import run as run_process
from .server import Server
from .sockets import listen

LIBRARIES = ("libsocket_wrapper.so", "libnss_wrapper.so")
FOLDERS = ("/usr/lib", "/usr/lib64", "/usr/local/lib", *(f"/usr/lib/{m}-linux-gnu" for m in ("x86_64", "aarch64")))
SHIM = Path(__file__).with_name("shim")
MOST_READ = 4 * 1024**2
MOST_NAMES = 40
MAIL = ("smtp", "mail", "mx")
_HOST = re.compile(rb"(?<![\w@.-])[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,12}(?![\w-])")
_PYTHON = re.compile(r"python[\d.]*")

AtLimit = Callable[[], Awaitable[None]]


def libraries() -> list[str]:
    """Paths of socket_wrapper and nss_wrapper; fewer than two where they are not installed."""
    found = [next((f"{folder}/{name}" for folder in FOLDERS if Path(folder, name).exists()), "") for name in LIBRARIES]
    return [one for one in found if one]


def is_python(argv: Sequence[str]) -> bool:
    """Whether a command runs a Python that reads PYTHONPATH and imports `site`."""
    options = [word for word in argv[1:2] if word.startswith("-") and not word.startswith("--")]
    return bool(_PYTHON.fullmatch(Path(argv[0]).name)) and not any(set("IES") & set(one) for one in options)


def is_dynamic(argv: Sequence[str], path: str) -> bool:
    """Whether libraries can be loaded before those of a program: an ELF file with an interpreter, and not Go's.

    Go's programs make system calls of their own, whatever they are linked with.
    """
    found = shutil.which(argv[0], path=path)
    if found is None:
        return True  # it cannot be started, which is told later
    octets = Path(found).read_bytes()
    if octets.startswith(b"#!"):
        words = octets[2:].split(b"\n")[0].decode("utf-8", "replace").split()
        words = words[1:] if words and words[0].endswith("/env") else words
        return bool(words) and words[0] != argv[0] and is_dynamic(words, path)
    return octets.startswith(b"\x7fELF") and b"/ld-" in octets[:8192] and b"\xff Go buildinf:" not in octets


async def run_python(
    order: Order, server: Server, limit_s: float, scrub: Callable[[str], str], at_limit: AtLimit
) -> Ran:
    """Run a Python client with the module that leads its connections to *server*."""
    log = order.folder / "connections"
    log.touch()
    secured = listen()
    port = secured[0].getsockname()[1]
    await server.adopt([(one, True) for one in secured], lambda _: _last(log))
    ports = {one: port if one == IMPLICIT_TLS else server.port for one in order.ports}
    pythonpath = os.pathsep.join(filter(None, (str(SHIM), order.env.get("PYTHONPATH"))))
    env = {
        **order.env,
        "PYTHONPATH": pythonpath,
        "SMTPWITNESS_PORTS": ",".join(f"{one}={to}" for one, to in ports.items()),
        "SMTPWITNESS_LOG": str(log),
    }
    process = await run_process(order.argv, env, order.cwd, limit_s, scrub, at_limit)
    tried = dict.fromkeys(line.replace(" ", ":") for line in log.read_text(errors="replace").splitlines()[:100])
    return process, Redirect("python", _names(tried), tuple(tried))


Ran = tuple[Process, Redirect]


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1].partition(" ")[0] if lines else ""


def _names(tried: Mapping[str, object]) -> tuple[str, ...]:
    hosts = dict.fromkeys(one.rpartition(":")[0] for one in tried)
    return tuple(one for one in hosts if not one.replace(".", "").isdigit())


async def run_wrapped(
    order: Order, server: Server, limit_s: float, scrub: Callable[[str], str], at_limit: AtLimit
) -> Ran:
    """Run a dynamic program whose calls for names and sockets go to libraries that know only *server*.

    They know the names that stand in the program's own text; of others there is no address that it could reach.
    """
    hosts = {name: 10 + number for number, name in enumerate(_in_text(order))}
    folder, table = order.folder / "s", order.folder / "hosts"
    folder.mkdir()
    table.write_text("".join(f"127.0.0.{number} {name}\n" for name, number in hosts.items()))
    listening, by_path = [], {}
    for name, number in hosts.items():
        for port in order.ports:
            path = str(folder / f"T{number:02X}{port:04X}")
            by_path[path] = name
            listening.append((_bound(path), port == IMPLICIT_TLS))
    connected: dict[str, None] = {}

    def host_at(address: object) -> str:
        connected[by_path.get(str(address), "")] = None
        return by_path.get(str(address), "")

    await server.adopt(listening, host_at)
    env = {
        **order.env,
        "LD_PRELOAD": ":".join(libraries()),
        "SOCKET_WRAPPER_DIR": str(folder),
        "SOCKET_WRAPPER_DEFAULT_IFACE": "254",
        "NSS_WRAPPER_HOSTS": str(table),
        "NSS_WRAPPER_HOSTNAME": HOST_NAME,
    }
    process = await run_process(order.argv, env, order.cwd, limit_s, scrub, at_limit, order.answers)
    return process, Redirect("wrappers", tuple(one for one in connected if one))


def _bound(path: str) -> socket.socket:
    one = socket.socket(socket.AF_UNIX)
    one.bind(path)
    one.listen(100)
    one.setblocking(False)
    return one


def _in_text(order: Order) -> list[str]:
    """What looks like a host's name in the command, the program and the files that the command names."""
    found: dict[str, None] = {}
    texts = [os.fsencode(" ".join(order.argv))]
    for word in order.argv:
        path = shutil.which(word, path=order.env.get("PATH", os.defpath)) if word == order.argv[0] else word
        with suppress(OSError, ValueError, TypeError):
            if not _PYTHON.fullmatch(Path(word).name):
                with (order.cwd / str(path)).open("rb") as file:
                    texts.append(file.read(MOST_READ))
    for text in texts:
        for match in _HOST.findall(text):
            name = match.decode().lower()
            if name.startswith(MAIL) or len(found) < MOST_NAMES // 2:
                found[name] = None
    return sorted(found, key=lambda one: not one.startswith(MAIL))[:MOST_NAMES]
