"""What a client uses of extensions, held against what the EHLO reply has offered."""

import pytest
from playbook import CONTENT, DATA, HAPPY, MAIL, MESSAGE, RCPT, RECIPIENT, SENDER, job, keys, remarks, verdict

from smtpwitness.judge.rules.extensions import KNOWN, OFFERED_BY, WITHOUT_PARAMETERS
from smtpwitness.model.finding import Verdict

EIGHT = "Gr\xc3\xbc\xc3\x9fe"  # as the octets of UTF-8
GIVEN = job(message=MESSAGE.replace(b"Last", "Grüße".encode()))


def greeted(*offers: str, hello: str = "EHLO") -> tuple[str, ...]:
    lines = ["mail.test", *offers]
    reply = "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)
    return ("S: 220 mail.test", f"C: {hello} client.example.test", f"S: {reply}")


def command(line: str) -> tuple[str, ...]:
    return (f"C: {line}", "S: 250 Ok")


# --- verbs


@pytest.mark.parametrize("line", ["CLIENT example 1.0", "foo", "VERSION"])
def test_a_verb_that_nobody_knows(line: str) -> None:
    (remark,) = remarks("unknown-verb", *greeted("SIZE 1000", "HELP"), f"C: {line}", "S: 500 What?")
    assert (remark.key, remark.requirement) == ("unknown-verb", "RFC5321-4.1.5-a")
    assert verdict(remark) is Verdict.FAIL


@pytest.mark.parametrize(
    "before",
    [
        ("C: VRFY bob", "S: 550 No"),
        ("C: AUTH PLAIN AGEAYg==", "S: 235 Ok"),
        ("C: AUTH PLAIN", "S: 334 ", "C: AGEAYg==", "S: 235 Ok"),
    ],
)
def test_what_leads_nobody_astray(before: tuple[str, ...]) -> None:
    assert keys("unknown-verb", *greeted("AUTH PLAIN"), *before, "C: CLIENT x", "S: 500 What?") == ["unknown-verb"]


def test_all_extensions_that_there_are_bring_neither_the_verb_nor_the_parameter() -> None:
    everything = greeted(*sorted(KNOWN))
    assert keys("unknown-verb", *everything, "C: CLIENT x", "S: 500 What?") == ["unknown-verb"]
    mail = command(f"MAIL FROM:<{SENDER}> X-MOOD=good")
    assert keys("parameter-not-offered", *everything, *mail) == ["parameter-not-offered"]


@pytest.mark.parametrize(
    ("line", "requirement"), [("TURN", "RFC5321-F.1-a"), ("SEND FROM:<a@b.test>", "RFC5321-F.6-a"), ("saml", None)]
)
def test_a_verb_of_the_past(line: str, requirement: str | None) -> None:
    (remark,) = remarks("unknown-verb", *greeted(), f"C: {line}", "S: 502 No")
    assert (remark.key, remark.requirement) == ("unknown-verb.obsolete", requirement or "RFC5321-F.6-a")
    assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize(
    "line",
    [
        *("XCLIENT NAME=x", "x-hello", "NOOP", "ETRN example.test", "ATRN", "BURL imap://x LAST", "To: bob", "AB", ""),
        *("dXNlcg==", "FROM:<a@b.test>", " CLIENT"),
    ],
)
def test_what_somebody_may_know_or_is_no_verb(line: str) -> None:
    assert keys("unknown-verb", *greeted(), f"C: {line}", "S: 500 What?") == []


def test_a_verb_of_an_extension_that_is_offered() -> None:
    """Who offers what we do not know may have given any verb a meaning."""
    for offer in ("CLIENT", "QUANTUM"):
        assert keys("unknown-verb", *greeted(offer), "C: CLIENT x", "S: 500 What?") == []


