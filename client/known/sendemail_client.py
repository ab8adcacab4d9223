"""Sends a job with sendEmail: makes its options from SMTP_* variables and runs it. Exit status: see programs.py.

The password stands on its command line, because it takes it nowhere else.
"""

import re
import shutil
import subprocess
import sys

from programs import Unable, body, host, main, recipients, sender, subject


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    if tls == "implicit":
        raise Unable("it has no TLS from the first octet")
    if job.get("SMTP_HELO", "").startswith("["):
        raise Unable("the name of this host is a domain: of an address it makes half a Message-ID")
    if any(one in address for address in (sender(job), *recipients(job)) for one in ',; \t"<>'):
        raise Unable("it divides addresses at commas, semicolons and blanks, and quotes")
    made = ["-f", sender(job), "-t", *recipients(job), "-u", subject(job), "-s", f"{host(job)}:{job['SMTP_PORT']}"]
    made += ["-o", f"fqdn={job.get('SMTP_HELO', 'localhost')}", "-o", f"tls={'yes' if tls == 'starttls' else 'no'}"]
    made += ["-o", "message-charset=utf-8", "-o", f"timeout={int(float(job.get('SMTP_TIMEOUT', '60')))}"]
    if auth != "none":
        made += ["-o", f"username={job['SMTP_USERNAME']}", "-o", f"password={job['SMTP_PASSWORD']}"]
    return made, {}, body(job)


def version():
    """The first line of its help, after which it ends with status 1."""
    told = subprocess.run(["sendEmail", "--help"], capture_output=True, text=True).stdout.split(maxsplit=1)
    print(re.sub(r"\x1b\[\d*m", "", told[0]) if told else "sendEmail")


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"] and shutil.which("sendEmail"):
        sys.exit(version())
    sys.exit(main("sendEmail", "sendemail libio-socket-ssl-perl", prepare))
