"""A few words with a relay, over real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from smtpwitness.peers.talk import LONGEST, Offers, lmtp_offers, offers

GREETING = b"220 mail.test\r\n"
CONTEXT = ssl.create_default_context()


@contextmanager
def relay(*replies: bytes) -> Iterator[tuple[socket.socket, list[bytes]]]:
    """A connection to a relay that says the first of *replies* at once and another at each line; what it heard."""
    ours, theirs = socket.socketpair()
    heard: list[bytes] = []

    def play() -> None:
        with suppress(OSError), theirs, theirs.makefile("rb") as lines:  # we may leave before it has ended
            for reply in replies:
                theirs.sendall(reply)
                heard.append(lines.readline())

    playing = threading.Thread(target=play)
    playing.start()
    ours.settimeout(10)
    with ours:
        yield ours, heard
    playing.join()


@pytest.mark.parametrize("tls", ["none", ""])
def test_what_is_offered_in_the_clear(tls: str) -> None:
    with relay(GREETING, b"250-mail.test\r\n250-SIZE 9\r\n250 AUTH LOGIN\r\n") as (plain, heard):
        assert offers(plain, CONTEXT, "mail.test", tls) == Offers(("SIZE 9", "AUTH LOGIN"))
    assert heard == [b"EHLO [127.0.0.1]\r\n", b"QUIT\r\n"]


def test_what_is_offered_by_lmtp() -> None:
    with relay(GREETING, b"250-mail.test\r\n250 8BITMIME\r\n") as (plain, heard):
        assert lmtp_offers(plain) == ("8BITMIME",)
    assert heard == [b"LHLO [127.0.0.1]\r\n", b"QUIT\r\n"]


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        ((b"554 No\r\n",), "'554 No' where 220 was due"),
        ((GREETING, b"250 mail.test\r\n"), "it does not offer STARTTLS"),
        ((GREETING, b"250-mail.test\r\n250 starttls\r\n", b"454 Not now\r\n"), "where 220 was due"),
        ((GREETING, b"250-mail.test\r\n250 starttls\r\n", b"220 Go\r\n250 mail.test\r\n"), "more before TLS"),
        ((b"220-" + b"x" * 2 * LONGEST,), "no end"),
        ((b"220-x\r\n" * 1002,), "no end"),
        ((), "ended the connection"),
    ],
)
def test_what_goes_wrong_is_said(replies: tuple[bytes, ...], why: str) -> None:
    with relay(*replies) as (plain, _), pytest.raises(OSError, match=why):
        offers(plain, CONTEXT, "mail.test", "starttls")
