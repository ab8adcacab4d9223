"""TLS from the first octet; ends without QUIT."""

import smtplib
import ssl
from email.mime.text import MIMEText
from email.utils import formatdate, make_msgid

message = MIMEText("I love computer networks!\n")
message["From"], message["To"], message["Subject"] = "alice@qq.com", "bob@163.com", "Hello"
message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="qq.com")
server = smtplib.SMTP_SSL("smtp.qq.com", 465, timeout=10, context=ssl.create_default_context())
server.login("alice@qq.com", "authcode12345")
server.send_message(message)
server.close()
