"""Faults for rows of the catalogue that no other module has a fault for, in the order of the catalogue."""

from __future__ import annotations

from ipaddress import ip_address

from .base import GIVEN_UP, Client, Fault, GaveUp, Refused

# --- names and paths --------------------------------------------------------------------------------------------------


class SaysHelo(Fault):
    """The session begins with HELO, though the server would know EHLO (RFC 5321, 2.2.1)."""

    rule = "dialogue/breaks"
    requirement = "RFC5321-2.2.1-b"
    worth = "warn"  # SHOULD

    def hello(self) -> None:
        self.must(f"HELO {self.name}")


class TakesTagOff(Fault):
    """What follows a + in the local part is cut off, as though the client knew what it means (RFC 5321, 2.3.11)."""

    rule = "dialogue/different"
    requirement = "RFC5321-2.3.11-a"
    scenario = "core/mailbox-syntax[tag]"

    def rcpt(self, recipient: str) -> int:
        local, _, domain = recipient.partition("@")
        return super().rcpt(f"{local.partition('+')[0]}@{domain}")


class LeastQuoted(Client):
    """Of the forms of a local part it sends the one with the least quoting (RFC 5321, 4.1.2)."""

    scenarios = ("core/mailbox-syntax[quoted dots]",)

    def path(self, recipient: str) -> str:
        local, at, domain = recipient.rpartition("@")
        bare = local.strip('"')
        return f"{bare}{at}{domain}" if bare.isalnum() else recipient

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(self.path(recipient))


class KeepsQuotes(Fault, LeastQuoted):
    """The address is sent with the quotes that its user typed (RFC 5321, 4.1.2)."""

    rule = "command-syntax.quoted"
    requirement = "RFC5321-4.1.2-c"
    worth = "warn"  # SHOULD
    scenario = "core/mailbox-syntax[needless quotes]"

    def path(self, recipient: str) -> str:
        return recipient


class QuitsForEhlo(Fault):
    """EHLO is an unknown command, so the client says QUIT and comes again with HELO (RFC 5321, 3.2)."""

    rule = "dialogue/never"
    requirement = "RFC5321-3.2-b"
    worth = "warn"  # SHOULD
    scenario = "core/helo-fallback[500 unknown command]"

    def hello(self) -> None:
        code, _ = self.say(f"EHLO {self.name}")
        if code // 100 != 2:
            self.quit()
            self.socket.close()
            self.buffer = b""
            self.connect()
            self.greeting()
            self.must(f"HELO {self.name}")


class RouteBack(Fault):
    """The sender's path begins with a source route (RFC 5321, 3.3)."""

    rule = "command-syntax.route"
    requirement = "RFC5321-3.3-b"
    worth = "warn"  # SHOULD NOT

    def mail(self) -> None:
        self.must(f"MAIL FROM:<@relay.example.test:{self.sender}>")


class RouteOfOne(Fault):
    """A source route without the colon that ends it (RFC 5321, 3.6.1)."""

    rule = "command-syntax.route"
    requirement = "RFC5321-3.6.1-b"

    def rcpt(self, recipient: str) -> int:
        return super().rcpt(f"@relay.example.test,{recipient}")


class UnderscoreInSender(Fault):
    """The sender's domain becomes the host's own name, which has an underscore (RFC 5321, 4.1.2)."""

    rule = "command-syntax.domain"
    requirement = "RFC5321-4.1.2-e"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender.partition('@')[0]}@my_laptop.example.test>")


class LiteralAsNumber(Fault):
    """An address in brackets is written as one number behind a # (RFC 5321, F.4)."""

    rule = "command-syntax.domain"
    requirement = "RFC5321-F.4-a"
    scenario = "core/mailbox-syntax[literal]"

    def rcpt(self, recipient: str) -> int:
        local, _, domain = recipient.rpartition("@")
        return super().rcpt(f"{local}@#{int(ip_address(domain.strip('[]')))}")


# --- commands ---------------------------------------------------------------------------------------------------------


