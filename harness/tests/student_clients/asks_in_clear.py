"""Asks with input() only. Its base64 ends in a line end of its own, which encodebytes() puts there."""

import base64
from socket import create_connection

server = input("Mail server: ")
port = int(input("Port: "))
user = input("User name: ")
password = input("Password: ")
sender = input("From: ")
recipient = input("To: ")

sock = create_connection((server, port))
sock.recv(1024)
head = f"From: {sender}\r\nTo: {recipient}\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\nMessage-ID: <{port}@a.test>\r\n"
for line in (
    "HELO [127.0.0.1]\r\n",
    "AUTH LOGIN\r\n",
    base64.encodebytes(user.encode()).decode(),
    base64.encodebytes(password.encode()).decode(),
    f"MAIL FROM:<{sender}>\r\n",
    f"RCPT TO:<{recipient}>\r\n",
    "DATA\r\n",
    head + "Subject: Hello\r\n\r\nHello\r\n.\r\n",
    "QUIT\r\n",
):
    sock.sendall(line.encode())
    print(sock.recv(1024).decode())
