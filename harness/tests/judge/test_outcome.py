"""What the server did with the messages, and whether that is what should have come of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import ALICE, BOB, CAROL, DAN, OCTETS, WIRE, good, job

from smtpwitness.judge.outcome import Fate, fates, misses, own_fates
from smtpwitness.judge.session import exchanges
from smtpwitness.model.run import Job, JobMessage
from smtpwitness.model.scenario import Outcome
from smtpwitness.model.transcript import Event, Kind, Side

Talk = tuple[str, str] | bytes
HELLO: list[Talk] = [("", "220"), ("EHLO x", "250")]
MAIL = ("MAIL FROM:<alice@example.test>", "250")
RCPT = ("RCPT TO:<bob@example.test>", "250")


def transcript(*connections: list[Talk]) -> tuple[Event, ...]:
    """Connections one after the other, each a list of a line and its reply's code; bytes are content, then its code.

    A code of "" is no reply.
    """
    events: list[Event] = []

    def happens(connection: int, side: Side, kind: Kind, octets: bytes = b"") -> None:
        events.append(Event(len(events), connection, len(events), len(events), side, kind, octets))

    for connection, talk in enumerate(connections, 1):
        for one in talk:
            said, code = (one, "250") if isinstance(one, bytes) else one
            if isinstance(said, bytes):
                happens(connection, Side.CLIENT, Kind.CONTENT, said)
            elif said:
                happens(connection, Side.CLIENT, Kind.LINE, said.encode() + b"\r\n")
            else:
                happens(connection, Side.CLIENT, Kind.OPEN)
            if code:
                happens(connection, Side.SERVER, Kind.REPLY, code.encode() + b" text\r\n")
    return tuple(events)


def fate(*connections: list[Talk], given: Job | None = None) -> Fate:
    return fates(exchanges(transcript(*connections)), given or job())


def sent(code: str, content: bytes = WIRE) -> list[Talk]:
    return [MAIL, RCPT, ("DATA", "354"), (content, code)]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        ([*HELLO, *sent("250")], "accepted"),
        ([*HELLO, *sent("452")], "temporary"),
        ([*HELLO, *sent("554")], "permanent"),
        ([*HELLO, *sent("")], "none"),
        ([*HELLO, *sent("abc")], "none"),
        ([("", "421")], "temporary"),
        ([("", "220"), ("EHLO x", "550")], "permanent"),
        ([*HELLO, ("AUTH PLAIN x", "535")], "permanent"),
        ([*HELLO, ("STARTTLS", "454")], "temporary"),
        ([*HELLO, (MAIL[0], "451")], "temporary"),
        ([*HELLO, MAIL, (RCPT[0], "550")], "permanent"),
        ([*HELLO, MAIL, (RCPT[0], "550"), ("DATA", "554")], "permanent"),
        ([*HELLO, MAIL, RCPT, ("DATA", "451")], "temporary"),
        ([*HELLO, MAIL, RCPT, ("DATA", "451"), (WIRE, "503")], "temporary"),  # nobody asked for that content
        ([*HELLO, MAIL, RCPT, ("RSET", "421")], "none"),
        ([*HELLO, MAIL, RCPT, ("DATA", ""), (WIRE, "250")], "accepted"),  # taken, though nobody had asked for it
        ([*HELLO, (MAIL[0], "451"), *sent("452"), (RCPT[0], "550")], "permanent"),  # the last answer counts
        ([*HELLO], "none"),
        ([], "none"),
        # what was refused on the way did not matter in the end
        ([("", "220"), ("EHLO x", "502"), ("HELO x", "250"), *sent("250")], "accepted"),
        ([("", "220"), ("EHLO x", "502"), ("HELO x", "250"), *sent("")], "none"),
        ([*HELLO, (MAIL[0], "555"), *sent("250")], "accepted"),
        ([*HELLO, *sent("452"), *sent("250")], "accepted"),
        ([*HELLO, *sent("250"), *sent("550")], "accepted"),  # accepted stays accepted
        ([*HELLO, MAIL, ("RCPT TO:<stranger@example.test>", "550")], "none"),
        ([*HELLO, MAIL, ("RCPT TO:<stranger@example.test>", "250"), ("DATA", "354"), (WIRE, "550")], "none"),
        ([*HELLO, MAIL, ("RCPT TO:<stranger@example.test>", "250"), RCPT, ("DATA", "354"), (WIRE, "550")], "permanent"),
    ],
)
def test_fate_of_one_message(talk: list[Talk], expected: str) -> None:
    assert fate(talk) == ((expected,),)


def test_recipients_have_fates_of_their_own() -> None:
    talk = [MAIL, RCPT, ("RCPT TO:<CAROL@example.test>", "550"), ("RCPT TO:<dan@example.test>", "450")]
    end: list[Talk] = [("DATA", "354"), WIRE]
    assert fate([*HELLO, *talk, *end], given=job(BOB, CAROL, DAN)) == (("accepted", "permanent", "temporary"),)


def test_a_second_connection_can_mend_it() -> None:
    assert fate([*HELLO, *sent("421")], [*HELLO, *sent("250")]) == (("accepted",),)
    assert fate([*HELLO, *sent("")], [("", "421")]) == (("temporary",),)


def two(first: str = BOB, second: str = CAROL) -> Job:
    other = OCTETS.replace(b"Hello", b"Again")
    return job(messages=[JobMessage(ALICE, (first,), OCTETS), JobMessage(ALICE, (second,), other)])


AGAIN = WIRE.replace(b"Hello", b"Again")
CAROLS: list[Talk] = [MAIL, ("RCPT TO:<carol@example.test>", "250"), ("DATA", "354"), AGAIN]


def test_messages_are_told_apart_by_recipients() -> None:
    assert fate([*HELLO, *sent("550"), *CAROLS], given=two()) == (("permanent",), ("accepted",))
    assert fate([*HELLO, *CAROLS, *sent("550")], given=two()) == (("permanent",), ("accepted",))
    assert fate([*HELLO, *CAROLS], given=two()) == (("none",), ("accepted",))


def test_a_transaction_that_is_taken_up_again_is_about_the_message_whose_recipients_it_has() -> None:
    """RFC 1845, 3: after 355 nobody names them again."""
    mail = "MAIL FROM:<alice@example.test> TRANSID=<1@client.example.test>"
    hello: list[Talk] = [("", "220"), ("EHLO x", "250-mail\r\n250 CHECKPOINT")]
    rest: list[Talk] = [("DATA", "354"), (b"neither of them\r\n.\r\n", "250")]  # type: ignore[list-item]
    broke_off: list[Talk] = [*hello, (mail, "250"), ("RCPT TO:<carol@example.test>", "250"), ("DATA", "354")]
    broke_off.append((b"neither", ""))  # type: ignore[arg-type]
    assert fate(broke_off, given=two()) == (("none",), ("none",))
    assert fate(broke_off, [*hello, (mail, "355"), *rest], given=two()) == (("none",), ("accepted",))


def test_messages_to_the_same_recipient_come_in_order_or_are_told_apart_by_content() -> None:
    same = two(BOB, BOB)
    assert fate([*HELLO, *sent("550"), *sent("250", AGAIN)], given=same) == (("permanent",), ("accepted",))
    assert fate([*HELLO, *sent("250", AGAIN), *sent("550")], given=same) == (("permanent",), ("accepted",))
    assert fate([*HELLO, MAIL, (RCPT[0], "550"), *sent("250", AGAIN)], given=same) == (("permanent",), ("accepted",))
    assert fate([*HELLO, *sent("250", b"own\r\n.\r\n"), *sent("452", b"x\r\n.\r\n")], given=same) == (
        ("accepted",),
        ("temporary",),
    )


@pytest.mark.parametrize("refused", [[MAIL, (RCPT[0], "")], []])
def test_messages_that_cannot_be_told_apart_take_turns(refused: list[Talk]) -> None:
    """The least tried is the next: nothing else in the session tells which one is meant."""

    def tries(*codes: str) -> list[Talk]:
        return [one for code in codes for one in ([MAIL, (RCPT[0], code)] if refused else [(MAIL[0], code)])]

    same = two(BOB, BOB)
    assert fate([*HELLO, *tries("450", "550")], given=same) == (("temporary",), ("permanent",))
    assert fate([*HELLO, *tries("450", "450", "550", "550")], given=same) == (("permanent",), ("permanent",))
    assert fate([*HELLO, *sent("250"), *tries("450", "550")], given=same) == (("accepted",), ("permanent",))


def test_a_refused_sender_counts_for_the_next_message_of_that_sender() -> None:
    assert fate([*HELLO, (MAIL[0], "550"), *CAROLS], given=two()) == (("permanent",), ("accepted",))
    dans = job(messages=[JobMessage(ALICE, (BOB,), OCTETS), JobMessage(DAN, (CAROL,), OCTETS)])
    assert fate([*HELLO, ("MAIL FROM:<dan@example.test>", "450")], given=dans) == (("none",), ("temporary",))
    assert fate([*HELLO, ("MAIL FROM:<x@example.test>", "450")], given=dans) == (("temporary",), ("none",))


def test_what_rcpt_is_told_behind_a_refused_sender_says_nothing_new() -> None:
    refused: list[Talk] = [*HELLO, (MAIL[0], "451"), (RCPT[0], "503"), ("DATA", "503")]
    assert fate(refused) == (("temporary",),)
    assert fate([*refused, MAIL, (RCPT[0], "550")]) == (("permanent",),)
    assert fate([*HELLO, MAIL, (MAIL[0], "451"), (RCPT[0], "550")]) == (("permanent",),)


def test_a_refused_sender_once_all_is_accepted_changes_nothing() -> None:
    assert fate([*HELLO, *sent("250"), (MAIL[0], "550"), *sent("550")]) == (("accepted",),)


def test_one_of_two_recipients_accepted_stays_so_when_the_next_try_is_refused() -> None:
    first: list[Talk] = [MAIL, RCPT, ("RCPT TO:<carol@example.test>", "450"), ("DATA", "354"), WIRE]
    assert fate([*HELLO, *first, (MAIL[0], "550")], given=job(BOB, CAROL)) == (("accepted", "permanent"),)


def test_a_connection_lost_leaves_later_messages_to_what_the_next_one_says() -> None:
    assert fate([*HELLO, *sent("250")], [("", "421")], given=two()) == (("accepted",), ("temporary",))


def test_a_client_with_recipients_of_its_own() -> None:
    own = job(BOB, CAROL, untold=["recipients"])
    whoever = ("RCPT TO:<dan@example.test>", "250")
    assert fate([*HELLO, MAIL, whoever, ("DATA", "354"), WIRE], given=own) == (("accepted", "accepted"),)
    assert fate([*HELLO, MAIL, (whoever[0], "550")], given=own) == (("permanent", "permanent"),)
    unanswered: list[Talk] = [*HELLO, MAIL, (whoever[0], ""), ("DATA", "354")]
    assert fate([*unanswered, (WIRE, "554")], given=own) == (("permanent", "permanent"),)
    assert fate([*unanswered, (WIRE, "")], given=own) == (("none", "none"),)


def missed(
    outcome: Outcome, came: Fate, reported: Fate = (), tells: bool = False, given: Job | None = None
) -> list[str]:
    found = misses(outcome, came, reported, given or job(), tells)
    return [f"{one.message}:{one.recipient}: {one.expected} | {one.observed}" for one in found]


@pytest.mark.parametrize(
    ("words", "came", "told", "tells", "expected"),
    [
        ("accepted", "accepted", "accepted", False, []),
        ("accepted", "permanent", "permanent", False, ["accepted | permanent"]),
        ("accepted", "permanent", "accepted", False, ["accepted | permanent, reported as accepted"]),
        ("accepted", "none", "", False, ["accepted | none"]),
        ("any", "accepted", "", False, []),
        ("any", "none", "", True, []),
        ("refused", "accepted", "accepted", False, ["refused | accepted"]),
        ("refused", "permanent", "permanent", True, []),
        ("permanent", "temporary", "temporary", True, []),  # a reply decided: a rule compares
        ("permanent", "none", "temporary", False, []),
        ("permanent", "none", "temporary", True, ["permanent | none, reported as temporary"]),
        ("permanent", "none", "declined", True, []),
        ("declined", "none", "temporary", True, []),
        ("refused", "none", "permanent", True, []),
        ("accepted temporary", "none", "temporary", True, []),
        ("accepted temporary", "accepted", "accepted", True, []),
        ("accepted temporary", "none", "permanent", True, ["accepted or temporary | none, reported as permanent"]),
    ],
)
def test_misses(words: str, came: str, told: str, tells: bool, expected: list[str]) -> None:
    reported = ((told,),) if told else ()
    assert missed(good(*words.split()), ((came,),), reported, tells) == [f"0:{BOB}: {one}" for one in expected]


def test_one_report_or_one_set_of_words_stands_for_all() -> None:
    both, came = job(BOB, CAROL), (("accepted", "permanent"),)
    assert missed(good("accepted"), came, (("permanent",),), given=both) == [f"0:{CAROL}: accepted | permanent"]
    words = Outcome(((frozenset({"accepted"}), frozenset({"permanent"})),))
    assert missed(words, came, ((),), given=both) == []
    assert missed(words, (("accepted",), ("none",)), given=two()) == [f"1:{CAROL}: accepted | none"]


def test_a_recipient_of_whom_nothing_is_asked_hides_no_other() -> None:
    words = Outcome(((frozenset({"any"}), frozenset({"accepted"})),))
    assert missed(words, (("none", "none"),), given=job(BOB, CAROL)) == [f"0:{CAROL}: accepted | none"]


def test_what_was_reported_is_held_against_the_message_and_recipient_that_it_is_about() -> None:
    """A class of failure is asked where no reply decided: so what was reported decides."""
    refused = good("permanent")
    none = (("none",), ("none",))
    second = [f"1:{CAROL}: permanent | none, reported as temporary"]
    assert missed(refused, none, (("permanent",), ("temporary",)), True, two()) == second
    assert len(missed(refused, none, (("temporary",),), True, two())) == 2  # one report stands for all
    both, last = (("none", "none"),), [f"0:{CAROL}: permanent | none, reported as temporary"]
    assert missed(refused, both, (("permanent", "temporary"),), True, job(BOB, CAROL)) == last
    assert len(missed(refused, both, (("temporary",),), True, job(BOB, CAROL))) == 2


# --- recipients of the client's own


def own(*talk: Talk) -> tuple[str, ...]:
    return own_fates(exchanges(transcript([*HELLO, *talk])))


def test_the_fates_of_the_mailboxes_that_a_client_names_by_itself() -> None:
    carol, dan = ("RCPT TO:<carol@example.test>", "550"), ("RCPT TO:<dan@example.test>", "450")
    data: list[Talk] = [("DATA", "354"), (WIRE, "250")]  # type: ignore[list-item]
    assert own(MAIL, RCPT, carol, dan, *data) == ("accepted", "permanent", "temporary")
    assert own(MAIL, RCPT) == ("none",)
    assert own(MAIL, RCPT, ("NOOP", "250")) == ("none",)
    assert own(MAIL, RCPT, ("DATA", ""), (WIRE, "250")) == ("accepted",)
    assert own(*sent("554")) == ("permanent",)
    assert own(MAIL, RCPT, ("DATA", "451")) == ("temporary",)
    assert own() == ()


def test_who_was_accepted_once_stays_accepted_whatever_comes_later() -> None:
    again = ("RCPT TO:<BOB@EXAMPLE.TEST>", "550")
    assert own(*sent("250"), MAIL, again) == ("accepted",)
    assert own(MAIL, again, *sent("250")) == ("accepted",)


def test_fates_that_are_to_differ_are_not_asked_of_recipients_that_nobody_told() -> None:
    """Whose are the client's own? But where all are to come to the same, that is asked."""
    given = job(BOB, CAROL, untold=["recipients"])
    differ = Outcome(((frozenset({"accepted"}), frozenset({"permanent"})),))
    assert not list(misses(differ, (("accepted", "accepted"),), (), given, False))
    assert list(misses(good("permanent"), (("accepted", "accepted"),), (), given, False))
    messages = [JobMessage(ALICE, (BOB, CAROL), OCTETS), JobMessage(ALICE, (DAN,), OCTETS)]
    several = Outcome((*differ.good, (frozenset({"accepted"}),)))
    found = misses(several, (("none", "none"), ("none",)), (), job(messages=messages, untold=["recipients"]), False)
    assert [(miss.message, miss.recipient) for miss in found] == [(1, DAN)]
    told = job(BOB, CAROL)
    assert [miss.recipient for miss in misses(differ, (("accepted", "accepted"),), (), told, False)] == [CAROL]


