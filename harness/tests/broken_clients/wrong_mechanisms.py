"""Faults in the SASL mechanisms and in what a client makes of their outcome."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import stringprep
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from broken_clients.base import GIVEN_UP, PERMANENT, Client, Fault, GaveUp, Refused

# --- PLAIN (RFC 4616; RFC 4954, 4) --------------------------------------------------------------------------------


def saslprep(name: str) -> str:
    """A user name as SASLprep has it, as far as is needed here: what it prohibits is not sent (RFC 4013)."""
    text = unicodedata.normalize("NFKC", "".join(char for char in name if not stringprep.in_table_b1(char)))
    if any(stringprep.in_table_c21_c22(char) for char in text):
        raise GaveUp(GIVEN_UP)
    return text


class InitialResponse(Client):
    """Sends what PLAIN has to say in the line of AUTH, where that has room for it."""

    scenarios = ("auth/plain", "auth/plain-long", "auth/plain-utf8[plain]")

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


class Prepared(Client):
    """Prepares the user name before it is sent (RFC 4954, 4)."""

    def auth_plain(self) -> None:
        self.username = saslprep(self.username)
        super().auth_plain()


class SendsAsTyped(Fault, Prepared):
    """The user name goes out as it was typed (RFC 4954, 4; RFC 4013)."""

    rule = "auth-response.unprepared"
    requirement = "RFC4954-4-k"
    worth = "warn"  # a SHOULD
    scenario = "auth/plain-prepared"

    def auth_plain(self) -> None:
        Client.auth_plain(self)


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


class HangsUpOnBadChallenge(Fault):
    """A challenge that is no base64 ends the connection, without a word (RFC 4954, 4)."""

    rule = "dialogue/breaks"
    requirement = "RFC4954-4-e"
    worth = "warn"  # prose
    scenario = "auth/bad-challenge[no base64]"

    def prompt(self, text: str) -> None:
        try:
            base64.b64decode(self.must(text, 3)[0], validate=True)
        except ValueError:
            self.open = False
            raise GaveUp(GIVEN_UP) from None


class DecodesLeniently(Fault):
    """What is no base64 in a challenge is skipped, and the rest answered (RFC 4954, 4)."""

    rule = "dialogue/breaks"
    requirement = "RFC4954-4-i"
    scenario = "auth/bad-challenge[spaces]"

    def prompt(self, text: str) -> None:
        base64.b64decode(self.must(text, 3)[0], validate=False)


class ShortChallengeBuffer(Fault):
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


class PageLineBuffer(ShortChallengeBuffer):
    """The same with 4096 octets, and the session goes astray where that is not enough (RFC 5321, 4.3.1)."""

    rule = "sent-before-reply"
    requirement = "RFC5321-4.3.1-a"
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


class MechanismsInCapitals(Fault):
    """Mechanisms are known in capitals only (RFC 4954, 8)."""

    rule = "dialogue/missing"
    requirement = "RFC4954-8-a"
    worth = "warn"  # derived
    scenario = "core/ehlo-case[mechanism]"

    def hello(self) -> None:
        lines = self.must(f"EHLO {self.name}")[1:]
        self.offers = {line.partition(" ")[0].upper(): line.partition(" ")[2] for line in lines}


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


class LogsInAfterBrokenTls(Fault):
    """The handshake is broken off, and a new connection tries the password without one (RFC 8314, 5.1)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5.2-c"
    scenario = "auth/cleartext-refusal[broken off]"

    def starttls(self) -> None:
        try:
            super().starttls()
        except OSError:
            self.socket.close()
            self.connect()
            self.greeting()
            self.hello()


class OnlyInTls(Client):
    """Sends no password or token without TLS, whatever it is asked."""

    def login(self) -> None:
        if self.tls == "none" and self.auth in ("plain", "login", "xoauth2", "oauthbearer"):
            raise GaveUp(GIVEN_UP)
        super().login()


