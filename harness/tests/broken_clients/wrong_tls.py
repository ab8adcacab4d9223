"""Faults in the policy of TLS: what goes out where TLS cannot be had."""

from __future__ import annotations

from .base import Fault


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
