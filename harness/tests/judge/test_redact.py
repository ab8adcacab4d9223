"""Taking secrets out of what a client sends."""

import base64
import hashlib
import hmac
import html
import json
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smtpwitness.judge import scram
from smtpwitness.judge.redact import MOST_LEARNED, RESPONSE_LIMIT, STAND_IN, Redactor, forms
from smtpwitness.model.transcript import Secrecy, Secret

USER, PASSWORD = "alice@example.test", "correct-horse-77"
CHALLENGE = b"334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n"
MASK = STAND_IN.decode()


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Session:
    """One connection, a redactor, and a short way to speak."""

    def __init__(self, password: str = PASSWORD, own: bool = False) -> None:
        self.redactor = Redactor(USER, password, own)
        self.secrets: tuple[Secret, ...] = ()
        self.overlong = False

    def say(self, line: str, connection: int = 1) -> str:
        octets, self.secrets, self.overlong = self.redactor.line(connection, line.encode() + b"\r\n")
        assert octets.endswith(b"\r\n")
        assert all(octets[one.start : one.end] == STAND_IN for one in self.secrets)
        return octets[:-2].decode()

    def reply(self, text: str, connection: int = 1) -> None:
        self.redactor.replied(connection, text.encode() + b"\r\n")

    def one(self) -> Secret:
        (secret,) = self.secrets
        return secret


# --- by position: LOGIN


def test_login_keeps_the_user_name_and_hides_the_password() -> None:
    session = Session()
    assert session.say("AUTH LOGIN") == "AUTH LOGIN"
    session.reply("334 VXNlcm5hbWU6")
    assert session.say(b64(USER)) == b64(USER)
    assert session.secrets == ()
    session.reply("334 UGFzc3dvcmQ6")
    assert session.say(b64(PASSWORD)) == MASK
    assert session.one() == Secret(0, 8, Secrecy.PASSWORD, "base64", True, True)
    session.reply("235 Ok")
    assert session.say(f"MAIL FROM:<{USER}>") == f"MAIL FROM:<{USER}>"


def test_login_with_an_initial_response() -> None:
    session = Session()
    assert session.say(f"auth login {b64(USER)}") == f"auth login {b64(USER)}"
    session.reply("334 UGFzc3dvcmQ6")
    assert session.say(b64("another one")) == MASK
    assert session.one().agrees is False
    assert session.one().well_formed


def test_login_with_user_and_password_on_one_line() -> None:
    session = Session(own=True)
    assert session.say(f"AUTH LOGIN {b64(USER)} {b64('my own secret')}") == f"AUTH LOGIN {b64(USER)} {MASK}"
    assert session.redactor.learned == {"my own secret"}


def test_a_password_in_the_place_of_the_user_name() -> None:
    session = Session()
    session.say("AUTH LOGIN")
    session.reply("334 VXNlcm5hbWU6")
    assert session.say(b64("x" + PASSWORD)) == MASK
    session = Session()
    session.say("AUTH LOGIN")
    assert session.say(PASSWORD) == MASK


def test_a_server_that_asks_for_the_password_first() -> None:
    session = Session(own=True)
    session.say("AUTH LOGIN")
    session.reply(f"334 {b64('Password:')}")
    assert session.say(b64("my own secret")) == MASK


def test_every_response_beyond_the_second_is_a_secret() -> None:
    session = Session(own=True)
    for line in ("AUTH LOGIN", b64(USER), b64("first try")):
        session.say(line)
        session.reply("334 UGFzc3dvcmQ6")
    assert session.say(b64("second try")) == MASK


@pytest.mark.parametrize("line", [PASSWORD, b64(PASSWORD)[:-1], b64(PASSWORD) + " ", b64(PASSWORD)[:-2] + "x="])
def test_a_password_that_is_badly_encoded(line: str) -> None:
    session = Session()
    session.say(f"AUTH LOGIN {b64(USER)}")
    session.reply("334 UGFzc3dvcmQ6")
    assert session.say(line) == MASK
    assert session.one().encoding == ""
    assert not session.one().well_formed


def test_a_password_in_the_clear_agrees_though_it_is_badly_encoded() -> None:
    session = Session()
    session.say(f"AUTH LOGIN {b64(USER)}")
    session.say(PASSWORD)
    assert session.one().agrees


# --- by position: other mechanisms


@pytest.mark.parametrize(
    ("response", "encoding", "well_formed", "agrees", "says"),
    [
        (b64(f"\0{USER}\0{PASSWORD}"), "base64", True, True, ""),
        (b64(f"me\0{USER}\0{PASSWORD}"), "base64", True, True, "authzid"),
        (b64(f"\0{USER}\0wrong"), "base64", True, False, ""),
        (b64(f"{USER}\0{PASSWORD}"), "base64", False, False, ""),
        (b64(f"\0{USER}\0{PASSWORD}\0"), "base64", False, False, "nul"),
        (b64(f"\0\0{PASSWORD}"), "base64", False, False, ""),
        (base64.b64encode(b"\0\xff\0" + PASSWORD.encode()).decode(), "base64", False, False, "charset"),
        (b64(f"\0{USER}\0{PASSWORD}")[:-1], "", False, False, ""),
        (f"\0{USER}\0{PASSWORD}", "", False, True, ""),
        ("=", "base64", False, False, ""),
    ],
)
def test_plain(response: str, encoding: str, well_formed: bool, agrees: bool, says: str) -> None:
    for lines in ((f"AUTH PLAIN {response}",), ("AUTH PLAIN", response)):
        session = Session()
        for line in lines:
            said = session.say(line)
        assert said.endswith(MASK)
        secret = session.one()
        assert secret == Secret(secret.start, secret.end, Secrecy.PLAIN, encoding, well_formed, agrees, says)


