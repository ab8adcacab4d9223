"""A small MTA: it queues what it is given, tries it when its queue is run, and notifies; and copies that do so wrongly.

It is told by the job's options how often to run the queue, and whether its notifications go to the server, too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .base import ACCEPTED, PERMANENT, TEMPORARY, Client, Fault, Refused

RECEIVED = (
    b"Received: from localhost (localhost [127.0.0.1])\r\n\tby relay.example.test; Wed, 25 Nov 2026 10:00:00 +0000\r\n"
)
REPORT = (
    b"From: <postmaster@relay.example.test>\r\nTo: <%s>\r\nDate: Wed, 25 Nov 2026 10:00:00 +0000\r\n"
    b"Subject: Report\r\n\r\n%s\r\n"
)
WORDS = {2: "accepted", 4: "temporary", 5: "permanent"}
STATUS = {"accepted": ACCEPTED, "temporary": TEMPORARY, "permanent": PERMANENT}


@dataclass
class Item:
    """What lies in the queue. `fate` has a word for each recipient; `wishes` are those for DSN."""

    sender: str
    fate: dict[str, str]
    octets: bytes
    wishes: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    report: bool = False


class Queueing(Client):
    """Every message of the job file, each in a session of its own."""

    can = (*Client.can, "several-messages", "result-file", "queue", "dsn")
    scenarios = (  # all but those in which the name system has the next hop
        *("mta/bounce*", "mta/dsn-*", "mta/from-nobody", "mta/only-the-rest", "mta/re*", "mta/stalled"),
        "core/happy",
    )

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        job = json.loads(Path(env["SMTP_JOB_FILE"]).read_text(encoding="utf-8"))
        self.options: dict[str, str] = job.get("options", {})
        self.queue = [self.taken(one) for one in job["messages"]]
        self.jobs = list(self.queue)

    def taken(self, job: Mapping[str, Any]) -> Item:
        """A message of the job, as it lies in the queue."""
        names = ("return", "envelope-id", "notify", "original-recipient")
        wishes = {name: self.options[name] for name in names if name in self.options}
        octets = self.stamped(Path(job["message_file"]).read_bytes())
        return Item(job["sender"], dict.fromkeys(job["recipients"], "temporary"), octets, wishes)

    def stamped(self, octets: bytes) -> bytes:
        return RECEIVED + octets

    # --- the queue

    def run(self) -> int:
        for number in range(int(self.options.get("queue-runs", "1"))):
            for item in self.queue:  # what is added meanwhile is tried as well
                if self.is_due(item, number):
                    self.attempt(item)
                    self.notify(item)
        words = [item.fate for item in self.jobs]
        Path(os.environ["SMTP_RESULT_FILE"]).write_text(json.dumps({"messages": [{"recipients": w} for w in words]}))
        return max(STATUS[word] for fate in words for word in fate.values())

    def is_due(self, item: Item, number: int) -> bool:
        return bool(self.left(item))

    def left(self, item: Item) -> list[str]:
        """Those to whom it is still to go."""
        return [recipient for recipient, word in item.fate.items() if word == "temporary"]

    def attempt(self, item: Item) -> None:
        self.item, self.sender, self.recipients, self.message = item, item.sender, self.left(item), item.octets
        self.buffer, self.open = b"", False
        try:
            self.session()
        except Refused as error:
            self.settle(self.recipients, error.code)
        except OSError:
            self.open = False
        self.leave()

    def settle(self, recipients: list[str], code: int) -> None:
        self.item.fate.update(dict.fromkeys(recipients, WORDS[code // 100]))

    def transaction(self) -> int:
        self.mail()
        codes = dict(zip(self.recipients, self.rcpts(), strict=True))
        for recipient, code in codes.items():
            if code // 100 != 2:
                self.settle([recipient], code)
        self.recipients = [recipient for recipient, code in codes.items() if code // 100 == 2]
        if self.recipients:
            self.data()
            self.content()
            self.end_of_data()
            self.settle(self.recipients, 250)
        return ACCEPTED

    # --- DSN

    def passes_on(self) -> bool:
        return "DSN" in self.offers

    def mail(self) -> None:
        words = {"return": "RET=" + {"headers": "HDRS"}.get(self.wish("return"), "FULL")}
        words["envelope-id"] = "ENVID=" + self.wish("envelope-id")
        self.must(" ".join([f"MAIL FROM:<{self.sender}>", *self.parameters(words)]))

    def rcpt(self, recipient: str) -> int:
        words = {"notify": "NOTIFY=" + self.wish("notify").upper()}
        words["original-recipient"] = "ORCPT=rfc822;" + self.wish("original-recipient")
        return self.say(" ".join([f"RCPT TO:<{recipient}>", *self.parameters(words)]))[0]

    def wish(self, name: str) -> str:
        return self.item.wishes.get(name, "")

    def parameters(self, words: Mapping[str, str]) -> list[str]:
        return [word for name, word in words.items() if name in self.item.wishes and self.passes_on()]

    # --- notifications

    def notify(self, item: Item) -> None:
        """Put a report into the queue, if one is due (RFC 3461, 5.2)."""
        failed = [one for one, word in item.fate.items() if word == "permanent" and one not in item.told]
        item.told |= set(failed)
        wanted = item.wishes.get("notify", "failure")
        relayed = "success" in wanted and "DSN" not in self.offers and "accepted" in item.fate.values()
        if self.options.get("notifications") == "yes" and self.may_be_told(item):
            if failed and self.failure_is_told(wanted):
                self.queue.append(self.report(item, "failed: " + ", ".join(failed)))
            elif relayed or self.tells_success(item):
                self.queue.append(self.report(item, "relayed"))

    def may_be_told(self, item: Item) -> bool:
        return item.sender != ""

    def failure_is_told(self, wanted: str) -> bool:
        return "failure" in wanted

    def tells_success(self, item: Item) -> bool:
        return False

    def report(self, item: Item, text: str) -> Item:
        octets = REPORT % (item.sender.encode(), text.encode())
        return Item("", {item.sender: "temporary"}, octets, report=True)


# --- what is passed on (RFC 5321, 3.6.3 and 4.4)


class NoReceived(Fault, Queueing):
    """No Received field is added."""

    rule = "dialogue/message"
    requirement = "RFC5321-4.4-c"
    scenario = "mta/relayed[plain]"

    def stamped(self, octets: bytes) -> bytes:
        return octets


class TidiesUp(Fault, Queueing):
    """A relay puts in the Date that is missing."""

    rule = "dialogue/message"
    requirement = "RFC5321-3.6.3-c"
    scenario = "mta/relayed[odd]"

    def stamped(self, octets: bytes) -> bytes:
        return super().stamped(b"" if b"\nDate:" in octets else b"Date: Wed, 25 Nov 2026 10:00:00 +0000\r\n") + octets


class LooksIntoMessages(Fault, Queueing):
    """A message with two From fields is given up, though its envelope is in order (RFC 5321, 2.4)."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-2.4-h"
    worth = "warn"  # SHOULD
    scenario = "mta/relayed[wrong]"

    def attempt(self, item: Item) -> None:
        if item.octets.count(b"\nFrom:") > 1:
            item.fate = dict.fromkeys(item.fate, "permanent")
        else:
            super().attempt(item)


