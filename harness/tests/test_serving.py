"""`smtpwitness serve`: what a person is shown and told, how one session follows another, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sample_run
from command_line import COREMAIL, Command, environment
from peers.scripted import run
from real_runs import scenarios
from rich.console import Console

from smtpwitness import cli, hosting, narrator, serving
from smtpwitness.files.problems import ScenarioError
from smtpwitness.model.finding import Finding, Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.model.texts.serving import SERVING
from smtpwitness.model.transcript import Event, Kind, Secrecy, Secret, Side
from smtpwitness.narrator import Screen
from smtpwitness.peers import fake
from smtpwitness.peers.sockets import listen
from smtpwitness.serving import PortTaken, Script, serve

CHINESE = re.compile("[\u4e00-\u9fff]")
PASSWORD = "geheim-1234"


class Output(io.StringIO):
    """A screen that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._written: asyncio.Event | None = None

    def write(self, text: str) -> int:
        if self._written is not None:
            self._written.set()
        return super().write(text)

    async def until(self, text: str, times: int = 1) -> str:
        """What is on the screen as soon as *text* stands there so many *times*."""
        while self.getvalue().count(text) < times:
            self._written = asyncio.Event()
            await self._written.wait()
        return self.getvalue()


class Terminal(Output):
    def isatty(self) -> bool:
        return True


def screen_on(output: io.StringIO, language: str = "en", width: int = 80) -> Screen:
    console = Console(
        file=output,
        width=width,
        highlight=False,
        force_terminal=isinstance(output, Terminal),
        color_system=None,
    )
    return Screen(console, language)


# --- the scenario