def test_a_response_that_is_broken_into_lines_is_secret_to_its_end() -> None:
    session = Session()
    session.say("AUTH PLAIN")
    session.reply("334 ")
    whole = b64(f"\0{USER}\0{PASSWORD}")
    assert session.say(whole[:20]) == MASK
    session.reply("235 Ok")
    assert session.say(whole[20:]) == MASK
    session.reply("500 What?")
    assert session.say("XFORWARD NAME=client.example.test") == "XFORWARD NAME=client.example.test"  # no rest of base64
    assert session.say("MAIL FROM:<a@example.test>") == "MAIL FROM:<a@example.test>"
    assert session.say(b64("no secret of ours")) == b64("no secret of ours")


def test_a_key_of_64_octets_is_not_cut() -> None:
    """RFC 2195, 2: only a longer one is."""
    redactor = Redactor("tim", "k" * 64)
    redactor.line(1, b"AUTH CRAM-MD5\r\n")
    redactor.replied(1, CHALLENGE)
    digest = hmac.new(b"k" * 64, base64.b64decode(CHALLENGE[4:]), "md5").hexdigest()
    _, (secret,), _ = redactor.line(1, b64(f"tim {digest}").encode() + b"\r\n")
    assert (secret.says, secret.agrees) == ("", True)


def test_a_long_cram_md5_key_that_was_cut() -> None:
    key = "k" * 65
    redactor = Redactor("tim", key)
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    for cut, says in ((key[:64], "cram-key"), (key, ""), ("another", "")):
        redactor.line(1, b"AUTH CRAM-MD5\r\n")
        redactor.replied(1, b"334 " + base64.b64encode(challenge) + b"\r\n")
        digest = hmac.new(cut.encode(), challenge, "md5").hexdigest()
        _, (secret,), _ = redactor.line(1, b64(f"tim {digest}").encode() + b"\r\n")
        assert (secret.says, secret.agrees) == (says, cut == key)


@pytest.mark.parametrize(
    ("user", "says", "agrees"),
    [("ali\u00adce", "unprepared", True), ("alice", "", True), ("Alice", "", False), ("", "", False)],
)
def test_a_user_name_that_saslprep_changes(user: str, says: str, agrees: bool) -> None:
    redactor = Redactor("ali\u00adce", PASSWORD)
    _, (secret,), _ = redactor.line(1, f"AUTH PLAIN {b64(chr(0) + user + chr(0) + PASSWORD)}\r\n".encode())
    assert (secret.says, secret.agrees) == (says, agrees)


def test_cram_md5_as_in_rfc_2195() -> None:
    """The example of RFC 2195, section 2."""
    redactor = Redactor("tim", "tanstaaftanstaaf")
    redactor.line(1, b"AUTH CRAM-MD5\r\n")
    redactor.replied(1, CHALLENGE)
    octets, (secret,), _ = redactor.line(1, b"dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n")
    assert octets == STAND_IN + b"\r\n"
    assert secret == Secret(0, 8, Secrecy.DIGEST, "base64", True, True)
    assert redactor.learned == {"b913a602c7eda7a495b4e6e7334d3890"}


@pytest.mark.parametrize(
    ("text", "well_formed", "says"),
    [
        ("tim " + "0" * 32, True, ""),
        ("tim " + "A" * 32, False, "cram-digits"),
        ("TIM " + "A" * 32, False, "cram-digits"),
        ("tim" + "A" * 32, False, ""),
        (" " + "A" * 32, False, ""),
        ("tim" + "0" * 32, False, ""),
        ("tim " + "0" * 31, False, ""),
    ],
)
def test_cram_md5_gone_wrong(text: str, well_formed: bool, says: str) -> None:
    redactor = Redactor("tim", "tanstaaftanstaaf")
    redactor.line(1, b"AUTH CRAM-MD5\r\n")
    redactor.replied(1, CHALLENGE)
    _, (secret,), _ = redactor.line(1, b64(text).encode())
    assert (secret.well_formed, secret.agrees, secret.says) == (well_formed, False, says)


@pytest.mark.parametrize("challenge", ["334 =AAA!!", "334", "334 "])
def test_cram_md5_without_a_challenge_to_answer(challenge: str) -> None:
    session = Session()
    session.say("AUTH CRAM-MD5")
    session.reply(challenge)
    assert session.say(b64("tim " + "0" * 32)) == MASK
    assert session.one().agrees is None


def test_other_mechanisms_are_tokens() -> None:
    session = Session(own=True)
    token = b64(f"user={USER}\x01auth=Bearer ya29.secret\x01\x01")
    assert session.say(f"AUTH XOAUTH2 {token}") == f"AUTH XOAUTH2 {MASK}"
    assert session.one() == Secret(
        13, 21, Secrecy.TOKEN, "base64", True, None, f"user={USER}\x01auth=Bearer {MASK}\x01\x01"
    )
    assert "ya29.secret" in session.redactor.learned
    assert session.redactor.scrub("token: ya29.secret") == f"token: {MASK}"


def test_auth_without_a_mechanism() -> None:
    session = Session(own=True)
    assert session.say("AUTH") == "AUTH"
    assert session.say(b64("who knows")) == MASK
    assert session.one().role is Secrecy.TOKEN


def test_own_credentials_are_never_held_against_the_job() -> None:
    for line in (b64(f"\0{USER}\0{PASSWORD}"), b64("\0me\0mine")):
        session = Session(own=True)
        session.say(f"AUTH PLAIN {line}")
        assert session.one().agrees is None


