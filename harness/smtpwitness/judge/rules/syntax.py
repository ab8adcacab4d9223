"""How commands are written (RFC 5321, 4.1.1 and 4.1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address

from ...model.finding import Verdict
from ...model.run import Job
from ..grammar import BLANKS, HELLO, command, least_quoted, words
from ..session import Exchange
from .observation import Observation, Remark, gathered

ADDRESS = re.compile(r"(?P<word>FROM|TO)(?P<before>[ \t]*):(?P<after>[ \t]*)(?P<rest>.*)$", re.IGNORECASE)
PATH = re.compile(r'<(?:"(?:[^"\\]|\\.)*"|[^>"])*>')
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
PARAMETER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:=[!-<>-~\x80-\xff]+)?")
BARE = {"DATA": "RFC5321-4.1.1-a", "RSET": "RFC5321-4.1.1-a", "QUIT": "RFC5321-4.1.1-a", "STARTTLS": "RFC3207-4-a"}
"""Commands without arguments, and who says so."""
ROUTE = {"MAIL": "RFC5321-3.3-b", "RCPT": "RFC5321-3.3-c"}
"""Who says that there is no source route."""
ROUTED = re.compile(r"<@[^@:,<>]+(?:,@[^@:,<>]+)*:[^:,]+>")


def _judged(seen: Observation) -> list[Exchange]:
    """Commands; after a refused DATA a line may be of the message, whatever word it begins with."""
    return [one for one in seen.commands if not one.before.refused_data]


def _address(exchange: Exchange) -> re.Match[str] | None:
    """The argument of MAIL or RCPT; None for other commands, and where FROM: or TO: is missing."""
    word = {"MAIL": "FROM", "RCPT": "TO"}.get(exchange.verb)
    match = ADDRESS.match(command(exchange.event.octets).argument)
    return match if match and match["word"].upper() == word else None


def parameters_of(exchange: Exchange) -> list[str]:
    """The words that follow the path of a MAIL or RCPT, as they stand; none where there is no path in brackets."""
    match = _address(exchange)
    path = PATH.match(match["rest"]) if match else None
    return words(match["rest"][path.end() :]) if match and path else []


def angle_brackets(seen: Observation) -> Iterable[Remark]:
    """`angle-brackets`: a path stands in angle brackets."""
    hits = [one for one in _judged(seen) if (match := _address(one)) and not PATH.match(match["rest"])]
    yield from gathered("angle-brackets", "RFC5321-4.1.2-a", hits, "<mailbox@domain>")


def space_after_colon(seen: Observation) -> Iterable[Remark]:
    """`space-after-colon`: no blank on either side of the colon after FROM and TO."""
    hits = [one for one in _judged(seen) if (match := _address(one)) and (match["before"] or match["after"])]
    yield from gathered("space-after-colon", "RFC5321-3.3-d", hits, "MAIL FROM:<...> and RCPT TO:<...>")


def command_syntax(seen: Observation) -> Iterable[Remark]:
    """`command-syntax.*`: blanks, arguments that are missing or do not belong, routes, parameters gone wrong."""
    found: dict[tuple[str, str, str], list[Exchange]] = {}
    for one in _judged(seen):
        for fault in (*_faults(one), *_domain_faults(one, seen.job)):
            found.setdefault(fault, []).append(one)
    for (key, requirement, expected), hits in found.items():
        yield from gathered(f"command-syntax.{key}", requirement, hits, expected, verb=hits[0].verb)


def _faults(exchange: Exchange) -> Iterable[tuple[str, str, str]]:
    """Key, requirement, and what was expected."""
    verb, text = exchange.verb, exchange.text
    argument = command(exchange.event.octets).argument
    if text != text.rstrip(BLANKS) and verb != "BDAT":
        yield "trailing-blanks", "RFC5321-4.1.1-b", "CRLF right after the last word"
    if text.startswith((" ", "\t")) or re.match(r"\w+(?:\t| [ \t])\s*\S", text):
        yield "blank", "RFC5321-2.4-a", "the verb first, then one space"
    if verb in BARE and argument:
        yield "argument", BARE[verb], verb
    if verb in HELLO and len(words(argument)) != 1:
        after_literal = re.match(r"\[[^\[\]]+\][ \t]", argument)  # RFC 2821 had it; now it is a SHOULD NOT of its own
        yield "hello", f"RFC5321-4.1.1.1-{'b' if after_literal else 'f'}", f"{verb} and one name"
    if verb in ("MAIL", "RCPT"):
        yield from _address_faults(exchange)
        yield from _mailbox_faults(exchange)


def _address_faults(exchange: Exchange) -> Iterable[tuple[str, str, str]]:
    match = _address(exchange)
    if match is None:
        word = "MAIL FROM:" if exchange.verb == "MAIL" else "RCPT TO:"
        yield "address", "RFC5321-2.4-a", f"{word}<...>"
        return
    path = PATH.match(match["rest"])
    if path and re.search(r"[ \t]", QUOTED.sub("", path[0])):
        yield "path", "RFC5321-4.1.2-a", "<mailbox@domain>, without blanks"
    if match["rest"].startswith("<@"):
        valid = path is None or ROUTED.fullmatch(path[0])
        requirement = ROUTE[exchange.verb] if valid else "RFC5321-3.6.1-b"
        yield "route", requirement, "<mailbox@domain>, without a route before it"
    rest = match["rest"][path.end() :] if path else ""
    if rest and not (rest.startswith(" ") and all(PARAMETER.fullmatch(one) for one in rest[1:].split(" "))):
        yield "parameters", "RFC5321-4.1.2-g", "after the path a space, then KEYWORD=value"


def _mailbox_faults(exchange: Exchange) -> Iterable[tuple[str, str, str]]:
    """Several mailboxes in one path, or needless quotes.

    What is quoted may hold any character, and a route has commas of its own.
    """
    match = _address(exchange)
    path = PATH.match(match["rest"]) if match else None
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", path[0]) if path and not path[0].startswith("<@") else ""
    if bare.count("@") > 1:
        yield "mailbox", "RFC5321-4.1.2-a", f"one mailbox in each {exchange.verb}"
        return
    mailbox = path[0][1:-1] if path else ""
    if (shorter := least_quoted(mailbox)) != mailbox:
        yield "quoted", "RFC5321-4.1.2-c", f"<{shorter}>"


def _domain_faults(exchange: Exchange, job: Job) -> Iterable[tuple[str, str, str]]:
    """A domain that cannot be one, where the job gives another. `<postmaster>` needs none (4.1.1.3).

    What becomes of a domain that is not ASCII is the business of `smtputf8` and of the scenario.
    """
    match = _address(exchange)
    path = PATH.match(match["rest"]) if match else None
    mailbox = path[0][1:-1] if path else ""
    if not {"sender", "recipients"} <= job.told or not mailbox or mailbox.startswith("@") or " " in mailbox:
        return
    local, at, domain = QUOTED.sub("q", mailbox).rpartition("@")
    given = {one.rpartition("@")[2].lower() for one in _mailboxes(job)}
    if domain.lower() in {*given, "postmaster"} or "@" in local or domain.startswith("["):
        return
    if not all(map(str.isascii, given)):
        return
    if domain.startswith("#"):
        yield "domain", "RFC5321-F.4-a", "mailbox@domain, as it was given"
    elif at and re.search(r"[^A-Za-z0-9.\x80-\xff-]", domain):
        yield "domain", "RFC5321-4.1.2-e", "a domain of letters, digits and hyphens, as it was given"
    elif not at or "." not in domain.strip("."):
        yield "domain", "RFC5321-2.3.5-a", "mailbox@domain, the domain in full"


def _mailboxes(job: Job) -> Iterable[str]:
    for message in job.messages:
        yield from (message.sender, *message.recipients)


def hello_name(seen: Observation) -> Iterable[Remark]:
    """`hello-name`: whether the name after EHLO or HELO is a full one. The host decides it, so it is a note.

    `.literal`, `.address`: but how an address is written (RFC 5321, 4.1.3) is the client's own doing.
    """
    hits: dict[str, list[Exchange]] = {}
    for one in _judged(seen):
        name = command(one.event.octets).argument
        if one.verb not in HELLO or len(name.split()) != 1 or name.lower() == seen.job.helo.lower():
            continue
        if key := _name_fault(name):
            hits.setdefault(key, []).append(one)
    for key, many in hits.items():
        requirement, expected, at_most = NAMES[key]
        yield from gathered(key, requirement, many, expected, at_most=at_most)


NAMES = {
    "hello-name": ("RFC5321-2.3.5-b", "a full host name, or an address in brackets", Verdict.NOTE),
    "hello-name.literal": ("RFC5321-4.1.3-a", "[192.0.2.1] or [IPv6:2001:db8::1]", Verdict.FAIL),
    "hello-name.address": ("RFC5321-4.1.1.1-a", "the address in brackets", Verdict.FAIL),
}


def _name_fault(name: str) -> str:
    """The key of what is wrong with a name, "" for nothing. To the grammar four numbers with dots are a domain."""
    if name.startswith("[") or name.endswith("]"):
        return "" if _is_literal(name) else "hello-name.literal"
    if _is_address(name, 6):
        return "hello-name.literal"
    if _is_address(name, 4):
        return "hello-name.address"
    return "" if _is_full(name) else "hello-name"


def _is_literal(name: str) -> bool:
    """RFC 5321, 4.1.3. What stands behind a tag that we do not know may be right."""
    match = re.fullmatch(r"\[(?:(?P<tag>[A-Za-z0-9-]*[A-Za-z0-9]):)?(?P<address>[^\[\]]+)\]", name)
    if match is None or _is_address(name[1:-1], 6):
        return False
    if match["tag"] is None:
        return _is_address(match["address"], 4)
    return match["tag"].upper() != "IPV6" or _is_address(match["address"], 6)


def _is_address(text: str, version: int) -> bool:
    """Whether *text* is an address of IP *version*, without a zone."""
    try:
        return "%" not in text and ip_address(text).version == version
    except ValueError:
        return False


def _is_full(name: str) -> bool:
    label = r"[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9\x80-\xff-]*[A-Za-z0-9\x80-\xff])?"
    return re.fullmatch(rf"(?:{label}\.)+(?!\d+$){label}", name) is not None
