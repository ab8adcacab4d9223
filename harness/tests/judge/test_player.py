"""The server's half, played: connections, TLS, guards, content, and what follows a reply."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import (
    ALICE,
    BOB,
    CAROL,
    DAN,
    DATA,
    EHLO,
    ENVELOPE,
    GOODBYE,
    HELLO,
    MAIL,
    OCTETS,
    ORDINARY,
    QUIT,
    RCPT,
    TRANSACTION,
    WIRE,
    breaks,
    closing,
    command,
    connection,
    each_recipient,
    either,
    exchange,
    good,
    job,
    message,
    never,
    optional,
    plain,
    raw,
    says,
    scenario,
    silent,
    tls,
)
from theatre import CLOSE, GREET, HONEST, LEAVE, SEND, UP, Data, Gone, Line, On, Partial, Shaken, Stage, play, read_as

from smtpwitness.judge.actions import IMPLICIT, End, Reading, Say, StartTls
from smtpwitness.judge.player import LINGER, Player
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import JobMessage, Row, Status
from smtpwitness.model.scenario import NOBODY, USUAL, Closing, Never, Place, Reply, Step, Tls, Within
from smtpwitness.model.transcript import Event, Kind, Side

FROM, TO = "MAIL FROM:<alice@example.test>", "RCPT TO:<bob@example.test>"
READY = (EHLO, MAIL, RCPT, DATA)
INTO_DATA = (*GREET, FROM, TO, "DATA")
HEADER = "Subject: Hello"


# --- dialogues cut with `until`, as the loader gives them: a leaf with the written replies at its end


GONE = says("421 4.3.2 Service going down", then="close")


@pytest.mark.parametrize(
    ("steps", "head", "script", "last"),
    [
        ((), [GONE], (CLOSE,), 0),
        ((either([command("EHLO {helo}", GONE)], [breaks("R"), command("HELO {helo}", GONE)]),), [], GREET, 1),
        ((*HELLO, command("MAIL FROM:<{sender}>", GONE)), [], (*GREET, FROM), 2),
        ((*HELLO, MAIL, command("RCPT TO:<{recipient}>", GONE)), [], (*GREET, FROM, TO), 3),
        ((*HELLO, *ENVELOPE, command("DATA", GONE)), [], INTO_DATA, 4),
        ((*HELLO, *ENVELOPE, DATA, message(GONE)), [], (*INTO_DATA, Data()), 5),
        ((*HELLO, *TRANSACTION, optional(command("RSET")), command("QUIT", GONE)), [], (*GREET, *SEND, "QUIT"), 6),
        ((command("EHLO {helo}", "usual", GONE),), [], GREET, 2),  # unprompted
        ((), ["usual", GONE], (), 1),
    ],
)
def test_a_dialogue_that_is_cut(
    steps: tuple[Step, ...], head: list[str | Reply], script: tuple[str, ...], last: int
) -> None:
    end = play(scenario(*steps, head=head), *script)
    assert end.replies[last:] == ["421 4.3.2 Service going down"]
    assert end.ends == [End("close")]
    assert end.keys == []


@pytest.mark.parametrize("then", ["close", "reset", "half-close", "stall"])
def test_nothing_said_and_an_end(then: str) -> None:
    end = play(scenario(EHLO, command("MAIL FROM:<{sender}>", silent(then)), closing()), *GREET, FROM, CLOSE)
    assert end.replies[2:] == [""]
    assert [one.how for one in end.ends] == [then]
    assert end.keys == []
    assert end.statuses() == [Status.MET] * 3


def test_a_head_of_several_lines_and_of_several_replies() -> None:
    end = play(scenario(*ORDINARY, head=[says("220-a", "220 b")]), *HONEST)
    assert end.replies[0] == "220-a\r\n220 b"
    assert end.keys == []
    two = play(scenario(EHLO, QUIT, head=["220 a", "220 b"]), *GREET, *LEAVE)
    assert (two.replies[:2], two.keys) == (["220 a", "220 b"], [])
    assert two.player.links[1].state.greeting == "220"


# --- quitting


def test_after_221_the_client_may_close_first_and_then_the_server_does() -> None:
    assert play(scenario(EHLO, QUIT, closing()), *GREET, *LEAVE).ends == [End("close", LINGER)]
    late = play(scenario(EHLO, QUIT, closing()), *GREET, "QUIT")
    assert late.events[-1].side is Side.SERVER
    assert late.keys == []


@pytest.mark.parametrize("reply", ["421 4.3.2 Not now", raw("abc\r\n"), raw(""), silent("stall")])
def test_without_a_221_the_server_does_not_leave(reply: str | Reply) -> None:
    end = play(scenario(EHLO, command("QUIT", reply)), *GREET, *LEAVE)
    assert [one.how for one in end.ends] == (["stall"] if reply == silent("stall") else [])


def test_the_server_leaves_when_all_is_said() -> None:
    end = play(scenario(EHLO, command("QUIT", "221 Bye", "250 and another thing")), *GREET, *LEAVE)
    assert end.actions[-1] == End("close", LINGER)
    assert end.replies[2:] == ["221 Bye", "250 and another thing"]


def test_lines_after_the_end_are_heard_and_not_answered() -> None:
    end = play(scenario(EHLO, QUIT), *GREET, "QUIT", "NOOP", CLOSE)
    assert end.codes == ["220", "250", "221"]
    assert end.keys == []


# --- guards


def test_a_guard_takes_nothing_from_the_dialogue_and_says_its_reply() -> None:
    steps = (EHLO, never("VRFY", "550 5.7.1 I asked you not to", "R"), QUIT)
    end = play(scenario(*steps), *GREET, "VRFY bob", *LEAVE)
    assert [(one.key, one.requirement) for one in end.differences] == [("dialogue/never", "R")]
    assert end.replies[2] == "550 5.7.1 I asked you not to"
    assert end.rows[end.differences[0].row or 0].status is Status.EXTRA


def test_a_guard_without_a_reply_lets_the_persona_answer() -> None:
    end = play(scenario(EHLO, never("VRFY"), QUIT), *GREET, "VRFY bob", *LEAVE)
    assert (end.keys, end.codes[2]) == (["never"], "252")


def test_a_guard_stands_only_until_the_next_step_that_must_come() -> None:
    steps = (EHLO, never("VRFY"), command("NOOP"), QUIT)
    assert play(scenario(*steps), "VRFY bob", *GREET, "NOOP", "VRFY bob", *LEAVE).keys == []
    assert play(scenario(*steps), *GREET, "VRFY a", "VRFY b", "NOOP", *LEAVE).keys == ["never", "never"]


def test_the_first_guard_that_fits_counts() -> None:
    steps = (EHLO, never("MAIL FROM:<a@b.test>"), never("VRFY b"), never("VRFY", "550 second"), QUIT)
    assert play(scenario(*steps), *GREET, "VRFY b", *LEAVE).codes[2] == "252"
    assert play(scenario(*steps), *GREET, "VRFY c", *LEAVE).codes[2] == "550"


def test_never_in_the_whole_case_leaves_the_dialogue_as_it_is() -> None:
    end = play(scenario(*ORDINARY, never=["MAIL", "VRFY x"]), *HONEST)
    assert end.keys == ["never"]
    assert end.differences[0].observed == FROM
    assert end.replies[2] == "250 2.1.0 Ok"


def test_a_sasl_response_is_no_command_for_a_guard() -> None:
    end = play(scenario(*HELLO, server=plain("AUTH LOGIN"), never=["QUIT"]), *GREET, "AUTH LOGIN", "QUIT", CLOSE)
    assert end.keys == []


@pytest.mark.parametrize(("offers", "keys"), [([], ["never"]), (["PIPELINING"], [])])
def test_what_was_on_its_way_already_does_not_count_with_pipelining(offers: list[str], keys: list[str]) -> None:
    refused = command("RCPT TO:<{recipient}>", "550 5.1.1 No")
    steps = (EHLO, MAIL, refused, never("DATA", "354 Do as you please"), command("RSET"), QUIT)
    end = play(scenario(*steps, server=plain(*offers)), *GREET, FROM, TO, Line("DATA", early=True), finish=False)
    assert end.keys == keys
    late = play(scenario(*steps, server=plain(*offers)), *GREET, FROM, TO, "DATA", finish=False)
    assert late.keys == ["never"]


def test_content_of_a_data_that_a_guard_caught_belongs_to_no_step() -> None:
    steps = (EHLO, *TRANSACTION, never("DATA", "354 Do as you please"), MAIL, RCPT, DATA, message(), QUIT)
    end = play(scenario(*steps), *GREET, *SEND, "DATA", Data(b"x\r\n.\r\n"), *SEND, *LEAVE)
    assert end.keys == ["never"]
    assert end.unmet() == []


# --- TLS


def test_starttls_in_the_dialogue() -> None:
    steps = (EHLO, command("STARTTLS"), tls(), EHLO, QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "STARTTLS", UP, *GREET, *LEAVE)
    assert end.keys == []
    assert StartTls() in end.actions
    assert end.codes == ["220", "250", "220", "250", "221"]
    assert "STARTTLS" not in end.replies[3]


def test_starttls_unwritten_is_honoured_and_hello_is_due_again() -> None:
    server = plain("STARTTLS", in_tls=["SIZE 5"])
    end = play(scenario(*ORDINARY, server=server), *GREET, "STARTTLS", UP, FROM, *GREET, *SEND, *LEAVE)
    assert end.keys == ["extra"]  # the second MAIL; the first one was due, if useless
    assert end.codes[3] == "503"
    assert "250 SIZE 5" in end.replies[4]
    right = play(scenario(*ORDINARY, server=server), *GREET, "STARTTLS", UP, *GREET, *SEND, *LEAVE)
    assert right.keys == []


def test_starttls_unwritten_before_hello_is_written_after_it() -> None:
    steps = (EHLO, optional(command("STARTTLS"), tls(), EHLO), *TRANSACTION, QUIT)
    for script in ((), ("STARTTLS", UP, *GREET)):
        assert play(scenario(*steps, server=plain("STARTTLS")), *GREET, *script, *SEND, *LEAVE).keys == []


def test_more_behind_the_220_does_not_keep_tls_from_coming() -> None:
    injected = command("STARTTLS", raw("220 2.0.0 Go ahead\r\n250 SIZE 1\r\n"))
    steps = (EHLO, injected, tls(), EHLO, QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "STARTTLS", UP, *GREET, *LEAVE)
    assert end.keys == []
    assert end.unmet() == []


def test_tls_begins_when_all_is_said_and_not_after_an_end() -> None:
    two = command("STARTTLS", "220 Go ahead", raw("250 SIZE 1\r\n"))
    end = play(scenario(EHLO, two, tls(), server=plain("STARTTLS")), *GREET, "STARTTLS", UP, CLOSE)
    assert isinstance(end.actions[-1], StartTls)
    ending = command("STARTTLS", says("220 Go ahead", then="close"))
    assert not play(scenario(EHLO, ending, server=plain("STARTTLS")), *GREET, "STARTTLS", CLOSE).waiting


def test_starttls_refused() -> None:
    steps = (EHLO, command("STARTTLS", "454 4.7.0 Not now"), *TRANSACTION, QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "STARTTLS", *SEND, *LEAVE)
    assert (end.keys, end.waiting) == ([], [])


def test_implicit_tls() -> None:
    end = play(scenario(tls(), *ORDINARY), UP, *HONEST)
    assert end.actions[0] == StartTls()
    assert end.events[1].kind is Kind.TLS
    assert end.replies[0] == "220 mail.example.test ESMTP"
    assert end.keys == []


def test_tls_where_the_port_begins_with_it_and_the_scenario_says_nothing_of_it() -> None:
    player = Player(scenario(*ORDINARY), job())
    actions = player.feed(Event(0, 1, 0, 0, Side.CLIENT, Kind.OPEN, note=IMPLICIT))
    assert actions == (StartTls(),)
    (greeting,) = player.feed(Event(1, 1, 0, 0, Side.CLIENT, Kind.TLS, note="TLSv1.3"))
    assert isinstance(greeting, Say)
    assert greeting.octets.startswith(b"220 ")
    assert player.links[1].state.tls
    assert not player.record.differences


def test_implicit_tls_with_a_head_of_its_own() -> None:
    assert play(scenario(tls(), EHLO, head=["220 hi"]), UP, *GREET, CLOSE).replies[0] == "220 hi"


def test_a_greeting_that_was_none_is_not_said_again_in_tls() -> None:
    steps = (EHLO, command("STARTTLS"), tls(), EHLO)
    end = play(scenario(*steps, head=[raw("abc\r\n")], server=plain("STARTTLS")), *GREET, "STARTTLS", UP, CLOSE)
    assert end.codes == ["abc", "250", "220"]


def test_a_failed_handshake_with_a_good_certificate_is_a_difference() -> None:
    end = play(scenario(tls(covers="T"), *ORDINARY), Shaken(False, "unknown CA"), CLOSE)
    assert [(one.key, one.requirement) for one in end.differences] == [("dialogue/tls", "T")]
    assert (end.differences[0].expected, end.differences[0].observed) == (
        "(TLS handshake, certificate: good)",
        "unknown CA",
    )
    assert end.ends == [End("close", LINGER)]
    assert end.replies == []


@pytest.mark.parametrize(("well", "codes"), [(True, ["220"]), (False, [])])
def test_a_bad_certificate_may_be_turned_down(well: bool, codes: list[str]) -> None:
    end = play(scenario(tls("expired"), *ORDINARY), Shaken(well), CLOSE)
    assert (end.keys, end.codes) == ([], codes)
    assert end.statuses()[0] is Status.MET
    assert end.events[1].seq in end.player.scripted


@pytest.mark.parametrize(
    ("fail", "ends"), [("garbage", []), ("close", [End("close")]), ("silence", [End("close", LINGER)])]
)
def test_a_handshake_that_is_told_to_fail(fail: str, ends: list[End]) -> None:
    end = play(scenario(tls(fail=fail), *ORDINARY), Shaken(False, fail), CLOSE)
    assert end.actions[0] == StartTls("good", fail)
    assert (end.keys, end.ends) == ([], ends)


# --- LMTP: a reply for each accepted recipient (RFC 2033, 4.2)

DELIVERY_AGENT = plain(LHLO="250 lmtp.example.test", message="250 2.1.5 Delivered")
INTO_LMTP = ("LHLO client.example.test", FROM, TO, "RCPT TO:<carol@example.test>", "DATA", Data())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ((), ["250", "250"]),
        (("452 4.2.2 Full",), ["452", "250"]),
        (("250 Ok", "452 4.2.2 Full"), ["250", "452"]),
        (("250 Ok", "452 4.2.2 Full", "550 5.1.1 No"), ["250", "452"]),
        (("250 Ok", silent("close")), ["250", ""]),
    ],
)
def test_content_in_lmtp_is_answered_for_each_recipient(written: tuple[str | Reply, ...], said: list[str]) -> None:
    steps = (command("LHLO {helo}"), *ENVELOPE, DATA, message(*written))
    end = play(scenario(*steps, server=DELIVERY_AGENT), *INTO_LMTP, job=job(BOB, CAROL))
    assert (end.codes[6:], end.keys) == (said, [])


def test_content_in_lmtp_that_is_no_step_is_answered_so_too() -> None:
    end = play(scenario(command("LHLO {helo}"), QUIT, server=DELIVERY_AGENT), *INTO_LMTP, job=job(BOB, CAROL))
    assert end.codes[6:] == ["250", "250"]


@pytest.mark.parametrize("versions", [("1.0",), ("1.0", "1.1")])
def test_old_versions_may_be_turned_down(versions: tuple[str, ...]) -> None:
    end = play(scenario(tls(versions=versions), *ORDINARY), Shaken(False), CLOSE)
    assert end.actions[0] == StartTls("good", None, versions)
    assert end.keys == []


@pytest.mark.parametrize("versions", [("1.2",), ("1.1", "1.2"), ("1.2", "1.3")])
def test_others_may_not(versions: tuple[str, ...]) -> None:
    end = play(scenario(tls(versions=versions), *ORDINARY), Shaken(False), CLOSE)
    assert end.keys == ["tls"]


@pytest.mark.parametrize(
    ("versions", "note", "found"),
    [
        (("1.1", "1.3"), "TLSv1.1 AES128-SHA", ["tls"]),
        (("1.0", "1.2"), "TLSv1 AES128-SHA", ["tls"]),
        (("1.1", "1.3"), "TLSv1.2 ECDHE", []),
        (("1.1",), "TLSv1.1 AES128-SHA", []),
    ],
)
def test_an_old_version_where_a_sound_one_could_be_had(versions: tuple[str, ...], note: str, found: list[str]) -> None:
    end = play(scenario(tls(versions=versions), QUIT), Shaken(True, note), CLOSE)
    assert [key for key in end.keys if key == "tls"] == found


def test_ciphers_that_are_none_may_be_turned_down() -> None:
    assert play(scenario(Tls(terms=("null ciphers",)), *ORDINARY), Shaken(False), CLOSE).keys == []


def test_a_certificate_that_the_client_was_not_told_to_show() -> None:
    asked, shown = scenario(Tls(terms=("client certificate",)), QUIT), Shaken(True, "TLSv1.3 X; client certificate")
    assert "tls" in play(asked, shown, CLOSE).keys
    told = replace(job(), options={"certificate": "yes"})
    assert "tls" not in play(asked, shown, CLOSE, job=told).keys
    assert "tls" not in play(asked, Shaken(), CLOSE).keys


@pytest.mark.parametrize(
    ("said", "replies", "found"),
    [
        (b"\x01\x00", (), []),
        (b"", (), ["different"]),
        (b"", (says("550 No"),), []),  # after trouble all is well
    ],
)
def test_who_closes_ends_tls_first(said: bytes, replies: tuple[Reply, ...], found: list[str]) -> None:
    steps = (EHLO, command("QUIT", *replies), Closing("RFC8314-3.4-a", notify=True))
    end = play(scenario(*steps), *GREET, "QUIT", Gone(alert=said))
    assert end.keys == found


# --- content


def test_the_message_is_compared() -> None:
    end = play(scenario(*ORDINARY), *INTO_DATA, Data(WIRE.replace(b"One", b"Two")), *LEAVE)
    assert end.keys == ["message"]
    assert end.differences[0].expected == "(message: same)"
    assert end.codes[5] == "250"


@pytest.mark.parametrize("field", [b"Received: here\r\n", b"Message-ID: <1@x>\r\n", b"X-Mailer: mine\r\n"])
def test_a_field_that_was_added_is_no_fail(field: bytes) -> None:
    """RFC 5321, 6.4 and RFC 6409, 8 let originators and submission servers add fields."""
    (difference,) = play(scenario(*ORDINARY), *INTO_DATA, Data(field + WIRE), *LEAVE).differences
    assert (difference.key, difference.at_most) == ("dialogue/message", Verdict.WARN)
    (difference,) = play(
        scenario(*ORDINARY), *INTO_DATA, Data(field + WIRE.replace(b"One", b"Two")), *LEAVE
    ).differences
    assert difference.at_most is Verdict.FAIL
    without = scenario(*READY, message(without=("Bcc",)), QUIT)
    (difference,) = play(without, *INTO_DATA, Data(field + WIRE), *LEAVE).differences
    assert difference.at_most is Verdict.FAIL, "the scenario is about the header"


RECEIVED = b"Received: from x\r\n\tby y; now\r\n"


def test_a_relay_puts_its_own_received_field_in_front() -> None:
    """RFC 5321, 4.4: a relay must; 3.6.3: and must change nothing else."""
    relay = replace(job(), relayed=True)
    assert play(scenario(*ORDINARY), *INTO_DATA, Data(RECEIVED + WIRE), *LEAVE, job=relay).keys == []
    assert play(scenario(*ORDINARY), *INTO_DATA, Data(WIRE), *LEAVE, job=relay).keys == []
    for field in (RECEIVED * 2, b"X-Received: x\r\n"):
        assert play(scenario(*ORDINARY), *INTO_DATA, Data(field + WIRE), *LEAVE, job=relay).keys == ["message"]


def test_what_a_relay_makes_of_a_lone_line_feed_is_its_own_affair() -> None:
    """Exim makes a blank of it. That it goes nowhere as it is, a rule sees."""
    octets = OCTETS.replace(b"One line", b"One\nline")
    for given in (replace(job(), relayed=True), job()):
        lone = replace(given, messages=(replace(given.messages[0], octets=octets),))
        found = play(scenario(*ORDINARY), *INTO_DATA, Data(WIRE), *LEAVE, job=lone).keys
        assert found == ([] if given.relayed else ["message"])


@pytest.mark.parametrize(
    ("sent", "right"),
    [
        (RECEIVED + WIRE, True),
        (WIRE, False),
        (RECEIVED * 2 + WIRE, False),
        (RECEIVED + b"X-Mailer: mine\r\n" + WIRE, False),
        (b"Return-Path: <a@b>\r\n" + RECEIVED + WIRE, False),
    ],
)
def test_what_was_relayed_has_one_received_field_more_and_is_else_the_same(sent: bytes, right: bool) -> None:
    end = play(scenario(*READY, message(kind="relayed"), QUIT), *INTO_DATA, Data(sent), *LEAVE)
    assert [(one.key, one.at_most) for one in end.differences] == (
        [] if right else [("dialogue/message", Verdict.FAIL)]
    )


def test_bcc_may_be_taken_out_and_a_message_be_made_fit_for_the_way() -> None:
    for octets, sent in (
        (b"Bcc: x\r\n" + OCTETS, WIRE),
        (b"Return-Path: <x>\r\n" + OCTETS, WIRE),
        (b"Return-Path: <x>\r\nBcc: x\r\n" + OCTETS, WIRE),
        (OCTETS.replace(b"One", "Grüße".encode()), WIRE.replace(b"One", b"=?utf-8?b?R3LDvMOfZQ==?=")),
    ):
        given = replace(job(), messages=(replace(job().messages[0], octets=octets),))
        assert play(scenario(*ORDINARY), *INTO_DATA, Data(sent), *LEAVE, job=given).keys == []


def test_a_mark_behind_a_message_counts_even_if_it_is_wrong() -> None:
    end = play(scenario(*READY, message(), breaks("R")), *INTO_DATA, Data(b"x\r\n.\r\n"), CLOSE)
    assert end.keys == ["message", "breaks"]


@pytest.mark.parametrize("kind", ["any", "composed"])
def test_other_contents_are_not(kind: str) -> None:
    assert play(scenario(*READY, message(kind=kind), QUIT), *INTO_DATA, Data(b"x\r\n.\r\n"), *LEAVE).keys == []


@pytest.mark.parametrize("given", [job(takes="composed"), job(takes="fixed"), job(untold=["message"])])
def test_a_client_that_was_not_given_the_message_is_not_held_to_it(given: object) -> None:
    assert play(scenario(*ORDINARY), *INTO_DATA, Data(b"x\r\n.\r\n"), *LEAVE, job=given).keys == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("octets", "keys"), [(b".\r\n", []), (b".", []), (b".\n", []), (b"x\r\n.\r\n", ["message"])])
def test_an_empty_message(octets: bytes, keys: list[str]) -> None:
    assert play(scenario(*READY, message(kind="empty"), QUIT), *INTO_DATA, Data(octets), *LEAVE).keys == keys


def test_a_message_without_bcc() -> None:
    given = replace(job(), messages=(replace(job().messages[0], octets=b"Bcc: x\r\n" + OCTETS),))
    steps = (*READY, message(without=("Bcc",)), QUIT)
    assert play(scenario(*steps), *INTO_DATA, Data(), *LEAVE, job=given).keys == []
    assert play(scenario(*steps), *INTO_DATA, Data(b"Bcc: x\r\n" + WIRE), *LEAVE, job=given).keys == ["message"]


def test_content_that_was_cut() -> None:
    end = play(scenario(*ORDINARY), *INTO_DATA, Data(b"Subject: He", "cut"), CLOSE)
    assert end.keys == ["closed"]
    assert end.codes[-1] == "354"
    assert (end.rows[-3].status, end.rows[-3].expected) == (Status.DIFFERENT, "(message: same)")
    assert play(scenario(*READY, command("RSET")), *INTO_DATA, Data(b"x", "cut"), CLOSE).rows[-2].expected == ""


def test_content_of_a_data_that_was_no_step_is_none_either() -> None:
    steps = (EHLO, MAIL, RCPT, command("RSET"), *TRANSACTION, QUIT)
    end = play(scenario(*steps), *GREET, FROM, TO, "RSET", FROM, TO, "DATA", Data(), *LEAVE)
    assert end.keys == []
    extra = play(
        scenario(EHLO, MAIL, RCPT, command("RSET"), QUIT), *GREET, FROM, TO, "DATA", Data(b"x\r\n.\r\n"), finish=False
    )
    assert extra.keys == ["extra"]
    assert extra.codes[-2:] == ["354", "250"]


def test_a_message_that_is_sent_though_data_was_refused() -> None:
    steps = (EHLO, MAIL, RCPT, command("DATA", "451 4.3.0 Later"), *GOODBYE)
    for line in (HEADER, "From: alice@example.test", "X-Mailer: y"):
        end = play(scenario(*steps), *INTO_DATA, line, finish=False)
        assert read_as(end) == Reading(content=True, again=line.encode() + b"\r\n")
        assert end.codes[-1] == "451"
    end = play(scenario(*steps), *INTO_DATA, HEADER, Data(), *LEAVE)
    assert end.codes[-2:] == ["503", "221"]
    assert end.keys == []  # a rule of its own finds it: one finding, not many
    assert Status.EXTRA in end.statuses()


def test_a_message_without_a_header_begins_with_its_first_line() -> None:
    given = replace(job(), messages=(replace(job().messages[0], octets=b"no header\r\n\r\nx\r\n"),))
    steps = (EHLO, MAIL, RCPT, command("DATA", "451 4.3.0 Later"), QUIT)
    assert read_as(play(scenario(*steps), *INTO_DATA, "no header", job=given)).again == b"no header\r\n"


@pytest.mark.parametrize("line", ["RSET", "QUIT", FROM, TO, "NOOP", "", "a line"])
def test_commands_after_a_refused_data_are_commands(line: str) -> None:
    steps = (EHLO, MAIL, RCPT, command("DATA", "451 4.3.0 Later"), *GOODBYE)
    assert read_as(play(scenario(*steps), *INTO_DATA, line, finish=False)) == Reading()


@pytest.mark.parametrize("first", ["", "any first line"])
def test_a_message_that_is_due_is_content_though_nothing_was_said_to_data(first: str) -> None:
    steps = (EHLO, MAIL, RCPT, command("DATA", raw("")), message("554 5.7.1 the answer"), QUIT)
    end = play(scenario(*steps), *INTO_DATA, Data(), *LEAVE)
    assert end.keys == []
    assert end.replies[5] == "554 5.7.1 the answer"
    assert first is not None


def test_nothing_said_to_a_data_that_no_message_follows() -> None:
    steps = (EHLO, MAIL, RCPT, command("DATA", silent("stall")), closing())
    end = play(scenario(*steps), *INTO_DATA, finish=False)
    assert read_as(end) == Reading()
    guarded = (EHLO, MAIL, RCPT, never("DATA", raw("")), QUIT)
    assert read_as(play(scenario(*guarded), *INTO_DATA, finish=False)) == Reading()


def test_so_much_of_the_content() -> None:
    early = message(says("554 5.3.4 enough", then="close"), first=20)
    end = play(scenario(*READY, early), *INTO_DATA, finish=False)
    assert read_as(end) == Reading(content=True, first=20)
    end = play(scenario(*READY, early), *INTO_DATA, Partial(20), Data(WIRE[:30], "cut"), CLOSE)
    assert end.replies[5:] == ["554 5.3.4 enough"]
    assert end.ends == [End("close")]
    assert end.keys == []


def test_content_that_was_answered_early_is_not_answered_again() -> None:
    steps = (*READY, message("554 5.3.4 enough", first=20), command("RSET"), QUIT)
    end = play(scenario(*steps), *INTO_DATA, Partial(20), Data(), "RSET", *LEAVE)
    assert end.codes[5:] == ["554", "250", "221"]
    assert end.keys == []
    assert end.player.links[1].state.sender is None


def test_content_that_was_not_answered_early_is_at_its_end() -> None:
    end = play(scenario(*READY, message(first=20), QUIT), *INTO_DATA, Partial(20), Data(), *LEAVE)
    assert end.codes[5:] == ["250", "221"]
    assert end.keys == []


def test_a_pause_in_the_content_is_no_answer_to_it() -> None:
    pause = message(raw("", delay=1.6), first=20)
    end = play(scenario(*READY, pause, message(), QUIT), *INTO_DATA, Partial(20), Data(), *LEAVE)
    assert end.codes[-2:] == ["250", "221"]
    assert end.keys == []


def test_a_message_shorter_than_first_meets_it_all_the_same() -> None:
    end = play(scenario(*READY, message("250 Ok", first=10**6), QUIT), *INTO_DATA, Data(), *LEAVE)
    assert end.keys == []


# --- connections


def test_each_connection_plays_its_block_and_the_last_one_again() -> None:
    blocks = [connection(command("EHLO {helo}", "250 first")), connection(command("EHLO {helo}", "250 second"))]
    script = (*GREET, CLOSE, On(2), *GREET, CLOSE, On(3), *GREET, CLOSE)
    end = play(scenario(connections=blocks), *script)
    assert end.replies[1::2] == ["250 first", "250 second", "250 second"]
    assert end.keys == []
    assert [row.connection for row in end.rows if row.side == "client"] == [1, 2, 3]


def test_a_look_at_the_port_is_no_session() -> None:
    """Who tries two addresses at once, or waits for the port, closes a connection without a word, and means nothing."""
    again = (On(2), *HONEST)
    for silence in ((CLOSE, *again), (On(2), On(1), CLOSE, *again), (*HONEST, On(2), CLOSE)):
        assert play(scenario(*ORDINARY), *silence).keys == []
    assert play(scenario(*ORDINARY), CLOSE).keys == ["closed"]
    assert play(scenario(*ORDINARY), CLOSE, On(2), CLOSE).keys == ["closed", "closed"]
    blocks = [connection(*ORDINARY), connection(*ORDINARY)]
    assert play(scenario(connections=blocks), CLOSE, *again).keys == ["closed"]


def test_a_connection_that_never_came() -> None:
    blocks = [connection(*ORDINARY), connection(EHLO), connection(QUIT)]
    end = play(scenario(connections=blocks), *HONEST)
    assert end.keys == ["unconnected"]
    assert end.differences[0].expected == "EHLO client.example.test"
    assert (end.rows[-1].connection, end.rows[-1].status) == (2, Status.UNMET)
    assert (
        play(scenario(connections=[connection(*ORDINARY), connection()]), *HONEST).differences[0].expected
        == "(a connection)"
    )


def test_a_connection_that_is_owed_is_due_whatever_went_before() -> None:
    refused = connection(EHLO, command("MAIL", "550 No"), QUIT)
    talk = (*GREET, "MAIL FROM:<alice@example.test>", *LEAVE)
    owed = scenario(connections=[refused, connection(*ORDINARY, covers="RFC5321-4.5.4.1-a")])
    end = play(owed, *talk)
    assert [(one.key, one.requirement) for one in end.differences] == [("dialogue/unconnected", "RFC5321-4.5.4.1-a")]
    assert play(owed, *talk, On(2), *HONEST).keys == []
    assert play(owed, *talk, On(2), *GREET, *LEAVE).keys == ["missing"], "in it everything is due again"
    again = play(owed, *talk, On(2), *HONEST, On(3), *GREET, CLOSE)
    assert again.keys == ["closed"], "one more plays the last block again"
    assert play(scenario(connections=[refused, connection(*ORDINARY)]), *talk).keys == []


def test_a_connection_to_another_host() -> None:
    place = Place("file", 8, 1)
    refused = replace(connection(head=(says("421 Not now", then="close"),), to="a.test", covers="ORDER"), place=place)
    blocks = [refused, connection(*ORDINARY, to="b.test", covers="NEXT")]
    talk = (CLOSE, On(2), *HONEST)
    assert play(scenario(connections=blocks), *talk, hosts=["a.test", "b.test"]).keys == []
    assert play(scenario(connections=blocks), *talk).keys == [], "whoever plays by hand tells of no host"
    end = play(scenario(connections=blocks), *talk, hosts=["b.test", "a.test"])
    assert [(one.key, one.requirement, one.expected, one.observed) for one in end.differences] == [
        ("dialogue/elsewhere", "ORDER", "a.test", "b.test"),
    ], "the wrong order is told once"
    row = end.rows[end.differences[0].row or 0]
    assert (row.status, row.expected, row.observed) == (
        Status.DIFFERENT, "(a connection to a.test)", "(a connection to b.test)",
    )  # fmt: skip
    assert (row.events, row.place) == ((0,), place)
    end = play(scenario(connections=blocks), *talk, hosts=["a.test", "c.test"])
    (second,) = end.differences
    (opened,) = [one.seq for one in end.events if (one.connection, one.kind) == (2, Kind.OPEN)]
    assert (second.requirement, second.events) == ("NEXT", (opened,))
    assert second.row is not None
    row = end.rows[second.row]
    assert (row.connection, row.side, row.events) == (2, "client", (opened,))


def test_a_connection_to_nobody() -> None:
    blocks = [connection(*ORDINARY, to=NOBODY, optional=True)]
    assert play(scenario(connections=blocks), *HONEST, hosts=["a.test"]).keys == ["elsewhere"]
    player = Player(scenario(connections=blocks), job())
    player.finish()
    assert player.record.differences == []


def test_a_connection_that_need_not_come() -> None:
    again = connection(*HELLO, never("MAIL"), *GOODBYE, optional=True)
    blocks = [connection(*ORDINARY), again]
    assert play(scenario(connections=blocks), *HONEST).keys == []
    assert play(scenario(connections=blocks), *HONEST, On(2), *GREET, FROM, *LEAVE).keys == ["never"]
    refused = connection(head=(says("421 4.3.2 Not now", then="close"),))
    assert play(scenario(connections=[refused, connection(*ORDINARY)]), CLOSE).keys == []


def test_nobody_came_where_the_client_may_decline() -> None:
    """It is noted, because nothing was seen of the client, and blamed on nobody."""
    made = scenario(*ORDINARY, outcome=good("accepted", "declined"))
    player = Player(made, job())
    player.finish()
    assert [(one.key, one.at_most) for one in player.record.differences] == [("dialogue/unconnected", Verdict.NOTE)]
    assert play(made, CLOSE).keys == [], "it came, and went again"


def test_nobody_came() -> None:
    player = Player(scenario(*ORDINARY), job())
    player.finish()
    assert [(one.key, one.at_most) for one in player.record.differences] == [("dialogue/unconnected", Verdict.FAIL)]


def test_marks_at_a_connections_head_count() -> None:
    assert play(scenario(breaks("R"), EHLO), *GREET, CLOSE).keys == ["breaks"]


# --- events that are nobody's business


def test_other_events_change_nothing() -> None:
    player = Player(scenario(*ORDINARY), job())
    for number, kind in enumerate((Kind.LIMIT, Kind.EXIT)):
        assert player.feed(Event(number, 0, 0, 0, Side.HARNESS, kind)) == ()
    assert player.record.rows == []


def test_what_the_script_did_is_remembered() -> None:
    end = play(scenario(EHLO, command("MAIL FROM:<{sender}>", GONE)), *GREET, FROM)
    assert {end.events[one].kind for one in end.player.scripted} == {Kind.REPLY, Kind.CLOSE}


def test_outcomes_and_guards_keep_their_defaults() -> None:
    assert Never(EHLO.pattern).reply == USUAL
    assert good("any").words(3, 4) == {"any"}
    assert (
        play(
            scenario(*ORDINARY), *GREET, FROM, TO, f"RCPT TO:<{CAROL}>", "DATA", Data(), *LEAVE, job=job(BOB, CAROL)
        ).keys
        == []
    )


# --- chunks


CHUNKS = plain("CHUNKING")
SAID = OCTETS.decode()
BEGUN = (*GREET, FROM, TO)


def bdat(octets: str, last: str = "", **how: object) -> Line:
    return Line(f"BDAT {len(octets)}{last}\r\n{octets}", end="", **how)  # type: ignore[arg-type]


def test_chunks_are_read_where_they_are_offered() -> None:
    offered = play(scenario(*ORDINARY, server=CHUNKS), *GREET, "MAIL FROM:<a@b.test>").player
    assert offered.reading(1) == Reading(chunks=True)
    assert play(scenario(*ORDINARY), *GREET).player.reading(1) == Reading()


def test_chunks_stand_for_data_and_the_message() -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(SAID[:20]), bdat(SAID[20:], " LAST"), "QUIT", CLOSE)
    assert (end.differences, end.unmet()) == ([], [])
    assert end.codes == ["220", "250", "250", "250", "250", "250", "221"]
    assert end.replies[4:6] == ["250 2.0.0 Chunk received", f"250 2.0.0 Ok: queued as {end.player.nonce}"]
    assert end.player.accepted == {0}


def test_one_chunk_can_be_all_of_it() -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(SAID, " LAST"), "QUIT", CLOSE)
    assert (end.differences, end.codes) == ([], ["220", "250", "250", "250", "250", "221"])


def test_a_message_in_chunks_is_compared() -> None:
    wrong = SAID.replace(".dotted", "..dotted")
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(wrong, " LAST"), "QUIT", CLOSE)
    assert end.keys == ["message"]


def test_a_refusal_of_data_is_said_to_the_first_chunk() -> None:
    refused = scenario(*HELLO, *ENVELOPE, command("DATA", "451 Later"), *GOODBYE, server=CHUNKS)
    end = play(refused, *BEGUN, bdat(SAID, " LAST"), "RSET", "QUIT", CLOSE)
    assert (end.differences, end.codes[4]) == ([], "451")


def test_a_354_is_passed_over_and_what_ends_the_connection_is_not() -> None:
    asked = scenario(*HELLO, *ENVELOPE, command("DATA", "354 Go on"), message("250 Mine"), QUIT, server=CHUNKS)
    end = play(asked, *BEGUN, bdat(SAID[:9]), bdat(SAID[9:], " LAST"), "QUIT", CLOSE)
    assert (end.differences, end.codes[4:6], end.replies[5]) == ([], ["250", "250"], "250 Mine")
    closes = scenario(*HELLO, *ENVELOPE, command("DATA", says("354 Go on", then="close")), server=CHUNKS)
    end = play(closes, *BEGUN, bdat(SAID, " LAST"))
    assert (end.codes[-1], end.ends[0].how) == ("354", "close")


def test_chunks_can_be_steps_of_their_own() -> None:
    steps = (*HELLO, *ENVELOPE, command("BDAT"), command("BDAT ... LAST", "250 All of it"), QUIT)
    end = play(scenario(*steps, server=CHUNKS), *BEGUN, bdat(SAID[:9]), bdat(SAID[9:], " LAST"), "QUIT", CLOSE)
    assert (end.differences, end.replies[5], end.player.accepted) == ([], "250 All of it", {0})


def test_a_chunk_that_no_step_waits_for() -> None:
    nothing = scenario(*HELLO, MAIL, RCPT, QUIT, server=CHUNKS)
    end = play(nothing, *BEGUN, bdat(SAID[:9]), bdat(SAID[9:], " LAST"), "QUIT", CLOSE)
    assert (end.keys, end.codes[4:6]) == (["extra", "extra"], ["250", "250"])
    end = play(scenario(*HELLO, server=CHUNKS), *BEGUN, bdat(SAID, " LAST"))
    assert end.keys == [], "after the last step the persona answers all"
    end = play(scenario(*HELLO, *ENVELOPE, DATA, QUIT, server=CHUNKS), *BEGUN, bdat(SAID, " LAST"), "QUIT", CLOSE)
    assert (end.keys, end.codes[4]) == ([], "250"), "a scenario without `message` does not ask for it"


def test_steps_left_out_before_the_chunks() -> None:
    steps = (*HELLO, MAIL, RCPT, RCPT, DATA, message(), QUIT)
    two = job(BOB, CAROL)
    end = play(scenario(*steps, server=CHUNKS), *BEGUN, bdat(SAID, " LAST"), "QUIT", CLOSE, job=two)
    assert end.keys == ["missing"]


def test_a_chunk_out_of_order_is_refused_and_so_is_what_follows() -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *GREET, FROM, bdat("x"), TO, CLOSE)
    assert (end.keys[0], end.codes[3:]) == ("extra", ["503", "503"])
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, "BDAT x", "DATA", CLOSE)
    assert (end.keys[0], end.codes[4:]) == ("extra", ["501", "503"])


def test_a_chunk_that_was_cut_is_not_answered() -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(SAID, " LAST", note="cut"), CLOSE)
    assert (end.keys, len(end.codes)) == (["closed"], 4)


@pytest.mark.parametrize("between", ["NOOP", "HELP", "VRFY bob", "EXPN list"])
def test_what_may_come_at_any_time_may_stand_between_chunks(between: str) -> None:
    """RFC 5321, 4.1.4: NOOP, HELP, EXPN and VRFY can be used at any time during a session."""
    script = (*BEGUN, bdat(SAID[:9]), between, bdat(SAID[9:20]), bdat(SAID[20:], " LAST"), "QUIT", CLOSE)
    end = play(scenario(*ORDINARY, server=CHUNKS), *script)
    assert (end.keys, end.unmet(), end.player.accepted) == ([], [], {0})


def test_every_chunk_has_its_row() -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(SAID[:9]), bdat(SAID[9:20]), bdat(SAID[20:], " LAST"))
    rows = [(row.status, row.expected, row.observed) for row in end.rows if row.side == "client"][3:6]
    assert rows == [
        (Status.MET, "DATA", "BDAT 9"),
        (Status.ALLOWED, "", "BDAT 11"),
        (Status.MET, "(message: same)", f"BDAT {len(SAID) - 20} LAST (message, {len(WIRE)} octets)"),
    ]


def test_a_mark_behind_a_message_in_chunks_shows_the_message() -> None:
    steps = (*HELLO, *ENVELOPE, DATA, message(), breaks("MARK"), QUIT)
    end = play(scenario(*steps, server=CHUNKS), *BEGUN, bdat(SAID, " LAST"), *LEAVE)
    assert [(one.requirement, one.observed) for one in end.differences] == [("MARK", f"(message, {len(WIRE)} octets)")]


def test_a_chunk_said_otherwise_than_its_step() -> None:
    steps = (*HELLO, *ENVELOPE, command("BDAT 3 LAST", "250 Mine"), QUIT)
    end = play(scenario(*steps, server=CHUNKS), *BEGUN, bdat("abcd", " LAST"), *LEAVE)
    assert [(one.key, one.expected, one.observed) for one in end.differences] == [
        ("dialogue/different", "BDAT 3 LAST", "BDAT 4 LAST")
    ]


def test_a_chunk_is_taken_only_where_chunks_are_offered() -> None:
    end = play(scenario(*ORDINARY), *BEGUN, "BDAT 0 LAST", *LEAVE)
    assert (end.keys[0], end.codes[4]) == ("extra", "502")
    assert [row.expected for row in end.rows if row.status is Status.EXTRA] == [""]


def test_a_step_without_a_count_is_answered_as_the_persona_does() -> None:
    end = play(scenario(*HELLO, *ENVELOPE, command("BDAT"), QUIT, server=CHUNKS), *BEGUN, "BDAT", *LEAVE)
    assert (end.keys, end.codes[4]) == ([], "501")


@pytest.mark.parametrize("last", ["", " LAST"])
def test_a_message_is_accepted_with_the_last_chunk_and_not_before(last: str) -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(SAID, last))
    assert end.player.accepted == ({0} if last else set())


# --- what is written down


def rows_of(end: Stage) -> list[tuple[object, ...]]:
    """Each row with the kinds of its events in place of their numbers, and without its place."""
    return [
        (row.connection, row.side, row.status, row.expected, row.observed, [end.events[one].kind for one in row.events])
        for row in end.rows
    ]


def test_the_rows_of_an_honest_session() -> None:
    end = play(scenario(*ORDINARY), *HONEST)
    heard, said = (Status.MET, [Kind.LINE]), (Status.SAID, [Kind.REPLY])
    lines = [
        ("server", *said, "220 mail.example.test ESMTP"),
        ("client", *heard, "EHLO client.example.test"),
        ("server", *said, "250 mail.example.test"),
        ("client", *heard, FROM),
        ("server", *said, "250 2.1.0 Ok"),
        ("client", *heard, "RCPT TO:<{recipient}>", TO),
        ("server", *said, "250 2.1.5 Ok"),
        ("client", *heard, "DATA"),
        ("server", *said, "354 End data with <CR><LF>.<CR><LF>"),
        ("client", Status.MET, [Kind.CONTENT], "(message: same)", f"(message, {len(WIRE)} octets)"),
        ("server", *said, f"250 2.0.0 Ok: queued as {end.player.nonce}"),
        ("client", *heard, "QUIT"),
        ("server", *said, "221 2.0.0 Bye"),
    ]
    wanted = [(1, side, status, texts[0], texts[-1], kinds) for side, status, kinds, *texts in lines]
    assert rows_of(end) == wanted
    assert end.player.accepted == {0}
    assert end.player.scripted == set()


def test_a_row_of_a_written_reply_says_where_it_is_written() -> None:
    place = Place("file", 5, 7)
    end = play(scenario(command("NOOP", says("250 Yes", place=place))), "NOOP")
    assert [row.place for row in end.rows if row.observed == "250 Yes"] == [place]


def test_what_the_script_made_the_server_do() -> None:
    """A refusal that the client brings on itself is not the script's doing, and an ordinary reply is nothing."""
    steps = (EHLO, command("MAIL FROM:<{sender}>", "451 Later"), QUIT)
    end = play(scenario(*steps), *GREET, "RCPT TO:<x@y.test>", FROM, *LEAVE)
    assert [end.events[one].octets[:3] for one in sorted(end.player.scripted)] == [b"451"]


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ((*INTO_DATA, Data(note="cut")), (Status.DIFFERENT, "(message: same)")),
        ((*GREET, FROM, TO, "NOOP", "DATA", Data()), (Status.MET, "(message: same)")),
        ((*INTO_DATA, Data(b"other\r\n.\r\n")), (Status.DIFFERENT, "(message: same)")),
    ],
)
def test_the_row_of_content(script: tuple[str | Data, ...], row: tuple[Status, str]) -> None:
    step = replace(message(covers="MESSAGE"), place=Place("file", 9, 1))
    end = play(scenario(*READY, step, QUIT), *script, CLOSE)
    [found] = [one for one in end.rows if [end.events[at].kind for at in one.events] == [Kind.CONTENT]]
    [content] = [event for event in end.events if event.kind is Kind.CONTENT]
    assert (found.connection, found.side, found.status, found.expected) == (1, "client", *row)
    assert found.observed == f"(message, {len(content.octets)} octets)"