class PlainInClear(Fault, OnlyInTls):
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

    def login(self) -> None:
        with contextlib.suppress(Refused):
            super().login()
            return
        super().login()


class DoubtsPassword(Fault):
    """454, a failure of the server, is told as a wrong password (RFC 4954, 6)."""

    rule = "reported.wrong-class"
    requirement = "RFC4954-6-a"
    worth = "warn"  # a SHOULD NOT
    scenario = "auth/fail-codes[454]"

    def login(self) -> None:
        try:
            super().login()
        except Refused:
            raise GaveUp(PERMANENT) from None


class TransitionIsSuccess(Fault):
    """432 is passed over, and the message goes out (RFC 4954, 6)."""

    rule = "dialogue/never"
    requirement = "RFC4954-6-d"
    worth = "warn"  # a SHOULD
    scenario = "auth/fail-codes[432]"
    root_cause = "went-on"

    def login(self) -> None:
        with contextlib.suppress(Refused):
            super().login()


class LongLineIsSuccess(TransitionIsSuccess):
    """500 to the response is passed over, and the message goes out (RFC 4954, 6)."""

    scenario = "auth/fail-codes[500]"


class WrongPasswordIsSuccess(TransitionIsSuccess):
    """535 is passed over, and the message goes out (RFC 4954, 9)."""

    requirement = "RFC4954-9-b"
    worth = "warn"  # prose
    scenario = "auth/fail-codes[535]"


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


# --- SCRAM (RFC 5802, RFC 7677) -----------------------------------------------------------------------------------


class Scram(Client):
    """Logs in by SCRAM-SHA-1 or SCRAM-SHA-256, without channel binding."""

    can = (*Client.can, "auth-scram-sha-1", "auth-scram-sha-256")
    scenarios = ("auth/scram-a*", "auth/scram-ext", "auth/scram-names", "auth/scram-prepared")
    header = "n,,"

    def login(self) -> None:
        if not self.auth.startswith("scram-"):
            super().login()
        elif self.auth.upper() not in self.offers.get("AUTH", "").split():
            raise GaveUp(GIVEN_UP)
        else:
            self.auth_scram(self.auth.upper(), self.auth.removeprefix("scram-").replace("-", ""))

    def auth_scram(self, mechanism: str, digest: str) -> None:
        self.hash = digest
        first = self.client_first()
        self.must(f"AUTH {mechanism}", 3)
        server_first = self.asked(self.encoded(self.header + first))
        final = self.client_final(first, server_first)
        code, texts = self.say(self.encoded(final))
        if code == 334:
            self.server_final(base64.b64decode(texts[0]).decode())
            self.must(self.last_answer())
        else:
            self.no_server_final(code)

    def last_answer(self) -> str:
        return ""

    def no_server_final(self, code: int) -> None:
        """The server says how it ended without having proved that it knows the password."""
        raise Refused(code) if code // 100 != 2 else GaveUp(GIVEN_UP)

    def asked(self, text: str) -> str:
        return base64.b64decode(self.must(text, 3)[0], validate=True).decode()

    def stop(self) -> None:
        self.say("*")
        raise GaveUp(GIVEN_UP)

    # --- what is said

    def nonce(self) -> str:
        return secrets.token_urlsafe(18)

    def prepared(self) -> str:
        return saslprep(self.username)

    def saslname(self) -> str:
        return self.prepared().replace("=", "=3D").replace(",", "=2C")

    def client_first(self) -> str:
        self.mine = self.nonce()
        return f"n={self.saslname()},r={self.mine}"

    def client_final(self, first: str, server_first: str) -> str:
        said = dict(part.split("=", 1) for part in server_first.split(","))
        self.check_server(said)
        without_proof = f"c={self.bound()},r={said['r']}"
        message = f"{first},{server_first},{without_proof}".encode()
        salt, count = base64.b64decode(said["s"]), int(said["i"])
        salted = hashlib.pbkdf2_hmac(self.hash, self.password.encode(), salt, count)
        key = hmac.digest(salted, b"Client Key", self.hash)
        signature = hmac.digest(hashlib.new(self.hash, key).digest(), message, self.hash)
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        self.signature = hmac.digest(hmac.digest(salted, b"Server Key", self.hash), message, self.hash)
        return f"{without_proof},p={base64.b64encode(proof).decode()}"

    def bound(self) -> str:
        """What stands in `c=`: the header, and the channel that is bound to."""
        return self.encoded(self.header)

    # --- what is heard

    def check_server(self, said: dict[str, str]) -> None:
        count = int(said["i"])
        if "m" in said or not said["r"].startswith(self.mine) or said["r"] == self.mine or not 0 < count < 10**6:
            self.stop()

    def server_final(self, said: str) -> None:
        if said != f"v={base64.b64encode(self.signature).decode()}":
            self.stop()


