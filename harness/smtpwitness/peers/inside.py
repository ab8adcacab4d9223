"""Shuts itself in, then runs one client: the program that `peers.box` starts for each case of a redirected client.

Started as `python -I -S inside.py FD`, where FD is one end of a socket pair; the other is the harness's. From it comes
the order (`peers.box.Order`); to it go the listening sockets that were made inside, and at the end a report. Linux, and
standard library only: it imports nothing of ours, and little of Python's, as every case pays for that.

The harness need not be root. What the system calls need is in capabilities(7), namespaces(7) and mount_setattr(2).
"""

from __future__ import annotations

import _socket
import array
import ctypes
import fcntl
import marshal
import os
import resource
import select
import signal
import struct
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

NEWUSER, NEWNS, NEWNET, NEWPID, NEWIPC, NEWUTS = 0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000
RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 1, 4, 38, 24

LOOK = 0.02
"""Seconds between two looks at what the client's processes use."""

PATIENCE = 1.0
"""Seconds between SIGTERM and SIGKILL when the harness says that time is up."""

LARGEST_RESULT = 1 << 20

MOST_NUMBERS = "512"
"""Processes and threads that there can be at all: RLIMIT_NPROC does not bind root; a fork bomb starves who looks."""

NUMBERS_OF_ITS_OWN = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 14)
"""Whether this kernel counts that for each namespace. Before that, pid_max was the whole machine's."""

PAGE = resource.getpagesize()
TICK = os.sysconf("SC_CLK_TCK")

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    harness = _socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(harness.fileno(), False)
    try:
        order = marshal.loads(received(harness))  # noqa: S302 - the harness wrote it
        enter(order["id"])
        outside = os.fork()
        if outside:  # this process is outside the new process namespace; when it ends, the first one inside does
            harness.close()
            os.waitpid(outside, 0)
            os._exit(0)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # the client may not look into this process, or at its descriptors
        arrange(order)
        kinds, sockets = open_sockets(order["ports"])
        numbers = array.array("i", [one.fileno() for one in sockets])
        harness.sendmsg([f"{' '.join(kinds)}\n".encode()], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)])
        for one in sockets:
            one.close()
        if harness.recv(1) != b"g":
            os._exit(0)
        renounce()
        harness.sendall(attend(harness, order))
    except OSError as error:
        harness.sendall(f"! {error.filename + ': ' if error.filename else ''}{error.strerror}\n".encode())
    os._exit(0)


def received(harness: _socket.socket) -> bytes:
    """What the harness sends up to its length, which comes first."""
    octets = b""
    while len(octets) < 4 or len(octets) < 4 + struct.unpack_from("!I", octets)[0]:
        more = harness.recv(1 << 20)
        if not more:
            os._exit(0)
        octets += more
    return octets[4:]


# --- shut in


def call(what: str, result: int) -> None:
    """Raise OSError for a system call that failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def enter(inside: int) -> None:
    """Into new namespaces of every kind, where the user is number *inside*, never 0, and has all capabilities."""
    user, group = os.getuid(), os.getgid()
    call("unshare", libc.unshare(NEWUSER | NEWNS | NEWNET | NEWPID | NEWIPC | NEWUTS))
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{inside} {user} 1")
    write("/proc/self/gid_map", f"{inside} {group} 1")


def write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def mount(source: str, path: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    words = [word.encode() if word else None for word in (source, path, kind, options)]
    call(f"mount {path}", libc.mount(words[0], words[1], words[2], flags, words[3]))


def make_read_only(path: str) -> None:
    attributes = struct.pack("=4Q", RDONLY | NOSUID, 0, 0, 0)
    call(
        f"read-only {path}",
        libc.syscall(MOUNT_SETATTR, AT_FDCWD, path.encode(), AT_RECURSIVE, attributes, len(attributes)),
    )


def arrange(order: dict[str, Any]) -> None:
    """The file system, the host's name and the network, as *order* wants them."""
    name = order["host"].encode()
    call("sethostname", libc.sethostname(name, len(name)))
    mount("none", "/", None, REC | PRIVATE)
    sources = {one[1]: os.open(one[1], os.O_PATH) for one in order["mounts"] if one[0] != "tmpfs"}
    devices = [
        (name, os.open(f"/dev/{name}", os.O_PATH)) for name in ("null", "zero", "full", "random", "urandom", "tty")
    ]
    make_read_only("/")
    for kind, source, path, size in order["mounts"]:
        if kind == "bind":
            make(path, os.path.isdir(f"/proc/self/fd/{sources[source]}"))
            mount(f"/proc/self/fd/{sources[source]}", path, None, BIND | REC)
            continue
        make(path, True)
        mount("tmpfs", path, "tmpfs", NOSUID | NODEV, f"size={size},nr_inodes=16384,mode=0755")
        if kind == "copy":
            copy(f"/proc/self/fd/{sources[source]}", path, order["hidden"], source)
    set_up_devices(devices)
    for descriptor in (*sources.values(), *(one for _, one in devices)):
        os.close(descriptor)
    mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
    write("/proc/sys/user/max_user_namespaces", "0")
    if NUMBERS_OF_ITS_OWN:
        write("/proc/sys/kernel/pid_max", MOST_NUMBERS)
    make_read_only("/proc")
    bring_up_network()


