"""The server's half of a SASL exchange, in so far as a server has a choice: which challenges, and was it right.

PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195). Whether a response was right was found when
it was redacted, and stands in its secrets.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..model.scenario import Reply
from ..model.transcript import Secret

LOGIN_PROMPTS = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")
"""`Username:` and `Password:`, the prompts of nine servers in ten."""

SERVER_FIRST = frozenset({"CRAM-MD5"})
"""Mechanisms in which the server begins: no initial response (RFC 4954, 4). LOGIN is one too, but servers take it."""


def challenges(mechanism: str, initial: bool, nonce: str) -> tuple[str, ...] | None:
    """The challenges that *mechanism* needs, base64; fewer after an initial response. None: not a known mechanism."""
    cram = base64.b64encode(f"<{nonce}@mail.example.test>".encode()).decode()
    known: Mapping[str, tuple[str, ...]] = {"PLAIN": ("",), "LOGIN": LOGIN_PROMPTS, "CRAM-MD5": (cram,)}
    if mechanism not in known:
        return None
    return known[mechanism][1:] if initial else known[mechanism]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A SASL exchange under way: challenges still to be sent, and what to say at its end (None: what is right)."""

    mechanism: str
    challenges: tuple[str, ...]
    final: tuple[Reply, ...] | None = None
    agreed: bool = True
    written: bool = False  # the scenario writes what is said: a response that it does not know is an extra one

    def heard(self, response: bytes, secrets: tuple[Secret, ...], username: str) -> Exchange:
        """The exchange after a response; `agreed` stays true only if user name and secret were the job's."""
        if secrets:
            right = all(one.well_formed and one.agrees is not False for one in secrets)
        else:
            right = decoded(response) == username.encode()
        return replace(self, agreed=self.agreed and right)

    def asked(self) -> Exchange:
        """The exchange once its next challenge has been sent."""
        return replace(self, challenges=self.challenges[1:])


def decoded(response: bytes) -> bytes | None:
    """A response taken out of base64; None if it is no canonical base64 (RFC 4954, 4)."""
    try:
        return base64.b64decode(response.rstrip(b"\r\n"), validate=True)
    except binascii.Error:
        return None
