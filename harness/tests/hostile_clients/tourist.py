"""Tries to reach the Internet, by name and by address, over TCP and UDP."""

import socket

for host, port in (("www.example.com", 80), ("198.51.100.1", 443), ("2001:db8::1", 443), ("192.0.2.1", 6667)):
    try:
        socket.create_connection((host, port), 2)
        print("reached", host)
    except OSError as error:
        print("no", host, error.errno)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.settimeout(0.5)
    one.sendto(b"hello", ("198.51.100.1", 9999))
    try:
        print("heard", one.recv(99))
    except OSError:
        print("nothing heard")
