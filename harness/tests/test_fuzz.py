"""Whatever a client sends, in every shipped scenario: no exception, the same judgement afterwards, no secret kept.

The whole of the core is driven as the fake server drives it (redact, play, judge, report), but without sockets or time.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_runs import catalogue
from sample_run import run_of
from theatre import Stage

from smtpwitness.files import store
from smtpwitness.files.scan import forms_in
from smtpwitness.files.suites import select
from smtpwitness.judge.actions import End, Say
from smtpwitness.judge.case import Facts, judge
from smtpwitness.judge.player import Player
from smtpwitness.judge.redact import Redactor
from smtpwitness.judge.rules import RULE_IDS
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client, Process
from smtpwitness.model.scenario import Scenario
from smtpwitness.model.transcript import Kind, Side
from smtpwitness.report.junit import junit
from smtpwitness.report.pages import case_pages
from smtpwitness.report.plain import explained
from smtpwitness.report.sarif import sarif
from smtpwitness.report.view import ordered
from smtpwitness.runner import Plan, make_job

PASSWORD = "5ecret-Pa55word-0123"
MOST_MOVES = 24

Move = tuple[str, bytes]
"""What the client does (`line`, `content`, `tls`, `no tls`, `close`, `reset`, `open`) and the octets of it."""


@cache
def scenarios() -> Sequence[Scenario]:
    return select((), frozenset(catalogue()), RULE_IDS).scenarios


def encoded(text: str) -> bytes:
    return base64.b64encode(text.encode())


SECRETS = (
    PASSWORD.encode(),
    encoded(PASSWORD),
    encoded(f"\0alice@example.test\0{PASSWORD}"),
    PASSWORD.encode().hex().encode(),
    b"AUTH PLAIN " + encoded(f"\0alice@example.test\0{PASSWORD}"),
    b"AUTH LOGIN " + encoded(PASSWORD),
    b"NOOP " + PASSWORD.encode(),
    b"AUTH OAUTHBEARER " + encoded(f"n,,\x01host=a\x01auth=Bearer {PASSWORD}\x01\x01"),
    encoded(f"user={PASSWORD}\x01auth=Bearer {PASSWORD}\x01\x01"),
    b"AUTH SCRAM-SHA-256 " + encoded(f"n,,n={PASSWORD},r=abc"),
    encoded(f"c=biws,r={PASSWORD},p=eA=="),
)
COMMANDS = (
    *(b"EHLO client.example.test", b"HELO x", b"MAIL FROM:<alice@example.test>", b"RCPT TO:<bob@example.test>"),
    *(b"DATA", b"QUIT", b"RSET", b"NOOP", b"STARTTLS", b"AUTH LOGIN", b"AUTH PLAIN", b"AUTH CRAM-MD5", b"AUTH X", b"*"),
    *(b"AUTH SCRAM-SHA-256", b"AUTH scram-sha-1 " + encoded("n,,n=alice@example.test,r=abc"), b"AUTH EXTERNAL ="),
    *(encoded("n,,n=alice@example.test,r=abc"), encoded("c=biws,r=abc,p=eA=="), b"AUTH OAUTHBEARER", b"AQ=="),
    *(b"mail from: <>", b"RCPT TO:<@a,@b:c@d.test> SIZE=1", b"BDAT 5 LAST", b"VRFY x", b"HELP", b"", b".", b"MAIL"),
)
LINES = st.builds(
    lambda octets, end: octets.replace(b"\n", b"") + end,
    st.one_of(st.sampled_from(COMMANDS), st.sampled_from(SECRETS), st.binary(max_size=60)),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\r\n", b""]),
)
CONTENTS = st.one_of(
    st.just(b"Subject: x\r\n\r\nhello\r\n.\r\n"),
    st.builds(lambda octets: octets.replace(b"\r\n.\r\n", b"") + b"\r\n.\r\n", st.binary(max_size=120)),
    st.just(PASSWORD.encode() + b"\r\n.\r\n"),
    st.binary(max_size=40),
)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("line"), LINES),
        st.tuples(st.just("line"), LINES),
        st.tuples(st.just("content"), CONTENTS),
        st.tuples(st.sampled_from(["tls", "no tls", "close", "reset", "open"]), st.just(b"")),
    ),
    max_size=MOST_MOVES,
)


class Anybody:
    """One client on one connection at a time, as the fake server would tell of it."""

    def __init__(self, scenario: Scenario) -> None:
        self.plan = Plan(scenario, Client("fuzz", (), takes="raw", reads_environment=True))
        self.job = make_job(scenario, self.plan.client)
        self.redactor = Redactor(self.job.username, PASSWORD)
        self.stage = Stage(Player(scenario, self.job))
        self.connection, self.over, self.told = 0, True, 0
        self._open()

    def _open(self) -> None:
        if self.over and self.connection < 4:
            self.connection, self.over = self.connection + 1, False
            self._tell(Side.CLIENT, Kind.OPEN)

    def _tell(self, side: Side, kind: Kind, octets: bytes = b"", **more: object) -> None:
        before = len(self.stage.actions)
        self.stage.tell(self.connection, side, kind, octets, **more)  # type: ignore[arg-type]
        for event in self.stage.events[self.told :]:
            if event.kind is Kind.REPLY:
                self.redactor.replied(event.connection, event.octets)
        self.told = len(self.stage.events)
        self.over |= any(isinstance(one, End) and one.how != "half-close" for one in self.stage.actions[before:])

    def do(self, what: str, octets: bytes) -> None:
        reading = self.stage.player.reading(self.connection)
        if what == "open":
            self._open()
        elif self.over:
            return
        elif what in ("close", "reset"):
            self.over = True
            self._tell(Side.CLIENT, Kind.CLOSE, note="eof" if what == "close" else "reset")
        elif self.stage.waiting:
            if what in ("tls", "no tls"):
                self.stage.waiting.pop()
                if what == "tls":
                    self.redactor.tls(self.connection)
                self._tell(Side.CLIENT, Kind.TLS if what == "tls" else Kind.TLS_FAILED, note="fuzz")
        elif what == "content" and reading.content:
            clean, secrets = self.redactor.content(octets)
            note = "" if octets.endswith(b"\r\n.\r\n") else "cut"
            self._tell(Side.CLIENT, Kind.CONTENT, clean, secrets=secrets, note=note)
            self.over |= note == "cut"
        elif what == "line" and octets and not reading.content:
            clean, secrets, overlong = self.redactor.line(self.connection, octets)
            note = "" if octets.endswith(b"\n") else "unterminated"
            self._tell(Side.CLIENT, Kind.LINE, clean, secrets=secrets, note=note, overlong=overlong)


@settings(max_examples=400)
@given(st.integers(min_value=0), MOVES)
def test_any_client_is_judged_and_tells_no_secret(which: int, moves: list[Move]) -> None:
    scenario = scenarios()[which % len(scenarios())]
    client = Anybody(scenario)
    for what, octets in moves:
        client.do(what, octets)
    facts = Facts((("accepted",),), Process(0), tells_classes=True)
    judgement = judge(scenario, client.job, client.stage.transcript, facts, catalogue())
    assert judgement.exchange is not Verdict.ERROR, judgement.reason
    case = CaseResult(
        scenario=scenario.id,
        variant=scenario.variant,
        client="fuzz",
        server=scenario.server.name,
        exchange=judgement.exchange,
        closing=judgement.closing,
        fate=judgement.fate,
        reported=facts.reported,
        exit_status=0,
        duration_ms=1.0,
        root_cause=judgement.root_cause,
        steps=judgement.steps,
        findings=judgement.findings,
        transcript=client.stage.transcript,
        job=client.job,
        process=facts.process,
        place=scenario.place,
        title=scenario.title,
    )
    run = run_of([case])
    texts = [
        store.dump(run),
        case_pages(run, ordered(run), 0)["zh"],
        explained(case, catalogue()),
        junit(run),
        sarif(run),
    ]
    assert store.load(texts[0]) == run
    if scenario.job.password is None:
        assert not forms_in("\n".join(texts), [PASSWORD])


def test_the_machine_can_go_all_the_way() -> None:
    """That it finds nothing means nothing if it never comes to anything: an honest client passes on it."""
    (happy,) = (one for one in scenarios() if one.id == "core/happy")
    client = Anybody(happy)
    message = client.job.messages[0]
    for line in (
        b"EHLO client.example.test",
        b"MAIL FROM:<alice@example.test>",
        b"RCPT TO:<bob@example.test>",
        b"DATA",
    ):
        client.do("line", line + b"\r\n")
    client.do("content", message.octets + b".\r\n")
    client.do("line", b"QUIT\r\n")
    client.do("close", b"")
    facts = Facts((("accepted",),), Process(0), tells_classes=True)
    judgement = judge(happy, client.job, client.stage.transcript, facts, catalogue())
    assert (judgement.exchange, judgement.fate) == (Verdict.PASS, (("accepted",),))
    said = [one.octets[:3] for one in client.stage.actions if isinstance(one, Say)]
    assert said == [b"220", b"250", b"250", b"250", b"354", b"250", b"221"]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_any_of_these_forms_would_be_found(secret: bytes) -> None:
    assert forms_in(secret.decode(), [PASSWORD])
