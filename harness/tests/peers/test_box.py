"""A box holds what runs in it, and every server that it names is ours. Real processes, Linux only."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.boxing import Seen, needs_a_box, shut_in
from peers.scripted import GREETING

from smtpwitness.judge.actions import StartTls
from smtpwitness.model.scenario import Records
from smtpwitness.model.transcript import Kind, Side
from smtpwitness.peers import box
from smtpwitness.peers.process import ClientNotStarted

pytestmark = [pytest.mark.once, needs_a_box]


@pytest.fixture
def hidden() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="smtpwitness-") as name:
        yield Path(name)


def run(hidden: Path, text: str, cwd: Path, script: dict[str, Any] | None = None, **more: Any) -> Seen:
    """Run a Python text in a box."""
    return shut_in(hidden, [sys.executable, "-I", "-c", text], cwd, script, **more)


def test_any_name_and_any_address_is_the_server(hidden: Path, tmp_path: Path) -> None:
    text = (
        "import socket\n"
        "for host in ('smtp.qq.com', '192.0.2.7', '2001:db8::1', '127.0.0.1', 'localhost'):\n"
        "    with socket.create_connection((host, 25)) as one: print(one.recv(3).decode())\n"
        "print(socket.getfqdn())"
    )
    process, seen, events = run(hidden, text, tmp_path)
    assert process.stdout.split() == ["220"] * 5 + [box.HOST_NAME], process.stderr
    assert len([one for one in events if one[1] is Kind.OPEN]) == 5
    assert seen.asked == ("smtp.qq.com",)
    assert {"smtp.qq.com:25", "192.0.2.7:25"} <= set(seen.tried)


def test_the_host_that_a_connection_is_for_is_told_where_the_client_was_to_find_it(
    hidden: Path, tmp_path: Path
) -> None:
    text = (
        "import socket\n"
        "for host in ('mx.example.test', '192.0.2.7', '127.0.0.1'):\n"
        "    with socket.create_connection((host, 25)) as one: one.recv(3)"
    )
    process, _, events = run(hidden, text, tmp_path, records={"example.test": Records(((10, "mx.example.test"),))})
    assert process.exit_status == 0, process.stderr
    opened = [note for _, kind, note in events if kind is Kind.OPEN]
    assert opened == ["mx.example.test", "192.0.2.7", "localhost"]


def test_a_port_where_nobody_listens_is_told(hidden: Path, tmp_path: Path) -> None:
    text = "import socket\ntry: socket.create_connection(('smtp.163.com', 2525))\nexcept OSError as e: print(e.errno)"
    process, seen, events = run(hidden, text, tmp_path)
    assert process.stdout == "111\n"
    assert seen.tried == ("smtp.163.com:2525",)
    assert seen.ports == {2525}
    assert not events


@pytest.mark.parametrize("host", ["smtp.gmail.com", "192.0.2.7"])
def test_tls_on_port_465_is_for_the_host_that_the_client_means(hidden: Path, tmp_path: Path, host: str) -> None:
    text = (
        "import socket, ssl\n"
        f"one = ssl.create_default_context().wrap_socket(socket.create_connection(('{host}', 465)), "
        f"server_hostname='{host}')\n"
        "print(one.version())"
    )
    script = {"open": (StartTls(),), "tls": (GREETING,)}
    process, _, events = run(hidden, text, tmp_path, script)
    assert process.stdout.startswith("TLS"), process.stderr
    assert events[0] == (Side.CLIENT, Kind.OPEN, "implicit")


def test_its_own_folder_is_a_copy(hidden: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "told.txt").write_text("told")
    (tmp_path / "link").symlink_to("sub/told.txt")
    text = (
        "import os\n"
        "print(open('link').read())\n"
        "open('sub/told.txt', 'w').write('changed'); open('new', 'w').close(); os.unlink('link')\n"
        "print(open('sub/told.txt').read(), os.getcwd())"
    )
    process, _, _ = run(hidden, text, tmp_path)
    assert process.stdout.split() == ["told", "changed", str(tmp_path)], process.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "sub"]
    assert (tmp_path / "link").read_text() == "told"


def test_a_folder_that_is_too_large_can_only_be_read(hidden: Path, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"")
    os.truncate(tmp_path / "large", box.MOST_COPIED + 1)
    text = "import os\nprint(os.path.getsize('large'))\ntry: open('new', 'w')\nexcept OSError as e: print(e.errno)"
    process, _, _ = run(hidden, text, tmp_path)
    assert process.stdout.split() == [str(box.MOST_COPIED + 1), "30"], process.stderr


def test_what_it_cannot_see(hidden: Path, tmp_path: Path) -> None:
    (hidden / "other").mkdir()
    (hidden / "other" / "password").write_text("secret")
    text = (
        "import os\n"
        f"print(os.listdir({str(hidden)!r}))\n"
        "print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))\n"
        "print(os.getuid() != 0, [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')])\n"
        "print([l.split(':')[0] for l in open('/etc/passwd')])\n"
        "print(os.listdir('/run'))"
    )
    process, _, _ = run(hidden, text, tmp_path)
    files, processes, rights, users, runtime = process.stdout.splitlines()
    assert sorted(eval(files)) == ["ca.pem", "case"] or eval(files) == ["case"]
    assert eval(processes) == [1, 2]
    assert rights == "True ['0000000000000000']"
    assert eval(users) == ["root", "student"]
    assert eval(runtime) == []


def test_what_it_wrote_about_its_work_comes_out(hidden: Path, tmp_path: Path) -> None:
    run(hidden, f"open({str(hidden / 'case' / 'tmp' / 'result')!r}, 'w').write('done')", tmp_path)
    assert (hidden / "case" / "tmp" / "result").read_text() == "done"


@pytest.mark.parametrize(
    ("text", "status", "name"),
    [
        ("raise SystemExit(75)", 75, ""),
        ("import os; os.kill(os.getpid(), 11)", None, "SIGSEGV"),
        ("raise SystemExit(139)", 139, ""),
    ],
)
def test_how_it_ended(hidden: Path, tmp_path: Path, text: str, status: int | None, name: str) -> None:
    process, seen, _ = run(hidden, text, tmp_path)
    assert (process.exit_status, process.signal, process.timed_out) == (status, name, False)
    assert seen.memory > 1_000_000
    assert seen.limits == ()


def test_the_limit_is_told_and_the_client_may_end_by_itself(hidden: Path, tmp_path: Path) -> None:
    text = (
        "import signal, sys, time\n"
        "def end(*_): print('ended', flush=True); sys.exit(3)\n"
        "signal.signal(signal.SIGTERM, end)\ntime.sleep(60)"
    )
    process, _, events = run(hidden, text, tmp_path, limit=3.0)
    assert process.timed_out
    assert process.stdout == "ended\n"
    assert process.exit_status == 3
    assert events[-1] == (Side.HARNESS, Kind.LIMIT, "time is up")


def test_a_program_that_is_not_there(hidden: Path, tmp_path: Path) -> None:
    with pytest.raises(ClientNotStarted, match="no-such-program: No such file or directory"):
        shut_in(hidden, ["no-such-program"], tmp_path)


def test_a_box_that_cannot_be_made(hidden: Path, tmp_path: Path) -> None:
    with pytest.raises(box.BoxError, match="Address already in use"):
        run(hidden, "", tmp_path, ports=(25, 25))


def test_nothing_of_it_is_left(hidden: Path, tmp_path: Path) -> None:
    def there() -> tuple[int, str]:
        return len(list(Path("/proc/self/fd").iterdir())), Path("/proc/self/mounts").read_text()

    before = there()
    run(hidden, "import os; os.fork() or os.setsid() or __import__('time').sleep(99)", tmp_path)
    assert there() == before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", 25), 1)


def test_where_the_program_cannot_be_compiled_its_text_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> str:
        raise PermissionError("a read-only file system")

    assert box._inside().endswith(".pyc")
    monkeypatch.setattr("py_compile.compile", refused)
    assert box._inside.__wrapped__().endswith("inside.py")
