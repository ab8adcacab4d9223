"""How a client authenticates (RFC 4954; RFC 4616; RFC 2195)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...model.finding import Verdict
from ...model.transcript import Secrecy, Secret
from ..grammar import HELLO, command
from ..sasl import SERVER_FIRST, decoded
from ..session import SASL, Exchange
from .observation import Observation, Remark, gathered

IN_CLEAR = {
    "PLAIN": "RFC4616-5-a",
    "LOGIN": "LOGIN-1-c",
    "XOAUTH2": "RFC7628-3-a",
    "OAUTHBEARER": "RFC7628-3-a",
}
"""Mechanisms that send what a thief can use again, and who says that they need TLS."""


def _mechanism(one: Exchange) -> str:
    """The mechanism of an AUTH line or of the response to one; "" for a line that is no command."""
    if one.verb == SASL:
        return one.before.mechanism
    words = command(one.event.octets).argument.split()
    return words[0].upper() if words else ""


def _credentials(seen: Observation) -> Iterator[tuple[Exchange, Secret]]:
    """SASL responses that carry a secret."""
    for one in seen.exchanges:
        if one.verb in ("AUTH", SASL):
            yield from ((one, secret) for secret in one.event.secrets)


def credentials_in_clear(seen: Observation) -> Iterable[Remark]:
    """`credentials-in-clear`: a password or token without TLS."""
    found: dict[str, list[Exchange]] = {}
    for one, _ in _credentials(seen):
        if not one.before.tls and _mechanism(one) in IN_CLEAR:
            found.setdefault(_mechanism(one), []).append(one)
    for mechanism, hits in found.items():
        worth = Verdict.WARN if mechanism == "XOAUTH2" else Verdict.FAIL  # which is in no RFC, but much the same
        yield from gathered(
            "credentials-in-clear",
            IN_CLEAR[mechanism],
            hits,
            "TLS first",
            at_most=worth,
            mechanism=mechanism,
            host=seen.job.host,
        )


def helo_then_auth(seen: Observation) -> Iterable[Remark]:
    """`helo-then-auth`: AUTH with a mechanism that no EHLO reply of the session (since TLS) has listed."""
    hits = []
    for many in seen.connections.values():
        listed: set[str] = set()
        tls, sure = False, True
        for one in many:
            if one.before.tls != tls:
                listed, tls = set(), one.before.tls
            if one.verb == "AUTH" and sure and _mechanism(one) and _mechanism(one) not in listed:
                hits.append(one)
            if one.verb in HELLO:
                sure = not one.replies or bool(one.code)
                listed |= set(one.after.keywords.get("AUTH", "").upper().split())
    if hits:
        hello, mechanism = hits[0].before.hello or "no hello", _mechanism(hits[0])
        expected = "a mechanism that the EHLO reply lists"
        yield from gathered("helo-then-auth", "RFC4954-4-a", hits, expected, mechanism=mechanism, hello=hello)


def login_initial_response(seen: Observation) -> Iterable[Remark]:
    """`login-initial-response`: with LOGIN the client waits to be asked. A note: a draft says so, servers take it."""
    hits = [
        one
        for one in seen.commands
        if one.verb == "AUTH" and _mechanism(one) == "LOGIN" and " " in command(one.event.octets).argument
    ]
    expected = "AUTH LOGIN alone, and the user name once it is asked for"
    yield from gathered("login-initial-response", "LOGIN-2.1-c", hits, expected, at_most=Verdict.NOTE)


def auth_response(seen: Observation) -> Iterable[Remark]:
    """`auth-response.*`: responses are canonical base64 and built as the mechanism asks; AUTH succeeds once."""
    found: dict[str, list[Exchange]] = {}
    for one in seen.exchanges:
        for key in dict.fromkeys(_faults(one)):
            found.setdefault(key, []).append(one)
    if unasked := list(_unasked(seen)):
        found["unasked"] = unasked
    for key, hits in found.items():
        requirement, expected = RESPONSE[key]
        yield from gathered(f"auth-response.{key}", requirement, hits, expected, mechanism=_mechanism(hits[0]))


RESPONSE = {
    "initial": ("RFC4954-4-b", "canonical base64, or a single = for nothing"),
    "early": ("RFC4422-5-a", "AUTH alone: with this mechanism the server speaks first"),
    "base64": ("RFC4954-8-b", "canonical base64 and nothing else"),
    "plain": ("RFC4616-2-a", "base64 of NUL, user name, NUL, password"),
    "charset": ("RFC4616-2-b", "user name and password in UTF-8"),
    "login-charset": ("LOGIN-2-a", "user name and password in UTF-8"),
    "nul": ("RFC4616-2-c", "two NUL octets, and none inside of a field"),
    "authzid": ("RFC4616-2-d", "nothing before the first NUL"),
    "unprepared": ("RFC4954-4-k", "the user name as SASLprep has it"),
    "cram": ("RFC2195-2-a", "base64 of user name, space, 32 lower-case hexadecimal digits"),
    "cram-digits": ("RFC2195-2-b", "base64 of user name, space, 32 lower-case hexadecimal digits"),
    "cram-key": ("RFC2195-2-c", "HMAC-MD5 with the MD5 of a password of more than 64 octets as its key"),
    "digest": ("RFC2195-2-b", "HMAC-MD5 of the challenge, keyed with the password"),
    "again": ("RFC4954-4-c", "no AUTH after a successful one"),
    "unasked": ("LOGIN-2.1-a", "a response after 334, and none after a refusal"),
}


def _unasked(seen: Observation) -> Iterator[Exchange]:
    """Credentials that follow a refused AUTH as if the server had asked for them (RFC 4954, 4)."""
    for many in seen.connections.values():
        refused = False
        for one in many:
            if one.verb == "" and refused and any(secret.encoding for secret in one.event.secrets):
                yield one
            elif one.verb:
                refused = one.verb in ("AUTH", SASL) and one.refused


def _faults(one: Exchange) -> Iterator[str]:
    if one.verb == "AUTH" and one.before.authenticated:
        yield "again"
    if one.verb not in ("AUTH", SASL):
        return
    if one.verb == "AUTH" and _mechanism(one) in SERVER_FIRST and initial_response(one) is not None:
        yield "early"
        return
    base64 = "initial" if one.verb == "AUTH" else "base64"
    if not one.event.secrets and not _is_base64(one):
        yield base64
    if not one.event.secrets and _mechanism(one) == "LOGIN" and not _is_utf8(one):
        yield "login-charset"
    for secret in one.event.secrets:
        yield from [base64] if not secret.encoding else _built(secret)


def _built(secret: Secret) -> Iterator[str]:
    """What is wrong with how the response of a mechanism is made."""
    if secret.role in (Secrecy.TOKEN, Secrecy.PROOF):
        return
    if secret.says:
        yield secret.says
    elif not secret.well_formed:
        yield "plain" if secret.role is Secrecy.PLAIN else "cram"
    elif secret.role is Secrecy.DIGEST and secret.agrees is False:
        yield "digest"


def initial_response(one: Exchange) -> str | None:
    """What follows the mechanism in an AUTH line; None: nothing."""
    return command(one.event.octets).argument.partition(" ")[2].strip() or None


def _is_utf8(one: Exchange) -> bool:
    """Whether a user name in the clear is UTF-8, as far as it can be read; a verb is no user name."""
    if one.verb == SASL and command(one.event.octets).verb:
        return True
    try:
        (decoded(_response(one).encode("latin-1")) or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _response(one: Exchange) -> str:
    return one.text if one.verb == SASL else initial_response(one) or ""


def _is_base64(one: Exchange) -> bool:
    """Whether a response without a secret (a user name, `*`, nothing) is as it must be; a verb is no response."""
    response = _response(one)
    if response in ("", "*", "=") or (one.verb == SASL and command(one.event.octets).verb):
        return True
    strict = re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", response) is not None
    return strict and decoded(response.encode()) is not None
