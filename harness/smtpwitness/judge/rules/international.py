"""Mail in UTF-8 (RFC 6531), and what becomes of eight bits on the way (RFC 6152)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable, Iterator

from ...model.finding import Verdict
from ..content import lines
from ..grammar import HELLO
from ..letter import Entity, Letter, decoded, entity
from ..session import MESSAGE, Exchange, with_messages
from .content import candidates, contents, message_of
from .extensions import is_utf8
from .observation import Observation, Remark, gathered, short
from .syntax import parameters_of

KEYWORD = "SMTPUTF8"


def smtputf8(seen: Observation) -> Iterable[Remark]:
    """`smtputf8.*`: the parameter of MAIL, and what may stand in UTF-8 because of it (RFC 6531, 3)."""
    found: dict[tuple[str, str, str], list[Exchange]] = {}
    for one in seen.commands:
        if not one.before.refused_data:
            for fault in _faults(one):
                found.setdefault(fault, []).append(one)
    for (key, requirement, expected), hits in found.items():
        worth = Verdict.NOTE if key == "hello" and "helo" not in seen.job.told else Verdict.FAIL
        yield from gathered(f"smtputf8.{key}", requirement, hits, expected, at_most=worth)
    yield from _declared(seen)


def _faults(one: Exchange) -> Iterator[tuple[str, str, str]]:
    """Key, requirement, and what was expected."""
    octets = one.event.octets
    if one.verb in HELLO and not octets.isascii():
        yield "hello", "RFC6531-3.7.1-a", "a name in ASCII: A-labels, `xn--...`"
    if one.verb in ("VRFY", "EXPN") and one.text.upper().endswith(f" {KEYWORD}") and not one.before.offers(KEYWORD):
        yield "verify", "RFC6531-3.7.4.2-a", f"{one.verb} without {KEYWORD}: it is not offered"
    if one.verb not in ("MAIL", "RCPT") or not one.before.offers(KEYWORD):
        return
    if not octets.isascii() and not is_utf8(octets):
        yield "invalid", "RFC6531-3.3-a", "UTF-8"


def _declared(seen: Observation) -> Iterator[Remark]:
    """`.needless`, `.undeclared`, `.a-label`: whole transactions, from MAIL to the message."""
    needless, undeclared, labels = [], [], []
    for commands, content in transactions(seen):
        parameters = {word.upper().partition("=")[0] for word in parameters_of(commands[0])}
        letter = Letter(message_of(content.event.octets))
        fields = (field for part in letter.entities for field in part.fields) if not letter.octets.isascii() else ()
        raw = any(not line.isascii() for field in fields for line in field.lines)
        envelope = any(not one.mailbox.isascii() for one in commands)
        if KEYWORD in parameters:
            if not raw and not envelope:
                needless.append(commands[0])
            labels += [one for one in commands if _is_a_label(one) and not one.mailbox.isascii()]
        elif raw and content.before.offers(KEYWORD):
            undeclared.append(content)
    expected = f"MAIL without {KEYWORD}: all is ASCII"
    yield from gathered("smtputf8.needless", "RFC6531-3.4-c", needless, expected)
    yield from gathered("smtputf8.undeclared", "RFC6531-3.4-a", undeclared, f"MAIL with {KEYWORD}")
    yield from gathered("smtputf8.a-label", "RFC6531-3.7-a", labels, "the domain in UTF-8, as it was given")


def _is_a_label(one: Exchange) -> bool:
    """Whether the domain of its path is written as A-labels; parameters come behind."""
    return b"xn--" in one.event.octets.partition(b">")[0].rpartition(b"@")[2].lower()


def transactions(seen: Observation) -> Iterator[tuple[list[Exchange], Exchange]]:
    """MAIL and the RCPTs of every transaction, and its whole content."""
    whole = {one.event.seq for one in contents(seen)}
    opened: dict[int, list[Exchange]] = {}
    for one in with_messages(seen.exchanges):
        if one.verb == "MAIL":
            opened[one.connection] = [one]
        elif one.verb == "RCPT" and one.connection in opened:
            opened[one.connection].append(one)
        elif one.verb == MESSAGE and one.connection in opened and one.event.seq in whole:
            yield opened.pop(one.connection), one


# --- conversion (RFC 6152, 3)


def conversion(seen: Observation) -> Iterable[Remark]:
    """`conversion`: a message of eight bits that was made one of seven can be decoded to what it was.

    Only plain texts are compared, in a charset that is known here.
    """
    hits: list[Exchange] = []
    texts = ("", "")
    for one in contents(seen):
        given = candidates(seen, one)
        if seen.job.takes != "raw" or "message" not in seen.job.told or len(given) != 1 or given[0].octets.isascii():
            continue
        wanted, sent = entity(given[0].octets), entity(message_of(one.event.octets))
        if sent.body.isascii() and not wanted.body.isascii() and "multipart" not in wanted.kind + sent.kind:
            before, now = _text(wanted), _text(sent)
            if before is not None and before != now:
                texts = texts if hits else (short(_unlike(before, now)), short(_unlike(now or "", before)))
                hits.append(one)
    yield from gathered(
        "conversion", "RFC6152-3-e", hits, texts[0], texts[1] or "nothing", given=texts[0], sent=texts[1]
    )


def _text(part: Entity) -> str | None:
    """The lines of its text; None where it cannot be decoded here."""
    octets = part.body
    try:
        if part.encoding == "base64":
            octets = b64decode(octets)
        elif part.encoding == "quoted-printable":
            octets = binascii.a2b_qp(octets)
        charset = part.first("Content-Type").partition("charset=")[2].partition(";")[0].strip('" ')
        return "\n".join(decoded(line, charset or "utf-8") for line in lines(octets, loosely=False))
    except (LookupError, ValueError):
        return None


def _unlike(text: str, other: str | None) -> str:
    """The first line of *text* that *other* has not."""
    known = set((other or "").split("\n"))
    return next((line for line in text.split("\n") if line not in known), "")
