"""Each remote relay that ships, as its file has it, with a stand-in on loopback in its place. Nothing leaves here.

Only where it is connected to, whom its certificate is from, and how it is paced are written into a copy of the file.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from command_line import COREMAIL, Command
from real_runs import BROKEN
from test_remoting import FRIEND, USER, Provider, provider

from smtpwitness.files import store
from smtpwitness.files.remotes import known_remotes, read_remote
from smtpwitness.model.finding import Verdict

pytestmark = pytest.mark.once

SECRET = "an-application-password-9"
TOKEN = "EwB4A8l6BAAU" + "x4Yv7b2Q" * 70  # too long for the line of AUTH
OAUTH = f"""\
name: oauth
title: A client with an access token
command: ["{{python}}", "{BROKEN / "run.py"}", o-auth]
reads-environment: true
takes: raw
supports: [starttls, implicit-tls, auth-xoauth2, result-file]
tells-classes: true
"""


class Tokens(Provider):
    """Takes a token in place of a password, and nothing else."""

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        response = args[1].encode() if len(args) > 1 else await server.challenge_auth("")
        octets = response if isinstance(response, bytes) else b""
        said = base64.b64decode(octets, validate=True) if len(args) > 1 else octets
        user, _, token = said.partition(b"\1")
        self.logins.append((user.removeprefix(b"user="), token.removeprefix(b"auth=Bearer ").rstrip(b"\1")))
        return AuthResult(success=self.logins[-1][1] == self.password.encode())


def test_there_are_these() -> None:
    assert set(known_remotes()) == {"coremail", "qq", "163", "gmail", "outlook", "template"}


@pytest.mark.parametrize("name", known_remotes())
def test_it_takes_one_message_from_its_account(
    name: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = known_remotes()[name].read_text()
    for variable in re.findall(r"\$(SMTPWITNESS_\w+)", text):
        kind = variable.rpartition("_")[2]
        monkeypatch.setenv(
            variable, {"HOST": "mail.uni.test", "USERNAME": USER, "PASSWORD": SECRET, "TOKEN": TOKEN}[kind]
        )
    there = read_remote(known_remotes()[name])
    oauth = there.auth == ("xoauth2",)
    password, kind = (TOKEN, Tokens) if oauth else (SECRET, Provider)
    with provider(tmp_path, there.tls, host=there.host, password=password, kind=kind) as (made, port, _):
        path = tmp_path / f"{name}.relay.yaml"
        path.write_text(
            re.sub(r"(?m)^port: .*$", f"port: {port}\naddress: 127.0.0.1\nca: ca.pem", text)
            if there.tls != "none"
            else re.sub(r"(?m)^port: .*$", f"port: {port}\naddress: 127.0.0.1", text)
        )
        client, selector = "rawsmtp", COREMAIL
        if oauth:
            client, selector = str(tmp_path / "oauth.client.yaml"), str(tmp_path / "token.smtp.yaml")
            Path(client).write_text(OAUTH)
            Path(selector).write_text(own_scenario(text))
        out = tmp_path / "out"
        words = ("run", selector, "--client", client, "--relay", path, "--to", FRIEND, "--out", out)
        assert command(*words, "--dry-run")[0] == 0
        assert (made.logins, made.taken) == ([], []), "a dry run sends nothing"
        status, said, errors = command(*words)
    (case,) = (one for one in store.read(out).cases if one.relay)
    assert status == 0, said + errors + case.reason
    assert case.exchange in (Verdict.PASS, Verdict.NOTE), case.findings
    assert made.logins == [(USER.encode(), password.encode())], f"{case!r}"
    (letter,) = made.taken
    assert (letter.mail_from, letter.rcpt_tos) == (USER, [FRIEND])
    assert case.peer is not None
    assert (case.peer.host, bool(case.peer.fingerprint)) == (there.host, there.tls != "none")
    written = "".join(one.read_text() for one in out.rglob("*") if one.is_file()) + said + errors
    for form in (password, base64.b64encode(password.encode()).decode()):
        assert form not in written
    assert (there.interval, there.at_most) == (30.0, 5)


def own_scenario(text: str) -> str:
    """The scenario that stands in the comments of a relay's file."""
    return "".join(f"{line.removeprefix('#   ')}\n" for line in text.splitlines() if line.startswith("#   "))


def test_outlook_is_not_told_a_password(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the coursework does is not for it, and that is said."""
    monkeypatch.setenv("SMTPWITNESS_OUTLOOK_USERNAME", USER)
    monkeypatch.setenv("SMTPWITNESS_OUTLOOK_TOKEN", TOKEN)
    status, said, _ = command("run", COREMAIL, "--client", "rawsmtp", "--relay", "outlook", "--to", FRIEND, "--dry-run")
    assert (status, "outlook wants AUTH as in its file: xoauth2" in said) == (0, True), said
