"""Shows a session of `smtpwitness serve` as it happens, on the terminal or through a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from .files.problems import Problem
from .hosting import Hosted
from .model.finding import SEVERITY, Finding, Verdict
from .model.run import CaseResult
from .model.scenario import Scenario
from .model.transcript import Event, Kind, Secret
from .report.octets import BLANKS, Piece, show, visible
from .report.view import root_of
from .report.words import Words, who
from .screen import COLOURS, complaint, printable

INDENT = 13  # of `screen.complaint`
FINDINGS = 20  # shown of one session
LINES = {Kind.LINE: 4, Kind.CONTENT: 8}
OTHER_LINES = 16  # shown of a reply
CHARACTERS = 200  # shown of one line
SHOWN = 5  # envelopes of a job, and recipients of one


class Says(Words):
    """The words of reports, and those that only `serve` says."""

    def here(self, key: str, **values: object) -> str:
        return self(f"serve.{key}", **values)


class Screen:
    """Shows sessions on *console*. Every line is out at once, for whoever reads it through a pipe."""

    def __init__(self, console: Console, language: str) -> None:
        self._console, self.says = console, Says(language)
        self._opened: dict[int, int] = {}  # when each connection of the session began
        self._numbered = False
        self._introduced: tuple[str, list[tuple[str, str]]] | None = None

    def line(self, text: str | Text, style: str = "") -> None:
        """One line, however long it is."""
        self._console.print(Text(text, style) if isinstance(text, str) else text, soft_wrap=True)

    def sentence(self, text: str, style: str = "") -> None:
        """Words of our own, which a terminal breaks between words."""
        self._console.print(Text(text, style), soft_wrap=not self._console.is_terminal)

    # --- around a session

    def introduce(self, hosted: Hosted, scenario: Scenario) -> None:
        """What somebody must know to point a client at the server; nothing if it is what the last one said."""
        title = printable(scenario.title.get(self.says.language) or next(iter(scenario.title.values())))
        rows = [(self.says.here(f"row.{name}"), text) for name, text in self._rows(hosted, scenario)]
        if self._introduced == (title, rows):
            return
        self._introduced = title, rows
        self.line(scenario.name, "bold")
        self.line(title)
        width = max(Text(label).cell_len for label, _ in rows)
        for label, text in rows:
            blanks = " " * (width - Text(label).cell_len)
            self.line(Text(f"  {label}{blanks}  ", "dim").append(text, "not dim"))
        self.sentence(self.says.here("hint.held" if hosted.job.told else "hint"), "dim")

    def _rows(self, hosted: Hosted, scenario: Scenario) -> Iterator[tuple[str, str]]:
        job, here = hosted.job, self.says.here
        yield "server", here("server", host=job.host, port=job.port, persona=scenario.server.name)
        yield "tls", here(f"tls.{job.tls}")
        if job.tls != "none" or "STARTTLS" in map(str.upper, scenario.server.offers):
            yield "ca", str(hosted.ca_file)
        yield "auth", here(f"auth.{job.auth}") if job.auth in ("none", "any") else job.auth.upper()
        if job.auth != "none":
            yield "username", printable(job.username)
            yield "password", here("password")
        if "timeout" in scenario.needs:
            yield "timeout", f"{job.timeout:g} s"
        if len(job.messages) > 1:
            yield "messages", str(len(job.messages))
        for sender, recipients in list(dict.fromkeys((one.sender, one.recipients) for one in job.messages))[:SHOWN]:
            more = len(recipients) - SHOWN
            names = [*map(printable, recipients[:SHOWN]), *([self.says("more.lines", count=more)] if more > 0 else [])]
            yield "sender", printable(sender) or "<>"
            yield "recipients", self.says("list.comma").join(names)
        yield "subject", printable(job.subject)

    def waiting(self, number: int) -> None:
        self.line("")
        self.line(self.says.here("waiting", number=number), "bold")

    def begin(self, *, numbered: bool) -> None:
        """A new case. *numbered*: it has several connections, so each line tells which it is about."""
        self._opened.clear()
        self._numbered = numbered

    def remark(self, key: str, **values: object) -> None:
        self.sentence(self.says.here(key, **values), "dim")

    def interrupted(self) -> None:
        if self._console.is_terminal:
            self.line("")  # the terminal has written ^C
        self.remark("interrupted")

    def mistakes(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.line(printable(str(problem)), "red")
        self.sentence(self.says.here("mistakes"), "yellow")

    # --- events

    def event(self, event: Event) -> None:
        """One thing that happened, secrets taken out."""
        began = self._opened.setdefault(event.connection, event.begun)
        self._numbered |= len(self._opened) > 1
        head = self._head((event.begun - began) / 1e9, event.connection)
        for mark, text in self._lines(event):
            style = {"C:": "bold green", "S:": "bold blue"}.get(mark, "dim")
            line = Text(head, "dim").append(mark, style)
            self.line(line.append(f" {text}", "dim" if mark == "--" else "not dim"))
            head = " " * len(head)

    def quiet(self, key: str, event: Event, now: int) -> None:
        """Nothing has come on a connection after *event*; *now* is in nanoseconds, as the times of events."""
        head = self._head((now - self._opened[event.connection]) / 1e9, event.connection)
        self.line(f"{head}-- {self.says.here(key, seconds=(now - event.at) / 1e9)}", "dim")

    def _head(self, seconds: float, connection: int) -> str:
        return f"{seconds:8.3f}  " + (f"[{connection}] " if self._numbered else "")

    def _lines(self, event: Event) -> Iterator[tuple[str, str]]:
        for text in self._in_words(event):
            yield "--", text
        side = who(event.side)
        shown = show(event.octets, event.secrets, LINES.get(event.kind, OTHER_LINES), CHARACTERS)
        for pieces in shown.lines:
            yield side, "".join(map(self._piece, pieces))
        if shown.more:
            yield side, self.says("more.lines", count=f"{shown.more:,}")

    def _in_words(self, event: Event) -> Iterator[str]:
        """What octets do not say."""
        says, by = self.says, f"by.{event.side}"
        match event.kind:
            case Kind.OPEN:
                yield says.here(by, what=says("sequence.connect", number=event.connection))
            case Kind.CONTENT:
                yield says("sequence.message", size=f"{event.size or len(event.octets):,}")
                if event.note in ("cut", "unterminated"):
                    yield says("message.not-ended")
            case Kind.PARTIAL:
                yield says.here("partial", size=f"{event.size:,}")
            case Kind.REPLY if not event.octets:
                yield says("sequence.nothing")
            case Kind.TLS | Kind.TLS_FAILED:
                yield says(f"sequence.{event.kind}", note=visible(event.note, 100))
            case Kind.CLOSE if event.note == "stall":
                yield says("close.stall")
            case Kind.CLOSE:
                yield says.here(by, what=says(f"close.{event.note}"))

    def _piece(self, piece: Piece) -> str:
        match piece.kind:
            case "secret":
                return f"<{self._secret(piece.secret)}>" if piece.secret else ""
            case "mark":
                return f" [{self.says(f'mark.{piece.text}')}]"
            case "blank":
                return BLANKS[piece.text]
            case "more":
                return f" [{self.says('more.octets', count=piece.text)}]"
            case _:
                return piece.text

    def _secret(self, secret: Secret) -> str:
        words = [self.says(f"secret.{secret.role}"), *([] if secret.well_formed else [self.says("secret.malformed")])]
        return self.says("secret.comma").join(words)

    # --- the verdict

    def verdict(self, case: CaseResult) -> None:
        """What a session came to: what to mend and how, the first thing first, then what is worth knowing."""
        self.line("")
        self._console.print(complaint(replace(case, root_cause=None), self.says.language), soft_wrap=True, end="")
        root = root_of(case)
        found = sorted(case.findings, key=lambda one: (one is not root, SEVERITY[one.verdict]))
        bad = [one for one in found if one.verdict in (Verdict.FAIL, Verdict.WARN)]
        for number, finding in enumerate(bad[:FINDINGS]):
            self._finding(finding, named=number > 0)
        if len(bad) > FINDINGS:
            self._indented(self.says("more.findings", count=len(bad) - FINDINGS))
        for finding in [one for one in found if one not in bad][:FINDINGS]:
            reason = dict(finding.facts).get("allowed")
            allowed = f" ({self.says.here('allowed', reason=visible(reason))})" if reason else ""
            self._headed(finding, allowed)

    def _finding(self, finding: Finding, named: bool) -> None:
        requirement = f" ({finding.requirement})" if finding.requirement else ""
        if named:
            self._headed(finding, requirement)
        else:
            self._indented(self.says.finding(finding, "what") + requirement)
        if finding.expected or finding.observed:
            for key, text in (("expected", finding.expected), ("observed", finding.observed)):
                self._indented(self.says.here(key, text=printable(text) or "-"), "dim")
        for part in ("why", "fix"):
            self._indented(self.says.here(part, text=self.says.finding(finding, part)))

    def _headed(self, finding: Finding, more: str) -> None:
        """A finding with its own verdict in front, which the first one shares with the case."""
        self._indented(self.says.finding(finding, "what") + more, head=f"{finding.verdict}", colour=finding.verdict)

    def _indented(self, text: str, style: str = "", head: str = "", colour: Verdict | None = None) -> None:
        """A paragraph under a verdict: wrapped on a terminal, a line of its own for whoever reads a pipe."""
        first = Text(head, COLOURS[colour] if colour else "").append(" " * (INDENT - len(head)))
        whole = Text(text, style)
        width = max(20, self._console.width - INDENT)
        for line in whole.wrap(self._console, width) if self._console.is_terminal else [whole]:
            self.line(first.append(line))
            first = Text(" " * INDENT)
