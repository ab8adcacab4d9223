"""What a client may use only where the server has offered it in its EHLO reply (RFC 5321, 2.2 and 2.4; RFC 6152).

Judged is what comes after a hello that was accepted, as long as every reply before it was beyond doubt: nobody knows
which offers a client has read out of anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ...model.finding import Verdict
from ..grammar import HELLO, words
from ..session import MESSAGE, SASL, Exchange, with_messages
from .content import candidates, contents
from .observation import Observation, Remark, gathered, short
from .syntax import PARAMETER, parameters_of

OFFERED_BY: Mapping[str, tuple[str, ...]] = {
    "SIZE": ("SIZE",),
    "BODY": ("8BITMIME", "BINARYMIME"),
    "BODY=BINARYMIME": ("BINARYMIME",),
    "AUTH": ("AUTH",),
    "SMTPUTF8": ("SMTPUTF8",),
    **dict.fromkeys(("RET", "ENVID", "NOTIFY", "ORCPT"), ("DSN",)),
    "BY": ("DELIVERBY",),
    **dict.fromkeys(("HOLDFOR", "HOLDUNTIL"), ("FUTURERELEASE",)),
    "MT-PRIORITY": ("MT-PRIORITY",),
    "SOLICIT": ("NO-SOLICITING",),
    "REQUIRETLS": ("REQUIRETLS",),
    "TRANSID": ("CHECKPOINT",),
    "RRVS": ("RRVS",),
    "MTRK": ("MTRK",),
    "SUBMITTER": ("SUBMITTER",),
    **dict.fromkeys(("CONPERM", "CONNEG"), ("CONPERM", "CONNEG")),
}
"""Parameters of MAIL and RCPT, a value of one where it needs more, and the EHLO keywords of the extensions that they
belong to (IANA, "SMTP Service Extensions" and "Mail Parameters")."""

WITHOUT_PARAMETERS = frozenset(
    [
        *("PIPELINING", "STARTTLS", "ENHANCEDSTATUSCODES", "CHUNKING", "HELP", "VRFY", "EXPN", "ETRN", "TURN", "ATRN"),
        *("SEND", "SOML", "SAML", "LIMITS", "BURL", "UTF8SMTP"),
    ]
)
"""EHLO keywords that bring no parameter. What is listed nowhere here may bring any."""

KNOWN = WITHOUT_PARAMETERS.union(*OFFERED_BY.values())


def parameter_not_offered(seen: Observation) -> Iterable[Remark]:
    """`parameter-not-offered`: MAIL and RCPT carry parameters of the extensions in the EHLO reply, and no others."""
    found: dict[str, list[Exchange]] = {}
    for one in _judged(seen):
        for name in _parameters(one):
            if not _is_offered(name, one):
                found.setdefault(name, []).append(one)
    for name, hits in found.items():
        wanted = " or ".join(OFFERED_BY.get(name, ("an extension that brings it",)))
        hello = hits[0].before.hello
        name = short(name, 40)
        expected = f"{hits[0].verb} without {name}, because the reply to {hello} does not list {wanted}"
        yield from gathered(
            "parameter-not-offered",
            "RFC5321-4.1.1.3-b",
            hits,
            expected,
            also=("RFC4954-5-c",) if name == "AUTH" else (),
            parameter=name,
            hello=hello,
            keyword=wanted,
        )


def _judged(seen: Observation) -> Iterator[Exchange]:
    """What was said under a hello whose reply, like all before, leaves no doubt. After a refused DATA a line may be
    of the message, whatever word it begins with."""
    for _, one in seen.in_order:
        if one.before.hello and not one.before.refused_data:
            yield one


def _parameters(one: Exchange) -> list[str]:
    """The names of the parameters of a MAIL or RCPT, upper case, each once; what is no parameter is another rule's."""
    written = [word.upper() for word in parameters_of(one) if PARAMETER.fullmatch(word)]
    return list(dict.fromkeys(word if word in OFFERED_BY else word.partition("=")[0] for word in written))


def _is_offered(name: str, one: Exchange) -> bool:
    offered = {keyword.partition("=")[0] for keyword in one.before.keywords}  # `SIZE=1000`: meant, if miswritten
    if name in OFFERED_BY:
        return not offered.isdisjoint(OFFERED_BY[name])
    return not offered <= KNOWN  # a parameter that we do not know may belong to a keyword that we do not know


# --- verbs

OBSOLETE = {**dict.fromkeys(("SEND", "SOML", "SAML"), "RFC5321-F.6-a"), "TURN": "RFC5321-F.1-a"}
REGISTERED = frozenset({"ATRN", "BURL"})
"""Verbs of extensions (RFC 2645, RFC 4468) beside those that the server knows."""


def unknown_verb(seen: Observation) -> Iterable[Remark]:
    """`unknown-verb`, `.obsolete`: verbs are those of RFC 5321, of registered extensions, or begin with X.

    What follows content or a login that failed may be octets of either, whatever word it begins with.
    """
    astray: set[int] = set()
    found: dict[tuple[str, str], list[Exchange]] = {}
    for previous, one in seen.in_order:
        if previous.verb in ("DATA", "BDAT", "") or (previous.verb in ("AUTH", SASL) and previous.refused):
            astray.add(one.connection)
        word = one.text.split(" ")[0].upper()
        if one.connection in astray or not one.before.hello:
            continue
        if word in OBSOLETE and not one.before.authenticated:
            found.setdefault((".obsolete", OBSOLETE[word]), []).append(one)
        elif one.verb == "" and _is_invented(word, one):
            found.setdefault(("", "RFC5321-4.1.5-a"), []).append(one)
    for (key, requirement), hits in found.items():
        yield from gathered(f"unknown-verb{key}", requirement, hits, "a command of RFC 5321 or of an extension offered")


