"""A client that says nothing more although it is its turn, or that waits for ever."""

import pytest
from playbook import DATA, ENVELOPE, HAPPY, HELLO, MAIL, QUIT, SENDER, SENT, job, keys, remarks, verdict

from smtpwitness.model.finding import Verdict

OVER = ("WAIT 20", "LIMIT")
MAIL_LINE = f"C: MAIL FROM:<{SENDER}>"


def test_half_a_line() -> None:
    (remark,) = remarks("silence", *HELLO, "c: MAIL FROM:<a@b.test>", *OVER, timed_out=True)
    assert (remark.key, remark.expected) == ("silence.half-line", "CRLF at the end of the line")
    assert verdict(remark) is Verdict.FAIL
    assert remark.observed == "silence"
    assert dict(remark.facts)["line"] == "MAIL FROM:<a@b.test>"


def test_half_a_message() -> None:
    (remark,) = remarks("silence", *ENVELOPE, *DATA, "unterminated M: text\r\n.", "S: 250 Ok", *OVER, timed_out=True)
    assert (remark.key, remark.expected) == ("silence.half-content", "CRLF . CRLF")
    assert verdict(remark) is Verdict.FAIL


def test_who_waits_behind_a_whole_message_has_not_sent_half_of_it() -> None:
    assert keys("silence", *ENVELOPE, *DATA, *SENT, *OVER, timed_out=True) == ["silence.waiting"]


def test_waiting_for_a_reply_that_is_not_due() -> None:
    (remark,) = remarks("silence", *HELLO, *MAIL, *OVER, timed_out=True)
    assert (remark.key, remark.expected) == ("silence.waiting", "the next command")
    assert verdict(remark) is Verdict.WARN
    assert dict(remark.facts) == {"line": f"MAIL FROM:<{SENDER}>", "reply": "250", "seconds": "30"}
    assert keys("silence", "S: 220 mail.test", *OVER, timed_out=True) == ["silence.waiting"]


def test_who_talks_for_ever_is_not_silent() -> None:
    (remark,) = remarks("silence", *HELLO, "WAIT 30", *MAIL, "LIMIT", timed_out=True)
    assert (remark.key, remark.expected, remark.observed) == ("silence.endless", "an end", MAIL_LINE[3:])
    assert verdict(remark) is Verdict.NOTE
    assert keys("silence", *HELLO, "WAIT 30", MAIL_LINE, "LIMIT", timed_out=True) == ["silence.endless"]


@pytest.mark.parametrize(("seconds", "key"), [("0.978", "endless"), ("0.979", "waiting"), ("31", "waiting")])
def test_who_has_said_nothing_for_a_second_is_silent(seconds: str, key: str) -> None:
    """A reply takes 20 ms, and the limit is seen 1 ms later than its time."""
    steps = (*HELLO, "WAIT 30", *MAIL, f"WAIT {seconds}", "LIMIT")
    assert keys("silence", *steps, timed_out=True) == [f"silence.{key}"]


@pytest.mark.parametrize(("seconds", "key"), [("29.935", "waiting"), ("29.936", "endless")])
def test_only_a_case_whose_30_seconds_ran_out_can_have_gone_on_for_ever(seconds: str, key: str) -> None:
    """Else somebody ended it. All other steps take 64 ms."""
    steps = (*HELLO, f"WAIT {seconds}", *MAIL, "LIMIT")
    assert keys("silence", *steps, timed_out=True) == [f"silence.{key}"]


@pytest.mark.parametrize("silent", [("stall server",), (), ("s: 250-never ended\r\n",)])
def test_no_time_out_fails_only_who_was_given_one(silent: tuple[str, ...]) -> None:
    steps = (*HELLO, MAIL_LINE, *silent, *OVER)
    (remark,) = remarks("silence", *steps, timed_out=True)
    assert (remark.key, remark.expected) == ("silence.no-timeout", "the client gives up")
    assert verdict(remark) is Verdict.FAIL
    assert dict(remark.facts)["reply"] == "none"
    (remark,) = remarks("silence", *steps, timed_out=True, job=job(told=frozenset()))
    assert verdict(remark) is Verdict.NOTE


