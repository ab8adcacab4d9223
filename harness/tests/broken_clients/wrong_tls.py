"""Faults in TLS: what goes out where it cannot be had, whose certificate is believed, versions, REQUIRETLS."""

from __future__ import annotations

import socket
import ssl
import warnings
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from .base import GIVEN_UP, Client, Fault, GaveUp
from .wrong_composition import Composer
from .wrong_parameters import Options


class PasswordWithoutTls(Fault):
    """TLS was asked for and is not listed; the password goes out all the same (RFC 8314, 5.2)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5.2-c"
    scenario = "tls/required-policy"

    def starttls(self) -> None:
        if "STARTTLS" in self.offers:
            super().starttls()


class MailWithoutTls(Fault):
    """TLS was asked for and is not listed; the message goes out all the same, if without the password (RFC 8314, 5)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5-a"
    scenario = "tls/required-policy"
    worth = "warn"  # SHOULD

    def starttls(self) -> None:
        if "STARTTLS" in self.offers:
            super().starttls()
        else:
            self.auth = "none"


# --- names in certificates --------------------------------------------------------------------------------------------


class Names(Client):
    """It looks at the names in a certificate itself, since common names do not count for it (RFC 9525, 2)."""

    def names(self, certificate: dict[str, Any]) -> list[str]:
        """The names that the certificate is for."""
        return [name for kind, name in certificate.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]

    def wanted(self) -> str:
        return self.host

    def fits(self, presented: str, wanted: str) -> bool:
        return presented.lower() == wanted.lower()

    def handshake(self) -> None:
        self.buffer = b""
        context = self.tls_context()
        context.check_hostname = False
        self.socket = made = context.wrap_socket(self.socket, server_hostname=self.host)
        certificate: Any = made.getpeercert()
        if not any(self.fits(name, self.wanted()) for name in self.names(certificate)):
            raise ssl.SSLCertVerificationError("the certificate is another's")


class AnybodysName(Fault, Names):
    """The chain is verified; whose certificate it is, nobody asks (RFC 7817, 3)."""

    rule = "dialogue/never"
    requirement = "RFC7817-3-a"
    scenario = "tls/cert-names[wrong name]"

    def fits(self, presented: str, wanted: str) -> bool:
        return True


class CommonNameOnly(Fault, Names):
    """The name is looked for in the subject's common name, and nowhere else (RFC 7817, 3)."""

    rule = "dialogue/outcome"
    requirement = "RFC7817-3-c"
    scenario = "tls/cert-names[other common name]"

    def names(self, certificate: dict[str, Any]) -> list[str]:
        return common_names(certificate)


class DomainOfTheUser(Fault, Names):
    """The domain of the user's address is the only name that is looked for (RFC 9525, 6.1.1)."""

    rule = "dialogue/outcome"
    requirement = "RFC9525-6.1.1-c"
    scenario = "tls/cert-names[no common name]"
    worth = "warn"  # SHOULD
    root_cause = "dialogue/closed"

    def wanted(self) -> str:
        return self.sender.rpartition("@")[2]


class NamesWithCase(Fault, Names):
    """Names are compared octet by octet (RFC 6125, 6.4.1)."""

    rule = "dialogue/outcome"
    requirement = "RFC6125-6.4.1-a"
    scenario = "tls/cert-names[capital letters]"

    def fits(self, presented: str, wanted: str) -> bool:
        return presented == wanted


class CommonNameInstead(Fault, Names):
    """Where there is no subjectAltName the common name serves (RFC 9525, 2)."""

    rule = "dialogue/never"
    requirement = "RFC9525-2-a"
    scenario = "tls/cert-names[common name only]"
    worth = "warn"  # RFC 7817, 3 allows it for old software's sake

    def names(self, certificate: dict[str, Any]) -> list[str]:
        return super().names(certificate) or common_names(certificate)


class CommonNameToo(Fault, Names):
    """The common name serves beside the names of subjectAltName (RFC 6125, 6.4.4)."""

    rule = "dialogue/never"
    requirement = "RFC6125-6.4.4-a"
    scenario = "tls/cert-names[common name before it]"

    def names(self, certificate: dict[str, Any]) -> list[str]:
        return super().names(certificate) + common_names(certificate)


