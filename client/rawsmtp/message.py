"""Messages: the envelope, the content, and the octets it becomes on the wire.

Envelope (MAIL and RCPT) and content (after DATA) are two things, as on paper: the server looks at the
envelope, the reader sees the content (RFC 5321 2.3.1).
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import localtime, make_msgid
from pathlib import Path
from typing import Final

from .outcome import Declined

# 7-bit whatever the server can do: text outside ASCII becomes base64 or quoted-printable.
_POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)
_CONTROL: Final = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Message:
    """An envelope and its content. ``declined`` says why this client will not send it."""

    sender: str  # "" is the null reverse path, MAIL FROM:<>
    recipients: tuple[str, ...]
    content: bytes = b""
    declined: Declined | None = None


def check_envelope(sender: str, recipients: Iterable[str]) -> None:
    """Refuse addresses that cannot stand in a command line.

    CR LF in an address would end the command and begin another of the attacker's choice; a space would
    begin a parameter. Non-ASCII needs SMTPUTF8 (RFC 6531), which this client does not have.
    """
    recipients = tuple(recipients)
    if not recipients:
        raise Declined("a message needs a recipient")
    for address in (sender, *recipients) if sender else recipients:
        if not re.fullmatch(r"[!-;=?-~]+", address):
            raise Declined(f"an address has characters that cannot be sent: {address!r}")
        # RFC 5321 2.3.5: always with a domain; 4.1.1.3: Postmaster alone needs none.
        if not re.fullmatch(r".+@[^@]+", address) and address.lower() != "postmaster":
            raise Declined(f"an address needs a local part, @ and a domain: {address!r}")


def normalise(octets: bytes) -> bytes:
    """End every line with CR LF (RFC 5321 2.3.8: a CR or LF alone is never sent), the last one too."""
    content = re.sub(rb"\r\n|\r|\n", b"\r\n", octets)
    return content if content.endswith(b"\r\n") or not content else content + b"\r\n"


def dot_stuff(content: bytes) -> bytes:
    """Put one more dot before each line that begins with one (RFC 5321 4.5.2).

    A line of a single dot is the end of the content; the server takes the extra dots away again. This
    works on the whole content, before it is cut into blocks: a cut may fall between CR LF and a dot.
    """
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def is_8bit(content: bytes) -> bool:
    """Whether an octet has its high bit set."""
    return not content.isascii()


def check_8bit(content: bytes) -> None:
    """Refuse 8-bit content that even a server with 8BITMIME may not be sent (RFC 5321 2.4, RFC 6152 3)."""
    header, _, _ = content.partition(b"\r\n\r\n")
    if is_8bit(header):
        raise Declined("the header has octets outside ASCII, which needs SMTPUTF8; this client has not got it")
    if BytesHeaderParser().parsebytes(header)["MIME-Version"] is None:
        raise Declined("the content has octets outside ASCII, but no MIME header that says what they mean")


def compose(sender: str, recipients: Iterable[str], subject: str, body: str, attachments: Iterable[Path] = ()) -> bytes:
    """Write a message with a complete header (RFC 5322 3.6), MIME where it is needed (RFC 2045)."""
    recipients = tuple(recipients)
    check_envelope(sender, recipients)
    if not sender:
        raise Declined("a message with the null sender has no author: give it as a --message-file")
    if re.search(r"[\r\n\0]", subject):
        raise Declined("the subject has a line end in it, which could begin another header field")
    try:
        (subject + body).encode()
    except UnicodeEncodeError as error:
        raise Declined("the subject or the body is not Unicode text") from error
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # RFC 5321 4.1.1.4: control characters are best not sent as they are.
    message.set_content(body, cte="base64" if _CONTROL.search(body) else None)
    for path in attachments:
        _attach(message, path)
    return _subject_field(subject) + normalise(message.as_bytes())


def _subject_field(subject: str) -> bytes:
    """The Subject, in encoded words (RFC 2047) unless it is plain ASCII and fits on one line.

    ``EmailMessage`` could do it, but loses the blank where one encoded word ends and the next begins.
    """
    if subject.isascii() and subject.isprintable() and len(subject) < 68 and "=?" not in subject:
        return f"Subject: {subject}\r\n".encode("ascii")
    # RFC 2047 2: a line with an encoded word has at most 76 characters.
    words = Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n", maxlinelen=75)
    return f"Subject: {words}\r\n".encode("ascii")


def _attach(message: EmailMessage, path: Path) -> None:
    kind, compression = mimetypes.guess_type(path.name)
    maintype, _, subtype = (kind or "").partition("/")
    if not subtype or compression or maintype in ("message", "multipart"):
        # RFC 2045 6.4: message/* and multipart/* may not be base64, so they go as plain octets.
        maintype, subtype = "application", "octet-stream"
    message.add_attachment(path.read_bytes(), maintype=maintype, subtype=subtype, filename=path.name)
