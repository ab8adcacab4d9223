"""The known clients, each run as the harness runs it, against a small scripted server."""

import base64
import json
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import trustme

from smtpwitness.files.clients import (
    arguments,
    client_from,
    environment,
    known_clients,
    read_client,
    read_origin,
)
from smtpwitness.files.jobfile import read_results, write_job_file
from smtpwitness.model.run import Job, JobMessage
from smtpwitness.peers.versions import versions

pytestmark = pytest.mark.once

ALICE, BOB, CAROL, DAVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave"))
PASSWORD = 'Pa55 "w\\ord'
MESSAGE = b"From: alice@example.test\r\nTo: bob@example.test\r\nSubject: x\r\n\r\n.dot\r\nend\r\n"
STUFFED = MESSAGE.replace(b"\r\n.dot", b"\r\n..dot")


def has_nodemailer() -> bool:
    """Whether the driver finds its module: it says so with status 126 if not, before it looks for a server."""
    node, driver = shutil.which("node"), Path(client_from("nodemailer").place.file).parent / "nodemailer_client.cjs"
    job = {"PATH": os.environ["PATH"], "SMTP_RECIPIENTS": BOB, "SMTP_MESSAGE_FILE": os.devnull, "SMTP_PORT": "1"}
    return bool(node) and subprocess.run([str(node), str(driver)], env=job, capture_output=True).returncode != 126


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"needs {program}")


needs_aiosmtplib = pytest.mark.skipif(not find_spec("aiosmtplib"), reason="needs aiosmtplib: pip install aiosmtplib")
aiosmtplib = pytest.param("aiosmtplib", marks=needs_aiosmtplib)
needs_nodemailer = pytest.mark.skipif(not has_nodemailer(), reason="needs nodemailer: npm install -g nodemailer")
nodemailer = pytest.param("nodemailer", marks=needs_nodemailer)
CLASSLESS = ("curl", "msmtp", "swaks")
"""Programs whose exit status does not tell 4yz from 5yz."""
classless = [pytest.param(one, marks=needs(one)) for one in CLASSLESS]
telling = pytest.mark.parametrize("name", ["rawsmtp", "smtplib", aiosmtplib, nodemailer])  # temporary from permanent
every = pytest.mark.parametrize("name", ["rawsmtp", "smtplib", aiosmtplib, nodemailer, *classless])


@dataclass
class Server:
    """One session: answers as `replies` says, by verb or whole line (`close`, `silence` too), and writes all down."""

    replies: dict[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ("SIZE 100000", "8BITMIME")
    context: ssl.SSLContext | None = None
    implicit: bool = False
    lines: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)

    def __enter__(self) -> "Server":
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(20)
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        connection.settimeout(20)
        try:
            self._connection, self._file = connection, connection.makefile("rb")
            if self.implicit:
                self._secure()
            self._session()
        except OSError:  # a handshake that the client refused, or a client that is gone
            self.lines.append("(lost)")
        finally:
            self._file.close()
            self._connection.close()

    def _secure(self) -> None:
        assert self.context
        self._file.close()
        self._connection = self.context.wrap_socket(self._connection, server_side=True)
        self._file = self._connection.makefile("rb")
        self.lines.append("(TLS)")

    def _session(self) -> None:
        scripted = {command.upper(): reply for command, reply in self.replies.items()}
        reply = self._say(self.replies.get("greeting", "220 relay.test"))
        while reply != "close" and (line := self._read()):
            verb = line.split()[0].upper()
            if verb == "AUTH" and verb not in self.replies:
                self._authenticate(*line.split()[1:])
                continue
            reply = self._say(scripted.get(line.upper()) or scripted.get(verb) or self._usual(verb))
            if verb == "STARTTLS" and reply.startswith("220"):
                self._secure()
            elif verb == "DATA" and reply.startswith("354"):
                self.messages.append(b"".join(iter(self._file.readline, b".\r\n")))
                reply = self._say(self.replies.get("message", "250 Ok"))

    def _authenticate(self, mechanism: str, *responses: str) -> None:
        prompts = {"PLAIN": [""], "LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"], "CRAM-MD5": ["PDFAcmVsYXk+"]}[mechanism]
        given = list(responses)
        for prompt in prompts[len(given) :]:
            self._say(f"334 {prompt}")
            given.append(self._file.readline().decode())
        self.credentials = [mechanism, *(base64.b64decode(response).decode() for response in given)]
        self._say("235 Ok")

    def _read(self) -> str:
        line = self._file.readline().decode().removesuffix("\r\n")
        if line:
            self.lines.append(line)
        return line

    def _say(self, reply: str) -> str:
        if reply not in ("close", "silence"):
            self._connection.sendall(reply.encode() + b"\r\n")
        return reply

    def _usual(self, verb: str) -> str:
        if verb == "EHLO":
            return "\r\n".join(["250-relay.test", *(f"250-{keyword}" for keyword in self.keywords), "250 HELP"])
        return {"DATA": "354 Go on", "QUIT": "221 Bye", "STARTTLS": "220 Go on"}.get(verb, "250 Ok")

    @property
    def verbs(self) -> list[str]:
        return [line.split()[0].upper() for line in self.lines]


