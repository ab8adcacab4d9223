"""Fits a scenario to a client that has a job of its own, or to a relay, where what it is about stays as it is.

What it says of commands and replies holds in TLS as it does in clear, after a login as without one, and for each of
several recipients as for one. A scenario that is about TLS, AUTH or the number of recipients is not touched, and where
the client does not do as it says it is not for such a client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import MappingProxyType

from ..model.run import Learned
from ..model.scenario import (
    NAMES,
    AnyOrder,
    Command,
    EachRecipient,
    Either,
    Never,
    Optional,
    Repeat,
    Reply,
    Sasl,
    Scenario,
    Step,
    Tls,
)
from ..model.template import Template, parse
from .pattern import verb

UPGRADE = (Command(parse("EHLO {helo}")), Command(parse("STARTTLS")), Tls())
"""What comes before everything else where TLS is begun by a command."""

LOGS_IN = "the client always logs in"
"""Why an AUTH in clear is allowed where the scenario says nothing of it; those that do find fault with it."""

ABOUT_LOGIN = frozenset({"credentials-in-clear"})
"""Rules that would find the same fault with every scenario."""


def fitted(scenario: Scenario, own: Learned | None) -> Scenario:
    """*scenario* for a client that always does its *own* job, as far as that goes."""
    return scenario if own is None else _with_login(_in_tls(_for_so_many(scenario, own), own), own)


# --- recipients


def _for_so_many(scenario: Scenario, own: Learned) -> Scenario:
    """*scenario* for the several recipients that *own* always has, where their number is not what it is about."""
    counts = {len(one.recipients) for one in scenario.job.messages}
    if own.count == 1 or counts == {own.count} or _counts(scenario, counts):
        return scenario
    names = (*NAMES, *(f"rcpt{number}" for number in range(4, own.count + 1)))[: own.count]
    to = tuple(f"{name}@example.test" for name in names)
    return replace(
        scenario,
        connections=tuple(replace(one, steps=tuple(map(_for_each, one.steps))) for one in scenario.connections),
        job=replace(scenario.job, messages=tuple(replace(one, recipients=to) for one in scenario.job.messages)),
    )


FEW = 3
"""A scenario for more recipients than that is about many of them."""


def _counts(scenario: Scenario, counts: set[int]) -> bool:
    """Whether it matters in *scenario* how many recipients there are: an outcome or a reply is for a certain one, a
    reply is sent ahead, the server takes so many and no more, or RCPT is written as often as there are recipients.
    """
    steps = list(scenario.steps)
    written = repr((scenario.server.offers, scenario.server.offers_in_tls, steps))
    return (
        max(counts) > FEW
        or scenario.job.protocol != "smtp"
        or any(len(set(one)) > 1 for one in scenario.outcome.good)
        or "recipient." in written
        or "RCPTMAX" in written.upper()
        or not all(map(_is_one_answer, (*scenario.server.replies.values(), *_answers(steps))))
        or any(_counts_in(one.steps, counts) for one in scenario.connections)
    )


def _answers(steps: Iterable[Step]) -> Iterable[Reply]:
    """The replies to commands; two of them where one is due are sent ahead, and stand for none."""
    for step in steps:
        if isinstance(step, Command) and verb(step.pattern) not in ("EHLO", "DATA", "QUIT"):
            yield from step.replies if len(step.replies) < 2 else (NOTHING,)


NOTHING = Reply(raw=parse(""))


def _is_one_answer(reply: Reply) -> bool:
    """Whether one reply, or the end of the connection, is what a command gets."""
    if reply.raw is not None:
        return len(re.findall(r"(?m)^\d{3}(?!-)", str(reply.raw))) == 1 and reply.times == 1
    return reply.times == 1 and (reply.usual or reply.lines is not None or reply.then is not None)


def _counts_in(steps: Iterable[Step], counts: set[int]) -> bool:
    """Whether RCPT stands in these *steps* otherwise than once behind a MAIL, or in a turn for each recipient."""
    free = False  # a RCPT may stand here
    for step in steps:
        inner = [one for group in _groups(step) for one in group]
        match step:
            case Command() if verb(step.pattern) == "RCPT":
                if not free or counts != {1} or "recipient" not in step.pattern.names:
                    return True
                free = False
            case Command():
                free = free or verb(step.pattern) == "MAIL"
            case EachRecipient():
                free = False
            case Never() if verb(step.pattern) == "RCPT" and not free:
                return True
            case Repeat() | Optional():
                if _counts_in(step.steps, counts):
                    return True
            case Either() | AnyOrder():
                if any(_is(one, "RCPT") for one in inner):
                    return True
                free = free or any(_is(one, "MAIL") for one in inner)
    return False


def _is(step: Step, name: str) -> bool:
    if isinstance(step, Command):
        return verb(step.pattern) == name
    return any(_is(one, name) for group in _groups(step) for one in group)


def _for_each(step: Step) -> Step:
    """*step*; a RCPT stands for each of the recipients."""
    match step:
        case Command() if verb(step.pattern) == "RCPT":
            return EachRecipient((step,))
        case EachRecipient():
            return step
        case _:
            return _inside(step, _for_each)


def _groups(step: Step) -> tuple[tuple[Step, ...], ...]:
    match step:
        case Optional() | Repeat() | EachRecipient():
            return (step.steps,)
        case Either() | AnyOrder():
            return step.alternatives
        case _:
            return ()


def _inside(step: Step, change: Callable[[Step], Step]) -> Step:
    """A group with each of its steps changed."""
    match step:
        case Optional() | Repeat() | EachRecipient():
            return replace(step, steps=tuple(map(change, step.steps)))
        case Either() | AnyOrder():
            return replace(step, alternatives=tuple(tuple(map(change, one)) for one in step.alternatives))
        case _:
            return step


# --- TLS


def _in_tls(scenario: Scenario, own: Learned) -> Scenario:
    """*scenario* in the TLS that *own* insists on, where it has none and does not care."""
    if "tls" not in own.insists_on or scenario.job.tls != "none" or _is_about_tls(scenario):
        return scenario
    if own.tls == "implicit":
        connections = tuple(replace(one, steps=(Tls(), *one.steps)) for one in scenario.connections)
        return replace(scenario, connections=connections, job=replace(scenario.job, tls="implicit"))
    if not own.greets_again or _refuses_ehlo(scenario):
        return scenario  # what it leaves out is for the scenarios about STARTTLS to find
    return replace(
        scenario,
        connections=tuple(replace(one, steps=(*UPGRADE, *one.steps)) for one in scenario.connections),
        server=replace(scenario.server, offers=(*scenario.server.offers, "STARTTLS")),
        job=replace(scenario.job, tls="starttls"),
    )


def _is_about_tls(scenario: Scenario) -> bool:
    """Whether TLS is offered, wanted or forbidden somewhere."""
    offered = any("STARTTLS" in one.upper() for one in scenario.server.offers)
    named = any(
        isinstance(step, Tls)
        or (isinstance(step, Command) and "STARTTLS" in repr((step.pattern, step.replies)).upper())
        for step in scenario.steps
    )
    return scenario.suite == "tls" or offered or named


def _refuses_ehlo(scenario: Scenario) -> bool:
    """Whether nothing can be upgraded, because no extension is named."""
    written = [step.replies for step in scenario.steps if isinstance(step, Command) and verb(step.pattern) == "EHLO"]
    usual = scenario.server.replies.get("EHLO")
    return usual is None or any(one.is_trouble for one in (usual, *(reply for said in written for reply in said)))


# --- AUTH


def _with_login(scenario: Scenario, own: Learned) -> Scenario:
    """*scenario* with AUTH offered to a client that sends nothing without; an AUTH that nobody wrote is taken."""
    if "auth" not in own.insists_on or scenario.job.auth != "none" or _is_about_auth(scenario):
        return scenario
    if scenario.job.protocol != "smtp":
        return scenario
    if _refuses_ehlo(scenario):  # so that no login is possible: who gives up is right, where nothing can be sent anyway
        good = {word for one in scenario.outcome.good for words in one for word in words}
        lost = good.isdisjoint({"accepted", "any"})
        return replace(scenario, job=replace(scenario.job, auth="any")) if lost else scenario
    offer, server = f"AUTH {' '.join(own.mechanisms).upper()}", scenario.server
    outside, inside = server.offers, server.offers_in_tls
    if inside is None:
        inside = tuple(one for one in outside if one.upper() != "STARTTLS")
    if len(inside) == len(outside):
        outside = (*outside, offer)  # else it has STARTTLS to come first
    clear = () if scenario.job.tls != "none" else ABOUT_LOGIN
    return replace(
        scenario,
        connections=tuple(
            replace(one, steps=tuple(_offering(step, offer) for step in one.steps)) for one in scenario.connections
        ),
        server=replace(server, offers=outside, offers_in_tls=(*inside, offer)),
        job=replace(scenario.job, auth="any"),
        allow=MappingProxyType({**dict.fromkeys(clear, LOGS_IN), **scenario.allow}),
    )


def _is_about_auth(scenario: Scenario) -> bool:
    """Whether a login is offered, played, wanted or forbidden somewhere."""
    server = scenario.server
    taken = server.replies.get("AUTH")
    others = [reply for name, reply in server.replies.items() if name != "AUTH"]
    written = (server.offers, server.offers_in_tls, others, scenario.never, list(scenario.steps))
    refused = taken is not None and taken.is_trouble
    return scenario.suite == "auth" or refused or "AUTH" in _words(written)


def _words(written: object) -> str:
    """All that is written there, in capitals; but for the places of steps, which have file names in them."""
    return re.sub(r"Place\(.*?\)", "", repr(written)).upper()


def _offering(step: Step, offer: str) -> Step:
    """*step* with AUTH among the extensions, where it writes the reply to EHLO."""
    match step:
        case Command() if verb(step.pattern) == "EHLO":
            return replace(step, replies=tuple(_naming(one, offer) for one in step.replies))
        case _:
            return _inside(step, lambda one: _offering(one, offer))


def _naming(reply: Reply, offer: str) -> Reply:
    if reply.code != "250" or not reply.lines:
        return reply
    first, *rest = reply.lines
    if rest:
        return replace(reply, lines=(first, parse(f"250-{offer}"), *rest))
    head = first.parts[0]
    assert isinstance(head, str), "a reply line begins with its code"
    return replace(reply, lines=(Template((f"250-{head[4:]}", *first.parts[1:])), parse(f"250 {offer}")))


# --- the login of a relay

LOGIN = (Command(parse("AUTH")), Sasl())
"""What comes before the first MAIL where a relay takes mail from nobody who has not logged in."""

USUAL = ("PLAIN", "LOGIN")
"""Mechanisms that clients are asked for there: hardly one lacks both."""

ACCOUNT = "alice@example.test"
"""Whose login it is: the job names nobody."""

IN_CLEAR = "the relay takes mail from nobody who has not logged in, and the scenario has no TLS"


def logged_in(scenario: Scenario, mechanisms: str) -> Scenario:
    """*scenario* with a login before its first MAIL, by one of the mechanisms in that line of EHLO.

    What is about AUTH itself, or has no MAIL, stays as it is.
    """
    offered = mechanisms.upper().split()
    job, placed = scenario.job, [_before_mail(one.steps) for one in scenario.connections]
    if job.auth != "none" or job.protocol == "lmtp" or _is_about_auth(scenario) or not any(placed):
        return scenario
    server = scenario.server
    inside = server.offers_in_tls and (*server.offers_in_tls, mechanisms)
    return replace(
        scenario,
        connections=tuple(
            replace(one, steps=steps or one.steps) for one, steps in zip(scenario.connections, placed, strict=True)
        ),
        server=replace(server, offers=(*server.offers, mechanisms), offers_in_tls=inside),
        job=replace(job, username=ACCOUNT, auth=next((one.lower() for one in USUAL if one in offered), "any")),
        allow=MappingProxyType({**scenario.allow, "credentials-in-clear": IN_CLEAR}),
    )


def _before_mail(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """*steps* with the login in place; none where there is no MAIL."""
    place = next((place for place, step in enumerate(steps) if _begins_with_mail(step)), None)
    return () if place is None else (*steps[:place], *LOGIN, *steps[place:])


def _begins_with_mail(step: Step) -> bool:
    if isinstance(step, Command):
        return verb(step.pattern) == "MAIL"
    return any(_begins_with_mail(one) for group in _groups(step) for one in group[:1])