@pytest.mark.parametrize(
    "steps",
    [
        ("C: DATA", "S: 503 No", "C: CLIENT x", "S: 500 What?"),
        (*MAIL, *RCPT, "C: DATA", "S: 354 Go", "M: .\r\n", "S: 250 Ok", "C: Turn of the tide", "S: 500 What?"),
        (*MAIL, *RCPT, "c: BDAT 3\r\na\r\n", "S: 250 Ok", "C: CLIENT x", "S: 500 What?"),
        ("C: AUTH PLAIN AGEAYg==", "S: 535 No", "C: dXNlcg", "S: 500 What?"),
        ("C: AUTH PLAIN AGEAYg==", "S: 535 No", "C: TURN", "S: 502 No"),
        (
            "C: AUTH LOGIN",
            "S: 334 VXNlcm5hbWU6",
            "C: YQ==",
            "S: 535 No",
            "C: Yg",
            "S: 500 What?",
            "C: TURN",
            "S: 502 No",
        ),
        ("C: AUTH PLAIN AGEAYg==", "S: 235 Ok", "C: TURN", "S: 250 Ok"),
        ("C: ", "S: 500 What?", "C: CLIENT x", "S: 500 What?"),
    ],
)
def test_octets_that_have_gone_astray_are_no_verbs(steps: tuple[str, ...]) -> None:
    assert keys("unknown-verb", *greeted(), *steps) == []


def test_before_the_hello_that_is_missing_is_the_fault() -> None:
    assert keys("unknown-verb", "S: 220 a", "C: CLIENT x", "S: 500 What?") == []


# --- parameters


@pytest.mark.parametrize(
    ("parameter", "keyword"),
    [
        *(("SIZE=9", "SIZE 1000"), ("size=9", "size"), ("BODY=8BITMIME", "8BITMIME"), ("BODY=7BIT", "BINARYMIME")),
        *(("AUTH=<>", "AUTH PLAIN"), ("RET=HDRS", "DSN"), ("ENVID=x", "DSN"), ("SMTPUTF8", "SMTPUTF8")),
        *(("BY=120;R", "DELIVERBY 240"), ("HOLDFOR=9", "FUTURERELEASE 9 2030-01-01T00:00:00Z"), ("REQUIRETLS",) * 2),
        *(("MT-PRIORITY=3", "MT-PRIORITY MIXER"), ("SIZE=9", "SIZE=1000"), ("AUTH=<>", "AUTH=LOGIN")),
    ],
)
def test_a_parameter_of_mail_belongs_to_an_offer(parameter: str, keyword: str) -> None:
    mail = command(f"MAIL FROM:<{SENDER}> {parameter}")
    assert keys("parameter-not-offered", *greeted(keyword), *mail) == []
    for other in (greeted(), greeted("PIPELINING", "STARTTLS"), greeted(hello="HELO")):
        (remark,) = remarks("parameter-not-offered", *other, *mail)
        assert verdict(remark) is Verdict.FAIL
        assert remark.requirement == "RFC5321-4.1.1.3-b"
        assert dict(remark.facts)["parameter"] == parameter.partition("=")[0].upper()
        assert remark.also == (("RFC4954-5-c",) if parameter == "AUTH=<>" else ())


def test_a_value_may_need_an_offer_of_its_own() -> None:
    mail = command(f"MAIL FROM:<{SENDER}> body=binarymime")
    assert keys("parameter-not-offered", *greeted("8BITMIME", "BINARYMIME"), *mail) == []
    (remark,) = remarks("parameter-not-offered", *greeted("8BITMIME"), *mail)
    assert dict(remark.facts)["parameter"] == "BODY=BINARYMIME"
    assert dict(remark.facts)["keyword"] == "BINARYMIME"


def test_a_parameter_that_several_extensions_bring() -> None:
    (remark,) = remarks("parameter-not-offered", *greeted(), *command(f"MAIL FROM:<{SENDER}> BODY=8BITMIME"))
    assert dict(remark.facts)["keyword"] == "8BITMIME or BINARYMIME"


def test_parameters_of_rcpt() -> None:
    rcpt = command(f"RCPT TO:<{RECIPIENT}> NOTIFY=NEVER ORCPT=rfc822;bob")
    assert keys("parameter-not-offered", *greeted("DSN"), *MAIL, *rcpt) == []
    found = remarks("parameter-not-offered", *greeted("SIZE"), *MAIL, *rcpt, *rcpt)
    assert [dict(one.facts)["parameter"] for one in found] == ["NOTIFY", "ORCPT"]
    assert [dict(one.facts)["count"] for one in found] == ["2", "2"], "one remark for each parameter"


def test_after_helo_there_is_none() -> None:
    (remark,) = remarks("parameter-not-offered", *greeted(hello="HELO"), *command(f"MAIL FROM:<{SENDER}> SIZE=9"))
    assert "the reply to HELO" in remark.expected


