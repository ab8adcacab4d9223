"""Sends a job with aiosmtplib, as its documentation shows: connect, STARTTLS, log in, `sendmail`, `quit`.

The job is read, and its outcome told, as smtplib_client.py does; the outcome is what `sendmail` said, not what came of
`quit`. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism, 126 where there is no aiosmtplib, 1
otherwise (the driver or aiosmtplib gave up).
"""

import asyncio
import contextlib
import os
import ssl
import sys
from pathlib import Path

from smtplib_client import MECHANISMS, by_code, read_messages, tell

try:
    import aiosmtplib
except ImportError:
    print("aiosmtplib is not installed; get it with: pip install aiosmtplib", file=sys.stderr)
    sys.exit(126)


async def main():
    job = os.environ
    auth = job.get("SMTP_AUTH", "none").lower()
    if auth not in ("none", *MECHANISMS):
        print(f"this driver knows no mechanism {auth} of aiosmtplib", file=sys.stderr)
        return 127
    messages = read_messages(job)
    words = []
    smtp = aiosmtplib.SMTP(
        hostname=job["SMTP_HOST"],
        port=int(job["SMTP_PORT"]),
        local_hostname=job.get("SMTP_HELO"),
        timeout=float(job.get("SMTP_TIMEOUT", "60")),
        use_tls=job.get("SMTP_TLS") == "implicit",
        start_tls=False,  # by itself, below: the default takes STARTTLS if it is offered, and asks for nothing
        tls_context=trust(job),
    )
    try:
        try:
            await prepare(smtp, job, auth)
            for message in messages:
                words.append(await send(smtp, **message))
        finally:
            await say_goodbye(smtp)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        # No message went out after this, so all the rest have one fate.
        words += [dict.fromkeys(message["recipients"], outcome(error)) for message in messages[len(words) :]]
    return tell(job, words)


def trust(job):
    return ssl.create_default_context(cafile=job.get("SMTP_CA_FILE")) if job.get("SMTP_TLS", "none") != "none" else None


async def prepare(smtp, job, auth):
    """Everything before the first MAIL."""
    await smtp.connect()
    if job.get("SMTP_TLS") == "starttls":
        await smtp.starttls()
    if auth != "none":
        if smtp.is_ehlo_or_helo_needed:
            await smtp.ehlo()
        # login() takes the mechanism that it likes best; this is what it does once it has chosen.
        if auth not in smtp.supported_auth_methods:
            raise aiosmtplib.SMTPNotSupported(f"the server does not offer AUTH {auth.upper()}")
        await getattr(smtp, "auth_" + auth.replace("-", ""))(job["SMTP_USERNAME"], job["SMTP_PASSWORD"])


async def send(smtp, sender, recipients, message_file):
    """Send one message. Returns a word for each recipient; raises only where the session cannot go on."""
    octets = Path(message_file).read_bytes()
    try:
        refused, _ = await smtp.sendmail(sender, recipients, octets, mail_options=await options(smtp, octets))
    except aiosmtplib.SMTPServerDisconnected:
        raise
    except aiosmtplib.SMTPRecipientsRefused as error:
        print(f"refused: {error.recipients}", file=sys.stderr)
        return {one.recipient: by_code(one.code) for one in error.recipients}
    except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPNotSupported, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return dict.fromkeys(recipients, outcome(error))
    if refused:
        print(f"refused: {refused}", file=sys.stderr)
    return {one: by_code(refused[one].code) if one in refused else "accepted" for one in recipients}


async def options(smtp, octets):
    """What `sendmail` leaves to its caller: that octets above 127 are announced, and sent only where they are taken."""
    if octets.isascii():
        return []
    if smtp.is_ehlo_or_helo_needed:
        await smtp.ehlo()
    if not smtp.supports_extension("8bitmime"):
        raise aiosmtplib.SMTPNotSupported("the message is not ASCII and the server does not offer 8BITMIME")
    return ["body=8bitmime"]


def outcome(error):
    """The word for what an exception means."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return by_code(error.code)
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return "declined"
    # That the connection was lost, or never came about, is an OSError with aiosmtplib as well.
    return "temporary" if isinstance(error, OSError) else "declined"


async def say_goodbye(smtp):
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await smtp.quit()  # the message is the server's or it is not: QUIT changes nothing
    smtp.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
