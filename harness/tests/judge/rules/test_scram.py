"""What a client says in SCRAM."""

import base64

import pytest
from playbook import PASSWORD, SENDER, UNIQUE, job, keys, observe, remarks, verdict

from smtpwitness.judge.rules.scram import challenge
from smtpwitness.judge.scram import derived
from smtpwitness.model.finding import Verdict

EHLO = (
    *("S: 220 mail.test", "C: EHLO client.example.test"),
    "S: 250-mail.test\r\n250 AUTH SCRAM-SHA-1 SCRAM-SHA-256 PLAIN",
)
NONCE = "fyko+d2lbbFgONRv9qkxdawL"
BARE = f"n={SENDER},r={NONCE}"
SERVER = f"r={NONCE}3rfcNHYJ,s=QSXCR+Q6sek8bf92,i=4096"
CUT = f"c=biws,r={NONCE}3rfcNHYJ"
END = ("S: 334 ********", "C: ", "S: 235 Ok")


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def proven(cut: str = CUT, bare: str = BARE, server: str = SERVER, mechanism: str = "SCRAM-SHA-256") -> str:
    """The client's last message with the right proof."""
    found = derived(mechanism, PASSWORD.encode(), bare, server, cut)
    assert found is not None
    return f"{cut},p={base64.b64encode(found.proof).decode()}"


def login(
    first: str = "n,," + BARE,
    last: str | None = None,
    server: str | bytes = SERVER,
    end: tuple[str, ...] = END,
    mechanism: str = "SCRAM-SHA-256",
) -> tuple[str, ...]:
    said = proven(mechanism=mechanism) if last is None else last
    return (
        *(f"C: AUTH {mechanism}", "S: 334 ", f"C: {b64(first)}", f"S: 334 {b64(server)}", f"C: {b64(said)}"),
        *end,
    )


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256", "scram-sha-256"])
def test_a_good_login(mechanism: str) -> None:
    last = proven(mechanism=mechanism.upper())
    assert keys("scram", *EHLO, *login(last=last, mechanism=mechanism)) == []
    initial = (f"C: AUTH {mechanism} {b64('n,,' + BARE)}", *login(last=last)[3:])
    assert keys("scram", *EHLO, *initial) == []


@pytest.mark.parametrize(
    ("first", "key"),
    [
        (BARE, "header"),
        ("x,," + BARE, "header"),
        ("n," + BARE, "header"),
        (f"\0{SENDER}\0{PASSWORD}", "header"),
        ("p=tls-unique,," + BARE, "flag"),
        (f"n,,r={NONCE}", "user"),
        (f"n,,n=,r={NONCE}", "user"),
        (f"n,,r={NONCE},n={SENDER}", "order"),
        (f"n,,n={SENDER},x=1,r={NONCE}", "order"),
        (f"n,,n=a=b,r={NONCE}", "name"),
        (f"n,,n=a=2cb,r={NONCE}", "name"),
        (f"n,,n={SENDER},r=", "nonce"),
        (f"n,,n={SENDER},r=a b", "nonce"),
        (f"n,,n={SENDER},r=é", "nonce"),
        (f"n,,n={SENDER},r=é".encode("latin-1"), "nonce"),
    ],
)
def test_first_messages_that_are_built_wrongly(first: str | bytes, key: str) -> None:
    steps = ("C: AUTH SCRAM-SHA-256", "S: 334 ", f"C: {b64(first)}", "S: 535 No")
    assert keys("scram", *EHLO, *steps) == [f"scram.{key}"]
    assert keys("scram", *EHLO, f"C: AUTH SCRAM-SHA-256 {b64(first)}", "S: 535 No") == [f"scram.{key}"]


@pytest.mark.parametrize("first", [f"y,,{BARE}", f"n,a=bob,{BARE}", f"n,,n=a=2Cb=3Dc,r={NONCE}", f"n,,{BARE},x=y"])
def test_first_messages_that_are_right(first: str) -> None:
    assert keys("scram", *EHLO, f"C: AUTH SCRAM-SHA-256 {b64(first)}", "S: 535 No") == []