def test_a_parameter_that_nobody_knows() -> None:
    (remark,) = remarks("parameter-not-offered", *greeted(), *command(f"MAIL FROM:<{SENDER}> X-MOOD"))
    assert dict(remark.facts) | {"parameter": "X-MOOD", "keyword": "an extension that brings it"} == dict(remark.facts)
    mail = command(f"MAIL FROM:<{SENDER}> X-MOOD=good")
    assert keys("parameter-not-offered", *greeted(*sorted(WITHOUT_PARAMETERS)), *mail) == ["parameter-not-offered"]
    for offer in ("X-MOOD", "QUANTUM=ENTANGLED", "XSTA"):
        assert keys("parameter-not-offered", *greeted("SIZE", offer), *mail) == [], "it may belong to that"


def test_the_first_line_of_the_reply_offers_nothing() -> None:
    steps = ("S: 220 mail.test", "C: EHLO me.test", "S: 250 mail.test SIZE matters", f"C: MAIL FROM:<{SENDER}> SIZE=9")
    assert keys("parameter-not-offered", *steps, "S: 250 Ok") == ["parameter-not-offered"]


@pytest.mark.parametrize(
    "line",
    [
        *("MAIL FROM:<a@b.test>", "MAIL FROM:a@b.test SIZE=9", "MAIL SIZE=9", "RCPT TO:<a@b.test> (me)", "NOOP SIZE=9"),
        *("MAIL FROM:<a@b.test> SIZE=", 'MAIL FROM:<"> SIZE=9"@b.test>', "VRFY bob SMTPUTF8", "DATA SIZE=9"),
    ],
)
def test_no_parameter_or_another_rules_business(line: str) -> None:
    assert keys("parameter-not-offered", *greeted(), *command(line)) == []


def test_the_reply_in_force_counts() -> None:
    mail = command(f"MAIL FROM:<{SENDER}> SIZE=9")
    inside = (*greeted("SIZE", "STARTTLS"), "C: STARTTLS", "S: 220 Go ahead", "TLS")
    assert keys("parameter-not-offered", *inside, *greeted()[1:], *mail) == ["parameter-not-offered"]
    assert keys("parameter-not-offered", *inside, *greeted("SIZE")[1:], *mail) == []
    assert keys("parameter-not-offered", *inside, *mail) == [], "without a hello nothing is in force: another rule"
    assert keys("parameter-not-offered", *greeted(), *greeted("SIZE")[1:], *mail) == []


@pytest.mark.parametrize("reply", ["s: 250-mail.test\r\n250_SIZE\r\n250 x\r\n", "s: 250-mail.test\r\n550 SIZE\r\n"])
def test_offers_that_cannot_be_read_for_certain(reply: str) -> None:
    steps = ("S: 220 mail.test", "C: EHLO me.test", reply, *command(f"MAIL FROM:<{SENDER}> SIZE=9"))
    assert keys("parameter-not-offered", *steps) == []


def test_lines_of_a_message_are_no_commands() -> None:
    steps = (*greeted(), *MAIL, *RCPT, "C: DATA", "S: 451 Later", *command("MAIL FROM:<a@b.test> SIZE=9"))
    assert keys("parameter-not-offered", *steps) == []
    assert keys("8bit-content", *greeted(), *MAIL, "C: DATA", "S: 451 Later", *command(f"HELP {EIGHT}")) == []


def test_no_keyword_is_in_both_tables() -> None:
    assert WITHOUT_PARAMETERS.isdisjoint({keyword for keywords in OFFERED_BY.values() for keyword in keywords})
    assert {"SIZE", "8BITMIME", "PIPELINING"} <= KNOWN


# --- octets above 127


def sent(*offers: str, mail: str = "", content: str = CONTENT.replace("Last", EIGHT)) -> tuple[str, ...]:
    return (*greeted(*offers), *command(f"MAIL FROM:<{SENDER}>{mail}"), *RCPT, *DATA, f"M: {content}", "S: 250 Ok")


@pytest.mark.parametrize("offers", [(), ("PIPELINING", "SIZE 1000")])
def test_eight_bits_that_were_not_offered(offers: tuple[str, ...]) -> None:
    for takes in ("raw", "composed", "fixed"):
        (remark,) = remarks("8bit-content", *sent(*offers), job=job(takes=takes))
        assert (remark.key, remark.requirement) == ("8bit-content", "RFC5321-2.4-e")
        assert verdict(remark) is Verdict.FAIL
        assert (dict(remark.facts)["number"], dict(remark.facts)["text"]) == ("8", "Grüße line")
        assert ("in ASCII" in remark.expected, "127" in remark.observed) == (True, True)


