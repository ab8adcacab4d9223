"""Whether what a client said fits what a scenario writes (LANGUAGE.md, section 4).

Verbs, ESMTP keywords, mechanisms and domains are compared without case, local parts exactly. What the client cannot
know, because nobody told it, fits anything. Spacing, brackets and line ends are the rules' business, not a pattern's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..model.run import Job
from ..model.template import ENCODINGS, Placeholder, Template, decoded_xtext
from ..model.transcript import Secrecy, Secret
from .grammar import CommandLine, command, least_quoted, mailbox, words

ANYTHING = "\0"
"""Stands for any text in a pattern whose placeholders are filled; `...` does too."""


@dataclass(frozen=True, slots=True)
class Values:
    """What placeholders stand for at one point of play: *message* is the job's message being sent."""

    job: Job
    message: int = 0
    queue_id: str = ""

    def literal(self, placeholder: Placeholder) -> str:
        """The value, encoded as asked: what a server's reply says, or a report shows."""
        return ENCODINGS[placeholder.how](self._value(placeholder.name))

    def expected(self, placeholder: Placeholder) -> str:
        """The value that a client must use, or ANYTHING where it was not told it."""
        name = "recipients" if placeholder.name.startswith("recipient") else placeholder.name
        return self.literal(placeholder) if name in self.job.told else ANYTHING

    def _value(self, name: str) -> str:
        message = self.job.messages[self.message]
        if name == "queue-id":
            return self.queue_id
        if name == "password":
            return "(password)"
        if name == "sender":
            return message.sender
        if name.startswith("recipient"):
            number = int(name.partition(".")[2] or 1)
            return message.recipients[number - 1]
        return str({"helo": self.job.helo, "username": self.job.username, "subject": self.job.subject}[name])


def like(pattern: str, text: str, *, exact: bool = False) -> bool:
    """Whether *text* is *pattern*, where `...` and ANYTHING stand for any text; letter case counts if *exact*."""
    parts = re.split(r"\.\.\.|\0", pattern)
    return (
        re.fullmatch(".*".join(map(re.escape, parts)), text, re.DOTALL if exact else re.DOTALL | re.IGNORECASE)
        is not None
    )


def same_mailbox(pattern: str, text: str) -> bool:
    """Local parts are equal, quoted or not; domains are, without regard to case (RFC 5321, 2.4 and 4.1.2)."""
    local, at, domain = pattern.rpartition("@")
    if not at:
        return like(pattern, text, exact=True)
    given_local, _, given_domain = text.rpartition("@")
    forms = ((local, given_local), tuple(least_quoted(f"{one}@")[:-1] for one in (local, given_local)))
    return any(like(*form, exact=True) for form in forms) and like(domain, given_domain)


def verb(template: Template) -> str:
    """The verb that a pattern begins with, upper case; "" for a SASL line such as `{username:base64}` or `...`."""
    head = template.parts[0] if template.parts else ""
    return command(head.encode()).verb if isinstance(head, str) else ""


def fits(template: Template, line: CommandLine, values: Values, candidates: Iterable[str]) -> bool:
    """Whether a command line fits. *candidates* are the mailboxes that `{recipient}` may stand for now."""
    wanted = verb(template)
    if not wanted:
        return like(template.fill(values.expected), line.text.strip(), exact=True)
    if wanted != line.verb:
        return False
    if Placeholder("recipient") in template.parts and "recipients" in values.job.told:
        return any(_fits_text(template.fill(_naming(one, values)), line) for one in candidates)
    return _fits_text(template.fill(values.expected), line)


def _naming(recipient: str, values: Values) -> Callable[[Placeholder], str]:
    return lambda one: ENCODINGS[one.how](recipient) if one.name == "recipient" else values.expected(one)


def _fits_text(text: str, line: CommandLine) -> bool:
    argument = text.strip().partition(" ")[2]
    if not argument:
        return True
    if line.verb in ("MAIL", "RCPT"):
        wanted, wanted_parameters = mailbox(argument)
        given, given_parameters = mailbox(line.argument)
        return same_mailbox(wanted, given) and all(
            any(_same_parameter(one, other) for other in words(given_parameters)) for one in words(wanted_parameters)
        )
    if line.verb == "AUTH":
        return like(argument.split()[0], line.argument.partition(" ")[0])
    return like(argument, line.argument)


def _same_parameter(pattern: str, text: str) -> bool:
    """xtext may encode more than it must (RFC 3461, 4), so what counts is what it stands for; in ORCPT an address."""
    if pattern.upper().startswith("ORCPT=") and not pattern.endswith("..."):
        (kind, _, wanted), (other, _, given) = (decoded_xtext(one).partition(";") for one in (pattern, text))
        return like(kind, other) and same_mailbox(wanted, given)
    return like(pattern, text) or like(decoded_xtext(pattern), decoded_xtext(text))


def fits_response(template: Template, octets: bytes, secrets: tuple[Secret, ...], values: Values) -> bool:
    """Whether a SASL response fits; a secret fits by its role and by whether it agreed with the job."""
    only = template.parts[0] if len(template.parts) == 1 else None
    if isinstance(only, Placeholder) and only.name == "password":
        return bool(secrets) and all(
            one.role is Secrecy.PASSWORD and one.well_formed and one.agrees is not False for one in secrets
        )
    text = octets.rstrip(b"\r\n").decode("latin-1")
    wanted = template.fill(values.expected)
    return like(wanted, text, exact=True) and not (secrets and wanted == text)
