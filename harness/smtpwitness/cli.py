"""The command `smtpwitness`.

Exit status: 0 nothing failed, 1 something failed (with --strict: or warned), 2 the command line, a client or a
scenario is wrong, 3 the harness failed or nothing was judged, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from . import __version__
from .files import scan, store, suites
from .files.clients import client_from, known_clients
from .files.problems import ScenarioError, nearest
from .files.scenarios import Sources, json_schema, load
from .files.suites import Suite
from .judge.rules import RULE_IDS
from .model.finding import Verdict
from .model.run import CaseResult, Client, Run
from .model.texts import LANGUAGES
from .peers.process import ClientNotStarted
from .report.evidence import write_evidence
from .report.pages import write_reports
from .runner import Plan, judge_again, run_cases, surroundings, workshop
from .screen import Live, printable, rows, summary

PASSED, FAILED, WRONG, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
UNJUDGED = frozenset({Verdict.ERROR, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE})

language_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=lambda: "zh" if os.environ.get("LANG", "").startswith("zh") else "en",
)


def main() -> NoReturn:
    """Run the command. What is wrong with a file or a command line is told in a line each, exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a code page lacks is shown as an escape, and ends nothing
            stream.reconfigure(errors="backslashreplace")
    try:
        status = commands.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        status = end.exit_code
    except click.ClickException as error:
        error.show()
        status = WRONG
    except ScenarioError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        status = WRONG
    except (OSError, store.StoreError) as error:
        click.echo(f"smtpwitness: {error}", err=True)
        status = BROKEN
    except ClientNotStarted as error:
        click.echo(f"smtpwitness: the client cannot be started: {error}", err=True)
        status = WRONG
    except (KeyboardInterrupt, click.Abort):
        click.echo("smtpwitness: ended by Ctrl-C; the finished cases are in run.json", err=True)
        status = INTERRUPTED
    except Exception:  # a fault of ours must not look like a client's
        traceback.print_exc()
        status = BROKEN
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="smtpwitness")
def commands() -> None:
    """Proves what an SMTP client does on the wire.

    Example: smtpwitness run coursework/auth-login-coremail --client rawsmtp --out reports/first
    """


# --- run ----------------------------------------------------------------------------------------------------------


@commands.command()
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@click.option("--client", "clients", multiple=True, required=True, help="A known name, a *.client.yaml or a command.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("reports/latest"), show_default=True
)
@click.option("--jobs", type=click.IntRange(1, 256), default=os.cpu_count() or 1, show_default="cores")
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@language_option
def run(selectors: tuple[str, ...], clients: tuple[str, ...], out: Path, jobs: int, strict: bool, lang: str) -> int:
    """Run clients against scenarios, and write a report.

    SELECTOR is a scenario's id, a glob such as 'auth/*', a file or a folder; none: all that there are.

    \b
    Examples:
      smtpwitness run --client rawsmtp --client curl
      smtpwitness run 'faults/*' --client 'python my_client.py {host} {port} {sender} {recipient}'
    """
    started = datetime.now(UTC)
    chosen = told_apart([client_from(text) for text in clients])
    suite = suites.select(selectors, frozenset(suites.catalogue()), RULE_IDS)
    empty = Run(
        started=started.isoformat(timespec="seconds"),
        duration_ms=0.0,
        environment=surroundings(),
        clients=tuple(chosen),
        cases=(),
        requirements=tuple(suites.catalogue().values()),
        sources=suite.sources.texts,
        finished=False,
    )
    plans = [Plan(scenario, client) for client in chosen for scenario in suite.scenarios]
    passwords: list[str] = []
    try:
        done = _run(plans, empty, out, jobs, passwords)
        write_reports(done, out)
    finally:  # after Ctrl-C, too
        _last_scan(out, passwords)
    summary(done.cases, lang, Console(highlight=False))
    click.echo(f"\n{out / ('index.zh.html' if lang == 'zh' else 'index.html')}")
    return verdict_status(done.cases, strict)


