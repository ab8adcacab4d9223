"""What a client says in SCRAM (RFC 5802, RFC 7677), and what it must not go on after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ...model.scenario import NO_SESSION_HASH, RESUMED
from ...model.transcript import Kind, Secret
from ..grammar import command
from ..sasl import SIGNATURE, decoded, prepared
from ..scram import HASHES, HEADER, PLUS, UNBOUND, attributes, encoded, saslname, value
from ..session import SASL, Exchange
from .observation import Observation, Remark, gathered

NONCE = re.compile(r"[!-+\--~]+")  # printable, but for the comma (RFC 5802, 7)
ESCAPED = re.compile(r"(?:[^=]|=2C|=3D)*")

KEYS = {
    "header": ("RFC5802-5-a", "`n,,`, and then `n=` and `r=`"),
    "flag": ("RFC5802-6-c", "`n,,`: there is no channel to bind to"),
    "plus": ("RFC5802-6-b", "the -PLUS mechanism and `p=`, both or neither; both where the server lists it"),
    "unsaid": ("RFC5802-6-a", "`y,,`: the client could bind, and the server lists no -PLUS mechanism"),
    "unbound": ("RFC5802-6.1-a", "`c=` with the data of this TLS session, as `tls-unique` has them"),
    "resumed": ("RFC7677-4-a", "a new TLS session, or one with the session hash"),
    "order": ("RFC5802-5.1-a", "`n=` and `r=`, then `c=`, `r=` and `p=`, in this order"),
    "user": ("RFC5802-5.1-b", "`n=` and the user name"),
    "name": ("RFC5802-5.1-d", "`=2C` for a comma in the user name, `=3D` for an equals sign"),
    "unprepared": ("RFC5802-5.1-c", "the user name as SASLprep has it, or no login"),
    "nonce": ("RFC5802-5.1-f", "`r=` and printable characters without a comma"),
    "repeated": ("RFC5802-5.1-f", "a fresh nonce for each exchange"),
    "binding": ("RFC5802-5.1-h", "`c=` and the base64 of the GS2 header: `biws` for `n,,`"),
    "same-nonce": ("RFC5802-5-c", "`r=` with the whole nonce of the server"),
    "foreign-nonce": ("RFC5802-5.1-g", "`*`: the nonce does not begin with the client's own"),
    "extension": ("RFC5802-5.1-e", "`*`: the server asks for an extension that is not known"),
    "proof": ("RFC7677-3-a", "the proof that follows from the password"),
    "proof-sha-1": ("RFC5802-4-a", "the proof that follows from the password"),
    "answer": ("RFC5802-5.1-k", "an empty line in answer to the server's signature"),
}


@dataclass(frozen=True, slots=True)
class Login:
    """One exchange of SCRAM so far: its messages, and the lines that brought the client's."""

    mechanism: str
    said: tuple[tuple[Exchange, str], ...] = ()

    @property
    def first(self) -> str:
        return self.said[0][1]

    @property
    def server_first(self) -> str:
        return challenge(self.said[0][0])


def challenge(one: Exchange) -> str:
    """What a 334 in answer to *one* asks; "" where there is none, or it is no base64."""
    octets = one.replies[0].octets if one.replies else b""
    return (decoded(octets[4:]) or b"").decode("utf-8", "replace") if octets.startswith(b"334 ") else ""


def scram(seen: Observation) -> Iterable[Remark]:
    """`scram.*`: the messages are built as RFC 5802 has it, the proof is right, and a bad server is not believed."""
    found: dict[str, list[Exchange]] = {}
    nonces: set[str] = set()
    for login in _logins(seen):
        for key, one in _faults(login, seen.job.username if "username" in seen.job.told else ""):
            found.setdefault(key, []).append(one)
        for key in _astray(login, seen):
            found.setdefault(key, []).append(login.said[0][0])
        nonce = value(login.first, "r") or ""
        if nonce and nonce in nonces:
            found.setdefault("repeated", []).append(login.said[0][0])
        nonces.add(nonce)
    for key, hits in found.items():
        requirement, expected = KEYS[key]
        yield from gathered(f"scram.{key}", requirement, hits, expected)


