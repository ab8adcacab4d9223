"""All rules together: of a session that is right, none of them may say more than a note."""

import pytest
from playbook import (
    CATALOGUE,
    CONTENT,
    DATA,
    ENVELOPE,
    HAPPY,
    HELLO,
    LMTP,
    MAIL,
    MESSAGE,
    QUIT,
    RCPT,
    RECIPIENT,
    SENDER,
    SENT,
    job,
    remarks,
    verdict,
)

from smtpwitness.judge.rules import RULE_IDS, RULES
from smtpwitness.judge.verdicts import ARGUED
from smtpwitness.model.finding import Verdict
from smtpwitness.model.texts.findings import ENTRIES

USER, PASS = "YWxpY2VAZXhhbXBsZS50ZXN0", "Y29ycmVjdC1ob3JzZS03Nw=="
PLAIN = "AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0LWhvcnNlLTc3"
OFFERS = "S: 250-mail.test\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250-STARTTLS\r\n250 SIZE 1000000"
EHLO = ("S: 220 mail.test ESMTP", "C: EHLO client.example.test", OFFERS)
RICH = (*EHLO[:2], "S: 250-mail.test\r\n250-SIZE\r\n250-8bitmime\r\n250-DSN\r\n250 SMTPUTF8")
TLS = ("TLS", "S: 220 mail.test ESMTP", *EHLO[1:])
STARTTLS = (*EHLO, "C: STARTTLS", "S: 220 Go ahead", "TLS")
REST = (*MAIL, *RCPT, *DATA, *SENT, *QUIT)
REFUSED_END = ("C: QUIT", "S: 221 Bye", "CLOSE client", "EXIT 1")

