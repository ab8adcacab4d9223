"""Takes host and port, and logs in and sends by smtplib, which takes the best mechanism that is offered; correct."""

import smtplib
import sys
from email.message import EmailMessage

message = EmailMessage()
message["From"], message["To"], message["Subject"] = "zhang@edu.test", "li@edu.test", "Hello"
message["Date"], message["Message-ID"] = "Mon, 02 Mar 2026 08:00:00 +0000", "<1@edu.test>"
message.set_content("Hello\n")
with smtplib.SMTP(sys.argv[1], int(sys.argv[2]), local_hostname="[127.0.0.1]") as smtp:
    smtp.login("zhang@edu.test", "my-own-word-7")
    smtp.send_message(message)
