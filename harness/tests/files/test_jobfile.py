import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwitness.files.jobfile import read_results, write_job_file
from smtpwitness.model.run import Job, JobMessage

BOB, CAROL = "bob@example.test", "carol@example.test"
MESSAGES = (JobMessage("alice@example.test", (BOB, CAROL), b"one"), JobMessage("", (BOB,), b"two"))
JOB = Job(MESSAGES, "none", "none", "", "helo.test", "s", 10.0, "127.0.0.1", 25, frozenset())
VALUES = {
    "host": "127.0.0.1",
    "port": "2525",
    "tls": "none",
    "auth": "plain",
    "username": "alice",
    "password": "s3cret",
    "sender": "alice@example.test",
    "recipients": [BOB, CAROL],
    "helo": "client.test",
    "ca_file": "/ca.pem",
    "timeout": "2.5",
    "subject": "s",
}


def job_file(folder: Path, values: dict[str, str | list[str]], job: Job = JOB) -> dict[str, object]:
    write_job_file(folder / "job.json", values, job, [Path("/m1"), Path("/m2")])
    text = (folder / "job.json").read_text(encoding="utf-8")
    assert "s3cret" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_the_whole_job(tmp_path: Path):
    assert job_file(tmp_path, VALUES) == {
        "host": "127.0.0.1",
        "port": 2525,
        "tls": "none",
        "auth": "plain",
        "username": "alice",
        "sender": "alice@example.test",
        "helo": "client.test",
        "ca_file": "/ca.pem",
        "timeout": 2.5,
        "messages": [
            {"sender": "alice@example.test", "recipients": [BOB, CAROL], "message_file": "/m1"},
            {"sender": "", "recipients": [BOB], "message_file": "/m2"},
        ],
    }


def test_another_protocol_and_options_stand_there_too(tmp_path: Path):
    lmtp = replace(JOB, protocol="lmtp", options={"return": "full"})
    told = job_file(tmp_path, VALUES, lmtp)
    assert (told["protocol"], told["options"]) == ("lmtp", {"return": "full"})


def test_what_is_not_told_stands_nowhere(tmp_path: Path):
    assert job_file(tmp_path, {"host": "h"}) == {
        "host": "h",
        "messages": [{"message_file": "/m1"}, {"message_file": "/m2"}],
    }


def results(folder: Path, value: object) -> tuple[tuple[str, ...], ...] | None:
    path = folder / "result.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return read_results(path, JOB)


def told(*messages: dict[str, str]) -> dict[str, object]:
    return {"messages": [{"recipients": message} for message in messages]}


def test_words_stand_in_the_jobs_order(tmp_path: Path):
    found = results(tmp_path, told({CAROL: "permanent", BOB: "accepted"}, {BOB: "declined"}))
    assert found == (("accepted", "permanent"), ("declined",))


def test_who_is_not_mentioned_is_none(tmp_path: Path):
    assert results(tmp_path, told({CAROL: "temporary"})) == (("none", "temporary"), ("none",))


def test_strangers_are_passed_over(tmp_path: Path):
    assert results(tmp_path, told({"eve@example.test": "accepted"}, {})) == (("none", "none"), ("none",))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        "{}",
        {"messages": {}},
        {"messages": ["x"]},
        {"messages": [{}]},
        {"messages": [{"recipients": [BOB]}]},
        told({BOB: "fine"}),
        {"messages": [{"recipients": {BOB: ["accepted"]}}]},
        told({}, {}, {}),
    ],
)
def test_a_file_that_is_no_result(value: object, tmp_path: Path):
    assert results(tmp_path, value) is None


def test_a_file_that_is_no_text(tmp_path: Path):
    (tmp_path / "result.json").write_bytes(b'{"messages": []}\xff')
    assert read_results(tmp_path / "result.json", JOB) is None


def test_a_huge_file(tmp_path: Path):
    good = json.dumps(told({BOB: "accepted"}))
    assert results(tmp_path, good + " " * (1_000_000 - len(good))) is not None
    assert results(tmp_path, good + " " * (1_000_001 - len(good))) is None


def test_no_file_or_a_folder(tmp_path: Path):
    assert read_results(tmp_path / "absent", JOB) is None
    assert read_results(tmp_path, JOB) is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes and links")
def test_a_pipe_or_a_link(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert read_results(tmp_path / "pipe", JOB) is None
    (tmp_path / "real").write_text(json.dumps(told({BOB: "accepted"})))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_results(tmp_path / "link", JOB) is None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["accepted", BOB, "x"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["messages", "recipients", BOB, "y"]), inner),
)


@given(ANY_JSON)
def test_no_result_file_hurts(tmp_path_factory: pytest.TempPathFactory, value: object):
    found = results(tmp_path_factory.getbasetemp(), value)
    assert found is None or [len(words) for words in found] == [2, 1]
