"""The session against a real socket: every line below is compared octet for octet."""

from __future__ import annotations

import time

import pytest

from rawsmtp import Job, Message, deliver
from rawsmtp.connection import Connection
from rawsmtp.outcome import ConnectionLost
from rawsmtp.session import Session
from rawsmtp.window import Window

HELLO = """
S: 220 mx.example.test ESMTP
C: EHLO client.example.test
S: 250 mx.example.test
"""
ENVELOPE = """
C: MAIL FROM:<alice@example.test>
S: 250 ok
C: RCPT TO:<bob@example.test>
S: 250 ok
"""
CONTENT = """
C: DATA
S: 354 go ahead
C: Subject: hi
C:
C: Hello Bob
C: .
"""
QUIT = """
C: QUIT
S: 221 bye
"""
DONE = "S: 250 queued" + QUIT
REST = ENVELOPE + CONTENT + DONE
BOB = "bob@example.test"


def test_one_message(play):
    played = play(HELLO + REST)
    assert played.statuses == [{BOB: "accepted"}]
    assert played.exits == {0}
    lines = played.shown.splitlines()
    assert lines[0].startswith("--- connecting to 127.0.0.1 port ")
    assert lines[1:4] == [
        "S: 220 mx.example.test ESMTP",
        "C: EHLO client.example.test",
        "S: 250 mx.example.test",
    ]
    assert lines[-5:] == ["C: Hello Bob", "C: .", "S: 250 queued", "C: QUIT", "S: 221 bye"]


# --- greeting and hello ---------------------------------------------------------------------------


def test_a_greeting_of_several_lines_in_pieces(play):
    script = "RAW: 220-mx\nPAUSE\nRAW: \\r\\n22\nPAUSE\nRAW: 0 ready\\r\nPAUSE\nRAW: \\n" + HELLO.replace(
        "S: 220 mx.example.test ESMTP", ""
    )
    assert play(script + REST).exits == {0}


@pytest.mark.parametrize(
    ("greeting", "status", "exit_status"),
    [
        ("421 too busy", "temporary", 75),
        ("450 not now", "temporary", 75),
        ("521 never", "permanent", 69),
        ("554 no", "permanent", 69),
        ("354 what", "permanent", 70),
    ],
)
def test_a_refused_greeting_is_answered_with_quit(play, greeting, status, exit_status):
    played = play(f"S: {greeting}" + QUIT)
    assert played.statuses == [{BOB: status}]
    assert played.exits == {exit_status}


@pytest.mark.parametrize("code", [500, 501, 502, 504, 550])
def test_helo_where_ehlo_is_refused(play, code):
    script = f"""
S: 220 old
C: EHLO client.example.test
S: {code} what?
C: HELO client.example.test
S: 250 old"""
    assert play(script + REST).exits == {0}


def test_no_helo_after_a_temporary_refusal(play):
    played = play("S: 220 x\nC: EHLO client.example.test\nS: 451 later" + QUIT)
    assert played.statuses == [{BOB: "temporary"}]


def test_helo_refused_too(play):
    script = "S: 220 x\nC: EHLO client.example.test\nS: 500 a\nC: HELO client.example.test\nS: 550 b"
    assert play(script + QUIT).exits == {69}


def test_helo_on_request(play):
    script = "S: 220 x\nC: HELO client.example.test\nS: 250 x"
    assert play(script + REST, hello="helo").exits == {0}


def test_without_a_name_an_address_literal(play, monkeypatch):
    monkeypatch.setattr("socket.getfqdn", lambda: "laptop")
    script = HELLO.replace("EHLO client.example.test", "EHLO [127.0.0.1]")
    assert play(script + REST, helo=None).exits == {0}


# --- out of step, malformed, lost -----------------------------------------------------------------


@pytest.mark.parametrize("line", ["abc", "25", "2500 fine", "25x fine", "", "250_fine", "150 wait", "650 what"])
def test_a_malformed_reply_is_a_protocol_error(play, line):
    played = play(f"S: 220 x\nC: EHLO client.example.test\nS: {line}" + QUIT)
    assert played.statuses == [{BOB: "permanent"}]
    assert played.exits == {70}