TEXT = """\
title: {en: One, zh: 一}
covers: []
dialogue:
  - S: 220 first.example.test
  - C: QUIT
outcome: any
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "mine" / "own.smtp.yaml"
    file.parent.mkdir()
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_a_selector_that_names_one_scenario() -> None:
    assert Script("core/happy").scenario.name == "core/happy"
    assert Script("tls/implicit[wrong name]").scenario.variant == ("wrong name",)


def test_of_several_variants_one_is_to_be_chosen() -> None:
    with pytest.raises(ScenarioError) as told:
        Script("tls/implicit")
    names = ", ".join(repr(one.name) for one in scenarios(["tls/implicit"]))
    count = names.count("tls/")
    assert count > 1
    assert str(told.value) == (
        f"SELECTOR:1:1: 'tls/implicit' is {count} scenarios, and one can be played; which of {names}?"
    )
    with pytest.raises(ScenarioError, match=r", \.\.\.\?$") as told:
        Script("*")
    assert str(told.value).count("/") == serving.NAMES


def test_nobody_by_hand_meets_the_name_server_of_a_box() -> None:
    with pytest.raises(ScenarioError, match="in 'mta/mx-order' the client asks a name server"):
        Script("mta/mx-order")


def test_what_has_not_changed_stays_the_same(own: Path) -> None:
    script = Script(str(own))
    before = script.scenario
    os.utime(own, ns=(1, 1))  # touched, not changed
    script.again()
    assert script.scenario is before


def test_what_has_changed_is_read_again_and_mistakes_are_told_once(own: Path) -> None:
    script = Script(str(own))
    before = script.scenario
    own.write_text(TEXT.replace("title", "titel"))
    with pytest.raises(ScenarioError, match=r"own\.smtp\.yaml:1:1: .*'titel'"):
        script.again()
    script.again()
    assert script.scenario is before
    own.write_text(TEXT.replace("title", "tilte"))
    with pytest.raises(ScenarioError, match="tilte"):
        script.again()
    own.write_text(TEXT.replace("One", "Two"))
    script.again()
    assert script.scenario.title["en"] == "Two"


def test_a_mistake_that_is_taken_back_and_made_again_is_told_again(own: Path) -> None:
    script = Script(str(own))
    for _ in range(2):
        own.write_text(TEXT.replace("title", "titel"))
        with pytest.raises(ScenarioError, match="titel"):
            script.again()
        own.write_text(TEXT, encoding="utf-8")
        script.again()
        assert script.scenario.title["en"] == "One"


def test_a_fragment_that_is_made_or_changed_counts_too(own: Path) -> None:
    own.write_text(TEXT.replace("  - C: QUIT", "  - use: mine"))
    fragment = own.parent / "fragments" / "mine.yaml"
    fragment.parent.mkdir()
    fragment.write_text("steps: [C: QUIT]\n")
    script = Script(str(own))
    before = script.scenario
    fragment.unlink()
    with pytest.raises(ScenarioError, match="mine"):
        script.again()
    fragment.write_text("steps: [C: NOOP]\n")
    script.again()
    assert script.scenario.connections != before.connections


def test_a_file_that_is_gone(own: Path) -> None:
    script = Script(str(own))
    own.unlink()
    with pytest.raises(ScenarioError, match="there is no such file"):
        script.again()
    assert script.scenario.title["en"] == "One"


# --- the screen: events


def at(kind: Kind, octets: bytes = b"", side: Side = Side.CLIENT, connection: int = 1, **more: Any) -> Event:
    milliseconds = more.pop("ms", 0)
    time = milliseconds * 1_000_000
    return Event(0, connection, time, time, side, kind, octets, **more)


def shown(*events: Event, language: str = "en", numbered: bool = False) -> list[str]:
    output = io.StringIO()
    screen = screen_on(output, language)
    screen.begin(numbered=numbered)
    for event in events:
        screen.event(event)
    return output.getvalue().splitlines()


def test_a_line_for_each_event_with_its_time_and_its_side() -> None:
    assert shown(
        at(Kind.OPEN, ms=5000),
        at(Kind.REPLY, b"220-one\r\n220 two\r\n", Side.SERVER, ms=5100),
        at(Kind.LINE, b"EHLO x\r\n", ms=65_250),
        at(Kind.REPLY, b"", Side.SERVER, ms=65_300),
        at(Kind.TLS, note="TLSv1.3 X", ms=65_400),
        at(Kind.TLS_FAILED, note="bad\x1b[2J", ms=65_450),
        at(Kind.PARTIAL, size=20_000, ms=65_500),
        at(Kind.CLOSE, note="eof", ms=65_600),
        at(Kind.CLOSE, note="stall", side=Side.SERVER, ms=65_700),
        at(Kind.CLOSE, note="reset", side=Side.SERVER, ms=65_800),
    ) == [
        "   0.000  -- client opens connection 1",
        "   0.100  S: 220-one",
        "          S: 220 two",
        "  60.250  C: EHLO x",
        "  60.300  -- the server says nothing",
        "  60.400  -- TLS handshake: TLSv1.3 X",
        "  60.450  -- TLS handshake failed: bad\\x1b[2J",
        "  60.500  -- message, 20,000 octets so far",
        "  60.600  -- client closes the connection",
        "  60.700  -- the server says no more",
        "  60.800  -- server resets the connection",
    ]


def test_connections_are_told_apart_where_there_are_several() -> None:
    one, two = at(Kind.OPEN), at(Kind.OPEN, connection=2, ms=700)
    assert shown(one, two, at(Kind.LINE, b"QUIT\r\n", ms=900)) == [
        "   0.000  -- client opens connection 1",
        "   0.000  [2] -- client opens connection 2",
        "   0.900  [1] C: QUIT",
    ]
    assert shown(one, numbered=True) == ["   0.000  [1] -- client opens connection 1"]


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"EHLO x", "C: EHLO x [no line end]"),
        (b"EHLO x\n", "C: EHLO x [LF alone]"),
        (b"QUIT \r\n", "C: QUIT·"),
        (b"\x1b[31m\x07\xff\r\n", "C: \\x1b[31m\\x07\\xff"),
        (b"[bold]x[/bold] :smile:\r\n", "C: [bold]x[/bold] :smile:"),
        ("你好\r\n".encode(), "C: 你好"),
        (b"x" * 1000 + b"\r\n", "C: " + "x" * 200 + " [… 800 more octets]"),
    ],
)
def test_octets_are_harmless_bounded_and_tell_how_a_line_ends(octets: bytes, text: str) -> None:
    assert shown(at(Kind.LINE, octets)) == [f"   0.000  {text}"]


def test_a_secret_is_a_word() -> None:
    octets = b"AUTH PLAIN ********\r\n"
    secrets = (Secret(11, 19, Secrecy.PLAIN, "base64"),)
    (line,) = shown(at(Kind.LINE, octets, secrets=secrets))
    assert line.endswith("C: AUTH PLAIN <user name and password>")
    (line,) = shown(at(Kind.LINE, octets, secrets=(replace(secrets[0], well_formed=False),)))
    assert line.endswith("<user name and password, malformed>")
    (line,) = shown(at(Kind.LINE, octets, secrets=secrets), language="zh")
    assert line.endswith("<用户名与口令>")


def test_a_message_of_a_megabyte_is_a_few_lines() -> None:
    lines = shown(at(Kind.CONTENT, b"Subject: x\r\n\r\n" + b"y" * 70 + b"\r\n" + b"z\r\n" * 300_000 + b".\r\n"))
    assert len(lines) == 10
    assert lines[:3] == ["   0.000  -- message, 900,089 octets", "          C: Subject: x", "          C: "]
    assert lines[-1] == "          C: … 299,996 more"


@pytest.mark.parametrize("note", ["cut", "unterminated"])
def test_a_message_without_an_end_says_so(note: str) -> None:
    assert "never ended" in shown(at(Kind.CONTENT, b"x", note=note))[1]


def test_every_kind_of_event_has_words_in_both_languages() -> None:
    for kind in set(Kind) - {Kind.LIMIT, Kind.EXIT}:  # these two are told to nobody
        for note in ("eof", "reset", "close", "half-close", "stall"):
            for side in (Side.CLIENT, Side.SERVER):
                event = at(kind, note=note, side=side)
                assert shown(event) or kind is Kind.LINE
                assert not CHINESE.search("".join(shown(event)))
                assert CHINESE.search("".join(shown(event, language="zh"))) or kind is Kind.LINE


def test_words_of_its_own_are_the_same_in_both_languages() -> None:
    for key, (english, chinese) in ((key, both.values()) for key, both in SERVING.items()):
        assert sorted(re.findall(r"{\w+", english)) == sorted(re.findall(r"{\w+", chinese)), key
        assert not CHINESE.search(english), key


# --- the screen: verdicts

LINE_END = Finding(
    "line-end",
    "line-end.bare-lf",
    Verdict.FAIL,
    "RFC5321-2.3.8-a",
    "MUST NOT",
    expected="CRLF",
    observed="LF\x1b[2J",
    facts=(("line", "QUIT"), ("count", "2")),
    events=(3,),
)
SPACE = replace(LINE_END, rule="space-after-colon", key="space-after-colon", verdict=Verdict.WARN, events=(1,))
NOTED = replace(LINE_END, rule="hello-name", key="hello-name", verdict=Verdict.NOTE)


def case(verdict: Verdict, *findings: Finding, cause: str | None = None, **more: Any) -> CaseResult:
    made = replace(sample_run.assignment(), client="session 3", findings=findings, root_cause=cause, **more)
    return replace(made, exchange=verdict, closing=Verdict.PASS)


def judged(result: CaseResult, language: str = "en", output: io.StringIO | None = None, width: int = 80) -> list[str]:
    output = output or io.StringIO()
    screen_on(output, language, width).verdict(result)
    return output.getvalue().splitlines()


def test_a_verdict_says_what_why_and_how_to_mend_it_the_first_thing_first() -> None:
    lines = judged(case(Verdict.FAIL, NOTED, SPACE, LINE_END, cause="line-end"))
    assert lines[1] == f"fail         {COREMAIL}  session 3"
    assert [line[:13].strip() for line in lines if line] == ["fail", *[""] * 5, "warn", *[""] * 4, "note"]
    assert lines[2].endswith("(RFC5321-2.3.8-a)")
    assert [line.strip().partition(" ")[0] for line in lines[3:7]] == ["expected", "observed", "why:", "mend"]
    assert lines[4].endswith("observed LF\\x1b[2J")


def test_of_two_failures_the_root_cause_comes_first() -> None:
    other = replace(SPACE, verdict=Verdict.FAIL)
    for findings in ((LINE_END, other), (other, LINE_END)):
        for root in findings:
            lines = judged(case(Verdict.FAIL, *findings, cause=root.rule))
            assert ("LF" in lines[2]) is (root is LINE_END)


def test_a_pass_is_a_line() -> None:
    assert judged(case(Verdict.PASS)) == ["", f"pass         {COREMAIL}  session 3"]


def test_an_error_gives_its_reason() -> None:
    assert judged(case(Verdict.ERROR, reason="the fake server: OSError()"))[2].strip() == "the fake server: OSError()"


def test_a_note_tells_why_it_is_allowed() -> None:
    note = replace(NOTED, facts=(*NOTED.facts, ("allowed", "the assignment\x1b says so")))
    assert judged(case(Verdict.NOTE, note))[-1].endswith("(allowed here: the assignment\\x1b says so)")


def test_who_has_too_much_to_tell_is_cut_short() -> None:
    many = [replace(LINE_END, events=(number,)) for number in range(narrator.FINDINGS + 3)]
    lines = judged(case(Verdict.FAIL, *many, cause="line-end"))
    assert sum("CRLF" in line and "expected" in line for line in lines) == narrator.FINDINGS
    assert lines[-1].strip() == "… 3 more findings"


def test_a_terminal_breaks_long_words_where_they_can_be_read_and_a_pipe_gets_whole_lines() -> None:
    result = case(Verdict.FAIL, LINE_END, cause="line-end")
    piped, narrow = judged(result), judged(result, output=Terminal(), width=50)
    assert max(map(len, piped)) > 80
    assert all(len(line) <= 50 for line in narrow if COREMAIL not in line)
    assert all(line.startswith(" " * 13) for line in narrow[2:])
    words = " ".join(" ".join(narrow).split())
    assert words == " ".join(" ".join(piped).split())


def test_a_verdict_in_chinese() -> None:
    lines = judged(case(Verdict.FAIL, LINE_END, cause="line-end"), "zh")
    assert all(CHINESE.search(line) for line in lines[2:7])


# --- sessions

EHLO = b"EHLO client.example.test\r\n"
MESSAGE = (
    b"From: carol@example.test\r\nDate: Mon, 23 Nov 2026 18:02:11 +0000\r\nMessage-ID: <1@example.test>\r\n\r\n"
    b"Hello.\r\n.\r\n"
)
ENVELOPE = (b"MAIL FROM:<carol@example.test>\r\n", b"RCPT TO:<dan@example.test>\r\n", b"DATA\r\n")
WHOLE = (EHLO, *ENVELOPE, MESSAGE, b"QUIT\r\n")


class Connection:
    """A client's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def says(self, *lines: bytes) -> bytes:
        """Send lines, each once the reply before it has come whole; returns the last reply's last line."""
        reply = b""
        for line in lines:
            self._writer.write(line)
            reply = await self.hears()
        return reply

    def sends(self, octets: bytes) -> None:
        self._writer.write(octets)

    async def hears(self) -> bytes:
        reply = await self._reader.readline()
        while reply[3:4] == b"-":
            reply = await self._reader.readline()
        return reply

    async def leaves(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@dataclass
class Session:
    """A `serve` that runs."""

    output: Output
    task: asyncio.Task[CaseResult | None]
    port: int

    async def connect(self, *, greeted: bool = True) -> Connection:
        one = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        if greeted:
            assert (await one.hears()).startswith(b"220")
        return one

    async def plays(self, *lines: bytes) -> None:
        """A whole connection."""
        one = await self.connect()
        await one.says(*lines)
        await one.leaves()

    async def ctrl_c(self) -> CaseResult | None:
        self.task.cancel()
        return await self.task


def served(
    client: Callable[[Session], Awaitable[CaseResult | None]],
    selector: str | Path = "core/happy",
    *,
    once: bool = False,
    watch: bool = False,
    held: bool = False,
    language: str = "en",
    output: Output | None = None,
) -> tuple[str, CaseResult | None]:
    """What stands on the screen, and the case that ended it, once *client* has done its part."""
    output = output or Output()

    async def main() -> CaseResult | None:
        work = serve(Script(str(selector)), 0, screen_on(output, language), once=once, watch=watch, held=held)
        task = asyncio.create_task(work)
        first = await output.until("---\n")
        port = re.search(r"(?:port |端口 )(\d+)", first)
        assert port is not None
        return await client(Session(output, task, int(port[1])))

    ended: CaseResult | None = run(main)
    return output.getvalue(), ended


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "GRACE", 0.02)
    monkeypatch.setattr(serving, "POLL", 0.02)


