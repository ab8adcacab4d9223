"""One row of the catalogue of client requirements, and what breaking it is worth."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")
FIRM = frozenset({"keyword", "parent", "grammar"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement of a published RFC (or, marked so, of an expired draft) on SMTP clients.

    `level` is one of `LEVELS`. `basis` says what the level rests on: `keyword` (a BCP 14 keyword in that section),
    `parent` (in the enclosing section), `grammar` (ABNF), `prose`, `derived` or `unverified`. `observable` says where
    a harness sees whether it is kept: on the `wire`, in the `exit` status, in the `timing`, or nowhere (`no`). `caught`
    are the scenarios, with their variants, in which a client of this project's own that breaks it is found out under
    its id; where nothing can be shown, `argued` says why. These have defaults for the sake of older runs, which do not
    say.
    """

    id: str
    rfc: str
    section: str
    level: str
    topic: str
    text: str
    applies_to: str
    basis: str
    observable: str = "wire"
    caught: tuple[str, ...] = ()
    argued: str = ""

    @property
    def is_firm(self) -> bool:
        """Whether its level rests on the words or the grammar of a published RFC, and on nothing of ours."""
        return self.basis in FIRM and self.rfc.startswith("RFC")

    @property
    def is_observable(self) -> bool:
        """Whether a server can see that it is broken. What none can see needs no scenario."""
        return self.observable != "no"

    @property
    def reference(self) -> str:
        """`RFC 5321, section 4.1.1.4`."""
        name = f"RFC {self.rfc[3:]}" if self.rfc.startswith("RFC") else self.rfc
        return f"{name}, section {self.section}"
