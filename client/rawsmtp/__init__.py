"""A small SMTP client over raw sockets, written to be read next to RFC 5321.

Read it in this order: ``reply`` (what a server says), ``connection`` (octets), ``session`` (greeting, EHLO,
STARTTLS, AUTH, QUIT), ``transaction`` (MAIL, RCPT, DATA), ``message`` (content and dots). The rest: ``hello``,
``auth``, ``outcome``, ``delivery`` (several messages), ``window`` (the dialogue), ``job`` and ``cli``.

    from rawsmtp import Job, Message, deliver

    message = Message("alice@example.test", ("bob@example.test",), b"Subject: hi\\r\\n\\r\\nHello Bob\\r\\n")
    [outcomes] = deliver(Job("mail.example.test", 587, (message,)))
    print(outcomes["bob@example.test"].status)
"""

from .delivery import deliver
from .job import Job
from .message import Message, compose
from .outcome import Outcome, Status

__all__ = ["Job", "Message", "Outcome", "Status", "compose", "deliver"]
