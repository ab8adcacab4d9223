"""Clients that are given a line end within a subject or a name, and what becomes of it (RFC 5322, 2.2)."""

from __future__ import annotations

from .base import GIVEN_UP, Fault, GaveUp
from .wrong_composition import Composer


class JoinsLines(Composer):
    """A correct client that puts a blank in the place of a line end."""

    def session(self) -> int:
        self.title, self.author_name = self.safe(self.title), self.safe(self.options.get("name", ""))
        return super().session()

    def author(self) -> str:
        return f'"{self.author_name}" <{self.sender}>' if self.author_name else self.sender

    def safe(self, text: str) -> str:
        return " ".join(text.split())


class FoldsLines(JoinsLines):
    """A correct client that puts a blank behind a line end, so that the field goes on."""

    scenarios = ("sec/header-injection",)

    def safe(self, text: str) -> str:
        return "\n ".join(text.splitlines())


class RefusesLines(JoinsLines):
    """A correct client that does not send what has a line end in its header."""

    scenarios = ("sec/header-injection",)

    def safe(self, text: str) -> str:
        if len(text.splitlines()) > 1:
            raise GaveUp(GIVEN_UP)
        return text


class SubjectAsTyped(Fault, JoinsLines):
    """A subject goes into the header as the user typed it, line ends and all (RFC 5322, 2.2)."""

    rule = "composition.injected"
    requirement = "RFC5322-2.2-b"
    scenario = "sec/header-injection[subject]"

    def safe(self, text: str) -> str:
        return text.replace("\r\n", "\n")


class StripsCarriageReturnsOnly(Fault, JoinsLines):
    """CR LF is looked for in a subject, and a lone LF, which is made CR LF later on, is not (RFC 5322, 2.2)."""

    rule = "composition.injected"
    requirement = "RFC5322-2.2-b"
    scenario = "sec/header-injection[lf]"

    def safe(self, text: str) -> str:
        return text.replace("\r\n", " ")


class NameAsTyped(Fault, JoinsLines):
    """The author's name goes into From as the user typed it, line ends and all (RFC 5322, 2.2)."""

    rule = "composition.injected"
    requirement = "RFC5322-2.2-b"
    scenario = "sec/header-injection[name]"

    def author(self) -> str:
        return f"{self.options['name']} <{self.sender}>".replace("\r\n", "\n")
