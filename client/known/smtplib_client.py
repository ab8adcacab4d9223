"""Sends a job with smtplib, as its documentation shows: connect, say hello, STARTTLS, log in, `sendmail`, `quit`.

The job is read from SMTP_* variables and, for several messages, from SMTP_JOB_FILE. The outcome is what `sendmail`
said, not what came of `quit`. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism, 1 otherwise
(the driver or smtplib gave up). SMTP_RESULT_FILE gets a word for each recipient.
"""

import contextlib
import json
import os
import smtplib
import ssl
import sys
from pathlib import Path

MECHANISMS = ("plain", "login", "cram-md5")
EXITS = {"permanent": 69, "temporary": 75, "declined": 1, "accepted": 0}  # the worst first


def main():
    job = os.environ
    auth = job.get("SMTP_AUTH", "none").lower()
    if auth not in ("none", *MECHANISMS):
        print(f"smtplib has no mechanism {auth}", file=sys.stderr)
        return 127
    messages = read_messages(job)
    words = []
    try:
        smtp = connect(job)
        try:
            prepare(smtp, job, auth)
            for message in messages:
                words.append(send(smtp, **message))
        finally:
            say_goodbye(smtp)
    except (OSError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        # No message went out after this, so all the rest have one fate.
        words += [dict.fromkeys(message["recipients"], outcome(error)) for message in messages[len(words) :]]
    return tell(job, words)


def tell(job, words):
    """Writes the result file if there is to be one. Returns the exit status for the worst word of all."""
    if "SMTP_RESULT_FILE" in job:
        Path(job["SMTP_RESULT_FILE"]).write_text(json.dumps({"messages": [{"recipients": told} for told in words]}))
    every = {word for told in words for word in told.values()}
    return next(status for word, status in EXITS.items() if word in every)


def read_messages(job):
    """What to send: for each message its sender, recipients and file."""
    if "SMTP_JOB_FILE" in job:
        return read_job_file(job)["messages"]
    recipients = job["SMTP_RECIPIENTS"].splitlines()
    return [{"sender": job["SMTP_SENDER"], "recipients": recipients, "message_file": job["SMTP_MESSAGE_FILE"]}]


def read_job_file(job):
    return json.loads(Path(job["SMTP_JOB_FILE"]).read_text(encoding="utf-8")) if "SMTP_JOB_FILE" in job else {}


def connect(job):
    options = {"local_hostname": job.get("SMTP_HELO"), "timeout": float(job.get("SMTP_TIMEOUT", "60"))}
    if job.get("SMTP_TLS") == "implicit":
        context = ssl.create_default_context(cafile=job.get("SMTP_CA_FILE"))
        return smtplib.SMTP_SSL(job["SMTP_HOST"], int(job["SMTP_PORT"]), context=context, **options)
    kind = smtplib.LMTP if read_job_file(job).get("protocol") == "lmtp" else smtplib.SMTP
    return kind(job["SMTP_HOST"], int(job["SMTP_PORT"]), **options)


def prepare(smtp, job, auth):
    """Everything before the first MAIL."""
    smtp.ehlo_or_helo_if_needed()
    if job.get("SMTP_TLS") == "starttls":
        smtp.starttls(context=ssl.create_default_context(cafile=job.get("SMTP_CA_FILE")))
        smtp.ehlo_or_helo_if_needed()
    if auth != "none":
        # login() takes the mechanism that it likes best; this is what it does once it has chosen.
        if auth.upper() not in smtp.esmtp_features.get("auth", "").split():  # as `login` reads the list
            raise smtplib.SMTPNotSupportedError(f"the server does not offer AUTH {auth.upper()}")
        smtp.user, smtp.password = job["SMTP_USERNAME"], job["SMTP_PASSWORD"]
        smtp.auth(auth.upper(), getattr(smtp, "auth_" + auth.replace("-", "_")))


def send(smtp, sender, recipients, message_file):
    """Send one message. Returns a word for each recipient; raises only where the session cannot go on."""
    octets = Path(message_file).read_bytes()
    try:
        eight_bit = not octets.isascii()
        if eight_bit and not smtp.has_extn("8bitmime"):
            raise smtplib.SMTPNotSupportedError("the message is not ASCII and the server does not offer 8BITMIME")
        refused = smtp.sendmail(sender, recipients, octets, mail_options=["body=8bitmime"] if eight_bit else [])
    except smtplib.SMTPRecipientsRefused as error:
        print(f"refused: {error.recipients}", file=sys.stderr)
        # After 421 it holds only those that were asked for, and the rest got nothing either.
        return {one: by_code(error.recipients.get(one, (421, b""))[0]) for one in recipients}
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return dict.fromkeys(recipients, outcome(error))
    if refused:
        print(f"refused: {refused}", file=sys.stderr)
    return {one: by_code(refused[one][0]) if one in refused else "accepted" for one in recipients}


def outcome(error):
    """The word for what an exception means."""
    if isinstance(error, smtplib.SMTPResponseException):
        return by_code(error.smtp_code)
    if isinstance(error, (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError, ValueError)):
        return "declined"
    return "temporary"  # the connection was lost, or never came about


def by_code(code):
    """The word for a reply code; one that is neither 4yz nor 5yz gave no class."""
    return {4: "temporary", 5: "permanent"}.get(code // 100, "declined")


def say_goodbye(smtp):
    with contextlib.suppress(OSError):  # smtplib's exceptions among them
        smtp.quit()  # the message is the server's or it is not: QUIT changes nothing


if __name__ == "__main__":
    sys.exit(main())