class DataWithName(Fault):
    """DATA carries the recipient (RFC 5321, 4.1.1)."""

    rule = "command-syntax.argument"
    requirement = "RFC5321-4.1.1-a"

    def data(self) -> None:
        self.must(f"DATA {self.recipients[0]}", 3)


class InventsVerb(Fault):
    """A command of the client's own making (RFC 5321, 4.1.5)."""

    rule = "unknown-verb"
    requirement = "RFC5321-4.1.5-a"

    def mail(self) -> None:
        self.say("CLIENT example 1.0")
        super().mail()


class Turns(Fault):
    """It asks the server to change places, and mails when that is refused (RFC 5321, F.1)."""

    rule = "unknown-verb.obsolete"
    requirement = "RFC5321-F.1-a"
    worth = "warn"  # SHOULD NOT

    def mail(self) -> None:
        self.say("TURN")
        super().mail()


class SendsAndMails(Fault):
    """SAML, to the user's terminal and mailbox, before MAIL (RFC 5321, F.6)."""

    rule = "unknown-verb.obsolete"
    requirement = "RFC5321-F.6-a"
    worth = "warn"  # SHOULD NOT

    def mail(self) -> None:
        if self.say(f"SAML FROM:<{self.sender}>")[0] // 100 != 2:
            super().mail()


class KeywordsFromFirstLine(Fault):
    """The server's name and greeting are read as a line of keywords (RFC 5321, 4.1.1.1)."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.1.1.1-g"
    scenario = "core/ehlo-bare[name and greeting]"
    root_cause = "parameter-not-offered"

    def hello(self) -> None:
        texts = self.must(f"EHLO {self.name}")
        self.offers = {word.upper(): "" for line in texts for word in line.split()}

    def mail(self) -> None:
        size = f" SIZE={len(self.message)}" if "SIZE" in self.offers else ""
        self.must(f"MAIL FROM:<{self.sender}>{size}")


# --- replies ----------------------------------------------------------------------------------------------------------


class SeveralLinesForEhloOnly(Fault):
    """Any other reply of several lines than that to EHLO is an error (RFC 5321, 4.2)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.2-e"
    scenario = "core/greeting-multiline"

    def greeting(self) -> None:
        code, texts = self.read_reply()
        if len(texts) > 1:
            raise Refused(500)
        self.check(code, texts, 2)


