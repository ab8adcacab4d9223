"""How each client is started for a reproduction: with its ordinary command line, or by a small program beside it.

A recipe takes a deviation, the port and an empty folder. It returns the words of the command, its standard input, and
variables of its own.
"""

import contextlib
import os
import shutil
import smtplib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reproduction.deviations import SENDER
from reproduction.server import ANONYMOUS, HOST, WAIT

HERE = Path(__file__).resolve().parent
HELO = "client.example.test"
JARS = [f"/usr/share/java/{name}.jar" for name in ("jakarta-mail", "jakarta-activation")]


def message(deviation):
    header = f"From: alice@example.test\r\nTo: bob@example.test\r\nSubject: {deviation.subject}\r\n\r\n"
    return header.encode() + deviation.body


def text(deviation):
    """The text with the line ends of this system, which mail programs read."""
    return deviation.body.replace(b"\r\n", b"\n")


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
                    smtp.sendmail(deviation.sender, deviation.recipients, message(deviation))
        finally:
            with contextlib.suppress(smtplib.SMTPException):
                smtp.quit()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def with_curl(deviation, port, folder):
    command = ["curl", "--disable", "--silent", "--show-error", "--url", f"smtp://{HOST}:{port}/{HELO}"]
    command += ["--mail-from", deviation.sender, "--upload-file", "-"]
    for recipient in deviation.recipients:
        command += ["--mail-rcpt", recipient]
    if deviation.auth:
        command += ["--user", f"{deviation.user}:{deviation.password}", "--login-options", f"AUTH={deviation.auth}"]
    if deviation.starttls:
        command += ["--ssl-reqd", "--insecure", "--tls-max", "1.2", "--ciphers", ANONYMOUS]
    if deviation.from_file:
        file = Path(folder, "message.eml")
        file.write_bytes(message(deviation))
        command[command.index("-")] = str(file)
    return command, message(deviation), {}


def with_msmtp(deviation, port, _):
    command = ["msmtp", "--host=localhost", f"--port={port}", f"--domain={HELO}", f"--from={deviation.sender}"]
    command += ["--tls=on" if deviation.starttls else "--tls=off", "--auth=off"]
    if deviation.certificate:
        command.append(f"--tls-trust-file={deviation.ca_file}")
    if deviation.auth:
        command[-1] = f"--auth={deviation.auth.lower()}"
        command += [f"--user={deviation.user}", f"--passwordeval=printf %s {deviation.password}"]
    return [*command, "--", *deviation.recipients], message(deviation), {}


def with_swaks(deviation, port, _):
    command = ["swaks", "--config", "--silent", "2", "--timeout", "3s", "--server", "localhost", "--port", str(port)]
    command += ["--helo", HELO, "--from", deviation.sender, "--to", ",".join(deviation.recipients), "--data", "-"]
    command += ["--tls"] if deviation.starttls else []
    command += ["--tls-verify", "--tls-ca-path", deviation.ca_file] if deviation.certificate else []
    if deviation.auth:
        command += ["--auth", deviation.auth, "--auth-user", deviation.user, "--auth-password", deviation.password]
    return command, message(deviation), {}


def with_s_nail(deviation, port, _):
    user = f"{deviation.user}:{deviation.password}@" if deviation.auth else ""
    command = ["s-nail", "-:/", "-S", "v15-compat=yes", "-S", "sendwait", "-S", "nosave", "-S", f"hostname={HELO}"]
    command += ["-S", f"mta=smtp://{user}localhost:{port}", "-S", f"smtp-auth={deviation.auth.lower() or 'none'}"]
    if deviation.starttls:
        command += ["-S", "smtp-use-starttls", "-S", "tls-verify=strict", "-S", f"tls-ca-file={deviation.ca_file}"]
    return [*command, "-r", deviation.sender, "-s", "x", "-.", *deviation.recipients], text(deviation), {}