def test_a_session_is_shown_and_judged_when_the_connection_has_ended() -> None:
    async def client(session: Session) -> CaseResult | None:
        await session.plays(*WHOLE)
        return await session.task

    screen, ended = served(client, once=True)
    assert ended is not None
    assert (ended.verdict, ended.client) == (Verdict.PASS, "session 1")
    said = [line[10:] for line in screen.splitlines() if re.match(r" +\d+\.\d{3}  [CS]:", line)]
    assert said[:3] == ["S: 220 mail.example.test ESMTP", "C: EHLO client.example.test", "S: 250 mail.example.test"]
    assert said[-1] == "S: 221 2.0.0 Bye"
    assert screen.endswith("client closes the connection\n\npass         core/happy  session 1\n")


def test_a_person_is_told_where_to_point_a_client_and_with_what() -> None:
    async def client(session: Session) -> CaseResult | None:
        return await session.ctrl_c()

    screen, _ = served(client, "tls/starttls-auth")
    rows = dict(re.findall(r"^  (\S+(?: \S+)?)  +(\S.*)$", screen, re.MULTILINE))
    assert re.fullmatch(r"(localhost|127\.0\.0\.1), port \d+ \(persona plain\)", rows["server"])
    assert (rows["TLS"], rows["AUTH"], rows["user name"]) == ("STARTTLS", "PLAIN", "alice@example.test")
    assert rows["password"].startswith("any")
    assert rows["CA file"].endswith("ca.pem")
    assert (rows["sender"], rows["recipients"]) == ("alice@example.test", "bob@example.test")
    assert rows["subject"] == "Hello"
    assert "Ctrl-C" in screen

    screen, _ = served(client, "faults/timeout-matrix[RCPT]")
    assert re.search(r"^  time-out +2 s$", screen, re.MULTILINE)
    assert not re.search("password|CA file", screen)

    screen, _ = served(client, "core/multi-message", language="zh")
    assert re.search(r"^  邮件数 +2$", screen, re.MULTILINE)
    assert screen.count("发件人") == 1


