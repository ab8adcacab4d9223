"""Looks into a mailbox over IMAP (RFC 3501), and changes nothing in it: EXAMINE, BODY.PEEK.

What it shows is capped in size and time, whatever the server says. The password goes to the server, and nowhere else.
"""

from __future__ import annotations

import binascii
import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import compat32

LONGEST = 64 * 1024 * 1024
"""Octets that are taken from a server."""

LAST = 20
"""How many of the last messages are looked at where the server's own search finds none: some search badly."""

MOST = 5
"""Messages that are taken from a folder."""

LOOK = 0.05
"""Seconds between two looks, where nobody says otherwise."""

SENT_NAMES = ("sent", "sent messages", "sent items", "sent mail", "已发送", "已发送邮件", "[gmail]/sent mail")
"""What folders of sent mail are called where the server does not mark one (RFC 6154)."""

IDENTITY = '("name" "smtpwitness" "vendor" "smtpwitness")'
"""What is said to a server that has ID (RFC 2971): some show no mail to who does not say who it is."""

LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>.+)', re.DOTALL)
LITERAL = re.compile(rb"\{\d+\} ")  # the name came as one
SHIFTED = re.compile(r"&([^-]*)-")
IN_QUOTES = re.compile(r"[\"\\]")
SEARCHABLE = re.compile(r"[ -~]{1,500}")


class MailboxError(Exception):
    """A mailbox cannot be looked into."""


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where mailboxes are. `tls` is `implicit`, `starttls` or `none`; `context` checks the certificate for `name`.

    `timeout` is the seconds that any answer may take.
    """

    host: str
    port: int
    tls: str
    context: ssl.SSLContext
    name: str
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a folder: the folder's name for people, its UID, flags, INTERNALDATE and RFC822.SIZE."""

    folder: str
    uid: int
    flags: tuple[str, ...]
    date: str
    size: int
    octets: bytes


