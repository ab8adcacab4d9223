"""The tap asks a relay of our own for whom the client asks, and one of others for whom its certificate must be."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from peers.scripted import CERTIFICATES, trusting
from real_runs import scenarios

from smtpwitness.judge.follower import Follower
from smtpwitness.judge.redact import Redactor
from smtpwitness.model.run import Client
from smtpwitness.peers.tap import NotTrusted, RelayFailed, Tap, Upstream, tap
from smtpwitness.runner import make_job


@contextmanager
def server(asked: list[str | None], before: bytes = b"") -> Iterator[int]:
    """Greets under TLS from the first octet, and notes whom it was *asked* for. Says *before* in the clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES.file("good"))

    def note(_: object, name: str | None, __: ssl.SSLContext) -> None:
        asked.append(name)

    context.sni_callback = note
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with suppress(OSError), door.accept()[0] as one:
                one.sendall(before)
                with context.wrap_socket(one, server_side=True) as secure:
                    secure.sendall(b"220 mail.example.test\r\n")
                    secure.recv(1)
                    secure.unwrap()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join()


def through(upstream: Upstream, name: str | None) -> tuple[bytes, Tap]:
    """What a client is greeted with that asks for *name*, and the tap."""
    (scenario,) = scenarios(["tls/implicit[good]"])
    job = make_job(scenario, Client("x", ("x",)))

    def greeted(port: int) -> bytes:
        context = trusting()
        context.check_hostname = False
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            closing(context.wrap_socket(plain, server_hostname=name)) as secure,
        ):
            return secure.recv(100)
        return b""

    async def main() -> tuple[bytes, Tap]:
        redactor = Redactor(job.username, "unguessable")
        async with tap(Follower(scenario, job), redactor, CERTIFICATES, time.monotonic_ns(), upstream, "smtps") as made:
            said = await asyncio.to_thread(greeted, made.port)
            await made.quiet()
            return said, made

    return asyncio.run(main())


def strict() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))


def nameless() -> ssl.SSLContext:
    context = strict()
    context.check_hostname = False
    return context


@pytest.mark.parametrize("name", [None, "localhost", "mail.uni.example"])
def test_our_own_relay_is_asked_for_whom_the_client_asks(name: str | None) -> None:
    asked: list[str | None] = []
    with server(asked) as port:
        upstream = Upstream("own", "127.0.0.1", {"smtps": port}, strict(), "localhost", nameless=nameless())
        said, made = through(upstream, name)
    assert (said, asked, made.error) == (b"220 mail.example.test\r\n", [name], None)
    (shown,) = made.recorder.certificates
    assert (shown.kind, f"DNS:{name or 'localhost'}" in shown.names) == ("good", True)


def test_what_is_no_name_is_told_to_nobody() -> None:
    upstream = Upstream("own", "127.0.0.1", {}, strict(), "localhost", nameless=nameless())
    assert upstream.layer(None) is None, "not before the client has asked"
    for odd in (".", "a" * 70 + ".test", ""):
        layer = upstream.layer(odd)
        assert layer is not None
        layer.receive(b"", 0)
        hello = layer.pending()
        assert len(hello) > 100
        assert b"localhost" not in hello


def test_the_relay_of_others_is_asked_for_whom_its_certificate_must_be() -> None:
    asked: list[str | None] = []
    with server(asked) as port:
        upstream = Upstream("theirs", "127.0.0.1", {"smtps": port}, strict(), "localhost")
        said, made = through(upstream, "mail.uni.example")
    assert (said, asked, made.error) == (b"220 mail.example.test\r\n", ["localhost"], None)


def test_our_own_relay_must_have_a_certificate_of_this_run_all_the_same() -> None:
    strange = ssl.create_default_context()
    strange.check_hostname = False
    with server([]) as port:
        upstream = Upstream("own", "127.0.0.1", {"smtps": port}, strange, "localhost", nameless=strange)
        said, made = through(upstream, "localhost")
    assert said == b""
    assert isinstance(made.error, NotTrusted)


def test_a_relay_that_speaks_in_the_clear_where_tls_is_due_is_at_fault() -> None:
    with server([], before=b"220 too early\r\n") as port:
        upstream = Upstream("own", "127.0.0.1", {"smtps": port}, strict(), "localhost", nameless=nameless())
        said, made = through(upstream, "localhost")
    assert said == b""
    assert isinstance(made.error, RelayFailed)
