"""The deviations as data: for each a session to play, and the octets that give it away."""

from dataclasses import dataclass, field

SENDER, RECIPIENTS = "alice@example.test", ["bob@example.test"]
USER, PASSWORD = "alice", "secret"  # AGFsaWNlAHNlY3JldA== in AUTH PLAIN; YWxpY2U= and c2VjcmV0 in AUTH LOGIN
SILENCE = "(no reply)"  # what the server is to say in place of a reply: nothing, and to wait
NO_EHLO = rb"\A(?!.*EHLO )"
NO_QUIT = rb"\A(?!.*QUIT\r\n)"


@dataclass(frozen=True)
class Deviation:
    """A session to play, and what gives the deviation away.

    `octets` is a regular expression, blind to case, that is looked for in all that the client sent, in one piece.
    `replies` are by verb; "response" answers a line that follows 334, "message" the final dot. `told`, where given,
    is what the client must tell its caller besides: `failure` or `success`.
    """

    clients: str
    look_for: str
    octets: bytes
    replies: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()  # offers inside TLS
    subject: str = "x"  # of clients that compose
    body: bytes = b"hello\r\n"
    sender: str = SENDER
    recipients: list[str] = field(default_factory=lambda: RECIPIENTS)
    auth: str = ""
    user: str = USER
    password: str = PASSWORD
    starttls: bool = False
    from_file: bool = False  # the message lies in a file, so that curl knows its size
    lmtp: bool = False
    certificate: str = ""  # extensions of a certificate to make; without, TLS goes without one
    common_name: str = "a server"  # of that certificate
    trusted: bool = True  # whether the client is told to trust it
    ca_file: str = ""  # filled in
    told: str = ""
    comes: bool = True  # whether the client connects
    messages: int = 1  # in one session, with smtplib only


LOOKS_AT_NO_CHALLENGE = (
    "aiosmtplib msmtp swaks nodemailer net-smtp-perl phpmailer net-smtp-ruby s-nail emailjs git-send-email "
    "jakarta-mail nullmailer ssmtp sendemail dma"
)

