"""Shows a deviation of a known client from the RFCs without smtpwitness: a scripted server, the client, the octets.

    python reproduce.py                  what there is
    python reproduce.py smtplib lone-lf  one of them

The server listens on a free port of 127.0.0.1 and plays one session from a table; nothing is judged. Every line is
printed with its time in seconds, then what the client told its caller, then whether the octets that the table
describes were among what the client sent. Exit status: 0 they were, 1 they were not, 2 the request cannot be met.
"""

import contextlib
import dataclasses
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

WAIT = 10  # seconds of silence after which the server gives up
HOST, HELO, SENDER, RECIPIENTS = "127.0.0.1", "client.example.test", "alice@example.test", ["bob@example.test"]
USER, PASSWORD = "alice", "secret"  # AGFsaWNlAHNlY3JldA== in AUTH PLAIN; YWxpY2U= and c2VjcmV0 in AUTH LOGIN
HEADER = b"From: alice@example.test\r\nTo: bob@example.test\r\nSubject: x\r\n\r\n"
USUAL = {"greeting": "220 mail.example.test ESMTP", "DATA": "354 Go on", "QUIT": "221 Bye"}  # all else: 250 Ok
ANONYMOUS = "AECDH-AES256-SHA:@SECLEVEL=0"
GONE = (b"the client", b"BrokenPipe", b"ConnectionReset")  # words about a client that has left
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
    ca_file: str = ""  # filled in
    told: str = ""
    messages: int = 1  # in one session, with smtplib only