def test_a_reply_line_that_ends_in_lf_alone(play):
    assert play("RAW: 220 x\\n" + QUIT).exits == {70}


def test_lines_with_different_codes(play):
    script = HELLO + "C: MAIL FROM:<alice@example.test>\nS: 250-fine\nS: 550 no such user" + QUIT
    assert play(script).exits == {70}


def test_a_reply_that_nobody_asked_for(play):
    script = HELLO + "C: MAIL FROM:<alice@example.test>\nRAW: 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n250 queued\\r\\n"
    played = play(script + QUIT)
    assert played.statuses == [{BOB: "permanent"}]
    assert played.exits == {70}


def test_a_reply_that_comes_a_little_later(play, monkeypatch):
    """The stray reply is there before the next command is due, so it is not taken for its answer."""
    real = Session.command

    def slowly(self, line, *, shown=""):
        time.sleep(0.3)
        return real(self, line, shown=shown)

    monkeypatch.setattr(Session, "command", slowly)
    script = HELLO + "C: MAIL FROM:<alice@example.test>\nS: 250 ok\nPAUSE\nS: 250 stray"
    assert play(script + QUIT).exits == {70}


@pytest.mark.parametrize("end", ["CLOSE", "RESET"])
@pytest.mark.parametrize(
    "before",
    [
        "",
        "S: 220 x\nC: EHLO client.example.test\n",
        HELLO + "C: MAIL FROM:<alice@example.test>\n",
        HELLO + ENVELOPE + "C: DATA\n",
        HELLO + ENVELOPE + CONTENT,
        HELLO + ENVELOPE + "C: DATA\nRAW: 354 go on",
    ],
)
def test_a_lost_connection_is_temporary(play, before, end):
    played = play(before + "\n" + end)
    assert played.statuses == [{BOB: "temporary"}]
    assert played.exits == {75}


@pytest.mark.parametrize(
    "before",
    [
        "",
        "S: 220 x\nC: EHLO client.example.test\n",
        HELLO + ENVELOPE + "C: DATA\n",
        HELLO + ENVELOPE + CONTENT,
    ],
)
def test_silence_is_temporary_and_no_command_follows(play, before):
    played = play(before + "\nSTALL", timeout=0.4)
    assert played.statuses == [{BOB: "temporary"}]
    assert played.exits == {75}


def test_dripping_octets_do_not_extend_the_time(play):
    drip = "".join(f"RAW: {c}\nPAUSE\n" for c in "220-a")
    assert play(drip + "STALL", timeout=0.4).exits == {75}


@pytest.mark.parametrize(
    "before",
    [
        "S: 220 x\nC: EHLO client.example.test",
        HELLO + "C: MAIL FROM:<alice@example.test>",
        HELLO + "C: MAIL FROM:<alice@example.test>\nS: 250 ok\nC: RCPT TO:<bob@example.test>",
        HELLO + ENVELOPE + "C: DATA",
        HELLO + ENVELOPE + CONTENT,
    ],
)
def test_421_is_temporary_everywhere(play, before):
    played = play(before + "\nS: 421 going down" + QUIT)
    assert played.statuses == [{BOB: "temporary"}]
    assert played.exits == {75}


def test_421_unasked(play):
    played = play("S: 220 x\nC: EHLO client.example.test\nRAW: 250 x\\r\\n421 tired\\r\\n" + QUIT)
    assert played.exits == {75}


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["CLOSE", "RESET", "S: 421 gone", "S: 500 what?", "RAW: 2\nCLOSE", "S: abc"])
def test_trouble_at_quit_changes_nothing(play, end):
    played = play(HELLO + ENVELOPE + CONTENT + "S: 250 queued\nC: QUIT\n" + end)
    assert played.statuses == [{BOB: "accepted"}]
    assert played.exits == {0}


def test_silence_at_quit_changes_nothing(play):
    played = play(HELLO + ENVELOPE + CONTENT + "S: 250 queued\nC: QUIT\nSTALL", timeout=0.4)
    assert played.exits == {0}


