"""Sends a job with Postfix: its queue, run on demand, towards the server of the job (see mtas.py)."""

import contextlib
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time

from mtas import LIBRARIES, PATIENCE, Mta, Unable, libraries, main, plain, prefix

FOLDERS = "incoming active bounce defer deferred flush hold corrupt trace saved private pid maildrop public"
LOOK, READY, LATE = 0.01, 10, 3  # seconds

NAMES = """root:x:0:0:root:/root:/bin/sh
other:x:65532:65532::/nonexistent:/bin/false
owner:x:{uid}:{gid}::/nonexistent:/bin/false
"""
GROUPS = "root:x:0:\ndrop:x:65533:\nother:x:65532:\nowner:x:{gid}:\n"

MAIN = """compatibility_level = 3.6
command_directory = {prefix}/usr/sbin
daemon_directory = {prefix}/usr/lib/postfix/sbin
shlib_directory = {prefix}/usr/lib/postfix
meta_directory = {folder}/conf
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = owner
setgid_group = drop
default_privs = other
import_environment = MAIL_CONFIG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME LD_LIBRARY_PATH LD_PRELOAD
  NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP UID_WRAPPER UID_WRAPPER_ROOT SASL_PATH
maillog_file_prefixes = {folder}
maillog_file = {folder}/maillog
myhostname = relay.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = all
alias_maps =
alias_database =
local_recipient_maps =
biff = no
notify_classes =
append_dot_mydomain = no
smtpd_peername_lookup = no
smtpd_recipient_limit = 20000
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =
smtp_connection_cache_on_demand = no
smtp_tls_session_cache_database =
default_destination_concurrency_limit = 1
default_destination_recipient_limit = 1000
default_transport = smtp
{lines}
tls_random_source = dev:/dev/urandom
"""

MASTER = """submit unix n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n - 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
smtp unix - - n - 1 smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
"""

BY_HOST = """smtp_dns_support_level = disabled
smtp_host_lookup = native
relayhost = [{host}]:{port}
message_size_limit = 104857600"""
BY_MX = """smtp_dns_support_level = enabled
message_size_limit = 10240000"""  # there must be room for one and a half of it: 64 MB is all that a box has

STAGES = "connect helo mail rcpt data_init data_xfer data_done rset quit starttls"
TLS = {
    "": ("smtp_tls_security_level = may",),
    "none": ("smtp_tls_security_level = none",),
    "starttls": ("smtp_tls_security_level = secure", "smtp_tls_secure_cert_match = hostname"),
}
TLS["implicit"] = (*TLS["starttls"], "smtp_tls_wrappermode = yes")

LINE = re.compile(r".* postfix/\w+\[\d+\]: (\w+): to=<(.*?)>,.* status=(\w+)")
DONE = {"sent": "accepted", "deferred": "temporary", "bounced": "permanent"}