@pytest.mark.parametrize(("held", "verdict"), [(False, Verdict.PASS), (True, Verdict.FAIL)])
def test_a_client_is_held_to_the_values_on_the_screen_where_it_is_asked_for(held: bool, verdict: Verdict) -> None:
    async def client(session: Session) -> CaseResult | None:
        await session.plays(*WHOLE)
        await session.output.until("session 2: waiting")
        await session.plays(*WHOLE)
        await session.output.until("session 3: waiting")
        await session.plays(*(line.replace(b"<carol@", b"<alice@").replace(b"<dan@", b"<bob@") for line in WHOLE))
        await session.output.until("session 4: waiting")
        return await session.ctrl_c()

    screen, _ = served(client, held=held)
    assert re.findall(r"^(\w+) +core/happy  session", screen, re.MULTILINE) == [str(verdict), str(verdict), "pass"]
    assert ("must use this sender" in screen) is held
    assert ("values of its own" in screen) is not held


def test_of_many_recipients_some_are_named(own: Path) -> None:
    own.write_text(TEXT + "job: {recipients: 9}\n")

    async def client(session: Session) -> CaseResult | None:
        return await session.ctrl_c()

    (row,) = [line for line in served(client, own)[0].splitlines() if line.startswith("  recipients")]
    assert row.endswith("rcpt5@example.test, … 4 more")


