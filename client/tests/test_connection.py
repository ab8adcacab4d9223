from __future__ import annotations

import socket
import struct
import threading
import time

import pytest

from rawsmtp.connection import MAX_LINE, Connection, connect, tls_context
from rawsmtp.outcome import (
    ConnectionLost,
    MalformedReply,
    PermanentFailure,
    TemporaryFailure,
    TimedOut,
    UsageError,
)


@pytest.fixture
def background():
    """Run something beside the test, but never wait for it for ever."""
    threads = []

    def start(what):
        threads.append(threading.Thread(target=what, daemon=True))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    connection = Connection(ours, "127.0.0.1")
    yield connection, theirs
    connection.close()
    theirs.close()


def soon():
    return time.monotonic() + 5


def test_lines_are_cut_at_cr_lf_wherever_the_octets_were_cut(pair, background):
    connection, server = pair
    server.sendall(b"250 a\r")

    def later():
        time.sleep(0.05)
        server.sendall(b"\n250 b\rc\r\n25")
        time.sleep(0.05)
        server.sendall(b"0 d\r\n")

    background(later)
    assert [connection.read_line(soon()) for _ in range(3)] == [b"250 a", b"250 b\rc", b"250 d"]


@pytest.mark.parametrize("octets", [b"250 a\n", b"\n", b"250 a\nb\r\n", b"250 a\r \n"])
def test_a_lone_lf_ends_no_line(pair, octets):
    connection, server = pair
    server.sendall(octets)
    with pytest.raises(MalformedReply, match="LF alone"):
        connection.read_line(soon())


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_line_without_end(pair, background, end):
    connection, server = pair
    background(lambda: server.sendall(b"2" * (MAX_LINE + 1) + end))
    with pytest.raises(MalformedReply, match="more than 65536"):
        connection.read_line(soon())


def test_a_long_line(pair):
    connection, server = pair
    line = b"334 " + b"A" * 12288
    server.sendall(line + b"\r\n")
    assert connection.read_line(soon()) == line


def test_the_deadline_holds_though_octets_keep_coming(pair, background):
    connection, server = pair
    stop = threading.Event()

    def drip():
        for _ in range(60):
            if stop.wait(0.05):
                return
            server.sendall(b"2")
        server.close()

    background(drip)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        connection.read_line(began + 0.3)
    assert time.monotonic() - began < 2
    stop.set()


def test_the_server_closes(pair):
    connection, server = pair
    server.sendall(b"250 half")
    server.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ConnectionLost, match="closed"):
        connection.read_line(soon())
    with pytest.raises(ConnectionLost):
        connection.send(b"x" * 1000, 1)


def test_sending_to_one_who_does_not_read(pair):
    connection, _ = pair
    with pytest.raises(TimedOut):
        connection.send(b"x" * 10_000_000, 0.2)


def test_unread_octets(pair):
    connection, server = pair
    assert connection.has_unread() is False
    server.sendall(b"250 a\r\n")
    time.sleep(0.05)
    assert connection.has_unread() is True
    assert connection.has_unread() is True
    connection.forget_unread()
    assert connection.has_unread() is False
    server.close()
    with pytest.raises(ConnectionLost):
        connection.has_unread()


def test_a_reset_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = connect("127.0.0.1", listener.getsockname()[1], 5)
        server, _ = listener.accept()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
    time.sleep(0.05)
    with pytest.raises(ConnectionLost, match="lost"):
        connection.has_unread()
    connection.close()


def test_every_address_is_tried(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens there
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", unused.getsockname()),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", listener.getsockname()),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        connection = connect("mx.example.test", 25, 5)
        assert connection.local_address() == "127.0.0.1"
        connection.close()
        del addresses[1]
        with pytest.raises(ConnectionLost, match=r"cannot connect to mx\.example\.test port 25"):
            connect("mx.example.test", 25, 5)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), PermanentFailure),
        (socket.gaierror(socket.EAI_AGAIN, "ask again"), TemporaryFailure),
        (UnicodeError("label too long"), PermanentFailure),
    ],
)
def test_no_address(monkeypatch, error, failure):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(failure, match=r"no address found for mx\.test"):
        connect("mx.test", 25, 5)


def test_a_ca_file_that_is_none(tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(UsageError, match="cannot use the CA file"):
            tls_context(str(path))


def test_what_tls_must_be():
    context = tls_context(None)
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.minimum_version.name == "TLSv1_2"


@pytest.fixture
def tls_server(background, good_tls):
    """Connect to a server that says something in clear, then something in TLS, and waits for our end."""
    connections = []
    heard = []

    def serve(listener, in_clear, in_tls):
        sock, _ = listener.accept()
        sock.settimeout(5)
        sock.sendall(in_clear)
        with good_tls.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False) as tls:
            tls.sendall(in_tls)
            try:
                heard.append(tls.recv(100))  # b"": a proper close_notify
                tls.unwrap()
            except OSError as error:
                heard.append(error)

    def start(in_clear, in_tls):
        thread = background(lambda: serve(listener, in_clear, in_tls))
        connections.append(connect("127.0.0.1", listener.getsockname()[1], 5))
        return connections[0], thread, heard

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield start
    connections[0].close()


def test_inside_tls(tls_server, ca_file):
    """No unread octets although TLS 1.3 has sent its tickets; a close_notify at the end."""
    connection, thread, heard = tls_server(b"220 go\r\n", b"220 x\r\n")
    assert connection.read_line(soon()) == b"220 go"
    assert connection.start_tls(tls_context(ca_file), 5).endswith(", certificate verified")
    assert connection.read_line(soon()) == b"220 x"
    time.sleep(0.1)
    assert connection.has_unread() is False
    began = time.monotonic()
    connection.close()
    assert time.monotonic() - began < 1
    thread.join(5)
    assert heard == [b""]


def test_octets_read_in_clear_do_not_survive_the_handshake(tls_server, ca_file):
    connection, _, _ = tls_server(b"220 go\r\n250 injected\r\n", b"250 honest\r\n")
    assert connection.read_line(soon()) == b"220 go"
    connection.start_tls(tls_context(ca_file), 5)
    assert connection.read_line(soon()) == b"250 honest"
