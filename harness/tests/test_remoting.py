"""Remote relays, the whole way from the command line: a server on loopback stands in for one. Nothing leaves here."""

from __future__ import annotations

import contextlib
import platform
import select
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from command_line import COREMAIL, Command

from smtpwitness.files import store
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult
from smtpwitness.peers.certificates import Certificates
from smtpwitness.peers.remote import fingerprint

pytestmark = pytest.mark.once

USER, PASSWORD, FRIEND = "me@provider.test", "a-secret-of-mine-77", "friend@elsewhere.test"


class Provider:
    """What it was told: who logged in with what, and the messages that it took."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.logins: list[tuple[bytes, bytes]] = []
        self.taken: list[Any] = []
        self.says = "250 queued"

    def known(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == self.password.encode())

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, lines: list[str]) -> list[str]:
        session.host_name = name
        return [*lines[:-1], "250-PIPELINING", lines[-1]]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope)
        return self.says


class Listening(Controller):
    """It tries itself when it starts, with TLS whatever the certificate."""

    def _trigger_server(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection((self.hostname, self.port), 5) as one:
            if self.ssl_context is not None:
                with ssl._create_unverified_context().wrap_socket(one) as secure:
                    secure.recv(100)


@contextlib.contextmanager
def provider(
    folder: Path,
    tls: str = "none",
    certificate: str = "good",
    host: str = "",
    password: str = PASSWORD,
    kind: type[Provider] = Provider,
) -> Iterator[tuple[Provider, int, str]]:
    """A provider that listens, its port, and the fingerprint of the certificate that it shows for no other *host*.

    Its CA is `ca.pem` in *folder*.
    """
    certificates = Certificates(folder)
    (folder / "ca.pem").write_bytes(certificates.ca_file.read_bytes())
    context = certificates.context(certificate, (), (), host)
    made = kind(password)
    more: dict[str, Any] = {}
    if tls == "starttls":
        more["tls_context"] = context
    elif tls == "implicit":
        more["ssl_context"] = context
    controller = Listening(
        made, "127.0.0.1", 0, authenticator=made.known, auth_require_tls=False, ready_timeout=10.0, **more
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        controller.port = free.getsockname()[1]
    controller.start()
    pem = certificates.file(certificate).read_text()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT") : pem.index("-----END CERT") + 25] + "\n")
    try:
        yield made, controller.port, fingerprint(der)
    finally:
        controller.stop()


def relay_file(folder: Path, port: int, tls: str, more: str = "") -> Path:
    (folder / "ca.pem").touch()
    path = folder / "mine.relay.yaml"
    path.write_text(
        f"kind: remote\ntitle: Mine\nhost: localhost\naddress: 127.0.0.1\nport: {port}\ntls: {tls}\nca: ca.pem\n"
        f"auth: [login, plain]\nusername: $MINE_USER\npassword: $MINE_PASSWORD\ninterval: 1 ms\n{more}"
    )
    return path


@pytest.fixture
def run(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MINE_USER", USER)
    monkeypatch.setenv("MINE_PASSWORD", PASSWORD)

    def go(relay: Path, *words: str, to: str = FRIEND) -> tuple[int, str, list[CaseResult]]:
        out = tmp_path / "out"
        status, said, errors = command("run", *words, "--relay", relay, "--to", to, "--out", out)
        stored = store.read(out) if (out / "run.json").exists() else None
        text = "".join(one.read_text() for one in out.rglob("*") if one.is_file()) if out.exists() else ""
        assert PASSWORD not in text + said + errors
        return status, said + errors, [case for case in stored.cases if case.relay] if stored else []

    return go


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_the_coursework_is_played_with_the_users_own_account(run: Any, tmp_path: Path, tls: str) -> None:
    with provider(tmp_path, tls) as (there, port, shown):
        status, said, (case,) = run(relay_file(tmp_path, port, tls), COREMAIL, "--client", "rawsmtp")
    assert (status, case.verdict, case.server) == (0, Verdict.NOTE, "remote mine"), said + case.reason
    assert there.logins == [(USER.encode(), PASSWORD.encode())]
    (letter,) = there.taken
    assert (letter.mail_from, letter.rcpt_tos) == (USER, [FRIEND])
    assert case.peer is not None
    assert (case.peer.host, case.peer.port) == ("localhost", port)
    assert case.peer.fingerprint == ("" if tls == "none" else shown)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("certificate", ["wrong name", "unknown CA", "expired"])
def test_a_wrong_certificate_stops_the_run_before_a_credential_is_sent(
    run: Any, tmp_path: Path, tls: str, certificate: str
) -> None:
    with provider(tmp_path, tls, certificate) as (there, port, _):
        status, _, (case,) = run(relay_file(tmp_path, port, tls), COREMAIL, "--client", "rawsmtp")
    assert (status, case.exchange) == (3, Verdict.ERROR)
    assert "the certificate that localhost shows is not good" in case.reason
    assert "no credential and no message was sent" in case.reason
    assert (there.logins, there.taken) == ([], [])


def test_it_is_recorded_and_what_has_drifted_since_is_told(
    run: Any, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, monkeyed = tmp_path / "recorded", ("--to", FRIEND, "--client", "rawsmtp")
    monkeypatch.chdir(tmp_path)
    with provider(tmp_path, "implicit") as (there, port, _):
        relay = relay_file(tmp_path, port, "implicit")
        status, said, errors = command("record", "--relay", relay, *monkeyed, "--name", "campus", "--out", out)
        assert (status, len(there.taken)) == (0, 1), said + errors
        path = out / "campus.smtp.yaml"
        text = path.read_text() + (out / "personas" / "campus.yaml").read_text()
        for theirs in (USER, FRIEND, PASSWORD, "provider.test", "elsewhere.test", platform.node()):
            assert theirs not in text
        assert command("lint", path)[0] == 0
        assert command("run", path, "--client", "rawsmtp", "--out", tmp_path / "again")[0] == 0
        assert command("drift", path, "--relay", relay, *monkeyed)[:2] == (0, "recorded/campus: as ever\n")
        path.rename(out / "mine.smtp.yaml")
        there.says = "250 2.6.0 queued"
        status, said, _ = command("drift", "--relay", relay, *monkeyed)
    assert status == 1
    assert "message: expected 250 queued, observed 250 2.6.0 queued" in said


OWN_JOB = """\
import smtplib, sys
with smtplib.SMTP(sys.argv[1], int(sys.argv[2])) as server:
    server.login("me@provider.test", "a-secret-of-mine-77")
    server.sendmail("me@provider.test", ["friend@elsewhere.test"], "Subject: x\\r\\n\\r\\nhello\\r\\n")