def test_a_reply_too_many_before_quit(play):
    script = HELLO + ENVELOPE + CONTENT + "RAW: 250 queued\\r\\n250 stray\\r\\n" + QUIT
    assert play(script).exits == {0}


def test_the_end_of_the_connection_right_after_acceptance(play):
    played = play(HELLO + ENVELOPE + CONTENT + "S: 250 queued\nCLOSE")
    assert played.exits == {0}


# --- content --------------------------------------------------------------------------------------


def test_dots_and_line_ends(play):
    script = HELLO + ENVELOPE + "C: DATA\nS: 354 go\nC: a: b\nC:\nC: ..\nC: ..x\nC: y.\nC: z\nC: .\n" + DONE
    assert play(script, content=b"a: b\r\n\n.\n.x\ry.\r\nz").exits == {0}


def test_a_refusal_while_the_content_is_on_its_way(play):
    """The server answers and goes before the content has ended: the reply counts, the dot is not sent."""
    content = b"a: b\r\n\r\n" + b"x" * 70 + b"\r\n"
    script = HELLO + ENVELOPE + "C: DATA\nRAW: 354 go\\r\\n554 too big\\r\\n"
    played = play(script + "PAUSE\nCLOSE\nIGNORE", content=content * 100_000)
    assert played.statuses in ([{BOB: "permanent"}], [{BOB: "temporary"}])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("S: 554 too big", "permanent"),
        ("S: 421 bye", "temporary"),
        ("S: 250 yes", "temporary"),
        ("RAW: 55", "temporary"),
    ],
)
def test_last_words(play, monkeypatch, words, status):
    """The connection breaks while content is sent; what the server had said by then is still heard."""
    real = Connection.send

    def break_in_content(self, octets, timeout):
        if octets.startswith(b"Subject"):
            time.sleep(0.3)
            raise ConnectionLost("broken pipe")
        real(self, octets, timeout)

    monkeypatch.setattr(Connection, "send", break_in_content)
    played = play(HELLO + ENVELOPE + f"C: DATA\nS: 354 go\nPAUSE\n{words}\nCLOSE")
    assert played.statuses == [{BOB: status}]


def test_a_refusal_before_the_dot(play, monkeypatch):
    """It comes after the last block, while the dot is still ours to keep back."""
    real = Connection.send

    def slowly(self, octets, timeout):
        real(self, octets, timeout)
        time.sleep(0.3 if octets.startswith(b"Subject") else 0)

    monkeypatch.setattr(Connection, "send", slowly)
    content = "C: Subject: hi\nC:\nC: Hello Bob\n"
    played = play(HELLO + ENVELOPE + "C: DATA\nS: 354 go\n" + content + "S: 554 no")
    assert played.statuses == [{BOB: "permanent"}]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
def test_dots_where_a_block_ends(play, monkeypatch, size):
    monkeypatch.setattr("rawsmtp.session.BLOCK_SIZE", size)
    script = HELLO + ENVELOPE + "C: DATA\nS: 354 go\nC: a: b\nC:\nC: ..\nC: ....\nC: x\nC: ..y\nC: .\n" + DONE
    assert play(script, content=b"a: b\r\n\r\n.\r\n...\r\nx\r\n.y\r\n").exits == {0}


def test_the_times_of_the_rfc():
    """RFC 5321 4.5.3.2: at least so many minutes."""
    minutes = {"greeting": 5, "MAIL": 5, "RCPT": 5, "DATA": 2, "block": 3, "end of data": 10}
    session = Session(Job("mx.example.test", 25, ()), Window())
    assert {step: session._timeout(step) / 60 for step in minutes} == minutes


def test_each_step_has_a_time_of_its_own(play):
    """Every answer takes most of the allowed time; together far more than that."""
    script = (HELLO + REST).replace("S: ", "PAUSE\nPAUSE\nPAUSE\nS: ")
    assert play(script, timeout=0.8).exits == {0}


def test_an_early_yes_is_not_believed(play):
    script = HELLO + ENVELOPE + "C: DATA\nRAW: 354 go\\r\\n250 queued\\r\\n\nIGNORE"
    assert play(script).exits == {70}