def test_what_a_message_that_differs_says() -> None:
    step = replace(message(covers="MESSAGE"), place=Place("file", 9, 1))
    end = play(scenario(*READY, step, breaks("MARK"), QUIT), *INTO_DATA, Data(b"other\r\n.\r\n"), *LEAVE)
    differs, mark = end.differences
    row = end.rows[differs.row or 0]
    assert (row.status, row.place) == (Status.DIFFERENT, step.place)
    assert (differs.requirement, differs.expected, differs.observed) == (
        "MESSAGE",
        "(message: same)",
        "(message, 10 octets)",
    )
    assert differs.events == row.events
    assert (mark.requirement, mark.row) == ("MARK", differs.row)


def test_content_that_nobody_waits_for_has_a_row_and_no_answer_of_the_dialogue() -> None:
    end = play(scenario(*HELLO, MAIL, RCPT, QUIT), *GREET, FROM, TO, "DATA", Data(), *LEAVE)
    assert (1, "client", Status.ALLOWED, "", f"(message, {len(WIRE)} octets)", [Kind.CONTENT]) in rows_of(end)
    refused = scenario(*HELLO, *ENVELOPE, command("DATA", "451 Later"), *GOODBYE)
    end = play(refused, *INTO_DATA, HEADER, Data(), *LEAVE)
    assert (1, "client", Status.EXTRA, "", f"(message, {len(WIRE)} octets)", [Kind.CONTENT]) in rows_of(end)