DEVIATIONS = {
    # --- content (RFC 5321, 2.3.8)
    "lone-lf": Deviation(
        "smtplib curl", "an LF without a CR before it", rb"(?<!\r)\n", body=b"one\ntwo\r\n.\nthree\r\n"
    ),
    "lone-cr": Deviation(
        "smtplib curl msmtp swaks net-smtp-perl go-net-smtp mutt",
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
    # --- the end of a reply line (RFC 5321, 2.3.8)
    "reply-lf": Deviation(
        "smtplib aiosmtplib msmtp swaks nodemailer net-smtp-perl go-net-smtp phpmailer net-smtp-ruby",
        "no DATA: 550 behind a lone LF is the next reply",
        rb"RCPT TO:(?!.*DATA\r\n)",
        {"MAIL": "250 Ok\n550 No"},
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
    # --- reply codes that no RFC lists (RFC 5321, 4.2 and 4.3.2)
    "unlisted-mail": Deviation(
        "smtplib aiosmtplib msmtp swaks go-net-smtp phpmailer",
        "no RCPT after 259",
        rb"MAIL FROM:(?!.*RCPT TO:)",
        {"MAIL": "259 Fine"},
    ),
    "unlisted-rcpt": Deviation(
        "smtplib aiosmtplib msmtp swaks go-net-smtp phpmailer",
        "no DATA after 299",
        rb"RCPT TO:(?!.*DATA\r\n)",
        {"RCPT": "299 Fine"},
    ),
    "unlisted-message": Deviation(
        "smtplib curl aiosmtplib msmtp swaks go-net-smtp phpmailer",
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
        "nodemailer", "the message, though DATA was answered with 250", rb"DATA\r\nFrom: ", {"DATA": "250 Ok"}
    ),
    "no-text": Deviation("msmtp swaks", "no EHLO after a greeting of the code alone", NO_EHLO, {"greeting": "220"}),
    "no-text-at-last": Deviation(
        "msmtp swaks go-net-smtp s-nail",
        "no EHLO after a greeting whose last line is the code alone",
        NO_EHLO,
        {"greeting": "220-mail.example.test\r\n220"},
    ),
    "some-refused": Deviation(
        "swaks",
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
        "smtplib curl aiosmtplib msmtp swaks nodemailer net-smtp-perl phpmailer net-smtp-ruby s-nail",
        "a response, and no `*`, to a challenge with = inside",
        rb"AUTH LOGIN[^\n]*\n(YWxpY2U=|c2VjcmV0)\r\n",
        {"AUTH": "334 AAA=BBB=", "response": "535 No"},
        ("AUTH LOGIN",),
        auth="LOGIN",
    ),
    "bad-challenge-spaces": Deviation(
        "smtplib curl aiosmtplib msmtp swaks nodemailer net-smtp-perl phpmailer net-smtp-ruby s-nail",
        "a response, and no `*`, to a challenge with spaces inside",
        rb"AUTH LOGIN[^\n]*\n(YWxpY2U=|c2VjcmV0)\r\n",
        {"AUTH": "334 VXNl cm5h bWU6", "response": "535 No"},
        ("AUTH LOGIN",),
        auth="LOGIN",
    ),
    "bad-challenge-letters": Deviation(
        "aiosmtplib msmtp swaks nodemailer net-smtp-perl phpmailer net-smtp-ruby s-nail",
        "a response, and no `*`, to a challenge that is no base64 at all",
        rb"AUTH LOGIN[^\n]*\n(YWxpY2U=|c2VjcmV0)\r\n",
        {"AUTH": "334 =AAA!!", "response": "535 No"},
        ("AUTH LOGIN",),
        auth="LOGIN",
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
        "smtplib aiosmtplib msmtp swaks nodemailer net-smtp-perl go-net-smtp net-smtp-ruby",
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
        "curl nodemailer", "MAIL though there are credentials and no AUTH", rb"MAIL FROM:", auth="PLAIN"
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
        "curl swaks", "no STARTTLS", rb"\AEHLO [^\n]*\n(?!.*STARTTLS\r\n)", offers=("starttls",), starttls=True
    ),
    "case-auth": Deviation(
        "curl swaks go-net-smtp phpmailer", "no AUTH", rb"\AEHLO (?!.*AUTH PLAIN)", offers=("auth PLAIN",), auth="PLAIN"
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
        "swaks",
        "AUTH inside TLS, which lists none: what was sent behind 220, before TLS, is believed",
        rb"STARTTLS\r\nEHLO [^\n]*\nAUTH PLAIN",
        {"STARTTLS": "220 Go ahead\r\n250-evil.example.test\r\n250 AUTH PLAIN"},
        offers=("STARTTLS",),
        auth="PLAIN",
        starttls=True,
        certificate="subjectAltName=DNS:localhost",
    ),
    "certificate-name": Deviation(
        "swaks",
        "MAIL although the certificate is another host's",
        rb"STARTTLS\r\nEHLO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:other.example.test",
    ),
    "certificate-purpose": Deviation(
        "msmtp",
        "MAIL although the certificate is for clients only",
        rb"STARTTLS\r\nEHLO .*MAIL FROM:",
        {"STARTTLS": "220 Go ahead"},
        offers=("STARTTLS",),
        starttls=True,
        certificate="subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth",
    ),
    # --- the end of the connection (RFC 5321, 4.1.1.10 and 4.1.4)
    "no-quit-auth": Deviation(
        "curl msmtp nodemailer net-smtp-ruby s-nail mutt",
        "no QUIT after 535",
        NO_QUIT,
        {"AUTH": "535 No"},
        offers=("AUTH PLAIN",),
        auth="PLAIN",
    ),
    "no-quit-mechanism": Deviation(
        "curl", "no QUIT where no mechanism fits", NO_QUIT, offers=("AUTH X-SECRET",), auth="PLAIN"
    ),
    "no-quit-starttls": Deviation(
        "curl swaks", "no QUIT after 454", NO_QUIT, {"STARTTLS": "454 Not now"}, offers=("STARTTLS",), starttls=True
    ),
    "no-quit-no-starttls": Deviation("curl", "no QUIT where STARTTLS is not offered", NO_QUIT, starttls=True),
    "no-quit-hello": Deviation("curl", "no QUIT after 550", NO_QUIT, {"EHLO": "502 No", "HELO": "550 No"}),
    "no-quit-greeting": Deviation(
        "smtplib curl aiosmtplib", "no QUIT after a greeting of 554", NO_QUIT, {"greeting": "554 No"}
    ),
    "no-quit": Deviation("nodemailer", "no QUIT after a message that was accepted", NO_QUIT),
    "no-quit-refused": Deviation(
        "msmtp nodemailer s-nail mutt", "no QUIT after 550", NO_QUIT, {"RCPT": "550 No such user"}
    ),
    "no-quit-data": Deviation("net-smtp-ruby", "no QUIT after 451 to DATA", NO_QUIT, {"DATA": "451 Not now"}),
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


class Server:
    """Plays one session in a thread and writes down who said what when."""

    def __init__(self, deviation):
        self.deviation, self.log, self.start, self.tls = deviation, [], time.monotonic(), False
        self.listening = socket.create_server((HOST, 0))
        self.listening.settimeout(WAIT)
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.listening.close()

    def run(self):
        try:
            with self.listening.accept()[0] as self.connection, self.connection.makefile("rb") as self.lines:
                self.connection.settimeout(WAIT)
                self.session()
        except ConnectionResetError:  # it closed with a reply unread
            self.note("--", b"the client has reset the connection")
        except OSError as error:
            self.note("--", f"{type(error).__name__}: {error}".encode())

    def session(self):
        """Answers until the client has closed; the server itself never closes first, not even after QUIT."""
        reply = self.say("greeting")
        while line := self.read():
            verb = line.split()[0].upper().decode("latin-1") if line.strip() else ""
            reply = self.say("response" if reply.startswith("334") else verb, line.strip().decode("latin-1"))
            if verb == "STARTTLS" and reply.startswith("220"):
                self.handshake()
            if verb == "DATA" and reply.startswith("354"):
                before = b"\r\n"  # content ends at CRLF . CRLF only
                while not ((text := self.read()) == b".\r\n" and before.endswith(b"\r\n")) and text:
                    before = text
                reply = self.say("message")
        self.note("--", b"the client has closed the connection")

    def handshake(self):
        """TLS without a certificate, where the case is not about one; the client must ask for such a suite."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.deviation.certificate:
            context.load_cert_chain(self.pem)
        else:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(ANONYMOUS)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")
        self.tls = True
        self.note("--", b"TLS")

    def say(self, key, line=""):
        replies = self.deviation.replies
        reply = next((replies[one] for one in replies if line and line.upper() == one.upper()), None)
        reply = reply or replies.get(key) or USUAL.get(key, "250 Ok")
        if key == "EHLO" and reply.startswith("250"):
            said = ["mail.example.test", *(self.deviation.inside if self.tls else self.deviation.offers)]
            reply = "\r\n".join([*(f"250-{one}" for one in said[:-1]), f"250 {said[-1]}"])
        octets = reply.encode() + b"\r\n"
        self.note("S:", octets)
        self.connection.sendall(octets)
        return reply

    def read(self):
        octets = self.lines.readline()
        if octets:
            self.note("C:", octets)
        return octets

    def note(self, who, octets):
        self.log.append((time.monotonic() - self.start, who, octets))


def with_smtplib(deviation, port):
    """What an application does: connect, log in, `sendmail` with octets, `quit`. Returns what went wrong, or ""."""
    try:
        smtp = (smtplib.LMTP if deviation.lmtp else smtplib.SMTP)(HOST, port, HELO, timeout=WAIT)
        try:
            if deviation.auth:
                smtp.login(deviation.user, deviation.password)
            for left in reversed(range(deviation.messages)):
                passed_over = (smtplib.SMTPResponseException,) if left else ()
                with contextlib.suppress(*passed_over):
                    smtp.sendmail(deviation.sender, deviation.recipients, HEADER + deviation.body)
        finally:
            with contextlib.suppress(smtplib.SMTPException):
                smtp.quit()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def with_curl(deviation, port):
    """curl by its command line, which is printed, the message on its standard input or in a file."""
    command = ["curl", "--disable", "--silent", "--show-error", "--url", f"smtp://{HOST}:{port}/{HELO}"]
    command += ["--mail-from", deviation.sender, "--upload-file", "-"]
    for recipient in deviation.recipients:
        command += ["--mail-rcpt", recipient]
    if deviation.auth:
        command += ["--user", f"{deviation.user}:{deviation.password}", "--login-options", f"AUTH={deviation.auth}"]
    if deviation.starttls:
        command += ["--ssl-reqd", "--insecure", "--tls-max", "1.2", "--ciphers", ANONYMOUS]
    message = HEADER + deviation.body
    with tempfile.TemporaryDirectory() as folder:
        if deviation.from_file:
            file = Path(folder, "message.eml")
            file.write_bytes(message)
            command[command.index("-")] = str(file)
        print(" ".join(command))
        done = subprocess.run(command, input=message, stderr=subprocess.PIPE)
    return f"exit status {done.returncode}: {done.stderr.decode().strip()}" if done.returncode else ""


AIOSMTPLIB = """
import asyncio, sys, aiosmtplib
host, port, helo, sender, recipients, auth, user, password = sys.argv[1:]
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
"""


def with_aiosmtplib(deviation, port):
    """A small program of its own, because aiosmtplib is no part of Python: connect, log in, `sendmail`, `quit`."""
    print(AIOSMTPLIB)
    told = [HOST, str(port), HELO, deviation.sender, ",".join(deviation.recipients)]
    told += [deviation.auth, deviation.user, deviation.password]
    return run([sys.executable, "-c", AIOSMTPLIB, *told], HEADER + deviation.body)


def with_msmtp(deviation, port):
    """msmtp by its command line, which is printed, the message on its standard input."""
    command = ["msmtp", "--host=localhost", f"--port={port}", f"--domain={HELO}", f"--from={deviation.sender}"]
    command += ["--tls=on" if deviation.starttls else "--tls=off", "--auth=off"]
    if deviation.certificate:
        command.append(f"--tls-trust-file={deviation.ca_file}")
    if deviation.auth:
        command[-1] = f"--auth={deviation.auth.lower()}"
        command += [f"--user={deviation.user}", f"--passwordeval=printf %s {deviation.password}"]
    command += ["--", *deviation.recipients]
    print(" ".join(command))
    return run(command, HEADER + deviation.body)


def with_swaks(deviation, port):
    """swaks by its command line, which is printed, the message on its standard input."""
    command = [
        "swaks",
        "--config",
        "--silent",
        "2",
        "--timeout",
        "3s",
        "--server",
        "localhost",
        "--port",
        str(port),
        "--helo",
        HELO,
    ]
    command += ["--from", deviation.sender, "--to", ",".join(deviation.recipients), "--data", "-"]
    command += ["--tls"] if deviation.starttls else []
    command += ["--tls-verify", "--tls-ca-path", deviation.ca_file] if deviation.certificate else []
    if deviation.auth:
        command += ["--auth", deviation.auth, "--auth-user", deviation.user, "--auth-password", deviation.password]
    print(" ".join(command))
    return run(command, HEADER + deviation.body)


NODEMAILER = """
const path = require("path");
const own = path.join(path.dirname(process.execPath), "../lib/node_modules");
const paths = [process.cwd(), own, "/usr/local/lib/node_modules"];
const nodemailer = require(require.resolve("nodemailer", { paths }));
const [host, port, name, from, to, method, user, pass] = process.argv.slice(1);
const auth = method ? { user, pass } : undefined;
const options = { host, port, name, auth, authMethod: method || undefined, ignoreTLS: true };
const transport = nodemailer.createTransport(options);
const envelope = { from, to: to.split(",") };
transport.sendMail({ envelope, raw: require("fs").readFileSync(0) }).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
"""


def with_nodemailer(deviation, port):
    """A small program for node: `createTransport`, `sendMail`."""
    print(NODEMAILER)
    told = [HOST, str(port), HELO, deviation.sender, ",".join(deviation.recipients)]
    told += [deviation.auth, deviation.user, deviation.password]
    return run(["node", "-e", NODEMAILER, *told], HEADER + deviation.body)


PERL = r"""
# net-smtp-perl
use Net::SMTP;
my ($host, $port, $helo, $from, $to, $auth, $user, $pass, $ca) = @ARGV;
my $smtp = Net::SMTP->new($host, Port => $port, Hello => $helo, Timeout => 10) or die "$@\n";
sub end { my $why = $smtp->code . ' ' . $smtp->message; $smtp->quit; die "$why\n" }
$smtp->starttls(SSL_ca_file => $ca) or die "no TLS\n" if $ca;
if ($auth) {
    require Authen::SASL;
    my %told = (user => $user, pass => $pass, authname => '');
    $smtp->auth(Authen::SASL->new(mechanism => $auth, callback => \%told)) or end;
}
$smtp->mail($from) or end;
$smtp->to(split /,/, $to) or end;
$smtp->data or end;
$smtp->datasend(join '', <STDIN>) or end;
$smtp->dataend or end;
$smtp->quit;
"""

RUBY = """
# net-smtp-ruby
require "net/smtp"
host, port, helo, from, to, auth, user, pass = ARGV
smtp = Net::SMTP.new(host, port.to_i)
smtp.disable_starttls
login = auth == "" ? [] : [user, pass, auth.downcase.to_sym]
smtp.start(helo, *login) { |session| session.send_message(STDIN.binmode.read, from, *to.split(",")) }
"""

PHP = r"""
require 'libphp-phpmailer/autoload.php';
[, $host, $port, $helo, $from, $to, $auth, $user, $pass] = $argv;
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
[$mail->Host, $mail->Port, $mail->Helo, $mail->SMTPAutoTLS] = [$host, (int) $port, $helo, false];
$mail->getSMTPInstance()->Timelimit = 3;
if ($auth !== '') {
    [$mail->SMTPAuth, $mail->AuthType, $mail->Username, $mail->Password] = [true, $auth, $user, $pass];
}
$mail->setFrom($from);
$mail->addAddress($to);
[$mail->Subject, $mail->Body] = ['x', 'hello'];
try {
    $mail->send();
} catch (Exception $error) {
    fwrite(STDERR, $error->getMessage());
    exit(1);
}
"""

GO = """// go-net-smtp
package main

import (
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"time"
)

func main() {
	host, port, helo, from, to := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	auth, user, pass := os.Args[6], os.Args[7], os.Args[8]
	message, _ := io.ReadAll(os.Stdin)
	conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
	conn.SetDeadline(time.Now().Add(3 * time.Second))
	client, err := smtp.NewClient(conn, host)
	end := func(err error) {
		if err != nil {
			if client != nil {
				client.Quit()
			}
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	end(err)
	end(client.Hello(helo))
	if auth != "" {
		if offered, _ := client.Extension("AUTH"); !offered { // as smtp.SendMail asks
			end(fmt.Errorf("the server does not offer AUTH"))
		}
		end(client.Auth(smtp.PlainAuth("", user, pass, host)))
	}
	end(client.Mail(from))
	end(client.Rcpt(to))
	writer, err := client.Data()
	end(err)
	writer.Write(message)
	end(writer.Close())
	end(client.Quit())
}
"""


def words(deviation, port):
    """What a small program of another language is told."""
    told = ["localhost", str(port), HELO, deviation.sender, ",".join(deviation.recipients)]
    return [*told, deviation.auth, deviation.user, deviation.password, deviation.ca_file]


def with_perl(deviation, port):
    """A small program for perl: new, auth, mail, to, data, quit."""
    print(PERL)
    return run(["perl", "-e", PERL, *words(deviation, port)], HEADER + deviation.body)


def with_ruby(deviation, port):
    """A small program for ruby: `start`, `send_message`."""
    print(RUBY)
    return run(["ruby", "-e", RUBY, *words(deviation, port)], HEADER + deviation.body)


def with_phpmailer(deviation, port):
    """A small program for php: a message of its own, `send`."""
    print(PHP)
    return run(["php", "-r", PHP, "--", *words(deviation, port)], b"")


def with_go(deviation, port):
    """A small program for `go run`: what smtp.SendMail does, one step at a time."""
    print(GO)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "send.go")
        program.write_text(GO)
        return run(["go", "run", str(program), *words(deviation, port)], HEADER + deviation.body)


def with_s_nail(deviation, port):
    """s-nail by its command line, which is printed, the text on its standard input."""
    user = f"{deviation.user}:{deviation.password}@" if deviation.auth else ""
    command = ["s-nail", "-:/", "-S", "v15-compat=yes", "-S", "sendwait", "-S", "nosave", "-S", f"hostname={HELO}"]
    command += ["-S", f"mta=smtp://{user}localhost:{port}", "-S", f"smtp-auth={deviation.auth.lower() or 'none'}"]
    command += ["-r", deviation.sender, "-s", "x", "-.", *deviation.recipients]
    print(" ".join(command))
    return run(command, deviation.body)


def with_mutt(deviation, port):
    """mutt by its command line, which is printed, the text on its standard input."""
    user = f"{deviation.user}@" if deviation.auth else ""
    settings = [f"smtp_url=smtp://{user}localhost:{port}/", f"from={deviation.sender}", "use_envelope_from=yes"]
    settings += [f"hostname={HELO}", "copy=no", "ssl_starttls=no", f"smtp_pass={deviation.password}"]
    settings += [f"smtp_authenticators={deviation.auth.lower()}"]
    command = ["mutt", "-n", "-F", "/dev/null", *(word for one in settings for word in ("-e", f"set {one}"))]
    command += ["-s", "x", "--", *deviation.recipients]
    print(" ".join(command))
    return run(command, deviation.body)


def run(command, message):
    """What went wrong, or "": the exit status and the last line that the program printed."""
    done = subprocess.run(command, input=message, capture_output=True)
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
    return f"exit status {done.returncode}: {said[-1] if said else ''}" if done.returncode else ""


CLIENTS = {"smtplib": with_smtplib, "curl": with_curl, "aiosmtplib": with_aiosmtplib}
CLIENTS |= {"msmtp": with_msmtp, "swaks": with_swaks, "nodemailer": with_nodemailer}
CLIENTS |= {"net-smtp-perl": with_perl, "net-smtp-ruby": with_ruby, "phpmailer": with_phpmailer, "go-net-smtp": with_go}
CLIENTS |= {"s-nail": with_s_nail, "mutt": with_mutt}

GET = {"curl": "apt-get install curl", "aiosmtplib": "pip install aiosmtplib", "msmtp": "apt-get install msmtp"}
GET |= {"swaks": "apt-get install swaks", "nodemailer": "npm install -g nodemailer"}
GET |= {"net-smtp-perl": "apt-get install libio-socket-ssl-perl libauthen-sasl-perl"}
GET |= {"net-smtp-ruby": "apt-get install ruby", "phpmailer": "apt-get install php-cli libphp-phpmailer"}
GET |= {"go-net-smtp": "apt-get install golang-go", "s-nail": "apt-get install s-nail", "mutt": "apt-get install mutt"}

TRY = {
    "net-smtp-perl": ["perl", "-MNet::SMTP", "-MAuthen::SASL", "-e", "1"],
    "net-smtp-ruby": ["ruby", "-rnet/smtp", "-e", "1"],
    "phpmailer": ["php", "-r", "require 'libphp-phpmailer/autoload.php';"],
    "go-net-smtp": ["go", "version"],
}
"""Commands that go well where the client is installed; for the others its name is the program's."""


def installed(client):
    if client == "aiosmtplib":
        return not subprocess.run([sys.executable, "-c", "import aiosmtplib"], stderr=subprocess.DEVNULL).returncode
    if client == "nodemailer":
        find = NODEMAILER.partition("const [")[0]
        return shutil.which("node") and not subprocess.run(["node", "-e", find], stderr=subprocess.DEVNULL).returncode
    if client in TRY:
        return shutil.which(TRY[client][0]) and not subprocess.run(TRY[client], capture_output=True).returncode
    return shutil.which(client)


def main(client="", name=""):
    if client not in CLIENTS or client not in getattr(DEVIATIONS.get(name), "clients", "").split():
        for one, deviation in DEVIATIONS.items():
            print(f"{one:22} {deviation.clients:49} {deviation.look_for}")
        return 2
    if client in GET and not installed(client):
        print(f"{client} is not installed, or not in PATH; get it with: {GET[client]}", file=sys.stderr)
        return 2
    return show(client, DEVIATIONS[name])


def self_signed(extensions, folder):
    """A certificate of its own and its key in one file, made by openssl."""
    pem = str(Path(folder, "server.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=a server"]
    command += [word for one in extensions.splitlines() for word in ("-addext", one)]
    subprocess.run([*command, "-keyout", pem, "-out", pem + ".crt"], check=True, capture_output=True)
    Path(pem).write_text(Path(pem).read_text() + Path(pem + ".crt").read_text())
    return pem


def show(client, deviation):
    with Server(deviation) as server, tempfile.TemporaryDirectory() as folder:
        if deviation.certificate:
            server.pem = self_signed(deviation.certificate, folder)
            deviation = dataclasses.replace(deviation, ca_file=server.pem)
        failure = CLIENTS[client](deviation, server.port)
    for seconds, who, octets in server.log:
        print(f"{seconds:7.3f} {who} {octets.decode('latin-1').encode('unicode_escape').decode()}")
    print(f"told: {failure or 'success'}")
    sent = b"".join(octets for _, who, octets in server.log if who == "C:")
    found = re.search(deviation.octets, sent, re.DOTALL | re.IGNORECASE)
    ended = any(who == "--" and octets.startswith(GONE) for _, who, octets in server.log)
    seen = bool(found) and ended and deviation.told in ("", "failure" if failure else "success")
    print(f"{'seen' if seen else 'not seen'}: {deviation.look_for}")
    return 0 if seen else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
