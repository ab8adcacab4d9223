"""Options that several commands have."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import reduce, wraps
from pathlib import Path
from typing import Any

import click

from .files import answers, store
from .files.known import read_known
from .judge.gate import gated
from .model.gate import FailOn
from .model.profile import PROFILES, SUBMISSION
from .model.run import Client, Run, Stress
from .model.texts import LANGUAGES
from .peers.prompts import NO_TERMINAL

language_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=lambda: "zh" if os.environ.get("LANG", "").startswith("zh") else "en",
)

out_option = click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("reports/latest"), show_default=True
)


def _pairs(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    try:
        pairs = tuple(map(answers.answer_option, given))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if pairs and sys.platform == "win32":
        raise click.UsageError(NO_TERMINAL)
    return pairs


answer_option = click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="PATTERN=TEXT",
    callback=_pairs,
    help="Type TEXT when the command prompts with PATTERN, on a terminal of its own; {password} and so on are filled.",
)

to_option = click.option(
    "--to",
    multiple=True,
    metavar="ADDRESS",
    help="Whom a remote relay may send to (repeatable): nobody else, in place of those in its file.",
)

profile_option = click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default=SUBMISSION.name,
    show_default=True,
    help="What kind of client it is: which requirements apply, and how hard.",
)

STRESS = (
    click.option(
        "--stress",
        "times",
        type=click.IntRange(1, 100),
        is_flag=False,
        flag_value=4,
        metavar="[N]",
        help="Run each case N times more (4 if no number is given), its replies cut, dripped, joined or a little late.",
    ),
    click.option("--seed", type=click.IntRange(0), help="What --stress draws from: the same seed repeats a run."),
)


def stress_options(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command the options of metamorphic runs, as one argument `stress`; a seed is made up if none is given."""

    @wraps(command)
    def with_stress(*args: Any, times: int | None, seed: int | None, **more: Any) -> int:
        if seed is not None and times is None:
            raise click.UsageError("--seed goes with --stress")
        seed = secrets.randbelow(1_000_000) if seed is None else seed
        return command(*args, stress=None if times is None else Stress(times, seed), **more)

    return reduce(lambda made, option: option(made), reversed(STRESS), with_stress)


GATE = (
    click.option("--strict", is_flag=True, help="A warning fails, too."),
    click.option(
        "--known",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file of known deviations; they fail no more.",
    ),
    click.option(
        "--baseline",
        type=click.Path(exists=True, path_type=Path),
        help="An earlier run, to tell what is better and what is worse.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice([one.value for one in FailOn]),
        default=FailOn.FAILURES.value,
        show_default=True,
        help="regressions: only what is worse than the baseline.",
    ),
)


class Gate:
    """What the gate's options say: given a run, works out what stops the build."""

    def __init__(self, strict: bool, known: Sequence[Path], baseline: Path | None, fail_on: str) -> None:
        self._strict, self._fail_on = strict, FailOn(fail_on)
        if baseline is None and self._fail_on is FailOn.REGRESSIONS:
            raise click.UsageError("--fail-on regressions needs a --baseline to compare with")
        self._known = tuple(one for path in known for one in read_known(path))
        self._before = None if baseline is None else _baseline(baseline)

    def __call__(self, run: Run) -> Run:
        return gated(run, self._known, self._before, strict=self._strict, fail_on=self._fail_on)

    def only(self, scenarios: Collection[str]) -> None:
        """No more than these were asked for: what else the baseline has is not gone."""
        if self._before is not None:
            cases = tuple(case for case in self._before.cases if case.scenario in scenarios)
            self._before = replace(self._before, cases=cases)

    def must_know(self, clients: Sequence[Client]) -> None:
        """A client that the baseline does not have could not get worse: refuse to call that a pass."""
        if self._before is None or self._fail_on is not FailOn.REGRESSIONS:
            return
        there = {case.client for case in self._before.cases}
        for client in clients:
            if client.name not in there:
                names = ", ".join(sorted(there))
                raise click.UsageError(
                    f"the baseline has no case of the client {client.name}; it has {names or 'none'}"
                )


def _baseline(path: Path) -> Run:
    try:
        return store.read(path)
    except (OSError, store.StoreError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--baseline") from error


def gate_options(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command the options of the gate, as one argument `gate`."""

    @wraps(command)
    def with_gate(
        *args: Any, strict: bool, known: Sequence[Path], baseline: Path | None, fail_on: str, **more: Any
    ) -> int:
        return command(*args, gate=Gate(strict, known, baseline, fail_on), **more)

    return reduce(lambda made, option: option(made), reversed(GATE), with_gate)
