"""Sessions written down as a playbook: `play("S: 220 hi", "C: QUIT", ...)` makes the transcript of them.

    S: text       a reply, CRLF added        s: octets    the same as it stands ("" for none)
    C: text       a line, CRLF added         c: octets    a line as it stands
    M: octets     content, with its end      TLS          a handshake; TLS FAILED reason
    OPEN          another connection         WAIT 5       five seconds pass
    TLS << text   plain text came where the handshake was due
    CLOSE client  also: reset client, eof client, close server, reset server, stall server
    LIMIT         the case's time is up      EXIT 0       the process has ended

`early ` before a client's step: it came before the last reply had left; `within `: when a part of it had; `with `: in
one go with the client's step before it. `cut `, `unterminated ` and `cut at 32 MB ` behind that are notes of content
that never ended, or was not kept.
What a client sends goes through a real redactor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smtpwitness.files.bundled import scenarios_root
from smtpwitness.files.catalogue import read_catalogue
from smtpwitness.judge.outcome import fates
from smtpwitness.judge.redact import Redactor
from smtpwitness.judge.rules import RULES, Observation, Remark
from smtpwitness.judge.session import exchanges
from smtpwitness.judge.verdicts import grade
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Job, JobMessage
from smtpwitness.model.texts import LANGUAGES, say
from smtpwitness.model.texts.findings import PARTS
from smtpwitness.model.transcript import Event, Kind, Side, Transcript

SENDER, RECIPIENT = "alice@example.test", "bob@example.test"
PASSWORD = "correct-horse-77"
MESSAGE = (
    b"From: alice@example.test\r\nTo: bob@example.test\r\nSubject: Hello\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
    b"\r\nFirst line\r\n\r\nLast line\r\n"
)
CONTENT = MESSAGE.decode() + ".\r\n"
MS = 1_000_000  # nanoseconds
CATALOGUE = read_catalogue(scenarios_root() / "requirements.tsv")


UNIQUE = b"the first Finished"
"""What every TLS session here is told by."""


class Stage:
    """Events as they come about, a few milliseconds apart."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.events: list[Event] = []
        self.connection = 0
        self.now = 0

    def add(self, side: Side, kind: Kind, octets: bytes = b"", *, begun: int | None = None, **more: Any) -> None:
        self.now += 20 * MS if side is Side.SERVER else MS
        event = Event(len(self.events), self.connection, self.now if begun is None else begun, self.now, side, kind)
        self.events.append(replace(event, octets=octets, **more))

    def open(self) -> None:
        self.connection += 1
        self.add(Side.CLIENT, Kind.OPEN)

    def before_reply(self, haste: str) -> int | None:
        """The time of what comes with *haste*: when the last reply began to leave, 3 ms later, or that of the client's
        last step. None: now.
        """
        if haste == "with":
            return next(e.begun for e in reversed(self.events) if e.side is Side.CLIENT)
        ended = max((e.at for e in self.events if e.side is Side.SERVER), default=0)
        return ended - {"early": 5, "within": 2}[haste] * MS if haste else None

    def client(self, kind: Kind, octets: bytes, haste: str, note: str) -> None:
        begun = self.before_reply(haste)
        if kind is Kind.CONTENT:
            octets, secrets = self.redactor.content(octets)
            self.add(Side.CLIENT, kind, octets, begun=begun, secrets=secrets, note=note)
        else:
            octets, secrets, overlong = self.redactor.line(self.connection, octets)
            self.add(Side.CLIENT, kind, octets, begun=begun, secrets=secrets, overlong=overlong, note=note)

    def reply(self, octets: bytes) -> None:
        begun = self.now + 15 * MS
        self.add(Side.SERVER, Kind.REPLY, octets, begun=begun)
        self.redactor.replied(self.connection, octets)

    def tls(self, note: str, plain: str, haste: str) -> None:
        self.add(Side.HARNESS, Kind.TLS, plain.encode(), begun=self.before_reply(haste), note=note)
        self.redactor.tls(self.connection, {"tls-unique": UNIQUE})

    def step(self, written: str) -> None:
        haste = next((word for word in ("early", "within", "with") if written.startswith(word + " ")), "")
        text = written.removeprefix(haste + " ") if haste else written
        note = next((word for word in ("cut at 32 MB", "cut", "unterminated") if text.startswith(word + " ")), "")
        text = text.removeprefix(note + " ") if note else text
        head, _, rest = text.partition(": ")
        octets = rest.encode("latin-1")
        head, _, plain = head.partition(" << ")
        match head.split():
            case ["S"]:
                self.reply(octets + b"\r\n")
            case ["s"]:
                self.reply(octets)
            case ["C"]:
                self.client(Kind.LINE, octets + b"\r\n", haste, note)
            case ["c"]:
                self.client(Kind.LINE, octets, haste, note)
            case ["M"]:
                self.client(Kind.CONTENT, octets, haste, note)
            case ["TLS"]:
                self.tls("TLSv1.3", plain, haste)
            case ["TLS", "NOTE", *note]:
                self.tls(" ".join(note), plain, haste)
            case ["TLS", "FAILED", *reason]:
                self.add(Side.HARNESS, Kind.TLS_FAILED, plain.encode(), note=" ".join(reason))
            case ["OPEN"]:
                self.open()
            case ["WAIT", seconds]:
                self.now += int(float(seconds) * 1000 * MS)
            case ["LIMIT"]:
                self.add(Side.HARNESS, Kind.LIMIT)
            case ["EXIT", status]:
                self.add(Side.CLIENT, Kind.EXIT, note=status)
            case [how, ("client" | "server") as side]:
                self.add(Side(side), Kind.CLOSE, note="eof" if how == "CLOSE" else how)
            case _:
                raise ValueError(f"no such step: {written!r}")