def with_mutt(deviation, port, _):
    user = f"{deviation.user}@" if deviation.auth else ""
    secure = "yes" if deviation.starttls else "no"
    settings = [f"smtp_url=smtp://{user}localhost:{port}/", f"from={deviation.sender}", "use_envelope_from=yes"]
    settings += [f"hostname={HELO}", "copy=no", f"ssl_starttls={secure}", f"ssl_force_tls={secure}"]
    settings += [f"smtp_pass={deviation.password}", f"smtp_authenticators={deviation.auth.lower()}"]
    settings += [f"certificate_file={deviation.ca_file}"] if deviation.certificate else []
    command = ["mutt", "-n", "-F", "/dev/null", *(word for one in settings for word in ("-e", f"set {one}"))]
    return [*command, "-s", deviation.subject, "--", *deviation.recipients], text(deviation), {}


def with_mailutils(deviation, port, folder):
    login = f"{deviation.user}:{deviation.password};auth={deviation.auth}@" if deviation.auth else ""
    url = f"smtp://{login}localhost:{port}" + ("" if deviation.starttls else ";notls")
    command = ["mail.mailutils", "-E", f'set sendmail="{url}"', "-E", "set nosave"]
    if deviation.certificate:
        config = Path(folder, "mailutils.conf")
        config.write_text(f'tls {{ ssl-ca-file "{deviation.ca_file}"; }};\n')
        command.append(f"--config-file={config}")
    command += ["-r", deviation.sender, "-s", deviation.subject, "--", *deviation.recipients]
    return command, text(deviation), {"HOME": str(folder)}


