"""Faults in the SASL mechanisms and in what a client makes of their outcome."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from broken_clients.base import GIVEN_UP, Client, Fault, GaveUp, Refused

# --- PLAIN (RFC 4616; RFC 4954, 4) --------------------------------------------------------------------------------


class InitialResponse(Client):
    """Sends what PLAIN has to say in the line of AUTH, where that has room for it."""

    scenarios = ("auth/plain*",)

    def initial(self) -> str:
        return self.encoded(f"\0{self.username}\0{self.password}")

    def auth_plain(self) -> None:
        line = f"AUTH PLAIN {self.initial()}"
        if len(line) + 2 <= 512:
            self.must(line)
        else:
            self.must("AUTH PLAIN", 3)
            self.must(self.initial())


class UnpaddedInitialResponse(Fault, InitialResponse):
    """The initial response goes without its padding (RFC 4954, 4; RFC 4648, 3.2)."""

    rule = "auth-response.initial"
    requirement = "RFC4954-4-b"
    scenario = "auth/plain-ir"

    def initial(self) -> str:
        return super().initial().rstrip("=")


class NoPlain(Fault):
    """A client without PLAIN (RFC 4954, 4)."""

    rule = "dialogue/missing"
    requirement = "RFC4954-4-o"
    scenario = "auth/plain-ir"

    def auth_plain(self) -> None:
        raise GaveUp(GIVEN_UP)


class IdentityTwice(Fault):
    """The user name stands before the first NUL, too (RFC 4616, 2)."""

    rule = "auth-response.authzid"
    requirement = "RFC4616-2-d"
    worth = "warn"  # prose
    scenario = "auth/plain-ir"

    def auth_plain(self) -> None:
        self.must("AUTH PLAIN", 3)
        self.must(self.encoded(f"{self.username}\0{self.username}\0{self.password}"))


class EmptyChallengeIsRefusal(Fault):
    """A 334 with nothing behind it is taken for an error (RFC 4954, 4)."""

    rule = "dialogue/extra"
    requirement = "RFC4954-4-l"
    worth = "warn"  # prose
    scenario = "auth/plain-no-ir"

    def auth_plain(self) -> None:
        if not self.must("AUTH PLAIN", 3)[0]:
            self.must("*")
        raise GaveUp(GIVEN_UP)


class EndsWithNul(Fault):
    """The password goes out with the NUL that ends a string in C (RFC 4616, 2)."""

    rule = "auth-response.nul"
    requirement = "RFC4616-2-c"
    scenario = "auth/plain-no-ir"

    def auth_plain(self) -> None:
        self.must("AUTH PLAIN", 3)
        self.must(self.encoded(f"\0{self.username}\0{self.password}\0"))


class LongAuthLine(Fault, InitialResponse):
    """The initial response stands in the line of AUTH however long it is (RFC 4954, 4)."""

    rule = "command-length.auth"
    requirement = "RFC4954-4-f"
    scenario = "auth/plain-long"

    def auth_plain(self) -> None:
        self.must(f"AUTH PLAIN {self.initial()}")


class WrapsLongResponse(Fault):
    """Base64 is broken after 76 characters, which shows only where a response is that long (RFC 4954, 8)."""

    rule = "dialogue/extra"
    requirement = "RFC4954-8-b"
    scenario = "auth/plain-long"
    root_cause = "sent-before-reply"

    def encoded(self, text: str) -> str:
        whole = super().encoded(text)
        return "\r\n".join(whole[at : at + 76] for at in range(0, len(whole), 76))


class LatinOnePlain(Fault):
    """User name and password go out in Latin-1 (RFC 4616, 2)."""

    rule = "auth-response.charset"
    requirement = "RFC4616-2-b"
    scenario = "auth/plain-utf8[plain]"

    def encoded(self, text: str) -> str:
        return base64.b64encode(text.encode("latin-1")).decode()


class LatinOneLogin(Fault):
    """User name and password go out in Latin-1 (AUTH LOGIN, 2)."""

    rule = "auth-response.login-charset"
    requirement = "LOGIN-2-a"
    worth = "warn"  # an expired draft
    scenario = "auth/plain-utf8[login]"

    def encoded(self, text: str) -> str:
        return base64.b64encode(text.encode("latin-1")).decode()


# --- LOGIN --------------------------------------------------------------------------------------------------------


class WantsUsualPrompts(Fault):
    """Only `Username:` and `Password:` are answered (AUTH LOGIN, 2.1)."""

    rule = "dialogue/extra"
    requirement = "LOGIN-2.1-b"
    worth = "warn"  # an expired draft
    scenario = "auth/login-prompts[localised]"

    def prompt(self, text: str) -> None:
        challenge = base64.b64decode(self.must(text, 3)[0])
        if challenge not in (b"Username:", b"Password:"):
            self.must("*")
            raise GaveUp(GIVEN_UP)


class ReadsPrompts(Fault):
    """A prompt without the word `user` is answered with the password (AUTH LOGIN, 2.1)."""

    rule = "dialogue/different"
    requirement = "LOGIN-2.1-a"
    worth = "warn"  # an expired draft
    scenario = "auth/login-prompts[empty]"

    def auth_login(self) -> None:
        challenge = base64.b64decode(self.must("AUTH LOGIN", 3)[0]).lower()
        first = self.username if b"user" in challenge else self.password
        self.prompt(self.encoded(first))
        self.must(self.encoded(self.password))


class ShortLineBuffer(Fault):
    """A line of the server is read into 512 octets, and what is left over is taken for the next (RFC 4954, 4)."""

    rule = "dialogue/closed"
    requirement = "RFC4954-4-j"
    scenario = "auth/long-challenge[1 kB]"
    root_cause = "sent-before-reply"
    room = 512

    def read_line(self) -> bytes:
        while b"\r\n" not in self.buffer and len(self.buffer) < self.room:
            self.buffer += self.socket.recv(4096)
        end = min(self.room, (self.buffer.find(b"\r\n") + 1 or self.room + 1) + 1)
        line, self.buffer = self.buffer[:end], self.buffer[end:]
        return line.removesuffix(b"\r\n")


class PageLineBuffer(ShortLineBuffer):
    """The same with 4096 octets, more than a challenge of most mechanisms needs (RFC 4954, 4)."""

    scenario = "auth/long-challenge[8 kB]"
    room = 4096


# --- CRAM-MD5 (RFC 2195) ------------------------------------------------------------------------------------------


class CramMd5(Client):
    """Logs in by CRAM-MD5, and without TLS by nothing else."""

    can = (*Client.can, "auth-cram-md5")

    def login(self) -> None:
        if self.auth != "cram-md5":
            super().login()
        elif "CRAM-MD5" not in self.offers.get("AUTH", "").split():
            raise GaveUp(GIVEN_UP)
        else:
            self.auth_cram_md5()

    def auth_cram_md5(self) -> None:
        challenge = base64.b64decode(self.must("AUTH CRAM-MD5", 3)[0], validate=True)
        self.must(self.encoded(self.answer(challenge)))

    def answer(self, challenge: bytes) -> str:
        return f"{self.username} {self.digest(self.password.encode(), challenge)}"

    def digest(self, key: bytes, challenge: bytes) -> str:
        return hmac.new(key, challenge, "md5").hexdigest()


class CramColon(Fault, CramMd5):
    """A colon stands between user name and digest (RFC 2195, 2)."""

    rule = "auth-response.cram"
    requirement = "RFC2195-2-a"
    worth = "warn"  # prose
    scenario = "auth/cram-md5[short]"

    def answer(self, challenge: bytes) -> str:
        return super().answer(challenge).replace(" ", ":")


class CramCapitals(Fault, CramMd5):
    """The digest is in upper case (RFC 2195, 2)."""

    rule = "auth-response.cram-digits"
    requirement = "RFC2195-2-b"
    worth = "warn"  # prose
    scenario = "auth/cram-md5[short]"

    def digest(self, key: bytes, challenge: bytes) -> str:
        return super().digest(key, challenge).upper()


class CramWithoutBrackets(Fault, CramMd5):
    """The angle brackets of the challenge are left out of the digest (RFC 2195, 2)."""

    rule = "auth-response.digest"
    requirement = "RFC2195-2-b"
    worth = "warn"  # prose
    scenario = "auth/cram-md5[short]"

    def digest(self, key: bytes, challenge: bytes) -> str:
        return super().digest(key, challenge.strip(b"<>"))


class CramCutsKey(Fault, CramMd5):
    """A secret of more than 64 octets is cut, and not hashed (RFC 2195, 2)."""

    rule = "auth-response.cram-key"
    requirement = "RFC2195-2-c"
    worth = "warn"  # prose
    scenario = "auth/cram-md5[long]"

    def digest(self, key: bytes, challenge: bytes) -> str:
        return super().digest(key[:64], challenge)


class CramUserFirst(Fault, CramMd5):
    """The user name goes out with AUTH, though the server begins (RFC 4422, 5)."""

    rule = "auth-response.early"
    requirement = "RFC4422-5-a"
    scenario = "auth/cram-md5[short]"

    def auth_cram_md5(self) -> None:
        self.must(f"AUTH CRAM-MD5 {self.encoded(self.username)}", 3)


class CramResponseFirst(Fault, CramMd5):
    """An empty initial response goes out with AUTH; the 501 for it ends the session (RFC 4954, 4)."""

    rule = "dialogue/missing"
    requirement = "RFC4954-4-g"
    worth = "warn"  # derived
    scenario = "auth/cram-md5[short]"
    root_cause = "auth-response.early"

    def auth_cram_md5(self) -> None:
        self.must("AUTH CRAM-MD5 =", 3)


# --- which mechanism, and when ------------------------------------------------------------------------------------


class NextMechanism(Client):
    """Tries the next mechanism where the server wants another one (534; RFC 4954, 6)."""

    def login(self) -> None:
        try:
            super().login()
        except Refused as error:
            offered = self.offers.get("AUTH", "").split()
            if error.code != 534 or self.auth != "any" or "LOGIN" not in offered:
                raise
            self.auth_login()


class TooWeakIsTheEnd(Fault, NextMechanism):
    """534 to the first mechanism is the end (RFC 4954, 6)."""

    rule = "dialogue/outcome"
    requirement = "RFC4954-6-b"
    worth = "warn"  # a SHOULD
    scenario = "auth/too-weak"

    def login(self) -> None:
        Client.login(self)


class FirstListed(Fault):
    """The first mechanism in the list that it knows is taken: LOGIN before PLAIN (AUTH LOGIN, 1)."""

    rule = "dialogue/breaks"
    requirement = "LOGIN-1-a"
    worth = "warn"  # an expired draft
    scenario = "auth/mech-choice[login first]"

    def login(self) -> None:
        known = [one for one in self.offers["AUTH"].split() if one in ("PLAIN", "LOGIN")]
        self.auth_login() if known[0] == "LOGIN" else self.auth_plain()


class LegacyLogin(Fault):
    """`AUTH=LOGIN` is known, and LOGIN taken, although PLAIN is offered (AUTH LOGIN, 1)."""

    rule = "dialogue/breaks"
    requirement = "LOGIN-1-b"
    worth = "warn"  # an expired draft
    scenario = "auth/mech-choice[legacy form]"

    def login(self) -> None:
        self.auth_login() if "AUTH=LOGIN" in self.offers else super().login()


class LoginWithoutLooking(Fault):
    """LOGIN is used whatever the list says (RFC 4954, 4)."""

    rule = "helo-then-auth"
    requirement = "RFC4954-4-a"
    worth = "warn"  # derived
    scenario = "auth/mech-choice[unknown ones]"

    def login(self) -> None:
        self.auth_login()


class KeepsOldMechanisms(Fault):
    """The mechanism is chosen before TLS, and used inside (RFC 4954, 3)."""

    rule = "dialogue/different"
    requirement = "RFC4954-3-a"
    worth = "warn"  # prose
    scenario = "auth/after-starttls-list-change[another]"
    root_cause = "helo-then-auth"

    def starttls(self) -> None:
        kept = self.offers
        super().starttls()
        self.offers = kept


class DecidesBeforeTls(Fault):
    """No AUTH in the first list: the client gives up, although TLS brings another one (RFC 3207, 4.2)."""

    rule = "dialogue/missing"
    requirement = "RFC3207-4.2-d"
    worth = "warn"  # prose
    scenario = "auth/after-starttls-list-change[only there]"

    def starttls(self) -> None:
        could = "AUTH" in self.offers
        super().starttls()
        if not could:
            raise GaveUp(GIVEN_UP)


class SendsAnyway(Fault):
    """No mechanism is listed, so the message goes out without a login (RFC 4954, 9)."""

    rule = "dialogue/never"
    requirement = "RFC4954-9-b"
    worth = "warn"  # prose
    scenario = "auth/required-but-missing[no AUTH]"

    def login(self) -> None:
        if "AUTH" in self.offers:
            super().login()


class SendsWithoutMechanism(Fault):
    """None of the listed mechanisms is known, so the message goes out without a login (RFC 4954, 9)."""

    rule = "dialogue/never"
    requirement = "RFC4954-9-b"
    worth = "warn"  # prose
    scenario = "auth/required-but-missing[other mechanisms]"

    def login(self) -> None:
        with contextlib.suppress(GaveUp):
            super().login()


class LogsInWithoutTls(Fault):
    """TLS was asked for and is not listed; the password goes out all the same (RFC 4954, 9)."""

    rule = "dialogue/never"
    requirement = "RFC4954-9-a"
    scenario = "auth/cleartext-refusal[not listed]"

    def starttls(self) -> None:
        if "STARTTLS" in self.offers:
            super().starttls()


class LogsInAfterRefusedTls(Fault):
    """STARTTLS is refused, and the password goes out all the same (RFC 4422, 6.1.2)."""

    rule = "dialogue/never"
    requirement = "RFC4422-6.1.2-a"
    worth = "warn"  # a SHOULD NOT
    scenario = "auth/cleartext-refusal[refused]"
    root_cause = "went-on"

    def starttls(self) -> None:
        with contextlib.suppress(Refused):
            super().starttls()


class Careful(Client):
    """Sends no password or token without TLS, whatever it is asked."""

    def login(self) -> None:
        if self.tls == "none" and self.auth in ("plain", "login", "xoauth2", "oauthbearer"):
            raise GaveUp(GIVEN_UP)
        super().login()


class PlainInClear(Fault, Careful):
    """PLAIN without TLS, by default (RFC 4616, 5)."""

    rule = "credentials-in-clear"
    requirement = "RFC4616-5-a"
    worth = "warn"  # a SHOULD NOT
    scenario = "auth/cleartext-default[plain]"

    def login(self) -> None:
        Client.login(self)


class LoginInClear(PlainInClear):
    """LOGIN without TLS, by default (AUTH LOGIN, 1)."""

    requirement = "LOGIN-1-c"
    worth = "warn"  # an expired draft
    scenario = "auth/cleartext-default[login]"


# --- what comes of it -----------------------------------------------------------------------------------------------


class SamePasswordAgain(Fault):
    """535 is answered with the same password (RFC 4954, 6)."""

    rule = "dialogue/never"
    requirement = "RFC4954-6-c"
    worth = "warn"  # a SHOULD
    scenario = "auth/fail-codes[535]"
    code = 535

    def login(self) -> None:
        try:
            super().login()
        except Refused as error:
            if error.code != self.code:
                raise
            super().login()


class DoubtsPassword(SamePasswordAgain):
    """454, a failure of the server, is taken for a wrong password, which is typed once more (RFC 4954, 6)."""

    requirement = "RFC4954-6-a"
    worth = "warn"  # a SHOULD NOT
    scenario = "auth/fail-codes[454]"
    code = 454


class RetriesTransition(SamePasswordAgain):
    """432 asks for PLAIN or another mechanism, and gets the same attempt once more (RFC 4954, 6)."""

    requirement = "RFC4954-6-d"
    worth = "warn"  # a SHOULD
    scenario = "auth/fail-codes[432]"
    code = 432


class SendsUnauthenticated(Fault):
    """A failed login is passed over, and the message goes out (RFC 4954, 9)."""

    rule = "dialogue/never"
    requirement = "RFC4954-9-b"
    worth = "warn"  # prose
    scenario = "auth/fail-codes[500]"
    root_cause = "went-on"

    def login(self) -> None:
        with contextlib.suppress(Refused):
            super().login()


class SeveralMessages(Client):
    """Sends every message of its job over one connection, each in a transaction of its own."""

    can = (*Client.can, "several-messages")

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.jobs = json.loads(Path(env["SMTP_JOB_FILE"]).read_bytes())["messages"]

    def transaction(self) -> int:
        return max(self.one(number, job) for number, job in enumerate(self.jobs))

    def one(self, number: int, job: Mapping[str, object]) -> int:
        self.message = Path(str(job["message_file"])).read_bytes()
        return super().transaction()


class LogsInForEach(Fault, SeveralMessages):
    """Each message begins with a login (RFC 4954, 4)."""

    rule = "auth-response.again"
    requirement = "RFC4954-4-c"
    worth = "warn"  # prose
    scenario = "auth/once"

    def one(self, number: int, job: Mapping[str, object]) -> int:
        if number:
            self.say("AUTH PLAIN")
        return super().one(number, job)


class LogsInForMail(Fault, SeveralMessages):
    """The login for the second message comes behind its MAIL (RFC 4954, 4)."""

    rule = "auth-response.transaction"
    requirement = "RFC4954-4-d"
    worth = "warn"  # prose
    scenario = "auth/once"

    def one(self, number: int, job: Mapping[str, object]) -> int:
        self.later = bool(number)
        return super().one(number, job)

    def mail(self) -> None:
        super().mail()
        if self.later:
            self.say("AUTH PLAIN")
