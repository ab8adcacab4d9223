"""What a client composes: each check with a message that it must find, and messages that none may object to."""

from __future__ import annotations

from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, localtime, make_msgid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playbook import DATA, HELLO, QUIT, RECIPIENT, SENDER, job, keys, remarks, verdict

from smtpwitness.judge.content import stuffed
from smtpwitness.judge.rules import Remark
from smtpwitness.judge.rules.composition import CHECKS
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Job, JobMessage

COMPOSED = job(takes="composed", told=frozenset({"sender", "recipients"}))
HEADER = (
    "From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Hello\r\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0800\r\nMessage-ID: <1.2@client.example.test>\r\n"
)
TEXT = "\r\nHello\r\n"
PLAIN = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
DAN = "dan@example.test"


def steps(
    message: str | bytes, *offers: str, mail: str = "", recipients: tuple[str, ...] = (RECIPIENT,)
) -> tuple[str, ...]:
    """A session in which *message* is sent, with *mail* behind MAIL's path."""
    octets = message.encode() if isinstance(message, str) else message
    lines = ["mail.test", *offers]
    hello = "".join(f"250{'-' if line is not lines[-1] else ' '}{line}\r\n" for line in lines).removesuffix("\r\n")
    rcpts = [step for one in recipients for step in (f"C: RCPT TO:<{one}>", "S: 250 Ok")]
    return (
        *(*HELLO[:2], f"S: {hello}", f"C: MAIL FROM:<{SENDER}>{mail}", "S: 250 Ok", *rcpts),
        *(*DATA, f"M: {stuffed(octets).decode('latin-1')}", "S: 250 Ok"),
    )


def found(
    message: str | bytes,
    *offers: str,
    job: Job = COMPOSED,
    mail: str = "",
    recipients: tuple[str, ...] = (RECIPIENT,),
) -> list[str]:
    session = steps(message, *offers, mail=mail, recipients=recipients)
    return [key.partition(".")[2] for key in keys("composition", *session, job=job)]


def with_(old: str, new: str, text: str = HEADER) -> str:
    assert old in text
    return text.replace(old, new) + TEXT


def without(name: str) -> str:
    return "".join(line for line in HEADER.splitlines(keepends=True) if not line.startswith(name)) + TEXT


def mime(encoding: str, text: str) -> str:
    return f"{HEADER}{PLAIN}Content-Transfer-Encoding: {encoding}\r\n\r\n{text}\r\n"


MULTIPART = (
    HEADER + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n{}\r\n--b\r\n{}\r\nHello\r\n--b--\r\n"
)
FROM, DATE = "Alice <alice@example.test>", "Mon, 23 Nov 2026 10:00:00 +0800"
LONG_BASE64 = "QUJD" * 20
WRONG = {
    "nul": with_("Hello", "Hel\0lo"),
    "control": HEADER + "\r\nbell\a\r\n",
    "field-name": with_("Subject:", "My project: x\r\nSubject:"),
    "utf8-name": with_("Subject:", "备注: x\r\nSubject:"),
    "blank-before-colon": with_("Subject:", "Subject :"),
    "year": with_(DATE, "Mon, 23 Nov 26 10:00:00 +0800"),
    "zone": with_(DATE, "Mon, 23 Nov 2026 02:00:00 GMT"),
    "no-message-id": without("Message-ID"),
    "message-id": with_("<1.2@client.example.test>", "1.2@client.example.test"),
    "no-author": with_(FROM, "Alice"),
    "no-sender": with_(FROM, "a@b.test, c@d.test"),
    "needless-sender": with_("To:", "Sender: alice@EXAMPLE.test\r\nTo:"),
    "needless-quotes": with_(FROM, '"alice.b"@example.test'),
    "blank-at-sign": with_("alice@example", "alice @example"),
    "apparently-to": with_("To:", "Apparently-To: bob@example.test\r\nTo:"),
    "return-path": "Return-Path: <alice@example.test>\r\n" + HEADER + TEXT,
    "resent": "Resent-From: alice@example.test\r\n" + HEADER + TEXT,
    "tls-required": with_("Subject: ", "TLS-Required: No\r\nTLS-required: No\r\nSubject: "),
    "blank-line": with_("Subject: Hello", "Subject: Hello\r\n \r\n there"),
    "fold": with_("bob@example", "bob@exam\r\n ple"),
    "long-line": with_("Hello", "Hello " * 14),
    "too-long": with_("Hello", "x" * 1000),
    "too-long-utf8": with_("Hello", "你" * 400),
    "too-long-text": HEADER + "\r\n" + "x" * 999 + "\r\n",
    "raw-header": with_("Hello", "你好"),
    "raw-address": with_("Alice", "张三"),
    "raw-part": MULTIPART.format("", "X-Name: 报告\r\n"),
    "long-word": with_("Hello", f"=?utf-8?B?{'5L2g' * 18}?="),
    "misplaced-word": with_("Alice", '"=?utf-8?B?5L2g?="'),
    "cut-word": with_("Hello", "=?utf-8?B?5L0=?="),
    "mime-version": HEADER + "Content-Type: text/plain\r\n" + TEXT,
    "mislabelled": mime("7bit", "你好"),
    "mislabelled-8bit": mime("8bit", "x" * 999),
    "encoded-multipart": MULTIPART.format("Content-Transfer-Encoding: base64\r\n", ""),
    "base64": mime("base64", LONG_BASE64),
    "quoted-printable": mime("quoted-printable", "x" * 77),
}