class _Connection(imaplib.IMAP4):
    """A connection that takes no more than it should, and ends when its time is up."""

    def __init__(self, server: ImapServer) -> None:
        self._server, self._left = server, LONGEST
        super().__init__(server.host, server.port, server.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made = socket.create_connection((self._server.host, self._server.port), timeout)
        if self._server.tls != "implicit":
            return made
        try:
            return self._server.context.wrap_socket(made, server_hostname=self._server.name)
        except BaseException:
            made.close()
            raise

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort(f"it says more than {LONGEST} octets")


@contextmanager
def mailbox(server: ImapServer, username: str, password: str, seconds: float) -> Iterator[imaplib.IMAP4]:
    """Log in, for at most *seconds*. Raises MailboxError, also for what goes wrong within the block."""
    where = f"{server.name}:{server.port}"
    try:
        made = _Connection(server)
        ending = threading.Timer(seconds, _end, (made.sock,))
        ending.daemon = True
        ending.start()
        try:
            if server.tls == "starttls":
                made.host = server.name  # what its certificate is checked for
                made.starttls(server.context)
            _log_in(made, username, password)
            yield made
        finally:
            ending.cancel()
            with suppress(imaplib.IMAP4.error, OSError):
                made.logout()
            with suppress(OSError):
                made.shutdown()  # a logout that fails leaves the socket open
    except (imaplib.IMAP4.error, OSError, ValueError, LookupError) as error:
        raise MailboxError(f"{where}: {error}") from None


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _log_in(made: imaplib.IMAP4, username: str, password: str) -> None:
    if "AUTH=PLAIN" in made.capabilities:
        made.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
    else:
        made.login(_quoted(username), password)
    if "ID" in made.capabilities:
        made.xatom("ID", IDENTITY)


def sent_folder(made: imaplib.IMAP4) -> str:
    """The name of the folder with the special use \\Sent, or that is called so. Raises MailboxError."""
    named = ""
    for flags, name in _folders(made):
        if "\\sent" in flags.lower().split():
            return name
        if readable(name).lower() in SENT_NAMES:
            named = named or name
    if not named:
        raise MailboxError("there is no folder of sent mail")
    return named


def _folders(made: imaplib.IMAP4) -> Iterator[tuple[str, str]]:
    for one in made.list()[1]:
        line = one if isinstance(one, bytes) else b" ".join(one or ())
        match = LISTED.fullmatch(LITERAL.sub(b"", line))
        if match:
            name = match["name"].decode("utf-8", "replace")
            if name.startswith('"') and name.endswith('"') and len(name) > 1:
                name = re.sub(r"\\(.)", r"\1", name[1:-1])
            yield match["flags"].decode("ascii", "replace"), name


def readable(name: str) -> str:
    """A folder's name for people: modified UTF-7 decoded (RFC 3501, 5.1.3)."""

    def plain(match: re.Match[str]) -> str:
        if not match[1]:
            return "&"
        try:
            coded = match[1].replace(",", "/")
            return binascii.a2b_base64(coded + "=" * (-len(coded) % 4), strict_mode=True).decode("utf-16-be")
        except ValueError:
            return match[0]

    return SHIFTED.sub(plain, name)


def find(
    made: imaplib.IMAP4, folder: str, message_id: str, fits: Callable[[Letter], bool], until: float, look: float = LOOK
) -> tuple[Letter, ...]:
    """The messages with that Message-ID (angle brackets and all) in *folder*; waits for one *until* then (monotonic).

    Where it is "", those of the last ones that *fits* says it of. Raises what imaplib raises, and MailboxError.
    """
    while True:
        kind, (count, *_) = made.select(_quoted(folder), readonly=True)  # EXAMINE
        if kind != "OK":
            raise MailboxError(f"the folder {readable(folder)} cannot be looked into")
        uids = _searched(made, message_id) or _last(made, int(count or b"0"), message_id)
        found = tuple(one for uid in uids for one in _fetched(made, folder, uid) if message_id or fits(one))[-MOST:]
        if found or time.monotonic() > until:
            return found
        time.sleep(look)


def _searched(made: imaplib.IMAP4, message_id: str) -> list[int]:
    if not SEARCHABLE.fullmatch(message_id):
        return []
    kind, found = made.uid("SEARCH", "HEADER", "Message-ID", _quoted(message_id))
    uids = [int(one) for one in (found[0] or b"").split() if one.isdigit()] if kind == "OK" and found else []
    return [uid for uid, name in _named(made, "UID", ",".join(map(str, uids[-LAST:]))) if name == message_id]


def _last(made: imaplib.IMAP4, count: int, message_id: str) -> list[int]:
    span = f"{max(1, count - LAST + 1)}:{count}" if count else ""
    return [uid for uid, name in _named(made, "", span) if name == message_id]


def _named(made: imaplib.IMAP4, by: str, span: str) -> Iterable[tuple[int, str]]:
    """UID and Message-ID of each message of *span*."""
    if not span:
        return
    what = "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
    _, found = made.uid("FETCH", span, what) if by else made.fetch(span, what)
    for told, octets in _answers(found):
        if match := re.search(r"UID (\d+)", told):
            yield int(match[1]), str(message_from_bytes(octets, policy=compat32).get("Message-ID", "")).strip()


def _fetched(made: imaplib.IMAP4, folder: str, uid: int) -> Iterator[Letter]:
    _, found = made.uid("FETCH", str(uid), "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
    for told, octets in _answers(found):
        flags = re.search(r"FLAGS \(([^)]*)\)", told)
        date = re.search(r'INTERNALDATE "([^"]*)"', told)
        size = re.search(r"RFC822\.SIZE (\d{1,12})", told)
        yield Letter(
            readable(folder),
            uid,
            tuple(flags[1].split()) if flags else (),
            date[1].strip() if date else "",
            int(size[1]) if size else len(octets),
            octets,
        )


def _answers(found: Iterable[object]) -> Iterator[tuple[str, bytes]]:
    """What imaplib gives for each message of a FETCH: all that is told before and after its literal, and that."""
    told, octets = "", None
    for one in found:
        if isinstance(one, tuple):
            if octets is not None:
                yield told, octets
            told, octets = one[0].decode("ascii", "replace"), one[1]
        elif isinstance(one, bytes) and octets is not None:
            yield f"{told} {one.decode('ascii', 'replace')}", octets
            told, octets = "", None
    if octets is not None:
        yield told, octets


def _quoted(text: str) -> str:
    return '"' + IN_QUOTES.sub(r"\\\g<0>", text) + '"'
