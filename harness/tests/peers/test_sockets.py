"""What differs by platform about sockets. Resets and the search for a port: test_fake.py and test_server.py."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from smtpwitness.peers import sockets


@pytest.fixture(autouse=True)
def _ask_anew() -> Iterator[None]:
    sockets.host.cache_clear()
    yield
    sockets.host.cache_clear()


def addresses(*found: str) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in found]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (["127.0.0.1"], "localhost"),
        (["::1", "127.0.0.1"], "localhost"),
        (["127.0.0.1", "192.0.2.7"], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_the_host_that_clients_are_told(known: list[str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: addresses(*known))
    assert sockets.host() == told


def test_a_machine_that_does_not_know_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert sockets.host() == "127.0.0.1"


# --- listening


def port_of(listeners: list[socket.socket]) -> int:
    (port,) = {one.getsockname()[1] for one in listeners}
    assert isinstance(port, int)
    return port


def closed(listeners: list[socket.socket]) -> None:
    for one in listeners:
        one.close()


def test_a_port_that_is_asked_for() -> None:
    first = sockets.listen()
    port = port_of(first)
    closed(first)
    again = sockets.listen(port)
    assert port_of(again) == port
    assert len(again) == len(first)
    with socket.create_connection(("127.0.0.1", port)):
        pass
    closed(again)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError) as told:  # noqa: PT011 - see below
        sockets.listen(taken.getsockname()[1])
    assert told.value.errno in (errno.EADDRINUSE, errno.EACCES)  # Windows has the second
    assert told.value.strerror


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no ::1")
def test_a_port_that_is_taken_on_one_of_the_two_addresses_is_tried_once_and_named() -> None:
    kept, tried = sockets._bound, []

    def busy(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        tried.append((host, port))
        if family is socket.AF_INET6:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        return kept(family, host, port)

    free = sockets.listen()
    port = port_of(free)
    closed(free)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sockets, "_bound", busy)
        with pytest.raises(OSError, match=f"port {port} is not free on both"):
            sockets.listen(port)
    assert tried == [("127.0.0.1", port), ("::1", port)]
    with socket.create_server(("127.0.0.1", port)):  # nothing was left open
        pass


def test_no_port_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, tried = sockets._bound, []

    def busy(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        tried.append(port)
        if family is socket.AF_INET6:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        return kept(family, host, port)

    monkeypatch.setattr(sockets, "_bound", busy)
    with pytest.raises(OSError, match="no port is free on both"):
        sockets.listen()
    assert tried.count(0) == sockets.TRIES


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_the_other_end_has_not_read(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"there is no {host}")
    with listening, socket.create_connection(listening.getsockname()[:2]) as theirs:
        ours, _ = listening.accept()
        with ours:
            assert not sockets.unread(ours)
            theirs.sendall(b"what we have not read ourselves")
            assert not sockets.unread(ours)
            ours.sendall(b"250 ok\r\n")
            assert sockets.unread(ours)
            assert sockets.unread(ours), "and to look changes nothing"
            theirs.recv(100)
            assert not sockets.unread(ours)
            ours.sendall(b"221 bye\r\n")
            theirs.close()
            assert not sockets.unread(ours), "nobody is left who could read it"


def test_nobody_reads_what_was_said_on_a_socket_that_is_closed() -> None:
    closed_one = socket.socket()
    closed_one.close()
    assert not sockets.unread(closed_one)


def test_a_socket_that_cannot_be_narrowed_is_left_as_it_is() -> None:
    closed_one = socket.socket()
    closed_one.close()
    sockets.narrow(closed_one, 4096)
