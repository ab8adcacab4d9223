"""The command `smtpwitness`.

Exit status: 0 nothing failed, 1 something failed (with --strict: or warned), 2 the command line, a client or a
scenario is wrong, 3 the harness failed or nothing was judged, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from . import __version__, github, listing, remoting, serving, sessions
from .files import scan, store, suites
from .files.anonymous import Machine, without_machine
from .files.answers import recorded
from .files.clients import clients_from, known_clients, placeholders, read_origin
from .files.hints import looked_at, passwords_in, with_interpreter
from .files.problems import ScenarioError, nearest
from .files.recording import NotRecorded
from .files.relays import Relay, known_relays
from .files.remotes import Remote, chosen, file_of, known_remotes
from .files.scenarios import Sources, json_schema, load
from .files.shards import ShardsError, joined
from .files.student import read_student
from .files.suites import Suite
from .judge.gate import gated
from .judge.rules import RULE_IDS
from .learning import learned
from .ledger import Ledger, key_of_plan
from .model.finding import Verdict
from .model.profile import PROFILES, SUBMISSION, Profile
from .model.requirement import LEVELS
from .model.run import CaseResult, Client, Run, Stress
from .model.scenario import Scenario
from .model.student import Student
from .narrator import Screen
from .options import (
    Gate,
    answer_option,
    gate_options,
    language_option,
    out_option,
    profile_option,
    stress_options,
    to_option,
)
from .peers import packages
from .peers.process import ClientNotStarted
from .peers.redirect import NotRedirected
from .peers.versions import versions, with_versions
from .printing import print_page
from .relaying import keep_logs
from .report.evidence import manifest, write_evidence
from .report.pages import write_comparison, write_reports, write_single
from .runner import Plan, judge_again, run_cases, workshop
from .screen import Live, printable, rows, summary

PASSED, FAILED, WRONG, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
UNJUDGED = frozenset({Verdict.ERROR, Verdict.UNSUPPORTED, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE})


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
    except NotRedirected as error:
        click.echo(f"smtpwitness: {error}", err=True)
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
@click.option("--relay", "relays", multiple=True, help="A real relay to run them on, too (smtpwitness relays).")
@to_option
@click.option("--dry-run", is_flag=True, help="Show what would be sent to the remote relays, and send nothing.")
@answer_option
@click.option("--python", metavar="PATH", help="The interpreter for clients whose command begins with python.")
@out_option
@click.option("--redirect", is_flag=True, help="Whatever server the client names is the harness (Linux).")
@click.option("--jobs", type=click.IntRange(1, 256), default=os.cpu_count() or 1, show_default="cores")
@stress_options
@profile_option
@gate_options
@language_option
def run(
    selectors: tuple[str, ...],
    clients: tuple[str, ...],
    relays: tuple[str, ...],
    to: tuple[str, ...],
    dry_run: bool,
    answers: tuple[tuple[str, str], ...],
    python: str | None,
    out: Path,
    redirect: bool,
    jobs: int,
    stress: Stress | None,
    profile: str,
    gate: Gate,
    lang: str,
) -> int:
    """Run clients against scenarios, and write a report.

    SELECTOR is a scenario's id, a suite, a glob such as 'tls/cert-*', a file or a folder; none: all that there are
    (with a remote relay: those of the coursework).

    \b
    Examples:
      smtpwitness run --client rawsmtp --client curl
      smtpwitness run 'faults/*' --client 'python my_client.py {host} {port} {sender} {recipient}'
      smtpwitness run 'core/*' --client rawsmtp --stress 4 --seed 20
      smtpwitness run --client 'python my_client.py' --answer 'server={host}' --answer 'port={port}'
      smtpwitness run --client my.client.yaml --relay qq --to me@example.org --dry-run
    """
    named = [replace(one, redirect=one.redirect or redirect) for one in clients_from(clients, answers)]
    chosen = [looked_at(one) for one in with_interpreter(named, python)]
    behind = remoting.behind(relays, to, dry=dry_run)
    remote = [one for one in behind if isinstance(one, Remote)]
    if remote and not selectors:
        selectors = (remoting.SUITE,)
        click.echo(f"a remote relay and no SELECTOR: only the scenarios of {remoting.SUITE}")
    suite = _select(selectors)
    gate.must_know(chosen)
    if selectors:
        gate.only({scenario.id for scenario in suite.scenarios})
    for one in chosen if behind else ():
        _no_password_on(one)
    if dry_run:
        for line in (line for one in remote for line in remoting.rehearsed(one, chosen, suite.scenarios)):
            click.echo(printable(line))
        click.echo("this was a dry run: nothing was sent, and nobody was contacted")
        return PASSED
    passwords: list[str] = [secret for one in remote for secret in one.passwords]
    try:
        chosen, own = _learned(with_versions(chosen), passwords, jobs)
        plans = list(_plans(chosen, suite.scenarios, behind, stress))
        with Ledger(out, map(recorded, chosen), suite.sources.texts, PROFILES[profile], stress) as ledger:
            _run(plans, ledger, jobs, PROFILES[profile], passwords, behind, own, out)
            done = ledger.finish(gate, map(key_of_plan, plans))
    finally:  # after Ctrl-C, too
        _last_scan(out, passwords)
    return _conclude(done, out, lang)


def _plans(
    clients: Sequence[Client], scenarios: Sequence[Scenario], behind: Sequence[Relay | Remote], stress: Stress | None
) -> Iterator[Plan]:
    """Each client on the fake, and on each relay."""
    for client in clients:
        yield from (Plan(scenario, client, stress) for scenario in scenarios)
        for relay in behind:
            yield from remoting.plans(client, scenarios, relay)


def _no_password_on(client: Client) -> None:
    if "password" in placeholders(client.argv):
        raise click.UsageError(f"with --relay no {{password}} on a command line, where anybody sees it: {client.name}")


def _learned(chosen: list[Client], passwords: list[str], jobs: int) -> tuple[list[Client], dict[str, str]]:
    """*chosen*, those whose job is their own with what they showed of it; and their own passwords."""
    if not any(one.learn for one in chosen):
        return chosen, {}
    (plain,) = _select(("core/happy",)).scenarios
    return asyncio.run(learned(chosen, plain, suites.catalogue(), passwords, jobs))


def _conclude(done: Run, out: Path, lang: str) -> int:
    """Tell how a run went that stands in *out*; its exit status."""
    summary(done, lang, Console(highlight=False))
    click.echo(f"\n{out / ('index.zh.html' if lang == 'zh' else 'index.html')}")
    click.echo(github.told(done), nl=False)
    return verdict_status(done.cases, bool(done.stopping()))


def _run(
    plans: Sequence[Plan],
    ledger: Ledger,
    jobs: int,
    profile: Profile,
    passwords: list[str],
    relays: Sequence[Relay | Remote],
    own: dict[str, str],
    out: Path,
) -> None:
    """Run *plans*; however it ends, the passwords that were made up are in *passwords* then.

    What a relay logged is kept in *out* if one of its cases came to nothing good.
    """
    bad: dict[str, None] = {}

    async def work(finished: Callable[[CaseResult], None]) -> None:
        scenarios = [plan.scenario for plan in plans]
        clients = {plan.client.name: plan.client for plan in plans}
        printed = {name: passwords_in(one) for name, one in clients.items()}
        async with workshop(suites.catalogue(), passwords, profile, relays, scenarios, own, printed) as shop:
            try:
                await run_cases(plans, shop, jobs, finished)
            finally:
                keep_logs(shop.relays, bad, out)

    with Live(len(plans)) as live:

        def finished(case: CaseResult) -> None:
            if case.relay and case.verdict in (Verdict.FAIL, Verdict.ERROR):
                bad[case.relay] = None
            ledger.add(case)
            live.done(case)

        asyncio.run(work(finished))


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


def verdict_status(cases: Sequence[CaseResult], stopped: bool) -> int:
    """The exit status that *cases* come to; *stopped*: one of them stops the build."""
    verdicts = {case.verdict for case in cases}
    if stopped:
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
    click.echo(f"{files} scenario{'' if files == 1 else 's'}, {len(suite.scenarios)} with their variants: no mistakes")
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
    """List the clients that are known by name: their versions here, or how to install them.

    Example: smtpwitness clients
    """
    origins = [read_origin(path) for path in known_clients().values()]
    told = versions(origins)
    rows(listing.clients(origins, told), Console(highlight=False))
    return PASSED


@commands.command("relays")
@click.option("--fetch", is_flag=True, help="Fetch and unpack what they need; nothing is installed.")
@click.option("--show", is_flag=True, help="Print their files.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def relays_(fetch: bool, show: bool, names: tuple[str, ...]) -> int:
    """List the real relays that scenarios can be run on, and which of them are here in which version.

    \b
    Examples:
      smtpwitness relays --fetch
      smtpwitness relays --show template > my.relay.yaml
      smtpwitness run coursework core --client rawsmtp --relay exim
    """
    if show:
        click.echo("".join(file_of(name).read_text(encoding="utf-8") for name in names), nl=False)
        return PASSED
    status, lines = PASSED, []
    for relay in [chosen(name) for name in names or (*known_relays(), *known_remotes())]:
        if isinstance(relay, Remote):
            lines.append((relay.name, f"{relay.title}: remote, contacted only where --relay {relay.name} names it"))
            continue
        try:
            if fetch:
                packages.fetch(relay)
            here = packages.missing(relay) or f"ready {packages.version(relay)}".strip()
            lines.append((relay.name, f"{relay.title}: {here}"))
        except packages.NotFetched as error:
            lines.append((relay.name, f"{relay.title}: {error}"))
            status = BROKEN
    rows(lines, Console(highlight=False))
    return status


@commands.command()
@click.argument("selector", metavar="[SCENARIO]", default=sessions.EXAMPLE)
@click.option("--client", required=True, help="A known name, a *.client.yaml or a command.")
@click.option("--relay", required=True, help="The real relay to be recorded (smtpwitness relays).")
@to_option
@click.option("--name", help="What scenario and persona are called.", show_default="that of the relay")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("recorded"), show_default=True)
def record(selector: str, client: str, relay: str, to: tuple[str, ...], name: str | None, out: Path) -> int:
    """Record one session of a client with a relay: it becomes a scenario, and a persona for the fake server.

    SCENARIO says what the client is to do. Passwords, addresses, host names and queue ids are not in what is written:
    it is OUT/NAME.smtp.yaml, and OUT/personas/NAME.yaml.

    \b
    Examples:
      smtpwitness record --client rawsmtp --relay postfix
      smtpwitness record --client my.client.yaml --relay coremail --to me@example.org --name my-university
    """
    tester = _tester(client)
    (behind,) = remoting.behind([relay], to)
    called = name or behind.name
    if not re.fullmatch(r"[\w.-]+", called):
        raise click.UsageError("--name: letters, digits, '.', '-' and '_'")
    (scenario, *more) = _select((selector,)).scenarios
    if more:
        raise click.UsageError(f"{selector} are several scenarios: name one, a variant in brackets")
    try:
        path, case = sessions.record(scenario, tester, behind, out, called)
    except (sessions.NoSession, NotRecorded) as error:
        click.echo(f"smtpwitness: nothing was recorded: {printable(str(error))}", err=True)
        return BROKEN
    click.echo(f"{path}\n{out / 'personas' / called}.yaml\n")
    if case.verdict is Verdict.ERROR:
        click.echo(f"It went otherwise than {scenario.name} has it: {printable(case.reason)}")
    click.echo(f"To play it on the fake server: smtpwitness run {path} --client {client}")
    return PASSED


@commands.command()
@click.argument("names", nargs=-1, metavar="[PERSONA|SCENARIO]...")
@click.option("--relay", required=True, help="The living relay (smtpwitness relays).")
@to_option
@click.option("--client", default="rawsmtp", show_default=True, help="Who speaks with both.")
def drift(names: tuple[str, ...], relay: str, to: tuple[str, ...], client: str) -> int:
    """Tell where the fake server no longer behaves like a living relay: reply codes, enhanced codes, keywords.

    A PERSONA stands for the scenarios that ship with it, a SCENARIO is one that was recorded, or any; none: what was
    recorded of that relay in ./recorded, or the persona of its name.

    Exit status: 0 they behave alike, 1 something has drifted, 3 the relay could not be asked.

    \b
    Examples:
      smtpwitness drift recorded/postfix.smtp.yaml --relay postfix
      smtpwitness drift coremail --relay coremail --to me@example.org
    """
    tester = _tester(client)
    (behind,) = remoting.behind([relay], to)
    done = sessions.compared(sessions.of(names, behind.name, Path("recorded")), tester, behind)
    for one in done:
        head = f"not played: {one.why}" if one.why else "as ever" if not one.drifts else "drifted"
        click.echo(f"{printable(one.scenario)}: {printable(head)}")
        for each in one.drifts:
            click.echo(f"  {each.step}: expected {_named(each.expected)}, observed {_named(each.observed)}")
    if any(one.broken for one in done) or all(one.why for one in done):
        return BROKEN
    return FAILED if any(one.drifts for one in done) else PASSED


def _tester(text: str) -> sessions.Tester:
    """The client that *text* names, and its own job where that stands in its own text."""
    (client,) = clients_from([text])
    _no_password_on(client)
    (client,), own = _learned([client], [], 1)
    return sessions.Tester(client, own)


def _named(said: str) -> str:
    return printable(said) if said else "nothing"


@commands.command()
@click.argument("pattern", default="*")
@click.option("--level", "levels", multiple=True, type=click.Choice(LEVELS), help="Only of this level (repeatable).")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Only those on clients of this kind.")
@click.option("--topic", "topics", multiple=True, metavar="WORD", help="Only about this, such as tls (repeatable).")
@click.option("--rfc", "rfcs", multiple=True, metavar="NUMBER", help="Only of this RFC (repeatable).")
@click.option("--covered/--uncovered", default=None, help="Only those that are covered, or not yet.")
def requirements(
    pattern: str,
    levels: tuple[str, ...],
    profile: str | None,
    topics: tuple[str, ...],
    rfcs: tuple[str, ...],
    covered: bool | None,
) -> int:
    """List the requirements on SMTP clients whose id or topic fits PATTERN, or else that have it in their text.

    Each with its level, what that rests on, and the scenarios in which a client that breaks it is caught; with a
    question mark, those that name it and are not shown to catch anybody yet. What no server can see lacks none.

    \b
    Examples:
      smtpwitness requirements 'RFC3207-*'
      smtpwitness requirements 'blind cop'
      smtpwitness requirements --uncovered --level MUST --level 'MUST NOT' --profile submission
    """
    catalogue = suites.catalogue()
    found = suites.matching(catalogue.values(), pattern)
    if not found:
        all_topics = {one.topic for one in catalogue.values()}
        click.echo(f"topics: {' '.join(sorted(all_topics))}", err=True)
        _unknown("requirement", pattern, {*catalogue, *all_topics})
    known = {one.rfc for one in catalogue.values()}
    wanted = listing.Wanted(
        frozenset(levels),
        PROFILES[profile] if profile else None,
        frozenset(_one_of("topic", topic, {one.topic for one in catalogue.values()}) for topic in topics),
        frozenset(_one_of("RFC", f"RFC{rfc}" if rfc.isdigit() else rfc, known) for rfc in rfcs),
        covered,
    )
    covering = listing.covering_of(_select(()).scenarios)
    listing.show([one for one in found if wanted.takes(one)], covering, Console(highlight=False))
    return PASSED


def _one_of(what: str, word: str, known: set[str]) -> str:
    return word if word in known else _unknown(what, word, known)


def _unknown(what: str, word: str, known: set[str]) -> NoReturn:
    raise click.ClickException(f"there is no {what} {word!r}{nearest(word, known)}")


def _select(selectors: tuple[str, ...]) -> Suite:
    return suites.select(selectors, frozenset(suites.catalogue()), RULE_IDS)


# --- to play one for a client that is started by hand ---------------------------------------------------------------


@commands.command()
@click.argument("selector", metavar="SCENARIO")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="one that is free")
@click.option("--once", is_flag=True, help="End after one session, with the exit status of its verdict.")
@click.option("--watch", is_flag=True, help="Read the scenario again whenever one of its files changes.")
@click.option("--held", is_flag=True, help="The client uses the sender, recipients and user name that are shown.")
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@language_option
def serve(selector: str, port: int, once: bool, watch: bool, held: bool, strict: bool, lang: str) -> int:
    """Play one scenario for a client that you start yourself, by hand or in a debugger.

    SCENARIO is an id (one of several variants in brackets, 'tls/implicit[good]') or a file. Shows the exchange as it
    happens, and the verdict when the connection has ended; then waits for the next session.

    Ctrl-C ends it. A session that is open is judged then, and gives the exit status, as for run; with none open that
    is 0, or 130 with --once, as nothing was judged.

    Example: smtpwitness serve coursework/auth-login-coremail --port 2525
    """
    screen = Screen(Console(highlight=False), lang)
    try:
        case = asyncio.run(serving.serve(serving.Script(selector), port, screen, once=once, watch=watch, held=held))
    except serving.PortTaken as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:  # a second Ctrl-C
        return INTERRUPTED
    if case is None:
        return INTERRUPTED if once else PASSED
    return verdict_status([case], case.verdict is Verdict.FAIL or (strict and case.verdict is Verdict.WARN))


# --- what a stored run holds ----------------------------------------------------------------------------------------

run_json = click.argument("path", metavar="RUN", type=click.Path(exists=True, path_type=Path))


@commands.command()
@run_json
@gate_options
@language_option
def judge(path: Path, gate: Gate, lang: str) -> int:
    """Judge a stored run again, from its transcripts, and tell where a verdict changes.

    RUN is a folder with run.json, or that file. Example: smtpwitness judge reports/first/run.json
    """
    stored = store.read(path)
    gate.must_know(stored.clients)
    again = rejudged(stored)
    changed = [pair for pair in zip(stored.cases, again, strict=True) if _essence(pair[0]) != _essence(pair[1])]
    for before, after in changed:
        ways = (f"{one.exchange}/{one.closing} {printable(one.root_cause or '')}" for one in (before, after))
        was, now = map(str.strip, ways)
        click.echo(f"{printable(after.name)}  {printable(after.client)}: was {was}, is {now}")
    done = gate(replace(stored, cases=tuple(again)))
    summary(done, lang, Console(highlight=False))
    click.echo(f"{len(changed)} of {len(again)} cases changed")
    return verdict_status(done.cases, bool(done.stopping()))


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
        judge_again(
            case,
            scenarios[case.place.file, case.variant],
            clients_[case.client],
            catalogue,
            PROFILES.get(stored.profile, SUBMISSION),
        )
        for case in stored.cases
    ]


@commands.command()
@click.argument("paths", metavar="RUN...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@out_option
@gate_options
@language_option
def merge(paths: Sequence[Path], out: Path, gate: Gate, lang: str) -> int:
    """Join runs that were made in parts, and write the report of the whole.

    Example: smtpwitness merge shard-1 shard-2 --out reports/whole --baseline main/run.json --fail-on regressions
    """
    try:
        whole = joined([store.read(path) for path in paths])
    except ShardsError as error:
        raise click.ClickException(str(error)) from error
    gate.must_know(whole.clients)
    out.mkdir(parents=True, exist_ok=True)
    done = without_machine(gate(whole), Machine.here())
    store.write(done, out)
    write_reports(done, out)
    return _conclude(done, out, lang)


@commands.command()
@run_json
@click.argument("later", metavar="[LATER]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--single-file", is_flag=True, help="One file for handing on, report.html, instead of a folder of pages.")
def report(path: Path, later: Path | None, single_file: bool) -> int:
    """Write the report of a stored run again, beside its run.json; of two runs, what changed from RUN to LATER.

    The comparison is compare.html beside the later run, which links to its cases.

    \b
    Examples:
      smtpwitness report reports/first
      smtpwitness report reports/first reports/second
      smtpwitness report reports/first --single-file
    """
    if later is not None:
        folder = later if later.is_dir() else later.parent
        write_comparison(gated(store.read(later), (), store.read(path)), folder)
        click.echo(folder / "compare.html")
        return PASSED
    folder = path if path.is_dir() else path.parent
    if single_file:
        write_single(store.read(path), folder)
        click.echo(folder / "report.html")
        return PASSED
    write_reports(store.read(path), folder)
    click.echo(folder / "index.html")
    return PASSED


@commands.command()
@run_json
@click.argument("case", default="")
@click.option("--case", "named", default="", metavar="CASE", help="The same as the argument CASE.")
@click.option(
    "--relay", metavar="NAME", help="The case as it was run on this relay; else one whose mailboxes were read."
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that says who hands it in: name, number, course, teacher, language, pictures.",
)
@click.option("--mask-addresses", is_flag=True, help="Show of addresses only the domain.")
def evidence(path: Path, case: str, named: str, relay: str | None, config: Path | None, mask_addresses: bool) -> int:
    """Write the report that a student hands in: HTML, Markdown, PDF and SHA-256 sums, in English and Chinese.

    CASE is the name of a case of the run; without one it is coursework/auth-login-coremail, or else the run's only
    case. The PDF needs a Chromium on this machine.

    Example: smtpwitness evidence reports/first --config student.yaml
    """
    stored = store.read(path)
    wanted = named or case
    found = handed_in(stored, wanted, relay)
    folder = path if path.is_dir() else path.parent
    student = read_student(config) if config else Student()
    click.echo(f"case {printable(found.name)}, client {printable(found.client)}, server {printable(found.server)}")
    names = list(write_evidence(stored, found, folder, student, mask_addresses))
    for page in [name for name in names if name.endswith(".html")]:
        pdf = page.removesuffix(".html") + ".pdf"
        if print_page(folder / page, folder / pdf):
            names.append(pdf)
        else:
            click.echo(f"{pdf} was not made: there is no Chromium here, or it failed; print {page} from a browser")
    (folder / "evidence.sha256").write_text(
        manifest(folder, [*names, store.NAME if path.is_dir() else path.name]), encoding="utf-8", newline="\n"
    )
    click.echo(folder / ("evidence.zh.html" if student.language == "zh" else "evidence.html"))
    return PASSED


def handed_in(stored: Run, wanted: str, relay: str | None = None) -> CaseResult:
    """The case *wanted* of a run, or the one that the assignment is about; on *relay*, or with mailboxes if any has."""
    name = wanted or "coursework/auth-login-coremail"
    there = [one for one in stored.cases if name in (one.name, one.scenario)]
    if not there and not wanted and len({one.name for one in stored.cases}) == 1:
        there = list(stored.cases)
    if not there:
        near = nearest(name, [one.name for one in stored.cases])
        raise click.ClickException(f"the run has no case {name!r}{near}")
    if relay is not None:
        there = [one for one in there if one.relay == relay]
    if not there:
        names = [one.relay for one in stored.cases if one.relay]
        raise click.ClickException(f"that case was not run on a relay {relay!r}{nearest(relay or '', names)}")
    return max(there, key=lambda one: any(lying.role for lying in one.delivered))
