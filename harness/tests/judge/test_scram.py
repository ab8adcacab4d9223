"""SCRAM: its messages, and what follows from a password."""

from __future__ import annotations

import base64
import hmac

import pytest

from smtpwitness.judge.scram import (
    FIRST,
    HEADER,
    attributes,
    bare,
    derived,
    open_part,
    saslname,
    server_final,
    server_first,
    value,
    with_binding,
)


@pytest.mark.parametrize(
    ("mechanism", "nonce", "first", "proof", "signature"),
    [
        (  # RFC 5802, section 5
            *("SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL"),
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            *("v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ="),
        ),
        (  # RFC 7677, section 3
            *("SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO"),
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            *("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
        ),
    ],
)
def test_the_examples_of_the_rfcs(mechanism: str, nonce: str, first: str, proof: str, signature: str) -> None:
    found = derived(mechanism, b"pencil", f"n=user,r={nonce}", first, f"c=biws,r={value(first, 'r')}")
    assert found is not None
    assert base64.b64encode(found.proof).decode() == proof
    assert base64.b64encode(found.server_signature).decode() == signature
    assert len(set(found.every)) == 7
    assert {len(one) for one in found.every} == {len(found.proof)}


@pytest.mark.parametrize("first", ["", "r=a,i=4096", "r=a,s=YQ==", "r=a,s=YQ==,i=0", "r=a,s=YQ==,i=x", "r=a,s=Y,i=1"])
def test_nothing_follows_from_what_cannot_be_computed(first: str) -> None:
    assert derived("SCRAM-SHA-1", b"pencil", "n=user,r=a", first, "c=biws,r=a") is None


def test_the_harness_does_not_compute_for_hours() -> None:
    assert derived("SCRAM-SHA-1", b"pencil", "n=user,r=a", "r=ab,s=YQ==,i=2147483647", "c=biws,r=ab") is None
    assert derived("SCRAM-SHA-1", b"pencil", "n=user,r=a", "r=ab,s=YQ==,i=100000", "c=biws,r=ab")
    assert derived("SCRAM-SHA-1", b"pencil", "n=user,r=a", "r=ab,s=YQ==,i=100001", "c=biws,r=ab") is None


def test_octets_that_are_no_utf_8_are_computed_with_as_they_came() -> None:
    name = b"n=\xff,r=a".decode("utf-8", "surrogateescape")
    found = derived("SCRAM-SHA-1", b"pencil", name, "r=ab,s=YQ==,i=1", "c=biws,r=ab")
    assert found is not None
    message = b"n=\xff,r=a,r=ab,s=YQ==,i=1,c=biws,r=ab"
    assert found.client_signature == hmac.digest(found.stored_key, message, "sha1")  # RFC 5802, 3


def test_attributes() -> None:
    assert attributes("n=a=b,r=,x") == [("n", "a=b"), ("r", ""), ("x", "")]
    assert value("c=1,c=2", "c") == "1"
    assert value("c=1", "r") is None
    assert (bare("n,,n=a,r=b"), bare("n=a,r=b")) == ("n=a,r=b", "n=a,r=b")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("c=biws,r=abc,p=secret", "c=biws,r=abc,p=********"),
        ("p=c=x,r=abc", "p=********,r=abc"),
        ("c=biws,r=abc,proof=secret", "c=biws,r=abc,********"),
        ("just a password", "********"),
    ],
)
def test_what_may_be_seen_of_the_last_message(message: str, shown: str) -> None:
    assert open_part(message) == shown


def test_user_names() -> None:
    assert saslname("a,b=c") == "a=2Cb=3Dc"
    assert saslname("a=2Cb") == "a=3D2Cb"


@pytest.mark.parametrize("message", ["n,,n=a,r=b", "n,a=x,n=a,r=b", "r=b,n=a", "n=a"])
def test_first_messages_that_hold_no_secret(message: str) -> None:
    assert FIRST.fullmatch(message.encode())


@pytest.mark.parametrize("message", ["", "password", "\0user\0pass", "user=a\x01auth=Bearer b\x01\x01", "xn=a"])
def test_messages_that_may_hold_one(message: str) -> None:
    assert not FIRST.fullmatch(message.encode())


