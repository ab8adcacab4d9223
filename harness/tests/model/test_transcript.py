"""What happened."""

from __future__ import annotations

from smtpwitness.model.transcript import Event, Kind, Side


def test_words_are_those_that_are_stored() -> None:
    event = Event(0, 1, 5, 6, Side.CLIENT, Kind.TLS_FAILED)
    assert (event.side, event.kind) == ("client", "tls-failed")
    assert (event.octets, event.secrets, event.note, event.size, event.overlong) == (b"", (), "", 0, False)
