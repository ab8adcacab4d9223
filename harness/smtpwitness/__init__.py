"""smtpwitness proves what an SMTP client does on the wire."""

__version__ = "0.1.0"
