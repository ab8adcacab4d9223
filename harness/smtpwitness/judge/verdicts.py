"""What breaking a requirement is worth. The words of the RFCs decide, not we; where we argue, the argument is here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..model.finding import SEVERITY, Verdict
from ..model.profile import SUBMISSION, Profile
from ..model.requirement import Requirement

_FINAL_REPLY = "RFC 5321, 4.2.5 tells in prose who owns the message after the final reply. It leaves no third way: "
_BATCH = (
    "PIPELINING lifts the duty to wait (RFC 5321, 4.3.1, a MUST) only for the commands that may stand inside a batch; "
    "behind the others that MUST stands as before."
)
_ACCOUNT = (
    "RFC 2033, 4.2 tells in prose which reply belongs to which recipient. There is no other account of who owns the "
    "message for whom: whoever reads it otherwise tells one recipient's fate of another, and takes what is left for "
    "the answer to the next command."
)

ARGUED: Mapping[str, str] = MappingProxyType(
    {
        "RFC5321-4.5.2-a": "Without the added dot a line of text ends the message, or loses its dot at the receiver, "
        "which must take one off: the prose is the only description of a procedure that both sides have to follow.",
        "RFC5321-4.2.5-a": _FINAL_REPLY
        + "who says `sent` of a message that the server refused has lost it without a word.",
        "RFC5321-4.2.5-d": _FINAL_REPLY
        + "who says `failed` of a message that the server took makes its user send it twice.",
        "RFC2033-4.2-a": _ACCOUNT,
        "RFC2033-4.2-b": _ACCOUNT,
        "RFC2033-4.2-c": _ACCOUNT,
        "RFC2033-4.2-d": "DATA is refused then, and a refused DATA has no content: RFC 5321, 3.3, a MUST NOT.",
        "RFC2920-3.1-b": _BATCH,
        "RFC3207-4-d": _BATCH,
    }
)
"""Requirements whose text has no keyword and no grammar, and why breaking them is a `fail` all the same."""

_ROUTE = ("RFC5321-3.6.1-a", "RFC5321-4.1.2-b", "RFC5321-C-a")

TWINS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "RFC5321-3.3-b": _ROUTE,
        "RFC5321-3.3-c": (*_ROUTE, "RFC5321-4.1.1.3-a"),
        "RFC5321-2.2.1-b": ("RFC5321-4.1.1.1-c", "RFC5321-F.3-a"),
        "RFC5321-2.3.5-a": ("RFC6409-4.2-a",),  # which is of MAIL and RCPT; the name in EHLO has a row of its own
    }
)
"""Requirements that another section says once more, and no more strictly: who breaks one, breaks the others."""


def grade(requirement: Requirement | None, at_most: Verdict = Verdict.FAIL, profile: Profile = SUBMISSION) -> Verdict:
    """The verdict for breaking *requirement*, no worse than *at_most*. None: nothing but our own opinion."""
    milder = profile.at_most(requirement) if requirement else Verdict.NOTE
    return max(_grade(requirement), milder, at_most, key=SEVERITY.__getitem__)


def _grade(requirement: Requirement | None) -> Verdict:
    if requirement is None or requirement.level == "MAY":
        return Verdict.NOTE
    if requirement.level in ("MUST", "MUST NOT") and (requirement.is_firm or requirement.id in ARGUED):
        return Verdict.FAIL
    return Verdict.WARN