class NoSha1(Fault, Scram):
    """A client with SCRAM, but not with SCRAM-SHA-1 (RFC 5802, 4)."""

    rule = "dialogue/missing"
    requirement = "RFC5802-4-a"
    scenario = "auth/scram-sha1"

    def auth_scram(self, mechanism: str, digest: str) -> None:
        raise GaveUp(GIVEN_UP)


class NoGs2Header(Fault, Scram):
    """The GS2 header is left out (RFC 5802, 5)."""

    rule = "scram.header"
    requirement = "RFC5802-5-a"
    scenario = "auth/scram-sha1"
    header = ""


class AnswersSignature(Fault, Scram):
    """The server's signature is answered with a word, and not with an empty line (RFC 5802, 5.1)."""

    rule = "scram.answer"
    requirement = "RFC5802-5.1-k"
    worth = "warn"  # derived
    scenario = "auth/scram-sha1"

    def last_answer(self) -> str:
        return self.encoded("ok")


class RandomBytesNonce(Fault, Scram):
    """The nonce is raw random octets, which may be a comma or no ASCII at all (RFC 5802, 5.1)."""

    rule = "scram.nonce"
    requirement = "RFC5802-5.1-f"
    worth = "warn"  # prose
    scenario = "auth/scram-sha256"

    def nonce(self) -> str:
        return "\u00e9\u00e8" + super().nonce()


class ScramTwice(Scram, SeveralMessages):
    """A connection and a login for each message."""

    can = (*Scram.can, "several-messages")

    def one(self, number: int, job: Mapping[str, object]) -> int:
        if number:
            self.socket.close()
            self.buffer = b""
            self.connect()
            self.greeting()
            self.hello()
            self.login()
        return super().one(number, job)


class OneNonce(Fault, ScramTwice):
    """Every login has the same nonce (RFC 5802, 5.1)."""

    rule = "scram.repeated"
    requirement = "RFC5802-5.1-f"
    worth = "warn"  # prose
    scenario = "auth/scram-fresh"

    def nonce(self) -> str:
        return "fyko+d2lbbFgONRv9qkxdawL"


class NonceBeforeName(Fault, Scram):
    """`r=` comes before `n=` (RFC 5802, 5.1)."""

    rule = "scram.order"
    requirement = "RFC5802-5.1-a"
    scenario = "auth/scram-sha256"

    def client_first(self) -> str:
        name, nonce = super().client_first().split(",")
        return f"{nonce},{name}"


class NamelessScram(Fault, Scram):
    """The user name is left out of the first message (RFC 5802, 5.1)."""

    rule = "scram.user"
    requirement = "RFC5802-5.1-b"
    scenario = "auth/scram-sha256"

    def client_first(self) -> str:
        return super().client_first().partition(",")[2]


class WrongBinding(Fault, Scram):
    """`c=` is the base64 of nothing (RFC 5802, 5.1)."""

    rule = "scram.binding"
    requirement = "RFC5802-5.1-h"
    scenario = "auth/scram-sha256"

    def client_final(self, first: str, server_first: str) -> str:
        return super().client_final(first, server_first).replace("c=biws", "c=")


