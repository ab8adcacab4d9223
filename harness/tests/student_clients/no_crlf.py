"""Its server stands in its text. Ends no line, as one does who counts on send()."""

import base64
from socket import create_connection

sock = create_connection(("smtp.163.com", 25), timeout=2)
print(sock.recv(1024).decode())
sock.send(b"HELO [127.0.0.1]")
print(sock.recv(1024).decode())
sock.send(b"AUTH LOGIN")
print(sock.recv(1024).decode())
sock.send(base64.b64encode(b"zhang@163.com"))
print(sock.recv(1024).decode())