def told_apart(chosen: Sequence[Client]) -> list[Client]:
    """Clients of one name get names of their own: `name`, `name-2`, ..."""
    found: list[Client] = []
    for client in chosen:
        names = (client.name, *(f"{client.name}-{number}" for number in range(2, len(chosen) + 2)))
        taken = {one.name for one in found} | {one.name for one in chosen if one.name != client.name}
        found.append(replace(client, name=next(name for name in names if name not in taken)))
    return found


def _run(plans: Sequence[Plan], empty: Run, out: Path, jobs: int, passwords: list[str]) -> Run:
    """Run *plans* and keep the journal; however it ends, the finished cases are in `run.json`.

    The passwords that were made up are in *passwords* then.
    """
    keys = [(plan.scenario.place.file, plan.scenario.name, plan.client.name) for plan in plans]
    done: dict[tuple[str, str, str], CaseResult] = {}
    began = time.monotonic()
    used = {covered for plan in plans for covered in plan.scenario.covers}
    catalogue = {one.id: one for one in empty.requirements}

    async def work(finished: Callable[[CaseResult], None]) -> None:
        async with workshop(catalogue, passwords) as shop:
            await run_cases(plans, shop, jobs, finished)

    with store.Journal(out, empty) as journal, Live(len(plans)) as live:

        def finished(case: CaseResult) -> None:
            done[case.place.file, case.name, case.client] = journal.add(case, (time.monotonic() - began) * 1000)
            live.done(case)

        asyncio.run(work(finished))
        cases = tuple(done[key] for key in keys)
        used |= {one.requirement for case in cases for one in case.findings if one.requirement}
        whole = replace(
            empty,
            cases=cases,
            duration_ms=(time.monotonic() - began) * 1000,
            requirements=tuple(one for one in empty.requirements if one.id in used),
            finished=True,
        )
        return journal.finish(whole)


def _last_scan(folder: Path, passwords: Sequence[str]) -> None:
    """Nothing secret may be in what was written: if something is, the run fails closed."""
    found: dict[Path, str] = {}
    for path, form in scan.find_secrets(folder, passwords):
        found.setdefault(path, form)
    for path, form in found.items():
        click.echo(f"smtpwitness: a password stands in {path} ({form.strip()}); the file is removed", err=True)
        path.unlink(missing_ok=True)
    if found:
        raise click.exceptions.Exit(BROKEN)


def verdict_status(cases: Sequence[CaseResult], strict: bool) -> int:
    """The exit status that *cases* come to."""
    verdicts = {case.verdict for case in cases}
    if Verdict.FAIL in verdicts or (strict and Verdict.WARN in verdicts):
        return FAILED
    return BROKEN if Verdict.ERROR in verdicts or verdicts <= UNJUDGED else PASSED


# --- to look at scenarios -------------------------------------------------------------------------------------------


@commands.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@language_option
def list_(selectors: tuple[str, ...], lang: str) -> int:
    """List scenarios, a line for each variant.

    Example: smtpwitness list 'tls/*'
    """
    found = _select(selectors).scenarios
    rows(((one.name, one.title[lang]) for one in found), Console(highlight=False))
    return PASSED


@commands.command()
@click.argument("selector")
def show(selector: str) -> int:
    """Print a scenario as it is written, and the requirements that it covers.

    Example: smtpwitness show core/happy
    """
    suite = _select((selector,))
    catalogue = suites.catalogue()
    for path in dict.fromkeys(one.place.file for one in suite.scenarios):
        click.echo(suite.sources.texts[path])
    for covered in dict.fromkeys(covered for one in suite.scenarios for covered in one.covers):
        one = catalogue[covered]
        click.echo(f"{one.id}  {one.level} ({one.reference}): {one.text}")
    return PASSED


@commands.command()
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
def lint(selectors: tuple[str, ...]) -> int:
    """Check scenarios: every mistake with file, line and column.

    Example: smtpwitness lint my.smtp.yaml
    """
    suite = _select(selectors)
    files = len({one.place.file for one in suite.scenarios})
    click.echo(f"{files} scenarios, {len(suite.scenarios)} with their variants: no mistakes")
    return PASSED