def test_an_early_no_is_believed(play):
    played = play(HELLO + ENVELOPE + "C: DATA\nRAW: 354 go\\r\\n554 no\\r\\n\nIGNORE")
    assert played.exits == {69}
    assert "554 no" in played.reasons[0]


# --- STARTTLS and implicit TLS --------------------------------------------------------------------

STARTTLS = """
S: 220 mx
C: EHLO client.example.test
S: 250-mx
S: 250-SIZE 5
S: 250-AUTH PLAIN
S: 250 StartTLS
C: STARTTLS
"""
AFTER_TLS = """
TLS
C: EHLO client.example.test
S: 250 mx
"""


def test_starttls(play, good_tls, ca_file):
    """After the handshake EHLO again; the SIZE of the first EHLO is forgotten."""
    played = play(STARTTLS + "S: 220 go" + AFTER_TLS + REST, good_tls, tls="starttls", ca_file=ca_file)
    assert played.exits == {0}
    assert "--- TLSv1.3 TLS_" in played.shown
    assert ", certificate verified\n" in played.shown


def test_what_was_offered_in_clear_is_forgotten_even_if_ehlo_is_refused_now(play, good_tls, ca_file):
    hello = "\nTLS\nC: EHLO client.example.test\nS: 500 what\nC: HELO client.example.test\nS: 250 mx"
    assert play(STARTTLS + "S: 220 go" + hello + REST, good_tls, tls="starttls", ca_file=ca_file).exits == {0}


def test_what_is_smuggled_in_before_the_handshake_is_forgotten(play, good_tls, ca_file):
    smuggled = "RAW: 220 go\\r\\n250-evil\\r\\n250 SIZE 1\\r\\n"
    played = play(STARTTLS + smuggled + AFTER_TLS + REST, good_tls, tls="starttls", ca_file=ca_file)
    assert played.exits == {0}
    assert "evil" not in played.shown


def test_implicit_tls(play, good_tls, ca_file):
    assert play("TLS" + HELLO + REST, good_tls, tls="implicit", ca_file=ca_file).exits == {0}


def test_starttls_not_offered(play):
    played = play(HELLO + QUIT, tls="starttls")
    assert played.statuses == [{BOB: "permanent"}]


def test_no_starttls_after_helo(play):
    script = "S: 220 x\nC: EHLO client.example.test\nS: 500 a\nC: HELO client.example.test\nS: 250 b"
    assert play(script + QUIT, tls="starttls").exits == {69}


@pytest.mark.parametrize(("reply", "exit_status"), [("454 not now", 75), ("501 no", 69), ("354 hm", 70)])
def test_starttls_refused(play, reply, exit_status):
    assert play(STARTTLS + f"S: {reply}" + QUIT, tls="starttls").exits == {exit_status}


def test_no_handshake_no_mail(play, ca_file):
    played = play(STARTTLS + "S: 220 go\nRAW: garbage, no TLS at all\\r\\n\nIGNORE", tls="starttls", ca_file=ca_file)
    assert played.exits == {75}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_bad_certificate_is_the_end(serve, wrong_name_tls, good_tls, ca_file, tls, trusted):
    """Wrong name, or unknown authority: the handshake fails on the server's side as well."""
    server = serve(
        ("" if tls == "implicit" else STARTTLS + "S: 220 go") + "\nTLS", wrong_name_tls if trusted else good_tls
    )
    message = Message("a@example.test", (BOB,), b"a: b\r\n\r\n")
    job = Job(
        "127.0.0.1",
        server.port,
        (message,),
        tls=tls,
        helo="client.example.test",
        ca_file=ca_file if trusted else None,
        timeout=5,
        auth="plain",
        username="u",
        password="p",
    )
    [outcomes] = deliver(job)
    assert outcomes[BOB].exit_status == 69
    assert "certificate" in outcomes[BOB].reason
    server._thread.join()
    assert [problem.partition(":")[0] for problem in server.problems] in (["SSLError"], [], ["ConnectionResetError"])
    server.problems.clear()


