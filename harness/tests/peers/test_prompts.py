import sys
from pathlib import Path

import pytest
from peers.scripted import run as run_loop

from smtpwitness.model.run import Process
from smtpwitness.peers.process import ClientNotStarted, run
from smtpwitness.peers.prompts import Prompter, answer

ENV = {"PATH": "/usr/bin:/bin"}
posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")


def asking(text: str, *answers: tuple[str, str], limit: float = 20.0, scrub=str) -> Process:  # type: ignore[no-untyped-def]
    async def main() -> Process:
        argv = [sys.executable, "-I", "-S", "-c", text]
        return await run(argv, ENV, Path("/"), limit, scrub, answers=answers)

    found: Process = run_loop(main)
    return found


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("Password:", "p"),
        ("the PASSWORD of the server", "s"),  # what ends nearest to the end
        ("server port", "sp"),  # of two that end there, the longer
        ("port", None),
        ("", None),
    ],
)
def test_which_answer_a_prompt_gets(line: str, typed: str | None) -> None:
    assert answer(line, [("password", "p"), ("server", "s"), ("server port", "sp")]) == typed


def test_only_what_came_since_the_last_answer_is_a_prompt() -> None:
    prompter = Prompter([("name", "n"), ("password", "p")])
    prompter.heard(b"Welcome, your password is needed.\r\nname: ")
    assert (prompter.prompt, prompter.typed(), prompter.typed()) == ("name:", "n", None)
    prompter.heard(b"thanks\r\n\r\n")
    assert (prompter.prompt, prompter.typed()) == ("thanks", None)


def test_a_line_with_its_end_is_given_more_time() -> None:
    prompter = Prompter([])
    prompter.heard(b"Password")
    short = prompter.wait
    prompter.heard(b"\n")
    assert prompter.wait > short


def test_who_asks_for_ever_is_not_answered_for_ever() -> None:
    prompter = Prompter([("again", "yes")])
    given = 0
    for _ in range(1000):
        prompter.heard(b"again? ")
        given += prompter.typed() is not None
    assert given == 200


@posix
def test_input_is_answered_and_echoed() -> None:
    found = asking("print('got', repr(input('Name: ')))", ("name", "ann 安"))
    assert (found.exit_status, found.asked) == (0, "")
    assert found.stdout == "ann 安\ngot 'ann 安'\n"


@posix
def test_getpass_is_answered_without_echo() -> None:
    text = "import getpass,sys; sys.exit(getpass.getpass('Password: ') != 'secret-42')"
    found = asking(text, ("password", "secret-42"))
    assert found.exit_status == 0
    assert "secret-42" not in found.stdout + found.stderr
    assert "Password: " in found.stdout  # /dev/tty is the same terminal


@posix
def test_what_is_echoed_is_scrubbed() -> None:
    found = asking("input('Password: ')", ("password", "secret-42"), scrub=lambda text: text.replace("secret-42", "*"))
    assert found.stdout == "*\n"


@posix
def test_a_prompt_on_a_line_of_its_own_is_answered() -> None:
    assert asking("print('Name?'); print(input())", ("name", "ann")).stdout == "Name?\nann\nann\n"


@posix
def test_the_prompt_that_nothing_answers_is_told() -> None:
    found = asking("input('Name: '); input('Shoe size: ')", ("name", "ann"), limit=1.0)
    assert (found.timed_out, found.asked) == (True, "Shoe size:")


@posix
def test_a_program_that_is_not_there_is_told_as_ever() -> None:
    async def main() -> None:
        for name in ("no-such-program", "./no-such-program"):
            with pytest.raises(ClientNotStarted, match="No such program"):
                await run([name], ENV, Path("/"), 5.0, str, answers=[("x", "y")])

    run_loop(main)


@posix
def test_all_of_a_large_output_is_taken_in() -> None:
    found = asking("input('Go: '); print('x' * 300_000)", ("go", ""))
    assert found.stdout.count("x") == 300_000
