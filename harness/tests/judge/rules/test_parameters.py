"""The values of ESMTP parameters, and the size that a client declares."""

import pytest
from playbook import CONTENT, DATA, MESSAGE, QUIT, RCPT, RECIPIENT, SENDER, job, keys, remarks, verdict

from smtpwitness.judge.rules.extensions import OFFERED_BY
from smtpwitness.judge.rules.parameters import FORMS, LONGEST
from smtpwitness.model.finding import Verdict

OFFERS = (
    *("SIZE", "DSN", "8BITMIME", "BINARYMIME", "AUTH PLAIN", "REQUIRETLS", "DELIVERBY 60,x", "MT-PRIORITY MIXER"),
    *("FUTURERELEASE 86400 2030-01-01T00:00:00Z", "NO-SOLICITING", "CHECKPOINT"),
)
UTF8 = "j\xc3\xb6rg\xc3\xa0@example.test"  # as octets, one of which some take for a blank


def greeted(*offers: str) -> tuple[str, ...]:
    lines = ["mail.test", *(offers or OFFERS)]
    reply = "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)
    return ("S: 220 mail.test", "C: EHLO client.example.test", f"S: {reply}")


def said(*parameters: str, to: str = "") -> tuple[str, ...]:
    """A MAIL, or with *to* a RCPT, with *parameters*."""
    return (f"C: {' '.join([f'RCPT TO:<{to}>' if to else f'MAIL FROM:<{SENDER}>', *parameters])}", "S: 250 Ok")


def judged(*steps: str, offers: tuple[str, ...] = OFFERS, **options: str) -> list[tuple[str, str | None, Verdict]]:
    found = remarks("parameter-value", *greeted(*offers), *steps, job=job(options=options))
    return [(one.key.partition(".")[2], one.requirement, verdict(one)) for one in found]


