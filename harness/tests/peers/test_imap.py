"""Looking into mailboxes: what is said to the server, and what servers say that are odd, hostile or somebody else."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpwitness.peers import imap
from smtpwitness.peers.certificates import Certificates
from smtpwitness.peers.imap import ImapServer, Letter, MailboxError, find, mailbox, readable, sent_folder

USER, PASSWORD = "alice@example.test", 'pass "word" \\ 77'
MESSAGE = b"Received: by x\r\nMessage-ID:\r\n <1@x>\r\nSubject: hi\r\n\r\nhello\r\n"
HEADER = b"Message-ID:\r\n <1@x>\r\n\r\n"
OTHER = b"Message-ID: <2@x>\r\n\r\n"


def literal(before: str, octets: bytes, after: str = ")") -> bytes:
    return f"* {before} {{{len(octets)}}}\r\n".encode() + octets + f"{after}\r\n".encode()


ANSWERS: dict[str, bytes] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN ID\r\n",
    "LIST": b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren \\Sent) "/" "Out \\"box\\""\r\n',
    "EXAMINE": b"* 2 EXISTS\r\n* OK [READ-ONLY]\r\n",
    "UID SEARCH": b"* SEARCH 17\r\n",
    "FETCH": literal("1 FETCH (UID 16 BODY[HEADER.FIELDS (MESSAGE-ID)]", OTHER)
    + literal("2 FETCH (UID 17 BODY[HEADER.FIELDS (MESSAGE-ID)]", HEADER),
    "UID FETCH HEADER": literal("2 FETCH (UID 17 BODY[HEADER.FIELDS (MESSAGE-ID)]", HEADER),
    "UID FETCH": literal(
        '2 FETCH (UID 17 RFC822.SIZE 61 INTERNALDATE " 5-Nov-2026 19:00:00 +0800" BODY[]',
        MESSAGE,
        " FLAGS (\\Seen \\Answered))",
    )
    + b"* 1 FETCH (FLAGS ())\r\n",
}
"""What a server says to each command, before its OK."""


class Server:
    """A server that says what it is told to, and remembers what was said to it."""

    def __init__(self, answers: dict[str, bytes], context: ssl.SSLContext | None = None) -> None:
        self.answers, self.context, self.said = {**ANSWERS, **answers}, context, list[str]()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        with contextlib.suppress(OSError), self.listener:
            one, _ = self.listener.accept()
            with one:
                if self.context:
                    one = self.context.wrap_socket(one, server_side=True)
                one.sendall(self.answers.get("greeting", b"* OK ready\r\n"))
                with one.makefile("rb") as lines:
                    for line in lines:
                        self.answer(one, line.decode().rstrip("\r\n"), lines)
                one.close()

    def answer(self, one: socket.socket, line: str, lines: object) -> None:
        tag, _, command = line.partition(" ")
        self.said.append(command)
        verb = " ".join(command.split(" ")[: 2 if command.startswith("UID") else 1])
        if verb == "AUTHENTICATE":
            one.sendall(b"+ \r\n")
            self.said.append(lines.readline().decode().strip())  # type: ignore[attr-defined]
        if verb == "UID FETCH" and "HEADER" in command:
            verb += " HEADER"
        one.sendall(
            self.answers.get(verb, b"") + f"{tag} {self.answers.get(f'{verb}!', b'OK').decode()} done\r\n".encode()
        )


@contextlib.contextmanager
def server(answers: dict[str, bytes], tls: str = "none", context: ssl.SSLContext | None = None) -> Iterator[Server]:
    made = Server(answers, context if tls == "implicit" else None)
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", made.port), 1).close()  # where nobody came
        made.thread.join(5)


def at(one: Server, tls: str = "none", trusting: ssl.SSLContext | None = None) -> ImapServer:
    return ImapServer("127.0.0.1", one.port, tls, trusting or ssl.create_default_context(), "localhost", 5.0)


def looked(answers: dict[str, bytes], message_id: str = "<1@x>", role: str = "sent") -> tuple[list[str], list[Letter]]:
    """What was said to a server, and what was found."""
    with server(answers) as one:
        with mailbox(at(one), USER, PASSWORD, 5) as made:
            folder = sent_folder(made) if role == "sent" else "INBOX"
            found = find(made, folder, message_id, lambda letter: b"hello" in letter.octets, time.monotonic())
        return one.said, list(found)


def test_a_message_is_found_by_its_message_id_with_all_that_the_server_says_of_it() -> None:
    said, (letter,) = looked({})
    assert letter == Letter('Out "box"', 17, ("\\Seen", "\\Answered"), "5-Nov-2026 19:00:00 +0800", 61, MESSAGE)
    assert 'EXAMINE "Out \\"box\\""' in said
    assert 'UID SEARCH HEADER Message-ID "<1@x>"' in said


def test_nothing_is_said_that_changes_a_mailbox() -> None:
    said, _ = looked({})
    allowed = re.compile(
        r"CAPABILITY|AUTHENTICATE PLAIN|[A-Za-z0-9+/=]+|ID \(.*\)|LIST .*|EXAMINE .*|UID SEARCH .*"
        r"|(UID )?FETCH [0-9:,]+ \([A-Z0-9. ]*BODY\.PEEK\[[^\]]*\]\)|LOGOUT"
    )
    assert [one for one in said if not allowed.fullmatch(one)] == []


@pytest.mark.parametrize("search", [b"* SEARCH\r\n", b"* SEARCH 16\r\n"], ids=["nothing", "another"])
def test_where_the_server_searches_badly_the_last_messages_are_looked_at(search: bytes) -> None:
    another = literal("1 FETCH (UID 16 BODY[HEADER.FIELDS (MESSAGE-ID)]", OTHER)
    said, found = looked({"UID SEARCH": search, "UID FETCH HEADER": another})
    assert [one.uid for one in found] == [17]
    assert "FETCH 1:2 (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])" in said


def test_a_message_that_has_no_message_id_is_found_by_its_content() -> None:
    none = literal("2 FETCH (UID 17 BODY[HEADER.FIELDS (MESSAGE-ID)]", b"\r\n")
    _, found = looked({"FETCH": none}, "")
    assert [one.uid for one in found] == [17]
    strange = literal("2 FETCH (UID 17 RFC822.SIZE 3 BODY[]", b"bye")
    assert looked({"FETCH": none, "UID FETCH": strange}, "")[1] == []


def test_nothing_is_found_in_an_empty_folder() -> None:
    assert looked({"EXAMINE": b"* 0 EXISTS\r\n", "UID SEARCH": b"* SEARCH\r\n"})[1] == []


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        (b'* LIST () "/" "&XfJT0ZAB-"\r\n', "已发送"),
        (b'* LIST () "/" "Sent Messages"\r\n', "Sent Messages"),
        (b'* LIST () "/" Drafts\r\n* LIST () NIL Sent\r\n', "Sent"),
        (b'* LIST (\\Sent) "/" {4}\r\nAway\r\n', "Away"),
        (b'* LIST () "/" Sent\r\n* LIST (\\Sent) "/" Gone\r\n', "Gone"),
    ],
)
def test_the_folder_of_sent_mail_is_marked_or_called_so(listed: bytes, name: str) -> None:
    assert looked({"LIST": listed})[1][0].folder == name


def test_no_folder_of_sent_mail_is_told() -> None:
    with pytest.raises(MailboxError, match="no folder of sent mail"):
        looked({"LIST": b'* LIST () "/" Drafts\r\n* LIST broken\r\n'})
    with pytest.raises(MailboxError, match="no folder of sent mail"):
        looked({"LIST": b""})


@pytest.mark.parametrize(
    ("name", "plain"), [("a&-b", "a&b"), ("&XfJT0ZAB-/x", "已发送/x"), ("&!!-", "&!!-"), ("&AA-", "&AA-")]
)
def test_modified_utf_7_is_read(name: str, plain: str) -> None:
    assert readable(name) == plain


def test_who_has_no_plain_is_told_the_password_with_login() -> None:
    said, found = looked({"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n"})
    assert 'LOGIN "alice@example.test" "pass \\"word\\" \\\\ 77"' in said
    assert len(found) == 1
    assert not any(one.startswith("ID") for one in said)


# --- what goes wrong


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"AUTHENTICATE!": b"NO"}, r"localhost:\d+: .*done"),
        ({"EXAMINE!": b"NO"}, "the folder INBOX cannot be looked into"),
        ({"greeting": b"* BYE not now\r\n"}, r"localhost:\d+: "),
        ({"greeting": b"220 mail.example.test ESMTP\r\n"}, r"localhost:\d+: "),
        ({"UID FETCH": b"* 2 FETCH (UID 17 BODY[] {99999999999}\r\n"}, "it says more than 67108864 octets"),
        ({"UID FETCH": b"* 2 FETCH (UID 17 BODY[] {9" + b"9" * 2_000_000 + b"}\r\n"}, "more than 1000000 bytes"),
    ],
)
def test_what_goes_wrong_is_told_with_the_server_and_without_the_password(
    answers: dict[str, bytes], words: str
) -> None:
    with pytest.raises(MailboxError, match=words) as caught:
        looked(answers, role="inbox")
    assert PASSWORD not in str(caught.value)


def test_a_server_that_goes_on_and_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(Server):
        def answer(self, one: socket.socket, line: str, lines: object) -> None:
            while "SEARCH" in line:
                one.sendall(b"* OK still at it\r\n")
                time.sleep(0.01)
            super().answer(one, line, lines)

    monkeypatch.setitem(globals(), "Server", Dripping)
    with server({}) as one, pytest.raises(MailboxError), mailbox(at(one), USER, PASSWORD, 0.3) as made:
        find(made, "INBOX", "<1@x>", bool, time.monotonic())


def test_a_server_that_says_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "LONGEST", 100_000)
    with pytest.raises(MailboxError, match="it says more than 100000 octets"):
        looked({"EXAMINE": b"* OK and then\r\n" * 10_000})


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_server_that_cannot_show_who_it_is_gets_no_password(tmp_path: Path, tls: str) -> None:
    certificates = Certificates(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificates.ca_file))
    with server({}, tls, certificates.context("wrong name")) as one:
        with pytest.raises(MailboxError), mailbox(at(one, tls, trusting), USER, PASSWORD, 5):
            pass
        assert not [line for line in one.said if line.startswith(("AUTH", "LOGIN"))]


def test_tls_from_the_beginning(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificates.ca_file))
    with (
        server({}, "implicit", certificates.context("good")) as one,
        mailbox(at(one, "implicit", trusting), USER, PASSWORD, 5) as made,
    ):
        assert len(find(made, "INBOX", "<1@x>", bool, time.monotonic())) == 1


def test_it_waits_for_a_message_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(range(100))

    class Late(Server):
        def answer(self, one: socket.socket, line: str, lines: object) -> None:
            if " EXAMINE" in line and next(looks) < 2:
                one.sendall(b"* 0 EXISTS\r\n* SEARCH\r\n" + line.partition(" ")[0].encode() + b" OK done\r\n")
                return
            super().answer(one, line, lines)

    monkeypatch.setitem(globals(), "Server", Late)
    monkeypatch.setattr(imap, "LOOK", 0.001)
    empty = {"UID SEARCH": b"* SEARCH\r\n"}
    with server(empty) as one, mailbox(at(one), USER, PASSWORD, 20) as made:
        assert len(find(made, "INBOX", "<1@x>", bool, time.monotonic() + 10)) == 1
