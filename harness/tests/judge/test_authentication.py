"""AUTH as the scenario writes it, and as the persona plays it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
from scenes import (
    ALICE,
    EHLO,
    LOGIN_PROMPTS,
    QUIT,
    breaks,
    closing,
    command,
    either,
    exchange,
    job,
    never,
    plain,
    raw,
    scenario,
    tls,
)
from theatre import CLOSE, GREET, LEAVE, UP, Line, Move, Stage, play, secret

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Status
from smtpwitness.model.scenario import Step
from smtpwitness.model.transcript import Secrecy

USER = base64.b64encode(ALICE.encode()).decode()
DONE = "235 2.7.0 Authentication successful"
PASSWORD = secret("xxxx")
WRONG = secret("xxxx", agrees=False)
SERVER = plain("AUTH PLAIN LOGIN CRAM-MD5")
WRITTEN = (
    command("AUTH LOGIN", "334 dXNlcjo="),
    command("{username:base64}", "334 cGFzczo="),
    command("{password:base64}", "235 welcome"),
)


def auth(*steps: object, script: tuple[Move, ...], **more: object) -> Stage:
    """EHLO, *steps*, QUIT, against a client with credentials that does *script* between EHLO and QUIT."""
    given = more.pop("job", job(auth="login"))
    more.setdefault("server", SERVER)
    made = scenario(EHLO, *steps, QUIT, **more)  # type: ignore[arg-type]
    return play(made, *GREET, *script, *LEAVE, job=given)  # type: ignore[arg-type]


def talk(end: Stage) -> list[str]:
    """What the server said between EHLO and QUIT."""
    return end.replies[2:-1]


# --- written challenges


def test_login_as_written() -> None:
    end = auth(*WRITTEN, script=("AUTH LOGIN", USER, PASSWORD))
    assert talk(end) == ["334 dXNlcjo=", "334 cGFzczo=", "235 welcome"]
    assert end.keys == []
    assert end.player.links[1].state.authenticated == "LOGIN"


def test_an_initial_response_passes_over_the_first_challenge() -> None:
    end = auth(*WRITTEN, script=(f"AUTH LOGIN {USER}", PASSWORD))
    assert talk(end) == ["334 cGFzczo=", "235 welcome"]
    assert end.keys == []


def test_an_initial_response_that_is_wrong_is_a_difference() -> None:
    end = auth(*WRITTEN, script=("AUTH LOGIN bWFsbG9yeQ==", PASSWORD))
    assert end.keys == ["different"]
    assert end.differences[0].observed == "AUTH LOGIN bWFsbG9yeQ=="
    assert talk(end) == ["334 cGFzczo=", "235 welcome"]


def test_an_initial_response_that_looks_like_the_command_is_not_taken_for_it() -> None:
    steps = (command("AUTH LOGIN", "334 a"), command("LOGI", "235 welcome"))
    assert auth(*steps, script=("AUTH LOGIN LOGI",)).keys == []


def test_an_initial_response_where_none_is_written_is_answered_as_written() -> None:
    end = auth(command("AUTH LOGIN", "334 a"), script=(f"AUTH LOGIN {USER}", "*"))
    assert talk(end) == ["334 a", "501 5.7.0 Authentication cancelled"]
    assert end.keys == ["extra"]


def test_plain_with_and_without_an_initial_response() -> None:
    steps = (command("AUTH PLAIN", "334 "), command("...", "235 welcome"))
    response = secret("xxxx", Secrecy.PLAIN)
    assert talk(auth(*steps, script=("AUTH PLAIN", response))) == ["334 ", "235 welcome"]
    short = auth(*steps, script=(secret("xxxx", Secrecy.PLAIN, lead="AUTH PLAIN "),))
    assert talk(short) == ["235 welcome"]
    assert short.keys == []


def test_an_initial_response_may_be_the_password_that_the_scenario_asks_for_first() -> None:
    steps = (command("AUTH LOGIN", "334 cGFzczo="), command("{password:base64}", "235 welcome"))
    end = auth(*steps, script=(secret("xxxx", lead="AUTH LOGIN "),))
    assert (end.keys, talk(end)) == ([], ["235 welcome"])


@pytest.mark.parametrize(
    ("mechanism", "initial", "code"),
    [
        ("LOGIN", Line(f"AUTH LOGIN {USER}"), "334"),
        ("PLAIN", secret("xxxx", Secrecy.PLAIN, lead="AUTH PLAIN "), "235"),
        ("PLAIN", secret("xxxx", Secrecy.PLAIN, agrees=False, lead="AUTH PLAIN "), "535"),
        ("EXTERNAL", Line("AUTH EXTERNAL ="), "235"),
        ("EXTERNAL", Line(f"AUTH EXTERNAL {USER}"), "535"),
    ],
)
def test_an_initial_response_to_a_written_challenge_has_its_usual_answer(
    mechanism: str, initial: Line, code: str
) -> None:
    end = auth(command(f"AUTH {mechanism}", "334 "), command("..."), script=(initial,))
    assert end.codes[2] == code


def test_cram_md5_as_written() -> None:
    steps = (command("AUTH CRAM-MD5", "334 PDE+"), command("...", "235 welcome"))
    end = auth(*steps, script=("AUTH CRAM-MD5", secret("xxxx", Secrecy.DIGEST)))
    assert talk(end) == ["334 PDE+", "235 welcome"]
    assert end.keys == []


@pytest.mark.parametrize(
    "password", [WRONG, secret("xxxx", well_formed=False), Line("bWFsbG9yeQ=="), secret("xxxx", Secrecy.PLAIN)]
)
def test_a_wrong_password_is_a_difference_and_answered_as_written(password: Line) -> None:
    end = auth(*WRITTEN, script=("AUTH LOGIN", USER, password))
    assert (end.keys, end.differences[0].observed) == (["different"], password.text)
    assert talk(end)[-1] == "235 welcome"


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, "235"), (WRONG, "535")])
def test_written_challenges_with_a_usual_end(password: Line, code: str) -> None:
    steps = (command("AUTH LOGIN", "334 a"), command("{username:base64}", "usual"), command("{password:base64}"))
    end = auth(*steps, script=("AUTH LOGIN", USER, password))
    assert [one[:3] for one in talk(end)] == ["334", "334", code]
    assert talk(end)[1] == LOGIN_PROMPTS[1]


def test_a_wrong_user_name_between_written_challenges_is_not_forgotten() -> None:
    steps = (command("AUTH LOGIN", "334 a"), command("{username:base64}", "334 b"), command("{password:base64}"))
    assert talk(auth(*steps, script=("AUTH LOGIN", USER, PASSWORD)))[-1] == DONE
    assert talk(auth(*steps, script=("AUTH LOGIN", "bWFsbG9yeQ==", PASSWORD)))[-1].startswith("535")


def test_written_responses_to_usual_challenges_are_met() -> None:
    steps = (command("AUTH LOGIN"), command("{username:base64}"), command("{password:base64}", "535 no"))
    end = auth(*steps, script=("AUTH LOGIN", USER, PASSWORD))
    assert talk(end) == [*LOGIN_PROMPTS, "535 no"]
    assert end.keys == []
    assert end.unmet() == []


def test_a_challenge_for_an_unknown_mechanism_can_be_written() -> None:
    steps = (command("AUTH X-NEW", "334 a"), command("...", "334 b"), command("..."))
    end = auth(*steps, script=("AUTH X-NEW", "one", "two"))
    assert end.keys == []
    assert [one[:3] for one in talk(end)] == ["334", "334", "535"]  # what it was cannot be told: not the user name


def test_what_is_written_at_once() -> None:
    end = auth(command("AUTH", "535 5.7.8 No"), script=(secret("xxxx", Secrecy.PLAIN, lead="AUTH PLAIN "),))
    assert talk(end) == ["535 5.7.8 No"]


# --- cancelling, and bad challenges


def bad_challenge(challenge: str) -> tuple[object, ...]:
    return (
        command("AUTH LOGIN", raw(challenge + "\r\n")),
        either(
            [command("*", "501 5.7.0 Cancelled as you wish")],
            [breaks("CLOSED"), closing()],
            [breaks("ANSWERED"), command("...", "535 5.7.8 That was no challenge")],
        ),
    )


@pytest.mark.parametrize("challenge", ["334 =AAA", "334VXNlcm5hbWU6"])
def test_bad_challenges(challenge: str) -> None:
    cancelled = auth(*bad_challenge(challenge), script=("AUTH LOGIN", "*"))
    assert (cancelled.keys, talk(cancelled)[-1]) == ([], "501 5.7.0 Cancelled as you wish")
    answered = auth(*bad_challenge(challenge), script=("AUTH LOGIN", USER))
    assert [one.requirement for one in answered.differences] == ["ANSWERED"]
    assert talk(answered)[-1] == "535 5.7.8 That was no challenge"
    closed = play(scenario(EHLO, *bad_challenge(challenge), server=SERVER), *GREET, "AUTH LOGIN", CLOSE)  # type: ignore[arg-type]
    assert [one.requirement for one in closed.differences] == ["CLOSED"]


def test_an_unexpected_star_is_extra_and_does_not_meet_the_response() -> None:
    end = auth(*WRITTEN, script=("AUTH LOGIN", "*"))
    assert end.keys == ["extra", "missing"]
    assert talk(end)[-1] == "501 5.7.0 Authentication cancelled"
    assert end.player.links[1].state.mechanism == ""


def test_a_star_in_an_exchange_that_the_persona_plays() -> None:
    end = auth(command("AUTH"), script=("AUTH LOGIN", "*"))
    assert end.keys == ["extra"]
    assert talk(end)[-1] == "501 5.7.0 Authentication cancelled"


def test_a_written_star_with_a_usual_reply() -> None:
    end = auth(command("AUTH LOGIN", "334 =A="), command("*"), script=("AUTH LOGIN", "*"))
    assert end.keys == []
    assert talk(end)[-1] == "501 5.7.0 Authentication cancelled"


def test_a_response_where_none_is_written_is_extra() -> None:
    end = auth(command("AUTH LOGIN", "334 a"), script=("AUTH LOGIN", USER))
    assert end.keys == ["extra"]
    assert talk(end)[-1].startswith("535")


# --- another mechanism than written


@pytest.mark.parametrize("line", ["AUTH PLAIN", "AUTH PLAIN xxxx"])
def test_another_mechanism_is_one_difference_and_is_played(line: str) -> None:
    script: tuple[Move, ...] = (line, secret("xxxx", Secrecy.PLAIN))
    if line.endswith("xxxx"):
        script = (secret("xxxx", Secrecy.PLAIN, lead="AUTH PLAIN "),)
    end = auth(*WRITTEN, script=script)
    assert end.keys == ["different"]
    assert talk(end) == ["334 ", "235 welcome"][2 - len(script) :]


@pytest.mark.parametrize(
    ("untold", "line", "worth"),
    [
        (["auth"], "AUTH PLAIN", Verdict.NOTE),  # nobody told it which
        ([], "AUTH PLAIN", Verdict.FAIL),
        (["auth"], "AUTH XOAUTH2", Verdict.FAIL),  # which nobody offered
    ],
)
def test_who_is_not_told_which_mechanism_may_take_any_that_is_offered(
    untold: list[str], line: str, worth: Verdict
) -> None:
    end = auth(*WRITTEN, script=(line, secret("xxxx", Secrecy.PLAIN)), job=job(auth="login", untold=untold))
    assert [one.at_most for one in end.differences][:1] == [worth]


def test_a_written_initial_response_is_answered_as_written() -> None:
    steps = (command("AUTH LOGIN {username:base64}", "334 cGFzczo="), command("{password:base64}", "235 welcome"))
    end = auth(*steps, script=(f"AUTH LOGIN {USER}", PASSWORD))
    assert end.keys == []
    assert talk(end) == ["334 cGFzczo=", "235 welcome"]


def test_another_mechanism_than_a_usual_one() -> None:
    steps = (command("AUTH LOGIN"), command("{username:base64}"), command("{password:base64}"))
    end = auth(*steps, script=("AUTH PLAIN", secret("xxxx", Secrecy.PLAIN)))
    assert end.keys == ["different"]
    assert talk(end) == ["334 ", DONE]


def test_another_mechanism_where_no_end_is_written() -> None:
    end = auth(command("AUTH LOGIN", "334 a"), script=("AUTH PLAIN", secret("xxxx", Secrecy.PLAIN, agrees=False)))
    assert [one[:3] for one in talk(end)] == ["334", "535"]
    assert end.statuses()[-1] is Status.MET, "QUIT is no part of the exchange"


def test_another_mechanism_where_nothing_else_is_written() -> None:
    made = scenario(EHLO, command("AUTH LOGIN", "334 a"), server=SERVER)
    end = play(made, *GREET, "AUTH PLAIN", secret("xxxx", Secrecy.PLAIN), job=job(auth="login"))
    assert end.replies[2:] == ["334 ", DONE]


# --- `sasl`, and exchanges that the persona plays


def test_sasl_plays_the_mechanism_that_the_client_named() -> None:
    plays: dict[str, tuple[Move, ...]] = {
        "PLAIN": ("AUTH PLAIN", secret("xxxx", Secrecy.PLAIN)),
        "LOGIN": ("AUTH LOGIN", USER, PASSWORD),
        "CRAM-MD5": ("AUTH CRAM-MD5", secret("xxxx", Secrecy.DIGEST)),
    }
    for mechanism, script in plays.items():
        end = auth(command("AUTH"), exchange("235 welcome"), script=script)
        assert end.keys == []
        assert talk(end)[-1] == "235 welcome"
        assert end.player.links[1].state.authenticated == mechanism
        assert len(talk(end)) == len(script)


@pytest.mark.parametrize("final", [(), ("usual",)])
@pytest.mark.parametrize(("password", "expected"), [(PASSWORD, "235"), (WRONG, "535")])
def test_sasl_without_a_written_end_says_what_is_right(final: tuple[str, ...], password: Line, expected: str) -> None:
    end = auth(command("AUTH LOGIN"), exchange(*final), script=("AUTH LOGIN", USER, password))
    assert talk(end)[-1][:3] == expected


def test_marks_behind_sasl_count() -> None:
    steps = either([command("AUTH LOGIN"), exchange(), breaks("LOGIN-1-a")], [command("AUTH"), exchange()])
    assert [one.requirement for one in auth(steps, script=(f"AUTH LOGIN {USER}", PASSWORD)).differences] == [
        "LOGIN-1-a"
    ]
    assert auth(steps, script=("AUTH PLAIN", secret("x", Secrecy.PLAIN))).keys == []


def test_an_unwritten_auth_is_honoured_where_it_is_legal() -> None:
    end = auth(script=("AUTH LOGIN", USER, PASSWORD))
    assert end.keys == []
    assert talk(end) == [*LOGIN_PROMPTS, DONE]
    assert end.statuses()[1:4] == [Status.ALLOWED, Status.MET, Status.MET]
    responses = [(one.expected, one.observed) for one in end.rows if one.side == "client"][2:4]
    assert responses == [("(LOGIN response)", USER), ("(LOGIN response)", PASSWORD.text)]


def test_the_job_cannot_tell_a_clients_own_credentials() -> None:
    own = job(auth="login", untold=["username", "password"])
    end = auth(script=("AUTH LOGIN", "bWFsbG9yeQ==", secret("xxxx", agrees=None)), job=own)
    assert talk(end)[-1] == DONE


def test_a_wrong_user_name_is_refused_by_the_persona() -> None:
    assert talk(auth(script=("AUTH LOGIN", "bWFsbG9yeQ==", PASSWORD)))[-1].startswith("535")


def test_cram_md5_takes_no_initial_response() -> None:
    end = auth(script=("AUTH CRAM-MD5 eHg=",))
    assert talk(end)[0].startswith("501")
    challenge = base64.b64decode(talk(auth(script=("AUTH CRAM-MD5",)))[0].removeprefix("334 "))
    assert re.fullmatch(rb"<[0-9A-F]{12}@mail\.example\.test>", challenge)


def test_auth_that_is_not_offered_or_not_legal() -> None:
    assert talk(auth(script=("AUTH PLAIN",), server=plain()))[-1].startswith("502")
    assert auth(script=("AUTH PLAIN",), server=plain()).keys == ["extra"]
    assert talk(auth(command("AUTH"), script=("AUTH PLAIN",), server=plain()))[-1].startswith("502")
    unoffered = auth(script=("AUTH PLAIN",), server=plain("AUTH LOGIN"))
    assert talk(unoffered) == ["504 5.5.4 Mechanism not supported"]
    early = play(scenario(EHLO, QUIT, server=SERVER), "AUTH LOGIN", *GREET, *LEAVE, job=job(auth="login"))
    assert (early.codes[1], early.keys) == ("503", ["extra"])


def test_mechanisms_are_those_that_are_offered_inside_of_tls() -> None:
    server = plain("STARTTLS", "AUTH PLAIN", in_tls=["AUTH LOGIN"])
    steps = (EHLO, command("STARTTLS"), tls(), EHLO)
    for line, code in (("AUTH LOGIN", "334"), ("AUTH PLAIN", "504")):
        assert play(scenario(*steps, server=server), *GREET, "STARTTLS", UP, *GREET, line).codes[-1] == code
        assert play(scenario(EHLO, server=server), *GREET, line).codes[-1] == {"334": "504", "504": "334"}[code]


def test_auth_after_helo() -> None:
    steps = (command("HELO {helo}"), command("AUTH LOGIN"), exchange(), QUIT)
    script = ("HELO client.example.test", "AUTH LOGIN", USER, PASSWORD)
    end = play(scenario(*steps, server=SERVER), *script, *LEAVE, job=job(auth="login"))
    assert (end.keys, end.replies[-2]) == ([], DONE)


def test_a_mechanism_that_is_offered_and_cannot_be_played_is_our_own_trouble() -> None:
    server = plain("AUTH SCRAM-SHA-256")
    made = scenario(EHLO, command("AUTH"), exchange(), command("MAIL"), server=server)
    own = job(auth="any", untold=["password"])  # without the password the server can prove nothing
    end = play(made, *GREET, "AUTH SCRAM-SHA-256", CLOSE, job=own)
    assert (end.codes[-1], end.keys) == ("504", [])
    other = play(made, *GREET, "AUTH X-NEW", CLOSE, job=job(auth="any"))
    assert (other.codes[-1], other.keys) == ("504", ["closed"])


@pytest.mark.parametrize(("steps", "line"), [((exchange(),), "AUTH LOGIN"), ((), "AUTH X-NEW")])
def test_what_was_trouble_before_stays_so(steps: tuple[Step, ...], line: str) -> None:
    made = scenario(EHLO, command("NOOP", "450 Later"), command("AUTH"), *steps, command("MAIL"), server=SERVER)
    end = play(made, *GREET, "NOOP", line, CLOSE, job=job(auth="any"))
    assert (end.player.trouble, end.keys) == (True, [])


def test_refused_credentials_are_no_trouble() -> None:
    end = play(
        scenario(EHLO, command("AUTH"), command("MAIL"), server=SERVER), *GREET, f"AUTH LOGIN {USER}", WRONG, CLOSE
    )
    assert end.keys == ["closed"]


def test_a_guard_on_auth() -> None:
    silent = auth(never("AUTH"), script=("AUTH LOGIN", USER, PASSWORD))
    assert silent.keys == ["never"]
    assert talk(silent) == [*LOGIN_PROMPTS, DONE]
    refusing = auth(never("AUTH", "504 5.5.4 No such mechanism"), script=("AUTH LOGIN",))
    assert talk(refusing) == ["504 5.5.4 No such mechanism"]


def test_a_guard_may_open_an_exchange_that_nothing_is_known_of() -> None:
    end = auth(never("AUTH", "334 a"), script=("AUTH LOGIN", "x"))
    assert end.keys == ["never", "extra"]
    assert talk(end)[-1].startswith("535")


def test_a_guard_may_open_an_exchange_whose_response_is_written() -> None:
    for response, code in (("", "235"), (USER, "535")):
        end = auth(never("AUTH", "334 "), command("..."), script=("AUTH EXTERNAL", response))
        assert end.keys == ["never"]
        assert talk(end)[-1].startswith(code)


# --- SCRAM (RFC 5802)

FIRST = base64.b64encode(b"n,,n=alice@example.test,r=abc").decode()
SCRAM = plain("AUTH SCRAM-SHA-256")


def scram(*script: Move, spoil: str | None = None, final: str = "235 welcome") -> Stage:
    step = replace(exchange(final), spoil=spoil)
    moves = ("AUTH SCRAM-SHA-256", *script)
    return auth(command("AUTH"), step, script=moves, server=SCRAM, job=job(auth="scram-sha-256"))


def proof(agrees: bool | None = True) -> Line:
    return secret("xxxx", Secrecy.PROOF, agrees)


def said(reply: str) -> str:
    return base64.b64decode(reply.removeprefix("334 ")).decode()


def test_scram_to_its_end() -> None:
    end = scram(FIRST, proof(), "")
    empty, first, signature, final = talk(end)
    assert (empty, signature, final) == ("334 ", "334 ********", "235 welcome")
    assert re.fullmatch(r"r=abc[0-9A-F]{12}[0-9]{3},s=[A-Za-z0-9+/]{22}==,i=4096", said(first))
    assert end.keys == []
    assert end.player.links[1].state.authenticated == "SCRAM-SHA-256"
    assert talk(scram(FIRST, proof(), "")) == talk(end), "a replay must come to the same"


def test_scram_with_an_initial_response() -> None:
    end = auth(
        *(command("AUTH"), exchange()),
        script=(f"AUTH scram-sha-256 {FIRST}", proof(), ""), server=SCRAM, job=job(auth="scram-sha-256"),
    )  # fmt: skip
    assert [one[:3] for one in talk(end)] == ["334", "334", "235"]


@pytest.mark.parametrize("final", ["235 welcome", "usual"])
def test_a_first_message_that_nothing_can_follow(final: str) -> None:
    for first in ("!!!!", base64.b64encode(b"n=alice@example.test,r=abc").decode(), ""):
        end = scram(first, final=final)
        assert [one[:3] for one in talk(end)] == ["334", "535"]


def test_a_wrong_proof_or_user_is_refused_unless_the_scenario_says_otherwise() -> None:
    assert [one[:3] for one in talk(scram(FIRST, proof(agrees=False), final="usual"))] == ["334", "334", "535"]
    assert [one[:3] for one in talk(scram(FIRST, proof(agrees=False), ""))] == ["334", "334", "334", "235"]
    mallory = base64.b64encode(b"n,,n=mallory,r=abc").decode()
    assert talk(scram(mallory, proof(), "", final="usual"))[-1].startswith("535")


@pytest.mark.parametrize(
    ("spoil", "first"),
    [
        ("foreign nonce", r"r=[0-9A-F]{12}[0-9]{3}abc,s=.*,i=4096"),
        ("zero iterations", r"r=abc.*,i=0"),
        ("mandatory extension", r"m=[^,]+,r=abc.*,i=4096"),
        ("unknown extension", r"r=abc.*,i=4096,x=.*"),
    ],
)
def test_a_spoilt_first_message(spoil: str, first: str) -> None:
    end = scram(FIRST, "*", spoil=spoil)
    assert re.fullmatch(first, said(talk(end)[1]))
    # but for what is to be ignored, a client may give up
    assert end.keys == (["extra"] if spoil == "unknown extension" else [])


@pytest.mark.parametrize(
    ("spoil", "last"), [("bad signature", r"v=[A-Za-z0-9+/]{43}="), ("error", "e=other-error"), ("no signature", None)]
)
def test_a_spoilt_last_message(spoil: str, last: str | None) -> None:
    end = scram(FIRST, proof(), *([""] if last else []), spoil=spoil)
    assert talk(end)[-1] == "235 welcome"
    assert last is None or re.fullmatch(last, said(talk(end)[2]))
    assert len(talk(end)) == (4 if last else 3)


def test_other_mechanisms_are_not_spoilt() -> None:
    step = replace(exchange("235 welcome"), spoil="bad signature")
    end = auth(command("AUTH"), step, script=("AUTH LOGIN", USER, PASSWORD))
    assert talk(end)[-1] == "235 welcome"
    assert not end.player.trouble


def test_scram_as_written() -> None:
    steps = (command("AUTH SCRAM-SHA-256", "334 "), command("...", "334 cj0x"), command("...", "535 no"))
    end = auth(*steps, script=("AUTH SCRAM-SHA-256", FIRST, proof()), server=SCRAM)
    assert talk(end) == ["334 ", "334 cj0x", "535 no"]


# --- mechanisms of one message


@pytest.mark.parametrize(("response", "code"), [("=", "235"), ("YQ==", "535")])
def test_external(response: str, code: str) -> None:
    made = {"server": plain("AUTH EXTERNAL"), "job": job(auth="external")}
    end = auth(command("AUTH"), exchange(), script=(f"AUTH EXTERNAL {response}",), **made)
    assert talk(end)[0].startswith(code)
    assert talk(auth(command("AUTH"), exchange(), script=("AUTH EXTERNAL", ""), **made))[1].startswith("235")


@pytest.mark.parametrize(("agrees", "code"), [(True, "235"), (None, "235"), (False, "535")])
def test_a_token(agrees: bool | None, code: str) -> None:
    token = secret("xxxx", Secrecy.TOKEN, agrees, lead="AUTH OAUTHBEARER ")
    end = auth(command("AUTH"), exchange(), script=(token,), server=plain("AUTH OAUTHBEARER"))
    assert talk(end)[0].startswith(code)