def _is_invented(word: str, one: Exchange) -> bool:
    """Whether *word* has the form of a verb, and none that somebody may have given a meaning."""
    offered = one.before.keywords.keys()
    known = word in REGISTERED or word.startswith("X") or not offered <= KNOWN
    return not known and one.event.octets.endswith(b"\n") and re.fullmatch("[A-Z]{3,}", word) is not None


# --- octets above 127


MAILBOX_BEARING = frozenset({"MAIL", "RCPT", "VRFY", "EXPN"})


def eight_bit_content(seen: Observation) -> Iterable[Remark]:
    """`8bit-content`, `.given`, `.undeclared`, `.command`: octets above 127 only where they were offered a way.

    `.given`: the job's own message has them. RFC 6152, 3 asks for its conversion or for a refusal, so to send it is
    wrong; but the client was to send a file octet for octet, so it is told and not failed.
    """
    mails: dict[int, Exchange] = {}
    found: dict[tuple[str, str], list[Exchange]] = {}
    whole = {one.event.seq for one in contents(seen)}
    for one in with_messages(_judged(seen)):
        if one.verb == "MAIL" and not one.refused:
            mails[one.connection] = one
        if one.event.octets.isascii() or one.event.secrets:
            continue
        declared = set(_declared(mails.get(one.connection)))
        fault = _content_fault(seen, one, declared) if one.event.seq in whole else _command_fault(one, declared)
        if fault:
            found.setdefault(fault, []).append(one)
    for (key, requirement), hits in found.items():
        expected, at_most = EXPECTED[key]
        number, text = _first_line(hits[0].event.octets)
        observed = "octets above 127"
        yield from gathered(key, requirement, hits, expected, observed, at_most=at_most, number=number, text=text)


EXPECTED = {
    "8bit-content": ("a message in ASCII: 8BITMIME is not offered", Verdict.FAIL),
    "8bit-content.given": ("a converted message, or none: 8BITMIME is not offered", Verdict.WARN),
    "8bit-content.undeclared": ("MAIL with BODY=8BITMIME", Verdict.WARN),
    "8bit-content.command": ("ASCII, unless SMTPUTF8 is offered and stands on MAIL", Verdict.FAIL),
}


def _declared(mail: Exchange | None) -> Iterator[str]:
    """The parameters of MAIL, upper case: what it says of the message that is to come."""
    if mail is not None:
        yield from (word.upper() for word in parameters_of(mail))


def _content_fault(seen: Observation, one: Exchange, declared: set[str]) -> tuple[str, str] | None:
    """Key and requirement."""
    if not any(one.before.offers(way) for way in ("8BITMIME", "BINARYMIME", "SMTPUTF8")):
        if _given(seen, one):
            return "8bit-content.given", "RFC6152-3-a"
        return "8bit-content", "RFC5321-2.4-e"
    if declared.isdisjoint({"BODY=8BITMIME", "BODY=BINARYMIME", "SMTPUTF8"}):
        return "8bit-content.undeclared", "RFC6152-3-b"
    return None


def _given(seen: Observation, one: Exchange) -> bool:
    """Whether the message that the client was given to send as it is may be the reason."""
    told = seen.job.takes == "raw" and "message" in seen.job.told
    return told and not all(message.octets.isascii() for message in candidates(seen, one))


def _command_fault(one: Exchange, declared: set[str]) -> tuple[str, str] | None:
    """Key and requirement. A hello is left alone (the host decides its name), and so are lines without a verb."""
    if one.verb in (MESSAGE, SASL, "AUTH", "BDAT", "", *HELLO):
        return None
    if one.verb not in MAILBOX_BEARING:
        return "8bit-content.command", "RFC5321-2.4-f"
    if not one.before.offers("SMTPUTF8"):
        return "8bit-content.command", _without_utf8(one)
    given = declared if one.verb == "RCPT" else {word.upper().partition("=")[0] for word in words(one.text)}
    return None if "SMTPUTF8" in given else ("8bit-content.command", "RFC6531-3.4-a")


def _without_utf8(one: Exchange) -> str:
    """What a mailbox-bearing command beyond ASCII breaks where SMTPUTF8 is not offered."""
    path = one.event.octets.partition(b">")[0]
    if path.isascii():
        return "RFC5321-2.4-f"  # the parameters have them
    local = path.rpartition(b"@")[0]
    return "RFC6531-3.2-a" if not local.isascii() and is_utf8(path) else "RFC5321-4.1.2-d"


def is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_line(octets: bytes) -> tuple[str, str]:
    """Number (counted from 1) and text of the first line that has octets above 127."""
    lines = octets.splitlines()
    number = next(number for number, line in enumerate(lines) if not line.isascii())
    return str(number + 1), short(lines[number].decode("utf-8", "replace"), 40)