class OnlyListedForMail(Fault):
    """259 to MAIL is no success, for the client's table does not list it (RFC 5321, 4.3.2)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.3.2-b"
    scenario = "replies/unlisted-codes[259 to MAIL]"

    def mail(self) -> None:
        if self.say(f"MAIL FROM:<{self.sender}>")[0] != 250:
            raise GaveUp(GIVEN_UP)


class EnhancedCodeCounts(Fault):
    """The enhanced status code in the text counts, and not the code before it (RFC 2034, 4)."""

    rule = "dialogue/missing"
    requirement = "RFC2034-4-a"
    worth = "warn"  # derived
    scenario = "replies/enhanced[contradicting]"

    def read_reply(self) -> tuple[int, list[str]]:
        code, texts = super().read_reply()
        return (550 if texts[0].startswith("5.") else code), texts


# --- patience ---------------------------------------------------------------------------------------------------------


class HastyForMail(Fault):
    """Its time-out for the reply to MAIL is seven tenths of a second (RFC 5321, 4.5.3.2.2: 5 minutes)."""

    rule = "stress/differs"
    requirement = "RFC5321-4.5.3.2.2-a"
    worth = "warn"  # SHOULD
    stress = True

    def mail(self) -> None:
        self.socket.settimeout(0.7)
        super().mail()
        self.socket.settimeout(self.timeout)


class HastyForRcpt(Fault):
    """Its time-out for the reply to RCPT is seven tenths of a second (RFC 5321, 4.5.3.2.3: 5 minutes)."""

    rule = "stress/differs"
    requirement = "RFC5321-4.5.3.2.3-a"
    worth = "warn"  # SHOULD
    stress = True

    def rcpt(self, recipient: str) -> int:
        self.socket.settimeout(0.7)
        code = super().rcpt(recipient)
        self.socket.settimeout(self.timeout)
        return code


class HastyForData(Fault):
    """Its time-out for 354 is seven tenths of a second (RFC 5321, 4.5.3.2.4: 2 minutes)."""

    rule = "stress/differs"
    requirement = "RFC5321-4.5.3.2.4-a"
    worth = "warn"  # SHOULD
    stress = True

    def data(self) -> None:
        self.socket.settimeout(0.7)
        super().data()
        self.socket.settimeout(self.timeout)


class HastyForDot(Fault):
    """Its time-out for the reply to the final dot is seven tenths of a second (RFC 5321, 4.5.3.2.6: 10 minutes)."""

    rule = "stress/differs"
    requirement = "RFC5321-4.5.3.2.6-a"
    worth = "warn"  # SHOULD
    stress = True

    def end_of_data(self) -> None:
        self.socket.settimeout(0.7)
        super().end_of_data()
        self.socket.settimeout(self.timeout)


# --- refusals ---------------------------------------------------------------------------------------------------------


class NoLoginNeeded(Fault):
    """530 to MAIL does not keep it from naming the recipient (RFC 6409, 4.3)."""

    rule = "dialogue/never"
    requirement = "RFC6409-4.3-a"
    worth = "warn"  # derived
    scenario = "faults/auth-required[MAIL]"
    root_cause = "went-on"

    def mail(self) -> None:
        self.say(f"MAIL FROM:<{self.sender}>")


class NoLoginNeededForData(Fault):
    """530 to RCPT does not keep it from DATA (RFC 4954, 6)."""

    rule = "dialogue/never"
    requirement = "RFC4954-6-e"
    worth = "warn"  # derived
    scenario = "faults/auth-required[RCPT]"
    root_cause = "went-on"

    def rcpts(self) -> list[int]:
        super().rcpts()
        return [250]


class AsksForDataAgain(Fault):
    """554 to DATA, and DATA once more (RFC 6409, 4.1)."""

    rule = "dialogue/never"
    requirement = "RFC6409-4.1-a"
    worth = "warn"  # derived
    scenario = "faults/data-refused[554 5.5.1 No]"
    root_cause = "repeated"

    def data(self) -> None:
        if self.say("DATA")[0] != 354:
            super().data()


class ForwardedIsRefused(Fault):
    """Only 250 accepts a recipient: 251, the server will forward it, does not (RFC 5321, 4.3.2)."""

    rule = "dialogue/missing"
    requirement = "RFC5321-4.3.2-a"
    worth = "warn"  # SHOULD
    scenario = "replies/rcpt-251-252[251]"

    def rcpt(self, recipient: str) -> int:
        return 250 if super().rcpt(recipient) == 250 else 550


class TooManyIsForever(Fault):
    """552 to the fifth recipient is for good, and nobody gets the message (RFC 5321, 4.5.3.1.10)."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-4.5.3.1.10-a"
    worth = "warn"  # SHOULD
    scenario = "faults/rcpt-too-many[552]"

    def rcpts(self) -> list[int]:
        codes = super().rcpts()
        return [552] * len(codes) if 552 in codes else codes


class HundredOrNothing(Fault):
    """The server takes a hundred of the recipients, and because of the others nobody gets it (RFC 5321, 4.5.3.1.8)."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-4.5.3.1.8-a"
    worth = "warn"  # SHOULD
    scenario = "faults/rcpt-hundred"

    def rcpt(self, recipient: str) -> int:
        code = super().rcpt(recipient)
        if code == 452:
            raise Refused(code)
        return code


# --- logging in -------------------------------------------------------------------------------------------------------


class NameBehindLogin(Fault):
    """PIPELINING is listed, so the user name goes out behind AUTH LOGIN in one piece (RFC 4954, 4)."""

    rule = "sent-before-reply.batch"
    requirement = "RFC4954-4-q"
    scenario = "coursework/auth-login-coremail"

    def auth_login(self) -> None:
        self.write(f"AUTH LOGIN\r\n{self.encoded(self.username)}\r\n".encode())
        self.check(*self.read_reply(), 3)
        self.check(*self.read_reply(), 3)
        self.must(self.encoded(self.password))
