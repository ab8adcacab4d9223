"""The name server of a box: its answers, octet for octet (RFC 1035)."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.scenario import Records
from smtpwitness.peers.names import Names

A, MX, AAAA = 1, 15, 28
MAIL = b"\4mail\7example\4test\0"
RECORDS = {
    "mail.example.test": Records(((10, "a.test"), (20, "b.test"))),
    "null.test": Records(((0, "."),)),
    "gone.test": Records(fails="nxdomain"),
    "mute.test": Records(fails="servfail"),
}


def query(name: bytes, kind: int, recursion: int = 1) -> bytes:
    return b"\x12\x34" + struct.pack("!5H", recursion << 8, 1, 0, 0, 0) + name + struct.pack("!2H", kind, 1)


def head(answers: int, code: int = 0, recursion: int = 1) -> bytes:
    return b"\x12\x34" + struct.pack("!5H", 0x8480 | recursion << 8 | code, 1, answers, 0, 0)


def record(kind: int, data: bytes) -> bytes:
    return b"\xc0\x0c" + struct.pack("!2HIH", kind, 1, 1, len(data)) + data


def asked(name: bytes, kind: int) -> bytes:
    return name + struct.pack("!2H", kind, 1)


def test_every_name_has_an_address_of_its_own_and_no_other_record() -> None:
    names = Names()
    first = names.answer(query(MAIL, A))
    assert first == head(1) + asked(MAIL, A) + record(A, bytes((198, 18, 0, 1)))
    assert names.answer(query(b"\4MAIL\7example\4test\0", A)) == first.replace(b"\4mail", b"\4MAIL")
    assert names.answer(query(b"\1b\4test\0", A, 0)) == (
        head(1, recursion=0) + asked(b"\1b\4test\0", A) + record(A, bytes((198, 18, 0, 2)))
    )
    for kind in (MX, AAAA):
        assert names.answer(query(MAIL, kind)) == head(0) + asked(MAIL, kind)
    assert names.asked == ("mail.example.test", "b.test")
    assert (names.host_at("198.18.0.2"), names.host_at("192.0.2.1")) == ("b.test", "192.0.2.1")


def test_mx_records_are_told_as_they_are_written() -> None:
    names = Names(RECORDS)
    assert names.answer(query(MAIL, MX)) == (
        head(2) + asked(MAIL, MX) + record(MX, b"\0\x0a\1a\4test\0") + record(MX, b"\0\x14\1b\4test\0")
    )
    assert names.answer(query(MAIL, A)) == head(1) + asked(MAIL, A) + record(A, bytes((198, 18, 0, 1)))
    null = b"\4null\4test\0"
    assert names.answer(query(null, MX)) == head(1) + asked(null, MX) + record(MX, b"\0\0\0")


def test_a_name_can_fail_whatever_it_is_asked_for() -> None:
    names = Names(RECORDS)
    for name, code in ((b"\4gone\4test\0", 3), (b"\4Mute\4test\0", 2)):
        for kind in (A, MX):
            assert names.answer(query(name, kind)) == head(0, code) + asked(name, kind)
    assert names.asked == ()


def test_what_is_no_query_has_no_answer() -> None:
    whole = query(MAIL, A)
    wrong = (b"", whole[:20], head(0) + asked(MAIL, A), query(b"\x40" + b"x" * 64 + b"\0", A))
    assert [Names(RECORDS).answer(one) for one in wrong] == [None] * len(wrong)


@given(st.binary(max_size=80))
def test_any_octets_may_come(octets: bytes) -> None:
    answer = Names(RECORDS).answer(octets)
    assert answer is None or answer[:2] == octets[:2]
