"""A session with a relay as a scenario and a persona: what both said, without whose it was.

Addresses of the account, other addresses, host names, IP addresses and queue ids are replaced: by placeholders where
the job has a value, else by names of `example.test`. Passwords are gone from a transcript already.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..judge.grammar import HELLO, chunk, command, mailbox, reply_code
from ..judge.redact import forms
from ..judge.session import GREETING, MESSAGE, SASL, Exchange, exchanges
from ..model.run import CaseResult, Job
from ..model.scenario import OUTCOMES, Content, Scenario
from ..model.transcript import Event, Kind, Side

PERSONAS = "personas"
"""The folder beside a scenario that its personas are looked for in."""


class NotRecorded(Exception):
    """What was recorded cannot be written down; the text says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The texts of `NAME.smtp.yaml` and of `personas/NAME.yaml`."""

    scenario: str
    persona: str


def recording(
    case: CaseResult,
    scenario: Scenario,
    name: str,
    hosts: Iterable[str],
    secrets: Iterable[str],
    offers: Sequence[str] = (),
) -> Recording:
    """*case*, which did the job of *scenario* on a relay, as a scenario of that *name*.

    *hosts* are names to be replaced beside those that look like one. *offers* are the lines of the relay's EHLO where
    the client speaks first, in case it did not ask. Raises `NotRecorded` where a secret or an address would stand in
    it all the same, and where the job is one that cannot be written down.
    """
    if any(one.content != Content() for one in scenario.job.messages):
        raise NotRecorded("the scenario has a message of its own; record one with an ordinary message")
    clean = Clean(case.job, tuple(hosts))
    there = exchanges(case.transcript)
    made = Recording(
        "".join(f"{line}\n" for line in _scenario(case, scenario, name, there, clean, offers)),
        "".join(f"{line}\n" for line in _persona(case, there, clean, offers)),
    )
    _must_be_clean(made, case.job, secrets)
    return made


# --- whose it was -------------------------------------------------------------------------------------------------

ADDRESS = re.compile(r"[\w.+=~#%-]+@(?:[\w-]+\.)*[\w-]+")
HOST = re.compile(r"(?<![\w.@-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,}(?![\w-])")
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)")
IPV6 = re.compile(
    r"(?:(?<=IPv6:)|(?<![\w:]))(?:(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{1,4}|[0-9A-Fa-f:]*::[0-9A-Fa-f:]*)(?![\w:])"
)
NAMED_ID = re.compile(r"(\bqueued as |\bid=|\bqueue id )<?([\w.+/-]+)>?", re.IGNORECASE)
ID = re.compile(r"(?<![\w.-])(?=[\w./+-]*\d[\w./+-]*\d)(?=[\w./+-]*[A-Za-z])[A-Za-z0-9][\w.+/-]{7,}")
MARKS = {
    "\ue000": "{sender}",
    "\ue001": "{recipient}",
    "\ue002": "{username}",
    "\ue003": "{queue-id}",
}
"""Stand for placeholders until the braces that the relay said itself have been doubled."""


@dataclass(slots=True)
class Clean:
    """Replaces what tells whose account and which machine it was; the same host by the same name throughout."""

    job: Job
    hosts: tuple[str, ...]
    _names: dict[str, str] = field(default_factory=dict)

    def words(self, text: str, keyword: bool = False) -> str:
        """*text* of a reply; a *keyword* line of EHLO holds no queue id."""
        for mark, addresses in (
            ("\ue000", {one.sender for one in self.job.messages}),
            ("\ue001", {self.job.messages[0].recipients[0]}),
            ("\ue002", {self.job.username}),
        ):
            for address in sorted(filter(None, addresses), key=len, reverse=True):
                text = _whole(address).sub(mark, text)
        text = ADDRESS.sub("someone@example.test", text)
        for local in {one.rpartition("@")[0] or one for one in _addresses(self.job) if one}:
            if len(local) > 2:
                text = _whole(local).sub("someone", text)
        text = HOST.sub(lambda match: self._name(match[0]), text)
        for host in sorted(filter(None, self.hosts), key=len, reverse=True):
            text = _whole(host).sub(lambda match: self._name(match[0]), text)
        text = IPV6.sub("2001:db8::1", IPV4.sub("192.0.2.1", text))
        if not keyword:
            text = ID.sub("\ue003", NAMED_ID.sub("\\1\ue003", text))
        text = text.replace("{", "{{").replace("}", "}}")
        for mark, placeholder in MARKS.items():
            text = text.replace(mark, placeholder)
        return text

    def challenge(self, text: str) -> str:
        """*text* of a 334 is base64, of a prompt in most cases, which is kept as it is if it names nobody."""
        try:
            said = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return self.words(text)
        cleaned = self.words(said, keyword=True)
        return text if cleaned == said else base64.b64encode(re.sub(r"\{.*?\}", "someone", cleaned).encode()).decode()

    def lines(self, reply: Event, keywords: bool = False) -> list[str]:
        """The lines of a reply, cleaned."""
        lines = reply.octets.decode("utf-8", "replace").splitlines()
        if lines[0][:3] == "334":
            return [line[:4] + self.challenge(line[4:]) for line in lines]
        return [line[:4] + self.words(line[4:], keywords and number > 0) for number, line in enumerate(lines)]

    def _name(self, host: str) -> str:
        folded = host.lower()
        if folded.endswith(".test"):
            return host
        if folded not in self._names:
            count = len(self._names)
            self._names[folded] = "relay.example.test" if not count else f"other{count}.example.test"
        return self._names[folded]


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.@-]){re.escape(text)}(?![\w@-]|\.\w)", re.IGNORECASE)


def _addresses(job: Job) -> list[str]:
    return [job.username, *(one for message in job.messages for one in (message.sender, *message.recipients))]


def _must_be_clean(made: Recording, job: Job, secrets: Iterable[str]) -> None:
    for text in (made.scenario, made.persona):
        for secret in secrets:
            if any(form in text.encode() for form in forms(secret).values()):
                raise NotRecorded("a password stood in what the relay said; nothing was written")
        for address in _addresses(job):
            if address and address.lower() in text.lower():
                raise NotRecorded("an address of the account stood in what the relay said; nothing was written")


# --- the persona --------------------------------------------------------------------------------------------------


def _persona(case: CaseResult, there: Sequence[Exchange], clean: Clean, offers: Sequence[str]) -> Iterator[str]:
    yield f"# How {_words(case.relay)} answered, recorded once. Host names are in .test, addresses are nobody's."
    hellos = [one for one in there if one.verb in ("EHLO", "LHLO") and one.code == "250"]
    for key, tls in (("offers", False), ("offers in tls", True)):
        offered = [
            [line[4:] for line in clean.lines(one.replies[0], True)[1:]] for one in hellos if one.before.tls is tls
        ]
        if offers and not hellos and not tls:
            offered = [[clean.words(line, keyword=True) for line in offers]]
        if offered:
            yield f"{key}:" if offered[0] else f"{key}: []"
            yield from (f"  - {_scalar(line)}" for line in offered[0])
    yield "replies:"
    known: set[str] = set()
    for one in there:
        moment, reply = _moment(one, there), one.replies[0] if one.replies else None
        if moment and moment not in known and reply is not None and _well_formed(reply) and one.code[0] in "23":
            known.add(moment)
            lines = clean.lines(reply, True)
            yield from _reply(moment, [f"250 {lines[0][4:]}"] if moment in ("EHLO", "LHLO") else lines, 1)


def _moment(one: Exchange, there: Sequence[Exchange]) -> str:
    """What of a persona's `replies` the reply to *one* is: that to AUTH is the one that ends it."""
    if one.code == "334":
        return ""
    return "AUTH" if one.verb == SASL else one.verb