def test_one_session_follows_another_on_the_same_port() -> None:
    async def client(session: Session) -> CaseResult | None:
        await session.plays(*WHOLE)
        await session.output.until("session 2: waiting")
        await session.plays(EHLO, b"QUIT\r\n")
        await session.output.until("session 3: waiting")
        return await session.ctrl_c()

    screen, ended = served(client)
    assert ended is None
    assert re.findall(r"^(\w+) +core/happy  (session .*)$", screen, re.MULTILINE) == [
        ("pass", "session 1"),
        ("fail", "session 2"),
    ]
    assert screen.count("client opens connection 1") == 2


def test_the_port_stays_open_where_the_server_is_the_first_to_leave() -> None:
    async def client(session: Session) -> CaseResult | None:
        for number in range(2, 5):
            one = await session.connect(greeted=False)
            assert await one.hears() == b""
            await one.leaves()
            await session.output.until(f"session {number}: waiting")
        return await session.ctrl_c()

    served(client, "faults/close-matrix[greeting]")


def test_a_look_at_the_port_is_told_and_not_counted() -> None:
    async def client(session: Session) -> CaseResult | None:
        await session.plays()
        await session.output.until("not counted")
        await session.plays(*WHOLE)
        return await session.task

    screen, ended = served(client, once=True)
    assert ended is not None
    assert (ended.verdict, ended.client) == (Verdict.PASS, "session 1")
    assert {event.connection for event in ended.transcript} == {1}
    assert screen.count("waiting for a client") == 1


# --- several connections


def test_who_connects_again_at_once_belongs_to_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "GRACE", 30.0)

    async def client(session: Session) -> CaseResult | None:
        await session.plays(EHLO, b"QUIT\r\n")
        await session.output.until("closes the connection")
        await asyncio.sleep(0.2)  # who was judged at once would be judged by now
        one = await session.connect()
        monkeypatch.setattr(serving, "GRACE", 0.02)
        await one.says(*WHOLE)
        await one.leaves()
        return await session.task

    screen, ended = served(client, once=True)
    assert ended is not None
    assert {event.connection for event in ended.transcript} == {1, 2}
    assert "[2] S: 220" in screen


def test_who_connects_while_it_is_judged_belongs_to_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, late = hosting.Hosted.judge, asyncio.Event()

    async def slow(hosted: hosting.Hosted) -> CaseResult:
        result = await judge(hosted)
        if not late.is_set():
            late.set()
            while hosted.server.accepted < 2:
                await asyncio.sleep(0)
        return result

    monkeypatch.setattr(hosting.Hosted, "judge", slow)

    async def client(session: Session) -> CaseResult | None:
        await session.plays(EHLO, b"QUIT\r\n")
        await late.wait()
        await session.plays(*WHOLE)
        return await session.task

    _, ended = served(client, once=True)
    assert ended is not None
    assert ended.fate == (("accepted",),)


