"""What a scenario says, read and resolved: one `Scenario` for each variant.

Everything that a scenario file may leave out has its value here, every fragment stands in place, and every `S` is
attached to the client step that it answers. What only a job can tell (`{sender}`, `{helo}`) is still a placeholder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from .template import Template


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 1, 1)

Delay = float | Literal["quiet"]
"""Seconds, or until the client has been silent for a while, so that a batch has come as a whole."""

# --- the server's half ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing that the server says, and how (LANGUAGE.md, section 3).

    Exactly one of these is what is said: `usual` (what the persona would say now), `lines` (whole reply lines
    without their line ends, the last with a space or nothing after its code), `raw` (octets as written, no line end
    added). None of them: nothing is said, only `then` happens. Times are in seconds; `delay` None is the persona's,
    `quiet` waits for the client's silence.
    """

    usual: bool = False
    lines: tuple[Template, ...] | None = None
    raw: Template | None = None
    delay: Delay | None = None
    split: Literal["lines", "octets"] | tuple[int, ...] | None = None
    gap: float = 0.01
    times: int = 1
    then: Literal["close", "reset", "half-close", "stall"] | None = None
    place: Place = NOWHERE

    @property
    def code(self) -> str | None:
        """The reply code that is written, or None where it is usual, raw or nothing."""
        if not self.lines:
            return None
        head = self.lines[-1].parts[0] if self.lines[-1].parts else ""
        return head[:3] if isinstance(head, str) and head[:3].isdigit() else None

    @property
    def is_trouble(self) -> bool:
        """Not a well-formed 2yz or 3yz, or it has `raw` or `then`: from here a client may give up."""
        if self.raw is not None or self.then is not None:
            return True
        return not self.usual and (self.code is None or self.code[0] not in "23")


USUAL = Reply(usual=True)


@dataclass(frozen=True, slots=True)
class Persona:
    """A server's manners as data: EHLO keywords, and a reply for `greeting`, each verb and `message`."""

    name: str
    offers: tuple[str, ...]
    replies: Mapping[str, Reply]
    offers_in_tls: tuple[str, ...] | None = None  # None: as `offers`, without STARTTLS
    greeting_delay: float = 0.1
    reply_delay: Delay = 0.02
    window: int = 0  # octets of the receive buffer; no line is read before the last reply was (0: as the system has it)


