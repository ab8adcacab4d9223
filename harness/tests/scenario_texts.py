"""A small world of scenario files in memory, for tests of whatever reads scenarios."""

from __future__ import annotations

import textwrap

from smtpwitness.files.scenarios import ScenarioError, Sources, load
from smtpwitness.model.scenario import Scenario

REQUIREMENTS = ("RFC5321-3.3-a", "RFC5321-2.2.1-b", "RFC3207-4.2-b")
RULES = ("credentials-in-clear", "helo-then-auth")
PATH = "suite/case.smtp.yaml"

PLAIN = """\
offers: []
replies:
  greeting: 220 mail.example.test ESMTP
  EHLO: 250 mail.example.test
  message: "250 2.0.0 Ok: queued as {queue-id}"
"""
WORLD = {
    "personas/plain.yaml": PLAIN,
    "personas/coremail.yaml": "offers: [AUTH LOGIN]\nreplies:\n  greeting: 220 coremail.test\n",
    "fragments/hello.yaml": """\
steps:
  - either:
      - [C: "EHLO {helo}"]
      - [C: "HELO {helo}", breaks: RFC5321-2.2.1-b]
""",
    "fragments/envelope.yaml": """\
steps:
  - C: MAIL FROM:<{sender}>
  - each recipient:
      - C: RCPT TO:<{recipient}>
""",
    "fragments/transaction.yaml": "steps:\n  - use: envelope\n  - C: DATA\n  - message: same\n",
    "fragments/goodbye.yaml": "steps:\n  - optional: [C: RSET]\n  - C: QUIT\n",
    "fragments/ordinary.yaml": "steps:\n  - use: hello\n  - use: transaction\n  - use: goodbye\n",
    "fragments/hello-starttls.yaml": """\
defaults: {certificate: good}
steps:
  - C: EHLO {helo}
  - C: STARTTLS
  - tls: {certificate: "{certificate}"}
  - C: EHLO {helo}
    covers: RFC3207-4.2-b
""",
    "fragments/hello-implicit.yaml": """\
defaults: {certificate: good}
steps:
  - tls: {certificate: "{certificate}"}
  - C: EHLO {helo}
""",
}
HEAD = "title: t\ncovers: []\n"


def read(text: str, **more: str) -> tuple[Scenario, ...]:
    """The scenarios of *text*, which stands beside WORLD; *more* are further fragments by name (`_` for `-`)."""
    fragments = {f"fragments/{name.replace('_', '-')}.yaml": textwrap.dedent(body) for name, body in more.items()}
    return load(Sources.of({**WORLD, **fragments, PATH: text}), PATH, REQUIREMENTS, RULES)


def scenarios(text: str, **more: str) -> tuple[Scenario, ...]:
    """As `read`; `title` and `covers` are put before a text that has none."""
    text = textwrap.dedent(text)
    return read(text if "title:" in text else HEAD + text, **more)


def scenario(text: str, **more: str) -> Scenario:
    (one,) = scenarios(text, **more)
    return one


def wrong(text: str, **more: str) -> list[str]:
    """What is told of *text*: `line:column: message` each, with the file before it if it is another."""
    try:
        read(text, **more)
    except ScenarioError as error:
        return [str(problem).removeprefix(f"{PATH}:") for problem in error.problems]
    return []


def marked(text: str) -> tuple[str, list[str]]:
    """*text* without its marks `¦`, and the places (`line:column`) where they stood, in order."""
    places: list[str] = []
    before = ""
    for piece in text.split("¦")[:-1]:
        before += piece
        lines = before.split("\n")
        places.append(f"{len(lines)}:{len(lines[-1]) + 1}")
    return text.replace("¦", ""), places
