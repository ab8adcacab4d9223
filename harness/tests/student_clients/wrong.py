"""`no-crlf`: ends no line, as one does who counts on send(). `talks-first`: does not wait for the greeting."""

import base64
import socket
import sys

fault, host, port = sys.argv[1:]
end = b"" if fault == "no-crlf" else b"\r\n"
sock = socket.create_connection((host, int(port)))
sock.settimeout(5)
if fault != "talks-first":
    sock.recv(1024)
sock.sendall(b"HELO [127.0.0.1]" + end)
if fault == "talks-first":
    sock.recv(1024)
sock.recv(1024)
for line in (
    "AUTH LOGIN",
    base64.b64encode(b"zhang@edu.test").decode(),
    base64.b64encode(b"my-own-word-7").decode(),
    "MAIL FROM:<zhang@edu.test>",
    "RCPT TO:<li@edu.test>",
    "DATA",
    "From: zhang@edu.test\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\nSubject: Hello\r\n\r\nHello\r\n.",
    "QUIT",
):
    sock.sendall(line.encode() + end)
    print(sock.recv(1024))