def play(*steps: str, username: str = SENDER, password: str = PASSWORD, own: bool = False) -> Transcript:
    """The transcript of a session; a connection is open from the start."""
    stage = Stage(Redactor(username, password, own))
    stage.open()
    for written in steps:
        stage.step(written)
    return tuple(stage.events)


EVERYTHING = frozenset(
    [
        *("host", "port", "tls", "auth", "username", "password", "sender", "recipient", "recipients", "message"),
        *("message_file", "subject", "body_file", "helo", "ca_file", "timeout"),
    ]
)


def job(message: bytes = MESSAGE, recipients: tuple[str, ...] = (RECIPIENT,), **changes: Any) -> Job:
    """An ordinary job of one message, all of it told."""
    ordinary = Job(
        messages=(JobMessage(SENDER, recipients, message),),
        tls="none",
        auth="none",
        username=SENDER,
        helo="client.example.test",
        subject="Hello",
        timeout=10.0,
        host="localhost",
        port=2525,
        told=EVERYTHING,
    )
    return replace(ordinary, **changes)


def observe(
    *steps: str,
    job: Job = job(),  # noqa: B008 - it is frozen
    reported: tuple[tuple[str, ...], ...] | None = None,
    tells_classes: bool = False,
    timed_out: bool = False,
    own: bool = False,
    distrusted: bool = False,
    username: str = SENDER,
) -> Observation:
    """What rules see of a session. *reported* None: the client told the truth in one word.

    *distrusted*: the script gave a bad certificate to every handshake.
    """
    transcript = play(*steps, own=own, username=username)
    made = exchanges(transcript)
    fate = fates(made, job)
    if reported is None:
        words = {word for message in fate for word in message}
        reported = (("accepted",) if words == {"accepted"} else ("failed",),)
    return Observation(
        transcript=transcript,
        exchanges=made,
        job=job,
        fate=fate,
        reported=reported,
        tells_classes=tells_classes,
        timed_out=timed_out,
        patience=30.0,
        scripted=frozenset(
            e.seq
            for e in transcript
            if (e.kind is Kind.CLOSE and e.side is Side.SERVER) or (distrusted and e.kind is Kind.TLS)
        ),
    )


def remarks(rule: str, *steps: str, **more: Any) -> list[Remark]:
    """What one rule says of a session. All that it says must have words, and stand in the catalogue."""
    check = next(one.check for one in RULES if one.id == rule)
    found = list(check(observe(*steps, **more)))
    for remark in found:
        assert remark.key.partition(".")[0] == rule, "the key begins with the rule's id"
        assert remark.events, "a remark shows where"
        for words in (remark.expected, remark.observed):
            assert isinstance(words, str), "a remark says what was to come, and what came"
            assert len(words) <= 400
        assert remark.requirement is None or remark.requirement in CATALOGUE
        for part in PARTS:
            for language in LANGUAGES:
                say(f"{remark.key}.{part}", language, **dict(remark.facts))
        assert all(len(value) <= 120 for _, value in remark.facts)
    return found


def verdict(remark: Remark) -> Verdict:
    """What it is worth."""
    return grade(CATALOGUE.get(remark.requirement or ""), remark.at_most)


def keys(rule: str, *steps: str, **more: Any) -> list[str]:
    """The keys of what one rule says of a session."""
    return [remark.key for remark in remarks(rule, *steps, **more)]


HELLO = ("S: 220 mail.test ESMTP", "C: EHLO client.example.test", "S: 250 mail.test")
MAIL = (f"C: MAIL FROM:<{SENDER}>", "S: 250 Ok")
RCPT = (f"C: RCPT TO:<{RECIPIENT}>", "S: 250 Ok")
DATA = ("C: DATA", "S: 354 Go on")
SENT = (f"M: {CONTENT}", "S: 250 Ok: queued")
QUIT = ("C: QUIT", "S: 221 Bye", "CLOSE client", "close server", "EXIT 0")
ENVELOPE = (*HELLO, *MAIL, *RCPT)
HAPPY = (*ENVELOPE, *DATA, *SENT, *QUIT)
LMTP = ("S: 220 lmtp.test", "C: LHLO client.example.test", "S: 250 lmtp.test", *MAIL)  # RFC 2033
