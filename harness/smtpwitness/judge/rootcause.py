"""Which finding to mend first, because the others may follow from it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from ..model.finding import Finding, Verdict

ENDINGS = frozenset(
    {
        # What a client tells its user, and how it leaves, follows from the session that it had.
        *("reported", "no-quit", "quit-unanswered", "reset-by-client", "dialogue/outcome"),
        # A session that goes astray ends early and leaves steps out.
        *("dialogue/missing", "dialogue/closed", "dialogue/unconnected"),
    }
)
"""Findings that yield to any other, wherever it stands."""

FOLLOWS: Mapping[str, frozenset[str]] = {
    # A client that stands still says why a moment before: a line without its end, octets sent too soon (so that it
    # reads the replies one behind and waits for one too many), content that never ends.
    "silence": frozenset({"line-end", "early-talker", "sent-before-reply", "end-of-data", "dot-stuffing"}),
    # Content whose lines end in LF has no CRLF.CRLF; a message cut at a dot spills its rest as commands.
    "end-of-data": frozenset({"content-line-end", "dot-stuffing"}),
    "dialogue/message": frozenset({"content-line-end", "dot-stuffing", "extra-crlf", "end-of-data"}),
    "dialogue/extra": frozenset({"dot-stuffing", "end-of-data", "sent-before-reply", "went-on"}),
    # Who does not wait cannot heed a refusal.
    "went-on": frozenset({"sent-before-reply"}),
    "content-after-refused-data": frozenset({"sent-before-reply", "went-on"}),
    # A client that did not wait, or waited too long, goes when it gives up.
    "dialogue/closed": frozenset({"silence"}),
    "no-quit": frozenset({"silence", "dialogue/closed"}),
    "dialogue/outcome": frozenset({"reported"}),
}
"""Known consequences: a finding of the rule yields to one of those that it is known to follow from."""


def root_cause(findings: Sequence[Finding]) -> Finding | None:
    """The finding to mend first, among the worst; None where nothing is worse than a note.

    The earliest that follows from no other; on the same event a rule outranks a difference from the dialogue.
    """
    for verdict in (Verdict.FAIL, Verdict.WARN):
        worst = [one for one in findings if one.verdict is verdict]
        causes = [one for one in worst if not any(_follows(one, other) for other in worst)]
        if causes:
            return min(causes, key=lambda one: (one.events[0] if one.events else sys.maxsize, _rank(one)))
    return None


def _follows(one: Finding, other: Finding) -> bool:
    ends = one.rule in ENDINGS and other.rule not in ENDINGS
    return ends or other.rule in FOLLOWS.get(one.rule, frozenset())


def _rank(one: Finding) -> int:
    """Of findings on one event, which to name: a rule before a difference.

    But a guard of the scenario knows why something came too soon where the first thing that does runs into it.
    """
    if one.rule == "dialogue/never":
        return 1
    if one.rule == "sent-before-reply":
        return 2
    return 3 if one.rule.startswith("dialogue/") else 0
