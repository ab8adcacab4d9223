"""What differs by platform about sockets, behind plain functions."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

HOSTS = ("127.0.0.1", "::1")
TRIES = 50
_NO_SUCH_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}


@cache
def host() -> str:
    """The name that clients are told: `localhost`, or 127.0.0.1 where that name is not known (a bare container)."""
    try:
        found = {address[4][0] for address in socket.getaddrinfo("localhost", None)}
    except OSError:
        found = set()
    return "localhost" if found and found <= set(HOSTS) else HOSTS[0]


def listen(port: int = 0) -> list[socket.socket]:
    """Listening sockets on 127.0.0.1 and ::1 with one port number; on 127.0.0.1 alone where there is no ::1.

    *port* 0: one that is free on both. Raises OSError when there is none, or *port* is taken.
    """
    for _ in range(1 if port else TRIES):
        first = _bound(socket.AF_INET, HOSTS[0], port)
        try:
            second = _bound(socket.AF_INET6, HOSTS[1], first.getsockname()[1])
        except OSError as error:
            if error.errno in _NO_SUCH_ADDRESS:
                return [first]
            first.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return [first, second]
    raise OSError(errno.EADDRINUSE, f"{f'port {port} is not' if port else 'no port is'} free on both 127.0.0.1 and ::1")


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # connections of the last server on this port may still be in TIME_WAIT: they keep nobody from it
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.bind((host, port))
        found.listen(100)
        found.setblocking(False)
    except OSError:
        found.close()
        raise
    return found


def reset_on_close(descriptor: socket.socket) -> None:
    """Closing *descriptor* will send RST, not FIN."""
    layout = "hh" if sys.platform == "win32" else "ii"
    descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))


def acknowledge(descriptor: socket.socket) -> None:
    """Have the kernel acknowledge at once what has come, where it can be told to.

    A delayed ACK together with Nagle's algorithm (RFC 9293, 3.7.4) keeps back what a client sends before it was
    answered, until our answer carries the ACK: then nobody could tell that it talked early. Linux forgets the option,
    so it is set each time.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # it has been reset
            descriptor.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


if sys.platform == "win32":

    def unreceived(descriptor: int) -> int | None:
        """Octets that the kernel holds and nobody has received; None where it cannot be told."""
        return None

else:
    import fcntl
    import termios

    def unreceived(descriptor: int) -> int | None:
        """Octets that the kernel holds and nobody has received; None where it cannot be told."""
        try:
            answer: bytes = fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0")
        except OSError:
            return None
        return int.from_bytes(answer, sys.byteorder)


NARROW_SEGMENT = 536
"""Octets: the segment that every host takes (RFC 9293, 3.7.1). A sender's kernel makes its buffer by it."""


def narrow(listening: socket.socket, octets: int) -> None:
    """Connections to *listening* will hold about so many octets that nobody has received."""
    with suppress(OSError):  # a system that will not: its own buffers, then
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets // 2)  # Linux doubles it
        if sys.platform != "win32":
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, NARROW_SEGMENT)


def unread(descriptor: socket.socket) -> bool:
    """Whether the other end, a program on this machine, has not read all that we sent. Only Linux can tell."""
    if sys.platform != "linux":
        return False
    try:
        ours, theirs = _as_in_proc(descriptor.getsockname()), _as_in_proc(descriptor.getpeername())
        table = Path("/proc/net/tcp6" if descriptor.family is socket.AF_INET6 else "/proc/net/tcp").read_text("ascii")
    except OSError:  # it has been reset, or there is no such file
        return False
    for line in table.splitlines():
        if f"{theirs} {ours}" in line:
            return int(line.split()[4].partition(":")[2], 16) > 0
    return False  # the other end is closed, or not of this machine


def _as_in_proc(address: tuple[str, int]) -> str:
    """An address as the tables of Linux have it: words of 32 bits as the machine writes them, then the port."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, address[0])
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
