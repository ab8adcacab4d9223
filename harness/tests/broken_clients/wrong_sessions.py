"""Faults in hello, TLS and authentication, and in going on after a refusal."""

from __future__ import annotations

import base64
import ssl

from .base import PERMANENT, Fault, Refused

# --- hello, TLS, authentication ---------------------------------------------------------------------------------------


class NoHello(Fault):
    """MAIL comes without EHLO or HELO."""

    rule = "hello-first"

    def hello(self) -> None:
        pass


class NoFallback(Fault):
    """EHLO refused is the end; HELO is not tried."""

    rule = "dialogue/outcome"
    scenario = "core/helo-fallback[500 unknown command]"

    def hello(self) -> None:
        self.must(f"EHLO {self.name}")


class NoSecondHello(Fault):
    """No EHLO after STARTTLS."""

    rule = "no-ehlo-after-starttls"
    worth = "warn"  # RFC 3207, 4.2: SHOULD send EHLO as the first command
    scenario = "tls/starttls-ok"
    root_cause = "hello-first"

    def starttls(self) -> None:
        self.must("STARTTLS")
        self.handshake()


class GoesOnInClear(Fault):
    """STARTTLS is refused, and the message goes out in clear."""

    rule = "went-on"
    scenario = "tls/starttls-refused"

    def starttls(self) -> None:
        if self.say("STARTTLS")[0] == 220:
            self.handshake()
            self.hello()


class BelievesAnyCertificate(Fault):
    """Certificates are not verified."""

    rule = "dialogue/never"
    scenario = "tls/cert-matrix[self-signed]"

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


class BelievesAnyName(Fault):
    """The certificate is verified, but not whose it is."""

    rule = "dialogue/never"
    scenario = "tls/cert-matrix[wrong name]"

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.check_hostname = False
        return context


class KeepsClearText(Fault):
    """Replies that came in clear behind the 220 of STARTTLS are read after the handshake."""

    rule = "dialogue/never"
    scenario = "tls/starttls-inject"

    def handshake(self) -> None:
        kept = self.buffer
        super().handshake()
        self.buffer = kept


class PasswordInClear(Fault):
    """Nothing but what most clients do: the password goes out without TLS."""

    rule = "credentials-in-clear"
    worth = "warn"  # the MUST NOT stands in an expired draft
    scenario = "auth/in-clear"


class HeloThenAuth(Fault):
    """AUTH after HELO, which lists no extensions."""

    rule = "helo-then-auth"
    worth = "warn"  # derived
    scenario = "auth/login"
    root_cause = "dialogue/breaks"  # HELO itself

    def hello(self) -> None:
        self.must(f"HELO {self.name}")
        self.offers = {"AUTH": "LOGIN"}


class EncodesNewline(Fault):
    """The line end is encoded with the user name and the password."""

    rule = "dialogue/different"
    scenario = "auth/login"

    def encoded(self, text: str) -> str:
        return base64.b64encode(text.encode() + b"\n").decode()


class LogsInUnasked(Fault):
    """User name and password follow AUTH LOGIN whatever is answered."""

    rule = "auth-response.unasked"
    worth = "warn"  # that a response answers a 334 is said of LOGIN in an expired draft
    scenario = "auth/fail-at-once[504 5.5.4 Unrecognized authentication type]"

    def auth_login(self) -> None:
        for line in ("AUTH LOGIN", self.encoded(self.username), self.encoded(self.password)):
            self.say(line)
        raise Refused(535)


class AnotherPassword(Fault):
    """The password that is sent is not the one that was given. The server takes any here, and TLS is not asked for."""

    rule = "dialogue/different"
    scenario = "coursework/auth-login-coremail"

    def auth_login(self) -> None:
        self.password += "!"
        super().auth_login()


class BreaksBase64(Fault):
    """Base64 is broken into lines, as encoders made for mail do it."""

    rule = "auth-response"
    scenario = "auth/plain"

    def encoded(self, text: str) -> str:
        whole = super().encoded(text)
        return whole[:20] + "\r\n" + whole[20:]


class NoBase64(Fault):
    """The user name and the password are sent as they are."""

    rule = "auth-response"
    scenario = "auth/login"

    def encoded(self, text: str) -> str:
        return text


class ForgetsPassword(Fault):
    """After the user name comes MAIL; the second prompt is not looked at."""

    rule = "dialogue/different"
    scenario = "auth/login"

    def auth_login(self) -> None:
        self.must("AUTH LOGIN", 3)
        self.must(self.encoded(self.username), 3)


class AuthUnlisted(Fault):
    """AUTH is tried though it is not listed."""

    rule = "dialogue/never"
    worth = "warn"  # derived
    scenario = "auth/not-advertised[nothing]"
    root_cause = "helo-then-auth"

    def login(self) -> None:
        self.auth_plain()


# --- going on after a refusal -----------------------------------------------------------------------------------------


class IgnoresMailRefusal(Fault):
    """RCPT follows though MAIL was refused."""

    rule = "went-on"
    scenario = "faults/mail-5yz"

    def mail(self) -> None:
        self.say(f"MAIL FROM:<{self.sender}>")


class IgnoresRcptRefusal(Fault):
    """DATA and the content follow though every recipient was refused."""

    rule = "went-on"
    scenario = "faults/rcpt-all-5yz[one]"

    def rcpts(self) -> list[int]:
        return [200 for _ in super().rcpts()]

    def status(self, refused: list[int]) -> int:
        return PERMANENT


class IgnoresAuthRefusal(Fault):
    """MAIL follows though the password was refused."""

    rule = "went-on"
    worth = "warn"  # RFC 4954 says SHOULD
    scenario = "coursework/auth-login-rejected"

    def login(self) -> None:
        try:
            super().login()
        except Refused as error:
            print(f"authentication failed: {error.code}")


class IgnoresDataRefusal(Fault):
    """The content follows though DATA was refused."""

    rule = "content-after-refused-data"
    scenario = "coursework/data-refused"

    def data(self) -> None:
        self.say("DATA")
