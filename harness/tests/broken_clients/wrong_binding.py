"""Faults in what a TLS session is worth: whose name it proves, how strong it is, what is bound to it, how it ends."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .base import GIVEN_UP, Client, Fault, GaveUp
from .wrong_mechanisms import External, Scram, ScramTwice
from .wrong_tls import Names, SpeaksOldTlsOnly, Versions

# --- names ------------------------------------------------------------------------------------------------------------


class NameFromHello(Fault, Names):
    """The server is believed to be who its reply to EHLO says (RFC 9525, 6.1.1)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.1.1-a"
    scenario = "tls/cert-claimed"
    worth = "warn"  # the row's text was not seen

    def say(self, text: str) -> tuple[int, list[str]]:
        code, texts = super().say(text)
        if text.startswith("EHLO"):
            self.called = texts[0].partition(" ")[0]
        return code, texts

    def wanted(self) -> str:
        return self.called


class ResolvesFirst(Fault):
    """The name is resolved, and its address is what the connection is made to and the certificate compared with."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.1.1-b"
    scenario = "tls/implicit[address of the name]"
    worth = "warn"  # the row's text was not seen

    def handshake(self) -> None:
        self.host = str(self.socket.getpeername()[0])
        super().handshake()


class NoCheckUnlessAsked(Fault):
    """Names are compared once somebody has switched that on (RFC 9525, 6.6)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.6-b"
    scenario = "tls/cert-after[no mail]"
    worth = "warn"  # the row's text was not seen

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.check_hostname = os.environ.get("CHECK_NAMES") == "yes"
        return context


class ClearAfterMismatch(Fault):
    """The certificate is another's, so the next connection does without (RFC 9525, 6.6)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.6-a"
    scenario = "tls/cert-after[no other way]"
    worth = "warn"  # SHOULD

    def starttls(self) -> None:
        try:
            super().starttls()
        except ssl.SSLCertVerificationError:
            self.socket.close()
            self.connect()
            self.greeting()
            self.hello()


class SilenceIsConsent(Fault, Names):
    """Where the name is another's the user is asked, and who says nothing has agreed (RFC 9525, 6.6)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.6-c"
    scenario = "tls/cert-after[nobody to ask]"
    worth = "warn"  # SHOULD

    def handshake(self) -> None:
        try:
            super().handshake()
        except ssl.SSLCertVerificationError:
            if sys.stdin.readline().lower().startswith("n"):
                raise


class FirstNameOnly(Fault, Names):
    """Of the names in a certificate only the first is looked at (RFC 4954, 14)."""

    rule = "dialogue/outcome"
    requirement = "RFC4954-14-d"
    scenario = "tls/cert-auth[good]"
    worth = "warn"  # SHOULD
    root_cause = "dialogue/closed"

    def names(self, certificate: dict[str, Any]) -> list[str]:
        return super().names(certificate)[:1]


class WildcardsBehind(Fault, Names):
    """Labels are compared from the left, as many as both have, and a star fits any (RFC 6125, 6.4.3)."""

    rule = "dialogue/never"
    requirement = "RFC6125-6.4.3-a"
    scenario = "tls/cert-names[wildcard behind it]"
    worth = "warn"  # SHOULD NOT

    def fits(self, presented: str, wanted: str) -> bool:
        labels = zip(presented.lower().split("."), wanted.lower().split("."), strict=False)
        return "*" in presented and all(one in ("*", other) for one, other in labels)


# --- versions and ports -----------------------------------------------------------------------------------------------


class OldTlsWhereItWill(Fault, Versions):
    """It was built for TLS 1.1, which this server still speaks (RFC 8997, 3)."""

    rule = "dialogue/tls"
    requirement = "RFC8997-3-a"
    scenario = "tls/versions[1.1 to 1.3]"
    lowest = SpeaksOldTlsOnly.lowest
    highest = SpeaksOldTlsOnly.highest


