"""Tests the tests of the judge: breaks it in one place at a time (mutmut), and expects a test of it to notice.

    tox -e mutation                     # the whole judge: half an hour
    tox -e mutation -- rules/order      # these

A mutant that no test notices has survived. Each is either killed by a test, or stands in `survivors.tsv` beside this
file with the reason why it may live: `equivalent` (no input tells it from the original), `text only` (words that no
verdict rests on), `defensive limit` (a bound whose exact place is nobody's concern). The exit status is 1 if one
survived that is not in that list, or if one of the list was killed.

Some kinds are left out, as nothing can tell them from the original: other words in an assertion, which never fails; a
`zip` that is not `strict`, which is an assertion, too; the name of a codec or hash in other letters, which
Python reads all alike.

mutmut makes the mutants; it leaves alone what stands outside of functions, and functions with a decorator. A mutant
meets the tests of its own module alone (`tests/judge/test_gate.py` for `judge/gate.py`), because what is tested by
accident elsewhere is not tested. They are called in this process, which takes milliseconds where a run of pytest takes
a second. The work is done in `build/mutation`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
WORK = CHECKOUT / "build" / "mutation"
MUTANTS = WORK / "mutants"
SURVIVORS = CHECKOUT / "harness" / "mutation" / "survivors.tsv"

SETTINGS = """\
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/smtpwitness/judge/*"]

[tool.pytest.ini_options]
addopts = "-q --import-mode=importlib --hypothesis-profile=ci"
filterwarnings = ["error"]
pythonpath = ["src", "src/tests"]
"""
"""mutmut wants the source in a folder `src`, which it copies. Profile `ci`: hypothesis tries the same every time."""


NAME = re.compile(r'(?<=")(md5|ascii|latin-1|punycode|utf-8|utf-16-be)(?=")', re.IGNORECASE)


class Mutant(NamedTuple):
    """A mutation: lines of a function, and what they become."""

    module: str
    function: str
    was: str
    becomes: str

    @property
    def idle(self) -> bool:
        """Whether it changes only what an assertion says or is, or the letter case of a codec's or hash's name."""
        return self.was != self.becomes and _heart(self.was) == _heart(self.becomes)


def _heart(code: str) -> str:
    """*code* without the words of its assertion and `strict`, and with names of codecs in small letters."""
    assertion = re.fullmatch(r'(assert .*), "[^"]*"', code)
    code = re.sub(r", (strict=\w+)?\)", ")", assertion[1] if assertion else code)
    return NAME.sub(lambda name: name[0].lower(), code)


class Test(NamedTuple):
    """A test as a call, and the seconds of CPU that it takes."""

    call: Any
    arguments: Mapping[str, Any]
    seconds: float = 0.0


class TooLong(BaseException):
    """A mutant that does not come to its end has been noticed."""


def modules() -> list[str]:
    """Every module of the judge, as it is named here: `verdicts`, `rules/order`."""
    judge = CHECKOUT / "harness" / "smtpwitness" / "judge"
    named = (path for path in judge.rglob("*.py") if path.stem != "__init__")
    return sorted(str(path.relative_to(judge).with_suffix("")) for path in named)


def argued() -> dict[Mutant, str]:
    """The mutants that may live, and why."""
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {Mutant(*row[:4]): row[4] for row in rows}


def prepare() -> None:
    """Lays the work folder out, and lets mutmut write the mutants of what has changed."""
    data = MUTANTS / "src" / "smtpwitness" / "data"
    data.mkdir(parents=True, exist_ok=True)
    links = {WORK / "src": "harness", data / "scenarios": "scenarios", data / "known": "client/known"}
    for link, target in links.items():
        if not link.exists():
            link.symlink_to(CHECKOUT / target)
    (WORK / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copy(WORK / "pyproject.toml", MUTANTS)
    words = [sys.executable, "-c", "from mutmut.__main__ import *; copy_src_dir(); create_mutants(1)"]
    done = subprocess.run(words, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(done.stdout.decode(errors="replace")[-4000:])


def mutants(module: str) -> list[str]:
    """The names of a module's mutants."""
    meta = MUTANTS / "src" / "smtpwitness" / "judge" / f"{module}.py.meta"
    return list(json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"])


def own_tests(module: str) -> list[Test]:
    """The tests in the file of *module*, the quickest first; what needs a fixture is left out."""
    import pytest

    folder, slash, name = module.rpartition("/")
    file = f"src/tests/judge/{folder}{slash}test_{name}.py"
    items: list[Any] = []

    class Collector:
        def pytest_collection_finish(self, session: Any) -> None:
            items.extend(session.items)

    os.chdir(MUTANTS)
    words = ["--collect-only", "-qqqq", "-p", "no:cacheprovider", "-p", "no:cov", "--noconftest", "--rootdir=.", file]
    if not Path(file).exists() or pytest.main(words, plugins=[Collector()]) != 0:
        return []
    found = []
    for item in items:
        arguments = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        if set(item._fixtureinfo.argnames) <= set(arguments):
            begun = time.process_time()
            item.obj(**arguments)
            found.append(Test(item.obj, arguments, time.process_time() - begun))
    return sorted(found, key=lambda one: one.seconds)


def unnoticed(module: str) -> list[str]:
    """The mutants of *module* that its own tests let live."""
    from mutmut.mutation import trampoline

    warnings.simplefilter("error")
    signal.signal(signal.SIGVTALRM, _too_long)
    tests, living, killers = own_tests(module), [], dict[str, Test]()
    patience = 1 + 4 * sum(one.seconds for one in tests)  # seconds of CPU
    for name in mutants(module):
        function = name.partition("__mutmut")[0]
        first = [killers[function]] if function in killers else []
        trampoline.set_mutant_under_test(name)
        signal.setitimer(signal.ITIMER_VIRTUAL, patience)
        killer = _noticed(first + tests)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        trampoline.set_mutant_under_test("")
        if killer is None:
            living.append(name)
        else:
            killers[function] = killer
    return living


def _noticed(tests: Sequence[Test]) -> Test | None:
    for test in tests:
        try:
            test.call(**test.arguments)
        except KeyboardInterrupt:
            raise
        except BaseException:  # pytest's own failures are no Exceptions
            return test
    return None


def _too_long(*_: object) -> None:
    raise TooLong


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
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="verdicts, rules/order, ...; if none: all")
    chosen = parser.parse_args().modules or modules()
    if unknown := set(chosen) - set(modules()):
        parser.error(f"no such module of the judge: {', '.join(sorted(unknown))}")
    prepare()
    os.chdir(WORK)
    sys.path[:0] = [str(MUTANTS / "src"), str(MUTANTS / "src" / "tests")]
    may_live, wrong = argued(), 0
    for module in chosen:
        names = unnoticed(module)
        survived = {one for one in described(module, names) if not one.idle}
        listed = {one for one in may_live if one.module == module}
        wrong += len(survived ^ listed)
        print(f"{module}: {len(mutants(module))} mutants, {len(survived)} survived", flush=True)
        for said, which in (("new", survived - listed), ("killed, and still listed", listed - survived)):
            for one in sorted(which):
                print(f"  {said}: {one.function}\n    - {one.was}\n    + {one.becomes}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
