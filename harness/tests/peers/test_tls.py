import contextlib
import ssl
from pathlib import Path

import pytest
from peers.scripted import CERTIFICATES, trusting

from smtpwitness.peers.certificates import Certificates
from smtpwitness.peers.tls import SpoiledTls, TlsLayer


class Peer:
    """A client's half, in memory."""

    def __init__(self, context: ssl.SSLContext, session: ssl.SSLSession | None = None, name: str = "localhost") -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.half = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name, session=session)

    def handshake(self, layer: TlsLayer) -> None:
        while not layer.done:
            with contextlib.suppress(ssl.SSLWantReadError):
                self.half.do_handshake()
            assert layer.receive(self.outgoing.read(), 5) == b""
            self.incoming.write(layer.pending())

    def said(self, octets: bytes) -> bytes:
        self.half.write(octets)
        return self.outgoing.read()


@pytest.fixture
def layer() -> TlsLayer:
    return TlsLayer(CERTIFICATES.context("good"))


def test_a_session(layer: TlsLayer) -> None:
    peer = Peer(trusting())
    peer.handshake(layer)
    assert (layer.begun, layer.failed) == (5, "")
    assert layer.note.startswith("TLSv1.3 ")
    assert layer.note.endswith("; asks for localhost")
    assert layer.receive(peer.said(b"NOOP\r\n") + peer.said(b"QUIT\r\n"), 9) == b"NOOP\r\nQUIT\r\n"
    peer.incoming.write(layer.encrypt(b"250 ok\r\n"))
    assert peer.half.read() == b"250 ok\r\n"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_what_certificate_the_client_was_shown(version: str) -> None:
    layer = TlsLayer(CERTIFICATES.context("expired", (version,)))
    assert layer.shown is None
    with pytest.raises(ssl.SSLCertVerificationError):
        Peer(trusting()).handshake(layer)
    assert layer.shown is not None
    assert (layer.shown.kind, layer.done) == ("expired", False)


def test_who_names_another_host_was_shown_the_certificate_of_that_one() -> None:
    layer, peer = TlsLayer(CERTIFICATES.context("good")), Peer(trusting(), name="smtp.example.net")
    peer.handshake(layer)
    assert layer.shown is not None
    assert "DNS:smtp.example.net" in layer.shown.names


def test_who_cannot_agree_on_anything_was_shown_no_certificate() -> None:
    context = trusting()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    layer, peer = TlsLayer(CERTIFICATES.context("good", ("1.2",))), Peer(context)
    with contextlib.suppress(ssl.SSLWantReadError):
        peer.half.do_handshake()
    layer.receive(peer.outgoing.read(), 5)
    layer.pending()
    assert (layer.failed, layer.shown) == ("UNSUPPORTED_PROTOCOL", None)


def test_a_server_that_asks_for_another_key_share_first_has_shown_nothing_yet(tmp_path: Path) -> None:
    """HelloRetryRequest (RFC 8446, 4.1.4) begins as what a certificate comes in."""
    context = Certificates(tmp_path).context("good", ("1.3",))
    context.set_ecdh_curve("secp384r1")
    layer, peer = TlsLayer(context), Peer(trusting())
    shown = []
    for _ in range(2):
        with contextlib.suppress(ssl.SSLWantReadError):
            peer.half.do_handshake()
        layer.receive(peer.outgoing.read(), 5)
        peer.incoming.write(layer.pending())
        shown.append(layer.shown is not None)
    assert shown == [False, True]


def test_a_server_without_a_certificate_shows_none() -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    layer = TlsLayer(CERTIFICATES.context("good", (), ("anonymous ciphers",)))
    Peer(context).handshake(layer)
    assert (layer.done, layer.shown) == (True, None)


def test_close_notify_ends_the_client_s_half_only(layer: TlsLayer) -> None:
    peer = Peer(trusting())
    peer.handshake(layer)
    with contextlib.suppress(ssl.SSLWantReadError):
        peer.half.unwrap()
    assert layer.receive(peer.outgoing.read(), 9) == b""
    assert layer.ended
    peer.incoming.write(layer.encrypt(b"421 bye\r\n"))