# --- the client's half: steps -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Within:
    """The step must come no sooner than `least` and no later than `most` seconds after the last event."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Command:
    """`C: pattern`: a command or SASL line."""

    pattern: Template
    replies: tuple[Reply, ...] = ()
    covers: str | None = None
    within: Within | None = None
    needs: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Message:
    """`message: same`: the content has ended (or, with `first`, so many octets of it have come)."""

    kind: Literal["same", "relayed", "any", "composed", "empty"] = "same"
    without: tuple[str, ...] = ()
    first: int | None = None
    replies: tuple[Reply, ...] = ()
    covers: str | None = None
    within: Within | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Closing:
    """`close: client`: the client ends the connection. `notify`: and TLS before it (RFC 8446, 6.1)."""

    covers: str | None = None
    within: Within | None = None
    place: Place = NOWHERE
    notify: bool = False


GOOD_CERTIFICATES = (
    "good",
    "no common name",
    "other common name",
    "capital letters",
)
"""Certificates that every client must be content with: names are looked for in subjectAltName (RFC 7817, 3)."""

CERTIFICATES = (
    *GOOD_CERTIFICATES,
    "expired",
    "not yet valid",
    "self-signed",
    "unknown CA",
    "wrong purpose",
    "wrong name",
    "missing intermediate",
    "common name only",
    "common name before it",
    "URI",
    "wildcard below it",
    "wildcard behind it",
    "part of a label",
    "two wildcards",
    "longer name",
    "name in the greeting",
    "address of the name",
)
"""Certificates that a server can show; all but the good ones are faulty."""


TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")

SOUND_VERSIONS = frozenset({"1.2", "1.3"})
"""Versions of TLS that may be negotiated (RFC 8996)."""


TLS_TERMS = (
    "recommended ciphers",  # of TLS 1.2, those that RFC 9325, 4.2 recommends and no others
    "anonymous ciphers",  # TLS 1.2 without a certificate
    "null ciphers",  # TLS 1.2 without encryption
    "client certificate",  # the server asks for one
    "no session hash",  # TLS 1.2 without the extended master secret (RFC 7627)
)
"""What a server can ask for in a handshake beside what is usual."""

UNSOUND_TERMS = frozenset({"anonymous ciphers", "null ciphers"})

WITH_CERTIFICATE, RESUMED, NO_SESSION_HASH = "client certificate", "resumed", "no session hash"
"""What the note of a handshake says beside version and cipher suite."""

ASKS = "asks for "
"""In that note, before the name that the client asks for (SNI; RFC 6066, 3); nothing behind it: for none."""


@dataclass(frozen=True, slots=True)
class Tls:
    """`tls: {certificate, versions, terms, fail}`: the handshake; first in a connection it is implicit TLS.

    `certificate` is one of `CERTIFICATES`; `fail` replaces the handshake by `garbage`, `close` or `silence`. The server
    speaks the `versions` from the lowest to the highest that stands there; none: 1.2 and later. `terms` are of
    `TLS_TERMS`.
    """

    certificate: str = "good"
    fail: str | None = None
    covers: str | None = None
    place: Place = NOWHERE
    versions: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def is_trouble(self) -> bool:
        bad_version = bool(self.versions) and SOUND_VERSIONS.isdisjoint(self.versions)
        bad_terms = bad_version or not UNSOUND_TERMS.isdisjoint(self.terms)
        return self.certificate not in GOOD_CERTIFICATES or self.fail is not None or bad_terms

    def is_astray(self, note: str, told_certificate: bool) -> bool:
        """Whether a session that came up as *note* says is not as it must be: it has an old version, though the server
        speaks a sound one, or the client has shown a certificate that it was not told to use.
        """
        version, *others = note.split("; ")
        old = version.partition(" ")[0] in ("TLSv1", "TLSv1.1") and not SOUND_VERSIONS.isdisjoint(self.versions)
        return old or (WITH_CERTIFICATE in others and not told_certificate)


SPOILS = (
    "foreign nonce",  # the server's nonce does not begin with the client's
    "zero iterations",
    "mandatory extension",  # m=
    "unknown extension",  # x=, which is to be ignored
    "bad signature",  # v= of a server that does not know the password
    "no signature",  # the final reply comes at once
    "error",  # e= in place of v=
)
"""How a server can play SCRAM wrongly (RFC 5802, 5); all but the unknown extension ask a client to stop."""


@dataclass(frozen=True, slots=True)
class Sasl:
    """`sasl: {}`: the exchange of the mechanism that the client named, short of the final reply (in `replies`).

    `spoil` is one of `SPOILS`; mechanisms other than SCRAM are played as ever.
    """

    replies: tuple[Reply, ...] = ()
    spoil: str | None = None
    covers: str | None = None
    place: Place = NOWHERE

    @property
    def is_trouble(self) -> bool:
        return self.spoil not in (None, "unknown extension")


Leaf = Command | Message | Closing | Tls | Sasl
"""A step that is met by something the client does."""


@dataclass(frozen=True, slots=True)
class Never:
    """A guard: *pattern* must not come while play stands here."""

    pattern: Template
    reply: Reply = USUAL
    covers: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Breaks:
    """A mark: whoever comes this way breaks *requirement*."""

    requirement: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Optional:
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """*steps* at least `least` and at most `most` times (None: any number)."""

    steps: tuple[Step, ...]
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Either:
    alternatives: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class AnyOrder:
    alternatives: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class EachRecipient:
    """*steps* once for every recipient of the message, in the client's order."""

    steps: tuple[Step, ...]


Step = Leaf | Never | Breaks | Optional | Repeat | Either | AnyOrder | EachRecipient


@dataclass(frozen=True, slots=True)
class Connection:
    """What is expected of one connection; `head` is what is said before the client speaks (none: the greeting).

    With `covers` it is due whatever went before, as what lies in a queue is; reported under that requirement. `to` is
    the host that it is to be made to, NOBODY if to none, "" if that is not looked at.
    """

    steps: tuple[Step, ...]
    head: tuple[Reply, ...] = ()
    optional: bool = False
    covers: str | None = None
    to: str = ""
    place: Place = NOWHERE


NOBODY = "nobody"
"""No host at all."""


@dataclass(frozen=True, slots=True)
class Records:
    """What the name system says of one name: MX records (preference, host; "." for none, RFC 7505), or how it fails."""

    mx: tuple[tuple[int, str], ...] = ()
    fails: Literal["", "nxdomain", "servfail"] = ""


# --- the job and what must come of it ---------------------------------------------------------------------------


NAMES = ("bob", "carol", "dan")
"""Recipients that are made up; the fourth is `rcpt4`."""


