"""Sends a job with mail of GNU Mailutils: makes its settings from SMTP_* variables. Exit status: see programs.py."""

import sys
from urllib.parse import quote

from programs import body, host, main, private, recipients, sender, subject


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    login = ""
    if auth != "none":
        user, password = (quote(job[name], safe="") for name in ("SMTP_USERNAME", "SMTP_PASSWORD"))
        login = f"{user}:{password};auth={auth.upper()}@"
    scheme = "smtps" if tls == "implicit" else "smtp"
    url = f"{scheme}://{login}{host(job)}:{job['SMTP_PORT']}" + (";notls" if tls == "none" else "")
    private(folder / ".mailrc", f'set sendmail="{url}"\nset nosave\n')
    config = f'tls {{ ssl-ca-file "{job["SMTP_CA_FILE"]}"; }};\n' if "SMTP_CA_FILE" in job else ""
    made = ["--no-site-config", "--config-file=" + private(folder / "mu.conf", config)]
    # -r is for the envelope alone: without a field of its own the message has no From.
    made += ["--append", f"From: {sender(job)}"]
    text = body(job)
    if not text.isascii():  # as its manual says for text that is not plain ASCII; it does not do so by itself
        made += ["--content-type=text/plain; charset=UTF-8", "--encoding=quoted-printable"]
    return [*made, "-r", sender(job), "-s", subject(job), "--", *recipients(job)], {"HOME": str(folder)}, text


if __name__ == "__main__":
    sys.exit(main("mail.mailutils", "mailutils", prepare))
