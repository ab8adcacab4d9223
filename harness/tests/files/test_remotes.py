"""Files of remote relays: read, with what they take from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpwitness.files.problems import ScenarioError
from smtpwitness.files.relays import Relay
from smtpwitness.files.remotes import chosen, known_remotes, read_remote, written_to

TEXT = (
    "kind: remote\ntitle: T\nhost: $HOST\nport: 587\ntls: starttls\nauth: login\nusername: me@x.test\n"
    "password: $SECRET\nrecipients: [$HOST, you@y.test]\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "my.relay.yaml"
    path.write_text(text)
    return path


def test_a_file_takes_values_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    made = read_remote(
        written(tmp_path, TEXT.replace("[$HOST", "[$ME") + "ca: ca.pem\ninterval: 2 min\nat most: 3\n"),
        {"HOST": "mail.x.test", "SECRET": "long-enough", "ME": "her@y.test"},
    )
    assert (made.name, made.host, made.port, made.auth) == ("my", "mail.x.test", 587, ("login",))
    assert (made.username, made.sender, made.recipients) == ("me@x.test", "me@x.test", ("her@y.test", "you@y.test"))
    assert (made.ca, made.interval, made.at_most, made.missing) == (tmp_path / "ca.pem", 120, 3, ())
    assert made.password == "long-enough"
    assert "long-enough" not in repr(made)


def test_what_is_not_set_is_told(tmp_path: Path) -> None:
    made = read_remote(written(tmp_path, TEXT), {"HOST": ""})
    assert (made.host, made.missing, made.recipients) == ("", ("SECRET", "HOST"), ("you@y.test",))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("password: $SECRET", "password: hunter2222", "8:11: password: write the name of an environment variable"),
        ("port: 587", "port: 70000", "a number from 1 to 65535"),
        ("port: 587", "port: smtp", "a number from 1 to 65535"),
        ("title: T\n", "", "the key 'title' is missing"),
        ("title: T\n", "title: T\npasword: x\n", "no key 'pasword' .did you mean 'password'"),
        ("username: me@x.test\n", "", "there must be a 'username' and a 'password'"),
        ("me@x.test", "me", "sender: it is an address"),
        ("RECIPIENTS", "you", "'you' is no address"),
        ("title: T\n", "title: T\ninterval: 2 timeout\n", "write seconds or minutes"),
        ("title: T\n", "title: T\nat most: 1000\n", "at most"),
        ("title: T\n", "title: T\nca: none.pem\n", "ca: there is no file none.pem"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = TEXT.replace("[$HOST, you@y.test]", "you" if old == "RECIPIENTS" else "you@y.test").replace(old, new)
    with pytest.raises(ScenarioError, match=words) as caught:
        read_remote(written(tmp_path, text), {"HOST": "mail.x.test", "SECRET": "long-enough"})
    assert "hunter2222" not in str(caught.value)


def test_a_password_that_is_too_short_to_be_kept_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="less than 6 characters"):
        read_remote(written(tmp_path, TEXT), {"HOST": "a@b", "SECRET": "short"})


def test_recipients_are_addresses(tmp_path: Path) -> None:
    made = read_remote(written(tmp_path, TEXT.replace("$HOST, ", "")), {"SECRET": "long-enough"})
    assert written_to(made, ["a@b.test", "a@b.test"]).recipients == ("a@b.test",)
    with pytest.raises(ScenarioError, match="no address"):
        written_to(made, ["a@b>\r\nRCPT TO:<c@d"])


@pytest.mark.parametrize("name", known_remotes())
def test_those_that_ship_are_well_formed_and_hold_nobodys_account(name: str) -> None:
    made = chosen(name, {})
    assert not isinstance(made, Relay)
    assert made.missing
    assert (made.username, made.password, made.recipients) == ("", "", ())


def test_a_local_one_is_found_by_the_same_way_and_an_unknown_one_is_told() -> None:
    assert isinstance(chosen("exim"), Relay)
    with pytest.raises(ScenarioError, match=r"no relay 'gmial' \(did you mean 'gmail'"):
        chosen("gmial")