# --- the scenario -------------------------------------------------------------------------------------------------


def _scenario(
    case: CaseResult, scenario: Scenario, name: str, there: Sequence[Exchange], clean: Clean, offers: Sequence[str]
) -> Iterator[str]:
    relay, client = _words(case.relay), _words(case.client)
    yield "title:"
    yield f"  en: {_scalar(f'A session of {client} with {relay}, as it was recorded')}"
    yield f"  zh: {_scalar(f'{client} 与 {relay} 的一次会话（录制）')}"
    yield f"covers: [{', '.join(scenario.covers)}]"
    if scenario.needs:
        yield f"needs: [{', '.join(scenario.needs)}]"
    if job := list(_job(scenario)):
        yield f"job: {{{', '.join(job)}}}"
    if scenario.allow:
        yield "allow:"
        yield from (f"  {rule}: {_scalar(reason)}" for rule, reason in scenario.allow.items())
    yield f"server: {name}"
    yield "dialogue:"
    numbers = list(dict.fromkeys(one.connection for one in there))
    for number in numbers:
        deep = 1 if len(numbers) == 1 else 3
        if deep > 1:
            yield "  - connection:"
        steps = _steps([one for one in there if one.connection == number], case, scenario, clean, offers)
        yield from ("  " * (deep - 1) + line for line in steps)
    yield f"outcome: {_outcome(case)}"