def test_content_behind_an_early_answer_has_a_row() -> None:
    steps = (*READY, message("452 Enough", first=10), QUIT)
    end = play(scenario(*steps), *INTO_DATA, Partial(10), Data(), *LEAVE)
    client = [row for row in rows_of(end) if row[1] == "client"]
    assert client[4] == (1, "client", Status.MET, "(first 10 octets of the message)", PARTLY, [Kind.PARTIAL])
    assert client[5] == (1, "client", Status.ALLOWED, "", f"(message, {len(WIRE)} octets)", [Kind.CONTENT])


def test_a_chunk_that_was_cut_has_a_row() -> None:
    end = play(scenario(*ORDINARY, server=CHUNKS), *BEGUN, bdat(SAID, " LAST", note="cut"), CLOSE)
    assert (1, "client", Status.DIFFERENT, "", f"BDAT {len(SAID)} LAST", [Kind.LINE]) in rows_of(end)


PARTLY = "(message, 10 octets so far)"


def test_what_a_guard_says() -> None:
    guard = replace(never("NOOP", covers="GUARD"), place=Place("file", 3, 1))
    end = play(scenario(EHLO, guard, MAIL, QUIT), *GREET, "NOOP", FROM, *LEAVE)
    [difference] = end.differences
    assert (difference.requirement, difference.expected, difference.observed) == ("GUARD", "no NOOP", "NOOP")
    row = end.rows[difference.row or 0]
    assert (1, "client", Status.EXTRA, "(no NOOP)", "NOOP", [Kind.LINE]) in rows_of(end)
    assert (row.expected, row.place, row.events) == ("(no NOOP)", guard.place, difference.events)


