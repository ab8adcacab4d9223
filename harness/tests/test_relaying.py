"""Cases on a real relay, through the tap; here aiosmtpd's own server stands in for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from real_runs import BROKEN, catalogue, reading_environment, scenario

from smtpwitness.files.relays import Relay
from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import CaseResult, Client
from smtpwitness.model.transcript import Kind
from smtpwitness.peers.tap import Upstream
from smtpwitness.runner import Plan, Workshop, run_case, workshop

if sys.platform == "win32":
    pytest.skip("relays need users and groups", allow_module_level=True)

from smtpwitness.peers.relay import Running

BASE = reading_environment("base", str(BROKEN / "base.py"))
PASSWORD = "a-relay-password-77"


class Alive:
    def poll(self) -> None:
        return None


class Mailbox:
    """Keeps what it gets as an MTA does, with a trace in front."""

    def __init__(self, folder: Path, spoil: Callable[[bytes], bytes] = bytes) -> None:
        self.folder, self._spoil = folder, spoil
        (folder / "new").mkdir()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        text = b"Received: from client\n\tby stand-in\n" + self._spoil(envelope.content.replace(b"\r\n", b"\n"))
        (self.folder / "new" / "1").write_bytes(text)
        return "250 taken"


@contextlib.contextmanager
def stand_in(shop: Workshop, handler: Any, **more: Any) -> Iterator[int]:
    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == PASSWORD.encode())

    controller = Controller(
        handler, "127.0.0.1", 0, authenticator=known, auth_require_tls=False, ready_timeout=10.0, **more
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        controller.port = free.getsockname()[1]
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def behind(shop: Workshop, port: int, folder: Path, name: str = "localhost", **ports: int) -> None:
    """Make what listens on *port* the relay `stand-in`."""
    relay = Relay("stand-in", "A stand-in", ("none",), ("smtp",), {}, mailbox="new", logs=("log",))
    context = ssl.create_default_context(cafile=str(shop.certificates.ca_file))
    upstream = Upstream("stand-in", "127.0.0.1", {"smtp": port, **ports}, context, name, timeout=5)
    offers = ("SIZE 33554432", "8BITMIME", "SMTPUTF8", "AUTH LOGIN PLAIN", "STARTTLS", "HELP")
    accounts = MappingProxyType({"alice@example.test": PASSWORD})
    shop.relays = {"stand-in": Running(relay, folder, upstream, accounts, offers, offers, Alive())}  # type: ignore[arg-type]


def run(
    name: str, folder: Path, client: Client = BASE, *, spoil: Callable[[bytes], bytes] = bytes, **more: Any
) -> CaseResult:
    async def main() -> CaseResult:
        async with workshop(catalogue()) as shop:
            if "tls_context" in more:
                more["tls_context"] = shop.certificates.context(more["tls_context"])
            server_name = more.pop("server_name", "localhost")
            with stand_in(shop, Mailbox(folder, spoil), **more) as port:
                behind(shop, port, folder, server_name)
                return await run_case(Plan(scenario(name), client, relay="stand-in"), shop)

    return asyncio.run(main())


def test_a_case_on_a_relay_passes_and_its_message_is_read_back(tmp_path: Path) -> None:
    case = run("core/happy", tmp_path)
    assert (case.verdict, case.server, case.relay) == (Verdict.PASS, "relay stand-in", "stand-in")
    (found,) = case.delivered
    assert found.same
    assert found.trace.startswith(b"Received: from client\r\n")
    assert found.octets == case.job.messages[0].octets


def test_tls_is_ended_and_begun_again_and_recorded_in_the_clear(tmp_path: Path) -> None:
    case = run("tls/starttls-ok", tmp_path, tls_context="good")
    assert case.exchange is Verdict.PASS, case.reason
    assert Kind.TLS in {event.kind for event in case.transcript}
    assert case.delivered[0].same


def test_a_password_goes_to_the_relay_and_is_kept_nowhere(tmp_path: Path) -> None:
    case = run("auth/login", tmp_path)
    assert case.exchange in (Verdict.PASS, Verdict.NOTE), case.reason
    assert PASSWORD not in repr(case)
    assert any(event.octets.startswith(b"235") for event in case.transcript)


def test_a_relay_with_a_wrong_certificate_gets_nothing_more(tmp_path: Path) -> None:
    case = run("tls/starttls-ok", tmp_path, tls_context="wrong name")
    assert case.exchange is Verdict.ERROR
    assert "no TLS with it" in case.reason
    assert not list((tmp_path / "new").iterdir())


def test_a_message_that_came_otherwise_is_a_fact_and_nobodys_fault(tmp_path: Path) -> None:
    case = run("core/happy", tmp_path, spoil=lambda text: text.replace(b"Subject: Hello", b"Subject: Bye"))
    assert case.verdict is Verdict.PASS
    assert (case.delivered[0].same, "came otherwise" in case.delivered[0].difference) == (False, True)


def test_what_only_a_fake_can_play_is_not_applicable(tmp_path: Path) -> None:
    case = run("coursework/data-refused", tmp_path)
    assert (case.verdict, "only the fake" in case.reason) == (Verdict.NOT_APPLICABLE, True)


# --- what goes wrong with a relay


def bad(tmp_path: Path, serve: Callable[[socket.socket], None], name: str = "core/happy") -> CaseResult:
    """A case on a relay that is *serve*, given each connection."""

    async def main() -> CaseResult:
        async with workshop(catalogue()) as shop:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                behind(shop, listener.getsockname()[1], tmp_path)

                def accept() -> None:
                    with contextlib.suppress(OSError):
                        one, _ = listener.accept()
                        with one:
                            serve(one)

                answering = asyncio.create_task(asyncio.to_thread(accept))
                case = await run_case(Plan(scenario(name), BASE, relay="stand-in"), shop)
                await answering
                return case

    (tmp_path / "log").write_text("a line of its log")
    return asyncio.run(main())


def test_a_relay_that_dies_in_the_middle_is_an_error_with_its_log(tmp_path: Path) -> None:
    def dies(one: socket.socket) -> None:
        one.sendall(b"220 soon gone\r\n")
        one.recv(1000)

    case = bad(tmp_path, dies)
    assert case.exchange is Verdict.ERROR
    assert "the relay ended the connection" in case.reason
    assert "a line of its log" in case.reason


def test_a_relay_that_resets_is_an_error(tmp_path: Path) -> None:
    def resets(one: socket.socket) -> None:
        one.sendall(b"220 soon gone\r\n")  # and what the client says is never read

    case = bad(tmp_path, resets)
    assert case.exchange is Verdict.ERROR


def test_a_relay_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    async def main() -> CaseResult:
        async with workshop(catalogue()) as shop:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            behind(shop, port, tmp_path)
            return await run_case(Plan(scenario("core/happy"), BASE, relay="stand-in"), shop)

    case = asyncio.run(main())
    assert (case.exchange, "cannot be reached" in case.reason) == (Verdict.ERROR, True)


def test_a_relay_that_could_not_be_started_is_an_error_in_each_of_its_cases() -> None:
    async def main() -> CaseResult:
        async with workshop(catalogue()) as shop:
            shop.relays = {"stand-in": "stand-in does not start"}
            return await run_case(Plan(scenario("core/happy"), BASE, relay="stand-in"), shop)

    case = asyncio.run(main())
    assert (case.exchange, case.reason) == (Verdict.ERROR, "stand-in does not start")
