"""Starts a local relay for a run: as an ordinary user, in a folder of its own, on ports that are free on loopback.

Ready when it greets; ended with all that it started, or by the next harness if this one is killed (`leftovers`).
"""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..files.relays import Relay, filled
from . import leftovers, packages
from .certificates import Certificates
from .family import Family
from .sockets import host
from .talk import lmtp_offers, offers
from .tap import RelayFailed, Upstream

FOLDER = leftovers.PREFIX + "relay-"
READY, LOOK, TRIES = 20.0, 0.01, 3
"""Seconds that a relay has to greet, between two looks, and starts where a port was taken meanwhile."""

ENDING = 2.0
"""Seconds between SIGTERM and SIGKILL."""

SHOWN_OF_LOG = 20
"""Lines that stand in the reason of a case."""

KEPT_OF_LOG = 256 * 1024
"""Octets of the end of each log that are kept."""


@dataclass(frozen=True, slots=True)
class Running:
    """A relay that runs. `outside` and `inside` are the lines of its EHLO before and within TLS, `lmtp` of its LHLO."""

    relay: Relay
    folder: Path
    upstream: Upstream
    accounts: Mapping[str, str]
    outside: tuple[str, ...]
    inside: tuple[str, ...]
    process: subprocess.Popen[bytes]
    lmtp: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.relay.name

    @property
    def dead(self) -> bool:
        return self.process.poll() is not None

    def log(self) -> str:
        """The last lines of what it wrote."""
        return _log(self.logs())

    def logs(self) -> dict[str, str]:
        """What it wrote, by the names of the files."""
        return _logs(self.relay, self.folder)

    def mailbox(self) -> Iterator[bytes]:
        """The messages that lie in it, as they lie there."""
        folders = self.folder.glob(self.relay.mailbox) if self.relay.mailbox else ()
        for folder in folders:
            for path in sorted(folder.iterdir()):
                with suppress(OSError):
                    yield path.read_bytes()


@asynccontextmanager
async def running(relay: Relay, certificates: Certificates, accounts: Mapping[str, str]) -> AsyncIterator[Running]:
    """Start *relay* with these *accounts* (user name to password). Raises RelayFailed, with what it wrote."""
    if wanting := packages.missing(relay):
        raise RelayFailed(f"{relay.name} cannot be run: {wanting}")
    family = _Members()
    with leftovers.folder(FOLDER) as folder:
        try:
            made = await asyncio.to_thread(_started, relay, certificates, accounts, folder, family)
            yield made
        finally:
            await asyncio.to_thread(_ended, family)


class _Members(Family):
    """A relay's processes, and those of them that we started ourselves and must wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.started_here: list[subprocess.Popen[bytes]] = []

    def _is_marked(self, pid: int) -> bool:
        """Also where they are another user's, whose limits a root without CAP_SYS_RESOURCE may not ask for."""
        return leftovers.mark_of(pid) == self.mark


def _started(
    relay: Relay, certificates: Certificates, accounts: Mapping[str, str], folder: Path, family: _Members
) -> Running:
    for attempt in range(TRIES):
        ports = _free_ports(relay.ports)
        try:
            return _start(relay, certificates, accounts, folder, ports, family)
        except (OSError, subprocess.TimeoutExpired) as error:  # of its programs, or of its files
            logs = _logs(relay, folder)
            raise RelayFailed(f"{relay.name} does not start: {error}; {_log(logs)}", logs) from None
        except RelayFailed as error:
            _ended(family)
            if attempt == TRIES - 1 or "in use" not in str(error).lower():
                raise
    raise AssertionError("the last attempt returns or raises")


def _start(
    relay: Relay,
    certificates: Certificates,
    accounts: Mapping[str, str],
    folder: Path,
    ports: Mapping[str, int],
    family: _Members,
) -> Running:
    values = _written(relay, certificates, accounts, folder, ports)
    env = {
        "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        **{name: filled(text, values) for name, text in relay.env.items()},
    }
    how = {"cwd": folder, "env": env, "stdin": subprocess.DEVNULL, **_as_whom()}
    for argv in relay.setup:
        words = [filled(word, values) for word in argv]
        with family.birth():
            done = subprocess.run(words, capture_output=True, text=True, timeout=READY, **how)  # type: ignore[call-overload]  # noqa: S603
        if done.returncode:
            raise RelayFailed(f"{relay.name}: {words[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    bare = {**how, "env": {name: value for name, value in env.items() if name != "LD_PRELOAD"}}
    for argv, around in ((relay.helper, bare), (relay.command, how)):
        if argv:
            words = [filled(word, values) for word in argv]
            with family.birth(), (folder / "output.log").open("ab") as output:
                process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603
                    words, stdout=output, stderr=subprocess.STDOUT, **family.start_options, **around
                )
            family.started_here.append(process)
    family.started(process.pid)
    context, nameless = (ssl.create_default_context(cafile=str(certificates.ca_file)) for _ in range(2))
    nameless.check_hostname = False
    upstream = Upstream(relay.name, "127.0.0.1", ports, context, host(), nameless=nameless)
    try:
        _wait(relay, folder, process, ports)
        with socket.create_connection((upstream.host, ports["smtp"]), READY) as plain:
            there = offers(plain, context, upstream.server_name, "")
        lmtp: tuple[str, ...] = ()
        if "lmtp" in ports:
            with socket.create_connection((upstream.host, ports["lmtp"]), READY) as plain:
                lmtp = lmtp_offers(plain)
    except OSError as error:
        logs = _logs(relay, folder)
        raise RelayFailed(f"{relay.name} does not start: {error}; {_log(logs)}", logs) from None
    accounts = MappingProxyType(dict(accounts))
    return Running(relay, folder, upstream, accounts, there.outside, there.inside, process, lmtp)


