"""Sends a job with s-nail: makes its settings from SMTP_* variables and runs it. Exit status: see programs.py."""

import sys
from urllib.parse import quote

from programs import body, host, main, one_line, private, recipients, sender, subject


def quoted(text):
    return "$'" + one_line(text).replace("\\", "\\\\").replace("'", "\\'") + "'"


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    user = quote(job["SMTP_USERNAME"], safe="") + "@" if auth != "none" else ""
    scheme = "smtps" if tls == "implicit" else "smtp"
    settings = {
        "mta": f"{scheme}://{user}{host(job)}:{job['SMTP_PORT']}",
        "smtp-auth": auth,
        "hostname": job.get("SMTP_HELO", "localhost"),
        "tls-verify": "strict",
    }
    if "SMTP_CA_FILE" in job:
        settings["tls-ca-file"] = job["SMTP_CA_FILE"]
    if auth != "none":
        settings["password"] = job["SMTP_PASSWORD"]
    # Without `sendwait` it leaves before it knows; without `nosave` it keeps a copy of what was refused.
    lines = [
        "set v15-compat=yes sendwait nosave",
        *(f"wysh set {name}={quoted(value)}" for name, value in settings.items()),
    ]
    if tls == "starttls":
        lines.append("set smtp-use-starttls")
    rc = private(folder / "rc", "\n".join(lines) + "\n")
    # -:u reads $MAILRC only; -~ would run what a body says behind ~.
    return ["-:u", "-r", sender(job), "-s", subject(job), "-.", *recipients(job)], {"MAILRC": rc}, body(job)


if __name__ == "__main__":
    sys.exit(main("s-nail", "s-nail", prepare, version=("-:/", "-Xversion", "-Xxit")))
