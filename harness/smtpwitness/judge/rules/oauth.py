"""What a client says in OAUTHBEARER (RFC 7628) and XOAUTH2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...model.run import Job
from ...model.transcript import Secret
from ..grammar import command
from ..oauth import HEADER, MECHANISMS, STAND_IN, pairs
from ..session import SASL, Exchange
from .observation import Observation, Remark, gathered
from .scram import challenge

FORM = re.compile(HEADER.pattern + r"\x01(?:[A-Za-z]+=[\t\n\r -~]*\x01)*\x01")
XFORM = re.compile(r"user=[^\x01]+\x01auth=Bearer [^\x01]+\x01\x01")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
"""Names and addresses of the one host that the harness has: which of them a client writes is not for us to say."""

KEYS = {
    "format": ("RFC7628-3.1-a", "a GS2 header, ^A, key=value pairs each with ^A, and one more ^A"),
    "xformat": (None, "user=, ^A, auth=Bearer and the token, ^A, ^A"),
    "auth": ("RFC7628-3.1-b", "auth=Bearer, a space, and the token"),
    "host": ("RFC7628-3.1-c", "the host that the client has connected to, or no host="),
    "port": ("RFC7628-3.1-c", "the port that the client has connected to, without leading zeros, or no port="),
    "answer": ("RFC7628-3.2.3-a", "AQ==, which is a lone ^A, or *"),
}


def oauth(seen: Observation) -> Iterable[Remark]:
    """`oauth.*`: the message is built as RFC 7628 has it, and an error is answered so that the server can go on."""
    found: dict[str, list[Exchange]] = {}
    for many in seen.connections.values():
        for key, one in _faults(many, seen.job):
            found.setdefault(key, []).append(one)
    for key, hits in found.items():
        requirement, expected = KEYS[key]
        yield from gathered(f"oauth.{key}", requirement, hits, expected)


def _faults(many: Iterable[Exchange], job: Job) -> Iterator[tuple[str, Exchange]]:
    asked = ""
    for one in many:
        mechanism = one.before.mechanism if one.verb == SASL else command(one.event.octets).argument.split(" ")[0]
        if one.verb not in ("AUTH", SASL) or mechanism.upper() not in MECHANISMS:
            continue
        bearer = mechanism.upper() == "OAUTHBEARER"
        if asked:
            right = one.text in ("AQ==", "*") or bool(command(one.event.octets).verb)
            if bearer and not right:
                yield "answer", one
        else:
            yield from ((key, one) for secret in one.event.secrets for key in _message(secret, job, bearer=bearer))
        asked = challenge(one)


def _message(secret: Secret, job: Job, *, bearer: bool) -> Iterator[str]:
    """What is wrong with the message that carries the token."""
    if not bearer:
        if XFORM.fullmatch(secret.says) is None:
            yield "xformat"
        return
    if FORM.fullmatch(secret.says) is None:
        yield "format"
        return
    said = dict(pairs(secret.says[1:]))
    if said.get("auth") != f"Bearer {STAND_IN}":
        yield "auth"
    if "host" in job.told and not _same_host(said.get("host", job.host), job.host):
        yield "host"
    if "port" in job.told and said.get("port", str(job.port)) != str(job.port):
        yield "port"


def _same_host(one: str, other: str) -> bool:
    return one.lower() == other.lower() or {one.lower(), other.lower()} <= LOOPBACK
