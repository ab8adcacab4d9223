from __future__ import annotations

import base64

import pytest

from rawsmtp.auth import authenticate, choose, cram_md5, login, plain
from rawsmtp.outcome import MalformedReply, PermanentFailure
from rawsmtp.reply import Reply


class Server:
    """Answers from a list; keeps what was asked and what was shown of it."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.heard = []
        self.shown = []

    def __call__(self, line, *, shown=""):
        self.heard.append(line)
        self.shown.append(shown or line)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        code, _, text = reply.partition(" ")
        return Reply(int(code), (text.encode(),))


def b64(text):
    return base64.b64encode(text.encode()).decode()


def test_plain():
    server = Server("235 ok")
    assert authenticate(server, plain("用户", "pass")).code == 235
    assert server.heard == ["AUTH PLAIN " + b64("\0用户\0pass")]
    assert server.shown == ["AUTH PLAIN ********"]


@pytest.mark.parametrize(("length", "at_once"), [(365, True), (366, False)])
def test_plain_that_is_too_long_for_one_command_line(length, at_once):
    """372 octets are 496 of base64, and with ``AUTH PLAIN `` and CRLF 509; one octet more is 513."""
    password = "p" * length
    response = b64(f"\0alice\0{password}")
    if at_once:
        server = Server("235 ok")
        authenticate(server, plain("alice", password))
        assert server.heard == [f"AUTH PLAIN {response}"]
        assert len(server.heard[0]) + 2 <= 512
    else:
        server = Server("334 ", "235 ok")
        assert authenticate(server, plain("alice", password)).code == 235
        assert server.heard == ["AUTH PLAIN", response]
        assert server.shown == ["AUTH PLAIN", "********"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Username:", "Password:"),
        ("User Name\0", "Password\0"),
        ("", ""),
        ("用户名:", "密码:"),
        ("Password:", "Username:"),
    ],
)
def test_login_whatever_the_prompts(first, second):
    server = Server(f"334 {b64(first)}", f"334 {b64(second)}", "235 ok")
    assert authenticate(server, login("alice", "密")).code == 235
    assert server.heard == ["AUTH LOGIN", b64("alice"), b64("密")]
    assert server.shown == ["AUTH LOGIN", b64("alice"), "******** (password)"]


def test_cram_md5_example_of_rfc_2195():
    server = Server("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+", "235 ok")
    assert authenticate(server, cram_md5("tim", "tanstaaftanstaaf")).code == 235
    assert server.heard == ["AUTH CRAM-MD5", "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"]
    assert server.shown == ["AUTH CRAM-MD5", "******** (CRAM-MD5 response)"]


def test_a_refusal_ends_the_exchange():
    server = Server("334 " + b64("u"), "535 no such user")
    assert authenticate(server, login("alice", "secret")).code == 535
    assert server.heard == ["AUTH LOGIN", b64("alice")]


@pytest.mark.parametrize(
    "challenge", ["=AAA", "AAA=BBB=", "VXNl cm5h", "A", "AB", "QUI", "QUJD\t", "QR==", "QUJD=", "-_-_", "你好"]
)
def test_a_challenge_that_is_not_exactly_base64(challenge):
    server = Server(f"334 {challenge}", "501 cancelled")
    with pytest.raises(PermanentFailure, match="not base64"):
        authenticate(server, login("alice", "secret"))
    assert server.heard == ["AUTH LOGIN", "*"]


def test_a_challenge_without_its_space():
    server = Server(MalformedReply("x", b"334VXNl"), "501 cancelled")
    with pytest.raises(PermanentFailure, match="not set apart"):
        authenticate(server, login("alice", "secret"))
    assert server.heard == ["AUTH LOGIN", "*"]


def test_another_malformed_reply_stays_one():
    server = Server(MalformedReply("x", b"abc"))
    with pytest.raises(MalformedReply):
        authenticate(server, login("alice", "secret"))
    assert server.heard == ["AUTH LOGIN"]


def test_a_challenge_of_several_lines():
    def ask(line, *, shown=""):
        heard.append(line)
        return Reply(501) if line == "*" else Reply(334, (b"QUJD", b"QUJD"))

    heard = []
    with pytest.raises(PermanentFailure):
        authenticate(ask, login("alice", "secret"))
    assert heard == ["AUTH LOGIN", "*"]


def test_a_server_that_never_has_enough():
    server = Server("334 ", "501 cancelled")
    with pytest.raises(PermanentFailure, match="more than"):
        authenticate(server, plain("alice", "secret"))
    assert server.heard[1:] == ["*"]


@pytest.mark.parametrize(
    ("offered", "encrypted", "chosen"),
    [
        (["LOGIN", "plain", "Cram-MD5"], True, ["PLAIN", "CRAM-MD5", "LOGIN"]),
        (["LOGIN", "plain", "Cram-MD5"], False, ["CRAM-MD5", "PLAIN", "LOGIN"]),
        (["X-SECRET", "LOGIN", "LOGIN"], False, ["LOGIN"]),
        (["GSSAPI"], True, []),
    ],
)
def test_the_choice(offered, encrypted, chosen):
    assert choose(offered, encrypted) == chosen
