from __future__ import annotations

import base64
from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.run import CaseResult
from smtpwitness.model.transcript import Event, Kind, Secrecy, Secret, Side
from smtpwitness.report.exchange import EVENTS, phases
from smtpwitness.report.words import Words

EN = Words("en")


def told(tape: sample_run.Tape) -> list[tuple[str, str]]:
    """Phase and sentence of each event."""
    found, _ = phases(sample_run.case(tape, "x/y"), EN)
    return [(phase.name, item.text) for phase in found for item in phase.items]


def sentences(case: CaseResult) -> list[str]:
    return [item.text for phase in phases(case, EN)[0] for item in phase.items]


def test_the_assignment_has_seven_phases_in_order() -> None:
    found, more = phases(sample_run.assignment(), EN)
    assert more == 0
    assert [phase.name for phase in found] == ["greeting", "hello", "auth", "envelope", "data", "message", "close"]
    assert [len(phase.items) for phase in found] == [2, 2, 6, 4, 2, 2, 3]


def test_prompts_and_user_name_are_decoded() -> None:
    texts = sentences(sample_run.assignment())
    assert "334 asks for the next answer: the base64 text dXNlcm5hbWU6 means “username:”." in texts
    assert "334 asks for the next answer: the base64 text UGFzc3dvcmQ6 means “Password:”." in texts
    assert "The user name in base64; it means “alice@uni.example.test”." in texts
    assert "The password in base64. It is not kept in this report." in texts
    assert any("in its queue as AQAAfwBnXkQz" in text for text in texts)


@pytest.mark.parametrize(
    ("line", "reply", "sentence", "answer"),
    [
        (b"noop\r\n", b"250 Ok\r\n", "explain.other", "explain.other-reply"),
        (b"HI\r\n", b"502 What\r\n", "explain.unknown", "explain.reply-5yz"),
        (b"RSET\r\n", b"250 Ok\r\n", "explain.rset", "explain.rset-reply"),
        (b"LHLO x\r\n", b"250 Ok\r\n", "explain.ehlo", "explain.ehlo-reply"),
        (b"BDAT 3 LAST\r\n", b"250 Ok\r\n", "explain.bdat", "explain.bdat-reply"),
        (b"DATA\r\n", b"503 No\r\n", "explain.data", "explain.reply-503"),
        (b"MAIL FROM:<>\r\n", b"451 Later\r\n", "explain.mail", "explain.reply-4yz"),
        (b"QUIT\r\n", b"", "explain.quit", "explain.nothing"),
        (b"QUIT\r\n", b"soon\r\n", "explain.quit", "explain.reply-malformed"),
        (b"QUIT\r\n", b"221\r\n", "explain.quit", "explain.quit-reply"),
        (b"AUTH CRAM-MD5\r\n", b"334 PDFAeD4=\r\n", "explain.auth-cram-md5", "explain.challenge"),
        (b"AUTH PLAIN\r\n", b"334 \r\n", "explain.auth-plain", "explain.prompt-empty"),
        (b"AUTH PLAIN AAA=\r\n", b"235 Ok\r\n", "explain.auth-plain", "explain.auth-reply"),
        (b"AUTH XOAUTH2\r\n", b"535 No\r\n", "explain.auth-oauth", "explain.reply-535"),
        (b"AUTH X-SECRET\r\n", b"535 No\r\n", "explain.auth-other", "explain.reply-535"),
        (b"AUTH SCRAM-SHA-256\r\n", b"334 ********\r\n", "explain.auth-scram", "explain.signature"),
        (b"AUTH LOGIN\r\n", b"334 !!\r\n", "explain.auth-login", "explain.challenge"),
    ],
)
def test_each_command_and_reply_has_its_sentence(line: bytes, reply: bytes, sentence: str, answer: str) -> None:
    tape = sample_run.Tape()
    tape.line(line)
    tape.say(reply)
    values = {"code": reply[:3].decode(), "mechanism": line.partition(b" ")[2].strip().decode()}
    assert [text for _, text in told(tape)] == [EN(sentence, **values), EN(answer, **values)]


