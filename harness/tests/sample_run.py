"""Runs built by hand for the tests of reports: the assignment's exchange, faults, a lack, an error, hostile content."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from smtpwitness.model.finding import Axis, Finding, Verdict
from smtpwitness.model.gate import Change, FailOn, Gate, Known, Trend, Unseen
from smtpwitness.model.requirement import Requirement
from smtpwitness.model.run import CaseResult, Certificate, Client, Job, JobMessage, Process, Row, Run, Status
from smtpwitness.model.scenario import Place
from smtpwitness.model.transcript import Event, Kind, Secrecy, Secret, Side

MS = 1_000_000

TEXTS = {
    "sample.refused-then-data.what": {
        "en": "After the only recipient {mailbox} was refused with {code}, the client sent DATA and the whole message.",
        "zh": "唯一的收件人 {mailbox} 被 {code} 拒绝之后，客户端仍然发送了 DATA 和整封邮件。",
    },
    "sample.refused-then-data.why": {
        "en": "The server has nobody to deliver to. A client that does not read the {code} believes it has sent a "
        "message that nobody will ever get.",
        "zh": "服务器没有可以投递的收件人。客户端不看 {code}，就会以为邮件已经发出，而实际上谁也收不到。",
    },
    "sample.refused-then-data.fix": {
        "en": "Read the reply to each RCPT ({code} here); go on to DATA only if at least one began with 2.",
        "zh": "读取每个 RCPT 的应答（此处为 {code}）；只有至少一个应答以 2 开头时才能发送 DATA。",
    },
    "sample.lone-lf.what": {
        "en": "{count} lines end in a lone LF instead of CR LF.",
        "zh": "有 {count} 行以单独的 LF 而不是 CR LF 结束。",
    },
    "sample.lone-lf.why": {
        "en": "Servers differ in how they read a lone LF; some refuse the message, and the difference can be abused.",
        "zh": "各服务器对单独的 LF 理解不同；有的会拒收邮件，这种差异还可能被恶意利用。",
    },
    "sample.lone-lf.fix": {
        "en": "Join lines with '\\r\\n', or replace '\\n' before sending.",
        "zh": "用 '\\r\\n' 连接各行，或在发送前替换 '\\n'。",
    },
    "sample.no-quit.what": {
        "en": "The client closed the connection without QUIT.",
        "zh": "客户端没有发送 QUIT 就关闭了连接。",
    },
    "sample.no-quit.why": {
        "en": "A server may take this for a broken connection.",
        "zh": "服务器可能认为连接异常中断。",
    },
    "sample.no-quit.fix": {"en": "Send QUIT and wait for 221.", "zh": "发送 QUIT 并等待 221。"},
}
"""Texts of the findings used here: the tests put them into the catalogue for as long as they run."""

REQUIREMENTS = (
    Requirement(
        "RFC5321-3.3-e",
        "RFC5321",
        "3.3",
        "MUST NOT",
        "transaction",
        "Message data is not sent unless a 354 reply was received.",
        "any",
        "keyword",
    ),
    Requirement(
        "RFC5321-2.3.8-a",
        "RFC5321",
        "2.3.8",
        "MUST NOT",
        "line-ends",
        "No line terminator other than CR LF is ever generated, in commands or in data.",
        "any",
        "keyword",
    ),
    Requirement(
        "RFC5321-4.1.4-f",
        "RFC5321",
        "4.1.4",
        "MUST",
        "closing",
        "The last command of a session is QUIT.",
        "any",
        "keyword",
    ),
)

SENDER, RECIPIENT = "alice@uni.example.test", "bob@uni.example.test"

SUBJECT = "计算机网络作业：SMTP 客户端"

MESSAGE = (
    f"From: {SENDER}\r\nTo: {RECIPIENT}\r\n"
    f"Subject: =?utf-8?B?{base64.b64encode(SUBJECT.encode()).decode()}?=\r\n"
    "Date: Mon, 03 Mar 2025 10:00:00 +0800\r\nMessage-ID: <1@client.example.test>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "老师您好：\r\n\r\n这是用套接字写的客户端发出的邮件。\r\n..这一行以点开头。\r\n\r\nAlice\r\n"
).encode()

SOURCE = """title:
  en: One message with HELO and AUTH LOGIN, as Coremail answers
  zh: 用 HELO 与 AUTH LOGIN 发送一封邮件（Coremail 的应答）
