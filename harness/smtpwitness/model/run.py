"""What a run came to: everything that a report shows, and that a later judgement needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from .finding import Finding, Verdict, worst
from .gate import FailOn, Gate, Known
from .profile import SUBMISSION
from .requirement import Requirement
from .scenario import OPTIONS, Place
from .transcript import Transcript

SCHEMA = 1


class Status(StrEnum):
    """How a row of the dialogue came out."""

    MET = "met"
    DIFFERENT = "different"  # the right step, said wrongly
    MISSING = "missing"  # expected, never came, and a later step did
    EXTRA = "extra"  # came, and was not expected
    ALLOWED = "allowed"  # came, not written, and legal: the persona answered
    UNMET = "unmet"  # not reached: the session ended first
    SAID = "said"  # the server's own words


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the dialogue, expected and observed side by side.

    `side` is `client` or `server`. `expected` is what the scenario writes ("" where it writes nothing), `observed`
    what came, secrets masked ("" where nothing came), `events` their sequence numbers.
    """

    connection: int
    side: str
    status: Status
    expected: str = ""
    observed: str = ""
    events: tuple[int, ...] = ()
    place: Place | None = None


CAPABILITIES = (
    "starttls",
    "implicit-tls",
    "auth-plain",
    "auth-login",
    "auth-cram-md5",
    "auth-scram-sha-1",
    "auth-scram-sha-256",
    "auth-scram-sha-256-plus",  # it binds to the TLS channel where the server offers that
    "auth-xoauth2",
    "auth-oauthbearer",
    "auth-external",
    "several-recipients",
    "several-messages",
    "raw-message",  # it sends a given RFC 5322 message octet for octet
    "composing",  # it writes messages of its own: who does not take them raw
    "timeout",  # its time-outs can be set
    "helo",  # its EHLO name can be set
    "result-file",  # it tells an outcome for each recipient in SMTP_RESULT_FILE
    "own-envelope",  # it takes sender and recipients from the message's header if it is told none
    "many-recipients",  # thousands of recipients for one message
    "client-certificate",  # it can show a certificate of its own
    "smtputf8",  # addresses and headers in UTF-8
    "lmtp",
    "chunking",  # it sends BDAT where CHUNKING is offered
    "opportunistic-tls",  # told nothing about TLS, it uses STARTTLS where that is offered
    "tls-by-default",  # told nothing about TLS, it sends nothing without
    "queue",  # an MTA: it keeps what it was given, tries again when its queue is run, and sends notifications
    "limits",  # it heeds the limits that a server names (RFC 9422)
    *sorted(set(OPTIONS.values())),
)
"""What a client can be able to do, and a scenario need."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The job that a client has in its own text, as it showed in a plain run. Its password is not here.

    `sender`, `recipients` and `username` are "" and () where it used others the next time. `auth` is the mechanism that
    it prefers (or `none`), `mechanisms` are all that it used where nothing else was offered. `insists_on`: `tls` and
    `auth`, where it sends nothing without.
    """

    sender: str
    recipients: tuple[str, ...]
    count: int  # recipients of its message
    messages: int
    auth: str  # as in `JobSpec`
    username: str
    tls: str
    mechanisms: tuple[str, ...] = ()
    insists_on: tuple[str, ...] = ()
    greets_again: bool = False  # after STARTTLS


