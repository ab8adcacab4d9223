"""A server that plays a script over a real socket, and says where the client left it.

    S: 220 mx.example.test          send this line, CRLF added
    C: EHLO client.example.test     the next line of the client must be exactly this, CRLF and all
    RAW: 250 half a line\\n          send these octets (backslash escapes), nothing added
    PAUSE                           let some time go by
    TLS                             shake hands
    CLOSE, RESET                    end the connection
    STALL                           say no more until the client has gone, without another octet
    IGNORE                          take whatever comes until the client has gone
    AGAIN                           what follows is the next connection

At the end of a connection's lines the client must close, without another octet.
"""

from __future__ import annotations

import io
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from rawsmtp import Job, Message, deliver
from rawsmtp.window import Window

PATIENCE = 10.0
CONTENT = b"Subject: hi\r\n\r\nHello Bob\r\n"


class ScriptedServer:
    """Plays its script in a thread; ``problems`` must be empty when it is done."""

    def __init__(self, script: str, context: ssl.SSLContext | None = None) -> None:
        self.problems: list[str] = []
        self._context = context
        self._connections = [part.strip().splitlines() for part in script.split("AGAIN")]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._thread = threading.Thread(target=self._play_all, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        self._thread.join(PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive(), "the server still waits for the client"
        assert self.problems == []
        assert self.accepted == len(self._connections), "connections made"

    def _play_all(self) -> None:
        try:
            for lines in self._connections:
                self._sock, _ = self._listener.accept()
                self.accepted += 1
                self._sock.settimeout(PATIENCE)
                self._buffer = b""
                try:
                    for line in lines:
                        if line.strip():
                            self._step(line.strip())
                    more = self._buffer + self._rest()
                    if more and lines[-1].strip() not in ("CLOSE", "RESET"):  # after these it may talk to nobody
                        self.problems.append(f"the client went on: {more!r}")
                finally:
                    self._sock.close()
            self._listener.settimeout(0)  # and no connection beyond the script
            try:
                self._listener.accept()[0].close()
                self.accepted += 1
            except BlockingIOError:
                pass
        except (OSError, AssertionError, EOFError) as error:
            self.problems.append(f"{type(error).__name__}: {error}")

    def _step(self, line: str) -> None:
        kind, _, text = line.partition(" ")
        match kind:
            case "S:":
                assert self._buffer == b"", f"said before it was asked: {self._buffer!r}"
                self._sock.sendall(text.encode() + b"\r\n")
            case "RAW:":
                self._sock.sendall(text.encode().decode("unicode_escape").encode("latin-1"))
            case "C:" | "C:...":
                heard = self._line()
                wanted = text.encode().decode("unicode_escape").encode("latin-1") + b"\r\n"
                assert kind == "C:..." or heard == wanted, f"heard {heard!r}, wanted {wanted!r}"
            case "PAUSE":
                time.sleep(0.1)
            case "TLS":
                assert self._context is not None
                self._sock = self._context.wrap_socket(self._sock, server_side=True)
            case "CLOSE":
                self._sock.shutdown(socket.SHUT_RDWR)
            case "RESET":
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._sock.close()
            case "STALL":
                assert self._rest() == b""
            case "IGNORE":
                self._buffer = self._rest()[:0]
            case _:
                raise AssertionError(f"no such step: {line!r}")

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            octets = self._sock.recv(65536)
            if not octets:
                raise EOFError(f"the client closed after {self._buffer!r}")
            self._buffer += octets
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line + b"\r\n"

    def _rest(self) -> bytes:
        rest = b""
        try:
            while octets := self._sock.recv(65536):
                rest += octets
        except TimeoutError:
            raise
        except OSError:
            pass  # reset, or closed by the script itself
        return rest


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start scripted servers; in the end all must have been played to their last line."""
    servers: list[ScriptedServer] = []

    def start(script: str, context: ssl.SSLContext | None = None) -> ScriptedServer:
        servers.append(ScriptedServer(script, context))
        return servers[-1]

    yield start
    for server in servers:
        server.finish()


class Played:
    """What a delivery came to."""

    def __init__(self, outcomes: list[dict[str, Any]], shown: str) -> None:
        self.outcomes = outcomes
        self.shown = shown
        self.statuses = [{name: str(o.status) for name, o in result.items()} for result in outcomes]
        everything = [outcome for result in outcomes for outcome in result.values()]
        self.exits = {outcome.exit_status for outcome in everything}
        self.reasons = [outcome.reason for outcome in everything]


@pytest.fixture
def play(serve: Callable[..., ScriptedServer]) -> Callable[..., Played]:
    """Deliver to a server that plays this script. By default: one message, in clear, to Bob."""

    def run(script: str, context: ssl.SSLContext | None = None, **changes: Any) -> Played:
        server = serve(script, context)
        recipients = changes.pop("recipients", ["bob@example.test"])
        content = changes.pop("content", CONTENT)
        messages = changes.pop("messages", (Message("alice@example.test", tuple(recipients), content),))
        settings: dict[str, Any] = {"tls": "none", "helo": "client.example.test", "timeout": 5.0}
        window = io.StringIO()
        job = Job("127.0.0.1", server.port, messages, **settings | changes)
        return Played(deliver(job, Window(window)), window.getvalue())

    return run


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def good_tls(authority: trustme.CA) -> ssl.SSLContext:
    return server_context(authority, "127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def wrong_name_tls(authority: trustme.CA) -> ssl.SSLContext:
    return server_context(authority, "other.example.test")