def test_eight_bits_that_the_client_was_given() -> None:
    """RFC 6152, 3: converted or refused; but who was to send a file as it is, is told and not failed."""
    (remark,) = remarks("8bit-content", *sent(), job=GIVEN)
    assert (remark.key, remark.requirement) == ("8bit-content.given", "RFC6152-3-a")
    assert verdict(remark) is remark.at_most is Verdict.WARN
    for own in (job(message=GIVEN.messages[0].octets, takes="composed"), job(message=b"\xff", told=frozenset())):
        (remark,) = remarks("8bit-content", *sent(), job=own)
        assert remark.key == "8bit-content", "how it writes a text that it is given is its own choice"


def test_who_converts_or_refuses_is_right() -> None:
    converted = CONTENT.replace("Last", "=?utf-8?b?R3LDvMOfZQ==?=")
    assert keys("8bit-content", *sent(content=converted), job=GIVEN) == []
    assert keys("8bit-content", *greeted(), *command("RSET"), job=GIVEN) == []


@pytest.mark.parametrize("mail", ["", " BODY=7BIT", " SIZE=99"])
def test_eight_bits_that_were_not_declared(mail: str) -> None:
    for job_ in (job(), GIVEN):
        (remark,) = remarks("8bit-content", *sent("8BITMIME", "SIZE", mail=mail), job=job_)
        assert (remark.key, remark.requirement) == ("8bit-content.undeclared", "RFC6152-3-b")
        assert verdict(remark) is Verdict.WARN


@pytest.mark.parametrize("mail", [" BODY=8BITMIME", " body=8bitmime SIZE=9", " BODY=BINARYMIME", " SMTPUTF8"])
def test_eight_bits_that_were_declared(mail: str) -> None:
    assert keys("8bit-content", *sent("8bitmime", "SMTPUTF8", mail=mail)) == []


@pytest.mark.parametrize(
    ("offer", "mail"), [("8BITMIME", "BODY=8BITMIME"), ("BINARYMIME", "BODY=BINARYMIME"), ("SMTPUTF8", "SMTPUTF8")]
)
def test_each_of_three_extensions_is_a_way(offer: str, mail: str) -> None:
    assert keys("8bit-content", *sent(offer, mail=f" {mail}")) == []


def test_a_chunk_is_judged_with_its_message() -> None:
    for mail, found in ((" BODY=8BITMIME", []), ("", ["8bit-content.undeclared"])):
        begun = (*greeted("8BITMIME", "CHUNKING"), *command(f"MAIL FROM:<{SENDER}>{mail}"), *RCPT)
        first = f"c: BDAT {len(EIGHT) + 2}\r\n{EIGHT}\r\n"
        assert keys("8bit-content", *begun, first, "S: 250 Ok", "c: BDAT 0 LAST\r\n", "S: 250 Ok") == found


def test_another_transaction_declares_nothing() -> None:
    second = (*MAIL, *RCPT, *DATA, f"M: {CONTENT.replace('Last', EIGHT)}", "S: 250 Ok")
    assert keys("8bit-content", *sent("8BITMIME", mail=" BODY=8BITMIME"), *second) == ["8bit-content.undeclared"]
    refused = (f"C: MAIL FROM:<{SENDER}> BODY=8BITMIME", "S: 555 No")
    assert keys("8bit-content", *greeted("8BITMIME"), *refused, *second) == ["8bit-content.undeclared"]


