"""The server's half of a SASL exchange, in so far as a server has a choice: which challenges, and was it right.

PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195), EXTERNAL (RFC 4422, A), SCRAM (RFC 5802,
7677), OAUTHBEARER (RFC 7628) and XOAUTH2. Whether a response was right was found when it was redacted, and stands in
its secrets.
"""

from __future__ import annotations

import base64
import binascii
import stringprep
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..model.scenario import Reply
from ..model.transcript import Secret
from . import scram

LOGIN_PROMPTS = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")
"""`Username:` and `Password:`, the prompts of nine servers in ten."""

SERVER_FIRST = frozenset({"CRAM-MD5"})
"""Mechanisms in which the server begins: no initial response (RFC 4954, 4). LOGIN is one too, but servers take it."""

SIGNATURE = "********"
"""Stands for the last challenge of SCRAM, the server's signature: who knows the password fills it in."""


def challenges(mechanism: str, initial: bool, nonce: str) -> tuple[str, ...] | None:
    """The challenges that *mechanism* needs, base64; fewer after an initial response. None: not a known mechanism.

    Those of SCRAM follow from what the client says: see `Exchange.heard`.
    """
    cram = base64.b64encode(f"<{nonce}@mail.example.test>".encode()).decode()
    one = dict.fromkeys(("PLAIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER", *scram.HASHES), ("",))
    known: Mapping[str, tuple[str, ...]] = {**one, "LOGIN": LOGIN_PROMPTS, "CRAM-MD5": (cram,)}
    if mechanism not in known:
        return None
    return known[mechanism][1:] if initial else known[mechanism]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A SASL exchange under way: challenges still to be sent, and what to say at its end (None: what is right).

    `nonce` and `spoil` are the server's in SCRAM. `senseless`: nothing can follow what the client said.
    """

    mechanism: str
    challenges: tuple[str, ...]
    final: tuple[Reply, ...] | None = None
    agreed: bool = True
    written: bool = False  # the scenario writes what is said: a response that it does not know is an extra one
    nonce: str = ""
    spoil: str | None = None
    heard_first: bool = False  # the client's first message of SCRAM has come
    senseless: bool = False

    def heard(self, response: bytes, secrets: tuple[Secret, ...], username: str) -> Exchange:
        """The exchange after a response; `agreed` stays true only if user name and secret were the job's."""
        if self.mechanism in scram.HASHES and not self.heard_first:
            return self._scram_first(response, username)
        if secrets:
            right = all(one.well_formed and one.agrees is not False for one in secrets)
        elif self.mechanism in scram.HASHES or self.mechanism == "EXTERNAL":
            right = decoded(response) == b""
        else:
            right = decoded(response) == username.encode()
        wrong_proof = self.mechanism in scram.HASHES and not right and self._decides
        return replace(self, agreed=self.agreed and right, challenges=() if wrong_proof else self.challenges)

    @property
    def _decides(self) -> bool:
        """Whether the end is ours to say, and not written."""
        return self.final is None or self.final[0].usual

    def _scram_first(self, response: bytes, username: str) -> Exchange:
        """The client's first message brings the other challenges about (RFC 5802, 5)."""
        first = (decoded(response) or b"").decode("utf-8", "surrogateescape")
        names = {scram.saslname(one) for one in (username, prepared(username)) if one}
        right = scram.value(scram.bare(first), "n") in names
        said = scram.server_first(first, self.nonce, self.spoil)
        if said is None or self.written:
            return replace(self, heard_first=True, agreed=self.agreed and right, senseless=said is None)
        last = scram.server_final(self.mechanism, self.nonce, self.spoil) or SIGNATURE
        rest = (scram.encoded(said),) if self.spoil in UNSIGNED else (scram.encoded(said), last)
        return replace(self, heard_first=True, agreed=self.agreed and right, challenges=rest)

    def asked(self) -> Exchange:
        """The exchange once its next challenge has been sent."""
        return replace(self, challenges=self.challenges[1:])


UNSIGNED = ("no signature", "zero iterations")
"""Spoils after which there is no signature to send."""


PROHIBITED = (
    *(stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4),
    *(stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8),
    stringprep.in_table_c9,
)


def prepared(name: str) -> str:
    """A user name as SASLprep has it, for a query (RFC 4013); "" where it may be none. Its rule for two directions of
    writing is left out.
    """
    kept = (char for char in name if not stringprep.in_table_b1(char))
    mapped = "".join(" " if stringprep.in_table_c12(char) else char for char in kept)
    text = unicodedata.normalize("NFKC", mapped)
    return "" if any(bad(char) for char in text for bad in PROHIBITED) else text


def decoded(response: bytes) -> bytes | None:
    """A response taken out of base64; None if it is no canonical base64 (RFC 4954, 4). `=` is empty."""
    if response.strip() == b"=":
        return b""
    written = response.rstrip(b"\r\n")
    try:
        octets = base64.b64decode(written)
    except binascii.Error:
        return None
    return octets if base64.b64encode(octets) == written else None  # else there are strangers, or bits set at its end