@dataclass(frozen=True, slots=True)
class Content:
    """How the message of a job is made. `text` is the whole message (`raw`) or its body (`body`, under a complete
    header). None: a short body of the harness's own; with `size`, one that makes the message so many octets long.
    A `{file}` was read at load and is `raw`. `{lines to 4096}` fills until the message is so long.
    """

    kind: Literal["raw", "body"] = "body"
    text: Template | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message of the job: who sends what to whom."""

    sender: str
    recipients: tuple[str, ...]
    content: Content


OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "return": "dsn",  # RFC 3461: how much of the message a report is to carry, `full` or `headers`
        "envelope-id": "dsn",
        "notify": "dsn",  # `never`, or some of `success failure delay`, with commas
        "original-recipient": "dsn",  # the address for ORCPT, of one recipient
        "deliver-by": "deliverby",  # RFC 2852: seconds, and `return` or `notify`
        "hold-for": "futurerelease",  # RFC 4865: seconds
        "hold-until": "futurerelease",  # a date and time of RFC 3339
        "priority": "mt-priority",  # RFC 6710: -9 to 9
        "require-tls": "requiretls",  # RFC 8689: `yes`
        "certificate": "client-certificate",  # `yes`: show that in SMTP_CERTIFICATE_FILE, its key behind it
        "submitter": "submitter",  # RFC 4954, 5: who is to stand in MAIL's AUTH=
        "transaction-id": "checkpoint",  # RFC 1845: what TRANSID= is to say
        "blind": "blind-copies",  # recipients, with commas, that no other recipient is to see (RFC 5321, 7.2)
        "authors": "several-authors",  # mailboxes for From, with commas; the sender is one of them (RFC 5322, 3.6.2)
        "name": "display-name",  # the author's name, to stand before the address in From
        "field": "custom-fields",  # a header field to be added, `Name: value`; a name that is none is to be refused
        "attachment": "attachments",  # the name under which the text is attached as a file, too
        "resend": "resending",  # `yes`: the message's file is sent once more, with Resent fields (RFC 5322, 3.6.6)
        "queue-runs": "queue",  # how often the queue is run, one run after another (1)
        "notifications": "queue",  # `yes`: the MTA's own notifications go to the server, too
        "routing": "mx",  # `mx`: no host is told, the next hop is what the name system says (RFC 5321, 5.1)
        "verify": "vrfy",  # RFC 5321, 3.5.1: a user to ask VRFY for before the message is sent
    }
)
"""What a job can wish for beside the ordinary, and what a client must be able to do for it."""


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What the client is asked to do. `timeout` is in seconds; `password` None is made up for each case.

    `untold` are values that stand in the job and are not told to the client (`sender`, `recipients`, `helo`, ...).
    """

    messages: tuple[Envelope, ...]
    tls: Literal["none", "starttls", "implicit"] = "none"
    auth: str = "none"
    username: str = "alice@example.test"
    password: str | None = None
    helo: str = "client.example.test"
    subject: str = "Hello"
    timeout: float = 10.0
    protocol: Literal["smtp", "lmtp"] = "smtp"
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    untold: frozenset[str] = frozenset()


OUTCOMES = ("accepted", "temporary", "permanent", "refused", "declined", "any")
"""Words for what may come of a message; `refused` = temporary or permanent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Good outcomes: for each message of the job, for each of its recipients, a set of good words.

    A single entry stands for all messages (all recipients).
    """

    good: tuple[tuple[frozenset[str], ...], ...] = ((frozenset({"accepted"}),),)

    def words(self, message: int, recipient: int) -> frozenset[str]:
        """The good words for one recipient of one message, both counted from 0."""
        recipients = self.good[min(message, len(self.good) - 1)]
        return recipients[min(recipient, len(recipients) - 1)]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario in one variant: `id` is `suite/name`, `variant` one value for each axis, in order."""

    id: str
    title: Mapping[str, str]
    covers: tuple[str, ...]
    connections: tuple[Connection, ...]
    job: JobSpec
    server: Persona
    variant: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    never: tuple[Template, ...] = ()
    allow: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    outcome: Outcome = Outcome()
    limit: float = 30.0
    place: Place = NOWHERE
    dns: Mapping[str, Records] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """`suite/name[variant]`."""
        return f"{self.id}[{','.join(self.variant)}]" if self.variant else self.id

    @property
    def suite(self) -> str:
        return self.id.partition("/")[0]

    @property
    def steps(self) -> Iterator[Leaf | Never | Breaks]:
        """The steps of all connections, with those of groups in place of the groups."""
        return (step for connection in self.connections for step in _flat(connection.steps))

    @property
    def touches(self) -> tuple[str, ...]:
        """The requirements that it has something to say of: those that it covers, and those of its steps and marks."""
        named = (step.requirement if isinstance(step, Breaks) else step.covers for step in self.steps)
        owed = (connection.covers for connection in self.connections)
        return tuple(dict.fromkeys((*self.covers, *filter(None, (*named, *owed)))))


def _flat(steps: Iterable[Step]) -> Iterator[Leaf | Never | Breaks]:
    for step in steps:
        match step:
            case Optional() | Repeat() | EachRecipient():
                yield from _flat(step.steps)
            case Either() | AnyOrder():
                for alternative in step.alternatives:
                    yield from _flat(alternative)
            case _:
                yield step


def fits(pattern: str, scenario: str, name: str) -> bool:
    """Whether a scenario's id, or its whole name with the variant, fits a glob; brackets in a name are themselves."""
    literal = pattern.replace("[", "\0").replace("]", "[]]").replace("\0", "[[]")
    return fnmatchcase(scenario, pattern) or fnmatchcase(name, literal)
