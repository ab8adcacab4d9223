"""The grammar of commands and replies as a liberal server reads it (RFC 5321, sections 4.1 and 4.2).

Serving is liberal (letter case, blanks, missing angle brackets); what was wrong with the line is the rules' business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERBS = frozenset(
    [
        "HELO",
        "EHLO",
        "LHLO",
        "MAIL",
        "RCPT",
        "DATA",
        "BDAT",
        "RSET",
        "NOOP",
        "QUIT",
        "VRFY",
        "EXPN",
        "HELP",
        "STARTTLS",
        "AUTH",
        "ETRN",
        "TURN",
        "SEND",
        "SOML",
        "SAML",
    ]
)
HELLO = frozenset({"HELO", "EHLO", "LHLO"})


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command line taken apart. `verb` is upper case, "" where no known verb begins the line."""

    verb: str
    argument: str
    text: str

    @property
    def word(self) -> str:
        """The first word, upper case, known or not."""
        return self.text.split(" ", 1)[0].strip().upper()


def text_of(octets: bytes) -> str:
    """A line as text, one character for each octet, without its end, nor the chunk that comes with a BDAT."""
    return octets.partition(b"\n")[0].rstrip(b"\r\n").decode("latin-1")


def readable(octets: bytes) -> str:
    """A line as a reader wants to see it, without line end or chunk: UTF-8 as such, else a character for each octet."""
    octets = octets.partition(b"\n")[0].rstrip(b"\r\n")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def command(octets: bytes) -> CommandLine:
    """Read a command line: known verb and argument. A verb stuck to its argument by `:` or a tab is not known."""
    text = text_of(octets)
    stripped = text.strip(BLANKS)
    verb, _, argument = stripped.replace("\t", " ").partition(" ")
    verb = verb.upper()
    return CommandLine(verb if verb in VERBS else "", argument.strip(" ") if verb in VERBS else "", text)


BLANKS = " \t"
"""`str.strip()` and `str.split()` take more for blanks: octets of UTF-8, where one character stands for an octet."""


def words(text: str) -> list[str]:
    """The words of *text*, which blanks separate."""
    return [word for word in text.replace("\t", " ").split(" ") if word]


def as_utf8(text: str) -> str:
    """Octets, one character each, read as the UTF-8 of an internationalized mailbox (RFC 6531); else *text* itself."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def chunk(octets: bytes) -> tuple[int, bool] | None:
    """The count of a BDAT line, and whether it says LAST; None for a line that says no count (RFC 3030, 2)."""
    line = command(octets)
    size, *more = words(line.argument) or [""]
    if line.verb != "BDAT" or re.fullmatch("[0-9]{1,18}", size) is None:
        return None
    return int(size), "LAST" in map(str.upper, more)


def parameters(argument: str) -> dict[str, str]:
    """The ESMTP parameters of a MAIL or RCPT, upper case, values too."""
    given = (word.partition("=") for word in words(mailbox(argument)[1].upper()))
    return {name: value for name, _, value in given}


PATH = re.compile(r"(?:FROM|TO)[ \t]*:[ \t]*(?:<(?P<path>[^>]*)>|(?P<bare>[^ \t]*))[ \t]*(?P<rest>.*)$", re.IGNORECASE)


def mailbox(argument: str) -> tuple[str, str]:
    """The mailbox in the argument of MAIL or RCPT, without route and brackets, and the ESMTP parameters after it.

    A mailbox that cannot be found is the whole argument. UTF-8 is read as such, and A-labels as the U-labels that they
    stand for (RFC 5890, 2.3.2.1): in either form it is the same mailbox.
    """
    match = PATH.match(argument)
    if match is None:
        return argument.strip(BLANKS), ""
    path = match["path"] if match["path"] is not None else match["bare"]
    path = path.strip(BLANKS)
    if path.startswith("@") and ":" in path:
        path = path.partition(":")[2]
    return _international(path), match["rest"].strip(BLANKS)


QUOTED_LOCAL = re.compile(r'"((?:[^"\\]|\\.)*)"@')
DOT_STRING = re.compile(r"[^\s()<>\[\]:;@\\,.\"\x00-\x1f\x7f]+(?:\.[^\s()<>\[\]:;@\\,.\"\x00-\x1f\x7f]+)*")


def least_quoted(address: str) -> str:
    """*address* with a local part in the form that needs the least quoting, which is to be sent (RFC 5321, 4.1.2)."""
    quoted = QUOTED_LOCAL.match(address)
    if not quoted:
        return address
    local = re.sub(r"\\(.)", r"\1", quoted[1])
    if not DOT_STRING.fullmatch(local):
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local}@{address[quoted.end() :]}"


def folded(address: str) -> str:
    """*address* as addresses are compared: all quoted forms are one (RFC 5321, 4.1.2), letter case does not count."""
    return least_quoted(address).lower()


def _international(path: str) -> str:
    path = as_utf8(path)
    local, at, domain = path.rpartition("@")
    if "xn--" not in domain.lower():
        return path
    return local + at + ".".join(map(_u_label, domain.split(".")))


def _u_label(label: str) -> str:
    """A label of a domain, in Unicode where it is an A-label that can be read."""
    if label[:4].lower() != "xn--" or len(label) > 63 or not label.isascii():
        return label
    try:
        return label[4:].encode().decode("punycode")
    except UnicodeError:
        return label


REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\r\n]*))?\r\n")


def reply_code(octets: bytes) -> str:
    """The code of one well-formed reply, multi-line or not; "" for octets that are not exactly one such reply.

    A reply whose lines carry different codes counts by its last line (RFC 5321 4.2.1 forbids it to servers).
    """
    at = 0
    while match := REPLY_LINE.match(octets, at):
        at = match.end()
        if match[2] != b"-":
            return match[1].decode() if at == len(octets) else ""
    return ""


def reply_lines(octets: bytes) -> tuple[str, ...]:
    """The texts of a reply's lines, codes taken off."""
    return tuple(line[4:] for line in octets.decode("latin-1").split("\r\n") if line)


def keywords(octets: bytes) -> dict[str, str]:
    """EHLO keywords, upper case, with their parameters, from a 250 reply (RFC 5321 4.1.1.1).

    `AUTH=LOGIN PLAIN`, the form of an old draft, counts as AUTH; mechanisms of several AUTH lines are joined.
    """
    found: dict[str, str] = {}
    for line in reply_lines(octets)[1:]:
        keyword, _, parameters = line.strip().replace("AUTH=", "AUTH ").partition(" ")
        name = keyword.upper()
        if name == "AUTH" and name in found:
            parameters = found[name] + " " + parameters
        if name:
            found[name] = parameters.strip()
    return found
