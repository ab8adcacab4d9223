"""The whole job: all messages, over as few connections as the server allows."""

from __future__ import annotations

from .job import Job
from .message import Message, check_envelope
from .outcome import Declined, Failure, Interrupted, Status, TemporaryFailure
from .session import Session
from .transaction import Outcomes, Transaction
from .window import Window


def deliver(job: Job, window: Window | None = None) -> list[Outcomes]:
    """Send every message of the job; tell for each what became of it, recipient by recipient."""
    delivery = _Delivery(job, window or Window())
    delivery.run()
    return [delivery.outcomes[number] for number in range(len(job.messages))]


class _Delivery:
    def __init__(self, job: Job, window: Window) -> None:
        self._job = job
        self._window = window
        self._waiting: list[int] = []  # numbers of the messages that nothing is known about yet
        self.outcomes: dict[int, Outcomes] = {}

    def run(self) -> None:
        for number, message in enumerate(self._job.messages):
            self._sort(number, message)
        while self._waiting:
            failure, delivered = self._one_connection()
            # A server may want to see only so many messages in a connection. One that took nothing at
            # all would take nothing the next time either: that is for later, not for now.
            if failure is not None and not (delivered and isinstance(failure, TemporaryFailure)):
                while self._waiting:
                    self._settle(self._waiting.pop(), failure)

    def _sort(self, number: int, message: Message) -> None:
        """Set aside what will not be sent, before any connection is made."""
        try:
            if message.declined is not None:
                raise message.declined
            check_envelope(message.sender, message.recipients)
            if not message.content:
                raise Declined("the message is empty")
        except Declined as declined:
            self._settle(number, declined)
        else:
            self._waiting.append(number)

    def _one_connection(self) -> tuple[Failure | None, bool]:
        """Send waiting messages until all are sent or the session is over.

        Returns why the session ended early, and whether it has delivered anything.
        """
        session = Session(self._job, self._window)
        delivered = False
        try:
            session.start()
            while self._waiting and session.trouble is None:
                delivered = self._one_message(session, delivered) or delivered
        except Failure as failure:
            session.trouble = failure
        except KeyboardInterrupt:
            session.trouble = Interrupted("interrupted")
            delivered = False  # no further connection
        finally:
            session.end()
        return session.trouble, delivered

    def _one_message(self, session: Session, delivered: bool) -> bool:
        """Send the first waiting message; return whether anybody will get it.

        If the session broke off between two messages, the message has not been tried and stays in line.
        """
        number = self._waiting[0]
        transaction = Transaction(session, self._job.messages[number])
        transaction.run()
        if session.trouble is not None and delivered and not transaction.begun:
            return False
        self._waiting.pop(0)
        self.outcomes[number] = transaction.outcomes
        return any(outcome.status is Status.ACCEPTED for outcome in transaction.outcomes.values())

    def _settle(self, number: int, failure: Failure) -> None:
        recipients = self._job.messages[number].recipients
        self.outcomes[number] = {recipient: failure.outcome() for recipient in recipients}