"""


def test_a_client_with_its_own_account_in_its_text_is_recorded_without_it(
    run: Any, command: Command, tmp_path: Path
) -> None:
    own, out = tmp_path / "own.py", tmp_path / "recorded"
    own.write_text(OWN_JOB)
    with provider(tmp_path) as (there, port, _):
        words = ("--relay", relay_file(tmp_path, port, "none"), "--to", FRIEND, "--name", "campus", "--out", out)
        status, said, errors = command(
            "record", "auth/plain", *words, "--client", f"{sys.executable} {own} {{host}} {{port}}"
        )
    assert (status, len(there.taken)) == (0, 1), said + errors
    text = (out / "campus.smtp.yaml").read_text() + (out / "personas" / "campus.yaml").read_text()
    for theirs in (USER, FRIEND, PASSWORD, "provider.test", "elsewhere.test"):
        assert theirs not in text


def test_a_relay_that_is_not_there_can_neither_be_recorded_nor_compared(
    run: Any, command: Command, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ("--relay", relay_file(tmp_path, port, "none"), "--to", FRIEND, "--client", "rawsmtp")
    for name in ("record", "drift"):
        status, said, errors = command(name, COREMAIL, *words, *(["--out", tmp_path / "x"] if name == "record" else []))
        assert (status, "no session with localhost" in said + errors) == (3, True), said + errors
    assert not (tmp_path / "x").exists()


# --- what never leaves


def test_a_certificate_that_turns_bad_during_the_run_stops_it_there(run: Any, tmp_path: Path) -> None:
    """The client has typed its password to the tap already, and it goes no further."""
    with provider(tmp_path, "starttls") as (there, port, _), turncoat(tmp_path, port, "starttls") as (way, other):
        both = ("core/happy", COREMAIL, "auth/plain")
        status, _, cases = run(relay_file(tmp_path, way, "starttls"), *both, "--client", "rawsmtp", "--jobs", "1")
    assert status == 3
    reasons = [case.reason for case in cases if case.exchange is Verdict.ERROR]
    assert reasons
    assert all("CERTIFICATE_VERIFY_FAILED" in one for one in reasons), reasons
    assert (there.logins, there.taken, other.logins, other.taken) == ([], [], [], [])


@contextlib.contextmanager
def turncoat(folder: Path, port: int, tls: str) -> Iterator[tuple[int, Provider]]:
    """Leads the first connection to *port*, and later ones to a server with a certificate of another name."""
    (folder / "other").mkdir()
    with (
        provider(folder / "other", tls, "wrong name") as (there, other, _),
        socket.create_server(("127.0.0.1", 0)) as door,
    ):
        to = iter([port, *[other] * 20])

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one, _ = door.accept()
                    threading.Thread(target=lead, args=(one, next(to)), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield door.getsockname()[1], there
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join()


def lead(one: socket.socket, port: int) -> None:
    """Pass octets on between *one* and *port* until either ends."""
    with one, socket.create_connection(("127.0.0.1", port)) as other, contextlib.suppress(OSError):
        while True:
            ready, _, _ = select.select([one, other], [], [])
            for source in ready:
                octets = source.recv(65536)
                if not octets:
                    return
                (other if source is one else one).sendall(octets)


def test_a_recipient_that_was_not_listed_gets_nothing(run: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "import smtplib, sys\n"
        "with smtplib.SMTP(sys.argv[1], int(sys.argv[2])) as s:\n"
        "    s.sendmail('me@provider.test', ['stranger@elsewhere.test'], 'Subject: x\\r\\n\\r\\nhello\\r\\n')\n"
    )
    plain = relay_file(tmp_path, 1, "none").read_text()
    with provider(tmp_path) as (there, port, _):
        plain = plain.replace("port: 1\n", f"port: {port}\n").replace("auth: [login, plain]\n", "")
        (tmp_path / "mine.relay.yaml").write_text(plain)
        command = f"{sys.executable} {own} {{host}} {{port}}"
        _, _, (case,) = run(tmp_path / "mine.relay.yaml", "core/happy", "--client", command)
    assert case.exchange is Verdict.ERROR
    assert "a recipient that was not listed" in case.reason
    assert there.taken == []


def test_so_many_messages_and_no_more(run: Any, tmp_path: Path) -> None:
    with provider(tmp_path) as (there, port, _):
        relay = relay_file(tmp_path, port, "none", "at most: 1\n")
        status, _, cases = run(relay, COREMAIL, "auth/login", "--client", "rawsmtp")
    assert status == 0
    assert len(there.taken) == 1
    assert ["more may not in a run" in case.reason for case in cases].count(True) == 1


def test_a_server_that_hides_starttls_gets_nothing(run: Any, tmp_path: Path) -> None:
    with provider(tmp_path) as (there, port, _):
        status, _, (case,) = run(relay_file(tmp_path, port, "starttls"), COREMAIL, "--client", "rawsmtp")
    assert (status, case.exchange, "does not offer STARTTLS" in case.reason) == (3, Verdict.ERROR, True)
    assert there.logins == []


# --- before a run


def test_a_dry_run_shows_what_would_be_sent_and_contacts_nobody(run: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        port = listener.getsockname()[1]
        status, said, cases = run(relay_file(tmp_path, port, "implicit"), "--client", "rawsmtp", "--dry-run")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert (status, cases) == (0, [])
    for shown in (
        f"localhost:{port}",
        "TLS implicit",
        f"MAIL FROM:<{USER}>",
        f"RCPT TO:<{FRIEND}>",
        "| Subject: Hello",
    ):
        assert shown in said
    assert "only the scenarios of coursework" in said


def test_a_dry_run_without_an_account_shows_what_is_not_set(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINE_USER", raising=False)
    words = ("--client", "rawsmtp", "--relay", relay_file(tmp_path, 1, "none"), "--to", FRIEND, "--dry-run")
    status, said, _ = command("run", *words)
    assert status == 0
    for line in (
        "  not set: the environment variable MINE_USER",
        "    MAIL FROM:<(sender not set)>",
        "    | From: (sender not set)",
    ):
        assert line in said.splitlines(), said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--client", "x {host} {port} {password}"), "no {password} on a command line"),
        (("--client", "rawsmtp", "--to", "a b"), "'a b' is no address"),
    ],
)
def test_what_is_wrong_with_the_command_line_is_told(
    run: Any, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    status, said, cases = run(relay_file(tmp_path, 1, "none"), COREMAIL, *words)
    assert (status, cases) == (2, [])
    assert told in said


def test_without_recipients_or_variables_there_is_no_run(command: Command, tmp_path: Path) -> None:
    relay = relay_file(tmp_path, 1, "none")
    assert "MINE_USER, MINE_PASSWORD" in command("run", "--client", "rawsmtp", "--relay", relay, "--to", FRIEND)[2]
    text = relay.read_text().replace("$MINE_USER", USER).replace("password: $MINE_PASSWORD\n", "")
    relay.write_text(text.replace("auth: [login, plain]\n", ""))
    assert "--to ADDRESS" in command("run", "--client", "rawsmtp", "--relay", relay)[2]
    assert "--to goes with a remote relay" in command("run", "--client", "rawsmtp", "--to", FRIEND)[2]


# --- a client that begins TLS itself

OWN = """\
title: {{en: With TLS of the client's own, zh: 客户端自己的 TLS}}
covers: [RFC5321-3.3-a]
job: {{tls: {tls}, auth: plain}}
server: {{offers: [STARTTLS], offers in tls: [AUTH PLAIN]}}
dialogue: [use: hello-{tls}, C: AUTH PLAIN, sasl: {{}}, S: 235 2.7.0 in, use: transaction, use: goodbye]
outcome: accepted
"""


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_that_the_client_begins_is_begun_again_behind_the_tap(run: Any, tmp_path: Path, tls: str) -> None:
    own = tmp_path / "own.smtp.yaml"
    own.write_text(OWN.format(tls=tls))
    with provider(tmp_path, tls) as (there, port, shown):
        status, said, (case,) = run(relay_file(tmp_path, port, tls), str(own), "--client", "rawsmtp")
    assert (status, case.exchange) == (0, Verdict.PASS), said + case.reason
    assert (len(there.logins), len(there.taken)) == (1, 1)
    assert case.peer is not None
    assert case.peer.fingerprint == shown


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_what_the_client_has_typed_to_the_tap_goes_no_further_than_it(run: Any, tmp_path: Path, tls: str) -> None:
    own = tmp_path / "own.smtp.yaml"
    own.write_text(OWN.format(tls=tls))
    with provider(tmp_path, tls) as (there, port, _), turncoat(tmp_path, port, tls) as (way, other):
        status, _, (case,) = run(relay_file(tmp_path, way, tls), str(own), "--client", "rawsmtp")
    assert (status, case.exchange, "CERTIFICATE_VERIFY_FAILED" in case.reason) == (3, Verdict.ERROR, True), case.reason
    assert (there.logins, there.taken, other.logins, other.taken) == ([], [], [], [])
    assert case.findings == ()


def test_a_stored_run_is_judged_again_to_the_same_end(run: Any, command: Command, tmp_path: Path) -> None:
    with provider(tmp_path, "implicit") as (_, port, _):
        run(relay_file(tmp_path, port, "implicit"), COREMAIL, "--client", "rawsmtp")
    status, said, _ = command("judge", tmp_path / "out")
    assert (status, "0 of 2 cases changed" in said) == (0, True), said
