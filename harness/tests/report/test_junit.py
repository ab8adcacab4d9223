from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import sample_run

from smtpwitness.model.finding import Verdict
from smtpwitness.model.run import Run
from smtpwitness.report.junit import ROWS, junit, legal

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": [{"testsuite"}],
    "testsuite": [{"testcase"}],
    "testcase": [{"failure", "error", "skipped"}, {"system-out"}],
}


def parsed(run: Run) -> ET.Element:
    return ET.fromstring(junit(run).encode())


def test_counts() -> None:
    root = parsed(sample_run.sample())
    counts = ("tests", "failures", "errors", "skipped")
    assert [root.attrib[name] for name in counts] == ["7", "2", "1", "1"]
    assert [[suite.attrib[name] for name in ("name", *counts)] for suite in root] == [
        ["rawsmtp", "5", "1", "1", "1"],
        ["student", "2", "1", "0", "0"],
    ]
    for suite in root:
        assert len(suite.findall("testcase")) == int(suite.attrib["tests"])
        for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{tag}")) == int(suite.attrib[count])


def test_the_shape_is_the_one_that_readers_have_in_common() -> None:
    for run in (sample_run.sample(), sample_run.run_of([sample_run.hostile()])):
        for element in parsed(run).iter():
            assert set(element.attrib) == ATTRIBUTES[element.tag]
            slots = CHILDREN.get(element.tag, [])
            places = [next(place for place, tags in enumerate(slots) if child.tag in tags) for child in element]
            assert places == sorted(places)


def test_a_failure_is_its_root_cause() -> None:
    suite = parsed(sample_run.run_of([sample_run.failing()]))[0]
    test = suite[0]
    assert test.attrib["classname"] == "faults"
    assert test.attrib["name"].startswith("faults/rcpt-all-5yz[550]")
    failure = test.find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "goes-on-after-refusal"
    assert failure.attrib["message"].startswith("After the only recipient")
    assert failure.text is not None
    assert "RFC5321-3.3-e (MUST NOT)" in failure.text
    out = test.findtext("system-out") or ""
    assert "different C: DATA\n expected C: QUIT\n" in out


def test_a_failure_without_a_finding_still_fails() -> None:
    case = replace(sample_run.failing(), root_cause=None, reason="why")
    failure = parsed(sample_run.run_of([case])).find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "fail", "message": "why"}


def test_a_warning_fails_no_build() -> None:
    case = replace(sample_run.failing(), exchange=Verdict.WARN)
    root = parsed(sample_run.run_of([case]))
    assert root.attrib["failures"] == "0"
    assert root.find(".//failure") is None


def test_servers_are_named_only_where_there_are_several() -> None:
    one = sample_run.assignment()
    assert parsed(sample_run.run_of([one]))[0][0].attrib["name"] == one.name
    two = sample_run.run_of([one, replace(one, server="postfix.test")])
    assert {test.attrib["name"] for test in parsed(two)[0]} == {
        f"{one.name} (coremail.test)",
        f"{one.name} (postfix.test)",
    }


def test_characters_that_xml_forbids_are_replaced() -> None:
    assert legal("a\x00\x0b\ud800\uffff\tb\U0001f600") == "a\ufffd\ufffd\ufffd\ufffd\tb\U0001f600"
    out = parsed(sample_run.run_of([sample_run.hostile()])).findtext(".//system-out") or ""
    assert out.splitlines()[-1].startswith("… ")
    assert len(out.splitlines()) <= 2 * ROWS + 2
