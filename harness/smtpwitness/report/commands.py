"""Command lines that a reader can type: the client's own, and those that run a case or a whole run again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from ..model.profile import SUBMISSION
from ..model.run import CaseResult, Client, Run

NAMED = 12  # scenarios that a command names; of more, it names the suites


def quoted(words: Iterable[str]) -> str:
    """*words* as a shell takes them; placeholders stay readable."""
    return " ".join(shlex.quote(word) if re.search(r"[^\w@%+=:,./{}-]|^$", word) else word for word in words)


def command_of(run: Run, case: CaseResult) -> str:
    """The client's command line, as it was given (placeholders and all); its name where it is not known."""
    return quoted(next((client.argv for client in run.clients if client.name == case.client), (case.client,)))


def filled(run: Run, case: CaseResult) -> str:
    """The client's command line as it was started, as far as the job tells; what is not stored stays a placeholder."""
    job = case.job
    message = job.messages[0] if job.messages else None
    values = {
        "python": "python3",
        "host": job.host,
        "port": str(job.port),
        "username": job.username,
        "password": "********",
        "helo": job.helo,
        "subject": job.subject,
        "sender": message.sender if message else "",
        "recipient": message.recipients[0] if message and message.recipients else "",
        "tls": job.tls,
        "auth": job.auth,
    }
    argv = next((client.argv for client in run.clients if client.name == case.client), (case.client,))
    return quoted(re.sub(r"\{(\w+)\}", lambda m: values.get(m[1]) or m[0], word) for word in argv)


def spelt(client: Client) -> str:
    """What `--client` takes for *client*: its name if smtpwitness knows it, its file, or its command line."""
    if client.place is None:
        return quoted(client.argv)
    path = client.place.file.replace("\\", "/")
    return client.name if "/known/" in path else client.place.file


def _to_run(run: Run, scenarios: Iterable[str], clients: Iterable[str], relays: Iterable[str]) -> str:
    known = {client.name: client for client in run.clients}
    words = ["smtpwitness", "run", *scenarios]
    for name in clients:
        words += ["--client", spelt(known[name]) if name in known else name]
    for relay in relays:
        words += ["--relay", relay]
    if run.profile != SUBMISSION.name:
        words += ["--profile", run.profile]
    if run.stress:
        words += ["--stress", str(run.stress.times), "--seed", str(run.stress.seed)]
    return quoted(words)


def _selector(case: CaseResult, variant: str = "") -> str:
    """What `run` takes for the case's scenario: its name where it ships, else its file, with or without its variant."""
    file = case.place.file
    ships = not file.startswith(("./", "/")) and not re.match(r"[A-Za-z]:", file)
    return (case.scenario if ships else file) + variant


def to_repeat(run: Run) -> str:
    """The command that runs all of *run* again; of many scenarios it names the suites."""
    scenarios = sorted({_selector(case) for case in run.cases})
    if len(scenarios) > NAMED:
        scenarios = sorted({one if one.endswith(".yaml") else f"{one.rpartition('/')[0]}/*" for one in scenarios})
    relays = sorted({case.relay for case in run.cases} - {""})
    return _to_run(run, scenarios, sorted({case.client for case in run.cases}), relays)


def to_repeat_case(run: Run, case: CaseResult) -> str:
    """The command that runs this one case again."""
    selector = _selector(case, case.name.removeprefix(case.scenario))
    return _to_run(run, [selector], [case.client], [case.relay] if case.relay else [])