# --- what is tried again (RFC 5321, 4.5.4 and 4.5.4.1)


class StuckForEver(Fault, Queueing):
    """A server that falls silent is waited for without end, and the whole queue with it."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-4.5.4-a"
    root_cause = "silence"
    scenario = "mta/stalled[RCPT]"

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env)
        self.timeout = None


class TriesOnce(Fault, Queueing):
    """What is refused for now is dropped."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-4.5.4.1-a"
    scenario = "mta/retry[RCPT]"

    def is_due(self, item: Item, number: int) -> bool:
        return number == 0


class RemembersARefusal(Fault, Queueing):
    """A sender who was refused once is not tried with another message."""

    rule = "dialogue/outcome"
    requirement = "RFC5321-4.5.4.1-g"
    scenario = "mta/refused-once"

    def attempt(self, item: Item) -> None:
        refused = any(one.sender == item.sender and "permanent" in one.fate.values() for one in self.queue)
        if refused:
            item.fate = dict.fromkeys(item.fate, "permanent")
        else:
            super().attempt(item)


class TriesAllAgain(Fault, Queueing):
    """If one recipient is left, all get the message again."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.2.5-d"
    scenario = "mta/only-the-rest"

    def left(self, item: Item) -> list[str]:
        return list(item.fate) if super().left(item) else []


class TriesTheRefusedAgain(Fault, Queueing):
    """A recipient who was refused for good is tried with those who were refused for now."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.2.1-b"
    worth = "warn"  # SHOULD NOT
    scenario = "mta/only-the-rest"

    def left(self, item: Item) -> list[str]:
        left = [recipient for recipient, word in item.fate.items() if word != "accepted"]
        return left if super().left(item) else []