def test_every_parameter_is_one_that_can_be_offered() -> None:
    assert set(FORMS) <= set(OFFERED_BY)
    assert set(LONGEST) <= set(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_the_examples_are_right(name: str) -> None:
    steps = said(FORMS[name].example, to=RECIPIENT if FORMS[name].verb == "RCPT" else "")
    wishes = {"original-recipient": "bob+news@example.test"}
    assert judged(*steps, **wishes) == []


@pytest.mark.parametrize(
    "parameter",
    [
        *("SIZE=0", "size=99999999999999999999", "BODY=7bit", "body=BINARYMIME", "SMTPUTF8", "REQUIRETLS"),
        *("AUTH=<>", "AUTH=+3C+3E", "AUTH=a+40b.test", "AUTH=a+2Bb@c.test", "RET=full", "ENVID=x", "ENVID=a+20b"),
        *(f"ENVID={'x' * 38}", "BY=+60;R", "BY=60;rT", "BY=-5;N", "BY=0;n", "BY=999999999;R", "HOLDFOR=86400"),
        *("HOLDUNTIL=2030-01-01T00:00:00Z", "HOLDUNTIL=2029-12-31t23:59:59.5z", "HOLDUNTIL=2029-01-01T00:00:00+00:00"),
        *("MT-PRIORITY=0", "MT-PRIORITY=9", "MT-PRIORITY=-9", "SOLICIT=a", "SOLICIT=org.example:ADV:ADLT,net.x:Y_1"),
        *("SOLICIT=" + "a" * 1000, f"TRANSID=<{'a' * 74}@b.c>"),  # as long as they may be
        *("X-MOOD=good", "MTRK=x", "HOLDFOR=60 BY=61;R", "SIZE=1 BODY=8BITMIME RET=HDRS ENVID=x", "TRANSID=<a.b@c.d>"),
    ],
)
def test_mail_may_say(parameter: str) -> None:
    assert judged(*said(*parameter.split())) == []


@pytest.mark.parametrize(
    "parameter",
    [
        *("NOTIFY=never", "NOTIFY=Success", "NOTIFY=SUCCESS,FAILURE,DELAY", "NOTIFY=SUCCESS,,DELAY", "NOTIFY=,DELAY,"),
        *("ORCPT=rfc822;bob@example.test", "ORCPT=RFC822;+62ob@EXAMPLE.TEST", "ORCPT=x400;/c+3D+2B/"),
        *("ORCPT=utf-8;bob@example.test", "NOTIFY=DELAY ORCPT=rfc822;bob@example.test"),
        r"ORCPT=utf-8;b\x{F6}b@example.test",  # RCPT is ASCII, so the two cannot be compared
    ],
)
def test_rcpt_may_say(parameter: str) -> None:
    assert judged(*said(*parameter.split(), to=RECIPIENT)) == []


@pytest.mark.parametrize(
    ("parameter", "key", "requirement"),
    [
        ("SIZE", "form", "RFC1870-3-b"),
        ("SIZE=-1", "form", "RFC1870-3-b"),
        ("SIZE=1000000000000000000000", "form", "RFC1870-3-b"),
        ("SIZE=\u0661".encode().decode("latin-1"), "form", "RFC1870-3-b"),
        ("BODY=8BIT", "form", "RFC6152-2-a"),
        ("BODY", "form", "RFC6152-2-a"),
        ("SMTPUTF8=yes", "form", "RFC6531-3.4-b"),
        ("AUTH=alice", "form", "RFC4954-5-a"),
        ("AUTH=<alice@example.test>", "form", "RFC4954-5-a"),
        ("AUTH=e+mc2@example.test", "form", "RFC4954-5-a"),
        ("RET=HEADERS", "form", "RFC3461-4.3-a"),
        ("RET", "form", "RFC3461-4.3-a"),
        ("ENVID", "form", "RFC3461-4.4-a"),
        ("ENVID=a+b", "form", "RFC3461-4-a"),
        ("ENVID=a+2b", "form", "RFC3461-4-a"),
        ("ENVID=a+0Db", "characters", "RFC3461-4.4-a"),
        ("ENVID=+C3+B6", "characters", "RFC3461-4.4-a"),
        ("BY=120", "form", "RFC2852-4-a"),
        ("BY=1200000000;R", "form", "RFC2852-4-a"),
        ("BY=120;X", "form", "RFC2852-4-a"),
        ("BY=0;R", "form", "RFC2852-4-b"),
        ("BY=-1;RT", "form", "RFC2852-4-b"),
        ("HOLDFOR=0", "form", "RFC4865-4.1-c"),
        ("HOLDFOR=86401", "beyond", "RFC4865-4.1-c"),
        ("HOLDUNTIL=tomorrow", "form", "RFC4865-4.1-d"),
        ("HOLDUNTIL=2029-01-01T00:00:00+08:00", "form", "RFC4865-4.1-d"),
        ("HOLDUNTIL=2030-01-01T00:00:01Z", "beyond", "RFC4865-4.1-d"),
        ("HOLDUNTIL=2030-01-01t00:00:01z", "beyond", "RFC4865-4.1-d"),
        ("MT-PRIORITY=+4", "form", "RFC6710-3-a"),
        ("MT-PRIORITY=10", "form", "RFC6710-3-a"),
        ("MT-PRIORITY=-0", "form", "RFC6710-3-a"),
        ("SOLICIT=1a", "form", "RFC3865-2.2-a"),
        ("SOLICIT=a,,b", "form", "RFC3865-2.2-a"),
        ("SOLICIT=" + "a" * 1001, "long", "RFC3865-2.2-a"),
        ("TRANSID=12345", "form", "RFC1845-2-a"),
        (f"TRANSID=<{'a' * 75}@b.c>", "long", "RFC1845-2-a"),
        ("RET=HDRS RET=HDRS", "twice", "RFC3461-4.5-a"),
        ("ENVID=a envid=b", "twice", "RFC3461-4.5-a"),
        ("HOLDFOR=1 HOLDFOR=2", "twice", "RFC4865-4.1-b"),
        ("HOLDFOR=1 HOLDUNTIL=2029-01-01T00:00:00Z", "together", "RFC4865-4.1-b"),
        ("BY=60;N HOLDFOR=60", "together", "RFC4865-5.2.1-a"),
        ("X-MOOD=good RET", "form", "RFC3461-4.3-a"),
    ],
)
def test_mail_must_not_say(parameter: str, key: str, requirement: str) -> None:
    assert judged(*said(*parameter.split())) == [(key, requirement, Verdict.FAIL)]


@pytest.mark.parametrize(
    ("parameter", "key", "requirement"),
    [
        ("NOTIFY", "form", "RFC3461-4.1-a"),
        ("NOTIFY=ALWAYS", "form", "RFC3461-4.1-a"),
        ("NOTIFY=,", "form", "RFC3461-4.1-a"),
        ("NOTIFY=NEVER,FAILURE", "form", "RFC3461-4.1-b"),
        ("NOTIFY=success,never", "form", "RFC3461-4.1-b"),
        ("ORCPT", "form", "RFC3461-4.2-a"),
        ("ORCPT=bob@example.test", "form", "RFC3461-4.2-a"),
        ("ORCPT=rfc822:bob@example.test", "form", "RFC3461-4.2-a"),
        ("ORCPT=rfc822;bob+news@example.test", "form", "RFC3461-4-a"),
        (f"ORCPT=rfc822;{UTF8}", "form", "RFC3461-4-a"),
        ("ORCPT=rfc822;j+C3+B6rg@example.test", "characters", "RFC3461-4.2-c"),
        ("ORCPT=rfc822;alice@example.test", "recipient", "RFC3461-4.2-b"),
        ("ORCPT=rfc822;Bob@example.test", "recipient", "RFC3461-4.2-b"),
        ('ORCPT=rfc822;"a;b"@example.test', "recipient", "RFC3461-4.2-b"),
        (f"ORCPT=utf-8;{UTF8}", "form", "RFC6533-3-a"),
        (r"ORCPT=utf-8;j\xF6rg@example.test", "form", "RFC6533-3-a"),
        (r"ORCPT=utf-8;j\x{D800}rg@example.test", "form", "RFC6533-3-a"),
        (r"ORCPT=utf-8;j\x{DFFF}rg@example.test", "form", "RFC6533-3-a"),
        (r"ORCPT=utf-8;j\x{110000}rg@example.test", "form", "RFC6533-3-a"),
        (r"ORCPT=utf-8;a+2Bb@example.test", "form", "RFC6533-3-a"),
        ("NOTIFY=SUCCESS NOTIFY=DELAY", "twice", "RFC3461-4.5-b"),
    ],
)
def test_rcpt_must_not_say(parameter: str, key: str, requirement: str) -> None:
    assert judged(*said(*parameter.split(), to=RECIPIENT)) == [(key, requirement, Verdict.FAIL)]


@pytest.mark.parametrize(
    ("steps", "key", "requirement"),
    [
        (said("SIZE=1", "SIZE=2"), "twice", "RFC1870-6-b"),
        (said("BODY=7BIT", "BODY=7BIT"), "twice", "RFC6152-3-c"),
        (said("MT-PRIORITY=1", "MT-PRIORITY=2"), "twice", "RFC6710-3-a"),
        (said("TRANSID=<a@b>", "TRANSID=<a@b>"), "twice", "RFC1845-3-a"),
        (said("NOTIFY=NEVER"), "command", "RFC5321-4.1.1.3-b"),
        (said("SIZE=1", to=RECIPIENT), "command", "RFC5321-4.1.1.3-b"),
        (said("ENVID=" + "x" * 101), "long", "RFC3461-4.4-a"),
        (said("ENVID=" + "x" * 39), "long", "RFC3461-5.4-a"),
        (said("ORCPT=rfc822;" + "x" * 500, to=RECIPIENT), "long", "RFC3461-4.2-c"),
        (said("BY=59;R"), "beyond", "RFC2852-3-b"),
    ],
)
def test_what_the_rfcs_put_less_strictly_is_a_warning(steps: tuple[str, ...], key: str, requirement: str) -> None:
    assert judged(*steps) == [(key, requirement, Verdict.WARN)]


@pytest.mark.parametrize("offers", [("DELIVERBY", "FUTURERELEASE"), ("DSN",)])
@pytest.mark.parametrize("parameter", ["BY=1;R", "HOLDFOR=999999999", "HOLDUNTIL=2999-01-01T00:00:00Z"])
def test_without_a_limit_there_is_none(parameter: str, offers: tuple[str, ...]) -> None:
    assert judged(*said(parameter), offers=offers) == []


@pytest.mark.parametrize(
    ("offer", "parameter"),
    [
        ("DELIVERBY 60", "BY=59;R"),
        ("DELIVERBY 60,x,y", "BY=59;R"),
        ("FUTURERELEASE 86400", "HOLDFOR=86401"),
        ("FUTURERELEASE 2030-01-01T00:00:00Z", "HOLDUNTIL=2030-01-01T00:00:01Z"),
    ],
)
def test_a_limit_counts_whatever_else_is_named(offer: str, parameter: str) -> None:
    assert [key for key, _, _ in judged(*said(parameter), offers=(offer,))] == ["beyond"]


def test_an_envelope_id_that_was_given_may_be_longer() -> None:
    assert judged(*said("ENVID=" + "x" * 39), **{"envelope-id": "x" * 39}) == []


def test_the_original_recipient_that_was_given() -> None:
    wish = {"original-recipient": "list@example.test"}
    assert judged(*said("ORCPT=rfc822;list@example.test", to=RECIPIENT), **wish) == []
    assert len(judged(*said("ORCPT=rfc822;carol@example.test", to=RECIPIENT), **wish)) == 1


def test_quotes_make_no_other_recipient() -> None:
    for written in ('"b+20b"@b.test', "b+20b@b.test"):
        assert judged(*said(f"ORCPT=rfc822;{written}", to='"b\\ b"@b.test')) == []


def test_utf8_in_the_original_recipient_needs_smtputf8() -> None:
    offers = ("DSN", "SMTPUTF8")
    assert judged(*said(f"ORCPT=utf-8;{UTF8}", to=UTF8), offers=offers) == []
    assert judged(*said(r"ORCPT=utf-8;j\x{F6}rg\x{E0}@example.test", to=UTF8), offers=offers) == []
    assert judged(*said("ORCPT=x400;/c+3Dde/", to=UTF8), offers=offers) == [], "it cannot be compared"
    other = judged(*said(r"ORCPT=utf-8;j\x{E9}rg@example.test", to=UTF8), offers=offers)
    assert other == [("recipient", "RFC3461-4.2-b", Verdict.FAIL)]


def test_one_remark_for_a_breach_in_several_commands() -> None:
    rcpt = said("NOTIFY=ALWAYS", to=RECIPIENT)
    (remark,) = remarks("parameter-value", *greeted(), *rcpt, *rcpt)
    assert dict(remark.facts)["count"] == "2"
    assert (remark.observed, remark.expected) == ("NOTIFY=ALWAYS", "NOTIFY=SUCCESS,FAILURE")


@pytest.mark.parametrize(
    ("parameters", "name", "right", "other"),
    [
        ("AUTH=alice", "AUTH", "", ""),
        ("RET", "RET", "", ""),
        ("RET=HDRS RET=HDRS", "RET", "", ""),
        ("ENVID=a+0Db", "ENVID", "", ""),
        ("ENVID=" + "x" * 39, "ENVID", "", "38"),
        ("ENVID=" + "x" * 101, "ENVID", "", "100"),
        ("BY=0;R", "BY", "", ""),
        ("BY=59;R", "BY", "", "DELIVERBY 60"),
        ("HOLDFOR=86401", "HOLDFOR", "", "FUTURERELEASE 86400 ..."),
        ("HOLDUNTIL=2030-01-01T00:00:01Z", "HOLDUNTIL", "", "FUTURERELEASE ... 2030-01-01T00:00:00Z"),
        ("HOLDFOR=1 HOLDUNTIL=2029-01-01T00:00:00Z", "HOLDFOR", "", "HOLDUNTIL"),
        ("BY=60;N HOLDFOR=60", "BY", "HOLDFOR=3600 BY=7200;R", "HOLDFOR"),
        ("NOTIFY=DELAY", "NOTIFY", "", "RCPT"),
    ],
)
def test_a_remark_names_the_parameter_and_one_that_is_right_and_what_it_is_held_against(
    parameters: str, name: str, right: str, other: str
) -> None:
    (remark,) = remarks("parameter-value", *greeted(), *said(*parameters.split()))
    facts = dict(remark.facts)
    assert (facts["parameter"], facts["other"]) == (name, other)
    assert remark.expected == facts["example"] == (right or FORMS[name].example)


@pytest.mark.parametrize(
    ("parameter", "right"),
    [
        ("NOTIFY=NEVER,DELAY", "NOTIFY=NEVER"),
        ("ORCPT=bob@example.test", FORMS["ORCPT"].example),
        ("ORCPT=rfc822;j+C3+B6rg@example.test", FORMS["ORCPT"].example),
        (r"ORCPT=utf-8;j\xF6rg@example.test", r"ORCPT=utf-8;j\x{F6}rg@example.test"),
        ("ORCPT=rfc822;alice@example.test", "ORCPT=rfc822;bob@example.test"),
    ],
)
def test_a_remark_about_rcpt_names_one_that_is_right(parameter: str, right: str) -> None:
    (remark,) = remarks("parameter-value", *greeted(), *said(parameter, to=RECIPIENT))
    assert (dict(remark.facts)["parameter"], remark.expected) == (parameter.partition("=")[0], right)


def test_what_orcpt_should_be_is_told() -> None:
    (remark,) = remarks("parameter-value", *greeted(), *said("ORCPT=rfc822;x@b.test", to="bob+a@b.test"))
    assert (remark.observed, remark.expected) == ("ORCPT=rfc822;x@b.test", "ORCPT=rfc822;bob+2Ba@b.test")
    (remark,) = remarks(
        "parameter-value", *greeted("DSN", "SMTPUTF8"), *said("ORCPT=utf-8;x@b.test", to="\xc3\xb6@b.test")
    )
    assert remark.expected == "ORCPT=utf-8;\xf6@b.test"


def test_what_is_no_parameter_is_another_rules() -> None:
    assert judged(*said("ENVID=a=b"), *said("SIZE=")) == []


def test_lines_of_a_message_are_no_commands() -> None:
    steps = (*said(), "C: DATA", "S: 503 No", *said("SIZE=x"))
    assert judged(*steps) == []


# --- the declared size


def sent(declared: str, content: str = CONTENT) -> list[tuple[str, Verdict]]:
    steps = (*greeted(), *said(declared), *RCPT, *DATA, f"M: {content}", "S: 250 Ok", *QUIT)
    return [(one.key.partition(".")[2], verdict(one)) for one in remarks("declared-size", *steps)]


SIZE, LINES = len(MESSAGE), MESSAGE.count(b"\n")
DOTTED = MESSAGE.decode() + "..\r\n..a\r\n...\r\n.\r\n"  # three dots are added


@pytest.mark.parametrize("declared", [f"SIZE={SIZE}", f"size={SIZE + 3}", "SIZE=99999", "", "SIZE=x", "SIZE=1 SIZE=2"])
def test_a_size_may_be_true_or_too_large(declared: str) -> None:
    assert sent(declared) == []


def test_a_size_that_is_too_small_is_a_warning() -> None:
    assert sent(f"SIZE={SIZE - 1}") == [("small", Verdict.WARN)]
    assert sent(f"size={SIZE - 1}") == [("small", Verdict.WARN)]
    assert sent(f"SIZE={SIZE - LINES}") == [("line-ends", Verdict.WARN)]


def test_a_size_is_told_beside_the_one_that_is_true() -> None:
    steps = (*greeted(), *said(f"SIZE={SIZE - 1}"), *RCPT, *DATA, f"M: {CONTENT}", "S: 250 Ok", *QUIT)
    (remark,) = remarks("declared-size", *steps)
    facts = dict(remark.facts)
    assert (remark.expected, facts["declared"], facts["size"]) == (f"SIZE={SIZE}", str(SIZE - 1), str(SIZE))


def test_dots_that_were_added_do_not_count() -> None:
    true = len(DOTTED) - 3 - 3
    assert sent(f"SIZE={true}", DOTTED) == []
    assert sent(f"SIZE={true + 1}", DOTTED) == [], "an estimate"
    assert sent(f"SIZE={true + 3}", DOTTED) == [("dots", Verdict.WARN)]
    assert sent(f"SIZE={true + 6}", DOTTED) == [("dots", Verdict.WARN)], "with the final one"


def test_dots_that_were_forgotten_are_another_rules() -> None:
    wrong = MESSAGE.decode() + ".a\r\n.b\r\n.c\r\n.\r\n"
    assert sent(f"SIZE={len(wrong) - 3}", wrong) == []


def test_content_that_never_ended_is_not_measured() -> None:
    steps = (*greeted(), *said("SIZE=5"), *RCPT, *DATA, "unterminated M: From: a\r\n\r\nabc", "CLOSE client")
    assert keys("declared-size", *steps) == []


def test_a_refused_mail_declares_nothing() -> None:
    refused = (f"C: MAIL FROM:<{SENDER}> SIZE=1", "S: 552 No")
    steps = (*greeted(), *refused, *said(), *RCPT, *DATA, f"M: {CONTENT}", "S: 250 Ok", *QUIT)
    assert keys("declared-size", *steps) == []