class ImplicitOnly(Fault):
    """Whatever way it is told, it begins with TLS (RFC 8314, 3.3)."""

    rule = "dialogue/extra"
    requirement = "RFC8314-3.3-c"
    scenario = "tls/starttls-ok"
    worth = "warn"  # SHOULD

    def connect(self) -> None:
        self.socket = socket.create_connection((self.host, self.port), self.timeout)
        Client.handshake(self)
        self.open = True


# --- where there is no TLS --------------------------------------------------------------------------------------------


class ClearAfterGarbage(Fault):
    """What comes after the 220 is no TLS, so the session goes on without, with another EHLO (RFC 3207, 4)."""

    rule = "dialogue/never"
    requirement = "RFC3207-4-c"
    scenario = "tls/handshake-fail[garbage]"
    worth = "warn"  # SHOULD

    def handshake(self) -> None:
        plain = self.socket.dup()
        try:
            super().handshake()
        except ssl.SSLError:
            self.socket, self.open = plain, True
            plain.recv(4096)  # the rest of it
            self.hello()
            raise GaveUp(GIVEN_UP) from None


class Demanding(Client):
    """Told nothing about TLS, it uses STARTTLS or sends nothing (RFC 8314, 5.2)."""

    can = (*Client.can, "tls-by-default")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.tls = env.get("SMTP_TLS", "starttls")


class TakesWhatThereIs(Fault, Demanding):
    """Its settings look for TLS, and where there is none, the message goes out in clear (RFC 8314, 5.2)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5.2-a"
    scenario = "tls/default-policy"
    worth = "warn"  # SHOULD

    def starttls(self) -> None:
        if "STARTTLS" in self.offers:
            super().starttls()


# --- how TLS ends -----------------------------------------------------------------------------------------------------


class Notifying(Client):
    """Sends close_notify before it closes, and does not wait for the server's (RFC 8314, 3.4)."""

    def quit(self) -> None:
        super().quit()
        self.end_tls()

    def end_tls(self) -> None:
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket.settimeout(0)
            with contextlib.suppress(OSError):
                self.socket.unwrap()


class EndsWithoutNotice(Fault, Notifying):
    """The TCP connection is closed, and TLS is told nothing of it (RFC 8314, 3.4)."""

    rule = "dialogue/different"
    requirement = "RFC8314-3.4-a"
    scenario = "tls/close-notify"
    worth = "warn"  # SHOULD

    def end_tls(self) -> None:
        pass


# --- cipher suites ----------------------------------------------------------------------------------------------------


class AnyCipher(Fault):
    """All cipher suites that there are, those without a certificate among them (RFC 3207, 6)."""

    rule = "dialogue/never"
    requirement = "RFC3207-6-d"
    scenario = "tls/ciphers[anonymous]"
    worth = "warn"  # prose

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context


class UnencryptedTls(Fault):
    """A certificate that verifies is all that it looks at: with it, no encryption will do (RFC 3207, 6)."""

    rule = "dialogue/never"
    requirement = "RFC3207-6-d"
    scenario = "tls/ciphers[null]"
    worth = "warn"  # prose

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.set_ciphers("ALL:eNULL:!aNULL:@SECLEVEL=0")
        return context


class OldCiphers(Fault):
    """It has TLS 1.2 with the cipher suites of TLS 1.1 (RFC 8314, 5)."""

    rule = "dialogue/tls"
    requirement = "RFC8314-5-d"
    scenario = "tls/ciphers[recommended]"
    worth = "warn"  # SHOULD

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE+AES:!AESGCM:!AESCCM")
        return context


# --- certificates of the client's own ---------------------------------------------------------------------------------


class Certified(External):
    """Shows the certificate that it is told to show, if the server asks for one, and then says AUTH EXTERNAL."""

    can = (*External.can, "client-certificate")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.certificate = env.get("SMTP_CERTIFICATE_FILE")

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        if self.certificate is not None:
            context.load_cert_chain(self.certificate)
        return context


class ShowsWhatItFinds(Fault, Certified):
    """A certificate that was installed for another account is shown to whoever asks (RFC 8314, 5.5)."""

    rule = "dialogue/tls"
    requirement = "RFC8314-5.5-a"
    scenario = "tls/client-cert[none told]"

    def tls_context(self) -> ssl.SSLContext:
        self.certificate = str(Path(str(self.ca_file)).with_name("client.pem"))
        return super().tls_context()


