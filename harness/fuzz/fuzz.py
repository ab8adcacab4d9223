"""Fuzzes what reads hostile octets: `python fuzz.py TARGET [options of libFuzzer]`, as `tox -e fuzz` does.

The properties are those of the tests, so that nothing is said twice: any octets in, no exception, no secret out.
Atheris looks for octets that reach new code; what takes more than octets, Hypothesis makes of them.
`-max_total_time=60` ends it after a minute, `-timeout=10` finds what is slow.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parents[1] / "tests"


def text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


TARGETS = {
    "grammar": ("judge.test_grammar", "test_any_octets_can_be_read", bytes),
    "judge": ("test_fuzz", "test_any_client_is_judged_and_tells_no_secret", None),
    "redact": ("judge.test_redact", "test_no_form_survives", None),
    "loader": ("files.test_scenarios", "test_no_lines_of_scenarios_raise_anything_else", None),
    "yaml": ("files.test_scenarios", "test_no_text_raises_anything_else", text),
}
"""What is fuzzed: a module under `harness/tests`, a test in it, and what makes its argument (None: Hypothesis)."""


def main() -> None:
    """Run one target until it finds something or is told to end."""
    module, name, argument = TARGETS[sys.argv.pop(1)]
    sys.path.insert(0, str(TESTS))
    with atheris.instrument_imports(include=["smtpwitness"]):
        test = getattr(importlib.import_module(module), name).hypothesis
    if argument is None:
        atheris.Setup(sys.argv, test.fuzz_one_input)
    else:
        atheris.Setup(sys.argv, lambda octets: test.inner_test(argument(octets)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