class HostOfUri(Fault, Names):
    """The host in a URI of the certificate serves, too (RFC 7817, 3)."""

    rule = "dialogue/never"
    requirement = "RFC7817-3-d"
    scenario = "tls/cert-names[URI]"

    def names(self, certificate: dict[str, Any]) -> list[str]:
        return [name.rpartition("/")[2] for _, name in certificate["subjectAltName"]]


class WildcardForNothing(Fault, Names):
    """`*.` before a name stands for no label, too (RFC 9525, 6.3)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.3-d"
    scenario = "tls/cert-names[wildcard below it]"
    worth = "warn"  # the row's text was not seen

    def fits(self, presented: str, wanted: str) -> bool:
        return super().fits(presented.removeprefix("*."), wanted)


class WildcardAtTheEnd(Fault, Names):
    """A star at a label's end stands for the rest of it (RFC 7817, 3)."""

    rule = "dialogue/never"
    requirement = "RFC7817-3-f"
    worth = "warn"  # derived
    scenario = "tls/cert-names[part of a label]"

    def fits(self, presented: str, wanted: str) -> bool:
        head, star, tail = presented.partition("*")
        return wanted.startswith(head) if star and not tail else super().fits(presented, wanted)


class WildcardsAnywhere(Fault, Names):
    """Names are compared as file names are, with any number of wildcards (RFC 9525, 6.3)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.3-c"
    scenario = "tls/cert-names[two wildcards]"
    worth = "warn"  # the row's text was not seen

    def fits(self, presented: str, wanted: str) -> bool:
        return fnmatchcase(wanted, presented)


class NamesByTheirHeads(Fault, Names):
    """As many octets are compared as the wanted name has (RFC 9525, 6.3)."""

    rule = "dialogue/never"
    requirement = "RFC9525-6.3-a"
    scenario = "tls/cert-names[longer name]"
    worth = "warn"  # the row's text was not seen

    def fits(self, presented: str, wanted: str) -> bool:
        return super().fits(presented[: len(wanted)], wanted)


class NameFromGreeting(Fault, Names):
    """The server is believed to be who its greeting says (RFC 6125, 6.2.1)."""

    rule = "dialogue/never"
    requirement = "RFC6125-6.2.1-a"
    scenario = "tls/cert-names[name in the greeting]"

    def greeting(self) -> None:
        code, texts = self.read_reply()
        self.check(code, texts, 2)
        self.greeted = texts[0].partition(" ")[0]

    def wanted(self) -> str:
        return self.greeted


class NameByAddress(Fault, Names):
    """The address that the name has in the DNS is looked for in place of it (RFC 7817, 3)."""

    rule = "dialogue/never"
    requirement = "RFC7817-3-b"
    scenario = "tls/cert-names[address of the name]"

    def wanted(self) -> str:
        return str(self.socket.getpeername()[0])


def common_names(certificate: dict[str, Any]) -> list[str]:
    return [value for part in certificate["subject"] for kind, value in part if kind == "commonName"]


# --- REQUIRETLS -------------------------------------------------------------------------------------------------------


class WishForgotten(Fault, Options):
    """All is there that REQUIRETLS asks for, and MAIL does not say it (RFC 8689, 4.2.1)."""

    rule = "dialogue/different"
    requirement = "RFC8689-4.3-a"
    scenario = "tls/requiretls[willing]"

    def mail_parameters(self) -> list[str]:
        return [one for one in super().mail_parameters() if one != "REQUIRETLS"]


class WishIfListed(Fault, Options):
    """Where the server has no REQUIRETLS the message goes out without it (RFC 8689, 4.2.1)."""

    rule = "dialogue/never"
    requirement = "RFC8689-4.3-a"
    scenario = "tls/requiretls[not willing]"

    def mail_parameters(self) -> list[str]:
        if "REQUIRETLS" not in self.offers:
            del self.options["require-tls"]
        return super().mail_parameters()


class WishToAnybody(Fault, Options):
    """REQUIRETLS is said to a server whose name was not looked at (RFC 8689, 2)."""

    rule = "dialogue/never"
    requirement = "RFC8689-2-a"
    scenario = "tls/requiretls[another]"

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.check_hostname = False
        return context


# --- versions ---------------------------------------------------------------------------------------------------------


class Versions(Client):
    """It allows itself versions of TLS from `lowest` to `highest`."""

    lowest = ssl.TLSVersion.TLSv1_2
    highest = ssl.TLSVersion.TLSv1_3

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = self.lowest, self.highest
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        return context


class SpeaksTls10(Fault, Versions):
    """TLS 1.0 is good enough for it (RFC 8996, 4)."""

    rule = "dialogue/never"
    requirement = "RFC8996-4-a"
    worth = "warn"  # unverified
    scenario = "tls/versions[1.0]"
    lowest = ssl.TLSVersion.TLSv1


class SpeaksTls11(Fault, Versions):
    """TLS 1.1 is good enough for it (RFC 8996, 5)."""

    rule = "dialogue/never"
    requirement = "RFC8996-5-a"
    worth = "warn"  # unverified
    scenario = "tls/versions[1.1]"
    lowest = ssl.TLSVersion.TLSv1_1


class SpeaksTls13Only(Fault, Versions):
    """TLS 1.3 or nothing (RFC 9325, 3.1.1)."""

    rule = "dialogue/tls"
    requirement = "RFC9325-3.1.1-a"
    worth = "warn"  # unverified
    scenario = "tls/versions[1.2]"
    lowest = ssl.TLSVersion.TLSv1_3


class SpeaksOldTlsOnly(Fault, Versions):
    """Its newest version is TLS 1.1 (RFC 8314, 5)."""

    rule = "dialogue/tls"
    requirement = "RFC8314-5-c"
    scenario = "tls/versions[1.2 or 1.3]"
    lowest = ssl.TLSVersion.TLSv1
    highest = ssl.TLSVersion.TLSv1_1


class TriesOlderTls(Fault, Versions):
    """A handshake fails, so the next is tried with an older version (RFC 9325, 3.1.3)."""

    rule = "dialogue/never"
    requirement = "RFC9325-3.1.3-a"
    worth = "warn"  # unverified
    scenario = "tls/versions-retry"

    def starttls(self) -> None:
        try:
            super().starttls()
        except OSError:
            self.socket.close()
            self.lowest = self.highest = ssl.TLSVersion.TLSv1_1
            self.connect()
            self.greeting()
            self.hello()
            super().starttls()


# --- STARTTLS and implicit TLS ----------------------------------------------------------------------------------------


class BlindStartTls(Fault):
    """STARTTLS is said whether it is listed or not (RFC 3207, 3)."""

    rule = "dialogue/never"
    requirement = "RFC3207-3-a"
    scenario = "tls/starttls-absent"
    worth = "warn"  # it follows from a rule for servers

    def starttls(self) -> None:
        self.must("STARTTLS")
        self.handshake()
        self.hello()


class LogsInByOldList(Fault):
    """The mechanisms from before TLS are looked through inside it (RFC 3207, 4.2)."""

    rule = "dialogue/missing"
    requirement = "RFC3207-4.2-a"
    scenario = "tls/starttls-auth"

    def starttls(self) -> None:
        kept = self.offers
        super().starttls()
        self.offers = kept


class WantsOneList(Fault):
    """Where the list inside TLS is another than that before it, something is thought to be wrong (RFC 3207, 4.2)."""

    rule = "dialogue/missing"
    requirement = "RFC3207-4.2-d"
    scenario = "tls/starttls-lists-change[more]"
    worth = "warn"  # prose

    def starttls(self) -> None:
        before = self.offers.keys() - {"STARTTLS"}
        super().starttls()
        if self.offers.keys() != before:
            raise GaveUp(GIVEN_UP)


class WaitsForClearGreeting(Fault):
    """Told to use implicit TLS, it first waits for a greeting in clear (RFC 8314, 3.3)."""

    rule = "dialogue/tls"
    requirement = "RFC8314-3.3-a"
    scenario = "tls/implicit[good]"
    worth = "warn"  # prose

    def connect(self) -> None:
        self.socket = socket.create_connection((self.host, self.port), 1.0)
        self.open = True


class AnyNameImplicitly(Fault):
    """With TLS from the first octet, whose certificate it is nobody asks (RFC 8314, 3.3)."""

    rule = "dialogue/never"
    requirement = "RFC8314-3.3-b"
    scenario = "tls/implicit[wrong name]"

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.check_hostname = False
        return context


class Trusting(Client):
    """It knows of some errors in certificates that it could forgive (OpenSSL's numbers), and forgives none."""

    forgiven: ClassVar[frozenset[int]] = frozenset()

    def handshake(self) -> None:
        try:
            super().handshake()
        except ssl.SSLCertVerificationError as error:
            if error.verify_code not in self.forgiven:
                raise
            self.again()

    def again(self) -> None:
        """A new connection, without a look at the certificate."""
        self.socket.close()
        self.socket = socket.create_connection((self.host, self.port), self.timeout)
        self.read_reply()
        self.say(f"EHLO {self.name}")
        self.say("STARTTLS")
        self.buffer = b""
        context = self.tls_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname=self.host)


