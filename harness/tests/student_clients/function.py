"""A function that a grader imports and calls, in the manner of a well-known exercise; three variants of it."""

import base64
import socket

print("this file prints while it is imported")


def smtp_client(port=1025, mailserver="127.0.0.1", sender=None, recipient=None, user=None, password=None):
    """Correct."""
    return _session(mailserver, port, sender, recipient, user, password)


def crashes(port, mailserver, sender, recipient, user, password):
    """Sends text where bytes are wanted."""
    sock = socket.create_connection((mailserver, port))
    sock.recv(1024)
    sock.send("EHLO [127.0.0.1]\r\n")


def says_false(port, mailserver, sender, recipient, user, password):
    """Tells by its result that it failed, whatever the server said."""
    return _session(mailserver, port, sender, recipient, user, password) and False


def silent(port, mailserver, shoe_size):
    """Wants to know something that nobody can tell it."""


async def in_a_coroutine(port, mailserver, sender, recipient, user, password):
    """Correct, too."""
    return _session(mailserver, port, sender, recipient, user, password)


def _session(mailserver, port, sender, recipient, user, password):
    with socket.create_connection((mailserver, port)) as sock, sock.makefile("rb") as file:

        def command(text, code):
            if text:
                sock.sendall(text.encode() + b"\r\n")
            line = b"   -"
            while line[3:4] == b"-":
                line = file.readline()
            return line.startswith(code)

        good = (
            command("", b"220")
            and command("EHLO [127.0.0.1]", b"250")
            and command("AUTH LOGIN", b"334")
            and command(base64.b64encode(user.encode()).decode(), b"334")
            and command(base64.b64encode(password.encode()).decode(), b"235")
            and command(f"MAIL FROM:<{sender}>", b"250")
            and command(f"RCPT TO:<{recipient}>", b"250")
            and command("DATA", b"354")
            and command(
                f"From: {sender}\r\nTo: {recipient}\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n"
                f"Message-ID: <{port}@a.test>\r\nSubject: Hello\r\n\r\nHello\r\n.",
                b"250",
            )
        )
        return command("QUIT", b"221") and good