OFFERED: list[Talk] = [("", "220"), ("EHLO x", "250-mail.test\r\n250 CHUNKING")]


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        ([("BDAT 3\r\na", "250"), ("BDAT 2 LAST\r\n", "250")], "accepted"),
        ([("BDAT 3\r\na", "250")], "none"),
        ([("BDAT 3\r\na", "250"), ("BDAT 2 LAST\r\n", "452")], "temporary"),
        ([("BDAT 3\r\na", "452"), ("BDAT 2 LAST\r\n", "503")], "temporary"),  # the first refusal decides
    ],
)
def test_the_fate_of_a_message_in_chunks(talk: list[Talk], expected: str) -> None:
    assert fate([*OFFERED, MAIL, RCPT, *talk]) == ((expected,),)


# --- LMTP (RFC 2033, 4.2 and 5)

INTO_LMTP: list[Talk] = [("", "220"), ("LHLO x", "250"), MAIL, RCPT, ("RCPT TO:<carol@example.test>", "250")]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([("DATA", "354"), (WIRE, "250 x\r\n452")], ("accepted", "temporary")),
        ([("DATA", "354"), (WIRE, "550 x\r\n250")], ("permanent", "accepted")),
        ([("DATA", "354"), (WIRE, "250")], ("accepted", "none")),
        ([("DATA", "354"), (WIRE, "")], ("none", "none")),
        ([("DATA", "451")], ("temporary", "temporary")),
    ],
)
def test_in_lmtp_each_recipient_has_a_reply_of_its_own(after: list[Talk], expected: tuple[str, ...]) -> None:
    events = transcript([*INTO_LMTP, *after])
    several = [one for event in events for one in _apart(event)]
    assert fates(exchanges(several), job(BOB, CAROL)) == (expected,)
    assert own_fates(exchanges(several)) == expected


def _apart(event: Event) -> list[Event]:
    """The replies that stand in one event, each in one of its own."""
    lines = event.octets.splitlines(keepends=True) if event.kind is Kind.REPLY else [event.octets]
    return [replace(event, octets=line) for line in lines]


def test_in_lmtp_a_recipient_that_was_accepted_twice_is_accepted_if_it_once_was() -> None:
    events = transcript([*INTO_LMTP[:4], RCPT, ("DATA", "354"), (WIRE, "250 x\r\n452")])
    assert fates(exchanges([one for event in events for one in _apart(event)]), job(BOB, BOB)) == (
        ("accepted", "accepted"),
    )


def test_which_of_two_messages_a_relay_sent_is_seen_behind_its_received_field() -> None:
    one, other = JobMessage(ALICE, (BOB,), OCTETS), JobMessage(ALICE, (BOB,), OCTETS.replace(b"One", b"Two"))
    given = replace(job(messages=(one, other)), relayed=True)
    second = b"Received: from x\r\n" + WIRE.replace(b"One", b"Two")
    assert fate([*HELLO, *sent("250", second), *sent("452")], given=given) == (("temporary",), ("accepted",))