def test_no_ca_file(play):
    message = Message("a@example.test", (BOB,), b"a: b\r\n\r\n")
    [outcomes] = deliver(Job("127.0.0.1", 9, (message,), ca_file="/nonexistent.pem"))
    assert outcomes[BOB].exit_status == 2


# --- AUTH -----------------------------------------------------------------------------------------

USER = {"username": "alice", "password": "secret"}


def offering(*lines):
    first = "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\n"
    return first + "".join(f"S: 250-{line}\n" for line in lines) + "S: 250 HELP\n"


def test_auth_plain_in_the_command(play):
    script = offering("auth plain login") + "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 235 welcome"
    played = play(script + REST, auth="plain", **USER)
    assert played.exits == {0}
    assert "C: AUTH PLAIN ********\n" in played.shown
    assert "AGFsaWNl" not in played.shown


def test_auth_login_as_coremail_does_it_after_helo(play):
    script = """
S: 220 coremail.test
C: HELO client.example.test
S: 250 OK
C: AUTH LOGIN
S: 334 dXNlcm5hbWU6
C: YWxpY2U=
S: 334 UGFzc3dvcmQ6
C: c2VjcmV0
S: 235 Authentication successful"""
    played = play(script + REST, hello="helo", auth="login", **USER)
    assert played.exits == {0}
    assert "C: YWxpY2U=\n" in played.shown
    assert "C: ******** (password)\n" in played.shown
    assert "c2VjcmV0" not in played.shown


@pytest.mark.parametrize(("reply", "exit_status"), [("535 no", 69), ("454 not now", 75), ("421 bye", 75)])
def test_auth_refused_means_no_mail(play, reply, exit_status):
    script = offering("AUTH PLAIN") + f"C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: {reply}" + QUIT
    assert play(script, auth="any", **USER).exits == {exit_status}


def test_another_mechanism_after_534(play):
    script = (
        offering("AUTH LOGIN PLAIN")
        + """
C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
S: 534 too weak
C: AUTH LOGIN
S: 334
C: YWxpY2U=
S: 334 UGFzc3dvcmQ6
C: c2VjcmV0
S: 235 welcome"""
    )
    assert play(script + REST, auth="any", **USER).exits == {0}


@pytest.mark.parametrize("offers", [["AUTH LOGIN"], ["SIZE"], ["PLAIN"]])
def test_no_auth_that_is_not_offered(play, offers):
    played = play(offering(*offers) + QUIT, auth="plain", **USER)
    assert played.statuses == [{BOB: "permanent"}]


def test_no_mechanism_left(play):
    script = offering("AUTH PLAIN") + "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 504 not really" + QUIT
    assert play(script, auth="any", **USER).exits == {69}


def test_nothing_to_choose_from(play):
    assert play(offering("AUTH GSSAPI") + QUIT, auth="any", **USER).exits == {69}


@pytest.mark.parametrize("offers", [["AUTH=LOGIN"], ["AUTH=LOGIN PLAIN", "AUTH LOGIN"], ["Auth Login"]])
def test_auth_written_oddly(play, offers):
    script = offering(*offers) + "C: AUTH LOGIN\nS: 535 enough" + QUIT
    assert play(script, auth="login", **USER).exits == {69}


@pytest.mark.parametrize("challenge", ["334 =AAA", "334 AAA=BBB=", "334 VXNl cm5h bWU6", "334VXNlcm5hbWU6"])
def test_a_bad_challenge_is_cancelled(play, challenge):
    script = offering("AUTH LOGIN") + f"C: AUTH LOGIN\nS: {challenge}\nC: *\nS: 501 cancelled" + QUIT
    played = play(script, auth="login", **USER)
    assert played.exits == {69}
    assert "cancelled" in played.reasons[0]


def test_a_long_challenge(play):
    script = offering("AUTH LOGIN") + f"C: AUTH LOGIN\nS: 334 {'QUJD' * 3071}\nC: YWxpY2U=\nS: 535 no" + QUIT
    assert play(script, auth="login", **USER).exits == {69}
