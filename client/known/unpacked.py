"""Programs of packages that would take the place of the machine's own MTA: fetched and unpacked, never installed.

python3 unpacked.py ssmtp     fetches the package of Debian and unpacks it beside the relays (see `mtas.prefix`)
"""

import gzip
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from mtas import prefix
from programs import main as run

PROGRAMS = {"dma": "usr/sbin/dma", "nullmailer": "usr/lib/nullmailer/smtp", "ssmtp": "usr/sbin/ssmtp"}


def place(package):
    """The folder where *package* is: unpacked, else installed; None if it is nowhere."""
    places = (prefix(package), Path("/"))
    return next((one for one in places if os.access(one / PROGRAMS[package], os.X_OK)), None)


def main(package, prepare, **more):
    """As `programs.main`, for the program of *package*."""
    found = place(package)
    if found is None:
        print(f"{package} is not here yet; get it with: python3 {__file__} {package}", file=sys.stderr)
        return 126
    if sys.argv[1:] == ["--version"]:
        print(package, version(found, package))
        return 0
    return run(str(found / PROGRAMS[package]), package, prepare, **more)


def version(found, package):
    """That of Debian's change log: none of the programs tells its own where no message is sent."""
    with gzip.open(found / "usr/share/doc" / package / "changelog.Debian.gz", "rt", encoding="utf-8") as log:
        return log.readline().partition("(")[2].partition(")")[0]


def fetch(package):
    folder = prefix(package)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        subprocess.run(["apt-get", "download", "-q", package], cwd=made, check=True)
        (deb,) = Path(made).glob("*.deb")
        whole = Path(made, "whole")
        subprocess.run(["dpkg", "-x", str(deb), str(whole)], check=True)
        for one in whole.rglob("*"):
            if one.is_file() and not one.is_symlink():  # without root's rights, and the group's of the system's mail
                one.chmod(stat.S_IMODE(one.stat().st_mode) & 0o777)
        shutil.rmtree(folder, ignore_errors=True)
        whole.rename(folder)
    folder.chmod(0o755)


if __name__ == "__main__":
    if sys.argv[1:2] != sys.argv[1:] or not set(sys.argv[1:]) & set(PROGRAMS):
        sys.exit(f"usage: python3 {sys.argv[0]} {' | '.join(PROGRAMS)}")
    fetch(sys.argv[1])
