"""What of a client's octets passes to a remote relay, one conversation at a time."""

from __future__ import annotations

import pytest

from smtpwitness.peers.warden import LONGEST, Refused, Warden


class Case:
    """A warden behind which one message may go."""

    def __init__(self, *, needs_tls: bool = False) -> None:
        self.left = 1
        self.warden = Warden(["Bob@Example.test"], self.take, needs_tls)
        self.warden.heard(b"220-hello\r\n220 there\r\n")

    def take(self) -> None:
        if not self.left:
            raise Refused("no more")
        self.left -= 1

    def play(self, *steps: tuple[bytes, bytes]) -> bytes:
        """Everything that passed, each thing said being answered."""
        return b"".join(self.warden.said(said) + self.warden.heard(answer) for said, answer in steps)


TRANSACTION = (
    (b"EHLO x\r\n", b"250-x\r\n250 y\r\n"),
    (b"MAIL FROM:<a@x>\r\n", b"250 ok\r\n"),
    (b"rcpt to: <Bob@EXAMPLE.test> NOTIFY=NEVER\r\n", b"250 ok\r\n"),
)


def test_an_ordinary_message_passes_whole_whatever_stands_in_it() -> None:
    content = b"RCPT TO:<stranger@x>\r\n\r\n..\r\nDATA\r\n.\r\n"
    steps = (*TRANSACTION, (b"DATA\r\n", b"354 go\r\n"), (content, b"250 ok\r\n"), (b"QUIT\r\n", b"221 bye\r\n"))
    assert Case().play(*steps) == b"".join(said for said, _ in steps)


def test_content_that_comes_octet_by_octet_ends_where_it_ends() -> None:
    case = Case()
    case.play(*TRANSACTION, (b"DATA\r\n", b"354 go\r\n"))
    content = b"hello\r\n.x\r\n.\r\n"
    assert b"".join(case.warden.said(bytes([one])) for one in content) == content
    with pytest.raises(Refused, match="not listed"):
        case.warden.said(b"RCPT TO:<stranger@x>\r\n")


def test_an_empty_message_ends_at_once() -> None:
    case = Case()
    assert case.play(*TRANSACTION, (b"DATA\r\n", b"354 go\r\n"), (b".\r\nQUIT\r\n", b"250 ok\r\n")).endswith(
        b"QUIT\r\n"
    )


def test_a_batch_passes_and_what_follows_data_waits_for_its_reply() -> None:
    case = Case()
    batch = b"".join(said for said, _ in TRANSACTION) + b"DATA\r\n"
    assert case.warden.said(batch + b"text\r\n.\r\n") == batch
    assert case.warden.heard(b"250 x\r\n250 ok\r\n250 ok\r\n") == b""
    assert case.warden.heard(b"354 go\r") == b""
    assert case.warden.heard(b"\n") == b"text\r\n.\r\n"


def test_lines_of_a_message_that_was_refused_are_lines() -> None:
    case = Case()
    case.play(*TRANSACTION)
    case.warden.said(b"DATA\r\n")
    with pytest.raises(Refused, match="not listed"):
        case.warden.said(b"RCPT TO:<stranger@x>\r\n") or case.warden.heard(b"554 no\r\n")


@pytest.mark.parametrize(
    "line", [b"RCPT TO:<stranger@x>", b" rcpt\tTO:<bob@example.test>", b"RCPT:TO:<x@y>", b"RCPT TO:<>", b"RCPT"]
)
def test_a_recipient_that_is_not_listed_does_not_pass(line: bytes) -> None:
    with pytest.raises(Refused, match="not listed"):
        Case().warden.said(line + b"\r\n")


def test_there_is_one_message() -> None:
    case = Case()
    case.play(*TRANSACTION, (b"DATA\r\n", b"354 go\r\n"), (b"hi\r\n.\r\n", b"250 ok\r\n"))
    with pytest.raises(Refused, match="no more"):
        case.warden.said(b"DATA\r\n")


def test_chunks_pass_whole_and_make_one_message() -> None:
    case = Case()
    chunks = (b"BDAT 22\r\nRCPT TO:<stranger@x>\r\n", b"250 ok\r\n"), (b"BDAT 2 LAST\r\n\r\n", b"250 ok\r\n")
    assert case.play(*TRANSACTION, *chunks).endswith(b"RCPT TO:<stranger@x>\r\nBDAT 2 LAST\r\n\r\n")
    with pytest.raises(Refused, match="no more"):
        case.warden.said(b"BDAT x\r\n")


@pytest.mark.parametrize("line", [b"AUTH PLAIN AGEAYg==", b"MAIL FROM:<a@x>", b"c2VjcmV0IHRleHQ=", b"???"])
def test_before_tls_only_a_hello_passes(line: bytes) -> None:
    case = Case(needs_tls=True)
    assert case.play((b"EHLO x\r\n", b"250 STARTTLS\r\n")) == b"EHLO x\r\n"
    with pytest.raises(Refused, match="without TLS"):
        case.warden.said(line + b"\r\n")


def test_after_tls_everything_may_pass() -> None:
    case = Case(needs_tls=True)
    case.play((b"STARTTLS\r\nAUTH", b"220 go\r\n"))
    case.warden.tls()
    assert case.play((b"AUTH PLAIN AGEAYg==\r\n", b"235 ok\r\n")) == b"AUTH PLAIN AGEAYg==\r\n"


def test_a_line_without_end_is_not_waited_for_without_end() -> None:
    with pytest.raises(Refused, match="octets"):
        Case().warden.said(b"x" * (LONGEST + 1))
