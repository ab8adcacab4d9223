import asyncio
import sys

import aiosmtplib

host, port, helo, sender, recipients, auth, user, password = sys.argv[1:9]


async def main():
    smtp = aiosmtplib.SMTP(hostname=host, port=int(port), local_hostname=helo, timeout=10, start_tls=False)
    try:
        await smtp.connect()
        if auth:
            await smtp.login(user, password)
        await smtp.sendmail(sender, recipients.split(","), sys.stdin.buffer.read())
    finally:
        await smtp.quit()


asyncio.run(main())