@commands.command()
@click.option("--check", type=click.Path(dir_okay=False, path_type=Path), help="Fail if FILE is not the schema.")
def schema(check: Path | None) -> int:
    """Print the JSON Schema of a scenario file, for editors.

    Example: smtpwitness schema > scenario.schema.json
    """
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if check is None:
        click.echo(text, nl=False)
        return PASSED
    if check.is_file() and check.read_text(encoding="utf-8") == text:
        return PASSED
    raise click.ClickException(f"{check} is out of date; write it anew: smtpwitness schema > {check}")


@commands.command()
def clients() -> int:
    """List the clients that are known by name.

    Example: smtpwitness clients
    """
    rows(((name, client_from(name).title) for name in known_clients()), Console(highlight=False))
    return PASSED


@commands.command()
@click.argument("pattern", default="*")
def requirements(pattern: str) -> int:
    """List the requirements on SMTP clients whose id or topic fits PATTERN.

    Example: smtpwitness requirements 'RFC3207-*'
    """
    found = suites.matching(suites.catalogue().values(), pattern)
    rows(((one.id, one.level, one.text) for one in found), Console(highlight=False))
    if not found:
        near = nearest(pattern, {word for one in suites.catalogue().values() for word in (one.id, one.topic)})
        raise click.ClickException(f"there is no requirement {pattern!r}{near}")
    return PASSED


def _select(selectors: tuple[str, ...]) -> Suite:
    return suites.select(selectors, frozenset(suites.catalogue()), RULE_IDS)


# --- what a stored run holds ----------------------------------------------------------------------------------------

run_json = click.argument("path", metavar="RUN", type=click.Path(exists=True, path_type=Path))


@commands.command()
@run_json
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@language_option
def judge(path: Path, strict: bool, lang: str) -> int:
    """Judge a stored run again, from its transcripts, and tell where a verdict changes.

    RUN is a folder with run.json, or that file. Example: smtpwitness judge reports/first/run.json
    """
    stored = store.read(path)
    again = rejudged(stored)
    changed = [pair for pair in zip(stored.cases, again, strict=True) if _essence(pair[0]) != _essence(pair[1])]
    for before, after in changed:
        was, now = (f"{one.exchange}/{one.closing} {one.root_cause or ''}".strip() for one in (before, after))
        click.echo(f"{printable(after.name)}  {after.client}: was {was}, is {now}")
    summary(again, lang, Console(highlight=False))
    click.echo(f"{len(changed)} of {len(again)} cases changed")
    return verdict_status(again, strict)


def _essence(case: CaseResult) -> tuple[Any, ...]:
    return case.exchange, case.closing, case.fate, case.root_cause, case.findings, case.steps


def rejudged(stored: Run) -> list[CaseResult]:
    """The cases of a stored run judged by this version's rules, from the scenario texts stored with them."""
    catalogue = suites.catalogue()
    sources = Sources.of(stored.sources)
    scenarios = {
        (one.place.file, one.variant): one
        for path in stored.sources
        if path.endswith(suites.SUFFIX)
        for one in load(sources, path, frozenset(catalogue), RULE_IDS)
    }
    clients_: dict[str, Client] = {one.name: one for one in stored.clients}
    return [
        judge_again(case, scenarios[case.place.file, case.variant], clients_[case.client], catalogue)
        for case in stored.cases
    ]


@commands.command()
@run_json
def report(path: Path) -> int:
    """Write the report of a stored run again, beside its run.json.

    Example: smtpwitness report reports/first
    """
    folder = path if path.is_dir() else path.parent
    write_reports(store.read(path), folder)
    click.echo(folder / "index.html")
    return PASSED


@commands.command()
@run_json
@click.argument("case", default="coursework/auth-login-coremail")
def evidence(path: Path, case: str) -> int:
    """Write the page that a student hands in: what was said, what was shown, what arrived.

    CASE is the name of a case of the run. Example: smtpwitness evidence reports/first
    """
    stored = store.read(path)
    found = next((one for one in stored.cases if case in (one.name, one.scenario)), None)
    if found is None:
        near = nearest(case, [one.name for one in stored.cases])
        raise click.ClickException(f"the run has no case {case!r}{near}")
    folder = path if path.is_dir() else path.parent
    write_evidence(stored, found, folder)
    click.echo(folder / "evidence.html")
    return PASSED
