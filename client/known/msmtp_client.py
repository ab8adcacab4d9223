"""Sends a job with msmtp: makes its options from SMTP_* variables and runs it.

The password reaches msmtp through its `passwordeval`, so no list of processes shows it. Exit status: msmtp's own (see
sysexits.h), 127 for a mechanism that this driver does not ask for, 126 where there is no msmtp.
"""

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

MECHANISMS = ("plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256")


def main():
    job = os.environ
    auth = job.get("SMTP_AUTH", "none").lower()
    if auth not in ("none", *MECHANISMS):
        print(f"this driver knows no mechanism {auth} of msmtp", file=sys.stderr)
        return 127
    msmtp = shutil.which("msmtp")
    if msmtp is None:
        print("msmtp is not installed, or not in PATH; get it with: apt-get install msmtp", file=sys.stderr)
        return 126
    done = subprocess.run([msmtp, *options(job, auth)], input=Path(job["SMTP_MESSAGE_FILE"]).read_bytes())
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def options(job, auth):
    """msmtp's options; --host keeps configuration files out."""
    tls = job.get("SMTP_TLS", "none")
    made = ["--host=" + job["SMTP_HOST"], "--port=" + job["SMTP_PORT"], "--from=" + job["SMTP_SENDER"]]
    made += ["--domain=" + job.get("SMTP_HELO", "localhost")]
    made += [f"--timeout={math.ceil(float(job.get('SMTP_TIMEOUT', '60')))}"]  # whole seconds are all it takes
    made += ["--tls=" + ("off" if tls == "none" else "on"), "--tls-starttls=" + ("on" if tls == "starttls" else "off")]
    if tls != "none" and "SMTP_CA_FILE" in job:
        made.append("--tls-trust-file=" + job["SMTP_CA_FILE"])
    # The message is given whole: nothing is to be added to it.
    made += ["--set-from-header=off", "--set-date-header=off", "--set-msgid-header=off"]
    made.append("--auth=" + ("off" if auth == "none" else auth))
    if auth != "none":
        made += ["--user=" + job["SMTP_USERNAME"], '--passwordeval=printf %s "$SMTP_PASSWORD"']
    return [*made, "--", *job["SMTP_RECIPIENTS"].splitlines()]


if __name__ == "__main__":
    sys.exit(main())