# --- SCRAM and OAuth

NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = f"r={NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
WITHOUT_PROOF = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
SIGNED = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
FINAL = b"334 ********\r\n"


def pencil(final: str = f"{WITHOUT_PROOF},p={PROOF}", own: bool = False) -> tuple[Redactor, Secret]:
    """The example of RFC 7677, section 3, up to the client's last message."""
    redactor = Redactor("user", "pencil", own)
    redactor.line(1, b"AUTH SCRAM-SHA-256\r\n")
    redactor.replied(1, b"334 \r\n")
    first = b64(f"n,,n=user,r={NONCE}").encode() + b"\r\n"
    assert redactor.line(1, first) == (first, (), False), "it holds no secret"
    redactor.replied(1, f"334 {b64(SERVER_FIRST)}\r\n".encode())
    octets, (secret,), _ = redactor.line(1, b64(final).encode() + b"\r\n")
    assert octets == MASK.encode() + b"\r\n"
    return redactor, secret


def test_scram_as_in_rfc_7677() -> None:
    redactor, secret = pencil()
    assert secret == Secret(0, 8, Secrecy.PROOF, "base64", True, True, f"{WITHOUT_PROOF},p={MASK}")
    assert redactor.filled(1, FINAL) == f"334 {b64('v=' + SIGNED)}\r\n".encode()
    assert redactor.scrub(f"S: 334 {b64('v=' + SIGNED)}, {b64('xyv=' + SIGNED)}").count(MASK) == 2
    redactor.replied(1, FINAL)
    assert redactor.line(1, b"\r\n") == (b"\r\n", (), False)


@pytest.mark.parametrize(
    ("final", "agrees"),
    [
        (f"{WITHOUT_PROOF},p={SIGNED}", False),
        (f"c=eSws,{WITHOUT_PROOF[7:]},p={PROOF}", False),
        (WITHOUT_PROOF, False),
        ("nonsense", False),
    ],
)
def test_a_proof_that_proves_nothing(final: str, agrees: bool) -> None:
    assert pencil(final)[1].agrees is agrees


def test_what_follows_from_the_password_is_found_wherever_it_stands() -> None:
    redactor, _ = pencil()
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    signature = base64.b64decode(SIGNED)
    for one in (PROOF, SIGNED, salted.hex(), base64.b64encode(salted).decode(), signature.hex().upper(), repr(salted)):
        assert MASK in redactor.scrub(f"it is {one}, you know"), one


def test_own_credentials_prove_nothing_to_us() -> None:
    redactor, secret = pencil(own=True)
    assert secret.agrees is None
    signed = base64.b64decode(redactor.filled(1, FINAL)[4:]).decode()
    assert signed.startswith("v=")
    assert signed != f"v={SIGNED}"


def test_only_the_signature_of_scram_is_filled_in() -> None:
    redactor, _ = pencil()
    for octets in (b"334 \r\n", b"334 ********", b"250 ********\r\n", b""):
        assert redactor.filled(1, octets) == octets
    assert redactor.filled(2, FINAL) == FINAL
    redactor.line(1, b"AUTH PLAIN\r\n")
    assert redactor.filled(1, FINAL) == FINAL


def test_a_flood_of_proofs_is_not_looked_for_one_by_one() -> None:
    redactor, _ = pencil()
    for _ in range(MOST_LEARNED + 1):
        redactor.line(1, b"AUTH SCRAM-SHA-256\r\n")
        redactor.line(1, b64(f"n,,n=user,r={NONCE}").encode() + b"\r\n")
        redactor.replied(1, f"334 {b64(SERVER_FIRST)}\r\n".encode())
        octets, (secret,), _ = redactor.line(1, b64(f"{WITHOUT_PROOF},p={PROOF}").encode() + b"\r\n")
        assert (octets, secret.agrees) == (MASK.encode() + b"\r\n", True)
        known = len(redactor._forms)
        assert redactor.filled(1, FINAL) != FINAL
    assert len(redactor._forms) == known


@pytest.mark.parametrize(
    "first", [b64(f"n,,n={PASSWORD},r=abc"), b64(PASSWORD), PASSWORD, b64(f"\0{USER}\0{PASSWORD}")]
)
def test_a_password_in_the_first_message_of_scram(first: str) -> None:
    session = Session()
    session.say("AUTH SCRAM-SHA-1")
    session.reply("334 ")
    assert session.say(first) == MASK
    assert session.say(b64("c=biws,r=x,p=eA==")) == MASK


def test_what_is_said_beside_a_proof_is_searched_too() -> None:
    session = Session()
    for line in ("AUTH SCRAM-SHA-1", b64("n,,n=alice,r=abc")):
        session.say(line)
        session.reply("334 ")
    session.say(b64(f"c={PASSWORD},r=é,p=eA=="))
    assert session.one().says == f"c={MASK},r=\\xe9,p={MASK}"


@pytest.mark.parametrize(
    ("message", "agrees"),
    [
        (f"n,a={USER},\x01auth=Bearer {PASSWORD}\x01\x01", True),
        (f"n,,\x01auth=Bearer {PASSWORD}\x01\x01", True),
        (f"n,a=mallory,\x01auth=Bearer {PASSWORD}\x01\x01", False),
        (f"n,a={USER},\x01auth=Bearer another\x01\x01", False),
        (f"n,a={USER},\x01\x01", False),
    ],
)
def test_a_bearer_token(message: str, agrees: bool) -> None:
    session = Session()
    assert session.say(f"AUTH OAUTHBEARER {b64(message)}") == f"AUTH OAUTHBEARER {MASK}"
    assert (session.one().agrees, session.one().well_formed) == (agrees, True)
    assert PASSWORD not in session.one().says