CHUNKS = (
    "S: 220 mail.test",
    "C: EHLO client.example.test",
    "s: 250-mail.test\r\n250 CHUNKING\r\n",
    *ENVELOPE[len(HELLO) :],
)


def test_a_chunk_needs_no_line_end() -> None:
    """RFC 3030, 2."""
    assert keys("silence", *CHUNKS, "c: BDAT 2 LAST\r\nhi", "S: 250 Ok", *OVER, timed_out=True) == ["silence.waiting"]
    assert keys("silence", *CHUNKS, "c: BDAT 2 LAST\r\nhi", *OVER, timed_out=True) == ["silence.no-timeout"]


AGAIN = (*HELLO, MAIL_LINE, "stall server", "WAIT 10", "CLOSE client", "OPEN")


@pytest.mark.parametrize(("seconds", "found"), [("9.978", []), ("9.979", ["silence.no-timeout"])])
def test_who_has_given_up_and_tries_again_may_wait_as_long_again(seconds: str, found: list[str]) -> None:
    steps = (*AGAIN, *HELLO, MAIL_LINE, "stall server", f"WAIT {seconds}", "LIMIT")  # the last two take 21 ms more
    assert keys("silence", *steps, timed_out=True) == found


@pytest.mark.parametrize("greeting", [(), ("S: 220 mail.test",)])
def test_who_has_only_just_come_back_is_not_silent(greeting: tuple[str, ...]) -> None:
    steps = (*AGAIN[:-1], "WAIT 20", "OPEN", *greeting, "WAIT 0.5", "LIMIT")
    assert keys("silence", *steps, timed_out=True) == ["silence.endless"]


def test_a_server_that_is_gone_and_a_client_that_does_not_see_it() -> None:
    assert keys("silence", *HELLO, *MAIL, "close server", *OVER, timed_out=True) == ["silence.no-timeout"]


def test_a_program_that_does_not_end_is_a_note() -> None:
    (remark,) = remarks("silence", *HELLO, "C: QUIT", "S: 221 Bye", *OVER, timed_out=True)
    assert (remark.key, remark.expected) == ("silence.after-end", "the end of the program")
    assert verdict(remark) is Verdict.NOTE


def test_a_connection_that_the_client_ended_is_not_silent() -> None:
    assert keys("silence", *HELLO, *MAIL, "CLOSE client", *OVER, timed_out=True) == []


def test_a_client_with_a_time_out_of_its_own() -> None:
    (remark,) = remarks("silence", *HELLO, *MAIL, "WAIT 9", "CLOSE client", "EXIT 1")
    assert (remark.key, remark.expected) == ("silence.waiting", "the next command")
    assert dict(remark.facts)["seconds"] == "9.001"
    assert verdict(remark) is Verdict.WARN


def test_four_fifths_of_its_time_out_are_taken_for_it() -> None:
    assert keys("silence", *HELLO, *MAIL, "WAIT 7.999", "CLOSE client") == ["silence.waiting"]
    assert keys("silence", *HELLO, *MAIL, "WAIT 7.998", "CLOSE client") == []


def test_the_last_command_is_shown_with_its_first_reply() -> None:
    (remark,) = remarks("silence", *HELLO, *MAIL, "S: 250 Ok, once more", *OVER, timed_out=True)
    assert remark.events == (4, 5)


@pytest.mark.parametrize(
    "steps",
    [
        (*MAIL, "WAIT 5", "CLOSE client"),
        (*MAIL, "close server", "WAIT 9", "CLOSE client"),
        (MAIL_LINE, "WAIT 9", "CLOSE client"),
        (MAIL_LINE, "s: 25", "WAIT 9", "CLOSE client"),
        (MAIL_LINE, "S: 421 Bye", "WAIT 9", "CLOSE client"),
        ("C: QUIT", "S: 221 Bye", "WAIT 9", "CLOSE client"),
        (*MAIL,),
        QUIT,
    ],
)
def test_waits_that_have_a_reason(steps: tuple[str, ...]) -> None:
    assert keys("silence", *HELLO, *steps) == []


def test_a_line_that_was_cut_is_no_half_line() -> None:
    assert keys("silence", *HELLO, "cut c: NOOP xxx", "S: 500 No", *OVER, timed_out=True) == ["silence.waiting"]


def test_a_good_session() -> None:
    assert keys("silence", *HAPPY) == []