class ForgivesTheClock(Fault, Trusting):
    """A certificate that is not valid yet is put down to a wrong clock (RFC 8314, 5.2)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5.2-b"
    scenario = "tls/cert-matrix[not yet valid]"
    forgiven = frozenset({9})


class ForgivesSelfSigned(Fault, Trusting):
    """A certificate that the server signed itself is thought good enough for a small server (RFC 8314, 5)."""

    rule = "dialogue/never"
    requirement = "RFC8314-5-b"
    scenario = "tls/cert-matrix[self-signed]"
    forgiven = frozenset({18})


class PasswordForExpired(Fault, Trusting):
    """The password is tried at a server whose certificate has run out (RFC 4954, 14)."""

    rule = "dialogue/never"
    requirement = "RFC4954-14-a"
    scenario = "tls/cert-auth[expired]"
    forgiven = frozenset({10})


class PasswordForAnyName(Fault, Trusting):
    """The password goes to whoever has a certificate, of whatever name (RFC 4954, 14)."""

    rule = "dialogue/never"
    requirement = "RFC4954-14-b"
    scenario = "tls/cert-auth[wrong name]"
    forgiven = frozenset({62})


class LooksRoundFirst(Fault, Trusting):
    """A certificate will not do, and yet EHLO is said inside before QUIT (RFC 3207, 4.1)."""

    rule = "dialogue/never"
    requirement = "RFC3207-4.1-b"
    scenario = "tls/cert-quit"
    worth = "warn"  # SHOULD
    forgiven = frozenset({20})

    def again(self) -> None:
        super().again()
        self.open = True
        self.hello()
        raise GaveUp(GIVEN_UP)


class PasswordInTls11(Fault, Versions):
    """The password goes out in TLS 1.1 (RFC 8997, 3)."""

    rule = "dialogue/never"
    requirement = "RFC8997-3-c"
    scenario = "tls/versions[1.1 and a password]"
    worth = "warn"  # SHOULD
    lowest = ssl.TLSVersion.TLSv1_1


# --- TLS-Required -----------------------------------------------------------------------------------------------------


class NotRequiredTwice(Fault, Composer):
    """TLS-Required: No is added, though the user's own field says it already (RFC 8689, 3)."""

    rule = "composition.tls-required"
    requirement = "RFC8689-3-a"
    scenario = "tls/tls-required-no"

    def own_fields(self) -> list[str]:
        return [*super().own_fields(), "TLS-Required: No"]


