"""What a client shows of its own job, however many of its runs go on at a time."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from real_runs import catalogue, scenario

from smtpwitness import learning
from smtpwitness.files.clients import client_from
from smtpwitness.learning import easy, learned
from smtpwitness.model.run import Client, Learned

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are written for a terminal of Unix")
HERE = Path(__file__).parent / "student_clients"
LITERAL, LIBRARY = (
    client_from(f"{sys.executable} {HERE / name} {{host}} {{port}}") for name in ("literal.py", "library.py")
)


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs there were at a time, whenever one began."""
    run_cases, running, seen = learning.run_cases, 0, []

    async def counted(*given: Any) -> None:
        nonlocal running
        running += 1
        seen.append(running)
        await run_cases(*given)
        running -= 1

    monkeypatch.setattr(learning, "run_cases", counted)
    return seen


def learn(jobs: int, *clients: Client) -> tuple[list[Client], dict[str, str]]:
    return asyncio.run(learned(clients, scenario("core/happy"), catalogue(), [], jobs))


@pytest.mark.parametrize("jobs", [1, 3])
def test_as_much_is_learned_with_one_run_at_a_time_as_with_three(jobs: int, most: list[int]) -> None:
    (literal, library), own = learn(jobs, LITERAL, LIBRARY)
    assert max(most) == jobs
    assert set(own.values()) == {"my-own-word-7"}
    assert isinstance(literal.learned, Learned)
    assert (literal.learned.mechanisms, literal.learned.insists_on) == (("login",), ("auth",))
    assert (literal.learned.sender, literal.learned.username) == ("zhang@edu.test", "zhang@edu.test")
    assert isinstance(library.learned, Learned)
    assert (library.learned.mechanisms, library.learned.insists_on) == (("cram-md5", "login", "plain"), ("auth",))


def test_one_that_is_told_its_job_is_not_run(most: list[int]) -> None:
    told = client_from(f"{sys.executable} {HERE / 'literal.py'} {{host}} {{port}} {{recipient}}")
    assert learn(2, told) == ([told], {})
    assert most == []


def test_one_that_cannot_be_started_is_left_to_the_run() -> None:
    absent = client_from("no-such-program {host} {port}")
    assert learn(2, absent) == ([absent], {})


def test_nobody_waits_for_the_easy_server() -> None:
    """Its replies are not held back: nothing is judged there, and a client is run up to six times."""
    server = easy(scenario("core/happy")).server
    assert (server.greeting_delay, server.reply_delay) == (0.0, 0.0)
