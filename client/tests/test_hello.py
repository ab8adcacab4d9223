from __future__ import annotations

import pytest

from rawsmtp.hello import address_literal, offered_extensions, own_name
from rawsmtp.reply import Reply


@pytest.mark.parametrize("name", ["mail.example.test", "a-1.b2.example", "x.y"])
def test_the_name_of_the_host(monkeypatch, name):
    monkeypatch.setattr("socket.getfqdn", lambda: name)
    assert own_name("192.0.2.1") == name


@pytest.mark.parametrize(
    "name",
    ["laptop", "localhost", "localhost.localdomain", "my_pc.example.test", "macbook.local", "-a.example.test",
     "1.0.0.127.in-addr.arpa", "", "a..b", "10.0.0.7", "a.example.test.", "电脑.example.test", "a b.example.test"],
)  # fmt: skip
def test_a_host_without_a_usable_name(monkeypatch, name):
    monkeypatch.setattr("socket.getfqdn", lambda: name)
    assert own_name("192.0.2.1") == "[192.0.2.1]"


@pytest.mark.parametrize(
    ("address", "literal"),
    [("127.0.0.1", "[127.0.0.1]"), ("::1", "[IPv6:::1]"), ("fe80::2%eth0", "[IPv6:fe80::2]")],
)
def test_address_literals(address, literal):
    assert address_literal(address) == literal


def test_what_a_server_offers():
    lines = (b"SIZE.example.test STARTTLS", b"size 5", b"AUTH plain", b"AUTH=LOGIN PLAIN", b"", b"XODD  a=b c", b"HELP")
    assert offered_extensions(Reply(250, lines)) == {
        "SIZE": ["5"],
        "AUTH": ["plain", "LOGIN", "PLAIN"],
        "XODD": ["a=b", "c"],
        "HELP": [],
    }


def test_a_server_that_offers_nothing():
    assert offered_extensions(Reply(250, (b"STARTTLS",))) == {}
    assert offered_extensions(Reply(250, (b"x", b"\xff\xfe"))) == {"\ufffd\ufffd": []}