class BindsToNothing(Fault, Scram):
    """Channel binding is announced, without TLS (RFC 5802, 6)."""

    rule = "scram.flag"
    requirement = "RFC5802-6-c"
    scenario = "auth/scram-sha256"
    header = "p=tls-unique,,"


class OwnNonceAgain(Fault, Scram):
    """The last message has the client's nonce, without the server's (RFC 5802, 5)."""

    rule = "scram.same-nonce"
    requirement = "RFC5802-5-c"
    worth = "warn"  # prose
    scenario = "auth/scram-sha256"

    def client_final(self, first: str, server_first: str) -> str:
        final = super().client_final(first, server_first)
        return final.replace(dict(part.split("=", 1) for part in server_first.split(","))["r"], self.mine)


class Sha1InSha256(Fault, Scram):
    """SCRAM-SHA-256 is computed with SHA-1 (RFC 7677, 3)."""

    rule = "scram.proof"
    requirement = "RFC7677-3-a"
    worth = "warn"  # prose
    scenario = "auth/scram-sha256"

    def auth_scram(self, mechanism: str, digest: str) -> None:
        super().auth_scram(mechanism, "sha1")


class ProofOfHeader(Fault, Scram):
    """The GS2 header goes into the proof with the first message (RFC 5802, 3)."""

    rule = "scram.proof-sha-1"
    requirement = "RFC5802-4-a"
    scenario = "auth/scram-sha1"

    def client_final(self, first: str, server_first: str) -> str:
        return super().client_final(self.header + first, server_first)


class BelievesAnySignature(Fault, Scram):
    """The server's signature is not looked at (RFC 5802, 5)."""

    rule = "dialogue/never"
    requirement = "RFC5802-5-b"
    scenario = "auth/scram-attacks[bad signature]"

    def server_final(self, said: str) -> None:
        """Believed."""


class BelievesWithoutSignature(Fault, Scram):
    """235 is success, also where no signature came before it (RFC 5802, 5)."""

    rule = "dialogue/never"
    requirement = "RFC5802-5-b"
    scenario = "auth/scram-attacks[no signature]"

    def no_server_final(self, code: int) -> None:
        if code != 235:
            raise Refused(code)


class NoIterations(BelievesWithoutSignature):
    """An iteration count of 0 is taken for 1, and no signature is asked for (RFC 5802, 5)."""

    scenario = "auth/scram-attacks[zero iterations]"

    def check_server(self, said: dict[str, str]) -> None:
        said["i"] = str(max(int(said["i"]), 1))


class ErrorIsNoSignature(Fault, Scram):
    """`e=` in place of the signature is passed over, because 235 follows (RFC 5802, 5.1)."""

    rule = "dialogue/never"
    requirement = "RFC5802-5.1-j"
    worth = "warn"  # prose
    scenario = "auth/scram-attacks[error]"

    def server_final(self, said: str) -> None:
        if said.startswith("v="):
            super().server_final(said)


class TakesAnyNonce(Fault, Scram):
    """The server's nonce is not compared with the client's (RFC 5802, 5.1)."""

    rule = "scram.foreign-nonce"
    requirement = "RFC5802-5.1-g"
    scenario = "auth/scram-attacks[foreign nonce]"

    def check_server(self, said: dict[str, str]) -> None:
        """Taken."""


class RefusesUnknownAttribute(Fault, Scram):
    """An attribute that is not known ends the login (RFC 5802, 5.1)."""

    rule = "dialogue/extra"
    requirement = "RFC5802-5.1-i"
    scenario = "auth/scram-ext[optional]"

    def check_server(self, said: dict[str, str]) -> None:
        if set(said) != {"r", "s", "i"}:
            self.stop()


class IgnoresMandatory(Fault, Scram):
    """`m=` is passed over like any other attribute (RFC 5802, 5.1)."""

    rule = "scram.extension"
    requirement = "RFC5802-5.1-e"
    scenario = "auth/scram-ext[mandatory]"

    def check_server(self, said: dict[str, str]) -> None:
        said.pop("m", None)
        super().check_server(said)