def test_what_ends_a_failed_oauth_exchange_is_no_secret() -> None:
    session = Session()
    session.say(f"AUTH OAUTHBEARER {b64('n,,' + chr(1) + 'auth=Bearer x' + chr(1) * 2)}")
    session.reply("334 e30=")
    assert session.say("AQ==") == "AQ=="
    session.reply("334 e30=")
    assert session.say(b64("something else")) == MASK


def test_nothing_is_no_secret_with_external() -> None:
    session = Session()
    assert session.say("AUTH EXTERNAL =") == "AUTH EXTERNAL ="
    assert session.say("AUTH EXTERNAL YWxpY2U=") == f"AUTH EXTERNAL {MASK}"


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_a_password_of_octets_that_are_no_text(mechanism: str) -> None:
    """As Python hands on an argument that is not UTF-8."""
    octets, password = b"p\xe4ssword", "p\udce4ssword"
    challenge = base64.b64decode(CHALLENGE[4:])
    first, final = f"n,,n=user,r={NONCE}", WITHOUT_PROOF
    derived = scram.derived("SCRAM-SHA-256", octets, first[3:], SERVER_FIRST, final)
    assert derived is not None
    proof = base64.b64encode(derived.proof).decode()
    said = {
        "LOGIN": [b"user", octets],
        "PLAIN": [b"\0user\0" + octets],
        "CRAM-MD5": [b"user " + hmac.new(octets, challenge, "md5").hexdigest().encode()],
        "SCRAM-SHA-256": [first.encode(), f"{final},p={proof}".encode()],
    }
    redactor = Redactor("user", password)
    redactor.line(1, f"AUTH {mechanism}\r\n".encode())
    redactor.replied(1, CHALLENGE)
    for one in said[mechanism]:
        _, secrets, _ = redactor.line(1, base64.b64encode(one) + b"\r\n")
        redactor.replied(1, f"334 {b64(SERVER_FIRST)}\r\n".encode())
    assert [one.agrees for one in secrets] == [True]
    assert MASK in redactor.scrub(f"<{password}>")


def test_a_login_password_that_is_no_utf_8() -> None:
    redactor = Redactor(USER, PASSWORD)
    redactor.line(1, f"AUTH LOGIN {b64(USER)}\r\n".encode())
    _, (secret,), _ = redactor.line(1, base64.b64encode(b"p\xe4ssword") + b"\r\n")
    assert (secret.says, secret.agrees) == ("login-charset", False)


def test_a_mechanism_that_nobody_knows_is_held_against_nobody() -> None:
    session = Session()
    session.say("AUTH X-NEW dG9rZW4=")
    assert session.one() == Secret(11, 19, Secrecy.TOKEN, "base64", True, None)
    session.reply("334 ")
    session.say("dG9rZW4=")
    assert session.one() == Secret(0, 8, Secrecy.TOKEN, "base64", True, None)
    session.say(f"AUTH XOAUTH2 {b64('something')}")
    session.reply("334 ")
    session.say(b64("something else"))
    assert (session.one().agrees, session.one().says) == (None, "")


def test_a_wrong_proof_is_learned_as_well() -> None:
    wrong = f"{WITHOUT_PROOF},p=d3JvbmcgcHJvb2Y="
    redactor, secret = pencil(wrong, own=True)
    assert secret.agrees is None
    assert redactor.scrub("it is d3JvbmcgcHJvb2Y=") == f"it is {MASK}"
    assert redactor.scrub(f"<{wrong}>") == redactor.scrub(f"<{b64(wrong)}>") == f"<{MASK}>"


def test_only_the_second_message_of_scram_proves() -> None:
    redactor, _ = pencil()
    redactor.replied(1, f"334 {b64(SERVER_FIRST)}\r\n".encode())
    _, (secret,), _ = redactor.line(1, b64(f"{WITHOUT_PROOF},p={PROOF}").encode() + b"\r\n")
    assert secret.agrees is None
    redactor = Redactor("user", "pencil")
    redactor.line(1, b"AUTH SCRAM-SHA-256\r\n")
    redactor.line(1, b64("no first message").encode() + b"\r\n")
    redactor.replied(1, f"334 {b64(SERVER_FIRST)}\r\n".encode())
    _, (secret,), _ = redactor.line(1, b64(f"{WITHOUT_PROOF},p={PROOF}").encode() + b"\r\n")
    assert secret.agrees is None


def test_the_first_proof_counts() -> None:
    assert pencil(f"{WITHOUT_PROOF},p={PROOF},p=eA==")[1].agrees


def test_what_was_known_stays_known_when_the_server_signs() -> None:
    redactor, _ = pencil()
    redactor.filled(1, FINAL)
    assert redactor.scrub(f"pencil {PROOF}") == f"{MASK} {MASK}"


def test_so_many_proofs_are_looked_for_and_no_more() -> None:
    redactor = Redactor("user", "pencil")
    for number in range(1, MOST_LEARNED + 2):
        server_first, final = (one.replace("k0", f"k{number}") for one in (SERVER_FIRST, WITHOUT_PROOF))
        derived = scram.derived("SCRAM-SHA-256", b"pencil", f"n=user,r={NONCE}", server_first, final)
        assert derived is not None
        proof, signed = (base64.b64encode(one).decode() for one in (derived.proof, derived.server_signature))
        redactor.line(1, b"AUTH SCRAM-SHA-256\r\n")
        redactor.line(1, b64(f"n,,n=user,r={NONCE}").encode() + b"\r\n")
        redactor.replied(1, f"334 {b64(server_first)}\r\n".encode())
        _, (secret,), _ = redactor.line(1, b64(f"{final},p={proof}").encode() + b"\r\n")
        assert secret.agrees
        assert (MASK in redactor.scrub(f"<{derived.server_signature.hex()}>")) == (number <= MOST_LEARNED)
        assert redactor.filled(1, FINAL) == f"334 {b64('v=' + signed)}\r\n".encode()
        whole = b64(f"v={signed}")
        assert (redactor.scrub(f"<{whole}>") == f"<{MASK}>") == (number <= MOST_LEARNED)