def _job(scenario: Scenario) -> Iterator[str]:
    job = scenario.job
    yield from (
        f"{key}: {value}"
        for key, value, usual in (
            ("protocol", job.protocol, "smtp"),
            ("tls", job.tls, "none"),
            ("auth", job.auth, "none"),
        )
        if value != usual
    )
    if len(job.messages) > 1:
        yield f"messages: {len(job.messages)}"
    if (count := len(job.messages[0].recipients)) > 1:
        yield f"recipients: {count}"


def _outcome(case: CaseResult) -> str:
    words = [[word if word in OUTCOMES else "any" for word in message] for message in case.fate]
    different = {word for message in words for word in message}
    if len(different) <= 1:
        return next(iter(different), "any")
    each = ["{recipients: [" + ", ".join(message) + "]}" for message in words]
    return each[0] if len(each) == 1 else "{messages: [" + ", ".join(each) + "]}"


def _steps(
    there: Sequence[Exchange], case: CaseResult, scenario: Scenario, clean: Clean, offers: Sequence[str]
) -> Iterator[str]:
    """The dialogue of one connection."""
    tls = [one for one in case.transcript if one.kind is Kind.TLS and one.connection == there[0].connection]
    if there[0].verb == GREETING and tls and not any(one.verb == "STARTTLS" for one in there):
        yield "  - tls: {}"
    ended = [one.side for one in case.transcript if one.kind is Kind.CLOSE and one.connection == there[0].connection]
    closed, chunks = ended[:1] == [Side.SERVER], False
    for at, one in enumerate(there):
        if one.verb == GREETING:
            yield from _said(one, clean, closed)
        elif _either_would_do(one, there):
            yield from _hello(one, scenario, case.job, clean, offers)
        elif one.verb == "AUTH":
            yield from _authentication(_exchange_of(there[at:]), case.job, clean)
        elif one.verb == "BDAT":
            last = (chunk(one.event.octets) or (0, True))[1]
            yield from () if chunks else ("  - C: DATA",)
            chunks = not last
            if last:
                yield "  - message: same"
                yield from _said(one, clean)
        elif one.verb and one.verb != SASL:
            yield "  - message: same" if one.verb == MESSAGE else f"  - C: {_scalar(_pattern(one, case.job))}"
            yield from _said(one, clean, closed)
            if one.verb == "STARTTLS" and one.code == "220" and tls:
                yield "  - tls: {}"
    if any(one.verb == "QUIT" for one in there):
        yield "  - close: client"
    elif not closed:  # what it left out was due all the same
        yield from ("  - C: QUIT", "  - close: client")


def _either_would_do(one: Exchange, there: Sequence[Exchange]) -> bool:
    """Whether it is the only hello of its connection, taken, and the client could as well have said the other one."""
    hellos = [each for each in there if each.verb in HELLO]
    return hellos == [one] and one.verb in ("EHLO", "HELO") and one.code == "250" and len(one.replies) == 1


def _hello(one: Exchange, scenario: Scenario, job: Job, clean: Clean, offers: Sequence[str]) -> Iterator[str]:
    """EHLO and HELO, the recorded one first: who plays it may say the other, and is no worse for it than elsewhere."""
    lines = clean.lines(one.replies[0], True)
    recorded = [f"- C: {_scalar(_pattern(one, job))}", *_reply("- S", lines, 0)]
    if one.verb == "EHLO":
        other = ["- C: HELO {helo}", *_reply("- S", [f"250 {lines[0][4:]}"], 0)]
        if "helo-then-auth" not in scenario.allow:  # the coursework, where HELO is as good
            other.insert(1, "  breaks: RFC5321-2.2.1-b")
    else:
        said = [lines[0][4:], *(clean.words(line, keyword=True) for line in offers)]
        other = ["- C: EHLO {helo}", *_reply("- S", [f"250-{line}" for line in said[:-1]] + [f"250 {said[-1]}"], 0)]
    yield "  - either:"
    for way in (recorded, other):
        yield f"      - {way[0]}"
        yield from (f"        {line}" for line in way[1:])