def _logins(seen: Observation) -> Iterator[Login]:
    """Every exchange of SCRAM in which the client said something, whether or not it came to its end."""
    for many in seen.connections.values():
        login = Login("")
        for one in many:
            if one.verb == "AUTH":
                if login.said:
                    yield login
                name, _, initial = command(one.event.octets).argument.partition(" ")
                login = Login(name.upper() if name.upper() in HASHES else "")
                if login.mechanism and initial:
                    login = replace(login, said=((one, _text(initial)),))
            elif one.verb == SASL and login.mechanism and not command(one.event.octets).verb and one.text != "*":
                login = replace(login, said=(*login.said, (one, _text(one.text))))
        if login.said:
            yield login


def _astray(login: Login, seen: Observation) -> Iterator[str]:
    """What is wrong with how a login is bound to its TLS session, or not (RFC 5802, 6; RFC 7677, 4)."""
    header, state = HEADER.match(login.first), login.said[0][0].before
    if header is None or not state.tls:
        return
    name, plus, _ = login.mechanism.partition(PLUS)
    listed = f"{name}{PLUS}" in state.keywords.get("AUTH", "").upper().split()
    bound = header["flag"].startswith("p")
    if bound != bool(plus) or (header["flag"] == "y" and listed):
        yield "plus"
    elif header["flag"] == "n" and not listed and seen.job.auth.upper().endswith(PLUS):
        yield "unsaid"
    connection = login.said[0][0].connection
    notes = [one.note for one in seen.transcript if one.kind is Kind.TLS and one.connection == connection]
    if bound and {RESUMED, NO_SESSION_HASH} <= set(notes[-1].split("; ")):
        yield "resumed"


def _text(response: str) -> str:
    return (decoded(response.strip().encode("latin-1")) or b"").decode("utf-8", "replace")


def _faults(login: Login, username: str) -> Iterator[tuple[str, Exchange]]:
    (first, message), *later = login.said
    wrong = _first(message, username, tls=first.before.tls)  # of what was redacted nothing is left to decode
    if wrong is not None:
        yield wrong, first
    for number, (one, _) in enumerate(later):
        if number == 0 and one.event.secrets:
            yield from ((key, one) for key in _last(login, one.event.secrets[0], bool(wrong)))
        elif number == 1 and _signed(later[0][0]) and one.text:
            yield "answer", one


def _signed(one: Exchange) -> bool:
    """Whether the server's signature was the answer to *one*."""
    return any(reply.octets.startswith(b"334 " + SIGNATURE.encode()) for reply in one.replies[:1])


def _first(message: str, username: str, *, tls: bool) -> str | None:
    """What is wrong with a client's first message."""
    header = HEADER.match(message)
    if header is None:
        return "header"
    if header["flag"].startswith("p") and not tls:
        return "flag"
    bare = message[header.end() :]
    names = [name for name, _ in attributes(bare)]
    name = value(bare, "n") or ""
    if not name:
        return "user"
    raw = username != saslname(username) and f"n={username}," in bare
    if raw or ESCAPED.fullmatch(name) is None:
        return "name"
    if names[:2] != ["n", "r"]:
        return "order"
    if name == saslname(username) != saslname(prepared(username)):
        return "unprepared"
    return None if NONCE.fullmatch(value(bare, "r") or "") else "nonce"


def _last(login: Login, secret: Secret, astray: bool) -> Iterator[str]:
    """What is wrong with a client's last message, or with its having come at all. *astray*: the first one was wrong."""
    server, mine = login.server_first, value(login.first, "r") or ""
    whole = value(server, "r") or ""
    if attributes(server)[0][0] == "m":
        yield "extension"
        return
    if not whole.startswith(mine):  # that something is added is the server's affair: [s-nonce] in the grammar
        yield "foreign-nonce"
        return
    names = [name for name, _ in attributes(secret.says)]
    header = HEADER.match(login.first)
    if names[:2] != ["c", "r"] or names[-1] != "p":
        yield "order"
    elif header and not header["flag"].startswith("p") and value(secret.says, "c") != encoded(header[0]):
        yield "binding"
    elif value(secret.says, "c") == UNBOUND:
        yield "unbound"
    elif value(secret.says, "r") != whole:
        yield "same-nonce"
    elif secret.agrees is False and not astray:
        yield "proof-sha-1" if login.mechanism.startswith("SCRAM-SHA-1") else "proof"