@dataclass
class Outcome:
    status: int
    output: str
    results: tuple[tuple[str, ...], ...] | None


def send(
    name: str,
    folder: Path,
    port: int = 1,
    *,
    messages: tuple[JobMessage, ...] = (),
    path: str = "",
    **told: str | list[str],
) -> Outcome:
    """Run a known client as the harness does. `messages` are told by a job file."""
    client = client_from(name)
    (folder / "message.eml").write_bytes(MESSAGE)
    values: dict[str, str | list[str]] = {
        "host": "localhost",
        "port": str(port),
        "tls": "none",
        "auth": "none",
        "sender": ALICE,
        "recipients": [BOB],
        "helo": "client.example.test",
        "timeout": "10",
        "message_file": str(folder / "message.eml"),
        **told,
    }
    recipients = values["recipients"]
    assert isinstance(recipients, list)
    given = messages or (JobMessage(ALICE, tuple(recipients), MESSAGE),)
    job = Job(given, "none", "none", "", "", "", 10.0, "localhost", port, frozenset())
    job_file = folder / "job.json" if messages else None
    if job_file:
        write_job_file(job_file, values, job, [folder / "message.eml"] * len(messages))
    ca_file, result_file = folder / "ca.pem", folder / "result.json"
    values["ca_file"] = str(ca_file)
    made = environment(client, values, ca_file, folder, job_file=job_file, result_file=result_file)
    if path:
        made["PATH"] = path
    done = subprocess.run(arguments(client, values), env=made, capture_output=True, text=True, timeout=30)
    return Outcome(done.returncode, done.stdout + done.stderr, read_results(result_file, job))


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """The server's half of TLS; the client is given its CA."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(made)
    return made


# --- the files --------------------------------------------------------------------------------------------------


def test_the_files():
    known = known_clients()
    assert list(known) == sorted(known)
    assert {"curl", "rawsmtp", "smtplib"} <= set(known)
    for name in known:
        client = client_from(name)
        assert client.name == name
        assert client.title
        assert client.reads_environment


# --- what each of them does -------------------------------------------------------------------------------------


def goodbye(name: str) -> list[str]:
    """What comes last; nodemailer leaves without a word (nodemailer.md)."""
    return [] if name == "nodemailer" else ["QUIT"]


@every
def test_an_ordinary_session(name: str, tmp_path: Path):
    with Server() as server:
        assert send(name, tmp_path, server.port).status == 0
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA", *goodbye(name)]
    assert server.lines[0].split()[1] == "client.example.test"
    assert re.match(rf"MAIL FROM:<{ALICE}>( |$)", server.lines[1], re.I)
    assert server.lines[2].upper() == f"RCPT TO:<{BOB}>".upper()
    assert server.messages == [STUFFED + b"\r\n" if name == "swaks" else STUFFED]  # swaks.md has it


@every
def test_no_sender_and_an_address_literal(name: str, tmp_path: Path):
    with Server() as server:
        assert send(name, tmp_path, server.port, sender="", helo="[127.0.0.1]").status == 0
    assert server.lines[0].split()[1] == "[127.0.0.1]"
    assert re.match(r"MAIL FROM:<>( |$)", server.lines[1], re.I)


@every
def test_several_recipients(name: str, tmp_path: Path):
    with Server() as server:
        outcome = send(name, tmp_path, server.port, recipients=[BOB, CAROL, DAVE])
    assert outcome.status == 0
    assert [line[9:-1] for line in server.lines if line.upper().startswith("RCPT")] == [BOB, CAROL, DAVE]
    if name not in CLASSLESS:
        assert outcome.results == (("accepted",) * 3,)


@every
def test_starttls(name: str, tmp_path: Path, context: ssl.SSLContext):
    with Server(context=context, keywords=("STARTTLS",)) as server:
        assert send(name, tmp_path, server.port, tls="starttls").status == 0
    assert server.verbs == ["EHLO", "STARTTLS", "(TLS)", "EHLO", "MAIL", "RCPT", "DATA", *goodbye(name)]


@every
def test_implicit_tls(name: str, tmp_path: Path, context: ssl.SSLContext):
    with Server(context=context, implicit=True) as server:
        assert send(name, tmp_path, server.port, tls="implicit").status == 0
    assert server.verbs == ["(TLS)", "EHLO", "MAIL", "RCPT", "DATA", *goodbye(name)]


@every
def test_a_certificate_of_somebody_else(name: str, tmp_path: Path, context: ssl.SSLContext):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Server(context=context, keywords=("STARTTLS",)) as server:
        assert send(name, tmp_path, server.port, tls="starttls").status not in (0, 127)
    assert "MAIL" not in server.verbs


@every
def test_a_server_without_starttls(name: str, tmp_path: Path, context: ssl.SSLContext):
    with Server(replies={"STARTTLS": "502 No"}) as server:  # nodemailer asks for it all the same
        assert send(name, tmp_path, server.port, tls="starttls").status not in (0, 127)
    assert "MAIL" not in server.verbs


@every
@pytest.mark.parametrize("mechanism", ["plain", "login", "cram-md5"])
def test_the_mechanism_that_was_asked_for(name: str, mechanism: str, tmp_path: Path):
    with Server(keywords=("AUTH CRAM-MD5 LOGIN PLAIN",)) as server:
        outcome = send(name, tmp_path, server.port, auth=mechanism, username=ALICE, password=PASSWORD)
    assert outcome.status == 0
    assert server.credentials[0] == mechanism.upper()
    if mechanism == "cram-md5":
        assert re.fullmatch(rf"{ALICE} [0-9a-f]{{32}}", server.credentials[1])
    else:
        expected = [f"\0{ALICE}\0{PASSWORD}"] if mechanism == "plain" else [ALICE, PASSWORD]
        assert server.credentials[1:] == expected


@every
def test_a_mechanism_that_cannot_exist(name: str, tmp_path: Path):
    outcome = send(name, tmp_path, auth="x-no-such", username=ALICE, password=PASSWORD)
    assert outcome.status == 127
    assert "x-no-such" in outcome.output
    assert "Traceback" not in outcome.output


@every
def test_bad_credentials(name: str, tmp_path: Path):
    with Server(replies={"AUTH": "535 No"}, keywords=("AUTH PLAIN",)) as server:
        outcome = send(name, tmp_path, server.port, auth="plain", username=ALICE, password=PASSWORD)
    assert outcome.status not in (0, 75, 127)
    assert "MAIL" not in server.verbs


@every
@pytest.mark.parametrize("at", ["greeting", "MAIL", "RCPT", "DATA", "message"])
@pytest.mark.parametrize(("code", "status"), [("451", 75), ("554", 69)])
def test_refusals(name: str, at: str, code: str, status: int, tmp_path: Path):
    with Server(replies={at: f"{code} No"}) as server:
        outcome = send(name, tmp_path, server.port)
    assert len(server.messages) == (at == "message")
    if name in CLASSLESS:
        assert outcome.status not in (0, 127)
    else:
        assert outcome.status == status
        assert outcome.results == (({75: "temporary", 69: "permanent"}[status],),)


@every
@pytest.mark.parametrize("at", ["greeting", "MAIL", "message"])
def test_a_lost_connection(name: str, at: str, tmp_path: Path):
    with Server(replies={at: "close"}) as server:
        outcome = send(name, tmp_path, server.port)
    assert outcome.status not in (0, 127) if name in CLASSLESS else outcome.status == 75


@every
def test_trouble_at_quit_changes_nothing(name: str, tmp_path: Path):
    with Server(replies={"QUIT": "close"}) as server:
        assert send(name, tmp_path, server.port).status == (6 if name == "swaks" else 0)  # swaks.md has it


@telling
def test_time_outs(name: str, tmp_path: Path):
    with Server(replies={"MAIL": "silence"}) as server:
        assert send(name, tmp_path, server.port, timeout="0.3").status == 75


@telling
def test_a_recipient_refused(name: str, tmp_path: Path):
    with Server(replies={f"RCPT TO:<{CAROL}>": "550 No", f"rcpt TO:<{CAROL}>": "550 No"}) as server:
        outcome = send(name, tmp_path, server.port, recipients=[BOB, CAROL])
    assert outcome.results == (("accepted", "permanent"),)
    assert outcome.status == 69
    assert len(server.messages) == 1


def test_after_421_nobody_got_anything(tmp_path: Path):
    with Server(replies={f"rcpt TO:<{CAROL}>": "421 Gone"}) as server:
        outcome = send("smtplib", tmp_path, server.port, recipients=[BOB, CAROL, DAVE])
    assert (outcome.status, outcome.results) == (75, (("temporary",) * 3,))


@pytest.mark.parametrize("name", ["rawsmtp", "smtplib", aiosmtplib])
def test_several_messages(name: str, tmp_path: Path):
    messages = (
        JobMessage(ALICE, (BOB,), MESSAGE),
        JobMessage(DAVE, (CAROL, BOB), MESSAGE),
        JobMessage(ALICE, (DAVE,), MESSAGE),
    )
    with Server(replies={f"RCPT TO:<{DAVE}>": "450 No", f"rcpt TO:<{DAVE}>": "450 No"}) as server:
        outcome = send(name, tmp_path, server.port, messages=messages)
    assert outcome.results == (("accepted",), ("accepted", "accepted"), ("temporary",))
    assert outcome.status == 75
    assert [verb for verb in server.verbs if verb != "RSET"] == [
        *["EHLO", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "RCPT", "DATA", "MAIL", "RCPT", "QUIT"]
    ]


@pytest.mark.parametrize("at", ["MAIL", "message"])
def test_after_a_lost_connection_smtplib_tells_of_every_message(at: str, tmp_path: Path):
    messages = (JobMessage(ALICE, (BOB,), MESSAGE), JobMessage(ALICE, (CAROL, DAVE), MESSAGE))
    with Server(replies={at: "close"}) as server:
        outcome = send("smtplib", tmp_path, server.port, messages=messages)
    assert (outcome.status, outcome.results) == (75, (("temporary",), ("temporary", "temporary")))


def test_what_smtplib_cannot_say_is_declined(tmp_path: Path):
    with Server() as server:
        outcome = send("smtplib", tmp_path, server.port, recipients=["b\u00f6b@example.test"])
    assert (outcome.status, outcome.results) == (1, (("declined",),))


def test_smtplib_and_eight_bits(tmp_path: Path):
    with Server() as server:
        assert send("smtplib", tmp_path, server.port, message_file=str(eight_bit(tmp_path))).status == 0
    assert "body=8bitmime" in server.lines[1]
    with Server(keywords=()) as server:
        assert send("smtplib", tmp_path, server.port, message_file=str(eight_bit(tmp_path))).status == 1
    assert server.messages == []


def eight_bit(folder: Path) -> Path:
    (folder / "8bit.eml").write_bytes("Subject: x\r\n\r\n你好\r\n".encode())
    return folder / "8bit.eml"


# --- the rest, each in a handful of sessions -----------------------------------------------------------------------


def mailer(name: str) -> Any:
    origin = read_origin(known_clients()[name])
    absent = versions([origin]) == [None]
    return pytest.param(name, marks=pytest.mark.skipif(absent, reason=f"needs {name}: {origin.install}"))


COMPOSERS = ("emailjs", "git-send-email", "mailutils", "mutt", "s-nail")
LIBRARIES = ("go-net-smtp", "jakarta-mail", "net-smtp-perl", "net-smtp-ruby", "phpmailer")
composers, libraries = [mailer(name) for name in COMPOSERS], [mailer(name) for name in LIBRARIES]
mailers = pytest.mark.parametrize("name", [*composers, *libraries])


def sends(name: str, folder: Path, port: int = 1, **told: str | list[str]) -> Outcome:
    """`send`, and what a client that composes is told besides."""
    (folder / "body.txt").write_bytes(b"hello\r\n")
    return send(name, folder, port, **{"subject": "x", "body_file": str(folder / "body.txt"), **told})


def said(server: Server) -> list[str]:
    """What came, but that mutt does not wait for 221, so that its end may be a reset."""
    return [verb for verb in server.verbs if verb != "(LOST)"]


@mailers
def test_a_mailer_sends_to_two_recipients(name: str, tmp_path: Path):
    with Server() as server:
        assert sends(name, tmp_path, server.port, recipients=[BOB, CAROL]).status == 0
    assert said(server)[1:] == ["MAIL", "RCPT", "RCPT", "DATA", "QUIT"]
    assert server.verbs[0] in ("EHLO", "HELO")
    assert re.match(rf"MAIL FROM:<{ALICE}>( |$)", server.lines[1], re.I)
    assert [line[8:] for line in server.lines if line.startswith("RCPT")] == [f"<{BOB}>", f"<{CAROL}>"]
    if name != "mailutils":  # its name is the machine's
        assert server.lines[0].split()[1] == "client.example.test"
    (message,) = server.messages
    if name in LIBRARIES:
        assert message == STUFFED
    else:
        header, _, body = message.partition(b"\r\n\r\n")
        assert body.rstrip() == b"hello"
        assert re.search(rb"(?m)^Subject: (x|=\?UTF-8\?Q\?x\?=)\r$", header)


@mailers
def test_a_mailer_logs_in_inside_tls(name: str, tmp_path: Path, context: ssl.SSLContext):
    told = {"tls": "starttls", "auth": "plain", "username": "alice", "password": PASSWORD}
    with Server(context=context, keywords=("STARTTLS", "AUTH PLAIN")) as server:
        assert sends(name, tmp_path, server.port, **told).status == 0
    assert server.verbs[:4] == ["EHLO", "STARTTLS", "(TLS)", "EHLO"]
    # Some say EHLO once more: after AUTH, or because both the program and its library do.
    assert [verb for verb in said(server)[3:] if verb != "EHLO"] == ["AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
    assert server.credentials[0] == "PLAIN"
    assert server.credentials[1].split("\0")[1:] == ["alice", PASSWORD]


@mailers
def test_a_mailer_speaks_tls_from_the_start(name: str, tmp_path: Path, context: ssl.SSLContext):
    with Server(context=context, implicit=True) as server:
        assert sends(name, tmp_path, server.port, tls="implicit").status == 0
    assert server.verbs[0] == "(TLS)"
    assert said(server)[-1] == "QUIT"


TRUSTING = ("emailjs", "mailutils")  # after STARTTLS they look at no certificate; nothing that a driver can set


@pytest.mark.parametrize("name", [one for one in (*composers, *libraries) if one.values[0] not in TRUSTING])
def test_a_mailer_does_not_trust_everybody(name: str, tmp_path: Path, context: ssl.SSLContext):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Server(context=context, keywords=("STARTTLS",)) as server:
        assert sends(name, tmp_path, server.port, tls="starttls").status not in (0, 127)
    assert "MAIL" not in server.verbs


@mailers
@pytest.mark.parametrize(("code", "status"), [("451", 75), ("554", 69)])
def test_a_mailer_tells_of_a_refusal(name: str, code: str, status: int, tmp_path: Path):
    with Server(replies={"RCPT": f"{code} No"}) as server:
        outcome = sends(name, tmp_path, server.port)
    assert server.messages == []
    if read_client(known_clients()[name]).tells_classes:
        assert outcome.status == status
    else:
        assert outcome.status not in (0, 127)


@mailers
def test_a_mechanism_that_no_mailer_has(name: str, tmp_path: Path):
    outcome = sends(name, tmp_path, auth="x-no-such", username=ALICE, password=PASSWORD)
    assert outcome.status == 127
    assert "x-no-such" in outcome.output


def test_no_mailer_is_told_a_line_too_many(tmp_path: Path):
    """A line end in a value would be a setting of its own."""
    for name in ("git-send-email", "mailutils", "mutt", "s-nail"):
        told = {"sender": "alice@example.test\nset x=y", "auth": "plain", "username": "a", "password": "b"}
        assert sends(name, tmp_path, **told).status in (126, 127)


@pytest.mark.parametrize("name", [mailer("dma")])
@pytest.mark.parametrize(("reply", "status"), [("250 Ok", 0), ("450 Busy", 75), ("550 No", 69)])
def test_dma_attempts_once_and_notifies_nobody(reply: str, status: int, name: str, tmp_path: Path):
    """By itself it sleeps until it may try again, and sends the notification through the same server."""
    with Server(replies={"RCPT": reply}) as server:
        assert sends(name, tmp_path, server.port).status == status
        assert select.select([server._listening], [], [], 0)[0] == []
    assert server.verbs == ["EHLO", "MAIL", "RCPT", *(["DATA", "QUIT"] if status == 0 else [])]
    assert [one.endswith(b"\r\n\r\n..dot\r\nend\r\n") for one in server.messages] == [True] * (status == 0)


@pytest.mark.parametrize("name", [mailer("dma")])
def test_dma_logs_in_inside_tls(name: str, tmp_path: Path, context: ssl.SSLContext):
    told = {"tls": "starttls", "auth": "login", "username": "alice", "password": PASSWORD}
    with Server(context=context, keywords=("STARTTLS", "AUTH LOGIN")) as server:
        assert sends(name, tmp_path, server.port, **told).status == 0
    assert server.verbs == ["EHLO", "STARTTLS", "(TLS)", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
    assert server.credentials == ["LOGIN", "alice", PASSWORD]


SAMPLE = ("core/happy", "faults/rcpt-all-5yz", "replies/unlisted-codes", "auth/fail-codes", "tls/starttls-refused")


@pytest.mark.parametrize("name", [mailer(name) for name in known_clients()])
def test_every_fail_of_a_known_client_is_known(name: str, tmp_path: Path):
    """A sample. The whole of it: `smtpwitness run core replies faults data auth tls --client NAME` ends with 0."""
    command = ["run", *SAMPLE, "--client", name, "--jobs", "2", "--out", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "smtpwitness", *command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


# --- curl -------------------------------------------------------------------------------------------------------

NOT_CURL = """#!{python}
import json, sys
json.dump([sys.argv[1:], sys.stdin.read()], open({out!r}, "w"))
sys.exit(55)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for curl")
def test_no_list_of_processes_shows_curls_password(tmp_path: Path):
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "curl"
    script.write_text(NOT_CURL.format(python=sys.executable, out=str(tmp_path / "told.json")))
    script.chmod(0o755)
    told = {"auth": "plain", "username": ALICE, "password": PASSWORD, "host": "::1"}
    assert send("curl", tmp_path, 25, path=str(tmp_path / "bin"), **told).status == 55
    options, config = json.loads((tmp_path / "told.json").read_text())
    assert options[0] == "--disable"
    assert "smtp://[::1]:25/client.example.test" in options
    assert not [option for option in options if "Pa55" in option]
    assert config == 'user = "alice@example.test:Pa55 \\"w\\\\ord"\n'


def test_without_curl(tmp_path: Path):
    outcome = send("curl", tmp_path, path=str(tmp_path))
    assert (outcome.status, outcome.output) == (126, "curl is not installed, or not in PATH\n")
