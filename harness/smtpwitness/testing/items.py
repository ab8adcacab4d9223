"""A scenario file as a collector, and each of its cases as a test."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from ..files.bundled import scenarios_root
from ..files.hints import passwords_in
from ..files.problems import ScenarioError
from ..model.finding import Verdict
from ..model.run import CaseResult, Client
from ..model.scenario import Scenario
from ..peers.process import ClientNotStarted
from ..runner import Plan, run_case
from .backstage import Backstage
from .outcome import Told, conclude, keep, withheld
from .settings import Settings, settings_of

NO_CLIENT = (
    "no client under test: give --smtp-client, or the ini key smtp_client, a known name (rawsmtp, smtplib, curl), a "
    "*.client.yaml or a command line with placeholders"
)


class ScenarioFile(pytest.File):
    """A `*.smtp.yaml` file: a test for each client and variant."""

    @classmethod
    def at(cls, parent: pytest.Collector, path: Path) -> Self:
        """The collector of *path*. A file from elsewhere is called by its way from the root: `--lf` looks there."""
        root = parent.config.rootpath
        nodeid = None if path.is_relative_to(root) else os.path.relpath(path, root).replace(os.sep, "/")
        return cls.from_parent(parent, path=path, nodeid=nodeid)

    def collect(self) -> Iterator[ScenarioItem]:
        settings = settings_of(self.config)
        if not settings.clients:
            raise self.CollectError(NO_CLIENT)
        try:
            scenarios = settings.load(_name(self.path))
        except ScenarioError as error:
            told = "\n".join(map(str, error.problems))
            raise self.CollectError(told.replace(f"{self.config.invocation_params.dir}{os.sep}", "")) from error
        for client in settings.clients:
            for scenario in scenarios:
                name = test_id(scenario, client)
                # As text: a name alone is taken for a function's by pytest 9.2, and its bracket is lost to `--lf`.
                nodeid = f"{self.nodeid}::{name}"
                yield ScenarioItem.from_parent(
                    self, name=name, nodeid=nodeid, scenario=scenario, client=client, settings=settings
                )


def shipped_items(session: pytest.Session, files: Iterable[Path], there: Collection[Path]) -> Iterator[pytest.Item]:
    """The cases of *files*, collected as pytest does it, so that they are counted and what is wrong is reported.

    Those of files that are *there* already are left out.
    """
    for file in files:
        if file not in there:
            collector = ScenarioFile.at(session, file)
            hooks = collector.ihook
            hooks.pytest_collectstart(collector=collector)
            report: pytest.CollectReport = hooks.pytest_make_collect_report(collector=collector)
            hooks.pytest_collectreport(report=report)
            for item in report.result or ():
                assert isinstance(item, pytest.Item), "a scenario file holds nothing else"
                hooks.pytest_itemcollected(item=item)
                yield item


def _name(path: Path) -> str:
    """The name that `Sources` reads *path* by: a shipped scenario by its path there."""
    root = scenarios_root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def test_id(scenario: Scenario, client: Client) -> str:
    """`suite/name[variant-client-server]`, in US-ASCII without anything that a report or a shell would act on."""
    words = (*scenario.variant, client.name, scenario.server.name)
    return f"{_plain(scenario.id)}[{'-'.join(map(_plain, words))}]"


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ./,=@+_-]", lambda match: _escaped(match[0]), word)


def _escaped(char: str) -> str:
    r"""As pytest writes it in ids: `\xNN`, `\uNNNN`."""
    return char.encode("unicode_escape").decode() if ord(char) > 126 else f"\\x{ord(char):02x}"


class ScenarioItem(pytest.Item):
    """One case. The exchange is had in `setup`, where what the harness does wrong is an error, and judged after it."""

    def __init__(self, *, scenario: Scenario, client: Client, settings: Settings, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._plan, self._settings = Plan(scenario, client), settings
        self._case: CaseResult | None = None
        levels = {settings.requirements[one].level for one in scenario.covers}
        self.add_marker("smtp")
        self.add_marker(pytest.mark.smtp_suite(name=scenario.suite))
        for level in sorted(levels):
            self.add_marker(pytest.mark.smtp_level(name=level))
        for covered in scenario.covers:
            self.add_marker(pytest.mark.smtp_requirement(id=covered))
        self.extra_keyword_matches.update(scenario.covers, levels)

    def setup(self) -> None:
        """Run the client."""
        settings, plan = self._settings, self._plan
        with Backstage(settings.requirements, settings.profile, settings.honest) as stage:
            try:
                plan = self._plan = replace(plan, client=stage.call(settings.know(plan.client)))
                stage.shop.own = settings.own
                stage.shop.printed = {plan.client.name: passwords_in(plan.client)}
                case = stage.call(run_case(plan, stage.shop))
            except ClientNotStarted as error:
                raise Told(f"the client cannot be started: {error}") from None
            case = withheld(case, stage.shop.passwords)
        keep(self, case, plan.client, settings)
        if case.verdict is Verdict.ERROR:
            raise Told(f"the harness failed, not the client: {case.reason}")
        self._case = case

    def runtest(self) -> None:
        assert self._case is not None, "set up"
        conclude(self._case, self._plan.client, self._settings)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._plan.scenario.place.line - 1, self.name
