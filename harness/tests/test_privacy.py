"""Nothing that a run leaves tells whose computer it was: no user name, host name or folder of the machine."""

from __future__ import annotations

import pytest
from command_line import COREMAIL, process

pytestmark = pytest.mark.once

USER, HOST = "hanmeimei", "lab-7-pc-12"

CLIENT = f"""
import os, sys
home = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
print(__file__, sys.argv, os.getcwd(), home + "/mail", "{USER}@{HOST}", repr("C:/" + home))
raise RuntimeError("cannot open " + home + "/secret.cfg on {HOST}")
"""

COMPUTER = f"""
import platform, shutil
platform.node = lambda: {HOST!r}
which = shutil.which
shutil.which = lambda name, *rest, **more: None if "chrom" in name else which(name, *rest, **more)  # no PDF
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every file of a run, its report and its evidence, made in a student's home; the client tells all it knows."""
    home = tmp_path_factory.mktemp("computer") / USER
    work, temporary, patched = home / "course work" / "网络", home / "tmp", home / "patched"
    for folder in (work, temporary, patched):
        folder.mkdir(parents=True)
    (work / "chatty.py").write_text(CLIENT, encoding="utf-8")
    (patched / "sitecustomize.py").write_text(COMPUTER, encoding="utf-8")
    env = {"HOME": str(home), "USER": USER, "LOGNAME": USER, "TMPDIR": str(temporary), "PYTHONPATH": str(patched)}
    clients = (f"python '{work / 'chatty.py'}' {{host}} {{port}}", "python chatty.py {host} {port}", "rawsmtp-helo")
    given = [word for client in clients for word in ("--client", client)]
    ran = process("run", COREMAIL, *given, "--out", "out", cwd=work, **env)
    assert "RuntimeError" in (work / "out" / "run.json").read_text("utf-8"), ran.stderr
    for words in (("evidence", "out"), ("report", "out"), ("report", "out", "out")):
        done = process(*words, cwd=work, **env)
        assert done.returncode == 0, done.stderr
    made = [path for path in (work / "out").rglob("*") if path.suffix != ".pdf" and path.is_file()]
    return {path.relative_to(work).as_posix(): path.read_text("utf-8") for path in made}


def test_the_client_told_all_it_knew_and_it_was_taken_out(files: dict[str, str]) -> None:
    assert {f"out/{name}" for name in ("index.html", "compare.html", "evidence.md", "junit.xml")} < set(files)
    assert "RuntimeError: cannot open ~/secret.cfg on host" in files["out/run.json"]


@pytest.mark.parametrize("name", [USER, HOST])
def test_no_name_and_no_folder_of_the_machine_is_in_any_file(files: dict[str, str], name: str) -> None:
    assert [file for file, text in files.items() if name in text or name in file] == []
