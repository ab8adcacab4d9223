"""Sends a job with swaks: makes its options from SMTP_* variables and runs it.

The password reaches swaks through its own variable, so no list of processes shows it. Exit status: swaks' own, 127 for
what this driver or swaks cannot ask for, 126 where there is no swaks.
"""

import math
import os
import shutil
import subprocess
import sys

MECHANISMS = ("plain", "login", "cram-md5")


def main():
    job = os.environ
    auth = job.get("SMTP_AUTH", "none").lower()
    recipients = job["SMTP_RECIPIENTS"].splitlines()
    if auth not in ("none", *MECHANISMS):
        print(f"this driver knows no mechanism {auth} of swaks", file=sys.stderr)
        return 127
    if any("," in recipient for recipient in recipients):
        print("swaks divides recipients at commas, so none can have one", file=sys.stderr)
        return 127
    swaks = shutil.which("swaks")
    if swaks is None:
        print("swaks is not installed, or not in PATH; get it with: apt-get install swaks", file=sys.stderr)
        return 126
    variables = {**job, "SWAKS_OPT_auth_password": job["SMTP_PASSWORD"] or "<>"} if auth != "none" else job
    done = subprocess.run([swaks, *options(job, auth, recipients)], env=variables, stdin=subprocess.DEVNULL)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def options(job, auth, recipients):
    """swaks' options; --config without a file keeps the user's own configuration out."""
    tls = job.get("SMTP_TLS", "none")
    made = ["--config", "--silent", "2", "--server", job["SMTP_HOST"], "--port", job["SMTP_PORT"]]
    made += ["--from", job["SMTP_SENDER"] or "<>", "--to", ",".join(recipients)]
    made += ["--helo", job.get("SMTP_HELO", "localhost"), "--data", "@" + job["SMTP_MESSAGE_FILE"]]
    made += ["--timeout", f"{math.ceil(float(job.get('SMTP_TIMEOUT', '60')))}s"]  # whole seconds are all it takes
    if tls != "none":
        made += ["--tls" if tls == "starttls" else "--tls-on-connect", "--tls-verify"]
        made += ["--tls-ca-path", job["SMTP_CA_FILE"]] if "SMTP_CA_FILE" in job else []
    if auth != "none":
        made += ["--auth", auth.upper(), "--auth-user", job["SMTP_USERNAME"], "--auth-hide-password"]
    return made


if __name__ == "__main__":
    sys.exit(main())