def test_a_proof_that_is_bound_to_its_connection() -> None:
    """RFC 5929, 3: `c=` ends in the data of the TLS session."""
    redactor = Redactor("user", "pencil")
    redactor.tls(1, {"tls-unique": b"finished"})
    redactor.line(1, b"AUTH SCRAM-SHA-256-PLUS\r\n")
    redactor.line(1, b64(f"p=tls-unique,,n=user,r={NONCE}").encode() + b"\r\n")
    redactor.replied(1, f"334 {b64(SERVER_FIRST)}\r\n".encode())
    final = f"c={b64('p=tls-unique,,finished')},r=x,p={PROOF}"
    _, (secret,), _ = redactor.line(1, b64(final).encode() + b"\r\n")
    assert secret.says == f"c={scram.BOUND},r=x,p={MASK}"


# --- what is no base64


def test_octets_that_are_no_base64_are_taken_as_they_are() -> None:
    redactor = Redactor("alice", "passwor!")
    redactor.line(1, b"AUTH PLAIN\r\n")
    _, (secret,), _ = redactor.line(1, b"\0alice\0passwor!\r\n")
    assert (secret.encoding, secret.agrees) == ("", True)


def test_base64_may_end_in_any_of_its_letters() -> None:
    session = Session("correct-horse-7W")
    response = b64(f"\0{USER}\0correct-horse-7W")
    assert response.endswith("X")
    assert session.say(f"AUTH PLAIN {response}") == f"AUTH PLAIN {MASK}"
    assert session.one().agrees


def test_nothing_is_not_learned() -> None:
    session = Session()
    session.say("AUTH PLAIN =")
    assert session.redactor.learned == set()


def test_a_password_in_the_clear_that_could_be_base64() -> None:
    session = Session("correcthorse7777")
    session.say(f"AUTH LOGIN {b64(USER)}")
    assert session.say("correcthorse7777") == MASK
    assert session.redactor.learned == {"correcthorse7777"}


# --- words of an AUTH line


def test_what_follows_a_blank_in_an_initial_response_is_of_it() -> None:
    assert Session().say("AUTH PLAIN abcd efgh") == f"AUTH PLAIN {MASK}"
    assert Session().say(f"AUTH LOGIN {b64(USER)} abcd efgh") == f"AUTH LOGIN {b64(USER)} {MASK}"
    assert Session().say(f"AUTH LOGIN {b64(PASSWORD)} abcd") == f"AUTH LOGIN {MASK} {MASK}"


# --- clients that do not keep to the exchange


def test_a_cancel_line_and_an_empty_response_are_kept() -> None:
    session = Session()
    session.say("AUTH PLAIN")
    session.reply("334 ")
    assert session.say("*") == "*"
    assert session.say("") == ""
    assert session.secrets == ()


def test_responses_that_come_before_the_prompts() -> None:
    session = Session(own=True)
    assert [session.say(line) for line in ("AUTH LOGIN", b64(USER), b64("mine, all mine"))] == [
        "AUTH LOGIN",
        b64(USER),
        MASK,
    ]


def test_responses_though_auth_was_refused() -> None:
    session = Session(own=True)
    session.say("AUTH LOGIN")
    session.reply("503 EHLO first")
    assert session.say(b64(USER)) == b64(USER)
    session.reply("500 What?")
    assert session.say(b64("mine, all mine")) == MASK
    session.reply("500 What?")
    assert session.say("something else") == MASK, "better too much than too little"
    assert session.say("MAIL FROM:<a@b.test>") == "MAIL FROM:<a@b.test>"
    assert session.say("no SASL any more") == "no SASL any more"


def test_a_success_that_comes_too_soon() -> None:
    session = Session(own=True)
    session.say(f"AUTH LOGIN {b64(USER)}")
    session.reply("235 Ok")
    assert session.say(b64("mine, all mine")) == MASK


def test_a_command_inside_an_exchange_is_shown() -> None:
    session = Session(own=True)
    session.say("AUTH LOGIN")
    session.reply("334 VXNlcm5hbWU6")
    assert session.say("QUIT") == "QUIT"
    assert session.say(b64(USER)) == b64(USER), "it was no response"
    assert session.say(b64("mine, all mine")) == MASK


def test_connections_and_tls_sessions_are_apart() -> None:
    session = Session(own=True)
    session.say("AUTH PLAIN", 1)
    assert session.say(b64("some words"), 2) == b64("some words")
    session.redactor.tls(1)
    session.redactor.tls(3)
    assert session.say(b64("some words"), 1) == b64("some words")
    session.reply("235 Ok", 1)


def test_a_silent_reply_changes_nothing() -> None:
    session = Session(own=True)
    session.say("AUTH PLAIN")
    session.redactor.replied(1, b"")
    assert session.say(b64("mine, all mine")) == MASK


# --- length


def test_limits_are_measured_before_redaction() -> None:
    session = Session()
    session.say("NOOP " + "x" * 505)
    assert not session.overlong
    session.say("NOOP " + "x" * 506)
    assert session.overlong
    session.say("AUTH PLAIN " + "A" * 600)
    assert session.overlong


