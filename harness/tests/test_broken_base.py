"""The correct base of the broken clients is correct: its octets and its exit status against a small scripted server."""

from __future__ import annotations

import base64
import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broken_clients.base import Client
from broken_clients.faults import EVERY, FAULTS
from broken_clients.run import module_of

MESSAGE = b"Subject: dots\r\n\r\nfirst\r\n.second\r\n..third\r\n"
STUFFED = b"Subject: dots\r\n\r\nfirst\r\n..second\r\n...third\r\n"

Script = dict[bytes, bytes]
"""What to answer to a line, by how it begins; `greeting` and `.` (the content) too."""

PLAIN: Script = {
    b"greeting": b"220-one\r\n220 two\r\n",
    b"EHLO": b"250-mail.example.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
    b"HELO": b"250 mail.example.test\r\n",
    b"AUTH": b"334 VXNlcm5hbWU6\r\n",
    b"YWxpY2U=": b"334 UGFzc3dvcmQ6\r\n",
    b"c2VjcmV0": b"235 ok\r\n",
    base64.b64encode(b"\0alice\0secret"): b"235 ok\r\n",
    b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b".": b"250 taken\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Server:
    """Plays *script* on one connection after another, one octet of each reply at a time, and keeps what it hears."""

    def __init__(self, script: Script) -> None:
        self.script, self.heard = script, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):  # the client may go at any time
                connection.settimeout(5)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._play(connection)

    def _play(self, connection: socket.socket) -> None:
        self._say(connection, b"greeting")
        content = False
        with connection.makefile("rb") as lines:
            for line in lines:
                self.heard += line
                if content and line != b".\r\n":
                    continue
                content = self._say(connection, line.rstrip(b"\r\n")).startswith(b"3") and line.startswith(b"DATA")

    def _say(self, connection: socket.socket, line: bytes) -> bytes:
        found = [reply for head, reply in self.script.items() if line == head or line.startswith(head + b" ")]
        reply = found[0] if found else b"500 what\r\n"
        for at in range(len(reply)):
            connection.sendall(reply[at : at + 1])
        return reply

    def stop(self) -> bytes:
        """Everything that was heard, once the client has gone."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        return self.heard


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., tuple[int, bytes]]]:
    """Runs a client against a script: `run(changes, SMTP_AUTH=...)` gives its exit status and its octets."""
    message = tmp_path / "message.eml"
    message.write_bytes(MESSAGE)
    servers: list[Server] = []

    def run(changes: Script, kind: type[Client] = Client, **env: str) -> tuple[int, bytes]:
        server = Server({**PLAIN, **changes})
        servers.append(server)
        job = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(server.port),
            "SMTP_SENDER": "alice@example.test",
            "SMTP_RECIPIENTS": "bob@example.test\ncarol@example.test",
            "SMTP_MESSAGE_FILE": str(message),
            "SMTP_USERNAME": "alice",
            "SMTP_PASSWORD": "secret",
            "SMTP_TIMEOUT": "5",
        }
        return kind({**job, **env}).run(), server.stop()

    yield run
    for server in servers:
        assert not server.thread.is_alive()


Run = Callable[..., tuple[int, bytes]]

ENVELOPE = b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nRCPT TO:<carol@example.test>\r\n"
EHLO = b"EHLO client.example.test\r\n"
REST = ENVELOPE + b"DATA\r\n" + STUFFED + b".\r\nQUIT\r\n"


def test_a_good_session(run: Run) -> None:
    assert run({}) == (0, EHLO + REST)


def test_login(run: Run) -> None:
    assert run({}, SMTP_AUTH="login") == (0, EHLO + b"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n" + REST)


def test_plain(run: Run) -> None:
    status, heard = run({b"AUTH": b"334 \r\n"}, SMTP_AUTH="plain")
    assert (status, heard) == (0, EHLO + b"AUTH PLAIN\r\nAGFsaWNlAHNlY3JldA==\r\n" + REST)


def test_helo_where_ehlo_is_unknown(run: Run) -> None:
    assert run({b"EHLO": b"502 what\r\n"}) == (0, EHLO + b"HELO client.example.test\r\n" + REST)


@pytest.mark.parametrize(("reply", "status"), [(b"451 later\r\n", 75), (b"554 never\r\n", 69)])
@pytest.mark.parametrize(
    ("at", "heard"),
    [
        (b"greeting", b"QUIT\r\n"),
        (b"MAIL", EHLO + b"MAIL FROM:<alice@example.test>\r\nQUIT\r\n"),
        (b"RCPT", EHLO + ENVELOPE + b"QUIT\r\n"),
        (b"DATA", EHLO + ENVELOPE + b"DATA\r\nQUIT\r\n"),
        (b".", EHLO + REST),
    ],
)
def test_a_refusal_ends_the_session_and_is_told(run: Run, at: bytes, heard: bytes, reply: bytes, status: int) -> None:
    assert run({at: reply}) == (status, heard)


def test_a_refusal_of_authentication_sends_no_mail(run: Run) -> None:
    status, heard = run({b"c2VjcmV0": b"535 wrong\r\n"}, SMTP_AUTH="login")
    assert (status, heard) == (69, EHLO + b"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\nQUIT\r\n")


def test_starttls_that_is_not_listed_sends_no_mail(run: Run) -> None:
    assert run({}, SMTP_TLS="starttls") == (1, EHLO + b"QUIT\r\n")


def test_a_mechanism_that_it_lacks(run: Run) -> None:
    assert run({}, SMTP_AUTH="x-none") == (127, EHLO + b"QUIT\r\n")


def test_silence_is_temporary(run: Run) -> None:
    status, _ = run({b"MAIL": b""}, SMTP_TIMEOUT="0.2")
    assert status == 75


def test_every_fault_names_its_rule_and_its_scenario() -> None:
    assert len(FAULTS) > 40
    for name, fault in FAULTS.items():
        assert fault.__doc__, name
        assert fault.rule, name
        assert fault.scenario.count("/") == 1, name


def test_every_client_is_found_without_importing_the_others() -> None:
    assert {name: f"broken_clients.{module_of(one.__name__)}" for name, one in EVERY.items()} == {
        name: one.__module__ for name, one in EVERY.items()
    }


def test_a_fault_is_run_by_its_name(tmp_path: Path) -> None:
    message = tmp_path / "message.eml"
    message.write_bytes(MESSAGE)
    server = Server(PLAIN)
    script = Path(__file__).parent / "broken_clients" / "run.py"
    env = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(server.port),
        "SMTP_SENDER": "alice@example.test",
        "SMTP_RECIPIENTS": "bob@example.test",
        "SMTP_MESSAGE_FILE": str(message),
    }
    done = subprocess.run([sys.executable, str(script), "space-after-colon"], env=env, timeout=20, check=False)
    assert b"MAIL FROM: <alice@example.test>\r\n" in server.stop()
    assert done.returncode == 0
