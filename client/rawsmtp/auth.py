"""Authentication (RFC 4954): PLAIN, LOGIN and CRAM-MD5.

The client names a mechanism. The server answers 334 and a challenge, the client sends a response, and
so on until a reply other than 334 ends the exchange: 235 is success. Challenges and responses are
base64, which hides nothing from anybody.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from .outcome import MalformedReply, PermanentFailure
from .reply import Reply

MAX_COMMAND_LINE: Final = 512  # with CRLF (RFC 5321 4.5.3.1.4)


@dataclass(frozen=True)
class Response:
    """How to answer one challenge, and what to show of the answer in the window."""

    make: Callable[[bytes], bytes]
    shown: str = ""  # empty: the answer is no secret


@dataclass(frozen=True)
class Mechanism:
    """A mechanism is its name and its responses, one for each challenge."""

    name: str
    responses: tuple[Response, ...]
    client_first: bool = False  # the first response may ride on the AUTH command


class Ask(Protocol):
    """Send one line, return the reply; ``shown`` stands in the window for a secret line."""

    def __call__(self, line: str, *, shown: str = "") -> Reply: ...


def plain(username: str, password: str) -> Mechanism:
    """RFC 4616: one message with an (empty) identity to act as, the user name and the password."""
    message = f"\0{username}\0{password}".encode()
    return Mechanism("PLAIN", (Response(lambda _: message, "********"),), client_first=True)


def login(username: str, password: str) -> Mechanism:
    """LOGIN (never an RFC): the user name answers the first challenge, the password the second.

    The texts of the challenges differ from server to server and mean nothing
    (draft-murchison-sasl-login 2.1).
    """
    return Mechanism(
        "LOGIN",
        (
            Response(lambda _: username.encode()),
            Response(lambda _: password.encode(), "******** (password)"),
        ),
    )


def cram_md5(username: str, password: str) -> Mechanism:
    """RFC 2195: the challenge, angle brackets and all, is signed with the password as the key."""

    def sign(challenge: bytes) -> bytes:
        digest = hmac.digest(password.encode(), challenge, "md5").hex()
        return f"{username} {digest}".encode()

    return Mechanism("CRAM-MD5", (Response(sign, "******** (CRAM-MD5 response)"),))


MECHANISMS: Final[dict[str, Callable[[str, str], Mechanism]]] = {
    "PLAIN": plain,
    "LOGIN": login,
    "CRAM-MD5": cram_md5,
}


def choose(offered: list[str], encrypted: bool) -> list[str]:
    """The mechanisms to try, best first, when the user does not care which.

    Inside TLS nobody can listen: PLAIN, which every server has (RFC 4954 4). In clear CRAM-MD5, which at
    least does not show the password. LOGIN only where there is nothing else: it is the obsolete one.
    """
    names = {name.upper() for name in offered}  # without regard to case: RFC 4954 8
    preference = ["PLAIN", "CRAM-MD5", "LOGIN"] if encrypted else ["CRAM-MD5", "PLAIN", "LOGIN"]
    return [name for name in preference if name in names]


def authenticate(ask: Ask, mechanism: Mechanism) -> Reply:
    """Go through the exchange of one mechanism (RFC 4954 4) and return the reply that ended it."""
    responses = list(mechanism.responses)
    line = shown = f"AUTH {mechanism.name}"
    if mechanism.client_first:
        first = f"{line} {_encode(responses[0].make(b'')) or '='}"
        if len(first) + len("\r\n") <= MAX_COMMAND_LINE:  # too long: it has to wait for a challenge
            line, shown = first, f"{line} {responses.pop(0).shown}"
    reply = _ask(ask, line, shown)
    for response in responses:
        if reply.code != 334:
            return reply
        answer = _encode(response.make(_decode(ask, reply)))
        reply = _ask(ask, answer, response.shown)
    if reply.code == 334:
        _cancel(ask, "the server asks for more than the mechanism has to say")
    return reply


def _ask(ask: Ask, line: str, shown: str) -> Reply:
    try:
        return ask(line, shown=shown)
    except MalformedReply as malformed:
        if malformed.line.startswith(b"334"):
            _cancel(ask, "the challenge is not set apart from the code 334")
        raise


def _decode(ask: Ask, reply: Reply) -> bytes:
    """Decode a challenge. RFC 4954 4: what is not exactly base64 must be rejected, not mended."""
    challenge = reply.texts[0]
    try:
        octets = base64.b64decode(challenge, validate=True)
    except binascii.Error:
        octets = b""
    if len(reply.texts) > 1 or base64.b64encode(octets) != challenge:
        _cancel(ask, "the challenge is not base64")
    return octets


def _cancel(ask: Ask, why: str) -> None:
    """Give up in the middle of an exchange: a lone asterisk, and the reply to it (RFC 4954 4)."""
    ask("*")
    raise PermanentFailure(f"authentication cancelled: {why}")


def _encode(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