def test_a_limit_is_of_the_line_alone() -> None:
    redactor = Redactor(USER, PASSWORD)
    assert [redactor.line(1, b"x" * size)[2] for size in (512, 513)] == [False, True]
    assert not redactor.line(1, b"\n" + b"x" * 600)[2]


def test_responses_may_be_longer_when_they_were_asked_for() -> None:
    session = Session()
    session.say("AUTH PLAIN")
    session.reply("334 ")
    session.say("A" * 12286)
    assert not session.overlong
    session.say("A" * 12287)
    assert session.overlong
    session.reply("535 No")
    session.say("A" * 600)
    assert session.overlong, "this was not asked for"


# --- by search


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    session = Session()
    assert session.say(f"NOOP {PASSWORD}!") == f"NOOP {MASK}!"
    assert session.one() == Secret(5, 13, Secrecy.PASSWORD)
    octets, secrets = session.redactor.content(f"Hi\r\n{PASSWORD} {b64(PASSWORD)}\r\n.\r\n".encode())
    assert octets == f"Hi\r\n{MASK} {MASK}\r\n.\r\n".encode()
    assert [(one.start, one.end) for one in secrets] == [(4, 12), (13, 21)]


def test_a_response_beside_a_known_secret() -> None:
    session = Session()
    assert session.say(f"AUTH {PASSWORD} x{PASSWORD}") == f"AUTH {MASK} {MASK}"
    assert [one.role for one in session.secrets] == [Secrecy.PASSWORD, Secrecy.TOKEN]


def test_what_was_learned_is_scrubbed_from_output() -> None:
    session = Session(own=True)
    session.say(f"AUTH PLAIN {b64(chr(0) + USER + chr(0) + 'my own secret')}")
    assert session.redactor.scrub("b'my own secret' sent") == f"b'{MASK}' sent"
    assert session.redactor.scrub("nothing \udce9 of it") == "nothing \udce9 of it"


def test_a_client_cannot_keep_the_harness_busy_with_ever_new_secrets() -> None:
    session = Session()
    for number in range(MOST_LEARNED + 3):
        assert (
            session.say(f"AUTH PLAIN {b64(chr(0) + USER + chr(0) + f'secret {number} of many')}")
            == f"AUTH PLAIN {MASK}"
        )
    assert len(session.redactor.learned) == MOST_LEARNED
    assert (
        session.redactor.scrub(f"secret 0 of many, {PASSWORD}, secret 34 of many")
        == f"{MASK}, {MASK}, secret 34 of many"
    )


def test_what_no_sasl_line_can_hold_is_hidden_by_position_alone() -> None:
    session = Session()
    assert session.say(f"AUTH PLAIN {b64(chr(0) + USER + chr(0) + 's' * (RESPONSE_LIMIT + 1))}") == f"AUTH PLAIN {MASK}"
    assert session.redactor.learned == set()


def test_what_is_part_of_the_user_name_is_not_looked_for() -> None:
    """A client whose password is `test` would else lose every address that ends in it."""
    session = Session(own=True)
    session.say(f"AUTH PLAIN {b64(chr(0) + USER + chr(0) + 'Test')}")
    assert session.redactor.learned == set()
    assert session.redactor.scrub(USER) == USER


def test_short_secrets_are_hidden_by_position_alone() -> None:
    session = Session(password="abc")
    assert session.say("NOOP abc") == "NOOP abc"
    assert session.say(f"AUTH PLAIN {b64(chr(0) + USER + chr(0) + 'abc')}") == f"AUTH PLAIN {MASK}"
    assert session.one().agrees
    assert forms("abc") == {}


EMBEDDINGS = {
    "as it is": lambda secret: secret.encode(),
    "in words": lambda secret: f"the password is {secret}.".encode(),
    "UTF-16": lambda secret: secret.encode("utf-16-le"),
    "UTF-16, big-endian": lambda secret: secret.encode("utf-16-be"),
    "percent": lambda secret: quote(secret, safe="").encode(),
    "hexadecimal": lambda secret: secret.encode().hex().encode(),
    "hexadecimal, upper case": lambda secret: secret.encode().hex().upper().encode(),
    "JSON": lambda secret: json.dumps({"p": secret}).encode(),
    "HTML": lambda secret: html.escape(secret).encode(),
    "JSON in HTML": lambda secret: html.escape(json.dumps(secret)).encode(),
    "Python": lambda secret: repr(secret).encode(),
    "Python octets": lambda secret: repr(secret.encode()).encode(),
    "base64": lambda secret: base64.b64encode(secret.encode()),
    "base64, second": lambda secret: base64.b64encode(b"u" + secret.encode() + b"xyz"),
    "base64, third": lambda secret: base64.b64encode(b"\0u" + secret.encode()),
    "base64url": lambda secret: base64.urlsafe_b64encode(b"auser" + secret.encode()),
    "quoted-printable": lambda secret: "".join(f"={one:02X}" for one in secret.encode()).encode(),
}
ALPHABET = string.ascii_letters + string.digits + string.punctuation.replace("*", "") + " éß中文"
PASSWORDS = st.text(st.sampled_from(ALPHABET), min_size=8, max_size=24)


def survivors(name: str, secret: str) -> list[str]:
    octets, secrets = Redactor(USER, secret).content(b"<" + EMBEDDINGS[name](secret) + b">")
    assert secrets, "this form is known"
    return [form for form, found in forms(secret).items() if found in octets]