def test_our_close_notify_leaves_the_client_s_half_open(layer: TlsLayer) -> None:
    peer = Peer(trusting())
    peer.handshake(layer)
    peer.incoming.write(layer.close_notify())
    assert peer.half.read() == b""
    assert layer.receive(peer.said(b"NOOP\r\n"), 9) == b"NOOP\r\n"
    assert layer.failed == ""


def test_both_halves_are_told_from_others_by_the_same_octets() -> None:
    layer, peer = TlsLayer(CERTIFICATES.context("good", ("1.2",))), Peer(trusting())
    peer.handshake(layer)
    assert layer.bindings == {"tls-unique": peer.half.get_channel_binding("tls-unique")}


def test_tls_1_3_has_no_tls_unique(layer: TlsLayer) -> None:
    Peer(trusting()).handshake(layer)
    assert layer.bindings == {}


def test_a_session_that_is_resumed_without_the_session_hash() -> None:
    context, server = trusting(), CERTIFICATES.context("good", ("1.2",), ("no session hash",))
    first, second = TlsLayer(server), TlsLayer(server)
    peer = Peer(context)
    peer.handshake(first)
    peer.half.do_handshake()  # the ticket comes with the end
    again = Peer(context, peer.half.session)
    again.handshake(second)
    assert first.note.partition("; ")[2] == "no session hash; asks for localhost"
    assert second.note.partition("; ")[2] == "resumed; no session hash; asks for localhost"
    assert second.bindings == {"tls-unique": again.half.get_channel_binding("tls-unique")} != first.bindings


def test_one_octet_at_a_time(layer: TlsLayer) -> None:
    peer = Peer(trusting())
    peer.handshake(layer)
    said = peer.said(b"NOOP\r\n")
    assert b"".join(layer.receive(bytes([octet]), 9) for octet in said) == b"NOOP\r\n"


def test_what_is_not_tls_fails_and_the_rest_is_swallowed(layer: TlsLayer) -> None:
    layer.receive(b"EHLO client.example.test\r\n", 3)
    assert layer.failed
    assert not layer.done
    assert layer.receive(b"more", 4) == b""
    assert layer.close_notify() == b""


def test_a_session_can_break_later(layer: TlsLayer) -> None:
    peer = Peer(trusting())
    peer.handshake(layer)
    layer.receive(b"\x17\x03\x03\x00\x05XXXXX", 9)
    assert layer.failed
    assert layer.done
    assert layer.note.startswith("TLSv1.3 ")
    layer.pending()
    assert layer.encrypt(b"220 mail.example.test\r\n") == b""


def test_an_alert_may_come_in_one_piece_with_the_end_of_the_handshake(layer: TlsLayer) -> None:
    """GnuTLS looks at a certificate when the handshake is over, and then refuses it."""
    peer = Peer(trusting())
    with contextlib.suppress(ssl.SSLWantReadError):
        peer.half.do_handshake()
    layer.receive(peer.outgoing.read(), 5)
    peer.incoming.write(layer.pending())
    peer.half.do_handshake()
    layer.receive(peer.outgoing.read() + b"\x15\x03\x03\x00\x02\x02\x2a", 6)
    assert (layer.done, bool(layer.failed)) == (True, True)
    assert layer.note.startswith("TLSv1.3 ")
    layer.pending()
    assert layer.encrypt(b"220 mail.example.test\r\n") == b""


def test_a_spoiled_handshake_swallows_everything() -> None:
    layer = SpoiledTls()
    assert layer.receive(b"", 1) == b""
    assert not layer.failed
    assert layer.receive(b"\x16\x03", 2) == b""
    assert layer.failed
    assert layer.begun == 2
    assert layer.encrypt(b"raw") == b"raw"
    assert layer.pending() == layer.close_notify() == b""
