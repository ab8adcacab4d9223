"""Sends a job with Exim: its queue, run on demand, towards the server of the job (see mtas.py)."""

import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from mtas import Mta, libraries, main, prefix, whom

CONFIGURATION = """
primary_hostname = relay.example.test
exim_path = {program}
exim_user = {uid}
exim_group = {gid}
never_users =
trusted_users = {uid}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
log_selector = +all_parents
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : ^NSS_WRAPPER_ : ^SMTP_
host_lookup =
dns_dnssec_ok = 0
notifier_socket =
queue_only
queue_run_in_order
delay_warning =
message_size_limit = 100M
allow_utf8_domains
allow_domain_literals
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
begin acl
accept_all:
  accept
begin routers
own:
  driver = redirect
  condition = ${{if and{{{{eq{{$received_protocol}}{{local}}}} {{!bool{{{notifies}}}}}}}}}
  data = :blackhole:
  allow_fail
onward:
{route}
  transport = onward
  self = send
begin transports
onward:
  driver = smtp
  helo_data = ${{env{{SMTP_HELO}}{{$value}}{{$primary_hostname}}}}
  command_timeout = {timeout}s
  connect_timeout = {timeout}s
  data_timeout = {timeout}s
  final_timeout = {timeout}s
{tls}
{auth}
begin retry
*  *  F,4d,1m
begin authenticators
{mechanisms}
"""

BY_MX = "  driver = dnslookup\n  domains = *"
BY_HOST = "  driver = manualroute\n  route_list = * {host}::{port} byname"

TLS = {
    "none": "  hosts_avoid_tls = *",
    "": "  tls_verify_certificates = {ca}\n  tls_try_verify_hosts = *",
    "starttls": "  hosts_require_tls = *\n  tls_verify_certificates = {ca}\n  tls_verify_hosts = *",
}
TLS["implicit"] = "  protocol = smtps\n" + TLS["starttls"]

AUTHENTICATORS = {
    "cram-md5": "cram:\n  driver = cram_md5\n  public_name = CRAM-MD5\n"
    "  client_name = ${env{SMTP_USER}}\n  client_secret = ${env{SMTP_PASS}}\n",
    "plain": "plain:\n  driver = plaintext\n  public_name = PLAIN\n"
    "  client_send = ^${sg{${env{SMTP_USER}}}{\\N\\^\\N}{^^}}^${sg{${env{SMTP_PASS}}}{\\N\\^\\N}{^^}}\n",
    "login": "login:\n  driver = plaintext\n  public_name = LOGIN\n"
    "  client_send = : ${sg{${env{SMTP_USER}}}{\\N\\^\\N}{^^}} : ${sg{${env{SMTP_PASS}}}{\\N\\^\\N}{^^}}\n",
}

DONE = {"=>": "accepted", "->": "accepted", "==": "temporary", "**": "permanent"}
LINE = re.compile(r"\S+ \S+ (\S+) (=>|->|==|\*\*) (.+?)(?: <(.*?)>)?(?: [RT]=|: |$)")


def accounts(user):
    """The files of users and groups that it sees: whom it runs as, and a name that it looks up at every start."""
    names = (user.pw_name, "Debian-exim")
    return {
        "passwd": "".join(f"{name}:x:{user.pw_uid}:{user.pw_gid}::/nonexistent:/bin/false\n" for name in names),
        "group": f"owner:x:{user.pw_gid}:\nDebian-exim:x:{user.pw_gid}:\n",
    }


def names_from(folder):
    """The variables that have it read those files in *folder*."""
    files = {"NSS_WRAPPER_PASSWD": f"{folder}/passwd", "NSS_WRAPPER_GROUP": f"{folder}/group"}
    return {"LD_PRELOAD": "libnss_wrapper.so", **files}


class Exim(Mta):
    name, program, log = "exim", "usr/sbin/exim4", "log/mainlog"

    def prepare(self):
        user = self.user
        for name, text in accounts(user).items():
            self.write(name, text)
        for name in ("spool", "log"):
            (self.folder / name).mkdir()
        wanted = [] if self.auth == "none" else AUTHENTICATORS if self.auth == "any" else [self.auth]
        host = self.job["SMTP_HOST"].replace(":", "::::")
        values = {
            "program": self.prefix / self.program,
            "uid": user.pw_uid,
            "gid": user.pw_gid,
            "folder": self.folder,
            "notifies": "true" if self.notifies else "false",
            "route": BY_MX if self.by_mx else BY_HOST.format(host=host, port=self.job["SMTP_PORT"]),
            "timeout": max(1, round(float(self.job.get("SMTP_TIMEOUT", "60")))),
            "tls": TLS[self.tls].format(ca=self.certificates()),
            "auth": "  hosts_require_auth = *" if wanted else "",
            "mechanisms": "".join(AUTHENTICATORS[one] for one in wanted),
        }
        self.write("exim.conf", CONFIGURATION.format(**values))

    def env(self):
        told = {"SMTP_HELO": "SMTP_HELO", "SMTP_USERNAME": "SMTP_USER", "SMTP_PASSWORD": "SMTP_PASS"}
        return {
            **super().env(),
            **names_from(self.folder),
            **{short: self.job[name] for name, short in told.items() if name in self.job},
        }

    def command(self, *arguments):
        return [self.program, "-C", str(self.folder / "exim.conf"), *arguments]

    @contextlib.contextmanager
    def submission(self):
        """As if it came from another host: whoever submits gets fields added, a relay passes on what it was given."""
        argv = self.command("-bs", "-oMa", "127.0.0.1", "-oMr", "esmtp")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([str(self.prefix / argv[0]), *argv[1:]], **pipes, **self.how()) as process:
            try:
                yield process.stdout, process.stdin
            finally:
                process.kill()

    def run_queue(self):
        before = self.queue()
        self.run(*self.command("-qf"))
        while fresh := sorted(self.queue() - before):  # what it wrote itself
            before |= set(fresh)
            self.run(*self.command("-M", *fresh))

    def queue(self):
        return {path.name.removesuffix("-H") for path in (self.folder / "spool/input").rglob("*-H")}

    def told(self):
        for line in self.lines():
            if found := LINE.match(line):
                yield found[1], found[4] or found[3], DONE[found[2]]

    @classmethod
    def version(cls):
        """Without a configuration it reads the system's, which may not be there: only the first line is of interest."""
        place, argv = prefix(cls.name), ("-C", "/dev/null", "-bV")
        with tempfile.TemporaryDirectory() as folder:
            for name, text in accounts(whom()).items():
                Path(folder, name).write_text(text)
            env = {"LD_LIBRARY_PATH": libraries(place), "PATH": "/usr/bin", **names_from(folder)}
            done = subprocess.run([place / cls.program, *argv], env=env, capture_output=True, text=True)
        print(done.stdout.partition("\n")[0])
        return 0 if done.stdout else done.returncode


if __name__ == "__main__":
    sys.exit(main(Exim))