def test_channel_binding_is_for_tls() -> None:
    steps = (f"C: AUTH SCRAM-SHA-256-PLUS {b64('p=tls-exporter,,' + BARE)}", "S: 535 No")
    assert keys("scram", "TLS", *EHLO, *steps) == []
    last = (
        *steps[:1],
        f"S: 334 {b64(SERVER)}",
        f"C: {b64(proven('c=' + b64('p=tls-exporter,,123') + CUT[6:]))}",
        "S: 535 No",
    )
    assert keys("scram", "TLS", *EHLO, *last) == [], "what it is bound to cannot be seen"


def test_a_comma_in_the_user_name() -> None:
    one = job(username="smith,j@example.test")
    raw = b64(f"n,,n=smith,j@example.test,r={NONCE}")
    assert keys("scram", *EHLO, f"C: AUTH SCRAM-SHA-256 {raw}", "S: 535 No", job=one) == ["scram.name"]
    own = job(username="smith,j@example.test", told=frozenset({"helo"}))
    assert keys("scram", *EHLO, f"C: AUTH SCRAM-SHA-256 {raw}", "S: 535 No", job=own) == ["scram.order"]


@pytest.mark.parametrize(("typed", "sent"), [("al\u00adice", "alice"), ("al\x7fice", "")])
def test_a_user_name_that_saslprep_changes_or_forbids(typed: str, sent: str) -> None:
    one = job(username=typed)
    raw, right = (f"C: AUTH SCRAM-SHA-256 {b64(f'n,,n={name},r={NONCE}')}" for name in (typed, sent or "x"))
    assert keys("scram", *EHLO, raw, "S: 535 No", job=one) == ["scram.unprepared"]
    assert keys("scram", *EHLO, right, "S: 535 No", job=one) == []


@pytest.mark.parametrize(
    ("replies", "asked"),
    [
        ([f"S: 334 {b64(SERVER)}"], SERVER),
        (["S: 334 "], ""),
        ([f"S: 334 {b64(SERVER)[:-1]}"], ""),
        ([f"S: 334 {b64(b'r=' + bytes([233]))}"], "r=\N{REPLACEMENT CHARACTER}"),
        ([f"S: 535 {b64(SERVER)}"], ""),
        ([f"s: 334-\r\n334 {b64(SERVER)}\r\n"], ""),
        ([], ""),
    ],
)
def test_what_a_334_asks(replies: list[str], asked: str) -> None:
    seen = observe(*EHLO, f"C: AUTH SCRAM-SHA-256 {b64('n,,' + BARE)}", *replies)
    assert challenge(seen.exchanges[-1]) == asked


@pytest.mark.parametrize(
    ("last", "key"),
    [
        (f"r={NONCE}3rfcNHYJ,c=biws,p=eA==", "order"),
        (CUT, "order"),
        (proven("c=eSws" + CUT[6:]), "binding"),
        (proven(f"c=biws,r={NONCE}"), "same-nonce"),
        (f"{CUT},p=eA==", "proof"),
        (proven(mechanism="SCRAM-SHA-1"), "proof"),
    ],
)
def test_last_messages_that_are_built_wrongly(last: str, key: str) -> None:
    assert keys("scram", *EHLO, *login(last=last)) == [f"scram.{key}"]


def test_a_proof_is_not_looked_at_where_the_first_message_was_wrong() -> None:
    assert keys("scram", *EHLO, *login(first=f"n,,n=a=b,r={NONCE}")) == ["scram.name"]


def test_first_messages_without_a_nonce_repeat_none_and_no_other_can_be_foreign_to_them() -> None:
    wrong = login(first=f"n,,n={SENDER}", end=("S: 535 No",))
    assert keys("scram", *EHLO, *wrong, *wrong) == ["scram.order"]