class Postfix(Mta):
    name, program, log = "postfix", "usr/sbin/postconf", "maillog"
    master, begun = None, False

    def prepare(self):
        user = {"uid": self.user.pw_uid, "gid": self.user.pw_gid}
        self.write("passwd", NAMES.format(**user))
        self.write("group", GROUPS.format(**user))
        for name in ("data", *(f"queue/{one}" for one in FOLDERS.split())):
            (self.folder / name).mkdir(parents=True)
        timeout = max(1, round(float(self.job.get("SMTP_TIMEOUT", "60"))))
        route = BY_HOST.format(host=self.job["SMTP_HOST"], port=self.job["SMTP_PORT"])
        lines = [BY_MX if self.by_mx else route, *TLS[self.tls], f"smtp_tls_CAfile = {self.certificates()}"]
        lines += [f"smtp_{one}_timeout = {timeout}s" for one in STAGES.split()]
        lines += [f"smtp_helo_name = {self.job['SMTP_HELO']}"] if "SMTP_HELO" in self.job else []
        if self.auth != "none":
            mechanisms = "plain, login, cram-md5" if self.auth == "any" else self.auth
            lines += ["smtp_sasl_auth_enable = yes", "smtp_sasl_security_options = noanonymous"]
            lines += [f"smtp_sasl_mechanism_filter = {mechanisms}"]
            lines += [f"smtp_sasl_password_maps = regexp:{self.folder}/conf/password"]
            secret = re.sub(r"\$", "$$$$", f"{self.job['SMTP_USERNAME']}:{self.job['SMTP_PASSWORD']}")
            self.write("conf/password", f"/./ {secret}\n")
        back = {one.sender for one in self.messages if one.sender} - {
            x for one in self.messages for x in one.recipients
        }
        if not self.notifies:  # what is addressed to a sender is a notification
            self.write("conf/transport", "".join(f"/^{re.escape(one)}$/ discard:\n" for one in sorted(back)))
            lines.append(f"transport_maps = regexp:{self.folder}/conf/transport")
        values = {
            "prefix": self.prefix,
            "folder": self.folder,
            "lines": "\n".join(lines),
        }
        self.write("conf/main.cf", MAIN.format(**values))
        self.write("conf/master.cf", MASTER)
        self.write("conf/dynamicmaps.cf", "")

    def env(self):
        env = super().env()
        return {
            **env,
            "LD_LIBRARY_PATH": f"{self.prefix}/usr/lib/postfix:{env['LD_LIBRARY_PATH']}",
            "LD_PRELOAD": "libuid_wrapper.so:libnss_wrapper.so",  # it begins as root and becomes others: let it believe
            "UID_WRAPPER": "1",
            "UID_WRAPPER_ROOT": "1",
            "MAIL_CONFIG": str(self.folder / "conf"),
            "SASL_PATH": f"{self.prefix}{LIBRARIES}/sasl2:{LIBRARIES}/sasl2",
        }

    @contextlib.contextmanager
    def submission(self):
        """Over a socket in its own folder: no port is taken."""
        command = [str(self.prefix / "usr/lib/postfix/sbin/master"), "-c", str(self.folder / "conf"), "-s"]
        with (self.folder / "output.log").open("wb") as output:
            self.master = subprocess.Popen(command, stdout=output, stderr=output, **self.how())
        os.chdir(self.folder)  # a socket's path is short
        with self.connected() as connection, connection.makefile("rb") as read, connection.makefile("wb") as write:
            yield read, write

    def connected(self):
        until = time.monotonic() + READY
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            try:
                connection.connect("queue/public/submit")
                return connection
            except OSError:
                connection.close()
                if time.monotonic() > until or self.master.poll() is not None:
                    text = (self.folder / "output.log").read_text("utf-8", "replace")
                    raise Unable(f"it does not start ({self.master.poll()}): {text} {self.lines()[-3:]}") from None
                time.sleep(LOOK)

    def given(self):
        self.wait(self.idle)

    def run_queue(self):
        """The first time it has begun by itself."""
        if self.begun:
            waiting, seen = self.deferred(), len(self.lines())
            self.run("usr/sbin/postqueue", "-f")
            self.wait(lambda: waiting <= {one[0] for one in self.told(seen)})
        self.begun = True
        self.wait(self.idle)
        self.wait(self.all_told, LATE)

    def wait(self, for_what, seconds=math.inf):
        """How long a delivery may take is the harness's affair."""
        until = time.monotonic() + seconds
        while not for_what() and self.master.poll() is None and time.monotonic() < until:
            time.sleep(LOOK)

    def all_told(self):
        """Whether the log has a word for every recipient: it is written by a process of its own."""
        told = {(id_, plain(recipient)) for id_, recipient, _ in self.told()}
        return told >= {(one.id, plain(recipient)) for one in self.messages for recipient in one.recipients}

    def deferred(self):
        return {path.name for path in (self.folder / "queue/deferred").rglob("*") if path.is_file()}

    def idle(self):
        """Whether nothing is under way: twice, for a file is in neither folder while it is moved."""
        return all(
            not any(any((self.folder / "queue" / one).iterdir()) for one in ("maildrop", "incoming", "active"))
            for _ in range(3)
        )

    def told(self, since=0):
        for line in self.lines()[since:]:
            if found := LINE.match(line):
                yield found[1], found[2], DONE[found[3]]

    def stop(self):
        if self.master is None:
            return
        self.master.send_signal(signal.SIGTERM)
        self.master.wait()

    @classmethod
    def version(cls):
        place = prefix(cls.name)
        env = {"LD_LIBRARY_PATH": f"{place}/usr/lib/postfix:{libraries(place)}", "PATH": "/usr/bin"}
        return subprocess.run([place / cls.program, "-d", "mail_version"], env=env).returncode


if __name__ == "__main__":
    sys.exit(main(Postfix))
