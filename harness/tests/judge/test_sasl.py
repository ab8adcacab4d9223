"""The server's half of a SASL exchange."""

from __future__ import annotations

import base64

import pytest

from smtpwitness.judge.sasl import Exchange, challenges, decoded, prepared
from smtpwitness.model.transcript import Secrecy, Secret

CRAM = base64.b64encode(b"<ABC@mail.example.test>").decode()


@pytest.mark.parametrize(
    ("mechanism", "initial", "expected"),
    [
        ("PLAIN", False, ("",)),
        ("PLAIN", True, ()),
        ("LOGIN", False, ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")),
        ("LOGIN", True, ("UGFzc3dvcmQ6",)),
        ("CRAM-MD5", False, (CRAM,)),
        ("SCRAM-SHA-256", False, ("",)),
        ("SCRAM-SHA-1", True, ()),
        ("OAUTHBEARER", False, ("",)),
        ("EXTERNAL", True, ()),
        ("SCRAM-SHA-512", False, None),
    ],
)
def test_challenges(mechanism: str, initial: bool, expected: tuple[str, ...] | None) -> None:
    assert challenges(mechanism, initial, "ABC") == expected


def test_prompts_are_those_of_most_servers() -> None:
    prompts = challenges("LOGIN", False, "") or ()
    assert [base64.b64decode(one) for one in prompts] == [b"Username:", b"Password:"]


@pytest.mark.parametrize(
    ("response", "secrets", "agreed"),
    [
        (base64.b64encode(b"alice@example.test") + b"\r\n", (), True),
        (base64.b64encode(b"mallory") + b"\r\n", (), False),
        (b"no base64\r\n", (), False),
        (b"xxxx\r\n", (Secret(0, 4, Secrecy.PASSWORD, "base64", agrees=True),), True),
        (b"xxxx\r\n", (Secret(0, 4, Secrecy.PASSWORD, "base64", agrees=None),), True),
        (b"xxxx\r\n", (Secret(0, 4, Secrecy.PASSWORD, "base64", agrees=False),), False),
        (b"xxxx\r\n", (Secret(0, 4, Secrecy.PASSWORD, "", well_formed=False, agrees=True),), False),
    ],
)
def test_heard(response: bytes, secrets: tuple[Secret, ...], agreed: bool) -> None:
    assert Exchange("LOGIN", ()).heard(response, secrets, "alice@example.test").agreed is agreed
    assert not Exchange("LOGIN", (), agreed=False).heard(response, secrets, "alice@example.test").agreed


def test_asked() -> None:
    assert Exchange("LOGIN", ("a", "b")).asked().challenges == ("b",)
    assert Exchange("LOGIN", ()).asked().challenges == ()


def test_decoded() -> None:
    assert decoded(b"YQ==\r\n") == b"a"
    assert decoded(b"YQ\r\n") is None
    assert decoded(b"Y Q==\r\n") is None
    assert decoded(b"=\r\n") == b""


@pytest.mark.parametrize(
    ("name", "found"),
    [  # RFC 4013, section 3, and what goes beside it
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u3000b", "a b"),
        ("\u0007", ""),
        ("\u00ad", ""),
        ("", ""),
    ],
)
def test_user_names_are_prepared(name: str, found: str) -> None:
    assert prepared(name) == found
