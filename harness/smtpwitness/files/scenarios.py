"""Scenario files: read, checked and resolved, one `Scenario` for each variant."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..model.scenario import NAMES, Content, Envelope, JobSpec, Outcome, Persona, Records, Scenario
from ..model.template import Template
from . import shape
from .dialogue import Dialogue, pattern
from .expand import Expander
from .leaves import Check, template_of
from .mapping import Shape, read
from .nodes import Fields, Items, Node, Text, compose, one
from .problems import Problem, Problems, ScenarioError
from .replies import Replies
from .shape import json_schema
from .sources import Sources
from .variants import Variant, unused, variants

__all__ = ["Problem", "ScenarioError", "Sources", "json_schema", "load"]


def load(sources: Sources, path: str, requirements: Collection[str], rules: Collection[str]) -> tuple[Scenario, ...]:
    """The scenarios of the file at *path*, one for each combination of its variants.

    *requirements* and *rules* are the ids that it may name. Raises `ScenarioError` with all that is wrong with it,
    and with the fragments and personas that it uses, by place.
    """
    path = path.replace("\\", "/")
    check = Check(Problems(), requirements, rules)
    try:
        root = shape.ScenarioShape.spelt(compose(sources.read(path), path), check)
        expander = Expander(sources, path, check)
        made = [_scenario(path, variant, expander) for variant in variants(root, check.problems)]
        unused(root, expander.used, check.problems)
    except ScenarioError as error:
        check.problems.extend(error)
    except RecursionError:
        check.problems.add(root.place, "nested too deeply")
    if len(check.problems):
        raise check.problems.error()
    return tuple(scenario for scenario in made if scenario is not None)


def identity(path: str) -> str:
    """`suite/name` of the file at *path*; a file without a folder is of the suite `here`."""
    folder, _, file = path.rpartition("/")
    suite = folder.rpartition("/")[2]
    return f"{suite if suite not in ('', '.', '..') else 'here'}/{re.sub(r'([.]smtp)?[.]yaml$', '', file)}"


def _scenario(path: str, variant: Variant, expander: Expander) -> Scenario | None:
    problems = expander.problems
    root = _expanded(variant, expander)
    made = read(shape.ScenarioShape, root, expander.check)
    if made is None or not expander.whole:
        return None
    job, dns = _job(made.job or shape.JobShape(), path, expander), _dns(made.dns)
    if dns:
        job = replace(job, options=MappingProxyType({**job.options, "routing": "mx"}))
    replies = Replies(job.timeout, problems)
    server = _server(made, root, replies, expander)
    recipients = max(len(message.recipients) for message in job.messages)
    title = made.title
    words = {"en": title} if isinstance(title, Text) else {"en": title.en, "zh": title.zh}
    if not any(words.values()):
        problems.add(root["title"].place, "the title has no words: write 'en:' and 'zh:'")
    for rule, reason in made.allow.items():
        if not reason.strip():
            problems.add(reason.place, f"why is {rule!r} allowed? Write the reason")
    return Scenario(
        identity(path),
        MappingProxyType({language: str(text) for language, text in words.items() if text}),
        tuple(map(str, made.covers)),
        Dialogue(replies, recipients, problems, hosts=bool(dns)).connections(made.dialogue, root["dialogue"].place),
        job,
        server,
        variant.names,
        tuple(map(str, made.needs)),
        tuple(pattern(text, replies, recipients, problems) for text in made.never),
        MappingProxyType({rule: str(reason) for rule, reason in made.allow.items()}),
        _outcome(made.outcome, job, problems),
        max(30.0, 4 * job.timeout) if made.limit is None else made.limit,
        root.place,
        dns,
    )


def _dns(names: Mapping[str, shape.RecordsShape]) -> Mapping[str, Records]:
    """What the name system says of each name, in lower case."""
    return MappingProxyType(
        {
            name.lower(): Records(tuple(one.mx), str(one.fails or ""))  # type: ignore[arg-type]  # checked with the shape
            for name, one in names.items()
        }
    )


def _expanded(variant: Variant, expander: Expander) -> Fields:
    """The file as it reads in one variant, all placeholders filled in and all fragments put in place."""
    root = variant.root
    if "dialogue" not in root:
        use = Fields({"use": Text("ordinary", root.place)}, root.place, {"use": root.place})
        root = Fields(
            {**root, "dialogue": Items([use], root.place)}, root.place, {**root.key_places, "dialogue": root.place}
        )
    filled = expander.fill(root, variant.values)
    assert isinstance(filled, Fields)
    return filled.replaced({**filled, "dialogue": expander.steps(filled["dialogue"], variant.values)})


# --- the job ----------------------------------------------------------------------------------------------------


def _job(job: shape.JobShape, path: str, expander: Expander) -> JobSpec:
    default = _envelope(job, Envelope("alice@example.test", ("bob@example.test",), Content()), path, expander)
    if job.body is not None:
        if job.message is not None:
            expander.problems.add(job.body.place, "'body' and 'message' at once: which is it?")
        default = Envelope(default.sender, default.recipients, Content("body", _crlf(template_of(job.body))))
    if isinstance(job.messages, list):
        messages = tuple(_envelope(one, default, path, expander) for one in job.messages) or (default,)
        if not job.messages:
            expander.problems.add(job.place, "'messages' is empty")
    else:
        messages = (default,) * (job.messages or 1)
    words = {name: getattr(job, name) for name in ("tls", "auth", "password", "helo", "subject", "protocol")}
    given: dict[str, Any] = {name: str(text) for name, text in words.items() if text is not None}
    username = messages[0].sender if job.username is None else str(job.username)
    options = MappingProxyType({name: str(text) for name, text in job.options.items()})
    untold = frozenset(map(str, job.untold))
    return JobSpec(messages, username=username, timeout=job.timeout, options=options, untold=untold, **given)


def _made_up(count: int, length: int = 0) -> tuple[str, ...]:
    """So many recipients, each address so many octets long or longer."""
    names = (*NAMES, *(f"rcpt{number}" for number in range(4, count + 1)))
    return tuple(_address(f"{name}@", ".example.test", length) for name in names[:count])


def _address(head: str, tail: str, length: int) -> str:
    """*head* and *tail* with labels between them (RFC 1035, 2.3.4: of 63 octets at most), *length* octets in all."""
    missing = length - len(head) - len(tail)
    each = 64 if missing % 64 else 63  # with its dot: none may come before the dot of the tail
    labels = "".join("." if place % each == each - 1 else "x" for place in range(missing))
    return head + (labels + tail if labels else tail[1:])


def _envelope(given: shape.EnvelopeShape, default: Envelope, path: str, expander: Expander) -> Envelope:
    sender = default.sender if given.sender is None else str(given.sender)
    recipients = default.recipients
    if isinstance(given.recipients, int):
        recipients = _made_up(given.recipients)
    elif isinstance(given.recipients, shape.MadeUp):
        recipients = _made_up(given.recipients.count, given.recipients.length or 0)
    elif isinstance(given.recipients, list):
        recipients = tuple(map(str, given.recipients))
        if not recipients:
            expander.problems.add(given.place, "'recipients' is empty")
            recipients = default.recipients
    content = default.content if given.message is None else _content(given.message, path, expander)
    return Envelope(sender, recipients, content)


def _content(message: shape.MessageFile, path: str, expander: Expander) -> Content:
    given = [name for name in shape.MessageFile.known() if getattr(message, name) is not None]
    if len(given) != 1:
        expander.problems.add(message.place, f"a message is one of: {', '.join(shape.MessageFile.known())}")
        return Content()
    if message.raw is not None:
        return Content("raw", template_of(message.raw))
    if message.body is not None:
        return Content("body", template_of(message.body))
    if message.file is None:
        return Content(size=message.size)
    file = expander.sources.beside(path, message.file)
    try:
        if file is None:
            raise one(message.file.place, "a message's file lies beside the scenario, or in a folder there")
        return Content("raw", Template((expander.sources.read(file),)))
    except ScenarioError as error:
        for problem in error.problems:
            expander.problems.add(message.file.place, problem.message)
        return Content()


def _crlf(template: Template) -> Template:
    """Line ends of a YAML text, which are LF, as the CRLF of a message."""
    return Template(tuple(re.sub(r"\r?\n", "\r\n", part) if isinstance(part, str) else part for part in template.parts))


# --- the server and the outcome ---------------------------------------------------------------------------------


def _server(made: shape.ScenarioShape, root: Fields, replies: Replies, expander: Expander) -> Persona:
    """`plain`, the persona, and what the scenario says of its own, laid over each other."""
    server = made.server
    own = [server] if isinstance(server, shape.ServerShape) else []
    name = own[0].persona if own else server
    written: Node = root.get("server", root)
    persona = Text("plain", written.place) if name is None else name
    assert isinstance(persona, Text)
    under = [expander.persona(file) for file in dict.fromkeys((Text("plain", persona.place), persona))]
    layers = [layer for layer in under if layer is not None]
    return replies.persona(str(persona), [*layers, *own])


def _outcome(given: list[Text] | shape.OutcomeShape | None, job: JobSpec, problems: Problems) -> Outcome:
    if given is None:
        return Outcome()
    if isinstance(given, list):
        return Outcome(((frozenset(map(str, given)),),))
    if (given.recipients is None) == (given.messages is None):
        problems.add(given.place, "an outcome is a word, a list of words, {recipients: [...]} or {messages: [...]}")
        return Outcome()
    if given.recipients is not None:
        for message in job.messages:
            _counted(given, len(given.recipients), len(message.recipients), "recipients", problems)
        return Outcome((_words(given.recipients),))
    messages = given.messages or []
    _counted(given, len(messages), len(job.messages), "messages", problems)
    good: list[tuple[frozenset[str], ...]] = []
    for words, message in zip(messages, job.messages, strict=False):
        if isinstance(words, shape.RecipientOutcomes):
            _counted(words, len(words.recipients), len(message.recipients), "recipients", problems)
            good.append(_words(words.recipients))
        else:
            good.append(_words([words]))
    return Outcome(tuple(good))


def _words(given: list[list[Text]]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(str, words)) for words in given)


def _counted(given: Shape, told: int, there: int, what: str, problems: Problems) -> None:
    if told != there:
        problems.add(given.place, f"the outcome tells of {told} {what}, the job has {there}")