def test_a_guard_on_auth_lets_the_persona_play_it() -> None:
    end = play(scenario(EHLO, never("AUTH"), MAIL, server=plain("AUTH LOGIN")), *GREET, "AUTH LOGIN")
    assert (end.keys[0], end.codes) == ("never", ["220", "250", "334"])


def test_what_must_never_come_says_so() -> None:
    [difference] = play(scenario(EHLO, MAIL, QUIT, never=["NOOP"]), *GREET, "NOOP", FROM, *LEAVE).differences
    assert (difference.expected, difference.observed, len(difference.events)) == ("no NOOP", "NOOP", 1)


def test_guards_know_the_recipients() -> None:
    """Behind `each recipient` a guard stands once all are named, and `{recipient}` is one who is not."""
    steps = (EHLO, *ENVELOPE, never("NOOP"), DATA, message(), QUIT)
    assert play(scenario(*steps), *GREET, FROM, "NOOP", TO, "DATA", Data(), *LEAVE).keys == []
    assert play(scenario(*steps), *GREET, FROM, TO, "NOOP", "DATA", Data(), *LEAVE).keys == ["never"]
    early = (EHLO, MAIL, never("RCPT TO:<{recipient}>"), DATA)
    assert play(scenario(*early), *GREET, FROM, TO).keys[:1] == ["never"]
    assert play(scenario(EHLO, MAIL, RCPT, never=["RCPT TO:<{recipient}>"]), *GREET, FROM, TO).keys == ["never"]


