"""A password is in nothing that a run writes, and a run that wrote it all the same fails closed."""

from __future__ import annotations

import base64
import json
import re
import secrets
from pathlib import Path

import pytest
from command_line import COREMAIL, Command

from smtpwitness import cli, ledger
from smtpwitness.files import store
from smtpwitness.model.run import Run
from smtpwitness.runner import Workshop

PASSWORD = "0123456789abcdef-KNOWN"
TESTS = Path(__file__).resolve().parent


@pytest.fixture
def known_password(monkeypatch: pytest.MonkeyPatch) -> str:
    real = secrets.token_hex
    monkeypatch.setattr(secrets, "token_hex", lambda size: PASSWORD if size == 12 else real(size))
    return PASSWORD


def leaks(folder: Path) -> list[str]:
    """Files that hold the password, as it is, in hexadecimal, or in base64 at any of three places in a group."""
    inside = [base64.b64encode(b"x" * n + PASSWORD.encode())[4 if n else 0 : -4] for n in range(3)]
    forms = (PASSWORD.encode(), PASSWORD.encode().hex().encode(), *inside)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


def test_the_password_is_nowhere(command: Command, known_password: str, tmp_path: Path) -> None:
    """Though the client prints it, as it is and in base64."""
    blab = "import os, base64; p = os.environ['SMTP_PASSWORD']; print(p, base64.b64encode(p.encode()).decode())"
    file = tmp_path / "blab.client.yaml"
    file.write_text(
        json.dumps({"command": ["{python}", "-c", blab], "reads-environment": "true", "supports": ["auth-login"]})
    )
    status, out, err = command("run", COREMAIL, "--client", "rawsmtp", "--client", file, "--out", tmp_path / "out")
    assert (status, err) == (1, "")  # who sends nothing fails
    assert leaks(tmp_path / "out") == []
    assert known_password not in out
    assert "********" in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")


BLABBER = """
import base64, os, sys
sys.path.insert(0, os.environ["TESTS"])
from broken_clients.wrong_mechanisms import OAuth, Scram

class Blabber(Scram, OAuth):
    def line(self, text):
        print("C:", text)
        super().line(text)

    def read_line(self):
        print("S:", line := super().read_line())
        if line.startswith(b"334 "):
            print(base64.b64decode(line[4:]))
        return line

    def client_final(self, first, server_first):
        print(final := super().client_final(first, server_first), self.signature.hex(), self.signature)
        return final

sys.exit(Blabber(os.environ).run())
"""
ENCODED = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


@pytest.mark.parametrize("name", ["auth/scram-sha1", "auth/scram-sha256", "auth/oauthbearer", "auth/xoauth2[short]"])
def test_nothing_that_follows_from_a_password_or_token_is_anywhere(
    name: str, command: Command, known_password: str, tmp_path: Path
) -> None:
    """Though the client prints all that it says, hears and computes."""
    (tmp_path / "blabber.py").write_text(BLABBER)
    file = tmp_path / "blabber.client.yaml"
    can = [f"auth-{one}" for one in ("scram-sha-1", "scram-sha-256", "oauthbearer", "xoauth2")]
    made = {"command": ["{python}", "{here}/blabber.py"], "reads-environment": "true", "env": {"TESTS": str(TESTS)}}
    file.write_text(json.dumps({**made, "supports": ["starttls", "implicit-tls", *can]}))
    status, out, err = command("run", name, "--client", file, "--out", tmp_path / "out")
    assert (status, err) == (0, ""), out
    assert leaks(tmp_path / "out") == []
    (case,) = store.load((tmp_path / "out" / "run.json").read_text(encoding="utf-8")).cases
    assert case.process.stdout.count("********") >= 1
    said = [one.octets.decode() for one in case.transcript if one.secrets]
    assert [one.strip().rpartition(" ")[2] for one in said] == ["********"]
    shown = "\n".join([case.process.stdout, *(one.octets.decode("latin-1") for one in case.transcript)])
    decoded = [base64.b64decode(one[: len(one) // 4 * 4]) for one in ENCODED.findall(shown)]
    assert not [one for one in decoded if b"p=" in one or b"v=" in one or PASSWORD.encode() in one]
    assert not re.search(r"[pv]=[A-Za-z0-9+/]", shown)
    assert not re.search("[0-9a-f]{40}", shown), "a signature in hexadecimal"


@pytest.mark.parametrize("form", [PASSWORD, base64.b64encode(PASSWORD.encode()).decode()])
def test_a_planted_password_fails_the_run_closed(
    form: str, command: Command, known_password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planted(run: Run, folder: Path) -> None:
        (folder / "leak.txt").write_text(f"it is {form}, you know")
        (folder / "clean.txt").write_text("nothing")

    monkeypatch.setattr(ledger, "write_reports", planted)
    status, out, err = command("run", COREMAIL, "--client", "rawsmtp", "--out", tmp_path)
    assert status == 3
    assert "leak.txt" in err
    assert form not in out + err
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "clean.txt"}


def test_an_interrupted_run_is_looked_through_too(
    command: Command, known_password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(plans: object, shop: Workshop, jobs: int, done: object) -> None:
        shop.passwords.append(PASSWORD)
        (tmp_path / "leak.txt").write_text(PASSWORD)
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_cases", interrupted)
    assert command("run", COREMAIL, "--client", "rawsmtp", "--out", tmp_path)[0] == 3
    assert not (tmp_path / "leak.txt").exists()
