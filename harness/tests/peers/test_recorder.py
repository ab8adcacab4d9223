import time
from dataclasses import replace

from peers.scripted import Plain, Scripted

from smtpwitness.model.run import Certificate
from smtpwitness.model.transcript import Kind, Secrecy, Secret, Side
from smtpwitness.peers import recorder
from smtpwitness.peers.recorder import Recorder


def test_events_are_numbered_and_timed_from_the_start_of_the_case() -> None:
    one = Recorder(Scripted(), Plain(), time.monotonic_ns() - 5_000_000_000)
    first = one.record(1, Side.CLIENT, Kind.OPEN)
    second = one.record(1, Side.CLIENT, Kind.LINE, b"x", begun=3, at=4, note="n", size=2, overlong=True)
    assert (first.seq, second.seq) == (0, 1)
    assert 5e9 <= first.begun == first.at < 6e9
    assert (second.begun, second.at, second.octets, second.note, second.size, second.overlong) == (
        3, 4, b"x", "n", 2, True,
    )  # fmt: skip
    assert one.events == [first, second]


def test_the_first_error_is_kept() -> None:
    one = Recorder(Scripted(), Plain(), 0)
    first = ValueError("1")
    one.fail(first)
    one.fail(ValueError("2"))
    assert one.error is first


def test_it_is_full_at_some_point(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(recorder, "MOST_EVENTS", 1)
    one = Recorder(Scripted(), Plain(), 0)
    assert not one.full
    one.record(1, Side.CLIENT, Kind.OPEN)
    assert one.full


def test_spans_of_several_lines_are_counted_from_the_first() -> None:
    class Strict(Plain):
        def line(self, connection, octets):  # type: ignore[no-untyped-def]
            return octets.replace(b"pw", b"****"), (Secret(2, 6, Secrecy.PASSWORD),) if b"pw" in octets else (), False

    octets, secrets = Recorder(Scripted(), Strict(), 0).redacted_lines(1, b"a pw\r\nNOOP\nb pw")
    assert octets == b"a ****\r\nNOOP\nb ****"
    assert [octets[one.start : one.end] for one in secrets] == [b"****", b"****"]


def test_a_certificate_is_kept_once_with_the_handshakes_that_showed_it() -> None:
    one = Recorder(Scripted(), Plain(), 0)
    shown = Certificate("good", "", (), "", "", "", "ab")
    for certificate in (shown, None, shown):
        one.showed(one.record(1, Side.CLIENT, Kind.TLS), certificate)
    assert one.certificates == (replace(shown, events=(0, 2)),)