def the(key: str, message: str | bytes) -> Remark:
    """What is said of *message* under that key."""
    (remark,) = [
        one for one in remarks("composition", *steps(message), job=COMPOSED) if one.key == f"composition.{key}"
    ]
    return remark


@pytest.mark.parametrize("key", WRONG)
def test_what_is_wrong(key: str) -> None:
    (check,) = [one for one in CHECKS if one.key == key]
    remark = the(key, WRONG[key])
    assert (remark.requirement, remark.expected) == (check.requirement, check.expected)


@pytest.mark.parametrize(
    ("key", "message", "shown"),
    [
        ("nul", with_("Hello", "Hel\0lo") + "another\0\r\n", "e.test Subject: Hel<NUL>lo Date: Mon, 23 N"),
        ("nul", "\0" + HEADER, "<NUL>From: Alice <alice@"),
        ("raw-header", with_("Hello", "Grüße").encode("latin-1"), "Subject: Gr\ufffd\ufffde"),
        ("quoted-printable", mime("quoted-printable", " \t "), "(blanks)"),
        ("no-message-id", without("Message-ID"), "no such field"),
        ("message-id", with_("<1.2@client.example.test>", ""), "(nothing)"),
        ("message-id", with_("<1.2@client.example.test>", "<12>"), "<12>"),
        ("no-author", with_(FROM, ""), "(nothing)"),
        ("no-author", with_(FROM, "Alice"), "Alice"),
        ("resent", "Resent-To: bob@example.test\r\n" + HEADER, "Resent-From, Resent-Date"),
        ("misplaced-word", with_("Alice", '"=?utf-8?B?5L2g?="'), "=?utf-8?B?5L2g?="),
        ("cut-word", with_("Hello", "=?utf-8?B?5L0=?="), "=?utf-8?B?5L0=?="),
    ],
)
def test_what_is_shown_of_it(key: str, message: str | bytes, shown: str) -> None:
    remark = the(key, message)
    assert remark.observed == shown
    assert dict(remark.facts)["text"] == shown


def subject(length: int, letter: str = "x", before: str = "") -> str:
    """A message whose subject's line has *length* characters; its value begins with *before*."""
    return with_("Hello", before + letter * (length - len("Subject: " + before)))


Q_WORD = "=?utf-8?Q?{}?="


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("long-line", subject(78, before="a "), subject(79, before="a ")),
        ("long-line", with_("Hello", "\r\n a " + "x" * 75), with_("Hello", "\r\n a " + "x" * 76)),
        ("too-long", subject(998), subject(999)),
        ("too-long-text", HEADER + "\r\n" + "x" * 998 + "\r\n", HEADER + "\r\n" + "x" * 999 + "\r\n"),
        (
            "long-word",
            with_("Hello", "\r\n " + Q_WORD.format("x" * 63)),
            with_("Hello", "\r\n " + Q_WORD.format("x" * 64)),
        ),
        ("long-word", subject(76, before="=?utf-8?Q?x?="), subject(77, before="=?utf-8?Q?x?=")),
        ("mislabelled-8bit", mime("8bit", "x" * 998), mime("8bit", "x" * 999)),
        ("base64", mime("base64", "A" * 76), mime("base64", "A" * 77)),
        ("quoted-printable", mime("quoted-printable", "x" * 76), mime("quoted-printable", "x" * 77)),
    ],
)
def test_how_long_a_line_may_be(key: str, right: str, wrong: str) -> None:
    assert found(right) == []
    assert found(wrong) == [key]


