"""Sends a job with nullmailer's `smtp`, which its queue starts for each message: makes its input from SMTP_* variables.

Exit status: its own (33 and above for what will not do next time either), else see programs.py.
"""

import os
import sys
from pathlib import Path

from programs import Unable, one_line, recipients
from unpacked import main

MESSAGE = 3  # the descriptor from which it reads the message


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    if auth == "cram-md5":
        raise Unable("it knows PLAIN and LOGIN")
    options = [f"host={job['SMTP_HOST']}", f"port={job['SMTP_PORT']}"]
    options += {"none": [], "starttls": ["starttls"], "implicit": ["tls"]}[tls]
    if tls != "none" and "SMTP_CA_FILE" in job:
        options.append(f"x509cafile={job['SMTP_CA_FILE']}")
    if auth != "none":
        options += [f"user={one_line(job['SMTP_USERNAME'])}", f"pass={one_line(job['SMTP_PASSWORD'])}"]
    if auth == "login":
        options.append("auth-login")
    queued(Path(folder, "queued"), job)
    return [], {"HELOHOST": one_line(job.get("SMTP_HELO", "localhost"))}, "\n".join([*options, "", ""]).encode()


def queued(path, job):
    """Its queue file, opened as its descriptor: sender, recipients, an empty line, the message with lone LFs."""
    content = Path(job["SMTP_MESSAGE_FILE"]).read_bytes()
    if b"\n" in content.replace(b"\r\n", b""):
        raise Unable("in its queue every LF is the end of a line")
    lines = [one_line(job["SMTP_SENDER"]), *recipients(job), ""]
    path.write_bytes("\n".join([*lines, ""]).encode() + content.replace(b"\r\n", b"\n"))
    opened = os.open(path, os.O_RDONLY)
    os.dup2(opened, MESSAGE, inheritable=True)


if __name__ == "__main__":
    sys.exit(main("nullmailer", prepare, descriptors=(MESSAGE,)))
