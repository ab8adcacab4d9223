"""Builds scenarios and jobs by hand, in the words of LANGUAGE.md, as the loader would give them."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from smtpwitness.judge import sasl
from smtpwitness.model.run import Job, JobMessage
from smtpwitness.model.scenario import (
    USUAL,
    AnyOrder,
    Breaks,
    Closing,
    Command,
    Connection,
    Content,
    EachRecipient,
    Either,
    Envelope,
    JobSpec,
    Message,
    Never,
    Optional,
    Outcome,
    Persona,
    Repeat,
    Reply,
    Sasl,
    Scenario,
    Step,
    Tls,
)
from smtpwitness.model.template import Template, parse

ALICE, BOB, CAROL, DAN = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dan"))
OCTETS = b"From: alice@example.test\r\nSubject: Hello\r\n\r\nOne line.\r\n.dotted\r\n"
WIRE = OCTETS.replace(b"\r\n.", b"\r\n..") + b".\r\n"
TOLD = frozenset({"sender", "recipients", "helo", "username", "password", "subject", "message", "tls", "auth"})


def template(text: str) -> Template:
    return parse(text)


def says(*lines: str, **how: Any) -> Reply:
    """`S: line`, or several lines of one reply."""
    return Reply(lines=tuple(map(template, lines)), **how)


def raw(text: str, **how: Any) -> Reply:
    return Reply(raw=template(text), **how)


def silent(then: str | None = None, **how: Any) -> Reply:
    """`S: {then: close}`: nothing is said."""
    return Reply(then=then, **how)  # type: ignore[arg-type]


def _reply(one: str | Reply) -> Reply:
    return USUAL if one == "usual" else says(one) if isinstance(one, str) else one


def command(pattern: str, *replies: str | Reply, **how: Any) -> Command:
    """`C: pattern` with its `S`s."""
    return Command(template(pattern), tuple(map(_reply, replies)), **how)


def message(*replies: str | Reply, **how: Any) -> Message:
    return Message(replies=tuple(map(_reply, replies)), **how)


def exchange(*replies: str | Reply) -> Sasl:
    return Sasl(tuple(map(_reply, replies)))


def never(pattern: str, reply: str | Reply = "usual", covers: str | None = None) -> Never:
    return Never(template(pattern), _reply(reply), covers)


def either(*alternatives: Iterable[Step]) -> Either:
    return Either(tuple(map(tuple, alternatives)))


def any_order(*alternatives: Iterable[Step]) -> AnyOrder:
    return AnyOrder(tuple(map(tuple, alternatives)))


def optional(*steps: Step) -> Optional:
    return Optional(steps)


def repeat(*steps: Step, least: int = 0, most: int | None = None) -> Repeat:
    return Repeat(steps, least, most)


def each_recipient(*steps: Step) -> EachRecipient:
    return EachRecipient(steps)


def breaks(requirement: str) -> Breaks:
    return Breaks(requirement)


def closing(**how: Any) -> Closing:
    return Closing(**how)


def tls(certificate: str = "good", fail: str | None = None, **how: Any) -> Tls:
    return Tls(certificate, fail, **how)


# --- the ready-made fragments of examples/fragments

EHLO = command("EHLO {helo}")
MAIL = command("MAIL FROM:<{sender}>")
RCPT = command("RCPT TO:<{recipient}>")
DATA = command("DATA")
QUIT = command("QUIT")
HELLO: tuple[Step, ...] = (either([EHLO], [breaks("RFC5321-2.2.1-b"), command("HELO {helo}")]),)
ENVELOPE: tuple[Step, ...] = (MAIL, each_recipient(RCPT))
TRANSACTION: tuple[Step, ...] = (*ENVELOPE, DATA, message())
GOODBYE: tuple[Step, ...] = (optional(command("RSET")), QUIT)
ORDINARY: tuple[Step, ...] = (*HELLO, *TRANSACTION, *GOODBYE)


def plain(*offers: str, in_tls: Iterable[str] | None = None, **replies: str | Reply) -> Persona:
    """The persona of examples/personas/plain.yaml, with *offers*, and *replies* laid over it."""
    own = {
        "greeting": "220 mail.example.test ESMTP",
        "HELO": "250 mail.example.test",
        "EHLO": "250 mail.example.test",
        "STARTTLS": "220 2.0.0 Go ahead",
        "AUTH": "235 2.7.0 Authentication successful",
        "MAIL": "250 2.1.0 Ok",
        "RCPT": "250 2.1.5 Ok",
        "DATA": "354 End data with <CR><LF>.<CR><LF>",
        "message": "250 2.0.0 Ok: queued as {queue-id}",
        "BDAT": "250 2.0.0 Chunk received",
        "RSET": "250 2.0.0 Ok",
        "NOOP": "250 2.0.0 Ok",
        "VRFY": "252 2.5.0 Cannot verify, will try",
        "HELP": "214 2.0.0 See RFC 5321",
        "QUIT": "221 2.0.0 Bye",
    } | replies
    said = {name: _reply(reply) for name, reply in own.items()}
    return Persona("plain", offers, MappingProxyType(said), None if in_tls is None else tuple(in_tls))


def good(*words: str) -> Outcome:
    """One message, one set of good words."""
    return Outcome(((frozenset(words),),))


def scenario(
    *steps: Step,
    head: Iterable[str | Reply] = (),
    connections: Iterable[Connection] | None = None,
    server: Persona | None = None,
    never: Iterable[str] = (),
    covers: Iterable[str] = ("RFC5321-3.3-a",),
    outcome: Outcome | None = None,
    **more: Any,
) -> Scenario:
    """A scenario of one connection with *steps*, or of *connections*."""
    blocks = (Connection(steps, tuple(map(_reply, head))),) if connections is None else tuple(connections)
    envelope = Envelope(ALICE, (BOB,), Content())
    return Scenario(
        id="core/made-up",
        title={"en": "Made up"},
        covers=tuple(covers),
        connections=blocks,
        job=more.pop("job", JobSpec((envelope,))),
        server=server or plain(),
        never=tuple(map(template, never)),
        outcome=outcome or Outcome(),
        **more,
    )


def connection(*steps: Step, **how: Any) -> Connection:
    return Connection(steps, **how)


def job(
    *recipients: str,
    messages: Iterable[JobMessage] | None = None,
    auth: str = "none",
    untold: Iterable[str] = (),
    takes: str = "raw",
) -> Job:
    """A job of one message to *recipients* (Bob), or of *messages*, that was told to the client but for *untold*."""
    one = JobMessage(ALICE, recipients or (BOB,), OCTETS)
    return Job(
        messages=(one,) if messages is None else tuple(messages),
        tls="none",
        auth=auth,
        username=ALICE,
        helo="client.example.test",
        subject="Hello",
        timeout=10.0,
        host="127.0.0.1",
        port=2525,
        told=TOLD - frozenset(untold),
        takes=takes,
    )


LOGIN_PROMPTS = tuple(f"334 {prompt}" for prompt in sasl.LOGIN_PROMPTS)