@dataclass(frozen=True, slots=True)
class Hint:
    """Something in a client's source text that is worth a note: the key of its words, and where it stands."""

    key: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Client:
    """A client under test: how to start it, and what it can do (DESIGN.md, section 4).

    `supports` None: nothing is known, so it is told by the placeholders of its command line. `takes` says how it
    takes a message: `raw` (octet for octet), `composed` (subject and body) or `fixed` (its own). `exits` maps exit
    statuses to outcomes; `tells_classes`: it tells temporary from permanent. `answers` are pairs of a piece of a prompt
    and what is typed there; `files` are those that it expects where it is started, by name. `redirect`: it names its
    server itself, so every server that it can name must be the harness.
    """

    name: str
    argv: tuple[str, ...]
    takes: str = "raw"
    supports: frozenset[str] | None = None
    exits: Mapping[int, str] = field(
        default_factory=lambda: MappingProxyType({0: "accepted", 75: "temporary", 69: "permanent", 127: "unsupported"})
    )
    tells_classes: bool = False
    reads_environment: bool = False
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    place: Place | None = None
    title: str = ""
    known: tuple[Known, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hints: tuple[Hint, ...] = ()
    learn: bool = False  # its job is its own, and is learned before it is judged
    learned: Learned | None = None
    redirect: bool = False
    version: str = ""  # as it told when the run began


@dataclass(frozen=True, slots=True)
class JobMessage:
    """One message as it was given to the client, octets and all."""

    sender: str
    recipients: tuple[str, ...]
    octets: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """The job as it was given to the client. The password is not here: it is stored nowhere.

    `told` are the names of the values that the client was told, so that it can be held to them. `options` are wishes
    that an ESMTP extension fulfils, by their names in `OPTIONS`. `relayed`: the client is an MTA, which puts its own
    Received field in front of what it was given (RFC 5321, 4.4).
    """

    messages: tuple[JobMessage, ...]
    tls: str
    auth: str
    username: str
    helo: str
    subject: str
    timeout: float
    host: str
    port: int
    told: frozenset[str]
    takes: str = "raw"
    protocol: str = "smtp"
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    relayed: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """How the client's process went. Output is text with secrets taken out, capped; times in milliseconds.

    `asked` is the prompt that it stood at when its time was up, where prompts are answered.
    """

    exit_status: int | None
    signal: str = ""
    timed_out: bool = False
    stdout: str = ""
    stderr: str = ""
    cut: bool = False
    duration_ms: float = 0.0
    asked: str = ""
    flooded: bool = False  # it was ended because it printed too much


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as it lay in a mailbox behind a relay.

    `same`: octet for octet what DATA carried, but for the `trace` fields that were put in front of it; else
    `difference` says in a line how it differs. `octets` are without secrets and trace, their line ends CRLF.
    `server` is where it was read over IMAP (`name:port`), "" where the relay's own files were. Only over IMAP: `role`
    is `sent` or `inbox`, `mailbox` the address whose it is, `uid`, `date` and `size` are what the server says.
    """

    folder: str
    message_id: str
    trace: bytes
    octets: bytes
    same: bool
    difference: str = ""
    flags: tuple[str, ...] = ()
    server: str = ""
    role: str = ""
    mailbox: str = ""
    uid: int = 0
    date: str = ""
    size: int = 0  # octets, trace and all


@dataclass(frozen=True, slots=True)
class Peer:
    """A remote relay as it was reached: whom the user named, and the SHA-256 of the certificate that it showed."""

    host: str
    port: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as a client was shown it, in the handshakes whose `events` are named.

    `kind` is one of `CERTIFICATES`: what is wrong with it on purpose. `subject` and `issuer` are names as RFC 4514
    writes them, "" for an empty one; `names` its subjectAltName, each with its kind (`DNS:localhost`); `since` and
    `until` are ISO 8601, UTC; `fingerprint` is the SHA-256 of its DER, in hexadecimal.
    """

    kind: str
    subject: str
    names: tuple[str, ...]
    issuer: str
    since: str
    until: str
    fingerprint: str
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """How a client that names its server itself was brought to ours, and what was seen of it.

    `way` is `namespace`, `wrappers` or `python`. `asked` are the names that it looked up, `tried` where it tried to
    connect, `host:port`. Only in a namespace: the limits that it hit (`cpu`, `memory`, `processes`, `file size`,
    `output`) and the most that it used: milliseconds of processor time, octets of memory, processes at a time.
    """

    way: str
    asked: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    cpu_ms: float = 0.0
    memory: int = 0
    processes: int = 0

    @property
    def ports(self) -> frozenset[int]:
        """The ports that it tried."""
        return frozenset(int(one.rpartition(":")[2]) for one in self.tried)


@dataclass(frozen=True, slots=True)
class Stress:
    """Each case is run so many `times` more, replies cut and timed otherwise, by `seed` (`judge.stress`)."""

    times: int
    seed: int


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case came to.

    `fate` is what the server did with each message, per recipient: `accepted`, `temporary`, `permanent` or `none`.
    `reported` is what the client told its user, in the same words (one for all where it tells only an exit status).
    `root_cause` is the rule of the finding to mend first. `lag_ms` is the longest time that the harness was late.
    `known` are the entries that answer for all that would stop a build here; none where something else would, too.
    `touches` are all requirements that the scenario names, those of its steps beside what it `covers`; an older run
    does not have them.
    `relay` is the name of the real relay that the case was run against ("" for the fake), `delivered` what was read
    back from its mailboxes: a fact to show, never the client's fault. `peer` is a remote relay as it was reached.
    `argued` is why the relay may differ from the fake here, as its file has it. `certificates` are those that the
    client was shown: the harness's, also where a relay stands behind it. An older run has none.
    """

    scenario: str
    variant: tuple[str, ...]
    client: str
    server: str
    exchange: Verdict
    closing: Verdict
    fate: tuple[tuple[str, ...], ...]
    reported: tuple[tuple[str, ...], ...]
    exit_status: int | None
    duration_ms: float
    root_cause: str | None
    steps: tuple[Row, ...]
    findings: tuple[Finding, ...]
    transcript: Transcript
    job: Job
    process: Process
    place: Place
    title: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    covers: tuple[str, ...] = ()
    allow: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reason: str = ""  # why it is unsupported, inconclusive or an error
    lag_ms: float = 0.0
    known: tuple[Known, ...] = ()
    touches: tuple[str, ...] = ()
    relay: str = ""
    delivered: tuple[Delivered, ...] = ()
    redirect: Redirect | None = None
    peer: Peer | None = None
    argued: str = ""
    certificates: tuple[Certificate, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worse of the two axes."""
        return worst((self.exchange, self.closing))

    @property
    def name(self) -> str:
        """`suite/name[variant]`, as `Scenario.name`."""
        return f"{self.scenario}[{','.join(self.variant)}]" if self.variant else self.scenario


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run. `sources` holds the text of every scenario, fragment and persona file that it used, by path.

    `requirements` is the whole catalogue; in an older run, what its cases cover or break. `profile` is the name of the
    profile that it was judged by.
    """

    started: str  # ISO 8601, UTC
    duration_ms: float
    environment: Mapping[str, str]
    clients: tuple[Client, ...]
    cases: tuple[CaseResult, ...]
    requirements: tuple[Requirement, ...]
    sources: Mapping[str, str]
    finished: bool = True
    schema: int = SCHEMA
    profile: str = SUBMISSION.name
    gate: Gate = field(default_factory=Gate)
    stress: Stress | None = None

    def stopping(self) -> tuple[CaseResult, ...]:
        """The cases that stop a build: those that fail (with `strict`: or warn) and are not known deviations.

        With `regressions` only what got worse than the baseline, and a case that the client supports no more.
        """
        bad = {Verdict.FAIL, Verdict.WARN} if self.gate.strict else {Verdict.FAIL}
        if self.gate.fail_on is FailOn.FAILURES:
            return tuple(case for case in self.cases if case.verdict in bad and not case.known)
        worth = bad | {Verdict.UNSUPPORTED}
        # Cases of two files may share a name: the verdict tells the one that got worse from the one that did not.
        worse = {(one.client, one.server, one.case, one.now) for one in self.gate.changes if one.worth in worth}
        return tuple(
            case
            for case in self.cases
            if (case.client, case.server, case.name, case.verdict) in worse and not case.known
        )
