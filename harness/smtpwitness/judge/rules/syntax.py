"""How commands are written (RFC 5321, 4.1.1 and 4.1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...model.finding import Verdict
from ..grammar import HELLO, command
from ..session import Exchange
from .observation import Observation, Remark, gathered

ADDRESS = re.compile(r"(?P<word>FROM|TO)(?P<before>[ \t]*):(?P<after>[ \t]*)(?P<rest>.*)$", re.IGNORECASE)
PATH = re.compile(r'<(?:"(?:[^"\\]|\\.)*"|[^>"])*>')
PARAMETER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:=[!-<>-~\x80-\xff]+)?")
BARE = {"DATA": "RFC5321-4.1.1-a", "RSET": "RFC5321-4.1.1-a", "QUIT": "RFC5321-4.1.1-a", "STARTTLS": "RFC3207-4-a"}
"""Commands without arguments, and who says so."""
ROUTE = {"MAIL": "RFC5321-3.3-b", "RCPT": "RFC5321-3.3-c"}
"""Who says that there is no source route."""


def _judged(seen: Observation) -> list[Exchange]:
    """Commands; after a refused DATA a line may be of the message, whatever word it begins with."""
    return [one for one in seen.commands if not one.before.refused_data]


def _address(exchange: Exchange) -> re.Match[str] | None:
    """The argument of MAIL or RCPT; None for other commands, and where FROM: or TO: is missing."""
    word = {"MAIL": "FROM", "RCPT": "TO"}.get(exchange.verb)
    match = ADDRESS.match(command(exchange.event.octets).argument) if word else None
    return match if match and match["word"].upper() == word else None


def parameters_of(exchange: Exchange) -> list[str]:
    """The words that follow the path of a MAIL or RCPT, as they stand; none where there is no path in brackets."""
    match = _address(exchange)
    path = PATH.match(match["rest"]) if match else None
    return match["rest"][path.end() :].split() if match and path else []


def angle_brackets(seen: Observation) -> Iterable[Remark]:
    """`angle-brackets`: a path stands in angle brackets."""
    hits = [one for one in _judged(seen) if (match := _address(one)) and not PATH.match(match["rest"])]
    yield from gathered("angle-brackets", "RFC5321-4.1.2-a", hits, "<mailbox@domain>")


def space_after_colon(seen: Observation) -> Iterable[Remark]:
    """`space-after-colon`: no blank on either side of the colon after FROM and TO."""
    hits = [one for one in _judged(seen) if (match := _address(one)) and (match["before"] or match["after"])]
    yield from gathered("space-after-colon", "RFC5321-3.3-d", hits, "MAIL FROM:<...> and RCPT TO:<...>")


UNTAGGED = re.compile(r"\[[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}\]")
"""An IPv6 address in brackets, without the tag."""


def command_syntax(seen: Observation) -> Iterable[Remark]:
    """`command-syntax.*`: blanks, arguments that are missing or do not belong, routes, parameters gone wrong."""
    found: dict[tuple[str, str, str], list[Exchange]] = {}
    for one in _judged(seen):
        for fault in _faults(one):
            found.setdefault(fault, []).append(one)
    for (key, requirement, expected), hits in found.items():
        yield from gathered(f"command-syntax.{key}", requirement, hits, expected, verb=hits[0].verb)


def _faults(exchange: Exchange) -> Iterable[tuple[str, str, str]]:
    """Key, requirement, and what was expected."""
    verb, text = exchange.verb, exchange.text
    argument = command(exchange.event.octets).argument
    if text != text.rstrip(" \t") and verb != "BDAT":
        yield "trailing-blanks", "RFC5321-4.1.1-b", "CRLF right after the last word"
    if text.startswith((" ", "\t")) or re.match(r"\w+(?:\t| [ \t])\s*\S", text):
        yield "blank", "RFC5321-2.4-a", "the verb first, then one space"
    if verb in BARE and argument:
        yield "argument", BARE[verb], verb
    if verb in ("EHLO", "LHLO") and len(argument.split()) != 1:
        yield "hello", "RFC5321-4.1.1.1-f", f"{verb} and one name"
    if verb in HELLO and UNTAGGED.fullmatch(argument):
        yield "literal", "RFC5321-4.1.3-a", "[IPv6:...]"
    if verb in ("MAIL", "RCPT"):
        yield from _address_faults(exchange)


def _address_faults(exchange: Exchange) -> Iterable[tuple[str, str, str]]:
    match = _address(exchange)
    if match is None:
        word = "MAIL FROM:" if exchange.verb == "MAIL" else "RCPT TO:"
        yield "address", "RFC5321-2.4-a", f"{word}<...>"
        return
    path = PATH.match(match["rest"])
    if match["rest"].startswith("<@"):
        yield "route", ROUTE[exchange.verb], "<mailbox@domain>, without a route before it"
    rest = match["rest"][path.end() :] if path else ""
    if rest and not (rest.startswith(" ") and all(PARAMETER.fullmatch(one) for one in rest.strip().split(" "))):
        yield "parameters", "RFC5321-4.1.2-g", "after the path a space, then KEYWORD=value"


def hello_name(seen: Observation) -> Iterable[Remark]:
    """`hello-name`: whether the name after EHLO or HELO is a full one. The host decides it, so it is a note."""
    hits = []
    for one in _judged(seen):
        name = command(one.event.octets).argument
        if one.verb in HELLO and name and name.lower() != seen.job.helo.lower() and not _is_full(name):
            hits.append(one)
    yield from gathered(
        "hello-name", "RFC5321-2.3.5-b", hits, "a full host name, or an address in brackets", at_most=Verdict.NOTE
    )


def _is_full(name: str) -> bool:
    literal = name.startswith("[") and name.endswith("]")
    label = r"[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9\x80-\xff-]*[A-Za-z0-9\x80-\xff])?"
    return literal or re.fullmatch(rf"(?:{label}\.)+(?!\d+$){label}", name) is not None
