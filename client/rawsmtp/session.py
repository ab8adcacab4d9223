"""A session: from the greeting to QUIT (RFC 5321 3 and 4.1).

Client and server take turns. The client sends one command, reads the whole reply, and only then sends the
next; ``_our_turn`` remembers whose turn it is.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from typing import Final

from .auth import MECHANISMS, authenticate, choose
from .connection import Connection, connect, tls_context
from .hello import offered_extensions, own_name
from .job import Job
from .message import dot_stuff
from .outcome import (
    ConnectionLost,
    Failure,
    MalformedReply,
    PermanentFailure,
    ProtocolError,
    ServiceClosing,
)
from .reply import Reply, read_reply, refusal
from .window import Window

# RFC 5321 4.5.3.2, in seconds. Each holds for one step, never for the whole session. The RFC names no
# value for the other commands: they get the usual five minutes, but for QUIT nobody should wait long.
TIMEOUTS: Final = {"MAIL": 300, "RCPT": 300, "DATA": 120, "block": 180, "end of data": 600, "QUIT": 60}
DEFAULT_TIMEOUT: Final = 300
SHORT_WAIT: Final = 5.0  # where no answer is needed, but may come
BLOCK_SIZE: Final = 65536


class Session:
    """One connection to the server, ready for mail transactions once ``start`` has returned."""

    def __init__(self, job: Job, window: Window) -> None:
        self._job = job
        self._window = window
        self._connection: Connection | None = None
        self._our_turn = False
        self._encrypted = False
        self._offers: dict[str, list[str]] = {}
        self.reset_due = False  # a transaction was begun and not brought to its end
        self.trouble: Failure | None = None  # why no further command makes sense

    # --- the opening ---------------------------------------------------------------------------

    def start(self) -> None:
        """Connect, and do all that comes before the first MAIL."""
        job = self._job
        context = None if job.tls == "none" else tls_context(job.ca_file)
        self._window.note(f"connecting to {job.host} port {job.port}")
        self._connection = connect(job.host, job.port, self._timeout("connect"))
        if context and job.tls == "implicit":
            self._encrypt(context)
        self._greeting()
        self._hello()
        if context and job.tls == "starttls":
            self._starttls(context)
        if job.auth != "none":
            self._authenticate()

    def _greeting(self) -> None:
        """Nothing is sent before the server has greeted us (RFC 5321 4.3.1)."""
        greeting = self._read_reply(self._timeout("greeting"))
        if not greeting.positive:
            raise refusal(greeting, "the connection")

    def _hello(self) -> None:
        """EHLO, or HELO where EHLO is refused (RFC 5321 3.2) or was not wanted."""
        assert self._connection is not None
        name = self._job.helo or own_name(self._connection.local_address())
        self._offers = {}
        if self._job.hello == "ehlo":
            reply = self.command(f"EHLO {name}")
            if reply.positive:
                self._offers = offered_extensions(reply)
                return
            if not reply.permanent:
                raise refusal(reply, "EHLO")
        reply = self.command(f"HELO {name}")
        if not reply.positive:
            raise refusal(reply, "HELO")

    def _starttls(self, context: ssl.SSLContext) -> None:
        """RFC 3207 4. Who asks for TLS gets it or nothing: there is no going on in clear."""
        if not self.offers("STARTTLS"):
            raise PermanentFailure("the server does not offer STARTTLS (--tls none would send in clear)")
        reply = self.command("STARTTLS")
        if not reply.positive:
            raise refusal(reply, "STARTTLS")
        self._our_turn = False  # from here on until the handshake is done, nobody speaks SMTP
        self._encrypt(context)
        self._our_turn = True
        self._hello()  # RFC 3207 4.2: all that was learned in clear is forgotten

    def _encrypt(self, context: ssl.SSLContext) -> None:
        assert self._connection is not None
        self._window.note(self._connection.start_tls(context, self._timeout("TLS")))
        self._encrypted = True

    def _authenticate(self) -> None:
        """AUTH (RFC 4954), or an end: without it, nothing is sent."""
        job = self._job
        if not self._encrypted:
            self._window.note("this connection is not encrypted: anybody on the way can read what follows")
        for name in self._mechanisms():
            reply = authenticate(self.command, MECHANISMS[name](job.username, job.password))
            if reply.positive:
                return
            if reply.code not in (504, 534):  # RFC 4954 4 and 6: not this mechanism. Else: not this user
                break
        raise refusal(reply, "AUTH")

    def _mechanisms(self) -> list[str]:
        """The mechanisms to try. RFC 4954 4: only those that the server lists."""
        offered = self._offers.get("AUTH", [])
        wanted = self._job.auth.upper()
        if wanted == "ANY":
            names = choose(offered, self._encrypted)
        elif self._job.hello == "helo" or wanted in (name.upper() for name in offered):
            names = [wanted]  # in answer to HELO no server lists anything; the user knows better
        else:
            names = []
        if not names:
            raise PermanentFailure(f"the server does not offer authentication (wanted: {self._job.auth})")
        return names

    # --- what transactions are made of -----------------------------------------------------------

    def offers(self, keyword: str) -> bool:
        """Whether the last EHLO reply listed this keyword."""
        return keyword in self._offers

    def size_limit(self) -> int:
        """The largest message that the server wants to see, 0 if it does not say (RFC 1870 3)."""
        limit = "".join(self._offers.get("SIZE", [])[:1])
        return int(limit) if limit.isascii() and limit.isdigit() and len(limit) <= 20 else 0

    def command(self, line: str, *, shown: str = "") -> Reply:
        """Send one command line, return its reply. ``shown`` stands in the window for a secret."""
        assert self._connection is not None
        self._expect_silence()
        self._window.client(shown or line)
        self._our_turn = False
        verb = line.partition(" ")[0]
        self._connection.send(line.encode("ascii") + b"\r\n", self._timeout(verb))
        return self._read_reply(self._timeout(verb))

    def reset(self) -> None:
        """Clear what an unfinished transaction left behind (RFC 5321 4.1.1.5), before the next MAIL."""
        if not self.reset_due:
            return
        reply = self.command("RSET")
        if not reply.positive:
            failure = refusal(reply, "RSET")
            failure.session_over = True  # nobody knows any more which envelope the server has in hand
            raise failure
        self.reset_due = False

    def send_content(self, content: bytes) -> Reply:
        """After 354: the content, the dot that ends it, and the reply to both (RFC 5321 4.1.1.4)."""
        assert self._connection is not None
        stuffed = dot_stuff(content)
        self._window.content(stuffed)
        self._our_turn = False
        try:
            for block in _blocks(stuffed):
                if self._connection.has_unread():
                    raise self._early_answer()
                self._connection.send(block, self._timeout("block"))
            if self._connection.has_unread():
                raise self._early_answer()
        except ConnectionLost as lost:
            raise self._last_words(lost) from lost
        self._window.client(".")
        self._connection.send(b".\r\n", self._timeout("block"))
        return self._read_reply(self._timeout("end of data"))

    def _early_answer(self) -> Failure:
        """What a reply means that comes while the content is still on its way.

        It cannot be the answer to a message that the server has not seen the end of. A refusal is
        believed; a "yes" is not. The dot is never sent, so the server has no message to deliver.
        """
        try:
            reply = self._read_reply(self._short_wait())
        finally:
            self._our_turn = False  # QUIT would be read as content
        failure = refusal(reply, "the unfinished content")
        failure.session_over = True
        return failure

    def _last_words(self, lost: ConnectionLost) -> Failure:
        """The connection went while we were sending: perhaps the server said why before it left."""
        try:
            failure = self._early_answer()
        except ServiceClosing as closing:
            return closing
        except Failure:
            return lost
        return lost if isinstance(failure, ProtocolError) else failure

    def _expect_silence(self) -> None:
        """Nothing may lie unread before a command, or its reply would be taken for the next one's.

        The one thing that a server may say unasked is 421 (RFC 5321 3.8).
        """
        assert self._connection is not None
        assert self._our_turn, "a reply is still due"
        try:
            if not self._connection.has_unread():
                return
            self._read_reply(self._short_wait())
        except ConnectionLost:
            self._our_turn = False
            raise
        raise ProtocolError("the server sent a reply that no command had asked for")

    def _read_reply(self, timeout: float) -> Reply:
        assert self._connection is not None
        connection = self._connection
        deadline = time.monotonic() + timeout
        try:
            reply = read_reply(lambda: connection.read_line(deadline), self._window.server)
        except MalformedReply:
            self._our_turn = True  # it was meant as an answer
            raise
        self._our_turn = True
        if reply.code == 421:
            raise ServiceClosing(f"the server closes the session: {reply}")
        return reply

    def _timeout(self, step: str) -> float:
        return self._job.timeout or TIMEOUTS.get(step, DEFAULT_TIMEOUT)

    def _short_wait(self) -> float:
        return min(SHORT_WAIT, self._job.timeout or SHORT_WAIT)

    # --- the end ---------------------------------------------------------------------------------

    def end(self) -> None:
        """QUIT and its reply (RFC 5321 4.1.1.10), then close.

        While a reply is outstanding (the server fell silent, or the content is not finished), QUIT would
        be talking out of turn: then only close. What happens here changes nothing about the messages.
        """
        if self._connection is None:
            return
        try:
            if self._our_turn:
                with contextlib.suppress(Failure):
                    self._quit()
        finally:
            self._connection.close()

    def _quit(self) -> None:
        assert self._connection is not None
        patience = self._timeout("QUIT")
        if self.trouble is not None and self.trouble.session_over:
            patience = self._short_wait()
        if self._connection.has_unread():  # too late to matter, and not the answer to QUIT
            self._connection.forget_unread()
        self._window.client("QUIT")
        self._connection.send(b"QUIT\r\n", patience)
        self._read_reply(patience)


def _blocks(octets: bytes) -> Iterator[bytes]:
    """Cut the content into blocks: each has a time-out of its own (RFC 5321 4.5.3.2.5)."""
    for start in range(0, len(octets), BLOCK_SIZE):
        yield octets[start : start + BLOCK_SIZE]
