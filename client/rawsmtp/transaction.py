"""A mail transaction: MAIL, RCPT for each recipient, DATA (RFC 5321 3.3)."""

from __future__ import annotations

import re

from .message import Message, check_8bit, is_8bit, normalise
from .outcome import Declined, Failure, Outcome, Status, TemporaryFailure
from .reply import Reply, refusal
from .session import Session

Outcomes = dict[str, Outcome]  # by recipient

ATOM = r"[^\s()<>\[\]:;@\\,.\"\x00-\x1f\x7f]+"  # RFC 5322 3.2.3, RFC 6531 3.3


class Transaction:
    """One message on its way through one session."""

    def __init__(self, session: Session, message: Message) -> None:
        self._session = session
        self._message = message
        self._content = normalise(message.content)
        self._accepted: list[str] = []  # recipients to whom the server said yes
        self._size_declared = False
        self.begun = False  # whether the server has accepted MAIL
        self.outcomes: Outcomes = {}

    def run(self) -> None:
        """Go through all steps, as far as the server lets us. Afterwards ``outcomes`` is complete."""
        try:
            self._session.reset()
            self._mail()
            self._recipients()
            if self._accepted:
                self._data()
        except Failure as failure:
            if failure.session_over:
                self._session.trouble = failure
            for recipient in self._message.recipients:
                self.outcomes.setdefault(recipient, failure.outcome())

    def _mail(self) -> None:
        parameters = "".join(f" {parameter}" for parameter in self._parameters())
        self._session.reset_due = True
        reply = self._session.command(f"MAIL FROM:<{least_quoted(self._message.sender)}>{parameters}")
        if not reply.positive:
            raise refusal(reply, "MAIL")
        self.begun = True

    def _parameters(self) -> list[str]:
        """Parameters for MAIL: only of extensions that the server offers (RFC 5321 4.1.1.11)."""
        parameters = []
        content = self._content
        if self._session.offers("SIZE"):  # RFC 1870 6: without the added dots and the final one
            limit = self._session.size_limit()
            if limit and len(content) > limit:
                raise Declined(f"the message has {len(content)} octets, the server takes at most {limit}")
            parameters.append(f"SIZE={len(content)}")
            self._size_declared = True
        if is_8bit(content):  # RFC 6152 3
            if not self._session.offers("8BITMIME"):
                raise Declined("the content has octets outside ASCII, and the server does not offer 8BITMIME")
            check_8bit(content)
            parameters.append("BODY=8BITMIME")
        return parameters

    def _recipients(self) -> None:
        """RCPT for each; one that is refused does not stop the others (RFC 5321 3.3)."""
        for recipient in self._message.recipients:
            reply = self._session.command(f"RCPT TO:<{least_quoted(recipient)}>")
            if reply.positive:
                self._accepted.append(recipient)
            else:
                failure = self._recipient_refusal(reply)
                if failure.session_over:
                    raise failure
                self.outcomes[recipient] = failure.outcome()

    def _recipient_refusal(self, reply: Reply) -> Failure:
        # RFC 5321 4.5.3.1.10: old servers say 552 for "too many recipients", meaning 452. After a
        # declared SIZE it means what it says (RFC 1870 6.4).
        if reply.code == 552 and self._accepted and not self._size_declared:
            return TemporaryFailure(f"RCPT was answered {reply}")
        return refusal(reply, "RCPT")

    def _data(self) -> None:
        """DATA, and the content after 354 only (RFC 5321 3.3). The last reply decides for everybody."""
        reply = self._session.command("DATA")
        if reply.code != 354:
            raise refusal(reply, "DATA")
        reply = self._session.send_content(self._content)
        if not reply.positive:
            raise refusal(reply, "the message")
        self._session.reset_due = False
        for recipient in self._accepted:
            self.outcomes[recipient] = Outcome(Status.ACCEPTED, str(reply))


def least_quoted(address: str) -> str:
    """*address* with no more quotes and backslashes than its local part needs (RFC 5321 4.1.2)."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"@', address)
    if not quoted:
        return address
    local = re.sub(r"\\(.)", r"\1", quoted[1])
    if not re.fullmatch(rf"{ATOM}(?:\.{ATOM})*", local):
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local}@{address[quoted.end() :]}"
