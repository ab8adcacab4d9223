"""The connection: octets to and from the server, in clear or inside TLS.

The only file that touches a socket. Whatever goes wrong down there (``OSError`` in all its kinds) leaves
this file as ``ConnectionLost`` or ``TimedOut``.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import Any, Final

from .outcome import ConnectionLost, MalformedReply, PermanentFailure, TemporaryFailure, TimedOut, UsageError

# RFC 5321 4.5.3.1.5 asks for 512 octets, RFC 4954 4 for challenges of 12288. Far more than both, yet
# a bound: a server must not be able to fill our memory.
MAX_LINE: Final = 65536
_CLOSE_PATIENCE: Final = 2.0  # seconds for the TLS farewell


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that checks the certificate and the server's name in it (RFC 8314 5.3, RFC 7817)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996: older versions are not to be used
    context.hostname_checks_common_name = False  # RFC 9525 2: subjectAltName alone says whose it is
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one too
            raise UsageError(f"cannot use the CA file {ca_file}: {error}") from error
    return context


def connect(host: str, port: int, timeout: float) -> Connection:
    """Connect to the first address of the host that answers (RFC 5321 5.1: each is tried in order)."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        failure = TemporaryFailure if error.errno == socket.EAI_AGAIN else PermanentFailure
        raise failure(f"no address found for {host}: {error.strerror}") from error
    except (OSError, UnicodeError) as error:  # UnicodeError: no such name can exist
        raise PermanentFailure(f"no address found for {host}: {error}") from error
    problem: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        try:
            return Connection(_connect(socket.socket(family, kind, protocol), address, timeout), host)
        except OSError as error:
            problem = error
    raise ConnectionLost(f"cannot connect to {host} port {port}: {problem}") from problem


def _connect(sock: socket.socket, address: Any, timeout: float) -> socket.socket:
    try:
        sock.settimeout(timeout)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


class Connection:
    """A stream of octets to the server, read line by line."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._sock = sock
        self._host = host
        self._unread = bytearray()

    def local_address(self) -> str:
        """Our own IP address on this connection."""
        return str(self._sock.getsockname()[0])

    def send(self, octets: bytes, timeout: float) -> None:
        """Hand all these octets to the network."""
        try:
            self._sock.settimeout(timeout)
            self._sock.sendall(octets)
        except OSError as error:
            raise _lost(error) from error

    def read_line(self, deadline: float) -> bytes:
        """Return the next line, without its CRLF. ``deadline`` is a time of ``time.monotonic()``.

        Nothing but CR LF ends a line (RFC 5321 2.3.8). After a lone LF we could only wait in vain,
        so it is told at once; a lone CR is odd text.
        """
        while True:
            end = self._unread.find(b"\n")
            if end > MAX_LINE or (end < 0 and len(self._unread) > MAX_LINE):
                raise MalformedReply(f"a reply line of more than {MAX_LINE} octets")
            if end >= 0:
                line = bytes(self._unread[: end + 1])
                del self._unread[: end + 1]
                if not line.endswith(b"\r\n"):
                    raise MalformedReply("a reply line that ends in LF alone, not CR LF", line)
                return line[:-2]
            self._receive(deadline - time.monotonic())

    def _receive(self, timeout: float) -> None:
        if timeout <= 0:
            raise TimedOut("the server did not answer in time")
        try:
            self._sock.settimeout(timeout)
            octets = self._sock.recv(65536)
        except OSError as error:
            raise _lost(error) from error
        if not octets:
            raise ConnectionLost("the server closed the connection")
        self._unread += octets

    def has_unread(self) -> bool:
        """Whether the server has said something that nobody has read yet. Does not wait."""
        if self._unread:
            return True
        try:
            self._sock.settimeout(0)
            octets = self._sock.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False  # nothing there, or only TLS's own messages
        except OSError as error:
            raise _lost(error) from error
        if not octets:
            raise ConnectionLost("the server closed the connection")
        self._unread += octets
        return True

    def forget_unread(self) -> None:
        """Throw away what came and was not read."""
        self._unread.clear()

    def start_tls(self, context: ssl.SSLContext, timeout: float) -> str:
        """Shake hands, check the certificate, and go on encrypted. Returns a line about it.

        What was read in clear and not yet used is thrown away first: somebody on the way may have put
        it there, to be taken for an answer given inside TLS (RFC 3207 6).
        """
        self.forget_unread()
        self._sock.settimeout(timeout)
        try:
            tls = context.wrap_socket(self._sock, server_hostname=self._host)
        except ssl.SSLCertVerificationError as error:
            raise PermanentFailure(f"the server's certificate is not good: {error.verify_message}") from error
        except (OSError, ValueError) as error:
            raise ConnectionLost(f"the TLS handshake failed: {error}") from error
        self._sock = tls
        cipher = tls.cipher()
        return f"{tls.version()} {cipher[0] if cipher else 'unknown cipher'}, certificate verified"

    def close(self) -> None:
        """Close; inside TLS say so first (close_notify, RFC 8314 3.4), without insisting on an answer."""
        if isinstance(self._sock, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self._sock.settimeout(_CLOSE_PATIENCE)
                self._sock.unwrap()
        self._sock.close()


def _lost(error: OSError) -> ConnectionLost:
    if isinstance(error, TimeoutError):
        return TimedOut("the server did not answer in time")
    return ConnectionLost(f"the connection was lost: {error}")