def test_a_line_of_998_characters_is_long_and_one_of_999_too_long() -> None:
    assert found(subject(998, before="a ")) == ["long-line"]
    assert found(subject(999, before="a ")) == ["too-long"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (subject(504, "é", before="x"), []),  # 998 octets
        (subject(504, "é"), ["too-long-utf8"]),  # 999 octets
        (subject(998, "é"), ["too-long-utf8"]),
        (subject(999, "é"), ["too-long"]),
    ],
)
def test_in_utf8_characters_and_octets_are_counted(message: str, told: list[str]) -> None:
    assert found(message, "SMTPUTF8", mail=" SMTPUTF8") == told


ALONE = set(WRONG) - {"too-long-utf8"}


@pytest.mark.parametrize("key", sorted(ALONE))
def test_one_mistake_is_one_finding(key: str) -> None:
    assert found(WRONG[key]) == [key]


HOSTILE = "Hello\r\nX-Injected: yes"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("where", ["subject", "name"])
def test_a_line_end_in_a_value_makes_no_field(end: str, where: str) -> None:
    value = HOSTILE.replace("\r\n", end)
    told = replace(COMPOSED, **({"subject": value} if where == "subject" else {"options": {"name": value}}))
    assert found(with_("Hello", HOSTILE), job=told) == ["injected"]
    for harmless in ("Hello\r\n X-Injected: yes", "Hello X-Injected: yes", "=?utf-8?Q?Hello=0D=0AX-Injected=3A_yes?="):
        assert found(with_("Hello", harmless), job=told) == []


def test_a_field_that_was_wished_for_or_a_folded_value_smuggles_nothing() -> None:
    told = replace(COMPOSED, subject="Hello\r\n X-Folded: x\r\nno field", options={"field": "X-Injected: yes"})
    assert found(with_("Hello", HOSTILE + "\r\nX-Folded: x"), job=told) == []


