"""Ways to bring a client that names its server itself to ours, the best first, and which of them work here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from . import box

NAMESPACE = "namespace"
WAYS = (NAMESPACE,)

INSTALL = (
    "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
)


class NotRedirected(Exception):
    """A client cannot be redirected here; the message is a sentence that says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Those that work here, the best first, and why the others do not."""

    working: tuple[str, ...]
    reasons: Mapping[str, str]

    def best(self) -> str:
        """The way for a client. Raises NotRedirected: better none than one to the real server."""
        if self.working:
            return self.working[0]
        why = "; ".join(f"{way}: {reason}" for way, reason in self.reasons.items())
        raise NotRedirected(f"the client names its server itself and cannot be redirected here ({why}); {INSTALL}")


async def probe(forbidden: Collection[str] = ()) -> Ways:
    """Try each way but those that are *forbidden*."""
    reasons = {way: "forbidden" for way in WAYS if way in forbidden}
    if NAMESPACE not in reasons and (why := await box.forbidden()):
        reasons[NAMESPACE] = why
    return Ways(tuple(way for way in WAYS if way not in reasons), reasons)