def _written(
    relay: Relay,
    certificates: Certificates,
    accounts: Mapping[str, str],
    folder: Path,
    ports: Mapping[str, int],
) -> dict[str, str]:
    """Write all files; the values that stood in for their placeholders."""
    user = _user()
    certificate, ca = folder / "certificate.pem", folder / "ca.pem"
    shutil.copyfile(certificates.file("good"), certificate)
    shutil.copyfile(certificates.ca_file, ca)
    certificate.chmod(0o600)
    if relay.helper:
        shutil.copyfile(Path(__file__).with_name("dovecot_auth.py"), folder / "dovecot_auth.py")
    values = {
        "run": str(folder),
        "prefix": str(packages.prefix(relay)),
        "triplet": packages.triplet(),
        "certificate": str(certificate),
        "ca": str(ca),
        "python": "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable,  # any user may run it
        "dovecotauth": str(folder / "dovecot_auth.py"),
        "user": user.pw_name,
        "uid": str(user.pw_uid),
        "group": grp.getgrgid(user.pw_gid).gr_name,
        "gid": str(user.pw_gid),
        **{name: str(port) for name, port in ports.items()},
    }
    for name in relay.folders:
        (folder / name).mkdir(parents=True, exist_ok=True)
    texts = {name: filled(text, values) for name, text in relay.files.items()}
    if relay.accounts:
        file, line = relay.accounts
        lines = (filled(line, _account(one, secret)) for one, secret in accounts.items())
        texts[file] = "".join(f"{one}\n" for one in lines)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o700 if text.startswith("#!") else 0o600)
        os.utime(path, (1e9, 1e9))  # Postfix waits while its configuration is hot
    if _as_whom():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
    return values


def _account(username: str, password: str) -> dict[str, str]:
    return {"username": username, "local": username.partition("@")[0], "password": password}


def _user() -> pwd.struct_passwd:
    """Whom a relay runs as: us, but `nobody` where we are root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _as_whom() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    nobody = _user()
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_ports(names: tuple[str, ...]) -> dict[str, int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: one.getsockname()[1] for name, one in zip(names, sockets, strict=True)}
    for one in sockets:
        one.close()
    return ports


def _wait(relay: Relay, folder: Path, process: subprocess.Popen[bytes], ports: Mapping[str, int]) -> None:
    """Wait until it greets, and its helpers listen: who asks one that is not there yet may ask no more."""
    until, others = time.monotonic() + READY, [port for name, port in ports.items() if not name.startswith("smtp")]
    while True:
        if process.poll() is not None:
            raise OSError(f"it ended with status {process.returncode}")
        with suppress(OSError):
            while others:
                socket.create_connection(("127.0.0.1", others[0]), READY).close()
                del others[0]
            with socket.create_connection(("127.0.0.1", ports["smtp"]), READY) as probe:
                probe.settimeout(READY)
                if probe.recv(3) == b"220":
                    probe.sendall(b"QUIT\r\n")
                    return
        if time.monotonic() > until:
            raise OSError(f"no greeting within {READY:g} s")
        time.sleep(LOOK)


def _logs(relay: Relay, folder: Path) -> dict[str, str]:
    found = {}
    for name in ("output.log", *relay.logs):
        with suppress(OSError), (folder / name).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - KEPT_OF_LOG))
            found[name] = file.read(KEPT_OF_LOG).decode("utf-8", "replace")
    return found


def _log(logs: Mapping[str, str]) -> str:
    lines = [f"{name}: {line}" for name, text in logs.items() for line in text.splitlines()]
    return "its log: " + (" | ".join(lines[-SHOWN_OF_LOG:]) or "empty")


# --- the end


def _ended(family: _Members) -> None:
    """End all its processes."""
    until = time.monotonic() + ENDING
    number = signal.SIGTERM
    while family.signal(number) and time.monotonic() < until + ENDING:
        number = signal.SIGKILL if time.monotonic() > until else number
        time.sleep(LOOK)
    for one in family.started_here:
        with suppress(subprocess.TimeoutExpired):
            one.wait(ENDING)
    family.started_here.clear()
