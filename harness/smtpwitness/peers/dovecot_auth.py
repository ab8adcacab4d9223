"""A small server of Dovecot's authentication protocol, which Postfix asks: PLAIN, LOGIN and CRAM-MD5.

Runs as a program of its own: `python dovecot_auth.py PORT FILE`, the file with a user name and a password in each
line. It leans on nothing of the project, so that any user may start it.
"""

from __future__ import annotations

import base64
import hmac
import os
import socketserver
import sys
import time
from pathlib import Path

HELLO = "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nMECH\tCRAM-MD5\tdictionary\tactive\n"


class Asked(socketserver.StreamRequestHandler):
    """One of Postfix's processes."""

    accounts: dict[str, str]

    def handle(self) -> None:
        self.open: dict[str, tuple[str, list[str]]] = {}
        self._write(f"{HELLO}SPID\t{os.getpid()}\nCUID\t1\nCOOKIE\t{os.urandom(16).hex()}\nDONE\n")
        for line in self.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                self.open[words[1]] = words[2], []
                self._step(words[1], next((one[5:] for one in words[3:] if one.startswith("resp=")), None))
            elif words[0] == "CONT":
                self._step(words[1], words[2] if len(words) > 2 else "")

    def _step(self, number: str, response: str | None) -> None:
        mechanism, said = self.open[number]
        if response is not None:
            said.append(base64.b64decode(response).decode())
        needed = 2 if mechanism == "LOGIN" else 1
        if mechanism == "CRAM-MD5" and not said:
            said.append(f"<{os.getpid()}.{time.time_ns()}@mail.example.test>")
            self._ask(number, said[0])
        elif mechanism == "CRAM-MD5":
            user, _, digest = said[1].rpartition(" ")
            key = self.accounts.get(user, "").encode()
            right = hmac.new(key, said[0].encode(), "md5").hexdigest()
            self._end(number, user, bool(key) and hmac.compare_digest(right, digest))
        elif len(said) < needed:
            self._ask(number, ("Username:", "Password:")[len(said)] if mechanism == "LOGIN" else "")
        else:
            user, secret = said if mechanism == "LOGIN" else [*said[0].split("\0"), "", ""][1:3]
            self._end(number, user, self.accounts.get(user) == secret)

    def _ask(self, number: str, text: str) -> None:
        self._write(f"CONT\t{number}\t{base64.b64encode(text.encode()).decode()}\n")

    def _end(self, number: str, user: str, good: bool) -> None:
        del self.open[number]
        self._write(f"{'OK' if good else 'FAIL'}\t{number}\tuser={user}\n")

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())


def main(port: str, file: str) -> None:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    Asked.accounts = dict(line.split(" ", 1) for line in lines)
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", int(port)), Asked) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