def test_what_it_is_worth() -> None:
    (remark,) = remarks("scram", *EHLO, *login(last=f"{CUT},p=eA=="))
    assert (remark.requirement, verdict(remark)) == ("RFC7677-3-a", Verdict.WARN)
    (remark,) = remarks("scram", *EHLO, *login(last=f"{CUT},p=eA==", mechanism="SCRAM-SHA-1"))
    assert (remark.requirement, verdict(remark)) == ("RFC5802-4-a", Verdict.FAIL)


@pytest.mark.parametrize(
    ("server", "key"),
    [
        (f"m=x,{SERVER}", "extension"),
        (SERVER.replace(NONCE, "another"), "foreign-nonce"),
        ("nonsense", "foreign-nonce"),
        (b"\xe9", "foreign-nonce"),
    ],
)
def test_going_on_with_a_bad_server(server: str | bytes, key: str) -> None:
    assert keys("scram", *EHLO, *login(server=server)) == [f"scram.{key}"]
    for stop in ("*", "QUIT"):
        steps = (*login(server=server)[:4], f"C: {stop}", "S: 501 No")
        assert keys("scram", *EHLO, *steps) == []


@pytest.mark.parametrize("nonce", ["XX", NONCE])
def test_a_server_that_gives_no_nonce_has_not_begun_with_the_clients(nonce: str) -> None:
    steps = login(first=f"n,,n={SENDER},r={nonce}", last="c=biws,r=,p=eA==", server="s=QSXCR+Q6sek8bf92,i=4096")
    assert keys("scram", *EHLO, *steps) == ["scram.foreign-nonce"]


def test_who_does_not_wait_for_the_servers_nonce_has_not_looked_at_it() -> None:
    steps = login()
    assert keys("scram", *EHLO, *steps[:3], steps[4], "S: 535 No") == ["scram.foreign-nonce"]


def test_a_server_that_adds_nothing_to_the_nonce_may_be_believed() -> None:
    """`nonce = "r=" c-nonce [s-nonce]`: a client MUST compare the initial part only (RFC 5802, 5.1 and 7)."""
    server, cut = f"r={NONCE},s=QSXCR+Q6sek8bf92,i=4096", f"c=biws,r={NONCE}"
    assert keys("scram", *EHLO, *login(server=server, last=proven(cut, server=server))) == []


def test_the_answer_to_the_signature_is_empty() -> None:
    assert keys("scram", *EHLO, *login(end=("S: 334 ********", f"C: {b64('ok')}", "S: 235 Ok"))) == ["scram.answer"]
    for other in ("*", "QUIT"):
        assert keys("scram", *EHLO, *login(end=("S: 334 ********", f"C: {other}", "S: 501 No"))) == []
    assert keys("scram", *EHLO, *login(end=("S: 334 ZT14", f"C: {b64('ok')}", "S: 535 No"))) == []
    assert keys("scram", *EHLO, *login(end=("S: 535 No",))) == []
    assert keys("scram", *EHLO, *login(end=("s: ", f"C: {b64('ok')}", "S: 501 No"))) == [], "nothing was said"
    twice = ("S: 334 ZT14", "S: 334 ********", f"C: {b64('ok')}", "S: 535 No")
    assert keys("scram", *EHLO, *login(end=twice)) == [], "the first reply is the answer"


def test_a_nonce_is_used_once() -> None:
    (remark,) = remarks("scram", *EHLO, *login(), "CLOSE client", "OPEN", *EHLO, *login())
    assert (remark.key, len(remark.events)) == ("scram.repeated", 1)
    assert b64("n,," + BARE).startswith(dict(remark.facts)["line"].removesuffix("…"))
    again = (*login(end=("S: 535 No",)), *login())
    assert keys("scram", *EHLO, *again) == ["scram.repeated"]
    other = login(first=f"n,,n={SENDER},r=another", end=("S: 535 No",))
    assert "scram.repeated" not in keys("scram", *EHLO, *login()[:2], "C: *", "S: 501 No", *other)