def test_what_a_handshake_that_went_wrong_says() -> None:
    step = replace(tls(covers="TLS"), place=Place("file", 4, 1))
    end = play(
        scenario(EHLO, command("STARTTLS"), step, server=plain("STARTTLS")), *GREET, "STARTTLS", Shaken(False, "no")
    )
    [difference] = end.differences
    assert (difference.requirement, difference.expected, difference.observed) == (
        "TLS",
        "(TLS handshake, certificate: good)",
        "no",
    )
    row = end.rows[difference.row or 0]
    assert (row.expected, row.observed, row.place, row.events) == (
        difference.expected,
        "no",
        step.place,
        difference.events,
    )
    assert len(row.events) == 1


def test_a_mark_behind_a_handshake() -> None:
    steps = (EHLO, command("STARTTLS"), tls(), breaks("MARK"), EHLO, QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "STARTTLS", UP, *GREET, *LEAVE)
    assert [(one.requirement, len(one.events)) for one in end.differences] == [("MARK", 1)]


def test_what_the_handshake_asks_for() -> None:
    step = tls(versions=("TLSv1.3",), terms=("client certificate",))
    end = play(scenario(EHLO, command("STARTTLS"), step, server=plain("STARTTLS")), *GREET, "STARTTLS")
    assert [one for one in end.actions if isinstance(one, StartTls)] == [
        StartTls("good", None, ("TLSv1.3",), ("client certificate",))
    ]


