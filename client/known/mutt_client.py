"""Sends a job with mutt: makes its settings from SMTP_* variables and runs it. Exit status: see programs.py."""

import sys
from urllib.parse import quote

from programs import body, host, main, one_line, private, recipients, sender, subject


def quoted(text):
    """*text* as a word of muttrc."""
    return '"' + "".join("\\" + letter if letter in '\\"$`' else letter for letter in one_line(text)) + '"'


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    user = quote(job["SMTP_USERNAME"], safe="") + "@" if auth != "none" else ""
    scheme = "smtps" if tls == "implicit" else "smtp"
    settings = {
        "smtp_url": f"{scheme}://{user}{host(job)}:{job['SMTP_PORT']}/",
        "from": sender(job),
        "envelope_from_address": sender(job),
        "hostname": job.get("SMTP_HELO", "localhost"),
        "smtp_authenticators": "" if auth == "none" else auth,
    }
    if auth != "none":
        settings["smtp_pass"] = job["SMTP_PASSWORD"]
    if "SMTP_CA_FILE" in job:
        settings["certificate_file"] = job["SMTP_CA_FILE"]
    secure = "yes" if tls == "starttls" else "no"
    lines = [
        "set use_envelope_from=yes use_domain=no copy=no",
        f"set ssl_starttls={secure} ssl_force_tls={'no' if tls == 'none' else 'yes'}",
        *(f"set {name}={quoted(value)}" for name, value in settings.items()),
    ]
    rc = private(folder / "muttrc", "\n".join(lines) + "\n")
    return ["-n", "-F", rc, "-s", subject(job), "--", *recipients(job)], {}, body(job)


if __name__ == "__main__":
    sys.exit(main("mutt", "mutt", prepare, version=("-v",)))