def test_other_mechanisms_and_logins_that_were_given_up() -> None:
    plain = f"C: AUTH PLAIN {b64(chr(0) + SENDER + chr(0) + PASSWORD)}"
    assert keys("scram", *EHLO, plain, "S: 235 Ok") == []
    assert keys("scram", *EHLO, "C: AUTH PLAIN", "S: 334 ", "C: eA==", "S: 535 No") == []
    assert keys("scram", *EHLO, "C: AUTH SCRAM-SHA-1", "S: 334 ", "C: *", "S: 501 No") == []
    assert keys("scram", *EHLO, *login()[:3], "CLOSE client") == []


def test_own_credentials_are_not_held_against_the_job() -> None:
    assert keys("scram", *EHLO, *login(last=f"{CUT},p=eA=="), own=True) == []


# --- channel binding --------------------------------------------------------------------------------------------------

LISTED = tuple(line.replace("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS SCRAM-SHA-256") for line in EHLO)
HEADERS = {"n": "n,,", "y": "y,,", "p": "p=tls-unique,,"}


def bound(flag: str, data: bytes = UNIQUE, mechanism: str = "SCRAM-SHA-256-PLUS") -> tuple[str, ...]:
    """A login with *data* in `c=` where *flag* is `p`."""
    header = HEADERS[flag]
    c = base64.b64encode(header.encode() + (data if flag == "p" else b"")).decode()
    last = proven(CUT.replace("biws", c), mechanism=mechanism)
    return login(header + BARE, last, mechanism=mechanism)


def test_a_login_that_is_bound() -> None:
    assert keys("scram", "TLS", *LISTED, *bound("p")) == []


def test_what_is_said_of_binding_goes_with_what_is_listed() -> None:
    plain = "SCRAM-SHA-256"
    assert keys("scram", "TLS", *EHLO, *bound("y", mechanism=plain)) == []
    assert keys("scram", "TLS", *LISTED, *bound("n", mechanism=plain)) == []  # perhaps it cannot
    assert keys("scram", "TLS", *LISTED, *bound("y", mechanism=plain)) == ["scram.plus"]
    assert keys("scram", "TLS", *LISTED, *bound("p", mechanism=plain)) == ["scram.plus"]
    assert keys("scram", "TLS", *LISTED, *bound("n")) == ["scram.plus"]
    unlisted = ("S: 220 mail.test", "C: EHLO client.example.test", "S: 250 mail.test")
    assert keys("scram", "TLS", *unlisted, *bound("y", mechanism=plain)) == []


def test_what_is_said_of_binding_is_shown_where_it_was_said() -> None:
    (remark,) = remarks("scram", "TLS", *LISTED, *bound("y", mechanism="SCRAM-SHA-256"))
    assert b64("y,," + BARE).startswith(dict(remark.facts)["line"].removesuffix("…"))


def test_who_could_bind_says_so() -> None:
    able, steps = job(auth="scram-sha-256-plus"), bound("n", mechanism="SCRAM-SHA-256")
    assert keys("scram", "TLS", *EHLO, *steps, job=able) == ["scram.unsaid"]
    assert keys("scram", *EHLO, *steps, job=able) == []  # without TLS there is nothing to bind to
    assert keys("scram", "TLS", *EHLO, *bound("y", mechanism="SCRAM-SHA-256"), job=able) == []


def test_other_data_are_not_those_of_the_session() -> None:
    assert keys("scram", "TLS", *LISTED, *bound("p", b"other")) == ["scram.unbound"]


@pytest.mark.parametrize(
    ("note", "found"),
    [("resumed; no session hash", ["scram.resumed"]), ("resumed", []), ("no session hash", [])],
)
def test_a_session_that_was_resumed_proves_nothing(note: str, found: list[str]) -> None:
    assert keys("scram", f"TLS NOTE TLSv1.2 X; {note}", *LISTED, *bound("p")) == found
    assert keys("scram", f"TLS NOTE TLSv1.2 X; {note}", *LISTED, *bound("n", mechanism="SCRAM-SHA-256")) == []
