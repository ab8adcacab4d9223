"""Asks with input() only, and believes that every reply is good news: it says that the mail is sent, whatever came."""

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
    "HELO [127.0.0.1]",
    "AUTH LOGIN",
    base64.b64encode(user.encode()).decode(),
    base64.b64encode(password.encode()).decode(),
    f"MAIL FROM:<{sender}>",
    f"RCPT TO:<{recipient}>",
    "DATA",
    head + "Subject: Hello\r\n\r\nHello\r\n.",
    "QUIT",
):
    sock.sendall(line.encode() + b"\r\n")
    print(sock.recv(1024).decode())
print("The mail was sent.")
