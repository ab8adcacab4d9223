"""Ways to bring a client that names its server itself to ours, the best first, and which of them work here."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from . import box, fallback
from .server import Server

NAMESPACE, WRAPPERS, PYTHON = WAYS = ("namespace", "wrappers", "python")

ALLOW = "on Linux allow user namespaces"
INSTALL = f"{ALLOW}, or install libsocket-wrapper and libnss-wrapper (apt-get install libsocket-wrapper libnss-wrapper)"


class NotRedirected(Exception):
    """A client cannot be redirected here; the message is a sentence that says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Those that work here, the best first, and why the others do not."""

    working: tuple[str, ...]
    reasons: Mapping[str, str]

    def best(self, order: box.Order) -> str:
        """The way for a client. Raises NotRedirected: better none than one to the real server."""
        reasons = dict(self.reasons)
        for way in self.working:
            why = _unfit(way, order)
            if not why:
                return way
            reasons[way] = why
        told = "; ".join(f"{way}: {reason}" for way, reason in reasons.items())
        help_ = ALLOW if WRAPPERS in self.working else INSTALL  # what is there already and of no use is not to be got
        raise NotRedirected(f"the client names its server itself and cannot be redirected here ({told}); {help_}")

    async def run(
        self,
        order: box.Order,
        server: Server,
        limit_s: float,
        scrub: Callable[[str], str],
        at_limit: Callable[[], Awaitable[None]],
    ) -> box.Ran:
        """Run a client so that every server that it names is *server*. Raises NotRedirected and ClientNotStarted."""
        work = {NAMESPACE: box.run, WRAPPERS: fallback.run_wrapped, PYTHON: fallback.run_python}[self.best(order)]
        return await work(order, server, limit_s, scrub, at_limit)


def _unfit(way: str, order: box.Order) -> str:
    """Why *way* is none for this client."""
    if way == WRAPPERS and not fallback.is_dynamic(order.argv, order.env.get("PATH", "")):
        return "the program is static, or Go's"
    return "the program is not Python" if way == PYTHON and not fallback.is_python(order.argv) else ""


async def probe(forbidden: Collection[str] = ()) -> Ways:
    """Try each way but those that are *forbidden*."""
    reasons = {way: "forbidden" for way in WAYS if way in forbidden}
    if NAMESPACE not in reasons and (why := await box.forbidden()):
        reasons[NAMESPACE] = why
    if WRAPPERS not in reasons and (sys.platform != "linux" or len(fallback.libraries()) < len(fallback.LIBRARIES)):
        reasons[WRAPPERS] = "socket_wrapper and nss_wrapper are not installed"
    return Ways(tuple(way for way in WAYS if way not in reasons), reasons)