def test_every_check_is_tried() -> None:
    elsewhere = {"injected", "bcc", "blind-copy", "no-tls-required", "no-mime", "binary", "not-composed", "mixed"}
    assert {check.key for check in CHECKS} == set(WRONG) | elsewhere


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("nul", "\0" + HEADER + TEXT),
        ("zone", with_(DATE, "23 Nov 2026 02:00:00 EST (Eastern)")),
        ("zone", with_(DATE, "23 Nov 2026 02:00:00 gmt")),
        ("message-id", with_("<1.2@client.example.test>", "")),
        ("message-id", with_("<1.2@client.example.test>", "<1 2@client.example.test>")),
        ("message-id", with_("<1.2@client.example.test>", "<12>")),
        ("no-author", with_(FROM, "")),
        ("fold", with_("bob@example.test", "<bob\r\n .b@example.test>")),
        ("fold", with_(" bob@example.test", "<bob\r\n .b@example.test>")),
        ("fold", with_("bob@example.test", "<\r\n bob@example.test>")),
        ("fold", with_("bob@example.test", "X\r\n .b@example.test")),
        ("long-word", with_("Hello", "=?utf-8?Q?Hello there?=")),
        ("long-word", with_("Hello", "Hello Hello Hello Hello Hello Hello Hello Hello =?utf-8?B?5L2g5L2g5L2g5L2g?=")),
        ("misplaced-word", with_("alice@", "=?utf-8?B?5L2g?=@")),
        ("misplaced-word", with_("alice@example.test", "alice@=?utf-8?B?5L2g?=")),
        ("misplaced-word", with_(FROM, "@=?utf-8?B?5L2g?=")),
        ("cut-word", with_("Hello", "=?utf-8?Q?=E4=BD?=")),
        ("cut-word", with_("Hello", "=?utf-8?Q?a=b?=")),
        ("cut-word", with_("Hello", "=?utf-8?B?5L2?=")),
        ("cut-word", with_("Hello", "=?utf-8?B?5L2g!?=")),
        ("cut-word", with_("Hello", "=?utf-8*zh?B?5L0=?=")),
        ("cut-word", with_("Hello", "=?shift_jis?Q?=83_?=")),  # `_` is a blank, which ends no character
        ("mime-version", HEADER + "MIME-Version: 2.0\r\nContent-Type: text/plain\r\n" + TEXT),
        ("mime-version", HEADER + "Content-Transfer-Encoding: 7bit\r\n" + TEXT),
        ("mime-version", HEADER + "Content-Disposition: inline\r\n" + TEXT),
        ("mislabelled", HEADER + "\r\n你好\r\n"),
        ("mislabelled-8bit", mime("8bit", "x\0")),
        ("base64", mime("base64", "你好")),
        ("quoted-printable", mime("quoted-printable", "blank ")),
        ("quoted-printable", mime("quoted-printable", "tab\t")),
        ("quoted-printable", mime("quoted-printable", "=zz")),
        ("base64", MULTIPART.format("", f"Content-Transfer-Encoding: base64\r\n\r\n{LONG_BASE64}\r\n")),
        ("resent", "Resent-To: bob@example.test\r\nResent-Date: " + DATE + "\r\n" + HEADER + TEXT),
        ("resent", "Resent-From: bob@example.test\r\nResent-To: dan@example.test\r\n" + HEADER + TEXT),
    ],
)
def test_what_else_is_wrong(key: str, message: str) -> None:
    assert key in found(message)


@pytest.mark.parametrize(
    "message",
    [
        HEADER + TEXT,
        HEADER,
        HEADER.replace("\r\n", "\n") + "\nHello\n",
        with_(DATE, "Mon, 23 Nov 2026 10:00:00 +0800 (CST)"),
        with_(DATE, "23 Nov 2026 10:00 -0000"),
        with_("<1.2@client.example.test>", "<a!b=c@[192.0.2.1]> (made here)"),
        with_("<1.2@client.example.test>", "\r\n <1.2@client.example.test>"),
        with_(FROM, '"Müller, \\"A\\"" <alice@example.test>'.replace("ü", "u")),
        with_(FROM, "alice@example.test (Alice @ home)"),
        with_(FROM, '"al ice"@example.test'),
        with_(FROM, "a@b.test, c@d.test\r\nSender: a@b.test"),
        with_(FROM, "a@b.test\r\nSender: c@d.test"),
        with_(
            "bob@example.test",
            "bob@example.test,\r\n Dan\r\n\t<dan@example.test>,\r\n (old\r\n friend) eve@example.test",
        ),
        with_("bob@example.test", "bob@example.test,\r\n dan@example.test"),
        with_("bob@example.test", "<bob@example.test>\r\n (Bob)"),
        with_("bob@example.test", "undisclosed-recipients:;"),
        with_("bob@example.test", '"a\r\n b" <bob@example.test>'),
        with_("Hello", "x" * 200),
        with_("Hello", "\r\n " + "x" * 200),
        with_("Hello", "=?utf-8?B?5L2g?=\r\n =?utf-8?Q?=E4=BD=A0_?="),
        with_("Hello", "=?utf-8?Q?=e4=bd=a0?="),
        with_("Hello", "=?x-unknown?B?5L2g?= and =?what is this"),
        with_("Hello", "=?no-word-but-long?" + "x" * 80),
        with_("Hello", "what?=?utf-8?B?="),
        with_("Alice", "=?utf-8?B?5L2g?="),
        with_("Alice", "=?gb2312?B?1cXI/Q==?="),
        with_("Subject: Hello", "Subject:\r\nX-Empty:"),
        "Resent-From: a@b.test\r\nResent-Date: " + DATE + "\r\nResent-To: c@d.test\r\n" + HEADER + TEXT,
        mime("7bit", "Hello"),
        mime("7bit", "\x1b$B$3\x1b(B").replace("utf-8", "iso-2022-jp"),
        with_(FROM, "alice@example.test <alice@example.test>"),
        mime("base64", "5L2g5aW9Cg==\r\n"),
        mime("quoted-printable", "=E4=BD=A0 a=3D=\r\nb=20\r\n"),
        mime("x-unknown", "x" * 500),
        MULTIPART.format("", ""),
        MULTIPART.format("Content-Transfer-Encoding: 8bit\r\n", "Content-Transfer-Encoding: 8bit\r\n\r\n你好"),
        MULTIPART.format("Content-Transfer-Encoding: binary\r\n", ""),
        MULTIPART.format("", "Content-Type: message/rfc822\r\n\r\nSubject: 你好\r\n"),
        HEADER + "MIME-Version: 1.0 (made here)\r\nContent-Type: text/plain\r\n" + TEXT,
        with_("To: bob", "Bcc:\r\nTo: bob"),
    ],
)
def test_what_is_right(message: str) -> None:
    assert found(message) == []


