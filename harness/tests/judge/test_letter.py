"""A message taken apart."""

import pytest

from smtpwitness.judge.letter import (
    COMMENT,
    DEEPEST,
    MOST_ADDRESSES,
    MOST_PARTS,
    QUOTED,
    Letter,
    addresses,
    decoded,
    entity,
    lines_of,
    masked,
    misnamed,
)

HEADER = b"Date: x\r\nFrom: a@b.test\r\nSubject: one\r\n\ttwo\r\nDate : y\r\n"


def test_lines_end_in_any_way() -> None:
    assert list(lines_of(b"a\r\nb\nc\rd\r\n\r\n")) == [b"a", b"b", b"c", b"d", b""]
    assert list(lines_of(b"a")) == [b"a"]
    assert list(lines_of(b"")) == []


def test_fields_and_body() -> None:
    found = entity(HEADER + b"\r\nbody: no field\r\n")
    assert [one.title for one in found.fields] == ["Date", "From", "Subject", "Date"]
    assert [one.blank for one in found.fields] == [False, False, False, True]
    assert (found.first("Subject"), found.fields[2].folded) == ("one\ttwo", " one\0\ttwo")
    assert found.body == b"body: no field\r\n"
    assert (found.kind, found.encoding, found.is_multipart) == ("text/plain", "7bit", False)


def test_a_header_alone() -> None:
    assert (entity(HEADER).body, len(entity(HEADER).fields)) == (b"", 4)


def test_a_body_alone() -> None:
    found = entity(b"\r\nFrom: the body\r\n")
    assert (found.fields, found.body) == ((), b"From: the body\r\n")


def test_lines_that_are_no_fields() -> None:
    assert entity(b" folded\r\nno field\r\nA: b\r\n\r\n").strays == (b" folded", b"no field")


@pytest.mark.parametrize(
    ("strays", "sure"),
    [
        ([b"My field: x"], True),
        ([b"no colon"], False),
        ([b"My field: x", b"no colon"], False),
        ([b": x"], False),
        ([b"\x7f: x"], True),
    ],
)
def test_fields_with_a_wrong_name(strays: list[bytes], sure: bool) -> None:
    known = b"Date: x\r\nFrom: a@b.test\r\nTo: c@d.test\r\n"
    lines = b"".join(line + b"\r\n" for line in strays)
    assert misnamed(entity(known + lines + b"\r\n")) == (strays if sure else [])
    assert misnamed(entity(b"Date: x\r\nFrom: a@b.test\r\n" + lines + b"\r\n")) == [], "they may be of the text"


@pytest.mark.parametrize(("charset", "octets"), [("UTF-8", "é"), ("gbk", "你"), ("ISO-8859-1", "é"), ("us-ascii", "e")])
def test_texts(charset: str, octets: str) -> None:
    assert decoded(octets.encode(charset), charset) == octets


@pytest.mark.parametrize(("charset", "error"), [("punycode", LookupError), ("", LookupError), ("utf-8", ValueError)])
def test_octets_that_are_no_text(charset: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        decoded(b"\xff", charset)


PART = b"--b\r\nContent-Type: text/plain\r\n\r\n"


@pytest.mark.parametrize("kind", [b'multipart/mixed; boundary="b"', b"Multipart/Mixed;\r\n Boundary=b; charset=x"])
def test_parts(kind: bytes) -> None:
    inner = b"--b\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\ndeep\r\n--i--\r\n"
    body = b"preamble\r\n" + PART + b"one\r\n" + inner + b"--b--\r\nepilogue\r\n--b\r\n\r\nnothing\r\n"
    letter = Letter(b"Content-Type: " + kind + b"\r\n\r\n" + body)
    assert [part.body for part in letter.entities if not part.is_multipart] == [b"one", b"deep"]


def test_a_multipart_without_a_boundary_has_no_parts() -> None:
    assert len(Letter(b"Content-Type: multipart/mixed\r\n\r\n" + PART).entities) == 1


def test_only_so_many_parts_are_looked_at() -> None:
    deep = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert len(Letter(deep + PART * 10_000).entities) == MOST_PARTS
    assert len(Letter((deep + b"--b\r\n") * 10_000).entities) <= MOST_PARTS


@pytest.mark.parametrize(("depth", "leaves"), [(DEEPEST, 1), (DEEPEST + 1, 0), (DEEPEST + 5, 0)])
def test_only_so_deep_is_looked_at(depth: int, leaves: int) -> None:
    inner = b"Content-Type: text/plain\r\n\r\ntext"
    for number in range(depth):
        boundary = b"b%d" % number
        kind = b"Content-Type: multipart/mixed; boundary=" + boundary
        inner = kind + b"\r\n\r\n--" + boundary + b"\r\n" + inner + b"\r\n--" + boundary + b"--\r\n"
    found = Letter(inner).entities
    assert len([one for one in found if one.kind == "text/plain"]) == leaves
    assert len([one for one in found if one.is_multipart]) == min(depth, DEEPEST + 1)


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ('"\\a" x', "QQQQ x"),
        ("aXb", "aXb"),
        ('"a\\"b" c', "QQQQQQ c"),
        ("(a (b) c) d", "CCCCCCCCC d"),
        ('(") x', "CCC x"),
        (") x", "C x"),
        ('"\\', "QQ"),
        ("a\\b", "a\\b"),
    ],
)
def test_masks(value: str, mask: str) -> None:
    assert masked(value).replace(QUOTED, "Q").replace(COMMENT, "C") == mask


@pytest.mark.parametrize(
    ("value", "specs"),
    [
        ("alice@Example.TEST", ["alice@example.test"]),
        ("Alice <alice@b.test>, bob@b.test", ["alice@b.test", "bob@b.test"]),
        ('"a@b, c@d" <alice@b.test> (see@also.test)', ["alice@b.test"]),
        ('"al ice"@b.test', ['"al ice"@b.test']),
        ("friends: a@b.test, c@d.test;", ["a@b.test", "c@d.test"]),
        ("alice@b.test <alice@b.test>, Alice @ home <al@b.test>", ["alice@b.test", "al@b.test"]),
        ("Alice", []),
        ("@b.test", []),
        ("@b.test, c@d.test", ["c@d.test"]),
        ("a@b.test, " * (MOST_ADDRESSES + 5), ["a@b.test"] * MOST_ADDRESSES),
        ("alice@ ", []),
        ("张三 <用户@例子.test>", ["用户@例子.test"]),
    ],
)
def test_addresses(value: str, specs: list[str]) -> None:
    assert [one.spec for one in addresses(value)] == specs


@pytest.mark.parametrize("value", ["a @b.test", "a@ b.test", "a(x)@b.test", "a@(x)b.test"])
def test_blanks_beside_the_at_sign(value: str) -> None:
    (one,) = addresses(value)
    assert (one.spec, one.blank, one.quoted) == ("a@b.test", True, False)


def test_a_quoted_local_part() -> None:
    (one,) = addresses('"alice"@b.test')
    assert (one.local, one.quoted) == ('"alice"', True)
