"""Takes its job as arguments; writes the addresses without the angle brackets."""

import base64
import sys
from socket import create_connection

host, port, user, password, sender, recipient = sys.argv[1:]
sock = create_connection((host, int(port)))
sock.recv(1024)
head = f"From: {sender}\r\nTo: {recipient}\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\nMessage-ID: <{port}@a.test>\r\n"
for line in (
    "HELO [127.0.0.1]",
    "AUTH LOGIN",
    base64.b64encode(user.encode()).decode(),
    base64.b64encode(password.encode()).decode(),
    f"MAIL FROM: {sender}",
    f"RCPT TO: {recipient}",
    "DATA",
    head + "Subject: Hello\r\n\r\nHello\r\n.",
    "QUIT",
):
    sock.sendall(line.encode() + b"\r\n")
    answer = sock.recv(1024).decode()
    if answer[0] in "45":
        sys.exit(answer)
