from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.model.transcript import Kind
from smtpwitness.peers import intake
from smtpwitness.peers.intake import Content, Counted, Intake, Line, Unit


class Plenty:
    left = 1 << 30


def filled(*segments: bytes) -> Intake:
    """An intake whose n-th segment came at time n."""
    found = Intake()
    for number, segment in enumerate(segments):
        found.add(segment, number)
    return found


def units(found: Intake, make) -> list[Unit]:  # type: ignore[no-untyped-def]
    done = []
    while (unit := make(found).step()) is not None:
        done.append(unit)
    return done


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({0, len(octets), *(place % (len(octets) + 1) for place in places)})
    return [octets[start:end] for start, end in pairwise(marks)]


SMTPISH = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"NOOP", b"\r\n.\r\n", b"\0"])).map(b"".join)
PLACES = st.lists(st.integers(0, 200), max_size=8)


@given(SMTPISH, PLACES)
def test_lines_end_at_lf_however_they_came(octets: bytes, places: list[int]) -> None:
    found = filled(*cut(octets, places))
    lines = [line.octets for line in units(found, lambda one: Line(one, Plenty()))]
    rest = Line(found, Plenty()).rest("")
    assert b"".join(lines) + (rest.octets if rest else b"") == octets
    assert all(line.index(b"\n") == len(line) - 1 for line in lines)
    assert rest is None or b"\n" not in rest.octets
    assert len(found) == 0


def test_a_tls_record_in_clear_is_one_unit() -> None:
    hello, alert = b"\x16\x03\x01\x00\x04a\nb\n", b"\x15\x03\x01\x00\x02\x02\n"
    found = filled(hello[:3], hello[3:7], hello[7:] + alert + b"\x16\x03", b"\x01\x00\x09\n")
    assert [one.octets for one in units(found, lambda one: Line(one, Plenty()))] == [hello, alert]
    rest = Line(found, Plenty()).rest("")
    assert rest is not None
    assert rest.octets == b"\x16\x03\x01\x00\x09\n"


@given(SMTPISH, PLACES)
def test_content_ends_at_the_first_dot_on_a_line_of_its_own(octets: bytes, places: list[int]) -> None:
    found = filled(*cut(octets, places))
    content = Content(found, Plenty(), None)
    unit = content.step()
    end = (b"\r\n" + octets).find(b"\r\n.\r\n")
    if end < 0:
        assert unit is None
        rest = content.rest("cut")
        assert (rest.octets if rest else b"", rest.note if rest else "cut") == (octets, "cut")
    else:
        assert unit is not None
        assert unit.octets == octets[: end + 3]
        assert found.peek(len(found)) == octets[end + 3 :]


@given(SMTPISH, PLACES, PLACES)
def test_content_that_comes_step_by_step_is_the_same(octets: bytes, places: list[int], other: list[int]) -> None:
    def read(segments: list[bytes]) -> tuple[bytes, bytes]:
        found, done = Intake(), b""
        content = Content(found, Plenty(), None)
        for segment in segments:
            found.add(segment, 0)
            unit = None if done else content.step()
            done = unit.octets if unit else done
        return done, found.peek(len(found))

    assert read(cut(octets, places)) == read(cut(octets, other))


@given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=20), st.lists(st.integers(1, 7)))
def test_every_octet_keeps_the_time_of_its_segment(segments: list[bytes], counts: list[int]) -> None:
    found = filled(*segments)
    times = [number for number, segment in enumerate(segments) for _ in segment]
    at = 0
    for count in counts:
        if not len(found):
            break
        count = min(count, len(found))
        octets, begun, ended = found.take(count)
        assert (begun, ended) == (times[at], times[at + count - 1])
        assert octets == b"".join(segments)[at : at + count]
        at += count


def test_what_is_put_back_stands_in_front_with_its_own_time() -> None:
    found = filled(b"cd", b"ef")
    assert found.take(1) == (b"c", 0, 0)
    found.put_back(b"abc", 7)
    assert found.take(2) == (b"ab", 7, 7)
    assert found.take(2) == (b"cd", 7, 0)
    assert found.take(2) == (b"ef", 1, 1)


@pytest.mark.parametrize(("first", "sizes"), [(0, [0]), (3, [3]), (8, [8]), (9, []), (None, [])])
def test_a_partial_comes_exactly_when_so_many_octets_have_come(first: int | None, sizes: list[int]) -> None:
    found = filled(b"abc", b"\r\n.\r\n", b"QUIT\r\n")
    content = Content(found, Plenty(), first)
    partials = []
    while (unit := content.step()) is not None and unit.kind is Kind.PARTIAL:
        partials.append(unit.size)
    assert partials == sizes
    assert unit is not None
    assert unit.octets == b"abc\r\n.\r\n"
    assert found.peek(99) == b"QUIT\r\n"