def test_trouble_is_not_forgotten_in_tls() -> None:
    steps = (EHLO, command("NOOP", "450 No"), command("STARTTLS"), tls(), EHLO, MAIL, QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "NOOP", "STARTTLS", UP, CLOSE)
    assert end.keys == []


def test_tls_is_begun_once() -> None:
    steps = (EHLO, command("STARTTLS"), tls(fail="garbage"), QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "STARTTLS", Shaken(False, "garbage"), *LEAVE)
    assert len([one for one in end.actions if isinstance(one, StartTls)]) == 1
    assert end.codes == ["220", "250", "220", "221"]


def test_nothing_is_said_after_a_handshake_that_was_ended() -> None:
    steps = (EHLO, command("STARTTLS"), tls(fail="close"), QUIT)
    end = play(scenario(*steps, server=plain("STARTTLS")), *GREET, "STARTTLS", Shaken(False, "eof"), "QUIT", CLOSE)
    assert end.codes == ["220", "250", "220"]


def test_a_connection_that_never_came_says_what_was_due() -> None:
    place = Place("file", 8, 1)
    owed = replace(connection(EHLO, covers="OWED"), place=place)
    may = connection(EHLO, optional=True)
    end = play(scenario(connections=[connection(EHLO, QUIT), may, owed]), *GREET, *LEAVE)
    [difference] = end.differences
    assert (difference.key, difference.requirement, difference.events) == ("dialogue/unconnected", "OWED", ())
    assert (difference.expected, difference.observed) == ("EHLO client.example.test", "")
    assert end.rows[difference.row or 0] == Row(2, "client", Status.UNMET, "EHLO client.example.test", place=place)


