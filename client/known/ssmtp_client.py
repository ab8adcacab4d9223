"""Sends a job with sSMTP: makes its configuration from SMTP_* variables and runs it. Exit status: see programs.py."""

import sys
from pathlib import Path

from programs import Unable, one_line, private, recipients, sender
from unpacked import main


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    if auth == "plain":
        raise Unable("it knows LOGIN and CRAM-MD5")
    if ":" in job["SMTP_HOST"]:
        raise Unable("its mailhub is no IPv6 address")
    settings = {"mailhub": f"{job['SMTP_HOST']}:{job['SMTP_PORT']}", "FromLineOverride": "YES"}
    settings["hostname"] = job.get("SMTP_HELO", "localhost")
    if tls != "none":
        settings["UseTLS"] = "YES"
    if tls == "starttls":
        settings["UseSTARTTLS"] = "YES"
    if auth != "none":
        settings |= {"AuthUser": said(job["SMTP_USERNAME"]), "AuthPass": said(job["SMTP_PASSWORD"])}
        settings["AuthMethod"] = auth.upper()
    file = private(folder / "ssmtp.conf", "".join(f"{name}={value}\n" for name, value in settings.items()))
    content = Path(job["SMTP_MESSAGE_FILE"]).read_bytes().replace(b"\r\n", b"\n")  # as `sendmail` reads it
    return [f"-C{file}", f"-f{sender(job)}", *recipients(job)], {}, content


def said(text):
    """*text* as a value of its configuration, where blanks and some signs divide words."""
    if any(one in ' \t=:"#' for one in text):
        raise Unable('its configuration has no way to write a blank, =, :, " or #')
    return one_line(text)


if __name__ == "__main__":
    sys.exit(main("ssmtp", prepare))