TWO = """\
title: {en: Two, zh: 二}
covers: []
dialogue:
  - connection: [{use: ordinary}]
  - connection: [{use: hello}, {use: goodbye}]
"""


def test_a_connection_that_the_scenario_still_asks_for_is_waited_for(own: Path) -> None:
    own.write_text(TWO, encoding="utf-8")

    async def client(session: Session) -> CaseResult | None:
        await session.plays(*WHOLE)
        await session.output.until("waiting for connection 2 of 2 (Ctrl-C: judge now)")
        await session.plays(EHLO, b"QUIT\r\n")
        return await session.task

    screen, ended = served(client, own, once=True)
    assert ended is not None
    assert ended.verdict is Verdict.PASS
    assert "[1] -- client opens connection 1" in screen


def test_ctrl_c_does_without_it(own: Path) -> None:
    own.write_text(TWO, encoding="utf-8")

    async def client(session: Session) -> CaseResult | None:
        await session.plays(*WHOLE)
        await session.output.until("waiting for connection 2 of 2")
        return await session.ctrl_c()

    screen, ended = served(client, own)
    assert ended is not None
    assert (ended.verdict, ended.process.timed_out) == (Verdict.NOTE, False)
    assert [one.rule for one in ended.findings] == ["dialogue/unconnected"]
    assert "Ctrl-C: judged as it stands" in screen


# --- Ctrl-C


def test_ctrl_c_judges_what_is_open() -> None:
    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        await one.says(EHLO)
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    screen, ended = served(client)
    assert ended is not None
    assert (ended.verdict, ended.root_cause) == (Verdict.FAIL, "dialogue/closed")
    (silence,) = (one for one in ended.findings if one.rule == "silence")
    assert silence.verdict is Verdict.NOTE
    assert float(dict(silence.facts)["seconds"]) < 30
    assert screen.index("Ctrl-C: judged as it stands") < screen.index("fail         core/happy")
    assert "nobody told the client how long it has" in screen
    assert "session 2" not in screen


def test_ctrl_c_with_a_client_that_never_said_a_word() -> None:
    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    _, ended = served(client)
    assert ended is not None
    assert ended.verdict is Verdict.FAIL


def test_ctrl_c_on_a_terminal_begins_a_new_line() -> None:
    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    screen, _ = served(client, output=Terminal())
    assert "\n\nCtrl-C: judged" in screen


def test_ctrl_c_while_it_is_judged_judges_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, judging = hosting.Hosted.judge, asyncio.Event()

    async def slow(hosted: hosting.Hosted) -> CaseResult:
        if not judging.is_set():
            judging.set()
            await asyncio.Event().wait()
        return await judge(hosted)

    monkeypatch.setattr(hosting.Hosted, "judge", slow)

    async def client(session: Session) -> CaseResult | None:
        await session.plays(*WHOLE)
        await judging.wait()
        return await session.ctrl_c()

    _, ended = served(client)
    assert ended is not None
    assert ended.verdict is Verdict.PASS


# --- time


SLOW = """\
title: {en: Slow, zh: 慢}
covers: [RFC5321-4.5.3.2-a]
job: {timeout: 50 ms}
dialogue:
  - C: EHLO {helo}
  - C: NOOP
    within: 10 ms
  - use: goodbye
outcome: any
"""


def test_nobody_is_blamed_for_being_slow(own: Path) -> None:
    own.write_text(SLOW, encoding="utf-8")

    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        await one.says(EHLO)
        await asyncio.sleep(0.2)  # nothing can be waited for: the time itself is what is tried
        await one.says(b"NOOP\r\n")
        await asyncio.sleep(0.2)
        await one.leaves()
        return await session.task

    screen, ended = served(client, own, once=True)
    assert ended is not None
    found = {one.rule: one.verdict for one in ended.findings}
    assert found["silence"] is found["dialogue/within"] is Verdict.NOTE
    assert screen.count("(allowed here: nobody told the client how long it has)") == 2


def test_the_scenario_s_own_limit_ends_nothing(own: Path) -> None:
    own.write_text(TEXT + "limit: 10 ms\n", encoding="utf-8")

    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        await asyncio.sleep(0.1)
        await one.says(b"QUIT\r\n")
        await one.leaves()
        return await session.task

    _, ended = served(client, own, once=True)
    assert ended is not None
    assert ended.verdict in (Verdict.PASS, Verdict.NOTE)


def test_a_half_line_is_shown_while_its_client_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "SILENCE", 0.05)

    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        one.sends(b"EHLO client.example.test")
        await session.output.until("C: EHLO client.example.test [no line end]")
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    _, ended = served(client)
    assert ended is not None
    assert ended.root_cause == "line-end"


