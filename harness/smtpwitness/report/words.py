"""The words of one language, bounded and made harmless where they come from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..model.finding import Finding, Verdict
from ..model.run import CaseResult
from ..model.texts import TEXTS
from ..model.texts.values import facts_in, localized
from ..model.transcript import Side
from .octets import visible

SIGNS = {
    Verdict.ERROR: "✱",
    Verdict.FAIL: "✗",
    Verdict.WARN: "!",
    Verdict.INCONCLUSIVE: "?",
    Verdict.UNSUPPORTED: "–",
    Verdict.NOT_APPLICABLE: "∅",
    Verdict.NOTE: "i",
    Verdict.PASS: "✓",
}
"""A sign for each verdict, so that colour never stands alone."""

LETTERS = {
    Verdict.ERROR: "E",
    Verdict.FAIL: "F",
    Verdict.WARN: "W",
    Verdict.INCONCLUSIVE: "I",
    Verdict.UNSUPPORTED: "U",
    Verdict.NOT_APPLICABLE: "X",
    Verdict.NOTE: "N",
    Verdict.PASS: "P",
}
"""A letter for each verdict, for who cannot tell the signs apart."""

SERVERS = {"relay": "relay", "remote": "remote"}
"""What begins the name of a server that is no simulation (`relay postfix`, `relay:postfix`), and its kind."""

SPEAKERS = {Side.CLIENT: "C:", Side.SERVER: "S:"}
"""What stands in front of what each side says."""

FACT = 240  # characters of a fact that stand in a sentence


@dataclass(frozen=True, slots=True)
class Words:
    """Looks texts up in `language`. Raises `KeyError` for a key, or a value in a text, that is not there."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        return TEXTS[key][self.language].format_map(values)

    def finding(self, finding: Finding, part: str) -> str:
        """What happened (`what`), why it matters (`why`) or how to mend it (`fix`)."""
        facts = {
            name: visible(value, FACT) for name, value in facts_in(self.language, finding.key, finding.facts).items()
        }
        return TEXTS[f"{finding.key}.{part}"][self.language].format_map(facts)

    def said(self, name: str, text: str, key: str = "") -> str:
        """*text* that is `expected` or `observed`, in a row or a finding with the *key*: our words in the language."""
        return localized(name, text, self.language, key)

    def fate(self, word: str) -> str:
        """A word for what became of a message; one that has no text stands for itself."""
        texts = TEXTS.get(f"fate.{word}")
        return texts[self.language] if texts else visible(word, 40)

    def fates(self, fates: Iterable[tuple[str, ...]], empty: str) -> str:
        """The different words of *fates*, in their order; the word *empty* where there are none."""
        words = [self.fate(word) for word in dict.fromkeys(word for message in fates for word in message)]
        return self("list.comma").join(words) or self.fate(empty)

    def verdict(self, verdict: Verdict) -> str:
        return self(f"verdict.{verdict}")

    @staticmethod
    def time(milliseconds: float) -> str:
        """`7 ms`, `2.4 s`."""
        if milliseconds < 1000:
            return f"{milliseconds:.0f} ms"
        return f"{milliseconds / 1000:,.1f} s"


def who(side: Side) -> str:
    """`C:`, `S:`, and a dot for what the harness tells."""
    return SPEAKERS.get(side, "·")


def kind_of(server: str) -> str:
    """`relay` (real, on this computer), `remote` (real, elsewhere) or `simulated`: a persona of the fake server."""
    kind, *name = re.split("[: ]", server, maxsplit=1)
    return SERVERS.get(kind, "simulated") if name else "simulated"


def peer_of(case: CaseResult, words: Words) -> str:
    """Host and certificate of a remote relay, in words; "" for any other server."""
    if case.peer is None:
        return ""
    key = "server.peer" if case.peer.fingerprint else "server.peer-in-clear"
    host = visible(case.peer.host, 120)
    return words(key, host=host, port=case.peer.port, fingerprint=visible(case.peer.fingerprint, 120))
