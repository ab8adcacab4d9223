"""What differs by platform about sockets. Listening and resets are tried in test_server.py and test_fake.py."""

from __future__ import annotations

import socket
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
