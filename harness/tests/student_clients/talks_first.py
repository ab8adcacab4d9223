"""Its server stands in its text. Speaks before the greeting has come, which it passes over later: otherwise correct."""

import base64
from socket import create_connection

sock = create_connection(("smtp.163.com", 25))
file = sock.makefile("rb")
for line, code in (
    ("HELO [127.0.0.1]", b"250"),
    ("AUTH LOGIN", b"334"),
    (base64.b64encode(b"zhang@163.com").decode(), b"334"),
    (base64.b64encode(b"authcode12345").decode(), b"235"),
    ("MAIL FROM:<zhang@163.com>", b"250"),
    ("RCPT TO:<li@163.com>", b"250"),
    ("DATA", b"354"),
    (
        "From: zhang@163.com\r\nTo: li@163.com\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n"
        "Message-ID: <1@163.com>\r\n\r\nHello\r\n.",
        b"250",
    ),
    ("QUIT", b"221"),
):
    sock.sendall(line.encode() + b"\r\n")
    for answer in file:
        print(answer.decode())
        if answer.startswith(code):
            break
