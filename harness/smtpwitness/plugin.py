"""The plug-in for pytest: every case of a `*.smtp.yaml` file is a test, and two fixtures for tests of one's own.

It is loaded whenever pytest starts, so nothing is imported here but what pytest has imported already. All the rest
stands in `testing`, and is imported when the first scenario is collected or the first fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing.fixtures import OpenScenario, OpenServer
    from .testing.results import Results

SUFFIX = ".smtp.yaml"
ROWS = pytest.StashKey[list[dict[str, Any]]]()
"""The cases of a test that no report has taken along yet (`testing.outcome.keep` says what is in them)."""

SHIPPED = pytest.StashKey[list[Path]]()

TOLD = ("verdict", "rule", "requirement", "client", "server")
"""What is told of a case as properties of its test, for `--junitxml` and others."""

UNJUDGED = ("inconclusive", "unsupported", "not-applicable")
COLUMNS = ("verdict", "requirement", "client")

MARKERS = (
    "smtp: a case of an SMTP scenario",
    "smtp_suite(name): the suite of the scenario; select with -m \"smtp_suite(name='faults')\"",
    "smtp_level(name): a level of the requirements it covers: -m \"smtp_level(name='MUST NOT')\"",
    "smtp_requirement(id): a requirement that it covers: -m \"smtp_requirement(id='RFC5321-4.5.2-a')\"",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, and the same as ini keys: what stands in the file holds where the command line says nothing."""
    group = parser.getgroup("smtpwitness", "SMTP clients against scenarios (smtpwitness)")
    group.addoption(
        "--smtp-client",
        action="append",
        metavar="CLIENT",
        help="client under test: a known name, a *.client.yaml or a quoted command line; again for another",
    )
    group.addoption(
        "--smtp-scenarios",
        action="append",
        metavar="SELECTOR",
        help="run shipped scenarios, too: an id or a glob, such as 'faults/*'; again for more",
    )
    group.addoption(
        "--smtp-profile", metavar="P", help="what kind of client it is: submission, library, coursework, ..."
    )
    group.addoption("--smtp-strict", action="store_true", default=None, help="a warning fails, too")
    group.addoption("--smtp-known", action="append", metavar="FILE", help="a file of known deviations; again for more")
    group.addoption("--smtp-report", metavar="DIR", help="write run.json and the HTML report of all cases there")
    group.addoption("--smtp-lang", choices=("en", "zh"), help="language of the explanations")
    parser.addini("smtp_client", "clients under test, one a line (--smtp-client)", "linelist")
    parser.addini("smtp_scenarios", "shipped scenarios to run, one a line (--smtp-scenarios)", "linelist")
    parser.addini("smtp_profile", "what kind of client it is (--smtp-profile)", "string")
    parser.addini("smtp_strict", "a warning fails, too (--smtp-strict)", "bool")
    parser.addini("smtp_known", "files of known deviations, one a line (--smtp-known)", "linelist")
    parser.addini("smtp_report", "folder for the report (--smtp-report)", "string")
    parser.addini("smtp_lang", "language of the explanations (--smtp-lang)", "string")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporting(config), "smtpwitness-reporting")
    # As with `testpaths`, the ini key holds where no path is given: who asks for one test does not get all of these.
    by_path = config.args_source is pytest.Config.ArgsSource.ARGS
    if config.getoption("smtp_scenarios") or (config.getini("smtp_scenarios") and not by_path):
        from .testing.settings import shipped_files

        config.stash[SHIPPED] = shipped_files(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the cases of shipped scenarios that are asked for. Where they lie, pytest would not look for tests."""
    if SHIPPED in config.stash:
        from .testing.items import shipped_items

        files = config.stash[SHIPPED]
        items += shipped_items(session, files, {item.path for item in items})


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith(SUFFIX):
        return None
    from .testing.items import ScenarioFile

    return ScenarioFile.at(parent, file_path)


@pytest.fixture
def smtp_scenario(request: pytest.FixtureRequest) -> OpenScenario:
    """Plays a scenario for a client in this process, and fails the test with a reason where that broke a rule.

    `with smtp_scenario("faults/rcpt-mixed") as server:` (or `async with`) gives `host`, `port`, `username`,
    `password`, `sender`, `recipients`, `message`, `ca_file`, `ssl_context` and more. The client is held to what the
    test read of these, and to nothing else. `server.report(...)` says what the client told its user.
    """
    from .testing.fixtures import OpenScenario

    return OpenScenario(request)


@pytest.fixture
def smtp_server(request: pytest.FixtureRequest) -> OpenServer:
    """A mail server with the manners of a persona, which takes every message and judges nothing.

    `with smtp_server(persona="coremail") as server:` gives `host`, `port`, `username`, `password` and so on, and
    `server.messages` that it has taken.
    """
    from .testing.fixtures import OpenServer

    return OpenServer(request)


# --- results: cases travel with the reports of their tests, from a worker to the process that writes ---------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and hasattr(call.excinfo.value, "in_its_own_words"):
        report.longrepr = str(call.excinfo.value)
    rows = item.stash.get(ROWS, None)
    if rows and not (report.when == "setup" and report.passed):
        report.smtp = rows.copy()  # type: ignore[attr-defined]
        rows.clear()
        if item.get_closest_marker("smtp") is not None:
            _as_a_case(report, item)
    return report


def _as_a_case(report: pytest.TestReport, item: pytest.Item) -> None:
    """The report of a test that is one case and nothing else."""
    row = report.smtp[0]
    properties = [(name, row[name]) for name in TOLD if row[name]]
    item.user_properties += properties  # for the reports of later phases
    report.user_properties += properties
    if report.skipped and hasattr(report, "wasxfail"):
        report.longrepr = row["told"]
    elif report.skipped and isinstance(report.longrepr, tuple):  # the scenario was skipped, not a line of our source
        path, line, _ = item.reportinfo()
        report.longrepr = (str(path), (line or 0) + 1, report.longrepr[2])
    if report.passed and row["unexpected"]:
        report.wasxfail = f"reason: a known deviation did not show: {'; '.join(row['unexpected'])}"


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Cases that could not be judged are counted apart from tests that are skipped."""
    rows: Any = getattr(report, "smtp", ())
    if len(rows) == 1 and report.skipped and rows[0]["verdict"] in UNJUDGED:
        verdict = rows[0]["verdict"]
        return verdict, verdict[0], verdict.upper()
    return None


class Reporting:
    """The hooks of the process that reports; not of workers. Does nothing until a case has come."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._results: Results | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "smtp"):
            if self._results is None:
                from .testing.results import Results

                self._results = Results(self._config)
            self._results.take(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._results is not None:
            by_itself = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
            self._results.finish(session, whole=by_itself and not (session.shouldfail or session.shouldstop))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._results is not None:
            self._results.summarize(terminalreporter)

    # The ledger of pytest-html is made before anything is collected: it has our columns where a client is named.

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        if self._has_columns():
            cells[2:2] = (
                f'<th class="sortable" data-column-type="{name}">{name.capitalize()}</th>' for name in COLUMNS
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        if self._has_columns() and cells:
            empty = [f'<td class="col-{name}"></td>' for name in COLUMNS]
            cells[2:2] = self._results.cells(report) if self._results else empty

    def _has_columns(self) -> bool:
        return bool(self._config.getoption("smtp_client") or self._config.getini("smtp_client"))
