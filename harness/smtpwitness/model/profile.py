"""Profiles: what kind of client it is, so which requirements apply to it, and where its users are to be told mildly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .finding import Verdict
from .requirement import Requirement


@dataclass(frozen=True, slots=True)
class Softer:
    """Breaking one requirement is worth no more than `at_most`; `why` argues for that."""

    at_most: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Profile:
    """`applies` are words of the catalogue's column `applies_to`: other rows are worth a note. `softer` is by id."""

    name: str
    applies: frozenset[str]
    softer: Mapping[str, Softer] = field(default_factory=lambda: MappingProxyType({}))

    def speaking(self, protocol: str, relays: bool = False) -> Profile:
        """The profile of such a client in a session of *protocol*: whoever speaks LMTP is held to the rows on LMTP,
        and whoever *relays* what it was given to those on MTAs.
        """
        more = ({"lmtp"} if protocol == "lmtp" else set()) | ({"mta"} if relays else set())
        return replace(self, applies=self.applies | more) if more - self.applies else self

    def takes(self, requirement: Requirement) -> bool:
        """Whether *requirement* is one on clients of this kind."""
        return requirement.applies_to in self.applies

    def at_most(self, requirement: Requirement) -> Verdict:
        """The worst that breaking *requirement* can be worth for a client of this kind."""
        if not self.takes(requirement):
            return Verdict.NOTE
        softer = self.softer.get(requirement.id)
        return softer.at_most if softer else Verdict.FAIL


_DELIVERED = "the message is the server's by then: worth mending, and no reason to fail an assignment"
_COURSEWORK: Mapping[str, Softer] = MappingProxyType(
    {
        "RFC5321-4.1.4-f": Softer(Verdict.WARN, _DELIVERED),
        "RFC5321-4.1.1.10-a": Softer(Verdict.WARN, _DELIVERED),
        "RFC5321-4.1.1.4-c": Softer(Verdict.WARN, "an empty line at the message's end changes nothing that is read"),
        "RFC5321-4.1.1.1-e": Softer(Verdict.WARN, "clients in wide use look for keywords in upper case only"),
        "RFC5321-4.1.1.1-f": Softer(Verdict.WARN, "a machine in a computer room has no name that would do"),
        "RFC5322-3.6.4-a": Softer(
            Verdict.NOTE, "a submission server adds the Message-ID that is missing (RFC 6409, 8.3)"
        ),
        "RFC4954-4-h": Softer(Verdict.WARN, "to leave a session over a broken challenge is nearly as good as `*`"),
        "RFC4616-5-a": Softer(Verdict.NOTE, "the assignment logs in without TLS"),
        "LOGIN-1-c": Softer(Verdict.NOTE, "the assignment logs in without TLS"),
    }
)

COMPOSES = frozenset({"any", "originator", "submission"})

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        one.name: one
        for one in (
            Profile("submission", COMPOSES | {"mua"}),
            Profile("library", COMPOSES),
            Profile("coursework", COMPOSES | {"mua"}, _COURSEWORK),
            Profile("relay", frozenset({"any", "mta"})),
            Profile("lmtp", frozenset({"any", "lmtp"})),
        )
    }
)
"""By name. `submission` is a mail client or a program that sends through a provider's server."""

SUBMISSION = PROFILES["submission"]
