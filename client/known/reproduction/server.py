"""The server of a reproduction: plays one session from a table, judges nothing, and writes all down."""

import select
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from reproduction.deviations import SILENCE

WAIT = 10  # seconds of silence after which the server gives up
HOST = "127.0.0.1"
USUAL = {"greeting": "220 mail.example.test ESMTP", "DATA": "354 Go on", "QUIT": "221 Bye"}  # all else: 250 Ok
ANONYMOUS = "AECDH-AES256-SHA:@SECLEVEL=0"
GONE = (b"the client", b"BrokenPipe", b"ConnectionReset", b"SSLError")  # words about a client that has left


class Server:
    """Plays one session in a thread and writes down who said what when."""

    def __init__(self, deviation):
        self.deviation, self.log, self.start, self.tls = deviation, [], time.monotonic(), False
        self.listening = socket.create_server((HOST, 0))
        self.listening.settimeout(WAIT)
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.listening.close()

    def run(self):
        try:
            if not select.select([self.listening], [], [], WAIT if self.deviation.comes else 3)[0]:
                return self.note("--", b"nobody came")
            with self.listening.accept()[0] as self.connection, self.connection.makefile("rb") as self.lines:
                self.connection.settimeout(WAIT)
                self.session()
        except ConnectionResetError:  # it closed with a reply unread
            self.note("--", b"the client has reset the connection")
        except OSError as error:
            self.note("--", f"{type(error).__name__}: {error}".encode())
        finally:
            if self.tls:  # it has taken the socket over
                self.lines.close()
                self.connection.close()

    def session(self):
        """Answers until the client has closed; the server itself never closes first, not even after QUIT."""
        reply = self.say("greeting")
        while line := self.read():
            verb = line.split()[0].upper().decode("latin-1") if line.strip() else ""
            reply = self.say("response" if reply.startswith("334") else verb, line.strip().decode("latin-1"))
            if verb == "STARTTLS" and reply.startswith("220"):
                self.handshake()
            if verb == "DATA" and reply.startswith("354"):
                before = b"\r\n"  # content ends at CRLF . CRLF only
                while not ((text := self.read()) == b".\r\n" and before.endswith(b"\r\n")) and text:
                    before = text
                reply = self.say("message")
        self.note("--", b"the client has closed the connection")

    def handshake(self):
        """TLS without a certificate, where the case is not about one; the client must ask for such a suite."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.deviation.certificate:
            context.load_cert_chain(self.pem)
        else:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(ANONYMOUS)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")
        self.tls = True
        self.note("--", b"TLS")

    def say(self, key, line=""):
        replies = self.deviation.replies
        reply = next((replies[one] for one in replies if line and line.upper() == one.upper()), None)
        reply = reply or replies.get(key) or USUAL.get(key, "250 Ok")
        if key == "EHLO" and reply.startswith("250"):
            said = ["mail.example.test", *(self.deviation.inside if self.tls else self.deviation.offers)]
            reply = "\r\n".join([*(f"250-{one}" for one in said[:-1]), f"250 {said[-1]}"])
        if reply == SILENCE:
            self.note("--", b"no reply")
            return reply
        octets = reply.encode() + (b"" if reply.endswith("\r") else b"\r\n")  # which is not over yet
        self.note("S:", octets)
        self.connection.sendall(octets)
        return reply

    def read(self):
        octets = self.lines.readline()
        if octets:
            self.note("C:", octets)
        return octets

    def note(self, who, octets):
        self.log.append((time.monotonic() - self.start, who, octets))


def self_signed(deviation, folder, name="server"):
    """A certificate of its own and its key in one file, made by openssl."""
    pem = str(Path(folder, f"{name}.pem"))
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", f"/CN={deviation.common_name}"]
    command += [word for one in deviation.certificate.splitlines() for word in ("-addext", one)]
    subprocess.run([*command, "-keyout", pem, "-out", pem + ".crt"], check=True, capture_output=True)
    Path(pem).write_text(Path(pem).read_text() + Path(pem + ".crt").read_text())
    return pem