def test_content_without_a_transaction() -> None:
    """A script may ask for it; what it is declared as, nobody has said."""
    steps = (*greeted("8BITMIME"), *DATA, f"M: {CONTENT.replace('Last', EIGHT)}", "S: 250 Ok")
    assert keys("8bit-content", *steps) == ["8bit-content.undeclared"]


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        (f"MAIL FROM:<{EIGHT}@b.test>", "RFC6531-3.2-a"),
        (f"RCPT TO:<{EIGHT}@b.test>", "RFC6531-3.2-a"),
        (f"RCPT TO:<b@{EIGHT}.test>", "RFC5321-4.1.2-d"),
        ("RCPT TO:<gr\xfc\xdfe@b.test>", "RFC5321-4.1.2-d"),
        (f"VRFY {EIGHT}", "RFC5321-4.1.2-d"),
    ],
)
def test_eight_bits_in_a_command_that_names_a_mailbox(line: str, requirement: str) -> None:
    (remark,) = remarks("8bit-content", *greeted("8BITMIME"), *command(line))
    assert (remark.key, remark.requirement) == ("8bit-content.command", requirement)
    assert verdict(remark) is Verdict.FAIL
    (remark,) = remarks("8bit-content", *greeted("SMTPUTF8"), *command(line))
    assert (remark.key, remark.requirement) == ("8bit-content.command", "RFC6531-3.4-a")
    assert verdict(remark) is Verdict.FAIL


def test_eight_bits_in_a_parameter() -> None:
    (remark,) = remarks("8bit-content", *greeted("DSN"), *command(f"RCPT TO:<{RECIPIENT}> ORCPT=rfc822;{EIGHT}@b.test"))
    assert (remark.key, remark.requirement) == ("8bit-content.command", "RFC5321-2.4-f")
    assert verdict(remark) is Verdict.WARN


def test_smtputf8_asked_for() -> None:
    mail, rcpt = command(f"MAIL FROM:<{EIGHT}@b.test> SMTPUTF8"), command(f"RCPT TO:<{EIGHT}@b.test>")
    assert keys("8bit-content", *greeted("SMTPUTF8"), *mail, *rcpt, *command(f"VRFY {EIGHT} SMTPUTF8")) == []
    assert keys("8bit-content", *greeted(), *mail, *rcpt) == ["8bit-content.command"]


def test_vrfy_asks_for_smtputf8_itself() -> None:
    """RFC 6531, 3.7.4.2: what MAIL has said is not about it."""
    mail, asked = command(f"MAIL FROM:<{SENDER}> SMTPUTF8"), command(f"VRFY {EIGHT} SMTPUTF8")
    assert keys("8bit-content", *greeted("SMTPUTF8"), *asked) == []
    assert keys("8bit-content", *greeted("SMTPUTF8"), *mail, *command(f"VRFY {EIGHT}")) == ["8bit-content.command"]


def test_smtputf8_that_is_miswritten_is_another_rules() -> None:
    mail = command(f"MAIL FROM:<{EIGHT}@b.test> SMTPUTF8=yes")
    assert keys("8bit-content", *greeted("SMTPUTF8"), *mail) == []
    assert keys("parameter-value", *greeted("SMTPUTF8"), *mail) == ["parameter-value.form"]


def test_eight_bits_in_another_command() -> None:
    (remark,) = remarks("8bit-content", *greeted(), *command(f"NOOP {EIGHT}"))
    assert (remark.requirement, verdict(remark)) == ("RFC5321-2.4-f", Verdict.WARN)


@pytest.mark.parametrize("line", [f"EHLO {EIGHT}.test", f"{EIGHT} what", f"AUTH PLAIN {EIGHT}"])
def test_what_the_host_decides_or_no_verb_begins(line: str) -> None:
    assert keys("8bit-content", *greeted(), *command(line)) == []


def test_a_mechanism_that_has_eight_bits_is_another_rules() -> None:
    steps = (*greeted("AUTH LOGIN"), f"C: AUTH {EIGHT}", "S: 504 No")
    assert keys("8bit-content", *steps) == []
    assert keys("helo-then-auth", *steps) == ["helo-then-auth"]


def test_a_sasl_response_is_another_rules() -> None:
    steps = (*greeted("AUTH LOGIN"), "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", f"C: {EIGHT}", "S: 501 No")
    assert keys("8bit-content", *steps) == []


def test_content_that_is_not_kept_or_holds_a_secret() -> None:
    big = (*greeted(), *MAIL, *RCPT, *DATA, f"cut at 32 MB M: {EIGHT}\r\n.\r\n", "S: 250 Ok")
    assert keys("8bit-content", *big) == []
    assert keys("8bit-content", *sent(content=f"correct-horse-77 {EIGHT}\r\n.\r\n")) == []


def test_a_good_session() -> None:
    for rule in ("8bit-content", "parameter-not-offered"):
        assert keys(rule, *HAPPY) == []