@pytest.mark.parametrize(
    ("line", "secret", "sentence"),
    [
        (b"*\r\n", None, "explain.sasl-cancel"),
        (b"not base64\r\n", None, "explain.sasl-broken"),
        (b"AAAA\r\n", None, "explain.sasl-response"),
        (b"****\r\n", Secrecy.DIGEST, "explain.sasl-digest"),
        (b"****\r\n", Secrecy.PLAIN, "explain.sasl-plain"),
        (b"****\r\n", Secrecy.PROOF, "explain.sasl-proof"),
        (b"****\r\n", Secrecy.TOKEN, "explain.sasl-token"),
    ],
)
def test_sasl_lines_are_told_from_commands(line: bytes, secret: Secrecy | None, sentence: str) -> None:
    tape = sample_run.Tape()
    tape.line(b"AUTH SCRAM-SHA-256\r\n")
    tape.say(b"334 " + base64.b64encode(b"x") + b"\r\n")
    tape.line(line, secrets=(Secret(0, 4, secret),) if secret else ())
    assert told(tape)[-1] == ("auth", EN(sentence))


def test_a_second_hello_in_tls_is_no_login() -> None:
    texts = sentences(sample_run.secured())
    assert EN("explain.starttls") in texts
    assert EN("explain.tls", note="TLSv1.3 TLS_AES_256_GCM_SHA384") in texts
    assert texts.count(EN("explain.ehlo")) == 2
    assert EN("explain.reply-535", code="535") in texts


def test_implicit_tls_keeps_the_greeting() -> None:
    tape = sample_run.Tape()
    tape.event(Side.HARNESS, Kind.TLS, note="TLSv1.3")
    tape.say(b"220 hi\r\n")
    assert told(tape)[-1] == ("greeting", EN("explain.greeting-reply", code="220"))


@pytest.mark.parametrize(
    ("side", "note", "key"),
    [
        (Side.CLIENT, "eof", "client"),
        (Side.SERVER, "close", "server"),
        (Side.CLIENT, "reset", "reset"),
        (Side.SERVER, "half-close", "half-close"),
        (Side.SERVER, "stall", "stall"),
    ],
)
def test_every_way_to_end(side: Side, note: str, key: str) -> None:
    tape = sample_run.Tape()
    tape.close(side, note)
    assert told(tape) == [("close", EN(f"explain.close-{key}"))]


def test_message_without_queue_id_limit_failed_handshake_and_what_is_not_told() -> None:
    tape = sample_run.Tape()
    tape.event(Side.CLIENT, Kind.PARTIAL, size=3)
    tape.content(b"x\r\n.\r\n")
    tape.say(b"250 Ok\r\n")
    tape.event(Side.HARNESS, Kind.TLS_FAILED, note="alert")
    tape.connection = 0  # the time's end is of no connection
    tape.event(Side.HARNESS, Kind.LIMIT)
    assert told(tape) == [
        ("message", EN("explain.message", size="6")),
        ("message", EN("explain.message-reply", code="250")),
        ("message", EN("explain.tls-failed", note="alert")),
        ("message", EN("explain.limit")),
    ]


def test_connections_are_told_apart_and_the_whole_is_bounded() -> None:
    one = Event(1, 1, 0, 0, Side.CLIENT, Kind.OPEN)
    case = replace(sample_run.assignment(), transcript=(one, replace(one, seq=2, connection=2)))
    assert [(phase.name, phase.connection) for phase in phases(case, EN)[0]] == [("greeting", 1), ("greeting", 2)]
    found, more = phases(sample_run.hostile(), EN)
    assert sum(len(phase.items) for phase in found) == EVENTS
    assert more > 200


def test_what_repeats_is_told_once_and_the_session_goes_on_behind_it() -> None:
    case = sample_run.hundred()
    found, more = phases(case, EN)
    assert more == 0
    items = [item for phase in found for item in phase.items]
    (folded,) = (item for item in items if item.like)
    assert (folded.like, folded.text) == (194, "194 more like these")
    assert items[-2].text == EN("explain.quit-reply", code="221")
    assert all(item.like == 0 for phase in phases(sample_run.assignment(), EN)[0] for item in phase.items)
