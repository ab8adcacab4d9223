"""What lies of a message in the sender's Sent folder and in its recipients' INBOX, read over IMAP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .files.remotes import Mailbox
from .judge.content import unstuffed
from .judge.redact import Redactor
from .judge.session import delivered, exchanges, with_messages
from .model.run import Delivered
from .model.transcript import Transcript
from .peers.imap import LOOK, ImapServer, Letter, MailboxError, find, mailbox, sent_folder
from .peers.remote import Reached
from .relaying import MESSAGE_ID, WAIT, difference_of, lf, trace_of
from .relaying import read_back as from_files

if TYPE_CHECKING:  # it knows users and groups, which Windows does not have
    from .peers.relay import Running

WAIT_AFAR, LOOK_AFAR = 60.0, 3.0
"""Seconds that a message has to come to a remote mailbox, and between two looks there."""

MOST = 5
"""Recipients of a message whose mailboxes are looked into."""


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """A server with mailboxes, and the passwords of those that may be looked into, by address.

    `label` is what it is called in reports; `username` "": they are the addresses. `wait` and `look`: seconds that a
    message has to come, and between two looks.
    """

    label: str
    server: ImapServer
    passwords: Mapping[str, str]
    username: str = ""
    wait: float = WAIT
    look: float = LOOK


@dataclass(frozen=True, slots=True)
class Looked:
    """A folder to look into, and for what: the message that DATA carried, with LF, and its Message-ID or ""."""

    owner: str
    role: str
    wanted: bytes
    message_id: str


async def read_back(relay: Running | Reached, transcript: Transcript, redactor: Redactor) -> tuple[Delivered, ...]:
    """What became of every message that *relay* accepted. Waits for it."""
    if not isinstance(relay, Reached) and not relay.relay.mailboxes:
        return await from_files(relay, transcript, redactor)
    looked = tuple(places(transcript))
    if isinstance(relay, Reached):
        return await asyncio.to_thread(_afar, relay, looked, redactor)
    return await asyncio.to_thread(read, of_relay(relay, [one.owner for one in looked]), looked, redactor)


def of_relay(relay: Running, owners: Iterable[str]) -> Mailboxes:
    """The mailboxes behind a local relay: each address has one, all with the password of the run."""
    upstream, password = relay.upstream, next(iter(relay.accounts.values()), "")
    server = ImapServer("127.0.0.1", upstream.ports["imap"], "starttls", upstream.context, upstream.server_name)
    return Mailboxes(f"relay {relay.name} ({server.host}:{server.port})", server, dict.fromkeys(owners, password))


def _afar(reached: Reached, looked: tuple[Looked, ...], redactor: Redactor) -> tuple[Delivered, ...]:
    """What lies in the mailboxes that the file of a remote relay names."""
    return tuple(
        found
        for one in looked
        for box in reached.relay.mailboxes
        if box.of == one.owner
        for found in read(_of_box(box, reached), (one,), redactor)
    )


def _of_box(box: Mailbox, reached: Reached) -> Mailboxes:
    server = ImapServer(box.host, box.port, box.tls, reached.context, box.host)
    label = f"remote {reached.name} ({box.host}:{box.port})"
    return Mailboxes(label, server, {box.of: box.password}, box.username, WAIT_AFAR, LOOK_AFAR)


def places(transcript: Transcript) -> Iterator[Looked]:
    """Where every message of *transcript* that was accepted is to be found."""
    for one in with_messages(exchanges(transcript)):
        if not delivered(one):
            continue
        wanted = lf(unstuffed(one.event.octets))
        name = _message_id(wanted)
        if one.before.sender:
            yield Looked(one.before.sender, "sent", wanted, name)
        taken = [address for address, code in one.decided if code.startswith("2")]
        for address in list(dict.fromkeys(taken))[:MOST]:
            yield Looked(address, "inbox", wanted, name)


def read(there: Mailboxes, looked: tuple[Looked, ...], redactor: Redactor) -> tuple[Delivered, ...]:
    """What lies where *looked* says; nothing is said of mailboxes whose password is not known."""
    redactor.keep_out(there.passwords.values())
    return tuple(
        found for one in looked if one.owner in there.passwords for found in _looked_into(there, one, redactor)
    )


def _looked_into(there: Mailboxes, one: Looked, redactor: Redactor) -> list[Delivered]:
    until = time.monotonic() + there.wait
    folder, limit = "Sent" if one.role == "sent" else "INBOX", there.wait + 2 * there.server.timeout
    try:
        with mailbox(there.server, there.username or one.owner, there.passwords[one.owner], limit) as made:
            folder = sent_folder(made) if one.role == "sent" else folder
            letters = find(
                made, folder, one.message_id, lambda letter: not _compared(letter, one, redactor)[2], until, there.look
            )
    except MailboxError as error:
        return [_delivered(there, one, None, folder, redactor, f"it could not be looked for: {error}")]
    if not letters:
        return [_delivered(there, one, None, folder, redactor, f"it was not there within {there.wait:g} s")]
    return [_delivered(there, one, letter, folder, redactor) for letter in letters]


def _compared(letter: Letter, one: Looked, redactor: Redactor) -> tuple[bytes, bytes, str]:
    """The trace in front, the message, and how it differs from what DATA carried."""
    there = redactor.content(lf(letter.octets))[0]
    front = trace_of(one.wanted, there)
    if front is None:
        return b"", there, difference_of(one.wanted, there)
    return front, one.wanted, ""


def _delivered(
    there: Mailboxes, one: Looked, letter: Letter | None, folder: str, redactor: Redactor, why: str = ""
) -> Delivered:
    trace, octets, difference = _compared(letter, one, redactor) if letter else (b"", b"", why)
    return Delivered(
        folder=redactor.scrub(letter.folder if letter else folder),
        message_id=_message_id(octets) if letter else "",
        trace=trace.replace(b"\n", b"\r\n"),
        octets=octets.replace(b"\n", b"\r\n"),
        same=not difference,
        difference=redactor.scrub(difference),
        flags=tuple(map(redactor.scrub, letter.flags)) if letter else (),
        server=there.label,
        role=one.role,
        mailbox=one.owner,
        uid=letter.uid if letter else 0,
        date=redactor.scrub(letter.date) if letter else "",
        size=letter.size if letter else 0,
    )


def _message_id(octets: bytes) -> str:
    match = MESSAGE_ID.search(octets.partition(b"\n\n")[0] + b"\n")
    return match[1].decode("latin-1") if match else ""