@pytest.mark.parametrize("name", EMBEDDINGS)
@pytest.mark.parametrize("secret", ["correct-horse", "p&ss \"w'rd\\ 50%", "密码é<1234>"])
def test_each_form_is_known(name: str, secret: str) -> None:
    assert survivors(name, secret) == []


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(EMBEDDINGS)), secret=PASSWORDS)
def test_no_form_survives(name: str, secret: str) -> None:
    assert survivors(name, secret) == []


@settings(max_examples=50, deadline=None)
@given(secret=PASSWORDS, text=st.binary(max_size=40))
def test_redacting_again_changes_nothing(secret: str, text: bytes) -> None:
    redactor = Redactor(USER, secret)
    once, _ = redactor.content(text + secret.encode() + text + b64(secret).encode())
    assert redactor.content(once) == (once, ())


@settings(max_examples=50, deadline=None)
@given(secret=PASSWORDS, text=st.text(max_size=30))
def test_output_without_secrets_stays_as_it_is(secret: str, text: str) -> None:
    octets = text.encode("utf-8", "surrogatepass")
    assume(not any(form in octets for form in forms(secret).values()))
    assert Redactor(USER, secret).scrub(text) == text


@settings(max_examples=50, deadline=None)
@given(secret=PASSWORDS)
def test_every_form_is_long_enough_to_mean_something(secret: str) -> None:
    assert min(map(len, forms(secret).values())) >= 4


@pytest.mark.parametrize("secret", ["nötig77", "密码密码", "plain-old", "sur\udce9rogate"])
def test_any_character_will_do(secret: str) -> None:
    assert all(isinstance(form, bytes) and form for form in forms(secret).values())
    assert MASK in Redactor(USER, secret).scrub(f"<{secret}>")


AWKWARD = "pä '\"&?/"
AWKWARD_FORMS = {
    "percent": "p%C3%A4%20%27%22%26%3F%2F",
    "percent, path": "p%C3%A4%20%27%22%26%3F/",
    "form data": "p%C3%A4+%27%22%26%3F%2F",
    "percent, lower case": "p%c3%a4%20%27%22%26%3f%2f",
    "JSON, every character": r"\u0070\u00e4\u0020\u0027\u0022\u0026\u003f\u002f",
    "JSON, every character, upper case": r"\u0070\u00E4\u0020\u0027\u0022\u0026\u003F\u002F",
    "HTML, every character": "&#112;&#228;&#32;&#39;&#34;&#38;&#63;&#47;",
    "HTML, every character, hexadecimal": "&#x70;&#xe4;&#x20;&#x27;&#x22;&#x26;&#x3f;&#x2f;",
    "Python": r"""pä \'"&?/""",
    " as it is": """pä '"&?/""",
    " HTML": "pä &#x27;&quot;&amp;?/",
    " HTML, decimal": "pä &#39;&#34;&amp;?/",
    " XML": "pä &apos;&quot;&amp;?/",
    " HTML, text": """pä '"&amp;?/""",
    "JSON as it is": r"""p\u00e4 '\"&?/""",
    "JSON HTML": r"p\u00e4 &#x27;\&quot;&amp;?/",
    "JSON HTML, decimal": r"p\u00e4 &#39;\&#34;&amp;?/",
    "JSON XML": r"p\u00e4 &apos;\&quot;&amp;?/",
    "JSON HTML, text": r"""p\u00e4 '\"&amp;?/""",
    "JSON, UTF-8 as it is": r"""pä '\"&?/""",
    "JSON, UTF-8 HTML": r"pä &#x27;\&quot;&amp;?/",
    "JSON, UTF-8 HTML, decimal": r"pä &#39;\&#34;&amp;?/",
    "JSON, UTF-8 XML": r"pä &apos;\&quot;&amp;?/",
    "JSON, UTF-8 HTML, text": r"""pä '\"&amp;?/""",
}
AWKWARD_UTF8 = {
    "as it is": AWKWARD,
    "hexadecimal": "70c3a4202722263f2f",
    "hexadecimal, upper case": "70C3A4202722263F2F",
    "percent, every octet": "%70%C3%A4%20%27%22%26%3F%2F",
    "percent, every octet, lower case": "%70%c3%a4%20%27%22%26%3f%2f",
    "quoted-printable, every octet": "=70=C3=A4=20=27=22=26=3F=2F",
    "quoted-printable, every octet, lower case": "=70=c3=a4=20=27=22=26=3f=2f",
    "backslash, every octet": r"\x70\xC3\xA4\x20\x27\x22\x26\x3F\x2F",
    "backslash, every octet, lower case": r"\x70\xc3\xa4\x20\x27\x22\x26\x3f\x2f",
    "quoted-printable": """p=C3=A4 '"&?/""",
    "quoted-printable, header": """p=C3=A4_'"&?/""",
    "Python bytes": r"""p\xc3\xa4 \'"&?/""",
    "base64": "cMOkICciJj8v",
    "base64url": "cMOkICciJj8v",
}
CHARSETS = ("utf-8", "latin-1", "gb18030", "utf-16-le", "utf-16-be")


def test_each_form_is_what_its_name_says() -> None:
    """Programs that hold a secret may write any of them, so that none may be left out."""
    found = forms(AWKWARD)
    assert {name: form.decode() for name, form in found.items() if name in AWKWARD_FORMS} == AWKWARD_FORMS
    ours = {name: form.decode() for name, form in found.items() if name.removeprefix("utf-8 ") in AWKWARD_UTF8}
    assert ours == {f"utf-8 {name}": form for name, form in AWKWARD_UTF8.items()}
    at = {f"base64{kind} at {offset}" for kind in ("", "url") for offset in range(3)}
    octet_forms = {f"{charset} {name}" for charset in CHARSETS for name in (*AWKWARD_UTF8, *at)}
    assert set(found) == octet_forms | set(AWKWARD_FORMS)
    for charset in CHARSETS:
        assert found[f"{charset} as it is"] == AWKWARD.encode(charset)
        assert found[f"{charset} hexadecimal"] == AWKWARD.encode(charset).hex().encode()