def test_a_fold_beside_the_at_sign_is_a_blank_there_and_no_more() -> None:
    assert found(with_("bob@example", "bob\r\n @example")) == ["blank-at-sign"]
    assert found(with_("bob@example", "bob@\r\n example")) == ["blank-at-sign"]


def test_what_is_longer_than_any_address_is_not_searched_for_folds() -> None:
    assert found(with_("bob@example.test", f"<{'b' * 400}\r\n .b@example.test>")) == []


def test_only_the_name_of_a_misnamed_field_decides_whether_it_is_in_ascii() -> None:
    assert found(with_("Subject:", "My project: 备注: x\r\nSubject:")) == ["field-name"]


def test_octets_that_are_no_utf8_beside_an_encoded_word() -> None:
    assert found(with_("Hello", "=?utf-8?Q?x?= Grüße").encode("latin-1")) == ["raw-header"]


@pytest.mark.parametrize("message", [TEXT, "Hello\r\n", "", "From: a@b.test\r\nHello there\r\nWorld\r\n"])
def test_no_header_is_another_rules(message: str) -> None:
    assert set(found(message)) <= {"no-message-id"}


def test_a_missing_blank_line_is_told_once() -> None:
    text = HEADER + "Hello, this is the text\r\n"
    assert keys("missing-blank-line", *steps(text), job=COMPOSED) == ["missing-blank-line"]
    assert found(text) == []
    assert keys("missing-blank-line", *steps(WRONG["field-name"]), job=COMPOSED) == []


def test_a_raw_message_is_not_the_clients() -> None:
    for message in WRONG.values():
        assert found(message, job=job()) == []


# --- who sees whom

BLIND = job(takes="composed", recipients=(RECIPIENT, DAN), options={"blind": DAN})
BOTH = (RECIPIENT, DAN)


def test_blind_copies() -> None:
    bcc = "Bcc: dan@example.test\r\n" + HEADER + TEXT
    assert found(bcc, job=BLIND, recipients=BOTH) == ["bcc"]
    assert found(bcc, job=BLIND) == ["bcc"], "Bob's copy"
    assert found(bcc, job=BLIND, recipients=(DAN,)) == [], "Dan's own copy"
    elsewhere = "X-Envelope-To: bob@example.test, dan@example.test\r\n" + HEADER + TEXT
    assert found(elsewhere, job=BLIND, recipients=BOTH) == ["blind-copy"]
    assert found(elsewhere, job=BLIND, recipients=(DAN,)) == []
    assert found(HEADER + TEXT, job=BLIND, recipients=BOTH) == []


@pytest.mark.parametrize(
    ("field", "hidden"),
    [
        ("X-Copies: <Dan@Example.test>", False),
        ("Comments: also to dan@example.test.", False),
        ("Comments: jordan@example.test", True),
        ("Comments: big.dan@example.test", True),
        ("Comments: dan@example.test.de", True),
        ("Comments: dan@example.tests", True),
    ],
)
def test_a_mailbox_is_more_than_a_piece_of_another(field: str, hidden: bool) -> None:
    assert found(f"{field}\r\n" + HEADER + TEXT, job=BLIND) == ([] if hidden else ["blind-copy"])


