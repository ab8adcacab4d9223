"""A small, correct SMTP client, cut into methods that a wrong one overrides (see faults.py and its neighbours).

It learns its job from SMTP_* variables: host, port, TLS, AUTH PLAIN or LOGIN, sender, recipients, one message. Exit
status: 0 accepted, 75 temporary, 69 permanent, 127 unsupported, 1 given up. It shares no code with the harness.
"""

from __future__ import annotations

import base64
import os
import socket
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

ACCEPTED, PERMANENT, TEMPORARY, UNSUPPORTED, GIVEN_UP = 0, 69, 75, 127, 1


class Refused(Exception):
    """The server answered with another code than the session can go on with."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


class GaveUp(Exception):
    """The client does not go on, though nothing was refused. The argument is its exit status."""


class Client:
    """One job, one connection, one message.

    `can` is what it can do, in the words of `supports` of a `*.client.yaml`; `takes` how it takes its message;
    `scenarios` are those that it must come through unblamed, beside those of its spoiled copies.
    """

    can: ClassVar[tuple[str, ...]] = (
        *("starttls", "implicit-tls", "auth-plain", "auth-login"),
        *("several-recipients", "raw-message", "timeout", "helo"),
    )
    takes: ClassVar[str] = "raw"
    scenarios: ClassVar[tuple[str, ...]] = ()

    def __init__(self, env: Mapping[str, str]) -> None:
        self.host, self.port = env["SMTP_HOST"], int(env["SMTP_PORT"])
        self.tls = env.get("SMTP_TLS", "none")
        self.auth = env.get("SMTP_AUTH", "none").lower()
        self.username, self.password = env.get("SMTP_USERNAME", ""), env.get("SMTP_PASSWORD", "")
        self.sender = env["SMTP_SENDER"]
        self.recipients = env["SMTP_RECIPIENTS"].splitlines()
        self.message = Path(env["SMTP_MESSAGE_FILE"]).read_bytes()
        self.name = env.get("SMTP_HELO", "client.example.test")
        self.ca_file = env.get("SMTP_CA_FILE") or None
        self.timeout: float | None = float(env.get("SMTP_TIMEOUT", "10"))
        self.buffer = b""
        self.offers: dict[str, str] = {}
        self.open = False  # the server still listens to us

    # --- octets

    def connect(self) -> None:
        self.socket = socket.create_connection((self.host, self.port), self.timeout)
        if self.tls == "implicit":
            self.handshake()
        self.open = True

    def tls_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def handshake(self) -> None:
        self.buffer = b""  # what came in clear is not to be believed (RFC 3207, 6)
        self.socket = self.tls_context().wrap_socket(self.socket, server_hostname=self.host)

    def write(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def read_line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            more = self.socket.recv(4096)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    # --- commands and replies

    def read_reply(self) -> tuple[int, list[str]]:
        """The next reply: its code, and the texts of its lines."""
        texts = []
        while True:
            line = self.read_line().decode("utf-8", "replace")
            if not (line[:3].isdigit() and line[3:4] in ("", " ", "-")):
                raise Refused(500)
            texts.append(line[4:])
            if line[3:4] != "-":
                return int(line[:3]), texts

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\r\n")

    def say(self, text: str) -> tuple[int, list[str]]:
        """Send a line, give back its reply."""
        self.line(text)
        code, texts = self.read_reply()
        if code == 421:
            self.open = False
        return code, texts

    def must(self, text: str, digit: int = 2) -> list[str]:
        """Send a line whose reply must begin with *digit*."""
        code, texts = self.say(text)
        return self.check(code, texts, digit)

    def check(self, code: int, texts: list[str], digit: int) -> list[str]:
        if code // 100 != digit:
            raise Refused(code)
        return texts

    # --- the session

    def session(self) -> int:
        self.connect()
        self.greeting()
        self.hello()
        if self.tls == "starttls":
            self.starttls()
        if self.auth != "none":
            self.login()
        return self.transaction()

    def greeting(self) -> None:
        code, texts = self.read_reply()
        self.check(code, texts, 2)

    def hello(self) -> None:
        code, texts = self.say(f"EHLO {self.name}")
        if code in (500, 502):
            code, texts = self.say(f"HELO {self.name}")
            texts = texts[:1]
        self.check(code, texts, 2)
        lines = [line.partition(" ") for line in texts[1:]]
        self.offers = {keyword.upper(): parameters.upper() for keyword, _, parameters in lines}

    def starttls(self) -> None:
        if "STARTTLS" not in self.offers:
            raise GaveUp(GIVEN_UP)
        self.must("STARTTLS")
        self.open = False  # until the handshake is done there is nobody to say QUIT to
        self.handshake()
        self.open = True
        self.hello()

    def login(self) -> None:
        offered = self.offers.get("AUTH", "").split()
        wanted = ["PLAIN", "LOGIN"] if self.auth == "any" else [self.auth.upper()]
        if self.auth not in ("any", "plain", "login"):
            raise GaveUp(UNSUPPORTED)
        found = [mechanism for mechanism in wanted if mechanism in offered]
        if not found:
            raise GaveUp(GIVEN_UP)
        self.auth_plain() if found[0] == "PLAIN" else self.auth_login()

    def encoded(self, text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    def auth_plain(self) -> None:
        self.must("AUTH PLAIN", 3)
        self.must(self.encoded(f"\0{self.username}\0{self.password}"))

    def auth_login(self) -> None:
        self.prompt("AUTH LOGIN")
        self.prompt(self.encoded(self.username))
        self.must(self.encoded(self.password))

    def prompt(self, text: str) -> None:
        """Send a line whose reply must be a challenge. One that is no base64 is cancelled (RFC 4954, 4)."""
        challenge = self.must(text, 3)[0]
        try:
            base64.b64decode(challenge, validate=True)
        except ValueError:
            self.must("*")
            raise GaveUp(GIVEN_UP) from None

    # --- one message

    def transaction(self) -> int:
        self.mail()
        codes = self.rcpts()
        refused = [code for code in codes if code // 100 != 2]
        if len(refused) < len(codes):
            self.data()
            self.content()
            self.end_of_data()
        return self.status(refused)

    def status(self, refused: list[int]) -> int:
        """What to tell the user, by the codes of the recipients that were refused."""
        if not refused:
            return ACCEPTED
        return TEMPORARY if refused[0] // 100 == 4 else PERMANENT

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender}>")

    def rcpts(self) -> list[int]:
        return [self.rcpt(recipient) for recipient in self.recipients]

    def rcpt(self, recipient: str) -> int:
        return self.say(f"RCPT TO:<{recipient}>")[0]

    def data(self) -> None:
        self.must("DATA", 3)

    def lines(self) -> list[bytes]:
        """The lines of the message as they are to be sent, without line ends."""
        lines = self.message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        return lines[:-1] if lines[-1] == b"" else lines

    def stuffed(self, lines: list[bytes]) -> list[bytes]:
        return [b"." + line if line.startswith(b".") else line for line in lines]

    def content(self) -> None:
        self.write(b"".join(line + b"\r\n" for line in self.stuffed(self.lines())))

    def end_of_data(self) -> None:
        self.must(".")

    def quit(self) -> None:
        self.say("QUIT")

    # --- how it ends

    def run(self) -> int:
        try:
            status = self.session()
        except Refused as error:
            status = TEMPORARY if error.code // 100 == 4 else PERMANENT
        except GaveUp as error:
            status = int(error.args[0])
        except ssl.SSLError:
            self.open, status = False, PERMANENT
        except OSError:  # no connection, connection lost, time-out
            self.open, status = False, TEMPORARY
        self.leave()
        return status

    def leave(self) -> None:
        """Say goodbye. What goes wrong now changes nothing about the message (RFC 5321, 4.2.5)."""
        try:
            if self.open:
                self.quit()
        except (OSError, Refused):
            pass
        finally:
            if hasattr(self, "socket"):
                self.socket.close()


class Fault(Client):
    """A client with one thing wrong: its docstring says what, `rule` what must find it, `scenario` where it shows.

    `requirement` is what the finding must be reported under, `worth` the verdict that it deserves by the words of the
    RFC (`fail` where nothing is said). `root_cause` is the rule that a report must name first, where that is another
    one. `stress`: it shows only where replies are sent otherwise (`run --stress`). A spoiled copy of another client
    than the base is `class Wrong(Fault, Other)`.
    """

    rule: ClassVar[str]
    scenario: ClassVar[str] = "core/happy"
    requirement: ClassVar[str | None] = None
    worth: ClassVar[str] = "fail"
    root_cause: ClassVar[str | None] = None
    stress: ClassVar[bool] = False


if __name__ == "__main__":
    sys.exit(Client(os.environ).run())