def make(path: str, folder: bool) -> None:
    """See to it that there is something at *path* that can be mounted over."""
    if folder:
        os.makedirs(path, exist_ok=True)
    elif not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))


def copy(source: str, path: str, hidden: str, name: str) -> None:
    """Copy what a folder holds; *name* is how it is called outside. What is *hidden* there stays out."""
    with os.scandir(source) as entries:
        for entry in entries:
            to, called = f"{path}/{entry.name}", os.path.join(name, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), to)
            elif entry.is_dir():
                os.mkdir(to)
                if called != hidden:
                    copy(entry.path, to, hidden, called)
            elif entry.is_file() and os.access(entry.path, os.R_OK):
                copy_file(entry.path, to, entry.stat().st_mode)


def copy_file(source: str, to: str, mode: int) -> None:
    reading = os.open(source, os.O_RDONLY)
    writing = os.open(to, os.O_CREAT | os.O_WRONLY, mode & 0o777 | 0o600)
    while os.sendfile(writing, reading, None, 1 << 24):
        pass
    os.close(reading)
    os.close(writing)


def set_up_devices(devices: Iterable[tuple[str, int]]) -> None:
    """A /dev with what is harmless in it, and terminals of its own."""
    mount("tmpfs", "/dev", "tmpfs", NOSUID, "size=16m,nr_inodes=1024,mode=0755")
    for name, descriptor in devices:
        make(f"/dev/{name}", False)
        mount(f"/proc/self/fd/{descriptor}", f"/dev/{name}", None, BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"/dev/{name}")
    os.symlink("/proc/self/fd", "/dev/fd")
    os.mkdir("/dev/shm", 0o1777)  # noqa: S108 - this one is nobody else's
    os.mkdir("/dev/pts")
    mount("devpts", "/dev/pts", "devpts", NOSUID | NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    os.symlink("pts/ptmx", "/dev/ptmx")


def bring_up_network() -> None:
    """The loopback interface, to which every address belongs."""
    one = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    fcntl.ioctl(one.fileno(), 0x8914, struct.pack("16sh22x", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
    one.close()
    one = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 0)
    for family in (_socket.AF_INET, _socket.AF_INET6):
        # rtnetlink(7): a route of type "local" in table "local" for all addresses, by interface 1
        route = struct.pack("=8BI", family, 0, 0, 0, 255, 3, 254, 2, 0) + struct.pack("=HHI", 8, 4, 1)
        one.send(struct.pack("=IHHII", 16 + len(route), 24, 0x405, 1, 0) + route)
        answer = struct.unpack_from("=i", one.recv(4096), 16)[0]
        if answer and family == _socket.AF_INET:
            raise OSError(-answer, os.strerror(-answer), "route")
    one.close()


# --- what the harness gets


def open_sockets(ports: Sequence[int]) -> tuple[list[str], list[_socket.socket]]:
    """Listening sockets for *ports*, one for name servers, and one that hears of every attempt to connect.

    They belong to this network wherever they are used. Each with a word: `dns`, `attempts`, or the port's number.
    """
    names = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    names.setsockopt(_socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: to answer from the address that was asked
    names.bind(("0.0.0.0", 53))  # noqa: S104 - nobody else is in this network
    attempts = _socket.socket(_socket.AF_INET, _socket.SOCK_RAW, _socket.IPPROTO_TCP)
    hear_connecting_only(attempts)
    kinds, sockets = ["dns", "attempts"], [names, attempts]
    for port in ports:
        for family, address in ((_socket.AF_INET, "0.0.0.0"), (_socket.AF_INET6, "::")):  # noqa: S104
            try:
                one = _socket.socket(family, _socket.SOCK_STREAM)
            except OSError:
                continue  # no IPv6 here
            if family == _socket.AF_INET6:
                one.setsockopt(_socket.IPPROTO_IPV6, _socket.IPV6_V6ONLY, 1)
            one.bind((address, port))
            one.listen(100)
            kinds.append(str(port))
            sockets.append(one)
    return kinds, sockets


def hear_connecting_only(attempts: _socket.socket) -> None:
    """A filter (`packet(7)`, classic BPF): segments with SYN and without ACK."""
    program = (
        *((0xB1, 0, 0, 0), (0x50, 0, 0, 13)),  # the octet of flags, behind the IP header
        *((0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02)),
        *((0x06, 0, 0, 64), (0x06, 0, 0, 0)),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in program))
    attempts.setsockopt(_socket.SOL_SOCKET, 26, struct.pack("HP", len(program), ctypes.addressof(code)))


# --- the client


def renounce() -> None:
    """No capability is left, and none can be had again."""
    header = struct.pack("=Ii", 0x20080522, 0)
    call("capset", libc.capset(header, bytes(24)))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def attend(harness: _socket.socket, order: dict[str, Any]) -> bytes:
    """Run the client to its end; the report about it.

    This is process 1 here: what the client leaves behind comes to it, and ends with it.
    """
    client = start(order)
    ended = os.pidfd_open(client)
    watch, stopped = Watch(order["limits"]), 0.0
    status: int | None = None
    while status is None:
        readable = select.select([ended] if stopped else [ended, harness.fileno()], [], [], LOOK)[0]
        if harness.fileno() in readable:  # which says that it is enough, or is gone
            if not harness.recv(1):
                os._exit(0)
            stopped = time.monotonic()
            tell_all(signal.SIGTERM)
        if stopped and time.monotonic() - stopped > PATIENCE:
            tell_all(signal.SIGKILL)
        watch.look()
        status = reap(client, watch)
    tell_all(signal.SIGKILL)
    reap(0, watch)
    exit_status = os.waitstatus_to_exitcode(status)
    if exit_status == -signal.SIGXCPU and "cpu" not in watch.hit:
        watch.hit.append("cpu")
    if exit_status == -signal.SIGXFSZ:
        watch.hit.append("file size")
    words = (exit_status, int(watch.cpu * 1000), watch.memory, watch.processes)
    return f"{' '.join(map(str, words))} {','.join(watch.hit) or '-'}\n".encode() + result(order["result"])


def result(path: str) -> bytes:
    """What the client wrote about its work, as much as anybody would read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        return os.read(descriptor, LARGEST_RESULT)
    except OSError:
        return b""


def start(order: dict[str, Any]) -> int:
    """Fork, and be the client in the child. Raises OSError where that cannot be."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
            for name, most in order["limits"]["each"].items():
                lower(getattr(resource, name), most)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            if order["root"] and not NUMBERS_OF_ITS_OWN:
                os.nice(19)  # so that a fork bomb does not starve this process before it looks
            os.chdir(order["cwd"])
            os.execvpe(order["argv"][0], order["argv"], order["env"])  # noqa: S606
        except OSError as error:
            os.write(writing, f"{order['argv'][0]}: {error.strerror}".encode())
        except ValueError as error:
            os.write(writing, f"{order['argv'][0]}: {error}".encode())
        os._exit(126)
    os.close(writing)
    wrong = os.read(reading, 4096).decode("utf-8", "replace")
    os.close(reading)
    if wrong:
        raise OSError(0, wrong)
    return pid


def lower(which: int, most: int) -> None:
    """Never above what already holds."""
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


class Watch:
    """What all processes use together, and its limits: RLIMIT_NPROC does not bind root, other limits count for each."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self.most = limits["together"]
        self.hit: list[str] = []
        self.cpu = self.past = 0.0
        self.memory = self.processes = 0

    def look(self) -> None:
        ticks = pages = 0
        numbers = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        found = len(numbers)
        if found <= self.most["processes"]:
            for name in numbers:
                use = used(name)
                ticks, pages = ticks + use[0], pages + use[1]
        self.cpu = max(self.cpu, self.past + ticks / TICK)
        self.memory = max(self.memory, pages * PAGE)
        self.processes = max(self.processes, found)
        for what, value in (("processes", found), ("memory", pages * PAGE), ("cpu", self.cpu)):
            if value > self.most[what] and what not in self.hit:
                self.hit.append(what)
        if self.hit:
            tell_all(signal.SIGKILL)


def used(pid: str) -> tuple[int, int]:
    """Processor time in ticks and pages of memory of a process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        return int(words[11]) + int(words[12]), int(words[21])
    except (OSError, IndexError):
        return 0, 0


def reap(client: int, watch: Watch) -> int | None:
    """Take what has ended off the kernel's table; the client's status, once it is among that."""
    status = None
    while True:
        try:
            pid, ended, usage = os.wait4(-1, 0 if client == 0 else os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        watch.past += usage.ru_utime + usage.ru_stime
        watch.cpu = max(watch.cpu, watch.past)
        watch.memory = max(watch.memory, usage.ru_maxrss * 1024)
        if pid == client:
            status = ended


def tell_all(number: int) -> None:
    """Signal every process in here but this one. The kernel does that in one step: nobody forks away from it."""
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    main()
