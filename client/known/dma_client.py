"""Sends a job with dma, the DragonFly Mail Agent: makes its configuration from SMTP_* variables, runs its queue once.

It reads /etc/dma/dma.conf and no other file, so it is started in a mount namespace where that is ours: Linux 5.11, as
any user. It never runs as root, so it is `nobody` there. A message that is to wait makes it sleep until the next
attempt, which is its end here; a message that it gives up it returns to the sender, which it cannot do here, because
nothing more can be written to its queue. Exit status: 0 delivered, 75 to wait, 69 given up, else see programs.py.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from programs import Unable, one_line, private, recipients, sender
from unpacked import main

GIVEN_UP = 74  # it could not write the notification
WAITS, GIVES_UP = 75, 69
NOBODY = 65534
NEW_MOUNTS, NEW_USERS = 0x20000, 0x10000000  # unshare(2): CLONE_NEWNS, CLONE_NEWUSER
CONFIG = "etc/dma/dma.conf"  # in the folder that is laid over /


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    if auth == "plain":
        raise Unable("it knows CRAM-MD5 and LOGIN")
    content = Path(job["SMTP_MESSAGE_FILE"]).read_bytes().replace(b"\r\n", b"\n")  # as `sendmail` reads it
    (folder / "spool").mkdir()
    settings = [f"SMARTHOST {job['SMTP_HOST']}", f"PORT {job['SMTP_PORT']}", f"SPOOLDIR {folder}/spool", "NULLCLIENT"]
    settings.append(f"MAILNAME {one_line(job.get('SMTP_HELO', 'localhost'))}")
    settings += {"none": ["INSECURE"], "starttls": ["SECURETRANSFER", "STARTTLS"], "implicit": ["SECURETRANSFER"]}[tls]
    if auth != "none":
        login = f"{one_line(job['SMTP_USERNAME'])}|{job['SMTP_HOST']}:{one_line(job['SMTP_PASSWORD'])}\n"
        settings.append(f"AUTHPATH {private(folder / 'auth.conf', login)}")
    (folder / CONFIG).parent.mkdir(parents=True)
    (folder / CONFIG).write_text("\n".join([*settings, ""]), encoding="utf-8")
    return ["-i", f"-f{sender(job)}", *recipients(job)], {}, content


def start(command, octets, *, cwd, **how):
    how |= {"cwd": cwd, "preexec_fn": with_its_configuration}
    queued = subprocess.run([command[0], "-bq", *command[1:]], input=octets, **how).returncode
    if queued:
        return queued
    Path(cwd, "spool").chmod(0o500)
    with subprocess.Popen([command[0], "-D", "-q"], **how) as process:
        signal.signal(signal.SIGTERM, lambda *_: (process.kill(), sys.exit(WAITS)))
        status = attempted(process)
    return GIVES_UP if status == GIVEN_UP else status


def attempted(process):
    """What came of its first attempt, after which it ends or sleeps."""
    while process.poll() is None:
        if "nanosleep" in Path(f"/proc/{process.pid}/wchan").read_text():
            process.kill()
            return WAITS
        time.sleep(0.01)
    return process.returncode


def with_its_configuration():
    """In the process to be: have /etc be ours laid over the machine's."""
    user, library = os.geteuid(), ctypes.CDLL(None, use_errno=True)
    done = library.unshare(NEW_USERS | NEW_MOUNTS) == 0
    if done:
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
        done = library.mount(b"dma", b"/etc", b"overlay", 0, b"lowerdir=etc:/etc") == 0
    if not done:
        os.write(2, f"there is no mount namespace to be had here: {os.strerror(ctypes.get_errno())}\n".encode())
        os._exit(126)


def possible():
    """Whether it can be started at all here; what forbids it is printed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "etc").mkdir()
        return subprocess.run(["true"], cwd=folder, preexec_fn=with_its_configuration).returncode == 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"] and not possible():
        sys.exit(126)
    sys.exit(main("dma", prepare, start=start))
