from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.transcript import Event, Kind, Secrecy, Secret, Side
from smtpwitness.report.hexadecimal import OCTETS, dump, hexed


def test_sixteen_octets_stand_in_a_line() -> None:
    assert dump(b"QUIT\r\n\x00\xff" + b"a" * 9) == (
        "0000  51 55 49 54 0d 0a 00 ff 61 61 61 61 61 61 61 61  QUIT....aaaaaaaa\n"
        "0010  61                                               a"
    )


def test_a_secret_does_not_show() -> None:
    text = dump(b"AUTH PLAIN KioqKioq\r\n", (Secret(11, 19, Secrecy.PLAIN, "base64"),))
    assert "4b" not in text
    assert text.endswith("0010  ** ** ** 0d 0a                                   ***..")


@given(st.binary(max_size=3 * OCTETS))
def test_it_can_be_read_back_as_far_as_it_goes(octets: bytes) -> None:
    lines = dump(octets).splitlines()
    assert bytes.fromhex("".join(line[6:53] for line in lines)) == octets[:OCTETS]


def test_a_page_has_room_for_the_first_events() -> None:
    events = [Event(seq, 1, 0, 0, Side.CLIENT, Kind.LINE, b"x" * OCTETS) for seq in range(8)]
    assert hexed((*events, Event(99, 1, 0, 0, Side.CLIENT, Kind.CLOSE)), 4 * OCTETS) == set(range(4))
