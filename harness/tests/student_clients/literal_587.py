"""Submission with STARTTLS; correct."""

import smtplib
import ssl
from email.mime.text import MIMEText
from email.utils import formatdate, make_msgid

message = MIMEText("I love computer networks!\n")
message["From"], message["To"], message["Subject"] = "alice@gmail.com", "bob@163.com", "Hello"
message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="gmail.com")
server = smtplib.SMTP("smtp.gmail.com", 587, timeout=10)
server.starttls(context=ssl.create_default_context())
server.login("alice@gmail.com", "authcode12345")
server.send_message(message)
server.quit()
