"""SCRAM (RFC 5802, RFC 7677): its messages, and what follows from a password.

The server's half is pure: salt and nonce follow from the case, and the one thing that needs the password, the
server's signature, is computed by who redacts and is a stand-in for all others.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..model.scenario import SPOILS

PLUS = "-PLUS"
"""What is added to a mechanism's name where the channel is bound (RFC 5802, 4)."""

HASHES: Mapping[str, str] = {
    "SCRAM-SHA-1": "sha1",
    "SCRAM-SHA-256": "sha256",
    f"SCRAM-SHA-1{PLUS}": "sha1",
    f"SCRAM-SHA-256{PLUS}": "sha256",
}
ITERATIONS = 4096  # the least that a server should ask for (RFC 5802, 5.1; RFC 7677, 4)
MOST_ITERATIONS = 100_000
"""Iterations that the harness computes itself: a scenario that writes the challenges may ask a client for any."""

HEADER = re.compile(r"(?P<flag>n|y|p=[A-Za-z0-9.-]+),(?:a=[^,]*)?,")
"""The GS2 header (RFC 5802, 7)."""

FIRST = re.compile(rb"[^\0\x01]*(?<![^,])[nr]=[^\0\x01]*")
"""What can be told for the client's first message, which holds no secret, however wrong it is."""


def attributes(message: str) -> list[tuple[str, str]]:
    """The attributes of a message in their order; a part that is none has no value."""
    return [(name, value) for name, _, value in (part.partition("=") for part in message.split(","))]


def value(message: str, name: str) -> str | None:
    """The value of the first attribute *name*, or None."""
    return next((found for one, found in attributes(message) if one == name), None)


def bare(first: str) -> str:
    """A client's first message without its GS2 header; all of it where it has none."""
    header = HEADER.match(first)
    return first[header.end() :] if header else first


def saslname(name: str) -> str:
    """A user name as it stands in `n=` (RFC 5802, 5.1)."""
    return name.replace("=", "=3D").replace(",", "=2C")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


BOUND, UNBOUND = "bound", "unbound"
"""What stands for the data in `c=` of a channel that is known: that they are its own, or others."""


def open_part(message: str) -> str:
    """The client's last message with stand-ins for all but `c=` and `r=`: what a judge may see of it."""
    return ",".join(
        f"{name}={found if name in ('c', 'r') else '********'}" if len(name) == 1 else "********"
        for name, found in attributes(message)
    )


def with_binding(message: str, first: str, bindings: Mapping[str, bytes]) -> str:
    """*message* (an `open_part`) with a word for `c=`, if *first* has it bound to a channel of *bindings* (by type)."""
    header, said = HEADER.match(first), value(message, "c")
    if header is None or said is None:
        return message
    kind = header["flag"].removeprefix("p=")
    if kind not in bindings:
        return message
    right = base64.b64encode(header[0].encode() + bindings[kind]).decode()
    return message.replace(f"c={said}", f"c={BOUND if said == right else UNBOUND}", 1)


# --- what a server says ---------------------------------------------------------------------------------------------


def server_first(first: str, nonce: str, spoil: str | None) -> str | None:
    """The server's first message, in answer to *first*; None if that gives no nonce to answer with.

    *nonce* is the server's own; its first eight characters, which a case's logins share, make the salt. *spoil* is
    one of `SPOILS`, or None.
    """
    assert spoil is None or spoil in SPOILS
    mine = value(first, "r")
    if HEADER.match(first) is None or not mine:
        return None
    salt = base64.b64encode(hashlib.sha256(nonce[:8].encode()).digest()[:16]).decode()
    both = f"{nonce}{mine}" if spoil == "foreign nonce" else f"{mine}{nonce}"
    count = 0 if spoil == "zero iterations" else ITERATIONS
    said = f"r={both},s={salt},i={count}"
    if spoil == "mandatory extension":
        return f"m=tls-exporter,{said}"
    return f"{said},x=unheard-of" if spoil == "unknown extension" else said


def server_final(mechanism: str, nonce: str, spoil: str | None) -> str | None:
    """The base64 of a server's last message that needs no password; None: there is none, or it is the right one."""
    if spoil == "bad signature":
        wrong = hashlib.new(HASHES[mechanism], nonce.encode(), usedforsecurity=False).digest()
        return encoded(f"v={base64.b64encode(wrong).decode()}")
    return encoded("e=other-error") if spoil == "error" else None


# --- what follows from a password -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Derived:
    """What client and server compute from the password (RFC 5802, 3). All of it is secret."""

    salted: bytes
    client_key: bytes
    stored_key: bytes
    client_signature: bytes
    proof: bytes
    server_key: bytes
    server_signature: bytes

    @property
    def every(self) -> tuple[bytes, ...]:
        return (
            *(self.salted, self.client_key, self.stored_key, self.client_signature),
            *(self.proof, self.server_key, self.server_signature),
        )


def derived(mechanism: str, password: bytes, client_first: str, first: str, without_proof: str) -> Derived | None:
    """What follows from *password* and the messages; None if the server asked for nothing that can be computed.

    *client_first* is the client's first message without its GS2 header, *first* the server's, *without_proof* the
    client's last without its proof.
    """
    name, salt, count = HASHES[mechanism], value(first, "s"), value(first, "i") or ""
    if salt is None or not count.isdecimal() or not 0 < int(count) <= MOST_ITERATIONS:
        return None
    try:
        salted = hashlib.pbkdf2_hmac(name, password, base64.b64decode(salt), int(count))
    except ValueError:
        return None
    message = f"{client_first},{first},{without_proof}".encode("utf-8", "surrogateescape")
    client_key = hmac.digest(salted, b"Client Key", name)
    stored_key = hashlib.new(name, client_key).digest()
    signature = hmac.digest(stored_key, message, name)
    server_key = hmac.digest(salted, b"Server Key", name)
    return Derived(
        salted=salted,
        client_key=client_key,
        stored_key=stored_key,
        client_signature=signature,
        proof=bytes(one ^ other for one, other in zip(client_key, signature, strict=True)),
        server_key=server_key,
        server_signature=hmac.digest(server_key, message, name),
    )
