"""What play writes down."""

from __future__ import annotations

import pytest
from scenes import closing, command, job, tls

from smtpwitness.judge.pattern import Values
from smtpwitness.judge.record import Record, shown, wanted
from smtpwitness.model.run import Row, Status
from smtpwitness.model.scenario import NOWHERE, Closing, Leaf, Message, Sasl, Tls
from smtpwitness.model.transcript import Event, Kind, Side


def test_rows_are_numbered_from_0() -> None:
    record = Record()
    assert record.row(1, "client", Status.MET, "QUIT", "quit", (3,), NOWHERE) == 0
    assert record.row(1, "server", Status.SAID) == 1
    assert record.rows == [Row(1, "client", Status.MET, "QUIT", "quit", (3,), NOWHERE), Row(1, "server", Status.SAID)]


@pytest.mark.parametrize(
    ("kind", "octets", "expected"),
    [
        (Kind.LINE, b"EHLO x\r\n", "EHLO x"),
        (Kind.LINE, b"half a line", "half a line"),
        (Kind.CONTENT, b"a\r\n.\r\n", "(message, 6 octets)"),
        (Kind.CONTENT, b"cut", "(message, 3 octets)"),
        (Kind.OPEN, b"", ""),
    ],
)
def test_shown(kind: Kind, octets: bytes, expected: str) -> None:
    assert shown(Event(0, 1, 0, 0, Side.CLIENT, kind, octets)) == expected


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (command("EHLO {helo}"), "EHLO client.example.test"),
        (command("MAIL FROM:<{sender}>"), "MAIL FROM:<alice@example.test>"),
        (command("RCPT TO:<{recipient.2}>"), "RCPT TO:<{recipient.2}>"),
        (command("{password:base64}"), "{password:base64}"),
        (command("{username:base64}"), "YWxpY2VAZXhhbXBsZS50ZXN0"),
        (Message(), "(message: same)"),
        (Message(first=20), "(first 20 octets of the message)"),
        (closing(), "(client closes the connection)"),
        (Closing(notify=True), "(client sends close_notify and closes the connection)"),
        (tls("expired"), "(TLS handshake, certificate: expired)"),
        (tls(versions=("1.2", "1.3")), "(TLS handshake, certificate: good, version: 1.2 or 1.3)"),
        (Tls(terms=("null ciphers",)), "(TLS handshake, certificate: good, null ciphers)"),
        (Tls(terms=("a", "b")), "(TLS handshake, certificate: good, a, b)"),
        (Sasl(), "(SASL exchange)"),
    ],
)
def test_wanted(leaf: Leaf, expected: str) -> None:
    assert wanted(leaf, Values(job())) == expected
