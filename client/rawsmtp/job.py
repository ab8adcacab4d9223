"""The job: what to send, where and how; read from options and from the environment.

An option wins over its environment variable. The password has no option: a command line can be read by
every user of the machine.
"""

from __future__ import annotations

import getpass
import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from .auth import MECHANISMS
from .message import Message, compose
from .outcome import Declined, Unsupported, UsageError

Tls = Literal["none", "starttls", "implicit"]
Hello = Literal["ehlo", "helo"]

# RFC 8314 7.3 and RFC 6409 3.1: submission is on 587 (STARTTLS) and 465 (TLS from the first octet).
DEFAULT_PORTS: Final[dict[Tls, int]] = {"none": 25, "starttls": 587, "implicit": 465}
DEFAULT_TLS: Final[Tls] = "starttls"  # RFC 8314 5.2: confidential, unless the user says otherwise


@dataclass(frozen=True)
class Job:
    """Everything a delivery needs to know."""

    host: str
    port: int
    messages: tuple[Message, ...]
    tls: Tls = DEFAULT_TLS
    auth: str = "none"  # or the name of a mechanism, or "any"
    username: str = ""
    password: str = field(default="", repr=False)
    helo: str | None = None  # the name to say in EHLO; None: find one
    hello: Hello = "ehlo"  # which command to say it with
    ca_file: str | None = None
    timeout: float | None = None  # seconds; None: those of RFC 5321 4.5.3.2


@dataclass(frozen=True)
class Options:
    """What the command line said; ``None`` where it said nothing."""

    host: str | None = None
    port: str | None = None
    tls: str | None = None
    auth: str | None = None
    username: str | None = None
    sender: str | None = None
    recipients: list[str] | None = None
    subject: str | None = None
    body: str | None = None
    body_file: str | None = None
    attach: list[str] | None = None
    message_file: str | None = None
    helo: str | None = None
    hello: str | None = None
    ca_file: str | None = None
    timeout: str | None = None

    def name_a_message(self) -> bool:
        """Whether the command line says what to send."""
        said = (self.recipients, self.message_file, self.subject, self.body, self.body_file, self.attach)
        return any(value is not None for value in said)


def read_job(options: Options, environment: Mapping[str, str]) -> Job:
    """Put the job together, and find out early what cannot work."""

    def setting(option: str | None, variable: str) -> str | None:
        return option if option is not None else environment.get(variable) or None

    username = setting(options.username, "SMTP_USERNAME") or ""
    auth = (setting(options.auth, "SMTP_AUTH") or ("any" if username else "none")).lower()
    if auth not in ("none", "any") and auth.upper() not in MECHANISMS:
        raise Unsupported(f"this client has not got the mechanism {auth}")
    job_file = _read_job_file(environment.get("SMTP_JOB_FILE") or None)
    if (job_file.get("protocol") or "smtp") != "smtp" or job_file.get("options"):
        raise Unsupported("this client speaks plain SMTP: no LMTP, no options such as DSN")
    host = setting(options.host, "SMTP_HOST")
    if host is None:
        raise UsageError("which server? Give --host or SMTP_HOST")
    tls = _tls(setting(options.tls, "SMTP_TLS"))
    messages = _read_messages(options, environment, job_file)
    return Job(
        host=host.removeprefix("[").removesuffix("]"),  # [::1] is how an IPv6 address stands in a URL
        port=_port(setting(options.port, "SMTP_PORT"), tls),
        messages=messages,
        tls=tls,
        auth=auth,
        username=username,
        password=_password(auth, username, environment),
        helo=_helo(setting(options.helo, "SMTP_HELO")),
        hello=cast(Hello, options.hello or "ehlo"),
        ca_file=setting(options.ca_file, "SMTP_CA_FILE"),
        timeout=_timeout(setting(options.timeout, "SMTP_TIMEOUT")),
    )


# --- one setting each -------------------------------------------------------------------------------


def _tls(value: str | None) -> Tls:
    tls = (value or DEFAULT_TLS).lower()
    if tls not in DEFAULT_PORTS:
        raise UsageError(f"TLS is none, starttls or implicit, not {tls!r}")
    return tls


def _port(value: str | None, tls: Tls) -> int:
    if value is None:
        return DEFAULT_PORTS[tls]
    if not (value.isascii() and value.isdigit() and 0 < int(value[:6]) < 65536):
        raise UsageError(f"this is not a port number: {value!r}")
    return int(value)