class RawComma(Fault, Scram):
    """A comma in the user name is not escaped (RFC 5802, 5.1)."""

    rule = "scram.name"
    requirement = "RFC5802-5.1-d"
    scenario = "auth/scram-names[comma]"

    def saslname(self) -> str:
        return self.username


class EscapesEscapes(Fault, Scram):
    """The equals sign is escaped after the comma, and not at all where it looks like an escape (RFC 5802, 5.1)."""

    rule = "scram.name"
    requirement = "RFC5802-5.1-d"
    scenario = "auth/scram-names[equals sign]"

    def saslname(self) -> str:
        return self.username.replace(",", "=2C")


class SendsProhibited(Fault, Scram):
    """A user name with a control character is sent as it is (RFC 5802, 5.1; RFC 4013, 2.3)."""

    rule = "scram.unprepared"
    requirement = "RFC5802-5.1-c"
    worth = "warn"  # a SHOULD
    scenario = "auth/scram-prepared[prohibited]"

    def prepared(self) -> str:
        return self.username


class TypedForScram(SendsProhibited):
    """A user name with a soft hyphen is sent as it is (RFC 5802, 5.1; RFC 4013, 2.1)."""

    scenario = "auth/scram-prepared[mapped]"


# --- tokens and certificates ----------------------------------------------------------------------------------------


class OAuth(OnlyInTls):
    """Logs in with an access token, which is its password: OAUTHBEARER (RFC 7628) or XOAUTH2."""

    can = (*Client.can, "auth-oauthbearer", "auth-xoauth2")

    def login(self) -> None:
        if self.auth not in ("oauthbearer", "xoauth2"):
            super().login()
        elif self.tls == "none" or self.auth.upper() not in self.offers.get("AUTH", "").split():
            raise GaveUp(GIVEN_UP)
        else:
            self.auth_oauth(
                self.auth.upper(), self.encoded(self.bearer() if self.auth == "oauthbearer" else self.xoauth2())
            )

    def auth_oauth(self, mechanism: str, message: str) -> None:
        if len(f"AUTH {mechanism} {message}\r\n") <= 512:
            code, texts = self.say(f"AUTH {mechanism} {message}")
        else:
            self.must(f"AUTH {mechanism}", 3)
            code, texts = self.say(message)
        if code == 334:
            self.dummy(mechanism)
        self.check(code, texts, 2)

    def dummy(self, mechanism: str) -> None:
        """Let the server say how it ended."""
        self.must("AQ==" if mechanism == "OAUTHBEARER" else "")

    def bearer(self) -> str:
        return f"n,a={self.username},\1host={self.host}\1port={self.port}\1auth=Bearer {self.password}\1\1"

    def xoauth2(self) -> str:
        return f"user={self.username}\1auth=Bearer {self.password}\1\1"


class XoauthInBearer(Fault, OAuth):
    """OAUTHBEARER in the form of XOAUTH2 (RFC 7628, 3.1)."""

    rule = "oauth.format"
    requirement = "RFC7628-3.1-a"
    scenario = "auth/oauthbearer"

    def bearer(self) -> str:
        return self.xoauth2()


class OneSeparator(Fault, OAuth):
    """The ^A that ends the message is forgotten (RFC 7628, 3.1)."""

    rule = "oauth.format"
    requirement = "RFC7628-3.1-a"
    scenario = "auth/oauthbearer"

    def bearer(self) -> str:
        return super().bearer()[:-1]


class TokenWithoutScheme(Fault, OAuth):
    """`auth=` holds the token alone (RFC 7628, 3.1)."""

    rule = "oauth.auth"
    requirement = "RFC7628-3.1-b"
    scenario = "auth/oauthbearer"

    def bearer(self) -> str:
        return super().bearer().replace("Bearer ", "")