DEVIATIONS = {
    # --- content (RFC 5321, 2.3.8)
    "lone-lf": Deviation(
        "smtplib curl emailjs", "an LF without a CR before it", rb"(?<!\r)\n", body=b"one\ntwo\r\n.\nthree\r\n"
    ),
    "lone-cr": Deviation(
        "smtplib curl msmtp swaks net-smtp-perl go-net-smtp mutt mailutils nullmailer",
        "a CR without an LF behind it",
        rb"\r(?!\n)",
        body=b"one\r.\rtwo\r\n",
    ),
    # --- what stands in an address (RFC 5321, 4.1.2)
    "command-in-address": Deviation(
        "curl",
        "a RCPT that came with the sender's address",
        rb"RCPT TO:<mallory@example\.test>\r\n",
        sender="alice@example.test>\r\nRCPT TO:<mallory@example.test>\r\nNOOP <x",
    ),
    "sender-undefined": Deviation(
        "emailjs",
        "a sender without a domain",
        rb"MAIL FROM:<undefined>\r\n",
        sender="alice@example.test>\r\nRCPT TO:<mallory@evil.test",
        told="success",
    ),
    # --- the end of a reply line, and many of them (RFC 5321, 2.3.8 and 4.2.1)
    "reply-lf": Deviation(
        "smtplib aiosmtplib msmtp swaks nodemailer net-smtp-perl go-net-smtp phpmailer net-smtp-ruby jakarta-mail "
        "exim postfix",
        "no DATA: 550 behind a lone LF is the next reply",
        rb"RCPT TO:(?!.*DATA\r\n)",
        {"MAIL": "250 Ok\n550 No"},
    ),
    "many-lines": Deviation(
        "exim",
        "no RCPT after a reply of 24 lines, each of 507 octets",
        rb"MAIL FROM:(?!.*RCPT TO:)",
        {"MAIL": ("250-" + "x" * 501 + "\r\n") * 23 + "250 Ok"},
    ),
    # --- a keyword that only begins like another (RFC 5321, 4.1.1.1; RFC 2920, 3)
    "like-pipelining": Deviation(
        "msmtp nodemailer",
        "RCPT sent before MAIL was answered with 550, though PIPELINING-CHECK is not PIPELINING",
        rb"MAIL FROM:[^\n]*\nRCPT TO:",
        {"MAIL": "550 No"},
        offers=("PIPELINING-CHECK",),
    ),
    # --- a quoted local part (RFC 5321, 4.1.2)
    "quoted-local-part": Deviation(
        "msmtp", "RCPT without the local part", rb"RCPT TO:<@example\.test>", recipients=['"a..b"@example.test']
    ),
    "quotes-lost": Deviation(
        "mutt", "RCPT with the dots bare", rb"RCPT TO:<a\.\.b@example\.test>", recipients=['"a..b"@example.test']
    ),
    "address-lost": Deviation(
        "emailjs", "RCPT with no address at all", rb"RCPT TO:<>\r\n", recipients=['"a..b"@example.test'], told="success"
    ),
    "address-dropped": Deviation(
        "git-send-email",
        "success told, though it did not even connect",
        rb"\A\Z",
        recipients=['"a..b"@example.test'],
        told="success",
        comes=False,
    ),
    # --- reply codes that no RFC lists (RFC 5321, 4.2 and 4.3.2)
    "unlisted-mail": Deviation(
        "smtplib aiosmtplib msmtp swaks go-net-smtp phpmailer emailjs jakarta-mail",
        "no RCPT after 259",
        rb"MAIL FROM:(?!.*RCPT TO:)",
        {"MAIL": "259 Fine"},
    ),
    "unlisted-rcpt": Deviation(
        "smtplib aiosmtplib msmtp swaks go-net-smtp phpmailer emailjs jakarta-mail",
        "no DATA after 299",
        rb"RCPT TO:(?!.*DATA\r\n)",
        {"RCPT": "299 Fine"},
    ),
    "unlisted-message": Deviation(
        "smtplib curl aiosmtplib msmtp swaks go-net-smtp phpmailer emailjs jakarta-mail git-send-email",
        "the whole message, and a failure told",
        rb"\r\n\.\r\n",
        {"message": "259 Fine"},
        told="failure",
    ),
    "rcpt-252": Deviation(
        "smtplib aiosmtplib msmtp swaks", "no DATA after 252", rb"RCPT TO:(?!.*DATA\r\n)", {"RCPT": "252 Will take it"}
    ),
    "rcpt-251": Deviation("swaks", "no DATA after 251", rb"RCPT TO:(?!.*DATA\r\n)", {"RCPT": "251 Will forward"}),
    "no-code-message": Deviation(
        "nodemailer net-smtp-ruby",
        "the whole message, and a success told, though no code came",
        rb"\r\n\.\r\n",
        {"message": "25x fine"},
        told="success",
    ),
    "data-answered-250": Deviation(
        "nodemailer mutt",
        "the message, though DATA was answered with 250",
        rb"DATA\r\n(From|Date): ",
        {"DATA": "250 Ok"},
    ),
    "no-text": Deviation("msmtp swaks", "no EHLO after a greeting of the code alone", NO_EHLO, {"greeting": "220"}),
    "no-text-at-last": Deviation(
        "msmtp swaks go-net-smtp s-nail emailjs dma",
        "no EHLO after a greeting whose last line is the code alone",
        NO_EHLO,
        {"greeting": "220-mail.example.test\r\n220"},
    ),
    "some-refused": Deviation(
        "swaks mailutils sendemail",
        "the message, and a success told, though one recipient was refused",
        rb"gone@example\.test.*\r\n\.\r\n",
        {"RCPT TO:<gone@example.test>": "550 No such user"},
        recipients=["good@example.test", "gone@example.test"],
        told="success",
    ),
    # --- what the content becomes (RFC 5321, 4.1.1.4 and 4.5.2)
    "one-more-line": Deviation("swaks", "an empty line that was not in the message", rb"hello\r\n\r\n\.\r\n"),
    "last-dot-gone": Deviation(
        "swaks", "the message without its last line, a dot", rb"hello\r\n\.\r\n", body=b"hello\r\n.\r\n"
    ),
    "dot-not-doubled": Deviation(
        "emailjs", "a text that ends at its own line of a dot", rb"\r\n\.\r\nthere", body=b"hello\r\n.\r\nthere\r\n"
    ),
    "first-dot-alone": Deviation(
        "sendemail",
        "a line that begins with one dot, as it was given",
        rb"\r\n\.there\r\n",
        body=b"hello\r\n.there\r\n",
    ),
    # --- what a message of the client's own is made of (RFC 5321, 2.4; RFC 5322, 2.1.1 and 4; RFC 2045, 4)
    "eight-bits": Deviation(
        "mutt emailjs git-send-email sendemail",
        "octets above 127, though 8BITMIME is not offered",
        rb"[\x80-\xff]",
        body="你好\r\n".encode(),
    ),
    "raw-subject": Deviation(
        "mailutils sendemail", "a Subject in UTF-8 as it is", rb"\nSubject: [\x80-\xff]", subject="你好"
    ),
    "long-to": Deviation(
        "mailutils emailjs",
        "a To of more than 998 characters in one line",
        rb"\nTo: [^\r\n]{999}",
        recipients=[f"somebody-with-a-long-name-{number}@example.test" for number in range(30)],
    ),
    "nul": Deviation("emailjs git-send-email sendemail", "a NUL in the content", rb"\x00", body=b"one\0two\r\n"),
    "no-mime-version": Deviation(
        "emailjs", "Content-Type without MIME-Version", rb"DATA\r\n(?!.*MIME-Version:).*\nContent-Type:"
    ),
    # --- LMTP (RFC 2033, 4.1 and 4.2)
    "lmtp-one-reply": Deviation(
        "smtplib",
        "QUIT after the first of two replies, and success told",
        rb"\r\n\.\r\nQUIT\r\n",
        {"message": "250 Ok\r\n452 Over quota"},
        recipients=["good@example.test", "busy@example.test"],
        lmtp=True,
        told="success",
    ),
    "lmtp-helo": Deviation("smtplib", "HELO after LHLO was refused", rb"HELO ", {"LHLO": "500 What?"}, lmtp=True),
    # --- AUTH (RFC 4954, 4 and 9; RFC 4616, 5)
    "bad-challenge-pad": Deviation(
        f"smtplib curl {LOOKS_AT_NO_CHALLENGE}",
        "a response, and no `*`, to a challenge with = inside",
        rb"AUTH LOGIN[^\n]*\n(YWxpY2U=|c2VjcmV0)\r\n",
        {"AUTH": "334 AAA=BBB=", "response": "535 No"},
        ("AUTH LOGIN",),
        auth="LOGIN",
    ),
    "bad-challenge-spaces": Deviation(
        f"smtplib curl {LOOKS_AT_NO_CHALLENGE} exim",
        "a response, and no `*`, to a challenge with spaces inside",
        rb"AUTH LOGIN[^\n]*\n(YWxpY2U=|c2VjcmV0)\r\n",
        {"AUTH": "334 VXNl cm5h bWU6", "response": "535 No"},
        ("AUTH LOGIN",),
        auth="LOGIN",
    ),
    "bad-challenge-letters": Deviation(
        LOOKS_AT_NO_CHALLENGE,
        "a response, and no `*`, to a challenge that is no base64 at all",
        rb"AUTH LOGIN[^\n]*\n(YWxpY2U=|c2VjcmV0)\r\n",
        {"AUTH": "334 =AAA!!", "response": "535 No"},
        ("AUTH LOGIN",),
        auth="LOGIN",
    ),
    "two-blanks": Deviation(
        "emailjs",
        "two spaces behind AUTH",
        rb"AUTH  CRAM-MD5\r\n",
        {"AUTH": "334 PDFAbWFpbC5leGFtcGxlLnRlc3Q+", "response": "235 Ok"},
        ("AUTH CRAM-MD5",),
        auth="CRAM-MD5",
    ),
    "credentials-in-clear": Deviation(
        "smtplib curl aiosmtplib",
        "name and password in base64, without TLS",
        rb"AGFsaWNlAHNlY3JldA==\r\n",
        {"AUTH": "334 ", "response": "235 Ok"},
        ("AUTH PLAIN",),
        auth="PLAIN",
    ),
    "long-auth": Deviation(
        "smtplib aiosmtplib msmtp swaks nodemailer net-smtp-perl go-net-smtp net-smtp-ruby "
        "emailjs git-send-email jakarta-mail exim nullmailer",
        "a line of AUTH with more than 512 octets",
        rb"AUTH PLAIN [^\r]{500}",
        offers=("AUTH PLAIN",),
        auth="PLAIN",
        password=PASSWORD * 70,
    ),
    "user-not-prepared": Deviation(
        "aiosmtplib",
        "a soft hyphen, which SASLprep takes out, in the user name",
        rb"AUTH PLAIN AGFswq1pY2UAc2VjcmV0\r\n",
        {"AUTH": "235 Ok"},
        ("AUTH PLAIN",),
        auth="PLAIN",
        user="al\u00adice",
    ),
    "unauthenticated": Deviation(
        "curl nodemailer postfix", "MAIL though there are credentials and no AUTH", rb"MAIL FROM:", auth="PLAIN"
    ),
    # --- line ends in an address (RFC 5321, 4.1.2)
    "command-in-sender": Deviation(
        "msmtp swaks",
        "a RCPT command out of the sender's address",
        rb"RCPT TO:<mallory@evil\.test>\r\n",
        sender="alice@example.test>\r\nRCPT TO:<mallory@evil.test",
    ),
    # --- EHLO keywords in lower case (RFC 5321, 4.1.1.1; RFC 4954, 8)
    "case-starttls": Deviation(
        "curl swaks exim sendemail go-net-smtp net-smtp-ruby",
        "no STARTTLS",
        rb"\AEHLO [^\n]*\n(?!.*STARTTLS\r\n)",
        offers=("starttls",),
        starttls=True,
    ),
    "case-auth": Deviation(
        "curl swaks go-net-smtp phpmailer exim sendemail",
        "no AUTH",
        rb"\AEHLO (?!.*AUTH PLAIN)",
        offers=("auth PLAIN",),
        auth="PLAIN",
    ),
    "case-mechanism": Deviation(
        "smtplib curl", "no AUTH", rb"\AEHLO [^\n]*\n(?!.*AUTH PLAIN)", offers=("AUTH plain",), auth="PLAIN"
    ),
    # --- what TLS makes void (RFC 3207, 4.2)
    "size-from-before-tls": Deviation(
        "curl",
        "SIZE on MAIL, from the EHLO reply before TLS",
        rb"MAIL FROM:[^\n]* SIZE=",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS", "SIZE 1000000"),
        starttls=True,
        from_file=True,
    ),
    "injected-offers": Deviation(
        "swaks phpmailer",
        "AUTH inside TLS, which lists none: what was sent behind 220, before TLS, is believed",
        rb"STARTTLS\r\nEHLO [^\n]*\nAUTH PLAIN",
        {"STARTTLS": "220 Go ahead\r\n250-evil.example.test\r\n250 AUTH PLAIN"},
        offers=("STARTTLS",),
        auth="PLAIN",
        starttls=True,
        certificate="subjectAltName=DNS:localhost",
    ),
    "certificate-name": Deviation(
        "swaks ssmtp dma",
        "MAIL although the certificate is another host's",
        rb"STARTTLS\r\n[EH]+LO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:other.example.test",
    ),
    "certificate-case": Deviation(
        "net-smtp-ruby",
        "no EHLO inside TLS: LOCALHOST in a trusted certificate is not the localhost that was asked for",
        rb"STARTTLS\r\n(?!.*EHLO)",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:LOCALHOST",
        told="failure",
    ),
    "certificate-address": Deviation(
        "sendemail",
        "MAIL although the certificate has the address alone, and the name was asked for",
        rb"STARTTLS\r\n[EH]+LO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=IP:127.0.0.1",
    ),
    "certificate-unknown": Deviation(
        "emailjs mailutils ssmtp dma",
        "MAIL although nobody vouches for the certificate",
        rb"STARTTLS\r\n[EH]+LO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:localhost",
        trusted=False,
    ),
    "common-name": Deviation(
        "net-smtp-perl s-nail git-send-email",
        "MAIL although the server's name is not among the alternative names",
        rb"STARTTLS\r\n[EH]+LO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:other.example.test",
        common_name="localhost",
    ),
    "clear-without-starttls": Deviation(
        "mailutils", "MAIL in clear, though nothing forbids TLS", rb"\A(EHLO [^\n]*\n)+MAIL FROM:", starttls=True
    ),
    "clear-after-454": Deviation(
        "mailutils",
        "MAIL in clear after STARTTLS was refused",
        rb"STARTTLS\r\nMAIL FROM:|STARTTLS\r\nEHLO [^\n]*\nMAIL FROM:",
        {"STARTTLS": "454 Not now"},
        offers=("STARTTLS",),
        starttls=True,
    ),
    "certificate-purpose": Deviation(
        "msmtp mutt exim nullmailer ssmtp dma",
        "MAIL although the certificate is for clients only",
        rb"STARTTLS\r\n[EH]+LO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth",
    ),
    # --- the end of the connection (RFC 5321, 4.1.1.10 and 4.1.4)
    "no-quit-auth": Deviation(
        "curl msmtp nodemailer net-smtp-ruby s-nail mutt emailjs mailutils git-send-email jakarta-mail ssmtp sendemail",
        "no QUIT after 535",
        NO_QUIT,
        {"AUTH": "535 No"},
        offers=("AUTH PLAIN",),
        auth="PLAIN",
    ),
    "no-quit-mechanism": Deviation(
        "curl mailutils jakarta-mail nullmailer sendemail",
        "no QUIT where no mechanism fits",
        NO_QUIT,
        offers=("AUTH X-SECRET",),
        auth="PLAIN",
    ),
    "no-quit-starttls": Deviation(
        "curl swaks jakarta-mail ssmtp sendemail dma",
        "no QUIT after 454",
        NO_QUIT,
        {"STARTTLS": "454 Not now"},
        offers=("STARTTLS",),
        starttls=True,
    ),
    "no-quit-no-starttls": Deviation(
        "curl jakarta-mail ssmtp sendemail dma", "no QUIT where STARTTLS is not offered", NO_QUIT, starttls=True
    ),
    "no-quit-hello": Deviation("curl", "no QUIT after 550", NO_QUIT, {"EHLO": "502 No", "HELO": "550 No"}),
    "no-quit-greeting": Deviation(
        "smtplib curl aiosmtplib", "no QUIT after a greeting of 554", NO_QUIT, {"greeting": "554 No"}
    ),
    "no-quit": Deviation("nodemailer", "no QUIT after a message that was accepted", NO_QUIT),
    "no-quit-refused": Deviation(
        "msmtp nodemailer s-nail mutt git-send-email ssmtp sendemail dma",
        "no QUIT after 550",
        NO_QUIT,
        {"RCPT": "550 No such user"},
    ),
    "quit-not-awaited": Deviation(
        "exim postfix", "the connection closed though QUIT is not answered yet", rb"QUIT\r\n\Z", {"QUIT": SILENCE}
    ),
    "no-quit-no-text": Deviation("dma", "no QUIT after a reply of the code alone", NO_QUIT, {"MAIL": "250"}),
    "no-quit-data": Deviation("net-smtp-ruby", "no QUIT after 451 to DATA", NO_QUIT, {"DATA": "451 Not now"}),
    "content-after-250": Deviation(
        "sendemail", "the content after 250 to DATA", rb"DATA\r\nMessage-ID:", {"DATA": "250 Ok"}
    ),
    # --- long and unfinished replies (RFC 5321, 2.3.8 and 4.5.3.1.5; RFC 4954, 4)
    "line-of-512": Deviation(
        "phpmailer",
        "no DATA after a reply line of 512 octets",
        rb"MAIL FROM:(?!.*DATA\r\n)",
        {"MAIL": f"250 {'x' * 506}"},
    ),
    "long-challenge": Deviation(
        "phpmailer",
        "no password after a challenge of 944 octets",
        rb"AUTH LOGIN\r\n(?!.*c2VjcmV0\r\n)",
        {"AUTH": f"334 VXNlcm5hbWU6{'eHh4' * 233}", "response": "334 UGFzc3dvcmQ6"},
        offers=("AUTH LOGIN",),
        auth="LOGIN",
    ),
    "cr-alone": Deviation(
        "phpmailer go-net-smtp", "RCPT after a reply that has no LF yet", rb"MAIL FROM:.*RCPT TO:", {"MAIL": "250 Ok\r"}
    ),
    "hello-again": Deviation(
        "phpmailer swaks go-net-smtp",
        "HELO after an EHLO that has no reply yet",
        rb"EHLO [^\n]*\nHELO ",
        {"EHLO": SILENCE},
    ),
    # --- an older server (RFC 5321, 2.2.1)
    "no-helo": Deviation(
        "dma", "no HELO after EHLO was refused", rb"\AEHLO [^\n]*\n(?!.*HELO )", {"EHLO": "502 What?"}
    ),
    # --- what follows a refusal (RFC 5321, 4.3.2 and 4.5.3.1.10)
    "mail-after-hello": Deviation(
        "phpmailer", "MAIL after EHLO and HELO were refused", rb"MAIL FROM:", {"EHLO": "502 No", "HELO": "550 No"}
    ),
    "hello-after-421": Deviation("smtplib curl", "HELO after 421", rb"HELO ", {"EHLO": "421 Going down"}),
    "mail-after-refused-data": Deviation(
        "smtplib",
        "MAIL after a refused DATA, without RSET between them",
        rb"DATA\r\nMAIL FROM:",
        {"DATA": "550 Not this one"},
        messages=2,
    ),
    "one-recipient-refused": Deviation(
        "curl msmtp",
        "no DATA though one recipient was accepted",
        rb"RCPT TO:(?!.*DATA\r\n)",
        {"RCPT TO:<gone@example.test>": "550 No such user"},
        recipients=["good@example.test", "gone@example.test"],
    ),
}