@pytest.mark.parametrize(
    ("selector", "lines", "words"),
    [
        ("core/happy", (EHLO,), "it is the client's turn"),
        ("core/happy", (EHLO, *ENVELOPE), "the message has not ended, the server waits for CR LF . CR LF"),
        ("faults/timeout-matrix[greeting]", None, "the server says no more, the client may leave"),
        ("faults/slow-reply[greeting]", None, "the server does not answer, as the scenario asks"),
        ("tls/implicit[good]", None, "the server waits for the client to begin TLS"),
    ],
)
def test_silence_is_told_with_whose_turn_it_is(
    selector: str, lines: tuple[bytes, ...] | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "QUIET", 0.3)

    async def client(session: Session) -> CaseResult | None:
        one = await session.connect(greeted=lines is not None)
        await one.says(*lines or ())
        screen = await session.output.until("s of silence")
        assert re.search(rf"-- \d+ s of silence: {re.escape(words)}\n", screen)
        *_, last, silent = (float(time) for time in re.findall(r"^ +(\d+\.\d{3})  ", screen, re.MULTILINE))
        assert silent - last > 0.29, "it is counted from the last thing that happened"
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    served(client, selector)


def test_a_connection_that_has_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "QUIET", 0.3)

    async def client(session: Session) -> CaseResult | None:
        one, two = await session.connect(), await session.connect()
        await two.leaves()
        before = await session.output.until("closes the connection")
        times = before.count("s of silence") + 1
        after = (await session.output.until("s of silence", times)).removeprefix(before)
        assert re.search(r"\[1\] -- \d+ s of silence", after)
        assert "[2]" not in after
        await session.ctrl_c()
        await one.leaves()
        return None

    served(client)


# --- --watch


def test_a_scenario_that_changes_is_read_again_while_nobody_is_connected(own: Path) -> None:
    async def client(session: Session) -> CaseResult | None:
        own.write_text(TEXT.replace("first", "second"), encoding="utf-8")
        await session.output.until("the scenario was changed, and is read again")
        one = await session.connect(greeted=False)
        assert await one.hears() == b"220 second.example.test\r\n"
        await one.says(b"QUIT\r\n")
        await one.leaves()
        return await session.task

    screen, ended = served(client, own, once=True, watch=True)
    assert ended is not None
    assert screen.count("--- session 1: waiting for a client ---") == 2
    assert screen.count("Ctrl-C") == 1, "what is the same is told once"


def test_what_a_person_must_know_is_told_again_where_it_changes(own: Path) -> None:
    async def client(session: Session) -> CaseResult | None:
        own.write_text(TEXT + "job: {sender: eve@example.test}\n", encoding="utf-8")
        await session.output.until("eve@example.test")
        return await session.ctrl_c()

    served(client, own, watch=True)


def test_a_mistake_is_told_and_the_last_good_one_is_played(own: Path) -> None:
    async def client(session: Session) -> CaseResult | None:
        own.write_text(TEXT.replace("title", "titel"), encoding="utf-8")
        screen = await session.output.until("the last good one goes on being played")
        assert re.search(r"own\.smtp\.yaml:1:1: .*'titel' .*did you mean 'title'", screen)
        one = await session.connect(greeted=False)
        assert await one.hears() == b"220 first.example.test\r\n"
        await one.says(b"QUIT\r\n")
        await one.leaves()
        await session.output.until("session 2: waiting")
        own.write_text(TEXT.replace("first", "mended"), encoding="utf-8")
        await session.output.until("is read again")
        one = await session.connect(greeted=False)
        assert await one.hears() == b"220 mended.example.test\r\n"
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    screen, _ = served(client, own, watch=True)
    assert screen.count("titel") == 1


def test_an_open_session_goes_on_as_it_began(own: Path) -> None:
    async def client(session: Session) -> CaseResult | None:
        one = await session.connect()
        own.write_text(TEXT.replace("first", "second").replace("QUIT", "NOOP"), encoding="utf-8")
        await one.says(b"QUIT\r\n")
        await one.leaves()
        screen = await session.output.until("session 2: waiting")
        assert re.search(r"^(pass|note) +mine/own  session 1$", screen, re.MULTILINE)
        assert screen.index("session 1\n") < screen.index("is read again")
        one = await session.connect(greeted=False)
        assert await one.hears() == b"220 second.example.test\r\n"
        ended = await session.ctrl_c()
        await one.leaves()
        return ended

    served(client, own, watch=True)


def test_without_watch_nothing_is_read_again(own: Path) -> None:
    async def client(session: Session) -> CaseResult | None:
        own.write_text("nonsense")
        for _ in range(2):
            await session.plays(b"QUIT\r\n")
        await session.output.until("session 2: waiting")
        return await session.ctrl_c()

    screen, _ = served(client, own)
    assert "changed" not in screen


