"""Takes host and port, and has everything else in its text; correct."""

import base64
import socket
import sys

AUTH = "--no-auth" not in sys.argv
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as sock, sock.makefile("rb") as file:

    def command(text, code):
        if text:
            sock.sendall(text.encode() + b"\r\n")
        line = b"   -"
        while line[3:4] == b"-":
            line = file.readline()
        return line.startswith(code)

    good = command("", b"220") and command("HELO [127.0.0.1]", b"250")
    if AUTH:
        good = (
            good
            and command("AUTH LOGIN", b"334")
            and command(base64.b64encode(b"zhang@edu.test").decode(), b"334")
            and command(base64.b64encode(b"my-own-word-7").decode(), b"235")
        )
    good = (
        good
        and command("MAIL FROM:<zhang@edu.test>", b"250")
        and command("RCPT TO:<li@edu.test>", b"250")
        and command("DATA", b"354")
        and command(
            "From: zhang@edu.test\r\nTo: li@edu.test\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n"
            "Message-ID: <1@edu.test>\r\nSubject: Hello\r\n\r\nHello\r\n.",
            b"250",
        )
    )
    command("QUIT", b"221")
    sys.exit(not good)
