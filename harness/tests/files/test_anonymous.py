from dataclasses import replace
from pathlib import Path

import pytest

from smtpwitness.files import anonymous as module
from smtpwitness.files.anonymous import Machine, anonymous

LINUX = Machine("/home/joe", "/home/joe/course/lab1", "/var/tmp", "joe", "joes-laptop.example.edu")
WINDOWS = Machine(r"C:\Users\Joe Doe", r"D:\work", r"C:\Users\Joe Doe\AppData\Local\Temp", "Joe Doe", "DESKTOP-7")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('File "/home/joe/m.py", line 3', 'File "~/m.py", line 3'),
        ("/home/joe/course/lab1/m.py", "./m.py"),
        ("cwd=/home/joe/course/lab1.", "cwd=.."),
        ("/home/joe/course/lab10/m.py", "~/course/lab10/m.py"),
        ("/home/joes/x", "/home/joes/x"),
        ("/var/tmp/case-1/m.eml and /var/tmp", "tmp/case-1/m.eml and tmp"),
        ("file:///home/joe/x", "file://~/x"),
        ("/mnt/home/joe/x", "/mnt/home/user/x"),
        ("/run/joe.sock /run/joe", "/run/joe.sock /run/user"),
        ("joe is joe, banjoe", "joe is joe, banjoe"),
        ("From: joe@joes-laptop", "From: user@host"),
        ("From: joe@example.test", "From: joe@example.test"),
        ("EHLO joes-laptop.example.edu, joes-laptop", "EHLO host, host"),
        ("EHLO JOES-LAPTOP", "EHLO host"),
        ("my-joes-laptop joes-laptop-2", "my-joes-laptop joes-laptop-2"),
    ],
)
def test_linux(text: str, expected: str):
    assert anonymous(text, LINUX) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"C:\Users\Joe Doe\m.py", r"~\m.py"),
        (r"c:/users/joe doe/m.py", "~/m.py"),
        (r"'C:\\Users\\Joe Doe\\AppData\\Local\\Temp\\x'", r"'tmp\\x'"),
        (r"D:\work\m.py", r".\m.py"),
        (r"E:\Users\Joe Doe\x", r"E:\Users\user\x"),
        ("desktop-7", "host"),
    ],
)
def test_windows(text: str, expected: str):
    assert anonymous(text, WINDOWS) == expected


def test_the_superuser_in_a_container():
    machine = Machine("/root", "/", "/tmp", "root", "mail")
    text = "root@mail: /root/x /rooted /srv/root/x, mail from root"
    assert anonymous(text, machine) == "root@mail: ~/x /rooted /srv/user/x, mail from root"


def test_a_machine_that_says_nothing():
    assert anonymous("/a root@b C:\\", Machine("/", "/", "", "", "")) == "/a root@b C:\\"


def test_home_is_the_working_folder():
    assert anonymous("/home/joe/x", replace(LINUX, cwd="/home/joe")) == "./x"


def test_a_folder_by_its_other_name(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    machine = replace(LINUX, temporary=str(tmp_path / "link"))
    assert anonymous(f"{tmp_path}/link/x {tmp_path.resolve()}/real/x", machine) == "tmp/x tmp/x"


def test_this_machine():
    machine = Machine.here()
    assert anonymous(f"{Path.cwd()}/x") == "./x"
    assert machine.home == str(Path.home())


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch):
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(module.getpass, "getuser", nobody)
    assert Machine.here().user == ""