def test_who_writes_may_have_a_blind_copy() -> None:
    own = job(takes="composed", recipients=(RECIPIENT, SENDER), options={"blind": SENDER})
    assert SENDER in HEADER
    assert found(HEADER + TEXT, job=own) == []
    assert found(f"Reply-To: {SENDER}\r\n" + HEADER + TEXT, job=own) == []
    assert "blind-copy" not in found(f"Sender: {SENDER}\r\n" + HEADER + TEXT, job=own)
    assert found("Comments: XXXX\r\n" + HEADER + TEXT) == [], "where nobody is to be hidden"
    assert found(f"Cc: {SENDER}\r\n" + HEADER + TEXT, job=own) == ["blind-copy"]


@pytest.mark.parametrize("named", [DAN, "eve@example.test"])
def test_every_blind_recipient_is_to_stay_hidden(named: str) -> None:
    two = replace(BLIND, options={"blind": "dan@example.test,eve@example.test"})
    assert found(f"X-Envelope-To: {named}\r\n" + HEADER + TEXT, job=two) == ["blind-copy"]


def test_that_tls_is_not_required_is_said_if_it_was_wished_for() -> None:
    wishes = job(takes="composed", options={"field": "TLS-Required: No"})
    (remark,) = remarks("composition", *steps(HEADER + TEXT), job=wishes)
    assert (remark.key, remark.observed) == ("composition.no-tls-required", "no such field")
    assert found("TLS-Required: No\r\n" + HEADER + TEXT, job=wishes) == []
    assert found(HEADER + TEXT, job=job(takes="composed", options={"field": "X-Project: networks"})) == []


TWO = job(
    takes="composed",
    messages=(JobMessage(SENDER, (RECIPIENT,), b"one"), JobMessage(SENDER, (DAN,), b"two")),
)


def twice(second: str, job: Job, to: str = DAN) -> list[str]:
    one = steps(HEADER + TEXT)
    two = steps(second, recipients=(to,))[3:]
    return keys("composition", *one, *two, *QUIT, job=job)


def test_one_message_id_for_two_messages() -> None:
    (remark,) = remarks("composition", *steps(HEADER + TEXT), *steps(HEADER + TEXT, recipients=(DAN,))[3:], job=TWO)
    assert (remark.key, remark.requirement) == ("composition.repeated-id", "RFC5322-3.6.4-b")
    assert remark.expected == "a Message-ID of its own for each message"
    assert remark.observed == dict(remark.facts)["text"] == "<1.2@client.example.test>"
    assert verdict(remark) is Verdict.FAIL
    assert twice(with_("<1.2@", "<1.3@"), TWO) == []
    assert twice(HEADER + TEXT, TWO, RECIPIENT) == [], "the same message once more"
    assert twice(HEADER + TEXT, TWO, "who@example.test") == [], "nobody knows which it is"
    assert twice(HEADER + TEXT, BLIND) == [], "one message in two transactions"
    unknown = steps(HEADER + TEXT, recipients=("who@example.test",))
    known = (*steps(HEADER + TEXT)[3:], *steps(HEADER + TEXT, recipients=(DAN,))[3:])
    assert keys("composition", *unknown, *known, job=TWO) == ["composition.repeated-id"], "the others are known"
    relay = replace(TWO, relayed=True)
    assert twice(HEADER + TEXT, relay, "who@example.test") == [], "a notification is none of the job's"


# --- eight bits and UTF-8


def test_eight_bits_that_mail_has_declared() -> None:
    said = " BODY=8BITMIME"
    assert found(mime("7bit", "你好"), "8BITMIME", mail=said) == ["no-mime"]
    assert found(HEADER + "\r\n你好\r\n", "8BITMIME", mail=said) == ["no-mime"]
    assert found(mime("8bit", "你好"), "8BITMIME", mail=said) == []
    assert found(mime("8bit", "你" * 400), "8BITMIME", mail=said) == ["binary"]


def test_a_transaction_without_mail() -> None:
    """A script may ask for it."""
    session = (*HELLO, *DATA, f"M: {stuffed((HEADER + TEXT).encode()).decode()}", "S: 250 Ok")
    assert keys("composition", *session, job=COMPOSED) == []


