"""What OAUTHBEARER and XOAUTH2 say, and what may be seen of it."""

from __future__ import annotations

import pytest

from smtpwitness.judge.oauth import token, user, without_token

RIGHT = "n,a=alice@example.test,\x01host=mail.test\x01port=587\x01auth=Bearer ya29.secret\x01\x01"
OLD = "user=alice@example.test\x01auth=Bearer ya29.secret\x01\x01"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (RIGHT, "ya29.secret"),
        (OLD, "ya29.secret"),
        ("n,,\x01auth=ya29\x01\x01", None),
        ("", None),
        ("\x01", None),
        (RIGHT.replace("secret", "se=cret=="), "ya29.se=cret=="),
    ],
)
def test_the_token(message: str, found: str | None) -> None:
    assert token(message) == found


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (RIGHT, "alice@example.test"),
        (OLD, "alice@example.test"),
        ("n,,\x01\x01", None),
        ("n,a=a=2Cb=3D,\x01\x01", "a,b="),
        ("", None),
    ],
)
def test_the_user(message: str, found: str | None) -> None:
    assert user(message) == found


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (RIGHT, RIGHT.replace("ya29.secret", "********")),
        (OLD, OLD.replace("ya29.secret", "********")),
        (OLD.replace("secret", "secret=="), OLD.replace("ya29.secret", "********")),  # base64 may end in `=`
        ("n,,\x01AUTH=ya29.secret\x01\x01", "n,,\x01AUTH=********\x01\x01"),
        ("n,,\x01auth=ya29.secret\x01\x01", "n,,\x01auth=********\x01\x01"),
        ("n,,\x01ya29.secret\x01", "n,,\x01********\x01"),
        ("n,,\x01ya29.secret==\x01", "n,,\x01********\x01"),
        ("ya29.secret", "********"),
        ("n,,\x01post=ya29.secret\x01\x01", "n,,\x01post=********\x01\x01"),
    ],
)
def test_what_may_be_seen(message: str, shown: str) -> None:
    assert without_token(message) == shown