@pytest.mark.parametrize("secret", ["????", "?????", "??????", AWKWARD, "~~~/~~~"])
@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize(("name", "encode"), [("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)])
def test_base64_in_the_middle_is_all_that_no_neighbour_changes(
    name: str, encode: Callable[[bytes], bytes], offset: int, secret: str
) -> None:
    one, other = (encode(end * offset + secret.encode() + end * 2) for end in (b"\x00", b"\xff"))
    common = bytes(char for char, twin in zip(one, other, strict=True) if char == twin)
    assert forms(secret)[f"utf-8 {name} at {offset}"] == common.rstrip(b"=")


def test_a_long_secret_is_not_folded() -> None:
    found = forms("é" * 60)
    assert found["utf-8 quoted-printable"] == b"=C3=A9" * 60
    assert found["utf-8 quoted-printable, header"] == b"=C3=A9" * 60


def test_a_charset_that_lacks_a_character_is_left_out_and_no_other() -> None:
    found = forms("密码密码")
    assert "latin-1 as it is" not in found
    assert found["gb18030 as it is"] == "密码密码".encode("gb18030")
    assert found["utf-16-be as it is"] == "密码密码".encode("utf-16-be")


def test_four_characters_are_enough_to_be_looked_for() -> None:
    assert forms("abcd")["utf-8 as it is"] == b"abcd"
    assert Redactor(USER, "abcd").scrub("<abcd>") == f"<{MASK}>"


@pytest.mark.parametrize(
    "pieces",
    [
        ("My password is correct-horse-77, keep it.",),
        ("My password is correct-", "horse-77, keep it."),
        ("My password is correc", "t-hors", "e-77, keep it."),
        ("correct-hors", "e-77"),
        (f"base64: {b64('correct-horse-77')[:10]}", f"{b64('correct-horse-77')[10:]}."),
    ],
)
def test_a_secret_in_chunks_is_hidden_wherever_they_cut_it(pieces: tuple[str, ...]) -> None:
    redactor = Redactor("alice", "correct-horse-77")
    for piece in pieces:
        octets, secrets, overlong = redactor.line(1, f"BDAT {len(piece)}\r\n{piece}".encode())
        assert secrets
        assert not overlong
        left = octets.partition(b"\n")[2]
        left = left.replace(STAND_IN, b"")
        assert not any(word in left for word in (b"corr", b"hors", b"77", b64("correct-horse-77").encode()[6:10]))


def test_a_piece_of_a_secret_in_a_chunk_is_a_secret_without_a_role_of_its_own() -> None:
    redactor = Redactor("alice", "correct-horse-77")
    octets, secrets, _ = redactor.line(1, b"BDAT 20\r\n-horse-77\r\nmore text")
    assert octets == b"BDAT 20\r\n" + STAND_IN + b"\r\nmore text"
    assert secrets == (Secret(9, 17, Secrecy.PASSWORD),)


def test_a_line_without_an_end_has_no_chunk() -> None:
    assert Redactor("alice", "correct-horse-77").line(1, b"VRFY corr") == (b"VRFY corr", (), False)
    assert Redactor("alice", "XXXX-horse-77").line(1, b"NOOP") == (b"NOOP", (), False)


def test_other_chunks_are_kept() -> None:
    redactor = Redactor("alice", "correct-horse-77")
    for octets in (b"BDAT 3\r\ncor", b"BDAT 0 LAST\r\n", b"BDAT 600 LAST\r\n" + b"innocent text " * 50):
        assert redactor.line(1, octets) == (octets, (), False)
    assert redactor.line(1, b"BDAT " + b"1" * 600 + b"\r\nabcd")[2], "the line itself is too long"


def test_pieces_that_overlap_are_one() -> None:
    redactor = Redactor("alice", "abcdabcdef")
    octets, _, _ = redactor.line(1, b"BDAT 6\r\ncdefabcda")
    assert octets == b"BDAT 6\r\n" + STAND_IN * 2
    assert Redactor("alice", "cdabxxabcd").line(1, b"BDAT 6\r\nabcdab")[0] == b"BDAT 6\r\n" + STAND_IN
    octets, secrets, _ = redactor.line(1, b"BDAT 6\r\nabcdef")
    assert (octets, len(secrets)) == (b"BDAT 6\r\n" + STAND_IN, 1)


def test_what_is_neither_too_short_nor_too_long_is_learned() -> None:
    redactor = Redactor("alice", "the-password")
    right, wrong = ["abcd", "s" * RESPONSE_LIMIT], ["abc", "t" * (RESPONSE_LIMIT + 1), "lic"]
    redactor.keep_out(right + wrong)
    assert redactor.learned == set(right)


def test_what_is_no_unicode_is_lost_only_where_something_was_replaced() -> None:
    said = Redactor("alice", "the-password").scrub("the-password \udce9")
    assert said.startswith(f"{MASK} ")
    said.encode()  # it can be written


def test_secrets_that_somebody_names_are_kept_out_as_the_password_is() -> None:
    redactor = Redactor("alice", "the-password")
    redactor.keep_out(["hunter2-of-mine"])
    assert (
        redactor.scrub("typed hunter2-of-mine, " + base64.b64encode(b"hunter2-of-mine").decode())
        == f"typed {STAND_IN.decode()}, {STAND_IN.decode()}"
    )
