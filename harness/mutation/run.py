"""Tests the tests of the judge: breaks it in one place at a time (mutmut), and expects a test of it to notice.

    tox -e mutation                           # every module of smtpwitness/judge: hours
    tox -e mutation -- verdicts rules/order   # these: minutes

A mutant that no test notices has survived. Each is either killed by a test, or stands in `survivors.tsv` beside this
file with the reason why it may live: `equivalent` (no input tells it from the original), `text only` (the words of a
message that no verdict rests on), `defensive limit` (a bound whose exact place is nobody's concern). The exit status
is 1 if one survived that is not in that list, or if one of the list was killed.

A mutant meets the tests of its own module first, and those of the whole judge only if it survives them. The work is
done in `build/mutation`. mutmut leaves alone what stands outside of functions and functions with a decorator.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
WORK = CHECKOUT / "build" / "mutation"
STATS = WORK / "mutants" / "mutmut-stats.json"  # which tests reach which function, by mutmut
SURVIVORS = HERE / "survivors.tsv"

KILLED = {1, 3, 24, 36, 152, -24, -9, 255}
"""Exit codes of mutants that were noticed: a test failed, broke, or never came to its end."""

SETTINGS = """\
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/smtpwitness/judge/*"]
use_git_change_detection = false
track_dependencies = false
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:cov", "--noconftest"]
pytest_add_cli_args_test_selection = ["src/tests/judge"]

[tool.pytest.ini_options]
addopts = "-q --import-mode=importlib --hypothesis-profile=ci"
filterwarnings = ["error"]
pythonpath = ["src", "src/tests"]
"""
"""mutmut wants the source in a folder `src`, which it copies. Profile `ci`: hypothesis tries the same every time."""


class Mutant(NamedTuple):
    """A mutation: lines of a function, and what they become."""

    module: str
    function: str
    was: str
    becomes: str


def modules() -> list[str]:
    """Every module of the judge, as it is named here: `verdicts`, `rules/order`."""
    judge = CHECKOUT / "harness" / "smtpwitness" / "judge"
    return sorted(str(path.relative_to(judge).with_suffix("")) for path in judge.rglob("*.py"))


def argued() -> dict[Mutant, str]:
    """The mutants that may live, and why."""
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {Mutant(*row[:4]): row[4] for row in rows}


def prepare() -> None:
    """Lays the work folder out, and lets mutmut write all mutants and learn which tests reach which function."""
    data = WORK / "mutants" / "src" / "smtpwitness" / "data"
    data.mkdir(parents=True, exist_ok=True)
    links = {WORK / "src": "harness", data / "scenarios": "scenarios", data / "known": "client/known"}
    for link, target in links.items():
        if not link.exists():
            link.symlink_to(CHECKOUT / target)
    (WORK / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copy(WORK / "pyproject.toml", WORK / "mutants")
    STATS.unlink(missing_ok=True)
    mutmut("smtpwitness.judge.verdicts.x_grade__mutmut_1")


def mutmut(*names: str) -> None:
    words = ["mutmut", "run", "--max-children", "1", *names]
    done = subprocess.run(words, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(done.stdout.decode(errors="replace")[-4000:])


def unnoticed(chosen: Iterable[str]) -> dict[str, list[str]]:
    """Runs the mutants of modules; by module, the names of those that survive."""
    everything = STATS.read_text(encoding="utf-8")
    try:
        STATS.write_text(_with_own_tests(everything), encoding="utf-8")
        mutmut(*(f"{_dotted(module)}.x*" for module in chosen if _mutants(module)))
    finally:
        STATS.write_text(everything, encoding="utf-8")
    left = [name for module in chosen for name in _living(module)]
    if left:
        mutmut(*left)
    return {module: _living(module) for module in chosen}


def _mutants(module: str) -> dict[str, int | None]:
    """The exit codes of a module's mutants, by name."""
    meta = WORK / "mutants" / "src" / "smtpwitness" / "judge" / f"{module}.py.meta"
    found: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _living(module: str) -> list[str]:
    return [name for name, code in _mutants(module).items() if code not in KILLED]


def _dotted(module: str) -> str:
    return f"smtpwitness.judge.{module.replace('/', '.').removesuffix('.__init__')}"


def _with_own_tests(stats: str) -> str:
    """*stats*, as if no module were reached by the tests of another."""
    files = {_dotted(module): f"src/tests/judge/{_own_tests(module)}::" for module in modules()}
    told = json.loads(stats)
    reach = told["tests_by_mangled_function_name"]
    for function, tests in reach.items():
        reach[function] = [test for test in tests if test.startswith(files[function.rpartition(".")[0]])]
    return json.dumps(told)


def _own_tests(module: str) -> str:
    folder, slash, name = module.rpartition("/")
    return f"{folder}{slash}test_{name.replace('__init__', folder)}.py"


def described(module: str, names: Iterable[str]) -> Iterator[Mutant]:
    """What the mutants of these names are."""
    os.chdir(WORK)  # where mutmut looks for its settings
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    for name in names:
        function, owner = orig_function_and_class_names_from_key(name)
        lines = get_diff_for_mutant(name, path=Path("src/smtpwitness/judge") / f"{module}.py").splitlines()[2:]
        was, becomes = (
            " ".join(line[1:].strip() for line in lines if line.startswith(sign)).strip() for sign in ("-", "+")
        )
        yield Mutant(module, f"{owner}.{function}" if owner else function, was, becomes)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="verdicts, rules/order, ...: all if none is named")
    chosen = parser.parse_args().modules or modules()
    if unknown := set(chosen) - set(modules()):
        parser.error(f"no such module of the judge: {', '.join(sorted(unknown))}")
    may_live, new, gone = argued(), 0, 0
    prepare()
    for module, names in unnoticed(chosen).items():
        survived = set(described(module, names))
        listed = {one for one in may_live if one.module == module}
        new, gone = new + len(survived - listed), gone + len(listed - survived)
        print(f"{module}: {len(_mutants(module))} mutants, {len(names)} survived, {len(survived & listed)} argued for")
        for one in sorted(survived - listed):
            print(f"  new: {one.function}\n    - {one.was}\n    + {one.becomes}")
        for one in sorted(listed - survived):
            print(f"  killed, and still listed: {one.function}\n    - {one.was}\n    + {one.becomes}")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
