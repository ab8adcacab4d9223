"""Asks for everything with input() and getpass, as a first client often does; otherwise correct."""

import base64
from getpass import getpass
from socket import create_connection

server = input("Mail server: ")
port = int(input("Port: "))
user = input("User name: ")
password = getpass("Password: ")
sender = input("From: ")
recipient = input("To: ")

sock = create_connection((server, port))
file = sock.makefile("rb")


def reply(code):
    while True:
        line = file.readline().decode()
        print("S:", line.rstrip())
        if line[3:4] != "-":
            break
    if not line.startswith(code):
        raise SystemExit(f"{code} expected, {line.strip()} came")


def command(text, code):
    sock.sendall(text.encode() + b"\r\n")
    reply(code)


reply("220")
command("EHLO [127.0.0.1]", "250")
command("AUTH LOGIN", "334")
command(base64.b64encode(user.encode()).decode(), "334")
command(base64.b64encode(password.encode()).decode(), "235")
command(f"MAIL FROM:<{sender}>", "250")
command(f"RCPT TO:<{recipient}>", "250")
command("DATA", "354")
head = f"From: {sender}\r\nTo: {recipient}\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\nMessage-ID: <{port}@a.test>\r\n"
command(head + "Subject: Hello\r\n\r\nHello\r\n.", "250")
command("QUIT", "221")
