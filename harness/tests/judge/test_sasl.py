"""The server's half of a SASL exchange."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from scenes import says

from smtpwitness.judge import scram
from smtpwitness.judge.sasl import SIGNATURE, Exchange, challenges, decoded, prepared
from smtpwitness.model.scenario import USUAL
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
        ("EXTERNAL", False, ("",)),
        ("XOAUTH2", False, ("",)),
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


# --- SCRAM

HASH = "SCRAM-SHA-256"


def b64(text: str | bytes) -> bytes:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()) + b"\r\n"


def first(
    message: str | bytes = "n,,n=alice,r=abc", username: str = "alice", spoil: str | None = None, written: bool = False
) -> Exchange:
    return Exchange(HASH, ("written",), nonce="12345678", spoil=spoil, written=written).heard(
        b64(message), (), username
    )


def said(spoil: str | None = None) -> str:
    return scram.encoded(scram.server_first("n,,n=alice,r=abc", "12345678", spoil) or "")


def test_the_clients_first_message_brings_the_challenges_about() -> None:
    found = first()
    assert found.challenges == (said(), SIGNATURE)
    assert (found.heard_first, found.agreed, found.senseless) == (True, True, False)


@pytest.mark.parametrize(
    ("message", "username", "agreed"),
    [
        ("n,,n=alice,r=abc", "alice", True),
        ("n,,n=bob,r=abc", "alice", False),
        ("n,,N=alice,r=abc", "alice", False),
        ("n,,n=a=3Db=2Cc,r=abc", "a=b,c", True),
        ("n,,n=IX,r=abc", "I\u00adX", True),  # SASLprep has been done (RFC 5802, 5.1)
        ("n,,n=I\u00adX,r=abc", "I\u00adX", True),  # or not: that is for a rule to say
        ("n,,n=,r=abc", "\u0007", False),  # SASLprep forbids the name, which makes it no empty one
        (b"n,,n=\xff,r=abc", "alice", False),
    ],
)
def test_the_first_message_names_the_user(message: str | bytes, username: str, agreed: bool) -> None:
    found = first(message, username)
    assert found.agreed is agreed
    assert len(found.challenges) == 2  # whose password it is shows at the end


@pytest.mark.parametrize("message", [b"", b"n=alice,r=abc", b"n,,n=alice", b"\xff"])
def test_nothing_can_follow_a_first_message_without_a_nonce(message: bytes) -> None:
    found = first(message)
    assert (found.challenges, found.heard_first, found.senseless) == (("written",), True, True)
    raw = Exchange(HASH, ("written",)).heard(b"no base64\r\n", (), "alice")
    assert (raw.senseless, raw.agreed) == (True, False)


def test_written_challenges_are_kept() -> None:
    found = first(written=True)
    assert (found.challenges, found.heard_first, found.agreed, found.senseless) == (("written",), True, True, False)
    assert not first("n,,n=bob,r=abc", written=True).agreed


@pytest.mark.parametrize(
    ("spoil", "last"),
    [
        ("no signature", ()),
        ("zero iterations", ()),
        ("unknown extension", (SIGNATURE,)),
        ("foreign nonce", (SIGNATURE,)),
        ("bad signature", (scram.server_final(HASH, "12345678", "bad signature"),)),
        ("error", (scram.server_final(HASH, "12345678", "error"),)),
    ],
)
def test_what_a_spoiled_server_says(spoil: str, last: tuple[str, ...]) -> None:
    assert first(spoil=spoil).challenges == (said(spoil), *last)


PROOF = Secret(0, 4, Secrecy.PASSWORD, "base64", agrees=True)


def test_a_proof_that_is_right_is_answered_by_the_signature() -> None:
    found = first().asked().heard(b"xxxx\r\n", (PROOF,), "alice")
    assert (found.agreed, found.challenges) == (True, (SIGNATURE,))


@pytest.mark.parametrize(("final", "left"), [(None, ()), ((USUAL,), ()), ((says("235 2.7.0 Come in"),), (SIGNATURE,))])
def test_a_wrong_proof_is_answered_by_no_signature_unless_the_end_is_written(
    final: tuple[object, ...] | None, left: tuple[str, ...]
) -> None:
    asked = replace(first(), final=final).asked()  # type: ignore[arg-type]
    found = asked.heard(b"xxxx\r\n", (replace(PROOF, agrees=False),), "alice")
    assert (found.agreed, found.challenges) == (False, left)


def test_the_last_response_of_scram_is_empty() -> None:
    """RFC 4954, 4: success follows the response to the server's signature, which says nothing."""
    proved = first().asked().heard(b"xxxx\r\n", (PROOF,), "alice").asked()
    assert proved.heard(b"\r\n", (), "alice").agreed
    assert not proved.heard(b64("alice"), (), "alice").agreed


def test_who_was_refused_once_stays_refused() -> None:
    again = first("n,,n=bob,r=abc").asked().heard(b"xxxx\r\n", (PROOF,), "alice")
    assert not again.agreed
    for message in ("n,,n=alice,r=abc", "nonsense"):
        assert not Exchange(HASH, (), agreed=False, nonce="1").heard(b64(message), (), "alice").agreed


@pytest.mark.parametrize(("response", "agreed"), [(b"=\r\n", True), (b"\r\n", True), (b64("alice"), False)])
def test_external_names_nobody(response: bytes, agreed: bool) -> None:
    assert Exchange("EXTERNAL", ()).heard(response, (), "alice").agreed is agreed


def test_other_mechanisms_ask_on_after_what_is_wrong() -> None:
    found = Exchange("LOGIN", ("UGFzc3dvcmQ6",)).heard(b64("mallory"), (), "alice")
    assert (found.agreed, found.challenges) == (False, ("UGFzc3dvcmQ6",))


def test_asked() -> None:
    assert Exchange("LOGIN", ("a", "b")).asked().challenges == ("b",)
    assert Exchange("LOGIN", ()).asked().challenges == ()


def test_decoded() -> None:
    assert decoded(b"YQ==\r\n") == b"a"
    assert decoded(b"YQ\r\n") is None
    assert decoded(b"YR==\r\n") is None
    assert decoded(b"Y Q==\r\n") is None
    assert decoded(b"YQ== \r\n") is None
    assert decoded(b"YWJX\r\n") == b"abW"
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
        ("a\u1680b", "a b"),  # a space that normalization leaves alone
        ("\u0007", ""),
        ("\u00ad", ""),
        ("", ""),
    ],
)
def test_user_names_are_prepared(name: str, found: str) -> None:
    assert prepared(name) == found
