from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
import sample_run

from smtpwitness.model.run import Client, Stress
from smtpwitness.model.scenario import Place
from smtpwitness.report.commands import NAMED, filled, to_repeat, to_repeat_case

KNOWN = Client("rawsmtp", ("rawsmtp",), place=Place("x/client/known/rawsmtp.client.yaml", 1, 1))
FILE = Client("mine", ("mine",), place=Place("my folder/mine.client.yaml", 1, 1))
ARGV = Client("student", ("python", "my client.py", "{host}", "{port}", "{password}", "{sender}", "{other}"))


def test_a_case_is_run_again_by_name_file_or_command() -> None:
    run = replace(sample_run.run_of([]), clients=(KNOWN, FILE, ARGV))
    for client, said in (
        ("rawsmtp", "rawsmtp"),
        ("mine", "my folder/mine.client.yaml"),
        ("student", "python 'my client.py' {host} {port} {password} {sender} {other}"),
        ("lost", "lost"),
    ):
        case = replace(sample_run.assignment(), client=client, variant=("two words",))
        words = shlex.split(to_repeat_case(run, case))
        assert words == ["smtpwitness", "run", case.name, "--client", said]


@pytest.mark.parametrize("file", ["./mine.smtp.yaml", "/home/of/mine.smtp.yaml", "C:/mine.smtp.yaml"])
def test_a_scenario_of_ones_own_is_named_by_its_file(file: str) -> None:
    made = replace(sample_run.assignment(), scenario="here/mine", place=Place(file, 1, 1))
    cases = [replace(made, variant=("a", "b")), made]
    run = replace(sample_run.run_of(cases), clients=(KNOWN,))
    assert shlex.split(to_repeat_case(run, cases[0]))[2] == f"{file}[a,b]"
    assert shlex.split(to_repeat(run))[2] == file
    many = replace(
        run, cases=tuple(replace(made, scenario=f"core/{n}", place=Place("core/x", 1, 1)) for n in range(NAMED))
    )
    assert shlex.split(to_repeat(replace(many, cases=(*many.cases, made))))[2:4] == sorted([file, "core/*"])


def test_a_case_on_a_relay_is_run_again_on_it() -> None:
    case = replace(sample_run.assignment(), relay="exim")
    run = replace(sample_run.run_of([sample_run.assignment(), case]), clients=(KNOWN,))
    assert to_repeat_case(run, case) == f"smtpwitness run {case.name} --client rawsmtp --relay exim"
    assert to_repeat(run) == to_repeat_case(run, case)


def test_a_run_is_repeated_with_its_profile_and_its_stress() -> None:
    cases = [replace(sample_run.assignment(), scenario=f"core/{number}") for number in range(NAMED)]
    run = replace(sample_run.run_of(cases), profile="relay", stress=Stress(3, 9), clients=(KNOWN,))
    assert to_repeat(run).startswith("smtpwitness run core/0 core/1 ")
    assert to_repeat(run).endswith(" --client rawsmtp --profile relay --stress 3 --seed 9")
    more = replace(run, cases=(*run.cases, replace(cases[0], scenario="tls/x")))
    assert to_repeat(more).startswith("smtpwitness run 'core/*' 'tls/*' --client rawsmtp ")


def test_the_command_is_filled_from_the_job_and_the_password_is_not_told() -> None:
    case = replace(sample_run.assignment(), client="student")
    run = replace(sample_run.run_of([case]), clients=(ARGV,))
    job = case.job
    assert shlex.split(filled(run, case)) == [
        *("python", "my client.py", job.host, str(job.port), "********", job.messages[0].sender, "{other}")
    ]
    bare = replace(case, job=replace(job, messages=()))
    assert "{sender}" in filled(run, bare)
