"""What stands in the parameters of MAIL and RCPT, held against the grammar of the extensions that they come from.

Whether they were offered is another rule's business (`parameter-not-offered`), and so is whether they are parameters at
all (`command-syntax.parameters`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...model.finding import Verdict
from ...model.template import decoded_xtext, xtext
from ..content import stuffed, unstuffed
from ..grammar import as_utf8
from ..pattern import same_mailbox
from ..session import Exchange, with_messages
from .content import contents
from .observation import Observation, Remark, gathered, short
from .syntax import PARAMETER, parameters_of

XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+"
"""RFC 3461, 4."""
EMBEDDED = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
UNITEXT = rf"(?:[!-*,-<>-\[\]-~\x80-\xff]|{EMBEDDED.pattern})+"
"""An address of the type utf-8 (RFC 6533, 3); octets above 127 need SMTPUTF8."""
ATOM = r"[!#$%&'*+./0-9?A-Z^_`a-z{|}~-]+"
NOTIFY = "(?:SUCCESS|FAILURE|DELAY)"
CLASS = r"[A-Za-z][-.:\w]*"
UTC = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]00:00)"
"""A date and time of RFC 3339 (RFC 4865, 3)."""


@dataclass(frozen=True, slots=True)
class Form:
    """A parameter: the command that it stands in, how it is written, and who says so.

    `value` is a pattern for the whole value: "" for none, None if it is not judged. `malformed` is broken by who writes
    another value, `absent` (if that is another one) by who writes none, `twice` by who writes it twice.
    """

    verb: str
    example: str
    value: str | None = None
    malformed: str = ""
    twice: str = ""
    absent: str = ""


FORMS: Mapping[str, Form] = {
    "SIZE": Form("MAIL", "SIZE=1234", "[0-9]{1,20}", "RFC1870-3-b", "RFC1870-6-b"),
    "BODY": Form("MAIL", "BODY=8BITMIME", "(?i:7BIT|8BITMIME|BINARYMIME)", "RFC6152-2-a", "RFC6152-3-c"),
    "SMTPUTF8": Form("MAIL", "SMTPUTF8", "", "RFC6531-3.4-b"),
    "AUTH": Form("MAIL", "AUTH=e+3Dmc2@example.test", XTEXT, "RFC4954-5-a"),
    "RET": Form("MAIL", "RET=HDRS", "(?i:FULL|HDRS)", "RFC3461-4.3-a", "RFC3461-4.5-a"),
    "ENVID": Form("MAIL", "ENVID=one+2Btwo", XTEXT, "RFC3461-4-a", "RFC3461-4.5-a", "RFC3461-4.4-a"),
    "NOTIFY": Form(
        *("RCPT", "NOTIFY=SUCCESS,FAILURE"),
        f"(?i:NEVER|,*{NOTIFY}(?:,+{NOTIFY})*,*)",  # a list of RFC 822 may have empty elements (2.7)
        *("RFC3461-4.1-a", "RFC3461-4.5-b"),
    ),
    "ORCPT": Form(
        *("RCPT", "ORCPT=rfc822;bob+2Bnews@example.test"),
        rf"(?i:utf-8);.+|(?!(?i:utf-8);){ATOM};{XTEXT}",
        *("RFC3461-4-a", "RFC3461-4.5-b", "RFC3461-4.2-a"),
    ),
    "BY": Form("MAIL", "BY=120;R", "[-+]?[0-9]{1,9};(?i:[NR]T?)", "RFC2852-4-a"),
    "HOLDFOR": Form("MAIL", "HOLDFOR=3600", "[1-9][0-9]{0,8}", "RFC4865-4.1-c", "RFC4865-4.1-b"),
    "HOLDUNTIL": Form("MAIL", "HOLDUNTIL=2030-01-01T00:00:00Z", f"(?i:{UTC})", "RFC4865-4.1-d", "RFC4865-4.1-b"),
    "MT-PRIORITY": Form("MAIL", "MT-PRIORITY=-3", "0|-?[1-9]", "RFC6710-3-a", "RFC6710-3-a"),
    "SOLICIT": Form("MAIL", "SOLICIT=net.example:ADV", f"(?a:{CLASS}(?:,{CLASS})*)", "RFC3865-2.2-a"),
    "REQUIRETLS": Form("MAIL", "REQUIRETLS"),
    "TRANSID": Form("MAIL", "TRANSID=<12345@example.test>", f"<{ATOM}@{ATOM}>", "RFC1845-2-a", "RFC1845-3-a"),
}
"""By name."""

SHORT_ENVID = 38
"""Characters of an envelope id that a user agent makes up (RFC 3461, 5.4)."""
PRINTABLE = re.compile("[\t -~]*")

LONGEST: Mapping[str, tuple[int, str]] = {
    "ENVID": (100, "RFC3461-4.4-a"),
    "ORCPT": (500, "RFC3461-4.2-c"),
    "SOLICIT": (1000, "RFC3865-2.2-a"),
    "TRANSID": (80, "RFC1845-2-a"),
}
"""Characters of the value, and who says so."""

MILDER = frozenset(
    {
        *(("long", name) for name in ("ENVID", "ORCPT")),  # RFC 3461, 4.2 and 4.4: it "MAY be up to" so many
        ("twice", "MT-PRIORITY"),  # RFC 6710, 4.1 tells it to servers
        *(("command", name) for name in FORMS),  # that it has no meaning there follows from its definition
    }
)
"""What is worth no more than a warning, though the requirement is a MUST for something else."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong with a parameter: part of a key, one that is right, and what it is held against (an offer, say).

    `example` is "" where the recipient's own address belongs there.
    """

    key: str
    requirement: str
    name: str
    example: str
    other: str = ""


def parameter_value(seen: Observation) -> Iterable[Remark]:
    """`parameter-value.form`, `.twice`, `.command`, `.long`, `.characters`, `.beyond`, `.together`, `.recipient`."""
    found: dict[Breach, list[tuple[Exchange, str]]] = {}
    for one in seen.commands:
        if not one.before.refused_data:
            for breach, written in dict(_breaches(seen, one)).items():
                found.setdefault(breach, []).append((one, written))
    for breach, hits in found.items():
        first, written = hits[0]
        example = breach.example or _orcpt_of(first.mailbox)
        yield from gathered(
            f"parameter-value.{breach.key}",
            breach.requirement,
            [one for one, _ in hits],
            example,
            short(written),
            at_most=Verdict.WARN if (breach.key, breach.name) in MILDER else Verdict.FAIL,
            verb=first.verb,
            written=short(written),
            parameter=breach.name,
            example=short(example),
            other=short(breach.other),
        )


def _breaches(seen: Observation, one: Exchange) -> Iterator[tuple[Breach, str]]:
    """What is wrong, and the parameter as it is written."""
    values: dict[str, str] = {}
    for word in parameters_of(one):
        name, equals, value = word.partition("=")
        name = name.upper()
        form = FORMS.get(name)
        if form is None or not PARAMETER.fullmatch(word):
            continue
        if name in values and form.twice:
            yield Breach("twice", form.twice, name, form.example), word
        if form.verb != one.verb:
            yield Breach("command", "RFC5321-4.1.1.3-b", name, form.example, form.verb), word
        elif form.value is not None:
            for breach in _value(seen, one, name, value if equals else None):
                yield breach, word
        values[name] = value
    for breach in _together(values):
        yield breach, f"{breach.name}={values[breach.name]}"


def _value(seen: Observation, one: Exchange, name: str, value: str | None) -> Iterator[Breach]:
    form = FORMS[name]
    longest, who = LONGEST.get(name, (0, ""))
    if value is None:
        if form.value:
            yield Breach("form", form.absent or form.malformed, name, form.example)
    elif longest and len(value) > longest:
        yield Breach("long", who, name, form.example, str(longest))
    elif not (form.value and re.fullmatch(form.value, value)):
        yield _malformed(name, value)
    elif name in MEANINGS:
        yield from MEANINGS[name](seen, one, value)


def _malformed(name: str, value: str) -> Breach:
    form = FORMS[name]
    if name == "NOTIFY" and "NEVER" in value.upper().split(","):
        return Breach("form", "RFC3461-4.1-b", name, "NOTIFY=NEVER")
    if name == "ORCPT" and not re.match(f"{ATOM};", value):
        return Breach("form", form.absent, name, form.example)
    return Breach("form", form.malformed, name, form.example)


# --- what a value means that is well written


def _auth(seen: Observation, one: Exchange, value: str) -> Iterator[Breach]:
    """A mailbox or `<>`, once it is decoded (RFC 4954, 8)."""
    if not re.fullmatch("<>|(?!<).+@.+", decoded_xtext(value)):
        yield Breach("form", "RFC4954-5-a", "AUTH", FORMS["AUTH"].example)


def _envid(seen: Observation, one: Exchange, value: str) -> Iterator[Breach]:
    if not PRINTABLE.fullmatch(decoded_xtext(value)):
        yield Breach("characters", "RFC3461-4.4-a", "ENVID", FORMS["ENVID"].example)
    elif len(value) > SHORT_ENVID and "envelope-id" not in seen.job.options:
        yield Breach("long", "RFC3461-5.4-a", "ENVID", FORMS["ENVID"].example, str(SHORT_ENVID))


def _orcpt(seen: Observation, one: Exchange, value: str) -> Iterator[Breach]:
    """The address of RCPT (RFC 3461, 4.2), unless the job names another one or RCPT has the domain in ASCII."""
    kind, _, written = value.partition(";")
    if kind.lower() == "utf-8":
        raw = not written.isascii() and not one.before.offers("SMTPUTF8")
        address = as_utf8(EMBEDDED.sub(_character, written))
        if raw or not re.fullmatch(UNITEXT, written) or not address.isprintable():
            yield Breach("form", "RFC6533-3-a", "ORCPT", r"ORCPT=utf-8;j\x{F6}rg@example.test")
            return
    else:
        address = decoded_xtext(written)
        if not PRINTABLE.fullmatch(address):
            yield Breach("characters", "RFC3461-4.2-c", "ORCPT", FORMS["ORCPT"].example)
            return
    comparable = kind.lower() == ("rfc822" if one.mailbox.isascii() else "utf-8")
    good = (one.mailbox, seen.job.options.get("original-recipient", one.mailbox))
    if comparable and not any(same_mailbox(_unquoted(wished), _unquoted(address)) for wished in good):
        yield Breach("recipient", "RFC3461-4.2-b", "ORCPT", "")


def _orcpt_of(mailbox: str) -> str:
    return f"ORCPT=rfc822;{xtext(mailbox)}" if mailbox.isascii() else f"ORCPT=utf-8;{mailbox}"


def _unquoted(mailbox: str) -> str:
    """Quoted or not, it is the same address (RFC 5321, 4.1.2)."""
    return re.sub(r'["\\]', "", mailbox)


def _character(found: re.Match[str]) -> str:
    """What `\\x{...}` stands for, as the octets of UTF-8."""
    number = int(found[1], 16)
    is_one = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number).encode().decode("latin-1") if is_one else "\0"


def _by(seen: Observation, one: Exchange, value: str) -> Iterator[Breach]:
    time, mode = _deliver_by(value)
    least = one.before.keywords.get("DELIVERBY", "").partition(",")[0]
    if mode == "R" and time <= 0:
        yield Breach("form", "RFC2852-4-b", "BY", FORMS["BY"].example)
    elif mode == "R" and re.fullmatch("[0-9]{1,9}", least) and time < int(least):
        yield Breach("beyond", "RFC2852-3-b", "BY", FORMS["BY"].example, f"DELIVERBY {least}")


def _hold_for(seen: Observation, one: Exchange, value: str) -> Iterator[Breach]:
    most = one.before.keywords.get("FUTURERELEASE", "").partition(" ")[0]
    if re.fullmatch("[0-9]{1,9}", most) and int(value) > int(most):
        yield Breach("beyond", "RFC4865-4.1-c", "HOLDFOR", FORMS["HOLDFOR"].example, f"FUTURERELEASE {most} ...")


def _hold_until(seen: Observation, one: Exchange, value: str) -> Iterator[Breach]:
    most = one.before.keywords.get("FUTURERELEASE", "").rpartition(" ")[2]
    limit, wished = (re.fullmatch(UTC, text, re.IGNORECASE) for text in (most, value))
    if limit and wished and wished.groups() > limit.groups():
        yield Breach("beyond", "RFC4865-4.1-d", "HOLDUNTIL", FORMS["HOLDUNTIL"].example, f"FUTURERELEASE ... {most}")


MEANINGS: Mapping[str, Callable[[Observation, Exchange, str], Iterator[Breach]]] = {
    "AUTH": _auth,
    "ENVID": _envid,
    "ORCPT": _orcpt,
    "BY": _by,
    "HOLDFOR": _hold_for,
    "HOLDUNTIL": _hold_until,
}


def _deliver_by(value: str) -> tuple[int, str]:
    time, _, mode = value.partition(";")
    return int(time), mode[:1].upper()


def _together(values: Mapping[str, str]) -> Iterator[Breach]:
    """Parameters that contradict each other (RFC 4865, 4.1 and 5.2.1)."""
    if "HOLDFOR" in values and "HOLDUNTIL" in values:
        yield Breach("together", "RFC4865-4.1-b", "HOLDFOR", FORMS["HOLDFOR"].example, "HOLDUNTIL")
    by, hold = (re.fullmatch(FORMS[name].value or "", values.get(name, "")) for name in ("BY", "HOLDFOR"))
    if by and hold and _deliver_by(by[0])[0] <= int(hold[0]):
        yield Breach("together", "RFC4865-5.2.1-a", "BY", "HOLDFOR=3600 BY=7200;R", "HOLDFOR")


# --- the declared size

DOTS_TO_TELL = 3
"""So many added dots make it plain that they were counted; a declared size may be any estimate that is too large."""


def declared_size(seen: Observation) -> Iterable[Remark]:
    """`declared-size.small`, `.line-ends`, `.dots`: what SIZE= declares, held against the content (RFC 1870, 6).

    An estimate is fine where it is not too small.
    """
    mails: dict[int, Exchange] = {}
    found: dict[tuple[str, str], list[tuple[Exchange, int, int]]] = {}
    whole = {one.event.seq for one in contents(seen) if one.event.octets.endswith(b"\r\n.\r\n")}
    for one in with_messages(seen.exchanges):
        if one.verb == "MAIL" and not one.refused:
            mails[one.connection] = one
        mail = mails.get(one.connection)
        declared = _declared(mail) if mail and one.event.seq in whole else None
        if mail and declared is not None:
            message = unstuffed(one.event.octets)
            fault = _size_fault(declared, message, one.event.octets)
            if fault:
                found.setdefault(fault, []).append((mail, declared, len(message)))
    for (key, requirement), hits in found.items():
        _, declared, size = hits[0]
        senders = [mail for mail, _, _ in hits]
        yield from gathered(
            f"declared-size.{key}", requirement, senders, f"SIZE={size}", declared=str(declared), size=str(size)
        )


def _declared(mail: Exchange) -> int | None:
    sizes = [word[5:] for word in parameters_of(mail) if re.fullmatch("SIZE=[0-9]{1,20}", word, re.IGNORECASE)]
    return int(sizes[0]) if len(sizes) == 1 else None


def _size_fault(declared: int, message: bytes, content: bytes) -> tuple[str, str] | None:
    """Key and requirement."""
    dots = len(content) - len(message) - len(b".\r\n")
    if dots >= DOTS_TO_TELL and stuffed(message) == content and declared - len(message) in (dots, dots + len(b".\r\n")):
        return "dots", "RFC1870-6-a"
    if declared == len(message) - message.count(b"\n"):
        return "line-ends", "RFC1870-6-a"
    return ("small", "RFC1870-6-c") if declared < len(message) else None