def test_utf8_that_was_offered_and_declared() -> None:
    both = with_("Hello", "你好", HEADER.replace("Alice", "张三"))
    assert found(both, "SMTPUTF8", mail=" SMTPUTF8") == []
    assert found(both, "SMTPUTF8") == [], "rule smtputf8 says more of it"
    assert found(WRONG["raw-part"], "SMTPUTF8") == []
    assert found(with_("Alice", "=?utf-8?B?5L2g?=", HEADER.replace("Hello", "你好")), "SMTPUTF8", mail=" SMTPUTF8") == [
        "mixed"
    ]
    assert found(with_("Alice", "=?utf-8?B?5L2g?="), "SMTPUTF8", mail=" SMTPUTF8") == []
    assert found(with_("Hello", "Re\u0301sume\u0301"), "SMTPUTF8", mail=" SMTPUTF8") == ["not-composed"]
    assert found(with_("Hello", "Résumé ①"), "SMTPUTF8", mail=" SMTPUTF8") == []


@pytest.mark.parametrize(("times", "looked_at"), [(999, True), (1000, False)])
def test_a_field_of_2000_characters_is_not_looked_at_for_nfc(times: int, looked_at: bool) -> None:
    assert ("not-composed" in found(with_("Hello", "e\u0301" * times))) is looked_at


# --- what Python's standard library composes, none may object to

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), max_size=40)
LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120))


@settings(max_examples=40, deadline=None)
@given(NAMES.map(str.strip), LINES, st.booleans())
def test_what_the_standard_library_writes(subject: str, lines: list[str], attached: bool) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Zhang San 张三", "alice", "example.test")
    message["To"] = [Address("", f"bob{number}", "example.test") for number in range(10)]
    message["Date"], message["Message-ID"] = format_datetime(localtime()), make_msgid(domain="example.test")
    message["Subject"] = subject.replace("=?", "")
    message.set_content("\n".join(lines) + "\n", cte="base64")
    if attached:
        message.add_attachment(b"\0\1\2" * 100, maintype="application", subtype="x", filename="报告.txt")
    # Its lines have up to 78 characters, those with encoded words too, which RFC 2047, 2 limits to 76.
    assert set(found(message.as_bytes())) <= {"long-line", "long-word"}


def test_what_the_standard_library_writes_in_utf8() -> None:
    message = EmailMessage(policy=SMTPUTF8)
    message["From"], message["To"], message["Subject"] = "张三 <alice@example.test>", "用户@例子.test", "你好" * 30
    message["Date"], message["Message-ID"] = format_datetime(localtime()), make_msgid(domain="example.test")
    message.set_content("你好\n")
    octets = message.as_bytes()
    assert found(octets, "SMTPUTF8", "8BITMIME", mail=" SMTPUTF8 BODY=8BITMIME") == []


@pytest.mark.parametrize(
    "message",
    [
        HEADER + "To: " + "(" * 90_000 + TEXT,
        HEADER + "To: " + "@" * 90_000 + TEXT,
        HEADER + "To: " + " @" * 40_000 + TEXT,
        HEADER + "To: " + "<" * 90_000 + TEXT,
        HEADER + "To: " + ", " * 40_000 + TEXT,
        HEADER + "Subject: " + "=?" * 40_000 + TEXT,
        HEADER + "Subject: " + "=?utf-8?Q?" * 9_000 + TEXT,
        HEADER + "Subject: =?utf-8?Q?" + "a " * 40_000 + TEXT,
        HEADER + "Subject: " + "e\u0301\u0316" * 30_000 + TEXT,
        HEADER + "Subject: =?punycode?Q?" + "ab-c" * 20_000 + "?=" + TEXT,
        HEADER + "X: y\r\n" * 15_000 + TEXT,
        HEADER + "X: y\r\n" + " \r\n" * 30_000 + TEXT,
        HEADER + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + "--b\r\n" * 300_000,
        HEADER + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' * 50_000,
        HEADER + "\r\n" + "\r" * 1_000_000,
        mime("quoted-printable", "=3D" * 300_000),
        mime("base64", "A" * 1_000_000),
    ],
)
def test_hostile_messages_are_soon_done(message: str) -> None:
    found(message)