@pytest.mark.parametrize(
    ("octets", "may_end"),
    [(b"", False), (b"a", False), (b".", True), (b".\n", True), (b"a\n.\n", True), (b"a\r.\r", True),
     (b"a\r\n.", True), (b"a.", False), (b"a\r\n..", False), (b"a\n.b", False), (b"a\n.\r\n", True)],
)  # fmt: skip
def test_silence_ends_content_only_after_a_lone_dot(octets: bytes, may_end: bool) -> None:
    content = Content(filled(octets), Plenty(), None)
    assert content.step() is None
    assert content.may_end is may_end


def test_a_long_line_is_cut_and_its_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LONGEST_LINE", 10)
    monkeypatch.setattr(intake, "KEPT_OF_LONGER", 4)
    found = Intake()
    line = Line(found, Plenty())
    for number in range(5):
        found.add(b"abcdef", number)
        assert line.step() is None
        assert len(found) <= 10
    found.add(b"g\r\nNOOP\r\n", 9)
    unit = line.step()
    assert unit == Unit(Kind.LINE, b"abcd", 0, 9, "cut")
    assert found.peek(99) == b"NOOP\r\n"


def test_a_long_line_in_one_segment_is_cut_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LONGEST_LINE", 10)
    monkeypatch.setattr(intake, "KEPT_OF_LONGER", 4)
    assert Line(filled(b"0123456789a\n"), Plenty()).step() == Unit(Kind.LINE, b"0123", 0, 0, "cut")
    assert Line(filled(b"012345678\n"), Plenty()).step() == Unit(Kind.LINE, b"012345678\n", 0, 0)


def test_a_long_line_without_end_keeps_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LONGEST_LINE", 3)
    found = filled(b"abcd", b"efgh")
    line = Line(found, Plenty())
    assert line.step() is None
    assert line.may_end
    assert line.rest("") == Unit(Kind.LINE, b"abcdefgh", 0, 1, "cut")


def test_lines_beyond_the_allowance_are_cut_short() -> None:
    class Little:
        left = 2000

    allowance = Little()
    found = filled(b"a" * 1998 + b"\r\n" + b"b" * 1998 + b"\r\n")
    assert len(units(found, lambda one: Line(one, allowance))[0].octets) == 2000
    assert allowance.left == 0
    found = filled(b"b" * 1998 + b"\r\n")
    assert [(len(one.octets), one.note) for one in units(found, lambda one: Line(one, allowance))] == [(1024, "cut")]


def test_an_intake_is_full_of_octets_or_of_segments() -> None:
    found = Intake()
    found.add(b"x" * intake.MOST_UNREAD, 0)
    assert not found.full
    found.add(b"x", 0)
    assert found.full
    drip = filled(*[b"x"] * (intake.MOST_SEGMENTS + 1))
    assert drip.full


# --- chunks

CHUNKISH = st.lists(
    st.sampled_from([b"BDAT 3\r\n", b"BDAT 0 LAST\r\n", b"BDAT 12 LAST\r\n", b"NOOP\r\n", b"a", b"\n", b"\0"])
).map(b"".join)


def counted(found: Intake) -> Counted:
    return Counted(found, Plenty())


@given(CHUNKISH, PLACES)
def test_a_chunk_is_as_long_as_it_says_however_it_comes(octets: bytes, places: list[int]) -> None:
    whole, pieces = filled(octets), filled(*cut(octets, places))
    first, second = units(whole, counted), units(pieces, counted)
    assert [one.octets for one in first] == [one.octets for one in second]
    assert b"".join(one.octets for one in first) == octets[: sum(len(one.octets) for one in first)]
    for one in first:
        line, _, chunk = one.octets.partition(b"\n")
        if line.startswith(b"BDAT"):
            assert len(chunk) == int(line.split()[1])
        else:
            assert chunk == b""


def test_a_chunk_holds_whatever_it_holds() -> None:
    found = filled(b"BDAT 9\r\nQUIT", b"\r\n.\r\nRSET\r\n")
    assert units(found, counted) == [
        Unit(Kind.LINE, b"BDAT 9\r\nQUIT\r\n.\r\n", 0, 1),
        Unit(Kind.LINE, b"RSET\r\n", 1, 1),
    ]


def test_a_chunk_that_stops_is_not_ended_by_silence() -> None:
    reader = counted(filled(b"BDAT 9\r\nabc"))
    assert reader.step() is None
    assert not reader.may_end
    assert reader.rest("cut") == Unit(Kind.LINE, b"BDAT 9\r\nabc", 0, 0, "cut")
    line = counted(filled(b"BDAT 9"))
    assert (line.step(), line.may_end) == (None, True)
    assert line.rest("unterminated") == Unit(Kind.LINE, b"BDAT 9", 0, 0)


def test_no_more_of_a_chunk_is_kept_than_is_allowed() -> None:
    class Little:
        left = 20

    found = filled(b"BDAT 300000\r\n" + b"x" * 300000, b"QUIT\r\n")
    (unit,) = [Counted(found, Little()).step()]
    assert unit == Unit(Kind.LINE, b"BDAT 300000\r\n" + b"x" * 7, 0, 0, "cut at 32 MB")
    assert found.peek(9) == b"QUIT\r\n"
