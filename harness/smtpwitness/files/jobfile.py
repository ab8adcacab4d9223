"""The two JSON files between harness and client: the job that variables cannot say, and the result that an exit
status cannot tell (DESIGN.md, section 4)."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from ..model.run import Job
from .clients import Values

OUTCOMES = ("accepted", "temporary", "permanent", "declined")
"""What a client can report for a recipient; `none` stands for one that it does not mention."""

LARGEST = 1_000_000  # octets of a result file: room for 10000 recipients, and no more than a hostile client deserves


def write_job_file(path: Path, values: Values, job: Job, files: Sequence[Path]) -> None:
    """Write *job* as JSON: what *values* tell of the session, and every message with its file. Never the password.

    A sender or recipients that *values* do not tell are not told here either. `protocol` and `options` are there only
    where they are not the ordinary ones.
    """
    told: dict[str, object] = {
        name: values[name]
        for name in ("host", "tls", "auth", "username", "sender", "helo", "ca_file")
        if name in values
    }
    if "port" in values:
        told["port"] = int(str(values["port"]))
    if "timeout" in values:
        told["timeout"] = float(str(values["timeout"]))
    if job.protocol != "smtp":
        told["protocol"] = job.protocol
    if job.options:
        told["options"] = dict(job.options)
    told["messages"] = [
        {
            **({"sender": message.sender} if "sender" in values else {}),
            **({"recipients": list(message.recipients)} if "recipients" in values else {}),
            "message_file": str(file),
        }
        for message, file in zip(job.messages, files, strict=True)
    ]
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")


def read_results(path: Path, job: Job) -> tuple[tuple[str, ...], ...] | None:
    """What the client reports for each message of *job*, for each of its recipients: a word of `OUTCOMES` or `none`.

    The file is a stranger's: None for one that is absent, no regular file, larger than 1 MB or not
    `{"messages": [{"recipients": {"bob@example.test": "accepted"}}]}`. Recipients that the job has not are passed over.
    """
    octets = _octets(path)
    if octets is None:
        return None
    try:
        results = json.loads(octets)
    except (ValueError, RecursionError):
        return None
    messages = results.get("messages") if isinstance(results, dict) else None
    if not isinstance(messages, list) or len(messages) > len(job.messages):
        return None
    told = [entry.get("recipients") if isinstance(entry, dict) else None for entry in messages]
    told += [{}] * (len(job.messages) - len(told))
    found = []
    for words, message in zip(told, job.messages, strict=True):
        if not isinstance(words, dict) or any(word not in OUTCOMES for word in words.values()):
            return None
        found.append(tuple(str(words.get(recipient, "none")) for recipient in message.recipients))
    return tuple(found)


def _octets(path: Path) -> bytes | None:
    """The file's octets, without waiting for a pipe or following a link to where only the harness may read."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            octets = file.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    return octets if len(octets) <= LARGEST else None
