from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header

import pytest

from rawsmtp.message import check_8bit, check_envelope, compose, dot_stuff, is_8bit, normalise
from rawsmtp.outcome import Declined


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"a", b"a\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b"a\r\n\r\n", b"a\r\n\r\n"),
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b"a\n\rb\r\r\nc", b"a\r\n\r\nb\r\n\r\nc\r\n"),
        (b"a\r", b"a\r\n"),
        (b"\n.\n", b"\r\n.\r\n"),
        (b"\r\n.\0\r\n", b"\r\n.\0\r\n"),
        (b"x" * 5000, b"x" * 5000 + b"\r\n"),
        (b" \t\xff\x0b\x0c\x85 \n", b" \t\xff\x0b\x0c\x85 \r\n"),
    ],
)
def test_line_ends(before, after):
    assert normalise(before) == after
    assert normalise(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b".\r\n", b"..\r\n"),
        (b"..\r\n.x\r\nx.\r\n.\r\n.\r\n", b"...\r\n..x\r\nx.\r\n..\r\n..\r\n"),
        (b"\r\n.\r\n", b"\r\n..\r\n"),
        (b"a.\r\n\r\nb\r\n", b"a.\r\n\r\nb\r\n"),
        (b"", b""),
    ],
)
def test_dots(before, after):
    assert dot_stuff(before) == after


@pytest.mark.parametrize("address", ["bob@example.test", "b.o+b@[192.0.2.1]", "Postmaster", '"a@b"@example.test'])
def test_good_addresses(address):
    check_envelope("", [address])
    check_envelope(address, ["bob@example.test"])


@pytest.mark.parametrize(
    "address",
    ["", "bob", "@example.test", "bob@", "bo b@example.test", "bob@example.test\r\nDATA", "bob@x\n", "b\0b@x.test",
     "b\tb@x.test", "b\x7f@x.test", "鲍勃@example.test", "bob@例子.test", "<bob@example.test>", "b\udc80@x.test"],
)  # fmt: skip
def test_bad_addresses(address):
    with pytest.raises(Declined):
        check_envelope("alice@example.test", ["bob@example.test", address])
    if address:
        with pytest.raises(Declined):
            check_envelope(address, ["bob@example.test"])


def test_no_recipient():
    with pytest.raises(Declined):
        check_envelope("alice@example.test", [])


def test_8bit():
    assert not is_8bit(bytes(range(128)))
    assert is_8bit(b"\x80")
    check_8bit(b"MIME-Version: 1.0\r\n\r\n\xe9\r\n")
    for content in (b"a: b\r\n\r\n\xe9\r\n", b"MIME-Version: 1.0\r\nSubject: \xe9\r\n\r\nx\r\n"):
        with pytest.raises(Declined):
            check_8bit(content)


def composed(**changes):
    parts = {"sender": "alice@example.test", "recipients": ["bob@example.test"], "subject": "hi", "body": "Hello\n"}
    octets = compose(**(parts | changes))
    assert octets.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", octets)
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    return octets, email.message_from_bytes(octets, policy=email.policy.default)


def test_a_plain_message():
    octets, message = composed(recipients=["bob@example.test", "carol@example.test"])
    assert message["From"] == "alice@example.test"
    assert message["To"] == "bob@example.test, carol@example.test"
    assert message["Subject"] == "hi"
    assert message["MIME-Version"] == "1.0"
    assert message["Date"].datetime.tzinfo is not None
    assert re.fullmatch(r"<[^\s<>@]+@example\.test>", message["Message-ID"])
    assert octets.endswith(b"\r\n\r\nHello\r\n")
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        assert len(message.get_all(name)) == 1


def test_message_ids_differ():
    assert composed()[1]["Message-ID"] != composed()[1]["Message-ID"]


def raw_subject(octets):
    return re.match(rb"Subject: (.*(?:\r\n .*)*)\r\n", octets)[1].decode("ascii")


@pytest.mark.parametrize(
    "subject", ["你好,世界", "Grüße " * 40, "你" * 200, "plain " * 60, "", "=?utf-8?q?x?=", "x" * 999, "a\x1bb"]
)
def test_subjects(subject):
    octets, _ = composed(subject=subject)
    assert str(make_header(decode_header(raw_subject(octets)))) == subject
    header = octets.partition(b"\r\n\r\n")[0]
    for line in header.split(b"\r\n"):
        assert b"=?" not in line or len(line) <= 76
    for word in re.findall(rb"=\?[^?]*\?[^?]*\?[^?]*\?=", header):
        assert len(word) <= 75
        [(text, charset)] = decode_header(word.decode())
        text.decode(charset)  # whole characters in every word


@pytest.mark.parametrize(
    "body",
    [
        "你好\n世界\n",
        "dots\n.\n..x\n",
        "a" * 5000,
        "caf\u00e9 " * 300,
        "",
        "a\r\nb\rc\n",
        "blank \t\n",
        "\a, \0 and \f\n",
    ],
)
def test_bodies(body):
    octets, message = composed(body=body)
    assert not re.search(rb"[\0\a\f]", octets)
    text = message.get_content()
    assert text.replace("\r\n", "\n").rstrip("\n") == re.sub("\r\n?", "\n", body).rstrip("\n")


def test_attachments(tmp_path):
    names = {
        "报告.pdf": b"\0\xff" * 999,
        "notes.txt": "注".encode("gbk"),
        "x.tar.gz": b"z",
        "old.eml": b"a: b\n\nc",
        "none": b"",
    }
    for name, octets in names.items():
        (tmp_path / name).write_bytes(octets)
    octets, message = composed(attachments=[tmp_path / name for name in names])
    parts = list(message.iter_attachments())
    assert [part.get_filename() for part in parts] == list(names)
    assert [part.get_payload(decode=True) for part in parts] == list(names.values())
    types = [part.get_content_type() for part in parts]
    assert types == ["application/pdf", "text/plain", *["application/octet-stream"] * 3]
    assert message.get_body().get_content() == "Hello\r\n"
    assert octets.endswith(b"--\r\n")


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.test", "a\nb", "a\rb", "a\0b"])
def test_no_header_field_through_the_subject(subject):
    with pytest.raises(Declined, match="subject"):
        composed(subject=subject)


@pytest.mark.parametrize("part", ["subject", "body"])
def test_no_text_no_message(part):
    with pytest.raises(Declined, match="not Unicode"):
        composed(**{part: "x\udc80"})


def test_no_author_no_message():
    with pytest.raises(Declined, match="null sender"):
        composed(sender="")
