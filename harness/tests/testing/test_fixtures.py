"""The fixtures as the author of a library uses them, in this very process."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import threading

import pytest

from smtpwitness.files.problems import ScenarioError
from smtpwitness.testing.fixtures import IN_PROCESS, OpenScenario, OpenServer, ScenarioServer, Server

MIXED = "faults/rcpt-mixed"


def send(server: ScenarioServer) -> dict[str, tuple[int, bytes]]:
    """What smtplib says was refused."""
    with smtplib.SMTP(server.host, server.port, local_hostname=server.helo) as smtp:
        return smtp.sendmail(server.sender, server.recipients, server.message)


def words(refused: dict[str, tuple[int, bytes]]) -> dict[str, str]:
    return {who: "permanent" if code >= 500 else "temporary" for who, (code, _) in refused.items()}


# --- smtp_scenario


def test_a_client_that_does_and_tells_right_passes(smtp_scenario: OpenScenario) -> None:
    with smtp_scenario(MIXED) as server:
        server.report(words(send(server)))


def test_a_client_that_tells_a_lie_fails_in_the_words_of_the_reports(smtp_scenario: OpenScenario) -> None:
    with pytest.raises(pytest.fail.Exception) as failure, smtp_scenario(MIXED) as server:
        send(server)
        server.report("accepted")
    lines = str(failure.value).splitlines()
    assert lines[0].startswith("The client reports success (accepted), but the server did not take the message for all")
    assert lines[1] == "faults/rcpt-mixed, client in-process, server plain: fail"
    assert any(line.startswith("requirement  RFC5321-4.2.5-a MUST (RFC 5321, section 4.2.5)") for line in lines)
    assert any(line.startswith("mend  ") for line in lines)


def test_what_was_told_is_judged_only_if_the_test_says_it(smtp_scenario: OpenScenario) -> None:
    with smtp_scenario(MIXED) as server:
        send(server)


def test_a_broken_rule_fails(smtp_scenario: OpenScenario) -> None:
    content = b"From: a@example.test\r\nDate: Mon, 3 Mar 2025 10:00:00 +0800\r\n\r\none\ntwo\r\n.\r\n"
    commands = (b"HELO client.example.test", b"MAIL FROM:<a@b.test>", b"RCPT TO:<c@d.test>", b"DATA")

    def say(server: ScenarioServer) -> None:
        with socket.create_connection((server.host, server.port), 10) as sock, sock.makefile("rb") as replies:
            replies.readline()
            for line in (*(one + b"\r\n" for one in commands), content, b"QUIT\r\n"):
                sock.sendall(line)
                replies.readline()

    with pytest.raises(pytest.fail.Exception, match=r"lone LF"), smtp_scenario("core/happy") as server:
        say(server)


def test_a_client_is_held_to_what_the_test_read_and_to_nothing_else(smtp_scenario: OpenScenario) -> None:
    """It sends a message of its own, from and to addresses of its own."""
    with smtp_scenario("core/happy") as server, smtplib.SMTP(server.host, server.port) as smtp:
        text = "From: me@here.test\r\nDate: Mon, 3 Mar 2025 10:00:00 +0800\r\n\r\nHello\r\n"
        smtp.sendmail("me@here.test", "you@there.test", text)
    with pytest.raises(pytest.fail.Exception, match=r"you@there\.test"), smtp_scenario("core/happy") as server:
        assert server.recipients == ("bob@example.test",)
        with smtplib.SMTP(server.host, server.port) as smtp:
            smtp.sendmail("me@here.test", "you@there.test", text)


def test_credentials_of_ones_own_are_accepted_and_those_that_were_read_are_checked(
    smtp_scenario: OpenScenario,
) -> None:
    def log_in(server: ScenarioServer, username: str, password: str) -> None:
        with smtplib.SMTP(server.host, server.port) as smtp:
            smtp.helo()
            smtp.esmtp_features = {"auth": "LOGIN"}
            smtp.user, smtp.password = username, password
            smtp.auth("LOGIN", smtp.auth_login)
            smtp.sendmail(server.sender, server.recipients, server.message)

    with smtp_scenario("coursework/auth-login-coremail") as server:
        log_in(server, "somebody", "something of their own")
    with smtp_scenario("coursework/auth-login-coremail") as server:
        log_in(server, server.username, server.password)
    with pytest.raises(pytest.fail.Exception), smtp_scenario("coursework/auth-login-coremail") as server:
        assert server.password
        log_in(server, server.username, "another one")


def test_an_exception_of_the_client_comes_out_with_what_was_found_as_a_note(smtp_scenario: OpenScenario) -> None:
    with pytest.raises(RuntimeError, match="mine") as error, smtp_scenario(MIXED) as server:
        send(server)
        server.report("accepted")
        raise RuntimeError("mine")
    (note,) = error.value.__notes__
    assert note.startswith("The client reports success")


def test_async_code_is_not_held_up(smtp_scenario: OpenScenario) -> None:
    """The client closes its connection only after the block has begun to end."""

    async def later(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        writer.write(b"QUIT\r\n")

    async def client() -> None:
        async with smtp_scenario("core/happy") as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            await reader.readline()
            writer.write(f"HELO {server.helo}\r\n".encode())
            await reader.readline()
            for line in (f"MAIL FROM:<{server.sender}>", f"RCPT TO:<{server.recipient}>", "DATA"):
                writer.write(line.encode() + b"\r\n")
                await reader.readline()
            writer.write(server.message + b".\r\n")
            await reader.readline()
            task = asyncio.create_task(later(writer))
        await task
        writer.close()
        await writer.wait_closed()

    asyncio.run(client())


def test_what_the_job_has(smtp_scenario: OpenScenario) -> None:
    with smtp_scenario("core/happy") as server:
        header, _, body = server.message.partition(b"\r\n\r\n")
        assert f"Subject: {server.subject}".encode() in header
        assert server.body == body.decode().replace("\r\n", "\n")
        assert (server.recipient, server.auth, server.tls) == (server.recipients[0], "none", "none")
        assert server.timeout == 10.0
        assert [one.octets for one in server.messages] == [server.message]
        send(server)


def test_tls_is_checked_against_the_authority_that_is_given(smtp_scenario: OpenScenario) -> None:
    with smtp_scenario("tls/implicit[good]") as server:
        assert server.tls == "implicit"
        with smtplib.SMTP_SSL(server.host, server.port, context=server.ssl_context) as smtp:
            smtp.sendmail(server.sender, server.recipients, server.message)
    with pytest.raises(ssl.SSLCertVerificationError), smtp_scenario("tls/implicit[good]") as server:
        smtplib.SMTP_SSL(server.host, server.port, context=ssl.create_default_context())


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("acepted", r"'acepted' is no outcome \(did you mean 'accepted'\?\)"),
        (["accepted"], r"1 words for 4 recipients"),
        ({"good@exmaple.test": "accepted"}, r"good@exmaple\.test is no recipient .*did you mean 'good@example\.test'"),
    ],
)
def test_a_report_that_cannot_be_is_refused(smtp_scenario: OpenScenario, outcome: str, said: str) -> None:
    with smtp_scenario(MIXED) as server:
        with pytest.raises(ValueError, match=said):
            server.report(outcome)
        server.report(words(send(server)))


def test_a_scenario_that_is_not_there_or_is_several_cases_is_refused(smtp_scenario: OpenScenario) -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'core/happy'"):
        smtp_scenario("core/hapy")
    with pytest.raises(ValueError, match=r"rcpt-all-5yz is \d+ cases, and a test plays one: faults/rcpt-all-5yz\["):
        smtp_scenario("faults/rcpt-all-5yz")
    with pytest.raises(ValueError, match="in mta/mx-null the client asks a name server"):
        smtp_scenario("mta/mx-null")


def test_a_server_is_open_only_inside_its_block(smtp_scenario: OpenScenario) -> None:
    with pytest.raises(RuntimeError, match="only inside its `with` block"):
        _ = smtp_scenario("core/happy").port


def test_nothing_is_left_running(smtp_scenario: OpenScenario, smtp_server: OpenServer) -> None:
    with smtp_scenario("core/happy") as server:
        send(server)
        port = server.port
    with smtp_server() as other:
        pass
    assert not [one.name for one in threading.enumerate() if one.name.startswith("smtpwitness")]
    for closed in (port, other.port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", closed), 5)


# --- smtp_server


def deliver(server: Server, smtp: smtplib.SMTP, text: str = "Subject: x\r\n\r\nHello\r\n") -> None:
    smtp.sendmail("a@example.test", ["b@example.test", "c@example.test"], text)


def test_a_server_takes_every_message_and_shows_it(smtp_server: OpenServer) -> None:
    with smtp_server() as server, smtplib.SMTP(server.host, server.port) as smtp:
        deliver(server, smtp, "Subject: one\r\n\r\n.dot\r\n")
        assert [one.octets for one in server.messages] == [b"Subject: one\r\n\r\n.dot\r\n"]
        deliver(server, smtp, "Subject: two\r\n\r\n")
    assert [(one.sender, one.recipients) for one in server.messages] == [
        ("a@example.test", ("b@example.test", "c@example.test"))
    ] * 2


def test_a_server_has_the_manners_of_its_persona(smtp_server: OpenServer) -> None:
    with smtp_server(persona="coremail") as server, smtplib.SMTP(server.host, server.port) as smtp:
        assert smtp.ehlo() == (250, b"mail\nPIPELINING\nAUTH LOGIN PLAIN\nAUTH=LOGIN PLAIN\n8BITMIME")


def test_a_server_does_starttls_and_checks_who_logs_in(smtp_server: OpenServer) -> None:
    with smtp_server(persona="esmtp") as server:
        with smtplib.SMTP(server.host, server.port) as smtp:
            smtp.starttls(context=server.ssl_context)
            smtp.login(server.username, server.password)
            deliver(server, smtp)
        with smtplib.SMTP(server.host, server.port) as smtp:
            smtp.starttls(context=server.ssl_context)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login(server.username, "wrong")
    assert len(server.messages) == 1


def test_a_server_speaks_tls_from_the_first_octet_on_every_connection(smtp_server: OpenServer) -> None:
    with smtp_server(tls="implicit") as server:
        for _ in range(2):
            with smtplib.SMTP_SSL(server.host, server.port, context=server.ssl_context) as smtp:
                deliver(server, smtp)
    assert len(server.messages) == 2


def test_a_server_judges_nothing(smtp_server: OpenServer) -> None:
    with smtp_server() as server, socket.create_connection((server.host, server.port), 10) as sock:
        sock.sendall(b"nonsense\n")


def test_a_persona_or_a_tls_mode_that_is_not_there(smtp_server: OpenServer) -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'coremail'"):
        smtp_server(persona="coremial")
    with pytest.raises(ValueError, match="tls is 'starttls'"):
        smtp_server(tls="starttls")


def test_in_process_code_was_told_nothing_beforehand() -> None:
    assert (IN_PROCESS.argv, IN_PROCESS.supports, IN_PROCESS.reads_environment) == ((), None, False)
