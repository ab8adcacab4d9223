"""Plays AUTH: as the scenario writes it, or the mechanism that the client named (LANGUAGE.md, sections 2 and 4)."""

from __future__ import annotations

from ..model.run import Status
from ..model.scenario import USUAL, Command, Leaf, Reply, Sasl
from ..model.transcript import Event
from . import persona, sasl
from .actions import Action
from .matcher import match_response
from .pattern import like, verb
from .record import shown
from .scram import HASHES
from .stage import Link, Stage


def _say(stage: Stage, link: Link, replies: tuple[Reply, ...]) -> tuple[Action, ...]:
    """Say *replies*, a usual one among them being what AUTH is answered."""
    return stage.say(link, replies, "AUTH")


def command(stage: Stage, link: Link, leaf: Command, event: Event) -> tuple[Action, ...]:
    """An AUTH command that met *leaf*."""
    usual = not leaf.replies or leaf.replies[0].usual
    follows = stage.first_due(link, Sasl)
    if usual and follows is not None:
        assert isinstance(follows.leaf, Sasl)
        stage.move(link, follows.rest, event)
        stage.trouble |= follows.leaf.is_trouble and persona.mechanism_of(event.octets)[0] in HASHES
        return play(stage, link, event, follows.leaf.replies or None, follows.leaf.spoil)
    if not usual and leaf.replies[0].code != "334":
        link.exchange = None
        return _say(stage, link, leaf.replies)
    written = leaf.pattern.fill(stage.values(link).expected).split()[1:]
    if written and not like(written[0], persona.mechanism_of(event.octets)[0]):
        return play(stage, link, event, _pass_over(stage, link))
    return play(stage, link, event, None) if usual else _as_written(stage, link, leaf, event)


def _as_written(stage: Stage, link: Link, leaf: Command, event: Event) -> tuple[Action, ...]:
    """The scenario writes the challenges. An initial response answers the first of them, which is then passed over."""
    mechanism, initial = persona.mechanism_of(event.octets)
    texts = sasl.challenges(mechanism, True, stage.nonce) or ()
    link.exchange = sasl.Exchange(mechanism, texts, written=True)
    response_is_written = len(leaf.pattern.fill(stage.values(link).expected).split()) > 2
    if initial is not None and not response_is_written:
        response = initial.encode("latin-1")
        match = match_response(response, event.secrets, stage.place(link))
        if match.due is not None:
            link.exchange = link.exchange.heard(response, event.secrets, stage.job.username)
            answer = stage.met(link, match.due, event, shown(event), match.status)
            return _answer(stage, link, link.exchange, answer)
    return _say(stage, link, leaf.replies)


def _pass_over(stage: Stage, link: Link) -> tuple[Reply, ...] | None:
    """Leave out the written 334s and their answers; what is written at their end is the final reply."""
    while True:
        found = stage.first_due(link, Command)
        if found is None or not isinstance(found.leaf, Command) or verb(found.leaf.pattern):
            return None
        link.steps = found.rest
        if any(reply.code != "334" for reply in found.leaf.replies):
            return found.leaf.replies


def play(
    stage: Stage, link: Link, event: Event, final: tuple[Reply, ...] | None, spoil: str | None = None
) -> tuple[Action, ...]:
    """Play the mechanism that the client named, if it can be played. *final* None: say at the end what is right."""
    if final is None and not persona.legal("AUTH", link.state, stage.scenario.server):
        return _say(stage, link, (USUAL,))
    mechanism, initial = persona.mechanism_of(event.octets)
    texts = sasl.challenges(mechanism, initial is not None, stage.nonce)
    offered = mechanism in persona.mechanisms(stage.scenario.server, link.state.tls)
    if mechanism in HASHES and "password" not in stage.job.told:
        texts = None  # without the password the server can prove nothing
    if texts is None or (final is None and not offered):
        stage.trouble |= offered  # the list names it, and we cannot play it: not the client's fault
        return _say(stage, link, (persona.NO_MECHANISM,))
    if initial is not None and mechanism in sasl.SERVER_FIRST:
        return _say(stage, link, (persona.NO_INITIAL_RESPONSE,))
    exchange = sasl.Exchange(mechanism, texts, final, nonce=_nonce(stage, event), spoil=spoil)
    if initial is not None:
        exchange = exchange.heard(initial.encode("latin-1"), event.secrets, stage.job.username)
    return _next(stage, link, exchange)


def _nonce(stage: Stage, event: Event) -> str:
    """A nonce for each exchange, the same whenever the case is played again."""
    return f"{stage.nonce}{event.seq:03d}"


def _next(stage: Stage, link: Link, exchange: sasl.Exchange) -> tuple[Action, ...]:
    """The next challenge, or the final reply."""
    if exchange.challenges:
        link.exchange = exchange.asked()
        return _say(stage, link, (persona.challenge(exchange.challenges[0]),))
    link.exchange = None
    if exchange.senseless:
        return _say(stage, link, (persona.AUTH_FAILED,))
    if exchange.final is not None and not exchange.final[0].usual:
        return _say(stage, link, exchange.final)
    good = exchange.agreed or "password" not in stage.job.told
    return _say(stage, link, (stage.scenario.server.replies["AUTH"] if good else persona.AUTH_FAILED,))


def response(stage: Stage, link: Link, event: Event) -> tuple[Action, ...]:
    """A line of the client's while a SASL exchange is open."""
    cancelled = event.octets.strip() == b"*"
    match = match_response(event.octets, event.secrets, stage.place(link))
    exchange = link.exchange or sasl.Exchange(link.state.mechanism, (), written=True)
    if not cancelled:
        exchange = exchange.heard(event.octets, event.secrets, stage.job.username)
    if match.due is not None:
        leaf = stage.met(link, match.due, event, shown(event), match.status)
        return _answer(stage, link, exchange, leaf, cancelled)
    if cancelled or exchange.written:
        link.exchange = None
        stage.unwritten(link, event, Status.EXTRA)
        return _say(stage, link, (persona.CANCELLED if cancelled else persona.AUTH_FAILED,))
    stage.client_row(link, Status.MET, f"({exchange.mechanism} response)", event, shown(event), None)
    return _next(stage, link, exchange)


def _answer(
    stage: Stage, link: Link, exchange: sasl.Exchange, leaf: Leaf, cancelled: bool = False
) -> tuple[Action, ...]:
    """What follows a written response: its own replies, or else what is usual."""
    assert isinstance(leaf, Command)
    if leaf.replies and not leaf.replies[0].usual:
        link.exchange = exchange.asked()
        return _say(stage, link, leaf.replies)
    if cancelled:
        return _say(stage, link, (persona.CANCELLED,))
    return _next(stage, link, exchange)