GOOD = {
    "an ordinary one": HAPPY,
    "lower case, as smtplib writes it": (
        *("S: 220 mail.test", "C: ehlo [127.0.0.1]", OFFERS, f"C: mail FROM:<{SENDER}> size=999", "S: 250 Ok"),
        *(f"C: rcpt TO:<{RECIPIENT}>", "S: 250 Ok", "C: data", "S: 354 Go", *SENT),
        *("C: quit", "S: 221 Bye", "CLOSE client", "EXIT 0"),
    ),
    "one command at a time though PIPELINING is offered": (*EHLO, *REST),
    "HELO where EHLO is not known": (
        *("S: 220 mail.test", "C: EHLO client.example.test", "S: 502 What?", "C: HELO client.example.test"),
        *("S: 250 mail.test", *REST),
    ),
    "the server closes first after 221": (*HAPPY[:-3], "close server", "CLOSE client", "EXIT 0"),
    "a pipelined envelope": (
        *(*EHLO, f"C: MAIL FROM:<{SENDER}>", "S: 250 Ok", f"early C: RCPT TO:<{RECIPIENT}>", "S: 250 Ok"),
        *("early C: DATA", "S: 354 Go", *SENT, *QUIT),
    ),
    "pipelining into refusals, and the lone dot after 354": (
        *(*EHLO, f"C: MAIL FROM:<{SENDER}>", "S: 250 Ok", f"early C: RCPT TO:<{RECIPIENT}>", "S: 550 No"),
        *("early C: DATA", "S: 354 Go", "M: .\r\n", "S: 554 No recipients", *REFUSED_END),
    ),
    "pipelining into refusals, and DATA refused": (
        *(*EHLO, f"C: MAIL FROM:<{SENDER}>", "S: 550 No", f"early C: RCPT TO:<{RECIPIENT}>", "S: 503 No"),
        *("early C: DATA", "S: 503 No", "C: RSET", "S: 250 Ok", *REFUSED_END),
    ),
    "two messages in one batch": (
        *(*EHLO, *MAIL, *RCPT, *DATA, f"M: {CONTENT}", "S: 250 Ok", f"early C: MAIL FROM:<{SENDER}>", "S: 250 Ok"),
        *("C: RSET", "S: 250 Ok", *QUIT),
    ),
    "one recipient of two refused": (
        *(*HELLO, *MAIL, *RCPT, "C: RCPT TO:<carol@example.test>", "S: 550 No", *DATA, *SENT, *QUIT),
    ),
    "every recipient refused": (*HELLO, *MAIL, f"C: RCPT TO:<{RECIPIENT}>", "S: 550 No", *REFUSED_END),
    "MAIL refused, then RSET": (
        *(*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 451 Later", "C: RSET", "S: 250 Ok", *REFUSED_END),
    ),
    "MAIL refused, then another MAIL": (
        *(*EHLO, f"C: MAIL FROM:<{SENDER}> SIZE=9", "S: 555 No", f"C: MAIL FROM:<{SENDER}>", "S: 250 Ok"),
        *(*RCPT, *DATA, *SENT, *QUIT),
    ),
    "DATA refused": (*ENVELOPE, "C: DATA", "S: 451 Later", "C: RSET", "S: 250 Ok", *REFUSED_END),
    "content refused": (*ENVELOPE, *DATA, f"M: {CONTENT}", "S: 552 Too big", *REFUSED_END),
    "greeting refused, QUIT": ("S: 554 No", *REFUSED_END),
    "421 to MAIL, then the end": (
        *(*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 421 Later", "close server", "CLOSE client", "EXIT 1"),
    ),
    "421 to MAIL, and the client goes first": (
        *(*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 421 Later", "CLOSE client", "EXIT 1"),
    ),
    "421 to MAIL, then QUIT": (*HELLO, f"C: MAIL FROM:<{SENDER}>", "S: 421 Later", *REFUSED_END),
    "the server resets after the dot": (*ENVELOPE, *DATA, f"M: {CONTENT}", "reset server", "CLOSE client", "EXIT 75"),
    "the server is silent, the client gives up with QUIT": (
        *(*HELLO, f"C: MAIL FROM:<{SENDER}>", "WAIT 10", "C: QUIT", "WAIT 10", "CLOSE client", "EXIT 75"),
    ),
    "the server is silent, the client gives up": (
        *(*HELLO, f"C: MAIL FROM:<{SENDER}>", "stall server", "WAIT 10", "CLOSE client", "EXIT 75"),
    ),
    "a slow reply, and the client has given up": (
        *(*HELLO, f"C: MAIL FROM:<{SENDER}>", "WAIT 12", "S: 250 Ok", "early C: QUIT", "CLOSE client", "EXIT 75"),
    ),
    "no greeting, and the client gives up": ("WAIT 10", "C: QUIT", "WAIT 10", "CLOSE client", "EXIT 75"),
    "garbage for a reply, and the client leaves": (*HELLO, *MAIL[:1], "s: hello\r\n", "CLOSE client", "EXIT 1"),
    "a reply that was sent ahead": (
        *(*HELLO, *MAIL[:1], "s: 250 Ok\r\n250 Ok\r\n", *RCPT, "early C: DATA", "S: 354 Go", *SENT, *QUIT),
    ),
    "mixed codes, the last one good": (
        *(*HELLO, *MAIL, f"C: RCPT TO:<{RECIPIENT}>", "s: 550-No\r\n250 Yes\r\n", *DATA, *SENT, *QUIT),
    ),
    "mixed codes, the first one good": (
        *(*HELLO, *MAIL, f"C: RCPT TO:<{RECIPIENT}>", "s: 250-Yes\r\n550 No\r\n", *DATA, *SENT, *QUIT),
    ),
    "LHLO, and a reply for each recipient": (
        *(*LMTP, *RCPT, "C: RCPT TO:<carol@example.test>", "S: 250 Ok", *DATA, *SENT, "S: 250 Ok: queued", *QUIT),
    ),
    "LMTP, and a second message behind two replies": (
        *(*LMTP, *RCPT, *RCPT, *DATA, *SENT, "S: 452 Full", *MAIL, *RCPT, *DATA, *SENT, *QUIT),
    ),
    "LMTP, and the connection is lost before the second reply": (
        *(*LMTP, *RCPT, *RCPT, *DATA, *SENT, "close server", "CLOSE client", "EXIT 75"),
    ),
    "a null sender and a lone postmaster": (
        *(*HELLO, "C: MAIL FROM:<>", "S: 250 Ok", "C: RCPT TO:<Postmaster>", "S: 250 Ok", "C: RSET", "S: 250 Ok"),
        *REFUSED_END,
    ),
    "quoted local parts and parameters": (
        *(*RICH, 'C: MAIL FROM:<"a > b"@example.test> SIZE=100 BODY=8BITMIME SMTPUTF8', "S: 250 Ok"),
        *(f"C: RCPT TO:<{RECIPIENT}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+40example.test", "S: 250 Ok"),
        *("C: RSET", "S: 250 Ok", *REFUSED_END),
    ),
    "eight bits, offered and declared": (
        *(*RICH, f"C: MAIL FROM:<{SENDER}> BODY=8BITMIME", "S: 250 Ok", *RCPT, *DATA),
        *("M: " + CONTENT.replace("Last", "Gr\xc3\xbc\xc3\x9fe, last"), "S: 250 Ok: queued", *QUIT),
    ),
    "NOOP with a word, HELP, VRFY": (
        *(*HELLO, "C: NOOP are you there", "S: 250 Ok", "C: HELP", "S: 214 No", "C: VRFY bob", "S: 252 Perhaps"),
        *(*MAIL, *RCPT, *DATA, *SENT, *QUIT),
    ),
    "two connections tried, one used": ("OPEN", *HAPPY, "CLOSE client"),
    "350 to DATA, and the message": (*ENVELOPE, "C: DATA", "S: 350 Go on", *SENT, *QUIT),
    "a chunk": (
        *(
            *HELLO[:2],
            "s: 250-mail.test\r\n250 CHUNKING\r\n",
            *MAIL,
            *RCPT,
            "c: BDAT 6 LAST\r\nHi\r\nho",
            "S: 250 Ok",
            *QUIT,
        ),
    ),
}


@pytest.mark.parametrize("rule", sorted(RULE_IDS))
@pytest.mark.parametrize("name", GOOD)
def test_a_good_session_is_left_alone(name: str, rule: str) -> None:
    assert [one.key for one in remarks(rule, *GOOD[name], reported=()) if verdict(one) is not Verdict.NOTE] == []


WITH_AUTH = {
    "STARTTLS, then PLAIN": (*STARTTLS, *EHLO[1:], f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok", *REST),
    "STARTTLS, then PLAIN without an initial response": (
        *(*STARTTLS, *EHLO[1:], "C: AUTH PLAIN", "S: 334 ", f"C: {PLAIN}", "S: 235 Ok", *REST),
    ),
    "implicit TLS, then LOGIN with an initial response": (
        *(*TLS, f"C: AUTH LOGIN {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASS}", "S: 235 Ok", *REST),
    ),
    "implicit TLS, then LOGIN": (
        *(*TLS, "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASS}"),
        *("S: 235 Ok", *REST),
    ),
    "AUTH refused, and the end": (*TLS, f"C: AUTH PLAIN {PLAIN}", "S: 535 No", *REFUSED_END),
    "AUTH refused, then another mechanism": (
        *(*TLS, f"C: AUTH PLAIN {PLAIN}", "S: 535 No", f"C: AUTH LOGIN {USER}", "S: 334 UGFzc3dvcmQ6", f"C: {PASS}"),
        *("S: 235 Ok", *REST),
    ),
    "a challenge that is no base64, cancelled": (
        *(*TLS, "C: AUTH CRAM-MD5", "S: 334 =AAA!!", "C: *", "S: 501 Cancelled", *REFUSED_END),
    ),
    "AUTH PLAIN and MAIL in one batch": (
        *(*TLS, f"C: AUTH PLAIN {PLAIN}", "S: 235 Ok", f"early C: MAIL FROM:<{SENDER}>", "S: 250 Ok", *RCPT),
        *(*DATA, *SENT, *QUIT),
    ),
    "a bad certificate: the client ends with an alert": (
        *(*EHLO, "C: STARTTLS", "S: 220 Go ahead", "TLS FAILED certificate unknown", "CLOSE client", "EXIT 1"),
    ),
    "a bad certificate, judged after the handshake": (*STARTTLS, "CLOSE client", "EXIT 1"),
    "a bad certificate, and QUIT": (*STARTTLS, *REFUSED_END),
    "implicit TLS, a bad certificate": ("TLS FAILED certificate unknown", "CLOSE client", "EXIT 1"),
    "STARTTLS refused, and the end": (*EHLO, "C: STARTTLS", "S: 454 No", *REFUSED_END),
    "STARTTLS refused, and RSET": (*EHLO, "C: STARTTLS", "S: 454 No", "C: RSET", "S: 250 Ok", *REFUSED_END),
}


@pytest.mark.parametrize("rule", sorted(RULE_IDS))
@pytest.mark.parametrize("name", WITH_AUTH)
def test_a_good_session_with_tls_or_auth_is_left_alone(name: str, rule: str) -> None:
    told = job(tls="starttls", auth="plain")
    found = remarks(rule, *WITH_AUTH[name], job=told, reported=())
    assert [one.key for one in found if verdict(one) is not Verdict.NOTE] == []


def test_cram_md5_with_the_right_digest() -> None:
    steps = (
        *(*EHLO, "C: AUTH CRAM-MD5", "S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"),
        *("C: YWxpY2VAZXhhbXBsZS50ZXN0IGQxZmI1MGY1NDMxYmVhZGM5MjYyMjI0ODQ1ZWIyMTNj", "S: 235 Ok", *REST),
    )
    for rule in RULES:
        assert remarks(rule.id, *steps, job=job(auth="cram-md5")) == []


def test_a_client_that_was_told_nothing_is_held_to_nothing() -> None:
    other = job(told=frozenset(), tls="starttls", auth="plain", message=b"Other: x\r\n\r\n.dots\r\n")
    for rule in RULES:
        assert remarks(rule.id, *HAPPY, job=other) == []


def test_a_composing_client_may_write_its_own_header() -> None:
    own = b"From: a@b.test\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@b.test>\r\n"
    own += b"Subject: =?utf-8?q?Hello?=\r\n\r\nFirst line\r\n\r\nLast line\r\n.\r\n"
    for rule in RULES:
        steps = (*ENVELOPE, *DATA, f"M: {own.decode()}", "S: 250 Ok", *QUIT)
        assert remarks(rule.id, *steps, job=job(takes="composed")) == []


def test_ids_are_one_of_a_kind() -> None:
    assert len(RULE_IDS) == len(RULES)


def test_every_rule_has_texts() -> None:
    assert {key.partition(".")[0] for key in ENTRIES if not key.startswith(("dialogue/", "stress/"))} == RULE_IDS


def test_what_we_argue_is_in_the_catalogue_and_needs_it() -> None:
    for id in ARGUED:
        assert CATALOGUE[id].level in ("MUST", "MUST NOT")
        assert CATALOGUE[id].basis not in ("keyword", "parent", "grammar"), "no argument needed"


def test_the_playbook_speaks_of_the_message_that_the_job_has() -> None:
    assert CONTENT.encode() == MESSAGE + b".\r\n"