def with_git(deviation, port, folder):
    file = Path(folder, "message.eml")
    file.write_bytes(f"From: {deviation.sender}\nSubject: x\n\n".encode() + text(deviation))
    command = ["git", "-c", "user.name=Alice", "-c", f"user.email={SENDER}"]  # not every machine can tell by itself
    command += ["send-email", "--quiet", "--confirm=never", "--suppress-cc=all", "--no-validate"]
    command += ["--smtp-server=localhost", f"--smtp-server-port={port}", f"--smtp-domain={HELO}"]
    command += [f"--from={deviation.sender}", *(f"--to={one}" for one in deviation.recipients)]
    if deviation.starttls:
        command += ["--smtp-encryption=tls", f"--smtp-ssl-cert-path={deviation.ca_file}"]
    command += [f"--smtp-auth={deviation.auth or 'none'}"]
    if deviation.auth:
        command += [f"--smtp-user={deviation.user}", f"--smtp-pass={deviation.password}"]
    return [*command, str(file)], b"", {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CEILING_DIRECTORIES": str(folder)}


def with_nullmailer(deviation, port, folder):
    queued, options = Path(folder, "queued"), ["host=localhost", f"port={port}"]
    queued.write_bytes("\n".join([deviation.sender, *deviation.recipients, "", ""]).encode())
    with queued.open("ab") as file:
        file.write(message(deviation).replace(b"\r\n", b"\n"))
    options += ["starttls"] if deviation.starttls else []
    options += [f"x509cafile={deviation.ca_file}"] if deviation.certificate else []
    if deviation.auth:
        options += [f"user={deviation.user}", f"pass={deviation.password}"]
        options += ["auth-login"] if deviation.auth == "LOGIN" else []
    command = ["sh", "-c", f'exec {NULLMAILER} 3<"$0"', str(queued)]
    return command, "\n".join([*options, "", ""]).encode(), {"HELOHOST": HELO}


def with_ssmtp(deviation, port, folder):
    settings = [f"mailhub=localhost:{port}", f"hostname={HELO}", "FromLineOverride=YES"]
    settings += ["UseTLS=YES", "UseSTARTTLS=YES"] if deviation.starttls else []
    settings += [f"AuthUser={deviation.user}", f"AuthPass={deviation.password}"] if deviation.auth else []
    file = Path(folder, "ssmtp.conf")
    file.write_text("\n".join([*settings, ""]))
    command = [SSMTP, f"-C{file}", f"-f{deviation.sender}", *deviation.recipients]
    return command, message(deviation).replace(b"\r\n", b"\n"), {}


def with_dma(deviation, port, folder):
    """It reads /etc/dma/dma.conf and no other file, so a folder with that one is laid over /etc, as any user may in a
    namespace of mounts. A message that it cannot send now lets it sleep, until `timeout` ends it.
    """
    settings = ["SMARTHOST localhost", f"PORT {port}", f"SPOOLDIR {folder}/spool", f"MAILNAME {HELO}", "INSECURE"]
    settings += ["SECURETRANSFER", "STARTTLS"] if deviation.starttls else []
    if deviation.auth:
        Path(folder, "auth.conf").write_text(f"{deviation.user}|localhost:{deviation.password}\n")
        settings.append(f"AUTHPATH {folder}/auth.conf")
    Path(folder, "spool").mkdir()
    Path(folder, "etc/dma").mkdir(parents=True)
    Path(folder, "etc/dma/dma.conf").write_text("\n".join([*settings, ""]))
    command = ["timeout", "3", "unshare", "--map-root-user", "--mount", "sh", "-c"]
    command.append("""mount -t overlay -o lowerdir=etc:/etc dma /etc && exec unshare --map-user=65534 "$0" "$@" """)
    command += [DMA, "-D", "-i", f"-f{deviation.sender}", *deviation.recipients]
    return command, message(deviation).replace(b"\r\n", b"\n"), {}


def with_sendemail(deviation, port, _):
    command = ["sendEmail", "-f", deviation.sender, "-t", *deviation.recipients, "-u", deviation.subject]
    command += ["-s", f"localhost:{port}", "-o", f"fqdn={HELO}", "-o", f"tls={'yes' if deviation.starttls else 'no'}"]
    command += ["-xu", deviation.user, "-xp", deviation.password] if deviation.auth else []
    trust = {"SSL_CERT_FILE": deviation.ca_file} if deviation.certificate else {}
    return [*command, "-o", "message-charset=utf-8"], text(deviation), trust


def unpacked(package, program):
    """*program*, where `unpacked.py` has put the package, or where it is installed."""
    caches = os.environ.get("XDG_CACHE_HOME"), "/var/cache", str(Path.home() / ".cache")
    places = [Path(one, "smtpwitness/relays", package) for one in caches if one]
    return str(next((one / program for one in places if os.access(one / program, os.X_OK)), Path("/", program)))


DMA = unpacked("dma", "usr/sbin/dma")
NULLMAILER = unpacked("nullmailer", "usr/lib/nullmailer/smtp")
SSMTP = unpacked("ssmtp", "usr/sbin/ssmtp")


def small(interpreter, file, *options):
    """A recipe that runs a small program with: host, port, HELO, sender, recipients, AUTH, user, password, CA file."""

    def recipe(deviation, port, _):
        told = ["localhost", str(port), HELO, deviation.sender, ",".join(deviation.recipients)]
        told += [deviation.auth, deviation.user, deviation.password, deviation.ca_file or str(deviation.starttls)]
        print((HERE / file).read_text())
        return [*interpreter, str(HERE / file), *options, *told], message(deviation), {}

    return recipe


def with_mta(name):
    """The driver is not the client here: it puts a message into a queue, and the MTA sends that."""

    def recipe(deviation, port, folder):
        file = Path(folder, "message.eml")
        file.write_bytes(message(deviation))
        job = {"SMTP_HOST": "localhost", "SMTP_PORT": str(port), "SMTP_HELO": HELO, "SMTP_TIMEOUT": str(2 * WAIT)}
        job |= {"SMTP_SENDER": deviation.sender, "SMTP_RECIPIENTS": "\n".join(deviation.recipients)}
        job |= {"SMTP_MESSAGE_FILE": str(file), "SMTP_TLS": "starttls" if deviation.starttls else "none"}
        job |= {"SMTP_AUTH": deviation.auth or "none", "SMTP_USERNAME": deviation.user}
        job |= {"SMTP_PASSWORD": deviation.password}
        job |= {"SMTP_CA_FILE": deviation.ca_file} if deviation.ca_file else {}
        return driver(name), b"", job

    return recipe


def driver(name, *arguments):
    return [sys.executable, str(HERE.parent / f"{name}_client.py"), *arguments]


NPM = """
const path = require("path");
const own = path.join(path.dirname(process.execPath), "../lib/node_modules");
require.resolve(process.argv[1], { paths: [process.cwd(), own, "/usr/local/lib/node_modules"] });
"""


@dataclass(frozen=True)
class Program:
    """A client: how to start it, how to get it, and a command that goes well where it is there."""

    recipe: object
    install: str
    probe: tuple[str, ...] = ()

    def installed(self):
        program = shutil.which(self.probe[0])
        return program and not subprocess.run([program, *self.probe[1:]], capture_output=True).returncode


PHP = ("php", "-r", "require 'libphp-phpmailer/autoload.php';")
JAVA = ("java", "-cp", os.pathsep.join(JARS))

PROGRAMS = {
    "curl": Program(with_curl, "apt-get install curl", ("curl", "--version")),
    "aiosmtplib": Program(
        small([sys.executable], "send_aiosmtplib.py"),
        "pip install aiosmtplib",
        (sys.executable, "-c", "import aiosmtplib"),
    ),
    "msmtp": Program(with_msmtp, "apt-get install msmtp", ("msmtp", "--version")),
    "swaks": Program(with_swaks, "apt-get install swaks", ("swaks", "--version")),
    "nodemailer": Program(
        small(["node"], "send_nodemailer.cjs"), "npm install -g nodemailer", ("node", "-e", NPM, "nodemailer")
    ),
    "emailjs": Program(small(["node"], "send_emailjs.mjs"), "npm install -g emailjs", ("node", "-e", NPM, "emailjs")),
    "net-smtp-perl": Program(
        small(["perl"], "send.pl"),
        "apt-get install libio-socket-ssl-perl libauthen-sasl-perl libdigest-hmac-perl",
        ("perl", "-MNet::SMTP", "-MAuthen::SASL", "-e", "1"),
    ),
    "net-smtp-ruby": Program(small(["ruby"], "send.rb"), "apt-get install ruby", ("ruby", "-rnet/smtp", "-e", "1")),
    "phpmailer": Program(small(["php"], "send.php"), "apt-get install php-cli libphp-phpmailer", PHP),
    "go-net-smtp": Program(small(["go", "run"], "send.go"), "apt-get install golang-go", ("go", "version")),
    "jakarta-mail": Program(
        small([*JAVA, "-XX:TieredStopAtLevel=1"], "Send.java"),
        "apt-get install default-jdk-headless libjakarta-mail-java",
        (*JAVA, str(HERE / "Send.java")),
    ),
    "s-nail": Program(with_s_nail, "apt-get install s-nail", ("s-nail", "-:/", "-Xversion", "-Xxit")),
    "mutt": Program(with_mutt, "apt-get install mutt", ("mutt", "-v")),
    "mailutils": Program(with_mailutils, "apt-get install mailutils", ("mail.mailutils", "--version")),
    "exim": Program(with_mta("exim"), "smtpwitness relays --fetch exim", (*driver("exim", "--version"),)),
    "postfix": Program(with_mta("postfix"), "smtpwitness relays --fetch postfix", (*driver("postfix", "--version"),)),
    "dma": Program(with_dma, "python client/known/unpacked.py dma", driver("dma", "--version")),
    "nullmailer": Program(with_nullmailer, "python client/known/unpacked.py nullmailer", (NULLMAILER, "--help")),
    "ssmtp": Program(with_ssmtp, "python client/known/unpacked.py ssmtp", (SSMTP, "-V")),
    "sendemail": Program(
        with_sendemail, "apt-get install sendemail libio-socket-ssl-perl", ("sh", "-c", "command -v sendEmail")
    ),
    "git-send-email": Program(with_git, "apt-get install git-email", ("git", "send-email", "--dump-aliases")),
}


def run(recipe, deviation, port, folder):
    """What went wrong, or "": the exit status and the last line that the program printed."""
    command, octets, variables = recipe(deviation, port, folder)
    print(" ".join(command))
    done = subprocess.run(command, input=octets, capture_output=True, env={**os.environ, **variables}, cwd=folder)
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
    return f"exit status {done.returncode}: {said[-1] if said else ''}" if done.returncode else ""