class CertificateIsEnough(Fault, Certified):
    """Once the certificate was shown, nothing is said of it in SMTP (RFC 8314, 5.5)."""

    rule = "dialogue/missing"
    requirement = "RFC8314-5.5-b"
    scenario = "tls/client-cert[one told]"

    def login(self) -> None:
        pass


# --- SCRAM bound to the channel ---------------------------------------------------------------------------------------


class Bound(Scram):
    """Binds SCRAM-SHA-256 to the TLS session where the server offers that, and says so where it does not."""

    can = (*Scram.can, "auth-scram-sha-256-plus")
    scenarios = ()
    flag_without = "y,,"

    def login(self) -> None:
        offered = self.offers.get("AUTH", "").split()
        if self.auth != "scram-sha-256-plus":
            super().login()
        elif self.binds(offered):
            self.header = "p=tls-unique,,"
            self.auth_scram("SCRAM-SHA-256-PLUS", "sha256")
        else:
            self.header = self.flag_without
            self.auth_scram("SCRAM-SHA-256", "sha256")

    def binds(self, offered: list[str]) -> bool:
        return "SCRAM-SHA-256-PLUS" in offered

    def bound(self) -> str:
        data = self.channel() if self.header.startswith("p") else b""
        return base64.b64encode(self.header.encode() + data).decode()

    def channel(self) -> bytes:
        assert isinstance(self.socket, ssl.SSLSocket)
        return self.socket.get_channel_binding("tls-unique") or b""


class SaysItCannotBind(Fault, Bound):
    """Where no -PLUS mechanism is listed it begins with `n`, though it could bind (RFC 5802, 6)."""

    rule = "scram.unsaid"
    requirement = "RFC5802-6-a"
    scenario = "auth/scram-plus[one without binding]"
    flag_without = "n,,"


class PassesPlusOver(Fault, Bound):
    """The first mechanism listed that it knows is taken, though one with binding stands behind it (RFC 5802, 6)."""

    rule = "dialogue/different"
    requirement = "RFC5802-6-b"
    scenario = "auth/scram-plus[both]"
    flag_without = "n,,"

    def binds(self, offered: list[str]) -> bool:
        return offered[0] == "SCRAM-SHA-256-PLUS"


class SaysItSawNoPlus(Fault, Bound):
    """It takes the -PLUS mechanism, and has `y` in its header as ever (RFC 5802, 6)."""

    rule = "scram.plus"
    requirement = "RFC5802-6-b"
    scenario = "auth/scram-plus[both]"

    def auth_scram(self, mechanism: str, digest: str) -> None:
        self.header = "y,,"
        super().auth_scram(mechanism, digest)


class BindsToCertificate(Fault, Bound):
    """In place of the first Finished message of the handshake it takes the server's certificate (RFC 5802, 6.1)."""

    rule = "scram.unbound"
    requirement = "RFC5802-6.1-a"
    scenario = "auth/scram-plus[both]"
    worth = "warn"  # SHOULD

    def channel(self) -> bytes:
        assert isinstance(self.socket, ssl.SSLSocket)
        return self.socket.getpeercert(True) or b""


class BoundTwice(Bound, ScramTwice):
    """A connection, a TLS session and a login for each message."""

    can = tuple(dict.fromkeys((*Bound.can, *ScramTwice.can)))


class BindsToResumed(Fault, BoundTwice):
    """The TLS session of the first connection is resumed, and bound to (RFC 7677, 4)."""

    rule = "scram.resumed"
    requirement = "RFC7677-4-a"
    scenario = "auth/scram-resumed"
    kept: ssl.SSLContext | None = None
    resumable: ssl.SSLSession | None = None

    def handshake(self) -> None:
        self.kept = self.kept or self.tls_context()
        made = self.kept.wrap_socket(self.socket, server_hostname=self.host, session=self.resumable)
        self.socket, self.resumable = made, made.session