@pytest.mark.parametrize(("message", "flag"), [("n,,", "n"), ("y,a=b,", "y"), ("p=tls-unique,,", "p=tls-unique")])
def test_the_gs2_header(message: str, flag: str) -> None:
    found = HEADER.match(message + "n=a")
    assert found is not None
    assert found["flag"] == flag


def test_a_server_cannot_answer_nonsense() -> None:
    for first in ("", "n=a,r=b", "n,,n=a", "n,,n=a,r="):
        assert server_first(first, "N", None) is None


def test_a_case_has_one_salt_for_all_logins() -> None:
    one, other = (server_first("n,,n=a,r=b", f"12345678{number}", None) or "" for number in (1, 2))
    assert value(one, "s") == value(other, "s")
    assert (value(one, "r"), value(other, "r")) == ("b123456781", "b123456782")


SALT = value(server_first("n,,n=a,r=b", "12345678N", None) or "", "s")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (None, f"r=b12345678N,s={SALT},i=4096"),
        ("bad signature", f"r=b12345678N,s={SALT},i=4096"),
        ("foreign nonce", f"r=12345678Nb,s={SALT},i=4096"),  # does not begin with the client's
        ("zero iterations", f"r=b12345678N,s={SALT},i=0"),
        ("mandatory extension", f"m=tls-exporter,r=b12345678N,s={SALT},i=4096"),
        ("unknown extension", f"r=b12345678N,s={SALT},i=4096,x=unheard-of"),
    ],
)
def test_what_a_server_says_first(spoil: str | None, said: str) -> None:
    """RFC 5802, 5.1: the client's nonce comes first, an attribute `m=` must be refused, others passed over."""
    assert server_first("n,,n=a,r=b", "12345678N", spoil) == said


def test_a_salt_is_sixteen_octets_and_another_in_another_case() -> None:
    assert len(base64.b64decode(SALT or "")) == 16
    assert value(server_first("n,,n=a,r=b", "12345679N", None) or "", "s") != SALT


def test_signatures_that_are_wrong_are_not_always_the_same() -> None:
    assert server_final("SCRAM-SHA-1", "N", "bad signature") != server_final("SCRAM-SHA-1", "M", "bad signature")


def test_a_last_message_that_needs_no_password() -> None:
    assert server_final("SCRAM-SHA-1", "N", None) is None
    bad = base64.b64decode(server_final("SCRAM-SHA-1", "N", "bad signature") or "").decode()
    assert len(base64.b64decode(value(bad, "v") or "")) == 20
    assert base64.b64decode(server_final("SCRAM-SHA-256", "N", "error") or "") == b"e=other-error"


@pytest.mark.parametrize(
    ("first", "data", "found"),
    [
        ("p=tls-unique,,n=a,r=b", b"p=tls-unique,,12", "c=bound,r=b"),
        ("p=tls-unique,a=x,n=a,r=b", b"p=tls-unique,a=x,12", "c=bound,r=b"),
        ("p=tls-unique,,n=a,r=b", b"p=tls-unique,,", "c=unbound,r=b"),
        ("p=tls-unique,,n=a,r=b", b"12", "c=unbound,r=b"),
        ("p=tls-exporter,,n=a,r=b", b"12", "c=MTI=,r=b"),
        ("n,,n=a,r=b", b"n,,", "c=biws,r=b"),
        ("n=a,r=b", b"n,,", "c=biws,r=b"),
    ],
)
def test_data_of_a_channel_that_is_known(first: str, data: bytes, found: str) -> None:
    message = f"c={base64.b64encode(data).decode()},r=b"
    assert with_binding(message, first, {"tls-unique": b"12"}) == found


def test_a_last_message_without_c_is_bound_to_nothing() -> None:
    for message in ("r=b", "r=bc=d"):
        assert with_binding(message, "p=tls-unique,,n=a,r=b", {"tls-unique": b"12"}) == message


def test_a_nonce_may_look_like_a_binding() -> None:
    message = with_binding("c=eA==,r=c=eA==", "p=tls-unique,,n=a,r=b", {"tls-unique": b"12"})
    assert message.partition(",")[2] == "r=c=eA=="
    assert not message.startswith("c=eA==")
