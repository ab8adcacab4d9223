"""Sends a job with git send-email: makes its settings from SMTP_* variables. Exit status: see programs.py."""

import subprocess
import sys

from programs import Unable, body, main, one_line, private, recipients, sender, subject


def quoted(text):
    return '"' + one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def prepare(job, folder):
    tls, auth = job.get("SMTP_TLS", "none"), job.get("SMTP_AUTH", "none").lower()
    if not subject(job).isascii():
        raise Unable("a file of a patch has its subject encoded already")
    if auth == "cram-md5" and subprocess.run(["perl", "-MDigest::HMAC_MD5", "-e", ""], capture_output=True).returncode:
        raise Unable("CRAM-MD5 is not installed; get it with: apt-get install libdigest-hmac-perl")
    settings = {
        "smtpServer": job["SMTP_HOST"],
        "smtpServerPort": job["SMTP_PORT"],
        "smtpDomain": job.get("SMTP_HELO", "localhost"),
        "envelopeSender": sender(job),
        "smtpEncryption": {"none": "none", "starttls": "tls", "implicit": "ssl"}[tls],
        "smtpAuth": "none" if auth == "none" else auth.upper(),
        "confirm": "never",
        "suppressCc": "all",
        "validate": "false",
        "xmailer": "false",
    }
    if "SMTP_CA_FILE" in job:
        settings["smtpSSLCertPath"] = job["SMTP_CA_FILE"]
    if auth != "none":
        settings |= {"smtpUser": job["SMTP_USERNAME"], "smtpPass": job["SMTP_PASSWORD"]}
    lines = "".join(f"\t{name} = {quoted(value)}\n" for name, value in settings.items())
    # Whoever sends, it wants to know who works here, and not every machine can tell that by itself.
    user = f"[user]\n\tname = somebody\n\temail = {quoted(sender(job))}\n"
    config = private(folder / "config", user + "[sendemail]\n" + lines)
    header = f"From: {sender(job)}\nSubject: {subject(job)}\n\n"
    message = folder / "message.eml"
    message.write_bytes(header.encode() + body(job))
    variables = {"GIT_CONFIG_GLOBAL": config, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    addresses = [f"--to={address}" for address in recipients(job)]
    return ["send-email", "--quiet", f"--from={sender(job)}", *addresses, str(message)], variables, b""


if __name__ == "__main__":
    sys.exit(main("git", "git-email", prepare))