covers: [RFC5321-3.3-e]
job: {auth: login}
server: coremail
dialogue:
  - C: HELO {helo}
  - S: 250 OK
"""


@dataclass
class Tape:
    """Writes a transcript and the rows of the dialogue together; `now` is in milliseconds."""

    events: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    now: float = 0.0
    connection: int = 1

    def event(self, side: Side, kind: Kind, octets: bytes = b"", after: float = 2, **values: object) -> Event:
        self.now += after
        at = int(self.now * MS)
        made = Event(len(self.events) + 1, self.connection, at, at + MS // 2, side, kind, octets, **values)  # type: ignore[arg-type]
        self.events.append(made)
        return made

    def row(self, side: str, status: Status, expected: str, observed: str, *events: Event) -> None:
        seqs = tuple(event.seq for event in events)
        self.rows.append(Row(self.connection, side, status, expected, observed, seqs))

    def open(self, greeting: bytes = b"220 uni-edu.icoremail.test ESMTP ready\r\n") -> None:
        self.event(Side.CLIENT, Kind.OPEN)
        self.say(greeting, after=101)

    def line(self, octets: bytes, expected: str | None = None, status: Status = Status.MET, **values: object) -> Event:
        made = self.event(Side.CLIENT, Kind.LINE, octets, **values)  # type: ignore[arg-type]
        text = octets.decode("latin-1").rstrip("\r\n")
        self.row("client", status, text if expected is None else expected, text, made)
        return made

    def say(self, octets: bytes, after: float = 21) -> Event:
        made = self.event(Side.SERVER, Kind.REPLY, octets, after)
        text = octets.decode("latin-1").rstrip("\r\n")
        self.row("server", Status.SAID, text, text, made)
        return made

    def content(self, octets: bytes, status: Status = Status.MET) -> Event:
        made = self.event(Side.CLIENT, Kind.CONTENT, octets)
        self.row("client", status, "message: same", "message", made)
        return made

    def close(self, side: Side = Side.CLIENT, note: str = "eof", after: float = 2) -> Event:
        made = self.event(side, Kind.CLOSE, after=after, note=note)
        self.row(str(side), Status.MET, "close: client", f"close ({note})", made)
        return made

    def secret(self, expected: str) -> Event:
        """A password line: `KioqKioq` stands for what was there."""
        return self.line(b"KioqKioq\r\n", expected, secrets=(Secret(0, 8, Secrecy.PASSWORD, "base64", True, True),))


CERTIFICATE = Certificate(
    "good",
    "CN=mail.example.test",
    ("DNS:mail.example.test", "DNS:localhost", "IP:127.0.0.1", "IP:::1"),
    "CN=smtpwitness test root",
    "2025-03-02T02:00:00+00:00",
    "2025-04-02T02:00:00+00:00",
    "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
)


def job(octets: bytes = MESSAGE, recipients: tuple[str, ...] = (RECIPIENT,)) -> Job:
    return Job(
        (JobMessage(SENDER, recipients, octets),),
        "none",
        "login",
        SENDER,
        "client.example.test",
        SUBJECT,
        10.0,
        "127.0.0.1",
        40025,
        frozenset({"sender", "recipient", "helo"}),
    )


def case(tape: Tape, scenario: str, **values: object) -> CaseResult:
    """A case that passed, unless *values* say otherwise."""
    base = CaseResult(
        scenario=scenario,
        variant=(),
        client="rawsmtp",
        server="coremail.test",
        exchange=Verdict.PASS,
        closing=Verdict.PASS,
        fate=(("accepted",),),
        reported=(("accepted",),),
        exit_status=0,
        duration_ms=412.5,
        root_cause=None,
        steps=tuple(tape.rows),
        findings=(),
        transcript=tuple(tape.events),
        job=job(),
        process=Process(0, stdout="220 ready\n250 OK\n\x1b[32m邮件已发送\x1b[0m\n", duration_ms=398.0),
        place=Place("scenarios/coursework/auth-login-coremail.smtp.yaml", 1, 1),
        title={
            "en": "One message with HELO and AUTH LOGIN, as Coremail answers",
            "zh": "用 HELO 与 AUTH LOGIN 发送一封邮件（Coremail 的应答）",
        },
        covers=("RFC5321-3.3-e",),
    )
    return replace(base, **values)  # type: ignore[arg-type]


def hello_and_login(tape: Tape) -> None:
    tape.open()
    tape.line(b"HELO client.example.test\r\n")
    tape.say(b"250 OK\r\n")
    tape.line(b"AUTH LOGIN\r\n")
    tape.say(b"334 dXNlcm5hbWU6\r\n")
    tape.line(base64.b64encode(SENDER.encode()) + b"\r\n")
    tape.say(b"334 UGFzc3dvcmQ6\r\n")
    tape.secret("{password:base64}")
    tape.say(b"235 Authentication successful\r\n")


def send_and_leave(tape: Tape) -> None:
    tape.line(b"DATA\r\n")
    tape.say(b"354 End data with <CR><LF>.<CR><LF>\r\n")
    tape.content(MESSAGE + b".\r\n")
    tape.say(b"250 Mail OK queued as AQAAfwBnXkQz\r\n")
    tape.line(b"QUIT\r\n")
    tape.say(b"221 Bye\r\n")
    tape.close()


def assignment() -> CaseResult:
    """The exchange of the assignment, all as it should be."""
    tape = Tape()
    hello_and_login(tape)
    tape.line(f"MAIL FROM:<{SENDER}>\r\n".encode())
    tape.say(b"250 Mail OK\r\n")
    tape.line(f"RCPT TO:<{RECIPIENT}>\r\n".encode())
    tape.say(b"250 Mail OK\r\n")
    send_and_leave(tape)
    tape.event(Side.HARNESS, Kind.EXIT, note="0", after=5)
    return case(tape, "coursework/auth-login-coremail")


def failing() -> CaseResult:
    """RCPT refused, and the client goes on; lines end in LF; no QUIT; it reports success."""
    tape = Tape()
    hello_and_login(tape)
    mail = tape.line(f"MAIL FROM: <{SENDER}> \n".encode(), f"MAIL FROM:<{SENDER}>", Status.DIFFERENT)
    tape.say(b"250 Mail OK\r\n")
    tape.line(f"RCPT TO:<{RECIPIENT}>\r\n".encode())
    refusal = tape.say(b"550-5.1.1 No such user\r\n550 5.1.1 Ask the postmaster\r\n", after=2400)
    data = tape.line(b"DATA\r\n", "QUIT", Status.DIFFERENT)
    tape.say(b"554 No valid recipients\r\n")
    body = tape.line(b"Subject: hi\r\n", "", Status.EXTRA)
    tape.say(b"503 Bad sequence of commands\r\n")
    tape.row("client", Status.UNMET, "QUIT", "")
    ended = tape.close(note="reset")
    findings = (
        Finding(
            "line-ends",
            "sample.lone-lf",
            Verdict.WARN,
            "RFC5321-2.3.8-a",
            "MUST NOT",
            facts=(("count", "1"),),
            events=(mail.seq,),
        ),
        Finding(
            "goes-on-after-refusal",
            "sample.refused-then-data",
            Verdict.FAIL,
            "RFC5321-3.3-e",
            "MUST NOT",
            expected="RSET, QUIT or another RCPT",
            observed="DATA",
            facts=(("mailbox", RECIPIENT), ("code", "550")),
            events=(data.seq, refusal.seq, body.seq),
            step=len(tape.rows) - 6,
        ),
        Finding(
            "no-quit", "sample.no-quit", Verdict.WARN, "RFC5321-4.1.4-f", "MUST", Axis.CLOSING, events=(ended.seq,)
        ),
    )
    return case(
        tape,
        "faults/rcpt-all-5yz",
        variant=("550",),
        exchange=Verdict.FAIL,
        closing=Verdict.WARN,
        fate=(("permanent",),),
        root_cause="goes-on-after-refusal",
        findings=findings,
        title={"en": "The only recipient is refused", "zh": "唯一的收件人被拒绝"},
        process=Process(
            0,
            stdout="sending...\nMail sent!\n",
            stderr="Traceback (most recent call last):\n  …\nOSError\n",
            duration_ms=2630,
        ),
        duration_ms=2650,
    )


def hundred(reply: bytes = b"250 2.1.5 Ok\r\n", at: int = 50, odd: bytes = b"", **values: object) -> CaseResult:
    """A hundred recipients; *odd* is what is said for the one at *at*, *reply* what it is answered."""
    tape = Tape()
    tape.open()
    names = tuple(f"r{number}@example.test" for number in range(100))
    for number, name in enumerate(names):
        line = odd if odd and number == at else f"RCPT TO:<{name}>\r\n".encode()
        tape.line(line, "RCPT TO:<{recipient}>")
        tape.say(reply if number == at else b"250 2.1.5 Ok\r\n")
    send_and_leave(tape)
    printed = "".join(f"RCPT TO:<{name}>\n250 2.1.5 Ok\n" for name in names)
    return case(tape, "faults/many", **{"job": job(recipients=names), "process": Process(0, stdout=printed)} | values)


def secured() -> CaseResult:
    """STARTTLS, a second EHLO, AUTH PLAIN with an initial response; a long pause; EHLO offers extensions."""
    tape = Tape()
    offers = b"250-mail.example.test\r\n250-STARTTLS\r\n250-AUTH LOGIN PLAIN\r\n250 8BITMIME\r\n"
    tape.open(b"220 mail.example.test ESMTP\r\n")
    tape.line(b"EHLO client.example.test\r\n")
    tape.say(offers)
    tape.line(b"STARTTLS\r\n")
    tape.say(b"220 2.0.0 Go ahead\r\n")
    up = tape.event(Side.HARNESS, Kind.TLS, note="TLSv1.3 TLS_AES_256_GCM_SHA384", after=12)
    tape.line(b"EHLO client.example.test\r\n")
    tape.say(offers)
    secret = Secret(11, 19, Secrecy.PLAIN, "base64", True, False)
    tape.line(b"AUTH PLAIN KioqKioq\r\n", "AUTH PLAIN {…}", secrets=(secret,))
    tape.say(b"535 5.7.8 Authentication credentials invalid\r\n", after=1500)
    tape.line(b"QUIT\r\n")
    tape.say(b"221 2.0.0 Bye\r\n")
    tape.close()
    return case(
        tape,
        "auth/plain-refused",
        exchange=Verdict.NOTE,
        fate=(("none",),),
        reported=(("permanent",),),
        exit_status=69,
        title={"en": "AUTH PLAIN is refused", "zh": "AUTH PLAIN 被拒绝"},
        server="postfix.test",
        certificates=(replace(CERTIFICATE, events=(up.seq,)),),
    )


def unsupported() -> CaseResult:
    return case(
        Tape(),
        "tls/starttls-caps-change",
        exchange=Verdict.UNSUPPORTED,
        closing=Verdict.PASS,
        fate=(("none",),),
        reported=(("unsupported",),),
        exit_status=127,
        reason="the client does not do starttls",
        title={"en": "EHLO keywords change after STARTTLS", "zh": "STARTTLS 之后 EHLO 关键字改变"},
        process=Process(127, stderr="starttls: not supported\n"),
    )


def broken() -> CaseResult:
    return case(
        Tape(),
        "core/happy",
        exchange=Verdict.ERROR,
        fate=(("none",),),
        reported=(),
        exit_status=None,
        reason="the fake server could not listen: address in use",
        title={"en": "One message to a sane server"},
        process=Process(None),
    )


def hostile() -> CaseResult:
    """Whatever a page could be attacked or blown up with."""
    script = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    tape = Tape()
    tape.open(b"220 " + script.encode() + b"\x00\x1b[31m\xff\xfe\r\n")
    up = tape.event(Side.CLIENT, Kind.TLS, note=f"TLSv1.3 {script}; asks for {script}")
    tape.line(b"HELO " + script.encode() + b"\x00\xe2\x80\xae\r\n", status=Status.DIFFERENT)
    tape.say(b"250-" + b"A" * 100_000 + b"\r\n250 \xe2\x80\xaeOK")
    tape.line(b"\r\n", "", Status.EXTRA)
    tape.say(b"500 %%; #35; end | `x` ]]> &lt;\r\n")
    flood = (
        b"Subject: "
        + script.encode()
        + b"\r\nX-\xff: \x00\r\n\r\n"
        + b"line <b>\x07\n" * 10_000
        + b"]]>"
        + b"z" * 50_000
    )
    last = tape.content(flood, Status.DIFFERENT)
    for _ in range(400):
        tape.line(b"NOOP " + script.encode() + b"\r\n", "", Status.EXTRA, after=0.1)
    findings = tuple(
        Finding(
            f"rule-{number}-{script}",
            "sample.refused-then-data",
            Verdict.FAIL,
            "RFC0-" + script,
            "MUST",
            expected=script * 50,
            observed="\x00\u202e" + script,
            facts=(("mailbox", script * 100), ("code", "\x00\ud800")),
            events=(last.seq, 99_999),
            step=390 if number == 1 else None,
        )
        for number in range(80)
    )
    return case(
        tape,
        f"data/hostile-{script}",
        variant=("\x00", "\u202e", script),
        client=script,
        server="\u202e" + script,
        exchange=Verdict.FAIL,
        root_cause=findings[0].rule,
        findings=findings,
        reason=script,
        job=job(flood, (script, *("r" * 3000 for _ in range(50)))),
        process=Process(
            1, stdout=f"{script}\x00\x1b]0;title\x07\x1b[1;31mred\x1b[0m\u202e\n" + "y\n" * 10_000, stderr="e" * 200_000
        ),
        title={"en": script, "zh": script},
        covers=(script,),
        allow={script: script},
        place=Place(script, 1, 1),
        certificates=(Certificate("wrong name", script, (script,) * 99, script, script, script, script, (up.seq,)),),
    )


def run_of(cases: Iterable[CaseResult]) -> Run:
    return Run(
        started="2025-03-03T02:00:00.250000+00:00",
        duration_ms=14_300.0,
        environment={
            "python": "CPython 3.12.1",
            "platform": "Windows-11 AMD64",
            "smtpwitness": "0.1.0",
            "openssl": "3.0.13",
        },
        clients=(
            Client("rawsmtp", ("rawsmtp", "--server", "{host}:{port}", "--auth", "{auth}", "--to", "{recipients}")),
            Client("student", ("python", "my client.py", "{host}", "{port}")),
        ),
        cases=tuple(cases),
        requirements=REQUIREMENTS,
        sources={"scenarios/coursework/auth-login-coremail.smtp.yaml": SOURCE},
    )


def sample() -> Run:
    """One case of each sort, two clients; nothing hostile."""
    cases = [assignment(), failing(), secured(), unsupported(), broken()]
    return run_of([*cases, *(replace(one, client="student") for one in (assignment(), failing()))])


def large(count: int = 300) -> Run:
    """*count* cases, one in three of them failing."""
    good, bad = assignment(), failing()
    made = (replace(bad if number % 3 == 0 else good, scenario=f"core/case-{number:03}") for number in range(count))
    return run_of(made)


# --- a run with a gate ------------------------------------------------------------------------------------------

KNOWN = Known(
    "faults/*", ("goes-on-after-refusal",), "waits for release 2", "*", "2026-01-31", "https://bugs.example.test/12"
)

BASELINE = "2025-03-02T02:00:00+00:00"


def told(scenario: str, verdict: Verdict, **values: object) -> CaseResult:
    """A case of *verdict*: with the findings of `failing` where it failed, without the one that fails in a warning."""
    case = failing()
    if verdict not in (Verdict.FAIL, Verdict.WARN):
        return replace(assignment(), scenario=scenario, exchange=verdict, **values)  # type: ignore[arg-type]
    if verdict is Verdict.WARN:
        mild = tuple(finding for finding in case.findings if finding.verdict is Verdict.WARN)
        case = replace(case, exchange=Verdict.WARN, findings=mild, root_cause="line-ends")
    return replace(case, scenario=scenario, variant=(), **values)  # type: ignore[arg-type]


def change(case: CaseResult, trend: Trend, before: Verdict | None, *rules: str, worth: Verdict | None = None) -> Change:
    now = None if trend is Trend.GONE else case.verdict
    return Change(case.client, case.server, case.name, trend, before, now, rules, worth)


def gated(strict: bool = False, fail_on: FailOn = FailOn.FAILURES) -> Run:
    """A case of every verdict and every trend, one that is known, and a deviation that is known and did not show."""
    lost = replace(unsupported(), scenario="tls/lost")
    worse = told("faults/worse", Verdict.FAIL)
    warned = told("core/worse-warning", Verdict.WARN)
    better = told("core/better", Verdict.PASS)
    new = told("core/new", Verdict.PASS)
    busy = told("timing/busy", Verdict.INCONCLUSIVE, reason="the machine was late by 400 ms")
    cases = (
        *(lost, worse, warned, better, new, busy),
        told("core/same", Verdict.PASS),
        told("faults/same", Verdict.FAIL),
        told("faults/known", Verdict.FAIL, known=(KNOWN,)),
        told("core/same-warning", Verdict.WARN),
        told("relay/other", Verdict.NOT_APPLICABLE, reason="the relay cannot say 421"),
        secured(),
        unsupported(),
        broken(),
    )
    changes = (
        change(better, Trend.BETTER, Verdict.FAIL, "goes-on-after-refusal"),
        change(told("core/gone", Verdict.PASS), Trend.GONE, Verdict.PASS),
        change(new, Trend.NEW, None),
        change(busy, Trend.UNJUDGED, Verdict.PASS),
        change(warned, Trend.WORSE, Verdict.PASS, "no-quit", worth=Verdict.WARN),
        change(worse, Trend.WORSE, Verdict.WARN, "goes-on-after-refusal", worth=Verdict.FAIL),
        change(lost, Trend.WORSE, Verdict.PASS, worth=Verdict.UNSUPPORTED),
    )
    unseen = Unseen(replace(KNOWN, case="core/same", place=Place("./known.yaml", 7, 5)), "rawsmtp", ("core/same",))
    return replace(run_of(cases), gate=Gate(strict, fail_on, BASELINE, changes, (unseen,)))


HOSTILE = (
    "\x00\x1b[31m\u202e\ud800\uffff</script><script>alert(1)</script> [x](javascript:alert(1)) {0} ]]> & | `"
    "\r\n::error::x\u2028%0A::warning title=x,y:z::"
)
"""Text that would break out of HTML, Markdown, XML, JSON, a URI or a workflow command."""


def written(text: str) -> Run:
    """A run with *text* wherever a client, a server or a user may write something; with a case of every outcome."""
    place = Place(text, 1, 1)
    known = Known("*", ("goes-on-after-refusal", text), text, "*", text, "https://x.test/" + text, place)
    findings = tuple(
        replace(one, expected=text, observed=text, facts=tuple((name, text) for name, _ in one.facts), step=0)
        for one in failing().findings
    )
    bad = replace(
        failing(),
        steps=(Row(1, "client", Status.DIFFERENT, text, text, (), place),),
        findings=(*findings, replace(findings[0], rule=text, requirement=text, level=text)),
        title={"en": text, "zh": text},
        reason=text,
        place=place,
        known=(known, known),
        covers=(text,),
        process=Process(1, stdout=text, stderr=text),
    )
    loud = replace(bad, known=(), scenario="faults/" + text, variant=(text,), server=text)
    mute = replace(loud, exchange=Verdict.ERROR, closing=Verdict.PASS, findings=(), root_cause=None, client=text)
    idle = replace(mute, exchange=Verdict.UNSUPPORTED)
    changes = (
        change(bad, Trend.WORSE, Verdict.PASS, text, "goes-on-after-refusal", worth=Verdict.FAIL),
        change(replace(loud, variant=()), Trend.GONE, Verdict.PASS, text),
    )
    gate = Gate(True, FailOn.FAILURES, text, changes, (Unseen(known, text, (text,) * 30),))
    requirement = Requirement(text, "RFC" + text, text, "MUST", text, text, "any", text)
    run = run_of((bad, loud, mute, idle))
    return replace(run, started=text, gate=gate, requirements=(requirement,), environment={"smtpwitness": text})


def hostile_gated() -> Run:
    """`written` with hostile text, and much of it, beside the hostile case."""
    run = written(HOSTILE * 40)
    return replace(run, cases=(hostile(), *run.cases))