def test_the_first_recipient_of_a_connection_that_never_came() -> None:
    blocks = [connection(EHLO, QUIT), connection(each_recipient(command("VRFY {recipient}")), QUIT)]
    [difference] = play(scenario(connections=blocks), *GREET, *LEAVE).differences
    assert difference.expected == "VRFY {recipient}"


def test_trouble_goes_over_to_a_connection_that_is_not_owed() -> None:
    gone = connection(EHLO, command("NOOP", says("421 Gone", then="close")))
    one = play(scenario(connections=[gone, connection(EHLO, MAIL)]), *GREET, "NOOP", On(2), *GREET, CLOSE)
    assert one.keys == []
    owed = connection(EHLO, command("NOOP", "450 No"), MAIL, covers="OWED")
    script = (*GREET, "NOOP", On(2), *GREET, "NOOP", CLOSE, On(3), *GREET, CLOSE)
    assert play(scenario(connections=[gone, owed]), *script).keys == [], "the third one is owed by nobody"


def test_a_client_that_goes_without_a_word_is_shown_to_go() -> None:
    end = play(scenario(EHLO, QUIT), CLOSE)
    assert [(one.key, [end.events[at].kind for at in one.events]) for one in end.differences] == [
        ("dialogue/closed", [Kind.CLOSE])
    ]
    end = play(scenario(EHLO, MAIL, QUIT), *GREET, CLOSE)
    assert [[end.events[at].kind for at in one.events] for one in end.differences] == [[Kind.CLOSE]]


