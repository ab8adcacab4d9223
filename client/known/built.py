"""Runs a driver that is compiled first: `built.py go|java [WORD...]`. It is compiled once, into the user's cache.

Exit status: the driver's own, 126 where there is no compiler, or the driver does not compile.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
JARS = [Path("/usr/share/java") / name for name in ("jakarta-mail.jar", "jakarta-activation.jar")]
QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]  # it lives for half a second
INSTALL = {"go": "golang-go", "java": "default-jdk-headless libjakarta-mail-java"}


def cache():
    """The user's own cache; HOME is of no use, because every case has its own."""
    try:
        import pwd
    except ImportError:
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "smtpwitness"
    return Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache" / "smtpwitness"


def built(kind, source, tools):
    """The folder of the compiled *source*. Who finds it half made waits for nobody: the first to be done gives it."""
    text = source.read_bytes() + "\0".join(str(tool.stat().st_mtime_ns) + str(tool) for tool in tools).encode()
    folder = cache() / f"{kind}-{hashlib.sha256(text).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        target = Path(made) / "made"
        target.mkdir()
        if kind == "go":
            command = [str(tools[0]), "build", "-o", str(target / "client"), str(source)]
        else:
            command = [str(tools[0]), "-cp", os.pathsep.join(map(str, JARS)), "-d", str(target), str(source)]
        # `go` keeps what it compiles of its library beside it: without that, every new driver takes half a minute.
        subprocess.run(
            command, check=True, env={**os.environ, "GOCACHE": str(cache() / "go-build"), "GOFLAGS": "-mod=mod"}
        )
        try:
            target.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def main(kind, *words):
    source = HERE / {"go": "go-net-smtp_client.go", "java": "JakartaMailClient.java"}[kind]
    compiler, program = (shutil.which(name) for name in {"go": ("go", "go"), "java": ("javac", "java")}[kind])
    if not compiler or not program or (kind == "java" and not all(jar.exists() for jar in JARS)):
        print(f"it is not installed; get it with: apt-get install {INSTALL[kind]}", file=sys.stderr)
        return 126
    try:
        folder = built(kind, source, [Path(compiler), *(JARS if kind == "java" else [])])
    except subprocess.CalledProcessError:
        print(f"{source.name} does not compile", file=sys.stderr)
        return 126
    if kind == "go":
        command = [str(folder / "client")]
    else:
        command = [program, *QUICK, "-cp", os.pathsep.join([str(folder), *map(str, JARS)]), "JakartaMailClient"]
    done = subprocess.run([*command, *words])
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
