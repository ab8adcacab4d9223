"""The messages of a job: complete RFC 5322 messages, so that no client has a field to add."""

from __future__ import annotations

import re
from email.header import Header

from .scenario import Envelope
from .template import Placeholder, filler_lines

BODY = "This is a message from smtpwitness.\r\n\r\nIt has three lines, one of them empty.\r\n"


def compose(envelope: Envelope, *, subject: str, date: str, message_id: str) -> bytes:
    """The octets of the message that *envelope* asks for. *date* is an RFC 5322 date, *message_id* `<left@right>`."""
    content = envelope.content
    if content.kind == "raw" and content.text is not None:
        return _filled(content.text.parts, b"", envelope)
    body = BODY if content.text is None else "".join(str(part) for part in content.text.parts)
    fields = [
        f"From: {_one_line(envelope.sender or 'MAILER-DAEMON@example.test')}",  # a report has an author, too
        "To: " + ",\n ".join(map(_one_line, envelope.recipients)),
        f"Subject: {subject if subject.isascii() else Header(subject, 'utf-8', header_name='Subject').encode()}",
        f"Date: {date}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Transfer-Encoding: {'7bit' if body.isascii() else '8bit'}",
    ]
    header = "".join(field.replace("\n", "\r\n") + "\r\n" for field in fields).encode() + b"\r\n"
    if content.text is not None:
        return _filled(content.text.parts, header, envelope)
    text = header + BODY.encode()
    return text + filler_lines(content.size or 0, len(text)).encode()


def _one_line(mailbox: str) -> str:
    """A mailbox as it can stand in a header, also one that tries to smuggle a line."""
    return re.sub(r"[\r\n]+", " ", mailbox)


def _filled(parts: tuple[str | Placeholder, ...], octets: bytes, envelope: Envelope) -> bytes:
    """*octets*, then the parts; `{lines to N}` fills until all is N octets long."""
    for part in parts:
        if isinstance(part, str):
            octets += part.encode()
        elif part.name.startswith("lines to "):
            octets += filler_lines(int(part.name.removeprefix("lines to ")), len(octets)).encode()
        else:
            octets += {"sender": envelope.sender, "recipient": envelope.recipients[0]}[part.name].encode()
    return octets


def split(message: bytes) -> tuple[bytes, bytes]:
    """Header (with its last CRLF) and body of a message; a message without an empty line is all header."""
    header, found, body = message.partition(b"\r\n\r\n")
    return (header + b"\r\n", body) if found else (message, b"")
