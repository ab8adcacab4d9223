"""What the drivers of Postfix and Exim have in common: a private queue, the mail that is put into it, what came of it.

The programs are those that `smtpwitness relays --fetch` unpacked. The MTA runs as an ordinary user (`nobody` for
root), with a folder of its own, which is gone at the end. Its queue is run on demand: `queue-runs` times (1), so a time
to wait until the next attempt is nobody's matter. Notifications of its own go nowhere, unless `notifications` is `yes`.
Exit status: 0 delivered, 75 still in the queue, 69 given up, 127 for what the MTA does not take, 126 without an MTA.
"""

import ctypes
import json
import os
import platform
import pwd
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

STATUS = {"accepted": 0, "temporary": 75, "permanent": 69}
MECHANISMS = ("none", "any", "plain", "login", "cram-md5")
TRIPLET = sysconfig.get_config_var("MULTIARCH") or f"{platform.machine()}-linux-gnu"  # Debian's folder of libraries
LIBRARIES = f"/usr/lib/{TRIPLET}"
PATIENCE = 20  # seconds that the MTA has for one reply


class Unable(Exception):
    """The MTA does not take the message, or cannot do what the job asks for."""


@dataclass
class Message:
    """One message of the job. `outcome` has a word for each recipient as far as the MTA has told one."""

    sender: str
    recipients: list
    octets: bytes
    id: str = ""
    outcome: dict = field(default_factory=dict)


class Mta:
    """An MTA with the job *job* (`SMTP_*` variables) and a *folder* of its own."""

    name = ""
    program = ""  # below the prefix
    log = ""

    def __init__(self, job, folder):
        self.job, self.folder, self.prefix = job, folder, prefix(self.name)
        self.user = whom()
        told = json.loads(Path(job["SMTP_JOB_FILE"]).read_text()) if "SMTP_JOB_FILE" in job else {}
        self.options = told.get("options", {})
        self.messages = [
            Message(one.get("sender", ""), one["recipients"], Path(one["message_file"]).read_bytes())
            for one in told.get("messages", [])
        ] or [Message(job["SMTP_SENDER"], job["SMTP_RECIPIENTS"].splitlines(), octets(job["SMTP_MESSAGE_FILE"]))]
        self.by_mx = self.options.get("routing") == "mx"  # no host is told: the name system has it (RFC 5321, 5.1)
        self.notifies = self.options.get("notifications") == "yes"
        self.tls, self.auth = job.get("SMTP_TLS", ""), job.get("SMTP_AUTH", "none").lower()
        if self.auth not in MECHANISMS:
            raise Unable(f"the mechanism {self.auth}")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1e9, 1e9))  # Postfix waits while its configuration is hot

    def env(self):
        """The variables of all its programs."""
        return {
            "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin",
            "LD_LIBRARY_PATH": libraries(self.prefix),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }

    def how(self):
        """How its programs are started: as whom, where, and so that they end with us."""
        made = {"cwd": self.folder, "env": self.env(), "preexec_fn": end_with_us}
        if os.geteuid() == 0:
            made |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return made

    def ours(self):
        """Give all that was written to whom the MTA runs as."""
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if os.geteuid() == 0:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def run(self, program, *arguments):
        """Run a program of the MTA to its end."""
        done = subprocess.run([str(self.prefix / program), *arguments], capture_output=True, text=True, **self.how())
        if done.returncode:
            print(f"{program} ended with {done.returncode}: {done.stderr}{done.stdout}", file=sys.stderr)

    def certificates(self):
        """A copy of the CA's certificate that it may read."""
        if "SMTP_CA_FILE" in self.job:
            shutil.copyfile(self.job["SMTP_CA_FILE"], self.folder / "ca.pem")
        return str(self.folder / "ca.pem")

    def lines(self):
        try:
            return (self.folder / self.log).read_text("utf-8", "replace").splitlines()
        except OSError:
            return []

    # --- for a subclass

    def prepare(self):
        """Write its configuration."""
        raise NotImplementedError

    def submission(self):
        """A context manager: two files, of an SMTP session with it."""
        raise NotImplementedError

    def given(self):
        """It has one message more. Who tries at once waits for that, so that messages go in the job's order."""

    def run_queue(self):
        """Try once all that lies in the queue, and see it done."""
        raise NotImplementedError

    def told(self):
        """What its log says, in order: id, recipient, outcome."""
        raise NotImplementedError

    def stop(self):
        """End what was started."""

    # --- the whole

    def work(self):
        self.prepare()
        self.ours()
        try:
            with self.submission() as (read, write):
                session = Submission(read, write)
                session.reply("2")
                session.say("EHLO localhost", "2")
                for message in self.messages:
                    message.id = session.send(message, self.options)
                    self.given()
                session.say("QUIT", "2")
            for _ in range(int(self.options.get("queue-runs", "1"))):
                self.run_queue()
        finally:
            self.stop()
            if os.environ.get("SMTP_TRACE"):
                print("\n".join(self.lines()), file=sys.stderr)
        return self.outcome()

    def outcome(self):
        for id_, recipient, word in self.told():
            for message in self.messages:
                if message.id == id_:
                    message.outcome[plain(recipient)] = word
        words = [
            {one: message.outcome.get(plain(one), "temporary") for one in message.recipients}
            for message in self.messages
        ]
        if "SMTP_RESULT_FILE" in self.job:
            Path(self.job["SMTP_RESULT_FILE"]).write_text(
                json.dumps({"messages": [{"recipients": one} for one in words]}), encoding="utf-8"
            )
        worst = [word for word in ("permanent", "temporary") if any(word in one.values() for one in words)]
        return STATUS[worst[0] if worst else "accepted"]