# --- what is told the sender (RFC 5321, 3.6.3, 4.5.4 and 6.1; RFC 3461, 6.1)


class NoBounce(Fault, Queueing):
    """What is refused for good is dropped."""

    rule = "dialogue/unconnected"
    requirement = "RFC5321-3.6.3-a"
    scenario = "mta/bounce[RCPT]"

    def may_be_told(self, item: Item) -> bool:
        return False


class BounceFromSomebody(Fault, Queueing):
    """A notification has a sender."""

    rule = "dialogue/breaks"
    requirement = "RFC3461-6.1-a"
    scenario = "mta/bounce[RCPT]"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender or 'postmaster@relay.example.test'}>")


class BounceToPostmaster(Fault, Queueing):
    """A notification goes to the postmaster alone."""

    rule = "dialogue/breaks"
    requirement = "RFC5321-6.1-a"
    scenario = "mta/bounce[message]"

    def report(self, item: Item, text: str) -> Item:
        made = super().report(item, text)
        made.fate = {"postmaster@example.test": "temporary"}
        return made


class BounceAsksForReports(Fault, Queueing):
    """A notification asks for a report of its own failure."""

    rule = "dialogue/breaks"
    requirement = "RFC3461-6.1-b"
    scenario = "mta/bounce[RCPT]"

    def report(self, item: Item, text: str) -> Item:
        made = super().report(item, text)
        made.wishes = {"notify": "failure"}
        return made


class BounceWithRet(Fault, Queueing):
    """A notification says how much of it is to be returned."""

    rule = "dialogue/never"
    requirement = "RFC3461-6.1-b"
    scenario = "mta/bounce[message]"

    def report(self, item: Item, text: str) -> Item:
        made = super().report(item, text)
        made.wishes = {"return": "headers"}
        return made


class BouncesBounces(Fault, Queueing):
    """A notification that is refused brings about another, to the postmaster."""

    rule = "dialogue/never"
    requirement = "RFC5321-3.6.3-b"
    scenario = "mta/bounce-refused"

    def may_be_told(self, item: Item) -> bool:
        return item.report or super().may_be_told(item)

    def report(self, item: Item, text: str) -> Item:
        made = super().report(item, text)
        made.fate = {item.sender or "postmaster@example.test": "temporary"}
        return made


class TellsThePostmaster(Fault, Queueing):
    """A message from nobody is refused, and the postmaster gets an error message about it."""

    rule = "dialogue/never"
    requirement = "RFC5321-4.5.4-b"
    scenario = "mta/from-nobody[refused]"

    def may_be_told(self, item: Item) -> bool:
        return not item.report

    def report(self, item: Item, text: str) -> Item:
        made = super().report(item, text)
        made.fate = {item.sender or "postmaster@example.test": "temporary"}
        return made


class FillsInASender(Fault, Queueing):
    """A message from nobody gets a sender on its way."""

    rule = "dialogue/breaks"
    requirement = "RFC5321-4.5.5-b"
    worth = "warn"  # SHOULD NOT
    scenario = "mta/from-nobody[taken]"

    def mail(self) -> None:
        self.must(f"MAIL FROM:<{self.sender or 'daemon@relay.example.test'}>")


