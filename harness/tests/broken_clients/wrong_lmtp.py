"""Faults in LMTP (RFC 2033): LHLO, and a reply for each recipient."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .base import ACCEPTED, TEMPORARY, Client, Fault

WORDS = {2: "accepted", 4: "temporary", 5: "permanent"}


class Lmtp(Client):
    """Speaks LMTP, and tells what came of each recipient in SMTP_RESULT_FILE."""

    can = (*Client.can, "lmtp", "result-file")

    def hello(self) -> None:
        self.offers = self.keywords(self.must(f"LHLO {self.name}"))

    def keywords(self, texts: list[str]) -> dict[str, str]:
        lines = [line.partition(" ") for line in texts[1:]]
        return {keyword.upper(): parameters.upper() for keyword, _, parameters in lines}

    def transaction(self) -> int:
        self.mail()
        told = [self.word(code) for code in self.rcpts()]
        accepted = [index for index, word in enumerate(told) if word == "accepted"]
        if accepted:
            self.data()
            self.content()
            self.line(".")
            for index, word in zip(accepted, self.results(len(accepted)), strict=True):
                told[index] = word
        self.report(told)
        return ACCEPTED if set(told) == {"accepted"} else TEMPORARY

    def word(self, code: int) -> str:
        return WORDS[code // 100]

    def results(self, count: int) -> list[str]:
        """What became of the message for each accepted recipient, in their order."""
        words: list[str] = []
        try:
            words += (self.word(self.read_reply()[0]) for _ in range(count))
        except OSError:
            self.open = False
        return words + ["temporary"] * (count - len(words))

    def report(self, told: list[str]) -> None:
        """A recipient that stands twice is told as accepted if it once was."""
        words: dict[str, str] = {}
        for recipient, word in zip(self.recipients, told, strict=True):
            if words.get(recipient) != "accepted":
                words[recipient] = word
        Path(os.environ["SMTP_RESULT_FILE"]).write_text(json.dumps({"messages": [{"recipients": words}]}))


class LmtpWithEhlo(Fault, Lmtp):
    """EHLO comes first, LHLO only when it was refused (RFC 2033, 4.1)."""

    rule = "dialogue/different"
    requirement = "RFC2033-4.1-a"
    worth = "warn"  # prose: LHLO replaces EHLO and HELO
    scenario = "lmtp/happy"

    def hello(self) -> None:
        code, texts = self.say(f"EHLO {self.name}")
        if code // 100 != 2:
            texts = self.must(f"LHLO {self.name}")
        self.offers = self.keywords(texts)
