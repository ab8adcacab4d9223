"""Sends a job with curl: makes its options from SMTP_* variables and runs it.

User name and password go through curl's configuration on standard input, where no list of processes shows them. Exit
status: curl's own (0 accepted, anything else failed), 127 for a mechanism that curl has not, 126 where there is no
curl.
"""

import os
import shutil
import subprocess
import sys
from urllib.parse import quote

MECHANISMS = ("plain", "login", "cram-md5")


def main():
    job = os.environ
    auth = job.get("SMTP_AUTH", "none").lower()
    if auth not in ("none", *MECHANISMS):
        print(f"this driver knows no mechanism {auth} of curl", file=sys.stderr)
        return 127
    curl = shutil.which("curl")
    if curl is None:
        print("curl is not installed, or not in PATH", file=sys.stderr)
        return 126
    done = subprocess.run([curl, *options(job, auth)], input=config(job, auth).encode())
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def options(job, auth):
    """curl's options; --disable, which keeps the user's own configuration out, must be the first."""
    made = ["--disable", "--silent", "--show-error", "--config", "-"]
    made += ["--url", url(job), "--upload-file", job["SMTP_MESSAGE_FILE"], "--mail-from", job["SMTP_SENDER"]]
    for recipient in job["SMTP_RECIPIENTS"].splitlines():
        made += ["--mail-rcpt", recipient]
    if job.get("SMTP_TLS") == "starttls":
        made.append("--ssl-reqd")
    if "SMTP_CA_FILE" in job:
        made += ["--cacert", job["SMTP_CA_FILE"]]
    if auth != "none":
        made += ["--login-options", "AUTH=" + auth.upper()]
    return made


def url(job):
    """The server, and as the path the name for EHLO (curl would say the machine's name, or the file's)."""
    scheme = "smtps" if job.get("SMTP_TLS") == "implicit" else "smtp"
    host = f"[{job['SMTP_HOST']}]" if ":" in job["SMTP_HOST"] else job["SMTP_HOST"]
    helo = job.get("SMTP_HELO", "localhost.localdomain")
    return f"{scheme}://{host}:{job['SMTP_PORT']}/{quote(helo, safe='')}"


def config(job, auth):
    """What curl reads on its standard input."""
    if auth == "none":
        return ""
    user = f"{job['SMTP_USERNAME']}:{job['SMTP_PASSWORD']}"
    for char, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\v", "\\v")):
        user = user.replace(char, escape)
    return f'user = "{user}"\n'


if __name__ == "__main__":
    sys.exit(main())
