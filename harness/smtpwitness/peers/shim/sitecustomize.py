"""Brings every connection of a Python client to the harness, where there is no box (`peers.fallback`).

Python imports this by itself when it starts. It is no fence against malice: it keeps a client from the server that it
names. What it cannot lead elsewhere it refuses: other ports, other programs, and C libraries loaded by hand.
"""

# mypy: ignore-errors

import os
import socket
import sys

PORTS = {
    int(one): int(other) for one, other in (pair.split("=") for pair in os.environ["SMTPWITNESS_PORTS"].split(","))
}
LOG = os.environ["SMTPWITNESS_LOG"]
PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
SERVER = "127.0.0.1"
names = {}
original = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}


def meant(address):
    """The host that the client means by *address*."""
    return names.get(address, address)


def lead(address):
    """Where a connection to *address* goes."""
    if not isinstance(address, tuple):
        return address
    with open(LOG, "a") as file:
        file.write("%s %d\n" % (meant(address[0]), address[1]))
    if address[1] not in PORTS:
        raise ConnectionRefusedError(111, "Connection refused")
    return SERVER, PORTS[address[1]]


def connect(self, address):
    return original["connect"](self, lead(address))


def connect_ex(self, address):
    try:
        return original["connect_ex"](self, lead(address))
    except ConnectionRefusedError as error:
        return error.errno


def address_of(host):
    host = host.decode() if isinstance(host, bytes) else host or "localhost"
    if host.replace(".", "").isdigit():
        return host
    address = "198.18.0.%d" % (len(names) % 250 + 1)
    address = next((one for one, name in names.items() if name == host), address)
    names[address] = host
    return address


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    number = {"smtp": 25, "smtps": 465, "submissions": 465, "submission": 587}.get(port, port)
    return [(socket.AF_INET, type or socket.SOCK_STREAM, 6, "", (address_of(host), int(number or 0)))]


def watch(event, arguments):
    """What would lead out of here is refused, however it is called."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        if arguments[1][0] != SERVER or arguments[1][1] not in PORTS.values():
            raise ConnectionRefusedError(111, "Connection refused")
    elif event in ("socket.sendto", "socket.sendmsg") and isinstance(arguments[1], tuple):
        raise ConnectionRefusedError(111, "Connection refused")
    elif event in PROGRAMS or (event == "ctypes.dlopen" and arguments[0] is not None):
        raise PermissionError(1, "smtpwitness: no other program can be redirected here")


socket.socket.connect, socket.socket.connect_ex = connect, connect_ex
socket.getaddrinfo = getaddrinfo
socket.gethostbyname = address_of
socket.getfqdn = lambda name="": name or "client.example.test"
sys.addaudithook(watch)