def test_the_row_of_a_close() -> None:
    end = play(scenario(EHLO, closing()), *GREET, CLOSE)
    text = "(client closes the connection)"
    assert rows_of(end)[-1] == (1, "client", Status.MET, text, text, [Kind.CLOSE])


def test_time_is_counted_from_the_connection_on() -> None:
    """A line that comes before the greeting has waited since the connection was opened."""
    player = Player(scenario(command("NOOP", within=Within(0, 1))), job())
    player.feed(Event(0, 1, 5 * 10**9, 5 * 10**9, Side.CLIENT, Kind.OPEN))
    player.feed(Event(1, 1, 5 * 10**9 + 10**8, 5 * 10**9 + 10**8, Side.CLIENT, Kind.LINE, b"NOOP\r\n"))
    assert player.record.differences == []


def test_a_step_said_otherwise_is_taken_all_the_same() -> None:
    end = play(scenario(EHLO, MAIL, QUIT), *GREET, "MAIL FROM:<x@y.test>", *LEAVE)
    assert end.keys == ["different"]


@pytest.mark.parametrize("first", [None, 10])
def test_content_is_a_step_only_if_its_data_was_one(first: int | None) -> None:
    """Another DATA after one that was refused: what it brings is not what the refused one was to bring."""
    steps = (*HELLO, *ENVELOPE, command("DATA", "451 Later"), message(first=first), QUIT)
    again = (*INTO_DATA, "RSET", FROM, TO)
    reading = read_as(play(scenario(*steps), *again, "DATA", finish=False))
    assert reading == Reading(content=True)
    whole = bdat(SAID, " LAST")
    for server, script in ((plain(), ("DATA", Data())), (CHUNKS, (whole,))):
        end = play(scenario(*steps, server=server), *again, *script)
        assert "(message" not in "".join(row.expected for row in end.rows if row.status is Status.MET)


def test_an_early_answer_is_to_one_message() -> None:
    steps = (*READY, message("250 Mine", first=10), *TRANSACTION, QUIT)
    end = play(scenario(*steps), *INTO_DATA, Partial(10), Data(), FROM, TO, "DATA", Data(), *LEAVE)
    assert (end.keys, end.codes[-3:]) == ([], ["354", "250", "221"])


# --- which message of the job it is


TWO = (JobMessage(ALICE, (BOB,), OCTETS), JobMessage(CAROL, (DAN, BOB), OCTETS.replace(b"Hello", b"Again")))


def test_mail_and_the_first_recipient_tell_which_message_it_is() -> None:
    verifies = scenario(EHLO, MAIL, command("VRFY {sender}"), QUIT)
    end = play(verifies, *GREET, f"MAIL FROM:<{CAROL}>", f"VRFY {CAROL}", *LEAVE, job=job(messages=TWO))
    assert end.keys == []
    messages = [replace(one, sender=ALICE) for one in TWO]
    both = play(scenario(*READY), *GREET, FROM, f"RCPT TO:<{DAN}>", TO, job=job(messages=messages)).player
    assert (both.links[1].message, both.tries) == (1, [0, 1]), "who is named first tells"
    for first in (BOB, DAN):
        end = play(
            scenario(EHLO, MAIL, each_recipient(RCPT), DATA),
            *GREET,
            FROM,
            f"RCPT TO:<{first}>",
            job=job(messages=messages),
        )
        assert end.player.links[1].message == (first == DAN)
        assert end.player.tries == ([0, 1] if first == DAN else [1, 0])


def test_a_message_that_was_not_tried_goes_before_one_that_was() -> None:
    again = (JobMessage(ALICE, (BOB,), OCTETS), JobMessage(ALICE, (BOB,), OCTETS.replace(b"Hello", b"Again")))
    later = scenario(EHLO, *ENVELOPE, DATA, message("451 Later"), *ENVELOPE, DATA, message("451 Later"), QUIT)
    other = Data(WIRE.replace(b"Hello", b"Again"))
    end = play(later, *GREET, *SEND, FROM, TO, "DATA", other, *LEAVE, job=job(messages=again))
    assert (end.player.tries, end.player.accepted) == ([1, 1], set())
    end = play(later, *GREET, *SEND, *SEND, *SEND, *LEAVE, job=job(messages=TWO))
    assert end.player.tries == [2, 1]


# --- what begins a message though DATA was refused


@pytest.mark.parametrize(
    ("line", "octets", "content"),
    [
        ("!: x", OCTETS, True),
        ("~: x", OCTETS, True),
        ("\x7f: x", OCTETS, False),
        ("Subject: Re: x", OCTETS, True),
        ("Hello", b"Hello\r\nall\r\n", True),
        ("Hello ", b"Hello\r\nall\r\n", False),
        ("XHelloX", b"XHelloX\r\nall\r\n", True),
        ("", b"\r\nall\r\n", False),
    ],
)
def test_a_line_behind_a_refused_data(line: str, octets: bytes, content: bool) -> None:
    """A field name is of the characters 33 to 126 (RFC 5322, 2.2)."""
    refused = scenario(*HELLO, *ENVELOPE, command("DATA", "451 Later"), QUIT)
    one = job(messages=[JobMessage(ALICE, (BOB,), octets)])
    assert read_as(play(refused, *INTO_DATA, line, job=one, finish=False)).content is content


# --- what else is said


def test_content_answered_early_as_usual() -> None:
    end = play(scenario(*READY, message("usual", first=10), QUIT), *INTO_DATA, Partial(10), Data(), *LEAVE)
    assert end.replies[5] == f"250 2.0.0 Ok: queued as {end.player.nonce}"


def test_an_exchange_is_played_where_auth_is_a_step() -> None:
    steps = (EHLO, command("AUTH LOGIN"), exchange(), QUIT)
    end = play(scenario(*steps, server=plain("AUTH LOGIN")), *GREET, "AUTH LOGIN", job=job(auth="LOGIN"))
    assert end.codes == ["220", "250", "334"]


@pytest.mark.parametrize("kept", [(), ("Bcc",), ("Return-Path",), ("Bcc", "Return-Path")])
def test_bcc_and_return_path_may_go_each_by_itself(kept: tuple[str, ...]) -> None:
    """RFC 5322, 3.6.3; RFC 5321, 4.4."""
    fields = {"Bcc": b"Bcc: dan@example.test\r\n", "Return-Path": b"Return-Path: <alice@example.test>\r\n"}
    one = job(messages=[JobMessage(ALICE, (BOB,), b"".join(fields.values()) + OCTETS)])
    wire = b"".join(fields[name] for name in kept) + WIRE
    assert play(scenario(*ORDINARY), *INTO_DATA, Data(wire), *LEAVE, job=one).keys == []


def test_a_transaction_that_broke_off_elsewhere_is_taken_up() -> None:
    """RFC 1845, 3: 355 to MAIL with the TRANSID of a transaction that broke off in another connection."""
    mail = "MAIL FROM:<alice@example.test> TRANSID=<1@client.example.test>"
    first = connection(EHLO, command(mail), RCPT, command("DATA", says("354 Go on", then="close")))
    second = connection(EHLO, command(mail, "355 5 is the offset"), DATA, message(), QUIT)
    script = (*GREET, mail, TO, "DATA", On(2), *GREET, mail)
    end = play(scenario(connections=[first, second], server=plain("CHECKPOINT")), *script, finish=False)
    assert [one.mailbox for one in end.player.links[2].state.recipients] == [BOB]
