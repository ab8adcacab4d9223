"""What the options and ini keys say, and what all cases of a session share in one process."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ..files import suites
from ..files.bundled import scenarios_root
from ..files.clients import clients_from
from ..files.hints import looked_at
from ..files.known import read_known
from ..files.problems import ScenarioError, nearest
from ..files.scenarios import Sources, load
from ..judge.gate import excuses, gated, known_of, unseen
from ..judge.rules import RULE_IDS
from ..learning import learned
from ..ledger import Gated
from ..model.finding import Verdict
from ..model.gate import Known
from ..model.profile import PROFILES, SUBMISSION, Profile
from ..model.requirement import Requirement
from ..model.run import CaseResult, Client
from ..model.scenario import Place, Scenario
from ..report.plain import explained


@dataclass(slots=True)
class Settings:
    """Made by `settings_of`, once for each process."""

    clients: tuple[Client, ...]
    known: tuple[Known, ...]
    strict: bool
    profile: Profile
    language: str
    report: Path | None
    requirements: dict[str, Requirement]
    sources: Sources
    honest: dict[str, bool] = field(default_factory=dict)
    taught: dict[str, Client] = field(default_factory=dict)  # clients that showed a job of their own, by name
    own: dict[str, str] = field(default_factory=dict)  # and their own passwords
    sent: set[str] = field(default_factory=set)  # files whose texts have been sent with a report

    def load(self, path: str) -> tuple[Scenario, ...]:
        """The scenarios of a file, one for each variant. Raises `ScenarioError`."""
        return load(self.sources, path, frozenset(self.requirements), RULE_IDS)

    def select(self, selector: str) -> tuple[Scenario, ...]:
        """The scenarios that *selector* names. Raises `ScenarioError`."""
        return suites.select((selector,), frozenset(self.requirements), RULE_IDS, self.sources).scenarios

    async def know(self, client: Client) -> Client:
        """*client*; if its job is its own, with what it showed of it, once in a session. See `learning`."""
        if client.learn and client.name not in self.taught:
            (plain,) = self.select("core/happy")
            (shown,), own = await learned([client], plain, self.requirements, [])
            self.taught[client.name] = shown
            self.own |= own
        return self.taught.get(client.name, client)

    def explained(self, case: CaseResult) -> str:
        """What there is to say about *case*."""
        return from_here(explained(case, self.requirements, self.language))

    def excuses(self, case: CaseResult, client: Client) -> tuple[Known, ...]:
        """The known deviations that answer for all that would fail *case*."""
        return excuses(case, known_of(client, self.known), self.strict)

    def unexpected(self, case: CaseResult, client: Client) -> tuple[Known, ...]:
        """The known deviations that *case* was expected to show, and did not."""
        return tuple(one.known for one in unseen(client.name, (case,), known_of(client, self.known)))

    def fails(self, case: CaseResult) -> bool:
        return case.verdict is Verdict.FAIL or (self.strict and case.verdict is Verdict.WARN)

    @property
    def gate(self) -> Gated:
        return lambda run: gated(run, self.known, strict=self.strict)


def from_here(text: str) -> str:
    """*text* with its files named from the working folder."""
    return text.replace(f"{Path.cwd()}{os.sep}", "")


SETTINGS = pytest.StashKey[Settings]()


def settings_of(config: pytest.Config) -> Settings:
    """The settings of this process. Raises `pytest.UsageError` where an option or key cannot be used."""
    found = config.stash.get(SETTINGS, None)
    if found is None:
        found = config.stash[SETTINGS] = _read(config)
    return found


def _read(config: pytest.Config) -> Settings:
    try:
        clients = _clients(config)
        known = tuple(one for path in _paths(config, "smtp_known") for one in read_known(path))
    except ScenarioError as error:
        raise pytest.UsageError("\n".join(map(str, error.problems))) from error
    language = config.getoption("smtp_lang") or config.getini("smtp_lang") or "en"
    if language not in ("en", "zh"):
        raise pytest.UsageError(f"smtp_lang is {language!r}: it is en or zh")
    profile = str(config.getoption("smtp_profile") or config.getini("smtp_profile") or SUBMISSION.name)
    if profile not in PROFILES:
        raise pytest.UsageError(f"there is no profile {profile!r}{nearest(profile, PROFILES)}: {', '.join(PROFILES)}")
    reports = _paths(config, "smtp_report")
    return Settings(
        clients=clients,
        known=known,
        strict=bool(_given(config, "smtp_strict")),
        profile=PROFILES[profile],
        language=language,
        report=reports[0] if reports else None,
        requirements=suites.catalogue(),
        sources=Sources(scenarios_root()),
    )


def _given(config: pytest.Config, name: str) -> object:
    """What the command line says, else what the ini file does."""
    option = config.getoption(name)
    return config.getini(name) if option is None else option


def _listed(config: pytest.Config, name: str) -> tuple[list[str], Path]:
    """The words of an option or key, and the folder that relative paths in them start from."""
    option = config.getoption(name)
    if option is None:
        value = config.getini(name)
        return [value] if isinstance(value, str) and value else list(value), _home(config)
    return [option] if isinstance(option, str) else list(option), config.invocation_params.dir


def _home(config: pytest.Config) -> Path:
    """The folder of the ini file."""
    return config.inipath.parent if config.inipath else config.rootpath


def _paths(config: pytest.Config, name: str) -> list[Path]:
    words, folder = _listed(config, name)
    return [folder / word for word in words]


def _clients(config: pytest.Config) -> tuple[Client, ...]:
    """A client file, and what a command line names, is looked for where it was written: that is where it is started."""
    words, folder = _listed(config, "smtp_client")
    there = [str(folder / word) if word.endswith((".yaml", ".yml")) and "{" not in word else word for word in words]
    place = Place(str(folder / "pytest"), 1, 1)
    return tuple(looked_at(replace(client, place=client.place or place)) for client in clients_from(there))


def shipped_files(config: pytest.Config) -> list[Path]:
    """The files of the shipped scenarios that are asked for. Raises `pytest.UsageError` for one that is not there."""
    words, _ = _listed(config, "smtp_scenarios")
    try:
        found = suites.select(words, frozenset(suites.catalogue()), RULE_IDS).scenarios
    except ScenarioError as error:
        raise pytest.UsageError("\n".join(problem.message for problem in error.problems)) from error
    root = scenarios_root()
    return list(dict.fromkeys(root / scenario.place.file for scenario in found))
