"""Shows a deviation of a known client from the RFCs without smtpwitness: a scripted server, the client, the octets.

    python reproduce.py                  what there is
    python reproduce.py smtplib lone-lf  one of them

The server listens on a free port of 127.0.0.1 and plays one session from a table; nothing is judged. Every line is
printed with its time in seconds, then what the client told its caller, then whether the octets that the table
describes were among what the client sent. Exit status: 0 they were, 1 they were not, 2 the request cannot be met.
"""

import dataclasses
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from reproduction.deviations import DEVIATIONS
from reproduction.programs import PROGRAMS, run, with_smtplib
from reproduction.server import GONE, Server, self_signed


def main(client="", name=""):
    if client not in getattr(DEVIATIONS.get(name), "clients", "").split():
        for one, deviation in DEVIATIONS.items():
            print(f"{one:22} {deviation.clients:49} {deviation.look_for}")
        return 2
    if client in PROGRAMS and not PROGRAMS[client].installed():
        print(f"{client} is not installed, or not in PATH; get it with: {PROGRAMS[client].install}", file=sys.stderr)
        return 2
    print(f"{client}:")
    return show(client, DEVIATIONS[name])


def show(client, deviation):
    with tempfile.TemporaryDirectory() as folder, Server(deviation) as server:
        if deviation.certificate:
            server.pem = self_signed(deviation, folder)
            trusted = server.pem if deviation.trusted else self_signed(deviation, folder, "another")
            deviation = dataclasses.replace(deviation, ca_file=trusted)
        if client == "smtplib":
            failure = with_smtplib(deviation, server.port)
        else:
            failure = run(PROGRAMS[client].recipe, deviation, server.port, folder)
    for seconds, who, octets in server.log:
        print(f"{seconds:7.3f} {who} {octets.decode('latin-1').encode('unicode_escape').decode()}")
    print(f"told: {failure or 'success'}")
    sent = b"".join(octets for _, who, octets in server.log if who == "C:")
    found = re.search(deviation.octets, sent, re.DOTALL | re.IGNORECASE)
    end = GONE if deviation.comes else b"nobody"
    ended = any(who == "--" and octets.startswith(end) for _, who, octets in server.log)
    seen = bool(found) and ended and deviation.told in ("", "failure" if failure else "success")
    print(f"{'seen' if seen else 'not seen'}: {deviation.look_for}")
    return 0 if seen else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