# --- wishes for reports, relayed (RFC 3461, 5.2)


class ForgetsRet(Fault, Queueing):
    """RET is not passed on."""

    rule = "dialogue/breaks"
    requirement = "RFC3461-5.2.1-b"
    scenario = "mta/dsn-passed-on"
    forgotten = "return"

    def parameters(self, words: Mapping[str, str]) -> list[str]:
        return super().parameters({name: word for name, word in words.items() if name != self.forgotten})


class ForgetsTheEnvelopeId(ForgetsRet):
    """ENVID is not passed on."""

    requirement = "RFC3461-5.2.1-a"
    forgotten = "envelope-id"


class ForgetsNotify(ForgetsRet):
    """NOTIFY is not passed on."""

    requirement = "RFC3461-5.2.1-c"
    forgotten = "notify"


class LowersTheOriginal(Fault, Queueing):
    """The original recipient's address is passed on in lower case."""

    rule = "dialogue/breaks"
    requirement = "RFC3461-5.2.1-d"
    scenario = "mta/dsn-passed-on"

    def wish(self, name: str) -> str:
        return super().wish(name).lower()


class AsksOfItself(Fault, Queueing):
    """A relay adds ENVID where none was given."""

    rule = "dialogue/breaks"
    requirement = "RFC3461-5.2.1-a"
    scenario = "mta/dsn-not-added"
    wishes = ("envelope-id", "relay-1")

    def taken(self, job: Mapping[str, Any]) -> Item:
        made = super().taken(job)
        made.wishes = dict([self.wishes])
        return made


class AsksForTheHeader(AsksOfItself):
    """A relay adds RET."""

    requirement = "RFC3461-5.2.1-b"
    wishes = ("return", "headers")


class AsksForFailures(AsksOfItself):
    """A relay adds NOTIFY."""

    requirement = "RFC3461-5.2.1-c"
    wishes = ("notify", "failure")


class NamesAnotherOriginal(AsksOfItself):
    """A relay adds ORCPT with another address than it was given."""

    requirement = "RFC3461-5.2.1-d"
    root_cause = "parameter-value.recipient"
    wishes = ("original-recipient", "somebody@example.test")


class AsksWhoDoesNotKnow(Fault, Queueing):
    """Wishes are passed on to a server that does not offer DSN."""

    rule = "dialogue/breaks"
    requirement = "RFC3461-5.2.2-a"
    root_cause = "parameter-not-offered"
    scenario = "mta/dsn-absent[success]"

    def passes_on(self) -> bool:
        return True


class TellsNoSuccess(Fault, Queueing):
    """Nobody tells that the message was relayed, though that was asked for."""

    rule = "dialogue/unconnected"
    requirement = "RFC3461-5.2.2-b"
    scenario = "mta/dsn-absent[success]"

    def may_be_told(self, item: Item) -> bool:
        return "permanent" in item.fate.values()


class TellsNoFailure(Fault, Queueing):
    """Nobody tells that the message was refused, though just that was asked for."""

    rule = "dialogue/unconnected"
    requirement = "RFC3461-5.2.2-c"
    scenario = "mta/dsn-absent[failure]"

    def failure_is_told(self, wanted: str) -> bool:
        return False


class TellsAllTheSame(Fault, Queueing):
    """A failure is told though NOTIFY=NEVER was asked for."""

    rule = "dialogue/never"
    requirement = "RFC3461-5.2.2-d"
    scenario = "mta/dsn-unwanted[never wanted]"

    def failure_is_told(self, wanted: str) -> bool:
        return True


class TellsEverySuccess(Fault, Queueing):
    """Who relays to a server without DSN tells so, asked or not."""

    rule = "dialogue/never"
    requirement = "RFC3461-5.2.2-e"
    scenario = "mta/dsn-unwanted[nothing said]"

    def tells_success(self, item: Item) -> bool:
        return "accepted" in item.fate.values() and not item.report