class NotRequiredUnsaid(Fault, Composer):
    """Fields that it does not know are left off, TLS-Required among them (RFC 8689, 4.3)."""

    rule = "composition.no-tls-required"
    requirement = "RFC8689-4.3-a"
    scenario = "tls/tls-required-no"

    def own_fields(self) -> list[str]:
        return [one for one in super().own_fields() if one.startswith("X-")]


# --- TLS where it can be had ------------------------------------------------------------------------------------------


class Opportunist(Client):
    """Told nothing about TLS, it uses STARTTLS where that is offered (RFC 3207, 6)."""

    can = (*Client.can, "opportunistic-tls")

    def hello(self) -> None:
        super().hello()
        if self.tls == "none" and self.takes_the_chance():
            self.tls = "up"
            self.starttls()

    def takes_the_chance(self) -> bool:
        return "STARTTLS" in self.offers


class MissesTheChance(Fault, Opportunist):
    """STARTTLS is looked for in the greeting, where nobody lists it (RFC 3207, 6)."""

    rule = "dialogue/missing"
    requirement = "RFC3207-6-b"
    scenario = "tls/opportunistic[a message]"
    worth = "warn"  # SHOULD

    def takes_the_chance(self) -> bool:
        return False


class AuthIsEnough(Fault, Opportunist):
    """Where AUTH is listed STARTTLS is thought to be for others (RFC 8314, 5.2)."""

    rule = "dialogue/missing"
    requirement = "RFC8314-5.2-d"
    scenario = "tls/opportunistic[a message and a password]"
    worth = "warn"  # SHOULD
    root_cause = "credentials-in-clear"

    def takes_the_chance(self) -> bool:
        return super().takes_the_chance() and "AUTH" not in self.offers