# --- secrets


@pytest.mark.parametrize("selector", ["auth/plain", "core/happy"])
def test_a_password_is_never_shown(selector: str) -> None:
    async def client(session: Session) -> CaseResult | None:
        forms = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode())]
        plain = base64.b64encode(b"\0carol\0" + PASSWORD.encode())
        await session.plays(EHLO, b"AUTH PLAIN " + plain + b"\r\n", *(b"NOOP " + one + b"\r\n" for one in forms))
        return await session.task

    screen, _ = served(client, selector, once=True)
    assert "<user name and password>" in screen
    assert "C: NOOP <password>" in screen
    assert PASSWORD not in screen
    assert not [word for word in re.findall(r"[A-Za-z0-9+/=]{8,}", screen) if b"geheim" in _decoded(word)]


def _decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4))
    except ValueError:
        return b""


# --- the command


def test_a_port_that_is_taken() -> None:
    taken = listen()
    port = taken[0].getsockname()[1]
    with pytest.raises(PortTaken, match=f"port {port}: "):
        asyncio.run(serve(Script("core/happy"), port, screen_on(io.StringIO()), once=True, watch=False))
    for one in taken:
        one.close()


def test_2_what_is_wrong_is_told_in_a_line(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, out, err = command("serve", "core/happy", "--port", port)
    assert (status, out) == (2, "")
    assert re.fullmatch(f"Error: cannot listen on port {port}: .+\n", err)
    status, out, err = command("serve", "auth/cram-md5")
    assert (status, out) == (2, "")
    assert "which of 'auth/cram-md5[short]', 'auth/cram-md5[long]'?" in err
    assert command("serve", "core/hapy")[2].endswith("(did you mean 'core/happy'?)\n")
    assert command("serve", "core/happy", "--port", "65536")[0] == 2


@pytest.mark.parametrize(
    ("ended", "options", "status"),
    [
        (Verdict.PASS, (), 0),
        (Verdict.WARN, ("--once",), 0),
        (Verdict.WARN, ("--strict",), 1),
        (Verdict.FAIL, ("--once",), 1),
        (Verdict.ERROR, (), 3),
        (None, (), 0),
        (None, ("--once",), 130),
        (KeyboardInterrupt(), (), 130),
    ],
)
def test_how_it_ends(
    ended: Verdict | BaseException | None,
    options: Iterable[str],
    status: int,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def end(*_: object, once: bool, watch: bool, held: bool) -> CaseResult | None:
        if isinstance(ended, BaseException):
            raise ended
        assert once is ("--once" in options)
        return None if ended is None else case(ended)

    monkeypatch.setattr(cli.serving, "serve", end)
    assert command("serve", "core/happy", *options) == (status, "", "")


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals")


class Process:
    """The command in a process of its own, its output piped."""

    def __init__(self, *words: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "smtpwitness", "serve", "core/happy", *words],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.port = int(self.until(r"port (\d+)")[1])
        self.until("waiting for a client")

    def until(self, pattern: str) -> re.Match[str]:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended without {pattern!r}")


@pytest.fixture
def process() -> Iterator[Callable[..., Process]]:
    """Starts processes; each is killed after a minute, so that nobody waits for ever for a line that is held back."""
    started: list[tuple[Process, threading.Timer]] = []

    def start(*words: str) -> Process:
        made = Process(*words)
        timer = threading.Timer(60, made.popen.kill)
        timer.start()
        started.append((made, timer))
        return made

    yield start
    for made, timer in started:
        timer.cancel()
        made.popen.kill()
        made.popen.wait()
        assert made.popen.stdout is not None
        made.popen.stdout.close()


@posix_only
@pytest.mark.parametrize(("options", "status"), [((), 0), (("--once",), 130)])
def test_a_signal_while_nobody_is_connected(
    options: tuple[str, ...], status: int, process: Callable[..., Process]
) -> None:
    one = process(*options)
    one.popen.send_signal(signal.SIGINT)
    out, _ = one.popen.communicate(timeout=60)
    assert (one.popen.returncode, out) == (status, "")


@posix_only
def test_a_signal_while_a_session_is_open_and_lines_that_come_at_once(process: Callable[..., Process]) -> None:
    one = process()
    with socket.create_connection(("127.0.0.1", one.port)) as connection:
        one.until("S: 220")
        connection.sendall(EHLO)
        one.until("S: 250")
        one.popen.send_signal(signal.SIGINT)
        out, _ = one.popen.communicate(timeout=60)
    assert one.popen.returncode == 1
    assert "fail         core/happy  session 1" in out
    assert "Traceback" not in out