def _said(one: Exchange, clean: Clean, closed: bool = False) -> Iterator[str]:
    """The replies to *one*; *closed*: none came, because the relay ended the connection."""
    if closed and not one.replies:
        yield "  - S: {then: close}"
    keywords = one.verb in ("EHLO", "LHLO")
    for reply in one.replies:
        if _well_formed(reply):
            yield from _reply("- S", clean.lines(reply, keywords), 1)
        else:
            yield f"  - S: {{raw: {json.dumps(clean.words(reply.octets.decode('utf-8', 'replace'), keywords))}}}"


def _pattern(one: Exchange, job: Job) -> str:
    """What a client must say to do the same: the values that are its job's, in place of those that it said."""
    argument = command(one.event.octets).argument
    if one.verb in HELLO:
        return f"{one.verb} {{helo}}" if argument == job.helo else f"{one.verb} ..."
    if one.verb in ("MAIL", "RCPT"):
        address = mailbox(argument)[0]
        if one.verb == "MAIL" and address in (message.sender for message in job.messages):
            return "MAIL FROM:<{sender}>"
        if one.verb == "RCPT" and address in (each for message in job.messages for each in message.recipients):
            return "RCPT TO:<{recipient}>"
    return one.verb


# --- AUTH

PROMPT = "334 VXNlcm5hbWU6"
"""What is asked where the client did not wait to be asked for its user name (LOGIN)."""


def _exchange_of(there: Sequence[Exchange]) -> list[Exchange]:
    """The AUTH that *there* begins with, and its responses."""
    found = [there[0]]
    for one in there[1:]:
        if one.verb != SASL:
            break
        found.append(one)
    return found


def _authentication(there: Sequence[Exchange], job: Job, clean: Clean) -> Iterator[str]:
    words = command(there[0].event.octets).argument.split()
    mechanism = words[0].upper() if words else ""
    yield f"  - C: AUTH {mechanism}".rstrip()
    if mechanism == "LOGIN" and there[0].code == "334":
        if len(words) > 1:
            yield f"  - S: {PROMPT}"
            yield f"  - C: {_scalar('{username:base64}')}"
        yield from _said(there[0], clean)
        for one in there[1:]:
            yield f"  - C: {_scalar(_response(one, job))}"
            yield from _said(one, clean)
    else:
        yield from ("  - sasl: {}",) if mechanism and len(there) > 1 else ()
        yield from _said(there[-1], clean) if there[-1].code != "334" else ()


def _response(one: Exchange, job: Job) -> str:
    if one.event.secrets:
        return "{password:base64}"
    try:
        same = base64.b64decode(one.text, validate=True).decode() == job.username
    except (binascii.Error, UnicodeDecodeError):
        same = False
    return "{username:base64}" if same else "..."


# --- YAML

PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 <>@.,{}/=_+()'*-]*[A-Za-z0-9<>@.,{}/=_+()'*-])?")
"""Text that means itself in a block of YAML, if it is no number and no word that YAML knows."""


def _scalar(text: str) -> str:
    return text if PLAIN.fullmatch(text) and " #" not in text else json.dumps(text, ensure_ascii=False)


def _reply(key: str, lines: Sequence[str], deep: int) -> Iterator[str]:
    before = "  " * deep
    if len(lines) == 1:
        yield f"{before}{key}: {_scalar(lines[0])}"
        return
    yield f"{before}{key}:"
    yield from (f"{before}{'    ' if key.startswith('-') else '  '}- {_scalar(line)}" for line in lines)


def _well_formed(reply: Event) -> bool:
    return bool(reply_code(reply.octets))


def _words(name: str) -> str:
    """A name of a relay or client in a sentence."""
    return re.sub(r"[^\w.+ -]", "", name)
