"""Follows a session with a real relay: replies are matched instead of said (LANGUAGE.md, section 6).

The same play as on the fake, but for the server's half, which is the relay's own. Where the relay answers otherwise
than the scenario has it, the dialogue stops: what comes after is not held against the client, but for the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..model.scenario import (
    Breaks,
    Closing,
    Command,
    Either,
    Message,
    Never,
    Persona,
    Reply,
    Sasl,
    Scenario,
    Tls,
)
from ..model.transcript import Event, Kind, Side
from . import persona
from .actions import Action
from .grammar import command, readable, reply_code, reply_lines
from .pattern import verb
from .player import Player
from .session import verb_of
from .stage import Link

ORDINARY = Persona("", (), {})

PATIENCE = 1.0
"""Seconds of silence that a relay is answerable for: a client that leaves later than that has waited for it."""

OTHERS = "the message for the other recipients"
"""What is unanswered in LMTP after the first reply to it (RFC 2033, 4.2)."""


class Follower(Player):
    """One case with a relay. `astray` says where the relay left the dialogue, else ""."""

    astray = ""
    _kept = 0  # differences from before that

    def owed(self, event: Event) -> int:
        """How many replies the relay owes for *event*, which has not been fed yet (LMTP: RFC 2033, 4.2)."""
        link = self.links.get(event.connection)
        if event.note == "cut":
            return 0
        many = event.kind is Kind.CONTENT and link is not None and link.state.lmtp
        return len(link.state.accepted) if many and link is not None else 1

    def feed(self, event: Event) -> tuple[Action, ...]:
        link = self.links.get(event.connection)
        if event.kind is Kind.LIMIT:
            for one in self.links.values():
                self._waited(one, event)
        if link is not None and event.kind is Kind.REPLY:
            self._compare(link, event)
        if link is not None and event.kind is Kind.CLOSE:
            if event.side is Side.CLIENT:
                self._waited(link, event)
            elif not link.leaving:
                self._stray(event, "the relay ended the connection")
        answered = link.asked if link is not None else None
        actions = super().feed(event)
        if link is not None and event.kind is Kind.REPLY and answered is not None:
            self._learn(link, event, answered)
        return actions

    def finish(self) -> None:
        super().finish()
        if self.astray:
            del self.record.differences[self._kept :]

    def _compare(self, link: Link, event: Event) -> None:
        observed = readable(event.octets)
        if not link.said:
            self._stray(event, f"the relay said {observed} unasked")
            link.said.append(("", Reply()))
        elif not fits(link.said[0][0], event.octets):
            said = f"the relay said {observed}, the scenario has {link.said[0][0]}"
            self._stray(event, f"{said} (after {self._asked(link)})" if link.asked else said)

    def _waited(self, link: Link, event: Event) -> None:
        if link.said and link.gone is None:
            asked, since = (self._asked(link), link.asked.at) if link.asked else (OTHERS, link.replied_at)
            waited = (event.at - since) / 1e9
            if waited > PATIENCE:
                self._stray(event, f"the relay left {asked} unanswered for {waited:.1f} s")

    def _asked(self, link: Link) -> str:
        assert link.asked is not None, "looked at"
        asked = link.asked
        return verb_of(link.state, asked) if asked.kind is not Kind.LINE else readable(asked.octets)

    def _stray(self, event: Event, text: str) -> None:
        if not self.astray:
            self.astray, self._kept, self.trouble = f"event {event.seq}: {text}", len(self.record.differences), True

    def _learn(self, link: Link, event: Event, answered: Event) -> None:
        """From here on the persona offers what the relay does: with that a client may do what is legal."""
        hello = command(answered.octets).verb in ("EHLO", "LHLO") and answered.kind is Kind.LINE
        lines = reply_lines(event.octets)[1:]
        if hello and lines and reply_code(event.octets) == "250":
            server = self.scenario.server
            if link.state.tls:
                server = replace(server, offers_in_tls=lines)
            else:
                server = replace(server, offers=lines, offers_in_tls=persona.offers(server, True))
            self.scenario = replace(self.scenario, server=server)


def fits(expected: str, observed: bytes) -> bool:
    """Whether a reply is what is expected: by its first digit, 3yz by its whole code."""
    code = reply_code(observed)
    count = 3 if expected.startswith("3") else 1
    return bool(code) and code[:count] == expected[:count]


# --- which scenarios a relay can play -----------------------------------------------------------------------------


def unplayable(scenario: Scenario) -> str:
    """Why only a fake server can play *scenario*; "" where a real relay can, too."""
    if any("declined" in words for message in scenario.outcome.good for words in message):
        return "the server is to give a client reason to decline"
    if scenario.dns:
        return "the server is whichever host the name system tells of"
    server = scenario.server
    if (server.reply_delay, server.greeting_delay) != (ORDINARY.reply_delay, ORDINARY.greeting_delay):
        return "the server is to answer late"
    if server.window:
        return "the server is to take little at a time"
    for name, reply in server.replies.items():
        if scenario.job.protocol == "lmtp" and name in ("EHLO", "HELO"):
            continue  # no server of LMTP takes them (RFC 2033, 4.1)
        if odd := _oddity(reply):
            return f"the server is to answer {name} so: {odd}"
    replies = [reply for block in scenario.connections for reply in block.head]
    for step in scenario.steps:
        match step:
            case Tls() if step.is_trouble or step.certificate != "good" or step.versions or step.terms:
                return "the server is to spoil or choose something in the handshake"
            case Sasl() if step.spoil:
                return "the server is to spoil the SASL exchange"
            case Closing(notify=True):
                return "the server is to wait until the client has ended TLS"
            case Command() | Message() | Sasl():
                replies += step.replies
    return next(filter(None, map(_oddity, replies)), "")


def _oddity(reply: Reply) -> str:
    if reply.is_trouble:
        return f"it is to say {reply.code}" if reply.code else "it is to say what is no reply, or to close"
    if reply.split or reply.times != 1 or reply.delay is not None:
        return "it is to cut, repeat or delay a reply"
    return ""


def surplus_offer(scenario: Scenario, outside: Iterable[str], inside: Iterable[str]) -> str:
    """The keyword that a relay offers and *scenario* does not, where that says what must never come; or "".

    A guard against AUTH or STARTTLS alone is about these two: nothing else that is offered makes them right.
    """
    patterns = [*scenario.never, *(step.pattern for step in scenario.steps if isinstance(step, Never))]
    guarded = {verb(one) for one in patterns}
    if not guarded:
        return ""
    tls = scenario.job.tls
    heard = [*(outside if tls != "implicit" else ()), *(inside if tls != "none" else ())]
    offered = {*_keywords(scenario.server.offers), *_keywords(persona.offers(scenario.server, True))}
    surplus = (one for one in _keywords(heard) if one not in offered)
    return next((one for one in surplus if one in guarded or not guarded <= {"AUTH", "STARTTLS"}), "")


def _spelled(lines: Iterable[str]) -> tuple[str, ...]:
    """Their keywords and mechanisms as they are written."""
    words = (one.replace("=", " ").split() for one in lines)
    return tuple(word for one in words for word in (one if one and one[0].upper() == "AUTH" else one[:1]))


def _keywords(lines: Iterable[str]) -> tuple[str, ...]:
    """Their first words, upper case; AUTH=LOGIN is AUTH."""
    return tuple(one.upper().partition(" ")[0].partition("=")[0] for one in lines)


def lacking_offer(scenario: Scenario, outside: Iterable[str], inside: Iterable[str]) -> str:
    """What *scenario* offers and a relay does not, or "".

    *outside* and *inside* are the lines of the relay's EHLO before and within TLS. Of the SASL mechanisms that are
    offered it must have the one that the job is about, or else any. What is not in capitals must stand there so; what
    is offered before TLS alone must be gone within it. Where a client may say HELO it can do without extensions, but
    for AUTH and STARTTLS.
    """
    tls, spared = scenario.job.tls, _takes_helo(scenario)
    lists = {in_tls: persona.offers(scenario.server, in_tls) for in_tls in (False, True)}
    if tls == "starttls":
        withdrawn = (one for one in _keywords(lists[False]) if one not in (*_keywords(lists[True]), "STARTTLS"))
        if kept := next((one for one in withdrawn if one in _keywords(inside)), ""):
            return f"{kept} before TLS alone"
    for in_tls, heard in ((False, outside), (True, inside)):
        if (in_tls and tls == "none") or (not in_tls and tls == "implicit"):
            continue
        odd = (one for one in _spelled(lists[in_tls]) if one != one.upper())
        if missing := next((one for one in odd if one not in _spelled(heard)), ""):
            return f"{missing} in these letters"
        there, wanted = _keywords(heard), _keywords(lists[in_tls])
        wanted = tuple(one for one in wanted if not spared or one in ("AUTH", "STARTTLS"))
        if missing := next((one for one in wanted if one not in there), ""):
            return missing
        if "AUTH" in wanted and (in_tls or tls == "none"):
            has = persona.mechanisms(Persona("", tuple(heard), {}), in_tls)
            offered = persona.mechanisms(scenario.server, in_tls)
            named = scenario.job.auth.upper()
            if named == "ANY" and offered != has:
                return f"just AUTH {' '.join(sorted(offered))}"
            if not ({named} if named not in ("NONE", "ANY") else offered) & has:
                return f"AUTH {' '.join(sorted(offered - has))}"
    return ""


def _takes_helo(scenario: Scenario) -> bool:
    """Whether the scenario writes HELO as one of two ways to begin, and neither breaks anything."""
    ways = (
        way
        for one in scenario.connections
        for step in one.steps
        if isinstance(step, Either)
        for way in step.alternatives
    )
    return any(
        isinstance(way[0], Command)
        and verb(way[0].pattern) == "HELO"
        and not any(isinstance(one, Breaks) for one in way)
        for way in ways
        if way
    )
