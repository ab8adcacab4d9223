"""What the drivers of mail programs have in common: a private configuration, the start of the program, its outcome.

None of these programs tells a temporary refusal from a permanent one. Exit status: the program's own, 127 for what the
driver or the program cannot say, 126 where there is no such program.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MECHANISMS = ("plain", "login", "cram-md5")


class Unable(Exception):
    """The program cannot do what the job asks for."""


def main(name, package, prepare, *, version=("--version",), mechanisms=MECHANISMS, start=None, descriptors=()):
    """Run the program *name*. `prepare(job, folder)` returns its arguments, variables of its own, and its input.

    It inherits *descriptors*, which `prepare` opens. Where one run will not do, `start(command, octets, **how)` does
    what will, and has the exit status.
    """
    program = shutil.which(name)
    if program is None:
        print(f"{name} is not installed, or not in PATH; get it with: apt-get install {package}", file=sys.stderr)
        return 126
    if sys.argv[1:] == ["--version"]:
        return subprocess.run([program, *version]).returncode
    auth = os.environ.get("SMTP_AUTH", "none").lower()
    if auth not in ("none", *mechanisms):
        print(f"this driver knows no mechanism {auth} of {name}", file=sys.stderr)
        return 127
    with tempfile.TemporaryDirectory() as folder:
        try:
            arguments, variables, octets = prepare(os.environ, Path(folder))
        except Unable as error:
            print(f"{name} cannot do this: {error}", file=sys.stderr)
            return 127
        how = {"env": {**os.environ, **variables}, "cwd": folder, "pass_fds": descriptors}
        status = (start or once)([program, *arguments], octets, **how)
    return status if status >= 0 else 128 - status


def once(command, octets, **how):
    return subprocess.run(command, input=octets, **how).returncode


def private(path, text):
    """Write a file that only its owner can read: it has the password."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return str(path)


def sender(job):
    """The sender's address. Raises `Unable` for the empty one, which programs for people do not take."""
    if not job["SMTP_SENDER"]:
        raise Unable("it takes no empty sender")
    return one_line(job["SMTP_SENDER"])


def recipients(job):
    return [one_line(address) for address in job["SMTP_RECIPIENTS"].splitlines()]


def one_line(text):
    """*text*, which goes into a line of a configuration or a header."""
    if not text.isprintable():
        raise Unable("a line end or another control character has no place here")
    return text


def body(job):
    """The text of the message with the line ends of this system, which mail programs read."""
    return Path(job["SMTP_BODY_FILE"]).read_bytes().replace(b"\r\n", b"\n") if "SMTP_BODY_FILE" in job else b""


def subject(job):
    return one_line(job.get("SMTP_SUBJECT", ""))


def host(job):
    return f"[{job['SMTP_HOST']}]" if ":" in job["SMTP_HOST"] else job["SMTP_HOST"]