def _timeout(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < 1e6:
        raise UsageError(f"a time-out is a number of seconds, not {value!r}")
    return seconds


def _helo(value: str | None) -> str | None:
    """One word, or it would be a command line of somebody else's making."""
    if value is not None and not (value.isascii() and value.isprintable() and " " not in value):
        raise UsageError(f"this cannot be said in EHLO: {value!r}")
    return value


def _password(auth: str, username: str, environment: Mapping[str, str]) -> str:
    if auth == "none":
        return ""
    if not username:
        raise UsageError(f"--auth {auth} needs --username or SMTP_USERNAME")
    password = environment.get("SMTP_PASSWORD")
    if password is None:
        if not sys.stdin.isatty():
            raise UsageError("set SMTP_PASSWORD, or start this in a terminal to be asked for the password")
        password = getpass.getpass(f"Password of {username}: ")
    if "\0" in username + password:
        raise Declined("a user name or password with a NUL in it cannot be sent (RFC 4616 2)")
    try:
        (username + password).encode()
    except UnicodeEncodeError as error:
        raise Declined("the user name or password is not UTF-8 (RFC 4616 2)") from error
    return password


# --- messages ---------------------------------------------------------------------------------------


def _read_messages(options: Options, environment: Mapping[str, str], job_file: dict[str, Any]) -> tuple[Message, ...]:
    sender, recipients = _envelope(options, environment)
    listed = job_file.get("messages")
    if listed and not options.name_a_message():
        return tuple(_listed_message(entry, sender, recipients, environment) for entry in listed)
    if sender is None:
        raise UsageError("from whom? Give --sender or SMTP_SENDER")
    composed = options.subject is not None or options.body is not None or options.body_file or options.attach
    if composed and options.message_file:
        raise UsageError("either a --message-file, or --subject, --body and the like: not both")
    return (
        _message(
            sender,
            recipients,
            message_file=options.message_file or (None if composed else environment.get("SMTP_MESSAGE_FILE")),
            subject=options.subject if options.subject is not None else environment.get("SMTP_SUBJECT"),
            body=options.body,
            body_file=options.body_file or environment.get("SMTP_BODY_FILE"),
            attach=options.attach or [],
        ),
    )


def _envelope(options: Options, environment: Mapping[str, str]) -> tuple[str | None, list[str]]:
    sender = options.sender if options.sender is not None else environment.get("SMTP_SENDER")
    recipients = options.recipients
    if recipients is None:  # one a line
        recipients = [line.rstrip("\r") for line in environment.get("SMTP_RECIPIENTS", "").split("\n")]
        recipients = [line for line in recipients if line]
    return sender, recipients


def _listed_message(entry: Any, sender: str | None, recipients: list[str], environment: Mapping[str, str]) -> Message:
    """One entry of the job file; what it leaves out is taken from the rest of the job."""
    if not isinstance(entry, dict):
        raise UsageError("in the job file, a message is an object")
    if (sender := entry.get("sender", sender)) is None:
        raise UsageError("in the job file, a message has no sender")
    if not isinstance(recipients := entry.get("recipients", recipients), list):
        raise UsageError("in the job file, recipients are a list")
    return _message(
        str(sender),
        [str(recipient) for recipient in recipients],
        message_file=entry.get("message_file") or environment.get("SMTP_MESSAGE_FILE"),
        subject=entry.get("subject", environment.get("SMTP_SUBJECT")),
        body_file=entry.get("body_file", environment.get("SMTP_BODY_FILE")),
    )


def _message(
    sender: str,
    recipients: Iterable[str],
    *,
    message_file: str | None = None,
    subject: str | None = None,
    body: str | None = None,
    body_file: str | None = None,
    attach: Iterable[str] = (),
) -> Message:
    sender = "" if sender == "<>" else sender
    recipients = tuple(dict.fromkeys(recipients))  # nobody needs two copies
    if not recipients:
        raise UsageError("to whom? Give --recipient or SMTP_RECIPIENTS")
    try:
        if message_file:
            return Message(sender, recipients, Path(message_file).read_bytes())
        if subject is None and body is None and not body_file:
            raise UsageError("what to send? Give --message-file, or --subject and --body")
        if body is None:
            body = Path(body_file).read_text(encoding="utf-8-sig") if body_file else ""
        attachments = [Path(name) for name in attach]
        return Message(sender, recipients, compose(sender, recipients, subject or "", body, attachments))
    except UsageError:
        raise
    except Declined as declined:
        return Message(sender, recipients, declined=declined)
    except UnicodeDecodeError as error:
        raise UsageError(f"{body_file} is not UTF-8 text") from error
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error


def _read_job_file(name: str | None) -> dict[str, Any]:
    """``SMTP_JOB_FILE``: JSON with what options and variables have no room for."""
    if name is None:
        return {}
    try:
        job = json.loads(Path(name).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the job file {name}: {error}") from error
    if not isinstance(job, dict) or not isinstance(job.get("messages") or [], list):
        raise UsageError(f"the job file {name} is not an object with a list of messages")
    return job