class Submission:
    """An SMTP session in which the MTA is given its mail."""

    def __init__(self, read, write):
        self.read, self.write = read, write

    def reply(self, digit):
        lines = []
        while not lines or lines[-1][3:4] == b"-":
            lines.append(self.read.readline())
            if not lines[-1]:
                raise Unable("it hung up")
        text = b" ".join(line[4:].strip() for line in lines).decode("utf-8", "replace")
        if not lines[-1].startswith(digit.encode()):
            raise Unable(f"{lines[-1][:3].decode()} {text}")
        return text

    def octets(self, octets):
        self.write.write(octets)
        self.write.flush()

    def say(self, line, digit):
        if "\r" in line or "\n" in line:
            raise Unable("a line end in an address")
        self.octets(line.encode() + b"\r\n")
        return self.reply(digit)

    def send(self, message, options):
        """Give it *message*; the id that it has in the queue."""
        content = message.octets
        if content and not content.endswith(b"\r\n"):  # what ends in a lone LF would not end there
            content = content.removesuffix(b"\n") + b"\r\n"
        self.say(" ".join([f"MAIL FROM:<{message.sender}>", *mail_parameters(message, options)]), "2")
        for one in message.recipients:
            self.say(" ".join([f"RCPT TO:<{one}>", *rcpt_parameters(options)]), "2")
        self.say("DATA", "3")
        stuffed = (b"." if content.startswith(b".") else b"") + content.replace(b"\r\n.", b"\r\n..")
        self.octets(stuffed + b".\r\n")
        return self.reply("2").replace("=", " ").split()[-1]


def mail_parameters(message, options):
    addresses = message.sender + "".join(message.recipients)
    header = message.octets.partition(b"\r\n\r\n")[0]
    made = [] if message.octets.isascii() else ["BODY=8BITMIME"]
    made += [] if addresses.isascii() and header.isascii() else ["SMTPUTF8"]
    made += [f"RET={ {'full': 'FULL', 'headers': 'HDRS'}[options['return']] }"] if "return" in options else []
    return made + ([f"ENVID={xtext(options['envelope-id'])}"] if "envelope-id" in options else [])


def rcpt_parameters(options):
    made = [f"NOTIFY={options['notify'].upper()}"] if "notify" in options else []
    original = options.get("original-recipient")
    return made + ([f"ORCPT=rfc822;{xtext(original)}"] if original else [])


def xtext(text):
    return "".join(one if "!" <= one <= "~" and one not in "+=" else f"+{ord(one):02X}" for one in text)


def plain(mailbox):
    """As it stands in a log: in lower case, and without quotes that its local part does not need (RFC 5321, 4.1.2)."""
    return re.sub(r'^"([\w!#$%&\'*+/=?^`{|}~-]+(?:\.[\w!#$%&\'*+/=?^`{|}~-]+)*)"@', r"\1@", mailbox.lower())


def whom():
    """The user that an MTA runs as."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def octets(path):
    return Path(path).read_bytes()


def prefix(name):
    """Where `smtpwitness relays --fetch` unpacks it. HOME is of no use, because every case has its own."""
    told = os.environ.get("XDG_CACHE_HOME")
    if told is None and os.geteuid() == 0:
        return Path("/var/cache/smtpwitness/relays") / name
    return Path(told or f"{pwd.getpwuid(os.getuid()).pw_dir}/.cache") / "smtpwitness/relays" / name


def libraries(place):
    """Where the libraries are that were unpacked to *place*."""
    return f"{place}{LIBRARIES}:{place}/lib/{TRIPLET}"


def end_with_us():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def main(kind):
    program = prefix(kind.name) / kind.program
    if not program.exists():
        print(f"{kind.name} is not here yet; get it with: smtpwitness relays --fetch {kind.name}", file=sys.stderr)
        return 126
    if sys.argv[1:] == ["--version"]:
        return kind.version()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))  # so that all is ended that was started
    place = "/tmp" if os.geteuid() == 0 else None  # the folder of the case is root's: `nobody` may not enter it
    with tempfile.TemporaryDirectory(prefix="mta-", dir=place) as folder:
        try:
            return kind(os.environ, Path(folder)).work()
        except Unable as error:
            print(f"{kind.name} does not take this: {error}", file=sys.stderr)
            return 127