class PortOfTheExample(Fault, OAuth):
    """`port=` is that of the example in the RFC (RFC 7628, 3.1)."""

    rule = "oauth.port"
    requirement = "RFC7628-3.1-c"
    worth = "warn"  # prose
    scenario = "auth/oauthbearer"

    def bearer(self) -> str:
        return super().bearer().replace(f"port={self.port}", "port=587")


class HostOfTheUser(Fault, OAuth):
    """`host=` is the domain of the user, and not the server (RFC 7628, 3.1)."""

    rule = "oauth.host"
    requirement = "RFC7628-3.1-c"
    worth = "warn"  # prose
    scenario = "auth/oauthbearer"

    def bearer(self) -> str:
        return super().bearer().replace(f"host={self.host}", "host=" + self.username.partition("@")[2])


class ClosesOnOAuthError(Fault, OAuth):
    """The error of a token ends the connection (RFC 7628, 3)."""

    rule = "dialogue/breaks"
    requirement = "RFC7628-3-b"
    scenario = "auth/oauthbearer-fail"

    def dummy(self, mechanism: str) -> None:
        self.open = False
        raise Refused(535)


class EmptyAfterOAuthError(Fault, OAuth):
    """The error of a token is answered with an empty line, as in XOAUTH2 (RFC 7628, 3.2.3)."""

    rule = "oauth.answer"
    requirement = "RFC7628-3.2.3-a"
    scenario = "auth/oauthbearer-fail"

    def dummy(self, mechanism: str) -> None:
        self.must("")


class OAuthErrorIsSuccess(Fault, OAuth):
    """334 begins with a 3, which is no failure, so the message follows (RFC 4954, 9)."""

    rule = "dialogue/never"
    requirement = "RFC4954-9-b"
    worth = "warn"  # prose
    scenario = "auth/xoauth2-fail"
    root_cause = "went-on"

    def auth_oauth(self, mechanism: str, message: str) -> None:
        self.say(f"AUTH {mechanism} {message}")
        self.say("")


class LongToken(Fault, OAuth):
    """The token stands in the line of AUTH however long it is (RFC 4954, 4)."""

    rule = "command-length.auth"
    requirement = "RFC4954-4-f"
    scenario = "auth/xoauth2[long]"

    def auth_oauth(self, mechanism: str, message: str) -> None:
        self.must(f"AUTH {mechanism} {message}")


class UrlSafeToken(Fault, OAuth):
    """The alphabet of URLs is used, without padding (RFC 4954, 4; RFC 4648, 5)."""

    rule = "auth-response.initial"
    requirement = "RFC4954-4-b"
    scenario = "auth/xoauth2[short]"

    def encoded(self, text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class TokenInClear(Fault, OAuth):
    """A bearer token goes out without TLS (RFC 7628, 3)."""

    rule = "credentials-in-clear"
    requirement = "RFC7628-3-a"
    scenario = "auth/cleartext-default[oauthbearer]"

    def login(self) -> None:
        self.auth_oauth("OAUTHBEARER", self.encoded(self.bearer()))


class External(Client):
    """Leaves it to the outer channel who it is (RFC 4422, appendix A)."""

    can = (*Client.can, "auth-external")

    def login(self) -> None:
        if self.auth != "external":
            super().login()
        elif "EXTERNAL" not in self.offers.get("AUTH", "").split():
            raise GaveUp(GIVEN_UP)
        else:
            self.auth_external()

    def auth_external(self) -> None:
        self.must("AUTH EXTERNAL =")


class EmptyIsNothing(Fault, External):
    """An empty response is encoded to nothing, and the 334 that asks for it is taken for a refusal (RFC 4954, 4)."""

    rule = "dialogue/extra"
    requirement = "RFC4954-4-b"
    scenario = "auth/empty-ir"
    root_cause = "command-syntax"  # the blank before nothing

    def auth_external(self) -> None:
        if self.say(f"AUTH EXTERNAL {self.encoded('')}")[0] == 334:
            self.say("*")
            raise GaveUp(GIVEN_UP)
